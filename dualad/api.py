"""The transforms: functions in, functions out.

Every call opens a level, seeds the inputs, runs the function and unpacks the result; the
level is closed however the call ends.  May import: core, inputs, schedule, trees, errors.
"""

from __future__ import annotations

import functools
import math
from contextlib import contextmanager

import numpy as np

from .core import jets, local
from .core.jets import Jet, Level, Local, make
from .core.operands import values_at
from .core.protocol import second as second_order
from .core.protocol import tangents as first_order
from .errors import DualadError, InputError, OutputError, TangentError
from .inputs import as_input, as_tangent, component, outputs
from .schedule.chunks import DEFAULT_MEMORY, pairs_of_chunks, slices
from .trees import flatten, unflatten

__all__ = ["derivative", "hessian", "hessian_diag", "jacobian", "jvp", "value_grad_hess"]

# Below this many directions dense seeds cost less than the bookkeeping of local ones.
LOCAL_FROM = 8
MODES = {"jacobian": ("auto", "forward"), "hessian": ("auto", "hyperdual", "forward"),
         "value_grad_hess": ("auto", "hyperdual"), "hessian_diag": ("auto", "hyperdual")}


class NonDeterministic(DualadError, RuntimeError):
    """The function gave different values in two runs of one derivative."""


@contextmanager
def _level(owner):
    """A level that is closed at the end, whatever happens inside."""
    level = Level(owner)
    try:
        yield level
    finally:
        level.close()


class _Inputs:
    """The differentiated arguments of one call: leaves, their places among the directions, seeding."""

    def __init__(self, f, args, kwargs, argnums, owner):
        self.f, self.args, self.kwargs, self.owner = f, list(args), kwargs, owner
        self.name = getattr(f, "__name__", type(f).__name__)
        self.single = not isinstance(argnums, (tuple, list))
        self.argnums = [_position(a, args, owner) for a in ((argnums,) if self.single else argnums)]
        if len(set(self.argnums)) != len(self.argnums):
            raise InputError(f"{owner}: argnums={argnums} names an argument twice (repeated): give each position once")
        self.trees = [args[a] for a in self.argnums]
        found = [(a, path, leaf) for a, tree in zip(self.argnums, self.trees, strict=True) for path, leaf in flatten(tree)]
        if not found:
            raise InputError(f"{owner}: the argument to differentiate is empty, there is nothing to differentiate")
        self.leaves = [as_input(leaf, f"{owner}: argument {a}{path}") for a, path, leaf in found]
        self.sizes = [math.prod(np.shape(x)) for x in self.leaves]
        self.offsets = [sum(self.sizes[:k]) for k in range(len(self.sizes))]
        self.n = sum(self.sizes)

    def call(self, seeded, has_aux, level):
        """Run the function on seeded leaves; returns (result, aux with this level's values)."""
        args, leaves = list(self.args), iter(seeded)
        for a, tree in zip(self.argnums, self.trees, strict=True):
            args[a] = unflatten(tree, leaves)
        y = self.f(*args, **self.kwargs)
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
            block = np.concatenate([component(_own(x)), seed.reshape((layout.P, *np.shape(x)))])
            seeded.append(make(level, layout, block))
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
                seeded.append(make(level, compact, np.stack([x, np.ones(shape)]), rows))
        return seeded

    def may_be_local(self):
        return self.n >= LOCAL_FROM and all(
            type(x) is float or (not isinstance(x, Jet) and x.dtype == np.float64) for x in self.leaves)

    def spread(self, array, axes=1):
        """Split the last `axes` axes of length n into the input structure, nested for two axes."""
        lead = np.shape(array)[: np.ndim(array) - axes]
        pieces = []
        for x, offset, size in zip(self.leaves, self.offsets, self.sizes, strict=True):
            piece = array[(slice(None),) * len(lead) + (slice(offset, offset + size),)]
            shape = lead + np.shape(x) + ((self.n,) if axes == 2 else ())
            piece = np.reshape(piece, shape)
            pieces.append(self.spread(piece, 1) if axes == 2 else _finish(piece, x))
        return self.structure(pieces)

    def structure(self, pieces):
        if len(pieces) == 1 and self.single and not isinstance(self.trees[0], (tuple, list, dict)):
            return pieces[0]
        leaves = iter(pieces)
        trees = [unflatten(tree, leaves) for tree in self.trees]
        return trees[0] if self.single else tuple(trees)


