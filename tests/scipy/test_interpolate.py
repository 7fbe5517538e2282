"""scipy.interpolate in plain user code: every mode against differences, values bit for bit, knots and outside, the namespace."""

import numpy as np
import pytest
import scipy
import scipy.interpolate as si
from mixtures import check, page, values

import dualad
from dualad import errors
from dualad.scope.packages import construction, interpolate
from dualad.testing import check_derivatives

RNG = np.random.default_rng(20261203)
X = np.array([0.0, 0.4, 0.9, 1.3, 2.1, 2.6, 3.0, 3.7])
Y, Y2, D = RNG.normal(size=8), RNG.normal(size=(8, 2)), RNG.normal(size=8)
UP = np.cumsum(np.abs(Y))                                # monotone, so that Pchip's slopes are not zero
AT = np.array([[0.1, 0.75], [1.7, 3.3]])                 # inside, off the knots
FAR = np.array([-0.3, 1.1, 3.9])                         # also outside
C = RNG.normal(size=(4, 7))
GX, GY, G = np.array([0.0, 0.5, 1.2, 2.0, 2.5]), np.array([-1.0, 0.0, 0.3, 1.0]), RNG.normal(size=(5, 4))
P = np.array([[0.2, 0.1], [1.5, -0.6], [2.2, 0.7]])
SITES = RNG.random((9, 2))
VALUES = RNG.normal(size=9)
INNER = np.array([[0.5, 0.45], [0.4, 0.6]])
T = np.concatenate([[X[0]] * 4, [1.2, 2.3], [X[-1]] * 4])

CUBIC, PCHIP, AKIMA = si.CubicSpline(X, Y2), si.PchipInterpolator(X, UP), si.Akima1DInterpolator(X, Y)
ROWS = si.CubicSpline(X, Y2.T, axis=1)
PERIODIC = si.CubicSpline(X, np.append(Y[:-1], Y[0]), bc_type="periodic")
BSPL, PBSPL = si.make_interp_spline(X, Y2, 3), si.make_interp_spline(X, np.append(Y[:-1], Y[0]), 3, bc_type="periodic")
BP, KROGH, BARY = si.BPoly(C, X), si.KroghInterpolator(X[:5], Y2[:5]), si.BarycentricInterpolator(X[:5], Y[:5])
UNI = {ext: si.UnivariateSpline(X, Y, s=0.5, ext=ext) for ext in (0, 1, 3)}
RECT, TCK = si.RectBivariateSpline(GX, GY, G), si.splrep(X, Y)
BTCK = (*RECT.tck, 3, 3)
LND, NND, RBF = si.LinearNDInterpolator(SITES, VALUES), si.NearestNDInterpolator(SITES, VALUES), si.RBFInterpolator(SITES, VALUES)


def grid(method, **options):
    return si.RegularGridInterpolator((GX, GY), G, method, **options)


