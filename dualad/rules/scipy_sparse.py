"""Sparse matrices whose structure is fixed: products, systems, and the exponential acting on a block, for `scipy.sparse`.

Decision: the numbers are a vector of entries, the structure (`Pattern`) is constant; SciPy's own matrix of the same format is built
from plain entries whenever something is computed. Products are bilinear in entries and columns; solvers are `System`s.
May import: numpy, scipy.sparse, .kinds, .contraction, .systems, .structural (helpers), dualad.errors.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as ssl

from ..errors import ConvergenceError, DegenerateError
from .contraction import unbroadcast
from .kinds import Contraction, bilinear, composite
from .structural import plain
from .systems import Own, System, by_columns

__all__ = ["Factor", "Iterative", "Pattern", "Sparse", "exponential", "product", "summed"]


class Pattern:
    """Where entries stand: entry e is added at (row[e], col[e]); `build(entries)` is SciPy's matrix of plain numbers."""

    def __init__(self, shape, build, places=None, flipped=None):
        self.shape, self.build, self._places, self._flipped = tuple(shape), build, places, flipped

    @property
    def places(self):
        """(rows, columns) of the entries, found when they are first needed."""
        if callable(self._places):
            self._places = self._places()
        return self._places

    @property
    def T(self):
        if self._flipped is None:
            self._flipped = Pattern(self.shape[::-1], lambda entries: self.build(entries).T, lambda: self.places[::-1], self)
        return self._flipped


def _multiplied(entries, x, pattern):
    """The product for plain arrays."""
    m = pattern.shape[0]
    batch = np.broadcast_shapes(entries.shape[:-1], x.shape[:-2])
    n, k = x.shape[-2:]
    if entries.ndim == 1 or all(d == 1 for d in entries.shape[:-1]):
        flat = np.moveaxis(np.broadcast_to(x, (*batch, n, k)), -2, 0).reshape(n, -1)
        return np.moveaxis(np.asarray(pattern.build(entries.reshape(-1)) @ flat).reshape((m, *batch, k)), 0, -2)
    rows = np.broadcast_to(entries, batch + entries.shape[-1:]).reshape((-1, entries.shape[-1]))
    x = np.broadcast_to(x, (*batch, n, k)).reshape((-1, n, k))
    out = [pattern.build(e) @ c for e, c in zip(rows, x, strict=True)]
    return np.stack(out).reshape((*batch, m, k)) if out else np.zeros((*batch, m, k), x.dtype)


product = Own("scipy.sparse: A @ x", _multiplied)


def sampled(g, x, pattern):
    """The cotangent of the entries in <g, A x>: entries of g x' where A has some."""
    row, col = pattern.places
    return np.sum(g[..., row, :] * x[..., col, :], axis=-1)


@bilinear(product)
def _product(entries, x, pattern):
    ndim = max(entries.ndim - 1, x.ndim - 2)
    # axes of length one, so that a leading axis meets no batch axis
    entries = entries.reshape((1,) * (ndim + 1 - entries.ndim) + tuple(entries.shape))
    x = x.reshape((1,) * (ndim + 2 - x.ndim) + tuple(x.shape))
    left, right = tuple(entries.shape), tuple(x.shape)

    def first(lg, lb, g, x):
        return unbroadcast(sampled(g, x, pattern), left, max(lg, lb))

    def second(lg, la, g, entries):
        return unbroadcast(product(entries, g, pattern.T), right, max(lg, la))

    def value(entries, x):
        return product(entries, x, pattern)

    return Contraction((entries, x), lambda la, lb, a, b: value(a, b), (first, second), value)


summed = Own("scipy.sparse: A.sum", lambda entries, pattern, axis: np.asarray(pattern.build(entries).sum(axis=axis))[()])


@composite(summed)
def _summed(entries, pattern, axis):
    if axis is None:
        return np.sum(entries)
    total = np.bincount(pattern.places[1 - axis], weights=entries, minlength=pattern.shape[1 - axis])
    shape = pattern.build(plain(entries)).sum(axis=axis).shape  # a row or column of a matrix, a vector of an array
    return np.astype(total, entries.dtype).reshape(shape)


# ---------------------------------------------------------------- systems


class Sparse(System):
    """Sparse matrices, solved by LU factors that are kept while the entries stay the same."""

    core = 1

    def __init__(self, pattern, name, kept=None, trans=False):
        self.pattern, self.name, self.trans = pattern, name, trans
        self.kept = [None, None] if kept is None else kept

    @property
    def meant(self):
        return self.pattern.T if self.trans else self.pattern

    def times(self, data, x):
        return product(data, x, self.meant)

    def sampled(self, g, x):
        return sampled(g, x, self.meant)

    def transposed(self):
        return type(self)(self.pattern, self.name, self.kept, not self.trans), lambda data: data

    def solve(self, data, b):
        return by_columns(self.one, data, 1, b)

    def one(self, entries, columns):
        known, factor = self.kept
        if known is None or not np.array_equal(known, entries):
            try:
                factor = ssl.splu(sp.csc_array(self.pattern.build(entries)))
            except RuntimeError as error:
                raise DegenerateError(f"the derivative of {self.name}: the matrix is singular ({error}), so that the solution has "
                                      "none: move the point") from error
            self.kept[:] = entries.copy(), factor
        return factor.solve(np.ascontiguousarray(columns), "T" if self.trans else "N")


class Factor(Sparse):
    """A factorisation that was made outside: a constant matrix, known by its solutions only."""

    def one(self, entries, columns):
        return self.kept[1].solve(np.ascontiguousarray(columns), "T" if self.trans else "N")


class Iterative(Sparse):
    """Systems solved by an iteration, column by column, with the same tolerance for values and derivatives."""

    def one(self, entries, columns):
        solver, options, symmetric = self.kept
        matrix = self.pattern.build(entries)
        if self.trans and not symmetric:
            matrix, options = matrix.T, {**options, "M": _transposed(options.get("M"))}
        out = [converged(self.name, *solver(matrix, c, **options)) for c in np.ascontiguousarray(columns.T)]
        return np.stack(out, axis=1) if out else np.zeros_like(columns)


def _transposed(preconditioner):
    return None if preconditioner is None else ssl.aslinearoperator(preconditioner).T


def converged(name, x, info):
    if info:
        raise ConvergenceError(f"{name} did not converge (info={info}): derivatives of a solution need the solution. Raise "
                               "maxiter, precondition (M=), or use spsolve")
    return x


# ---------------------------------------------------------------- the exponential

exponential = Own("scipy.sparse.linalg.expm_multiply", lambda entries, b, pattern: ssl.expm_multiply(pattern.build(entries), b))
TERMS = 20  # 1 / 21! is below rounding, also where the series is differentiated


@composite(exponential)
def _exponential(entries, b, pattern):
    """exp(A) B by as many Taylor steps as keep each below norm one; the shift by the mean of the diagonal changes nothing."""
    n = pattern.shape[0]
    matrix = pattern.build(plain(entries)).tocsr()
    shift = float(matrix.trace()) / n
    size = float(abs(matrix).sum(axis=0).max()) + abs(shift) if matrix.nnz else abs(shift)
    steps = max(1, int(np.ceil(size)))
    f = b[:, None] if b.ndim == 1 else b
    for _ in range(steps):
        term = f
        for k in range(1, TERMS + 1):
            term = (product(entries, term, pattern) - shift * term) / (steps * k)
            f = f + term
        f = f * np.exp(shift / steps)
    return f[:, 0] if b.ndim == 1 else f
