"""A function of the user's inside one of dualad's.  May import: dualad.scope, numpy."""

from __future__ import annotations

import numpy as np

from .. import scope
from ..errors import InputError

__all__ = ["Handed", "vector"]


class Handed:
    """``body(fun, *args)`` as a function of args, where `fun` runs in the capturing scope if it needs that."""

    def __init__(self, fun, body):
        if not callable(fun):
            raise InputError(f"a function is needed, found {type(fun).__name__}: give a callable of the unknowns")
        self._fun, self._body = fun, body
        self.__checkpoint__ = getattr(fun, "__checkpoint__", fun)  # whose code decides whether the scope is needed
        self.__name__ = getattr(fun, "__name__", type(fun).__name__)  # for messages

    def __call__(self, *args):
        return self._body(self._run, *args)

    def _run(self, *args, **kwargs):
        return scope.call(self._fun, args, kwargs)


def vector(result):
    """A list or tuple of numbers, as many functions return, as one array; derivatives stay."""
    return np.stack(result) if isinstance(result, list | tuple) else result
