"""Interpolants in one variable whose data carry derivatives: what stands for SciPy's objects in the scope.

Decision: an object holds what SciPy's holds (coefficients, knots) as arrays of ours, under the same names; values are SciPy's own.
May import: core, rules, errors, numpy, scipy.interpolate.
"""

from __future__ import annotations

import numpy as np
import scipy.interpolate as si

from ...core.jets import Jet
from ...core.operands import Complex, is_complex, jets_in, primal, stacked
from ...errors import ComplexError, ConversionError, NoRuleError
from ...rules.kinds import composite
from ...rules.scipy_interpolate import bsplines, pieces
from ...rules.scipy_interpolate.evaluation import evaluated
from ...rules.systems import Own

__all__ = ["Cardinal", "Fitted", "Interpolant", "Polynomials", "Samples", "Spline", "fitpack_value", "given", "involved",
           "refuse", "spread"]

WHY = ("compose it from what is covered (docs/scipy_interpolate.md), or pass the arguments without derivatives (x.value, or "
       "dualad.stop_gradient(x)) if they are meant to be constants")


def refuse(name, why=""):
    return NoRuleError(f"{name} has no derivative rule in dualad for arguments that carry derivatives: {why or WHY}")


class Interpolant:
    """Base of what stands for objects of SciPy whose data carry derivatives."""

    name = "scipy.interpolate"

    def __array__(self, *args, **kwargs):
        raise ConversionError(f"{self.name}: an array of this object would drop its derivatives")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise refuse(f"{self.name}: .{name} of an object whose data carry derivatives")


def involved(x):
    """Whether anything in nested lists, tuples and dicts carries derivatives, objects of ours included."""
    if isinstance(x, (list, tuple)):
        return any(map(involved, x))
    if isinstance(x, dict):
        return any(map(involved, x.values()))
    if isinstance(x, (Interpolant, Jet, Complex)):
        return True
    return type(x) is np.ndarray and x.dtype == object and bool(jets_in(x.tolist()))


def given(x):
    """Data as an array of floats."""
    x = stacked(x)
    if is_complex(x):
        raise ComplexError("scipy.interpolate, scipy.spatial: complex data have no derivative rule: take real and imaginary parts")
    return x if x.dtype == np.float64 else np.astype(x, np.float64)


def spread(out, ndim, axis):
    """Axes of the points moved from the front to where SciPy puts them: before axis `axis` of the others."""
    return np.moveaxis(out, tuple(range(ndim)), tuple(range(axis, axis + ndim))) if axis and ndim else out


class Polynomials(Interpolant):
    """PPoly and what is made of it."""

    def __init__(self, c, x, extrapolate=None, axis=0, name="scipy.interpolate.PPoly"):
        self.c, self.x, self.axis, self.name = c, x, axis, name
        self.extrapolate = True if extrapolate is None else extrapolate if extrapolate == "periodic" else bool(extrapolate)

    def __call__(self, x, nu=0, extrapolate=None):
        x = stacked(x)
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        if involved((self.c, self.x)):
            if nu < 0:
                return self.antiderivative(-nu)(x, 0, extrapolate)
            out = pieces.piecewise(self.c, self.x, x, nu, extrapolate)
        else:
            c, knots = self.c, self.x
            out = evaluated(x, lambda x, nu: si.PPoly.construct_fast(c, knots, extrapolate)(x, nu), nu)
        return spread(out, x.ndim, self.axis)

    def derivative(self, nu=1):
        if nu < 0:
            return self.antiderivative(-nu)
        degree = np.shape(self.c)[0] - 1
        if nu > degree:
            c = np.zeros_like(self.c[:1])
        else:
            factors = np.array([pieces.falling(m, nu) for m in range(degree, nu - 1, -1)])
            c = self.c[:degree + 1 - nu] * pieces.column(factors, np.ndim(self.c))
        return Polynomials(c, self.x, self.extrapolate, self.axis)

    def antiderivative(self, nu=1):
        if nu <= 0:
            return self.derivative(-nu)
        c = self.c
        for _ in range(nu):
            c = pieces.stepped(c, self.x)
        return Polynomials(c, self.x, False if self.extrapolate == "periodic" else self.extrapolate, self.axis)

    def integrate(self, a, b, extrapolate=None):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        return pieces.integral(self.c, self.x, given(a), given(b), extrapolate)

    def solve(self, y=0.0, discontinuity=True, extrapolate=None):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        return pieces.roots(self.c, self.x, given(y), discontinuity, extrapolate)

    def roots(self, discontinuity=True, extrapolate=None):
        return self.solve(0.0, discontinuity, extrapolate)


