"""The transforms as an interface: arguments, structures, modes, chunks, memory, names, errors.

Decision: every structural test compares with the same derivative taken of one flat array, and
every mode and chunk with the unchunked default, so nothing is typed that can be computed.
"""

import collections
import functools
import inspect
import operator
import pickle

import numpy as np
import pytest

import dualad
from dualad import derivative, errors, hessian, hessian_diag, hessians, jacobian, jacobians, jvp, value_grad_hess
from dualad.api import NonDeterministic
from dualad.schedule.chunks import DEFAULT_MEMORY

X = np.array([0.5, -1.0, 2.0, 1.5])
MAT = np.array([[1.0, 2.0, -1.0, 0.5], [0.0, 1.5, 1.0, -2.0]])
TRANSFORMS = {"derivative": derivative, "jacobian": jacobian, "hessian": hessian, "hessian_diag": hessian_diag,
              "value_grad_hess": value_grad_hess}
ARRAY_TRANSFORMS = {k: v for k, v in TRANSFORMS.items() if k != "derivative"}


def vector(x):
    """Four numbers to three, with curvature everywhere."""
    return np.stack([np.sum(x**3), x[0] * np.exp(x[1]), np.sin(x[2] * x[3])])


def scalar(x):
    return np.sum(np.sin(x[1:] * x[:-1]) * x[0])


def differences(f, x, h=1e-5):
    """Central differences: an oracle for shapes and for what is not analytic."""
    x = np.asarray(x, dtype=float)
    columns = []
    for k in range(x.size):
        e = np.zeros(x.size)
        e[k] = h
        e = e.reshape(x.shape)
        columns.append((np.asarray(f(x + e)) - np.asarray(f(x - e))) / (2 * h))
    return np.moveaxis(np.array(columns), 0, -1).reshape(np.shape(f(x)) + x.shape)


# ---- shapes and values ----

@pytest.mark.parametrize("out", [(), (3,), (2, 2)])
@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3), (2, 1, 5)])
def test_shapes_are_output_plus_input(shape, out, rng):
    x = rng.uniform(0.5, 1.5, shape)[()]
    w = rng.standard_normal((*out, *shape))
    axes = tuple(range(-len(shape), 0))
    f = lambda v: np.sum(w * v * np.exp(v), axis=axes) if shape else w * v * np.exp(v)
    j, h, d = jacobian(f)(x), hessian(f)(x), hessian_diag(f)(x)
    value, first, second = value_grad_hess(f)(x)
    assert np.shape(j) == np.shape(d) == np.shape(first) == out + shape
    assert np.shape(h) == np.shape(second) == out + shape + shape
    np.testing.assert_array_equal(value, f(x))
    np.testing.assert_allclose(j, w * (1 + x) * np.exp(x), rtol=1e-13)
    np.testing.assert_allclose(d, w * (2 + x) * np.exp(x), rtol=1e-13)
    np.testing.assert_array_equal(first, j)
    np.testing.assert_array_equal(second, h)
    n = x.size if shape else 1
    flat = np.reshape(h, (*out, n, n))
    np.testing.assert_allclose(np.diagonal(flat, axis1=-2, axis2=-1).reshape(np.shape(d)), d, rtol=1e-14)
    assert np.count_nonzero(flat) == np.count_nonzero(d)


@pytest.mark.parametrize("mode", hessians.MODES)
def test_vector_valued_hessian(mode):
    h = hessian(vector, mode=mode)(X)
    assert h.shape == (3, 4, 4)
    np.testing.assert_allclose(h, np.swapaxes(h, 1, 2), rtol=1e-13)
    np.testing.assert_allclose(h, differences(jacobian(vector), X), rtol=1e-6, atol=1e-8)
    for k in range(3):
        np.testing.assert_allclose(h[k], hessian(lambda x, k=k: vector(x)[k])(X), rtol=1e-13)


def test_hessian_is_exactly_symmetric():
    for mode in ("auto", "hyperdual"):
        h = hessian(scalar, mode=mode)(X)
        np.testing.assert_array_equal(h, h.T)


