#!/bin/sh
# gruff train end to end, on a toy amp. Usage: test_train.sh GRUFF WAVTOOL JSONTOOL
# shellcheck source=check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") jsontool=$(realpath "$3")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"
GRUFF_PRESETS=$(realpath "$here/../presets")
export GRUFF_PRESETS

train() # OPTIONS...: something small
{
    "$gruff" train --hidden 4 --streams 8 --window 64 --threads 1 "$@"
}

# A riff, and what a shipped capture makes of it.
"$gruff" signal --riff dry.wav >made 2>&1
"$gruff" render -q -m pedal-overdrive --knob 0.2 dry.wav wet.wav
"$gruff" render -q -m pedal-overdrive --knob 0.9 dry.wav loud.wav
"$wavtool" make silent.wav silence frames=480000
"$wavtool" make one.wav noise frames=1
"$wavtool" make none.wav noise frames=0
"$wavtool" make nan.wav noise frames=480000 nan=1000
"$wavtool" make other.wav noise frames=480000 seed=3
"$wavtool" make short.wav noise frames=48000
echo 'no sound' >text.wav
: >empty.wav
mkdir folder bad_folder no_folder
echo '{"takes": [' >bad_folder/capture.json

echo "-- what cannot be"
bad 2 'give two files' "$gruff" train -o m.json
bad 2 'give a file with -o' "$gruff" train dry.wav wet.wav
bad 2 'give two files' "$gruff" train dry.wav -o m.json
bad 2 'no such choice' "$gruff" train dry.wav wet.wav -o m.json --cell transformer
bad 2 'out of range' "$gruff" train dry.wav wet.wav -o m.json --hidden 0
bad 2 'out of range' "$gruff" train dry.wav wet.wav -o m.json --hop 0
bad 2 'out of range' "$gruff" train dry.wav wet.wav -o m.json --epochs 0
bad 2 'not with a comparison' "$gruff" train dry.wav wet.wav -o m.json --compare --resume
bad 2 'what' "$gruff" train dry.wav wet.wav -o m.json --kinds gru8,what
bad 2 'give two files, dry and wet' "$gruff" train -o m.json --pair dry.wav
bad 2 'stands before any --pair' "$gruff" train --knob drive=0 --pair dry.wav wet.wav -o m.json
for knob in drive drive= drive=2 drive=0.5x =1; do
    bad 2 'its name and where it stood' "$gruff" train --pair dry.wav wet.wav --knob $knob -o m.json
done
bad 2 '2 knobs at most' "$gruff" train --pair dry.wav wet.wav --knob a=0 --knob b=0 --knob c=0 -o m.json
bad 2 "where did the knob 'drive' stand" "$gruff" train --pair dry.wav wet.wav --knob drive=0 \
    --pair dry.wav loud.wav -o m.json
bad 2 'not both' "$gruff" train dry.wav wet.wav --pair dry.wav loud.wav -o m.json
bad 2 'a model goes into a file' "$gruff" train dry.wav wet.wav -o -
bad 1 'make its folder first' "$gruff" train dry.wav wet.wav -o nowhere/m.json
bad 1 'cannot be written' "$gruff" train dry.wav wet.wav -o m.json --log nowhere/log
bad 1 'm.json.train' "$gruff" train dry.wav wet.wav -o m.json --resume

echo "-- sound that is none"
bad 1 'missing.wav: No such file' "$gruff" train dry.wav missing.wav -o m.json
bad 1 'text.wav' "$gruff" train dry.wav text.wav -o m.json
bad 1 'empty.wav: is empty' "$gruff" train dry.wav empty.wav -o m.json
bad 1 'none.wav: holds no sound' "$gruff" train dry.wav none.wav -o m.json
bad 1 'one.wav: holds only 1 samples' "$gruff" train dry.wav one.wav -o m.json
bad 1 'short.wav: holds only 48000 samples' "$gruff" train short.wav wet.wav -o m.json
bad 1 'silent.wav: is silent' "$gruff" train dry.wav silent.wav -o m.json
bad 1 'silent.wav: is silent' "$gruff" train silent.wav wet.wav -o m.json
bad 1 'nan.wav: 480 samples are no numbers' "$gruff" train dry.wav nan.wav -o m.json
bad 1 'has nothing in common with dry.wav.*--force' "$gruff" train dry.wav other.wav -o m.json
bad 1 'holds the same sound as dry.wav.*--force' "$gruff" train dry.wav dry.wav -o m.json
bad 1 'no_folder: not a folder that gruff capture made' "$gruff" train no_folder -o m.json
bad 1 'bad_folder: not a folder' "$gruff" train bad_folder -o m.json
true_that "no model comes of that" ! -e m.json