# name -> (f, point): data are plain, points carry derivatives
PLAIN = {
    "CubicSpline": (lambda x: CUBIC(x), AT), "CubicSpline far": (lambda x: CUBIC(x), FAR), "CubicSpline nu": (lambda x: CUBIC(x, 1), AT),
    "CubicSpline axis": (lambda x: ROWS(x), AT), "CubicSpline knots": (lambda x: CUBIC(x, nu=2) + x[..., None] ** 2, AT),
    "periodic": (lambda x: PERIODIC(x), FAR * 3), "PchipInterpolator": (lambda x: PCHIP(x), AT), "Akima1DInterpolator": (lambda x: AKIMA(x), AT),
    "CubicSpline.derivative": (lambda x: CUBIC.derivative()(x), AT), "CubicSpline.integrate": (lambda x: CUBIC.integrate(x[0], x[1]), FAR),
    "periodic.integrate": (lambda x: PERIODIC.integrate(x[0], x[1]), np.array([5.1, -3.3])), "PPoly.solve": (lambda x: AKIMA.solve(
        x[0], extrapolate=False), np.array([0.03])),
    "BSpline": (lambda x: BSPL(x), AT), "BSpline far": (lambda x: BSPL(x), FAR), "BSpline nu": (lambda x: BSPL(x, nu=2), AT),
    "BSpline periodic": (lambda x: PBSPL(x), FAR * 3), "BSpline.integrate": (lambda x: BSPL.integrate(x[0], x[1]), FAR),
    "BPoly": (lambda x: BP(x), AT), "BPoly.integrate": (lambda x: BP.integrate(x[0], x[1]), FAR),
    "KroghInterpolator": (lambda x: KROGH(x), AT), "KroghInterpolator.derivative": (lambda x: KROGH.derivative(x, 2), AT),
    "KroghInterpolator.derivatives": (lambda x: KROGH.derivatives(x, 3), FAR), "BarycentricInterpolator": (lambda x: BARY(x), AT),
    "BarycentricInterpolator.derivative": (lambda x: BARY.derivative(x), AT), "BarycentricInterpolator.derivatives": (
        lambda x: BARY.derivatives(x, 2), AT),
    "UnivariateSpline": (lambda x: UNI[0](x), FAR), "UnivariateSpline zeros": (lambda x: UNI[1](x), FAR),
    "UnivariateSpline const": (lambda x: UNI[3](x), FAR), "UnivariateSpline nu": (lambda x: UNI[3](x, nu=1), FAR),
    "UnivariateSpline.derivatives": (lambda x: UNI[0].derivatives(x[1]), FAR), "UnivariateSpline.integral": (
        lambda x: UNI[0].integral(x[1], x[1] + x[2] / 3), FAR),
    "interp1d": (lambda x: si.interp1d(X, Y2, axis=0)(x), AT), "RegularGridInterpolator": (lambda x: grid("linear")(x), P),
    **{f"interp1d {kind}": (lambda x, kind=kind: si.interp1d(X, Y, kind)(x) + x, AT) for kind in (
        "nearest", "nearest-up", "previous", "next", "zero", "slinear", "quadratic", "cubic", 5)},
    "interp1d extrapolate": (lambda x: si.interp1d(X, Y2.T, fill_value="extrapolate")(x), FAR),
    "interp1d fill": (lambda x: si.interp1d(X, Y, "cubic", bounds_error=False, fill_value=(1.0, 2.0))(x), FAR),
    **{f"RegularGridInterpolator {m}": (lambda x, m=m: grid(m)(x) + x[:, 0], P) for m in ("nearest", "slinear", "cubic", "pchip")},
    "RegularGridInterpolator tuple": (lambda x: grid("linear", bounds_error=False, fill_value=None)((x[:, 0] + 2, x[:, 1])), P),
    "interpn": (lambda x: si.interpn((GX, GY), G, x, bounds_error=False, fill_value=-1.0), P * 1.2),
    "RectBivariateSpline": (lambda x: RECT.ev(x[:, 0], x[:, 1]), P), "RectBivariateSpline grid": (lambda x: RECT(x[:, 0], np.sort(GY)), P),
    "RectBivariateSpline dx": (lambda x: RECT.ev(x[:, 0], x[:, 1], dx=1, dy=1), P), "bisplev": (
        lambda x: si.bisplev(x[:, 0], GY, BTCK), P), "LinearNDInterpolator": (lambda x: LND(x), INNER),
    "RBFInterpolator": (lambda x: RBF(x), INNER), "NearestNDInterpolator": (lambda x: NND(x) + x[:, 0], INNER),
    "LinearNDInterpolator args": (lambda x: LND(x[:, 0], x[:, 1]), INNER),
    "splev": (lambda x: si.splev(x, TCK), FAR), "splev der": (lambda x: si.splev(x, TCK, der=1, ext=1), FAR),
    "splint": (lambda x: si.splint(x[1], x[0] + 3, TCK), FAR),
}

