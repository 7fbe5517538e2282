"""What stands for the classes and functions of `scipy.interpolate` in the scope, where their data carry derivatives.

May import: core, rules, errors, numpy, scipy.interpolate, and its siblings.
"""

from __future__ import annotations

from inspect import signature

import numpy as np
import scipy.interpolate as si
from scipy.spatial import Delaunay

from ...core.operands import primal, stacked
from ...rules.kinds import composite
from ...rules.scipy_interpolate import bsplines, pieces
from ...rules.systems import Own
from .grids import Bivariate, Grid, Nearest, Radial, Simplices, points_of
from .interpolants import Cardinal, Fitted, Polynomials, Samples, Spline, fitpack_value, given, involved, refuse, spread

__all__ = ["CLASSES", "FUNCTIONS", "NAME", "Bernstein", "by_order", "interp1d"]

NAME = "scipy.interpolate."

# ---- piecewise cubics ----


def _data(x, y, axis):
    y = given(y)
    axis = axis % y.ndim
    return given(x), np.moveaxis(y, axis, 0), axis


def cubic_spline(x, y, axis=0, bc_type="not-a-knot", extrapolate=None):
    x, y, axis = _data(x, y, axis)
    if isinstance(bc_type, str):
        bc_type = (bc_type, bc_type)
    ends = [_boundary(b, np.shape(y)[1:]) for b in bc_type]
    kinds = tuple(k for k, _ in ends)
    c = pieces.cubic(x, y, *(v for _, v in ends), kinds)
    extrapolate = "periodic" if extrapolate is None and kinds[0] == "periodic" else extrapolate
    return Polynomials(c, x, extrapolate, axis, NAME + "CubicSpline")


def _boundary(condition, shape):
    """(name or order, value of that derivative) of a boundary condition."""
    if isinstance(condition, str):
        order = {"clamped": 1, "natural": 2}.get(condition)
        return (condition, None) if order is None else (order, np.zeros(shape))
    order, value = condition
    return order, given(value)


def pchip(x, y, axis=0, extrapolate=None):
    x, y, axis = _data(x, y, axis)
    return Polynomials(pieces.pchip(x, y), x, extrapolate, axis, NAME + "PchipInterpolator")


def akima(x, y, axis=0, *, method="akima", extrapolate=None):
    x, y, axis = _data(x, y, axis)
    return Polynomials(pieces.akima(x, y, method), x, bool(extrapolate), axis, NAME + "Akima1DInterpolator")


def hermite(x, y, dydx, axis=0, extrapolate=None):
    x, y, axis = _data(x, y, axis)
    return Polynomials(pieces.hermite(x, y, np.moveaxis(given(dydx), axis, 0)), x, extrapolate, axis, NAME + "CubicHermiteSpline")


def ppoly(c, x, extrapolate=None, axis=0):
    c = given(c)
    si.PPoly(primal(c), primal(given(x)), axis=axis)  # SciPy's own errors
    c = np.moveaxis(np.moveaxis(c, axis + 1, 0), axis + 1, 0) if axis else c
    return Polynomials(c, given(x), extrapolate, axis)


def bpoly(c, x, extrapolate=None, axis=0):
    c = given(c)
    si.BPoly(primal(c), primal(given(x)), axis=axis)
    c = np.moveaxis(np.moveaxis(c, axis + 1, 0), axis + 1, 0) if axis else c
    return Bernstein(c, given(x), extrapolate, axis)


bernstein_value = Own(NAME + "BPoly", lambda c, x, at, nu, extrapolate: si.BPoly(c, x, extrapolate)(at, nu))


@composite(bernstein_value)
def _bernstein_body(c, x, at, nu, extrapolate):
    return pieces.piecewise(pieces.bernstein(c, x), x, at, nu, extrapolate)


class Bernstein(Polynomials):
    """BPoly: its values are SciPy's, its integrals those of the same polynomials in powers."""

    def __init__(self, c, x, extrapolate, axis):
        super().__init__(c, x, extrapolate, axis, NAME + "BPoly")

    def __call__(self, x, nu=0, extrapolate=None):
        x = stacked(x)
        out = bernstein_value(self.c, self.x, x, nu, self.extrapolate if extrapolate is None else extrapolate)
        return spread(out, x.ndim, self.axis)

    def powers(self):
        return Polynomials(pieces.bernstein(self.c, self.x), self.x, self.extrapolate, self.axis)

    def integrate(self, a, b, extrapolate=None):
        return self.powers().integrate(a, b, extrapolate)

    def derivative(self, nu=1):
        raise refuse(self.name + ".derivative", "evaluate it with nu=")

    def antiderivative(self, nu=1):
        raise refuse(self.name + ".antiderivative", "use .integrate(a, b)")

    def solve(self, *args, **kwargs):
        raise refuse(self.name + ".solve")


