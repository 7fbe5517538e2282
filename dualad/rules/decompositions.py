"""Eigenvalues, singular values and QR.

Decision: repeated values share their derivative equally (sums over them stay right, an individual one has none); vectors of
repeated values may turn freely, so that a derivative that needs to know how they turn is an error that names the values.
May import: numpy, .kinds, .linalg, .reduction, .structural (helpers), dualad.errors.
"""

import numpy as np

from ..errors import ComplexError, DegenerateError, NoRuleError
from .kinds import Solved, implicit
from .linalg import from_triangle, square, transposed
from .reduction import as_array
from .structural import carries, plain

__all__ = ["eigh_of", "eigvals_of", "eigvalsh_of", "eig_of", "generalized", "qr_jvp", "qr_vjp", "svd_jvp", "svd_vjp", "values_only"]

# ---------------------------------------------------------------- values that repeat


def _eps(x):
    return float(np.finfo(np.result_type(x, np.float32)).eps)


def _pairs(w, factor):
    """Where two entries of `w` differ by less than `factor` rounding units of the largest; the diagonal too."""
    size = np.max(np.abs(w), axis=-1, keepdims=True, initial=0.0)[..., None]
    return np.abs(w[..., :, None] - w[..., None, :]) <= factor * _eps(w) * size


def _near(w):
    """Pairs of values whose vectors are not determined: a relative gap below 1e-10 (in float32 1e-4)."""
    return _pairs(w, 4.5e5 if _eps(w) < 1e-12 else 1e3)


def _clusters(w):
    """Weights that share equally among values that are equal but for rounding; None where all differ."""
    w = plain(w)
    n = w.shape[-1]
    if not _pairs(w, 8 * n).sum(initial=0) > w.size:
        return None
    order = np.argsort(w, axis=-1)
    up = np.take_along_axis(w, order, -1)
    size = np.max(np.abs(w), axis=-1, keepdims=True)
    number = np.concatenate([np.zeros_like(order[..., :1]), np.cumsum(np.diff(up, axis=-1) > 8 * n * _eps(w) * size, axis=-1)], -1)
    number = np.take_along_axis(number, np.argsort(order, axis=-1), -1)
    same = (number[..., :, None] == number[..., None, :]).astype(w.dtype)
    return same / np.sum(same, axis=-1, keepdims=True)


class _Share:
    """The mean over values that repeat. Its own pullback is needed for second derivatives only, which means cannot give."""

    __name__, __module__ = "shares of repeated values", ""

    def __call__(self, d, weights, values):
        if carries(d):
            return d.__array_function__(self, (type(d),), (d, weights, values), {})
        return np.matmul(d[..., None, :], weights.astype(d.dtype))[..., 0, :]


share = _Share()


@implicit(share)
def _share(d, weights, values):
    def jvp(xs, ys, ts):
        return (share(ts[0], weights, values),)

    def vjp(xs, ys, gs):
        # zero is no excuse here: the mean has lost what turns the vectors against each other
        _refuse_where((weights > 0) & ~np.eye(weights.shape[-1], dtype=bool), values, "a second derivative of repeated values")
        return (share(gs[0], weights, values),)

    return Solved((d,), lambda d: share(d, weights, values), jvp, vjp)


def _shared(d, w, floor=False):
    """`d`, averaged over values that repeat; zero for singular values of zero (`floor`), where there is a kink as in abs."""
    weights = _clusters(w)
    if weights is not None:
        d = share(d, weights, plain(w))
    if floor:
        w = plain(w)
        some = w > 8 * w.shape[-1] * _eps(w) * np.max(w, axis=-1, keepdims=True, initial=0.0)
        d = d if some.all() else np.where(some, d, np.asarray(0.0, d.dtype))
    return d


def _refuse_where(bad, values, what):
    """Raise for the first pair of `values` that `bad` marks (it may have a leading axis more)."""
    if not bad.any():
        return
    *batch, i, j = np.argwhere(bad)[0]
    w = values[tuple(batch[len(batch) - values.ndim + 1:])] if values.ndim > 1 else values
    # beside singular values, `i` may be a row outside: its value is zero
    one, two = float(w[i]) if bad.shape[-2] == len(w) else 0.0, float(w[j])
    raise DegenerateError(
        f"{what}: values {one:.17g} and {two:.17g} (gap {abs(one - two):.3g}) are too close for their vectors to have derivatives. "
        "Use the values alone (np.linalg.eigvalsh, np.linalg.svdvals: repeated ones share their first derivative equally), a "
        "function that needs no vectors (np.linalg.inv, solve, pinv, det), or move the point")


