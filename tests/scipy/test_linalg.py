"""scipy.linalg in plain user code: every mode against differences, 50 digits, values bit for bit, special points, errors."""

import warnings

import numpy as np
import pytest
import scipy.linalg as sl
from mpmath import mp

import dualad
from dualad import errors
from dualad.core.jets import Jet
from dualad.rules import kinds, load_all, lookup
from dualad.testing import check_derivatives
from dualad.testing.modes import ALL_MODES

RNG = np.random.default_rng(20261201)
A = RNG.normal(size=(4, 4)) + 4 * np.eye(4)
b, B = RNG.normal(size=4), RNG.normal(size=(4, 2))
S = A @ A.T / 4
SYM = A + A.T + np.diag([0.0, 3.0, 6.0, 9.0])
APART = 0.2 * RNG.normal(size=(3, 3)) + np.diag([1.0, 2.5, -2.0])
TALL, WIDE = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 4))
PAIR = np.stack([A, S])
FULL = np.hstack([A, B])
LU, PIV = sl.lu_factor(A)
BANDS = RNG.normal(size=(4, 6)) + 6 * np.eye(4)[2][:, None]
UPPER = RNG.normal(size=(3, 6)) + 9 * np.eye(3)[2][:, None]
b6, B6 = RNG.normal(size=6), RNG.normal(size=(6, 2))
COLUMN, ROW = np.array([5.0, 1.0, 2.0, 0.3]), np.array([5.0, 0.2, 0.7, 0.1])
THREE = np.stack([A, S, S + 1])
FOUR = np.stack([A / 4, np.eye(4) + A / 9, S, S])
EYE, NONE, ONE = np.eye(3), np.zeros((0, 0)), np.array([[1.75]])

