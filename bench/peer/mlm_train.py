"""Masked-language-model training with transformers, the peer of `ringmaster pretrain`.

    python mlm_train.py --model DIR --texts FILE [--processes 2] [--batch 16] [--length 128] [--steps 12] [--json]

BertForMaskedLM under DistributedDataParallel over gloo, a process and a thread a core: the loop
of transformers' run_mlm_no_trainer.py, with its packing (texts joined and cut to one length), its
dynamic masking (DataCollatorForLanguageModeling, 15%), AdamW and linear schedule. A line of FILE is a
text. Prints the median step, tokens a second, and the processor seconds of a step (all processes
together, median), the first two steps left out.
Needs torch and transformers.
"""
import argparse
import json
import os
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
    if len(cores) >= o.processes:
        os.sched_setaffinity(0, {cores[rank]})
    torch.set_num_threads(1)
    torch.manual_seed(1)
    dist.init_process_group("gloo", rank=rank, world_size=o.processes)
    tokenizer = AutoTokenizer.from_pretrained(o.model)
    made = sequences(tokenizer, o.texts, o.length, o.processes * o.batch * o.steps)
    collate = DataCollatorForLanguageModeling(tokenizer=tokenizer, mlm_probability=0.15)
    model = DistributedDataParallel(BertForMaskedLM.from_pretrained(o.model).train())
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.01)
    schedule = get_scheduler("linear", optimizer, num_warmup_steps=0, num_training_steps=o.steps)
    times, processor = [], []
    for step in range(o.steps):
        at = (step * o.processes + rank) * o.batch
        rows = [made[(at + i) % len(made)] for i in range(o.batch)]
        dist.barrier()
        began, began_processor = time.perf_counter(), time.process_time()
        batch = collate([{"input_ids": r} for r in rows])
        loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        times.append(time.perf_counter() - began)
        processor.append(time.process_time() - began_processor)
    used = torch.tensor([statistics.median(processor[2:])], dtype=torch.float64)
    dist.all_reduce(used)
    if rank == 0:
        step = statistics.median(times[2:])
        answers.put({"step_seconds": step, "processor_seconds": used.item(), "tokens_per_second": o.processes * o.batch * o.length / step, "loss": loss.item()})
    dist.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--texts", required=True)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16, help="sequences a process and step")
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--json", action="store_true")
    o = parser.parse_args()
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    context = mp.get_context("spawn")
    answers = context.SimpleQueue()
    mp.spawn(rank_main, args=(o, port, answers), nprocs=o.processes)
    answer = answers.get()
    if o.json:
        print(json.dumps(answer))
    else:
        print(f"{answer['tokens_per_second']:.0f} tokens/s, {answer['step_seconds']:.3f} s a step, {answer['processor_seconds']:.3f} of processor time, loss {answer['loss']:.3f}")


if __name__ == "__main__":
    main()
