"""Singular points (pitfalls.md, table 1.2): infinite partials, strong zeros, zeros in products, NaN.

Expected values are formulas, or come from the 60-digit oracles of `oracles.py` where there is
one.  Modes, cases and comparison are those of `test_kinks`.
"""

import itertools

import numpy as np
import oracles
import pytest
from mpmath import mp
from test_kinks import FIRST, SECOND, Case, agree, check_diagonal, check_first, check_second, check_warnings, ids

import dualad

INF, NAN = np.inf, np.nan

# row of table 1.2 -> what is missing for it
LATER = {
    "det of singular matrices, its Hessian": "linear algebra is a later issue",
    "eigvalsh and V f(w) V' at repeated values": "linear algebra is a later issue",
    "cholesky, solve, inv of singular matrices": "linear algebra is a later issue",
}


# ---- one-operand functions: expected values from the oracles ----

def at(fn, x):
    """A case whose derivatives the 60-digit oracle knows."""
    o = oracles.ORACLES[fn]
    point = oracles.exact((x,))
    with mp.workdps(oracles.DIGITS):
        d1, d2 = (float(oracles.mpf(o.partial(key, *point))) for key in (0, (0, 0)))
    return Case(f"{fn.__name__}({x!r})", fn, x, d1, d2)


FROM_ORACLE = [at(fn, x) for fn, x in (
    (np.sqrt, 0.0), (np.cbrt, 1e-300), (np.log, 0.0), (np.log1p, -1.0), (np.log2, 0.0), (np.log10, 0.0),
    (np.arcsin, 1.0), (np.arcsin, -1.0), (np.arccos, 1.0), (np.arccos, -1.0), (np.arctanh, 1.0), (np.arctanh, -1.0),
    (np.arccosh, 1.0), (np.sinc, 0.0), (np.sinc, 1.0), (np.sinc, -2.0), (np.reciprocal, 0.0))
    if not (fn is np.sinc and x)] + [at(np.cbrt, 0.0)]


def test_partials_of_two_operands_at_singular_points():
    """arctan2 on its branch cut and at the origin, hypot at the origin."""
    for fn, a, b in ((np.arctan2, 0.0, -1.0), (np.arctan2, 0.0, 1.0), (np.arctan2, 0.0, 0.0), (np.hypot, 0.0, 0.0),
                     (np.hypot, 0.0, 3.0), (np.arctan2, 2.0, 0.0)):
        o, point = oracles.ORACLES[fn], oracles.exact((a, b))
        want = [float(o.partial(i, *point)) for i in (0, 1)]
        curvature = [[float(o.partial(tuple(sorted((i, j))), *point)) for j in (0, 1)] for i in (0, 1)]
        case = Case(fn.__name__, lambda x, fn=fn: fn(x[0], x[1]), np.array([a, b]), want, curvature)
        for mode in FIRST:
            check_first(case, mode)
        if (a, b) != (0.0, 0.0):
            for mode in SECOND:
                check_second(case, mode)


# ---- powers ----

def falling(n, k):
    """n (n-1) ... (n-k+1)."""
    out = 1.0
    for i in range(k):
        out *= n - i
    return out


def power_cases():
    cases = []
    for p, d1, d2 in ((0, 0, 0), (0.0, 0, 0), (1, 1, 0), (1.0, 1, 0), (2, 0, 2), (2.0, 0, 2), (3, 0, 0), (3.0, 0, 0),
                      (1.5, 0, INF), (2.5, 0, 0), (0.5, INF, -INF)):
        cases.append(Case(f"0 ** {p!r}", lambda x, p=p: x**p, 0.0, d1, d2))
        cases.append(Case(f"power(0, {p!r})", lambda x, p=p: np.power(x, p), 0.0, d1, d2))
        cases.append(Case(f"float_power(0, {p!r})", lambda x, p=p: np.float_power(x, p), 0.0, d1, d2))
        cases.append(Case(f"[0, 4] ** [{p!r}, 2]", lambda x, p=p: x ** np.array([p, 2.0]), np.array([0.0, 4.0]),
                          [[d1, 0], [0, 8]], [[[d2, 0], [0, 0]], [[0, 0], [0, 2]]]))
    return cases


