"""Makes the model folders of the tests, with values that torch and transformers computed.

    python make_folders.py            (needs torch, transformers, safetensors)

Every folder holds the same small BERT, in another form. expected.json holds, for each, a few
numbers of each tensor and the logits where there is a head.
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    BertConfig, BertForMaskedLM, BertForNextSentencePrediction, BertForPreTraining, BertForQuestionAnswering,
    BertForSequenceClassification, BertForTokenClassification, BertModel,
)

HERE = pathlib.Path(__file__).parent
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [f"w{i}" for i in range(15)]
IDS = [[2, 7, 11, 5, 3], [2, 19, 3]]

CONFIG = dict(
    vocab_size=20, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
    intermediate_size=12, max_position_embeddings=16,
)


def samples(tensors):
    """First, last and sum (float64) of each tensor, as float32 sees it."""
    out = {}
    for name, t in tensors.items():
        if not t.is_floating_point():
            continue
        t = t.to(torch.float32).flatten()
        out[name] = [t[0].item(), t[-1].item(), t.double().sum().item()]
    return out


def logits(model):
    model.eval()
    with torch.no_grad():
        return [model(torch.tensor([ids])).logits[0].tolist() for ids in IDS]


def fresh(name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    return folder


def main():
    torch.manual_seed(5)
    expected = {"ids": IDS}
    config = BertConfig(**CONFIG, id2label={0: "none", 1: "empathy", 2: "unsure"},
                        label2id={"none": 0, "empathy": 1, "unsure": 2})
    classifier = BertForSequenceClassification(config)
    with torch.no_grad():  # LayerNorms and biases start as ones and zeros, which hides mistakes
        for p in classifier.parameters():
            p.add_(torch.randn_like(p) * 0.05)

    folder = fresh("classifier-f32")
    classifier.save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}\n')
    state = load_file(folder / "model.safetensors")
    expected["classifier-f32"] = {"tensors": samples(state), "logits": logits(classifier)}

    # An encoder alone: no prefix, position ids and a language-model head in the file, as old ones have.
    encoder = BertModel(BertConfig(**CONFIG))
    encoder.load_state_dict(classifier.bert.state_dict())
    for name, dtype in [("encoder-f16", torch.float16), ("encoder-bf16", torch.bfloat16), ("encoder-f64", torch.float64)]:
        folder = fresh(name)
        encoder.config.save_pretrained(folder)
        state = {k: v.to(dtype).contiguous() for k, v in encoder.state_dict().items()}
        if dtype == torch.float16:
            state["pooler.dense.bias"][:4] = torch.tensor([5.9604645e-08, -6.0975552e-05, 65504.0, -0.0], dtype=dtype)
        state["embeddings.position_ids"] = torch.arange(16).unsqueeze(0)
        state["cls.predictions.bias"] = torch.zeros(20, dtype=dtype)
        save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
        expected[name] = {"tensors": samples(state)}

    # pytorch_model.bin in both formats of torch.save, with LayerNorm's old names and prefixes.
    state = classifier.state_dict()
    old = type(state)()
    for name, t in state.items():
        if ".LayerNorm." in name:
            name = name.replace(".weight", ".gamma").replace(".bias", ".beta")
        old[name] = t.half() if "layer.1" in name else t
    if hasattr(state, "_metadata"):
        old._metadata = state._metadata
    for name, zipped in [("pickle-zip", True), ("pickle-legacy", False)]:
        folder = fresh(name)
        config.save_pretrained(folder)
        torch.save(old, folder / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
        expected[name] = {"tensors": samples(old)}

    # Two shards, and no pooler.
    folder = fresh("sharded-no-pooler")
    encoder.config.save_pretrained(folder)
    state = {k: v for k, v in encoder.state_dict().items() if not k.startswith("pooler.")}
    index = {}
    for i in (0, 1):
        shard = f"model-0000{i + 1}-of-00002.safetensors"
        part = {k: v for k, v in state.items() if ("layer.1" in k) == bool(i)}
        save_file(part, folder / shard, metadata={"format": "pt"})
        index.update({k: shard for k in part})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    expected["sharded-no-pooler"] = {"tensors": samples(state)}

    # Models with other heads, as transformers saves them; their encoder is the same.
    for kind in [BertForMaskedLM, BertForPreTraining, BertForTokenClassification, BertForQuestionAnswering, BertForNextSentencePrediction]:
        torch.manual_seed(6)
        model = kind(BertConfig(**CONFIG))
        own = model.bert.state_dict()
        model.bert.load_state_dict({k: v for k, v in classifier.bert.state_dict().items() if k in own})
        folder = fresh("head-" + kind.__name__)
        model.save_pretrained(folder)
        expected[folder.name] = {"tensors": samples({"bert." + k: v for k, v in model.bert.state_dict().items()})}

    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