# ---- B-splines ----


def bspline(t, c, k, extrapolate=True, axis=0):
    c = given(c)
    si.BSpline(primal(given(t)), primal(c), k, extrapolate, axis)
    return Spline(given(t), np.moveaxis(c, axis % c.ndim, 0), k, extrapolate, axis % c.ndim)


linear = Own(NAME + "coefficients", lambda y, build: np.asarray(build(y)))


@composite(linear)
def _linear_body(y, build):
    return np.tensordot(build(np.eye(np.shape(y)[0])), y, 1)


def _ends(bc_type, shape):
    """(orders, values) of the derivatives at both ends that make_interp_spline is given."""
    sides = (bc_type, bc_type) if isinstance(bc_type, str) or bc_type is None else bc_type
    for side in sides:
        if isinstance(side, str) and side != "not-a-knot":
            side = [({"clamped": 1, "natural": 2}[side], np.zeros(shape))]
        pairs = [] if side is None or isinstance(side, str) else list(side)
        values = [given(v) for _, v in pairs]
        yield tuple(int(o) for o, _ in pairs), np.stack(values) if values else np.zeros((0, *shape))


def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0, check_finite=True):
    x, y, axis = _data(x, y, axis)
    if isinstance(bc_type, str) and bc_type == "periodic":
        if involved(x):
            raise refuse(NAME + "make_interp_spline(bc_type='periodic')", "its points must be constants, or use CubicSpline")
        made = si.make_interp_spline(x, primal(y), k, bc_type=bc_type)

        def build(y):
            return si.make_interp_spline(x, np.concatenate([y[:-1], y[:1]]), k, bc_type=bc_type).c

        return Spline(made.t, linear(y, build), k, made.extrapolate, axis)
    (o0, left), (o1, right) = _ends(bc_type, np.shape(y)[1:])
    if t is None:
        t = bsplines.augmented(x, k) if (o0 or o1) and k > 1 else bsplines.not_a_knot(x, k)
    t = given(t)
    return Spline(t, bsplines.interpolating(x, y, t, left, right, k, (o0, o1)), k, axis=axis)


def make_lsq_spline(x, y, t, k=3, w=None, axis=0, check_finite=True, **options):
    x, y, axis = _data(x, y, axis)
    c = bsplines.lsq(x, y, given(t), None if w is None else given(w), k, tuple(options.items()))
    return Spline(given(t), c, k, axis=axis)


def make_smoothing_spline(x, y, w=None, lam=None, *, axis=0):
    if lam is None or involved((x, w, lam)):
        raise refuse(NAME + "make_smoothing_spline", "only y may carry derivatives, and lam= must be given as a number")
    x, y, axis = _data(x, y, axis)
    made = si.make_smoothing_spline(x, primal(y), w, lam)
    return Spline(made.t, linear(y, lambda y: si.make_smoothing_spline(x, y, w, lam).c), made.k, axis=axis)


# ---- FITPACK ----


def _columns(fit):
    """Coefficients for each column by a function of one vector."""
    return lambda y: fit(y) if y.ndim == 1 else np.stack([fit(column) for column in y.T], axis=-1)


def splrep(x, y, w=None, xb=None, xe=None, k=3, task=0, s=None, t=None, full_output=0, per=0, quiet=1):
    exact = s == 0 or s is None and w is None
    if involved((x, w, xb, xe, t, s)) or full_output or not (exact and task == 0 or task == -1):
        raise refuse(NAME + "splrep", "only y may carry derivatives, with s=0 or knots of your own (task=-1, t=)")
    x, y = given(x), given(y)
    options = {"w": w, "xb": xb, "xe": xe, "k": k, "task": task, "s": s, "t": t, "per": per, "quiet": quiet}
    made = si.splrep(x, primal(y), **options)
    return made[0], linear(y, _columns(lambda y: si.splrep(x, y, **options)[1])), made[2]


def _tck(tck):
    if isinstance(tck, (si.BSpline, Spline)):
        t, c, k = tck.tck
        if tck.axis or np.ndim(c) != 1:
            raise refuse(NAME + "splev of a spline with several columns", "call the BSpline itself")
        return t, c, k
    t, c, k = tck
    if isinstance(c, (list, tuple)):
        raise refuse(NAME + "splev of a curve", "evaluate each of its coordinates by itself")
    return given(t), given(c), k


