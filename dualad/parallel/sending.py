"""What goes to other processes: functions and arguments as bytes, and errors that say which part cannot go.

A function of a module is sent by its name (pickle); lambdas, closures and functions of a script by their code, which
takes cloudpickle.  Rules are not sent: they are entered by importing the module that declares them, and the worker
refuses to run where one is unknown, since it would differentiate something else.
May import: numpy, pickle, concurrent.futures, cloudpickle (optional), dualad.errors, dualad.rules.kinds.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import importlib.util
import io
import pickle
import sys
import threading
import traceback
from collections import OrderedDict
from concurrent.futures import ProcessPoolExecutor
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType

from ..errors import SendError, WorkerError
from ..rules import kinds

__all__ = ["marked", "opened", "packed", "sendable", "world"]

KEPT = 8     # functions that a worker keeps unpacked
DEPTH = 4    # how far into closures and attributes the part that cannot be sent is looked for
OURS = ("dualad", "numpy", "scipy")

_kept: OrderedDict = OrderedDict()
_lock = threading.Lock()


class _Watching(pickle.Pickler):
    """A pickler that notes whether something was sent by its name in the script."""

    script = False

    def reducer_override(self, obj):
        if isinstance(obj, FunctionType | type) and obj.__module__ == "__main__":
            self.script = True
        return NotImplemented


def plain(obj):
    """(bytes, whether they name something in the script)."""
    out = io.BytesIO()
    pickler = _Watching(out, protocol=5)
    pickler.dump(obj)
    return out.getvalue(), pickler.script


def by_value(obj):
    """Bytes that hold the code of functions which have no importable name."""
    import cloudpickle

    if any(fn in kinds.registry and _home(fn) == "__main__" for fn in kinds.python_functions):
        raise SendError("a lambda, closure or function of the script is sent by its code, but the script declares rules for "
                        "functions of its own, which copies of these in a worker would not have: declare such rules in a module")

    return cloudpickle.dumps(obj, protocol=5)


def has_cloudpickle():
    """Whether functions can be sent by their code."""
    return importlib.util.find_spec("cloudpickle") is not None


def _dumps(obj, executor):
    """Bytes of `obj`, by name where the other side can import it, else by value."""
    try:
        found, script = plain(obj)
    except Exception:
        if not has_cloudpickle():
            raise
        return by_value(obj)
    if not script:
        return found
    # multiprocessing runs the script again in each worker; others never see it
    known = isinstance(executor, ProcessPoolExecutor) and hasattr(sys.modules["__main__"], "__file__")
    if known and (not has_cloudpickle() or "__main__" in declared_by().values()):
        return found
    if has_cloudpickle():
        return by_value(obj)
    raise pickle.PicklingError("it is defined in the script or at the prompt, which workers do not import")


def declared_by():
    """Rules that are not dualad's own: name -> module that holds their formulas."""
    found = {}
    for rule in list(kinds.registry.values()):
        homes = {home for part in vars(rule).values() for home in _homes(part) if home.partition(".")[0] not in OURS}
        if homes:
            found[rule.name.replace("__mp_main__", "__main__")] = sorted(homes)[0]
    return found


def _homes(part):
    """The modules in which the functions of a part of a rule are defined."""
    if isinstance(part, tuple | list):
        return [home for p in part for home in _homes(p)]
    if isinstance(part, dict):
        return [home for p in part.values() for home in _homes(p)]
    return [_home(part)] if isinstance(part, FunctionType) and part.__module__ else []


def _home(fn):
    """The module of a function; processes that multiprocessing starts call the script so."""
    return "__main__" if fn.__module__ == "__mp_main__" else fn.__module__


def packed(executor, **parts):
    """(digest, bytes) of the named parts of a task, or a SendError that names the part that cannot be sent."""
    try:
        blob = _dumps(parts, executor)
    except SendError:
        raise
    except Exception as error:
        raise _refusal(executor, parts, error) from error
    return hashlib.blake2b(blob, digest_size=16).digest(), blob


def world():
    """What the worker must have for the same derivatives: the version, and the rules that are not dualad's."""
    return version(), declared_by()


def version():
    """That of dualad, which is there when this module is."""
    return sys.modules["dualad"].__version__


