"""`scipy.linalg`: linear systems of every structure, and the matrix equations that are linear in their unknown.

Decision: a structure says how a change of its data acts on a solution (`System`); one rule does the rest with SciPy's own solver
of that structure, so that banded and Toeplitz systems stay as cheap in their derivatives as in their values.
May import: numpy, scipy.linalg, ..kinds, ..linalg, ..systems, ..reduction, ..structural (helpers), dualad.errors.
"""

import numpy as np
import scipy.linalg as sl

from ...errors import NoRuleError
from ..kinds import Solved, composite, implicit
from ..linalg import from_triangle, transposed
from ..reduction import as_array
from ..structural import carries, operands
from ..systems import System, asking, by_columns, linear_solve, solved

__all__ = ["Banded", "Dense"]

# ---------------------------------------------------------------- dense matrices, whole or one triangle of them


class Dense(System):
    """A dense matrix, or (`lower` given) a triangle of it with a `unit` diagonal or not; `trans`: its transpose is meant."""

    def __init__(self, lower=None, unit=False, trans=False):
        self.lower, self.unit, self.trans = lower, unit, trans

    def part(self, m):
        if self.lower is None:
            return m
        return np.tril(m, -1 if self.unit else 0) if self.lower else np.triu(m, 1 if self.unit else 0)

    def times(self, data, x):
        m = self.part(data)
        return np.matmul(transposed(m) if self.trans else m, x)

    def sampled(self, g, x):
        return self.part(np.matmul(x, transposed(g)) if self.trans else np.matmul(g, transposed(x)))

    def transposed(self):
        return Dense(self.lower, self.unit, not self.trans), lambda data: data

    def solve(self, data, b):
        if self.lower is None:
            return np.linalg.solve(transposed(data) if self.trans else data, b)
        return by_columns(lambda m, c: sl.solve_triangular(m, c, int(self.trans), self.lower, self.unit, check_finite=False),
                          data, 2, b)


PARTS = {
    "sym": "triangle", "symmetric": "triangle", "her": "triangle", "hermitian": "triangle", "pos": "triangle",
    "positive definite": "triangle", "upper triangular": np.triu, "lower triangular": np.tril,
    "diagonal": lambda a: np.triu(np.tril(a)), "tridiagonal": lambda a: np.triu(np.tril(a, 1), -1),
}


def meant(a, assume_a, lower):
    """The matrix that SciPy means when it is told about its structure."""
    part = PARTS.get(assume_a)
    return from_triangle(a, lower) if part == "triangle" else a if part is None else part(a)


@implicit(sl.solve)
@operands("a", "b")
def _solve(a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None, transposed=False):
    a, b = np.atleast_2d(as_array(a)), np.atleast_1d(as_array(b))
    if a.size == 1 and b.ndim > 1 and b.shape[-2] != 1:
        return b / a
    options = {} if assume_a is None else {"assume_a": assume_a}
    ask = asking(sl.solve)

    def value(a, b):
        return ask(a, b, lower=lower, check_finite=check_finite, transposed=transposed, **options)

    return solved(Dense(trans=bool(transposed)), meant(a, assume_a, lower), b, value, b.ndim == 1)


@implicit(sl.solve_triangular)
@operands("a", "b")
def _solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    a, b = as_array(a), as_array(b)
    trans = {"N": 0, "T": 1, "C": 2}.get(trans, trans)
    ask = asking(sl.solve_triangular)

    def value(a, b):
        return ask(a, b, trans=trans, lower=lower, unit_diagonal=unit_diagonal, check_finite=check_finite)

    return solved(Dense(bool(lower), bool(unit_diagonal), trans != 0), a, b, value, b.ndim == 1)


def through(system, data, b):
    """A solution for columns or one vector."""
    return linear_solve(data, b[..., None], system)[..., 0] if b.ndim == 1 else linear_solve(data, b, system)


@composite(sl.cho_solve)
@operands("c_and_lower", "b")
def _cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    (c, lower), b = c_and_lower, as_array(b)
    c = as_array(c)
    y = through(Dense(bool(lower), trans=not lower), c, b)
    return through(Dense(bool(lower), trans=bool(lower)), c, y)