def test_derivative_of_any_result():
    assert derivative(lambda t: np.stack([t, t * t]))(3.0).tolist() == [1.0, 6.0]
    assert float(derivative(np.sin)(0.0)) == 1.0
    out = derivative(lambda t: {"a": t * X, "b": (t, 2.0)})(2.0)
    np.testing.assert_array_equal(out["a"], X)
    assert float(out["b"][0]) == 1.0
    assert float(out["b"][1]) == 0.0


def test_jvp_is_the_jacobian_times_the_tangent(rng):
    t = rng.standard_normal(4)
    y, ty = jvp(vector, (X,), (t,))
    np.testing.assert_array_equal(y, vector(X))
    np.testing.assert_allclose(ty, jacobian(vector)(X) @ t, rtol=1e-13)


def test_jvp_of_several_arguments_and_structures():
    f = lambda p, s: (p["a"] * s, p["b"] + s)
    y, ty = jvp(f, ({"a": X, "b": 2.0}, 3.0), ({"a": 2 * X, "b": 1.0}, 1.0))
    np.testing.assert_array_equal(y[0], 3 * X)
    np.testing.assert_array_equal(ty[0], 3 * 2 * X + X)
    assert (float(y[1]), float(ty[1])) == (5.0, 2.0)


# ---- argnums ----

def three(a, b, c):
    return a * b**2 * c**3


@pytest.mark.parametrize("name", ["jacobian", "derivative"])
@pytest.mark.parametrize("argnums", [0, 1, 2, -1, -3, np.int64(2)])
def test_argnums_single(name, argnums):
    point = (1.0, 2.0, 3.0)
    a, b, c = point
    exact = [b**2 * c**3, 2 * a * b * c**3, 3 * a * b**2 * c**2][argnums]
    assert float(TRANSFORMS[name](three, argnums)(*point)) == exact


@pytest.mark.parametrize("argnums", [(0, 1), (2, 0), (0, 1, 2), [1, 2], (-1,), (0, -1)])
def test_argnums_tuple_gives_a_tuple_in_that_order(argnums):
    point = (1.5, 2.0, -3.0)
    got = jacobian(three, argnums)(*point)
    assert isinstance(got, tuple)
    assert [float(v) for v in got] == [float(jacobian(three, k)(*point)) for k in argnums]
    h = hessian(three, argnums)(*point)
    g = lambda z: three(*[z[list(np.array(argnums) % 3).index(k)] if k in np.array(argnums) % 3 else point[k] for k in range(3)])
    want = hessian(g)(np.array([point[k] for k in argnums]))
    np.testing.assert_allclose([[float(v) for v in row] for row in h], want, rtol=1e-13)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_argnums_errors(name):
    make = TRANSFORMS[name]
    with pytest.raises(errors.InputError, match=f"{name}: argnums=3 but the function was called with 3 positional"):
        make(three, 3)(1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match="argnums=-4"):
        make(three, -4)(1.0, 2.0, 3.0)
    for bad in ("x", 1.5, None, True):
        with pytest.raises(errors.InputError, match="argnums takes positions of arguments"):
            make(three, bad)(1.0, 2.0, 3.0)
    with pytest.raises(errors.InputError, match="by position"):
        make(lambda x: x)(x=1.0)
    with pytest.raises(errors.InputError, match="by position"):
        make(lambda x: x)()


@pytest.mark.parametrize("name", ARRAY_TRANSFORMS)
def test_repeated_or_empty_argnums_are_refused(name):
    for bad in ((0, 0), (0, -3)):
        with pytest.raises(errors.InputError, match="argnums"):
            ARRAY_TRANSFORMS[name](three, bad)(1.0, 2.0, 3.0)
    with pytest.raises(errors.InputError, match="nothing to differentiate|argnums"):
        ARRAY_TRANSFORMS[name](three, ())(1.0, 2.0, 3.0)


