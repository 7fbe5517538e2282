"""Arrays put together, repeated, padded and thinned out.  May import: kinds, structural, reduction, errors, numpy."""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import NoRuleError
from .kinds import Linear, composite, selection
from .reduction import as_array
from .structural import by_position, carries, operands, scattered, shape_after

by_position(np.repeat, np.tile, np.diagflat, np.resize, np.delete)


# ---- end to end ----

def _in(dtype, casting, out, *arrays):
    """`out` in the dtype that was asked for, if the arrays may be cast to it."""
    if dtype is None:
        return out
    for a in arrays:
        kind = getattr(a, "dtype", None) or np.asarray(a).dtype
        if not np.can_cast(kind, dtype, casting):
            raise TypeError(f"Cannot cast array data from {kind!r} to {np.dtype(dtype)!r} according to the rule '{casting}'")
    return np.astype(out, np.dtype(dtype))


@selection(np.concatenate)
@operands("arrays")
def concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind"):
    arrays = [as_array(a) for a in arrays]
    if dtype is not None:
        return _in(dtype, casting, np.concatenate(arrays, axis), *arrays)
    if axis is None:
        arrays, axis = [np.reshape(a, -1) for a in arrays], 0
    shapes = [np.shape(a) for a in arrays]
    if not all(len(s) == len(shapes[0]) > 0 for s in shapes):
        shape_after(lambda *v: np.concatenate(v, axis), *shapes)
    axis = normalize_axis_index(axis, len(shapes[0])) - len(shapes[0])
    cuts = np.cumsum([s[axis] for s in shapes])[:-1]
    return Linear(tuple(arrays), lambda lead, *xs: np.concatenate(xs, axis=axis),
                  lambda lead, g: tuple(np.split(g, cuts, axis=axis)))


