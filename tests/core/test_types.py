"""Dual and hyper-dual arrays and scalars as types: parts, printing, views, methods, copying.

The oracle of indexing and assignment is NumPy on one plain array for each component: what
`x[key] = y` does to the value it does to every component.  The list of ndarray methods is
walked, not typed.
"""

import copy
import operator
import pickle
import re

import numpy as np
import pytest

import dualad
from dualad import DualArray, DualScalar, HyperDualArray, HyperDualScalar, dual, errors, hyperdual
from dualad.core import jets
from dualad.core.jets import Jet, make

V = np.array([1.0, 2.0, 3.0])


def sample(shape, P=2, seed=0, order=1):
    """A dual or hyper-dual array with random components."""
    rng = np.random.default_rng(seed)
    if order == 1:
        return dual(rng.standard_normal(shape), rng.standard_normal((P, *shape)))
    parts = [rng.standard_normal((P, *shape)), rng.standard_normal((P, *shape)), rng.standard_normal((P, P, *shape))]
    return hyperdual(rng.standard_normal(shape), *parts)


def parts(x):
    """All components as plain arrays, absent ones as zeros."""
    layout, block = x.layout, np.array(x.block)
    full = np.zeros((1 + layout.P + layout.M, *x.shape))
    full[: block.shape[0]] = block
    return full


# ---- constructors and parts ----

def test_dual_of_a_float():
    d = dual(2.0, 1.0)
    assert type(d) is DualScalar
    assert (float(d.value), d.tangents.shape, float(d.tangents[0])) == (2.0, (1,), 1.0)
    assert (d.shape, d.ndim, d.size, d.dtype, d.itemsize, d.nbytes) == ((), 0, 1, np.dtype(float), 8, 8)


def test_dual_of_an_array():
    d = dual(V, [V, 2 * V])
    assert type(d) is DualArray
    np.testing.assert_array_equal(d.value, V)
    np.testing.assert_array_equal(d.tangents, [V, 2 * V])
    assert (d.shape, d.ndim, d.size, d.dtype, d.itemsize, d.nbytes) == ((3,), 1, 3, np.dtype(float), 8, 24)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (0,), (2, 0, 3)])
@pytest.mark.parametrize("P", [1, 2, 5])
def test_shapes_of_parts(shape, P):
    d = sample(shape, P)
    assert d.tangents.shape == (P, *shape)
    h = sample(shape, P, order=2)
    assert h.e1.shape == h.e2.shape == (P, *shape)
    assert h.e12.shape == (P, P, *shape)
    assert isinstance(d, DualArray if shape else DualScalar)
    assert isinstance(h, HyperDualArray if shape else HyperDualScalar)


def test_hyperdual_layouts():
    """Two sets of directions of different number; the same set twice by default."""
    h = hyperdual(V, np.ones((2, 3)), np.full((4, 3), 2.0))
    y = h * h * h
    assert y.e1.shape == (2, 3)
    assert y.e2.shape == (4, 3)
    assert y.e12.shape == (2, 4, 3)
    np.testing.assert_allclose(y.e12, np.broadcast_to(6 * V * 2.0, (2, 4, 3)))
    one = hyperdual(V, V) ** 2
    np.testing.assert_array_equal(one.e12, (2 * V * V)[None, None])
    np.testing.assert_array_equal(hyperdual(1.0, 1.0, 1.0, 5.0).e12, [[5.0]])


def test_symmetric_layout_and_pairs_give_the_same_second_derivatives(rng):
    """The layout of hessian() against that of hyperdual(), on a function of both curvatures."""
    f = lambda x: np.sum(np.exp(x[1:] * x[:-1]) / (1 + x[0] ** 2))
    x = rng.standard_normal(4)
    eye = np.eye(4)
    pair = f(hyperdual(x, eye, eye))
    symmetric = f(make(jets.MANUAL, jets.symmetric_layout(4), np.concatenate([x[None], eye])))
    diagonal = f(make(jets.MANUAL, jets.diagonal_layout(4), np.concatenate([x[None], eye])))
    np.testing.assert_allclose(pair.e12, symmetric.e12, rtol=1e-14)
    np.testing.assert_allclose(np.diag(pair.e12), np.diag(diagonal.e12), rtol=1e-14)
    np.testing.assert_allclose(pair.e12, dualad.hessian(f)(x), rtol=1e-14)
    np.testing.assert_array_equal(pair.e12, pair.e12.T)
    np.testing.assert_allclose(symmetric.e1, symmetric.tangents)
    assert not np.any(diagonal.e12 - np.diag(np.diag(diagonal.e12)))


