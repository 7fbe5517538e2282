"""numpy.linalg against 50 digits, at special points, and its errors; tests/core/test_laws.py has every call in every mode."""

import numpy as np
import pytest
from mpmath import mp

import dualad
from dualad import errors
from dualad.testing import check_derivatives

LA = np.linalg
RNG = np.random.default_rng(20261125)
A = RNG.normal(size=(3, 3))
SPD = A @ A.T / 2 + np.eye(3)
SYM = A + A.T + np.diag([0.0, 3.0, 6.0])
b = RNG.normal(size=3)
MODES = ["forward", "reverse"]
SECOND = ["auto", "forward-over-reverse", "reverse-over-reverse"]


# ---- 50 digits: the textbook algorithm in mpmath, differenced with a step of 1e-20 ----


def matrix(x, n=3):
    return mp.matrix([[x[n * i + j] for j in range(n)] for i in range(n)])


def lower(x):
    return mp.matrix([[x[3 * max(i, j) + min(i, j)] for j in range(3)] for i in range(3)])


def entries(m):
    return [m[i, j] for i in range(m.rows) for j in range(m.cols)]


def turned(v, like):
    """Columns with the signs of `like`."""
    for j in range(v.cols):
        if mp.fsum(v[i, j] * like[i, j] for i in range(v.rows)) < 0:
            for i in range(v.rows):
                v[i, j] = -v[i, j]
    return v


def gram_schmidt(m):
    """Q and R with the signs of NumPy's."""
    q = turned(mp.qr(m)[0], LA.qr(A)[0])
    return entries(q) + entries(q.T * m)


def singular(m):
    u, s, v = mp.svd_r(m)
    like = LA.svd(A)[0]
    for j in range(3):
        if mp.fsum(u[i, j] * like[i, j] for i in range(3)) < 0:
            for i in range(3):
                u[i, j], v[j, i] = -u[i, j], -v[j, i]
    return entries(u) + list(s) + entries(v)


def symmetric(m):
    w, v = mp.eigsy(m)
    return list(w) + entries(turned(v, LA.eigh(SYM)[1]))


def flat(parts):
    return np.concatenate([np.ravel(p) for p in parts])


EXACT = {
    "solve": (lambda a: LA.solve(a, b), A, lambda x: list(mp.lu_solve(matrix(x), mp.matrix(list(map(float, b)))))),
    "inv": (LA.inv, A, lambda x: entries(matrix(x) ** -1)),
    "det": (LA.det, A, lambda x: [mp.det(matrix(x))]),
    "slogdet": (lambda a: LA.slogdet(a)[1], A, lambda x: [mp.log(abs(mp.det(matrix(x))))]),
    "cholesky": (LA.cholesky, SPD, lambda x: entries(mp.cholesky(lower(x)))),
    "qr": (lambda a: np.concatenate([np.ravel(v) for v in LA.qr(a)]), A, lambda x: gram_schmidt(matrix(x))),
    "eigh": (lambda a: np.concatenate([np.ravel(v) for v in LA.eigh(a)]), SYM, lambda x: symmetric(lower(x))),
    "eigvalsh": (LA.eigvalsh, SYM, lambda x: list(mp.eigsy(lower(x), eigvals_only=True))),
    "svd": (lambda a: np.concatenate([np.ravel(v) for v in LA.svd(a)]), A, lambda x: singular(matrix(x))),
    "norm 2": (lambda a: LA.norm(a, 2), A, lambda x: [mp.svd_r(matrix(x), compute_uv=False)[0]]),
    "nuclear norm": (lambda a: LA.norm(a, "nuc"), A, lambda x: [mp.fsum(mp.svd_r(matrix(x), compute_uv=False))]),
    "norm": (LA.norm, A, lambda x: [mp.norm(list(x), 2)]),
}


@pytest.mark.parametrize("name", EXACT)
def test_first_and_second_derivatives_against_fifty_digits(name):
    f, x, exact = EXACT[name]
    with mp.workdps(60):
        h, point, v = mp.mpf(10) ** -20, [mp.mpf(float(t)) for t in np.ravel(x)], RNG.normal(size=9)
        path = [exact([p + s * h * mp.mpf(float(d)) for p, d in zip(point, v, strict=True)]) for s in (-1, 0, 1)]
        first = np.array([float((hi - lo) / (2 * h)) for lo, _, hi in zip(*path, strict=True)])
        second = np.array([float((hi - 2 * mid + lo) / h**2) for lo, mid, hi in zip(*path, strict=True)])
    direction = v.reshape(3, 3)
    for mode in MODES:
        J = dualad.jacobian(f, mode=mode)(x)
        np.testing.assert_allclose(np.ravel(np.tensordot(J, direction, 2)), first, rtol=1e-11, atol=1e-12)
    for mode in SECOND:
        H = dualad.hessian(f, mode=mode)(x)
        np.testing.assert_allclose(np.ravel(np.tensordot(np.tensordot(H, direction, 2), direction, 2)), second, rtol=1e-10, atol=1e-11)


