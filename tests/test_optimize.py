"""SciPy's solvers with exact derivatives: right forms, one evaluation for each point, certified results.

Oracles: SciPy's own finite differences, NIST's certified values, SciPy's own solutions.
"""

import math
import warnings

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
from benchmarks.stiff import NEIGHBOURS, STIFF
from scipy.optimize._numdiff import approx_derivative

from dualad import optimize
from dualad.demo.fit import digits
from dualad.demo.nist import MODELS, load
from dualad.errors import InputError
from dualad.optimize.minimizing import TAKES

START = np.array([0.5, 0.5, 1.0])


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def filled(x):
    """The same written with a plain array and math: runs in the capturing scope."""
    terms = np.zeros(len(x) - 1)
    for k in range(len(x) - 1):
        terms[k] = 100 * math.pow(x[k + 1] - x[k] ** 2, 2) + float(1 - x[k]) ** 2
    return np.sum(terms)


class Seen:
    """The points at which each method of an objective is truly evaluated."""

    def __init__(self, monkeypatch, kind):
        self.points = {}
        enter = kind._enter

        def spy(objective, known, **found):
            for name in found.keys() - known.keys():
                self.points.setdefault(name, []).append(next(reversed(objective._points)))
            enter(objective, known, **found)

        monkeypatch.setattr(kind, "_enter", spy)

    def most(self):
        return max(len(keys) - len(set(keys)) for keys in self.points.values())


# --- minimize ---------------------------------------------------------------------------------

@pytest.mark.parametrize("method", [None, *sorted(TAKES)])
def test_every_method_of_minimize_gets_what_it_takes(method):
    """A convex function: dogleg needs a positive definite Hessian."""
    f = lambda x: np.sum(np.exp(x) - x) + 0.1 * np.sum(x[1:] * x[:-1]) ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scipy.optimize.OptimizeWarning)
        found = optimize.minimize(f, np.full(3, 0.4), method=method)
    assert np.max(np.abs(found.x)) < 1e-3
    takes = TAKES[method or "bfgs"]
    assert ("g" in takes) == (found.objective.counts["gradient"] > 0)
    assert ("h" in takes) == (found.objective.counts["hessian"] > 0)


@pytest.mark.parametrize("method", sorted(m for m in TAKES if "p" in TAKES[m]))
def test_products_instead_of_hessians(method):
    found = optimize.minimize(rosenbrock, np.zeros(6), method=method, hessian="product")
    assert np.max(np.abs(found.x - 1)) < 1e-4
    assert found.objective.counts["product"] > 0
    assert found.objective.counts["hessian"] == 0


@pytest.mark.parametrize("method", ["bfgs", "l-bfgs-b", "newton-cg", "trust-exact", "trust-krylov", "trust-constr"])
def test_every_quantity_is_evaluated_once_for_each_point(method, monkeypatch):
    seen = Seen(monkeypatch, optimize.Objective)
    found = optimize.minimize(rosenbrock, np.tile([-1.2, 1.0], 50), method=method, options={"maxiter": 60})
    assert seen.most() == 0
    assert found.objective.counts["value"] == len(seen.points["value"])
    assert found.objective.counts["runs"] <= 2 * found.objective.counts["value"] + 2


def test_trust_exact_with_differences_needs_hundreds_of_times_the_calls():
    start, calls = np.tile([-1.2, 1.0], 50), [0]

    def counted(x):
        calls[0] += 1
        return rosenbrock(x)

    ours = optimize.minimize(rosenbrock, start, method="trust-exact", options={"maxiter": 3})
    gradient = lambda x: approx_derivative(counted, x, method="3-point")

    def hessian(x):
        found = approx_derivative(gradient, x, method="2-point")
        return (found + found.T) / 2

    scipy.optimize.minimize(counted, start, method="trust-exact", jac=gradient, hess=hessian, options={"maxiter": 3})
    assert calls[0] > 1000 * ours.objective.counts["runs"]


