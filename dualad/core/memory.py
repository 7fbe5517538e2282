"""Results lie in memory as NumPy's do: the own axes of a block in the order of NumPy's result, components slowest.

NumPy lays results out by its operands, and ravel, reshape and order="K" look at it: what is a view and what is a copy,
so what a later write changes, depends on it (docs/decisions/0006-memory-order.md).
May import: core.jets, core.operands, rules, numpy.
"""

from __future__ import annotations

import numpy as np

from ..rules.memory import axes_for, axes_of, inverse
from .jets import Jet, rows_first
from .operands import primal, shape_of

__all__ = ["axes_for", "axes_of", "following", "in_order", "inverse", "laid", "ordered", "result_axes", "settled"]


def ordered(a, axes):
    """A copy of `a`, plain or traced, in one piece and with its axes in this order."""
    if isinstance(a, Jet):
        return a.level.interpreter.copy(a, axes)
    if axes is None:
        return a.copy()
    return a.copy("F") if axes == tuple(range(a.ndim - 1, -1, -1)) else a.transpose(axes).copy().transpose(inverse(axes))


def laid(block, axes):
    """`block` itself if it lies in this order in one piece, or such a copy."""
    plain = primal(block)
    if axes is not None:
        plain = plain.transpose(axes)
    return block if plain.flags.c_contiguous else ordered(block, axes)


def in_order(value, order):
    """Whether a plain array counts as lying in this order already."""
    flags = value.flags
    return {"C": flags.c_contiguous, "F": flags.f_contiguous, "A": flags.forc, "K": True}[order]


def _inner(axes):
    """The order of a block whose own axes have this one."""
    return None if axes is None else (0, *(k + 1 for k in axes))


def settled(block):
    """A new block with its components slowest and in one piece; the own axes keep their order."""
    plain = primal(block)
    return block if plain.flags.c_contiguous else laid(block, _inner(axes_of(plain[0])))


def following(block, value):
    """A block whose own axes lie like those of `value`."""
    if not shape_of(value):
        return block
    return laid(block, _inner(axes_of(primal(value))))


def result_axes(args):
    """The order that NumPy gives the result of an elementwise function of these operands."""
    if rows_first(args):
        return None
    arrays = [a for a in map(primal, args) if isinstance(a, np.ndarray) and a.ndim]
    # the iterator that ufuncs use makes its own mind up; its output is never touched
    flags = [["readonly"]] * len(arrays) + [["writeonly", "allocate"]]
    return axes_of(np.nditer([*arrays, None], flags=["zerosize_ok"], op_flags=flags).operands[-1])
