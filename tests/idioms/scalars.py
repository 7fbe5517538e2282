"""Numbers: float, math, the builtins"""

import functools
import math
import operator
from math import sqrt

import numpy as np


def floats(x):
    return float(x[0]) ** 2 * float(x[1]) + np.float64(x[2])


def items(x):
    return x[0].item() ** 2 * x.item(1) + x[2:].item()


def math_functions(x):
    return (math.sin(x[0]) + math.cos(x[1]) * math.tan(x[0]) + math.exp(x[0]) + math.log(x[2], 2) + math.sqrt(x[1]) + math.atan(x[0])
            + math.sinh(x[0]) + math.tanh(x[1]) + math.log10(x[2]) + math.degrees(x[0]) + math.asin(x[0]))


def math_functions_of_two(x):
    return math.hypot(x[0], x[1]) + math.atan2(x[0], x[1]) + math.pow(x[0], x[1]) + math.fmod(x[2], 1.5) + math.copysign(x[0], -1.0)


def math_functions_of_sequences(x):
    return math.fsum(x) + math.prod(x) + math.dist(x, [0, 0, 1]) + math.hypot(*x)


def math_constants(x):
    return x[0] * math.floor(x[2] + 0.5) + x[1] * math.ceil(x[0]) + (x[2] if math.isfinite(x[2]) else 0.0) * math.pi


def functions_imported_from_math(x):
    return sqrt(x[0] * x[1]) * sqrt(x[2])


def builtins(x):
    return abs(x[0] - 1) * max(x) + min(x) + sum(x) + pow(x[0], 2) + round(x[1]) * x[2] + int(x[2] + 0.5) * x[0]


def functions_of_functions(x):
    return sum(map(math.sin, x)) + functools.reduce(operator.mul, map(float, x)) + max(x, key=math.cos)


def text_of_values(x):
    name = "%g and %s" % (x[0], x[1]) + f"{x[0]:.3f}"  # noqa: UP031
    return np.sum(x ** 2) * len(name[:1])


def type_tests(x):
    if not isinstance(x, np.ndarray):
        raise ValueError("an array, please")
    return sum(v ** 3 if isinstance(v, float) else 0.0 for v in x)


def handled_conversion(x):
    try:
        scale = float(x[0])
    except TypeError:
        scale = 1.0
    return scale * x[1]


def numbers_as_arguments(x):
    def area(radius, height):
        return 2.0 * math.pi * radius * (radius + height)

    return area(x[0], x[1]) + area(radius=float(x[2]), height=1)


def formatted_and_printed(x):
    lines = []
    for k, v in enumerate(x):
        lines.append(f"{k}: {v:8.3f} {v!r:.40} {v:.2e}" + "{:.3g} {}".format(v, round(v, 2)))  # noqa: UP030, UP032
    return np.sum(x ** 3) * (len("\n".join(lines)) > 10) + len(str(x)[:1]) * x[0]


def none_and_defaults(x):
    def scaled(v, factor=None):
        factor = factor or v[0]
        return sum(v) * factor if factor is not None else 0.0

    return scaled(x) + scaled(x, 2.0) + scaled(x, factor=x[1])


def powers_and_roots(x):
    return x[0] ** 0.5 + math.pow(x[1], 1.5) + pow(x[2], x[0]) + math.cbrt(x[2]) + 10 ** x[0] + math.exp2(x[1])


def integer_parts(x):
    k = int(3 * x[1])
    return math.floor(x[2] * 1.2) * x[0] + k * x[1] ** 2 + divmod(x[2], 0.7)[1] + (x[1] // 0.5) * x[2]


def conditional_expressions(x):
    a = x[0] if x[1] > x[2] else x[2] ** 2
    b = math.sin(x[1]) if 0 < x[1] < 2 else 0.0
    return a * b + (x[0] > 0.1) * x[1] + (x[2] and x[0]) + (not x[0]) * 3


def checked_arguments(x):
    if not np.all(np.isfinite(x)) or math.isnan(x[0]) or x.ndim != 1 or x.shape != (3,):
        raise ValueError("three finite numbers, please")
    x = np.atleast_1d(np.asarray(x, dtype=float))
    assert x.dtype.kind == "f"
    assert len(x) == x.size == 3
    return x.dot(x)


def number_of_one(t):
    return math.sin(t) * float(t) ** 2 + np.exp(-t) + (t if t > 0.1 else 0.0)


def number_or_array(t):
    t = np.atleast_1d(t)
    y = np.zeros_like(t)
    y[t > 0] = np.log(t[t > 0])
    return y[0] if y.size == 1 else y


def error_and_gamma_functions(x):
    return math.erf(x[0]) * math.gamma(x[1]) + math.lgamma(x[2]) + math.erfc(x[1])


def normal_distribution(x):
    def cdf(z):
        return 0.5 * (1 + math.erf(z / math.sqrt(2)))

    d = (math.log(x[2] / 1.5) + 0.5 * x[0] ** 2) / x[0]
    return x[2] * cdf(d) - 1.5 * math.exp(-0.1 * x[1]) * cdf(d - x[0])
