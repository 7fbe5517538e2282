"""The checker checks: right rules pass, wrong ones are caught with place, values and size; a new primitive in one declaration."""

import subprocess
import sys

import mpmath
import numpy as np
import pytest
import scipy.special as sp

import dualad
from dualad import errors
from dualad.core import interpret, protocol
from dualad.rules import declared, kinds
from dualad.rules.kinds import POSITIVE, Bilinear, Composite, Contraction, Elementwise, Linear, Mixing, declare
from dualad.testing import DerivativeMismatch, Report, check_derivatives, check_rule, oracles, temporarily

kinds.load_all()  # before the registry is copied: rules are entered once
X = np.array([0.3, -1.2, 2.0])
ROOT_PI = np.sqrt(np.pi)


@pytest.fixture(autouse=True)
def same_registry():
    """The registry and the compiled table as they were."""
    rules, compiled = dict(kinds.registry), dict(protocol._compiled)
    yield
    kinds.registry.clear()
    kinds.registry.update(rules)
    protocol._compiled.clear()
    protocol._compiled.update(compiled)


def erf_rule(**changes):
    parts = {"d1": lambda y, x: 2 / ROOT_PI * np.exp(-x * x), "d2": lambda y, x, d: -2 * x * d, "edges": (0.0, 10.0, -10.0)}
    return Elementwise(sp.erf, **{**parts, **changes})


# ---- a new primitive in one place ----


def exact(order, x):
    with mpmath.workdps(50):
        return float(mpmath.diff(mpmath.erf, mpmath.mpf(x), order))


def test_adding_a_primitive_is_one_declaration():
    del kinds.registry[sp.erf]  # it has a rule; here it is one of the user's, without
    protocol._compiled.pop(sp.erf)
    with pytest.raises(errors.NoRuleError, match="erf has no derivative rule"):
        dualad.derivative(sp.erf)(0.5)
    declare(erf_rule())
    first = dualad.derivative(sp.erf)
    third = dualad.derivative(dualad.derivative(first))
    for x in (0.0, 0.3, -1.7):
        np.testing.assert_allclose([first(x), dualad.derivative(first)(x), third(x)], [exact(k, x) for k in (1, 2, 3)], rtol=1e-14,
                                   atol=1e-16)
    J = dualad.jacobian(lambda x: sp.erf(x) * x)(X)
    np.testing.assert_allclose(J, np.diag([float(mpmath.erf(x)) + x * exact(1, x) for x in X]), rtol=1e-14, atol=0)
    for mode in ("auto", "hyperdual", "forward"):
        H = dualad.hessian(lambda x: np.sum(sp.erf(x)), mode=mode)(X)
        np.testing.assert_allclose(H, np.diag([exact(2, x) for x in X]), rtol=1e-13, atol=0)
    assert check_rule(sp.erf).worst < 1e-12


def with_numpy(x):
    return np.exp(x) * 2.0


def with_float(x):
    return float(x) * 3.0


@pytest.mark.parametrize("fn", [with_numpy, with_float])
def test_rule_of_a_python_function_is_used(fn):
    """Also where its body would run on numbers that carry derivatives."""
    declare(Elementwise(fn, d1=lambda y, x: 7.0 + 0.0 * x))
    for transform in (dualad.derivative, dualad.grad):
        assert transform(lambda x: fn(x) * 2.0)(0.5) == 14.0
    assert dualad.derivative(dualad.derivative(lambda x: fn(x) ** 2))(0.5) == 98.0


def test_temporarily_restores():
    before = kinds.lookup(sp.erf)
    with temporarily(erf_rule()) as rule:
        assert kinds.lookup(sp.erf) is rule
    assert kinds.lookup(sp.erf) is before
    sine = kinds.lookup(np.sin)
    with temporarily(Elementwise(np.sin, d1=lambda y, x: 7.0)):
        assert dualad.derivative(np.sin)(0.0) == 7.0
    assert kinds.lookup(np.sin) is sine
    assert dualad.derivative(np.sin)(0.0) == 1.0


# ---- right rules ----


