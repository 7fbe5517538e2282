"""First and second partials of NumPy's elementwise functions against 60-digit oracles.

Decision: every partial must be within 4 (first) and 16 (second) units in the last place over
all scales of float64.  A rule that declares a larger bound must still keep these two
relative to the largest term of its formula, so that a declared exception cannot hide a bug.
Formulas run here through NumPy, without the engine.
"""

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf
from oracles import DIGITS, NUMERIC, ORACLES, exact, forgiven, points, ulp_error

import dualad
from dualad.core.formula import trace
from dualad.rules import Elementwise, declared, lookup

RULES = [r for r in declared(Elementwise) if r.name.startswith("numpy.")]
FIRST, SECOND = 4.0, 16.0
inf, nan = np.inf, np.nan


@pytest.fixture(autouse=True)
def precision():
    """Sixty digits, and no warnings from formulas at singular points: the engine silences them too."""
    with mp.workdps(DIGITS), np.errstate(all="ignore"):
        yield


def partials(rule, *x):
    """Every partial of a rule at arrays of points: {i: first, (i, j): second}."""
    y = rule.fn(*x)

    class First:
        def __getitem__(self, i):
            return 0.0 if rule.d1[i] is None else rule.d1[i](y, *x)

    found = {i: First()[i] for i in range(rule.nin)}
    found |= {key: formula(y, *x, First()) for key, formula in rule.d2.items()}
    return {key: np.broadcast_to(value, y.shape) for key, value in found.items()}


def comparable(rule, point):
    """Leave out what the oracles cannot say: NaN, infinities apart from order and soft maxima, the sign of -0.0."""
    if np.isnan(point).any():
        return False
    if rule.fn is np.copysign and np.signbit(point[1]) and point[1] == 0:
        return False
    return np.isfinite(point).all() or rule.fn in {
        np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2}


def gentle(rule, n):
    """Moderate points at which the value itself tells its third derivative in 60 digits: no saturated tanh."""
    wide = max(hi - lo for lo, hi in ORACLES[rule.fn].windows) > 200
    return [tuple(v / 40 if wide else v for v in p) for p in points(rule, n, moderate=True)]


def check(rule, cases):
    """Compare all partials at the given points with the oracle."""
    o = ORACLES[rule.fn]
    cases = [p for p in cases if comparable(rule, p)]
    failures = []
    for key, column in partials(rule, *(np.array(c) for c in zip(*cases, strict=True))).items():
        strict, declared_bound = (SECOND, rule.ulp[1]) if isinstance(key, tuple) else (FIRST, rule.ulp[0])
        for point, got in zip(cases, column, strict=True):
            x = exact(point)
            want = o.partial(key, *x)
            slack = forgiven(o, key, x, want)
            size = o.terms[key](*x) if key in o.terms else 0
            if ulp_error(got, want, size, slack) > strict or ulp_error(got, want, 0, slack) > declared_bound:
                failures.append(f"partial {key} at {point}: {got!r}, right is {mp.nstr(want, 17)}, "
                                f"{ulp_error(got, want, 0, slack):.3g} ulp")
    assert not failures, f"{rule.name}, {len(failures)} failures\n" + "\n".join(failures[:10])


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_partials_are_right_to_rounding(rule):
    check(rule, points(rule, 60) + points(rule, 20, moderate=True))


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_partials_are_right_to_rounding_at_many_points(rule):
    check(rule, points(rule, 2000, seed=1) + points(rule, 500, seed=2, moderate=True))


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_absent_second_partials_are_zero(rule):
    o = ORACLES[rule.fn]
    assert {k for k in o.second if o.second[k]} == set(rule.d2)


