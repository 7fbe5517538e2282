"""What makes a jet look like an array: indexing, assignment, methods, printing, conversions.

May import: core.forward, core.interpret, core.jets, core.local, core.memory, core.operands, rules, errors, numpy.
"""

from __future__ import annotations

import builtins
import numbers
import operator

import numpy as np

from ..errors import ConversionError, StorageError, refused
from ..rules import Elementwise, declared, followers, registry
from . import complexes, forward, reverse, tape  # noqa: F401  (complexes: installs itself)
from .interpret import array_function, array_ufunc, as_numpy, elementwise, linear, report
from .jets import Jet, bind_operators, install, is_array, primitive, top
from .local import densify, order_of
from .memory import axes_for, in_order, settled
from .operands import constant_operand, is_basic, jets_in, primal, stacked, storable

OPERATORS = (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge)


def compare(x, other, op):
    """Comparisons look at values only."""
    if not isinstance(other, (Jet, np.ndarray, numbers.Number, np.generic, list, tuple)):
        return NotImplemented
    return OPERATORS[op](primal(x), primal(other))


def refusal(x, what):
    """Text of the error for a conversion that would drop derivatives."""
    text = (f"{what} would drop the derivatives of this {type(x).__name__} of shape {x.shape}: use NumPy's function of the "
            "same name (np.sin for math.sin), allocate with np.zeros_like(x) or build with np.stack instead of filling a plain "
            "array, or take x.value if it is meant to be a constant")
    refused.note(text)
    return text


OPERATOR_UFUNCS = frozenset([np.add, np.subtract, np.multiply, np.divide, np.power, np.remainder, np.negative, np.absolute,
                             np.square, np.positive, np.sqrt, np.reciprocal])


# ---- parts ----

def tangents(x):
    """First-order components, zeros where none ever arrived."""
    x = densify(x)
    P = x.layout.P
    block = x.block
    if block.shape[0] >= 1 + P:
        return block[1:1 + P]
    return np.zeros_like(block, shape=(P, *x.shape))


def second(x):
    """Second-order components in the order of the layout's pairs."""
    x = densify(x)
    P, M = x.layout.P, x.layout.M
    block = x.block
    if block.shape[0] == 1 + P + M:
        return block[1 + P:]
    return np.zeros_like(block, shape=(M, *x.shape))


def part(x, name):
    """e1, e2 and e12 of a hyper-dual array, whatever its layout."""
    layout = x.local.full if x.local is not None else x.layout
    if not layout.M:
        raise AttributeError(f"a {type(x).__name__} has no {name}: it carries first derivatives only (see .tangents)")
    if layout.kind.startswith("pair"):
        P = int(layout.kind[4:])
        if name == "e12":
            return second(x).reshape((P, layout.P - P, *x.shape))
        return tangents(x)[:P] if name == "e1" else tangents(x)[P:]
    if name != "e12":
        return tangents(x)
    table = np.zeros((layout.P, layout.P), dtype=np.intp)
    i, j = layout.pairs
    table[i, j] = table[j, i] = np.arange(layout.M)
    if layout.kind == "diagonal":
        out = np.zeros_like(second(x), shape=(layout.P, layout.P, *x.shape))
        out[i, i] = second(x)
        return out
    return second(x)[table]


# ---- indexing ----

def getitem(x, key):
    """x[key]: a view for basic keys, exactly as NumPy."""
    if is_basic(key):
        return x.level.interpreter.getitem(x, key)
    rule = registry[operator.getitem]
    return as_numpy(rule, (x, key), {}, linear(rule.bind(x, key), True))


def setitem(x, key, value):
    """x[key] = value, writing through views; derivatives travel with the value."""
    top((x,))
    top((value,))
    if isinstance(value, (list, tuple)):
        value = stacked(value) if jets_in(value) else np.asarray(value)
    if isinstance(value, Jet) and value.level.id > x.level.id:
        raise StorageError(
            f"cannot store a value of {value.level.owner}() (level {value.level.id}) in an array of {x.level.owner}() (level "
            f"{x.level.id}): its derivatives would be lost. Allocate inside the inner function, with np.zeros_like(value)")
    if not isinstance(value, Jet):
        value = storable(value)
    x.level.interpreter.setitem(x, key, value)


