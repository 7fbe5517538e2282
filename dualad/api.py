"""The transforms: functions in, functions out.

Every call opens a level, seeds the inputs, runs the function and unpacks the result; the
level is closed however the call ends.  May import: calls, core, inputs, schedule, trees, errors.
"""

from __future__ import annotations

import math

import numpy as np

from .calls import Inputs, NonDeterministic, not_escaped, open_level, own, position, transform, value_at
from .core import jets, local
from .core.jets import Jet, make
from .core.protocol import second as second_order
from .core.protocol import tangents as first_order
from .errors import InputError, TangentError
from .gradients import Recording, grad
from .inputs import as_input, as_tangent, component, outputs
from .jacobians import reverse_sweeps
from .schedule.chunks import DEFAULT_MEMORY, pairs_of_chunks, slices
from .trees import flatten, unflatten

__all__ = ["derivative", "hessian", "hessian_diag", "hvp", "jacfwd", "jacobian", "jacrev", "jvp", "value_grad_hess"]

# Up to so many inputs one forward run costs less than recording one.
FEW = 32

MODES = {"jacobian": ("auto", "forward", "reverse"),
         "hessian": ("auto", "hyperdual", "forward", "forward-over-reverse", "reverse-over-reverse"),
         "value_grad_hess": ("auto", "hyperdual"), "hessian_diag": ("auto", "hyperdual")}


def _columns(y, level, P, which=None):
    """First-order components of an output leaf, directions last: shape y.shape + (P,)."""
    if isinstance(y, Jet) and y.level is level:
        return np.moveaxis(first_order(y), 0, -1)
    not_escaped(y)
    return np.zeros(np.shape(y) + (P,))


def _check_mode(mode, want):
    if mode not in MODES[want]:
        raise ValueError(f"mode={mode!r} is not available for a {want}: choose one of {', '.join(map(repr, MODES[want]))}")


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
    inputs = Inputs(f, tuple(primals), {}, tuple(range(len(primals))), "jvp")
    given = flatten(tuple(tangents))
    paths = [path for path, _ in flatten(tuple(primals))]
    if [path for path, _ in given] != paths:
        raise TangentError(f"jvp: tangents have the structure {[p for p, _ in given]}, primals have {paths}")
    seeds = [as_tangent(t, x, f"jvp: tangent {path}") for (path, t), x in zip(given, inputs.leaves, strict=True)]
    with open_level("jvp") as level:
        layout = jets.dual_layout(1)
        seeded = [make(level, layout, np.concatenate([component(own(x)), component(t)]))
                  for x, t in zip(inputs.leaves, seeds, strict=True)]
        y, aux = inputs.call(seeded, has_aux, level)
        leaves = outputs(y, inputs.name)
        value = unflatten(y, [value_at(v, level) for v in leaves])
        tangent = unflatten(y, [_first(v, level) for v in leaves])
    return (value, tangent, aux) if has_aux else (value, tangent)


def _first(y, level):
    """The only tangent of an output leaf."""
    if isinstance(y, Jet) and y.level is level:
        t = first_order(y)[0]
        return t if isinstance(t, Jet) else np.array(t)[()]
    not_escaped(y)
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
        a = position(argnums, args, "derivative")
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

    return transform(f, "derivative", run, has_aux)


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
    mode : {"auto", "forward", "reverse"}
        "auto" chooses by the numbers of inputs and outputs, and keeps forward directions local to the elements they reached
        as long as it can; "forward" pushes dense directions; "reverse" records one run and pulls the rows back.
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
        inputs = Inputs(f, args, kwargs, argnums, "jacobian")
        recording = Recording(inputs, has_aux) if mode == "reverse" or (mode == "auto" and inputs.n > FEW) else None
        if recording is not None and (mode == "reverse" or by_rows(recording)):
            y, columns, aux = recording.tree, reverse_sweeps(recording, chunk, memory), recording.aux
        else:
            y, columns, _, aux = _first_sweeps(inputs, has_aux, mode, chunk, memory)
        out = unflatten(y, [inputs.spread(c) for c in columns])
        return (out, aux) if has_aux else out

    return transform(f, "jacobian", run, has_aux)


