#!/bin/sh
# The keys of gruff live, and the level wizard of gruff capture, under a pseudo-terminal.
# Usage: test_live_keys.sh GRUFF WAVTOOL PTY_KEYS AMP_SIM
# shellcheck source=check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") pty_keys=$(realpath "$3") amp_sim=$(realpath "$4")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"
. "$here/models.sh"
. "$here/jack.sh"
unset GRUFF_PRESETS

mkdir models
identity_model models/a.json
gru_model models/b.json 48000
knob_model models/c.json 2
echo '{"layers": []}' >models/d.json

keys() # STATUS SCRIPT COMMAND...: the steps come out, and the program ends so
{
    n_checks=$((n_checks + 1))
    wanted=$1
    shift
    "$pty_keys" "$@" >said.out 2>said.err
    status=$?
    [ $status != 77 ] || skip "$(cat said.err)"
    [ $status = "$wanted" ] || failed "status $status, not $wanted: $1"
}

jack_start -p 256
live="$gruff live -m models/a.json --input system --output system"

echo "-- each key does what the help says"
# shellcheck disable=SC2086
keys 0 "expect:Identity_(1_of_4) echo:off expect:in__[ expect:load expect:round_trip expect:48000_Hz,_256_frames \
keys:? expect:next_and_previous_model keys:n expect:Little_GRU_(2_of_4) keys:> expect:Knobs_2_(3_of_4) \
expect:Knob_1_0.50___Knob_2_0.50 keys:x expect:Knob_1_0.55 keys:z expect:Knob_1_0.50 keys:vv expect:Knob_2_0.60 keys:c expect:Knob_2_0.55 \
keys:n expect:d.json expect:Identity_(1_of_4) keys:p expect:Knobs_2_(3_of_4) keys:< expect:Little_GRU_(2_of_4) \
keys:b expect:BYPASS keys:_ wait:200 keys:a expect:A/B:_dry expect:A/B:_model keys:a wait:200 \
keys:--- expect:output_-3_dB keys:+ expect:output_-2_dB keys:]] expect:input_+2_dB keys:[ expect:input_+1_dB \
keys:0 expect:input_+0_dB___output_+0_dB keys:m expect:matched keys:r expect:recording_gruff- wait:1200 keys:r \
expect:Recorded_1 keys:q expect:Played_0:" $live
for file in gruff-2*.wav; do
    n_checks=$((n_checks + 1))
    "$wavtool" info "$file" >/dev/null || failed "$file is not whole"
done
true_that "two files were recorded" "$(ls gruff-2*.wav | wc -l)" = 2

echo "-- the terminal is put back on every way out"
# shellcheck disable=SC2086
for way in INT TERM; do
    keys 0 "expect:load echo:off signal:$way expect:Played" $live
done
# shellcheck disable=SC2086
keys 139 "expect:load echo:off signal:SEGV" $live
# shellcheck disable=SC2086
keys 0 "expect:load hangup:" $live

echo "-- the level wizard leads to the right level"
"$amp_sim" amp freewheel=1 delay=100 gain=1.25 quieter_after=2 2>/dev/null &
amp=$!
wait_for_port amp:guitar
keys 1 "expect:Level_check expect:the_return_clips expect:peaks_at_-5.0_dBFS:_good expect:q_stops keys:q" \
    "$gruff" capture --input amp --output amp folder
true_that "nothing was taken" ! -e folder/wet.wav
kill $amp
wait_for_end $amp 3
jack_stop
jack_start -p 256
keys 1 "expect:nothing_comes_back keys:q" "$gruff" capture --input system --output system folder
finish
