"""Writes the ids that transformers' AutoTokenizer of a folder gives for texts, cut to the folder's own length, and makes
sure that it shows special tokens by their names.

    python ask_transformers.py FOLDER < texts.json > ids.json
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
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
for key in ("cls_token", "sep_token", "unk_token", "mask_token"):
    name, id = getattr(tokenizer, key), getattr(tokenizer, key + "_id")
    if tokenizer.decode([id]) != name or tokenizer.decode([id], skip_special_tokens=True) != "":
        sys.exit(f"{key} {name} is shown as {tokenizer.decode([id])!r}")
texts = json.load(sys.stdin)
json.dump([tokenizer(text, truncation=tokenizer.model_max_length < 1e9)["input_ids"] for text in texts], sys.stdout)
