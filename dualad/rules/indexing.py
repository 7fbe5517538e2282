"""Entries read by index and mask, and written in place.  May import: kinds, structural, reduction, errors, numpy."""

from __future__ import annotations

import operator
import sys

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..errors import DegenerateError, StorageError
from .kinds import Linear, composite, mixing, selection
from .reduction import along, as_array
from .structural import by_position, carries, gathered, last_axes, operands, plain, scattered, shape_after, stretch, unbroadcast

by_position(np.take_along_axis)


# ---- reading ----

@selection(operator.getitem)
def getitem(a, key):
    """Any key; integer arrays and masks are copied, so later changes of them do no harm."""
    key = tuple(_own(k) for k in key) if isinstance(key, tuple) else (_own(key),)
    shape = np.shape(a)
    if _advanced_apart(key):
        return gathered(lambda p: p[key], a)

    def apply(lead, x):
        try:
            return x[(slice(None),) * lead + key]
        except IndexError:
            np.broadcast_to(np.False_, shape)[key]  # the same error, without the leading axes
            raise

    def transpose(lead, g):
        buffer = np.zeros_like(g, shape=np.shape(g)[:lead] + shape)
        if repeats:
            np.add.at(buffer, (slice(None),) * lead + key, g)
        else:
            buffer[(slice(None),) * lead + key] = g
        return (buffer,)

    # numbers may name an entry twice, slices and masks do not
    repeats = any(isinstance(k, np.ndarray) and k.dtype != bool for k in key)
    return Linear((a,), apply, transpose)


def _own(k):
    if isinstance(k, list):
        return np.array(k) if np.size(k) else np.zeros(np.shape(k), dtype=np.intp)
    return np.array(k) if isinstance(k, np.ndarray) else k


def _advanced_apart(key):
    """Whether index arrays (and numbers, once there is an array) stand apart: NumPy puts their axes first."""
    arrays = [isinstance(k, (np.ndarray, bool, np.bool_)) for k in key]
    if not any(arrays):
        return False
    where = [i for i, k in enumerate(key) if arrays[i] or isinstance(k, (np.integer, int))]
    return where[-1] - where[0] + 1 != len(where) or any(isinstance(k, (bool, np.bool_)) for k in key)


def _taken(a, index, axis):
    """a[..., index, ...] along one axis, for integer indices that are known to be in range."""
    key, shape = along(axis, index), np.shape(a)

    def transpose(lead, g):
        buffer = np.zeros_like(g, shape=np.shape(g)[:lead] + shape)
        np.add.at(buffer, key, g)
        return (buffer,)

    return Linear((a,), lambda lead, x: np.take(x, index, axis=axis), transpose)


@selection(np.take)
@operands("a")
def take(a, indices, axis=None, out=None, mode="raise"):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    axis = normalize_axis_index(axis, max(1, np.ndim(a))) - max(1, np.ndim(a))
    if not np.ndim(a):
        a = np.reshape(a, 1)
    return _taken(a, np.take(np.arange(np.shape(a)[axis]), indices, mode=mode), axis)


@selection(np.compress)
@operands("condition", "a")
def compress(condition, a, axis=None, out=None):
    condition = np.array(plain(condition))
    return gathered(lambda p: np.compress(condition, p, axis=axis), a)


@selection(np.extract)
@operands("condition", "arr")
def extract(condition, arr):
    condition = np.array(plain(condition))
    return gathered(lambda p: np.extract(condition, p), arr)


@composite(np.trim_zeros, primal=False)
@operands("filt")
def trim_zeros(filt, trim="fb", axis=None):
    """The box around the entries that are not zero now."""
    filt = as_array(filt)
    value = np.asarray(plain(filt))
    np.trim_zeros(np.zeros((1,) * value.ndim), trim, **({} if axis is None else {"axis": axis}))  # NumPy's own errors
    axes = range(-value.ndim, 0) if axis is None else last_axes(axis, value.ndim)
    found = np.argwhere(value)
    key = []
    for k in range(-value.ndim, 0):
        lo, hi = (int(found[:, k].min()), int(found[:, k].max()) + 1) if len(found) else (0, 0)
        key.append(slice(None) if k not in axes else slice(lo if "f" in trim.lower() or not len(found) else None,
                                                           hi if "b" in trim.lower() or not len(found) else None))
    if key and key[-1].start and carries(filt) and _asked_by_poly1d():
        raise DegenerateError("numpy.poly1d drops leading coefficients that are zero, and the derivatives that they carry here: "
                              "use np.polyval(p, x) and the functions of coefficients (np.polyadd, np.polymul, np.polyder)")
    return filt[tuple(key)] if key else filt


