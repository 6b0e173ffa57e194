"""Writes folders.jsonl: model folders whose tokenizers are declared in many ways, and the ids that transformers gives.

    python make_folders.py save OUT        folders as this version of transformers saves them, for `reference`
    python make_folders.py reference [--saved OUT ...] [--otherwise FILE] folders.jsonl

`reference` takes the ids from the transformers it runs with (5.23 for the file in the repository); --saved adds folders
that `save` made, with this version or another (4.57.3 and 5.23 for the file in the repository), and --otherwise the
answers of another version's `reference` where this one cannot read a folder (4.57.3).
"""

import argparse
import hashlib
import json
import logging
import os
import pathlib
import random
import struct
import tempfile
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")
import transformers
from transformers import AutoTokenizer

logging.disable(logging.WARNING)

PIECES = ("[PAD] [UNK] [CLS] [SEP] [MASK] hello world sad day the un ##happy ##s ##ing url user e1 a b c d e m h w x t "
          "##a ##b ##c ##e ##x ##llo ##rl ##day Hello World SAD [E1] <s> </s> <unk> < > [ ] / @ _ - . , ! ? : & # ' é ##é "
          "É 世 界 ##界 1 2 3 E 😀").split()

TEXTS = [
    "", " ", "hello world", "Hello WORLD, sad day!", "hello <url> and @user_tok there", "[E1] hits [E2]", "[e1] [E2]x",
    "a [MASK] day", "a [mask] b [SEP]c[CLS]", "x<url>y <URL> < url > <Url>", "hello  <url>  world", "\t<url>\n@user_tok ",
    "unhappy_day unhappydays", "sad day sad  day SAD DAY", "@user_token @user_tok, a@user_tok", "世界hello世", "Éé e\u0301 <é> <É>",
    "<url><url>@user_tok<url>", "h\u200bello<\u200burl>", "😀 😀😀 hello😀", "<s> hello </s> <unk> <pad>", "newtok newtoks anewtok NEWTOK",
    "e1 [E1][E1]\u00a0[E1]", "a" * 101 + " " + "a" * 100, "new tok, new  tok", "é<url>é _<url>_ \u0301<url>1",
]

VOCABULARY = {piece: i for i, piece in enumerate(PIECES)}
NAMES = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
SIZE = len(PIECES)


def token(content, **flags):
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False, **flags}


def listed(tokens):
    """Added tokens with the ids that they get: the vocabulary's, else the next."""
    out, after = [], SIZE
    for t in tokens:
        id = VOCABULARY.get(t["content"], after)
        after += t["content"] not in VOCABULARY
        out.append((id, t))
    return out


STANDARD = [token(n, special=True) for n in PIECES[:5]]