# SciPy's own values are off by more than differences of them see: mpmath is the judge there (tests/special)
ROUGH = {f"scipy.special.{name}" for name in "ber bei ker kei berp beip kerp keip hyperu itstruve0".split()}


@pytest.mark.parametrize("rule", [r for r in declared(Elementwise) if r.name not in ROUGH], ids=lambda r: r.name)
def test_every_elementwise_rule_passes(rule):
    report = check_rule(rule)
    assert report.worst <= (1e-12 if rule.name.startswith("numpy.") else 1e-10)
    first = f"d1[{rule.active[0]}]: d1 against differences"
    assert any(law.startswith(first) for law in (*(c.law for c in report.comparisons), *report.inconclusive))


def test_report_reads_well():
    report = check_rule(np.tanh)
    text = str(report)
    assert text.startswith(f"numpy.tanh: {len(report.comparisons)} comparisons agree\n")
    for law in ("primal", "d1[0]: d1 against differences", "d1[0]: d1 against complex step",
                "d2[0, 0]: d2 against second differences of the function", "third partial (0, 0, 0)", "batch", "read-only",
                "float32", "nested against hyperdual"):
        assert law in text
    assert "estimated error of the differences" in text
    assert report.modes == [c.law for c in report.comparisons]


@pytest.mark.parametrize(("fn", "args", "kwargs"), [
    (np.cumsum, (np.arange(6.0).reshape(2, 3),), {"axis": 1}),
    (np.concatenate, ([X, 2 * X],), {}),
    (np.roll, (X, 1), {}),
    (np.matmul, (np.arange(6.0).reshape(2, 3), X), {}),
    (np.einsum, ("ij,j->i", np.arange(6.0).reshape(2, 3), X), {}),
    (np.prod, (np.array([2.0, 0.0, 3.0]),), {}),
    (np.std, (X,), {}),
    ((np.add, "reduce"), (X,), {}),
])
def test_calls_pass(fn, args, kwargs):
    report = check_rule(fn, args=args, kwargs=kwargs)
    assert report.worst < 1e-12
    assert len(report.comparisons) >= 8


def test_argnums_leaves_parameters_alone():
    assert check_rule(np.quantile, args=(X, 0.3), argnums=0).worst < 1e-12


def test_sorted_choice_passes():
    assert check_rule(np.sort, args=(X,)).worst < 1e-12
    assert check_rule(np.where, args=(X > 0, X, X**2)).worst < 1e-12


# ---- wrong rules are caught ----

