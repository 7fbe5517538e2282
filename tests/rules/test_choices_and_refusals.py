"""What no law of linear maps can see: ties, NaN, derivatives in parameters, refusals, constant functions.

Every function of NumPy that asks its arguments is covered, constant, or refused with a reason.
"""

import re
import warnings

import numpy as np
import pytest

import dualad
from dualad import errors
from dualad.rules import kinds, uncovered

from .cases_structural import CONSTANTS, MASK7, M, T, V, W
from .test_linear_laws import quiet, raised, seeded, several

# ---- parameters, refusals, constants ----

D = dualad.dual(V, np.ones((1, 7)))
S = D[2]
PARAMETERS = {
    "repeat counts": lambda: np.repeat(V, D), "pad values": lambda: np.pad(V, 1, constant_values=S),
    "pad values beside": lambda: np.pad(D, 1, constant_values=S), "pad ramp": lambda: np.pad(D, 1, "linear_ramp", end_values=S),
    "linspace num": lambda: np.linspace(0.0, D, S),
    "quantile weights": lambda: np.quantile(D, 0.5, weights=D, method="inverted_cdf"), "roll": lambda: np.roll(D, S),
    "nan value": lambda: np.nan_to_num(D, nan=S), "take": lambda: np.take(D, D), "insert place": lambda: np.insert(D, S, 1.0),
    "insert into integers": lambda: np.insert(np.arange(3), 1, S), "tile": lambda: np.tile(D, S),
    "delete": lambda: np.delete(D, S), "take_along_axis": lambda: np.take_along_axis(V, D, 0),
    "max where": lambda: np.max(D, where=D, initial=0.0), "choose": lambda: np.choose(D, [D, D]),
    "partition": lambda: np.partition(D, S), "put places": lambda: np.put(D.copy(), D, 1.0),
    "copyto where": lambda: np.copyto(D.copy(), D, where=D), "split": lambda: np.split(D, S),
    "bincount": lambda: np.bincount(D, D), "diag": lambda: np.diag(D, S), "clip where": lambda: np.clip(D, 0, 1, where=MASK7),
    "geomspace num": lambda: np.geomspace(D + 9, 1.0, S), "positional out": lambda: np.max(D, 0, D.copy()),
}


@pytest.mark.parametrize("call", PARAMETERS.values(), ids=PARAMETERS)
def test_derivatives_in_a_parameter_are_refused(call):
    with pytest.raises((errors.NoRuleError, errors.ConversionError), match="constant|not covered|truncate|by keyword"):
        call()


NAMES = {
    "numpy.max": lambda: np.max(D, where=D, initial=0.0), "numpy.amin": lambda: np.amin(D, where=D, initial=0.0),
    "numpy.maximum.reduce": lambda: np.maximum.reduce(D, where=D, initial=0.0), "numpy.tril": lambda: np.tril(D[None], S),
    "numpy.triu": lambda: np.triu(D[None], S),
    "numpy.quantile": lambda: np.quantile(D, 0.5, S), "numpy.nanpercentile": lambda: np.nanpercentile(D, 50, S),
    "numpy.median": lambda: np.median(D, 0, D.copy()), "numpy.hsplit": lambda: np.hsplit(D, S), "numpy.fft.fftshift": lambda:
    np.fft.fftshift(D, S), "numpy.lib.stride_tricks.sliding_window_view": lambda: np.lib.stride_tricks.sliding_window_view(D, S),
    "numpy.pad": lambda: np.pad(D, S), "numpy.repeat": lambda: np.repeat(D, S),
}


@pytest.mark.parametrize("name", NAMES)
def test_refusals_name_the_function_that_was_called(name):
    with pytest.raises(errors.NoRuleError, match=f"^{re.escape(name)}[: ]"):
        NAMES[name]()


DROPPED = {
    "full_like a plain array": lambda: np.full_like(V, S), "full": lambda: np.full(3, S), "interp end": lambda: np.interp(9.0, V, V, S),
    "full with a dtype": lambda: np.full(3, S, float), "full_like in another dtype": lambda: np.full_like(D, S, dtype=int), "copyto": lambda: np.copyto(V.copy(), D),
    "put": lambda: np.put(V.copy(), 0, S), "place": lambda: np.place(V.copy(), MASK7, D), "assignment": lambda: V.copy().put(0, S),
    "putmask": lambda: np.putmask(V.copy(), MASK7, D), "put_along_axis": lambda: np.put_along_axis(M.copy(), np.array([[0]]), S, 0),
    "fill_diagonal": lambda: np.fill_diagonal(M.copy(), S), "piecewise": lambda: np.piecewise(V, [V > 0], [lambda v: v * S]),
    "nan_to_num": lambda: np.nan_to_num(V, nan=S), "choose out": lambda: np.choose([0], [S, S], out=np.zeros(1)),
}


