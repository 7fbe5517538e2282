"""Problems with known derivatives, shared by the benchmarks, overhead.py and the tests.

Each is plain NumPy code with an input and a derivative that was derived by hand or comes
from SciPy, so that an answer is checked before anything is timed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import rosen_der, rosen_hess


@dataclass(frozen=True)
class Problem:
    """A function, its input, its exact first derivative and (where wanted) its exact Hessian."""

    f: Callable
    x: object
    first: Callable
    second: Callable | None = None


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def scalar_chain(x):
    """exp(x) / sqrt(sin(x)^3 + cos(x)^3), the usual one-variable test."""
    return np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3)


def scalar_chain_first(x):
    s, c = math.sin(x), math.cos(x)
    u, du = s**3 + c**3, 3 * s * s * c - 3 * c * c * s
    return math.exp(x) / math.sqrt(u) * (1 - du / (2 * u))


def scalar_chain_second(x):
    s, c = math.sin(x), math.cos(x)
    u, du = s**3 + c**3, 3 * s * s * c - 3 * c * c * s
    d2u = 6 * s * c * c - 3 * s**3 + 6 * c * s * s - 3 * c**3
    return math.exp(x) / math.sqrt(u) * (1 - du / u - d2u / (2 * u) + 3 * du * du / (4 * u * u))


def layer(m, n):
    """tanh(A x), a dense map from n to m."""
    a = np.random.default_rng(m + n).normal(size=(m, n)) / math.sqrt(n)
    x = np.linspace(-1.0, 1.0, n)
    return Problem(lambda v: np.tanh(a @ v), x, lambda v: (1 - np.tanh(a @ v) ** 2)[:, None] * a)


def brusselator(u):
    """Right-hand side on a periodic grid, shape (2, n, n)."""
    a, b = u
    diffusion = [np.roll(w, 1, 0) + np.roll(w, -1, 0) + np.roll(w, 1, 1) + np.roll(w, -1, 1) - 4 * w for w in (a, b)]
    reaction = a * a * b
    return np.stack([1.0 + reaction - 4.4 * a + 10 * diffusion[0], 3.4 * a - reaction + 10 * diffusion[1]])


def brusselator_first(u):
    """Its Jacobian, entry by entry."""
    n = u.shape[1]
    jac = np.zeros((2, n, n, 2, n, n))
    i, j = np.indices((n, n))
    a, b = u
    for w in (0, 1):
        jac[w, i, j, w, i, j] += -40.0
        for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            jac[w, i, j, w, (i + di) % n, (j + dj) % n] += 10.0
    jac[0, i, j, 0, i, j] += 2 * a * b - 4.4
    jac[0, i, j, 1, i, j] += a * a
    jac[1, i, j, 0, i, j] += 3.4 - 2 * a * b
    jac[1, i, j, 1, i, j] += -a * a
    return jac


def _brusselator_problem(n):
    return Problem(brusselator, 1.0 + np.random.default_rng(n).random((2, n, n)), brusselator_first)


def rosenbrock_problem(n):
    return Problem(rosenbrock, np.linspace(0.5, 1.5, n), rosen_der, rosen_hess)


PROBLEMS = {
    "rosenbrock-10": lambda: rosenbrock_problem(10),
    "rosenbrock-100": lambda: rosenbrock_problem(100),
    "scalar chain": lambda: Problem(scalar_chain, 0.7, scalar_chain_first, scalar_chain_second),
    "layer 10 to 2000": lambda: layer(2000, 10),
    "layer 2000 to 10": lambda: layer(10, 2000),
    "layer 200 to 200": lambda: layer(200, 200),
    "brusselator 8": lambda: _brusselator_problem(8),
}
