#!/bin/sh
# A one-hour file renders in the memory of a ten-second one. Usage: test_render_long.sh GRUFF WAVTOOL
# shellcheck source=check.sh disable=SC1091,SC2154
gruff=$(realpath "$1") wavtool=$(realpath "$2") here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"
. "$here/models.sh"

free=$(df -Pk . | awk 'NR == 2 { print $4 }')
[ "$free" -gt 1500000 ] || skip "needs 1.5 GB of free space in $scratch"
gru_model gru.json 48000

memory() # FRAMES: set $mib to what rendering that much takes
{
    good "$wavtool" make long.wav noise frames="$1" channels=2 bits=16
    good "$wavtool" limited 600 1000 "$gruff" render -m gru.json long.wav out.wav
    says 'times as fast'
    cat said.out
    mib=$(sed -n 's/memory \(.*\) MiB/\1/p' said.out)
    good "$wavtool" info out.wav
    says "frames=$1"
}

memory 480000
short=$mib
memory 172800000
true_that "the hour takes no more than ten seconds ($mib MiB, $short MiB)" \
    "$(echo "$mib $short" | awk '{ print ($1 < $2 + 2) }')" = 1
finish
