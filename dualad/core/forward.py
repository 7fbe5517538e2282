"""Forward mode as an interpreter of kinds.

Every kind is read here once, for dual and hyper-dual blocks alike, at any nesting level:
rule bodies are plain NumPy, so blocks that are themselves traced simply pass through.
May import: core.jets, core.local, core.memory, core.operands, core.partials, rules, errors, numpy.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..errors import LayoutError
from . import jets, local
from .chain import kernel
from .jets import Jet, JetArray, make
from .local import densify, order_of
from .memory import following, inverse, result_axes, settled
from .operands import component, constant_operand, shape_of
from .partials import STRONG, Partials, strong, strong_both, value
from .storage import copy, getitem, setitem

__all__ = ["broadcast", "contraction", "copy", "elementwise", "getitem", "linear", "permuted", "setitem", "with_value"]


def _align(block, ndim):
    """Axes of one inserted after the component axis, so that shapes broadcast from the right."""
    missing = ndim + 1 - block.ndim
    return block.reshape(block.shape[:1] + (1,) * missing + block.shape[1:]) if missing > 0 else block


def same_layout(operands):
    """The full layout that all operands share."""
    layouts = [x.layout if x.local is None else x.local.full for x in operands]
    for other in layouts[1:]:
        if other != layouts[0]:
            raise LayoutError(f"operands carry different directions ({layouts[0]!r} and {other!r}): make them with the same "
                              "number of tangents, in one call of dualad.dual or dualad.hyperdual each")
    return layouts[0]


# ---- elementwise ----

def elementwise(rule, args, level):
    """The general path: any dtype, any broadcasting, nested levels; the compiled path where it fits after all."""
    mine = [a for a in args if isinstance(a, Jet) and a.level is level]
    same_layout(mine)
    if any(a.local is not None for a in mine) and len(mine) == sum(isinstance(a, Jet) for a in args):
        # bringing directions together expands operands, which would hide the order of the smaller ones
        axes = result_axes(args)
        if axes is not None:
            return _turned(lambda *turned: elementwise(rule, turned, level), args, axes)
    fast = _prepare(rule, args, level, mine)
    if fast is not None:
        return jets.apply(rule, *fast)
    args = tuple(densify(a) if isinstance(a, Jet) and a.level is level else a for a in args)
    return _elementwise_slow(rule, args, level)


def _simple(a):
    """Operand of the compiled path."""
    if isinstance(a, Jet):
        b = a.block
        return type(b) is np.ndarray and b.dtype == np.float64
    return isinstance(a, (float, int)) or (type(a) is np.ndarray and a.dtype == np.float64 and a.dtype.isnative
                                           and a.flags.aligned)


def _prepare(rule, args, level, mine):
    """Arguments that the compiled path will take, or None if it never can."""
    if any(isinstance(a, Jet) and a.level is not level for a in args):
        return None
    if not all(_simple(a) for a in mine) or not _double_loop(rule):
        return None
    out = [a if isinstance(a, Jet) else _double(a) for a in args]
    changed = any(a is not b for a, b in zip(args, out, strict=True))
    if any(a.local is not None for a in mine):
        merged = _merge(out, level)
        if merged is not None:
            return merged
    return out if changed else None


def _double_loop(rule):
    """Whether the rule's value and first partials run on borrowed loops."""
    return kernel(rule, None, 1).ready


def _double(a):
    """A constant as the compiled path takes it: Python number or native float64 array."""
    if isinstance(a, (float, int)) and not isinstance(a, bool):
        return a
    if isinstance(a, np.ndarray) and a.ndim:
        return a if _simple(a) else a.astype(np.float64)
    return float(a)


def _merge(args, level):
    """Operands with local directions brought to common rows (or to dense ones); None: they are already."""
    mine = [a for a in args if isinstance(a, Jet)]
    if any(a.local is None and a.block.shape[0] > 1 for a in mine):
        return [densify(a) if isinstance(a, Jet) else a for a in args]
    shape = np.broadcast_shapes(*(shape_of(a) for a in args))
    # jets without tangents are constants here
    wide = [a.block[0] if isinstance(a, Jet) and a.local is None else a for a in args]
    wide = [_widen(a, shape) if isinstance(a, Jet) else a for a in wide]
    wide = [np.ascontiguousarray(np.broadcast_to(a, shape)) if shape_of(a) not in ((), shape) else a for a in wide]
    wide = [a if isinstance(a, Jet) or np.ndim(a) else float(a) for a in wide]
    owned = [a for a in wide if isinstance(a, Jet)]
    if all(a.local is owned[0].local for a in owned):
        return None if all(a is b for a, b in zip(args, wide, strict=True)) else wide
    done = iter(local.merge(owned))
    return [next(done) if isinstance(a, Jet) else a for a in wide]