@composite(np.stack, primal=False)
@operands("arrays")
def stack(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    arrays = [as_array(a) for a in arrays]
    shape = np.shape(arrays[0])
    if any(np.shape(a) != shape for a in arrays):
        raise ValueError("all input arrays must have the same shape")
    axis = normalize_axis_index(axis, len(shape) + 1)
    parts = [np.reshape(a, shape[:axis] + (1,) + shape[axis:]) for a in arrays]
    return np.concatenate(parts, axis=axis, dtype=dtype, casting=casting)


def _several(fn, tup):
    """The arrays of a list, each with as many axes as `fn` gives it."""
    return [np.reshape(a, shape_after(fn, np.shape(a))) for a in map(as_array, tup)]


@composite(np.hstack, primal=False)
@operands("tup")
def hstack(tup, *, dtype=None, casting="same_kind"):
    parts = _several(np.atleast_1d, tup)
    return np.concatenate(parts, axis=0 if np.ndim(parts[0]) == 1 else 1, dtype=dtype, casting=casting)


@composite(np.vstack, primal=False)
@operands("tup")
def vstack(tup, *, dtype=None, casting="same_kind"):
    return np.concatenate(_several(np.atleast_2d, tup), axis=0, dtype=dtype, casting=casting)


@composite(np.dstack, primal=False)
def dstack(tup):
    return np.concatenate(_several(np.atleast_3d, tup), axis=2)


@composite(np.column_stack, primal=False)
def column_stack(tup):
    return np.concatenate([np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in map(as_array, tup)], axis=1)


@composite(np.append, primal=False)
@operands("arr", "values")
def append(arr, values, axis=None):
    return np.concatenate([as_array(arr), as_array(values)], axis=axis)


@composite(np.block, primal=False)
def block(arrays):
    def leaves(node, fn):
        return [leaves(n, fn) for n in node] if isinstance(node, list) else fn(node)

    def depth(node):
        return 1 + depth(node[0]) if isinstance(node, list) else 0

    shape = shape_after(lambda: np.block(leaves(arrays, lambda a: np.broadcast_to(np.False_, np.shape(a)))))
    deep, ndim = depth(arrays), len(shape)

    def build(node, level):
        if isinstance(node, list):
            return np.concatenate([build(n, level + 1) for n in node], axis=ndim - deep + level)
        return np.reshape(node, (1,) * (ndim - np.ndim(node)) + np.shape(node))

    return build(arrays, 0) if deep else np.copy(arrays)


@composite(np.insert, primal=False)
@operands("arr", "values")
def insert(arr, obj, values, axis=None):
    arr, values = as_array(arr), as_array(values)
    if arr.dtype.kind != "f" and carries(values):
        raise NoRuleError(f"numpy.insert of values that carry derivatives into {arr.dtype} would truncate them: use a float array")
    from_both = pooled_insert(np.shape(arr), obj, np.shape(values), axis)
    pool = np.concatenate([np.reshape(arr, -1), np.reshape(values, -1)])
    return np.astype(pool[from_both] if from_both.size else np.zeros_like(pool, shape=from_both.shape), arr.dtype)


def pooled_insert(shape, obj, new, axis):
    """Where the entries of np.insert come from: the array's, then the values', in a row."""
    size = int(np.prod(shape, dtype=np.intp))
    positions = np.arange(size).reshape(shape)
    values = np.arange(size, size + int(np.prod(new, dtype=np.intp))).reshape(new)
    return np.insert(positions, obj, values if new else values[()], axis=axis)


# ---- padded ----

COPYING = ("edge", "reflect", "symmetric", "wrap")
STATISTICS = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


def _pairs(value, ndim):
    """One (before, after) pair for each axis, as NumPy broadcasts them."""
    if isinstance(value, dict):
        value = [value.get(k, value.get(k - ndim, (0, 0))) for k in range(ndim)]
        value = [v if np.ndim(v) else (v, v) for v in value]
    return np.broadcast_to(np.asarray(value), (ndim, 2)).tolist()


@selection(np.pad)
@operands("array")
def pad(array, pad_width, mode="constant", **kwargs):
    array = as_array(array)
    ndim = np.ndim(array)
    if callable(mode) or mode == "empty" or kwargs.get("reflect_type", "even") == "odd":
        raise NoRuleError(f"numpy.pad(mode={mode!r}, ...) is not covered with these options: use np.concatenate, or mode= one of "
                          f"{('constant', *COPYING, *STATISTICS, 'linear_ramp')}")
    shape_after(lambda v: np.pad(v, pad_width, mode if mode in COPYING else "constant"), np.shape(array))
    if mode not in (*COPYING, *STATISTICS, "constant", "linear_ramp"):
        np.pad(np.zeros((1,) * ndim), 1, mode, **kwargs)  # NumPy's own error
    widths = _pairs(pad_width, ndim)
    if mode in STATISTICS or mode == "linear_ramp":
        np.pad(np.zeros((1,) * ndim), 0, mode, **kwargs)
        return _computed_pad(array, widths, mode, kwargs)
    np.pad(np.zeros((1,) * ndim), 0, mode, **kwargs)
    silent = {} if mode == "constant" else kwargs

    def apply(lead, x):
        return np.pad(x, [(0, 0)] * lead + widths, mode, **silent)

    value = None
    if np.any(np.asarray(kwargs.get("constant_values", 0))):
        def value(x):
            return np.pad(x, pad_width, mode, **kwargs)
    return Linear((array,), apply, scattered(lambda p: np.pad(p, widths, mode, **silent), np.shape(array)), value)


def _computed_pad(x, widths, mode, options):
    """Axis after axis: what is added before and after is computed from what is there."""
    lengths = options.get("stat_length")
    lengths = _pairs(max(np.shape(x), default=0) or 1 if lengths is None else lengths, np.ndim(x))
    ends = np.asarray(options.get("end_values", 0))
    ends = [[np.float64(v) if ends.size < 3 else v for v in pair] for pair in _pairs(ends, np.ndim(x))]  # as NumPy has them
    for axis, (before, after) in enumerate(widths):
        n = np.shape(x)[axis]
        if n == 0 and (before or after):
            np.pad(np.zeros(0), 1, mode)  # NumPy's own error

        def part(lo, hi, axis=axis, x=x):
            return x[(slice(None),) * axis + (slice(lo, hi),)]

        if mode == "linear_ramp":
            first, last = (np.squeeze(v, axis) for v in (part(0, 1), part(n - 1, n)))
            left = [np.linspace(ends[axis][0], first, before, False, dtype=x.dtype, axis=axis)] if before else []
            right = [np.flip(np.linspace(ends[axis][1], last, after, False, dtype=x.dtype, axis=axis), axis)] if after else []
        else:
            lo, hi = (min(n, k) for k in lengths[axis])
            first, last = (STATISTICS[mode](v, axis=axis, keepdims=True) for v in (part(0, lo), part(n - hi, n)))
            left = [np.repeat(first, before, axis)] if before else []
            right = [np.repeat(last, after, axis)] if after else []
        x = np.concatenate([*left, x, *right], axis=axis)
    return x
