"""Second derivatives: hyper-dual numbers, or a derivative of a derivative.

May import: calls, core, gradients, inputs, jacobians, schedule, trees, errors.
"""

from __future__ import annotations

import numpy as np

from .calls import Inputs, check_mode, not_escaped, open_level, transform, value_at
from .core import jets, local
from .core.jets import Jet
from .core.protocol import second as second_order
from .gradients import Recording
from .inputs import outputs
from .jacobians import columns, first_order_run, same_values
from .schedule.choice import choose_second
from .schedule.chunks import DEFAULT_MEMORY, pairs_of_chunks, slices
from .schedule.ways import best_hessian
from .trees import unflatten

__all__ = ["first_derivatives", "hessian", "hessian_diag", "second_block", "value_grad_hess"]

# mode: how the Jacobian is found, and how it is differentiated
NESTED = {"forward": ("forward", "forward"), "forward-over-reverse": ("reverse", "forward"),
          "reverse-over-reverse": ("reverse", "reverse")}
MODES = ("auto", "hyperdual", "local", *NESTED)
DIAGONAL = ("auto", "hyperdual")
# Up to so many inputs dense second-order parts cost less than keeping account of local ones.
LOCAL_FROM = 24
# The same for the diagonal, which keeps one part for each input.
LOCAL_DIAGONAL_FROM = 8


def hessian(f, argnums=0, *, has_aux=False, plan=None, mode="auto", chunk=None, memory=DEFAULT_MEMORY):
    """Exact Hessian of `f`: result.shape + input.shape + input.shape.

    Parameters
    ----------
    f, argnums, has_aux
        As for `jacobian`. With structured inputs the result is nested: H[a][b] for leaves a and b.
    plan : Plan, optional
        What `dualad.plan` returned for arguments of these shapes: its mode, chunk and memory are used. `mode` overrules it.
    mode : {"auto", "hyperdual", "local", "forward", "forward-over-reverse", "reverse-over-reverse"}
        "auto": hyper-dual with local directions as long as possible, then dense ones, or forward over reverse for one number
        of many inputs; "hyperdual": dense directions; "local": local ones as long as memory allows;
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
    check_mode(mode, MODES, "hessian")
    if plan is not None:
        mode, chunk, memory = plan.settings(mode, MODES, "hessian")
    known = {}

    def run(args, kwargs):
        inputs = Inputs(f, args, kwargs, argnums, "hessian")
        if plan is not None:
            plan.check(inputs.leaves)
        *_, h, aux = _second_order_run(inputs, has_aux, mode, chunk, memory, known)
        return (h, aux) if has_aux else h

    return transform(f, "hessian", run, has_aux)


def _second_order_run(inputs, has_aux, mode, chunk, memory, known):
    """Value, gradient and Hessian in the structure of the result, and aux; `known` remembers the way for these shapes."""
    if mode in NESTED:
        return _nested(inputs, has_aux, mode, chunk, memory)
    shapes = tuple(np.shape(x) for x in inputs.leaves)
    found, known[shapes] = _second_sweeps(inputs, has_aux, known.get(shapes, mode) if mode == "auto" else mode, chunk, memory)
    if found is None:
        return _nested(inputs, has_aux, "forward-over-reverse", chunk, memory)
    y, values, firsts, seconds, aux = found
    return (unflatten(y, values), unflatten(y, [inputs.spread(c) for c in firsts]),
            unflatten(y, [inputs.spread(h, 2) for h in seconds]), aux)


def _nested(inputs, has_aux, mode, chunk, memory):
    """The Jacobian of the Jacobian."""
    first, second = NESTED[mode]
    outer = first_derivatives(inputs, has_aux, first, chunk, memory)
    g, parts, _, (value, gradient, aux) = first_order_run(outer, True, second, chunk, memory)
    return value, gradient, unflatten(g, [outer.spread(c) for c in parts]), aux


def first_derivatives(inputs, has_aux, first, chunk, memory):
    """Inputs of the function that returns the Jacobian of f, and (value, Jacobian, aux) beside it."""
    def once(*args, **kwargs):
        inner = Inputs(inputs.f, args, kwargs, inputs.positions, inputs.owner)
        y, parts, values, aux = first_order_run(inner, has_aux, first, chunk, memory)
        gradient = unflatten(y, [inner.spread(c) for c in parts])
        return gradient, (unflatten(y, values), gradient, aux)

    once.__name__ = inputs.name
    return Inputs(once, inputs.args, inputs.kwargs, inputs.positions, inputs.owner)


def value_grad_hess(f, argnums=0, *, has_aux=False, mode="auto", chunk=None, memory=DEFAULT_MEMORY):
    """Value, first and second derivatives in one pass.

    Parameters
    ----------
    f, argnums, has_aux, mode, chunk, memory
        As for `hessian`.

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
    check_mode(mode, MODES, "value_grad_hess")
    known = {}

    def run(args, kwargs):
        out = _second_order_run(Inputs(f, args, kwargs, argnums, "value_grad_hess"), has_aux, mode, chunk, memory, known)
        return out if has_aux else out[:-1]

    return transform(f, "value_grad_hess", run, has_aux)


