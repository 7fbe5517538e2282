"""Scale and cancellation (pitfalls.md, table 1.3): no square that overflows, no 1 - y*y, no cos - sinc.

The expected values are computed at 60 digits by `oracles.py`; the figures of the table are
asserted beside them, so that a wrong oracle would be noticed.
"""

import numpy as np
import oracles
import pytest
from mpmath import mp, mpf
from test_kinks import FIRST, SECOND, Case, check_diagonal, check_first, check_second, check_warnings, ids

import dualad

# function, operands, operand (or pair) -> figure in the table
ROWS = [
    (np.tanh, (20.0,), 0, 1.6993e-17),
    (np.logaddexp, (0.0, 50.0), (1, 1), 1.929e-22),
    (np.arcsinh, (1e200,), 0, 1e-200),
    (np.arccosh, (1e200,), 0, 1e-200),
    (np.hypot, (3e154, 4e154), 0, 0.6),
    (np.hypot, (3e154, 4e154), 1, 0.8),
    (np.hypot, (3e300, 4e300), 0, 0.6),
    (np.hypot, (3e-160, 4e-160), 0, 0.6),
    (np.hypot, (3e-160, 4e-160), 1, 0.8),
    (np.hypot, (3e-300, 4e-300), 1, 0.8),
    (np.arctan2, (1e200, 1e200), 0, 5e-201),
    (np.arctan2, (1e200, 1e200), 1, -5e-201),
    (np.arctan2, (1e-200, 1e-200), 0, 5e199),
    (np.arctan2, (1e-200, 1e-200), 1, -5e199),
    (np.divide, (1e-300, 1e-200), 1, -1e100),
    (np.sinc, (1e-5,), 0, -3.28986813e-5),
    (np.arcsin, (1 - 1e-12,), 0, 1 / np.sqrt(1e-12 * (2 - 1e-12))),
    (np.sqrt, (5e-324,), 0, 2.2e161),
    (np.multiply, (1.0, 5e-324), 0, 5e-324),
    (np.tanh, (1000.0,), 0, 0.0),
    (np.log, (1e-300,), 0, 1e300),
    (np.arctan, (1e200,), 0, 0.0),
    (np.log1p, (1e-20,), 0, 1.0),
    (np.expm1, (1e-20,), 0, 1.0),
]


def partials(fn, x):
    """Exact gradient and Hessian as floats, infinite where the float overflows."""
    with mp.workdps(oracles.DIGITS):
        return rounded(oracles.ORACLES[fn], oracles.exact(x), len(x))


def rounded(o, point, n):
    d1 = [float(mpf(o.partial(i, *point))) for i in range(n)]
    d2 = [[float(mpf(o.partial((min(i, j), max(i, j)), *point))) for j in range(n)] for i in range(n)]
    return d1, d2


def packed(fn, x):
    """A case with all operands in one array."""
    d1, d2 = partials(fn, x)
    return Case(f"{fn.__name__}{x}", lambda z: fn(*z), np.array(x), d1, d2)


CASES = list({f"{fn.__name__}{x}": packed(fn, x) for fn, x, _, _ in ROWS}.values())
CASES += [packed(fn, x) for fn, x in (
    (np.hypot, (5e-324, 5e-324)), (np.hypot, (1e308, 1e308)), (np.hypot, (1e-160, 1e160)), (np.hypot, (-3e154, 0.0)),
    (np.arctan2, (-1e200, 1e-200)), (np.arctan2, (3e154, -4e154)), (np.logaddexp, (50.0, 0.0)), (np.logaddexp, (800.0, 0.0)),
    (np.logaddexp2, (0.0, 60.0)), (np.tanh, (-20.0,)), (np.tanh, (360.0,)), (np.arccos, (1 - 1e-12,)),
    (np.arctanh, (1 - 1e-12,)), (np.arccosh, (1 + 1e-12,)), (np.arcsinh, (-1e-200,)), (np.divide, (1e200, 1e-100)),
    (np.sinc, (1e-8,)), (np.sinc, (-1e-3,)), (np.cbrt, (1e-300,)), (np.reciprocal, (1e150,)), (np.exp, (-745.0,)),
    (np.cosh, (700.0,)), (np.sinh, (1e-200,)), (np.log2, (1e300,)))]


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_first_derivative_at_scale(case, mode):
    check_first(case, mode)


