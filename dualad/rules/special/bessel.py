"""Bessel functions and their relatives: in the argument by recurrences, in the order for kv and kve alone.

Decisions: derivatives are differences of neighbouring orders, which have no singular point at zero; the scaled functions,
whose derivatives cancel far out, use Hankel's expansion there. The order of K is differentiated under its integral, all of
whose terms are positive.  May import: tools, kinds, elementwise, numpy, scipy.special.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sp

from ..elementwise import polynomial
from ..kinds import POSITIVE, REAL, Domain, composite, no_partial
from .tools import Family, elementwise, find, is_plain, partials, refuse_operand

__all__: list[str] = []

ORDER = no_partial("no stable formula is known for its order; K (kv, kve) has one")
WHOLE = no_partial("its order is a whole number")
ORDERS = Domain(0.0, 6.0)
ZERO_ON = (0.0, 1e-8, 0.5, 2.404825557695773, 10.0, 100.0)
PAIRS = ((0.0, 0.5), (1.0, 2.0), (2.5, 1e-3), (0.0, 60.0), (3.0, 200.0))


# --- orders zero and one -----------------------------------------------------------------------

elementwise("j0", d1=lambda y, x: -sp.j1(x), d2=lambda y, x, d: 0.5 * (sp.jv(2.0, x) - y), edges=ZERO_ON)
elementwise("j1", d1=lambda y, x: 0.5 * (sp.j0(x) - sp.jv(2.0, x)), d2=lambda y, x, d: 0.25 * (sp.jv(3.0, x) - 3.0 * y),
            edges=ZERO_ON)
elementwise("y0", d1=lambda y, x: -sp.y1(x), d2=lambda y, x, d: 0.5 * (sp.yv(2.0, x) - y), domain=POSITIVE, edges=ZERO_ON[1:])
elementwise("y1", d1=lambda y, x: 0.5 * (sp.y0(x) - sp.yv(2.0, x)), d2=lambda y, x, d: 0.25 * (sp.yv(3.0, x) - 3.0 * y),
            domain=POSITIVE, edges=ZERO_ON[1:])
elementwise("i0", d1=lambda y, x: sp.i1(x), d2=lambda y, x, d: 0.5 * (sp.iv(2.0, x) + y), edges=ZERO_ON)
elementwise("i1", d1=lambda y, x: 0.5 * (sp.i0(x) + sp.iv(2.0, x)), d2=lambda y, x, d: 0.25 * (sp.iv(3.0, x) + 3.0 * y),
            edges=ZERO_ON)
elementwise("k0", d1=lambda y, x: -sp.k1(x), d2=lambda y, x, d: 0.5 * (sp.kv(2.0, x) + y), domain=POSITIVE, edges=ZERO_ON[1:])
elementwise("k1", d1=lambda y, x: -0.5 * (sp.k0(x) + sp.kv(2.0, x)), d2=lambda y, x, d: 0.25 * (sp.kv(3.0, x) + 3.0 * y),
            domain=POSITIVE, edges=ZERO_ON[1:])


# --- any order -----------------------------------------------------------------------------------

def neighbours(fn, s, t):
    """d1 and d2 of a function with f_v' = t (f_{v-1} + s f_{v+1}) / 2."""
    return ((ORDER, lambda y, v, x: 0.5 * t * (fn(v - 1.0, x) + s * fn(v + 1.0, x))),
            {(1, 1): lambda y, v, x, d: 0.25 * (fn(v - 2.0, x) + 2.0 * s * y + fn(v + 2.0, x))})


for _name, _s, _t in (("jv", -1.0, 1.0), ("yv", -1.0, 1.0), ("iv", 1.0, 1.0), ("jve", -1.0, 1.0), ("yve", -1.0, 1.0)):
    _d1, _d2 = neighbours(find(_name), _s, _t)
    elementwise(_name, d1=_d1, d2=_d2, domain=(ORDERS, POSITIVE), edges=PAIRS)
