"""Sparse matrices whose entries carry derivatives: SciPy's structure, entries of ours.

Decision: whatever moves entries without computing with them (conversions, slices, transposes, stacking, diagonals) is SciPy's own
code, run once on a matrix that holds the number of each entry: what comes out says where every entry went.
May import: core, rules, errors, numpy, scipy.sparse.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ...core.jets import Jet
from ...core.operands import primal
from ...errors import ConversionError, NoRuleError
from ...rules.scipy_sparse import Pattern, product, summed

__all__ = ["Traced", "constant_product", "lifted", "paired", "placed", "traced_in"]

WHY = "compose it from what is covered (docs/scipy_sparse.md), or take .value of the entries if they are meant to be constants"


def refuse(name):
    return NoRuleError(f"{name} has no derivative rule in dualad for sparse matrices that carry derivatives: {WHY}")


def traced_in(x):
    """Whether anything in nested lists, tuples and dicts carries derivatives, sparse matrices of ours included."""
    if isinstance(x, (list, tuple)):
        return any(map(traced_in, x))
    if isinstance(x, dict):
        return any(map(traced_in, x.values()))
    return isinstance(x, (Jet, Traced)) or type(x) is np.ndarray and x.dtype == object and any(map(traced_in, x.ravel()))


def _template(matrix):
    """A matrix that keeps its entries in one array."""
    return matrix if hasattr(matrix, "tocoo") and matrix.format in ("csr", "csc", "coo", "dia", "bsr") else matrix.tocsr()


class Structure(Pattern):
    """The pattern of one of SciPy's matrices."""

    def __init__(self, template):
        self.template = template = template.copy()  # what is the user's may change before a backward sweep
        storage = self.filled(np.arange(1.0, template.data.size + 1)).tocoo()
        self.slots = np.rint(storage.data).astype(int) - 1
        super().__init__(template.shape, self.matrix, (storage.row, storage.col))

    def filled(self, flat):
        out = self.template.copy()
        out.data = flat.reshape(self.template.data.shape)
        return out

    def matrix(self, entries):
        flat = np.zeros(self.template.data.size, entries.dtype)
        flat[self.slots] = entries
        return self.filled(flat)


