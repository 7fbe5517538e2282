"""Functions of the user's that a solver is given, whose closures and arguments may hold values with derivatives.

May import: calls, core, directional, gradients, scope, errors, numpy.
"""

from __future__ import annotations

import dis
import functools
import inspect
import types
from types import CellType, FunctionType

import numpy as np

from .. import scope
from ..calls import Inputs, from_start
from ..core.jets import Jet
from ..core.operands import plain, primal, stacked
from ..core.storage import filled
from ..directional import _push
from ..gradients import Recording
from .nest import note

__all__ = ["Call", "Composed", "Function", "array", "gradient", "jacobian", "rebuilt", "watched"]


# ---- what functions hold ----


def rebuilt(x, swap, seen=None):
    """`x` with every jet in containers, closures, defaults and arguments replaced by swap(jet); `x` itself if there is none."""
    seen = {} if seen is None else seen
    if isinstance(x, Jet):
        return swap(x)
    kind = type(x)
    if kind in (list, tuple):
        found = [rebuilt(v, swap, seen) for v in x]
        return x if all(a is b for a, b in zip(found, x, strict=True)) else kind(found)
    if kind is dict:
        found = {k: rebuilt(v, swap, seen) for k, v in x.items()}
        return x if all(found[k] is v for k, v in x.items()) else found
    if kind is functools.partial:
        func, args, keywords = (rebuilt(v, swap, seen) for v in (x.func, x.args, x.keywords))
        return x if func is x.func and args is x.args and keywords is x.keywords else functools.partial(func, *args, **keywords)
    return _function(x, swap, seen) if kind is FunctionType else x