def test_code_that_needs_the_capturing_scope():
    ours, plain = (optimize.minimize(f, np.zeros(4), method="trust-exact") for f in (filled, rosenbrock))
    np.testing.assert_allclose(ours.x, plain.x, rtol=1e-9)
    named = optimize.minimize(lambda p: filled(p["x"]), {"x": np.zeros(4)}, method="trust-exact")
    np.testing.assert_array_equal(named.parameters["x"], ours.x)


def test_named_parameters_with_bounds():
    f = lambda p: (p["a"] - 2.0) ** 2 + np.sum((p["b"] - np.array([1.0, -1.0])) ** 2)
    found = optimize.minimize(f, {"a": 0.0, "b": np.zeros(2)}, bounds={"b": (0.0, None)})
    np.testing.assert_allclose(found.x, [2.0, 1.0, 0.0], atol=1e-6)
    assert found.parameters["b"].tolist() == found.x[1:].tolist()


@pytest.mark.parametrize("method", ["SLSQP", "trust-constr"])
def test_nonlinear_constraints(method):
    f = lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2
    disc = optimize.NonlinearConstraint(lambda x: [x[0] ** 2 + x[1] ** 2], -np.inf, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scipy.optimize.OptimizeWarning)  # SLSQP says that it ignores hess
        found = optimize.minimize(f, [0.0, 0.0], method=method, constraints=[disc])
    np.testing.assert_allclose(found.x, np.array([2, 1]) / np.sqrt(5), atol=1e-3)


def test_hessian_of_a_constraint_is_that_of_the_weighted_sum():
    fun = lambda x: np.stack([x[0] ** 2 * x[1], np.sin(x[0] * x[1]), x[1] ** 3])
    made = optimize.NonlinearConstraint(fun, -1.0, 1.0, keep_feasible=True)
    x, v = np.array([0.7, -0.4]), np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(made.jac(x), approx_derivative(fun, x, method="3-point"), atol=1e-8)
    np.testing.assert_allclose(made.hess(x, v), approx_derivative(lambda x: made.jac(x).T @ v, x, method="3-point"), atol=1e-8)
    assert made.keep_feasible is True


def test_differential_evolution_is_polished_by_exact_gradients():
    f = lambda x: 20 + np.sum(x ** 2 - 10 * np.cos(2 * np.pi * x))
    found = optimize.differential_evolution(f, [(-5, 5)] * 2, rng=3, maxiter=60)
    assert found.polished.objective.counts["gradient"] > 0
    assert np.max(np.abs(found.x)) < 1e-8
    names = optimize.Parameters({"a": 0.0, "b": 0.0}, bounds={"a": (-5, 5), "b": (-5, 5)})
    found = optimize.differential_evolution(lambda p: (p["a"] - 1) ** 2 + p["b"] ** 2, names, rng=3)
    assert abs(found.parameters["a"] - 1) < 1e-6
    assert optimize.differential_evolution(f, [(-5, 5)] * 2, rng=3, maxiter=2, polish=False).polished is None


# --- fits -------------------------------------------------------------------------------------

@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("name", MODELS)
def test_curve_fit_of_nist_data(name, start):
    """Certified parameters and standard deviations to 8 digits at least, from both starts."""
    problem = load(name)
    with np.errstate(all="ignore"):  # trial steps from distant starts overflow
        fit = optimize.curve_fit(lambda x, *b: problem.model(b, x), problem.x, problem.y, problem.starts[start], max_nfev=3000)
    popt, pcov = fit
    assert digits(popt, problem.parameters).min() > 8
    assert digits(fit.deviations, problem.deviations).min() > 8
    np.testing.assert_array_equal(pcov, fit.pcov)


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("kind", ["none", "deviations", "matrix"])
def test_curve_fit_agrees_with_that_of_scipy(kind, absolute):
    rng = np.random.default_rng(4)
    t = np.linspace(0, 3, 25)
    y = 2.0 * np.exp(-0.8 * t) + 0.05 * rng.normal(size=25)
    root = np.eye(25) * 0.05 + 0.01 * np.tri(25)
    sigma = {"none": None, "deviations": 0.05 + 0.02 * t, "matrix": root @ root.T}[kind]
    model = lambda t, size, rate: size * np.exp(-rate * t)
    ours = optimize.curve_fit(model, t, y, [1.0, 1.0], sigma, absolute)
    popt, pcov = scipy.optimize.curve_fit(model, t, y, [1.0, 1.0], sigma, absolute)
    np.testing.assert_allclose(ours.popt, popt, rtol=1e-6)
    np.testing.assert_allclose(ours.pcov, pcov, rtol=1e-5)


