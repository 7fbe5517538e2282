"""scipy.sparse in plain user code: every mode against differences, values bit for bit, finite elements, the namespace, errors."""

import re
import types
from pathlib import Path

import numpy as np
import pytest
import scipy
import scipy.sparse as sp
import scipy.sparse.linalg as ssl
from mixtures import check, page, values

import dualad
from dualad import errors
from dualad.scope import aware

RNG = np.random.default_rng(20261202)
M = RNG.normal(size=(4, 4)) * (RNG.random((4, 4)) > 0.4) + 4 * np.eye(4)
V, x, X = RNG.normal(size=(4, 4)), RNG.normal(size=4), RNG.normal(size=(4, 2))
A, C = sp.csr_array(M), sp.csc_array(M)
IDX, PTR, D = A.indices, A.indptr, A.data.copy()
ROW, COL = A.tocoo().row, A.tocoo().col
FACTOR = ssl.splu(C)
SPD = sp.csr_array(M @ M.T)
FORMATS = [f"{name}_{kind}" for name in ("csr", "csc", "coo", "dia", "bsr", "lil", "dok") for kind in ("array", "matrix")]


def make(d):
    return sp.csr_array((d, IDX, PTR), shape=(4, 4))


def doubled(d, cls=sp.coo_matrix):
    """Every entry in two parts."""
    return cls((np.concatenate([d, d * d]), (np.r_[ROW, ROW], np.r_[COL, COL])), shape=(4, 4))


def with_diagonal(d):
    m = make(1.0 * d)
    m.setdiag(d[:4] ** 2)
    return m


def added(d):
    m = A.copy()
    m += make(d)
    m -= sp.csc_array(make(d * d))
    return m


def tidied(d):
    m = doubled(1.0 * d)
    m.sum_duplicates()
    m.eliminate_zeros()
    m = m.tocsr()
    m.sort_indices()
    return m @ x


def assembled(d):
    K = sp.csr_array((4, 4))
    for k in range(3):
        K = K + d[k] * A
    K += make(d)
    return K @ x


def definite(d):
    return sp.csr_array((d[0] * SPD.data, SPD.indices, SPD.indptr), shape=(4, 4)) + sp.diags_array(d[:4] ** 2)


