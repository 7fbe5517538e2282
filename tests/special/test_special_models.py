"""Maximum likelihood as users write it with scipy.special: gamma, Student's t, beta, a censored sample; against closed forms in mpmath."""

import numpy as np
import pytest
import scipy.special as sp
from mpmath import mp, mpf

import dualad

RNG = np.random.default_rng(3)
X = RNG.gamma(2.5, 1.7, 20)
T = RNG.standard_t(4.0, 20) * 1.5 + 0.5
B = RNG.beta(2.0, 3.0, 20)


def gamma_loss(p):
    k, theta = p[0], p[1]
    return -np.sum((k - 1) * np.log(X) - X / theta - sp.gammaln(k) - k * np.log(theta))


def gamma_exact(k, theta):
    return -sum((k - 1) * mp.log(mpf(x)) - mpf(x) / theta - mp.loggamma(k) - k * mp.log(theta) for x in X)


def student_loss(p):
    v, mu, s = p[0], p[1], np.exp(p[2])
    z = (T - mu) / s
    return -np.sum(sp.gammaln((v + 1) / 2) - sp.gammaln(v / 2) - 0.5 * np.log(np.pi * v) - np.log(s) - (v + 1) / 2 * np.log1p(z * z / v))


def student_exact(v, mu, log_s):
    s = mp.exp(log_s)
    return -sum(mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2) - mp.log(mp.pi * v) / 2 - mp.log(s)
                - (v + 1) / 2 * mp.log1p(((mpf(t) - mu) / s) ** 2 / v) for t in T)


def beta_loss(p):
    return -np.sum(sp.xlogy(p[0] - 1, B) + sp.xlog1py(p[1] - 1, -B) - sp.betaln(p[0], p[1]))


def beta_exact(a, b):
    return -sum((a - 1) * mp.log(mpf(x)) + (b - 1) * mp.log1p(-mpf(x)) - mp.log(mp.beta(a, b)) for x in B)


def censored_loss(p):
    """Gamma times, of which those beyond 4 are only known to be longer."""
    k, theta = p[0], p[1]
    seen = X[X < 4.0]
    density = (k - 1) * np.log(seen) - seen / theta - sp.gammaln(k) - k * np.log(theta)
    return -np.sum(density) - np.sum(X >= 4.0) * np.log(sp.gammaincc(k, 4.0 / theta))


def censored_exact(k, theta):
    seen = [mpf(x) for x in X if x < 4.0]
    density = sum((k - 1) * mp.log(x) - x / theta - mp.loggamma(k) - k * mp.log(theta) for x in seen)
    return -density - int(np.sum(X >= 4.0)) * mp.log(mp.gammainc(k, 4 / theta, mp.inf, regularized=True))


@pytest.mark.parametrize(("loss", "exact", "p"), [
    (gamma_loss, gamma_exact, (2.3, 1.6)), (student_loss, student_exact, (4.5, 0.4, 0.3)), (beta_loss, beta_exact, (1.9, 3.2)),
    (censored_loss, censored_exact, (2.3, 1.6))])
def test_gradient_and_hessian_of_a_likelihood(loss, exact, p):
    x = np.array(p)
    value, gradient, hessian = dualad.value_grad_hess(loss)(x)
    assert value == pytest.approx(loss(x), rel=1e-15)
    with mp.workdps(40):
        at = tuple(mpf(v) for v in p)
        for i in range(len(p)):
            order = [int(i == k) for k in range(len(p))]
            assert gradient[i] == pytest.approx(float(mp.diff(exact, at, order)), rel=1e-12, abs=1e-11)
            for j in range(len(p)):
                both = [int(i == k) + int(j == k) for k in range(len(p))]
                assert hessian[i, j] == pytest.approx(float(mp.diff(exact, at, both)), rel=1e-11, abs=1e-10)
    np.testing.assert_allclose(dualad.grad(loss)(x), gradient, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dualad.hessian(loss, mode="forward-over-reverse")(x), hessian, rtol=1e-11, atol=1e-11)


def test_newton_finds_the_maximum_of_a_beta_likelihood():
    p = np.array([1.0, 1.0])
    for _ in range(30):
        _, g, h = dualad.value_grad_hess(beta_loss)(p)
        p = p - np.linalg.solve(h, g)
    assert np.abs(dualad.grad(beta_loss)(p)).max() < 1e-10


