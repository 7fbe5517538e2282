"""Complex numbers inside, at the entrance and at the exit of a function, in every mode (docs/decisions/0007-complex.md)."""

import cmath

import mpmath
import numpy as np
import pytest

import dualad
from dualad import errors
from dualad.core.complexes import ComplexArray
from dualad.rules.analytic import ANALYTIC
from dualad.rules.paired import SAME
from dualad.testing import check_derivatives

RNG = np.random.default_rng(20261124)
X = RNG.normal(size=6)
W = RNG.normal(size=(6, 6)) + 1j * RNG.normal(size=(6, 6))


def complexes(x):
    """Six complex numbers made of six real ones."""
    return W @ x + (0.3 - 0.2j)


def real(z):
    """One real number that depends on everything in z."""
    parts = z if isinstance(z, (tuple, list)) else (z,)
    return sum(np.sum(np.abs(p - 0.1) ** 2 * np.cos(np.arange(np.size(p)).reshape(np.shape(p)))) + np.sum(np.sin(np.imag(p))) for p in parts)


# ---- elementwise ----

UNARY = [fn for fn in ANALYTIC if fn.nin == 1]
ORACLES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
           "exp2": lambda z: mpmath.mpf(2) ** z, "log2": lambda z: mpmath.log(z) / mpmath.log(2), "square": lambda z: z * z,
           "reciprocal": lambda z: 1 / z, "negative": lambda z: -z, "positive": lambda z: z, "log10": lambda z: mpmath.log(z) / mpmath.log(10)}
NOT_ANALYTIC = {"conjugate", "absolute", "sign"}
POINTS = np.concatenate([RNG.normal(size=12) + 1j * RNG.normal(size=12), [1e-5 + 1e-5j, 1 + 1e-6j, -2 + 1e-3j, 0.5 + 3j, -3 - 2j, 1e-8 - 1j]])


@pytest.mark.parametrize("fn", [f for f in UNARY if f.__name__ not in NOT_ANALYTIC], ids=lambda f: f.__name__)
def test_analytic_function_against_mpmath(fn):
    """f(z + t w) in t: first and second derivative are f'(z) w and f''(z) w w."""
    oracle = ORACLES.get(fn.__name__, fn.__name__)
    oracle = getattr(mpmath, oracle) if isinstance(oracle, str) else oracle
    w = 0.6 + 0.8j
    with mpmath.workdps(50):
        for z in POINTS:
            want = [complex(mpmath.diff(oracle, mpmath.mpc(z), n)) * w**n for n in (1, 2)]
            got = [dualad.derivative(lambda t, z=z: fn(z + w * t))(0.0),
                   dualad.derivative(dualad.derivative(lambda t, z=z: fn(z + w * t)))(0.0)]
            value = dualad.jvp(lambda t, z=z: fn(z + w * t), (0.0,), (1.0,))[0]
            assert value == pytest.approx(complex(fn(z)), rel=1e-11, abs=1e-14)
            for g, v in zip(got, want, strict=True):
                assert abs(g - v) <= 1e-9 * max(abs(v), 1e-3), (z, g, v)


@pytest.mark.parametrize("fn", ANALYTIC, ids=lambda f: f.__name__)
def test_elementwise_in_every_mode(fn):
    if fn.nin == 1:
        check_derivatives(lambda x: real(fn(complexes(x))), X)
    else:
        far = 8.0 if fn in (np.power, np.float_power) else 0.0  # away from the branch cut
        check_derivatives(lambda x: real(fn(complexes(x) + far, complexes(x[::-1]) / 3 + 0.2j)), X)
        check_derivatives(lambda x: real(fn(complexes(x) + far, x / 3 + 2.0)), X)
        check_derivatives(lambda x: real(fn(x + 3.0, complexes(x) / 3)), X)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 7, -1, -2, 0.5, 1.7, 2 + 0.5j])
def test_powers(exponent):
    check_derivatives(lambda x: real(complexes(x) ** exponent), X)


