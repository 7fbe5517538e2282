"""Shapes, views and the tools that binders of selections share.

Most selections are declared by nothing but NumPy's own function: run on an array of positions
it says where each output entry comes from (`gathered`, `pooled`).  Only functions that return
views, or that are hot, have an `apply` of their own.  May import: kinds, memory, reduction, errors, numpy.
"""

from __future__ import annotations

import inspect
from functools import wraps

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..errors import NoRuleError
from .kinds import Linear, composite, selection
from .memory import axes_for, axes_of, inverse
from .reduction import as_array

__all__ = ["by_position", "carries", "gathered", "last_axes", "operands", "plain", "pooled", "shape_after", "stretch",
           "unbroadcast"]


# ---- shared by the binders ----

def carries(x):
    """True if `x`, or anything in a list or tuple, carries derivatives."""
    return any(carries(v) for v in x) if isinstance(x, (list, tuple)) else hasattr(x, "block")


def plain(x):
    """The plain values of a (possibly traced) array, also inside lists and tuples."""
    if isinstance(x, (list, tuple)):
        return type(x)(plain(v) for v in x)
    while hasattr(x, "block") or hasattr(x, "re"):
        x = x.value
    return x


def operands(*names):
    """Decorate a binder or body: these arguments may carry derivatives, in all others they would be lost: an error."""
    def decorate(body, called=None):
        called = called or body.__name__
        parameters = inspect.signature(body).parameters
        order, kinds = list(parameters), {p.kind: p.name for p in parameters.values()}
        rest = kinds.get(inspect.Parameter.VAR_POSITIONAL)  # *args, and everything behind them
        order = order[:order.index(rest)] if rest else order
        allowed, others = [name in names for name in order], rest in names
        place, free = order.index("out") if "out" in order else -1, kinds.get(inspect.Parameter.VAR_KEYWORD) in names

        def refuse(what):
            raise NoRuleError(f"{called}: {what} carries derivatives where only a constant is covered; pass its "
                              ".value if it is meant to be one")

        @wraps(body)
        def checked(*args, **kwargs):
            for k, a in enumerate(args):
                if k == place and a is not None:
                    raise NoRuleError(f"{called}: pass out= by keyword")
                if not (allowed[k] if k < len(allowed) else others) and carries(a):
                    refuse(order[k] if k < len(order) else rest or f"argument {k}")
            for name, a in kwargs.items():
                if name not in names and (not free or name in parameters) and carries(a):
                    refuse(name)
            return body(*args, **kwargs)

        checked.named = lambda name: decorate(body, name)
        return checked

    return decorate


def shape_after(fn, *shapes):
    """Shape of fn(arrays of these shapes), without touching data; NumPy raises its own errors."""
    return fn(*(np.broadcast_to(np.False_, s) for s in shapes)).shape


def last_axes(axes, ndim):
    """Axes as negative numbers, so that they hold for any number of leading axes."""
    if isinstance(axes, (int, np.integer)):
        return (normalize_axis_index(axes, ndim) - ndim,)
    return tuple(k - ndim for k in normalize_axis_tuple(axes, ndim, allow_duplicate=True))


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


def count(shape):
    """Number of entries of an array of this shape."""
    return int(np.prod(shape, dtype=np.intp))


def positions(*shapes):
    """Arrays of these shapes whose entries are numbered through, from 1."""
    start, out = 1, []
    for shape in shapes:
        out.append(np.arange(start, start + count(shape), dtype=np.intp).reshape(shape))
        start += count(shape)
    return out


def scattered(fn, shape):
    """Transpose of the selection `fn` of an array of `shape`, read off positions when first asked for."""
    known = []

    def transpose(lead, g):
        if not known:
            known.append(np.asarray(fn(*positions(shape))))
        buffer = np.zeros_like(g, shape=np.shape(g)[:lead] + (count(shape) + 1,))
        np.add.at(buffer, (Ellipsis, known[0].reshape(-1)), np.reshape(g, np.shape(g)[:lead] + (known[0].size,)))
        return (np.reshape(buffer[..., 1:], np.shape(g)[:lead] + shape),)

    return transpose


