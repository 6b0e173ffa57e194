"""Losses and gradients of distillation with a temperature and with standardised logits, for
model/testdata/distill.json:

    python distill_reference.py > model/testdata/distill.json

The losses are torch's, in float64: lambda * CE(gold) + (1 - lambda) * T^2 * CE(softmax(teacher / T), student / T), and
with standardised logits normalize() of Sun et al. (2024) on both, for three or more classes.
"""
import json

import torch
from torch.nn.functional import cross_entropy

STUDENT = [[0.3, -1.2, 2.0], [-0.7, 0.1, 0.4], [1.5, 1.4, -3.0], [0.02, 0.01, 0.03]]
TEACHER = [[2.0, 0.5, -1.0], [0.1, 0.2, 3.0], [-2.0, 4.0, 1.0], [5.0, -5.0, 0.0]]
GOLD = [0, 2, 1, 0]


def normalize(logits):
    return (logits - logits.mean(-1, keepdim=True)) / logits.std(-1, keepdim=True)


def case(classes, lam, temperature, standardize):
    student = torch.tensor([r[:classes] for r in STUDENT], dtype=torch.float64, requires_grad=True)
    teacher = torch.tensor([r[:classes] for r in TEACHER], dtype=torch.float64)
    gold = torch.tensor([min(g, classes - 1) for g in GOLD])
    s, t = (normalize(student), normalize(teacher)) if standardize and classes > 2 else (student, teacher)
    loss = lam * cross_entropy(student, gold, reduction="sum")
    loss = loss + (1 - lam) * temperature**2 * cross_entropy(s / temperature, torch.softmax(t / temperature, -1), reduction="sum")
    loss.backward()
    return {
        "classes": classes, "lambda": lam, "temperature": temperature, "standardize": standardize, "gold": gold.tolist(),
        "student": student.tolist(), "teacher": teacher.tolist(), "loss": loss.item(), "gradient": student.grad.tolist(),
        "standardized": normalize(teacher).tolist() if classes > 2 else None,
    }


print(json.dumps([
    case(classes, lam, temperature, standardize)
    for classes in (2, 3) for lam in (0.0, 0.3) for temperature, standardize in ((1.0, False), (2.5, False), (0.5, False), (1.0, True), (4.0, True))
], indent=1))