class Traced:
    """A sparse matrix of fixed structure: `structure`, and `entries` in the order in which SciPy's `tocoo` lists them."""

    __array_ufunc__ = None  # NumPy's arrays leave operators to us
    ndim = 2

    def __init__(self, structure, entries):
        self.structure, self.entries = structure, entries
        self.shape, self.format = structure.shape, structure.template.format

    def __repr__(self):
        return f"<{self.format} matrix with derivatives, {self.nnz} entries, shape {self.shape}>"

    def __array__(self, *args, **kwargs):
        raise ConversionError("np.array/np.asarray of a sparse matrix would drop its derivatives: use .toarray()")

    def __bool__(self):
        raise ValueError("The truth value of an array with more than one element is ambiguous.")

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name in MOVES:
            return lambda *args, **kwargs: placed(lambda m: getattr(m, name)(*args, **kwargs), self)
        if name in ELEMENTWISE:
            found = self.canonical()
            return lambda: Traced(found.structure, getattr(np, name)(found.entries))
        if hasattr(self.structure.template, name):
            raise refuse(f"scipy.sparse: .{name} of a {self.format} matrix")
        raise AttributeError(f"a sparse matrix of format {self.format} has no attribute {name!r}")

    @property
    def matrix_kind(self):
        """Whether `*` is the product of matrices."""
        return isinstance(self.structure.template, sp.spmatrix)

    @property
    def dtype(self):
        return self.entries.dtype

    @property
    def nnz(self):
        return int(self.structure.template.nnz)

    @property
    def data(self):
        """The stored numbers, as SciPy's attribute of this name: a copy."""
        template, slots = self.structure.template, self.structure.slots
        if slots.size == template.data.size and np.array_equal(slots, np.arange(slots.size)):
            return np.reshape(self.entries, template.data.shape)
        place = np.zeros(template.data.size, int) - 1
        place[slots] = np.arange(slots.size)
        pool = np.concatenate([self.entries, np.zeros(1, self.dtype)])
        return np.reshape(pool[place], template.data.shape)

    @property
    def T(self):
        return self.transpose()

    def part(self, name):
        """indices, indptr, row, col, offsets: constants."""
        return getattr(self.structure.template, name)

    indices = property(lambda self: self.part("indices"))
    indptr = property(lambda self: self.part("indptr"))
    offsets = property(lambda self: self.part("offsets"))
    row = property(lambda self: self.part("row"))
    col = property(lambda self: self.part("col"))

    # ---- one entry for each place ----

    def canonical(self):
        """The same matrix with one entry for each place."""
        row, col = self.structure.places
        keys = row.astype(np.int64) * max(self.shape[1], 1) + col
        if np.unique(keys).size == keys.size:
            return self
        places, which = np.unique(keys, return_inverse=True)
        template = sp.coo_array((np.ones(places.size), divmod(places, self.shape[1])), shape=self.shape)
        kind = type(self.structure.template)
        merged = Traced(Structure(kind(template) if self.format in ("csr", "csc", "coo") else template.tocsr()), None)
        # entries of the new structure, by their places
        row, col = merged.structure.places
        order = np.searchsorted(places, row.astype(np.int64) * self.shape[1] + col)
        merged.entries = _counted(which.reshape(-1), self.entries, places.size)[order]
        return merged

    def sum_duplicates(self):
        found = self.canonical()
        self.structure, self.entries = found.structure, found.entries

    def sort_indices(self):
        """Nothing to do: no result depends on it."""

    eliminate_zeros = sort_indices

    # ---- numbers ----

    def toarray(self, order=None, out=None):
        return placed(lambda m: m.toarray(), self)

    def todense(self, order=None, out=None):
        self.no_matrix(".todense()")
        return self.toarray()

    def no_matrix(self, what):
        """Refuse what SciPy returns as numpy.matrix, whose `*` is another one than that of our arrays."""
        if self.matrix_kind:
            raise NoRuleError(f"scipy.sparse: {what} of a {self.format}_matrix is a numpy.matrix, which cannot carry derivatives: "
                              f"use .toarray(), or sparse arrays ({self.format}_array)")

    def sum(self, axis=None, dtype=None, out=None):
        if axis is None:
            return summed(self.entries, self.structure, None)
        self.no_matrix(".sum(axis)")
        return summed(self.entries, self.structure, axis % 2)

    def mean(self, axis=None, dtype=None, out=None):
        size = self.shape[0] * self.shape[1] if axis is None else self.shape[axis % 2]
        return self.sum(axis) / size

    def trace(self, offset=0):
        return np.sum(self.diagonal(offset))

    def setdiag(self, values, k=0):
        changed = placed(lambda m, v: _with_diagonal(m, v, k), self.canonical(), values)
        self.structure, self.entries = changed.structure, changed.entries

    def power(self, n, dtype=None):
        found = self.canonical()
        return Traced(found.structure, found.entries ** n)

    def __abs__(self):
        found = self.canonical()
        return Traced(found.structure, np.abs(found.entries))

    def __neg__(self):
        return Traced(self.structure, -self.entries)

    def __pos__(self):
        return self

    def astype(self, dtype, casting="unsafe", copy=True):
        return Traced(self.structure, np.astype(self.entries, np.dtype(dtype)))

    def conjugate(self, copy=True):
        return self

    conj = conjugate

    def _no_answer(self, other):
        raise refuse("scipy.sparse: comparison")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _no_answer
    __hash__ = None

    def __iter__(self):
        raise refuse("scipy.sparse: a loop over a matrix")

    def __getitem__(self, key):
        return placed(lambda m: m[key], self)

    def __setitem__(self, key, value):
        raise refuse("scipy.sparse: A[key] = value of a matrix")

    # ---- operators ----

    def scaled(self, number):
        return Traced(self.structure, self.entries * number)

    def multiply(self, other):
        if isinstance(other, Traced) or sp.issparse(other):
            return _common(self, other)
        if np.ndim(other) == 0:
            return self.scaled(other)
        found = self.canonical()
        row, col = found.structure.places
        wide = np.broadcast_to(other, self.shape)
        return Traced(found.structure, found.entries * wide[row, col]).tocoo()

    def __mul__(self, other):
        if np.ndim(other) == 0 and not isinstance(other, Traced) and not sp.issparse(other):
            return self.scaled(other)
        return self @ other if self.matrix_kind else self.multiply(other)

    def __rmul__(self, other):
        if np.ndim(other) == 0:
            return self.scaled(other)
        return other @ self if self.matrix_kind else self.multiply(other)

    def __truediv__(self, other):
        if isinstance(other, Traced) or sp.issparse(other):
            raise refuse("scipy.sparse: division of matrices")
        return self.scaled(1.0 / other) if np.ndim(other) == 0 else self.multiply(1.0 / other)  # as SciPy does

    def __matmul__(self, other):
        if isinstance(other, Traced) or sp.issparse(other):
            return _sparse_product(self, lifted(other))
        if isinstance(other, np.matrix):
            self.no_matrix("the product with a numpy.matrix")
        other = other if isinstance(other, Jet) else np.asarray(other)
        if other.ndim not in (1, 2) or other.shape[0] != self.shape[1]:
            raise ValueError(f"matmul: dimension mismatch of matrices {self.shape} and {other.shape}")
        found = product(self.entries, other[:, None] if other.ndim == 1 else other, self.structure)
        return found[:, 0] if other.ndim == 1 else found

    def __rmatmul__(self, other):
        return np.transpose(self.transpose() @ np.transpose(other))

    dot = __matmul__

    def __pow__(self, n):
        if not self.matrix_kind:
            return self.power(n)
        if int(n) != n or n < 1:
            raise refuse("scipy.sparse: A ** n with n < 1")
        return self if n == 1 else self @ self ** (n - 1)

    def __add__(self, other):
        if isinstance(other, Traced) or sp.issparse(other):
            return _sum(self, lifted(other))
        if np.ndim(other) == 0 and not np.any(primal(other)) and not isinstance(other, Jet):
            return self
        if np.ndim(other) == 0:
            raise NotImplementedError("adding a nonzero scalar to a sparse array is not supported")
        self.no_matrix("the sum with a dense array")
        return self.toarray() + other

    __radd__ = __add__

    def __sub__(self, other):
        return self + (-lifted(other) if sp.issparse(other) else -other)

    def __rsub__(self, other):
        return -self + other