def gathered(fn, a):
    """Linear map of a selection, read off `fn` applied to positions 1..n (0: a constant entry, zero)."""
    shape = np.shape(a)
    index = np.asarray(fn(*positions(shape)))
    constant = index == 0
    fill = bool(constant.any())
    axes = axes_of(index)
    back = axes and inverse(axes)
    place = np.where(constant, 1, index) - 1 if fill else index - 1
    place = place if axes is None else place.transpose(axes)

    def apply(lead, x):
        if count(shape) == 0 or index.size == 0:
            return np.zeros_like(x, shape=np.shape(x)[:lead] + index.shape)
        out = np.reshape(x, np.shape(x)[:lead] + (count(shape),))[..., place]
        # rows of positions come out in the order of memory in which NumPy's function leaves its result
        out = out if axes is None else turned(lead, out, back)
        return np.where(constant, np.zeros((), dtype=out.dtype), out) if fill else out

    return Linear((a,), apply, scattered(lambda _: index, shape))


def pooled(fn, *arrays):
    """fn(*arrays) of a selection from several arrays, as one gather from all their entries in a row."""
    arrays = [as_array(a) for a in arrays]
    index = np.asarray(fn(*positions(*(np.shape(a) for a in arrays))))
    pool = np.concatenate([np.reshape(a, -1) for a in arrays])
    return pool[index - 1] if index.size else np.zeros_like(pool, shape=index.shape)


def by_position(*fns):
    """Declare selections whose first argument is the only operand, by their positions alone."""
    for fn in fns:
        def bind(a, *args, fn=fn, **kwargs):
            if carries(args) or carries(list(kwargs.values())):
                raise NoRuleError(f"numpy.{fn.__name__}: only its first argument may carry derivatives; pass .value of the others "
                                  "if they are meant to be constants")
            return gathered(lambda p: fn(p, *args, **kwargs), a)

        selection(fn)(bind)


# ---- the same entries in another shape ----

def turned(lead, x, axes):
    """The operand's own axes in this order; None leaves them."""
    return x if axes is None else x.transpose((*range(lead), *(k + lead for k in axes)))


def backwards(lead, x):
    """Transpose of the operand's own axes."""
    return x.transpose(tuple(range(lead)) + tuple(range(x.ndim - 1, lead - 1, -1)))


def reshaping(columns, new):
    """How to give the own axes another shape, as a view exactly where NumPy makes one; entries by columns or by rows."""
    if not columns:
        return lambda lead, x, to=new: x.reshape(x.shape[:lead] + to)
    # columns first is rows first of the transposes
    return lambda lead, x, to=new: backwards(lead, backwards(lead, x).reshape(x.shape[:lead] + to[::-1]))


@selection(np.reshape)
@operands("a", "shape")
def reshape(a, /, shape, order="C", *, copy=None):
    old, new = np.shape(a), shape_after(lambda v: np.reshape(v, shape), np.shape(a))
    if order not in ("C", "F", "A"):
        np.reshape(np.zeros(1), 1, order=order)  # NumPy's own error
    change = reshaping(order == "F" or order == "A" and np.ndim(a) > 1 and plain(a).flags.fnc, new)

    def apply(lead, x):
        y = change(lead, x)
        if copy is False and np.size(y) and not np.may_share_memory(plain(x), plain(y)):
            raise ValueError("Unable to avoid creating a copy while reshaping.")
        return y.copy() if copy else y

    return Linear((a,), apply, lambda lead, g: (change(lead, g, old),))


