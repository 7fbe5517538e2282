"""Calls as users write them, on arrays of every shape: NumPy's value, error and warnings, and the derivative by differences.

The laws look at rules from inside; this looks from outside, at keywords, axes, options and methods.  `a` is the
array that carries derivatives.
"""

import warnings

import numpy as np
import pytest

import dualad
from dualad.errors import DualadError

RNG = np.random.default_rng(20261125)


def real(*shape):
    """Distinct numbers in random order, away from the round numbers that the calls compare with."""
    n = int(np.prod(shape, dtype=int))
    return (RNG.permutation(n) * 0.13 + 0.31 + RNG.uniform(0, 0.04, n)).reshape(shape)


INPUTS = {
    "number": real(), "one": real(1), "row": real(5), "matrix": real(3, 4), "thin": real(1, 4), "tall": real(3, 1), "square": real(3, 3),
    "deep": real(2, 3, 2), "empty": real(0), "no rows": real(0, 3), "no columns": real(3, 0), "strided": real(6, 8)[::2, ::-2],
    "single": real(3, 4).astype(np.float32),
}
SPECIAL = {
    "zeros": np.zeros(5), "minus zeros": -np.zeros(5), "ties": np.array([1.0, 2, 2, 1, 2]), "holes": np.array([1.0, np.nan, 0.5, 2, 0.7]),
    "NaN rows": np.array([[1.0, np.nan, 0.5], [2, 0.7, 0.2], [np.nan] * 3]), "infinite matrix": np.array([[1.0, np.inf, 0.5], [2, 0.7, 0.2], [np.inf] * 3]), "infinite": np.array([1.0, np.inf, 0.5, -np.inf, 0.7]),
    "all NaN": np.full(3, np.nan), "huge": np.array([1e300, 1.0, 2e300, 3.0, -1e300]), "tiny": np.array([1e-300, 0, 5e-324, 2e-300, -1e-310]),
}
AXES = ["axis=0", "axis=-1", "axis=1", "axis=(0,)", "axis=(-1, 0)", "axis=None", "axis=()", "axis=-1, keepdims=True",
        "axis=(0, 1), keepdims=True"]


def each(names, *options):
    return [f"np.{name}(a{', ' if option else ''}{option})" for name in names.split() for option in options]


