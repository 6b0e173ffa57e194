"""Trains one run with each gradient dtype, prints how far losses and scores are apart, and draws the losses.

    curves.py PICTURE.svg RINGMASTER train|pretrain RUN_FILE [--seeds 1,2,3] [--dtypes float32,int8] [flags of the command]

Curves are of the first seed and of the last stage, a mean over 20 steps each. With several seeds the test scores are compared
too: how far int8's mean is from float32's, beside what the seeds alone make differ. Needs nothing but Python.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

DTYPES = {"float32": "#1f4e9c", "bfloat16": "#2e8b57", "int8": "#d0402b"}
WINDOW = 20


def train(command, dtype, seed, folder):
    run = Path(folder) / f"{dtype}-{seed}"
    done = subprocess.run([*command, "--run-dir", run, "--set", f"cluster.gradient_dtype={dtype}", "--set", f"train.seed={seed}"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{dtype}, seed {seed}: {done.stderr[-2000:]}")
    events = [json.loads(line) for line in open(run / "events.jsonl")]
    last = events[-1]["stage"]
    losses, sent = [], []
    for e in events:
        if e["stage"] == last and e.get("loss"):
            examples = e.get("examples") or {task: 1 for task in e["loss"]}
            losses.append(sum(loss * examples[task] for task, loss in e["loss"].items()) / sum(examples[task] for task in e["loss"]))
            sent.append(e["ring_bytes"])
    scores = {}
    if (run / "metrics.json").exists():
        found = json.loads((run / "metrics.json").read_text())
        scores = {path: value for path, value in numbers(found) if path.endswith("test/f1") or path.endswith("test/accuracy")}
    return losses, statistics.mean(sent), scores


def numbers(tree, path=""):
    """The numbers of a JSON document, each with the keys that lead to it."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from numbers(value, f"{path}/{key}")
    elif isinstance(tree, list):
        for i, value in enumerate(tree):
            yield from numbers(value, f"{path}/{tree[i].get('task', i) if isinstance(tree[i], dict) else i}")
    elif isinstance(tree, (int, float)) and not isinstance(tree, bool):
        yield path, tree


def smooth(losses):
    return [statistics.mean(losses[max(0, i - WINDOW + 1):i + 1]) for i in range(len(losses))]


def draw(path, curves, title):
    width, height, left, bottom = 760, 380, 56, 40
    everything = [v for c in curves.values() for v in c]
    low, high, steps = min(everything), max(everything), max(map(len, curves.values()))
    x = lambda i: left + i * (width - left - 16) / max(1, steps - 1)
    y = lambda v: 28 + (high - v) * (height - bottom - 28) / max(high - low, 1e-9)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/><text x="{left}" y="16">{title}</text>']
    for k in range(5):
        v, i = low + (high - low) * k / 4, (steps - 1) * k / 4
        parts.append(f'<path d="M{left} {y(v):.1f}H{width - 16}" stroke="#ddd"/><text x="{left - 6}" y="{y(v) + 4:.1f}" text-anchor="end">{v:.3f}</text>'
                     f'<text x="{x(i):.1f}" y="{height - bottom + 18}" text-anchor="middle">{i:.0f}</text>')
    for n, (name, curve) in enumerate(curves.items()):
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(curve))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{DTYPES[name]}" stroke-width="1.3"/>'
                     f'<text x="{width - 110}" y="{44 + 16 * n}" fill="{DTYPES[name]}">{name}</text>')
    parts.append(f'<text x="{width / 2}" y="{height - 6}" text-anchor="middle">step</text></svg>')
    Path(path).write_text("\n".join(parts) + "\n")


def option(command, name, default):
    """Takes a flag and its value out of a command line."""
    if name not in command:
        return default
    at = command.index(name)
    value = command[at + 1]
    del command[at:at + 2]
    return value


def main():
    picture, *command = sys.argv[1:]
    seeds = [int(s) for s in option(command, "--seeds", "1").split(",")]
    dtypes = option(command, "--dtypes", ",".join(DTYPES)).split(",")
    found = {dtype: [] for dtype in dtypes}
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            for dtype in dtypes:  # in turns, so that an interrupted comparison has whole seeds
                found[dtype].append(train(command, dtype, seed, folder))
                losses = found[dtype][-1][0]
                print(f"seed {seed}, {dtype}: {len(losses)} steps, mean loss of the first 50 {statistics.mean(losses[:50]):.4f}, "
                      f"of the last 50 {statistics.mean(losses[-50:]):.4f}; {found[dtype][-1][1] / 1e6:.2f} MB a step", flush=True)
    exact = found["float32"]
    for dtype in dtypes:
        if dtype == "float32":
            continue
        gaps = [abs(a - b) / b for run, of in zip(found[dtype], exact) for a, b in zip(smooth(run[0]), smooth(of[0]))]
        each = [abs(a - b) / b for run, of in zip(found[dtype], exact) for a, b in zip(run[0], of[0])]
        print(f"{dtype} beside float32: means of {WINDOW} steps differ by {100 * statistics.median(gaps):.3f}% in the median, {100 * max(gaps):.2f}% at most; "
              f"single steps by {100 * statistics.median(each):.3f}%, {100 * max(each):.2f}%; {found[dtype][0][1] / exact[0][1]:.3f} of the bytes")
        for path in exact[0][2]:
            a, b = [run[2].get(path) for run in found[dtype]], [of[2][path] for of in exact]
            noise = f"; deviation over seeds {statistics.stdev(b):.4f}" if len(b) > 1 else ""
            print(f"  {path}: {statistics.mean(a):.4f}, float32 {statistics.mean(b):.4f}{noise}")
    draw(picture, {dtype: smooth(runs[0][0]) for dtype, runs in found.items()}, f"loss, mean over {WINDOW} steps")


main()
