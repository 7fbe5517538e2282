"""Functions of `scipy.stats`: run as they are in the scope, by a formula, constant (ranks), or refused by name.

May import: core, rules, scope, optimize (constant), numpy, scipy.
"""

from __future__ import annotations

from types import FunctionType

import numpy as np
import scipy.special as sc
import scipy.stats as st
from scipy.stats import contingency

from ..core.interpret import call
from ..core.operands import no_rule, plain, stacked
from ..rules import kinds
from ..scope.aware import AWARE, carries
from .optimize import constant

__all__ = ["BODIES", "CONSTANT", "REFUSED", "RESULTS", "SCOPE", "refusal"]

# SciPy's code, which the scope runs right as it is written.
SCOPE = ("boxcox", "combine_pvalues", "differential_entropy", "energy_distance", "entropy", "expectile", "false_discovery_control",
         "gmean", "gzscore", "hmean", "kstat", "kstatvar", "lmoment", "median_abs_deviation", "moment", "obrientransform", "pmean",
         "scoreatpercentile", "sem", "sigmaclip", "theilslopes", "trim1", "trim_mean", "trimboth", "wasserstein_distance",
         "yeojohnson", "zmap", "zscore")
# Ranks and counts do not change with the values.
CONSTANT = tuple("""ansari brunnermunzel chatterjeexi cramervonmises_2samp fligner kendalltau kruskal ks_2samp mannwhitneyu
            median_test mood percentileofscore quantile_test rankdata ranksums somersd spearmanr spearmanrho
            tiecorrect weightedtau wilcoxon friedmanchisquare page_trend_test barnard_exact binomtest
            boschloo_exact fisher_exact""".split())


# ---- formulas, in SciPy's signatures ----


def _axis(a, axis):
    a = stacked(a)
    return (np.reshape(a, -1), 0) if axis is None else (a, axis)


def _central(a, axis, order):
    return np.mean((a - np.mean(a, axis=axis, keepdims=True)) ** order, axis=axis)


def _plain_options(name, **options):
    """Refuse options at other than SciPy's defaults."""
    for option, (value, usual) in options.items():
        if value is not usual and value != usual:
            raise no_rule(f"scipy.stats.{name}({option}=...)", f"only {option}={usual!r} is covered")


def skew(a, axis=0, bias=True, nan_policy="propagate", *, keepdims=False):
    _plain_options("skew", nan_policy=(nan_policy, "propagate"), keepdims=(keepdims, False))
    a, axis = _axis(a, axis)
    n, found = np.shape(a)[axis], _central(a, axis, 3) / _central(a, axis, 2) ** 1.5
    return found if bias else found * float(np.sqrt((n - 1.0) * n) / (n - 2.0))


def kurtosis(a, axis=0, fisher=True, bias=True, nan_policy="propagate", *, keepdims=False):
    _plain_options("kurtosis", nan_policy=(nan_policy, "propagate"), keepdims=(keepdims, False))
    a, axis = _axis(a, axis)
    n, found = np.shape(a)[axis], _central(a, axis, 4) / _central(a, axis, 2) ** 2
    if not bias:
        found = 1.0 / (n - 2) / (n - 3) * ((n**2 - 1.0) * found - 3.0 * (n - 1) ** 2) + 3.0
    return found - 3.0 if fisher else found


def variation(a, axis=0, nan_policy="propagate", ddof=0, *, keepdims=False):
    _plain_options("variation", nan_policy=(nan_policy, "propagate"), keepdims=(keepdims, False))
    a, axis = _axis(a, axis)
    return np.std(a, axis=axis, ddof=ddof) / np.mean(a, axis=axis)


def gstd(a, axis=0, ddof=1, *, keepdims=False, nan_policy="propagate"):
    _plain_options("gstd", nan_policy=(nan_policy, "propagate"), keepdims=(keepdims, False))
    a, axis = _axis(a, axis)
    return np.exp(np.std(np.log(a), axis=axis, ddof=ddof))


def _trimmed(name, formula):
    def body(a, limits=None, inclusive=(True, True), axis=None if name == "tmean" else 0, ddof=1, *, nan_policy="propagate",
             keepdims=False):
        _plain_options(name, limits=(limits, None), nan_policy=(nan_policy, "propagate"), keepdims=(keepdims, False))
        a, axis = _axis(a, axis)
        return formula(a, axis, ddof)

    return body


