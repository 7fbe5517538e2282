"""Laws of selections, choices and structural composites on plain arrays: value, leading axes, adjoint, errors, ties."""

import copy
import importlib
import operator
import warnings

import numpy as np
import pytest

import dualad
from dualad.rules import kinds

from .cases_structural import CASES, MASK, M, T, V

MODULES = [importlib.import_module(f"dualad.rules.{name}") for name in ("structural", "joining", "indexing", "filling", "ordering")]
IDS = {key: kinds.lookup(key).name if kinds.lookup(key) else str(key) for key in CASES}
FLAT = [pytest.param(key, *call, id=f"{IDS[key]}-{i}") for key, calls in CASES.items() for i, call in enumerate(calls)]


def binds(param):
    """Whether the binder returns a linear map; a binder may also answer by calling other functions."""
    key, args, kwargs = param.values
    rule = kinds.lookup(key)
    return isinstance(rule, (kinds.Selection, kinds.Mixing)) and isinstance(rule.bind(*args, **kwargs), kinds.Linear)


LINEAR = [p for p in FLAT if binds(p)]
COPIES = [p for p in LINEAR if isinstance(kinds.lookup(p.values[0]), kinds.Selection)]
BODIES = [p for p in FLAT if not binds(p)]
IN_PLACE = (np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal)


def numpy_call(key, args, kwargs):
    fn = getattr(*key) if isinstance(key, tuple) else key
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # slices of NaN only, empty means: NumPy's own
        return fn(*args, **kwargs)


def quiet(fn, *args, **kwargs):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return fn(*args, **kwargs)


def bind(key, args, kwargs):
    bound = kinds.lookup(key).bind(*args, **kwargs)
    assert isinstance(bound, kinds.Linear)
    return bound


def body_of(key):
    rule = kinds.lookup(key)
    return rule.body if isinstance(rule, kinds.Composite) else rule.bind


def floats(x):
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(float)


def draw(seed, shape, like):
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.asarray(like).dtype, copy=False)


def same_bits(actual, desired):
    assert type(actual) is type(desired) or np.shape(actual) == np.shape(desired)
    assert np.shape(actual) == np.shape(desired)
    assert np.asarray(actual).dtype == np.asarray(desired).dtype
    np.testing.assert_array_equal(actual, desired)
    np.testing.assert_array_equal(np.signbit(actual), np.signbit(desired))


def inner(u, v):
    return float(np.sum(np.asarray(u, float) * np.asarray(v, float)))


# ---- completeness ----


def test_every_rule_has_cases():
    names = {m.__name__ for m in MODULES}
    ours = {
        rule.fn for rule in kinds.declared()
        if getattr(getattr(rule, "bind", getattr(rule, "body", None)), "__module__", "") in names
    }
    assert ours <= set(CASES), f"declared without test calls: {[str(k) for k in ours - set(CASES)]}"
    assert all(CASES.values())
    assert all(kinds.lookup(key) for key in CASES), [str(k) for k in CASES if not kinds.lookup(k)]


def test_no_argument_of_numpys_is_missing():
    """A binder takes every argument of NumPy's function, in its order."""
    import inspect

    for key in CASES:
        if isinstance(key, tuple) or key is operator.getitem:
            continue
        try:
            theirs = inspect.signature(key).parameters
        except ValueError:
            continue  # built in, without a signature
        rule = kinds.lookup(key)
        ours = inspect.signature(getattr(rule, "bind", None) or rule.body).parameters
        if any(p.kind is p.VAR_KEYWORD for p in ours.values()):
            continue
        names = [n for n, p in theirs.items() if n not in ("out", "like") and p.kind is not p.VAR_KEYWORD]
        found = [n for n in ours if n != "out"]
        assert found[:len(names)] == names, f"{rule.name}: NumPy has {names}, the rule {found}"


# ---- value ----


@pytest.mark.parametrize(("key", "args", "kwargs"), LINEAR)
def test_value_is_numpys(key, args, kwargs):
    bound, want = bind(key, args, kwargs), numpy_call(key, args, kwargs)
    if bound.value is not None:
        same_bits(bound.value(*bound.operands), want)
    else:
        same_bits(bound.apply(0, *bound.operands), want)