def _function(f, swap, seen):
    if id(f) in seen:
        return seen[id(f)]
    seen[id(f)] = f
    cells = tuple(_cell(f, name, c, swap, seen) for name, c in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
    defaults, keywords = rebuilt(f.__defaults__, swap, seen), rebuilt(f.__kwdefaults__, swap, seen)
    if defaults is f.__defaults__ and keywords is f.__kwdefaults__ and all(
            a is b for a, b in zip(cells, f.__closure__ or (), strict=True)):
        return f
    new = FunctionType(f.__code__, f.__globals__, f.__name__, defaults, cells)
    new.__kwdefaults__ = keywords
    seen[id(f)] = new
    return new


def _cell(f, name, cell, swap, seen):
    try:
        value = cell.cell_contents
    except ValueError:
        return cell
    found = rebuilt(value, swap, seen)
    # a name that the function binds anew, or a list that it changes, is one that others look at
    kept = found is value or name in _bound(f.__code__) or type(value) in (list, dict) and _changes(f.__code__)
    return cell if kept else CellType(found)


@functools.lru_cache(1000)
def _bound(code):
    names = {i.argval for i in dis.get_instructions(code) if i.opname in ("STORE_DEREF", "DELETE_DEREF")}
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            names |= _bound(inner)
    return names


def array(y):
    """What a function of the user's returned, lists as arrays."""
    if isinstance(y, (list, tuple)):
        found = filled(y)
        return stacked(y) if found is None else found
    return stacked(y) if type(y) is np.ndarray and y.dtype == object else y


CHANGES = frozenset(["append", "extend", "insert", "pop", "popitem", "update", "setdefault", "clear", "remove", "sort", "reverse"])


@functools.lru_cache(1000)
def _changes(code):
    """Whether code may change lists and dicts in place."""
    stores = any(i.opname in ("STORE_SUBSCR", "DELETE_SUBSCR") for i in dis.get_instructions(code))
    if stores or CHANGES.intersection(code.co_names):
        return True
    return any(_changes(inner) for inner in code.co_consts if isinstance(inner, types.CodeType))


class Function:
    """A function of the user's and its further arguments: called with values that may carry derivatives."""

    def __init__(self, f, after=(), kwargs=None, before=()):
        self.f, self.before, self.after, self.kwargs = f, tuple(before), tuple(after), kwargs or {}
        self.name = getattr(f, "__name__", type(f).__name__)

    def raw(self, *x):
        """What the function returns."""
        return scope.call(self.f, (*self.before, *x, *self.after), self.kwargs)

    def __call__(self, *x):
        return array(self.raw(*x))

    @functools.cached_property
    def parts(self):
        return [self.f, self.after, self.kwargs, self.before]

    def jets(self):
        """What carries derivatives among the things that the function is known to hold."""
        found = {}
        rebuilt(self.parts, lambda x: found.setdefault(id(x), x))
        return list(found.values())

    def swapped(self, swap):
        """The function with other values in place of those that carry derivatives."""
        return Function(*rebuilt(self.parts, swap))

    @functools.cached_property
    def lean(self):
        """The function without derivatives, where they are in places that are known; for calls whose primal is all that counts."""
        return _Lean(self)


def frozen(x):
    """The plain value of a jet, which is not to be written: it is what others have recorded."""
    value = primal(x)
    if type(value) is np.ndarray:
        value = value.view()
        value.flags.writeable = False
    return value


class _Lean(Function):
    """A function with plain values; one that writes into arrays of its closure gets what carries derivatives again."""

    def __init__(self, whole):
        self.f, self.after, self.kwargs, self.before = rebuilt(whole.parts, frozen)
        self.whole, self.name = whole, whole.name

    def raw(self, *x):
        try:
            return super().raw(*x)
        except ValueError as error:
            if self.f is self.whole.f or "read-only" not in str(error):
                raise
            self.f = self.whole.f
            return super().raw(*x)


class Composed(Function):
    """form(function, x, *data): an expression in a function of the user's."""

    def __init__(self, function, form, *data):
        super().__init__(function.f)
        self.function, self.form, self.data = function, form, data

    def __call__(self, *x):
        return self.form(self.function, *x, *self.data)

    def jets(self):
        found = []
        rebuilt(self.data, found.append)
        return self.function.jets() + found

    def swapped(self, swap):
        return Composed(self.function.swapped(swap), self.form, *rebuilt(self.data, swap))

    @property
    def lean(self):
        return Composed(self.function.lean, self.form, *rebuilt(self.data, frozen))


def watched(f, levels):
    """What a solver calls in place of `f`: its plain result; the levels that `f` holds or returns are added to `levels`."""
    whole = Function(f)
    note(levels, whole.jets())
    lean = whole.lean

    def call(*args, **kwargs):
        lean.kwargs = kwargs
        y = lean.raw(*args)
        note(levels, y)
        return plain(stacked(y) if isinstance(y, np.ndarray) and y.dtype == object else y)

    try:
        call.__signature__ = inspect.signature(f)
    except (TypeError, ValueError):
        pass
    call.__name__ = whole.name
    for name in ("terminal", "direction"):
        if hasattr(f, name):
            setattr(call, name, getattr(f, name))
    return call


class Call:
    """One call of a solver: its arguments by name, its plain result, and the levels that it is concerned with."""

    def __init__(self, fn, args, kwargs):
        self.fn, self.args, self.kwargs, self.levels = fn, args, kwargs, {}
        self.name = f"scipy.{getattr(fn, '__module__', '').split('.')[1]}.{fn.__name__}"
        self.given = inspect.signature(fn).bind(*args, **kwargs).arguments

    def get(self, name, default=None):
        return self.given.get(name, default)

    def plain(self, value):
        """An argument as SciPy gets it."""
        if isinstance(value, Jet):
            note(self.levels, value)
            return primal(value)
        if type(value) in (list, tuple):
            return type(value)(self.plain(v) for v in value)
        if type(value) is dict:
            return {k: self.plain(v) for k, v in value.items()}
        if callable(value) and not isinstance(value, (type, np.ufunc)) and not hasattr(value, "solver_keeps"):
            return watched(value, self.levels)
        return value

    def run(self, **changed):
        """SciPy's own result on plain numbers."""
        given = inspect.signature(self.fn).bind(*self.args, **self.kwargs)
        for name, value in given.arguments.items():
            given.arguments[name] = {k: self.plain(v) for k, v in value.items()} if name == "kwargs" else self.plain(value)
        given.arguments.update(changed)
        return self.fn(*given.args, **given.kwargs)

    def function(self, name, args="args"):
        """A function among the arguments, with the further arguments it is called with."""
        after = self.get(args, ()) if args else ()
        return Function(self.get(name), after if isinstance(after, tuple) else (after,))


# ---- derivatives of such functions ----


def jacobian(f, x, asked, owner):
    """Value and Jacobian (results, entries of x) of a function; both carry what x and the function carry."""
    inputs = Inputs(f, (x,), {}, 0, owner)
    inputs.asked = asked
    n = int(np.size(x))
    _, (y,), ts, _ = from_start(_push, asked, inputs, [np.eye(n).reshape((n, *np.shape(x)))], n, False)
    return y, np.reshape(ts[0], (n, -1)).T


def gradient(function, owner):
    """The gradient of a function of the user's, as a function of the same argument."""
    def value(x):
        y = function(x)
        return np.reshape(y, ()) if np.ndim(y) else y

    def found(x):
        inputs = Inputs(value, (x,), {}, 0, owner)
        inputs.asked = function.f
        recording = from_start(Recording, function.f, inputs)
        return recording.pull([np.float64(1.0)], free=True)[0]

    return found
