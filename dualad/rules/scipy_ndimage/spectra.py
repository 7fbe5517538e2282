"""`scipy.ndimage`: filters of Fourier transforms, which multiply an array by a table of numbers.

Decision: for constant parameters the table is SciPy's filter of ones; a shift and the widths of a Gaussian carry derivatives
through its formula. `fourier_uniform` and `fourier_ellipsoid` are not differentiated in their sizes.
May import: numpy, scipy.ndimage, ..kinds, ..maps, ..paired, ..reduction and ..structural (helpers), .filters, dualad.errors.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage as nd

from ...errors import NoRuleError
from ..kinds import name_of
from ..reduction import as_array
from ..structural import carries
from .filters import each_axis, entered

__all__ = []


def _frequencies(shape, n, axis):
    """Frequencies along each axis, shaped for broadcasting; `n`: the length of an axis that a transform of real numbers halved."""
    for k, m in enumerate(shape):
        whole = np.fft.fftfreq(m) if n < 0 or k != axis % len(shape) else np.arange(m) / n
        yield whole.reshape((1,) * k + (m,) + (1,) * (len(shape) - k - 1))


def _gaussian(shape, sigma, n, axis):
    power = sum((s * (2 * np.pi * f)) ** 2 for s, f in zip(sigma, _frequencies(shape, n, axis), strict=True))
    return np.exp(-0.5 * power)


def _shift(shape, shift, n, axis):
    phase = sum(s * (-2 * np.pi * f) for s, f in zip(shift, _frequencies(shape, n, axis), strict=True))
    return np.cos(phase) + 1j * np.sin(phase)


def _declare(fn, parameter, formula=None):
    @entered(fn)
    def body(input, n=-1, axis=-1, **options):
        x, value = as_array(input), options[parameter]
        if not carries(value):
            complex_table = fn is nd.fourier_shift
            return x * fn(np.ones(x.shape, complex if complex_table else x.dtype if x.dtype.kind == "f" else float), value, n, axis)
        if formula is None:
            raise NoRuleError(f"{name_of(fn)} has no derivative in {parameter}: pass it without derivatives")
        return x * formula(x.shape, each_axis(value, x.ndim), n, axis)


_declare(nd.fourier_gaussian, "sigma", _gaussian)
_declare(nd.fourier_uniform, "size")
_declare(nd.fourier_ellipsoid, "size")
_declare(nd.fourier_shift, "shift", _shift)
