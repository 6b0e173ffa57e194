"""Trains small byte-level BPE and unigram tokenizers on made-up text, writes folders of them as transformers has them,
and the ids that its AutoTokenizer gives for texts, pairs of texts and the real corpora.

    python make_pipelines.py [--corpora DIR]     # DIR: the corpora beside the checkout

It writes pipelines/ (the folders) and pipelines.json (the ids). With --corpora the hashes of the corpora are made anew,
else those in pipelines.json are kept.
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import random
import shutil
import struct
import sys
import warnings

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

sys.path.insert(0, os.path.dirname(__file__))
import make_reference

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDERS = os.path.join(HERE, "pipelines")
RANDOM = random.Random(5)


def made_up():
    """Sentences of common words, numbers, names and other scripts."""
    words = """I you we they he she it the a an of to in on at for with from by and or but not so very really am is are was were be been
    have has had do does did don't can't won't isn't I'm you're we've they'll he'd it's feel feels felt feeling sorry sad happy glad angry
    afraid alone hope hopes hoping lost loss help helped helping friend friends family mother father brother sister people child children
    house home work job school day night week year today tomorrow yesterday hear heard see saw seen said say tell told know knew think
    thought want wanted need needed like liked love loved hate hated good better best bad worse worst new old big small long short 1 2 10
    25 100 2020 1999 one two three first second last never always often sometimes maybe please thanks thank hello hi goodbye yes no okay
    unbelievable disappointment heartbreaking congratulations understanding empathy distress sympathetic compassion condolences
    café naïve Zürich señor über été coöperate Straße привет мир Москва добрый день спасибо 世界 你好 日本語 こんにちは 한국어 안녕 Ελλάδα
    καλημέρα שלום مرحبا नमस्ते ไทย 😀 😢 ❤️ 👍🏽 … — “ ” ‘ ’ % $ & @ # * ( ) [ ] { } / \\ ~ ^ _ + = < > | ` ' \" ! ? . , ; :""".split()
    for _ in range(3000):
        line = RANDOM.choices(words, k=RANDOM.randint(3, 20))
        text = " ".join(line)
        yield text.capitalize() if RANDOM.random() < 0.5 else text


TEXTS = list(made_up())

# The parts that odd lines are made of; pipelines_test.go draws from them in the same way.
PARTS = [
    " ", " ", " ", "  ", "   ", "\n", "\t", "\r\n", "\u00a0", "\u3000", "\u2028", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u0000", "\u0001", "\u007f",
    "\u0085", "a", "b", "the", "The", "THE", "sorry", "Sorry", "feel", "unbelievable", "don't", "'s", "'S", "'re", "'ll", "'", "’s", "I'm", "\u0301", "e\u0301",
    "é", "É", "ﬁ", "①", "½", "²", "Ⅷ", "İ", "ı", "ß", "ẞ", "Σ", "ς", "ǅ", "Å", "Å", "ｆｕｌｌ", "世界", "你", "日本語", "한국", "한", "नमस्ते", "ไทย", "שָׁלוֹם",
    "مرحبا", "😀", "👍🏽", "👨‍👩‍👧", "🇩🇪", "❤️", "\U0001e900", "\u1c89", "\U00010d40", "\ua7cb", "1", "10", "2020", "3.14", "٣", "१", ".", ",", "!", "?", "...", "…", "—", "-", "_",
    "▁", "▁the", "<s>", "</s>", "<pad>", "<unk>", "<mask>", " <mask>", "<mask> ", "[MASK]", "[CLS]", "[SEP]", "[UNK]", "[mask]", "<S>", "http://a.b/c", "@x", "#y", "``", "''", "\"", "Ġ", "Ċ",
    "\uffff", "\ufffd", "\U000e0001", "\u0344", "\u0958", "\u2126", "\u1e9b\u0323", "\u0f77", "\uac00\u11a8", "\u0300\u0316", "\u0316\u0300", "a" * 30, "zq" * 20,
    "\u0301" * 33, "   <mask>   ", "|||EXTRA|||", "extra tok",
]


def odd_lines(count):
    """count lines of parts, drawn by a linear congruential generator."""
    state = 12345

    def draw(n):
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % n

    for _ in range(count):
        yield "".join(PARTS[draw(len(PARTS))] for _ in range(1 + draw(14)))


def charsmap():
    """A SentencePiece normaliser of our own with some of NFKC's rules, as a double array (see precompiled.go)."""
    rules = {"\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\u2028": " ", "\u200b": " ", "\ufeff": "", "\u00ad": "", "ﬁ": "fi", "①": "1", "½": "1⁄2",
             "²": "2", "Ⅷ": "VIII", "e\u0301": "é", "Å": "Å", "…": "...", "ｆ": "f", "ｕ": "u", "ｌ": "l", "\u0001": "", "\u007f": "", "\u0344": "\u0308\u0301", "가\u11a8": "각",
             "\u0300\u0316": "\u0316\u0300", "̂": "", "ǅ": "Dž", "\U000e0001": ""}
    text, offsets = b"", {}
    for key, value in rules.items():
        offsets[key.encode()] = len(text)
        text += value.encode() + b"\0"
    return serialised(offsets) + text


