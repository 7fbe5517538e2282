"""What happens when NumPy hands a call over: find the rule, and the interpreter of the operands' level.

A mode is an interpreter of kinds (`core.forward`, `core.reverse`): a module with `elementwise`, `linear`,
`contraction`, `with_value`, `getitem`, `setitem` and `copy`.
May import: core.implicit, core.jets, core.memory, core.operands, rules, errors, numpy.
"""

from __future__ import annotations

from types import FunctionType

import numpy as np

from ..errors import ComplexError, LayoutError, StorageError, refused
from ..rules import kinds, lookup
from ..rules.indexing import added_at
from ..rules.memory import axes_of
from . import implicit, jets
from .jets import Jet, is_array
from .memory import in_order
from .operands import Complex, constant_operand, involved, jets_in, no_rule, plain, primal, values_at

__all__ = ["array_function", "array_ufunc", "as_numpy", "call", "contraction", "elementwise", "linear", "paired", "report"]


paired = {}  # "ufunc", "function": what core.complexes, which imports this module, makes of a call


def _complex(error, what, *args):
    """Complex numbers among the arguments: the call in terms of real and imaginary parts; any other error as it is."""
    if not involved(*args):
        raise error
    refused.count -= 1  # nothing was lost
    return paired[what](*args)


def elementwise(rule, args):
    """An elementwise rule on operands that the compiled path did not take."""
    try:
        return _elementwise(rule, args)
    except ComplexError as error:
        return _complex(error, "ufunc", rule.fn, "__call__", args, {})


def _elementwise(rule, args):
    args = tuple(a if isinstance(a, Jet) else constant_operand(a) for a in args)
    x = jets.top(args)
    if x is None:
        return rule.fn(*args)
    return x.level.interpreter.elementwise(rule, args, x.level)


def report(rule, args):
    """Let NumPy say about the primal what the user's errstate wants to hear."""
    rule.fn(*(primal(a) for a in args))


def linear(lin, copies=False):
    """Selection (`copies`) and Mixing."""
    x = jets.top(lin.operands)
    if x is None:
        return lin.value(*lin.operands) if lin.value else lin.apply(0, *lin.operands)
    return x.level.interpreter.linear(lin, copies, x.level)


def contraction(con):
    """Bilinear."""
    x = jets.top(con.operands)
    if x is None:
        return con.value(*con.operands)
    return x.level.interpreter.contraction(con, x.level)


def composite(rule, args, kwargs):
    """Run the body; NumPy's own function gives the primal."""
    return _as_numpy(rule, rule.body(*args, **kwargs), args, kwargs) if rule.primal else rule.body(*args, **kwargs)


def _as_numpy(rule, out, args, kwargs):
    """What a body returned, with the values of NumPy's own call."""
    found = jets_in([args, kwargs])
    if not found:
        return out
    level = max(found, key=lambda a: a.level.id).level
    fn = rule.fn if callable(rule.fn) else getattr(rule.fn[0], rule.fn[1])
    value = _plain_call(fn, values_at(level, args), values_at(level, kwargs))
    return _with_values(level, out, value, [a for a in found if is_array(a)])


def _plain_call(fn, args, kwargs):
    """A function on values, which may carry derivatives of lower levels: Python functions do not ask their arguments for a rule."""
    return array_function(fn, args, kwargs) if type(fn) is FunctionType and jets_in([args, kwargs]) else fn(*args, **kwargs)