class Spline(Interpolant):
    """BSpline."""

    name = "scipy.interpolate.BSpline"

    def __init__(self, t, c, k, extrapolate=True, axis=0):
        self.t, self.c, self.k, self.axis = t, c, k, axis
        self.extrapolate = extrapolate if extrapolate == "periodic" else bool(extrapolate)

    @property
    def tck(self):
        return self.t, self.c, self.k

    def __call__(self, x, nu=0, extrapolate=None):
        x = stacked(x)
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        t, c, k = self.tck
        if involved((t, c)):
            out = bsplines.bspline(t, c, x, k, nu, extrapolate)
        else:
            out = evaluated(x, lambda x, nu: bsplines.bspline(t, c, x, k, nu, extrapolate), nu)
        return spread(out, x.ndim, self.axis)

    def derivative(self, nu=1):
        if nu < 0:
            return self.antiderivative(-nu)
        if nu > self.k:
            raise ValueError(f"Order of derivative (n = {nu!r}) must be <= order of spline (k = {self.k!r})")
        t, c, k = self.tck
        for _ in range(nu):
            n = np.shape(t)[0] - k - 1
            step = pieces.column(t[k + 1:n + k] - t[1:n], np.ndim(c))
            c = (c[1:n] - c[:n - 1]) * k / np.where(primal(step) == 0, 1.0, step)
            t, k = t[1:-1], k - 1
        return Spline(t, np.concatenate([c, np.zeros_like(c, shape=(k + 1, *np.shape(c)[1:]))]), k, self.extrapolate, self.axis)

    def antiderivative(self, nu=1):
        t, c, k = self.tck
        for _ in range(nu):
            t, c = bsplines.summed(t, c, k)
            k += 1
        return Spline(t, c, k, False if self.extrapolate == "periodic" else self.extrapolate, self.axis)

    def integrate(self, a, b, extrapolate=None):
        extrapolate = self.extrapolate if extrapolate is None else extrapolate
        return bsplines.bspline_integral(self.t, self.c, given(a), given(b), self.k, extrapolate)


# ---- FITPACK's splines ----


def _fitpack(t, c, at, k, nu, ext):
    return np.asarray(si.splev(at, (t, c, k), nu, ext))


fitpack_value = Own("scipy.interpolate.splev", _fitpack)


@composite(fitpack_value)
def _fitpack_body(t, c, at, k, nu, ext):
    knots, now = primal(t), primal(at)
    low, high = knots[k], knots[knots.size - k - 1]
    outside = (now < low) | (now > high)
    if ext == 3 and nu == 0:  # of derivatives FITPACK does not know "const": it extrapolates
        at = np.where(outside, np.clip(now, low, high), at)
    out = bsplines.bspline(t, c, at, k, nu, True)
    return np.where(outside, 0.0, out) if ext == 1 else out


EXTS = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}


class Fitted(Interpolant):
    """UnivariateSpline and its kin."""

    name = "scipy.interpolate.UnivariateSpline"

    def __init__(self, t, c, k, ext=0):
        self.t, self.c, self.k, self.ext = t, c, k, EXTS.get(ext, ext)

    def __call__(self, x, nu=0, ext=None):
        return fitpack_value(self.t, self.c, given(x), self.k, nu, self.ext if ext is None else EXTS.get(ext, ext))

    def get_coeffs(self):
        return self.c[:np.shape(self.t)[0] - self.k - 1]

    def get_knots(self):
        return self.t[self.k:np.shape(self.t)[0] - self.k]

    def integral(self, a, b):
        return Spline(self.t, self.c, self.k, False).integrate(a, b)

    def derivatives(self, x):
        return np.stack([self(x, nu) for nu in range(self.k + 1)])

    def derivative(self, n=1):
        # as in SciPy, a constant beyond the ends has the derivative zero
        found = Spline(self.t, self.c, self.k).derivative(n)
        return Fitted(*found.tck, 1 if self.ext == 3 else self.ext)

    def antiderivative(self, n=1):
        return Fitted(*Spline(self.t, self.c, self.k).antiderivative(n).tck, self.ext)


# ---- interp1d ----


def _samples(x, y, below, above, at, options, own):
    if own is not None:
        return own(at)
    return si.interp1d(x, y, fill_value=_fill(below, above), **dict(options))(at)


def _fill(below, above):
    return "extrapolate" if below is None else (below, above)


samples = Own("scipy.interpolate.interp1d", _samples)