CONSTANT = {
    "A @ v": (lambda A: lambda v: A @ v, x), "v @ A": (lambda A: lambda v: v @ A, x), "A @ V": (lambda A: lambda v: A @ v, X),
    "A.T @ V": (lambda A: lambda v: A.T @ v, X), "A.dot": (lambda A: lambda v: A.dot(v), X), "A + V": (lambda A: lambda v: A + v, V),
    "V - A": (lambda A: lambda v: v - A, V), "A * s": (lambda A: lambda v: (A * v[0]) @ v, x), "s * A": (lambda A: lambda v: (v[0] * A) @ v, x),
    "A / s": (lambda A: lambda v: (A / v[0]) @ v, x), "A.multiply": (lambda A: lambda v: A.multiply(v).toarray(), x),
    "A * v": (lambda A: lambda v: A * v if isinstance(A, sp.spmatrix) else (A * v).toarray(), x),
}
ENTRIES = {
    "csr @ x": lambda d: make(d) @ x, "csr @ X": lambda d: make(d) @ X, "csr @ d": lambda d: make(d) @ d[:4],
    "coo @ x": lambda d: sp.coo_array((d, (ROW, COL)), shape=(4, 4)) @ x, "coo twice": lambda d: doubled(d) @ x,
    "coo twice tocsr": lambda d: doubled(d).tocsr() @ x, "coo twice toarray": lambda d: doubled(d).toarray(),
    "csc twice": lambda d: doubled(d, sp.csc_array) @ x, "csr_matrix *": lambda d: sp.csr_matrix((d, IDX, PTR)) * X,
    "dtype": lambda d: sp.csr_array((d, IDX, PTR), shape=(4, 4), dtype=float) @ x, "copy": lambda d: sp.csc_array(make(d)) @ x,
    "bsr": lambda d: sp.bsr_array(make(d)).toarray() @ x, "todia": lambda d: make(d).todia() @ x,
    "T": lambda d: make(d).T @ x, "tocsc": lambda d: make(d).tocsc() @ x, "x @ csr": lambda d: x @ make(d), "X.T @ csr": lambda d: X.T @ make(d),
    "sums": lambda d: (make(d) + C - 2 * make(d * d)) @ x, "sum": lambda d: make(d).sum(), "sum 0": lambda d: make(d).sum(axis=0),
    "sum 1": lambda d: make(d).sum(axis=1), "mean": lambda d: make(d).mean(axis=0),
    "diagonal": lambda d: make(d).diagonal(), "diagonal 1": lambda d: make(d).diagonal(1), "trace": lambda d: make(d).trace(),
    "toarray": lambda d: make(d).toarray(), "todense": lambda d: make(d).todense(), "slices": lambda d: make(d)[1:3, [0, 2]].toarray(),
    "entry": lambda d: make(d)[1, 1] * d[0], "rows": lambda d: make(d)[[1], :] @ x, "A A": lambda d: (make(d) @ make(d * d)).toarray(),
    "A' C A": lambda d: ((make(d).T @ C @ make(d)) @ x) * 1.0, "C A": lambda d: (C @ make(d)).toarray(),
    "multiply": lambda d: make(d).multiply(make(d)).toarray(), "multiply C": lambda d: (make(d) * C).toarray(),
    "multiply row": lambda d: make(d).multiply(d[:4]).toarray(), "power": lambda d: make(d).power(3) @ x, "abs": lambda d: abs(make(d)) @ x,
    "minus": lambda d: (-make(d)) @ x, "data": lambda d: make(d).tocsc().data ** 2, "kron": lambda d: sp.kron(sp.eye(2), make(d)) @ np.r_[x, x],
    "kron A A": lambda d: sp.kron(make(d), make(d)).tocsr() @ np.tile(x, 4), "kronsum": lambda d: sp.kronsum(make(d), A) @ np.tile(x, 4),
    "hstack": lambda d: sp.hstack([make(d), A]) @ np.r_[x, x], "vstack": lambda d: sp.vstack([A, make(d)]) @ x,
    "bmat": lambda d: sp.bmat([[make(d), None], [A, make(d * 2)]]) @ np.r_[x, x],
    "bmat column": lambda d: sp.bmat([[A, d[:4].reshape(4, 1)], [d[:4].reshape(1, 4), None]]) @ np.r_[x, 1.0],
    "block_diag": lambda d: sp.block_diag([make(d), A]) @ np.r_[x, x], "tril": lambda d: sp.tril(make(d)) @ x,
    "setdiag": lambda d: with_diagonal(d).toarray(), "A + dense": lambda d: make(d) + V, "dense - A": lambda d: V - make(d),
    "A / s": lambda d: (make(d) / d[0]) @ x, "sum()": lambda d: sum([make(d), A, make(d * d)]) @ x, "assembled": assembled,
    "matrix ** 2": lambda d: (sp.csr_matrix((d, IDX, PTR)) ** 2).toarray(), "eye * s": lambda d: (sp.eye(4) * d[0]) @ d[:4],
    "eye_array * s": lambda d: (sp.eye_array(4) * d[0] + A) @ x, "dense": lambda d: sp.csr_array(np.outer(d[:4], x)) @ x,
    "dia": lambda d: sp.dia_array((np.stack([d[:4], d[1:5], x]), [0, 1, -1]), shape=(4, 4)) @ x,
    "diags": lambda d: sp.diags([d[:4], d[:3] * 2, -d[1:4]], [0, 1, -1]) @ x,
    "diags of numbers": lambda d: sp.diags([d[0], 2.0, d[1]], [0, 1, -1], shape=(4, 4)) @ x, "diags of one": lambda d: sp.diags(d[:4]) @ X,
    "diags_array": lambda d: sp.diags_array([d[:4], np.ones(3, int)], offsets=[0, 1], format="csr") @ x,
    "spdiags": lambda d: sp.spdiags(np.stack([d[:4], d[:4] ** 2]), [0, 1], 4, 4) @ x,
    "norm": lambda d: ssl.norm(make(d)), "norm 1": lambda d: ssl.norm(make(d), 1), "norm inf": lambda d: ssl.norm(make(d), np.inf),
    "spsolve": lambda d: ssl.spsolve(make(d), x), "spsolve both": lambda d: ssl.spsolve(make(d), d[:4] ** 2),
    "spsolve X": lambda d: ssl.spsolve(make(d).tocsc(), X), "spsolve (n, 1)": lambda d: ssl.spsolve(make(d).tocsc(), X[:, :1]),
    "spsolve b": lambda d: ssl.spsolve(C, np.outer(d[:4], d[:3])), "spsolve twice": lambda d: ssl.spsolve(doubled(d).tocsc(), x),
    "splu": lambda d: ssl.splu(make(d).tocsc()).solve(X), "splu T": lambda d: ssl.splu(make(d).tocsc()).solve(x, "T"),
    "splu b": lambda d: ssl.splu(C).solve(d[:4]), "factors from outside": lambda d: FACTOR.solve(np.outer(d[:4], d[:2]), "T"),
    "factorized": lambda d: ssl.factorized(make(d).tocsc())(x * d[0]), "factorized b": lambda d: ssl.factorized(C)(d[:4]),
    "spsolve_triangular": lambda d: ssl.spsolve_triangular(sp.tril(make(d)).tocsr(), X),
    "spsolve_triangular upper": lambda d: ssl.spsolve_triangular(sp.triu(make(d)).tocsr(), d[:4], lower=False),
    "find": lambda d: sp.find(make(d))[2] ** 2, "tanh": lambda d: make(d).tanh() @ x, "sinh": lambda d: make(d).sinh() @ x,
    "diags copy": lambda d: sp.diags(d[:4]).copy().tolil().tocsr() @ x, "expm_multiply": lambda d: ssl.expm_multiply(make(d) / 3, x), "expm_multiply B": lambda d: ssl.expm_multiply(A / 4, np.outer(d[:4], d[:2])),
}
ENTRIES |= {name: lambda d, name=name: (getattr(make(d / 9), name)() @ x) for name in "arcsin arcsinh arctan arctanh deg2rad expm1 "
            "rad2deg sin tan".split()}
