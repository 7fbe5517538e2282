"""Error functions, the normal distribution, logistic and plain exponential functions of scipy.special.

Decision: scaled complements (erfcx, log_ndtr) take differences that cancel by a continued fraction for ratios of repeated
integrals of erfc, whose terms are all positive.  May import: tools, kinds, elementwise, numpy, scipy.special.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import scipy.special as sp

from ..elementwise import ANGLES, DEGREE, LN2, SIGNED, cbrt_slope, polynomial
from ..kinds import NONZERO, UNIT, Domain
from .tools import Family, elementwise, partials

__all__ = ["ratio"]

SQRT_PI, SQRT_2, SQRT_2PI = 1.7724538509055160, 1.4142135623730951, 2.5066282746310005
LN10 = 2.302585092994046
PROBABILITY = Domain(0.0, 1.0)
MODERATE = (0.0, -0.0, 1e-300, 1e-8, 0.5, -0.5, 1.0, 3.0, -3.0, 6.0, -6.0, 26.0, -40.0)


# --- error functions -------------------------------------------------------------------------

def bell(x):
    """2/sqrt(pi) exp(-x*x)."""
    return 2.0 / SQRT_PI * np.exp(-x * x)


def ratio(t):
    """r1(t) and r2(t), r_n = i^n erfc / i^(n-1) erfc, for t from 2 on: erfcx' = -2 r1 erfcx, erfcx'' = 8 r1 r2 erfcx."""
    r = 0.25
    for n in range(80, 2, -1):
        r = 1.0 / (2.0 * t + 2.0 * n * r)
    second = r
    return 1.0 / (2.0 * t + 4.0 * second), second


def erfcx_slope(y, x):
    return np.where(x > 2.0, -2.0 * ratio(np.where(x > 2.0, x, 2.0))[0] * y, 2.0 * x * y - 2.0 / SQRT_PI)


def erfcx_bend(y, x, d):
    first, second = ratio(np.where(x > 2.0, x, 2.0))
    return np.where(x > 2.0, 8.0 * first * second * y, 2.0 * y + 2.0 * x * d)


FAR = 6.5  # where the asymptotic series of dawsn has every digit: (2k-1)!! / (2 x*x)**k
DAWSON = [-float(factorial(2 * k)) / (factorial(k) * 4.0 ** k) for k in range(1, 32)]


def dawsn_slope(y, x):
    z = 1.0 / np.where(np.abs(x) > FAR, x, FAR)
    return np.where(np.abs(x) > FAR, z * z * polynomial(DAWSON, z * z), 1.0 - 2.0 * x * y)


def dawsn_bend(y, x, d):
    z = 1.0 / np.where(np.abs(x) > FAR, x, FAR)
    series = polynomial([-2.0 * (k + 1) * c for k, c in enumerate(DAWSON)], z * z)
    return np.where(np.abs(x) > FAR, z * z * z * series, -2.0 * (y + x * d))


elementwise("erf", d1=lambda y, x: bell(x), d2=lambda y, x, d: -2.0 * x * d, edges=MODERATE)
elementwise("erfc", d1=lambda y, x: -bell(x), d2=lambda y, x, d: -2.0 * x * d, edges=MODERATE)
elementwise("erfi", d1=lambda y, x: 2.0 / SQRT_PI * np.exp(x * x), d2=lambda y, x, d: 2.0 * x * d, edges=MODERATE)
elementwise("erfcx", d1=erfcx_slope, d2=erfcx_bend, edges=(*MODERATE, 2.0, 1e4, 1e9))
elementwise("dawsn", d1=dawsn_slope, d2=dawsn_bend, edges=(*MODERATE, 6.5, 1e4, -1e9))
elementwise("erfinv", d1=lambda y, x: SQRT_PI / 2 * np.exp(y * y), d2=lambda y, x, d: 2.0 * y * d * d, domain=UNIT,
            edges=(0.0, 1e-300, 0.5, -0.999, 1.0, -1.0))
