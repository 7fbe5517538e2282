"""Interpolants in several variables in the scope: regular grids, tensor products of splines, triangles, radial functions.

May import: core, rules, errors, numpy, scipy.interpolate, interpolants.
"""

from __future__ import annotations

import numpy as np
import scipy.interpolate as si
from scipy.special import xlogy

from ...core.operands import primal, stacked
from ...rules.kinds import composite
from ...rules.scipy_interpolate import bsplines, pieces
from ...rules.systems import Own
from .interpolants import Interpolant, given, involved, refuse

__all__ = ["Bivariate", "Grid", "Nearest", "Radial", "Simplices", "points_of"]

DEGREES = {"slinear": 1, "cubic": 3, "quintic": 5}


def points_of(xi, ndim):
    """Points as SciPy takes them: an array, or a tuple of coordinates that are broadcast."""
    if isinstance(xi, tuple) and len(xi) == 1:
        xi = xi[0]
    if isinstance(xi, tuple):
        return np.stack(np.broadcast_arrays(*map(given, xi)), axis=-1)
    xi = given(xi)
    if xi.ndim == 1:
        return np.reshape(xi, (-1, ndim))
    return xi


# ---- regular grids ----


def _grid_value(values, xi, method, bounds_error, fill_value, own, *grid):
    made = si.RegularGridInterpolator(grid, values, method, bounds_error, fill_value) if own is None else own
    return made(xi, method)


# `own`: SciPy's object, where there is one
grid_value = Own("scipy.interpolate.RegularGridInterpolator", _grid_value)


@composite(grid_value)
def _grid_body(values, xi, method, bounds_error, fill_value, own, *grid):
    shape, n = np.shape(xi)[:-1], len(grid)
    xi = np.reshape(xi, (-1, n))
    out = GRIDS[method](values, xi, grid, method, own)
    now = primal(xi)
    trail = (1,) * (np.ndim(values) - n)
    if fill_value is not None:
        outside = np.zeros(now.shape[0], bool)
        for k, g in enumerate(grid):
            outside |= (now[:, k] < primal(g)[0]) | (now[:, k] > primal(g)[-1])
        if outside.any():
            out = np.where(np.reshape(outside, (-1, *trail)), fill_value, out)
    lost = np.isnan(now).any(axis=-1)
    if lost.any():
        out = np.where(np.reshape(lost, (-1, *trail)), np.nan, out)
    return np.reshape(out, (*shape, *np.shape(values)[n:]))


def _cells(xi, grid):
    """Cell and place within it, for each variable."""
    for k, g in enumerate(grid):
        if np.shape(g)[0] < 2:
            raise refuse(Grid.name + " with a single point in one direction", "leave that direction out")
        x = xi[:, k]
        i = pieces.interval(primal(g), primal(x))
        yield i, (x - g[i]) / (g[i + 1] - g[i])


def _grid_linear(values, xi, grid, method, own):
    cells, out = list(_cells(xi, grid)), 0.0
    trail = (1,) * (np.ndim(values) - len(grid))
    for corner in np.ndindex(*(2,) * len(grid)):
        weight = 1.0
        for (_, s), high in zip(cells, corner, strict=True):
            weight = weight * (s if high else 1 - s)
        entry = values[tuple(i + high for (i, _), high in zip(cells, corner, strict=True))]
        out = out + entry * np.reshape(weight, (-1, *trail))
    return out


def _grid_nearest(values, xi, grid, method, own):
    return values[tuple(np.where(primal(s) <= 0.5, i, i + 1) for i, s in _cells(xi, grid))] + 0.0


def _grid_spline(values, xi, grid, method, own):
    k = (DEGREES[method],) * len(grid)
    c = None if involved((values, grid)) else _solved_for(grid, values, method, own)
    c = bsplines.tensor_coefficients(grid, values, k) if c is None else c
    t = tuple(bsplines.not_a_knot(g, d) for g, d in zip(grid, k, strict=True))
    return bsplines.tensor_sum(c, xi, t, k, (0,) * len(k))


def _solved_for(grid, values, method, own):
    """SciPy's own coefficients, which it solves for by iteration: the derivatives are those of the number that it returns."""
    own = si.RegularGridInterpolator(grid, values, method) if own is None or own.method != method else own
    spline = getattr(own, "_spline", None)
    return None if spline is None else spline.c


def _grid_pchip(values, xi, grid, method, own):
    n = len(grid)
    values = np.transpose(values, (*range(n)[::-1], *range(n, np.ndim(values))))
    first = pieces.piecewise(pieces.pchip(grid[-1], values), grid[-1], xi[:, -1], 0, True)
    found = []
    for j in range(np.shape(xi)[0]):
        y = first[j]
        for k in range(n - 2, -1, -1):
            y = pieces.piecewise(pieces.pchip(grid[k], y), grid[k], xi[j, k], 0, True)
        found.append(y)
    return np.stack(found)


