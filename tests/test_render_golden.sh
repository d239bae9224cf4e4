#!/bin/sh
# gruff render --raw against the golden outputs, on every kernel this computer can run. An output may be 10 dB
# above what float arithmetic with exact activations gives (floor.json), or -110 dB where that is lower.
# Usage: test_render_golden.sh GRUFF WAVTOOL, with GRUFF_SHARED in the environment
# shellcheck source=check.sh disable=SC1091,SC2154
gruff=$(realpath "$1") wavtool=$(realpath "$2") here=$(cd "$(dirname "$0")" && pwd)
shared=$(realpath "${GRUFF_SHARED:-/nonexistent}" 2>/dev/null)
. "$here/check.sh"
[ -f "$shared/golden/floor.json" ] || skip "no golden/floor.json in the folder that GRUFF_SHARED names"

kernels=$("$gruff" render --kernel nonesuch x y 2>&1 | sed -n 's/.*there are //p' | tr -d ',')
[ -n "$kernels" ] || failed "the kernels are listed"

limit() # MODEL FOLDER: its limit in dB
{
    sed -n "s/.*\"$1\": *\\(-*[0-9.]*\\).*/\\1/p" "$2/floor.json" |
        awk '{ limit = $1 + 10; print limit < -110 ? -110 : limit }'
}

play() # FOLDER MODEL-FILE KNOBS
{
    name=$(basename "$2")
    dB=$(limit "$name" "$1")
    [ -n "$dB" ] && [ -f "$1/${name%.*}.wav" ] || return
    knobs=$("$gruff" render --raw -q -m "$2" --knob 0,0 "$1/input.wav" out.wav 2>&1 |
        sed -n -e 's/.* has no knobs.*/0/p' -e 's/.* which has 1 knob.*/1/p')
    case $knobs in 0) set -- "$1" "$2" ;; 1) set -- "$1" "$2" --knob "${3%,*}" ;; *) set -- "$1" "$2" --knob "$3" ;; esac
    for kernel in $kernels; do
        folder=$1 model=$2
        shift 2
        good "$gruff" render --raw -q --bits float --kernel "$kernel" -m "$model" "$@" "$folder/input.wav" out.wav
        set -- "$folder" "$model" "$@"
        good "$wavtool" compare "$1/${name%.*}.wav" out.wav esr="$dB"
        echo "$name $kernel: $(sed 's/.*\(esr.*dB\).*/\1/' said.out), limit $dB dB"
    done
}

for model in "$shared"/models/*.*; do play "$shared/golden" "$model" 0.4,0.7; done
for model in "$shared"/golden/random/*.json "$shared"/golden/random/*.nam; do
    play "$shared/golden/random" "$model" 0.3,0.8
done
true_that "most were there" "$n_checks" -gt 100
finish
