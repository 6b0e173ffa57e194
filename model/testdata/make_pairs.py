"""Writes pairs.json: the logits that transformers' BertModel of the folder tiny gives for pairs of texts, by token types 0
and 1, and the gradient of their losses by the table of token types. Of each folder of encoders the logits as well: with
token types where the model has two.

    python make_pairs.py
"""

import json
import os

import torch
from transformers import AutoModelForSequenceClassification, BertModel

HERE = os.path.dirname(os.path.abspath(__file__))
TASKS = [2, 3]
model = BertModel.from_pretrained(os.path.join(HERE, "tiny")).double().eval()
hidden, vocabulary = model.config.hidden_size, model.config.vocab_size
heads = [
    (
        torch.tensor([[((7 * c + 3 * h) % 11 - 5) / 50 for h in range(hidden)] for c in range(n)], dtype=torch.double),
        torch.tensor([(c - 0.5) / 10 for c in range(n)], dtype=torch.double),
    )
    for n in TASKS
]
random = torch.Generator().manual_seed(3)
examples, losses = [], []
for i, (length, second) in enumerate([(9, 4), (5, 0), (12, 11), (7, 1), (3, 2)]):
    ids = torch.randint(0, vocabulary, (1, length), generator=random)
    types = torch.tensor([[int(second > 0 and at >= second) for at in range(length)]])
    weight, bias = heads[i % 2]
    logits = model(input_ids=ids, token_type_ids=types).pooler_output @ weight.T + bias
    losses.append(-torch.log_softmax(logits, -1)[0, 0])
    examples.append({"task": i % 2, "ids": ids[0].tolist(), "second": second, "logits": logits[0].tolist()})
torch.stack(losses).mean().backward()
gradient = model.embeddings.token_type_embeddings.weight.grad
encoders = {}
for name in sorted(os.listdir(os.path.join(HERE, "encoders"))):
    folder = os.path.join(HERE, "encoders", name)
    if not os.path.isdir(folder):
        continue
    classifier = AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="eager").float().eval()
    typed = getattr(classifier.config, "type_vocab_size", 0) > 1
    encoders[name] = []
    for length, second in [(9, 4), (12, 11), (5, 0), (7, 1)]:
        ids = torch.randint(5, 50, (1, length), generator=random)
        types = {"token_type_ids": torch.tensor([[int(second > 0 and at >= second) for at in range(length)]])} if typed else {}
        logits = classifier(input_ids=ids, **types).logits
        encoders[name].append({"ids": ids[0].tolist(), "second": second, "logits": logits[0].tolist()})
    print(name, "typed" if typed else "one type")
with open(os.path.join(HERE, "pairs.json"), "w") as out:
    json.dump({"examples": examples, "loss": float(torch.stack(losses).mean().detach()), "gradient": gradient.tolist(), "encoders": encoders}, out)
    out.write("\n")
