"""`scipy.sparse` in the scope: constructors, methods, operators, functions and solvers, where something carries derivatives.

Decision: every public name is either handled or refused by name; without derivatives among the arguments SciPy's own code runs.
May import: core, rules, errors, numpy, scipy.sparse, and its siblings.
"""

from __future__ import annotations

import types

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as ssl
from scipy.sparse import csgraph

from ...core.interpret import call
from ...core.jets import Jet
from ...core.operands import primal, stacked
from ...rules import kinds
from ...rules.scipy_sparse import Factor, Iterative, Pattern, Sparse, converged, exponential
from ...rules.systems import solved
from ..aware import AWARE, OPERANDS
from .matrices import Traced, constant_product, lifted, paired, placed, refuse, traced_in

__all__ = []

FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
CLASSES = [getattr(sp, f"{name}_{kind}") for name in FORMATS for kind in ("array", "matrix")]


def _solution(system, entries, b, value):
    """The rule for solutions, called as if it were declared for `value`."""
    rule = kinds.Implicit(_Name(system.name), lambda entries, b: solved(system, entries, b, value, b.ndim == 1))
    return call(rule, (entries, b), {})


class _Name:
    """Stands for a function in the names of steps and errors."""

    def __init__(self, name):
        self.__name__, self.__module__ = name, ""


def _dense(x):
    return stacked(x)


# ---- functions that move entries, and products of pairs ----

MOVING = """diags diags_array spdiags tril triu hstack vstack bmat block_array block_diag""".split()


FIRST = ("diagonals", "data", "A", "blocks", "mats", "arg1")  # what the first argument is called


def _moving(scope, fn, args, kwargs):
    """The first argument holds the numbers; all others say where they go."""
    name = next((k for k in FIRST if k in kwargs), None)
    numbers = args[0] if args else kwargs.pop(name)
    if traced_in(args[1:]) or traced_in(kwargs):
        raise refuse(f"scipy.sparse.{fn.__name__} with derivatives elsewhere than in its first argument")
    if isinstance(fn, type) and isinstance(numbers, tuple):
        # (data, indices, indptr), (data, (row, col)), (data, offsets)
        if len(numbers) == 2 and isinstance(numbers[1], (tuple, list)) and fn.__name__[:3] in ("csr", "csc", "bsr"):
            # entries at the same place are added, which is our own work
            found = _moving(scope, sp.coo_array if issubclass(fn, sp.sparray) else sp.coo_matrix, args, kwargs)
            return found.asformat(fn.__name__[:3])
        return placed(lambda data: fn((data, *numbers[1:]), *args[1:], **kwargs), numbers[0])
    return placed(lambda m: fn(m, *args[1:], **kwargs), numbers)


def _made(scope, cls, args, kwargs):
    """csr_array((data, indices, indptr)) and the like; the numbers of entries keep their own type."""
    dtype = kwargs.pop("dtype", None)
    found = _moving(scope, cls, args, kwargs)
    return found if dtype is None or np.dtype(dtype) == found.dtype else found.astype(dtype)


def _kron(scope, fn, args, kwargs):
    a, b, *rest = args
    cls = sp.csr_matrix if all(_of_matrix_kind(m) for m in (a, b)) else sp.csr_array
    a, b = (m if sp.issparse(m) or isinstance(m, Traced) else placed(cls, np.atleast_2d(m)) for m in (a, b))
    return paired(lambda a, b: fn(a, b, *rest, **kwargs), a, b)


def _of_matrix_kind(m):
    return m.matrix_kind if isinstance(m, Traced) else not isinstance(m, sp.sparray)


def _kronsum(scope, fn, args, kwargs):
    a, b = (lifted(m) for m in args[:2])
    eye = [sp.eye_array(m.shape[0], format="csr") for m in (a, b)]
    return paired(sp.kron, eye[1], a) + paired(sp.kron, b, eye[0])


def _issparse(scope, fn, args, kwargs):
    return isinstance(args[0], Traced) and (fn is sp.issparse or args[0].matrix_kind and sp.isspmatrix(args[0].structure.template))