CASES = {
    **{f"solve {kind}": (lambda a, kind=kind: sl.solve(a, b, assume_a=kind), S)
       for kind in ("gen", "sym", "her", "pos")},
    "solve": (lambda a: sl.solve(a, b), A), "solve columns": (lambda v: sl.solve(A, v), B),
    "solve both": (lambda t: sl.solve(t[:, :4], t[:, 4:]), FULL), "solve lower": (lambda a: sl.solve(a, b, True, assume_a="sym"), S),
    "solve transposed": (lambda a: sl.solve(a, b, transposed=True), A), "solve 1 x 1": (lambda a: sl.solve(a, np.ones((1, 2))), ONE),
    **{f"solve_triangular {trans} {lower} {unit}": (
        lambda a, trans=trans, lower=lower, unit=unit: sl.solve_triangular(a, B, trans=trans, lower=lower, unit_diagonal=unit), A)
       for trans in (0, "T") for lower in (False, True) for unit in (False, True)},
    "solve_triangular b": (lambda v: sl.solve_triangular(A, v, lower=True), b),
    "cho_solve": (lambda a: sl.cho_solve((a, False), b), A), "cho_solve lower": (lambda a: sl.cho_solve((a, True), B), A),
    "cho_factor and cho_solve": (lambda a: sl.cho_solve(sl.cho_factor(a), b), S),
    "lu_solve": (lambda a: sl.lu_solve((a, PIV), B), LU), "lu_solve trans": (lambda a: sl.lu_solve((a, PIV), b, trans=1), LU),
    "lu_factor and lu_solve": (lambda a: sl.lu_solve(sl.lu_factor(a), b), A),
    "solve_banded": (lambda a: sl.solve_banded((1, 2), a, b6), BANDS), "solve_banded b": (lambda v: sl.solve_banded((1, 2), BANDS, v), B6),
    "solve_banded both": (lambda t: sl.solve_banded((1, 2), t[:4], t[4:].T), np.vstack([BANDS, B6.T])),
    "solve_banded tridiagonal": (lambda a: sl.solve_banded((1, 1), a, b6), BANDS[1:]),
    "solveh_banded": (lambda a: sl.solveh_banded(a, b6), UPPER),
    "solveh_banded lower": (lambda a: sl.solveh_banded(a, B6, lower=True), UPPER[::-1].copy()),
    "solveh_banded diagonal": (lambda a: sl.solveh_banded(a, b6), UPPER[2:]),
    "cho_solve_banded": (lambda a: sl.cho_solve_banded((a, False), b6), UPPER),
    "cho_solve_banded lower": (lambda a: sl.cho_solve_banded((a, True), B6), UPPER[::-1].copy()),
    "solve_toeplitz": (lambda c: sl.solve_toeplitz(c, b), COLUMN), "solve_toeplitz r": (lambda r: sl.solve_toeplitz((COLUMN, r), B), ROW),
    "solve_toeplitz b": (lambda v: sl.solve_toeplitz((COLUMN, ROW), v), B),
    "solve_toeplitz both": (lambda t: sl.solve_toeplitz((t[0], t[1]), t[2]), np.stack([COLUMN, ROW, b])),
    "matmul_toeplitz": (lambda c: sl.matmul_toeplitz((c, ROW), B), COLUMN),
    "solve_circulant": (lambda c: sl.solve_circulant(c, B), COLUMN), "solve_circulant b": (lambda v: sl.solve_circulant(COLUMN, v), b),
    "solve_sylvester": (lambda t: sl.solve_sylvester(t[0], t[1], t[2]), THREE),
    "solve_continuous_lyapunov": (lambda t: sl.solve_continuous_lyapunov(t[0], t[1]), PAIR),
    "solve_lyapunov": (lambda t: sl.solve_lyapunov(t[0], t[1]), PAIR),
    "solve_discrete_lyapunov": (lambda t: sl.solve_discrete_lyapunov(t[0] / 10, t[1]), PAIR),
    "solve_continuous_are": (lambda t: sl.solve_continuous_are(t[0], t[1], t[2] + t[2].T, t[3] + t[3].T), FOUR),
    "inv": (sl.inv, A), "inv F": (sl.inv, np.asfortranarray(A)), "det": (sl.det, A), "det singular": (sl.det, np.ones((2, 2))),
    "pinv": (sl.pinv, TALL), "pinv wide": (sl.pinv, WIDE), "pinv rank": (lambda a: sl.pinv(a, return_rank=True)[0], TALL),
    "pinvh": (sl.pinvh, S), "lstsq": (lambda a: sl.lstsq(a, b)[0], TALL), "lstsq wide": (lambda a: sl.lstsq(a, b[:3])[0], WIDE),
    "lstsq residues": (lambda a: sl.lstsq(a, B)[1], TALL), "lstsq s": (lambda a: sl.lstsq(a, B)[3], TALL),
    "lstsq gelsy": (lambda a: sl.lstsq(a, b, lapack_driver="gelsy")[0], TALL),
    "cholesky": (sl.cholesky, S), "cholesky lower": (lambda a: sl.cholesky(a, lower=True), S),
    "cho_factor": (lambda a: sl.cho_factor(a)[0], S), "cho_factor lower": (lambda a: sl.cho_factor(a, lower=True)[0], S),
    "lu L": (lambda a: sl.lu(a)[1], A), "lu U": (lambda a: sl.lu(a)[2], A), "lu permuted": (lambda a: sl.lu(a, permute_l=True)[0], A),
    "lu tall": (lambda a: sl.lu(a, p_indices=True)[1], TALL), "lu tall U": (lambda a: sl.lu(a)[2], TALL),
    "lu wide": (lambda a: sl.lu(a)[2], WIDE), "lu_factor": (lambda a: sl.lu_factor(a)[0], A),
    "lu_factor tall": (lambda a: sl.lu_factor(a)[0], TALL), "lu_factor wide": (lambda a: sl.lu_factor(a)[0], WIDE),
    "qr Q": (lambda a: sl.qr(a)[0], A), "qr R": (lambda a: sl.qr(a)[1], A), "qr economic": (lambda a: sl.qr(a, mode="economic")[0], TALL),
    "qr r": (lambda a: sl.qr(a, mode="r")[0], TALL), "qr wide": (lambda a: sl.qr(a)[1], WIDE),
    "qr pivoting": (lambda a: sl.qr(a, pivoting=True)[1], A), "rq R": (lambda a: sl.rq(a)[0], A), "rq Q": (lambda a: sl.rq(a)[1], A),
    "rq wide": (lambda a: sl.rq(a, mode="economic")[1], WIDE), "polar": (lambda a: sl.polar(a)[0], A),
    "polar P": (lambda a: sl.polar(a)[1], TALL), "polar left": (lambda a: sl.polar(a, side="left")[1], WIDE),
    "polar of I": (lambda a: sl.polar(a)[0], EYE), "orthogonal_procrustes": (lambda a: sl.orthogonal_procrustes(a, S)[0], A),
    "orthogonal_procrustes scale": (lambda a: sl.orthogonal_procrustes(a, S)[1], A),
    "eigh": (lambda a: sl.eigh(a)[1], SYM), "eigh upper": (lambda a: sl.eigh(a, lower=False)[0], SYM),
    "eigh values": (lambda a: sl.eigh(a, eigvals_only=True), SYM), "eigh a, S": (lambda a: sl.eigh(a, S)[1], SYM),
    "eigh A, b": (lambda a: sl.eigh(SYM, a)[1], S), "eigh A, b values": (lambda a: sl.eigh(SYM, a)[0], S),
    "eigvalsh": (sl.eigvalsh, SYM), "eigvalsh subset": (lambda a: sl.eigvalsh(a, subset_by_index=[1, 2]), SYM),
    "eigvalsh by value": (lambda a: sl.eigvalsh(a, subset_by_value=[5.0, np.inf]), SYM),
    "eigvalsh a, S": (lambda a: sl.eigvalsh(a, S), SYM), "eigvalsh A, b": (lambda a: sl.eigvalsh(SYM, a), S),
    "eigvalsh_tridiagonal": (lambda d: sl.eigvalsh_tridiagonal(d, b[:3]), np.array([1.0, 4.0, 2.0, 7.0])),
    "eigvals": (lambda a: sl.eigvals(a).real, APART), "eig": (lambda a: sl.eig(a)[1], APART), "eig w": (lambda a: sl.eig(a)[0].real, APART),
    "svd": (lambda a: sl.svd(a)[0], A), "svd economic": (lambda a: sl.svd(a, full_matrices=False)[2], TALL),
    "svd values": (lambda a: sl.svd(a, compute_uv=False), TALL), "svdvals": (sl.svdvals, WIDE),
    "expm": (sl.expm, A / 3), "sinm": (sl.sinm, A / 3), "cosm": (sl.cosm, A / 3), "tanm": (sl.tanm, A / 9), "sinhm": (sl.sinhm, A / 3),
    "coshm": (sl.coshm, A / 3), "tanhm": (sl.tanhm, A / 9), "expm_frechet": (lambda t: sl.expm_frechet(t[0] / 3, t[1])[1], PAIR),
    "logm": (sl.logm, S), "logm of I": (sl.logm, EYE), "sqrtm": (sl.sqrtm, S), "sqrtm of I": (sl.sqrtm, EYE),
    "fractional_matrix_power": (lambda a: sl.fractional_matrix_power(a, 0.3), S),
    "fractional_matrix_power -1": (lambda a: sl.fractional_matrix_power(a, -1), S),
    "norm": (sl.norm, A), "norm 1": (lambda a: sl.norm(a, 1), A), "norm nuc": (lambda a: sl.norm(a, "nuc"), A),
    "norm 2": (lambda a: sl.norm(a, 2), A), "norm vector": (sl.norm, b), "norm 3": (lambda a: sl.norm(a, 3), b),
    "norm axis": (lambda a: sl.norm(a, axis=0), A), "block_diag": (lambda a: sl.block_diag(a, np.eye(2), a[0], 2.0), A),
    "toeplitz": (sl.toeplitz, b), "toeplitz r": (lambda r: sl.toeplitz(b[:3], r), b), "hankel": (sl.hankel, b),
    "hankel r": (lambda r: sl.hankel(COLUMN, r), b), "circulant": (sl.circulant, b),
    "convolution_matrix": (lambda a: sl.convolution_matrix(a, 3, "same"), b), "leslie": (lambda f: sl.leslie(f, f[1:]), b),
    "diagsvd": (lambda s: sl.diagsvd(s, 4, 3), b[:3]), "khatri_rao": (lambda a: sl.khatri_rao(a, SYM), A), "fiedler": (sl.fiedler, b),
    "companion": (sl.companion, b), "inv 0": (sl.inv, NONE), "det 0": (sl.det, NONE), "expm 0": (sl.expm, NONE), "lu 0": (lambda a: sl.lu(a)[2], NONE),
    "svdvals 0": (sl.svdvals, NONE), "inv 1": (sl.inv, ONE), "lu 1": (lambda a: sl.lu(a)[2], ONE), "expm 1": (sl.expm, ONE), "sqrtm 1": (sl.sqrtm, ONE),
    "logm 1": (sl.logm, ONE), "qr 1": (lambda a: sl.qr(a)[1], ONE), "eigh 1": (lambda a: sl.eigh(a)[0], ONE),
}
# The complex step is no oracle where SciPy's algorithm conjugates, and where a function of reals has a complex type.
REAL_STEPS = ("logm", "sqrtm", "fractional", "polar", "orthogonal", "eig", "svd", "norm", "lstsq", "pinv", "cho", "solveh", "solve pos", "solve her")
BATCHES = {
    "solve": (lambda a: sl.solve(a, b), PAIR), "solve b": (lambda v: sl.solve(A, v), np.stack([B, 2 * B])),
    "solve both": (lambda t: sl.solve(t[:, :, :4], t[:1, :, 4:]), np.stack([FULL, FULL + 1])), "inv": (sl.inv, PAIR),
    "solve_triangular": (lambda a: sl.solve_triangular(a, b, lower=True), PAIR), "det": (sl.det, PAIR), "cholesky": (sl.cholesky, PAIR[1:]),
    "solve_banded": (lambda a: sl.solve_banded((1, 2), a, b6), np.stack([BANDS, BANDS + 1])), "pinv": (sl.pinv, np.stack([TALL, TALL + 1])),
    "solve_toeplitz": (lambda c: sl.solve_toeplitz(c, b), np.stack([COLUMN, COLUMN + 1])), "lu": (lambda a: sl.lu(a)[1], PAIR),
    "lu_factor": (lambda a: sl.lu_factor(a)[0], PAIR), "qr": (lambda a: sl.qr(a)[0], PAIR), "eigh": (lambda a: sl.eigh(a)[1], np.stack([SYM, 2 * SYM])),
    "eig": (lambda a: sl.eig(a)[0].real, np.stack([APART, 2 * APART])), "svd": (lambda a: sl.svd(a)[0], PAIR), "svdvals": (sl.svdvals, PAIR),
    "expm": (sl.expm, PAIR / 9), "sqrtm": (sl.sqrtm, np.stack([S, 2 * S])), "logm": (sl.logm, np.stack([S, 2 * S])),
    "lstsq": (lambda a: sl.lstsq(a, b)[0], np.stack([TALL, TALL + 1])), "toeplitz": (sl.toeplitz, B.T), "khatri_rao": (lambda a: sl.khatri_rao(a, SYM), PAIR),
}


