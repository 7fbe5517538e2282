"""`scipy.interpolate` in the scope: which class, method and function is handled, and objects that were made of plain data.

Decision: every public name, and every public method, is either handled or refused by name; without derivatives among the
arguments SciPy's own code runs, as it is.  May import: core, rules, errors, numpy, scipy.interpolate, and its siblings.
"""

from __future__ import annotations

import types

import numpy as np
import scipy.interpolate as si

from ...core.operands import primal, stacked
from ...rules.scipy_interpolate.evaluation import evaluated
from ..aware import AWARE, CALLED
from .construction import CLASSES, FUNCTIONS, NAME, Bernstein, by_order, interp1d
from .grids import Bivariate, Grid, Radial, Simplices
from .interpolants import Cardinal, Fitted, Polynomials, Spline, given, involved, refuse, spread

__all__ = ["HINTS", "METHODS", "PLAIN", "classes", "functions", "methods"]

# ---- objects that were made of plain data, at points that carry derivatives ----


def _plain_polynomials(p):
    return Polynomials(p.c, p.x, p.extrapolate, p.axis, NAME + type(p).__name__)


def _plain_bernstein(p):
    return Bernstein(p.c, p.x, p.extrapolate, p.axis)


def _plain_spline(s):
    given(s.c)  # complex ones are refused
    return Spline(s.t, s.c, s.k, s.extrapolate, s.axis)


def _plain_fitted(s):
    return Fitted(*s._eval_args, s.ext)


def _plain_samples(f):
    fill = f.fill_value
    made = interp1d(f.x, f.y, f._kind, f.axis, bounds_error=f.bounds_error, fill_value=fill, assume_sorted=True)
    made.own = f
    if f._kind == "spline":
        made.options = tuple({**dict(made.options), "kind": f._spline.k}.items())
    return made


class _PlainPolynomial(Cardinal):
    """KroghInterpolator or BarycentricInterpolator."""

    def __init__(self, p):
        self.p, self.name = p, NAME + type(p).__name__

    def derivative(self, x, der=1):
        x = given(x)
        axis, ndim = self.p._y_axis, x.ndim

        def family(x, nu):
            found = by_order(self.p)(x, nu)
            return np.moveaxis(found, tuple(range(axis, axis + ndim)), tuple(range(ndim))) if axis else found

        return spread(evaluated(x, family, der), ndim, axis)


def _plain_grid(f):
    made = Grid(f.grid, f.values, f.method, f.bounds_error, f.fill_value)
    made.own = f
    return made


def _plain_bivariate(f):
    if isinstance(f, SPHERES):
        raise refuse(NAME + type(f).__name__)
    return Bivariate(*f.tck, f.degrees)


def _plain_radial(f):
    if f.neighbors is not None:
        raise refuse(NAME + "RBFInterpolator with neighbors=", "leave neighbors= away")
    return Radial.of(f)


def _plain_linear(f):
    if f.scale is not None:
        raise refuse(NAME + "LinearNDInterpolator with rescale=")
    values = np.reshape(f.values, (-1, *f.values_shape))
    return Simplices(lambda values: f, values, f.tri.ndim)


def _plain_nearest(f):
    def call(*args, **options):
        return f(*(primal(stacked(a)) for a in args), **options)

    return call


SPHERES = (si.SmoothSphereBivariateSpline, si.LSQSphereBivariateSpline, si.RectSphereBivariateSpline)

# ---- the tables ----

