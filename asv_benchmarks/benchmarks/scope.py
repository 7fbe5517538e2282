"""The capturing scope: nothing for functions that do not need it, and what it costs those that do."""

import math

import numpy as np

import dualad

from .common import Counted, interleaved
from .losses import rosenbrock


def filled(x):
    """Allocates and fills plain arrays."""
    y = np.zeros(len(x))
    for k in range(len(x)):
        y[k] = x[k] ** 2 + x[k - 1]
    return np.sum(y * x)


def filled_like(x):
    """The same, written for dualad."""
    y = np.zeros_like(x)
    for k in range(len(x)):
        y[k] = x[k] ** 2 + x[k - 1]
    return np.sum(y * x)


def scalars(x):
    """Calls math and float."""
    total = 0.0
    for v in x:
        total += math.sin(v) * float(v) + math.sqrt(1.0 + v * v)
    return total


def scalars_of_numpy(x):
    total = 0.0
    for v in x:
        total += np.sin(v) * v + np.sqrt(1.0 + v * v)
    return total


def gathered(x):
    """np.array of computed numbers, step by step."""
    y = np.array([1.0, 0.5])
    for v in x:
        y = y + 0.01 * np.array([y[1], -v * y[0]])
    return y @ y


def stacked(x):
    y = np.array([1.0, 0.5])
    for v in x:
        y = y + 0.01 * np.stack([y[1], -v * y[0]])
    return y @ y


PAIRS = {"filled": (filled, filled_like), "scalars": (scalars, scalars_of_numpy), "gathered": (gathered, stacked)}


class NotNeeded:
    """A gradient of a function without any use for the scope."""

    params = ([10, 1000],)
    param_names = ("n",)

    def setup(self, n):
        self.x = np.linspace(0.5, 1.5, n)
        self.f = Counted(rosenbrock)
        self.grad = dualad.grad(self.f)
        self.grad(self.x)

    def many(self):
        for _ in range(20):
            self.grad(self.x)

    def without(self):
        with dualad.capturing(False):
            self.many()

    def time_20_gradients(self, n):
        self.many()

    def time_20_gradients_without_a_scope(self, n):
        self.without()

    def track_runs(self, n):
        """Runs of the function for a gradient."""
        before = self.f.calls
        self.grad(self.x)
        return self.f.calls - before

    track_runs.unit = "runs"

    def track_overhead(self, n):
        """Time with the scope at hand over time without."""
        found = interleaved({"with": self.many, "without": self.without}, rounds=9)
        return found["with"] / found["without"]

    track_overhead.unit = "x"


class Needed:
    """Second and later gradients of functions that need it, and of the same ones written with NumPy's functions alone."""

    params = (sorted(PAIRS), [10, 100])
    param_names = ("code", "n")

    def setup(self, code, n):
        self.x = np.linspace(0.5, 1.5, n)
        self.plain, self.rewritten = PAIRS[code]
        self.grad, self.other = dualad.grad(self.plain), dualad.grad(self.rewritten)
        np.testing.assert_allclose(self.grad(self.x), self.other(self.x), rtol=1e-12)

    def time_primal(self, code, n):
        self.plain(self.x)

    def time_gradient(self, code, n):
        self.grad(self.x)

    def time_gradient_of_the_rewritten(self, code, n):
        self.other(self.x)

    def track_cost(self, code, n):
        """Time in the scope over that of the code written without need of it."""
        found = interleaved({"scope": lambda: self.grad(self.x), "rewritten": lambda: self.other(self.x)}, rounds=5)
        return found["scope"] / found["rewritten"]

    track_cost.unit = "x"


class Learning:
    """Runs of a function until its derivative is there."""

    params = (sorted(PAIRS), ["first", "second"])
    param_names = ("code", "gradient")

    def setup(self, code, which):
        self.x, self.calls = np.linspace(0.5, 1.5, 10), [0]
        f, calls = PAIRS[code][0], self.calls

        def counted(x):
            calls[0] += 1
            return f(x)

        counted.__code__ = counted.__code__.replace()  # nothing is known of it yet
        self.grad = dualad.grad(counted)
        if which == "second":
            self.grad(self.x)

    def track_runs(self, code, which):
        before = self.calls[0]
        self.grad(self.x)
        return self.calls[0] - before

    track_runs.unit = "runs"
