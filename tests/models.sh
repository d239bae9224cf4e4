# shellcheck shell=sh
# Small models for end-to-end tests, written by hand: source this after check.sh.

identity_model() # FILE: one dense unit of weight 1: what goes in comes out
{
    cat >"$1" <<'END'
{"in_shape": [null, null, 1], "metadata": {"samplerate": 48000, "name": "Identity"},
 "layers": [{"type": "dense", "activation": "", "shape": [null, null, 1], "weights": [[[1.0]], [0.0]]}]}
END
}

gru_model() # FILE RATE: GRU of 2 units, an audible amount of memory
{
    cat >"$1" <<END
{"in_shape": [null, null, 1], "metadata": {"samplerate": $2, "name": "Little GRU"},
 "layers": [{"type": "gru", "activation": "", "shape": [null, null, 2], "weights": [
   [[0.9, -0.4, 0.5, 0.3, 2.5, -1.5]],
   [[0.2, 0.6, -0.3, 0.1, 0.4, -0.7], [-0.5, 0.3, 0.2, 0.4, 0.6, 0.5]],
   [[0.1, -0.2, 0.3, 0.2, 0.05, -0.1], [0.0, 0.1, -0.1, 0.2, 0.1, 0.02]]]},
  {"type": "dense", "activation": "", "shape": [null, null, 1], "weights": [[[0.8], [-0.5]], [0.01]]}]}
END
}

knob_model() # FILE N: dense, y = x + 0.25 knob1 (+ 0.5 knob2): N = 1 or 2 knobs
{
    if [ "$2" = 2 ]; then second=', [0.5]'; else second=; fi
    cat >"$1" <<END
{"in_shape": [null, null, $((1 + $2))], "metadata": {"samplerate": 48000, "name": "Knobs $2"},
 "layers": [{"type": "dense", "activation": "", "shape": [null, null, 1],
   "weights": [[[1.0], [0.25]$second], [0.0]]}]}
END
}

hop_model() # FILE: four samples per step, each handed through
{
    cat >"$1" <<'END'
{"in_shape": [null, null, 4], "hop": 4, "metadata": {"samplerate": 48000, "name": "By fours"},
 "layers": [{"type": "dense", "activation": "", "shape": [null, null, 4],
   "weights": [[[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]], [0, 0, 0, 0]]}]}
END
}
