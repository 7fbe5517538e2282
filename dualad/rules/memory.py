"""The order in which an array's axes lie in memory: what decides whether ravel and reshape give views or copies.

Orders are tuples of axes from the slowest to the fastest; None is rows first (C order).
May import: numpy.
"""

from __future__ import annotations

import numpy as np

__all__ = ["axes_for", "axes_of", "inverse"]


def axes_of(value):
    """The order of a plain array's axes, as NumPy's order="K" sees it."""
    if value.ndim < 2 or value.flags.c_contiguous:
        return None
    steps = [abs(step) for step in value.strides]
    axes = tuple(sorted(range(value.ndim), key=lambda k: -steps[k]))  # stable: ties stay rows first
    return None if axes == tuple(range(value.ndim)) else axes


def inverse(axes):
    """The permutation that undoes `axes`."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def axes_for(value, order):
    """What NumPy's `order=` means for a copy of this plain array."""
    if order not in ("C", "F", "A", "K"):
        np.zeros(1).copy(order)  # NumPy's own error, or another spelling of the four
        order = "K" if order is None else str(order).upper()
    if value.ndim < 2:
        return None
    if order == "K":
        return axes_of(value)
    if order == "F" or order == "A" and value.flags.fnc:
        return tuple(range(value.ndim - 1, -1, -1))
    return None
