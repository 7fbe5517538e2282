"""Narrow places of a recorded run, and the Jacobian as a product over them.

A cut is a set of nodes through which every path from inputs to outputs goes.  Between two cuts the Jacobian is found by
labelled rows; the factors are multiplied in the cheapest order.  From the inputs' side that order is forward mode, from
the outputs' side reverse mode, and at a waist both meet.  May import: core, schedule.estimate, schedule.labels, numpy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .estimate import CONSTANTS, Load, rows_load, size_of
from .labels import Rows

__all__ = ["Cut", "cuts", "product", "split"]

# Beyond this many instructions the search would cost more than it finds; so many cuts are considered.
LONGEST, MOST_CUTS = 2000, 10


class Cut(NamedTuple):
    """Nodes that are alive together, and their entries."""

    nodes: tuple
    sizes: tuple

    @property
    def size(self):
        return sum(self.sizes)


def _uses(program, outs):
    """For each node that leads to an output: its last reader. Views count for the array they show."""
    count = len(program)
    owner, last, live = list(range(count)), {}, {k for k in outs if k >= 0}
    for node in range(count):
        if program.form(node) == "view":
            owner[node] = owner[program.operands(node)[0]]
    for node in range(count - 1, -1, -1):
        if node not in live:
            continue
        operands = program.operands(node) if program.form(node) != "slot" else (node - 1,)
        for to in operands:
            if to >= 0:
                live.add(to)
                if owner[to] != owner[node]:
                    last.setdefault(owner[to], node)
    for node in outs:
        if node >= 0:
            last[owner[node]] = count
    return {k: last[k] for k in sorted(last) if owner[k] == k}


def cuts(program, outs, below):
    """The narrowest cuts of fewer than `below` entries, from the inputs to the outputs; inputs and outputs are not among them."""
    if len(program) > LONGEST:
        return []
    last, found = _uses(program, outs), {}
    alive = {}
    for node in range(len(program) - 1):
        alive = {k: u for k, u in alive.items() if u > node}
        if last.get(node, -1) > node:
            alive[node] = last[node]
        group = program.form(node + 1) == "slot"
        if not alive or group or any(program.form(k) == "input" for k in alive) or len(alive) > 4:
            continue
        sizes = tuple(size_of(program, k) for k in alive)
        if sum(sizes) < below and max(alive.values()) <= len(program) - 1:
            found[tuple(alive)] = Cut(tuple(alive), sizes)
    best = sorted(found.values(), key=lambda c: c.size)[:MOST_CUTS]
    return [c for c in found.values() if c in best]


def _multiplied(m, k, n):
    return Load(flops=2 * m * k * n, filled=m * n, pulls=2, bytes=8 * m * n)


def split(program, inputs, outs, constants=CONSTANTS):
    """The cheapest way to the Jacobian of `outs` in `inputs` (both `Cut`): (load, tree).

    A tree is None (labelled rows from end to end) or (tree above, cut, tree below).
    """
    places = [inputs, *cuts(program, outs.nodes, max(inputs.size, outs.size)), outs]
    best = {}
    for width in range(1, len(places)):
        for low in range(len(places) - width):
            high = low + width
            a, b = places[high], places[low]
            load = rows_load(program, a.nodes, b.nodes, a.size)
            options = [(load.seconds(constants), load, None)]
            for mid in range(low + 1, high):
                load = best[mid, high][1].plus(best[low, mid][1]).plus(_multiplied(a.size, places[mid].size, b.size))
                options.append((load.seconds(constants), load, mid))
            seconds, load, mid = min(options, key=lambda o: o[0])
            tree = None if mid is None else (best[mid, high][2], places[mid], best[low, mid][2])
            best[low, high] = seconds, load, tree
    return best[0, len(places) - 1][1:]


def product(program, outs, tree, inputs, memory, chunk=None):
    """The Jacobian (entries of outs, entries of inputs) along a tree of `split`."""
    if tree is None:
        blocks = Rows(program, outs.nodes, outs.sizes, inputs.nodes).blocks(memory, chunk)
        flat = [np.reshape(b, (outs.size, size)) for b, size in zip(blocks, inputs.sizes, strict=True)]
        return flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)
    above, cut, below = tree
    left = product(program, outs, above, cut, memory, chunk)
    right = product(program, cut, below, inputs, memory, chunk)
    return _strong(left, right)


def _strong(left, right):
    """left @ right where an entry that is zero adds nothing, also beside infinity and NaN."""
    with np.errstate(all="ignore"):
        out = left @ right
        if np.isfinite(out).all():
            return out
        return np.stack([np.sum(np.where((row[:, None] == 0) | (right == 0), 0.0, row[:, None] * right), axis=0) for row in left])
