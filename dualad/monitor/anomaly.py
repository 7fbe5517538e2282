"""Anomaly mode: stop at the first NaN or infinity in a value or a derivative, and say where it came from.

Every operation that the user's code calls passes one of four doors (elementwise calls, NumPy functions, ufunc methods,
reads and writes); `core.jets.watch` puts a look at them. Inside one such operation nothing is looked at: rules may use
infinities that they throw away. Off, all that is left is the test of one flag.
May import: core, rules, errors, numpy.
"""

from __future__ import annotations

import threading
import warnings
from collections import OrderedDict
from contextlib import ContextDecorator
from contextvars import ContextVar

import numpy as np

from ..core import jets, sweep, tape
from ..core.jets import Jet
from ..core.operands import jets_in, primal
from ..errors import AnomalyError
from ..rules import Selection, lookup
from .causes import reason
from .places import caller, entry, label, sketch

__all__ = ["BroadcastWarning", "anomalies"]

TRAIL = 5               # operations of the chain that are remembered
BUDGET = 64 << 20       # bytes of results of forward runs that are kept to know their operands again
_active = ContextVar("dualad.anomalies", default=None)
_lock, _installed = threading.Lock(), [0, None]


class BroadcastWarning(UserWarning):
    """The same number of entries once as a column and once as a vector: their combination is a square table."""


