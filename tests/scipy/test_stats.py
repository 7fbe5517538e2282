"""`scipy.stats`: every row of docs/scipy_stats.md, values bit for bit, derivatives against differences and closed forms."""

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.special as sc
import scipy.stats as st
from scipy.stats._distr_params import distcont, distdiscrete

import dualad
from dualad.errors import DualadError, NoRuleError
from dualad.solvers import densities, multivariate, statistics, stats
from dualad.testing import check_derivatives

X = np.array([1.3, 0.4, 2.2, 3.1, 1.9, 0.8, 2.6, 1.1, 1.75])
Y = np.array([0.5, 1.7, 1.2, 2.9, 2.4, 0.3, 3.3, 0.9, 1.05])
S = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.0]])
QUICK = ("norm lognorm expon gamma invgamma beta chi2 t f uniform cauchy laplace logistic weibull_min weibull_max gumbel_r gumbel_l "
         "pareto rayleigh halfnorm truncnorm genextreme genpareto vonmises skewnorm invgauss loggamma").split()
COUNTS = "nbinom poisson binom geom bernoulli betabinom logser planck zipf".split()
# SciPy's own quadrature or root finding, too slow or too rough for differences
ROUGH = ("levy_stable", "studentized_range")


def extrapolated(f, x, step):
    """Central differences, extrapolated twice, and how far they are from each other."""
    a, b, c = ((f(x + h) - f(x - h)) / (2 * h) for h in (step, step / 2, step / 4))
    p, q = (4 * b - a) / 3, (4 * c - b) / 3
    return (16 * q - p) / 15, np.nanmax(np.abs(q - p) / (1e-3 + np.abs(q)))


def compare(f, x):
    """jvp and vjp against differences at the best of three steps; the value bit for bit."""
    x = np.asarray(x, float)[()]
    value, slope = dualad.jvp(f, (x,), (np.ones_like(x)[()],))
    assert np.array_equal(value, f(x))
    weights = np.cos(np.arange(np.size(value))).reshape(np.shape(value))
    gradient = dualad.grad(lambda x: np.sum(weights * f(x)))(x)
    assert np.isclose(np.sum(gradient), np.sum(weights * slope), rtol=1e-9, atol=1e-12)
    size = max(float(np.min(np.abs(x))), 0.1)
    expected, spread = min((extrapolated(f, x, size * h) for h in (1e-2, 1e-3, 1e-4)), key=lambda found: found[1])
    error = np.where(np.isfinite(value), np.abs(slope - expected) / (1e-3 + np.abs(expected)), np.abs(slope))
    assert np.max(error) < max(1e-6, 30 * spread)


def walk(dist, shapes, methods):
    """Every covered (method, operand) of a distribution; those that raise do so in an error of ours. Returns how many were compared."""
    continuous, done = isinstance(dist, st.rv_continuous), 0
    q = np.array([0.3, 0.83])
    x = dist.ppf(q, *shapes)
    for name in methods:
        if continuous:
            full = [q if name in ("ppf", "isf") else x * 1.3 + 0.2, *shapes, 0.2, 1.3]
        else:
            full = [x, *shapes]
        full = full[1:] if name in stats.MOMENTS else full
        for k in range(not continuous and name not in stats.MOMENTS, len(full)):
            try:
                compare(lambda v, k=k: getattr(dist, name)(*full[:k], v, *full[k + 1:]), full[k])  # noqa: B023
                done += 1
            except NoRuleError:
                assert name in stats.MOMENTS or declared(dist, name, k - 1), (name, k)
    return done


def declared(dist, name, shape):
    """Whether the page says that a method has no derivative, or none in a shape."""
    infos = stats.shape_info(dist)
    if stats.refused(dist, name) or not 0 <= shape < len(infos):
        return bool(stats.refused(dist, name))
    info = infos[shape]
    return (densities.WHOLE.get((dist.name, info.name), info.integrality) or info.name in densities.UNKNOWN.get(dist.name, ())
            or shape in densities.BRANCHES.get(dist.name, ()))


def parameters(name):
    table = dict(distcont) if isinstance(getattr(st, name), st.rv_continuous) else dict(reversed(distdiscrete))
    return tuple(float(a) for a in table[name])