@pytest.mark.parametrize(("key", "args", "kwargs"), BODIES)
def test_body_agrees_with_numpy(key, args, kwargs):
    def run(fn):
        given = [np.copy(a) if isinstance(a, np.ndarray) and key in IN_PLACE else a for a in args]
        out = fn(given)
        return given[0] if key in IN_PLACE else out

    if key in IN_PLACE:  # bodies write into arrays that carry derivatives only
        seeded = dualad.dual(np.copy(args[0]), np.zeros_like(args[0]))
        body_of(key)(seeded, *args[1:], **kwargs)
        same_bits(seeded.value, run(lambda a: numpy_call(key, a, kwargs)))
        return
    want = run(lambda a: numpy_call(key, a, kwargs))
    got = quiet(lambda: run(lambda a: body_of(key)(*a, **kwargs)))
    several = isinstance(want, (tuple, list))
    assert isinstance(got, (tuple, list)) == several
    for actual, desired in zip(got, want, strict=True) if several else [(got, want)]:
        assert np.shape(actual) == np.shape(desired)
        single = np.asarray(desired).dtype == np.float32
        tolerance = {"rtol": 3e-6, "atol": 3e-6} if single else {"rtol": 1e-13, "atol": 1e-13}
        np.testing.assert_allclose(actual, desired, **tolerance)


# ---- leading axes and adjoints ----


@pytest.mark.parametrize(("key", "args", "kwargs"), LINEAR)
def test_apply_of_stack_is_stack_of_applies(key, args, kwargs):
    bound = bind(key, args, kwargs)
    xs = [floats(x) for x in bound.operands]
    for lead in ((1,), (3,), (2, 3)):
        stacks = [draw(7 + i, (*lead, *x.shape), x) for i, x in enumerate(xs)]
        got = bound.apply(len(lead), *stacks)
        one = [bound.apply(0, *(s[index] for s in stacks)) for index in np.ndindex(*lead)]
        assert got.shape == lead + np.shape(one[0])
        np.testing.assert_array_equal(got, np.stack(one).reshape(got.shape))
        back = bound.transpose(len(lead), got)
        for k, b in enumerate(back):
            rows = [bound.transpose(0, got[index])[k] for index in np.ndindex(*lead)]
            np.testing.assert_array_equal(b, np.stack(rows).reshape(b.shape))


@pytest.mark.parametrize(("key", "args", "kwargs"), LINEAR)
def test_transpose_is_adjoint(key, args, kwargs):
    bound = bind(key, args, kwargs)
    xs = [floats(x) for x in bound.operands]
    for lead in ((), (3,), (2, 1)):
        us = [draw(11 + i, (*lead, *x.shape), x) for i, x in enumerate(xs)]
        y = np.asarray(bound.apply(len(lead), *us))
        g = draw(17, y.shape, y)
        back = bound.transpose(len(lead), g if lead else g[()])
        assert [np.shape(c) for c in back] == [u.shape for u in us]
        exact = all(u.dtype == y.dtype for u in us)
        assert not exact or [np.asarray(c).dtype for c in back] == [u.dtype for u in us]
        rtol = 1e-12 if exact and y.dtype == np.float64 else 1e-5
        total, scale = sum(inner(c, u) for c, u in zip(back, us, strict=True)), inner(np.abs(g), np.abs(y))
        np.testing.assert_allclose(total, inner(g, y), rtol=rtol, atol=rtol * scale)


@pytest.mark.parametrize(("key", "args", "kwargs"), COPIES)
def test_each_output_copies_at_most_one_input(key, args, kwargs):
    """Numbers 1..n in, so that every output is one of them or a zero; and unit vectors say the same."""
    bound = bind(key, args, kwargs)
    sizes = [int(np.prod(np.shape(x))) for x in bound.operands]
    if bound.operands and all(np.asarray(x).dtype == np.float64 for x in bound.operands):
        starts = np.concatenate([[0], np.cumsum(sizes)])
        tagged = [np.arange(a + 1.0, b + 1).reshape(np.shape(x))
                  for a, b, x in zip(starts[:-1], starts[1:], bound.operands, strict=True)]
        out = np.asarray(bound.apply(0, *tagged))
        assert np.isin(out, np.arange(starts[-1] + 1.0)).all()
        if 0 < starts[-1] <= 30:
            units = np.split(np.eye(starts[-1]), starts[1:-1], axis=1)
            units = [u.reshape((starts[-1], *np.shape(x))) for u, x in zip(units, bound.operands, strict=True)]
            rows = bound.apply(1, *units)
            assert np.isin(rows, (0.0, 1.0)).all()
            assert (np.sum(rows, axis=0) <= 1).all()
            source = np.where(rows.any(axis=0), rows.argmax(axis=0) + 1.0, 0.0)
            np.testing.assert_array_equal(source, out)