def by_rows(recording):
    """Whether pulling all rows back costs less than pushing all directions: far fewer outputs than inputs."""
    return 2 * sum(math.prod(np.shape(v)) for v in recording.values) <= recording.inputs.n


def jacfwd(f, argnums=0, **options):
    """`jacobian` with ``mode="forward"``, which pushes directions forward: for few inputs.

    Parameters
    ----------
    f, argnums, **options
        As for `jacobian`.

    Returns
    -------
    callable
        With the arguments of `f`, returning result.shape + input.shape for each leaf of result and input.

    Raises
    ------
    InputError, DtypeError, OutputError
        (TypeError) as for `jacobian`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.jacfwd(lambda x: x ** 2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return jacobian(f, argnums, mode="forward", **options)


def jacrev(f, argnums=0, **options):
    """`jacobian` with ``mode="reverse"``, which records one run and pulls rows back: for few outputs.

    Parameters
    ----------
    f, argnums, **options
        As for `jacobian`.

    Returns
    -------
    callable
        With the arguments of `f`, returning result.shape + input.shape for each leaf of result and input.

    Raises
    ------
    InputError, DtypeError, OutputError
        (TypeError) as for `jacobian`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.jacrev(lambda x: x ** 2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return jacobian(f, argnums, mode="reverse", **options)


def hvp(f, argnums=0):
    """Hessian-vector product of a function that returns one real number, without the Hessian: forward over reverse.

    Parameters
    ----------
    f : callable
        As for `grad`.
    argnums : int
        Positional argument to differentiate in.

    Returns
    -------
    callable
        ``hvp(f)(*args, v)``: the arguments of `f`, then the vector, of the structure and shapes of the argument; returns
        the product in the same structure. It costs a small multiple of `f`, however many entries there are.

    Raises
    ------
    OutputError, InputError, DtypeError
        (TypeError) as for `grad`.
    TangentError
        (ValueError) if `v` has another structure or shape than the argument.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.hvp(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    def run(args, kwargs):
        if len(args) < 2:
            raise InputError("hvp(f)(*args, v) needs the arguments of f and then the vector")
        *args, v = args
        a = position(argnums, args, "hvp")

        def g(x):
            return grad(f)(x, **kwargs) if len(args) == 1 else grad(f, a)(*args[:a], x, *args[a + 1:], **kwargs)

        return jvp(g, (args[a],), (v,))[1]

    return transform(f, "hvp", run, False)


def _first_sweeps(inputs, has_aux, mode, chunk, memory):
    """Result, first-order columns of every output leaf, values, aux: local if possible, else dense chunks."""
    if mode == "auto" and chunk is None and inputs.may_be_local():
        try:
            with open_level(inputs.owner) as level:
                layout = jets.dual_layout(inputs.n)
                y, aux = inputs.call(inputs.local(level, layout, memory), has_aux, level)
                leaves = outputs(y, inputs.name)
                return y, [_columns(v, level, inputs.n) for v in leaves], [value_at(v, level) for v in leaves], aux
        except local.Restart:
            pass
    found = values = None
    for which in slices(inputs.n, max(inputs.sizes), memory, chunk):
        with open_level(inputs.owner) as level:
            layout = jets.dual_layout(len(which))
            y, aux = inputs.call(inputs.dense(level, layout, which), has_aux, level)
            leaves = outputs(y, inputs.name)
            columns = [_columns(v, level, len(which)) for v in leaves]
            now = [value_at(v, level) for v in leaves]
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
    mode : {"auto", "hyperdual", "forward", "forward-over-reverse", "reverse-over-reverse"}
        "auto": hyper-dual with local directions as long as possible; "hyperdual": dense directions;
        "forward": the Jacobian of the Jacobian; the last two: the Jacobian by forward or reverse mode of the Jacobian by
        reverse mode (of the gradient, where `f` returns one number).
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
    if mode.endswith("over-reverse"):
        return _over_reverse(f, argnums, has_aux, mode.split("-")[0], chunk, memory)
    if mode == "forward":
        once = jacobian(f, argnums, has_aux=has_aux, mode="forward", chunk=chunk, memory=memory)
        if has_aux:
            both = jacobian(once, argnums, has_aux=True, mode="forward", chunk=chunk, memory=memory)
            return transform(f, "hessian", lambda args, kwargs: both(*args, **kwargs), has_aux)
        twice = jacobian(once, argnums, mode="forward", chunk=chunk, memory=memory)
        return transform(f, "hessian", lambda args, kwargs: twice(*args, **kwargs), has_aux)

    def run(args, kwargs):
        inputs = Inputs(f, args, kwargs, argnums, "hessian")
        y, _, _, seconds, aux = _second_sweeps(inputs, has_aux, mode, chunk, memory)
        out = unflatten(y, [inputs.spread(h, 2) for h in seconds])
        return (out, aux) if has_aux else out

    return transform(f, "hessian", run, has_aux)


def _over_reverse(f, argnums, has_aux, mode, chunk, memory):
    """The Jacobian, by forward or reverse mode, of the Jacobian by reverse mode."""
    options = {"has_aux": has_aux, "chunk": chunk, "memory": memory}
    outer = jacobian(jacobian(f, argnums, mode="reverse", **options), argnums, mode=mode, **options)
    return transform(f, "hessian", lambda args, kwargs: outer(*args, **kwargs), has_aux)


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
        inputs = Inputs(f, args, kwargs, argnums, "value_grad_hess")
        y, values, firsts, seconds, aux = _second_sweeps(inputs, has_aux, mode, chunk, memory)
        out = (unflatten(y, values), unflatten(y, [inputs.spread(c) for c in firsts]),
               unflatten(y, [inputs.spread(h, 2) for h in seconds]))
        return (*out, aux) if has_aux else out

    return transform(f, "value_grad_hess", run, has_aux)


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
    with open_level(inputs.owner) as level:
        layout = jets.symmetric_layout(inputs.n)
        y, aux = inputs.call(seed(level, layout), has_aux, level)
        leaves = outputs(y, inputs.name)
        firsts = [_columns(v, level, inputs.n) for v in leaves]
        seconds = [_square(v, level, layout) for v in leaves]
        return y, [value_at(v, level) for v in leaves], firsts, seconds, aux


def _square(y, level, layout):
    """Second-order components of an output leaf as y.shape + (n, n)."""
    n = layout.P
    if not (isinstance(y, Jet) and y.level is level):
        not_escaped(y)
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
        with open_level(inputs.owner) as level:
            layout = jets.symmetric_layout(len(rows)) if rows == cols else jets.pair_layout(len(rows), len(cols))
            y, aux = inputs.call(inputs.dense(level, layout, which), has_aux, level)
            leaves = outputs(y, inputs.name)
            now = [value_at(v, level) for v in leaves]
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
        inputs = Inputs(f, args, kwargs, argnums, "hessian_diag")
        y, columns, aux = _diagonal_sweeps(inputs, has_aux, mode, chunk, memory)
        out = unflatten(y, [inputs.spread(c) for c in columns])
        return (out, aux) if has_aux else out

    return transform(f, "hessian_diag", run, has_aux)


def _diagonal_sweeps(inputs, has_aux, mode, chunk, memory):
    if mode == "auto" and chunk is None and inputs.may_be_local():
        try:
            with open_level(inputs.owner) as level:
                layout = jets.diagonal_layout(inputs.n)
                y, aux = inputs.call(inputs.local(level, layout, memory), has_aux, level)
                return y, [_diagonal(v, level, inputs.n) for v in outputs(y, inputs.name)], aux
        except local.Restart:
            pass
    found = values = None
    for which in slices(inputs.n, max(inputs.sizes), memory // 2, chunk):
        with open_level(inputs.owner) as level:
            layout = jets.diagonal_layout(len(which))
            y, aux = inputs.call(inputs.dense(level, layout, which), has_aux, level)
            leaves = outputs(y, inputs.name)
            columns = [_diagonal(v, level, len(which)) for v in leaves]
            now = [value_at(v, level) for v in leaves]
        _same_values(values, now, inputs.name)
        values = now
        found = [[c] for c in columns] if found is None else [a + [c] for a, c in zip(found, columns, strict=True)]
    return y, [c[0] if len(c) == 1 else np.concatenate(c, axis=-1) for c in found], aux


def _diagonal(y, level, P):
    if isinstance(y, Jet) and y.level is level:
        return np.moveaxis(second_order(y), 0, -1)
    not_escaped(y)
    return np.zeros((*np.shape(y), P))
