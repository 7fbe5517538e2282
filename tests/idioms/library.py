"""Functions of NumPy that take functions, tables and polynomials"""

import math

import numpy as np


def interpolated(x):
    grid = np.array([0.0, 1.0, 1.5, 3.0])
    return np.sum(np.interp(x, grid, grid ** 2)) + np.interp(0.7, [0.0, 1.0, 2.0], x)


def gradients_and_trapezoids(x):
    t = np.linspace(0, 1, 5)
    y = np.sin(x[0] * t) + x[1] * t ** 2
    return np.trapezoid(y, t) + np.trapezoid(y, dx=x[2]) + np.sum(np.gradient(y, t) ** 2)


def differences(x):
    return np.sum(np.diff(x) ** 2) + np.diff(x, 2)[0] + np.ediff1d(x)[1]


def polynomials(x):
    return np.polyval([1.0, -2.0, 3.0], x).sum() + np.polyval(x, 0.5) + np.sum(np.polyder(x)) + np.polymul(x, x)[2]


def polynomial_by_powers(x):
    t = np.linspace(-1, 1, 4)
    return np.sum(sum(c * t ** k for k, c in enumerate(x)) ** 2) + np.sum(np.vander(x, 3) @ x)


def chebyshev_series(x):
    return np.sum(np.polynomial.chebyshev.chebval(np.array([0.1, 0.6]), x)) + np.polynomial.polynomial.polyval(x[0], x)


def convolutions(x):
    return np.sum(np.convolve(x, [1.0, x[0], 0.5]) ** 2) + np.correlate(x, x)[0]


def vectorized_with_several_results(x):
    square, sine = np.vectorize(lambda v: (v ** 2, math.sin(v)))(x)
    return np.sum(square * sine)


def applied_along_an_axis(x):
    a = np.outer(x, x) + np.eye(3)
    return np.sum(np.apply_along_axis(lambda row: np.cumsum(row) * row[0], 1, a)) + np.apply_along_axis(np.sum, 0, a)[0] ** 2


def numbers_from_an_iterator(x):
    return np.sum(np.fromiter((math.sqrt(v) for v in x), dtype=float, count=3) ** 3)


def from_a_function_of_indices(x):
    return np.sum(np.fromfunction(lambda i, j: x[0] * i + x[1] * j, (3, 3)) ** 2)


def hilbert_matrix_of_indices(x):
    i, j = np.indices((3, 3))
    return np.sum(x / (i + j + x[0])) + np.sum(np.mgrid[0:3] * x)


def ranges_with_computed_ends(x):
    return np.sum(np.linspace(x[0], x[2], 5) ** 2) + np.sum(np.logspace(0, x[0], 3)) + np.sum(np.geomspace(1.0, x[2], 4))


def unwrapped_angles(x):
    return np.sum(np.unwrap(np.concatenate([x, 4 * x])) ** 2) + np.sum(np.angle(np.ones(3)) * x)


def meshed_with_ix(x):
    a, b = np.ix_(x, x ** 2)
    return np.sum(a * b + a)


def special_shapes_of_numpy(x):
    return np.sinc(x).sum() + np.sum(np.heaviside(x - 1, 0.5) * x) + np.sum(np.hanning(3) * x) + np.sum(np.nan_to_num(x) * np.fmax(x, 1))


def random_numbers_with_a_seed(x):
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(50, 3))
    return np.mean(np.exp(noise @ x * 0.3))


def loop_over_ndindex(x):
    a = np.zeros((2, 3))
    for i, j in np.ndindex(2, 3):
        a[i, j] = x[j] ** (i + 1)
    for k in np.nditer(np.arange(2)):
        a[int(k)] *= x[0]
    return a.sum()