def iqr(x, axis=None, rng=(25, 75), scale=1.0, nan_policy="propagate", interpolation="linear", keepdims=False):
    _plain_options("iqr", scale=(scale, 1.0), nan_policy=(nan_policy, "propagate"), keepdims=(keepdims, False),
                   interpolation=(interpolation, "linear"))
    a, axis = _axis(x, axis)
    return np.percentile(a, max(rng), axis=axis) - np.percentile(a, min(rng), axis=axis)


BODIES = {
    "skew": skew, "kurtosis": kurtosis, "variation": variation, "gstd": gstd, "iqr": iqr,
    "tmean": _trimmed("tmean", lambda a, axis, ddof: np.mean(a, axis=axis)),
    "tvar": _trimmed("tvar", lambda a, axis, ddof: np.var(a, axis=axis, ddof=ddof)),
    "tstd": _trimmed("tstd", lambda a, axis, ddof: np.std(a, axis=axis, ddof=ddof)),
    "tsem": _trimmed("tsem", lambda a, axis, ddof: np.std(a, axis=axis, ddof=ddof) / np.sqrt(np.shape(a)[axis])),
}


class _Value:
    """SciPy's function, as what a rule is keyed by."""

    def __init__(self, fn, body, part=None):
        self.fn, self.formula, self.part = fn, body, part
        self.__name__, self.__module__ = fn.__name__ + (f".{part}" if part else ""), "scipy.stats"

    def __call__(self, *args, **kwargs):
        if carries(args, kwargs):
            return call(kinds.Composite(self, self.body), args, kwargs)
        found = self.fn(*args, **kwargs)
        return getattr(found, self.part) if self.part else found

    def body(self, *args, **kwargs):
        shape = np.shape(self(*plain(args), **plain(kwargs)))
        return np.reshape(self.formula(*args, **kwargs), shape)


def by(body):
    def handler(scope, fn, args, kwargs):
        if not carries(args, kwargs):
            return fn(*args, **kwargs)
        args, kwargs = _joined(args), {k: _joined((v,))[0] for k, v in kwargs.items()}
        return _Value(fn, body)(*args, **kwargs)

    return handler


def _joined(args):
    return tuple(stacked(a) if isinstance(a, (list, tuple)) and carries(a) else a for a in args)


# ---- results with several parts ----


def _centred(x, y, axis=-1):
    x, y = stacked(x), stacked(y)
    return x - np.mean(x, axis=axis, keepdims=True), y - np.mean(y, axis=axis, keepdims=True)


def correlation(x, y, axis=0, **options):
    _plain_options("pearsonr", **{k: (v, u) for (k, v), u in zip(options.items(), _usual(options), strict=True)})
    u, v = _centred(x, y, axis)
    return np.sum(u * v, axis=axis) / np.sqrt(np.sum(u * u, axis=axis) * np.sum(v * v, axis=axis))


def _usual(options):
    return [{"alternative": "two-sided", "method": None}.get(k) for k in options]


def _slope(x, y, alternative="two-sided", *, axis=0, nan_policy="propagate", keepdims=False):
    _plain_options("linregress", alternative=(alternative, "two-sided"), axis=(axis, 0), nan_policy=(nan_policy, "propagate"),
                   keepdims=(keepdims, False))
    u, v = _centred(x, y)
    return np.sum(u * v) / np.sum(u * u)


def _intercept(x, y, **options):
    return np.mean(stacked(y)) - _slope(x, y, **options) * np.mean(stacked(x))


def _rvalue(x, y, **options):
    return correlation(x, y)


def _stderr(x, y, **options):
    r = _rvalue(x, y)
    u, v = _centred(x, y)
    return np.sqrt((1.0 - r * r) * np.sum(v * v) / np.sum(u * u) / (np.size(u) - 2))


def _chance(x, y, **options):
    """Two-sided p-value of a correlation."""
    r, half = correlation(x, y, options.get("axis", 0)), 0.5 * np.shape(x)[options.get("axis", 0)] - 1.0
    return 2.0 * sc.betaincc(half, half, 0.5 * (1.0 + np.abs(r)))


