"""Asks Hugging Face's BertTokenizerFast for the ids that the tests of this package expect.

    python make_reference.py small .
        writes small/vocab.txt, hard_cases.jsonl and code_points.json: needs nothing else.
    python make_reference.py corpora --data DIR --vocab DIR/bert_vocab/vocab.txt corpora.json
        writes a hash per 500 texts of the real corpora in DIR, which the project does not ship.
    python make_reference.py show --data DIR --vocab VOCAB --corpus NAME --setting NAME --block N cases.jsonl
        writes the texts of one such block with their ids, to find what differs:
        go test ./data/tokens -run TestCases -cases $PWD/cases.jsonl -vocab VOCAB      (whole paths)

Needs: pip install transformers==4.57.1
"""

import argparse
import csv
import hashlib
import io
import json
import pathlib
import random
import struct
import tempfile
import zipfile

import tokenizers
import transformers

BLOCK = 500

# A setting's tokenizer_config.json and maximal length (0: none).
SETTINGS = {
    "uncased": ({}, 0),
    "uncased-128": ({}, 128),
    "uncased-2": ({}, 2),
    "uncased-3": ({}, 3),
    "uncased-6": ({}, 6),
    "cased": ({"do_lower_case": False}, 0),
    "uncased-accents": ({"strip_accents": False}, 0),
    "cased-stripped": ({"do_lower_case": False, "strip_accents": True}, 0),
    "uncased-unspaced": ({"tokenize_chinese_chars": False}, 0),
}
CORPUS_SETTINGS = ["uncased", "uncased-128", "cased", "uncased-accents"]

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

# Everyday pieces of the small vocabulary; every character of the hard cases is added to them.
PIECES = """the a an is it was not do don can sorry hear that to you your my i am so sad happy good day hello world
un ##believ ##able ##ing ##ed ##s ##ly ##est feel ##ings token ##iz ##er mask sep cls unk pad cafe resume
naive istanbul strasse Hello World The Sorry I CAFE re ##sume""".split()

# Left out of the small vocabulary, so that words with them become [UNK].
UNKNOWN = set("☠ꙮ𓂀")

