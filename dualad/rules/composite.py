"""Composite rules: products, variances, norms, and functions with several outputs.

Decision: associative reductions are trees and their accumulations scans of the ufunc itself,
so zeros and infinities need no special case and derivatives of any order are exact; a square
root that may meet zero is cut there (slope 0), by a mask on its argument.
May import: numpy, .kinds, .reduction.
"""

import numpy as np

from .kinds import composite, refused
from .reduction import (
    NoValue,
    along,
    as_array,
    dropped,
    flattened,
    float_dtype,
    given,
    kept,
    mask_count,
    negative_axes,
    negative_axis,
    no_scalar,
    restored,
    zeros,
)

# ---------------------------------------------------------------- trees and scans of an associative ufunc


def tree(fn, x):
    """Reduce the last axis of `x` by pairing neighbours: log2(n) calls of `fn`."""
    n = x.shape[-1]
    if not n:
        return zeros(x, x.shape[:-1]) + np.asarray(fn.identity, x.dtype)
    while n > 1:
        y = fn(x[..., 0:n - 1:2], x[..., 1:n:2])
        x = np.concatenate([y, x[..., n - 1:]], axis=-1) if n % 2 else y
        n = x.shape[-1]
    return x[..., 0]


def scan(fn, x, axis):
    """Accumulate along the negative `axis` by doubling: log2(n) calls of `fn`."""
    n, d = x.shape[axis], 1
    while d < n:
        tail = fn(x[along(axis, slice(None, n - d))], x[along(axis, slice(d, None))])
        x = np.concatenate([x[along(axis, slice(None, d))], tail], axis=axis)
        d *= 2
    return x


def reduction(fn, a, axis, dtype, keepdims, initial, where):
    """``fn.reduce`` of an associative `fn` that has an identity."""
    a = as_array(a)
    float_dtype(f"{fn.__name__}.reduce", dtype)
    if dtype is not None:
        a = a.astype(dtype)
    if where is not NoValue and where is not True:
        a = np.where(where, a, np.asarray(fn.identity, a.dtype))
    y = tree(fn, flattened(a, axis))
    if initial is not NoValue and initial is not None:
        y = fn(y, initial)
    return restored(y, a, axis, keepdims)


def accumulation(fn, a, axis, dtype=None):
    """``fn.accumulate`` of an associative `fn`; `axis` None flattens."""
    a = as_array(a)
    float_dtype(f"{fn.__name__}.accumulate", dtype)
    if dtype is not None:
        a = a.astype(dtype)
    if axis is None or not a.ndim:
        a, axis = a.reshape((a.size,)), -1
    return scan(fn, a, negative_axis(axis, a.ndim))


def _declare_methods(fn):
    @composite((fn, "reduce"))
    def reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=NoValue, where=True):
        return reduction(fn, array, axis, dtype, keepdims, initial, where)

    @composite((fn, "accumulate"))
    def accumulate(array, axis=0, dtype=None, out=None):
        no_scalar(fn, array)
        return accumulation(fn, array, axis, dtype)


for _fn in (np.multiply, np.logaddexp, np.logaddexp2):
    _declare_methods(_fn)


@composite(np.prod)
def _prod(a, axis=None, dtype=None, out=None, keepdims=NoValue, initial=NoValue, where=NoValue):
    return reduction(np.multiply, a, axis, dtype, keepdims, initial, where)


@composite(np.nanprod)
def _nanprod(a, axis=None, dtype=None, out=None, keepdims=NoValue, initial=NoValue, where=NoValue):
    return reduction(np.multiply, np.where(np.isnan(a), 1.0, a), axis, dtype, keepdims, initial, where)


@composite(np.cumprod)
def _cumprod(a, axis=None, dtype=None, out=None):
    return accumulation(np.multiply, a, axis, dtype)


@composite(np.nancumprod)
def _nancumprod(a, axis=None, dtype=None, out=None):
    return accumulation(np.multiply, np.where(np.isnan(a), 1.0, a), axis, dtype)


@composite(np.cumulative_prod)
def _cumulative_prod(x, /, *, axis=None, dtype=None, out=None, include_initial=False):
    y = accumulation(np.multiply, x, axis, dtype)
    if not include_initial:
        return y
    ax = -1 if axis is None else negative_axis(axis, y.ndim)
    return np.concatenate([zeros(y, kept(y.shape, (ax,))) + 1.0, y], axis=ax)


