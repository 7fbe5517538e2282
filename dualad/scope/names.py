"""Functions without source: the same code with a view of its globals, in which what it calls by name is dressed.

Less is seen than in a twin: calls of names and of attributes of modules, no stores. What makes arrays therefore makes traced
ones at once.  May import: errors, numpy.
"""

from __future__ import annotations

import builtins
import functools
import weakref
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType

import numpy as np

__all__ = ["view_of"]

MAKERS = frozenset([np.zeros, np.empty, np.ones, np.full, np.eye, np.identity, np.array, np.asarray, np.zeros_like, np.empty_like,
                    np.ones_like, np.full_like, np.linspace, np.arange, np.tile, np.repeat, np.copy])
FUNCTIONS = (FunctionType, BuiltinFunctionType, type(np.sum), functools.partial)
NATIVE = frozenset(["super", "locals", "globals", "vars", "dir", "eval", "exec", "breakpoint"])
_codes = weakref.WeakKeyDictionary()


class View(dict):
    """Globals looked up where they are; `LOAD_GLOBAL` asks a subclass of dict by its __getitem__."""

    def __init__(self, names, hooks):
        super().__init__(__builtins__=builtins.__dict__, __name__=names.get("__name__"))
        self.names, self.hooks = names, hooks

    def __getitem__(self, name):
        if len(self) > 2 and name in self:
            self.publish()
        value = self.names[name] if name in self.names else getattr(builtins, name, self)
        if value is self:
            raise KeyError(name)
        return value if name in NATIVE and name not in self.names else _dressed(value, self.hooks)

    def publish(self):
        """Hand on what the function wrote with `global`."""
        for name in [n for n in self if n not in ("__builtins__", "__name__")]:
            self.names[name] = self.pop(name)


class _Module:
    """A module whose functions are dressed."""

    def __init__(self, module, hooks):
        self.__dict__.update(_module=module, _hooks=hooks)

    def __getattr__(self, name):
        return _dressed(getattr(self._module, name), self._hooks)

    def __setattr__(self, name, value):
        setattr(self._module, name, value)


class _Kind(type):
    """float and np.float64 as types that keep derivatives when they are called."""

    def __call__(cls, *args, **kwargs):
        return cls.hooks.call(-1, cls.plain, *args, **kwargs)

    def __instancecheck__(cls, x):
        return isinstance(x, cls.plain)

    def __subclasscheck__(cls, other):
        return issubclass(other, cls.plain)

    def __eq__(cls, other):
        return other is cls or other is cls.plain

    def __hash__(cls):
        return hash(cls.plain)


@functools.cache
def _kind(plain, hooks):
    return _Kind(plain.__name__, (plain,), {"plain": plain, "hooks": hooks, "dtype": np.dtype(plain)})


def _dressed(value, hooks):
    if isinstance(value, ModuleType):
        return _Module(value, hooks)
    if value is float or value is np.float64 or value is np.float32:
        return _kind(value, hooks)
    if isinstance(value, FUNCTIONS):
        return functools.partial(hooks.maker if value in MAKERS else hooks.call, -1, value)
    return value


def view_of(fn, hooks):
    """The function with a view of its globals and dressed cells."""
    if type(fn.__globals__) is View:
        return fn
    code = _codes.get(fn.__code__)
    if code is None:
        # a code of its own: the interpreter adapts code to the globals it runs with
        code = _codes[fn.__code__] = fn.__code__.replace()
    written = set(code.co_cellvars)
    cells = tuple(c if name in written else _cell(c, hooks) for name, c in zip(code.co_freevars, fn.__closure__ or (), strict=True))
    view = View(fn.__globals__, hooks)
    twin = FunctionType(code, view, fn.__name__, fn.__defaults__, cells)
    twin.__kwdefaults__ = fn.__kwdefaults__

    def call(*args, **kwargs):
        try:
            return twin(*args, **kwargs)
        finally:
            view.publish()

    return call


def _cell(cell, hooks):
    """A cell of its own for a function or module; others are shared, so that `nonlocal` reaches them."""
    try:
        value = cell.cell_contents
    except ValueError:
        return cell
    return CellType(_dressed(value, hooks)) if isinstance(value, (ModuleType, *FUNCTIONS)) else cell
