#!/usr/bin/env python3
"""Makes tests/vectors: a small random model of every cell and file format, and what each must sound like.

    python3 -m venv v && v/bin/pip install numpy torch keras
    KERAS_BACKEND=torch v/bin/python tests/make_vectors.py

The reference steps through the formulas of gruff_model.h in double precision; wherever PyTorch or Keras has the
same cell, its own layer, in double precision too, must give the same, so that layouts and gate orders are
theirs and not ours. tests/test_golden.c plays the files. vectors/ then holds

    input.f32   the input: 32-bit little-endian floats
    NAME.json, NAME.nam   the models
    NAME.f32    the output, from zero or stored initial state, with the file's skip and gains, knobs 0.3 and 0.8
    index.txt   per line: file, and the ESR in dB that single precision already costs
"""
import json
import os

import numpy as np
import torch

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras

keras.backend.set_floatx("float64")

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors")
KNOBS = [0.3, 0.8]
N = 768
GATES = {"gru": 3, "lstm": 4, "rnn": 1, "dense": 1}
random = np.random.default_rng(20)


def make_input():
    """Plucked notes from loud to soft, some noise, a click and silence."""
    t = np.arange(N)
    x = sum(a * np.exp(-((t - s) % N) / 200.0) * np.sin(2 * np.pi * f * t / 48000) * (t >= s)
            for a, f, s in [(0.7, 110, 0), (0.3, 311, 150), (0.05, 659, 300)])
    x = x + 0.002 * random.standard_normal(N)
    x[450] = -0.9
    x[640:] = 0
    return x.astype(np.float32)


# ---- layers, in the canonical layout (gates z r n; i f g o) ----

def layer(cell, n_in, n_out, scale=1.0, **more):
    rows = GATES[cell] * n_out
    draw = lambda *shape: (scale * random.uniform(-1, 1, shape) / np.sqrt(shape[-1])).astype(np.float32)
    made = {"cell": cell, "w": draw(rows, n_in), "b": draw(rows) * np.float32(0.5)}
    if cell != "dense":
        made |= {"u": draw(rows, n_out), "c": draw(rows) * np.float32(0.5)}
    return made | more


def activate(name, v):
    return {"": lambda: v, "linear": lambda: v, "tanh": lambda: torch.tanh(v), "sigmoid": lambda: torch.sigmoid(v),
            "relu": lambda: torch.relu(v), "elu": lambda: torch.nn.functional.elu(v),
            "softmax": lambda: torch.softmax(v, 0)}[name]()


def step(made, x, state, kind):
    w, b = (torch.tensor(made[k], dtype=kind) for k in "wb")
    a = w @ x + b
    if made["cell"] == "dense":
        return activate(made.get("activation", ""), a), state
    u, c = (torch.tensor(made[k], dtype=kind) for k in "uc")
    h, s = state
    n = len(h)
    if made["cell"] == "rnn":
        h = torch.tanh(a + u @ h + c)
    elif made["cell"] == "lstm":
        i, f, g, o = (a + u @ h + c).split(n)
        s = torch.sigmoid(f) * s + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(s)
    else:
        d = u @ h + c
        z, r = torch.sigmoid(a[:n] + d[:n]), torch.sigmoid(a[n:2 * n] + d[n:2 * n])
        inner = {"after": lambda: r * d[2 * n:], "none": lambda: d[2 * n:],
                 "before": lambda: u[2 * n:] @ (r * h) + c[2 * n:]}[made.get("reset", "after")]()
        h = (1 - z) * torch.tanh(a[2 * n:] + inner) + z * h
    return h, (h, s)


