"""Writes the ids that transformers' AutoTokenizer of a folder gives for texts, cut to the folder's own length.

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
texts = json.load(sys.stdin)
json.dump([tokenizer(text, truncation=tokenizer.model_max_length < 1e9)["input_ids"] for text in texts], sys.stdout)
