"""NumPy's elementwise functions: first and second partials, one declaration each.

Decisions: every formula is written so that it is right to rounding over the whole range of
float64 (no squares that overflow, no ``1 - y*y``), follows the conventions of design.md
section 8 at kinks, ties and singular points, and keeps d2 smooth as written, because
higher orders differentiate it with y' = d and d' = d2.  Where a switch is needed inside
d2, both of its sides are the function itself on their own side.

What is not here: piecewise-constant functions (`constant`), several outputs (`composite`),
gufuncs (`contraction`).  May import: numpy, rules.kinds.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from .kinds import NONNEGATIVE, NONZERO, POSITIVE, REAL, UNIT, Domain, Elementwise, declare

__all__: list[str] = []

LN2, LOG2E, LOG10E = 0.6931471805599453, 1.4426950408889634, 0.4342944819032518  # log(2), 1/log(2), 1/log(10)
DEGREE = np.pi / 180.0
DEGREES = 57.295779513082323  # 180/pi
SCALES = (1e-300, 1e-160, 1e-8, 1.0, 1e8, 1e160, 1e300)
SIGNED = (0.0, -0.0, *SCALES, *(-s for s in SCALES))


# --- linear, and linear apart from a kink ---------------------------------------------------

def one(y, *x):
    return 1.0


def minus_one(y, *x):
    return -1.0


declare(Elementwise(np.positive, d1=one, edges=SIGNED))
declare(Elementwise(np.conjugate, d1=one, edges=SIGNED))
declare(Elementwise(np.negative, d1=minus_one, edges=SIGNED))
declare(Elementwise(np.deg2rad, d1=lambda y, x: DEGREE, edges=SIGNED))
declare(Elementwise(np.radians, d1=lambda y, x: DEGREE, edges=SIGNED))
declare(Elementwise(np.rad2deg, d1=lambda y, x: DEGREES, edges=SIGNED))
declare(Elementwise(np.degrees, d1=lambda y, x: DEGREES, edges=SIGNED))
declare(Elementwise(np.absolute, d1=lambda y, x: np.sign(x), domain=NONZERO, edges=SIGNED))
declare(Elementwise(np.fabs, d1=lambda y, x: np.sign(x), domain=NONZERO, edges=SIGNED))
declare(Elementwise(np.add, d1=(one, one)))
declare(Elementwise(np.subtract, d1=(one, minus_one)))
# y is a plus a step that does not depend on a (spacing is piecewise constant too)
declare(Elementwise(np.nextafter, d1=(one, None), edges=((0.0, 1.0), (1.0, -1.0), (1.0, 1.0))))
# slope 0 at a = 0, as for abs
declare(Elementwise(np.copysign, d1=(lambda y, a, b: np.sign(a) * np.copysign(1.0, b), None), domain=NONZERO,
                    edges=((0.0, 1.0), (2.0, -0.0), (-2.0, 0.0), (-0.0, -1.0))))
# the exponent is an integer, without derivative
declare(Elementwise(np.ldexp, d1=(lambda y, a, i: np.ldexp(1.0, i), None),
                    edges=((0.0, 0), (1.0, 1023), (1.0, -1074), (-3.0, 5))))


# --- largest and smallest: ties share equally -----------------------------------------------

def share(y, a, b):
    """1 for the winner, 0.5 in a tie, NaN where the value is NaN (fmax, fmin: only if both operands are)."""
    return np.where(a == b, 0.5, np.where(a == y, 1.0, np.where(y == y, 0.0, np.nan)))


TIES = ((0.0, 0.0), (0.0, -0.0), (1.0, 2.0), (2.0, 1.0), (np.inf, np.inf), (np.nan, 1.0), (1.0, np.nan), (-np.inf, 0.0))
for fn in (np.maximum, np.minimum, np.fmax, np.fmin):
    declare(Elementwise(fn, d1=(share, lambda y, a, b: share(y, b, a)), edges=TIES))


# --- remainders: a - n b with n an integer, piecewise constant -------------------------------

REMAINDERS = ((2.0, 1.0), (7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (0.0, 3.0), (1.0, 0.1), (1e300, 3.0), (5.0, 1e-300))
declare(Elementwise(np.remainder, d1=(one, lambda y, a, b: -np.floor_divide(a, b)), domain=(REAL, NONZERO),
                    edges=REMAINDERS))
# trunc(a/b) by way of the value: a/b alone may round up to an integer that fmod has not reached
declare(Elementwise(np.fmod, d1=(one, lambda y, a, b: -np.rint((a - y) / b)), domain=(REAL, NONZERO),
                    edges=REMAINDERS))


# --- products, quotients, powers -------------------------------------------------------------

declare(Elementwise(np.multiply, d1=(lambda y, a, b: b, lambda y, a, b: a), d2={(0, 1): one},
                    edges=((0.0, 3.0), (2.0, -5.0), (1e200, 1e-200), (5e-324, 1.0))))
declare(Elementwise(np.square, d1=lambda y, x: 2.0 * x, d2=lambda y, x, d: 2.0, edges=SIGNED))
declare(Elementwise(np.reciprocal, d1=lambda y, x: -y * y, d2=lambda y, x, d: -2.0 * y * d, domain=NONZERO,
                    edges=(0.0, *SCALES)))
declare(Elementwise(
    np.divide, d1=(lambda y, a, b: 1.0 / b, lambda y, a, b: -y / b),
    d2={(0, 1): lambda y, a, b, d: -d[0] * d[0], (1, 1): lambda y, a, b, d: -2.0 * d[1] / b},
    domain=(REAL, NONZERO), edges=((0.0, 2.0), (1e-300, 1e-200), (1e200, 1e-100), (3.0, -1e300), (-1e-300, 7.0))))
# |sqrt(-0.0)| keeps the slope at +inf; d2 by d alone needs no sign of zero either
declare(Elementwise(np.sqrt, d1=lambda y, x: 0.5 / np.abs(y), d2=lambda y, x, d: -2.0 * d * d * d, domain=NONNEGATIVE,
                    edges=(0.0, -0.0, 5e-324, 1e-310, *SCALES)))


def cbrt_slope(y, x):
    """y / 3x, and 1 / 3y**2 at 0 and inf only: it would double the error of the C library's cbrt (2 ulp)."""
    ratio = y / x
    return np.where(ratio == ratio, ratio, 1.0 / (y * y)) / 3.0