elementwise("erfcinv", d1=lambda y, x: -SQRT_PI / 2 * np.exp(y * y), d2=lambda y, x, d: 2.0 * y * d * d,
            domain=Domain(0.0, 2.0), edges=(0.0, 1e-300, 0.5, 1.0, 1.999, 2.0))


# --- the normal distribution -----------------------------------------------------------------

def density(x):
    return np.exp(-0.5 * x * x) / SQRT_2PI


TAIL = -2.0 * SQRT_2


def above(d, x):
    """x + d, d = phi/Phi, without cancellation in the left tail, where both are large."""
    left = x < TAIL
    return np.where(left, SQRT_2 * ratio(np.where(left, -x / SQRT_2, 2.0))[0], x + d)


def mills(x):
    """phi/Phi."""
    return np.sqrt(2.0 / np.pi) / sp.erfcx(-x / SQRT_2)


elementwise("ndtr", d1=lambda y, x: density(x), d2=lambda y, x, d: -x * d, edges=MODERATE)
elementwise("log_ndtr", d1=lambda y, x: mills(x), d2=lambda y, x, d: -d * above(d, x), edges=(*MODERATE, -1e4, -1e9))
elementwise("ndtri", d1=lambda y, x: SQRT_2PI * np.exp(0.5 * y * y), d2=lambda y, x, d: y * d * d, domain=PROBABILITY,
            edges=(0.0, 1e-300, 0.5, 0.999, 1.0))
elementwise("ndtri_exp", d1=lambda y, x: sp.erfcx(-y / SQRT_2) * np.sqrt(np.pi / 2),
            d2=lambda y, x, d: above(1.0 / d, y) * d * d, domain=Domain(-np.inf, 0.0), edges=(-1e-20, -0.5, -1e4, -1e10))


# --- Voigt profile: repeated integrals of erfc of a complex number, each the slope of the one before ---------------

DEEP = 16  # from how deep the ratios of two repeated integrals are built up: enough from |z| = 7 on


def repeated(n, z):
    """J_n = exp(t*t) i^n erfc(t) at t = -i z; J_0 is SciPy's wofz."""
    t = -1j * z
    far, w = np.abs(z) > 7.0, sp.wofz(z)
    # on the real line the Gauss function is all there is of the real part of w, and has ratios of its own
    split = far & (z.imag == 0)
    out = np.where(split, 1j * w.imag, w)
    near = [np.where(split, 0.0, 2.0 / SQRT_PI) + 0.0 * t, np.where(split, w.real, w)]
    for k in range(1, n + 1):
        near.append((near[-2] - 2.0 * t * near[-1]) / (2.0 * k))
    r, ratios = 0.0, {}
    for k in range(DEEP + n, 0, -1):
        r = ratios[k] = 1.0 / (2.0 * np.where(far, t, 9.0) + 2.0 * (k + 1) * r)
    for k in range(1, n + 1):
        out = out * ratios[k]
    return np.where(far, out, 0.0) + np.where(split | ~far, near[-1], 0.0)


def _part(key):
    """Real (part 0) or imaginary part of J_n(z)/sigma**(n+1), z = (x + i gamma)/(sigma sqrt(2))."""
    n, part = key

    def value(x, sigma, gamma):
        found = repeated(n, (x + 1j * gamma) / (sigma * SQRT_2))
        return (found.imag if part else found.real) / sigma ** (n + 1)

    return value


def _slopes(family, key, fn):
    """dJ_n/dz = 2i (n+1) J_{n+1}; in sigma by the heat equation f_sigma = sigma f_xx, so that nothing cancels in the wings."""
    n, part = key
    partials(fn, lambda y, x, s, g: (1.0 if part else -1.0) * SQRT_2 * (n + 1) * family((n + 1, 1 - part), x, s, g),
             lambda y, x, s, g: -2.0 * (n + 1) * (n + 2) * s * family((n + 2, part), x, s, g),
             lambda y, x, s, g: -SQRT_2 * (n + 1) * family((n + 1, part), x, s, g))


