"""Reading and writing parts of blocks: views write through, exactly as NumPy.

May import: core.jets, core.local, core.memory, core.operands, core.tape, errors, numpy.
"""

from __future__ import annotations

import numpy as np

from ..errors import LayoutError
from . import tape
from .jets import Jet, JetArray, Local, make
from .local import densify
from .memory import following, ordered
from .operands import is_basic, storable

__all__ = ["copy", "filled", "getitem", "room", "setitem"]


def getitem(x, key):
    """x[key] for a basic key: a view."""
    full = (slice(None), *key) if isinstance(key, tuple) else (slice(None), key)
    local = x.local
    out = x.block[full]
    if out.ndim == 1:
        if local is None:
            return make(x.level, x.layout, out)
        rows = tuple(np.reshape(row[key], (1,)) for row in local.rows)
        one = make(x.level, x.layout, out.reshape(-1, 1), Local(rows, local.full, local.limit))
        return getitem(densify(one), 0)
    if local is not None:
        local = Local(tuple(row[key] for row in local.rows), local.full, local.limit)
    return make(x.level, x.layout, out, local, x, lambda block: block[full])


def copy(x, axes=None):
    """The same values and components in memory of their own, the axes in this order (None: rows first)."""
    return make(x.level, x.layout, ordered(x.block, axes and (0, *(k + 1 for k in axes))), x.local)


def _grow(x, ncomp):
    """Give the owner of `x` room for `ncomp` components; views follow."""
    root = x.root
    block = root.block
    if block.shape[0] < ncomp:
        more = np.zeros_like(block, shape=(ncomp - block.shape[0], *root.shape))
        root.replace_block(following(np.concatenate([block, more]), block[0]), root.layout, root.local)


def _leave_local(x):
    """Dense directions for the owner of `x`, in place; views follow."""
    root = x.root
    if root.local is not None:
        dense = densify(root)
        root.replace_block(dense.block, dense.layout, None)


def room(value, like):
    """`value` as an array of `like`'s level, with derivatives of zero."""
    if like.on_tape:
        return tape.constant(like.level, value.copy("K"))
    layout = like.layout if like.local is None else like.local.full
    return make(like.level, layout, following(value[None].copy(), value))


def filled(values):
    """A list of float64 numbers, of which some carry derivatives, as a vector; None where they are something else.

    The same as np.stack, which takes a hundred times as long for two numbers on a tape.
    """
    like = None
    for v in values:
        if isinstance(v, Jet):
            if v.ndim or v.dtype != np.float64:
                return None
            if like is None or v.level.id > like.level.id:
                like = v
        elif type(v) is not float and type(v) is not np.float64:
            return None
    if like is None:
        return None
    out = room(np.zeros(len(values)), like)
    for k, v in enumerate(values):
        out[k] = v
    return out


def _promote(x, like):
    """Let the owner of `x` hold components that carry derivatives of `like`'s (lower) level."""
    root = x.root
    block = root.block
    # a block of a level in between makes room itself when it is written
    if not isinstance(block, Jet) or block.level.id < like.level.id:
        root.replace_block(room(block, like), root.layout, root.local)


def _lower(value, level):
    """Parts of `value` that are of a level below `level` (its highest such jet), or None."""
    if not isinstance(value, Jet):
        return None
    if value.level.id < level.id:
        return value
    return value.block if isinstance(value.block, Jet) else None


def setitem(x, key, value):
    """x[key] = value; components travel with the value."""
    same = isinstance(value, Jet) and value.level is x.level
    if isinstance(value, JetArray) and same:
        value = densify(value)
    _leave_local(x)
    if same:
        if x.layout != value.layout:
            raise LayoutError(f"cannot store {value.layout!r} in an array with {x.layout!r}: make both with the same directions")
        _grow(x, value.block.shape[0])
    lower = _lower(value, x.level)
    if lower is not None:
        _promote(x, lower)
    elif not same:
        value = storable(value)
    _assign(x.block, key, value.block if same else None, value)


def _assign(block, key, source, value):
    """Write components; `source` None means a constant with zero derivatives."""
    if is_basic(key):
        full = (slice(None), *key) if isinstance(key, tuple) else (slice(None), key)
        target = block[full]
        if source is not None and (target.ndim == source.ndim or source.ndim == 1) and target.ndim > 1:
            if source.ndim == 1:
                source = source.reshape((source.shape[0],) + (1,) * (target.ndim - 1))
            target[:source.shape[0]] = source
            if target.shape[0] > source.shape[0]:
                target[source.shape[0]:] = 0.0
            return
    for c in range(block.shape[0]):
        if source is None:
            piece = value if c == 0 else 0.0
        else:
            piece = source[c] if c < source.shape[0] else 0.0
        if block.ndim == 2 and isinstance(key, (int, np.integer)):
            block[c, key] = piece
        else:
            block[c][key] = piece