KINDS = {"akima": {}, "makima": {"method": "makima"}}
# name -> (f, data): data carry derivatives
DATA = {
    "CubicSpline": (lambda y: si.CubicSpline(X, y)(FAR), Y), "CubicSpline matrix": (lambda y: si.CubicSpline(X, y, axis=1)(AT), Y2.T),
    "CubicSpline knots": (lambda x: si.CubicSpline(x, Y2)(AT), X), "CubicSpline natural": (lambda y: si.CubicSpline(
        X, y, bc_type="natural")(AT), Y), "CubicSpline clamped": (lambda x: si.CubicSpline(x, Y, bc_type=("clamped", "not-a-knot"))(AT), X),
    "CubicSpline values": (lambda y: si.CubicSpline(X, Y, bc_type=((1, y[0]), (2, y[1])))(AT), Y),
    "CubicSpline periodic": (lambda y: si.CubicSpline(X, np.append(y[:-1], y[0]), bc_type="periodic")(FAR), Y),
    "CubicSpline periodic knots": (lambda x: si.CubicSpline(x, np.append(Y[:-1], Y[0]), bc_type="periodic")(FAR * 2), X),
    "CubicSpline periodic 3": (lambda y: si.CubicSpline(X[:3], np.append(y[:2], y[0]), bc_type="periodic")(AT), Y),
    "CubicSpline 3": (lambda v: si.CubicSpline(X[:3] + v[:3] / 9, v[3:6])(AT), Y), "CubicSpline 2": (
        lambda v: si.CubicSpline(X[:2], v[:2])(AT), Y),
    "CubicSpline all": (lambda v: si.CubicSpline(X + v / 30, v**2)(AT * (1 + v[0] / 99)), Y),
    "CubicSpline nu": (lambda y: si.CubicSpline(X, y)(AT, 2), Y), "CubicSpline.derivative": (lambda y: si.CubicSpline(X, y).derivative()(AT), Y),
    "CubicSpline.antiderivative": (lambda v: si.CubicSpline(X + v / 30, v).antiderivative(2)(FAR), Y),
    "CubicSpline.integrate": (lambda v: si.CubicSpline(X, v).integrate(0.3 + v[0] / 9, 3.0), Y), "CubicSpline.c": (
        lambda y: si.CubicSpline(X, y).c, Y), "CubicSpline.x": (lambda x: si.CubicSpline(x, Y).x ** 2, X),
    "periodic.integrate": (lambda y: si.CubicSpline(X, np.append(y[:-1], y[0]), bc_type="periodic").integrate(-5.0, 7.0), Y),
    "CubicSpline.roots": (lambda y: si.CubicSpline(X, y).roots(extrapolate=False), Y), "PPoly.solve": (
        lambda y: si.CubicSpline(X, y).solve(y[0] / 2, extrapolate=False), Y),
    "PchipInterpolator": (lambda y: si.PchipInterpolator(X, y)(AT), Y), "PchipInterpolator monotone": (
        lambda v: si.PchipInterpolator(X + v / 50, v)(FAR), UP), "PchipInterpolator 2": (lambda v: si.PchipInterpolator(X[:2], v[:2])(FAR), Y),
    "PchipInterpolator matrix": (lambda v: si.PchipInterpolator(X, v, axis=-1)(AT), Y2.T),
    **{f"Akima1DInterpolator {k}": (lambda v, o=o: si.Akima1DInterpolator(X + v / 50, v, **o)(AT), Y) for k, o in KINDS.items()},
    "Akima1DInterpolator extrapolate": (lambda v: si.Akima1DInterpolator(X, v, extrapolate=True)(FAR), Y2),
    "CubicHermiteSpline": (lambda v: si.CubicHermiteSpline(X + v / 50, v, D * v)(FAR), Y), "PPoly": (lambda c: si.PPoly(c, X)(FAR), C),
    "PPoly knots": (lambda x: si.PPoly(C, x, extrapolate="periodic")(FAR * 2), X), "PPoly falling": (
        lambda x: si.PPoly(C, x[::-1])(FAR) + si.PPoly(C, X[::-1] * x[2], "periodic")(FAR * 2), X), "PPoly axis": (lambda c: si.PPoly(
        np.stack([c, c * c]), X, axis=1)(AT), C), "BPoly": (lambda c: si.BPoly(c, X)(AT, 1), C),
    "BPoly knots": (lambda x: si.BPoly(C, x).integrate(0.2, 3.0), X), "pchip_interpolate": (
        lambda y: si.pchip_interpolate(X, y, AT, der=[0, 1]), UP),
    "BSpline": (lambda c: si.BSpline(T, c, 3)(FAR), RNG.normal(size=(6, 2))), "BSpline knots": (
        lambda v: si.BSpline(np.concatenate([T[:4], v[2:4], T[6:]]), Y[:6], 3)(AT), X), "BSpline nu": (lambda v: si.BSpline(
            np.concatenate([T[:4] - v[0], v[2:4], T[6:]]), v[:6], 3)(AT, 2), X),
    "BSpline.derivative": (lambda c: si.BSpline(T, c, 3).derivative(2)(AT), Y[:6]), "BSpline.integrate": (
        lambda c: si.BSpline(T, c, 3, extrapolate=False).integrate(-1.0, 2.0), Y[:6]),
    "BSpline.antiderivative": (lambda c: si.BSpline(T, c, 3).antiderivative()(FAR), Y[:6]),
    **{f"make_interp_spline {k}": (lambda v, k=k: si.make_interp_spline(X + v / 50, v, k)(AT), Y) for k in (0, 1, 2, 3, 5)},
    "make_interp_spline natural": (lambda v: si.make_interp_spline(X, v, 3, bc_type="natural")(FAR), Y2), "make_interp_spline ends": (
        lambda v: si.make_interp_spline(X + v / 60, v, 5, bc_type=([(1, v[0]), (2, 0.0)], [(1, 0.3), (3, v[1])]))(AT), Y),
    "make_interp_spline t": (lambda v: si.make_interp_spline(X, v, t=np.concatenate([T[:4], X[2:6] + v[0] / 99, T[-4:]]))(AT), Y),
    "make_interp_spline periodic": (lambda v: si.make_interp_spline(X, np.append(v[:-1], v[0]), bc_type="periodic")(FAR * 2), Y),
    "make_interp_spline.c": (lambda v: si.make_interp_spline(X, v).c, Y), "make_lsq_spline": (
        lambda v: si.make_lsq_spline(X + np.linspace(0, 0.0, 8) * v, v, T, 3, w=1 + v * v)(AT), Y),
    "make_smoothing_spline": (lambda v: si.make_smoothing_spline(X, v, lam=0.3)(FAR), Y),
    "splrep": (lambda v: si.splev(AT, si.splrep(X, v)), Y), "splev": (lambda v: si.splev(FAR, (TCK[0], v, 3), 1, 3), TCK[1]), "splint": (
        lambda v: si.splint(0.2, 3.0, si.splrep(X, v, k=5)), Y), "splder": (lambda v: si.splev(AT, si.splder(si.splrep(X, v))), Y),
    "splantider": (lambda v: si.splev(AT, si.splantider((TCK[0], v, 3))), TCK[1]), "splrep task": (
        lambda v: si.splev(AT, si.splrep(X, v, task=-1, t=[1.2, 2.3])), Y),
    "UnivariateSpline": (lambda v: si.UnivariateSpline(X, v, s=0)(FAR), Y), "InterpolatedUnivariateSpline": (
        lambda v: si.InterpolatedUnivariateSpline(X, v, k=2).derivative()(AT), Y), "LSQUnivariateSpline": (
        lambda v: si.LSQUnivariateSpline(X, v, [1.2, 2.3], ext="const")(FAR), Y),
    "UnivariateSpline.integral": (lambda v: si.InterpolatedUnivariateSpline(X, v).integral(0.1, 2.0 + v[0] / 9), Y),
    **{f"interp1d {kind}": (lambda v, kind=kind: si.interp1d(X + v / 50, v, kind)(AT), Y) for kind in (
        "linear", "slinear", "quadratic", "cubic")},
    **{f"interp1d {kind}": (lambda v, kind=kind: si.interp1d(X, v, kind, axis=0, fill_value="extrapolate")(FAR), Y2) for kind in (
        "nearest", "previous", "next", "zero")},
    "interp1d unsorted": (lambda v: si.interp1d(X[::-1], v)(AT), Y), "interp1d fill": (lambda v: si.interp1d(
        X, v, bounds_error=False, fill_value=(v[0], v[-1] ** 2))(FAR), Y),
    **{f"RegularGridInterpolator {m}": (lambda v, m=m: si.RegularGridInterpolator((GX, GY), v, m)(P), G) for m in (
        "linear", "nearest", "slinear", "cubic", "pchip")},
    "RegularGridInterpolator grid": (lambda v: si.RegularGridInterpolator((GX + v[:, 0] / 50, GY), v)(P), G),
    "RegularGridInterpolator descending": (lambda v: si.RegularGridInterpolator((GX[::-1], GY), v)(P), G),
    "RegularGridInterpolator trail": (lambda v: si.RegularGridInterpolator((GX,), v, bounds_error=False, fill_value=None)(FAR), G),
    "interpn": (lambda v: si.interpn((GX, GY), v, P), G), "griddata": (lambda v: si.griddata(SITES, v, INNER), VALUES),
    "griddata 1": (lambda v: si.griddata(X, v, AT, method="cubic"), Y), "griddata nearest": (lambda v: si.griddata(
        SITES, v, INNER, method="nearest"), VALUES), "NearestNDInterpolator": (lambda v: si.NearestNDInterpolator(SITES, v)(INNER) ** 2, VALUES),
    "LinearNDInterpolator": (lambda v: si.LinearNDInterpolator(SITES, np.stack([v, v * v], -1))(INNER), VALUES),
    "RectBivariateSpline": (lambda v: si.RectBivariateSpline(GX, GY, v, kx=1)(GX[1:], [0.2, 0.4], dy=1), G),
    "bisplev": (lambda c: si.bisplev(GX, GY, (*BTCK[:2], c, 3, 3)), BTCK[2]),
    **{f"RBFInterpolator {k}": (lambda v, k=k: si.RBFInterpolator(SITES, v, kernel=k, epsilon=2.0, smoothing=0.1)(INNER), VALUES)
       for k in ("linear", "thin_plate_spline", "cubic", "quintic", "multiquadric", "inverse_multiquadric", "inverse_quadratic", "gaussian")},
    "RBFInterpolator sites": (lambda v: si.RBFInterpolator(v, VALUES)(INNER), SITES), "RBFInterpolator epsilon": (
        lambda v: si.RBFInterpolator(SITES, VALUES, kernel="gaussian", epsilon=v[0], smoothing=v[1])(INNER), np.array([3.0, 0.2])),
    "KroghInterpolator": (lambda v: si.KroghInterpolator(X[:5], v)(FAR), Y2[:5]), "krogh_interpolate": (
        lambda v: si.krogh_interpolate(X[:5], v, AT, der=1), Y[:5]), "BarycentricInterpolator": (
        lambda v: si.BarycentricInterpolator(X[:5], v)(AT * (1 + v[0] / 9)), Y[:5]), "barycentric_interpolate": (
        lambda v: si.barycentric_interpolate(X[:5], v, AT), Y[:5]), "KroghInterpolator.derivatives": (
        lambda v: si.KroghInterpolator(X[:5], v).derivatives(FAR, 2), Y[:5]),
}
# their values are computed in another order than SciPy's
ROUNDED = {"PPoly.solve", "BPoly.integrate", "BPoly knots", "CubicSpline.antiderivative", "BSpline.antiderivative", "BSpline.derivative",
           "splantider", "splder", "InterpolatedUnivariateSpline", "UnivariateSpline.derivatives", "KroghInterpolator.derivatives",
           "CubicSpline.derivative", "KroghInterpolator.derivative", "bisplev", "RectBivariateSpline", "RectBivariateSpline grid", "pchip_interpolate", "krogh_interpolate",
           "BarycentricInterpolator", "barycentric_interpolate"}


