"""Reference values for the kinds of task, on random numbers of a fixed seed.

    python kinds_reference.py losses > model/testdata/kinds.json
    python kinds_reference.py scores > run/metrics/testdata/kinds.json

Losses and gradients are PyTorch's in double precision: cross_entropy, binary_cross_entropy_with_logits (the
mean over labels, summed over examples), mse_loss and gaussian_nll_loss of standardised values. Scores are scikit-learn's and
SciPy's.
"""
import json
import sys
import warnings

import numpy as np
import torch
import torch.nn.functional as F

random = np.random.default_rng(16)


def loss_case(kind, outputs, lam, settings, name):
    rows = 7
    logits = np.float32(random.normal(0, 3, (rows, outputs)))
    if name == "large logits":
        logits = np.float32(logits * 30)
    teacher = np.float32(random.normal(0, 2, (rows, outputs)))
    examples = []
    z = torch.tensor(np.float64(logits), requires_grad=True)
    t = torch.tensor(np.float64(teacher))
    weights, smoothing = settings.get("weights"), settings.get("smoothing", 0.0)
    if kind == "value":
        teacher = np.float32(4 + teacher)
        gold = np.round(random.uniform(1, 7, rows), 3)
        mean, deviation = settings["scale"]["mean"], settings["scale"]["deviation"]
        target = lam * torch.tensor(gold) + (1 - lam) * torch.tensor(np.float64(teacher[:, 0]))
        target = (target - mean) / deviation
        if outputs == 1:
            loss = F.mse_loss(z[:, 0], target, reduction="sum")
        else:  # beta-NLL, beta 0.5 (Seitzer et al. 2022): outputs are mean and log variance
            variance = torch.exp(z[:, 1])
            nll = F.gaussian_nll_loss(z[:, 0], target, variance, full=False, eps=0, reduction="none")
            loss = (nll * variance.detach() ** 0.5).sum()
            teacher = teacher[:, :1]  # the mean alone is taught
        examples = [{"value": float(v), "teacher": teacher[i].tolist()} for i, v in enumerate(gold)]
    elif kind == "labels":
        gold = random.random((rows, outputs)) < 0.3
        y = torch.tensor(np.float64(gold))
        y = y * (1 - smoothing) + smoothing / 2
        target = lam * y + (1 - lam) * torch.sigmoid(t)
        pos = None if weights is None else torch.tensor(weights, dtype=torch.float64)
        loss = F.binary_cross_entropy_with_logits(z, target, pos_weight=pos, reduction="none").mean(dim=1).sum()
        examples = [{"set": np.flatnonzero(g).tolist(), "teacher": teacher[i].tolist()} for i, g in enumerate(gold)]
    else:
        gold = random.integers(0, outputs, rows)
        g = torch.tensor(gold)
        hard = F.cross_entropy(z, g, reduction="none", label_smoothing=smoothing)
        soft = F.cross_entropy(z, torch.softmax(t, -1), reduction="none")
        each = lam * hard + (1 - lam) * soft
        if weights is not None:
            each = each * torch.tensor(weights, dtype=torch.float64)[g]
        loss = each.sum()
        examples = [{"class": int(c), "teacher": teacher[i].tolist()} for i, c in enumerate(gold)]
    loss.backward()
    return {
        "name": name, "kind": kind, "settings": settings, "lambda": lam, "outputs": outputs,
        "logits": logits.ravel().tolist(), "examples": examples, "loss": loss.item(), "gradient": z.grad.ravel().tolist(),
    }


def losses():
    cases = []
    for lam in (1.0, 0.0, 0.35):
        for kind, outputs in (("classes", 3), ("ordered", 4), ("labels", 5), ("value", 1)):
            settings = {"scale": {"mean": 3.75, "deviation": 1.5}} if kind == "value" else {}
            cases.append(loss_case(kind, outputs, lam, settings, f"{kind} at {lam}"))
            if kind != "value":
                weights = np.round(random.uniform(0.2, 5, outputs), 3).tolist()
                cases.append(loss_case(kind, outputs, lam, {"weights": weights}, f"{kind} at {lam}, weighted"))
                cases.append(loss_case(kind, outputs, lam, {"smoothing": 0.1}, f"{kind} at {lam}, smoothed"))
    cases.append(loss_case("labels", 4, 0.5, {}, "large logits"))
    for lam in (1.0, 0.0, 0.35):
        cases.append(loss_case("value", 2, lam, {"scale": {"mean": 3.75, "deviation": 1.5}}, f"value and variance at {lam}"))
    return cases


def scores():
    from scipy import stats
    from sklearn import metrics as sk

    warnings.simplefilter("ignore")
    cases = []
    for n in range(30):
        rows, labels = int(random.integers(1, 60)), int(random.integers(2, 7))
        gold = random.random((rows, labels)) < random.random(labels)
        probabilities = np.round(np.clip(gold * 0.3 + random.random((rows, labels)) * 0.8, 0, 1), 2)
        threshold = float(np.round(random.random() * 0.8 + 0.1, 2))
        given = probabilities >= threshold
        f1_at = [sk.f1_score(gold, probabilities >= k / 100, average="micro", zero_division=0) for k in range(1, 100)]
        levels = int(random.integers(2, 6))
        level = random.integers(0, levels, rows)
        said = np.clip(level + random.integers(-1, 2, rows), 0, levels - 1)
        counts = sk.confusion_matrix(level, said, labels=range(levels))
        kappa = sk.cohen_kappa_score(level, said, labels=list(range(levels)), weights="quadratic")
        value = np.round(random.uniform(1, 7, rows), int(random.integers(0, 3)))
        predicted = np.round(value + random.normal(0, 2, rows), int(random.integers(0, 3)))
        constant = rows < 2 or len(set(value)) == 1 or len(set(predicted)) == 1
        cases.append({
            "gold": [np.flatnonzero(g).tolist() for g in gold], "probabilities": probabilities.tolist(), "threshold": threshold,
            "labels": labels,
            "micro": list(sk.precision_recall_fscore_support(gold, given, average="micro", zero_division=0)[:3]),
            "macro_f1": sk.f1_score(gold, given, average="macro", zero_division=0),
            "subset": sk.accuracy_score(gold, given), "best_f1": max(f1_at),
            "counts": counts.tolist(), "kappa": None if np.isnan(kappa) else kappa,
            "value": value.tolist(), "predicted": predicted.tolist(),
            "pearson": 0 if constant else stats.pearsonr(value, predicted)[0],
            "spearman": 0 if constant else stats.spearmanr(value, predicted)[0],
            "rmse": float(np.sqrt(sk.mean_squared_error(value, predicted))), "mae": sk.mean_absolute_error(value, predicted),
        })
    return cases


json.dump({"losses": losses, "scores": scores}[sys.argv[1]](), sys.stdout)
print()
