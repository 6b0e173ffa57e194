"""Writes what a transformers pipeline answers from a folder: {label: probability} a text.

    python make_pipeline.py FOLDER < texts.json > answers.json
    python make_pipeline.py FOLDER... < texts.json > answers.json    # a list of texts, and of answers, for each
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


def answers(folder, texts):
    ask = pipeline("text-classification", model=folder, top_k=None, truncation=True, device="cpu")
    return [{a["label"]: a["score"] for a in answer} for answer in ask(texts)]


texts = json.load(sys.stdin)
folders = sys.argv[1:]
json.dump(answers(folders[0], texts) if len(folders) == 1 else [answers(*pair) for pair in zip(folders, texts, strict=True)], sys.stdout)