echo "-- a model, twice the same"
good train dry.wav wet.wav -o amp.json --epochs 3 --log log --name Toy
says 's to train on'
says 'the player plays what was trained'
says 'test .*ESR'
true_that "checkpoint is gone" ! -e amp.json.train
true_that "report" -s amp.html
true_that "a line for each event" "$(grep -c '"event"' log)" -ge 5
good "$gruff" info amp.json
says 'Toy'
says 'passe[sd]'
good "$gruff" render -q -m amp.json dry.wav played.wav
good train dry.wav wet.wav -o again.json --epochs 3 --no-report --name Toy
true_that "no report" ! -e again.html
good "$gruff" render -q -m again.json dry.wav again.wav
good "$wavtool" compare played.wav again.wav equal=1
good train dry.wav wet.wav -o lstm.aidax --cell lstm --layers 2 --hop 4 --no-skip --epochs 0.5 --no-report
good "$gruff" info lstm.aidax
says 'lstm'

echo "-- stopped at any time, and taken up"
stopped() # SECONDS: train without end, interrupted after so long
{
    n_checks=$((n_checks + 1))
    "$wavtool" stop 2 "$1" "$gruff" train --hidden 4 --streams 8 --window 64 --threads 1 dry.wav wet.wav \
        -o stop.json --epochs 100000 --no-report >said.out 2>said.err || failed "is not ended by SIGINT after $1 s"
}
trained=no
for after in 0.05 0.4 0.9 1.5 2.3 4 8 30; do
    rm -f stop.json stop.json.train
    stopped $after
    for left in .gruff-*; do
        [ ! -e "$left" ] || failed "a temporary file is left: $left"
    done
    if [ -e stop.json.train ]; then
        says 'best model so far'
        good "$gruff" info stop.json
        trained=yes
        [ $after != 8 ] || break
    else
        [ ! -s said.err ] || says 'before training had begun'
    fi
done
true_that "training had begun once" $trained = yes
bad 1 'stop.json.train: holds a training.*--resume' train dry.wav wet.wav -o stop.json
bad 1 'stop.json.train' train dry.wav loud.wav -o stop.json --epochs 100000 --resume
true_that "what was earned is kept" -s stop.json.train
rm -f stop.json.train

echo "-- a line on a terminal"
if command -v script >/dev/null; then
    good script -qec "'$gruff' train --hidden 96 --threads 1 dry.wav wet.wav -o stop.json --epochs 2.5 --no-report" seen
    says 'pass 0.[1-9], [0-9]* s left'
    says 'pass [0-9.]*, .* left: ESR .* training, .* validation'
else
    echo "skipped: the line on a terminal needs script(1) (Debian: bsdutils)"
fi

echo "-- a knob"
good train --pair dry.wav wet.wav --knob drive=0.2 --pair dry.wav loud.wav --knob drive=0.9 -o knob.json \
    --epochs 1 --no-report
good "$gruff" info knob.json
says 'drive'
good "$gruff" render -q -m knob.json --knob 0.5 dry.wav played.wav
good train --pair dry.wav wet.wav --test-pair dry.wav loud.wav -o test.json --epochs 0.5 --no-report

echo "-- the folder of a capture"
cp dry.wav folder/dry.wav
cp wet.wav folder/wet-drive-0.2.wav
cp loud.wav folder/wet-drive-0.9.wav
cat >folder/capture.json <<END
{"gruff_capture": 1, "dry": "dry.wav", "knob": "drive", "takes": [
 {"value": 0.2, "wet": "wet-drive-0.2.wav"}, {"value": 0.9, "wet": "wet-drive-0.9.wav"}]}
END
good train folder -o folder.json --epochs 0.5 --no-report
good "$gruff" info folder.json
says 'drive'

echo "-- several kinds side by side"
good train dry.wav wet.wav -o kinds.json --kinds gru4,gru8h4 --epochs 0.5 --no-report
says 'gru4 '
says 'gru8h4'
for kind in gru4 gru8h4; do
    good "$gruff" info kinds-$kind.json
done
finish
