"""The hooks of twins, and what one run in the scope knows: its level, arrays made in it, shadows of arrays from outside.

May import: core, rules, errors, numpy, and its siblings.
"""

from __future__ import annotations

import functools
import operator
import sys
import threading
import types
import weakref
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

import numpy as np

from ..core.complexes import combined
from ..core.interpret import array_function
from ..core.jets import Jet, is_ndarray
from ..core.operands import Complex, primal
from ..core.storage import room
from ..errors import ConversionError, DualadError, StorageError, refused
from ..rules import lookup
from .aware import (
    AWARE,
    CALLERS,
    METHODS,
    OPERANDS,
    PLAIN_METHODS,
    VECTORIZED,
    WRITERS,
    carries,
    handler,
    joined,
    operators,
    ruled,
)
from .names import view_of
from .proxies import Fields, Joiner, Store, owner
from .source import hooked

__all__ = ["HOOKS", "Again", "Scope", "native", "outside", "python_call", "running", "traced_places"]


class Again(BaseException):
    """The transform has to start again: something was learned. Not an Exception, so that no handler of the user's takes it."""

    def __init__(self, key=None, error=None):
        super().__init__()
        self.key, self.error = key, error


class _Running(threading.local):
    """What a thread is doing: its innermost scope, what `capturing` said, arrays learned and seen since the transform began."""

    scope = mode = None
    kept = ()
    seen = frozenset()


running = _Running()
traced_places = set()   # numbers of places in sources that make traced arrays
outside = {}            # id -> weak reference to an array from outside that is written in twins
_twins = {}             # (id of code, reads, operators) -> (weak reference, code of the twin or None)
NATIVE = frozenset(sys.stdlib_module_names) - {"__main__"} | {"numpy"}
OURS = __file__[: -len("scope/hooks.py")]
CLIENTS = ("dualad.testing", "dualad.demo")
UNCOVERED = "numpy.polynomial"  # Python code that NumPy does not hand over: it runs as anybody's
INERT = (np.ndarray, np.generic, int, float, complex, str, type(None), list, tuple, type, np.dtype, range, slice, type(Ellipsis),
         type(np._NoValue), np._CopyMode, Jet, Complex)
DISPATCHED = type(np.sum)
OPERATORS = {"Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv, "Pow": operator.pow,
             "Mod": operator.mod, "FloorDiv": operator.floordiv, "MatMult": operator.matmul, "BitAnd": operator.and_,
             "BitOr": operator.or_, "BitXor": operator.xor, "LShift": operator.lshift, "RShift": operator.rshift}
DIRECT = frozenset([BuiltinFunctionType, np.ufunc, DISPATCHED, types.MethodWrapperType, types.MethodDescriptorType])


def native(fn):
    """Whether a Python function runs as it is: NumPy's, the standard library's, our own."""
    name = fn.__globals__.get("__name__") or ""
    root = name.partition(".")[0]
    if root == "dualad":
        return fn.__code__.co_filename.startswith(OURS) and not name.startswith(CLIENTS)
    return root in NATIVE and not name.startswith(UNCOVERED)


def _twin(fn, reads):
    """The function of the same code with hooks, the same globals, cells and defaults; None: it runs as it is."""
    code = fn.__code__
    if id(code) in HOOKS.codes:
        return fn
    signs = operators()
    key = id(code), reads, signs
    found = _twins.get(key)
    if found is None or found[0]() is not code:
        twin = None if native(fn) else hooked(code, fn.__globals__, HOOKS, reads, signs)
        found = _twins[key] = weakref.ref(code, lambda _: _twins.pop(key, None)), twin
    if found[1] is None:
        return None if native(fn) else view_of(fn, HOOKS)
    twin = FunctionType(found[1], fn.__globals__, fn.__name__, fn.__defaults__, fn.__closure__)
    twin.__kwdefaults__, twin.__qualname__, twin.__module__ = fn.__kwdefaults__, fn.__qualname__, fn.__module__
    return twin


def python_call(x):
    """The __call__ of an object whose class has one that is Python code."""
    found = getattr(type(x), "__call__", None)  # noqa: B004
    return found if type(found) is FunctionType else None