def same(name, f, x):
    want = np.asarray(f(x))
    for y in values(f, x):
        assert y.shape == want.shape
        assert y.dtype == want.dtype
        if name in ROUNDED:
            np.testing.assert_allclose(y, want, rtol=1e-12, atol=1e-13)
        else:
            np.testing.assert_array_equal(y, want)


@pytest.mark.parametrize("name", PLAIN)
def test_points_that_carry_derivatives(name):
    same(name, *PLAIN[name])
    check(*PLAIN[name], rtol=1e-8)


@pytest.mark.parametrize("name", DATA)
def test_data_that_carry_derivatives(name):
    same(name, *DATA[name])
    check(*DATA[name], rtol=1e-8)


# ---- where derivatives are a choice ----


def test_derivatives_at_knots_are_those_of_scipy():
    for made in (CUBIC, PCHIP, AKIMA, BSPL):
        want = [made(X, nu) for nu in range(4)]
        for mode in ("forward", "reverse"):
            J = dualad.jacobian(lambda x, made=made: made(x), mode=mode)(X)
            own = np.stack([J[k, ..., k] for k in range(8)])
            np.testing.assert_array_equal(own, want[1])
        one = dualad.derivative(dualad.derivative(lambda x, made=made: made(x)))
        np.testing.assert_array_equal([one(v) for v in X], want[2])
    y = Y.copy()
    slopes = [dualad.derivative(lambda x: si.CubicSpline(X, y * np.cos(0 * x))(x))(v) for v in X]
    np.testing.assert_allclose(slopes, si.CubicSpline(X, Y)(X, 1), rtol=1e-13, atol=1e-14)