def _with_values(level, out, value, arguments):
    """`out` with `value` in place of its own values, through tuples; views of the arguments stay views."""
    if isinstance(out, (tuple, list)):
        if len(out) != len(value):
            raise LayoutError("a composite rule returned another number of outputs than NumPy's function")
        pairs = [_with_values(level, o, v, arguments) for o, v in zip(out, value, strict=True)]
        return type(value)(*pairs) if hasattr(value, "_fields") else type(out)(pairs)
    if isinstance(out, Complex):
        return out
    # arrays that the scope made inside an inner transform belong to it, also where they hold values of this level
    out, value = _lowered(out, level.id), _lowered(value, level.id - 1)
    if not (isinstance(out, Jet) and out.level is level):
        return value
    if np.shape(value) != out.shape:
        raise LayoutError(f"a composite rule returned shape {out.shape} where NumPy's function returned {np.shape(value)}")
    view = is_array(out) and any(out.root is a.root for a in arguments if a.level is level)
    if view and any(np.may_share_memory(primal(value), primal(a)) for a in arguments):
        return out
    # where NumPy's result is a copy, so is ours
    return level.interpreter.with_value(level.interpreter.copy(out) if view else out, value)


def _lowered(x, top):
    """What handles of levels above `top` hold: nothing of these levels is in them."""
    while isinstance(x, Jet) and x.level.id > top:
        x = x.value
    return x


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
        if involved(args, kwargs):
            raise ComplexError(f"{rule.name} of complex numbers")  # a body may hold for real numbers only
        out = composite(rule, args, kwargs)
        # where NumPy's own function gave the value, the result lies like it already
        return out if rule.primal else as_numpy(rule, args, kwargs, out)
    bound = rule.bind(*args, **kwargs)
    if isinstance(bound, kinds.Solved):
        return implicit.call(rule, bound)
    if not isinstance(bound, (kinds.Linear, kinds.Contraction)):
        # the binder composed it of others
        composed = isinstance(rule, (kinds.Implicit, kinds.Bilinear))
        return _as_numpy(rule, bound, args, kwargs) if composed else as_numpy(rule, args, kwargs, bound)
    _check_operands(rule, bound, args, kwargs)
    if isinstance(bound, kinds.Contraction):
        return contraction(bound)
    return as_numpy(rule, args, kwargs, linear(bound, isinstance(rule, kinds.Selection)))


def as_numpy(rule, args, kwargs, out):
    """A copy lies as NumPy's: rules that gather by positions cannot know how operands that do not lie rows first change it."""
    if not is_array(out) or out.is_view or jets.rows_first(args) and (not kwargs or jets.rows_first(kwargs.values())):
        return out
    if out.ndim < 2 or any(map(callable, args)):
        return out
    fn = rule.fn if callable(rule.fn) else getattr(*rule.fn)
    with np.errstate(all="ignore"):
        axes = axes_of(fn(*plain(args), **plain(kwargs)))
    return out if axes == axes_of(primal(out)) else out.level.interpreter.copy(out, axes)


def _check_operands(rule, bound, args, kwargs):
    """A parameter that carries derivatives but is no operand of the rule would lose them."""
    traced = jets_in([args, kwargs])
    known = {id(a) for a in traced}
    operands = {id(a) for a in jets_in(list(bound.operands))}
    # operands that the binder derived (a stack of the arguments, say) cannot be told apart: trust it
    if operands <= known and any(id(a) not in operands and a.active for a in traced):
        raise no_rule(rule.name, "an argument carries derivatives where only a constant is covered")


def array_function(func, args, kwargs):
    """NumPy's functions on jets."""
    try:
        return _function(func, args, kwargs)
    except ComplexError as error:
        return _complex(error, "function", func, args, kwargs)


def _function(func, args, kwargs):
    rule = lookup(func)
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
        shape = np.broadcast_shapes(*(np.shape(o) for o in out if o is not None)) if wide else ()
        result = tuple(np.copy(np.broadcast_to(r, np.broadcast_shapes(shape, np.shape(r)))) if o is None and shape else r
                       for o, r in zip(out, result, strict=True))
        return tuple(_store(name, o, r, wide) if o is not None else r for o, r in zip(out, result, strict=True))
    if not is_array(out):
        if not isinstance(result, Jet):
            out[...] = result
            return out
        raise StorageError(f"{name}(out=...) into a plain {type(out).__name__} would drop derivatives: allocate the output with "
                           "np.zeros_like(x) or np.empty_like(x) of an argument that carries them", target=out)
    if np.shape(result) != out.shape and not (wide and np.broadcast_shapes(np.shape(result), out.shape) == out.shape):
        raise ValueError(f"output of {name} has shape {np.shape(result)}, out= has {out.shape}")
    out[...] = result
    return out


