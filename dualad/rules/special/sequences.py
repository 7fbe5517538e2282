"""Python-level functions of scipy.special over whole arrays.

Decision: the derivative of logsumexp is softmax, entry by entry of one shifted exponential: terms that are tied for the
largest, and entries of minus infinity, need no special case.  May import: tools, kinds, reduction, numpy, scipy.special.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sp

from ..kinds import composite
from ..reduction import as_array
from ..structural import plain
from .tools import find, is_plain, refuse_operand

__all__: list[str] = []


def largest(x, axis):
    """The largest entries along `axis`, as plain numbers to shift by; 0 where they are infinite."""
    top = np.max(plain(x), axis=axis, keepdims=True, initial=-np.inf)
    return np.where(np.isfinite(top), top, 0.0).astype(x.dtype)


@composite(sp.logsumexp)
def _logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    a = as_array(a)
    if b is not None:
        shape = np.broadcast_shapes(a.shape, np.shape(b))
        a = np.broadcast_to(a, shape)
        # an entry without weight is not there: it may be infinite
        there = plain(b) != 0 if is_plain(b) else np.ones(shape, bool)
        terms = np.where(there, a, -np.inf)
    else:
        terms = a
    shift = largest(terms, axis)
    terms = np.exp(terms - shift)
    total = np.sum(terms if b is None else b * terms, axis=axis, keepdims=True)
    out = np.log(np.abs(total) if return_sign else total) + shift
    if not keepdims:
        axes = tuple(range(out.ndim)) if axis is None else axis
        out, total = np.squeeze(out, axes), np.squeeze(total, axes)
    return (out, np.sign(plain(total))) if return_sign else out


@composite(sp.softmax)
def _softmax(x, axis=None):
    x = as_array(x)
    e = np.exp(x - largest(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


@composite(sp.log_softmax)
def _log_softmax(x, axis=None):
    x = as_array(x)
    shifted = x - largest(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


if find("softplus") is not None:
    @composite(sp.softplus)
    def _softplus(x, **kwargs):
        return np.logaddexp(0, x, **kwargs)


@composite(sp.diric)
def _diric(x, n):
    """sin(n x/2)/(n sin(x/2)): a mean of cosines, which has no 0/0."""
    if not is_plain(n):
        refuse_operand("scipy.special.diric", "n", "it is a whole number")
    x, n = as_array(x), np.asarray(n)
    total = 0.0
    for k in range(int(np.max(n, initial=0))):
        total = total + np.where(k < n, np.cos((k - 0.5 * (n - 1)) * x), 0.0)
    return total / np.where((n > 0) & (n == np.floor(n)), n, np.nan)


def bessel_derivative(fn, sign, phase):
    """n-th derivative by DLMF 10.6.7 and 10.29.5, as SciPy's."""
    def body(v, z, n=1):
        if not n:
            return fn(v, z)
        total, p = fn(v - n, z), 1.0
        for i in range(1, n + 1):
            p = phase * (p * (n - i + 1)) / i
            total = total + p * fn(v - n + i * 2, z)
        return sign ** n * total / 2.0 ** n

    return body


for _name, _fn, _sign, _phase in (("jvp", sp.jv, 1, -1), ("yvp", sp.yv, 1, -1), ("ivp", sp.iv, 1, 1), ("kvp", sp.kv, -1, 1)):
    composite(getattr(sp, _name))(bessel_derivative(_fn, _sign, _phase))


@composite(sp.assoc_laguerre)
def _assoc_laguerre(x, n, k=0.0):
    return sp.eval_genlaguerre(n, k, x)