def inplace(x, result):
    """x op= ...: the array keeps its identity and its views see the change."""
    if not is_array(x):
        return result
    if np.shape(result) != x.shape:
        raise ValueError(f"non-broadcastable output operand with shape {x.shape} doesn't match the broadcast shape "
                         f"{np.shape(result)}")
    setitem(x, Ellipsis, result)
    return x


# ---- methods ----

def _astype(x, dtype, order="K", casting="unsafe", subok=True, copy=True):
    if not np.can_cast(x.dtype, dtype, casting):
        primal(x).astype(dtype, casting=casting)  # NumPy's own error
    out = np.astype(x, np.dtype(dtype), copy=copy)
    # what is not yet in the order that was asked for is copied into it, also where copy=False
    return out if order == "K" or not is_array(out) or in_order(primal(out), order) else _copy(out, order)


def _copy(x, order="C"):
    return x.level.interpreter.copy(x, axes_for(primal(x), order) if is_array(x) else None)


def _flatten(x, order="C"):
    return _copy(np.ravel(x, order=order))


def _reshape(x, *shape, order="C", copy=None):
    return np.reshape(x, shape[0] if len(shape) == 1 else shape, order=order, copy=copy)


def _transpose(x, *axes):
    if len(axes) == 1 and not isinstance(axes[0], int):
        axes = axes[0]
    return np.transpose(x, axes or None)


def _clip(x, min=None, max=None, out=None, **kwargs):
    return np.clip(x, min, max, out=out, **kwargs)


def _sort(x, axis=-1, *args, **kwargs):
    x[...] = np.sort(x, axis, *args, **kwargs)


def _partition(x, kth, axis=-1, *args, **kwargs):
    x[...] = np.partition(x, kth, axis, *args, **kwargs)


def _fill(x, value):
    x[...] = value


def _tolist(x):
    return [_tolist(v) for v in x] if is_array(x) else x


def _item(x, *key):
    """A number that still carries derivatives."""
    if not is_array(x):
        primal(x).item(*key)  # NumPy's own errors
        return x
    np.empty(x.shape).item(*key)
    key = key[0] if len(key) == 1 else key
    return x[key] if isinstance(key, tuple) and key else np.reshape(x, -1)[key or 0]


def _view(x, dtype=None, type=None):
    """The same entries; what reads the bytes as something else, or gives them other arithmetic, is refused."""
    for asked in (dtype, type):
        if isinstance(asked, builtins.type) and issubclass(asked, np.ndarray):
            constant_operand(np.zeros(()).view(asked) if asked is not np.matrix else np.asmatrix(0.0))
    if dtype is None or dtype is np.ndarray or np.dtype(dtype) == x.dtype:
        return x[...] if is_array(x) else x
    raise ConversionError(f".view({dtype!r}) of a {builtins.type(x).__name__} would read its memory without its derivatives: use "
                          "x.value for the plain array")


def _repeat(x, repeats, axis=None):
    return np.repeat(x, repeats, axis=axis)


def _compress(x, condition, axis=None):
    # the method takes the array first, the function the condition
    return np.compress(condition, x, axis=axis)


def _conj(x):
    return np.conjugate(x)


def _setflags(x, write=None, align=None, uic=None):
    """Nothing: code that protects an array from being written does not write it afterwards."""


# What is not simply numpy.<name>(x, ...): other signature, in place, or read-only attribute.
METHODS = {"astype": _astype, "copy": _copy, "flatten": _flatten, "reshape": _reshape, "transpose": _transpose,
           "sort": _sort, "partition": _partition, "fill": _fill, "tolist": _tolist, "conj": _conj, "clip": _clip,
           "compress": _compress, "item": _item, "view": _view, "setflags": _setflags}