ENTRIES |= {name: lambda d, name=name: getattr(make(d), name)().toarray() for name in "tocoo tobsr todok asformat copy conj conjugate "
            "sorted transpose".split() if name not in ("asformat", "sorted")}
ENTRIES |= {"log1p": lambda d: make(d**2).log1p() @ x, "sqrt": lambda d: make(d**2).sqrt() @ x, "reshape": lambda d: make(d).reshape(2, 8).toarray(),
            "astype": lambda d: make(d).astype(float) @ x, "asformat": lambda d: make(d).asformat("csc") @ x, "block_array": lambda d: sp.block_array(
                [[make(d), A]]) @ np.r_[x, x], "triu": lambda d: sp.triu(make(d)) @ x, "isspmatrix": lambda d: make(d) @ x * (1 + sp.issparse(make(d)))}
ENTRIES |= {name: lambda d, name=name: getattr(make(d), name)() @ d[:4] for name in "ceil floor rint sign trunc".split()}
ENTRIES["tidied"] = tidied
SOLVERS = [name for name in ("cg", "minres", "gmres", "bicgstab", "bicg", "cgs", "lgmres", "tfqmr", "gcrotmk") if hasattr(ssl, name)]
# Sums over the entries of a product or sum of two matrices run in another order than in SciPy, which leaves them unsorted.
UNSORTED = ("A' C A", "sum()", "sums", "kronsum", "csc twice", "coo twice", "spsolve twice", "assembled", "tidied", "iadd")


