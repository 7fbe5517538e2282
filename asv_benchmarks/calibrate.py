"""Constants of the scheduler's cost model: fitted to what the modes take on the benchmark shapes.

``python asv_benchmarks/regret.py --json rows.json && python asv_benchmarks/calibrate.py rows.json`` prints a `Constants(...)`
for `dualad/schedule/estimate.py` or for ``dualad.plan(..., constants=)``.  Non-negative least squares on relative errors:
every measured mode of every shape counts the same, so that small and large work are predicted equally well.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from dualad.schedule.estimate import CONSTANTS, Constants


def fit(rows, pull=0.05):
    """Constants for rows of regret.py; `pull` keeps what the rows say little about near today's values."""
    names = [f.name for f in fields(Constants)]
    today = np.array([getattr(CONSTANTS, name) for name in names])
    loads, seconds = [], []
    for row in rows:
        for mode, taken in row["measured"].items():
            loads.append([row["loads"][mode][name] * c for name, c in zip(names, today, strict=True)])
            seconds.append(taken)
    # two rounds: what is far off after the first counts less in the second
    loads, seconds = np.array(loads), np.array(seconds)
    weight = 1.0 / seconds
    for _ in range(4):
        a = np.vstack([loads * weight[:, None], pull * np.sqrt(len(loads)) * np.eye(len(names))])
        b = np.concatenate([seconds * weight, pull * np.sqrt(len(loads)) * np.ones(len(names))])
        scale, _ = nnls(a, b)
        weight = 1.0 / np.sqrt(seconds * np.maximum(loads @ scale, seconds / 10))
    return dict(zip(names, scale * today, strict=True)), (loads @ scale) / seconds


def main():
    rows = json.loads(Path(sys.argv[1]).read_text())
    found, error = fit(rows)
    print("Constants(" + ", ".join(f"{name}={value:.3g}" for name, value in found.items()) + ")")
    print(f"predicted over measured: median {np.median(error):.2f}, central half {np.quantile(error, 0.25):.2f} to "
          f"{np.quantile(error, 0.75):.2f}")


if __name__ == "__main__":
    main()
