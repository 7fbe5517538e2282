"""Hypergeometric functions, exponential integrals, Lambert's W, and integrals of sines: all in the argument.

May import: tools, kinds, elementwise, information, numpy, scipy.special.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import scipy.special as sp

from ...errors import ComplexError
from ..elementwise import polynomial
from ..kinds import POSITIVE, Domain, composite, no_partial
from ..structural import plain
from .information import log1p_ratio
from .tools import Primitive, elementwise, find, is_plain, partials, refuse_operand

__all__: list[str] = []

PARAMETER = no_partial("hypergeometric functions are covered in their last argument; their parameters have no stable formula")
ARGUMENT = Domain(0.0, 8.0)

elementwise("hyp0f1", d1=(PARAMETER, lambda y, b, x: sp.hyp0f1(b + 1.0, x) / b),
            d2={(1, 1): lambda y, b, x, d: sp.hyp0f1(b + 2.0, x) / (b * (b + 1.0))}, domain=(Domain(0.5, 5.0), Domain(-20.0, 20.0)),
            edges=((1.0, 0.0), (2.5, -3.0), (0.5, 10.0)))
elementwise("hyp1f1", d1=(PARAMETER, PARAMETER, lambda y, a, b, x: a / b * sp.hyp1f1(a + 1.0, b + 1.0, x)),
            d2={(2, 2): lambda y, a, b, x, d: a * (a + 1.0) / (b * (b + 1.0)) * sp.hyp1f1(a + 2.0, b + 2.0, x)},
            domain=(Domain(0.5, 3.0), Domain(0.5, 5.0), Domain(-8.0, 8.0)), edges=((1.0, 2.0, 0.0), (0.5, 1.5, -3.0)))
elementwise("hyperu", d1=(PARAMETER, PARAMETER, lambda y, a, b, x: -a * sp.hyperu(a + 1.0, b + 1.0, x)),
            d2={(2, 2): lambda y, a, b, x, d: a * (a + 1.0) * sp.hyperu(a + 2.0, b + 2.0, x)},
            domain=(Domain(0.5, 3.0), Domain(0.5, 3.0), ARGUMENT), edges=((1.0, 2.0, 0.5), (0.5, 1.5, 3.0)))
def hyp2f1_bend(y, a, b, c, x, d):
    return a * (a + 1.0) * b * (b + 1.0) / (c * (c + 1.0)) * sp.hyp2f1(a + 2.0, b + 2.0, c + 2.0, x)


elementwise("hyp2f1", d2={(3, 3): hyp2f1_bend},
            d1=(PARAMETER, PARAMETER, PARAMETER, lambda y, a, b, c, x: a * b / c * sp.hyp2f1(a + 1.0, b + 1.0, c + 1.0, x)),
            domain=(Domain(0.5, 2.0), Domain(0.5, 2.0), Domain(2.0, 5.0), Domain(-0.9, 0.9)),
            edges=((1.0, 2.0, 3.0, 0.0), (0.5, 1.5, 2.5, -0.5)))
partials("wright_bessel", PARAMETER, PARAMETER, lambda y, a, b, x: sp.wright_bessel(a, a + b, x))
if find("log_wright_bessel") is not None:
    partials("log_wright_bessel", PARAMETER, PARAMETER, lambda y, a, b, x: np.exp(sp.log_wright_bessel(a, a + b, x) - y))


# --- exponential integrals -----------------------------------------------------------------------

elementwise("exp1", d1=lambda y, x: -np.exp(-x) / x, d2=lambda y, x, d: -d * (1.0 + 1.0 / x), domain=POSITIVE,
            edges=(1e-300, 1e-8, 1.0, 50.0, 700.0))
elementwise("expi", d1=lambda y, x: np.exp(x) / x, d2=lambda y, x, d: d * (1.0 - 1.0 / x), domain=Domain(-np.inf, np.inf, True),
            edges=(1e-300, 1e-8, -1.0, 1.0, 50.0, 700.0))


def expn_down(n, x, k):
    """E_{n-k}(x), down to order -2."""
    e = np.exp(-x) / x
    if k == 1:
        return np.where(n >= 1, sp.expn(np.maximum(n - 1, 0), x), e * (1.0 + 1.0 / x))
    return np.where(n >= 2, sp.expn(np.maximum(n - 2, 0), x),
                    np.where(n == 1, e * (1.0 + 1.0 / x), e * (1.0 + 2.0 / x + 2.0 / (x * x))))


elementwise("expn", d1=(no_partial("its order is a whole number"), lambda y, n, x: -expn_down(n, x, 1)),
            d2={(1, 1): lambda y, n, x, d: expn_down(n, x, 2)}, domain=(Domain(0, 6, False, True), POSITIVE),
            edges=((0, 0.5), (1, 0.5), (2, 2.0), (5, 30.0)))


def spence_slope(y, x):
    """log(x)/(1 - x)."""
    near = np.abs(x - 1.0) < 0.4
    return np.where(near, -log1p_ratio(0, x - 1.0), np.log(x) / np.where(near, 1.0, 1.0 - x))


def spence_bend(y, x, d):
    near = np.abs(x - 1.0) < 0.4
    return np.where(near, -log1p_ratio(1, x - 1.0), (1.0 / x + d) / np.where(near, 1.0, 1.0 - x))


elementwise("spence", d1=spence_slope, d2=spence_bend, domain=POSITIVE, edges=(1e-8, 0.5, 1.0, 1.0000001, 1e8))


# --- Lambert's W, real branches --------------------------------------------------------------------------

real_w = Primitive(lambda x, k: np.real(sp.lambertw(x, np.asarray(k).astype(int))), 2, "lambertw")
elementwise(real_w, d1=(lambda w, x, k: np.exp(-w) / (1.0 + w), None),
            d2={(0, 0): lambda w, x, k, d: -d[0] * d[0] * (2.0 + w) / (1.0 + w)},
            domain=(POSITIVE, Domain(0, 0, False, True)), edges=((0.0, 0), (1e-8, 0), (-0.3, 0), (-0.3, -1), (1e10, 0)))


def _lambertw(z, k=0, tol=1e-8):
    """Real where the branch is: a real result for what SciPy returns as complex numbers without imaginary part."""
    if not is_plain(k, tol):
        refuse_operand("scipy.special.lambertw", "k and tol", "they are constants")
    w = sp.lambertw(plain(z), k, tol)
    if np.any(w.imag != 0):
        raise ComplexError("scipy.special.lambertw is covered where it is real: branch 0 from -1/e, branch -1 between -1/e and 0")
    return real_w(z, k)


composite(sp.lambertw, find("_lambertw"), primal=False)(_lambertw)


# --- sines and exponentials under an integral -----------------------------------------------------------

SINH = [1.0 / factorial(2 * k + 1) for k in range(10)]


def sinh_ratio(x):
    near = np.abs(x) < 1.0
    t = np.where(near, 1.0, x)
    return np.where(near, polynomial(SINH, np.where(near, x * x, 0.0)), np.sinh(t) / t)


partials("sici", lambda y, x: (np.sinc(x / np.pi), np.cos(x) / x))
partials("shichi", lambda y, x: (sinh_ratio(x), np.cosh(x) / x))
partials("fresnel", lambda y, x: (np.sin(0.5 * np.pi * x * x), np.cos(0.5 * np.pi * x * x)))


# --- parabolic cylinders, Mathieu and spheroidal functions: value and slope come together -----------------

CYLINDER = no_partial("its order or parameter has no formula; it is covered in its argument")
for _name in ("pbdv", "pbvv"):
    partials(_name, CYLINDER, lambda y, v, x: (y[1], (0.25 * x * x - v - 0.5) * y[0]))
partials("pbwa", CYLINDER, lambda y, a, x: (y[1], (a - 0.25 * x * x) * y[0]))


def mathieu(characteristic):
    def slope(y, m, q, x):
        t = x * (np.pi / 180.0)
        return y[1] * (np.pi / 180.0), -(characteristic(m, q) - 2.0 * q * np.cos(2.0 * t)) * y[0] * (np.pi / 180.0)

    return slope


partials("mathieu_cem", CYLINDER, CYLINDER, mathieu(sp.mathieu_a))
partials("mathieu_sem", CYLINDER, CYLINDER, mathieu(sp.mathieu_b))


def modified_mathieu(characteristic):
    return lambda y, m, q, x: (y[1], (characteristic(m, q) - 2.0 * q * np.cosh(2.0 * x)) * y[0])


for _name, _characteristic in (("cem", sp.mathieu_a), ("sem", sp.mathieu_b)):
    for _kind in "12":
        partials(f"mathieu_mod{_name}{_kind}", CYLINDER, CYLINDER, modified_mathieu(_characteristic))


def spheroidal(sign, turned=False):
    """Solutions of (1 - x x) y'' - 2 x y' + (cv - sign c c x x - m m/(1 - x x)) y = 0; turned: the same in i x."""
    def slope(y, m, n, c, cv, x):
        w = 1.0 + x * x if turned else 1.0 - x * x
        g = cv - (1.0 if turned else sign) * c * c * x * x - m * m / w
        return y[1], (g * y[0] - 2.0 * x * y[1] if turned else 2.0 * x * y[1] - g * y[0]) / w

    return slope


for _name, _sign in (("pro", 1.0), ("obl", -1.0)):
    _cv = find(f"{_name}_cv")
    for _kind in ("ang1", "rad1"):  # the slope that SciPy returns of rad2 is not that of its value
        _rule = spheroidal(_sign, _name == "obl" and _kind != "ang1")
        partials(f"{_name}_{_kind}", *[CYLINDER] * 3, lambda y, m, n, c, x, f=_rule, cv=_cv: f(y, m, n, c, cv(m, n, c), x))
        partials(f"{_name}_{_kind}_cv", *[CYLINDER] * 4, _rule)
