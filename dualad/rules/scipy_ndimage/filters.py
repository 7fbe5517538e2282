"""`scipy.ndimage`: linear filters, as an array continued beyond its ends by `mode` and a sliding product inside.

Decision: what a mode puts around an array is `np.pad`'s, so weights carry derivatives as inputs do, and so do the widths of
Gaussians (their radius is a whole number and stays). Means over boxes keep their running sums.
May import: numpy, scipy.ndimage, ..kinds, ..maps, ..paired, ..reduction and ..structural (helpers), ..windowed, dualad.errors.
"""

from __future__ import annotations

from inspect import signature

import numpy as np
import scipy.ndimage as nd

from ...errors import NoRuleError
from ..kinds import composite, name_of
from ..maps import axes_last, mapped
from ..paired import BODIES
from ..reduction import as_array
from ..structural import plain
from ..windowed import moving_mean, multiplied, reversed_in_all, slid

__all__ = ["continued", "entered", "each_axis"]

MODES = {"reflect": "symmetric", "grid-mirror": "symmetric", "nearest": "edge", "mirror": "reflect", "wrap": "wrap",
         "grid-wrap": "wrap", "constant": "constant", "grid-constant": "constant"}


FLOATS = {nd.spline_filter, nd.spline_filter1d, nd.fourier_gaussian, nd.fourier_uniform, nd.fourier_ellipsoid, nd.fourier_shift}


def entered(fn, kind=composite):
    """Decorate a body that takes SciPy's arguments by name, but for `output=`: declare it."""
    given = signature(fn)

    def enter(body):
        def entry(*args, **kwargs):
            named = given.bind(*args, **kwargs).arguments
            named.update(named.pop("kwargs", {}))
            output = named.pop("output", None)
            if output is not None and not (isinstance(output, (type, str, np.dtype)) and np.dtype(output).kind in "fc"):
                raise NoRuleError(f"{name_of(fn)}(output=...) has no rule where derivatives are carried: leave output= away and "
                                  "assign the result")
            if output is None and fn not in FLOATS and np.asarray(plain(as_array(named["input"]))).dtype.kind in "biu":
                raise NoRuleError(f"{name_of(fn)} of an image of whole numbers gives whole numbers, which carry no derivatives: "
                                  "use image.astype(float)")
            y = body(**named)
            return y if output is None or np.dtype(output) == y.dtype else np.astype(y, np.dtype(output))

        BODIES[fn] = entry
        kind(fn)(entry)
        return body

    return enter


def each_axis(value, count):
    """An option for each axis, as SciPy reads it: one for all of them, or a sequence."""
    if isinstance(value, str) or not isinstance(value, (list, tuple)) and np.ndim(value) == 0:
        return [value] * count
    value = list(value)
    if len(value) != count:
        raise RuntimeError("sequence argument must have length equal to input rank")
    return value


def continued(x, widths, modes, cval=0.0):
    """`x` with (before, after) more entries along each axis."""
    modes = [MODES.get(m) or nd.correlate1d(np.ones(2), np.ones(1), mode=m) for m in modes]  # SciPy's own error
    if len(set(modes)) == 1:
        return _one_mode(x, widths, modes[0], cval)
    for axis, mode in enumerate(modes):
        x = _one_mode(x, [w if k == axis else (0, 0) for k, w in enumerate(widths)], mode, cval)
    return x


def _one_mode(x, widths, mode, cval):
    if not any(map(any, widths)):
        return x
    if 0 in x.shape:
        return np.zeros_like(x, shape=tuple(n + sum(w) if n else 0 for n, w in zip(x.shape, widths, strict=True)))
    if mode != "constant":
        return np.pad(x, widths, mode)
    if hasattr(cval, "block"):
        return np.pad(x, widths) + cval * np.pad(np.zeros(x.shape, x.dtype), widths, constant_values=1.0)
    return np.pad(x, widths, constant_values=cval)


def around(size, origin):
    """(before, after): what the window of an entry reaches over."""
    if not 0 <= size // 2 + origin < max(size, 1):
        raise ValueError("Invalid origin; origin must satisfy -(size // 2) <= origin <= (size-1) // 2")
    return size // 2 + origin, size - 1 - size // 2 - origin


