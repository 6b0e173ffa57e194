"""Fine-tunes an encoder on NewsEmp in plain PyTorch, alone or taught, to compare scores with.

    ringmaster data split examples/newsemp-kd.yaml --format jsonl --out PARTS
    python newsemp_peer.py PARTS/newsemp-kd.yaml --base BASE --system single --seeds 5 --out DIR
    python newsemp_peer.py PARTS/newsemp-kd.yaml --base BASE --system kd-annealed --tasks sentiment,emotion \
        --seeds 5 --out DIR

The rows are the run file's: the same split and the same cut of the other corpora, which `data split
--set tasks.sentiment.data.limit=N` cuts further. All numbers of the training that no flag gives are
the run file's too, its teachers' own (`teacher: {epochs: 8}`) and the precision with them. What is
computed is all its own, dropout and fresh heads included; bfloat16 is PyTorch's autocast, of the
teachers' logits and the scored texts too, which Ringmaster computes in float32.

single learns the target from gold labels. kd-annealed first trains a teacher for the target and each
of --tasks, once for all seeds, from --teacher-seed; the student is dealt single examples of a task
drawn with p ∝ size^sampling_exponent, each task's own rows once an epoch, against λ·gold + (1−λ)·teacher, λ rising
from 0 to 1. The model at the end is scored. Seeds change the student alone.

Prints JSON: each seed's scores on valid and test rows, in percent, the mean and standard deviation of
the test F1 of the second class, and a 95% interval, a bootstrap over seeds and test rows. A seed, or
a teacher, that is done is kept in --out under a name of all that it depends on, and never computed
again. --steps N stops a training after N steps, to see what one costs; nothing is kept then.
"""
import argparse
import hashlib
import json
import math
import pathlib
import random
import sys
import time

import numpy
import torch
from transformers import BertTokenizerFast

from corpora import read
from student import Example, Student, gold_share, learning_rate, logits_of, optimizer_of, step

NUMBERS = {"epochs": float, "batch": int, "lr": float, "warmup": float, "weight_decay": float,
           "clip_norm": float, "max_length": int, "sampling_exponent": float}
TEACHER_NUMBERS = ("epochs", "batch", "lr")


class Deal:
    """Examples, one after another: a task by its share, then the next of its shuffled epoch."""

    def __init__(self, tasks, exponent, seed):
        self.tasks, self.random = tasks, random.Random(seed)
        self.weights = [len(rows) ** exponent for rows in tasks.values()]
        self.left = {t: [] for t in tasks}

    def next(self):
        task = self.random.choices(list(self.tasks), self.weights)[0]
        if not self.left[task]:
            self.left[task] = self.random.sample(self.tasks[task], len(self.tasks[task]))
        return self.left[task].pop()


def autocast(precision):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16")


def train(title, base, classes, tasks, method, numbers, precision, seed, stop):
    """A model trained on the tasks' examples, and what its steps cost."""
    torch.manual_seed(seed)
    student = Student(base, {t: classes[t] for t in tasks}, attention="sdpa").train()
    optimizer, deal = optimizer_of(student, numbers["weight_decay"]), Deal(tasks, numbers["sampling_exponent"], seed)
    left = round(numbers["epochs"] * sum(map(len, tasks.values())))
    total, began, worked = math.ceil(left / numbers["batch"]), time.monotonic(), time.process_time()
    for n in range(total):
        batch = [deal.next() for _ in range(min(numbers["batch"], left))]
        left -= len(batch)
        with autocast(precision):
            sums, _ = step(student, optimizer, batch, gold_share(method, n, total),
                           learning_rate(n, total, numbers["warmup"], numbers["lr"]), numbers["clip_norm"])
        if n % 20 == 19 or n == total - 1 or n + 1 == stop:
            said = " ".join(f"{t} {loss / count:.3f}" for t, (loss, count) in sums.items())
            print(f"{title}  {n + 1}/{total}  loss {said}  {(time.monotonic() - began) / (n + 1):.2f} s, {(time.process_time() - worked) / (n + 1):.2f} s of CPU a step", file=sys.stderr)
        if n + 1 == stop:
            break
    return student, {"steps": total, "seconds": time.monotonic() - began, "cpu_seconds": time.process_time() - worked}


def scores(gold, predicted):
    """Of the second class, in percent."""
    hit = sum(g == p == 1 for g, p in zip(gold, predicted))
    precision, recall = hit / max(1, sum(predicted)), hit / max(1, sum(gold))
    f1 = 2 * hit / max(1, sum(predicted) + sum(gold))
    right = sum(g == p for g, p in zip(gold, predicted)) / len(gold)
    return {k: 100 * v for k, v in (("precision", precision), ("recall", recall), ("f1", f1), ("accuracy", right))}


def interval(gold, predicted, replicates=10_000):
    """95% of the mean F1 under other seeds and other rows, all seeds on the same drawn rows."""
    draw = numpy.random.default_rng(1)
    gold, predicted = numpy.array(gold), numpy.array(predicted)  # [rows], [seeds, rows]
    seeds, rows = predicted.shape
    times = draw.multinomial(rows, numpy.full(rows, 1 / rows), replicates)
    hit = times @ (predicted * gold).T
    f1 = 2 * hit / numpy.maximum(1, times @ (predicted + gold).T)
    drawn = draw.multinomial(seeds, numpy.full(seeds, 1 / seeds), replicates) / seeds
    return [100 * x for x in numpy.percentile((f1 * drawn).sum(1), [2.5, 97.5])]


