"""Jacobians of every shape: what the scheduler takes, every way by itself, and the regret of the choice."""

import numpy as np

import dualad

from .common import Counted
from .shapes import SHAPES

MODES = ("auto", "forward", "local", "reverse", "labelled", "mixed")


def case_of(cases, name):
    f, n = cases[name]
    return f, np.random.default_rng(n).uniform(0.2, 1.2, n)


class Shape:
    """One row for each shape."""

    cases, want = SHAPES, "jacobian"
    params = (list(SHAPES),)
    param_names = ("shape",)

    def setup(self, name):
        self.f, self.x = case_of(self.cases, name)
        self.transform = getattr(dualad, self.want)(self.f)
        self.transform(self.x)

    def time_primal(self, name):
        self.f(self.x)

    def time_auto(self, name):
        self.transform(self.x)

    def time_plan(self, name):
        dualad.plan(self.f, self.x, want=self.want)

    def track_passes(self, name):
        return dualad.plan(self.f, self.x, want=self.want).chosen.load.passes

    track_passes.unit = "passes"

    def track_calls(self, name):
        counted = Counted(self.f)
        transform = getattr(dualad, self.want)(counted)
        transform(self.x)
        first = counted.calls
        transform(self.x)
        return counted.calls - first

    track_calls.unit = "calls of f, once shapes are known"

    def track_instructions(self, name):
        return dualad.plan(self.f, self.x, want=self.want).instructions

    track_instructions.unit = "instructions on tape"

    def track_bytes(self, name):
        return dualad.plan(self.f, self.x, want=self.want).chosen.load.bytes

    track_bytes.unit = "bytes"

    def track_regret(self, name):
        plan = dualad.plan(self.f, self.x, want=self.want)
        plan.measure(0.05)
        return plan.regret()

    track_regret.unit = "time over that of the best mode"


class Mode:
    """The ways, on shapes that each is made for."""

    params = (("tall 10 -> 2000", "wide 2000 -> 10", "square 200 -> 200", "waist 500 -> 5 -> 500", "entries 1000"), MODES)
    param_names = ("shape", "mode")

    def setup(self, name, mode):
        self.f, self.x = case_of(SHAPES, name)
        self.jacobian = dualad.jacobian(self.f, mode=mode)

    def time_jacobian(self, name, mode):
        self.jacobian(self.x)

    def peakmem_jacobian(self, name, mode):
        self.jacobian(self.x)
