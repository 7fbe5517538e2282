"""Maps of every shape the scheduler tells apart, for the suites, regret.py and the tests: tall, square, wide, waisted, by entries."""

from __future__ import annotations

import numpy as np

from .losses import MAPS, rosenbrock

__all__ = ["SCALARS", "SHAPES", "layers"]


def layers(sizes, seed=20261123):
    """tanh of a dense layer after the other, from sizes[0] entries to sizes[-1]."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(size=(b, a)) / np.sqrt(a) for a, b in zip(sizes, sizes[1:], strict=False)]

    def f(x):
        for w in weights:
            x = np.tanh(w @ x)
        return x

    f.__name__ = "layers " + "-".join(map(str, sizes))
    return f, sizes[0]


def standardised(x):
    """Two numbers between wide and wide."""
    mean = np.mean(x)
    return np.sin(np.linspace(0.0, 1.0, 800) * mean) * np.sqrt(np.mean((x - mean) ** 2))


def reaction(u):
    """Diffusion and a reaction along a line: every entry depends on its neighbours."""
    return np.roll(u, 1) + np.roll(u, -1) - 2.0 * u + u * u * (1.0 - u)


def loop(x):
    """Plain Python on entries."""
    out = []
    for k in range(len(x) - 1):
        out.append(x[k] * x[k + 1] - np.sin(x[k]))
    return np.stack(out)


# name -> (map, entries of its input)
SHAPES = {
    **MAPS,
    "tall 10 -> 10": layers((10, 10)), "tall 10 -> 200 -> 200 -> 2000": layers((10, 200, 200, 2000)),
    "wide 2000 -> 200 -> 200 -> 10": layers((2000, 200, 200, 10)), "square 300 -> 300 -> 300": layers((300, 300, 300)),
    "waist 500 -> 200 -> 5 -> 200 -> 500": layers((500, 200, 5, 200, 500)), "waist 800 -> 2 numbers -> 800": (standardised, 800),
    "neighbours 300": (reaction, 300), "loop 30": (loop, 30), "entries 10": (lambda x: np.exp(np.sin(x)) * x, 10),
    "tall 1 -> 10^6": (lambda x: np.sin(x[0] * np.linspace(0.0, 1.0, 10**6)), 1),
    "wide 10^6 -> 1": (lambda x: np.reshape(rosenbrock(x), (1,)), 10**6),
}


def quadratic(n):
    a = np.random.default_rng(n).normal(size=(n, n)) / n
    return lambda x: np.sum(np.sin(x)) + x @ (a @ x)


def logistic(rows, n):
    data = np.random.default_rng(n).normal(size=(rows, n))
    return lambda x: np.sum(np.logaddexp(0.0, data @ x)) + 0.5 * np.sum(x * x)


def squared(f):
    return lambda x: np.sum(f(x) ** 2)


# functions of one number, for Hessians
SCALARS = {
    "rosenbrock 10": (rosenbrock, 10), "rosenbrock 100": (rosenbrock, 100), "rosenbrock 500": (rosenbrock, 500),
    "quadratic 20": (quadratic(20), 20), "quadratic 200": (quadratic(200), 200),
    "logistic 500 x 10": (logistic(500, 10), 10), "logistic 500 x 100": (logistic(500, 100), 100),
    "layers 50": (squared(layers((50, 30, 10))[0]), 50),
}
