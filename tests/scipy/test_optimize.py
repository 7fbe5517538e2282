"""scipy.optimize in the capturing scope, and implicit_root: solutions differentiated by the equations that they fulfil."""

import warnings

import mpmath as mp
import numpy as np
import pytest
import scipy.optimize as so

import dualad
from dualad.errors import ComplexError, ConversionError, InputError, NoRuleError, SolverError
from dualad.testing import check_derivatives

X = np.linspace(0.0, 4.0, 30)
Y = 2.5 * np.exp(-1.3 * X) + 0.05 * np.cos(40 * X)
BRACKETED = ("brentq", "brenth", "bisect", "ridder", "toms748")


# ---- implicit_root ----


def by_hand(p):
    """Two equations, solved by Newton's method on plain numbers."""
    def residual(x, p):
        return np.stack([x[0] ** 2 + x[1] - p[0], x[1] ** 3 - p[1] * x[0]])

    x = so.root(lambda x: residual(x, dualad.stop_gradient(p)), np.ones(2), tol=1e-13).x
    return dualad.implicit_root(residual, x, p)


def test_implicit_root_in_every_mode_and_to_second_order():
    with dualad.capturing(False):
        check_derivatives(by_hand, np.array([2.0, 1.5]))


def test_implicit_root_to_third_order_and_with_values_in_a_closure():
    def root(p):
        x = float(dualad.stop_gradient(p)) ** 0.2
        return dualad.implicit_root(lambda x: x ** 5 - p, x)

    want = [float(mp.diff(lambda p: mp.root(p, 5), 2.0, k)) for k in (1, 2, 3)]
    for d in (dualad.grad, dualad.derivative):
        np.testing.assert_allclose([d(root)(2.0), d(d(root))(2.0), d(d(d(root)))(2.0)], want, rtol=1e-13)
    mixed = dualad.grad(dualad.derivative(dualad.grad(root)))
    np.testing.assert_allclose(mixed(2.0), want[2], rtol=1e-13)


def test_implicit_root_gives_the_value_bit_for_bit_and_the_derivative_at_the_solution():
    sloppy = 1.2600001  # not quite the cube root of 2
    value, slope = dualad.value_and_grad(lambda p: dualad.implicit_root(lambda x, p: x ** 3 - p, sloppy, p))(2.0)
    assert value == sloppy
    np.testing.assert_allclose(slope, 2.0 ** (-2 / 3) / 3, rtol=1e-14)
    assert dualad.implicit_root(lambda x, p: x ** 3 - p, sloppy, 2.0) == sloppy


@pytest.mark.parametrize(("residual", "x", "error", "text"), [
    (lambda x, p: (x - p) ** 2, 1.0, SolverError, "Jacobian of the equations is singular at the solution"),
    (lambda x, p: (x - p) ** 2, 1.000001, SolverError, "did not converge|singular"),
    (lambda x, p: x ** 2 + p, 0.5, SolverError, "did not converge"),
    (lambda x, p: x ** 2 - p, 1.05, SolverError, "did not converge: the point that the solver returned is no solution"),
    (lambda x, p: np.stack([x - p, x]), 1.0, InputError, "the equations have 2 entries for 1 unknowns"),
    (lambda x, p: np.stack([x[0] + x[1] - p, 2 * (x[0] + x[1] - p)]), np.array([0.5, 0.5]), SolverError, "condition number"),
])
def test_implicit_root_refuses(residual, x, error, text):
    with pytest.raises(error, match=text):
        dualad.grad(lambda p: np.sum(dualad.implicit_root(residual, x, p)))(1.0)


def test_implicit_root_takes_functions():
    with pytest.raises(InputError, match="takes a function first, found float"):
        dualad.implicit_root(1.0, 2.0)


# ---- roots ----

R = 8.314462618
STATE = np.array([300.0, 1e5, 0.364, 4.267e-5])


def van_der_waals(p):
    temperature, pressure, a, b = p
    return so.brentq(lambda v: (pressure + a / v ** 2) * (v - b) - R * temperature, 1e-3, 1e-1, xtol=1e-15)


