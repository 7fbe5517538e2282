"""`scipy.ndimage`: splines through images, in the image and in the places where they are read.

Decision: an interpolated value is a sum of coefficients times B-splines of the distance. Which coefficients is found from the
values of the coordinates, how they count is a formula: so coordinates, shifts, angles and matrices carry derivatives as images do.
Where coordinates are constant the sum is one sparse matrix (for shifts and zooms one for each axis). The prefilter is symmetric but
for the weights of the ends. The formula's value is compared with SciPy's each time; where they differ, that is an error.
May import: numpy, scipy.ndimage, scipy.sparse, ..kinds, ..maps, ..reduction and ..structural (helpers), .filters, .picks,
dualad.errors.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import scipy.ndimage as nd
import scipy.sparse as sp

from ...errors import NoRuleError
from ..kinds import name_of
from ..maps import Map, axes_last, mapped
from ..paired import halves, joined
from ..reduction import as_array
from ..structural import carries, plain
from .filters import continued, each_axis, entered
from .picks import sparse_map

__all__ = ["Line", "read"]

# ---------------------------------------------------------------- coefficients

SYMMETRIC = {"reflect", "grid-mirror", "nearest", "grid-wrap"}
SHORT = 64  # entries up to which SciPy's start of the recursion at a reflecting end is not symmetric to rounding


def _prefilter(shape, order, axis, mode):
    """The map of values to coefficients along a negative axis."""
    n = shape[axis]

    def apply(x):
        return nd.spline_filter1d(x, order, axis, x.dtype, mode)

    def back(g):
        if mode in SYMMETRIC and mode != "grid-wrap" and n < SHORT:
            return np.moveaxis(np.moveaxis(g, axis, -1) @ nd.spline_filter1d(np.eye(n), order, 0, g.dtype, mode), -1, axis)
        weights = np.ones((n, *(1,) * (-axis - 1)), g.dtype)
        if mode not in SYMMETRIC and n > 1:  # entries that a mirror at the ends does not double
            weights[[0, -1]] = 0.5
        return weights * apply(g / weights)

    return Map("spline filter", apply, back)


def _coefficients(x, order, axes, mode):
    for axis in axes if order > 1 else ():
        x = mapped(x, _prefilter(x.shape, order, axis, mode))
    return x


def _wide(x):
    """What SciPy computes in double precision."""
    if hasattr(x, "re") or x.dtype.kind == "c":
        return joined(*map(_wide, halves(x)))
    return x if x.dtype == np.float64 else np.astype(x, np.float64)


@entered(nd.spline_filter1d)
def _spline_filter1d(input, order=3, axis=-1, mode="mirror"):
    x = _wide(as_array(input))
    return _coefficients(x, order, axes_last(x, axis), mode) + 0.0


@entered(nd.spline_filter)
def _spline_filter(input, order=3, mode="mirror"):
    x = _wide(as_array(input))
    return _coefficients(x, order, axes_last(x, None), mode) + 0.0


# ---------------------------------------------------------------- places


def _brought(c, n, mode):
    """(coordinates brought into 0 ... n - 1 by a mode, their slope): plain arrays; outside where nothing brings them in."""
    below, above, last = c < 0, c > n - 1, n - 1
    slope = np.ones_like(c)
    if mode == "nearest":
        return np.clip(c, 0, last), np.where(below | above, 0.0, 1.0)
    if mode == "mirror" and n > 1:
        inside = np.abs(np.mod(c + last, 2 * last) - last)
        slope = np.where(np.mod(c, 2 * last) > last, -1.0, 1.0)
        return np.where(below | above, inside, c), np.where(below | above, slope, 1.0)
    if mode in ("reflect", "grid-mirror"):
        around = np.mod(c, 2 * n)
        turned = around > last + 0.0
        inside = np.where(turned, np.where(around >= n, 2 * n - 1 - around, around), around)
        return np.where(below | above, inside, c), np.where((below | above) & (around >= n), -1.0, 1.0)
    if mode == "wrap" and n > 1:
        return np.where(below | above, c - last * np.floor(c / last), c), slope
    if mode == "grid-wrap":
        return np.where(below | above, np.mod(c, n), c), slope
    return (np.zeros_like(c), 0 * slope) if n == 1 and mode in ("mirror", "wrap") else (c, slope)


NEIGHBOURS = {"constant": "mirror", "wrap": "mirror"}


def _splines(t, order):
    """B-splines at t + j, j = 0 ... order, for t in [0, 1)."""
    values = [np.ones_like(t)]
    for n in range(1, order + 1):
        below = [0.0, *values]
        above = [*values, 0.0]
        values = [((t + j) * above[j] + (n + 1 - t - j) * below[j]) / n for j in range(n + 1)]
    return values


class Line:
    """What coordinates along one axis read: `places[l]` with weight `weights[l]`; a place of -1 stands for the constant outside."""

    def __init__(self, c, n, order, mode, neighbours=None):
        value = np.asarray(plain(c), dtype=float)
        self.outside = (value < 0) | (value > n - 1) if mode == "constant" else np.zeros(value.shape, bool)
        inside, slope = _brought(np.where(self.outside, 0.0, value), n, mode)
        first = np.floor(inside if order & 1 else inside + 0.5)
        t = inside - first + (0.0 if order & 1 else 0.5)
        if carries(c):
            t = t + np.where(self.outside, 0.0, slope) * (c - value)
        self.weights = _splines(t, order)[::-1]
        self.places = []
        for k in range(order + 1):
            place = first - order // 2 + k
            if mode == "grid-constant":
                place = np.where((place < 0) | (place > n - 1), -1, place)
            else:
                place, _ = _brought(place, n, neighbours or NEIGHBOURS.get(mode, mode))
            self.places.append(np.asarray(np.rint(place), dtype=int))


def read(c, lines, cval):
    """Coefficients at places of the last axes, for coordinates of one shape."""
    d = len(lines)
    shape, size = c.shape[:-d], int(np.prod(c.shape[c.ndim - d:]))
    flat = c.reshape((*shape, size))
    strides = [int(np.prod(c.shape[c.ndim - d + k + 1:])) for k in range(d)]
    out = lines[0].outside.shape
    moving = any(carries(w) for line in lines for w in line.weights)
    total, parts = 0.0, []
    for choice in product(range(len(lines[0].places)), repeat=d):
        places = [line.places[k] for line, k in zip(lines, choice, strict=True)]
        weight = 1.0
        for line, k in zip(lines, choice, strict=True):
            weight = weight * line.weights[k]
        beyond = np.any([p < 0 for p in places], axis=0)
        place = np.where(beyond, 0, sum(p * s for p, s in zip(places, strides, strict=True)))
        if beyond.any():
            total = total + np.where(beyond, weight, 0.0) * cval
        if moving:
            total = total + np.where(beyond, 0.0, weight) * flat[..., place]
        else:
            parts.append((np.where(beyond, 0.0, weight).ravel(), place.ravel()))
    if not moving:
        data, columns = (np.stack(p, axis=1).ravel() for p in zip(*parts, strict=True))
        ends = np.arange(0, data.size + 1, len(parts))
        matrix = sp.csr_array((data, columns, ends), shape=(int(np.prod(out)), size))
        total = mapped(flat, sparse_map(matrix, (size,), out)) + total
    return total


def _filtered(x, order, d, mode, cval, prefilter):
    """(coefficients along the last d axes, what was put around)."""
    x = _wide(as_array(x))
    if not (prefilter and order > 1):
        return x, 0
    pad = 12 if mode in ("nearest", "grid-constant") else 0
    x = continued(x, [(0, 0)] * (x.ndim - d) + [(pad, pad)] * d, [mode] * x.ndim, cval) if pad else x
    return _coefficients(x, order, range(-d, 0), mode), pad


def _interpolated(x, coordinates, order, mode, cval, prefilter):
    """Splines through the last axes of x, at coordinates of one shape."""
    d = len(coordinates)
    c, pad = _filtered(x, order, d, mode, cval, prefilter)
    lines = [Line(v + pad, c.shape[k - d], order, mode) for k, v in enumerate(coordinates)]
    y = read(c, lines, cval)
    outside = np.any([line.outside for line in lines], axis=0)
    return _narrow(np.where(outside, cval, y) if outside.any() else y, x)


def _by_lines(x, coordinates, order, mode, cval, prefilter):
    """The same where the coordinates along an axis depend on nothing but that axis: one axis after the other."""
    d = len(coordinates)
    c, pad = _filtered(x, order, d, mode, cval, prefilter)
    outside = np.zeros((), bool)
    inner = 0.0 if mode == "grid-constant" else cval
    beyond = mode == "grid-constant"
    for k, v in enumerate(coordinates):
        line = Line(v + pad, c.shape[k], order, mode)
        c = np.moveaxis(read(np.moveaxis(c - cval if beyond and not k else c, k, -1), [line], inner), -1, k)
        outside = outside | line.outside.reshape((1,) * k + (-1,) + (1,) * (d - k - 1))
    c = c + cval if beyond else c
    return _narrow(np.where(np.broadcast_to(outside, c.shape), cval, c) if outside.any() else c, x)


def _narrow(y, x):
    dtype = as_array(x).dtype
    return y if y.dtype == dtype else np.astype(y, dtype)


def _interpolating(fn):
    """Declare a body whose value must be SciPy's."""
    def enter(body):
        def checked(**named):
            image = as_array(named["input"])
            if hasattr(image, "re") or image.dtype.kind == "c":
                cval = named.get("cval", 0.0)
                return joined(*(checked(**{**named, "input": part, "cval": outside})
                                for part, outside in zip(halves(image), (np.real(cval), np.imag(cval)), strict=True)))
            y = body(**named)
            wanted = fn(**{k: plain(v) for k, v in named.items()})
            far = 1e-3 if wanted.dtype == np.float32 else 1e-7
            if y.shape != wanted.shape or not np.allclose(plain(y), wanted, far, far * max(1e-300, np.abs(wanted).max(initial=0.0)),
                                                          equal_nan=True):
                raise NoRuleError(f"{name_of(fn)} with these options is computed otherwise than its rule knows, so that there is "
                                  "no derivative: use another mode= or order=")
            return y

        entered(fn)(checked)
        return body

    return enter