@pytest.mark.parametrize("fn", [np.sqrt, np.log], ids=lambda f: f.__name__)
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_beside_the_branch_cut(fn, side):
    """At negative numbers the sign of the imaginary zero says which side is meant."""
    z = complex(-2.0, side * 0.0)
    got = dualad.derivative(lambda t: fn(z * np.exp(1j * t)))(0.0)
    want = 1j * z * (0.5 / np.sqrt(z) if fn is np.sqrt else 1 / z)
    assert got == pytest.approx(want, rel=1e-14)


def test_modulus_and_sign_at_zero_have_slope_zero():
    for f in (np.abs, np.sign, lambda z: z**3, lambda z: z**1.5):
        assert dualad.derivative(lambda t, f=f: f(t * (1 + 1j)))(0.0) == 0


# ---- functions of arrays ----

V = np.array([0.5, -1.0, 2.0])
FUNCTIONS = {
    "sum": np.sum, "mean": np.mean, "prod": np.prod, "cumsum": np.cumsum, "cumprod": np.cumprod, "diff": np.diff, "var": np.var,
    "std": np.std, "ptp of moduli": lambda z: np.ptp(np.abs(z)), "reshape": lambda z: np.reshape(z, (2, 3)), "T": lambda z: z.reshape(2, 3).T,
    "index": lambda z: z[[0, 2, 2]], "mask": lambda z: z[z.real > 0], "slice": lambda z: z[::-2], "newaxis": lambda z: z[:, None] * z,
    "concatenate": lambda z: np.concatenate([z, V, 1j * V]), "stack": lambda z: np.stack([z, z * 2]), "hstack": lambda z: np.hstack([z, z]),
    "where": lambda z: np.where(z.imag > 0, z, 1.0), "where plain": lambda z: np.where(z.imag > 0, z, W[0]), "roll": lambda z: np.roll(z, 2),
    "pad": lambda z: np.pad(z, 2, constant_values=1.5), "sum initial": lambda z: np.sum(z, initial=2.0), "repeat": lambda z: np.repeat(z, 2),
    "tile": lambda z: np.tile(z, (2, 2)), "flip": np.flip, "take": lambda z: np.take(z, [1, 4]), "trace": lambda z: np.trace(np.outer(z, z)),
    "diag": np.diag, "broadcast_to": lambda z: np.broadcast_to(z, (2, 6)), "dot": lambda z: np.dot(z, W), "dot real": lambda z: np.dot(z.real, W),
    "matmul": lambda z: W @ z, "matmul both": lambda z: np.outer(z, z) @ np.outer(z, W[0]), "inner": lambda z: np.inner(z, z), "vdot": lambda z: np.vdot(z, W[0] * z),
    "vecdot": lambda z: np.vecdot(z, z * 1j), "einsum": lambda z: np.einsum("i,ij,j->j", z, W, z), "einsum two": lambda z: np.einsum("i,j->ij", z, np.conj(z)),
    "tensordot": lambda z: np.tensordot(z, W, 1), "kron": lambda z: np.kron(z, V), "convolve": lambda z: np.convolve(z, z), "convolve real": lambda z: np.convolve(V, z),
    "correlate": lambda z: np.correlate(z, z[:3], "full"), "trapezoid": lambda z: np.trapezoid(z, dx=0.3), "gradient": np.gradient,
    "polyval": lambda z: np.polyval(V, z), "polyval coefficients": lambda z: np.polyval(z, 0.4), "norm": np.linalg.norm, "norm 1": lambda z: np.linalg.norm(z, 1),
    "norm inf": lambda z: np.linalg.norm(z, np.inf), "frobenius": lambda z: np.linalg.norm(np.outer(z, z)), "average": lambda z: np.average(z, weights=[1, 2, 3, 1, 2, 3]),
    "real": np.real, "imag": np.imag, "angle": np.angle, "degrees": lambda z: np.angle(z, deg=True), "conj": lambda z: z.conj() * z, "zeros_like": lambda z: np.zeros_like(z) + z,
    "full_like": lambda z: np.full_like(z, 2j) * z, "astype": lambda z: z.real.astype(complex) * z, "iteration": lambda z: sum(v * k for k, v in enumerate(z)),
    "methods": lambda z: z.reshape(3, 2).sum(axis=0).conj().mean(), "solve": lambda z: np.linalg.solve(W + np.diag(z), V.repeat(2)),
    "solve matrix": lambda z: np.linalg.solve(W + np.diag(z), np.outer(z, V)), "inv": lambda z: np.linalg.inv(W + np.diag(z)), "det": lambda z: np.linalg.det(W + np.diag(z)),
    "stack of determinants": lambda z: np.linalg.det(z[:, None, None] * W[:3, :3] + np.eye(3)), "slogdets": lambda z: tuple(np.linalg.slogdet(z[:, None, None] * W[:2, :2])), "slogdet": lambda z: tuple(np.linalg.slogdet(W + np.diag(z))), "matrix_power": lambda z: np.linalg.matrix_power(np.outer(z, z) / 9, 3),
    "multi_dot": lambda z: np.linalg.multi_dot([z[None], W, z[:, None]]), "interleaved": lambda z: np.stack([z.real, z.imag], axis=-1),
    "in place": lambda z: in_place(z), "views": lambda z: through_views(z), "outer": lambda z: np.multiply.outer(z, V), "reduce": np.add.reduce,
    "accumulate": np.add.accumulate,
}


