"""Products of arrays: three bilinear primitives, and everything else composed of them.

Decision: `tensordot`, `dot`, `inner`, `vdot` (and `matmul` with an unbatched right factor)
are one matrix product of reshaped operands, `matmul` with batches is the second primitive,
`convolve` the third.  `kron`, `outer`, `cross`, ... are bodies of these: their
value is NumPy's own anyway, and no transpose has to be written for them.
May import: numpy, .kinds, .reduction (helpers), .strong, dualad.errors.
"""

from functools import lru_cache, reduce
from math import prod

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..errors import NoRuleError
from .kinds import Contraction, bilinear, composite
from .reduction import as_array, cast, zeros
from .strong import strong

# ---------------------------------------------------------------- broadcasting of batch axes


def unbroadcast(g, shape, lead):
    """Sum `g` over the axes that broadcasting added to `shape` behind `lead` leading axes."""
    extra = g.ndim - lead - len(shape)
    if extra:
        g = np.sum(g, axis=tuple(range(lead, lead + extra)))
    ones = tuple(i for i in range(-len(shape), 0) if shape[i] == 1 and g.shape[i] != 1)
    return np.sum(g, axis=ones, keepdims=True) if ones else g


def _aligned(x, lead, ndim):
    """Insert axes of length 1 behind `lead` so that the rest has `ndim` axes."""
    missing = lead + ndim - x.ndim
    return x.reshape(x.shape[:lead] + (1,) * missing + x.shape[lead:]) if missing else x


def _t(x):
    return np.swapaxes(x, -1, -2)


# ---------------------------------------------------------------- one matrix product of reshaped operands


def _matrices(a, b, la, lb):
    """Product of (la?, M, K) and (lb?, K, N): one BLAS call wherever a leading axis can be folded in."""
    if la and not lb:
        n, m, k = a.shape
        return np.matmul(a.reshape((n * m, k)), b).reshape((n, m, b.shape[1]))
    if lb and not la and b.shape[-1] == 1:
        return np.matmul(b.reshape(b.shape[:2]), a.T).reshape((b.shape[0], a.shape[0], 1))
    return np.matmul(a, b)


class _Layout:
    """How an operand of given shape becomes a matrix: its axes in a new order, split in two groups."""

    def __init__(self, shape, rows, columns):
        self.shape, self.order = tuple(shape), tuple(rows) + tuple(columns)
        self.sorted = self.order == tuple(range(len(self.order)))
        self.inverse = tuple(sorted(range(len(self.order)), key=self.order.__getitem__))
        self.mid = tuple(self.shape[i] for i in self.order)
        self.matrix = (prod(self.shape[i] for i in rows), prod(self.shape[i] for i in columns))

    def into(self, x, lead):
        if not self.sorted:
            x = np.transpose(x, tuple(range(lead)) + tuple(lead + i for i in self.order))
        return x.reshape(x.shape[:lead] + self.matrix)

    def back(self, x, lead):
        x = x.reshape(x.shape[:lead] + self.mid)
        if self.sorted:
            return x
        return np.transpose(x, tuple(range(lead)) + tuple(lead + i for i in self.inverse))


def _matrix_vector(a, b, value):
    """(M, K) times (K,): the commonest product, without reshaping."""
    def apply(la, lb, a, b):
        if la and lb:
            return np.matmul(a, b[..., None])[..., 0]
        # never `value` beside a leading axis: tensordot counts its axes from the front
        return np.matmul(b, _t(a)) if lb else np.matmul(a, b) if la else value(a, b)

    def first(lg, lb, g, b):
        return g[..., :, None] * b[..., None, :]

    def second(lg, la, g, a):
        return np.matmul(g[..., None, :], a)[..., 0, :] if lg and la else np.matmul(g, a)

    return cast_back(a, b, apply, first, second, value, (None, lambda a: a), "matrix vector")


def _matrix_matrix(a, b, value):
    """(M, K) times (K, N), without reshaping."""
    def apply(la, lb, a, b):
        return _matrices(a, b, la, lb) if la or lb else value(a, b)

    def first(lg, lb, g, b):
        return _matrices(g, _t(b), lg, lb)

    def second(lg, la, g, a):
        return _matrices(_t(a), g, la, lg)

    return cast_back(a, b, apply, first, second, value)