@pytest.mark.parametrize("name", QUICK)
def test_continuous(name):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        methods = (*stats.CONTINUOUS, "mean", "std", "median")
        assert walk(getattr(st, name), parameters(name), methods) >= 20


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        assert walk(getattr(st, name), parameters(name), (*stats.DISCRETE, "mean", "var")) >= 6


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({n for n, _ in [*distcont, *distdiscrete] if isinstance(n, str)} - {"poisson_binom", *ROUGH, *QUICK, *COUNTS}))
def test_every_other_distribution(name):
    dist = getattr(st, name)
    methods = stats.CONTINUOUS if isinstance(dist, st.rv_continuous) else stats.DISCRETE
    if name == "laplace_asymmetric":
        methods = ("cdf", "sf", "logcdf", "logsf")  # its density has a kink at the point of the walk
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = walk(dist, parameters(name), (*methods, "mean", "var"))
    assert found or all(stats.refused(dist, m) or isinstance(dist, st.rv_discrete) for m in methods)


def test_second_order_in_all_modes():
    x = np.array([0.5, 1.2, 2.0])
    check_derivatives(lambda x, a, m, s: st.gamma.logpdf(x, a, loc=m, scale=s), x, 2.0, -0.1, 1.5, order=2)
    check_derivatives(lambda x, m, s: st.norm(loc=m, scale=s).logcdf(x), x, 0.1, 1.5, order=2)
    check_derivatives(lambda q, a, b: st.beta.ppf(q, a, b), np.array([0.2, 0.7]), 2.0, 3.0, order=2)
    check_derivatives(lambda q, c: st.triang.isf(q, c), np.array([0.2, 0.9]), 0.4, order=2)  # masks in nested levels
    check_derivatives(lambda q, c: st.loggamma.ppf(q, c), np.array([0.2, 0.9]), 1.3, order=2)
    check_derivatives(lambda m: st.poisson.logcdf(np.array([0, 2, 5]), m), 2.5, order=2)
    check_derivatives(lambda n, p: st.nbinom.pmf(np.array([0, 2, 5]), n, p), 2.5, 0.4, order=2)
    check_derivatives(lambda c: st.genextreme.logpdf(np.array([0.2, 0.9]), c), 0.0, order=2)
    check_derivatives(lambda c: st.genpareto.logcdf(np.array([0.2, 0.9]), c), 0.0, order=2)
    check_derivatives(lambda a: st.gamma.entropy(a, scale=2.0), 1.4, order=2)


def test_maximum_likelihood_against_closed_forms():
    x = np.array([0.3, 0.9, 1.4, 2.2, 0.7])
    n, a, s = len(x), 1.7, 0.8
    loss = lambda p: np.sum(st.gamma.logpdf(x, p[0], scale=p[1]))
    assert np.allclose(dualad.grad(loss)(np.array([a, s])), [np.sum(np.log(x)) - n * (np.log(s) + sc.digamma(a)),
                                                             np.sum(x) / s**2 - n * a / s], rtol=1e-12)
    assert np.allclose(dualad.hessian(loss)(np.array([a, s])), [[-n * sc.polygamma(1, a), -n / s],
                                                               [-n / s, n * a / s**2 - 2 * np.sum(x) / s**3]], rtol=1e-12)
    u, a, b = x / 3.0, 1.7, 2.4
    loss = lambda p: np.sum(st.beta.logpdf(u, p[0], p[1]))
    both = sc.digamma(a + b)
    assert np.allclose(dualad.grad(loss)(np.array([a, b])), [np.sum(np.log(u)) - n * (sc.digamma(a) - both),
                                                             np.sum(np.log1p(-u)) - n * (sc.digamma(b) - both)], rtol=1e-12)
    three = sc.polygamma(1, np.array([a, b, a + b]))
    assert np.allclose(dualad.hessian(loss)(np.array([a, b])), n * (three[2] - np.diag(three[:2])), rtol=1e-12)


