"""scipy.integrate in the capturing scope: which function has which handler.

May import: initial, optimize, quadrature, scope, scipy.
"""

from __future__ import annotations

import scipy.integrate as si

from ..scope.aware import AWARE
from .initial import handle_odeint, handle_solve_ivp
from .optimize import constant, refuse
from .quadrature import handle_dblquad, handle_fixed_quad, handle_quad, handle_quad_vec, handle_tplquad

__all__ = ["CONSTANT", "REFUSED", "SUPPORTED", "TWINS"]

SUPPORTED = {"solve_ivp": handle_solve_ivp, "odeint": handle_odeint, "quad": handle_quad, "quad_vec": handle_quad_vec,
             "dblquad": handle_dblquad, "tplquad": handle_tplquad, "fixed_quad": handle_fixed_quad}
USE_QUAD = "use scipy.integrate.quad, quad_vec, dblquad or tplquad"
USE_IVP = "use scipy.integrate.solve_ivp"
REFUSED = {
    "nquad": USE_QUAD, "cubature": USE_QUAD, "qmc_quad": USE_QUAD, "tanhsinh": USE_QUAD,
    "nsum": "sum as many terms as are needed with np.sum",
    "solve_bvp": "write the equations of the mesh and use dualad.implicit_root, or shoot with solve_ivp and scipy.optimize.root",
    **dict.fromkeys(("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA", "ode", "complex_ode"), USE_IVP),
}
CONSTANT = ("newton_cotes", "lebedev_rule")
# Python code of NumPy functions, which runs as it is written.
TWINS = ("trapezoid", "cumulative_trapezoid", "simpson", "cumulative_simpson", "romb")

for _name, _handler in SUPPORTED.items():
    AWARE[getattr(si, _name)] = _handler
for _name, _why in REFUSED.items():
    AWARE[getattr(si, _name)] = refuse(f"scipy.integrate.{_name}", _why)
for _name in CONSTANT:
    AWARE[getattr(si, _name)] = constant
