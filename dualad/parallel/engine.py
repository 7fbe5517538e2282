"""Tasks on an executor: sent in chunks, gathered in order, so that nothing depends on who ran what when.

May import: numpy, concurrent.futures, multiprocessing, tqdm (optional), dualad.errors, scope, sending.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent import futures
from contextlib import contextmanager
from contextvars import copy_context
from multiprocessing import get_context
from typing import NamedTuple

from .. import scope
from ..errors import InputError
from ..scope.hooks import running
from . import sending

__all__ = ["Work", "chunk_size", "engine", "gather", "noted"]

PIECES = 64  # chunks by default: enough to keep tens of workers busy to the end, few enough that messages cost little


class Work(NamedTuple):
    """``body(head, call, start, data)``: dicts of what workers keep between calls and of arguments, and one chunk.

    The names in the dicts are those that errors use.
    """

    body: Callable
    head: dict
    call: dict


def chunk_size(chunk, count):
    """Items in one task."""
    if chunk is None:
        return max(1, -(-count // PIECES))
    if not isinstance(chunk, int) or isinstance(chunk, bool) or chunk < 1:
        raise InputError(f"chunk is a positive number of items in one task, found {chunk!r}")
    return chunk


@contextmanager
def engine(executor):
    """The executor to use, or None for this process; a pool that is made here is shut down at the end."""
    if executor is None or (isinstance(executor, int) and not isinstance(executor, bool) and executor > 0):
        # "spawn": forking copies the threads of BLAS half, and is no longer Python's default anywhere
        pool = futures.ProcessPoolExecutor(executor or _cores(), mp_context=get_context("spawn"))
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    elif isinstance(executor, int) and not isinstance(executor, bool) and executor == 0:
        yield None
    elif isinstance(executor, getattr(futures, "InterpreterPoolExecutor", ())):
        raise InputError("InterpreterPoolExecutor cannot be used: NumPy does not load in subinterpreters. Use ProcessPoolExecutor "
                         "or ThreadPoolExecutor")
    elif isinstance(executor, futures.Executor):
        yield executor
    else:
        raise InputError(f"executor is a concurrent.futures.Executor, a number of processes (0: this one) or None, found "
                         f"{executor!r}" + (": pass client.get_executor()" if hasattr(executor, "get_executor") else ""))


def _cores():
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def noted(place, index):
    """Errors inside say where they were raised."""
    try:
        yield
    except Exception as error:
        raise sending.marked(error, place, index)  # noqa: B904 (the same error)


def gather(executor, work, chunks, sizes, progress=False, unit="point"):
    """Yield the result of each chunk, in order; `sizes` are items in each, for the progress."""
    meter, starts = _meter(progress, sum(sizes), unit), [0, *itertools.accumulate(sizes)][:-1]
    mode, captured = running.mode, running.mode is None and scope.knows(work.head["f"])
    try:
        if executor is None:
            results = (work.body(work.head, work.call, *task) for task in zip(starts, chunks, strict=True))
        elif isinstance(executor, futures.ThreadPoolExecutor):
            # a context is of one thread at a time: np.errstate of the caller holds in each
            results = _elsewhere(executor, _in_thread, starts, chunks, lambda *task: (copy_context(), mode, work, *task))
        else:
            head = sending.packed(executor, **work.head)
            argument = sending.packed(executor, **work.call)
            asked, settings = sending.world(), (mode, captured)

            def send(start, data):
                chunk = sending.packed(executor, **{f"the chunk from {unit} {start} on": data})
                return work.body, asked, settings, head, argument, start, chunk

            results = _elsewhere(executor, _work, starts, chunks, send)
        for size, result in zip(sizes, results, strict=True):
            meter.update(size)
            yield result
    finally:
        meter.close()


def _elsewhere(executor, call, starts, chunks, send):
    """Results in order; what has not begun is cancelled when one fails."""
    tasks = []
    try:
        for start, data in zip(starts, chunks, strict=True):
            tasks.append(executor.submit(call, *send(start, data)))
        for k, task in enumerate(tasks):
            yield task.result()
            tasks[k] = None  # results of earlier chunks belong to the caller now
    except futures.BrokenExecutor as error:
        error.add_note("dualad.parallel: a worker died (killed, out of memory, crashed in compiled code, a script without "
                       "if __name__ == '__main__': or one from standard input). A pool of concurrent.futures does not repeat "
                       "tasks and cannot be used again: make a new one; dask.distributed repeats them")
        raise
    finally:
        for task in tasks:
            if task is not None:
                task.cancel()


@contextmanager
def _scope_of_caller(mode):
    """`dualad.capturing` as where the work came from."""
    if mode is None:
        yield
    else:
        with scope.capturing(mode):
            yield


def _in_thread(context, mode, work, start, chunk):
    """One chunk, in another thread."""
    with _scope_of_caller(mode):
        return context.run(work.body, work.head, work.call, start, chunk)


def _work(body, asked, settings, head, call, start, data):
    """One chunk, in a worker."""
    try:
        chunk, = sending.opened(*data).values()
        head, call = sending.opened(*head, asked), sending.opened(*call, asked)
        mode, captured = settings
        if captured:
            scope.capture(head["f"])
        with _scope_of_caller(mode):
            return body(head, call, start, chunk)
    except Exception as error:
        raise sending.sendable(error) from None


class _Calling:
    """A function of yours as a meter."""

    def __init__(self, tell, total):
        self.tell, self.total, self.done = tell, total, 0

    def update(self, size):
        self.done += size
        self.tell(self.done, self.total)

    def close(self):
        pass


def _meter(progress, total, unit):
    """What shows how far a run is: tqdm, a function (done, total), or nothing."""
    if callable(progress) or not progress:
        return _Calling(progress or (lambda done, total: None), total)
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise InputError("progress=True shows a bar of tqdm, which is not installed: pip install tqdm, or give a function "
                         "progress(done, total)") from None
    return tqdm(total=total, unit=f" {unit}s")
