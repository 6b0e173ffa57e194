"""Writes what training with a layer-wise learning rate gives, with PyTorch and transformers.

    python layer_decay_reference.py --testdata model/testdata

As adapted_reference.py, whose code it uses, with a parameter group for each depth. Writes
model/testdata/layer_decay.json.
"""
import argparse
import json
import pathlib

from adapted_reference import run

CASES = [
    {"name": "all layers", "layer_decay": 0.7},
    {"name": "one layer is frozen", "frozen": 2, "layer_decay": 0.6},
    {"name": "heads alone", "frozen": -1, "layer_decay": 0.5},
]

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--testdata", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    reference = json.loads((arguments.testdata / "tiny.json").read_text())
    cases = [run(arguments.testdata, case, reference["batches"]) for case in CASES]
    (arguments.testdata / "layer_decay.json").write_text(json.dumps(cases, indent=1) + "\n")
