"""Writes what a training gives that changes a part of a model, with PyTorch and transformers.

    python adapted_reference.py --testdata model/testdata

It takes the tiny BERT and the batches that model_reference.py made. Frozen parameters have
requires_grad=False. LoRA is PEFT's formula, written out: base(x) + lora_B(lora_A(x)) * alpha / rank on
queries and values; lora_A and lora_B are given by a formula, and pooler and heads are trained too.
Dropout is off throughout. Writes model/testdata/adapted.json.
"""
import argparse
import json
import pathlib

import torch
from transformers import BertModel

from model_reference import TASKS, Student, loss, summary

CASES = [
    {"name": "embeddings", "frozen": 1},
    {"name": "one layer", "frozen": 2},
    {"name": "all layers", "frozen": 3},
    {"name": "encoder", "frozen": -1},
    {"name": "lora", "lora": {"rank": 3, "alpha": 4.5}},
]


class LoRA(torch.nn.Module):
    """A linear map with an update of low rank. The weights are by a formula, the same in adapted_test.go."""

    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base, self.scaling = base, alpha / rank
        self.lora_A = torch.nn.Linear(base.in_features, rank, bias=False)
        self.lora_B = torch.nn.Linear(rank, base.out_features, bias=False)
        with torch.no_grad():
            self.lora_A.weight.copy_(formula(rank, base.in_features, 5, 3, 7, 12))
            self.lora_B.weight.copy_(formula(base.out_features, rank, 3, 2, 5, 15))

    def forward(self, x):
        return self.base(x) + self.lora_B(self.lora_A(x)) * self.scaling

    def merged(self):
        return self.base.weight + self.lora_B.weight @ self.lora_A.weight * self.scaling


def formula(rows, columns, a, b, modulus, divisor):
    values = [[((a * i + b * j) % modulus - modulus // 2) / divisor for j in range(columns)] for i in range(rows)]
    return torch.tensor(values, dtype=torch.float64)


def student_of(testdata, case):
    student = Student(BertModel.from_pretrained(testdata / "tiny", attn_implementation="eager").eval(), TASKS)
    bert = student.bert
    frozen = case.get("frozen", 0)
    if "lora" in case:
        for p in list(bert.embeddings.parameters()) + list(bert.encoder.parameters()):
            p.requires_grad = False
        for layer in bert.encoder.layer:
            attention = layer.attention.self
            attention.query = LoRA(attention.query, **case["lora"])
            attention.value = LoRA(attention.value, **case["lora"])
    elif frozen == -1:
        for p in bert.parameters():
            p.requires_grad = False
    elif frozen > 0:
        for part in [bert.embeddings, *bert.encoder.layer[: frozen - 1]]:
            for p in part.parameters():
                p.requires_grad = False
    return student


def names(student):
    """Parameters by the names they have in a plain BERT, and those of LoRA beside them."""
    return {n.replace(".base.", "."): p for n, p in student.named_parameters()}


def groups(parameters, plain, decay):
    """Parameter groups with and without weight decay."""
    return [
        {"params": [p for n, p in parameters.items() if not plain(n)], "weight_decay": decay},
        {"params": [p for n, p in parameters.items() if plain(n)], "weight_decay": 0.0},
    ]


def layers_below_heads(student, name):
    """As ELECTRA's _get_layer_lrs counts: heads n + 2, layer i (from 0) i + 1, embeddings 0; the pooler has n + 1."""
    n = len(student.bert.encoder.layer)
    if name.startswith("head."):
        return 0
    if name.startswith("bert.embeddings."):
        return n + 2
    if name.startswith("bert.encoder.layer."):
        return n + 1 - int(name.split(".")[3])
    return 1


def run(testdata, case, batches):
    student = student_of(testdata, case)
    trained = lambda: {n: p for n, p in names(student).items() if p.requires_grad}
    result = dict(case)
    lam, divisor = 0.3, 7
    sums = loss(student, batches[0] + batches[2], lam)
    (sum(sums) / divisor).backward()
    result["gradient"] = {
        "lambda": lam, "divisor": divisor, "batches": [0, 2], "losses": [x.item() for x in sums],
        "parameters": {n: summary(p.grad) for n, p in trained().items()},
    }
    student.zero_grad(set_to_none=False)
    plain = lambda name: name.endswith(".bias") or ".LayerNorm." in name
    clip, decay = 0.9, 0.1
    optimizer = torch.optim.AdamW(groups(trained(), plain, decay) if "layer_decay" not in case else [
        {**group, "share": case["layer_decay"] ** below}
        for below in range(len(student.bert.encoder.layer) + 3)
        for group in groups({n: p for n, p in trained().items() if layers_below_heads(student, n) == below}, plain, decay)
    ])
    steps = []
    for i in range(3):
        lam, lr = i / 2, 1e-3 * (i + 1)
        for group in optimizer.param_groups:
            group["lr"] = lr * group.get("share", 1)
        optimizer.zero_grad(set_to_none=False)
        sums = loss(student, batches[i], lam)
        (sum(sums) / len(batches[i])).backward()
        norm = torch.nn.utils.clip_grad_norm_(trained().values(), clip)
        optimizer.step()
        steps.append({"lambda": lam, "lr": lr, "batch": i, "losses": [x.item() for x in sums], "norm": norm.item()})
    result["training"] = {
        "clip": clip, "decay": decay, "steps": steps,
        "parameters": {n: summary(p) for n, p in names(student).items()},
    }
    with torch.no_grad():
        result["logits"] = [x.tolist() for x in student(batches[3])]
        if "lora" in case:
            result["merged"] = {}
            for i, layer in enumerate(student.bert.encoder.layer):
                for name in ("query", "value"):
                    module = getattr(layer.attention.self, name)
                    result["merged"][f"bert.encoder.layer.{i}.attention.self.{name}.weight"] = summary(module.merged())
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testdata", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    reference = json.loads((arguments.testdata / "tiny.json").read_text())
    cases = [run(arguments.testdata, case, reference["batches"]) for case in CASES]
    (arguments.testdata / "adapted.json").write_text(json.dumps(cases, indent=1) + "\n")
