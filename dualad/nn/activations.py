"""Activations and the functions around softmax.

May import: custom, rules.
"""

from __future__ import annotations

import math

import numpy as np

from .. import rules
from ..custom import stop_gradient

__all__ = ["elu", "gelu", "leaky_relu", "log_sigmoid", "log_softmax", "logsumexp", "relu", "selu", "sigmoid", "silu", "softmax",
           "softplus", "tanh"]

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # fixed point of mean 0, variance 1 (Klambauer et al. 2017)


def relu(x):
    """max(x, 0), entry by entry; its slope at 0 is 1/2 (a tie shares equally).

    Parameters
    ----------
    x : float or array of float32 or float64, any shape

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import numpy as np, dualad, dualad.nn
    >>> dualad.jacobian(lambda x: np.sum(dualad.nn.relu(x)))(np.array([-1.0, 0.0, 2.0]))
    array([0. , 0.5, 1. ])
    """
    return np.maximum(x, 0.0)


def leaky_relu(x, slope=0.01):
    """x above 0 and `slope * x` below; at 0 its slope is the mean of both.

    Parameters
    ----------
    x : float or array of float32 or float64, any shape
    slope : float

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import dualad.nn
    >>> float(dualad.nn.leaky_relu(-2.0))
    -0.02
    """
    return np.maximum(x, 0.0) + slope * np.minimum(x, 0.0)


def elu(x, alpha=1.0):
    """x above 0 and ``alpha * (exp(x) - 1)`` below; at 0 its slope is the mean of both.

    Parameters
    ----------
    x : float or array of float32 or float64, any shape
    alpha : float

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import dualad.nn
    >>> float(dualad.nn.elu(-1000.0))
    -1.0
    """
    return np.maximum(x, 0.0) + alpha * np.expm1(np.minimum(x, 0.0))


def selu(x):
    """The self-normalising elu: ``scale * elu(x, alpha)`` with the constants of Klambauer et al. (2017).

    Parameters
    ----------
    x : float or array of float32 or float64, any shape

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import dualad.nn
    >>> round(float(dualad.nn.selu(1.0)), 6)
    1.050701
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


def softplus(x):
    """log(1 + exp(x)) without overflow.

    Parameters
    ----------
    x : float or array of float32 or float64, any shape

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import dualad.nn
    >>> float(dualad.nn.softplus(1e4))
    10000.0
    """
    return np.logaddexp(x, 0.0)


def log_sigmoid(x):
    """log of the sigmoid, without underflow.

    Parameters
    ----------
    x : float or array of float32 or float64, any shape

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import dualad.nn
    >>> float(dualad.nn.log_sigmoid(-1e4))
    -10000.0
    """
    return -np.logaddexp(-x, 0.0)


def sigmoid(x):
    """1 / (1 + exp(-x)) without overflow, accurate in both tails.

    Parameters
    ----------
    x : float or array of float32 or float64, any shape

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import dualad, dualad.nn
    >>> float(dualad.derivative(dualad.nn.sigmoid)(0.0))
    0.25
    """
    return np.exp(log_sigmoid(x))


def silu(x):
    """x times its sigmoid (swish).

    Parameters
    ----------
    x : float or array of float32 or float64, any shape

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import dualad, dualad.nn
    >>> float(dualad.derivative(dualad.nn.silu)(0.0))
    0.5
    """
    return x * sigmoid(x)


def tanh(x):
    """The hyperbolic tangent (`numpy.tanh`).

    Parameters
    ----------
    x : float or array of float32 or float64, any shape

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import dualad.nn
    >>> float(dualad.nn.tanh(0.0))
    0.0
    """
    return np.tanh(x)


def _ndtr():
    """The normal distribution function of SciPy, with a rule for it if nobody has declared one."""
    from scipy.special import ndtr  # here: importing it takes 60 ms, which only exact gelu pays

    if rules.lookup(ndtr) is None:
        density = 1 / math.sqrt(2 * math.pi)
        rules.declare(rules.Elementwise(ndtr, d1=lambda y, x: density * np.exp(-0.5 * x * x), d2=lambda y, x, d: -x * d))
    return ndtr


def gelu(x, approximate="none"):
    """x times the normal distribution function of x.

    Parameters
    ----------
    x : float or array of float32 or float64, any shape
    approximate : {"none", "tanh"}
        "tanh" is the usual approximation ``x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x**3)))``.

    Returns
    -------
    The same shape and dtype.

    Raises
    ------
    ValueError
        for another word.

    Examples
    --------
    >>> import dualad, dualad.nn
    >>> float(dualad.derivative(dualad.nn.gelu)(0.0))
    0.5
    """
    if approximate == "none":
        return x * _ndtr()(x)
    if approximate != "tanh":
        raise ValueError(f'approximate must be "none" or "tanh", found {approximate!r}')
    # (1 + tanh z) / 2 = sigmoid(2 z) keeps the lower tail. Beyond 30 it is 0 or 1 to every digit, and the cube may overflow.
    z = np.clip(x, -30.0, 30.0)
    return x * sigmoid(2 * math.sqrt(2 / math.pi) * (z + 0.044715 * z * z * z))


def _shift(x, axis):
    """The largest entries along an axis, as constants; 0 where there is no finite one."""
    top = stop_gradient(np.max(x, axis=axis, keepdims=True))
    return np.where(np.isfinite(top), top, np.zeros_like(top))


def logsumexp(x, axis=-1, keepdims=False):
    """log of the sum of exponentials along an axis, without overflow.

    Parameters
    ----------
    x : array of float32 or float64
    axis : int
    keepdims : bool

    Returns
    -------
    Array of x's shape without the axis (with length 1 there if `keepdims`), and of its dtype.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> float(dualad.nn.logsumexp(np.array([1e4, 1e4])) - 1e4)  # doctest: +ELLIPSIS
    0.69314...
    """
    m = _shift(x, axis)
    y = np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True)) + m
    return y if keepdims else np.squeeze(y, axis=axis)


def log_softmax(x, axis=-1):
    """``x - logsumexp(x)`` along an axis: finite for all finite x.

    Parameters
    ----------
    x : array of float32 or float64
    axis : int

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.log_softmax(np.array([1e4, -1e4]))
    array([     0., -20000.])
    """
    z = x - _shift(x, axis)
    return z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))


def softmax(x, axis=-1):
    """Exponentials along an axis, divided by their sum.

    Parameters
    ----------
    x : array of float32 or float64
    axis : int

    Returns
    -------
    The same shape and dtype.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.softmax(np.array([1e4, 1e4, -1e4]))
    array([0.5, 0.5, 0. ])
    """
    e = np.exp(x - _shift(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)
