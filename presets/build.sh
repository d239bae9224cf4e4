#!/bin/sh
# Makes captures that ship from nothing but what is in this folder: the capture signal, through the circuit in
# ngspice, to a model, with its portrait and its row in README.md.
# usage: sh presets/build.sh [NAME...]      those in presets/recipes; all of them without a name
#
#   WORK=DIR      keeps the sound (build/circuits), so that only what changed is simulated again
#   GUITAR=FILE   a recording to test on, real guitar straight from the pickups; without it the row, which tells the
#                 errors, stays as it is
#   SEED=1        for gruff train: the same seed, the same model
set -eu
cd "$(dirname "$0")/.."
work=${WORK:-build/circuits} guitar=${GUITAR:-} seed=${SEED:-1}
settings='0 0.25 0.5 0.75 1' between='0.375 0.875'
# Seconds of a stretch; passes over 36 s of them in training.
stretch=2.5 passes=300

sh tools/packages.sh needed ngspice
[ -d build ] || meson setup build >/dev/null
ninja -C build tools/gruff presets/tape presets/label presets/portrait >/dev/null
gruff=build/tools/gruff tape=build/presets/tape
mkdir -p "$work"
[ -f "$work/signal.wav" ] || "$gruff" signal "$work/signal.wav"

# DRY STEM [KNOB=VALUE]: STEM.wet.wav is what the circuit makes of DRY, a copy of which becomes STEM.dry.wav.
through() {
    dry=$1 stem=$2
    shift 2
    newer=$(find "$circuit" presets/circuits/parts.lib -newer "$stem.wet.wav" 2>/dev/null || echo new)
    [ -n "$newer" ] || ! cmp -s "$dry" "$stem.dry.wav" || return 0
    echo "  simulating $stem $*"
    sh presets/simulate.sh "$circuit" "$dry" "$stem.wet.wav" "$steps" "$@"
    cp "$dry" "$stem.dry.wav"
}

# IN OUT K N SECONDS: every N-th stretch of IN from the K-th, made once.
share_of() {
    [ -f "$2" ] || "$tape" share "$1" "$2" "$3" "$4" "$5"
}

# Everything there is to learn from, and to test on: lines of "pair STEM VALUE" and "test-pair STEM VALUE".
sounds() {
    : >"$here/sounds"
    [ "$knob" = - ] && k=$((share * 2 / 5)) || k=0
    for value in $([ "$knob" = - ] && echo 0.5 || echo "$settings"); do
        part=$work/signal-$k-$share.wav
        share_of "$work/signal.wav" "$part" "$k" "$share" "$stretch"
        through "$part" "$here/learn-$value" ${set:+"$knob=$value"}
        echo "pair $here/learn-$value $value" >>"$here/sounds"
        k=$((k + share / 5))
    done
    k=4
    for value in $([ "$knob" = - ] && echo 0.5 || echo "$between"); do
        if [ -n "$guitar" ]; then
            [ -f "$work/guitar.wav" ] || "$tape" cut "$guitar" "$work/guitar.wav" 48000
            share_of "$work/guitar.wav" "$work/guitar-$k.wav" "$k" 12 3
            through "$work/guitar-$k.wav" "$here/test-$value" ${set:+"$knob=$value"}
            echo "test-pair $here/test-$value $value" >>"$here/sounds"
        fi
        k=$((k + 6))
    done
    [ -f "$work/probe.wav" ] || "$tape" probe presets/riff.flac "$work/probe.wav"
    through "$work/probe.wav" "$here/probe" ${set:+"$knob=0.5"}
}

# Nothing is learned or chosen by the sound to test on.
train() {
    set -- --aligned --test 0 --no-report --hidden "$units" --epochs "$epochs" --learning-rate "$rate" --seed "$seed"
    while read -r kind stem value; do
        [ "$kind" = pair ] || continue
        set -- "$@" --pair "$stem.dry.wav" "$stem.wet.wav"
        [ "$knob" = - ] || set -- "$@" --knob "$knob=$value"
    done <"$here/sounds"
    if [ "$(cat "$here/trained.args" 2>/dev/null)" != "$*" ] ||
        [ -n "$(find "$here" -name 'learn-*.wet.wav' -newer "$here/trained.args")" ]; then
        rm -f "$here/trained.json.train" # of a training that was interrupted
        "$gruff" train "$@" -o "$here/trained.json"
        echo "$*" >"$here/trained.args"
    fi
    build/presets/label "$here/trained.json" "presets/models/$name.json" "$title" "$style" "$circuit"
}

# DRY PLAYED [VALUE of the knob]
play() {
    "$gruff" render --raw --bits float -m "presets/models/$name.json" ${3:+--knob "$3"} "$1" "$2" >&2
}

# Mean and largest error over the test sounds, and what it costs: a row of README.md's table.
judge() {
    while read -r kind stem value; do
        [ "$kind" = test-pair ] || continue
        play "$stem.dry.wav" "$stem.played.wav" ${set:+"$value"}
        "$tape" compare "$stem.wet.wav" "$stem.played.wav"
    done <"$here/sounds" >"$here/errors"
    cost=$("$gruff" info "presets/models/$name.json" | sed -n 's/.*: \(.*\) % of one core/\1/p')
    awk -v start="| \`$name\` | $title | ${set:+$knob} | GRU-$units |" -v cost="$cost" '
        { esr += $1; edged += $2; if ($1 > most) most = $1; n++ }
        END {
            printf "%s %.4f (%.1f dB)", start, esr / n, 10 * log(esr / n) / log(10)
            if (n > 1) printf ", at most %.4f", most
            printf " | %.1f dB | %s %% |\n", 10 * log(edged / n) / log(10), cost
        }' "$here/errors" >"$work/$name.row"
    cat "$work/$name.row"
}

draw() {
    play "$here/probe.dry.wav" "$here/probe.played.wav" ${set:+0.5}
    build/presets/portrait "$here/probe.dry.wav" "$here/probe.wet.wav" "$here/probe.played.wav" \
        "presets/portraits/$name.svg" "$title"
}

# The rows that there are take the old ones' places, between the marks in README.md.
fill_in() {
    grep -v '^#' presets/recipes | while read -r name rest; do
        if [ -f "$work/$name.row" ]; then cat "$work/$name.row"; else grep "^| \`$name\`" presets/README.md || :; fi
    done >"$work/rows"
    awk -v rows="$work/rows" '
        /^<!-- rows -->/ { print; while ((getline line < rows) > 0) print line; skip = 1 }
        /^<!-- end of rows -->/ { skip = 0 }
        !skip' presets/README.md >"$work/README.md"
    cp "$work/README.md" presets/README.md
}

known=$(grep -v '^#' presets/recipes | cut -d ' ' -f 1)
# shellcheck disable=SC2086 # a list of words
[ $# -gt 0 ] || set -- $known
for name in "$@"; do
    row=$(grep "^$name " presets/recipes) || {
        echo "build.sh: $name: not in presets/recipes; name one of: $(echo "$known" | tr '\n' ' ')" >&2
        exit 2
    }
    # shellcheck disable=SC2086 # words of a row
    set -- $row
    units=$2 steps=$3 share=$4 rate=$5 knob=$6 style=$7
    shift 7
    title=$*
    epochs=$((passes * share / 5))
    [ "$knob" = - ] && set= || set=yes epochs=$((epochs / 5))
    here=$work/$name circuit=presets/circuits/$name.cir
    mkdir -p "$here" presets/portraits
    echo "$name: $title"
    sounds
    train
    draw
    [ -z "$guitar" ] || judge
done
fill_in