def _asked_by_poly1d():
    """Whether numpy.poly1d trims its coefficients: to it, zeros that lead are none, whatever they carry."""
    code, frame = np.poly1d.__init__.__code__, sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == code.co_name and frame.f_code.co_filename == code.co_filename:
            return True
        frame = frame.f_back
    return False


@selection(np.diagonal)
@operands("a")
def diagonal(a, offset=0, axis1=0, axis2=1):
    shape_after(lambda v: np.diagonal(v, offset, axis1, axis2), np.shape(a))
    ax1, ax2 = last_axes((axis1, axis2), np.ndim(a))
    return Linear((a,), lambda lead, x: np.diagonal(x, offset, ax1, ax2),
                  scattered(lambda p: np.diagonal(p, offset, axis1, axis2), np.shape(a)))


@composite(np.diag, primal=False)
@operands("v")
def diag(v, k=0):
    if np.ndim(v) not in (1, 2):
        np.diag(np.zeros((1,) * np.ndim(v)))  # NumPy's own error
    return np.diagonal(v, k) if np.ndim(v) == 2 else np.diagflat(v, k)


def _triangle(fn):
    def bind(m, k=0):
        if np.ndim(m) < 2:
            return gathered(lambda p: fn(p, k), m)
        return Linear((m,), lambda lead, x: fn(x, k), lambda lead, g: (fn(g, k),))

    selection(fn)(operands("m")(bind))


_triangle(np.tril)
_triangle(np.triu)


@selection(np.lib.stride_tricks.sliding_window_view)
@operands("x")
def sliding_window_view(x, window_shape, axis=None, *, subok=False, writeable=False):
    def windows(v, axes):
        return np.lib.stride_tricks.sliding_window_view(v, window_shape, axes, writeable=writeable)

    np.lib.stride_tricks.sliding_window_view(np.broadcast_to(np.False_, np.shape(x)), window_shape, axis)  # NumPy's own errors
    ndim = np.ndim(x)
    axes = last_axes(tuple(range(ndim)) if axis is None else axis, ndim)
    window_shape = tuple(np.ravel(window_shape).tolist())
    return Linear((x,), lambda lead, v: windows(v, axes), scattered(lambda p: windows(p.copy(), axes), np.shape(x)))


@mixing(np.bincount)
@operands("weights")
def bincount(x, /, weights=None, minlength=0):
    value = np.bincount(x, np.zeros(np.shape(weights)), minlength)  # NumPy's own errors, and the length
    x = np.array(x, dtype=np.intp)
    if not x.size:
        return np.bincount(x, plain(weights), minlength)

    def apply(lead, w):
        out = np.zeros_like(w, shape=np.shape(w)[:lead] + value.shape, dtype=float)
        np.add.at(out, (Ellipsis, x), w)
        return out

    source = getattr(weights, "dtype", np.dtype(float))
    return Linear((weights,), apply, lambda lead, g: (np.astype(g[..., x], source),), lambda w: np.bincount(x, w, minlength),
                  lambda: (x, np.ones(x.shape)))


def added_at(ufunc, a, indices, b):
    """`a` after ufunc.at(a, indices, b) for add and subtract, as a linear map of both."""
    a, b, sign = as_array(a), as_array(b), 1.0 if ufunc is np.add else -1.0
    shape, size = np.shape(a), int(np.prod(np.shape(a), dtype=np.intp))
    place = np.arange(size).reshape(shape)[tuple(_own(k) for k in indices) if isinstance(indices, tuple) else _own(indices)]
    source = np.shape(b)
    np.broadcast_to(np.False_, source) if np.broadcast_shapes(source, place.shape) == place.shape else np.broadcast_to(
        np.zeros(source), place.shape)  # NumPy's own error
    flat = place.reshape(-1)

    def apply(lead, x, v):
        out = np.reshape(x, np.shape(x)[:lead] + (size,)).copy()
        if carries(v):
            out = out + np.zeros_like(v, shape=np.shape(out))  # room for derivatives of v's level
        v = np.broadcast_to(stretch(v, lead, place.ndim), np.shape(v)[:lead] + place.shape)
        ufunc.at(out, (Ellipsis, flat), np.reshape(v, np.shape(v)[:lead] + (flat.size,)))
        return np.reshape(out, np.shape(x))

    def transpose(lead, g):
        back = np.reshape(np.reshape(g, np.shape(g)[:lead] + (size,))[..., flat], np.shape(g)[:lead] + place.shape)
        return g, np.reshape(unbroadcast(sign * back, lead, source), np.shape(g)[:lead] + source)

    return Linear((a, b), apply, transpose)