class _Guard:
    """Entries that only free turns of vectors would need: zero, or an error that names the values."""

    __name__, __module__ = "vectors of repeated values", ""

    def __call__(self, x, near, values, what):
        if carries(x):
            return x.__array_function__(self, (type(x),), (x, near, values, what), {})
        size = np.max(np.abs(x), axis=(-2, -1), keepdims=True, initial=0.0)
        bad = near & ~(np.abs(x) <= 64 * max(x.shape[-1], 1) * _eps(x) * size)
        _refuse_where(bad, values, what)
        return np.where(near, np.asarray(0.0, x.dtype), x)


guard = _Guard()


@implicit(guard)
def _guarded(x, near, values, what):
    def jvp(xs, ys, ts):
        return (guard(ts[0], near, values, what),)

    return Solved((x,), lambda x: guard(x, near, values, what), jvp, jvp)


def _over_gaps(x, gap, near, values, what):
    """x / gap off the diagonal; zero on it and for near values, if that is all that is asked of them."""
    n = gap.shape[-1]
    off = ~np.eye(n, dtype=bool)
    if (near & off).any():
        x = guard(x, near & off, values, what)
    flat = near | ~off
    return np.where(flat, np.asarray(0.0, x.dtype), x) / np.where(flat, np.asarray(1.0, gap.dtype), gap)


def _equal_in_clusters(d, near, values, what):
    """Refuse derivatives of values that differ among near ones, where their vectors matter too."""
    off = near & ~np.eye(near.shape[-1], dtype=bool)
    if off.any():
        # beside a sum, so that equal entries that differ by rounding count as equal
        guard(np.where(off, d[..., :, None] - d[..., None, :], _diagonal(d)), off, values, what)


def _apart(near, values, what):
    """Refuse cotangents of values and vectors together where values repeat: how they belong together is lost there."""
    _refuse_where(near & ~np.eye(near.shape[-1], dtype=bool), values, what)


def _columns(v, t):
    """Diagonal of v' t: one number for each column."""
    return np.sum(v * t, axis=-2)


def _diagonal(d):
    return d[..., :, None] * np.eye(d.shape[-1], dtype=d.dtype)


def _differences(w):
    """w_j - w_i."""
    return w[..., None, :] - w[..., :, None]


# ---------------------------------------------------------------- symmetric


@implicit(np.linalg.eigh)
def _eigh(a, UPLO="L"):
    return eigh_of(_triangle(square(np.linalg.eigh, a), UPLO), lambda a: np.linalg.eigh(a, UPLO), "numpy.linalg.eigh")


def eigh_of(x, value, name):
    """The differentials of eigenvalues and vectors of symmetric matrices that `value` computes."""
    what = f"the derivative of {name}"

    def jvp(xs, ys, ts):
        w, v = ys
        values, near = plain(w), _near(plain(w))
        s = np.matmul(transposed(v), np.matmul(ts[0], v))
        dw = np.diagonal(s, axis1=-2, axis2=-1)
        _equal_in_clusters(dw, near, values, what)
        return dw, np.matmul(v, _over_gaps(s, _differences(w), near, values, what))

    def vjp(xs, ys, gs):
        (w, v), (gw, gv) = ys, gs
        inner = _diagonal(_shared(gw, w)) if gw is not None else 0.0
        if gv is not None:
            values, near = plain(w), _near(plain(w))
            if gw is not None:
                _apart(near, values, what)
            inner = inner + _over_gaps(np.matmul(transposed(v), gv), _differences(w), near, values, what)
        return (np.matmul(np.matmul(v, inner), transposed(v)),)

    return Solved((x,), value, jvp, vjp)


def _triangle(a, uplo):
    if str(uplo).upper() not in ("L", "U"):
        np.linalg.eigh(np.eye(1), uplo)  # NumPy's own error
    return from_triangle(a, str(uplo).upper() == "L")


@implicit(np.linalg.eigvalsh)
def _eigvalsh(a, UPLO="L"):
    return eigvalsh_of(_triangle(square(np.linalg.eigvalsh, a), UPLO), lambda a: np.linalg.eigvalsh(a, UPLO))


