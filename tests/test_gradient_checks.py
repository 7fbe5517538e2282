"""`check_gradients`: right gradients pass at every size and precision, small errors are found, and doubt is called doubt."""

import os
import re
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import numpy as np
import pytest

import dualad
from dualad.errors import DtypeError, OutputError
from dualad.testing import GradientCheckWarning, GradientMismatch, check_gradients
from dualad.testing.diagnosis import diagnose
from dualad.testing.gradients import LIMITS

ROOT = Path(__file__).resolve().parents[1]


def rough(x):
    return np.sum(np.exp(np.sin(3 * x))) + 1e3


@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_right_gradients_are_never_called_wrong(scale, rng):
    for _ in range(40):
        report = check_gradients(rough, scale * rng.normal(size=20))
        assert report.ok
        assert report.parameters[0].error < 1e-5


@pytest.mark.parametrize("size", [1e-6, 1e-4, 1e-2])
def test_small_errors_in_one_entry_are_found(size, rng):
    """An error of 1e-4 is a bug, one of 1e-6 lies between the limits."""
    x = rng.normal(size=10)
    g = dualad.grad(rough)(x)
    g[3] *= 1 + 2 * size
    report = check_gradients(rough, x, grad=g, strict=False)
    p = report.parameters[0]
    assert p.verdict == ("acceptable" if size < 1e-5 else "bug")
    assert p.index == (3,)
    assert p.error == pytest.approx(size, rel=0.02)
    assert p.analytic == g[3]


def test_structures_sizes_and_names(rng):
    params = {"layers": [{"w": rng.normal(size=(30, 20))}, {"w": rng.normal(size=20)}], "scale": 0.5, "pair": (np.ones(2), 2.0)}

    def f(p):
        return p["scale"] * np.sum(np.tanh(np.ones(30) @ p["layers"][0]["w"]) * p["layers"][1]["w"]) + np.sum(p["pair"][0] ** p["pair"][1])

    report = check_gradients(f, params, samples=7)
    assert [(p.name, p.checked) for p in report.parameters] == [
        ("params['layers'][0]['w']", 7), ("params['layers'][1]['w']", 7), ("params['scale']", 1), ("params['pair'][0]", 2),
        ("params['pair'][1]", 1)]
    assert report["scale"].index == ()
    assert report["['pair'][0]"].verdict == "excellent"
    with pytest.raises(KeyError):
        report["weights"]
    assert str(report).count("\n") == 5
    assert check_gradients(lambda x: x ** 2, 3.0).ok
    assert check_gradients(np.sum, np.ones(3), grad=lambda x: np.ones(3)).ok


def test_samples_are_drawn_by_the_generator(rng):
    x = rng.normal(size=100)
    g = dualad.grad(rough)(x)
    g[17] += 1.0
    missed = [check_gradients(rough, x, grad=g, samples=5, rng=np.random.default_rng(k), strict=False).ok for k in range(20)]
    assert any(missed)
    with pytest.raises(GradientMismatch, match=r"worst entry \[17\].*right but for entries \[17\]|right but for entries \[17\]"):
        check_gradients(rough, x, grad=g, samples=100)


def test_precisions(rng):
    x = rng.normal(size=6)
    single = x.astype(np.float32)
    assert check_gradients(rough, single).precision == "float32 gradient"

    def narrow(x):
        return np.sum(np.sin(x.astype(np.float32)), dtype=np.float32)

    report = check_gradients(narrow, single)
    assert report.precision == "float32 function"
    assert report.ok
    wrong = np.cos(single) * np.float32(1.2)
    for f in (narrow, lambda x: np.sum(np.sin(x))):
        with pytest.raises(GradientMismatch, match="float32.*"):
            check_gradients(f, single, grad=wrong)
    assert [LIMITS[k][1] for k in LIMITS] == [1e-5, 1e-2, 3e-2]


def test_eps_is_the_users():
    with pytest.raises(GradientMismatch, match="bug"):
        check_gradients(np.sum, np.ones(3), grad=np.full(3, 1.1), eps=1e-3)
    assert check_gradients(lambda x: np.sum(x ** 3), np.ones(3), eps=1e-4).ok


