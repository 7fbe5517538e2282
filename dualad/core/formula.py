"""Tracing of declared formulas into short instruction lists.

A formula (``d1=lambda y, x: ...``) is run once on symbols.  What it did becomes a list
of (ufunc, inputs, output) over numbered slots: operands first, then the value y,
constants, and scratch slots that are reused once dead.  `core.chain` executes the list.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

__all__ = ["Listing", "Untraceable", "trace"]


class Untraceable(Exception):
    """The formula does something that the instruction language has no word for."""


class Symbol(NDArrayOperatorsMixin):
    """Stands for an operand, the value or an intermediate while a formula is traced."""

    __slots__ = ("graph", "node")

    def __init__(self, graph, node):
        self.graph, self.node = graph, node

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs or ufunc.nout != 1:
            raise Untraceable(f"{ufunc.__name__}.{method}")
        return self.graph.add(ufunc, inputs)

    def __array_function__(self, func, types, args, kwargs):
        if func is np.where and len(args) == 3 and not kwargs:
            return self.graph.add("where", args)
        raise Untraceable(getattr(func, "__name__", str(func)))

    def __bool__(self):
        raise Untraceable("a Python branch")


class Graph:
    """Nodes of one kernel's formulas, shared between its partials (equal work is done once)."""

    def __init__(self, noperands):
        self.nodes = [("in", k) for k in range(noperands)]
        self.index = {}

    def add(self, op, inputs):
        folded = self.fold(op, inputs)
        if folded is not None:
            return folded
        key = (op, tuple(self.node(v) for v in inputs))
        if key not in self.index:
            self.index[key] = len(self.nodes)
            self.nodes.append(key)
        return Symbol(self, self.index[key])

    def fold(self, op, inputs):
        """The result, where known numbers decide it already: operands that are constant in this kernel."""
        if op == "where":
            return (inputs[1] if inputs[0] else inputs[2]) if not isinstance(inputs[0], Symbol) else None
        known = [v for v in inputs if not isinstance(v, Symbol)]
        if len(known) == len(inputs):
            with np.errstate(all="ignore"):
                return op(*known)
        # False & x, True & x: what comparisons of known numbers leave behind
        if op is np.bitwise_and and known and isinstance(known[0], (bool, np.bool_)):
            return next(v for v in inputs if isinstance(v, Symbol)) if known[0] else np.False_
        return None

    def node(self, value):
        if isinstance(value, Symbol):
            return value.node
        number = float(value)
        # the key keeps the sign of zero and equates NaNs
        key = ("const", np.float64(number).tobytes())
        if key not in self.index:
            self.index[key] = len(self.nodes)
            self.nodes.append(("const", number))
        return self.index[key]


@dataclass(frozen=True)
class Listing:
    """What `chain.Kernel` executes: slots are operands, y, constants, then scratch."""

    nin: int
    constants: list
    scratch: int
    code: list  # (ufunc | "where", input slots, output slot)
    first: list  # per active operand: slot or None
    second: dict  # (i, j) -> slot; absent: zero


class _Lazy:
    """First partials as symbols, made when a d2 formula asks for them."""

    def __init__(self, make):
        self.make, self.done = make, {}

    def __getitem__(self, i):
        if i not in self.done:
            self.done[i] = self.make(i)
        return self.done[i]


def trace(rule, active, order, fixed=None) -> Listing:
    """Trace the partials of `rule` in the active operands (tuple of positions), up to `order`.

    `fixed` maps positions of constant operands to their values: what follows from them is worked out here.
    """
    graph = Graph(rule.nin + 1)
    x = [Symbol(graph, k) for k in range(rule.nin)]
    for k, number in (fixed or {}).items():
        x[k] = np.float64(number)
    y = Symbol(graph, rule.nin)

    def partial(i):
        return 0.0 if rule.d1[i] is None else rule.d1[i](y, *x)

    d = _Lazy(partial)
    first = {i: graph.node(d[i]) for i in active if rule.d1[i] is not None}
    second = {}
    if order > 1:
        for (i, j), formula in rule.d2.items():
            if i in active and j in active:
                second[i, j] = graph.node(formula(y, *x, d))
    return _allocate(graph, rule.nin, active, first, second)


def _allocate(graph, nin, active, first, second):
    """Number constants and scratch; drop dead nodes; reuse scratch after its last reader."""
    results = list(first.values()) + list(second.values())
    live, stack = set(), list(results)
    while stack:
        node = stack.pop()
        if node not in live:
            live.add(node)
            op = graph.nodes[node]
            if op[0] not in ("in", "const"):
                stack.extend(op[1])
    order = sorted(live)
    slot = {k: k for k in range(nin + 1)}
    constants = []
    for node in order:
        if graph.nodes[node][0] == "const":
            slot[node] = nin + 1 + len(constants)
            constants.append(graph.nodes[node][1])
    base = nin + 1 + len(constants)
    last = {}
    for node in order:
        op = graph.nodes[node]
        if op[0] not in ("in", "const"):
            for source in op[1]:
                last[source] = node
    keep, free, used, code = set(results), [], 0, []
    for node in order:
        op = graph.nodes[node]
        if op[0] in ("in", "const"):
            continue
        # the output never shares a slot with an input: NumPy's loops may not run in place
        if free:
            target = free.pop()
        else:
            target, used = base + used, used + 1
        slot[node] = target
        code.append((op[0], [slot[s] for s in op[1]], target))
        for source in set(op[1]):
            if last[source] == node and source not in keep and slot[source] >= base:
                free.append(slot[source])
    return Listing(nin, constants, used, code, [slot[first[i]] if i in first else None for i in active],
                   {k: slot[v] for k, v in second.items()})