def splev(x, tck, der=0, ext=0):
    t, c, k = _tck(tck)
    return fitpack_value(t, c, given(x), k, der, ext)


def splint(a, b, tck, full_output=0):
    if full_output:
        raise refuse(NAME + "splint(full_output=1)")
    t, c, k = _tck(tck)
    return Spline(t, c, k, False).integrate(a, b)


def splder(tck, n=1):
    found = Spline(*_tck(tck)).derivative(n)
    return found if isinstance(tck, Spline) else found.tck


def splantider(tck, n=1):
    found = Spline(*_tck(tck)).antiderivative(n)
    return found if isinstance(tck, Spline) else found.tck


def _fitted(cls, x, y, options):
    if involved((x, options)):
        raise refuse(NAME + cls.__name__, "only y may carry derivatives")
    x, y = given(x), given(y)
    t, _, k = cls(x, primal(y), **options)._eval_args
    c = linear(y, _columns(lambda y: cls(x, y, **options)._eval_args[1]))
    return Fitted(t, c, k, options.get("ext", 0))


def univariate(x, y, w=None, bbox=(None, None), k=3, s=None, ext=0, check_finite=False):
    if s != 0:
        raise refuse(NAME + "UnivariateSpline with s other than 0", "its knots follow the data: use s=0, LSQUnivariateSpline, "
                     "make_lsq_spline or make_smoothing_spline")
    return _fitted(si.UnivariateSpline, x, y, {"w": w, "bbox": list(bbox), "k": k, "s": 0, "ext": ext})


def interpolated(x, y, w=None, bbox=(None, None), k=3, ext=0, check_finite=False):
    return _fitted(si.InterpolatedUnivariateSpline, x, y, {"w": w, "bbox": list(bbox), "k": k, "ext": ext})


def lsq_univariate(x, y, t, w=None, bbox=(None, None), k=3, ext=0, check_finite=False):
    return _fitted(si.LSQUnivariateSpline, x, y, {"t": t, "w": w, "bbox": list(bbox), "k": k, "ext": ext})


# ---- samples and polynomials ----


def interp1d(x, y, kind="linear", axis=-1, copy=True, bounds_error=None, fill_value=np.nan, assume_sorted=False):
    x, y = given(x), given(y)
    if isinstance(fill_value, str) and fill_value == "extrapolate":
        below = above = None
    else:
        pair = isinstance(fill_value, tuple) and len(fill_value) == 2
        below, above = map(given, fill_value if pair else (fill_value, fill_value))
    options = {"kind": kind, "axis": axis, "bounds_error": bounds_error, "assume_sorted": assume_sorted}
    return Samples(x, y, below, above, tuple(options.items()))


def _polynomial(cls, drawn=()):
    """`drawn`: what seeds the order in which SciPy takes the points; two runs of a function must agree."""
    def made(xi, yi=None, axis=0, **options):
        options |= {name: 0 for name in drawn if name not in options}
        if involved((xi, options)) or yi is None:
            raise refuse(NAME + cls.__name__, "only yi may carry derivatives, not the points")
        xi, yi = given(xi), given(yi)
        if axis % yi.ndim:
            raise refuse(NAME + cls.__name__ + " with axis other than 0", "move that axis to the front")
        basis = cls(xi, np.eye(xi.size), **options)
        return Cardinal(by_order(basis), yi, 0, lambda x, y, nu: by_order(cls(xi, y, **options))(x, nu), NAME + cls.__name__)

    return made


def by_order(polynomial):
    return lambda x, nu: polynomial.derivative(x, nu) if nu else polynomial(x)


def _at_once(made):
    """The function that makes an interpolant and evaluates it."""
    def evaluate(xi, yi, x, der=0, axis=0, **options):
        p = made(xi, yi, axis=axis, **options)
        order = getattr(p, "derivative", None) if isinstance(p, Cardinal) else lambda x, nu: p(x, nu)
        if isinstance(der, (int, np.integer)):
            return order(x, der)
        return np.stack([order(x, k) for k in (der if der is not None else range(len(xi)))])

    return evaluate


def _barycentric(xi, yi, x, axis=0, *, der=0, **options):
    return _at_once(CLASSES["BarycentricInterpolator"])(xi, yi, x, der, axis, **options)


# ---- several variables ----


def interpn(points, values, xi, method="linear", bounds_error=True, fill_value=np.nan):
    return Grid(points, values, method, bounds_error, fill_value)(xi)


