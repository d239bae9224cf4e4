#!/usr/bin/env python3
"""What `gruff train` is measured against: the recipe most captures are trained with today, in PyTorch on the CPU.

    compare_train.py recipe DRY.wav WET.wav [options]     train, and tell the error after every epoch (JSON lines)
    compare_train.py speed [--gruff build/tests/bench_train] [options]      samples trained a second, side by side
    compare_train.py gruff DRY.wav WET.wav --kinds gru8,gru16 -- --epochs 16      gruff train over several seeds

Needs torch, numpy and soundfile from PyPI. Written from the published description of the recipe (Wright, Damskaegg and
Valimaki 2019; Wright et al. 2020, "Real-time guitar amplifier emulation with deep learning", and the settings published
with their software CoreAudioML), not from its code: segments of 0.5 s in random order, 50 a batch; the state starts at
zero, 200 samples warm it up without a gradient, then an update every 1000 samples with the state carried on; Adam at
5e-3; loss 0.75 ESR after pre-emphasis (1 - 0.85/z) + 0.25 DC; validation on the whole validation sound every two epochs,
the learning rate halved after five validations in a row that were no better, the best of them kept. One recurrent layer
of PyTorch's own, a linear output, the input added (skip).

`recipe` takes its split from the start line of `gruff train --log`, so that both see the same sound in the same roles,
aligned alike: DRY and WET must be of the rate of the model. Without --split: the first 70 % train, 15 % validate, 15 % test.
"""
import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch

WARM_UP, UPDATE, A = 200, 1000, 0.85


class Net(torch.nn.Module):
    def __init__(self, cell, hidden):
        super().__init__()
        self.rec = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](1, hidden)
        self.lin = torch.nn.Linear(hidden, 1)

    def forward(self, x, state):
        """x [T][B][1]"""
        h, state = self.rec(x, state)
        return self.lin(h) + x, state