def test_dual_has_no_second_order_parts():
    for name in ("e1", "e2", "e12"):
        with pytest.raises(AttributeError, match="DualArray has no e.*first derivatives only"):
            getattr(dual(V, V), name)


def test_types_are_not_made_by_calling_them():
    for cls in (DualArray, DualScalar, HyperDualArray, HyperDualScalar):
        with pytest.raises(TypeError, match=r"dualad\.dual\(value, tangents\)"):
            cls(1.0)


def test_constructor_errors():
    with pytest.raises(errors.TangentError, match=r"e12 has shape \(2,\).*\(1, 1, 3\)"):
        hyperdual(V, V, V, np.ones(2))
    with pytest.raises(errors.InputError, match="inside other derivatives"):
        dual(dual(1.0, 1.0), 1.0)
    with pytest.raises(errors.InputError, match="dualad.hessian"):
        hyperdual(dual(1.0, 1.0), 1.0)
    with pytest.raises(TypeError, match="int64.*no derivatives"):
        dual(np.arange(3), np.ones(3))
    with pytest.raises(errors.LayoutError, match="different directions.*same number of tangents"):
        dual(V, V) + dual(V, [V, V])
    with pytest.raises(errors.LayoutError, match="different directions"):
        dual(V, V) * hyperdual(V, V)


# ---- absent tangents ----

def test_absent_tangents_stay_absent_and_free():
    d = dual(V)
    for y in (d, d * 2.0, np.sin(d), d + V, np.sum(d), d[1:], np.concatenate([d, V]), d @ V, np.max(d), d.reshape(3, 1), d**2,
              np.var(d), np.cumsum(d), np.where(d > 1, d, 0.0), np.sort(d), d.copy(), d.T):
        assert y.block.shape[0] == 1, "a tangent appeared from nowhere"
        assert not y.tangents.any()
        assert y.tangents.shape == (1, *y.shape)
        assert "no tangents" in repr(y)


def test_absent_tangents_do_not_touch_partials():
    """log of a constant 0: no infinite slope, whoever it is combined with."""
    with np.errstate(all="raise"):
        y = np.sqrt(dual(np.zeros(3))) + dual(V, V)
    np.testing.assert_array_equal(y.tangents, [V])


def test_absent_second_order_stays_absent_through_linear_functions():
    h = hyperdual(V, V)
    for y in (h * 2.0, h + 1.0, h[1:], np.sum(h), np.concatenate([h, h]), V @ h, -h, np.cumsum(h), h / 2.0):
        assert y.block.shape[0] == 1 + y.layout.P
        assert not y.e12.any()
    assert (h * h).block.shape[0] == 1 + h.layout.P + h.layout.M


def test_absent_block_grows_through_views():
    y = dual(np.zeros(4))
    view, other = y[1:], y[1:][::2]
    y2 = y.reshape(2, 2)
    assert view.block.shape[0] == 1
    view[0] = dual(5.0, 7.0)
    for a, want in ((y, [0, 7, 0, 0]), (view, [7, 0, 0]), (other, [7, 0]), (y2, [[0, 7], [0, 0]])):
        np.testing.assert_array_equal(a.tangents[0], want)
    y2[1, 1] = dual(1.0, 3.0)
    np.testing.assert_array_equal(other.tangents[0], [7, 3])


def test_second_order_block_grows_through_views():
    y = hyperdual(np.zeros(3), np.zeros(3))
    view = y[:2]
    x = hyperdual(2.0, 1.0)
    view[1] = x * x
    np.testing.assert_array_equal(y.e12[0, 0], [0, 2, 0])
    np.testing.assert_array_equal(view.e12[0, 0], [0, 2])


# ---- printing ----