HARD_CASES = {
    "empty": "",
    "one space": " ",
    "only spaces": " \t\r\n \u00a0\u3000\u2003 ",
    "plain": "Hello world, I am so sorry to hear that!",
    "pieces": "unbelievable feelings, tokenizers tokenized sadly happyest",
    "upper": "THE SAD DAY",
    "apostrophes": "don't can’t I'm y'all ‘quoted’ “quoted” `back` ´acute´",
    "accents composed": "Café résumé naïve ÀÉÎÕÜ ñ ç Å ő ű ł ø đ",
    "accents combining": "Cafe\u0301 re\u0301sume\u0301 nai\u0308ve A\u030a",
    "marks alone": "\u0301 \u0301a \u0301\u0302\u0303",
    "marks out of order": "a\u0301\u0323 a\u0323\u0301 q\u0307\u0323\u0345",
    "marks that are no Mn": "가\u302e\u302f 𝅗\U0001d165\U0001d16e x\u302f\U0001d165\u302e",
    "many marks": "Z" + "\u0301\u0316\u0334\u302f\u0345\U0001d165" * 12 + "algo",
    "marks around special": "e[SEP]\u0301e [MASK]\u0301",
    "chinese": "我很抱歉 hello世界world。",
    "chinese rare": "㐀䶿 𠀀𪛖 𪜀 𫝀 𫠠 𫤠 豈 丽",
    "japanese": "こんにちは、ガギグ ｶﾞ 日本語",
    "korean": "안녕하세요 미안해 ㄱㅏ 각",
    "emoji": "so sad 😢😢 😀! ❤️ ☺ ☠",
    "emoji skin tones": "👍🏽 👋🏿hello 🤦🏼‍♀️",
    "emoji joined": "👨‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍🚀",
    "flags": "🇩🇪🇫🇷 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "keycaps": "1️⃣ #️⃣ ©️ ™",
    "variation selectors": "a\ufe0fb ☺\ufe0e \U000e0100x",
    "no-break space": "hello\u00a0world\u202fa\u2007b",
    "ideographic space": "hello\u3000world\u3000",
    "all spaces": "".join(f"a{chr(c)}" for c in [0x9, 0xA, 0xB, 0xC, 0xD, 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x85, 0xA0, 0x1680, 0x180E, *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF]) + "z",
    "zero width": "hel\u200blo wo\u200crl\u200dd \u200b a\u2060b\u200b",
    "soft hyphen": "un\u00adbeliev\u00adable",
    "controls": "a\x00b\x01c\x07d\x1be\x7ff\x80g\x9fh",
    "nul alone": "\x00",
    "replacement": "a\ufffdb \ufffd \ufffd\ufffd",
    "bom": "\ufeffhello world\ufeff",
    "direction marks": "\u200eabc\u200f \u202aabc\u202c \u2066x\u2069 \u061c",
    "private use": "a\ue000b \U000f0000 \U0010fffd",
    "unassigned": "a\u0378b \U000e0fff \U0001fffe \uffff",
    "line ends": "one\r\ntwo\nthree\rfour\u2028five\u2029six\u0085seven",
    "mask": "the [MASK] day",
    "special glued": "a[MASK]b[SEP]c[CLS]d[UNK]e[PAD]f",
    "special runs": "[CLS][SEP][MASK][MASK][PAD][UNK]",
    "special lower": "[mask] [sep] [cls] [unk] [pad] [Mask]",
    "special spaced": "[ MASK ] [MASK ] [ SEP] [\u200bMASK] [MA\u00adSK]",
    "special nested": "[[MASK]] [[SEP] [SEP]] [[ [MASK[SEP]",
    "special full-width": "［MASK］ [ＭＡＳＫ]",
    "special only": "[SEP]",
    "special cut": "a b c d [SEP] e",
    "brackets": "[x] [ ] [] ][ [unused1] ##ing ## #hash # a##b",
    "100 letters": "a" * 100 + " end",
    "101 letters": "a" * 101 + " end",
    "150 letters": "x" * 150 + " and " + "the" * 50,
    "100 wide letters": "世" + "é" * 100 + " " + "é" * 101 + " " + "𝒳" * 100 + " " + "𝒳" * 101,
    "100 after stripping": "e\u0301" * 100 + " " + "e\u0301" * 101,
    "long with dashes": "-".join(["a" * 60] * 3),
    "turkish": "İstanbul ISPARTA ıspanak İİ Iı i̇",
    "german": "Straße STRASSE ẞ Äpfel Öl Übel",
    "greek": "ΟΔΟΣ οδός Σ ΣΑΣ ΆΈ ΐ ᾳ ᾼ ΑΙ\u0345",
    "cyrillic": "Привет Ёлка Йод ё й Ѐ",
    "arabic": "مَرْحَبًا بالعالم ـــ ؟ ، أ إ آ",
    "hebrew": "שָׁלוֹם עולם יִ שּׁ ״׳",
    "devanagari": "नमस्ते दुनिया क़ हिन्दी।",
    "bengali tamil": "কো ো নমস্কার வணக்கம் கொ",
    "thai": "สวัสดีชาวโลก น้ำ ำ ๆ",
    "vietnamese": "Tiếng Việt rất đẹp ẬỆỘ",
    "tibetan khmer": "བོད་སྐད ཱི ខ្មែរ ។",
    "math": "a ≥ b ≠ c ≤ d ± ∞ ∑ √ − × ÷ ∄ ∉ ≢ ⊄",
    "symbols": "$ € £ ¥ ¢ ₿ + < = > ^ | ~ ` ° § ¶ · ¿ ¡ « »",
    "full-width": "Ｈｅｌｌｏ，Ｗｏｒｌｄ！ ＡＢＣ１２３ ～ ￥",
    "ligatures": "ﬁne ﬂow oﬃce Æ œ ĳ ǆ ǅ Ǆ",
    "superscripts": "x² y³ H₂O 1ˢᵗ ª º ½ ¼ Ⅳ ⅳ ① Ⓐ",
    "ellipsis": "well… so... ‥ ⋯ no…!?",
    "punctuation runs": "what?!?! --- === *** ((())) ‽ !!1! ;) :-( <3 >:( ¯\\_(ツ)_/¯",
    "ascii art": "(╯°□°）╯︵ ┻━┻ ʕ•ᴥ•ʔ /\\_/\\ ( o.o ) > ^ <",
    "new punctuation": "a⹂b a⹃b a⸼b a᙭b a჻b a\u0a76b a𑅀b a\U00010eadb",
    "newer marks": "a\u08ca\u0301 b\u0898x c\U00011938d \u07fd",
    "newer letters": "Ა ა Ꭰ ꭰ Ɤ Ꟶ \ua7dc \U00016ea0 \U00010d50 𞤀",
    "kelvin and friends": "K Å Ω ℝ ℌ µ μ ſ ẛ̣",
    "decomposes into signs": "\u037e \u1fef \u0387 \u2000x \u212a \u2126",
    "hangul jamo": "\u1100\u1161\u11a8 \uac00\u11a8 \ud7a3",
    "compatibility ideographs": "豈更 﨑 丽丸",
    "mathematical letters": "𝒜𝔅𝐂 𝟙𝟚 ℂ 𝕙ello",
    "url": "https://example.org/a_b?c=d&e=%20#frag me@example.org @user #tag",
    "numbers": "1,234.56 3.14e-10 12:30 50% 1st 2nd -5 +5",
    "html": "<b>hello</b> &amp; &#39;sorry&#39; <br/>",
    "stray accent": "I was sad á and á happy",
    "mojibake": "donâ€™t itâ€™s Ã©",
    "unknown": "☠ a☠ ꙮ x𓂀y the",
    "very long": "I am so sad. " * 400,
    "very long word": "ab" * 3000,
}