def test_nan_outside_stays_with_its_own_entry():
    J = dualad.jacobian(lambda x: AKIMA(x), mode="forward")(FAR)
    assert np.isnan(J[0, 0])
    assert J[1, 0] == J[1, 2] == 0
    np.testing.assert_array_equal(J[1, 1], AKIMA(FAR[1], 1))
    assert np.array_equal(dualad.jacobian(lambda x: AKIMA(x), mode="reverse")(FAR), J, equal_nan=True)


def test_samples_at_a_knot_take_the_piece_of_scipy():
    f = si.interp1d(X, Y)
    right, left = np.diff(Y) / np.diff(X), si.interp1d(X, Y, fill_value="extrapolate")
    np.testing.assert_allclose(dualad.derivative(lambda x: f(x))(X[2]), right[2], rtol=1e-14)
    np.testing.assert_allclose(dualad.derivative(lambda x: left(x))(X[2]), right[1], rtol=1e-14)


def test_orders_above_the_second_are_those_of_scipy():
    f = lambda x: CUBIC(x)[0]  # noqa: E731
    for nu in range(1, 6):
        f = dualad.derivative(f)
        assert f(1.1) == CUBIC(1.1, nu)[0]
    f = lambda x: si.BSpline(T, Y[:6], 3)(x)  # noqa: E731
    for _ in range(4):
        f = dualad.derivative(f)
    assert f(1.1) == 0


