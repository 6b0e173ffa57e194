"""Writes tiny folders of each encoder and what transformers computes with them.

    python make_encoders.py [NAME...]

Each folder NAME (a variant of an architecture, random weights from a fixed seed) holds the
classifier XForSequenceClassification with three classes and the head of XForMaskedLM, and
reference.json: token ids of texts of different lengths (one holds the padding token), the logits,
the losses and gradients of cross-entropy, and the losses and gradients of masked language
modelling; gradients without the text that holds the padding token, whose row transformers never
trains. Dropout is off; attention is transformers' plain one. Needs torch and transformers.
"""
import json
import pathlib
import shutil
import sys

import torch
import transformers
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

HERE = pathlib.Path(__file__).parent
SMALL = dict(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, max_position_embeddings=22)
OFF = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
MODERN = dict(vocab_size=50, hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=24, max_position_embeddings=64,
              pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2, local_attention=8)
DEBERTA = dict(max_position_embeddings=202, type_vocab_size=0, relative_attention=True, share_att_key=True, pos_att_type=["p2c", "c2p"],
               norm_rel_ebd="layer_norm", position_biased_input=False)

FORMS = {
    "bert-cased": ("Bert", SMALL | OFF | dict(type_vocab_size=2)),
    "roberta": ("Roberta", SMALL | OFF | dict(type_vocab_size=1, layer_norm_eps=1e-5)),
    "xlm-roberta": ("XLMRoberta", SMALL | OFF | dict(type_vocab_size=1, layer_norm_eps=1e-5)),
    "camembert": ("Camembert", SMALL | OFF | dict(type_vocab_size=1, layer_norm_eps=1e-5)),
    "distilbert": ("DistilBert", dict(vocab_size=50, dim=16, n_layers=2, n_heads=2, hidden_dim=24, max_position_embeddings=22,
                                      dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0)),
    "electra": ("Electra", SMALL | OFF | dict(embedding_size=8)),
    "electra-same-width": ("Electra", SMALL | OFF | dict(embedding_size=16, hidden_act="relu")),
    "distilbert-bin-f16": ("DistilBert", dict(vocab_size=53, dim=16, n_layers=2, n_heads=2, hidden_dim=24, max_position_embeddings=22,
                                              dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0)),
    "roberta-sharded-bf16": ("Roberta", SMALL | OFF | dict(type_vocab_size=1, layer_norm_eps=1e-5)),
    "mpnet": ("MPNet", SMALL | OFF | dict(max_position_embeddings=202, layer_norm_eps=1e-5)),
    "albert": ("Albert", SMALL | OFF | dict(embedding_size=8, num_hidden_layers=3, classifier_dropout_prob=0.0)),
    "albert-groups": ("Albert", SMALL | OFF | dict(embedding_size=16, num_hidden_layers=5, num_hidden_groups=2, hidden_act="gelu", classifier_dropout_prob=0.0)),
    "modernbert": ("ModernBert", MODERN),
    "modernbert-mean": ("ModernBert", MODERN | dict(classifier_pooling="mean", layer_types=["full_attention", "sliding_attention"] * 2,
                                                    local_attention=6, rope_parameters={"full_attention": {"rope_type": "default", "rope_theta": 500.0},
                                                                                        "sliding_attention": {"rope_type": "default", "rope_theta": 100.0}})),
    "deberta-v3": ("DebertaV2", SMALL | OFF | DEBERTA | dict(position_buckets=8)),
    "deberta-v3-every-distance": ("DebertaV2", SMALL | OFF | DEBERTA | dict(max_relative_positions=10, pos_att_type="c2p|p2c")),
}


# Stored otherwise than as one file of float32: the type, and how a shard is written.
STORED = {
    "distilbert-bin-f16": (torch.float16, "pytorch_model", "bin"),
    "roberta-sharded-bf16": (torch.bfloat16, "model", "safetensors"),
}


