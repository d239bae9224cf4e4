#!/bin/sh
# gruff live on a JACK server of its own. Usage: test_live.sh GRUFF WAVTOOL JACK_TAPE
# shellcheck source=check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") tape=$(realpath "$3") here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"
. "$here/models.sh"
. "$here/jack.sh"
unset GRUFF_PRESETS

gru_model a.json 48000
knob_model b.json 1
"$wavtool" make in.wav pluck frames=96000

echo "-- without JACK and sound card"
if [ ! -e /proc/asound/cards ] || grep -q 'no soundcards' /proc/asound/cards; then
    bad 1 'no sound device: ALSA sees no sound card and JACK is not running' "$gruff" live -m a.json
    bad 1 'no sound device' "$gruff" live --list
fi
bad 1 'JACK is not running: start it' "$gruff" live -m a.json --host jack
bad 1 'JACK is not running: start it' "$gruff" live -m a.json --input jack
bad 1 'gone.json: ' "$gruff" live -m ./gone.json
bad 2 'no such option' "$gruff" live --nonsense
bad 2 'whole number' "$gruff" live -m a.json --frames 64.5
good "$gruff" live --help
says 'gruff live --list'

jack_start -p 128 -C 3 -P 2

echo "-- the list, and choosing"
good "$gruff" live --list
says 'JACK Audio Connection Kit'
says '0  system, 48000 Hz, default input, default output'
says 'input .*2.7 ms *channel 1 capture_1, 2 capture_2, 3 capture_3$'
says 'output .*channel 1 playback_1, 2 playback_2$'
bad 1 "JACK runs at 48000 Hz, not 44100" "$gruff" live -m a.json --rate 44100
bad 1 'JACK runs with 128 frames a period, not 64' "$gruff" live -m a.json --frames 64
bad 1 "system: no input channel '4'; it has 3" "$gruff" live -m a.json --input-channel 4
bad 1 "system: no output channel 'foo'" "$gruff" live -m a.json --output-channel foo
bad 1 'foo: no input device' "$gruff" live -m a.json --input foo
bad 1 '7: no output device' "$gruff" live -m a.json --output 7
bad 1 'no such host API' "$gruff" live -m a.json --host foo
bad 2 'give one input' "$gruff" live -m a.json --input-channel 1,2,3
bad 1 'recordings are WAV' "$gruff" live -m a.json --record x.mp3
bad 1 'no/x.wav: cannot record there' "$gruff" live -m a.json --record no/x.wav

connected() # OUT IN: a connection of JACK's
{
    n_checks=$((n_checks + 1))
    timeout 5 jack_lsp -c | sed -n "/^$1\$/,/^[^ ]/p" | grep -q "^ *$2\$" || failed "$1 is not connected to $2"
}

live() # OPTIONS...: in the background, pid in $live
{
    "$gruff" live "$@" >live.out 2>live.err &
    live=$!
    wait_for_port gruff:out_0
}

stop_live() # STATUS
{
    kill -TERM $live
    wait_for_end $live 10
    true_that "status of gruff live after SIGTERM" $? = "$1"
}

echo "-- channels by name, remembered"
live -m a.json --input-channel capture_3 --output-channel 2
connected system:capture_3 gruff:in_2
connected gruff:out_1 system:playback_2
stop_live 0
true_that "silent without --status" ! -s live.out
live -m a.json
connected system:capture_3 gruff:in_2
stop_live 0
jack_stop
bad 1 'JACK is not running' "$gruff" live -m a.json
jack_start -p 128
printf '{"live": {"host": "JACK Audio Connection Kit", "input": "Gone", "output": "system"}}' \
    >config/gruff/audio.json
bad 1 'Gone: used last time and not there now' "$gruff" live -m a.json
printf 'nonsense' >config/gruff/audio.json
live -m a.json
stop_live 0
rm -r config

session() # LIVE'S OPTIONS...: tape -> gruff live -> tape, recorded at both places
{
    rm -f out.wav rec.wav rec-dry.wav
    "$tape" tape in.wav out.wav seconds=3 freewheel=1 >tape.out &
    tape_pid=$!
    wait_for_port tape:play
    live --input tape --output tape --record rec "$@"
    wait_for_end $tape_pid 30
    true_that "status of the tape" $? = 0
}

same_as_render() # RENDER'S OPTIONS...: what was played is what render makes of the recorded dry sound
{
    good "$gruff" render --bits float "$@" rec-dry.wav rendered.wav
    good "$wavtool" compare rendered.wav rec.wav equal=1
    good "$tape" find in.wav rec-dry.wav
    # What the tape heard is a stretch of what was recorded.
    "$wavtool" info out.wav >out.txt
    n_checks=$((n_checks + 1))
    "$tape" find out.wav rec.wav >lag.txt 2>&1 || failed "the tape heard something else than was recorded"
}

echo "-- the sound is that of render"
session -m a.json --status
sleep 1
stop_live 0
same_as_render -m a.json
true_that "status lines" "$(grep -c '^time=.*model="Little GRU"$' live.out)" -ge 1
true_that "the round trip is of this world: $(grep ^time= live.out)" "$(sed -n 's/.*round_trip_ms=\([0-9]*\)\..*/\1/p' live.out | tail -n 1)" -le 30
n_checks=$((n_checks + 1))
grep -q '^Recorded .* rec.wav (as heard), rec-dry.wav (dry)' live.out || failed "names the recording"
session -m a.json --input-db 3 --output-db -4 --bass-db 2
stop_live 0
same_as_render -m a.json --input-db 3 --output-db -4 --bass-db 2
session -m b.json --knob 0.5
stop_live 0
same_as_render -m b.json --knob 0.5
# Nothing is overwritten.
cp rec.wav kept.wav
live --input system --output system -m a.json --record rec.wav
stop_live 0
cmp -s rec.wav kept.wav || failed "rec.wav was overwritten"
true_that "a second recording has a name of its own" -s rec-2.wav

echo "-- the server dies"
session -m a.json
kill -9 $jack_pid
wait_for_end $live 10
true_that "status when the server dies" $? = 1
n_checks=$((n_checks + 1))
grep -q '^gruff: JACK: the JACK server is gone, or stuck; .*the recording up to then is whole$' live.err ||
    failed "says that JACK is gone: $(cat live.err)"
same_as_render -m a.json
jack_stop
jack_start -p 128

echo "-- gruff dies"
session -m a.json
sleep 2.5 # the files' heads are brought up to date every second
kill -9 $live
wait_for_end $live 10
good timeout 10 jack_lsp
good "$wavtool" info rec.wav
good "$tape" find in.wav rec-dry.wav
good "$wavtool" info rec-dry.wav
session -m a.json
stop_live 0

echo "-- the disk fills up: the sound goes on"
rm -f big*.wav
"$tape" tape in.wav out.wav seconds=5 >tape.out &
tape_pid=$!
wait_for_port tape:play
(
    ulimit -f 800 # of 512 or 1024 bytes
    exec "$gruff" live --input tape --output tape -m a.json --record big --status >live.out 2>live.err
) &
live=$!
wait_for_end $tape_pid 30
true_that "the tape plays on" $? = 0
kill -TERM $live
wait_for_end $live 10
true_that "status after a full disk" $? = 1
n_checks=$((n_checks + 1))
grep -q '^gruff: big.wav: recording stopped after [0-9.]* s (the disk is full)' live.err || failed "says the disk is full"
good "$gruff" render --bits float -m a.json big-dry.wav rendered.wav
good "$wavtool" compare rendered.wav big.wav equal=1

finish