class anomalies(ContextDecorator):  # noqa: N801  (a context manager)
    """Within the block (and this thread), stop at the first NaN or infinity in a value or a derivative.

    Forward tangents, values on tape and the cotangents of backward sweeps are looked at after every operation. Values that
    do not depend on what is differentiated are plain NumPy and are not seen until they meet one that does.

    Parameters
    ----------
    nan, inf : bool
        What to stop at. NaN always counts; infinity counts where no operand was infinite before (``-np.inf`` as a mask is
        no anomaly).
    broadcast : {"warn", "raise", "ignore"}
        What to do where a column ``(n, 1)`` meets a vector ``(n,)``, which gives ``(n, n)``.

    Returns
    -------
    context manager, which is also a decorator

    Raises
    ------
    AnomalyError
        (ArithmeticError, RuntimeError) with the operation, the line that called it, the operands and what led there.

    Notes
    -----
    Everything takes the general path and is looked at, so runs are slower: this is for finding, not for production.
    Outside the block nothing is slower.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> with dualad.monitor.anomalies():
    ...     dualad.grad(lambda p: np.sum(np.log(p)))(np.array([1.0, 0.0]))
    Traceback (most recent call last):
    dualad.errors.AnomalyError: the logarithm of 0: the value of numpy.log is -inf...
    """

    def __init__(self, nan=True, inf=True, broadcast="warn"):
        if broadcast not in ("warn", "raise", "ignore"):
            raise ValueError(f"anomalies: broadcast={broadcast!r} is not known: choose 'warn', 'raise' or 'ignore'")
        self.nan, self.inf, self.broadcast = nan, inf, broadcast
        self.recent, self.held, self.tokens = OrderedDict(), 0, []

    def __enter__(self):
        with _lock:
            if not _installed[0]:
                _install()
            _installed[0] += 1
        self.tokens.append(_active.set(self))
        return self

    def __exit__(self, *error):
        _active.reset(self.tokens.pop())
        self.recent.clear()
        self.held = 0
        with _lock:
            _installed[0] -= 1
            if not _installed[0]:
                _remove()
        return False

    # ---- operations ----

    def run(self, operation, operands, frame, compute, moves=False, writes=False):
        """Run one operation of the user's and look at what it gave.

        `moves`: it makes no new numbers; `writes`: perhaps into an operand.
        """
        handles = [a for a in operands if isinstance(a, Jet)] or jets_in(list(operands))
        programs = _programs(handles)
        before = [len(p) for p in programs]
        note = Note(operands, [self.trail(a) for a in operands], moves, writes)
        if self.nan and self.inf:
            # what NumPy would warn of is raised here
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                result = compute()
        else:
            result = compute()
        made = [v for v in (jets_in(result) if isinstance(result, (tuple, list)) else [result]) if isinstance(v, Jet)]
        note.label = label(operation, frame, made[0].shape if made else ())
        for program, start in zip(programs, before, strict=True):
            if program.notes is None:
                program.notes = {}
            for node in range(start, len(program)):
                program.notes.setdefault(node, note)
        for v in handles[:1] if result is None else made:
            # a store: its target was written
            self.remember(v, note)
        if not moves:
            self.expanded(note, made)
            for v in made:
                self.check(v, note)
        # operands may be written later; what is kept of them is a sketch
        note.operands = ()
        return result

    def remember(self, x, note):
        """Which operation made a value that no tape remembers."""
        if x.on_tape:
            return
        if id(x) not in self.recent:
            self.held += primal(x.block).nbytes
        self.recent[id(x)] = x, note
        self.recent.move_to_end(id(x))
        while self.held > BUDGET and len(self.recent) > 1:
            _, (old, _) = self.recent.popitem(last=False)
            self.held -= primal(old.block).nbytes

    def note_of(self, x):
        """The operation that made a value, or None."""
        if not x.on_tape:
            found = self.recent.get(id(x))
            return found[1] if found is not None and found[0] is x else None
        node = tape.node_of(x, x.level)
        program = x.level.program
        return None if program is None else _noted(program, node)

    def trail(self, x):
        """Labels of the last operations that led to an operand, oldest first."""
        if isinstance(x, (list, tuple)):
            return max(map(self.trail, x), key=len, default=())
        if not isinstance(x, Jet):
            return ()
        note = self.note_of(x)
        if note is None:
            return ()
        longest = max(note.trails, key=len, default=())
        return (*longest, note.label)[-TRAIL:]

    # ---- what is wrong ----

    def bad(self, array, before=False):
        """Which entries are anomalous, or None; `before`: some operand was infinite already."""
        if array.dtype.kind != "f" or np.isfinite(array).all():
            return None
        which = np.isnan(array) if self.nan else np.zeros(array.shape, dtype=bool)
        if self.inf and not before:
            which = which | np.isinf(array)
        return which if which.any() else None

    def check(self, x, note):
        """Raise for the first anomaly in a result."""
        for stage, array in _numbers(x):
            which = self.bad(array, note.infinite)
            if which is not None:
                index = tuple(map(int, np.argwhere(which)[0]))
                place = index[len(index) - len(x.shape):] if x.shape else ()
                raise self.error(note, stage, array[index], place, which, x.shape)

    def error(self, note, stage, found, index, which, shape):
        """The exception: cause, operation, line, entry, operands, chain."""
        name = note.label.operation
        known = zip(note.operands, note.sketches, strict=True)
        numbers = [entry(a, shape, index if shape else ()) for a, s in known if s is not None]
        cause = reason(name, numbers, float(found))
        if not cause and note.spoiled:
            cause = f"operand {note.spoiled[0]} was NaN already"
        noun = f"the value of {name} is {found}" if stage == "value" else f"a derivative of {name} is {found} (forward tangents)"
        head = f"{cause}: {noun}" if cause else noun
        return self.message(head, cause, note, stage, index, _entries(index, which, numbers, name))

    def message(self, head, cause, note, stage, index, where, after=()):
        """All that is known, one fact to a line."""
        at = note.label
        lines = [head, f"  called at {at}" if at.filename else "  (the line that called it is not known)", *where]
        lines += [f"  operand {k}: {s}" for k, s in enumerate(note.sketches) if s is not None]
        trails = [t for t in note.trails if t]
        blamed = [note.trails[k] for k in note.spoiled if note.trails[k]]
        chain = max(blamed or trails, key=len, default=())
        lines += ["  what led there, newest last:", *(f"    {v}" for v in chain)] if chain else []
        lines += ["  the cotangent came from, newest last:", *(f"    {v}" for v in after)] if after else []
        return AnomalyError("\n".join(lines), cause=cause, operation=at.operation, stage=stage, filename=at.filename, line=at.line,
                            function=at.function, index=index, chain=(*chain, *after))

    def expanded(self, note, made):
        """Look for a column that met a vector of the same entries."""
        if self.broadcast == "ignore" or len(made) != 1 or len(note.operands) != 2 or note.label.operation.endswith("matmul"):
            return
        low, high = sorted((np.shape(a) for a in note.operands), key=len)
        if len(low) == len(high) or not low or made[0].shape != (*low, *low) or high != (*low, 1) or low == (1,):
            return
        text = (f"wrong broadcast? {note.label.operation} of a column {high} and a vector {low} gave {made[0].shape}, every entry "
                f"with every other: make them one shape, or write the vector as {(1, *low)} if that is meant\n"
                f"  called at {note.label}")
        if self.broadcast == "raise":
            raise AnomalyError(text, cause="wrong broadcast", operation=note.label.operation, stage="value",
                               filename=note.label.filename, line=note.label.line, function=note.label.function)
        warnings.warn(BroadcastWarning(text), stacklevel=2)

    # ---- the backward sweep ----

    def swept(self, program, node, g, parts):
        """Raise for the first anomaly among the cotangents that a step of a sweep gave to its operands."""
        for k, part in enumerate(parts):
            for _, array in _numbers(part):
                which = None if np.isfinite(array).all() else self.bad(array, any(np.isinf(v).any() for _, v in _numbers(g)))
                if which is not None:
                    raise self.swept_error(program, node, k, array, which, g)

    def swept_error(self, program, node, k, array, which, g):
        note = _noted(program, node)
        if note is None:
            note = Note((), ())
            note.label = label(_step_name(program, node), None, program.shape(node))
        index = tuple(map(int, np.argwhere(which)[0]))
        found = float(array[index])
        # a step inside a larger operation has operands that the user never saw
        direct = _step_name(program, node) == note.label.operation
        numbers = [entry(s, array.shape, index) for s in note.sketches if s is not None] if direct else []
        cause = reason(note.label.operation, numbers, found)
        inner = "" if direct else f" (in its step {_step_name(program, node)})"
        head = f"the cotangent of operand {k} of {note.label.operation}{inner} is {found} in the backward sweep"
        given = [v for _, v in _numbers(g)]
        where = _entries(index, which, numbers, note.label.operation)
        if given:
            where.append(f"  the cotangent of its result was finite: {sketch(given[0])}" if np.isfinite(given[0]).all() else
                         f"  the cotangent of its result: {sketch(given[0])}")
        return self.message(f"{cause}: {head}" if cause else head, cause, note, "cotangent", index, where,
                            after=_consumers(program, node))


