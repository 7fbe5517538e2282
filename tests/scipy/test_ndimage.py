"""scipy.ndimage in every mode: linear filters with all boundaries, picks, splines in image and coordinates, measurements."""

import numpy as np
import pytest
import scipy.ndimage as nd

import dualad
from dualad import errors
from dualad.rules import scipy_ndimage

from .namespaces import differentiated, flat, keeps_bits, oblique, parts, refuses, unsettled, untested

RNG = np.random.default_rng(20261124)
x, X, Y = RNG.normal(size=9), RNG.normal(size=(5, 6)), RNG.normal(size=(6, 5))
H, h, h4 = RNG.normal(size=(2, 3)), RNG.normal(size=3), RNG.normal(size=4)
CROSS = [[0, 1, 0], [1, 1, 1]]
PLACES = np.array([[0.3, 2.2, 4.6, -0.7, 1.4, -5.3, 7.6], [1.1, 3.3, 0.2, 2.4, 4.7, 9.1, -3.2]]) + 0.03
LABELS = np.array([[0, 1, 1, 2, 2, 0], [0, 1, 3, 3, 2, 0], [1, 1, 3, 3, 0, 0], [2, 2, 2, 0, 0, 1], [2, 2, 2, 0, 0, 1]])
MODES = ("reflect", "constant", "nearest", "mirror", "wrap", "grid-mirror", "grid-wrap", "grid-constant")
CASES = {
    "correlate1d cval": (lambda t: nd.correlate1d(X, h4, mode="constant", cval=t[0]) ** 2, h),
    "convolve1d cval": (lambda t: nd.convolve1d(X, h4, mode="constant", cval=t[0]) ** 2, h),
    "correlate cval": (lambda t: nd.correlate(X, H, mode="constant", cval=t[0]) ** 2, h),
    "convolve cval": (lambda t: nd.convolve(X, H, mode="constant", cval=t[0]) ** 2, h),
    "correlate input axes": (lambda t: nd.correlate(t, h, axes=(1,)) ** 2, X),
    "convolve input axes": (lambda t: nd.convolve(t, h4, axes=0) ** 2, X),
    "correlate input 1d": (lambda t: nd.correlate(t, h4) ** 2, x), "correlate weights 1": (lambda t: nd.correlate(X, t[:1, None]) ** 2, h),
    "gaussian_filter input axes": (lambda t: nd.gaussian_filter(t, 1.2, axes=0, radius=2) ** 2, X),
    "gaussian_filter input zero": (lambda t: nd.gaussian_filter(t, [1.2, 0], truncate=2) ** 2, X),
    "gaussian_filter input complex": (parts(lambda t: nd.gaussian_filter(t * (1 + 2j), 1.0)), X),
    "gaussian_filter sigma": (lambda t: nd.gaussian_filter(X * t[1], 1.2 + t[:2] ** 2) ** 2, h),
    "gaussian_filter1d input": (lambda t: nd.gaussian_filter1d(t, 1.2, 0) ** 2, X),
    **{f"gaussian_filter1d sigma {o}": (lambda t, o=o: nd.gaussian_filter1d(X, 1.2 + t[0] ** 2, 0, o) ** 2, h) for o in range(4)},
    "gaussian_laplace input": (lambda t: nd.gaussian_laplace(t, (1.2, 0.9)) ** 2, X),
    "gaussian_laplace sigma": (lambda t: nd.gaussian_laplace(X, 1.2 + t[0] ** 2) ** 2, h),
    "gaussian_laplace sigma axes": (lambda t: nd.gaussian_laplace(X, 1.2 + t[0] ** 2, axes=(1,), truncate=3.0) ** 2, h),
    "gaussian_gradient_magnitude input": (lambda t: nd.gaussian_gradient_magnitude(t, (1.2, 1.0)), X),
    "gaussian_gradient_magnitude sigma": (lambda t: nd.gaussian_gradient_magnitude(X, 1.2 + t[0] ** 2), h),
    "correlate1d input complex": (parts(lambda t: nd.correlate1d(t * (1 + 2j), h * (1 - 1j))), X),
    "convolve input complex": (parts(lambda t: nd.convolve(t * (1 + 2j), H * (1 - 1j))), X),
    "laplace input axes": (lambda t: nd.laplace(t, axes=0) ** 2, X), "uniform_filter input axes": (lambda t: nd.uniform_filter(t, 3, axes=(1,)) ** 2, X),
    "maximum_filter input axes": (lambda t: nd.maximum_filter(t, 3, axes=(1,)) ** 2, X),
    "rank_filter input axes": (lambda t: nd.rank_filter(t, 1, 4, axes=(1,)) ** 2, X),
    "affine_transform input lines": (lambda t: nd.affine_transform(t, [0.8, 1.2], [0.3, -0.4], output_shape=(4, 7)) ** 2, X),
    "affine_transform input homogeneous": (lambda t: nd.affine_transform(t, [[0.8, 1.2, 0.1], [0.2, 0.9, 0.3]], order=2) ** 2, X),
    "affine_transform offset": (lambda t: nd.affine_transform(X, [[0.8, 0.2], [0.2, 0.9]], t[:2]) ** 2, h),
    "shift input raw": (lambda t: nd.shift(t, 0.3, prefilter=False) ** 2, X),
    "map_coordinates input raw": (lambda t: nd.map_coordinates(t, PLACES, prefilter=False) ** 2, X),
    "spline_filter1d input": (lambda t: nd.spline_filter1d(t, axis=0) ** 2, X), "spline_filter1d input 1": (lambda t: nd.spline_filter1d(t, 1) ** 2, X),
    "zoom input complex": (parts(lambda t: nd.zoom(t * (1 + 2j), 1.5, cval=1j)), Y), "map_coordinates coordinates complex": (
        parts(lambda t: nd.map_coordinates(Y * (1 - 2j), t, mode="mirror")), PLACES),
    "spline_filter input complex": (parts(lambda t: nd.spline_filter(t * (1 + 2j), 3)), Y), "rotate input stack": (lambda t: nd.rotate(t, 20.0, axes=(0, 2), reshape=False) ** 2, RNG.normal(size=(4, 2, 5))),
    "fourier_gaussian input": (parts(lambda t: nd.fourier_gaussian(np.fft.rfft(t), 1.3, n=6)), X),
    "fourier_gaussian sigma": (parts(lambda t: nd.fourier_gaussian(np.fft.fft2(X), t[:2])), h),
    "fourier_gaussian input real": (lambda t: nd.fourier_gaussian(t, 1.3) ** 2, X),
    "fourier_uniform input": (parts(lambda t: nd.fourier_uniform(np.fft.fft2(t), 2)), X),
    "fourier_ellipsoid input": (parts(lambda t: nd.fourier_ellipsoid(np.fft.fft2(t), 2)), X),
    "fourier_shift input": (parts(lambda t: nd.fourier_shift(np.fft.rfft(t), (1.3, 0.4), n=6)), X),
    "fourier_shift shift": (parts(lambda t: nd.fourier_shift(np.fft.rfft(X), t[:2], n=6)), h),
    "center_of_mass input": (lambda t: np.asarray(nd.center_of_mass(t + 9)), X),
    "center_of_mass input labels": (lambda t: np.asarray(nd.center_of_mass(t + 9, LABELS, [1, 2])), X),
    "extrema input": (lambda t: np.concatenate(nd.extrema(t, LABELS, [1, 2])[:2]) ** 2, X),
    "labeled_comprehension input": (lambda t: nd.labeled_comprehension(t, LABELS, [1, 2], np.mean, float, 0.0) ** 2, X),
    "vectorized_filter input": (lambda t: nd.vectorized_filter(t, lambda w, axis=None: np.sum(w**2, axis=axis), size=3), X),
}
for _n in ("sum", "sum_labels", "mean", "variance", "standard_deviation", "minimum", "maximum", "median"):
    CASES[f"{_n} input"] = (lambda t, f=getattr(nd, _n): f(t) ** 2, X)
    CASES[f"{_n} input labels"] = (lambda t, f=getattr(nd, _n): np.asarray(f(t, LABELS, [1, 3])) ** 2, X)
