#!/bin/sh
# gruff render, end to end. Usage: test_render.sh GRUFF WAVTOOL
# shellcheck source=check.sh disable=SC1091,SC2154
gruff=$(realpath "$1") wavtool=$(realpath "$2") here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"
. "$here/models.sh"
unset GRUFF_PRESETS

same() # A B [limits]: the two files hold the same sound
{
    good "$wavtool" compare "$@"
}

described() # FILE TEXT: wavtool describes it so
{
    good "$wavtool" info "$1"
    says "$2"
}

identity_model identity.json
gru_model gru.json 48000
knob_model knob1.json 1
knob_model knob2.json 2
"$wavtool" make in.wav pluck title=Riff
"$wavtool" make stereo.wav pluck channels=2 same=1
"$wavtool" make apart.wav noise channels=2

echo "-- formats keep the input's encoding, and every sample"
for ending in wav wavex flac aif w64 rf64 au caf; do
    for bits in 8 16 24 32 float double; do
        case $ending-$bits in flac-32 | flac-float | flac-double) continue ;; esac
        "$wavtool" make "in-$bits.$ending" pluck channels=2 bits=$bits level=0.9 rate=44100 frames=5000 || continue
        case $ending in wavex) out=wav ;; *) out=$ending ;; esac
        good "$gruff" render --raw --no-dither -m identity.json "in-$bits.$ending" "out-$bits.$out"
        same "in-$bits.$ending" "out-$bits.$out" equal=1
        "$wavtool" info "in-$bits.$ending" >a.txt && "$wavtool" info "out-$bits.$out" >b.txt
        cmp -s a.txt b.txt || failed "format kept: $bits.$ending: $(cat a.txt b.txt)"
    done
done

echo "-- other formats when told"
"$wavtool" make in.flac pluck bits=16
for bits in 16 24 32 float; do
    good "$gruff" render --raw -m identity.json --bits $bits in.wav "b$bits.wav"
    case $bits in float) name='bits=32 bit float' ;; *) name="bits=Signed $bits bit PCM" ;; esac
    described b$bits.wav "$name"
    says 'title=Riff'
done
same in.wav b32.wav max=1e-7
same in.wav b24.wav max=6e-8
same in.wav b16.wav max=4.6e-5
good "$gruff" render --raw -m identity.json in.wav to.flac
described to.flac 'format=flac bits=Signed 24 bit'
good "$gruff" render --raw -m identity.json in.flac from-flac.wav
described from-flac.wav 'format=wav bits=Signed 16 bit'
good "$gruff" render --raw -m identity.json --format aiff in.wav odd.name
described odd.name 'format=aiff'
good "$gruff" render --raw -m identity.json in.wav to.ogg
described to.ogg 'format=oga bits=Vorbis'
good "$gruff" render --raw -m identity.json to.ogg from-ogg.wav
described from-ogg.wav 'format=wav bits=Signed 24 bit'
bad 1 'FLAC.* cannot hold float' "$gruff" render -m gru.json --bits float in.wav x.flac
bad 1 'FLAC.* cannot hold 32 bit' "$gruff" render -m gru.json --bits 32 in.wav x.flac
bad 1 'ending names no sound file format; use one of wav, flac' "$gruff" render -m gru.json in.wav x.txt
bad 1 'ending names no' "$gruff" render -m gru.json in.wav x
bad 2 '--format mp9: no such format; there are wav' "$gruff" render -m gru.json --format mp9 in.wav x.wav
"$wavtool" make r12345.wav noise rate=12345
bad 1 'x.opus: Opus only supports sample rates of' "$gruff" render --raw -m gru.json r12345.wav x.opus

echo "-- titles, markers and broadcast data come along"
"$wavtool" make tagged.wav pluck title=Solo bext=Take_3 cues=5 bits=24
good "$gruff" render -m gru.json tagged.wav tagged-out.wav
described tagged-out.wav 'title=Solo bext=Take_3@123456 cues=5@50'
good "$gruff" render -m gru.json tagged.wav tagged-out.aiff
described tagged-out.aiff 'title=Solo'

