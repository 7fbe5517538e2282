"""SciPy's solvers with exact derivatives: the same calls, the derivatives found and handed over in the form each method takes.

Not imported by ``import dualad``: write ``from dualad import optimize``.  May import: dualad's API, numpy, scipy.
"""

from .evolution import differential_evolution
from .fitting import CurveFit, curve_fit, least_squares
from .ipopt import IpoptProblem
from .minimizing import NonlinearConstraint, minimize
from .objective import Objective, Residuals
from .parameters import Parameters
from .solving import root, solve_ivp

__all__ = [
    "CurveFit", "IpoptProblem", "NonlinearConstraint", "Objective", "Parameters", "Residuals", "curve_fit",
    "differential_evolution", "least_squares", "minimize", "root", "solve_ivp",
]