def _intercept_stderr(x, y, **options):
    x = stacked(x)
    return _stderr(x, y) * np.sqrt(np.mean(x * x))


# function: its parts; as many as SciPy's result has when it is unpacked
RESULTS = {
    "pearsonr": ({"statistic": correlation, "pvalue": _chance}, 2),
    "linregress": ({"slope": _slope, "intercept": _intercept, "rvalue": _rvalue, "pvalue": _chance, "stderr": _stderr,
                    "intercept_stderr": _intercept_stderr}, 5),
}


class Parts(tuple):
    """A result of several parts, by number and by name; what else SciPy's result has is refused."""

    def __new__(cls, owner, parts, count):
        out = super().__new__(cls, list(parts.values())[:count])
        out.owner, out.parts = owner, parts
        return out

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self.parts:
            raise no_rule(f"scipy.stats.{self.owner}(...).{name}", f"its parts with derivatives are {', '.join(self.parts)}")
        return self.parts[name]


def parts(name):
    """A result whose parts carry derivatives."""
    def handler(scope, fn, args, kwargs):
        if not carries(args, kwargs):
            return fn(*args, **kwargs)
        args, kwargs = _joined(args), {k: _joined((v,))[0] for k, v in kwargs.items()}
        bodies, count = RESULTS[name]
        return Parts(name, {part: _Value(fn, body, part)(*args, **kwargs) for part, body in bodies.items()}, count)

    return handler


# ---- densities estimated from data ----


class Estimate:
    """gaussian_kde(dataset, bw_method) where data, weights or points may carry derivatives; one or more dimensions."""

    def __init__(self, dataset, bw_method=None, weights=None):
        if carries(weights) or carries(bw_method) or callable(bw_method):
            raise no_rule("scipy.stats.gaussian_kde", "weights and bw_method are constants, bw_method a name, a number or None")
        self._dataset, self._options = np.atleast_2d(stacked(dataset)), {"bw_method": bw_method, "weights": weights}
        self._plain = st.gaussian_kde(plain(self._dataset), **self._options)

    def __getattr__(self, name):
        if name in ("factor", "n", "d", "neff", "weights"):
            return getattr(self._plain, name)
        if name.startswith("__"):
            raise AttributeError(name)
        raise no_rule(f"scipy.stats.gaussian_kde.{name}", "only evaluate, pdf, logpdf and calls are covered")

    def evaluate(self, points):
        return _Value(_evaluated, self._formula)(_joined((points,))[0], self._dataset, **self._options)

    __call__ = pdf = evaluate

    def logpdf(self, points):
        return np.log(self.evaluate(points))

    def _formula(self, points, dataset, bw_method=None, weights=None):
        data, points = dataset, np.atleast_2d(stacked(points))
        if np.shape(points)[0] != np.shape(data)[0]:
            points = np.reshape(points, (np.shape(data)[0], 1))
        w = self._plain.weights
        apart = data - np.sum(w * data, axis=1, keepdims=True)
        covariance = (w * apart) @ np.transpose(apart) / (1.0 - np.sum(w * w)) * self._plain.factor**2
        factor = np.linalg.cholesky(covariance)
        gaps = points[:, :, None] - data[:, None, :]
        white = np.reshape(np.linalg.solve(factor, np.reshape(gaps, (np.shape(data)[0], -1))), np.shape(gaps))
        norm = np.prod(np.diagonal(factor)) * (2 * np.pi) ** (np.shape(data)[0] / 2)
        return np.sum(w * np.exp(-0.5 * np.sum(white * white, axis=0)), axis=-1) / norm


def _evaluated(points, dataset, **options):
    return st.gaussian_kde(dataset, **options).evaluate(points)


def estimate(scope, cls, args, kwargs):
    return Estimate(*args, **kwargs) if carries(args, kwargs) else cls(*args, **kwargs)


def at_points(scope, fn, args, kwargs):
    """kde(points) of an estimate of constant data."""
    kde, *rest = args
    if not carries(rest, kwargs):
        return fn(*args, **kwargs)
    if fn.__name__ not in ("evaluate", "__call__", "pdf", "logpdf"):
        raise no_rule(f"scipy.stats.gaussian_kde.{fn.__name__}", "only evaluate, pdf, logpdf and calls are covered")
    same = Estimate(kde.dataset, kde.factor, kde.weights)
    found = same.evaluate(*rest, **kwargs)
    return np.log(found) if fn.__name__ == "logpdf" else found