def _own(x):
    return x if isinstance(x, Jet) else np.asarray(x)


def _finish(array, x):
    """A result with the input's dtype, as a scalar for rank 0, owning its memory."""
    if isinstance(array, Jet):
        return array
    return np.array(array, dtype=getattr(x, "dtype", np.float64), order="C")[()]


def _position(a, args, owner):
    if not isinstance(a, (int, np.integer)) or isinstance(a, bool):
        raise InputError(f"{owner}: argnums takes positions of arguments (integers), found {a!r}")
    if not -len(args) <= a < len(args):
        raise InputError(f"{owner}: argnums={a} but the function was called with {len(args)} positional arguments")
    return int(a) % len(args)


def _columns(y, level, P, which=None):
    """First-order components of an output leaf, directions last: shape y.shape + (P,)."""
    if isinstance(y, Jet) and y.level is level:
        return np.moveaxis(first_order(y), 0, -1)
    _not_escaped(y)
    return np.zeros(np.shape(y) + (P,))


def _not_escaped(y):
    if isinstance(y, Jet):
        jets.top((y,))


def _value(y, level):
    """The primal of an output leaf at this level."""
    if isinstance(y, Jet) and y.level is level:
        v = y.block[0]
        return v if isinstance(v, Jet) else v.copy()[()]
    _not_escaped(y)
    # a constant of the user's stays the user's: what is handed out is a copy
    return y.copy() if isinstance(y, np.ndarray) else y


def _check_mode(mode, want):
    if mode not in MODES[want]:
        raise ValueError(f"mode={mode!r} is not available for a {want}: choose one of {', '.join(map(repr, MODES[want]))}")


def _transform(f, name, run, has_aux):
    """Dress a runner as a function that keeps f's name and documentation."""
    if not callable(f):
        raise InputError(f"{name}() takes a function, found {type(f).__name__}: write {name}(f)(x), not {name}(f(x))")

    def transformed(*args, **kwargs):
        if not args:
            raise InputError(f"{name}({getattr(f, '__name__', 'f')}) needs the argument to differentiate, by position")
        return run(args, kwargs)

    try:
        functools.update_wrapper(transformed, f)
    except AttributeError:
        pass
    transformed.__name__ = f"{name}_of_{getattr(f, '__name__', 'f')}"
    return transformed


def jvp(f, primals, tangents, *, has_aux=False):
    """Value of `f` and its directional derivative (Jacobian-vector product).

    Parameters
    ----------
    f : callable
        Function of ``len(primals)`` positional arguments.
    primals : tuple
        Arguments: floats, floating-point arrays, or nested tuples, lists, dicts of them.
    tangents : tuple
        The direction: the same structure and shapes as `primals`.
    has_aux : bool
        `f` returns ``(result, aux)``; aux is handed through.

    Returns
    -------
    y, ty : result and its tangent, of the same structure (and aux, if asked for)

    Raises
    ------
    TangentError
        (ValueError) if a tangent has another structure, shape or kind of dtype than its primal. Nothing is broadcast.
    InputError, DtypeError
        (TypeError) for inputs without derivatives, such as integers.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> y, ty = dualad.jvp(np.sin, (0.0,), (2.0,))
    >>> float(y), float(ty)
    (0.0, 2.0)
    """
    if not callable(f):
        raise InputError(f"jvp() takes a function, found {type(f).__name__}: write jvp(f, (x,), (t,))")
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise InputError("jvp(f, primals, tangents) takes tuples of arguments and of tangents: write jvp(f, (x,), (t,))")
    inputs = _Inputs(f, tuple(primals), {}, tuple(range(len(primals))), "jvp")
    given = flatten(tuple(tangents))
    paths = [path for path, _ in flatten(tuple(primals))]
    if [path for path, _ in given] != paths:
        raise TangentError(f"jvp: tangents have the structure {[p for p, _ in given]}, primals have {paths}")
    seeds = [as_tangent(t, x, f"jvp: tangent {path}") for (path, t), x in zip(given, inputs.leaves, strict=True)]
    with _level("jvp") as level:
        layout = jets.dual_layout(1)
        seeded = [make(level, layout, np.concatenate([component(_own(x)), component(t)]))
                  for x, t in zip(inputs.leaves, seeds, strict=True)]
        y, aux = inputs.call(seeded, has_aux, level)
        leaves = outputs(y, inputs.name)
        value = unflatten(y, [_value(v, level) for v in leaves])
        tangent = unflatten(y, [_first(v, level) for v in leaves])
    return (value, tangent, aux) if has_aux else (value, tangent)


