"""`scipy.signal`: convolutions and correlations, as parts of one sliding product.

May import: numpy, scipy.signal, scipy.fft, ..kinds, ..maps, ..paired, ..structural and ..reduction (helpers), ..windowed.
"""

from __future__ import annotations

import numpy as np
import scipy.fft as sf
import scipy.signal as sg

from ..kinds import composite
from ..maps import calling
from ..paired import BODIES
from ..reduction import as_array
from ..structural import plain
from ..windowed import between, convolved, multiplied, reversed_in_all

__all__ = ["declared_body"]


def declared_body(fn, body, primal=True):
    """Declare a body that holds for complex numbers too."""
    composite(fn, primal=primal)(body)
    BODIES[fn] = body


def _windows(mode, x, w):
    return [between(mode, n, k) for n, k in zip(x.shape, w.shape, strict=True)]


def _checked(fn, *operands, **options):
    """The operands as arrays; SciPy's own error for shapes and options that it refuses."""
    operands = [as_array(x) for x in operands]
    a, b = (np.shape(x) for x in operands)
    if len(a) != len(b) or 0 in (*a, *b) or options["mode"] not in ("full", "same", "valid"):
        fn(np.ones(a), np.ones(b), **options)
    return operands


def _method(method, x, w, mode):
    return sg.choose_conv_method(plain(x), plain(w), mode) if method == "auto" else method


def _convolve(in1, in2, mode="full", method="auto"):
    x, w = _checked(sg.convolve, in1, in2, mode=mode, method=method)
    if not x.ndim or 0 in (*x.shape, *w.shape):
        return x * w if not x.ndim else np.zeros_like(x, shape=(0,))
    method = _method(method, x, w, mode)
    return multiplied(lambda x, w: convolved(x, w, _windows(mode, x, w), method), x, w)


def _correlate(in1, in2, mode="full", method="auto"):
    x, w = _checked(sg.correlate, in1, in2, mode=mode, method=method)
    w = np.conjugate(w) if hasattr(w, "re") or w.dtype.kind == "c" else w
    if not x.ndim:
        return x * w
    method = _method(method, x, w, mode)
    return multiplied(lambda x, w: convolved(x, reversed_in_all(w), _windows(mode, x, w), method), x, w)


def _by_blocks(fn, method):
    def body(in1, in2, mode="full", axes=None):
        x, w = _checked(fn, in1, in2, mode=mode, axes=axes)
        if not x.ndim:
            return x * w
        if axes is None:
            return multiplied(lambda x, w: convolved(x, w, _windows(mode, x, w), method), x, w)
        return multiplied(lambda x, w: _along(fn, x, w, mode, axes), x, w)

    return body


def _along(fn, x, w, mode, axes):
    """The convolution along some axes, broadcast along the others: a product of spectra."""
    fn(np.ones(x.shape), np.ones(w.shape), mode, axes)  # SciPy's own errors
    axes = sorted({int(a) % x.ndim for a in ((axes,) if np.ndim(axes) == 0 else axes)})
    axes = [a for a in axes if x.shape[a] != 1 and w.shape[a] != 1]  # the others broadcast either way
    if not axes:
        return x * w
    windows = [between(mode, x.shape[a], w.shape[a]) for a in axes]
    sizes = [sf.next_fast_len(x.shape[a] + w.shape[a] - 1, True) for a in axes]
    spectrum = calling(sf.rfftn)(x, sizes, axes) * calling(sf.rfftn)(w, sizes, axes)
    part = [slice(None)] * x.ndim
    for a, (start, length) in zip(axes, windows, strict=True):
        part[a] = slice(start, start + length)
    y = calling(sf.irfftn)(spectrum, sizes, axes)[tuple(part)]
    return y if mode != "same" else y[tuple(slice(_middle(n, m), _middle(n, m) + m) for n, m in zip(y.shape, x.shape, strict=True))]


def _middle(n, m):
    return (n - m) // 2


BOUNDARIES = {"fill": "constant", "pad": "constant", "wrap": "wrap", "circular": "wrap", "symm": "symmetric",
              "symmetric": "symmetric"}


def _plane(fn, flipped):
    """convolve2d and correlate2d: the plane is continued before the window slides."""
    def body(in1, in2, mode="full", boundary="fill", fillvalue=0):
        x, w = _checked(fn, in1, in2, mode=mode)
        if x.ndim != 2 or boundary not in BOUNDARIES:
            fn(np.ones(x.shape), np.ones(w.shape), mode, boundary)  # SciPy's own error
        if flipped:
            w = reversed_in_all(np.conjugate(w) if hasattr(w, "re") or w.dtype.kind == "c" else w)
        windows = _windows(mode, x, w)
        if mode == "same" and flipped:  # its middle lies half an entry further
            windows = [(k // 2, n) for n, k in zip(x.shape, w.shape, strict=True)]
        if mode == "valid" and all(k >= n for n, k in zip(x.shape, w.shape, strict=True)):
            x, w = w, x
        options = {"constant_values": fillvalue} if BOUNDARIES[boundary] == "constant" else {}

        def pad(x, widths):
            return np.pad(x, widths, BOUNDARIES[boundary], **options)

        return multiplied(lambda x, w: convolved(x, w, windows, "direct", pad), x, w)

    return body


declared_body(sg.convolve, _convolve)
declared_body(sg.correlate, _correlate)
declared_body(sg.fftconvolve, _by_blocks(sg.fftconvolve, "fft"))
declared_body(sg.oaconvolve, _by_blocks(sg.oaconvolve, "oa"))
declared_body(sg.convolve2d, _plane(sg.convolve2d, False))
declared_body(sg.correlate2d, _plane(sg.correlate2d, True))
