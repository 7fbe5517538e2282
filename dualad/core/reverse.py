"""Reverse mode as an interpreter of kinds: values are computed at once, what derivatives need is recorded.

Steps are what the compiled recorder does not take: other dtypes, nested levels, linear and bilinear calls.
A step has ``pull(lead, g)``: one cotangent (None: zero) for each operand; `lead` leading axes of g are batches.
May import: core.jets, core.memory, core.operands, core.partials, core.steps, core.storage, core.sweep, core.tape, rules,
errors, numpy.
"""

from __future__ import annotations

import operator
from dataclasses import replace

import numpy as np

from ..rules import kinds, registry
from . import jets, partials, tape
from .chain import kernel
from .jets import Jet, make
from .memory import axes_of, laid, ordered
from .operands import constant_operand, is_basic, primal, storable, values_at
from .partials import Partials, strong
from .steps import ContractionStep, LinearStep
from .storage import room
from .sweep import pull_duals, unbroadcast

__all__ = ["contraction", "copy", "elementwise", "getitem", "linear", "setitem", "view_step", "with_value"]


def _at(x, level):
    return isinstance(x, Jet) and x.level is level


def dense(value):
    """NumPy's results in one piece, their axes as NumPy laid them out."""
    return laid(value, axes_of(value)) if type(value) is np.ndarray and value.ndim else value


def _own(value, operands):
    """A result in memory of its own: a partial may hand an operand through, which may be written later."""
    if type(value) is np.ndarray and (value.base is not None or any(value is v for v in operands)):
        if any(np.may_share_memory(value, v) for v in operands if type(v) is np.ndarray):
            return value.copy("K")
    return value


def _like(g, dtype):
    """A cotangent in its operand's dtype."""
    return g if getattr(g, "dtype", dtype) == dtype else np.astype(g if isinstance(g, Jet) else np.asarray(g), dtype)


# ---- elementwise ----

class ElementwiseStep:
    """Partials by NumPy calls on the saved operands."""

    def __init__(self, rule, x, wanted, y, shape):
        self.rule, self.saved, self.wanted, self.y, self.shape = rule, x, wanted, y, shape

    def pull(self, lead, g):
        if not lead and all(dtype is None or dtype == np.float64 for _, dtype in self.wanted):
            out = second_order_pull(self.rule, self.saved, self.y, g, self.shape, [shape for shape, _ in self.wanted])
            if out is not None:
                return out
        d = Partials(self.rule, self.saved)
        out = []
        with np.errstate(all="ignore"):
            for i, (shape, dtype) in enumerate(self.wanted):
                if shape is None or self.rule.d1[i] is None:
                    out.append(None)
                else:
                    out.append(_like(unbroadcast(strong(d[i], g), lead, shape), dtype))
        return tuple(out)

    def __repr__(self):
        return self.rule.name


def _dual_block(v, level):
    """(block, carries tangents) of an operand of the compiled second-order pullback; None: not one."""
    if isinstance(v, Jet):
        if v.level is not level or v.local is not None or v.layout.M or type(v.block) is not np.ndarray:
            return None
        block = v.block
        return (block, block.shape[0] > 1) if block.dtype == np.float64 else None
    if not (type(v) in (float, int) or getattr(v, "dtype", None) == np.float64):
        return None
    return np.asarray(v, dtype=np.float64)[None], False


def second_order_pull(rule, x, y, g, shape, wanted):
    """Cotangents of values that carry first-order tangents, in one compiled pass; None: leave it to NumPy calls."""
    below = next((v for v in (*x, g) if isinstance(v, Jet) and not v.on_tape and v.active), None)
    level, layout = (None, None) if below is None else (below.level, below.layout)
    blocks = [_dual_block(v, level) for v in (*x, 0.0 if y is None else y, g)]
    if None in blocks or any(isinstance(v, Jet) and v.layout != layout for v in (*x, y, g)):
        return None
    wanted = [None if rule.d1[i] is None else shape for i, shape in enumerate(wanted)]
    out = pull_duals(jets.primitive(rule), blocks[:-1], blocks[-1], bool(rule.d2), shape, wanted, layout.P if layout else 0)
    return out and tuple(b if b is None else g if b is True else make(level, layout, b) if level else b[0][()] for b in out)


