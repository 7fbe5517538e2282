"""`scipy.linalg`: inverses, factorisations, eigenvalues and singular values.

Decision: the differentials are those of `numpy.linalg`; what is SciPy's own is the value, the options and the LU factors.
May import: numpy, scipy.linalg, .solvers, ..kinds, ..linalg, ..decompositions, ..systems, ..reduction, ..structural (helpers),
dualad.errors.
"""

import numpy as np
import scipy.linalg as sl

from ...errors import ComplexError, NoRuleError
from ..decompositions import eig_of, eigh_of, eigvals_of, generalized, qr_jvp, qr_vjp, svd_jvp, svd_vjp, values_only
from ..kinds import Solved, composite, implicit
from ..linalg import cholesky_of, from_triangle, inverse_of, pseudoinverse_of, square, transposed
from ..reduction import as_array, zeros
from ..structural import operands, plain
from ..systems import Own, asking, linear_solve
from .solvers import Dense, meant

__all__ = ["real"]


def real(name, found):
    """A result that may be complex although its arguments are real."""
    parts = found if isinstance(found, tuple) else (found,)
    if any(np.iscomplexobj(v) and np.any(v.imag) for v in parts):
        raise ComplexError(f"{name}: the result for this real matrix is complex, and complex numbers are not supported yet")
    parts = tuple(v.real.copy() if np.iscomplexobj(v) else v for v in parts)
    return parts if isinstance(found, tuple) else parts[0]


# ---------------------------------------------------------------- inverses, least squares