def test_other_arguments_are_constants_of_any_type():
    def f(x, n, word, array, flag=False, *, scale):
        return np.sum(x**n) * len(word) * array.sum() * (2 if flag else 1) * scale

    got = jacobian(f)(X, 2, "abc", np.arange(3), flag=True, scale=np.int8(2))
    np.testing.assert_array_equal(got, 2 * X * 3 * 3 * 2 * 2)


def test_keyword_arguments_are_passed_and_not_differentiated():
    f = lambda x, *, k=1.0: k * x * x
    assert float(derivative(f)(3.0, k=2.0)) == 12.0
    assert float(hessian(f)(3.0, k=2.0)) == 4.0
    assert float(value_grad_hess(f)(3.0, k=2.0)[0]) == 18.0
    np.testing.assert_array_equal(hessian_diag(f)(X, k=2.0), np.eye(4) * 4.0)


# ---- has_aux ----

@pytest.mark.parametrize("name", TRANSFORMS)
def test_has_aux(name):
    def f(x):
        y = x * x * x
        return y, {"value": y, "word": "w", "list": [y, 1], "n": None, "count": 3}

    out = TRANSFORMS[name](f, has_aux=True)(2.0)
    plain = TRANSFORMS[name](lambda x: f(x)[0])(2.0)
    aux = out[-1]
    rest = out[0] if len(out) == 2 else out[:-1]
    np.testing.assert_array_equal(rest, plain)
    assert float(aux["value"]) == 8.0
    assert type(aux["value"]) in (float, np.float64)
    assert (aux["word"], aux["n"], aux["count"], float(aux["list"][0])) == ("w", None, 3, 8.0)


def test_has_aux_of_jvp():
    y, ty, aux = jvp(lambda x: (x * x, x), (3.0,), (1.0,), has_aux=True)
    assert (float(y), float(ty), float(aux)) == (9.0, 6.0, 3.0)


@pytest.mark.parametrize("mode", hessians.MODES)
def test_has_aux_of_hessian_in_every_mode(mode):
    h, aux = hessian(lambda x: (scalar(x), x[0]), has_aux=True, mode=mode)(X)
    np.testing.assert_allclose(h, hessian(scalar)(X), rtol=1e-13)
    assert type(aux) in (float, np.float64)
    assert float(aux) == X[0]


def test_aux_arrays_are_plain_and_usable_afterwards():
    _, aux = jacobian(lambda x: (x, x * 2.0), has_aux=True)(X)
    assert type(aux) is np.ndarray
    np.testing.assert_array_equal(aux + 1.0, 2 * X + 1)
    _, aux = jacobian(lambda x: (x, x * 2.0), has_aux=True)(np.ones(20))
    assert type(aux) is np.ndarray


@pytest.mark.parametrize("bad", [lambda x: x, lambda x: (x, x, x), lambda x: [x, 1]], ids=["one", "three", "list"])
def test_has_aux_errors(bad):
    for make in TRANSFORMS.values():
        with pytest.raises(errors.OutputError, match=r"with has_aux=True .* must return \(result, aux\)"):
            make(bad, has_aux=True)(1.0)


# ---- structures ----

Pair = collections.namedtuple("Pair", ["left", "right"])


class Derived(dict):
    """A subclass of dict is a dict."""


STRUCTURES = {
    "tuple": (2.0, X), "list": [X, 2.0], "dict": {"b": X, "a": 2.0}, "namedtuple": Pair(2.0, X), "nested": {"p": (X, [2.0, MAT]),
    "q": Pair(X, {"r": 1.5})}, "one leaf": {"a": X}, "ordered": collections.OrderedDict([("z", X), ("a", 1.0)]),
    "with empties": {"a": X, "b": [], "c": ()}, "scalars": (1.0, 2.0, 3.0), "subclass": Derived(a=2.0, b=X),
    "zero size": (X, np.zeros(0)), "defaultdict": collections.defaultdict(float, {"a": 2.0}),
}


def leaves(tree):
    if isinstance(tree, dict):
        return [v for t in tree.values() for v in leaves(t)]
    if isinstance(tree, (list, tuple)):
        return [v for t in tree for v in leaves(t)]
    return [tree]


def pack(tree):
    return np.concatenate([np.ravel(v) for v in leaves(tree)])