def _tensor(a, b, ca, cb, value):
    """Contraction of the axes `ca` of `a` with `cb` of `b`; the other axes of a, then of b, remain."""
    if a.ndim == 2 and b.ndim in (1, 2) and ca == (1,) and cb == (0,):
        return _matrix_vector(a, b, value) if b.ndim == 1 else _matrix_matrix(a, b, value)
    fa = tuple(i for i in range(a.ndim) if i not in ca)
    fb = tuple(i for i in range(b.ndim) if i not in cb)
    left, right = _Layout(a.shape, fa, ca), _Layout(b.shape, cb, fb)
    form = "vectors" if a.ndim == b.ndim == 1 and ca == cb == (0,) else ""
    out = tuple(a.shape[i] for i in fa) + tuple(b.shape[i] for i in fb)
    m, n = left.matrix[0], right.matrix[1]

    def apply(la, lb, a, b):
        y = _matrices(left.into(a, la), right.into(b, lb), la, lb)
        return y.reshape(y.shape[:1] + out)

    def first(lg, lb, g, b):
        g = g.reshape((*g.shape[:lg], m, n))
        return left.back(_matrices(g, _t(right.into(b, lb)), lg, lb), max(lg, lb))

    def second(lg, la, g, a):
        g = g.reshape((*g.shape[:lg], m, n))
        return right.back(_matrices(_t(left.into(a, la)), g, la, lg), max(lg, la))

    matrices = (lambda b: right.into(b, 0).T if m == 1 and left.sorted else None,
                lambda a: left.into(a, 0) if n == 1 and right.sorted else None)
    return cast_back(a, b, apply, first, second, value, matrices, form)


def cast_back(a, b, apply, first, second, value, matrices=(None, None), form=""):
    """Contraction with strong zeros, whose cotangents have the operands' dtypes (they may differ from each other)."""
    left, right = a.dtype, b.dtype

    def tangents(la, lb, p, q):
        if la:
            return strong(lambda p, q: apply(la, lb, p, q), p, q, both=bool(lb))
        return strong(lambda q, p: apply(la, lb, p, q), q, p) if lb else value(p, q)

    def to_a(lg, lb, g, x):
        return cast(strong(lambda g, x: first(lg, lb, g, x), g, x), left)

    def to_b(lg, la, g, x):
        return cast(strong(lambda g, x: second(lg, la, g, x), g, x), right)

    return Contraction((a, b), tangents, (to_a, to_b), value, matrices, form)


@bilinear(np.dot)
def _dot(a, b, out=None):
    a, b = as_array(a), as_array(b)
    if not (a.ndim and b.ndim):
        return _tensor(a, b, (), (), np.dot)
    return _tensor(a, b, (a.ndim - 1,), (max(b.ndim - 2, 0),), np.dot)


@bilinear(np.inner)
def _inner(a, b, /):
    a, b = as_array(a), as_array(b)
    if not (a.ndim and b.ndim):
        return _tensor(a, b, (), (), np.inner)
    return _tensor(a, b, (a.ndim - 1,), (b.ndim - 1,), np.inner)


@bilinear(np.vdot)
def _vdot(a, b, /):
    a, b = as_array(a), as_array(b)
    return _tensor(a.reshape((a.size,)), b.reshape((b.size,)), (0,), (0,), np.vdot)


@bilinear(np.tensordot)
def _tensordot(a, b, axes=2):
    a, b = as_array(a), as_array(b)
    if np.ndim(axes) == 0 and not isinstance(axes, (list, tuple)):
        axes = (range(a.ndim - axes, a.ndim), range(axes))
    ca, cb = ((x,) if np.ndim(x) == 0 else tuple(x) for x in axes)
    ca, cb = normalize_axis_tuple(ca, a.ndim), normalize_axis_tuple(cb, b.ndim)
    return _tensor(a, b, ca, cb, lambda a, b: np.tensordot(a, b, axes=(ca, cb)))


# ---------------------------------------------------------------- matmul


def _no_options(name, options):
    if any(v is not None for v in options.values()):
        raise NoRuleError(f"{name} with {', '.join(sorted(options))} has no derivative rule: "
                          "move the axes or cast before the call")


@bilinear(np.matmul)
def _matmul(x1, x2, /, out=None, **options):
    _no_options("matmul", options)
    a, b = as_array(x1), as_array(x2)
    if not (a.ndim and b.ndim):
        np.matmul(np.zeros(a.shape), np.zeros(b.shape))  # NumPy's own error
    if b.ndim <= 2:
        return _tensor(a, b, (a.ndim - 1,), (0,), np.matmul)
    return _batched(a, b)


