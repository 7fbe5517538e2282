"""Functions with their derivatives, evaluated once at each point.

SciPy asks for value, gradient and Hessian by separate calls, at the same point one after another.  The objects here
remember the last points.  May import: numpy, dualad, handed.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

import numpy as np

from .. import api
from ..errors import InputError
from .handed import Handed, vector

__all__ = ["Objective", "Residuals"]

POINTS = 4  # a trust region keeps its centre while it tries others


class Remembering:
    """What was found at the last points, by the bytes of the point."""

    def __init__(self, fun, args):
        self.args = tuple(args) if isinstance(args, tuple | list) else (args,)
        self.counts = Counter()
        self._points = OrderedDict()
        self._f = Handed(fun, self._counted)

    def _counted(self, fun, x):
        self.counts["runs"] += 1
        return vector(fun(x, *self.args))

    def _at(self, x):
        """The dict of quantities known at x, and x as a private float64 array."""
        x = np.array(x, dtype=np.float64)
        key = x.tobytes()
        if key in self._points:
            self._points.move_to_end(key)
        else:
            self._points[key] = {}
            while len(self._points) > POINTS:
                self._points.popitem(last=False)
        return self._points[key], x

    def _enter(self, known, **found):
        """Keep quantities that are new, count them."""
        for name, quantity in found.items():
            if name not in known:
                known[name] = quantity
                self.counts[name] += 1


class Objective(Remembering):
    """A function of a vector that returns one number, with gradient, Hessian and products, each evaluated once per point.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, plain NumPy code that returns one real number.
    args : tuple
        Further arguments, not differentiated.
    together : {"", "gradient", "hessian"}
        What is found along with the value ("gradient"), or along with the gradient ("hessian"), because the solver
        will ask for both.

    Attributes
    ----------
    counts : collections.Counter
        How often "value", "gradient", "hessian" and "product" were evaluated, and "runs": how often `fun` was called,
        on arrays with or without derivatives.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.optimize import Objective
    >>> f = Objective(lambda x: np.sum(x ** 3))
    >>> x = np.array([1.0, 2.0])
    >>> f.value(x), f.gradient(x), f.product(x, np.array([1.0, 0.0]))
    (9.0, array([ 3., 12.]), array([6., 0.]))
    >>> f.value(x), f.counts["value"]
    (9.0, 1)
    """

    def __init__(self, fun, args=(), together=""):
        super().__init__(fun, args)
        if together not in ("", "gradient", "hessian"):
            raise InputError(f"together is '', 'gradient' or 'hessian', found {together!r}")
        self._together = together
        self._gradient = api.value_and_grad(self._f)
        self._second = api.value_grad_hess(self._f)
        self._operator = api.hessian_operator(self._f)

    def value(self, x):
        """The number fun(x)."""
        known, x = self._at(x)
        if "value" not in known:
            if self._together == "gradient":
                self._first(known, x)
            else:
                self._enter(known, value=float(self._f(x)))
        return known["value"]

    def gradient(self, x):
        """The gradient, an array of the shape of x."""
        known, x = self._at(x)
        if "gradient" not in known:
            if self._together == "hessian":
                self._all(known, x)
            else:
                self._first(known, x)
        return known["gradient"].copy()  # solvers may write into what they get

    def hessian(self, x):
        """The Hessian, a square matrix."""
        known, x = self._at(x)
        if "hessian" not in known:
            self._all(known, x)
        return known["hessian"].copy()

    def product(self, x, p):
        """The Hessian times p; the gradient is recorded once per point, a product is one sweep."""
        known, x = self._at(x)
        if "operator" not in known:
            self._enter(known, operator=self._operator(x))
        self.counts["product"] += 1
        return known["operator"] @ np.asarray(p, dtype=np.float64)

    def _first(self, known, x):
        value, gradient = self._gradient(x)
        self._enter(known, value=float(value), gradient=gradient)

    def _all(self, known, x):
        value, gradient, hessian = self._second(x)
        self._enter(known, value=float(value), gradient=gradient, hessian=hessian)


class Residuals(Remembering):
    """A function of a vector that returns a vector, with its Jacobian, each evaluated once per point.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, plain NumPy code that returns a one-dimensional array.
    args : tuple
        Further arguments, not differentiated.
    form : {"dense", "operator"}
        The Jacobian as an array, or as a LinearOperator whose matrix is never formed.

    Attributes
    ----------
    counts : collections.Counter
        How often "value" and "jacobian" were evaluated, and "runs" of `fun`.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.optimize import Residuals
    >>> r = Residuals(lambda x: np.array([x[0] * x[1], x[0]]))
    >>> r.jacobian(np.array([2.0, 3.0]))
    array([[3., 2.],
           [1., 0.]])
    """

    def __init__(self, fun, args=(), form="dense"):
        super().__init__(fun, args)
        if form not in ("dense", "operator"):
            raise InputError(f"form is 'dense' or 'operator', found {form!r}; dualad has no sparse Jacobians yet")
        self._jacobian = (api.jacobian if form == "dense" else api.jacobian_operator)(self._f)
        self._copied = form == "dense"

    def value(self, x):
        """The vector fun(x)."""
        known, x = self._at(x)
        if "value" not in known:
            self._enter(known, value=np.asarray(self._f(x), dtype=np.float64))
        return known["value"].copy()

    def jacobian(self, x):
        """The Jacobian: rows are entries of the result, columns entries of x."""
        known, x = self._at(x)
        if "jacobian" not in known:
            self._enter(known, jacobian=self._jacobian(x))
        return known["jacobian"].copy() if self._copied else known["jacobian"]