def eigvalsh_of(x, value):
    """The differentials of eigenvalues alone."""
    def jvp(xs, ys, ts):
        v = np.linalg.eigh(xs[0]).eigenvectors
        return (_shared(_columns(v, np.matmul(ts[0], v)), ys[0]),)

    def vjp(xs, ys, gs):
        v = np.linalg.eigh(xs[0]).eigenvectors
        return (np.matmul(v * _shared(gs[0], ys[0])[..., None, :], transposed(v)),)

    return Solved((x,), value, jvp, vjp)


def generalized(a, b, value, name):
    """The differentials of A v = w B v with V' B V = 1, for symmetric A and positive definite B."""
    what = f"the derivative of {name}"

    def jvp(xs, ys, ts):
        w, v = ys
        values, near = plain(w), _near(plain(w))
        inside = [None if t is None else np.matmul(transposed(v), np.matmul(t, v)) for t in ts]
        s = 0.0 if inside[0] is None else inside[0]
        s = s if inside[1] is None else s - inside[1] * w[..., None, :]
        dw = np.diagonal(s, axis1=-2, axis2=-1)
        _equal_in_clusters(dw, near, values, what)
        dv = np.matmul(v, _over_gaps(s, _differences(w), near, values, what))
        if inside[1] is not None:
            dv = dv - v * (0.5 * np.diagonal(inside[1], axis1=-2, axis2=-1))[..., None, :]
        return dw, dv

    def vjp(xs, ys, gs):
        (w, v), (gw, gv) = ys, gs
        inner, length = _diagonal(_shared(gw, w)) if gw is not None else 0.0, 0.0
        if gv is not None:
            values, near, turn = plain(w), _near(plain(w)), np.matmul(transposed(v), gv)
            if gw is not None:
                _apart(near, values, what)
            inner = inner + _over_gaps(turn, _differences(w), near, values, what)
            length = _diagonal(0.5 * np.diagonal(turn, axis1=-2, axis2=-1))
        both = inner * w[..., None, :] + length
        return tuple(np.matmul(np.matmul(v, m), transposed(v)) for m in (inner, -both))

    return Solved((a, b), value, jvp, vjp)


# ---------------------------------------------------------------- general


def _real(result):
    """A result of eig or eigvals, which is complex as soon as one eigenvalue is."""
    first = result[0] if isinstance(result, tuple) else result
    if first.dtype.kind == "c":
        raise ComplexError("numpy.linalg.eig and eigvals: an eigenvalue of this real matrix is complex, and complex numbers "
                           "are not supported yet: use np.linalg.eigh for symmetric matrices, or the coefficients of the "
                           "characteristic polynomial (np.linalg.det)")
    return result


@implicit(np.linalg.eig)
def _eig(a):
    return eig_of(square(np.linalg.eig, a), lambda a: _real(np.linalg.eig(a)), "numpy.linalg.eig")


def eig_of(x, value, name):
    """The differentials of eigenvalues and right eigenvectors of unit length."""
    what = f"the derivative of {name}"

    def jvp(xs, ys, ts):
        w, v = ys
        values, near = plain(w), _near(plain(w))
        s = np.linalg.solve(v, np.matmul(ts[0], v))
        dw = np.diagonal(s, axis1=-2, axis2=-1)
        _equal_in_clusters(dw, near, values, what)
        dv = np.matmul(v, _over_gaps(s, _differences(w), near, values, what))
        # columns of unit length
        return dw, dv - v * _columns(v, dv)[..., None, :]

    def vjp(xs, ys, gs):
        (w, v), (gw, gv) = ys, gs
        inner = _diagonal(_shared(gw, w)) if gw is not None else 0.0
        if gv is not None:
            values, near = plain(w), _near(plain(w))
            if gw is not None:
                _apart(near, values, what)
            gv = gv - v * _columns(v, gv)[..., None, :]
            inner = inner + _over_gaps(np.matmul(transposed(v), gv), _differences(w), near, values, what)
        return (np.linalg.solve(transposed(v), np.matmul(inner, transposed(v))),)

    return Solved((x,), value, jvp, vjp)


@implicit(np.linalg.eigvals)
def _eigvals(a):
    return eigvals_of(square(np.linalg.eigvals, a), lambda a: _real(np.linalg.eigvals(a)))