@_interpolating(nd.map_coordinates)
def _map_coordinates(input, coordinates, order=3, mode="constant", cval=0.0, prefilter=True):
    coordinates = as_array([as_array(c) for c in coordinates] if isinstance(coordinates, (list, tuple)) else coordinates)
    return _interpolated(input, [coordinates[k] for k in range(coordinates.shape[0])], order, mode, cval, prefilter)


@_interpolating(nd.shift)
def _shift(input, shift, order=3, mode="constant", cval=0.0, prefilter=True):
    x = as_array(input)
    shifts = each_axis(shift, x.ndim)
    return _by_lines(x, [np.arange(float(n)) - s for n, s in zip(x.shape, shifts, strict=True)], order, mode, cval, prefilter)


@_interpolating(nd.zoom)
def _zoom(input, zoom, order=3, mode="constant", cval=0.0, prefilter=True, *, grid_mode=False):
    if carries(zoom):
        raise NoRuleError("scipy.ndimage.zoom(zoom=...) only decides how many entries the result has: pass it without derivatives, "
                          "or use affine_transform, whose matrix carries them")
    x = as_array(input)
    out = [int(round(n * z)) for n, z in zip(x.shape, each_axis(zoom, x.ndim), strict=True)]
    coordinates = []
    for n, m in zip(x.shape, out, strict=True):
        few = 0 if grid_mode else 1
        step = (n - few) / (m - few) if m != few else 1.0
        coordinates.append((np.arange(m) + 0.5) * step - 0.5 if grid_mode else np.arange(m) * step)
    return _by_lines(x, coordinates, order, mode, cval, prefilter)