def test_softmax_regression():
    A, labels, w = RNG.normal(size=(12, 3)), RNG.integers(0, 4, 12), RNG.normal(size=(3, 4)) / 3

    def loss(w):
        z = A @ w
        return np.sum(sp.logsumexp(z, axis=1)) - np.sum(z[np.arange(12), labels])

    def plain(w):
        return -np.sum(sp.log_softmax(A @ w, axis=1)[np.arange(12), labels])

    want = A.T @ (sp.softmax(A @ w, axis=1) - np.eye(4)[labels])
    np.testing.assert_allclose(dualad.grad(loss)(w), want, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(dualad.grad(plain)(w), want, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(dualad.jacobian(loss, mode="forward")(w), want, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("a", [np.array([1e4, 1e4, -3.0]), np.array([-np.inf, 0.0, 1.0]), np.array([-1e4, -1e4 + 1, -np.inf])])
def test_logsumexp_where_exponentials_overflow(a):
    want = sp.softmax(a)
    np.testing.assert_allclose(dualad.grad(sp.logsumexp)(a), want, rtol=1e-15)
    np.testing.assert_allclose(dualad.hessian(sp.logsumexp)(a), np.diag(want) - np.outer(want, want), rtol=1e-12, atol=1e-16)


def test_logsumexp_of_signed_weights():
    a, b = np.array([0.3, 1.2, -0.4]), np.array([1.0, -2.0, 0.5])
    f = lambda a, b: sp.logsumexp(a, b=b, return_sign=True)[0]
    total = np.sum(b * np.exp(a))
    np.testing.assert_allclose(dualad.grad(f)(a, b), b * np.exp(a) / total, rtol=1e-14)
    np.testing.assert_allclose(dualad.grad(f, argnums=1)(a, b), np.exp(a) / total, rtol=1e-14)


def test_products_with_logarithms_at_zero():
    """0 log(0) is 0 for every weight: its slope in the argument is 0, and a weight that is constant adds no infinity."""
    d = dualad.derivative
    assert d(lambda y: sp.xlogy(0.0, y))(0.0) == 0.0
    assert d(lambda x: sp.xlogy(x, 2.0))(0.0) == np.log(2.0)
    assert d(lambda x: sp.xlogy(x, 0.0))(0.0) == -np.inf
    assert d(lambda y: sp.xlog1py(0.0, y))(-1.0) == 0.0
    np.testing.assert_array_equal(dualad.grad(lambda y: np.sum(sp.xlogy([0.0, 2.0], y)))(np.array([0.0, 4.0])), [0.0, 0.5])
    assert d(sp.entr)(0.0) == np.inf
    assert d(d(lambda y: sp.xlogy(0.0, y)))(0.0) == 0.0


@pytest.mark.parametrize("fn", [sp.erf, sp.gammaln, sp.j0, sp.expit, sp.ndtr, sp.psi])
def test_single_precision_stays_single(fn):
    x = np.array([0.3, 1.7], np.float32)
    y, t = dualad.jvp(fn, (x,), (np.ones(2, np.float32),))
    assert y.dtype == t.dtype == np.float32
    np.testing.assert_allclose(t, dualad.jvp(fn, (x.astype(float),), (np.ones(2),))[1], rtol=2e-6)
    assert dualad.grad(lambda x: np.sum(fn(x)))(x).dtype == np.float32


def test_logistic_slope_far_out():
    assert dualad.derivative(sp.expit)(40.0) == pytest.approx(4.248354255291589e-18, rel=1e-14)
    assert dualad.derivative(sp.log_ndtr)(-1e9) == pytest.approx(1e9, rel=1e-14)


def test_a_slope_at_a_large_negative_argument_comes_back():
    """SciPy's zeta counts from q up to 9, one by one: the formulas reflect instead."""
    assert np.isfinite(dualad.hessian(sp.gammaln)(-1e15 + 0.5))
    assert np.isfinite(dualad.derivative(sp.psi)(-1e15 + 0.5))
    dualad.derivative(sp.psi)(-1e300)


@pytest.mark.parametrize(("x", "sigma"), [(12.0, 1.0), (-3.0, 0.25), (1.5, 1.0)])
def test_voigt_profile_without_width_is_gaussian(x, sigma):
    g = np.exp(-0.5 * (x / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    d = dualad.derivative
    assert d(lambda x: sp.voigt_profile(x, sigma, 0.0))(x) == pytest.approx(-x / sigma**2 * g, rel=1e-12)
    assert d(lambda s: sp.voigt_profile(x, s, 0.0))(sigma) == pytest.approx(((x / sigma) ** 2 - 1) / sigma * g, rel=1e-12)
    assert d(d(lambda x: sp.voigt_profile(x, sigma, 0.0)))(x) == pytest.approx(((x / sigma) ** 2 - 1) / sigma**2 * g, rel=1e-12)


def lower(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def ibeta(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


@pytest.mark.parametrize(("fn", "exact", "x", "i"), [
    *((sp.gammainc, lower, x, 0) for x in ((1e3, 1010.0), (1e4, 9900.0), (1e-3, 1e-3), (0.5, 40.0), (50.0, 2.0))),
    *((sp.betainc, ibeta, x, i) for i in (0, 1) for x in ((300.0, 600.0, 0.33), (0.01, 0.01, 0.5), (50.0, 0.1, 0.999), (2.0, 3.0, 1e-8),
                                                          (1.5, 400.0, 0.001))),
    *((sp.kv, mp.besselk, x, 0) for x in ((0.3, 1e-8), (50.0, 1.0), (0.5, 300.0), (30.0, 40.0))),
])
def test_parameter_derivatives_far_out(fn, exact, x, i):
    def f(v):
        return fn(*x[:i], v, *x[i + 1:])

    with mp.workdps(60), np.errstate(all="ignore"):
        h = mpf(10) ** -14 * mpf(x[i])
        values = [exact(*(mpf(v) + k * h * (j == i) for j, v in enumerate(x))) for k in (-1, 0, 1)]
        assert dualad.derivative(f)(x[i]) == pytest.approx(float((values[2] - values[0]) / (2 * h)), rel=1e-12)
        assert dualad.derivative(dualad.derivative(f))(x[i]) == pytest.approx(float((values[2] - 2 * values[1] + values[0]) / h**2), rel=1e-11)
