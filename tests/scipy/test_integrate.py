"""scipy.integrate in the capturing scope: sums, integrals and differential equations with derivatives."""

import warnings

import mpmath as mp
import numpy as np
import pytest
import scipy.integrate as si

import dualad
from dualad.errors import ComplexError, ConversionError, NoRuleError, SolverError
from dualad.testing import check_derivatives

METHODS = ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")


def partials(f, p, orders=None):
    """First derivatives of an mpmath function (or the mixed ones of these orders)."""
    return np.array([float(mp.diff(f, tuple(p), tuple(int(i == k) for i in range(len(p))))) for k in range(len(p))])


# ---- sums ----


@pytest.mark.parametrize("name", ["trapezoid", "cumulative_trapezoid", "simpson", "cumulative_simpson", "romb"])
def test_sums_of_samples(name):
    x, function = np.linspace(0.0, 1.0, 9), getattr(si, name)
    check_derivatives(lambda p: function(np.sin(p[0] * x) * p[1], dx=0.125), np.array([1.3, 0.7]))
    if name != "romb":
        check_derivatives(lambda p: function(np.sin(p[0] * x), x=p[1] * x + x ** 2), np.array([1.3, 0.7]))
        check_derivatives(lambda y: function(y, axis=0), np.random.default_rng(0).normal(size=(5, 2)))


def test_fixed_quad():
    check_derivatives(lambda p: si.fixed_quad(lambda x, q: np.exp(q * x) * p[2], p[0], p[1], args=(p[2],), n=7)[0],
                      np.array([0.1, 0.9, 1.3]))


# ---- integrals ----

P = np.array([0.7, 1.3, 0.2, 2.1])


def bell(p):
    return si.quad(lambda x: np.exp(-p[0] * x ** 2) * np.cos(p[1] * x), p[2], p[3])[0]


def test_quad_with_parameters_and_limits_against_mpmath():
    def exact(a, b, c, d):
        return mp.quad(lambda x: mp.exp(-a * x ** 2) * mp.cos(b * x), [c, d])

    want = partials(exact, P)
    value, found = dualad.value_and_grad(bell)(P)
    assert value == bell(P)
    np.testing.assert_allclose(found, want, rtol=1e-12)
    np.testing.assert_allclose(dualad.jacobian(bell, mode="forward")(P), want, rtol=1e-12)
    hessian = [[float(mp.diff(exact, tuple(P), tuple(int(i == k) + int(j == k) for k in range(4)))) for i in range(4)] for j in range(4)]
    np.testing.assert_allclose(dualad.hessian(bell)(P), hessian, rtol=1e-10)
    np.testing.assert_allclose(dualad.hvp(bell)(P, np.ones(4)), np.sum(hessian, axis=1), rtol=1e-10)


@pytest.mark.parametrize(("f", "p", "exact"), [
    (lambda p: si.quad(lambda x, q: np.exp(-q * x), 0, np.inf, args=(p,))[0], 2.0, lambda p: 1 / p),
    (lambda p: si.quad(lambda x: x ** p, 0, 1)[0], -0.3, lambda p: 1 / (p + 1)),
    (lambda p: si.quad(lambda x: abs(x - p), 0, 1, points=[0.5])[0], 0.5, lambda p: p * p - p + mp.mpf(1) / 2),
    (lambda p: si.quad(lambda x: np.exp(-p * x), 0, 3, weight="cos", wvar=20.0)[0], 0.5,
     lambda p: mp.quad(lambda x: mp.exp(-p * x) * mp.cos(20 * x), mp.linspace(0, 3, 20))),
    (lambda p: si.quad(lambda x: np.cosh(p * x), -1, 1, weight="cauchy", wvar=0.2)[0], 0.5, None),
    (lambda p: si.quad(lambda x: 1e-12 * np.exp(-p * x), 0, 3)[0], 0.5, lambda p: mp.mpf("1e-12") * (1 - mp.exp(-3 * p)) / p),
    (lambda p: np.sum(si.quad_vec(lambda x: np.exp(-p * x * np.array([1.0, 2.0])), 0.0, p)[0]), 0.5,
     lambda p: sum((1 - mp.exp(-k * p * p)) / (k * p) for k in (1, 2))),
])
def test_integrals_of_several_kinds(f, p, exact):
    want = float(mp.diff(exact, p)) if exact else (f(p + 1e-5) - f(p - 1e-5)) / 2e-5
    for d in (dualad.grad, dualad.derivative):
        np.testing.assert_allclose(d(f)(p), want, rtol=1e-7)


