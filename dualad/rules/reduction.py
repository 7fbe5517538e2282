"""Mixing rules: sums, means, scans, differences, traces, and what is composed of them.

Decision: a parameter keeps NumPy's meaning; only axes are rewritten, to negative ones,
so that one body serves any number of leading axes.  `out` stands in the signatures
because NumPy takes it positionally; the engine handles it.  May import: numpy, .kinds,
dualad.errors.
"""

from dataclasses import replace
from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..errors import NoRuleError
from .kinds import Linear, composite, mixing

NoValue = np._NoValue

# ---------------------------------------------------------------- helpers, shared with composite.py


def as_array(x):
    """`x` itself if it has a shape, else (a list or number) an array, as NumPy would make it."""
    if hasattr(x, "shape"):
        return x
    if isinstance(x, (list, tuple)) and any(hasattr(v, "shape") for v in x):
        return np.stack([as_array(v) for v in x])
    return np.asarray(x)


def given(**options):
    """The options that were given, for passing on."""
    return {k: v for k, v in options.items() if v is not NoValue and v is not None}


def negative_axes(axis, ndim):
    """`axis` (None, number, tuple) as an increasing tuple of negative axes."""
    if not ndim and isinstance(axis, (int, np.integer)) and axis in (0, -1):
        return ()  # NumPy lets these through for numbers
    axes = range(ndim) if axis is None else normalize_axis_tuple(axis, ndim)
    return tuple(sorted(i - ndim for i in axes))


def negative_axis(axis, ndim):
    """One axis as a negative number (-1 for a rank-0 array, which scans treat as one element)."""
    return normalize_axis_index(axis, max(ndim, 1)) - max(ndim, 1)


def kept(shape, axes):
    """`shape` with the (negative) `axes` reduced to length 1."""
    full = list(shape)
    for i in axes:
        full[i] = 1
    return tuple(full)


def dropped(shape, axes):
    """`shape` without the (negative) `axes`."""
    return tuple(n for i, n in enumerate(shape) if i - len(shape) not in axes)


def repeated(g, shape):
    """np.broadcast_to for arrays of equal rank; for plain arrays without its 3 us of set-up."""
    if type(g) is not np.ndarray:
        return np.broadcast_to(g, shape)
    steps = tuple([0 if k == 1 else step for k, step in zip(g.shape, g.strides, strict=True)])
    return np.ndarray(shape, g.dtype, g, 0, steps) if g.flags.c_contiguous else np.broadcast_to(g, shape)


def along(axis, index):
    """Index expression that applies `index` to the negative `axis`."""
    return (Ellipsis, index) + (slice(None),) * (-axis - 1)


def zeros(x, shape):
    """Zeros of `x`'s dtype; carries derivatives where `x` does, so that it can be filled."""
    return np.zeros_like(x, shape=shape)


def cast(g, dtype):
    """Cotangent `g` in its operand's dtype (they differ only after ``dtype=``)."""
    return g if g.dtype == dtype else g.astype(dtype)


def float_dtype(name, dtype):
    """Refuse ``dtype=`` of integers: the result would be piecewise constant."""
    if dtype is not None and not np.issubdtype(dtype, np.floating):
        raise NoRuleError(
            f"{name} with dtype={np.dtype(dtype)} has no derivative rule: only real floating dtypes keep derivatives; "
            "leave dtype out"
        )


def flattened(a, axis):
    """`a` with the reduced axes moved to the end and joined: shape (*rest, n)."""
    a = as_array(a)
    axes = negative_axes(axis, a.ndim)
    rest = dropped(a.shape, axes)
    front = tuple(i for i in range(-a.ndim, 0) if i not in axes)
    if front + axes != tuple(range(-a.ndim, 0)):
        a = np.transpose(a, tuple(i + a.ndim for i in front + axes))
    return a.reshape((*rest, prod(a.shape[len(rest):])))


def restored(y, a, axis, keepdims):
    """Shape of a reduction of `a`: put reduced axes back as ones if `keepdims`."""
    if keepdims is NoValue or not keepdims:
        return y
    a = as_array(a)
    return y.reshape(kept(a.shape, negative_axes(axis, a.ndim)))


# ---------------------------------------------------------------- sum and mean