def constant_product(matrix, x):
    """A @ x for a constant matrix, as it is now: without looking at its entries one by one."""
    now = matrix.copy()
    if x.shape[0] != matrix.shape[1]:
        raise ValueError(f"matmul: dimension mismatch of matrices {matrix.shape} and {x.shape}")
    found = product(np.zeros(1), x[:, None] if x.ndim == 1 else x, Pattern(matrix.shape, lambda entries: now))
    return found[:, 0] if x.ndim == 1 else found


# ---- from one structure to another ----

# Methods that keep zeros: NumPy's function of the entries.
ELEMENTWISE = frozenset("""arcsin arcsinh arctan arctanh ceil deg2rad expm1 floor log1p rad2deg rint sign sin sinh sqrt tan tanh
                        trunc""".split())
# Methods that move entries without computing with them.
MOVES = frozenset("transpose tocsr tocsc tocoo todia tobsr tolil todok asformat copy reshape diagonal getrow getcol getH".split())


def _counted(which, entries, size):
    """Sums of entries that are given the same number."""
    out = np.bincount(which, weights=entries, minlength=size)
    return out if out.dtype == entries.dtype else np.astype(out, entries.dtype)


def _with_diagonal(m, values, k):
    m = m.tolil()
    m.setdiag(values, k)
    return m.tocsr()


def lifted(matrix):
    """A constant sparse matrix as one of ours."""
    if isinstance(matrix, Traced):
        return matrix
    data = getattr(matrix, "data", None)
    if isinstance(data, Jet):  # A.data = x in a copy of a constant matrix
        template = matrix.copy() if matrix.format not in ("csr", "csc", "coo", "dia", "bsr") else type(matrix)(matrix.shape)
        raise refuse(f"scipy.sparse: .data = of a {template.format} matrix")
    template = _template(matrix)
    structure = Structure(template)
    return Traced(structure, np.reshape(template.data, -1)[structure.slots])


class _Numbers:
    """Numbers 1, 2, ... for entries, which go to a pool; with `total` counted from there downwards."""

    def __init__(self, total=None):
        self.pool, self.count, self.total = [], 0, total

    def within(self, x):
        """`x` with numbers in place of its entries."""
        if isinstance(x, (list, tuple)):
            return type(x)(self.within(v) for v in x)
        if isinstance(x, Traced):
            x = x.canonical()
            return x.structure.matrix(self.of(x.entries))
        if sp.issparse(x) and x.dtype.kind in "fiub" and x.nnz:
            return self.within(lifted(x))
        plain = isinstance(x, (int, float, np.number)) or type(x) is np.ndarray and x.dtype.kind in "fiu"
        return self.of(x if isinstance(x, Jet) else np.asarray(x, float)) if plain or isinstance(x, Jet) else x

    def of(self, x):
        found = np.arange(self.count + 1.0, self.count + 1 + np.size(x)).reshape(np.shape(x))
        self.pool.append(np.reshape(x, -1))
        self.count += np.size(x)
        found = found if self.total is None else self.total + 1 - found
        return found if np.ndim(x) else float(found)