def _first(y, level):
    """The only tangent of an output leaf."""
    if isinstance(y, Jet) and y.level is level:
        t = first_order(y)[0]
        return t if isinstance(t, Jet) else np.array(t)[()]
    _not_escaped(y)
    return np.zeros(np.shape(y))[()]


def derivative(f, argnums=0, *, has_aux=False):
    """Derivative of a function of one real number, with a result of any shape or structure.

    Parameters
    ----------
    f : callable
        Its argument number `argnums` is a float; other arguments are constants.
    argnums : int
        Which positional argument to differentiate in.
    has_aux : bool
        `f` returns ``(result, aux)``; the transformed function returns ``(derivative, aux)``.

    Returns
    -------
    callable
        With the arguments of `f`, returning df/dx in the shape of f's result. Nest it for higher orders.

    Raises
    ------
    InputError
        (TypeError) if the argument is an array (use `jacobian`), or not a real floating-point number.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> df = dualad.derivative(lambda x: np.exp(2 * x))
    >>> float(df(0.0)), float(dualad.derivative(df)(0.0))
    (2.0, 4.0)
    """
    def run(args, kwargs):
        a = _position(argnums, args, "derivative")
        x = as_input(args[a], f"derivative: argument {a}") if not isinstance(args[a], (tuple, list, dict)) else args[a]
        if isinstance(x, (tuple, list, dict)) or np.ndim(x):
            raise InputError(f"derivative: argument {a} must be one real number, found "
                             f"{'shape ' + str(np.shape(x)) if not isinstance(x, (tuple, list, dict)) else type(x).__name__}: "
                             "use dualad.jacobian")
        t = np.ones((), dtype=getattr(x, "dtype", np.float64))[()]

        def g(v):
            return f(*args[:a], v, *args[a + 1:], **kwargs)

        g.__name__ = getattr(f, "__name__", "f")
        out = jvp(g, (x,), (t,), has_aux=has_aux)
        return out[1:] if has_aux else out[1]

    return _transform(f, "derivative", run, has_aux)


def jacobian(f, argnums=0, *, has_aux=False, mode="auto", chunk=None, memory=DEFAULT_MEMORY):
    """Jacobian of `f`: result.shape + input.shape, for each leaf of result and input.

    Parameters
    ----------
    f : callable
        Takes and returns floats, arrays, or nested tuples, lists, dicts of them.
    argnums : int or tuple of int
        Positional arguments to differentiate in; a tuple gives a tuple of Jacobians.
    has_aux : bool
        `f` returns ``(result, aux)``; the transformed function returns ``(jacobian, aux)``.
    mode : {"auto", "forward"}
        "auto" keeps directions local to the elements they reached as long as it can; "forward" pushes dense directions.
    chunk : int, optional
        At most so many directions in one run of `f`; chosen from `memory` by default.
    memory : int
        Bytes that one block of components may take.

    Returns
    -------
    callable
        With the arguments of `f`. Gradients have their variable's shape.

    Raises
    ------
    InputError, DtypeError, OutputError
        (TypeError) for inputs or results that are not real floating-point numbers or structures of them.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.jacobian(lambda x: np.array([1.0, 2.0]) * x[0] * x[1])(np.array([3.0, 5.0]))
    array([[ 5.,  3.],
           [10.,  6.]])
    """
    _check_mode(mode, "jacobian")

    def run(args, kwargs):
        inputs = _Inputs(f, args, kwargs, argnums, "jacobian")
        y, columns, _, aux = _first_sweeps(inputs, has_aux, mode, chunk, memory)
        out = unflatten(y, [inputs.spread(c) for c in columns])
        return (out, aux) if has_aux else out

    return _transform(f, "jacobian", run, has_aux)