def _reduction(fn, a, axis, dtype, keepdims, where, scale=None):
    """Linear of a sum-like `fn`; `scale` (plain, kept-axes shape) divides the cotangent."""
    a = as_array(a)
    float_dtype(fn.__name__, dtype)
    shape, axes, source = tuple(a.shape), negative_axes(axis, a.ndim), a.dtype
    mask = None if where is NoValue or where is True else np.array(where, dtype=bool)  # ours: lists, and masks that change later
    options = given(dtype=dtype, keepdims=keepdims, where=NoValue if mask is None else mask)

    def apply(lead, x):
        return fn(x, axis=axes if lead else axis, **options)

    def transpose(lead, g):
        g = cast(g, source)
        g = g.reshape(g.shape[:lead] + kept(shape, axes))
        if scale is not None:
            g = g / scale
        g = repeated(g, g.shape[:lead] + shape)
        return (g if mask is None else np.where(mask, g, 0.0),)

    def scatter():
        grid = kept(shape, axes)
        target = np.broadcast_to(np.arange(prod(grid)).reshape(grid), shape)
        weight = np.broadcast_to((1.0 if mask is None else mask) / (1.0 if scale is None else scale), shape)
        return target, weight

    one = mask is None and len(axes) == len(shape) and shape and source == np.float64 and np.ndim(scale) == 0
    share = (1.0 if scale is None else float(scale), shape) if one and dtype is None else None
    return Linear((a,), apply, transpose, scatter=scatter, share=share)


def _with_initial(linear, initial, value):
    """`linear` plus a traced scalar operand `initial` that is added to every output entry."""
    def apply(lead, x, c):
        if not lead:
            return value(x, c)
        y = linear.apply(lead, x)
        return y + c.reshape(c.shape[:lead] + (1,) * (y.ndim - lead))

    def transpose(lead, g):
        return *linear.transpose(lead, g), np.sum(g, axis=tuple(range(lead - g.ndim, 0)))

    return Linear((*linear.operands, initial), apply, transpose, value)


@mixing(np.sum)
def _sum(a, axis=None, dtype=None, out=None, keepdims=NoValue, initial=NoValue, where=NoValue):
    linear = _reduction(np.sum, a, axis, dtype, keepdims, where)
    if initial is NoValue:
        return linear
    options = given(dtype=dtype, keepdims=keepdims, where=where)
    # a Python number must stay weak: not an operand
    if initial is None or isinstance(initial, (int, float, np.generic, np.ndarray)) and not hasattr(initial, "block"):
        return replace(linear, value=lambda x: np.sum(x, axis=axis, initial=initial, **options))
    return _with_initial(linear, initial, lambda x, c: np.sum(x, axis=axis, initial=c, **options))


@mixing((np.add, "reduce"))
def _add_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=NoValue, where=True):
    return _sum(array, axis, dtype, None, keepdims, initial, NoValue if where is True else where)


def mask_count(shape, axis, where):
    """Number of entries that take part in a reduction (plain, with kept axes)."""
    if where is NoValue or where is True:
        return prod(shape[i] for i in negative_axes(axis, len(shape)))
    return np.sum(np.broadcast_to(where, shape), axis=axis, keepdims=True)


@mixing(np.mean)
def _mean(a, axis=None, dtype=None, out=None, keepdims=NoValue, *, where=NoValue):
    a = as_array(a)
    if axis is not None and not a.ndim and (where is NoValue or where is True):
        np.mean(0.0, axis)  # an error of NumPy's, though sums let axis 0 through
    count = np.maximum(mask_count(a.shape, axis, where), 1)
    linear = _reduction(np.mean, a, axis, dtype, keepdims, where, np.asarray(count, a.dtype))
    if where is NoValue and (a.size or not prod(dropped(a.shape, negative_axes(axis, a.ndim)))):
        return linear
    # the mean of nothing is NaN, but it depends on nothing: slope zero in every mode
    total = _reduction(np.sum, a, axis, dtype, keepdims, where).apply
    shape = np.shape(total(0, np.zeros(a.shape)))
    count = np.asarray(np.broadcast_to(count, kept(a.shape, negative_axes(axis, a.ndim))), dtype or a.dtype).reshape(shape)
    options = given(dtype=dtype, keepdims=keepdims, where=where)
    return replace(linear, apply=lambda lead, x: total(lead, x) / count, value=lambda x: np.mean(x, axis=axis, **options))


