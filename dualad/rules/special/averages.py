"""Parameter derivatives of incomplete gamma and beta functions on plain numbers.

dP/da is P times the average of log(t) below x less the average over all t. The averages are integrals over s >= 0 of
exp-like weights, t = x exp(-s) (or x exp(s) for the upper tail), by the double exponential rule. Decision: the tail is the one
in which log(x) and the average over it lie on the same side of the average over all t, so nothing cancels.
May import: gamma, numpy, scipy.special.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sp

from .gamma import gap, psi, trigamma

__all__ = ["beta_moments", "gamma_moments"]

STEP = 1.0 / 24.0
U = np.arange(-4.0, 8.5, STEP)
NODES, RATES = np.exp(U - np.exp(-U)), (1.0 + np.exp(-U)) * STEP
CHUNK = 4096


def in_chunks(f):
    """A function of broadcast float64 arrays, called with at most CHUNK entries at a time, in one more trailing axis."""
    def value(*xs):
        wide = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in xs))
        flat = [np.ravel(x)[:, None] for x in wide]
        parts = [f(*(x[k:k + CHUNK] for x in flat)) for k in range(0, len(flat[0]), CHUNK)]
        out = np.concatenate(parts) if parts else np.zeros(0)
        return out.reshape(wide[0].shape)[()]

    return value


def averaged(exponent, s, *values):
    """Averages of functions of s with weights exp(exponent)."""
    with np.errstate(all="ignore"):
        weight = np.exp(exponent) * s * RATES
        weight = np.where(np.isfinite(weight), weight, 0.0)
        total = weight.sum(-1)
        return [np.where(weight > 0, weight * v, 0.0).sum(-1) / total for v in values]


def gamma_moments(order):
    """First or second derivative of the regularised lower incomplete gamma function P(a, x) in a."""
    def value(a, x):
        lower = x <= a
        # the weight falls at the rate |a - x| with curvature x; for small x it is that of exp(-a s), or cut off at log(1/x)
        wide = np.where(lower, 1.0 / a, 1.0 + np.log(1.0 / np.minimum(x, 1.0)))
        h = np.where(x < 1.0, wide, 1.0 / (np.abs(a - x) + np.sqrt(x)))
        s = h * NODES
        sign = np.where(lower, -1.0, 1.0)
        away = np.log(x) - psi(a) + sign * s
        mean, = averaged(sign * a * s - x * np.expm1(sign * s), s, away if order == 1 else away * away)
        mean = mean if order == 1 else mean - trigamma(a[:, 0])
        found = np.where(lower, sp.gammainc(a, x), -sp.gammaincc(a, x))[:, 0] * mean
        a, x = a[:, 0], x[:, 0]
        found = np.where((x == 0) | np.isinf(x), 0.0, found)
        return np.where((a > 0) & (x >= 0), found, np.nan)

    return in_chunks(value)


def beta_moments(i, j):
    """Derivative of order i in a and j in b, i + j one or two, of I(a, b) at x = 1 - c."""
    def value(a, b, x, c):
        lower = x * b <= a * c
        # the upper tail is the lower one of I(b, a) at c
        p, q, t, u = np.where(lower, a, b), np.where(lower, b, a), np.where(lower, x, c), np.where(lower, c, x)
        bent = np.maximum(q - 1.0, 0.0)
        h = np.where(bent * t < 1.0, 1.0 / p, 1.0 / (np.abs(p - bent * t / u) + np.sqrt(bent * t) / u))
        s = h * NODES
        rest = u - t * np.expm1(-s)
        log_rest = np.where(t < 0.5, np.log1p(-t * np.exp(-s)), np.log(rest))
        one, two = np.log(t) - s + gap(p, q), log_rest + gap(q, p)
        exponent = -p * s + (q - 1.0) * (log_rest - np.where(t < 0.5, np.log1p(-t), np.log(u)))
        own, other = np.where(lower, i, j), np.where(lower, j, i)
        if i + j == 2:
            wanted = np.where(own == 2, one * one, np.where(other == 2, two * two, one * two))
        else:
            wanted = np.where(own == 1, one, two)
        mean, = averaged(exponent, s, wanted)
        if i + j == 2:
            p, q, own, other = p[:, 0], q[:, 0], own[:, 0], other[:, 0]
            mean = mean + np.where(own == 2, gap(p, q, 2), np.where(other == 2, gap(q, p, 2), trigamma(p + q)))
            p, q = p[:, None], q[:, None]
        found = (np.where(lower, 1.0, -1.0) * sp.betainc(p, q, t))[:, 0] * mean
        a, b, x, c = (v[:, 0] for v in (a, b, x, c))
        found = np.where((x == 0) | (c == 0), 0.0, found)
        return np.where((a > 0) & (b > 0) & (x >= 0) & (c >= 0), found, np.nan)

    return in_chunks(value)
