"""Piecewise polynomials whose coefficients or breakpoints carry derivatives: evaluation, integrals, roots, and cubic splines.

Decision: SciPy's own code gives every value; the bodies below say the same in traced arithmetic, in SciPy's own formulas, so
that derivatives in data, knots, boundary values and points follow of every order.
May import: ..kinds, ..reduction, ..structural, ..systems, dualad.errors, numpy, scipy.
"""

import numpy as np
import scipy.interpolate as si
import scipy.linalg as sl

from ...errors import DegenerateError
from ..kinds import composite
from ..structural import plain
from ..systems import Own, asking

__all__ = ["akima", "bernstein", "column", "cubic", "ends_of", "falling", "hermite", "integral", "interval", "pchip",
           "piecewise", "roots", "stepped"]

solve_banded = asking(sl.solve_banded)


def column(x, ndim):
    """A vector that multiplies the first of `ndim` axes."""
    return np.reshape(x, (-1, *(1,) * (ndim - 1)))


def row(v):
    """One entry along a new first axis, also of a number."""
    return np.reshape(v, (1, *np.shape(v)))


def interval(x, at):
    """Which piece SciPy evaluates at plain points: closed on the left, the last one on both sides; outer points to the ends."""
    found = np.searchsorted(x, at, "right") if x[-1] >= x[0] else np.searchsorted(-x, -at, "right")
    return np.clip(found - 1, 0, x.size - 2)


def ends_of(x):
    return (x[0], x[-1]) if plain(x[-1]) >= plain(x[0]) else (x[-1], x[0])


def falling(n, nu):
    """n (n - 1) ... (n - nu + 1)."""
    return float(np.prod(np.arange(n - nu + 1, n + 1), initial=1.0))


def _piecewise(c, x, at, nu, extrapolate):
    return si.PPoly(c, x, extrapolate)(at, nu)


piecewise = Own("scipy.interpolate.PPoly", _piecewise)


@composite(piecewise)
def _piecewise_body(c, x, at, nu, extrapolate):
    low, high = ends_of(x)
    if extrapolate == "periodic":
        at = x[0] + np.mod(at - x[0], x[-1] - x[0])  # also of falling breakpoints, as SciPy does
    now = plain(at)
    i = interval(plain(x), now)
    step = at - x[i]
    trail = np.ndim(c) - 2
    step = np.reshape(step, (*np.shape(step), *(1,) * trail))
    degree, out = np.shape(c)[0] - 1, 0.0
    for m in range(degree, nu - 1, -1):
        out = out * step + falling(m, nu) * c[degree - m][i]
    out = out + 0.0 * step if degree < nu else out
    lost = np.isnan(now) if extrapolate else np.isnan(now) | (now < plain(low)) | (now > plain(high))
    return np.where(np.reshape(lost, (*np.shape(now), *(1,) * trail)), np.nan, out) if np.any(lost) else out


def stepped(c, x):
    """Coefficients of the antiderivative that is zero at the first breakpoint."""
    degree = np.shape(c)[0] - 1
    factors = np.arange(degree + 1, 0, -1.0)
    up = c / column(factors, np.ndim(c))
    h = column(x[1:] - x[:-1], np.ndim(c) - 1)
    total = 0.0
    for k in range(degree + 1):
        total = (total + up[k]) * h
    total = np.concatenate([np.zeros_like(total[:1]), np.cumsum(total[:-1], axis=0)])
    return np.concatenate([up, row(total)])


def _integral(c, x, a, b, extrapolate):
    return si.PPoly(c, x, extrapolate).integrate(a, b)


integral = Own("scipy.interpolate.PPoly.integrate", _integral)


@composite(integral)
def _integral_body(c, x, a, b, extrapolate):
    up = stepped(c, x)
    low, high = ends_of(x)

    def until(v):
        if extrapolate != "periodic":
            return piecewise(up, x, v, 0, extrapolate)
        turns = np.floor(plain((v - low) / (high - low)))
        whole = piecewise(up, x, high, 0, True) - piecewise(up, x, low, 0, True)
        return turns * whole + piecewise(up, x, v - turns * (high - low), 0, True)

    return until(b) - until(a)


def _roots(c, x, y, discontinuity, extrapolate):
    return si.PPoly(c, x, extrapolate).solve(y, discontinuity, extrapolate)


roots = Own("scipy.interpolate.PPoly.solve", _roots)


