#!/bin/sh
# Installs what is missing, builds, and runs every test but those in suite slow.
# usage: sh tests/all.sh [arguments for meson test, such as --suite slow]
set -eu
cd "$(dirname "$0")/.."

sh tools/packages.sh needed gcc libc6-dev meson ninja-build pkg-config libjansson-dev libsndfile1-dev \
    portaudio19-dev lv2-dev libcmocka-dev liblilv-dev \
    -- wanted libjack-jackd2-dev lilv-utils sordi jackd2 jalv sndfile-tools ardour guitarix-lv2 \
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user binutils valgrind procps locales ngspice

build=build-tests
[ -d $build ] || meson setup $build >/dev/null
ninja -C $build >$build/build.log 2>&1 || {
    grep -E 'error|FAILED' $build/build.log >&2
    exit 1
}

[ $# -gt 0 ] || set -- --no-suite slow
status=0
meson test -C $build --no-rebuild --print-errorlogs "$@" || status=$?

# What was skipped, and why; then the counts in one line.
log=$build/meson-logs/testlog.txt
count() {
    sed -n "s/^$1: *\([0-9]*\).*/\1/p" "$log" | tail -n 1
}
grep -h '^skipped: ' "$log" | sort | uniq -c | sed 's/^ *\([0-9]*\) /\1 x /' || true
passed=$(count Ok)
failed=$(($(count Fail) + $(count Timeout) + $(count 'Unexpected Pass')))
skipped=$(count Skipped)
echo "${passed:-0} passed, $failed failed, ${skipped:-0} skipped"
exit "$status"