def _methods(name):
    def method(scope, fn, args, kwargs):
        target, *rest = args
        if isinstance(getattr(target, "data", None), Jet) or not hasattr(Traced, name):
            raise refuse(f"scipy.sparse: .{name} of a {getattr(target, 'format', '')} matrix")
        if name == "dot" and len(rest) == 1 and _simple(target, rest[0]):
            return constant_product(target, rest[0])
        return getattr(lifted(target), name)(*rest, **kwargs)

    return method


# ---- operators ----

FORWARD = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "truediv": "__truediv__", "matmul": "__matmul__"}
BACKWARD = {"add": "__radd__", "sub": "__rsub__", "mul": "__rmul__", "matmul": "__rmatmul__"}


def _simple(a, x):
    return isinstance(x, Jet) and x.ndim in (1, 2) and sp.issparse(a) and a.ndim == 2


def _operate(scope, name, a, b):
    if not traced_in((a, b)):
        return NotImplemented
    if (name == "matmul" or name == "mul" and isinstance(a, sp.spmatrix)) and _simple(a, b):
        return constant_product(a, b)
    if (name == "matmul" or name == "mul" and isinstance(b, sp.spmatrix)) and _simple(b, a):
        return np.transpose(constant_product(b.T, np.transpose(a)))
    if sp.issparse(a) or isinstance(a, Traced):
        return getattr(lifted(a), FORWARD[name])(b)
    if name not in BACKWARD:
        raise refuse(f"scipy.sparse: {type(a).__name__} {name} matrix")
    return getattr(lifted(b), BACKWARD[name])(a)


# ---- systems ----


def _system(a):
    """(pattern, entries) of a matrix, constant or not, sparse or dense or an operator."""
    if isinstance(a, Traced):
        return a.structure, a.entries
    if isinstance(a, Jet):
        m, n = a.shape
        places = np.repeat(np.arange(m), n), np.tile(np.arange(n), m)
        return Pattern(a.shape, lambda entries: entries.reshape((m, n)), places), np.reshape(a, -1)
    now = a.copy() if sp.issparse(a) or isinstance(a, np.ndarray) else a  # it may change before a backward sweep
    return Pattern(a.shape, lambda entries: now), np.zeros(1)


def _spsolve(scope, fn, args, kwargs):
    def bound(A, b, permc_spec=None, use_umfpack=True):
        if isinstance(b, Traced) or sp.issparse(b):
            raise refuse("scipy.sparse.linalg.spsolve with a sparse right side (pass b.toarray())")
        pattern, entries = _system(A)
        b = _dense(b)
        b = b[:, 0] if b.ndim == 2 and b.shape[1] == 1 else b
        system = Sparse(pattern, "scipy.sparse.linalg.spsolve")

        def value(entries, b):
            return ssl.spsolve(pattern.build(entries), b, permc_spec, use_umfpack)

        return _solution(system, entries, b, _asking(system, value))

    return bound(*args, **kwargs)


def _asking(system, value):
    """`value` for plain arrays; the rule again for what carries derivatives of an enclosing level."""
    def asked(entries, b):
        if isinstance(entries, Jet) or isinstance(b, Jet):
            return _solution(system, entries, b, asked)
        return value(entries, b)

    return asked


def _spsolve_triangular(scope, fn, args, kwargs):
    def bound(A, b, lower=True, overwrite_A=False, overwrite_b=False, unit_diagonal=False):
        if unit_diagonal or sp.issparse(b) or isinstance(b, Traced):
            raise refuse("scipy.sparse.linalg.spsolve_triangular with unit_diagonal or a sparse right side")
        pattern, entries = _system(A)
        if (sp.triu if lower else sp.tril)(pattern.build(primal(entries)), 1 if lower else -1).count_nonzero():
            raise refuse(f"scipy.sparse.linalg.spsolve_triangular(lower={bool(lower)}) of a matrix that is not triangular")
        system = Sparse(pattern, "scipy.sparse.linalg.spsolve_triangular")

        def value(entries, b):
            return ssl.spsolve_triangular(pattern.build(entries), b, lower)

        return _solution(system, entries, _dense(b), _asking(system, value))

    return bound(*args, **kwargs)


