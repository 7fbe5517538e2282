"""Functions given by their differentials (kind Implicit), at dual, hyper-dual and recorded levels.

The rule's own code runs once for all directions; second orders run it again on numbers that carry all first ones.
May import: core.jets, core.forward, core.local, core.memory, core.operands, core.tape, errors, numpy.
"""

from __future__ import annotations

import numpy as np

from . import jets, tape
from .forward import same_layout
from .jets import Jet, make
from .local import densify, order_of
from .memory import following
from .operands import component, constant_operand, values_at

__all__ = ["call"]


def call(rule, solved):
    """A bound call at the level of its operands."""
    x = jets.top(solved.operands)
    operands = tuple(a if isinstance(a, Jet) else np.asarray(constant_operand(a)) for a in solved.operands)
    if x is None:
        return solved.value(*operands)
    return (_recorded if x.on_tape else _forward)(rule, solved, operands, x.level)


def _results(y):
    """The results of a call as a tuple; whole numbers and the like are none of ours."""
    return tuple(y) if isinstance(y, tuple) else (y,)


def _rebuilt(y, parts):
    """Parts in the place of the results of a call, in NumPy's own type of tuple."""
    if not isinstance(y, tuple):
        return parts[0]
    return type(y)(*parts) if hasattr(y, "_fields") else tuple(parts)


def _like(t, dtype):
    return t if t.dtype == dtype else np.astype(t, dtype)


# ---- forward ----


def _forward(rule, solved, operands, level):
    operands = tuple(densify(a) if isinstance(a, Jet) and a.level is level else a for a in operands)
    mine = [isinstance(a, Jet) and a.level is level for a in operands]
    layout = same_layout([a for a, on in zip(operands, mine, strict=True) if on])
    xs = values_at(level, operands)
    y = solved.value(*xs)
    order = max(order_of(a.block.shape[0], layout) for a, on in zip(operands, mine, strict=True) if on)
    if not order:
        return _rebuilt(y, [make(level, layout, component(v)) for v in _results(y)])
    if layout.M:
        return _second(rule, solved, operands, level, layout, y)
    ts = tuple(_tangents(a, layout) if on else None for a, on in zip(operands, mine, strict=True))
    with np.errstate(all="ignore"):  # the value has warned
        ty = solved.jvp(xs, _results(y), ts)
    blocks = [component(v) if t is None else np.concatenate([component(v), _shaped(t, (layout.P, *np.shape(v)), v.dtype)])
              for v, t in zip(_results(y), ty, strict=True)]
    return _rebuilt(y, [make(level, layout, following(b, v)) for b, v in zip(blocks, _results(y), strict=True)])


def _tangents(a, layout):
    """First-order components; None: a constant of this level."""
    return a.block[1:1 + layout.P] if a.block.shape[0] > 1 else None


def _shaped(t, shape, dtype):
    return _like(t if np.shape(t) == shape else np.broadcast_to(t, shape), dtype)


def _second(rule, solved, operands, level, layout, y):
    """Second-order components: the differential of all directions, on numbers that carry all directions themselves."""
    P, (i, j) = layout.P, layout.pairs
    table = np.full((P, P), layout.M)
    table[i, j] = table[j, i] = np.arange(layout.M)
    inner, first = jets.Level(rule.name), jets.dual_layout(P)

    def point(a):
        return make(inner, first, a.block[:1 + P]) if isinstance(a, Jet) and a.level is level else a

    def along(a):
        if not (isinstance(a, Jet) and a.level is level) or a.block.shape[0] == 1:
            return None
        t, zero = a.block[1:1 + P], np.zeros_like(a.block, shape=(1, *a.shape))
        if a.block.shape[0] == 1 + P:
            return make(inner, first, component(t))
        # the entry behind the last one: pairs that the layout does not have
        bent = np.concatenate([a.block[1 + P:], zero])[table.T]
        return make(inner, first, np.concatenate([component(t), bent]))

    try:
        with np.errstate(all="ignore"):
            xs = tuple(point(a) for a in operands)
            ys = _results(solved.value(*xs))
            ty = solved.jvp(xs, ys, tuple(along(a) for a in operands))
            parts = [None if t is None else _components(t, inner, first, v) for t, v in zip(ty, _results(y), strict=True)]
    finally:
        inner.close()
    blocks = []
    for v, part in zip(_results(y), parts, strict=True):
        # pair (i, j): the j-th tangent of the result, moved along direction i
        blocks.append(component(v) if part is None else np.concatenate([component(v), part[0], part[1 + i, j]]))
    return _rebuilt(y, [make(level, layout, following(b, v)) for b, v in zip(blocks, _results(y), strict=True)])


def _components(t, inner, first, v):
    """All tangents of a result and their derivatives, (1 + P, P, *shape), in the result's dtype."""
    P = first.P
    full = (1 + P, P, *np.shape(v))
    if not (isinstance(t, Jet) and t.level is inner):
        t = component(_shaped(t, full[1:], v.dtype))
        return np.concatenate([t, np.zeros_like(t, shape=(P, *full[1:]))])
    block = densify(t).block
    if block.shape[0] == 1:
        block = np.concatenate([block, np.zeros_like(block, shape=(P, *block.shape[1:]))])
    return _shaped(block, full, v.dtype)


# ---- reverse ----


class ImplicitStep:
    """Saved operands and results, and the rule's own pullback."""

    saved = ()

    def __init__(self, name, vjp, xs, wanted):
        self.name, self.vjp, self.xs, self.wanted, self.ys = name, vjp, xs, wanted, ()

    def pull(self, lead, g):
        gs = g if isinstance(g, tuple) else (g,)
        with np.errstate(all="ignore"):
            found = self.vjp(self.xs, self.ys, gs)
        return tuple(None if g is None or dtype is None else _like(g, dtype)
                     for g, dtype in zip(found, self.wanted, strict=True))

    def __repr__(self):
        return self.name


def _recorded(rule, solved, operands, level):
    y = solved.value(*values_at(level, operands))
    results = list(_results(y))
    active = [isinstance(a, Jet) and a.level is level and a.active for a in operands]
    if not any(active):
        return _rebuilt(y, [tape.constant(level, v) for v in results])
    xs = tuple(tape.kept(a, level) for a in operands)
    step = ImplicitStep(rule.name, solved.vjp, xs, tuple(a.dtype if on else None for a, on in zip(operands, active, strict=True)))
    out = [tape.call(level, step, operands, results[0])] if len(results) == 1 else tape.call_many(level, step, operands, results)
    # the step reads its results again: the next write copies first
    step.ys = tuple(tape.kept(v, level) for v in out)
    return _rebuilt(y, out)
