"""Learning rates of transformers' schedules, for run/plan/testdata/schedules.json:

    python bench/peer/schedule_reference.py > run/plan/testdata/schedules.json
"""

import json
import math

import torch
import transformers

makers = {
    "linear": transformers.get_linear_schedule_with_warmup,
    "cosine": transformers.get_cosine_schedule_with_warmup,
    "constant": transformers.get_constant_schedule_with_warmup,
}
cases = []
for name, make in makers.items():
    for total, warmup, peak in [(10, 0.2, 1.0), (37, 0.1, 2e-5), (8, 0.0, 1e-3), (1, 0.0, 1.0), (5, 0.99, 1.0)]:
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=peak)
        lengths = [math.ceil(warmup * total)] + ([] if name == "constant" else [total])
        scheduler = make(optimizer, *lengths)
        rates = []
        for _ in range(total):
            rates.append(scheduler.get_last_lr()[0])
            optimizer.step()
            scheduler.step()
        cases.append({"schedule": name, "total": total, "warmup": warmup, "peak": peak, "rates": rates})
print(json.dumps(cases, indent=1))