@pytest.mark.parametrize("name", CONSTANT)
@pytest.mark.parametrize("kind", FORMATS)
def test_constant_matrices(kind, name):
    f, at = CONSTANT[name]
    f = f(getattr(sp, kind)(M))
    if kind.endswith("matrix") and name in ("A + V", "V - A"):
        with pytest.raises(errors.NoRuleError, match="is a numpy.matrix.*toarray"):
            dualad.grad(lambda v: np.sum(f(v)))(at)
        return
    for y in values(f, at):
        want = np.asarray(f(at))
        assert y.shape == want.shape
        assert np.array_equal(y, want)
    if kind in ("csr_array", "csc_matrix", "dok_array", "dia_matrix"):
        check(f, at)
    else:
        J = dualad.jacobian(f, mode="reverse")(at)
        np.testing.assert_allclose(J, dualad.jacobian(CONSTANT[name][0](A if kind.endswith("array") else sp.csr_matrix(A)))(at),
                                   rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_that_carry_derivatives(name):
    f = ENTRIES[name]
    want = np.asarray(f(D))
    for y in values(f, D):
        assert y.shape == want.shape
        assert y.dtype == want.dtype
        if name in UNSORTED:
            np.testing.assert_allclose(y, want, rtol=1e-13, atol=1e-14)
        else:
            assert np.array_equal(y, want)
    check(f, D)


@pytest.mark.parametrize("name", SOLVERS)
def test_iterations_are_differentiated_implicitly(name):
    fn = getattr(ssl, name)
    check(lambda d: fn(definite(d), d[1] * x, rtol=1e-13)[0], np.array([1.0, 1.2, 0.8, 0.9]), rtol=1e-6)
    (y, *_) = values(lambda b: fn(SPD, b, rtol=1e-10)[0], x)
    assert np.array_equal(y, fn(SPD, x, rtol=1e-10)[0])


def test_iterations_with_dense_matrices_operators_and_preconditioners():
    check(lambda m: ssl.gmres(m, x, rtol=1e-13)[0], M, rtol=1e-6)
    check(lambda b: ssl.gmres(ssl.aslinearoperator(C), b, rtol=1e-13)[0], x, rtol=1e-6)
    check(lambda d: ssl.gmres(make(d), x, rtol=1e-13, M=sp.diags(1 / M.diagonal()))[0], D, rtol=1e-6)
    check(lambda b: ssl.cg(SPD, b, b * 0.5, rtol=1e-13)[0], x, rtol=1e-6)


def test_an_iteration_that_does_not_converge_is_an_error():
    big = sp.diags_array([np.linspace(1, 1e6, 200)], offsets=[0]).tocsr()
    for mode in ("forward", "reverse"):
        with pytest.raises(errors.ConvergenceError, match=r"scipy.sparse.linalg.cg did not converge \(info=3\).*maxiter"):
            dualad.jacobian(lambda s: np.sum(ssl.cg(big, s * np.ones(200), maxiter=3)[0]), mode=mode)(2.0)


# ---- finite elements ----


def line(c, n=30):
    """-(c u')' = 1 on a line with u = 0 at its ends, c constant in each cell: the stiffness matrix is assembled from cells."""
    left, right = np.arange(n), np.arange(1, n + 1)
    row = np.concatenate([left, left, right, right])
    col = np.concatenate([left, right, left, right])
    K = sp.coo_matrix((n * np.concatenate([c, -c, -c, c]), (row, col)), shape=(n + 1, n + 1)).tocsr()
    return ssl.spsolve(K[1:-1, 1:-1].tocsc(), np.full(n - 1, 1.0 / n))


def plane(p, n=7):
    """A five-point scheme on a square, with a parameter for each direction and a reaction term."""
    T = sp.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(n, n)) * (n + 1) ** 2
    K = p[0] * sp.kron(sp.identity(n), T) + p[1] * sp.kron(T, sp.identity(n)) + sp.diags(p[2] * np.linspace(1, 2, n * n))
    return ssl.spsolve(K.tocsc(), np.ones(n * n))


