"""`scipy.signal`: recursive filters, as a sliding product followed by the solution of a recurrence.

Decision: y = lfilter(b, a, x) solves sum a_k y[n - k] = sum b_k x[n - k] + a_0 zi[n]. Its differential is the filter 1/A of
(the right side's differential - sum da_k y[n - k]), its transpose the same filter run backwards: linear cost, nothing dense.
May import: numpy, scipy.signal, ..contraction, ..kinds, ..reduction (helpers), ..systems, ..windowed, .convolution.
"""

from __future__ import annotations

import numpy as np
import scipy.signal as sg

from ..kinds import Solved, implicit
from ..paired import halves, joined
from ..reduction import as_array, zeros
from ..systems import Own
from ..windowed import slid
from .convolution import declared_body

__all__ = []

# ---------------------------------------------------------------- one recurrence

recursive = Own("scipy.signal: recurrence", lambda u, a: sg.lfilter([1.0], a, u).astype(u.dtype, copy=False))


def _delayed(y, count):
    """y, y one step later, ...: `count` of them, on a new first axis."""
    n = y.shape[-1]
    wide = np.concatenate([zeros(y, (*y.shape[:-1], count - 1)), y], axis=-1)
    return np.stack([wide[..., count - 1 - k:count - 1 - k + n] for k in range(count)])


@implicit(recursive)
def _recursive(u, a):
    """sum over k of a[k] y[n - k] = u[n] along the last axis."""
    count = a.shape[0]

    def jvp(xs, ys, ts):
        rest = ts[0]
        if ts[1] is not None:
            moved = np.tensordot(ts[1], _delayed(ys[0], count), 1)
            rest = -moved if rest is None else rest - moved
        return (recursive(rest, xs[1]),)

    def vjp(xs, ys, gs):
        gu = recursive(gs[0][..., ::-1], xs[1])[..., ::-1]
        y = _delayed(ys[0], count).reshape((count, ys[0].size))
        extra = gu.ndim - ys[0].ndim
        return gu, -np.tensordot(gu.reshape((*gu.shape[:extra], ys[0].size)), y, (-1, 1))

    return Solved((u, a), recursive, jvp, vjp)


# ---------------------------------------------------------------- lfilter


def _moving(x, b):
    """sum over k of b[k] x[n - k] along the last axis."""
    k, n = b.shape[0], x.shape[-1]
    wide = np.concatenate([zeros(x, (*x.shape[:-1], k - 1)), x], axis=-1)
    return slid(wide, b[::-1].reshape((1,) * (x.ndim - 1) + (k,)), "direct") if n else x


def _filled(x, n):
    """x with zeros behind, along the last axis, up to length n."""
    missing = n - x.shape[-1]
    return np.concatenate([x, zeros(x, (*x.shape[:-1], missing))], axis=-1) if missing > 0 else x


def _rest(c, s, count):
    """What of the full convolution of c and s comes after the end of s."""
    n = s.shape[-1]
    s = s[..., max(n - count, 0):]
    return _moving(_filled(s, s.shape[-1] + count), c)[..., s.shape[-1]:]


def _filter(b, a, x, zi=None):
    """(output, final state) along the last axis of x; `zi`: the initial state."""
    n, count = x.shape[-1], max(a.shape[0], b.shape[0]) - 1
    u = _moving(x, b)
    state = None if zi is None else a[0] * _filled(zi, n) if n else a[0] * zi
    u = u if zi is None else u + state[..., :n]
    y = u if not n else u / a[0] if a.shape[0] == 1 else recursive(u, a)
    if zi is None:
        return y, None
    after = (_rest(b, x, count) - _rest(a, y, count)) / a[0]
    left = zi[..., n:]
    return y, after + _filled(left, count) if left.shape[-1] else after


def _real(function):
    """A function linear in x and zi, for complex ones; coefficients are real."""
    def each(b, a, x, zi=None):
        parts = [x] if zi is None else [x, zi]
        if not any(hasattr(v, "re") or v.dtype.kind == "c" for v in parts):
            return function(b, a, x, zi)
        if any(hasattr(v, "re") or v.dtype.kind == "c" for v in (b, a)):
            return function(b, a, *parts)  # the primitives refuse it
        found = [function(b, a, *p) for p in zip(*(halves(v) for v in parts), strict=True)]
        return tuple(None if re is None else joined(re, im) for re, im in zip(*found, strict=True))

    return each


def _lfilter(b, a, x, axis=-1, zi=None):
    b, a, x = (np.atleast_1d(as_array(v)) for v in (b, a, x))
    x = np.moveaxis(x, axis, -1)
    if zi is not None:
        zi = np.moveaxis(as_array(zi), axis, -1)
    y, zf = _real(_filter)(b, a, x, zi)
    y = np.moveaxis(y, -1, axis)
    return y if zi is None else (y, np.moveaxis(np.broadcast_to(zf, (*x.shape[:-1], zf.shape[-1])), -1, axis))


def _sosfilt(sos, x, axis=-1, zi=None):
    sos, x = as_array(sos), np.moveaxis(as_array(x), axis, -1)
    finals = []
    if zi is not None:
        zi = as_array(zi)
        zi = np.moveaxis(zi, axis if axis < 0 else axis + 1, -1)
    for k in range(sos.shape[0]):
        x, zf = _real(_filter)(sos[k, :3], sos[k, 3:], x, None if zi is None else zi[k])
        finals.append(zf)
    y = np.moveaxis(x, -1, axis)
    return y if zi is None else (y, np.moveaxis(np.stack(finals), -1, axis if axis < 0 else axis + 1))


def _lfilter_zi(b, a):
    """The state that stays as it is while the input is one: what is left of constant input and output."""
    b, a = np.atleast_1d(as_array(b)), np.atleast_1d(as_array(a))
    count = max(a.shape[0], b.shape[0])
    rest = _filled(b, count) - _filled(a, count) * (np.sum(b) / np.sum(a))
    return np.cumsum(rest[::-1])[::-1][1:] / a[0]


declared_body(sg.lfilter, _lfilter)
declared_body(sg.sosfilt, _sosfilt)
declared_body(sg.lfilter_zi, _lfilter_zi)
