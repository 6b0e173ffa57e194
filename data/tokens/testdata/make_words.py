"""Writes words.json: where words begin in texts, as transformers' masking of whole words has it, for each tokenizer.

    python make_words.py

Of WordPiece a token begins a word unless it begins with ##, as DataCollatorForWholeWordMask of transformers 4 and BERT
have it. Of RoBERTa's tokenizers a word begins where the offsets of a token do not join those of the token before it, as
DataCollatorForLanguageModeling(whole_word_mask=True) of transformers 5 has it. The others count the space before a word
to the word, so that their offsets always join and transformers would find one word in a text: for them, by that space.
Left out are tabs, which join for transformers, and characters of several tokens, whose offsets overlap.
"""

import json
import os
import sys
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import numpy
from transformers import AutoTokenizer, DataCollatorForLanguageModeling

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_reference

HERE = os.path.dirname(os.path.abspath(__file__))
TEXTS = [
    "I feel so sorry to hear that!", "unbelievable feelings, tokenized sadly; don't you think?", "Hello world... well-known 3.5 times",
    "at http://a.b/c?d=e&f=1 we met", "naïve café résumé", "two  spaces   and three", "a", "100 wide letters and unbelievably long constructions",
    "tokenizers (tokenized) \"quoted\" 'single' #tag @user",
]
out = {"texts": TEXTS, "folders": {}}


def begins_of(tokenizer, wordpiece, gaps=False):
    lists = []
    for text in TEXTS:
        encoded = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True)
        pieces = tokenizer.convert_ids_to_tokens(encoded["input_ids"])
        special = encoded["special_tokens_mask"]
        if wordpiece:
            begins = [not p.startswith("##") for p in pieces]
        elif not gaps:
            begins = [p[0] in "▁Ġ" or p.isspace() or i > 0 and (bool(special[i - 1]) or pieces[i - 1].isspace()) for i, p in enumerate(pieces)]
        else:
            ids, no = DataCollatorForLanguageModeling._calc_word_ids_and_prob_mask(numpy.array([encoded["offset_mapping"]]), numpy.array([special]))
            begins = [not n for n in no[0]]
        lists.append([int(b and not s) for b, s in zip(begins, special)])
    return lists


with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(HERE, "small", "vocab.txt"), encoding="utf-8") as vocabulary, open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as to:
        to.write(vocabulary.read())
    json.dump({"tokenizer_class": "BertTokenizer"}, open(os.path.join(folder, "tokenizer_config.json"), "w"))
    out["folders"]["small"] = begins_of(AutoTokenizer.from_pretrained(folder), True)
for name in sorted(os.listdir(os.path.join(HERE, "pipelines"))):
    out["folders"][name] = begins_of(AutoTokenizer.from_pretrained(os.path.join(HERE, "pipelines", name)), False, name.startswith("roberta"))
with open(os.path.join(HERE, "words.json"), "w") as to:
    json.dump(out, to, ensure_ascii=True, separators=(",", ":"))
    to.write("\n")
