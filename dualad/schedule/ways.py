"""The ways to a derivative of a recorded run, with their predicted loads, cheapest first.

May import: core, schedule, numpy.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from .chunks import pairs_of_chunks, slices
from .estimate import CONSTANTS, Load, forward_load, rows_load, second_load, size_of
from .estimate import reverse_load as _reverse_load
from .waist import split

__all__ = ["Way", "best_hessian", "best_jacobian", "best_product", "gradient_bytes", "gradient_ways", "hessian_ways", "hvp_ways",
           "jacobian_ways"]

# Arrays whose steps pass through Python cost more to plan than to pull.
LONGEST = 20000
# Bytes of a sweep for each node (a pointer, a number, a state), and of the Python objects of one call.
PER_NODE, ONE_CALL = 17, 4096


class Way(NamedTuple):
    """One way: its mode, load, predicted seconds, what it does, and for "mixed" the order of products."""

    mode: str
    load: Load
    seconds: float
    note: str
    tree: tuple | None = None


def _way(mode, load, note, constants, tree=None):
    return Way(mode, load, load.seconds(constants), note, tree)


def _ordered(ways):
    return sorted(ways, key=lambda w: w.seconds)


def _dense(program, inputs, outs, memory, chunk):
    """Loads of dense directions and dense rows."""
    n, m, widest = inputs.size, outs.size, max(inputs.size, program.widest)
    pushed = len(slices(n, max(inputs.sizes), memory, chunk))
    pulled = len(slices(m, widest, memory, chunk))
    back = _reverse_load(program, m, pulled, n)
    back.bytes = program.nbytes + program.overhead + 16 * -(-m // max(pulled, 1)) * widest
    return forward_load(program, outs.nodes, inputs.nodes, n, pushed, False), back


def jacobian_ways(program, inputs, outs, plain=True, memory=2**28, chunk=None, constants=CONSTANTS):
    """Every way to the Jacobian. `plain`: float64 at one level, which labelled rows and local directions need."""
    n, m = inputs.size, outs.size
    ahead, back = _dense(program, inputs, outs, memory, chunk)
    ways = [_way("forward", ahead, f"{n} directions, {_runs(ahead.passes)}", constants),
            _way("reverse", back, f"{m} rows, {_sweeps(back.passes)} over one recorded run", constants)]
    if plain and n >= 8 and chunk is None:
        near = forward_load(program, outs.nodes, inputs.nodes, n, 1, True)
        if near.pushes * ahead.passes > ahead.pushes:  # some step takes local directions
            ways.append(_way("local", near, "one run with directions local to entries until a step mixes them", constants))
    if plain and len(program) <= LONGEST:
        load = rows_load(program, outs.nodes, inputs.nodes, m).plus(Load(records=1))
        load.bytes += 8 * m * n
        note = ("rows kept as scaled values from end to end: no dense sweep" if not load.pulls else
                "rows kept as scaled values, dense below the first step that mixes them")
        ways.append(_way("labelled", load, note, constants))
        load, tree = split(program, inputs, outs, constants)
        if tree is not None:
            load = load.plus(Load(records=1))
            load.bytes += 8 * m * n
            ways.append(_way("mixed", load, f"a product over {_places(tree)}", constants, tree))
    return _ordered(ways)


def _runs(k):
    return "one run" if k == 1 else f"{k} runs"


def _sweeps(k):
    return "one sweep" if k == 1 else f"{k} sweeps"


def _cuts(tree):
    return [] if tree is None else [*_cuts(tree[2]), tree[1].size, *_cuts(tree[0])]


def _places(tree):
    sizes = _cuts(tree)
    return (f"a narrow place of {sizes[0]} entries" if len(sizes) == 1
            else f"narrow places of {', '.join(map(str, sizes[:-1]))} and {sizes[-1]} entries")


@lru_cache(maxsize=256)
def _known(signature, inputs, outs, *limits):
    """What was found for programs that made the same steps; holds no arrays."""
    return []


def _remembered(find, program, inputs, outs, *limits):
    """find(), once for programs of the same steps; the longest are not compared."""
    if len(program) > LONGEST:
        return find()
    known = _known(program.signature, inputs, outs, *limits)
    if not known:
        known.append(find())
    return known[0]


def best_jacobian(program, inputs, outs, memory, chunk):
    """(Mode, order of products) of the way that is predicted to cost least."""
    def find():
        best = jacobian_ways(program, inputs, outs, True, memory, chunk)[0]
        return best.mode, best.tree

    return _remembered(find, program, inputs, outs, memory, chunk)


def best_product(program, inputs, outs):
    """The cheapest order of products over narrow places; None without any."""
    return _remembered(lambda: split(program, inputs, outs)[1], program, inputs, outs, "split")


def best_hessian(program, inputs, outs, memory):
    """The mode that is predicted to cost least once local directions are no way."""
    return hessian_ways(program, inputs, outs, False, memory)[0].mode


# ---- gradients ----

def gradient_bytes(program):
    """Most bytes that the backward sweep of one row needs: what was saved, the instructions, and cotangents alive together."""
    alive, peak, now, count = {}, 0, 0, len(program)
    for node in range(count - 1, -1, -1):
        if node == count - 1:
            alive[node] = now = 8 * size_of(program, node)
        for to in program.operands(node):
            while to >= 0 and program.form(to) == "view":
                to = program.operands(to)[0]
            if to >= 0 and to not in alive:
                alive[to] = 8 * size_of(program, to)
                now += alive[to]
        peak = max(peak, now)
        if program.form(node) not in ("input", "view") and node in alive:
            now -= alive[node]
    return program.nbytes, program.overhead, peak + PER_NODE * count + ONE_CALL


def gradient_ways(program, inputs, outs, plain=True, memory=2**28, chunk=None, constants=CONSTANTS):
    """Ways to the gradient of one number."""
    back = _reverse_load(program, 1, 1, inputs.size)
    back.bytes = sum(gradient_bytes(program)) + 8 * inputs.size
    passes = len(slices(inputs.size, max(inputs.sizes), memory, chunk))
    ahead = forward_load(program, outs.nodes, inputs.nodes, inputs.size, passes, False)
    return _ordered([_way("reverse", back, "one recorded run, one sweep", constants),
                     _way("forward", ahead, f"{inputs.size} directions, {_runs(ahead.passes)}", constants)])


# ---- second order ----

def hessian_ways(program, inputs, outs, plain=True, memory=2**28, chunk=None, constants=CONSTANTS):
    """Ways to the Hessian."""
    n, m = inputs.size, outs.size
    passes = len(pairs_of_chunks(n, max(inputs.sizes), memory, chunk))
    whole = (1 + n + n * (n + 1) // 2) * max(inputs.sizes) * 8 <= memory and chunk is None
    dense = second_load(program, inputs.nodes, n, m, 1 if whole else passes, False)
    ways = [_way("hyperdual", dense, f"{n * (n + 1) // 2} second-order parts, {_runs(dense.passes)}", constants)]
    if plain and n >= 8 and chunk is None:
        near = second_load(program, inputs.nodes, n, m, 1, True)
        if near.bytes <= memory:
            ways.append(_way("local", near, "one run with parts local to entries until a step mixes them", constants))
    chunks = len(slices(n, max(inputs.sizes), memory, chunk))
    nested = _nested_load(program, m, n, chunks)
    ways.append(_way("forward-over-reverse", nested, f"the gradient with {n} directions, {_runs(chunks)}", constants))
    return _ordered(ways)


def _nested_load(program, m, n, passes):
    """The recorded run and its sweep on values with tangents."""
    one = _reverse_load(program, m, 1, n)
    arrays = sum(program.form(k) != "input" for k in range(len(program)))
    load = Load(runs=3 * passes, records=passes, passes=passes, moves=2.5 * arrays * passes, pulls=one.pulls * passes,
                entries=3 * (n + passes) * one.entries, flops=2 * n * one.flops, filled=m * n * n)
    load.bytes = 2 * (1 + -(-n // max(passes, 1))) * program.nbytes
    return load


def hvp_ways(program, inputs, outs, plain=True, memory=2**28, chunk=None, constants=CONSTANTS):
    """Ways to a Hessian-vector product."""
    n = inputs.size
    one = _nested_load(program, 1, 1, 1)
    ways = [_way("forward-over-reverse", one, "the gradient with one direction: no Hessian is formed", constants)]
    best = hessian_ways(program, inputs, outs, plain, memory, chunk, constants)[0]
    formed = best.load.plus(Load(flops=2 * n * n))
    return _ordered([*ways, _way("hessian", formed, f"the Hessian ({best.mode}), then a product", constants)])
