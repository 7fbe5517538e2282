"""What twins call in place of functions that would drop derivatives: np.array, float, math.* and their kin.

`AWARE[fn](scope, fn, args, kwargs)` returns NotImplemented where `fn` itself will do. `fn` is a function, a class or a method: a
method is entered as the function or descriptor that its class holds, and its handler is given the object as first argument.

Handlers for the functions of another package live in a module of `dualad.scope.packages` that fills AWARE when it is imported.
`LATER_AWARE` names that module (or, by its whole name, one of a layer above this one); it is imported when `handler` first meets
something of the package (what says nothing about where it comes from, as methods of compiled classes do, counts once the package
has been imported by somebody), so that importing dualad imports none of these packages. A handler runs in the scope only: the plain
run before it must have ended in an error, which is the case for whatever asks NumPy to make a plain array of values with
derivatives. Handlers come before rules (`lookup`) and twins.
May import: core, rules, errors, numpy.
"""

from __future__ import annotations

import builtins
import cmath
import functools
import itertools
import math
import sys
from importlib import import_module

import numpy as np

from ..core.complexes import combined
from ..core.jets import Jet, JetArray
from ..core.operands import Complex, primal, stacked
from ..core.storage import filled, room
from ..errors import ConversionError, DtypeError
from ..rules import lookup

__all__ = ["AWARE", "CALLED", "CALLERS", "LATER_AWARE", "METHODS", "OPERANDS", "PLAIN_METHODS", "VECTORIZED", "WRITERS", "carries",
           "handler", "joined", "operators", "ruled"]

# Packages, and the module of dualad.scope.packages that enters their handlers when one of their functions is first met.
LATER_AWARE: dict[str, str] = {"scipy.sparse": "sparse", "scipy.interpolate": "interpolate", "scipy.spatial": "spatial"}
_loaded: set[str] = set()


def carries(*values):
    """Whether anything in nested lists, tuples and dicts carries derivatives."""
    for x in values:
        if isinstance(x, (Jet, Complex)) or (isinstance(x, (list, tuple)) and carries(*x)):
            return True
        if isinstance(x, dict) and carries(*x.values()):
            return True
        if type(x) is np.ndarray and x.dtype == object and carries(*x.ravel().tolist()):
            return True
    return False


def joined(x):
    """A list or tuple of numbers that carries derivatives as an array; anything else as it is."""
    return stacked(x) if isinstance(x, (list, tuple)) and carries(x) else x


# ---- arrays made of what carries derivatives ----

USUAL = object()  # what np.array and np.asarray do about copies unless told


def _array(copies):
    def array(scope, fn, args, kwargs):
        if not args or not carries(args[0]):
            return NotImplemented
        obj, dtype, copy, order, ndmin = _array_arguments(fn, *args, **kwargs)
        if dtype is not None and np.dtype(dtype).kind == "O":
            raise DtypeError("an object array cannot carry derivatives: leave dtype=object away")
        out = filled(obj) if type(obj) in (list, tuple) else None
        out = stacked(obj) if out is None else out
        if dtype is not None and np.dtype(dtype) != out.dtype:
            out = np.astype(out, np.dtype(dtype))
        elif isinstance(obj, JetArray) and (copies if copy is USUAL else copy in (True, np._CopyMode.ALWAYS)):
            out = out.copy()
        missing = ndmin - np.ndim(out)
        return np.reshape(out, (1,) * missing + np.shape(out)) if missing > 0 else out

    return array


def _array_arguments(fn, obj, dtype=None, order="K", *, copy=USUAL, ndmin=0, subok=False, like=None, device=None):
    """The arguments of np.array, np.asarray and the like."""
    return obj, dtype, copy, order, max(ndmin, 1) if fn in (np.ascontiguousarray, np.asfortranarray) else ndmin


def _filled(out, value):
    if not out.ndim:
        return _number(None, out.dtype.type, (value,), {})
    out = room(out, value)
    out[...] = value
    return out


def _full(scope, fn, args, kwargs):
    def full(shape, fill_value, dtype=None, order="C", *, device=None, like=None):
        dtype = fill_value.dtype if dtype is None else np.dtype(dtype)
        if dtype.kind != "f":
            return np.full(shape, primal(fill_value), dtype)
        return _filled(np.zeros(shape, dtype, order), fill_value)

    if not any(isinstance(v, Jet) for v in (*args, *kwargs.values())):
        return NotImplemented
    return full(*args, **kwargs)


