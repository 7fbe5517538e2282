"""Handlers for functions of other packages: found by function, class and method, entered when something is first met."""

import sys
import types

import numpy as np
import pytest

import dualad
from dualad.scope import aware

CODE = """
import math

class Box:
    def __init__(self, x):
        self.x = math.sqrt(x.real + 0.0 * float(x))

    def read(self, factor):
        return math.floor(self.x * factor)

def halve(x):
    return math.floor(x) / 2
"""


@pytest.fixture
def package(monkeypatch):
    """A package `elsewhere` with handlers; the list says how often they were entered."""
    entered = []
    elsewhere = types.ModuleType("elsewhere")
    exec(CODE, elsewhere.__dict__)
    monkeypatch.setitem(sys.modules, "elsewhere", elsewhere)
    monkeypatch.setitem(aware.LATER_AWARE, "elsewhere", "for_tests")
    before = dict(aware.AWARE)

    def enter(name):
        if not name.endswith(".for_tests"):
            return original(name)
        entered.append(name)
        aware.AWARE[elsewhere.halve] = lambda scope, fn, args, kwargs: args[0] / 2
        aware.AWARE[elsewhere.Box.read] = lambda scope, fn, args, kwargs: args[0].x * args[1]
        aware.AWARE[elsewhere.Box] = lambda scope, fn, args, kwargs: NotImplemented
        return None

    original = aware.import_module
    monkeypatch.setattr(aware, "import_module", enter)
    yield elsewhere, entered
    aware.AWARE.clear()
    aware.AWARE.update(before)
    aware._loaded.discard("elsewhere")


def test_functions_and_methods_have_handlers(package):
    elsewhere, entered = package

    def f(x):
        y = float(x[0]) + 1.0
        return elsewhere.halve(y) + elsewhere.Box(x[1]).read(3.0)

    np.testing.assert_allclose(dualad.grad(f)(np.array([2.0, 4.0])), [0.5, 0.75])
    assert entered == ["dualad.scope.packages.for_tests"]


def test_nothing_is_entered_for_a_package_that_nobody_has_imported(package, monkeypatch):
    monkeypatch.delitem(sys.modules, "elsewhere")
    _, entered = package
    assert dualad.grad(lambda x: float(x[0]) * int(np.linalg.norm(np.ones(4))))(np.array([3.0])) == 2.0
    assert entered == []