def array_ufunc(ufunc, method, inputs, kwargs):
    """Ufunc calls with keywords, ufunc methods, and ufuncs that are not elementwise."""
    try:
        return _ufunc(ufunc, method, inputs, kwargs)
    except ComplexError as error:
        return _complex(error, "ufunc", ufunc, method, inputs, kwargs)


def _ufunc(ufunc, method, inputs, kwargs):
    if method == "__call__":
        rule = lookup(ufunc)
        if rule is None:
            raise no_rule(f"{'numpy.' if hasattr(np, ufunc.__name__) else ''}{ufunc.__name__}")
        order = kwargs.get("order", "K")
        kwargs = {k: v for k, v in kwargs.items() if not (k == "casting" or k == "order" or k == "subok")}
        where = kwargs.pop("where", True)
        if where is not True:
            return _masked(rule, inputs, where, kwargs)
        dtype = kwargs.pop("dtype", None)
        out = kwargs.pop("out", None)
        if dtype is not None:
            inputs = _in_dtype(ufunc, inputs, np.dtype(dtype))
        if out is not None and not jets_in(list(inputs)):
            result = ufunc(*inputs, **kwargs)  # plain numbers, to be stored where derivatives are carried
        else:
            result = call(rule, inputs, kwargs)
        if out is None:
            return result if order == "K" else _in_order(result, order, inputs)
        # ufuncs broadcast into out, functions do not
        return _store(rule.name, out[0] if len(out) == 1 else out, result, wide=True)
    if method == "outer":
        # all operands become arrays there, so Python's numbers are not weak
        a, b = (x if isinstance(x, Jet) else np.asarray(x) for x in inputs)
        a = a.reshape(np.shape(a) + (1,) * np.ndim(b)) if np.ndim(b) and np.ndim(a) else a
        return _ufunc(ufunc, "__call__", (a, b), kwargs)
    if method == "at":
        return _at(ufunc, inputs)
    rule = lookup((ufunc, method))
    if rule is None:
        raise no_rule(f"numpy.{ufunc.__name__}.{method}")
    return _with_out(rule, inputs, kwargs)


def _in_order(result, order, inputs):
    """What `order=` of a ufunc asks for; "A" is the order of columns where all operands have it."""
    if isinstance(result, tuple):
        return tuple(_in_order(r, order, inputs) for r in result)
    if not is_array(result):
        return result
    if order == "A":
        order = "F" if all(np.asarray(primal(x)).flags.fnc for x in inputs) else "C"
    return result if in_order(primal(result), order) else result.copy(order)


def _in_dtype(ufunc, inputs, dtype):
    """Operands as the loop that `dtype=` asks for takes them; NumPy's own error where there is none."""
    given = [type(x) if type(x) in (int, float) else getattr(x, "dtype", None) or np.asarray(x).dtype for x in inputs]
    wanted = ufunc.resolve_dtypes((*given, *[None] * ufunc.nout), signature=(*[None] * ufunc.nin, *[dtype] * ufunc.nout))
    return tuple(x if kind is to else np.astype(x if isinstance(x, Jet) else np.asarray(x), to)
                 for x, kind, to in zip(inputs, given, wanted[:ufunc.nin], strict=True))


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
    if not is_array(target):
        raise StorageError(f"{name} into a plain array would drop derivatives: allocate it with np.zeros_like(x)", target=target)
    if ufunc not in (np.add, np.subtract):
        raise no_rule(name, "only add.at and subtract.at are covered")
    target[...] = linear(added_at(ufunc, target, index, value[0]))
