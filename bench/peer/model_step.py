"""One training step of MiniLM in PyTorch, the peer of package model's BenchmarkMiniLMStep:
16 texts of 64 tokens, two heads, one thread, clipping and AdamW. Both count processor
time, which other work on the machine disturbs least.

    python model_step.py --model DIR [--dropout 0.1] [--repeat 5] [--fused]
"""
import argparse
import statistics
import time

import torch
from transformers import BertModel

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", required=True)
parser.add_argument("--dropout", type=float, default=0.0)
parser.add_argument("--repeat", type=int, default=5)
parser.add_argument("--fused", action="store_true", help="AdamW's fused kernel")
arguments = parser.parse_args()

torch.set_num_threads(1)
torch.manual_seed(1)
bert = BertModel.from_pretrained(
    arguments.model, attn_implementation="sdpa",
    hidden_dropout_prob=arguments.dropout, attention_probs_dropout_prob=arguments.dropout,
).train()
heads = torch.nn.ModuleList([torch.nn.Linear(bert.config.hidden_size, classes) for classes in (2, 3)])
dropout = torch.nn.Dropout(arguments.dropout)
parameters = [*bert.parameters(), *heads.parameters()]
optimizer = torch.optim.AdamW(parameters, lr=2e-5, weight_decay=0.01, fused=arguments.fused)
ids = torch.tensor([[1000 + (i * 64 + j) * 7 % 20000 for j in range(64)] for i in range(16)])
mask = torch.ones_like(ids)
gold = torch.zeros(8, dtype=torch.long)


def step():
    optimizer.zero_grad()
    marks = [time.process_time()]
    pooled = bert(input_ids=ids, attention_mask=mask).pooler_output
    loss = sum(torch.nn.functional.cross_entropy(h(dropout(pooled[t::2])), gold, reduction="sum") for t, h in enumerate(heads)) / 16
    marks.append(time.process_time())
    loss.backward()
    marks.append(time.process_time())
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    marks.append(time.process_time())
    return [b - a for a, b in zip(marks, marks[1:])]


step()
times = [step() for _ in range(arguments.repeat)]
forward, backward, update = (statistics.median(t) for t in zip(*times))
print(f"median processor seconds: step {statistics.median(map(sum, times)):.3f} forward {forward:.3f} backward {backward:.3f} update {update:.3f}")
