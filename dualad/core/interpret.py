"""Forward mode as an interpreter of kinds.

Every kind is read here once, for dual and hyper-dual blocks alike, at any nesting level:
rule bodies are plain NumPy, so blocks that are themselves traced simply pass through.
May import: core.jets, core.local, core.partials, rules, errors, numpy.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..errors import ComplexError, DtypeError, InputError, LayoutError, NoRuleError, StorageError
from ..rules import kinds, registry
from . import jets, local
from .chain import kernel
from .jets import Jet, JetArray, make
from .local import densify, order_of

__all__ = ["array_function", "array_ufunc", "broadcast", "call", "elementwise", "linear", "primal", "report"]

_no_value = object()


def primal(x):
    """The plain number or array under all levels."""
    while isinstance(x, Jet):
        x = x.block[0]
    return x


def shape_of(x):
    """np.shape without the protocol round trip."""
    return x.shape if isinstance(x, (Jet, np.ndarray)) else np.shape(x)


def values_at(level, x):
    """`x` with the jets of one level replaced by their values, also inside lists and tuples."""
    if isinstance(x, Jet) and x.level is level:
        return x.block[0]
    if isinstance(x, (list, tuple)):
        return type(x)(values_at(level, v) for v in x) if not hasattr(x, "_fields") else type(x)(
            *(values_at(level, v) for v in x))
    if isinstance(x, dict):
        return {k: values_at(level, v) for k, v in x.items()}
    return x


def plain(x):
    """`x` with every jet replaced by its primal."""
    if isinstance(x, Jet):
        return primal(x)
    if isinstance(x, (list, tuple)) and not hasattr(x, "_fields"):
        return type(x)(plain(v) for v in x)
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return x


def jets_in(x, found=None):
    """Every jet in nested lists, tuples and dicts."""
    found = [] if found is None else found
    if isinstance(x, Jet):
        found.append(x)
    elif isinstance(x, (list, tuple)):
        for v in x:
            jets_in(v, found)
    elif isinstance(x, dict):
        for v in x.values():
            jets_in(v, found)
    elif isinstance(x, np.ndarray) and x.dtype == object:
        raise DtypeError("an object array cannot carry derivatives: build it with np.stack or np.concatenate instead")
    return found


def no_rule(name, why=""):
    """The error for a function without a rule."""
    return NoRuleError(f"{name} has no derivative rule in dualad{': ' + why if why else ''}. Compose it from covered functions, "
                       "declare a rule (dualad.rules.declare), or apply it to x.value if it is meant to be a constant")


# ---- operands ----

def constant_operand(x):
    """A plain operand, checked: real numbers only, nothing with another meaning of arithmetic."""
    if isinstance(x, (list, tuple)):
        return np.stack([lift_scalar(v) for v in x]) if jets_in(x) else constant_operand(np.asarray(x))
    if isinstance(x, (np.ma.MaskedArray, np.matrix)):
        raise InputError(f"{type(x).__name__} mixed with derivatives: its masks or its meaning of * are not carried; pass "
                         "np.asarray(x) (and handle the mask yourself)")
    kind = np.asarray(x).dtype
    if kind.kind == "c":
        raise ComplexError(f"complex numbers ({kind}) mixed with derivatives are not supported yet: write the real and imaginary "
                           "parts as separate real expressions")
    if kind.kind not in "biuf":
        raise DtypeError(f"an operand of dtype {kind} cannot be combined with derivatives: only real numbers can")
    if kind.itemsize > 8:
        raise DtypeError(f"{kind} operands would be rounded to float64: convert with .astype(float) if that is meant")
    return x


def lift_scalar(v):
    """A Python number as something np.stack takes."""
    return v if isinstance(v, Jet) else np.asarray(v)


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

class _Partials:
    """First partials at given operands, evaluated when asked for."""

    def __init__(self, rule, x):
        self.rule, self.x, self.done = rule, x, {}

    def __getitem__(self, i):
        if i not in self.done:
            self.done[i] = partial(self.rule, i)(*self.x)
        return self.done[i]


class Partial:
    """A first partial as a function of its own: value d1, derivative d2 (decision note 1)."""

    def __init__(self, rule, i):
        self.of, self.i = rule, i
        self.nin = rule.nin
        self.__name__ = f"partial {i} of {rule.name}"
        d1 = tuple(self._derivative(j) for j in range(rule.nin))
        d2 = {(j, k): self._second(d1[j], k) for j in range(rule.nin) for k in range(j, rule.nin)
              if d1[j] is not None}
        self.rule = kinds.Elementwise(self, d1=d1, d2=d2)

    def __call__(self, *x):
        if any(isinstance(v, Jet) for v in x):
            return jets.apply(self.rule, *x)
        with np.errstate(all="ignore"):
            y = self.of.fn(*x)
            p = np.asarray(self.of.d1[self.i](y, *x))
        # a partial may depend on fewer operands than the value: it still has the value's shape
        return np.broadcast_to(p.astype(np.result_type(y), copy=False), np.shape(y))[()]

    def _derivative(self, j):
        formula = self.of.d2.get((min(self.i, j), max(self.i, j)))
        if formula is None:
            return None

        def d1(y, *x):
            with np.errstate(all="ignore"):
                return formula(self.of.fn(*x), *x, _Partials(self.of, x))

        return d1

    @staticmethod
    def _second(d1, k):
        """Derivative of a d2 formula in operand k, by one fresh level of forward mode."""
        def d2(y, *rest):
            x = list(rest[:-1])
            level = jets.Level("a rule's formula")
            ones = np.ones_like(x[k]) if np.ndim(x[k]) else np.ones(())
            x[k] = make(level, jets.dual_layout(1), np.stack([x[k], ones]))
            out = d1(None, *x)
            level.close()
            if not (isinstance(out, Jet) and out.level is level) or out.block.shape[0] == 1:
                return 0.0
            return densify(out).block[1]

        return d2


_partials = {}


def partial(rule, i):
    """The partial of a rule in operand i, as a function that can itself be differentiated."""
    found = _partials.get((rule, i))
    if found is None:
        found = _partials[rule, i] = Partial(rule, i)
    return found


def strong(p, t):
    """p * t, but zero wherever t is: a zero tangent contributes nothing, even through inf or NaN."""
    if isinstance(p, Jet) or isinstance(t, Jet):
        return jets.apply(STRONG, p, t)
    with np.errstate(all="ignore"):
        out = p * t
        return np.where(np.equal(t, 0), np.zeros((), dtype=np.result_type(out)), out)


def _strong_both(t, dp):
    """The tangent of a strong product in its partial: either factor being zero kills it."""
    with np.errstate(all="ignore"):
        return np.where(np.equal(t, 0) | np.equal(dp, 0), 0.0, t * dp)


STRONG = kinds.Elementwise(strong, d1=(lambda y, p, t: t, lambda y, p, t: p), d2={(0, 1): lambda y, p, t, d: 1.0})


def elementwise(rule, args):
    """The general path: any dtype, any broadcasting, nested levels; the compiled path where it fits after all."""
    args = tuple(a if isinstance(a, Jet) else constant_operand(a) for a in args)
    x = jets.top(args)
    if x is None:
        return rule.fn(*args)
    level = x.level
    mine = [a for a in args if isinstance(a, Jet) and a.level is level]
    same_layout(mine)
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
        return a if _simple(a) else np.ascontiguousarray(a, dtype=np.float64)
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


def broadcast(rule, args):
    """Operands of different shapes: expanded to the common one, then the compiled path."""
    x = jets.top(args)
    same_layout([a for a in args if isinstance(a, Jet) and a.level is x.level])
    if any(isinstance(a, Jet) and a.local is not None for a in args):
        return elementwise(rule, args)
    shape = np.broadcast_shapes(*(shape_of(a) for a in args))
    wide = []
    for a in args:
        if isinstance(a, JetArray):
            a = _widen(a, shape)
        elif isinstance(a, np.ndarray) and a.ndim and a.shape != shape:
            a = np.ascontiguousarray(np.broadcast_to(a, shape))
        wide.append(a)
    return jets.apply(rule, *wide)


def report(rule, args):
    """Let NumPy say about the primal what the user's errstate wants to hear."""
    rule.fn(*(primal(a) for a in args))


