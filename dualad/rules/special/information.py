"""Logarithms of products, entropies, losses, and power transformations of scipy.special.

Decision: (exp(u) - 1)/u and log(1 + w)/w, which the Box-Cox transformations are made of, and all their derivatives are
functions of ours, by series where their quotients cancel.  May import: tools, kinds, numpy, scipy.special.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from ..elementwise import polynomial
from ..kinds import NONNEGATIVE, POSITIVE, REAL, Domain
from .tools import Family, elementwise, partials

__all__ = ["log1p_ratio", "power_slope"]

# --- products with logarithms, entropies: zero times anything is zero ------------------------


def unless_zero(x, value):
    return np.where(x == 0, 0.0, value)


elementwise("xlogy", d1=(lambda y, a, b: np.log(b), lambda y, a, b: unless_zero(a, a / b)),
            d2={(0, 1): lambda y, a, b, d: 1.0 / b, (1, 1): lambda y, a, b, d: unless_zero(a, -a / b / b)},
            domain=(REAL, POSITIVE), edges=((0.0, 0.0), (0.0, 2.0), (1.0, 0.0), (2.0, 1e-300), (-1.0, 1e300)))
elementwise("xlog1py", d1=(lambda y, a, b: np.log1p(b), lambda y, a, b: unless_zero(a, a / (1.0 + b))),
            d2={(0, 1): lambda y, a, b, d: 1.0 / (1.0 + b), (1, 1): lambda y, a, b, d: unless_zero(a, -a / (1.0 + b) / (1.0 + b))},
            domain=(REAL, Domain(-1.0, np.inf)), edges=((0.0, -1.0), (0.0, 2.0), (2.0, 1e-300), (-1.0, 1e300)))
elementwise("entr", d1=lambda y, x: -np.log(x) - 1.0, d2=lambda y, x, d: -1.0 / x, domain=NONNEGATIVE,
            edges=(0.0, 1e-300, 0.36787944117144233, 1.0, 1e300))
elementwise("rel_entr", d1=(lambda y, a, b: np.log(a / b) + 1.0, lambda y, a, b: -a / b),
            d2={(0, 0): lambda y, a, b, d: 1.0 / a, (0, 1): lambda y, a, b, d: -1.0 / b, (1, 1): lambda y, a, b, d: a / b / b},
            domain=POSITIVE, edges=((0.0, 1.0), (1.0, 1.0), (1e-200, 1e-100), (3.0, 3.0000001)))


def log_of_ratio(a, b):
    """log(a/b), also next to 1."""
    r = (a - b) / b
    near = np.abs(r) < 0.5
    return np.where(near, np.log1p(np.where(near, r, 0.0)), np.log(a / b))


elementwise("kl_div", d1=(lambda y, a, b: log_of_ratio(a, b), lambda y, a, b: (b - a) / b),
            d2={(0, 0): lambda y, a, b, d: 1.0 / a, (0, 1): lambda y, a, b, d: -1.0 / b, (1, 1): lambda y, a, b, d: a / b / b},
            domain=POSITIVE, edges=((0.0, 1.0), (1.0, 1.0), (1e-200, 1e-100), (3.0, 3.0000001)))


# --- losses ----------------------------------------------------------------------------------

def inside(delta, r):
    return np.abs(r) <= delta


elementwise("huber", d1=(lambda y, c, r: np.where(inside(c, r), 0.0, np.abs(r) - c),
                         lambda y, c, r: np.where(inside(c, r), r, c * np.sign(r))),
            d2={(0, 0): lambda y, c, r, d: np.where(inside(c, r), 0.0, -1.0),
                (0, 1): lambda y, c, r, d: np.where(inside(c, r), 0.0, np.sign(r)),
                (1, 1): lambda y, c, r, d: np.where(inside(c, r), 1.0, 0.0)},
            domain=(POSITIVE, REAL), edges=((1.0, 0.5), (1.0, -2.0), (0.0, 1.0), (1e-3, 1e5)))


def pseudo_huber_delta(y, c, r):
    q = r / c
    s = np.hypot(1.0, q)
    t = q / (1.0 + s) * q  # s - 1
    return c * t * t / s


def cubed(c, r):
    """(q/s)**3, q = r/delta, s = sqrt(1 + q*q)."""
    q = r / c
    p = q / np.hypot(1.0, q)
    return p * p * p


def pseudo_huber_bend(y, c, r, d):
    """-(s - 1)**2 (2 s + 1) / s**3."""
    q = r / c
    s = np.hypot(1.0, q)
    t = q / (1.0 + s) * q / s
    return -t * t * (2.0 + 1.0 / s)


elementwise("pseudo_huber", d1=(pseudo_huber_delta, lambda y, c, r: r / np.hypot(1.0, r / c)),
            d2={(0, 0): pseudo_huber_bend, (0, 1): lambda y, c, r, d: cubed(c, r),
                (1, 1): lambda y, c, r, d: 1.0 / np.hypot(1.0, r / c) ** 3},
            domain=(POSITIVE, REAL), edges=((1.0, 0.5), (1.0, -2.0), (1e-3, 1e5), (1e5, 1e-3)))


# --- (exp(u) - 1)/u and log(1 + w)/w, and their derivatives --------------------------------------

def _exp_ratio(n):
    """n-th derivative of (exp(u) - 1)/u: the integral of t**n exp(u t) over the unit interval."""
    series = [1.0 / (factorial(k) * (k + n + 1)) for k in range(24)]

    def value(u):
        near = np.abs(u) < 1.5
        v = np.where(near, 1.0, u)
        e = np.exp(v)
        far = np.expm1(v) / v
        for k in range(1, n + 1):
            far = (e - k * far) / v
        return np.where(near, polynomial(series, np.where(near, u, 0.0)), far)

    return value


def _log_ratio(n):
    """n-th derivative of log(1 + w)/w."""
    series = []
    for k in range(n, n + 60):
        falling = factorial(k) // factorial(k - n)
        series.append((-1.0) ** k * falling / (k + 1))

    def value(w):
        near = np.abs(w) < 0.4
        v = np.where(near, 1.0, w)
        far = np.log1p(v) / v
        for k in range(1, n + 1):
            far = ((-1.0) ** (k - 1) * factorial(k - 1) / (1.0 + v) ** k - k * far) / v
        return np.where(near, polynomial(series, np.where(near, w, 0.0)), far)

    return value


def next_two(family, n, fn):
    elementwise(fn, d1=lambda y, x: family(n + 1, x), d2=lambda y, x, d: family(n + 2, x))


exp_ratio, log1p_ratio = Family("exp ratio", 1, _exp_ratio, next_two), Family("log ratio", 1, _log_ratio, next_two)
elementwise("exprel", d1=lambda y, x: exp_ratio(1, x), d2=lambda y, x, d: exp_ratio(2, x),
            edges=(0.0, 1e-300, 1e-8, 1.5, -1.5, 40.0, -700.0))


# --- Box-Cox ----------------------------------------------------------------------------------

def log_slope(log, n=1):
    """n-th derivative of expm1(p log)/p in p."""
    def partial(y, x, p):
        v = log(x)
        return v ** (n + 1) * exp_ratio(n, p * v)

    return partial


power_slope = log_slope(np.log)


def root_slope(inner):
    """Derivative of log1p(p y)/p in p, times what is outside of it."""
    return lambda x, y, p: inner(x) * y * y * log1p_ratio(1, p * y)


elementwise("boxcox", d1=(lambda y, x, p: x ** (p - 1.0), log_slope(np.log)),
            d2={(0, 0): lambda y, x, p, d: (p - 1.0) * d[0] / x, (0, 1): lambda y, x, p, d: d[0] * np.log(x),
                (1, 1): lambda y, x, p, d: log_slope(np.log, 2)(y, x, p)},
            domain=(POSITIVE, Domain(-3.0, 3.0)), edges=((1.0, 0.0), (2.0, 0.0), (2.0, 1e-9), (0.5, -2.0), (100.0, 2.0)))
elementwise("boxcox1p", d1=(lambda y, x, p: (1.0 + x) ** (p - 1.0), log_slope(np.log1p)),
            d2={(0, 0): lambda y, x, p, d: (p - 1.0) * d[0] / (1.0 + x), (0, 1): lambda y, x, p, d: d[0] * np.log1p(x),
                (1, 1): lambda y, x, p, d: log_slope(np.log1p, 2)(y, x, p)},
            domain=(Domain(-1.0, np.inf), Domain(-3.0, 3.0)), edges=((0.0, 0.0), (1e-9, 2.0), (2.0, 1e-9), (-0.5, -2.0)))
partials("inv_boxcox", lambda x, y, p: x / (1.0 + p * y), root_slope(lambda x: x))
partials("inv_boxcox1p", lambda x, y, p: (x + 1.0) / (1.0 + p * y), root_slope(lambda x: x + 1.0))


# --- x**y - 1 ----------------------------------------------------------------------------------

elementwise("powm1", d1=(lambda y, x, p: p * x ** (p - 1.0), lambda y, x, p: x ** p * np.log(x)),
            d2={(0, 0): lambda y, x, p, d: (p - 1.0) * d[0] / x,
                (0, 1): lambda y, x, p, d: x ** (p - 1.0) * (1.0 + p * np.log(x)),
                (1, 1): lambda y, x, p, d: d[1] * np.log(x)},
            domain=(POSITIVE, Domain(-4.0, 4.0)), edges=((1.0, 2.0), (2.0, 0.5), (1e-3, 3.0), (1.0000001, 1e-3)))


# --- the distribution of Tukey's lambda, the inverse of (p**c - (1-p)**c)/c --------------------------

def tukey_density(y, c):
    return 1.0 / (y ** (c - 1.0) + (1.0 - y) ** (c - 1.0))


def clear_of_ends(y):
    return np.where((y > 0.0) & (y < 1.0), y, 0.5)


partials("tklmbda", lambda y, x, c: np.where((y > 0.0) & (y < 1.0), tukey_density(clear_of_ends(y), c), 0.0),
         lambda y, x, c: np.where((y > 0.0) & (y < 1.0), tukey_density(clear_of_ends(y), c)
                                  * (power_slope(0.0, 1.0 - clear_of_ends(y), c) - power_slope(0.0, clear_of_ends(y), c)), 0.0))