if sp.jn is not sp.jv:
    _d1, _d2 = neighbours(sp.jv, -1.0, 1.0)
    elementwise("jn", d1=_d1, d2=_d2, domain=(ORDERS, POSITIVE), edges=PAIRS)


def whole_neighbours(fn, s, t):
    """The same for functions that take whole orders only: order -n in terms of order n."""
    def at(n, x):
        flip = np.where((s < 0) & (n < 0) & (n % 2 != 0), -1.0, 1.0)
        return flip * fn(np.abs(n), x)

    return ((WHOLE, lambda y, n, x: 0.5 * t * (at(n - 1, x) + s * at(n + 1, x))),
            {(1, 1): lambda y, n, x, d: 0.25 * (at(n - 2, x) + 2.0 * s * y + at(n + 2, x))})


for _name, _s, _t in (("yn", -1.0, 1.0), ("kn", 1.0, -1.0)):
    _d1, _d2 = whole_neighbours(find(_name), _s, _t)
    elementwise(_name, d1=_d1, d2=_d2, domain=(Domain(0, 6, False, True), POSITIVE),
                edges=((0, 0.5), (1, 2.0), (2, 1e-2), (5, 20.0)))


# --- exponentially scaled ------------------------------------------------------------------------

FAR = 20.0
TERMS = 36


def hankel(v, x, sign):
    """(1/2 + sum) of Hankel's expansion for f' and f'' of exp(-sign x) I_v or exp(x) K_v, over f's leading factor."""
    z = 1.0 / x
    mu, a, first, second = 4.0 * v * v, 1.0, 0.0, 0.0
    power = z
    for k in range(TERMS):
        # term a x**(-k - 1/2) of the function
        first = first - (k + 0.5) * a * power
        second = second + (k + 0.5) * (k + 1.5) * a * power * z
        a = -sign * a * (mu - (2.0 * k + 1.0) ** 2) / (8.0 * (k + 1.0))
        power = power * z
    return first, second


def leading(x, sign):
    return np.sqrt((0.5 / np.pi if sign > 0 else 0.5 * np.pi) / x)


def far(v, x):
    return (np.abs(x) > FAR) & (v * v < np.abs(x))


def scaled(scaled_fn, sign):
    """Partials of exp(-sign |x|) f_v(|x|) in the argument, for f = I (sign 1) and K (sign -1)."""
    def straight(v, x):
        return sign * (0.5 * (scaled_fn(v - 1.0, x) + scaled_fn(v + 1.0, x)) - scaled_fn(v, x))

    def parity(v, x):
        """f(-x) = (-1)**v f(x) for whole v."""
        return np.where((x < 0) & (v % 2 == 1), -1.0, 1.0)

    def slope(y, v, x):
        r = np.abs(x)
        off = far(v, r)
        w = np.where(off, r, FAR)
        found = np.where(off, leading(w, sign) * hankel(np.where(off, v, 0.0), w, sign)[0], straight(v, np.where(off, 1.0, r)))
        return np.where(x < 0, -1.0, 1.0) * parity(v, x) * found

    def bend(y, v, x, d):
        r = np.abs(x)
        off = far(v, r)
        w, t = np.where(off, r, FAR), np.where(off, 1.0, r)
        near = 0.25 * (scaled_fn(v - 2.0, t) + 2.0 * scaled_fn(v, t) + scaled_fn(v + 2.0, t)) + scaled_fn(v, t)
        near = near - scaled_fn(v - 1.0, t) - scaled_fn(v + 1.0, t)
        return parity(v, x) * np.where(off, leading(w, sign) * hankel(np.where(off, v, 0.0), w, sign)[1], near)

    return slope, bend


