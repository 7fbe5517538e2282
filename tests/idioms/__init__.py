"""Ordinary NumPy code, written as people write who never heard of dualad: what `docs/idioms.md` and `test_idioms` are computed from.

Every function of these modules whose name is public is an idiom; its argument is what ARGUMENTS has under the name of its
parameter. The source of the modules is on the page as it is. Not test modules: pytest leaves their code as it is.
"""

import inspect

import numpy as np

from . import (
    algebra,
    elementwise,
    filling,
    fitting,
    functions,
    gathering,
    indexing,
    inplace,
    library,
    limits,
    objects,
    reductions,
    scalars,
    stepping,
)

__all__ = ["ARGUMENTS", "GROUPS", "IDIOMS", "LIMITS", "argument", "of"]

ARGUMENTS = {"x": np.array([0.5, 1.2, 2.0]), "t": 0.7, "p": {"scale": 1.5, "rates": np.array([0.8, 0.3])}}
GROUPS = [elementwise, indexing, reductions, inplace, filling, gathering, scalars, functions, objects, stepping, algebra, library,
          fitting]


def of(module):
    """The idioms of one module, by name."""
    return {name: f for name, f in vars(module).items()
            if inspect.isfunction(f) and f.__module__ == module.__name__ and not name.startswith("_")}


IDIOMS = {name: f for module in GROUPS for name, f in of(module).items()}
LIMITS = of(limits)


def argument(f):
    """The point at which an idiom is differentiated."""
    return ARGUMENTS[next(iter(inspect.signature(f).parameters))]
