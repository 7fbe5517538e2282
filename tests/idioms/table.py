"""What each way to a derivative makes of each idiom: one cell for each pair, found by running it."""

import functools
import warnings

import numpy as np

import dualad
from dualad.testing import oracles
from dualad.testing.problem import Problem, steady

from . import IDIOMS, LIMITS, argument

__all__ = ["FIRST", "MODES", "SECOND", "cell", "runs"]

RIGHT = "right"
FIRST = {"forward": "forward", "local": "local", "reverse": "reverse"}
SECOND = {"hyper-dual": "hyperdual", "forward over forward": "forward", "forward over reverse": "forward-over-reverse",
          "reverse over reverse": "reverse-over-reverse"}
MODES = {**FIRST, **SECOND}
STEP = 0.02
FAR = 1e-6  # what differences of these functions can tell, relative to the largest entry


def _function(name):
    return IDIOMS.get(name) or LIMITS[name]


@functools.cache
def _problem(name):
    f = _function(name)
    return Problem(f, (argument(f),))


@functools.cache
def _differences(name):
    """(Jacobian, Hessian) of the plain function by Richardson differences: of values, and of values along pairs of directions."""
    p = _problem(name)
    center, columns = p.center, np.eye(p.n)

    def path(v):
        return steady(p.path(v), center)

    first = np.stack([oracles.differences(path(e), STEP).value for e in columns], axis=-1)
    along = {(i, j): oracles.second_differences(path(columns[i] + columns[j] * (i != j)), STEP, center).value
             for i in range(p.n) for j in range(i + 1)}
    second = np.zeros((p.m, p.n, p.n))
    for (i, j), value in along.items():
        # along a sum of two directions the second derivative is that of each and twice the mixed one
        second[:, i, j] = second[:, j, i] = value if i == j else 0.5 * (value - along[i, i] - along[j, j])
    return first, second


def found(name, mode):
    """The derivative by one mode, as a matrix (or a stack of them)."""
    p = _problem(name)
    return p.jacobian(mode=MODES[mode]) if mode in FIRST else p.hessian(mode=MODES[mode])


@functools.cache
def cell(name, mode):
    """"right", "wrong", or the name of the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exact = found(name, mode)
        except Exception as error:
            return type(error).__name__
    wanted = _differences(name)[mode in SECOND]
    size = 1.0 + np.max(np.abs(wanted), initial=0.0)
    far = FAR if mode in FIRST else 100 * FAR
    return RIGHT if exact.shape == wanted.shape and np.all(np.abs(exact - wanted) <= far * size) else "wrong"


@functools.cache
def runs(name):
    """Whether the function runs as it is or as its twin in the capturing scope."""
    try:
        with dualad.capturing(False):
            found(name, "reverse")
    except Exception:
        return "in the scope"
    return "as it is"
