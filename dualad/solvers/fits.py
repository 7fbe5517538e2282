"""least_squares, leastsq and curve_fit: the gradient of the sum of squares is zero, exactly (no Gauss-Newton approximation).

May import: functions, results, stationary, core, errors, numpy.
"""

from __future__ import annotations

import numpy as np

from ..core.operands import plain, primal, stacked
from ..errors import SolverError
from .functions import Call, Composed, jacobian
from .results import withheld
from .stationary import at_solution, inside, limits, stationary

__all__ = ["curve_fit", "least_squares", "leastsq"]

LOSSES = {
    "linear": lambda z: z,
    "soft_l1": lambda z: 2.0 * (np.sqrt(1.0 + z) - 1.0),
    "huber": lambda z: np.where(z <= 1.0, z, 2.0 * np.sqrt(np.where(z <= 1.0, 1.0, z)) - 1.0),
    "cauchy": np.log1p,
    "arctan": np.arctan,
}


def _cost(residual, x, loss, scale):
    """Half the sum of losses of the residuals."""
    r = residual(x)
    return 0.5 * np.sum(r * r if loss == "linear" else scale * scale * LOSSES[loss]((r / scale) ** 2))


def least_squares(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    found = call.run()
    if not call.levels:
        return found
    if found.status <= 0:
        raise SolverError(f"{call.name}: did not converge ({found.message}): a point that is no solution has no derivative")
    loss = call.get("loss", "linear")
    if loss not in LOSSES:
        raise SolverError(f"{call.name}: a loss of your own has no derivative rule: give scipy.optimize.minimize the whole cost")
    bounds = call.get("bounds", (-np.inf, np.inf))
    inside(call, found.x, *(limits(bounds) if hasattr(bounds, "lb") else plain(bounds)))
    residual = call.function("fun")
    residual.kwargs = call.get("kwargs") or {}
    whole = Composed(residual, _cost, loss, call.get("f_scale", 1.0))
    x = stationary(call, whole, found.x)
    return withheld(call.name, found, ("success", "status", "message", "nfev", "njev", "active_mask"), x=x,
                    fun=at_solution(residual, x, found.fun), cost=at_solution(whole, x, found.cost))


def _covariance(call, residual, x, value):
    """inv(J' J) with SciPy's value."""
    J = jacobian(residual, x, residual.f, call.name)[1]
    found = np.linalg.inv(J.T @ J)
    return value + (found - primal(found))


def leastsq(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    found = call.run()
    if not call.levels:
        return found
    x, flag = found[0], found[-1]
    if flag not in (1, 2, 3, 4):
        raise SolverError(f"{call.name}: did not converge (ier = {flag}): a point that is no solution has no derivative")
    residual = call.function("func")
    x = stationary(call, Composed(residual, _cost, "linear", 1.0), x)
    if len(found) == 2:
        return x, flag
    covariance = None if found[1] is None else _covariance(call, residual, x, found[1])
    return x, covariance, withheld(call.name, found[2], ("nfev",), fvec=at_solution(residual, x, found[2]["fvec"])), found[3], flag


def _deviation(model, p, x, y, sigma):
    """Residuals of a fit, in units of their errors."""
    r = model.function_of(x, p) - y
    if sigma is None:
        return r
    if np.ndim(sigma) < 2:
        return r / sigma
    return np.linalg.solve(np.linalg.cholesky(sigma), r)


class _Model:
    """A model f(x, *p) of curve_fit as a function of (x, p)."""

    def __init__(self, function):
        self.function, self.f = function, function.f

    def function_of(self, x, p):
        y = self.function(x, *(p[k] for k in range(np.size(p))))
        return np.reshape(y, -1)

    def jets(self):
        return self.function.jets()

    def swapped(self, swap):
        return _Model(self.function.swapped(swap))

    @property
    def lean(self):
        return _Model(self.function.lean)


def curve_fit(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    found = call.run()  # raises where it does not converge
    if not call.levels:
        return found
    if call.get("nan_policy") is not None:
        raise SolverError(f"{call.name}: nan_policy= has no derivative rule: leave the points out before the fit")
    bounds = call.get("bounds", (-np.inf, np.inf))
    popt, pcov = found[:2]
    inside(call, popt, *(limits(bounds) if hasattr(bounds, "lb") else plain(bounds)))
    x, y, sigma = (stacked(v) if isinstance(v, (list, tuple)) else v for v in map(call.get, ("xdata", "ydata", "sigma")))
    residual = Composed(_Model(call.function("f", None)), _deviation, x, y, sigma)
    whole = Composed(residual, _cost, "linear", 1.0)
    p = stationary(call, whole, popt)
    return p, _spread(call, residual, p, pcov, np.size(y)), *_rest(call, found[2:])


def _spread(call, residual, p, pcov, points):
    """The covariance of fitted parameters with SciPy's value; where it is unknown (inf) there is nothing to differentiate."""
    if not np.all(np.isfinite(pcov)):
        return pcov
    J = jacobian(residual, p, residual.f, call.name)[1]
    found = np.linalg.inv(J.T @ J)
    if not call.get("absolute_sigma", False):
        r = residual(p)
        found = found * (np.sum(r * r) / (points - np.size(p)))
    return pcov + (found - primal(found))


def _rest(call, found):
    return (withheld(call.name, found[0], ("nfev",)), *found[1:]) if found else ()
