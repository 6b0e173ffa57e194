"""Replays a finished run's training in PyTorch and compares every step's losses with the run's.

    ringmaster data split examples/sample.yaml --format jsonl --out PARTS
    ringmaster train PARTS/sample.yaml --run-dir DIR/initial/run --workers 1 \
        --set method=mt --set model.dropout=0 --set train.steps=1
    ringmaster train PARTS/sample.yaml --run-dir DIR/kd/run --workers 2 \
        --set method=kd --set model.dropout=0 --set train.steps=50
    python replay.py DIR/kd/run --initial DIR/initial/run/model --base BASE

Of the run it takes config.yaml, which examples each step had (ledger.jsonl) and nothing else that
was computed; corpora, tokens, teachers, their logits, targets, λ, learning rates and updates are
its own. What the run said of a step (events.jsonl) is only held against that. Teachers are replayed
too, so the run must have trained them: they are kept beside run directories, hence a folder for
each of these here.

--initial gives the first weights of the heads, which Ringmaster draws from seed and task: with a
warm-up the first step's rate is 0, so a run of that one step, with the same seed, exports what all
stages begin with. That nothing moved is checked on its encoder, which must be BASE's to the bit.

Prints a line of JSON a stage: steps, and the largest relative differences of losses, gradient norms
and teachers' logits. --losses FILE keeps what the replay computed itself. Exit code 1 where a loss
differs by more than --tolerance, or λ, the rate or the number of examples by more than rounding.
Dropout must be off, and corpora JSON lines that are divided already, as `data split` writes them.
Needs torch, transformers and PyYAML.
"""
import argparse
import hashlib
import json
import pathlib
import struct
import sys

import torch
from safetensors.torch import load_file
from transformers import BertTokenizerFast

from corpora import PARTS
from corpora import read as corpora_of
from student import Example, Student, gold_share, learning_rate, logits_of, optimizer_of, step


def log_of(path):
    stages = {}
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        stages.setdefault(entry["stage"], []).append(entry)
    return stages


def stored_logits(folder):
    """The run's own logits of its teachers, by text: a set for each file."""
    for path in sorted(folder.glob("*.logits")):
        raw = path.read_bytes()
        line, _, body = raw[:-32].partition(b"\n")
        header = json.loads(line)
        n, classes = header["rows"], header["key"]["classes"]
        keys = [body[16 * i : 16 * i + 16] for i in range(n)]
        values = struct.unpack(f"<{n * classes}f", body[16 * n :])
        yield {k: values[i * classes : (i + 1) * classes] for i, k in enumerate(keys)}