ATTRIBUTES = {
    "real": lambda x: np.real(x), "imag": lambda x: np.imag(x), "mT": lambda x: np.matrix_transpose(x),
    "strides": lambda x: primal(x).strides, "flags": lambda x: primal(x).flags,
    "base": lambda x: x.made_from[0] if is_array(x) else None,
    "device": lambda x: "cpu",
    "flat": lambda x: iter(np.ravel(x)), "__array_interface__": None, "__array_struct__": None,
}
# Methods that hand out raw memory or other views of the bytes.
RAW = frozenset(["tobytes", "tofile", "dump", "dumps", "data", "ctypes", "byteswap", "getfield", "setfield",
                 "resize", "to_device", "newbyteorder", "choose"])


def method(x, name):
    """Attributes of an ndarray that jets have by way of NumPy's function of the same name."""
    if name in ("e1", "e2", "e12"):
        # Python asks here again after the property has refused
        raise AttributeError(f"a {type(x).__name__} has no {name}: it carries first derivatives only (see .tangents)")
    if name.startswith("_"):
        raise AttributeError(f"{type(x).__name__!r} object has no attribute {name!r}")
    if name in METHODS:
        return METHODS[name].__get__(x)
    if name in ATTRIBUTES:
        return ATTRIBUTES[name](x)
    if name in RAW:
        raise ConversionError(f".{name} of a {type(x).__name__} would hand out memory without its derivatives: "
                              "use x.value for the plain array")
    twin = getattr(np, name, None)
    if callable(twin) and hasattr(np.ndarray, name):
        return twin.__get__(x) if isinstance(twin, type(method)) else lambda *a, **k: twin(x, *a, **k)
    raise AttributeError(f"{type(x).__name__!r} object has no attribute {name!r}")


def attributes(cls):
    """dir() of a jet: its own names and the twins of NumPy's functions."""
    twins = [n for n in dir(np.ndarray) if not n.startswith("_") and (n in METHODS or hasattr(np, n))]
    names = set(twins) | {n for n in ATTRIBUTES if n[0] != "_"} | set(dir(cls))
    return sorted(names - RAW)


# ---- printing ----

def show(x):
    """Value and tangents in a few lines, however large the array."""
    name = type(x).__name__
    if x.on_tape and isinstance(x.value, Jet):
        return f"{name}({show(x.value)}, {'on tape' if x.active else 'constant'}, level={x.level.id})"
    value = np.array2string(np.asarray(primal(x)), threshold=20, edgeitems=2, separator=", ", prefix=name + "(")
    if x.on_tape:
        return f"{name}({value}, {'on tape' if x.active else 'constant'})"
    layout = x.local.full if x.local is not None else x.layout
    order = order_of(x.block.shape[0], x.layout)
    inner = f", level={x.level.id}" if x.level.id else ""
    if order == 0:
        return f"{name}({value}, no tangents{inner})"
    if layout.P * max(1, x.size) > 64 or x.local is not None:
        text = f"{layout.P} tangents"
    else:
        text = "tangents=" + np.array2string(np.asarray(primal(tangents(x))), threshold=20, edgeitems=2, separator=", ",
                                             prefix=" " * (len(name) + 11))
    if order == 2 and layout.M:
        text += f", {layout.M} second-order"
    return f"{name}({value}, {text}{inner})"


_compiled = {}


def _follow(rule):
    """Keep the compiled types' table of ufuncs in step with the registry."""
    tape.forget()
    if isinstance(rule.fn, np.ufunc):
        if isinstance(rule, Elementwise):
            _compiled[rule.fn] = primitive(rule)
        else:
            _compiled.pop(rule.fn, None)
        if rule.fn in OPERATOR_UFUNCS:
            bind_operators(registry)


install({
    "array_function": array_function, "array_ufunc": array_ufunc, "attributes": attributes,
    "bound_by_shape": reverse.bound_by_shape,
    "broadcast": forward.broadcast, "permuted": forward.permuted, "settled": settled, "dense": reverse.dense,
    "compare": compare, "elementwise": elementwise, "forward": forward, "getitem": getitem, "inplace": inplace,
    "method": method, "part": part, "primal": primal, "refusal": refusal, "report": report, "setitem": setitem, "show": show,
    "tangents": tangents, "view_step": reverse.view_step,
}, _compiled)
bind_operators(registry)
for _rule in declared(Elementwise):
    _compiled[_rule.fn] = primitive(_rule)
followers.append(_follow)
