"""Solutions of linear systems, determinants, inverses, and what of `numpy.linalg` is composed of them.

Decision: where NumPy reads one triangle of a matrix, so does the derivative: entries of the other one have derivative zero.
May import: numpy, .kinds, .contraction, .reduction, .structural (helpers), dualad.errors.
"""

from math import prod

import numpy as np

from .contraction import unbroadcast
from .kinds import Solved, composite, constant, implicit
from .reduction import NoValue, as_array, zeros
from .structural import plain

__all__ = ["cholesky_of", "from_triangle", "inverse_of", "pseudoinverse_of", "square", "transposed"]


def transposed(x):
    return np.swapaxes(x, -1, -2)


def square(fn, a, *options):
    """`a` as an array; NumPy's own error where it is no stack of square matrices."""
    a = as_array(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        fn(np.ones(a.shape), *options)
    return a


def from_triangle(a, lower=True):
    """The symmetric matrix that NumPy means when it reads one triangle of `a`."""
    half, rest = (np.tril(a), np.tril(a, -1)) if lower else (np.triu(a), np.triu(a, 1))
    return half + transposed(rest)


# ---------------------------------------------------------------- systems and inverses


@implicit(np.linalg.solve)
def _solve(a, b):
    a, b = as_array(a), as_array(b)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2] or not b.ndim:
        np.linalg.solve(np.ones(a.shape), np.ones(b.shape))  # NumPy's own error
    given_a, given_b, vector = tuple(a.shape), tuple(b.shape), b.ndim == 1
    column = (*given_b, 1) if vector else given_b
    ndim = max(a.ndim, len(column))
    # axes of length one, so that a leading axis of tangents meets no batch axis
    shape_a, shape_b = ((1,) * (ndim - len(s)) + tuple(s) for s in (given_a, column))

    def value(a, b):
        return np.linalg.solve(a.reshape(given_a), b.reshape(given_b))

    def jvp(xs, ys, ts):
        y = ys[0][..., None] if vector else ys[0]
        right = -np.matmul(ts[0], y) if ts[0] is not None else 0.0
        right = right if ts[1] is None else right + ts[1]
        t = np.linalg.solve(xs[0], right)
        return ((t[..., 0] if vector else t),)

    def vjp(xs, ys, gs):
        y, g = (ys[0][..., None], gs[0][..., None]) if vector else (ys[0], gs[0])
        lead = g.ndim - ndim
        gb = np.linalg.solve(transposed(xs[0]), g)
        ga = -np.matmul(gb, transposed(y))
        return unbroadcast(ga, shape_a, lead), unbroadcast(gb, shape_b, lead)

    return Solved((a.reshape(shape_a), b.reshape(shape_b)), value, jvp, vjp)


def inverse_of(x, value):
    """The differentials of an inverse that `value` computes."""
    def jvp(xs, ys, ts):
        return (-np.matmul(np.matmul(ys[0], ts[0]), ys[0]),)

    def vjp(xs, ys, gs):
        y = transposed(ys[0])
        return (-np.matmul(np.matmul(y, gs[0]), y),)

    return Solved((x,), value, jvp, vjp)


@implicit(np.linalg.inv)
def _inv(a):
    return inverse_of(square(np.linalg.inv, a), np.linalg.inv)


@implicit(np.linalg.pinv)
def _pinv(a, rcond=None, hermitian=False, *, rtol=NoValue):
    options = {} if rtol is NoValue else {"rtol": rtol}
    a = square(np.linalg.pinv, a, rcond, True) if hermitian else as_array(a)
    if a.ndim < 2:
        np.linalg.pinv(np.ones(a.shape))  # NumPy's own error
    return pseudoinverse_of(from_triangle(a) if hermitian else a, lambda a: np.linalg.pinv(a, rcond, hermitian, **options))


