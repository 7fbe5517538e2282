"""Test calls of the rules of polynomials, sets and histograms: ``CASES[key] = [(args, kwargs), ...]``."""

import numpy as np

from .cases_contraction import call

RNG = np.random.default_rng(20261123)


def real(*shape):
    return RNG.normal(size=shape)


P = np.poly([1.0, -2.0, 3.5])
T = np.linspace(-1.0, 2.0, 7)
SAME = np.array([1.5, -0.25, 1.5, 3.0, -0.25, 1.5])
F32 = P.astype(np.float32)

CASES = {
    np.poly: [call(np.array([1.5, -2.0, 0.25])), call(np.diag([1.0, 2.5, -2.0]) + 0.2 * real(3, 3)), call(np.array([1.0, 1.0])),
              call(np.array([2.0])), call(F32)],
    np.roots: [call(P), call(np.array([1.0, -3.0, 0.0])), call(np.array([0.0, 2.0, -1.0])), call(np.array([2.0, 3.0])), call(F32)],
    np.polydiv: [call(real(5), real(3)), call(real(2), real(3)), call(np.array([1.0, 0.0, -1.0]), np.array([1.0, 1.0])),
                 call(real(3), np.array([2.0])), call(real(4), real(4)), call(F32, F32[:2])],
    np.polyfit: [call(T, real(7), 2), call(np.arange(7), real(7), 2), call(T, real(7, 2), 1), call(T, real(7), 2, w=1.0 + real(7) ** 2), call(T, real(7), 1, cov=True),
                 call(T, real(7), 1, cov="unscaled"), call(T, real(7), 2, full=True), call(T, real(7, 2), 2, cov=True),
                 call(T, real(7, 2), 2, w=1.0 + real(7) ** 2), call(T, real(7), 0)],
    np.union1d: [call(SAME, real(3)), call(SAME, SAME[:2]), call(real(2, 2), 0.5)],
    np.setdiff1d: [call(SAME, np.array([3.0])), call(np.array([2.0, 1.0]), np.array([1.0]), assume_unique=True)],
    np.setxor1d: [call(SAME, np.array([3.0, 4.0])), call(np.array([2.0, 1.0]), np.array([1.0]), assume_unique=True)],
    np.unique_values: [call(SAME), call(real(2, 3)), call(np.array([1.0, np.nan, np.nan]))],
    np.unique_counts: [call(SAME)],
    np.unique_inverse: [call(SAME), call(real(2, 3))],
    np.unique_all: [call(SAME), call(real(2, 3))],
    np.histogram: [call(np.array([0.1, 0.5, 2.0, 2.5, 9.0]).tolist(), 4, weights=real(5)),
                   call([0, 1, 2, 3], [0, 1, 3], weights=real(4), density=True),
                   call([0, 1, 2, 3], 2, (1, 2), weights=real(4))],
}
