"""The demo reaches NIST's certified values from both starts, prints them, and draws or says why not."""

import subprocess
import sys

import numpy as np
import pytest

from dualad.__main__ import main
from dualad.demo import report
from dualad.demo.fit import digits, fit, newton
from dualad.demo.nist import MODELS, load
from dualad.demo.plot import band

PNG = b"\x89PNG\r\n\x1a\n"


def command(*arguments, cwd):
    """Run ``python -m dualad`` away from the source folder."""
    line = [sys.executable, "-W", "error", "-m", "dualad", *arguments]
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("name", MODELS)
def test_models_and_files_agree(name):
    problem = load(name)
    assert problem.starts.shape == (2, problem.parameters.size)
    squares = np.sum(problem.residuals(problem.parameters) ** 2)
    assert digits(squares, problem.rss) > 9


@pytest.mark.parametrize("start", [1, 2])
@pytest.mark.parametrize("name", MODELS)
def test_nine_digits(name, start):
    result = fit(load(name), start)
    assert result.digits.min() >= 9
    assert digits(result.deviations, result.problem.deviations).min() >= 9
    assert digits(result.rss, result.problem.rss) >= 9


@pytest.mark.parametrize("name", MODELS)
def test_hessian_adds_curvature_of_the_model(name):
    """H = 2 (J'J + sum of r_i Hess r_i): different from 2 J'J, and positive definite at a minimum."""
    result = fit(load(name), 2)
    scale = np.sqrt(np.diag(result.hessian))
    assert np.linalg.eigvalsh(result.hessian / np.outer(scale, scale)).min() > 0
    ratio = result.deviations_hessian / result.deviations
    assert np.all((ratio > 0.5) & (ratio < 2))
    assert np.any(np.abs(ratio - 1) > 1e-4)


def test_digits():
    assert digits([1.0, 1.001, 0.0, np.nan], 1.0).tolist() == pytest.approx([11.0, 3.0, 0.0, 0.0], abs=1e-12)


def test_newton_solves_a_quadratic_at_once():
    b, hessian, steps = newton(lambda b: np.sum((b - 3.0) ** 2), np.array([1.0, 2.0]))
    assert b.tolist() == [3.0, 3.0]
    assert hessian.tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert steps <= 2  # the second is rounding


def test_band_is_that_of_a_straight_line_where_the_model_is_one():
    """For Misra1a near x = 0 the curve and the band vanish together: f(0) = 0 whatever the parameters."""
    curve, half = band(fit(load("Misra1a"), 2), np.array([0.0, 400.0]))
    assert curve[0] == half[0] == 0
    assert 0 < half[1] < 0.01 * curve[1]


def test_command_prints_tables_and_saves_plot(tmp_path):
    done = command("demo", "--sets", "Misra1a", "Rat43", cwd=tmp_path)
    assert done.stderr == ""
    assert done.returncode == 0
    assert "[ 4/4] Rat43     start 2" in done.stdout
    assert "4 of 4 fits agree to 9 digits or more" in done.stdout
    assert "2.3894212918e+02" in done.stdout
    assert f"Plot: {tmp_path / 'dualad-demo.png'}" in done.stdout
    assert (tmp_path / "dualad-demo.png").read_bytes().startswith(PNG)


def test_all_sets_on_one_picture(tmp_path, capsys):
    path = tmp_path / "all.png"
    assert main(["demo", "--output", str(path)]) == 0
    assert "16 of 16 fits agree" in capsys.readouterr().out
    assert path.read_bytes().startswith(PNG)


def test_no_plot_on_request(tmp_path):
    done = command("demo", "--sets", "Misra1a", "--no-plot", cwd=tmp_path)
    assert done.returncode == 0
    assert "lot:" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_it_says_so_and_succeeds(tmp_path, capsys, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("matplotlib.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["demo", "--sets", "Misra1a", "--output", str(tmp_path / "x.png")]) == 0
    out = capsys.readouterr().out
    assert "2 of 2 fits agree" in out
    assert 'matplotlib is optional; "pip install matplotlib" adds it' in out
    assert list(tmp_path.iterdir()) == []


def test_unwritable_output_is_a_failure(tmp_path, capsys):
    assert main(["demo", "--sets", "Misra1a", "--output", str(tmp_path / "absent" / "x.png")]) == 1
    assert "No such file or directory. Give another place with --output FILE." in capsys.readouterr().out


def test_too_few_digits_is_a_failure(capsys, monkeypatch):
    monkeypatch.setattr(report, "REQUIRED_DIGITS", 12.0)
    assert main(["demo", "--sets", "Misra1a", "--no-plot"]) == 1
    assert "0 of 2 fits agree to 12 digits or more; fewest: 11.0; too few in Misra1a start 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text"),
    [(["demo", "--sets", "Misra1b"], "invalid choice: 'Misra1b'"), ([], "required: COMMAND"), (["fit"], "'fit'")],
)
def test_bad_arguments(arguments, text, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert text in capsys.readouterr().err