@composite(sl.lu_solve)
@operands("lu_and_piv", "b")
def _lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    (lu, piv), b = lu_and_piv, as_array(b)
    lu = as_array(lu)
    if lu.ndim != 2:
        raise NoRuleError("scipy.linalg.lu_solve of a batch of factorisations has no derivative rule: call it for each matrix")
    order = np.arange(lu.shape[0])
    for i, p in enumerate(np.asarray(piv)):
        order[[i, p]] = order[[p, i]]
    lower, upper = Dense(True, True, bool(trans)), Dense(False, False, bool(trans))
    axis = 0 if b.ndim == 1 else -2
    if not trans:
        return through(upper, lu, through(lower, lu, np.take(b, order, axis)))
    return np.take(through(lower, lu, through(upper, lu, b)), np.argsort(order), axis)


# ---------------------------------------------------------------- bands


def _moved(row, s):
    """Entries of the last axis moved s places on; zeros follow."""
    n = row.shape[-1]
    if abs(s) >= n:
        return np.zeros_like(row)
    none = np.zeros_like(row, shape=(*row.shape[:-1], abs(s)))
    return np.concatenate([none, row[..., :n - s]] if s > 0 else [row[..., -s:], none], axis=-1) if s else row


class Banded(System):
    """`low` diagonals below and `up` above the main one: a[i, j] = ab[up + i - j, j]."""

    def __init__(self, low, up):
        self.low, self.up = int(low), int(up)
        self.shifts = range(-self.up, self.low + 1)

    def times(self, data, x):
        flat = transposed(x)
        return transposed(sum(_moved(data[..., None, k, :] * flat, s) for k, s in enumerate(self.shifts)))

    def sampled(self, g, x):
        g, x = transposed(g), transposed(x)
        inside = np.ones(x.shape[-1], x.dtype)
        return np.stack([np.sum(_moved(g, -s) * x, axis=-2) * _moved(inside, -s) for s in self.shifts], axis=-2)

    def transposed(self):
        rows = list(enumerate(self.shifts))[::-1]
        return Banded(self.up, self.low), lambda data: np.stack([_moved(data[..., k, :], s) for k, s in rows], axis=-2)

    def solve(self, data, b):
        return by_columns(lambda m, c: sl.solve_banded((self.low, self.up), m, c, check_finite=False), data, 2, b)


@implicit(sl.solve_banded)
@operands("ab", "b")
def _solve_banded(l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True):
    low, up = l_and_u
    ab, b, ask = as_array(ab), as_array(b), asking(sl.solve_banded)
    if ab.ndim < 2 or ab.shape[-2] != low + up + 1:
        sl.solve_banded(l_and_u, np.ones(ab.shape), np.ones(b.shape))  # SciPy's own error
    return solved(Banded(low, up), ab, b, lambda ab, b: ask(l_and_u, ab, b, check_finite=check_finite), b.ndim == 1)


