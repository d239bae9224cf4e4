#!/usr/bin/env python3
"""Ten optimiser steps of small models in PyTorch, for the trainer's tests to repeat (vectors/train/*.txt).

    python3 train_torch.py          needs torch (from PyPI: pip install torch); everything in double precision

What a step is. B streams of T steps (T times hop samples) follow each other without a gap, the state is carried from
window to window, and gradients stop there. e = model - y; a = pre-emphasis; before the first window e and y are 0:

    p(v)[n] = v[n] - a v[n-1]
    loss    = 0.75 sum p(e)^2 / sum p(y)^2 + 0.25 sum e^2 / sum y^2
              + dc_weight * mean over streams of (mean e)^2 / mean y^2

The gradient's norm is held to `clip`; then Adam (0.9, 0.999, 1e-8). Both biases are trained, as PyTorch does.

A file is lines "name n" and then n numbers, in this order (G gates, H units, I inputs; all matrices a row per output,
gates z r n or i f g o; the sound is [stream][time], over all ten windows; knobs [stream][knob]):

    shape: cell (1 gru, 2 lstm, 3 rnn) reset (0 after, 1 before, 2 none) hidden layers knobs hop skip streams window
    plan: learning rate, clip, pre-emphasis, and the weights of the loss: pre-emphasised, plain, dc
    x y knobs; then for every layer w u b c, and w b of the dense one: `before`, `gradient` (of step 1, not clipped) and
    `after` ten steps; loss and norm: ten numbers each, before the step is made
"""
import os

import torch

GATES = {"gru": 3, "lstm": 4, "rnn": 1}
CELLS = {"gru": 1, "lstm": 2, "rnn": 3}
RESETS = {"after": 0, "before": 1, "none": 2}
STEPS = 10


def step(cell, reset, layer, x, state):
    """One step of one layer: x [B][I], state (h, s) each [B][H]."""
    h, s = state
    n = h.shape[1]
    gx = x @ layer["w"].T + layer["b"]
    u, c = layer["u"], layer["c"]
    if cell == "rnn":
        return torch.tanh(gx + h @ u.T + c), s
    if cell == "lstm":
        i, f, g, o = (gx + h @ u.T + c).split(n, 1)
        s = torch.sigmoid(f) * s + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(s), s
    gh = h @ u.T + c
    z = torch.sigmoid(gx[:, :n] + gh[:, :n])
    r = torch.sigmoid(gx[:, n:2 * n] + gh[:, n:2 * n])
    if reset == "after":
        m = torch.tanh(gx[:, 2 * n:] + r * gh[:, 2 * n:])
    elif reset == "before":
        m = torch.tanh(gx[:, 2 * n:] + (r * h) @ u[2 * n:].T + c[2 * n:])
    else:
        m = torch.tanh(gx[:, 2 * n:] + gh[:, 2 * n:])
    return (1 - z) * m + z * h, s


def play(case, layers, dense, x, knobs, states):
    """x [B][T] -> y [B][T]; states are moved on."""
    hop, out = case["hop"], []
    for t in range(0, x.shape[1], hop):
        v = torch.cat([x[:, t:t + hop], knobs], 1)
        for k, layer in enumerate(layers):
            states[k] = step(case["cell"], case["reset"], layer, v, states[k])
            v = states[k][0]
        out.append(v @ dense["w"].T + dense["b"])
    y = torch.cat(out, 1)
    return y + x if case["skip"] else y


def make_model(case):
    g, h, layers = GATES[case["cell"]], case["hidden"], []
    for k in range(case["layers"]):
        n_in = h if k else case["hop"] + case["knobs"]
        layer = {"w": torch.randn(g * h, n_in) / (1 + n_in) ** 0.5, "u": torch.randn(g * h, h) / h ** 0.5,
                 "b": 0.2 * torch.randn(g * h), "c": 0.2 * torch.randn(g * h)}
        if case["reset"] == "none":  # the reset gate that is not there
            for array in layer.values():
                array[h:2 * h] = 0
        layers.append(layer)
    return layers, {"w": torch.randn(case["hop"], h) / h ** 0.5, "b": 0.1 * torch.randn(case["hop"])}


def make_sound(case):
    """Something to learn: noise through a soft clipper and a low-pass, different for every knob."""
    n = STEPS * case["window"] * case["hop"]
    x = 0.5 * torch.randn(case["streams"], n)
    knobs = torch.rand(case["streams"], case["knobs"])
    drive = 2 + 3 * knobs.sum(1, keepdim=True)
    y, low = torch.tanh(drive * x + 0.3), torch.zeros(case["streams"])
    out = []
    for t in range(n):
        low = 0.6 * low + 0.4 * y[:, t]
        out.append(low)
    return x, torch.stack(out, 1), knobs


def round_to_float(*tensors):
    for t in tensors:
        t.copy_(t.float().double())


def emphasised(v, before, a):
    return v - a * torch.cat([before, v[:, :-1]], 1)


def loss_of(case, e, e_before, y, y_before):
    pre, plain, dc = case["weights"]
    energy = y.square().mean()
    e_pre, y_pre = emphasised(e, e_before, case["a"]), emphasised(y, y_before, case["a"])
    return (pre * e_pre.square().sum() / y_pre.square().sum() + plain * e.square().mean() / energy
            + dc * e.mean(1).square().mean() / energy)