WRONG = {
    "d1 off by a factor": (
        {"d1": lambda y, x: 1.001 * 2 / ROOT_PI * np.exp(-x * x)}, r"erf: d1\[0\]: d1 against differences at x = .*"
        r"d1 gives .*, differences give .* with estimated error .*; difference .*, relative 0\.001, 2\d of 24 points disagree"),
    "d1 off by one in 1e9": (
        {"d1": lambda y, x: (1 + 1e-9) * 2 / ROOT_PI * np.exp(-x * x)}, r"d1\[0\]: d1 against .*relative 1e-09"),
    "d1 wrong on one side only": (
        {"d1": lambda y, x: np.where(x < -1, 1.1, 1.0) * 2 / ROOT_PI * np.exp(-x * x)}, r"d1\[0\]: d1 against differences at x"),
    "d1 inaccurate in the tail": (
        {"d1": lambda y, x: 2 / ROOT_PI * (np.exp(-x * x) + 1e-6) - 2e-6 / ROOT_PI + 1e-7 * (np.abs(x) > 2)},
        r"d1\[0\]: d1 against"),
    "d2 of the wrong sign": ({"d2": lambda y, x, d: 2 * x * d}, r"d2\[0, 0\]: d2 against differences of d1 at x = .*relative 2"),
    "d2 missing": ({"d2": None}, r"d2\[0, 0\]: d2 against differences of d1 at x = .*d2 gives 0\.0, differences give .*relative 1"),
    "d2 with a lost derivative": (
        {"d2": lambda y, x, d: -2 * np.abs(x) * d * np.sign(x) + 1e-3 * x * d}, r"d2\[0, 0\]: d2 against differences of d1"),
    "d2 hiding its slope": (
        {"d2": lambda y, x, d: -2 * (np.rint(x * 2.0**60) / 2.0**60) * d},
        r"third partial \(0, 0, 0\): nested against differences of d2 at x = "),
    "d1 of one dtype only": ({"d1": lambda y, x: 2 / ROOT_PI * np.exp(-x * x) * (1 + 0.5 * (np.asarray(x).itemsize == 4))},
                             r"dtype: float32 against float64 at x = .*relative 0\.333"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_elementwise_rule_is_caught(name):
    changes, text = WRONG[name]
    with pytest.raises(DerivativeMismatch, match=text) as caught:
        check_rule(erf_rule(**changes))
    assert caught.value.law in str(caught.value)
    assert caught.value.where in str(caught.value)
    assert caught.value.found != caught.value.wanted
    assert isinstance(caught.value, (AssertionError, errors.DualadError))


def xlogy_rule(**changes):
    parts = {"d1": (lambda y, a, b: np.log(b), lambda y, a, b: a / b), "domain": (kinds.REAL, POSITIVE),
             "d2": {(0, 1): lambda y, a, b, d: 1 / b, (1, 1): lambda y, a, b, d: -d[1] / b}}
    return Elementwise(sp.xlogy, **{**parts, **changes})


def test_right_binary_rule_passes():
    assert check_rule(xlogy_rule()).worst < 1e-13


@pytest.mark.parametrize(("changes", "text"), [
    ({"d1": (lambda y, a, b: np.log(b), lambda y, a, b: -a / b)}, r"d1\[1\]: d1 against differences at x = \("),
    ({"d1": (lambda y, a, b: a / b, lambda y, a, b: np.log(b))}, r"d1\[0\]: d1 against differences at x = \("),
    ({"d1": (lambda y, a, b: np.log(b), None), "d2": None},
     r"d1\[1\]: declared zero against differences at x = \(.*declared zero gives 0\.0, differences give"),
    ({"d2": {(1, 1): lambda y, a, b, d: -d[1] / b}}, r"d2\[0, 1\]: d2 against differences of d1"),
    ({"d2": {(0, 1): lambda y, a, b, d: 1 / b}}, r"d2\[1, 1\]: d2 against differences of d1"),
    ({"d2": {(0, 1): lambda y, a, b, d: b, (1, 1): lambda y, a, b, d: -d[1] / b}}, r"d2\[0, 1\]: d2 against differences of d1"),
])
def test_wrong_binary_rule_is_caught(changes, text):
    with pytest.raises(DerivativeMismatch, match=text):
        check_rule(xlogy_rule(**changes))


def test_in_place_formula_is_caught():
    def spoils(y, x):
        if isinstance(x, np.ndarray) and x.ndim == 1 and type(x) is np.ndarray:
            x[...] = 0.0
        return 2 / ROOT_PI * np.exp(-x * x)

    with pytest.raises(DerivativeMismatch):
        check_rule(erf_rule(d1=spoils))


# ---- linear, bilinear and composite rules ----


def total(x):
    return np.sum(x, axis=-1)


def total_rule(apply=lambda lead, x: np.sum(x, axis=-1), transpose=None):
    def bind(x):
        x = x if hasattr(x, "shape") else np.asarray(x)
        shape = np.shape(x)

        def back(lead, g):
            return (np.expand_dims(g, -1) * np.ones(shape),)

        return Linear((x,), apply, transpose or back)

    return Mixing(total, bind)


A, B = np.arange(6.0).reshape(2, 3) - 2.5, np.array([[1.0, -2.0], [0.5, 3.0], [1.5, 0.25]])


def test_right_linear_rule_passes():
    report = check_rule(total_rule(), args=(A,))
    assert {"linearity: apply of a sum against sum of applies", "adjoint: <J'v, u> against <v, Ju>"} <= set(report.modes)


@pytest.mark.parametrize(("parts", "text"), [
    ({"transpose": lambda lead, g: (np.asarray(g)[..., None] * np.array([1.0, 1.0, 2.0]),)},
     r"adjoint: <v, Ju> = .* but <J'v, u> = .* difference .*, relative .*; the transpose and apply are not of the same map"),
    ({"transpose": lambda lead, g: (np.asarray(g),)}, r"adjoint: transpose returned shape \(2,\) for an operand of shape \(2, 3\)"),
    ({"transpose": lambda lead, g: (np.asarray(g)[..., None] * np.ones((2, 3)) * (1 + lead),)},
     r"transpose of a stack against stacked transposes at result\[.*gives"),
    ({"apply": lambda lead, x: np.sum(x, axis=-2 if lead else -1)},
     r"lead: apply of a stack against stacked applies: apply of a stack has shape \(3, 3\), stacked applies has \(3, 2\)"),
    ({"apply": lambda lead, x: np.sum(np.abs(x), axis=-1)}, r"linearity: apply of a sum against sum of applies at result\["),
    ({"apply": lambda lead, x: 2 * np.sum(x, axis=-1),
      "transpose": lambda lead, g: (2 * np.asarray(g)[..., None] * np.ones((2, 3)),)},
     r"order 0: jvp against plain|forward against differences at result\[.*\] in argument 0\["),
])
def test_wrong_linear_rule_is_caught(parts, text):
    with pytest.raises(DerivativeMismatch, match=text):
        check_rule(total_rule(**parts), args=(A,))


def product(a, b):
    return a @ b


def product_rule(first=lambda lg, lb, g, b: g @ np.swapaxes(b, -1, -2), second=lambda lg, la, g, a: np.swapaxes(a, -1, -2) @ g,
                 apply=lambda la, lb, a, b: a @ b):
    return Bilinear(product, lambda a, b: Contraction((a, b), apply, (first, second), product))


def test_right_bilinear_rule_passes():
    assert check_rule(product_rule(), args=(A, B)).worst < 1e-13


@pytest.mark.parametrize(("parts", "text"), [
    ({"first": lambda lg, lb, g, b: 1.0001 * g @ np.swapaxes(b, -1, -2)}, r"adjoint: <v, Ju> = .* but <J'v, u> = "),
    ({"second": lambda lg, la, g, a: -np.swapaxes(a, -1, -2) @ g}, r"adjoint: <v, Ju> = .* but <J'v, u> = "),
    ({"apply": lambda la, lb, a, b: (a @ b) * (1 + la)}, r"lead: apply of a stack against stacked applies at result\["),
])
def test_wrong_bilinear_rule_is_caught(parts, text):
    with pytest.raises(DerivativeMismatch, match=text):
        check_rule(product_rule(**parts), args=(A, B))


def energy(x):
    return np.sum(x**2)


@pytest.mark.parametrize("body", [lambda x: np.sum(x**2) * 1.01, lambda x: np.sum(x * x.value), lambda x: np.sum(x[1:] ** 2)])
def test_wrong_composite_is_caught(body):
    assert check_rule(Composite(energy, lambda x: np.sum(x * x)), args=(X,)).worst < 1e-13
    text = (r"energy: order 1: forward against differences at result in argument 0\[\d\]: forward gives .*, differences give "
            r".* with estimated error .*; difference .*, relative")
    with pytest.raises(DerivativeMismatch, match=text):
        check_rule(Composite(energy, body), args=(X,))


def test_check_rule_says_what_it_needs():
    with pytest.raises(errors.NoRuleError, match="_sinpi has no derivative rule"):
        check_rule(sp._ufuncs._sinpi)
    with pytest.raises(ValueError, match=r"check_rule\(numpy.cumsum\) needs args=: a Mixing has no domain"):
        check_rule(np.cumsum)
    with pytest.raises(ValueError, match="no argument is a float or an array of floats"):
        check_rule(np.cumsum, args=(np.arange(3),))


# ---- check_derivatives ----


def test_all_modes_agree():
    report = check_derivatives(lambda x, y: np.exp(x) @ np.sin(y) + x[0] * y[1], X, 2 * X)
    assert isinstance(report, Report)
    assert report.worst < 1e-12
    assert not report.inconclusive
    for law in ("order 1: local against forward", "order 1: chunked against forward", "order 1: jvp against forward",
                "order 1: forward against differences", "order 1: forward against complex step",
                "order 2: nested against hyperdual", "order 2: local against hyperdual", "order 2: chunked against hyperdual",
                "order 2: diagonal against hyperdual",
                "order 2: hyperdual against its transpose", "order 2: hyperdual against differences", "order 0: jvp against plain",
                "order 0: vjp against plain", "order 1: reverse against forward", "order 1: vjp against forward",
                "order 2: forward-over-reverse against hyperdual", "order 2: reverse-over-reverse against hyperdual"):
        assert law in report.modes


def test_structured_arguments_and_results():
    def f(p, scale):
        w, (b, c) = p["w"], p["bc"]
        h = np.tanh(w @ b + c)
        return {"h": h * scale, "pair": (np.sum(h), [b[0] * c])}

    p = {"w": np.arange(6.0).reshape(2, 3) / 7, "bc": (X, 0.5)}
    assert check_derivatives(f, p, 1.5).worst < 1e-12
    assert check_derivatives(f, p, 1.5, argnums=1).worst < 1e-12
    assert check_derivatives(f, p, 1.5, argnums=(0,), order=1).worst < 1e-12


def test_float32_arguments():
    report = check_derivatives(lambda x: np.sum(np.exp(x) * x[0]), X.astype(np.float32))
    assert report.comparisons


def test_wrong_derivative_names_place_and_oracle():
    def f(p):
        return {"y": sp.erf(p["a"]) * p["b"][1, 0]}

    declare(erf_rule(d1=lambda y, x: np.where(x == 2.0, 1.5, 1.0) * 2 / ROOT_PI * np.exp(-x * x)), replace=True)
    with pytest.raises(DerivativeMismatch) as caught:
        check_derivatives(f, {"a": X, "b": np.ones((2, 2))})
    assert "f: order 1: forward against differences at result['y'][2] in argument 0['a'][2]: forward gives" in str(caught.value)
    assert "relative 0.5" in str(caught.value)
    assert caught.value.where == "result['y'][2] in argument 0['a'][2]"
    assert caught.value.error < 1e-9


def test_wrong_second_derivative_names_both_inputs():
    declare(xlogy_rule(d2={(1, 1): lambda y, a, b, d: -d[1] / b}), replace=True)
    text = (r"order 2: hyperdual against differences at result in argument 1\[0\] and argument 0: hyperdual gives .*0\.0, "
            r"differences give 0\.5")
    modes = ("forward", "hyperdual", "differences")
    with pytest.raises(DerivativeMismatch, match=text):
        check_derivatives(lambda a, b: np.sum(sp.xlogy(a, b)), 0.7, np.array([2.0, 3.0]), modes=modes)


def test_modes_that_disagree_name_each_other_and_the_oracle():
    runs = []

    def fickle(x):
        runs.append(0)
        return np.sum(x**2) * (1.0 + 0.001 * len(runs))

    text = (r"order 1: local against forward at result in argument 0\[\d\]: local gives .*, forward gives .*; difference .*, "
            r"relative .* \(tolerance 1\.0e-09\), 3 of 3 entries disagree; differences give .* with estimated error")
    with pytest.raises(DerivativeMismatch, match=text):
        check_derivatives(fickle, X)


def test_dropped_derivative_is_caught():
    with pytest.raises(DerivativeMismatch, match=r"forward against differences at result in argument 0\[0\]"):
        check_derivatives(lambda x: np.sum(x * getattr(x, "value", x)), X)


def test_changed_input_is_caught():
    def f(x):
        if type(x) is np.ndarray:
            x[0] += 1.0
        return np.sum(x**2)

    with pytest.raises(DerivativeMismatch):
        check_derivatives(f, X.copy())


def test_wrong_transpose_shows_in_every_mode_over_the_tape():
    """Only what pulls back sees it, and says so."""
    declare(total_rule(transpose=lambda lead, g: (np.expand_dims(g, -1) * np.array([1.0, 1.0, 2.0]),)))
    assert check_derivatives(traced_total, A, modes=("forward", "jvp", "hyperdual", "nested", "differences")).worst < 1e-12
    for mode, order, law in (("reverse", 1, "order 1: reverse against forward"), ("vjp", 1, "order 1: vjp against forward"),
                             ("forward-over-reverse", 2, "order 2: forward-over-reverse against hyperdual"),
                             ("reverse-over-reverse", 2, "order 2: reverse-over-reverse against hyperdual")):
        with pytest.raises(DerivativeMismatch) as caught:
            check_derivatives(lambda x: np.sin(traced_total(x)), A, modes=("forward", "hyperdual", mode), order=order)
        assert caught.value.law == law


def traced_total(x):
    return total(x) if type(x) is np.ndarray else interpret.call(kinds.lookup(total), (x,), {})


def test_unknown_mode():
    with pytest.raises(ValueError, match=r"modes \['sideways'\] are not known: choose from \('forward'"):
        check_derivatives(np.sin, X, modes=("sideways",))


def test_kinks_are_reported_not_passed_over():
    report = check_derivatives(lambda x: np.sum(np.where(x > 0, x, 0.0)), np.array([1.0, 0.0]))
    assert any("order 1: forward against differences: differences unreliable at result in argument 0[1]" in text
               for text in report.inconclusive)
    assert "inconclusive: order 1" in str(report)
    assert not check_derivatives(lambda x: np.sum(np.maximum(x, 0.0)), np.array([1.0, -2.0])).inconclusive


def test_complex_step_is_left_out_where_it_does_not_apply():
    modes = check_derivatives(lambda x: np.sum(np.abs(x) ** 1.5), X).modes
    assert not any("complex" in m for m in modes)
    assert any("complex" in m for m in check_derivatives(lambda x: np.sum(np.sin(x) ** 2), X).modes)


def test_infinite_derivatives_compare():
    report = check_derivatives(lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0]), order=1)
    assert any("argument 0[0]" in text for text in report.inconclusive)


