"""Hessian-vector products that are taken block by block: against the general path, reverse over reverse,
differences and a Hessian by hand."""

import numpy as np
import pytest

import dualad
from dualad import directional
from dualad.calls import Inputs
from dualad.core.pointwise import pointwise
from dualad.gradients import Recording

N = 12_345  # no multiple of a block
RNG = np.random.default_rng(20261124)
C = RNG.normal(size=N)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


FUSED = {
    "chain": rosenbrock,
    "value read again": lambda x: np.sum(np.sin(x) * np.tanh(x)) - np.sum(np.cos(C * x)),
    "weights": lambda x: 0.5 * np.sum(np.sin(x) * x**3) + np.mean(np.exp(-x * x)) / 3 - np.sum(x),
    "parts of other lengths": lambda x: np.sum(np.tanh(x[1:] * x[:-1])) + np.sum(x**4) - np.sum(np.log1p(x[5:] ** 2)),
    "second differences": lambda x: np.sum(np.sqrt(1 + (x[2:] - 2 * x[1:-1] + x[:-2]) ** 2)),
    "view of a view": lambda x: np.sum(np.exp(x[3:][4:-2] * 0.1) * x[7:-2]),
    "constants": lambda x: np.sum((x - C) ** 2 * C) + np.sum(C / (1 + x * x)),
    "the same operand twice": lambda x: np.sum((x * x) * (x * x) + x / (x * x + 1)),
    "a step that leads nowhere": lambda x: (np.sum(np.exp(x)), np.sum(x * x * x))[1],
}
GENERAL = {
    "product of sums": lambda x: np.sum(x * x) * np.sum(np.sin(x)),
    "branches by entries": lambda x: np.sum(np.where(x > 0, x**2, x**3)),
    "written to": lambda x: _filled(x),
    "reversed": lambda x: np.sum(x[::-1] * x**2),
    "sum along an axis": lambda x: np.sum(np.sum(x.reshape(5, -1) ** 2, axis=0) ** 2),
    "a number of the input": lambda x: np.sum(x * x) * x[0],
    "a broadcast": lambda x: np.sum(x.reshape(5, -1)[:1] * x.reshape(5, -1) ** 2),
}


def _filled(x):
    y = np.sin(x)
    y[3:7] = x[:4] ** 3
    return np.sum(y * y)


def general(f, x, v, monkeypatch):
    """The product by forward over reverse."""
    with monkeypatch.context() as m:
        m.setattr(directional, "LARGE", 1 << 60)
        return dualad.hvp(f)(x, v)


def planned(f, x):
    recording = Recording(Inputs(f, (x,), {}, 0, "test"))
    return pointwise(recording.program, recording.input_nodes[0], recording.output_nodes[0])


@pytest.mark.parametrize("name", FUSED)
def test_sums_of_elementwise_expressions(name, monkeypatch):
    f, (x, v) = FUSED[name], RNG.normal(size=(2, N))
    assert planned(f, x) is not None
    found = dualad.hvp(f)(x, v)
    np.testing.assert_allclose(found, general(f, x, v, monkeypatch), rtol=1e-13, atol=1e-12)
    (transposed,) = dualad.vjp(dualad.grad(f), x)[1](v)
    np.testing.assert_allclose(found, transposed, rtol=1e-12, atol=1e-11)  # reverse over reverse; the matrix is symmetric
    h = 1e-5
    g = dualad.grad(f)
    d = (8 * (g(x + h * v) - g(x - h * v)) - (g(x + 2 * h * v) - g(x - 2 * h * v))) / (12 * h)
    np.testing.assert_allclose(found, d, rtol=1e-6, atol=1e-6 * np.abs(found).max())


@pytest.mark.parametrize("name", GENERAL)
def test_all_other_functions_go_the_general_way(name, monkeypatch):
    f, (x, v) = GENERAL[name], RNG.normal(size=(2, N))
    if x.size % 5:
        x, v = x[:N // 5 * 5], v[:N // 5 * 5]
    assert planned(f, x) is None
    np.testing.assert_array_equal(dualad.hvp(f)(x, v), general(f, x, v, monkeypatch))


def test_against_the_hessian_by_hand():
    x, v = RNG.normal(size=(2, N))
    d, o = np.zeros(N), -400.0 * x[:-1]
    d[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    d[1:] += 200.0
    want = d * v
    want[:-1] += o * v[1:]
    want[1:] += o * v[:-1]
    np.testing.assert_allclose(dualad.hvp(rosenbrock)(x, v), want, rtol=1e-12, atol=1e-9)


def test_arrays_of_more_axes_stacks_and_aux(monkeypatch):
    x, v = RNG.normal(size=(2, 130, 100))
    f = lambda x: (np.sum(np.sin(x[1:]) * x[:-1] ** 2), {"mean": np.mean(x)})  # noqa: E731
    found, aux = dualad.hvp(f, has_aux=True)(x, v)
    np.testing.assert_allclose(found, general(lambda x: f(x)[0], x, v, monkeypatch), rtol=1e-13, atol=1e-12)
    assert float(aux["mean"]) == np.mean(x)
    both = dualad.hvp(lambda x: f(x)[0])(x, np.stack([v, 2 * v]))
    np.testing.assert_allclose(both, [found, 2 * found], rtol=1e-13)
    assert dualad.hvp(lambda x: f(x)[0])(x, np.zeros((0, 130, 100))).shape == (0, 130, 100)


def test_strong_zeros_and_singular_points():
    x, v = np.abs(RNG.normal(size=(2, N)))
    x[::7], v[::7] = 0.0, 0.0
    found = dualad.hvp(lambda x: np.sum(np.sqrt(x)))(x, v)
    assert np.all(found[::7] == 0.0)
    assert np.all(np.isfinite(found))


def test_a_constant_that_changes_is_refused():
    c = np.ones(1 << 16)

    def f(x):
        y = np.sum(x**2 * c)
        c[0] = 7.0
        return y

    with pytest.raises(dualad.errors.MutationError, match="changed in place"):
        dualad.hvp(f)(np.ones(1 << 16), np.ones(1 << 16))


def test_outer_transforms_see_the_product(monkeypatch):
    x, v = RNG.normal(size=(2, N))
    f = lambda t: np.sum(dualad.hvp(lambda x: np.sum(np.sin(x)))(t * x, v))  # noqa: E731
    assert dualad.derivative(f)(0.5) == pytest.approx(np.sum(-np.cos(0.5 * x) * x * v), rel=1e-12)


def test_errors_are_those_of_the_general_way():
    x = np.ones(N)
    with pytest.raises(dualad.errors.OutputError, match="one real number"):
        dualad.hvp(np.sin)(x, x)
    with pytest.raises(dualad.errors.TangentError, match="shape"):
        dualad.hvp(rosenbrock)(x, x[1:])