# ---- special points ----

SPECIAL = {
    "det of zeros": (LA.det, np.zeros((2, 2))), "det of zeros 3": (LA.det, np.zeros((3, 3))),
    "det of rank 1 of 2": (LA.det, np.array([[1.0, 2.0], [2.0, 4.0]])),
    "det of rank 2 of 3": (LA.det, np.arange(9.0).reshape(3, 3)),
    "det of rank 4 of 6": (LA.det, np.diag([1.0, 2, 0, 3, 0, 4])),
    "batch with one singular": (LA.det, np.stack([A, np.diag([1.0, 0.0, 2.0])])),
    "det of size 0": (LA.det, np.zeros((0, 0))), "inv of diagonal": (LA.inv, np.diag([1.0, 2.0])),
    "eigvalsh of diagonal": (LA.eigvalsh, np.diag([3.0, 1.0, 2.0])), "eigvals of size 1": (LA.eigvals, np.array([[2.0]])),
    "projector": (lambda a: (lambda v: np.outer(v, v))(LA.eigh(a)[1][:, 0]), np.diag([3.0, 1.0, 2.0])),
    "matrix function": (lambda a: (lambda w, v: (v * np.exp(w)) @ v.T)(*LA.eigh(a)), SYM / 4),
    "pinv of constant rank": (lambda x: LA.pinv(np.outer(x[:3], x[3:])), RNG.normal(size=5)),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_points(name):
    f, x = SPECIAL[name]
    check_derivatives(f, x, order=2)


def test_determinant_of_low_rank():
    x = np.array([[1.0, 2, 4], [2, 4, 8], [1, 2, 4]])
    for mode in SECOND:
        h = dualad.hessian(LA.det, mode=mode)(x)
        np.testing.assert_allclose(h[0, 0], [[0, 0, 0], [0, x[2, 2], -x[2, 1]], [0, -x[1, 2], x[1, 1]]], atol=1e-13)
        np.testing.assert_allclose(dualad.grad(LA.det)(x), 0, atol=1e-13)


def test_determinant_of_a_large_zero_matrix():
    for mode in MODES:
        assert not dualad.jacobian(LA.det, mode=mode)(np.zeros((7, 7))).any()


REPEATED = {"2 I": 2 * np.eye(3), "zero": np.zeros((3, 3)), "one pair": np.diag([1.0, 1.0, 2.0]),
            "rotated": (lambda q: q @ np.diag([2.0, 2.0, 5.0]) @ q.T)(LA.qr(A)[0])}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("x", REPEATED.values(), ids=REPEATED)
def test_sums_over_repeated_values_are_right(x, mode):
    def gradient(f):
        g = dualad.jacobian(f, mode=mode)(x)
        return (g + g.T) / 2

    np.testing.assert_allclose(gradient(lambda a: np.sum(LA.eigvalsh(a) ** 3)), 3 * x @ x, atol=1e-12)
    np.testing.assert_allclose(gradient(lambda a: np.sum(LA.svdvals(a) ** 2)), 2 * x, atol=1e-12)
    np.testing.assert_allclose(gradient(lambda a: np.sum(LA.eigvals(a) ** 2)) if x is not REPEATED["rotated"] else 2 * x, 2 * x, atol=1e-12)


def test_repeated_values_share_equally():
    for mode in MODES:
        found = dualad.jacobian(LA.eigvalsh, mode=mode)(np.diag([1.0, 1.0, 2.0]))
        np.testing.assert_allclose(found[0], np.diag([0.5, 0.5, 0.0]), atol=1e-15)
        np.testing.assert_allclose(found[1], found[0])
        assert not dualad.jacobian(lambda a: LA.norm(a, "nuc"), mode=mode)(np.zeros((2, 3))).any()


def rebuilt(a):
    w, v = LA.eigh(a)
    return (v * w) @ v.T


def recomposed(a):
    u, s, vh = LA.svd(a)
    return (u * s) @ vh


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", [rebuilt, recomposed, lambda a: np.sum(rebuilt(a)), lambda a: rebuilt(a)[1, 0], lambda a: LA.eigh(a)[1]])
@pytest.mark.parametrize("x", REPEATED.values(), ids=REPEATED)
def test_vectors_of_repeated_values_are_refused(f, x, mode):
    with pytest.raises(errors.DegenerateError, match=r"values .* and .* \(gap .*\).*eigvalsh"):
        dualad.jacobian(f, mode=mode)(x)


@pytest.mark.parametrize("mode", SECOND)
def test_second_derivatives_at_repeated_values_are_refused(mode):
    for f in (lambda a: np.sum(LA.eigvalsh(a) ** 2), lambda a: np.sum(LA.svdvals(a) ** 2), lambda a: np.sum(LA.eigvals(a) ** 2)):
        with pytest.raises(errors.DegenerateError, match="values 1 and 1"):
            dualad.hessian(f, mode=mode)(np.diag([1.0, 1.0, 2.0]))


def test_a_simple_vector_beside_repeated_values():
    """Its cotangent does not meet them: the sweep is right; forward modes would need all vectors and say so."""
    x = np.diag([1.0, 1.0, 3.0])
    got = dualad.jacobian(lambda a: LA.eigh(a)[1][:, 2], mode="reverse")(x)
    want = np.zeros((3, 3, 3))
    want[0, 2, 0] = want[1, 2, 1] = 0.5 * LA.eigh(x)[1][2, 2]
    np.testing.assert_allclose(got, want, atol=1e-14)


@pytest.mark.parametrize("mode", MODES)
def test_errors(mode):
    def raises(kind, match, f, x):
        with pytest.raises(kind, match=match):
            dualad.jacobian(f, mode=mode)(x)

    raises(errors.DegenerateError, "defective", LA.eigvals, np.array([[1.0, 1.0], [0.0, 1.0]]))
    raises(errors.ComplexError, "eigenvalue .* is complex", LA.eigvals, np.array([[0.0, 1.0], [-1.0, 0.0]]))
    raises(errors.ComplexError, "eigenvalue .* is complex", lambda a: LA.eig(a)[0], np.array([[0.0, 1.0], [-1.0, 0.0]]))
    raises(errors.NoRuleError, "full_matrices=False", lambda a: LA.svd(a)[0], np.ones((2, 3)))
    raises(errors.NoRuleError, "turn freely", lambda a: LA.qr(a, "complete")[1], np.ones((3, 2)))
    raises(LA.LinAlgError, "Singular", LA.inv, np.ones((2, 2)))
    raises(LA.LinAlgError, "positive definite", LA.cholesky, -np.eye(2))
    raises(LA.LinAlgError, "square", LA.det, np.ones((2, 3)))


@pytest.mark.parametrize("f", [LA.eigh, LA.eig, LA.svd, LA.qr, LA.slogdet], ids=lambda f: f.__name__)
def test_results_are_numpys_named_tuples(f):
    kinds = []

    def g(a):
        kinds.append(type(f(a)))
        return np.sum(a)

    for mode in MODES:
        dualad.jacobian(g, mode=mode)(SYM)
    assert set(kinds) == {type(f(SYM))}


@pytest.mark.parametrize("f", [LA.inv, LA.det, LA.eigvalsh, LA.svdvals, LA.cond, LA.cholesky, LA.pinv, LA.eigvals,
                               lambda a: LA.qr(a)[0], lambda a: LA.norm(a, "nuc"), lambda a: LA.lstsq(a, a[0])[0],
                               lambda a: LA.eigh(a)[1], lambda a: LA.svd(a)[0], lambda a: LA.solve(a, a[0])])
def test_float32_stays(f):
    x = np.array([[3.0, 1.0], [1.0, 5.0]], np.float32)
    for mode in MODES:
        found = dualad.jacobian(f, mode=mode)(x)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, dualad.jacobian(f)(x.astype(float)), rtol=2e-4, atol=2e-5)
    assert dualad.hessian(f)(x).dtype == np.float32