def test_ignored_and_constant_results():
    assert check_derivatives(lambda x: (x[0] * 2, 3.0), X).worst == 0.0
    assert check_derivatives(lambda x: np.ones(2), X).worst == 0.0


@pytest.mark.parametrize("x", [np.zeros(0), np.zeros((0, 3))])
def test_nothing_to_differentiate_in(x):
    check_derivatives(lambda x: np.sum(x**2), x)


# ---- the oracles ----


def test_differences_know_their_error():
    def runge(t):
        return 1 / (1 + 25 * t * t)

    for f, slope in ((np.exp, np.exp), (np.sin, np.cos), (runge, lambda t: -50 * t * runge(t) ** 2)):
        x = np.linspace(-1, 1, 41)
        value, error = oracles.differences(lambda t, f=f, x=x: f(x + t), 0.1)
        assert (np.abs(value - slope(x)) <= 16 * error).all()
        assert np.median(error) < 1e-9
    value, error = oracles.second_differences(lambda t: np.exp(x + t), 0.1, np.exp(x))
    assert (np.abs(value - np.exp(x)) <= 16 * error).all()


def test_complex_step_oracle():
    np.testing.assert_allclose(oracles.complex_step(lambda t: np.sin(X + t), np.sin(X)), np.cos(X), rtol=1e-15)
    assert oracles.complex_step(lambda t: np.abs(X + t), np.abs(X)) is None
    assert oracles.complex_step(lambda t: np.array([float((X + t)[0])]), X[:1]) is None


def test_import_is_light():
    code = ("import sys, dualad.testing; bad = [m for m in ('hypothesis', 'mpmath', 'scipy.special', 'scipy.optimize', 'pytest') "
            "if m in sys.modules]; assert not bad, bad")
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(__import__("pathlib").Path(
        dualad.__file__).parents[1])})