GRIDS = {"linear": _grid_linear, "nearest": _grid_nearest, "pchip": _grid_pchip} | dict.fromkeys(DEGREES, _grid_spline)


class Grid(Interpolant):
    """RegularGridInterpolator."""

    name, own = "scipy.interpolate.RegularGridInterpolator", None

    def __init__(self, points, values, method="linear", bounds_error=True, fill_value=np.nan, *, solver=None, solver_args=None):
        if solver is not None or solver_args is not None:
            raise refuse(f"{self.name} with solver= or solver_args=")
        grid, values = [given(p) for p in points], given(values)
        for k, g in enumerate(grid):
            if g.size > 1 and primal(g)[-1] < primal(g)[0]:
                grid[k], values = g[::-1], np.flip(values, k)
        self.grid, self.values, self.method = tuple(grid), values, method
        self.bounds_error, self.fill_value = bounds_error, fill_value

    def __call__(self, xi, method=None, *, nu=None):
        method = self.method if method is None else method
        if nu is not None or method not in GRIDS:
            raise refuse(f"{self.name} with {'nu=' if nu is not None else f'method={method!r}'}",
                         f"differentiate the interpolant; the methods covered are {', '.join(GRIDS)}")
        return grid_value(self.values, points_of(xi, len(self.grid)), method, self.bounds_error, self.fill_value,
                          self.own, *self.grid)


# ---- splines in two variables ----


def _bivariate(c, at, t, k, nu, value):
    return np.asarray(value(c, at))


# `value(c, at)`: SciPy's own number
bivariate = Own("scipy.interpolate.BivariateSpline", _bivariate)


@composite(bivariate)
def _bivariate_body(c, at, t, k, nu, value):
    now = primal(at)
    low = np.array([x[d] for x, d in zip(t, k, strict=True)])
    high = np.array([x[x.size - d - 1] for x, d in zip(t, k, strict=True)])
    inner = np.clip(now, low, high)  # FITPACK is constant beyond the ends
    at = np.where(inner == now, at, inner) if np.any(inner != now) else at
    c = np.reshape(c, tuple(x.size - d - 1 for x, d in zip(t, k, strict=True)))
    return bsplines.tensor_sum(c, at, t, k, nu)


class Bivariate(Interpolant):
    """RectBivariateSpline and other splines in two variables."""

    name = "scipy.interpolate.BivariateSpline"

    def __init__(self, tx, ty, c, k):
        self.t, self.c, self.k = (tx, ty), c, k

    def ev(self, xi, yi, dx=0, dy=0):
        t, k = self.t, self.k
        at = np.stack(np.broadcast_arrays(given(xi), given(yi)), axis=-1)

        def value(c, at):
            return si.BivariateSpline._from_tck((*t, np.ravel(c), *k)).ev(at[..., 0], at[..., 1], dx, dy)

        return bivariate(self.c, at, t, k, (dx, dy), value)

    def __call__(self, x, y, dx=0, dy=0, grid=True):
        x, y = given(x), given(y)
        return self.ev(np.reshape(x, (-1, 1)), np.reshape(y, (1, -1)), dx, dy) if grid else self.ev(x, y, dx, dy)


# ---- triangles ----


def _simplices(values, at, made):
    return made(values)(at)


simplices = Own("scipy.interpolate.LinearNDInterpolator", _simplices)


@composite(simplices)
def _simplices_body(values, at, made):
    plain = made(primal(values))
    tri, n, fill = plain.tri, np.shape(at)[-1], float(np.ravel(plain.fill_value)[0])
    flat = np.reshape(at, (-1, n))
    found = tri.find_simplex(primal(flat))
    inside = tri.transform[found]
    shares = np.sum(inside[:, :n] * (flat - inside[:, n])[:, None, :], axis=-1)
    shares = np.concatenate([shares, 1 - np.sum(shares, axis=-1, keepdims=True)], axis=-1)
    corners = values[tri.simplices[found]]
    trail = np.ndim(values) - 1
    out = np.sum(np.reshape(shares, (*np.shape(shares), *(1,) * trail)) * corners, axis=1)
    out = np.where(np.reshape(found < 0, (-1, *(1,) * trail)), fill, out)
    return np.reshape(out, (*np.shape(at)[:-1], *np.shape(values)[1:]))


class Simplices(Interpolant):
    """LinearNDInterpolator over constant points."""

    name = "scipy.interpolate.LinearNDInterpolator"

    def __init__(self, made, values, ndim):
        self.made, self.values, self.ndim = made, values, ndim

    def __call__(self, *args):
        return simplices(self.values, points_of(args, self.ndim), self.made)


