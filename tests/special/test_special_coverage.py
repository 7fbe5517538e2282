"""Every public function of scipy.special: covered, constant, or refused by name with a reason; and what its errors say."""

import inspect
import subprocess
import sys
import warnings

import numpy as np
import pytest
import scipy.special as sp

import dualad
from dualad.errors import ComplexError, DualadError, NoRuleError
from dualad.rules import Constant, Elementwise, Implicit, Refused, declared, kinds, lookup

from .oracles import KNOWN

kinds.load_all()
PUBLIC = sorted(name for name in sp.__all__ if callable(getattr(sp, name)) and not inspect.isclass(getattr(sp, name)))
# whole arrays, or functions whose real values SciPy has as complex numbers: tests of their own
OWN = {"logsumexp", "softmax", "log_softmax", "legendre_p", "assoc_legendre_p", "sph_legendre_p"} | {
    f"{a}{b}" for a in ("pro_ang1", "pro_rad1", "obl_ang1", "obl_rad1") for b in ("", "_cv")} | {
    "mathieu_cem", "mathieu_sem", "mathieu_modcem1", "mathieu_modcem2", "mathieu_modsem1", "mathieu_modsem2"}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_has_a_rule(name):
    rule = lookup(getattr(sp, name))
    assert rule is not None
    if isinstance(rule, Refused):
        assert len(rule.why) > 20
    elif not isinstance(rule, Constant):
        assert name in KNOWN or name in OWN, f"{name} has a rule and no oracle"


def test_no_oracle_is_idle():
    idle = [name for name in KNOWN if hasattr(sp, name) and isinstance(lookup(getattr(sp, name)), (Constant, Refused, type(None)))]
    assert idle == []


@pytest.mark.parametrize("name", [n for n in PUBLIC if isinstance(lookup(getattr(sp, n)), Refused)])
def test_refused_functions_raise_in_every_mode(name):
    fn = getattr(sp, name)
    nin = fn.nin if isinstance(fn, np.ufunc) else len(inspect.signature(fn).parameters) if inspect.isfunction(fn) else 2
    args = [2.0] * (nin - 1)

    def f(x):
        y = fn(*args, x)
        return y[0] if isinstance(y, tuple) else y

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for transform in (dualad.derivative, dualad.grad, dualad.hessian):
            with pytest.raises((DualadError, TypeError, ValueError)):
                transform(f)(0.5)


def partials_refused():
    for rule in declared(Elementwise):
        for i, f in enumerate(rule.d1):
            if isinstance(f, kinds.NoPartial) and isinstance(rule.fn, np.ufunc) and hasattr(sp, rule.fn.__name__):
                yield pytest.param(rule, i, id=f"{rule.name}-{i}")


@pytest.mark.parametrize(("rule", "i"), list(partials_refused()))
def test_refused_operands_raise_in_every_mode(rule, i):
    x = [float(d.lo) + 1.0 if np.isfinite(d.lo) else 1.0 for d in rule.domain]

    def f(v):
        return rule.fn(*x[:i], v, *x[i + 1:])

    def outside(v):  # the operand carries derivatives of the outer transform only
        return dualad.derivative(lambda u: rule.fn(*x[:i], v, *x[i + 1:-1], u))(x[-1])

    cases = [lambda: dualad.derivative(f)(x[i]), lambda: dualad.grad(f)(x[i]), lambda: dualad.hessian(f)(x[i]),
             lambda: dualad.derivative(outside)(x[i]), lambda: dualad.grad(outside)(x[i])]
    for case in cases:
        with pytest.raises((NoRuleError, TypeError), match=r"no derivative in its operand|ufunc"), np.errstate(all="ignore"):
            case()


