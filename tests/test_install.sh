#!/bin/sh
# What `meson install` puts down works where it is: the program finds its models, the library compiles and plays.
# Usage: test_install.sh BUILD-FOLDER CC
# shellcheck source=check.sh disable=SC1091,SC2154
build=$(realpath "$1") here=$(cd "$(dirname "$0")" && pwd)
shift
riff=$here/../presets/riff.flac standard=$(cat "$here/../presets/models/DEFAULT")
. "$here/check.sh"
unset GRUFF_PRESETS DESTDIR
command -v meson >/dev/null || skip "meson is not in the PATH"
good meson install -C "$build" --no-rebuild --destdir "$scratch/root"
gruff=$(find root -type f -name gruff -path '*/bin/*')
true_that "the program is there" -x "$gruff"

echo "-- the program in its build folder"
good "$build/tools/gruff" render "$riff" built.wav

echo "-- the program, from its own place"
good "$gruff" render "$riff" loud.wav
says 'loud.wav: .* s (WAV'
good cmp built.wav loud.wav
good "$gruff" info "$standard"
bad 1 'give a model file, or one of: ' "$gruff" render -m nonesuch "$riff" x.wav

echo "-- the library, through pkg-config"
config=$(find root -name gruff.pc)
true_that "gruff.pc is there" -f "$config"
cat >player.c <<'END'
#include <gruff.h>
#include <gruff_model.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    GruffMessage message;
    GruffModel *model;
    GruffNet *net;
    if (argc < 2 || gruff_model_load(argv[1], &message, &model) ||
        gruff_net_build(model, NULL, &message, &net)) {
        puts(message.text);
        return 1;
    }
    float sound[64] = {0.5f}, *channel[1] = {sound};
    gruff_net_run(net, (const float *const *)channel, channel, NULL, 64);
    printf("%s on %s: %s\n", gruff_model_name(model), gruff_net_kernel(net), sound[1] != 0 ? "sounds" : "is silent");
    gruff_net_free(net);
    gruff_model_free(model);
    return 0;
}
END
if command -v pkg-config >/dev/null; then
    PKG_CONFIG_PATH=$(dirname "$config")
    PKG_CONFIG_SYSROOT_DIR=$scratch/root
    export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
    # shellcheck disable=SC2046 # a list of words
    good "$@" player.c -o player $(pkg-config --static --cflags --libs gruff)
    good ./player "$here/../presets/models/$standard.json"
    says ' on .*: sounds'
else
    echo "   (no pkg-config: left out)"
fi
finish
