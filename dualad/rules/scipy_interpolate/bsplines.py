"""B-splines whose coefficients, knots or data carry derivatives: values, interpolation, least squares, tensor products.

Decision: everything comes from the k + 1 basis functions that are not zero at a point, by de Boor's recursion in traced arithmetic;
systems of interpolation are solved in bands.  May import: ..kinds, ..structural, ..systems, pieces, dualad.errors, numpy, scipy.
"""

import numpy as np
import scipy.interpolate as si

from ..kinds import composite
from ..structural import plain
from ..systems import Own
from .pieces import column, solve_banded

__all__ = ["augmented", "bspline", "bspline_integral", "interpolating", "lsq", "not_a_knot", "summed", "tensor_coefficients",
           "tensor_sum"]


def place(t, k, at):
    """The interval [t[i], t[i + 1]) of plain points, k <= i < n; outer points belong to the first and last one."""
    n = t.size - k - 1
    return np.clip(np.searchsorted(t, at, "right") - 1, k, n - 1)


def local_basis(t, k, at, i):
    """The k + 1 basis functions that are not zero in interval i, at points `at`: along a new last axis."""
    found = [1.0 + 0.0 * at]
    for d in range(1, k + 1):
        new = [0.0] * (d + 1)
        for r in range(d):
            left, right = t[i + r + 1 - d], t[i + r + 1]
            share = found[r] / (right - left)
            new[r] = new[r] + (right - at) * share
            new[r + 1] = new[r + 1] + (at - left) * share
        found = new
    return np.stack(found, axis=-1)


def local_derivative(t, k, at, i, nu):
    """Derivative nu of those functions."""
    if nu > k:
        return np.zeros((*np.shape(at), k + 1))
    found = local_basis(t, k - nu, at, i)
    for degree in range(k - nu + 1, k + 1):
        # the derivative of a basis function is the difference of two of one degree less
        parts = [degree * found[..., r] / (t[i + r + 1] - t[i + r + 1 - degree]) for r in range(degree)]
        found = np.stack([-parts[0], *(parts[r - 1] - parts[r] for r in range(1, degree)), parts[-1]], axis=-1)
    return found


def _bspline(t, c, at, k, nu, extrapolate):
    value = si.BSpline.construct_fast(t, c, k, extrapolate)(at, min(nu, k))
    return np.where(np.isnan(value), value, 0.0) if nu > k else value


bspline = Own("scipy.interpolate.BSpline", _bspline)


def wrapped(t, k, at):
    """Points in the base interval of a periodic spline."""
    low, high = t[k], t[np.shape(t)[0] - k - 1]
    return low + np.mod(at - low, high - low)


@composite(bspline)
def _bspline_body(t, c, at, k, nu, extrapolate):
    if extrapolate == "periodic":
        at = wrapped(t, k, at)
    knots, now = plain(t), plain(at)
    i = place(knots, k, now)
    basis = local_derivative(t, k, at, i, nu)
    trail, out = np.ndim(c) - 1, 0.0
    for r in range(k + 1):
        b = basis[..., r]
        out = out + np.reshape(b, (*np.shape(b), *(1,) * trail)) * c[i - k + r]
    lost = np.isnan(now)
    if not extrapolate:
        lost = lost | (now < knots[k]) | (now > knots[knots.size - k - 1])
    return np.where(np.reshape(lost, (*np.shape(now), *(1,) * trail)), np.nan, out) if np.any(lost) else out


def summed(t, c, k):
    """(knots, coefficients) of the antiderivative, of degree k + 1, that is zero at the first knot."""
    n = np.shape(t)[0] - k - 1
    c = c[:n]
    steps = column(t[k + 1:] - t[:n], np.ndim(c)) * c / (k + 1)
    c = np.cumsum(steps, axis=0)
    return np.concatenate([t[:1], t, t[-1:]]), np.concatenate([np.zeros_like(c[:1]), c, np.stack([c[-1]] * (k + 1))])


def _integral(t, c, a, b, k, extrapolate):
    return si.BSpline.construct_fast(t, c, k, extrapolate).integrate(float(a), float(b))


bspline_integral = Own("scipy.interpolate.BSpline.integrate", lambda *args: np.reshape(_integral(*args), np.shape(args[1])[1:]))


@composite(bspline_integral)
def _integral_body(t, c, a, b, k, extrapolate):
    up, cu = summed(t, c, k)
    low, high = t[k], t[np.shape(t)[0] - k - 1]
    if not extrapolate:
        a, b = (np.where(plain(v) < plain(low), low, np.where(plain(v) > plain(high), high, v)) for v in (a, b))

    def until(v):
        if extrapolate != "periodic":
            return bspline(up, cu, v, k + 1, 0, True)
        turns = np.floor(plain((v - low) / (high - low)))
        whole = bspline(up, cu, high, k + 1, 0, True) - bspline(up, cu, low, k + 1, 0, True)
        return turns * whole + bspline(up, cu, v - turns * (high - low), k + 1, 0, True)

    return until(b) - until(a)


