"""Linear maps given by two functions of plain arrays, and functions of SciPy that look for derivatives among their arguments.

Decision: what is linear in one array, for constant options, is a `Map`: how it is applied and how its transpose is. One primitive
stands for all of them, so that a rule for a filter or an interpolation is that pair and nothing else.
May import: numpy, .kinds, .reduction (helpers).
"""

from __future__ import annotations

import numpy as np

from .kinds import Linear, Mixing, declare, name_of
from .reduction import as_array, cast

__all__ = ["Map", "axes_last", "calling", "declared_map", "linear", "mapped", "only_first"]


def calling(fn):
    """`fn` of SciPy as a function that hands a first argument with derivatives over, as NumPy's do by themselves."""
    def call(x, *args, **kwargs):
        if hasattr(x, "block") or hasattr(x, "re"):
            return x.__array_function__(fn, (type(x),), (x, *args), kwargs)
        return fn(x, *args, **kwargs)

    return call


class Map:
    """A linear map of arrays of one shape: `apply(x)` and `back(g)` take plain arrays with any number of leading axes."""

    def __init__(self, name, apply, back, flipped=None):
        self.name, self.apply, self.back, self._flipped = name, apply, back, flipped

    @property
    def T(self):
        if self._flipped is None:
            self._flipped = Map(self.name, self.back, self.apply, self)
        return self._flipped


class _Mapped:
    """mapped(x, m): the map m of x."""

    __name__, __module__ = "scipy: linear map", ""

    def __call__(self, x, m):
        if hasattr(x, "block") or hasattr(x, "re"):
            return x.__array_function__(self, (type(x),), (x, m), {})
        return m.apply(x)


mapped = _Mapped()


def linear(x, m, value=None):
    """The bound call of a map."""
    def transpose(lead, g):
        return (cast(mapped(g, m.T), x.dtype),)

    return Linear((x,), lambda lead, t: mapped(t, m), transpose, value)


declare(Mixing(mapped, linear))


def declared_map(fn, made):
    """Declare SciPy's `fn` as linear in its first argument: `made(x, *args, **kwargs)` is its Map for constant others."""
    def bind(*args, **kwargs):
        args, kwargs = only_first(args, kwargs)
        x = as_array(args[0])
        return linear(x, made(*args, **kwargs), lambda x: calling(fn)(x, *args[1:], **kwargs))

    bind.__name__ = name_of(fn)
    declare(Mixing(fn, bind))


def only_first(args, kwargs):
    """The arguments with the first one, if it came by name, in its place."""
    if args:
        return args, kwargs
    name = next(iter(kwargs))
    return (kwargs[name],), {k: v for k, v in kwargs.items() if k != name}


def axes_last(x, axes):
    """Axes of x as negative numbers; None: all."""
    axes = range(x.ndim) if axes is None else (axes,) if np.ndim(axes) == 0 else axes
    return tuple(int(a) % x.ndim - x.ndim for a in axes)
