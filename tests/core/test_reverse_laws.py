"""Laws of reverse mode over every case of the registry: adjoint, batches of rows, dtypes, second order, untouched inputs."""

import functools
import warnings

import numpy as np
import pytest

import dualad
from dualad import errors
from dualad.calls import Inputs
from dualad.core.jets import Jet
from dualad.gradients import Recording
from dualad.rules import declared, kinds
from dualad.trees import flatten, unflatten

from ..rules.cases_contraction import CASES as CONTRACTION
from ..rules.cases_structural import CASES as STRUCTURAL

IN_PLACE = (np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal)


def real(v):
    return isinstance(v, np.ndarray) and v.dtype.kind == "f"


def places(args):
    """Positions of arguments that can carry derivatives: arrays of floats and lists of them."""
    return [k for k, a in enumerate(args) if real(a) or (isinstance(a, (list, tuple)) and a and all(map(real, a)))]


def listed():
    for key, calls in {**STRUCTURAL, **CONTRACTION}.items():
        rule = kinds.lookup(key)
        for i, (args, kwargs) in enumerate(calls):
            if places(args) and not isinstance(rule, kinds.Constant):
                yield pytest.param(key, args, kwargs, id=f"{rule.name if rule else key}-{i}")


CALLS = list(listed())


def quietly(test):
    @functools.wraps(test)
    def wrapped(*args, **kwargs):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return test(*args, **kwargs)

    return wrapped


def problem(key, args, kwargs):
    """A function of the differentiable arguments that returns the differentiable results, and the arguments."""
    fn = getattr(*key) if isinstance(key, tuple) else key
    where = places(args)
    writes = fn in IN_PLACE or (isinstance(key, tuple) and key[1] == "at")

    def f(*xs):
        given = list(args)
        for k, x in zip(where, xs, strict=True):
            given[k] = x
        if writes:
            given[0] = given[0].copy()
            fn(*given, **kwargs)
            return [given[0]]
        y = fn(*given, **kwargs)
        return [v for v in (y if isinstance(y, (tuple, list)) else [y]) if isinstance(v, Jet) or np.asarray(v).dtype.kind == "f"]

    return f, tuple(args[k] for k in where)


def like(tree, rng):
    return unflatten(tree, [rng.normal(size=np.shape(v)).astype(np.asarray(v).dtype) for _, v in flatten(tree)])


def dot(a, b):
    """Inner product of two trees and the sum of the sizes of its terms."""
    terms = [np.asarray(u, float) * np.asarray(v, float) for (_, u), (_, v) in zip(flatten(a), flatten(b), strict=True)]
    return sum(t.sum() for t in terms), sum(np.abs(t).sum() for t in terms)


def forward(f, primals, tangents):
    """jvp, or a skip where forward mode refuses the call."""
    try:
        return dualad.jvp(f, primals, tangents)
    except (errors.NoRuleError, errors.OutputError, errors.StorageError, errors.InputError) as error:
        pytest.skip(f"refused: {type(error).__name__}")


