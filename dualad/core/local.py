"""Local directions: an identity seed kept as "which directions reached this element".

The k-th local direction of element e is direction rows[k][e] of the full layout.  Blocks
carry K components for K rows instead of n, and K(K+1)/2 pairs instead of n(n+1)/2, until
an operation mixes elements: then `scatter` (sums) or `densify` leaves the local form.
May import: core.jets, core.memory, numpy.
"""

from __future__ import annotations

import numpy as np

from .jets import Local, dual_layout, make, symmetric_layout
from .memory import following

__all__ = ["Restart", "columns", "densify", "merge", "scatter", "seed_rows", "spread"]

# More rows than this and dense directions are no worse.
MOST_ROWS = 16


class Restart(BaseException):
    """The dense form would not fit the memory limit: the transform starts again in chunks."""


def compact_layout(full, K):
    """The layout of K local directions, as rich as the full one."""
    return symmetric_layout(K) if full.M else dual_layout(K)


def seed_rows(shape, offset):
    """Rows of an identity seed: every element its own direction."""
    return (np.arange(offset, offset + int(np.prod(shape, dtype=np.intp)), dtype=np.intp).reshape(shape),)


def pair_index(i, j, P):
    """Position of the pair i <= j among all pairs of P directions."""
    return i * P - i * (i - 1) // 2 + (j - i)


def order_of(ncomp, layout):
    """0, 1 or 2: how much of the layout a block of `ncomp` components has."""
    return 0 if ncomp == 1 else 1 if ncomp == 1 + layout.P else 2


def _pairs(block, layout, rows, full):
    """Yield (weight, full component, elements) of every local second-order component."""
    K = layout.P
    for m, (k, l) in enumerate(zip(*layout.pairs, strict=True)):
        i, j = np.minimum(rows[k], rows[l]), np.maximum(rows[k], rows[l])
        e = block[1 + K + m]
        if k != l:
            # the stored component stands for (k, l) and (l, k), which fall together on a diagonal
            e = np.where(i == j, 2.0 * e, e)
        if full.kind == "diagonal":
            yield np.where(i == j, e, 0.0), i
        else:
            yield e, pair_index(i, j, full.P)


def _room(full, order, size, limit):
    # dense first-order components get second-order ones in the next step
    if order and (1 + full.P + full.M) * size * 8 > limit:
        raise Restart
    return 1 if order == 0 else 1 + full.P + (full.M if order > 1 else 0)


def densify(x):
    """The same array with all directions of its full layout."""
    local = x.local
    if local is None:
        return x
    block, layout, full = x.block, x.layout, local.full
    order, n = order_of(block.shape[0], layout), x.size
    ncomp = _room(full, order, n, local.limit)
    out = np.zeros((ncomp, n))
    out[0] = block[0].reshape(-1)
    where = np.arange(n)
    if order:
        for k, row in enumerate(local.rows):
            out[1 + row.reshape(-1), where] += block[1 + k].reshape(-1)
    if order > 1:
        for e, index in _pairs(block, layout, local.rows, full):
            out[1 + full.P + index.reshape(-1), where] += e.reshape(-1)
    return make(x.level, full, following(out.reshape((ncomp, *x.shape)), block[0]))


def columns(x):
    """First-order components with the direction as last axis, shape x.shape + (P,)."""
    local, block = x.local, x.block
    n, P = x.size, local.full.P
    order = order_of(block.shape[0], x.layout)
    _room(local.full, order, n, local.limit)
    out = np.zeros((n, P))
    where = np.arange(n)
    for k, row in enumerate(local.rows if order else ()):
        out[where, row.reshape(-1)] += block[1 + k].reshape(-1)
    return out.reshape((*x.shape, P))


def scatter(x, value, target, weight):
    """Leave the local form through a linear map that adds each entry to one output entry."""
    local, block, layout = x.local, x.block, x.layout
    full, q = local.full, value.size
    order = order_of(block.shape[0], layout)
    ncomp = _room(full, order, q, local.limit)
    out = np.zeros((ncomp, q))
    out[0] = np.reshape(value, -1)
    if order:
        index = np.concatenate([(row * q + target).reshape(-1) for row in local.rows])
        terms = np.concatenate([(block[1 + k] * weight).reshape(-1) for k in range(layout.P)])
        out[1:1 + full.P] = np.bincount(index, terms, full.P * q).reshape(full.P, q)
    if order > 1:
        found = [((index * q + target).reshape(-1), (e * weight).reshape(-1))
                 for e, index in _pairs(block, layout, local.rows, full)]
        index, terms = (np.concatenate(part) for part in zip(*found, strict=True))
        out[1 + full.P:] = np.bincount(index, terms, full.M * q).reshape(full.M, q)
    return make(x.level, full, following(out.reshape((ncomp, *np.shape(value))), value))


def _same(a, b):
    """Equal rows: the same view of the same seed, or equal numbers."""
    if a is b:
        return True
    ia, ib = a.__array_interface__, b.__array_interface__
    if ia["data"] == ib["data"] and a.strides == b.strides:
        return True
    return bool((a[..., :1] == b[..., :1]).all()) and np.array_equal(a, b)


def _union(locals_):
    """All different rows of several operands, and where each operand's rows went."""
    rows, places = [], []
    for local in locals_:
        place = []
        for row in local.rows:
            found = next((p for p, known in enumerate(rows) if _same(row, known)), len(rows))
            if found == len(rows):
                rows.append(row)
            place.append(found)
        places.append(place)
    return tuple(rows), places


def spread(x, shared, layout, place):
    """`x` with its local components moved to `place` among the rows of `shared`."""
    block, old = x.block, x.layout
    if len(shared.rows) == old.P and place == list(range(old.P)):
        return make(x.level, layout, block, shared)
    order = order_of(block.shape[0], old)
    out = np.zeros(((1, 1 + layout.P, 1 + layout.P + layout.M)[order], *x.shape))
    out[0] = block[0]
    if order:
        for k, p in enumerate(place):
            out[1 + p] += block[1 + k]
    if order > 1:
        for m, (k, l) in enumerate(zip(*old.pairs, strict=True)):
            i, j = sorted((place[k], place[l]))
            # two rows of one operand that fall together: e_kl stood for both orders
            twice = 2.0 if k != l and i == j else 1.0
            out[1 + layout.P + pair_index(i, j, layout.P)] += twice * block[1 + old.P + m]
    return make(x.level, layout, following(out, block[0]), shared)


def merge(operands):
    """Arrays of one shape and level with local directions -> the same over common rows, or dense."""
    rows, places = _union([x.local for x in operands])
    first = operands[0].local
    if len(rows) > min(MOST_ROWS, max(2, first.full.P)):
        return [densify(x) for x in operands]
    shared = Local(rows, first.full, first.limit)
    layout = compact_layout(first.full, len(rows))
    return [spread(x, shared, layout, place) for x, place in zip(operands, places, strict=True)]