class Replay:
    def __init__(self, arguments):
        self.run, self.base, self.initial = arguments.run, arguments.base, arguments.initial
        self.config, corpora = corpora_of(self.run / "config.yaml")
        self.train, self.method = self.config["train"], self.config["method"]
        if self.config["model"].get("dropout") != 0:
            sys.exit("the run had dropout: train with --set model.dropout=0")
        self.kept = {}  # by stage, what was computed of each step
        self.events, self.ledger = log_of(self.run / "events.jsonl"), log_of(self.run / "ledger.jsonl")
        tokenizer = BertTokenizerFast.from_pretrained(self.base)
        self.classes = {c.name: len(c.classes) for c in corpora}
        self.sizes = {c.name: len(c.parts["train"]) for c in corpora}
        self.texts, self.tasks = {}, {}
        for c in corpora:  # rows are numbered through the corpus's files
            rows = [row for part in PARTS for row in c.parts[part]]
            self.texts[c.name] = [text for text, _ in rows]
            self.tasks[c.name] = [
                Example(tokenizer(text, truncation=True, max_length=self.train["max_length"])["input_ids"], c.name, label)
                for text, label in rows
            ]

    def student(self, tasks):
        student = Student(self.base, {t: self.classes[t] for t in tasks}, dropout=0.0)
        heads = load_file(self.initial / "heads.safetensors")
        moved = load_file(self.initial / "model.safetensors")
        with torch.no_grad():
            for task, head in student.head.items():
                head.weight.copy_(heads[f"{task}.weight"])
                head.bias.copy_(heads[f"{task}.bias"])
        for name, p in student.bert.named_parameters():
            if not torch.equal(p.float(), moved["bert." + name]):
                sys.exit(f"{name} in {self.initial} is not the base's: the run of one step must have a rate of 0")
        return student

    def settings(self, stage):
        """A stage's numbers, and how many examples each of its steps has."""
        numbers = dict(self.train)
        for task in self.config["tasks"]:
            if stage == "teacher/" + task["name"]:
                own = task.get("teacher") or {}
                if own.get("seed", numbers["seed"]) != numbers["seed"]:
                    sys.exit(f"{stage} has a seed of its own, and --initial the student's heads")
                if "epochs" in own:
                    numbers["steps"] = 0
                numbers |= own
        numbers["lr"] = float(numbers["lr"])  # PyYAML takes 5e-05 for a string
        dealt = numbers["batch"] * numbers.get("steps", 0)
        if not dealt:
            dealt = round(numbers["epochs"] * sum(self.sizes[t] for t in self.tasks_of(stage)))
        return numbers, [min(numbers["batch"], dealt - at) for at in range(0, dealt, numbers["batch"])]

    def tasks_of(self, stage):
        if stage != "student":
            return [stage.removeprefix("teacher/")]
        return [t["name"] for t in self.config["tasks"] if self.method != "single" or t["target"]]

    def stage(self, stage):
        """Replays a stage; gives its student and what was found."""
        student = self.student(self.tasks_of(stage)).train()
        numbers, sizes = self.settings(stage)
        total = len(sizes)
        optimizer = optimizer_of(student, numbers["weight_decay"])
        kept = self.kept.setdefault(stage, [])
        found = {"stage": stage, "steps": total, "loss": 0.0, "norm": 0.0, "schedule": 0.0, "counts": True}
        if [e["step"] for e in self.events[stage]] != list(range(total)):
            sys.exit(f"{stage} should have {total} steps; events.jsonl has {len(self.events[stage])}")
        for n, (event, entry) in enumerate(zip(self.events[stage], self.ledger[stage])):
            batch = [self.tasks[task][row] for rank in entry["ranks"] for task, row in rank]
            lam = gold_share(self.method if stage == "student" else "single", n, total)
            lr = learning_rate(n, total, numbers["warmup"], numbers["lr"])
            sums, norm = step(student, optimizer, batch, lam, lr, numbers["clip_norm"])
            kept.append({
                "lambda": lam, "lr": lr, "examples": {t: c for t, (_, c) in sums.items()},
                "rows": sum(row for rank in entry["ranks"] for _, row in rank),
                "loss": {t: float(f"{loss / count:.8g}") for t, (loss, count) in sums.items()},
            })
            found["counts"] &= event["examples"] == {t: c for t, (_, c) in sums.items()} and len(batch) == sizes[n]
            for task, (loss, count) in sums.items():
                found["loss"] = max(found["loss"], apart(event["loss"][task], loss / count))
            found["norm"] = max(found["norm"], apart(event["grad_norm"], norm))
            found["schedule"] = max(found["schedule"], abs(event["lambda"] - lam), apart(event["lr"], lr))
        return student, found

    def teach(self):
        """Replays the teachers; each example then has its teacher's probabilities."""
        for task in self.tasks_of("student"):
            stage = "teacher/" + task
            if stage not in self.events:
                sys.exit(f"{stage} was not trained by this run: give its directory a folder of its own")
            teacher, found = self.stage(stage)
            train = self.tasks[task][: self.sizes[task]]
            logits = logits_of(teacher, train)
            keys = [hashlib.sha256(t.encode()).digest()[:16] for t in self.texts[task][: len(train)]]
            for stored in stored_logits(self.run / "teachers"):
                if set(keys) <= set(stored):
                    theirs = torch.tensor([stored[k] for k in keys], dtype=torch.float64)
                    found["logits"] = ((theirs - torch.stack(logits)).norm() / theirs.norm()).item()
            for e, row in zip(train, logits):
                e.teacher = torch.softmax(row, -1)
            yield found

    def all(self):
        if self.method in ("kd", "kd-annealed"):
            yield from self.teach()
        yield self.stage("student")[1]


def apart(a, b):
    """The relative difference of two numbers."""
    return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path, help="directory of a finished run")
    parser.add_argument("--initial", type=pathlib.Path, required=True, help="model folder of the run of one step")
    parser.add_argument("--base", type=pathlib.Path, required=True, help="folder of the encoder that the run began with")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--losses", type=pathlib.Path, help="file for the replay's own numbers")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--double", action="store_true", help="replay in float64, to tell whose rounding a difference is")
    arguments = parser.parse_args()
    torch.set_default_dtype(torch.float64 if arguments.double else torch.float32)
    torch.set_num_threads(arguments.threads)
    good = True
    replay = Replay(arguments)
    for found in replay.all():
        good &= found["loss"] <= arguments.tolerance and found["schedule"] <= 1e-9 and found["counts"]
        print(json.dumps({"method": replay.method} | found), flush=True)
    if arguments.losses:
        stages = ",\n".join(f'"{s}": [\n' + ",\n".join(map(json.dumps, steps)) + "\n]" for s, steps in replay.kept.items())
        arguments.losses.write_text("{" + stages + "}\n")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