POWERS = [
    *power_cases(),
    Case("x**3.0 at -2", lambda x: x**3.0, -2.0, 12, -12),
    Case("x**3 at -2", lambda x: x**3, -2.0, 12, -12),
    Case("x**array([0, 1])", lambda x: x ** np.array([0, 1]), np.zeros(2), [[0, 0], [0, 1]], np.zeros((2, 2, 2))),
    Case("x**-1 at -2", lambda x: x**-1, -2.0, -0.25, -0.25),
    Case("0**y at 2", lambda y: 0.0**y, 2.0, 0, 0),
    Case("0**y at 0.5", lambda y: 0.0**y, 0.5, 0, 0),
    Case("0**y at 0", lambda y: 0.0**y, 0.0, -INF, INF),
    Case("1**y", lambda y: 1.0**y, 3.0, 0, 0),
]


# ---- reductions with zeros, NaN and infinities ----

def without(x, *drop):
    return float(np.prod([v for k, v in enumerate(x) if k not in drop]))


def product_case(values):
    """Derivatives of a product by leaving factors out."""
    n = len(values)
    d1 = [without(values, i) for i in range(n)]
    d2 = [[0.0 if i == j else without(values, i, j) for j in range(n)] for i in range(n)]
    return Case(f"prod {values}", np.prod, np.array(values, dtype=float), d1, d2)


def cumulative_case(values):
    """Derivatives of the sum of a cumulative product, prefix by prefix."""
    n = len(values)
    d1, d2 = np.zeros(n), np.zeros((n, n))
    for k in range(1, n + 1):
        part = product_case(values[:k])
        d1[:k] += part.d1
        d2[:k, :k] += part.d2
    return Case(f"sum of cumprod {values}", lambda x: np.sum(np.cumprod(x)), np.array(values, dtype=float), d1, d2)


def spread(n):
    """Hessian of the variance."""
    return 2.0 / n * (np.eye(n) - 1.0 / n)