for _n in ("grey_opening", "grey_closing", "morphological_gradient", "morphological_laplace", "white_tophat", "black_tophat"):
    CASES[f"{_n} input"] = (lambda t, f=getattr(nd, _n): f(t, size=(2, 3)) ** 2, X)
for _m in MODES:
    CASES |= {
        f"correlate1d input {_m}": (lambda t, m=_m: nd.correlate1d(t, h4, 0, mode=m, cval=0.3, origin=1) ** 2, X),
        f"correlate1d weights {_m}": (lambda t, m=_m: nd.correlate1d(X, t, 1, None, m, 0.3) ** 2, h4),
        f"convolve1d input {_m}": (lambda t, m=_m: nd.convolve1d(t, h4, 1, mode=m, cval=0.3, origin=-1) ** 2, X),
        f"convolve1d weights {_m}": (lambda t, m=_m: nd.convolve1d(t[:3], t, mode=m, cval=0.3) ** 2, x),
        f"correlate input {_m}": (lambda t, m=_m: nd.correlate(t, H, mode=m, cval=0.3, origin=(-1, 1)) ** 2, X),
        f"correlate weights {_m}": (lambda t, m=_m: nd.correlate(X, t, mode=m, cval=0.3) ** 2, H),
        f"convolve input {_m}": (lambda t, m=_m: nd.convolve(t, H, None, m, 0.3, (0, 1)) ** 2, X),
        f"convolve weights {_m}": (lambda t, m=_m: nd.convolve(X, t, mode=m, cval=0.3) ** 2, H),
        f"gaussian_filter input {_m}": (lambda t, m=_m: nd.gaussian_filter(t, (1.0, 0.5), (0, 1), None, m, 0.2) ** 2, X),
        f"uniform_filter input {_m}": (lambda t, m=_m: nd.uniform_filter(t, (3, 4), mode=m, cval=0.2, origin=(1, -1)) ** 2, X),
        f"uniform_filter1d input {_m}": (lambda t, m=_m: nd.uniform_filter1d(t, 7, 0, mode=m, cval=0.2, origin=1) ** 2, X),
        f"sobel input {_m}": (lambda t, m=_m: nd.sobel(t, 0, mode=m, cval=0.2) ** 2, X),
        f"prewitt input {_m}": (lambda t, m=_m: nd.prewitt(t, 1, mode=[m, "reflect"], cval=0.2) ** 2, X),
        f"laplace input {_m}": (lambda t, m=_m: nd.laplace(t, mode=m, cval=0.2) ** 2, X),
        f"maximum_filter input {_m}": (lambda t, m=_m: nd.maximum_filter(t, (2, 3), mode=m, cval=0.2, origin=(0, 1)) ** 2, X),
        f"minimum_filter input {_m}": (lambda t, m=_m: nd.minimum_filter(t, footprint=CROSS, mode=m, cval=0.2) ** 2, X),
        f"maximum_filter1d input {_m}": (lambda t, m=_m: nd.maximum_filter1d(t, 4, mode=m, cval=0.2, origin=-1) ** 2, X),
        f"minimum_filter1d input {_m}": (lambda t, m=_m: nd.minimum_filter1d(t, 3, 0, mode=m, cval=0.2) ** 2, X),
        f"median_filter input {_m}": (lambda t, m=_m: nd.median_filter(t, 3, mode=m, cval=0.2) ** 2, X),
        f"median_filter input line {_m}": (lambda t, m=_m: nd.median_filter(t, 5, mode=m, cval=0.2) ** 2, x),
        f"rank_filter input {_m}": (lambda t, m=_m: nd.rank_filter(t, -2, (2, 3), mode=m, cval=0.2, origin=(0, 1)) ** 2, X),
        f"percentile_filter input {_m}": (lambda t, m=_m: nd.percentile_filter(t, 20, footprint=CROSS, mode=m, cval=0.2) ** 2, X),
        f"grey_erosion input {_m}": (lambda t, m=_m: nd.grey_erosion(t, structure=H, mode=m, cval=0.2) ** 2, X),
        f"grey_dilation input {_m}": (lambda t, m=_m: nd.grey_dilation(t, structure=H, mode=m, cval=0.2) ** 2, X),
        f"grey_dilation input size {_m}": (lambda t, m=_m: nd.grey_dilation(t, (2, 4), mode=m, cval=0.2, origin=(0, 1)) ** 2, X),
    }
    for _o in range(6):
        CASES[f"map_coordinates input {_m} {_o}"] = (lambda t, m=_m, o=_o: nd.map_coordinates(t, PLACES, order=o, mode=m, cval=0.3) ** 2, Y)
        if _o:
            CASES[f"map_coordinates coordinates {_m} {_o}"] = (
                lambda t, m=_m, o=_o: nd.map_coordinates(Y, t, order=o, mode=m, cval=0.3) ** 2, PLACES)
        if _o > 1:
            CASES[f"spline_filter input {_m} {_o}"] = (lambda t, m=_m, o=_o: nd.spline_filter(t, o, mode=m) ** 2, Y)
    for _o in (0, 1, 2, 3, 5):
        CASES |= {
            f"shift input {_m} {_o}": (lambda t, m=_m, o=_o: nd.shift(t, (1.3, -2.4), order=o, mode=m, cval=0.3) ** 2, Y),
            f"zoom input {_m} {_o}": (lambda t, m=_m, o=_o: nd.zoom(t, (1.6, 0.7), order=o, mode=m, cval=0.3) ** 2, Y),
            f"zoom input grid {_m} {_o}": (lambda t, m=_m, o=_o: nd.zoom(t, (1.6, 0.7), order=o, mode=m, cval=0.3, grid_mode=True) ** 2, Y),
            f"rotate input {_m} {_o}": (lambda t, m=_m, o=_o: nd.rotate(t, 33.0, order=o, mode=m, cval=0.3) ** 2, Y),
            f"affine_transform input {_m} {_o}": (
                lambda t, m=_m, o=_o: nd.affine_transform(t, [[0.9, 0.2], [-0.1, 1.1]], [0.3, -0.4], order=o, mode=m, cval=0.3) ** 2, Y),
        }
        if _o > 1:  # straight lines have a kink at each entry
            CASES |= {
                f"shift shift {_m} {_o}": (lambda t, m=_m, o=_o: nd.shift(Y, t[:2] + [0.3, 1.6], order=o, mode=m, cval=0.3) ** 2, h / 9),
                f"rotate angle {_m} {_o}": (lambda t, m=_m, o=_o: nd.rotate(Y, 33.0 + t[0], order=o, mode=m, cval=0.3, reshape=False) ** 2, h),
                f"affine_transform matrix {_m} {_o}": (lambda t, m=_m, o=_o: nd.affine_transform(
                    Y, np.array([[0.9, 0.2], [-0.1, 1.1]]) + t[:2] / 20, t[2], order=o, mode=m, cval=0.3) ** 2, H.T),
            }


