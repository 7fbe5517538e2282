"""What every interpreter asks of operands: their plain values, the jets among them, whether they are allowed.

May import: core.jets, errors, numpy.
"""

from __future__ import annotations

import numpy as np

from ..errors import ComplexError, DtypeError, InputError, NoRuleError, StorageError
from .jets import Jet, is_ndarray

__all__ = ["Complex", "complex_of", "component", "constant_operand", "involved", "is_basic", "is_complex", "jets_in",
           "no_rule", "plain", "primal", "shape_of", "stacked", "storable", "values_at"]


class Complex:
    """Base of complex numbers that carry derivatives: pairs of real parts, `re` and `im` (core.complexes)."""

    __slots__ = ()


def is_complex(x):
    """Whether a number or array is complex, with derivatives or without."""
    if isinstance(x, (Complex, complex)):
        return True
    return not isinstance(x, Jet) and getattr(getattr(x, "dtype", None), "kind", "") == "c"


def involved(*values):
    """Whether there is a complex number anywhere in nested lists, tuples and dicts."""
    return any(is_complex(x) or isinstance(x, (list, tuple)) and involved(*x) or isinstance(x, dict) and involved(*x.values())
               for x in values)


def complex_of(re, im):
    """The plain complex number or array of two plain parts."""
    # not re + 1j * im, which would make NaN of an infinite part
    out = np.empty(np.broadcast_shapes(np.shape(re), np.shape(im)), np.result_type(re, im, np.complex64))
    out.real, out.imag = re, im
    return out[()]


def primal(x):
    """The plain number or array under all levels."""
    while isinstance(x, Jet):
        x = x.block[0]
    return complex_of(primal(x.re), primal(x.im)) if isinstance(x, Complex) else x


def shape_of(x):
    """np.shape without the protocol round trip."""
    return x.shape if isinstance(x, (Jet, np.ndarray, Complex)) else np.shape(x)


def values_at(level, x):
    """`x` with the jets of one level replaced by their values, also inside lists and tuples."""
    if isinstance(x, Jet) and x.level is level:
        return x.block[0]
    if isinstance(x, (list, tuple)):
        return type(x)(values_at(level, v) for v in x) if not hasattr(x, "_fields") else type(x)(
            *(values_at(level, v) for v in x))
    if isinstance(x, dict):
        return {k: values_at(level, v) for k, v in x.items()}
    if isinstance(x, Complex):
        re, im = values_at(level, x.re), values_at(level, x.im)
        return type(x)(re, im) if isinstance(re, Jet) or isinstance(im, Jet) else complex_of(re, im)
    return x


def plain(x):
    """`x` with every jet replaced by its primal."""
    if isinstance(x, (Jet, Complex)):
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
    elif isinstance(x, Complex):
        jets_in((x.re, x.im), found)
    elif is_ndarray(x) and x.dtype == object:
        raise DtypeError("an object array cannot carry derivatives: build it with np.stack or np.concatenate instead")
    return found


def no_rule(name, why=""):
    """The error for a function without a rule."""
    return NoRuleError(f"{name} has no derivative rule in dualad{': ' + why if why else ''}. Compose it from covered functions, "
                       "declare a rule (dualad.rules.declare), or apply it to x.value if it is meant to be a constant")


def constant_operand(x):
    """A plain operand, checked: real numbers only, nothing with another meaning of arithmetic."""
    if isinstance(x, (list, tuple)):
        return stacked(x) if jets_in(x) else constant_operand(np.asarray(x))
    if isinstance(x, (np.ma.MaskedArray, np.matrix)):
        raise InputError(f"{type(x).__name__} mixed with derivatives: its masks or its meaning of * are not carried; pass "
                         "np.asarray(x) (and handle the mask yourself)")
    kind = x.dtype if isinstance(x, Complex) else np.asarray(x).dtype
    if kind.kind == "c":
        raise ComplexError(f"complex numbers ({kind}) mixed with derivatives are not supported yet: write the real and imaginary "
                           "parts as separate real expressions")
    if kind.kind not in "biuf":
        raise DtypeError(f"an operand of dtype {kind} cannot be combined with derivatives: only real numbers can")
    if kind.itemsize > 8:
        raise DtypeError(f"{kind} operands would be rounded to float64: convert with .astype(float) if that is meant")
    return x


def stacked(x):
    """Nested sequences of numbers, arrays and jets as one array; NumPy's own error where they are ragged."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        return np.reshape(stacked(x.ravel().tolist()), x.shape)
    if not isinstance(x, (list, tuple)):
        return x if isinstance(x, (Jet, Complex)) else np.asarray(x)
    parts = [stacked(v) for v in x]
    shapes = {shape_of(v) for v in parts}
    if len(shapes) > 1:
        raise ValueError(f"setting an array element with a sequence: the parts of one array have shapes {sorted(shapes)}")
    return np.stack(parts)


def component(y):
    return y[None] if shape_of(y) else np.reshape(y, (1,))


# ---- keys and stored values ----

BASIC = (int, slice, type(None), type(Ellipsis), np.integer)


def is_basic(key):
    """True for keys that make views (or scalars) in NumPy."""
    if isinstance(key, tuple):
        return all(isinstance(k, BASIC) and not isinstance(k, bool) for k in key)
    return isinstance(key, BASIC) and not isinstance(key, bool)


def storable(value):
    """A plain array that may be stored among values that carry derivatives."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise StorageError(f"cannot store {array.dtype} in an array of real numbers that carries derivatives")
    return array