@composite(np.nansum)
def _nansum(a, axis=None, dtype=None, out=None, keepdims=NoValue, initial=NoValue, where=NoValue):
    options = given(dtype=dtype, keepdims=keepdims, initial=initial, where=where)
    return np.sum(np.where(np.isnan(a), 0.0, a), axis=axis, **options)


@composite(np.nanmean)
def _nanmean(a, axis=None, dtype=None, out=None, keepdims=NoValue, *, where=NoValue):
    a = as_array(a)
    nan = np.isnan(a)
    there = ~nan if where is NoValue else ~nan & where
    count = np.maximum(np.sum(there, axis=axis, **given(keepdims=keepdims)), 1).astype(a.dtype)
    total = np.sum(np.where(nan, 0.0, a), axis=axis, **given(dtype=dtype, keepdims=keepdims, where=where))
    return total / count


@composite(np.average)
def _average(a, axis=None, weights=None, returned=False, *, keepdims=NoValue):
    a, keep = as_array(a), given(keepdims=keepdims)
    if weights is None:
        average = np.mean(a, axis=axis, **keep)
        total = np.full(average.shape, a.size / max(average.size, 1), a.dtype)
    else:
        w = _aligned_weights(a, axis, as_array(weights))
        total = np.sum(w, axis=axis, **keep)
        average = np.sum(a * w, axis=axis, **keep) / total
        total = np.broadcast_to(total, average.shape)
    return (average, total) if returned else average


def _aligned_weights(a, axis, w):
    """Weights along `axis` (in the order the axes were named) in the layout of `a`."""
    if tuple(w.shape) == tuple(a.shape):
        return w
    axes = normalize_axis_tuple(axis, a.ndim)
    w = np.transpose(w, tuple(int(i) for i in np.argsort(axes)))
    return w.reshape(tuple(n if i in axes else 1 for i, n in enumerate(a.shape)))


# ---------------------------------------------------------------- scans, differences


def _scan(fn, a, axis, dtype):
    """Linear of a running sum along one axis (None: of the flattened array)."""
    a = as_array(a)
    float_dtype(fn.__name__, dtype)
    shape = tuple(a.shape)
    flat = axis is None or not a.ndim
    ax = -1 if axis is None else negative_axis(axis, a.ndim)
    options = given(dtype=dtype)
    back, source = along(ax, slice(None, None, -1)), a.dtype

    def apply(lead, x):
        if flat:
            x = x.reshape((*x.shape[:lead], prod(shape)))
        return fn(x, axis=ax, **options)

    def transpose(lead, g):
        return (fn(cast(g, source)[back], axis=ax)[back].reshape(g.shape[:lead] + shape),)

    return Linear((a,), apply, transpose)


@mixing(np.cumsum)
def _cumsum(a, axis=None, dtype=None, out=None):
    return _scan(np.cumsum, a, axis, dtype)


def no_scalar(ufunc, array):
    """Numbers cannot be accumulated."""
    if not np.ndim(array):
        ufunc.accumulate(0.0)  # NumPy's own error


@mixing((np.add, "accumulate"))
def _add_accumulate(array, axis=0, dtype=None, out=None):
    no_scalar(np.add, array)
    return _scan(np.cumsum, array, axis, dtype)


@composite(np.nancumsum)
def _nancumsum(a, axis=None, dtype=None, out=None):
    return np.cumsum(np.where(np.isnan(a), 0.0, a), axis=axis, **given(dtype=dtype))