def elementwise(rule, args, level):
    """The general path: any dtype, nested levels."""
    values = values_at(level, args)
    value = _own(partials.value(rule, values), values)
    active = [_at(a, level) and a.active for a in args]
    if not any(active):
        return tape.constant(level, dense(value))
    read = _read(rule, args)
    x = tuple(tape.kept(a, level) if i in read or not np.ndim(a) else np.ones((), dtype=np.asarray(primal(a)).dtype)[()]
              for i, a in enumerate(args))
    wanted = [(a.shape, a.dtype) if on else (None, None) for a, on in zip(args, active, strict=True)]
    step = ElementwiseStep(rule, x, wanted, value if rule.nin in read else None, np.shape(value))
    out = tape.call(level, step, args, dense(value))
    if step.y is not None:
        tape.kept(out, level)  # the step reads it again: the next write copies first
    return out


def _read(rule, args):
    """Operands whose values or tangents the pullback and its derivatives need; the others leave nothing behind."""
    everything = frozenset(range(rule.nin + 1))
    traced = frozenset(i for i, a in enumerate(args) if isinstance(a, Jet))
    known = kernel(rule, sum(1 << i for i in traced), 2)
    if not known.ready or rule.nin in known.reads:
        return everything
    return known.reads | {i for pair in rule.d2 if traced.issuperset(pair) for i in pair}


# ---- linear and bilinear ----

def linear(lin, copies, level):
    """Selection and Mixing."""
    operands = tuple(a if isinstance(a, Jet) else np.asarray(constant_operand(a)) for a in lin.operands)
    values = values_at(level, operands)
    out = lin.value(*values) if lin.value else lin.apply(0, *values)
    if lin.transpose is None:
        return tape.constant(level, dense(out))
    bare = replace(lin, operands=())
    x = operands[0]
    if len(operands) == 1 and lin.value is None and _shares(out, x, level):
        return tape.view(x, out, bare)
    out = _own(out, values)
    dtypes = tuple(a.dtype if _at(a, level) and a.active else None for a in operands)
    return tape.call(level, LinearStep(bare, dtypes, copies), operands, dense(out))


def _shares(out, x, level):
    """Whether a result is a view of its operand."""
    if not (_at(x, level) and x.ndim and np.ndim(out)):
        return False
    value = x.value
    if isinstance(out, Jet):
        # a view of a copy on the way is a copy
        return isinstance(value, Jet) and out.root is value.root
    return type(out) is np.ndarray and (out is value or np.may_share_memory(out, value))


def view_step(derive, whole, value):
    """How cotangents leave a view that cannot share its cotangent with the whole."""
    if type(derive) is tuple:
        derive = registry[operator.getitem].bind(whole, derive)
    return LinearStep(derive, (whole.dtype,), True)


def contraction(con, level):
    """Bilinear."""
    a, b = (v if isinstance(v, Jet) else np.asarray(constant_operand(v)) for v in con.operands)
    value = con.value(*values_at(level, (a, b)))
    left, right = (v.dtype if _at(v, level) and v.active else None for v in (a, b))
    if left is None and right is None:
        return tape.constant(level, dense(value))
    saved = (tape.kept(a, level) if right is not None else None, tape.kept(b, level) if left is not None else None)
    return tape.call(level, ContractionStep(con.transposes, saved, (left, right), con.matrices, con.form), (a, b), dense(value))


def with_value(out, value):
    """`out` with the bits of NumPy's own function."""
    dtype = getattr(value, "dtype", np.dtype(float))
    if out.dtype != dtype:
        out = np.astype(out, dtype)
    if jets.is_ndarray(value) and value.base is not None:
        value = value.copy("K")
    # the cotangent of a view lies in memory as the view does, which `value` need not: views of it would find nothing
    return tape.same_node(copy(out) if getattr(out, "is_view", False) else out, value)


def bound_by_shape(func):
    """Whether a function's rule binds to shapes and parameters alone, so that calls can share what it made."""
    return isinstance(registry.get(func), (kinds.Selection, kinds.Mixing, kinds.Bilinear))


# ---- parts ----

def getitem(x, key):
    """x[key] for a basic key, where the compiled path does not take it."""
    lin = registry[operator.getitem].bind(x, key)
    out = x.value[key]
    if _shares(out, x, x.level):
        return tape.view(x, out, key if isinstance(key, tuple) else (key,))
    if jets.is_ndarray(out) and out.ndim == 0:
        out = out[()]
    return tape.call(x.level, LinearStep(lin, (x.dtype,), True), (x,), dense(out))


def copy(x, axes=None):
    """The same values in memory of their own, the axes in this order (None: rows first)."""
    if not x.ndim:
        return x
    value = ordered(x.value, axes)
    return tape.call(x.level, Identity(), (x,), value) if x.active else tape.constant(x.level, value)