def redlich_kwong(p):
    temperature, pressure, a, b = p

    def excess(v, t):
        return R * t / (v - b) - a / (np.sqrt(t) * v * (v + b)) - pressure

    return so.brentq(excess, 1e-3, 1e-1, args=(temperature,), xtol=1e-15)


@pytest.mark.parametrize(("volume", "pressure"), [
    (van_der_waals, lambda v, t, a, b: R * t / (v - b) - a / v ** 2),
    (redlich_kwong, lambda v, t, a, b: R * t / (v - b) - a / (mp.sqrt(t) * v * (v + b))),
])
def test_equations_of_state(volume, pressure):
    def exact(t, p, a, b):
        return mp.findroot(lambda v: pressure(v, t, a, b) - p, R * t / p)

    with mp.workdps(40):
        want = [float(mp.diff(exact, tuple(STATE), tuple(int(i == k) for i in range(4)))) for k in range(4)]
    value, found = dualad.value_and_grad(volume)(STATE)
    assert value == volume(STATE)
    np.testing.assert_allclose(found, want, rtol=1e-10)
    np.testing.assert_allclose(dualad.jacobian(volume, mode="forward")(STATE), want, rtol=1e-10)
    check_derivatives(volume, STATE)


@pytest.mark.parametrize("name", BRACKETED)
def test_brackets(name):
    solver, want = getattr(so, name), 8.0 ** (-2 / 3) / 3
    np.testing.assert_allclose(dualad.grad(lambda p: solver(lambda x: x ** 3 - p, 0, 5))(8.0), want, rtol=1e-13)
    np.testing.assert_allclose(dualad.grad(lambda p: solver(lambda x, q: x ** 3 - q, 0, 5 + p, args=(p,), full_output=True)[0])(8.0),
                               want, rtol=1e-13)
    np.testing.assert_allclose(dualad.derivative(lambda p: so.root_scalar(lambda x: x ** 3 - p, bracket=[0, 5], method=name).root)(8.0),
                               want, rtol=1e-13)
    second = dualad.derivative(dualad.grad(lambda p: solver(lambda x: x ** 3 - p, 0, 5)))(8.0)
    np.testing.assert_allclose(second, -2 / 9 * 8.0 ** (-5 / 3), rtol=1e-12)


@pytest.mark.parametrize("solve", [
    lambda p: so.newton(lambda x: x ** 3 - p, 1.5, tol=1e-5),
    lambda p: so.newton(lambda x: x ** 3 - p, 1.5, fprime=lambda x: 3 * x ** 2, tol=1e-5),
    lambda p: so.newton(lambda x: x ** 3 - p, 1.5, fprime=lambda x: 3 * x ** 2, fprime2=lambda x: 6 * x, full_output=True)[0],
    lambda p: so.root_scalar(lambda x: (x ** 3 - p, 3 * x ** 2), x0=1.5, fprime=True).root,
    lambda p: so.fixed_point(lambda x: 0.5 * (x + np.sqrt(p / x)), 1.5, xtol=1e-6),
    lambda p: so.fsolve(lambda x: x ** 3 - p, 1.5)[0],
    lambda p: so.fsolve(lambda x, q: x ** 3 - q, 1.5, args=(p,), full_output=True)[0][0],
    lambda p: so.root(lambda x: x ** 3 - p, 1.5, method="lm").x[0],
    lambda p: so.root(lambda x: (x ** 3 - p, np.diag(3 * x ** 2)), [1.5], jac=True).x[0],
    lambda p: so.newton_krylov(lambda x: x ** 3 - p, np.array([1.5]), f_tol=1e-8)[0],
    lambda p: so.broyden1(lambda x: x ** 3 - p, np.array([1.9]), f_tol=1e-8)[0],
    lambda p: so.anderson(lambda x: x ** 3 - p, np.array([1.9]), f_tol=1e-8)[0],
])
def test_solvers_of_one_equation_give_the_derivative_of_the_solution(solve):
    """Also where their own iterations, differentiated as they are, would end in another number."""
    want = [8.0 ** (-2 / 3) / 3, -2 / 9 * 8.0 ** (-5 / 3)]
    for d in (dualad.grad, dualad.derivative):
        np.testing.assert_allclose([d(solve)(8.0), dualad.derivative(d(solve))(8.0)], want, rtol=1e-9)


