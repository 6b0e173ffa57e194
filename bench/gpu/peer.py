"""PyTorch on one GPU, as its users write it: the step of a classifier with three tasks' heads, or of
a masked language model, with clipping and fused AdamW, in bfloat16 (autocast).

    peer.py MODEL_DIR BATCH LENGTH MODE

MODE is eager, compile, or graphs (torch.compile's reduce-overhead), with "-mlm" for a masked
language model. It prints "ready" after its first steps; then, for each line N on its input, it
takes N steps and prints a line of JSON.
"""

import json
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from transformers import AutoModel, BertForMaskedLM

folder, batch, length, mode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
masked = mode.endswith("-mlm")
torch.manual_seed(0)


class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained(folder, dtype=torch.float32)
        hidden = self.bert.config.hidden_size
        self.heads = torch.nn.ModuleList(torch.nn.Linear(hidden, n) for n in (2, 2, 8))

    def forward(self, ids, attention):
        pooled = self.bert(ids, attention_mask=attention).pooler_output
        return [head(pooled) for head in self.heads]


plain = (BertForMaskedLM.from_pretrained(folder, dtype=torch.float32) if masked else Classifier()).cuda().train()
model = plain
if mode.startswith("compile"):
    model = torch.compile(plain)
elif mode.startswith("graphs"):
    model = torch.compile(plain, mode="reduce-overhead")
optimizer = torch.optim.AdamW(plain.parameters(), lr=2e-5, fused=True)
random = torch.Generator().manual_seed(0)


def on_gpu(x):
    return x.pin_memory().cuda(non_blocking=True)


def step():
    ids = torch.randint(1000, 30000, (batch, length), generator=random)
    labels = torch.where(torch.rand(batch, length, generator=random) < 0.15, ids, -100)
    tasks = torch.arange(batch) % 3
    classes = torch.randint(0, 2, (batch,), generator=random)
    torch.cuda.synchronize()
    began = time.perf_counter()
    ids, labels, tasks, classes = on_gpu(ids), on_gpu(labels), on_gpu(tasks), on_gpu(classes)
    attention = torch.ones_like(ids)
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cuda", torch.bfloat16):
        if masked:
            loss = model(input_ids=ids, attention_mask=attention, labels=labels).loss
        else:
            loss = 0.0
            for task, logits in enumerate(model(ids, attention)):
                each = F.cross_entropy(logits.float(), classes, reduction="none")
                loss = loss + (each * (tasks == task)).sum()
            loss = loss / batch
    loss.backward()
    torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
    optimizer.step()
    torch.cuda.synchronize()
    return time.perf_counter() - began


for _ in range(10):
    step()
print("ready", flush=True)
for line in sys.stdin:
    seconds = statistics.median(step() for _ in range(int(line)))
    print(json.dumps({"seconds": seconds, "peak_mb": torch.cuda.max_memory_allocated() >> 20}), flush=True)