def test_kinks_are_told_from_errors():
    with pytest.warns(GradientCheckWarning, match=r"params: one-sided differences disagree in 1 of 3 entries, the first \[1\]"):
        report = check_gradients(lambda x: np.sum(np.abs(x)), np.array([1.0, 0.0, -2.0]))
    assert report.ok
    assert report.parameters[0].kinks == [1]
    with pytest.warns(GradientCheckWarning, match="kink"):
        report = check_gradients(lambda x: np.maximum(x, 0.0), 1e-7)
    assert report.parameters[0].verdict == "kink"
    with pytest.warns(GradientCheckWarning, match="kink"), pytest.raises(GradientMismatch, match="bug"):
        check_gradients(lambda x: np.sum(np.abs(x)), np.array([1.0, 0.0]), grad=np.array([1.0, 5.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_gradients(lambda x: np.sum(x ** 2 * 1e4), np.array([1.0, 1e-6]))     # strongly curved, but smooth


def test_what_differences_cannot_decide_is_called_undecided():
    """The rounding of a large value hides the gradient; tiny entries of a gradient that is large elsewhere are no trouble."""
    with pytest.raises(GradientMismatch, match=r"(?s)params \(\): undecided .1 entries checked.*the value 1e\+20 is so large against "
                                               "the gradient that rounding hides"):
        check_gradients(lambda x: 1e20 + x, 1.0, grad=0.5)
    with pytest.warns(GradientCheckWarning, match="1 of 2 entries of params were not decided"):
        assert check_gradients(np.sum, np.array([1e12, 1.0]), grad=np.array([1.0, 0.5])).ok
    x = np.array([1.0, 1e-9, 0.0])
    for _ in range(2):
        assert check_gradients(lambda x: 10 + np.exp(x[0]) + x[1] ** 2 + 1e-9 * x[2], x).ok


def test_a_value_that_is_not_finite_is_a_problem():
    with np.errstate(all="ignore"), pytest.raises(GradientMismatch, match=r"is nan at these parameters: run it within dualad.monitor"):
        check_gradients(lambda x: np.log(x), -1.0)


def test_arguments_are_checked():
    with pytest.raises(OutputError, match=r"must return one real number, found shape \(3,\)"):
        check_gradients(lambda x: x * 2, np.ones(3))
    with pytest.raises(DtypeError, match=r"check_gradients: params\['n'\] has dtype int64"):
        check_gradients(lambda p: np.sum(p["n"]), {"n": np.arange(3)})
    with pytest.raises(GradientMismatch, match=r"its structure is \[\"\['a'\]\"\], the parameters have"):
        check_gradients(lambda p: p["a"] + p["b"], {"a": 1.0, "b": 2.0}, grad={"a": 1.0})
    with pytest.raises(dualad.errors.InputError, match="no parameters"):
        check_gradients(lambda p: 1.0, {})


def test_functions_that_dualad_cannot_run_are_checked_all_the_same(rng):
    def opaque(x):
        return float(np.sum(np.frombuffer(np.ascontiguousarray(x).tobytes()) ** 2))

    x = rng.normal(size=4)
    assert check_gradients(opaque, x, grad=2 * x).ok
    with pytest.raises(GradientMismatch, match=r"0.5 times the right one: a factor 2 is missing"):
        check_gradients(opaque, x, grad=x)


W = np.arange(1.0, 13.0).reshape(4, 3)
G = np.sin(W)
DIAGNOSES = [
    (G.T, G, "a transposed product .* its transpose is right"), (G[:, :1].T, G[:, :1], "numerator layout .a row for a column."),
    (np.ones((4, 3)), np.ones((3, 3)), "do not fit"), (G.reshape(2, 6), G, "the numbers are right, reshape"),
    (G[:3, :3].T.copy(), G[:3, :3], "the transpose of the right one"), (7 * G, G, "missing 1/N with N = 7"),
    (G / 7, G, "one 1/N too many with N = 7"), (-G, G, "the sign is wrong"), (2 * G, G, "a factor 2 too much"),
    (G / 2, G, "a factor 2 is missing"), (-7 * G, G, "N = 7 .* and the sign is wrong"), (1.3 * G, G, "a constant factor is wrong"),
    (G + 0.01 * W, G, "weight decay too much"), (G - 0.01 * W, G, "weight decay is missing"), (0 * G, G, "zero everywhere"),
    (G * np.nan, G, "not finite in 12 of 12"), (G[::-1], G, "reverse order"), (np.ones((5, 4, 3)) * G / 5, G, r"its sum\(axis=0\) is right"),
    (np.ones((5, 4, 3)) * G, G, r"its mean\(axis=0\) is right"), (G[:1], G, "NumPy would repeat it"), (G > 0, G, ""),
    (G.astype(complex), G, "no real number"), (np.eye(4)[:, :3], np.ones(3), "not summed|numerator layout"),
]


@pytest.mark.parametrize(("a", "g", "text"), DIAGNOSES)
def test_errors_are_recognised(a, g, text):
    w = W if g.shape == W.shape else np.ones(g.shape)
    assert re.search(text, diagnose(a, g, w))


def test_another_parameters_gradient_is_recognised():
    assert diagnose(2 * W, G, W, others=[("params['v']", 2 * W)]) == "it is the gradient of params['v']"
    assert diagnose(G, G, W) == ""


# ---- the pytest plugin ----

def pytest_run(tmp_path, text, *options):
    (tmp_path / "test_it.py").write_text(text)
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_it.py"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=120, env=environment(str(tmp_path)))


def environment(*path):
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *path])}


def test_the_fixture_in_somebody_elses_tests(tmp_path):
    done = pytest_run(tmp_path, "import numpy as np\n"
                                "def test_right(check_gradients):\n"
                                "    assert check_gradients(lambda x: np.sum(x ** 2), np.ones(3)).ok\n"
                                "def test_wrong(check_gradients):\n"
                                "    check_gradients(lambda x: np.sum(x ** 2), np.ones(3), grad=np.ones(3))\n", "-p", "dualad_pytest")
    assert "1 failed, 1 passed" in done.stdout
    assert "a factor 2 is missing (the derivative of a square)" in done.stdout


@pytest.mark.parametrize("options", [(), ("-p", "dualad_pytest")])
def test_an_installed_plugin_is_found_and_imports_nothing(tmp_path, options):
    """What an installer writes, beside somebody else's tests: the entry point alone loads the plugin, and naming it does no harm."""
    info = tmp_path / "somewhere-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: somewhere\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pytest11]\ndualad_pytest = dualad_pytest\n")
    done = pytest_run(tmp_path, "import sys\n"
                                "def test_light():\n"
                                "    assert 'dualad_pytest' in sys.modules\n"
                                "    assert not {'numpy', 'dualad', 'scipy'} & set(sys.modules)\n", *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_entry_point_names_the_plugin():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["pytest11"] == {"dualad_pytest": "dualad_pytest"}
    assert "dualad_pytest" in project["tool"]["setuptools"]["py-modules"]
