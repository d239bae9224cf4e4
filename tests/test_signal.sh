#!/bin/sh
# gruff signal, end to end: files that hold what they say, and a sentence for everything that cannot be done.
# Usage: test_signal.sh GRUFF WAVTOOL
# shellcheck source=check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"

echo "-- files"
good "$gruff" signal --riff riff.wav
says "riff.wav: 15.5 s, 48000 Hz, mono (WAV, 24 bit)"
good "$gruff" signal --riff again.wav
good cmp riff.wav again.wav
for ending in flac aif aiff; do
    good "$gruff" signal --riff "riff.$ending"
    good "$wavtool" compare riff.wav "riff.$ending" equal=1
done
good "$gruff" signal --rate 44100 --riff slow.flac
good "$wavtool" info slow.flac
says 44100
good "$gruff" signal signal.wav
good grep -qa "Gruff capture signal 1" signal.wav
good "$wavtool" info signal.wav
says 8832000
good "$gruff" signal --parts
says "163.5 *18.0 *-1.9 *validation"
good "$gruff" signal --help

echo "-- refusals"
bad 2 "give one file" "$gruff" signal
bad 2 "give one file" "$gruff" signal a.wav b.wav
bad 1 "FLAC\|MPEG\|cannot hold" "$gruff" signal a.mp3
bad 1 "its ending names no sound file format" "$gruff" signal a
bad 2 "rate 8000: out of range" "$gruff" signal --rate 8000 a.wav
bad 2 "rate 48k: not a number" "$gruff" signal --rate 48k a.wav
bad 2 "rate 44100.5: not a whole number" "$gruff" signal --rate 44100.5 a.wav
bad 2 "loud: no such option" "$gruff" signal --loud a.wav
bad 2 "rate: needs an argument" "$gruff" signal --rate
bad 1 "make its folder first" "$gruff" signal --riff none/a.wav
mkdir folder.wav
bad 1 "folder.wav: .*Is a directory" "$gruff" signal --riff folder.wav
cp riff.flac full.wav
bad 1 "full.wav: writing failed" sh -c "ulimit -f 100; exec '$gruff' signal --riff full.wav"
good cmp riff.flac full.wav
true_that "no part is left behind" -z "$(ls -d .gruff-* 2>/dev/null)"
finish
