"""What tests of functions of whole arrays share: checks of two mixtures of the results, values within transforms, generated pages."""

import importlib.util
from pathlib import Path

import numpy as np

import dualad
from dualad.core.jets import Jet
from dualad.testing import check_derivatives
from dualad.testing.modes import ALL_MODES

__all__ = ["check", "page", "values"]


def check(f, x, rtol=None, at=(0.01, -0.02)):
    """All modes, for two mixtures of the results along two directions: no derivative of them is zero by accident."""
    rng = np.random.default_rng(7)
    d, c = rng.normal(size=(2, *np.shape(x))), rng.normal(size=(2, np.size(np.asarray(f(x)))))
    check_derivatives(lambda u: c @ np.ravel(f(x + u[0] * d[0] + u[1] * d[1])), np.array(at), order=2, rtol=rtol,
                      modes=[m for m in ALL_MODES if m != "complex"])


def values(f, x):
    """What f returns within transforms."""
    found = []

    def g(a):
        y = f(a)
        found.append(y.value if isinstance(y, Jet) else y)
        return np.sum(y)

    for mode in ("forward", "reverse"):
        dualad.jacobian(g, mode=mode)(x)
        yield np.asarray(found[-1])


def page(name):
    """A generator of documentation, as a module."""
    path = Path(__file__).parents[1] / "docs" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