_slope_i, _bend_i = scaled(sp.ive, 1.0)
_slope_k, _bend_k = scaled(sp.kve, -1.0)
elementwise("ive", d1=(ORDER, _slope_i), d2={(1, 1): _bend_i}, domain=(ORDERS, POSITIVE), edges=PAIRS)
for _name, _v, _slope, _bend in (("i0e", 0.0, _slope_i, _bend_i), ("i1e", 1.0, _slope_i, _bend_i), ("k0e", 0.0, _slope_k, _bend_k),
                                 ("k1e", 1.0, _slope_k, _bend_k)):
    elementwise(_name, d1=lambda y, x, v=_v, f=_slope: f(y, v, x), d2=lambda y, x, d, v=_v, f=_bend: f(y, v, x, d),
                domain=REAL if _name[0] == "i" else POSITIVE, edges=(1e-8, 0.5, 10.0, 20.0, 21.0, 1e4))


# --- K in its order, under the integral -------------------------------------------------------------

NODES = 200


def _order_derivative(n, k, scaled):
    """d/dv, n times, and d/dx, k times, of K_v(x) or exp(x) K_v(x): t**n cosh or sinh(v t) (s - cosh t)**k exp(x (s - cosh t))."""
    s = 1.0 if scaled else 0.0

    def value(v, x):
        v, x = np.broadcast_arrays(np.asarray(v, float), np.asarray(x, float))
        size = np.abs(v)
        # where the integrand has fallen by exp(-750): by Newton's steps from the right, which is convex
        end = np.arccosh(1.0 + (750.0 + size * 40.0) / x)
        for _ in range(20):
            end = end - np.maximum((x * (np.cosh(end) - 1.0) - size * end - 750.0) / (x * np.sinh(end) - size), 0.0)
        h = end / NODES
        total = 0.0
        for m in range(NODES + 1):
            t = h * m
            fall = s - 1.0 - 2.0 * np.sinh(0.5 * t) ** 2
            up, down = np.exp(size * t + x * fall), np.exp(-size * t + x * fall)
            term = t ** n * fall ** k * (up - down if n % 2 else up + down)
            total = total + (term if m else 0.5 * term)
        return np.where(x > 0, 0.5 * h * total * (np.sign(v) if n % 2 else 1.0), np.nan)[()]

    return value


def next_ones(family, key, fn):
    n, k, scaled = key
    partials(fn, lambda y, v, x: family((n + 1, k, scaled), v, x), lambda y, v, x: family((n, k + 1, scaled), v, x))


order_k = Family("K, derivatives in order and argument", 2, lambda key: _order_derivative(*key), next_ones)
elementwise("kv", d1=(lambda y, v, x: order_k((1, 0, False), v, x), lambda y, v, x: -0.5 * (sp.kv(v - 1.0, x) + sp.kv(v + 1.0, x))),
            d2={(0, 0): lambda y, v, x, d: order_k((2, 0, False), v, x), (0, 1): lambda y, v, x, d: order_k((1, 1, False), v, x),
                (1, 1): lambda y, v, x, d: 0.25 * (sp.kv(v - 2.0, x) + 2.0 * y + sp.kv(v + 2.0, x))},
            domain=(ORDERS, POSITIVE), edges=PAIRS)
elementwise("kve", d1=(lambda y, v, x: order_k((1, 0, True), v, x), _slope_k),
            d2={(0, 0): lambda y, v, x, d: order_k((2, 0, True), v, x), (0, 1): lambda y, v, x, d: order_k((1, 1, True), v, x),
                (1, 1): _bend_k},
            domain=(ORDERS, POSITIVE), edges=PAIRS)


# --- Struve -------------------------------------------------------------------------------------------

