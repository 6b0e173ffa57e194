"""Masked-language-model training with transformers, the peer of `ringmaster pretrain`.

    python mlm_train.py --model DIR --texts FILE [--processes 2] [--threads 1] [--batch 16] [--length 128] [--json]

BertForMaskedLM under DistributedDataParallel over gloo, a thread a core: the loop
of transformers' run_mlm_no_trainer.py, with its packing (texts joined and cut to one length), its
dynamic masking (DataCollatorForLanguageModeling, 15%), AdamW and linear schedule. A line of FILE is a
text. Prints the median time of a step, tokens a second, the processor seconds of a step (all ranks
together) and the largest rank's memory, the first --warm-up steps left out.
Needs torch and transformers.
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
from transformers import AutoTokenizer, BertForMaskedLM, DataCollatorForLanguageModeling, get_scheduler


def sequences(tokenizer, path, length, most):
    joined, made = [], []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            joined += tokenizer(line.strip(), return_special_tokens_mask=True, truncation=False)["input_ids"]
            while len(joined) >= length:
                made.append(joined[:length])
                joined = joined[length:]
            if len(made) >= most:
                break
    return made


def rank_main(rank, o, port, answers):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) >= o.processes * o.threads:
        os.sched_setaffinity(0, cores[rank * o.threads:(rank + 1) * o.threads])
    torch.set_num_threads(o.threads)
    torch.manual_seed(1)
    dist.init_process_group("gloo", rank=rank, world_size=o.processes)
    tokenizer = AutoTokenizer.from_pretrained(o.model)
    made = sequences(tokenizer, o.texts, o.length, o.processes * o.batch * o.steps)
    collate = DataCollatorForLanguageModeling(tokenizer=tokenizer, mlm_probability=0.15)
    model = DistributedDataParallel(BertForMaskedLM.from_pretrained(o.model, dtype=torch.float32).train())
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.01)
    schedule = get_scheduler("linear", optimizer, num_warmup_steps=0, num_training_steps=o.steps)
    times, processor = [], []
    for step in range(o.steps):
        at = (step * o.processes + rank) * o.batch
        rows = [made[(at + i) % len(made)] for i in range(o.batch)]
        dist.barrier()
        began, began_processor = time.perf_counter(), time.process_time()
        batch = collate([{"input_ids": r} for r in rows])
        with torch.autocast("cpu", torch.bfloat16, enabled=o.precision == "bfloat16"):
            loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
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
    parser.add_argument("--texts", required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1, help="threads a process")
    parser.add_argument("--batch", type=int, default=16, help="sequences a process and step")
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--steps", type=int, default=12)
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
        tokens = o.processes * o.batch * o.length / answer["seconds"]
        print(f"{tokens:.0f} tokens/s, {answer['seconds']:.3f} s a step, {answer['cpu_seconds']:.3f} of processor time, {answer['peak_bytes'] / 1e6:.0f} MB a rank, loss {answer['loss']:.3f}")


if __name__ == "__main__":
    main()
