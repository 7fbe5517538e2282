"""Arithmetic and functions by entries"""

import numpy as np
from numpy import cos, exp, pi, sin
from numpy import sqrt as root


def operators(x):
    return np.sum(2 * x ** 3 - x / (1 + x) + 3 // 2 * -x + x % 0.7)


def operators_from_the_right(x):
    return np.sum(1 / x + 2 ** x + (3 - x) + np.array([1.0, 2.0, 3.0]) @ x)


def functions_imported_by_name(x):
    return (sin(pi * x) + cos(x) * exp(-x) + root(x)).sum()


def functions_of_two_arrays(x):
    y = x[::-1]
    return np.sum(np.arctan2(x, y) + np.hypot(x, y) * np.power(x, y) + np.logaddexp(x, 2 * y))


def exponentials_that_do_not_overflow(x):
    return np.sum(np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0) + np.expm1(x / 10))


def sigmoid_on_both_sides(x):
    z = x - 1
    return np.sum(np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z)))))


def clipped(x):
    return np.sum(np.clip(x, 0.6, 1.9) ** 2 + x.clip(max=1.5) * np.minimum(x, 1.0))


def broadcasting(x):
    table = x[:, None] * np.ones((1, 4)) + np.arange(4)
    return np.sum(table ** 2 / (1 + x[:, np.newaxis]))


def pairwise_distances(x):
    d = x[:, None] - x[None, :]
    r = np.sqrt(d ** 2 + np.eye(3))
    return np.sum(np.triu(r, 1)) + np.sum(np.exp(-r ** 2))


def mesh(x):
    a, b = np.meshgrid(x[:2], np.linspace(0, 1, 3))
    return np.sum(np.sin(a * b) + b * x[2])


def degrees_and_rounding(x):
    return np.sum(np.sin(np.radians(30 * x)) + np.round(x + 0.1) * x + np.floor(x + 0.1) * np.sign(x) * x ** 2)


def piecewise(x):
    return np.sum(np.piecewise(x, [x < 1, x >= 1.5], [lambda v: v ** 2, lambda v: np.sin(v), lambda v: 3 * v]))


def select_among_conditions(x):
    return np.select([x < 1, x < 1.5], [x ** 2, np.sin(x)], default=np.log(x)).sum()


def without_the_bad_entries(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(x > 1, np.log(x - 1), 0.0)
    return np.sum(np.nan_to_num(y) * x) + np.nansum(x)


def ufunc_methods(x):
    return np.add.reduce(x) * np.multiply.accumulate(x)[1] + np.multiply.outer(x, x)[0, 2] + np.maximum.reduce(x)
