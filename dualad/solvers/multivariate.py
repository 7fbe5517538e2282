"""Multivariate distributions of `scipy.stats`: log-densities as formulas in SciPy's signatures; values are SciPy's own.

May import: core, rules, scope, errors, numpy, scipy.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sc
import scipy.stats as st

from ..core.interpret import call
from ..core.operands import no_rule, plain, stacked
from ..rules import kinds
from ..scope.aware import AWARE, carries

__all__ = ["FORMULAS", "GENERIC", "RANDOM", "Held"]

LOG_2PI = float(np.log(2 * np.pi))
RANDOM = "random numbers jump with the parameters; draw standard ones outside the function and transform them"


def _factor(cov, dim):
    """Lower factor of a covariance in any of SciPy's forms, of which the lower triangle counts, and the log of the determinant."""
    cov = stacked(cov)
    if np.ndim(cov) == 0:
        cov = cov * np.eye(dim)
    elif np.ndim(cov) == 1:
        cov = np.reshape(cov, (1, 1)) if dim == 1 else np.diag(cov)
    factor = np.linalg.cholesky(cov)
    return factor, 2.0 * np.sum(np.log(np.diagonal(factor)))


def _points(x, dim):
    x = stacked(x)
    return np.reshape(x, (-1, 1)) if dim == 1 and np.ndim(x) < 2 else np.reshape(x, (-1, dim))


def _dimension(mean, cov):
    if mean is not None and np.size(mean) > 1 or np.ndim(cov) == 0:
        return 1 if mean is None else np.size(mean)
    return np.shape(cov)[0]


def _distances(x, mean, cov):
    dim = _dimension(mean, cov)
    factor, logdet = _factor(cov, dim)
    apart = _points(x, dim) - (0.0 if mean is None else np.reshape(stacked(mean), -1))
    return dim, logdet, np.sum(np.linalg.solve(factor, np.transpose(apart)) ** 2, axis=0)


def _normal(x, mean=None, cov=1, allow_singular=False):
    dim, logdet, square = _distances(x, mean, cov)
    return -0.5 * (dim * LOG_2PI + logdet + square)


def _normal_entropy(mean=None, cov=1):
    dim = _dimension(mean, cov)
    return 0.5 * (dim * (1.0 + LOG_2PI) + _factor(cov, dim)[1])


def _t(x, loc=None, shape=1, df=1, allow_singular=False):
    dim, logdet, square = _distances(x, loc, shape)
    if np.isinf(plain(df)):
        return -0.5 * (dim * LOG_2PI + logdet + square)
    half = 0.5 * (df + dim)
    return sc.gammaln(half) - sc.gammaln(0.5 * df) - 0.5 * dim * np.log(df * np.pi) - 0.5 * logdet - half * np.log1p(square / df)


def _dirichlet(x, alpha):
    x, alpha = stacked(x), stacked(alpha)
    if np.shape(x)[0] + 1 == np.shape(alpha)[0]:
        x = np.concatenate([x, 1.0 - np.sum(x, axis=0, keepdims=True)])
    weights = np.reshape(alpha, (-1,) + (1,) * (np.ndim(x) - 1))
    return np.sum(sc.xlogy(weights - 1.0, x), axis=0) - np.sum(sc.gammaln(alpha)) + sc.gammaln(np.sum(alpha))


def _dirichlet_mean(alpha):
    alpha = stacked(alpha)
    return alpha / np.sum(alpha)


def _dirichlet_var(alpha):
    alpha = stacked(alpha)
    total = np.sum(alpha)
    return alpha * (total - alpha) / (total * total * (total + 1.0))


def _multinomial(x, n, p):
    if carries(x) or carries(n):
        raise no_rule("scipy.stats.multinomial.logpmf", "x and n are whole numbers; only p may carry derivatives")
    x, p = np.asarray(x, float), stacked(p)
    # SciPy reads the last one as what is left of 1 only where it has to
    return sc.gammaln(np.asarray(n) + 1.0) + np.sum(sc.xlogy(x, p) - sc.gammaln(x + 1.0), axis=-1)


def _dirichlet_multinomial(x, alpha, n):
    if carries(x) or carries(n):
        raise no_rule("scipy.stats.dirichlet_multinomial.logpmf", "x and n are whole numbers; only alpha may carry derivatives")
    x, n, alpha = np.asarray(x, float), np.asarray(n, float), stacked(alpha)
    total = np.sum(alpha, axis=-1)
    parts = sc.gammaln(x + alpha) - sc.gammaln(alpha) - sc.gammaln(x + 1.0)
    return sc.gammaln(total) + sc.gammaln(n + 1.0) - sc.gammaln(n + total) + np.sum(parts, axis=-1)


def _matrices(x, scale):
    """(number of points, dim, dim) and the scale matrix."""
    scale, x = stacked(scale), stacked(x)
    scale = np.reshape(scale, (1, 1)) if np.size(scale) == 1 else np.diag(scale) if np.ndim(scale) == 1 else scale
    dim = np.shape(scale)[0]
    if np.ndim(x) == 0:
        x = x * np.eye(dim)
    elif np.ndim(x) == 1:
        x = np.reshape(x, (1, 1, -1)) if dim == 1 else np.diag(x)
    return np.moveaxis(np.reshape(x, (dim, dim, -1)), -1, 0), scale, dim


