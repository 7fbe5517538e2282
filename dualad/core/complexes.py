"""Complex numbers whose real and imaginary parts carry derivatives, as pairs of real arrays (docs/decisions/0007-complex.md).

NumPy's functions on them are NumPy's functions on the parts; no interpreter and no kernel knows of complex numbers.
May import: core.interpret, core.jets, core.operands, core.storage, rules, errors, numpy.
"""

from __future__ import annotations

import operator

import numpy as np

from ..errors import ComplexError, ConversionError, refused
from ..rules import kinds, lookup
from ..rules.analytic import ANALYTIC
from ..rules.paired import BILINEAR, BODIES, SAME, maker
from . import interpret
from .jets import Jet
from .operands import Complex, complex_of, involved, is_complex, jets_in, plain, primal, shape_of
from .storage import room

__all__ = ["ComplexArray", "combined", "function", "involved", "is_complex", "parts", "ufunc"]


def parts(x):
    """(real part, imaginary part); None: it is real."""
    if isinstance(x, Complex):
        return x.re, x.im
    if isinstance(x, (list, tuple)) and involved(x):
        x = stacked(x)
        return parts(x)
    if is_complex(x):
        x = np.asarray(x)
        return x.real[()], x.imag[()]
    return x, None


def combined(re, im):
    """re + i im: complex with derivatives where one of them has some, else plain."""
    if im is None:
        im = np.zeros_like(re)
    if not isinstance(re, Jet) and not isinstance(im, Jet):
        return complex_of(re, im)
    shape = np.broadcast_shapes(shape_of(re), shape_of(im))
    dtype = np.result_type(*(v.dtype if hasattr(v, "dtype") else float for v in (re, im)))
    like = re if isinstance(re, Jet) else im
    return ComplexArray(*(_full(v, shape, dtype, like) for v in (re, im)))


def _full(v, shape, dtype, like):
    """A part in the shape and dtype of the whole; arrays can hold derivatives, so that views of them stay views."""
    v = v if isinstance(v, Jet) else np.asarray(v)
    v = v if v.dtype == dtype else np.astype(v, dtype)
    v = v if shape_of(v) == shape else np.copy(np.broadcast_to(v, shape))
    return v if isinstance(v, Jet) or not shape else room(v, like)


def stacked(x):
    """Nested sequences with complex numbers among them as one array."""
    pairs = [parts(stacked(v) if isinstance(v, (list, tuple)) else v) for v in x]
    return combined(np.stack([re for re, _ in pairs]), np.stack([np.zeros_like(re) if im is None else im for re, im in pairs]))


def _refuse(name, why=""):
    return ComplexError(f"{name} of complex numbers that carry derivatives is not covered{': ' + why if why else ''}. Write it "
                        "with real and imaginary parts (z.real, z.imag), np.abs and np.angle, or with covered functions")


# ---- ufuncs ----

def ufunc(fn, method, inputs, kwargs):
    """NumPy's ufuncs, their methods and out=."""
    kwargs = dict(kwargs)
    out = kwargs.pop("out", None)
    if method == "__call__":
        result = _call(fn, inputs, kwargs)
    elif method == "reduce" and fn in (np.add, np.multiply):
        result = function(np.sum if fn is np.add else np.prod, inputs, {"axis": 0, **kwargs})
    elif method == "accumulate" and fn in (np.add, np.multiply):
        result = function(np.cumsum if fn is np.add else np.cumprod, inputs, {"axis": 0, **kwargs})
    elif method == "outer" and not kwargs:
        a, b = (x if hasattr(x, "shape") else np.asarray(x) for x in inputs)
        result = _call(fn, (np.reshape(a, shape_of(a) + (1,) * len(shape_of(b))), b), {})
    else:
        raise _refuse(f"numpy.{fn.__name__}.{method}")
    return result if out is None else _stored(fn, out[0] if isinstance(out, tuple) else out, result)


def _stored(fn, out, result):
    if not isinstance(out, Complex):
        raise _refuse(f"numpy.{fn.__name__}(out=...) into a {type(out).__name__}", "the array that is written must be complex too")
    out[...] = result
    return out


def _call(fn, inputs, kwargs):
    if fn not in ANALYTIC and isinstance(lookup(fn), kinds.Constant):
        return fn(*plain(tuple(inputs)), **kwargs)
    kwargs = {k: v for k, v in kwargs.items() if not (k == "casting" or k == "order" or k == "subok")}
    if fn not in ANALYTIC:
        if fn.signature is not None:
            return function(fn, inputs, kwargs)
        raise _refuse(f"numpy.{fn.__name__}")
    if kwargs:
        raise _refuse(f"numpy.{fn.__name__}({', '.join(kwargs)}=...)")
    with np.errstate(all="ignore"):
        y = ANALYTIC[fn](*(part for x in inputs for part in parts(x)))
    y = combined(*y) if isinstance(y, tuple) else y
    wanted = fn(*plain(tuple(inputs)))
    with np.errstate(all="ignore"):
        far = np.abs(plain(y) - wanted) > 1e-6 * np.abs(wanted) + 1e-300
    if np.any(far):
        place = np.broadcast_to(plain(inputs[0]), np.shape(far))[far].ravel()[0]
        raise _refuse(f"numpy.{fn.__name__}", f"at {place} it lies on a branch cut or beyond the range of its real formula")
    return y


