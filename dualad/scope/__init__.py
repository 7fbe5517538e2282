"""The capturing scope: functions that fill plain arrays, call `math` or ask for `float` run as their twins (decision note 5).

May import: core, rules, errors, numpy.
"""

from __future__ import annotations

import functools
import sys
import weakref
from contextlib import contextmanager
from types import FunctionType

from ..errors import (
    AnomalyError,
    ComplexError,
    ConversionError,
    DegenerateError,
    DtypeError,
    DualadError,
    InputError,
    NoRuleError,
    SolverError,
    StorageError,
    refused,
)
from ..rules import kinds
from ..rules.kinds import LATER
from .asking import asks
from .aware import AWARE, LATER_AWARE
from .hooks import HOOKS, Again, Scope, native, python_call, running

__all__ = ["Again", "call", "capture", "capturing", "consider", "expect", "known", "knows", "reconsider", "retry", "run"]

known = {}      # id of code -> what keeps or watches it: functions that need the scope
ATTEMPTS = 1000
HELPS = (ConversionError, ComplexError, DtypeError)
# Errors of a run in the scope that say by themselves what is in the way.
PLAIN = (AnomalyError, ComplexError, DegenerateError, NoRuleError, SolverError)
_expected = {}  # id of code -> weak reference: functions that `expect` has looked at


def _key(f):
    """The code (or builtin) that a callable stands for; None: the scope can do nothing for it."""
    f = getattr(f, "__checkpoint__", f)
    while isinstance(f, functools.partial):
        f = f.func
    f = getattr(f, "__func__", f)
    if isinstance(f, functools._lru_cache_wrapper):
        return _key(f.__wrapped__)
    if type(f) is not FunctionType:
        call = python_call(f)
        if call is None:
            return f if _builtin(f) else None
        f = call
    return None if native(f) else f.__code__


def _builtin(f):
    try:
        return f in AWARE
    except TypeError:
        return False


def _learn(key):
    number = id(key)
    try:
        known[number] = weakref.ref(key, lambda _: known.pop(number, None))
    except TypeError:
        known[number] = key


def knows(f):
    """Whether a function runs in the scope straight away."""
    if running.mode is not None:
        return running.mode and _key(f) is not None
    if kinds.python_functions and any(fn in kinds.registry for fn in kinds.python_functions):
        return _key(f) is not None  # a plain run would pass their rules by
    return id(f.__code__ if type(f) is FunctionType else _key(f)) in known


def expect(f):
    """Send a function to the scope that calls a solver of SciPy by name: some would iterate on our numbers without an error."""
    code = f.__code__
    if id(code) not in _expected:
        _expected[id(code)] = weakref.ref(code, lambda _, k=id(code): _expected.pop(k, None))  # noqa: B008
        if _key(f) is not None and asks(f):
            _learn(code)


def consider(f, error, before):
    """Start the transform again in the scope if that may help against an error of a plain run; else return.

    `before`: how many conversions had been refused when the run began.
    """
    key = _key(f)
    # compiled code may answer a refused conversion with an error of its own
    helps = _dropped(error) or refused.count != before and isinstance(error, Exception) and not isinstance(error, DualadError)
    if key is None or running.mode is False or not helps or id(key) in known:
        return
    _learn(key)
    refused.count = before
    raise Again(key, error)


def reconsider(f, owner, before):
    """The same for a function that was refused a conversion and went on: what it returned may be another branch."""
    consider(f, _handled(owner), before)


def _handled(owner):
    return ConversionError(
        f"{owner}: the function caught an error of dualad about dropped derivatives and went on, so that the derivative would be "
        f"that of another branch: use NumPy's functions, or x.value for constants (the last one was {refused.last})")


def _dropped(error):
    """Whether an error may come from a value that carries derivatives where a number was expected."""
    seen = 0
    while error is not None and seen < 20:
        if isinstance(error, HELPS) and type(error) is not InputError or isinstance(error, TypeError) and not isinstance(
                error, DualadError) or isinstance(error, DualadError) and _inside(error.__traceback__):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def _inside(trace):
    """Whether an error of ours came up inside a package whose functions have rules or handlers: the scope knows the whole call."""
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__") or ""
        if any(name == p or name.startswith(p + ".") for p in (*LATER, *LATER_AWARE)):
            return True
        trace = trace.tb_next
    return False


