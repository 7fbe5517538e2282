"""One training step of a 784-256-128-10 network (batch 64, cross-entropy, Adam): dualad and eager PyTorch, interleaved.

Run with a Python that has PyTorch: PYTHONPATH=. python asv_benchmarks/training_step.py [rounds]
"""

import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")       # the same single thread for both
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import dualad
from dualad import nn

SIZES = (784, 256, 128, 10)


def parameters(dtype):
    rng = np.random.default_rng(0)
    return [{"w": (rng.normal(size=(n, m)) * np.sqrt(2 / m)).astype(dtype), "b": np.zeros(n, dtype)}
            for m, n in zip(SIZES, SIZES[1:], strict=False)]


def batch(dtype):
    rng = np.random.default_rng(1)
    return rng.normal(size=(64, 784)).astype(dtype), rng.integers(0, 10, 64)


def loss(p, x, y):
    for layer in p[:-1]:
        x = nn.relu(nn.linear(x, layer["w"], layer["b"]))
    return nn.cross_entropy(nn.linear(x, p[-1]["w"], p[-1]["b"]), y)


def ours(dtype):
    """A function that takes one step and returns the loss."""
    p, state, (x, y), both = parameters(dtype), None, batch(dtype), dualad.value_and_grad(loss)

    def step():
        nonlocal p, state
        value, g = both(p, x, y)
        p, state = nn.optim.adam(p, g, state)
        return float(value)

    return step


def theirs(dtype):
    import torch
    torch.set_num_threads(1)
    p = [{k: torch.tensor(v, requires_grad=True) for k, v in layer.items()} for layer in parameters(dtype)]
    x, y = map(torch.tensor, batch(dtype))
    optimiser = torch.optim.Adam([v for layer in p for v in layer.values()])
    F = torch.nn.functional

    def step():
        optimiser.zero_grad()
        h = x
        for layer in p[:-1]:
            h = F.relu(F.linear(h, layer["w"], layer["b"]))
        value = F.cross_entropy(F.linear(h, p[-1]["w"], p[-1]["b"]), y)
        value.backward()
        optimiser.step()
        return value.item()

    return step


def main(rounds=60):
    for dtype in (np.float64, np.float32):
        steps = {"dualad": ours(dtype), "PyTorch": theirs(dtype)}
        times = {name: [] for name in steps}
        values = {name: [step() for _ in range(5)] for name, step in steps.items()}
        for _ in range(rounds):
            for name, step in steps.items():
                start = time.process_time()
                step()
                times[name].append(time.process_time() - start)  # one thread each: what else runs disturbs little
        found = {name: (1e3 * np.median(t), 1e3 * min(t)) for name, t in times.items()}
        print(np.dtype(dtype).name, "; ".join(f"{name} {m:.2f} ms (best {b:.2f})" for name, (m, b) in found.items()),
              f"; ratio {found['dualad'][0] / found['PyTorch'][0]:.2f}; losses after 5 steps",
              *(f"{v[-1]:.9f}" for v in values.values()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
