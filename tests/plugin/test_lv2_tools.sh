#!/bin/sh
# lv2apply gives what gruff render gives; lv2bench runs. Usage: test_lv2_tools.sh GRUFF WAVTOOL LV2-PATH
# shellcheck source=../check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") lv2_path=$(realpath "$3") here=$(cd "$(dirname "$0")" && pwd)
. "$here/../check.sh"
skip_if_sanitized "$lv2_path/gruff.lv2/gruff.so"
command -v lv2apply >/dev/null && command -v lv2bench >/dev/null ||
    skip "lv2apply or lv2bench is not installed (apt install lilv-utils)"
LV2_PATH=$lv2_path
export LV2_PATH
unset GRUFF_PRESETS
models=$lv2_path/gruff.lv2/models

applied() # PLUGIN IN LAG [-c SYMBOL VALUE]...: out.wav is what render put into expected.wav, LAG frames later
{
    plugin=$1 in=$2 lag=$3
    shift 3
    rm -f out.wav
    good lv2apply -i "$in" -o out.wav "$@" "urn:gruff:$plugin"
    good "$wavtool" compare expected.wav out.wav esr=-110 lag="$lag"
    echo "   $(cat said.out)"
}

"$wavtool" make mono.wav pluck level=0.5 frames=70000
"$wavtool" make stereo.wav pluck level=0.5 frames=70000 channels=2
"$wavtool" make double.wav pluck level=0.5 frames=140000 rate=96000
"$wavtool" make other.wav pluck level=0.5 frames=70000 rate=44100

echo "-- out of the box"
good "$gruff" render -q --bits float mono.wav expected.wav
applied mono mono.wav 0
good "$gruff" render -q --bits float stereo.wav expected.wav
applied stereo stereo.wav 0

echo "-- with its controls moved"
good "$gruff" render -q --bits float --input-db 9 --output-db -4 --bass-db 5 --middle-db -3 --treble-db 4 \
    --presence-db -6 --match mono.wav expected.wav
applied mono mono.wav 0 -c input 9 -c output -4 -c bass 5 -c middle -3 -c treble 4 -c presence -6 -c match 1

echo "-- every slot"
slot=0
for model in "$models"/*.json; do
    slot=$((slot + 1))
    good "$gruff" render -q --bits float -m "$model" mono.wav expected.wav
    applied mono mono.wav 0 -c slot $slot
done
applied mono mono.wav 0 -c freewheel 1 -c slot $slot

echo "-- HQ at twice the rate, without a worker"
good "$gruff" render -q --bits float --quality hq double.wav expected.wav
applied mono double.wav 0 -c quality 1

echo "-- at another rate: later by at most 0.6 ms"
good "$gruff" render -q --bits float other.wav expected.wav
good lv2apply -i other.wav -o out.wav urn:gruff:mono
lag=1
until "$wavtool" compare expected.wav out.wav esr=-110 lag=$lag >said.out || [ $lag = 27 ]; do
    lag=$((lag + 1))
done
true_that "equal at some lag" $lag -lt 27
echo "   lag $lag: $(cat said.out)"

echo "-- lv2bench"
for plugin in mono stereo; do
    good lv2bench -n 48000 "urn:gruff:$plugin"
    says "^[0-9.]* urn:gruff:$plugin"
done
finish