CALLS = [
    *each("sum mean prod max amin ptp var std median nansum nanmean nanprod nanmax nanmin nanvar nanstd nanmedian", "", "0", *AXES),
    *each("sum nanprod", "initial=2", "initial=None", "axis=0, initial=2.0, keepdims=True", "where=a > 0.5", "dtype=np.float32", "where=False",
          "axis=-1, where=a > 0.5, initial=3"),
    *each("max nanmin", "initial=0.7", "axis=-1, where=a > 0.5, initial=0.6", "initial=np.inf", "initial=-1, where=False"),
    *each("mean var nanstd nanvar", "where=a > 0.5", "axis=-1, where=a > 0.4", "dtype=np.float32"),
    *each("var std nanvar", "ddof=1", "correction=1", "axis=0, ddof=0.5", "ddof=100", "mean=np.mean(a, keepdims=True)"),
    *each("cumsum cumprod nancumsum nancumprod", "", "0", "axis=-1", "axis=1", "dtype=np.float32"),
    *each("cumulative_sum cumulative_prod", "axis=0", "axis=-1, include_initial=True"),
    *each("diff", "", "0", "n=2, axis=0", "7", "prepend=0", "append=a", "prepend=a[..., :1]", "-1"),
    *each("trapezoid", "", "dx=0.5", "axis=0", "a", "np.sort(a)"), *each("ediff1d", "", "to_begin=1.0", "to_end=[1.0, 2]", "a"),
    *each("gradient", "", "0.5", "axis=0", "axis=-1, edge_order=2", "1.0, 2.0", "np.cumsum(a)", "axis=(0, 1)"),
    *each("trace", "", "1", "offset=-1", "0, -1, 0", "dtype=np.float32"), *each("average", "", "0, a", "axis=0, weights=a, returned=True"),
    *[f"np.{u}.{m}" for u in ("add", "multiply", "subtract", "divide", "maximum", "fmin", "logaddexp", "hypot")
      for m in ("reduce(a)", "reduce(a, axis=-1)", "reduce(a, axis=None)", "reduce(a, keepdims=True, initial=2.0)", "accumulate(a)",
                "accumulate(a, axis=-1)", "reduce(a, axis=-1, initial=0.5, where=a > 0.4)", "reduce(a, initial=None)", "outer(a, a)")],
    "np.clip(a, 0.4, 0.8)", "np.clip(a, None, 0.8)", "np.clip(a, max=0.7)", "a.clip(0.4)", "a.clip(max=0.7)", "a.clip(0.4, 0.8)", "np.clip(0.55, a, 1)",
    "np.sort(a)", "np.sort(a, 0)", "np.sort(a, axis=None)", "np.sort(a, stable=True)", "np.partition(a, 1)", "np.unique(a, axis=0)",
    *each("quantile nanquantile", "0.3", "[0.25, 0.6], axis=0", "0.3, axis=(0, 1)", "[[0.1], [0.8]], axis=-1, keepdims=True", "1", "[]",
          "0.4, method='hazen'", "0.3, axis=-1, method='nearest'"),
    "np.quantile([3.0, 1, 2, 5], np.clip(a, 0, 1))", "np.percentile(a, np.array(30))",
    *each("pad", "1", "(1, 2)", "2, mode='reflect'", "1, constant_values=3", "1, mode='mean', stat_length=2", "1, mode='maximum'",
          "1, mode='mean', stat_length=0", "2, mode='linear_ramp', end_values=(1, 2)", "{-1: (1, 2)}, mode='edge'"),
    *each("linalg.norm", "", "1", "np.inf", "-np.inf", "3", "0", "'fro'", "axis=0", "axis=-1, keepdims=True", "1, axis=(0, 1)", "'bad'"),
    *each("linalg.vector_norm", "", "axis=(0, 1)", "axis=-1, ord=3", "ord=np.inf"), *each("linalg.matrix_norm", "", "ord=1", "ord=-np.inf"),
    *each("linalg.matrix_power", "2", "0", "3"), "np.linalg.multi_dot([a, a.T])", "np.linalg.multi_dot([a, a.T, a])",
    "np.matmul(a, a.T)", "a @ a", "np.dot(a, 2.0)", "np.dot(a, a.T)", "np.inner(a, a)", "np.vecdot(a, a)", "np.tensordot(a, a, 0)",
    "np.tensordot(a, a, axes=([0], [0]))", "np.kron(a, [1, 2])", "np.outer(a, a)", "np.convolve(a, [1, 2], 'same')", "np.correlate(a, a, 'full')",
    "np.cross(a, [1, 2, 3.0])", "np.einsum('...i->...', a)", "np.einsum('ij,kj->ik', a, a)", "np.einsum(a, [Ellipsis, 0])",
    *each("polyadd polymul", "[1, 2]", "a"), "np.polyval(a, 2.0)", "np.polyder(a, 2)", "np.polyint(a, m=2, k=[1, 2])", "np.vander(a, 3)",
    "np.cov(a)", "np.cov(a, rowvar=False, ddof=0)", "np.corrcoef(a, a[::-1])", "np.interp(a, [0, 0.5, 1], [1, 3, 2], left=-5)",
    "np.interp(a, [0.4, 0.5, 0.6], [1, 3, 2], period=0.33)", "np.interp(0.5, np.sort(a), a)", "np.apply_along_axis(np.sum, 0, a)",
    "np.apply_along_axis(lambda v: np.outer(v, v), -1, a)", "np.apply_over_axes(np.sum, a, [0, -1])", "np.nan_to_num(a, nan=1.0)",
    "np.reshape(a, -1, copy=True)", "np.roll(a, (1, 2), axis=(0, -1))", "np.repeat(a, 2, axis=0)", "np.delete(a, [0, 1], axis=-1)",
    "np.insert(a, [0, 1], 5.0, axis=0)", "np.take(a, [7], mode='wrap')", "np.tile(a, (2, 1))", "np.stack([a, 2 * a], axis=-1)",
    "np.linspace(a, 2, 5, retstep=True)", "np.geomspace(a, 8, 4)", "np.where(a > 0.5, a, 0)", "np.select([a > 0.8, a > 0.5], [a, 2 * a], -1)",
    *each("exp sqrt square tanh", "dtype=np.float32", "dtype=float", "dtype=int"), *each("add multiply power hypot", "2.5, dtype=np.float32", "a, dtype=int"),
    *[f"np.{u}.outer({two})" for u in ("add", "power", "maximum") for two in ("2.0, a", "[1.0, 2], a", "a, [1.0, 2]", "a, 2")],
    "np.float_power(a, 2, dtype=np.float32)", "np.ldexp(a, 2, dtype=np.float32)", "np.matmul(a, a.T, dtype=np.float32)", "a ** np.array([2])",
    "a ** np.array([[2.0]])", "a.mean(-1)", "a.trace()", "a.astype(np.float32)", "a.dot(a)", "a.round(1)", "a.reshape(-1, 1)",
]


