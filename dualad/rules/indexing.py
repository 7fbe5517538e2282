"""Indexing, picking by conditions, and writing in place.

Decision: where an entry comes from is asked of NumPy itself, by running its function on arrays
of positions (`gathered`, `picked`, `written`); so every corner of its argument handling, and
every error, is NumPy's own.  Functions that give views, or that are hot, have an `apply` of
their own.  May import: numpy, .kinds, .reduction, dualad.errors.
"""

from __future__ import annotations

import operator
from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.lib.stride_tricks import sliding_window_view

from ..errors import NoRuleError, StorageError
from .kinds import Linear, composite, mixing, selection
from .reduction import NoValue, along, as_array, negative_axis

__all__ = ["gathered", "picked", "shape_after", "stretch", "taken", "unbroadcast"]


# ---------------------------------------------------------------- shared by the binders


def shape_after(fn, *shapes):
    """Shape of fn(arrays of these shapes), without touching data; NumPy raises its own errors."""
    return fn(*(np.broadcast_to(np.False_, s) for s in shapes)).shape


def stretch(x, lead, ndim):
    """Axes of length one after the leading ones, up to `ndim` axes of its own."""
    missing = ndim - (np.ndim(x) - lead)
    return np.reshape(x, np.shape(x)[:lead] + (1,) * missing + np.shape(x)[lead:]) if missing > 0 else x


def unbroadcast(g, lead, shape):
    """Sum a cotangent over the axes along which an operand of `shape` was repeated."""
    own = np.ndim(g) - lead
    g = np.sum(g, axis=tuple(range(lead, lead + own - len(shape)))) if own > len(shape) else g
    axes = tuple(lead + k for k, n in enumerate(shape) if n == 1 and np.shape(g)[lead + k] != 1)
    return np.sum(g, axis=axes, keepdims=True) if axes else g


def positions(shape):
    """1..n in an array of `shape`; 0 is left for "from nowhere"."""
    return np.arange(1, prod(shape) + 1, dtype=np.intp).reshape(shape)


def scattered(index, shape):
    """Transpose of "entry k copies operand entry index[k] - 1 (0: none)"."""
    def transpose(lead, g):
        front = np.shape(g)[:lead]
        buffer = np.zeros_like(g, shape=(*front, prod(shape) + 1))
        np.add.at(buffer, (Ellipsis, index.reshape(-1)), np.reshape(g, (*front, index.size)))
        return (np.reshape(buffer[..., 1:], front + shape),)

    return transpose


def gathered(fn, a):
    """Linear map of a selection, read off `fn` applied to the positions in `a`."""
    shape = tuple(np.shape(a))
    index = np.asarray(fn(positions(shape)))
    holes = index == 0
    fill = bool(holes.any())
    place = np.maximum(index - 1, 0)

    def apply(lead, x):
        front = np.shape(x)[:lead]
        if not prod(shape) or not index.size:
            return np.zeros_like(x, shape=front + index.shape)
        out = np.reshape(x, (*front, prod(shape)))[..., place]
        return np.where(holes, np.zeros((), dtype=out.dtype), out) if fill else out

    return Linear((a,), apply, scattered(index, shape))


def picked(fn, *operands):
    """Entries of several operands put together as `fn` puts together arrays of their positions."""
    marks, start = [], 1
    for x in operands:
        marks.append(positions(np.shape(x)) + (start - 1))
        start += np.size(x)
    index = np.asarray(fn(*marks))
    pool = np.concatenate([np.zeros(1, dtype=np.result_type(*operands)), *(np.reshape(x, -1) for x in operands)])
    return pool[index]


def taken(a, index, axis):
    """`a[..., index, ...]` along `axis` (None: of the flattened array); `index` is ours and in range."""
    a = as_array(a)
    if axis is None or not a.ndim:
        return np.reshape(a, -1)[index]
    return a[along(negative_axis(axis, a.ndim), index)]


# ---------------------------------------------------------------- indexing


@selection(operator.getitem)
def getitem(a, key):
    """Any key; integer arrays and masks are copied, so later changes of them do no harm."""
    key = tuple(_own(k) for k in key) if isinstance(key, tuple) else (_own(key),)
    shape = tuple(np.shape(a))
    probe = np.broadcast_to(np.False_, shape)
    out, moved = np.shape(probe[key]), _axes_ahead(probe, key)
    own = tuple(range(moved))
    repeats = any(isinstance(k, np.ndarray) and k.dtype != bool for k in key)

    def apply(lead, x):
        y = x[(slice(None),) * lead + key]
        # one entry of an array without leading axes is a number, which has no axes to move
        return np.moveaxis(y, own, tuple(k + lead for k in own)) if moved and lead else y

    def transpose(lead, g):
        front = np.shape(g)[:lead]
        buffer = np.zeros_like(g, shape=front + shape)
        g = np.reshape(g, front + out)
        g = np.moveaxis(g, tuple(k + lead for k in own), own) if moved and lead else g
        if repeats:
            np.add.at(buffer, (slice(None),) * lead + key, g)
        else:
            buffer[(slice(None),) * lead + key] = g
        return (buffer,)

    return Linear((a,), apply, transpose)