# what stands for an object of SciPy whose data are plain, and which of its methods take points or limits that carry derivatives
PLAIN = {
    si.BPoly: (_plain_bernstein, "__call__ integrate"),
    si.PPoly: (_plain_polynomials, "__call__ integrate solve"),
    si.BSpline: (_plain_spline, "__call__ integrate"), si.UnivariateSpline: (_plain_fitted, "__call__ integral derivatives"),
    si.interp1d: (_plain_samples, "__call__"), si.KroghInterpolator: (_PlainPolynomial, "__call__ derivative derivatives"),
    si.BarycentricInterpolator: (_PlainPolynomial, "__call__ derivative derivatives"),
    si.RegularGridInterpolator: (_plain_grid, "__call__"),
    si.BivariateSpline: (_plain_bivariate, "__call__ ev"), si.RBFInterpolator: (_plain_radial, "__call__"),
    si.LinearNDInterpolator: (_plain_linear, "__call__"), si.NearestNDInterpolator: (_plain_nearest, "__call__"),
}
HINTS = {
    "lagrange": "use BarycentricInterpolator or KroghInterpolator", "CloughTocher2DInterpolator": "use LinearNDInterpolator or "
    "RBFInterpolator", "Rbf": "use RBFInterpolator", "splprep": "use make_interp_spline of the points", "sproot": "use PPoly.roots",
    "spalde": "use splev with der=", "AAA": "use a spline", "approximate_taylor_polynomial": "nest dualad.derivative",
    "pade": "its coefficients may come of numpy.linalg.solve", "make_splrep": "use make_lsq_spline",
    "make_splprep": "use make_lsq_spline",
    "bisplrep": "use RectBivariateSpline or RBFInterpolator", "interp2d": "use RegularGridInterpolator",
    "FloaterHormannInterpolator": "use BarycentricInterpolator", "generate_knots": "knots are choices: choose them of plain data",
}
METHODS = {f"{cls.__name__}.{name}": name for cls, (_, names) in PLAIN.items() for name in names.split()}


def _asked(stand):
    """SciPy's own code where nothing carries derivatives."""
    def handler(scope, fn, args, kwargs):
        return stand(*args, **kwargs) if involved(args) or involved(kwargs) else fn(*args, **kwargs)

    return handler


def _refusing(name, hint=""):
    def refused(*args, **kwargs):
        raise refuse(name, hint)

    return refused


def _method(name, member):
    """A method of an object of SciPy: the object's class says what stands for it."""
    def handler(scope, fn, args, kwargs):
        if not (involved(args[1:]) or involved(kwargs)):
            return member(*args, **kwargs)
        made, names = next((found for cls, found in PLAIN.items() if isinstance(args[0], cls)), (None, ""))
        if name not in names.split():
            raise refuse(f"{NAME}{type(args[0]).__name__}{'' if name == '__call__' else '.' + name}", HINTS.get(
                type(args[0]).__name__, ""))
        return getattr(made(args[0]), name)(*args[1:], **kwargs)

    return handler


def functions():
    """Names and functions that the package offers."""
    return [(n, f) for n, f in vars(si).items() if not n.startswith("_") and isinstance(f, types.FunctionType)]


def classes():
    """Names and classes."""
    return [(n, c) for n, c in vars(si).items() if not n.startswith("_") and isinstance(c, type)]


def methods(cls):
    """Functions that a class and those it is made of hold: (name, what its class holds, whether it is bound to the class)."""
    for base in cls.__mro__[:-1]:
        for name, member in vars(base).items():
            bound = isinstance(member, (classmethod, staticmethod))
            fn = member.__func__ if bound else member
            if (name == "__call__" or not name.startswith("_")) and callable(fn) and not isinstance(fn, (type, types.GenericAlias)):
                yield name, fn, bound


def _enter():
    for name, fn in functions():
        AWARE[fn] = _asked(FUNCTIONS.get(name) or _refusing(NAME + name, HINTS.get(name, "")))
    for name, cls in classes():
        AWARE[cls] = _asked(CLASSES.get(cls.__name__) or _refusing(NAME + name, HINTS.get(name, "")))
        CALLED[cls] = lambda scope, fn, args, kwargs: _method("__call__", type(fn).__call__)(scope, fn, (fn, *args), kwargs)
        for method, fn, bound in methods(cls):
            if fn not in AWARE:
                AWARE[fn] = _asked(_refusing(f"{NAME}{name}.{method}")) if bound else _method(method, fn)


_enter()