# ---------------------------------------------------------------- weights


def _along(x, weights, axis, mode, cval, origin):
    """correlate1d; complex inputs and weights are multiplied out, with a complex constant beside them."""
    x, weights = as_array(x), as_array(weights)
    axis, k = axis % x.ndim, weights.shape[0]
    widths = [(0, 0)] * x.ndim
    widths[axis] = around(k, origin)
    modes = ["reflect"] * x.ndim
    modes[axis] = mode
    x = continued(x, widths, modes, cval)
    w = weights.reshape((1,) * axis + (k,) + (1,) * (x.ndim - 1 - axis))
    return multiplied(lambda x, w: slid(x, w, "direct"), x, w)


@entered(nd.correlate1d)
def _correlate1d(input, weights, axis=-1, mode="reflect", cval=0.0, origin=0):
    weights = as_array(weights)
    return _along(input, np.conjugate(weights) if weights.dtype.kind == "c" else weights, axis, mode, cval, origin)


@entered(nd.convolve1d)
def _convolve1d(input, weights, axis=-1, mode="reflect", cval=0.0, origin=0):
    weights = as_array(weights)
    return _along(input, weights[::-1], axis, mode, cval, -origin - (weights.shape[0] % 2 == 0))


def _everywhere(x, weights, mode, cval, origin, axes, flipped):
    x, weights = as_array(x), as_array(weights)
    axes = sorted(a + x.ndim for a in axes_last(x, axes))
    if weights.ndim != len(axes) or 0 in weights.shape:
        raise RuntimeError(f"weights.ndim ({weights.ndim}) must match len(axes) ({len(axes)})")
    origins = each_axis(origin, len(axes))
    if flipped:
        origins = [-o - (k % 2 == 0) for o, k in zip(origins, weights.shape, strict=True)]
        weights = reversed_in_all(weights)
    shape, widths = [1] * x.ndim, [(0, 0)] * x.ndim
    for a, k, o in zip(axes, weights.shape, origins, strict=True):
        shape[a], widths[a] = k, around(k, o)
    x = continued(x, widths, [mode] * x.ndim, cval)
    return multiplied(lambda x, w: slid(x, w, "direct"), x, weights.reshape(shape))


@entered(nd.correlate)
def _correlate(input, weights, mode="reflect", cval=0.0, origin=0, *, axes=None):
    weights = as_array(weights)
    return _everywhere(input, np.conjugate(weights) if weights.dtype.kind == "c" else weights, mode, cval, origin, axes, False)


@entered(nd.convolve)
def _convolve(input, weights, mode="reflect", cval=0.0, origin=0, *, axes=None):
    return _everywhere(input, weights, mode, cval, origin, axes, True)


# ---------------------------------------------------------------- Gaussians


def _kernel(sigma, order, radius):
    """The weights of a derivative of a Gaussian: a polynomial times normalised exponentials."""
    x = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 / (sigma * sigma) * x**2)
    weights = weights / np.sum(weights)
    polynomial = [1.0]
    for _ in range(order):  # (q phi)' = (q' - q x / sigma^2) phi
        steps = [c * k for k, c in enumerate(polynomial)][1:]
        shifted = [0.0, *(-c / (sigma * sigma) for c in polynomial)]
        polynomial = [a + b for a, b in zip(shifted, steps + [0.0] * (len(shifted) - len(steps)), strict=True)]
    return weights if not order else weights * sum(c * x**k for k, c in enumerate(polynomial))


def _blurred(x, sigma, axis, order, mode, cval, truncate, radius):
    sigma = as_array(sigma)
    if order < 0:
        raise ValueError("Order must be non-negative")
    if hasattr(truncate, "block"):
        raise NoRuleError("truncate= only decides how many entries the window of scipy.ndimage.gaussian_filter has: pass it "
                          "without derivatives")
    radius = int(truncate * float(plain(sigma)) + 0.5) if radius is None else int(radius)
    return _along(x, _kernel(sigma, order, radius)[::-1], axis, mode, cval, 0)