@pytest.mark.parametrize(("key", "args", "kwargs"), LINEAR)
def test_integer_rows_travel_too(key, args, kwargs):
    """Local directions are mapped by `apply` on integer arrays: same places, same type."""
    bound = bind(key, args, kwargs)
    if isinstance(kinds.lookup(key), kinds.Selection) and bound.value is None and bound.operands:
        rows = [np.arange(1, np.size(x) + 1).reshape(np.shape(x)) for x in bound.operands]
        out = np.asarray(bound.apply(0, *rows))
        np.testing.assert_array_equal(out, bound.apply(0, *(r.astype(float) for r in rows)))


# ---- ownership ----


@pytest.mark.parametrize(("key", "args", "kwargs"), FLAT)
def test_inputs_are_left_alone_and_indices_are_owned(key, args, kwargs):
    """Changing index arrays and masks after binding changes nothing."""
    def copies(x):
        if isinstance(x, np.ndarray):
            return x.copy()
        return type(x)(map(copies, x)) if isinstance(x, (list, tuple)) else x

    if key in IN_PLACE:
        return
    given = copies(args)
    bound = quiet(body_of(key), *given, **kwargs)
    if not isinstance(bound, kinds.Linear):
        return compare_nested(given, args)
    want = bound.apply(0, *map(np.copy, bound.operands))
    xs = [np.copy(x) for x in bound.operands]
    for array in leaves(given):
        if array.dtype.kind in "ib" and array.size:
            array[...] = 0 if array.any() else 1
    np.testing.assert_array_equal(bound.apply(0, *xs), want)


def leaves(x):
    return [x] if isinstance(x, np.ndarray) else [a for v in x for a in leaves(v)] if isinstance(x, (list, tuple)) else []


def compare_nested(given, args):
    for a, b in zip(leaves(given), leaves(args), strict=True):
        np.testing.assert_array_equal(a, b)


# ---- errors ----