@pytest.mark.parametrize("fn", NUMERIC, ids=lambda f: f.__name__)
def test_oracle_formulas_are_derivatives_of_the_value(fn):
    rule, o = lookup(fn), ORACLES[fn]
    for point in gentle(rule, 3):
        x = exact(point)
        for i in range(rule.nin):
            order = tuple(int(k == i) for k in range(rule.nin))
            got, want = mpmath.diff(o.f, x, order), o.partial(i, *x)
            assert mp.almosteq(got, want, rel_eps=mpf("1e-20"), abs_eps=mpf("1e-20"))
            for j in range(i, rule.nin):
                both = tuple(int(k == i) + int(k == j) for k in range(rule.nin))
                got, want = mpmath.diff(o.f, x, both), o.partial((i, j), *x)
                assert mp.almosteq(got, want, rel_eps=mpf("1e-20"), abs_eps=mpf("1e-20"))


def test_every_elementwise_function_of_numpy_has_an_oracle():
    assert [r.name for r in RULES if r.fn not in ORACLES] == []


def test_every_float_ufunc_of_numpy_is_declared():
    ufuncs = {u for u in vars(np).values() if isinstance(u, np.ufunc)}
    takes_float = {u for u in ufuncs if any("d" in t.split("->")[0] for t in u.types)}
    assert sorted(u.__name__ for u in takes_float if lookup(u) is None) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_every_formula_can_be_traced(rule):
    trace(rule, tuple(range(rule.nin)), 2)


# What an oracle cannot say, and what pitfalls of other libraries teach: (function, point, partial, value).
POLICY = [
    (np.absolute, (0.0,), 0, 0.0), (np.absolute, (-0.0,), 0, 0.0), (np.absolute, (nan,), 0, nan),
    (np.maximum, (0.0, 0.0), 0, 0.5), (np.maximum, (0.0, 0.0), 1, 0.5), (np.maximum, (inf, inf), 0, 0.5),
    (np.maximum, (nan, 1.0), 0, nan), (np.maximum, (nan, 1.0), 1, nan), (np.minimum, (2.0, nan), 0, nan),
    (np.fmax, (nan, 1.0), 0, 0.0), (np.fmax, (nan, 1.0), 1, 1.0), (np.fmin, (1.0, nan), 0, 1.0),
    (np.fmin, (1.0, nan), 1, 0.0), (np.fmax, (nan, nan), 0, nan),
    (np.copysign, (0.0, 1.0), 0, 0.0), (np.copysign, (2.0, -0.0), 0, -1.0), (np.copysign, (-2.0, -3.0), 0, 1.0),
    (np.remainder, (2.0, 1.0), 0, 1.0), (np.remainder, (7.5, 2.0), 1, -3.0), (np.remainder, (-7.5, 2.0), 1, 4.0),
    (np.fmod, (-7.5, 2.0), 1, 3.0), (np.remainder, (-5.0, inf), 1, 1.0), (np.fmod, (5.0, inf), 1, 0.0),
    (np.sqrt, (0.0,), 0, inf), (np.sqrt, (0.0,), (0, 0), -inf), (np.sqrt, (-0.0,), 0, inf),
    (np.sqrt, (-0.0,), (0, 0), -inf), (np.sqrt, (-1.0,), 0, nan), (np.cbrt, (0.0,), 0, inf),
    (np.power, (0.0, 0.0), 0, 0.0), (np.power, (0.0, 0.0), (0, 0), 0.0), (np.power, (0.0, 1.0), 0, 1.0),
    (np.power, (0.0, 1.0), (0, 0), 0.0), (np.power, (0.0, 2.0), (0, 0), 2.0), (np.power, (0.0, 1.5), 0, 0.0),
    (np.power, (0.0, 1.5), (0, 0), inf), (np.power, (0.0, 2.0), 1, 0.0), (np.power, (0.0, 2.0), (1, 1), 0.0),
    (np.power, (0.0, 2.0), (0, 1), 0.0), (np.power, (0.0, 0.0), 1, -inf), (np.power, (-2.0, 3.0), 0, 12.0),
    (np.power, (-2.0, 3.0), (0, 0), -12.0), (np.power, (-2.0, 3.0), 1, nan), (np.power, (-2.0, 0.5), 0, nan),
    (np.log, (0.0,), 0, inf), (np.log, (-1.0,), 0, -1.0), (np.arcsin, (1.0,), 0, inf), (np.arccos, (-1.0,), 0, -inf),
    (np.arctanh, (1.0,), 0, inf), (np.arccosh, (1.0,), 0, inf), (np.arccosh, (1.0,), (0, 0), -inf),
    (np.arccosh, (0.5,), 0, nan), (np.hypot, (0.0, 0.0), 0, 0.0), (np.hypot, (0.0, 0.0), 1, 0.0),
    (np.hypot, (0.0, 0.0), (0, 0), nan), (np.arctan2, (0.0, 0.0), 0, nan), (np.arctan2, (0.0, 0.0), 1, nan),
    (np.arctan2, (0.0, -1.0), 0, -1.0), (np.arctan2, (-0.0, -1.0), 1, 0.0), (np.arctan2, (1e200, 1e200), 0, 5e-201),
    (np.logaddexp, (0.0, -inf), 0, 1.0), (np.logaddexp, (0.0, -inf), 1, 0.0), (np.logaddexp, (-inf, -inf), 0, nan),
    (np.tanh, (0.0,), 0, 1.0), (np.tanh, (1000.0,), 0, 0.0), (np.tanh, (1000.0,), (0, 0), 0.0),
    (np.sinc, (0.0,), 0, 0.0), (np.sinc, (0.0,), (0, 0), -np.pi ** 2 / 3), (np.arctan, (1e160,), 0, 1e-320),
    (np.arcsinh, (1e200,), 0, 1e-200), (np.divide, (1e-300, 1e-200), 1, -1e100), (np.exp, (-inf,), 0, 0.0),
    (np.log, (nan,), 0, nan), (np.add, (inf, 1.0), 0, 1.0), (np.ldexp, (1.5, 3), 0, 8.0),
]