def _full_like(scope, fn, args, kwargs):
    def full(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
        out = np.empty_like(a, dtype, order, shape=shape)
        if out.dtype.kind != "f":
            return np.full_like(a, primal(fill_value), dtype, order, shape=shape)
        return _filled(out, fill_value)

    if len(args) < 2 or not isinstance(args[1], Jet) or carries(args[0]):
        return NotImplemented
    return full(*args, **kwargs)


def _fromiter(scope, fn, args, kwargs):
    first, *rest = args
    values = list(first)
    if not carries(values):
        return fn(values, *rest, **kwargs)
    dtype = kwargs.get("dtype", rest[0] if rest else None)
    out = stacked(values)
    return out if dtype is None or np.dtype(dtype) == out.dtype else np.astype(out, np.dtype(dtype))


# ---- numbers ----

def _number(scope, fn, args, kwargs):
    """float(x) and np.float64(x): the value stays what it is."""
    if len(args) != 1 or kwargs or not isinstance(args[0], Jet):
        return NotImplemented
    x, dtype = args[0], np.dtype(fn)
    if x.ndim:
        if fn is not float:
            return x if x.dtype == dtype else np.astype(x, dtype)
        if x.size != 1:
            raise TypeError("only length-1 arrays can be converted to Python scalars")
        x = np.reshape(x, ())
    return x if x.dtype == dtype else np.astype(x, dtype)


def _complex(scope, fn, args, kwargs):
    """complex(x), complex(re, im) and NumPy's types of complex numbers."""
    if not carries(args, kwargs):
        return NotImplemented
    re, im = (*args, *kwargs.values(), 0.0)[:2]
    z = re if isinstance(re, Complex) else combined(re, np.zeros_like(re))
    return np.astype(z + 1j * im if carries(im) or im != 0 else z, np.dtype(fn))


def _cmath(twin):
    """A function of `cmath` by NumPy's of a complex number."""
    def function(scope, fn, args, kwargs):
        if not carries(args):
            return NotImplemented
        with np.errstate(all="ignore"):
            return twin(*(x if isinstance(x, Complex) or not isinstance(x, Jet) else combined(x, np.zeros_like(x)) for x in args))

    return function


CMATH = {
    **{name: getattr(np, name) for name in ("exp", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: getattr(np, "arc" + name[1:]) for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    "log": lambda z, base=None: np.log(z) if base is None else np.log(z) / np.log(base), "phase": np.angle,
    "polar": lambda z: (np.abs(z), np.angle(z)), "rect": lambda r, phi: r * np.exp(1j * phi),
    **{name: lambda z, name=name: getattr(np, name)(primal(z)) for name in ("isnan", "isinf", "isfinite")},
}


def _pow(scope, fn, args, kwargs):
    if len(args) + len(kwargs) == 3 and carries(args):
        raise ConversionError("pow(x, y, modulus) is for integers; use x ** y")
    return NotImplemented


def _item(x, *index):
    """x.item(...), which keeps its derivatives."""
    if not index:
        if x.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return np.reshape(x, ()) if x.ndim else x
    if not x.ndim:
        return x
    key = index[0] if len(index) == 1 else index
    return x[key] if isinstance(key, tuple) else np.reshape(x, -1)[key]


METHODS = {"item": _item}
# Methods of plain arrays that take operands: NumPy's functions hand these over, the methods do not.
PLAIN_METHODS = {name: getattr(np, name) for name in ("dot", "clip", "searchsorted", "repeat", "choose")}


# ---- math ----

def _elementary(twin):
    """A function of `math` by NumPy's, with the errors of `math`."""
    def function(scope, fn, args, kwargs):
        if len(args) == 1 and isinstance(args[0], Jet) and not args[0].ndim:
            fn(primal(args[0]))
        elif not carries(args):
            return NotImplemented
        else:
            args = [_scalar(fn, x) for x in args]
            fn(*(primal(x) for x in args))
        with np.errstate(all="ignore"):
            return twin(*args)

    return function


def _scalar(fn, x):
    if isinstance(x, Jet) and x.ndim:
        if x.size != 1:
            raise TypeError(f"math.{fn.__name__}: only length-1 arrays can be converted to Python scalars")
        return np.reshape(x, ())
    return x if isinstance(x, Jet) or isinstance(x, (int, float)) and abs(x) < 2**63 else float(x)


def _log(x, base=None):
    return np.log(x) if base is None else np.log(x) / np.log(base)


def _special(name):
    def function(x):
        import scipy.special  # a tenth of a second that only these functions need

        return getattr(scipy.special, name)(x)

    return function


def _sequence(twin):
    """math.fsum, prod, dist and sumprod: functions of whole sequences."""
    def function(scope, fn, args, kwargs):
        lists = [list(a) if np.iterable(a) else a for a in args]
        return twin(*lists, **kwargs) if carries(lists) else fn(*lists, **kwargs)

    return function


def _product(values, *, start=1):
    return functools.reduce(lambda a, b: a * b, values, start)


def _distance(p, q):
    return _hypot(*(a - b for a, b in zip(p, q, strict=True)))


def _hypot(*x):
    return functools.reduce(np.hypot, x) if len(x) > 1 else np.abs(x[0]) if x else 0.0


def _ldexp(x, i):
    return x * 2.0 ** int(i)


def _modf(x):
    whole = float(np.trunc(primal(x)))
    return x - whole, whole


MATH = {
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log1p", "log2", "log10",
                                            "sqrt", "copysign", "fmod", "degrees", "radians", "fabs", "cbrt", "exp2")},
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh, "pow": np.power, "log": _log, "hypot": _hypot, "ldexp": _ldexp, "modf": _modf,
    "erf": _special("erf"), "erfc": _special("erfc"), "gamma": _special("gamma"), "lgamma": _special("gammaln"),
    "remainder": lambda x, y: x - y * round(primal(x) / primal(y)), "fma": lambda x, y, z: x * y + z,
}
SEQUENCES = {"fsum": sum, "prod": _product, "dist": _distance,
             "sumprod": lambda p, q: sum(a * b for a, b in zip(p, q, strict=True))}


def _constant(scope, fn, args, kwargs):
    """Functions whose result is constant almost everywhere."""
    return fn(*(primal(a) for a in args), **kwargs) if carries(args) else NotImplemented


# ---- questions ----

def _type(scope, fn, args, kwargs):
    if len(args) != 1 or not isinstance(args[0], Jet):
        return NotImplemented
    return np.ndarray if args[0].ndim else float


def _entries(scope, fn, args, kwargs):
    """np.ndenumerate(x)."""
    x = args[0] if args else None
    return ((k, x[k]) for k in np.ndindex(*x.shape)) if isinstance(x, JetArray) else NotImplemented


# ---- functions of functions ----

def _vectorized(scope, fn, args, kwargs):
    """np.vectorize(f)(x): f at each entry."""
    if kwargs or fn.signature is not None or fn.excluded or not carries(args):
        return NotImplemented
    arrays = np.broadcast_arrays(*(stacked(a) for a in args))
    shape = np.shape(arrays[0])
    if not shape:
        return scope.call(-1, fn.pyfunc, args, {})
    flat = [np.reshape(a, -1) for a in arrays]
    found = [scope.call(-1, fn.pyfunc, tuple(a[k] for a in flat), {}) for k in range(np.size(arrays[0]))]
    if isinstance(found[0], tuple):
        return tuple(np.reshape(stacked(list(part)), shape) for part in zip(*found, strict=True))
    return np.reshape(stacked(found), shape)


def _table():
    found = {np.array: _array(True), np.asarray: _array(False), np.asanyarray: _array(False), np.ascontiguousarray: _array(False),
             np.asfortranarray: _array(False), np.asarray_chkfinite: _array(False), np.full: _full,
             np.full_like: _full_like, np.fromiter: _fromiter,
             float: _number, np.float64: _number, np.float32: _number, np.float16: _number, complex: _complex,
             np.complex128: _complex, np.complex64: _complex, pow: _pow, type: _type,
             np.ndenumerate: _entries}
    found.update({getattr(math, name): _elementary(twin) for name, twin in MATH.items() if hasattr(math, name)})
    found.update({getattr(math, name): _sequence(twin) for name, twin in SEQUENCES.items() if hasattr(math, name)})
    found.update({getattr(math, name): _constant for name in ("isnan", "isinf", "isfinite", "isclose", "floor", "ceil", "trunc")})
    found.update({getattr(cmath, name): _cmath(twin) for name, twin in CMATH.items()})
    return found


AWARE = _table()


# type -> handler(scope, object, args, kwargs), for objects that are called and whose `__call__` is compiled.
CALLED: dict[type, object] = {}
# type -> handler(scope, name of the operator, left, right), for operands whose own operators would drop derivatives.
OPERANDS: dict[type, object] = {}
WITH_OPERATORS = ("scipy.sparse",)


def _enter(package):
    if package not in _loaded:
        _loaded.add(package)
        name = LATER_AWARE[package]
        import_module(name if name.startswith("dualad.") else f"{__package__}.packages.{name}")


def operators():
    """Whether twins need hooks at operators: a package with such operands has been imported. Its handlers are entered."""
    found = [p for p in WITH_OPERATORS if p in LATER_AWARE and p in sys.modules]
    for package in found:
        _enter(package)
    return bool(found)


def handler(fn):
    """What stands for a function, a class or a method of a class in the scope; None: nothing does."""
    try:
        found = AWARE.get(fn)
    except TypeError:
        return None
    if found is None and len(_loaded) < len(LATER_AWARE):
        module = getattr(fn, "__module__", None)
        named = isinstance(module, str) and module != "builtins"
        for package in LATER_AWARE:
            met = module == package or module.startswith(package + ".") if named else package in sys.modules
            if met:
                _enter(package)
        found = AWARE.get(fn)
    return CALLED.get(type(fn)) if found is None else found


def ruled(fn):
    """Whether an object that is called has a rule."""
    try:
        return lookup(fn) is not None
    except TypeError:
        return False


VECTORIZED = _vectorized
# Their first argument is written.
WRITERS = frozenset([np.copyto, np.place, np.put, np.putmask, np.fill_diagonal, np.put_along_axis])
# They call functions that they are given.
CALLERS = frozenset([builtins.map, builtins.filter, builtins.sorted, builtins.min, builtins.max, functools.reduce,
                     itertools.starmap, itertools.accumulate, functools.partial, np.vectorize, np.apply_along_axis,
                     np.apply_over_axes, np.piecewise,
                     np.fromfunction])