echo "-- the sound does not depend on the block, the channel, what is beside it"
for raw in --raw --match; do
    good "$gruff" render $raw -m gru.json stereo.wav whole.wav
    for block in 1 7 64 1000 100000; do
        good "$gruff" render $raw --block $block -m gru.json stereo.wav "block.wav"
        same whole.wav block.wav equal=1
    done
    good "$gruff" render $raw -m gru.json in.wav mono.wav
    same mono.wav whole.wav mono=0 equal=1
    same mono.wav whole.wav mono=1 equal=1
done
good "$gruff" render --raw -m gru.json apart.wav apart-out.wav
"$wavtool" make left.wav noise
good "$gruff" render --raw -m gru.json left.wav left-out.wav
same left-out.wav apart-out.wav mono=0 equal=1
bad 2 'out of range' "$gruff" render --block 0 -m gru.json in.wav x.wav
n=0
while kernel=$("$gruff" render -m gru.json --kernel nonesuch in.wav x.wav 2>&1 | sed -n 's/.*there are //p' |
    tr -d ' ' | cut -d, -f$((n + 1))) && [ -n "$kernel" ] && [ $n -lt 8 ]; do
    good "$gruff" render --raw -m gru.json --kernel "$kernel" stereo.wav kernel.wav
    says "$kernel"
    good "$gruff" render --raw -m gru.json stereo.wav best.wav
    same best.wav kernel.wav max=2e-6
    n=$((n + 1))
    case $kernel in c) break ;; esac
done
true_that "there is a kernel" $n -gt 0

echo "-- empty and tiny files"
for frames in 0 1 2 63; do
    "$wavtool" make tiny.wav noise frames=$frames channels=2
    good "$gruff" render -m gru.json tiny.wav tiny-out.wav
    good "$gruff" render --raw -m identity.json tiny.wav tiny-raw.wav
    described tiny-out.wav "frames=$frames"
    same tiny.wav tiny-raw.wav equal=1
done

echo "-- at other rates than the model's: lined up with the input, as long, block by block the same"
for rate in 44100 96000 192000; do
    "$wavtool" make sine.wav sine rate=$rate hz=1000 frames=$rate
    good "$gruff" render -m identity.json sine.wav sine-out.wav
    same sine.wav sine-out.wav skip=$((rate / 2)) esr=-45.9 # the DC blocker turns 1 kHz by 0.005 rad
    good "$gruff" render -m identity.json --block 77 sine.wav sine-block.wav
    same sine-out.wav sine-block.wav equal=1
    "$wavtool" make tiny.wav noise frames=1 rate=$rate
    good "$gruff" render -m gru.json tiny.wav tiny-out.wav
    described tiny-out.wav 'frames=1 '
done
good "$gruff" render -m identity.json --quality hq sine.wav sine-hq.wav
same sine.wav sine-hq.wav skip=96000 esr=-45.9

echo "-- with a model that takes four samples per step"
hop_model hop.json
for frames in 1 3 4 1001; do
    "$wavtool" make some.wav noise frames=$frames channels=2
    good "$gruff" render --raw -m hop.json --block 3 some.wav some-out.wav
    same some.wav some-out.wav equal=1
done
for block in 1 512; do
    good "$gruff" render -m hop.json --block $block stereo.wav hop-out.wav
    good "$gruff" render -m identity.json stereo.wav hop-1.wav
    same hop-1.wav hop-out.wav max=1e-6
done

echo "-- controls"
good "$gruff" render --raw -m knob2.json in.wav k-default.wav
good "$gruff" render --raw -m knob2.json --knob 0,0 in.wav k00.wav
same in.wav k00.wav equal=1
good "$gruff" render --raw -m knob2.json --knob 1,0.5 in.wav k15.wav
good "$wavtool" compare in.wav k15.wav
says 'max 0.5'
good "$gruff" render --raw -m knob1.json -k 0.5 in.wav k5.wav
good "$wavtool" compare in.wav k5.wav
says 'max 0.125'
bad 1 'has no knobs' "$gruff" render --knob 0.5 -m gru.json in.wav x.wav
bad 1 '2 values for the model .*, which has 1 knob' "$gruff" render --knob 0.5,0.5 -m knob1.json in.wav x.wav
bad 2 'out of range; give a number from 0 to 1' "$gruff" render --knob 0.5,2 -m knob2.json in.wav x.wav
bad 2 'not a number' "$gruff" render --knob 0.5, -m knob2.json in.wav x.wav
bad 2 'not a number' "$gruff" render --knob nan -m knob1.json in.wav x.wav
bad 2 'more than 16' "$gruff" render --knob 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0 -m knob1.json in.wav x.wav
good "$gruff" render -m identity.json in.wav plain.wav
good "$gruff" render -m identity.json --output-db -6 in.wav quiet.wav
good "$gruff" render -m identity.json --input-db -6 in.wav quiet2.wav
same quiet.wav quiet2.wav max=1e-6
good "$wavtool" compare plain.wav quiet.wav
says 'esr -6.0' # (1 - 10^(-6/20))^2 is -6.04 dB
for tone in bass middle treble presence; do
    good "$gruff" render -m identity.json --$tone-db 6 in.wav tone.wav
    bad 1 'x' sh -c "'$wavtool' compare plain.wav tone.wav equal=1 && exit 0; echo gruff: x >&2; exit 1"
    good "$gruff" render -m identity.json --$tone-db 0 in.wav tone.wav
    same plain.wav tone.wav equal=1
    bad 2 "$tone-db 99: out of range" "$gruff" render --$tone-db 99 -m gru.json in.wav x.wav
