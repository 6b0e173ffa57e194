"""Reads a run file whose corpora `ringmaster data split --format jsonl` wrote.

Such corpora are clean, cut and divided: a JSON object a line, in the declared files, and nothing is
left to do but to number the classes, in the order in which the declaration first names them.
"""
import json
import pathlib

import yaml

PARTS = ("train", "valid", "test")


class Corpus:
    """A task's corpus: its classes' names and, by part, rows of (text, class)."""

    def __init__(self, task, folder):
        data, self.name, self.target = task["data"], task["name"], task["target"]
        clean = data["clean"]
        if data["format"] != "jsonl" or "train" not in data or clean["dedup"] or clean["urls"] or clean["users"]:
            raise SystemExit(f"task {self.name}: its corpus must be as `ringmaster data split --format jsonl` writes it")
        self.classes = list(dict.fromkeys(data["labels"].values()))
        self.parts = {}
        for part in PARTS:
            rows = self.parts[part] = []
            for path in data.get(part, []):
                for line in (folder / path).read_text(encoding="utf-8").split("\n"):
                    if line:
                        row = json.loads(line)
                        rows.append((row[data["text"]], self.classes.index(data["labels"][row[data["label"]]])))


def read(file):
    """The run file's content, and its corpora."""
    file = pathlib.Path(file)
    run = yaml.safe_load(file.read_text(encoding="utf-8"))
    run["train"]["lr"] = float(run["train"]["lr"])  # PyYAML takes 5e-05 for a string
    return run, [Corpus(task, file.parent) for task in run["tasks"]]
