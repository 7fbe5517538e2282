"""Evaluation of interpolants whose data are plain, at points that carry derivatives.

Decision: the value and the derivative of every order are SciPy's own evaluations (`nu=`), so that knots, extrapolation and NaN
outside are as SciPy has them.  May import: ..kinds, ..structural, ..systems, numpy.
"""

import numpy as np

from ..kinds import Solved, implicit
from ..systems import Own

__all__ = ["evaluated", "evaluated_nd", "weighted"]


def weighted(p, t):
    """p * t where a zero tangent adds nothing, even beside NaN outside the range of an interpolant."""
    return np.where(np.equal(t, 0), 0.0, p) * t


evaluated = Own("scipy.interpolate (evaluation)", lambda x, family, nu: np.asarray(family(np.asarray(x, dtype=float), nu)))
evaluated_nd = Own("scipy.interpolate (evaluation)", lambda x, family, nu: np.asarray(family(np.asarray(x, dtype=float), nu)))


@implicit(evaluated)
def _evaluated(x, family, nu):
    """`family(x, nu)`: derivative nu at x, of shape x.shape and the axes of the data behind it."""
    shape = np.shape(x)

    def slope(x, y):
        return evaluated(x, family, nu + 1)

    def jvp(xs, ys, ts):
        p, t = slope(xs[0], ys[0]), ts[0]
        trail = np.ndim(p) - len(shape)
        return (weighted(p, np.reshape(t, (*np.shape(t), *(1,) * trail))),)

    def vjp(xs, ys, gs):
        p = slope(xs[0], ys[0])
        trail = np.ndim(p) - len(shape)
        term = weighted(p, gs[0])
        return (np.sum(term, axis=tuple(range(-trail, 0))) if trail else term,)

    return Solved((x,), lambda x: evaluated(x, family, nu), jvp, vjp)


@implicit(evaluated_nd)
def _evaluated_nd(x, family, nu):
    """`family(x, nu)`: mixed derivative nu (a tuple) at points whose coordinates are the last axis of x."""
    ndim = len(nu)
    points = np.ndim(x) - 1

    def slopes(x):
        return [evaluated_nd(x, family, (*nu[:k], nu[k] + 1, *nu[k + 1:])) for k in range(ndim)]

    def jvp(xs, ys, ts):
        t, total = ts[0], 0.0
        for k, p in enumerate(slopes(xs[0])):
            one = t[..., k]
            total = total + weighted(p, np.reshape(one, (*np.shape(one), *(1,) * (np.ndim(p) - points))))
        return (total,)

    def vjp(xs, ys, gs):
        found = []
        for p in slopes(xs[0]):
            term, trail = weighted(p, gs[0]), np.ndim(p) - points
            found.append(np.sum(term, axis=tuple(range(-trail, 0))) if trail else term)
        return (np.stack(found, axis=-1),)

    return Solved((x,), lambda x: evaluated_nd(x, family, nu), jvp, vjp)
