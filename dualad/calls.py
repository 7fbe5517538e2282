"""What every transform shares: the differentiated arguments of a call, levels, and how functions are dressed.

May import: core, inputs, scope, trees, errors.
"""

from __future__ import annotations

import functools
import math
from contextlib import contextmanager
from functools import cached_property
from types import FunctionType, MethodType

import numpy as np

from . import scope
from .core import jets, local
from .core.complexes import involved
from .core.jets import Jet, Level, Local, is_ndarray, make
from .core.memory import following
from .core.operands import values_at
from .core.tape import own_doubles
from .errors import ComplexError, DualadError, InputError, OutputError, refused
from .inputs import as_input, component
from .rules.kinds import python_functions
from .trees import flatten, is_tree, unflatten

__all__ = ["Inputs", "NonDeterministic", "check_mode", "finish", "from_start", "not_escaped", "open_level", "own",
           "position", "transform", "value_at"]

FLOAT64 = np.dtype(np.float64)
REAL_ONLY = frozenset(["derivative", "hessian", "hessian_diag", "value_grad_hess", "plan", "jacobian_operator", "hessian_operator"])


class NonDeterministic(DualadError, RuntimeError):
    """The function gave different values in two runs of one derivative."""


@contextmanager
def open_level(owner):
    """A level that is closed at the end, whatever happens inside."""
    level = Level(owner)
    try:
        yield level
    finally:
        level.close()


class Inputs:
    """The differentiated arguments of one call: leaves, their places among the directions, seeding."""

    complex = False  # whether an argument is
    simple = False  # whether it is one plain array or number
    single = True  # whether `argnums` is a number

    def __init__(self, f, args, kwargs, argnums, owner):
        # the function that is called, and the one whose code decides where it runs
        self.f = self.asked = f
        self.args, self.kwargs, self.owner, self.positions = args, kwargs, owner, argnums
        if type(argnums) is int and 0 <= argnums < len(args) and _ready(args[argnums]):
            # the commonest call by far: one plain array
            self.argnums, self.trees, self.simple = [argnums], [args[argnums]], True
            self.leaves = self.trees
            return
        self.single = not isinstance(argnums, (tuple, list))
        self.argnums = [position(a, args, owner) for a in ((argnums,) if self.single else argnums)]
        if len(set(self.argnums)) != len(self.argnums):
            raise InputError(f"{owner}: argnums={argnums} names an argument twice (repeated): give each position once")
        self.trees = [args[a] for a in self.argnums]
        self.complex = any(map(involved, self.trees))
        if self.complex and owner in REAL_ONLY:
            raise ComplexError(f"{owner}: a complex argument has no {owner} by one convention: pass its real and imaginary parts "
                               "as two arguments, and make z = x + 1j * y inside the function")
        found = [(a, path, leaf) for a, tree in zip(self.argnums, self.trees, strict=True) for path, leaf in flatten(tree)]
        if not found:
            raise InputError(f"{owner}: the argument to differentiate is empty, there is nothing to differentiate")
        self.leaves = [leaf if _ready(leaf) else as_input(leaf, f"{owner}: argument {a}{path}") for a, path, leaf in found]

    @property
    def name(self):
        """The function, as messages call it."""
        return getattr(self.asked, "__name__", type(self.asked).__name__)

    @cached_property
    def sizes(self):
        """Entries of each leaf."""
        return [math.prod(np.shape(x)) for x in self.leaves]

    @cached_property
    def offsets(self):
        """The first direction of each leaf."""
        return [sum(self.sizes[:k]) for k in range(len(self.sizes))]

    @cached_property
    def n(self):
        """Directions of all leaves."""
        return sum(self.sizes)

    def call(self, seeded, has_aux, level):
        """Run the function on seeded leaves; returns (result, aux with this level's values)."""
        args, leaves = list(self.args), iter(seeded)
        if self.simple:
            args[self.argnums[0]] = seeded[0]
        else:
            for a, tree in zip(self.argnums, self.trees, strict=True):
                args[a] = unflatten(tree, leaves) if is_tree(tree) else next(leaves)
        if (scope.known or python_functions) and scope.knows(self.asked):
            y = scope.run(self.f, args, self.kwargs, seeded[0])
        else:
            before = refused.count
            try:
                y = self.f(*args, **self.kwargs)
            except Exception as error:
                scope.consider(self.asked, error, before)
                raise
            if refused.count != before:
                scope.reconsider(self.asked, self.owner, before)
        if self.complex and self.owner == "jacobian" and involved(y):
            raise ComplexError("jacobian of complex results in complex arguments: a complex matrix cannot say it unless the "
                               "function is analytic. Pass real and imaginary parts as two arguments, or return them as two "
                               "results")
        if not has_aux:
            return y, None
        if not (isinstance(y, tuple) and len(y) == 2):
            raise OutputError(f"{self.owner}: with has_aux=True {self.name} must return (result, aux), found {type(y).__name__}")
        return y[0], values_at(level, y[1])

    def dense(self, level, layout, which):
        """Leaves with one dense direction for each entry of `which` (global direction numbers)."""
        seeded = []
        place = {d: p for p, d in enumerate(which)} if not isinstance(which, range) else None
        for x, offset, size in zip(self.leaves, self.offsets, self.sizes, strict=True):
            seed = np.zeros((layout.P, size), dtype=getattr(x, "dtype", np.float64))
            if place is None:
                lo, hi = max(which.start, offset), min(which.stop, offset + size)
                if lo < hi:
                    k = np.arange(lo, hi)
                    seed[k - which.start, k - offset] = 1.0
            else:
                for d, p in place.items():
                    if offset <= d < offset + size:
                        seed[p, d - offset] = 1.0
            block = np.concatenate([component(own(x)), seed.reshape((layout.P, *np.shape(x)))])
            seeded.append(make(level, layout, following(block, x)))
        return seeded

    def local(self, level, layout, limit):
        """Leaves with local directions; scalars are dense."""
        compact = local.compact_layout(layout, 1)
        seeded = []
        for x, offset in zip(self.leaves, self.offsets, strict=True):
            shape = np.shape(x)
            if shape == ():
                block = np.zeros(1 + layout.P)
                block[0], block[1 + offset] = x, 1.0
                seeded.append(make(level, layout, block))
            else:
                rows = Local(local.seed_rows(shape, offset), layout, limit)
                seeded.append(make(level, compact, following(np.stack([x, np.ones(shape)]), x), rows))
        return seeded

    def may_be_local(self):
        """Whether all leaves are plain float64, at one level."""
        return all(
            type(x) is float or (not isinstance(x, Jet) and x.dtype == np.float64) for x in self.leaves)

    def spread(self, array, axes=1):
        """Split the last `axes` axes of length n into the input structure, nested for two axes."""
        lead = np.shape(array)[: np.ndim(array) - axes]
        pieces = []
        for x, offset, size in zip(self.leaves, self.offsets, self.sizes, strict=True):
            piece = array[(slice(None),) * len(lead) + (slice(offset, offset + size),)]
            shape = lead + np.shape(x) + ((self.n,) if axes == 2 else ())
            piece = np.reshape(piece, shape)
            pieces.append(self.spread(piece, 1) if axes == 2 else finish(piece, x))
        return self.structure(pieces)

    def structure(self, pieces):
        if self.simple or len(pieces) == 1 and self.single and not is_tree(self.trees[0]):
            return pieces[0]
        leaves = iter(pieces)
        trees = [unflatten(tree, leaves) for tree in self.trees]
        return trees[0] if self.single else tuple(trees)


