"""Laws of reductions, contractions and composites on plain arrays: value, leading axes, adjoint, bilinearity."""

import importlib
import itertools
import sys
import warnings

import numpy as np
import pytest

from dualad.rules import kinds

from .cases_contraction import CASES, REFUSED

MODULES = [importlib.import_module(f"dualad.rules.{name}") for name in ("reduction", "contraction", "einsum", "composite")]
IDS = {key: kinds.lookup(key).name for key in CASES}
FLAT = [pytest.param(key, *call, id=f"{IDS[key]}-{i}") for key, calls in CASES.items() for i, call in enumerate(calls)]
BOUND = [p for p in FLAT if isinstance(kinds.lookup(p.values[0]), (kinds.Mixing, kinds.Bilinear))]
LINEAR = [p for p in BOUND if isinstance(kinds.lookup(p.values[0]), kinds.Mixing)]
BILINEAR = [p for p in BOUND if isinstance(kinds.lookup(p.values[0]), kinds.Bilinear)]
# calls that the binder composes of others, as einsum of three operands
COMPOSED = {p.id for p in BILINEAR if not isinstance(kinds.lookup(p.values[0]).bind(*p.values[1], **p.values[2]), kinds.Contraction)}
BOUND, BILINEAR = ([p for p in some if p.id not in COMPOSED] for some in (BOUND, BILINEAR))
BODIES = [p for p in FLAT if p.id in COMPOSED or isinstance(kinds.lookup(p.values[0]), kinds.Composite)]


def numpy_call(key, args, kwargs):
    fn = getattr(*key) if isinstance(key, tuple) else key
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # empty means, overflowing norms: NumPy's own
        return fn(*args, **kwargs)


def draw(seed, shape, like):
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.asarray(like).dtype, copy=False)


def tolerance(*arrays):
    single = any(np.asarray(a).dtype == np.float32 for a in arrays)
    return {"rtol": 3e-5, "atol": 3e-5} if single else {"rtol": 1e-11, "atol": 1e-11}


def close(actual, desired):
    assert np.shape(actual) == np.shape(desired)
    np.testing.assert_allclose(actual, desired, **tolerance(actual, desired))


def same_bits(actual, desired):
    assert np.shape(actual) == np.shape(desired)
    assert np.asarray(actual).dtype == np.asarray(desired).dtype
    np.testing.assert_array_equal(actual, desired)