@pytest.mark.parametrize("call", DROPPED.values(), ids=DROPPED)
def test_nothing_is_dropped_into_plain_arrays(call):
    with pytest.raises((errors.StorageError, errors.ConversionError, errors.NoRuleError), match="derivatives"):
        call()


@pytest.mark.parametrize("call", [lambda: np.full_like(V, S), lambda: np.full(3, S, float)], ids=["full_like", "full"])
def test_full_of_a_plain_array_says_what_to_use(call):
    with pytest.raises(errors.StorageError, match=r"np.full and np.full_like of a plain array.*np.zeros_like\(x\)"):
        call()


@pytest.mark.parametrize("rule", kinds.declared(kinds.Refused), ids=lambda r: r.name.partition(" object at ")[0])
def test_refusals_say_why_and_what_to_do(rule):
    with pytest.raises(errors.NoRuleError, match=r"no derivative rule in dualad: .{20}"):
        dualad.core.interpret.call(rule, (D,), {})


@pytest.mark.parametrize("module", [np, np.linalg, np.fft, np.lib.stride_tricks])
def test_every_function_that_asks_its_arguments_has_an_answer(module):
    assert [f.__name__ for f in uncovered.undeclared(module)] == []


# SciPy's are tried by the walks over its modules
DISCRETE = [r for r in kinds.declared(kinds.Constant) if not r.name.startswith("scipy")]


def test_every_constant_has_a_call():
    assert [r.name for r in DISCRETE if not isinstance(r.fn, np.ufunc) and r.fn not in CONSTANTS] == []


@pytest.mark.parametrize("rule", DISCRETE, ids=lambda r: r.name)
def test_constants_are_numpys_on_the_values(rule):
    calls = CONSTANTS.get(rule.fn) or [((V, W, T[0, 0])[:rule.fn.nin], {})]
    for args, kwargs in calls:
        want, error = outcome(rule.fn, args, kwargs)
        got, ours = outcome(rule.fn, seeded(args), kwargs)
        assert type(ours) is type(error), (ours, error)
        assert type(got) is type(want)
        if not isinstance(want, str):
            for g, w in zip(several(got), several(want), strict=True):
                np.testing.assert_array_equal(g, w) if not isinstance(w, list) else several_equal(g, w)


def several_equal(g, w):
    assert g == w


def outcome(fn, args, kwargs):
    error = raised(fn, *args, **kwargs)
    return (None, error) if error else (quiet(fn, *args, **kwargs), None)


# ---- ties and NaN ----