@composite((np.multiply, "reduceat"))
def _multiply_reduceat(array, indices, axis=0, dtype=None, out=None):
    array = as_array(array)
    float_dtype("multiply.reduceat", dtype)
    ax, ix = negative_axis(axis, array.ndim), [int(i) for i in np.asarray(indices)]
    ends = [j if j > i else i + 1 for i, j in zip(ix, [*ix[1:], array.shape[ax]], strict=True)]
    return np.stack([np.prod(array[along(ax, slice(i, j))], axis=ax) for i, j in zip(ix, ends, strict=True)], axis=ax)


@composite((np.divide, "reduce"))
def _divide_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=NoValue, where=True):
    a = as_array(array)
    if where is not True and where is not NoValue:
        a = np.where(where, a, np.asarray(1.0, a.dtype))
    x = flattened(a, axis)
    if not x.shape[-1] and (initial is NoValue or initial is None):
        np.divide.reduce(np.zeros(0))  # NumPy's own error
    if initial is not NoValue and initial is not None:
        y = initial / tree(np.multiply, x)
    else:
        y = x[..., 0] / tree(np.multiply, x[..., 1:])
    return restored(y, array, axis, keepdims)


@composite((np.divide, "accumulate"))
def _divide_accumulate(array, axis=0, dtype=None, out=None):
    x = as_array(array)
    no_scalar(np.divide, x)
    ax = negative_axis(axis, x.ndim)
    first, rest = x[along(ax, slice(0, 1))], x[along(ax, slice(1, None))]
    return np.concatenate([first, first / scan(np.multiply, rest, ax)], axis=ax)


refused("powers are not associative: write the loop out",
        (np.power, "reduce"), (np.power, "accumulate"), (np.power, "reduceat"),
        (np.float_power, "reduce"), (np.float_power, "accumulate"), (np.float_power, "reduceat"))


# ---------------------------------------------------------------- variance


@composite(np.var)
def _var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=NoValue, *, where=NoValue, mean=NoValue,
         correction=NoValue):
    a = as_array(a)
    float_dtype("var", dtype)
    a = a if dtype is None else a.astype(dtype)
    masked = given(where=where)
    count = mask_count(a.shape, axis, where)
    if mean is NoValue:  # not np.mean: it warns of what np.var warns of itself
        mean = np.sum(a, axis=axis, keepdims=True, **masked) / np.asarray(np.maximum(count, 1), a.dtype)
    d = a - mean
    total = np.sum(d * d, axis=axis, keepdims=True, **masked)
    freedom = np.maximum(count - (ddof if correction is NoValue else correction), 0)
    with np.errstate(all="ignore"):
        y = total / np.asarray(freedom, total.dtype)
    return y if keepdims is not NoValue and keepdims else y.reshape(dropped(a.shape, negative_axes(axis, a.ndim)))


def safe_sqrt(v, zero):
    """Square root that is constant 0 (slope 0) where `zero`, and where `v` itself is 0."""
    zero = zero | (v == 0)
    return np.where(zero, np.asarray(0.0, v.dtype), np.sqrt(np.where(zero, np.asarray(1.0, v.dtype), v)))


def _constant(a, axis, keepdims, where):
    """Where all entries that take part are equal: rounding makes their variance 1e-34, not 0."""
    x = flattened(a, axis)
    if where is NoValue or where is True:
        same = np.all(x == x[..., :1], axis=-1)
    else:
        mask = flattened(np.broadcast_to(where, a.shape), axis)
        first = mask.argmax(-1)[..., None] if mask.shape[-1] else np.zeros(mask.shape, int)
        same = np.all((x == np.take_along_axis(x, first, -1)) | ~mask, axis=-1)
    return restored(same, a, axis, keepdims)


@composite(np.std)
def _std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=NoValue, *, where=NoValue, mean=NoValue,
         correction=NoValue):
    a = as_array(a)
    options = given(dtype=dtype, keepdims=keepdims, where=where, mean=mean, correction=correction)
    same = _constant(a, axis, keepdims, where) if mean is NoValue else False
    return safe_sqrt(_var(a, axis=axis, ddof=ddof, **options), same)


def _without_nan(fn, a, axis, ddof, where, options):
    nan = np.isnan(a)
    there = ~nan if where is NoValue else ~nan & where
    return fn(np.where(nan, 0.0, a), axis=axis, ddof=ddof, where=there, **options)


