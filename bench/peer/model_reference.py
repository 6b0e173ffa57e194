"""Writes the stored references that package model's tests hold it to, with transformers.

    python model_reference.py tiny   --out model/testdata
    python model_reference.py minilm --model DIR --out model/testdata

tiny makes a small BERT folder (random weights from a fixed seed) and, for it, logits of
padded batches under each activation, the gradient of a mixed-task annealed loss, and the
parameters after three clipped AdamW steps. minilm takes a folder of all-MiniLM-L6-v2 and
writes logits of a few sentences under heads given by a formula. Dropout is off throughout.
Attention is transformers' plain one ("eager"), not the fused kernel the Go side calls.
"""
import argparse
import json
import pathlib

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer, BertConfig, BertModel

TASKS = [("first", 2), ("second", 3)]

SENTENCES = [
    "I am so sorry you are going through this; my mother had the same diagnosis last year.",
    "The battery lasts two days.",
    "What a terrible film, two hours of my life I will never get back!",
    "We sat with her all night and just listened. Sometimes that is all one can do, and it helped her more "
    "than any advice we could have given about treatments or doctors.",
    "ok",
    "Thank you, everyone, for your kind words and prayers \u2014 they mean the world to us.",
]


def head(classes, hidden):
    """A head by formula, the same in model_test.go."""
    weight = [[((7 * c + 3 * h) % 11 - 5) / 50 for h in range(hidden)] for c in range(classes)]
    bias = [(c - 0.5) / 10 for c in range(classes)]
    layer = torch.nn.Linear(hidden, classes)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
    return layer


class Student(torch.nn.Module):
    def __init__(self, bert, tasks):
        super().__init__()
        self.bert = bert
        self.head = torch.nn.ModuleDict({name: head(classes, bert.config.hidden_size) for name, classes in tasks})
        self.names = [name for name, _ in tasks]

    def forward(self, examples):
        """The examples' logits, as a list; the batch is padded with zeros and masked."""
        length = max(len(e["ids"]) for e in examples)
        ids = torch.tensor([e["ids"] + [0] * (length - len(e["ids"])) for e in examples])
        mask = torch.tensor([[1] * len(e["ids"]) + [0] * (length - len(e["ids"])) for e in examples])
        pooled = self.bert(input_ids=ids, attention_mask=mask).pooler_output
        return [self.head[self.names[e["task"]]](pooled[i]) for i, e in enumerate(examples)]


def loss(student, examples, lam):
    """The sum of the examples' losses per task."""
    sums = [torch.zeros(()) for _ in TASKS]
    for e, logits in zip(examples, student(examples)):
        gold = torch.zeros(len(logits))
        gold[e["class"]] = 1
        target = lam * gold + (1 - lam) * torch.softmax(torch.tensor(e["teacher"]), -1)
        sums[e["task"]] = sums[e["task"]] + cross_entropy(logits[None], target[None], reduction="sum")
    return sums


def summary(tensor):
    """Enough of a tensor to tell it from any other: norm, sum, and values spread over it."""
    flat = tensor.detach().double().flatten()
    step = max(1, len(flat) // 5)
    return {"norm": flat.norm().item(), "sum": flat.sum().item(), "step": step, "values": flat[::step].tolist()}


def tiny(out):
    torch.manual_seed(20)
    config = BertConfig(
        vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=24, type_vocab_size=2, attn_implementation="eager",
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )
    bert = BertModel(config).eval()
    with torch.no_grad():  # away from the initial values, where many gradients all but vanish
        for parameter in bert.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.3)
    bert.save_pretrained(out / "tiny")

    draw = torch.Generator().manual_seed(21)
    def example(length):
        task = int(torch.randint(2, (), generator=draw))
        classes = TASKS[task][1]
        return {
            "task": task,
            "ids": torch.randint(1, 60, (length,), generator=draw).tolist(),
            "class": int(torch.randint(classes, (), generator=draw)),
            "teacher": (torch.randn(classes, generator=draw) * 2).tolist(),
        }
    batches = [[example(n) for n in lengths] for lengths in ([5, 9, 3, 9], [7, 7], [1, 24, 12, 2, 6], [4, 8, 10, 3])]

    reference = {"tasks": [{"name": n, "classes": c} for n, c in TASKS], "batches": batches, "logits": {}}
    for act in ("gelu", "gelu_new", "relu"):
        config.hidden_act = act
        model = BertModel(config).eval()
        model.load_state_dict(bert.state_dict())
        with torch.no_grad():
            student = Student(model, TASKS)
            reference["logits"][act] = [[x.tolist() for x in student(b)] for b in batches]

    student = Student(bert, TASKS)
    lam, divisor = 0.3, 7
    sums = loss(student, batches[0] + batches[2], lam)
    (sum(sums) / divisor).backward()
    reference["gradient"] = {
        "lambda": lam, "divisor": divisor, "batches": [0, 2], "losses": [x.item() for x in sums],
        "parameters": {n: summary(p.grad) for n, p in student.named_parameters()},
    }

    # A head without examples in a batch has a gradient of zeros, not none: it moves by its moments.
    student.zero_grad(set_to_none=False)
    plain = lambda name: name.endswith(".bias") or ".LayerNorm." in name
    clip, decay = 0.9, 0.1
    optimizer = torch.optim.AdamW([
        {"params": [p for n, p in student.named_parameters() if not plain(n)], "weight_decay": decay},
        {"params": [p for n, p in student.named_parameters() if plain(n)], "weight_decay": 0.0},
    ])
    steps = []
    for i in range(3):
        lam, lr = i / 2, 1e-3 * (i + 1)
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.zero_grad(set_to_none=False)
        sums = loss(student, batches[i], lam)
        (sum(sums) / len(batches[i])).backward()
        norm = torch.nn.utils.clip_grad_norm_(student.parameters(), clip)
        optimizer.step()
        steps.append({"lambda": lam, "lr": lr, "batch": i, "losses": [x.item() for x in sums], "norm": norm.item()})
    reference["training"] = {
        "clip": clip, "decay": decay, "steps": steps,
        "parameters": {n: summary(p) for n, p in student.named_parameters()},
    }
    (out / "tiny.json").write_text(json.dumps(reference, indent=1) + "\n")


def minilm(model, out):
    tokenizer = AutoTokenizer.from_pretrained(model)
    student = Student(BertModel.from_pretrained(model, attn_implementation="eager").eval(), TASKS)
    examples = [{"task": i % 2, "ids": tokenizer(t)["input_ids"]} for i, t in enumerate(SENTENCES)]
    with torch.no_grad():
        logits = [x.tolist() for x in student(examples)]
    reference = {"tasks": [{"name": n, "classes": c} for n, c in TASKS], "sentences": SENTENCES, "examples": examples, "logits": logits}
    (out / "minilm.json").write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["tiny", "minilm"])
    parser.add_argument("--model", help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    if arguments.what == "tiny":
        tiny(arguments.out)
    elif not arguments.model:
        parser.error("minilm needs --model")
    else:
        minilm(arguments.model, arguments.out)