@pytest.mark.parametrize(("key", "args", "kwargs"), CALLS)
@quietly
def test_adjoint(key, args, kwargs):
    """<v, J u> = <J' v, u>; values are NumPy's, cotangents have the dtypes and shapes of their arguments."""
    f, primals = problem(key, args, kwargs)
    rng = np.random.default_rng(20261123)
    before = [v.copy() for _, v in flatten(primals)]
    u = like(primals, rng)
    y, ju = forward(f, primals, u)
    value, pullback = dualad.vjp(f, *primals)
    for (_, a), (_, b) in zip(flatten(y), flatten(value), strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.asarray(a).dtype == np.asarray(b).dtype
    v = like(y, rng)
    jv = pullback(v)
    for (_, g), (_, x) in zip(flatten(jv), flatten(primals), strict=True):
        assert g.shape == x.shape
        assert g.dtype == x.dtype
    for x, (_, now) in zip(before, flatten(primals), strict=True):
        np.testing.assert_array_equal(x, now)
    left, scale = dot(v, ju)
    right, _ = dot(jv, u)
    doubles = all(np.asarray(x).dtype == np.float64 for _, x in (*flatten(primals), *flatten(y)))
    if np.isfinite(left) or np.isfinite(right):
        assert abs(left - right) <= (1e-11 if doubles else 1e-4) * scale


@pytest.mark.parametrize(("key", "args", "kwargs"), CALLS)
@quietly
def test_rows_of_cotangents_equal_single_ones(key, args, kwargs):
    f, primals = problem(key, args, kwargs)
    rng = np.random.default_rng(20261124)
    forward(f, primals, like(primals, rng))
    recording = Recording(Inputs(f, primals, {}, tuple(range(len(primals))), "vjp"))
    gs = [rng.normal(size=(3, *np.shape(v))).astype(np.asarray(v).dtype) for v in recording.values]
    together = recording.pull(gs, rows=3)
    doubles = all(np.asarray(x).dtype == np.float64 for x in (*recording.values, *recording.inputs.leaves))
    for row in range(3):
        alone = recording.pull([g[row][()] for g in gs])
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_allclose(a[row], b, rtol=1e-12 if doubles else 1e-4, atol=1e-12 if doubles else 1e-5)


def scalar_loss(f, primals):
    """A smooth loss of all results, with weights that tell them apart."""
    shapes = [np.shape(v) for v in f(*primals)]
    weights = [np.random.default_rng(5 + k).uniform(0.5, 1.5, s) for k, s in enumerate(shapes)]
    return lambda *xs: sum(np.sum(w * np.sin(y)) for w, y in zip(weights, f(*xs), strict=True))


def smooth(primals, kwargs):
    """Small and in double precision throughout: second derivatives cost their square."""
    return np.dtype(kwargs.get("dtype") or float) == np.float64 and all(v.dtype == np.float64 and 0 < v.size <= 12 and np.isfinite(v).all() for _, v in flatten(primals))


SECOND = [p for p in CALLS if smooth(problem(*p.values)[1], p.values[2]) and not any(a is np.float32 for a in p.values[1])]


@pytest.mark.parametrize(("key", "args", "kwargs"), SECOND)
@quietly
def test_second_order_over_the_tape(key, args, kwargs):
    """Forward over reverse and reverse over reverse give the hyper-dual Hessian times a vector."""
    f, primals = problem(key, args, kwargs)
    if not all(isinstance(x, np.ndarray) for x in primals):
        pytest.skip("lists of arrays: first order is enough")
    forward(f, primals, primals)
    loss, x, rest = scalar_loss(f, primals), primals[0], primals[1:]

    def one(x):
        return loss(x, *rest)

    u = np.random.default_rng(6).normal(size=x.shape)
    want = np.tensordot(dualad.hessian(one)(x), u, x.ndim)
    if not np.isfinite(want).all():
        pytest.skip("a singular point")
    _, over_forward = dualad.jvp(dualad.grad(one), (x,), (u,))
    over_reverse = dualad.grad(lambda x: np.sum(dualad.grad(one)(x) * u))(x)
    scale = 1.0 + np.abs(want).max(initial=0.0)
    np.testing.assert_allclose(over_forward, want, rtol=1e-9, atol=1e-10 * scale)
    np.testing.assert_allclose(over_reverse, want, rtol=1e-9, atol=1e-10 * scale)


kinds.load_all()
ELEMENTWISE = [r for r in declared(kinds.Elementwise) if "d" * r.nin + "->d" in getattr(r.fn, "types", ())]


def points(rule, shape, rng):
    """Inputs inside the rule's domain."""
    out = []
    for d in rule.domain:
        lo, hi = max(d.lo, -2.0), min(d.hi, 2.0)
        lo, hi = (lo, hi) if lo < hi else (d.lo, d.hi)
        out.append(rng.integers(int(d.lo), int(d.hi) + 1, shape) if d.whole else
                   rng.uniform(lo + 0.1 * (hi - lo), hi - 0.1 * (hi - lo), shape))
    return out


PATTERNS = [((), ()), ((1,), (1,)), ((7,), (7,)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((2, 3, 4), ()), ((0, 3), (3,)), ((40, 3), (3,)),
            ((5000,), (5000,))]
# SciPy's rules run on the same compiled pullback: what differs between rules is tried, every pattern is not
FEW = [((), ()), ((3, 4), (4,)), ((3, 1), (1, 4))]


@pytest.mark.parametrize(("rule", "shapes"), [
    pytest.param(rule, shapes, id=f"{shapes}-{rule.name}")
    for rule in ELEMENTWISE for shapes in (PATTERNS if rule.name.startswith("numpy.") else FEW)])
@quietly
def test_elementwise_adjoint(rule, shapes):
    """Every broadcasting pattern of the compiled pullback, first and second order."""
    rng = np.random.default_rng(20261125)
    xs = tuple(points(rule, shapes[i % 2], rng)[i] for i in range(rule.nin))
    xs = everything = tuple(x[()] if np.ndim(x) == 0 else x for x in xs)
    xs = tuple(everything[i] for i in rule.active)  # the others count, or have no derivative

    def fn(*xs):
        known = dict(zip(rule.active, xs, strict=True))
        return rule.fn(*(known.get(i, x) for i, x in enumerate(everything)))

    u = tuple(rng.normal(size=np.shape(x))[()] for x in xs)
    y, ju = dualad.jvp(fn, xs, u)
    value, pullback = dualad.vjp(fn, *xs)
    np.testing.assert_array_equal(value, y)
    v = rng.normal(size=np.shape(y))[()]
    left, scale = dot(v, ju)
    right, _ = dot(pullback(v), u)
    assert abs(left - right) <= 1e-12 * scale

    def pulled(*xs):
        return dualad.vjp(fn, *xs)[1](v)

    def pushed(*xs):
        return np.sum(v * dualad.jvp(fn, xs, u)[1])

    # the derivative of <v, J u> in x, once by pulling J' v forward, once by reverse over forward
    _, moved = dualad.jvp(pulled, xs, u)
    left, scale = dot(moved, u)
    back = dualad.grad(pushed, argnums=tuple(range(len(xs))))(*xs)
    right, _ = dot(back, u)
    assert abs(left - right) <= 1e-10 * (scale + 1e-300)
