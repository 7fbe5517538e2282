"""scipy.fft in every mode: Fourier, cosine, sine and Hankel transforms, all types, norms, lengths and axes."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import scipy
import scipy.fft as sf

import dualad
from dualad import errors
from dualad.rules import scipy_fft

from .namespaces import differentiated, keeps_bits, parts, unsettled, untested

RNG = np.random.default_rng(20261124)
x, X = RNG.normal(size=6), RNG.normal(size=(3, 4))
ONE = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
NORMS = (None, "ortho", "forward")
CASES = {}
for _n in ONE:
    for _k in (None, 4, 9):
        CASES[f"{_n} x n={_k}"] = (parts(lambda v, f=getattr(sf, _n), k=_k: f(v, k, norm="ortho")), x)
    CASES[f"{_n} x axis"] = (parts(lambda v, f=getattr(sf, _n): f(x=v, axis=0, norm="forward", workers=1)), X)
    for _e in "n2":
        CASES[f"{_n}{_e} x"] = (parts(lambda v, f=getattr(sf, _n + _e): f(v)), X)
        CASES[f"{_n}{_e} x s"] = (parts(lambda v, f=getattr(sf, _n + _e): f(v, s=(4, 3), axes=(0, 1), norm="ortho")), X)
for _n in ("fft", "ifft", "hfft", "irfft", "fftn", "irfft2"):
    CASES[f"{_n} x complex"] = (parts(lambda v, f=getattr(sf, _n): f(v * (1 + 2j) + 1j * v**2)), X)
for _n in ("dct", "idct", "dst", "idst"):
    for _t in (1, 2, 3, 4):
        for _norm in NORMS:
            for _o in (None, True, False):
                CASES[f"{_n} x {_t} {_norm} {_o}"] = (
                    lambda v, f=getattr(sf, _n), t=_t, norm=_norm, o=_o: f(v, t, norm=norm, orthogonalize=o) ** 2, x)
        CASES[f"{_n} x {_t} n"] = (lambda v, f=getattr(sf, _n), t=_t: f(v, t, n=8, axis=0) ** 2, X)
        CASES[f"{_n}n x {_t}"] = (lambda v, f=getattr(sf, _n + "n"), t=_t: f(v, t, s=[4, -1], axes=(1, 0)) ** 2, X)
        CASES[f"{_n}n x {_t} s"] = (lambda v, f=getattr(sf, _n + "n"), t=_t: f(v, t, s=[3], norm="ortho") ** 2, X)
CASES |= {
    "dct x complex": (parts(lambda v: sf.dct(v * (1 + 2j))), x),
    "fht a": (lambda v: sf.fht(v, 0.1, 0.3, bias=0.2, offset=0.1) ** 2, x), "fht a batch": (lambda v: sf.fht(v, 0.1, 0.3) ** 2, X),
    "ifht A": (lambda v: sf.ifht(v, 0.1, 0.3, bias=0.2, offset=0.1) ** 2, X), "fftfreq d": (lambda v: sf.fftfreq(5, v[0]), x),
    "rfftfreq d": (lambda v: sf.rfftfreq(6, d=v[0]), x), "fftshift x": (lambda v: sf.fftshift(v, axes=0) ** 2, X),
    "ifftshift x": (lambda v: sf.ifftshift(v) ** 2, X), "fftshift x complex": (parts(lambda v: sf.fftshift(sf.fft(v))), x),
}


@pytest.mark.parametrize("name", CASES)
def test_derivatives_in_every_mode(name):
    differentiated(CASES[name])


def test_every_covered_operand_is_tested():
    assert untested(scipy_fft.NAMESPACE, CASES) == ([], [])
    assert unsettled(scipy_fft.NAMESPACE) == []


@pytest.mark.parametrize("name", ["dct x 2 None None", "idst x 3 ortho False", "dctn x 1", "fht a", "irfft x n=4"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_are_scipys(name, dtype):
    f, v = CASES[name]
    keeps_bits(f, v.astype(dtype))


def test_transposes_against_whole_tables():
    """Gradients of linear maps are columns of their tables."""
    for f in (lambda v: sf.dct(v, 2, norm="ortho", orthogonalize=False), lambda v: sf.idst(v, 2), lambda v: sf.dct(v, 1, n=4)):
        table = np.stack([f(e) for e in np.eye(6)], axis=1)
        np.testing.assert_allclose(dualad.jacobian(f, mode="reverse")(x), table, atol=1e-14)
        np.testing.assert_allclose(dualad.jacobian(f, mode="forward")(np.asfortranarray(x)), table, atol=1e-14)


def test_a_heat_equation_by_cosines():
    """u_t = c u_xx between insulated ends: the derivative of what is left in c."""
    start, k = np.exp(-np.linspace(-2, 2, 64) ** 2), np.pi * np.arange(64) / 4

    def energy(c):
        return np.sum(sf.idct(sf.dct(start) * np.exp(-c * k**2)) ** 2)

    modes = sf.dct(start, norm="ortho")
    exact = np.sum(-2 * k**2 * modes**2 * np.exp(-0.02 * k**2))
    assert float(dualad.grad(energy)(0.01)) == pytest.approx(exact, rel=1e-12)
    assert float(dualad.hessian(energy)(0.01)) == pytest.approx(np.sum(4 * k**4 * modes**2 * np.exp(-0.02 * k**2)), rel=1e-12)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_errors(mode):
    def raises(kind, match, f, v=x):
        with pytest.raises(kind, match=match):
            dualad.jacobian(f, mode=mode)(v)

    raises(errors.NoRuleError, "scipy.fft.fht.*only a constant is covered", lambda v: sf.fht(v, v[0], 0.1))
    raises(ValueError, "(?i)type", lambda v: sf.dct(v, 5))
    raises(ValueError, "(?i)norm", lambda v: sf.dct(v, norm="wrong"))
    raises(ValueError, "(?i)norm", lambda v: sf.fft(v, norm="wrong"))
    raises(TypeError, "real", lambda v: sf.rfft(v * 1j))
    raises(ValueError, "(?i)length|axes", lambda v: sf.dctn(v, s=[2, 2], axes=[0]))


def test_pages_are_up_to_date():
    """The pages of scipy.fft, scipy.signal and scipy.ndimage are those of one SciPy."""
    path = Path(__file__).parents[2] / "docs" / "make_filters.py"
    spec = importlib.util.spec_from_file_location("make_filters", path)
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    for file, text in page.pages().items():
        assert text.count("\n| `") > 30
        if scipy.__version__.startswith("1.17"):
            assert file.read_text() == text, "run python docs/make_filters.py"
