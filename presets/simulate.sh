#!/bin/sh
# Sound through a circuit: sh presets/simulate.sh CIRCUIT.cir DRY.wav WET.wav TIMES [KNOB=VALUE]...
# ngspice steps at TIMES the sound's rate, or finer. WET is as long as DRY and lines up with it. tape is what
# meson builds from tape.c; TAPE names another.
set -eu
circuit=$1 dry=$2 wet=$3 times=$4
shift 4
tape=${TAPE:-$(dirname "$0")/../build/presets/tape}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

cp "$circuit" "$work/circuit.cir"
cp "$(dirname "$circuit")/parts.lib" "$work"
"$tape" feed "$dry" "$work/in.txt" "$times" >"$work/span"
read -r step seconds <"$work/span"
{
    cat "$work/circuit.cir"
    for knob in "$@"; do
        echo ".param $knob"
    done
    # Tighter than usual: a cascade's gain makes noise of what tolerance leaves over.
    echo "a_guitar %v([in]) guitar
.model guitar filesource(file=\"in.txt\" amploffset=[0] amplscale=[1])
.options method=trap reltol=1e-4 abstol=1e-9
.save v(out)
.tran $step $seconds 0 $step
.end"
} >"$work/deck.cir"
# Not the step control's default for decks with a filesource, seven times as strict.
echo "set xtrtol=7" >"$work/.spiceinit"

if ! (cd "$work" && ngspice -b -r out.raw deck.cir >log 2>&1) || grep -qi 'timestep too small' "$work/log"; then
    echo "simulate.sh: ngspice could not play $circuit:" >&2
    grep -iE 'error|too small|cannot' "$work/log" | sort -u | head -n 5 >&2
    exit 1
fi
"$tape" fetch "$work/out.raw" "$dry" "$work/wet.wav" "$times"
mv "$work/wet.wav" "$wet"