class Note:
    """What is remembered of one operation."""

    __slots__ = ("infinite", "label", "operands", "sketches", "spoiled", "trails")

    def __init__(self, operands, trails, moves=False, writes=False):
        self.label, self.trails = None, tuple(trails)
        self.sketches = () if moves else tuple(sketch(a) for a in operands)
        # plain numbers, for as long as the operation runs: handles lead back to the program that holds this note
        self.operands = self.sketches if writes else tuple(primal(a) if isinstance(a, Jet) else a for a in operands)
        found = [] if moves else [_plain(a) for a in operands]
        self.spoiled = [k for k, v in enumerate(found) if any(np.isnan(x).any() for x in v)]
        self.infinite = any(np.isinf(x).any() for v in found for x in v)


def _plain(a):
    """Floating-point arrays of an operand, through lists and tuples."""
    if isinstance(a, (list, tuple)):
        return [v for b in a for v in _plain(b)]
    if isinstance(a, (np.ndarray, np.generic, float)):
        v = np.asarray(primal(a))
        return [v] if v.dtype.kind == "f" else []
    return []


def _numbers(x):
    """(stage, plain array) of everything that a value consists of."""
    if x is None:
        return
    if not isinstance(x, Jet):
        v = np.asarray(x)
        if v.dtype.kind == "f":
            yield "value", v
    elif x.on_tape:
        yield from _numbers(x.value)
    else:
        block = x.block
        for stage, array in _numbers(block):
            if stage == "value" and len(array):
                yield "value", array[0]
                array = array[1:]
            if len(array):
                yield "tangent", array