def test_bounds_of_curve_fit_hold():
    t = np.linspace(0, 3, 25)
    y = 2.0 * np.exp(-0.8 * t) + 0.01 * np.sin(30 * t)
    model = lambda t, size, rate: size * np.exp(-rate * t)
    active = optimize.curve_fit(model, t, y, {"size": 1.0, "rate": 1.0}, bounds={"rate": (0.9, 2.0)})
    assert 0.9 <= active.parameters["rate"] < 0.9 + 1e-6
    free = optimize.curve_fit(model, t, y, {"size": 1.0, "rate": 1.0}, bounds={"rate": (0.1, 2.0)})
    np.testing.assert_allclose(free.popt, optimize.curve_fit(model, t, y, [1.0, 1.0]).popt, rtol=1e-12)


def test_a_covariance_that_does_not_exist_is_said():
    t = np.linspace(0, 1, 10)
    with pytest.warns(scipy.optimize.OptimizeWarning, match="could not be estimated"):
        fit = optimize.curve_fit(lambda t, a, b: (a + b) * t, t, 2 * t + 0.1, [1.0, 0.5])
    assert np.all(np.isinf(fit.pcov))


def test_least_squares_with_an_operator():
    residuals = lambda x: np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1 - x])
    found = optimize.least_squares(residuals, np.zeros(40), jacobian="operator", tr_solver="lsmr", xtol=1e-12, max_nfev=500)
    np.testing.assert_allclose(found.x, optimize.least_squares(residuals, np.zeros(40), xtol=1e-12).x, atol=1e-5)


@pytest.mark.parametrize("call", [
    lambda f, seen: optimize.least_squares(f, START), lambda f, seen: optimize.root(f, START),
    lambda f, seen: optimize.root(f, START, method="lm"),
])
def test_residuals_and_jacobians_once_for_each_point(call, monkeypatch):
    seen = Seen(monkeypatch, optimize.Residuals)
    found = call(lambda x: [x[0] ** 2 + x[1] - 1, np.exp(x[1]) - x[2], x[2] * x[0] - 0.1], seen)
    assert seen.most() == 0
    assert np.max(np.abs(found.fun)) < 1e-6


# --- differential equations -------------------------------------------------------------------

def robertson(t, y):
    slow, fast = 0.04 * y[0] - 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
    return [-slow, slow - fast, fast]


@pytest.mark.parametrize("method", ["BDF", "Radau", "LSODA"])
def test_robertson_kinetics_with_fewer_calls(method):
    calls = [0]

    def counted(t, y):
        calls[0] += 1
        return robertson(t, y)

    line = {"t_span": (0, 1e5), "y0": [1.0, 0.0, 0.0], "method": method, "rtol": 1e-6, "atol": 1e-10}
    theirs = scipy.integrate.solve_ivp(counted, **line)
    ours = optimize.solve_ivp(robertson, **line)
    assert ours.success
    np.testing.assert_allclose(ours.y[:, -1], theirs.y[:, -1], rtol=1e-5)
    assert ours.runs["value"] + ours.runs["jacobian"] < calls[0]


@pytest.mark.parametrize("method", ["BDF", "Radau"])
@pytest.mark.parametrize("name", STIFF)
def test_stiff_systems_with_fewer_calls_and_no_less_accuracy(name, method):
    """Also fewer than SciPy needs when it is told where the Jacobian is zero, and groups its differences."""
    f, span, start, rtol, atol = STIFF[name]
    exact = scipy.integrate.solve_ivp(f, span, start, "LSODA", rtol=1e-12, atol=1e-15).y[:, -1]
    error = lambda found: np.max(np.abs(found.y[:, -1] / exact - 1))
    calls = [0]

    def counted(t, y):
        calls[0] += 1
        return f(t, y)

    ours = optimize.solve_ivp(f, span, start, method, rtol=rtol, atol=atol)
    mine = ours.runs["value"] + ours.runs["jacobian"]
    for more in [{}] + ([{"jac_sparsity": NEIGHBOURS}] if len(start) == len(NEIGHBOURS) else []):
        calls[0] = 0
        theirs = scipy.integrate.solve_ivp(counted, span, start, method, rtol=rtol, atol=atol, **more)
        assert mine < calls[0]
        assert error(ours) < 1.05 * error(theirs)
    assert error(ours) < 1e-5


