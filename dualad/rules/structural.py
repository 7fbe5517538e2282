"""Selections: functions whose every output entry copies at most one input entry.

Most of them are declared by nothing but NumPy's own function: run on an array of positions
it says where each output entry comes from (`gathered`).  Only functions that should return
views, or that are hot, have an `apply` of their own.  May import: kinds, errors, numpy.
"""

from __future__ import annotations

import operator

import numpy as np

from ..errors import ComplexError, NoRuleError, StorageError
from .kinds import Linear, composite, refused, selection

__all__ = ["gathered", "last_axes", "shape_after"]


# ---- shared by the binders ----

def shape_after(fn, *shapes):
    """Shape of fn(arrays of these shapes), without touching data; NumPy raises its own errors."""
    return fn(*(np.broadcast_to(np.False_, s) for s in shapes)).shape


def last_axes(axes, ndim):
    """Axes as negative numbers, so that they hold for any number of leading axes."""
    axes = (axes,) if np.ndim(axes) == 0 else axes
    return tuple(operator.index(a) % ndim - ndim for a in axes)


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


def gathered(fn, a, value=None):
    """Linear map of a selection, read off `fn` applied to positions 1..n (0: a constant entry)."""
    shape = np.shape(a)
    size = int(np.prod(shape, dtype=np.intp))
    index = np.asarray(fn(np.arange(1, size + 1, dtype=np.intp).reshape(shape)))
    constant = index == 0
    fill = bool(constant.any())
    place = np.where(constant, 1, index) - 1 if fill else index - 1

    def apply(lead, x):
        if size == 0 or index.size == 0:
            return np.zeros_like(x, shape=np.shape(x)[:lead] + index.shape)
        out = np.reshape(x, np.shape(x)[:lead] + (size,))[..., place]
        return np.where(constant, np.zeros((), dtype=out.dtype), out) if fill else out

    def transpose(lead, g):
        buffer = np.zeros_like(g, shape=np.shape(g)[:lead] + (size + 1,))
        np.add.at(buffer, (Ellipsis, index.reshape(-1)), np.reshape(g, np.shape(g)[:lead] + (index.size,)))
        return (np.reshape(buffer[..., 1:], np.shape(g)[:lead] + shape),)

    return Linear((a,), apply, transpose, value)


def by_position(*fns):
    """Declare selections whose first argument is the operand, by their positions alone."""
    for fn in fns:
        def bind(a, *args, fn=fn, **kwargs):
            return gathered(lambda p: fn(p, *args, **kwargs), a)

        selection(fn)(bind)


# ---- views ----

def memory_order(name, a, order):
    """"C" or "F"; the orders that ask how the values lie in memory are refused, since blocks lie differently."""
    if np.ndim(a) < 2:
        return "C"
    if order not in ("C", "F"):
        raise NoRuleError(f"{name}(order={order!r}) depends on how the array lies in memory, which is not carried along: "
                          "use order='C' or 'F'")
    return order


def backwards(lead, x):
    """Transpose of the operand's own axes."""
    return x.transpose(tuple(range(lead)) + tuple(range(x.ndim - 1, lead - 1, -1)))


@selection(np.reshape)
def reshape(a, /, shape, order="C", *, copy=None):
    old, new = np.shape(a), shape_after(lambda v: np.reshape(v, shape), np.shape(a))
    if memory_order("numpy.reshape", a, order) == "C" and not (order == "F" and len(new) > 1):
        def change(lead, x, to):
            return x.reshape(x.shape[:lead] + to)
    else:
        # columns first is rows first of the transposes, and a view exactly where NumPy's is one
        def change(lead, x, to):
            return backwards(lead, backwards(lead, x).reshape(x.shape[:lead] + to[::-1]))

    if copy:
        return Linear((a,), lambda lead, x: change(lead, x, new).copy(), lambda lead, g: (change(lead, g, old),))
    return Linear((a,), lambda lead, x: change(lead, x, new), lambda lead, g: (change(lead, g, old),))


@composite(np.ravel, primal=False)
def ravel(a, order="C"):
    out = np.reshape(a, -1, order=memory_order("numpy.ravel", a, order))
    # of one dimension with strides NumPy makes a copy here, though a view would do
    return out.copy() if np.ndim(a) == 1 and not plain(a).flags.c_contiguous else out