def _second_sweeps(inputs, has_aux, mode, chunk, memory):
    """(Result, values, first- and second-order parts of every output leaf, aux) and the way; None: a nested mode costs less."""
    n, way = inputs.n, mode
    if mode == "auto":
        way = choose_second(n) if chunk is None else "hyperdual"
    local_first = mode == "local" or mode == "auto" and n >= LOCAL_FROM
    if local_first and chunk is None and n and inputs.may_be_local():
        # where another way may cost less, only a few numbers may meet all directions
        room = memory if way in ("local", "hyperdual") else min(memory, 32 * (1 + n + n * (n + 1) // 2))
        try:
            return _one_sweep(inputs, has_aux, lambda level, layout: inputs.local(level, layout, room)), mode
        except local.Restart:
            pass
    if way == "record":
        recording = Recording(inputs, has_aux)
        way = best_hessian(recording.program, *recording.ends, memory)
    if way == "forward-over-reverse":
        return None, way
    if chunk is None and (1 + n + n * (n + 1) // 2) * max(inputs.sizes) * 8 <= memory:
        return _one_sweep(inputs, has_aux, lambda level, layout: inputs.dense(level, layout, range(n))), "hyperdual"
    return _chunked_sweeps(inputs, has_aux, memory, chunk), "hyperdual"


def _one_sweep(inputs, has_aux, seed):
    with open_level(inputs.owner) as level:
        layout = jets.symmetric_layout(inputs.n)
        y, aux = inputs.call(seed(level, layout), has_aux, level)
        leaves = outputs(y, inputs.name)
        firsts = [columns(v, level, inputs.n) for v in leaves]
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
        y, now, first, block, aux = second_block(inputs, has_aux, rows, cols)
        same_values(values, now, inputs.name)
        if firsts is None:
            firsts = [np.zeros_like(c, shape=(*c.shape[:-1], n)) for c in first]
            seconds = [np.zeros_like(b, shape=(*b.shape[:-2], n, n)) for b in block]
        values = now
        for k, b in enumerate(block):
            seconds[k][..., rows.start:rows.stop, cols.start:cols.stop] = b
            seconds[k][..., cols.start:cols.stop, rows.start:rows.stop] = np.swapaxes(b, -1, -2)
            firsts[k][..., rows.start:rows.stop] = first[k][..., :len(rows)]
    return y, values, firsts, seconds, aux


def second_block(inputs, has_aux, rows, cols):
    """Result, values, columns `rows` (and `cols`), the block (rows, cols) of second derivatives of every output leaf, and aux."""
    which = list(rows) if rows == cols else [*rows, *cols]
    with open_level(inputs.owner) as level:
        layout = jets.symmetric_layout(len(rows)) if rows == cols else jets.pair_layout(len(rows), len(cols))
        y, aux = inputs.call(inputs.dense(level, layout, which), has_aux, level)
        leaves = outputs(y, inputs.name)
        first = [columns(v, level, len(which)) for v in leaves]
        block = [_block(v, level, layout, len(rows), len(cols)) for v in leaves]
        return y, [value_at(v, level) for v in leaves], first, block, aux


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
    check_mode(mode, DIAGONAL, "hessian_diag")

    def run(args, kwargs):
        inputs = Inputs(f, args, kwargs, argnums, "hessian_diag")
        y, blocks, aux = _diagonal_sweeps(inputs, has_aux, mode, chunk, memory)
        out = unflatten(y, [inputs.spread(c) for c in blocks])
        return (out, aux) if has_aux else out

    return transform(f, "hessian_diag", run, has_aux)


def _diagonal_sweeps(inputs, has_aux, mode, chunk, memory):
    if mode == "auto" and chunk is None and inputs.n >= LOCAL_DIAGONAL_FROM and inputs.may_be_local():
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
            blocks = [_diagonal(v, level, len(which)) for v in leaves]
            now = [value_at(v, level) for v in leaves]
        same_values(values, now, inputs.name)
        values = now
        found = [[c] for c in blocks] if found is None else [a + [c] for a, c in zip(found, blocks, strict=True)]
    return y, [c[0] if len(c) == 1 else np.concatenate(c, axis=-1) for c in found], aux


def _diagonal(y, level, P):
    if isinstance(y, Jet) and y.level is level:
        return np.moveaxis(second_order(y), 0, -1)
    not_escaped(y)
    return np.zeros((*np.shape(y), P))
