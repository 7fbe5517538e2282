"""Orthogonal polynomials and Legendre functions, in the argument: derivatives are polynomials of the same families.

May import: tools, kinds, numpy, scipy.special.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sp

from ..kinds import POSITIVE, REAL, UNIT, Domain, Implicit, Solved, declare, no_partial
from .tools import differentials, dispatched, elementwise, find

__all__: list[str] = []

DEGREE = no_partial("the degree of a polynomial is a constant")
PARAMETER = no_partial("orthogonal polynomials are covered in their last argument, not in their parameters")
DEGREES = Domain(0, 6, False, True)


def lowered(fn, n, k, *rest):
    """fn(n - k, ...), zero where whole n gives a negative degree; polynomials of negative degree are not covered (NaN)."""
    whole = n == np.rint(n)
    gone = whole & (n < k)
    return np.where(whole & (n < 0), np.nan, np.where(gone, 0.0, fn(np.where(gone, 0, n - k), *rest)))


def rising(a, k):
    return a if k == 1 else a * (a + 1.0)


def halved(x):
    return 0.5 * x


def shifted(x):
    return 2.0 * x - 1.0


def gegenbauer(a, outer=1.0, inner=None, scale=1.0):
    """k-th derivative of outer C_n^(a)(inner(x)), a a number."""
    def derivative(k, n, x):
        t = x if inner is None else inner(x)
        return outer * scale ** k * 2.0 ** k * rising(a, k) * lowered(sp.eval_gegenbauer, n, k, a + k, t)

    return derivative


def chebyt(outer=1.0, inner=None, scale=1.0):
    """k-th derivative of outer T_n(inner(x)): T' = n U_{n-1}, U' = 2 C^(2)_{n-1}."""
    def derivative(k, n, x):
        t = x if inner is None else inner(x)
        if k == 1:
            return outer * scale * n * lowered(sp.eval_chebyu, n, 1, t)
        return outer * scale * scale * n * 2.0 * lowered(sp.eval_gegenbauer, n, 2, 2.0, t)

    return derivative


def hermite(factor, fn):
    """k-th derivative of a family with f_n' = factor n f_{n-1}."""
    def derivative(k, n, x):
        return factor ** k * (n if k == 1 else n * (n - 1)) * lowered(fn, n, k, x)

    return derivative


def plain_family(name, derivative, domain, degrees=DEGREES):
    """A family in (degree, argument)."""
    elementwise(name, d1=(DEGREE, lambda y, n, x: derivative(1, n, x)), d2={(1, 1): lambda y, n, x, d: derivative(2, n, x)},
                domain=(degrees, domain), edges=((0, 0.25), (1, 0.25), (2, 0.5), (5, 0.75)))


plain_family("eval_legendre", gegenbauer(0.5), UNIT)
plain_family("eval_sh_legendre", gegenbauer(0.5, inner=shifted, scale=2.0), Domain(0.0, 1.0))
plain_family("eval_chebyu", gegenbauer(1.0), UNIT)
plain_family("eval_sh_chebyu", gegenbauer(1.0, inner=shifted, scale=2.0), Domain(0.0, 1.0))
plain_family("eval_chebys", gegenbauer(1.0, inner=halved, scale=0.5), Domain(-2.0, 2.0))
plain_family("eval_chebyt", chebyt(), UNIT)
plain_family("eval_sh_chebyt", chebyt(inner=shifted, scale=2.0), Domain(0.0, 1.0))
plain_family("eval_chebyc", chebyt(outer=2.0, inner=halved, scale=0.5), Domain(-2.0, 2.0))
plain_family("eval_hermite", hermite(2.0, sp.eval_hermite), REAL)
plain_family("eval_hermitenorm", hermite(1.0, sp.eval_hermitenorm), REAL)
plain_family("eval_laguerre", lambda k, n, x: (-1.0) ** k * lowered(sp.eval_genlaguerre, n, k, float(k), x), POSITIVE)

elementwise("eval_genlaguerre", d1=(DEGREE, PARAMETER, lambda y, n, a, x: -lowered(sp.eval_genlaguerre, n, 1, a + 1.0, x)),
            d2={(2, 2): lambda y, n, a, x, d: lowered(sp.eval_genlaguerre, n, 2, a + 2.0, x)},
            domain=(DEGREES, Domain(0.0, 3.0), POSITIVE), edges=((0, 0.5, 0.25), (1, 0.5, 2.0), (4, 1.5, 3.0)))