def test_repr_of_small_arrays_shows_value_and_tangents():
    assert repr(dual(2.0, 1.0)) == "DualScalar(2., tangents=[1.])"
    text = repr(dual(V, V))
    assert re.sub(r"\s+", " ", text) == "DualArray([1., 2., 3.], tangents=[[1., 2., 3.]])"
    assert str(dual(V, V)) == text
    assert f"{dual(2.0, 1.0)}" == repr(dual(2.0, 1.0))
    assert f"{dual(2.0, 1.0):.2f}" == "2.00"


@pytest.mark.parametrize("shape", [(1000,), (300, 300), (20, 30, 40), (100_000,)])
@pytest.mark.parametrize("order", [1, 2])
def test_repr_of_large_arrays_is_short_and_quick(shape, order):
    x = sample(shape, 3, order=order)
    text = repr(x)
    assert len(text) < 2000
    assert "tangents" in text
    assert ("second-order" in text) == (order == 2)


def test_repr_inside_transforms_names_the_level_and_changes_nothing():
    seen = []

    def f(x):
        seen.append(repr(x))
        return np.sum(x * x)

    np.testing.assert_array_equal(dualad.jacfwd(f)(V), 2 * V)
    np.testing.assert_array_equal(dualad.jacobian(f, mode="local")(np.ones(9)), np.full(9, 2.0))
    dualad.jacfwd(dualad.jacfwd(f))(V)
    assert all("level=" in s and s.startswith("DualArray(") for s in seen)
    assert all(len(s) < 400 for s in seen)


def test_repr_is_stable():
    x = sample((2, 3), 2, order=2)
    assert repr(x) == repr(copy.deepcopy(x)) == repr(pickle.loads(pickle.dumps(x)))


# ---- indexing and assignment ----

KEYS = [
    0, -1, np.int64(1), slice(None), slice(1, None), slice(None, None, -1), slice(None, None, 2), slice(5, 2), None, Ellipsis,
    (0,), (0, 1), (slice(None), 0), (Ellipsis, 0), (0, Ellipsis), (None, 0), (slice(None), None), (Ellipsis, None), (),
    ([0, 1],), [1, 0, 1], np.array([0, 1]), np.array([[0, 1], [1, 0]]), (slice(None), [0, 2]), ([0, 1], [2, 0]),
    ([[0], [1]], [0, 2]), (0, [0, 2]), (slice(None), 1, None), (slice(None), np.array([True, False, True])),
    np.array([True, False]), np.array([[True, False, True], [False, True, False]]), (np.array([0]), slice(None)),
    (slice(None, None, -1), slice(None, None, 2)), True, False, (True, 0), np.zeros(0, dtype=int), (..., [1, 1]),
    (slice(0, 1), Ellipsis, slice(1, 2)), (1, None, 2), (np.array(1), 2), (slice(None), slice(None)),
]


def named(key):
    return re.sub(r"\s+", "", repr(key).replace("slice", "").replace("None", "N"))


@pytest.mark.parametrize("key", KEYS, ids=named)
@pytest.mark.parametrize("order", [1, 2])
def test_getitem_is_numpys_on_every_component(key, order):
    x = sample((2, 3), order=order)
    y = x[key]
    want = np.stack([c[key] for c in parts(x)])
    np.testing.assert_array_equal(parts(y), want)
    assert y.shape == want.shape[1:]
    assert isinstance(y, (DualArray, HyperDualArray) if y.shape else (DualScalar, HyperDualScalar))


@pytest.mark.parametrize("key", KEYS, ids=named)
def test_getitem_shares_memory_as_numpy_does(key):
    """Writing to what was read reaches the array exactly if NumPy's would."""
    x, plain = sample((2, 3)), np.zeros((2, 3))
    y, p = x[key], plain[key]
    if not isinstance(p, np.ndarray) or not p.ndim or not isinstance(y, Jet) or not y.shape:
        return
    before = parts(x)
    y[...] = 7.0
    p[...] = 7.0
    want = before.copy()
    want[0][plain == 7.0] = 7.0
    want[1:, plain == 7.0] = 0.0
    np.testing.assert_array_equal(parts(x), want)