def permuted(a, order):
    """Linear map of a transposition; order[k] is the input axis of output axis k."""
    order = last_axes(order, max(1, np.ndim(a)))
    inverse = tuple(int(k) - len(order) for k in np.argsort(order))

    def move(lead, x, axes):
        return x.transpose(tuple(range(lead)) + tuple(k + np.ndim(x) for k in axes))

    return Linear((a,), lambda lead, x: move(lead, x, order), lambda lead, g: (move(lead, g, inverse),))


def _axes_after(fn, ndim):
    """Which axis goes where, asked of NumPy by an array whose lengths are all different."""
    lengths = tuple(range(2, ndim + 2))
    return [n - 2 for n in shape_after(fn, lengths)]


@selection(np.transpose, np.permute_dims)
def transpose(a, axes=None):
    return permuted(a, _axes_after(lambda v: np.transpose(v, axes), np.ndim(a)))


@selection(np.matrix_transpose)
def matrix_transpose(x, /):
    return permuted(x, _axes_after(np.matrix_transpose, np.ndim(x)))


@selection(np.moveaxis)
def moveaxis(a, source, destination):
    return permuted(a, _axes_after(lambda v: np.moveaxis(v, source, destination), np.ndim(a)))


@selection(np.swapaxes)
def swapaxes(a, axis1, axis2):
    return permuted(a, _axes_after(lambda v: np.swapaxes(v, axis1, axis2), np.ndim(a)))


@selection(np.rollaxis)
def rollaxis(a, axis, start=0):
    return permuted(a, _axes_after(lambda v: np.rollaxis(v, axis, start), np.ndim(a)))


@composite(np.squeeze, primal=False)
def squeeze(a, axis=None):
    return np.reshape(a, shape_after(lambda v: np.squeeze(v, axis), np.shape(a)))


@composite(np.expand_dims, primal=False)
def expand_dims(a, axis):
    return np.reshape(a, shape_after(lambda v: np.expand_dims(v, axis), np.shape(a)))


@selection(np.broadcast_to)
def broadcast_to(array, shape, subok=False):
    old = np.shape(array)
    new = shape_after(lambda v: np.broadcast_to(v, shape), old)

    def apply(lead, x):
        return np.broadcast_to(stretch(x, lead, len(new)), np.shape(x)[:lead] + new)

    return Linear((array,), apply, lambda lead, g: (np.reshape(unbroadcast(g, lead, old), np.shape(g)[:lead] + old),))


@selection(operator.getitem)
def getitem(a, key):
    """Any key; integer arrays and masks are copied, so later changes of them do no harm."""
    key = tuple(_own(k) for k in key) if isinstance(key, tuple) else (_own(key),)
    shape = np.shape(a)
    probe = np.broadcast_to(np.False_, shape)[key]
    if _advanced_apart(key):
        return gathered(lambda p: p[key], a)
    out = np.shape(probe)

    def apply(lead, x):
        return x[(slice(None),) * lead + key]

    def transpose(lead, g):
        buffer = np.zeros_like(g, shape=np.shape(g)[:lead] + shape)
        np.add.at(buffer, (slice(None),) * lead + key, np.reshape(g, np.shape(g)[:lead] + out))
        return (buffer,)

    return Linear((a,), apply, transpose)


def _own(k):
    if isinstance(k, (list, np.ndarray)):
        return np.array(k) if len(np.shape(k)) and np.size(k) else np.array(k, dtype=np.asarray(k).dtype if isinstance(
            k, np.ndarray) else np.intp)
    return k


def _advanced_apart(key):
    """Index arrays with a slice, newaxis or Ellipsis between them: NumPy puts their axes first."""
    kinds = [isinstance(k, (np.ndarray, np.integer, int)) for k in key]
    if not any(isinstance(k, np.ndarray) for k in key):
        return False
    where = [i for i, advanced in enumerate(kinds) if advanced]
    return where[-1] - where[0] + 1 != len(where)