def in_place(z):
    w = z.copy()
    w += 1j
    w *= z
    w[1:3] = z[:2] / 2
    w[0] -= 2.0
    w[[3, 4]] = 1j * V[:2]
    return w


def through_views(z):
    w = np.zeros_like(z)
    part = w[1:4]
    part[:] = z[:3] * 1j
    part[0] += z[5]
    return w


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_in_every_mode(name):
    f = FUNCTIONS[name]
    with dualad.capturing(False):
        check_derivatives(lambda x: real(f(complexes(x))), X)
        z, got = complexes(X), dualad.jvp(lambda x: f(complexes(x)), (X,), (X,))[0]
    for ours, numpys in zip(*((v if isinstance(v, tuple) else (v,)) for v in (got, f(z))), strict=True):
        np.testing.assert_allclose(ours, numpys, rtol=1e-12, atol=1e-12)
        assert np.asarray(ours).dtype == np.asarray(numpys).dtype


def test_functions_said_to_hold_for_complex_numbers_were_tried():
    """Each body of `SAME` gives NumPy's complex value at some call."""
    z, m = complexes(X), W[:3, :3]
    lists = {np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block, np.broadcast_arrays, np.meshgrid}
    other = {np.append: (z, z), np.insert: (z, 1, 2j), np.array_split: (z, 2), np.split: (z, 2), np.hsplit: (z, 2), np.vsplit: (W, 2),
             np.expand_dims: (z, 0), np.polyval: (z, z), np.polyadd: (z, z), np.polysub: (z, m[0]), np.matvec: (m, m[0]),
             np.linalg.matrix_power: (m, 2), np.linalg.multi_dot: ([m, m],), np.linalg.tensordot: (m, m), np.linalg.matmul: (m, m),
             np.linalg.cross: (m[0], m[1]), np.cross: (m[0], m[1]), np.outer: (z, z), np.kron: (z, z), np.linalg.outer: (z, z),
             np.average: (z,), np.cumprod: (z,)}
    matrices = {np.linalg.trace, np.linalg.diagonal, np.linalg.matrix_transpose, np.matrix_transpose, np.fliplr, np.flipud, np.rot90, np.diag}
    for fn in SAME:
        if fn in lists:
            args = ([z, 2j * z],) if fn not in (np.broadcast_arrays, np.meshgrid) else (z, 2j * z)
        else:
            args = other.get(fn) or ((m,) if fn in matrices else (z,))
        want = fn(*args)

        def traced(t, args=args, fn=fn):
            grown = [[v * t for v in a] if isinstance(a, list) else a * t if np.iscomplexobj(a) else a for a in args]
            return fn(*grown)

        with dualad.capturing(False):
            got = dualad.jvp(traced, (1.0,), (1.0,))[0]
        many = isinstance(want, (tuple, list))
        for ours, numpys in zip(got if many else [got], want if many else [want], strict=True):
            np.testing.assert_allclose(ours, numpys, rtol=1e-12, err_msg=str(fn))