@entered(nd.gaussian_filter1d)
def _gaussian_filter1d(input, sigma, axis=-1, order=0, mode="reflect", cval=0.0, truncate=4.0, *, radius=None):
    return _blurred(input, sigma, axis, order, mode, cval, truncate, radius)


def _gaussian(x, sigma, order, mode, cval, truncate=4.0, radius=None, axes=None):
    x = as_array(x)
    axes = axes_last(x, axes)
    options = [each_axis(v, len(axes)) for v in (sigma, order, mode, radius)]
    for axis, s, o, m, r in zip(axes, *options, strict=True):
        if plain(s) > 1e-15:
            x = _blurred(x, s, axis, o, m, cval, truncate, r)
    return x + 0.0


@entered(nd.gaussian_filter)
def _gaussian_filter(input, sigma, order=0, mode="reflect", cval=0.0, truncate=4.0, *, radius=None, axes=None):
    return _gaussian(input, sigma, order, mode, cval, truncate, radius, axes)


def _by_axis(x, sigma, order, mode, cval, axes, options):
    """The Gaussian's derivative of this order along each axis in turn."""
    x = as_array(x)
    axes = axes_last(x, axes)
    sigmas = [0.0] * x.ndim
    for axis, s in zip(axes, each_axis(sigma, len(axes)), strict=True):
        sigmas[axis] = s
    for axis, m in zip(axes, each_axis(mode, len(axes)), strict=True):
        orders = [0] * x.ndim
        orders[axis] = order
        yield _gaussian(x, sigmas, orders, m, cval, **options)


@entered(nd.gaussian_laplace)
def _gaussian_laplace(input, sigma, mode="reflect", cval=0.0, *, axes=None, **options):
    return sum(_by_axis(input, sigma, 2, mode, cval, axes, options))


@entered(nd.gaussian_gradient_magnitude)
def _gaussian_gradient_magnitude(input, sigma, mode="reflect", cval=0.0, *, axes=None, **options):
    return np.sqrt(sum(y * y for y in _by_axis(input, sigma, 1, mode, cval, axes, options)))


# ---------------------------------------------------------------- fixed weights


def _edges(fn, smooth):
    @entered(fn)
    def body(input, axis=-1, mode="reflect", cval=0.0):
        x = as_array(input)
        axis = axis % x.ndim
        modes = each_axis(mode, x.ndim)
        x = _along(x, np.array([-1.0, 0.0, 1.0], x.dtype), axis, modes[axis], cval, 0)
        for k in range(x.ndim):
            x = x if k == axis else _along(x, np.array(smooth, x.dtype), k, modes[k], cval, 0)
        return x


_edges(nd.prewitt, [1.0, 1.0, 1.0])
_edges(nd.sobel, [1.0, 2.0, 1.0])


@entered(nd.laplace)
def _laplace(input, mode="reflect", cval=0.0, *, axes=None):
    x = as_array(input)
    axes = axes_last(x, axes)
    return sum(_along(x, np.array([1.0, -2.0, 1.0], x.dtype), a, m, cval, 0)
               for a, m in zip(axes, each_axis(mode, len(axes)), strict=True))


def _mean(x, size, axis, mode, cval, origin):
    x = as_array(x)
    (axis,) = axes_last(x, axis)
    widths = [(0, 0)] * x.ndim
    widths[axis] = around(size, origin)
    modes = ["reflect"] * x.ndim
    modes[axis] = mode
    return mapped(continued(x, widths, modes, cval), moving_mean(x.shape, size, axis))


@entered(nd.uniform_filter1d)
def _uniform_filter1d(input, size, axis=-1, mode="reflect", cval=0.0, origin=0):
    return _mean(input, size, axis, mode, cval, origin)


@entered(nd.uniform_filter)
def _uniform_filter(input, size=3, mode="reflect", cval=0.0, origin=0, *, axes=None):
    x = as_array(input)
    axes = axes_last(x, axes)
    for axis, k, m, o in zip(axes, *(each_axis(v, len(axes)) for v in (size, mode, origin)), strict=True):
        x = _mean(x, int(k), axis, m, cval, o) if k > 1 else x
    return x + 0.0