def test_results_may_be_overwritten():
    def f(a):
        y = np.linalg.inv(a)
        y[0] = 1.0
        return np.sum(y * y)

    check_derivatives(f, A, order=2)


def test_only_one_triangle_is_read():
    g = dualad.grad(lambda a: np.sum(LA.cholesky(a) ** 3))(SPD)
    assert not np.triu(g, 1).any()
    assert not np.tril(dualad.grad(lambda a: np.sum(LA.cholesky(a, upper=True) ** 3))(SPD), -1).any()
    assert not np.tril(dualad.grad(lambda a: LA.eigvalsh(a, "U")[0])(SYM), -1).any()


def test_third_order():
    a = SYM / 3

    def f(s):
        return np.sum(LA.eigvalsh(a * s) ** 2) * LA.det(a * s)

    third = dualad.derivative(dualad.derivative(dualad.derivative(f)))(1.0)
    assert third == pytest.approx(60 * float(f(1.0)), rel=1e-12)


def test_adjoint_law_of_every_call():
    """<g, J t> = <J' g, t>, batches of directions and of cotangents included (labels and vjp: tests/core/test_laws.py)."""
    for f, x in [(LA.inv, A), (lambda a: LA.qr(a)[0], RNG.normal(size=(2, 4, 3))), (lambda a: LA.svd(a, False)[2], RNG.normal(size=(2, 3)))]:
        y, pull = dualad.vjp(f, x)
        t, g = RNG.normal(size=x.shape), RNG.normal(size=y.shape)
        _, ty = dualad.jvp(f, (x,), (t,))
        assert np.sum(g * ty) == pytest.approx(np.sum(pull(g)[0] * t), rel=1e-11)