def _elementwise_slow(rule, args, level):
    """Through NumPy calls: float32, nested levels, formulas without an instruction list."""
    x = [a.block[0] if isinstance(a, Jet) and a.level is level else a for a in args]
    y = rule.fn(*x)
    layout = same_layout([a for a in args if isinstance(a, Jet) and a.level is level])
    ndim = np.ndim(y)
    blocks = {i: _align(a.block, ndim) for i, a in enumerate(args)
              if isinstance(a, Jet) and a.level is level and a.block.shape[0] > 1 and rule.d1[i] is not None}
    if not blocks:
        return make(level, layout, _component(y))
    d = _Partials(rule, x)
    P, M = layout.P, layout.M
    with np.errstate(all="ignore"):
        first = _total([_product(rule, d, i, b[1:1 + P]) for i, b in blocks.items()])
        parts = [_component(y), _fit(first, (P, *np.shape(y)), y)]
        deep = {i: b for i, b in blocks.items() if b.shape[0] > 1 + P}
        if M and (deep or any(k[0] in blocks and k[1] in blocks for k in rule.d2)):
            terms = [_product(rule, d, i, b[1 + P:]) for i, b in deep.items()]
            terms += _curvature(rule, x, y, d, blocks, layout)
            parts.append(_fit(_total(terms), (M, *np.shape(y)), y))
    return make(level, layout, np.concatenate(parts))