def along_two_directions(f, x):
    """Two mixtures of the results of f, as a function of two steps from x: no derivative of it is zero by accident."""
    rng = np.random.default_rng(7)
    d = rng.normal(size=(2, *np.shape(x)))
    c = rng.normal(size=(2, np.size(np.asarray(f(x)))))
    return lambda u: c @ np.ravel(f(x + u[0] * d[0] + u[1] * d[1]))


def check(f, x, real_steps):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        if not np.size(x):
            assert dualad.jacobian(f)(x).size == 0
            return
        options = {"modes": tuple(m for m in ALL_MODES if m != "complex")} if real_steps else {}
        check_derivatives(along_two_directions(f, x), np.array([0.01, -0.02]), order=2, **options)


@pytest.mark.parametrize("name", CASES)
def test_derivatives_in_every_mode(name):
    check(*CASES[name], name.startswith(REAL_STEPS))


@pytest.mark.parametrize("name", BATCHES)
def test_batches(name):
    f, x = BATCHES[name]
    try:
        f(x)
    except ValueError:
        pytest.skip("this SciPy takes no batches here")  # until SciPy 1.16 is the oldest supported
    check(f, x, True)


@pytest.mark.parametrize("name", [*CASES, *(f"batch {k}" for k in BATCHES)])
def test_values_are_scipys_bit_for_bit(name):
    f, x = BATCHES[name[6:]] if name.startswith("batch ") else CASES[name]
    found = []

    def g(a):
        y = f(a)
        found.append(y)
        return np.sum(y)

    for mode in ("forward", "reverse"):
        dualad.jacobian(g, mode=mode)(x)
        y = found[-1]
        y = y.value if isinstance(y, Jet) else y
        want = np.asarray(f(x))
        assert y.shape == want.shape
        assert y.dtype == want.dtype
        assert np.array_equal(np.asarray(y), want)


