"""Hugging Face Trainer on the same texts, of real lengths: three tasks in one model, dynamic padding,
bfloat16, fused AdamW. Prints the median time between two steps.

    trainer.py DIR MODEL BATCH STEPS
"""

import csv
import json
import random
import statistics
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import AutoModel, AutoTokenizer, DataCollatorWithPadding, Trainer, TrainerCallback, TrainingArguments

folder, name, batch, steps = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
tokenizer = AutoTokenizer.from_pretrained(folder / name)
tasks = {"empathy": 2, "sentiment": 2, "emotion": 8}


class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained(folder / name, dtype=torch.float32)
        self.heads = torch.nn.ModuleList(torch.nn.Linear(self.bert.config.hidden_size, n) for n in tasks.values())

    def forward(self, input_ids, attention_mask, token_type_ids=None, task=None, labels=None):
        pooled = self.bert(input_ids, attention_mask=attention_mask).pooler_output
        loss = 0.0
        for k, head in enumerate(self.heads):
            each = F.cross_entropy(head(pooled).float(), labels.clamp(max=head.out_features - 1), reduction="none")
            loss = loss + (each * (task == k)).sum()
        return {"loss": loss / len(labels)}


rows = []
for k, task in enumerate(tasks):
    with open(folder / f"{task}-real.tsv") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            encoded = tokenizer(row["text"], truncation=True, max_length=128)
            rows.append({**encoded, "task": k, "labels": int(row["label"][1:])})
random.Random(1).shuffle(rows)


class Clock(TrainerCallback):
    times = []

    def on_step_end(self, *_, **__):
        self.times.append(time.perf_counter())


clock = Clock()
arguments = TrainingArguments(output_dir=str(folder / "trainer"), per_device_train_batch_size=batch, max_steps=steps, bf16=True,
                              optim="adamw_torch_fused", learning_rate=2e-5, max_grad_norm=1.0, logging_steps=10_000,
                              save_strategy="no", report_to=[], dataloader_num_workers=4, dataloader_pin_memory=True,
                              remove_unused_columns=False, disable_tqdm=True)
trainer = Trainer(model=Classifier(), args=arguments, train_dataset=rows, data_collator=DataCollatorWithPadding(tokenizer), callbacks=[clock])
trainer.train()
gaps = [b - a for a, b in zip(clock.times, clock.times[1:])][20:]
print(json.dumps({"trainer": name, "batch": batch, "ms": round(statistics.median(gaps) * 1e3, 3), "mean_ms": round(statistics.mean(gaps) * 1e3, 3),
                  "tokens_a_text": round(statistics.mean(len(r["input_ids"]) for r in rows), 1), "peak_mb": torch.cuda.max_memory_allocated() >> 20}))
