"""Writes reference.json: scores by scikit-learn that metrics_test.go compares with.

    python make_reference.py        (scikit-learn 1.x and numpy)
"""

import json
import pathlib
import warnings

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

warnings.filterwarnings("ignore")


def averaged(classes, gold, predicted, positive):
    """The headline: one class of two, or the mean over all that are declared."""
    if classes == 2:
        # average="binary" refuses a pos_label that neither has; its own numbers are the class's.
        one = precision_recall_fscore_support(gold, predicted, labels=[positive], zero_division=0)
        p, r, f = (float(x[0]) for x in one[:3])
        if positive in set(gold) | set(predicted):
            binary = precision_recall_fscore_support(
                gold, predicted, average="binary", pos_label=positive, zero_division=0
            )
            assert (p, r, f) == tuple(float(x) for x in binary[:3])
        return p, r, f
    p, r, f, _ = precision_recall_fscore_support(
        gold, predicted, average="macro", labels=list(range(classes)), zero_division=0
    )
    return p, r, f


def case(name, classes, gold, predicted, positive=1):
    labels = list(range(classes))
    p, r, f = averaged(classes, gold, predicted, positive)
    per = precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0)
    return {
        "name": name,
        "classes": classes,
        "positive": positive,
        "gold": [int(x) for x in gold],
        "predicted": [int(x) for x in predicted],
        "precision": float(p),
        "recall": float(r),
        "f1": float(f),
        "accuracy": float(accuracy_score(gold, predicted)),
        "confusion": confusion_matrix(gold, predicted, labels=labels).tolist(),
        "per_class": [
            {"precision": float(a), "recall": float(b), "f1": float(c), "support": int(d)}
            for a, b, c, d in zip(*per)
        ],
    }


def drawn(rng, name, classes, rows, right):
    gold = rng.integers(0, classes, rows)
    guess = rng.integers(0, classes, rows)
    return case(name, classes, gold, np.where(rng.random(rows) < right, gold, guess))


def random_case(rng, number):
    """Few rows over some of the declared classes: what a part of a corpus may look like."""
    classes = int(rng.integers(2, 7))
    rows = int(rng.integers(1, 25))
    occur = rng.choice(classes, size=int(rng.integers(1, classes + 1)), replace=False)
    said = rng.choice(classes, size=int(rng.integers(1, classes + 1)), replace=False)
    gold, guess = rng.choice(occur, rows), rng.choice(said, rows)
    predicted = np.where(rng.random(rows) < rng.random(), gold, guess)
    return case(f"random {number}", classes, gold, predicted, positive=int(rng.integers(0, 2)))


def main():
    rng = np.random.default_rng(13)
    cases = [
        drawn(rng, "binary, good", 2, 97, 0.8),
        drawn(rng, "binary, chance", 2, 50, 0.0),
        drawn(rng, "eight classes", 8, 211, 0.6),
        drawn(rng, "three classes, few rows", 3, 7, 0.5),
        case("binary, positive never predicted", 2, [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]),
        case("binary, no positive at all", 2, [0, 0, 0], [0, 0, 0]),
        case("binary, all right", 2, [0, 1, 1], [0, 1, 1]),
        case("three classes, one never predicted", 3, [0, 1, 2, 2, 1], [0, 1, 1, 0, 1]),
        case("three classes, one never gold", 3, [0, 1, 1, 0], [0, 2, 1, 2]),
        case("four classes, one absent from both", 4, [0, 1, 3, 3, 0], [0, 1, 3, 0, 1]),
        case("binary, positive is the first", 2, [0, 1, 0, 1, 1], [0, 1, 1, 1, 0], positive=0),
        case("three classes, one occurs", 3, [1, 1, 1], [1, 1, 1]),
    ]
    cases += [random_case(rng, n) for n in range(300)]
    path = pathlib.Path(__file__).with_name("reference.json")
    path.write_text(json.dumps(cases, indent=None, separators=(",", ":")).replace('},{"name"', '},\n{"name"') + "\n")


if __name__ == "__main__":
    main()