def run_layers(layers, rows, kind, start=True):
    """rows [T][inputs] -> [T][outputs]"""
    states = [tuple(torch.tensor(made.get(k, np.zeros(len(made["b"]) // GATES[made["cell"]])) if start else
                                 np.zeros(len(made["b"]) // GATES[made["cell"]]), dtype=kind) for k in ("h0", "s0"))
              for made in layers]
    out = []
    for row in rows:
        v = torch.tensor(row, dtype=kind)
        for k, made in enumerate(layers):
            v, states[k] = step(made, v, states[k], kind)
        out.append(v.numpy().astype(np.float64))
    return np.array(out)


def play(model, x, kind):
    hop = model.get("hop", 1)
    gain = lambda key: 10 ** (model.get(key, 0) / 20)
    x = x.astype(np.float64) * gain("in_gain")
    if kind == torch.float32:
        x = x.astype(np.float32).astype(np.float64)
    knobs = np.tile(KNOBS[:model.get("knobs", 0)], (len(x) // hop, 1))
    y = run_layers(model["layers"], np.hstack([x.reshape(-1, hop), knobs]), kind).reshape(-1)
    return (y + x * model.get("skip", 0)) * gain("out_gain")


# ---- what PyTorch and Keras say ----

def reorder(a, n):
    """z r n <-> r z n"""
    return np.concatenate([a[n:2 * n], a[:n], a[2 * n:]])


def to_torch(made, a):
    return reorder(a, len(made["b"]) // 3) if made["cell"] == "gru" else a


def check_torch(made, rows):
    n_in, n = made["w"].shape[1], len(made["b"]) // GATES[made["cell"]]
    net = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM, "rnn": torch.nn.RNN}[made["cell"]](n_in, n).double()
    net.load_state_dict({f"{k}_l0": torch.tensor(to_torch(made, made[v]).astype(np.float64)) for k, v in
                         [("weight_ih", "w"), ("weight_hh", "u"), ("bias_ih", "b"), ("bias_hh", "c")]})
    with torch.no_grad():
        theirs = net(torch.tensor(rows).unsqueeze(1))[0][:, 0].numpy()
    error = np.abs(theirs - run_layers([made], rows, torch.float64, start=False)).max()
    assert error < 1e-6, (made["cell"], made.get("reset"), error)  # Keras multiplies in single precision in places


def keras_bias(made):
    if made["cell"] == "gru" and made.get("reset") != "before":
        return np.stack([made["b"], made["c"]])
    return made["b"] if made["cell"] == "dense" else made["b"].astype(np.float64) + made["c"]


def check_keras(made, rows):
    n = len(made["b"]) // GATES[made["cell"]]
    if made["cell"] == "gru":
        net = keras.layers.GRU(n, reset_after=made.get("reset", "after") == "after", return_sequences=True)
    elif made["cell"] == "dense":
        net = keras.layers.Dense(n, activation=made.get("activation") or None)
    else:
        net = {"lstm": keras.layers.LSTM, "rnn": keras.layers.SimpleRNN}[made["cell"]](n, return_sequences=True)
    net.build((1, len(rows), rows.shape[1]))
    net.set_weights([a.astype(np.float64) for a in
                     [made["w"].T] + ([made["u"].T] if "u" in made else []) + [keras_bias(made)]])
    theirs = keras.ops.convert_to_numpy(net(rows[None]))[0]
    error = np.abs(theirs - run_layers([made], rows, torch.float64, start=False)).max()
    assert error < 1e-6, (made["cell"], made.get("reset"), error)  # Keras multiplies in single precision in places


def check_layers(layers, rows):
    for made in layers:
        if made.get("reset") != "none":  # neither has that
            check_keras(made, rows)
            if made["cell"] != "dense" and made.get("reset", "after") == "after":
                check_torch(made, rows)
        rows = run_layers([made], rows, torch.float64)


# ---- the files ----

def numbers(a):
    """float32 values as the shortest decimals that bring them back"""
    a = np.asarray(a, dtype=np.float32)
    return [numbers(v) for v in a] if a.ndim else float(str(a))


def keras_layer(made):
    n = len(made["b"]) // GATES[made["cell"]]
    file = {"type": made.get("type", made["cell"]), "activation": made.get("activation", ""), "shape": [None, None, n]}
    w, u, bias = made["w"].T.copy(), made["u"].T.copy() if "u" in made else None, keras_bias(made).copy()
    if made.get("reset") == "before":
        file["reset_after"] = False
    if made.get("reset") == "none":
        file["reset_gate"] = False
    if made.get("write"):
        file["update"] = "write"
        for a in (w, u, bias):
            a[..., :n] *= -1
    for key in ("h0", "s0"):
        if key in made:
            file[key] = numbers(made[key])
    return file | {"weights": [numbers(a) for a in (w, u, bias) if a is not None]}


def keras_file(model):
    file = {"in_shape": [None, None, model.get("hop", 1) + model.get("knobs", 0)]}
    for key, name in [("skip", "in_skip"), ("in_gain", "in_gain"), ("out_gain", "out_gain"), ("hop", "hop")]:
        if key in model:
            file[name] = model[key]
    return file | {"metadata": {"name": "test", "samplerate": "48000"},
                   "layers": [keras_layer(made) for made in model["layers"]]}


def torch_file(model):
    layers, head = model["layers"][:-1], model["layers"][-1]
    first = layers[0]
    states = {f"rec.{k}_l{i}": numbers(to_torch(made, made[v])) for i, made in enumerate(layers) for k, v in
              [("weight_ih", "w"), ("weight_hh", "u"), ("bias_ih", "b"), ("bias_hh", "c")]}
    states["lin.weight"] = numbers(head["w"])
    if head["b"].any():
        states["lin.bias"] = numbers(head["b"])
    return {"model_data": {"model": "SimpleRNN", "input_size": first["w"].shape[1], "skip": model.get("skip", 0),
                           "output_size": 1, "unit_type": first["cell"].upper(), "num_layers": len(layers),
                           "hidden_size": first["u"].shape[1], "bias_fl": bool(head["b"].any())},
            "state_dict": states}


def nam_file(model):
    flat = []
    for made in model["layers"][:-1]:
        flat += [np.hstack([made["w"], made["u"]]).ravel(), made["b"] + made["c"], made["h0"], made["s0"]]
    head = model["layers"][-1]
    flat += [head["w"].ravel(), head["b"]]
    first = model["layers"][0]
    return {"version": "0.5.4", "architecture": "LSTM", "metadata": {"name": "test", "loudness": -18.5},
            "config": {"input_size": first["w"].shape[1], "hidden_size": first["u"].shape[1],
                       "num_layers": len(model["layers"]) - 1},
            "weights": numbers(np.concatenate(flat)), "sample_rate": 48000}


def stack(cell, n_in, n, n_layers=1, scale=2.0, **more):
    one_bias = more.pop("one_bias", False)
    layers = [layer(cell, n if k else n_in, n, scale, **more) for k in range(n_layers)] + [layer("dense", n, 1)]
    for made in layers[:-1]:
        if one_bias:
            made["c"] *= 0
    return layers


def with_start(layers):
    for made in layers:
        if made["cell"] == "lstm":
            n = made["u"].shape[1]
            made["h0"], made["s0"] = (random.uniform(-0.5, 0.5, (2, n))).astype(np.float32)
    return layers


def models():
    lstm = dict(one_bias=True)
    yield "keras-gru-8.json", {"layers": stack("gru", 1, 8)}
    yield "keras-gru-19.json", {"layers": stack("gru", 1, 19), "skip": 1}
    yield "keras-gru-before.json", {"layers": stack("gru", 1, 10, reset="before", one_bias=True)}
    yield "keras-gru-simple.json", {"layers": stack("gru", 1, 10, reset="none")}
    yield "keras-gru-write.json", {"layers": stack("gru", 1, 10, write=True)}
    yield "keras-gru-2knobs.json", {"layers": stack("gru", 3, 9), "knobs": 2, "skip": 1, "in_gain": 6.5,
                                    "out_gain": -4.25}
    yield "keras-gru-hop4-1knob.json", {"layers": [layer("gru", 5, 12, 2.0), layer("dense", 12, 4)], "hop": 4,
                                        "knobs": 1}
    yield "keras-lstm-11.json", {"layers": stack("lstm", 1, 11, **lstm)}
    yield "keras-lstm-start.json", {"layers": with_start(stack("lstm", 1, 7, 2, **lstm))}
    yield "keras-rnn-13.json", {"layers": stack("rnn", 1, 13, one_bias=True)}
    yield "keras-mixed.json", {"layers": [
        layer("dense", 1, 6, 2.0, activation="tanh", type="time-distributed-dense"), layer("gru", 6, 7, 2.0),
        layer("dense", 7, 6, 2.0, activation="elu"), layer("lstm", 6, 5, 2.0) | {"c": np.zeros(20, np.float32)},
        layer("dense", 5, 6, 2.0, activation="relu"), layer("dense", 6, 5, 2.0, activation="sigmoid"),
        layer("rnn", 5, 4, 2.0, type="simple_rnn") | {"c": np.zeros(4, np.float32)},
        layer("dense", 4, 3, 2.0, activation="softmax"), layer("dense", 3, 1, activation="linear")]}
    yield "torch-gru-12.json", {"layers": stack("gru", 1, 12), "skip": 1}
    yield "torch-gru-2layers.json", {"layers": stack("gru", 2, 6, 2), "knobs": 1}
    yield "torch-lstm-9.json", {"layers": stack("lstm", 1, 9), "skip": 1}
    no_bias = stack("lstm", 3, 6, 2)
    no_bias[-1]["b"] *= 0
    yield "torch-lstm-2knobs.json", {"layers": no_bias, "knobs": 2, "skip": 1}
    yield "torch-rnn-10.json", {"layers": stack("rnn", 1, 10)}
    yield "nam-lstm-1x8.nam", {"layers": with_start(stack("lstm", 1, 8, **lstm))}
    yield "nam-lstm-2x5.nam", {"layers": with_start(stack("lstm", 1, 5, 2, **lstm))}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    x = make_input()
    x.tofile(os.path.join(FOLDER, "input.f32"))
    index = []
    for name, model in models():
        check_layers(model["layers"], random.uniform(-1, 1, (40, model["layers"][0]["w"].shape[1])))
        write = {"keras": keras_file, "torch": torch_file, "nam": nam_file}[name.split("-")[0]]
        with open(os.path.join(FOLDER, name), "w") as file:
            json.dump(write(model), file, separators=(",", ":"))
            file.write("\n")
        exact, single = play(model, x, torch.float64), play(model, x, torch.float32)
        exact.astype("<f4").tofile(os.path.join(FOLDER, os.path.splitext(name)[0] + ".f32"))
        floor = 10 * np.log10(np.sum((exact - single) ** 2) / np.sum(exact ** 2))
        index.append(f"{name} {floor:.1f}")
        print(index[-1], f"peak {np.abs(exact).max():.3f}")
    with open(os.path.join(FOLDER, "index.txt"), "w") as file:
        file.write("\n".join(index) + "\n")


main()