@pytest.mark.parametrize(("fn", "point", "key", "want"), POLICY)
def test_singular_points_follow_the_stated_convention(fn, point, key, want):
    got = partials(lookup(fn), *(np.array([v]) for v in point))[key][0]
    np.testing.assert_allclose(got, want, rtol=1e-15, atol=0)


def nth(f, n):
    for _ in range(n):
        f = dualad.derivative(f)
    return f


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_derivatives_of_powers_at_zero(n):
    assert [nth(lambda x: np.power(x, float(n)), k)(0.0) for k in range(1, 6)] == [
        (float(mp.factorial(n)) if k == n else 0.0) for k in range(1, 6)]


@pytest.mark.parametrize("p", [0.0, 1.0, 2.0, 3.0])
def test_third_mixed_derivative_of_power_where_a_factor_vanishes(p):
    got = dualad.derivative(lambda q: nth(lambda x: np.power(x, q), 2)(2.0))(p)
    want = (2 * p - 1 + p * (p - 1) * np.log(2)) * 2 ** (p - 2)
    assert got == pytest.approx(want, rel=1e-14)


SMOOTH = [r for r in RULES if r.fn in NUMERIC and r.d2]


@pytest.mark.parametrize("rule", SMOOTH, ids=lambda r: r.name)
def test_third_derivatives_along_a_line(rule):
    """d2 is differentiated as it is written."""
    o = ORACLES[rule.fn]
    slopes = (0.75, -0.5)[:rule.nin]
    for point in gentle(rule, 5):
        x = exact(point)
        want = mpmath.diff(lambda t: o.f(*(v + s * t for v, s in zip(x, slopes, strict=True))), 0, 3)  # noqa: B023
        got = nth(lambda t: rule.fn(*(v + s * t for v, s in zip(point, slopes, strict=True))), 3)(0.0)  # noqa: B023
        # relative to the second derivatives where the third one is small beside them
        size = max(abs(want), *(abs(o.partial(k, *x)) for k in rule.d2))
        assert abs(mpf(float(got)) - want) <= 1e-13 * size


@pytest.mark.parametrize(("order", "want"), [(3, 0.0), (4, np.pi ** 4 / 5), (5, 0.0), (6, -np.pi ** 6 / 7)])
def test_higher_derivatives_of_sinc_at_zero(order, want):
    assert nth(np.sinc, order)(0.0) == pytest.approx(want, rel=1e-14)