def run(f, args, kwargs, like):
    """f(*args, **kwargs) in a scope; `like` is a value of the running level."""
    scope = running.scope = Scope(like, running.scope)
    before = refused.count
    try:
        y = scope.call(-1, f, args, kwargs)
        if scope.stopped:
            raise Again
        scope.check(y)
        if refused.count != before:
            raise _handled(like.level.owner)
    except StorageError as error:
        if error.target is not None:
            scope.need(error.target)
        raise
    except RecursionError as error:
        if not hasattr(error, "__notes__"):
            error.add_note("in dualad's capturing scope a call of a Python function takes three of Python's frames: write the "
                           "recursion as a loop, or raise sys.setrecursionlimit")
        raise
    finally:
        refused.count = before
        running.scope = scope.enclosing
        lost = scope.close()
    if lost and _read_later():
        # where the enclosing transform runs plainly this sends its function to the scope as well
        raise ConversionError("a work array was written with values that carry derivatives of an enclosing transform, which cannot "
                              "keep them there: allocate it inside the function")
    return y


def retry(attempt, again):
    """Run a transform again, and again as long as something is learned."""
    before = running.kept, running.seen
    running.kept = ()
    try:
        for _ in range(ATTEMPTS):
            running.seen = frozenset()
            try:
                return attempt()
            except Again as more:
                if again.error is None:
                    again = more
            except (DualadError, TypeError) as error:
                if again.error is None or isinstance(error, PLAIN):
                    raise
                _explain(again, error)
                raise again.error from again.error.__cause__
        raise ConversionError(f"the capturing scope did not come to an end in {ATTEMPTS} attempts: allocate the arrays that hold "
                              "derivatives inside the function, with np.zeros_like(x)")
    finally:
        running.kept, running.seen = before
        del again


def _explain(again, error):
    """Say in the error of the plain run what stopped the scope."""
    known.pop(id(again.key), None)
    if str(error) != str(again.error):
        again.error.add_note("dualad ran the function again in its capturing scope, which stopped at "
                             f"{type(error).__name__}: {error}")
    elif isinstance(again.error, DualadError):
        again.error.add_note("dualad ran the function again in its capturing scope, which could not help: the value went into a "
                             "function that is not Python code, or to a place that the scope does not see (see the guide)")


def _read_later():
    """Whether a function of the user's, differentiated by an enclosing transform, goes on after this run.

    Where `hessian` and the like nest transforms themselves, nothing reads a work array after the inner run.
    """
    frame, found = sys._getframe(2), 0
    while frame is not None:
        inputs = frame.f_locals.get("self") if frame.f_code.co_name == "call" else None
        if hasattr(inputs, "asked"):
            found += 1
            if found > 1 and _key(inputs.asked) is not None:
                return True
        frame = frame.f_back
    return False


def call(f, args, kwargs):
    """f(*args, **kwargs) for functions of dualad that call one of the user's: in the scope that runs, if one does."""
    return HOOKS.call(-1, f, *args, **kwargs)


def capture(f):
    """Say that `f` needs the capturing scope: transforms and functions they differentiate run it there from the first call on.

    Parameters
    ----------
    f : callable
        A Python function, method, partial or object with ``__call__``.

    Returns
    -------
    callable
        `f` itself.

    Raises
    ------
    InputError
        (TypeError) for what is not Python code: the scope could do nothing for it.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> @dualad.capture
    ... def f(x):
    ...     y = np.zeros(2)
    ...     y[0], y[1] = x[0] * x[1], x[0]
    ...     return np.sum(y)
    >>> dualad.grad(f)(np.array([2.0, 3.0]))
    array([4., 2.])
    """
    key = _key(f) if callable(f) else None
    if key is None:
        raise InputError(f"capture() takes a Python function, method, partial or object with __call__, found {type(f).__name__}"
                         + (" that dualad does not look into (NumPy's, the standard library's or its own)" if callable(f) else ""))
    _learn(key)
    return f


@contextmanager
def capturing(enabled=True):
    """Within the block, in this thread, transforms use the capturing scope at once (or, with False, not at all).

    Parameters
    ----------
    enabled : bool
        True: no plain run is tried. False: what would drop derivatives raises.

    Returns
    -------
    context manager

    Raises
    ------
    ConversionError
        (TypeError) from transforms within the block, with False.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> with dualad.capturing():
    ...     dualad.grad(lambda x: float(x) ** 2)(3.0)
    np.float64(6.0)
    >>> with dualad.capturing(False):
    ...     dualad.grad(lambda x: float(x) ** 2)(3.0)
    Traceback (most recent call last):
    dualad.errors.ConversionError: float(), a function of the math module, ...
    """
    before, running.mode = running.mode, bool(enabled)
    token = object()
    known[id(token)] = token  # transforms look here only while there is something
    try:
        yield
    finally:
        running.mode = before
        known.pop(id(token), None)


