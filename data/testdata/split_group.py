"""Computes the split by group that group_test.go pins, from its description alone.

Usage: python3 split_group.py
"""
import hashlib
import struct
from fractions import Fraction

# 12 groups of 1 to 6 rows; the class of a row depends on row and group.
rows = []
for g in range(12):
    for k in range(1 + (g * 5) % 6):
        rows.append((len(rows), f"group {g}", int((len(rows) + g) % 3 == 0)))
shares = [Fraction(6, 10), Fraction(2, 10), Fraction(2, 10)]


def draw(group, seed=13):
    return hashlib.sha256(b"split group\0" + struct.pack("<Q", seed) + group.encode()).digest()[:8]


names = sorted({r[1] for r in rows}, key=lambda g: (-sum(r[1] == g for r in rows), draw(g), g))
whole = [sum(r[2] == c for r in rows) for c in (0, 1)]
have = [[], [], []]


def imbalance(parts):
    """Of all rows (which count like all classes together) and of each class, what each part
    has against its share of what has been dealt."""
    dealt = [r for part in parts for r in part]
    total = Fraction(0)
    for share, part in zip(shares, parts):
        off = len(part) - share * len(dealt)
        total += 2 * off * off / share / len(rows)
        for c in (0, 1):
            off = sum(r[2] == c for r in part) - share * sum(r[2] == c for r in dealt)
            total += off * off / share / whole[c]
    return total


for name in names:
    of = [r for r in rows if r[1] == name]
    costs = [imbalance([part + of * (p == q) for q, part in enumerate(have)]) for p in range(3)]
    have[costs.index(min(costs))] += of

for part in have:
    print(sorted(r[0] for r in part))