nan = np.nan
JACOBIANS = [
    ("ties of the maximum", np.max, [2.0, 1.0, 2.0], [0.5, 0, 0.5]),
    ("ties of the minimum along an axis", lambda x: np.min(x.reshape(2, 2), axis=1), [1.0, 1, 3, 2],
     [[0.5, 0.5, 0, 0], [0, 0, 0, 1]]),
    ("four ties", np.maximum.reduce, [1.0, 1, 1, 1], [0.25] * 4),
    ("an initial value shares", lambda x: np.max(x, initial=2.0), [2.0, 1.0, 2.0], [1 / 3, 0, 1 / 3]),
    ("an initial value wins", lambda x: np.max(x, initial=3.0), [2.0, 1.0], [0, 0]),
    ("an initial value carries derivatives", lambda x: np.max(x[:2], initial=x[2]), [2.0, 1.0, 2.0], [0.5, 0, 0.5]),
    ("masked out", lambda x: np.max(x, where=np.array([False, True, True]), initial=-9.0), [5.0, 1.0, 1.0], [0, 0.5, 0.5]),
    ("NaN is no clean winner", np.max, [1.0, nan, 2.0], [nan, nan, nan]),
    ("NaN left out", np.nanmax, [1.0, nan, 2.0], [0, 0, 1]),
    ("NaN left out of ties", np.nanmin, [1.0, nan, 1.0], [0.5, 0, 0.5]),
    ("infinite ties", np.max, [np.inf, 1.0, np.inf], [0.5, 0, 0.5]),
    ("ptp of ties", np.ptp, [2.0, 1.0, 2.0], [0.5, -1, 0.5]),
    ("running ties", np.maximum.accumulate, [1.0, 2.0, 2.0, 2.0], [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0.5, 0.5, 0],
                                                                   [0, 1 / 3, 1 / 3, 1 / 3]]),
    ("running minimum", np.minimum.accumulate, [3.0, 4.0, 1.0], [[1, 0, 0], [1, 0, 0], [0, 0, 1]]),
    ("running NaN left out", np.fmax.accumulate, [nan, 1.0, nan, 2.0],
     [[nan, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
    ("sort is a stable permutation", np.sort, [2.0, 1.0, 2.0, 1.0],
     [[0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0]]),
    ("median of two", np.median, [2.0, 1.0], [0.5, 0.5]),
    ("median of NaN", np.median, [1.0, nan, 2.0], [nan, nan, nan]),
    ("median without NaN", np.nanmedian, [1.0, nan, 2.0], [0.5, 0, 0.5]),
    ("equal entries of unique share", np.unique, [3.0, 1.0, 3.0], [[0, 1, 0], [0.5, 0, 0.5]]),
    ("clip at its bounds", lambda x: np.clip(x, 0.0, 1.0), [0.0, 1.0], [[0.5, 0], [0, 0.5]]),
    ("a bound that carries derivatives", lambda x: np.clip(x[0], x[1], None), [1.0, 1.0], [0.5, 0.5]),
    ("interp at a knot", lambda x: np.interp(x[0], [0.0, 1.0, 2.0], [0.0, 1.0, 5.0]), [1.0], [4.0]),
    ("interp beyond", lambda x: np.interp(x[0], [0.0, 1.0], [0.0, 1.0]), [3.0], [0.0]),
    ("a condition that carries derivatives", lambda x: np.where(x, x * 2, 7.0), [0.0, 3.0], [[0, 0], [0, 2]]),
    ("the branch not taken", lambda x: np.where(x > 0, np.sqrt(x), 0.0), [0.0, 4.0], [[0, 0], [0, 0.25]]),
    ("interp at NaN", lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 1.0]), [nan, 0.5], [[nan, 0], [0, 1]]),
    ("interp at one NaN", lambda x: np.interp(x[0], [0.0, 1.0], [1.0, 1.0]), [nan], [nan]),
    ("interp with one knot knows no NaN", lambda x: np.interp(x[0], [0.0], x[1:]), [nan, 2.0], [0, 1]),
    ("interp with ends", lambda x: np.interp(x[:2], [0.0, 1.0], [2.0, 5.0], left=x[2], right=x[2] * 3), [-1.0, 2.0, 4.0],
     [[0, 0, 1], [0, 0, 3]]),
    ("interp with ends, inside", lambda x: np.interp(x[0], [0.0, 1.0], [2.0, 5.0], left=x[1], right=x[1]), [0.5, 7.0], [3, 0]),
    ("interp over a period without ends", lambda x: np.interp(x[0], [0.0, 1.0], [2.0, 5.0], x[1], x[1], period=2.0), [3.5, 7.0], [-3, 0]),
    ("what is not finite", np.nan_to_num, [nan, 1.0, np.inf], [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    ("repeated indices", lambda x: np.take(x, [0, 0, 1]), [1.0, 2.0], [[1, 0], [1, 0], [0, 1]]),
    ("the last of two writes", lambda x: _put(x, [1, 1]), [1.0, 2.0], [[0, 0], [0, 1]]),
    ("a filled array", lambda x: np.full_like(x, x[1]), [1.0, 2.0], [[0, 1], [0, 1]]),
    ("integers are constant", lambda x: x.astype(int) * x, [2.5, 3.5], [[2, 0], [0, 3]]),
]


def _put(x, places):
    y = np.zeros_like(x)
    np.put(y, places, x)
    return y


@pytest.mark.parametrize("mode", ["auto", "forward"])
@pytest.mark.parametrize(("fn", "x", "want"), [pytest.param(*row[1:], id=row[0]) for row in JACOBIANS])
def test_ties_and_edges(fn, x, want, mode):
    got = quiet(dualad.jacobian(fn, mode=mode), np.array(x))
    np.testing.assert_allclose(got, want, rtol=1e-15)


# ---- order statistics ----

STATISTICS = {
    "mean": np.mean, "average": np.average, "var": np.var, "nanstd": np.nanstd, "median": np.median, "nanmedian": np.nanmedian, "quantile": lambda x, **k: np.quantile(x, 0.3, **k),
    "quantiles": lambda x, **k: np.quantile(x, [0.3, 0.5], **k), "percentile": lambda x, **k: np.percentile(x, 30, **k),
    "nanquantile": lambda x, **k: np.nanquantile(x, 0.3, **k), "nanpercentiles": lambda x, **k: np.nanpercentile(x, [30, 50], **k),
}


@pytest.mark.parametrize("options", [{}, {"axis": 0}, {"axis": -1, "keepdims": True}], ids=str)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)], ids=str)
@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_nothing_are_numpys(name, shape, options):
    fn, x = STATISTICS[name], np.zeros(shape)
    (want, wanted), (got, warned) = (heard(fn, v, options) for v in (x, dualad.dual(x, np.ones((2, *shape)))))
    assert warned == wanted
    if isinstance(want, Exception):
        assert type(got) is type(want)
        assert str(got) == str(want)
    else:
        np.testing.assert_array_equal(getattr(got, "value", got), want)
        assert not np.any(getattr(got, "tangents", 0.0))  # they depend on nothing