def _takes_lists(fn, target):
    """Whether lists of numbers are arrays to `fn`."""
    return type(fn) is np.ufunc or type(fn) is DISPATCHED or isinstance(target, np.ufunc) or type(target) is np.ndarray


def _room(out, like):
    """A new array that can hold derivatives."""
    if out.dtype.kind == "c":
        return combined(room(out.real.copy(), like), room(out.imag.copy(), like))
    return room(out, like)


def _from_numpy(fn):
    """Whether a result of `fn` that is none of its arguments is nobody else's."""
    if type(fn) is np.ufunc or type(fn) is DISPATCHED:
        return True
    target = getattr(fn, "__self__", None)
    if type(target) is np.ndarray:
        return target.dtype != object
    return str(getattr(fn, "__module__", None) or type(target).__module__).partition(".")[0] == "numpy"


class Scope:
    """One run of a function in the scope."""

    def __init__(self, like, enclosing=None):
        self.like, self.enclosing, self.reads = like, enclosing, bool(outside)
        self.made, self.shadows, self.stopped = {}, {}, False

    # ---- calls ----

    def call(self, place, fn, args, kwargs):
        """fn(*args, **kwargs), or what stands for it in the scope."""
        kind = type(fn)
        if self.reads:
            args, kwargs = tuple(map(self.known, args)), {k: self.known(v) for k, v in kwargs.items()}
        if kind is FunctionType or kind is MethodType:
            out = self.handled(fn, args, kwargs)
            if out is not NotImplemented:
                return out
        if kind is FunctionType:
            if lookup(fn) is not None and carries(*args, kwargs):
                return array_function(fn, args, kwargs)  # SciPy's, or one that was declared; NumPy's ask for themselves
            twin = _twin(fn, self.reads)
            if twin is not None:
                if self.reads and fn.__defaults__ and twin is not fn and type(twin.__globals__) is dict:
                    twin.__defaults__ = tuple(map(self.known, fn.__defaults__))
                return twin(*args, **kwargs)
        elif kind is MethodType:
            if type(fn.__func__) is FunctionType:
                twin = _twin(fn.__func__, self.reads)
                if twin is not None:
                    return twin(fn.__self__, *args, **kwargs)
        elif kind not in DIRECT:
            return self.special(place, fn, args, kwargs)
        return self.direct(place, fn, args, kwargs)

    def handled(self, fn, args, kwargs):
        """What a handler makes of a call; NotImplemented: there is none, or it has nothing to say."""
        target = getattr(fn, "__self__", None)
        if isinstance(target, (ModuleType, Jet)):
            target = None
        if target is not None:  # the method as its class holds it
            fn, args = getattr(fn, "__func__", None) or getattr(type(target), fn.__name__, fn), (target, *args)
        aware = handler(fn)
        return NotImplemented if aware is None else aware(self, fn, args, kwargs)

    def special(self, place, fn, args, kwargs):
        """Classes, partials, caches and objects with a Python __call__."""
        if isinstance(fn, type):
            return self.instance(place, fn, args, kwargs)
        if type(fn) is functools.partial:
            return self.call(place, fn.func, (*fn.args, *args), {**fn.keywords, **kwargs})
        if type(fn) is functools._lru_cache_wrapper:
            # what a cache keeps would be used after the run, and its keys must be hashable
            return self.call(place, fn.__wrapped__, args, kwargs) if carries(args, kwargs) else fn(*args, **kwargs)
        if type(fn) is np.vectorize:
            out = VECTORIZED(self, fn, args, kwargs)
            return self.direct(place, fn, args, kwargs) if out is NotImplemented else out
        call = python_call(fn)
        if carries(*args, kwargs) and ruled(fn):  # SciPy's that ask for a backend, or one of ours
            return array_function(fn, args, kwargs)
        if call is not None and not native(call):
            return self.call(place, MethodType(call, fn), args, kwargs)
        return self.direct(place, fn, args, kwargs)

    def instance(self, place, cls, args, kwargs):
        """An object of a class whose __init__ is a Python function."""
        if (out := self.handled(cls, args, kwargs)) is not NotImplemented:
            return out
        init, made = cls.__init__, cls.__new__  # classes with an abstract base are called as others are; enumerations are not
        if (type(cls).__call__ is not type.__call__ or type(init) is not FunctionType or native(init)
                or made is not object.__new__ and (type(made) is not FunctionType or native(made))):
            return self.direct(place, cls, args, kwargs)
        new = made(cls) if made is object.__new__ else self.call(place, made, (cls, *args), kwargs)
        if isinstance(new, cls):
            self.call(place, type(new).__init__, (new, *args), kwargs)
        return new

    def direct(self, place, fn, args, kwargs):
        """A function that is not ours to look into."""
        out = self.handled(fn, args, kwargs) if type(fn) not in (FunctionType, MethodType) else NotImplemented
        if out is not NotImplemented:
            return out
        aware = handler(fn)
        target = getattr(fn, "__self__", None)
        if isinstance(target, Jet) and fn.__name__ in METHODS:
            return METHODS[fn.__name__](target, *args, **kwargs)
        if type(target) is np.ndarray and fn.__name__ in PLAIN_METHODS and carries(args, kwargs):
            fn, args, target = PLAIN_METHODS[fn.__name__], (self.known(target), *args), None
        if self.reads:
            args, kwargs = tuple(self.known(a, True) for a in args), {k: self.known(v, True) for k, v in kwargs.items()}
        if type(fn) is FunctionType and hasattr(fn, "dispatch") and args and isinstance(args[0], Jet):
            # functools.singledispatch; what it finds has a twin
            return self.call(place, fn.dispatch(args[0].__class__), args, kwargs)
        if fn in CALLERS if aware is None and type(fn) in (type, BuiltinFunctionType, DISPATCHED, FunctionType) else False:
            args, kwargs = tuple(map(self.function, args)), {k: self.function(v) for k, v in kwargs.items()}
        elif str(getattr(fn, "__module__", "")).startswith("dualad"):
            args, kwargs = tuple(map(self.python, args)), {k: self.python(v) for k, v in kwargs.items()}
        out = self.tried(fn, target, args, kwargs)
        if type(out) is np.ndarray:
            if self.reads and id(out) in outside:
                return self.shadow(out)
            return self.note(place, out, fn, target, args, kwargs)
        if type(out) in (list, tuple) and out and type(out[0]) is np.ndarray and _from_numpy(fn):
            return type(out)(self.note(place, a, fn, target, args, kwargs) if type(a) is np.ndarray else a for a in out)
        return out

    def tried(self, fn, target, args, kwargs):
        """fn(*args, **kwargs); lists that NumPy does not look into are made arrays, arrays that are to be written are learned."""
        before = refused.count
        try:
            return fn(*args, **kwargs)
        except (DualadError, TypeError, ValueError) as error:
            lists = isinstance(error, ConversionError) and _takes_lists(fn, target) and any(
                isinstance(a, (list, tuple)) and carries(a) for a in (*args, *kwargs.values()))
            if not lists:
                self.written(fn, target, args, kwargs, error)
                raise
        refused.count = before
        return self.tried(fn, target, tuple(map(joined, args)), {k: joined(v) for k, v in kwargs.items()})

    def function(self, f):
        """What a function that is handed to map, reduce and the like is called as."""
        kind = type(f)
        if kind in (FunctionType, MethodType, functools.partial) or _in(f, AWARE):
            return functools.partial(HOOKS.call, -1, f)
        return f

    def python(self, f):
        """What a function of the user's that is handed to a transform is called as."""
        return (_twin(f, self.reads) or f) if type(f) is FunctionType else f

    def written(self, fn, target, args, kwargs, error):
        """Learn which plain array a call that failed was to write."""
        array = getattr(error, "target", None)
        if array is None and type(target) is np.ndarray and fn.__name__ in ("fill", "put", "itemset", "partition", "sort"):
            array = target
        if array is None and _in(fn, WRITERS) and args:
            array = args[0]
        if array is not None and carries(args, kwargs):
            self.need(array)

    # ---- arrays made in the scope ----

    def note(self, place, out, fn, target, args, kwargs):
        """A new array, traced if that is known to be needed; remembered with the place that made it."""
        if out.dtype.kind not in "fc" or not out.ndim or not _from_numpy(fn):
            return out
        root = owner(out)
        known = self.made.get(id(root))
        if known is not None and known[0]() is root or root.base is not None:
            return out
        for a in (*args, *kwargs.values(), *((target,) if type(target) is np.ndarray else ())):
            # what hands out an array of its own (a frame, a buffer, a function) may hold on to it
            if not isinstance(a, INERT) or is_ndarray(a) and owner(a) is root or isinstance(a, tuple) and any(
                    v is root for v in a):
                return out
        return self.fresh(place, out, root, fn is np.empty)

    def fresh(self, place, out, root, blank=False):
        if place in traced_places:
            if blank:
                out.fill(0.0)  # what is never written has no derivative, and must not depend on memory
            return _room(out, self.like)
        self.made[id(root)] = weakref.ref(root), place
        return out

    def need(self, array):
        """Start again with an array that can keep derivatives; returns where that cannot help."""
        if type(array) is not np.ndarray or array.dtype.char not in "efdFD" or not array.flags.writeable:
            return
        root, scope = owner(array), self
        while scope is not None:
            known = scope.made.get(id(root))
            if known is not None and known[0]() is root:
                if scope is self and known[1] >= 0 and known[1] not in traced_places:
                    traced_places.add(known[1])
                    self.start_again()
                return
            scope = scope.enclosing
        # arrays that come and go cannot be told from each other: what was learned before must have been seen since
        if not root.ndim or root.dtype.kind == "c" or root.base is not None or any(id(a) not in running.seen for a in running.kept):
            return
        if id(root) in running.seen:
            return
        running.kept = (*running.kept, root)
        key = id(root)
        outside[key] = weakref.ref(root, lambda _: outside.pop(key, None))
        self.start_again()

    def start_again(self):
        self.stopped = True  # a bare `except:` of the user's may catch what is raised now
        raise Again

    # ---- arrays from outside ----

    def shadow(self, array):
        """What stands for an array from outside in this run."""
        scope, key = self, id(array)
        while scope is not None:
            found = scope.shadows.get(key)
            if found is not None and found[0] is array:
                if scope is not self:
                    # a level of its own: what this run writes may carry derivatives that the enclosing one does not know
                    self.shadows[key] = found = array, room(found[1], self.like)
                return found[1]
            scope = scope.enclosing
        known = outside.get(id(array))
        if known is None or known() is not array:
            if array.base is not None and id(owner(array)) in outside:
                raise StorageError("a view, made outside the function, of a work array that the function writes would be read or "
                                   "written without derivatives: make the view inside the function, or allocate there")
            return array
        if not array.flags.writeable:
            return array
        shadow = room(array, self.like)
        self.shadows[id(array)] = array, shadow
        running.seen = running.seen | {id(array)}
        # a read that the hooks do not see must not find an old number that has no derivatives
        array.fill(np.nan)
        return shadow

    def known(self, value, inside=False):
        """The shadow of an array from outside; `inside`: also of entries of a list or tuple, in a new one."""
        if type(value) is np.ndarray:
            return self.shadow(value) if value.dtype.kind == "f" else value
        if inside and type(value) in (list, tuple):
            found = [self.known(v, True) for v in value]
            return value if all(a is b for a, b in zip(found, value, strict=True)) else type(value)(found)
        return value

    def check(self, y):
        """Refuse a result that may have read what only the shadow of an array knows."""
        if self.shadows and _unknown(y):
            raise StorageError("the result is not a number (NaN), and the function writes work arrays that were made outside it: "
                               "either it gives NaN here, or one of them was read in a way that the capturing scope does not see. "
                               "Allocate them inside the function, with np.zeros_like(x)")

    def close(self):
        """Write the values of shadows back; what carries derivatives of an enclosing run goes to its shadow.

        Returns whether there were such values and no scope around this one to keep them.
        """
        around, lost = self.enclosing.shadows if self.enclosing is not None else {}, False
        for key, (array, shadow) in self.shadows.items():
            value = shadow.value
            if key in around:
                around[key][1][...] = value
            elif isinstance(value, Jet) and self.enclosing is not None:
                around[key] = array, value.copy()
            else:
                lost = lost or isinstance(value, Jet)
                array[...] = primal(value)
        self.shadows, self.made = {}, {}
        return lost


