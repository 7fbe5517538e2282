"""Jacobians and Hessians in blocks of columns, rows, or pairs of both, one task each.

May import: numpy, dualad.calls, gradients, inputs, jacobians, hessians, schedule, trees, errors, engine.
"""

from __future__ import annotations

import math

import numpy as np

from ..calls import Inputs, check_mode, transform
from ..core.jets import Jet
from ..errors import InputError
from ..gradients import Recording
from ..hessians import first_derivatives, second_block
from ..inputs import outputs
from ..jacobians import by_leaf, forward_block, reverse_block, same_values
from ..schedule.choice import FEW_SECOND
from ..schedule.chunks import DEFAULT_MEMORY, pairs_of_chunks, slices
from ..trees import flatten, unflatten
from .engine import Work, engine, gather, noted

__all__ = ["hessian", "jacobian"]

BLOCKS = 16  # of columns or rows by default: each task runs the function once
MODES = ("auto", "forward", "reverse")
SECOND = ("auto", "hyperdual", "forward-over-reverse")


def jacobian(f, argnums=0, *, executor=None, mode="auto", chunk=None, memory=DEFAULT_MEMORY, progress=False):
    """`dualad.jacobian` in blocks of columns (forward mode) or rows (reverse mode) that are spread over an executor.

    Parameters
    ----------
    f, argnums
        As for `dualad.jacobian`. Every task runs `f` once.
    executor, progress
        As for `map`.
    mode : {"auto", "forward", "reverse"}
        "auto" takes columns unless there are less than half as many rows; it runs `f` once more to know.
    chunk : int, optional
        Columns or rows in one task; by default a 16th of them, fewer if `memory` asks for it.
    memory : int
        Bytes that one block may take.

    Returns
    -------
    callable
        With the arguments of `f`. Equal bit for bit to ``dualad.jacobian(f, mode=mode, chunk=chunk)``.

    Raises
    ------
    SendError, WorkerError, InputError
        As for `map`.
    NonDeterministic
        (RuntimeError) if `f` gives other values in another task.

    Notes
    -----
    Blocks are dense. Where `dualad.plan` shows a "labelled", "local" or "mixed" way, one process may be faster than many.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> from dualad import parallel
    >>> parallel.jacobian(lambda x: np.cumsum(x ** 2), executor=0, chunk=2)(np.array([1.0, 2.0, 3.0]))
    array([[2., 0., 0.],
           [2., 4., 0.],
           [2., 4., 6.]])
    """
    check_mode(mode, MODES, "parallel.jacobian")

    def run(args, kwargs):
        inputs = _inputs(f, args, kwargs, argnums, "jacobian")
        size = None if mode == "forward" else _size(inputs)
        way = mode if mode != "auto" else "reverse" if 2 * size <= inputs.n else "forward"
        parts = _slices(inputs.n if way == "forward" else size, max(inputs.sizes), memory, chunk)
        work = Work(_columns if way == "forward" else _rows, {"f": f}, {"args": args, "kwargs": kwargs, "argnums": argnums})
        with engine(executor) as running:
            tree, found = _joined(gather(running, work, parts, [len(p) for p in parts], progress, _UNIT[way]), inputs.name)
        if way == "forward":
            whole = [np.concatenate(c, axis=-1) for c in zip(*found, strict=True)]
        else:
            whole = by_leaf(np.concatenate(found), [leaf for _, leaf in flatten(tree)])
        return unflatten(tree, [inputs.spread(c) for c in whole])

    return transform(f, "jacobian", run, False)


_UNIT = {"forward": "column", "reverse": "row"}


def hessian(f, argnums=0, *, executor=None, mode="auto", chunk=None, memory=DEFAULT_MEMORY, progress=False):
    """`dualad.hessian` in blocks that are spread over an executor.

    Parameters
    ----------
    f, argnums
        As for `dualad.hessian`. Every task runs `f` once.
    executor, memory, progress
        As for `jacobian`.
    mode : {"auto", "hyperdual", "forward-over-reverse"}
        "hyperdual": pairs of blocks of rows and columns, those of the upper triangle; "forward-over-reverse": columns of the
        Jacobian of the gradient. "auto": the latter for one number of more than 40 inputs.
    chunk : int, optional
        Rows and columns in one task; by default a 16th of the columns, a fifth for pairs, fewer if `memory` asks for it.

    Returns
    -------
    callable
        With the arguments of `f`. Equal bit for bit to ``dualad.hessian(f, mode="hyperdual", chunk=chunk)``, or to
        the Jacobian of ``dualad.jacobian(f, mode="reverse")`` with ``mode="forward", chunk=chunk``.

    Raises
    ------
    SendError, WorkerError, InputError, NonDeterministic
        As for `jacobian`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> from dualad import parallel
    >>> parallel.hessian(lambda x: x[0] ** 2 * x[1] + x[2] ** 3, executor=0, chunk=2)(np.array([1.0, 2.0, 3.0]))
    array([[ 4.,  2.,  0.],
           [ 2.,  0.,  0.],
           [ 0.,  0., 18.]])
    """
    check_mode(mode, SECOND, "parallel.hessian")

    def run(args, kwargs):
        inputs = _inputs(f, args, kwargs, argnums, "hessian")
        way = mode
        if way == "auto":
            way = "forward-over-reverse" if inputs.n > FEW_SECOND and _size(inputs) == 1 else "hyperdual"
        call = {"args": args, "kwargs": kwargs, "argnums": argnums, "memory": memory}
        with engine(executor) as running:
            if way == "hyperdual":
                return _by_pairs(running, inputs, Work(_pair, {"f": f}, call), chunk, memory, progress)
            parts = _slices(inputs.n, max(inputs.sizes), memory, chunk)
            work = Work(_gradient_columns, {"f": f}, call)
            tree, found = _joined(gather(running, work, parts, [len(p) for p in parts], progress, "column"), inputs.name)
        return unflatten(tree, [inputs.spread(np.concatenate(c, axis=-1)) for c in zip(*found, strict=True)])

    return transform(f, "hessian", run, False)