def pseudoinverse_of(x, value):
    """The differentials of a pseudoinverse among matrices of the same rank: where the rank changes, it jumps."""
    m, n = x.shape[-2:]

    def beside(x, y):
        """I - x y and I - y x; None where they are zero."""
        rank = np.rint(np.trace(plain(np.matmul(x, y)), axis1=-2, axis2=-1))
        left, right = (np.eye(k, dtype=x.dtype) for k in (m, n))
        return (None if np.all(rank == m) else left - np.matmul(x, y)), (None if np.all(rank == n) else right - np.matmul(y, x))

    def jvp(xs, ys, ts):
        y, t, flip = ys[0], ts[0], transposed(ts[0])
        left, right = beside(xs[0], y)
        out = -np.matmul(np.matmul(y, t), y)
        if left is not None:
            out = out + np.matmul(np.matmul(np.matmul(y, transposed(y)), flip), left)
        if right is not None:
            out = out + np.matmul(np.matmul(right, flip), np.matmul(transposed(y), y))
        return (out,)

    def vjp(xs, ys, gs):
        y, flip = ys[0], transposed(gs[0])
        left, right = beside(xs[0], y)
        out = -np.matmul(np.matmul(transposed(y), gs[0]), transposed(y))
        if left is not None:
            out = out + np.matmul(np.matmul(left, flip), np.matmul(y, transposed(y)))
        if right is not None:
            out = out + np.matmul(np.matmul(np.matmul(transposed(y), y), flip), right)
        return (out,)

    return Solved((x,), value, jvp, vjp)


