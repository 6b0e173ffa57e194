"""The student and its training in plain PyTorch and transformers, for the peers of this folder.

A BERT with a linear head a task on its pooler; targets λ·gold + (1−λ)·softmax(teacher's logits);
AdamW whose rate rises linearly over the warm-up and falls linearly to zero; gradients clipped to a
norm; no weight decay on biases and normalisations. Nothing here reads what Ringmaster computed.
"""
import math

import torch
from torch.nn.functional import log_softmax
from transformers import BertModel


class Example:
    """A text as the student takes it: token ids, its task, its class, its teacher's probabilities."""

    def __init__(self, ids, task, label, teacher=None):
        self.ids, self.task, self.label, self.teacher = ids, task, label, teacher


class Student(torch.nn.Module):
    """tasks maps each task's name to its number of classes. Fresh heads are drawn as BERT's are."""

    def __init__(self, base, tasks, dropout=None, attention="eager"):
        super().__init__()
        changed = {} if dropout is None else {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
        self.bert = BertModel.from_pretrained(base, attn_implementation=attention, dtype=torch.get_default_dtype(), **changed)
        config = self.bert.config
        self.dropout = torch.nn.Dropout(config.hidden_dropout_prob)
        self.head = torch.nn.ModuleDict({t: torch.nn.Linear(config.hidden_size, n) for t, n in tasks.items()})
        for head in self.head.values():
            torch.nn.init.normal_(head.weight, std=config.initializer_range)
            torch.nn.init.zeros_(head.bias)

    def forward(self, examples):
        """The logits of each example, a list; texts are padded to the longest of them."""
        length = max(len(e.ids) for e in examples)
        ids = torch.tensor([e.ids + [0] * (length - len(e.ids)) for e in examples])
        mask = torch.tensor([[1] * len(e.ids) + [0] * (length - len(e.ids)) for e in examples])
        pooled = self.dropout(self.bert(input_ids=ids, attention_mask=mask).pooler_output)
        logits = [None] * len(examples)
        for task, head in self.head.items():
            rows = [i for i, e in enumerate(examples) if e.task == task]
            if rows:
                for i, row in zip(rows, head(pooled[rows]).to(torch.get_default_dtype())):  # under autocast they are bfloat16
                    logits[i] = row
        return logits


def micro_batches(examples, tokens=1024):
    """Parts of a batch, longest texts first, each of about so many tokens with its padding."""
    parts = []
    for e in sorted(examples, key=lambda e: -len(e.ids)):
        if not parts or (len(parts[-1]) + 1) * len(parts[-1][0].ids) > tokens:
            parts.append([])
        parts[-1].append(e)
    return parts


def target(example, classes, lam):
    """λ·gold + (1−λ)·teacher; at λ = 1 no teacher is needed."""
    gold = torch.zeros(classes, dtype=torch.float64)
    gold[example.label] = 1
    if lam == 1:
        return gold
    return lam * gold + (1 - lam) * torch.as_tensor(example.teacher, dtype=torch.float64)


def loss_of(logits, example, lam):
    """Cross entropy against the target."""
    return -(target(example, len(logits), lam).to(logits.dtype) * log_softmax(logits, -1)).sum()


def backward(student, examples, lam):
    """Adds the gradient of the batch's mean loss; gives each task's sum of losses and its count."""
    sums = {}
    for part in micro_batches(examples):
        losses = [loss_of(x, e, lam) for x, e in zip(student(part), part)]
        (torch.stack(losses).sum() / len(examples)).backward()
        for e, loss in zip(part, losses):
            total, count = sums.get(e.task, (0.0, 0))
            sums[e.task] = total + loss.item(), count + 1
    return sums


def optimizer_of(student, decay):
    """AdamW with PyTorch's constants. Gradients begin as zeros: a head without examples moves too."""
    plain = [p for n, p in student.named_parameters() if n.endswith(".bias") or "LayerNorm" in n]
    decayed = [p for n, p in student.named_parameters() if not (n.endswith(".bias") or "LayerNorm" in n)]
    for p in student.parameters():
        p.grad = torch.zeros_like(p)
    return torch.optim.AdamW([{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}])


def step(student, optimizer, examples, lam, lr, clip):
    """One training step; gives backward's sums and the gradient's norm before clipping."""
    optimizer.zero_grad(set_to_none=False)
    sums = backward(student, examples, lam)
    norm = torch.nn.utils.clip_grad_norm_(student.parameters(), clip if clip > 0 else math.inf)
    for group in optimizer.param_groups:
        group["lr"] = lr
    optimizer.step()
    return sums, norm.item()


def learning_rate(step, total, warmup, peak):
    """Up over the first ceil(warmup·total) steps, then down to what would be 0 at step total."""
    rise = math.ceil(warmup * total)
    return peak * (step / rise if step < rise else (total - step) / (total - rise))


def gold_share(method, step, total):
    """λ: Equation 1's 1, Equation 2's 0, Equation 3's line from 0 to 1."""
    if method == "kd-annealed":
        return step / (total - 1) if total > 1 else 1.0
    return 0.0 if method == "kd" else 1.0


def logits_of(student, examples):
    """The logits of all examples without dropout, in their order."""
    student.eval()
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    found = [None] * len(examples)
    with torch.inference_mode():
        for at in range(0, len(order), 32):
            rows = order[at : at + 32]
            for i, row in zip(rows, student([examples[i] for i in rows])):
                found[i] = row.double()
    return found