@pytest.mark.parametrize(("call", "words"), [
    (lambda v: sp.pdtr(v, 2.0), "pdtr has no derivative in its operand 0"),
    (lambda v: sp.chndtr(1.0, v, 2.0), "chndtr has no derivative in its operand 1"),
    (lambda v: sp.polygamma(v, 2.0), "polygamma has no derivative in its order n"),
    (lambda v: sp.spherical_jn(v, 2.0), "spherical_jn has no derivative in its order n"),
    (lambda v: sp.multigammaln(5.0, v), "multigammaln has no derivative in d"),
    (lambda v: sp.diric(1.0, v), "diric has no derivative in n"),
    (lambda v: sp.comb(v, 2, exact=True), r"comb\(exact=True\) has no derivative"),
])
def test_errors_name_function_and_operand(call, words):
    for transform in (dualad.derivative, dualad.grad):
        with pytest.raises(NoRuleError, match=words):
            transform(call)(3.0)


def test_third_parameter_derivative_of_an_incomplete_gamma_function_is_refused():
    d = dualad.derivative
    assert np.isfinite(d(d(lambda a: sp.gammainc(a, 2.0)))(1.5))
    with pytest.raises(NoRuleError, match="covered to second order"):
        d(d(d(lambda a: sp.gammainc(a, 2.0))))(1.5)


def test_lambertw_is_real_where_it_is_and_refused_elsewhere():
    x = np.array([0.5, -0.2, 3.0])
    y, t = dualad.jvp(lambda x: sp.lambertw(x).real, (x,), (np.ones(3),))
    w = sp.lambertw(x).real
    np.testing.assert_array_equal(y, w)
    np.testing.assert_allclose(t, w / (x * (1 + w)), rtol=1e-14)
    assert dualad.grad(lambda x: sp.lambertw(x, -1).real)(-0.2) == pytest.approx(
        sp.lambertw(-0.2, -1).real / (-0.2 * (1 + sp.lambertw(-0.2, -1).real)), rel=1e-14)
    with pytest.raises(ComplexError, match="covered where it is real"):
        dualad.derivative(lambda x: sp.lambertw(x).real)(-0.9)


def test_math_functions_are_those_of_scipy():
    import math

    for f, g in ((math.erf, sp.erf), (math.erfc, sp.erfc), (math.gamma, sp.gamma), (math.lgamma, sp.gammaln)):
        d = dualad.derivative
        assert d(lambda x, f=f: f(x))(0.7) == d(g)(0.7)
        assert d(d(lambda x, f=f: f(x)))(0.7) == d(d(g))(0.7)
        assert dualad.hessian(lambda x, f=f: f(x))(0.7) == pytest.approx(d(d(g))(0.7), rel=1e-14)


def test_names_in_errors_are_dotted():
    assert lookup(sp.erf).name == "scipy.special.erf"
    assert lookup(sp.logsumexp).name == "scipy.special.logsumexp"


def test_importing_dualad_does_not_load_the_rules():
    code = "import sys, dualad; print([m for m in sys.modules if 'scipy' in m or 'rules.special' in m])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert out.stdout.strip() == "[]"


def test_every_result_without_derivatives_is_loud_or_constant():
    """The walk: public functions with one argument pattern each; a plain result must not have lost anything."""
    lost = []
    for name in PUBLIC:
        fn, rule = getattr(sp, name), lookup(getattr(sp, name))
        if not isinstance(fn, np.ufunc) or isinstance(rule, (Constant, Refused)):
            continue
        for i in range(fn.nin):
            base = [0.45 + 0.13 * k for k in range(fn.nin)]  # apart: no kinks, no minima
            try:
                with np.errstate(all="ignore"), warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    out = dualad.jvp(lambda v, i=i, fn=fn, base=base: fn(*base[:i], v, *base[i + 1:]), (base[i],), (1.0,))[1]
                    steps = [fn(*base[:i], base[i] + h, *base[i + 1:]) for h in (-1e-3, 1e-3)]
            except (DualadError, TypeError):
                continue
            if not isinstance(out, tuple) and out == 0 and steps[0] != steps[1] and np.isfinite(steps).all():
                lost.append((name, i))
    assert lost == []


def test_kinds_are_what_the_docs_count():
    assert len([r for r in declared(Elementwise, Implicit) if r.name.startswith("scipy.special.")]) > 180