@composite(np.ix_, primal=False)
def ix_(*args):
    parts = [np.flatnonzero(a) if as_array(a).dtype == bool else as_array(a) for a in args]
    if any(np.ndim(a) != 1 for a in parts):
        raise ValueError("Cross index must be 1 dimensional")
    return tuple(np.reshape(a, (1,) * k + (-1,) + (1,) * (len(parts) - k - 1)) for k, a in enumerate(parts))


# ---- writing ----

def writable(name, dst):
    """Derivatives can only be stored where there is room for them."""
    if not hasattr(dst, "block"):
        also = " (np.full and np.full_like of a plain array end here)" if name == "copyto" else ""
        raise StorageError(f"numpy.{name} into a plain array would drop derivatives{also}: allocate it with np.zeros_like(x) of an "
                           "x that carries them")


def _filled(values, n):
    """The first n of the values, which repeat as often as needed."""
    values = np.reshape(as_array(values), -1)
    return values if np.shape(values)[0] == n else np.resize(values, n)


@composite(np.copyto, primal=False)
@operands("dst", "src")
def copyto(dst, src, casting="same_kind", where=True):
    writable("copyto", dst)
    src = as_array(src)
    if not np.can_cast(src.dtype, dst.dtype, casting):
        raise TypeError(f"Cannot cast array data from {src.dtype!r} to {dst.dtype!r} according to the rule '{casting}'")
    dst[...] = src if where is True else np.where(where, src, dst)


@composite(np.put, primal=False)
@operands("a", "v")
def put(a, ind, v, mode="raise"):
    writable("put", a)
    ind = np.take(np.arange(np.size(a)), np.reshape(ind, -1), mode=mode)
    if ind.size and np.size(v):
        a[np.unravel_index(ind, np.shape(a))] = _filled(v, ind.size)


@composite(np.place, primal=False)
@operands("arr", "vals")
def place(arr, mask, vals):
    writable("place", arr)
    mask = np.asarray(mask, dtype=bool)
    if mask.size != np.size(arr):
        raise ValueError("place: mask and data must be the same size")
    mask = mask.reshape(np.shape(arr))
    if not mask.any():
        return
    if not np.size(vals):
        raise ValueError("Cannot insert from an empty array!")
    arr[mask] = _filled(vals, int(mask.sum()))


@composite(np.putmask, primal=False)
@operands("a", "values")
def putmask(a, /, mask, values):
    """Other than `place`: entry k is given the value number k, not the next one."""
    writable("putmask", a)
    mask = np.asarray(mask, dtype=bool)
    if mask.size != np.size(a):
        raise ValueError("putmask: mask and data must be the same size")
    if mask.any() and np.size(values):
        mask = mask.reshape(np.shape(a))
        a[mask] = np.reshape(_filled(values, mask.size), mask.shape)[mask]


@composite(np.put_along_axis, primal=False)
@operands("arr", "values")
def put_along_axis(arr, indices, values, axis=-1):
    writable("put_along_axis", arr)
    np.put_along_axis(np.empty(np.shape(arr), dtype=bool), indices, False, axis)  # NumPy's own errors
    shape = np.shape(arr)
    if axis is None:
        arr[np.unravel_index(np.asarray(indices) % np.size(arr), shape)] = values
        return
    axis = normalize_axis_index(axis, len(shape))
    key = list(np.ogrid[tuple(slice(n) for n in shape)])
    key[axis] = indices
    arr[tuple(key)] = values


@composite(np.fill_diagonal, primal=False)
@operands("a", "val")
def fill_diagonal(a, val, wrap=False):
    writable("fill_diagonal", a)
    places = np.zeros(np.shape(a), dtype=bool)
    np.fill_diagonal(places, True, wrap)
    key = np.nonzero(places)
    if key[0].size:
        a[key] = _filled(val, key[0].size)
