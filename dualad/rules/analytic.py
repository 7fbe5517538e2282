"""Elementwise functions of complex numbers in real and imaginary parts: {ufunc: body(*(re, im))} -> (re, im) or a real result.

Decision: complex numbers are pairs of real arrays (docs/decisions/0007-complex.md), so every mode and every order comes from the
rules of real functions. A part that is None is zero everywhere: the operand is real.
May import: numpy, .structural (plain).
"""

from __future__ import annotations

import numpy as np

from .structural import plain

__all__ = ["ANALYTIC"]

LN2, LN10 = 0.6931471805599453, 2.302585092994046


def filled(x, y):
    """Both parts as numbers."""
    return x, (0.0 * plain(x) if y is None else y)


def add(a, b, c, d):
    return a + c, d if b is None else b if d is None else b + d


def subtract(a, b, c, d):
    return a - c, -d if b is None else b if d is None else b - d


def multiply(a, b, c, d):
    if b is None or d is None:
        return a * c, a * d if b is None else b * c
    return a * c - b * d, a * d + b * c


def divide(a, b, c, d):
    """Smith's algorithm (CACM 5, 435, 1962): the larger part of the divisor is divided by first."""
    if d is None:
        return a / c, None if b is None else b / c
    a, b = filled(a, b)
    big = np.abs(plain(c)) >= np.abs(plain(d))
    large, small = np.where(big, c, d), np.where(big, d, c)
    r = small / large
    size = large + small * r
    return np.where(big, a + b * r, a * r + b) / size, np.where(big, b - a * r, b * r - a) / size


def negative(x, y):
    return -x, -y


def square(x, y):
    return (x - y) * (x + y), 2.0 * x * y


def reciprocal(x, y):
    return divide(1.0, None, x, y)


def conjugate(x, y):
    return x, -y


def absolute(x, y):
    return np.hypot(x, y)


def sign(x, y):
    """z / |z|, 0 at 0."""
    r = np.hypot(x, y)
    zero = plain(r) == 0
    r = np.where(zero, 1.0, r)
    return np.where(zero, 0.0, x) / r, np.where(zero, 0.0, y) / r


# ---- exponentials and logarithms ----

def exp(x, y):
    r = np.exp(x)
    return r * np.cos(y), r * np.sin(y)


def expm1(x, y):
    half = np.sin(0.5 * y)
    return np.expm1(x) * np.cos(y) - 2.0 * half * half, np.exp(x) * np.sin(y)


def exp2(x, y):
    return exp(LN2 * x, LN2 * y)


def log(x, y):
    """log|z| near |z| = 1 by log1p, where the logarithm of a rounded modulus has few digits."""
    r = np.hypot(x, y)
    near = np.abs(plain(r) - 1.0) < 0.5
    u, v = np.where(near, x, 1.0), np.where(near, y, 0.0)
    return np.where(near, 0.5 * np.log1p((u - 1.0) * (u + 1.0) + v * v), np.log(np.where(near, 1.0, r))), np.arctan2(y, x)


def log1p(x, y):
    near = np.hypot(plain(x), plain(y)) < 0.5
    u, v = np.where(near, x, 0.0), np.where(near, y, 0.0)
    far = np.log(np.hypot(np.where(near, 1.0, 1.0 + x), np.where(near, 0.0, y)))
    return np.where(near, 0.5 * np.log1p(u * (2.0 + u) + v * v), far), np.arctan2(y, 1.0 + x)


def scaled_log(base):
    def body(x, y):
        re, im = log(x, y)
        return re / base, im / base

    return body


def sqrt(x, y):
    """The principal root: the part that does not cancel first, the other one by the product of both."""
    right = plain(x) >= 0
    t = np.sqrt(0.5 * (np.where(right, x, -x) + np.hypot(x, y)))
    # the sign of y decides on which side of the branch cut z lies, also where y is zero
    side = np.copysign(1.0, plain(y))
    zero = plain(t) == 0
    other = np.where(zero, 0.0, y / (2.0 * np.where(zero, 1.0, t)))
    return np.where(right, t, side * other), np.where(right, other, side * t)


