"""A training step of a BERT classifier as PyTorch's users write it: BertForSequenceClassification with
SDPA attention under DistributedDataParallel over gloo, clipping, fused AdamW. All texts have one length.

    python ddp_step.py --model DIR [--processes 2] [--threads 1] [--batch 16] [--length 64] [--precision bfloat16]

Prints the median time of a step, the processor seconds of a step (all ranks together) and the largest
rank's memory, the first --warm-up steps left out. Needs torch and transformers.
"""
import argparse
import json
import os
import resource
import socket
import statistics
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel
from transformers import BertForSequenceClassification


def optimizer_of(model):
    try:
        return torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01, fused=True)
    except RuntimeError:  # a torch without the fused kernel on processors
        return torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01)


def rank_main(rank, o, port, answers):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(o.threads)
    torch.manual_seed(1)
    dist.init_process_group("gloo", rank=rank, world_size=o.processes)
    model = BertForSequenceClassification.from_pretrained(o.model, num_labels=2, attn_implementation="sdpa", dtype=torch.float32).train()
    model = DistributedDataParallel(model)
    optimizer = optimizer_of(model)
    random = torch.Generator().manual_seed(rank)
    vocabulary = model.module.config.vocab_size
    times, processor = [], []
    for _ in range(o.steps):
        ids = torch.randint(min(1000, vocabulary // 2), vocabulary, (o.batch, o.length), generator=random)
        labels = torch.randint(0, 2, (o.batch,), generator=random)
        dist.barrier()
        began, began_processor = time.perf_counter(), time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=o.precision == "bfloat16"):
            loss = model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        times.append(time.perf_counter() - began)
        processor.append(time.process_time() - began_processor)
    used = torch.tensor([statistics.median(processor[o.warm_up:])], dtype=torch.float64)
    dist.all_reduce(used)
    peak = torch.tensor([resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024], dtype=torch.int64)
    dist.all_reduce(peak, dist.ReduceOp.MAX)
    if rank == 0:
        answers.put({"seconds": statistics.median(times[o.warm_up:]), "cpu_seconds": used.item(), "peak_bytes": peak.item(), "loss": loss.item()})
    dist.barrier()
    os._exit(0)  # taking the process group apart can deadlock: its thread waits for the interpreter's lock


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="threads a process")
    parser.add_argument("--batch", type=int, default=16, help="texts a process and step")
    parser.add_argument("--length", type=int, default=64, help="tokens a text")
    parser.add_argument("--steps", type=int, default=18)
    parser.add_argument("--warm-up", type=int, default=3, help="first steps that do not count")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--json", action="store_true")
    o = parser.parse_args()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    answers = mp.get_context("spawn").SimpleQueue()
    mp.spawn(rank_main, args=(o, port, answers), nprocs=o.processes)
    answer = answers.get()
    if o.json:
        print(json.dumps(answer))
    else:
        print(f"{answer['seconds']:.3f} s a step, {answer['cpu_seconds']:.3f} of processor time, {answer['peak_bytes'] / 1e6:.0f} MB a rank, loss {answer['loss']:.3f}")


if __name__ == "__main__":
    main()