# ---- Fourier transforms ----

SINGLE = [(name, options) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
          for options in ({}, {"n": 4}, {"n": 9}, {"norm": "ortho"}, {"norm": "forward", "n": 5})]


@pytest.mark.parametrize(("name", "options"), SINGLE)
def test_transform_in_every_mode(name, options):
    f = getattr(np.fft, name)
    check_derivatives(lambda x: real(f(x, **options)), X)
    np.testing.assert_array_equal(dualad.jvp(lambda x: f(x, **options), (X,), (X,))[0], f(X, **options))
    if name not in ("rfft", "ihfft"):
        check_derivatives(lambda x: real(f(complexes(x), **options)), X)


@pytest.mark.parametrize("name", ["fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"])
@pytest.mark.parametrize("options", [{}, {"axes": (0, 1)}, {"s": (4, 5), "axes": (1, 2)}, {"s": (3, 3), "axes": (-1, -2), "norm": "ortho"}])
def test_transform_along_several_axes(name, options):
    f, x = getattr(np.fft, name), RNG.normal(size=(2, 3, 4))
    np.testing.assert_allclose(dualad.jvp(lambda x: f(x, **options), (x,), (x,))[0], f(x, **options), rtol=1e-13, atol=1e-14)
    check_derivatives(lambda x: real(f(x, **options)), x, order=1)
    if not name.startswith("r"):
        z = RNG.normal(size=x.shape)
        np.testing.assert_allclose(dualad.jvp(lambda x: f(x + 1j * z, **options), (x,), (x,))[1], f(x, **options), atol=1e-13)


def test_jacobian_of_a_transform_is_its_matrix():
    for mode in ("auto", "forward", "reverse"):
        J = dualad.jacobian(np.fft.fft, mode=mode)(X)
        np.testing.assert_allclose(J, np.fft.fft(np.eye(6), axis=0), atol=1e-15)
    shifted = dualad.jacobian(lambda x: np.fft.fftshift(np.fft.fft(x)))(X)
    np.testing.assert_allclose(shifted, np.fft.fftshift(np.fft.fft(np.eye(6), axis=0), axes=0), atol=1e-15)