def eigvals_of(x, value):
    """The differentials of eigenvalues alone."""
    def vectors(a, w):
        """Eigenvectors in the order of the eigenvalues `w`."""
        found, v = np.linalg.eig(a)
        order, known = np.argsort(plain(found), axis=-1), np.argsort(plain(w), axis=-1)
        place = np.take_along_axis(order, np.argsort(known, axis=-1), -1)
        v = np.take_along_axis(v, place[..., None, :], -1)
        if _clusters(w) is not None:
            _not_defective(plain(v), plain(w))
        return v

    def jvp(xs, ys, ts):
        v = vectors(xs[0], ys[0])
        s = np.linalg.solve(v, np.matmul(ts[0], v))
        return (_shared(np.diagonal(s, axis1=-2, axis2=-1), ys[0]),)

    def vjp(xs, ys, gs):
        v = vectors(xs[0], ys[0])
        return (np.linalg.solve(transposed(v), _shared(gs[0], ys[0])[..., :, None] * transposed(v)),)

    return Solved((x,), value, jvp, vjp)


def _not_defective(v, w):
    """Eigenvalues without a full set of eigenvectors have no derivative, not even their shares."""
    s = np.linalg.svd(v, compute_uv=False)
    if (s[..., -1] <= _eps(v) ** 0.5 * s[..., 0]).any():
        gap = np.min(np.diff(np.sort(w, axis=-1), axis=-1))
        raise DegenerateError(f"the derivative of numpy.linalg.eigvals: the matrix is defective, its eigenvalues {w} repeat (gap "
                              f"{gap:.3g}) without eigenvectors of their own, so that they have no derivative. Use functions of "
                              "the matrix that need no eigenvalues (np.trace, np.linalg.det, matrix_power), or move the point")


# ---------------------------------------------------------------- singular values


@implicit(np.linalg.svd)
def _svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    a = square(np.linalg.svd, a, True, True, True) if hermitian else as_array(a)
    if a.ndim < 2:
        np.linalg.svd(np.ones(a.shape))  # NumPy's own error
    x = from_triangle(a) if hermitian else a
    if not compute_uv:
        return values_only(x, lambda a: np.linalg.svd(a, compute_uv=False, hermitian=hermitian))
    if full_matrices and a.shape[-1] != a.shape[-2]:
        raise NoRuleError(f"numpy.linalg.svd of matrices {a.shape[-2]} x {a.shape[-1]} with full_matrices=True has no derivative "
                          "rule: its additional vectors may turn freely. Pass full_matrices=False")
    return Solved((x,), lambda a: np.linalg.svd(a, full_matrices, True, hermitian), svd_jvp, svd_vjp)


def values_only(x, value):
    def jvp(xs, ys, ts):
        u, _, vh = np.linalg.svd(xs[0], full_matrices=False)
        return (_shared(_columns(u, np.matmul(ts[0], transposed(vh))), ys[0], floor=True),)

    def vjp(xs, ys, gs):
        u, _, vh = np.linalg.svd(xs[0], full_matrices=False)
        return (np.matmul(u * _shared(gs[0], ys[0], floor=True)[..., None, :], vh),)

    return Solved((x,), value, jvp, vjp)


@implicit(np.linalg.svdvals)
def _svdvals(x, /):
    x = as_array(x)
    if x.ndim < 2:
        np.linalg.svdvals(np.ones(x.shape))  # NumPy's own error
    return values_only(x, np.linalg.svdvals)


SVD = "the derivative of numpy.linalg.svd"


def _beyond(u, x):
    """Part of `x` outside the column space of `u`."""
    return x - np.matmul(u, np.matmul(transposed(u), x))


def _over_values(x, s):
    """x / s by columns; a singular value of zero stands it only where there is nothing to divide."""
    zero = plain(s) <= 4.5e5 * _eps(s) * np.max(plain(s), axis=-1, keepdims=True, initial=0.0)
    if zero.any():
        zero = np.broadcast_to(zero[..., None, :], np.broadcast_shapes(zero[..., None, :].shape, x.shape[-2:]))
        x = guard(x, zero, plain(s), SVD + " (a value of zero)")
        s = np.where(plain(s) <= 0, np.asarray(1.0, s.dtype), s)
    return x / s[..., None, :]