def unpack(tree, z):
    """The structure of `tree` filled from a flat array."""
    z = iter(np.split(z, np.cumsum([np.size(v) for v in leaves(tree)])[:-1]))

    def build(t):
        if isinstance(t, dict):
            return {k: build(v) for k, v in t.items()}
        if isinstance(t, (list, tuple)):
            return [build(v) for v in t]
        return next(z).reshape(np.shape(t))

    return build(tree)


def energy(tree):
    """A coupled function of every leaf."""
    total = 0.0
    for k, v in enumerate(leaves(tree)):
        total = total + np.sum(np.sin((k + 1) * v)) * (1.0 + total)
    return total


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("mode", jacobians.MODES)
def test_structured_inputs(name, mode):
    tree = STRUCTURES[name]
    got = jacobian(energy, mode=mode)(tree)
    want = jacobian(lambda z: energy(unpack(tree, z)))(pack(tree))
    assert type(got) is type(tree) or isinstance(tree, dict) and isinstance(got, dict)
    if isinstance(tree, dict):
        assert list(got) == list(tree)
    for g, leaf in zip(leaves(got), leaves(tree), strict=True):
        assert np.shape(g) == np.shape(leaf)
    np.testing.assert_allclose(pack(got), want, rtol=1e-13)


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("mode", hessians.MODES)
def test_structured_hessian_is_nested(name, mode):
    tree = STRUCTURES[name]
    got = hessian(energy, mode=mode)(tree)
    want = hessian(lambda z: energy(unpack(tree, z)))(pack(tree))
    sizes = [np.size(v) for v in leaves(tree)]
    blocks = np.split(want, np.cumsum(sizes)[:-1], axis=0)
    flat = leaves(got)
    assert len(flat) == len(sizes) ** 2
    for i, a in enumerate(leaves(tree)):
        for j, (b, block) in enumerate(zip(leaves(tree), np.split(blocks[i], np.cumsum(sizes)[:-1], axis=1), strict=True)):
            found = flat[i * len(sizes) + j]
            assert np.shape(found) == np.shape(a) + np.shape(b)
            np.testing.assert_allclose(np.reshape(found, block.shape), block, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", STRUCTURES)
def test_structured_results(name):
    tree = STRUCTURES[name]
    f = lambda s: rebuild(tree, [v * s for v in leaves(tree)])
    got = derivative(f)(2.0)
    assert type(got) is type(tree) or isinstance(tree, dict) and isinstance(got, dict)
    np.testing.assert_array_equal(pack(got), pack(tree))
    value, slope = jvp(f, (2.0,), (1.0,))
    np.testing.assert_array_equal(pack(value), 2 * pack(tree))
    np.testing.assert_array_equal(pack(slope), pack(tree))


def rebuild(tree, values):
    values = iter(values)

    def build(t):
        if isinstance(t, dict):
            return {k: build(v) for k, v in t.items()}
        if isinstance(t, tuple) and hasattr(t, "_fields"):
            return type(t)(*(build(v) for v in t))
        if isinstance(t, (list, tuple)):
            return type(t)(build(v) for v in t)
        return next(values)

    return build(tree)


def test_structure_in_and_out():
    f = lambda p: {"sum": p["a"] + np.sum(p["b"]), "both": (p["a"] * p["b"], 7.0)}
    j = jacobian(f)({"a": 2.0, "b": X})
    assert float(j["sum"]["a"]) == 1.0
    np.testing.assert_array_equal(j["sum"]["b"], np.ones(4))
    np.testing.assert_array_equal(j["both"][0]["a"], X)
    np.testing.assert_array_equal(j["both"][0]["b"], 2 * np.eye(4))
    assert float(j["both"][1]["a"]) == 0.0
    np.testing.assert_array_equal(j["both"][1]["b"], np.zeros(4))
    h = hessian(f)({"a": 2.0, "b": X})
    np.testing.assert_array_equal(h["both"][0]["a"]["b"], np.eye(4))
    np.testing.assert_array_equal(h["both"][0]["b"]["a"], np.eye(4))
    assert h["both"][0]["b"]["b"].shape == (4, 4, 4)


def test_function_may_change_its_structure_in_place():
    def f(p):
        p["a"] = p["a"] * 2.0
        p["c"] = p["a"]
        return p["a"] * p["b"]

    tree = {"a": 2.0, "b": 3.0}
    got = jacobian(f)(tree)
    assert {k: float(v) for k, v in got.items()} == {"a": 6.0, "b": 4.0}
    assert tree == {"a": 2.0, "b": 3.0}


# ---- constants ----

CONSTANTS = {"float": 3.0, "array": np.ones((2, 2)), "int": 2, "bool": True, "np.float64": np.float64(2), "int array": np.arange(3)}


@pytest.mark.parametrize("name", CONSTANTS)
@pytest.mark.parametrize("n", [4, 20])
def test_constant_function_has_zero_derivatives_of_the_right_shape(name, n):
    c = CONSTANTS[name]
    x = np.ones(n)
    for mode in jacobians.MODES:
        np.testing.assert_array_equal(jacobian(lambda v: c, mode=mode)(x), np.zeros((*np.shape(c), n)))
    for mode in hessians.MODES:
        np.testing.assert_array_equal(hessian(lambda v: c, mode=mode)(x), np.zeros((*np.shape(c), n, n)))
    np.testing.assert_array_equal(hessian_diag(lambda v: c)(x), np.zeros((*np.shape(c), n)))
    np.testing.assert_array_equal(value_grad_hess(lambda v: c)(x)[0], c)
    np.testing.assert_array_equal(jvp(lambda v: c, (x,), (x,))[1], np.zeros(np.shape(c)))
    np.testing.assert_array_equal(derivative(lambda v: c)(1.0), np.zeros(np.shape(c)))


@pytest.mark.parametrize("n", [4, 20])
def test_mixed_constant_and_active_results(n):
    x = np.linspace(1.0, 2.0, n)
    f = lambda v: (3.0, v * v, np.ones(2), v[0])
    for mode in jacobians.MODES:
        j = jacobian(f, mode=mode)(x)
        assert [a.shape for a in j] == [(n,), (n, n), (2, n), (n,)]
        np.testing.assert_array_equal(j[1], np.diag(2 * x))
        assert not j[0].any()
    h = hessian(f)(x)
    assert [a.shape for a in h] == [(n, n), (n, n, n), (2, n, n), (n, n)]


def test_constant_result_is_not_aliased():
    c = np.ones(3)
    value, _, _ = value_grad_hess(lambda x: c)(X)
    y, _ = jvp(lambda x: c, (X,), (X,))
    value[:], y[:] = 5.0, 5.0
    np.testing.assert_array_equal(c, np.ones(3))


# ---- modes, chunks, memory ----

CHUNKS = [1, 2, 3, 4, 5, 100]


@pytest.mark.parametrize("chunk", CHUNKS)
def test_chunked_equals_unchunked(chunk):
    np.testing.assert_array_equal(jacobian(vector, chunk=chunk)(X), jacobian(vector, mode="forward")(X))
    want = hessian(vector, mode="hyperdual")(X)
    np.testing.assert_allclose(hessian(vector, chunk=chunk)(X), want, rtol=1e-14)
    np.testing.assert_allclose(hessian(vector, mode="forward", chunk=chunk)(X), want, rtol=1e-13)
    diagonal = np.diagonal(want, axis1=1, axis2=2)
    np.testing.assert_allclose(hessian_diag(vector, chunk=chunk)(X), diagonal, rtol=1e-14)
    v, g, h = value_grad_hess(vector, chunk=chunk)(X)
    np.testing.assert_array_equal(v, vector(X))
    np.testing.assert_allclose(g, jacobian(vector)(X), rtol=1e-14)
    np.testing.assert_allclose(h, want, rtol=1e-14)


@pytest.mark.parametrize("name", ["nested", "zero size", "scalars"])
@pytest.mark.parametrize("chunk", [1, 3])
def test_chunks_across_the_leaves_of_a_structure(name, chunk):
    tree = STRUCTURES[name]
    np.testing.assert_allclose(pack(jacobian(energy, chunk=chunk)(tree)), pack(jacobian(energy)(tree)), rtol=1e-13)
    a, b = hessian(energy, chunk=chunk)(tree), hessian(energy)(tree)
    np.testing.assert_allclose(pack(a), pack(b), rtol=1e-12, atol=1e-14)


def counted(f):
    calls = []

    def g(x):
        calls.append(np.shape(x))
        return f(x)

    return g, calls


DENSE = {"jacobian": "forward", "hessian": "hyperdual", "hessian_diag": "hyperdual", "value_grad_hess": "hyperdual"}


@pytest.mark.parametrize("n", [8, 12])
@pytest.mark.parametrize("name", ARRAY_TRANSFORMS)
def test_small_memory_means_more_calls_and_the_same_result(name, n):
    x = np.linspace(0.5, 1.5, n)
    f = lambda v: np.sum(np.exp(np.outer(v, v)))
    g, calls = counted(f)
    full = ARRAY_TRANSFORMS[name](f)(x)
    small = ARRAY_TRANSFORMS[name](g, mode=DENSE[name], memory=8 * n * 6)(x)
    assert 1 < len(calls) <= n * (n + 1) // 2
    for a, b in zip(full if isinstance(full, tuple) else [full], small if isinstance(small, tuple) else [small], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("memory", [0, 1, 8, 100])
def test_tiny_memory_still_works(memory):
    np.testing.assert_allclose(jacobian(vector, memory=memory)(X), jacobian(vector)(X), rtol=1e-14)
    np.testing.assert_allclose(hessian(vector, memory=memory)(X), hessian(vector)(X), rtol=1e-13)
    np.testing.assert_allclose(hessian_diag(vector, memory=memory)(X), hessian_diag(vector)(X), rtol=1e-13)


@pytest.mark.parametrize("chunk", [1, 2, 5, 7])
def test_number_of_calls_is_the_number_of_chunks(chunk):
    f, calls = counted(scalar)
    jacobian(f, mode="forward", chunk=chunk)(X)
    parts = -(-4 // min(chunk, 4))
    assert len(calls) == parts
    f, calls = counted(scalar)
    hessian(f, chunk=chunk)(X)
    assert len(calls) == parts * (parts + 1) // 2
    f, calls = counted(scalar)
    hessian_diag(f, chunk=chunk)(X)
    assert len(calls) == parts


def test_local_directions_that_outgrow_memory_start_again_in_chunks():
    n = 40
    f, calls = counted(lambda x: np.exp(-np.sum(x * x)) * np.cumsum(x))
    x = np.linspace(-0.2, 0.2, n)
    got = jacobian(f, memory=8 * n * 11)(x)
    assert 1 < len(calls) <= 1 + n
    np.testing.assert_allclose(got, jacobian(f)(x), rtol=1e-13, atol=1e-16)


def test_blocks_stay_within_memory():
    """What the function sees never exceeds the limit (one direction at least)."""
    limit, n = 8 * 50 * 11, 50
    widest = []

    def f(x):
        widest.append(x.block.nbytes)
        return np.sum(x * x)

    jacobian(f, mode="forward", memory=limit)(np.ones(n))
    assert max(widest) <= limit
    assert len(widest) == 5
    widest.clear()
    hessian(f, mode="hyperdual", memory=limit)(np.ones(n))
    assert max(widest) <= limit


def test_default_memory_takes_ordinary_problems_in_one_call():
    f, calls = counted(lambda x: np.sum(x**3))
    hessian(f)(np.ones(300))
    hessian(f, mode="hyperdual")(np.ones(100))
    jacobian(f)(np.ones(5000))
    assert len(calls) == 3
    assert DEFAULT_MEMORY == inspect.signature(jacobian).parameters["memory"].default


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2", (1,)])
def test_chunk_errors(bad):
    for make in ARRAY_TRANSFORMS.values():
        with pytest.raises(ValueError, match="chunk must be a positive number of directions"):
            make(scalar, chunk=bad)(X)


@pytest.mark.parametrize("name", ARRAY_TRANSFORMS)
@pytest.mark.parametrize("bad", ["backward", "", None, 1, "Forward"])
def test_mode_errors(name, bad):
    with pytest.raises(ValueError, match=r"mode=.*is not available for a .*: choose one of 'auto'"):
        ARRAY_TRANSFORMS[name](scalar, mode=bad)


@pytest.mark.parametrize("name", ["hessian_diag"])
def test_forward_mode_where_it_does_not_exist(name):
    """The text names the mode that was asked for and only modes that work."""
    with pytest.raises(ValueError, match=r"mode='forward' is not available.*'hyperdual'") as caught:
        TRANSFORMS[name](scalar, mode="forward")
    assert "'forward'" not in str(caught.value).split("choose")[1]


@pytest.mark.parametrize("n", [3, 7, 8, 9, 33])
def test_all_modes_agree_around_the_threshold_of_local_directions(n, rng):
    x = rng.standard_normal(n)
    f = lambda v: np.tanh(v[1:] * v[:-1]) + v[0] * np.sum(v)
    np.testing.assert_allclose(jacobian(f)(x), jacobian(f, mode="forward")(x), rtol=1e-14, atol=1e-15)
    base = hessian(f, mode="hyperdual")(x)
    for mode in hessians.MODES:
        np.testing.assert_allclose(hessian(f, mode=mode)(x), base, rtol=1e-12, atol=1e-14)


def test_non_deterministic_error():
    state = np.random.default_rng(0)
    f = lambda x: np.sum(x) * state.standard_normal()
    with pytest.raises(NonDeterministic, match="different values in two runs of one derivative.*memory="):
        jacobian(f, mode="forward", chunk=1)(X)
    assert issubclass(NonDeterministic, RuntimeError)
    assert issubclass(NonDeterministic, errors.DualadError)
    # NaN is not a difference
    np.testing.assert_array_equal(jacobian(lambda x: np.sum(x) * np.nan, chunk=1)(X), np.full(4, np.nan))


# ---- dtype ----

@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
@pytest.mark.parametrize("shape", [(), (4,), (12,)])
def test_dtype_of_the_input_is_kept_everywhere(dtype, shape):
    x = np.ones(shape, dtype)[()]
    f = lambda v: np.sum(v * v * 0.5)
    results = [jacobian(f)(x), jacobian(f, mode="forward")(x), jacobian(f, chunk=1)(x), hessian(f)(x), hessian_diag(f)(x),
               hessian(f, mode="hyperdual")(x), hessian(f, mode="forward")(x), hessian(f, chunk=1)(x), *value_grad_hess(f)(x),
               *jvp(f, (x,), (x,))]
    assert [np.asarray(r).dtype for r in results] == [np.dtype(dtype)] * len(results)
    if not shape:
        assert derivative(f)(x).dtype == dtype


def test_mixed_dtypes_of_leaves():
    g = jacobian(lambda p: np.sum(p[0]) * np.sum(p[1]))((X.astype(np.float32), X))
    assert [a.dtype for a in g] == [np.float32, np.float64]
    h = hessian(lambda p: np.sum(p[0]) * np.sum(p[1]))((X.astype(np.float32), X))
    np.testing.assert_array_equal(h[0][1], np.ones((4, 4)))


def test_scalars_come_back_as_numpy_scalars_or_floats():
    for out in (derivative(np.sin)(1.0), jacobian(np.sin)(1.0), hessian(np.sin)(1.0), jvp(np.sin, (1.0,), (1.0,))[1]):
        assert isinstance(out, float)
        assert np.ndim(out) == 0


# ---- names, callables, errors ----

def documented(x):
    """The docstring of the function."""
    return x * x


@pytest.mark.parametrize("name", TRANSFORMS)
def test_names_and_docs_are_kept(name):
    g = TRANSFORMS[name](documented)
    assert g.__name__ == f"{name}_of_documented"
    assert g.__doc__ == documented.__doc__
    assert g.__wrapped__ is documented
    assert g.__module__ == documented.__module__
    assert list(inspect.signature(g).parameters) == ["x"]
    assert "documented" in repr(g)


class Callable:
    def __call__(self, x):
        return x**3

    def method(self, x):
        return x**3

    @staticmethod
    def static(x):
        return x**3

    @classmethod
    def klass(cls, x):
        return x**3


CALLABLES = {
    "ufunc": (np.square, 4.0), "lambda": (lambda x: x**3, 12.0), "partial": (functools.partial(operator.mul, 3.0), 3.0),
    "partial with keyword": (functools.partial(lambda x, k: k * x, k=5.0), 5.0), "object": (Callable(), 12.0),
    "bound method": (Callable().method, 12.0), "static method": (Callable.static, 12.0), "class method": (Callable.klass, 12.0),
    "builtin abs": (abs, 1.0), "builtin pow": (functools.partial(lambda e, b: pow(b, e), 3), 12.0), "numpy function":
    (np.sum, 1.0), "operator": (operator.neg, -1.0), "another derivative": (derivative(lambda x: x**3), 12.0),
}


@pytest.mark.parametrize("name", CALLABLES)
def test_any_callable(name):
    f, want = CALLABLES[name]
    assert float(derivative(f)(2.0)) == want
    assert float(jacobian(f)(2.0)) == want
    hessian(f)(2.0)


def test_cached_functions_are_refused_by_hash():
    """A cache keyed by value would hand one call's derivative to another."""
    square = functools.lru_cache(lambda x: x * x)
    with pytest.raises(TypeError, match="unhashable type: 'DualScalar'"), dualad.capturing(False):
        derivative(square)(2.0)
    assert derivative(square)(2.0) == 4.0  # in the capturing scope the function behind the cache is called
    assert square.cache_info().currsize == 0


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("bad", [3.0, None, X, "f"], ids=["float", "None", "array", "str"])
def test_not_a_function(name, bad):
    with pytest.raises(errors.InputError, match=rf"{name}\(\) takes a function, found {type(bad).__name__}: write {name}\(f\)"):
        TRANSFORMS[name](bad)


def test_jvp_not_a_function():
    with pytest.raises(errors.InputError, match=r"jvp\(\) takes a function, found float"):
        jvp(3.0, (1.0,), (1.0,))


@pytest.mark.parametrize("bad", [X, MAT, [1.0], (1.0, 2.0), {"a": 1.0}], ids=["vector", "matrix", "list", "tuple", "dict"])
def test_derivative_takes_one_number(bad):
    with pytest.raises(errors.InputError, match="must be one real number, found .*use dualad.jacobian"):
        derivative(lambda x: x)(bad)


def test_derivative_accepts_an_array_of_rank_zero():
    assert float(derivative(np.sin)(np.array(0.0))) == 1.0


@pytest.mark.parametrize("name", TRANSFORMS)
def test_errors_name_the_transform_and_the_argument(name):
    with pytest.raises(errors.DtypeError, match=f"{name}: argument 1.*int64"):
        TRANSFORMS[name](lambda a, b: a * b, 1)(1.0, 2)


def test_errors_of_the_users_own_arguments_are_pythons():
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        jacobian(three)(1.0, 2.0)
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        jacobian(documented)(1.0, k=2)


def test_transformed_functions_of_module_functions_can_be_reused_and_are_independent():
    g = jacobian(vector)
    first = g(X)
    np.testing.assert_array_equal(g(X), first)
    g(np.ones(4))
    np.testing.assert_array_equal(g(X), first)
    with pytest.raises((AttributeError, pickle.PicklingError), match="pickle|local"):
        pickle.dumps(g)


def test_public_names_exist_and_are_documented():
    for name in dualad.__all__:
        member = getattr(dualad, name)
        assert member is not None
        if callable(member) and not inspect.isclass(member):
            text = inspect.getdoc(member)
            taken = ("Parameters",) if inspect.signature(member).parameters else ()
            for section in (*taken, "Returns", "Raises", "Examples"):
                assert section in text, f"{name} has no {section}"