def struve_rule(fn, s):
    """H (s = -1) and L (s = 1): f_v' = (f_{v-1} + s f_{v+1} + c_v)/2 (L: + c_v), c_v = (x/2)**v / (sqrt(pi) gamma(v + 3/2))."""
    def c(v, x):
        return (0.5 * x) ** v * sp.rgamma(v + 1.5) / np.sqrt(np.pi)

    def bend(y, v, x, d):
        outer = 0.25 * (fn(v - 2.0, x) + 2.0 * s * y + fn(v + 2.0, x))
        near = outer + 0.25 * (c(v - 1.0, x) + s * c(v + 1.0, x)) + 0.5 * v * c(v, x) / x
        away = fn(v - 2.0, x) - (v - 1.0) / x * fn(v - 1.0, x) + v / x * (y / x - d[1])
        return np.where(x > 10.0, away, near)

    def slope(y, v, x):
        # far out H_{v+1} is c_v to all digits
        return np.where(x > 10.0, fn(v - 1.0, x) - v / x * y, 0.5 * (fn(v - 1.0, x) + s * fn(v + 1.0, x) + c(v, x)))

    return (ORDER, slope), {(1, 1): bend}


for _name, _s in (("struve", -1.0), ("modstruve", 1.0)):
    _d1, _d2 = struve_rule(find(_name), _s)
    elementwise(_name, d1=_d1, d2=_d2, domain=(Domain(0.0, 4.0), Domain(0.0, 20.0)), edges=((0.0, 0.5), (1.0, 2.0), (2.5, 10.0)))
elementwise("itstruve0", d1=lambda y, x: sp.struve(0.0, x), d2=lambda y, x, d: 2.0 / np.pi - sp.struve(1.0, x),
            domain=Domain(0.0, 20.0), edges=(0.5, 10.0))
elementwise("itmodstruve0", d1=lambda y, x: sp.modstruve(0.0, x), d2=lambda y, x, d: 2.0 / np.pi + sp.modstruve(1.0, x),
            domain=Domain(0.0, 20.0), edges=(0.5, 10.0))
elementwise("it2struve0", d1=lambda y, x: -sp.struve(0.0, x) / x,
            d2=lambda y, x, d: (sp.struve(1.0, x) - 2.0 / np.pi - d) / x, domain=Domain(0.0, 20.0), edges=(0.5, 10.0))


# --- Kelvin ---------------------------------------------------------------------------------------------

elementwise("ber", d1=lambda y, x: sp.berp(x), d2=lambda y, x, d: -d / x - sp.bei(x), domain=Domain(0.0, 20.0), edges=(0.5, 10.0))
elementwise("bei", d1=lambda y, x: sp.beip(x), d2=lambda y, x, d: -d / x + sp.ber(x), domain=Domain(0.0, 20.0), edges=(0.5, 10.0))
elementwise("ker", d1=lambda y, x: sp.kerp(x), d2=lambda y, x, d: -d / x - sp.kei(x), domain=Domain(0.0, 20.0), edges=(0.5, 10.0))
elementwise("kei", d1=lambda y, x: sp.keip(x), d2=lambda y, x, d: -d / x + sp.ker(x), domain=Domain(0.0, 20.0), edges=(0.5, 10.0))
for _re, _im in (("ber", "bei"), ("ker", "kei")):
    _f, _g, _fp, _gp = (find(n) for n in (_re, _im, _re + "p", _im + "p"))
    elementwise(_re + "p", d1=lambda y, x, g=_g: -y / x - g(x), d2=lambda y, x, d, gp=_gp: (y / x - d) / x - gp(x),
                domain=Domain(0.0, 20.0), edges=(0.5, 10.0))
    elementwise(_im + "p", d1=lambda y, x, f=_f: -y / x + f(x), d2=lambda y, x, d, fp=_fp: (y / x - d) / x + fp(x),
                domain=Domain(0.0, 20.0), edges=(0.5, 10.0))


# --- spherical ---------------------------------------------------------------------------------------------

def spherical(fn, s, t, n, x, k):
    """k-th derivative: f_n' = t (n f_{n-1} + s (n+1) f_{n+1}) / (2n+1), s and t signs."""
    if not k:
        return fn(n, x)
    below = np.where(n > 0, n, 0) * spherical(fn, s, t, np.maximum(n - 1, 0), x, k - 1)
    return t * (below + s * (n + 1) * spherical(fn, s, t, n + 1, x, k - 1)) / (2 * n + 1)


