"""Losses and maps for reverse mode, written once for any module that looks like NumPy (autograd.numpy, say).

`gmm` is the Gaussian-mixture objective of ADBench (Srajer, Kukelova, Fitzgibbon, "A benchmark of selected algorithmic
differentiation tools on some problems in computer vision and machine learning", 2018, section 4.1): log-likelihood with a
Wishart prior on the inverse covariances.
"""

from __future__ import annotations

from math import lgamma, log, pi

import numpy as np

__all__ = ["MAPS", "gmm", "gmm_case", "mlp", "mlp_case", "read_gmm", "rosenbrock", "small_net"]


def rosenbrock(x, np=np):
    """The chained Rosenbrock function."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def _logsumexp(x, np):
    m = np.max(x, axis=-1, keepdims=True)
    return (np.log(np.sum(np.exp(x - m), axis=-1, keepdims=True)) + m)[..., 0]


def _triangle(d):
    """0-1 tensor that spreads the packed strict lower triangle (column by column) over a d x d matrix."""
    cols, rows = np.triu_indices(d, 1)
    out = np.zeros((len(rows), d, d))
    out[np.arange(len(rows)), rows, cols] = 1.0
    return out


def gmm(alphas, means, icf, x, gamma, m, np=np):
    """Log-likelihood plus log-prior, to be maximised."""
    n, d = x.shape
    k = alphas.shape[0]
    q = np.exp(icf[:, :d])
    sums = np.sum(icf[:, :d], axis=1)
    lower = np.tensordot(icf[:, d:], _triangle(d), 1)
    centred = x[:, None, :] - means
    scaled = np.einsum("kij,nkj->nki", lower, centred) + q * centred
    inner = alphas + sums - 0.5 * np.sum(scaled ** 2, axis=2)
    freedom = d + m + 1
    gammas = 0.25 * d * (d - 1) * log(pi) + sum(lgamma(0.5 * freedom + 0.5 * (1 - j)) for j in range(1, d + 1))
    constant = freedom * d * (log(gamma) - 0.5 * log(2)) - gammas
    prior = np.sum(0.5 * gamma * gamma * (np.sum(q ** 2, axis=1) + np.sum(icf[:, d:] ** 2, axis=1)) - m * sums)
    return (-n * d * 0.5 * log(2 * pi) + np.sum(_logsumexp(inner, np)) - n * _logsumexp(alphas, np) + prior - k * constant)


def gmm_case(n=1000, d=10, k=25, seed=20261123):
    """Random parameters and data of ADBench's sizes."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=k), rng.normal(size=(k, d)), rng.normal(size=(k, d * (d + 1) // 2)), rng.normal(size=(n, d)), 1.0, 0)


def read_gmm(path):
    """Arguments of `gmm` from one of ADBench's data files."""
    words = path.read_text().split()
    d, k, n = (int(w) for w in words[:3])
    values = np.array([float(w) for w in words[3:]])
    parts, start = [], 0
    for shape in ((k,), (k, d), (k, d * (d + 1) // 2), (n, d)):
        size = int(np.prod(shape))
        parts.append(values[start:start + size].reshape(shape))
        start += size
    return (*parts, float(values[start]), int(values[start + 1]))


def mlp(weights, x, labels, np=np):
    """Softmax cross-entropy of a network with rectified hidden layers."""
    h = x
    for w, b in weights[:-1]:
        h = np.maximum(np.dot(h, w) + b, 0.0)
    z = np.dot(h, weights[-1][0]) + weights[-1][1]
    z = z - np.max(z, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(len(labels)), labels])


def mlp_case(sizes=(784, 256, 128, 10), batch=64, seed=20261123):
    """Weights, data and labels."""
    rng = np.random.default_rng(seed)
    weights = [(rng.normal(size=(a, b)) / np.sqrt(a), 0.1 * rng.normal(size=b)) for a, b in zip(sizes, sizes[1:], strict=False)]
    return weights, rng.normal(size=(batch, sizes[0])), rng.integers(0, sizes[-1], batch)


def small_net(n=32, seed=20261123):
    """sum(tanh(W2 tanh(W1 x))), its constants and a point."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, n)), rng.normal(size=(n, n)), rng.normal(size=n)


def _dense(n, m):
    """A vectorised nonlinear map from n to m entries."""
    a = np.random.default_rng(n + m).normal(size=(m, n)) / np.sqrt(n)
    return lambda x, np=np: np.tanh(np.dot(a, x)) * np.exp(-0.1 * np.dot(a, x) ** 2)


def _waist(n, k, m):
    a = np.random.default_rng(n).normal(size=(k, n)) / np.sqrt(n)
    b = np.random.default_rng(m).normal(size=(m, k)) / np.sqrt(k)
    return lambda x, np=np: np.sin(np.dot(b, np.tanh(np.dot(a, x))))


# name -> (map, entries of its input)
MAPS = {
    "tall 10 -> 2000": (_dense(10, 2000), 10), "wide 2000 -> 10": (_dense(2000, 10), 2000),
    "square 200 -> 200": (_dense(200, 200), 200), "waist 500 -> 5 -> 500": (_waist(500, 5, 500), 500),
    "entries 1000": (lambda x, np=np: np.exp(np.sin(x)) * x, 1000),
    "number 1000": (lambda x, np=np: rosenbrock(x, np), 1000),
    "tall 1 -> 10000": (lambda x, np=np: np.sin(x[0] * np.linspace(0.0, 1.0, 10000)), 1),
    "wide 10000 -> 2": (lambda x, np=np: np.concatenate([np.sum(x ** 2, keepdims=True), np.sum(np.sin(x), keepdims=True)]), 10000),
}
