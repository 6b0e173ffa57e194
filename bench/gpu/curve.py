"""Trains the same run on the GPU in bfloat16 and on the CPU in float32, without dropout, and prints
how far the losses of the steps are apart.

    curve.py DIR
"""

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])
curves = {}
for device, precision in (("cuda", "bfloat16"), ("cpu", "float32")):
    run = folder / "runs" / f"curve-{device}"
    shutil.rmtree(run, ignore_errors=True)
    limits = [f"--set=tasks.{t}.data.limit=2000" for t in ("empathy", "sentiment", "emotion")]
    subprocess.run([folder / "bin/ringmaster", "train", folder / "minilm-real.yaml", "--run-dir", run, "--device", device, "--workers", "1",
                    "--set", f"model.base={folder / 'minilm-still'}", "--set", f"train.precision={precision}", "--set", "train.epochs=2",
                    "--set", "train.lr=1e-4", *limits], check=True, stdout=subprocess.DEVNULL, timeout=150)
    events = [json.loads(line) for line in open(run / "events.jsonl")]
    curves[device] = [sum(e["loss"].values()) / len(e["loss"]) for e in events if e.get("loss")][:250]
gaps = [abs(a - b) / b for a, b in zip(curves["cuda"], curves["cpu"])]
print(json.dumps({"steps": len(gaps), "first": [round(curves[d][0], 4) for d in curves], "last_20": [round(statistics.mean(curves[d][-20:]), 4) for d in curves],
                  "relative_gap": {"median": round(statistics.median(gaps), 5), "worst": round(max(gaps), 5)}}))