@composite(np.cumulative_sum)
def _cumulative_sum(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    x = as_array(x)
    ax = -1 if axis is None else negative_axis(axis, x.ndim)
    y = np.cumsum(x, axis=ax, **given(dtype=dtype))
    if not include_initial:
        return y
    return np.concatenate([zeros(y, kept(y.shape, (ax,))), y], axis=ax)


@mixing((np.add, "reduceat"))
def _add_reduceat(array, indices, axis=0, dtype=None, out=None):
    a, ix = as_array(array), np.array(indices, dtype=np.intp)
    float_dtype("add.reduceat", dtype)
    shape, ax = tuple(a.shape), negative_axis(axis, a.ndim)
    options, n, source = given(dtype=dtype), shape[ax], a.dtype
    ends = np.append(ix[1:], n)
    ends = np.where(ends > ix, ends, ix + 1)
    position = np.arange(n)
    inside = (position >= ix[:, None]) & (position < ends[:, None])  # (segments, n); segments may overlap

    def apply(lead, x):
        return np.add.reduceat(x, ix, axis=ax, **options)

    def transpose(lead, g):
        moved = np.swapaxes(cast(g, source), ax, -1)
        if ix.size and inside.sum(0).max() <= 1:
            moved = np.where(inside.any(0), moved[..., inside.argmax(0)], 0.0)
        else:
            moved = np.matmul(moved[..., None, :], inside.astype(source))[..., 0, :]
        return (np.swapaxes(moved, ax, -1),)

    return Linear((a,), apply, transpose)


@mixing(np.diff)
def _diff(a, n=1, axis=-1, prepend=NoValue, append=NoValue):
    a = as_array(a)
    if n == 0:
        return a[...] if a.ndim else a  # NumPy gives its argument
    if n < 0 or not a.ndim:
        np.diff(np.zeros(a.shape), n)  # NumPy's own error
    ax = negative_axis(axis, a.ndim)
    if prepend is not NoValue or append is not NoValue:
        a = _extended(a, ax, prepend, append)
    shape = tuple(a.shape)

    def apply(lead, x):
        return np.diff(x, n=n, axis=ax)

    def transpose(lead, g):
        front = g.shape[:lead]
        if shape[ax] <= n:
            return (zeros(g, front + shape),)
        pad = list(front + shape)
        pad[ax] = n
        pad = zeros(g, tuple(pad))
        return ((-1.0) ** n * np.diff(np.concatenate([pad, g, pad], axis=ax), n=n, axis=ax),)

    return Linear((a,), apply, transpose)


def _extended(a, ax, prepend, append):
    """`a` with `prepend` and `append` (scalars are repeated) joined along `ax`."""
    def whole(x):
        x = as_array(x)
        return x if x.ndim else np.broadcast_to(x, kept(a.shape, (ax,)))

    return np.concatenate([x if x is a else whole(x) for x in (prepend, a, append) if x is not NoValue], axis=ax)


@composite(np.ediff1d)
def _ediff1d(ary, to_end=None, to_begin=None):
    ary = as_array(ary)
    middle = np.diff(ary.reshape((ary.size,)))
    parts = [as_array(x) for x in (to_begin, middle, to_end) if x is not None]
    return np.concatenate([x.reshape((x.size,)) for x in parts]) if len(parts) > 1 else middle


@mixing(np.trace)
def _trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None):
    a = as_array(a)
    float_dtype("trace", dtype)
    if a.ndim < 2:
        np.trace(np.zeros(a.shape))  # NumPy's own error
    ax1, ax2 = negative_axis(axis1, a.ndim), negative_axis(axis2, a.ndim)
    shape, options, source = tuple(a.shape), given(dtype=dtype), a.dtype
    i = np.arange(max(0, min(shape[ax1] + min(offset, 0), shape[ax2] - max(offset, 0))))
    rest = dropped(shape, (ax1, ax2))

    def apply(lead, x):
        return np.trace(x, offset, ax1, ax2, **options)

    def transpose(lead, g):
        g = cast(g, source)
        z = zeros(g, g.shape[:lead] + rest + (shape[ax1], shape[ax2]))
        z[..., i - min(offset, 0), i + max(offset, 0)] = g.reshape((*g.shape, 1))
        return (np.moveaxis(z, (-2, -1), (ax1, ax2)),)

    return Linear((a,), apply, transpose)


@composite(np.linalg.trace)
def _linalg_trace(x, /, *, offset=0, dtype=None):
    return np.trace(x, offset, -2, -1, **given(dtype=dtype))


# ---------------------------------------------------------------- subtract: first minus the rest


@composite((np.subtract, "reduce"))
def _subtract_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=NoValue, where=True):
    if initial is not NoValue and initial is not None:
        y = initial - np.sum(flattened(array, axis), axis=-1, **given(where=_flat_mask(array, axis, where)))
    else:
        x = flattened(array, axis)
        y = x[..., 0] - np.sum(x[..., 1:], axis=-1) if x.shape[-1] else zeros(x, x.shape[:-1])
    return restored(y, array, axis, keepdims)


