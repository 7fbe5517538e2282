"""`scipy.signal`: other sampling rates, medians, peaks, and polynomials of filters.

Decision: `upfirdn` is linear in the signal, with itself as transpose (the two rates in each other's place, the filter backwards);
with respect to the filter it is a convolution with the signal spread by zeros. Medians are ranks of `scipy.ndimage`. Where peaks
are is constant, what is measured at them is not.
May import: numpy, scipy.ndimage, scipy.signal, ..kinds, ..maps, ..reduction and ..structural (helpers), ..windowed, .convolution,
dualad.errors.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage as nd
import scipy.signal as sg

from ...errors import NoRuleError
from ..kinds import composite
from ..maps import Map, calling, mapped
from ..reduction import as_array, zeros
from ..scipy_ndimage.interpolation import Line, read
from ..structural import carries, plain
from ..windowed import convolved
from .convolution import declared_body

__all__ = []

# ---------------------------------------------------------------- upfirdn


def _rates(h, up, down, n):
    """The map of signals of length n along the last axis."""
    k = len(h)
    front = -(k - 1) % up  # zeros that make the reversed filter start at a multiple of `up`
    turned = np.concatenate([np.zeros(front, h.dtype), h[::-1]])
    first = (k - 1 + front) // up

    def back(g):
        y = sg.upfirdn(turned, g, down, up)[..., first:first + n]
        missing = n - y.shape[-1]
        return np.concatenate([y, np.zeros((*y.shape[:-1], missing), y.dtype)], -1) if missing else y

    return Map("upfirdn", lambda x: sg.upfirdn(h, x, up, down), back)


def _spread(x, up):
    """x with up - 1 zeros behind each entry but the last, along the last axis."""
    if up == 1:
        return x
    wide = np.concatenate([x[..., None], zeros(x, (*x.shape, up - 1))], axis=-1)
    return wide.reshape((*x.shape[:-1], x.shape[-1] * up))[..., :x.shape[-1] * up - up + 1]


PADS = {"symmetric": "symmetric", "reflect": "reflect", "edge": "edge", "wrap": "wrap"}


def _extended(x, count, mode):
    """`count` more entries at both ends of the last axis."""
    if mode in PADS:
        return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(count, count)], PADS[mode])
    first, last, n = x[..., :1], x[..., -1:], x.shape[-1]
    if mode == "smooth":
        left, right = (first - x[..., 1:2], last - x[..., -2:-1]) if n > 1 else (0.0 * first, 0.0 * last)
    else:
        right = (last - first) / max(n - 1, 1)
        left = -right
    steps = np.arange(1, count + 1).astype(x.dtype)
    return np.concatenate([first + left * steps[::-1], x, last + right * steps], axis=-1)


def _upfirdn(h, x, up=1, down=1, axis=-1, mode="constant", cval=0):
    h, x, up, down = as_array(h), as_array(x), int(up), int(down)
    x = np.moveaxis(x, axis, -1)
    if mode in PADS or mode in ("line", "smooth"):
        count = (h.shape[0] // (up * down) + 1) * down  # so that entries stay where they are counted
        size = sg.upfirdn(np.ones(h.shape[0]), np.ones(x.shape[-1]), up, down).shape[0]
        start = count * up // down
        return np.moveaxis(_upfirdn(h, _extended(x, count, mode), up, down)[..., start:start + size], -1, axis)
    if mode not in (None, "constant", "zero") or carries(cval) or cval:
        raise NoRuleError(f"scipy.signal.upfirdn(mode={mode!r}, cval=...) is not covered: extend the signal by np.pad first and "
                          "cut the result")
    if hasattr(h, "block"):
        wide = _spread(x, up)
        size, count = wide.shape[-1], h.shape[0]
        windows = [(0, n) for n in wide.shape[:-1]] + [(0, size + count - 1)]
        method = "fft" if size * count > 2**20 else "direct"
        y = convolved(wide, h.reshape((1,) * (x.ndim - 1) + (count,)), windows, method)[..., ::down]
    else:
        y = mapped(x, _rates(h, up, down, x.shape[-1]))
    return np.moveaxis(y, -1, axis)


declared_body(sg.upfirdn, _upfirdn)


# ---------------------------------------------------------------- ranks


@composite(sg.medfilt2d)
def _medfilt2d(input, kernel_size=3):
    size = (kernel_size,) * 2 if np.ndim(kernel_size) == 0 else tuple(int(k) for k in kernel_size)
    return calling(nd.rank_filter)(as_array(input), size[0] * size[1] // 2, size, mode="constant")


# ---------------------------------------------------------------- peaks


def _edge(x, places):
    """x at places that may lie between two entries, by straight lines."""
    left = np.clip(np.floor(places).astype(int), 0, x.shape[0] - 2)
    return left, x[left], x[left + 1]


def _prominences(x, peaks, wlen=None):
    x = as_array(x)
    _, left, right = sg.peak_prominences(plain(x), peaks, wlen)
    return x[peaks] - np.maximum(x[left], x[right]), left, right


def _crossing(x, height, place):
    """Where a straight line between entries takes the value `height`; whole places are where nothing is crossed, or an entry."""
    left, low, high = _edge(x, place)
    flat = plain(low) == plain(high)
    moved = left + (height - low) / np.where(flat, 1.0, high - low)
    return np.where(flat | (place == np.round(place)), place, moved)


def _widths(x, peaks, rel_height=0.5, prominence_data=None, wlen=None):
    x = as_array(x)
    if prominence_data is None:
        prominence_data = calling(sg.peak_prominences)(x, peaks, wlen)
    given = tuple(plain(v) for v in prominence_data)
    _, _, left, right = sg.peak_widths(plain(x), peaks, plain(rel_height), given)
    height = x[peaks] - prominence_data[0] * rel_height
    left, right = _crossing(x, height, left), _crossing(x, height, right)
    return right - left, height, left, right


composite(sg.peak_prominences)(_prominences)
composite(sg.peak_widths)(_widths)


@composite(sg.find_peaks, primal=False)
def _find_peaks(x, height=None, threshold=None, distance=None, prominence=None, width=None, wlen=None, rel_height=0.5,
                plateau_size=None):
    x = as_array(x)
    limits = plain(height), plain(threshold), distance, plain(prominence), plain(width), wlen, plain(rel_height), plateau_size
    peaks, found = sg.find_peaks(plain(x), *limits)
    moving = {"peak_heights": lambda: x[peaks], "left_thresholds": lambda: x[peaks] - x[peaks - 1],
              "right_thresholds": lambda: x[peaks] - x[peaks + 1],
              "prominences": lambda: calling(sg.peak_prominences)(x, peaks, wlen)[0]}
    if width is not None:
        names = ("widths", "width_heights", "left_ips", "right_ips")
        measured = calling(sg.peak_widths)(x, peaks, rel_height, calling(sg.peak_prominences)(x, peaks, wlen))
        moving.update({name: (lambda v=v: v) for name, v in zip(names, measured, strict=True)})
    return peaks, {name: moving[name]() if name in moving else v for name, v in found.items()}


# ---------------------------------------------------------------- splines


def _spline(fn, order):
    """Values of a spline, in its coefficients and in the places; places beyond the ends are mirrored, coefficients repeated."""
    def body(cj, newx, dx=1.0, x0=0):
        c, places = as_array(cj), (as_array(newx) - x0) / dx
        return read(c, [Line(places, c.shape[0], order, "mirror", "nearest")], 0.0)

    composite(fn)(body)


_spline(sg.cspline1d_eval, 3)
_spline(sg.qspline1d_eval, 2)


# ---------------------------------------------------------------- polynomials


@composite(sg.bilinear)
def _bilinear(b, a, fs=1.0):
    """s = 2 fs (z - 1) / (z + 1), multiplied by (z + 1)^N."""
    b, a = np.atleast_1d(as_array(b)), np.atleast_1d(as_array(a))
    n = max(b.shape[0], a.shape[0]) - 1

    def moved(c):
        rows = np.array([np.poly([1.0] * i + [-1.0] * (n - i)) for i in range(c.shape[0])])
        scale = np.stack([(2.0 * fs) ** i for i in range(c.shape[0])])
        return np.sum((c[::-1] * scale)[:, None] * rows, axis=0)

    top, bottom = moved(b), moved(a)
    return top / bottom[0], bottom / bottom[0]
