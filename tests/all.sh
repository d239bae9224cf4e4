#!/bin/sh
# Runs every test.
set -eu
cd "$(dirname "$0")/.."
meson setup build-tests 
meson test -C build-tests