def hand_written_logsumexp(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


NANSQUARES = Case("nansum(x**2)", lambda x: np.nansum(x**2), np.array([1.0, NAN, 2.0]), [2, 0, 4], np.diag([2.0, 0, 2]))
TWO = np.array([0.0, -INF])
REDUCTIONS = [
    *(product_case(v) for v in ([0, 2, 3], [0, 0, 3], [0, 0, 0], [2, 3, 4], [5], [2, 0, -1, 0, 3, 1, 2, 2, 4])),
    Case("multiply.reduce with a zero", np.multiply.reduce, np.array([0.0, 2, 3]), [6, 0, 0],
         [[0, 3, 2], [3, 0, 0], [2, 0, 0]]),
    Case("prod method", lambda x: x.prod(), np.array([0.0, 2, 3]), [6, 0, 0], [[0, 3, 2], [3, 0, 0], [2, 0, 0]]),
    Case("x[0]*x[1]*x[2] with a zero", lambda x: x[0] * x[1] * x[2], np.array([0.0, 2, 3]), [6, 0, 0],
         [[0, 3, 2], [3, 0, 0], [2, 0, 0]]),
    cumulative_case([2, 0, 3]),
    cumulative_case([0, 0, 3]),
    cumulative_case([2, 5, 0, 3, 0, 4]),
    Case("sum of multiply.accumulate", lambda x: np.sum(np.multiply.accumulate(x)), np.array([2.0, 0, 3]), [1, 8, 0],
         [[0, 4, 0], [4, 0, 2], [0, 2, 0]]),
    Case("nanprod", np.nanprod, np.array([2.0, NAN, 3.0]), [3, 0, 2], [[0, 0, 1], [0, 0, 0], [1, 0, 0]]),
    Case("nanmax", np.nanmax, np.array([1.0, NAN, 2.0]), [0, 0, 1], np.zeros((3, 3))),
    Case("nanmin", np.nanmin, np.array([1.0, NAN, 2.0]), [1, 0, 0], np.zeros((3, 3))),
    NANSQUARES,
    Case("nansum", np.nansum, np.array([1.0, NAN, 2.0]), [1, 0, 1], np.zeros((3, 3))),
    Case("nanmean of squares", lambda x: np.nanmean(x**2), np.array([1.0, NAN, 2.0]), [1, 0, 2], np.diag([1.0, 0, 1])),
    Case("var of a constant", np.var, np.full(3, 2.0), np.zeros(3), spread(3)),
    Case("var method, constant zero", lambda x: x.var(), np.zeros(4), np.zeros(4), spread(4)),
    Case("logaddexp(0, -inf)", lambda x: np.logaddexp(x[0], x[1]), TWO, [1, 0], np.zeros((2, 2))),
    Case("logaddexp.reduce [0, -inf]", np.logaddexp.reduce, TWO, [1, 0], np.zeros((2, 2))),
    Case("logsumexp by hand [0, -inf]", hand_written_logsumexp, TWO, [1, 0], np.zeros((2, 2))),
    Case("sum of squares at 0", lambda x: np.dot(x, x), np.zeros(3), np.zeros(3), 2 * np.eye(3)),
]
FIRST_ONLY = [
    Case("norm(0)", np.linalg.norm, np.zeros(3), np.zeros(3)),
    Case("norm(0)**2", lambda x: np.linalg.norm(x) ** 2, np.zeros(3), np.zeros(3)),
    Case("norm of rows, one of them 0", lambda x: np.linalg.norm(x, axis=1), np.array([[0.0, 0.0], [3.0, 4.0]]),
         [[[0, 0], [0, 0]], [[0, 0], [0.6, 0.8]]]),
    Case("std of a constant", np.std, np.full(3, 2.0), np.zeros(3)),
    Case("std method, constant", lambda x: x.std(ddof=1), np.full(3, 2.0), np.zeros(3)),
    Case("std of columns, one constant", lambda x: np.std(x, axis=0), np.array([[1.0, 2.0], [3.0, 2.0]]),
         [[[-0.5, 0], [0.5, 0]], [[0, 0], [0, 0]]]),
    Case("logaddexp(-inf, -inf)", lambda x: np.logaddexp(x[0], x[1]), np.array([-INF, -INF]), [NAN, NAN]),
    Case("x**y at (-2, 3)", lambda z: z[0] ** z[1], np.array([-2.0, 3.0]), [12, NAN]),
    Case("log(-1)", np.log, -1.0, -1.0),
    Case("hypot(0, 0)", lambda x: np.hypot(x[0], x[1]), np.zeros(2), [0, 0]),
]
ZEROED = [
    Case("where(x > 0, sqrt(x), 0) at 0", lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0, 0, 0),
    Case("where(x > 0, sqrt(x), 0) of array", lambda x: np.where(x > 0, np.sqrt(x), 0.0), np.array([0.0, 4.0, -1.0]),
         np.diag([0, 0.25, 0]), [np.zeros((3, 3)), np.diag([0, -1 / 32, 0]), np.zeros((3, 3))]),
    Case("where(x == 0, 1, sin(x)/x) at 0", lambda x: np.where(x == 0, 1.0, np.sin(x) / x), 0.0, 0, 0),
    Case("where(x > 0, log(x), x) at 0", lambda x: np.where(x > 0, np.log(x), x), 0.0, 1, 0),
    Case("a constant factor 0 keeps the other's slope", lambda x: (x - 1.0) * (x + 2.0), 1.0, 3, 2),
    Case("sqrt of a constant 0", lambda x: x + np.sqrt(x * 0.0), 2.0, 1, 0, back=NAN),
    Case("x * sqrt(y) at y = 0, direction x", lambda z: z * np.sqrt(0.0), 3.0, 0, 0),
    Case("elementwise log at [0, 2]", np.log, np.array([0.0, 2.0]), np.diag([INF, 0.5]),
         [np.diag([-INF, 0]), np.diag([0, -0.25])]),
    Case("elementwise sqrt at [-1, 4]", np.sqrt, np.array([-1.0, 4.0]), [[NAN, 0], [0, 0.25]],
         [[[NAN, 0], [0, 0]], [[0, 0], [0, -1 / 32]]]),
    Case("sum of x**1.5 at [0, 4]", lambda x: np.sum(x**1.5), np.array([0.0, 4.0]), [0, 3],
         [[INF, 0], [0, 0.375]]),
    Case("sum of sqrt at [0, 4]", lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0]), [INF, 0.25],
         [[-INF, 0], [0, -1 / 32]]),
]

TWICE = FROM_ORACLE + POWERS + REDUCTIONS + ZEROED
ROWS = TWICE + FIRST_ONLY


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize("case", ROWS, ids=ids(ROWS))
def test_first_derivative_at_a_singular_point(case, mode):
    check_first(case, mode)


@pytest.mark.parametrize("mode", SECOND)
@pytest.mark.parametrize("case", TWICE, ids=ids(TWICE))
def test_second_derivative_at_a_singular_point(case, mode):
    check_second(case, mode)


@pytest.mark.parametrize("case", TWICE, ids=ids(TWICE))
def test_diagonal_at_a_singular_point(case):
    check_diagonal(case)


@pytest.mark.parametrize("case", ROWS, ids=ids(ROWS))
def test_warns_where_plain_numpy_warns_and_only_there(case):
    check_warnings(case, FIRST)
    check_warnings(case, SECOND)