def usual(name):
    """Cubic splines with every mode, all orders with two modes: the other combinations are slow tests."""
    words = name.split()
    return not words[-1].isdigit() or words[-1] == "3" or words[-2] in ("reflect", "constant")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", oblique(CASES, usual))
def test_derivatives_in_every_mode(name):
    differentiated(CASES[name])


def test_every_covered_operand_is_tested():
    assert untested(scipy_ndimage.NAMESPACE, CASES) == ([], [])
    assert unsettled(scipy_ndimage.NAMESPACE) == []


def test_refused_functions_say_so():
    refuses(scipy_ndimage.NAMESPACE, lambda fn: lambda t: np.sum(fn(t, *([LABELS[:3, :3]] * (fn.__name__ in ("watershed_ift",)) or [3]))))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["correlate input wrap", "gaussian_filter input mirror", "uniform_filter input reflect", "sobel input nearest",
                                  "maximum_filter input reflect", "median_filter input wrap", "shift input mirror 3", "rotate input wrap 2",
                                  "map_coordinates input reflect 3", "zoom input nearest 1", "spline_filter input mirror 3"])
def test_values_are_scipys(name, dtype):
    f, v = CASES[name]
    keeps_bits(f, v.astype(dtype))
    keeps_bits(f, np.asfortranarray(v, dtype))
    keeps_bits(f, np.repeat(v, 2, axis=1).astype(dtype)[:, ::2])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_extremes_that_tie_share_and_ranks_pick_one(mode):
    flat_image = np.ones((3, 3))
    J = dualad.jacobian(lambda t: nd.maximum_filter(t, 3, mode="constant", cval=-1.0), mode=mode)(flat_image)
    np.testing.assert_allclose(J.sum(axis=(2, 3)), 1.0)
    np.testing.assert_allclose(J[1, 1], 1 / 9)
    J = dualad.jacobian(lambda t: nd.median_filter(t, 3), mode=mode)(flat_image)
    assert sorted(np.unique(J)) == [0.0, 1.0]