def test_second_order_where_the_tangent_vanishes():
    """d2/dt2 of s(t^2) at 0 is 2 s'(0): the tangent of the point is zero there, its derivative is not."""
    s, f = si.CubicSpline(X - 1, np.exp(X)), lambda t: np.sum(s(t**2))  # noqa: E731
    for mode in ("hyperdual", "forward", "local", "forward-over-reverse", "reverse-over-reverse"):
        np.testing.assert_allclose(dualad.hessian(f, mode=mode)(np.zeros(2)), 2 * s(0.0, 1) * np.eye(2), rtol=1e-14)
    for inner in (dualad.derivative, dualad.grad):
        for outer in (dualad.derivative, dualad.grad):
            assert outer(inner(f))(0.0) == 2 * s(0.0, 1)


def test_radial_functions_at_their_sites():
    for kernel in ("thin_plate_spline", "cubic", "gaussian"):
        f = si.RBFInterpolator(SITES, VALUES, kernel=kernel, epsilon=1.0)
        check_derivatives(lambda x, f=f: f(x[None])[0], SITES[3], order=1)


def test_the_derivative_of_a_spline_on_a_grid_is_that_of_what_scipy_returns():
    f, h = si.RegularGridInterpolator((X[:5], X[:4]), np.outer(np.cos(X[:5]), np.sin(X[:4])), "cubic"), 1e-4
    x = np.array([0.7, 0.5])
    steps = h * np.array([1.0, 0.0])
    want = (8 * (f(x + steps) - f(x - steps)) - f(x + 2 * steps) + f(x - 2 * steps)) / (12 * h)
    np.testing.assert_allclose(dualad.grad(lambda x: f(x)[0])(x)[0], want[0], rtol=1e-9)
    np.testing.assert_allclose(dualad.grad(lambda x: f(x)[0])(x), [f(x, nu=(1, 0))[0], f(x, nu=(0, 1))[0]], rtol=1e-13)


