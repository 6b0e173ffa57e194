"""Counts, without this project's code, what real_test.go expects of the real corpora.

Usage: python3 real.py FOLDER_OF_THE_CORPORA
"""
import collections
import csv
import re
import sys

root = sys.argv[1] + "/"
plutchik = "anger anticipation disgust fear joy sadness surprise trust".split()
goemotions = {
    "anger": "anger annoyance disapproval", "anticipation": "curiosity optimism", "disgust": "disgust",
    "fear": "fear nervousness", "joy": "joy amusement caring desire excitement gratitude love pride relief",
    "sadness": "sadness disappointment embarrassment grief remorse", "surprise": "surprise confusion realization",
    "trust": "admiration approval",
}


def lines(path):
    with open(root + path, encoding="utf-8", newline="") as f:
        found = f.read().replace("\r\n", "\n").split("\n")
    return found[:-1] if found[-1] == "" else found


def clean(text):
    text = re.sub(r"(https?://|\bwww\.)\S*[^\s.,;:!?'\"()\[\]{}…’”<>]", "<URL>", text, flags=re.I)
    return re.sub(r"(?<![\w@])@\w+", "<USER>", text).strip()


def tell(name, read, train, valid=(), test=(), dedup=True, **more):
    """Rows are (text, class), already cleaned and mapped."""
    unique = list(dict.fromkeys(train)) if dedup else list(train)
    held = {t for t, _ in list(valid) + list(test)}
    kept = [r for r in unique if r[0] not in held]
    everything = kept + list(valid) + list(test)
    classes = collections.defaultdict(set)
    for text, label in everything:
        classes[text].add(label)
    valid_texts = {t for t, _ in valid}
    print(name, dict(
        Read=read, Duplicates=len(train) - len(unique), Overlaps=len(unique) - len(kept),
        Repeats=len(valid) - len(set(valid)) + len(test) - len(set(test)),
        Shared=sum(t in valid_texts for t, _ in test),
        Conflicts=sum(len(c) > 1 for c in classes.values()), **more),
        "kept by class", sorted(collections.Counter(c for _, c in everything).items()),
        "in files", len(kept), len(valid), len(test))


with open(root + "newsemp/messages.csv", encoding="utf-8", newline="") as f:
    rows = [(clean(r["essay"]), r["empathy_bin"]) for r in csv.DictReader(f)]
tell("newsemp", len(rows), rows)

sst2 = {}
for part in "train", "dev":
    sst2[part] = [(clean(text), label) for label, text in (l.split("\t") for l in lines(f"sst2_glue/{part}.tsv")[1:])]
tell("sst2", len(sst2["train"]) + len(sst2["dev"]), sst2["train"], sst2["dev"])

names = lines("goemotions/labels.txt")
class_of = {label: c for c, labels in goemotions.items() for label in labels.split()}
go, read, several, neutral = {}, 0, 0, 0
for part in "train", "dev", "test":
    go[part] = []
    for line in lines(f"goemotions/{part}.tsv"):
        read += 1
        text, numbers, _ = line.split("\t")
        found = {class_of[names[int(n)]] for n in numbers.split(",") if names[int(n)] != "neutral"}
        several += len(found) > 1
        neutral += not found
        if len(found) == 1:
            go[part].append((clean(text), found.pop()))
tell("goemotions", read, go["train"], go["dev"], go["test"], several=several, neutral=neutral)

sem, read, several, none, other = {}, 0, 0, 0, 0
for part in "train", "dev", "test-gold":
    header, *body = (l.split("\t") for l in lines(f"semeval2018_ec/E-c-En-{part}.txt"))
    sem[part] = []
    for fields in body:
        read += 1
        labels = [h for h, f in zip(header[2:], fields[2:]) if f == "1"]
        found = [l for l in labels if l in plutchik]
        several += len(found) > 1
        none += not labels
        other += bool(labels) and not found
        if len(found) == 1:
            sem[part].append((clean(fields[1].replace("\\n", " ")), found[0]))
tell("semeval", read, sem["train"], sem["dev"], sem["test-gold"], dedup=False, several=several, none=none, other=other)

bad, dropped, rows, body = 0, 0, [], lines("isear/isear.csv")[1:]
for line in body:
    fields = line.split("|")
    if len(fields) != 43:
        bad += 1
        continue
    text = clean(fields[40].replace(" á ", " ").replace("á ", " ").replace("á", ""))
    if text.startswith("[") or re.fullmatch(r"no response\.?", text, flags=re.I):
        dropped += 1
        continue
    rows.append((text, fields[36]))
tell("isear", len(body), rows, bad=bad, dropped=dropped)