def placed(fn, *args):
    """fn(*args) of a function that moves entries only, run on their numbers.

    It is run again on the same numbers counted downwards: where it adds entries up, the two results do not belong together.
    """
    up = _Numbers()
    found = fn(*up.within(args))
    again = fn(*_Numbers(up.count).within(args))
    pool = np.concatenate([*up.pool, np.zeros(1)])
    if not sp.issparse(found):
        index = _moved_only(found, again, up.count)  # zero: no entry, the last of the pool
        return pool[index - 1] if index.ndim else pool[int(index) - 1]
    if found.ndim != 2:
        raise refuse("scipy.sparse: a sparse array of one dimension (index with a slice or a list: A[[i], :])")
    template = _template(found)
    structure = Structure(template)
    numbers = (np.reshape(_template(m).data, -1)[structure.slots] for m in (found, again))
    return Traced(structure, pool[_moved_only(*numbers, up.count) - 1])


def _moved_only(found, again, count):
    found, again = np.rint(np.asarray(found)).astype(int), np.rint(np.asarray(again)).astype(int)
    if found.shape != again.shape or not np.array_equal(np.where(found == 0, 0, count + 1 - found), again):
        raise refuse("scipy.sparse: a function that computes with entries")
    return found


def paired(fn, a, b):
    """fn(A, B) that multiplies entries in pairs, each pair to a place of its own: kron."""
    a, b = lifted(a).canonical(), lifted(b).canonical()
    one, two = (np.ones(m.entries.shape[0]) for m in (a, b))
    left = fn(a.structure.matrix(np.arange(1.0, one.size + 1)), b.structure.matrix(two))
    right = fn(a.structure.matrix(one), b.structure.matrix(np.arange(1.0, two.size + 1)))
    structure = Structure(_template(left))
    i, j = (np.rint(np.reshape(_template(m).data, -1)[structure.slots]).astype(int) - 1 for m in (left, right))
    keep = (i >= 0) & (j >= 0)
    entries = a.entries[i] * b.entries[j]
    return Traced(structure, entries if keep.all() else np.where(keep, entries, 0.0))


# ---- two matrices ----


def _kind(a, b):
    """The class of a result: csr, of arrays as soon as one of them is."""
    return sp.csr_matrix if a.matrix_kind and b.matrix_kind else sp.csr_array


def _gathered(cls, shape, row, col, entries):
    """The matrix of entries at places, equal places added in this order."""
    keys = row.astype(np.int64) * max(shape[1], 1) + col
    places, which = np.unique(keys, return_inverse=True)
    template = cls((np.ones(places.size), divmod(places, max(shape[1], 1))), shape=shape)
    return Traced(Structure(template), _counted(which.reshape(-1), entries, places.size))


def _sum(a, b):
    if a.shape != b.shape:
        raise ValueError(f"inconsistent shapes {a.shape} and {b.shape}")
    (ra, ca), (rb, cb) = a.structure.places, b.structure.places
    row, col, entries = (np.concatenate(both) for both in ((ra, rb), (ca, cb), (a.entries, b.entries)))
    return _gathered(_kind(a, b), a.shape, row, col, entries)


def _common(a, b):
    """Products of entries that stand at the same place."""
    a, b = a.canonical(), lifted(b).canonical()
    if a.shape != b.shape:
        raise refuse("scipy.sparse: .multiply of matrices of different shapes")
    (ra, ca), (rb, cb) = a.structure.places, b.structure.places
    both, i, j = np.intersect1d(ra.astype(np.int64) * a.shape[1] + ca, rb.astype(np.int64) * a.shape[1] + cb, return_indices=True)
    row, col = divmod(both, max(a.shape[1], 1))
    return _gathered(_kind(a, b), a.shape, row, col, a.entries[i] * b.entries[j])


def _sparse_product(a, b):
    if a.shape[1] != b.shape[0]:
        raise ValueError(f"matmul: dimension mismatch with signature (n,k={a.shape[1]}),(k={b.shape[0]},m)->(n,m)")
    (ra, ca), (rb, cb) = a.structure.places, b.structure.places
    # entries of b row by row; each entry of a meets a row of them
    order = np.argsort(rb, kind="stable")
    starts = np.searchsorted(rb[order], np.arange(b.shape[0] + 1))
    by_row = np.argsort(ra, kind="stable")
    lengths = (starts[1:] - starts[:-1])[ca[by_row]]
    i = np.repeat(by_row, lengths)
    j = order[np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths) + np.repeat(starts[ca[by_row]], lengths)]
    return _gathered(_kind(a, b), (a.shape[0], b.shape[1]), ra[i], cb[j], a.entries[i] * b.entries[j])