def serialised(values):
    """A darts-clone double array by first fit. A unit: bits 0-7 its label, 8 whether a value follows, 10 on its offset."""
    trie = {}
    for key, value in values.items():
        node = trie
        for b in key:
            node = node.setdefault(b, {})
        node[None] = value
    units, used = [0], {0}

    def grow(n):
        while len(units) <= n:
            units.append(0)

    def place(node, at, label):
        children = [0 if b is None else b for b in node]
        base = 1
        while any((base ^ c) in used for c in children) or (base ^ at) >= 1 << 21:
            base += 1
        for c in children:
            used.add(base ^ c)
            grow(base ^ c)
        units[at] = (base ^ at) << 10 | (1 << 8 if None in node else 0) | label
        for b, child in node.items():
            if b is None:
                units[base] = child | 1 << 31
            else:
                place(child, base ^ b, b)

    place(trie, 0, 0)
    grow(len(units) | 255)
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units)


def save(name, files):
    folder = os.path.join(FOLDERS, name)
    os.makedirs(folder)
    for file, content in files.items():
        with open(os.path.join(folder, file), "w", encoding="utf-8", newline="") as out:
            out.write(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))


def byte_level(special, size=700):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return json.loads(tokenizer.to_str())


def unigram(special, unk, size=600):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(TEXTS, trainers.UnigramTrainer(
        vocab_size=size, special_tokens=special, unk_token=unk, show_progress=False))
    return json.loads(tokenizer.to_str())


def template(cls, sep, cls_id, sep_id, pair):
    return json.loads(processors.TemplateProcessing(single=f"{cls} $A {sep}", pair=pair, special_tokens=[(cls, cls_id), (sep, sep_id)]).__getstate__())


