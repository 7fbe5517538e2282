"""Steps of random programs that call SciPy."""

import numpy as np
import scipy.fft
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.signal
import scipy.special
import scipy.stats

from .statements import MARGIN

MODULES = {"sc": scipy.special, "sl": scipy.linalg, "sf": scipy.fft, "sg": scipy.signal, "nd": scipy.ndimage,
           "si": scipy.interpolate, "st": scipy.stats}


def special(p):
    """Special functions of arguments that stay in their domains."""
    a = p.var()
    t, u = f"np.tanh({a})", f"(0.5 + 0.4 * np.tanh({a}))"
    q = f"(1.0 + {u})"
    return p.try_line(p.choose([
        f"sc.erf({a})", f"sc.erfcx(1.0 + {t})", f"sc.gammaln({q})", f"sc.digamma({q})", f"sc.expit({a})", f"sc.log_expit({a})",
        f"sc.logit({u})", f"sc.xlogy({u}, {q})", f"sc.entr({u})", f"sc.ndtr({a})", f"sc.log_ndtr({t})", f"sc.ndtri({u})", f"sc.j0({a})",
        f"sc.jv(1.5, {q})", f"sc.i0e({t})", f"sc.kv(0.5, {q})", f"sc.spherical_jn(1, {q})", f"sc.lambertw({q}).real", f"sc.exp1({q})",
        f"sc.gammainc(1.5, {q})", f"sc.gammainc({q}, 0.7)", f"sc.betainc(2.0, 1.5, {u})", f"sc.betaln({q}, {u})", f"sc.ellipk({u})",
        f"sc.ellipe({u})", f"sc.hyp2f1(0.5, 1.5, 2.5, {u} * 0.8)", f"sc.eval_legendre(3, {t})", f"sc.boxcox({q}, 0.3)",
        f"sc.huber(100.0, {a}) * 0.1", f"sc.zeta({q} + 1.0)", f"sc.rel_entr({u}, {q})", f"sc.expm1({t})", f"sc.dawsn({t})",
    ]), real_only=True)


def reduced(p):
    a = f"np.ravel({p.array()})"
    return p.try_line(p.choose([
        f"sc.logsumexp({a})", f"sc.softmax({a})", f"sc.log_softmax({a})", f"st.norm.logpdf({a}, {p.number()}, 1.5)",
        f"st.norm(loc=np.mean({a})).cdf({a})", f"st.gamma.logpdf(1.0 + {a} ** 2, 2.5)", f"st.t.logpdf({a}, 3.0 + np.tanh(np.sum({a})))",
        f"st.expon.sf({a} ** 2)", f"st.zscore(np.r_[{a}, 1.5, -0.5])", f"st.norm.ppf(0.5 + 0.4 * np.tanh({a}))",
    ]), real_only=True)


def systems(p):
    """Systems of small matrices that are far from singular."""
    a = p.array()
    if p.value(a).size < 4:
        return False
    m = f"np.reshape(np.ravel({a})[:4], (2, 2))"
    s, v = f"({m} @ {m}.T + np.eye(2))", f"np.ravel({a})[:2]"
    return p.try_line(p.choose([
        f"sl.solve({s}, {v})", f"sl.solve({s}, {v}, assume_a='pos')", f"sl.inv({s})", f"sl.det({s}) * 0.1", f"sl.cholesky({s}, lower=True)",
        f"sl.expm(0.2 * {m})", f"sl.sqrtm({s})", f"sl.logm({s} + np.eye(2))", f"sl.cho_solve(sl.cho_factor({s}), {v})",
        f"sl.lu_solve(sl.lu_factor({s}), {v})", f"sl.solve_triangular({s}, {v}, lower=True)", f"sl.block_diag({m}, {s})",
        f"sl.toeplitz(np.ravel({a})[:3]) * 0.5", f"sl.solve_sylvester({s}, {s}, {m})", f"sl.norm({s})", f"sl.solve_toeplitz(np.r_[4.0, {v}], np.r_[1.0, {v}])",
        f"sl.solve_banded((1, 1), np.stack([np.r_[0.0, {v}], np.r_[4.0, 5.0, 6.0] + np.abs(np.r_[{v}, 0.0]) * 0.0, np.r_[{v}, 0.0]]), np.ones(3))",
    ]), real_only=True)


def signals(p):
    """Transforms and filters of the entries in a row."""
    a = f"np.ravel({p.array()})"
    b = f"np.r_[{a}, 0.5, -0.25, 1.0, 0.75]"
    return p.try_line(p.choose([
        f"sf.dct({a}, norm='ortho')", f"sf.dst({a}) * 0.3", f"sf.irfft(sf.rfft({b}) * 0.5, 6)", f"np.abs(sf.fft({b})) ** 2 * 0.1", f"sf.fftshift({a})",
        f"sg.convolve({a}, [0.5, 0.25, -1.0])", f"sg.fftconvolve({a}, {b}[:3])", f"sg.correlate({b}, {a}, mode='valid') * 0.2",
        f"sg.lfilter([0.5, 0.2], [1.0, 0.3 * np.tanh(np.sum({a}))], {b})", f"sg.savgol_filter({b}, 3, 1)", f"sg.detrend({b})",
        f"sg.sosfilt(np.array([[0.5, 0.1, 0.0, 1.0, -0.3, 0.1]]), {b})", f"nd.gaussian_filter1d({b}, 1.0)", f"nd.uniform_filter({a}, 3, mode='wrap')",
        f"nd.convolve1d({a}, [0.25, 0.5, 0.25], mode='nearest')", f"nd.correlate({b}, np.array([1.0, -0.5, 0.25]), mode='mirror')",
    ]), real_only=True)


def interpolated(p):
    """Interpolants through the entries, and at them."""
    a = f"np.ravel({p.array()})"
    y = f"np.r_[0.25, {a}, -0.5, 1.0, 0.75]"
    n = np.size(eval(y, p.env))
    t = f"(0.37 + 0.3 * np.tanh({a})) * {n - 1}"
    where = np.atleast_1d(eval(t, p.env))
    if (np.abs(where - np.rint(where)) < MARGIN).any():
        return False    # a knot
    knots = f"np.arange({n}.0)"
    return p.try_line(p.choose([
        f"si.CubicSpline({knots}, {y})({t})", f"si.CubicSpline({knots}, np.cos({knots}))({t})", f"si.make_interp_spline({knots}, {y})({t})",
        f"si.interp1d({knots}, {y})({t})", f"si.Akima1DInterpolator({knots}, np.sin({knots}))({t})", f"np.interp({t}, {knots}, {y})",
        f"si.PchipInterpolator({knots}, np.sin({knots}))({t})", f"si.CubicSpline({knots}, {y}, bc_type='natural').integrate(0.5, 1.75)",
        f"si.BSpline(np.arange({n + 4}.0), {y}, 3)(3.5 + 0.3 * np.tanh({a}[0])) * np.ones(2)",
    ]), real_only=True)


STEPS = [special] * 6 + [reduced] * 2 + [systems] * 4 + [signals] * 4 + [interpolated] * 3