def test_power_spectrum_against_its_closed_form():
    """d|F x|^2_k / dx_j = 2 Re(conj(F x)_k F_kj) (Parseval for the sum)."""
    F = np.fft.fft(np.eye(6), axis=0)
    got = dualad.jacobian(lambda x: np.abs(np.fft.fft(x)) ** 2)(X)
    np.testing.assert_allclose(got, 2 * (np.conj(F @ X)[:, None] * F).real, atol=1e-13)
    H = dualad.hessian(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(X)
    np.testing.assert_allclose(H, 12 * np.eye(6), atol=1e-13)


# ---- complex arguments and results ----

Z = np.array([1 + 2j, 0.5 - 1j, -0.3 + 0.1j])


def loss(z):
    return np.sum(np.abs(z) ** 4) + np.sum((z * z).real)


def test_gradient_of_a_complex_argument():
    """dL/dRe + i dL/dIm: the direction of steepest ascent."""
    want = 4 * np.abs(Z) ** 2 * Z + 2 * np.conj(Z)
    np.testing.assert_allclose(dualad.grad(loss)(Z), want, rtol=1e-14)
    value, g = dualad.value_and_grad(loss)(Z)
    assert value == pytest.approx(loss(Z))
    np.testing.assert_allclose(g, want, rtol=1e-14)
    both = dualad.grad(lambda p: loss(p["z"]) * p["x"])({"z": Z, "x": 2.0})
    np.testing.assert_allclose(both["z"], 2 * want, rtol=1e-14)
    assert both["x"] == pytest.approx(loss(Z))
    assert dualad.grad(lambda z: abs(z) ** 2)(1 + 2j) == pytest.approx(2 + 4j)
    assert dualad.grad(loss)(Z.astype(np.complex64)).dtype == np.complex64


def test_products_of_a_complex_argument():
    t = np.array([1j, 2.0 + 0j, 1 - 1j])
    y, ty = dualad.jvp(lambda z: z * z * np.conj(z), (Z,), (t,))
    np.testing.assert_allclose(y, Z * Z * np.conj(Z), rtol=1e-14)
    np.testing.assert_allclose(ty, 2 * Z * np.conj(Z) * t + Z * Z * np.conj(t), rtol=1e-13)
    y, pullback = dualad.vjp(lambda z: z * z, Z)
    (g,) = pullback(t)
    # <g, s> = <t, 2 z s> with <a, b> = Re(conj(a) b)
    s = RNG.normal(size=3) + 1j * RNG.normal(size=3)
    assert np.sum(np.conj(g) * s).real == pytest.approx(np.sum(np.conj(t) * 2 * Z * s).real)
    h = 1e-6
    product = (dualad.grad(loss)(Z + h * t) - dualad.grad(loss)(Z - h * t)) / (2 * h)
    np.testing.assert_allclose(dualad.hvp(loss)(Z, t), product, rtol=1e-8)
    np.testing.assert_allclose(dualad.linearize(lambda z: z * z, Z)[1](t), 2 * Z * t, rtol=1e-14)


def test_complex_results_of_real_arguments():
    assert dualad.derivative(lambda t: np.exp(1j * t))(0.3) == pytest.approx(1j * np.exp(0.3j))
    out = dualad.jacobian(lambda x: {"z": np.exp(1j * x), "x": x**2})(X)
    np.testing.assert_allclose(out["z"], np.diag(1j * np.exp(1j * X)), atol=1e-15)
    np.testing.assert_allclose(out["x"], np.diag(2 * X))
    H = dualad.hessian(lambda x: np.exp(1j * np.sum(x)))(X[:2])
    np.testing.assert_allclose(H, np.full((2, 2), -np.exp(1j * np.sum(X[:2]))), rtol=1e-14)
    third = dualad.derivative(dualad.derivative(dualad.derivative(lambda t: np.exp(1j * t))))(0.3)
    assert third == pytest.approx(-1j * np.exp(0.3j))


def test_jacobian_of_real_results_in_a_complex_argument_has_gradients_as_rows():
    np.testing.assert_allclose(dualad.jacobian(np.abs)(Z), np.diag(Z / np.abs(Z)), atol=1e-15)


def test_aux_may_be_complex():
    g, aux = dualad.grad(lambda x: (np.sum(x * x), 1j * x), has_aux=True)(X)
    np.testing.assert_array_equal(aux, 1j * X)


REFUSED = {
    "gradient of a complex result": (lambda: dualad.grad(lambda x: 1j * x[0])(X), "must return one real number, found a complex one.*np.abs"),
    "Hessian of a complex argument": (lambda: dualad.hessian(loss)(Z), "hessian: a complex argument.*two arguments"),
    "Jacobian of both": (lambda: dualad.jacobian(lambda z: z * z)(Z), "jacobian of complex results in complex arguments.*two"),
    "derivative": (lambda: dualad.derivative(lambda z: z * z)(1j), "complex"),
    "sort": (lambda: dualad.grad(lambda x: np.sum(np.sort(1j * x).real))(X), "numpy.sort of complex numbers.*z.real"),
    "maximum": (lambda: dualad.grad(lambda x: np.sum(np.maximum(1j * x, 0).real))(X), "numpy.maximum of complex"),
    "eigh": (lambda: dualad.grad(lambda x: np.sum(np.linalg.eigvalsh(np.outer(x, 1j * x))))(X), "numpy.linalg.eigvalsh of complex"),
    "2-norm": (lambda: dualad.grad(lambda x: np.linalg.norm(np.outer(x, 1j * x), 2))(X), "complex matrix.*not covered"),
    "rounding away": (lambda: dualad.grad(lambda x: np.sum((1j * x).astype(float)))(X), "drop the imaginary part; say z.real"),
    "where=": (lambda: dualad.grad(lambda x: np.sum(np.exp(1j * x, where=x > 0).real))(X), r"numpy.exp\(where=...\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    f, text = REFUSED[name]
    with pytest.raises(errors.ComplexError, match=text):
        f()


def test_what_would_drop_derivatives():
    with dualad.capturing(False):
        for f in (complex, np.asarray, lambda z: np.zeros(1, complex).__setitem__(0, z), cmath.exp):
            with pytest.raises(errors.ConversionError, match="ComplexArray.*np.zeros_like"):
                dualad.derivative(lambda t, f=f: f(1j * t))(1.0)
        with pytest.raises(TypeError, match="z.real"):
            dualad.derivative(lambda t: float(1j * t))(1.0)


def test_looks_like_an_array():
    seen = []

    def f(x):
        z = 1j * x
        seen.append((isinstance(z, np.ndarray), isinstance(z[0], complex), z.shape, z.ndim, z.size, z.dtype, len(z), np.iscomplexobj(z),
                     np.shape(z), np.ndim(z), bool(np.all(z == 1j * X)), bool((z != 0).any()), np.isfinite(z).all(), repr(z)))
        return np.sum(z.imag)

    dualad.grad(f)(X)
    assert seen[0][:-1] == (True, True, (6,), 1, 6, np.dtype(complex), 6, True, (6,), 1, True, True, True)
    assert seen[0][-1].startswith("ComplexArray([")
    assert isinstance(dualad.dual(X, X) * 1j, ComplexArray)


# ---- code that was written without us ----

def work_array(x):
    y = np.zeros(4, complex)
    y[0] = x[0]
    for k in range(3):
        y[k + 1] = y[k] * cmath.exp(1j * x[1]) + x[k]
    return np.sum(np.abs(y) ** 2)


def impedance(p):
    """Modulus and phase of a series RLC circuit at three frequencies."""
    total = 0.0
    for w in (50.0, 500.0, 5000.0):
        z = complex(10 * p[0], w * 0.01 * p[1] - 1 / (w * 1e-5 * p[2]))
        total += abs(1 / z) * 100 + cmath.phase(z)
    return total


def list_of_complex(x):
    return np.sum(np.abs(np.array([complex(v, 1.0) ** 2 for v in x])))


def roots_of_quadratic(x):
    d = cmath.sqrt(x[0] * x[0] - 4 * (x[1] ** 2 + 5))
    return abs((-x[0] + d) / 2) + ((-x[0] - d) / 2).imag


def low_pass(x):
    spectrum = np.fft.rfft(x)
    keep = np.arange(len(spectrum)) < 3
    return np.sum(np.fft.irfft(spectrum * keep, len(x)) ** 3)


def hilbert(x):
    """Instantaneous amplitude by the analytic signal."""
    spectrum = np.fft.fft(x)
    h = np.zeros(len(x))
    h[0] = h[len(x) // 2] = 1
    h[1:len(x) // 2] = 2
    return np.sum(np.abs(np.fft.ifft(spectrum * h)))


def fast_convolution(x):
    return np.sum(np.fft.ifft(np.fft.fft(x, 12) * np.fft.fft(x[::-1] ** 2, 12)).real ** 2)


def schroedinger(x):
    """Split-step evolution of a wave packet; the mean position."""
    grid = np.linspace(-4, 4, 16)
    k = 2 * np.pi * np.fft.fftfreq(16, grid[1] - grid[0])
    psi = np.exp(-(grid - x[0]) ** 2 + 1j * x[1] * grid)
    for _ in range(3):
        psi = np.fft.ifft(np.exp(-0.05j * k**2) * np.fft.fft(psi * np.exp(-0.05j * x[2] * grid**2)))
    return np.sum(grid * np.abs(psi) ** 2) / np.sum(np.abs(psi) ** 2)


def polar_and_rect(x):
    r, phi = cmath.polar(complex(x[0], x[1]))
    return (cmath.rect(r * 2, phi + x[2]) * cmath.log(x[3] + 2j) ** 2).real


@pytest.mark.parametrize("f", [work_array, impedance, list_of_complex, roots_of_quadratic, low_pass, hilbert, fast_convolution,
                               schroedinger, polar_and_rect], ids=lambda f: f.__name__)
def test_unchanged_code(f):
    check_derivatives(f, np.abs(X) + 0.2)