def test_solve_ivp_passes_arguments_and_runs_plain_arrays():
    def right(t, y, rate):
        out = np.empty(2)
        out[0] = -rate * y[0]
        out[1] = rate * y[0] - math.exp(-t) * y[1]
        return out

    ours = optimize.solve_ivp(right, (0, 2), [1.0, 0.0], "Radau", args=(3.0,), rtol=1e-8, atol=1e-10)
    theirs = scipy.integrate.solve_ivp(right, (0, 2), [1.0, 0.0], "Radau", args=(3.0,), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours.y[:, -1], theirs.y[:, -1], rtol=1e-7)


# --- named parameters and errors --------------------------------------------------------------

def test_parameters_pack_and_unpack():
    names = optimize.Parameters({"a": 1.0, "m": np.arange(4.0).reshape(2, 2)}, bounds={"m": (0.0, np.full((2, 2), 9.0))})
    assert names.labels == ["a", "m[0, 0]", "m[0, 1]", "m[1, 0]", "m[1, 1]"]
    np.testing.assert_array_equal(names.pack(names.unpack(names.vector)), names.vector)
    assert names.bounds.lb.tolist() == [-np.inf, 0, 0, 0, 0]
    assert names.bounds.ub.tolist() == [np.inf, 9, 9, 9, 9]
    assert optimize.Parameters({"a": 1.0}).bounds is None


@pytest.mark.parametrize(("call", "message"), [
    (lambda: optimize.minimize(rosenbrock, np.zeros(2), jac=True), "finds derivatives itself"),
    (lambda: optimize.minimize(rosenbrock, np.zeros(2), method="best"), "is not known"),
    (lambda: optimize.minimize(rosenbrock, np.zeros(2), method="BFGS", hessian="dense"), "does not take a Hessian"),
    (lambda: optimize.minimize(rosenbrock, np.zeros(2), hessian="sparse"), "'auto', 'dense' or 'product'"),
    (lambda: optimize.minimize(3, np.zeros(2)), "a function is needed"),
    (lambda: optimize.least_squares(lambda x: x, np.zeros(2), jac="2-point"), "finds the Jacobian itself"),
    (lambda: optimize.least_squares(lambda x: x, np.zeros(2), "lm", method="lm", jacobian="operator"), "needs a dense"),
    (lambda: optimize.Residuals(lambda x: x, form="sparse"), "no sparse"),
    (lambda: optimize.root(lambda x: x, np.zeros(2), method="krylov"), "take a Jacobian"),
    (lambda: optimize.solve_ivp(robertson, (0, 1), [1, 0, 0], "RK45"), "use a Jacobian"),
    (lambda: optimize.Parameters({}), "takes a dict"),
    (lambda: optimize.Parameters({"a": 1.0}, bounds={"b": (0, 1)}), "not among the parameters"),
    (lambda: optimize.Parameters({"a": 1.0}).unpack(np.zeros(2)), "a vector of 1"),
    (lambda: optimize.Parameters({"a": 1.0}).pack({"b": 1.0}), "values for"),
    (lambda: optimize.curve_fit(lambda x, a: a * x, [1.0, 2.0], [1.0, 2.0], [1.0], sigma=[1.0]), "sigma must have shape"),
    (lambda: optimize.curve_fit(lambda x, a: a * x, 1.0, np.ones((2, 2)), [1.0]), "one dimension"),
])
def test_errors_say_what_to_do(call, message):
    with pytest.raises(InputError, match=message):
        call()
