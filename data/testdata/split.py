"""Computes the split that split_test.go pins, from its description alone.

Usage: python3 split.py
"""
import hashlib
import struct

rows = [(i, f"text {i}", i % 3 // 2) for i in range(30)]


def draw(purpose, text, seed=13):
    return hashlib.sha256(purpose + b"\0" + struct.pack("<Q", seed) + text.encode()).digest()[:8]


# Class 0 has 20 rows: 16 / 2 / 2. Class 1 has 10: 8 / 1 / 1. No rounding is needed.
parts = {"train": [], "valid": [], "test": []}
for label, sizes in {0: (16, 2, 2), 1: (8, 1, 1)}.items():
    ordered = sorted((r for r in rows if r[2] == label), key=lambda r: draw(b"split", r[1]))
    for name, size in zip(parts, sizes):
        parts[name] += ordered[:size]
        ordered = ordered[size:]

# Limit 6 of 24 (16 and 8): 4 of class 0 and 2 of class 1.
train = []
for label, size in {0: 4, 1: 2}.items():
    of_class = [r for r in parts["train"] if r[2] == label]
    train += sorted(of_class, key=lambda r: draw(b"limit", r[1]))[:size]
parts["train"] = train

for name, part in parts.items():
    print(name, sorted(r[0] for r in part))
