"""Interleaved timing: machines are noisy, so rivals take turns and ratios of medians are reported."""

from __future__ import annotations

import statistics
import time


def repeats(f, seconds):
    """How many calls of f take about `seconds`."""
    n = 1
    while True:
        start = time.perf_counter()
        for _ in range(n):
            f()
        took = time.perf_counter() - start
        if took > seconds / 4 or n > 10**7:
            return max(1, int(n * seconds / max(took, 1e-9)))
        n *= 4


def interleaved(candidates, rounds=15, seconds=0.01):
    """Median seconds per call of each candidate {name: function}, measured in turn."""
    counts = {name: repeats(f, seconds) for name, f in candidates.items()}
    times = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, f in candidates.items():
            start = time.perf_counter()
            for _ in range(counts[name]):
                f()
            times[name].append((time.perf_counter() - start) / counts[name])
    return {name: statistics.median(t) for name, t in times.items()}


class Counted:
    """A function that counts its calls."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, *args):
        self.calls += 1
        return self.f(*args)