def test_newton_on_arrays_has_a_diagonal_jacobian():
    p = np.array([8.0, 27.0, 2.0])
    found = dualad.jacobian(lambda p: so.newton(lambda x: x ** 3 - p, np.array([1.5, 2.5, 1.0])))(p)
    np.testing.assert_allclose(found, np.diag(p ** (-2 / 3) / 3), rtol=1e-7, atol=1e-300)


def system(p):
    def residual(x):
        out = np.zeros(2)
        out[0] = x[0] ** 2 + x[1] - p[0]
        out[1] = x[1] ** 3 - p[1] * x[0]
        return out

    return so.root(residual, [1.0, 1.0], tol=1e-13).x


def test_systems_that_fill_work_arrays():
    check_derivatives(system, np.array([2.0, 1.5]))


class Model:
    """Values in attributes, which nobody sees from outside."""

    def __init__(self, p):
        self.p = p

    def residual(self, x):
        return np.array([x[0] ** 2 + x[1] - self.p[0], x[1] ** 3 - self.p[1] * x[0]])


def test_values_in_attributes_of_objects():
    p = np.array([2.0, 1.5])
    np.testing.assert_allclose(dualad.jacobian(lambda p: so.fsolve(Model(p).residual, [1.0, 1.0]))(p),
                               dualad.jacobian(system)(p), rtol=1e-12)


def test_plain_calls_within_a_transform_stay_plain():
    f = lambda p: p * so.brentq(lambda x: x ** 3 - 8.0, 0, 5) * so.minimize_scalar(lambda x: (x - 2.0) ** 2).x + float(p)  # noqa: E731
    np.testing.assert_allclose(dualad.grad(f)(3.0), 5.0, rtol=1e-6)


def test_roots_that_are_none():
    with pytest.raises(SolverError, match=r"scipy.optimize.root: did not converge \("):
        dualad.grad(lambda p: so.root(lambda x: x ** 2 + p, 1.0).x[0])(1.0)
    with pytest.raises(RuntimeError, match="Failed to converge after 2 iterations"):
        dualad.grad(lambda p: so.brentq(lambda x: x ** 3 - p, 0, 5, maxiter=2))(8.0)
    with pytest.raises(SolverError, match=r"scipy.optimize.brentq: did not converge"):
        dualad.grad(lambda p: so.brentq(lambda x: x ** 3 - p, 0, 5, maxiter=2, full_output=True, disp=False)[0])(8.0)
    with pytest.raises(SolverError, match="fsolve: did not converge"):
        dualad.grad(lambda p: so.fsolve(lambda x: x ** 2 + p, 1.0)[0])(1.0)
    with pytest.raises(SolverError, match="singular"):
        dualad.grad(lambda p: so.brentq(lambda x: (x - p) ** 3, 0, 2.0))(1.0)


def test_complex_roots_are_refused():
    with pytest.raises(ComplexError, match="scipy.optimize.newton: complex solutions are not supported"):
        dualad.grad(lambda p: so.newton(lambda x: x ** 2 + p, 1j).real)(1.0)
    with pytest.raises(ComplexError, match="implicit_root: complex solutions"):
        dualad.grad(lambda p: dualad.implicit_root(lambda x: x ** 2 + p, 1j).real)(1.0)


def test_equations_and_unknowns_are_as_many():
    with pytest.raises(InputError, match="the equations have 2 entries for 1 unknowns"):
        dualad.grad(lambda p: so.root(lambda x: [x[0] - p, x[0] - 2 * p], [1.0], method="lm").x[0])(1.0)


def test_what_a_result_holds_besides_the_solution_is_withheld():
    def f(p):
        found = so.root(lambda x: x ** 3 - p, 1.5)
        assert found.success
        assert found["success"]
        return found.fjac[0, 0]

    with pytest.raises(ConversionError, match="the entry 'fjac' of its result would be without derivatives"):
        dualad.grad(f)(8.0)


# ---- minima ----


