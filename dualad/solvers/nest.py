"""The levels that a value carries derivatives of, and its components as one plain array.

A system of equations for all components of a value (its derivatives of every order) is how plain solvers integrate derivatives.
May import: core, errors, numpy.
"""

from __future__ import annotations

import numpy as np

from ..core.jets import Jet, make
from ..core.local import densify

__all__ = ["count", "forward", "join", "nest", "note", "order", "split"]


def note(levels, *values):
    """Add to {level: layout} (None: a tape) the levels of jets in nested lists, tuples and dicts."""
    for x in values:
        if isinstance(x, (list, tuple)):
            note(levels, *x)
        elif isinstance(x, dict):
            note(levels, *x.values())
        elif isinstance(x, np.ndarray) and not isinstance(x, Jet) and x.dtype == object:
            note(levels, *x.ravel().tolist())
        while isinstance(x, Jet):
            if x.on_tape:
                if x.active:
                    levels.setdefault(x.level, None)
                x = x.value
            else:
                if x.block.shape[0] > 1:
                    levels.setdefault(x.level, x.layout if x.local is None else x.local.full)
                x = x.block


def nest(*values):
    """The levels of all jets in `values`."""
    levels = {}
    note(levels, *values)
    return levels


def order(levels):
    """The order of the highest mixed derivative that these levels can ask for."""
    return sum(2 if layout is not None and layout.M else 1 for layout in levels.values())


def forward(levels):
    """[(level, layout)] from the innermost block outwards if no level is a tape, else None."""
    if None in levels.values():
        return None
    return sorted(levels.items(), key=lambda item: item[0].id)


def count(ladder):
    """How many components values of these levels have."""
    return int(np.prod([1 + layout.P + layout.M for _, layout in ladder], dtype=int))


def split(x, ladder):
    """All components of a value as one plain array (count, *shape)."""
    parts = _split(x, ladder)
    return np.reshape(parts, (-1, *np.shape(x)))


def _split(x, ladder):
    if not ladder:
        return np.asarray(x, dtype=np.float64)
    level, layout = ladder[-1]
    full = 1 + layout.P + layout.M
    block = densify(x).block if isinstance(x, Jet) and x.level is level else np.reshape(x, (1, *np.shape(x)))
    parts = _split(block, ladder[:-1])
    lead = parts.ndim - np.ndim(x) - 1
    out = np.zeros((*parts.shape[:lead], full, *np.shape(x)))
    out[(slice(None),) * lead + (slice(0, parts.shape[lead]),)] = parts
    return out


def join(components, ladder):
    """The value of these components: the inverse of `split`."""
    x = np.reshape(components, (*(1 + layout.P + layout.M for _, layout in ladder), *np.shape(components)[1:]))
    for level, layout in ladder:
        x = make(level, layout, x)
    return x