@composite(roots)
def _roots_body(c, x, y, discontinuity, extrapolate):
    """Newton's method in traced arithmetic, from the root: its order of convergence is that of the derivatives it gives."""
    found = _roots(plain(c), plain(x), plain(y), discontinuity, extrapolate)
    if np.ndim(c) != 2:
        raise DegenerateError("scipy.interpolate: the roots of several piecewise polynomials at once are lists of several lengths: "
                              "ask for those of each by itself")
    scale = np.max(np.abs(plain(c)), initial=0.0)
    at = found
    for _ in range(3):
        rest, slope = piecewise(c, x, at, 0, True) - y, piecewise(c, x, at, 1, True)
        flat = np.isnan(found) | (np.abs(plain(slope)) < 1e-12 * scale)
        if np.any(flat):
            raise DegenerateError(f"scipy.interpolate: the root {found[flat][0]} is multiple or a whole interval, where roots "
                                  "have no derivative")
        if np.any(np.abs(plain(rest)) > 1e-6 * scale):
            raise DegenerateError("scipy.interpolate: a root at a jump of the piecewise polynomial has no derivative rule: "
                                  "discontinuity=False leaves such roots away")
        at = at - rest / slope
    return at


# ---------------------------------------------------------------- cubic pieces from values and slopes


def _from_slopes(x, y, s):
    """SciPy's formula for the coefficients of a cubic in each interval."""
    h = column(x[1:] - x[:-1], np.ndim(y))
    slope = (y[1:] - y[:-1]) / h
    t = (s[:-1] + s[1:] - 2 * slope) / h
    return np.stack([t / h, (slope - s[:-1]) / h - t, 0 * t + s[:-1], 0 * t + y[:-1]])


hermite = Own("scipy.interpolate.CubicHermiteSpline", lambda x, y, s: si.CubicHermiteSpline(x, y, s).c)
composite(hermite)(_from_slopes)

pchip = Own("scipy.interpolate.PchipInterpolator", lambda x, y: si.PchipInterpolator(x, y).c)


