"""Makes what the runs need: two models of random weights, shaped as MiniLM and bert-base, and three
tasks of random words: every text longer than 128 tokens, and (-real) of lengths as messages have.

    corpora.py DIR TOKENIZER_DIR
"""

import json
import random
import shutil
import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertForPreTraining

to, tokenizer = Path(sys.argv[1]), Path(sys.argv[2])
random.seed(1)
torch.manual_seed(0)
shapes = {
    "minilm": dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
    "bertbase": {},
}
for name, shape in shapes.items():
    BertForPreTraining(BertConfig(**shape)).save_pretrained(to / name)
    for file in ("vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copy(tokenizer / file, to / name / file)

# The same MiniLM without dropout, whose losses two devices can be compared by.
shutil.copytree(to / "minilm", to / "minilm-still")
config = json.loads((to / "minilm-still" / "config.json").read_text())
config.update(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, classifier_dropout=0.0)
(to / "minilm-still" / "config.json").write_text(json.dumps(config))

words = [w for w in (tokenizer / "vocab.txt").read_text("utf-8").split("\n") if w.isascii() and w.isalpha() and len(w) > 3]
tasks = {"empathy": 2, "sentiment": 2, "emotion": 8}
for task, classes in tasks.items():
    with open(to / f"{task}.tsv", "w") as file:
        file.write("text\tlabel\n")
        for _ in range(2400):
            file.write(" ".join(random.choices(words, k=140)) + f"\tc{random.randrange(classes)}\n")
    with open(to / f"{task}-real.tsv", "w") as file:
        file.write("text\tlabel\n")
        for _ in range(2400):
            length = min(110, max(2, round(random.lognormvariate(2.9, 0.7))))
            file.write(" ".join(random.choices(words, k=length)) + f"\tc{random.randrange(classes)}\n")
for name, real in [(n, r) for n in shapes for r in ("", "-real")]:
    with open(to / f"{name}{real}.yaml", "w") as file:
        file.write(f"model: {{base: {to / name}}}\nmethod: mt\ntasks:\n")
        for task, classes in tasks.items():
            labels = ", ".join(f"c{i}: c{i}" for i in range(classes))
            target = "    target: true\n" if task == "empathy" else ""
            file.write(f"  - name: {task}\n{target}    data: {{path: {task}{real}.tsv, format: tsv, text: text, label: label, labels: {{{labels}}}}}\n")
        file.write("train: {epochs: 1, batch: 32, max_length: 128, sampling_exponent: 1.0, precision: bfloat16}\ncluster: {workers: 1}\n")