@selection(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    shape_after(lambda v: np.diagonal(v, offset, axis1, axis2), np.shape(a))
    ax1, ax2 = last_axes((axis1, axis2), np.ndim(a))
    gather = gathered(lambda p: np.diagonal(p, offset, axis1, axis2), a)
    return Linear((a,), lambda lead, x: np.diagonal(x, offset, ax1, ax2), gather.transpose)


@composite(np.diag, primal=False)
def diag(v, k=0):
    return np.diagonal(v, k) if np.ndim(v) == 2 else np.diagflat(v, k) if np.ndim(v) == 1 else np.diag(np.empty(np.shape(v)))


@composite(np.flip, primal=False)
def flip(m, axis=None):
    axes = range(np.ndim(m)) if axis is None else [k + np.ndim(m) for k in last_axes(axis, np.ndim(m))]
    shape_after(lambda v: np.flip(v, axis), np.shape(m))
    if np.ndim(m) == 0:
        return m
    return m[tuple(slice(None, None, -1) if k in set(axes) else slice(None) for k in range(np.ndim(m)))]


@composite(np.fliplr, primal=False)
def fliplr(m):
    shape_after(np.fliplr, np.shape(m))
    return np.flip(m, 1)


@composite(np.flipud, primal=False)
def flipud(m):
    shape_after(np.flipud, np.shape(m))
    return np.flip(m, 0)


@composite(np.rot90, primal=False)
def rot90(m, k=1, axes=(0, 1)):
    shape_after(lambda v: np.rot90(v, k, axes), np.shape(m))
    one, two = (a % np.ndim(m) for a in axes)
    turns = k % 4
    if turns == 0:
        return m[...]
    if turns == 2:
        return np.flip(np.flip(m, one), two)
    return np.flip(np.swapaxes(m, one, two), one) if turns == 1 else np.swapaxes(np.flip(m, one), one, two)


# ---- copies ----

by_position(np.roll, np.repeat, np.diagflat, np.tril, np.triu, np.resize, np.delete, np.take_along_axis, np.tile)


@selection(np.take)
def take(a, indices, axis=None, mode="raise"):
    indices = np.array(indices)
    return gathered(lambda p: np.take(p, indices, axis=axis, mode=mode), a)


@selection(np.compress)
def compress(condition, a, axis=None):
    return gathered(lambda p: np.compress(np.array(condition), p, axis=axis), a)


@selection(np.extract)
def extract(condition, arr):
    return gathered(lambda p: np.extract(np.array(condition), p), arr)


@selection(np.trim_zeros)
def trim_zeros(filt, trim="fb", axis=None):
    zero = np.equal(filt, 0)
    positions = np.flatnonzero(~zero)
    if np.ndim(filt) != 1:
        raise NoRuleError("numpy.trim_zeros is covered for one-dimensional arrays only: index with slices instead")
    first = positions[0] if "f" in trim.lower() and len(positions) else 0 if len(positions) else len(zero)
    last = positions[-1] + 1 if "b" in trim.lower() and len(positions) else len(zero)
    return getitem(filt, slice(int(first), int(last)))


PAD_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


@selection(np.pad)
def pad(array, pad_width, mode="constant", **kwargs):
    if mode not in PAD_MODES or kwargs.get("reflect_type", "even") != "even":
        raise NoRuleError(f"numpy.pad(mode={mode!r}) has no derivative rule in dualad: use one of {PAD_MODES}, or concatenate")
    value = None
    if mode == "constant" and np.any(np.asarray(kwargs.get("constant_values", 0))):
        def value(x):
            return np.pad(x, pad_width, mode, **kwargs)
    silent = {} if mode == "constant" else kwargs
    return gathered(lambda p: np.pad(p, pad_width, mode, **silent), array, value)


def joined(arrays, axis):
    """Linear map of a concatenation along a trailing-relative axis."""
    cuts = np.cumsum([np.shape(a)[axis] for a in arrays])[:-1]

    def transpose(lead, g):
        return tuple(np.split(g, cuts, axis=axis))

    return Linear(tuple(arrays), lambda lead, *xs: np.concatenate(xs, axis=axis), transpose)


@selection(np.concatenate)
def concatenate(arrays, /, axis=0, dtype=None, casting="same_kind"):
    arrays = [np.reshape(a, -1) for a in arrays] if axis is None else list(arrays)
    axis = 0 if axis is None else axis
    shape_after(lambda *v: np.concatenate(v, axis=axis), *(np.shape(a) for a in arrays))
    return joined(arrays, last_axes(axis, np.ndim(arrays[0]))[0])


@composite(np.stack, primal=False)
def stack(arrays, axis=0, *, dtype=None, casting="same_kind"):
    arrays = list(arrays)
    shape_after(lambda *v: np.stack(v, axis=axis), *(np.shape(a) for a in arrays))
    axis = axis % (np.ndim(arrays[0]) + 1)
    shape = np.shape(arrays[0])
    return np.concatenate([np.reshape(a, shape[:axis] + (1,) + shape[axis:]) for a in arrays], axis=axis)


@composite(np.atleast_1d, primal=False)
def atleast_1d(*arys):
    return _each(arys, lambda a: np.reshape(a, shape_after(np.atleast_1d, np.shape(a))))


@composite(np.atleast_2d, primal=False)
def atleast_2d(*arys):
    return _each(arys, lambda a: np.reshape(a, shape_after(np.atleast_2d, np.shape(a))))


@composite(np.atleast_3d, primal=False)
def atleast_3d(*arys):
    return _each(arys, lambda a: np.reshape(a, shape_after(np.atleast_3d, np.shape(a))))


def _each(arrays, fn):
    return fn(arrays[0]) if len(arrays) == 1 else tuple(fn(a) for a in arrays)


@composite(np.hstack, primal=False)
def hstack(tup, *, dtype=None, casting="same_kind"):
    parts = [np.reshape(a, shape_after(np.atleast_1d, np.shape(a))) for a in tup]
    return np.concatenate(parts, axis=0 if np.ndim(parts[0]) == 1 else 1)


@composite(np.vstack, primal=False)
def vstack(tup, *, dtype=None, casting="same_kind"):
    return np.concatenate([np.reshape(a, shape_after(np.atleast_2d, np.shape(a))) for a in tup], axis=0)


@composite(np.dstack, primal=False)
def dstack(tup):
    return np.concatenate([np.reshape(a, shape_after(np.atleast_3d, np.shape(a))) for a in tup], axis=2)


@composite(np.column_stack, primal=False)
def column_stack(tup):
    return np.concatenate([np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in tup], axis=1)


@composite(np.append, primal=False)
def append(arr, values, axis=None):
    if axis is None:
        return np.concatenate([np.reshape(arr, -1), np.reshape(values, -1)])
    return np.concatenate([arr, values], axis=axis)


@composite(np.block, primal=False)
def block(arrays):
    if not isinstance(arrays, list):
        return np.copy(arrays)
    depth, probe = 0, arrays
    while isinstance(probe, list):
        depth, probe = depth + 1, probe[0]
    ndim = max(depth, max(np.ndim(a) for a in _leaves(arrays)))

    def build(node, level):
        if not isinstance(node, list):
            return np.reshape(node, (1,) * (ndim - np.ndim(node)) + np.shape(node))
        return np.concatenate([build(n, level + 1) for n in node], axis=ndim - depth + level)

    return build(arrays, 0)


def _leaves(node):
    return [leaf for n in node for leaf in _leaves(n)] if isinstance(node, list) else [node]


@composite(np.insert, primal=False)
def insert(arr, obj, values, axis=None):
    if axis is None:
        arr, axis = np.reshape(arr, -1), 0
    n, shape = int(np.prod(np.shape(arr), dtype=np.intp)), np.shape(arr)
    # NumPy inserts positions of the new entries among positions of the old ones
    old = np.insert(np.arange(n).reshape(shape), obj, -1, axis=axis)
    new = np.insert(np.full(shape, -1), obj, np.arange(np.size(values)).reshape(np.shape(values)), axis=axis)
    if old.shape != new.shape:
        raise NoRuleError("numpy.insert of several values at one index is not covered: concatenate the parts instead")
    pool = np.concatenate([np.reshape(arr, -1), np.reshape(values, -1)])
    return pool[np.where(new >= 0, n + new, old)]


# ---- splitting and joining of several ----

def _pieces(a, cuts, axis):
    """Views between the cuts, as NumPy's split returns."""
    key = [slice(None)] * np.ndim(a)
    edges = [0, *cuts, np.shape(a)[axis]]
    out = []
    for lo, hi in zip(edges[:-1], edges[1:], strict=True):
        key[axis] = slice(lo, hi)
        out.append(a[tuple(key)])
    return out


def _cuts(fn, shape, axis):
    """Where NumPy cuts, asked of NumPy itself."""
    pieces = fn(np.broadcast_to(np.arange(shape[axis]).reshape([-1 if k == axis else 1 for k in range(len(shape))]), shape))
    return [p.shape[axis] for p in pieces], pieces


@composite(np.split, primal=False)
def split(ary, indices_or_sections, axis=0):
    np.split(np.broadcast_to(np.False_, np.shape(ary)), indices_or_sections, axis)
    return array_split(ary, indices_or_sections, axis)


@composite(np.array_split, primal=False)
def array_split(ary, indices_or_sections, axis=0):
    n = np.shape(ary)[axis]
    if np.ndim(indices_or_sections):
        return _pieces(ary, [int(k) for k in indices_or_sections], axis)
    each, extra = divmod(n, int(indices_or_sections))
    sizes = [each + 1] * extra + [each] * (int(indices_or_sections) - extra)
    return _pieces(ary, np.cumsum(sizes)[:-1].tolist(), axis)


@composite(np.hsplit, primal=False)
def hsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 0 if np.ndim(ary) == 1 else 1)