@pytest.mark.parametrize("case", FIRST_ONLY, ids=ids(FIRST_ONLY))
def test_second_derivatives_are_the_same_in_every_mode(case):
    """Where no value is promised the modes still agree: forward over forward, hyper-dual, dense, local, chunked.

    Agreement is all that is claimed: strong zeros give norm(x)**2 the Hessian 0 at 0, where 2 I is true.
    """
    with np.errstate(all="ignore"):
        want = np.asarray(dualad.hessian(case.f, mode="hyperdual")(case.x))
        for run in SECOND.values():
            agree(run(case.f, case.x), want)


# ---- what a table cannot say ----

def test_jvp_of_power_in_one_direction_is_clean():
    """x**y at (-2, 3): the slope in y is NaN, a direction that does not touch y must not see it."""
    with np.errstate(all="ignore"):
        assert dualad.jvp(lambda x, y: x**y, (-2.0, 3.0), (1.0, 0.0))[1] == 12.0
        assert np.isnan(dualad.jvp(lambda x, y: x**y, (-2.0, 3.0), (1.0, 1.0))[1])
        z = np.array([-2.0, 3.0])
        assert dualad.jvp(lambda z: z[0] ** z[1], (z,), (np.array([1.0, 0.0]),))[1] == 12.0


def test_power_with_constant_exponent_never_asks_for_the_logarithm():
    """No invalid-value event for a negative base with a constant exponent."""
    with np.errstate(all="raise"):
        assert dualad.derivative(lambda x: x**3.0)(-2.0) == 12.0
        assert dualad.hessian(lambda x: np.power(x, 2))(-1.5) == 2.0


@pytest.mark.parametrize("n", range(8))
def test_nth_derivative_of_a_monomial_at_zero(n):
    """The n-th derivative of x**n is n!, all others are zero (float exponents too)."""
    for f in (lambda x: x**n, lambda x: x ** float(n)):
        g = f
        for order in range(6):
            want = falling(n, n) if order == n else 0.0
            assert float(g(0.0)) == want, (n, order)
            g = dualad.derivative(g)


@pytest.mark.parametrize("n", range(6))
def test_nth_derivative_of_a_monomial_elsewhere(n):
    for x in (-2.0, 1.5):
        g = lambda v: v**n
        for order in range(6):
            want = falling(n, order) * x ** (n - order) if order <= n else 0.0
            assert float(g(x)) == pytest.approx(want, rel=1e-14)
            g = dualad.derivative(g)


def test_zero_value_is_never_a_reason_to_skip_work(rng):
    """Products at the zero vector keep every second-order term."""
    a = rng.standard_normal((4, 4))
    for f in (lambda x: x @ a @ x, lambda x: np.einsum("i,ij,j", x, a, x), lambda x: np.sum(np.outer(x, x) * a),
              lambda x: np.dot(np.dot(a, x), x), lambda x: np.sum(x * (a @ x))):
        for mode, run in SECOND.items():
            np.testing.assert_allclose(run(f, np.zeros(4)), a + a.T, rtol=1e-13, atol=1e-14, err_msg=mode)


@pytest.mark.parametrize("fn", [np.max, np.min, np.maximum.reduce, np.ptp])
def test_maximum_of_nan_names_no_clean_winner(fn):
    x = np.array([1.0, NAN, 2.0])
    for mode, run in FIRST.items():
        with np.errstate(all="ignore"):
            g = np.asarray(run(fn, x))
        assert np.isnan(g).any() or not np.any(g[[0, 2]]), mode


@pytest.mark.parametrize("key", [5, -6, (5,), ([0, 5],), np.array([5])], ids=str)
def test_index_out_of_range(key):
    with pytest.raises(IndexError, match="out of bounds"):
        dualad.jacobian(lambda x: x[key])(np.ones(5))
    with pytest.raises(IndexError, match="out of bounds"):
        dualad.jacobian(lambda x: np.take(x, key))(np.ones(5))


@pytest.mark.parametrize("fn", [np.sqrt, np.log, np.arcsin, np.cbrt])
def test_strong_zero_survives_nesting_to_third_order(fn):
    """where() hides a singular branch at every order."""
    g = lambda x: np.where(x > 0, fn(x), 0.0)
    for _ in range(3):
        g = dualad.derivative(g)
        with np.errstate(all="ignore"):
            assert float(g(0.0)) == 0.0


@pytest.mark.parametrize("shape", [(2, 3), (3, 2, 2)])
def test_product_along_axes_with_zeros(shape, rng):
    x = rng.integers(0, 3, shape).astype(float)
    for axis in range(len(shape)):
        got = dualad.jacobian(lambda v, a=axis: np.prod(v, axis=a))(x)
        want = np.zeros(got.shape)
        for place in itertools.product(*map(range, shape)):
            rest = np.delete(x, place[axis], axis=axis)
            out = place[:axis] + place[axis + 1:]
            want[out + place] = np.prod(rest, axis=axis)[out]
        np.testing.assert_array_equal(got, want)


