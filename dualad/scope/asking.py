"""Whether a function, or one that it calls by name, calls what SciPy would run by itself without derivatives: a look at names.

May import: rules, its siblings.
"""

from __future__ import annotations

import functools
from types import CodeType, FunctionType, MethodType, ModuleType

from ..rules.kinds import LATER
from .hooks import native

__all__ = ["asks"]

# Their iterations would be differentiated as they are, with an error of their own, where they do not end in an error.
SOLVERS = ("scipy.optimize", "scipy.integrate")
MOST = 200  # functions that are looked at


def asks(f):
    """Whether the code reachable from a function by names calls a solver."""
    todo, seen = [f], set()
    while todo and len(seen) < MOST:
        fn = todo.pop()
        if id(fn) in seen:
            continue
        seen.add(id(fn))
        if native(fn):
            continue
        names = frozenset(_names(fn.__code__))
        if _solver(fn, names):
            return True
        owner = [fn.__self__] if type(fn) is MethodType else []
        todo += _functions([fn.__globals__.get(n) for n in names] + _contents(fn) + owner, names)
    return False


def _solver(fn, names):
    """Whether a function is one of a package of solvers, names such a package, or imports it."""
    if (fn.__module__ or "").startswith((*SOLVERS, *LATER)) or any(n.startswith(SOLVERS) for n in names):
        return True
    modules = [v for v in (*map(fn.__globals__.get, names), *_contents(fn)) if isinstance(v, ModuleType)]
    modules += [found for m in modules for n in names if isinstance(found := vars(m).get(n), ModuleType)]
    return "scipy" in names and bool(names & {"optimize", "integrate"}) or any(m.__name__.startswith(SOLVERS) for m in modules)


def _names(code):
    """Names of a code and of those inside it."""
    found = list(code.co_names)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            found += _names(inner)
    return found


def _contents(fn):
    found = []
    for cell in fn.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:
            pass
    return found


def _entries(container):
    return list(container.values() if isinstance(container, dict) else container)[:MOST]


def _functions(values, names):
    """Python functions among values, as members of their classes, and under these names in their modules."""
    found = []
    inside = [w for v in values if type(v) in (list, tuple, dict) for w in _entries(v)]
    for v in values + inside:
        if isinstance(v, functools.partial):
            v = v.func
        v = getattr(v, "__func__", v)
        if isinstance(v, FunctionType):
            found.append(v)
        elif isinstance(v, type):
            found += [m for m in vars(v).values() if isinstance(m, FunctionType)]
        elif isinstance(v, ModuleType):
            members = vars(v)
            found += [members[n] for n in names if isinstance(members.get(n), FunctionType)]
        elif type(v).__module__ not in ("builtins", "numpy"):
            members = vars(type(v))
            found += [members[n] for n in names if isinstance(members.get(n), FunctionType)]
    return found
