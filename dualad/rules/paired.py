"""NumPy's functions of complex numbers in terms of real and imaginary parts, where they are not the real rule on each part.

`BODIES` replace the real rule; `BILINEAR` rules are multiplied out; of `SAME` the real rule's body holds for complex numbers.
What is in none of them and no linear map is refused.  May import: numpy, .structural, dualad.errors.
"""

from __future__ import annotations

from math import prod

import numpy as np

from ..errors import ComplexError
from .structural import plain

__all__ = ["BILINEAR", "BODIES", "SAME", "halves", "joined", "maker"]

maker = [None]  # core.complexes puts its constructor here


def joined(re, im):
    """re + i im."""
    return maker[0](re, im)


def halves(z):
    """Real and imaginary part."""
    if hasattr(z, "re"):
        return z.re, z.im
    if isinstance(z, (list, tuple)):
        z = np.stack([joined(*halves(v)) for v in z])
        return halves(z)
    if not hasattr(z, "block"):
        z = np.asarray(z)
        return z.real, z.imag
    return z, np.zeros_like(z)


def _on_parts(fn):
    """A function that does the same to both parts."""
    def body(a, *args, **kwargs):
        re, im = halves(a)
        return joined(fn(re, *args, **kwargs), fn(im, *args, **kwargs))

    return body


def _real_dtype(dtype):
    return None if dtype is None else np.empty(0, dtype).real.dtype


def _made_like(fn):
    """np.zeros_like and np.ones_like: of a real dtype if that is asked for."""
    def body(a, dtype=None, **options):
        re = fn(halves(a)[0], _real_dtype(dtype), **options)
        return re if dtype is not None and np.dtype(dtype).kind != "c" else joined(re, np.zeros_like(re))

    return body


def _full_like(a, fill_value, dtype=None, **options):
    re, im = halves(fill_value)
    a, dtype = halves(a)[0], _real_dtype(dtype)
    return joined(np.full_like(a, re, dtype, **options), np.full_like(a, im, dtype, **options))


def _where(condition, x, y):
    condition, x, y = plain(condition), halves(x), halves(y)
    return joined(*(np.where(condition, p, q) for p, q in zip(x, y, strict=True)))


def _angle(z, deg=False):
    re, im = halves(z)
    y = np.arctan2(im, re)
    return y * (180 / np.pi) if deg else y


def _conj_first(fn):
    return lambda a, b, **kwargs: fn(np.conjugate(a), b, **kwargs)


def _vdot(a, b):
    return np.dot(np.conjugate(np.ravel(a)), np.ravel(b))


def _vecdot(x1, x2, **kwargs):
    return np.sum(np.conjugate(x1) * x2, axis=kwargs.pop("axis", -1), **kwargs)


def _correlate(a, v, mode="valid"):
    return np.convolve(a, np.conjugate(v)[::-1], mode)


def _var(a, *args, **kwargs):
    re, im = halves(a)
    return np.var(re, *args, **kwargs) + np.var(im, *args, **kwargs)


def _std(a, *args, **kwargs):
    v = _var(a, *args, **kwargs)
    zero = plain(v) == 0
    return np.where(zero, 0.0, np.sqrt(np.where(zero, 1.0, v)))


# ---- numpy.linalg ----

def _norm(x, ord=None, axis=None, keepdims=False):
    """The Euclidean ones over real and imaginary entries together, others of the moduli; 2-norms of matrices are refused."""
    re, im = halves(x)
    axes = tuple(range(re.ndim)) if axis is None else (axis,) if np.ndim(axis) == 0 else tuple(axis)
    if ord is None and axis is None:
        y = np.linalg.norm(np.concatenate([np.ravel(re), np.ravel(im)]))
        return np.reshape(y, (1,) * re.ndim) if keepdims else y
    matrix = len(axes) == 2
    if ord is None or ord == "fro" or (ord == 2 and not matrix):
        return np.linalg.norm(np.concatenate([re, im], axes[0]), ord, axis, keepdims)
    if matrix and ord in (2, -2, "nuc"):
        raise ComplexError(f"numpy.linalg.norm(ord={ord!r}) of a complex matrix that carries derivatives is not covered: use "
                           "ord='fro', or the norm of the real matrix [[Re, -Im], [Im, Re]], which has each singular value twice")
    return np.linalg.norm(np.hypot(re, im), ord, axis, keepdims)


def _doubled(a):
    """The real matrix that does to (re, im) what the complex one does to re + i im."""
    re, im = halves(a)
    return np.concatenate([np.concatenate([re, -im], -1), np.concatenate([im, re], -1)], -2)


