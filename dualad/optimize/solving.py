"""`root` and `solve_ivp` with exact Jacobians.

May import: numpy, scipy.optimize, scipy.integrate, handed, objective, parameters.
"""

from __future__ import annotations

import numpy as np
from scipy import integrate, optimize

from .. import api
from ..errors import InputError
from .handed import Handed, vector
from .objective import Residuals
from .parameters import finish, named

__all__ = ["root", "solve_ivp"]

ROOT_WITH_JACOBIAN = ("hybr", "lm")
IMPLICIT = ("Radau", "BDF", "LSODA")


def root(fun, x0, args=(), method="hybr", **options):
    """`scipy.optimize.root` with the exact Jacobian.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, plain NumPy code that returns as many entries as x has.
    x0 : array, dict or Parameters
        Where to start.
    args : tuple
        Further arguments of `fun`.
    method : {"hybr", "lm"}
        The methods of SciPy that take a Jacobian.
    options
        As for SciPy (`tol`, `callback`, `options`).

    Returns
    -------
    scipy.optimize.OptimizeResult
        With `objective` (a `Residuals`: its `counts`) and, with named parameters, `parameters`.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import optimize
    >>> found = optimize.root(lambda x: np.array([x[0] ** 2 + x[1] - 3, x[0] - x[1]]), [1.0, 1.0])
    >>> bool(abs(found.x[0] - (np.sqrt(13) - 1) / 2) < 1e-12)
    True
    """
    if method not in ROOT_WITH_JACOBIAN:
        raise InputError(f"root() knows the methods that take a Jacobian, {ROOT_WITH_JACOBIAN}, found {method!r}: "
                         "call scipy.optimize.root for the others")
    if options.get("jac") is not None:
        raise InputError("root() finds the Jacobian itself: leave jac out, or call scipy.optimize.root")
    fun, x0, _, parameters = named(fun, x0, None)
    objective = Residuals(fun, args)
    return finish(optimize.root(objective.value, x0, method=method, jac=objective.jacobian, **options), parameters, objective)


def solve_ivp(fun, t_span, y0, method="BDF", *, args=(), **options):
    """`scipy.integrate.solve_ivp` for stiff problems, with the exact Jacobian of the right-hand side.

    Parameters
    ----------
    fun : callable
        ``fun(t, y, *args)``, plain NumPy code.
    t_span, y0, options
        As for SciPy.
    method : {"BDF", "Radau", "LSODA"}
        The methods that use a Jacobian; others need no derivatives: call SciPy's solve_ivp.
    args : tuple
        Further arguments of `fun`.

    Returns
    -------
    The result of SciPy, with `runs`: calls of `fun` for values, and for Jacobians.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import optimize
    >>> found = optimize.solve_ivp(lambda t, y: np.array([-1e4 * (y[0] - np.cos(t))]), (0.0, 1.0), [0.0])
    >>> found.success, bool(abs(found.y[0, -1] - np.cos(1.0)) < 1e-3)
    (True, True)
    """
    if method not in IMPLICIT:
        raise InputError(f"solve_ivp() is for the methods that use a Jacobian, {IMPLICIT}, found {method!r}: "
                         "call scipy.integrate.solve_ivp for the others")
    if options.get("jac") is not None:
        raise InputError("solve_ivp() finds the Jacobian itself: leave jac out, or call scipy.integrate.solve_ivp")
    runs = {"value": 0, "jacobian": 0}

    def right(t, y):
        runs["value"] += 1
        return fun(t, y, *args)

    derivative = api.jacobian(Handed(fun, lambda run, t, y: vector(run(t, y, *args))), argnums=1)

    def jacobian(t, y):
        runs["jacobian"] += 1
        return derivative(float(t), np.array(y, dtype=np.float64))

    result = integrate.solve_ivp(right, t_span, y0, method=method, jac=jacobian, **options)
    result.runs = runs
    return result
