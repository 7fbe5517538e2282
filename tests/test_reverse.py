"""Transforms over the tape: gradients, pullbacks, Jacobians by rows, second order, operators, the user's own rules."""

import gc
import sys
import threading

import numpy as np
import pytest
import scipy.sparse.linalg

import dualad
from dualad import errors
from dualad.calls import Inputs
from dualad.gradients import Recording
from dualad.schedule.choice import choose, choose_second
from dualad.trees import flatten

RNG = np.random.default_rng(20261123)
X = RNG.normal(size=6)
A, B = RNG.normal(size=(3, 6)), RNG.normal(size=(9, 6))


def same(a, b, tol=1e-12):
    for (p, u), (q, v) in zip(flatten(a), flatten(b), strict=True):
        assert p == q
        np.testing.assert_allclose(u, v, rtol=tol, atol=tol)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_gradient(x):
    """Differentiated by hand."""
    g = np.zeros_like(x)
    g[:-1] += -400.0 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * (x[1:] - x[:-1] ** 2)
    return g


MAPS = {
    "wide": lambda x: np.tanh(A @ x), "tall": lambda x: np.sin(B @ x) * x[0], "entries": lambda x: x ** 3,
    "tree": lambda x: (x ** 2, {"a": x[0] * x[1], "b": np.ones(2)}), "number": rosenbrock, "constant": lambda x: np.ones(3),
}


def test_gradient_against_the_formula():
    x = RNG.normal(size=50)
    value, gradient = dualad.value_and_grad(rosenbrock)(x)
    assert value == rosenbrock(x)
    np.testing.assert_allclose(gradient, rosenbrock_gradient(x), rtol=1e-13)


def test_gradient_has_the_structure_and_dtype_of_its_argument():
    p = {"w": X.astype(np.float32), "b": [2.0, np.float64(3.0)], "unused": np.ones((2, 2))}
    g, aux = dualad.grad(lambda p: (np.sum(p["w"] ** 2) * p["b"][0] + p["b"][1], p["w"]), has_aux=True)(p)
    assert g["w"].dtype == np.float32
    np.testing.assert_allclose(g["w"], 4 * p["w"], rtol=1e-6)
    assert float(g["b"][1]) == 1.0
    assert not g["unused"].any()
    np.testing.assert_array_equal(aux, p["w"])


def test_gradient_of_something_with_a_shape_says_what_to_do():
    with pytest.raises(errors.OutputError, match=r"must return one real number, found shape \(6,\): reduce it"):
        dualad.grad(np.sin)(X)
    with pytest.raises(errors.OutputError, match="found 2 results of shapes"):
        dualad.grad(lambda x: (x[0], x))(X)


def test_pullbacks_can_be_called_again_and_check_their_cotangent():
    y, pullback = dualad.vjp(lambda x, s: {"y": np.sin(x) * s, "z": x[0]}, X, 2.0)
    first = pullback({"y": np.ones(6), "z": 1.0})
    same(first, pullback({"y": np.ones(6), "z": 1.0}))
    same(first[0], 2 * np.cos(X) + np.eye(6)[0])
    with pytest.raises(errors.TangentError, match="structure"):
        pullback(np.ones(6))
    with pytest.raises(errors.TangentError, match=r"shape \(5,\)"):
        pullback({"y": np.ones(5), "z": 1.0})


def test_what_is_handed_out_is_nobodys_memory():
    g = np.ones(6)
    _, pullback = dualad.vjp(lambda x, z: x + z, X, X)
    a, b = pullback(g)
    assert not any(np.shares_memory(p, q) for p, q in [(a, g), (b, g), (a, b)])


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("chunk", [None, 1, 2])
def test_jacobian_by_rows(name, chunk):
    f = MAPS[name]
    same(dualad.jacobian(f, mode="reverse", chunk=chunk)(X), dualad.jacobian(f, mode="forward")(X))
    same(dualad.jacrev(f)(X), dualad.jacfwd(f)(X))


