"""Initial value problems: forward sensitivities by the very method that solves, and the derivative of the accepted steps.

Forward levels only: the equations of all components of the state (value, tangents, second order, of every level) are one
plain system, which SciPy's method integrates with error control on all of it. With a tape among the levels: `steps` goes over the
accepted steps again on it. Values are those of the plain call in both. May import: functions, nest, core, errors, numpy, scipy.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import sparse

from ..calls import Inputs, from_start
from ..core.jets import Jet
from ..core.operands import component, plain, primal
from ..directional import _push
from ..errors import SolverError
from . import nest
from .functions import Composed, jacobian

__all__ = ["Trajectory", "blocks", "moved", "sensitivities", "simple", "start", "tolerances", "vector"]

PASSES = 4
FINEST = 3e-14  # relative tolerance below which SciPy's solvers complain


class Trajectory:
    """One initial value problem with its plain solution: what derivatives are computed from.

    `whole(t, y)`: the right-hand side as a vector; `y0` at the plain time `t0`; `times` and `values` (times, n): plain results.
    """

    def __init__(self, call, whole, t0, y0, times, values):
        self.call, self.whole, self.lean = call, whole, whole.lean
        self.t0, self.y0, self.times, self.values = t0, y0, times, values
        self.levels = dict(call.levels)

    @property
    def n(self):
        return self.values.shape[1]

    @property
    def asked(self):
        return self.whole.f

    def slope(self, t, y):
        """The plain Jacobian of the right-hand side in y."""
        return primal(jacobian(lambda z: self.lean(t, z), np.asarray(y, dtype=float), self.asked, self.call.name)[1])


def vector(function, form=None):
    """A right-hand side whose result is a vector, whatever the user's function returns."""
    def flat(f, t, y):
        out = f(t, y) if form is None else form(f, t, y)
        return np.reshape(out, -1) if isinstance(out, Jet) else np.asarray(out, dtype=np.float64).reshape(-1)

    return Composed(function, flat)


# ---- forward sensitivities ----


def sensitivities(problem, integrate):
    """The states at the times as one value (times, n) of all forward levels.

    `integrate(rhs, Y0, ladder, weights)` solves a plain system: Y at the times, (times, entries).
    """
    ladder = nest.forward(problem.levels)
    many, n = nest.count(ladder), problem.n
    start = np.ravel(nest.split(problem.y0, ladder))

    def rhs(t, y):
        return np.ravel(nest.split(problem.whole(t, nest.join(np.reshape(y, (many, n)), ladder)), ladder))

    weights = np.ones((many, n))
    for _ in range(PASSES):
        found = np.reshape(integrate(rhs, start, ladder, weights), (len(problem.times), many, n))
        new = _weights(found, weights)
        if np.all(weights <= 5.0 * new):
            break
        weights = np.minimum(weights, new)
    parts = np.moveaxis(found, 1, 0).copy()
    parts[0] = problem.values
    return nest.join(parts, ladder)


def _weights(found, weights):
    """What to multiply absolute tolerances by, so that small sensitivities are as accurate as the state."""
    largest = np.max(np.abs(found), axis=0, initial=0.0)
    state = np.where(largest[0] > 0, largest[0], 1.0)
    new = np.where(largest > 0, np.minimum(1.0, largest / state), 1.0)
    new[0] = 1.0
    return new


def tolerances(rtol, atol, weights):
    """(rtol, atol) for a system of components: the root mean square of all errors bounds that of each."""
    factor = 1.0 / math.sqrt(len(weights))
    rtol = np.maximum(np.asarray(rtol, dtype=float) * factor, FINEST)
    atol = np.broadcast_to(np.asarray(atol, dtype=float), weights.shape[1:]) * weights * factor
    return (np.ravel(np.broadcast_to(rtol, weights.shape)) if rtol.ndim else float(rtol)), np.ravel(atol)


def blocks(problem, ladder, dense=False):
    """The Jacobian of the system of components of one first-order level: one block for each, and their change with the state."""
    many, n = nest.count(ladder), problem.n

    def jac(t, y):
        state = nest.join(np.reshape(np.asarray(y), (many, n)), ladder)
        parts = nest.split(jacobian(lambda z: problem.whole(t, z), state, problem.asked, problem.call.name)[1], ladder)
        if dense:
            out = np.kron(np.eye(many), parts[0])
            out[:, :n] = np.reshape(parts, (-1, n))
            return out
        first = np.reshape(np.concatenate([np.zeros((1, n, n)), parts[1:]]), (-1, n))
        whole = sparse.block_diag([parts[0]] * many, format="csc")
        return whole + sparse.hstack([sparse.csc_matrix(first), sparse.csc_matrix((many * n, (many - 1) * n))], format="csc")

    return jac


def simple(ladder):
    """Whether there is one level of first order only."""
    return len(ladder) == 1 and not ladder[0][1].M


# ---- times that carry derivatives ----


def moved(problem, t, y, by):
    """The state at time t + by, for `by` of value zero that carries derivatives: Taylor's series, as long as there are orders."""
    levels = nest.nest(by)
    if not levels:
        return y
    term, out = by, y
    for k in range(1, nest.order({**problem.levels, **levels}) + 1):
        out = out + term * _flow(problem, k, t, y)
        term = term * by / (k + 1)
    return out


def _flow(problem, k, t, y):
    """The k-th derivative of the solution in time."""
    if k == 1:
        return problem.whole(t, y)
    inputs = Inputs(lambda t, y: _flow(problem, k - 1, t, y), (1.0 * t, y), {}, (0, 1), problem.call.name)
    inputs.asked = problem.asked
    seeds = [np.ones(1), component(problem.whole(t, y))]
    return from_start(_push, problem.asked, inputs, seeds, 1, False)[2][0][0]


def start(problem, t0, y0):
    """The state at the plain start, where the start itself carries derivatives."""
    if not nest.nest(t0):
        return y0
    return moved(problem, t0, y0, plain(t0) - t0)


def check(problem, found, values, tolerance):
    """Refuse steps gone over again that lead elsewhere than the solution."""
    wrong = np.abs(primal(found) - values) > tolerance
    if np.any(wrong) or not np.all(np.isfinite(primal(found))):
        raise SolverError(f"{problem.call.name}: the accepted steps, gone over again for reverse mode, lead to values that differ "
                          f"by {np.max(np.abs(primal(found) - values)):.2g}: tighten rtol and atol, or use forward mode "
                          "(dualad.jacobian(f, mode='forward')); a right-hand side must give the same for the same t and y")