def _product(rule, d, i, t):
    """A partial times a stack of tangents."""
    if rule is STRONG and i == 0 and not isinstance(d.x[1], Jet) and not isinstance(t, Jet):
        return _strong_both(d.x[1], t)
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
    for t in terms[1:]:
        out = out + t
    return out


def _component(y):
    return y[None] if shape_of(y) else np.reshape(y, (1,))


def _fit(block, shape, y):
    """Shape and dtype of the value: partials may be scalars, float64 constants may have widened float32."""
    if np.shape(block) != shape:
        block = np.broadcast_to(block, shape)
    return block if block.dtype == y.dtype else block.astype(y.dtype)


# ---- the other kinds ----

def lift(a, level, ncomp, dtype):
    """The block of an operand with `ncomp` components, zeros where it has none; Python numbers are weak (NEP 50)."""
    if isinstance(a, Jet):
        block = a.block if a.level is level else _component(a)
    else:
        block = _component(np.asarray(a, dtype if type(a) in (float, int, bool) else None))
    if block.shape[0] < ncomp:
        zeros = np.zeros_like(block, shape=(ncomp - block.shape[0], *block.shape[1:]))
        block = np.concatenate([block, zeros])
    return block


def linear(lin, copies=False):
    """Selection and Mixing: the whole block in one call."""
    x = jets.top(lin.operands)
    if x is None:
        return lin.value(*lin.operands) if lin.value else lin.apply(0, *lin.operands)
    level = x.level
    mine = [a for a in lin.operands if isinstance(a, Jet) and a.level is level]
    layout = same_layout(mine)
    if any(a.local is not None for a in mine):
        out = _linear_local(lin, level, mine, copies)
        if out is not None:
            return out
        dense = tuple(densify(a) if isinstance(a, Jet) and a.level is level else a for a in lin.operands)
        return linear(dataclasses.replace(lin, operands=dense))
    for a in lin.operands:
        if not isinstance(a, Jet):
            constant_operand(a)
    ncomp = max(a.block.shape[0] for a in mine)
    blocks = [lift(a, level, ncomp, x.dtype) for a in lin.operands]
    if lin.value is None:
        out = lin.apply(1, *blocks)
    else:
        value = lin.value(*(b[0] for b in blocks))
        out = _component(value)
        if ncomp > 1:
            out = np.concatenate([out, lin.apply(1, *(b[1:] for b in blocks))])
    return _wrap(level, layout, out, lin, blocks)


