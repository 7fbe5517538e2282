"""Derivatives as linear operators: products with a matrix that is never formed.

May import: calls, core, gradients, errors.
"""

from __future__ import annotations

import math

import numpy as np

from .calls import Inputs, from_start
from .core.jets import Jet
from .errors import InputError
from .gradients import Recording, grad

__all__ = ["hessian_operator", "jacobian_operator"]


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
        recording = from_start(Recording, f, Inputs(f, args, kwargs, argnums, "jacobian_operator"))
        return _operator(recording, _pushing(recording), _pulling(recording))

    return at


def hessian_operator(f, argnums=0):
    """The Hessian of a function that returns one real number, as a `scipy.sparse.linalg.LinearOperator`.

    Parameters
    ----------
    f : callable
        As for `grad`.
    argnums : int or tuple of int
        Positional arguments to differentiate in.

    Returns
    -------
    callable
        With the arguments of `f`, returning the symmetric operator: rows and columns are the entries of the arguments, in C
        order, leaf after leaf. The gradient is recorded once for each operator; a product is one sweep through it.

    Raises
    ------
    InputError, OutputError
        (TypeError) as for `grad`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> H = dualad.hessian_operator(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]))
    >>> H.shape, H @ np.array([1.0, 1.0])
    ((2, 2), array([ 6., 12.]))
    """
    gradient = grad(f, argnums)

    def at(*args, **kwargs):
        """The operator at these arguments."""
        recording = Recording(Inputs(gradient, args, kwargs, argnums, "hessian_operator"))
        pull = _pulling(recording)
        return _operator(recording, pull, pull)

    return at


def _operator(recording, push, pull):
    """A LinearOperator of two products with columns: (n, k) -> (m, k) and (m, k) -> (n, k)."""
    from scipy.sparse.linalg import LinearOperator  # scipy costs a fifth of a second to import

    for x in (*recording.inputs.leaves, *recording.values):
        if isinstance(x, Jet):
            raise InputError(f"{recording.inputs.owner}: an operator works on plain numbers, found a value that carries "
                             "derivatives of an outer transform: use dualad.jvp, dualad.vjp or dualad.hvp there")
    dtype = np.result_type(*(getattr(x, "dtype", np.float64) for x in (*recording.inputs.leaves, *recording.values)))
    return LinearOperator(
        (recording.size, recording.inputs.n), dtype=dtype, matmat=push, rmatmat=pull,
        matvec=lambda t: push(np.reshape(t, (-1, 1)))[:, 0], rmatvec=lambda g: pull(np.reshape(g, (-1, 1)))[:, 0])


def _pulling(recording):
    """Products of the transpose with columns, all of them in one sweep."""
    return lambda columns: _columns(columns, recording.values, recording.inputs.n, recording.pull)


def _pushing(recording):
    """Products with columns, all of them in one run over the program."""
    return lambda columns: _columns(columns, recording.inputs.leaves, recording.size, recording.push)


def _columns(columns, like, size, product):
    """Apply a product of stacks (k, *shape), one for each of `like`, to the columns of a matrix."""
    k, stacks, start = columns.shape[1], [], 0
    if k == 0 or not len(columns):
        return np.zeros((size, k))
    for x in like:
        stop = start + math.prod(np.shape(x))
        stack = np.reshape(columns[start:stop].T, (k, *np.shape(x))).astype(getattr(x, "dtype", np.float64))
        stacks.append(stack if k > 1 else stack[0])
        start = stop
    pieces = product(stacks, rows=k if k > 1 else 0)
    return np.concatenate([np.reshape(p, (k, -1 if np.size(p) else 0)) for p in pieces], axis=1).T