class Identity:
    saved = ()

    def pull(self, lead, g):
        return (g,)


class StoreStep:
    """An array after part of it was overwritten: the part's cotangent goes to what was stored, the rest to the array before."""

    saved = ()

    def __init__(self, chain, key, owner, source):
        self.chain, self.key, self.shape, self.source = chain, key, owner.shape, source
        self.dtype, self.axes = owner.dtype, axes_of(primal(owner.value))
        self.places = None if is_basic(key) else self._places()

    def _places(self):
        """Flat places in the owner that an index array or mask names, and which of them were written last."""
        places = self._part(0, np.arange(int(np.prod(self.shape, dtype=np.intp))).reshape(self.shape))[self.key]
        order = np.empty(int(np.prod(self.shape, dtype=np.intp)), dtype=np.intp)
        number = np.arange(places.size).reshape(places.shape)
        order[places.reshape(-1)] = number.reshape(-1)
        return places, order[places] == number

    def _part(self, lead, whole):
        for derive in self.chain:
            whole = whole[(slice(None),) * lead + derive] if type(derive) is tuple else derive.apply(lead, whole)
        return whole

    def pull(self, lead, g):
        # views of the cotangent are views where views of the value are
        g = ordered(g, self.axes and (*range(lead), *(k + lead for k in self.axes)))
        if self.places is None:
            part = self._part(lead, g)
            key = (slice(None),) * lead + (self.key if isinstance(self.key, tuple) else (self.key,))
            # a copy also of rank 0, which is a view where the key has an ellipsis
            given = part[key].copy()
            part[key] = 0.0
        else:
            places, last = self.places
            flat = np.reshape(g, (*np.shape(g)[:lead], -1))
            given = flat[..., places]
            given = given if last.all() else np.where(last, given, 0.0)
            flat[..., places.reshape(-1)] = 0.0
            g = np.reshape(flat, np.shape(g))
        if self.source is None:
            return g, None
        shape, dtype = self.source
        return g, _like(np.reshape(unbroadcast(given, lead, shape), np.shape(g)[:lead] + shape), dtype)

    def __repr__(self):
        return f"x[{self.key!r}] = ..."


def _chain(x):
    """Keys and maps that lead from the owner of a view to it."""
    steps = []
    while x.is_view:
        x, derive = x.made_from
        steps.append(derive)
    return tuple(reversed(steps))


def setitem(x, key, value):
    """x[key] = value: a new node for the owner; views look again."""
    level = x.level
    same = _at(value, level)
    if (same and x.root is x and _whole(key) and value.ndim and value.shape == x.shape and value.dtype == x.dtype
            and type(x.value) is type(value.value) is np.ndarray and value.value.flags.forc
            and value.value.strides == x.value.strides and value.root is not x):
        return tape.overwritten(x, value)
    raw = value.value if same else value if isinstance(value, Jet) else storable(value)
    if same and not isinstance(raw, (Jet, np.ndarray)):
        raw = np.asarray(raw)
    if same and value.ndim and value.root is x.root and type(raw) is np.ndarray:
        raw = raw.copy()
    owner = tape.writable(x)
    if isinstance(raw, Jet):
        _promote(owner, raw)
    nodes = (tape.node_of(owner, level), tape.node_of(value, level))
    key = _owned(key)
    x.value[key] = raw
    node = -1
    if max(nodes) >= 0:
        source = (np.shape(value), value.dtype) if nodes[1] >= 0 else None
        node = tape.note_call(level, StoreStep(_chain(x), key, owner, source), nodes, owner.value)
    tape.replaced(owner, None, node)


def _whole(key):
    return key is Ellipsis or (type(key) is slice and key == slice(None))


def _owned(key):
    """Index arrays are the user's: what is recorded is a copy."""
    if isinstance(key, tuple):
        return tuple(_owned(k) for k in key)
    if isinstance(key, list) and not np.size(key):
        return np.zeros(np.shape(key), dtype=np.intp)  # an empty list names nothing, an empty array of floats is no index
    return np.array(key) if isinstance(key, list) or jets.is_ndarray(key) else key


def _promote(owner, like):
    """Let an array hold values that carry derivatives of a lower level."""
    value = owner.value
    if isinstance(value, Jet) and value.level.id >= like.level.id:
        return
    tape.replaced(owner, room(value, like), tape.node_of(owner, owner.level))