def _batched(a, b):
    """matmul with batch axes on the right factor."""
    row, whole = a.ndim == 1, tuple(a.shape)
    sa, sb = ((1,) if row else ()) + tuple(a.shape), tuple(b.shape)
    nd = max(len(sa), len(sb))
    batch = np.broadcast_shapes(sa[:-2], sb[:-2])
    core = (*batch, sa[-2], sb[-1])

    def left(x, lead):
        return _aligned(x.reshape(x.shape[:lead] + sa), lead, nd)

    def right(x, lead):
        return _aligned(x, lead, nd)

    def apply(la, lb, a, b):
        y = np.matmul(left(a, la), right(b, lb))
        return y.reshape(y.shape[:-2] + y.shape[-1:]) if row else y

    def first(lg, lb, g, b):
        g = g.reshape(g.shape[:lg] + core)
        lead = max(lg, lb)
        y = unbroadcast(np.matmul(g, _t(right(b, lb))), sa, lead)
        return y.reshape(y.shape[:lead] + whole)

    def second(lg, la, g, a):
        g = g.reshape(g.shape[:lg] + core)
        return unbroadcast(np.matmul(_t(left(a, la)), g), sb, max(lg, la))

    return cast_back(a, b, apply, first, second, np.matmul)


@composite(np.vecdot)
def _vecdot(x1, x2, /, out=None, *, axis=-1, keepdims=False, **options):
    _no_options("vecdot", options)
    a, b = as_array(x1), as_array(x2)
    if axis != -1:
        a, b = np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)
    y = np.matmul(a[..., None, :], b[..., :, None])[..., 0, 0]
    return np.expand_dims(y, axis) if keepdims else y


@composite(np.matvec)
def _matvec(x1, x2, /, out=None, **options):
    _no_options("matvec", options)
    return np.matmul(x1, as_array(x2)[..., :, None])[..., 0]


@composite(np.vecmat)
def _vecmat(x1, x2, /, out=None, **options):
    _no_options("vecmat", options)
    return np.matmul(as_array(x1)[..., None, :], x2)[..., 0, :]


# ---------------------------------------------------------------- convolution


def _rows(fn, x, z, lx, lz):
    """`fn` of 1-D operands, row by row where they carry a leading axis."""
    if not (lx or lz):
        return fn(x, z)
    n = x.shape[0] if lx else z.shape[0]
    return np.stack([fn(x[i] if lx else x, z[i] if lz else z) for i in range(n)])


@bilinear(np.convolve)
def _convolve(a, v, mode="full"):
    a, v = (x if x.ndim else x.reshape((1,)) for x in (as_array(a), as_array(v)))
    na, nv = a.shape[0], v.shape[0]
    start, length = _window(na, nv, mode)
    full = na + nv - 1

    def widened(g, lead):
        """Cotangent of the full convolution."""
        if length == full:
            return g
        front = g.shape[:lead]
        return np.concatenate([zeros(g, (*front, start)), g, zeros(g, (*front, full - start - length))], axis=-1)

    def valid(g, x):
        return np.convolve(g, x[::-1], "valid")

    def value(a, v):
        return np.convolve(a, v, mode)

    def apply(la, lv, a, v):
        return _rows(value, a, v, la, lv)

    def transpose(lg, lx, g, x):
        return _rows(valid, widened(g, lg), x, lg, lx)

    return cast_back(a, v, apply, transpose, transpose, value)