def test_the_mesh_follows_the_derivative_and_not_the_value():
    """At p = 0 the value is smooth and its derivative is not."""
    f = lambda p: si.quad(lambda x: np.exp(-x) + p * np.sin(60 * x) ** 2, 0, 3)[0]  # noqa: E731
    want = float(mp.quad(lambda x: mp.sin(60 * x) ** 2, mp.linspace(0, 3, 60)))
    np.testing.assert_allclose([dualad.grad(f)(0.0), dualad.derivative(f)(0.0)], want, rtol=1e-9)


def test_double_and_triple_integrals():
    def inner(p):
        return si.dblquad(lambda y, x: p[0] * x * y ** 2 * np.exp(-p[1] * x), 0, p[2], lambda x: p[1] * x, lambda x: 2 + p[0] * x)[0]

    p = np.array([1.2, 0.4, 1.5])

    def exact(a, b, c):
        return mp.quad(lambda x: a * x * mp.exp(-b * x) * ((2 + a * x) ** 3 - (b * x) ** 3) / 3, [0, c])

    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dualad.jacobian(inner, mode=mode)(p), partials(exact, p), rtol=1e-9)
    hessian = dualad.hessian(inner)(p)
    np.testing.assert_allclose(hessian[0, 2], float(mp.diff(exact, tuple(p), (1, 0, 1))), rtol=1e-8)
    volume = lambda r: si.tplquad(lambda z, y, x: r + x * z, 0, r, 0, lambda x: r - x, 0, lambda x, y: r - x - y)[0]  # noqa: E731
    # r^4/6 + r^5/120
    np.testing.assert_allclose(dualad.grad(volume)(1.3), 4 * 1.3 ** 3 / 6 + 1.3 ** 4 / 24, rtol=1e-9)


class Well:
    def __init__(self, depth):
        self.depth = depth

    def __call__(self, x):
        return np.exp(-self.depth * x)


def test_values_in_attributes_go_forward_and_say_so_in_reverse():
    f = lambda p: si.quad(Well(p), 0, 1)[0]  # noqa: E731
    np.testing.assert_allclose(dualad.derivative(f)(1.0), 2 * np.exp(-1.0) - 1, rtol=1e-12)
    with pytest.raises(SolverError, match="must be arguments .* or in its closure"):
        dualad.grad(f)(1.0)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
def test_integrals_that_have_no_derivative():
    with pytest.raises(SolverError, match="the integral of the derivative did not converge"):
        dualad.grad(lambda p: si.quad(lambda x: np.sin(p * x) / x if x else p, 0, np.inf, limit=30)[0])(1.0)
    with pytest.raises(SolverError, match="weight= with limits"):
        dualad.grad(lambda p: si.quad(lambda x: x, 0, p, weight="cos", wvar=1.0)[0])(1.0)
    with pytest.raises(ComplexError, match="complex_func=True"):
        dualad.grad(lambda p: si.quad(lambda x: p * x, 0, 1, complex_func=True)[0])(1.0)


# ---- differential equations ----

TIMES = np.linspace(0.0, 4.0, 9)
Q = np.array([1.5, 1.0, 3.0, 1.0, 10.0, 5.0])


def lotka_volterra(t, z, a, b, c, d):
    x, y = z
    return [a * x - b * x * y, -c * y + d * x * y]


def populations(q, method="RK45", tol=1e-10, times=TIMES):
    return si.solve_ivp(lambda t, z: lotka_volterra(t, z, *q[:4]), (0, 4), [q[4], q[5]], method=method, t_eval=times, rtol=tol,
                        atol=tol).y


@pytest.fixture(scope="module")
def exact():
    """Sensitivities by the complex step, (2, times, 6)."""
    found = np.empty((2, len(TIMES), 6))
    for k in range(6):
        q = Q.astype(complex)
        q[k] += 1e-30j
        found[..., k] = si.solve_ivp(lambda t, z: np.array(lotka_volterra(t, z, *q[:4])), (0, 4), q[4:], "DOP853", TIMES,  # noqa: B023
                                     rtol=1e-13, atol=1e-13).y.imag / 1e-30
    return found


