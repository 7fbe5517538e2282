"""Sliding products, of which convolutions, correlations and linear filters of `scipy.signal` and `scipy.ndimage` are composed.

Decision: one bilinear primitive, y[i] = sum over k of x[i + k] w[k] where the window w lies inside x, in any number of dimensions.
Both its transposes are the same primitive on operands that are filled up with zeros or reversed, so it is closed under
differentiation; modes and boundaries are what is put around x before. How it is computed (directly, by Fourier transforms, by
overlapping blocks) is what the function that it stands for would do.
May import: numpy, scipy.ndimage, scipy.signal, .contraction, .kinds, .maps, .paired, .reduction (helpers), .systems.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage as nd
import scipy.signal as sg

from .contraction import cast_back
from .kinds import bilinear
from .maps import Map
from .paired import halves, joined
from .systems import Own

__all__ = ["between", "convolved", "moving_mean", "multiplied", "reversed_in_all", "slid", "surrounded"]


def _slid(x, w, method):
    """The products for plain arrays of the same number of axes."""
    if any(n < k for n, k in zip(x.shape, w.shape, strict=True)) or not w.size:
        return np.zeros(tuple(max(n - k + 1, 0) for n, k in zip(x.shape, w.shape, strict=True)), np.result_type(x, w))
    if method == "fft":
        return sg.fftconvolve(x, reversed_in_all(w), "valid")
    if method == "oa":
        return sg.oaconvolve(x, reversed_in_all(w), "valid")
    inside = tuple(slice(k // 2, k // 2 + n - k + 1) for n, k in zip(x.shape, w.shape, strict=True))
    if x.ndim == 1:
        return np.correlate(x, w, "valid")
    if w.size > x.size // 4:  # few results
        return sg.correlate(x, w, "valid", "direct")
    long = [axis for axis, k in enumerate(w.shape) if k > 1]
    dtype = np.result_type(x, w)
    if len(long) < 2:
        return nd.correlate1d(x, w.reshape(-1), long[0] if long else 0, dtype, "constant")[inside]
    return nd.correlate(x, w, dtype, "constant")[inside]


slid = Own("scipy: sliding product", _slid)


def reversed_in_all(w, lead=0):
    """`w` backwards along every axis behind `lead`."""
    return w[(slice(None),) * lead + (slice(None, None, -1),) * (w.ndim - lead)]


def surrounded(x, widths, lead=0):
    """`x` with zeros around: (before, after) for each axis behind `lead`."""
    return np.pad(x, [(0, 0)] * lead + list(widths)) if any(map(any, widths)) else x


@bilinear(slid)
def _slid_rule(x, w, method):
    around = [(k - 1, k - 1) for k in w.shape]

    def value(x, w):
        return slid(x, w, method)

    def apply(lx, lw, x, w):
        if not lw:
            return slid(x, w[None], method) if lx else value(x, w)
        rows = [slid(x[i] if lx else x, w[i], method) for i in range(w.shape[0])]
        return np.stack(rows)

    def to_x(lg, lw, g, w):
        return apply(lg, lw, surrounded(g, around, lg), reversed_in_all(w, lw))

    def to_w(lg, lx, g, x):
        return apply(lx, lg, x, g)

    return cast_back(x, w, apply, to_x, to_w, value)


def between(mode, n, k):
    """(start, length) of the part of a full convolution of lengths n and k that `mode` stands for; the first decides "same"."""
    if mode == "same":
        return (k - 1) // 2, n
    return (0, n + k - 1) if mode == "full" else (min(n, k) - 1, max(n, k) - min(n, k) + 1)


def multiplied(product, a, b):
    """A product that is linear in both of two operands, complex ones multiplied out."""
    if not any(hasattr(x, "re") or x.dtype.kind == "c" for x in (a, b)):
        return product(a, b)
    (a, b), (c, d) = halves(a), halves(b)
    return joined(product(a, c) - product(b, d), product(a, d) + product(b, c))


def convolved(x, w, windows, method, pad=None):
    """Parts (start, length) of the convolution of x with w; `pad(x, widths)` puts something around x (zeros unless given)."""
    if w.size > x.size and pad is None:
        x, w = w, x
    widths = [(k - 1 - start, start + length - n) for (start, length), n, k in zip(windows, x.shape, w.shape, strict=True)]
    # parts that do not touch the ends
    inner = tuple(slice(max(-before, 0), n + min(after, 0)) for (before, after), n in zip(widths, x.shape, strict=True))
    widths = [(max(before, 0), max(after, 0)) for before, after in widths]
    return slid((pad or surrounded)(x[inner], widths), reversed_in_all(w), method)


def moving_mean(shape, size, axis):
    """The map of means of `size` entries along a negative axis, where they all exist: a running sum, whatever the size is."""
    def mean(x):
        n, k = x.shape[axis], size
        y = nd.uniform_filter1d(x, k, axis, mode="constant")
        return y[(..., slice(k // 2, k // 2 + n - k + 1), *(slice(None),) * (-axis - 1))]

    def back(g):
        widths = [(0, 0)] * g.ndim
        widths[axis] = (size - 1, size - 1)
        return mean(np.pad(g, widths))

    return Map("moving mean", mean, back)