def detach(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def emphasised(v):
    return torch.cat([v[:1], v[1:] - A * v[:-1]])


def recipe_loss(out, target):
    esr = (emphasised(target) - emphasised(out)).square().mean() / emphasised(target).square().mean()
    dc = (target.mean(0) - out.mean(0)).square().mean() / target.square().mean()
    return 0.75 * esr + 0.25 * dc


def train_batch(net, adam, x, y):
    """x, y [T][B][1]. Returns the mean loss of the updates."""
    with torch.no_grad():
        _, state = net(x[:WARM_UP], None)
    losses = []
    for t in range(WARM_UP, len(x) - 1, UPDATE):
        out, state = net(x[t:t + UPDATE], state)
        loss = recipe_loss(out, y[t:t + UPDATE])
        adam.zero_grad()
        loss.backward()
        adam.step()
        state = detach(state)
        losses.append(loss.item())
    return float(np.mean(losses))


def play(net, x, rate, spans):
    """Output [n] over each span, in quarter seconds side by side, each with half a second before it to find its state."""
    run_in, length = int(0.5 * rate), int(0.25 * rate)
    starts = [t for a, b in spans for t in range(a, b, length)]
    padded = torch.cat([torch.zeros(run_in), x, torch.zeros(length)])
    with torch.no_grad():
        _, state = net(torch.stack([padded[t:t + run_in] for t in starts], 1)[:, :, None], None)
        y, _ = net(torch.stack([padded[t + run_in:t + run_in + length] for t in starts], 1)[:, :, None], state)
    pieces = dict(zip(starts, y[:, :, 0].T))
    return [torch.cat([pieces[t] for t in range(a, b, length)])[:b - a] for a, b in spans]


def esr(out, y, spans):
    """Plain ESR pooled over spans."""
    error = sum(float((o - y[a:b]).square().sum()) for o, (a, b) in zip(out, spans))
    return error / sum(float(y[a:b].square().sum()) for a, b in spans)


def load(args):
    import soundfile
    sound, rates = [], []
    for path in (args.dry, args.wet):
        samples, rate = soundfile.read(path, dtype="float32")
        sound.append(samples), rates.append(rate)
    n, split = min(len(s) for s in sound), {"train": [], "validate": [], "test": []}
    if args.split:
        start = json.loads(open(args.split).readline())
        for span in start["spans"]:
            split[span["role"]].append((span["start"], span["start"] + span["n"]))
        shift = int(np.floor(start["pairs"][0]["delay_frames"]))  # a part of a frame is left for the model to learn
        sound[1] = sound[1][shift:] if shift >= 0 else np.concatenate([np.zeros(-shift, "float32"), sound[1]])
        n = min(len(s) for s in sound)
    else:
        split = {"train": [(0, int(0.7 * n))], "validate": [(int(0.7 * n), int(0.85 * n))], "test": [(int(0.85 * n), n)]}
    return (*(torch.tensor(s[:n]) for s in sound), rates[0], split)


def recipe(args):
    torch.manual_seed(args.seed)
    x, y, rate, split = load(args)
    length = int(0.5 * rate)
    starts = [t for a, b in split["train"] for t in range(a, b - length + 1, length)]
    segments = [torch.stack([v[t:t + length] for t in starts], 1)[:, :, None] for v in (x, y)]
    net = Net(args.cell, args.hidden)
    adam = torch.optim.Adam(net.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(adam, factor=0.5, patience=5)
    best, best_test, seconds, cpu_seconds = np.inf, np.nan, 0.0, 0.0
    for epoch in range(1, args.epochs + 1):
        begin, cpu, losses = time.perf_counter(), time.process_time(), []
        for batch in torch.randperm(len(starts)).split(args.batch):
            losses.append(train_batch(net, adam, segments[0][:, batch], segments[1][:, batch]))
        train_seconds = time.perf_counter() - begin
        validated = epoch % 2 == 0
        if validated:
            out = play(net, x, rate, split["validate"])
            target = [y[a:b] for a, b in split["validate"]]
            loss = recipe_loss(torch.cat(out)[:, None, None], torch.cat(target)[:, None, None]).item()
            schedule.step(loss)
        seconds += time.perf_counter() - begin
        cpu_seconds += time.process_time() - cpu
        line = {"epoch": epoch, "seconds": seconds, "cpu_seconds": cpu_seconds,
                "samples_per_second": len(starts) * length / train_seconds,
                "loss": float(np.mean(losses)), "learning_rate": adam.param_groups[0]["lr"]}
        for role, key in (("validate", "validation_esr"), ("test", "test_esr")):
            line[key] = esr(play(net, x, rate, split[role]), y, split[role])
        if validated and loss < best:
            best, best_test = loss, line["test_esr"]
            if args.save:
                torch.save(net.state_dict(), args.save)
        print(json.dumps(line | {"best_test_esr": best_test}), flush=True)


def torch_speed(hidden, batch, seconds):
    """Samples a second, by the clock and by processor time: updates on noise, as the recipe makes them."""
    net = Net("gru", hidden)
    adam = torch.optim.Adam(net.parameters(), lr=5e-3)
    x, y = torch.randn(2, UPDATE, batch, 1) * 0.3
    state, n = torch.zeros(1, batch, hidden), -1
    while n < 2 or time.perf_counter() < begin + seconds:
        out, after = net(x, state)
        loss = recipe_loss(out, y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        state = detach(after)
        n += 1
        if n == 0:  # the first warms up
            begin, cpu = time.perf_counter(), time.process_time()
    samples = n * batch * UPDATE
    return samples / (time.perf_counter() - begin), samples / (time.process_time() - cpu)


def gruff_speed(args, hidden, batch, seconds):
    command = [args.gruff, f"gru{hidden}", str(batch), str(UPDATE), str(args.threads), str(seconds)]
    line = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return line["samples_per_second"], line["samples_per_cpu_second"]


def speed(args):
    """In turn, several times, so that both meet the same machine. One thread is measured by processor time, which other
    work disturbs least, more by the clock. Medians."""
    kind = 1 if args.threads == 1 else 0
    for hidden in args.sizes:
        for batch in args.batches:
            theirs, ours = [], []
            for _ in range(args.rounds):
                theirs.append(torch_speed(hidden, batch, args.seconds)[kind])
                if args.gruff:
                    ours.append(gruff_speed(args, hidden, batch, args.seconds)[kind])
            line = {"model": f"gru{hidden}", "batch": batch, "threads": args.threads, "torch": float(np.median(theirs))}
            if ours:
                line |= {"gruff": float(np.median(ours)), "ratio": float(np.median([o / t for o, t in zip(ours, theirs)]))}
            print(json.dumps(line), flush=True)


def gruff(args):
    """The same with gruff train: every kind and seed, with what a sample costs in the player."""
    for kind in args.kinds:
        tests = []
        for seed in args.seeds:
            with tempfile.TemporaryDirectory() as folder:
                log = os.path.join(folder, "log.jsonl")
                cell, hidden, _, layers, _, hop = re.fullmatch(r"([a-z]+)(\d+)(x(\d+))?(h(\d+))?", kind).groups()
                command = [args.program, "train", args.dry, args.wet, "-o", os.path.join(folder, "model.json"), "--log", log,
                           "--cell", cell, "--hidden", hidden, "--layers", layers or "1", "--hop", hop or "1",
                           "--seed", str(seed), "--threads", str(args.threads), *args.more]
                before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                cpu = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
                end = json.loads(open(log).readlines()[-1])
            tests.append(end["test_esr"])
            keys = ("epochs", "seconds", "train_esr", "validation_esr", "test_esr", "weights", "ns_per_sample")
            line = {"model": kind, "seed": seed, "cpu_seconds": cpu} | {key: end[key] for key in keys}
            print(json.dumps(line), flush=True)
        print(f"{kind}: test ESR, median of {len(tests)} seeds: {np.median(tests):.3g}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    one = kinds.add_parser("recipe")
    one.add_argument("dry"), one.add_argument("wet")
    one.add_argument("--split", metavar="LOG", help="a file that gruff train --log wrote")
    one.add_argument("--cell", default="gru", choices=["gru", "lstm"])
    one.add_argument("--hidden", type=int, default=16)
    one.add_argument("--epochs", type=int, default=16)
    one.add_argument("--batch", type=int, default=50)
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--save", metavar="FILE", help="the best weights (torch.save)")
    two = kinds.add_parser("speed")
    numbers = lambda text: [int(n) for n in text.split(",")]
    two.add_argument("--sizes", type=numbers, default=[16, 32, 40])
    two.add_argument("--batches", type=numbers, default=[50, 256, 1024, 2048])
    two.add_argument("--seconds", type=float, default=3, help="for each, each time")
    two.add_argument("--rounds", type=int, default=5)
    two.add_argument("--gruff", metavar="PROGRAM", help="build/tests/bench_train: measured in turn with PyTorch")
    three = kinds.add_parser("gruff")
    three.add_argument("dry"), three.add_argument("wet")
    three.add_argument("--program", default="build/tools/gruff")
    three.add_argument("--kinds", type=lambda text: text.split(","), default=["gru16"])
    three.add_argument("--seeds", type=numbers, default=[1, 2, 3])
    for kind in (one, two, three):
        kind.add_argument("--threads", type=int, default=1)
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    args = parser.parse_args(words[:end])
    args.more = words[end + 1:]
    torch.set_num_threads(args.threads)
    print(f"torch {torch.__version__}, {args.threads} thread(s), {torch.backends.cpu.get_cpu_capability()}", file=sys.stderr)
    {"recipe": recipe, "speed": speed, "gruff": gruff}[args.kind](args)


if __name__ == "__main__":
    main()