def power(a, b, c, d):
    """Whole exponents by squaring; others as exp(w log z), 0 at z = 0."""
    exponent = plain(c)
    if d is None and c is exponent and np.ndim(exponent) == 0 and exponent == np.rint(exponent) and abs(exponent) <= 1024:
        return _whole_power(*filled(a, b), int(exponent))
    a, b = filled(a, b)
    zero = (plain(a) == 0) & (plain(b) == 0)
    y = exp(*multiply(*log(np.where(zero, 1.0, a), np.where(zero, 0.0, b)), c, d))
    return np.where(zero, 0.0, y[0]), np.where(zero, 0.0, y[1])


def _whole_power(x, y, n):
    if n < 0:
        return reciprocal(*_whole_power(x, y, -n))
    out = None
    while n:
        if n & 1:
            out = (x, y) if out is None else multiply(*out, x, y)
        n >>= 1
        if n:
            x, y = square(x, y)
    return (0.0 * x + 1.0, 0.0 * y) if out is None else out


# ---- circular and hyperbolic ----

def sinh(x, y):
    return np.sinh(x) * np.cos(y), np.cosh(x) * np.sin(y)


def cosh(x, y):
    return np.cosh(x) * np.cos(y), np.sinh(x) * np.sin(y)


def tanh(x, y):
    """(sinh 2x + i sin 2y) / (cosh 2x + cos 2y), by exponentials that do not overflow."""
    side = np.where(plain(x) >= 0, 1.0, -1.0)
    u = np.exp(-2.0 * side * x)
    size = 1.0 + u * u + 2.0 * u * np.cos(2.0 * y)
    return -side * np.expm1(-4.0 * side * x) / size, 2.0 * u * np.sin(2.0 * y) / size


def turned(body):
    """f(z) = -i g(i z): sin, tan, arcsin, arctan from sinh, tanh, arcsinh, arctanh."""
    def function(x, y):
        re, im = body(-y, x)
        return im, -re

    return function


def cos(x, y):
    return cosh(-y, x)


def arcsinh(x, y):
    """log(z + sqrt(1 + iz) sqrt(1 - iz)), for z in the half plane where the sum does not cancel."""
    side = np.where(plain(x) >= 0, 1.0, -1.0)
    x, y = side * x, side * y
    p, q = multiply(*sqrt(1.0 - y, x), *sqrt(1.0 + y, -x))
    re, im = log(x + p, y + q)
    return side * re, side * im


def arccosh(x, y):
    """log(z + sqrt(z + 1) sqrt(z - 1))."""
    p, q = multiply(*sqrt(x + 1.0, y), *sqrt(x - 1.0, y))
    return log(x + p, y + q)


def arctanh(x, y):
    """(log1p(z) - log1p(-z)) / 2."""
    a, b = log1p(x, y)
    c, d = log1p(-x, -y)
    return 0.5 * (a - c), 0.5 * (b - d)


def arccos(x, y):
    """-2i log(sqrt((1 + z)/2) + i sqrt((1 - z)/2)), Kahan's form."""
    a, b = sqrt(0.5 * (1.0 + x), 0.5 * y)
    c, d = sqrt(0.5 * (1.0 - x), -0.5 * y)
    re, im = log(a - d, b + c)
    return 2.0 * im, -2.0 * re


def _complete(body):
    """A body of one operand whose imaginary part may be None."""
    def complete(x, y):
        return body(*filled(x, y))

    return complete


ANALYTIC = {np.add: add, np.subtract: subtract, np.multiply: multiply, np.divide: divide, np.power: power, np.float_power: power,
            np.positive: lambda x, y: (x, y)}
ANALYTIC.update({fn: _complete(body) for fn, body in {
    np.negative: negative, np.square: square, np.reciprocal: reciprocal, np.conjugate: conjugate, np.absolute: absolute,
    np.sign: sign, np.exp: exp, np.expm1: expm1, np.exp2: exp2, np.log: log, np.log1p: log1p, np.log2: scaled_log(LN2),
    np.log10: scaled_log(LN10), np.sqrt: sqrt, np.sin: turned(sinh), np.cos: cos, np.tan: turned(tanh), np.sinh: sinh,
    np.cosh: cosh, np.tanh: tanh, np.arcsinh: arcsinh, np.arccosh: arccosh, np.arctanh: arctanh, np.arcsin: turned(arcsinh),
    np.arccos: arccos, np.arctan: turned(arctanh)}.items()})
