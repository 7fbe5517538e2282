"""A problem in the form that cyipopt takes: values along a structure, the Hessian of the Lagrangian as its lower triangle.

May import: numpy, dualad, handed, objective, parameters.  cyipopt itself is not imported.
"""

from __future__ import annotations

import numpy as np

from .. import api
from ..errors import InputError
from .handed import Handed, vector
from .objective import Objective, Residuals
from .parameters import named

__all__ = ["IpoptProblem"]


class IpoptProblem:
    """Objective and constraints with exact derivatives, for ``cyipopt.Problem(n, m, problem_obj=...)``.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, plain NumPy code that returns one real number.
    x0 : array, dict or Parameters
        Where to start. With a dict, `fun` and `constraints` get a dict of the same names and shapes.
    constraints : callable, optional
        ``constraints(x, *args)`` returns a number, a list of numbers or a one-dimensional array.
    args : tuple
        Further arguments of both functions.
    bounds : dict, optional
        With a dict as `x0`: name to (lower, upper).
    jacobian_structure, hessian_structure : (rows, columns), optional
        Where derivatives may be other than zero, the Hessian's in the lower triangle (rows >= columns). By default everywhere.
        A derivative elsewhere raises: it is never dropped.

    Attributes
    ----------
    n, m : int
        Numbers of unknowns and constraints (these are evaluated once at `x0` to count them).
    x0, lb, ub : ndarray
        The start as a vector, and its bounds (infinite where there are none).
    counts : dict
        Evaluations of the "objective" and of the "constraints", and of the "lagrangian" Hessian; each quantity is found
        once at a point.

    Raises
    ------
    InputError
        (TypeError) for structures that do not fit, and when a derivative is found outside of one.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.optimize import IpoptProblem
    >>> p = IpoptProblem(lambda x: x[0] * x[1] ** 2, np.array([2.0, 3.0]), lambda x: [x[0] + x[1], x[0] * x[1]])
    >>> p.n, p.m, p.gradient(p.x0), p.jacobian(p.x0)
    (2, 2, array([ 9., 12.]), array([1., 1., 3., 2.]))
    >>> p.hessianstructure(), p.hessian(p.x0, np.array([0.0, 10.0]), 1.0)
    ((array([0, 1, 1]), array([0, 0, 1])), array([ 0., 16.,  4.]))
    """

    def __init__(self, fun, x0, constraints=None, args=(), *, bounds=None, jacobian_structure=None, hessian_structure=None):
        objective, start, limits, self._names = named(fun, x0, bounds)
        self.x0, self.n = np.array(start, dtype=np.float64), start.size
        self.lb, self.ub = ((np.full(self.n, end) for end in (-np.inf, np.inf)) if limits is None else (limits.lb, limits.ub))
        self._objective = Objective(objective, args)
        self.counts = {"objective": self._objective.counts, "lagrangian": 0}
        self._constraints, self._curvature, self.m = None, None, 0
        if constraints is not None:
            self._constrain(named(constraints, x0, bounds)[0], args)
        self._jacobian = _structure(jacobian_structure, (self.m, self.n), "jacobian_structure")
        self._hessian = _structure(hessian_structure, (self.n, self.n), "hessian_structure", lower=True)

    def _constrain(self, constraints, args):
        """Enter the constraints, and the Hessian of a weighted sum of them."""
        values = Handed(constraints, lambda run, x, *more: np.atleast_1d(vector(run(x, *more))))
        self._constraints = Residuals(values, args)
        self.counts["constraints"] = self._constraints.counts
        found = self._constraints.value(self.x0)
        if found.ndim != 1:
            raise InputError(f"constraints must return a number or a one-dimensional array, found shape {found.shape}: "
                             "use np.ravel")
        self.m = found.size
        self._curvature = api.hessian(Handed(values, lambda run, x, weights: np.sum(weights * run(x, *self._constraints.args))))

    def objective(self, x):
        """The number fun(x)."""
        return self._objective.value(x)

    def gradient(self, x):
        """Its gradient, n numbers."""
        return self._objective.gradient(x)

    def constraints(self, x):
        """The m values of the constraints."""
        return np.zeros(0) if self._constraints is None else self._constraints.value(x)

    def jacobian(self, x):
        """Derivatives of the constraints along `jacobianstructure()`."""
        whole = np.zeros((0, self.n)) if self._constraints is None else self._constraints.jacobian(x)
        return _entries(whole, self._jacobian, "jacobian_structure")

    def jacobianstructure(self):
        """(rows, columns) of the values of `jacobian`."""
        return self._jacobian

    def hessian(self, x, lagrange, obj_factor):
        """Lower triangle of the Hessian of ``obj_factor * fun + sum(lagrange * constraints)`` along `hessianstructure()`."""
        self.counts["lagrangian"] += 1
        weights = np.array(lagrange, dtype=np.float64)
        # what has no weight is not evaluated: its derivatives may be infinite
        whole = float(obj_factor) * self._objective.hessian(x) if obj_factor else np.zeros((self.n, self.n))
        if self._curvature is not None and np.any(weights):
            whole += self._curvature(np.array(x, dtype=np.float64), weights)
        return _entries(np.tril(whole), self._hessian, "hessian_structure")

    def hessianstructure(self):
        """(rows, columns) of the values of `hessian`, in the lower triangle."""
        return self._hessian

    def parameters(self, x):
        """The dict of named parameters of a vector."""
        if self._names is None:
            raise InputError("the problem was made for a vector: there are no names; give a dict as x0")
        return self._names.unpack(x)


def _structure(given, shape, name, lower=False):
    """Rows and columns of the entries, all of them by default."""
    if given is None:
        rows, cols = np.tril_indices(shape[0]) if lower else (k.ravel() for k in np.indices(shape))
        return rows, cols
    rows, cols = (np.asarray(k) for k in given)
    if rows.shape != cols.shape or rows.ndim != 1 or rows.dtype.kind not in "iu" or cols.dtype.kind not in "iu":
        raise InputError(f"{name} is (rows, columns), two arrays of as many integers, found {given!r}")
    outside = (rows < 0) | (rows >= shape[0]) | (cols < 0) | (cols >= shape[1])
    if np.any(outside):
        raise InputError(f"{name}: entry ({rows[outside][0]}, {cols[outside][0]}) is not in a matrix of shape {shape}")
    if lower and np.any(rows < cols):
        raise InputError(f"{name}: Ipopt takes the lower triangle, rows >= columns; exchange the indices of the others")
    if len(np.unique(rows * shape[1] + cols)) != len(rows):
        raise InputError(f"{name} names an entry twice: Ipopt would add its values")
    return rows, cols


def _entries(whole, structure, name):
    """The values along a structure; anything else that is not zero is an error."""
    rest = whole.copy()
    rest[structure] = 0.0
    if np.any(rest):
        row, col = np.argwhere(rest)[0]
        raise InputError(f"{name} leaves out entry ({row}, {col}), whose derivative is {rest[row, col]}: add it")
    return whole[structure]
