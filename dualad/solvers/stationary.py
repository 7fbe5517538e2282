"""Points where a gradient is zero.

May import: functions, roots, core, errors, numpy.
"""

from __future__ import annotations

import numpy as np

from ..core.operands import plain
from ..errors import SolverError
from .functions import gradient
from .roots import solved

__all__ = ["at_solution", "inside", "limits", "stationary"]


def stationary(call, whole, x):
    """A minimiser with derivatives, by the gradient that is zero there."""
    x = np.asarray(x, dtype=np.float64)[()]
    return solved(gradient(whole, call.name), gradient(whole.lean, call.name), x, whole.f, call.name)


def at_solution(whole, x, value):
    """The function at the solution, with SciPy's value."""
    y = whole(x)
    return value + (y - plain(y))


def limits(bounds):
    """(low, high) of Bounds, or of pairs of numbers and None."""
    bounds = plain(bounds)
    if hasattr(bounds, "lb"):
        return bounds.lb, bounds.ub
    pairs = [[-np.inf if lo is None else lo, np.inf if hi is None else hi] for lo, hi in bounds]
    return np.array(pairs, dtype=float).T


def inside(call, x, low, high):
    """Refuse a solution at its bounds, where it follows them and not the gradient."""
    low, high = (np.ravel(np.broadcast_to(np.asarray(v, dtype=float), np.shape(x))) for v in (low, high))
    x = np.ravel(x)
    with np.errstate(invalid="ignore"):
        near = 1e-5 * np.where(np.isfinite(high - low), high - low, np.maximum(1.0, np.abs(x)))
    at = np.flatnonzero((x - low <= near) | (high - x <= near))
    if at.size:
        k = at[0]
        raise SolverError(f"{call.name}: a bound is active at the solution (entry {k} is {x[k]:.6g}, its bounds are {low[k]:.6g} "
                          f"and {high[k]:.6g}): the gradient is not zero there. Fix that entry and solve for the others, or write "
                          "the conditions and use dualad.implicit_root")