# ---- functions ----

def function(fn, args, kwargs):
    """NumPy's functions."""
    out = kwargs.get("out")
    if out is not None:
        return _stored(fn, out, function(fn, args, {k: v for k, v in kwargs.items() if k != "out"}))
    rule = lookup(fn)
    if fn in BODIES:
        return BODIES[fn](*args, **kwargs)
    if isinstance(rule, kinds.Constant):
        return (fn if callable(fn) else getattr(*fn))(*plain(tuple(args)), **plain(kwargs))
    name = rule.name if rule is not None else getattr(fn, "__name__", str(fn))
    if isinstance(rule, (kinds.Selection, kinds.Mixing)):
        return _linear(rule, name, args, kwargs)
    if isinstance(rule, kinds.Bilinear) and fn in BILINEAR:
        return _bilinear(rule, name, args, kwargs)
    if isinstance(rule, kinds.Composite) and fn in SAME:
        return rule.body(*args, **kwargs)
    raise _refuse(name)


def _leaves(x, replace):
    """Arguments with every floating-point number or array in them replaced."""
    if isinstance(x, (list, tuple)):
        return type(x)(_leaves(v, replace) for v in x)
    if isinstance(x, (Complex, Jet, float, complex)) or getattr(getattr(x, "dtype", None), "kind", None) in ("f", "c"):
        return replace(x)
    return x


def _split(args, kwargs):
    """(args, kwargs) with real parts, and (real leaf, imaginary part or None) of each, in order."""
    found = []

    def real(x):
        re, im = parts(x)
        re = re if hasattr(re, "shape") and shape_of(re) else re if isinstance(re, Jet) else np.array(re)
        found.append((re, im))
        return re

    args = tuple(_leaves(a, real) for a in args)
    return args, {k: _leaves(v, real) for k, v in kwargs.items()}, found


def _again(args, kwargs, values):
    """The same arguments with other leaves."""
    values = iter(values)
    args = tuple(_leaves(a, lambda _: next(values)) for a in args)
    return args, {k: _leaves(v, lambda _: next(values)) for k, v in kwargs.items()}


def _places(name, bound, found):
    """Which leaf each operand of a bound call is; None: an array of whole numbers."""
    places = []
    for x in bound.operands:
        if not isinstance(x, Jet) and np.asarray(x).dtype.kind in "biu":
            places.append(None)  # whole numbers are real
            continue
        at = [k for k, (re, _) in enumerate(found) if re is x and k not in places]
        if not at and len(found) != len(bound.operands):
            raise _refuse(name, "this form of the call changes its operands before it is linear in them; use arrays")
        places.append(at[0] if at else len(places))
    if any(im is not None and k not in places for k, (_, im) in enumerate(found)):
        raise _refuse(name, "an argument that must be real is complex")
    return places


def _linear(rule, name, args, kwargs):
    """Real and imaginary part go through the same map."""
    real_args, real_kwargs, found = _split(args, kwargs)
    bound = rule.bind(*real_args, **real_kwargs)
    if not isinstance(bound, kinds.Linear):
        raise _refuse(name)
    places = _places(name, bound, found)
    fn = rule.fn if callable(rule.fn) else getattr(*rule.fn)
    re = _apply(fn, real_args, real_kwargs, rule)
    # a part that is real adds nothing; neither does a constant that the map adds, if it is real
    values = [(np.zeros_like(r) if i is None else i) if k in places else r for k, (r, i) in enumerate(found)]
    im_args, im_kwargs = _again(args, kwargs, values)
    lin = rule.bind(*im_args, **im_kwargs)
    operands = tuple(np.zeros(np.shape(x)) if k is None else x for k, x in zip(places, lin.operands, strict=True))
    im = interpret.linear(kinds.Linear(operands, lin.apply, lin.transpose), isinstance(rule, kinds.Selection))
    return combined(re, im)


def _apply(fn, args, kwargs, rule):
    """A function on parts, which may all be plain."""
    return interpret.call(rule, args, kwargs) if jets_in([args, kwargs]) else fn(*args, **kwargs)


def _bilinear(rule, name, args, kwargs):
    real_args, real_kwargs, found = _split(args, kwargs)
    bound = rule.bind(*real_args, **real_kwargs)
    if not isinstance(bound, kinds.Contraction):
        return rule.bind(*args, **kwargs)  # composed of products of two, as einsum of three operands
    first, second = _places(name, bound, found)
    fn = rule.fn if callable(rule.fn) else getattr(*rule.fn)

    def product(a, b):
        values = [a if k == first else b if k == second else r for k, (r, _) in enumerate(found)]
        return _apply(fn, *_again(args, kwargs, values), rule)

    (a, b), (c, d) = found[first], found[second]
    re = product(a, c)
    if b is None or d is None:
        return combined(re, product(a, d) if b is None else product(b, c))
    return combined(re - product(b, d), product(a, d) + product(b, c))


# ---- the array ----

