"""`minimize` and `NonlinearConstraint` with exact derivatives.

May import: numpy, scipy.optimize, handed, objective, parameters.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from .. import api
from ..errors import InputError
from .handed import Handed, vector
from .objective import Objective
from .parameters import finish, named

__all__ = ["NonlinearConstraint", "minimize"]

# What each method takes: g gradient, h Hessian, p product; a method that is not here gets all that SciPy passes on.
TAKES = {
    "nelder-mead": "", "powell": "", "cobyla": "", "cobyqa": "", "cg": "g", "bfgs": "g", "l-bfgs-b": "g", "tnc": "g", "slsqp": "g",
    "newton-cg": "ghp", "trust-ncg": "ghp", "trust-krylov": "ghp", "trust-constr": "ghp", "dogleg": "gh", "trust-exact": "gh",
}
# These ask for value and gradient at every point.
BOTH = ("cg", "bfgs", "l-bfgs-b", "tnc", "slsqp")
DENSE_UP_TO = 200  # unknowns for which a Hessian costs less than the products of one trust-region step


def minimize(fun, x0, args=(), method=None, *, bounds=None, constraints=(), hessian="auto", **options):
    """`scipy.optimize.minimize` with exact gradient, Hessian or Hessian products, whichever the method takes.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, plain NumPy code that returns one real number.
    x0 : array, dict or Parameters
        Where to start. With a dict, `fun` gets a dict of the same names and shapes.
    args, method, constraints, options
        As for `scipy.optimize.minimize` (`callback`, `tol`, `options`).
    bounds : optional
        As for SciPy; with a dict, a dict of names and pairs.
    hessian : {"auto", "dense", "product"}
        For methods that take either: "auto" forms Hessians of up to 200 unknowns.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With `objective` (an `Objective`: its `counts`) and, with named parameters, `parameters` (a dict).

    Raises
    ------
    InputError
        (TypeError) if derivatives are given, or the method does not take the asked form.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import optimize
    >>> f = lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    >>> found = optimize.minimize(f, np.zeros(5), method="trust-exact")
    >>> found.success, found.x.round(6).tolist()
    (True, [1.0, 1.0, 1.0, 1.0, 1.0])
    """
    given = [name for name in ("jac", "hess", "hessp") if options.get(name) is not None]
    if given:
        raise InputError(f"minimize() finds derivatives itself, found {given}: leave them out, or call scipy.optimize.minimize")
    fun, x0, bounds, parameters = named(fun, x0, bounds)
    takes = _takes(method, bounds, constraints)
    form = _form(hessian, takes, x0.size, method)
    name = method.lower() if isinstance(method, str) else _default(bounds, constraints)
    objective = Objective(fun, args, "gradient" if name in BOTH else "hessian" if form == "h" else "")
    derivatives = {"jac": objective.gradient} if "g" in takes else {}
    if form:
        derivatives |= {"hess": objective.hessian} if form == "h" else {"hessp": objective.product}
    result = optimize.minimize(objective.value, x0, method=method, bounds=bounds, constraints=constraints,
                               **derivatives, **options)
    return finish(result, parameters, objective)


def _default(bounds, constraints):
    """The method that SciPy chooses."""
    return "slsqp" if constraints else "l-bfgs-b" if bounds is not None else "bfgs"


def _takes(method, bounds, constraints):
    if method is None:
        return TAKES[_default(bounds, constraints)]
    if callable(method):
        return "gh"
    if not isinstance(method, str) or method.lower() not in TAKES:
        raise InputError(f"method {method!r} is not known; known are {sorted(TAKES)}")
    return TAKES[method.lower()]


def _form(hessian, takes, size, method):
    """h, p or nothing: how second derivatives are handed over."""
    wanted = {"auto": "", "dense": "h", "product": "p"}.get(hessian) if isinstance(hessian, str) else None
    if wanted is None:
        raise InputError(f"hessian is 'auto', 'dense' or 'product', found {hessian!r}")
    if wanted and wanted not in takes:
        raise InputError(f"method {method!r} does not take a Hessian in the form {hessian!r}: leave hessian='auto'")
    if wanted or "h" not in takes:
        return wanted
    return "p" if "p" in takes and size > DENSE_UP_TO else "h"


def NonlinearConstraint(fun, lb, ub, parameters=None, **options):  # noqa: N802 (SciPy's name)
    """`scipy.optimize.NonlinearConstraint` with the exact Jacobian and Hessian of `fun`.

    Parameters
    ----------
    fun : callable
        ``fun(x)``, plain NumPy code that returns a number or a one-dimensional array.
    lb, ub : float or array
        lb <= fun(x) <= ub.
    parameters : Parameters, optional
        `fun` then takes the dict of named parameters.
    options
        `keep_feasible`.

    Returns
    -------
    scipy.optimize.NonlinearConstraint
        ``hess(x, v)`` is the Hessian of the sum of v times fun.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import optimize
    >>> disc = optimize.NonlinearConstraint(lambda x: np.sum(x ** 2), -np.inf, 1.0)
    >>> disc.jac(np.array([1.0, 2.0])), disc.hess(np.array([1.0, 2.0]), np.array([0.5]))
    (array([[2., 4.]]), array([[1., 0.],
           [0., 1.]]))
    """
    def body(run, x):
        return np.atleast_1d(vector(run(x if parameters is None else parameters.unpack(x))))

    values = Handed(fun, body)
    jacobian = api.jacobian(values)
    weighted = api.hessian(Handed(fun, lambda run, x, v: np.sum(v * body(run, x))))
    floats = lambda x: np.array(x, dtype=np.float64)
    return optimize.NonlinearConstraint(
        lambda x: values(floats(x)), lb, ub, jac=lambda x: jacobian(floats(x)),
        hess=lambda x, v: weighted(floats(x), floats(v)), **options)