@pytest.mark.parametrize("method", METHODS)
def test_sensitivities_of_lotka_volterra(method, exact):
    tol = {"RK23": 1e-8, "Radau": 1e-8, "BDF": 1e-8}.get(method, 1e-10)
    scale = np.max(np.abs(exact), axis=(0, 1))
    value = populations(Q, method, tol)
    for mode in ("forward", "reverse"):
        y, pull = (None, None) if mode == "forward" else dualad.vjp(lambda q: populations(q, method, tol), Q)
        found = dualad.jacobian(lambda q: populations(q, method, tol), mode=mode)(Q)
        # the linearisation is taken along the computed solution, whose own error counts
        np.testing.assert_allclose(found / scale, exact / scale, atol={"RK23": 1e-4, "BDF": 1e-3, "Radau": 1e-5}.get(method, 1e-6))
        if y is not None:
            np.testing.assert_array_equal(y, value)
            assert pull is not None


def test_accepted_steps_as_output_and_float_tolerances(exact):
    found = dualad.jacobian(lambda q: populations(q, times=None)[:, -1], mode="reverse")(Q)
    np.testing.assert_allclose(found, exact[:, -1], rtol=1e-6)


def test_forward_sensitivities_obey_the_tolerance(exact):
    """Also where the state alone would allow longer steps."""
    scale = np.max(np.abs(exact), axis=(0, 1))
    for tol in (1e-4, 1e-7):
        found = dualad.jacobian(lambda q, tol=tol: populations(q, tol=tol), mode="forward")(Q)
        assert np.max(np.abs(found - exact) / scale) < 300 * tol


def loss(q):
    return np.sum((populations(q)[:, 1:] - 1.0) ** 2)


def test_second_order_through_an_initial_value_problem():
    gradient = dualad.grad(loss)
    steps = [(gradient(Q + h) - gradient(Q - h)) / 2e-4 for h in 1e-4 * np.eye(6)]
    hessian = dualad.hessian(loss)(Q)
    np.testing.assert_allclose(hessian, steps, rtol=1e-4, atol=1e-4 * np.max(np.abs(hessian)))
    np.testing.assert_allclose(dualad.hvp(loss)(Q, np.ones(6)), hessian @ np.ones(6), rtol=1e-5, atol=1e-5 * np.max(np.abs(hessian)))


# Robertson's kinetics: rates of 0.04, 1e4 and 3e7.
RATES = np.array([0.04, 1e4, 3e7])
LATE = np.array([0.4, 4.0, 40.0, 400.0])


def robertson(k, method, rtol=1e-7, atol=(1e-11, 1e-13, 1e-11)):
    def rates(t, y):
        a, b, c = k[0] * y[0], k[1] * y[1] * y[2], k[2] * y[1] ** 2
        return [-a + b, a - b - c, c]

    return si.solve_ivp(rates, (0, 400.0), [1.0, 0.0, 0.0], method=method, t_eval=LATE, rtol=rtol, atol=np.array(atol)).y


@pytest.fixture(scope="module")
def kinetics():
    """Sensitivities by differences of a much more accurate solution."""
    def accurate(k):
        return robertson(k, "Radau", 1e-12, (1e-16, 1e-18, 1e-16))

    found = np.empty((3, len(LATE), 3))
    for i in range(3):
        h = np.zeros(3)
        h[i] = 2e-3 * RATES[i]
        found[..., i] = (8 * (accurate(RATES + h) - accurate(RATES - h)) - accurate(RATES + 2 * h) + accurate(RATES - 2 * h)) / (
            12 * h[i])
    return found


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_sensitivities_of_stiff_kinetics(method, kinetics):
    for mode in ("forward", "reverse"):
        found = dualad.jacobian(lambda k: robertson(k, method), mode=mode)(RATES)
        np.testing.assert_allclose(found, kinetics, rtol={"Radau": 1e-6, "BDF": 1e-4, "LSODA": 1e-4}[method] if mode == "forward" else 1e-6)


def test_estimation_of_rates_by_the_exact_gradient():
    seen = robertson(RATES, "Radau")

    def misfit(logs):
        return np.sum(((robertson(np.exp(logs), "Radau") - seen) / seen) ** 2)

    logs = np.log(RATES * np.array([1.1, 0.9, 1.05]))
    h = 1e-3
    want = [(8 * (misfit(logs + e) - misfit(logs - e)) - misfit(logs + 2 * e) + misfit(logs - 2 * e)) / (12 * h) for e in h * np.eye(3)]
    np.testing.assert_allclose(dualad.grad(misfit)(logs), want, rtol=1e-5)
    np.testing.assert_allclose(dualad.jacobian(misfit, mode="forward")(logs), want, rtol=1e-5)


