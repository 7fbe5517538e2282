"""scipy.signal in every mode: rules of its kernels, its Python code as it stands, and what is refused."""

import numpy as np
import pytest
import scipy.signal as sg

import dualad
from dualad import errors
from dualad.rules import scipy_signal

from .cases_signal import CASES, OBJECTS, WINDOWS, a, b, h, s, sections, sos, x
from .namespaces import NEW, differentiated, keeps_bits, oblique, refuses, unsettled, untested, values

RNG = np.random.default_rng(20261125)


def usual(name):
    """Of designs those that ask for coefficients, of convolutions those of whole operands: the others are slow tests."""
    words = name.split()
    return words[0] == "butter" or not {"sos", "zpk", "symm", "hyperbolic", "quadratic", "small"} & set(words[2:])


@pytest.mark.parametrize("name", oblique(CASES, usual))
def test_derivatives_in_every_mode(name):
    differentiated(CASES[name])


@pytest.mark.parametrize("name", [*(f"windows {n}" for n in WINDOWS), *(f"object {n}" for n in OBJECTS)])
def test_windows_and_objects(name):
    differentiated({**{f"windows {n}": c for n, c in WINDOWS.items()}, **{f"object {n}": c for n, c in OBJECTS.items()}}[name])


def test_every_covered_operand_is_tested():
    assert untested(scipy_signal.NAMESPACE, CASES) == ([], [])
    assert untested(scipy_signal.WINDOWS, WINDOWS) == ([], [])
    assert unsettled(scipy_signal.NAMESPACE) == []
    assert unsettled(scipy_signal.WINDOWS) == []


def test_refused_functions_say_so():
    refuses(scipy_signal.NAMESPACE, lambda fn: lambda t: np.sum(fn(*[t] * 2)))
    refuses(scipy_signal.WINDOWS, lambda fn: lambda t: np.sum(fn(9, t[0, 0] + 2)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", [
    "convolve in1 full", "convolve in1 plane same", "fftconvolve in1 same", "oaconvolve in1 full", "correlate in1 valid", "convolve2d in1 same wrap",
    "lfilter x rows", "lfilter x columns", "upfirdn x columns", "medfilt volume", "sosfilt x"])
def test_values_are_scipys(name, dtype):
    f, v = CASES[name]
    keeps_bits(f, v.astype(dtype))
    if v.ndim > 1:
        keeps_bits(f, np.asfortranarray(v, dtype))
        keeps_bits(f, np.repeat(v, 2, axis=1).astype(dtype)[:, ::2])