@_interpolating(nd.affine_transform)
def _affine_transform(input, matrix, offset=0.0, output_shape=None, order=3, mode="constant", cval=0.0, prefilter=True):
    x, matrix = as_array(input), as_array(matrix)
    d, shape = x.ndim, tuple(as_array(input).shape if output_shape is None else output_shape)
    if matrix.ndim == 2 and matrix.shape[1] == d + 1 and matrix.shape[0] in (d, d + 1):
        matrix, offset = matrix[:d, :d], matrix[:d, d]
    offset = each_axis(offset, d)
    if matrix.ndim == 1:
        lines = [matrix[k] * np.arange(float(shape[k])) + offset[k] for k in range(d)]
        return _by_lines(x, lines, order, mode, cval, prefilter)
    grid = np.indices(shape).astype(float)
    coordinates = [sum(matrix[k, j] * grid[j] for j in range(len(shape))) + offset[k] for k in range(d)]
    return _interpolated(x, coordinates, order, mode, cval, prefilter)


@_interpolating(nd.rotate)
def _rotate(input, angle, axes=(1, 0), reshape=True, order=3, mode="constant", cval=0.0, prefilter=True):
    """Where the angle carries derivatives, the size of the result is constant."""
    x = as_array(input)
    axes = tuple(sorted(int(a) % x.ndim for a in axes))
    shape = nd.rotate(np.zeros(x.shape), plain(angle), axes, reshape, order=0).shape if reshape else x.shape
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    before, after = ([(v[a] - 1) / 2 for a in axes] for v in (x.shape, shape))
    grid = np.indices([shape[a] for a in axes]).astype(float)
    centred = [grid[k] - after[k] for k in range(2)]
    coordinates = [c * centred[0] + s * centred[1] + before[0], c * centred[1] - s * centred[0] + before[1]]
    y = _interpolated(np.moveaxis(x, axes, (-2, -1)), coordinates, order, mode, cval, prefilter)
    return np.moveaxis(y, (-2, -1), axes)
