"""Choices: which entry wins is found from the value, ties share equally, and then the map is linear.

May import: kinds, structural, reduction, errors, numpy.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import NoRuleError
from .kinds import choice, composite, refused
from .reduction import as_array, flattened, float_dtype, given, kept, negative_axes, restored
from .structural import carries, operands, plain

_none = np._NoValue


# ---- extremes ----

def _poisoned(y, bad, everything):
    """`y` with NaN slopes where the value is NaN: no entry is a clean winner, so every entry is blamed."""
    if not np.any(bad):
        return y
    return np.where(bad, np.sum(everything, axis=-1) * np.nan, y)


def _winners(ufunc, a, axis, initial, where):
    """Masks of entries (joined axes last) that equal the extreme; whether `initial` does; and where it is NaN."""
    options = given(initial=initial) | ({} if where is True or where is _none else {"where": where})
    value = np.asarray(plain(a))
    axes = negative_axes(axis, value.ndim)
    y = ufunc.reduce(value, axis=axes, keepdims=True, **{k: plain(v) for k, v in options.items()})
    wins = np.equal(value, y)
    if "where" in options:
        wins = wins & where
    y = y.reshape(flattened(y, axes).shape[:-1])
    rival = np.equal(y, plain(initial)) if "initial" in options else np.zeros(np.shape(y), dtype=bool)
    return flattened(wins, axes), rival, np.isnan(y)


def _extreme(ufunc, a, axis, keepdims, initial, where):
    """The winning entry, or the mean of the entries (and `initial`) that win together."""
    a = as_array(a)
    wins, rival, bad = _winners(ufunc, a, axis, initial, where)
    rows = flattened(a, axis)
    if not rows.shape[-1]:
        y = np.zeros_like(rows, shape=rows.shape[:-1]) + initial
    elif not rival.any() and not np.any(bad) and np.count_nonzero(wins) == bad.size:  # every row has one at least, so just one
        y = np.reshape(np.reshape(rows, -1)[np.flatnonzero(wins)], rows.shape[:-1])
    else:
        # shares first: the number of ties, and their sum, may be beyond a narrow dtype
        share = np.asarray(1.0 / np.maximum(np.sum(wins, axis=-1) + rival, 1), dtype=rows.dtype)
        y = np.sum(np.where(wins, rows, 0.0) * share[..., None], axis=-1)
        y = y + np.where(rival, initial, 0.0) * share if rival.any() else y
    return restored(_poisoned(y, bad, rows), a, axis, keepdims)


def _declare_extreme(ufunc, *fns):
    @operands("a", "initial")
    def body(a, axis=None, out=None, keepdims=_none, initial=_none, where=_none):
        return _extreme(ufunc, a, axis, keepdims, initial, where)

    @operands("array", "initial")
    def reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=_none, where=True):
        float_dtype(f"{ufunc.__name__}.reduce", dtype)
        array = array if dtype is None else np.astype(array, np.dtype(dtype))
        return _extreme(ufunc, array, axis, keepdims, initial, where)

    choice(*fns)(body)
    choice((ufunc, "reduce"))(reduce)


_declare_extreme(np.maximum, np.max, np.amax)
_declare_extreme(np.minimum, np.min, np.amin)
_declare_extreme(np.fmax, np.nanmax)
_declare_extreme(np.fmin, np.nanmin)


@composite(np.ptp)
@operands("a")
def ptp(a, axis=None, out=None, keepdims=_none):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


# ---- running extremes ----

def _running(ufunc):
    @operands("array")
    def accumulate(array, axis=0, dtype=None, out=None):
        """The entry that holds the record, or the mean of all entries so far that hold it together."""
        float_dtype(f"{ufunc.__name__}.accumulate", dtype)
        value = ufunc.accumulate(np.asarray(plain(array)), axis=axis, dtype=dtype)
        array = np.moveaxis(array if dtype is None else np.astype(array, np.dtype(dtype)), axis, -1)
        y = np.moveaxis(value, axis, -1)
        now = np.equal(plain(array), y)
        same = np.zeros(y.shape, dtype=bool)
        same[..., 1:] = y[..., 1:] == y[..., :-1]
        n = y.shape[-1]
        if np.any(now & same):
            out = _shared_records(array, now, same)
        else:
            holder = np.maximum.accumulate(np.where(now & ~same, np.arange(n), 0), axis=-1)
            out = np.take_along_axis(array, holder, axis=-1)
        if np.isnan(y).any():
            out = np.where(np.isnan(y), np.cumsum(array, axis=-1) * np.nan, out)
        return np.moveaxis(out, -1, axis)

    choice((ufunc, "accumulate"))(accumulate)


def _shared_records(array, now, same):
    """Means of the entries that share a record, step by step: ties are rare."""
    total, number, parts = 0.0, 0, []
    for k in range(np.shape(array)[-1]):
        entry, new, tie = array[..., k], now[..., k] & ~same[..., k], now[..., k] & same[..., k]
        total = np.where(new, entry, np.where(tie, total + entry, total))
        number = np.where(new, 1, number + tie)
        parts.append(total / np.maximum(number, 1))
    return np.stack(parts, axis=-1)


for _ufunc in (np.maximum, np.minimum, np.fmax, np.fmin):
    _running(_ufunc)


# ---- sorting ----

@choice(np.sort)
@operands("a")
def sort(a, axis=-1, kind=None, order=None, *, stable=None, descending=_none):
    a, axis = (np.ravel(a), -1) if axis is None else (a, axis)
    axis = normalize_axis_index(axis, np.ndim(a))
    return np.take_along_axis(a, np.argsort(a, axis=axis, stable=True, **given(descending=descending)), axis=axis)


@choice(np.partition)
@operands("a")
def partition(a, kth, axis=-1, kind="introselect", order=None):
    """The permutation that leads to NumPy's partition: both have the same sorted entries."""
    a, axis = (np.ravel(a), -1) if axis is None else (a, axis)
    value = np.partition(np.asarray(plain(a)), kth, axis, kind, order)
    source, target = (np.argsort(v, axis=axis, kind="stable") for v in (np.asarray(plain(a)), value))
    moves = np.empty_like(source)
    np.put_along_axis(moves, target, source, axis)
    return np.take_along_axis(a, moves, axis=axis)


