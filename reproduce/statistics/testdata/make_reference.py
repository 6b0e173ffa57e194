"""Makes reference.json: what scipy and statsmodels say of small made-up systems.

    python make_reference.py > reference.json        needs numpy, scipy, statsmodels
"""

import json
import sys

import numpy
from scipy import stats
from statsmodels.stats.multitest import multipletests


def f1(gold, predicted):
    """F1 of class 1, by its definition."""
    hits = numpy.sum((gold == 1) & (predicted == 1))
    total = numpy.sum(gold == 1) + numpy.sum(predicted == 1)
    return 2 * hits / total if total else 0.0


def mean_f1(gold, runs):
    return float(numpy.mean([f1(gold, run) for run in runs]))


def system(random, gold, seeds, right):
    """Models that share most of their mistakes."""
    hard = random.random(len(gold)) > right
    return [numpy.where(hard ^ (random.random(len(gold)) < 0.1), 1 - gold, gold) for _ in range(seeds)]


def bootstrap(random, gold, runs, others, replicates):
    """Seeds (one fewer than there are) and rows drawn with replacement; percentiles of the mean F1 or of a difference."""
    values = []
    n, seeds = len(gold), len(runs)
    for _ in range(replicates):
        rows = random.integers(0, n, n)
        drawn = random.integers(0, seeds, max(1, seeds - 1))
        value = numpy.mean([f1(gold[rows], runs[s][rows]) for s in drawn])
        if others is not None:
            value -= numpy.mean([f1(gold[rows], others[s][rows]) for s in drawn])
        values.append(value)
    values = numpy.array(values)
    return values, [float(v) for v in numpy.percentile(values, [2.5, 97.5])]


def main():
    random = numpy.random.default_rng(5)
    cases = []
    for rows, seeds, right_a, right_b in [(9, 1, 0.9, 0.6), (12, 3, 0.8, 0.6), (186, 5, 0.75, 0.68), (60, 4, 0.7, 0.7), (150, 1, 0.8, 0.7)]:
        gold = random.integers(0, 2, rows)
        a, b = system(random, gold, seeds, right_a), system(random, gold, seeds, right_b)
        scores = [f1(gold, run) for run in a]
        case = {
            "gold": gold.tolist(), "a": [r.tolist() for r in a], "b": [r.tolist() for r in b],
            "scores": [float(s) for s in scores], "mean": float(numpy.mean(scores)),
            "deviation": float(numpy.std(scores, ddof=1)) if seeds > 1 else None,
        }
        _, case["interval"] = bootstrap(random, gold, a, None, 40000)
        drawn, case["difference_interval"] = bootstrap(random, gold, a, b, 40000)
        observed = mean_f1(gold, a) - mean_f1(gold, b)
        case["difference"] = observed
        case["p"] = float((numpy.sum(numpy.abs(drawn - observed) >= abs(observed) - 1e-12) + 1) / (len(drawn) + 1))

        # The exchange, by scipy: what is permuted within pairs is a row's answers of all
        # seeds, coded as one number.
        code = lambda runs: sum(run * (1 << s) for s, run in enumerate(runs))
        decode = lambda column: [(column.astype(int) >> s) & 1 for s in range(seeds)]
        statistic = lambda x, y: mean_f1(gold, decode(x)) - mean_f1(gold, decode(y))
        exact = rows <= 12
        result = stats.permutation_test(
            (code(a), code(b)), statistic, permutation_type="samples", vectorized=False,
            n_resamples=numpy.inf if exact else 20000, rng=numpy.random.default_rng(1))
        case["exchange"], case["exact"] = float(result.pvalue), exact
        cases.append(case)

    corrections = []
    for p in [[0.01, 0.04, 0.03, 0.005], [0.2], [0.5, 0.5, 0.01], [0.04, 0.04, 0.04], list(random.random(12) ** 3)]:
        corrections.append({"p": [float(x) for x in p], "holm": [float(x) for x in multipletests(p, method="holm")[1]]})
    json.dump({"cases": cases, "holm": corrections}, sys.stdout)
    sys.stdout.write("\n")


main()
