"""Distillation from a teacher a task into one student with Hugging Face Trainer, as its users write it:
dynamic padding, fused AdamW, SDPA attention, one process with all cores.

    python distil_trainer.py JOB.json inside|cached

inside: every step asks the teachers for their logits. cached: the logits of all training rows are computed
beforehand, in batches of rows of similar length. JOB.json is what `ringmaster bench train` writes. The
teachers are the base with fresh heads: what they say does not change how long it takes. Prints a line of
JSON: seconds and processor seconds since the imports, examples, tokens without padding, memory. Needs torch,
transformers and accelerate.
"""
import json
import random
import resource
import sys
import tempfile
import time

import torch
import torch.nn.functional as F
from transformers import AutoTokenizer, BertForSequenceClassification, BertModel, DataCollatorWithPadding, Trainer, TrainingArguments


class Student(torch.nn.Module):
    """A BERT with a linear head a task on its pooler."""

    def __init__(self, base, classes):
        super().__init__()
        self.bert = BertModel.from_pretrained(base, attn_implementation="sdpa", dtype=torch.float32)
        self.dropout = torch.nn.Dropout(self.bert.config.hidden_dropout_prob)
        self.heads = torch.nn.ModuleList(torch.nn.Linear(self.bert.config.hidden_size, n) for n in classes)

    def forward(self, input_ids, attention_mask):
        return self.dropout(self.bert(input_ids=input_ids, attention_mask=attention_mask).pooler_output)


def examples_of(job, tokenizer):
    """All steps' examples in their order: tasks are drawn by size to the exponent, rows in turn."""
    draw, rows = random.Random(job["seed"]), []
    for number, task in enumerate(job["tasks"]):
        encoded = tokenizer(task["texts"], truncation=True, max_length=job["max_length"], return_token_type_ids=False)
        own = [{"input_ids": ids, "attention_mask": mask, "task": number, "labels": label}
               for ids, mask, label in zip(encoded["input_ids"], encoded["attention_mask"], task["labels"])]
        draw.shuffle(own)
        rows.append(own)
    shares = [len(own) ** job["sampling_exponent"] for own in rows]
    taken, made = [0] * len(rows), []
    for task in draw.choices(range(len(rows)), shares, k=job["steps"] * job["batch"]):
        made.append(rows[task][taken[task] % len(rows[task])])
        taken[task] += 1
    return rows, made


class Distillation(Trainer):
    """Targets are λ·gold + (1−λ)·teacher, where λ rises from 0 to 1 over the steps if it is annealed."""

    def __init__(self, teachers, annealed, **options):
        super().__init__(**options)
        self.teachers, self.annealed = teachers, annealed

    def compute_loss(self, model, inputs, return_outputs=False, **_):
        task, gold, cached = inputs.pop("task"), inputs.pop("labels"), inputs.pop("teacher", None)
        lam = self.state.global_step / max(1, self.state.max_steps - 1) if self.annealed else 0.0
        pooled, loss = model(**inputs), 0.0
        for number, head in enumerate(model.heads):
            rows = (task == number).nonzero().squeeze(1)
            if len(rows) == 0:
                continue
            if cached is not None:
                said = cached[rows, : head.out_features]
            else:
                with torch.no_grad():
                    said = self.teachers[number](input_ids=inputs["input_ids"][rows], attention_mask=inputs["attention_mask"][rows]).logits
            target = lam * F.one_hot(gold[rows], head.out_features) + (1 - lam) * said.float().softmax(-1)
            loss = loss + F.cross_entropy(head(pooled[rows]).float(), target, reduction="sum")
        loss = loss / len(task)
        return (loss, pooled) if return_outputs else loss


def cache_logits(teachers, rows, collate, most):
    """Gives each row its teacher's logits, filled up with zeros to the most classes of a task."""
    for teacher, own in zip(teachers, rows):
        by_length = sorted(own, key=lambda row: len(row["input_ids"]))
        for at in range(0, len(by_length), 32):
            part = by_length[at : at + 32]
            batch = collate([{k: row[k] for k in ("input_ids", "attention_mask")} for row in part])
            with torch.inference_mode():
                logits = F.pad(teacher(**batch).logits.float(), (0, most))[:, :most].tolist()
            for row, said in zip(part, logits):
                row["teacher"] = said


def main():
    began, began_processor = time.perf_counter(), time.process_time()
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    mode = sys.argv[2]
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    tokenizer = AutoTokenizer.from_pretrained(job["base"])
    collate = DataCollatorWithPadding(tokenizer)
    rows, examples = examples_of(job, tokenizer)
    classes = [task["classes"] for task in job["tasks"]]
    teachers = [BertForSequenceClassification.from_pretrained(job["base"], num_labels=n, attn_implementation="sdpa", dtype=torch.float32).eval() for n in classes]
    if mode == "cached":
        cache_logits(teachers, rows, collate, max(classes))
        teachers = []
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch, use_cpu=True, per_device_train_batch_size=job["batch"], max_steps=job["steps"], bf16=job["precision"] == "bfloat16",
            optim="adamw_torch_fused", learning_rate=job["lr"], warmup_steps=round(job["warmup"] * job["steps"]), weight_decay=job["weight_decay"],
            max_grad_norm=job["clip_norm"], logging_strategy="no", save_strategy="no", report_to=[], remove_unused_columns=False, disable_tqdm=True)
        trainer = Distillation(teachers, job["annealed"], model=Student(job["base"], classes), args=arguments, train_dataset=examples, data_collator=collate)
        trainer.train()
    print(json.dumps({
        "seconds": time.perf_counter() - began, "cpu_seconds": (time.process_time() - began_processor) / job["steps"],
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "examples": len(examples), "tokens": sum(len(e["input_ids"]) for e in examples)}))


if __name__ == "__main__":
    main()