def heard(fn, x, options):
    """What a call gives or raises, and which warnings it gives."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        try:
            y = fn(x, **options)
        except Exception as error:
            y = error
    return y, {str(w.message).replace("scalar ", "") for w in found}


ROW = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0])
METHODS = ["linear", "interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased", "lower", "higher",
           "nearest", "midpoint", "inverted_cdf", "averaged_inverted_cdf", "closest_observation"]


@pytest.mark.parametrize("method", METHODS)
def test_slope_in_the_quantile(method):
    """Away from knots the quantile is linear in q, so differences are exact."""
    q, h = np.array([[0.013, 0.21], [0.63, 0.987]]), 1e-4

    def curve(q):
        return np.quantile(ROW, q, method=method)

    J = dualad.jacobian(curve)(q)
    want = (curve(q + h) - curve(q - h)) / (2 * h)
    np.testing.assert_allclose(J, want[..., None, None] * np.eye(4).reshape(2, 2, 2, 2), rtol=1e-9, atol=1e-9)


def test_slope_in_the_percentile_of_rows_with_holes():
    x, q, h = np.stack([ROW, ROW[::-1] ** 2]), np.array([12.0, 55.0]), 1e-4
    x[1, 2] = nan
    J = dualad.jacobian(lambda q: np.nanpercentile(x, q, axis=1, keepdims=True))(q)
    want = (np.nanpercentile(x, q + h, axis=1, keepdims=True) - np.nanpercentile(x, q - h, axis=1, keepdims=True)) / (2 * h)
    np.testing.assert_allclose(J, np.stack([want * [[[1]], [[0]]], want * [[[0]], [[1]]]], -1), rtol=1e-9)


def test_slopes_in_data_and_quantile_together():
    """y = (1 - t) a + t b with t = 3 q - 1 between the second and the third of four entries."""
    got = dualad.hessian(lambda v: np.quantile(v[:4], v[4]))(np.array([1.0, 2.0, 4.0, 3.0, 0.4]))
    want = np.zeros((5, 5))
    want[1, 4] = want[4, 1] = -3.0
    want[3, 4] = want[4, 3] = 3.0
    np.testing.assert_allclose(got, want, rtol=1e-14)


@pytest.mark.parametrize(("q", "want"), [(0.0, 3 * 0.5), (0.5, 3 * 1.5), (1.0, 3 * 3.0)])
def test_slope_in_the_quantile_at_ends_is_onesided(q, want):
    assert dualad.derivative(lambda q: np.quantile([1.0, 1.5, 3.0, 6.0], q))(q) == pytest.approx(want)


def test_quantiles_beyond_the_ends_are_numpys_error():
    with pytest.raises(ValueError, match="Quantiles must be in the range"):
        dualad.derivative(lambda q: np.quantile(ROW, q))(1.2)


@pytest.mark.parametrize("n", [3, 9, 40])
def test_partition_moves_slopes_as_it_moves_values(n):
    """np.argpartition may arrange the two sides in another way than np.partition."""
    x = np.random.default_rng(n).normal(size=n)
    y, slope = np.partition(x, n // 2), dualad.jacobian(lambda v: np.partition(v, n // 2))(x)
    np.testing.assert_array_equal(slope @ x, y)