def _in(x, table):
    try:
        return x in table
    except TypeError:
        return False


def _unknown(y):
    if isinstance(y, (list, tuple, dict)):
        return any(map(_unknown, y.values() if isinstance(y, dict) else y))
    value = primal(y)
    real = isinstance(value, (float, np.ndarray, np.floating)) and np.asarray(value).dtype.kind == "f"
    return real and bool(np.isnan(value).any())


class _Hooks:
    """What the code of twins calls. Without a scope everything is as it would be without hooks."""

    def __init__(self):
        self.codes = weakref.WeakValueDictionary()  # id -> code with hooks

    def __repr__(self):
        return "<hooks of dualad.scope>"

    def call(self, place, fn, /, *args, **kwargs):
        scope = running.scope
        return fn(*args, **kwargs) if scope is None else scope.call(place, fn, args, kwargs)

    def maker(self, place, fn, /, *args, **kwargs):
        """A call that makes an array, from code whose stores cannot be seen."""
        out, scope = self.call(place, fn, *args, **kwargs), running.scope
        plain = type(out) is np.ndarray and out.dtype.kind in "fc" and out.ndim
        return _room(out, scope.like) if scope is not None and plain else out

    def attribute(self, target, name):
        scope = running.scope
        if scope is None or type(target) is ModuleType:
            return getattr(target, name) if scope is None or not scope.reads else self.read(getattr(target, name))
        found = getattr(type(target), name, None)
        if type(found) is property and type(found.fget) is FunctionType:
            return scope.call(-1, found.fget, (target,), {})
        value = getattr(target, name)
        return self.read(value) if scope.reads else value

    def read(self, value):
        scope = running.scope
        if scope is None or type(value) is not np.ndarray or value.dtype.kind != "f":
            return value
        return scope.shadow(value)

    def into(self, place, array):
        scope = running.scope
        if scope is None or type(array) is not np.ndarray:
            return array
        if scope.reads and array.dtype.kind == "f":
            array = scope.shadow(array)
            if isinstance(array, Jet):
                return array
        return Store(scope, place, array)

    def fields(self, target):
        scope = running.scope
        return target if scope is None else Fields(target, self, scope)

    def fresh(self, place, value):
        """The result of an operator, about to get a name under which it is written."""
        scope = running.scope
        if scope is None or type(value) is not np.ndarray or value.dtype.kind not in "fc" or not value.ndim:
            return value
        root = owner(value)
        known = scope.made.get(id(root))
        # an operator of a class of the user's may have handed out an array that others hold
        if known is not None and known[0]() is root or sys.getrefcount(value) > 4:
            return value
        return scope.fresh(place, value, root)

    def each(self, values):
        scope = running.scope
        if scope is None or isinstance(values, (Jet, Complex, np.ndarray, range)):
            return values
        return (scope.known(v, True) for v in values)

    def operator(self, name, left, right):
        """An operator with a list written on one side, which is an array to the array on the other."""
        return self.operate(name, self.beside(right, left), self.beside(left, right))

    def operate(self, name, left, right):
        """An operator, whose operands may be another package's."""
        scope, operate = running.scope, OPERATORS[name]
        if scope is not None and OPERANDS:
            found = OPERANDS.get(type(left)) or OPERANDS.get(type(right))
            out = NotImplemented if found is None else found(scope, operate.__name__, left, right)
            if out is not NotImplemented:
                return out
        return operate(left, right)

    def beside(self, other, values):
        return joined(values) if running.scope is not None and isinstance(other, (Jet, np.ndarray)) else values

    def joiner(self, target):
        """np.r_ and np.c_."""
        return target if running.scope is None or target is not np.r_ and target is not np.c_ else Joiner(target)

    def text(self, pattern, values):
        """pattern % values: text shows plain numbers."""
        if isinstance(values, tuple):
            return pattern % tuple(primal(v) if isinstance(v, (Jet, Complex)) else v for v in values)
        return pattern % (primal(values) if isinstance(values, (Jet, Complex)) else values)


HOOKS = _Hooks()
