"""The examples of docs/examples do what they say."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "docs" / "examples"


def example(name):
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-8), (np.float32, 1e-5)])
def test_linear_regression_converges_to_least_squares(dtype, tolerance):
    run = example("linear_regression")
    x, y = run.data(dtype)
    p, path = run.descend(x, y)
    best = np.linalg.lstsq(np.stack([x, np.ones_like(x)], axis=1).astype(float), y.astype(float))[0]
    assert len(path) == 100
    assert path[0][0] > 100 * path[-1][0]
    assert p["w"].dtype == dtype
    np.testing.assert_allclose([p["w"], p["b"]], best, rtol=0, atol=tolerance)


def test_linear_regression_draws_its_path(tmp_path):
    pytest.importorskip("matplotlib")
    run = example("linear_regression")
    run.plot(run.descend(*run.data(), epochs=5)[1], tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_logistic_regression_is_scikit_learns_optimum_in_ten_newton_steps():
    linear_model = pytest.importorskip("sklearn.linear_model")
    run = example("logistic_regression")
    x, y = run.data()
    w, steps = run.newton(x, y)
    other = linear_model.LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12).fit(x[:, :-1], y)
    assert steps <= 10
    np.testing.assert_allclose(w, np.append(other.coef_[0], other.intercept_), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("name", "options", "wanted"), [
    ("adam", {}, 0.97), ("adam", {"dtype": np.float32}, 0.97), ("newton_cg", {}, 0.97), ("kfac", {}, 0.97)])
def test_digits_are_learned(name, options, wanted):
    pytest.importorskip("sklearn.datasets")
    assert getattr(example("digits"), name)(**options) >= wanted


def test_reverse_keeps_an_array_for_each_step_and_forward_does_not():
    import dualad
    run = example("modes")
    forward, reverse = [], []
    for steps in (10, 100):
        f, x = run.chain(steps)
        forward.append(run.peak(lambda f=f, x=x: dualad.jvp(f, (x,), (np.ones_like(x),))) / x.nbytes)
        reverse.append(run.peak(lambda f=f, x=x: dualad.grad(f)(x)) / x.nbytes)
    assert forward[1] < forward[0] + 1
    assert 80 < reverse[1] - reverse[0] < 100
    f, x = run.case(4, 3, length=50)
    np.testing.assert_allclose(dualad.jacobian(f, mode="forward")(x), dualad.jacobian(f, mode="reverse")(x), rtol=1e-12)