@pytest.mark.parametrize("key", KEYS, ids=named)
@pytest.mark.parametrize("source", ["dual", "scalar dual", "constant", "constant array", "list", "absent"])
@pytest.mark.parametrize("order", [1, 2])
def test_setitem_is_numpys_on_every_component(key, source, order):
    x = sample((2, 3), order=order)
    shape = np.zeros((2, 3))[key].shape
    make_value = {
        "dual": lambda: sample(shape, seed=5, order=order), "scalar dual": lambda: sample((), seed=5, order=order),
        "constant": lambda: 4.0, "constant array": lambda: np.arange(np.prod(shape)).reshape(shape),
        "list": lambda: np.full(shape, 2.5).tolist() if np.prod(shape) else np.zeros(shape),
        "absent": lambda: sample(shape, seed=5, order=order).value,
    }[source]
    value = make_value()
    want = parts(x)
    pieces = parts(value) if isinstance(value, Jet) else np.stack([np.asarray(value, dtype=float)] + [
        np.zeros(np.shape(value))] * (len(want) - 1))
    for c, piece in zip(want, pieces, strict=True):
        c[key] = piece
    x[key] = value
    np.testing.assert_array_equal(parts(x), want)


@pytest.mark.parametrize("key", [5, -3, (0, 3), (0, 0, 0), [2], ([0], [3]), 1.5, "a", np.array([True]), (Ellipsis, Ellipsis),
                                 np.array([1.0])], ids=named)
def test_bad_keys_raise_as_numpy(key):
    x, plain = sample((2, 3)), np.zeros((2, 3))
    with pytest.raises((IndexError, TypeError)) as want:  # noqa: PT011
        plain[key]
    with pytest.raises(type(want.value), match=r"index|indices|axis|bool|Ellipsis|ellipsis"):
        x[key]
    with pytest.raises(type(want.value), match=r"index|indices|axis|bool|Ellipsis|ellipsis"):
        x[key] = 1.0


def test_assignment_of_a_wrong_shape_raises_as_numpy():
    for value in (np.ones(2), dual(np.ones(2), np.ones((2, 2))), [1.0, 2.0]):
        with pytest.raises(ValueError, match="could not broadcast"):
            sample((2, 3))[0] = value


VIEWS = [
    lambda a: a[::-1], lambda a: a[1:], lambda a: a.T, lambda a: a[None], lambda a: a.reshape(-1), lambda a: a[..., ::2],
    lambda a: np.swapaxes(a, 0, -1), lambda a: a[0] if a.ndim > 1 else a, lambda a: np.moveaxis(a, 0, -1),
    lambda a: np.squeeze(a) if a.size > 1 else a, lambda a: np.expand_dims(a, -1), lambda a: np.split(a, [1])[1],
    lambda a: np.atleast_2d(a), lambda a: np.diagonal(a).copy() if a.ndim > 1 else a, lambda a: a[:, 0] if a.ndim == 2 else a,
]


class Plain:
    """The oracle: one plain array for each component, on which the same operations are done."""

    def __init__(self, components):
        self.components = components

    def map(self, fn):
        return Plain([fn(c) for c in self.components])

    def assign(self, key, pieces):
        for c, piece in zip(self.components, pieces, strict=True):
            c[key] = piece


def random_key(rng, shape):
    """Basic, integer-array or boolean key of a non-empty array."""
    kind = rng.integers(4)
    n = shape[0]
    if kind == 0:
        return int(rng.integers(n))
    if kind == 1:
        lo = int(rng.integers(n))
        return slice(lo, int(rng.integers(lo, n)) + 1, int(rng.integers(1, 3)))
    if kind == 2:
        # without repetitions: with them the winner is NumPy's business
        return rng.permutation(n)[: int(rng.integers(1, n + 1))]
    return rng.random(shape) < 0.5


