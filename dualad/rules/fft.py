"""numpy.fft, and scipy.fft where it is the same: four real linear maps, of which everything else is composed.

Decision: a complex side is an array with a last axis of (real, imaginary); the transpose of such a map is another of the
four, with the scale of the other direction (`SWAPPED`), cut or filled up to the length of the input.
May import: numpy, .kinds, .paired, .reduction, .structural.
"""

from __future__ import annotations

import numpy as np

from .kinds import Linear, Mixing, composite, constant, declare
from .paired import BODIES, halves, joined
from .reduction import as_array
from .structural import carries

SWAPPED = {"backward": "forward", "ortho": "ortho", "forward": "backward"}


class Transform:
    """A transform along one axis, of plain arrays and of arrays that carry derivatives."""

    def __init__(self, fn, takes_complex, gives_complex, transposed):
        self.fn, self.takes, self.gives, self.transposed = fn, takes_complex, gives_complex, transposed
        self.__name__, self.__module__ = fn.__name__ + " of (real, imaginary)", fn.__module__.partition("._")[0]

    def __call__(self, x, n, axis, norm):
        """`axis` counts from the end, without the axis of (real, imaginary)."""
        if carries(x):
            return x.__array_function__(self, (type(x),), (x, n, axis, norm), {})
        if self.takes:
            z = np.empty(x.shape[:-1], np.result_type(x.dtype, np.complex64))
            z.real, z.imag = x[..., 0], x[..., 1]
            x = z
        y = self.fn(x, n, axis, norm)
        return np.stack([y.real, y.imag], axis=-1) if self.gives else y

    def bind(self, x, n, axis, norm):
        length = x.shape[axis - self.takes]

        def apply(lead, x):
            return self(x, n, axis, norm)

        def transpose(lead, g):
            return (fitted(self.transposed(g, n, axis, SWAPPED[norm]), axis - self.takes, length),)

        return Linear((x,), apply, transpose)


def fitted(x, axis, length):
    """Cut, or filled up with zeros, along a negative axis."""
    have = x.shape[axis]
    if have > length:
        return x[(..., slice(length), *(slice(None),) * (-axis - 1))]
    if have < length:
        shape = tuple(length - have if k == len(x.shape) + axis else m for k, m in enumerate(x.shape))
        return np.concatenate([x, np.zeros_like(x, shape=shape)], axis)
    return x


def four(module):
    """The four transforms by a module's functions, declared."""
    def real_back(g, n, axis, norm):
        """Transpose of rfft: what it left out is zero, and the input has no imaginary part."""
        return ifft(fitted(g, axis - 1, n), n, axis, norm)[..., 0]

    def half_back(g, n, axis, norm):
        """Transpose of irfft: all but the first and the middle frequency count twice; those have no imaginary part."""
        y = rfft(g, n, axis, norm)
        weight = np.full((n // 2 + 1, 2), 2.0, g.dtype)
        weight[0] = 1.0, 0.0
        if n % 2 == 0:
            weight[-1] = 1.0, 0.0
        return y * weight.reshape((n // 2 + 1, *(1,) * (-axis - 1), 2))

    fft = Transform(module.fft, True, True, lambda *args: ifft(*args))
    ifft = Transform(module.ifft, True, True, fft)
    rfft = Transform(module.rfft, False, True, real_back)
    irfft = Transform(module.irfft, True, False, half_back)
    for transform in (fft, ifft, rfft, irfft):
        declare(Mixing(transform, transform.bind))
    return fft, ifft, rfft, irfft


TRANSFORMS = FFT, IFFT, RFFT, IRFFT = four(np.fft)


# ---- along one axis ----

def _along(transform, a, n, axis, norm):
    re, im = halves(a)
    if n is None and transform.takes and not transform.gives:
        n = 2 * (re.shape[axis] - 1)
    n, norm = re.shape[axis] if n is None else int(n), norm or "backward"
    if norm not in SWAPPED or n < 1 or not -re.ndim <= axis < re.ndim:
        transform.fn(np.ones(np.shape(re)), n, axis, norm)  # NumPy's own error
    axis = axis if axis < 0 else axis - re.ndim
    y = transform(np.stack([re, im], axis=-1) if transform.takes else re, n, axis, norm)
    return joined(y[..., 0], y[..., 1]) if transform.gives else y


def _single(transform):
    def body(a, n=None, axis=-1, norm=None, out=None):
        a = as_array(a)
        if not transform.takes and hasattr(a, "re"):
            transform.fn(np.zeros(1, complex))  # NumPy's own error: complex input
        return _along(transform, a, n, axis, norm)

    return body


def _hermitian(module):
    def hfft(a, n=None, axis=-1, norm=None, out=None):
        a = as_array(a)
        n = 2 * (a.shape[axis] - 1) if n is None else n
        return module.irfft(np.conjugate(a), n, axis, SWAPPED.get(norm or "backward", norm))

    def ihfft(a, n=None, axis=-1, norm=None, out=None):
        return np.conjugate(module.rfft(a, n, axis, SWAPPED.get(norm or "backward", norm)))

    return {"hfft": hfft, "ihfft": ihfft}


# ---- along several axes ----

def _axes_of(a, s, axes, inverse_real=False):
    """(axis, length) pairs as NumPy makes them."""
    shape = np.shape(a)
    if axes is None:
        axes = range(len(shape)) if s is None else range(len(shape) - len(s), len(shape))
    axes = list(axes)
    if s is None:
        s = [shape[k] for k in axes]
        if inverse_real:
            s[-1] = 2 * (s[-1] - 1)
    elif len(s) != len(axes):
        np.fft.fftn(np.ones(shape), s, axes)  # NumPy's own error
    return list(zip(axes, (shape[k] if n == -1 else n for k, n in zip(axes, s, strict=True)), strict=True))


def _several(one, last=None, first=None, default=None):
    """A transform along all axes by one along each; `last` is done along the last axis before, `first` after the others."""
    def body(a, s=None, axes=default, norm=None, out=None):
        a = as_array(a)
        pairs = _axes_of(a, s, axes, first is not None)
        if last is not None:
            axis, n = pairs.pop()
            a = last(a, n, axis, norm)
        end = pairs.pop() if first is not None else None
        for axis, n in pairs if first is not None else reversed(pairs):
            a = one(a, n, axis, norm)
        return a if end is None else first(a, end[1], end[0], norm)

    return body


def bodies(module, transforms):
    """{name: body} of a module's transforms along one axis and several; bodies call its functions by name."""
    found = {t.fn.__name__: _single(t) for t in transforms} | _hermitian(module)
    for axes, end in ((None, "n"), ((-2, -1), "2")):
        found["fft" + end] = _several(module.fft, default=axes)
        found["ifft" + end] = _several(module.ifft, default=axes)
        found["rfft" + end] = _several(module.fft, last=module.rfft, default=axes)
        found["irfft" + end] = _several(module.ifft, first=module.irfft, default=axes)
    return found


for _name, _body in bodies(np.fft, TRANSFORMS).items():
    composite(getattr(np.fft, _name), primal=False)(_body)
    BODIES[getattr(np.fft, _name)] = _body
constant(*(f for f in (np.fft.fftfreq, np.fft.rfftfreq) if hasattr(f, "_implementation")))