done
bad 2 'input-db loud: not a number' "$gruff" render --input-db loud -m gru.json in.wav x.wav
bad 2 'output-db 99: out of range' "$gruff" render --output-db 99 -m gru.json in.wav x.wav
bad 2 'calibrate-dbu -1: out of range' "$gruff" render --calibrate-dbu -1 -m gru.json in.wav x.wav
good "$gruff" render --match --quality hq --calibrate-dbu 12 -m gru.json in.wav all.wav
bad 2 'quality best: no such choice; there are normal, hq' "$gruff" render --quality best -m gru.json in.wav x.wav
bad 2 'raw plays the net alone' "$gruff" render --raw --match -m gru.json in.wav x.wav
bad 2 'raw plays the net alone' "$gruff" render --raw --bass-db 3 -m gru.json in.wav x.wav

echo "-- clipping is said, with what to do; float is not clipped"
"$wavtool" make hot.wav sine level=2 hz=100
good "$gruff" render --raw -m identity.json --bits 16 hot.wav hot16.wav
says 'warning: hot16.wav: .* samples clipped, the loudest by 6.0 dB; write --bits float'
described hot16.wav 'peak=1.0000\|peak=0.9999'
good "$gruff" render --raw -m identity.json hot.wav hotf.wav
same hot.wav hotf.wav equal=1
good "$gruff" render -m identity.json --bits 16 --output-db -0.5 hot.wav hot16.wav
says 'the loudest by 5.8 dB; turn it down with --output-db -7, or write --bits float'
good "$gruff" render -m identity.json --bits 16 --output-db -7 hot.wav hot16.wav
true_that "and then it does not clip" ! -s said.err
"$wavtool" make full.wav sine level=1 hz=100
good "$gruff" render --raw -m identity.json --bits 24 full.wav full24.wav
true_that "full scale is not called clipping" ! -s said.err

echo "-- dither"
"$wavtool" make soft.wav sine level=0.00001 hz=100
good "$gruff" render --raw -m identity.json --bits 16 --no-dither soft.wav none.wav
described none.wav 'peak=0.000000'
good "$gruff" render --raw -m identity.json --bits 16 soft.wav dithered.wav
good "$gruff" render --raw -m identity.json --bits 16 soft.wav again.wav
cmp -s dithered.wav again.wav || failed "the same input gives the same file"
described dithered.wav 'peak=0.0000[36]'

echo "-- what is not a number plays as silence, and is said"
"$wavtool" make nan.wav noise nan=1000
good "$gruff" render -m gru.json nan.wav nan-out.wav
says 'warning: .* 48 samples of the input are not numbers'
described nan-out.wav 'peak=[01]'
good "$wavtool" compare nan-out.wav nan-out.wav esr=-200

echo "-- several files"
mkdir takes
cp in.wav takes/one.wav
cp stereo.wav takes/two.wav
echo 'no sound' >takes/bad.wav
good "$gruff" render -m gru.json -d made takes/one.wav takes/two.wav
good "$gruff" render -m gru.json takes/one.wav single.wav
same single.wav made/one.wav equal=1
good "$gruff" render -m gru.json -d made --format flac --bits 24 takes/one.wav
described made/one.flac 'bits=Signed 24 bit'
"$gruff" render -m gru.json -d made2 takes/bad.wav takes/one.wav takes/two.wav >said.out 2>said.err
true_that "a bad file fails the whole" $? = 1
says 'gruff: takes/bad.wav: '
says '1 of 3 files could not be rendered'
same single.wav made2/one.wav equal=1
true_that "nothing of the bad one" ! -e made2/bad.wav

