"""Loads the folder DIR as transformers does and prints what it computes, for model's tests.

    python check_export.py sequence|masked DIR < examples.json

The output is a JSON object: the class, the tensors that were missing or left over, and the logits
of each text, or for a masked language model each text's loss. Needs torch and transformers.
"""
import json
import sys

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForMaskedLM, AutoModelForSequenceClassification

kind, folder = sys.argv[1:]
loader = AutoModelForSequenceClassification if kind == "sequence" else AutoModelForMaskedLM
model, info = loader.from_pretrained(folder, output_loading_info=True, attn_implementation="eager")
model.eval()
values = []
with torch.no_grad():
    for e in json.load(sys.stdin):
        logits = model(input_ids=torch.tensor([e["ids"]])).logits[0]
        if kind == "sequence":
            values.append(logits.tolist())
        else:
            values.append([cross_entropy(logits[e["masked"]], torch.tensor(e["words"]), reduction="sum").item()])
print(json.dumps({"class": type(model).__name__, "missing": sorted(info["missing_keys"]),
                  "unexpected": sorted(info["unexpected_keys"]), "values": values}))