def _first_sweeps(inputs, has_aux, mode, chunk, memory):
    """Result, first-order columns of every output leaf, values, aux: local if possible, else dense chunks."""
    if mode == "auto" and chunk is None and inputs.may_be_local():
        try:
            with _level(inputs.owner) as level:
                layout = jets.dual_layout(inputs.n)
                y, aux = inputs.call(inputs.local(level, layout, memory), has_aux, level)
                leaves = outputs(y, inputs.name)
                return y, [_columns(v, level, inputs.n) for v in leaves], [_value(v, level) for v in leaves], aux
        except local.Restart:
            pass
    found = values = None
    for which in slices(inputs.n, max(inputs.sizes), memory, chunk):
        with _level(inputs.owner) as level:
            layout = jets.dual_layout(len(which))
            y, aux = inputs.call(inputs.dense(level, layout, which), has_aux, level)
            leaves = outputs(y, inputs.name)
            columns = [_columns(v, level, len(which)) for v in leaves]
            now = [_value(v, level) for v in leaves]
        _same_values(values, now, inputs.name)
        values = now
        found = [[c] for c in columns] if found is None else [a + [c] for a, c in zip(found, columns, strict=True)]
    return y, [c[0] if len(c) == 1 else np.concatenate(c, axis=-1) for c in found], values, aux


def _same_values(before, now, name):
    """Several runs of f must be runs of the same function."""
    if before is None:
        return
    same = len(before) == len(now) and all(np.shape(a) == np.shape(b) for a, b in zip(before, now, strict=True))
    for a, b in zip(before, now, strict=True) if same else [(0.0, 1.0)]:
        if not isinstance(a, Jet) and not np.array_equal(a, b, equal_nan=True):
            raise NonDeterministic(f"{name} returned different values in two runs of one derivative (does it draw random numbers "
                                   "or change state?): fix the sample outside, or give memory= enough for one run")


def hessian(f, argnums=0, *, has_aux=False, mode="auto", chunk=None, memory=DEFAULT_MEMORY):
    """Exact Hessian of `f`: result.shape + input.shape + input.shape.

    Parameters
    ----------
    f, argnums, has_aux
        As for `jacobian`. With structured inputs the result is nested: H[a][b] for leaves a and b.
    mode : {"auto", "hyperdual", "forward"}
        "auto": hyper-dual with local directions as long as possible; "hyperdual": dense directions;
        "forward": the Jacobian of the Jacobian.
    chunk : int, optional
        At most so many directions at a time; chosen from `memory` by default.
    memory : int
        Bytes that one block of components may take.

    Returns
    -------
    callable
        With the arguments of `f`.

    Raises
    ------
    InputError, DtypeError, OutputError
        As for `jacobian`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.hessian(lambda x: x[0] ** 2 + x[1] ** 2 + x[0] * x[1])(np.array([2.0, 3.0]))
    array([[2., 1.],
           [1., 2.]])
    """
    _check_mode(mode, "hessian")
    if mode == "forward":
        once = jacobian(f, argnums, has_aux=has_aux, mode="forward", chunk=chunk, memory=memory)
        if has_aux:
            both = jacobian(once, argnums, has_aux=True, mode="forward", chunk=chunk, memory=memory)
            return _transform(f, "hessian", lambda args, kwargs: both(*args, **kwargs), has_aux)
        twice = jacobian(once, argnums, mode="forward", chunk=chunk, memory=memory)
        return _transform(f, "hessian", lambda args, kwargs: twice(*args, **kwargs), has_aux)

    def run(args, kwargs):
        inputs = _Inputs(f, args, kwargs, argnums, "hessian")
        y, _, _, seconds, aux = _second_sweeps(inputs, has_aux, mode, chunk, memory)
        out = unflatten(y, [inputs.spread(h, 2) for h in seconds])
        return (out, aux) if has_aux else out

    return _transform(f, "hessian", run, has_aux)