def _halves(matrix):
    """The symmetric matrix whose lower triangle counts, and the log of its determinant."""
    factor = np.linalg.cholesky(matrix)
    return factor, 2.0 * np.sum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)


def _log_gammas(half, dim):
    return 0.25 * dim * (dim - 1) * float(np.log(np.pi)) + sum(sc.gammaln(half - 0.5 * j) for j in range(dim))


def _wishart(x, df, scale):
    x, scale, dim = _matrices(x, scale)
    factor, logdet = _halves(scale)
    trace = np.trace(np.linalg.solve(factor @ np.transpose(factor), x), axis1=-2, axis2=-1)
    constant = 0.5 * df * dim * float(np.log(2.0)) + 0.5 * df * logdet + _log_gammas(0.5 * df, dim)
    return 0.5 * (df - dim - 1) * _halves(x)[1] - 0.5 * trace - constant


def _invwishart(x, df, scale):
    x, scale, dim = _matrices(x, scale)
    outer, logdet = _halves(scale)
    inner, logdets = _halves(x)
    trace = np.sum(np.linalg.solve(inner, np.broadcast_to(outer, np.shape(x))) ** 2, axis=(-2, -1))
    constant = 0.5 * df * dim * float(np.log(2.0)) + _log_gammas(0.5 * df, dim)
    return 0.5 * df * logdet - 0.5 * trace - constant - 0.5 * (df + dim + 1) * logdets


def _exp(formula):
    return lambda *args, **kwargs: np.exp(formula(*args, **kwargs))


# distribution: {method: formula}; every other public method is refused by name
FORMULAS = {
    "multivariate_normal": {"logpdf": _normal, "pdf": _exp(_normal), "entropy": _normal_entropy},
    "multivariate_t": {"logpdf": _t, "pdf": _exp(_t)},
    "dirichlet": {"logpdf": _dirichlet, "pdf": _exp(_dirichlet), "mean": _dirichlet_mean, "var": _dirichlet_var},
    "wishart": {"logpdf": _wishart, "pdf": _exp(_wishart)},
    "invwishart": {"logpdf": _invwishart, "pdf": _exp(_invwishart)},
    "multinomial": {"logpmf": _multinomial, "pmf": _exp(_multinomial)},
    "dirichlet_multinomial": {"logpmf": _dirichlet_multinomial, "pmf": _exp(_dirichlet_multinomial)},
}
BASE = next(c for c in type(st.multivariate_normal).__mro__ if c.__name__ == "multi_rv_generic")
GENERIC = {name: dist for name, dist in vars(st).items() if isinstance(dist, BASE)}


class _Value:
    """SciPy's method, as what a rule is keyed by."""

    def __init__(self, dist, name, formula):
        self.dist, self.name, self.formula = dist, name, formula
        self.__name__, self.__module__ = f"{name_of(dist)}.{name}", "scipy.stats"

    def __call__(self, *args, **kwargs):
        if carries(args, kwargs):
            return call(kinds.Composite(self, self.body), args, kwargs)
        return getattr(self.dist, self.name)(*args, **kwargs)

    def body(self, *args, **kwargs):
        found = self.formula(*args, **kwargs)
        return np.reshape(found, np.shape(getattr(self.dist, self.name)(*plain(args), **plain(kwargs))))


def name_of(dist):
    return type(dist).__name__.removesuffix("_gen")


def method(name):
    def handler(scope, fn, args, kwargs):
        dist, *rest = args
        if not carries(rest, kwargs):
            return fn(*args, **kwargs)
        formula = FORMULAS.get(name_of(dist), {}).get(name)
        if formula is None:
            known = ", ".join(FORMULAS.get(name_of(dist), ())) or "none of its methods"
            raise no_rule(f"scipy.stats.{name_of(dist)}.{name}", RANDOM if name == "rvs" else f"covered: {known}")
        return _Value(dist, name, formula)(*map(_joined, rest), **{k: _joined(v) for k, v in kwargs.items()})

    return handler


def _joined(x):
    return stacked(x) if isinstance(x, (list, tuple)) else x


class Held:
    """dist(*parameters), some of which carry derivatives."""

    def __init__(self, dist, args, kwargs):
        self._dist, self._args, self._kwargs = dist, args, {k: v for k, v in kwargs.items() if k != "seed"}

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in FORMULAS.get(name_of(self._dist), ()):
            raise no_rule(f"scipy.stats.{name_of(self._dist)}(...).{name}", RANDOM if name == "rvs" else "call its logpdf")
        held = method(name)
        return lambda *xs: held(None, getattr(self._dist, name), (self._dist, *xs, *self._args), self._kwargs)


def frozen(scope, fn, args, kwargs):
    dist, *rest = args
    return Held(dist, tuple(rest), kwargs) if carries(rest, kwargs) else fn(*args, **kwargs)


def enter():
    for dist in GENERIC.values():
        for name in (n for n in dir(type(dist)) if not n.startswith("_") and callable(getattr(type(dist), n))):
            AWARE[getattr(type(dist), name)] = method(name)
        AWARE[type(dist).__call__] = frozen


enter()
