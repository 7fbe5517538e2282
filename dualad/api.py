"""The transforms in one place: functions in, functions out.

May import: calls, gradients, directional, jacobians, hessians, operators, planning, custom, scope, solvers.
"""

from .calls import NonDeterministic
from .custom import checkpoint, custom_jvp, custom_vjp, gradient_hook, stop_gradient
from .directional import derivative, hvp, jvp, linearize
from .gradients import grad, value_and_grad, vjp
from .hessians import hessian, hessian_diag, value_grad_hess
from .jacobians import jacfwd, jacobian, jacrev
from .operators import hessian_operator, jacobian_operator
from .planning import plan
from .scope import capture, capturing
from .solvers.roots import implicit_root

__all__ = [
    "NonDeterministic", "capture", "capturing", "checkpoint", "custom_jvp", "custom_vjp", "derivative", "grad",
    "gradient_hook", "hessian", "hessian_diag", "hessian_operator", "hvp", "implicit_root", "jacfwd", "jacobian",
    "jacobian_operator", "jacrev", "jvp", "linearize", "plan", "stop_gradient", "value_and_grad", "value_grad_hess", "vjp",
]