def _own(k):
    if isinstance(k, np.ndarray):
        return k.copy()
    if isinstance(k, (list, tuple, range)):
        return np.array(k, dtype=None if np.size(k) else np.intp)
    return k


def _axes_ahead(probe, key):
    """How many axes NumPy puts ahead of leading ones: those of index arrays that stand apart."""
    if len(key) < 2 or not any(isinstance(k, (np.ndarray, bool, np.bool)) for k in key):
        return 0
    # the axis that grows with the number of leading entries is the leading one
    two, three = (np.broadcast_to(probe, (n, *probe.shape))[(slice(None), *key)].shape for n in (2, 3))
    return next(k for k, (m, n) in enumerate(zip(two, three, strict=True)) if m != n)


@composite(np.take, primal=False)
def take(a, indices, axis=None, out=None, mode="raise"):
    shape = tuple(np.shape(a))
    n = prod(shape) if axis is None or not shape else shape[negative_axis(axis, len(shape))]
    index = np.asarray(np.take(np.arange(n), indices, mode=mode))
    if not shape and axis is not None:
        negative_axis(axis, 1)
    # one-dimensional on the way, because a[2] would be a view
    out = taken(a, index.reshape(-1), axis)
    at = 0 if axis is None or not shape else axis % len(shape)
    return out.reshape(out.shape[:at] + index.shape + out.shape[at + 1:])


@composite(np.take_along_axis, primal=False)
def take_along_axis(arr, indices, axis=-1):
    arr = as_array(arr)
    indices = np.array(indices)
    flat = arr.reshape((arr.size,)) if axis is None else arr
    axis = 0 if axis is None else axis
    # NumPy checks ranks, types and ranges, on an array that costs nothing
    probe = np.broadcast_to(np.False_, flat.shape)
    shape = np.take_along_axis(probe, indices, axis).shape
    key = list(np.ix_(*(np.arange(n) for n in shape)))
    key = [np.minimum(k, max(n - 1, 0)) if n == 1 else k for k, n in zip(key, flat.shape, strict=True)]
    key[negative_axis(axis, flat.ndim)] = np.broadcast_to(indices, shape)
    return flat[tuple(key)]


@composite(np.compress, primal=False)
def compress(condition, a, axis=None, out=None):
    n = np.size(a) if axis is None else np.shape(a)[negative_axis(axis, np.ndim(a))]
    return taken(a, np.compress(np.not_equal(condition, 0), np.arange(n)), axis)


@composite(np.extract, primal=False)
def extract(condition, arr):
    return taken(arr, np.extract(np.not_equal(condition, 0), np.arange(np.size(arr))), None)