def linear_nd(points, values, fill_value=np.nan, rescale=False):
    if rescale or involved((points, fill_value)):
        raise refuse(NAME + "LinearNDInterpolator", "values and the points of evaluation may carry derivatives, without rescale=")
    if not isinstance(points, Delaunay):
        points = Delaunay(points_of(points, 1) if isinstance(points, tuple) else points)
    return Simplices(lambda values: si.LinearNDInterpolator(points, values, fill_value), given(values), points.ndim)


def nearest_nd(x, y, rescale=False, tree_options=None):
    if involved(x):
        raise refuse(NAME + "NearestNDInterpolator", "its points must be constants")
    return Nearest(x, given(y), {"rescale": rescale, "tree_options": tree_options})


def griddata(points, values, xi, method="linear", fill_value=np.nan, rescale=False):
    ndim = len(points) if isinstance(points, tuple) else np.ndim(points) and (np.shape(points) + (1,))[1]
    if ndim == 1 and method in ("nearest", "linear", "cubic"):
        x = np.reshape(given(points[0] if isinstance(points, tuple) else points), (-1,))
        at = given(xi[0] if isinstance(xi, tuple) else xi)
        fill = "extrapolate" if method == "nearest" else fill_value
        return interp1d(x, values, method, 0, bounds_error=False, fill_value=fill)(at)
    if method == "linear":
        return linear_nd(points, values, fill_value, rescale)(xi)
    if method == "nearest":
        return nearest_nd(primal(stacked(points)).T if isinstance(points, tuple) else points, values, rescale)(xi)
    raise refuse(f"{NAME}griddata(method={method!r})", "use method='linear', or RBFInterpolator")


rectangle = Own(NAME + "RectBivariateSpline", lambda z, x, y, k: np.reshape(
    si.RectBivariateSpline(x, y, z, kx=k[0], ky=k[1]).tck[2], z.shape))


@composite(rectangle)
def _rectangle_body(z, x, y, k):
    return bsplines.tensor_coefficients((x, y), z, k)


def rect_bivariate(x, y, z, bbox=(None,) * 4, kx=3, ky=3, s=0, maxit=20):
    if s != 0 or any(b is not None for b in bbox) or not kx % 2 * ky % 2 or involved((x, y)):
        raise refuse(NAME + "RectBivariateSpline", "z may carry derivatives, with s=0, odd degrees and no bbox=")
    x, y, z = given(x), given(y), given(z)
    tx, ty = (bsplines.not_a_knot(v, k) for v, k in ((x, kx), (y, ky)))
    return Bivariate(tx, ty, rectangle(z, x, y, (kx, ky)), (kx, ky))


def bisplev(x, y, tck, dx=0, dy=0):
    tx, ty, c, kx, ky = tck
    z = Bivariate(given(tx), given(ty), given(c), (kx, ky))(np.atleast_1d(given(x)), np.atleast_1d(given(y)), dx, dy)
    return z if np.shape(z)[1] > 1 else z[:, 0] if np.shape(z)[0] > 1 else z[0, 0]


# ---- the tables ----

DRAWN = [k for k in ("rng", "random_state") if k in signature(si.BarycentricInterpolator).parameters][:1]
CLASSES = {
    "CubicSpline": cubic_spline, "PchipInterpolator": pchip, "Akima1DInterpolator": akima, "CubicHermiteSpline": hermite,
    "PPoly": ppoly, "BPoly": bpoly, "BSpline": bspline, "interp1d": interp1d, "UnivariateSpline": univariate,
    "InterpolatedUnivariateSpline": interpolated, "LSQUnivariateSpline": lsq_univariate, "RegularGridInterpolator": Grid,
    "KroghInterpolator": _polynomial(si.KroghInterpolator),
    "BarycentricInterpolator": _polynomial(si.BarycentricInterpolator, DRAWN),
    "LinearNDInterpolator": linear_nd, "NearestNDInterpolator": nearest_nd, "RBFInterpolator": Radial,
    "RectBivariateSpline": rect_bivariate,
}
FUNCTIONS = {
    "make_interp_spline": make_interp_spline, "make_lsq_spline": make_lsq_spline, "make_smoothing_spline": make_smoothing_spline,
    "splrep": splrep, "splev": splev, "splint": splint, "splder": splder, "splantider": splantider, "interpn": interpn,
    "griddata": griddata, "bisplev": bisplev, "pchip_interpolate": _at_once(pchip),
    "krogh_interpolate": _at_once(CLASSES["KroghInterpolator"]), "barycentric_interpolate": _barycentric,
}
