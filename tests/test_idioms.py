"""Ordinary NumPy code in every mode: right, or an error that is listed; and the page that says so."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from idioms import GROUPS, IDIOMS, LIMITS, argument, of
from idioms.table import FIRST, MODES, SECOND, cell, found

import dualad
from dualad.testing import check_derivatives

PAGE = Path(__file__).parents[1] / "docs" / "make_idioms.py"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", IDIOMS)
def test_cell(name, mode):
    if cell(name, mode) != "right":
        found(name, mode)  # the error itself says more
    assert cell(name, mode) == "right"


@pytest.mark.parametrize("name", IDIOMS)
def test_modes_agree(name):
    """Every mode and chunk with every other, with the complex step and with differences of gradients."""
    assert check_derivatives(IDIOMS[name], argument(IDIOMS[name])).inconclusive == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", LIMITS)
def test_limit_is_an_error_not_a_number(name, mode):
    LIMITS[name](argument(LIMITS[name]))  # plainly it runs, or it would say nothing
    assert cell(name, mode).removesuffix("Error").isidentifier()
    assert cell(name, mode) not in ("right", "wrong")


def test_there_is_enough_to_look_at():
    assert len(IDIOMS) == sum(len(of(module)) for module in GROUPS) >= 110  # names are used once
    assert not set(IDIOMS) & set(LIMITS)
    assert all(f.__code__.co_argcount - len(f.__defaults__ or ()) == 1 for f in IDIOMS.values())
    assert set(FIRST) | set(SECOND) == set(MODES)


@pytest.mark.parametrize("name", ["zeros_filled", "runge_kutta", "work_arrays_in_a_loop"])
def test_cells_see_what_is_wrong(name, monkeypatch):
    """A derivative that lost a term is no match for the differences."""
    real = dualad.testing.problem.Problem.jacobian
    monkeypatch.setattr(dualad.testing.problem.Problem, "jacobian", lambda p, **o: real(p, **o) * np.array([1.0, 1.0, 1.0 + 1e-4]))
    assert cell.__wrapped__(name, "reverse") == "wrong"


def test_page_is_up_to_date():
    spec = importlib.util.spec_from_file_location("make_idioms", PAGE)
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert page.PAGE.read_text() == page.render(), "run python docs/make_idioms.py"