@selection(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    shape = tuple(np.shape(a))
    shape_after(lambda v: np.diagonal(v, offset, axis1, axis2), shape)
    one, two = (negative_axis(k, len(shape)) for k in (axis1, axis2))

    def transpose(lead, g):
        return scattered(np.diagonal(positions(shape), offset, axis1, axis2), shape)(lead, g)

    return Linear((a,), lambda lead, x: np.diagonal(x, offset, one, two), transpose)


@composite(np.diag, primal=False)
def diag(v, k=0):
    v = as_array(v)
    if v.ndim == 1:
        return np.diagflat(v, k)
    if v.ndim != 2:
        raise ValueError("Input must be 1- or 2-d.")
    return np.diagonal(v, k)


@selection(np.diagflat)
def diagflat(v, k=0):
    v = as_array(v)
    return gathered(lambda p: np.diagflat(p, k), v)


def _triangle(fn, m, k):
    m = as_array(m)
    keep = fn(np.ones(m.shape, dtype=bool), k)
    return np.where(keep, m, np.zeros((), dtype=m.dtype))


@composite(np.tril, primal=False)
def tril(m, k=0):
    return _triangle(np.tril, m, k)


@composite(np.triu, primal=False)
def triu(m, k=0):
    return _triangle(np.triu, m, k)


@selection(sliding_window_view)
def sliding_windows(x, window_shape, axis=None, *, subok=False, writeable=False):
    shape = tuple(np.shape(x))
    window = tuple(window_shape) if np.ndim(window_shape) else (window_shape,)
    shape_after(lambda v: sliding_window_view(v, window, axis), shape)
    axes = range(len(shape)) if axis is None else normalize_axis_tuple(axis, len(shape), allow_duplicate=True)
    axes = tuple(k - len(shape) for k in axes)

    def transpose(lead, g):
        return scattered(sliding_window_view(positions(shape), window, axis), shape)(lead, g)

    return Linear((x,), lambda lead, x: sliding_window_view(x, window, axes, writeable=writeable), transpose)


@mixing(np.bincount)
def bincount(x, /, weights=None, minlength=0):
    """Linear in the weights; without weights nothing carries derivatives."""
    if weights is None:
        raise NoRuleError("numpy.bincount counts integers, and the derivative of a count is zero: pass integers (x.astype(int)), "
                          "or derivatives as weights=")
    weights = as_array(weights)
    index = np.array(x)
    n = np.bincount(index, np.zeros(weights.shape), minlength).size

    def apply(lead, w):
        front = np.shape(w)[:lead]
        rows = prod(front)
        bins = (np.arange(rows)[:, None] * n + index).reshape(-1)
        return np.reshape(np.bincount(bins, np.reshape(w, -1), rows * n), (*front, n)) if n else np.zeros_like(w)

    def transpose(lead, g):
        part = g[(slice(None),) * lead + (index,)]
        return (part if part.dtype == weights.dtype else part.astype(weights.dtype),)

    return Linear((weights,), apply, transpose, scatter=lambda: (index, np.ones(index.shape)))


# ---------------------------------------------------------------- picking by a condition


@selection(np.where)
def where(condition, x=None, y=None, /):
    if x is None and y is None:
        return np.nonzero(condition)
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    # a copy: later changes of the mask must not reach a recorded step
    mask = np.array(np.not_equal(condition, 0))
    # Python numbers take the type of the other side; as arrays they would widen it
    weak = [type(v) in (int, float, bool) for v in (x, y)]
    operands = [as_array(v) for v in (x, y)]
    dtype = np.result_type(*(v if w else o.dtype for v, w, o in zip((x, y), weak, operands, strict=True)))
    operands = tuple(o.astype(dtype) if w else o for w, o in zip(weak, operands, strict=True))
    shape = np.broadcast_shapes(mask.shape, *(np.shape(v) for v in operands))

    def apply(lead, p, q):
        return np.where(mask, stretch(p, lead, len(shape)), stretch(q, lead, len(shape)))

    def transpose(lead, g):
        zero, parts = np.zeros((), dtype=g.dtype), []
        for operand, side in zip(operands, (mask, ~mask), strict=True):
            own = tuple(np.shape(operand))
            part = np.reshape(unbroadcast(np.where(side, g, zero), lead, own), np.shape(g)[:lead] + own)
            parts.append(part if part.dtype == operand.dtype else part.astype(operand.dtype))
        return tuple(parts)

    return Linear(operands, apply, transpose)


@composite(np.select)
def select(condlist, choicelist, default=0):
    condlist = [c.copy() if isinstance(c, np.ndarray) else c for c in condlist]
    n = len(choicelist)
    return picked(lambda *p: np.select(condlist, list(p[:n]), p[n]), *map(as_array, choicelist), as_array(default))


@composite(np.choose)
def choose(a, choices, out=None, mode="raise"):
    return picked(lambda *p: np.choose(a, list(p), mode=mode), *(as_array(c) for c in choices))


@composite(np.piecewise, primal=False)
def piecewise(x, condlist, funclist, *args, **kw):
    x = as_array(x)
    scalar = not np.ndim(condlist)
    if scalar or not isinstance(condlist[0], (list, np.ndarray)) and x.ndim:
        condlist = [condlist]
    conditions = np.asarray(condlist, dtype=bool)
    if len(conditions) == len(funclist) - 1:
        conditions = np.concatenate([conditions, ~np.any(conditions, axis=0, keepdims=True)])
    elif len(conditions) != len(funclist):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    mark = np.zeros(x.shape if x.ndim else (1,), dtype=np.intp)
    source = x if x.ndim else x.reshape((1,))
    pieces, start = [np.zeros(1, dtype=x.dtype)], 1
    for mask, fn in zip(conditions, funclist, strict=True):
        mask = mask if x.ndim else mask.reshape((1,))
        count = mark[mask].shape
        if not prod(count):
            continue
        piece = np.broadcast_to(fn(source[mask], *args, **kw) if callable(fn) else fn, count)
        mark[mask] = np.arange(start, start + prod(count)).reshape(count)
        pieces.append(np.reshape(piece, -1))
        start += prod(count)
    out = np.concatenate(pieces)[mark.reshape(x.shape)]
    return out if out.dtype == x.dtype else out.astype(x.dtype)


@composite(np.clip)
def clip(a, a_min=NoValue, a_max=NoValue, out=None, *, min=NoValue, max=NoValue, **kwargs):
    """minimum(maximum(a, lo), hi): at a bound both sides share."""
    def dummy(bound):
        return bound if bound is NoValue or bound is None else 0.0

    # NumPy says which combinations are wrong; `min` and `max` are new in 2.1
    given = {k: dummy(v) for k, v in (("min", min), ("max", max)) if v is not NoValue}
    np.clip(0.0, dummy(a_min), dummy(a_max), **given, **kwargs)
    if kwargs:
        raise NoRuleError(f"numpy.clip({', '.join(kwargs)}=...) has no derivative rule: only the bounds are covered")
    lo, hi = (b if a is NoValue else a for a, b in ((a_min, min), (a_max, max)))
    low, high = (b is not NoValue and b is not None for b in (lo, hi))
    y = np.maximum(a, lo) if low else a
    return np.minimum(y, hi) if high else y if low else np.positive(y)


@composite(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """What was replaced is a constant."""
    x = as_array(x)
    most = np.finfo(x.dtype).max
    posinf, neginf = (most if posinf is None else posinf), (-most if neginf is None else neginf)
    y = x
    for mask, fill in ((np.isnan(x), nan), (np.isposinf(x), posinf), (np.isneginf(x), neginf)):
        y = np.where(mask, np.asarray(fill, x.dtype), y)
    if copy or not x.ndim:
        return y
    x[...] = y
    return x[...]


@composite(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    """Piecewise linear; at a knot the slope to its right, as NumPy takes the cell to the right."""
    if period is not None:
        raise NoRuleError("numpy.interp(period=...) has no derivative rule: reduce x with np.mod and repeat the first knot")
    x, xp, fp = as_array(x), as_array(xp), as_array(fp)
    np.interp(0.0, np.zeros(xp.shape), np.zeros(fp.shape))
    n = xp.shape[0]
    first, last = (fp[0] if left is None else left), (fp[n - 1] if right is None else right)
    inside = np.broadcast_to(fp[n - 1], x.shape)
    if n > 1:
        cell = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, n - 2)
        x0, y0 = xp[cell], fp[cell]
        with np.errstate(all="ignore"):  # repeated knots: a step
            inside = np.where(np.equal(x, xp[n - 1]), inside, y0 + (x - x0) * ((fp[cell + 1] - y0) / (xp[cell + 1] - x0)))
    return np.where(np.less(x, xp[0]), first, np.where(np.greater(x, xp[n - 1]), last, inside))


# ---------------------------------------------------------------- in place


def writable(name, dst):
    """Refuse to write derivatives into memory without room for them."""
    if isinstance(dst, np.ndarray):
        raise StorageError(f"numpy.{name} into a plain array would drop derivatives: allocate it with np.zeros_like(x) of an "
                           "argument that carries them")


def written(fn, dst, values):
    """dst[...] = what fn(marks, positions of values) writes into an array of marks."""
    values = as_array(values)
    mark = np.zeros(np.shape(dst), dtype=np.intp)
    fn(mark, positions(values.shape))
    key = np.nonzero(mark)
    if key[0].size:
        dst[key] = np.reshape(values, -1)[mark[key] - 1]


@composite(np.copyto, primal=False)
def copyto(dst, src, casting="same_kind", where=True):
    writable("copyto", dst)
    if where is True:
        dst[...] = src
    else:
        written(lambda d, p: np.copyto(d, p, where=where), dst, src)


@composite(np.put, primal=False)
def put(a, ind, v, mode="raise"):
    writable("put", a)
    written(lambda d, p: np.put(d, ind, p, mode), a, v)


@composite(np.place, primal=False)
def place(arr, mask, vals):
    writable("place", arr)
    written(lambda d, p: np.place(d, mask, p), arr, vals)


@composite(np.putmask, primal=False)
def putmask(a, /, mask, values):
    writable("putmask", a)
    written(lambda d, p: np.putmask(d, mask, p), a, values)


@composite(np.put_along_axis, primal=False)
def put_along_axis(arr, indices, values, axis):
    writable("put_along_axis", arr)
    written(lambda d, p: np.put_along_axis(d, indices, p, axis), arr, values)


@composite(np.fill_diagonal, primal=False)
def fill_diagonal(a, val, wrap=False):
    writable("fill_diagonal", a)
    written(lambda d, p: np.fill_diagonal(d, p, wrap), a, val)
