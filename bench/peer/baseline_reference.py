"""Writes the stored references that package model's tests hold the baseline systems to.

    python baseline_reference.py --out model/testdata/baselines

For each of cnn, lstm, bilstm and convlstm it makes a small folder (random weights from a
fixed seed, as a folder that package weights opens) and, for it: logits of padded batches,
and the losses, gradient norms and parameters of 50 steps of AdamW over batches of two
tasks under an annealed loss, dropout off. The systems are written here from PyTorch's own
modules, one text at a time, so that nothing is padded, packed or masked.
"""
import argparse
import json
import pathlib

import torch
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy, pad

TASKS = [("first", 2), ("second", 3)]
WORDS, WIDTH, MAPS, HIDDEN = 30, 6, 5, 4
STEPS = 50


class Baseline(torch.nn.Module):
    def __init__(self, arch):
        super().__init__()
        self.arch = arch
        self.words = torch.nn.Embedding(WORDS, WIDTH)
        self.windows = {"cnn": [3, 4, 5], "convlstm": [3]}.get(arch, [])
        self.convolution = torch.nn.ModuleDict({str(w): torch.nn.Conv1d(WIDTH, MAPS, w) for w in self.windows})
        if arch != "cnn":
            self.lstm = torch.nn.LSTM(MAPS if self.windows else WIDTH, HIDDEN, bidirectional=arch == "bilstm", batch_first=True)
        features = {"cnn": 3 * MAPS, "bilstm": 2 * HIDDEN}.get(arch, HIDDEN)
        self.head = torch.nn.ModuleDict({name: torch.nn.Linear(features, classes) for name, classes in TASKS})

    def features(self, ids):
        x = self.words(torch.tensor(ids))[None]  # [1, length, width]
        if self.arch == "cnn":
            maps = [torch.relu(self.convolution[str(w)](pad(x.mT, (w - 1, w - 1)))) for w in self.windows]
            return torch.cat([m.max(-1).values for m in maps], -1)[0]
        if self.arch == "convlstm":
            x = torch.relu(self.convolution["3"](pad(x.mT, (1, 1)))).mT
        return self.lstm(x)[1][0][:, 0].flatten()

    def forward(self, examples):
        return [self.head[TASKS[e["task"]][0]](self.features(e["ids"])) for e in examples]

    def renamed(self):
        """The parameters by the names of the folder's tensors and of the heads."""
        parts = {"weight_ih_l0": "input.weight", "weight_hh_l0": "recurrent.weight", "bias_ih_l0": "input.bias", "bias_hh_l0": "recurrent.bias"}
        for name, parameter in self.named_parameters():
            if name.startswith("lstm."):
                part = name.removeprefix("lstm.")
                direction = "backward." if part.endswith("_reverse") else "forward."
                name = "lstm." + direction + parts[part.removesuffix("_reverse")]
            yield name, parameter


def loss(model, examples, lam):
    """The sum of the examples' losses per task."""
    sums = [torch.zeros(()) for _ in TASKS]
    for e, logits in zip(examples, model(examples)):
        gold = torch.zeros(len(logits))
        gold[e["class"]] = 1
        target = lam * gold + (1 - lam) * torch.softmax(torch.tensor(e["teacher"]), -1)
        sums[e["task"]] = sums[e["task"]] + cross_entropy(logits[None], target[None], reduction="sum")
    return sums


def limit_heads(model, limit):
    """Kim's bound on the weight vectors; the number that were too long."""
    hit = 0
    for head in model.head.values():
        norms = head.weight.data.norm(dim=1, keepdim=True)
        hit += int((norms > limit).sum())
        head.weight.data.copy_(torch.where(norms > limit, head.weight * (limit / norms), head.weight))
    return hit


def summary(tensor):
    """Enough of a tensor to tell it from any other: norm, sum, and values spread over it."""
    flat = tensor.detach().double().flatten()
    step = max(1, len(flat) // 5)
    return {"norm": flat.norm().item(), "sum": flat.sum().item(), "step": step, "values": flat[::step].tolist()}


def batches():
    draw = torch.Generator().manual_seed(31)

    def example(length):
        task = int(torch.randint(2, (), generator=draw))
        classes = TASKS[task][1]
        return {
            "task": task,
            "ids": torch.randint(1, WORDS, (length,), generator=draw).tolist(),
            "class": int(torch.randint(classes, (), generator=draw)),
            "teacher": [round(x, 3) for x in (torch.randn(classes, generator=draw) * 2).tolist()],
        }
    return [[example(n) for n in lengths] for lengths in ([5, 9, 3, 9], [7, 7, 7], [1, 24, 12, 2, 6], [4, 8, 10, 3])]


def reference(arch, out):
    torch.manual_seed(30)
    model = Baseline(arch)
    with torch.no_grad():  # away from the initial values, where many gradients all but vanish
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape) * 0.5)
    limit = 0.8 if arch == "cnn" else 0
    folder = out / arch
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "ringmaster-" + arch, "vocab_size": WORDS, "embedding_size": WIDTH, "windows": model.windows,
        "maps": MAPS if model.windows else 0, "hidden_size": 0 if arch == "cnn" else HIDDEN, "dropout": 0.5,
        "head_norm_limit": limit, "initializer_range": 0.02,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    save_file({n: p.detach().clone() for n, p in model.renamed() if not n.startswith("head.")}, folder / "model.safetensors")

    texts = batches()
    heads = {n: p.tolist() for n, p in model.renamed() if n.startswith("head.")}
    with torch.no_grad():
        logits = [[x.tolist() for x in model(b)] for b in texts]
    clip, decay = (1.5 if arch == "cnn" else 0.2), 0.1
    optimizer = torch.optim.AdamW([
        {"params": [p for n, p in model.renamed() if not n.endswith(".bias")], "weight_decay": decay},
        {"params": [p for n, p in model.renamed() if n.endswith(".bias")], "weight_decay": 0.0},
    ])
    steps, hits = [], 0
    for i in range(STEPS):
        lam, lr, batch = i / (STEPS - 1), 5e-3 * (1 + i % 3), texts[i % len(texts)]
        for group in optimizer.param_groups:
            group["lr"] = lr
        # A head without examples in a batch has a gradient of zeros, not none: it moves by its moments.
        optimizer.zero_grad(set_to_none=False)
        sums = loss(model, batch, lam)
        (sum(sums) / len(batch)).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        hits += limit_heads(model, limit) if limit else 0
        steps.append({"lambda": lam, "lr": lr, "batch": i % len(texts), "losses": [x.item() for x in sums], "norm": norm.item()})
    return {
        "heads": heads, "logits": logits,
        "training": {
            "clip": clip, "decay": decay, "limited": hits, "steps": steps,
            "parameters": {n: summary(p) for n, p in model.renamed()},
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    systems = {arch: reference(arch, arguments.out) for arch in ("cnn", "lstm", "bilstm", "convlstm")}
    text = json.dumps({"batches": batches(), "systems": systems}) + "\n"
    (arguments.out / "reference.json").write_text(text)
