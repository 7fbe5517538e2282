"""Second derivatives of the shared problems."""

import dualad
from dualad.core import jets

from .common import Counted
from .problems import PROBLEMS

CURVED = sorted(name for name, make in PROBLEMS.items() if make().second is not None)


class Hessian:
    params = (CURVED, ("auto", "hyperdual", "forward"))
    param_names = ("problem", "mode")

    def setup(self, name, mode):
        self.problem = PROBLEMS[name]()
        self.hessian = dualad.hessian(self.problem.f, mode=mode)
        self.hessian(self.problem.x)

    def time_hessian(self, name, mode):
        self.hessian(self.problem.x)

    def track_calls(self, name, mode):
        counted = Counted(self.problem.f)
        dualad.hessian(counted, mode=mode)(self.problem.x)
        return counted.calls

    track_calls.unit = "calls of f"


class InOnePass:
    params = (CURVED,)
    param_names = ("problem",)

    def setup(self, name):
        self.problem = PROBLEMS[name]()
        self.all = dualad.value_grad_hess(self.problem.f)
        self.diagonal = dualad.hessian_diag(self.problem.f)

    def time_primal(self, name):
        self.problem.f(self.problem.x)

    def time_value_grad_hess(self, name):
        self.all(self.problem.x)

    def time_hessian_diag(self, name):
        self.diagonal(self.problem.x)


class Components:
    """Component loops of one operation: what each layout of directions costs, exactly."""

    params = (("dual", "symmetric", "diagonal"), (1, 6, 100))
    param_names = ("layout", "directions")

    def track_components(self, layout, directions):
        made = getattr(jets, f"{layout}_layout")(directions)
        return 1 + made.P + made.M

    track_components.unit = "components"