def _inv(a):
    n = np.shape(a)[-1]
    y = np.linalg.inv(_doubled(a))
    return joined(y[..., :n, :n], y[..., n:, :n])


def _solve(a, b):
    re, im = halves(b)
    vector = re.ndim == 1
    right = np.concatenate([re, im], 0 if vector else -2)
    y, n = np.linalg.solve(_doubled(a), right), re.shape[0 if vector else -2]
    return joined(y[:n], y[n:]) if vector else joined(y[..., :n, :], y[..., n:, :])


def _exchanged(n, k):
    """0, 1, ..., n - 1 with the first and number k in each other's place."""
    order = np.arange(n)
    order[[0, k]] = k, 0
    return order


def _pivots(a):
    """The pivots of Gaussian elimination with complete pivoting, and the sign of its exchanges."""
    found, sign, a = [], 1.0, joined(*halves(a))
    while np.shape(a)[0]:
        value = np.abs(plain(a))
        i, j = np.unravel_index(np.argmax(value), value.shape)
        sign = -sign if (i != 0) != (j != 0) else sign
        a = a[_exchanged(len(value), i)][:, _exchanged(len(value), j)]
        found.append(a[0, 0])
        if not value[i, j]:
            # what is left is zero, and so is its adjugate unless it is one number
            found += [a[k, k] for k in range(1, len(value))]
            break
        a = a[1:, 1:] - np.outer(a[1:, 0] / a[0, 0], a[0, 1:])
    return found, sign


def _each(body):
    """A function of one matrix, for stacks of them."""
    def stacked(a):
        shape = np.shape(a)
        if len(shape) < 2 or shape[-1] != shape[-2] or not prod(shape):
            np.linalg.det(np.ones(shape))  # NumPy's own error
            return body(a)
        if len(shape) == 2:
            return body(a)
        found = [body(m) for m in np.reshape(a, (-1, *shape[-2:]))]
        if not isinstance(found[0], tuple):
            return np.reshape(np.stack(found), shape[:-2])
        return type(found[0])(*(np.reshape(np.stack(part), shape[:-2]) for part in zip(*found, strict=True)))

    return stacked


@_each
def _det(a):
    found, sign = _pivots(a)
    y = joined(sign, 0.0)
    for p in found:
        y = y * p
    return y


@_each
def _slogdet(a):
    found, sign = _pivots(a)
    sign, size = joined(sign, 0.0), 0.0
    for p in found:
        sign, size = sign * np.sign(p), size + np.log(np.abs(p))
    value = np.linalg.slogdet(plain(a))
    return type(value)(sign, size)


BODIES = {
    np.real: lambda val: halves(val)[0], np.imag: lambda val: halves(val)[1], np.angle: _angle, np.where: _where,
    np.copy: _on_parts(np.copy), np.zeros_like: _made_like(np.zeros_like), np.empty_like: _made_like(np.zeros_like),
    np.ones_like: _made_like(np.ones_like), np.full_like: _full_like, np.vdot: _vdot, np.vecdot: _vecdot,
    np.correlate: _correlate, np.var: _var, np.std: _std, np.linalg.norm: _norm, np.linalg.inv: _inv, np.linalg.solve: _solve,
    np.linalg.det: _det, np.linalg.slogdet: _slogdet, np.linalg.vector_norm: lambda x, /, **k: _norm(x, **k),
    np.astype: lambda x, dtype, /, **k: x.astype(dtype), np.linalg.vecdot: _vecdot,
}
BILINEAR = frozenset([np.dot, np.matmul, np.inner, np.tensordot, np.einsum, np.convolve])
SAME = frozenset([
    np.outer, np.kron, np.cross, np.matvec, np.prod, np.cumprod, np.trapezoid, np.gradient, np.average, np.stack, np.vstack,
    np.hstack, np.dstack, np.column_stack, np.block, np.append, np.insert, np.flip, np.fliplr, np.flipud, np.rot90, np.diag,
    np.squeeze, np.expand_dims, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.polyval, np.polyadd, np.polysub,
    np.polyder, np.polyint,
    np.vander, np.array_split, np.split, np.hsplit, np.vsplit, np.meshgrid, np.broadcast_arrays, np.ediff1d,
    np.linalg.matrix_power, np.linalg.multi_dot, np.linalg.outer, np.linalg.matmul, np.linalg.tensordot, np.linalg.trace,
    np.linalg.diagonal, np.linalg.cross, np.linalg.matrix_transpose, np.matrix_transpose,
    np.fft.fftshift, np.fft.ifftshift,
])
