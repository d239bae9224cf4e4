# shellcheck shell=sh disable=SC2015
# For end-to-end tests: source this, then use good, bad, says and finish. POSIX sh.
# The test works in its own temporary folder, which is also the current one, and goes away at the end.

n_checks=0
n_failures=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/gruff-test-XXXXXX")
trap 'cd /; chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM HUP
cd "$scratch" || exit 1

failed() # WHAT: count and show a failure, with what the last command said
{
    n_failures=$((n_failures + 1))
    echo "FAILED: $1"
    sed 's/^/    /' said.out said.err 2>/dev/null
}

good() # COMMAND...: must end with status 0
{
    n_checks=$((n_checks + 1))
    "$@" >said.out 2>said.err
    status=$?
    [ $status = 0 ] || failed "status $status: $*"
}

bad() # STATUS TEXT COMMAND...: must end with that status and say TEXT (a basic regular expression) in one line
{
    wanted=$1 text=$2
    shift 2
    n_checks=$((n_checks + 1))
    "$@" >said.out 2>said.err
    status=$?
    [ $status = "$wanted" ] || failed "status $status, not $wanted: $*"
    grep -q "^gruff: .*$text" said.err || failed "does not say '$text': $*"
    lines=$(grep -vc "^Try 'gruff " said.err)
    [ "$lines" = 1 ] || failed "says $lines lines, not 1: $*"
}

says() # TEXT: the last command said it, on standard output or error
{
    n_checks=$((n_checks + 1))
    cat said.out said.err | grep -q -e "$1" || failed "does not say '$1'"
}

silent() # the last command said nothing
{
    n_checks=$((n_checks + 1))
    [ ! -s said.out ] && [ ! -s said.err ] || failed "is not silent"
}

true_that() # WHAT TEST...: test(1) must hold
{
    what=$1
    shift
    n_checks=$((n_checks + 1))
    [ "$@" ] || failed "$what: [ $* ]"
}

skip() # WHY: end this test, counted as skipped
{
    echo "skipped: $1"
    exit 77
}

skip_if_sanitized() # FILE: a host that is not built with the sanitizer too cannot load it
{
    ! grep -q __asan_init "$1" || skip "built with a sanitizer, which this host is not"
}

finish()
{
    echo "$n_checks checks, $n_failures failed"
    [ $n_failures = 0 ]
    exit
}
