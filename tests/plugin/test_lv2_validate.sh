#!/bin/sh
# The bundle's data against every LV2 specification. Usage: test_lv2_validate.sh LV2-PATH
# shellcheck source=../check.sh disable=SC1091
bundle=$(realpath "$1")/gruff.lv2 here=$(cd "$(dirname "$0")" && pwd)
. "$here/../check.sh"
command -v lv2_validate >/dev/null && command -v sord_validate >/dev/null ||
    skip "lv2_validate or sord_validate is not installed (apt install lv2-dev sordi)"

valid() # TURTLE...: no error, no warning
{
    good lv2_validate "$@"
    says 'Found 0 errors'
    n_checks=$((n_checks + 1))
    cat said.out said.err | grep -i -e 'error:' -e 'warning' && failed "says something is wrong"
}

valid "$bundle/manifest.ttl" "$bundle/gruff.ttl" "$bundle/presets.ttl"
echo "-- and the check finds what is wrong"
sed 's,lv2:symbol "input",lv2:symbl "input",' "$bundle/gruff.ttl" >broken.ttl
lv2_validate "$bundle/manifest.ttl" broken.ttl "$bundle/presets.ttl" >said.out 2>said.err
says 'error:'
finish