@choice(np.unique)
@operands("ar")
def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True):
    """Distinct entries; those that are equal share their slope."""
    ar = as_array(ar)
    options = {"axis": axis, "equal_nan": equal_nan} | ({} if sorted else {"sorted": False})
    _, first, inverse, counts = np.unique(np.asarray(plain(ar)), True, True, True, **options)
    rows = np.ravel(ar) if axis is None else np.moveaxis(ar, axis, 0)
    if np.all(counts == 1):
        y = rows[first]
    else:
        order = np.argsort(inverse.reshape(-1), kind="stable")
        y = np.add.reduceat(rows[order], np.cumsum(counts) - counts, axis=0)
        y = y / counts.reshape((-1,) + (1,) * (np.ndim(y) - 1))
    extras = [v for v, wanted in ((first, return_index), (inverse, return_inverse), (counts, return_counts)) if wanted]
    y = y if axis is None else np.moveaxis(y, 0, axis)
    return (y, *extras) if extras else y


# ---- order statistics ----

def _statistic(place, a, q, axis, keepdims, holes, rate=None):
    """Entries number floor(v) and floor(v) + 1 of each sorted row, mixed by the fraction of v = place(row length).

    `place(row)` asks NumPy: the same statistic of the row 0, 1, ..., n - 1.  So every method of np.quantile
    is covered by NumPy's own definition of it.  `rate(n)` is its slope in `q`.  `holes`: a row ends where its NaNs begin.
    """
    a = as_array(a)
    a = a if a.dtype.kind == "f" else a.astype(float)
    rows = np.sort(flattened(a, axis), axis=-1)
    outer, each = rows.shape[:-1], np.shape(q)
    if not rows.size:
        each = () if holes else each  # NumPy forgets the shape of q there
        y = np.zeros_like(rows, shape=outer + each)  # an empty result, or NaN (or an error) that comes from NumPy
    else:
        y = np.reshape(_mixed(place, rows, q, holes, rate), outer + each)
    y = np.moveaxis(y, range(len(outer), len(outer) + len(each)), range(len(each)))
    if keepdims is _none or not keepdims:
        return y
    return np.reshape(y, each + kept(a.shape, negative_axes(axis, a.ndim)))