def store(folder, name, tensors):
    if name not in STORED:
        return save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    dtype, stem, ending = STORED[name]
    (folder / "model.safetensors").unlink()
    index = {}
    for i in (0, 1):
        shard = f"{stem}-0000{i + 1}-of-00002.{ending}"
        part = {k: tensors[k].to(dtype) for j, k in enumerate(sorted(tensors)) if j % 2 == i}
        index |= {k: shard for k in part}
        if ending == "bin":
            torch.save(part, folder / shard)
        else:
            save_file(part, folder / shard, metadata={"format": "pt"})
    (folder / f"{stem}.{ending}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}) + "\n")


def padded(examples, pad):
    length = max(len(e["ids"]) for e in examples)
    ids = torch.tensor([e["ids"] + [pad] * (length - len(e["ids"])) for e in examples])
    mask = torch.tensor([[1] * len(e["ids"]) + [0] * (length - len(e["ids"])) for e in examples])
    return ids, mask


def summary(tensor):
    flat = tensor.detach().double().flatten()
    step = max(1, len(flat) // 5)
    return {"norm": flat.norm().item(), "sum": flat.sum().item(), "step": step, "values": flat[::step].tolist()}


def gradients(model):
    """By name; what is tied to the word embeddings has their name, whichever comes first in the class."""
    words = model.get_input_embeddings().weight
    embeddings = model.base_model_prefix + "." + next(n for n, p in model.base_model.named_parameters() if p is words)
    return {embeddings if p is words else n: summary(p.grad) for n, p in model.named_parameters() if p.grad is not None}


def make(name, family, settings):
    torch.manual_seed(5)
    config = getattr(transformers, family + "Config")(**settings, num_labels=3, attn_implementation="eager")
    classifier = getattr(transformers, family + "ForSequenceClassification")(config).eval()
    masked = getattr(transformers, family + "ForMaskedLM")(config).eval()
    with torch.no_grad():  # away from the initial values, where many gradients all but vanish
        for p in [*classifier.parameters(), *masked.parameters()]:
            p.add_(0.3 * torch.randn(p.shape))
            p.copy_(p.to(STORED.get(name, (torch.float32,))[0]))
    own = masked.state_dict()  # of what both have, be it a head, the folder holds one
    masked.load_state_dict({k: v for k, v in classifier.state_dict().items() if k in own}, strict=False)
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    classifier.save_pretrained(folder)
    words = masked.get_input_embeddings().weight
    head = {n: p.detach().clone() for n, p in masked.named_parameters()
            if not n.startswith(masked.base_model_prefix + ".") and p is not words}
    store(folder, name, {k: v.contiguous() for k, v in classifier.state_dict().items() if "position_ids" not in k} | head)

    draw = torch.Generator().manual_seed(6)
    long = 180 if name == "mpnet" or name.startswith("deberta") else 20
    examples = []
    for length in (7, long, 3, long, 12):
        ids = torch.randint(5, 50, (length,), generator=draw).tolist()
        places = sorted(torch.randperm(length, generator=draw)[:2].tolist())
        examples.append({"ids": ids, "class": int(torch.randint(3, (), generator=draw)), "masked": places,
                         "words": torch.randint(5, 50, (2,), generator=draw).tolist()})
    if config.vocab_size > 50:  # tokens added to the vocabulary
        examples[0]["ids"][2], examples[2]["ids"][1] = 52, 50
    examples[4]["ids"][5] = config.pad_token_id  # a padding token inside a text
    reference = {"family": family, "examples": examples}

    ids, mask = padded(examples, config.pad_token_id)
    states = classifier.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
    reference["states"] = [[summary(states[i, p]) for p in e["masked"]] for i, e in enumerate(examples)]
    logits = classifier(input_ids=ids, attention_mask=mask).logits
    reference["logits"] = logits.tolist()
    each = cross_entropy(logits, torch.tensor([e["class"] for e in examples]), reduction="none")
    reference["loss"] = each[:4].sum().item()
    (each[:4].sum() / 7).backward()
    reference["gradients"] = gradients(classifier)

    labels = torch.full_like(ids, -100)
    for row, e in enumerate(examples):
        for place, word in zip(e["masked"], e["words"]):
            labels[row, place] = word
    scores = masked(input_ids=ids, attention_mask=mask).logits
    each = cross_entropy(scores.flatten(0, 1), labels.flatten(), reduction="none").view_as(ids).sum(1)
    reference["masked_losses"] = each.tolist()
    (each[:4].sum() / 7).backward()
    reference["masked_gradients"] = gradients(masked)
    (folder / "reference.json").write_text(json.dumps(reference) + "\n")


if __name__ == "__main__":
    for name in sys.argv[1:] or FORMS:
        make(name, *FORMS[name])