def _wrap(level, layout, out, lin, blocks):
    """Make the result; where it shares memory with the only operand it is a view of it."""
    if len(blocks) == 1 and lin.value is None and out.ndim > 1 and isinstance(lin.operands[0], JetArray):
        source = blocks[0]
        shares = (isinstance(out, JetArray) and out.is_view) if isinstance(out, Jet) else (
            out is source or out.base is not None and np.may_share_memory(out, source))
        if shares:
            apply = lin.apply
            return make(level, layout, out, None, lin.operands[0], lambda block: apply(1, block))
    return make(level, layout, out)


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
    if len(wide) == 1 and isinstance(lin.operands[0], JetArray) and out.base is not None and np.may_share_memory(out, wide[0]):
        apply = lin.apply
        return make(level, layout, out, mapped, lin.operands[0], lambda block: apply(1, block))
    return make(level, layout, out, mapped)


def _padded(a, traced, layout, K):
    """A block with room for the components of a local layout of more rows."""
    if not traced or a.local is None:
        return _component(a.block[0] if traced else np.asarray(a, dtype=np.float64))
    if a.layout.P == layout.P:
        return a.block
    shared = jets.Local(tuple(range(layout.P)), a.local.full, a.local.limit)
    return local.spread(a, shared, layout, list(range(K))).block


def contraction(con):
    """Bilinear: product rule over components; the value is NumPy's own call."""
    a, b = con.operands
    x = jets.top((a, b))
    if x is None:
        return con.value(a, b)
    level = x.level
    layout = same_layout([v for v in (a, b) if isinstance(v, Jet) and v.level is level])
    a, b = (densify(v) if isinstance(v, Jet) and v.level is level else v for v in (a, b))
    A, B = (v.block if isinstance(v, Jet) and v.level is level else _component(
        v if isinstance(v, Jet) else np.asarray(constant_operand(v))) for v in (a, b))
    value = con.value(A[0], B[0])
    P = layout.P
    order = max(order_of(A.shape[0], layout), order_of(B.shape[0], layout))
    parts = [_component(value)]
    if order:
        parts.append(_bilinear_sum(con, A, B, slice(1, 1 + P), []))
        pairs = A.shape[0] > 1 and B.shape[0] > 1
        if layout.M and (order > 1 or pairs):
            i, j = layout.pairs + 1
            cross = [con.apply(1, 1, A[i], B[j]), con.apply(1, 1, A[j], B[i])] if pairs else []
            parts.append(_bilinear_sum(con, A, B, slice(1 + P, 1 + P + layout.M), cross))
    dtype = value.dtype if hasattr(value, "dtype") else np.dtype(float)
    return make(level, layout, np.concatenate([p if p.dtype == dtype else p.astype(dtype) for p in parts]))


def _bilinear_sum(con, A, B, which, terms):
    """da b + a db for a range of components (absent ones contribute nothing)."""
    terms = list(terms)
    if A.shape[0] >= which.stop:
        terms.append(con.apply(1, 0, A[which], B[0]))
    if B.shape[0] >= which.stop:
        terms.append(con.apply(0, 1, A[0], B[which]))
    return _total(terms)


def composite(rule, args, kwargs):
    """Run the body; NumPy's own function gives the primal."""
    out = rule.body(*args, **kwargs)
    found = jets_in([args, kwargs])
    if not rule.primal or not found:
        return out
    level = max(found, key=lambda a: a.level.id).level
    fn = rule.fn if callable(rule.fn) else getattr(rule.fn[0], rule.fn[1])
    value = fn(*values_at(level, args), **values_at(level, kwargs))
    return _with_values(level, out, value, [a for a in found if isinstance(a, JetArray)])