@composite(np.nanvar)
def _nanvar(a, axis=None, dtype=None, out=None, ddof=0, keepdims=NoValue, *, where=NoValue, mean=NoValue,
            correction=NoValue):
    options = given(dtype=dtype, keepdims=keepdims, mean=mean, correction=correction)
    return _without_nan(_var, as_array(a), axis, ddof, where, options)


@composite(np.nanstd)
def _nanstd(a, axis=None, dtype=None, out=None, ddof=0, keepdims=NoValue, *, where=NoValue, mean=NoValue,
            correction=NoValue):
    options = given(dtype=dtype, keepdims=keepdims, mean=mean, correction=correction)
    return _without_nan(_std, as_array(a), axis, ddof, where, options)


# ---------------------------------------------------------------- norms


def _exponents(x):
    """Plain binary exponent of the largest finite entry of the last axis, kept; 0 if all are ordinary.

    Ordinary: neither the squares nor the second derivatives of the entries leave the range.
    """
    info = np.finfo(x.dtype)
    limit = 2.0 ** (info.maxexp * 3 // 8)
    huge, tiny = (x > limit) | (x < -limit), (x < 1 / limit) & (x > -1 / limit)
    if not x.shape[-1] or not (huge.any() or tiny.all(-1).any()):
        return None
    e = np.floor(np.log2(np.where(x == 0, np.asarray(info.smallest_subnormal, x.dtype), np.abs(x))))
    e = np.max(e, axis=-1, keepdims=True)
    e = np.where(np.isfinite(e), e, 0.0)
    return np.where(huge.any(-1, keepdims=True) | tiny.all(-1, keepdims=True), e, 0.0)


def euclidean(x):
    """2-norm along the last axis; slope 0 at 0; safe for entries as large and small as the dtype allows."""
    e = _exponents(x)
    if e is None:
        return safe_sqrt(np.sum(x * x, axis=-1), False)
    # x*x / 2**(2k), with one factor scaled: first and second derivatives stay in range to about 1e200.
    k = np.floor(e / 2)
    k = np.where(np.abs(k) < np.finfo(x.dtype).maxexp // 2, k, np.sign(k) * (np.finfo(x.dtype).maxexp // 2 - 1))
    q = np.sum(x * (x * np.exp2(-2 * k).astype(x.dtype)), axis=-1)
    return safe_sqrt(q, False) * np.exp2(k[..., 0]).astype(x.dtype)


def _vector(x, order):
    """Vector norm of any order along the last axis."""
    if order is None or order == 2:
        return euclidean(x)
    if order == np.inf:
        return _largest(np.abs(x))
    if order == -np.inf:
        return np.min(np.abs(x), axis=-1)
    if order == 0:
        return np.sum(x != 0, axis=-1).astype(x.dtype)
    if order == 1:
        return np.sum(np.abs(x), axis=-1)
    e = _exponents(x)
    if e is not None:
        x = x * np.exp2(-e / 2).astype(x.dtype) * np.exp2(-e / 2).astype(x.dtype)
    q = np.sum(np.abs(x) ** order, axis=-1)
    zero = q == 0
    y = np.where(zero, np.asarray(0.0, x.dtype), np.where(zero, np.asarray(1.0, x.dtype), q) ** (1 / order))
    return y if e is None else y * np.exp2(e[..., 0] / 2).astype(x.dtype) * np.exp2(e[..., 0] / 2).astype(x.dtype)


def _largest(x):
    """Maximum along the last axis; of nothing it is 0, where NumPy (2.4 and later) does not refuse it."""
    return np.max(x, axis=-1) if x.shape[-1] else zeros(x, x.shape[:-1])


def _matrix(x, order):
    """Matrix norm over the last two axes."""
    if order is None or order in ("fro", "f"):
        return euclidean(x.reshape((*x.shape[:-2], x.shape[-2] * x.shape[-1])))
    if order in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=-2 if abs(order) == 1 else -1)
        return _largest(sums) if order > 0 else np.min(sums, axis=-1)
    if order not in (2, -2, "nuc"):
        np.linalg.norm(np.ones((1, 1)), order)  # NumPy's own error
    s = np.linalg.svdvals(x)
    return np.sum(s, axis=-1) if order == "nuc" else _largest(s) if order == 2 else np.min(s, axis=-1)


@composite(np.linalg.norm)
def _norm(x, ord=None, axis=None, keepdims=False):
    x = as_array(x)
    whole = axis is None and (ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1))
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if whole or len(axes) == 1:
        y = _vector(flattened(x, axes), None if whole else ord)
    else:
        y = _matrix(np.moveaxis(x, axes, (-2, -1)), ord)
    return restored(y, x, axes, keepdims)


