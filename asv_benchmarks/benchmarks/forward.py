"""First derivatives: jvp and Jacobians of the shared problems."""

import tracemalloc

import numpy as np

import dualad

from .common import Counted
from .problems import PROBLEMS


class Jacobian:
    params = (sorted(PROBLEMS),)
    param_names = ("problem",)

    def setup(self, name):
        self.problem = PROBLEMS[name]()
        self.jacobian = dualad.jacobian(self.problem.f)
        self.jacobian(self.problem.x)

    def time_primal(self, name):
        self.problem.f(self.problem.x)

    def time_jacobian(self, name):
        self.jacobian(self.problem.x)

    def track_calls(self, name):
        counted = Counted(self.problem.f)
        dualad.jacobian(counted)(self.problem.x)
        return counted.calls

    track_calls.unit = "calls of f"

    def track_peak(self, name):
        tracemalloc.start()
        self.jacobian(self.problem.x)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    track_peak.unit = "bytes"


class Jvp:
    params = (("rosenbrock-10", "rosenbrock-100", "layer 2000 to 10", "brusselator 8"),)
    param_names = ("problem",)

    def setup(self, name):
        self.problem = PROBLEMS[name]()
        self.t = np.ones(np.shape(self.problem.x))

    def time_jvp(self, name):
        dualad.jvp(self.problem.f, (self.problem.x,), (self.t,))


class Operators:
    """The compiled fast path; plain NumPy is a row."""

    params = (("numpy", "dual"), (1, 10, 100, 1000000))
    param_names = ("arrays", "size")

    def setup(self, arrays, size):
        x = np.linspace(1.0, 2.0, size)
        self.x = dualad.dual(x, x) if arrays == "dual" else x

    def time_multiply(self, arrays, size):
        self.x * self.x

    def time_divide(self, arrays, size):
        self.x / self.x

    def time_sin(self, arrays, size):
        np.sin(self.x)

    def peakmem_multiply(self, arrays, size):
        self.x * self.x


class ScalarLoop:
    """A loop of scalar arithmetic with 6 tangents."""

    def setup(self):
        self.a, self.b = dualad.dual(1.1, np.eye(6)[0]), dualad.dual(1.2, np.eye(6)[1])

    def time_loop(self):
        s = self.a
        for _ in range(100):
            s = (s * self.b + self.a - self.b) / self.a
        return s
