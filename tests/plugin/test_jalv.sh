#!/bin/sh
# The plugin in jalv, under a JACK server without a sound card, gives what gruff render gives.
# Usage: test_jalv.sh GRUFF WAVTOOL JACK-TAPE LV2-PATH
# shellcheck source=../check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") tape=$(realpath "$3") lv2_path=$(realpath "$4")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../check.sh"
. "$here/../models.sh"
. "$here/../jack.sh"
skip_if_sanitized "$lv2_path/gruff.lv2/gruff.so"
command -v jalv >/dev/null || skip "jalv is not installed (apt install jalv)"
command -v jack_connect >/dev/null || skip "jack_connect is not installed (apt install jack-tools or jack-example-tools)"
LV2_PATH=$lv2_path
HOME=$scratch
export LV2_PATH HOME
unset GRUFF_PRESETS DISPLAY

jalv_start() # [OPTION]... PLUGIN: reads commands from descriptor 9
{
    rm -f commands
    mkfifo commands
    jalv -n amp "$@" <commands >jalv.log 2>&1 &
    jalv_pid=$!
    exec 9>commands
    wait_for_port amp:in
}

jalv_stop()
{
    exec 9>&-
    kill "$jalv_pid" 2>/dev/null
    wait_for_end "$jalv_pid" 10
    jalv_pid=
}

tell() # COMMAND...: to jalv's prompt
{
    echo "$*" >&9
    sleep 1
}

take() # [freewheel=1]: back.wav, with expected.wav in it LAG frames late; the graph is a circle, so by a block or two
{
    rm -f back.wav
    "$tape" tape mono.wav back.wav seconds=2 "$@" >tape.log 2>&1 &
    tape_pid=$!
    wait_for_port tape:record
    good jack_connect tape:play amp:in
    good jack_connect amp:out tape:record
    wait_for_end $tape_pid 30
    true_that "the tape ended well" $? = 0
    for lag in 0 256 512 768; do
        lag=$((lag + 24000)) # the tape's lead
        "$wavtool" compare expected.wav back.wav esr=-110 lag=$lag >said.out 2>&1 && return
    done
    return 1
}

# A busy computer loses blocks now and then. A plugin that is wrong is wrong every time.
plays() # [freewheel=1]: what comes back is expected.wav
{
    for try in 1 2 3 4 5; do
        take "$@" && break
        [ -z "$jalv_options" ] || jalv_fresh
    done
    [ "$try" != 5 ] || lag=24256
    good "$wavtool" compare expected.wav back.wav esr=-110 lag=$lag
    echo "   take $try, lag $lag: $(cat said.out)"
}

jalv_fresh() # with $jalv_options
{
    [ -z "$jalv_pid" ] || jalv_stop
    # shellcheck disable=SC2086
    jalv_start $jalv_options urn:gruff:mono
}

# The tape begins with silence, in which fresh nets wait for the first sound. One that has played keeps last bits of that,
# by which nets of much gain differ later (the crunch by -105 dB): what plays through them plays through a fresh jalv.
jalv_pid=
"$wavtool" make mono.wav pluck level=0.5 frames=72000
jack_start -p 256

echo "-- out of the box, with two controls moved"
good "$gruff" render -q --bits float --input-db 6 --treble-db -4 mono.wav expected.wav
jalv_options="-c input=6 -c treble=-4"
jalv_fresh
plays
echo "-- with JACK running as fast as it can"
jalv_fresh
plays freewheel=1
jalv_options=
echo "-- another slot, while it runs"
models=$(ls "$lv2_path"/gruff.lv2/models/*.json)
good "$gruff" render -q --bits float -m "$(echo "$models" | tail -n 1)" --input-db 6 --treble-db -4 mono.wav expected.wav
tell "slot = $(echo "$models" | wc -l)"
plays
jalv_stop

echo "-- a session with a model of one's own, which is not there any more"
gru_model mine.json 48000
mkdir session
cat >session/state.ttl <<END
@prefix atom: <http://lv2plug.in/ns/ext/atom#> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
<> a pset:Preset ; lv2:appliesTo <urn:gruff:mono> ; state:state [
  <urn:gruff:model> "gone.json"^^atom:Path ;
  <urn:gruff:model_bytes> "$(base64 -w0 mine.json)"^^<http://www.w3.org/2001/XMLSchema#base64Binary> ] .
END
good "$gruff" render -q --bits float -m mine.json mono.wav expected.wav
jalv_start -l "$scratch/session" urn:gruff:mono
plays
grep -q "own copy" jalv.log || failed "jalv does not show the plugin's note: $(cat jalv.log)"
jalv_stop
jack_stop
finish