def make_folders():
    shutil.rmtree(FOLDERS, ignore_errors=True)
    roberta = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    file = byte_level(roberta)
    merges = [m if isinstance(m, str) else " ".join(m) for m in file["model"]["merges"]]
    save("roberta", {"vocab.json": file["model"]["vocab"], "merges.txt": "#version: 0.2\n" + "\n".join(merges) + "\n",
                     "config.json": {"model_type": "roberta"}, "tokenizer_config.json": {"model_max_length": 512}})
    file["added_tokens"] = [dict(t, lstrip=t["content"] == "<mask>") for t in file["added_tokens"]]
    file["post_processor"] = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True, "add_prefix_space": False}
    save("roberta-json", {"tokenizer.json": file, "config.json": {"model_type": "roberta"}, "tokenizer_config.json": {}})
    old = json.loads(json.dumps(file))
    del old["model"]["type"]
    old["model"]["merges"] = merges
    save("roberta-prefix", {"tokenizer.json": old, "config.json": {"model_type": "roberta"},
                            "tokenizer_config.json": {"tokenizer_class": "RobertaTokenizerFast", "add_prefix_space": True,
                                                      "additional_special_tokens": ["|||EXTRA|||"]}})
    modern = byte_level(["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"])
    modern["normalizer"] = {"type": "NFC"}
    size = len(modern["model"]["vocab"])
    flags = dict(single_word=False, lstrip=False, rstrip=False, normalized=True, special=False)
    modern["added_tokens"] = [dict(t, lstrip=t["content"] == "[MASK]") for t in modern["added_tokens"]] + [
        dict(flags, id=size + i, content=c, normalized=n) for i, (c, n) in enumerate([("   ", False), ("  ", True), ("|||EXTRA|||", False), ("extra tok", True)])]
    modern["post_processor"] = template("[CLS]", "[SEP]", 1, 2, "[CLS] $A [SEP] $B [SEP]")
    save("modernbert", {"tokenizer.json": modern, "config.json": {"model_type": "modernbert"},
                        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]",
                                                  "mask_token": "[MASK]", "unk_token": "[UNK]", "model_max_length": 8192}})
    xlm = unigram(["<s>", "<pad>", "</s>", "<unk>"], "<unk>")
    xlm["model"]["vocab"].append(["<mask>", 0.0])
    xlm["added_tokens"] = [dict(t) for t in xlm["added_tokens"]] + [
        dict(flags, id=len(xlm["model"]["vocab"]) - 1, content="<mask>", lstrip=True, special=True, normalized=False)]
    xlm["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap()).decode()}
    xlm["post_processor"] = template("<s>", "</s>", 0, 2, "<s> $A </s> </s> $B </s>")
    save("xlm-roberta", {"tokenizer.json": xlm, "config.json": {"model_type": "xlm-roberta"},
                         "tokenizer_config.json": {"tokenizer_class": "XLMRobertaTokenizer", "model_max_length": 512}})
    camembert = json.loads(json.dumps(xlm))
    special = [["<s>NOTUSED", 0.0], ["<pad>", 0.0], ["</s>NOTUSED", 0.0], ["<unk>", 0.0], ["<unk>NOTUSED", -100.0], ["<s>", 0.0], ["</s>", 0.0]]
    camembert["model"]["vocab"] = special + [p for p in xlm["model"]["vocab"] if p[0] not in ("<s>", "<pad>", "</s>", "<unk>")]
    ids = {p[0]: i for i, p in enumerate(camembert["model"]["vocab"])}
    camembert["added_tokens"] = [dict(t, id=ids[t["content"]]) for t in xlm["added_tokens"] if t["content"] != "<mask>"]
    camembert["post_processor"] = template("<s>", "</s>", 5, 6, "<s> $A </s> </s> $B </s>")
    save("camembert", {"tokenizer.json": camembert, "config.json": {"model_type": "camembert"}, "tokenizer_config.json": {"model_max_length": 512}})
    names = {"cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "mask_token": "<mask>", "unk_token": "<unk>"}
    first = json.loads(json.dumps(xlm))
    first["normalizer"] = {"type": "Sequence", "normalizers": [
        {"type": "Replace", "pattern": {"String": "~"}, "content": "-"}, {"type": "NFKC"}, {"type": "Strip", "strip_left": False, "strip_right": True},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]}
    first["pre_tokenizer"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}
    save("unigram-first", {"tokenizer.json": first, "tokenizer_config.json": dict(names, tokenizer_class="PreTrainedTokenizerFast")})
    whole = json.loads(json.dumps(first))
    whole["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "NFKD"}]}
    whole["pre_tokenizer"]["split"] = False
    whole["pre_tokenizer"]["prepend_scheme"] = "never"
    save("unigram-whole", {"tokenizer.json": whole, "tokenizer_config.json": dict(names, tokenizer_class="TokenizersBackend")})
    albert = unigram(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"], "<unk>")
    albert["normalizer"] = xlm["normalizer"]
    albert["post_processor"] = template("[CLS]", "[SEP]", 2, 3, "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1")
    save("albert", {"tokenizer.json": albert, "config.json": {"model_type": "albert"}, "tokenizer_config.json": {"model_max_length": 512}})
    save("albert-cased", {"tokenizer.json": albert, "config.json": {"model_type": "albert"}, "tokenizer_config.json": {"do_lower_case": False, "keep_accents": True}})
    deberta = unigram(["[PAD]", "[CLS]", "[SEP]", "[UNK]"], "[UNK]")
    deberta["post_processor"] = template("[CLS]", "[SEP]", 1, 2, "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1")
    for name, config in {"deberta-v3": {"tokenizer_class": "DebertaV2Tokenizer"},
                         "deberta-punct": {"tokenizer_class": "DebertaV2Tokenizer", "split_by_punct": True, "do_lower_case": True, "add_prefix_space": False}}.items():
        save(name, {"tokenizer.json": deberta, "config.json": {"model_type": "deberta-v2"}, "tokenizer_config.json": config})


def block_hash(lists):
    h = hashlib.sha256()
    for ids in lists:
        h.update(struct.pack("<i", len(ids)) + struct.pack(f"<{len(ids)}i", *ids))
    return h.hexdigest()[:12]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpora")
    args = parser.parse_args()
    path = os.path.join(HERE, "pipelines.json")
    kept = json.load(open(path)) if os.path.exists(path) else {"folders": {}}
    make_folders()
    lines = list(odd_lines(6000))
    out = {"parts": PARTS, "lines": len(lines), "block": 500, "folders": {}}
    pairs = [(lines[i], lines[i + 1]) for i in range(0, 400, 2)] + [(TEXTS[i] * 3, TEXTS[i + 1]) for i in range(20)]
    out["made"] = TEXTS[:21]
    corpora = make_reference.read_corpora(pathlib.Path(args.corpora)) if args.corpora else {}
    for name in sorted(os.listdir(FOLDERS)):
        tokenizer = AutoTokenizer.from_pretrained(os.path.join(FOLDERS, name))
        one = {"first": [tokenizer(t)["input_ids"] for t in lines[:60]]}
        one["odd"] = [block_hash(tokenizer(lines[i : i + 500])["input_ids"]) for i in range(0, len(lines), 500)]
        one["cut"] = block_hash(tokenizer(lines, truncation=True, max_length=7)["input_ids"])
        one["pairs"] = {}
        for most in (0, 5, 8, 9, 16, 33):
            got = [tokenizer(a, b, return_token_type_ids=True, **({"truncation": "longest_first", "max_length": most} if most else {})) for a, b in pairs]
            types = [g["token_type_ids"] for g in got]
            assert all(t == sorted(t) and set(t) <= {0, 1} for t in types)
            one["pairs"][most] = block_hash([g["input_ids"] + [t.index(1) if 1 in t else 0] for g, t in zip(got, types)])
        one["ids"] = {k: getattr(tokenizer, k + "_id") for k in ("pad_token", "mask_token", "unk_token", "cls_token", "sep_token")}
        one["corpora"] = kept["folders"].get(name, {}).get("corpora", {})
        for corpus, texts in corpora.items():
            one["corpora"][corpus] = block_hash(tokenizer(texts)["input_ids"])
        out["folders"][name] = one
        print(name, one["ids"], len(tokenizer))
    json.dump(out, open(path, "w"), ensure_ascii=True, separators=(",", ":"))


if __name__ == "__main__":
    main()