@pytest.mark.parametrize("mode", SECOND)
@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_second_derivative_at_scale(case, mode):
    check_second(case, mode)


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_diagonal_and_warnings_at_scale(case):
    check_diagonal(case)
    check_warnings(case, {k: FIRST[k] for k in ("auto", "forward", "jvp")})
    check_warnings(case, {k: SECOND[k] for k in ("auto", "hyperdual")})


@pytest.mark.parametrize(("fn", "x", "key", "figure"), ROWS, ids=[f"{r[0].__name__}{r[1]}-{r[2]}" for r in ROWS])
def test_oracle_agrees_with_the_figures_of_the_table(fn, x, key, figure):
    d1, d2 = partials(fn, x)
    want = d2[key[0]][key[1]] if isinstance(key, tuple) else d1[key]
    assert want == pytest.approx(figure, rel=3e-2 if figure == 2.2e161 else 5e-4, abs=0.0 if figure else 1e-300)


@pytest.mark.parametrize("x", [40.0, -40.0, 0.0, 700.0, -200.0, 2.5])
def test_logistic_written_by_hand(x):
    """Below about -230 the third power of a quotient leaves the range of floats, which no chain rule can help."""
    f = lambda v: 1.0 / (1.0 + np.exp(-v))
    with mp.workdps(60):
        e = mp.exp(-mpf(x))
        want = float(e / (1 + e) ** 2)
        bend = float(e * (e - 1) / (1 + e) ** 3)
    assert float(dualad.derivative(f)(x)) == pytest.approx(want, rel=1e-14)
    # the second derivative is a difference of products: right relative to its terms
    assert float(dualad.hessian(f)(x)) == pytest.approx(bend, rel=1e-13, abs=1e-15 * want)


@pytest.mark.parametrize("fn", [np.sin, np.exp, np.tanh, np.sqrt, np.log, np.arctan, np.cbrt, np.square])
def test_vector_body_and_remainder_agree(fn, rng):
    """Derivatives do not depend on position or length of the array."""
    special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e-310, 1e300, 1.5, -0.75])
    with np.errstate(all="ignore"):
        single = [dualad.jvp(fn, (np.full(1, v),), (np.ones(1),))[1][0] for v in special]
        for n in (2, 3, 4, 7, 8, 9, 16, 31, 64, 65):
            pick = rng.integers(0, len(special), n)
            got = dualad.jvp(fn, (special[pick],), (np.ones(n),))[1]
            np.testing.assert_array_equal(got, np.array(single)[pick])


def test_denormals_are_not_flushed_by_the_import_or_by_the_loops():
    tiny = 5e-324
    assert tiny * 1.0 == tiny
    assert tiny / 2.0 * 4.0 == 0.0
    assert np.float64(1e-310) / 10.0 != 0.0
    assert dualad.derivative(lambda x: x * tiny)(1.0) == tiny
    x = np.full(33, 1.0)
    np.testing.assert_array_equal(dualad.jvp(lambda v: v * tiny, (x,), (x,))[1], np.full(33, tiny))
    np.testing.assert_array_equal(dualad.jvp(lambda v: v * 1.0, (x,), (x * tiny,))[1], np.full(33, tiny))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_single_and_half_precision_at_scale(dtype):
    """The same rules at the limits of smaller floats: no intermediate overflows before the result does."""
    info = np.finfo(dtype)
    big, small = dtype(info.max / 4), dtype(info.tiny * 4)
    one = dtype(1.0)
    for x in (big, small):
        got = dualad.jvp(np.hypot, (dtype(0.75) * x, x), (one, dtype(0)))[1]
        assert got.dtype == dtype
        assert float(got) == pytest.approx(0.6, rel=4 * float(info.eps))
    got = dualad.jvp(np.arcsinh, (big,), (one,))[1]
    assert float(got) == pytest.approx(1.0 / float(big), rel=4 * float(info.eps) + float(info.smallest_subnormal)
                                       * float(big))
    for x in (5.0, 2.0, -3.0):
        got = dualad.jvp(np.tanh, (dtype(x),), (one,))[1]
        want = float(mp.sech(x) ** 2)
        assert float(got) == pytest.approx(want, rel=8 * float(info.eps), abs=float(info.smallest_subnormal))
