#!/bin/sh
# gruff signal, end to end: files that hold what they say, and a sentence for everything that cannot be done.
# Usage: test_signal.sh GRUFF WAVTOOL
# shellcheck source=check.sh disable=SC1091
gruff=$(realpath "$1") wavtool=$(realpath "$2") here=$(cd "$(dirname "$0")" && pwd)
. "$here/check.sh"

echo "-- files"
good "$gruff" signal --riff riff.wav
says "riff.wav: 15.5 s, 48000 Hz, mono, 24 bits"
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
bad 2 "must end in" "$gruff" signal a.mp3
bad 2 "must end in" "$gruff" signal a
bad 2 "not a rate" "$gruff" signal --rate 8000 a.wav
bad 2 "not a rate" "$gruff" signal --rate 48k a.wav
bad 2 "not an option" "$gruff" signal --loud a.wav
bad 2 "missing" "$gruff" signal --rate
bad 1 "written: No such file or directory; choose" "$gruff" signal --riff none/a.wav
mkdir folder.wav
bad 1 "folder.wav" "$gruff" signal --riff folder.wav
true_that "no part is left behind" ! -e folder.wav.part
if [ -w /dev/full ]; then
    ln -s /dev/full full.wav.part
    cp riff.flac full.wav
    bad 1 "full.wav: " "$gruff" signal --riff full.wav
    good cmp riff.flac full.wav
fi
finish