def test_jacobian_chooses_rows_for_few_outputs_and_directions_for_many():
    calls = []

    def f(x):
        calls.append(type(x).__name__)
        return np.cumsum(x ** 2)[:: len(x) // 5]

    x = RNG.normal(size=100)
    same(dualad.jacobian(f)(x), dualad.jacfwd(f)(x))
    assert calls[0] == "TapeArray"
    assert len(set(calls[:1])) == 1


def test_jacobian_in_several_arguments_and_structures():
    def f(p, s):
        return [p["w"] * s, np.sum(p["w"])]

    forward = dualad.jacobian(f, (0, 1), mode="forward")({"w": X}, 3.0)
    same(dualad.jacobian(f, (0, 1), mode="reverse")({"w": X}, 3.0), forward)


LOSSES = {"rosenbrock": rosenbrock, "net": lambda x: np.sum(np.tanh(A @ x) ** 2), "ratio": lambda x: np.sum(np.exp(-x)) / np.sqrt(x @ x + 1.0)}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("mode", ["forward", "forward-over-reverse", "reverse-over-reverse"])
def test_hessian_modes_agree_with_hyper_duals(name, mode):
    same(dualad.hessian(LOSSES[name], mode=mode)(X), dualad.hessian(LOSSES[name], mode="hyperdual")(X), 1e-10)


@pytest.mark.parametrize("mode", ["forward", "forward-over-reverse", "reverse-over-reverse"])
def test_value_gradient_and_hessian_by_every_mode(mode):
    def f(p, s):
        return {"y": np.sum(np.sin(p) * s), "z": p[0] * s}, p

    want = dualad.value_grad_hess(f, (0, 1), has_aux=True)(X, 2.0)
    same(dualad.value_grad_hess(f, (0, 1), has_aux=True, mode=mode)(X, 2.0), want)
    same(dualad.hessian(f, (0, 1), has_aux=True, mode=mode, chunk=2)(X, 2.0)[0], want[2])
    same(dualad.value_grad_hess(rosenbrock, mode=mode)(X)[1], rosenbrock_gradient(X))


def test_hessians_of_many_inputs_go_over_reverse():
    """One number of 300 inputs that all meet: hyper-duals would carry 45,000 components."""
    x, kinds = RNG.normal(size=300), set()

    def f(x):
        kinds.add(type(x).__name__)
        return np.sum(np.tanh(np.cumsum(x)) ** 2)

    H = dualad.hessian(f)(x)
    assert "HyperDualArray" in kinds    # local directions, as long as that was possible
    v = RNG.normal(size=300)
    same(H @ v, dualad.hvp(f)(x, v), 1e-10)
    assert "TapeArray" in kinds
    assert [choose_second(40), choose_second(41)] == ["hyperdual", "record"]


def test_the_choice_of_a_mode():
    assert [choose(3), choose(4), choose(4, 2), choose(4, 3)] == ["forward", "record", "reverse", "forward"]


@pytest.mark.parametrize("name", LOSSES)
def test_hessian_vector_product(name):
    v = RNG.normal(size=6)
    same(dualad.hvp(LOSSES[name])(X, v), dualad.hessian(LOSSES[name])(X) @ v, 1e-11)


def test_several_vectors_arguments_and_results_beside():
    H = dualad.hessian(rosenbrock)(X)
    V = RNG.normal(size=(4, 6))
    same(dualad.hvp(rosenbrock)(X, V), V @ H, 1e-11)
    assert dualad.hvp(rosenbrock)(X, V[:0]).shape == (0, 6)

    def f(p, s):
        return np.sum(p["a"] ** 3) * s, p["a"]

    (got, slope), aux = dualad.hvp(f, argnums=(0, 1), has_aux=True)({"a": X}, 2.0, ({"a": V[0]}, 1.0))
    same(got["a"], 12 * X * V[0] + 3 * X ** 2)
    same(slope, np.sum(3 * X ** 2 * V[0]))
    same(aux, X)
    stacks = dualad.hvp(f, argnums=(0, 1), has_aux=True)({"a": X}, 2.0, ({"a": V}, np.zeros(4)))[0]
    same(stacks[0]["a"], 12 * X * V)
    same(stacks[1], V @ (3 * X ** 2))


def test_hvp_checks_its_vector():
    with pytest.raises(errors.InputError, match="then the vector"):
        dualad.hvp(rosenbrock)(X)
    with pytest.raises(errors.TangentError, match=r"shape \(5,\)"):
        dualad.hvp(rosenbrock)(X, np.ones(5))
    with pytest.raises(errors.TangentError, match=r"shape \(2, 2, 6\)"):
        dualad.hvp(rosenbrock)(X, np.ones((2, 2, 6)))
    with pytest.raises(errors.TangentError, match=r"the vector has the structure \['\[0\]'\], the argument has \[''\]"):
        dualad.hvp(rosenbrock)(X, [X])


def test_linearize_runs_f_once():
    calls = []

    def f(x):
        calls.append(1)
        return np.tanh(A @ x)

    y, push = dualad.linearize(f, X)
    J = dualad.jacobian(lambda x: np.tanh(A @ x))(X)
    for t in RNG.normal(size=(3, 6)):
        same(push(t), J @ t)
    assert len(calls) == 1
    same(y, np.tanh(A @ X))
    with pytest.raises(errors.TangentError, match=r"structure \['\[0\]', '\[1\]'\], primals have"):
        push(X, X)


def test_jacobian_operator_is_the_jacobian():
    J = dualad.jacobian(MAPS["tall"])(X)
    op = dualad.jacobian_operator(MAPS["tall"])(X)
    assert op.shape == J.shape
    M, N = RNG.normal(size=(6, 2)), RNG.normal(size=(9, 2))
    same(op @ M, J @ M)
    same(op.H @ N, J.T @ N)
    same(op @ X, J @ X)
    solved = scipy.sparse.linalg.lsqr(op, J @ np.ones(6), atol=1e-14, btol=1e-14)[0]
    np.testing.assert_allclose(solved, np.ones(6), rtol=1e-8)


def test_operators_of_structures_and_single_precision():
    f = lambda p: (p["a"] * p["b"], p["b"] ** 2)
    p = {"a": X.astype(np.float32), "b": np.float32(2.0)}
    op = dualad.jacobian_operator(f)(p)
    assert op.dtype == np.float32
    dense = np.block([[2.0 * np.eye(6), X[:, None]], [np.zeros((1, 6)), 4.0]])
    same(op @ np.eye(7), dense, 1e-6)
    same(op.T @ np.eye(7), dense.T, 1e-6)
    assert (op @ np.zeros((7, 0))).shape == (7, 0)
    assert dualad.jacobian_operator(np.sin)(np.zeros(0)).shape == (0, 0)
    with pytest.raises(errors.InputError, match="carries derivatives of an outer transform"):
        dualad.grad(lambda x: np.sum(dualad.jacobian_operator(np.sin)(x) @ X))(X)


@pytest.mark.parametrize("name", LOSSES)
def test_hessian_operator_is_the_hessian(name):
    H = dualad.hessian(LOSSES[name])(X)
    calls = []
    op = dualad.hessian_operator(lambda x: (calls.append(1), LOSSES[name](x))[1])(X)
    same(op @ X, H @ X, 1e-11)
    same(op.T @ np.eye(6), H, 1e-10)
    assert len(calls) == 1
    with pytest.raises(errors.OutputError, match="one real number"):
        dualad.hessian_operator(np.sin)(X)


# ---- marks and rules of the user's own ----

def test_stop_gradient_is_a_constant_at_all_levels():
    f = dualad.grad(lambda x: x ** 2 * dualad.stop_gradient(x))
    assert float(f(3.0)) == 18.0
    assert float(dualad.grad(f)(3.0)) == 6.0
    same(dualad.stop_gradient({"a": X, "b": 1.0}), {"a": X, "b": 1.0})


def two(x, y):
    return np.sin(x) * y, np.sum(x)


def through(block):
    def f(x):
        a, b = block(x, 2.0 * x)
        return np.sum(a ** 2) * b
    return f


@pytest.mark.parametrize("mode", ["forward", "forward-over-reverse", "reverse-over-reverse", "hyperdual"])
def test_checkpoint_changes_nothing_but_memory(mode):
    kept = dualad.checkpoint(two)
    same(dualad.grad(through(kept))(X), dualad.grad(through(two))(X))
    same(dualad.jacobian(lambda x: kept(x, x)[0], mode="reverse")(X), np.diag(np.cos(X) * X + np.sin(X)))
    same(dualad.hessian(through(kept), mode=mode)(X), dualad.hessian(through(two))(X), 1e-10)


def test_checkpoint_keeps_its_arguments_only():
    def deep(x):
        for _ in range(20):
            x = np.sin(x) * x
        return x

    x = RNG.normal(size=10000)
    saved = [Recording(Inputs(f, (x,), {}, 0, "test")).program.nbytes for f in (deep, dualad.checkpoint(deep))]
    assert saved[1] <= x.nbytes
    assert saved[0] >= 20 * x.nbytes


def test_checkpoint_refuses_what_it_cannot_see():
    with pytest.raises(errors.TapeError, match="not one of its arguments"):
        dualad.grad(lambda x: np.sum(dualad.checkpoint(lambda z: z * x)(2.0 * x)))(X)


def product():
    @dualad.custom_vjp
    def linear(x, W):
        return W @ x

    linear.defvjp(lambda x, W: (W @ x, (x, W)), lambda r, g: (r[1].T @ g, g[:, None] * r[0]))
    return linear


@pytest.mark.parametrize("mode", ["forward-over-reverse", "reverse-over-reverse"])
def test_custom_vjp(mode):
    linear = product()
    same(linear(X, A), A @ X)
    got = dualad.grad(lambda x, W: np.sum(np.tanh(linear(x, W))), argnums=(0, 1))(X, A)
    same(got, dualad.grad(lambda x, W: np.sum(np.tanh(W @ x)), argnums=(0, 1))(X, A))
    same(dualad.hessian(lambda x: np.sum(np.tanh(linear(x, A)) ** 2), mode=mode)(X), dualad.hessian(LOSSES["net"])(X), 1e-10)
    same(dualad.jacrev(lambda x: linear(x, A))(X), A)
    with pytest.raises(errors.NoRuleError, match="forward modes cannot use"):
        dualad.jacfwd(lambda x: linear(x, A))(X)


@pytest.mark.parametrize(("bwd", "text"), [
    (lambda r, g: (np.sum(g),), r"cotangent \[0\] shape \(\), expected \(6,\)"),
    (lambda r, g: g, "must return a tuple of 1 cotangents"),
    (lambda r, g: (g, g), "found 2 of them"),
    (lambda r, g: ((g, g),), "structure"),
])
def test_custom_vjp_never_broadcasts(bwd, text):
    double = dualad.custom_vjp(lambda x: 2 * x)
    double.defvjp(lambda x: (2 * x, None), bwd)
    with pytest.raises(errors.TangentError, match=text):
        dualad.grad(lambda x: np.sum(double(x)))(X)


def test_custom_rules_must_be_declared():
    with pytest.raises(errors.RuleError, match="defvjp"):
        dualad.grad(lambda x: np.sum(dualad.custom_vjp(np.sin)(x)))(X)
    with pytest.raises(errors.RuleError, match="defjvp"):
        dualad.grad(lambda x: np.sum(dualad.custom_jvp(np.sin)(x)))(X)


def test_custom_jvp_in_every_mode():
    @dualad.custom_jvp
    def square(x):
        return x * x

    square.defjvp(lambda p, t: (square(*p), 2 * p[0] * t[0]))

    def f(x):
        return np.sum(np.sin(square(x)))

    def plain(x):
        return np.sum(np.sin(x * x))

    same(dualad.grad(f)(X), dualad.grad(plain)(X))
    same(dualad.jacfwd(f)(X), dualad.grad(plain)(X))
    for mode in ("auto", "hyperdual", "forward", "forward-over-reverse", "reverse-over-reverse"):
        same(dualad.hessian(f, mode=mode)(X), dualad.hessian(plain)(X), 1e-11)
    same(dualad.hessian(f, mode="hyperdual", chunk=2)(X), dualad.hessian(plain)(X), 1e-11)
    same(dualad.hessian_diag(f)(X), dualad.hessian_diag(plain)(X))
    same(dualad.jacrev(lambda x: square(x) * x)(X), np.diag(3 * X ** 2))
    square.defjvp(lambda p, t: (square(*p), np.sum(t[0])))
    with pytest.raises(errors.TangentError, match=r"tangent  shape \(\), expected \(6,\)"):
        dualad.jacfwd(f)(X)


def mixture():
    """Three arguments of different kinds, two results, with curvature between them."""
    @dualad.custom_jvp
    def mix(x, s, power):
        return {"y": np.sin(x) * s ** power, "z": np.sum(x) * s}

    def rule(primals, tangents):
        (x, s, power), (tx, ts, tp) = primals, tangents
        assert not np.any(tp)
        return mix(x, s, power), {"y": np.cos(x) * s ** power * tx + np.sin(x) * power * s ** (power - 1) * ts, "z": np.sum(tx) * s + np.sum(x) * ts}

    mix.defjvp(rule)
    return mix


@pytest.mark.parametrize("mode", ["auto", "hyperdual", "forward", "forward-over-reverse", "reverse-over-reverse"])
def test_custom_jvp_of_several_arguments_and_results(mode):
    mix = mixture()

    def loss(block):
        def f(x, s):
            out = block(x ** 2, s, 3)
            return np.sum(out["y"] ** 2) * out["z"]
        return f

    want = dualad.value_grad_hess(loss(mix.f), (0, 1))(X, 1.5)
    same(dualad.value_grad_hess(loss(mix), (0, 1), mode=mode)(X, 1.5), want, 1e-10)
    same(dualad.jacrev(lambda x: mix(x, 1.5, 3))(X), dualad.jacfwd(lambda x: mix.f(x, 1.5, 3))(X))
    same(dualad.jacfwd(lambda s: mix(X, s, 3))(1.5), dualad.jacfwd(lambda s: mix.f(X, s, 3))(1.5))


def test_custom_rules_may_leave_out_what_is_zero():
    first = dualad.custom_jvp(lambda x, y: (x * 2.0, 1.0 * y))
    first.defjvp(lambda p, t: (first(*p), (2.0 * t[0], None)))
    same(dualad.jacfwd(lambda x: first(x, x))(X), (2 * np.eye(6), np.zeros((6, 6))))
    same(dualad.jacrev(lambda x: first(x, x))(X), (2 * np.eye(6), np.zeros((6, 6))))
    second = dualad.custom_vjp(lambda x, n: x * n)
    second.defvjp(lambda x, n: (x * n, n), lambda n, g: (g * n, None))
    same(dualad.jacrev(lambda x: second(x, 3))(X), 3 * np.eye(6))


def test_custom_rules_return_pairs():
    one = dualad.custom_jvp(lambda x: x * 2.0)
    one.defjvp(lambda p, t: 2.0 * t[0])
    with pytest.raises(errors.TangentError, match=r"its rule must return \(y, ty\), found"):
        dualad.jacfwd(one)(X)
    two = dualad.custom_vjp(lambda x: x * 2.0)
    two.defvjp(lambda x: x * 2.0, lambda r, g: (2.0 * g,))
    with pytest.raises(errors.TangentError, match=r"must return \(y, residuals\), found ndarray"):
        dualad.jacrev(two)(X)


@pytest.mark.parametrize("wrap", [dualad.checkpoint, lambda f: product_like(f)])
def test_marked_functions_do_not_write_into_their_arguments(wrap):
    def f(x):
        x[0] = 5.0
        return x

    with pytest.raises(ValueError, match="read-only"):
        dualad.grad(lambda x: np.sum(wrap(f)(x * 1.0)))(X)


def product_like(f):
    marked = dualad.custom_vjp(f)
    marked.defvjp(lambda x: (f(x), None), lambda r, g: (g,))
    return marked


def test_checkpoint_pulls_rows_together_and_takes_keywords():
    calls = []

    @dualad.checkpoint
    def f(x, scale):
        calls.append(1)
        return np.tanh(A @ x) * scale

    got = dualad.jacrev(lambda x: f(x, scale=x[0]))(X)
    same(got, dualad.jacfwd(lambda x: np.tanh(A @ x) * x[0])(X))
    assert len(calls) == 2      # the run, and once more for all rows


def test_hooks_see_and_replace_cotangents():
    seen = []
    g = dualad.grad(lambda x: np.sum(dualad.gradient_hook(2 * x, seen.append) ** 2))(X)
    same(g, 8 * X)
    same(seen[0], 4 * X)
    same(dualad.grad(lambda x: np.sum(dualad.gradient_hook(2 * x, np.sign) ** 2))(X), 2 * np.sign(X))
    with pytest.raises(errors.TangentError, match="return the same shape, or None"):
        dualad.grad(lambda x: np.sum(dualad.gradient_hook(2 * x, np.sum)))(X)
    assert dualad.gradient_hook(X, np.sum) is X


# ---- state ----

def test_a_chain_of_a_million_operations():
    def deep(x):
        for _ in range(10 ** 6):
            x = x * 1.000001
        return x

    assert float(dualad.grad(deep)(1.0)) == pytest.approx(np.exp(1.0), rel=1e-5)


def test_nothing_is_left_behind():
    """Thousands of calls leave no block and no cycle (a full collection also empties Python's free lists)."""
    g = dualad.grad(lambda x: np.sum(np.sin(x) * np.sum(x[::2])) + np.linalg.norm(x) + np.max(x * x[::-1]))
    x = np.ones(100)
    for _ in range(100):
        g(x)
    gc.collect()
    gc.disable()
    try:
        before = sys.getallocatedblocks()
        for _ in range(2000):
            g(x)
        assert gc.collect() == 0
        assert sys.getallocatedblocks() - before < 1000  # one object of each call would be 2,000
    finally:
        gc.enable()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_exception_leaves_nothing_behind(error):
    def bad(x):
        np.sin(x)
        raise error

    def hook(g):
        raise error

    for f in (bad, lambda x: np.sum(dualad.gradient_hook(np.sin(x), hook))):
        with pytest.raises(error):
            dualad.grad(f)(X)
        same(dualad.grad(rosenbrock)(X), rosenbrock_gradient(X))


def test_values_of_a_finished_run_are_refused():
    kept = []
    dualad.grad(lambda x: (kept.append(x), np.sum(x))[1])(X)
    with pytest.raises(errors.EscapedLevelError, match="had finished"):
        kept[0] + 1.0
    with pytest.raises(errors.EscapedLevelError, match="had finished"):
        kept[0][0]


def test_a_tape_belongs_to_its_thread():
    found = []

    def elsewhere(x):
        try:
            np.sin(x)
        except errors.TapeError as error:
            found.append(str(error))

    def f(x):
        thread = threading.Thread(target=elsewhere, args=(x,))
        thread.start()
        thread.join()
        return np.sum(x)

    dualad.grad(f)(X)
    assert "belongs to the thread" in found[0]


def test_threads_run_side_by_side():
    points = RNG.normal(size=(4, 200))
    results = [None] * 4

    def work(k):
        for _ in range(50):
            results[k] = dualad.grad(rosenbrock)(points[k])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for k in range(4):
        np.testing.assert_allclose(results[k], rosenbrock_gradient(points[k]), rtol=1e-12)


def test_gradients_inside_functions_and_hooks():
    inner = dualad.grad(lambda y: np.sum(y ** 3))
    same(dualad.grad(lambda x: np.sum(inner(x)))(X), 6 * X)
    same(dualad.grad(lambda x: np.sum(dualad.gradient_hook(x * 1.0, lambda g: inner(g))))(X), np.full(6, 3.0))


@pytest.mark.parametrize("n", [10, 300])
def test_constants_may_be_refilled_or_are_watched(n):
    """Small arrays that the run read are copied; large ones that change are an error."""
    work = np.ones((n, n))

    def f(x):
        y = work @ (x[0] * np.ones(n))
        work[...] = 5.0
        return np.sum(y)

    if n == 10:
        same(dualad.grad(f)(X), 100.0 * np.eye(6)[0])
    else:
        with pytest.raises(errors.MutationError, match=r"shape \(300, 300\) was changed in place"):
            dualad.grad(f)(X)