declare(Elementwise(np.cbrt, d1=cbrt_slope, d2=lambda y, x, d: -2.0 / 3.0 * d / x, domain=NONZERO,
                    edges=(0.0, 5e-324, -1e-310, *SCALES)))

BIG = 1e308


def power_x(y, x, p):
    """p x**(p-1); below p = 1/2 the rounding of p-1 would hurt, so there y/x stands for x**(p-1)."""
    return np.where(p == 0, 0.0, np.where((p < 0.5) & (x != 0), p * y / x, p * x ** (p - 1.0)))


def power_p(y, x, p):
    """y log(x); at x = 0: 0 for p > 0, -inf for p <= 0."""
    return np.where(x == 0, y * -BIG * BIG, y * np.log(x))


def power_xx(y, x, p, d):
    """p (p-1) x**(p-2); up to p = 1 by way of d, because p-2 is rounded there."""
    direct = p * ((p - 1.0) * x ** (p - 2.0))
    by_d = (p - 1.0) * d[0] / x
    return np.where((x == 0) & (p * (p - 1.0) == 0), 0.0, np.where((p <= 1.0) & (x != 0), by_d, direct))


def power_xp(y, x, p, d):
    """x**(p-1) (1 + p log(x)); at x = 0 the log is -BIG*BIG: 0 times it is 0, and its derivatives are right."""
    below = (p < 0.5) & (x != 0)
    u = np.where(below, y, x ** (p - 1.0))
    total = u + p * (u * np.log(x))
    return np.where(x == 0, u * (-BIG * np.sign(p)) * BIG, np.where(below, total / x, total))


def power_pp(y, x, p, d):
    """y log(x)**2."""
    log = np.log(x)
    return np.where(x == 0, y * BIG * BIG, y * log * log)


POWERS = (
    *((x, p) for x in (0.0, 1e-300, 0.5, 1.0, 1e10, 1e300) for p in (0.0, 0.3, 1.0, 1.5, 2.0, 3.0, -1.0, -0.7)),
    (-2.0, 3.0), (-2.0, 2.0), (-1e-3, -3.0), (1e-200, 1.7), (1e300, 1.02), (1e-310, 0.25), (-2.0, 0.5))