def _with_values(level, out, value, arguments):
    """`out` with component 0 replaced by `value`, through tuples; views of the arguments stay views."""
    if isinstance(out, (tuple, list)):
        if len(out) != len(value):
            raise LayoutError("a composite rule returned another number of outputs than NumPy's function")
        pairs = [_with_values(level, o, v, arguments) for o, v in zip(out, value, strict=True)]
        return type(value)(*pairs) if hasattr(value, "_fields") else type(out)(pairs)
    if not (isinstance(out, Jet) and out.level is level):
        return value
    if np.shape(value) != out.shape:
        raise LayoutError(f"a composite rule returned shape {out.shape} where NumPy's function returned {np.shape(value)}")
    if isinstance(out, JetArray) and any(out.root is a.root for a in arguments):
        if any(np.may_share_memory(primal(value), primal(a)) for a in arguments):
            return out
        # NumPy's result is a copy: so is ours
        return _with_values(level, make(level, out.layout, out.block.copy(), out.local), value, ())
    block = out.block
    dtype = getattr(value, "dtype", np.dtype(float))
    if isinstance(block, Jet) or isinstance(value, Jet) or block.dtype != dtype:
        block = block if isinstance(block, Jet) or block.dtype == dtype else block.astype(dtype)
        return make(level, out.layout, np.concatenate([_component(value), block[1:]]), out.local)
    if getattr(out, "is_view", False) or not block.flags.writeable:
        block = block.copy()
    block[0] = value
    return make(level, out.layout, block, out.local)


def call(rule, args, kwargs):
    """Apply any rule to NumPy's own arguments."""
    if isinstance(rule, kinds.Elementwise):
        if kwargs:
            raise no_rule(f"{rule.name}({', '.join(kwargs)}=...)")
        return jets.apply(rule, *args)
    if isinstance(rule, kinds.Constant):
        jets.top(jets_in([args, kwargs]))
        fn = rule.fn if callable(rule.fn) else getattr(*rule.fn)
        return fn(*plain(args), **plain(kwargs))
    if isinstance(rule, kinds.Refused):
        raise no_rule(rule.name, rule.why)
    jets.top(jets_in([args, kwargs]))
    if isinstance(rule, kinds.Composite):
        return composite(rule, args, kwargs)
    bound = rule.bind(*args, **kwargs)
    if not isinstance(bound, (kinds.Linear, kinds.Contraction)):
        return bound
    _check_operands(rule, bound, args, kwargs)
    if isinstance(bound, kinds.Contraction):
        return contraction(bound)
    return linear(bound, isinstance(rule, kinds.Selection))


def _check_operands(rule, bound, args, kwargs):
    """A parameter that carries derivatives but is no operand of the rule would lose them."""
    traced = jets_in([args, kwargs])
    known = {id(a) for a in traced}
    operands = {id(a) for a in jets_in(list(bound.operands))}
    # operands that the binder derived (a stack of the arguments, say) cannot be told apart: trust it
    if operands <= known and any(id(a) not in operands and a.block.shape[0] > 1 for a in traced):
        raise no_rule(rule.name, "an argument carries derivatives where only a constant is covered")


def array_function(func, args, kwargs):
    """NumPy's functions on jets."""
    rule = registry.get(func)
    if rule is None:
        raise no_rule(f"{func.__module__}.{func.__name__}")
    if type(rule) is kinds.Constant and len(args) == 1 and not kwargs and isinstance(args[0], Jet):
        # np.shape, np.ndim, np.isnan and the like: rule bodies ask them all the time
        return func(primal(jets.top(args)))
    return _with_out(rule, args, kwargs)