class Peer:
    def __init__(self, arguments):
        self.arguments, (run, corpora) = arguments, read(arguments.file)
        given = {k: getattr(arguments, k) for k in NUMBERS}
        self.numbers = {k: NUMBERS[k](run["train"][k]) if v is None else v for k, v in given.items()}
        self.precision = arguments.precision or run["train"].get("precision", "float32")
        wanted = arguments.tasks.split(",") if arguments.system == "kd-annealed" else []
        if missing := set(wanted) - {c.name for c in corpora}:
            sys.exit(f"the run file has no task {', '.join(sorted(missing))}")
        self.corpora = [c for c in corpora if c.target or c.name in wanted]
        self.classes = {c.name: len(c.classes) for c in self.corpora}
        self.teaching = {t["name"]: self.numbers | {k: NUMBERS[k](v) for k, v in t.get("teacher", {}).items() if k in TEACHER_NUMBERS} for t in run["tasks"]}
        self.target = next(c for c in self.corpora if c.target)
        tokenizer = BertTokenizerFast.from_pretrained(arguments.base)
        ids = lambda text: tokenizer(text, truncation=True, max_length=self.numbers["max_length"])["input_ids"]
        self.train = {c.name: [Example(ids(t), c.name, y) for t, y in c.parts["train"]] for c in self.corpora}
        self.held = {part: [Example(ids(t), self.target.name, y) for t, y in self.target.parts[part]] for part in ("valid", "test")}
        self.weights = hashlib.sha256((pathlib.Path(arguments.base) / "model.safetensors").read_bytes()).hexdigest()

    def kept(self, name, about, make):
        """What make makes, kept in a file named by all that it depends on."""
        key = hashlib.sha256(json.dumps([about, self.numbers, self.precision, self.weights], sort_keys=True).encode()).hexdigest()[:12]
        path = self.arguments.out / f"{name}-{key}.json"
        if path.exists() and not self.arguments.steps:
            return json.loads(path.read_text())
        made = make()
        if not self.arguments.steps:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".part")
            draft.write_text(json.dumps(made) + "\n")
            draft.rename(path)
        return made

    def logits(self, model, examples):
        with autocast(self.precision):
            return [row.tolist() for row in logits_of(model, examples)]

    def teach(self):
        """Every training example gets its teacher's probabilities."""
        seed = self.arguments.teacher_seed
        for c in self.corpora:
            examples = self.train[c.name]

            def make():
                teacher, cost = train("teacher " + c.name, self.arguments.base, self.classes, {c.name: examples}, "single", self.teaching[c.name], self.precision, seed, self.arguments.steps)
                return {"logits": self.logits(teacher, examples), "cost": cost}

            for e, row in zip(examples, self.kept("teacher-" + c.name, [c.parts["train"], self.teaching[c.name], seed], make)["logits"]):
                e.teacher = torch.softmax(torch.tensor(row, dtype=torch.float64), -1)

    def seed(self, seed):
        system = self.arguments.system
        about = [system, seed, [self.arguments.teacher_seed, self.teaching] if system != "single" else None, [[c.name, c.parts["train"]] for c in self.corpora], self.target.parts]

        def make():
            student, cost = train(f"{system} seed {seed}", self.arguments.base, self.classes, self.train, system, self.numbers, self.precision, seed, self.arguments.steps)
            made = {"seed": seed, "cost": cost}
            for part, examples in self.held.items():
                made["predicted_" + part] = [row.index(max(row)) for row in self.logits(student, examples)]
                made[part] = scores([e.label for e in examples], made["predicted_" + part])
            return made

        return self.kept(f"{system}-seed-{seed}", about, make)

    def all(self):
        if self.arguments.system == "kd-annealed":
            self.teach()
        done = [self.seed(s) for s in range(self.arguments.first_seed, self.arguments.seeds + 1)]
        f1 = [d["test"]["f1"] for d in done]
        return {
            "system": self.arguments.system, "tasks": list(self.train), "rows": {t: len(x) for t, x in self.train.items()}, "train": self.numbers, "precision": self.precision,
            "seeds": [{k: d[k] for k in ("seed", "valid", "test", "cost")} for d in done],
            "mean": numpy.mean(f1), "sd": numpy.std(f1, ddof=1) if len(f1) > 1 else None,
            "interval": interval([e.label for e in self.held["test"]], [d["predicted_test"] for d in done]),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", help="run file beside the corpora that `data split` wrote")
    parser.add_argument("--base", required=True, help="folder of the encoder")
    parser.add_argument("--system", choices=["single", "kd-annealed"], required=True)
    parser.add_argument("--tasks", default="sentiment,emotion", help="the other tasks of kd-annealed")
    parser.add_argument("--seeds", type=int, default=5, help="seeds 1 to N")
    parser.add_argument("--first-seed", type=int, default=1, help="in place of 1, for several processes that share --out")
    parser.add_argument("--teacher-seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for what is done")
    parser.add_argument("--steps", type=int, help="stop each training after so many steps")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], help="in place of the run file's")
    for name, kind in NUMBERS.items():
        parser.add_argument("--" + name.replace("_", "-"), type=kind, help="in place of the run file's")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(json.dumps(Peer(arguments).all(), indent=1))


if __name__ == "__main__":
    main()