@pytest.mark.filterwarnings("ignore:delta_grad == 0.0:UserWarning")
@pytest.mark.parametrize("method", [None, "Nelder-Mead", "Powell", "CG", "BFGS", "L-BFGS-B", "SLSQP", "TNC", "trust-constr"])
def test_minimisers_of_a_quadratic_have_closed_forms(method):
    A, B = np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([[1.0, 2.0], [0.5, -1.0]])

    def minimiser(p):
        return so.minimize(lambda x: 0.5 * x @ A @ x - x @ (B @ p) + 3.0, np.zeros(2), method=method, tol=1e-9).x

    p = np.array([0.7, -0.4])
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dualad.jacobian(minimiser, mode=mode)(p), np.linalg.solve(A, B), rtol=1e-9)


def smallest(p):
    def cost(x, q):
        return (x[0] - q[0]) ** 4 + (x[0] - q[0]) ** 2 + 2 * (x[1] - q[0] * q[1]) ** 2 + 0.3 * q[1] * np.sin(x[0] * x[1])

    return so.minimize(cost, np.zeros(2), args=(p,), tol=1e-11)


def test_minimisers_to_second_order_and_the_value_at_the_minimum():
    p = np.array([1.0, 0.5])
    x = smallest(p).x
    envelope = dualad.grad(lambda p: smallest(p).fun)(p)
    want = dualad.grad(lambda q: (x[0] - q[0]) ** 4 + (x[0] - q[0]) ** 2 + 2 * (x[1] - q[0] * q[1]) ** 2
                       + 0.3 * q[1] * np.sin(x[0] * x[1]))(p)
    np.testing.assert_allclose(envelope, want, rtol=1e-5)
    hessian = dualad.hessian(lambda p: smallest(p).fun)(p)
    steps = [(dualad.grad(lambda p: smallest(p).fun)(p + h) - dualad.grad(lambda p: smallest(p).fun)(p - h)) / 2e-4
             for h in 1e-4 * np.eye(2)]
    np.testing.assert_allclose(hessian, steps, rtol=1e-4)
    with pytest.raises(ConversionError, match="'hess_inv'"):
        dualad.grad(lambda p: smallest(p).hess_inv[0, 0])(p)


def test_minimize_with_its_own_gradient_and_inactive_bounds():
    def minimiser(p):
        return so.minimize(lambda x: (np.sum((x - p) ** 2), 2 * (x - p)), np.zeros(2), jac=True, bounds=[(-5, 5), (None, 7)]).x

    np.testing.assert_allclose(dualad.jacobian(minimiser)(np.array([1.0, 2.0])), np.eye(2), atol=1e-12)


@pytest.mark.parametrize(("f", "text"), [
    (lambda p: so.minimize(lambda x: np.sum((x - p) ** 2), [0.5], bounds=[(0, 1)]).x[0], "a bound is active at the solution .entry 0 is 1"),
    (lambda p: so.minimize(lambda x: np.sum((x - p) ** 2), [0.5], constraints={"type": "eq", "fun": lambda x: x[0] - 1}).x[0],
     "constraints= has no derivative rule"),
    (lambda p: so.minimize(lambda x: np.sum((x - p) ** 4), [0.5]).x[0], "singular|did not converge"),
    (lambda p: so.minimize(lambda x: np.sum(np.exp(-p * x)), [0.5], options={"maxiter": 2}).x[0], "did not converge"),
    (lambda p: so.minimize_scalar(lambda x: (x - p) ** 2, bounds=(0, 1)).x, "a bound is active"),
    (lambda p: so.least_squares(lambda x: x - p, [0.5], bounds=(0, 1)).x[0], "a bound is active"),
    (lambda p: so.least_squares(lambda x: np.array([x[0] + x[1] - p, x[0] + x[1]]), [0.5, 0.5]).x[0], "singular"),
    (lambda p: so.curve_fit(lambda x, a: a * x, [1.0, 2.0], [p, 2 * p], bounds=(0, 1))[0][0], "a bound is active"),
])
def test_minimisers_that_have_no_derivative(f, text):
    with pytest.raises(SolverError, match=text):
        dualad.grad(f)(3.0)