def swing(q, **options):
    """y' = -a y cos(t) from t0 to t1."""
    return si.solve_ivp(lambda t, y: -q[0] * y * np.cos(t), (q[1], q[2]), [q[3]], rtol=1e-11, atol=1e-13, **options)


def swung(q, t):
    return q[3] * np.exp(-q[0] * (np.sin(t) - np.sin(q[1])))


def early(q):
    return np.stack([0.5 * q[2], 0.9 * q[2]])


def test_start_end_and_output_times():
    q = np.array([0.7, 0.2, 2.0, 1.3])
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dualad.jacobian(lambda q: swing(q).y[0, -1], mode=mode)(q), dualad.grad(lambda q: swung(q, q[2]))(q),
                                   rtol=1e-8)
        np.testing.assert_allclose(dualad.jacobian(lambda q: swing(q, t_eval=early(q)).y[0], mode=mode)(q),
                                   dualad.jacobian(lambda q: swung(q, early(q)))(q), rtol=1e-7)
        np.testing.assert_allclose(dualad.jacobian(lambda q: swing(q).t[-1], mode=mode)(q), [0, 0, 1, 0])
        np.testing.assert_allclose(dualad.jacobian(lambda q: swing(q).y[0, 0], mode=mode)(q), [0, 0, 0, 1], atol=1e-14)
    np.testing.assert_allclose(dualad.hessian(lambda q: swing(q).y[0, -1])(q), dualad.hessian(lambda q: swung(q, q[2]))(q), rtol=1e-7)
    backwards = lambda q: si.solve_ivp(lambda t, y: -q * y, (1.0, 0.0), [2.0], rtol=1e-11, atol=1e-13).y[0, -1]  # noqa: E731
    np.testing.assert_allclose([dualad.grad(backwards)(0.5), dualad.derivative(backwards)(0.5)], 2 * np.exp(0.5), rtol=1e-8)


@pytest.mark.parametrize("tfirst", [False, True])
def test_odeint(tfirst):
    def decay(q):
        def rates(y, t, k):
            return np.array([-k * y[0], k * y[0] - q[1] * y[1] * np.sin(t)])

        def turned(t, y, k):
            return rates(y, t, k)

        return si.odeint(turned if tfirst else rates, [q[2], 0.0], [0.0, 0.5, q[3]], args=(q[0],), tfirst=tfirst, rtol=1e-11, atol=1e-13)

    q = np.array([1.2, 0.3, 2.0, 1.7])
    first = dualad.jacobian(lambda q: decay(q)[:, 0])(q)
    want = dualad.jacobian(lambda q: q[2] * np.exp(-q[0] * np.stack([0.0 * q[3], 0.5 + 0.0 * q[3], q[3]])))(q)
    np.testing.assert_allclose(first, want, rtol=1e-7, atol=1e-10)
    forward, reverse = (dualad.jacobian(lambda q: decay(q)[2], mode=mode)(q) for mode in ("forward", "reverse"))
    np.testing.assert_allclose(forward, reverse, rtol=1e-7)


def test_vectorized_right_hand_sides_and_jacobians_of_the_user():
    def f(p, method, mode):
        def solve(p):
            return si.solve_ivp(lambda t, y: np.stack([-p * y[0], p * y[0] - y[1]]), (0, 2), [1.0, 0.0], method=method, rtol=1e-9,
                                atol=1e-11, vectorized=True, jac=lambda t, y: np.array([[-p, 0.0], [p, -1.0]]), t_eval=[2.0]).y[1, 0]

        return dualad.jacobian(solve, mode=mode)(p)

    want = float(mp.diff(lambda p: p * (mp.exp(-2 * p) - mp.exp(-2)) / (1 - p), 0.4))
    for method in ("Radau", "BDF", "LSODA"):
        for mode in ("forward", "reverse"):
            np.testing.assert_allclose(f(0.4, method, mode), want, rtol=1e-6)


def hit(t, y):
    return y[0] - 0.5


hit.terminal = True