def test_no_table_as_large_as_the_square_of_an_image():
    """A gradient through 300 x 300 entries; a dense table would take 65 GB."""
    image = RNG.normal(size=(300, 300))

    def loss(t):
        t = nd.gaussian_filter(nd.uniform_filter(t, 15), 2.0)
        return np.sum(nd.rotate(nd.zoom(nd.median_filter(t, 3), 0.5), 10.0) ** 2)

    g, direction = dualad.grad(loss)(image), RNG.normal(size=image.shape)
    tangent = dualad.jvp(loss, (image,), (direction,))[1]
    assert np.sum(g * direction) == pytest.approx(float(tangent), rel=1e-10)


def test_deconvolution_of_an_image():
    """A blurred image is sharpened, and the width of the blur found, by Newton steps on exact gradients and Hessians."""
    grid = np.linspace(-1, 1, 12)
    image = np.exp(-4 * grid[:, None] ** 2) * (1 + grid)
    blurred = nd.gaussian_filter(image, 1.1)

    def misfit(s):
        return np.sum((nd.gaussian_filter(image, s, radius=4) - blurred) ** 2)

    blurred, s = nd.gaussian_filter(image, 1.1, radius=4), 0.9
    for _ in range(8):
        s = s - float(dualad.grad(misfit)(s)) / float(dualad.hessian(misfit)(s))
    assert s == pytest.approx(1.1, abs=1e-8)

    def residual(u):
        return np.sum((nd.gaussian_filter(u, 0.5) - blurred) ** 2)

    u = blurred
    for _ in range(100):  # conjugate directions of a quadratic: Hessian products by forward over reverse
        g = dualad.grad(residual)(u)
        u = u - g * np.sum(g * g) / np.sum(g * dualad.hvp(residual)(u, g))
    assert residual(u) < 1e-8 * residual(blurred)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_errors(mode):
    def raises(kind, match, f, v=X):
        with pytest.raises(kind, match=match):
            dualad.jacobian(f, mode=mode)(v)

    raises(errors.NoRuleError, "generic_filter has no derivative rule.*sliding_window_view", lambda t: nd.generic_filter(t, np.mean, 3))
    raises(errors.NoRuleError, "leave output= away", lambda t: nd.sobel(t, output=np.zeros((5, 6))))
    raises(errors.NoRuleError, "only decides how many entries", lambda t: nd.zoom(t, 1 + t[0, 0] ** 2))
    raises(errors.NoRuleError, "fourier_uniform has no derivative in size", lambda t: nd.fourier_uniform(X, t[0, 0]))
    raises(errors.NoRuleError, "truncate=", lambda t: nd.gaussian_filter(X, 1.0, truncate=t[0, 0]))
    raises(errors.NoRuleError, "does not change with the values", lambda t: nd.distance_transform_edt(t))
    raises(RuntimeError, "(?i)mode", lambda t: nd.correlate1d(t, h, mode="wrong"))
    raises(ValueError, "(?i)origin", lambda t: nd.correlate1d(t, h, origin=5))
    raises(RuntimeError, "(?i)dim", lambda t: nd.correlate(t, h))
    assert dualad.grad(lambda t: np.sum(nd.label(t > 0)[0] * t))(X).shape == X.shape


def test_output_as_a_dtype():
    f = lambda t: np.sum(nd.gaussian_filter(t, 1.0, output=np.float32) ** 2)
    assert dualad.grad(f)(X).dtype == np.float64
    assert flat(nd.gaussian_filter(X, 1.0, output=np.float32)).size == X.size