def step(rng, x, oracle, order):
    """One random view or assignment on both sides; returns the new handles."""
    if rng.random() < 0.5:
        view = VIEWS[rng.integers(len(VIEWS))]
        y, o = view(x), oracle.map(view)
        return (y, o) if isinstance(y, Jet) and y.shape and 0 not in y.shape else (x, oracle)
    key = random_key(rng, x.shape)
    shape = oracle.components[0][key].shape
    kind = rng.integers(3)
    value = (3.5, None, sample((), seed=int(rng.integers(99)), order=order))[kind] if kind != 1 else sample(
        shape, seed=int(rng.integers(99)), order=order)
    pieces = parts(value) if isinstance(value, Jet) else [value] + [0.0] * (len(oracle.components) - 1)
    x[key] = value
    oracle.assign(key, pieces)
    return x, oracle


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("seed", range(40))
def test_random_views_and_assignments(seed, order):
    """Thirty random views and writes: base and all views agree with NumPy component by component."""
    rng = np.random.default_rng(seed)
    shape = [(4,), (2, 3), (3, 2, 2), (5, 1)][seed % 4]
    x = sample(shape, seed=seed, order=order)
    if seed % 3 == 0:  # start without tangents, so that blocks grow on the way
        x = dual(np.array(x.value)) if order == 1 else x
        x = x if order == 2 else make(x.level, jets.dual_layout(2), np.array(x.block))
    oracle = Plain(list(parts(x)))
    handles = [(x, oracle)]
    for _ in range(30):
        handles.append(step(rng, *handles[rng.integers(len(handles))], order))
    for k, (y, o) in enumerate(handles):
        np.testing.assert_array_equal(parts(y), np.stack(o.components), err_msg=f"handle {k}")


# ---- iteration, len, truth, comparison, hash ----

def test_iteration_and_len():
    x = sample((3, 2))
    rows = list(x)
    assert len(x) == len(rows) == 3
    np.testing.assert_array_equal(np.stack([r.value for r in rows]), x.value)
    rows[1][0] = 5.0
    assert x.value[1, 0] == 5.0
    assert [float(v.value) for v in dual(V, V)] == V.tolist()
    assert [float(v.value) for v in reversed(dual(V, V))] == V[::-1].tolist()
    a, b, c = dual(V, V)
    assert float(b.tangents[0]) == 2.0


def test_scalars_have_no_len_getitem_or_iteration():
    for d in (dual(1.0, 1.0), hyperdual(1.0, 1.0)):
        for name in ("__len__", "__getitem__", "__setitem__", "__iter__", "__contains__"):
            assert not hasattr(type(d), name)
        with pytest.raises(TypeError, match="has no len"):
            len(d)
        with pytest.raises(TypeError, match="not iterable"):
            list(d)
        with pytest.raises(TypeError, match="not subscriptable"):
            d[0]


COMPARISONS = [np.less, np.less_equal, np.equal, np.not_equal, np.greater, np.greater_equal]


@pytest.mark.parametrize("fn", COMPARISONS, ids=lambda f: f.__name__)
def test_comparisons_look_at_values(fn):
    op = {np.less: lambda a, b: a < b, np.less_equal: lambda a, b: a <= b, np.equal: lambda a, b: a == b,
          np.not_equal: lambda a, b: a != b, np.greater: lambda a, b: a > b, np.greater_equal: lambda a, b: a >= b}[fn]
    x, y = dual(V, V), dual(V[::-1].copy(), 2 * V)
    for a, b in ((x, y), (x, V[::-1]), (V, y), (x, 2.0), (2.0, y), (x, np.float64(2.0)), (x, [3.0, 2.0, 1.0]), (x, 2)):
        pa, pb = (v.value if isinstance(v, Jet) else v for v in (a, b))
        for got in (op(a, b), fn(a, b)):
            assert type(got) is np.ndarray
            np.testing.assert_array_equal(got, op(np.asarray(pa), np.asarray(pb)))
    s = dual(2.0, 1.0)
    assert bool(op(s, 2.0)) == bool(op(2.0, 2.0))
    assert bool(op(s, dual(3.0, 0.0))) == bool(op(2.0, 3.0))


def test_comparison_with_other_things():
    x = dual(2.0, 1.0)
    assert (x == None) is False  # noqa: E711
    assert (x != "a") is True
    assert x is not None
    with pytest.raises(TypeError, match="not supported"):
        operator.lt(x, "a")


def test_truth():
    assert dual(2.0, 0.0)
    assert not dual(0.0, 1.0)
    assert dual(np.array([1.0]), np.array([0.0]))
    assert not hyperdual(0.0, 1.0)
    with pytest.raises(ValueError, match="truth value of an array.*ambiguous"):
        bool(dual(V, V))