def _with_out(rule, args, kwargs):
    """Handle `out=` once for every function."""
    kwargs = dict(kwargs)
    out = kwargs.pop("out", None)
    if isinstance(out, tuple) and len(out) == 1:
        out = out[0]
    result = call(rule, args, kwargs)
    return result if out is None else _store(rule.name, out, result)


def _store(name, out, result, wide=False):
    if isinstance(out, tuple):
        return tuple(_store(name, o, r, wide) if o is not None else r for o, r in zip(out, result, strict=True))
    if not isinstance(out, JetArray):
        if not isinstance(result, Jet):
            out[...] = result
            return out
        raise StorageError(f"{name}(out=...) into a plain {type(out).__name__} would drop derivatives: allocate the output with "
                           "np.zeros_like(x) or np.empty_like(x) of an argument that carries them")
    if np.shape(result) != out.shape and not (wide and np.broadcast_shapes(np.shape(result), out.shape) == out.shape):
        raise ValueError(f"output of {name} has shape {np.shape(result)}, out= has {out.shape}")
    out[...] = result
    return out


def array_ufunc(ufunc, method, inputs, kwargs):
    """Ufunc calls with keywords, ufunc methods, and ufuncs that are not elementwise."""
    if method == "__call__":
        rule = registry.get(ufunc)
        if rule is None:
            raise no_rule(f"{'numpy.' if hasattr(np, ufunc.__name__) else ''}{ufunc.__name__}")
        kwargs = {k: v for k, v in kwargs.items() if not (k == "casting" or k == "order" or k == "subok")}
        where = kwargs.pop("where", True)
        if where is not True:
            return _masked(rule, inputs, where, kwargs)
        dtype = kwargs.pop("dtype", None)
        out = kwargs.pop("out", None)
        result = call(rule, inputs, kwargs)
        if dtype is not None:
            result = np.astype(result, np.dtype(dtype))
        if out is None:
            return result
        # ufuncs broadcast into out, functions do not
        return _store(rule.name, out[0] if len(out) == 1 else out, result, wide=True)
    if method == "outer":
        a, b = inputs
        a = a.reshape(np.shape(a) + (1,) * np.ndim(b)) if np.ndim(b) and np.ndim(a) else a
        return array_ufunc(ufunc, "__call__", (a, b), kwargs)
    if method == "at":
        return _at(ufunc, inputs)
    rule = registry.get((ufunc, method))
    if rule is None:
        raise no_rule(f"numpy.{ufunc.__name__}.{method}")
    return _with_out(rule, inputs, kwargs)


def _masked(rule, inputs, where, kwargs):
    """ufunc(x, where=mask): entries outside keep out's old content (zero without `out`)."""
    out = kwargs.pop("out", (None,))[0]
    with np.errstate(all="ignore"):
        result = call(rule, inputs, kwargs)
    if out is None:
        return np.where(where, result, 0.0)
    return _store(rule.name, out, np.where(where, result, out))


def _at(ufunc, inputs):
    """ufunc.at(x, indices, v): unbuffered, so repeated indices accumulate."""
    target, index, *value = inputs
    name = f"numpy.{ufunc.__name__}.at"
    if not isinstance(target, JetArray):
        raise StorageError(f"{name} into a plain array would drop derivatives: allocate it with np.zeros_like(x)")
    if ufunc not in (np.add, np.subtract):
        raise no_rule(name, "only add.at and subtract.at are covered")
    value, level = value[0], target.level
    same = isinstance(value, Jet) and value.level is level
    if same:
        same_layout([target, value])
        value = densify(value)
    source = value.block if same else _component(value if isinstance(value, Jet) else np.asarray(value))
    dense = densify(target)
    block = lift(dense, level, max(source.shape[0], dense.block.shape[0]), dense.dtype)
    if isinstance(source, Jet):
        block = np.zeros_like(source, shape=block.shape) + block
    else:
        block = block.copy()
    for c in range(source.shape[0]):
        ufunc.at(block[c], index, source[c])
    target[...] = make(level, dense.layout, block)
