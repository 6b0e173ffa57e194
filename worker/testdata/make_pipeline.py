"""Writes what a transformers pipeline answers from a folder: {label: probability} a text.

    python make_pipeline.py FOLDER < texts.json > answers.json
"""

import json
import logging
import os
import sys
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")
from transformers import pipeline

logging.disable(logging.WARNING)
ask = pipeline("text-classification", model=sys.argv[1], top_k=None, truncation=True, device="cpu")
json.dump([{a["label"]: a["score"] for a in answer} for answer in ask(json.load(sys.stdin))], sys.stdout)
