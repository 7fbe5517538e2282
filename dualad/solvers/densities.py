"""Formulas of standard distributions, for those whose private methods in SciPy are no formulas that derivatives pass through.

One entry for a distribution: `logpdf` (or `logpmf`), `cdf`, `sf`, ... of (x, *shapes); what is not given is derived from what is
(`stats.standard`) or is SciPy's own.  May import: core, numpy, scipy.special.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sc

from ..core.operands import plain

__all__ = ["BRANCHES", "FORMULAS", "REFUSED", "UNKNOWN", "WHOLE"]

LOG_2PI = float(np.log(2 * np.pi))


# ---- beta and its kin: SciPy's are compiled functions without rules ----


def _beta(x, a, b):
    return sc.xlog1py(b - 1.0, -x) + sc.xlogy(a - 1.0, x) - sc.betaln(a, b)


def _beta_cdf(x, a, b):
    return sc.betainc(a, b, x)


def _beta_sf(x, a, b):
    return sc.betaincc(a, b, x)


def _betaprime_cdf(x, a, b):
    return sc.betainc(a, b, x / (1.0 + x))


def _betaprime_sf(x, a, b):
    return sc.betaincc(a, b, x / (1.0 + x))


def _rdist_cdf(x, c):
    return sc.betainc(0.5 * c, 0.5 * c, 0.5 * (1.0 + x))


def _rdist_sf(x, c):
    return sc.betaincc(0.5 * c, 0.5 * c, 0.5 * (1.0 + x))


# ---- extreme values: SciPy branches at shape 0, where the branch does not know the shape ----


def _ratio(c, x):
    """log(1 + c x) / c, also at c = 0."""
    return x / sc.exprel(np.log1p(c * x))


def _genextreme(x, c):
    t = _ratio(-c, x)
    return -np.exp(-t) - t - np.log1p(-c * x)


def _genpareto(x, c):
    return -_ratio(c, x) - np.log1p(c * x)


def _weibull_log(x, c):
    return np.log(c) + sc.xlogy(c - 1.0, x) - np.power(x, c)


# ---- normal and its kin ----


def _log_between(low, high):
    """log(ndtr(high) - ndtr(low)), computed in the tail that is thin."""
    low, high = np.clip(low, -1e3, 1e3), np.clip(high, -1e3, 1e3)
    right = low > 0
    low, high = np.where(right, -high, low), np.where(right, -low, high)
    top = sc.log_ndtr(high)
    return top + np.log(-np.expm1(sc.log_ndtr(low) - top))


def _truncnorm(x, a, b):
    return -0.5 * x * x - 0.5 * LOG_2PI - _log_between(a, b)


def _truncnorm_stats(a, b):
    pa, pb = np.exp(_truncnorm(a, a, b)), np.exp(_truncnorm(b, a, b))
    # at infinity x * pdf(x) is zero
    ends = [np.where(np.isinf(plain(v)), 0.0, v) * p for v, p in ((a, pa), (b, pb))]
    mean = pa - pb
    return mean, 1.0 + ends[0] - ends[1] - mean * mean


def _skewnorm(x, a):
    return float(np.log(2.0)) - 0.5 * (LOG_2PI + x * x) + sc.log_ndtr(a * x)


def _log_uniform_stats(a, b):
    width = np.log(b) - np.log(a)
    mean = (b - a) / width
    return mean, 0.5 * (b * b - a * a) / width - mean * mean


def _skewnorm_cdf(x, a):
    return sc.ndtr(x) - 2.0 * sc.owens_t(x, a)


def _skewnorm_sf(x, a):
    return sc.ndtr(-x) + 2.0 * sc.owens_t(x, a)


def _vonmises_cdf(x, kappa):
    """Fourier series of the density, integrated; terms fall as exp(-j^2 / (2 kappa))."""
    most = int(30 + 10 * np.sqrt(np.max(plain(kappa), initial=0.0)))
    total, zeroth = 0.0, sc.ive(0, kappa)
    for j in range(1, most):
        total = total + sc.ive(j, kappa) / zeroth * np.sin(j * x) / j
    return 0.5 + x / (2 * np.pi) + total / np.pi


def _log_kv(v, x):
    return np.log(sc.kve(v, x)) - x


def _geninvgauss(x, p, b):
    return sc.xlogy(p - 1.0, x) - 0.5 * b * (x + 1.0 / x) - np.log(2.0) - _log_kv(p, b)


def _genhyperbolic(x, p, a, b):
    root, r = np.sqrt((a - b) * (a + b)), np.hypot(1.0, x)
    head = p * np.log(root) - 0.5 * LOG_2PI - (p - 0.5) * np.log(a) - _log_kv(p, root)
    return head + b * x + _log_kv(p - 0.5, a * r) + (p - 0.5) * np.log(r)


def _ncx2(x, df, nc):
    order, root = 0.5 * df - 1.0, np.sqrt(x * nc)
    return 0.5 * order * (np.log(x) - np.log(nc)) - 0.5 * (np.sqrt(x) - np.sqrt(nc)) ** 2 + np.log(0.5 * sc.ive(order, root))


# ---- counts ----


def _binom(k, n, p):
    return sc.gammaln(n + 1.0) - sc.gammaln(k + 1.0) - sc.gammaln(n - k + 1.0) + sc.xlogy(k, p) + sc.xlog1py(n - k, -p)


def _binom_cdf(k, n, p):
    return sc.betainc(n - k, k + 1.0, 1.0 - p)


def _binom_sf(k, n, p):
    return sc.betainc(k + 1.0, n - k, p)


def _bernoulli(k, p):
    return np.where(k > 0.5, np.log(p), np.log1p(-p))


def _nbinom(k, n, p):
    return sc.gammaln(n + k) - sc.gammaln(k + 1.0) - sc.gammaln(n) + n * np.log(p) + sc.xlog1py(k, -p)


def _binom_stats(n, p):
    return n * p, n * p * (1.0 - p)


def _nbinom_stats(n, p):
    return n * (1.0 - p) / p, n * (1.0 - p) / (p * p)


FORMULAS = {
    "beta": {"logpdf": _beta, "cdf": _beta_cdf, "sf": _beta_sf},
    "betaprime": {"cdf": _betaprime_cdf, "sf": _betaprime_sf},
    "rdist": {"cdf": _rdist_cdf, "sf": _rdist_sf},
    "genextreme": {"logpdf": _genextreme, "logcdf": lambda x, c: -np.exp(-_ratio(-c, x)),
                   "cdf": lambda x, c: np.exp(-np.exp(-_ratio(-c, x))), "sf": lambda x, c: -np.expm1(-np.exp(-_ratio(-c, x)))},
    "genpareto": {"logpdf": _genpareto, "logsf": lambda x, c: -_ratio(c, x), "sf": lambda x, c: np.exp(-_ratio(c, x)),
                  "cdf": lambda x, c: -np.expm1(-_ratio(c, x))},
    "truncnorm": {"logpdf": _truncnorm, "logcdf": lambda x, a, b: _log_between(a, x) - _log_between(a, b),
                  "logsf": lambda x, a, b: _log_between(x, b) - _log_between(a, b),
                  "cdf": lambda x, a, b: np.exp(_log_between(a, x) - _log_between(a, b)),
                  "sf": lambda x, a, b: np.exp(_log_between(x, b) - _log_between(a, b)), "stats": _truncnorm_stats},
    "skewnorm": {"logpdf": _skewnorm, "cdf": _skewnorm_cdf, "sf": _skewnorm_sf},
    "vonmises": {"cdf": _vonmises_cdf}, "vonmises_line": {"cdf": _vonmises_cdf},
    "cosine": {"cdf": lambda x: (np.pi + x + np.sin(x)) / (2 * np.pi), "sf": lambda x: (np.pi - x - np.sin(x)) / (2 * np.pi)},
    "kstwobign": {"cdf": lambda x: 1.0 - sc.kolmogorov(x)},
    "geninvgauss": {"logpdf": _geninvgauss},
    "genhyperbolic": {"logpdf": _genhyperbolic},
    "ncx2": {"logpdf": _ncx2, "cdf": lambda x, df, nc: sc.chndtr(x, df, nc)},
    "loguniform": {"stats": _log_uniform_stats}, "reciprocal": {"stats": _log_uniform_stats},
    "lomax": {"stats": lambda c: (1.0 / (c - 1.0), c / ((c - 1.0) ** 2 * (c - 2.0)))},
    "binom": {"logpmf": _binom, "cdf": _binom_cdf, "sf": _binom_sf, "stats": _binom_stats},
    "bernoulli": {"logpmf": _bernoulli, "cdf": lambda k, p: 1.0 - p, "sf": lambda k, p: p + 0.0 * k,
                  "stats": lambda p: (p, p * (1.0 - p))},
    "nbinom": {"logpmf": _nbinom, "cdf": lambda k, n, p: sc.betainc(n, k + 1.0, p),
               "sf": lambda k, n, p: sc.betaincc(n, k + 1.0, p), "stats": _nbinom_stats},
}

# Shapes that SciPy's `_shape_info` calls whole, but whose functions take any number (True), and the other way round.
WHOLE = {("nbinom", "n"): False, ("erlang", "a"): False, ("irwinhall", "n"): True, ("ksone", "n"): True, ("kstwo", "n"): True}

# {distribution: {number of the shape: value}}: SciPy's formula there is one for that value alone
BRANCHES = {"pearson3": {0: 0.0}, "tukeylambda": {0: 0.0}, "ncx2": {1: 0.0}, "genhalflogistic": {0: 0.0}, "triang": {0: 0.0},
            "exponnorm": {0: 0.0}}

# {distribution: shapes in which a special function that it is made of has no derivative}
UNKNOWN = {"ncx2": ("df",), "gausshyper": ("a", "b", "c")}

COMPILED = "SciPy computes it by compiled code for which no formula is known"
# (distribution, method or "*"): why there is no derivative
REFUSED = {
    **{(name, "*"): COMPILED for name in ("levy_stable", "studentized_range", "landau", "nct", "ncf", "irwinhall", "ksone", "kstwo",
                                          "nchypergeom_fisher", "nchypergeom_wallenius", "hypergeom", "zipfian", "dpareto_lognorm",
                                          "skellam")},
    ("poisson_binom", "*"): "its shape is a list of probabilities; write the product of the generating function",
    ("kappa4", "*"): "SciPy branches at shapes that are zero",
    **{(name, method): COMPILED for name in ("geninvgauss", "genhyperbolic") for method in (
        "cdf", "sf", "logcdf", "logsf", "ppf", "isf", "median", "interval")},
    **{("kstwobign", method): COMPILED for method in ("pdf", "logpdf")},
}
