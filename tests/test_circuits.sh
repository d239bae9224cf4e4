#!/bin/sh
# The circuits that the shipped models learned from run in ngspice, and what comes out lines up with what went in.
# usage: test_circuits.sh TAPE WAVTOOL PRESETS
# shellcheck source=check.sh disable=SC1091
TAPE=$(realpath "$1") wavtool=$(realpath "$2") presets=$(realpath "$3")
export TAPE
. "$(cd "$(dirname "$0")" && pwd)/check.sh"
command -v ngspice >/dev/null || skip "no ngspice"

refused() # TEXT COMMAND...: must fail and say TEXT
{
    text=$1
    shift
    n_checks=$((n_checks + 1))
    "$@" >said.out 2>said.err && failed "status 0: $*"
    says "$text"
}

echo "-- what a wire makes of a sound is that sound"
cp "$presets/circuits/parts.lib" .
printf '* A wire.\n.include parts.lib\nEout out 0 in 0 1\n' >wire.cir
"$wavtool" make whole.wav pluck frames=4800 level=0.7
good sh "$presets/simulate.sh" wire.cir whole.wav wire.wav 4
good "$wavtool" compare whole.wav wire.wav esr=-60

echo "-- an op-amp that was driven to its end is back at once"
printf '* Gain 1000.\n.include parts.lib\nX1 in n o opamp\nR1 n 0 1k\nR2 n o 999k\nEout out 0 o 0 0.2\n' >driven.cir
printf '* The same without an op-amp.\n.include parts.lib\nBout out 0 V = 0.8*tanh(250*v(in))\n' >ideal.cir
good sh "$presets/simulate.sh" driven.cir whole.wav driven.wav 4
good sh "$presets/simulate.sh" ideal.cir whole.wav ideal.wav 4
good "$wavtool" compare ideal.wav driven.wav esr=-17

echo "-- every circuit plays"
good "$TAPE" probe "$presets/riff.flac" probe.wav
good "$TAPE" cut probe.wav dry.wav 48000 0.1 0.04
for circuit in "$presets"/circuits/*.cir; do
    good sh "$presets/simulate.sh" "$circuit" dry.wav wet.wav 4
    # Of silence, or of what is no number, this would say nan.
    good "$TAPE" compare wet.wav wet.wav
    says '^0.000000 0.000000$'
done

echo "-- a knob is turned, and the same sound comes out the same"
good sh "$presets/simulate.sh" "$presets/circuits/pedal-overdrive.cir" dry.wav least.wav 4 drive=0
good sh "$presets/simulate.sh" "$presets/circuits/pedal-overdrive.cir" dry.wav most.wav 4 drive=1
good sh "$presets/simulate.sh" "$presets/circuits/pedal-overdrive.cir" dry.wav again.wav 4 drive=1
good cmp most.wav again.wav
n_checks=$((n_checks + 1))
"$wavtool" compare least.wav most.wav esr=-20 >said.out 2>&1 && failed "the drive does nothing"

echo "-- refused"
printf '* No such part.\nX1 in out nothing\n' >torn.cir
refused 'could not play torn.cir' sh "$presets/simulate.sh" torn.cir dry.wav none.wav 4
true_that "a torn circuit leaves no sound" ! -e none.wav
refused 'none.wav: ' sh "$presets/simulate.sh" wire.cir none.wav out.wav 4
refused 'is no binary raw file' "$TAPE" fetch dry.wav dry.wav out.wav 4
refused 'not as long' "$TAPE" compare dry.wav whole.wav
refused 'ends before' "$TAPE" cut dry.wav out.wav 48000 9 1
refused '^usage: ' "$TAPE" flatten dry.wav
finish