def _find(scope, fn, args, kwargs):
    found = args[0].canonical()
    keep = np.asarray(primal(found.entries)) != 0
    row, col = found.structure.places
    return row[keep], col[keep], found.entries[keep]


class Factorised:
    """What splu of a matrix with derivatives returns."""

    def __init__(self, matrix, options):
        self.pattern, self.entries = _system(matrix)
        self.shape, self.system = matrix.shape, Sparse(self.pattern, "scipy.sparse.linalg.splu")
        self.factor = ssl.splu(self.pattern.build(primal(self.entries)), **options)
        self.system.kept[:] = np.array(primal(self.entries)), self.factor

    def solve(self, rhs, trans="N"):
        return _factor_solve(self.factor, self.system, self.entries, _dense(rhs), trans)

    __call__ = solve

    def __getattr__(self, name):
        if name in ("L", "U", "perm_c", "perm_r", "nnz"):
            raise refuse(f"scipy.sparse.linalg.splu: .{name}")
        raise AttributeError(name)


def _factor_solve(factor, system, entries, b, trans):
    if trans not in ("N", "T", "H"):
        factor.solve(np.zeros(factor.shape[0]), trans)  # SciPy's own error
    system = system if trans == "N" else system.transposed()[0]
    return _solution(system, entries, b, _asking(system, lambda e, c: factor.solve(c, trans)))


def _splu(scope, fn, args, kwargs):
    def bound(A, **options):
        return Factorised(A, options)

    return bound(*args, **kwargs)


def _superlu_solve(scope, fn, args, kwargs):
    factor, b, trans = (lambda self, rhs, trans="N": (self, rhs, trans))(*args, **kwargs)
    system = Factor(Pattern(factor.shape, None, None), "scipy.sparse.linalg.SuperLU.solve", [None, factor])
    return _factor_solve(factor, system, np.zeros(1), _dense(b), trans)


SYMMETRIC = ("cg", "minres")
ITERATIVE = ("bicg", "bicgstab", "cg", "cgs", "gmres", "lgmres", "minres", "tfqmr", "gcrotmk")
OPTIONS = ("rtol", "tol", "atol", "restart", "maxiter", "M", "inner_m", "outer_k", "m", "k")


def _iterative(scope, fn, args, kwargs):
    name = f"scipy.sparse.linalg.{fn.__name__}"
    a, b, *start = args
    x0 = start[0] if start else kwargs.pop("x0", None)
    unknown = [k for k in kwargs if k not in (*OPTIONS, "callback", "callback_type")]
    if unknown or len(start) > 1 or traced_in(kwargs):
        raise refuse(f"{name} with {', '.join(unknown) or 'these arguments'}")
    pattern, entries = _system(a)
    options = {k: v for k, v in kwargs.items() if k in OPTIONS}
    system = Iterative(pattern, name, [fn, options, fn.__name__ in SYMMETRIC])
    b = _dense(b)

    def value(entries, b):
        # at the solution nothing depends on where the iteration began
        return converged(name, *fn(pattern.build(entries), b, primal(x0) if isinstance(x0, Jet) else x0, **kwargs))

    return _solution(system, entries, np.reshape(b, -1) if b.ndim == 2 and b.shape[1] == 1 else b, _asking(system, value)), 0


# ---- other functions ----


def _expm_multiply(scope, fn, args, kwargs):
    if len(args) != 2 or kwargs:
        raise refuse("scipy.sparse.linalg.expm_multiply with start, stop, num, endpoint or traceA")
    a = args[0]
    if not (isinstance(a, Traced) or sp.issparse(a)):
        raise refuse("scipy.sparse.linalg.expm_multiply of a dense matrix or an operator (pass a sparse matrix)")
    a = lifted(a)
    return call(kinds.lookup(exponential), (a.entries, _dense(args[1]), a.structure), {})


