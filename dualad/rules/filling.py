"""Arrays made from conditions, from others' shapes and from end points.

May import: kinds, memory, paired, structural, reduction, errors, numpy.
"""

from __future__ import annotations

import numpy as np

from ..errors import NoRuleError
from .kinds import Linear, composite, mixing, selection
from .memory import axes_of, inverse
from .paired import joined
from .reduction import as_array
from .structural import carries, operands, plain, pooled, stretch, turned, unbroadcast

# ---- choosing by a condition ----


def _same_dtype(x, y):
    """Python numbers take the dtype of the array beside them, as in NumPy (NEP 50)."""
    def number(v):
        return isinstance(v, (int, float)) and not hasattr(v, "block")

    if number(x) and hasattr(y, "dtype"):
        x = np.asarray(x, dtype=np.result_type(y.dtype, x))
    elif number(y) and hasattr(x, "dtype"):
        y = np.asarray(y, dtype=np.result_type(x.dtype, y))
    return as_array(x), as_array(y)


@selection(np.where)
def where(condition, x=None, y=None, /):
    if carries(condition):
        # its truth is constant almost everywhere, like that of a comparison
        condition = np.asarray(plain(condition)) != 0
        return np.where(condition) if x is None and y is None else np.where(condition, x, y)
    if x is None or y is None:
        raise ValueError("either both or neither of x and y should be given")
    # kept: later changes of it must not reach a recorded step
    condition = np.array(condition, dtype=bool)
    x, y = _same_dtype(x, y)
    shapes = np.shape(x), np.shape(y)
    ndim = len(np.broadcast_shapes(condition.shape, *shapes))

    def apply(lead, p, q):
        return np.where(condition, stretch(p, lead, ndim), stretch(q, lead, ndim))

    def transpose(lead, g):
        zero, parts = np.zeros((), dtype=g.dtype), []
        for shape, part in zip(shapes, (np.where(condition, g, zero), np.where(condition, zero, g)), strict=True):
            parts.append(np.reshape(unbroadcast(part, lead, shape), np.shape(g)[:lead] + shape))
        return tuple(parts)

    return Linear((x, y), apply, transpose)


@composite(np.clip)
@operands("a", "a_min", "a_max", "min", "max")
def clip(a, a_min=np._NoValue, a_max=np._NoValue, out=None, *, min=np._NoValue, max=np._NoValue, **kwargs):
    if kwargs:
        raise NoRuleError(f"numpy.clip({', '.join(kwargs)}=...) is not covered: use np.minimum and np.maximum with np.where")
    lo, hi = (next((v for v in pair if v is not np._NoValue), None) for pair in ((a_min, min), (a_max, max)))
    y = a if lo is None else np.maximum(a, lo)
    y = y if hi is None else np.minimum(y, hi)
    return np.positive(y) if y is a else y


@composite(np._core.umath.clip)
def clip_of_entries(x, low, high, **kwargs):
    """What the method of a plain array calls."""
    return np.clip(x, low, high, **kwargs)


@composite(np.select)
@operands("choicelist", "default")
def select(condlist, choicelist, default=0):
    if len(condlist) != len(choicelist) or not len(condlist):
        np.select(condlist, [0] * len(choicelist))  # NumPy's own error
    out, choices = default, [as_array(c) for c in choicelist]
    for condition, choice in zip(condlist[::-1], choices[::-1], strict=True):
        if np.asarray(condition).dtype.kind != "b":
            np.select([condition], [0])
        out = np.where(condition, choice, out)
    shape = np.broadcast_shapes(*(np.shape(c) for c in (*condlist, *choices)))
    return np.broadcast_to(out, shape) if np.shape(out) != shape else out


@composite(np.choose)
@operands("choices")
def choose(a, choices, out=None, mode="raise"):
    choices = choices if isinstance(choices, (list, tuple)) else [choices[k] for k in range(np.shape(choices)[0])]
    return pooled(lambda *p: np.choose(a, p, mode=mode), *choices)


