#!/bin/sh
# Builds Gruff and plays the guitar clip that ships through a capture that ships.
# usage: sh tools/try.sh [OUT.wav]
set -eu
out=$(realpath -m "${1:-gruff-riff.wav}")
cd "$(dirname "$0")/.."

sh tools/packages.sh needed gcc libc6-dev meson ninja-build pkg-config libjansson-dev libsndfile1-dev \
    -- wanted portaudio19-dev lv2-dev

[ -d build ] || meson setup build >/dev/null
ninja -C build -v >build/build.log 2>&1 || {
    grep -E 'error|FAILED' build/build.log >&2
    exit 1
}
./build/tools/gruff render presets/riff.flac "$out"
echo "Listen to it: $out"
echo "The program is $PWD/build/tools/gruff; 'sudo meson install -C build' installs it, and the LV2 plugin."