@composite(np.linalg.vector_norm)
def _vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    return restored(_vector(flattened(x, axis), ord), x, axis, keepdims)


@composite(np.linalg.matrix_norm)
def _matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


@composite((np.hypot, "reduce"))
def _hypot_reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial=NoValue, where=True):
    # Not a tree: hypot(0, 0) has slope 0, so a pair of zeros inside would lose its curvature.
    a = as_array(array)
    if where is not True and where is not NoValue:
        a = np.where(where, a, np.asarray(0.0, a.dtype))
    x = flattened(a, axis)
    if initial is not NoValue and initial is not None:
        x = np.concatenate([x, np.broadcast_to(as_array(initial), kept(x.shape, (-1,)))], axis=-1)
    return restored(euclidean(x), a, axis, keepdims)


@composite((np.hypot, "accumulate"))
def _hypot_accumulate(array, axis=0, dtype=None, out=None):
    a = as_array(array)
    no_scalar(np.hypot, a)
    ax = negative_axis(axis, a.ndim)
    x = np.moveaxis(a, ax, -1)
    parts = [euclidean(x[..., :i + 1]) if i else x[..., 0] for i in range(x.shape[-1])]  # the first keeps its sign
    return np.stack(parts, axis=ax) if parts else a


# ---------------------------------------------------------------- several outputs


@composite(np.divmod)
def _divmod(x1, x2, /, out=None):
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@composite(np.modf)
def _modf(x, /, out=None):
    whole = np.trunc(x)
    return x - np.where(np.isfinite(whole), whole, np.asarray(0.0, x.dtype)), whole


@composite(np.frexp)
def _frexp(x, /, out=None):
    usual = np.isfinite(x) & (x != 0)
    size = np.where(usual, np.abs(x), 1.0)
    e = np.where(usual, np.floor(np.log2(size)) + 1, 0.0)  # plain; the logarithm may round up or down
    half = np.floor(e / 2)

    def scaled(v):
        return v * np.exp2(-half).astype(x.dtype) * np.exp2(half - e).astype(x.dtype)

    m = scaled(size)
    e = e + np.where(usual & (m >= 1), 1, 0) - np.where(usual & (m < 0.5), 1, 0)
    half = np.floor(e / 2)
    return scaled(x), e.astype(np.int32)


# ---------------------------------------------------------------- covariance


@composite(np.cov)
def _cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    float_dtype("cov", dtype)
    x = _variables(m, rowvar)
    if y is not None:
        # one row of observations is not turned, as in NumPy
        x = np.concatenate([x, _variables(y, rowvar or np.ndim(y) > 1 and np.shape(y)[0] == 1)], axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    n = x.shape[1]
    if fweights is None and aweights is None:
        d = x - np.mean(x, axis=1, keepdims=True)
        c, factor = np.matmul(d, d.T), n - ddof
    else:
        f = np.ones(n) if fweights is None else as_array(fweights)
        w = f if aweights is None else f * as_array(aweights)
        total = np.sum(w)
        d = x - np.sum(x * w, axis=1, keepdims=True) / total
        c = np.matmul(d, (d * w).T)
        factor = total - ddof * (1.0 if aweights is None else np.sum(w * as_array(aweights)) / total)
    return c.reshape(tuple(k for k in c.shape if k != 1)) * (1.0 / factor if factor > 0 else np.inf)


def _variables(m, rowvar):
    """Rows are variables, columns observations."""
    m = as_array(m)
    if m.ndim < 2:
        return m.reshape((1, m.size))
    return m if rowvar else m.T


@composite(np.corrcoef)
def _corrcoef(x, y=None, rowvar=True, *, dtype=None):
    c = np.cov(x, y, rowvar, **given(dtype=dtype))
    if not c.ndim:
        return c / c
    i = np.arange(c.shape[0])
    s = np.sqrt(c[i, i])
    return c / s[:, None] / s[None, :]
