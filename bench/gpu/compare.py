"""Our steps and PyTorch's, in turns on one GPU, in bfloat16 at 128 tokens a text.

    compare.py DIR MODEL ours|all|mlm|trainer [FLAGS OF ringmaster…]

DIR is what run.sh prepared; MODEL is minilm or bertbase. Each peer is a process that stays; each
of our turns is a run of the product. Prints a line of JSON for each configuration: the median of
the turns' medians, their spread, and the ratio to the fastest peer.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

folder, model, what = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
here = Path(__file__).resolve().parent
out = Path(os.environ["OUT"])
rounds = int(os.environ.get("ROUNDS", "3"))
length = 128
batches = [int(b) for b in os.environ.get("BATCHES", "32 256").split()]
real = "-real" if what == "trainer" else ""
modes = [] if what in ("ours", "trainer") else [m + ("-mlm" if what == "mlm" else "") for m in os.environ.get("MODES", "eager compile graphs").split()]


def ours(batch, command):
    """Takes a run's steps; gives the median time of a step by the worker's clock and by commits."""
    run = folder / "runs" / f"{model}-{batch}"
    shutil.rmtree(run, ignore_errors=True)
    file = folder / f"{model}{real}.yaml"
    line = [folder / "bin/ringmaster", command, file, "--run-dir", run, "--device", "cuda", "--workers", "1",
            "--set", f"train.batch={batch}", "--set", f"train.epochs={max(1, batch // 64)}", *sys.argv[4:]]
    if command == "pretrain":
        line += ["--set", "method=mlm"]
    log = out / f"{model}-{batch}-{command}.log"
    with open(log, "w") as to:
        code = subprocess.run(line, stdout=to, stderr=to, timeout=200).returncode
    if code != 0:
        print(log.read_text()[-2500:])
        return None
    events = [json.loads(e) for e in open(run / "events.jsonl")]
    seconds = [e["seconds"] for e in events if "seconds" in e and e.get("loss") is not None][15:]
    times = [e["time"] for e in events if "time" in e and e.get("loss") is not None]
    spans = []
    if times:
        from datetime import datetime
        stamps = [datetime.fromisoformat(t.replace("Z", "+00:00")).timestamp() for t in times][15:]
        spans = [b - a for a, b in zip(stamps, stamps[1:])]
    for worker in (run / "logs").glob("*.log"):
        for line in open(worker, errors="replace"):
            if "slower than they could be" in line:
                print("note:", line.strip()[:400])
    last = events[-1]
    return {"seconds": statistics.median(seconds), "p10": sorted(seconds)[len(seconds) // 10], "steps": len(seconds),
            "commit": statistics.median(spans) if spans else None, "timeline": last.get("timeline")}


class Peer:
    def __init__(self, batch, mode):
        self.batch, self.mode, self.turns, self.peak = batch, mode, [], 0
        self.errors = open(out / f"peer-{model}-{batch}-{mode}.log", "w")
        self.process = subprocess.Popen([sys.executable, here / "peer.py", folder / model, str(batch), str(length), mode],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True)

    def ready(self):
        line = self.process.stdout.readline()
        while line and line.strip() != "ready":
            line = self.process.stdout.readline()
        if not line:
            print("peer failed:", self.batch, self.mode, open(self.errors.name).read()[-600:])
        return bool(line)

    def turn(self):
        self.process.stdin.write("20\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        self.turns.append(answer["seconds"])
        self.peak = answer["peak_mb"]


def trainer(batch):
    line = [sys.executable, here / "trainer.py", folder, model, str(batch), "150"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=200)
    if done.returncode != 0:
        print(done.stderr[-1500:])
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


command = "pretrain" if what == "mlm" else "train"
peers = [p for p in [Peer(b, m) for b in batches for m in modes] if p.ready()]
turns = {b: [] for b in batches}
trainers = {b: [] for b in batches}
for _ in range(1 if what == "ours" else rounds):
    for b in batches:
        r = ours(b, command)
        if r:
            turns[b].append(r)
        if what == "trainer" and (r := trainer(b)):
            trainers[b].append(r)
    for p in peers:
        p.turn()
for p in peers:
    p.process.stdin.close()
for b in batches:
    if not turns[b]:
        continue
    own = [t["seconds"] for t in turns[b]]
    mine = statistics.median(own)
    row = {"model": model, "what": command, "batch": b, "length": length, "ours_ms": round(mine * 1e3, 3),
           "spread": [round(min(own) * 1e3, 3), round(max(own) * 1e3, 3)], "texts_per_s": round(b / mine),
           "commit_ms": turns[b][-1]["commit"] and round(turns[b][-1]["commit"] * 1e3, 3), "timeline": turns[b][-1]["timeline"]}
    for p in peers:
        if p.batch == b:
            t = statistics.median(p.turns)
            row[p.mode] = {"ms": round(t * 1e3, 3), "spread": [round(min(p.turns) * 1e3, 3), round(max(p.turns) * 1e3, 3)],
                           "ratio": round(t / mine, 2), "peak_mb": p.peak}
    if trainers[b]:
        t = statistics.median(x["ms"] for x in trainers[b])
        own = statistics.median(x["commit"] for x in turns[b]) * 1e3
        row["trainer"] = {"ms": t, "all": [x["ms"] for x in trainers[b]], "ratio": round(t / own, 2), **trainers[b][-1]}
    print(json.dumps(row), flush=True)
    with open(out / "gpu.jsonl", "a") as to:
        to.write(json.dumps(row) + "\n")
