"""Problems in cyipopt's form: values, structures, lower triangle; solved by Ipopt where cyipopt is installed.

Oracles: derivatives by SciPy's differences; problem 71 of Hock and Schittkowski with its published solution and multipliers.
"""

import math

import numpy as np
import pytest
from scipy.optimize._numdiff import approx_derivative

from dualad import optimize
from dualad.errors import InputError

START = np.array([1.0, 5.0, 5.0, 1.0])
SOLUTION = np.array([1.0, 4.7429994, 3.8211503, 1.3794082])  # W. Hock, K. Schittkowski, Test Examples (1981), problem 71
MULTIPLIERS = np.array([-0.55229366, 0.16146857])  # Ipopt's own documentation of this example


def cost(x):
    return x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2]


def sides(x):
    return [x[0] * x[1] * x[2] * x[3], np.sum(x ** 2)]


def hs071(**options):
    return optimize.IpoptProblem(cost, START, sides, **options)


def dense(problem, values, structure, shape):
    """The matrix whose entries are values along a structure."""
    out = np.zeros(shape)
    np.add.at(out, structure, values)
    return out


def test_what_cyipopt_asks_for():
    p, x = hs071(), np.array([1.1, 4.2, 3.3, 0.7])
    assert (p.n, p.m) == (4, 2)
    assert p.objective(x) == cost(x)
    np.testing.assert_array_equal(p.constraints(x), sides(x))
    np.testing.assert_allclose(p.gradient(x), approx_derivative(cost, x, method="3-point"), rtol=1e-8)
    want = approx_derivative(lambda x: np.array(sides(x)), x, method="3-point")
    np.testing.assert_allclose(dense(p, p.jacobian(x), p.jacobianstructure(), (2, 4)), want, rtol=1e-8)
    np.testing.assert_allclose(p.jacobian(x), want.ravel(), rtol=1e-8)  # also right where the structure is not asked for


@pytest.mark.parametrize("factor", [0.0, 1.0, -2.5])
@pytest.mark.parametrize("weights", [(0.0, 0.0), (1.0, 0.0), (0.3, -2.0)])
def test_hessian_of_the_lagrangian_is_its_lower_triangle(factor, weights):
    p, x, v = hs071(), np.array([1.1, 4.2, 3.3, 0.7]), np.array(weights)

    def gradient(x):
        return factor * p.gradient(x) + v @ dense(p, p.jacobian(x), p.jacobianstructure(), (2, 4))

    rows, cols = p.hessianstructure()
    assert np.all(rows >= cols)
    values = p.hessian(x, v, factor)
    assert values.shape == rows.shape == (10,)
    np.testing.assert_allclose(values, approx_derivative(gradient, x, method="3-point")[rows, cols], rtol=1e-6, atol=1e-6)


def test_structures_of_yours_are_kept_and_checked():
    x, v = np.array([1.1, 4.2, 3.3, 0.7]), np.array([0.0, 1.0])
    squares = optimize.IpoptProblem(lambda x: np.sum(x), START, lambda x: np.stack([np.sum(x ** 2), x[3] ** 2]),
                                    hessian_structure=(np.arange(4), np.arange(4)),
                                    jacobian_structure=([0, 0, 0, 0, 1], [3, 2, 1, 0, 3]))
    np.testing.assert_allclose(squares.hessian(x, v, 1.0), [0.0, 0.0, 0.0, 2.0])
    np.testing.assert_allclose(squares.jacobian(x), [1.4, 6.6, 8.4, 2.2, 1.4])
    with pytest.raises(InputError, match=r"hessian_structure leaves out entry \(1, 0\), whose derivative is"):
        hs071(hessian_structure=(np.arange(4), np.arange(4))).hessian(x, v, 1.0)
    with pytest.raises(InputError, match=r"jacobian_structure leaves out entry \(0, 1\)"):
        hs071(jacobian_structure=([0, 1], [0, 1])).jacobian(x)


def test_derivatives_that_are_nan_outside_a_structure_are_not_dropped():
    p = optimize.IpoptProblem(lambda x: np.sum(np.sqrt(x[0] - 2.0) * x[1]), np.ones(2), hessian_structure=([1], [1]))
    with np.errstate(invalid="ignore"), pytest.raises(InputError, match="leaves out entry"):
        p.hessian(np.ones(2), np.zeros(0), 1.0)


def test_each_quantity_once_for_each_point():
    p = hs071()
    for x in (START, START + 1.0, START):
        for _ in range(3):
            p.objective(x), p.gradient(x), p.constraints(x), p.jacobian(x)
    for counts in (p.counts["objective"], p.counts["constraints"]):
        assert counts["value"] == 2
    assert p.counts["objective"]["gradient"] == p.counts["constraints"]["jacobian"] == 2
    p.hessian(START, np.ones(2), 1.0)
    assert p.counts["lagrangian"] == 1


def test_a_part_without_weight_is_not_evaluated():
    """In the restoration phase the objective has factor 0; infinite derivatives of it must not make NaN."""
    p = optimize.IpoptProblem(lambda x: np.sum(np.sqrt(x)), np.ones(2), lambda x: np.sum(x ** 2))
    np.testing.assert_array_equal(p.hessian(np.zeros(2), np.array([1.5]), 0.0), [3.0, 0.0, 3.0])
    assert not np.isfinite(p.hessian(np.zeros(2), np.array([0.0]), 1.0)).all()


