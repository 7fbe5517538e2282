"""Hessians of one number: what the scheduler takes, every way by itself, and the regret of the choice."""

import dualad

from . import jacobian
from .shapes import SCALARS


class Shape(jacobian.Shape):
    """One row for each function."""

    cases, want = SCALARS, "hessian"
    params = (list(SCALARS),)
    param_names = ("function",)


class Mode:
    """The ways."""

    params = (("rosenbrock 10", "rosenbrock 100", "quadratic 200", "logistic 500 x 100"),
              ("auto", "hyperdual", "local", "forward-over-reverse", "reverse-over-reverse"))
    param_names = ("function", "mode")

    def setup(self, name, mode):
        self.f, self.x = jacobian.case_of(SCALARS, name)
        self.hessian = dualad.hessian(self.f, mode=mode)

    def time_hessian(self, name, mode):
        self.hessian(self.x)

    def peakmem_hessian(self, name, mode):
        self.hessian(self.x)