def opened(digest, blob, asked=None):
    """The parts of a task, in a worker whose `world` must be that of the caller; kept unless nothing is asked of it."""
    with _lock:
        if digest in _kept:
            _kept.move_to_end(digest)
            return _kept[digest]
    try:
        parts = pickle.loads(blob)
    except (AttributeError, ImportError) as error:
        raise SendError(f"a worker cannot find what it is to run ({error}): it sees only what can be imported there. Define "
                        "functions at the top level of a module or script (not below if __name__ == '__main__'), start workers "
                        "with the same sys.path, or pip install cloudpickle") from error
    if asked is not None:
        _same_world(*asked)
        with _lock:
            _kept[digest] = parts
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
    return parts


def _same_world(wanted, rules):
    """Raise where this worker would differentiate something else."""
    if wanted != version():
        raise SendError(f"a worker has dualad {version()}, the caller {wanted}: install the same version in both places")
    for name, module in rules.items():
        if name not in declared_by() and module != "__main__":
            with contextlib.suppress(ImportError):
                importlib.import_module(module)
        if name not in declared_by():
            raise SendError(f"a worker does not know the rule for {name} (declared in {module}): declare rules at the top level "
                            "of a module that workers can import")


def _refusal(executor, parts, error):
    """A SendError for the part that fails by itself."""
    for label, part in parts.items():
        found = _blame(label, part, executor, DEPTH)
        if found is not None:
            place, reason = found
            advice = ("give what can be pickled, or make it inside the function" if has_cloudpickle() or "lambda" not in reason
                      and "local" not in reason and "script" not in reason
                      else "define the function at the top level of a module, or pip install cloudpickle")
            return SendError(f"{place} cannot be sent to {type(executor).__name__}: {reason}. To do: {advice}; "
                             "ThreadPoolExecutor and executor=0 send nothing")
    return SendError(f"{', '.join(parts)} cannot be sent together to {type(executor).__name__}: {error}")


def _blame(label, obj, executor, depth):
    """(place, reason) of the innermost part that cannot be pickled, or None."""
    try:
        _dumps(obj, executor)
        return None
    except Exception as error:
        reason = str(error) or type(error).__name__
    for name, child in _children(obj) if depth else ():
        found = _blame(f"{label}, {name}", child, executor, depth - 1)
        if found is not None and (has_cloudpickle() or not isinstance(obj, FunctionType)):
            return found
    return f"{label} ({_called(obj)})", reason


def _called(obj):
    return getattr(obj, "__qualname__", None) or f"a {type(obj).__module__}.{type(obj).__name__}"


def _children(obj):
    """Named parts of a function or object."""
    if isinstance(obj, functools.partial):
        yield from (("its function", obj.func), ("its arguments", obj.args), ("its keywords", obj.keywords))
    elif isinstance(obj, MethodType):
        yield "its object", obj.__self__
    elif isinstance(obj, FunctionType):
        free = zip(obj.__code__.co_freevars, obj.__closure__ or (), strict=True)
        yield from ((f"closure variable {name!r}", cell.cell_contents) for name, cell in free)
        yield "its defaults", (obj.__defaults__, obj.__kwdefaults__)
        seen = {name: obj.__globals__[name] for name in obj.__code__.co_names if name in obj.__globals__}
        yield from ((f"global {name!r}", value) for name, value in seen.items() if not isinstance(value, ModuleType))
    elif isinstance(obj, dict):
        yield from ((f"entry {key!r}", value) for key, value in obj.items())
    elif isinstance(obj, tuple | list):
        yield from ((f"entry {k}", value) for k, value in enumerate(obj))
    elif hasattr(obj, "__dict__") and not isinstance(obj, type | BuiltinFunctionType):
        yield from ((f"attribute {name!r}", value) for name, value in vars(obj).items())


def marked(error, place, index):
    """The same error with the place of the point, block or shard in which it was raised."""
    error.add_note(f"dualad.parallel: raised at {place}")
    try:
        error.parallel_index = index
    except AttributeError:
        pass  # a class with slots: the note says it
    return error


def sendable(error):
    """The error itself where it survives pickling; engines lose workers to those that do not."""
    try:
        back = pickle.loads(pickle.dumps(error))
        if type(back) is type(error) and str(back) == str(error):
            return error
    except Exception:
        pass
    lines = "".join(traceback.format_exception(error))
    told = WorkerError(f"{type(error).__name__}: {error}\n(an error of this type cannot be sent; in the worker it was)\n{lines}")
    for note in getattr(error, "__notes__", ()):
        told.add_note(note)
    told.parallel_index = getattr(error, "parallel_index", None)
    return told