def _widen(a, shape):
    """Broadcast a jet, its local rows included."""
    if a.shape == shape:
        return a
    block = _align(a.block, len(shape))
    block = np.ascontiguousarray(np.broadcast_to(block, (block.shape[0], *shape)))
    rows = None
    if a.local is not None:
        rows = jets.Local(tuple(np.broadcast_to(r, shape) for r in a.local.rows), a.local.full, a.local.limit)
    return make(a.level, a.layout, block, rows)


def permuted(rule, args):
    """Operands of the compiled path that do not lie rows first: as NumPy lays the result out."""
    axes = result_axes(args)
    if axes is not None:
        return _turned(lambda *turned: jets.apply(rule, *turned), args, axes)
    return jets.apply(rule, *(_in_rows(a) for a in args))


def _in_rows(a):
    """An array operand in C order."""
    if isinstance(a, JetArray):
        return make(a.level, a.layout, np.ascontiguousarray(a.block), a.local)
    return np.ascontiguousarray(a) if jets.is_ndarray(a) and a.ndim else a


def _turned(call, args, axes):
    """An elementwise call on transposed operands, which lie rows first, and its result turned back."""
    known = {}  # operands that share local directions share them when they are turned
    out = call(*(_turn(a, axes, known) for a in args))
    return _turn(out, inverse(axes), known)


def _turn(a, axes, known):
    """Axes in this order, after axes of length one are put in front."""
    if isinstance(a, JetArray):
        block = _align(a.block, len(axes)).transpose((0, *(k + 1 for k in axes)))
        rows = a.local
        if rows is not None and id(rows) not in known:
            turned = tuple(_turn(r, axes, known) for r in rows.rows)
            known[id(rows)] = jets.Local(turned, rows.full, rows.limit), rows
        return make(a.level, a.layout, block, rows and known[id(rows)][0])
    if jets.is_ndarray(a) and a.ndim:
        return a.reshape((1,) * (len(axes) - a.ndim) + a.shape).transpose(axes)
    return a


def broadcast(rule, args):
    """Operands of different shapes: expanded to the common one, then the compiled path."""
    x = jets.top(args)
    if any(isinstance(a, Jet) and (a.on_tape or type(a.block) is not np.ndarray) for a in args):
        # constants of two shapes came before the first operand that is recorded, or carries derivatives of two levels
        return x.level.interpreter.elementwise(rule, tuple(a if isinstance(a, Jet) else constant_operand(a) for a in args), x.level)
    same_layout([a for a in args if isinstance(a, Jet) and a.level is x.level])
    if all(a.level is x.level for a in args if isinstance(a, Jet)):
        axes = result_axes(args)
        if axes is not None:
            return _turned(lambda *turned: broadcast(rule, turned), args, axes)
    if any(isinstance(a, Jet) and a.local is not None for a in args):
        return elementwise(rule, tuple(a if isinstance(a, Jet) else constant_operand(a) for a in args), x.level)
    shape = np.broadcast_shapes(*(shape_of(a) for a in args))
    wide = []
    for a in args:
        if isinstance(a, JetArray):
            a = _widen(a, shape)
        elif isinstance(a, np.ndarray) and a.size == 1:
            a = float(a.reshape(()))  # NumPy squares where the exponent is one number, also in an array
        elif isinstance(a, np.ndarray) and a.ndim and a.shape != shape:
            a = np.ascontiguousarray(np.broadcast_to(a, shape))
        wide.append(a)
    return jets.apply(rule, *wide)


def _elementwise_slow(rule, args, level):
    """Through NumPy calls: float32, nested levels, formulas without an instruction list."""
    x = [a.block[0] if isinstance(a, Jet) and a.level is level else a for a in args]
    y = value(rule, x)
    layout = same_layout([a for a in args if isinstance(a, Jet) and a.level is level])
    ndim = np.ndim(y)
    blocks = {i: _align(a.block, ndim) for i, a in enumerate(args)
              if isinstance(a, Jet) and a.level is level and a.block.shape[0] > 1 and rule.d1[i] is not None}
    if not blocks:
        return make(level, layout, component(y))
    d = Partials(rule, x)
    P, M = layout.P, layout.M
    with np.errstate(all="ignore"):
        first = _total([_product(rule, d, i, b[1:1 + P]) for i, b in blocks.items()])
        parts = [component(y), _fit(first, (P, *np.shape(y)), y)]
        deep = {i: b for i, b in blocks.items() if b.shape[0] > 1 + P}
        if M and (deep or any(k[0] in blocks and k[1] in blocks for k in rule.d2)):
            terms = [_product(rule, d, i, b[1 + P:]) for i, b in deep.items()]
            terms += _curvature(rule, x, y, d, blocks, layout)
            parts.append(_fit(_total(terms), (M, *np.shape(y)), y))
    return make(level, layout, following(np.concatenate(parts), y))