def test_poisson_on_a_line_with_a_coefficient_in_each_cell():
    c = 1.0 + 0.5 * np.sin(np.arange(30))
    goal = RNG.normal(size=29)

    def loss(c):
        return np.sum((line(c) - goal) ** 2)

    check(line, c)
    g, v, h = dualad.grad(loss)(c), RNG.normal(size=30), 1e-5
    assert np.dot(g, v) == pytest.approx((loss(c + h * v) - loss(c - h * v)) / (2 * h), rel=1e-8)
    hv = dualad.hvp(loss)(c, v)
    np.testing.assert_allclose(hv, (dualad.grad(loss)(c + h * v) - dualad.grad(loss)(c - h * v)) / (2 * h), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(dualad.hessian(loss)(c) @ v, hv, rtol=1e-9, atol=1e-10)


def test_poisson_on_a_square():
    p = np.array([1.0, 0.7, 3.0])
    check(plane, p)
    dense = dualad.jacobian(lambda p: np.linalg.solve(np.diag(p[2] * np.linspace(1, 2, 49)) + p[0] * np.kron(np.eye(7), STIFF)
                                                      + p[1] * np.kron(STIFF, np.eye(7)), np.ones(49)))(p)
    np.testing.assert_allclose(dualad.jacobian(plane)(p), dense, rtol=1e-10, atol=1e-13)


STIFF = 64.0 * (2 * np.eye(7) - np.eye(7, k=1) - np.eye(7, k=-1))


def test_a_large_system_stays_sparse():
    """40,000 unknowns: dense derivatives of the matrix would not fit."""
    def f(p):
        return np.sum(plane(p, 200) ** 2)

    p = np.array([1.0, 0.7, 3.0])
    g, h = dualad.grad(f)(p), 1e-5
    for k in range(3):
        e = h * np.eye(3)[k]
        assert g[k] == pytest.approx((f(p + e) - f(p - e)) / (2 * h), rel=1e-6)


# ---- the namespace, errors ----


def functions():
    for module in (sp, ssl, sp.csgraph):
        for name in dir(module):
            fn = getattr(module, name)
            if not name.startswith("_") and callable(fn) and not isinstance(fn, (type, types.ModuleType)):
                yield f"{module.__name__}.{name}", fn


def test_every_public_function_and_method_is_handled_or_refused():
    aware.handler(sp.csr_array)
    assert [name for name, fn in functions() if fn not in aware.AWARE] == []
    missing = [f"{kind}.{name}" for kind in FORMATS for name in dir(getattr(sp, kind)) if not name.startswith("_")
               for fn in [getattr(getattr(sp, kind), name)] if isinstance(fn, types.FunctionType) and fn not in aware.AWARE
               and fn.__module__.startswith("scipy.sparse")]
    assert missing == []


@pytest.mark.parametrize("name", [name for name, _ in functions() if "csgraph" not in name and not name.endswith(
    ("test", "use_solver", ".cg", ".minres"))])  # these two are for symmetric matrices
def test_no_function_drops_derivatives(name):
    """With a matrix that carries derivatives: a result that carries them, a constant that does not change, or an error of ours."""
    fn = dict(functions())[name]

    def f(d):
        for args in ((make(d),), (make(d), x), (make(d), make(d)), ([make(d), A],), ([[make(d)]],)):
            try:
                y = fn(*args)
            except errors.NoRuleError:
                raise
            except Exception:  # noqa: BLE001, S112 (arguments of another shape)
                continue
            y = y[0] if isinstance(y, tuple) else y
            return np.sum(y.toarray() if hasattr(y, "toarray") else y)
        return 0.0 * d[0]

    try:
        g = dualad.jacobian(f, mode="reverse")(D)
    except errors.DualadError:
        return
    h = 1e-6
    want = [(float(f(D + h * e)) - float(f(D - h * e))) / (2 * h) for e in np.eye(D.size)]
    np.testing.assert_allclose(g, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_errors(mode):
    def raises(kind, match, f):
        with pytest.raises(kind, match=match):
            dualad.jacobian(f, mode=mode)(D)

    raises(errors.NoRuleError, r"scipy.sparse.linalg.eigsh has no derivative rule.*scipy.linalg.eigh\(A.toarray\(\)\)", lambda d: ssl.eigsh(make(d)))
    raises(errors.NoRuleError, r"scipy.sparse.linalg.lsqr has no derivative rule.*normal equations", lambda d: ssl.lsqr(A, d[:4])[0])
    raises(errors.NoRuleError, r"scipy.sparse.csgraph.shortest_path has no", lambda d: sp.csgraph.shortest_path(make(d)))
    raises(errors.NoRuleError, r"scipy.sparse: .max of a csr matrix has no", lambda d: make(d).max())
    raises(errors.NoRuleError, r"scipy.sparse: A\[key\] = value of a matrix", lambda d: make(d).__setitem__((0, 0), 1.0))
    raises(errors.NoRuleError, r"spsolve with a sparse right side", lambda d: ssl.spsolve(make(d), C))
    raises(errors.NoRuleError, r"expm_multiply with start", lambda d: ssl.expm_multiply(make(d), x, start=0, stop=1, num=2))
    raises(errors.NoRuleError, r"cg with callbacks", lambda d: ssl.cg(make(d), x, callbacks=print))
    raises(errors.NoRuleError, r"norm\(ord=2, axis=None\)", lambda d: ssl.norm(make(d), 2))
    raises(errors.NoRuleError, r"elsewhere than in its first argument", lambda d: sp.diags([x], [d[0]]))
    raises(errors.ConversionError, r"use .toarray\(\)", lambda d: np.asarray(make(d)))
    raises(errors.NoRuleError, "numpy.matrix", lambda d: sp.csr_matrix((d, IDX, PTR)).sum(axis=1))
    raises(errors.NoRuleError, "numpy.matrix", lambda d: sp.csr_matrix((d, IDX, PTR)).todense())
    raises(errors.NoRuleError, "comparison", lambda d: make(d) == A)
    raises(errors.NoRuleError, "of one dimension", lambda d: make(d)[1])
    raises(errors.NoRuleError, "loop over a matrix", lambda d: [row for row in make(d)])
    raises(ValueError, "mismatch", lambda d: make(d) @ np.ones((4, 2, 2)))
    raises(ValueError, "mismatch", lambda d: make(d) @ np.ones(3))
    raises(errors.ConversionError, "would drop the derivatives", lambda d: sp.lil_array((4, 4)).__setitem__((0, 0), d[0]))


def test_the_pages_are_up_to_date_and_what_they_promise_is_tested():
    if not scipy.__version__.startswith("1.17"):
        return  # the pages are those of one SciPy
    for file, text in page("make_scipy").pages().items():
        assert file.read_text() == text, "run python docs/make_scipy.py"
        tests = Path(__file__).with_name(f"test_{file.stem[6:]}.py").read_text()
        promised = [name.strip("`") for name, word in re.findall(r"^\| (`[\w.]+`) \| (\w+)", text, re.M) if word == "yes"]
        assert promised
        assert [name for name in promised if not re.search(rf"\b{name.rpartition('.')[2]}\b", tests)] == []


def test_a_singular_matrix_has_no_derivative():
    with pytest.raises(errors.DegenerateError, match="spsolve: the matrix is singular"), pytest.warns(ssl.MatrixRankWarning):
        dualad.grad(lambda d: np.sum(ssl.spsolve(sp.csc_array((d, ([0, 0], [0, 1])), shape=(2, 2)), np.ones(2))))(np.ones(2))


def test_nothing_is_imported_and_constant_work_is_scipys(monkeypatch):
    """Without derivatives among the arguments SciPy's own function is called."""
    def f(v):
        K = sp.csr_array((np.ones(4), np.arange(4), np.arange(5)))
        return np.sum(ssl.spsolve(K.tocsc(), np.ones(4))) * float(v[0])

    np.testing.assert_allclose(dualad.grad(f)(x), [4.0, 0, 0, 0])


def test_matrices_of_no_entries_and_of_size_one():
    check(lambda v: sp.csr_array((4, 4)) @ v + v, x)
    check(lambda v: sp.diags(v) @ v, np.array([1.5]))
    check(lambda v: ssl.spsolve(sp.csc_array(v.reshape(1, 1)), v**2), np.array([1.5]))
    assert dualad.jacobian(lambda v: sp.csr_array((0, 4)) @ v)(x).shape == (0, 4)


def test_arguments_stay_as_they_were():
    m, d = A.copy(), D.copy()
    dualad.grad(lambda v: np.sum((m * v[0]) @ v))(x)
    dualad.grad(lambda d: np.sum(ssl.spsolve(make(d), x)))(d)
    assert (m != A).nnz == 0
    np.testing.assert_array_equal(d, D)


def test_matrices_may_change_before_the_backward_sweep():
    def f(v):
        K, idx = C.copy(), IDX.copy()
        for _ in range(3):
            v = ssl.spsolve(K, K @ (K.T @ v) + sp.csr_array((v[0] * D, idx, PTR), shape=(4, 4)) @ v)
            K.data *= 1.5
            K.data[0] = -2.0
            idx[:2] = idx[:2][::-1]
        return v

    check(f, x)