def test_without_constraints_and_by_name_in_the_scope():
    def filled(p, scale):
        out = np.zeros(2)
        out[0], out[1] = math.sin(p["a"]) * scale, p["b"][0] * float(p["b"][1])
        return out[0] ** 2 + out[1]

    p = optimize.IpoptProblem(filled, {"a": 0.5, "b": np.array([2.0, 3.0])}, args=(2.0,), bounds={"a": (0.0, 1.0)})
    assert (p.n, p.m) == (3, 0)
    assert p.constraints(p.x0).shape == p.jacobian(p.x0).shape == (0,)
    assert p.lb.tolist() == [0.0, -np.inf, -np.inf]
    assert p.ub.tolist() == [1.0, np.inf, np.inf]
    np.testing.assert_allclose(p.gradient(p.x0), [4 * math.sin(1.0), 3.0, 2.0])
    np.testing.assert_allclose(p.hessian(p.x0, np.zeros(0), 1.0), [8 * math.cos(1.0), 0, 0, 0, 1, 0], atol=1e-14)
    assert p.parameters(p.x0)["b"].tolist() == [2.0, 3.0]
    both = optimize.IpoptProblem(lambda p: p["a"], {"a": 0.5, "b": np.array([2.0, 3.0])}, lambda p: [filled(p, 2.0), p["a"] ** 2])
    np.testing.assert_allclose(both.jacobian(both.x0), [4 * math.sin(1.0), 3.0, 2.0, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(both.hessian(both.x0, np.array([1.0, 0.5]), 1.0), [8 * math.cos(1.0) + 1.0, 0, 0, 0, 1, 0], atol=1e-14)
    plain = optimize.IpoptProblem(cost, START)
    assert np.all(np.isinf(plain.lb))
    assert np.all(np.isinf(plain.ub))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: hs071(jacobian_structure=([0, 2], [0, 0])), r"entry \(2, 0\) is not in a matrix of shape \(2, 4\)"),
    (lambda: hs071(hessian_structure=([0], [1])), "takes the lower triangle"),
    (lambda: hs071(hessian_structure=([1, 1], [0, 0])), "names an entry twice"),
    (lambda: hs071(hessian_structure=([1.0], [0])), "two arrays of as many integers"),
    (lambda: optimize.IpoptProblem(cost, START, lambda x: np.outer(x, x)), "one-dimensional"),
    (lambda: optimize.IpoptProblem(3, START), "a function is needed"),
    (lambda: hs071().parameters(START), "there are no names"),
])
def test_errors_say_what_to_do(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("form", ["dense", "structure"])
def test_hs071_by_ipopt(form):
    cyipopt = pytest.importorskip("cyipopt", reason="cyipopt is not installed: pip install cyipopt (or cyipopt-wheels)")
    lower = np.tril_indices(4)
    p = hs071() if form == "dense" else hs071(hessian_structure=tuple(k[::-1] for k in lower))
    solver = cyipopt.Problem(n=p.n, m=p.m, problem_obj=p, lb=np.ones(4), ub=np.full(4, 5.0), cl=[25.0, 40.0], cu=[2e19, 40.0])
    solver.add_option("print_level", 0)
    solver.add_option("sb", "yes")
    solver.add_option("tol", 1e-10)
    solver.add_option("derivative_test", "second-order")
    x, info = solver.solve(p.x0)
    assert info["status"] == 0
    np.testing.assert_allclose(x, SOLUTION, atol=1e-6)
    np.testing.assert_allclose(info["obj_val"], 17.0140173, atol=1e-6)
    np.testing.assert_allclose(info["mult_g"], MULTIPLIERS, atol=1e-6)
    assert p.counts["lagrangian"] < 80  # the test of derivatives included


def test_rosenbrock_without_constraints_by_ipopt():
    cyipopt = pytest.importorskip("cyipopt", reason="cyipopt is not installed: pip install cyipopt (or cyipopt-wheels)")
    p = optimize.IpoptProblem(lambda q: np.sum(100 * (q["x"][1:] - q["x"][:-1] ** 2) ** 2 + (1 - q["x"][:-1]) ** 2), {"x": np.zeros(20)})
    solver = cyipopt.Problem(n=p.n, m=p.m, problem_obj=p, lb=p.lb, ub=p.ub)
    solver.add_option("print_level", 0)
    solver.add_option("sb", "yes")
    x, info = solver.solve(p.x0)
    assert info["status"] == 0
    np.testing.assert_allclose(p.parameters(x)["x"], 1.0, atol=1e-8)
    assert p.counts["objective"]["gradient"] == p.counts["lagrangian"] + 1  # the last point needs no Hessian


def test_minimize_ipopt_takes_the_objects_of_minimize():
    cyipopt = pytest.importorskip("cyipopt", reason="cyipopt is not installed: pip install cyipopt (or cyipopt-wheels)")
    objective, product = optimize.Objective(cost), optimize.NonlinearConstraint(lambda x: sides(x)[:1], 25.0, np.inf)
    sphere = optimize.NonlinearConstraint(lambda x: sides(x)[1:], 40.0, 40.0)
    found = cyipopt.minimize_ipopt(
        objective.value, START, jac=objective.gradient, hess=objective.hessian, bounds=[(1, 5)] * 4, tol=1e-10,
        constraints=[{"type": "ineq", "fun": lambda x: product.fun(x) - 25.0, "jac": product.jac, "hess": product.hess},
                     {"type": "eq", "fun": lambda x: sphere.fun(x) - 40.0, "jac": sphere.jac, "hess": sphere.hess}])
    np.testing.assert_allclose(found.x, SOLUTION, atol=1e-6)