for fn in (np.power, np.float_power):
    declare(Elementwise(
        fn, d1=(power_x, power_p), d2={(0, 0): power_xx, (0, 1): power_xp, (1, 1): power_pp},
        domain=(POSITIVE, REAL), edges=POWERS, ulp=(4.0, 1e4),
        ulp_reason="the mixed partial vanishes where p log(x) = -1 and log is rounded, so its relative error there is "
                   "unbounded; relative to its larger term it is within 16 ulp, as are the other partials"))


# --- exponentials and logarithms -------------------------------------------------------------

declare(Elementwise(np.exp, d1=lambda y, x: y, d2=lambda y, x, d: y,
                    edges=(0.0, -0.0, 1.0, -745.0, 709.0, 1000.0, -1000.0)))
declare(Elementwise(np.exp2, d1=lambda y, x: y * LN2, d2=lambda y, x, d: d * LN2,
                    edges=(0.0, 1.0, -1074.0, 1023.0, 2000.0)))
declare(Elementwise(np.expm1, d1=lambda y, x: np.exp(x), d2=lambda y, x, d: d, edges=(*SIGNED, -40.0, 700.0)))
declare(Elementwise(np.log, d1=lambda y, x: 1.0 / x, d2=lambda y, x, d: -d * d, domain=POSITIVE,
                    edges=(0.0, 1e-310, *SCALES)))
declare(Elementwise(np.log2, d1=lambda y, x: LOG2E / x, d2=lambda y, x, d: -d / x, domain=POSITIVE,
                    edges=(0.0, 1e-310, 1.7e308, *SCALES)))
declare(Elementwise(np.log10, d1=lambda y, x: LOG10E / x, d2=lambda y, x, d: -d / x, domain=POSITIVE,
                    edges=(0.0, 1e-310, 1.7e308, *SCALES)))
declare(Elementwise(np.log1p, d1=lambda y, x: 1.0 / (1.0 + x), d2=lambda y, x, d: -d * d, domain=Domain(-1.0, np.inf),
                    edges=(-1.0, -1.0 + 2.0 ** -53, -1e-300, 0.0, *SCALES)))


def logistic(exp, base, second):
    """First partial of log(exp(a) + exp(b)): a logistic of b - a, carried to twice the precision."""

    def partial(y, a, b):
        t = b - a
        b_seen = t + a
        lost = (b - b_seen) - (a + (t - b_seen))  # b - a = t + lost, exactly
        lost = np.where(np.abs(lost) < np.inf, lost, 0.0)
        # the smaller term over the larger: never overflows
        e = exp(-np.abs(t)) * (1.0 - base * np.sign(t) * lost)
        return np.where(t < 0 if second else t > 0, e, 1.0) / (1.0 + e)

    return partial


PAIRS = ((0.0, 0.0), (0.0, 50.0), (50.0, 0.0), (0.1, 30.3), (700.3, 0.1), (0.0, 740.0), (1e308, -1e308),
         (1e-300, -1e-300), (0.0, -np.inf), (-np.inf, 0.0), (-np.inf, -np.inf))
declare(Elementwise(
    np.logaddexp, d1=(logistic(np.exp, 1.0, False), logistic(np.exp, 1.0, True)),
    d2={(0, 0): lambda y, a, b, d: d[0] * d[1], (0, 1): lambda y, a, b, d: -d[0] * d[1],
        (1, 1): lambda y, a, b, d: d[0] * d[1]},
    edges=PAIRS))
declare(Elementwise(
    np.logaddexp2, d1=(logistic(np.exp2, LN2, False), logistic(np.exp2, LN2, True)),
    d2={(0, 0): lambda y, a, b, d: LN2 * d[0] * d[1], (0, 1): lambda y, a, b, d: -LN2 * d[0] * d[1],
        (1, 1): lambda y, a, b, d: LN2 * d[0] * d[1]},
    edges=PAIRS))


# --- circular and hyperbolic -----------------------------------------------------------------