def _programs(handles):
    """Recordings that values belong to, at all levels."""
    found = []
    for x in handles:
        while isinstance(x, Jet):
            program = x.level.program
            if program is not None and not any(program is p for p in found):
                found.append(program)
            x = x.value if x.on_tape else x.block
    return found


def _noted(program, node):
    """The note of the operation that made a node, or of what it is read from."""
    notes = program.notes or {}
    while node >= 0 and node not in notes and program.form(node) in ("read", "view", "write"):
        node = program.operands(node)[0]
    return notes.get(node)


def _step_name(program, node):
    """The name of a recorded step."""
    what = program.what(node)
    rule = getattr(what, "rule", None)
    return program.form(node) if what is None else rule.name if rule is not None else repr(what)


def _consumers(program, node):
    """Labels of the operations that a node's cotangent came through, from the result on."""
    found = []
    for later in range(node + 1, len(program)):
        if node in program.operands(later):
            note = _noted(program, later)
            if note is not None and (not found or found[-1] is not note.label):
                found.append(note.label)
            node = later
            if len(found) == TRAIL:
                break
    return tuple(reversed(found))


def _entries(index, which, numbers, name):
    """Words for the place of an anomaly."""
    met = f": {name.rpartition('.')[2]}({', '.join(f'{v:.6g}' for v in numbers)})" if numbers and None not in numbers else ""
    if not index:
        return [f"  the numbers that met{met}"] if met else []
    return [f"  entry {list(index)}{met}, {int(which.sum())} of {which.size} entries are anomalous"]


# ---- doors ----

def _elementwise(p, args):
    watch = _active.get()
    frame = None if watch is None else caller()
    if frame is None:
        return jets.unwatched(p, args)
    return watch.run(p.rule.name, args, frame, lambda: jets.unwatched(p, args))


def _function(base):
    def array_function(func, args, kwargs):
        watch = _active.get()
        frame = None if watch is None else caller()
        if frame is None:
            return base(func, args, kwargs)
        rule = lookup(func)
        name = f"{func.__module__}.{func.__name__}" if rule is None else rule.name
        moves = isinstance(rule, Selection) or name.endswith("_like")
        return watch.run(name, tuple(args), frame, lambda: base(func, args, kwargs), moves, "out" in kwargs)

    return array_function


def _ufunc(base):
    def array_ufunc(ufunc, method, inputs, kwargs):
        watch = _active.get()
        frame = None if watch is None else caller()
        if frame is None:
            return base(ufunc, method, inputs, kwargs)
        name = f"numpy.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
        return watch.run(name, tuple(inputs), frame, lambda: base(ufunc, method, inputs, kwargs), method == "at", "out" in kwargs)

    return array_ufunc


def _moving(base, name):
    def move(x, key, *value):
        watch = _active.get()
        frame = None if watch is None else caller()
        if frame is None:
            return base(x, key, *value)
        return watch.run(name, (x, *value), frame, lambda: base(x, key, *value), True)

    return move


def _sweep(program, node, g, parts):
    watch = _active.get()
    if watch is not None:
        watch.swept(program, node, g, parts)


def _install():
    # calls that are known already would be repeated without passing a door
    _installed[1] = tape.MEMO_LIMIT
    tape.MEMO_LIMIT = 0
    tape.forget()
    jets.watch(_elementwise, {
        "array_function": _function(jets.ask("array_function")), "array_ufunc": _ufunc(jets.ask("array_ufunc")),
        "getitem": _moving(jets.ask("getitem"), "x[...]"), "setitem": _moving(jets.ask("setitem"), "x[...] = ...")})
    sweep.watch(_sweep)


def _remove():
    jets.watch(None, {})
    sweep.watch(None)
    tape.MEMO_LIMIT = _installed[1]