def test_contains():
    x = dual(V, V)
    assert 2.0 in x
    assert 5.0 not in x


@pytest.mark.parametrize("x", [dual(1.0, 1.0), dual(V, V), hyperdual(1.0, 1.0), hyperdual(V, V)], ids=lambda x: type(x).__name__)
def test_hash_is_refused(x):
    with pytest.raises(TypeError, match=f"unhashable type: '{type(x).__name__}'"):
        hash(x)
    with pytest.raises(TypeError, match="unhashable"):
        dict.fromkeys([x])


# ---- copying and pickling ----

ALL = {"dual scalar": lambda: sample(()), "dual": lambda: sample((2, 3)), "hyperdual scalar": lambda: sample((), order=2),
       "hyperdual": lambda: sample((2, 3), order=2), "absent": lambda: dual(V), "zero size": lambda: sample((0, 2)),
       "float32": lambda: dual(V.astype(np.float32), V.astype(np.float32)), "view": lambda: sample((4, 3))[::2, 1:],
       "many directions": lambda: sample((), P=50), "float32 scalar": lambda: dual(np.float32(2), np.float32(1))}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_round_trip(name, protocol):
    x = ALL[name]()
    y = pickle.loads(pickle.dumps(x, protocol))
    assert type(y) is type(x)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(parts(y), parts(x))
    # still of the same level and layout: it can be combined with the original
    np.testing.assert_array_equal(parts(x + y), 2 * parts(x))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda x: x.copy(), np.copy, lambda x: copy.deepcopy([x])[0]],
                         ids=["copy.copy", "copy.deepcopy", "x.copy()", "np.copy", "deepcopy of a list"])
def test_copies_keep_everything_and_share_nothing(name, how):
    x = ALL[name]()
    y = how(x)
    before = parts(x)
    assert type(y) is type(x)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(parts(y), before)
    if x.shape:
        y[...] = 9.0
        np.testing.assert_array_equal(parts(x), before)


def test_deepcopy_keeps_identity_within_one_structure():
    x = sample((3,))
    a, b = copy.deepcopy([x, x])
    assert a is b


def test_running_levels_are_not_pickled():
    for shape in (1.0, V):
        with pytest.raises(errors.ConversionError, match="running jacobian"):
            dualad.jacobian(pickle.dumps)(shape)


# ---- ndarray methods and attributes, walked ----

ARGUMENTS = {
    "astype": (float,), "compress": ([True, False], 0), "dot": (np.ones(3),), "fill": (2.0,), "item": (0,),
    "partition": (1,), "put": ([0], 5.0), "repeat": (2,), "reshape": (3, 2), "resize": ((3, 2),), "searchsorted": (1.0,),
    "setflags": (), "swapaxes": (0, 1), "take": ([0, 1],), "argpartition": (1,), "clip": (0.0, 1.0), "choose": ([1.0, 2.0],),
    "view": (np.float64,), "newbyteorder": (), "byteswap": (), "tofile": ("/dev/null",), "dump": ("/dev/null",),
    "getfield": (np.float64,), "setfield": (1.0, np.float64), "itemset": (0, 1.0), "to_device": ("cpu",),
    "__array_wrap__": (np.ones(3),), "__array_function__": (np.sin, (), (), {}), "__array_ufunc__": (np.sin, "__call__", V),
    "__getitem__": (0,), "__setitem__": (0, 1.0), "__delitem__": (0,), "__contains__": (1.0,), "__setstate__": ((),),
    "__deepcopy__": ({},), "__format__": ("",), "__reduce_ex__": (2,), "__getattribute__": ("shape",),
    "__setattr__": ("shape", (3, 2)), "__delattr__": ("shape",), "__init_subclass__": (), "__class_getitem__": (float,),
    "__dlpack__": (), "__array_namespace__": (), "__buffer__": (0,),
}
NUMERIC = {"__" + r + n + "__" for n in "add sub mul truediv floordiv mod pow matmul divmod".split() for r in ("", "r", "i")}
COMPARE = {"__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"}
BITS = {"__" + r + n + "__" for n in "and or xor lshift rshift".split() for r in ("", "r", "i")}
OBJECT = set(dir(object)) | {"__class_getitem__", "__doc__", "__array_priority__", "__array_finalize__", "__reduce__"}
MATRIX = np.array([[0.5, 2.0, 1.0], [3.0, 0.25, 1.5]])
REFUSALS = (errors.DualadError, AttributeError)


