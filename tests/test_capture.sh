#!/bin/sh
# gruff capture against a simulated amp on a JACK server of its own, which runs faster than time while they are
# connected. Usage: test_capture.sh GRUFF WAVTOOL JSONTOOL AMP_SIM
# shellcheck source=check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") jsontool=$(realpath "$3") amp_sim=$(realpath "$4")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"
. "$here/jack.sh"
period=512

near() # FILE VALUE WITHIN KEY...: the number that stands there
{
    file=$1 value=$2 within=$3
    shift 3
    n_checks=$((n_checks + 1))
    found=$("$jsontool" "$file" "$@")
    awk "BEGIN { d = $found - ($value); exit !(d <= $within && -d <= $within) }" </dev/null 2>/dev/null ||
        failed "$*: $found, not $value within $within"
}

amp() # GEAR...: a new amp, on a new server: jackd 1.9 can stumble over clients that end while it runs free
{
    [ -z "$amp" ] || kill "$amp" 2>/dev/null
    [ -z "$amp" ] || wait_for_end "$amp" 3
    jack_stop
    jack_start -p $period
    "$amp_sim" amp "$@" 2>/dev/null &
    amp=$!
    wait_for_port amp:guitar
}

capture() # OPTIONS...
{
    timeout 100 "$gruff" capture --input amp --output amp "$@" </dev/null
}

echo "-- what cannot be"
amp=
bad 2 'give one folder' "$gruff" capture
bad 2 'go together' "$gruff" capture --knob-name drive x
bad 2 'go together' "$gruff" capture --knob-values 0,1 x
bad 2 'out of range' "$gruff" capture --knob-name drive --knob-values 0,2 x
bad 2 "without '/'" "$gruff" capture --knob-name a/b --knob-values 0,1 x
bad 1 'no/x: cannot make that folder' "$gruff" capture no/x
mkdir taken broken
echo mine >taken/wet.wav
echo '{"takes": [' >broken/capture.json
bad 1 'taken: holds a dry.wav or wet.wav' "$gruff" capture taken
bad 1 'broken/capture.json: damaged (line 2' "$gruff" capture broken
[ "$(cat taken/wet.wav)" = mine ] || failed "another's wet.wav was touched"
bad 1 'JACK is not running' "$gruff" capture --host jack x
good "$gruff" capture --help

jack_start -p $period
bad 1 'JACK runs at 48000 Hz, not 44100' "$gruff" capture --rate 44100 x
bad 2 'one channel is recorded' "$gruff" capture --input-channel 1,2 x
rm -rf x

echo "-- sound gear: delay, polarity, noise"
amp freewheel=1 delay=900.37 drive=4 gain=-1.2 noise_db=-72
good capture one
says 'lowest error a model can reach: -5[0-9.]* dB (excellent)'
says 'upside down'
# The loop through JACK is one period long.
near one/capture.json $((900 + period)).37 0.1 takes 0 delay_frames
near one/capture.json $((900 + period)) 1 takes 0 trimmed_frames
near one/capture.json 0 5 takes 0 drift_ppm
near one/capture.json -72 0.5 takes 0 noise_db
true_that "inverted" "$("$jsontool" one/capture.json takes 0 inverted)" = true
true_that "hum" "$("$jsontool" one/capture.json takes 0 hum_hz)" = 0.0
good "$gruff" signal signal.wav
good "$wavtool" compare signal.wav one/dry.wav max=1.3e-7
good "$wavtool" info one/wet.wav
says 'rate=48000 channels=1 frames=8832000'
good capture one
says 'all takes are done'
bad 1 'its takes were sent at 0 dB' capture --send-db -6 one
bad 1 'its takes are of no knob' capture --knob-name drive --knob-values 1 one

echo "-- drift, hum and a gate in one"
amp freewheel=1 delay=2000.6 drift_ppm=30 drive=4 gain=1.2 noise_db=-80 hum_db=-48 hum_hz=60 gate_db=-43
good capture two
says 'warning: the clocks of input and output drift apart by 30.00 ppm'
says 'warning: mains hum of 60 Hz'
says 'warning: a gate is on'
near two/capture.json 30 5 takes 0 drift_ppm
near two/capture.json 60 0.1 takes 0 hum_hz
near two/capture.json -48 1 takes 0 hum_db

echo "-- refused: clipping, lost sound, silence"
amp freewheel=1 delay=900 drive=4 gain=3 clip=1
bad 1 'level: the return clips' capture three
amp freewheel=1 delay=900 drive=4 gain=1.2 noise_db=-80 jump_s=100 jump_frames=256
bad 1 'take: sound was lost or put in at about [0-9]* s' capture three
amp freewheel=1 delay=900 drive=4 gain=1.2 dies_s=120
bad 1 'take: the end of the signal did not come back' capture three
amp freewheel=1 delay=900 gain=1e-9
bad 1 'level: nothing comes back' capture three
true_that "nothing of the refused is kept" ! -e three/wet.wav

echo "-- a knob, taken in two goes"
amp freewheel=1 delay=900.4 drive=4 gain=1.2 noise_db=-80
n_checks=$((n_checks + 1))
# Enter for the level check and the first take, then the input ends.
printf '\n\n' | timeout 100 "$gruff" capture --input amp --output amp --knob-name drive --knob-values 0,0.5 knob \
    >said.out 2>said.err && failed "ends well without the second take"
says 'Set drive to 0.5'
says '1 of 2 takes are done and kept'
true_that "first take" -s knob/wet-drive-0.wav
cp knob/wet-drive-0.wav first.wav
amp freewheel=1 delay=900.4 drive=4 gain=1.2 noise_db=-80
n_checks=$((n_checks + 1))
printf '\n' | timeout 100 "$gruff" capture --input amp --output amp --knob-name drive --knob-values 0,0.5 knob \
    >said.out 2>said.err || failed "the second go"
says 'Done: knob/dry.wav and 2 aligned returns'
true_that "takes" "$("$jsontool" knob/capture.json takes)" = 2
true_that "value" "$("$jsontool" knob/capture.json takes 1 value)" = 0.5
true_that "knob" "$("$jsontool" knob/capture.json knob)" = drive
true_that "both aligned alike" "$("$jsontool" knob/capture.json takes 0 trimmed_frames)" = \
    "$("$jsontool" knob/capture.json takes 1 trimmed_frames)"
cmp -s knob/wet-drive-0.wav first.wav || failed "the first take was made again"

echo "-- stopped, and cut off"
amp delay=900 drive=4 gain=1.2 # in real time
for way in INT server; do
    "$gruff" capture --input amp --output amp stopped </dev/null >said.out 2>said.err &
    pid=$!
    sleep 5.5
    if [ $way = INT ]; then kill -INT $pid; else kill -9 $jack_pid; fi
    wait_for_end $pid 10
    true_that "status after $way" $? = 1
    true_that "nothing is left of the take" ! -e stopped/wet.wav
done
says 'gruff: JACK: the JACK server is gone'
finish