@composite(np.vsplit, primal=False)
def vsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 0)


@composite(np.dsplit, primal=False)
def dsplit(ary, indices_or_sections):
    return np.split(ary, indices_or_sections, 2)


@composite(np.unstack, primal=False)
def unstack(x, /, *, axis=0):
    return tuple(np.moveaxis(x, axis, 0))


@composite(np.broadcast_arrays, primal=False)
def broadcast_arrays(*args, subok=False):
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(np.broadcast_to(a, shape) for a in args)


@composite(np.meshgrid, primal=False)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    n = len(xi)
    out = [np.reshape(x, (1,) * k + (-1,) + (1,) * (n - k - 1)) for k, x in enumerate(xi)]
    if indexing == "xy" and n > 1:
        out = [np.swapaxes(x, 0, 1) for x in out]
    if sparse:
        return tuple(np.copy(x) if copy else x for x in out)
    shape = np.broadcast_shapes(*(np.shape(x) for x in out))
    return tuple(np.broadcast_to(x, shape) + 0.0 if copy else np.broadcast_to(x, shape) for x in out)


# ---- choosing by a condition ----

@selection(np.where)
def where(condition, /, x=None, y=None):
    if x is None or y is None:
        return np.nonzero(condition)
    # the condition is kept: later changes of it must not reach a recorded step
    condition = np.array(condition, dtype=bool) if not hasattr(condition, "block") else np.not_equal(condition, 0)
    shape = np.broadcast_shapes(condition.shape, np.shape(x), np.shape(y))

    def apply(lead, p, q):
        return np.where(condition, stretch(p, lead, len(shape)), stretch(q, lead, len(shape)))

    def transpose(lead, g):
        zero = np.zeros((), dtype=g.dtype)
        parts = []
        for operand, pick in ((x, condition), (y, ~condition)):
            part = np.where(pick, g, zero)
            parts.append(np.reshape(unbroadcast(part, lead, np.shape(operand)), np.shape(g)[:lead] + np.shape(operand)))
        return tuple(parts)

    return Linear((x, y), apply, transpose)


