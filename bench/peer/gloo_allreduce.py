"""A rank of torch.distributed's all-reduce over gloo, the peer of the ring in
`ringmaster bench allreduce --peer-python PATH`, which starts one for each rank:

    OMP_NUM_THREADS=1 python -c "$(cat gloo_allreduce.py)"

It reads orders, lines of JSON, from standard input, and writes an answer to each, as
allreduce/ringbench/protocol.go defines them; it fills, times and checks as rank.go there
does. It leaves when standard input ends. It needs a Python with torch.
"""
import datetime
import json
import os
import queue
import resource
import sys
import threading
import time

PERIOD = 4099  # as in pattern.go: sums that are exact, in place, for a while

# Answers have standard output to themselves: whatever torch prints goes to standard error.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
orders = queue.Queue()


def read_orders():
    for line in sys.stdin:
        orders.put(json.loads(line))
    os._exit(0)  # the parent has dismissed us, or is gone, and gloo may be waiting for a rank


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Rank:
    def listen(self, o):
        global torch, dist
        try:
            import torch
            import torch.distributed as dist
        except ImportError as e:
            raise SystemExit(f"{sys.executable} has no torch ({e}): give --peer-python a Python with torch, or leave it out") from e
        os.environ["GLOO_SOCKET_IFNAME"] = "lo"
        torch.set_num_threads(1)
        self.rank, self.world = o["rank"], o["world"]
        row = [(1 << (h >> 29)) * (-1.0 if h >> 28 & 1 else 1.0) for h in (i * 2654435761 % 2**32 for i in range(PERIOD))]
        self.row = torch.tensor(row, dtype=torch.float32)
        self.first_sum = self.world * (self.world + 1) // 2
        self.exact = self.exact_operations()
        if self.rank != 0:
            return {}
        # Port 0: the system chooses one that is free.
        self.store = dist.TCPStore("127.0.0.1", 0, self.world, is_master=True, wait_for_workers=False)
        return {"address": str(self.store.port)}

    def join(self, o):
        if self.rank != 0:
            self.store = dist.TCPStore("127.0.0.1", int(o["addresses"][0]), self.world, is_master=False)
        dist.init_process_group("gloo", store=self.store, rank=self.rank, world_size=self.world,
                                timeout=datetime.timedelta(minutes=10))
        return {}

    def prepare(self, o):
        self.x = None
        self.x = torch.empty(o["floats"], dtype=torch.float32)
        return {}

    def measure(self, o):
        seconds = cpu = 0.0
        left = o["operations"]
        while left > 0:
            n = min(left, self.exact)
            self.fill()
            dist.barrier()
            cpu_before, began = cpu_seconds(), time.perf_counter()
            for _ in range(n):
                dist.all_reduce(self.x)
            seconds += time.perf_counter() - began
            cpu += cpu_seconds() - cpu_before
            self.check(n)
            left -= n
        return {"seconds": seconds, "cpu_seconds": cpu}

    def exact_operations(self):
        total, operations = self.first_sum, 1
        while all((p := ranks * total) < 2**100 and (p & -p) << 8 > p for ranks in range(1, self.world + 1)):
            total *= self.world
            operations += 1
        return operations

    def rows(self):
        """Views of the vector, a period wide, and of what is left at its end."""
        whole = self.x.numel() // PERIOD * PERIOD
        yield from self.x[:whole].view(whole // PERIOD, PERIOD).split(256)
        yield self.x[whole:].view(1, -1)

    def fill(self):
        mine = self.row * (self.rank + 1)
        for rows in self.rows():
            rows.copy_(mine[: rows.shape[1]].expand_as(rows))

    def check(self, operations):
        want = self.row * float(self.first_sum * self.world ** (operations - 1))
        for rows in self.rows():
            if not torch.equal(rows, want[: rows.shape[1]].expand_as(rows)):
                raise SystemExit(f"gloo left a wrong sum on rank {self.rank} after {operations} operations")


threading.Thread(target=read_orders, daemon=True).start()
rank = Rank()
while True:
    o = orders.get()
    try:
        answer = getattr(rank, o["do"])(o)
    except SystemExit as e:
        answer = {"error": str(e)}
    except Exception as e:  # whatever it is, the parent is to say it
        answer = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
    print(json.dumps(answer), file=answers, flush=True)
