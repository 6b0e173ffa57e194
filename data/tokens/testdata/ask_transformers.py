"""Writes the ids that transformers' AutoTokenizer of a folder gives for texts, cut to the folder's own length, and makes
sure that it shows special tokens by their names.

    python ask_transformers.py FOLDER < texts.json > ids.json
    python ask_transformers.py FOLDER... < texts.json > ids.json    # a list of texts, and of ids, for each
"""

import json
import logging
import os
import sys
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")
from transformers import AutoTokenizer

logging.disable(logging.WARNING)


def ask(folder, texts):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for key in ("cls_token", "sep_token", "unk_token", "mask_token"):
        name, id = getattr(tokenizer, key), getattr(tokenizer, key + "_id")
        if tokenizer.decode([id]) != name or tokenizer.decode([id], skip_special_tokens=True) != "":
            sys.exit(f"{folder}: {key} {name} is shown as {tokenizer.decode([id])!r}")
    return [tokenizer(text, truncation=tokenizer.model_max_length < 1e9)["input_ids"] for text in texts]


texts = json.load(sys.stdin)
folders = sys.argv[1:]
json.dump(ask(folders[0], texts) if len(folders) == 1 else [ask(*pair) for pair in zip(folders, texts, strict=True)], sys.stdout)