# ---- 50 digits ----


def matrix(x, n=3):
    return mp.matrix([[x[n * i + j] for j in range(n)] for i in range(n)])


def entries(m):
    return [m[i, j] for i in range(m.rows) for j in range(m.cols)]


def sylvester(x):
    """A X + X A' = Q entry by entry, as one system of nine equations."""
    a, q, big = matrix(x), mp.eye(3) * 2, mp.zeros(9)
    for i in range(3):
        for j in range(3):
            for k in range(3):
                big[3 * i + j, 3 * k + j] += a[i, k]
                big[3 * i + j, 3 * i + k] += a[j, k]
    return list(mp.lu_solve(big, mp.matrix(entries(q))))


def unpivoted(x):
    m, n = matrix(x), 3
    for k in range(n):
        for i in range(k + 1, n):
            m[i, k] /= m[k, k]
            for j in range(k + 1, n):
                m[i, j] -= m[i, k] * m[k, j]
    return entries(m)


M = 0.3 * RNG.normal(size=(3, 3)) + np.diag([2.0, 1.0, 1.5])
EXACT = {
    "solve": (lambda a: sl.solve(a, b[:3]), lambda x: list(mp.lu_solve(matrix(x), mp.matrix(list(map(float, b[:3])))))),
    "inv": (sl.inv, lambda x: entries(matrix(x) ** -1)), "det": (sl.det, lambda x: [mp.det(matrix(x))]),
    "expm": (sl.expm, lambda x: entries(mp.expm(matrix(x)))), "logm": (sl.logm, lambda x: entries(mp.logm(matrix(x)))),
    "sqrtm": (sl.sqrtm, lambda x: entries(mp.sqrtm(matrix(x)))), "cosm": (sl.cosm, lambda x: entries(mp.cosm(matrix(x)))),
    "lu_factor": (lambda a: sl.lu_factor(a)[0], unpivoted),
    "lyapunov": (lambda a: sl.solve_continuous_lyapunov(a, 2 * np.eye(3)), sylvester),
    "toeplitz": (lambda a: sl.solve_toeplitz((a[0] + [4, 0, 0], a[1] + [4, 0, 0]), a[2]), lambda x: list(mp.lu_solve(mp.matrix(
        [[x[0] + 4 if i == j else x[i - j] if i > j else x[3 + j - i] for j in range(3)] for i in range(3)]), mp.matrix(x[6:])))),
}