def _window(na, nv, mode):
    """Start and length of `mode`'s part of a full convolution (numpy/_core: _pyarray_correlate)."""
    short = min(na, nv)
    mode = mode[:1].lower() if isinstance(mode, str) else "vsf"[mode]
    return {
        "f": (0, na + nv - 1),
        "s": (short - 1 - short // 2, max(na, nv)),
        "v": (short - 1, max(na, nv) - short + 1),
    }[mode]


@composite(np.correlate)
def _correlate(a, v, mode="valid"):
    a, v = (x if x.ndim else x.reshape((1,)) for x in (as_array(a), as_array(v)))
    na, nv = a.shape[0], v.shape[0]
    start, length = _window(na, nv, mode)
    if na < nv:  # NumPy swaps the operands and reverses the result
        start = na + nv - 1 - start - length
    return np.convolve(a, v[::-1])[start:start + length]


# ---------------------------------------------------------------- outer products


@composite(np.outer)
def _outer(a, b, out=None):
    a, b = as_array(a), as_array(b)
    return a.reshape((a.size, 1)) * b.reshape((1, b.size))


@composite(np.kron)
def _kron(a, b):
    a, b = as_array(a), as_array(b)
    nd = max(a.ndim, b.ndim)
    sa, sb = (1,) * (nd - a.ndim) + tuple(a.shape), (1,) * (nd - b.ndim) + tuple(b.shape)
    a = a.reshape(tuple(x for n in sa for x in (n, 1)))
    b = b.reshape(tuple(x for n in sb for x in (1, n)))
    return (a * b).reshape(tuple(m * n for m, n in zip(sa, sb, strict=True)))


@composite(np.cross)
def _cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(as_array(a), axisa, -1), np.moveaxis(as_array(b), axisb, -1)
    if not {a.shape[-1], b.shape[-1]} <= {2, 3}:
        np.cross(np.zeros(a.shape), np.zeros(b.shape))  # NumPy's own error
    a0, a1, b0, b1 = a[..., 0], a[..., 1], b[..., 0], b[..., 1]
    z = a0 * b1 - a1 * b0
    flat_a, flat_b = a.shape[-1] == 2, b.shape[-1] == 2
    if flat_a and flat_b:
        return z
    if flat_a:
        x, y = a1 * b[..., 2], -(a0 * b[..., 2])
    elif flat_b:
        x, y = -(a[..., 2] * b1), a[..., 2] * b0
    else:
        x, y = a1 * b[..., 2] - a[..., 2] * b1, a[..., 2] * b0 - a0 * b[..., 2]
    return np.stack([x, y, z], axis=axisc)


# The array-API twins have the same arguments with fewer options.
for _twin, _fn in ((np.linalg.tensordot, np.tensordot), (np.linalg.matmul, np.matmul), (np.linalg.vecdot, np.vecdot),
                   (np.linalg.outer, np.outer), (np.linalg.cross, np.cross)):
    composite(_twin)(_fn)


@composite(np.linalg.diagonal)
def _linalg_diagonal(x, /, *, offset=0):
    return np.diagonal(x, offset, -2, -1)


@composite(np.linalg.matrix_transpose)
def _matrix_transpose(x, /):
    return np.swapaxes(x, -1, -2)


# ---------------------------------------------------------------- chains of products


@composite(np.linalg.multi_dot)
def _multi_dot(arrays, *, out=None):
    arrays = [as_array(x) for x in arrays]
    if len(arrays) < 3:
        return np.dot(*arrays) if len(arrays) == 2 else np.linalg.multi_dot([np.zeros(x.shape) for x in arrays])
    first, last = arrays[0].ndim == 1, arrays[-1].ndim == 1
    if not all(x.ndim == 2 for x in arrays[first:len(arrays) - last]):
        np.linalg.multi_dot([np.zeros(x.shape) for x in arrays])  # NumPy's own error
    if first:
        arrays[0] = arrays[0][None, :]
    if last:
        arrays[-1] = arrays[-1][:, None]
    sizes = (arrays[0].shape[0], *tuple(x.shape[1] for x in arrays))
    y = _chain(arrays, _splits(sizes), 0, len(arrays))
    shape = (() if first else y.shape[:1]) + (() if last else y.shape[1:])
    return y.reshape(shape)


@lru_cache(maxsize=256)
def _splits(sizes):
    """Cheapest place to cut each product i:j of matrices with the given sizes."""
    cost, cut = {}, {}
    n = len(sizes) - 1
    for width in range(1, n + 1):
        for i in range(n - width + 1):
            j = i + width
            options = [(cost[i, k] + cost[k, j] + sizes[i] * sizes[k] * sizes[j], k) for k in range(i + 1, j)]
            cost[i, j], cut[i, j] = min(options) if options else (0, None)
    return cut


def _chain(arrays, cut, i, j):
    k = cut[i, j]
    return arrays[i] if k is None else np.matmul(_chain(arrays, cut, i, k), _chain(arrays, cut, k, j))


@composite(np.linalg.matrix_power)
def _matrix_power(a, n):
    a = as_array(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        np.linalg.matrix_power(np.zeros(a.shape), n)  # NumPy's own error
    if n < 0:
        return np.linalg.matrix_power(np.linalg.inv(a), -n)
    if n == 0:
        return zeros(a, a.shape) + np.eye(a.shape[-1], dtype=a.dtype)
    factors = []
    while n:
        if n & 1:
            factors.append(a)
        n >>= 1
        a = np.matmul(a, a) if n else a
    return reduce(np.matmul, factors)
