"""`map`: a transform of a function at many points.  May import: numpy, dualad.errors, engine."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from .engine import Work, chunk_size, engine, gather, noted

__all__ = ["map"]


def map(transform, f, *points, args=(), executor=None, chunk=None, progress=False):
    """``[transform(f)(*p, *args) for p in zip(*points)]``, spread over an executor.

    Parameters
    ----------
    transform : callable or None
        What makes a function of `f`: `dualad.grad`, `dualad.value_and_grad`, `dualad.jacobian`, `dualad.hessian` or any other,
        with options as ``functools.partial(dualad.hessian, mode="hyperdual")``. None: values of `f`.
    f : callable
        To other processes, functions of modules are sent by name, others (lambdas, closures) by cloudpickle if it is installed.
    *points : arrays or sequences
        As for the builtin `map`: one argument of `f` from each; an array gives the entries along its first axis. Points may be
        nested tuples, lists and dicts.
    args : tuple
        Further arguments of `f`, the same at every point; sent once to each task.
    executor : concurrent.futures.Executor, int or None
        A ThreadPoolExecutor, ProcessPoolExecutor, ``client.get_executor()`` of dask.distributed, MPIPoolExecutor of mpi4py or any
        other. A number: so many processes, for this call; None: one for each core; 0: this process.
    chunk : int, optional
        Points in one task; by default a 64th of them.
    progress : bool or callable
        True: a bar of tqdm; or a function ``progress(done, total)``.

    Returns
    -------
    list
        Results in the order of the points, whichever worker finished first; equal bit for bit to those of ``executor=0`` where
        workers have the same libraries.

    Raises
    ------
    SendError
        (TypeError) if `f`, the transform or arguments cannot be sent: it names the part.
    WorkerError
        (RuntimeError) for an error in a worker that cannot be sent back. Others come back as they are, with a note that names the
        point and its index as `parallel_index`.
    InputError
        (TypeError) for points of different numbers, or an executor that is none.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from dualad import parallel
    >>> with ThreadPoolExecutor(2) as pool:
    ...     slopes = parallel.map(dualad.grad, lambda x: np.sum(x ** 3), np.arange(6.0).reshape(3, 2), executor=pool)
    >>> np.stack(slopes)
    array([[ 0.,  3.],
           [12., 27.],
           [48., 75.]])
    """
    checked(transform, f, "map")
    columns = [p if type(p) is np.ndarray and p.ndim else _listed(p) for p in points]
    counts = [len(c) for c in columns]
    if not columns or len(set(counts)) != 1:
        raise InputError("map() takes points of equal numbers, found "
                         + (" and ".join(str(n) for n in counts) if columns else "none: map(transform, f, points)"))
    size = chunk_size(chunk, counts[0])
    starts = range(0, counts[0], size)
    # rows of a copy in C order: what a worker gets, so that nothing is summed in another order there
    rows = lambda c, a: np.ascontiguousarray(c[a:a + size]) if type(c) is np.ndarray else c[a:a + size]
    chunks = ([rows(c, a) for c in columns] for a in starts)
    sizes = [min(size, counts[0] - a) for a in starts]
    work = Work(_at_points, {"transform": transform, "f": f}, {"args": _tuple(args)})
    with engine(executor) as running:
        return [y for found in gather(running, work, chunks, sizes, progress) for y in found]


def checked(transform, f, owner):
    """Raise for what is no transform or function."""
    if transform is not None and not callable(transform):
        raise InputError(f"{owner}() takes a transform such as dualad.hessian, or None for values, found {transform!r}")
    if not callable(f):
        raise InputError(f"{owner}() takes the function after the transform, found {type(f).__name__}: write {owner}(dualad.grad, "
                         "f, ...)")


def made(head):
    """transform(f), anew for each task: what one task found out must not change the numbers of another."""
    return head["f"] if head["transform"] is None else head["transform"](head["f"])


def _tuple(args):
    return tuple(args) if isinstance(args, tuple | list) else (args,)


def _listed(points):
    try:
        return list(points)
    except TypeError:
        raise InputError(f"points are an array or a sequence, one entry for each point, found {type(points).__name__}") from None


def _at_points(head, call, start, columns):
    """Results at the points of one chunk."""
    g, found = made(head), []
    for k, point in enumerate(zip(*columns, strict=True), start):
        with noted(f"point {k}, by {getattr(g, '__name__', 'f')}", k):
            found.append(g(*point, *call["args"]))
    return found