def call_method(x, name):
    """Attribute or result of the method, with arguments that suit a 2 x 3 array."""
    member = getattr(x, name)
    if not callable(member):
        return member
    if name in NUMERIC or name in COMPARE or name in BITS:
        other = np.ones((3, 3)) if "imatmul" in name else np.ones((3, 2)) if name == "__matmul__" else np.ones(
            (3, 2)) if name == "__rmatmul__" else 2.0
        return member(other)
    return member(*ARGUMENTS.get(name, ()))


NAMES = sorted(n for n in dir(np.ndarray) if n not in OBJECT)


def like(got, want):
    """`got` is NumPy's answer on values, whatever its type."""
    if isinstance(want, (tuple, list)):
        return len(got) == len(want) and all(like(a, b) for a, b in zip(got, want, strict=True))
    if isinstance(got, Jet):
        got = got.value
    if isinstance(want, np.ndarray) or isinstance(want, np.generic):
        return np.array_equal(np.asarray(got), np.asarray(want), equal_nan=True)
    return got == want


@pytest.mark.parametrize("name", NAMES)
def test_every_ndarray_member_works_or_is_refused_by_name(name):
    plain, x = MATRIX.copy(), dual(MATRIX, np.ones((2, 3)))
    error, want = outcome(plain, name)
    refused, got = outcome(x, name)
    if error is not None:
        # bit operations, indices and truth of a float array: NumPy refuses, too
        assert issubclass(refused, (error, *REFUSALS)), f"{name}: {refused} where NumPy raises {error}"
        return
    if refused is not None:
        assert issubclass(refused, REFUSALS), f"{name}: {refused}: {got}"
        assert len(got) > 10
        return
    if name in ("flags", "base", "__array_ufunc__"):
        return
    if name in ("flat", "__iter__"):
        got, want = list(got), list(want)
    assert like(got, want), f"{name}: {got!r} instead of {want!r}"
    np.testing.assert_array_equal(x.value, plain, err_msg="in-place effect")


def outcome(x, name):
    """(None, result) or (class of the error, its text)."""
    try:
        with np.errstate(all="ignore"):
            return None, call_method(x, name)
    except Exception as e:
        return type(e), str(e)


IN_DIR = [n for n in dir(dual(MATRIX, MATRIX)) if not n.startswith("_")]


def test_dir_lists_what_works():
    for name in ("sum", "T", "reshape", "value", "tangents", "max", "argsort"):
        assert name in IN_DIR
    x = dual(MATRIX, MATRIX)
    for name in IN_DIR:
        if name not in ("e1", "e2", "e12"):
            getattr(x, name)


@pytest.mark.parametrize("name", ["nothing", "_private", "__dunder__", "grad", "numpy", "sin", "concatenate"])
def test_unknown_attributes(name):
    for x in (dual(V, V), dual(1.0, 1.0)):
        with pytest.raises(AttributeError, match=f"'{type(x).__name__}' object has no attribute '{name}'"):
            getattr(x, name)
        assert not hasattr(x, name)


def test_unknown_attributes_cannot_be_set():
    """A misspelt assignment must not pass in silence."""
    with pytest.raises(AttributeError, match="shape|attribute"):
        dual(V, V).shape = (3, 1)
    with pytest.raises(AttributeError, match="attribute"):
        dual(V, V).misspelt = 1


