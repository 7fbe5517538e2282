"""Choices: which entry wins is found from the value, ties share equally, and then the map is linear.

May import: kinds, errors, structural, numpy.
"""

from __future__ import annotations

import numpy as np

from ..errors import NoRuleError
from .kinds import choice, refused

_none = np._NoValue


def _axes(axis, ndim):
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in ((axis,) if np.ndim(axis) == 0 else axis))


def shared(a, y, axis, keepdims, where=True, rivals=0):
    """Sum of the entries equal to `y` (kept dimensions), divided by their number; NaN where nothing equals."""
    wins = np.equal(a, y)
    if where is not True:
        wins = wins & np.broadcast_to(where, np.shape(a))
    count = np.sum(wins, axis=axis, keepdims=True) + rivals
    with np.errstate(all="ignore"):
        # no winner: the extreme is a NaN (or `initial`), and so is the slope (or zero)
        share = np.where(count == 0, np.nan, 1.0 / count) * wins
    picked = np.where(wins, a, 0.0) * share
    blame = np.where(np.isnan(share), a, 0.0) * np.where(np.isnan(share), np.nan, 0.0)
    total = np.sum(picked + blame if np.isnan(share).any() else picked, axis=axis, keepdims=keepdims)
    return total


def _extreme(fn):
    def body(a, axis=None, out=None, keepdims=False, initial=_none, where=True):
        keepdims = False if keepdims is _none else keepdims
        where = True if where is _none else where
        axis = _axes(axis, np.ndim(a))
        options = {} if initial is _none else {"initial": initial}
        if where is not True:
            options["where"] = where
        y = fn(constant_of(a), axis=axis, keepdims=True, **options)
        rivals = 0
        if initial is not _none:
            # `initial` is one more entry, a constant one: it may win outright or share
            rivals = np.equal(y, initial).astype(int)
        return shared(a, y, axis, keepdims, where, rivals)

    return body


def constant_of(x):
    """The plain values of a (possibly traced) array."""
    while hasattr(x, "block"):
        x = x.value
    return x


_max, _min = _extreme(np.max), _extreme(np.min)
choice(np.max, *({np.amax} - {np.max}))(_max)
choice(np.min, *({np.amin} - {np.min}))(_min)


def _reduce_of(body):
    def reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=_none, where=True):
        return body(array, axis=axis, keepdims=keepdims, initial=_none if initial is None else initial, where=where)

    return reduce


choice((np.maximum, "reduce"))(_reduce_of(_max))
choice((np.minimum, "reduce"))(_reduce_of(_min))


def _nan_extreme(fn):
    def body(a, axis=None, out=None, keepdims=False, initial=_none, where=True):
        if initial is not _none or not (where is True or where is _none):
            raise NoRuleError(f"numpy.{fn.__name__} with initial= or where= is not covered: use np.max with where=~np.isnan(x)")
        keepdims = False if keepdims is _none else keepdims
        axis = _axes(axis, np.ndim(a))
        y = fn(constant_of(a), axis=axis, keepdims=True)
        return shared(np.where(np.isnan(a), 0.0, a), np.where(np.isnan(y), np.nan, y), axis, keepdims, ~np.isnan(a))

    return body


choice(np.nanmax)(_nan_extreme(np.nanmax))
choice(np.nanmin)(_nan_extreme(np.nanmin))
choice((np.fmax, "reduce"))(_reduce_of(_nan_extreme(np.nanmax)))
choice((np.fmin, "reduce"))(_reduce_of(_nan_extreme(np.nanmin)))


def _running(ufunc):
    def accumulate(array, axis=0, dtype=None, out=None):
        """The entry that last set the record; a tie with the record shares with it, as the running pairwise rule does."""
        parts, n = [], np.shape(array)[axis]
        for k in range(n):
            row = np.take(array, k, axis=axis)
            parts.append(row if k == 0 else ufunc(parts[-1], row))
        return np.stack(parts, axis=axis) if n else np.zeros_like(array)

    return accumulate


choice((np.maximum, "accumulate"))(_running(np.maximum))
choice((np.minimum, "accumulate"))(_running(np.minimum))


@choice(np.ptp)
def ptp(a, axis=None, out=None, keepdims=False):
    keepdims = False if keepdims is _none else keepdims
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@choice(np.sort)
def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    if axis is None:
        a, axis = np.ravel(a), -1
    return np.take_along_axis(a, np.argsort(a, axis=axis, kind="stable"), axis=axis)