def _mixed(place, rows, q, holes, rate):
    """The statistics of sorted rows that are not empty, flat along the last axis."""
    n, outer, number = rows.shape[-1], rows.shape[:-1], int(np.prod(np.shape(q), dtype=np.intp))
    bad = np.isnan(np.asarray(plain(rows)))
    length = n - np.sum(bad, axis=-1) if holes else np.full(outer, n)
    bad = length == 0 if holes else bad[..., -1]
    places, rates = np.zeros((2, *outer, number))
    for m in np.unique(length[length > 0]):
        places[length == m] = np.ravel(place(np.arange(m, dtype=rows.dtype)))
        if carries(q):
            rates[length == m] = np.ravel(rate(m))
    k = np.clip(np.floor(places).astype(np.intp), 0, n - 1)
    t = (places - k).astype(rows.dtype)
    y = np.take_along_axis(rows, k, axis=-1)
    if t.any():
        y = y * (1 - t) + np.take_along_axis(rows, np.minimum(k + 1, n - 1), axis=-1) * t
    if rates.any():
        k = np.minimum(k, np.maximum(length - 2, 0)[..., None])  # the last entry has a slope from the left only
        step = np.take_along_axis(rows, np.minimum(k + 1, n - 1), axis=-1) - np.take_along_axis(rows, k, axis=-1)
        y = y + step * (rates * np.reshape(q - plain(q), (number,)))  # adds zero, with a slope
    return np.where(bad[..., None], np.sum(rows, axis=-1, keepdims=True) * np.nan, y) if bad.any() else y


def _declare_median(fn, holes):
    @operands("a")
    def body(a, axis=None, out=None, overwrite_input=False, keepdims=_none):
        return _statistic(np.median, a, 0.5, axis, keepdims, holes)

    choice(fn)(body)


# The methods of np.quantile that are continuous in q: (alpha, beta) in the place n q + alpha + q (1 - alpha - beta) - 1
CONTINUOUS = {"linear": (1.0, 1.0), "interpolated_inverted_cdf": (0.0, 1.0), "hazen": (0.5, 0.5), "weibull": (0.0, 0.0),
              "median_unbiased": (1 / 3, 1 / 3), "normal_unbiased": (3 / 8, 3 / 8)}


def _rate(q, unit, method, n):
    """Slope in `q` of the place in a row of `n`; zero where it is held at an end, and for methods that jump."""
    if method not in CONTINUOUS:
        return np.zeros(np.shape(q))
    (alpha, beta), q = CONTINUOUS[method], np.asarray(plain(q)) * unit
    place = n * q + alpha + q * (1.0 - alpha - beta) - 1.0
    return np.where((place >= 0.0) & (place <= n - 1), unit * (n + 1.0 - alpha - beta), 0.0)


def _declare_quantile(fn, base, unit, holes):
    @operands("a", "q")
    def body(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=_none, *, weights=None,
             **interpolation):
        if weights is not None or interpolation:
            raise NoRuleError(f"numpy.{fn.__name__}({', '.join(interpolation) or 'weights'}=...) is not covered: sort, take the "
                              "cumulative sum of the weights and use np.interp")
        q = as_array(q)
        return _statistic(lambda row: base(row, plain(q), method=method), a, q, axis, keepdims, holes,
                          lambda n: _rate(q, unit, method, n))

    choice(fn)(body)


_declare_median(np.median, False)
_declare_median(np.nanmedian, True)
_declare_quantile(np.quantile, np.quantile, 1.0, False)
_declare_quantile(np.percentile, np.percentile, 0.01, False)
_declare_quantile(np.nanquantile, np.quantile, 1.0, True)
_declare_quantile(np.nanpercentile, np.percentile, 0.01, True)

refused("it sorts complex numbers, which cannot carry derivatives yet", np.sort_complex)
