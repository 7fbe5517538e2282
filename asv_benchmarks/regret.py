"""Regret of the scheduler: time of the chosen mode over the best measured one, for every benchmark shape.

``python asv_benchmarks/regret.py [--json FILE]``. All modes of a shape are timed in turn; modes that are predicted to
take more than a hundred times as long as the best are left out. Goal: at most 1.3 each, 1.1 in the median.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # read when NumPy is loaded

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))

from benchmarks.shapes import SCALARS, SHAPES  # noqa: E402

import dualad  # noqa: E402

CASES = [("jacobian", name, *case) for name, case in SHAPES.items()] + [("hessian", name, *case) for name, case in SCALARS.items()]


def measured(want, f, n, seconds):
    """The plan of a case, measured, together with what the transform takes by itself ("auto")."""
    x = np.random.default_rng(n).uniform(0.2, 1.2, n)
    plan = dualad.plan(f, x, want=want)
    transform = getattr(dualad, want)(f)
    run = plan._run
    plan._run = lambda mode: transform(x) if mode == "auto" else run(mode)
    plan.ways.append(plan.ways[0]._replace(mode="auto", note="what jacobian and hessian do without plan and mode"))
    plan.measure(seconds)
    plan.ways.pop()
    return plan, plan.measured.pop("auto")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", type=Path, help="also write the rows to this file")
    options.add_argument("--seconds", type=float, default=0.15, help="for each mode of each shape")
    options.add_argument("--only", default="", help="shapes whose name contains this")
    args = options.parse_args()
    print(f"{'what':46s} {'chosen':22s} {'regret':>7s} {'auto':>7s}   measured us (predicted us)")
    rows = []
    for want, name, f, n in CASES:
        if args.only not in name:
            continue
        plan, auto = measured(want, f, n, args.seconds)
        best = min(plan.measured.values())
        rows.append({"what": f"{want} {name}", "n": n, "chosen": plan.mode, "regret": plan.regret(), "auto": auto / best,
                     "measured": plan.measured, "predicted": {w.mode: w.seconds for w in plan.ways}, "loads": {
                         w.mode: vars(w.load) for w in plan.ways}})
        times = ", ".join(f"{w.mode} {plan.measured[w.mode] * 1e6:.0f} ({w.seconds * 1e6:.0f})" for w in plan.ways
                          if w.mode in plan.measured)
        print(f"{want + ' ' + name:46s} {plan.mode:22s} {rows[-1]['regret']:7.2f} {auto / best:7.2f}   {times}", flush=True)
    for key in ("regret", "auto"):
        found = [r[key] for r in rows]
        print(f"{key}: median {statistics.median(found):.2f}, worst {max(found):.2f}, above 1.3: {sum(v > 1.3 for v in found)} of {len(found)}")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