@implicit(sl.solveh_banded)
@operands("ab", "b")
def _solveh_banded(ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    ab, b, ask = as_array(ab), as_array(b), asking(sl.solveh_banded)
    if ab.ndim < 2:
        sl.solveh_banded(np.ones(ab.shape), np.ones(b.shape))  # SciPy's own error
    k = ab.shape[-2] - 1
    # the other side of the diagonal, row by row
    rows = [_moved(ab[..., s, :], s) for s in range(k, 0, -1)] if lower else [
        _moved(ab[..., k - s, :], -s) for s in range(1, k + 1)]
    both = np.concatenate([np.stack(rows, axis=-2), ab] if lower else [ab, np.stack(rows, axis=-2)], axis=-2) if k else ab

    def value(both, b):
        return ask(both[..., k:, :] if lower else both[..., :k + 1, :], b, lower=lower, check_finite=check_finite)

    return solved(Banded(k, k), both, b, value, b.ndim == 1)


@composite(sl.cho_solve_banded)
@operands("cb_and_lower", "b")
def _cho_solve_banded(cb_and_lower, b, overwrite_b=False, check_finite=True):
    (cb, lower), b = cb_and_lower, as_array(b)
    cb = as_array(cb)
    k = cb.shape[-2] - 1
    factor = Banded(k, 0) if lower else Banded(0, k)
    other, flip = factor.transposed()
    pair = [(factor, cb), (other, flip(cb))]
    for system, data in pair if lower else pair[::-1]:
        b = through(system, data, b)
    return b


# ---------------------------------------------------------------- one entry for each diagonal


class Toeplitz(System):
    """a[i, j] = data[n - 1 + i - j], data of length 2 n - 1."""

    core = 1

    def matrix(self, data):
        n = (data.shape[-1] + 1) // 2
        return data[..., n - 1 + np.arange(n)[:, None] - np.arange(n)]

    def times(self, data, x):
        return np.matmul(self.matrix(data), x)

    def sampled(self, g, x):
        n = g.shape[-2]
        turned = np.matmul(g, transposed(x)[..., ::-1])
        batch = tuple(turned.shape[:-2])
        # rows of 2 n entries read as rows of 2 n - 1: each starts one place later, and diagonals become columns
        wide = np.concatenate([turned, np.zeros_like(turned)], axis=-1).reshape((*batch, 2 * n * n))
        return np.sum(wide[..., :n * (2 * n - 1)].reshape((*batch, n, 2 * n - 1)), axis=-2)

    def transposed(self):
        return self, lambda data: data[..., ::-1]

    def solve(self, data, b):
        n = b.shape[-2]
        return by_columns(lambda t, c: sl.solve_toeplitz((t[n - 1:], t[n - 1::-1]), c, check_finite=False), data, 1, b)


def _diagonals(c_or_cr):
    """The data of `Toeplitz` from a first column and row."""
    c, r = map(as_array, c_or_cr) if isinstance(c_or_cr, tuple) else (as_array(c_or_cr),) * 2
    batch = np.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    c, r = (np.broadcast_to(v, (*batch, *v.shape[-1:])) if batch else v for v in (c, r))
    return np.concatenate([r[..., :0:-1], c], axis=-1)


@implicit(sl.solve_toeplitz)
@operands("c_or_cr", "b")
def _solve_toeplitz(c_or_cr, b, check_finite=True):
    t, b, ask = _diagonals(c_or_cr), as_array(b), asking(sl.solve_toeplitz)
    n = (t.shape[-1] + 1) // 2
    if not n:
        return np.zeros_like(b)
    return solved(Toeplitz(), t, b, lambda t, b: ask((t[..., n - 1:], t[..., n - 1::-1]), b, check_finite), b.ndim == 1)


@composite(sl.matmul_toeplitz)
@operands("c_or_cr", "x")
def _matmul_toeplitz(c_or_cr, x, check_finite=False, workers=None):
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, c_or_cr)
    m, n = as_array(c).shape[-1], as_array(r).shape[-1]
    return np.matmul(_diagonals(c_or_cr)[..., n - 1 + np.arange(m)[:, None] - np.arange(n)], as_array(x))


class Circulant(System):
    """a[i, j] = data[(i - j) % n]."""

    core = 1

    def times(self, data, x):
        n = data.shape[-1]
        return np.matmul(data[..., (np.arange(n)[:, None] - np.arange(n)) % n], x)

    def sampled(self, g, x):
        n, s = g.shape[-2], Toeplitz().sampled(g, x)
        return s[..., n - 1:] + _moved(np.concatenate([s[..., :n - 1], np.zeros_like(s[..., :1])], axis=-1), 1)

    def transposed(self):
        return self, lambda data: np.concatenate([data[..., :1], data[..., :0:-1]], axis=-1)

    def solve(self, data, b):
        return by_columns(sl.solve_circulant, data, 1, b)


@implicit(sl.solve_circulant)
@operands("c", "b")
def _solve_circulant(c, b, singular="raise", tol=None, caxis=-1, baxis=0, outaxis=0):
    c, b, ask = np.atleast_1d(as_array(c)), np.atleast_1d(as_array(b)), asking(sl.solve_circulant)
    plain = c.ndim == 1 and b.ndim < 3 and (b.ndim == 1 or baxis == outaxis == 0)
    if singular != "raise" or not plain:
        raise NoRuleError("scipy.linalg.solve_circulant has a derivative rule for one vector c, b of one or two axes with baxis=0 "
                          "and outaxis=0, and singular='raise'")
    return solved(Circulant(), c, b, lambda c, b: ask(c, b, tol=tol), b.ndim == 1)


# ---------------------------------------------------------------- matrix equations


def _each(fn, *cores):
    """fn for plain arrays with batch axes in front; `cores`: axes of one call."""
    def call(*xs):
        lead = np.broadcast_shapes(*(x.shape[:x.ndim - 2] for x in xs))
        if not lead:
            return fn(*xs)
        flat = [np.broadcast_to(x, lead + x.shape[-2:]).reshape((-1, *x.shape[-2:])) for x in xs]
        return np.stack([fn(*part) for part in zip(*flat, strict=True)]).reshape(lead + xs[-1].shape[-2:])

    return call


def _two(fn, *xs):
    """SciPy's own error where something is no matrix."""
    xs = tuple(as_array(x) for x in xs)
    if any(x.ndim != 2 for x in xs):
        if not any(carries(x) for x in xs) or any(x.ndim < 2 for x in xs):
            fn(*(np.ones(x.shape) for x in xs))
        raise NoRuleError(f"scipy.linalg.{fn.__name__} of a batch of equations has no derivative rule: call it for each of them")
    return xs


