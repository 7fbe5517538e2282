"""dualad.curvature, second-order solvers on our products, custom operations and the layout of gradients."""

import tracemalloc

import numpy as np
import pytest
from scipy import optimize
from scipy.sparse.linalg import cg, eigsh

import dualad
from dualad import errors, nn
from dualad.curvature import classify_stationary, gauss_newton_product, hutchinson_diagonal

WIDTHS = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@WIDTHS
@pytest.mark.parametrize(("f", "kind"), [
    (lambda x: x[0] ** 2 + x[1] ** 2 + x[0] * x[1], "positive definite"),
    (lambda x: -x[0] ** 2 - 3 * x[1] ** 2, "negative definite"),
    (lambda x: x[0] * x[1], "indefinite"),
    (lambda x: (x[0] + x[1]) ** 2, "degenerate"),
    (lambda x: 1e-30 * (x[0] ** 2 + x[1] ** 2), "positive definite"),
    (lambda x: 0.0 * x[0] * x[1], "degenerate"),
])
def test_kinds_of_stationary_points(f, kind, dtype):
    found = classify_stationary(f, np.zeros(2, dtype))
    assert found.kind == kind
    assert found.gradient.shape == (2,)
    assert found.eigenvalues.dtype == dtype


def test_rounding_in_a_singular_hessian_is_not_taken_for_curvature():
    a = np.random.default_rng(0).normal(size=(20, 30))
    f = lambda x: np.sum((a @ x) ** 2)
    assert classify_stationary(f, np.zeros(30)).kind == "degenerate"
    assert classify_stationary(lambda x: -f(x), np.zeros(30)).kind == "degenerate"
    assert classify_stationary(lambda x: f(x) - x[0] ** 2, np.zeros(30)).kind == "indefinite"
    with pytest.raises(ValueError, match="not finite"):
        classify_stationary(lambda x: np.sum(np.sqrt(x)), np.zeros(2))


def small_net():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(20, 3)), rng.integers(0, 4, 20)
    return (lambda p: nn.linear(np.tanh(x @ p["v"]), p["w"])), (lambda z: nn.cross_entropy(z, y)), {
        "v": rng.normal(size=(3, 5)), "w": rng.normal(size=(4, 5))}


@WIDTHS
def test_gauss_newton_products_are_those_of_the_matrix(dtype):
    model, loss, p = small_net()
    p = {k: a.astype(dtype) for k, a in p.items()}
    v = {k: np.random.default_rng(4).normal(size=a.shape).astype(dtype) for k, a in p.items()}
    product = gauss_newton_product(model, loss)(p, v)
    j = dualad.jacobian(model)(p)
    j = np.concatenate([j[k].reshape(80, -1) for k in ("v", "w")], axis=1)
    h = dualad.hessian(loss)(model(p)).reshape(80, 80)
    wanted = j.T @ h @ j @ np.concatenate([v[k].ravel() for k in ("v", "w")])
    found = np.concatenate([product[k].ravel() for k in ("v", "w")])
    np.testing.assert_allclose(found, wanted, rtol=0, atol=(1e-5 if dtype == np.float32 else 1e-13) * np.abs(wanted).max())
    assert all(product[k].shape == p[k].shape for k in p)


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov", "L-BFGS-B"])
def test_scipy_solvers_on_our_derivatives(method):
    options = {} if method == "L-BFGS-B" else {"hessp": dualad.hvp(rosenbrock)}
    if method == "L-BFGS-B":
        options["options"] = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000}
    found = optimize.minimize(dualad.value_and_grad(rosenbrock), np.full(10, 0.5), jac=True, method=method, **options)
    np.testing.assert_allclose(found.x, np.ones(10), atol=1e-4)


def test_conjugate_gradient_and_lanczos_on_the_hessian_operator():
    x, b = np.ones(30), np.random.default_rng(0).normal(size=30)
    operator, h = dualad.hessian_operator(rosenbrock)(x), dualad.hessian(rosenbrock)(x)
    solution, info = cg(operator, b, rtol=1e-12, maxiter=2000)
    assert info == 0
    np.testing.assert_allclose(solution, np.linalg.solve(h, b), rtol=1e-6)
    np.testing.assert_allclose(eigsh(operator, 3)[0], np.linalg.eigvalsh(h)[-3:], rtol=1e-10)


