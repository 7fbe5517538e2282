"""Jacobians by rows, products with them, and linear operators: what one recorded run can be asked.

May import: calls, core, gradients, inputs, schedule, trees, errors.
"""

from __future__ import annotations

import math

import numpy as np

from .calls import Inputs
from .errors import InputError, TangentError
from .gradients import Recording, vjp
from .inputs import as_tangent
from .schedule.chunks import slices
from .trees import flatten, unflatten

__all__ = ["jacobian_operator", "linearize", "reverse_sweeps"]


def reverse_sweeps(recording, chunk, memory):
    """Jacobian columns of every output leaf, shape y.shape + (n,), from sweeps of several rows at a time."""
    sizes = [math.prod(np.shape(v)) for v in recording.values]
    m, n = sum(sizes), recording.inputs.n
    widest = max([n, *(math.prod(recording.program.shape(k)) for k in range(len(recording.program)))])
    parts = [_rows(recording, sizes, r.start, r.stop) for r in slices(m, widest, memory, chunk) if len(r)]
    if not parts:
        return [np.zeros((*np.shape(v), n)) for v in recording.values]
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
    out, start = [], 0
    for v, size in zip(recording.values, sizes, strict=True):
        out.append(np.reshape(whole[start:start + size], (*np.shape(v), n)))
        start += size
    return out


def _rows(recording, sizes, lo, hi):
    """Rows lo to hi of the Jacobian of all outputs in a row, as (hi - lo, n)."""
    seeds, start = [], 0
    for v, size in zip(recording.values, sizes, strict=True):
        seed = np.zeros((hi - lo, size), dtype=getattr(v, "dtype", np.float64))
        own = np.arange(max(lo, start), min(hi, start + size))
        seed[own - lo, own - start] = 1.0
        seeds.append(seed.reshape((hi - lo, *np.shape(v))))
        start += size
    pieces = recording.pull(seeds, rows=hi - lo)
    return np.concatenate([np.reshape(g, (hi - lo, -1 if math.prod(np.shape(x)) else 0))
                           for g, x in zip(pieces, recording.inputs.leaves, strict=True)], axis=1)


def linearize(f, *primals):
    """Value of `f` and its Jacobian as a linear function of tangents; `f` runs once.

    Parameters
    ----------
    f : callable
        Function of ``len(primals)`` positional arguments.
    *primals : floats, arrays, or nested tuples, lists, dicts of them
        Where to linearise.

    Returns
    -------
    y : the result of `f`
    push : callable
        Takes one tangent for each argument (same structures and shapes), returns the tangent of the result. It may be
        called any number of times and does not run `f` again.

    Raises
    ------
    TangentError
        (ValueError) if a tangent has another structure or shape than its argument.

    Notes
    -----
    The pullback is linear in its cotangent, so its own pullback is the Jacobian: the transpose of the transpose.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> y, push = dualad.linearize(lambda x: x ** 2, np.array([1.0, 2.0]))
    >>> push(np.array([1.0, 10.0]))
    array([ 2., 40.])
    """
    y, pullback = vjp(f, *primals)
    zeros = unflatten(y, [np.zeros_like(v) if np.ndim(v) else np.zeros((), getattr(v, "dtype", np.float64))[()]
                          for _, v in flatten(y)])
    _, transposed = vjp(pullback, zeros)

    def push(*tangents):
        """The tangent of the result."""
        if len(tangents) != len(primals):
            raise TangentError(f"linearize: {len(primals)} arguments need as many tangents, found {len(tangents)}")
        return transposed(tuple(tangents))[0]

    return y, push


def jacobian_operator(f, argnums=0):
    """The Jacobian of `f` as a `scipy.sparse.linalg.LinearOperator`: products with it and its transpose, never the matrix.

    Parameters
    ----------
    f : callable
        Takes and returns floats, arrays, or nested tuples, lists, dicts of them.
    argnums : int or tuple of int
        Positional arguments to differentiate in.

    Returns
    -------
    callable
        With the arguments of `f`, returning the operator: shape (entries of the result, entries of the arguments), in C order,
        leaf after leaf. `f` runs once for each operator.

    Raises
    ------
    InputError, OutputError
        (TypeError) as for `jacobian`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> J = dualad.jacobian_operator(lambda x: np.array([1.0, 2.0]) * x)(np.array([3.0, 4.0]))
    >>> J.shape, J @ np.array([1.0, 1.0]), J.T @ np.array([1.0, 0.0])
    ((2, 2), array([1., 2.]), array([1., 0.]))
    """
    if not callable(f):
        raise InputError(f"jacobian_operator() takes a function, found {type(f).__name__}: write jacobian_operator(f)(x)")

    def at(*args, **kwargs):
        """The operator at these arguments."""
        inputs = Inputs(f, args, kwargs, argnums, "jacobian_operator")
        return _operator(Recording(inputs))

    return at


def _operator(recording):
    """A LinearOperator of one recorded run."""
    from scipy.sparse.linalg import LinearOperator  # scipy costs a fifth of a second to import

    values = recording.values
    n, m = recording.inputs.n, sum(math.prod(np.shape(v)) for v in values)

    def pull(g):
        return _flat(recording.pull(_split(g, values)))

    _, back = vjp(pull, np.zeros(m))

    def pull_many(G):
        rows = G.shape[1]
        pieces = recording.pull([np.stack(p) for p in zip(*(_split(G[:, k], values) for k in range(rows)), strict=True)], rows=rows)
        return np.concatenate([np.reshape(p, (rows, -1)) for p in pieces], axis=1).T

    def push(t):
        return back(as_tangent(np.ravel(t), np.zeros(n)))[0]

    return LinearOperator((m, n), matvec=push, rmatvec=lambda g: pull(np.ravel(g)), rmatmat=pull_many, dtype=np.float64)


def _flat(pieces):
    return np.concatenate([np.reshape(p, (-1,)) for p in pieces])


def _split(g, values):
    """A flat cotangent as one array for each value."""
    out, start = [], 0
    for v in values:
        size = math.prod(np.shape(v))
        out.append(np.reshape(g[start:start + size], np.shape(v)) if np.ndim(v) else g[start])
        start += size
    return out