elementwise("eval_gegenbauer", d1=(DEGREE, PARAMETER, lambda y, n, a, x: 2.0 * a * lowered(sp.eval_gegenbauer, n, 1, a + 1.0, x)),
            d2={(2, 2): lambda y, n, a, x, d: 4.0 * a * (a + 1.0) * lowered(sp.eval_gegenbauer, n, 2, a + 2.0, x)},
            domain=(DEGREES, Domain(0.5, 3.0), UNIT), edges=((0, 0.5, 0.25), (1, 0.5, 0.5), (4, 1.5, -0.5)))


def jacobi(k, n, a, b, x):
    """k-th derivative of P_n^(a, b)."""
    rise = n + a + b + 1.0
    return 0.5 ** k * (rise if k == 1 else rise * (rise + 1.0)) * lowered(sp.eval_jacobi, n, k, a + k, b + k, x)


def shifted_jacobi(k, n, p, q, x):
    return 2.0 ** k * jacobi(k, n, p - q, q - 1.0, 2.0 * x - 1.0) / sp.binom(2.0 * n + p - 1.0, n)


elementwise("eval_jacobi", d1=(DEGREE, PARAMETER, PARAMETER, lambda y, n, a, b, x: jacobi(1, n, a, b, x)),
            d2={(3, 3): lambda y, n, a, b, x, d: jacobi(2, n, a, b, x)},
            domain=(DEGREES, Domain(0.0, 3.0), Domain(0.0, 3.0), UNIT),
            edges=((0, 0.5, 0.5, 0.25), (1, 0.5, 1.0, 0.5), (4, 1.5, 0.0, -0.5)))
elementwise("eval_sh_jacobi", d1=(DEGREE, PARAMETER, PARAMETER, lambda y, n, p, q, x: shifted_jacobi(1, n, p, q, x)),
            d2={(3, 3): lambda y, n, p, q, x, d: shifted_jacobi(2, n, p, q, x)},
            domain=(DEGREES, Domain(2.0, 4.0), Domain(0.5, 2.0), Domain(0.0, 1.0)),
            edges=((0, 2.5, 0.5, 0.25), (1, 2.5, 1.0, 0.5), (4, 3.5, 1.0, 0.5)))


# --- associated Legendre functions --------------------------------------------------------------

def lpmv_slope(y, m, v, x):
    """((m - v - 1) P_{v+1} + (v + 1) x P_v) / (1 - x x)."""
    return ((m - v - 1.0) * sp.lpmv(m, v + 1.0, x) + (v + 1.0) * x * y) / ((1.0 - x) * (1.0 + x))


def lpmv_bend(y, m, v, x, d):
    w = (1.0 - x) * (1.0 + x)
    return (2.0 * x * d[2] - (v * (v + 1.0) - m * m / w) * y) / w


elementwise("lpmv", d1=(DEGREE, DEGREE, lpmv_slope), d2={(2, 2): lpmv_bend},
            domain=(Domain(0, 3, False, True), Domain(3, 6, False, True), UNIT),
            edges=((0, 1, 0.25), (1, 2, 0.5), (2, 4, -0.5)))


def by_order(name, places):
    """Functions that return derivatives themselves: value and `diff_n` derivatives along the first axis; `places`: the argument."""
    fn = find(name)
    if fn is None:
        return

    def bind(*args, diff_n=0, **options):
        def value(*xs):
            return dispatched(fn, fn, xs, {"diff_n": diff_n, **options})

        def slope(y, *xs):
            return dispatched(fn, fn, xs, {"diff_n": diff_n + 1, **options})[1:]

        formulas = [DEGREE.of(f"scipy.special.{name}", i) for i in range(places)] + [slope]
        return Solved(args, value, *differentials(formulas, args))

    bind.formulas = (*[DEGREE] * places, bind)
    declare(Implicit(fn, bind))


by_order("legendre_p", 1)
by_order("assoc_legendre_p", 2)
by_order("sph_legendre_p", 2)