def _product(rule, d, i, t):
    """A partial times a stack of tangents."""
    if rule is STRONG and i == 0 and not isinstance(d.x[1], Jet) and not isinstance(t, Jet):
        return strong_both(d.x[1], t)
    return strong(d[i], t)


def _curvature(rule, x, y, d, blocks, layout):
    """Second partials times products of first-order components, one term for each (operand, operand)."""
    i, j = layout.pairs
    terms = []
    for (a, b), formula in rule.d2.items():
        if a not in blocks or b not in blocks:
            continue
        p = formula(y, *x, d)
        ea, eb = blocks[a], blocks[b]
        terms.append(strong(strong(p, ea[1 + i]), eb[1 + j]))
        if a != b:
            terms.append(strong(strong(p, ea[1 + j]), eb[1 + i]))
    return terms


def _total(terms):
    out = terms[0]
    with np.errstate(all="ignore"):  # the value has warned of infinities
        for t in terms[1:]:
            out = out + t
    return out


def _fit(block, shape, y):
    """Shape and dtype of the value: partials may be scalars, float64 constants may have widened float32."""
    if np.shape(block) != shape:
        block = np.broadcast_to(block, shape)
    return block if block.dtype == y.dtype else block.astype(y.dtype)


# ---- the other kinds ----

def lift(a, level, ncomp, dtype):
    """The block of an operand with `ncomp` components, zeros where it has none; Python numbers are weak (NEP 50)."""
    if isinstance(a, Jet):
        block = a.block if a.level is level else component(a)
    else:
        block = component(np.asarray(a, dtype if type(a) in (float, int, bool) else None))
    if block.shape[0] < ncomp:
        zeros = np.zeros_like(block, shape=(ncomp - block.shape[0], *block.shape[1:]))
        block = np.concatenate([block, zeros])
    return block


def linear(lin, copies, level):
    """Selection and Mixing: the whole block in one call."""
    mine = [a for a in lin.operands if isinstance(a, Jet) and a.level is level]
    layout = same_layout(mine)
    if any(a.local is not None for a in mine):
        out = _linear_local(lin, level, mine, copies)
        if out is not None:
            return out
        dense = tuple(densify(a) if isinstance(a, Jet) and a.level is level else a for a in lin.operands)
        return linear(dataclasses.replace(lin, operands=dense), copies, level)
    for a in lin.operands:
        if not isinstance(a, Jet):
            constant_operand(a)
    ncomp = max(a.block.shape[0] for a in mine)
    blocks = [lift(a, level, ncomp, mine[0].dtype) for a in lin.operands]
    if lin.value is None:
        out = lin.apply(1, *blocks)
    else:
        value = lin.value(*(b[0] for b in blocks))
        out = component(value)
        if ncomp > 1:
            out = following(np.concatenate([out, lin.apply(1, *(b[1:] for b in blocks))]), value)
    return _wrap(level, layout, out, lin, blocks)


def _wrap(level, layout, out, lin, blocks):
    """Make the result; where it shares memory with the only operand it is a view of it."""
    if len(blocks) == 1 and lin.value is None and out.ndim > 1 and isinstance(lin.operands[0], JetArray):
        source = blocks[0]
        shares = (isinstance(out, JetArray) and out.root is source.root) if isinstance(out, Jet) else (
            out is source or out.base is not None and np.may_share_memory(out, source))
        if shares:
            apply = lin.apply
            return make(level, layout, out, None, lin.operands[0], lambda block: apply(1, block))
    if len(blocks) == 1 and not isinstance(lin.operands[0], JetArray) and out.ndim > 1:
        out = out.copy()  # an array made of a number is never a view of it
    # a copy lies as NumPy's copy would, so that views are made of it exactly when NumPy makes one
    return make(level, layout, settled(out))


