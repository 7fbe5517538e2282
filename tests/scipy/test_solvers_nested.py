"""Solvers inside solvers and transforms inside right-hand sides; what closures hold, and what functions write."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.integrate as si
import scipy.optimize as so

import dualad
from dualad.errors import SolverError, StorageError

TIGHT = {"rtol": 1e-9, "atol": 1e-11}


def both(f, p):
    return [dualad.grad(f)(p), dualad.derivative(f)(p)]


def slope(f, p, h=1e-3):
    return (8 * (f(p + h) - f(p - h)) - f(p + 2 * h) + f(p - 2 * h)) / (12 * h)


def test_a_gradient_in_the_right_hand_side():
    def pendulum(k):
        def rhs(t, z):
            force = dualad.grad(lambda z: 0.5 * z[1] ** 2 + k * (1 - np.cos(z[0])))(z)
            return [force[1], -force[0]]

        return si.solve_ivp(rhs, (0, 2), [1.0, 0.0], **TIGHT).y[0, -1]

    def written_out(k):
        return si.solve_ivp(lambda t, z: [z[1], -k * np.sin(z[0])], (0, 2), [1.0, 0.0], **TIGHT).y[0, -1]

    np.testing.assert_allclose(both(pendulum, 1.3), both(written_out, 1.3), rtol=1e-12)


def test_a_root_in_the_right_hand_side():
    def f(k):
        def rhs(t, y):
            return [-so.brentq(lambda w: w ** 3 + w - k * y[0], -5, 5, xtol=1e-14)]

        return si.solve_ivp(rhs, (0, 1), [1.0], rtol=1e-8, atol=1e-10).y[0, -1]

    np.testing.assert_allclose(both(f, 1.3), slope(f, 1.3), rtol=1e-7)


def test_shooting():
    def f(k):
        def miss(s):
            return si.solve_ivp(lambda t, y: [y[1], -k * np.sin(y[0])], (0, 1), [0.0, s], **TIGHT).y[0, -1] - 0.5

        return so.brentq(miss, 0, 3, xtol=1e-13)

    np.testing.assert_allclose(both(f, 1.3), slope(f, 1.3), rtol=1e-7)


def test_a_fit_of_an_initial_value_problem_moves_with_the_data():
    t = np.linspace(0.1, 2, 6)
    y = np.exp(-0.7 * t) + 0.01 * np.sin(9 * t)

    def fit(y):
        def residual(k):
            return si.solve_ivp(lambda t, z: -k[0] * z, (0, 2), [k[1]], t_eval=t, **TIGHT).y[0] - y

        return so.least_squares(residual, [1.0, 1.0]).x

    closed = dualad.jacobian(lambda y: so.curve_fit(lambda t, k, a: a * np.exp(-k * t), t, y)[0])(y)
    np.testing.assert_allclose(dualad.jacobian(fit)(y), closed, rtol=1e-6, atol=1e-7)


def test_an_integral_of_roots_and_a_root_of_an_integral():
    f = lambda p: si.quad(lambda t: so.brentq(lambda x: x ** 3 + x - p * t, -5, 5, xtol=1e-14), 0, 1)[0]  # noqa: E731
    np.testing.assert_allclose(both(f, 2.0), slope(f, 2.0), rtol=1e-9)
    g = lambda p: so.brentq(lambda b: si.quad(lambda x: np.exp(-p * x), 0, b)[0] - 0.3, 0, 2)  # noqa: E731
    # 1 - exp(-p b) = 0.3 p
    b = -np.log(1 - 0.3 * 1.5) / 1.5
    np.testing.assert_allclose(both(g, 1.5), 0.3 / (1 - 0.3 * 1.5) / 1.5 - b / 1.5, rtol=1e-9)


def test_transforms_within_transforms():
    f = lambda p: dualad.derivative(lambda s: so.brentq(lambda x: x ** 3 - p * s, 0, 5))(1.0)  # noqa: E731
    np.testing.assert_allclose(both(f, 8.0), 1 / 36, rtol=1e-13)
    for outer, inner in ((dualad.grad, dualad.derivative), (dualad.derivative, dualad.grad), (dualad.derivative, dualad.derivative)):
        g = lambda p, inner=inner: inner(lambda s: si.quad(lambda x: np.exp(-p * s * x), 0, 1)[0])(1.0)  # noqa: E731
        np.testing.assert_allclose(outer(g)(1.0), -0.10363832351432695, rtol=1e-12)
    with pytest.raises(SolverError, match="reverse mode over reverse mode has no rule here"):
        dualad.grad(lambda p: dualad.grad(lambda s: si.quad(lambda x: np.exp(-p * s * x), 0, 1)[0])(1.0))(1.0)
    with pytest.raises(SolverError, match="reverse mode over forward mode has no rule here"):
        dualad.grad(lambda p: dualad.derivative(lambda s: si.quad(lambda x, q=p * s: np.exp(-q * x), 0, 1)[0])(1.0))(1.0)


def reaction(p):
    """A right-hand side that writes into an array of its closure."""
    out = p * np.zeros(2)

    def rhs(t, y):
        out[0], out[1] = -p * y[0], p * y[0] - y[1]
        return out * 1.0

    return si.solve_ivp(rhs, (0, 1), [1.0, 0.0], **TIGHT).y[1, -1]


def test_what_closures_hold_is_neither_lost_nor_overwritten():
    exact = lambda p: p * (np.exp(-p) - np.exp(-1.0)) / (1 - p)  # noqa: E731
    np.testing.assert_allclose(both(reaction, 0.4), slope(exact, 0.4), rtol=1e-8)

    def with_history(p):
        history = [p]

        def residual(x):
            history.append(1.0 * x)
            return x ** 3 - history[0]

        root = so.brentq(residual, 0, 5)
        assert len(history) > 5
        return root

    np.testing.assert_allclose(both(with_history, 8.0), 1 / 12, rtol=1e-13)
    found = dualad.grad(lambda d: so.brentq(lambda x: x ** 3 - d["p"], 0, 5))({"p": 8.0})
    np.testing.assert_allclose(found["p"], 1 / 12, rtol=1e-13)
    found = dualad.grad(lambda p: si.quad(lambda x, d: np.exp(-d["k"] * x), 0, 1, args=({"k": p},))[0])(1.0)
    np.testing.assert_allclose(found, 2 * np.exp(-1.0) - 1, rtol=1e-12)


def test_a_buffer_of_an_outer_level_is_an_error():
    def f(p):
        out = p * np.zeros(2)

        def residual(x):
            out[0], out[1] = x[0] ** 2 - p, x[1] - x[0] * p
            return out * 1.0

        return so.fsolve(residual, [1.0, 1.0])[1]

    with pytest.raises(StorageError, match="Allocate inside the inner function"):
        dualad.grad(f)(4.0)


def test_many_parameters_in_every_mode():
    p = np.linspace(0.5, 1.5, 30)

    def f(p):
        return si.solve_ivp(lambda t, y: -p * y + np.roll(y, 1), (0, 2), np.ones(30) * p, rtol=1e-8, atol=1e-10).y[:, -1]

    forward = dualad.jacobian(f, mode="forward")(p)
    for options in ({"mode": "local"}, {"mode": "reverse"}, {"mode": "forward", "chunk": 11}, {}):
        np.testing.assert_allclose(dualad.jacobian(f, **options)(p), forward, atol=2e-7)


def test_functions_that_reach_solvers_by_names_go_to_the_scope_at_once():
    """SciPy's solvers in Python would run on what carries derivatives, and end where their tolerance says."""
    tools = {"solve": lambda p: so.newton(lambda x: x ** 3 - p, 1.9, tol=1e-3)}

    class Model:
        def __init__(self, p):
            self.p = p

        def solve(self, q):
            self.p = q
            return so.newton(self.residual, 1.9, tol=1e-3)

        def residual(self, x):
            return x ** 3 - self.p

    def imported(p):
        from scipy.optimize import newton

        return newton(lambda x: x ** 3 - p, 1.9, tol=1e-3)

    for f in (tools["solve"], lambda p: tools["solve"](p), imported, Model(1.0).solve):
        np.testing.assert_allclose(both(f, 8.0), 1 / 12, rtol=1e-13)


def test_importing_dualad_imports_no_solver():
    code = "import sys, dualad; sys.exit(any(m.startswith(('scipy.optimize', 'scipy.integrate')) for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 0
