#!/bin/sh
# gruff info and gruff convert, end to end. Usage: test_model_tools.sh GRUFF WAVTOOL
# shellcheck source=check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") here=$(cd "$(dirname "$0")" && pwd)
shared=${GRUFF_SHARED:+$(realpath "$GRUFF_SHARED" 2>/dev/null)}
vectors=$here/vectors
. "$here/check.sh"
. "$here/models.sh"
unset GRUFF_PRESETS

same_sound() # A B [limits]: two models play the same
{
    good "$gruff" render --raw -m "$1" in.wav a.wav
    good "$gruff" render --raw -m "$2" in.wav b.wav
    shift 2
    good "$wavtool" compare a.wav b.wav "$@"
}

gru_model gru.json 44100
knob_model knob2.json 2
"$wavtool" make in.wav pluck

echo "-- info for people"
good "$gruff" info gru.json
for text in 'name  *Little GRU' 'format  *Keras JSON' 'layers  *gru 2, dense 1' 'rate  *44100 Hz$' 'self-test  *none' \
    'weights  *33, 20 multiply-adds per sample' 'cost  *[0-9.]* ns per sample ([a-z0-9]*): [0-9.e-]* % of one core' \
    'loaded in  *[0-9.]* ms'; do
    says "^  $text"
done
good "$gruff" info knob2.json "$vectors/keras-gru-hop4-1knob.json" "$vectors/torch-lstm-9.json" "$vectors/keras-gru-simple.json"
says 'inputs  *audio, Knob 1, Knob 2'
says 'inputs  *audio (4 samples per step, 3 samples late), Knob 1'
says 'rate  *44100 Hz (not stated'
says 'gru 10 (no reset gate)'
good "$gruff" info --kernel c gru.json
says ' (c): '
printf '{"metadata": {"name": "\\u001b[31mred", "author": "\\u009b2Jme"}, "layers": [{"type": "dense", "weights": [[[1]], [0]]}]}' >evil.json
good "$gruff" info evil.json
LC_ALL=C grep -q "$(printf '[\033\233]')" said.out && failed 'an escape sequence from a file reaches the terminal'

echo "-- info for programs"
good "$gruff" info --json gru.json knob2.json
for text in '"models": \[' '"file": "gru.json"' '"format": "Keras JSON"' '"name": "Little GRU"' '"cell": "gru"' '"hidden": 2' \
    '"type": "gru"' '"reset": "after"' '"activation": "linear"' '"inputs": 3' '"Knob 2"' '"rate_hz": 44100.0' \
    '"rate_stated": true' '"skip": false' '"in_gain_db": 0.0' '"hop": 1' '"weights": 33' '"macs_per_step": 20' \
    '"loudness_db": null' '"result": "absent"' '"error_db": null' '"kernel": "' '"ns_per_sample": [0-9]' \
    '"realtime_percent": [0-9]' '"load_ms": [0-9]' '"warning": ""'; do
    says "$text"
done

echo "-- info alone lists what ships"
mkdir -p ship/models
cp knob2.json ship/models/second.json
cp gru.json ship/models/first.json
echo second >ship/models/DEFAULT
good env GRUFF_PRESETS=ship "$gruff" info
says '^  first  *gru 2 *Little GRU$'
says '^\* second  *.*; knob: '
echo '{' >ship/models/third.json
bad 1 'third.json: ' env GRUFF_PRESETS=ship "$gruff" info
rm ship/models/DEFAULT
bad 1 'no default ships' env GRUFF_PRESETS=ship "$gruff" info

echo "-- info refuses"
echo '{"layers": [{"type": "conv1d"}]}' >conv.json
bad 1 'conv.json: layer 1 (conv1d) is of a type Gruff does not play' "$gruff" info conv.json
bad 1 'conv.json: layer 1' "$gruff" info gru.json conv.json knob2.json
says 'Knobs 2'
bad 1 'conv.json: layer 1' "$gruff" info --json gru.json conv.json
says '"status": "not supported"'
says '"message": "conv.json: layer 1'
says '"cell": "gru"'
bad 1 'is a WAV file' "$gruff" info in.wav
bad 1 'none.json: ' "$gruff" info none.json
bad 2 'named' "$gruff" info --json
bad 2 'kernel' "$gruff" info --kernel mmx gru.json