def sech2(y, x):
    """4 e / (1 + e)**2 with e = exp(-2|x|): right where 1 - y*y has no digit left."""
    e = np.exp(-2.0 * np.abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


ANGLES = (0.0, -0.0, 1e-300, 1e-8, 0.5, 1.0, np.pi / 2, np.pi, -np.pi, 3 * np.pi / 2, 100.0, 1e5, 1e15, 1e22, 1e300)
declare(Elementwise(np.sin, d1=lambda y, x: np.cos(x), d2=lambda y, x, d: -y, edges=ANGLES))
declare(Elementwise(np.cos, d1=lambda y, x: -np.sin(x), d2=lambda y, x, d: -y, edges=ANGLES))
declare(Elementwise(np.tan, d1=lambda y, x: 1.0 + y * y, d2=lambda y, x, d: 2.0 * y * d, edges=ANGLES))
declare(Elementwise(np.sinh, d1=lambda y, x: np.cosh(x), d2=lambda y, x, d: y, edges=(*SIGNED, 20.0, -700.0)))
declare(Elementwise(np.cosh, d1=lambda y, x: np.sinh(x), d2=lambda y, x, d: y, edges=(*SIGNED, 20.0, -700.0)))
declare(Elementwise(np.tanh, d1=sech2, d2=lambda y, x, d: -2.0 * y * d, edges=(*SIGNED, 10.0, 20.0, -300.0, 360.0)))

ENDS = (0.0, 1e-300, 1e-8, 0.5, -0.5, 1.0 - 1e-12, -1.0 + 1e-12, 1.0 - 2.0 ** -53, 1.0, -1.0)
declare(Elementwise(np.arcsin, d1=lambda y, x: 1.0 / np.sqrt((1.0 - x) * (1.0 + x)), d2=lambda y, x, d: x * d * d * d,
                    domain=UNIT, edges=ENDS))
declare(Elementwise(np.arccos, d1=lambda y, x: -1.0 / np.sqrt((1.0 - x) * (1.0 + x)), d2=lambda y, x, d: x * d * d * d,
                    domain=UNIT, edges=ENDS))
declare(Elementwise(np.arctanh, d1=lambda y, x: 1.0 / ((1.0 - x) * (1.0 + x)), d2=lambda y, x, d: 2.0 * x * d * d,
                    domain=UNIT, edges=ENDS))
# x*x would overflow from 1e154 on
declare(Elementwise(np.arctan, d1=lambda y, x: np.where(np.abs(x) < 1e150, 1.0 / (1.0 + x * x), 1.0 / x / x),
                    d2=lambda y, x, d: -2.0 * (x * d) * d, edges=(*SIGNED, 1e150, 1e154)))
declare(Elementwise(np.arcsinh, d1=lambda y, x: 1.0 / np.hypot(1.0, x), d2=lambda y, x, d: -x * d * d * d,
                    edges=(*SIGNED, 1e200)))
declare(Elementwise(np.arccosh, d1=lambda y, x: 1.0 / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0)),
                    d2=lambda y, x, d: -x * d * d * d, domain=Domain(1.0, np.inf),
                    edges=(1.0, 1.0 + 2.0 ** -52, 1.5, 2.0, 1e8, 1e160, 1e200, 1e300)))


# --- length and angle of (a, b) --------------------------------------------------------------

def polar(a, b):
    """A power of two h, s = h*h, s*a, s*b, hypot(s*a, s*b).

    Scaling up below 1 and down beyond 2**500 keeps every product in the formulas
    below within range and normal unless the partial itself is not.
    """
    size_a, size_b = np.abs(a), np.abs(b)
    near, far = (size_a < 1.0) & (size_b < 1.0), (size_a > 2.0 ** 500) | (size_b > 2.0 ** 500)
    h = np.where(near, 2.0 ** 250, np.where(far, 2.0 ** -250, 1.0))
    s = h * h
    return h, s, s * a, s * b, np.hypot(s * a, s * b)


def hypot_slope(i):
    """a / r or b / r; 0 at the origin, a subgradient."""

    def partial(y, a, b):
        _, _, u, v, r = polar(a, b)
        return np.where(y == 0, 0.0, (v if i else u) / r)

    return partial


def hypot_bend(i, j):
    """b*b / r**3, -a*b / r**3, a*a / r**3."""

    def partial(y, a, b, d):
        h, _, u, v, r = polar(a, b)
        p, q = u * h / r, v * h / r
        return -p * q / r if i != j else p * p / r if i else q * q / r

    return partial