@composite(np.clip)
def clip(a, a_min=None, a_max=None, *, min=None, max=None, **kwargs):
    lo, hi = a_min if min is None else min, a_max if max is None else max
    out = a
    if lo is not None:
        out = np.maximum(out, lo)
    return out if hi is None else np.minimum(out, hi)


@composite(np.select)
def select(condlist, choicelist, default=0):
    out = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        out = np.where(condition, choice, out)
    shape = np.broadcast_shapes(*(np.shape(c) for c in [*condlist, *choicelist]))
    return np.broadcast_to(out, shape) if np.shape(out) != shape else out


@composite(np.choose)
def choose(a, choices, mode="raise"):
    if np.ndim(choices) and not isinstance(choices, (list, tuple)):
        choices = list(choices)
    shape = np.broadcast_shapes(np.shape(a), *(np.shape(c) for c in choices))
    pick = np.choose(np.broadcast_to(a, shape), list(range(len(choices))), mode=mode)
    out = np.broadcast_to(choices[0], shape)
    for k in range(1, len(choices)):
        out = np.where(pick == k, choices[k], out)
    return out


@composite(np.piecewise, primal=False)
def piecewise(x, condlist, funclist, *args, **kw):
    conditions = [np.asarray(c, dtype=bool) for c in (condlist if np.ndim(condlist) > np.ndim(x) or isinstance(
        condlist, list) and np.ndim(condlist[0]) == np.ndim(x) else [condlist])]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    if len(funclist) != len(conditions):
        raise ValueError(f"with {len(conditions)} condition(s), either {len(conditions)} or {len(conditions) + 1} functions are "
                         "expected")
    out = np.zeros_like(x)
    if np.ndim(x) == 0:
        for condition, fn in zip(conditions, funclist, strict=True):
            if condition:
                out = fn(x, *args, **kw) if callable(fn) else np.zeros_like(x) + fn
        return out
    for condition, fn in zip(conditions, funclist, strict=True):
        if condition.any():
            out[condition] = fn(x[condition], *args, **kw) if callable(fn) else fn
    return out


