"""`total`: the sum over shards of data of values and derivatives, by one tree of additions however it is run.

May import: numpy, dualad.errors, dualad.trees, engine, points.
"""

from __future__ import annotations

import functools

import numpy as np

from ..errors import InputError, OutputError
from ..trees import flatten, unflatten
from .engine import Work, chunk_size, engine, gather, noted
from .points import checked, made

__all__ = ["total"]


def total(transform, f, shards, *, executor=None, chunk=None, progress=False):
    """The function ``sum(transform(f)(*args, shard) for shard in shards)`` of args, spread over an executor.

    Parameters
    ----------
    transform : callable or None
        `dualad.value_and_grad`, `dualad.grad`, `dualad.hessian` or any other; None: values of `f`.
    f : callable
        ``f(*args, shard)``, a part of a sum (a loss over some of the data).
    shards : sequence or array
        What `f` takes last, one entry for each part: arrays, tuples of them, or names of files that `f` reads. They are sent
        in each call; large data should be sent as names.
    executor, progress
        As for `map`.
    chunk : int, optional
        Shards in one task, rounded up to a power of two; by default a 64th of them. Workers add them up before they send.

    Returns
    -------
    callable
        Returns the sum, leaf by leaf where results are nested. Additions form one tree over the shards, in their order:
        the bits do not depend on the executor, on chunks, or on who finished first.

    Raises
    ------
    SendError, WorkerError, InputError
        As for `map`.
    OutputError
        (TypeError) if parts differ in structure or shape, or are not numbers.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> from dualad import parallel
    >>> loss = lambda w, data: np.sum((data[0] @ w - data[1]) ** 2)
    >>> x, y = np.arange(12.0).reshape(6, 2), np.ones(6)
    >>> shards = [(x[:2], y[:2]), (x[2:4], y[2:4]), (x[4:], y[4:])]
    >>> f = parallel.total(dualad.value_and_grad, loss, shards, executor=0)
    >>> value, gradient = f(np.array([1.0, -1.0]))
    >>> float(value), gradient
    (24.0, array([-120., -144.]))
    """
    checked(transform, f, "total")
    shards = shards if isinstance(shards, np.ndarray) and shards.ndim else list(shards)
    if not len(shards):
        raise InputError("total() needs at least one shard: the shape of an empty sum is not known")
    size = 1 << (chunk_size(chunk, len(shards)) - 1).bit_length()
    starts = range(0, len(shards), size)
    sizes = [min(size, len(shards) - a) for a in starts]
    head = {"transform": transform, "f": f}

    def summed(*args, **kwargs):
        chunks = (shards[a:a + size] for a in starts)
        work = Work(_over_shards, head, {"args": args, "kwargs": kwargs})
        with engine(executor) as running:
            return tree_sum(gather(running, work, chunks, sizes, progress, "shard"))

    if hasattr(f, "__name__"):
        functools.update_wrapper(summed, f)
    summed.__name__ = f"total_of_{getattr(f, '__name__', 'f')}"
    return summed


def _over_shards(head, call, start, shards):
    """The sum over one chunk."""
    g = made(head)

    def parts():
        for k, shard in enumerate(shards, start):
            with noted(f"shard {k}, by {getattr(g, '__name__', 'f')}", k):
                yield g(*call["args"], shard, **call["kwargs"])

    return tree_sum(parts())


def tree_sum(parts):
    """Sum by pairs, pairs of pairs and so on; an odd one out waits. Chunks of a power of two are whole branches of the tree."""
    waiting = []  # (parts in it, sum), each at least twice as large as the next
    for part in parts:
        count = 1
        while waiting and waiting[-1][0] == count:
            count, part = 2 * count, added(waiting.pop()[1], part)
        waiting.append((count, part))
    part = waiting.pop()[1]
    while waiting:
        part = added(waiting.pop()[1], part)
    return part


def added(a, b):
    """a + b, leaf by leaf; nothing is broadcast."""
    left, right = flatten(a), flatten(b)
    shapes = [[(path, np.shape(x)) for path, x in leaves] for leaves in (left, right)]
    if shapes[0] != shapes[1]:
        raise OutputError(f"total: the parts of two shards differ in structure or shape, {shapes[0]} and {shapes[1]}: "
                          "they cannot be added")
    for path, x in left:
        if getattr(x, "dtype", np.dtype(type(x) if isinstance(x, int | float) else object)).kind not in "biuf":
            raise OutputError(f"total: the result{path} is a {type(x).__name__}, which cannot be added up: return numbers and "
                              "arrays")
    return unflatten(a, [x + y for (_, x), (_, y) in zip(left, right, strict=True)])