@selection(np.ravel)
@operands("a")
def ravel(a, order="C"):
    """A view of arrays that lie in one piece, a copy of others (reshape(-1) makes views of more)."""
    old = np.shape(a)
    axes = axes_for(plain(a), order) if len(old) > 1 else None
    lies = old if axes is None else tuple(old[k] for k in axes)
    back = axes and inverse(axes)

    def apply(lead, x):
        x = turned(lead, x, axes)
        y = x.reshape(x.shape[:lead] + (count(old),))
        return y if x.ndim == lead or x.size == 0 or x[(0,) * lead].flags.c_contiguous else y.copy()

    return Linear((a,), apply, lambda lead, g: (turned(lead, g.reshape(g.shape[:lead] + lies), back),))


def permuted(a, order):
    """Linear map of a transposition; order[k] is the input axis of output axis k."""
    order = last_axes(tuple(order), np.ndim(a))
    inverse = tuple(int(k) - len(order) for k in np.argsort(order))

    def move(lead, x, axes):
        return x.transpose(tuple(range(lead)) + tuple(k + np.ndim(x) for k in axes))

    return Linear((a,), lambda lead, x: move(lead, x, order), lambda lead, g: (move(lead, g, inverse),))


def axes_after(fn, ndim):
    """Which axis goes where, asked of NumPy by an array whose lengths are all different."""
    return [n - 2 for n in shape_after(fn, tuple(range(2, ndim + 2)))]


@selection(*dict.fromkeys([np.transpose, getattr(np, "permute_dims", np.transpose)]))
@operands("a")
def transpose(a, axes=None):
    return permuted(a, axes_after(lambda v: np.transpose(v, axes), np.ndim(a)))


@selection(np.matrix_transpose)
def matrix_transpose(x, /):
    return permuted(x, axes_after(np.matrix_transpose, np.ndim(x)))


@selection(np.moveaxis)
@operands("a")
def moveaxis(a, source, destination):
    return permuted(a, axes_after(lambda v: np.moveaxis(v, source, destination), np.ndim(a)))


@selection(np.swapaxes)
@operands("a")
def swapaxes(a, axis1, axis2):
    return permuted(a, axes_after(lambda v: np.swapaxes(v, axis1, axis2), np.ndim(a)))


@selection(np.rollaxis)
@operands("a")
def rollaxis(a, axis, start=0):
    return permuted(a, axes_after(lambda v: np.rollaxis(v, axis, start), np.ndim(a)))


@composite(np.squeeze, primal=False)
@operands("a")
def squeeze(a, axis=None):
    return np.reshape(a, shape_after(lambda v: np.squeeze(v, axis), np.shape(a)))


@composite(np.expand_dims, primal=False)
@operands("a")
def expand_dims(a, axis):
    return np.reshape(a, shape_after(lambda v: np.expand_dims(v, axis), np.shape(a)))


def _at_least(fn):
    def body(*arys):
        out = tuple(np.reshape(a, shape_after(fn, np.shape(a))) for a in map(as_array, arys))
        return out[0] if len(out) == 1 else out

    composite(fn, primal=False)(body)


for _fn in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    _at_least(_fn)


@selection(np.broadcast_to)
@operands("array")
def broadcast_to(array, shape, subok=False):
    old = np.shape(array)
    new = shape_after(lambda v: np.broadcast_to(v, shape), old)

    def apply(lead, x):
        return np.broadcast_to(stretch(x, lead, len(new)), np.shape(x)[:lead] + new)

    return Linear((array,), apply, lambda lead, g: (np.reshape(unbroadcast(g, lead, old), np.shape(g)[:lead] + old),))


@composite(np.broadcast_arrays, primal=False)
@operands("args")
def broadcast_arrays(*args, subok=False):
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    # an array that has the shape already is passed on as it is
    return tuple(as_array(a) if np.shape(a) == shape else np.broadcast_to(a, shape) for a in args)


# ---- mirrored and shifted ----

@composite(np.flip, primal=False)
@operands("m")
def flip(m, axis=None):
    shape_after(lambda v: np.flip(v, axis), np.shape(m))
    turned = last_axes(tuple(range(np.ndim(m))) if axis is None else axis, np.ndim(m))
    if not np.ndim(m):
        return np.reshape(m, ())
    return m[tuple(slice(None, None, -1 if k in turned else None) for k in range(-np.ndim(m), 0))]


