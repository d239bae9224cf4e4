#!/bin/sh
# A session in Ardour, without a screen: exported, reopened, moved away from its model file.
# Usage: test_ardour.sh GRUFF WAVTOOL LV2-PATH
# shellcheck source=../check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") lv2_path=$3 here=$(cd "$(dirname "$0")" && pwd)
. "$here/../check.sh"
. "$here/../models.sh"

skip_if_sanitized "$lv2_path/gruff.lv2/gruff.so"
for version in 9 8 7; do
    command -v ardour$version-lua >/dev/null && command -v ardour$version-export >/dev/null && break
    version=
done
[ -n "$version" ] || skip "Ardour is not installed (apt install ardour)"

HOME=$scratch/home
mkdir -p "$HOME" models lv2/user.lv2
unset DISPLAY XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
export HOME LV2_PATH="$lv2_path:$scratch/lv2"

# What someone might keep as a preset of their own: a model of theirs, and some settings.
gru_model models/mine.json 48000
cp models/mine.json kept.json
cat >lv2/user.lv2/manifest.ttl <<END
@prefix atom: <http://lv2plug.in/ns/ext/atom#> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pset: <http://lv2plug.in/ns/ext/presets#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
<urn:test:mine> a pset:Preset ; lv2:appliesTo <urn:gruff:stereo> ; rdfs:label "Mine" ; rdfs:seeAlso <mine.ttl> .
END
cat >lv2/user.lv2/mine.ttl <<END
$(grep @prefix lv2/user.lv2/manifest.ttl)
<urn:test:mine> a pset:Preset ; lv2:appliesTo <urn:gruff:stereo> ; rdfs:label "Mine" ;
  lv2:port [ lv2:symbol "input" ; pset:value 6.0 ] , [ lv2:symbol "output" ; pset:value -3.0 ] ,
           [ lv2:symbol "bass" ; pset:value 4.0 ] , [ lv2:symbol "treble" ; pset:value -5.0 ] ;
  state:state [ <urn:gruff:model> "$scratch/models/mine.json"^^atom:Path ] .
END

session() # NAME RATE: make it, and put two guitars on its clip
{
    good timeout 60 "ardour$version-lua" "$here/ardour_session.lua" new "$scratch/$1" "$1" "$2" urn:gruff:stereo Mine
    clips=$scratch/$1/interchange/$1/audiofiles
    set -- "$1" "$2" $("$wavtool" info "$clips"/*%L.wav)
    good "$wavtool" make left.wav pluck level=0.4 "$3" "$5"
    good "$wavtool" make right.wav pluck level=0.1 seed=7 "$3" "$5"
    true_that "a second or so was recorded" "${5#frames=}" -gt 30000
    for side in left right; do
        good "$gruff" render -q -m kept.json --input-db 6 --output-db -3 --bass-db 4 --treble-db -5 $side.wav \
            "$side-$2.wav"
    done
    cp left.wav "$clips"/*%L.wav
    cp right.wav "$clips"/*%R.wav
}

# Exporting without a screen, Ardour 7.3 itself now and then aborts, hangs or starts somewhere else: 14 of 57
# exports of a session without any plugin did. A plugin that is wrong is wrong every time.
plays() # NAME RATE: exporting gives what render gives
{
    n_checks=$((n_checks + 1))
    for try in 1 2 3 4 5 6; do
        rm -f out.wav
        timeout 20 "ardour$version-export" -b float -o "$scratch/out.wav" "$scratch/$1" "$1" >said.out 2>said.err &&
            "$wavtool" compare "left-$2.wav" out.wav mono=0 esr=-110 >said.out 2>said.err &&
            "$wavtool" compare "right-$2.wav" out.wav mono=1 esr=-110 >>said.out 2>said.err &&
            echo "   export $try: $(tr '\n' ' ' <said.out)" && return
    done
    failed "does not play what render gives: $1"
}

echo "-- a session at the model's rate"
session same 48000
plays same 48000
true_that "the model is in the session as a file" "$(find same -type f -name model-mine.json -exec cmp -s {} kept.json \; -print | wc -l)" -ge 1
echo "-- at another rate: the latency is compensated"
session other 44100
plays other 44100
echo "-- saved, closed, opened and saved again"
good timeout 60 "ardour$version-lua" "$here/ardour_session.lua" again "$scratch/same" same
good timeout 60 "ardour$version-lua" "$here/ardour_session.lua" again "$scratch/other" other
plays same 48000
plays other 44100
echo "-- the model file is another now"
knob_model models/mine.json 1
plays same 48000
echo "-- the model file is gone"
rm -r models
plays same 48000
plays other 44100
echo "-- and saved again without it"
good timeout 60 "ardour$version-lua" "$here/ardour_session.lua" again "$scratch/same" same
plays same 48000
finish