def _linear_local(lin, level, mine, copies):
    """Linear maps on local directions: selections map the rows, sums leave by `scatter`; None: not possible."""
    if any(a.local is None and a.block.shape[0] > 1 for a in mine):
        return None
    if lin.scatter is not None and len(lin.operands) == 1:
        x = mine[0]
        value = lin.value(x.block[0]) if lin.value else lin.apply(0, x.block[0])
        return local.scatter(x, value, *lin.scatter())
    if not copies or lin.value is not None:
        return None
    like = next(a for a in mine if a.local is not None)
    K = max(a.local.full.P and len(a.local.rows) for a in mine if a.local is not None)
    layout = local.compact_layout(like.local.full, K)
    rows = [[] for _ in range(K)]
    wide = []
    for a in lin.operands:
        traced = isinstance(a, Jet) and a.level is level
        own = a.local.rows if traced and a.local is not None else ()
        for k in range(K):
            rows[k].append(own[k] if k < len(own) else np.zeros(np.shape(a), dtype=np.intp))
        wide.append(_padded(a, traced, layout, len(own)))
    ncomp = max(b.shape[0] for b in wide)
    wide = [b if b.shape[0] == ncomp else np.concatenate([b, np.zeros((ncomp - b.shape[0], *b.shape[1:]))]) for b in wide]
    out = lin.apply(1, *wide)
    if out.ndim == 1:
        return None
    moved = tuple(lin.apply(0, *r) for r in rows)
    if any(r.dtype.kind != "i" for r in moved):
        # a change of dtype is a selection of values, but not of row numbers
        return None
    mapped = jets.Local(moved, like.local.full, like.local.limit)
    same = out is wide[0] or out.base is not None and np.may_share_memory(out, wide[0])
    if len(wide) == 1 and isinstance(lin.operands[0], JetArray) and same:
        apply = lin.apply
        return make(level, layout, out, mapped, lin.operands[0], lambda block: apply(1, block))
    return make(level, layout, settled(out), mapped)


def _padded(a, traced, layout, K):
    """A block with room for the components of a local layout of more rows."""
    if not traced or a.local is None:
        return component(a.block[0] if traced else np.asarray(a, dtype=np.float64))
    if a.layout.P == layout.P:
        return a.block
    shared = jets.Local(tuple(range(layout.P)), a.local.full, a.local.limit)
    return local.spread(a, shared, layout, list(range(K))).block


def contraction(con, level):
    """Bilinear: product rule over components; the value is NumPy's own call."""
    a, b = con.operands
    layout = same_layout([v for v in (a, b) if isinstance(v, Jet) and v.level is level])
    a, b = (densify(v) if isinstance(v, Jet) and v.level is level else v for v in (a, b))
    A, B = (v.block if isinstance(v, Jet) and v.level is level else component(
        v if isinstance(v, Jet) else np.asarray(constant_operand(v))) for v in (a, b))
    value = con.value(A[0], B[0])
    P = layout.P
    order = max(order_of(A.shape[0], layout), order_of(B.shape[0], layout))
    parts = [component(value)]
    if order:
        parts.append(_bilinear_sum(con, A, B, slice(1, 1 + P), []))
        pairs = A.shape[0] > 1 and B.shape[0] > 1
        if layout.M and (order > 1 or pairs):
            i, j = layout.pairs + 1
            cross = [con.apply(1, 1, A[i], B[j]), con.apply(1, 1, A[j], B[i])] if pairs else []
            parts.append(_bilinear_sum(con, A, B, slice(1 + P, 1 + P + layout.M), cross))
    dtype = value.dtype if hasattr(value, "dtype") else np.dtype(float)
    return make(level, layout, following(np.concatenate([p if p.dtype == dtype else p.astype(dtype) for p in parts]), value))


def _bilinear_sum(con, A, B, which, terms):
    """da b + a db for a range of components (absent ones contribute nothing)."""
    terms = list(terms)
    if A.shape[0] >= which.stop:
        terms.append(con.apply(1, 0, A[which], B[0]))
    if B.shape[0] >= which.stop:
        terms.append(con.apply(0, 1, A[0], B[which]))
    return _total(terms)


# ---- the value of a composite ----

def with_value(out, value):
    """`out` with component 0 replaced by `value`; a copy of what is a view."""
    level, block = out.level, out.block
    if getattr(out, "is_view", False):
        block = block.copy()
    dtype = getattr(value, "dtype", np.dtype(float))
    if isinstance(block, Jet) or isinstance(value, Jet) or block.dtype != dtype:
        block = block if block.dtype == dtype else block.astype(dtype)
        return make(level, out.layout, following(np.concatenate([component(value), block[1:]]), value), out.local)
    block = following(block, value)
    if not block.flags.writeable:
        block = block.copy("K")
    block[0] = value
    return make(level, out.layout, block, out.local)