@composite(np.linalg.lstsq)
def _lstsq(a, b, rcond=None):
    a, b = as_array(a), as_array(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or a.shape[0] != b.shape[0]:
        np.linalg.lstsq(np.ones(a.shape), np.ones(b.shape))  # NumPy's own error
    m, n = a.shape
    eps = float(np.finfo(np.result_type(a, b, np.float32)).eps)
    cutoff = eps * max(m, n) if rcond is None else eps if rcond == -1 else rcond
    x = np.matmul(np.linalg.pinv(a, rtol=cutoff), b)
    rank = np.linalg.lstsq(plain(a), plain(b), rcond)[2]
    if rank == n and m > n:
        r = b - np.matmul(a, x)
        left = np.sum(r * r, axis=0, keepdims=b.ndim == 1)
    else:
        left = zeros(x, (0,))
    return x, left, rank, np.linalg.svdvals(a)


# ---------------------------------------------------------------- determinants


@implicit(np.linalg.slogdet)
def _slogdet(a):
    def jvp(xs, ys, ts):
        return None, np.sum(ts[0] * transposed(np.linalg.inv(xs[0])), axis=(-2, -1))

    def vjp(xs, ys, gs):
        return (None if gs[1] is None else np.reshape(gs[1], (*np.shape(gs[1]), 1, 1)) * transposed(np.linalg.inv(xs[0])),)

    return Solved((square(np.linalg.slogdet, a),), np.linalg.slogdet, jvp, vjp)


@composite(np.linalg.det)
def _det(a):
    a = square(np.linalg.det, a)
    n = a.shape[-1]
    if not a.size:
        return np.sum(a, axis=(-2, -1)) + np.asarray(n == 0, a.dtype)
    flat = a.reshape((prod(a.shape[:-2]), n, n))
    near = _near_singular(plain(flat))
    if not near.any():
        sign, log = np.linalg.slogdet(a)
        return sign * np.exp(log)
    return np.stack([_det_singular(m) if low else _det(m) for m, low in zip(flat, near, strict=True)]).reshape(a.shape[:-2])


def _limit(x):
    """Relative size under which singular values are taken apart: inverses lose a third of the digits there."""
    return float(np.finfo(np.result_type(x, np.float32)).eps) ** (1 / 3)


def _near_singular(x):
    fine = np.isfinite(x).all(axis=(-2, -1))
    # the condition number in the 1-norm: infinite for singular matrices, and much cheaper than singular values
    return np.linalg.cond(np.where(fine[..., None, None], x, np.eye(x.shape[-1], dtype=x.dtype)), 1) * _limit(x) >= 1


def _det_singular(a):
    """det of a matrix with small singular values: large ones by elimination, the small Schur complement as a polynomial."""
    u, s, vh = np.linalg.svd(plain(a))
    k = int(np.sum(s > _limit(s) * s[0]))
    b = np.matmul(np.matmul(u.T, a), vh.T)
    sign = np.rint(np.linalg.det(u) * np.linalg.det(vh)).astype(b.dtype)
    if not k:
        return sign * _polynomial(b)
    if k == s.size:
        turn, log = np.linalg.slogdet(a)
        return turn * np.exp(log)
    large, low = b[:k, :k], b[k:, k:] - np.matmul(b[k:, :k], np.linalg.solve(b[:k, :k], b[:k, k:]))
    turn, log = np.linalg.slogdet(large)
    return sign * turn * np.exp(log) * _polynomial(low)


def _polynomial(m):
    """det without division: exact derivatives where everything is zero."""
    n = m.shape[0]
    if n == 1:
        return m[0, 0]
    if n > 4:
        size = np.max(np.abs(plain(m)))
        if size == 0:
            return np.sum(m) * np.asarray(0.0, m.dtype)  # derivatives of order n - 1 and less vanish there
        size = np.exp2(np.rint(np.log2(size))).astype(m.dtype)
        return _det_singular(m / size) * size**n
    rest = [[c for c in range(n) if c != j] for j in range(n)]
    terms = [m[0, j] * _polynomial(m[1:][:, rest[j]]) for j in range(n)]
    return sum(terms[2::2], terms[0]) - sum(terms[3::2], terms[1])


# ---------------------------------------------------------------- Cholesky


@implicit(np.linalg.cholesky)
def _cholesky(a, /, *, upper=False):
    return cholesky_of(square(np.linalg.cholesky, a), upper, lambda a: np.linalg.cholesky(a, upper=upper))


def cholesky_of(a, upper, value):
    """The differentials of a Cholesky factor that `value` computes from the same triangle."""
    n = a.shape[-1]

    def lower(v):
        return transposed(v) if upper else v

    def half(v):
        """Lower triangle with half of the diagonal."""
        return np.tril(v) * np.asarray(1.0 - 0.5 * np.eye(n), v.dtype)

    def jvp(xs, ys, ts):
        y = lower(ys[0])
        inner = np.linalg.solve(y, transposed(np.linalg.solve(y, ts[0])))
        return (lower(np.matmul(y, half(inner))),)

    def vjp(xs, ys, gs):
        y = lower(ys[0])
        inner = half(np.matmul(transposed(y), lower(gs[0])))
        return (np.linalg.solve(transposed(y), transposed(np.linalg.solve(transposed(y), transposed(inner)))),)

    return Solved((from_triangle(a, not upper),), value, jvp, vjp)


# ---------------------------------------------------------------- composed of others

constant(np.linalg.matrix_rank)


@composite(np.linalg.cond)
def _cond(x, p=None):
    x = as_array(x)
    if p is None or p in (2, -2):
        s = np.linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))


@composite(np.linalg.tensorsolve)
def _tensorsolve(a, b, axes=None):
    a, b = as_array(a), as_array(b)
    if axes is not None:
        order = [k for k in range(a.ndim) if k not in axes]
        for k in axes:
            order.insert(a.ndim, k)
        a = np.transpose(a, order)
    shape = tuple(a.shape[-(a.ndim - b.ndim):])
    n = prod(shape)
    if a.size != n**2:
        np.linalg.tensorsolve(np.ones(a.shape), np.ones(b.shape))  # NumPy's own error
    return np.linalg.solve(a.reshape((n, n)), b.reshape((b.size,))).reshape(shape)


@composite(np.linalg.tensorinv)
def _tensorinv(a, ind=2):
    a = as_array(a)
    if ind <= 0:
        np.linalg.tensorinv(np.ones(a.shape), ind)  # NumPy's own error
    shape = tuple(a.shape)
    n = prod(shape[ind:])
    return np.linalg.inv(a.reshape((n, a.size // n if n else 0))).reshape(shape[ind:] + shape[:ind])
