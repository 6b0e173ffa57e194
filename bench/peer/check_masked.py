"""Loads a pretrained folder with transformers and tells a sentence's masked words.

    python check_masked.py FOLDER ['a sentence with [MASK] in it']

Prints {"architecture": …, "missing": [...], "unexpected": [...], "tied": …, "told": [[word, …], …]}. Exit
code 1 when BertForMaskedLM had to invent a weight, or would leave out one that is not the pooler's
(which it has not, and fine-tuning has). Needs torch and transformers.
"""
import json
import sys

import torch
from transformers import AutoConfig, AutoTokenizer, BertForMaskedLM


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = sys.argv[1]
    text = sys.argv[2] if len(sys.argv) == 3 else "I am so [MASK] to hear that."
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, info = BertForMaskedLM.from_pretrained(folder, output_loading_info=True)
    model.eval()
    encoded = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        logits = model(**encoded).logits[0]
    places = (encoded["input_ids"][0] == tokenizer.mask_token_id).nonzero().flatten().tolist()
    unexpected = sorted(k for k in info["unexpected_keys"] if ".pooler." not in k)
    print(json.dumps({
        "architecture": AutoConfig.from_pretrained(folder).architectures[0],
        "missing": sorted(info["missing_keys"]), "unexpected": unexpected,
        "tied": model.cls.predictions.decoder.weight.data_ptr() == model.bert.embeddings.word_embeddings.weight.data_ptr(),
        "told": [tokenizer.convert_ids_to_tokens(logits[p].topk(5).indices.tolist()) for p in places],
    }))
    if info["missing_keys"] or unexpected:
        sys.exit(1)


if __name__ == "__main__":
    main()
