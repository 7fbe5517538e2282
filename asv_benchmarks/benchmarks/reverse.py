"""Gradients: losses from 10 to 10^6 inputs, what a recorded run holds, and the ratio to the primal."""

import tracemalloc

import numpy as np

import dualad

from .common import Counted, interleaved
from .losses import gmm, gmm_case, mlp, mlp_case, rosenbrock, small_net


def _net():
    w1, w2, x = small_net()
    return (lambda x: np.sum(np.tanh(w2 @ np.tanh(w1 @ x)))), x


def _gmm():
    *parameters, x, gamma, m = gmm_case()
    return (lambda p: gmm(*p, x, gamma, m)), tuple(parameters)


def _mlp():
    weights, x, labels = mlp_case()
    return (lambda w: mlp(w, x, labels)), weights


def _scalars(n):
    """A chain of scalar operations."""
    def f(x):
        y = x[0]
        for _ in range(n // 2):
            y = y * 0.999 + x[1]
        return y

    return f, np.array([0.5, 0.25])


def _rosenbrock(n):
    return rosenbrock, np.random.default_rng(n).uniform(0.5, 1.5, n)


LOSSES = {"small net": _net, "gmm 10 25 1000": _gmm, "mlp 784 256 128 10": _mlp, "chain of 10^5 numbers": lambda: _scalars(10**5),
          **{f"rosenbrock {n}": lambda n=n: _rosenbrock(n) for n in (10, 1000, 10**6)}}


class Gradient:
    params = (sorted(LOSSES),)
    param_names = ("loss",)

    def setup(self, name):
        self.f, self.x = LOSSES[name]()
        self.grad = dualad.grad(self.f)
        self.grad(self.x)

    def time_primal(self, name):
        self.f(self.x)

    def time_gradient(self, name):
        self.grad(self.x)

    def peakmem_gradient(self, name):
        self.grad(self.x)

    def track_ratio(self, name):
        seconds = interleaved({"primal": lambda: self.f(self.x), "gradient": lambda: self.grad(self.x)}, rounds=7)
        return seconds["gradient"] / seconds["primal"]

    track_ratio.unit = "gradient over primal"

    def track_calls(self, name):
        counted = Counted(self.f)
        dualad.grad(counted)(self.x)
        return counted.calls

    track_calls.unit = "calls of f"

    def track_instructions(self, name):
        return dualad.plan(self.f, self.x, want="gradient").instructions

    track_instructions.unit = "instructions on tape"

    def track_saved(self, name):
        return dualad.plan(self.f, self.x, want="gradient").saved

    track_saved.unit = "bytes"

    def track_peak_over_prediction(self, name):
        """Peak of a gradient over the Plan's bytes; the goal is at most 1.1."""
        predicted = dualad.plan(self.f, self.x, want="gradient").chosen.load.bytes
        tracemalloc.start()
        self.grad(self.x)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak / predicted

    track_peak_over_prediction.unit = "peak over prediction"


class Products:
    """Hessian-vector products, pullbacks and their transposes."""

    params = (("rosenbrock 10", "rosenbrock 1000", "rosenbrock 1000000", "small net"),)
    param_names = ("loss",)

    def setup(self, name):
        self.f, self.x = LOSSES[name]()
        self.v = np.ones_like(self.x)
        self.hvp = dualad.hvp(self.f)
        self.y, self.pullback = dualad.vjp(self.f, self.x)

    def time_primal(self, name):
        self.f(self.x)

    def time_hvp(self, name):
        self.hvp(self.x, self.v)

    def time_vjp(self, name):
        dualad.vjp(self.f, self.x)

    def time_pullback(self, name):
        self.pullback(1.0)

    def track_ratio(self, name):
        seconds = interleaved({"primal": lambda: self.f(self.x), "hvp": lambda: self.hvp(self.x, self.v)}, rounds=7)
        return seconds["hvp"] / seconds["primal"]

    track_ratio.unit = "hvp over primal"
