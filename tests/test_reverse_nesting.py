"""Nested transforms over the tape: values of several levels in one sweep."""

import numpy as np
import pytest

import dualad

RNG = np.random.default_rng(20261126)
Z, X = RNG.uniform(0.5, 1.5, 5), RNG.uniform(0.5, 1.5, 5)
M = RNG.normal(size=(4, 5))


def filled(z, x):
    y = np.zeros_like(z)
    y[1:] = z[:-1] * z[1:]
    y[0] = z[2] ** 2
    y *= x
    y[3] = x[0] * z[1]
    return np.sum(np.exp(-y) * z)


def through_views(z, x):
    w = z * 1.5
    part = w[1:4]
    late = np.sum(part ** 2 * w[::-1][:3])
    return np.sum(x * w) * np.sum(part) + late


def entries(z, x):
    total = 0.0
    for k in range(5):
        total = total + z[k] ** 3 * x[k] * z[(k + 1) % 5]
    return total + np.sin(z[0])


def overwritten(z, x):
    w = np.exp(z)
    kept = np.sum(w * w)
    w[1:3] *= x[1:3]
    w[::2] += z[::2] ** 2
    return kept * np.sum(np.tanh(w) * x)


# z first meets constants only, so cotangents start plain and meet values of the outer level further back
TWO = {
    "product": lambda z, x: np.sum(z * z * x),
    "deep": lambda z, x: np.sum(np.sin(np.exp(z) * x) * z),
    "matrix": lambda z, x: np.sum(np.tanh(M @ (z * x)) ** 2) + z @ x,
    "numbers": lambda z, x: np.sum(z) ** 2 * x[0] + np.linalg.norm(z) * np.prod(x),
    "broadcast": lambda z, x: np.sum((z[:, None] - x) ** 3 * z),
    "filled": filled, "views": through_views, "entries": entries, "overwritten": overwritten,
}
INNER = {
    "grad": lambda f: dualad.grad(f), "jacrev": lambda f: dualad.jacrev(f), "rows": lambda f: lambda z: dualad.jacrev(lambda z: f(z) * np.ones(2))(z)[1],
    "vjp": lambda f: lambda z: dualad.vjp(f, z)[1](1.0)[0], "jacfwd": lambda f: dualad.jacfwd(f),
}
OUTER = {"jacfwd": dualad.jacfwd, "jacrev": dualad.jacrev}


@pytest.mark.parametrize("outer", OUTER)
@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("name", TWO)
def test_mixed_partials(name, inner, outer):
    """d/dx of the gradient in z, where z itself does not depend on x."""
    f = TWO[name]
    want = dualad.hessian(f, argnums=(0, 1))(Z, X)[0][1]
    got = OUTER[outer](lambda x: INNER[inner](lambda z: f(z, x))(Z))(X)
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("outer", OUTER)
def test_a_hook_may_bring_in_an_outer_variable(outer):
    """The cotangent of a plain value becomes one that carries derivatives in the middle of a sweep."""
    def slope(x):
        return dualad.grad(lambda z: np.sum(dualad.gradient_hook(np.sin(z), lambda g: g * x) ** 2))(Z)

    np.testing.assert_allclose(OUTER[outer](slope)(X), np.diag(2 * np.sin(Z) * np.cos(Z)), rtol=1e-13, atol=1e-13)


def test_three_levels():
    def third(x):
        return dualad.grad(lambda y: np.sum(dualad.grad(lambda z: np.sum(z ** 2 * y ** 2 * x ** 2))(Z)))(X)

    np.testing.assert_allclose(np.diagonal(dualad.jacrev(third)(X)), 8 * Z * X * X, rtol=1e-13)
    np.testing.assert_allclose(np.diagonal(dualad.jacfwd(third)(X)), 8 * Z * X * X, rtol=1e-13)


@pytest.mark.parametrize("shape", [(0,), (0, 0), (2, 0), (3,)])
def test_cotangents_that_are_read_only_are_not_added_to(shape):
    """The pullback of a sum hands out one number, broadcast: two of them must make a new array."""
    def f(x):
        return np.sum(x) + 1.0 + np.sum(x) * np.sum(x)

    size = int(np.prod(shape))
    for mode in ("forward-over-reverse", "reverse-over-reverse"):
        np.testing.assert_array_equal(dualad.hessian(f, mode=mode)(np.ones(shape)), np.full(shape + shape, 2.0 * (size > 0)))