def fast(tokens=STANDARD, vocabulary=None, normalizer=None, cls="[CLS]", sep="[SEP]", **change):
    vocabulary = VOCABULARY if vocabulary is None else vocabulary
    ids = {t["content"]: id for id, t in listed(tokens)} | vocabulary
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": id, **t} for id, t in sorted(listed(tokens), key=lambda p: p[0])],
        "normalizer": normalizer or bert_normalizer(), "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": cls, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": sep, "type_id": 0}}],
            "pair": [{"SpecialToken": {"id": cls, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": sep, "type_id": 0}},
                     {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": sep, "type_id": 1}}],
            "special_tokens": {n: {"id": n, "ids": [ids.get(n, 0)], "tokens": [n]} for n in (cls, sep)},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary},
        **change,
    }


def bert_normalizer(**change):
    return {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True, **change}


def decoder(tokens):
    return {str(id): t for id, t in listed(tokens)}


def numbered(tokens):
    return {t["content"]: id for id, t in listed(tokens) if id >= SIZE}


URL, USER, E1, E2 = "<url>", "@user_tok", "[E1]", "[E2]"
PLAIN = "\n".join(PIECES) + "\n"
BERT, FILE = {"tokenizer_class": "BertTokenizer"}, {"tokenizer_class": "PreTrainedTokenizerFast"}


def named():
    """Folders one by one: name, files."""
    both = [token(URL), token(USER)]
    text = {"vocab.txt": PLAIN}
    yield "vocab.txt alone", text
    yield "vocab.txt with CRLF", {"vocab.txt": PLAIN.replace("\n", "\r\n")}
    yield "vocab.txt without a last newline", {"vocab.txt": PLAIN[:-1]}
    yield "vocab.txt with an empty last line", {"vocab.txt": PLAIN + "\n", "added_tokens.json": {URL: SIZE + 1}}
    yield "a piece twice", {"vocab.txt": PLAIN + "hello\n"}
    yield "a piece twice and an added token", {"vocab.txt": PLAIN + "hello\nmore\n", "added_tokens.json": {URL: SIZE + 2}}
    yield "a piece twice at the end and an added token", {"vocab.txt": PLAIN + "hello\n", "added_tokens.json": {URL: SIZE}}
    yield "a piece that ends in a space", {"vocab.txt": PLAIN.replace("hello\n", "hello \n")}
    yield "a carriage return in a line", {"vocab.txt": PLAIN.replace("hello\nworld\n", "hello\rworld\n")}
    yield "tokenizer.json alone", {"tokenizer.json": fast()}
    yield "tokenizer.json alone, with its class", {"tokenizer.json": fast(), "tokenizer_config.json": BERT}
    yield "tokenizer.json as it says", {"tokenizer.json": fast(), "tokenizer_config.json": {**FILE, **NAMES}}
    yield "tokenizer.json as it says, without names", {"tokenizer.json": fast(), "tokenizer_config.json": FILE}
    yield "TokenizersBackend", {"tokenizer.json": fast(), "tokenizer_config.json": {"tokenizer_class": "TokenizersBackend"}}
    yield "a class of config.json", {"tokenizer.json": fast(normalizer=bert_normalizer(lowercase=False)), "config.json": {"model_type": "bert", "tokenizer_class": "PreTrainedTokenizerFast"}}
    for other in ("BertJapaneseTokenizer", "MPNetTokenizer", "DistilBertTokenizer", "ElectraTokenizerFast", "PreTrainedTokenizer"):
        yield other, {**text, "tokenizer.json": fast(), "tokenizer_config.json": {"tokenizer_class": other}}
    for lower in (True, False):
        for config in ({}, {"do_lower_case": True}, {"do_lower_case": False}):
            for kind in (BERT, FILE):
                yield f"normalizer {'lowers' if lower else 'keeps case'}, {kind['tokenizer_class']} {config}", {
                    "tokenizer.json": fast(normalizer=bert_normalizer(lowercase=lower)), "tokenizer_config.json": {**kind, **config}}
    for key, value in (("strip_accents", False), ("strip_accents", True), ("tokenize_chinese_chars", False), ("do_lower_case", False)):
        yield f"config {key} {value}", {**text, "tokenizer_config.json": {key: value}}
        yield f"config {key} {value}, tokenizer.json", {"tokenizer.json": fast(), "tokenizer_config.json": {**BERT, key: value}}
    yield "normalizer without clean_text", {"tokenizer.json": fast(normalizer=bert_normalizer(clean_text=False))}
    yield "normalizer without clean_text, as it says", {"tokenizer.json": fast(normalizer=bert_normalizer(clean_text=False)), "tokenizer_config.json": FILE}
    yield "normalizer keeps accents, as it says", {"tokenizer.json": fast(normalizer=bert_normalizer(strip_accents=False)), "tokenizer_config.json": FILE}
    yield "normalizer keeps ideographs, as it says", {"tokenizer.json": fast(normalizer=bert_normalizer(handle_chinese_chars=False)), "tokenizer_config.json": FILE}
    replacing = {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "hello"}, "content": "sad [MASK]"},
                                                     {"type": "Replace", "pattern": {"String": "."}, "content": "$1"}, bert_normalizer()]}
    for kind in (BERT, FILE):
        yield f"normalizer replaces, {kind['tokenizer_class']}", {"tokenizer.json": fast(normalizer=replacing), "tokenizer_config.json": kind}
    after = {"type": "Sequence", "normalizers": [bert_normalizer(), {"type": "Replace", "pattern": {"String": "hello"}, "content": "Hello\u3000[MASK]\tSAD day"},
                                                 {"type": "Replace", "pattern": {"String": "sad"}, "content": "\u2028\u200bÉ"}]}
    yield "normalizer replaces at its end", {"tokenizer.json": fast(STANDARD + [token(URL, normalized=True)], normalizer=after), "tokenizer_config.json": FILE}
    for other in ({"type": "Lowercase"}, {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}]},
                  {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"Regex": "[aeiou]"}, "content": ""}, bert_normalizer()]},
                  {"type": "Sequence", "normalizers": [bert_normalizer(), {"type": "Strip", "strip_left": True, "strip_right": True}]}):
        yield f"normalizer {json.dumps(other)[:60]}", {"tokenizer.json": fast(normalizer=other), "tokenizer_config.json": FILE}
    for pre in ({"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}, None):
        yield f"pre_tokenizer {pre and pre['type']}", {"tokenizer.json": fast(pre_tokenizer=pre), "tokenizer_config.json": FILE}
    yield "pre_tokenizer Whitespace, BertTokenizer", {"tokenizer.json": fast(pre_tokenizer={"type": "Whitespace"})}
    yield "BertProcessing", {"tokenizer.json": fast(post_processor={"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}), "tokenizer_config.json": FILE}
    yield "RobertaProcessing", {"tokenizer.json": fast(post_processor={"type": "RobertaProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2], "trim_offsets": True, "add_prefix_space": False}), "tokenizer_config.json": FILE}
    yield "no post_processor", {"tokenizer.json": fast(post_processor=None), "tokenizer_config.json": FILE}
    yield "no post_processor, BertTokenizer", {"tokenizer.json": fast(post_processor=None)}
    other = fast()
    other["post_processor"]["special_tokens"]["[SEP]"]["ids"] = [7]
    yield "post_processor with another id", {"tokenizer.json": other}
    yield "post_processor with another id, as it says", {"tokenizer.json": other, "tokenizer_config.json": FILE}
    yield "words of 5 characters, as it says", {"tokenizer.json": fast(model={**fast()["model"], "max_input_chars_per_word": 5}), "tokenizer_config.json": FILE}
    yield "words of 5 characters", {"tokenizer.json": fast(model={**fast()["model"], "max_input_chars_per_word": 5})}
    yield "another prefix", {"tokenizer.json": fast(model={**fast()["model"], "continuing_subword_prefix": "@@"}), "tokenizer_config.json": FILE}
    yield "BPE", {"tokenizer.json": fast(model={"type": "BPE", "unk_token": "[UNK]", "vocab": VOCABULARY, "merges": []}), "tokenizer_config.json": FILE}
    yield "Unigram", {"tokenizer.json": fast(model={"type": "Unigram", "unk_id": 1, "vocab": [[p, -1.0] for p in PIECES]}), "tokenizer_config.json": FILE}
    yield "model without a type", {"tokenizer.json": fast(model={k: v for k, v in fast()["model"].items() if k != "type"}), "tokenizer_config.json": FILE}
    gap = {p: i + 10 * (i > 40) for p, i in VOCABULARY.items()}
    yield "a vocabulary with a gap", {"tokenizer.json": fast(vocabulary=gap)}
    yield "a vocabulary with a gap and an added token", {"tokenizer.json": fast(vocabulary=gap), "added_tokens.json": {URL: SIZE + 10}}
    yield "two pieces with one id", {"tokenizer.json": fast(vocabulary={**VOCABULARY, "hello": 9})}
    yield "another vocab.txt", {"vocab.txt": PLAIN.replace("hello\nworld\n", "world\nhello\n"), "tokenizer.json": fast()}
    yield "a longer vocab.txt", {"vocab.txt": PLAIN + "more\n", "tokenizer.json": fast()}

    yield "added_tokens.json", {**text, "added_tokens.json": numbered(both), "tokenizer_config.json": {**BERT, "do_lower_case": True}, "special_tokens_map.json": NAMES}
    yield "added_tokens.json, cased", {**text, "added_tokens.json": numbered(both), "tokenizer_config.json": {**BERT, "do_lower_case": False}}
    yield "added_tokens.json with tokenizer.json", {"tokenizer.json": fast(), "added_tokens.json": numbered(both)}
    yield "added_tokens.json with another id", {**text, "added_tokens.json": {URL: SIZE + 4}}
    yield "added_tokens.json with a piece's id", {**text, "added_tokens.json": {URL: 7}}
    yield "added_tokens.json of a piece", {**text, "added_tokens.json": {"hello": 5}}
    yield "added_tokens.json of a special token", {**text, "added_tokens.json": {"[MASK]": 4}}
    yield "added_tokens.json of a named special token", {**text, "added_tokens.json": {"[MASK]": 4}, "special_tokens_map.json": NAMES}
    yield "two cases of one token", {**text, "added_tokens.json": {"<url>": SIZE, "<URL>": SIZE + 1}}
    yield "two cases of one token, cased", {**text, "added_tokens.json": {"<url>": SIZE, "<URL>": SIZE + 1}, "tokenizer_config.json": {"do_lower_case": False}}
    yield "additional_special_tokens of the map", {**text, "special_tokens_map.json": {**NAMES, "additional_special_tokens": [E1, E2]}, "added_tokens.json": {E2: SIZE}}
    yield "additional_special_tokens of the config", {**text, "tokenizer_config.json": {**BERT, "additional_special_tokens": [E1, E2]}, "added_tokens.json": {E2: SIZE}}
    yield "additional_special_tokens without ids", {**text, "tokenizer_config.json": {**BERT, "additional_special_tokens": [E1, E2, URL]}}
    yield "additional_special_tokens of both", {**text, "tokenizer_config.json": {"additional_special_tokens": [E2, URL]}, "special_tokens_map.json": {"additional_special_tokens": [E1, USER]}}
    yield "extra_special_tokens", {**text, "tokenizer_config.json": {**BERT, "extra_special_tokens": [USER, E2]}}
    yield "extra_special_tokens by name", {**text, "tokenizer_config.json": {**BERT, "extra_special_tokens": {"url_token": URL}}}
    yield "a token of its own key", {**text, "tokenizer_config.json": {**BERT, "url_token": URL, "add_bos_token": True}}
    yield "bos_token", {**text, "tokenizer_config.json": {**BERT, "bos_token": "<s>", "eos_token": "</s>"}}
    yield "bos_token without an id", {**text, "tokenizer_config.json": {**BERT, "bos_token": "<begin>"}}
    yield "added tokens in tokenizer.json", {"tokenizer.json": fast(STANDARD + both)}
    yield "added tokens in tokenizer.json, as it says", {"tokenizer.json": fast(STANDARD + both), "tokenizer_config.json": FILE}
    yield "added tokens in tokenizer.json and not in the decoder", {"tokenizer.json": fast(STANDARD + both), "tokenizer_config.json": {**BERT, "added_tokens_decoder": decoder(STANDARD)}}
    yield "decoder", {**text, "tokenizer_config.json": {**BERT, "added_tokens_decoder": decoder(STANDARD + both)}}
    yield "decoder without the special tokens", {**text, "tokenizer_config.json": {**BERT, "added_tokens_decoder": decoder(both)}}
    yield "decoder beside the other files", {**text, "tokenizer_config.json": {**BERT, "added_tokens_decoder": decoder(STANDARD)}, "added_tokens.json": {URL: SIZE},
                                             "special_tokens_map.json": {**NAMES, "additional_special_tokens": [E1]}}
    yield "decoder with a gap", {**text, "tokenizer_config.json": {**BERT, "added_tokens_decoder": {str(SIZE + 1): token(URL)}}}
    yield "decoder with tokenizer.json, as it says", {"tokenizer.json": fast(STANDARD + both), "tokenizer_config.json": {**FILE, "added_tokens_decoder": decoder(STANDARD + [token(URL, lstrip=True), token(USER, single_word=True)])}}
    for flag in ("single_word", "lstrip", "rstrip", "normalized", "special"):
        flagged = [token(URL, **{flag: True}), token(USER, **{flag: True}), token("new tok", **{flag: True}), token("sad", **{flag: True}), token("世", **{flag: True}), token("<é>", **{flag: True})]
        yield f"{flag} tokens in the decoder", {**text, "tokenizer_config.json": {**BERT, "added_tokens_decoder": decoder(STANDARD + flagged)}}
        yield f"{flag} tokens in tokenizer.json", {"tokenizer.json": fast(STANDARD + flagged), "tokenizer_config.json": FILE}
        yield f"{flag} [MASK]", {**text, "tokenizer_config.json": {**BERT, "added_tokens_decoder": decoder(STANDARD[:4] + [token("[MASK]", **{"special": True, flag: True})])}}
        yield f"{flag} [MASK] in the map", {**text, "special_tokens_map.json": {**NAMES, "mask_token": token("[MASK]", **{flag: True})}}
    yield "a token of which nothing is left", {**text, "added_tokens.json": {"\u200b": SIZE}}
    yield "an empty token", {**text, "added_tokens.json": {"": SIZE}}
    yield "longer token wins", {**text, "added_tokens.json": {"<url>x": SIZE, "<url>": SIZE + 1, "<url><url>": SIZE + 2}}

    others = {"unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "a", "mask_token": "[E1]"}
    yield "other special tokens", {**text, "tokenizer_config.json": {**BERT, **others}}
    yield "other special tokens in the map", {**text, "special_tokens_map.json": others}
    yield "other special tokens, tokenizer.json of BERT's", {"tokenizer.json": fast(), "tokenizer_config.json": {**BERT, **others}}
    yield "other special tokens, their tokenizer.json", {"tokenizer.json": fast([token(v, special=True) for v in others.values()], cls="<s>", sep="</s>", model={**fast()["model"], "unk_token": "<unk>"}), "tokenizer_config.json": {**BERT, **others}}
    yield "other special tokens, as it says", {"tokenizer.json": fast([token(v, special=True) for v in others.values()], cls="<s>", sep="</s>", model={**fast()["model"], "unk_token": "<unk>"}), "tokenizer_config.json": {**FILE, **others}}
    yield "map beside decoder", {**text, "tokenizer_config.json": {**BERT, "added_tokens_decoder": decoder(STANDARD)}, "special_tokens_map.json": others}
    for key in NAMES:
        yield f"{key} null", {**text, "tokenizer_config.json": {**BERT, key: None}}
        yield f"{key} not in the vocabulary", {"vocab.txt": PLAIN.replace(NAMES[key] + "\n", "more\n")}
    yield "special tokens as objects", {**text, "tokenizer_config.json": {**BERT, **{k: {"__type": "AddedToken", **token(v, special=True)} for k, v in NAMES.items()}}}
    yield "cut on the left", {"tokenizer.json": fast(truncation={"direction": "Left", "max_length": 8, "strategy": "LongestFirst", "stride": 0})}
    yield "truncation and padding in tokenizer.json", {"tokenizer.json": fast(
        truncation={"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0},
        padding={"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}),
        "tokenizer_config.json": {**BERT, "model_max_length": 8}}
    yield "map against config", {**text, "tokenizer_config.json": {**BERT, "mask_token": "[E1]", "cls_token": "<s>"}, "special_tokens_map.json": {"mask_token": "[MASK]", "sep_token": "</s>"}}
    yield "additional_special_tokens as objects", {**text, "special_tokens_map.json": {**NAMES, "additional_special_tokens": [{k: v for k, v in token(c).items() if k != "special"} for c in (E1, URL)]}}
    yield "vocab.txt with a byte order mark", {"vocab.txt": "\ufeff" + PLAIN}
    yield "vocab.txt with empty lines", {"vocab.txt": PLAIN.replace("hello\n", "hello\n\n"), "added_tokens.json": {URL: SIZE + 1}}
    yield "vocab.txt with other line ends", {"vocab.txt": PLAIN.replace("world\n", "world\u2028\n").replace("hello\n", "hel\u0085lo\n")}
    yield "special tokens twice", {"vocab.txt": PLAIN + "[SEP]\n[MASK]\n"}
    yield "added tokens out of order", {"tokenizer.json": {**fast(), "added_tokens": [{"id": SIZE + 1, **token(USER)}, {"id": SIZE, **token(URL)}]}}
    yield "added tokens out of order, as it says", {"tokenizer.json": {**fast(), "added_tokens": [{"id": SIZE + 1, **token(USER)}, {"id": SIZE, **token(URL)}]}, "tokenizer_config.json": FILE}
    yield "an added token twice", {"tokenizer.json": {**fast(), "added_tokens": fast()["added_tokens"] + [{"id": SIZE, **token(URL)}, {"id": SIZE, **token(URL, lstrip=True)}]}, "tokenizer_config.json": FILE}
    yield "do_lower_case of config.json", {**text, "config.json": {"model_type": "bert", "do_lower_case": False}}
    yield "do_basic_tokenize and never_split", {**text, "tokenizer_config.json": {**BERT, "do_basic_tokenize": False, "never_split": ["hello"]}}
    yield "strip_accents null", {**text, "tokenizer_config.json": {**BERT, "do_lower_case": False, "strip_accents": None}}
    yield "do_lower_case null", {**text, "tokenizer_config.json": {**BERT, "do_lower_case": None}}
    yield "do_lower_case of the wrong type", {**text, "tokenizer_config.json": {**BERT, "do_lower_case": "false"}}
    yield "padding on the left", {**text, "tokenizer_config.json": {**BERT, "padding_side": "left"}}
    yield "truncation on the left", {**text, "tokenizer_config.json": {**BERT, "truncation_side": "left"}}
    yield "split_special_tokens", {**text, "tokenizer_config.json": {**BERT, "split_special_tokens": True}}


def scrambled(count):
    """Folders made at random of what stands above."""
    rng = random.Random(20261126)
    contents = [URL, USER, E1, E2, "new tok", "newtok", "sad", "世", "<é>", "[MASK]", "hello", "Hello", "un", "_", "😀", "<s>"]
    for number in range(count):
        chosen = rng.sample(contents, rng.randint(0, 5))
        tokens = [token(c, **{f: rng.random() < 0.3 for f in ("single_word", "lstrip", "rstrip", "normalized", "special")}) for c in chosen]
        tokens = [t for t in STANDARD if t["content"] not in chosen] + tokens
        config, files = dict(rng.choice([BERT, BERT, FILE, {}])), {}
        for key in ("do_lower_case", "strip_accents", "tokenize_chinese_chars"):
            if rng.random() < 0.4:
                config[key] = rng.random() < 0.5
        if rng.random() < 0.3:
            config.update(NAMES)
        layout = rng.choice(["text", "json", "both"])
        if config.get("tokenizer_class") == FILE["tokenizer_class"] and layout == "text":
            layout = "json"
        places = rng.sample(["decoder", "legacy", "json"], rng.randint(1, 2))
        if layout != "text":
            normalizer = bert_normalizer(**{k: rng.random() < 0.5 for k in ("lowercase", "handle_chinese_chars", "strip_accents") if rng.random() < 0.4})
            files["tokenizer.json"] = fast(tokens if "json" in places else STANDARD, normalizer=normalizer)
        if layout != "json":
            files["vocab.txt"] = PLAIN
        if "decoder" in places:
            config["added_tokens_decoder"] = decoder(tokens)
        if "legacy" in places:
            files["added_tokens.json"] = numbered(tokens)
            specials = [t["content"] for t in tokens if t["special"] and t["content"] not in NAMES.values()]
            if specials and rng.random() < 0.7:
                if rng.random() < 0.5:
                    files["special_tokens_map.json"] = {**NAMES, "additional_special_tokens": specials}
                else:
                    config["additional_special_tokens"] = specials
        if config or rng.random() < 0.5:
            files["tokenizer_config.json"] = config
        yield f"scramble {number}", files


def write(folder, files):
    for name, content in {"config.json": {"model_type": "bert"}, **files}.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_bytes(text.encode())


def ids(files):
    """What transformers gives for the texts, or None where it cannot read the folder."""
    with tempfile.TemporaryDirectory() as name:
        write(pathlib.Path(name), files)
        try:
            tokenizer = AutoTokenizer.from_pretrained(name)
            return [tokenizer(text, verbose=False)["input_ids"] for text in TEXTS]
        except BaseException as error:  # Rust's panics are no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            return None


def short(lists):
    h = hashlib.sha256()
    for one in lists:
        h.update(struct.pack(f"<{1 + len(one)}i", len(one), *one))
    return h.hexdigest()[:16]


def save(out):
    """The tokenizers of some folders, saved by this version of transformers."""
    saved = {}
    for name, files in named():
        if name not in ("vocab.txt alone", "added_tokens.json", "additional_special_tokens of the config", "decoder", "other special tokens",
                        "config do_lower_case False", "lstrip tokens in the decoder", "normalized tokens in the decoder", "tokenizer.json as it says"):
            continue
        with tempfile.TemporaryDirectory() as source, tempfile.TemporaryDirectory() as target:
            write(pathlib.Path(source), files)
            AutoTokenizer.from_pretrained(source).save_pretrained(target)
            content = {p.name: p.read_bytes().decode() for p in sorted(pathlib.Path(target).iterdir())}
            for file in content:
                if file.endswith(".json"):
                    content[file] = json.loads(content[file])
        content.get("tokenizer_config.json", {}).pop("name_or_path", None)
        saved[f"{name}, saved by transformers {transformers.__version__}"] = content
    out.write_text(json.dumps(saved))


def line(name, files, exact, otherwise):
    answer = ids(files)
    if not answer and name in otherwise:
        said = {key: otherwise[name][key] for key in ("ids", "hash") if key in otherwise[name]}
        return json.dumps({"name": name, "files": files, **said}, ensure_ascii=False, separators=(",", ":"))
    said = {"ids": answer} if exact and answer else {"hash": short(answer)} if answer else {}
    return json.dumps({"name": name, "files": files, **said}, ensure_ascii=False, separators=(",", ":"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("save").add_argument("out", type=pathlib.Path)
    reference = commands.add_parser("reference")
    reference.add_argument("--saved", type=pathlib.Path, action="append", default=[])
    reference.add_argument("--otherwise", type=pathlib.Path, help="another version's file, for what this one cannot read")
    reference.add_argument("--scrambles", type=int, default=150)
    reference.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()
    if args.command == "save":
        save(args.out)
        return
    folders = list(named())
    for path in args.saved:
        folders += json.loads(path.read_text()).items()
    other = {}
    if args.otherwise:
        other = {folder["name"]: folder for folder in map(json.loads, filter(None, args.otherwise.read_text().split("\n")[1:]))}
    lines = [line(name, files, True, other) for name, files in folders]
    lines += [line(name, files, False, other) for name, files in scrambled(args.scrambles)]
    head = json.dumps({"transformers": transformers.__version__, "texts": TEXTS, "vocabulary": PIECES}, ensure_ascii=False)
    # The vocabulary stands in most folders: "$PLAIN" and "$VOCABULARY" stand for it.
    body = "\n".join([head] + lines).replace(json.dumps(VOCABULARY, ensure_ascii=False, separators=(",", ":")), '"$VOCABULARY"')
    args.out.write_text(body.replace(json.dumps(PLAIN, ensure_ascii=False), '"$PLAIN"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