faddeeva = Family("Faddeeva", 3, _part, _slopes)
partials("voigt_profile", lambda y, x, s, g: -faddeeva((1, 1), x, s, g) / SQRT_PI,
         lambda y, x, s, g: -4.0 * s * faddeeva((2, 0), x, s, g) / SQRT_2PI,
         lambda y, x, s, g: -faddeeva((1, 0), x, s, g) / SQRT_PI)


# --- logistic --------------------------------------------------------------------------------

def logistic_slope(y, x):
    e = np.exp(-np.abs(x))
    return e / ((1.0 + e) * (1.0 + e))


elementwise("expit", d1=logistic_slope, d2=lambda y, x, d: -d * np.tanh(0.5 * x), edges=(*SIGNED, 40.0, -700.0))
elementwise("log_expit", d1=lambda y, x: sp.expit(-x), d2=lambda y, x, d: -d * sp.expit(x), edges=(*SIGNED, 40.0, -700.0))
elementwise("logit", d1=lambda y, x: 1.0 / (x * (1.0 - x)), d2=lambda y, x, d: (2.0 * x - 1.0) * d * d, domain=PROBABILITY,
            edges=(0.0, 1e-300, 1e-8, 0.5, 1.0 - 2.0 ** -53, 1.0))


# --- exponentials, powers, angles in degrees: SciPy's own ufuncs beside NumPy's ---------------------

elementwise("exp2", d1=lambda y, x: y * LN2, d2=lambda y, x, d: d * LN2, edges=(0.0, 1.0, -1074.0, 1023.0))
elementwise("exp10", d1=lambda y, x: y * LN10, d2=lambda y, x, d: d * LN10, edges=(0.0, 1.0, -320.0, 300.0))
elementwise("expm1", d1=lambda y, x: np.exp(x), d2=lambda y, x, d: d, edges=(*SIGNED, -40.0, 700.0))
elementwise("log1p", d1=lambda y, x: 1.0 / (1.0 + x), d2=lambda y, x, d: -d * d, domain=Domain(-1.0, np.inf),
            edges=(-1.0, -1e-300, 0.0, 1e-8, 1e160))
elementwise("cbrt", d1=cbrt_slope, d2=lambda y, x, d: -2.0 / 3.0 * d / x, domain=NONZERO, edges=(0.0, 1e-300, 1.0, -1e300))
elementwise("cosm1", d1=lambda y, x: -np.sin(x), d2=lambda y, x, d: -np.cos(x), edges=ANGLES)
elementwise("sindg", d1=lambda y, x: DEGREE * sp.cosdg(x), d2=lambda y, x, d: -DEGREE * DEGREE * y, edges=(0.0, 90.0, -180.0, 1e6))
elementwise("cosdg", d1=lambda y, x: -DEGREE * sp.sindg(x), d2=lambda y, x, d: -DEGREE * DEGREE * y, edges=(0.0, 90.0, -180.0, 1e6))
elementwise("tandg", d1=lambda y, x: DEGREE * (1.0 + y * y), d2=lambda y, x, d: 2.0 * DEGREE * y * d, edges=(0.0, 45.0, -180.0))
elementwise("cotdg", d1=lambda y, x: -DEGREE * (1.0 + y * y), d2=lambda y, x, d: -2.0 * DEGREE * y * d, domain=NONZERO,
            edges=(45.0, 90.0, -135.0))
elementwise("radian", d1=(lambda y, d, m, s: DEGREE, lambda y, d, m, s: DEGREE / 60.0, lambda y, d, m, s: DEGREE / 3600.0),
            edges=((1.0, 2.0, 3.0),))
elementwise("wrightomega", d1=lambda y, x: y / (1.0 + y), d2=lambda y, x, d: d / ((1.0 + y) * (1.0 + y)),
            edges=(0.0, 1.0, -50.0, 1e10))