def test_sinc_and_its_taylor_series_at_zero():
    """Every derivative of sinc at 0, against the closed form (-pi**2)**k/(2k+1) for order 2k."""
    g = np.sinc
    for order in range(5):
        k = order // 2
        want = 0.0 if order % 2 else float((-mp.pi**2) ** k / (2 * k + 1))
        assert float(g(0.0)) == pytest.approx(want, rel=1e-12, abs=1e-12), order
        g = dualad.derivative(g)


# ---- products of arrays: what is not finite meets only the entries it multiplies ----

HOT = np.array([[1.0, INF, 2.0], [NAN, 3.0, -INF], [0.5, 0.0, -1.0]])
BATCH = np.stack([HOT, HOT.T])
PRODUCTS = {
    "A @ x": (lambda x: HOT @ x, lambda x: np.sum(HOT * x, axis=1)),
    "x @ A": (lambda x: x @ HOT, lambda x: np.sum(HOT.T * x, axis=1)),
    "dot": (lambda x: np.dot(HOT, np.outer(x, x)), lambda x: np.sum(HOT[:, :, None] * np.outer(x, x), axis=1)),
    "batches": (lambda x: BATCH @ np.outer(x, x), lambda x: np.sum(BATCH[..., None] * np.outer(x, x), axis=2)),
    "einsum": (lambda x: np.einsum("bij,j->bi", BATCH, x), lambda x: np.sum(BATCH * x, axis=2)),
    "tensordot": (lambda x: np.tensordot(x, HOT, 1), lambda x: np.sum(HOT.T * x, axis=1)),
    "convolve": (lambda x: np.convolve(x, [1.0, NAN, 2.0], "valid"), lambda x: 2.0 * x[:1] + NAN * x[1:2] + x[2:]),
    "both": (lambda x: (HOT * x[0]) @ x, lambda x: np.sum(HOT * x[0] * x, axis=1)),
    "infinite tangents": (lambda x: np.eye(3) @ np.sqrt(x - 1), lambda x: np.sum(np.eye(3) * np.sqrt(x - 1), axis=1)),
}


@pytest.mark.parametrize("mode", ["auto", "forward"])
@pytest.mark.parametrize("name", PRODUCTS)
def test_zero_tangents_stay_zero_in_products(name, mode):
    """The product agrees with the same sum written out, whose factors have strong zeros one by one."""
    fn, written = PRODUCTS[name]
    x = np.array([1.0, 2.0, 3.0])
    with np.errstate(all="ignore"):  # the values hold inf - inf
        got, want = (dualad.jacobian(f, mode=mode)(x) for f in (fn, written))
        np.testing.assert_allclose(got, want, rtol=1e-14)
        got, want = (dualad.hessian(f, mode="hyperdual")(x) for f in (fn, written))
    np.testing.assert_allclose(got, want, rtol=1e-14)


def test_products_of_zero_tangents_do_not_warn():
    J = dualad.jacobian(lambda x: HOT[:1] @ x)(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(J, HOT[:1])


@pytest.mark.parametrize("zero", [0, 0.0, np.float64(0.0)], ids=["int", "float", "NumPy"])
def test_division_by_the_number_zero(zero):
    """NumPy divides arrays by Python's zero; so do formulas, in every mode, nested and in float32."""
    x = np.array([1.0, 2.0])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(dualad.jacobian(lambda x: x / zero)(x), np.diag([INF, INF]))
        for mode in ("auto", "hyperdual", "forward"):
            np.testing.assert_array_equal(dualad.hessian(lambda x: np.sum(x / zero), mode=mode)(x), np.zeros((2, 2)))
        narrow = dualad.dual(x.astype(np.float32), np.eye(2, dtype=np.float32)) / zero
    np.testing.assert_array_equal(narrow.tangents, np.diag([INF, INF]))
    assert narrow.dtype == np.float32 or isinstance(zero, np.float64)


@pytest.mark.parametrize("transform", [dualad.grad, dualad.jacfwd, dualad.hessian])
def test_poly1d_does_not_drop_the_slope_of_a_leading_zero(transform):
    def f(c):
        return np.poly1d(c)(2.0)

    with pytest.raises(dualad.errors.DegenerateError, match="poly1d drops leading coefficients"):
        transform(f)(np.array([0.0, 2.0, 3.0]))
    np.testing.assert_array_equal(dualad.grad(f)(np.array([1.0, 0.0, 3.0])), [4.0, 2.0, 1.0])