def test_students_t_against_mpmath():
    mp = pytest.importorskip("mpmath").mp.clone()
    mp.dps = 40
    x, at = [0.1, 0.5, 9.0], (3.0, 0.1, 1.2)

    def density(v, m, s):
        return sum(mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2) - mp.log(v * mp.pi) / 2 - mp.log(s)
                   - (v + 1) / 2 * mp.log1p(((mp.mpf(k) - m) / s) ** 2 / v) for k in x)

    found = lambda p: np.sum(st.t.logpdf(np.array(x), p[0], p[1], p[2]))
    orders = np.eye(3, dtype=int)
    gradient = [float(mp.diff(density, at, tuple(n.tolist()))) for n in orders]
    hessian = [[float(mp.diff(density, at, tuple((a + b).tolist()))) for a in orders] for b in orders]
    assert np.allclose(dualad.grad(found)(np.array(at)), gradient, rtol=1e-11)
    assert np.allclose(dualad.hessian(found)(np.array(at)), hessian, rtol=1e-10)


def test_outside_and_at_the_ends_of_the_support():
    x = np.array([-1.0, 0.0, 0.5])
    assert np.allclose(dualad.grad(lambda x: np.sum(st.expon.pdf(x)))(x), [0.0, -1.0, -np.exp(-0.5)])
    value, slope = dualad.jvp(lambda a: st.gamma.logpdf(np.array([-1.0, 1.0]), a), (2.0,), (1.0,))
    assert value[0] == -np.inf
    assert np.allclose(slope, [0.0, -sc.digamma(2.0)])
    value, slope = dualad.jvp(lambda a: st.gamma.pdf(1.0, a), (-2.0,), (1.0,))
    assert np.isnan(value)
    assert slope == 0
    p = np.array([0.2, 1.5])
    assert np.allclose(dualad.jacobian(lambda p: st.uniform.ppf(np.array([0.0, 0.3, 1.0]), p[0], p[1]))(p), [[1, 0], [1, 0.3], [1, 1]])
    assert np.allclose(dualad.jvp(st.uniform.ppf, (np.array([0.0, 0.3]),), (np.ones(2),))[1], 1.0)
    assert dualad.grad(st.norm.ppf)(0.0) == 0
    with pytest.raises(NoRuleError, match="ends of the support"):
        dualad.grad(lambda b: st.truncnorm.ppf(1.0, -1.0, b))(2.0)


@pytest.mark.parametrize(("f", "text"), [
    (lambda a: st.gamma.rvs(a), "in loc and scale alone"), (lambda x: st.norm.fit(x * X)[0], "dualad.optimize.minimize"),
    (lambda k: st.poisson.pmf(k, 2.0), "whole numbers"), (lambda n: st.binom.logpmf(1, n, 0.3), "shape n is a whole number"),
    (lambda x: st.landau.pdf(x), "compiled code"), (lambda s: st.pearson3.logpdf(0.3, s - 1.5), "formula of its own"),
    (lambda x: st.norm(x).expect(lambda z: z), "quad"), (lambda x: st.cauchy.mean(x), "infinite"),
    (lambda a: st.rice.entropy(a), "integrates it"), (lambda x: st.multivariate_normal.cdf([x, x]), "covered: logpdf"),
    (lambda x: st.ttest_ind(x * X, Y).statistic, "np.mean"), (lambda x: st.gaussian_kde(x * X).integrate_box_1d(0, 1), "only evaluate"),
    (lambda x: st.Normal().logpdf(x), "older interface"), (lambda x: st.mstats.sem(x * X), "masked arrays"),
    (lambda x: st.describe(x * X).mean, "np.mean"), (lambda x: st.wishart(3, x * S).rvs(), "random numbers"),
])
def test_refused_by_name(f, text):
    with pytest.raises(NoRuleError, match=text):
        dualad.grad(f)(1.5)


def test_random_numbers_move_with_loc_and_scale():
    f = lambda x: st.norm.rvs(loc=x, scale=2 * x, size=3, random_state=1)
    for g in (f, dualad.capture(f)):
        value, slope = dualad.jvp(g, (1.5,), (1.0,))
        assert np.array_equal(value, f(1.5))
        assert np.allclose(slope, value / 1.5)