for _name, _s, _t in (("jn", -1.0, 1.0), ("yn", -1.0, 1.0), ("in", 1.0, 1.0), ("kn", 1.0, -1.0)):
    for _kind in ("", "_d"):
        _fn = find(f"_spherical_{_name}{_kind}")
        elementwise(_fn, d1=(WHOLE, lambda y, n, x, a=(_fn, _s, _t): spherical(*a, n, x, 1)),
                    d2={(1, 1): lambda y, n, x, d, a=(_fn, _s, _t): spherical(*a, n, x, 2)},
                    domain=(Domain(0, 6, False, True), Domain(0.5, 20.0)), edges=((0, 0.5), (1, 2.0), (3, 10.0)))

    def _body(n, z, derivative=False, name=_name):
        if not is_plain(n):
            refuse_operand(f"scipy.special.spherical_{name}", "its order n", WHOLE.why)
        n = np.asarray(n, dtype=np.dtype("long"))
        y = find(f"_spherical_{name}_d" if derivative else f"_spherical_{name}")(n, np.abs(z))
        odd = np.where((n + (name == "yn") + bool(derivative)) % 2 == 1, -1.0, 1.0)
        return y if name == "kn" else np.where(z < 0, odd * y, y)

    composite(find(f"spherical_{_name}"))(_body)


# --- integrals ---------------------------------------------------------------------------------------------

def less_one(fn, s):
    """s (1 - f(x))/x for J0 (s = 1) and (f(x) - 1)/x for I0, by the series close to zero."""
    series = [1.0, -s / 16.0, 1.0 / 576.0, -s / 36864.0, 1.0 / 3686400.0, -s / 530841600.0]

    def quotient(x):
        near = np.abs(x) < 0.7
        t = np.where(near, 1.0, x)
        return np.where(near, 0.25 * x * polynomial(series, np.where(near, x * x, 0.0)), s * (1.0 - fn(t)) / t)

    return quotient


_j, _i = less_one(sp.j0, 1.0), less_one(sp.i0, -1.0)
partials("itj0y0", lambda y, x: (sp.j0(x), sp.y0(x)))
partials("iti0k0", lambda y, x: (sp.i0(x), sp.k0(x)))
partials("it2j0y0", lambda y, x: (_j(x), -sp.y0(x) / x))
partials("it2i0k0", lambda y, x: (_i(x), -sp.k0(x) / x))


# --- Airy -----------------------------------------------------------------------------------------------------

partials("airy", lambda y, x: (y[1], x * y[0], y[3], x * y[2]))


@composite(sp.airye)
def _airye(z):
    """From 1 on by scaled Bessel functions of order 1/3 and 2/3, whose slopes do not cancel far out."""
    off = z > 1.0
    x = np.where(off, z, 1.0)
    u = 2.0 / 3.0 * x * np.sqrt(x)
    far_a, far_ap = np.sqrt(x / 3.0) / np.pi * sp.kve(1 / 3, u), -x / (np.pi * np.sqrt(3.0)) * sp.kve(2 / 3, u)
    far_b = np.sqrt(x / 3.0) * (sp.ive(-1 / 3, u) + sp.ive(1 / 3, u))
    far_bp = x / np.sqrt(3.0) * (sp.ive(-2 / 3, u) + sp.ive(2 / 3, u))
    near = np.where(off, 0.0, z)
    positive = near > 0.0
    up = np.where(positive, near, 1.0)
    growth = np.where(positive, np.exp(2.0 / 3.0 * up * np.sqrt(up)), 1.0)
    a, ap, b, bp = sp.airy(near)
    hidden = np.where(z < 0, np.nan, 1.0)  # SciPy has no real number there
    return (np.where(off, far_a, a * growth) * hidden, np.where(off, far_ap, ap * growth) * hidden,
            np.where(off, far_b, b / growth), np.where(off, far_bp, bp / growth))


partials("itairy", lambda y, x: (sp.airy(x)[0], sp.airy(x)[2], sp.airy(-x)[0], sp.airy(-x)[2]))