@pytest.mark.parametrize("name", EXACT)
def test_first_and_second_derivatives_against_fifty_digits(name):
    f, exact = EXACT[name]
    with mp.workdps(60):
        h, v = mp.mpf(10) ** -20, RNG.normal(size=9)
        path = [exact([mp.mpf(float(p)) + s * h * mp.mpf(float(d)) for p, d in zip(np.ravel(M), v, strict=True)]) for s in (-1, 0, 1)]
        first = np.array([float(mp.re((hi - lo) / (2 * h))) for lo, _, hi in zip(*path, strict=True)])
        second = np.array([float(mp.re((hi - 2 * mid + lo) / h**2)) for lo, mid, hi in zip(*path, strict=True)])
    d = v.reshape(3, 3)
    for mode in ("forward", "reverse"):
        J = dualad.jacobian(f, mode=mode)(M)
        np.testing.assert_allclose(np.ravel(np.tensordot(J, d, 2)), first, rtol=1e-10, atol=1e-12)
    for mode in ("hyperdual", "forward", "forward-over-reverse", "reverse-over-reverse"):
        H = dualad.hessian(f, mode=mode)(M)
        np.testing.assert_allclose(np.ravel(np.tensordot(np.tensordot(H, d, 2), d, 2)), second, rtol=1e-9, atol=1e-10)


def test_third_order():
    def f(s):
        return np.sum(sl.solve(sl.expm(A / 9 * s), b)) + sl.det(sl.cholesky(S * s))

    step = 1e-3
    second = [float(dualad.derivative(dualad.derivative(f))(1.0 + h)) for h in (-step, step)]
    assert float(dualad.derivative(dualad.derivative(dualad.derivative(f)))(1.0)) == pytest.approx(
        (second[1] - second[0]) / (2 * step), rel=1e-5)


# ---- the namespace, special points, errors ----


def functions():
    return [n for n in dir(sl) if not n.startswith("_") and callable(getattr(sl, n)) and not isinstance(getattr(sl, n), type)]


def test_every_public_function_has_a_rule_or_a_reason():
    load_all()
    assert [n for n in functions() if lookup(getattr(sl, n)) is None] == []
    assert {lookup(getattr(sl, n)).name.rpartition(".")[0] for n in functions() if n != "test"} <= {"scipy.linalg", "scipy.linalg.blas",
                                                                                                  "scipy.linalg.lapack"}