class Nearest(Interpolant):
    """NearestNDInterpolator over constant points: values are picked."""

    name = "scipy.interpolate.NearestNDInterpolator"

    def __init__(self, points, values, options):
        self.values = values
        n = np.shape(values)[0]
        self.number = si.NearestNDInterpolator(points, np.arange(n), **options)

    def __call__(self, *args, **query_options):
        if query_options:
            raise refuse(f"{self.name} with options of the query")
        return self.values[np.asarray(self.number(*(primal(stacked(a)) for a in args)), dtype=int)]


# ---- radial functions ----

KERNELS = {
    "linear": lambda r2: -np.sqrt(r2), "thin_plate_spline": lambda r2: 0.5 * xlogy(r2, r2), "cubic": lambda r2: r2 ** 1.5,
    "quintic": lambda r2: -r2 ** 2.5, "multiquadric": lambda r2: -np.sqrt(r2 + 1),
    "inverse_multiquadric": lambda r2: 1 / np.sqrt(r2 + 1), "inverse_quadratic": lambda r2: 1 / (r2 + 1),
    "gaussian": lambda r2: np.exp(-r2),
}


def _radial(y, d, smoothing, epsilon, at, kernel, degree, own):
    if own is not None:
        return own(at)
    return si.RBFInterpolator(y, d, smoothing=smoothing, kernel=kernel, epsilon=epsilon, degree=degree)(at)


radial = Own("scipy.interpolate.RBFInterpolator", _radial)


def _squares(a, b):
    return np.sum((a[:, None, :] - b[None, :, :]) ** 2, axis=-1)


def _monomials(x, powers):
    columns = []
    for power in powers:
        column = np.ones(np.shape(x)[0])
        for k, p in enumerate(power):
            column = column * x[:, k] ** int(p) if p else column
        columns.append(column)
    return np.stack(columns, axis=-1) if columns else np.zeros((np.shape(x)[0], 0))


@composite(radial)
def _radial_body(y, d, smoothing, epsilon, at, kernel, degree, own):
    phi = KERNELS[kernel]
    made = own if own is not None else si.RBFInterpolator(
        primal(y), primal(d), smoothing=primal(smoothing), kernel=kernel, epsilon=primal(epsilon), degree=degree)
    powers, shift, scale = made.powers, made._shift, made._scale
    c = made._coeffs if own is not None else _coefficients(y, d, smoothing, epsilon, phi, powers, shift, scale)
    near = np.concatenate([phi(_squares(epsilon * at, epsilon * y)), _monomials((at - shift) / scale, powers)], axis=1)
    return np.reshape(near @ c, (np.shape(at)[0], *np.shape(d)[1:]))


def _coefficients(y, d, smoothing, epsilon, phi, powers, shift, scale):
    n = np.shape(y)[0]
    flat = np.reshape(d, (n, -1))
    p = _monomials((y - shift) / scale, powers)
    m = np.shape(p)[1]
    top = phi(_squares(epsilon * y, epsilon * y)) + np.eye(n) * smoothing
    whole = np.concatenate([np.concatenate([top, p], axis=1), np.concatenate([np.transpose(p), np.zeros((m, m))], axis=1)])
    return np.linalg.solve(whole, np.concatenate([flat, np.zeros((m, np.shape(flat)[1]))]))


class Radial(Interpolant):
    """RBFInterpolator."""

    name, own = "scipy.interpolate.RBFInterpolator", None

    def __init__(self, y, d, neighbors=None, smoothing=0.0, kernel="thin_plate_spline", epsilon=None, degree=None):
        if neighbors is not None:
            raise refuse(f"{self.name} with neighbors=", "leave neighbors= away")
        self.y, self.d, self.kernel = given(y), given(d), kernel
        self.smoothing, self.epsilon = given(smoothing), given(1.0 if epsilon is None else epsilon)
        self.degree = degree
        # SciPy checks degree and epsilon
        si.RBFInterpolator(primal(self.y), primal(self.d), smoothing=primal(self.smoothing), kernel=kernel,
                           epsilon=None if epsilon is None else primal(self.epsilon), degree=degree)

    @classmethod
    def of(cls, f):
        """That of a plain one, with its coefficients."""
        given(np.zeros(0, f.d_dtype))  # complex ones are refused
        made = cls.__new__(cls)
        made.y, made.d = f.y, np.reshape(f.d, (f.y.shape[0], *f.d_shape))
        made.kernel, made.smoothing, made.epsilon, made.degree, made.own = f.kernel, 0.0, f.epsilon, None, f
        return made

    def __call__(self, x):
        return radial(self.y, self.d, self.smoothing, self.epsilon, given(x), self.kernel, self.degree, self.own)