SEVERAL = {
    "normal": (lambda x, m, c: st.multivariate_normal.logpdf(x, m, c), np.array([[0.5, 0.6, -0.3], [1.0, 0.0, 0.4]]),
               np.array([0.1, 0.2, 0.3]), S),
    "normal, frozen": (lambda m, c: st.multivariate_normal(m, cov=c).pdf([0.5, 0.6, -0.3]), np.array([0.1, 0.2, 0.3]), S),
    "normal, one number": (lambda x, c: st.multivariate_normal.logpdf(x, cov=c), np.array([0.5, 0.6]), 1.3),
    "normal, entropy": (lambda c: st.multivariate_normal.entropy(None, c), S),
    "t": (lambda x, m, c, d: st.multivariate_t.logpdf(x, m, c, d), np.array([[0.5, 0.6, -0.3]]), np.array([0.1, 0.2, 0.3]), S, 3.5),
    "dirichlet": (lambda x, a: st.dirichlet.logpdf(x, a), np.array([0.2, 0.3]), np.array([1.5, 2.0, 0.7])),
    "dirichlet, mean": (lambda a: st.dirichlet.mean(a) * st.dirichlet.var(a), np.array([1.5, 2.0, 0.7])),
    "wishart": (lambda x, d, c: st.wishart.logpdf(x, d, c), S + np.eye(3), 5.5, S),
    "invwishart": (lambda x, d, c: st.invwishart.logpdf(x, d, c), S + np.eye(3), 5.5, S),
    "multinomial": (lambda q: st.multinomial.logpmf([1, 2, 3], 6, np.stack([q[0], q[1], 1 - q[0] - q[1]])), np.array([0.2, 0.3])),
    "dirichlet_multinomial": (lambda a: st.dirichlet_multinomial.logpmf(np.array([1, 2, 3]), a, 6), np.array([1.5, 2.0, 0.7])),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_variables(name):
    f, *args = SEVERAL[name]
    check_derivatives(f, *args, order=2)
    assert np.array_equal(dualad.value_and_grad(lambda *a: np.sum(f(*a)))(*args)[0], np.sum(f(*args)))


MATRIX = X.reshape(3, 3) ** 1.5 + Y.reshape(3, 3)
CALLS = {  # how a function is called, where that is not f(X)
    "boxcox": lambda x: st.boxcox(x, 0.3), "combine_pvalues": lambda x: np.stack(st.combine_pvalues(x / 4)),
    "energy_distance": lambda x: st.energy_distance(x, Y), "wasserstein_distance": lambda x: st.wasserstein_distance(x, Y),
    "expectile": lambda x: st.expectile(x, 0.3), "false_discovery_control": lambda x: st.false_discovery_control(x / 4),
    "lmoment": lambda x: st.lmoment(x), "moment": lambda x: st.moment(x, 3), "kstat": lambda x: st.kstat(x, 3),
    "kstatvar": lambda x: st.kstatvar(x, 2), "obrientransform": lambda x: st.obrientransform(x, Y)[0], "pmean": lambda x: st.pmean(x, 2.5),
    "scoreatpercentile": lambda x: st.scoreatpercentile(x, 30.0), "sigmaclip": lambda x: st.sigmaclip(x)[0],
    "theilslopes": lambda x: st.theilslopes(x, Y)[0], "trim1": lambda x: st.trim1(x, 0.2), "trim_mean": lambda x: st.trim_mean(x, 0.2),
    "trimboth": lambda x: st.trimboth(x, 0.2), "yeojohnson": lambda x: st.yeojohnson(x, 0.3), "zmap": lambda x: st.zmap(x, x + Y),
    "pearsonr": lambda x: np.stack(list(st.pearsonr(x, Y))), "gaussian_kde": lambda x: st.gaussian_kde(x)(x[:2] + 0.3),
    "linregress": lambda x: np.stack([*st.linregress(x, Y), st.linregress(Y, x).intercept_stderr]),
    "differential_entropy": lambda x: st.differential_entropy(x, method="vasicek"),
}


@pytest.mark.parametrize("name", sorted({*statistics.SCOPE, *statistics.BODIES, *statistics.RESULTS, "gaussian_kde"}))
def test_functions(name):
    f = CALLS.get(name, getattr(st, name))
    compare(lambda t: f(X + t * np.cos(np.arange(9.0))), 0.0)
    check_derivatives(lambda x: np.sum(f(x) ** 2), X, order=2)


def test_functions_along_axes_and_options():
    check_derivatives(lambda a: st.skew(a, axis=1, bias=False), MATRIX, order=2)
    check_derivatives(lambda a: st.kurtosis(a, axis=None, fisher=False), MATRIX, order=2)
    check_derivatives(lambda a: st.zscore(a, axis=1, ddof=1), np.asfortranarray(MATRIX), order=1)
    check_derivatives(lambda d, p: st.gaussian_kde(d, 0.4)(p), MATRIX[:2], np.array([[0.3, 1.2], [0.5, 2.0]]), order=2)
    kde = st.gaussian_kde(X)
    check_derivatives(lambda p: kde.logpdf(p), np.array([0.3, 1.2]), order=2)


def test_ranks_are_constant():
    for name in ("spearmanr", "kendalltau", "mannwhitneyu", "ks_2samp"):
        f = getattr(st, name)
        assert not np.any(dualad.grad(lambda x, f=f: f(x, Y).statistic + 0 * x[0])(X))


def test_every_public_name():
    """Handled, run by the scope, constant, or refused by name; warnings, modules and base classes aside."""
    from dualad.scope.aware import AWARE
    for name, fn in statistics.functions():
        assert name in statistics.SCOPE or fn in AWARE, name
    for name in st.__all__:
        thing = getattr(st, name)
        if isinstance(thing, (st.rv_continuous, st.rv_discrete)):
            kind = stats.CONTINUOUS if isinstance(thing, st.rv_continuous) else stats.DISCRETE
            own = [m for m in (*kind, *stats.MOMENTS, *stats.WITHOUT, "rvs") if hasattr(type(thing), m)]
            assert all(getattr(type(thing), m) in AWARE for m in own), name
        elif isinstance(thing, multivariate.BASE):
            assert all(getattr(type(thing), m) in AWARE for m in dir(type(thing))
                       if not m.startswith("_") and callable(getattr(type(thing), m))), name
        else:
            known = isinstance(thing, type) or type(thing).__name__ in ("module", "function")
            assert known, name


@pytest.mark.parametrize(("name", "fn"), sorted((n, fn) for n, fn in statistics.functions() if n in statistics.REFUSED))
def test_refused_functions(name, fn):
    with pytest.raises(NoRuleError, match="has no derivative rule"):
        dualad.grad(dualad.capture(lambda x: fn(x * X)))(1.5)


def test_page():
    path = Path(__file__).parents[2] / "docs" / "make_stats.py"
    spec = importlib.util.spec_from_file_location("make_stats", path)
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert (path.parent / "scipy_stats.md").read_text() == page.page(), "run python docs/make_stats.py"


def test_constants_are_untouched():
    import scipy.constants as constants
    assert dualad.grad(lambda t: constants.k * t)(2.0) == constants.k
    assert np.isclose(dualad.grad(lambda t: constants.convert_temperature(np.stack([t]), "C", "F")[0])(2.0), 1.8)


@pytest.mark.parametrize("path", [
    "differentiate.derivative(np.exp, x)", "cluster.vq.kmeans(np.outer(x * X, X), 2)", "cluster.hierarchy.linkage(np.outer(x * X, X))",
    "odr.Data(x * X, Y).x.sum() + odr.ODR(odr.Data(x * X, Y), odr.unilinear).run().beta[0]", "io.savemat(io_file, {'x': x * X})",
])
def test_other_packages_end_in_our_error(path):
    import io as files

    import scipy.cluster.hierarchy
    import scipy.cluster.vq
    import scipy.differentiate
    import scipy.io
    from scipy import cluster, differentiate, io
    names = {"np": np, "X": X, "Y": Y, "cluster": cluster, "differentiate": differentiate, "io": io, "io_file": files.BytesIO()}
    if path.startswith("odr"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import scipy.odr
        names["odr"] = scipy.odr
    code = compile(path, "<call>", "eval")
    with pytest.raises(DualadError):
        dualad.grad(lambda x: eval(code, {**names, "x": x}))(1.5)
