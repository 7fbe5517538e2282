"""`least_squares` and `curve_fit` with exact Jacobians, and a covariance from a solution that is exact to rounding.

May import: numpy, scipy.linalg, scipy.optimize, dualad, handed, objective, parameters.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, optimize

from .. import api
from ..errors import InputError
from .handed import Handed
from .objective import Residuals
from .parameters import Parameters, finish, named

__all__ = ["CurveFit", "curve_fit", "least_squares"]

STEPS = 20  # Newton steps at most; from where least_squares stops, two or three are usual


def least_squares(fun, x0, args=(), method="trf", *, bounds=None, jacobian="dense", **options):
    """`scipy.optimize.least_squares` with the exact Jacobian.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, plain NumPy code that returns the residuals, a one-dimensional array.
    x0 : array, dict or Parameters
        Where to start. With a dict, `fun` gets a dict of the same names and shapes.
    args, method, options
        As for SciPy.
    bounds : optional
        As for SciPy; with a dict, a dict of names and pairs.
    jacobian : {"dense", "operator"}
        "operator": a LinearOperator, for methods "trf" and "dogbox" with ``tr_solver="lsmr"``; no matrix is formed.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With `objective` (a `Residuals`: its `counts`) and, with named parameters, `parameters`.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import optimize
    >>> t = np.linspace(0, 1, 20)
    >>> residuals = lambda p: p["size"] * np.exp(-p["rate"] * t) - 2.0 * np.exp(-3.0 * t)
    >>> found = optimize.least_squares(residuals, {"size": 1.0, "rate": 1.0}, xtol=1e-15)
    >>> {name: round(float(value), 6) for name, value in found.parameters.items()}
    {'size': 2.0, 'rate': 3.0}
    """
    if options.get("jac") is not None:
        raise InputError("least_squares() finds the Jacobian itself: leave jac out, or call scipy.optimize.least_squares")
    if jacobian == "operator" and method == "lm":
        raise InputError("method 'lm' needs a dense Jacobian: use 'trf' or 'dogbox', or jacobian='dense'")
    fun, x0, bounds, parameters = named(fun, x0, bounds)
    objective = Residuals(fun, args, jacobian)
    if bounds is not None:
        options["bounds"] = bounds
    result = optimize.least_squares(objective.value, x0, jac=objective.jacobian, method=method, **options)
    return finish(result, parameters, objective)


@dataclass(frozen=True)
class CurveFit:
    """A fitted curve; unpacks as ``popt, pcov`` like the result of `scipy.optimize.curve_fit`.

    Attributes
    ----------
    popt, pcov : ndarray
        Parameters and their covariance.
    names : Parameters
        Labels; `print(fit)` shows the table.
    result : scipy.optimize.OptimizeResult
        What SciPy found before the last Newton steps.
    newton : int
        Newton steps with the exact Hessian that were accepted.
    """

    popt: np.ndarray
    pcov: np.ndarray
    names: Parameters
    result: Any
    newton: int

    def __iter__(self):
        return iter((self.popt, self.pcov))

    @property
    def deviations(self):
        """Standard deviations of the parameters."""
        return np.sqrt(np.diag(self.pcov))

    @property
    def parameters(self):
        """The parameters by name."""
        return self.names.unpack(self.popt)

    def __str__(self):
        return self.names.table(self.popt, self.pcov)


def curve_fit(f, xdata, ydata, p0, sigma=None, absolute_sigma=False, *, bounds=None, method=None, **options):
    """`scipy.optimize.curve_fit` with exact derivatives, and the covariance at a solution that is exact to rounding.

    Parameters
    ----------
    f : callable
        ``f(xdata, *parameters)``, plain NumPy code; with named parameters ``f(xdata, **parameters)``.
    xdata, ydata
        Data; ydata one-dimensional.
    p0 : array, dict or Parameters
        Where to start (SciPy's guess from the signature is not made).
    sigma : array, optional
        Standard deviations of ydata, or their covariance matrix.
    absolute_sigma : bool
        As for SciPy: False scales the covariance by the residual variance.
    bounds : optional
        (lower, upper) or Bounds; with a dict, a dict of names and pairs.
    method : {"lm", "trf", "dogbox"}, optional
        "lm" without bounds, "trf" with them.
    options
        As for `scipy.optimize.least_squares`.

    Returns
    -------
    CurveFit
        Unpacks as ``popt, pcov``. The covariance is s^2 inv(J'J), by a QR factorisation of the scaled exact Jacobian; it is
        inf throughout, with a warning, where J has not full rank or nothing is left to estimate the variance from.

    Notes
    -----
    Least squares solvers stop where the sum of squares no longer changes, with about half of the digits of a
    parameter. Newton steps on the sum of squares with its exact Hessian find the rest; they are not made where a bound is active.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import optimize
    >>> t = np.linspace(0, 4, 30)
    >>> y = 2.5 * np.exp(-1.3 * t) + 0.01 * np.cos(40 * t)
    >>> fit = optimize.curve_fit(lambda t, size, rate: size * np.exp(-rate * t), t, y, {"size": 1.0, "rate": 1.0})
    >>> popt, pcov = fit
    >>> print(fit)
    name         value     deviation  correlations
    size      2.505596   0.005229826
    rate      1.303972   0.004203572  +0.641
    """
    ydata = np.asarray(ydata, dtype=np.float64)
    by_name = isinstance(p0, dict | Parameters)
    whiten = _whitening(sigma, ydata)
    residuals = Handed(f, lambda run, p: whiten((run(xdata, **p) if by_name else run(xdata, *p)) - ydata))
    fun, x0, limits, names = named(residuals, p0, bounds)
    if names is None:
        names = Parameters({f"p{k}": value for k, value in enumerate(x0)})
    options = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "x_scale": "jac"} | options
    method = method or ("lm" if limits is None else "trf")
    result = least_squares(fun, x0, method=method, bounds=limits, **options)
    if result.status <= 0:
        raise RuntimeError(f"no best parameters found: {result.message}")
    popt, steps = _newton(fun, result) if not np.any(result.active_mask) else (result.x, 0)
    if limits is not None:
        popt, steps = _inside(popt, steps, limits, result)
    return CurveFit(popt, _covariance(result.objective, popt, absolute_sigma), names, result, steps)


def _whitening(sigma, ydata):
    """The linear map that gives residuals unit covariance."""
    if ydata.ndim != 1:
        raise InputError(f"ydata must have one dimension, found shape {ydata.shape}")
    if sigma is None:
        return lambda r: r
    sigma = np.asarray(sigma, dtype=np.float64)
    if sigma.shape == (ydata.size,):
        return lambda r: r / sigma
    if sigma.shape == (ydata.size,) * 2:
        inverse = linalg.solve_triangular(linalg.cholesky(sigma, lower=True), np.eye(ydata.size), lower=True)
        return lambda r: inverse @ r
    raise InputError(f"sigma must have shape {(ydata.size,)} or {(ydata.size,) * 2}, found {sigma.shape}")


def _newton(fun, result):
    """Newton's point from where the solver stopped, and the steps; the solver's own where that fits no worse."""
    derivatives = api.value_grad_hess(Handed(fun, lambda run, x: np.sum(run(x) ** 2)))
    with np.errstate(all="ignore"):
        x, steps, value = _descend(derivatives, result.x)
    # the sum of squares at a solution is known to rounding only
    return (x, steps) if value <= 2.0 * result.cost * (1.0 + 1e-9) else (result.x, 0)


def _descend(derivatives, x):
    """Full Newton steps while they shrink: the last point, the number of steps, the sum of squares there."""
    last = np.inf
    for step in range(STEPS):  # noqa: B007 (returned)
        value, gradient, hessian = derivatives(x)
        scale = np.sqrt(np.abs(np.diag(hessian)))
        if not (np.all(scale > 0) and np.all(np.isfinite(hessian)) and np.all(np.isfinite(gradient))):
            break
        try:
            root = linalg.cho_factor(hessian / np.outer(scale, scale))
        except linalg.LinAlgError:  # not a minimum of this curvature
            break
        move = linalg.cho_solve(root, -gradient / scale) / scale
        size = np.linalg.norm(move * scale)
        if not size < 0.5 * last:
            break
        x, last = x + move, size
    return x, step, derivatives(x)[0] if step == STEPS - 1 else value


def _inside(popt, steps, limits, result):
    """Newton's point where it keeps the bounds, else the solver's."""
    lower, upper = (limits.lb, limits.ub) if isinstance(limits, optimize.Bounds) else limits
    if np.all(popt >= lower) and np.all(popt <= upper):
        return popt, steps
    return result.x, 0


def _covariance(objective, popt, absolute_sigma):
    """s^2 inv(J'J) by a QR factorisation of J with columns of unit length."""
    jacobian = objective.jacobian(popt)
    rows, columns = jacobian.shape
    scale = np.linalg.norm(jacobian, axis=0)
    triangle = np.linalg.qr(jacobian / np.where(scale > 0, scale, 1.0), mode="r")
    diagonal = np.abs(np.diag(triangle))
    full = rows >= columns and np.all(scale > 0) and diagonal.min() > columns * np.finfo(float).eps * diagonal.max()
    if not full or (rows == columns and not absolute_sigma):
        warnings.warn("the covariance of the parameters could not be estimated", optimize.OptimizeWarning, stacklevel=3)
        return np.full((columns, columns), np.inf)
    half = linalg.solve_triangular(triangle, np.eye(columns)) / scale[:, None]
    variance = 1.0 if absolute_sigma else np.sum(objective.value(popt) ** 2) / (rows - columns)
    return variance * half @ half.T