@composite(np.fliplr, primal=False)
def fliplr(m):
    shape_after(np.fliplr, np.shape(m))
    return np.flip(m, 1)


@composite(np.flipud, primal=False)
def flipud(m):
    shape_after(np.flipud, np.shape(m))
    return np.flip(m, 0)


@composite(np.rot90, primal=False)
@operands("m")
def rot90(m, k=1, axes=(0, 1)):
    shape_after(lambda v: np.rot90(v, k, axes), np.shape(m))
    one, two = (a % np.ndim(m) for a in axes)
    turns = k % 4
    if turns == 0:
        return m[...]
    if turns == 2:
        return np.flip(np.flip(m, one), two)
    return np.flip(np.swapaxes(m, one, two), one) if turns == 1 else np.swapaxes(np.flip(m, one), one, two)


@selection(np.roll)
@operands("a")
def roll(a, shift, axis=None):
    shape = np.shape(a)
    if axis is None or not shape:
        return gathered(lambda p: np.roll(p, shift, axis), a)
    shape_after(lambda v: np.roll(v, shift, axis), (1,) * len(shape))
    axes, back = last_axes(axis, len(shape)), np.negative(shift)
    axes, shift, back = (axes, tuple(np.ravel(shift).tolist()), tuple(np.ravel(back).tolist())) if len(axes) > 1 or np.ndim(
        shift) else (axes[0], shift, back)
    return Linear((a,), lambda lead, x: np.roll(x, shift, axes), lambda lead, g: (np.roll(g, back, axes),))


def _centred(x, axes, sign):
    axes = tuple(range(np.ndim(x))) if axes is None else (axes,) if np.ndim(axes) == 0 else tuple(axes)
    return np.roll(x, [sign * (np.shape(x)[k] // 2) for k in axes], axes) if axes else np.copy(x)


@composite(np.fft.fftshift, primal=False)
@operands("x")
def fftshift(x, axes=None):
    return _centred(x, axes, 1)


@composite(np.fft.ifftshift, primal=False)
@operands("x")
def ifftshift(x, axes=None):
    return _centred(x, axes, -1)


# ---- cut in pieces ----

def _cut(fn, a, sections, axis):
    """Views between the cuts that `fn` makes in a range of positions."""
    shape_after(lambda v: fn(v, sections, axis)[0], np.shape(a))
    axis = normalize_axis_index(axis, np.ndim(a))
    key = (slice(None),) * axis
    return [a[(*key, slice(int(p[0]), int(p[-1]) + 1) if len(p) else slice(0, 0))]
            for p in fn(np.arange(np.shape(a)[axis]), sections)]


@composite(np.split, primal=False)
@operands("ary")
def split(ary, indices_or_sections, axis=0):
    return _cut(np.split, ary, indices_or_sections, axis)


@composite(np.array_split, primal=False)
@operands("ary")
def array_split(ary, indices_or_sections, axis=0):
    return _cut(np.array_split, ary, indices_or_sections, axis)


def _split_along(fn, least, axis):
    def body(ary, indices_or_sections):
        if np.ndim(ary) < least:
            fn(np.zeros((1,) * np.ndim(ary)), 1)  # NumPy's own error
        return np.split(ary, indices_or_sections, axis if np.ndim(ary) > 1 else 0)

    composite(fn, primal=False)(operands("ary")(body))


_split_along(np.hsplit, 1, 1)
_split_along(np.vsplit, 2, 0)
_split_along(np.dsplit, 3, 2)


if hasattr(np, "unstack"):
    @composite(np.unstack, primal=False)
    @operands("x")
    def unstack(x, /, *, axis=0):
        if np.ndim(x) == 0:
            raise ValueError("Input array must be at least 1-d.")
        return tuple(np.moveaxis(x, axis, 0))
