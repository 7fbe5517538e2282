"""Kinks and ties (pitfalls.md, table 1.1): one convention, the same in every mode.

Decision: a case is data (function, point, first and second derivative), every mode of the
library is a function from a case to an array, and the test is their product, so a new mode or
a new case is one line.  `test_singular` and `test_scale` use the same two tables of modes.

Rows that belong to later issues are data in `LATER`, not skips.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import dualad

# row of table 1.1 -> what is missing for it
LATER = {
    "library relu at 0": "dualad.nn is a later issue",
    "interp at a knot (scipy.interpolate)": "SciPy functions are a later issue; numpy.interp is below",
}


@dataclass(frozen=True)
class Case:
    """f at x (a float or an array) has Jacobian d1 and, if given, Hessian d2; `ulp` of rounding are forgiven.

    `back`: what the backward modes give where an infinite cotangent meets a partial of zero, if not d1.
    """

    name: str
    f: Any
    x: Any
    d1: Any
    d2: Any = None
    ulp: float = 4.0
    back: Any = None


# ---- modes ----

PAD = 8  # from so many inputs on, "auto" pushes local directions


def padded(f, x):
    """f and x with inputs that do nothing, so that local directions are chosen."""
    x = np.asarray(x)
    n = x.size

    def wide(z):
        return f(z[:n].reshape(x.shape) if x.ndim else z[0])

    return wide, np.concatenate([x.reshape(-1), np.linspace(0.5, 1.5, PAD)])


def local_jacobian(f, x):
    wide, z = padded(f, x)
    out = dualad.jacobian(wide, mode="local")(z)[..., : np.size(x)]
    return out.reshape(out.shape[:-1] + np.shape(x))


def local_hessian(f, x):
    wide, z = padded(f, x)
    n = np.size(x)
    out = dualad.hessian(wide, mode="local")(z)[..., :n, :n]
    return out.reshape(out.shape[:-2] + 2 * np.shape(x))


def jvp_jacobian(f, x):
    """Column by column, one direction each."""
    x = np.asarray(x)[()]
    eye = np.eye(np.size(x)).reshape((np.size(x), *np.shape(x)))
    columns = [np.asarray(dualad.jvp(f, (x,), (e[()],))[1]) for e in eye]
    return np.stack(columns, axis=-1).reshape(columns[0].shape + np.shape(x))


def dual_jacobian(f, x):
    """Without a transform."""
    x = np.asarray(x)[()]
    eye = np.eye(np.size(x)).reshape((np.size(x), *np.shape(x)))
    y = f(dualad.dual(x, eye))
    t = y.tangents if isinstance(y, (dualad.DualArray, dualad.DualScalar)) else np.zeros((np.size(x), *np.shape(y)))
    return np.moveaxis(t, 0, -1).reshape(np.shape(y) + np.shape(x))


def diagonal(f, x):
    """hessian_diag; compared with the diagonal of the expected Hessian."""
    return dualad.hessian_diag(f)(x)


BACKWARD = ("reverse", "labelled", "mixed")
BACKWARD_TWICE = ("forward-over-reverse", "reverse-over-reverse")
FIRST = {
    "auto": lambda f, x: dualad.jacobian(f)(x),
    "local": local_jacobian,
    "forward": lambda f, x: dualad.jacobian(f, mode="forward")(x),
    "chunks": lambda f, x: dualad.jacobian(f, mode="forward", chunk=1)(x),
    "jvp": jvp_jacobian,
    "dual": dual_jacobian,
    "value_grad_hess": lambda f, x: dualad.value_grad_hess(f)(x)[1],
    **{mode: lambda f, x, mode=mode: dualad.jacobian(f, mode=mode)(x) for mode in BACKWARD},
}
SECOND = {
    "auto": lambda f, x: dualad.hessian(f)(x),
    "local": local_hessian,
    "hyperdual": lambda f, x: dualad.hessian(f, mode="hyperdual")(x),
    "forward": lambda f, x: dualad.hessian(f, mode="forward")(x),
    "chunks": lambda f, x: dualad.hessian(f, mode="hyperdual", chunk=1)(x),
    **{mode: lambda f, x, mode=mode: dualad.hessian(f, mode=mode)(x) for mode in BACKWARD_TWICE},
    "jvp of jvp": lambda f, x: jvp_jacobian(lambda v: nested_jvp(f, v), x),
    "value_grad_hess": lambda f, x: dualad.value_grad_hess(f)(x)[2],
}


def nested_jvp(f, v):
    """The Jacobian by jvp at a traced point, for forward over forward."""
    eye = np.eye(v.size).reshape((v.size, *v.shape))
    columns = [dualad.jvp(f, (v,), (e[()],))[1] for e in eye]
    columns = [c if isinstance(c, TRACED) else np.asarray(c) for c in columns]
    out = np.stack(columns, axis=-1)
    return np.reshape(out, np.shape(columns[0]) + v.shape)


TRACED = (dualad.DualArray, dualad.DualScalar, dualad.HyperDualArray, dualad.HyperDualScalar)


def agree(got, want, ulp=4.0):
    """Equal up to `ulp` units in the last place; NaN equals NaN, infinities must have the same sign."""
    got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    assert got.shape == want.shape, f"shape {got.shape}, expected {want.shape}"
    with np.errstate(all="ignore"):
        near = np.abs(got - want) <= ulp * np.spacing(np.abs(want))
    good = (got == want) | near | (np.isnan(got) & np.isnan(want))
    assert good.all(), f"got\n{got}\nexpected\n{want}"


def check_first(case, mode):
    backward = mode in BACKWARD and case.back is not None
    with np.errstate(all="ignore"):
        agree(FIRST[mode](case.f, case.x), case.back if backward else case.d1, case.ulp)


def check_second(case, mode):
    with np.errstate(all="ignore"):
        agree(SECOND[mode](case.f, case.x), case.d2, 4 * case.ulp)


def check_diagonal(case):
    """hessian_diag is the diagonal of the Hessian."""
    n = np.size(case.x)
    want = np.asarray(case.d2, dtype=float)
    lead = want.shape[: want.ndim - 2 * np.ndim(case.x)]
    want = np.diagonal(want.reshape((*lead, n, n)), axis1=-2, axis2=-1).reshape(lead + np.shape(case.x))
    with np.errstate(all="ignore"):
        agree(dualad.hessian_diag(case.f)(case.x), want, 4 * case.ulp)


def warnings_of(run):
    """Kinds of floating-point events that a call reports."""
    seen = set()
    with np.errstate(all="call", call=lambda kind, flag: seen.add(kind)):
        run()
    return seen


def check_warnings(case, want):
    """No event where the plain function has none, the same ones where it has."""
    plain = warnings_of(lambda: case.f(np.asarray(case.x)[()]))
    for mode, run in want.items():
        seen = warnings_of(lambda run=run: run(case.f, case.x))
        assert seen == plain, f"mode {mode} reports {seen or 'nothing'}, the plain function {plain or 'nothing'}"


def ids(cases):
    return [c.name for c in cases]


# ---- table 1.1 ----

def permutation(order):
    return np.eye(len(order))[np.asarray(order)]


def zero_curvature(*cases):
    """Piecewise linear cases: the Hessian is zero."""
    out = []
    for c in cases:
        shape = np.shape(c.d1) + np.shape(c.x)
        out.append(Case(c.name, c.f, c.x, c.d1, np.zeros(shape), c.ulp))
    return out


A3 = np.array([2.0, 1.0, 2.0])
EVEN = np.array([1.0, 2.0])
TIE4 = np.array([1.0, 2.0, 2.0, 3.0])
SQUARE = np.array([[2.0, 2.0], [1.0, 2.0]])
STEPS = (np.sign, np.floor, np.ceil, np.round, np.rint, np.trunc, np.fix)
POINTS = (0.0, -0.0, 0.5, -0.5, 1.0, 1.5, 2.0, -3.0, 1e300)

KINKS = zero_curvature(
    Case("abs(0)", np.abs, 0.0, 0.0),
    Case("abs(-0.0)", np.abs, -0.0, 0.0),
    Case("fabs(0)", np.fabs, 0.0, 0.0),
    Case("builtin abs(0)", abs, 0.0, 0.0),
    Case("abs of array", np.abs, np.array([-1.0, 0.0, -0.0, 2.0]), np.diag([-1.0, 0.0, 0.0, 1.0])),
    Case("copysign(0, 1)", lambda x: np.copysign(x, 1.0), 0.0, 0.0),
    Case("maximum(x, 0) at 0", lambda x: np.maximum(x, 0.0), 0.0, 0.5),
    Case("maximum(0, x) at 0", lambda x: np.maximum(0, x), 0.0, 0.5),
    Case("minimum(x, 0) at 0", lambda x: np.minimum(x, 0.0), 0.0, 0.5),
    Case("fmax(x, 0) at 0", lambda x: np.fmax(x, 0.0), 0.0, 0.5),
    Case("fmin(x, 0) at 0", lambda x: np.fmin(x, 0.0), 0.0, 0.5),
    Case("maximum(x, -0.0) at 0", lambda x: np.maximum(x, -0.0), 0.0, 0.5),
    Case("maximum(x, x)", lambda x: np.maximum(x, x), 0.7, 1.0),
    Case("minimum(x, x)", lambda x: np.minimum(x, x), np.array([0.0, 3.0]), np.eye(2)),
    Case("fmax(x, nan)", lambda x: np.fmax(x, np.nan), 2.0, 1.0),
    Case("fmin(nan, x)", lambda x: np.fmin(np.nan, x), 2.0, 1.0),
    Case("where(x > 0, x, 0) at 0", lambda x: np.where(x > 0, x, 0.0), 0.0, 0.0),
    Case("where(x >= 0, x, 0) at 0", lambda x: np.where(x >= 0, x, 0.0), 0.0, 1.0),
    Case("if x > 0 at 0", lambda x: x if x > 0 else 0.0, 0.0, 0.0),
    Case("if x >= 0 at 0", lambda x: x if x >= 0 else 0.0, 0.0, 1.0),
    Case("select by >", lambda x: np.select([x > 0, x < 0], [x, -x], 0.0), np.array([0.0, -1.0, 2.0]),
         np.diag([0.0, -1.0, 1.0])),
    Case("piecewise by >=", lambda x: np.piecewise(x, [x >= 0, x < 0], [lambda v: 3 * v, lambda v: -v]),
         np.array([0.0, -1.0, 2.0]), np.diag([3.0, -1.0, 3.0])),
    Case("max of ties", np.max, A3, [0.5, 0.0, 0.5]),
    Case("max method", lambda x: x.max(), A3, [0.5, 0.0, 0.5]),
    Case("amax", np.amax, A3, [0.5, 0.0, 0.5]),
    Case("min of ties", np.min, -A3, [0.5, 0.0, 0.5]),
    Case("max of one", np.max, np.array([3.0]), [1.0]),
    Case("max of equals", np.max, np.full(4, 1.5), np.full(4, 0.25)),
    Case("maximum.reduce of ties", np.maximum.reduce, A3, [0.5, 0.0, 0.5]),
    Case("minimum.reduce of ties", np.minimum.reduce, -A3, [0.5, 0.0, 0.5]),
    Case("nanmax of ties", np.nanmax, A3, [0.5, 0.0, 0.5]),
    Case("nanmin of ties", np.nanmin, -A3, [0.5, 0.0, 0.5]),
    Case("max, axis 0", lambda x: np.max(x, axis=0), SQUARE, [[[1, 0], [0, 0]], [[0, 0.5], [0, 0.5]]]),
    Case("max, axis 1, keepdims", lambda x: np.max(x, axis=1, keepdims=True), SQUARE,
         [[[[0.5, 0.5], [0, 0]]], [[[0, 0], [0, 1.0]]]]),
    Case("max, all axes", lambda x: np.max(x, axis=(0, 1)), SQUARE, [[1 / 3, 1 / 3], [0, 1 / 3]]),
    Case("ptp of ties", np.ptp, A3, [0.5, -1.0, 0.5]),
    Case("sort of ties", np.sort, A3, permutation([1, 0, 2])),
    Case("sort of equals", np.sort, np.full(3, 2.0), np.eye(3)),
    Case("sort of signed zeros", np.sort, np.array([0.0, -0.0, -1.0]), permutation([2, 0, 1])),
    Case("take by argsort", lambda x: x[np.argsort(x, kind="stable")], A3, permutation([1, 0, 2])),
    Case("median of two", np.median, EVEN, [0.5, 0.5]),
    Case("median of ties", np.median, TIE4, [0.0, 0.5, 0.5, 0.0]),
    Case("median of three", np.median, np.array([3.0, 1.0, 2.0]), [0.0, 0.0, 1.0]),
    Case("clip at the lower bound", lambda x: np.clip(x, -1.0, 1.0), -1.0, 0.5),
    Case("clip at the upper bound", lambda x: np.clip(x, -1.0, 1.0), 1.0, 0.5),
    Case("clip method", lambda x: x.clip(-1.0, 1.0), np.array([-2.0, -1.0, 0.0, 1.0, 3.0]),
         np.diag([0, 0.5, 1.0, 0.5, 0])),
    Case("clip above only", lambda x: np.clip(x, None, 1.0), np.array([0.0, 1.0, 2.0]), np.diag([1.0, 0.5, 0.0])),
    Case("clip below only", lambda x: np.clip(x, 1.0, None), np.array([0.0, 1.0, 2.0]), np.diag([0.0, 0.5, 1.0])),
    Case("clip, traced bound", lambda lo: np.clip(1.0, lo, 3.0), 1.0, 0.5),
    Case("clip, empty interval", lambda x: np.clip(x, 1.0, 1.0), 1.0, 0.25),
    Case("mod(x, 1) at 2", lambda x: np.mod(x, 1.0), 2.0, 1.0),
    Case("x % 1 at 2", lambda x: x % 1.0, 2.0, 1.0),
    Case("mod(7.5, y)", lambda y: np.mod(7.5, y), 2.0, -3.0),
    Case("mod(-7.5, y)", lambda y: np.mod(-7.5, y), 2.0, 4.0),
    Case("fmod(7.5, y)", lambda y: np.fmod(7.5, y), 2.0, -3.0),
    Case("fmod(-7.5, y)", lambda y: np.fmod(-7.5, y), 2.0, 3.0),
    Case("divmod remainder", lambda y: divmod(7.5, y)[1], 2.0, -3.0),
    Case("divmod quotient", lambda x: divmod(x, 2.0)[0] * 1.0, 7.5, 0.0),
    Case("modf fraction", lambda x: np.modf(x)[0], 2.25, 1.0),
    Case("modf integer", lambda x: np.modf(x)[1], 2.0, 0.0),
    Case("interp at a knot", lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]), 1.0, 3.0),
    Case("interp at the last knot", lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]), 2.0, 3.0),
)
# piecewise constant: 0 everywhere and never NaN
FLAT = zero_curvature(
    *(Case(f"{fn.__name__}({x!r})", fn, x, 0.0) for fn in STEPS for x in POINTS),
    *(Case(f"{x!r} // 1", lambda x: x // 1.0, x, 0.0) for x in POINTS),
    *(Case(f"7.5 // {x!r}", lambda x: 7.5 // x, x, 0.0) for x in (2.0, 2.5, -3.0)),
    *(Case(f"heaviside({x!r}, 0.5)", lambda x: np.heaviside(x, 0.5), x, 0.0) for x in POINTS),
    Case("round, 2 digits", lambda x: np.round(x, 2), 1.005, 0.0),
    Case("round method", lambda x: x.round(), np.array([0.5, 1.5]), np.zeros((2, 2))),
    Case("builtin round", lambda x: round(x), 2.5, 0.0),
    Case("int", lambda x: float(int(x)), 2.0, 0.0),
    *(Case(f"{fn.__name__} of array", fn, np.array(POINTS), np.zeros((len(POINTS), len(POINTS)))) for fn in STEPS),
)
ROWS = KINKS + FLAT


@pytest.mark.parametrize("mode", FIRST)
@pytest.mark.parametrize("case", ROWS, ids=ids(ROWS))
def test_slope_at_a_kink(case, mode):
    check_first(case, mode)


@pytest.mark.parametrize("mode", SECOND)
@pytest.mark.parametrize("case", KINKS, ids=ids(KINKS))
def test_curvature_at_a_kink(case, mode):
    check_second(case, mode)


@pytest.mark.parametrize("case", ROWS, ids=ids(ROWS))
def test_curvature_at_a_step_and_diagonals(case):
    check_second(case, "forward")
    check_second(case, "local")
    check_diagonal(case)


@pytest.mark.parametrize("case", ROWS, ids=ids(ROWS))
def test_no_floating_point_event_of_our_own(case):
    check_warnings(case, FIRST)
    check_warnings(case, SECOND)


# ---- laws about conventions, computed ----

def one_sided(f, x, h=1e-6):
    """Slopes on both sides, exact for piecewise linear functions up to rounding."""
    x = np.asarray(x, dtype=float)
    eye = np.eye(x.size).reshape((x.size, *x.shape))
    left = np.stack([(np.asarray(f(x)) - f(x - h * e)) / h for e in eye], axis=-1)
    right = np.stack([(np.asarray(f(x + h * e)) - f(x)) / h for e in eye], axis=-1)
    shape = np.shape(f(x)) + x.shape
    return left.reshape(shape), right.reshape(shape)


# (the interval of an empty clip is a point: there the convention is the composition's, not a subgradient)
CONTINUOUS = [c for c in KINKS if not c.name.startswith(("mod", "fmod", "x %", "divmod", "if", "piecewise", "fm"))
              and c.name not in ("copysign(0, 1)", "modf integer", "clip, empty interval")]


@pytest.mark.parametrize("case", [c for c in CONTINUOUS if np.size(c.x) == 1], ids=lambda c: c.name)
def test_subgradient_lies_between_the_one_sided_slopes(case):
    left, right = one_sided(case.f, case.x)
    lo, hi = np.minimum(left, right) - 1e-9, np.maximum(left, right) + 1e-9
    assert np.all((lo <= case.d1) & (case.d1 <= hi))


@pytest.mark.parametrize(("fn", "total"), [(np.max, 1.0), (np.min, 1.0), (np.median, 1.0), (np.mean, 1.0),
                                           (np.ptp, 0.0), (np.nanmax, 1.0), (np.nanmin, 1.0)])
def test_shares_sum_to_one(fn, total, rng):
    """Weights of ties are convex, so translation of the input translates the result."""
    for size in (1, 2, 3, 6, 9, 65):
        x = rng.integers(0, 3, size).astype(float)
        g = dualad.jacobian(fn)(x)
        np.testing.assert_allclose(g.sum(), total, atol=1e-15 * size)
        assert np.all(np.abs(g) <= 1.0)


def test_clip_is_minimum_of_maximum_everywhere(rng):
    x, lo, hi = (rng.integers(-2, 3, 200).astype(float) for _ in range(3))
    args = (x, lo, hi)
    clip = dualad.jacobian(lambda *a: np.sum(np.clip(*a) * np.arange(200.0)), (0, 1, 2))(*args)
    both = dualad.jacobian(lambda x, lo, hi: np.sum(np.minimum(np.maximum(x, lo), hi) * np.arange(200.0)),
                           (0, 1, 2))(*args)
    for a, b in zip(clip, both, strict=True):
        np.testing.assert_array_equal(a, b)


def test_sqrt_of_square_at_zero_is_a_subgradient_or_nan():
    for mode, run in FIRST.items():
        slope = float(run(lambda x: np.sqrt(x**2), 0.0))
        assert np.isnan(slope) or -1.0 <= slope <= 1.0, mode


def test_sort_is_a_stable_permutation(rng):
    for _ in range(20):
        x = rng.integers(0, 4, 12).astype(float)
        want = permutation(np.argsort(x, kind="stable"))
        for mode, run in FIRST.items():
            assert np.array_equal(run(np.sort, x), want), mode


def test_sort_along_axes_is_stable(rng):
    x = rng.integers(0, 3, (3, 4)).astype(float)
    t = rng.standard_normal((3, 4))
    for axis in (0, 1, -1, None):
        order = np.argsort(x, axis=axis, kind="stable")
        y, ty = dualad.jvp(lambda v, a=axis: np.sort(v, axis=a), (x,), (t,))
        np.testing.assert_array_equal(y, np.sort(x, axis=axis))
        flat = t.reshape(-1)[order] if axis is None else np.take_along_axis(t, order, axis)
        np.testing.assert_array_equal(ty, flat)


def test_many_ties_share_without_losing_any():
    """A count of ties that a small integer or half-precision float could not hold."""
    x = np.zeros(70_000)
    t = np.ones(70_000)
    assert dualad.jvp(np.max, (x,), (t,))[1] == pytest.approx(1.0, rel=1e-12)
    half = dualad.jvp(np.max, (x.astype(np.float16),), (t.astype(np.float16),))[1]
    assert float(half) == pytest.approx(1.0, rel=1e-2)


@pytest.mark.parametrize("fn", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_position_and_length_do_not_matter(fn):
    """The vector body and the remainder of a loop agree at ties, NaN and signed zeros."""
    special = [(0.0, 0.0), (0.0, -0.0), (1.0, 2.0), (np.nan, 1.0), (1.0, np.nan), (np.inf, np.inf)]
    with np.errstate(all="ignore"):
        for a, b in special:
            want = dualad.jvp(fn, (a, b), (1.0, 0.0))[1]
            for n in (1, 2, 3, 5, 8, 9, 17, 33):
                ones, zeros = np.ones(n), np.zeros(n)
                got = dualad.jvp(fn, (np.full(n, a), np.full(n, b)), (ones, zeros))[1]
                agree(got, np.full(n, want), 0)
