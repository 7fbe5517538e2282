"""Solutions with derivatives: roots, minima, integrals and differential equations (decision note 9).

A solver runs on plain numbers; what it found carries derivatives by the equation that it fulfils. SciPy's own functions come
here when a transform meets them in the capturing scope: their handlers are entered then, and SciPy is not imported before.
May import: calls, core, custom, directional, gradients, jacobians, scope, trees, errors.
"""

from __future__ import annotations

from ..scope import aware

aware.LATER_AWARE["scipy.optimize"] = "dualad.solvers.optimize"
aware.LATER_AWARE["scipy.integrate"] = "dualad.solvers.integrate"
aware.LATER_AWARE["scipy.stats"] = "dualad.solvers.stats"