def test_results_of_single_precision_points():
    x = AT.astype(np.float32)
    g = dualad.grad(lambda x: np.sum(CUBIC(x)))(x)
    assert g.dtype == np.float32
    np.testing.assert_allclose(g, CUBIC(x, 1).sum(-1), rtol=1e-6)


def test_plain_work_in_a_function_is_left_to_scipy():
    kinds = []

    def f(x):
        s = si.CubicSpline(X, Y)
        kinds.append(isinstance(s, si.CubicSpline) and isinstance(s.derivative(), si.PPoly))
        return x * s(1.0) + s(x)

    assert dualad.derivative(f)(0.7) == si.CubicSpline(X, Y)(1.0) + si.CubicSpline(X, Y)(0.7, 1)
    assert set(kinds) == {True}


def test_errors_of_scipy_stay():
    with pytest.raises(ValueError, match="strictly increasing"):
        dualad.grad(lambda y: np.sum(si.CubicSpline(X[::-1], y)(AT)))(Y)
    with pytest.raises(ValueError, match="interpolation range"):
        dualad.grad(lambda x: np.sum(si.interp1d(X, Y)(x)))(FAR)
    with pytest.raises(ValueError, match="out of bounds"):
        dualad.grad(lambda x: np.sum(grid("linear")(x)))(P * 9)


@pytest.mark.parametrize(("f", "x", "error", "match"), [
    (lambda y: si.UnivariateSpline(X, y)(1.0), Y, errors.NoRuleError, "knots follow the data"),
    (lambda y: si.splrep(X, y, s=1.0)[1], Y, errors.NoRuleError, "s=0 or knots of your own"),
    (lambda y: si.CubicSpline(X, y).extend, Y, errors.NoRuleError, "extend.*carry derivatives"),
    (lambda y: si.lagrange(X[:3], y[:3])(0.2), Y, errors.NoRuleError, "lagrange.*KroghInterpolator"),
    (lambda y: si.CloughTocher2DInterpolator(SITES, y)(INNER), VALUES, errors.NoRuleError, "CloughTocher"),
    (lambda x: si.CloughTocher2DInterpolator(SITES, VALUES)(x), INNER, errors.NoRuleError, "CloughTocher"),
    (lambda x: si.RBFInterpolator(SITES, VALUES, neighbors=4)(x), INNER, errors.NoRuleError, "neighbors"),
    (lambda y: np.asarray(si.CubicSpline(X, y)), Y, errors.ConversionError, "drop its derivatives"),
    (lambda y: si.make_smoothing_spline(X, y)(1.0), Y, errors.NoRuleError, "lam="),
    (lambda x: si.KroghInterpolator(x, Y)(1.0), X, errors.NoRuleError, "only yi"),
    (lambda y: si.PPoly(np.stack([0 * y[:1], y[:1]]), [0.0, 1.0]).roots() * y[0], np.zeros(1), errors.DegenerateError, "no derivative"),
    (lambda x: np.abs(si.CubicSpline(X, Y + 1j * X)(x)), AT, errors.ComplexError, "real and imaginary"),
    (lambda x: np.abs(si.CubicSpline(X, x + 1j * X)(1.0)), Y, errors.ComplexError, "real and imaginary"),
    (lambda x: np.abs(si.make_interp_spline(X, Y + 1j * X)(x)), AT, errors.ComplexError, "real and imaginary"),
    (lambda x: np.abs(si.RBFInterpolator(SITES, 1j * VALUES)(x)), INNER, errors.ComplexError, "real and imaginary"),
    (lambda x: np.abs(si.RegularGridInterpolator((GX, GY), 1j * G)(x)), P, errors.ComplexError, "real and imaginary"),
    (lambda y: si.griddata(SITES, y, INNER, method="cubic"), VALUES, errors.NoRuleError, "griddata.*cubic"),
    (lambda x: si.LinearNDInterpolator(x, VALUES)(INNER), SITES, errors.NoRuleError, "LinearNDInterpolator"),
])
def test_what_is_refused_says_so(f, x, error, match):
    for mode in ("forward", "reverse"):
        with pytest.raises(error, match=match):
            dualad.jacobian(f, mode=mode)(x)