WRONG = [
    (np.reshape, (V, (2, 3)), {}), (np.reshape, (V, "x"), {}), (np.transpose, (M, (0, 0)), {}),
    (np.transpose, (M, (0,)), {}), (np.moveaxis, (T, 0, 5), {}), (np.swapaxes, (M, 0, 2), {}),
    (np.rollaxis, (M, 5), {}), (np.squeeze, (M, 0), {}), (np.expand_dims, (M, 5), {}),
    (np.broadcast_to, (V, (2, 3)), {}), (np.flip, (M, 2), {}), (np.fliplr, (V,), {}), (np.rot90, (V,), {}),
    (np.rot90, (M, 1, (0, 0)), {}), (np.roll, (M, 1, 2), {}), (np.matrix_transpose, (V,), {}),
    (np.concatenate, ([M, V],), {}), (np.concatenate, ([M, M], 2), {}), (np.concatenate, ([],), {}),
    (np.stack, ([M, V],), {}), (np.stack, ([],), {}), (np.stack, ([V, V], 3), {}), (np.hstack, ([M, V],), {}),
    (np.vstack, ([M, V],), {}), (np.column_stack, ([M, V],), {}), (np.dstack, ([M, V],), {}),
    (np.block, ([[M, V]],), {}), (np.block, ([V, [V]],), {}), (np.append, (M, V, 0), {}),
    (np.insert, (V, 99, 1.0), {}), (np.insert, (M, 1, V, 0), {}), (np.delete, (V, 99), {}),
    (np.delete, (M, 0, 4), {}), (np.split, (V, 2), {}), (np.array_split, (V, 0), {}),
    (np.hsplit, (np.asarray(1.5), 1), {}), (np.vsplit, (V, 1), {}), (np.dsplit, (M, 1), {}),
    (np.split, (M, 2, 5), {}), (np.broadcast_arrays, (V, M), {}), (np.tile, (V, -1), {}),
    (np.meshgrid, (V, V), {"indexing": "no"}), (np.repeat, (V, [1, 2]), {}), (np.repeat, (V, -1), {}),
    (np.repeat, (M, 2, 7), {}), (np.pad, (V, -1), {}), (np.pad, (M, ((1, 2), (3, 4), (5, 6))), {}),
    (np.pad, (V, 1, "no"), {}), (np.pad, (V, 1.5), {}), (np.pad, (V, 1, "edge"), {"constant_values": 3}),
    (np.take, (V, 99), {}), (np.take, (M, 0, 3), {}), (np.take, (V, 1, None, None, "no"), {}),
    (np.take_along_axis, (M, np.array([0]), 0), {}), (np.take_along_axis, (V, np.array([9]), 0), {}),
    (np.compress, ([1] * 99, V), {}), (np.extract, ([1] * 99, V), {}), (np.diagonal, (V,), {}),
    (np.diagonal, (M, 0, 1, 1), {}), (np.diag, (T,), {}), (np.where, (MASK, V, M), {}), (np.where, (MASK, M), {}),
    (np.select, ([MASK], [M, M]), {}), (np.select, ([], []), {}), (np.select, ([V], [V]), {}),
    (np.choose, ([5], [V, V]), {}), (np.choose, ([0.5], [V, V]), {}),
    (np.piecewise, (V, [V > 0], [1.0, 2.0, 3.0]), {}), (np.clip, (M, V, None), {}), (np.clip, (V, 1), {"max": 3}),
    (np.interp, (V, [0.0, 1.0], np.ones(3)), {}), (np.interp, (V, [], np.ones(0)), {}),
    (np.sort, (np.asarray(1.5),), {}), (np.sort, (V, 3), {}), (np.sort, (V, -1, "no"), {}),
    (np.partition, (V, 99), {}), (np.max, (np.ones(0),), {}), (np.max, (M, 5), {}), (np.max, (M, (0, 0)), {}),
    (np.max, (V,), {"where": MASK[0]}), (np.max, (V,), {"where": V > 0}), (np.median, (M, 5), {}),
    (np.quantile, (V, 1.5), {}), (np.quantile, (V, 0.5), {"method": "no"}), (np.percentile, (V, 101.0), {}),
    (np.maximum.reduce, (M, 7), {}), (np.maximum.accumulate, (M, 7), {}), (np.ptp, (np.ones(0),), {}),
    (np.unique, (M,), {"axis": 3}), (np.linspace, (V, 1.0, -1), {}), (np.linspace, (V, np.ones(3)), {}),
    (np.geomspace, (V * 0, 1.0), {}), (np.apply_along_axis, (np.sum, 5, M), {}), (np.zeros_like, (V,), {"shape": -1}),
    (np.full_like, (V, M), {}), (np.trim_zeros, (V, "x"), {}), (operator.getitem, (V, 99), {}),
    (operator.getitem, (V, (0, 0)), {}), (operator.getitem, (V, 0.5), {}), (operator.getitem, (V, "a"), {}),
    (operator.getitem, (M, ([0, 1], [0, 1, 2])), {}), (operator.getitem, (M, np.ones(7, bool)), {}),
    (np.put, (V, 99, 1.0), {}), (np.put, (V, 1, 1.0, "no"), {}), (np.copyto, (V, M), {}),
    (np.place, (V, V > -99, []), {}), (np.fill_diagonal, (V, 1.0), {}),
    (np.put_along_axis, (M, np.array([0]), 1.0, 0), {}), (np.bincount, ([-1, 0], V[:2]), {}),
    (np.bincount, ([1, 0], V), {}), (np.lib.stride_tricks.sliding_window_view, (V, 99), {}),
]


def wrong_id(value):
    return getattr(value, "__name__", None) if callable(value) else None


@pytest.mark.parametrize(("fn", "args", "kwargs"), WRONG, ids=wrong_id)
def test_throws_what_numpy_throws(fn, args, kwargs):
    def jets(x):
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            return dualad.dual(x.copy(), np.ones((1, *x.shape)))
        return type(x)(map(jets, x)) if isinstance(x, (list, tuple)) else x

    plain = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
    want, got = raised(fn, *plain, **kwargs), raised(fn, *jets(args), **kwargs)
    assert want is not None
    builtin = next(c for c in type(want).__mro__ if c.__module__ == "builtins")
    assert isinstance(got, builtin), f"NumPy: {want!r}, ours: {got!r}"
    assert not isinstance(got, (UnboundLocalError, AttributeError, AssertionError))


def raised(fn, *args, **kwargs):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fn(*args, **kwargs)
        except Exception as error:
            return error
    return None


# ---- through arrays that carry derivatives ----


def seeded(x, seed=5):
    """`x`, floating arrays in it (also in lists) with one random direction."""
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return dualad.dual(x.copy(), draw(seed, (1, *x.shape), x))
    if isinstance(x, (list, tuple)) and any(isinstance(v, np.ndarray) and v.dtype.kind == "f" for v in leaves(x)):
        return type(x)(seeded(v, seed + 1 + i) for i, v in enumerate(x))
    return x


