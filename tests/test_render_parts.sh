#!/bin/sh
# gruff render -j: one file played in parts sounds as in one. Usage: test_render_parts.sh GRUFF WAVTOOL PRESETS
# shellcheck source=check.sh disable=SC1091,SC2154,SC2086
gruff=$(realpath "$1") wavtool=$(realpath "$2") presets=$(realpath "$3") here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"
. "$here/models.sh"

wild_model() # FILE: 3 units that drive each other: the smallest difference grows (by a third per sample)
{
    cat >"$1" <<END
{"in_shape": [null, null, 1], "metadata": {"samplerate": 48000, "name": "Wild"},
 "layers": [{"type": "rnn", "activation": "", "shape": [null, null, 3], "weights": [[[0.5, 0.3, -0.4]],
   [[2.6, -0.8, 2.4], [1.7, -1.4, -0.2], [-2.3, 1.9, 1.0]], [0.0, 0.0, 0.0]]},
  {"type": "dense", "activation": "", "shape": [null, null, 1], "weights": [[[0.5], [0.4], [-0.3]], [0.0]]}]}
END
}

slow_model() # FILE B: a GRU unit that keeps sigmoid(B) of itself, which takes e^B samples
{
    cat >"$1" <<END
{"in_shape": [null, null, 1], "metadata": {"samplerate": 48000, "name": "Slow $2"},
 "layers": [{"type": "gru", "activation": "", "shape": [null, null, 1],
   "weights": [[[0.0, 0.0, 3.0]], [[0.0, 0.0, 0.0]], [[$2, 0.0, 0.2], [0.0, 0.0, 0.0]]]},
  {"type": "dense", "activation": "", "shape": [null, null, 1], "weights": [[[1.0]], [0.0]]}]}
END
}

parts() # HOW OPTION...: in.wav with -j $jobs says HOW, and sounds as in one
{
    how=$1
    shift
    good "$gruff" render -q --bits float "$@" in.wav one.wav
    good "$gruff" render -j $jobs --bits float "$@" in.wav parts.wav
    says "$how"
    case $how in
    *'in one'*) good "$wavtool" compare one.wav parts.wav equal=1 ;;
    *) good "$wavtool" compare one.wav parts.wav esr=-110 ;;
    esac
}

gru_model gru.json 48000
hop_model hop.json
knob_model knob.json 2
wild_model wild.json
slow_model slow.json 8.5
slow_model slower.json 13

echo "-- at every rate, mono and stereo, any number of parts"
for rate in 48000 44100 96000; do
    for channels in 1 2; do
        "$wavtool" make in.wav noise rate=$rate channels=$channels frames=$((25 * rate)) level=0.3
        for jobs in 2 3 8; do parts ", in [0-9]* parts" -m gru.json; done
    done
done
jobs=2
for options in '--quality hq' '--match --bass-db 6 --presence-db -3' --raw '--block 1000'; do
    parts ', in [0-9]* parts' -m gru.json $options
done
parts ', in [0-9]* parts' -m hop.json
parts ', in [0-9]* parts' -m knob.json --knob 0.2,0.9

echo "-- a file that begins silent, through nets that wait for sound"
jobs=3
for n in 4800 4801 4802; do
    for rate in 48000 44100; do
        "$wavtool" make in.wav noise rate=$rate frames=$((25 * rate)) level=0.3 silent=$n
        for model in gru hop; do parts ', in [0-9]* parts' -m $model.json; done
    done
done

echo "-- silence on the way: in a part, over its end, over a whole part and more"
for gap in 48000 48001 115200 115201 374400 374401; do
    "$wavtool" make in.wav noise frames=1200000 level=0.3 gap=$gap gap_at=96000
    for model in gru hop; do parts ', in [0-9]* parts' -m $model.json; done
done

echo "-- what parts remember"
"$wavtool" make in.wav noise frames=1200000 level=0.3
parts ', in [0-9]* parts' -m slow.json # 0.1 s
parts '; in one from 4.0 s on, where its parts do not meet' -m slower.json # 9 s
parts '; in one from 4.0 s on, where its parts do not meet' -m wild.json
jobs=5
parts '; in one from 4.0 s on, where its parts do not meet' -m wild.json

echo "-- sound that comes and goes, of captures that ship"
"$wavtool" make pluck.wav pluck frames=960000 channels=2
"$wavtool" make silence.wav silence frames=960000
for model in amp-crunch amp-clean-full pedal-overdrive pedal-fuzz-silicon; do
    for in in pluck silence; do
        cp $in.wav in.wav
        GRUFF_PRESETS=$presets
        export GRUFF_PRESETS
        for jobs in 2 4; do
            good "$gruff" render -q --bits float -m $model in.wav one.wav
            good "$gruff" render -q -j $jobs --bits float -m $model in.wav parts.wav
            good "$wavtool" compare one.wav parts.wav esr=-110
        done
    done
done

echo "-- files too short for parts"
jobs=8
for frames in 0 1 100 24000 95999 160000; do
    "$wavtool" make in.wav noise frames=$frames rate=44100
    good "$gruff" render -q -m gru.json in.wav one.wav
    good "$gruff" render -j 8 -m gru.json in.wav parts.wav
    good "$wavtool" compare one.wav parts.wav esr=-110
done
"$wavtool" make in.wav noise rate=12345 frames=200000 # converted at a ratio that comes round every 4 s
parts "'Little GRU', [a-z0-9]*$" -m gru.json
cmp -s one.wav parts.wav || failed "the same file"

echo "-- a file whose length is not known, a folder, an interrupt"
"$wavtool" make in.wav noise frames=1200000
good "$gruff" render --raw -m gru.json in.wav whole.ogg
head -c 150000 whole.ogg >in.ogg
good "$gruff" render -q --bits float -m gru.json in.ogg one.wav
good "$gruff" render -j 3 --bits float -m gru.json in.ogg parts.wav
says ', in [0-9]* parts'
good "$wavtool" compare one.wav parts.wav esr=-110
good "$gruff" render -j 2 -m gru.json -d made in.wav
says ', in [0-9]* parts'
good sh -c "'$gruff' render -j 2 --raw -m gru.json - - <in.wav >piped.wav"
says ', in [0-9]* parts'
"$wavtool" make hour.wav silence frames=100000000
good "$wavtool" stop 2 0.5 "$gruff" render -j 2 -m wild.json hour.wav stopped.wav
says 'stopped; unfinished files are not kept'
true_that "nothing is left" ! -e stopped.wav
true_that "nor a temporary file" -z "$(ls -d .gruff-* 2>/dev/null)"
finish