def _norm(scope, fn, args, kwargs):
    def bound(x, ord=None, axis=None):
        x = x.canonical()
        if axis is not None or ord not in (None, "fro", 1, -1, np.inf, -np.inf):
            raise refuse(f"scipy.sparse.linalg.norm(ord={ord!r}, axis={axis!r})")
        if ord in (None, "fro"):
            return np.linalg.norm(x.entries)
        sums = np.ravel(abs(x).sum(axis=0 if abs(ord) == 1 else 1))
        return np.max(sums) if ord > 0 else np.min(sums)

    return bound(*args, **kwargs)


NORMAL = "use scipy.linalg.lstsq, or solve the normal equations with spsolve"
HINTS = {"lsqr": NORMAL, "lsmr": NORMAL, "eigsh": "use scipy.linalg.eigh(A.toarray())", "eigs": "use scipy.linalg.eig(A.toarray())",
         "svds": "use scipy.linalg.svd(A.toarray(), full_matrices=False)", "inv": "use spsolve, or scipy.linalg.inv(A.toarray())",
         "expm": "use expm_multiply, or scipy.linalg.expm(A.toarray())"}
# They make matrices of sizes alone, or ask about formats.
SIZES = """eye eye_array identity rand random random_array get_index_dtype load_npz safely_cast_index_arrays isspmatrix_bsr
    isspmatrix_coo isspmatrix_csc isspmatrix_csr isspmatrix_dia isspmatrix_dok isspmatrix_lil use_solver""".split()


def _refused(name):
    def refusing(scope, fn, args, kwargs):
        error = refuse(name)
        hint = HINTS.get(name.rpartition(".")[2])
        raise type(error)(f"{error}; {hint}") if hint else error

    return refusing


# ---- the table ----


def _only_with_derivatives(handler):
    """SciPy's own code where nothing carries derivatives."""
    def asked(scope, fn, args, kwargs):
        return handler(scope, fn, args, dict(kwargs)) if traced_in(args) or traced_in(kwargs) else NotImplemented

    return asked


FUNCTIONS = {
    sp: {name: _moving for name in MOVING} | {"kron": _kron, "kronsum": _kronsum, "issparse": _issparse, "isspmatrix": _issparse,
         "find": _find},
    ssl: {name: _iterative for name in ITERATIVE} | {"spsolve": _spsolve, "spsolve_triangular": _spsolve_triangular,
                                                     "splu": _splu, "factorized": _splu, "norm": _norm,
                                                     "expm_multiply": _expm_multiply},
    csgraph: {},
}


def public(module):
    """Names and functions that a module offers."""
    for name in dir(module):
        fn = getattr(module, name)
        if not name.startswith("_") and callable(fn) and not isinstance(fn, (types.ModuleType, type)):
            yield name, fn


def _function_table():
    for module, handlers in FUNCTIONS.items():
        for name, fn in public(module):
            AWARE[fn] = _only_with_derivatives(handlers.get(name) or _refused(f"{module.__name__}.{name}"))


def _class_table():
    for cls in CLASSES:
        AWARE[cls] = _only_with_derivatives(_made)
        OPERANDS[cls] = _operate
        for kind in cls.__mro__:
            for name, member in vars(kind).items():
                public = isinstance(member, types.FunctionType) and not name.startswith("_")
                if public and kind.__module__.startswith("scipy.sparse") and member not in AWARE:
                    AWARE[member] = _only_with_derivatives(_methods(name))
    OPERANDS[Traced] = _operate
    AWARE[ssl.SuperLU.solve] = _only_with_derivatives(_superlu_solve)
    for cls in (ssl.LinearOperator, ssl.LaplacianNd):
        AWARE[cls] = _only_with_derivatives(_refused(f"scipy.sparse.linalg.{cls.__name__}"))


_function_table()
_class_table()