@pytest.mark.parametrize("name", [n for n in functions() if n != "test"])
def test_refused_functions_say_so(name):
    if not isinstance(lookup(getattr(sl, name)), kinds.Refused):
        return
    with pytest.raises(TypeError, match=r"(has no derivative rule in dualad: .{10}|would drop)"):
        dualad.jacobian(lambda a: np.sum(getattr(sl, name)(*[a] * (2 if name in ("qz", "ordqz", "subspace_angles") else 1))))(S)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_errors(mode):
    def raises(kind, match, f, x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(kind, match=match):
                dualad.jacobian(f, mode=mode)(x)

    raises(errors.NoRuleError, r"scipy.linalg.schur has no derivative rule.*turn freely", lambda a: sl.schur(a)[0], A)
    raises(errors.NoRuleError, "projector", sl.null_space, WIDE)
    raises(errors.NoRuleError, "full_matrices=False", lambda a: sl.svd(a)[0], TALL)
    raises(errors.NoRuleError, "mode='economic'", lambda a: sl.qr(a)[0], TALL)
    raises(errors.NoRuleError, "subset_by_index= has no", lambda a: sl.eigh(a, subset_by_index=[0, 1])[1], SYM)
    raises(errors.NoRuleError, "left= has no", lambda a: sl.eig(a, left=True)[1], APART)
    raises(errors.NoRuleError, "rtol carries derivatives", lambda a: sl.pinv(TALL, rtol=a[0, 0]), A)
    raises(errors.ComplexError, "scipy.linalg.eigvals: the result for this real matrix is complex", sl.eigvals, np.array([[0.0, 1], [-1, 0]]))
    raises(errors.ComplexError, "scipy.linalg.logm", sl.logm, np.diag([-1.0, 2.0]))
    raises(errors.DegenerateError, "the matrix is singular", sl.sqrtm, np.diag([0.0, 1.0]))
    raises(errors.DegenerateError, r"scipy.linalg.eigh: values 1 and 1", lambda a: sl.eigh(a)[1], np.diag([1.0, 1.0, 2.0]))
    raises(sl.LinAlgError, "ingular", sl.inv, np.ones((2, 2)))
    raises(sl.LinAlgError, "positive definite", sl.cholesky, -np.eye(2))
    raises(ValueError, "quare", sl.inv, np.ones((2, 3)))
    raises(ValueError, "ncompatible|dimensions", lambda a: sl.solve(a, np.ones(3)), A)


def test_repeated_values_share_equally():
    for mode in ("forward", "reverse"):
        g = dualad.jacobian(lambda a: np.sum(sl.eigvalsh(a) ** 3), mode=mode)(np.diag([1.0, 1.0, 2.0]))
        np.testing.assert_allclose(g, np.diag([3.0, 3.0, 12.0]), atol=1e-12)


def test_float32_stays():
    x = np.array([[3.0, 1.0], [1.0, 5.0]], np.float32)
    for f in (sl.inv, sl.cholesky, lambda a: sl.solve(a, a[0]), lambda a: sl.qr(a)[0], lambda a: sl.lu(a)[2], sl.svdvals, sl.expm):
        for mode in ("forward", "reverse"):
            found = dualad.jacobian(f, mode=mode)(x)
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, dualad.jacobian(f)(x.astype(float)), rtol=5e-4, atol=5e-5)


def test_arguments_stay_as_they_were():
    a, v = A.copy(), b.copy()
    dualad.grad(lambda a: np.sum(sl.solve(a, v, overwrite_a=True, overwrite_b=True)))(a)
    dualad.hessian(lambda a: np.sum(sl.lu_factor(a, overwrite_a=True)[0]))(a)
    np.testing.assert_array_equal(a, A)
    np.testing.assert_array_equal(v, b)


def test_a_large_tridiagonal_system_stays_cheap():
    """Bands of 20,000 unknowns: a dense matrix would not fit."""
    n = 20_000

    def f(c):
        low = np.concatenate([-c[1:], [0.0]])
        up = np.concatenate([[0.0], -c[1:]])
        x = sl.solve_banded((1, 1), np.stack([up, 1.0 + c + np.concatenate([c[1:], [0.0]]), low]), np.ones(n))
        return np.sum(x**2)

    c = np.linspace(1.0, 2.0, n)
    g = dualad.grad(f)(c)
    k, h = 777, 1e-4
    e = np.zeros(n)
    e[k] = h
    assert g[k] == pytest.approx((f(c + e) - f(c - e)) / (2 * h), rel=1e-5)