def test_hutchinson_is_within_its_error():
    x = np.linspace(0.5, 1.5, 8)
    estimate, error = hutchinson_diagonal(rosenbrock, x, 0, samples=400)
    exact = dualad.hessian_diag(rosenbrock)(x)
    assert np.all(np.abs(estimate - exact) < 5 * error + 1e-9)
    with pytest.raises(ValueError, match="two samples"):
        hutchinson_diagonal(rosenbrock, x, 0, samples=1)


def layer(bwd):
    """y = x W' + b as an operation of the user's own."""
    @dualad.custom_vjp
    def affine(x, w, b):
        return x @ w.T + b

    affine.defvjp(lambda x, w, b: (x @ w.T + b, (x, w)), bwd)
    return affine


@WIDTHS
def test_a_layer_with_a_backward_of_its_own(dtype):
    rng = np.random.default_rng(0)
    x, w, b = (rng.normal(size=s).astype(dtype) for s in ((32, 64), (128, 64), (128,)))
    own = layer(lambda xw, g: (g @ xw[1], g.T @ xw[0], np.sum(g, axis=0)))
    g = rng.normal(size=(32, 128)).astype(dtype)
    found, wanted = dualad.vjp(own, x, w, b)[1](g), dualad.vjp(lambda x, w, b: nn.linear(x, w, b), x, w, b)[1](g)
    for a, e, v in zip(found, wanted, (x, w, b), strict=True):
        assert a.shape == v.shape
        assert a.dtype == dtype
        np.testing.assert_allclose(a, e, rtol=2e-4 if dtype == np.float32 else 1e-11, atol=1e-4 if dtype == np.float32 else 1e-12)


def test_a_transposed_product_in_a_rule_is_named():
    x, w, b = np.ones((32, 64)), np.ones((128, 64)), np.ones(128)
    wrong = layer(lambda xw, g: (g @ xw[1], xw[0].T @ g, np.sum(g, axis=0)))
    with pytest.raises(errors.TangentError) as caught:
        dualad.grad(lambda w: np.sum(wrong(x, w, b)))(w)
    message = str(caught.value)
    assert "affine" in message
    assert "(128, 64)" in message
    assert "(64, 128)" in message


def test_a_pullback_through_a_large_layer_builds_no_jacobian():
    n = 4096
    x, w = np.ones((8, n), np.float32), np.ones((n, n), np.float32)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        g = dualad.grad(lambda x: np.sum(np.tanh(nn.linear(x, w) / n)))(x)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert g.shape == x.shape
    assert peak < w.nbytes / 4  # not even a copy of the weights; the Jacobian of the batch has 64 times as many entries as the weights


@WIDTHS
@pytest.mark.parametrize("x", [1.5, np.ones(3), np.ones((2, 3)), np.ones((0, 3)), {"w": np.ones((4, 2)), "b": [1.0, np.ones(1)]}],
                         ids=["scalar", "vector", "matrix", "empty", "structured"])
def test_gradients_have_the_shape_dtype_and_structure_of_their_variable(x, dtype):
    from dualad.trees import flatten, unflatten
    x = unflatten(x, [np.asarray(v, dtype)[()] for _, v in flatten(x)])

    def f(x):
        return sum(np.sum(np.sin(v)) for _, v in flatten(x))

    for g in (dualad.grad(f)(x), dualad.value_and_grad(f)(x)[1], dualad.hvp(f)(x, x), dualad.vjp(f, x)[1](dtype(1))[0],
              dualad.jacobian(f)(x)):
        assert [(p, np.shape(v), np.asarray(v).dtype) for p, v in flatten(g)] == [
            (p, np.shape(v), np.asarray(v).dtype) for p, v in flatten(x)]
