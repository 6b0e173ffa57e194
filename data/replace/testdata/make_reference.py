"""Writes reference.json: what Hugging Face's library makes of texts with the patterns of this package.

    python make_reference.py reference.json < steps_and_texts.json     (replace_test.go -update does)
"""

import json
import sys

import tokenizers
from tokenizers import Regex, normalizers

asked = json.load(sys.stdin)
answers = []
for step in asked["steps"]:
    pattern = step["Literal"] or Regex(step["Regex"])
    replace = normalizers.Replace(pattern, step["With"])
    answers.append([replace.normalize_str(text) for text in asked["texts"]])
with open(sys.argv[1], "w", encoding="utf-8") as out:
    json.dump({"tokenizers": tokenizers.__version__, "answers": answers}, out, ensure_ascii=False, indent=0)
    out.write("\n")
