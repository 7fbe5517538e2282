"""Layers as functions of their inputs and parameters. Axis 0 is the batch, axis 1 the channels of convolutions.

May import: activations.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["avg_pool1d", "avg_pool2d", "batch_norm", "conv1d", "conv2d", "dropout", "embedding", "layer_norm", "linear",
           "max_pool1d", "max_pool2d"]


def linear(x, weight, bias=None):
    """``x @ weight.T + bias``.

    Parameters
    ----------
    x : array (..., inputs) of float32 or float64
    weight : array (outputs, inputs)
    bias : array (outputs,), optional

    Returns
    -------
    Array (..., outputs).

    Raises
    ------
    ValueError
        if the last axes of `x` and `weight` differ.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.linear(np.ones((2, 3)), np.ones((4, 3)), np.ones(4)).shape
    (2, 4)
    """
    if np.ndim(weight) != 2 or np.shape(x)[-1:] != np.shape(weight)[1:]:
        raise ValueError("linear: x (..., inputs) and weight (outputs, inputs) are wanted, "
                         f"found {np.shape(x)} and {np.shape(weight)}")
    y = np.inner(x, weight)  # x @ weight.T, whose sweep would copy the weights
    return y if bias is None else y + bias


def _normal(x, axis, eps):
    """(x of mean 0 and variance 1 along axes, mean, variance)."""
    mean = np.mean(x, axis=axis, keepdims=True)
    centred = x - mean
    variance = np.mean(centred * centred, axis=axis, keepdims=True)
    return centred / np.sqrt(variance + eps), mean, variance


def layer_norm(x, weight=None, bias=None, eps=1e-5):
    """Entries of the last axis brought to mean 0 and variance 1, then scaled and shifted.

    Parameters
    ----------
    x : array (..., n) of float32 or float64
    weight, bias : array (n,), optional
    eps : float
        Added to the variance: the derivative stays finite where all entries are equal.

    Returns
    -------
    Array of x's shape.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.layer_norm(np.array([[1.0, 3.0]]), eps=0.0)
    array([[-1.,  1.]])
    """
    y = _normal(x, -1, eps)[0]
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def batch_norm(x, mean, variance, weight=None, bias=None, training=True, momentum=0.1, eps=1e-5):
    """Channels (axis 1) brought to mean 0 and variance 1 over the batch, then scaled and shifted.

    Parameters
    ----------
    x : array (batch, channels, ...) of float32 or float64
    mean, variance : array (channels,)
        Running statistics; used in evaluation, moved by `momentum` in training.
    weight, bias : array (channels,), optional
    training : bool
        Normalise by the statistics of this batch (the biased variance).
    momentum, eps : float

    Returns
    -------
    y : array of x's shape
    (mean, variance) : the new running statistics (unbiased variance); those given if not `training`

    Raises
    ------
    ValueError
        in training with one value for each channel, whose variance says nothing.

    Notes
    -----
    The state is returned, not kept: ask for it with ``has_aux=True``.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> y, (mean, variance) = dualad.nn.batch_norm(np.array([[1.0], [3.0]]), np.zeros(1), np.ones(1), eps=0.0)
    >>> y.ravel(), mean, variance
    (array([-1.,  1.]), array([0.2]), array([1.1]))
    """
    axes = (0, *range(2, np.ndim(x)))
    across = (1, -1) + (1,) * (np.ndim(x) - 2)
    if training:
        count = np.size(x) // max(np.shape(x)[1], 1)
        if count < 2:
            raise ValueError(f"batch_norm: training needs two or more values for each channel, found x of shape {np.shape(x)}")
        y, m, v = _normal(x, axes, eps)
        mean = (1 - momentum) * mean + momentum * m.reshape(-1)
        variance = (1 - momentum) * variance + momentum * (count / (count - 1)) * v.reshape(-1)
    else:
        y = (x - mean.reshape(across)) / np.sqrt(variance.reshape(across) + eps)
    y = y if weight is None else y * weight.reshape(across)
    return (y if bias is None else y + bias.reshape(across)), (mean, variance)


def dropout(x, rate, rng, training=True):
    """Entries set to zero with probability `rate`; the others divided by ``1 - rate``.

    Parameters
    ----------
    x : array of float32 or float64
    rate : float in [0, 1)
    rng : int or numpy.random.Generator
        A seed gives the same mask in every run. A generator moves on with every run of the function, and some
        transforms run it more than once.
    training : bool
        False: `x` is returned as it is.

    Returns
    -------
    Array of x's shape and dtype.

    Raises
    ------
    ValueError
        for a rate outside [0, 1).

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.dropout(np.ones(4), 0.5, 0)
    array([2., 0., 0., 0.])
    """
    if not 0 <= rate < 1:
        raise ValueError(f"dropout: rate must be in [0, 1), found {rate}")
    if not training or rate == 0:
        return x
    kept = np.random.default_rng(rng).random(np.shape(x)) >= rate
    return x * (kept / (1 - rate)).astype(x.dtype)


def embedding(table, index):
    """Rows of a table.

    Parameters
    ----------
    table : array (rows, width) of float32 or float64
    index : array of integers, any shape

    Returns
    -------
    Array index.shape + (width,). Rows that are taken several times add up in the gradient.

    Raises
    ------
    IndexError
        for a row that is not there; negative numbers are not counted from the end.

    Examples
    --------
    >>> import numpy as np, dualad, dualad.nn
    >>> dualad.grad(lambda t: np.sum(dualad.nn.embedding(t, [1, 1])))(np.zeros((2, 1))).ravel()
    array([0., 2.])
    """
    index = np.asarray(index)
    if index.dtype.kind not in "iu":
        raise IndexError(f"embedding: integers are wanted, found {index.dtype}")
    if index.size and not (0 <= index.min() and index.max() < np.shape(table)[0]):
        raise IndexError(f"embedding: rows 0 to {np.shape(table)[0] - 1} are there, found {index.min()} to {index.max()}")
    return table[index]


def _pair(n, what, count):
    """A number for each axis."""
    n = (n,) * count if isinstance(n, (int, np.integer)) else tuple(n)
    if len(n) != count:
        raise ValueError(f"{what} must be a number or {count} numbers, found {n}")
    return n


def _windows(x, size, stride, padding, fill=0.0):
    """Views of the last axes: (batch, channels, *places, *size)."""
    count = len(size)
    if any(padding):
        x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)], constant_values=fill)
    if any(n < s for n, s in zip(np.shape(x)[2:], size, strict=True)):
        raise ValueError(f"a window of {size} does not fit into {np.shape(x)[2:]}")
    axes = tuple(range(2, 2 + count))
    return sliding_window_view(x, size, axis=axes)[(slice(None), slice(None), *(slice(None, None, s) for s in stride))]


def _conv(x, weight, bias, stride, padding, count):
    if np.ndim(x) != count + 2 or np.ndim(weight) != count + 2 or np.shape(x)[1] != np.shape(weight)[1]:
        raise ValueError(f"conv{count}d: x (batch, channels, ...) and weight (outputs, channels, ...) of {count + 2} axes "
                         f"are wanted, found {np.shape(x)} and {np.shape(weight)}")
    w = _windows(x, np.shape(weight)[2:], _pair(stride, "stride", count), _pair(padding, "padding", count))
    inner = tuple(range(2 + count, 2 + 2 * count))
    y = np.moveaxis(np.tensordot(w, weight, ((1, *inner), tuple(range(1, 2 + count)))), -1, 1)
    return y if bias is None else y + bias.reshape((-1,) + (1,) * count)


def conv1d(x, weight, bias=None, stride=1, padding=0):
    """Cross-correlation along the last axis (what machine learning calls convolution).

    Parameters
    ----------
    x : array (batch, channels, length) of float32 or float64
    weight : array (outputs, channels, width)
    bias : array (outputs,), optional
    stride, padding : int
        Padding is with zeros, on both sides.

    Returns
    -------
    Array (batch, outputs, (length + 2 * padding - width) // stride + 1).

    Raises
    ------
    ValueError
        for arrays of other ranks, other numbers of channels, or a window that does not fit.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.conv1d(np.array([[[1.0, 2.0, 4.0]]]), np.array([[[-1.0, 1.0]]]))
    array([[[1., 2.]]])
    """
    return _conv(x, weight, bias, stride, padding, 1)


def conv2d(x, weight, bias=None, stride=1, padding=0):
    """Cross-correlation along the last two axes.

    Parameters
    ----------
    x : array (batch, channels, height, width) of float32 or float64
    weight : array (outputs, channels, rows, columns)
    bias : array (outputs,), optional
    stride, padding : int or two of them
        Padding is with zeros, on both sides.

    Returns
    -------
    Array (batch, outputs, places, places).

    Raises
    ------
    ValueError
        as for `conv1d`.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.conv2d(np.ones((1, 2, 4, 5)), np.ones((3, 2, 3, 3)), padding=1).shape
    (1, 3, 4, 5)
    """
    return _conv(x, weight, bias, stride, padding, 2)


def _pool(reduce, x, size, stride, count):
    size = _pair(size, "size", count)
    w = _windows(x, size, size if stride is None else _pair(stride, "stride", count), (0,) * count)
    return reduce(w, axis=tuple(range(2 + count, 2 + 2 * count)))


def max_pool1d(x, size, stride=None):
    """Largest entries of windows along the last axis; ties share the derivative equally.

    Parameters
    ----------
    x : array (batch, channels, length) of float32 or float64
    size : int
    stride : int, optional
        The size, if not given.

    Returns
    -------
    Array (batch, channels, (length - size) // stride + 1).

    Raises
    ------
    ValueError
        if the window does not fit.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.max_pool1d(np.array([[[1.0, 2.0, 4.0, 3.0]]]), 2)
    array([[[2., 4.]]])
    """
    return _pool(np.max, x, size, stride, 1)


def max_pool2d(x, size, stride=None):
    """Largest entries of windows along the last two axes; as `max_pool1d`.

    Parameters
    ----------
    x : array (batch, channels, height, width) of float32 or float64
    size, stride : int or two of them

    Returns
    -------
    Array (batch, channels, places, places).

    Raises
    ------
    ValueError
        if the window does not fit.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.max_pool2d(np.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    return _pool(np.max, x, size, stride, 2)


def avg_pool1d(x, size, stride=None):
    """Means of windows along the last axis.

    Parameters
    ----------
    x : array (batch, channels, length) of float32 or float64
    size, stride : int
        As for `max_pool1d`.

    Returns
    -------
    Array (batch, channels, (length - size) // stride + 1).

    Raises
    ------
    ValueError
        if the window does not fit.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.avg_pool1d(np.array([[[1.0, 2.0, 4.0, 3.0]]]), 2)
    array([[[1.5, 3.5]]])
    """
    return _pool(np.mean, x, size, stride, 1)


def avg_pool2d(x, size, stride=None):
    """Means of windows along the last two axes.

    Parameters
    ----------
    x : array (batch, channels, height, width) of float32 or float64
    size, stride : int or two of them

    Returns
    -------
    Array (batch, channels, places, places).

    Raises
    ------
    ValueError
        if the window does not fit.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.avg_pool2d(np.ones((1, 1, 4, 4)), 2)[0, 0]
    array([[1., 1.],
           [1., 1.]])
    """
    return _pool(np.mean, x, size, stride, 2)
