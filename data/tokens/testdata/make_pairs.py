"""Asks transformers for the ids and token types of pairs of texts, of each tokenizer over WordPiece, and writes pairs.json.

    python make_pairs.py

Those of byte-level BPE and unigram tokenizers are in pipelines.json (make_pipelines.py). The folders' files are in
pairs.json themselves. Pairs are hard cases of make_reference.py, each with its neighbour, and long with short ones.
"""

import hashlib
import json
import os
import struct
import sys
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
from transformers import AutoTokenizer

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_reference

HERE = os.path.dirname(os.path.abspath(__file__))
LIMITS = (0, 3, 4, 5, 8, 9, 16, 33)
SHOWN = 4  # pairs whose ids are kept; of the others a hash

vocabulary = open(os.path.join(HERE, "small", "vocab.txt"), encoding="utf-8").read().splitlines()
ids = {piece: i for i, piece in enumerate(vocabulary)}
fairseq = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[MASK]": "<mask>"}
mpnet = [fairseq.get(piece, piece) for piece in vocabulary]


def fast(processor):
    """tokenizer.json of a BERT, with another post-processor."""
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": ids[t], "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
                         for t in make_reference.SPECIAL],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": processor, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": ids},
    }


def template(separators, kind):
    part = lambda what, name, t: {what: {"id": name, "type_id": t}}
    begin = [part("SpecialToken", "[CLS]", 0), part("Sequence", "A", 0)]
    return {"type": "TemplateProcessing", "single": begin + [part("SpecialToken", "[SEP]", 0)],
            "pair": begin + [part("SpecialToken", "[SEP]", 0)] * separators + [part("Sequence", "B", kind), part("SpecialToken", "[SEP]", kind)],
            "special_tokens": {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")}}


ends = {"cls": ["[CLS]", ids["[CLS]"]], "sep": ["[SEP]", ids["[SEP]"]]}
as_file = {"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
text = lambda lines: "\n".join(lines) + "\n"
FOLDERS = {
    "bert": {"vocab.txt": text(vocabulary), "config.json": {"model_type": "bert"}, "tokenizer_config.json": {"tokenizer_class": "BertTokenizer"}},
    "bert-cased": {"vocab.txt": text(vocabulary), "tokenizer_config.json": {"tokenizer_class": "BertTokenizerFast", "do_lower_case": False}},
    "distilbert": {"vocab.txt": text(vocabulary), "config.json": {"model_type": "distilbert"}, "tokenizer_config.json": {"tokenizer_class": "DistilBertTokenizer"}},
    "electra": {"vocab.txt": text(vocabulary), "config.json": {"model_type": "electra"}, "tokenizer_config.json": {"tokenizer_class": "ElectraTokenizer"}},
    "mpnet": {"vocab.txt": text(mpnet), "config.json": {"model_type": "mpnet"}, "tokenizer_config.json": {"tokenizer_class": "MPNetTokenizer"}},
    "file-bert": {"tokenizer.json": fast(dict(ends, type="BertProcessing")), "tokenizer_config.json": as_file},
    "file-roberta": {"tokenizer.json": fast(dict(ends, type="RobertaProcessing", trim_offsets=True, add_prefix_space=False)), "tokenizer_config.json": as_file},
    "file-typed": {"tokenizer.json": fast(template(1, 1)), "tokenizer_config.json": as_file},
    "file-three": {"tokenizer.json": fast(template(3, 0)), "tokenizer_config.json": as_file},
}

cases = list(make_reference.HARD_CASES.values())
pairs = [(a, b) for a, b in zip(cases, cases[1:]) if "\0" not in a + b]  # a zero byte stands between texts here, and is refused in them
pairs += [("I am so sad", "hello world, sorry to hear that " * 20), ("hello world, sorry to hear that " * 20, "I am so sad"), ("the day " * 40, "a good day " * 40)]  # an empty second text is none to transformers, and a bad row here


def block_hash(lists):
    h = hashlib.sha256()
    for one in lists:
        h.update(struct.pack("<i", len(one)) + struct.pack(f"<{len(one)}i", *one))
    return h.hexdigest()[:12]


out = {"pairs": pairs, "shown": SHOWN, "folders": {}}
for name, files in FOLDERS.items():
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files.items():
            with open(os.path.join(folder, file), "w", encoding="utf-8", newline="") as to:
                to.write(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
        tokenizer = AutoTokenizer.from_pretrained(folder)
    one = {"files": {file: content if isinstance(content, str) else json.dumps(content, ensure_ascii=False) for file, content in files.items()},
           "special": tokenizer.num_special_tokens_to_add(pair=True), "limits": {}}
    for most in LIMITS:
        if most and most < one["special"]:
            continue
        # One by one: a batch is cut otherwise by some versions.
        got = [tokenizer(a, b, return_token_type_ids=True, **({"truncation": "longest_first", "max_length": most} if most else {})) for a, b in pairs]
        both = [[list(g["input_ids"]), list(g["token_type_ids"])] for g in got]
        one["limits"][most] = {"first": both[:SHOWN], "hash": block_hash([i + t for i, t in both])}
    out["folders"][name] = one
    print(name, one["special"], type(tokenizer).__name__)
with open(os.path.join(HERE, "pairs.json"), "w") as to:
    json.dump(out, to, ensure_ascii=True, separators=(",", ":"))