@choice(np.partition)
def partition(a, kth, axis=-1, kind="introselect", order=None):
    if axis is None:
        a, axis = np.ravel(a), -1
    x = constant_of(a)
    y = np.partition(x, kth, axis=axis, kind=kind)
    # argpartition may order the parts otherwise than partition does: match the entries of its actual output
    source = np.empty(np.shape(x), dtype=np.intp)
    np.put_along_axis(source, np.argsort(y, axis=axis, kind="stable"), np.argsort(x, axis=axis, kind="stable"), axis=axis)
    return np.take_along_axis(a, source, axis=axis)


def _ordered(a, axis, keepdims, pick):
    """Sort along `axis` (several are merged), then combine rows k chosen by pick(n) -> [(weight, k)]."""
    ndim = np.ndim(a)
    axes = _axes(axis, ndim)
    rest = tuple(k for k in range(ndim) if k not in axes)
    merged = np.reshape(np.transpose(a, rest + axes), tuple(np.shape(a)[k] for k in rest) + (-1,))
    s = np.sort(merged, axis=-1)
    out = None
    for weight, k in pick(np.shape(merged)[-1]):
        term = s[..., k] * weight
        out = term if out is None else out + term
    bad = np.isnan(s[..., -1])
    if np.any(bad):
        out = out * np.where(bad, np.nan, 1.0)
    return np.reshape(out, tuple(1 if k in axes else np.shape(a)[k] for k in range(ndim))) if keepdims else out


def _middle(n):
    return [(1.0, n // 2)] if n % 2 else [(0.5, n // 2 - 1), (0.5, n // 2)]


@choice(np.median)
def median(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _ordered(a, axis, keepdims, _middle)


def _between(q):
    def pick(n):
        place = q * (n - 1)
        k = min(int(np.floor(place)), max(n - 2, 0))
        t = place - k
        return [(1.0 - t, k), (t, k + 1)] if t else [(1.0, k)]

    return pick


def _quantile(a, q, axis, keepdims, method, weights, name):
    if method != "linear" or weights is not None:
        raise NoRuleError(f"numpy.{name}(method={method!r}, weights=...) is not covered: method='linear' without weights is")
    q = np.asarray(q, dtype=float)
    if q.ndim == 0:
        return _ordered(a, axis, keepdims, _between(float(q)))
    return np.reshape(np.stack([_ordered(a, axis, keepdims, _between(float(v))) for v in q.reshape(-1)]),
                      q.shape + np.shape(_ordered(a, axis, keepdims, _between(0.0))))


@choice(np.quantile)
def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None,
             interpolation=None):
    return _quantile(a, q, axis, keepdims, method, weights, "quantile")


@choice(np.percentile)
def percentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None,
               interpolation=None):
    return _quantile(a, np.asarray(q, dtype=float) / 100.0, axis, keepdims, method, weights, "percentile")


def _without_nan(name, fn):
    """The nan-version of an order statistic: row by row, since the number of entries differs."""
    def body(a, *args, axis=None, keepdims=False, **options):
        ndim = np.ndim(a)
        axes = _axes(axis, ndim)
        rest = tuple(k for k in range(ndim) if k not in axes)
        rows = np.reshape(np.transpose(a, rest + axes), (int(np.prod([np.shape(a)[k] for k in rest], dtype=np.intp)), -1))
        parts = []
        for k in range(np.shape(rows)[0]):
            row = rows[k]
            good = row[~np.isnan(row)]
            parts.append(fn(good if np.shape(good)[0] else row, *args, **options))
        kept = tuple(1 if k in axes else np.shape(a)[k] for k in range(ndim)) if keepdims else tuple(
            np.shape(a)[k] for k in rest)
        out = np.stack(parts, axis=-1)
        return np.reshape(out, np.shape(out)[:-1] + kept)

    body.__name__ = name
    return body


@choice(np.nanmedian)
def nanmedian(a, axis=None, out=None, overwrite_input=False, keepdims=False):
    return _without_nan("nanmedian", np.median)(a, axis=axis, keepdims=keepdims is True)


@choice(np.nanquantile)
def nanquantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None,
                interpolation=None):
    return _without_nan("nanquantile", np.quantile)(a, q, axis=axis, keepdims=keepdims is True, method=method)


@choice(np.nanpercentile)
def nanpercentile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None,
                  interpolation=None):
    return _without_nan("nanpercentile", np.percentile)(a, q, axis=axis, keepdims=keepdims is True, method=method)


refused("it sorts complex numbers, which cannot carry derivatives yet", np.sort_complex)