# ---- the namespace ----

ARGUMENTS = {"generate_knots": lambda f, v: list(f(X, v)), "approximate_taylor_polynomial": lambda f, v: f(lambda x: x * v[0], v[0], 2, 1.0)}


@pytest.mark.parametrize("name", sorted(n for n, f in interpolate.functions() if n not in construction.FUNCTIONS))
def test_every_other_function_is_refused_by_name(name):
    fn = getattr(si, name)
    with pytest.raises(errors.NoRuleError, match=rf"scipy\.interpolate\.{name}"):
        dualad.grad(lambda v: np.sum(ARGUMENTS.get(name, lambda f, v: f(v))(fn, v)))(Y)


@pytest.mark.parametrize("name", sorted(n for n, c in interpolate.classes() if c.__name__ not in construction.CLASSES))
def test_every_other_class_is_refused_by_name(name):
    with pytest.raises(errors.NoRuleError, match=rf"scipy\.interpolate\.{name}"):
        dualad.grad(lambda v: np.sum(getattr(si, name)(v)))(Y)


@pytest.mark.parametrize(("name", "method"), [(n, m) for n, c in interpolate.classes() for m, _, bound in interpolate.methods(c) if not bound])
def test_every_method_is_handled_or_refused(name, method):
    """Methods of objects of plain data, given something that carries derivatives."""
    cls = getattr(si, name)
    thing = object.__new__(cls) if not issubclass(cls, construction.si.LinearNDInterpolator.__mro__[1]) else LND
    known = any(issubclass(cls, c) and method in names.split() for c, (_, names) in interpolate.PLAIN.items())
    if known or thing is LND and method == "__call__":
        return
    # where SciPy's own code fails on such an argument, that is an error too
    with pytest.raises((errors.NoRuleError, errors.ConversionError, ValueError, AttributeError)):
        dualad.grad(lambda v: np.sum(getattr(thing, method)(v)))(Y)


def test_the_page_is_what_the_generator_writes():
    made = page("make_interpolate")
    if not scipy.__version__.startswith("1.17"):
        return  # the page is that of one SciPy
    assert made.PAGE.read_text() == made.render(), "run python docs/make_interpolate.py"


def test_every_row_of_the_page_is_tested():
    tested = {n.split()[0] for n in (*PLAIN, *DATA)}
    needed = {*construction.CLASSES, *construction.FUNCTIONS}
    assert needed - tested == set()
    dotted = {n for n in interpolate.METHODS if not n.endswith("__call__")} - tested
    assert dotted <= {"PPoly.integrate", "BivariateSpline.ev", "UnivariateSpline.integral"}


# ---- in use ----


def test_a_spline_fitted_to_data():
    """Knot values of a spline by least squares: gradient and Hessian in closed form from the design matrix."""
    t, noise = np.linspace(0.0, 3.7, 40), RNG.normal(size=40)
    data = np.sin(2 * t) + 0.1 * noise
    design = si.CubicSpline(X, np.eye(8), bc_type="natural")(t)

    def loss(y):
        return np.sum((si.CubicSpline(X, y, bc_type="natural")(t) - data) ** 2) / 2

    y = np.sin(2 * X)
    np.testing.assert_allclose(dualad.grad(loss)(y), design.T @ (design @ y - data), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(dualad.hessian(loss)(y), design.T @ design, rtol=1e-11, atol=1e-12)
    best = np.linalg.lstsq(design, data)[0]
    np.testing.assert_allclose(y - np.linalg.solve(dualad.hessian(loss)(y), dualad.grad(loss)(y)), best, rtol=1e-10)


def test_a_curve_of_discount_factors():
    """Prices of bonds on a monotone curve, in rates and in the times of the knots."""
    times, pay = np.array([0.5, 1.0, 2.0, 3.0, 5.0]), np.arange(0.25, 4.1, 0.25)

    def price(v):
        curve = si.PchipInterpolator(times + v[5:], v[:5])
        return np.sum(np.exp(-curve(pay) * pay)) + curve.integrate(0.6, 3.0)

    check_derivatives(price, np.concatenate([[0.01, 0.013, 0.02, 0.026, 0.03], np.zeros(5)]))