def floats(x):
    """Operands as float arrays, which is what carries derivatives."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(float)


def bind(key, args, kwargs):
    return kinds.lookup(key).bind(*args, **kwargs)


def stacked(shape, lead, like, seed):
    """A C-contiguous stack of random operands."""
    return draw(seed, lead + tuple(shape), like)


SPARSE = [p for p in LINEAR if bind(*p.values).scatter is not None]


# ---- completeness ----


def test_every_rule_has_cases():
    names = {m.__name__ for m in MODULES}
    ours = {
        rule.fn for rule in kinds.declared()
        if getattr(getattr(rule, "bind", getattr(rule, "body", None)), "__module__", "") in names
    }
    assert ours <= set(CASES), f"declared without test calls: {[str(k) for k in ours - set(CASES)]}"
    assert all(CASES.values())


@pytest.mark.parametrize("key", REFUSED, ids=lambda key: f"{key[0].__name__}.{key[1]}")
def test_refused(key):
    assert isinstance(kinds.lookup(key), kinds.Refused)
    assert kinds.lookup(key).why


# ---- value ----


@pytest.mark.parametrize(("key", "args", "kwargs"), BOUND)
def test_value_is_numpys(key, args, kwargs):
    bound, want = bind(key, args, kwargs), numpy_call(key, args, kwargs)
    leads = (0,) if isinstance(bound, kinds.Linear) else (0, 0)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        if bound.value is not None:
            same_bits(bound.value(*bound.operands), want)
        if bound.value is None or isinstance(bound, kinds.Contraction):
            same_bits(bound.apply(*leads, *bound.operands), want)


@pytest.mark.parametrize(("key", "args", "kwargs"), BODIES)
def test_body_agrees_with_numpy(key, args, kwargs):
    want = numpy_call(key, args, kwargs)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        rule = kinds.lookup(key)
        got = (rule.body if isinstance(rule, kinds.Composite) else rule.bind)(*args, **kwargs)
    assert isinstance(got, tuple) == isinstance(want, tuple)
    pairs = zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]
    for actual, desired in pairs:
        assert np.shape(actual) == np.shape(desired)
        usual = np.isfinite(desired)  # where NumPy overflows the body may not
        tol = tolerance(*(a for a in args if isinstance(a, np.ndarray)), desired)
        scale = min(1.0, max([np.max(np.abs(a), initial=0.0) for a in args if isinstance(a, np.ndarray)], default=1.0))
        np.testing.assert_allclose(np.asarray(actual)[usual], np.asarray(desired)[usual], rtol=tol["rtol"],
                                   atol=tol["atol"] * scale)
        assert not (np.isfinite(actual) & np.isnan(desired)).any() or key in ALL_NAN_IS_FREE


ALL_NAN_IS_FREE = (np.var, np.std, np.mean)  # NaN there means "no entries": the slope does not matter


# ---- leading axes ----


@pytest.mark.parametrize(("key", "args", "kwargs"), LINEAR)
def test_linear_apply_of_stack_is_stack_of_applies(key, args, kwargs):
    bound = bind(key, args, kwargs)
    xs = [floats(x) for x in bound.operands]
    for lead in ((1,), (3,), (2, 3)):
        stacks = [stacked(x.shape, lead, x, 7 + i) for i, x in enumerate(xs)]
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            got = bound.apply(len(lead), *stacks)
            one = [bound.apply(0, *(s[index] for s in stacks)) for index in np.ndindex(*lead)]
        assert got.shape == lead + np.shape(one[0])
        want = np.stack(one).reshape(got.shape)
        if bound.value is None:  # the engine takes the value from component 0 of a C-contiguous block
            np.testing.assert_array_equal(got, want)
        else:
            close(got, want)


@pytest.mark.parametrize(("key", "args", "kwargs"), BILINEAR)
def test_bilinear_apply_and_transposes_of_stack(key, args, kwargs):
    bound = bind(key, args, kwargs)
    a, b = (floats(x) for x in bound.operands)
    shape = np.shape(bound.value(a, b))
    A, B = stacked(a.shape, (3,), a, 1), stacked(b.shape, (3,), b, 2)
    G = stacked(shape, (3,), bound.value(a, b), 3)
    for la, lb in itertools.product((0, 1), repeat=2):
        got = bound.apply(la, lb, A if la else A[0], B if lb else B[0])
        want = [bound.apply(0, 0, A[i * la], B[i * lb]) for i in range(3)]
        close(got, np.stack(want) if la or lb else want[0])
        for k, (transpose, X) in enumerate(zip(bound.transposes, (B, A), strict=True)):
            got = transpose(la, lb, G if la else G[0], X if lb else X[0])
            want = [transpose(0, 0, G[i * la], X[i * lb]) for i in range(3)]
            close(got, np.stack(want) if la or lb else want[0])
            assert got.shape == (3,) * max(la, lb) + (a, b)[k].shape


# ---- adjoints ----


def inner(u, v):
    return float(np.sum(np.asarray(u, float) * np.asarray(v, float)))


@pytest.mark.parametrize(("key", "args", "kwargs"), LINEAR)
def test_linear_transpose_is_adjoint(key, args, kwargs):
    bound = bind(key, args, kwargs)
    xs = [floats(x) for x in bound.operands]
    for lead in ((), (3,), (2, 1)):
        us = [stacked(x.shape, lead, x, 11 + i) for i, x in enumerate(xs)]
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            ones = [bound.apply(1, *(u.reshape((-1, *x.shape)) if x.size else u.reshape((int(np.prod(lead)), *x.shape))
                                     for u, x in zip(us, xs, strict=True)))]
        y = ones[0].reshape(lead + ones[0].shape[1:])
        if not np.isfinite(y).all():
            return  # a mean of nothing
        g = stacked(y.shape, (), y, 17)
        back = bound.transpose(len(lead), g)
        assert [c.shape for c in back] == [u.shape for u in us]
        assert [c.dtype for c in back] == [u.dtype for u in us]
        tol = tolerance(y, *us)
        np.testing.assert_allclose(sum(inner(c, u) for c, u in zip(back, us, strict=True)), inner(g, y),
                                   rtol=10 * tol["rtol"], atol=10 * tol["atol"])


@pytest.mark.parametrize(("key", "args", "kwargs"), BILINEAR)
def test_bilinear_transposes_are_adjoint(key, args, kwargs):
    bound = bind(key, args, kwargs)
    a, b = (floats(x) for x in bound.operands)
    u, v = stacked(a.shape, (), a, 1), stacked(b.shape, (), b, 2)
    y = np.asarray(bound.value(u, v))
    g = stacked(y.shape, (), y, 3)
    first, second = bound.transposes[0](0, 0, g, v), bound.transposes[1](0, 0, g, u)
    assert first.shape == u.shape
    assert second.shape == v.shape
    assert first.dtype == u.dtype
    assert second.dtype == v.dtype
    tol = tolerance(u, v)
    for got in (inner(first, u), inner(second, v)):
        np.testing.assert_allclose(got, inner(g, y), rtol=10 * tol["rtol"], atol=10 * tol["atol"])


@pytest.mark.parametrize(("key", "args", "kwargs"), BILINEAR)
def test_bilinear_in_each_operand(key, args, kwargs):
    bound = bind(key, args, kwargs)
    a, b = (floats(x) for x in bound.operands)
    u, w, v = stacked(a.shape, (), a, 1), stacked(a.shape, (), a, 4), stacked(b.shape, (), b, 2)
    t = stacked(b.shape, (), b, 5)
    f, tol = bound.value, tolerance(u, v)
    np.testing.assert_allclose(f(2.0 * u - w, v), 2.0 * f(u, v) - f(w, v), **tol)
    np.testing.assert_allclose(f(u, 3.0 * v + t), 3.0 * f(u, v) + f(u, t), **tol)


@pytest.mark.parametrize(("key", "args", "kwargs"), SPARSE)
def test_scatter_is_the_same_map(key, args, kwargs):
    bound = bind(key, args, kwargs)
    x = stacked(bound.operands[0].shape, (), bound.operands[0], 3)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        want = np.asarray(bound.apply(0, x))
    target, weight = bound.scatter()
    assert target.shape == weight.shape == x.shape
    got = np.zeros(want.size)
    np.add.at(got, target, weight * x)
    usual = np.isfinite(want)
    np.testing.assert_allclose(got.reshape(want.shape)[usual], want[usual], **tolerance(x, want))


# ---- hand-made ----


def test_inputs_are_left_alone():
    for key, calls in CASES.items():
        for args, kwargs in calls:
            arrays = [a for a in args if isinstance(a, np.ndarray)]
            before = [a.copy() for a in arrays]
            rule = kinds.lookup(key)
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                if isinstance(rule, kinds.Composite):
                    rule.body(*args, **kwargs)
            for a, b in zip(arrays, before, strict=True):
                np.testing.assert_array_equal(a, b)


def test_cross_of_plane_vectors():
    body = kinds.lookup(np.cross).body
    rng = np.random.default_rng(0)
    for p, q in itertools.product((2, 3), repeat=2):
        a, b = rng.normal(size=(5, p)), rng.normal(size=(5, q))
        if 2 in (p, q) and np.lib.NumpyVersion(np.__version__) >= "2.5.0":
            with pytest.raises(ValueError, match="3-dimensional"):
                np.cross(a, b)
            continue
        with pytest.warns(DeprecationWarning, match="2-dimensional") if 2 in (p, q) else warnings.catch_warnings():
            want = np.cross(a, b)
        np.testing.assert_allclose(body(a, b), want, rtol=1e-14)


def test_traced_initial_is_an_operand():
    class Traced:  # neither a number nor an ndarray
        shape, ndim = (), 0

    x, c = np.arange(6.0).reshape(2, 3), np.array([1.0, 2.0])
    bound = bind(np.sum, (x,), {"axis": 0, "initial": Traced()})
    assert len(bound.operands) == 2
    close(bound.value(x, 3.0), np.sum(x, axis=0, initial=3.0))
    stack = np.stack([x, 2 * x])
    close(bound.apply(1, stack, c), np.stack([np.sum(s, axis=0) + k for s, k in zip(stack, c, strict=True)]))
    g = np.arange(6.0).reshape(2, 3)
    close(bound.transpose(1, g)[1], g.sum(1))


def test_integer_dtype_is_refused():
    with pytest.raises(TypeError, match="dtype=int64 has no derivative rule"):
        bind(np.sum, (np.ones(3),), {"dtype": np.int64})


def test_modules_import_no_core():
    assert not any(name.startswith("dualad.core") for m in MODULES for name in vars(m))
    assert all(m.__name__ in sys.modules for m in MODULES)