echo "-- several at a time: the same files, told of in their order"
mkdir many
"$wavtool" make many/0.wav noise frames=480000
cp takes/bad.wav many/1.wav
for file in 2 3 4 5 6 7 8; do "$wavtool" make many/$file.wav noise seed=$file frames=2000; done
files=$(ls -d many/*)
umask 027
for jobs in '-j 1' '-j 2' '--jobs 3' '-j 64' '--no-dither'; do # the last: as many as there are cores
    # shellcheck disable=SC2086
    "$gruff" render $jobs -m gru.json -d "many$jobs" $files >said.out 2>said.err
    true_that "a bad file fails the whole ($jobs)" $? = 1
    says 'gruff: many/1.wav: '
    says '1 of 9 files could not be rendered'
    true_that "told of in their order ($jobs)" "$(sed 's/:.*//; s/.*\///' said.out | tr '\n' ' ')" = \
        '0.wav 2.wav 3.wav 4.wav 5.wav 6.wav 7.wav 8.wav '
    for file in 0 2 3 4 5 6 7 8; do same "many-j 1/$file.wav" "many$jobs/$file.wav" equal=1; done
    true_that "permissions follow umask ($jobs)" "$(stat -c %a "many$jobs"/* | sort -u)" = 640
done
umask 022
for file in 0 3; do
    good "$gruff" render -m gru.json many/$file.wav single.wav
    same single.wav "many-j 64/$file.wav" equal=1
done
for file in 1 2 3 4 5 6; do printf 'no sound %d' $file >takes/bad$file.wav; done
"$gruff" render -j 4 -m gru.json -d made takes/bad*.wav >said.out 2>said.err
true_that "what is wrong is told in their order" \
    "$(grep -c 'give a sound file' said.err) $(sed 's/.*takes.\(.*\).wav:.*/\1/; s/gruff: //' said.err | tr '\n' ' ')" = \
    '7 bad bad1 bad2 bad3 bad4 bad5 bad6 7 of 7 files could not be rendered; the others are in made '
bad 2 'jobs 0: out of range' "$gruff" render -j 0 -m gru.json in.wav x.wav
bad 2 'jobs 65: out of range' "$gruff" render -j 65 -m gru.json in.wav x.wav
bad 2 'both would become' "$gruff" render -m gru.json -d made in.wav takes/../in.wav
bad 2 'no sound file given' "$gruff" render -m gru.json -d made
bad 1 'takes/one.wav: is the input itself' "$gruff" render -m gru.json -d takes takes/one.wav
bad 1 'no/where: cannot make this folder: No such file' "$gruff" render -m gru.json -d no/where takes/one.wav
bad 1 'in.wav: is no folder' "$gruff" render -m gru.json -d in.wav takes/one.wav

echo "-- what cannot be played or written is refused in words"
bad 2 'give one IN and one OUT' "$gruff" render -m gru.json
bad 2 'give one IN and one OUT' "$gruff" render -m gru.json in.wav
bad 2 'give one IN and one OUT' "$gruff" render -m gru.json in.wav x.wav y.wav
bad 2 '--nonsense: no such option' "$gruff" render --nonsense in.wav x.wav
bad 2 '-Z: no such option' "$gruff" render -Z in.wav x.wav
bad 2 'needs an argument, MODEL' "$gruff" render in.wav x.wav -m
bad 2 'takes no argument' "$gruff" render --raw=1 in.wav x.wav
bad 2 'block 1.5: not a whole number' "$gruff" render --block 1.5 in.wav x.wav
bad 2 'not a kernel that this computer can run; there are .*c$' "$gruff" render --kernel z80 -m gru.json in.wav x.wav
bad 1 'missing.wav: No such file' "$gruff" render -m gru.json missing.wav x.wav
bad 1 'takes: is a folder' "$gruff" render -m gru.json takes x.wav
bad 1 'takes/bad.wav: .*give a sound file' "$gruff" render -m gru.json takes/bad.wav x.wav
: >empty.wav
bad 1 'empty.wav: is empty' "$gruff" render -m gru.json empty.wav x.wav
bad 1 'gru.json: .*give a sound file' "$gruff" render -m gru.json gru.json x.wav
"$wavtool" make noise.flac noise bits=16
head -c 50000 noise.flac >cut.flac
bad 1 'cut.flac: .*; the file is damaged' "$gruff" render -m gru.json cut.flac x.wav
head -c 10000 to.ogg >cut.ogg # its length cannot be known beforehand
good "$gruff" render -m gru.json cut.ogg cut-ogg.wav
says '(WAV, 24 bit'
described cut-ogg.wav 'format=wav'
"$wavtool" make three.wav noise channels=3
bad 1 'has 3 channels, and Gruff plays 1 or 2' "$gruff" render -m gru.json three.wav x.wav
bad 1 'in.wav: is the input itself' "$gruff" render -m gru.json in.wav in.wav
ln in.wav hard.wav
ln -s in.wav soft-link.wav
bad 1 'is the input itself' "$gruff" render -m gru.json in.wav hard.wav
bad 1 'is the input itself' "$gruff" render -m gru.json in.wav soft-link.wav
bad 1 'no/where.wav: .*make its folder first' "$gruff" render -m gru.json in.wav no/where.wav
bad 1 'takes: cannot be written: Is a directory\|takes: ' "$gruff" render -m gru.json --format wav in.wav takes
bad 1 'nope.json: .*No such file' "$gruff" render -m ./nope.json in.wav x.wav
bad 1 'in.wav: ' "$gruff" render -m in.wav in.wav x.wav
"$wavtool" make slow.wav noise rate=4000
bad 1 '[48] *000' "$gruff" render -m gru.json slow.wav x.wav
if [ "$(id -u)" != 0 ]; then
    cp in.wav secret.wav
    chmod 0 secret.wav
    bad 1 'secret.wav: Permission denied' "$gruff" render -m gru.json secret.wav x.wav
    mkdir locked
    chmod 500 locked
    bad 1 'Permission denied' "$gruff" render -m gru.json in.wav locked/x.wav
    cp in.wav protected.wav
    chmod 400 protected.wav
    bad 1 'protected.wav: cannot be written' "$gruff" render -m gru.json in.wav protected.wav
else
    echo "   (root may read and write everything: those checks are left out)"
fi
true_that "no output was left by a failure" ! -e x.wav

echo "-- a full disk, a size limit, a device"
bad 1 '/dev/full: writing failed: No space left' "$gruff" render -m gru.json --format wav in.wav /dev/full
good "$gruff" render -m gru.json --format wav in.wav /dev/null
true_that "/dev/null is still a device" -c /dev/null
"$wavtool" make long.wav noise frames=480000
for ending in wav flac ogg; do
    bad 1 'limit.*: writing failed' sh -c "ulimit -f 100; exec '$gruff' render -m gru.json long.wav limit.$ending"
    true_that "nothing of limit.$ending" ! -e "limit.$ending"
done
"$wavtool" make short.wav noise frames=3000
bad 1 'limit.flac: writing failed' sh -c "ulimit -f 2; exec '$gruff' render -m gru.json short.wav limit.flac"
true_that "nothing of it, though only its end was too much" ! -e limit.flac

echo "-- an existing output is replaced whole, and kept when the render fails"
cp in.wav keep.wav
bad 1 'writing failed' sh -c "ulimit -f 100; exec '$gruff' render -m gru.json long.wav keep.wav"
same in.wav keep.wav equal=1
chmod 640 keep.wav
ln -s keep.wav link.wav
good "$gruff" render --raw -m identity.json stereo.wav link.wav
same stereo.wav keep.wav equal=1
true_that "the link is still a link" -L link.wav
true_that "permissions stay" "$(stat -c %a keep.wav)" = 640
umask 027
good "$gruff" render --raw -m identity.json stereo.wav fresh.wav
true_that "permissions follow umask" "$(stat -c %a fresh.wav)" = 640

echo "-- stopping leaves nothing, nor a temporary file"
"$wavtool" make hour.wav silence frames=100000000
good "$gruff" render -m gru.json in.wav default-in.wav
for signal in 1 2 15; do
    good "$wavtool" stop $signal 0.3 "$gruff" render -m gru.json hour.wav stopped.wav
    says 'stopped; unfinished files are not kept'
    true_that "no file" ! -e stopped.wav
done
good "$wavtool" stop 2 0.5 "$gruff" render -j 1 -m gru.json -d made3 in.wav hour.wav stereo.wav
good "$wavtool" compare default-in.wav made3/in.wav equal=1
true_that "only what was finished" "$(ls made3)" = in.wav
good "$wavtool" stop 2 0.7 "$gruff" render -j 2 -m gru.json -d made4 in.wav hour.wav stereo.wav
says '^made4/stereo.wav: 1.00 s'
true_that "and what was finished beside it" "$(ls -A made4 | tr '\n' ' ')" = 'in.wav stereo.wav '
true_that "no temporary files" -z "$(ls -d .gruff-* made/.gruff-* 2>/dev/null)"

echo "-- pipes"
good sh -c "'$gruff' render --raw -m identity.json - - <in.wav >piped.wav"
same in.wav piped.wav equal=1
good sh -c "cat in.wav | '$gruff' render --raw -m identity.json --format flac --bits 24 - - | cat >piped.flac"
described piped.flac 'format=flac'
bad 1 '-: .*give a sound file' sh -c "echo rubbish | '$gruff' render --raw -m identity.json - x.wav"

echo "-- little is said"
good "$gruff" render -q -m gru.json in.wav said.wav
silent
good "$gruff" render -m gru.json in.wav said.wav
says "^said.wav: 1.00 s (WAV, float, peak .* dBFS) in .* s, .* times as fast as it plays; 'Little GRU', "
true_that "one line, no progress when piped" "$(cat said.out said.err | wc -l)" = 1

echo "-- a terminal gets a progress line, taken away at the end"
if script -qec true /dev/null >/dev/null 2>&1; then
    good script -qec "'$gruff' render -m gru.json long.wav seen.wav" typescript
    says 'long.wav  *[0-9]* %'
    true_that "the line goes away" "$(tr '\r' '\n' <said.out | grep -c '^.\[Kseen.wav: 10.00 s')" = 1
    good script -qec "'$gruff' render -q -m gru.json long.wav seen.wav" typescript
    silent
else
    echo "   (no script(1): left out)"
fi

echo "-- a model that fails its own test is played, with a warning"
sed 's/"in_shape"/"input_batch": [0.1, 0.2, 0.3], "output_batch": [0.5, 0.5, 0.5], "in_shape"/' identity.json >liar.json
good "$gruff" render -m liar.json in.wav liar.wav
says '^gruff: warning: .*self-test'

echo "-- shipped models"
mkdir -p ships/models
cp gru.json ships/models/little.json
for name in same zed alpha mid beta; do cp identity.json ships/models/$name.json; done
GRUFF_PRESETS=$scratch/ships
export GRUFF_PRESETS
bad 1 'no default ships' "$gruff" render in.wav x.wav
echo little >ships/models/DEFAULT
good "$gruff" render in.wav default.wav
good "$gruff" render -m little in.wav named.wav
good "$gruff" render -m gru.json in.wav file.wav
same default.wav named.wav equal=1
same default.wav file.wav equal=1
bad 1 'tiny: no such file or shipped model; give a model file, or one of: alpha, beta, little, mid, same, zed' "$gruff" render -m tiny in.wav x.wav
GRUFF_PRESETS=$scratch/nowhere
bad 1 'no models ship in .*nowhere' "$gruff" render -m tiny in.wav x.wav
bad 1 'no model given, and no default ships' "$gruff" render in.wav x.wav
unset GRUFF_PRESETS

echo "-- help names every option there is"
good "$gruff" render --help
cp said.out help.txt
for option in model knob input-db output-db bass-db middle-db treble-db presence-db calibrate-dbu match quality \
    kernel folder format bits no-dither raw block jobs quiet help; do
    n_checks=$((n_checks + 1))
    grep -q -e "--$option" help.txt || failed "--help names --$option"
done
true_that "and no other" "$(grep -c '^ .*--[a-z]' help.txt)" = "$(grep -o '^ .*--[a-z-]*' help.txt | sort -u | wc -l)"
awk 'length($0) > 110 { exit 1 }' help.txt || failed "--help fits a terminal"

finish