@composite(np.nan_to_num)
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    out = np.where(np.isfinite(x), x, np.nan_to_num(np.where(np.isfinite(x), 0.0, plain(x)), nan=nan, posinf=posinf, neginf=neginf))
    if not copy and np.ndim(x):
        x[...] = out
        return x[...]
    return out


def plain(x):
    """The plain values of a (possibly traced) array."""
    while hasattr(x, "block"):
        x = x.value
    return x


# ---- new arrays like others ----

def _blank(x, lead, shape):
    return np.zeros_like(x, shape=np.shape(x)[:lead] + shape)


def _like(a, dtype, shape, fill):
    if dtype is not None and np.dtype(dtype).kind != "f":
        if np.dtype(dtype).kind == "c":
            raise ComplexError("complex arrays cannot carry derivatives yet: keep real and imaginary parts apart")
        return np.full(np.shape(a) if shape is None else shape, fill, dtype)
    old = np.shape(a)
    new = old if shape is None else tuple(np.atleast_1d(shape).tolist())

    def apply(lead, x):
        out = _blank(x, lead, new)
        return out if dtype is None else out.astype(dtype)

    def value(x):
        return np.full_like(x, fill, dtype=dtype, shape=new)

    return Linear((a,), apply, lambda lead, g: (_blank(g, lead, old),), value if fill else None)


@selection(np.zeros_like)
def zeros_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    return _like(a, dtype, shape, 0)