def outcome(text, a):
    """(result or error, warnings) of a call."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        try:
            result = eval(text, {"np": np, "a": a})
        except Exception as error:
            result = error
    # NumPy's numbers say "scalar divide" where its arrays say "divide"
    return result, sorted({str(w.message).replace("scalar ", "").rstrip(".") for w in found})


def leaves(x):
    return [leaf for v in x for leaf in leaves(v)] if isinstance(x, (tuple, list)) else [x]


def same_outcome(text, name, a):
    """NumPy's value, error and warnings; returns our result, or None where NumPy raises."""
    plain = np.ascontiguousarray(a) if a.ndim else a[()]  # blocks lie in C order, and rounding of sums follows the order
    want, heard = outcome(text, plain)
    got, ours = outcome(text, dualad.dual(a, tangents(a)))
    if isinstance(want, Exception):
        # numbers that carry derivatives have the methods of arrays, which NumPy's have not
        assert isinstance(got, (type(want), DualadError)) or not a.ndim or isinstance(got, (ValueError, IndexError)), (name, want, got)
        return None
    assert not isinstance(got, Exception), (name, got)
    assert ours == heard, name
    for w, g in zip(leaves(want), leaves(got), strict=True):
        value = np.asarray(getattr(g, "value", g))
        np.testing.assert_array_equal(value, w, err_msg=name)
        assert (value.shape, value.dtype) == (np.shape(w), np.asarray(w).dtype), name
        assert value.dtype.kind != "f" or np.array_equal(np.signbit(value) & ~np.isnan(value), np.signbit(w) & ~np.isnan(w)), name
    return got


def tangents(a):
    return np.random.default_rng(3).uniform(-1, 1, (2, *a.shape)).astype(a.dtype)


def same_slopes(text, name, a, got):
    """Central differences of the plain call; a step of 1e-6 crosses no kink of these inputs."""
    h = 1e-6
    for k, t in enumerate(tangents(a)):
        ends = [leaves(outcome(text, (a + s * h * t)[()])[0]) for s in (1, -1)]
        for up, down, g in zip(*ends, leaves(got), strict=True):
            up, down = np.asarray(up), np.asarray(down)
            if up.dtype != float:
                continue
            with np.errstate(all="ignore"):
                want = (up - down) / (2 * h)
            found = g.tangents[k] if hasattr(g, "tangents") else np.zeros(want.shape)
            known = np.isfinite(want)
            np.testing.assert_allclose(found[known], want[known], rtol=2e-5, atol=2e-5 * (1 + np.max(np.abs(up[known]), initial=0)), err_msg=name)


@pytest.mark.parametrize("text", CALLS)
def test_value_error_warnings_and_slopes_of_a_call(text):
    for name, a in INPUTS.items():
        got = same_outcome(text, name, a)
        if got is not None and a.dtype == float:
            same_slopes(text, name, a, got)


@pytest.mark.parametrize("text", CALLS)
def test_value_and_error_of_a_call_at_special_points(text):
    for name, a in SPECIAL.items():
        same_outcome(text, name, a)


# ---- statements ----

def _changed(method, *args, **kwargs):
    def run(x):
        y = x * 1.0
        getattr(y, method)(*args, **kwargs)
        return y

    return run


def _through(view):
    """What is written through a view, and through what must be a copy."""
    def run(x):
        y = x * 1.0
        view(y)[...] = 7.0
        return y

    return run


STATEMENTS = {
    "sort": _changed("sort"), "sort along an axis, stable": _changed("sort", 0, "stable"), "partition": _changed("partition", 1, 0),
    "reshape as a copy": _through(lambda y: y.reshape(-1, copy=True)), "reshape": _through(lambda y: y.reshape(-1)),
    "astype of the same dtype": _through(lambda y: y.astype(float, copy=False)), "astype as a copy": _through(lambda y: y.astype(float)),
    "real": _through(lambda y: y.real), "differences of order 0": _through(lambda y: np.diff(y, 0)), "T": _through(lambda y: y.T), "flatten": _through(lambda y: y.flatten()), "ravel": _through(lambda y: y.ravel()),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_methods_that_write_and_views(name):
    f, x = STATEMENTS[name], real(3, 4)
    np.testing.assert_array_equal(f(dualad.dual(x, tangents(x))).value, f(x))
    J, h = dualad.jacobian(f)(x), 1e-6
    for t in tangents(x):
        np.testing.assert_allclose(np.tensordot(J, t, 2), (f(x + h * t) - f(x - h * t)) / (2 * h), atol=1e-8)


def test_astype_obeys_casting():
    with pytest.raises(TypeError, match="according to the rule 'safe'"):
        dualad.dual(np.ones(2), np.ones((1, 2))).astype(np.float32, casting="safe")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("view", [np.atleast_2d, np.ravel, lambda s: s.reshape(1), lambda s: np.expand_dims(s, 0)])
def test_arrays_made_of_a_number_do_not_share_it(view, dtype):
    s = dualad.dual(dtype(0.5), np.ones(1, dtype))
    view(s)[...] = 7.0
    assert (s.value, s.tangents[0]) == (0.5, 1.0)


def test_views_of_numbers_of_an_inner_level_do_not_share_them():
    def f(x):
        def g(y):
            q = y.sum()
            w = np.atleast_1d(q)
            w *= 0.0
            return q * x
        return dualad.jacobian(g)(x * 1.0)

    got = dualad.jacobian(f, mode="forward")(np.array([1.0, 2.0]))  # g has the Jacobian x_i, for each y_j
    np.testing.assert_array_equal(got, np.repeat(np.eye(2)[:, None], 2, axis=1))