@composite(np.piecewise, primal=False)
@operands("x", "condlist", "args", "kw")
def piecewise(x, condlist, funclist, *args, **kw):
    condlist = plain(condlist)
    if np.isscalar(condlist) or not isinstance(condlist[0], (list, np.ndarray)) and np.ndim(x) != 0:
        condlist = [condlist]
    conditions = [np.asarray(c, dtype=bool) for c in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    if len(funclist) != len(conditions):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    # a number is given to the functions as an array of one entry, as NumPy does
    flat = x if np.ndim(x) else np.reshape(x, 1)
    out = np.zeros_like(flat)
    for condition, fn in zip(conditions, funclist, strict=True):
        if not np.ndim(x):
            condition = np.reshape(condition, 1)
        if condition.any():
            out[condition] = fn(flat[condition], *args, **kw) if callable(fn) else fn
    return out if np.ndim(x) else np.reshape(out, ())


@composite(np.nan_to_num)
@operands("x")
def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    usual = np.isfinite(x)
    out = np.where(usual, x, np.nan_to_num(plain(x), nan=nan, posinf=posinf, neginf=neginf))
    if copy or not np.ndim(x):
        return out
    x[...] = out
    return x[...]


# ---- new arrays like others ----

def _like(a, dtype, shape, fill, order="K"):
    source = getattr(a, "dtype", np.dtype(float))
    dtype = source if dtype is None else np.dtype(dtype)
    if dtype.kind == "c":
        real = np.full_like(a, fill, np.empty(0, dtype).real.dtype, shape=shape)
        return joined(real, np.zeros_like(real))
    if dtype.kind != "f":
        return np.full_like(plain(a), fill, dtype=dtype, order=order, shape=shape)
    if dtype != source:
        return np.astype(np.full_like(a, fill, shape=shape, order=order), dtype)
    old = np.shape(a)
    new = old if shape is None else np.broadcast_to(np.False_, shape).shape
    axes, like = None, plain(a)
    if order != "C" and len(new) > 1 and not (order == "K" and np.ndim(like) and like.flags.c_contiguous):
        axes = axes_of(np.empty_like(like, shape=new, order=order))  # it lies as NumPy's would
    fresh = _laid_out(new, axes)

    def apply(lead, x):
        return fresh(np.zeros_like, lead, x)

    def value(x):
        return fresh(np.full_like, 0, x, fill)

    return Linear((a,), apply, lambda lead, g: (np.zeros_like(g, shape=np.shape(g)[:lead] + old),), value if fill else None)


def _laid_out(shape, axes):
    """New arrays of this shape like others, with leading axes slowest and their own axes in an order of memory."""
    lies = shape if axes is None else tuple(shape[k] for k in axes)
    back = axes and inverse(axes)

    def fresh(make, lead, x, *fill):
        out = make(x, *fill, shape=np.shape(x)[:lead] + lies, order="C")
        return turned(lead, out, back)

    return fresh


@selection(np.zeros_like)
def zeros_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    return _like(a, dtype, shape, 0, order)


@selection(np.empty_like)
def empty_like(prototype, /, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """Zeros: what was never written has no derivative, and reading it must not depend on memory."""
    return _like(prototype, dtype, shape, 0, order)


@selection(np.ones_like)
def ones_like(a, dtype=None, order="K", subok=True, shape=None, *, device=None):
    return _like(a, dtype, shape, 1, order)


@composite(np.full_like, primal=False)
@operands("a", "fill_value")
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    out = np.zeros_like(a, dtype=dtype, order=order, shape=shape)
    if not np.ndim(out):
        return np.astype(out + np.reshape(as_array(fill_value), ()), out.dtype)
    out[...] = fill_value if carries(fill_value) else np.asarray(fill_value)
    return out


@composite(np.copy, primal=False)
def copy(a, order="K", subok=False):
    return as_array(a).copy(order)


@selection(np.real)
def real(val):
    # a view, not the operand itself: what is written into it must reach the owner
    return Linear((val,), lambda lead, x: x[...] if np.ndim(x) else x, lambda lead, g: (g,))


@selection(np.real_if_close)
def real_if_close(a, tol=100):
    return real(a)


@selection(np.imag)
def imag(val):
    return _like(val, None, None, 0, "A")


@mixing(np.astype)
def astype(x, dtype, /, *, copy=True, device=None):
    """Each entry rounds to one entry, but this is no selection: whole numbers do not stay what they are."""
    dtype, source = np.dtype(dtype), getattr(x, "dtype", np.dtype(float))
    if dtype.kind == "c":
        real = np.astype(x, np.empty(0, dtype).real.dtype)
        return joined(real, np.zeros_like(real))
    if dtype.kind != "f":
        return np.asarray(plain(x)).astype(dtype)
    if dtype == source:
        return x.copy("K") if copy else x
    return Linear((x,), lambda lead, v: v.astype(dtype), lambda lead, g: (g.astype(source),))


# ---- between end points ----

def _steps(num, endpoint):
    return max(num - 1 if endpoint else num, 1)


def _discrete(dtype):
    return dtype is not None and np.dtype(dtype).kind != "f"


@composite(np.linspace)
@operands("start", "stop")
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    start, stop = as_array(start), as_array(stop)
    if _discrete(dtype):
        start, stop = np.asarray(plain(start)), np.asarray(plain(stop))
    t = np.arange(num) / _steps(num, endpoint)
    t = t.reshape((-1,) + (1,) * max(np.ndim(start), np.ndim(stop)))
    out = np.moveaxis(start * (1.0 - t) + stop * t, 0, axis)
    if _discrete(dtype):
        out = plain(out).astype(dtype)
    return (out, (stop - start) / _steps(num, endpoint)) if retstep else out


@composite(np.logspace)
@operands("start", "stop", "base")
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    if _discrete(dtype):
        return np.logspace(plain(start), plain(stop), num, endpoint, plain(base), dtype, axis)
    if np.ndim(base):
        ndim = max(np.ndim(start), np.ndim(stop), np.ndim(base))
        start, stop, base = (stretch(as_array(v), 0, ndim) for v in (start, stop, base))
        base = np.expand_dims(base, axis)
    return np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))