@composite(samples)
def _samples_body(x, y, below, above, at, options, own):
    options = dict(options)
    axis = options.get("axis", -1) % np.ndim(y)
    y = np.moveaxis(y, axis, 0)
    if not options.get("assume_sorted"):
        order = np.argsort(primal(x), kind="mergesort")
        x, y = x[order], y[order]
    flat, now = np.reshape(at, (-1,)), np.reshape(primal(at), (-1,))
    kind = options.get("kind", "linear")
    out = SAMPLED.get(kind, _spline_samples)(x, y, flat, kind, below is None)
    if below is not None:
        shape = (-1, *(1,) * (np.ndim(y) - 1))
        out = np.where(np.reshape(now < primal(x)[0], shape), below, np.where(np.reshape(now > primal(x)[-1], shape), above, out))
    out = np.reshape(out, (*np.shape(at), *np.shape(y)[1:]))
    return spread(out, np.ndim(at), axis)


def _linear_samples(x, y, at, kind, extrapolate):
    knots, now = primal(x), primal(at)
    # SciPy calls np.interp where it can, which takes the piece on the right of a knot, and its own code the one on the left
    side = "left" if extrapolate or np.ndim(y) > 1 else "right"
    hi = np.clip(np.searchsorted(knots, now, side), 1, knots.size - 1)
    lo = hi - 1
    slope = (y[hi] - y[lo]) / pieces.column(x[hi] - x[lo], np.ndim(y))
    return slope * pieces.column(at - x[lo], np.ndim(y)) + y[lo]


def _nearest_samples(x, y, at, kind, extrapolate):
    half = primal(x) / 2.0
    return y[np.clip(np.searchsorted(half[1:] + half[:-1], primal(at), "left" if kind == "nearest" else "right"), 0, half.size - 1)]


def _step_samples(x, y, at, kind, extrapolate):
    knots, now, before = primal(x), primal(at), int(kind == "previous")
    shifted = np.nextafter(knots, -np.inf if before else np.inf)
    found = np.searchsorted(shifted, now, "left" if before else "right")
    out = y[np.clip(found, before, knots.size - 1 + before) - before]
    if not extrapolate:
        return out
    lost = now < knots[0] if before else now > knots[-1]
    return np.where(np.reshape(lost, (-1, *(1,) * (np.ndim(y) - 1))), np.nan, out)


def _spline_samples(x, y, at, kind, extrapolate):
    k = {"zero": 0, "slinear": 1, "quadratic": 2, "cubic": 3}.get(kind, kind)
    t, none = bsplines.not_a_knot(x, k), np.zeros((0, *np.shape(y)[1:]))
    return bsplines.bspline(t, bsplines.interpolating(x, y, t, none, none, k, ((), ())), at, k, 0, True)


SAMPLED = {"linear": _linear_samples, "nearest": _nearest_samples, "nearest-up": _nearest_samples, "previous": _step_samples,
           "next": _step_samples}


class Samples(Interpolant):
    """interp1d."""

    name, own = "scipy.interpolate.interp1d", None  # SciPy's object, where there is one

    def __init__(self, x, y, below, above, options):
        self.x, self.y, self.below, self.above, self.options = x, y, below, above, options

    def __call__(self, x):
        x = given(x)
        return samples(self.x, self.y, self.below, self.above, x, self.options, self.own)


# ---- interpolants that are linear in their values, by those of the columns of the identity ----


class Cardinal(Interpolant):
    """y(x) = sum of L_j(x) y_j with the functions L_j that SciPy makes of the identity; `family(x, nu)` evaluates all of them."""

    def __init__(self, family, y, axis, value, name):
        self.family, self.y, self.name, self.value, self.axis = family, y, name, value, axis

    def __call__(self, x):
        return self.derivative(x, 0)

    def derivative(self, x, der=1):
        x = given(x)
        flat = np.moveaxis(self.y, self.axis, 0)
        return spread(cardinal(x, flat, self.family, self.value, der), x.ndim, self.axis)

    def derivatives(self, x, der=None):
        if der is None:
            raise refuse(f"{self.name}: .derivatives without a number of derivatives", "pass der=")
        return np.stack([self.derivative(x, k) for k in range(der)])


cardinal = Own("scipy.interpolate (polynomial)", lambda x, y, family, value, nu: np.asarray(value(x, y, nu)))


@composite(cardinal)
def _cardinal_body(x, y, family, value, nu):
    # primal() of y says nothing of x: what is plain stays plain
    return np.tensordot(evaluated(x, family, nu), y, 1)
