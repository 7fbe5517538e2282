"""Evaluation of interpolants whose data are plain, at points that carry derivatives.

Decision: the value and the derivative of every order are SciPy's own evaluations (`nu=`), so that knots, extrapolation and NaN
outside are as SciPy has them.  May import: ..kinds, ..special.tools, ..systems, dualad.errors, numpy.
"""

import numpy as np

from ...errors import ComplexError
from ..kinds import Solved, implicit
from ..special.tools import product
from ..systems import Own

__all__ = ["evaluated"]


def _plain(x, family, nu):
    found = np.asarray(family(np.asarray(x, dtype=float), nu))
    if found.dtype.kind == "c":
        raise ComplexError("scipy.interpolate: complex data have no derivative rule: take real and imaginary parts")
    return found


evaluated = Own("scipy.interpolate (evaluation)", _plain)


@implicit(evaluated)
def _evaluated(x, family, nu):
    """`family(x, nu)`: derivative nu at x, of shape x.shape and the axes of the data behind it."""
    shape = np.shape(x)

    # NaN outside adds nothing where the tangent or cotangent is zero
    def jvp(xs, ys, ts):
        p, t = evaluated(xs[0], family, nu + 1), ts[0]
        trail = np.ndim(p) - len(shape)
        return (product(p, np.reshape(t, (*np.shape(t), *(1,) * trail))),)

    def vjp(xs, ys, gs):
        p = evaluated(xs[0], family, nu + 1)
        trail = np.ndim(p) - len(shape)
        term = product(p, gs[0])
        return (np.sum(term, axis=tuple(range(-trail, 0))) if trail else term,)

    return Solved((x,), lambda x: evaluated(x, family, nu), jvp, vjp)
