"""Loads an exported folder with transformers and prints its logits as JSON.

    python check_export.py FOLDER '[[101, 2023, 102], [101, 102]]'

Prints {"architecture": …, "labels": [...], "logits": [[...], ...], "missing": [...], "unexpected": [...]},
one row of logits for each list of token ids, in eval mode. Exit code 1 when transformers had to
invent or leave out a weight. Needs torch and transformers.
"""

import json
import sys

import torch
from transformers import AutoConfig, AutoTokenizer, BertForSequenceClassification


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, texts = sys.argv[1], json.loads(sys.argv[2])
    config = AutoConfig.from_pretrained(folder)
    AutoTokenizer.from_pretrained(folder)  # the folder must be whole: it raises where it is not
    model, info = BertForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    model.eval()
    with torch.no_grad():
        logits = [model(torch.tensor([ids])).logits[0].tolist() for ids in texts]
    print(json.dumps({
        "architecture": config.architectures[0],
        "labels": [config.id2label[i] for i in range(config.num_labels)],
        "logits": logits,
        "missing": sorted(info["missing_keys"]),
        "unexpected": sorted(info["unexpected_keys"]),
    }))
    if info["missing_keys"] or info["unexpected_keys"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