def test_minimize_scalar_and_global_minimisers():
    def cost(x, p):
        return np.sum((x - p) ** 4 + (x - p) ** 2 * p - x * p ** 2)

    x = so.minimize_scalar(cost, args=(1.5,), tol=1e-12).x
    d = x - 1.5
    # 4 d^3 + 2 d p - p^2 = 0 with d = x - p
    want = 1 + (2 * 1.5 - 2 * d) / (12 * d ** 2 + 2 * 1.5)
    for f in (lambda p: so.minimize_scalar(lambda x: cost(x, p)).x, lambda p: so.minimize_scalar(cost, args=(p,), bounds=(0, 5)).x,
              lambda p: so.differential_evolution(cost, [(0, 5)], args=(p,), rng=1, maxiter=30, popsize=6).x[0],
              lambda p: so.dual_annealing(cost, [(0, 5)], args=(p,), rng=1, maxiter=10).x[0],
              lambda p: so.shgo(cost, [(0, 5)], args=(p,)).x[0],
              lambda p: so.basinhopping(lambda x: cost(x, p), [1.0], niter=2, rng=1).x[0]):
        np.testing.assert_allclose(dualad.grad(f)(1.5), want, rtol=1e-9)


# ---- fits ----

FITS = {
    "least_squares": lambda y: so.least_squares(lambda b: b[0] * np.exp(-b[1] * X) - y, [1.0, 1.0]).x,
    "leastsq": lambda y: so.leastsq(lambda b: b[0] * np.exp(-b[1] * X) - y, [1.0, 1.0])[0],
    "curve_fit": lambda y: so.curve_fit(lambda x, a, b: a * np.exp(-b * x), X, y)[0],
}


@pytest.mark.parametrize("name", FITS)
def test_fits_are_stationary_points_and_not_gauss_newton(name):
    b = so.least_squares(lambda b: b[0] * np.exp(-b[1] * X) - Y, [1.0, 1.0], xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    e = np.exp(-b[1] * X)
    J = np.stack([e, -b[0] * X * e], axis=1)
    r = b[0] * e - Y
    mixed = np.sum(r * -X * e)
    H = J.T @ J + np.array([[0.0, mixed], [mixed, np.sum(r * b[0] * X ** 2 * e)]])
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dualad.jacobian(FITS[name], mode=mode)(Y), np.linalg.solve(H, J.T), rtol=1e-7)
    assert np.max(np.abs(np.linalg.solve(J.T @ J, J.T) / np.linalg.solve(H, J.T) - 1)) > 1e-4


@pytest.mark.parametrize("options", [{}, {"sigma": 0.1 + 0.02 * X}, {"sigma": 0.1 + 0.02 * X, "absolute_sigma": True},
                                     {"sigma": np.diag(0.1 + 0.02 * X) + 0.01}])
def test_covariances_of_curve_fit(options):
    def spread(p):
        return so.curve_fit(lambda x, a, b: a * np.exp(-b * x), X, Y + p * X, [2.5, 1.3], **options, method="trf",
                            jac=lambda x, a, b: np.stack([np.exp(-b * x), -a * x * np.exp(-b * x)], axis=1),
                            ftol=1e-15, xtol=1e-15, gtol=1e-15)[1]

    h = 1e-4
    want = (8 * (spread(h) - spread(-h)) - spread(2 * h) + spread(-2 * h)) / (12 * h)
    np.testing.assert_allclose(dualad.jacobian(spread)(0.0), want, rtol=1e-5)


@pytest.mark.parametrize("loss", ["soft_l1", "huber", "cauchy", "arctan"])
def test_robust_losses(loss):
    def fit(p):
        return so.least_squares(lambda b: b[0] * np.exp(-b[1] * X) - Y - p * X, [2.5, 1.3], loss=loss, f_scale=0.03, xtol=1e-15,
                                ftol=1e-15, gtol=1e-15)

    h = 1e-4
    want = (8 * (fit(h).x - fit(-h).x) - fit(2 * h).x + fit(-2 * h).x) / (12 * h)
    np.testing.assert_allclose(dualad.jacobian(lambda p: fit(p).x)(0.0), want, rtol=1e-5)
    np.testing.assert_allclose(dualad.grad(lambda p: fit(p).cost)(0.0),
                               (8 * (fit(h).cost - fit(-h).cost) - fit(2 * h).cost + fit(-2 * h).cost) / (12 * h), rtol=1e-5)


# ---- what is constant, refused, or runs as it is ----