def _inputs(f, args, kwargs, argnums, owner):
    inputs = Inputs(f, args, kwargs, argnums, owner)
    if any(isinstance(leaf, Jet) for _, leaf in flatten((list(args), kwargs))):
        raise InputError(f"parallel.{owner} inside another derivative: values that carry derivatives stay in their process. "
                         f"Use dualad.{owner} there, and spread the outer one")
    if not inputs.n:
        raise InputError(f"parallel.{owner}: the arguments have no entries, there is nothing to spread")
    return inputs


def _size(inputs):
    """Entries of all results, from a run on plain numbers."""
    return sum(math.prod(np.shape(v)) for v in outputs(inputs.f(*inputs.args, **inputs.kwargs), inputs.name))


def _slices(n, size, memory, chunk):
    widest = slices(n, size, memory, chunk)
    return widest if chunk is not None else slices(n, size, memory, min(max(len(widest[0]), 1), -(-max(n, 1) // BLOCKS)))


def _joined(results, name):
    """The result of f and the blocks, of runs that must have had the same values."""
    tree, values, blocks = None, None, []
    for y, found in results:
        now = [leaf for _, leaf in flatten(y)]
        same_values(values, now, name)
        tree, values = (y, now) if tree is None else (tree, values)
        blocks.append(found)
    return tree, blocks


def _by_pairs(running, inputs, work, chunk, memory, progress):
    """The Hessian from its blocks on and above the diagonal."""
    size = max(inputs.sizes)
    if chunk is None:  # five ranges make fifteen pairs
        chunk = min(len(pairs_of_chunks(inputs.n, size, memory, None)[0][0]), -(-inputs.n // 5))
    pairs = pairs_of_chunks(inputs.n, size, memory, chunk)
    sizes = [len(r) * len(c) * (1 if r == c else 2) for r, c in pairs]
    tree, found = _joined(gather(running, work, pairs, sizes, progress, "entry"), inputs.name)
    whole = []
    for blocks in zip(*found, strict=True):
        h = np.zeros_like(blocks[0], shape=(*blocks[0].shape[:-2], inputs.n, inputs.n))
        for (rows, cols), b in zip(pairs, blocks, strict=True):
            h[..., rows.start:rows.stop, cols.start:cols.stop] = b
            h[..., cols.start:cols.stop, rows.start:rows.stop] = np.swapaxes(b, -1, -2)
        whole.append(h)
    return unflatten(tree, [inputs.spread(h, 2) for h in whole])


def _run(owner, head, call, place, index, block):
    """block(inputs) in the scope that the function needs."""
    def run(args, kwargs):
        return block(Inputs(head["f"], args, kwargs, call["argnums"], owner))

    with noted(place, index):
        return transform(head["f"], owner, run, False)(*call["args"], **call["kwargs"])


def _columns(head, call, start, which):
    """Columns of the Jacobian."""
    def block(inputs):
        y, found, values, _ = forward_block(inputs, False, which)
        return unflatten(y, values), found

    return _run("jacobian", head, call, f"columns {which.start} to {which.stop - 1} of the Jacobian", start, block)


def _rows(head, call, start, which):
    """Rows of the Jacobian."""
    def block(inputs):
        recording = Recording(inputs)
        return unflatten(recording.tree, recording.values), reverse_block(recording, which.start, which.stop)

    return _run("jacobian", head, call, f"rows {which.start} to {which.stop - 1} of the Jacobian", start, block)


def _gradient_columns(head, call, start, which):
    """Columns of the Jacobian of the gradient."""
    def block(inputs):
        outer = first_derivatives(inputs, False, "reverse", None, call["memory"])
        g, found, values, _ = forward_block(outer, True, which)
        return unflatten(g, values), found

    return _run("hessian", head, call, f"columns {which.start} to {which.stop - 1} of the Hessian", start, block)


def _pair(head, call, start, ranges):
    """One block of the Hessian."""
    rows, cols = ranges

    def block(inputs):
        y, values, _, found, _ = second_block(inputs, False, rows, cols)
        return unflatten(y, values), found

    place = f"rows {rows.start} to {rows.stop - 1} and columns {cols.start} to {cols.stop - 1} of the Hessian"
    return _run("hessian", head, call, place, start, block)