def _ready(x):
    """Whether a leaf needs no check or conversion."""
    return type(x) is float or (type(x) is np.ndarray and x.dtype is FLOAT64 and x.ndim > 0)


def own(x):
    return x if isinstance(x, Jet) else np.asarray(x)


def finish(array, x):
    """A result with the input's dtype, as a scalar for rank 0, owning its memory."""
    if own_doubles(array, x):
        return array
    if isinstance(array, Jet):
        return array
    if type(array) is np.ndarray and array.ndim and array.flags.c_contiguous and array.dtype == getattr(x, "dtype", FLOAT64):
        # also another shape of all of an array that nobody else has: a copy of a large Jacobian costs more than finding it
        if array.flags.owndata or (type(array.base) is np.ndarray and array.base.flags.owndata and array.base.size == array.size):
            return array
    return np.array(array, dtype=getattr(x, "dtype", np.float64), order="C")[()]


def position(a, args, owner):
    if not isinstance(a, (int, np.integer)) or isinstance(a, bool):
        raise InputError(f"{owner}: argnums takes positions of arguments (integers), found {a!r}")
    if not -len(args) <= a < len(args):
        raise InputError(f"{owner}: argnums={a} but the function was called with {len(args)} positional arguments")
    return int(a) % len(args)


def not_escaped(y):
    if isinstance(y, Jet):
        jets.top((y,))


def value_at(y, level):
    """The primal of an output leaf at this level."""
    if isinstance(y, Jet) and y.level is level:
        v = y.value
        return v if isinstance(v, Jet) else v.copy()[()] if v.ndim else v
    not_escaped(y)
    # a constant of the user's stays the user's: what is handed out is a copy
    return y.copy() if is_ndarray(y) else y


def from_start(run, f, *args):
    """run(*args), where f is called; once more from the start when it turns out that f needs the capturing scope."""
    if type(f) is FunctionType or type(f) is MethodType:
        scope.expect(f)
    try:
        return run(*args)
    except scope.Again as again:
        return scope.retry(lambda: run(*args), again)


def check_mode(mode, modes, want):
    """Raise for a `mode=` that a transform does not have."""
    if mode not in modes:
        raise ValueError(f"mode={mode!r} is not available for a {want}: choose one of {', '.join(map(repr, modes))}")


def transform(f, name, run, has_aux):
    """Dress a runner as a function that keeps f's name and documentation."""
    if not callable(f):
        raise InputError(f"{name}() takes a function, found {type(f).__name__}: write {name}(f)(x), not {name}(f(x))")

    def transformed(*args, **kwargs):
        if not args:
            raise InputError(f"{name}({getattr(f, '__name__', 'f')}) needs the argument to differentiate, by position")
        try:
            return run(args, kwargs)
        except scope.Again as again:
            return scope.retry(lambda: run(args, kwargs), again)

    if type(f) is FunctionType or type(f) is MethodType:
        scope.expect(f)
    try:
        functools.update_wrapper(transformed, f)
    except AttributeError:
        pass
    transformed.__name__ = f"{name}_of_{getattr(f, '__name__', 'f')}"
    return transformed