def _pchip_end(h0, h1, m0, m1):
    d = ((2 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    n, n0, n1 = plain(d), plain(m0), plain(m1)
    steep = (np.sign(n0) != np.sign(n1)) & (np.abs(n) > 3 * np.abs(n0))
    return np.where(np.sign(n) != np.sign(n0), 0.0 * d, np.where(steep, 3 * m0, d))


@composite(pchip)
def _pchip_body(x, y):
    h = column(x[1:] - x[:-1], np.ndim(y))
    m = (y[1:] - y[:-1]) / h
    if np.shape(y)[0] == 2:
        return _from_slopes(x, y, np.concatenate([m, m]))
    sign = np.sign(plain(m))
    flat = (sign[1:] != sign[:-1]) | (sign[1:] == 0) | (sign[:-1] == 0)
    w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
    before, after = np.where(flat, 1.0, m[:-1]), np.where(flat, 1.0, m[1:])
    inner = np.where(flat, 0.0, (w1 + w2) / (w1 / before + w2 / after))
    ends = [row(_pchip_end(h[0], h[1], m[0], m[1])), inner, row(_pchip_end(h[-1], h[-2], m[-1], m[-2]))]
    return _from_slopes(x, y, np.concatenate(ends))


akima = Own("scipy.interpolate.Akima1DInterpolator", lambda x, y, method: si.Akima1DInterpolator(x, y, method=method).c)


@composite(akima)
def _akima_body(x, y, method):
    h = column(x[1:] - x[:-1], np.ndim(y))
    m = (y[1:] - y[:-1]) / h
    if np.shape(y)[0] == 2:
        return _from_slopes(x, y, np.concatenate([m, m]))
    first = 2 * m[0] - m[1]
    last = 2 * m[-1] - m[-2]
    m = np.concatenate([row(2 * first - m[0]), row(first), m, row(last), row(2 * last - m[-1])])
    dm = np.abs(m[1:] - m[:-1])
    f1, f2 = dm[2:], dm[:-2]
    if method == "makima":
        pm = np.abs(m[1:] + m[:-1])
        f1, f2 = f1 + 0.5 * pm[2:], f2 + 0.5 * pm[:-2]
    f12 = f1 + f2
    defined = plain(f12) > 1e-9 * np.max(plain(f12), initial=-np.inf)
    share = f2 / np.where(defined, f12, 1.0)
    s = np.where(defined, m[1:-2] + share * (m[2:-1] - m[1:-2]), 0.5 * (m[3:] + m[:-3]))
    return _from_slopes(x, y, s)


# ---------------------------------------------------------------- CubicSpline


def _cubic(x, y, first, last, kinds):
    return si.CubicSpline(x, y, bc_type=_told(kinds, first, last)).c


def _told(kinds, *values):
    """SciPy's bc_type: names as they are, orders with their values."""
    return "periodic" if kinds == ("periodic", "periodic") else tuple(
        k if isinstance(k, str) else (k, v) for k, v in zip(kinds, values, strict=True))


# kinds: for both ends "not-a-knot", "periodic", or the order of the derivative that `first`, `last` give
cubic = Own("scipy.interpolate.CubicSpline", _cubic)


@composite(cubic)
def _cubic_body(x, y, first, last, kinds):
    n, h = np.shape(x)[0], x[1:] - x[:-1]
    hc = column(h, np.ndim(y))
    slope = (y[1:] - y[:-1]) / hc
    if n == 2:
        ends = [(1, slope[0]) if isinstance(k, str) else (k, v) for k, v in zip(kinds, (first, last), strict=True)]
    else:
        ends = list(zip(kinds, (first, last), strict=True))
    if n == 3 and kinds == ("not-a-knot", "not-a-knot"):
        return _from_slopes(x, y, _parabola(h, slope))
    if kinds[0] == "periodic" and n > 2:
        return _from_slopes(x, y, _cyclic(h, hc, slope))
    inner = 3 * (hc[1:] * slope[:-1] + hc[:-1] * slope[1:])
    d0, u0, b0 = _end(ends[0], 1, h, slope, y)
    d1, l1, b1 = _end(ends[1], -1, h[::-1], slope[::-1], y[::-1])
    one = np.zeros(1)
    diagonal = np.concatenate([_one(d0), 2 * (h[:-1] + h[1:]), _one(d1)])
    upper = np.concatenate([one, _one(u0), h[:-1]])
    lower = np.concatenate([h[1:], _one(l1), one])
    b = np.concatenate([row(b0), inner, row(b1)])
    return _from_slopes(x, y, _by_columns(np.stack([upper, diagonal, lower]), b))


def _one(v):
    return np.reshape(v, (1,)) if hasattr(v, "shape") else np.full(1, float(v))


def _by_columns(ab, b):
    flat = np.reshape(b, (np.shape(b)[0], -1))
    return np.reshape(solve_banded((1, 1), ab, flat), np.shape(b))


def _parabola(h, slope):
    """Slopes of the parabola through three points."""
    curve = (slope[1] - slope[0]) / (h[0] + h[1])
    return np.stack([slope[0] - curve * h[0], slope[0] + curve * h[0], slope[1] + curve * h[1]])


def _end(end, sign, h, slope, y):
    """(diagonal, beside it, right side) of the equation at one end, with steps and slopes counted from there."""
    kind, value = end
    if kind == "not-a-knot":
        d = h[0] + h[1]
        return h[1], d, ((h[0] + 2 * d) * h[1] * slope[0] + h[0] ** 2 * slope[1]) / d
    if kind == 1:
        return 1.0, 0.0, value + 0.0 * slope[0]
    return 2 * h[0], h[0], -sign * 0.5 * value * h[0] ** 2 + 3 * sign * (y[1] - y[0])


def _cyclic(h, hc, slope):
    """Slopes of the periodic spline: SciPy's reduction of the cyclic system by its last row and column."""
    m = np.shape(h)[0]
    if m == 2:
        t = np.sum(slope / hc, axis=0) / np.sum(1.0 / hc, axis=0)
        return np.stack([t, t, t])
    before = np.concatenate([h[-1:], h[:-1]])
    hb = column(before, np.ndim(slope))
    b = 3 * (hb * slope + hc * np.concatenate([slope[-1:], slope[:-1]]))
    diagonal = 2 * (before + h)
    one = np.zeros(1)
    ab = np.stack([np.concatenate([one, before[:m - 2]]), diagonal[:m - 1], np.concatenate([h[1:m - 1], one])])
    # row i: h[i] s[i-1] + 2 (h[i-1] + h[i]) s[i] + h[i-1] s[i+1]
    corner = np.concatenate([-h[:1], np.zeros(m - 3), -before[m - 2:m - 1]]) if m > 3 else np.stack([-h[0], -before[1]])
    s1 = _by_columns(ab, b[:-1])
    s2 = column(_by_columns(ab, corner), np.ndim(slope))
    last = (b[-1] - before[-1] * s1[0] - h[-1] * s1[-1]) / (diagonal[-1] + before[-1] * s2[0] + h[-1] * s2[-1])
    s = np.concatenate([s1 + last * s2, row(last)])
    return np.concatenate([s, s[:1]])


# ---------------------------------------------------------------- Bernstein polynomials


def _bernstein(c, x):
    return si.PPoly.from_bernstein_basis(si.BPoly(c, x)).c


# coefficients in powers of those in Bernstein's polynomials
bernstein = Own("scipy.interpolate.BPoly", _bernstein)


@composite(bernstein)
def _bernstein_body(c, x):
    degree = np.shape(c)[0] - 1
    change = si.PPoly.from_bernstein_basis(si.BPoly(np.eye(degree + 1)[:, None, :], [0.0, 1.0])).c[:, 0]
    h = column(x[1:] - x[:-1], np.ndim(c) - 1)
    powers = np.stack([h ** -float(degree - m) for m in range(degree + 1)])
    return np.tensordot(change, c, 1) * powers
