"""Pretraining by Ringmaster and by mlm_train.py in turns, on the same texts: tokens a second, and
processor seconds a step, which other work on the machine disturbs less.

    python mlm_compare.py --ringmaster bin/ringmaster --model DIR --texts FILE [--rounds 5] [--steps 12]

Each round runs both, two processes each on two cores, and takes the median step without the first
two. Printed are each round's numbers, then the median ratio and its spread, with the machine's load.
Ringmaster's step is what events.jsonl says: from a rank's order to its report, the slowest rank's. Its
processor time is that of the whole program, coordinator and all: what a run of --steps takes more than
one of two steps. Needs torch and transformers.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def ringmaster(o, scratch, name, steps):
    """Seconds of the median step, processor seconds of the run."""
    file = scratch / "run.yaml"
    file.write_text(f"""model: {{base: {pathlib.Path(o.model).resolve()}}}
method: mlm
tasks:
  - {{name: texts, data: {{path: {pathlib.Path(o.texts).resolve()}, format: lines, clean: {{dedup: false}}, split: {{train: 1}}}}}}
train: {{steps: {steps}, batch: {2 * o.batch}, max_length: {o.length}, warmup: 0, micro_batch: {o.micro_batch}}}
checkpoint: {{every: 0}}
cluster: {{workers: 2}}
device: cpu
""")
    run = scratch / name
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([o.ringmaster, "pretrain", str(file), "--run-dir", str(run)], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return statistics.median([e["seconds"] for e in events[2:]] or [0]), processor


def peer(o):
    command = [sys.executable, str(HERE / "mlm_train.py"), "--model", o.model, "--texts", o.texts, "--json",
               "--batch", str(o.batch), "--length", str(o.length), "--steps", str(o.steps)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ringmaster", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--texts", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--batch", type=int, default=16, help="sequences a process and step")
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--micro-batch", type=int, default=0)
    o = parser.parse_args()
    tokens = 2 * o.batch * o.length
    ratios, processor = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(o.rounds):
            _, two = ringmaster(o, pathlib.Path(scratch), f"short-{number}", 2)
            step, all_steps = ringmaster(o, pathlib.Path(scratch), f"run-{number}", o.steps)
            theirs = peer(o)
            used = (all_steps - two) / (o.steps - 2)
            ratios.append(theirs["step_seconds"] / step)
            processor.append(theirs["processor_seconds"] / used)
            print(f"tokens/s: ringmaster {tokens / step:5.0f}, transformers {theirs['tokens_per_second']:5.0f}, ratio {ratios[-1]:.2f}   "
                  f"processor s a step: {used:.2f}, {theirs['processor_seconds']:.2f}, ratio {processor[-1]:.2f}   "
                  f"load {os.getloadavg()[0]:.1f}", flush=True)
    for what, list_ in (("tokens/s", ratios), ("processor time", processor)):
        print(f"{what}: median ratio {statistics.median(list_):.2f}, from {min(list_):.2f} to {max(list_):.2f}, {len(list_)} rounds")


if __name__ == "__main__":
    main()
