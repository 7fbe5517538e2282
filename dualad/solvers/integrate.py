"""scipy.integrate in the capturing scope: which function has which handler.

May import: initial, optimize, quadrature, scope, scipy.
"""

from __future__ import annotations

import scipy.integrate as si

from ..scope.aware import AWARE
from .initial import handle_odeint, handle_solve_ivp

AWARE[si.solve_ivp] = handle_solve_ivp
AWARE[si.odeint] = handle_odeint