def test_assignments_are_constant():
    def f(c):
        rows, columns = so.linear_sum_assignment(c)
        return np.sum(c[rows, columns])

    cost = np.array([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]])
    np.testing.assert_array_equal(dualad.grad(f)(cost), [[0, 1, 0], [1, 0, 0], [0, 0, 1]])


def minimised(minimiser):
    return lambda p: minimiser(lambda x: np.sum((x - p) ** 2), [0.0])[0]


REFUSALS = {
    "brute": lambda p: so.brute(lambda x: np.sum((x - p) ** 2), [(0, 5)])[0],
    "linprog": lambda p: so.linprog(np.array([1.0, 2.0]) * p, bounds=(1, 2)).x[0],
    "milp": lambda p: so.milp(np.array([1.0, 2.0]) * p, bounds=so.Bounds(1, 2)).x[0],
    "nnls": lambda p: so.nnls(np.eye(2) * p, np.ones(2))[0][0],
    "lsq_linear": lambda p: so.lsq_linear(np.eye(2) * p, np.ones(2)).x[0],
    "isotonic_regression": lambda p: so.isotonic_regression(np.ones(2) * p).x[0],
    "quadratic_assignment": lambda p: so.quadratic_assignment(np.eye(2) * p, np.eye(2)).fun,
    "approx_fprime": lambda p: so.approx_fprime(np.ones(2), lambda x: p * np.sum(x))[0],
    "check_grad": lambda p: so.check_grad(lambda x: p * np.sum(x), lambda x: p * x, np.ones(2)),
    "line_search": lambda p: so.line_search(lambda x: p * np.sum(x ** 2), lambda x: 2 * p * x, np.ones(2), -np.ones(2))[0],
    "fminbound": lambda p: so.fminbound(lambda x: (x - p) ** 2, 0, 9),
    "brent": lambda p: so.brent(lambda x: (x - p) ** 2),
    "golden": lambda p: so.golden(lambda x: (x - p) ** 2),
    "bracket": lambda p: so.bracket(lambda x: (x - p) ** 2)[0],
    "fmin_tnc": lambda p: so.fmin_tnc(lambda x: np.sum((x - p) ** 2), [0.0], approx_grad=True)[0][0],
    "fmin_cobyla": lambda p: so.fmin_cobyla(lambda x: np.sum((x - p) ** 2), [0.0], [])[0],
    "fmin_ncg": lambda p: so.fmin_ncg(lambda x: np.sum((x - p) ** 2), [0.0], lambda x: 2 * (x - p))[0],
    **{name: minimised(getattr(so, name)) for name in ("fmin", "fmin_bfgs", "fmin_cg", "fmin_l_bfgs_b", "fmin_powell", "fmin_slsqp")},
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refused_by_name(name):
    with pytest.raises(NoRuleError, match=rf"scipy\.optimize\.{name} has no derivative rule in dualad: "):
        dualad.grad(lambda p: p * REFUSALS[name](p))(2.0)


def test_refused_functions_run_where_nothing_carries_derivatives():
    f = lambda p: p * so.brent(lambda x: (x - 3.0) ** 2) + float(p)  # noqa: E731
    np.testing.assert_allclose(dualad.grad(f)(1.0), 4.0, rtol=1e-6)


def test_every_public_function_is_accounted_for():
    from dualad.solvers import optimize as ours

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        public = {n for n in so.__all__ if callable(getattr(so, n)) and not isinstance(getattr(so, n), type)}
    known = {*ours.SUPPORTED, *ours.REFUSED, *ours.CONSTANT, *ours.TWINS}
    assert public - known == {"show_options", "linprog_verbose_callback"}
    assert known <= public
    assert set(REFUSALS) == set(ours.REFUSED)
    x = np.array([1.2, 0.7, 1.4])
    check_derivatives(so.rosen, x)
    np.testing.assert_allclose(dualad.grad(so.rosen)(x), so.rosen_der(x), rtol=1e-12)
    np.testing.assert_allclose(dualad.jacobian(so.rosen_der)(x), so.rosen_hess(x), rtol=1e-12)
    np.testing.assert_allclose(dualad.jacobian(lambda p: so.rosen_hess_prod(p, x))(x).shape, (3, 3))
    assert np.any(dualad.jacobian(lambda p: so.rosen_hess(p))(x))