def angle_slope(i):
    """b / (a*a + b*b) or -a / (a*a + b*b)."""

    def partial(y, a, b):
        _, s, u, v, r = polar(a, b)
        return (-u if i else v) * s / r / r

    return partial


def angle_bend(sign):
    """2 a b / (a*a + b*b)**2 times sign."""

    def partial(y, a, b, d):
        h, s, u, v, r = polar(a, b)
        return sign * 2.0 * (u * h / r) * (v * h / r) * s / r / r

    return partial


def angle_mixed(y, a, b, d):
    """(a - b) (a + b) / (a*a + b*b)**2; d[1]**2 - d[0]**2 would cancel near the diagonal."""
    h, s, u, v, r = polar(a, b)
    return ((u - v) * h / r) * ((u + v) * h / r) * s / r / r


CORNERS = (
    (0.0, 0.0), (3.0, 4.0), (-3.0, 4.0), (0.0, -1.0), (-0.0, -1.0), (1.0, 0.0), (1.0, 1.0), (3e154, 4e154),
    (3e-160, 4e-160), (1e200, 1e200), (1e-200, 2e-200), (1e308, 1e308), (3e-310, 4e-310), (1e-300, 1e-130), (1e8, 1.0),
    (4e-7, 7e-322), (7e-322, 4e-7))
declare(Elementwise(
    np.hypot, d1=(hypot_slope(0), hypot_slope(1)),
    d2={(0, 0): hypot_bend(0, 0), (0, 1): hypot_bend(0, 1), (1, 1): hypot_bend(1, 1)}, edges=CORNERS))
declare(Elementwise(
    np.arctan2, d1=(angle_slope(0), angle_slope(1)),
    d2={(0, 0): angle_bend(-1.0), (0, 1): angle_mixed, (1, 1): angle_bend(1.0)}, edges=CORNERS))


# --- sinc -------------------------------------------------------------------------------------

PI_DIGITS, PI_SCALE = 31415926535897932384626433832795028841971693993751, 10 ** 49


def sinc_series(order):
    """Coefficients, correctly rounded, of the order-th derivative of sinc in powers of x*x."""
    out = []
    for k in range(1, 14):
        falling = 2 * k if order == 1 else 2 * k * (2 * k - 1)
        out.append((-1) ** k * falling * PI_DIGITS ** (2 * k) / (PI_SCALE ** (2 * k) * factorial(2 * k + 1)))
    return out


def polynomial(coefficients, z):
    """Horner's rule."""
    total = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = total * z + c
    return total


SINC1, SINC2 = sinc_series(1), sinc_series(2)


def sin_pi(x):
    """sin(pi x), the argument reduced exactly: NumPy's own sinc has no digit left at 1e16."""
    r = x - 2.0 * np.rint(0.5 * x)
    return np.sin(np.pi * np.where(np.abs(r) > 0.5, np.copysign(1.0, r) - r, r))


def sinc_slope(y, x):
    """(cos(pi x) - sinc(x)) / x, by its series up to 1/2."""
    cos_pi = np.sin(np.pi * (0.5 - np.abs(x - 2.0 * np.rint(0.5 * x))))
    return np.where(np.abs(x) <= 0.5, x * polynomial(SINC1, x * x), (cos_pi - sin_pi(x) / (np.pi * x)) / x)


def sinc_bend(y, x, d):
    """-(pi sin(pi x) + 2 sinc'(x)) / x, from the differential equation; a polynomial up to 1/2, smooth at 0."""
    return np.where(np.abs(x) <= 0.5, polynomial(SINC2, x * x), -(np.pi * sin_pi(x) + 2.0 * d) / x)


declare(Elementwise(
    np.sinc, d1=sinc_slope, d2=sinc_bend,
    edges=(0.0, -0.0, 1e-300, 1e-5, 0.25, 0.5, 0.75, 1.0, 2.0, -3.0, 1e6, 1e17), ulp=(1e5, 1e5),
    ulp_reason="a difference cancels at the zeros of the derivatives, which are no floats: the relative error is "
               "unbounded there; relative to 1/x and pi/x they are within 4 and 16 ulp"))