def value_grad_hess(f, argnums=0, *, has_aux=False, mode="auto", chunk=None, memory=DEFAULT_MEMORY):
    """Value, first and second derivatives in one pass.

    Parameters
    ----------
    f, argnums, has_aux, mode, chunk, memory
        As for `hessian` (modes "auto" and "hyperdual").

    Returns
    -------
    callable
        Returning ``(value, gradient, hessian)``, and aux as a fourth with `has_aux`. For a result with shape, the gradient is
        the Jacobian.

    Raises
    ------
    InputError, DtypeError, OutputError
        As for `jacobian`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> v, g, h = dualad.value_grad_hess(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    >>> float(v), g, h
    (12.0, array([12.,  4.]), array([[6., 4.],
           [4., 0.]]))
    """
    _check_mode(mode, "value_grad_hess")

    def run(args, kwargs):
        inputs = _Inputs(f, args, kwargs, argnums, "value_grad_hess")
        y, values, firsts, seconds, aux = _second_sweeps(inputs, has_aux, mode, chunk, memory)
        out = (unflatten(y, values), unflatten(y, [inputs.spread(c) for c in firsts]),
               unflatten(y, [inputs.spread(h, 2) for h in seconds]))
        return (*out, aux) if has_aux else out

    return _transform(f, "value_grad_hess", run, has_aux)