@implicit(sl.inv)
@operands("a")
def _inv(a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    options = {} if assume_a is None else {"assume_a": assume_a, "lower": lower}
    ask = asking(sl.inv)
    return inverse_of(meant(square(sl.inv, a), assume_a, lower), lambda a: ask(a, check_finite=check_finite, **options))


@composite(sl.det)
@operands("a")
def _det(a, overwrite_a=False, check_finite=True):
    # SciPy gives float64 for float32
    return np.linalg.det(np.astype(square(sl.det, a), np.dtype(float)))


pseudo = Own("scipy.linalg.pinv", lambda a, atol, rtol: sl.pinv(a, atol=atol, rtol=rtol))
pseudo_symmetric = Own("scipy.linalg.pinvh", lambda a, atol, rtol, lower: sl.pinvh(a, atol=atol, rtol=rtol, lower=lower))


@implicit(pseudo)
def _pseudo(a, atol, rtol):
    return pseudoinverse_of(a, lambda a: pseudo(a, atol, rtol))


@implicit(pseudo_symmetric)
def _pseudo_symmetric(a, atol, rtol, lower):
    return pseudoinverse_of(from_triangle(a, lower), lambda a: pseudo_symmetric(a, atol, rtol, lower))


def _matrix(fn, a):
    a = as_array(a)
    if a.ndim < 2:
        fn(np.ones(a.shape))  # SciPy's own error
    return a


@composite(sl.pinv)
@operands("a")
def _pinv(a, *, atol=None, rtol=None, return_rank=False, check_finite=True):
    y = pseudo(_matrix(sl.pinv, a), atol, rtol)
    return (y, None) if return_rank else y


@composite(sl.pinvh)
@operands("a")
def _pinvh(a, atol=None, rtol=None, lower=True, return_rank=False, check_finite=True):
    y = pseudo_symmetric(square(sl.pinvh, a), atol, rtol, lower)
    return (y, None) if return_rank else y


@composite(sl.lstsq)
@operands("a", "b")
def _lstsq(a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None):
    a, b = _matrix(sl.lstsq, a), as_array(b)
    m, n = a.shape[-2:]
    x, left, rank, s = sl.lstsq(plain(a), plain(b), cond, lapack_driver=lapack_driver)
    if not a.size:
        return zeros(b, x.shape), np.sum(b * b, axis=0) if not n else None, None, None
    cutoff = float(np.finfo(x.dtype).eps) if cond is None else cond
    y = np.matmul(pseudo(a, None, cutoff), b)
    r = b - (np.matmul(a, y[..., None])[..., 0] if b.ndim == 1 else np.matmul(a, y))
    fits = s is not None and m > n and np.all(rank == n)
    residues = np.sum(r * r, axis=-1 if b.ndim == 1 else -2) if fits else None
    return y, residues, None, None if s is None else np.linalg.svdvals(a)


# ---------------------------------------------------------------- Cholesky and LU


@implicit(sl.cholesky)
@operands("a")
def _cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    ask = asking(sl.cholesky)
    return cholesky_of(square(sl.cholesky, a), not lower, lambda a: ask(a, lower=lower, check_finite=check_finite))


@composite(sl.cho_factor)
@operands("a")
def _cho_factor(a, lower=False, overwrite_a=False, check_finite=True):
    a = square(sl.cho_factor, a)
    # LAPACK leaves the entries of the other triangle alone
    return np.linalg.cholesky(a, upper=not lower) + (np.triu(a, 1) if lower else np.tril(a, -1)), lower


def _unpivoted(a):
    """L and U of matrices whose pivots are on the diagonal already."""
    u, low = np.array(a), np.zeros_like(a) + np.eye(a.shape[-1], dtype=a.dtype)
    for k in range(a.shape[-1] - 1):
        f = u[..., k + 1:, k] / np.where(u[..., k, k] == 0, 1, u[..., k, k])[..., None]
        low[..., k + 1:, k] = f
        u[..., k + 1:, k:] -= f[..., :, None] * u[..., k, None, k:]
    return low, np.triu(u)


factors = Own("scipy.linalg.lu", _unpivoted)
LOWER, UPPER = Dense(True, True), Dense(False, False)


def _over(x, u):
    """x U^-1."""
    return transposed(linear_solve(u, transposed(x), Dense(False, False, True)))


@implicit(factors)
def _factors(a):
    def jvp(xs, ys, ts):
        low, u = ys
        inner = _over(linear_solve(low, ts[0], LOWER), u)
        return np.matmul(low, np.tril(inner, -1)), np.matmul(np.triu(inner), u)

    def vjp(xs, ys, gs):
        (low, u), (gl, gu) = ys, gs
        inner = 0.0 if gl is None else np.tril(np.matmul(transposed(low), gl), -1)
        inner = inner if gu is None else inner + np.triu(np.matmul(gu, transposed(u)))
        left = linear_solve(low, inner, Dense(True, True, True))
        return (transposed(linear_solve(u, transposed(left), UPPER)),)

    return Solved((a,), factors, jvp, vjp)


def _both_factors(a, order):
    """L (m, k) and U (k, n) of the rows of `a` in this order."""
    a = np.take_along_axis(a, order[..., None], -2)
    k = min(a.shape[-2:])
    if not k:
        return zeros(a, (*a.shape[:-1], 0)), zeros(a, (*a.shape[:-2], 0, a.shape[-1]))
    low, u = factors(a[..., :k, :k])
    if a.shape[-2] > k:
        low = np.concatenate([low, _over(a[..., k:, :], u)], axis=-2)
    if a.shape[-1] > k:
        u = np.concatenate([u, linear_solve(low[..., :k, :], a[..., :k, k:], LOWER)], axis=-1)
    return low, u


@composite(sl.lu)
@operands("a")
def _lu(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    a = _matrix(sl.lu, a)
    if not a.size:
        low, u = _both_factors(a, np.zeros(a.shape[:-1], int))
        return (low, u) if permute_l else (None, low, u)
    place = sl.lu(plain(a), p_indices=True)[0]
    low, u = _both_factors(a, np.argsort(place, axis=-1))
    return (np.take_along_axis(low, place[..., None], -2), u) if permute_l else (None, low, u)


@composite(sl.lu_factor)
@operands("a")
def _lu_factor(a, overwrite_a=False, check_finite=True):
    a = _matrix(sl.lu_factor, a)
    m, n = a.shape[-2:]
    swaps = sl.lu_factor(plain(a))[1].reshape((-1, min(m, n))) if a.size else np.zeros((0, 0), int)
    order = np.tile(np.arange(m), (int(np.prod(a.shape[:-2])), 1))
    for row, found in zip(order, swaps, strict=False):
        for i, p in enumerate(found):
            row[[i, p]] = row[[p, i]]
    low, u = _both_factors(a, order.reshape(a.shape[:-1]))
    k, axes = min(m, n), [(0, 0)] * (a.ndim - 2)
    low = np.pad(np.tril(low, -1), [*axes, (0, 0), (0, n - k)])
    return low + np.pad(u, [*axes, (0, m - k), (0, 0)]), None


# ---------------------------------------------------------------- QR, RQ, polar

slim = Own("scipy.linalg.qr", lambda a: tuple(sl.qr(a, mode="economic")))


@implicit(slim)
def _slim(a):
    return Solved((a,), slim, qr_jvp, qr_vjp)


@composite(sl.qr)
@operands("a")
def _qr(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    a = _matrix(sl.qr, a)
    m, n = a.shape[-2:]
    if mode not in ("full", "economic", "r", "raw"):
        sl.qr(np.ones(a.shape), mode=mode)  # SciPy's own error
    if mode == "raw" or mode == "full" and m > n:
        raise NoRuleError(f"scipy.linalg.qr(mode={mode!r}) of matrices {m} x {n} has no derivative rule: " + (
            "its reflectors are LAPACK's own" if mode == "raw" else "the additional columns of Q may turn freely")
            + ". Use mode='economic' or 'r'")
    if pivoting:
        a = np.take_along_axis(a, sl.qr(plain(a), mode="r", pivoting=True)[1][..., None, :], -1)
    if m >= n:
        q, r = slim(a)
        r = np.concatenate([r, zeros(r, (*r.shape[:-2], m - n, n))], axis=-2) if mode == "r" and m > n else r
    else:
        q, r = slim(a[..., :m])
        r = np.concatenate([r, np.matmul(transposed(q), a[..., m:])], axis=-1)
    return (() if mode == "r" else (q,)) + (r,) + ((None,) if pivoting else ())


slim_rq = Own("scipy.linalg.rq", lambda a: tuple(sl.rq(a, mode="economic")))


@implicit(slim_rq)
def _slim_rq(a):
    """QR of the transposed matrix, with the order of the rows turned round."""
    def turned(r, q):
        return transposed(q[..., ::-1, :]), transposed(r[..., ::-1, ::-1])

    def jvp(xs, ys, ts):
        dq, dr = qr_jvp((transposed(xs[0][..., ::-1, :]),), turned(*ys), (transposed(ts[0][..., ::-1, :]),))
        return transposed(dr)[..., ::-1, ::-1], transposed(dq)[..., ::-1, :]

    def vjp(xs, ys, gs):
        gr, gq = gs
        g = (None if gq is None else transposed(gq[..., ::-1, :]), None if gr is None else transposed(gr[..., ::-1, ::-1]))
        return (transposed(qr_vjp((transposed(xs[0][..., ::-1, :]),), turned(*ys), g)[0])[..., ::-1, :],)

    return Solved((a,), slim_rq, jvp, vjp)


@composite(sl.rq)
@operands("a")
def _rq(a, overwrite_a=False, lwork=None, mode="full", check_finite=True):
    a = _matrix(sl.rq, a)
    m, n = a.shape[-2:]
    if m > n or m < n and mode != "economic":
        raise NoRuleError(f"scipy.linalg.rq(mode={mode!r}) of matrices {m} x {n} has no derivative rule: use mode='economic' of "
                          "matrices that are not taller than wide")
    r, q = slim_rq(a)
    return r if mode == "r" else (r, q)


def _nearest(a):
    """The orthogonal factor of a polar decomposition, without singular vectors: repeated singular values do no harm."""
    if a.shape[-2] >= a.shape[-1]:
        h = asking(sl.sqrtm)(np.matmul(transposed(a), a))
        return transposed(np.linalg.solve(h, transposed(a)))
    return np.linalg.solve(asking(sl.sqrtm)(np.matmul(a, transposed(a))), a)


@composite(sl.polar)
@operands("a")
def _polar(a, side="right"):
    a = _matrix(sl.polar, a)
    u = _nearest(a)
    return u, np.matmul(a, transposed(u)) if side == "left" else np.matmul(transposed(u), a)


@composite(sl.orthogonal_procrustes)
@operands("A", "B")
def _orthogonal_procrustes(A, B, check_finite=True):
    m = np.matmul(transposed(as_array(A)), as_array(B))
    u = _nearest(m)
    return u, np.sum(u * m, axis=(-2, -1))


# ---------------------------------------------------------------- eigenvalues


def _no_more(name, **options):
    for option, given in options.items():
        if given is not None and given is not False:
            raise NoRuleError(f"{name} with {option}= has no derivative rule: leave it away, or reduce the problem first")


def _subset(w, by_index, by_value):
    """Eigenvalues that SciPy picks from all."""
    if by_index is not None:
        return w[..., by_index[0]:by_index[1] + 1]
    return w[(plain(w) > by_value[0]) & (plain(w) <= by_value[1])] if by_value is not None else w


@implicit(sl.eigh)
@operands("a", "b")
def _eigh(a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, type=1, check_finite=True,
          subset_by_index=None, subset_by_value=None, driver=None):
    if eigvals_only:
        return asking(sl.eigvalsh)(a, b, lower=lower, type=type, check_finite=check_finite, subset_by_index=subset_by_index,
                                   subset_by_value=subset_by_value, driver=driver)
    _no_more("scipy.linalg.eigh", subset_by_index=subset_by_index, subset_by_value=subset_by_value,
             type=type if type != 1 else None)
    a, ask = from_triangle(square(sl.eigh, a), lower), asking(sl.eigh)
    options = {"lower": lower, "driver": driver, "check_finite": check_finite}
    if b is None:
        return eigh_of(a, lambda a: ask(a, **options), "scipy.linalg.eigh")
    b = from_triangle(square(sl.eigh, b), lower)
    if a.ndim != 2 or b.ndim != 2:
        raise NoRuleError("scipy.linalg.eigh(a, b) of batches has no derivative rule: call it for each pair of matrices")
    return generalized(a, b, lambda a, b: ask(a, b, **options), "scipy.linalg.eigh")


@composite(sl.eigvalsh)
@operands("a", "b")
def _eigvalsh(a, b=None, *, lower=True, overwrite_a=False, overwrite_b=False, type=1, check_finite=True, subset_by_index=None,
              subset_by_value=None, driver=None):
    _no_more("scipy.linalg.eigvalsh", type=type if type != 1 else None)
    a = from_triangle(square(sl.eigvalsh, a), lower)
    if b is not None:
        half = np.linalg.cholesky(from_triangle(square(sl.eigvalsh, b), lower))
        a = np.linalg.solve(half, transposed(np.linalg.solve(half, a)))
        a = from_triangle(a)
    return _subset(np.linalg.eigvalsh(a), subset_by_index, subset_by_value)


@composite(sl.eigvalsh_tridiagonal)
@operands("d", "e")
def _eigvalsh_tridiagonal(d, e, select="a", select_range=None, check_finite=True, tol=0.0, lapack_driver="auto"):
    d, e = as_array(d), as_array(e)
    if d.ndim != 1 or select not in ("a", "i"):
        raise NoRuleError("scipy.linalg.eigvalsh_tridiagonal has a derivative rule for one matrix and select='a' or 'i'")
    w = np.linalg.eigvalsh(np.diag(d) + np.diag(e, -1) + np.diag(e, 1))
    return _subset(w, select_range if select == "i" else None, None)


@implicit(sl.eigvals)
@operands("a")
def _eigvals(a, b=None, overwrite_a=False, check_finite=True, homogeneous_eigvals=False):
    _no_more("scipy.linalg.eigvals", b=b, homogeneous_eigvals=homogeneous_eigvals)
    ask = asking(sl.eigvals)
    return eigvals_of(square(sl.eigvals, a), lambda a: real("scipy.linalg.eigvals", ask(a, check_finite=check_finite)))


@implicit(sl.eig)
@operands("a")
def _eig(a, b=None, left=False, right=True, overwrite_a=False, overwrite_b=False, check_finite=True, homogeneous_eigvals=False):
    _no_more("scipy.linalg.eig", b=b, left=left, homogeneous_eigvals=homogeneous_eigvals)
    if not right:
        return asking(sl.eigvals)(a, check_finite=check_finite)
    ask = asking(sl.eig)
    return eig_of(square(sl.eig, a), lambda a: real("scipy.linalg.eig", ask(a, check_finite=check_finite)), "scipy.linalg.eig")


# ---------------------------------------------------------------- singular values


@implicit(sl.svd)
@operands("a")
def _svd(a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    a, ask = _matrix(sl.svd, a), asking(sl.svd)
    options = {"full_matrices": full_matrices, "check_finite": check_finite, "lapack_driver": lapack_driver}
    if not compute_uv:
        return values_only(a, lambda a: ask(a, compute_uv=False, **options))
    if full_matrices and a.shape[-1] != a.shape[-2]:
        raise NoRuleError(f"scipy.linalg.svd of matrices {a.shape[-2]} x {a.shape[-1]} with full_matrices=True has no derivative "
                          "rule: its additional vectors may turn freely. Pass full_matrices=False")
    return Solved((a,), lambda a: ask(a, **options), svd_jvp, svd_vjp)


@implicit(sl.svdvals)
@operands("a")
def _svdvals(a, overwrite_a=False, check_finite=True):
    ask = asking(sl.svdvals)
    return values_only(_matrix(sl.svdvals, a), lambda a: ask(a, check_finite=check_finite))
