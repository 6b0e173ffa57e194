"""What a text-classification pipeline of transformers says of texts, as JSON.

    python pipeline_scores.py FOLDER '["a text", {"text": "one", "text_pair": "with another"}]'

Prints one object of label and score for each text. The pipeline chooses softmax, sigmoid or nothing by the
problem_type of the folder's config.json.
"""
import json
import sys

from transformers import pipeline

ask = pipeline("text-classification", model=sys.argv[1], top_k=None, truncation=True)
print(json.dumps([{a["label"]: a["score"] for a in answer} for answer in ask(json.loads(sys.argv[2]))]))
