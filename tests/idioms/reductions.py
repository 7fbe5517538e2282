"""Sums, products, statistics and norms"""

import math

import numpy as np


def sums_and_means(x):
    a = np.outer(x, x)
    return a.sum(axis=0) @ x + a.mean() + np.mean(a, axis=1, keepdims=True).sum() + np.average(x, weights=[1, 2, 3])


def products(x):
    return np.prod(x) + x.prod() ** 2 + np.prod(x[:0])


def cumulative_sums(x):
    return np.sum(np.cumsum(x) ** 2) + x.cumsum()[-1]


def cumulative_products(x):
    return np.cumprod(1 + x)[1] * np.sum(np.cumprod(x))


def spread(x):
    return np.std(x) + np.var(x, ddof=1) * np.ptp(x)


def standardised(x):
    z = (x - x.mean()) / x.std()
    return np.sum(z ** 3)


def order_statistics(x):
    return np.median(x) * np.max(x) + np.min(x) + np.percentile(x, 30) + np.quantile(x, 0.8)


def norms(x):
    return np.linalg.norm(x) + np.linalg.norm(x, 1) * np.linalg.norm(x, np.inf) + np.linalg.norm(np.outer(x, x), "fro")


def unit_vector(x):
    u = x / np.linalg.norm(x)
    return u[0] * u[1] + np.sqrt(np.dot(u, x))


def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def softmax(x):
    e = np.exp(x - x.max())
    p = e / e.sum()
    return -np.sum(p * np.log(p))


def weighted_by_a_mask(x):
    return np.sum(x ** 2, where=[True, False, True]) + np.mean(x, where=x > 1) + np.max(x, initial=0.0)


def covariance(x):
    data = np.vstack([x, x ** 2, np.sin(x)])
    return np.sum(np.cov(data)) + np.corrcoef(data)[0, 1]


def any_and_all(x):
    scale = 2.0 if np.any(x > 1.5) and not np.all(x > 1) else 3.0
    return scale * np.sum(x) + (x.max() > 1) * x[0] ** 2


def sum_of_python(x):
    return sum(v * v for v in x) + sum([x[0], x[1]], 1.0) + math.sqrt(sum(x ** 2)) + max(x[0], 0.7) * min(x)


def entropy_with_a_guard(x):
    p = x / np.sum(x)
    return -np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0)), 0.0))


def contractions(x):
    a = np.arange(9.0).reshape(3, 3)
    return np.einsum("i,ij,j->", x, a, x) + np.tensordot(a, np.outer(x, x)) + np.inner(x, x) * np.vdot(x, a[0]) + np.cross(x, a[1])[0]