def svd_jvp(xs, ys, ts):
    u, s, vh = ys
    v, (m, n), k = transposed(vh), xs[0].shape[-2:], s.shape[-1]
    values, near = plain(s), _near(plain(s))
    tv, tu = np.matmul(ts[0], v), np.matmul(transposed(ts[0]), u)
    b = np.matmul(transposed(u), tv)
    ds = np.diagonal(b, axis1=-2, axis2=-1)
    _equal_in_clusters(ds, near, values, SVD)
    gap = _differences(s * s)
    rows, columns = s[..., :, None], s[..., None, :]
    off = near & ~np.eye(k, dtype=bool)
    b = guard(b, off, values, SVD) if off.any() else b
    du = np.matmul(u, _over_gaps(b * columns + rows * transposed(b), gap, near, values, SVD))
    dv = np.matmul(v, _over_gaps(rows * b + transposed(b) * columns, gap, near, values, SVD))
    du = du + _over_values(_beyond(u, tv), s) if m > k else du
    dv = dv + _over_values(_beyond(v, tu), s) if n > k else dv
    return du, ds, transposed(dv)


def svd_vjp(xs, ys, gs):
    (u, s, vh), (gu, gs_, gvh) = ys, gs
    v, (m, n), k = transposed(vh), xs[0].shape[-2:], s.shape[-1]
    values, near = plain(s), _near(plain(s))
    rows, columns, gap = s[..., :, None], s[..., None, :], _differences(s * s)
    if gu is None and gvh is None:
        return (np.matmul(u * _shared(gs_, s, floor=True)[..., None, :], vh),)
    inner, out = (0.0, 0.0) if gs_ is None else (_diagonal(gs_), 0.0)
    if gs_ is not None:
        _apart(near, values, SVD)
    if gu is not None:
        x = _over_gaps(np.matmul(transposed(u), gu), gap, near, values, SVD)
        inner = inner + (x + transposed(x)) * columns
        out = out + np.matmul(_over_values(_beyond(u, gu), s), vh) if m > k else out
    if gvh is not None:
        gv = transposed(gvh)
        y = _over_gaps(np.matmul(vh, gv), gap, near, values, SVD)
        inner = inner + rows * (y + transposed(y))
        out = out + np.matmul(u, transposed(_over_values(_beyond(v, gv), s))) if n > k else out
    return (np.matmul(np.matmul(u, inner), vh) + out,)


# ---------------------------------------------------------------- QR


@implicit(np.linalg.qr)
def _qr(a, mode="reduced"):
    a = as_array(a)
    if a.ndim < 2 or mode not in ("reduced", "complete", "r", "raw"):
        np.linalg.qr(np.ones(a.shape), mode)  # NumPy's own error or warning
    m, n = a.shape[-2:]
    if mode not in ("reduced", "complete", "r") or mode == "complete" and m > n:
        raise NoRuleError(f"numpy.linalg.qr(mode={mode!r}) of matrices {m} x {n} has no derivative rule: " + (
            "its reflectors are LAPACK's own" if mode == "raw" else "the additional columns of Q may turn freely")
            + ". Use mode='reduced' or 'r'")
    if mode == "r":
        return np.linalg.qr(a)[1]
    if m >= n:
        return Solved((a,), lambda a: np.linalg.qr(a, mode), qr_jvp, qr_vjp)
    q, r = np.linalg.qr(a[..., :m])
    return q, np.concatenate([r, np.matmul(transposed(q), a[..., m:])], axis=-1)


def _right_solve(x, r):
    """x r^-1."""
    return transposed(np.linalg.solve(transposed(r), transposed(x)))


def qr_jvp(xs, ys, ts):
    q, r = ys
    t = _right_solve(ts[0], r)
    inner = np.matmul(transposed(q), t)
    low = np.tril(inner, -1)
    turn = low - transposed(low)
    dq = np.matmul(q, turn)
    if q.shape[-2] > q.shape[-1]:
        dq = dq + t - np.matmul(q, inner)
    return dq, np.triu(np.matmul(inner - turn, r))


def qr_vjp(xs, ys, gs):
    (q, r), (gq, gr) = ys, gs
    inner = 0.0 if gr is None else np.matmul(r, transposed(gr))
    inner = inner if gq is None else inner - np.matmul(transposed(gq), q)
    low = np.tril(inner, -1)
    both = np.matmul(q, np.tril(inner) + transposed(low))
    return (_right_solve(both if gq is None else gq + both, transposed(r)),)