@pytest.mark.parametrize(("options", "error", "text"), [
    ({"events": hit}, SolverError, "events= has no derivative rule"),
    ({"dense_output": True}, SolverError, "dense_output=True has no derivative rule: pass the times as t_eval="),
])
def test_initial_value_problems_that_are_refused(options, error, text):
    with pytest.raises(error, match=text):
        dualad.grad(lambda p: si.solve_ivp(lambda t, y: -p * y, (0, 2), [1.0], **options).y[0, -1])(1.0)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid:RuntimeWarning")
def test_solutions_that_do_not_reach_the_end():
    with pytest.raises(SolverError, match="did not reach the end"):
        dualad.grad(lambda p: si.solve_ivp(lambda t, y: p * y ** 2, (0, 2), [1.0]).y[0, -1])(1.0)
    with pytest.raises(ComplexError, match="complex states"):
        dualad.grad(lambda p: si.solve_ivp(lambda t, y: -p * y, (0, 2), [1.0 + 1j]).y[0, -1].real)(1.0)


def test_no_output_times_and_no_time():
    assert dualad.grad(lambda p: p + np.sum(si.solve_ivp(lambda t, y: -p * y, (0, 1), [1.0], t_eval=[]).y))(1.0) == 1.0
    for mode in ("forward", "reverse"):
        found = dualad.jacobian(lambda p: si.solve_ivp(lambda t, y: -p * y, (1, 1), [2 * p]).y, mode=mode)(3.0)
        np.testing.assert_array_equal(found, np.full_like(found, 2.0))


def test_plain_solutions_within_a_transform_stay_plain():
    f = lambda p: p * si.solve_ivp(lambda t, y: -y, (0, 1), [1.0], rtol=1e-10, atol=1e-12).y[0, -1] + float(p)  # noqa: E731
    np.testing.assert_allclose(dualad.grad(f)(2.0), np.exp(-1.0) + 1.0, rtol=1e-8)


# ---- everything else ----

def started(solver):
    return lambda p: solver(lambda t, y: -p * y, 0, [1.0], 1.0).y[0]


REFUSALS = {
    "nquad": lambda p: si.nquad(lambda x: p * x, [[0, 1]])[0],
    "cubature": lambda p: si.cubature(lambda x: p * x[:, 0], [0.0], [1.0]).estimate,
    "qmc_quad": lambda p: si.qmc_quad(lambda x: p * np.sum(x), np.zeros(1), np.ones(1)).integral,
    "tanhsinh": lambda p: si.tanhsinh(lambda x: p * x, 0.0, 1.0).integral,
    "nsum": lambda p: si.nsum(lambda k: p / k ** 2, 1, np.inf).sum,
    "solve_bvp": lambda p: si.solve_bvp(lambda x, y: np.stack([y[1], -p * y[0]]), lambda a, b: np.array([a[0], b[0] - 1]),
                                        np.linspace(0, 1, 5), np.zeros((2, 5))).y[0, 2],
    "ode": lambda p: si.ode(lambda t, y: -p * y).set_initial_value(1.0).integrate(1.0)[0],
    "complex_ode": lambda p: si.complex_ode(lambda t, y: -p * y).set_initial_value(1.0).integrate(1.0)[0].real,
    **{name: started(getattr(si, name)) for name in METHODS},
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refused_by_name(name):
    with pytest.raises(NoRuleError, match=rf"scipy\.integrate\.{name} has no derivative rule in dualad: "):
        dualad.grad(lambda p: p * REFUSALS[name](p))(2.0)


def test_constants_and_every_public_name():
    from dualad.solvers import integrate as ours

    assert dualad.grad(lambda p: p * si.newton_cotes(2)[0][1] * float(p))(1.0) == pytest.approx(8 / 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        public = {n for n in si.__all__ if callable(getattr(si, n))}
    known = {*ours.SUPPORTED, *ours.REFUSED, *ours.CONSTANT, *ours.TWINS}
    assert known <= public
    assert public - known == {"DenseOutput", "IntegrationWarning", "ODEintWarning", "OdeSolution", "OdeSolver"}
    assert set(REFUSALS) == set(ours.REFUSED)


def test_refusals_of_results_name_the_way_out():
    with pytest.raises((NoRuleError, ConversionError), match=r"use scipy.integrate.quad"):
        dualad.grad(REFUSALS["nquad"])(1.0)