# What the random texts are made of: the characters above, and these more often.
FREQUENT = ["a", "E", "İ", "Σ", "\u0301", "\u0323", "\u302f", "\U0001d165", "\u200b", "\u00a0", "\ufe0f", "世", "각", "≠",
            "[MASK]", "[SEP]", "[", "]", "'", "…", " ", " ", " ", "é", "\x00", "\ufffd"]


def scrambles(count, length):
    rng = random.Random(20240229)
    alphabet = sorted({c for text in HARD_CASES.values() for c in text})
    for i in range(count):
        yield f"scramble {i}", "".join(
            rng.choice(FREQUENT) if rng.random() < 0.4 else rng.choice(alphabet) for _ in range(length))


def open_tokenizer(vocabulary, config):
    """BertTokenizerFast from a folder with this vocabulary (a path) and tokenizer_config.json."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "vocab.txt").write_bytes(pathlib.Path(vocabulary).read_bytes())
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", **config}))
        return transformers.BertTokenizerFast.from_pretrained(folder)


def encode(tokenizer, texts, max_length):
    if not texts:
        return []
    limit = dict(truncation=True, max_length=max_length) if max_length else dict(truncation=False)
    return tokenizer(texts, add_special_tokens=True, verbose=False, **limit)["input_ids"]


def normalisers():
    for name, (config, max_length) in SETTINGS.items():
        if not max_length:
            yield name, tokenizers.normalizers.BertNormalizer(
                clean_text=True,
                handle_chinese_chars=config.get("tokenize_chinese_chars", True),
                strip_accents=config.get("strip_accents"),
                lowercase=config.get("do_lower_case", True),
            )


def make_vocabulary(texts):
    characters = set(map(chr, range(0x21, 0x7F)))
    for text in texts:
        for _, normaliser in normalisers():
            characters |= set(normaliser.normalize_str(text))
    characters = sorted(characters - UNKNOWN - {" "})
    # The last two characters' continuations are missing too: a word can also fail at its end.
    pieces = SPECIAL + PIECES + characters + ["##" + c for c in characters if c not in "ツж"]
    return list(dict.fromkeys(pieces))


def write_lines(path, lines):
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        for line in lines:
            f.write(line + "\n")


def case_lines(tokenizer_of, cases, settings):
    ids = {s: encode(tokenizer_of(s), [text for _, text in cases], SETTINGS[s][1]) for s in settings}
    for i, (name, text) in enumerate(cases):
        yield json.dumps({"name": name, "text": text, "ids": {s: ids[s][i] for s in settings}}, separators=(",", ":"))


def make_small(out):
    cases = list(HARD_CASES.items()) + list(scrambles(120, 24))
    vocabulary = out / "small" / "vocab.txt"
    vocabulary.parent.mkdir(parents=True, exist_ok=True)
    write_lines(vocabulary, make_vocabulary([text for _, text in cases]))
    lines = []
    # Long texts would fill the file with little to learn: they are there for their length alone.
    short = [c for c in cases if len(c[1]) < 2000]
    long = [c for c in cases if len(c[1]) >= 2000]
    opened = lambda s: open_tokenizer(vocabulary, SETTINGS[s][0])
    hard = [s for s in SETTINGS if s != "uncased-128"]
    lines += case_lines(opened, [c for c in short if not c[0].startswith("scramble")], hard)
    lines += case_lines(opened, [c for c in short if c[0].startswith("scramble")],
                        [s for s in hard if not SETTINGS[s][1]])
    lines += case_lines(opened, long, ["uncased-128", "uncased-6"])
    write_lines(out / "hard_cases.jsonl", lines)
    (out / "code_points.json").write_text(json.dumps(code_points(), indent=1) + "\n", encoding="utf-8")


def code_points():
    """Per setting, a hash of the words of every block of 4096 code points; each stands in one text of its own."""
    split = tokenizers.pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    blocks = {}
    for name, normaliser in normalisers():
        blocks[name] = []
        for first in range(0, 0x110000, 4096):
            h = hashlib.sha256()
            for cp in range(first, first + 4096):
                if 0xD800 <= cp < 0xE000:
                    continue
                c = chr(cp)
                # Beside letters, and among nonstarters that are not stripped, whose order tells c's own class.
                text = "a" + c + "B \u302e" + c + "\U0001d165" + c
                for word, _ in split(normaliser.normalize_str(text)):
                    h.update(word.encode() + b"\n")
                h.update(b"\n")
            blocks[name].append(h.hexdigest()[:12])
    return {"tokenizers": tokenizers.__version__, "blocks": blocks}


def lines_of(content):
    """The lines of a file as they stand, without their line ends."""
    lines = content.decode("utf-8", errors="replace").split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


def csv_column(content, column):
    rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    return [row[column].replace("\r\n", "\n") for row in rows][1:]


def tsv_column(content, column, header):
    return [line.split("\t")[column] for line in lines_of(content)[header:]]


def dialogue_turns(content):
    return [turn for line in lines_of(content) for turn in line.split("__eou__")[:-1]]


def read_corpora(data):
    """Corpus name → its texts, raw. corpora_test.go reads them the same way."""

    def each(pattern, texts_of):
        return [text for path in sorted(data.glob(pattern)) for text in texts_of(path.read_bytes())]

    dialogues = []
    for split in ("test", "train", "validation"):
        with zipfile.ZipFile(data / "dailydialog" / f"{split}.zip") as z:
            dialogues += dialogue_turns(z.read(f"{split}/dialogues_{split}.txt"))
    return {
        "newsemp": each("newsemp/messages.csv", lambda b: csv_column(b, 7)),
        "sst2": each("sst2_glue/*.tsv", lambda b: tsv_column(b, 1, header=1)),
        "goemotions": each("goemotions/*.tsv", lambda b: tsv_column(b, 0, header=0)),
        "semeval": each("semeval2018_ec/*.txt", lambda b: tsv_column(b, 1, header=1)),
        "isear": each("isear/isear.csv", lines_of),
        "empatheticdialogues": each("empatheticdialogues/*.csv", lambda b: csv_column(b, 3)),
        "dailydialog": dialogues,
        "lexicon": each("empathy_lexicon/*.txt", lines_of),
    }


def block_hash(ids_of_texts):
    h = hashlib.sha256()
    for ids in ids_of_texts:
        h.update(struct.pack(f"<{1 + len(ids)}i", len(ids), *ids))
    return h.hexdigest()[:12]


def make_corpora(data, vocabulary):
    opened = {s: open_tokenizer(vocabulary, SETTINGS[s][0]) for s in CORPUS_SETTINGS}
    corpora = {}
    for name, texts in read_corpora(data).items():
        corpora[name] = {"texts": len(texts), "blocks": {
            s: [block_hash(encode(opened[s], texts[i : i + BLOCK], SETTINGS[s][1])) for i in range(0, len(texts), BLOCK)]
            for s in CORPUS_SETTINGS}}
    return {"transformers": transformers.__version__, "block": BLOCK, "corpora": corpora}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    small = commands.add_parser("small")
    corpora = commands.add_parser("corpora")
    show = commands.add_parser("show")
    for command in (corpora, show):
        command.add_argument("--data", type=pathlib.Path, required=True)
        command.add_argument("--vocab", type=pathlib.Path, required=True)
    show.add_argument("--corpus", required=True)
    show.add_argument("--setting", required=True, choices=CORPUS_SETTINGS)
    show.add_argument("--block", type=int, required=True)
    for command in (small, corpora, show):
        command.add_argument("out", type=pathlib.Path)
    args = parser.parse_args()

    if args.command == "small":
        make_small(args.out)
    elif args.command == "corpora":
        args.out.write_text(json.dumps(make_corpora(args.data, args.vocab)).replace("}, ", "},\n") + "\n", encoding="utf-8")
    else:
        first = args.block * BLOCK
        texts = read_corpora(args.data)[args.corpus][first : first + BLOCK]
        cases = [(f"{args.corpus} text {first + i}", text) for i, text in enumerate(texts)]
        opened = lambda s: open_tokenizer(args.vocab, SETTINGS[s][0])
        write_lines(args.out, case_lines(opened, cases, [args.setting]))


if __name__ == "__main__":
    main()
