"""How often a table's models are right, by how far a text's rating lies from the cut that made its label.

    python label_cut.py RUNS/reproduce-newsemp/result.json messages.csv

NewsEmp's empathy_bin is its rating `empathy`, 1 to 7, cut at the middle. Counted are the rows that begin
with an encoder, over all seeds, validation and test texts. Needs nothing but Python.
"""
import collections
import csv
import json
import pathlib
import sys

BASELINES = {"cnn", "lstm", "bilstm", "convlstm"}

result, corpus = map(pathlib.Path, sys.argv[1:])
with open(corpus, encoding="utf-8", errors="replace", newline="") as lines:
    texts = list(csv.DictReader(lines))
low = max(float(t["empathy"]) for t in texts if t["empathy_bin"] == "0")
high = min(float(t["empathy"]) for t in texts if t["empathy_bin"] == "1")
right, asked = collections.Counter(), collections.Counter()
for row in json.loads(result.read_text())["record"]["rows"]:
    cells = [] if row["name"] in BASELINES else [c for choice in row["choices"] for c in choice["cells"]]
    for cell in cells:
        for line in (result.parent / cell / "predictions.jsonl").read_text().splitlines():
            said = json.loads(line)
            if said["task"] == "empathy":
                distance = abs(float(texts[said["row"]]["empathy"]) - (low + high) / 2)
                half = min(5, int(2 * distance)) / 2
                asked[half] += 1
                right[half] += said["gold"] == said["predicted"]
print(f"the cut lies between {low} and {high}")
for half in sorted(asked):
    print(f"from {half} points: {100 * right[half] / asked[half]:.1f}% right, {100 * asked[half] / asked.total():.0f}% of the texts")