def _sum(*terms):
    return sum(t for t in terms if t is not None)


def _product(*factors):
    """A product of matrices; None where one is None: zero."""
    out = factors[0]
    for f in factors[1:]:
        out = None if out is None or f is None else np.matmul(out, f)
    return out


def _minus(x):
    return None if x is None else -x


@implicit(sl.solve_sylvester)
@operands("a", "b", "q")
def _solve_sylvester(a, b, q):
    """A X + X B = Q."""
    from_left = asking(sl.solve_sylvester)

    def jvp(xs, ys, ts):
        right = _sum(ts[2], _minus(_product(ts[0], ys[0])), _minus(_product(ys[0], ts[1])))
        return (sylvester(xs[0], xs[1], right),)

    def vjp(xs, ys, gs):
        g, y = sylvester(transposed(xs[0]), transposed(xs[1]), gs[0]), transposed(ys[0])
        return -np.matmul(g, y), -np.matmul(y, g), g

    return Solved(_two(sl.solve_sylvester, a, b, q), from_left, jvp, vjp)


def _stacked(fn, *xs):
    """A solver of one equation, for right sides with leading axes."""
    ask, q = asking(fn), xs[-1]
    if q.ndim == 2:
        return ask(*xs)
    flat = q.reshape((-1, *q.shape[-2:]))
    out = [ask(*xs[:-1], flat[k]) for k in range(flat.shape[0])]
    return np.stack(out).reshape(q.shape) if out else np.zeros_like(q)


def sylvester(a, b, q):
    return _stacked(sl.solve_sylvester, a, b, q)


@composite(*dict.fromkeys([sl.solve_continuous_lyapunov, sl.solve_lyapunov]))
@operands("a", "q")
def _solve_continuous_lyapunov(a, q):
    """A X + X A' = Q."""
    a, q = _two(sl.solve_continuous_lyapunov, a, q)
    return sylvester(a, transposed(a), q)


@implicit(sl.solve_discrete_lyapunov)
@operands("a", "q")
def _solve_discrete_lyapunov(a, q, method=None):
    """A X A' - X + Q = 0."""
    def jvp(xs, ys, ts):
        a, y = xs[0], ys[0]
        moved = None if ts[0] is None else _product(ts[0], y, transposed(a)) + _product(a, y, transposed(ts[0]))
        return (_stacked(sl.solve_discrete_lyapunov, a, _sum(ts[1], moved)),)

    def vjp(xs, ys, gs):
        a, y = xs[0], ys[0]
        g = _stacked(sl.solve_discrete_lyapunov, transposed(a), gs[0])
        return _product(g, a, transposed(y)) + _product(transposed(g), a, y), g

    ask = asking(sl.solve_discrete_lyapunov)
    return Solved(_two(sl.solve_discrete_lyapunov, a, q), lambda a, q: ask(a, q, method), jvp, vjp)


@implicit(sl.solve_continuous_are)
@operands("a", "b", "q", "r")
def _solve_continuous_are(a, b, q, r, e=None, s=None, balanced=True):
    """A' X + X A - X B R^-1 B' X + Q = 0: a Lyapunov equation of the closed loop A - B K for the differential."""
    if e is not None or s is not None:
        raise NoRuleError("scipy.linalg.solve_continuous_are with e= or s= has no derivative rule: transform the equation first")

    def loop(xs, y):
        gain = np.linalg.solve(xs[3], np.matmul(transposed(xs[1]), y))
        return gain, xs[0] - np.matmul(xs[1], gain)

    def jvp(xs, ys, ts):
        (gain, closed), y = loop(xs, ys[0]), ys[0]
        half = _sum(_product(y, ts[0]), _minus(_product(y, ts[1], gain)), 0.0)
        right = _sum(ts[2], _product(transposed(gain), ts[3], gain), half + transposed(half) if np.ndim(half) else None, 0.0)
        return (-sylvester(transposed(closed), closed, right),)

    def vjp(xs, ys, gs):
        (gain, closed), y = loop(xs, ys[0]), ys[0]
        g = -sylvester(closed, transposed(closed), gs[0])
        both = np.matmul(y, g + transposed(g))
        return both, -np.matmul(both, transposed(gain)), g, _product(gain, g, transposed(gain))

    ask = asking(sl.solve_continuous_are)
    return Solved(_two(sl.solve_continuous_are, a, b, q, r), lambda *xs: ask(*xs, balanced=balanced), jvp, vjp)