def _second_sweeps(inputs, has_aux, mode, chunk, memory):
    """Result, values, first- and second-order parts of every output leaf, aux."""
    n = inputs.n
    if chunk is None:
        try:
            if mode == "auto" and inputs.may_be_local():
                return _one_sweep(inputs, has_aux, lambda level, layout: inputs.local(level, layout, memory))
        except local.Restart:
            pass
        if (1 + n + n * (n + 1) // 2) * max(inputs.sizes) * 8 <= memory:
            return _one_sweep(inputs, has_aux, lambda level, layout: inputs.dense(level, layout, range(n)))
    return _chunked_sweeps(inputs, has_aux, memory, chunk)


def _one_sweep(inputs, has_aux, seed):
    with _level(inputs.owner) as level:
        layout = jets.symmetric_layout(inputs.n)
        y, aux = inputs.call(seed(level, layout), has_aux, level)
        leaves = outputs(y, inputs.name)
        firsts = [_columns(v, level, inputs.n) for v in leaves]
        seconds = [_square(v, level, layout) for v in leaves]
        return y, [_value(v, level) for v in leaves], firsts, seconds, aux


def _square(y, level, layout):
    """Second-order components of an output leaf as y.shape + (n, n)."""
    n = layout.P
    if not (isinstance(y, Jet) and y.level is level):
        _not_escaped(y)
        return np.zeros(np.shape(y) + (n, n))
    parts = second_order(y)
    i, j = layout.pairs
    if not isinstance(parts, Jet):
        out = np.empty((*np.shape(y), n, n), dtype=parts.dtype)
        parts = np.moveaxis(parts, 0, -1)
        out[..., i, j] = parts
        out[..., j, i] = parts
        return out
    table = np.empty((n, n), dtype=np.intp)
    table[i, j] = table[j, i] = np.arange(len(i))
    return np.moveaxis(np.reshape(parts[table.reshape(-1)], (n, n, *np.shape(y))), (0, 1), (-2, -1))


def _chunked_sweeps(inputs, has_aux, memory, chunk):
    """Blocks of rows and columns: each pair of chunks is one run of f."""
    n, values, y, aux = inputs.n, None, None, None
    firsts = seconds = None
    for rows, cols in pairs_of_chunks(n, max(inputs.sizes), memory, chunk):
        which = list(rows) if rows == cols else [*rows, *cols]
        with _level(inputs.owner) as level:
            layout = jets.symmetric_layout(len(rows)) if rows == cols else jets.pair_layout(len(rows), len(cols))
            y, aux = inputs.call(inputs.dense(level, layout, which), has_aux, level)
            leaves = outputs(y, inputs.name)
            now = [_value(v, level) for v in leaves]
            first = [_columns(v, level, len(which)) for v in leaves]
            block = [_block(v, level, layout, len(rows), len(cols)) for v in leaves]
        _same_values(values, now, inputs.name)
        if firsts is None:
            firsts = [np.zeros_like(c, shape=(*c.shape[:-1], n)) for c in first]
            seconds = [np.zeros_like(b, shape=(*b.shape[:-2], n, n)) for b in block]
        values = now
        for k, b in enumerate(block):
            seconds[k][..., rows.start:rows.stop, cols.start:cols.stop] = b
            seconds[k][..., cols.start:cols.stop, rows.start:rows.stop] = np.swapaxes(b, -1, -2)
            firsts[k][..., rows.start:rows.stop] = first[k][..., :len(rows)]
    return y, values, firsts, seconds, aux


def _block(y, level, layout, p, q):
    """Second-order components of one chunk pair as y.shape + (p, q)."""
    if layout.kind == "symmetric":
        return _square(y, level, layout)
    if not (isinstance(y, Jet) and y.level is level):
        return np.zeros((*np.shape(y), p, q))
    return np.moveaxis(np.reshape(second_order(y), (p, q, *np.shape(y))), (0, 1), (-2, -1))


def hessian_diag(f, argnums=0, *, has_aux=False, mode="auto", chunk=None, memory=DEFAULT_MEMORY):
    """Diagonal of the Hessian, without its off-diagonal: result.shape + input.shape.

    Parameters
    ----------
    f, argnums, has_aux, mode, chunk, memory
        As for `hessian` (modes "auto" and "hyperdual").

    Returns
    -------
    callable
        With the arguments of `f`.

    Raises
    ------
    InputError, DtypeError, OutputError
        As for `jacobian`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.hessian_diag(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]))
    array([ 6., 12.])
    """
    _check_mode(mode, "hessian_diag")

    def run(args, kwargs):
        inputs = _Inputs(f, args, kwargs, argnums, "hessian_diag")
        y, columns, aux = _diagonal_sweeps(inputs, has_aux, mode, chunk, memory)
        out = unflatten(y, [inputs.spread(c) for c in columns])
        return (out, aux) if has_aux else out

    return _transform(f, "hessian_diag", run, has_aux)


def _diagonal_sweeps(inputs, has_aux, mode, chunk, memory):
    if mode == "auto" and chunk is None and inputs.may_be_local():
        try:
            with _level(inputs.owner) as level:
                layout = jets.diagonal_layout(inputs.n)
                y, aux = inputs.call(inputs.local(level, layout, memory), has_aux, level)
                return y, [_diagonal(v, level, inputs.n) for v in outputs(y, inputs.name)], aux
        except local.Restart:
            pass
    found = values = None
    for which in slices(inputs.n, max(inputs.sizes), memory // 2, chunk):
        with _level(inputs.owner) as level:
            layout = jets.diagonal_layout(len(which))
            y, aux = inputs.call(inputs.dense(level, layout, which), has_aux, level)
            leaves = outputs(y, inputs.name)
            columns = [_diagonal(v, level, len(which)) for v in leaves]
            now = [_value(v, level) for v in leaves]
        _same_values(values, now, inputs.name)
        values = now
        found = [[c] for c in columns] if found is None else [a + [c] for a, c in zip(found, columns, strict=True)]
    return y, [c[0] if len(c) == 1 else np.concatenate(c, axis=-1) for c in found], aux


def _diagonal(y, level, P):
    if isinstance(y, Jet) and y.level is level:
        return np.moveaxis(second_order(y), 0, -1)
    _not_escaped(y)
    return np.zeros((*np.shape(y), P))