def _flat_mask(array, axis, where):
    """A where-mask in the layout of `flattened`."""
    return None if where is True or where is NoValue else flattened(np.broadcast_to(where, array.shape), axis)


@composite((np.subtract, "accumulate"))
def _subtract_accumulate(array, axis=0, dtype=None, out=None):
    array = as_array(array)
    no_scalar(np.subtract, array)
    ax = negative_axis(axis, array.ndim)
    return 2.0 * array[along(ax, slice(0, 1))] - np.cumsum(array, axis=ax)


# ---------------------------------------------------------------- integrals, slopes, phases


@composite(np.trapezoid)
def _trapezoid(y, x=None, dx=1.0, axis=-1):
    y = as_array(y)
    ax = negative_axis(axis, y.ndim)
    step = dx
    if x is not None:
        x = as_array(x)
        step = np.diff(x) if x.ndim == 1 else np.diff(x, axis=axis)
        if x.ndim == 1:
            step = step.reshape((step.shape[0],) + (1,) * (-ax - 1))
    mean = (y[along(ax, slice(1, None))] + y[along(ax, slice(None, -1))]) / 2.0
    return np.sum(step * mean, axis=axis)


@composite(np.gradient)
def _gradient(f, *varargs, axis=None, edge_order=1):
    f = as_array(f)
    axes = tuple(range(f.ndim)) if axis is None else normalize_axis_tuple(axis, f.ndim)
    steps = [as_array(v) for v in varargs] or [np.asarray(1.0, f.dtype)]
    if len(steps) == 1 and not steps[0].ndim:
        steps = steps * len(axes)
    if len(steps) != len(axes):
        np.gradient(np.zeros(f.shape), *[1.0] * len(steps), axis=axis)  # NumPy's own error
    outs = []
    for ax, h in zip(axes, steps, strict=True):
        if not h.ndim:  # equal steps: one number is broadcast
            h = np.broadcast_to(h, (f.shape[ax] - 1,))
        else:
            h = np.diff(h)
        outs.append(_slope(f, h, ax - f.ndim, edge_order))
    return outs[0] if len(outs) == 1 else tuple(outs)


def _slope(f, h, ax, edge_order):
    """Second-order differences of `f` along `ax` with the steps `h` between points."""
    def at(index):
        return f[along(ax, index)]

    h = h.reshape((h.shape[0],) + (1,) * (-ax - 1))
    row = (Ellipsis,) + (slice(None),) * (-ax - 1)

    def step(i):
        return h[(slice(i, i + 1 or None), *row[1:])]

    if edge_order == 1:
        first = (at(slice(1, 2)) - at(slice(0, 1))) / step(0)
        last = (at(slice(-1, None)) - at(slice(-2, -1))) / step(-1)
    else:
        p, q = step(0), step(1)
        first = ((p + q) / (p * q) * at(slice(1, 2)) - (2.0 * p + q) / (p * (p + q)) * at(slice(0, 1))
                 - p / (q * (p + q)) * at(slice(2, 3)))
        p, q = step(-2), step(-1)
        last = (q / (p * (p + q)) * at(slice(-3, -2)) - (q + p) / (p * q) * at(slice(-2, -1))
                + (2.0 * q + p) / (q * (p + q)) * at(slice(-1, None)))
    p, q = h[:-1], h[1:]
    middle = (p / (q * (p + q)) * at(slice(2, None)) + (q - p) / (p * q) * at(slice(1, -1))
              - q / (p * (p + q)) * at(slice(None, -2)))
    return np.concatenate([first, middle, last], axis=ax)


@composite(np.unwrap)
def _unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    p = as_array(p)
    ax = negative_axis(axis, p.ndim)
    step, half = np.diff(p, axis=ax), period / 2
    turns = np.floor((step + half) / period)  # plain integers: piecewise constant
    turns = turns - ((step - turns * period == -half) & (step > 0))
    turns = np.where(np.abs(step) < (half if discont is None else discont), 0.0, turns)
    turns = np.cumsum(turns, axis=ax)
    turns = np.concatenate([np.zeros(kept(p.shape, (ax,))), turns], axis=ax).astype(p.dtype)
    return p - turns * period
