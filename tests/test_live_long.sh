#!/bin/sh
# Two minutes of gruff live at 64 and at 16 frames with the second core busy: what was lost is reported as JACK counts it,
# and what was played is what render makes of it. Usage: test_live_long.sh GRUFF WAVTOOL JACK_TAPE [SECONDS]
# shellcheck source=check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") tape=$(realpath "$3") here=$(cd "$(dirname "$0")" && pwd)
seconds=${4:-120}
. "$here/check.sh"
. "$here/models.sh"
. "$here/jack.sh"
unset GRUFF_PRESETS

gru_model a.json 48000
"$wavtool" make in.wav pluck frames=96000
for frames in 64 16; do
    jack_start -p $frames
    (while :; do :; done) &
    busy=$!
    "$tape" tape in.wav out.wav "seconds=$((2 * seconds))" >tape.out &
    tape_pid=$!
    wait_for_port tape:play
    rm -f rec*.wav
    "$gruff" live -m a.json --input tape --output tape --record rec --status >live.out 2>live.err &
    live=$!
    sleep "$seconds" # however many periods the server gets done in that time
    kill -TERM $tape_pid
    wait_for_end $tape_pid 20
    true_that "status of the tape" $? -le 1
    kill $busy
    kill -INT $live
    wait_for_end $live 10
    true_that "status of gruff live" $? = 0
    xruns=$(sed 's/.*, \([0-9]*\) xruns/\1/' tape.out)
    line=$(grep '^time=' live.out | tail -n 1)
    lost=$(echo "$line" | sed 's/.*output_underflows=\([0-9]*\).*/\1/')
    echo "$frames frames: JACK counted $xruns xruns, gruff reported $lost; $line"
    # PortAudio reports xruns with the next block: several between two blocks are one.
    true_that "reported, if there were any" "$lost" -ge $((xruns > 2 ? 1 : 0))
    # The tape counts from its first sound on, gruff a moment longer at both ends.
    true_that "not more than there were" "$lost" -le $((xruns + xruns / 4 + 20))
    good "$gruff" render --bits float -m a.json rec-dry.wav rendered.wav
    good "$wavtool" compare rendered.wav rec.wav equal=1
    n_checks=$((n_checks + 1))
    if [ "$lost" = 0 ]; then summary='No sound was lost'; else summary='Sound was lost: input overflows [1-9]'; fi
    grep -q "^$summary" live.out || failed "the summary"
    jack_stop
done
finish