# np.resize is another function than the method; searchsorted is for rank one; choose indexes with an integer array
TWINS = [n for n in IN_DIR if callable(getattr(np, n, None)) and callable(getattr(np.ndarray, n, None))
         and n not in ("resize", "searchsorted", "choose")]


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("order", [1, 2])
def test_method_equals_function(name, order):
    """x.sum() and np.sum(x), derivatives included."""
    x = sample((2, 3), order=order)
    args = ARGUMENTS.get(name, ())
    if name == "reshape":
        args = ((3, 2),)
    a, b = copy.deepcopy(x), copy.deepcopy(x)
    if name == "compress":
        args, call = ([True, False], 0), lambda v: np.compress([True, False], v, 0)
    else:
        call = lambda v: getattr(np, name)(v, *args)
    try:
        want = call(b)
    except errors.NoRuleError:
        with pytest.raises(errors.DualadError, match="."):
            getattr(a, name)(*args)
        return
    got = getattr(a, name)(*args)
    in_place = name in ("sort", "partition")
    got = a if in_place else got
    for g, w in zip(got, want, strict=True) if isinstance(want, tuple) else [(got, want)]:
        if isinstance(w, Jet):
            np.testing.assert_array_equal(parts(g), parts(w))
        else:
            np.testing.assert_array_equal(g, w)


def test_searchsorted_method():
    assert dual(V, V).searchsorted(2.5) == 2
    np.testing.assert_array_equal(dual(V, V).searchsorted(dual(V, V)), [0, 1, 2])


def test_reshape_and_transpose_spellings():
    x = sample((2, 3))
    for y in (x.reshape(3, 2), x.reshape((3, 2)), x.reshape(-1, 2), x.reshape([3, 2])):
        np.testing.assert_array_equal(parts(y), parts(x).reshape(3, 3, 2))
    for y in (x.T, x.transpose(), x.transpose(1, 0), x.transpose((1, 0)), x.mT, x.swapaxes(0, 1)):
        np.testing.assert_array_equal(parts(y), parts(x).transpose(0, 2, 1))


def test_value_and_tangents_are_views():
    x = sample((3,))
    x.value[0] = 7.0
    x.tangents[0, 0] = 5.0
    assert float((x * 1.0).value[0]) == 7.0
    assert float((x * 1.0).tangents[0, 0]) == 5.0


# ---- operators ----

OPERATORS = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a**b, lambda a, b: a % b,
             lambda a, b: a // b]


@pytest.mark.parametrize("op", OPERATORS, ids="+ - * / ** % //".split())
@pytest.mark.parametrize("shapes", [((), ()), ((3,), ()), ((), (3,)), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (3,)), ((0,), (1,)),
                                    ((3,), (2, 1, 1))], ids=str)
def test_operators_broadcast_as_numpy_and_sides_agree(op, shapes):
    rng = np.random.default_rng(3)
    a, b = (rng.uniform(0.5, 3.0, s)[()] for s in shapes)
    ta, tb = (rng.standard_normal(s)[()] for s in shapes)
    want = op(a, b)
    both = op(dual(a, ta), dual(b, tb))
    left, right = op(dual(a, ta), b), op(a, dual(b, tb))
    for y in (both, left, right):
        y_value = y.value if isinstance(y, Jet) else y
        np.testing.assert_array_equal(y_value, want)
    if isinstance(both, Jet):
        np.testing.assert_allclose(both.tangents, left.tangents + right.tangents, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("bad", ["a", None, object(), {}, {1.0}, b"x"], ids=["text", "None", "object", "dict", "set", "bytes"])
def test_operators_with_other_things_are_refused(bad):
    for x in (dual(V, V), dual(1.0, 1.0)):
        with pytest.raises(TypeError, match="."):
            x + bad
        with pytest.raises(TypeError, match="."):
            bad * x


def test_lists_and_tuples_are_arrays_to_operators():
    x = dual(V, V)
    np.testing.assert_array_equal((x * [1.0, 2.0, 3.0]).tangents, [V * V])
    np.testing.assert_array_equal(((1, 2, 3) + x).value, 2 * V)


def test_other_types_may_take_over():
    class Other:
        __array_ufunc__ = None

        def __radd__(self, x):
            return "radd"

        def __rmul__(self, x):
            return "rmul"

    assert dual(V, V) + Other() == "radd"
    assert dual(1.0, 1.0) * Other() == "rmul"


def test_subclassing_is_refused_or_works():
    """The compiled types decide by exact type; a subclass must not be half supported."""
    try:
        sub = type("Sub", (DualArray,), {})
    except TypeError:
        return
    with pytest.raises(TypeError, match="make a Sub|dualad"):
        sub()