@pytest.mark.skipif(not NEW, reason="code of another SciPy")
@pytest.mark.parametrize("name", ["filtfilt x odd", "savgol_filter x interp", "welch x", "resample_poly x", "butter Wn ba", "detrend data", "lsim U"])
def test_values_of_code_as_it_stands(name):
    want, found = values(*CASES[name])
    for y in found:
        np.testing.assert_allclose(y, want, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gradients_keep_the_dtype(dtype):
    v = x.astype(dtype)
    for f in (lambda t: sg.lfilter(b.astype(dtype), a.astype(dtype), t), lambda t: sg.fftconvolve(t, t[:5]), lambda t: sg.convolve(t, t[:5]),
              lambda t: sg.sosfilt(sos.astype(dtype), t), lambda t: sg.upfirdn(np.ones(3, dtype), t, 2)):
        g = dualad.grad(lambda t, f=f: np.sum(f(t) ** 2))(v)
        assert g.dtype == dtype
        np.testing.assert_allclose(g, dualad.grad(lambda t, f=f: np.sum(f(t) ** 2))(x), rtol=1e-6 if dtype == np.float64 else 2e-3, atol=1e-4)


def test_recurrences_against_the_formula():
    """Impulse response of 1 / (1 - p z^-1): powers of p, of which derivatives are known."""
    n, p = np.arange(12), 0.7
    impulse = np.eye(1, 12)[0]
    np.testing.assert_allclose(dualad.derivative(lambda t: sg.lfilter([1.0], np.stack([1.0, -t]), impulse))(p), n * p ** (n - 1.0), rtol=1e-13)
    H = dualad.hessian(lambda t: sg.lfilter([1.0], np.stack([1.0, -t]), impulse))(p)
    np.testing.assert_allclose(H, n * (n - 1) * p ** (n - 2.0), rtol=1e-12)
    third = dualad.derivative(dualad.derivative(dualad.derivative(lambda t: sg.lfilter([1.0], np.stack([1.0, -t]), impulse))))(p)
    np.testing.assert_allclose(third, n * (n - 1) * (n - 2) * p ** (n - 3.0), rtol=1e-11)


def test_no_table_as_large_as_the_square_of_a_signal():
    """A million entries: dense tables would take 8 TB."""
    signal = RNG.normal(size=1_000_000)
    coefficients = np.concatenate([b, a])

    def loss(c, t):
        y = sg.sosfilt(sos, sg.lfilter(c[:3], c[3:], t))
        return np.mean(sg.oaconvolve(y, np.hanning(51), "same") ** 2)

    g, gt = dualad.grad(loss, argnums=(0, 1))(coefficients, signal)
    dc, dt = RNG.normal(size=6), RNG.normal(size=signal.shape)
    tangent = dualad.jvp(loss, (coefficients, signal), (dc, dt))[1]
    assert np.sum(g * dc) + np.sum(gt * dt) == pytest.approx(float(tangent), rel=1e-10)


def test_fitting_a_recursive_filter():
    """Coefficients of an unknown filter from its input and output, by Gauss-Newton steps on forward and on reverse Jacobians."""
    signal, true = RNG.normal(size=300), np.array([0.4, 0.3, 0.2, -0.9, 0.4])

    def response(c):
        return sg.lfilter(c[:3], np.concatenate([np.ones(1), c[3:]]), signal)

    target = response(true)
    for mode in ("forward", "reverse"):
        c = true + [0.1, -0.1, 0.1, 0.05, -0.05]
        for _ in range(12):
            J = dualad.jacobian(response, mode=mode)(c)
            c = c - np.linalg.lstsq(J, response(c) - target, rcond=None)[0]
        np.testing.assert_allclose(c, true, atol=1e-10)

    def misfit(c):
        return np.sum((response(c) - target) ** 2) / 2

    J = dualad.jacobian(response)(true)
    np.testing.assert_allclose(dualad.hessian(misfit)(true), J.T @ J, rtol=1e-8, atol=1e-8)  # no residual is left
    np.testing.assert_allclose(dualad.grad(misfit)(true + 0.01), dualad.jacobian(response)(true + 0.01).T @ (response(true + 0.01) - target), rtol=1e-10)


@pytest.mark.skipif(not NEW, reason="code of another SciPy")
def test_design_through_the_whole_chain():
    """A cutoff frequency, its filter's coefficients, a signal filtered both ways, a spectrum: one derivative."""
    noise = RNG.normal(size=256)

    def power(cutoff):
        return np.sum(sg.welch(sg.sosfiltfilt(sg.butter(4, cutoff, output="sos"), noise), nperseg=64)[1][10:])

    step = 1e-5
    assert float(dualad.derivative(power)(0.3)) == pytest.approx((power(0.3 + step) - power(0.3 - step)) / (2 * step), rel=1e-7)
    assert float(dualad.grad(power)(0.3)) == pytest.approx(float(dualad.derivative(power)(0.3)), rel=1e-10)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_errors(mode):
    def raises(kind, match, f, v=x):
        with pytest.raises(kind, match=match):
            dualad.jacobian(f, mode=mode)(v)

    raises(errors.NoRuleError, "scipy.signal.remez has no derivative rule.*firls", lambda t: sg.remez(9, [0, 0.1, t[0], 0.5], [1, 0]))
    raises(errors.NoRuleError, "residue.*counts roots", lambda t: sg.residue(t[:2], [1, 3.0, 2])[0])
    raises(errors.NoRuleError, "extend the signal by np.pad", lambda t: sg.upfirdn(h, t, mode="antireflect"))
    raises(errors.ComplexError, "complex", lambda t: sg.tf2zpk([1, 0, 1 + t[0] ** 2], [1, 2.0])[0])
    raises((TypeError, ValueError), "(?i)mode", lambda t: sg.convolve(t, h, "wrong"))
    raises(ValueError, "(?i)dimension", lambda t: sg.convolve(t, np.ones((2, 2))))
    raises(errors.ConversionError, "would drop", lambda t: sg.sepfir2d(t.reshape(8, 5), [1, 2, 1.0], [1, 2, 1.0]))
    assert dualad.grad(lambda t: np.sum(t[sg.argrelmax(t)[0]]))(s).sum() == len(sg.argrelmax(s)[0])
    assert sections(sos).shape == sos.shape