echo "-- a self-test that fails, and one that is put right"
test_model() # FILE WEIGHT: y = 2 x, said to be tested
{
    echo '{"layers": [{"type": "dense", "weights": [[['"$2"']], [0]]}],
        "input_batch": [0.5, -0.25, 0.125], "output_batch": [1, -0.5, 0.25]}' >"$1"
}
test_model sound.json 2
test_model wrong.json 1.9
good "$gruff" info sound.json
says 'self-test  *passed (largest error -[0-9]* dB)'
good "$gruff" info wrong.json
says 'self-test  *failed (largest error -26 dB)'
says 'warning  *its self-test fails'
good "$gruff" convert wrong.json copy.json
says 'gruff: warning: .*wrong.json: its self-test fails'

echo "-- convert"
good "$gruff" convert gru.json gru.aidax
silent
same_sound gru.json gru.aidax equal=1
good "$gruff" convert --to torch gru.json gru-torch.json
same_sound gru.json gru-torch.json equal=1
good "$gruff" info gru-torch.json
says 'PyTorch JSON'
good "$gruff" convert gru-torch.json --to keras back
same_sound gru.json back equal=1
good "$gruff" convert "$vectors/nam-lstm-2x5.nam" nam.json
good "$gruff" convert nam.json nam.nam
same_sound "$vectors/nam-lstm-2x5.nam" nam.nam equal=1
good "$gruff" convert "$vectors/keras-lstm-11.json" lstm.nam
same_sound "$vectors/keras-lstm-11.json" lstm.nam max=1e-6
cp gru.json self.json
good "$gruff" convert self.json self.json
same_sound gru.json self.json equal=1

echo "-- convert refuses, and then leaves what was there"
echo precious >old.nam
bad 1 'old.nam: NAM files hold LSTM layers' "$gruff" convert gru.json old.nam
bad 1 'conv.json: layer 1' "$gruff" convert conv.json old.nam
true_that 'the old file is kept' "$(cat old.nam)" = precious
gru_model gru48.json 48000
bad 1 'no place for a sample rate' "$gruff" convert --to torch gru48.json no.json
true_that 'nothing was written' ! -e no.json
bad 1 'No such file or directory; choose another place' "$gruff" convert gru.json no/where.json
bad 2 'not written to standard output' "$gruff" convert --to keras gru.json -
bad 2 'its ending tells no format' "$gruff" convert gru.json gru.txt
bad 2 'the ending stands for NAM' "$gruff" convert --to keras gru.json gru.nam
bad 2 'two names' "$gruff" convert gru.json
bad 2 'onnx' "$gruff" convert --to onnx gru.json x.json

[ -d "$shared/models" ] || {
    echo "skipped: real captures (set GRUFF_SHARED to the folder that has them)"
    finish
}
echo "-- real captures: told about or refused in one line"
for file in "$shared"/models/*.* "$shared"/models/broken/*; do
    name=${file##*/}
    case $name in
    nam-wavenet* | nam-a2*) bad 1 "$name: is a NAM .* of NAM's models Gruff plays LSTM" "$gruff" info --json "$file" ;;
    rtneural-conv*) bad 1 "$name: layer 2 (conv1d)" "$gruff" info --json "$file" ;;
    *) case $file in
        */broken/*) bad 1 "$name: layer 1 (lstm) says 16 units" "$gruff" info --json "$file" ;;
        *) good "$gruff" info --json "$file" && says '"ns_per_sample"' ;;
        esac ;;
    esac
    case $name in aidax*) says '"result": "passed"' ;; esac
done
finish