def several(out):
    return list(out) if isinstance(out, (tuple, list)) else [out]


def run(key, args, kwargs):
    """NumPy's public call; functions that write return what they wrote into."""
    fn = getattr(*key) if isinstance(key, tuple) else key
    out = quiet(fn, *args, **kwargs)
    return several(args[0] if key in IN_PLACE else out)


def copied(args):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in args]


def narrow(x):
    if isinstance(x, np.ndarray):
        return x.astype(np.float32) if x.dtype == np.float64 else x
    return type(x)(map(narrow, x)) if isinstance(x, (list, tuple)) else x


@pytest.mark.parametrize("prepare", [lambda x: x, narrow], ids=["float64", "float32"])
@pytest.mark.parametrize(("key", "args", "kwargs"), FLAT)
def test_value_and_dtype_through_derivatives(key, args, kwargs, prepare):
    args = [prepare(a) for a in args]
    given = [seeded(a, 5 + 10 * i) for i, a in enumerate(args)]
    if not any(hasattr(a, "block") for a in leaves_of(given)):
        return
    for got, want in zip(run(key, given, kwargs), run(key, copied(args), kwargs), strict=True):
        assert np.shape(got) == np.shape(want)
        if hasattr(got, "block"):
            assert np.asarray(got.tangents).dtype == got.dtype
            got = got.value
        same_bits(got, want)


def leaves_of(x):
    return [a for v in x for a in leaves_of(v)] if isinstance(x, (list, tuple)) else [x]


@pytest.mark.parametrize(("key", "args", "kwargs"), LINEAR)
def test_plain_operands_beside_traced_ones(key, args, kwargs):
    """The tangent is the sum of the tangents with one operand active at a time."""
    flat = [a for a in leaves(list(args)) if a.dtype == np.float64]
    if len(flat) < 2 or key is np.bincount:
        return

    def tangent(active):
        left = iter(range(len(flat)))

        def fill(x):
            if isinstance(x, np.ndarray):
                k = next(left) if x.dtype == np.float64 else -1
                return dualad.dual(x.copy(), draw(k, (1, *x.shape), x)) if k in active else x
            return type(x)(map(fill, x)) if isinstance(x, (list, tuple)) else x

        out = run(key, [fill(a) for a in args], kwargs)[0]
        return np.asarray(out.tangents) if hasattr(out, "block") else 0.0

    whole = tangent(range(len(flat)))
    np.testing.assert_allclose(sum(tangent([k]) for k in range(len(flat))), whole, rtol=1e-13, atol=1e-13)


def written(key, base, args, kwargs):
    """`base` after something was written into the results of a call on it; None if the results are read-only."""
    for out in run(key, [base, *copy.deepcopy(args[1:])], kwargs):
        if np.ndim(out) and np.size(out) and getattr(out, "dtype", None) == np.float64:
            try:
                out[...] = 0.375
            except ValueError:  # a read-only view
                return None
    return base


def writable(args, key):
    # NumPy warns of writing into the last two, and the zeros of np.imag are read-only
    return isinstance(args[0], np.ndarray) and args[0].dtype == np.float64 and args[0].ndim and key not in (
        *IN_PLACE, np.imag, np.broadcast_arrays, np.meshgrid)


WRITABLE = [p for p in FLAT if writable(p.values[1], p.values[0])]


@pytest.mark.parametrize(("key", "args", "kwargs"), WRITABLE)
def test_writing_into_the_result_reaches_the_argument_where_it_does_in_numpy(key, args, kwargs):
    want = written(key, np.array(args[0], order="C"), args, kwargs)
    got = written(key, dualad.dual(np.array(args[0], order="C"), np.ones((1, *args[0].shape))), args, kwargs)
    if got is None or want is None:
        assert got is want
    else:
        np.testing.assert_array_equal(got.value, want)


@pytest.mark.parametrize(("key", "args", "kwargs"), [p for p in WRITABLE if p.values[1][0].size])
def test_writing_into_the_result_reaches_the_argument_in_every_layout(key, args, kwargs):
    """Directions that are local to their elements, and dense ones."""
    def f(x):
        y = x * 2.0
        written(key, y, args, kwargs)
        return y

    x = np.array(args[0], order="C")
    np.testing.assert_array_equal(quiet(dualad.jacobian(f), x), quiet(dualad.jacobian(f, mode="forward"), x))