def put(file, name, numbers):
    numbers = [float(v) for v in torch.as_tensor(numbers).detach()]
    file.write(f"{name} {len(numbers)}\n")
    for i in range(0, len(numbers), 8):
        file.write(" ".join(f"{v:.10g}" for v in numbers[i:i + 8]) + "\n")


def put_model(file, suffix, layers, dense):
    for k, layer in enumerate(layers):
        for name in "wubc":
            put(file, f"{name}{k}.{suffix}", layer[name].flatten())
    for name in "wb":
        put(file, f"dense.{name}.{suffix}", dense[name].flatten())


def run(case, file):
    layers, dense = make_model(case)
    x, y, knobs = make_sound(case)
    arrays = [layer[name] for layer in layers for name in "wubc"] + [dense[name] for name in "wb"]
    round_to_float(x, y, knobs, *arrays)
    put(file, "shape", [CELLS[case["cell"]], RESETS[case["reset"]], case["hidden"], case["layers"], case["knobs"],
                        case["hop"], case["skip"], case["streams"], case["window"]])
    put(file, "plan", [case["rate"], case["clip"], case["a"], *case["weights"]])
    put(file, "x", x.flatten()), put(file, "y", y.flatten()), put(file, "knobs", knobs.flatten())
    put_model(file, "before", layers, dense)
    for array in arrays:
        array.requires_grad_(True)
    adam = torch.optim.Adam(arrays, lr=case["rate"])
    states = [(torch.zeros(case["streams"], case["hidden"]),) * 2 for _ in layers]
    e_before = y_before = torch.zeros(case["streams"], 1)
    losses, norms = [], []
    n = case["window"] * case["hop"]
    for k in range(STEPS):
        part = slice(k * n, (k + 1) * n)
        e = play(case, layers, dense, x[:, part], knobs, states) - y[:, part]
        loss = loss_of(case, e, e_before, y[:, part], y_before)
        adam.zero_grad()
        loss.backward()
        norm = sum(array.grad.square().sum() for array in arrays).sqrt()
        if k == 0:
            gradient = [array.grad.clone() for array in arrays]
        for array in arrays:
            array.grad *= min(1.0, case["clip"] / norm.item())
        adam.step()
        losses.append(loss.item()), norms.append(norm.item())
        states = [(h.detach(), s.detach()) for h, s in states]
        e_before, y_before = e[:, -1:].detach(), y[:, part][:, -1:]
    its = iter(gradient)
    put_model(file, "gradient", [{n: next(its) for n in "wubc"} for _ in layers], {n: next(its) for n in "wb"})
    put_model(file, "after", layers, dense)
    put(file, "loss", losses), put(file, "norm", norms)
    print(f"{os.path.basename(file.name)}: loss {losses[0]:.4f} .. {losses[-1]:.4f}, norm {min(norms):.3f} .. {max(norms):.3f}")


def check_against_torch():
    """Our plain loops must be PyTorch's own layers (whose GRU has its gates in the order r z n)."""
    for cell, its in (("gru", torch.nn.GRU), ("lstm", torch.nn.LSTM), ("rnn", torch.nn.RNN)):
        layers, dense = make_model(PLAIN | {"cell": cell, "layers": 2})
        net, x = its(1, PLAIN["hidden"], 2, batch_first=True), torch.randn(3, 40, 1)
        turn = [1, 0, 2] if cell == "gru" else range(GATES[cell])
        for k, layer in enumerate(layers):
            for name, array in (("weight_ih", "w"), ("weight_hh", "u"), ("bias_ih", "b"), ("bias_hh", "c")):
                gates = layer[array].chunk(GATES[cell])
                getattr(net, f"{name}_l{k}").copy_(torch.cat([gates[g] for g in turn]))
        states = [(torch.zeros(3, PLAIN["hidden"]),) * 2 for _ in layers]
        ours = play(PLAIN | {"cell": cell}, layers, dense, x[:, :, 0], torch.zeros(3, 0), states)
        theirs = (net(x)[0] @ dense["w"].T + dense["b"])[:, :, 0]
        assert (ours - theirs).abs().max() < 1e-12, cell


PLAIN = {"cell": "gru", "reset": "after", "hidden": 5, "layers": 1, "knobs": 0, "hop": 1, "skip": 0, "streams": 3,
         "window": 24, "rate": 5e-3, "clip": 1.0, "a": 0.85, "weights": (0.75, 0.25, 0.25)}
CASES = {"gru": {}, "gru-stack-knobs-skip": {"hidden": 4, "layers": 2, "knobs": 2, "skip": 1},
         "gru-before": {"reset": "before", "knobs": 1}, "gru-none": {"reset": "none", "skip": 1},
         "lstm": {"cell": "lstm", "skip": 1, "knobs": 1}, "lstm-stack": {"cell": "lstm", "layers": 2, "hidden": 4},
         "rnn": {"cell": "rnn"}, "gru-hop": {"hop": 3, "knobs": 1, "skip": 1, "window": 12}}


def main():
    torch.set_default_dtype(torch.float64)
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors", "train")
    os.makedirs(folder, exist_ok=True)
    with torch.no_grad():
        check_against_torch()
    for number, (name, changes) in enumerate(CASES.items()):
        torch.manual_seed(number)
        with open(os.path.join(folder, name + ".txt"), "w") as file:
            run(PLAIN | changes, file)


if __name__ == "__main__":
    main()