# ---------------------------------------------------------------- interpolation


def not_a_knot(x, k):
    """SciPy's knots for these points."""
    if k < 2:
        return np.concatenate([x[:1], x, x[-1:]]) if k else np.concatenate([x, x[-1:]])
    t = x if k % 2 else (x[1:] + x[:-1]) / 2
    cut = (k + k % 2) // 2
    return np.concatenate([np.stack([x[0]] * (k + 1)), t[cut:-cut], np.stack([x[-1]] * (k + 1))])


def augmented(x, k):
    """SciPy's knots where derivatives are given at the ends."""
    return np.concatenate([np.stack([x[0]] * k), x, np.stack([x[-1]] * k)])


def _interpolating(x, y, t, left, right, k, orders):
    ends = [list(zip(o, v, strict=True)) if o else None for o, v in zip(orders, (left, right), strict=True)]
    if k == 0:
        return np.asarray(y, dtype=float)
    return si.make_interp_spline(x, y, k, t, tuple(ends) if any(orders) else None).c


# left, right: values of the derivatives of `orders` at the two ends, along the first axis
interpolating = Own("scipy.interpolate.make_interp_spline", _interpolating)


@composite(interpolating)
def _interpolating_body(x, y, t, left, right, k, orders):
    if k == 0 or k == 1 and not any(orders) and np.shape(t)[0] == np.shape(x)[0] + 2:
        return 1.0 * y
    knots, n = plain(t), np.shape(t)[0] - k - 1
    rows = []
    for at, some in ((x[0], orders[0]), (x, None), (x[-1], orders[1])):
        i = place(knots, k, plain(at))
        if some is None:
            rows.append((i, local_basis(t, k, at, i)))
        else:
            rows += [(i[None], local_derivative(t, k, at, i, nu)[None]) for nu in some]
    first = np.concatenate([i for i, _ in rows])
    entries = np.concatenate([b for _, b in rows])
    columns = first[:, None] - k + np.arange(k + 1)
    ab = np.zeros_like(entries, shape=(2 * k + 1, n))
    ab[k + np.arange(n)[:, None] - columns, columns] = entries
    b = np.concatenate([v for v, o in ((left, orders[0]), (y, (0,)), (right, orders[1])) if o])
    return np.reshape(solve_banded((k, k), ab, np.reshape(b, (n, -1))), np.shape(b))


def dense_basis(t, k, x):
    """Every basis function at every point, as a matrix."""
    i = place(plain(t), k, plain(x))
    entries = local_basis(t, k, x, i)
    out = np.zeros_like(entries, shape=(np.shape(x)[0], np.shape(t)[0] - k - 1))
    out[np.arange(np.shape(x)[0])[:, None], i[:, None] - k + np.arange(k + 1)] = entries
    return out


lsq = Own("scipy.interpolate.make_lsq_spline", lambda x, y, t, w, k, options: si.make_lsq_spline(
    x, y, t, k, w, **dict(options)).c)


@composite(lsq)
def _lsq_body(x, y, t, w, k, options):
    a = dense_basis(t, k, x)
    flat = np.reshape(y, (np.shape(y)[0], -1))
    if w is not None:
        a, flat = a * column(w, 2), flat * column(w, 2)
    c = np.linalg.lstsq(a, flat, rcond=None)[0]
    return np.reshape(c, (np.shape(c)[0], *np.shape(y)[1:]))


# ---------------------------------------------------------------- tensor products


def tensor_sum(c, at, t, k, nu):
    """Mixed derivative nu of the tensor product of splines with coefficients c at points `at` (coordinates last)."""
    trail, out, parts = np.ndim(c) - len(t), 0.0, []
    for axis, (knots, degree, order) in enumerate(zip(t, k, nu, strict=True)):
        x = at[..., axis]
        i = place(plain(knots), degree, plain(x))
        parts.append((i - degree, local_derivative(knots, degree, x, i, order)))
    for offsets in np.ndindex(*(degree + 1 for degree in k)):
        weight = 1.0
        for (_, basis), r in zip(parts, offsets, strict=True):
            weight = weight * basis[..., r]
        entry = c[tuple(first + r for (first, _), r in zip(parts, offsets, strict=True))]
        out = out + np.reshape(weight, (*np.shape(weight), *(1,) * trail)) * entry
    return out


def tensor_coefficients(grid, values, k):
    """Coefficients of the not-a-knot spline of degrees k through values on a grid, axis by axis."""
    for axis, (x, degree) in enumerate(zip(grid, k, strict=True)):
        front = np.moveaxis(values, axis, 0)
        none = np.zeros((0, *np.shape(front)[1:]))
        found = interpolating(x, front, not_a_knot(x, degree), none, none, degree, ((), ()))
        values = np.moveaxis(found, 0, axis)
    return values