def _binary(fn, swapped=False):
    def operate(self, other):
        if not (isinstance(other, (Jet, Complex, np.ndarray, np.generic, int, float, complex, list, tuple))):
            return NotImplemented
        return fn(other, self) if swapped else fn(self, other)

    return operate


class ComplexArray(Complex):
    """Complex numbers that carry derivatives: what NumPy's functions of complex numbers make inside a transform.

    ``re`` and ``im`` are real arrays of the same shape, at least one of which carries derivatives.
    """

    __slots__ = ("im", "re")
    __array_priority__ = 2000
    __hash__ = None

    def __init__(self, re, im):
        self.re, self.im = re, im

    @property
    def __class__(self):
        """Code that asks isinstance(z, np.ndarray) or isinstance(z, complex) takes the way it takes for plain values."""
        return np.ndarray if self.ndim else np.complex128

    def __array_ufunc__(self, fn, method, *inputs, **kwargs):
        return ufunc(fn, method, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return function(func, args, kwargs)

    # ---- what arrays say of themselves ----
    real = property(lambda self: self.re)
    imag = property(lambda self: self.im)
    shape = property(lambda self: shape_of(self.re))
    ndim = property(lambda self: len(shape_of(self.re)))
    size = property(lambda self: int(np.prod(self.shape, dtype=np.intp)))
    dtype = property(lambda self: np.result_type(self.re.dtype, np.complex64))
    flags = property(lambda self: primal(self.re).flags)
    T = property(lambda self: np.transpose(self))
    value = property(lambda self: combined(*(v.value if isinstance(v, Jet) else v for v in (self.re, self.im))))

    def __len__(self):
        return len(self.re)

    def __iter__(self):
        return (combined(x, y) for x, y in zip(self.re, self.im, strict=True))

    def __getitem__(self, key):
        return combined(self.re[key], self.im[key])

    def __setitem__(self, key, value):
        re, im = parts(value)
        self.re[key] = re
        self.im[key] = 0.0 if im is None else im

    def __bool__(self):
        return bool(primal(self))

    def __array__(self, dtype=None, copy=None):
        raise ConversionError(_dropped("np.array/np.asarray, or storing it in a plain array,"))

    def __complex__(self):
        raise ConversionError(_dropped("complex(), a function of the cmath module, or storing it in a plain array,"))

    def __float__(self):
        raise TypeError("float() of a complex number: use z.real or abs(z)")

    def __repr__(self):
        return f"ComplexArray({np.array2string(np.asarray(primal(self)), threshold=20, edgeitems=2, separator=', ')}, real and " \
               "imaginary parts that carry derivatives)"

    # ---- methods ----
    def conj(self):
        return np.conjugate(self)

    conjugate = conj

    def copy(self, order="C"):
        return combined(np.copy(self.re, order=order), np.copy(self.im, order=order))

    def astype(self, dtype, **options):
        dtype = np.dtype(dtype)
        if dtype.kind != "c":
            raise _refuse(f"astype({dtype})", "it would drop the imaginary part; say z.real")
        part = np.float32 if dtype == np.complex64 else np.float64
        return combined(*(np.astype(v, part) for v in (self.re, self.im)))

    def reshape(self, *shape, **options):
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **options)

    def transpose(self, *axes):
        return np.transpose(self, (axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes) or None)

    def item(self, *key):
        return combined(self.re.item(*key), self.im.item(*key))

    def __getattr__(self, name):
        fn = getattr(np, name, None)
        if name.startswith("_") or not callable(fn) or not hasattr(np.ndarray, name):
            raise AttributeError(f"'ComplexArray' object has no attribute {name!r}")
        return lambda *args, **kwargs: fn(self, *args, **kwargs)


def _dropped(what):
    text = (f"{what} would drop the derivatives of this ComplexArray: use NumPy's functions, allocate with np.zeros_like(z) or "
            "build with np.stack, or take z.value if it is meant to be a constant")
    refused.note(text)
    return text


_NAMES = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power, "matmul": np.matmul}
for _name, _fn in _NAMES.items():
    setattr(ComplexArray, f"__{_name}__", _binary(_fn))
    setattr(ComplexArray, f"__r{_name}__", _binary(_fn, True))
for _name, _fn in {"neg": np.negative, "pos": np.positive, "abs": np.absolute}.items():
    setattr(ComplexArray, f"__{_name}__", lambda self, fn=_fn: fn(self))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _op = getattr(operator, _name)
    setattr(ComplexArray, f"__{_name}__", lambda self, other, op=_op: op(primal(self), plain(other)))


def _in_place(fn):
    def operate(self, other):
        out = fn(self, other)
        if not self.ndim:
            return out
        if out.shape != self.shape:
            raise ValueError(f"non-broadcastable output operand with shape {self.shape} doesn't match the broadcast shape "
                             f"{out.shape}")
        self[...] = out
        return self

    return operate


for _name in ("add", "sub", "mul", "truediv", "pow"):
    setattr(ComplexArray, f"__i{_name}__", _in_place(_NAMES[_name]))


maker[0] = combined
interpret.paired.update(ufunc=ufunc, function=function)