# ---- what is refused ----

OTHER = "no derivative is defined for this test or estimate; compute the statistic from what is covered (docs/scipy_stats.md)"
HINTS = {
    "describe": "call np.mean, np.var, scipy.stats.skew and scipy.stats.kurtosis",
    "boxcox_llf": "write it with scipy.stats.boxcox and np.var",
    "yeojohnson_llf": "write it with scipy.stats.yeojohnson and np.var",
    "boxcox_normmax": "use scipy.optimize.minimize_scalar, whose solution is differentiated",
    "yeojohnson_normmax": "use scipy.optimize.minimize_scalar, whose solution is differentiated",
    "quantile": "use np.quantile", "tmin": "use np.min", "tmax": "use np.max", "mode": "use np.median or the maximum of a density",
    "circmean": "use np.arctan2 of sums of sines and cosines", "circvar": "use sums of np.sin and np.cos",
    "circstd": "use sums of np.sin and np.cos", "fit": "use dualad.optimize.minimize with the sum of -logpdf",
    "chisquare": "write the sum of squares", "power_divergence": "write the sum of powers",
    **dict.fromkeys(("ttest_1samp", "ttest_ind", "ttest_rel", "ttest_ind_from_stats", "f_oneway"),
                    "write the statistic with np.mean and np.var, and its tail with scipy.stats.t.sf or f.sf"),
    **dict.fromkeys(("exp", "log", "abs", "truncate", "order_statistic", "make_distribution", "Normal", "Uniform", "Logistic",
                     "Binomial", "Mixture"), "use the distributions of the older interface (scipy.stats.norm, ...)"),
    "Covariance": "hand the matrix itself to multivariate_normal",
    "rv_histogram": "its bins do not change smoothly with the data",
}


def functions():
    """Public functions and classes of scipy.stats and scipy.stats.contingency, without distributions, warnings and modules."""
    for module in (st, contingency):
        for name in module.__all__:
            fn = getattr(module, name)
            warning = isinstance(fn, type) and issubclass(fn, (Warning, Exception))
            if isinstance(fn, (type, FunctionType)) and not warning and name not in ("rv_continuous", "rv_discrete"):
                yield name, fn


def refusal(name):
    return HINTS.get(name, OTHER)


def _refuse(name, why=None):
    def handler(scope, fn, args, kwargs):
        if carries(args, kwargs):
            raise no_rule(f"scipy.stats.{name}", why or refusal(name))
        return NotImplemented

    return handler


REFUSED = []


def enter():
    for name, fn in functions():
        if name in BODIES:
            AWARE[fn] = by(BODIES[name])
        elif name in RESULTS:
            AWARE[fn] = parts(name)
        elif name in CONSTANT:
            AWARE[fn] = constant
        elif name not in SCOPE and name != "gaussian_kde":
            REFUSED.append(name)
            AWARE[fn] = _refuse(name)
    for name in st.mstats.__all__:
        fn = getattr(st.mstats, name)
        if isinstance(fn, FunctionType) and fn not in AWARE and fn.__module__.startswith("scipy.stats._mstats"):
            AWARE[fn] = _refuse(f"mstats.{name}", "masked arrays cannot carry derivatives; use scipy.stats on what is not masked")
    for kind in {c for cls in (st.Normal, st.Binomial, st.Mixture) for c in cls.__mro__ if c.__module__.startswith("scipy.stats.")}:
        for name, fn in vars(kind).items():
            if isinstance(fn, FunctionType) and not name.startswith("_"):
                AWARE[fn] = _refuse(f"{kind.__name__}.{name}", HINTS["Normal"])
    AWARE[st.gaussian_kde] = estimate
    for name in ("evaluate", "pdf", "logpdf", "__call__", "integrate_box", "integrate_box_1d", "integrate_gaussian",
                 "integrate_kde", "resample", "marginal"):
        AWARE[getattr(st.gaussian_kde, name)] = at_points


enter()