@composite(np.geomspace)
@operands("start", "stop")
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    if _discrete(dtype):
        return np.geomspace(plain(start), plain(stop), num, endpoint, dtype, axis)
    start, stop = as_array(start), as_array(stop)
    t = np.arange(num) / _steps(num, endpoint)
    t = t.reshape((-1,) + (1,) * max(np.ndim(start), np.ndim(stop)))
    with np.errstate(all="ignore"):
        # both ends of one sign, or NumPy's value is complex and refused
        return np.moveaxis(start * np.power(stop / start, t), 0, axis)


@composite(np.meshgrid, primal=False)
@operands("xi")
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    out = [np.reshape(as_array(x), (1,) * k + (-1,) + (1,) * (n - k - 1)) for k, x in enumerate(xi)]
    if indexing == "xy" and n > 1:
        out = [np.swapaxes(x, 0, 1) for x in out]
    if not sparse:
        shape = np.broadcast_shapes(*(np.shape(x) for x in out))
        out = [np.broadcast_to(x, shape) for x in out]
    return tuple(np.copy(x, order="C") for x in out) if copy else tuple(out)


@composite(np.interp)
@operands("x", "xp", "fp", "left", "right", "period")
def interp(x, xp, fp, left=None, right=None, period=None):
    x, xp, fp = as_array(x), as_array(xp), as_array(fp)
    n = np.shape(xp)[0] if np.ndim(xp) == 1 else 0
    if np.shape(fp) != (n,) or n == 0:
        np.interp(0.0, np.zeros(np.shape(xp)), np.zeros(np.shape(fp)))  # NumPy's own error
    if period is not None:
        x, xp, fp = _periodic(x, xp, fp, np.abs(period))
        left = right = None
        n += 2
    with np.errstate(all="ignore"):
        if n == 1:
            out = np.broadcast_to(fp, np.shape(x)) if np.ndim(x) else fp[0]
        else:
            cell = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, n - 2)
            x0, x1, y0, y1 = xp[cell], xp[cell + 1], fp[cell], fp[cell + 1]
            out = y0 + (x - x0) * ((y1 - y0) / (x1 - x0))
        out = np.where(np.less(x, xp[0]), fp[0] if left is None else left, out)
        out = np.where(np.greater(x, xp[-1]), fp[-1] if right is None else right, out)
        return np.where(np.isnan(x), out + x * np.nan, out) if n > 1 else out  # NaN has no slope that is a number


def _periodic(x, xp, fp, period):
    """Points folded into one period, and knots continued by one on each side."""
    x, xp = np.remainder(x, period), np.remainder(xp, period)
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    return x, np.concatenate([xp[-1:] - period, xp, xp[:1] + period]), np.concatenate([fp[-1:], fp, fp[:1]])


# ---- functions applied along axes ----

@composite(np.apply_along_axis, primal=False)
@operands("arr", "args", "kwargs")
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    moved = np.moveaxis(arr, axis, -1)
    *outer, n = np.shape(moved)
    if not all(outer):
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    rows = [as_array(func1d(row, *args, **kwargs)) for row in np.reshape(moved, (int(np.prod(outer)), n))]
    out = np.reshape(np.stack(rows), (*outer, *np.shape(rows[0])))
    inner = np.ndim(rows[0])
    axis = axis % np.ndim(arr)
    return np.moveaxis(out, range(-inner, 0), range(axis, axis + inner)) if inner else out


@composite(np.apply_over_axes, primal=False)
@operands("a")
def apply_over_axes(func, a, axes):
    for axis in np.ravel(axes).tolist():
        axis = axis + np.ndim(a) if axis < 0 else axis
        y = func(a, axis)
        y = y if np.ndim(y) == np.ndim(a) else np.expand_dims(y, axis)
        if np.ndim(y) != np.ndim(a):
            raise ValueError("function is not returning an array of the correct shape")
        a = y
    return a