@selection(np.empty_like)
def empty_like(prototype, /, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """Zeros: what was never written has no derivative, and reading it must not depend on memory."""
    return _like(prototype, dtype, shape, 0)


@selection(np.ones_like)
def ones_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    return _like(a, dtype, shape, 1)


@composite(np.full_like, primal=False)
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    out = np.zeros_like(a, dtype=dtype, shape=shape)
    if np.ndim(out) == 0:
        return out + fill_value
    out[...] = fill_value
    return out


@composite(np.copy, primal=False)
def copy(a, order="K", subok=False):
    return a.copy()


@selection(np.real, np.real_if_close)
def real(val, tol=100):
    return Linear((val,), lambda lead, x: x, lambda lead, g: (g,))


@selection(np.imag)
def imag(val):
    return _like(val, None, None, 0)


@selection(np.astype)
def astype(x, dtype, /, *, copy=True, device=None):
    kind = np.dtype(dtype).kind
    if kind == "c":
        raise ComplexError("astype(complex) of values that carry derivatives is not supported yet")
    if kind != "f":
        return np.asarray(plain(x)).astype(dtype)
    source = getattr(x, "dtype", np.dtype(float))
    if source == np.dtype(dtype):
        return x.copy() if copy else x
    return Linear((x,), lambda lead, v: _cast(v, dtype), lambda lead, g: (_cast(g, source),))


def _cast(v, dtype):
    return v.astype(dtype) if hasattr(v, "block") or isinstance(v, np.ndarray) else np.asarray(v).astype(dtype)


# ---- in place ----

def _writable(name, dst):
    if not hasattr(dst, "block"):
        raise StorageError(f"{name} into a plain array would drop derivatives: allocate it with np.zeros_like(x)")


@composite(np.copyto, primal=False)
def copyto(dst, src, casting="same_kind", where=True):
    _writable("numpy.copyto", dst)
    dst[...] = src if where is True else np.where(where, src, dst)


def written(name, a, v, write):
    """Let NumPy write positions of v's entries into an array of a's shape; then assign what it wrote."""
    _writable(name, a)
    index = np.zeros(np.shape(a), dtype=np.intp)
    write(index, np.arange(1, np.size(v) + 1).reshape(np.shape(v)))
    if index.any():
        a[...] = np.where(index > 0, np.reshape(v, -1)[np.maximum(index - 1, 0)], a)


@composite(np.put, primal=False)
def put(a, ind, v, mode="raise"):
    written("numpy.put", a, v, lambda out, k: np.put(out, ind, k, mode=mode))


@composite(np.place, primal=False)
def place(arr, mask, vals):
    written("numpy.place", arr, vals, lambda out, k: np.place(out, mask, k))


@composite(np.putmask, primal=False)
def putmask(a, mask, values):
    written("numpy.putmask", a, values, lambda out, k: np.putmask(out, mask, k))


@composite(np.put_along_axis, primal=False)
def put_along_axis(arr, indices, values, axis=-1):
    written("numpy.put_along_axis", arr, values, lambda out, k: np.put_along_axis(out, indices, k, axis))


@composite(np.fill_diagonal, primal=False)
def fill_diagonal(a, val, wrap=False):
    written("numpy.fill_diagonal", a, val, lambda out, k: np.fill_diagonal(out, k, wrap))


@composite(np.linspace)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    if retstep:
        raise NoRuleError("numpy.linspace(retstep=True) is not covered: compute the step as (stop - start) / (num - 1)")
    if dtype is not None and np.dtype(dtype).kind != "f":
        return np.linspace(plain(start), plain(stop), num, endpoint, dtype=dtype, axis=axis)
    div = num - 1 if endpoint else num
    t = np.arange(num) / max(div, 1)
    nd = max(np.ndim(start), np.ndim(stop))
    t = t.reshape((-1,) + (1,) * nd)
    out = start * (1.0 - t) + stop * t
    return np.moveaxis(out, 0, axis) if axis else out


@composite(np.apply_along_axis, primal=False)
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    moved = np.moveaxis(arr, axis, -1)
    lead = np.shape(moved)[:-1]
    rows = [func1d(row, *args, **kwargs) for row in np.reshape(moved, (-1, np.shape(moved)[-1]))]
    out = np.stack(rows)
    out = np.reshape(out, lead + np.shape(rows[0]))
    own, at = np.ndim(rows[0]), axis % np.ndim(arr)
    return np.moveaxis(out, range(len(lead), len(lead) + own), range(at, at + own)) if own else out


@composite(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    if period is not None:
        raise NoRuleError("numpy.interp(period=...) is not covered: wrap x with np.mod first")
    xp, fp = (np.asarray(v) if isinstance(v, (list, tuple)) else v for v in (xp, fp))
    cell = np.clip(np.searchsorted(plain(xp), plain(x), side="right") - 1, 0, np.shape(xp)[0] - 2)
    x0, x1, y0, y1 = xp[cell], xp[cell + 1], fp[cell], fp[cell + 1]
    out = y0 + (x - x0) * ((y1 - y0) / (x1 - x0))
    out = np.where(np.less(x, xp[0]), fp[0] if left is None else left, out)
    return np.where(np.greater(x, xp[-1]), fp[-1] if right is None else right, out)


refused("the shape of its result depends on repeated values; take the distinct entries by index (return_index of x.value)",
        np.unique)
