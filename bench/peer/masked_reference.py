"""Writes the reference that package model's masked language model is held to, with transformers.

    python masked_reference.py --out model/testdata/masked --forms model/testdata/masked-forms

Makes a small BERT with its pretraining heads (random weights from a fixed seed) and, for it,
fifty clipped AdamW steps of BertForMaskedLM over masked batches whose last text is shorter,
with the losses of each step, and each example's loss before and after. Dropout is off; weight
decay leaves out biases and normalisations. --forms gets the model in other forms, each with
transformers' own losses: an untied decoder, said and unsaid, the decoder's bias under its other
names, old names, shards, no pooler; of the untied one the training steps too. Needs torch and
transformers.
"""
import argparse
import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining

STEPS, BATCHES, CLIP, DECAY = 50, 5, 1.0, 0.01


def batches(vocabulary, generator):
    def draw(low, high, n=1):
        return torch.randint(low, high, (n,), generator=generator).tolist()

    made = []
    for _ in range(BATCHES):
        batch = []
        for length in (14, 14, 14, 9):
            words = [2] + draw(5, vocabulary, length - 2) + [3]
            places = sorted(1 + p for p in torch.randperm(length - 2, generator=generator)[: draw(1, 5)[0]].tolist())
            ids = list(words)
            for p in places:
                ids[p] = (4, 4, 4, draw(5, vocabulary)[0], ids[p])[draw(0, 5)[0]]
            batch.append({"ids": ids, "masked": places, "words": [words[p] for p in places]})
        made.append(batch)
    return made


def losses(model, batch):
    """Each example's sum of losses."""
    length = max(len(e["ids"]) for e in batch)
    ids = torch.tensor([e["ids"] + [0] * (length - len(e["ids"])) for e in batch])
    mask = torch.tensor([[1] * len(e["ids"]) + [0] * (length - len(e["ids"])) for e in batch])
    labels = torch.full_like(ids, -100)
    for row, e in enumerate(batch):
        for place, word in zip(e["masked"], e["words"]):
            labels[row, place] = word
    logits = model(input_ids=ids, attention_mask=mask).logits
    return cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view_as(ids).sum(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--forms", type=pathlib.Path)
    args = parser.parse_args()
    out = args.out
    torch.manual_seed(31)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(32)
    config = BertConfig(
        vocab_size=61, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=24, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, initializer_range=0.3,
    )
    whole = BertForPreTraining(config)
    with torch.no_grad():
        for name, p in whole.named_parameters():
            if name.endswith(".bias") or "LayerNorm" in name:
                p.add_(0.1 * torch.randn(p.shape, generator=generator))
    whole.save_pretrained(out)
    made = batches(config.vocab_size, generator)
    write_reference(out, made)
    if args.forms:
        write_forms(out, args.forms, made, generator)


def write_reference(out, made):
    model = BertForMaskedLM.from_pretrained(out, attn_implementation="eager").train()
    plain = [p for n, p in model.named_parameters() if n.endswith(".bias") or "LayerNorm" in n]
    decayed = [p for n, p in model.named_parameters() if not (n.endswith(".bias") or "LayerNorm" in n)]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}])
    before = [losses(model, b).tolist() for b in made]
    steps = []
    for step in range(STEPS):
        batch = made[step % BATCHES]
        lr = 5e-3 * (STEPS - step) / STEPS
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.zero_grad()
        total = losses(model, batch).sum()
        (total / sum(len(e["masked"]) for e in batch)).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        steps.append({"batch": step % BATCHES, "lr": lr, "loss": total.item(), "norm": norm.item()})
    after = [losses(model, b).tolist() for b in made]
    reference = {"clip": CLIP, "decay": DECAY, "batches": made, "before": before, "after": after, "steps": steps}
    (out / "reference.json").write_text(json.dumps(reference) + "\n")


DECODER, BIAS, DECODER_BIAS = "cls.predictions.decoder.weight", "cls.predictions.bias", "cls.predictions.decoder.bias"


def write_forms(base, forms, made, generator):
    """The model of base as other programs and releases store it. None has a pooler, as BertForMaskedLM has none."""
    state = {k: v for k, v in load_file(base / "model.safetensors").items()
             if "pooler" not in k and "seq_relationship" not in k}
    config = json.loads((base / "config.json").read_text()) | {"architectures": ["BertForMaskedLM"]}

    def noise(t, scale):
        return t + scale * torch.randn(t.shape, generator=generator)

    own = {DECODER: noise(state["bert.embeddings.word_embeddings.weight"], 0.3), DECODER_BIAS: noise(state[BIAS], 0.2)}
    old = {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v for k, v in state.items()}
    renamed = {k: v for k, v in state.items() if k != BIAS} | {DECODER_BIAS: state[BIAS]}
    for name, tensors, settings in [
        ("untied", state | own, {"tie_word_embeddings": False}),
        ("untied-unsaid", state | own, {}),
        ("tied-stored-twice", state | {DECODER: state["bert.embeddings.word_embeddings.weight"].clone()}, {}),
        ("decoder-bias", renamed, {}),
        ("old-names", old, {}),
        ("sharded", state, {}),
        ("pickle-decoder-bias", renamed | {DECODER: state["bert.embeddings.word_embeddings.weight"]}, {}),
    ]:
        folder = forms / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(config | settings, indent=1) + "\n")
        if name == "sharded":
            index = {}
            for i in (0, 1):
                shard = f"model-0000{i + 1}-of-00002.safetensors"
                part = {k: v for j, (k, v) in enumerate(sorted(tensors.items())) if j % 2 == i}
                save_file(part, folder / shard, metadata={"format": "pt"})
                index.update({k: shard for k in part})
            (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
        elif name.startswith("pickle"):
            torch.save(tensors, folder / "pytorch_model.bin")
        else:
            save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        if name == "untied":
            write_reference(folder, made)
            continue
        model = BertForMaskedLM.from_pretrained(folder, attn_implementation="eager").eval()
        (folder / "reference.json").write_text(json.dumps({"batches": made, "before": [losses(model, b).tolist() for b in made]}) + "\n")


if __name__ == "__main__":
    main()
