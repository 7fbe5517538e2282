"""Losses. `reduction` is "none", "sum" or "mean"; each docstring says what is counted.

May import: activations.
"""

from __future__ import annotations

import numpy as np

from .activations import log_softmax

__all__ = ["binary_cross_entropy_with_logits", "cross_entropy", "huber", "kl_div", "mae", "mse", "nll"]


def _reduced(losses, reduction):
    """Single losses, their sum or their mean."""
    if reduction == "none":
        return losses
    if reduction == "sum":
        return np.sum(losses)
    if reduction == "mean":
        return np.mean(losses)
    raise ValueError(f'reduction must be "none", "sum" or "mean", found {reduction!r}')


def _same(name, a, b):
    """Broadcasting a column against a row would give a wrong loss silently."""
    if np.shape(a) != np.shape(b):
        raise ValueError(f"{name}: prediction and target must have one shape, found {np.shape(a)} and {np.shape(b)}")


def mse(prediction, target, reduction="mean"):
    """Squared differences; the mean is over all entries.

    Parameters
    ----------
    prediction, target : array of float32 or float64, one shape
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    A number; for "none" an array of the shape of the arguments.

    Raises
    ------
    ValueError
        for different shapes or another `reduction`.

    Examples
    --------
    >>> import numpy as np, dualad, dualad.nn
    >>> dualad.grad(dualad.nn.mse)(np.array([1.0, 3.0]), np.zeros(2))      # 2 (prediction - target) / N
    array([1., 3.])
    """
    _same("mse", prediction, target)
    d = prediction - target
    return _reduced(d * d, reduction)


def mae(prediction, target, reduction="mean"):
    """Absolute differences; the mean is over all entries. The slope at 0 is 0.

    Parameters
    ----------
    prediction, target, reduction
        As for `mse`.

    Returns
    -------
    A number; for "none" an array of the shape of the arguments.

    Raises
    ------
    ValueError
        as for `mse`.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> float(dualad.nn.mae(np.array([1.0, -3.0]), np.zeros(2)))
    2.0
    """
    _same("mae", prediction, target)
    return _reduced(np.abs(prediction - target), reduction)


def huber(prediction, target, delta=1.0, reduction="mean"):
    """Half the squared difference up to `delta`, and straight from there on; the mean is over all entries.

    Parameters
    ----------
    prediction, target, reduction
        As for `mse`.
    delta : float

    Returns
    -------
    A number; for "none" an array of the shape of the arguments.

    Raises
    ------
    ValueError
        as for `mse`.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> dualad.nn.huber(np.array([0.5, 3.0]), np.zeros(2), reduction="none")
    array([0.125, 2.5  ])
    """
    _same("huber", prediction, target)
    d = prediction - target
    near = np.clip(d, -delta, delta)
    return _reduced(0.5 * near * near + delta * (np.abs(d) - np.abs(near)), reduction)


def _labels(name, scores, target):
    """The entries that integer labels pick along the last axis."""
    count = np.shape(scores)[-1]
    if np.shape(target) != np.shape(scores)[:-1]:
        raise ValueError(f"{name}: integer targets of shape {np.shape(scores)[:-1]} are wanted for scores of shape "
                         f"{np.shape(scores)}, found {np.shape(target)}")
    if target.size and not (0 <= target.min() and target.max() < count):
        raise ValueError(f"{name}: labels 0 to {count - 1} are wanted, found {target.min()} to {target.max()}")
    rows = tuple(np.indices(np.shape(target), sparse=True))
    return scores[(*rows, target)]


def _target(target):
    return target if hasattr(target, "dtype") else np.asarray(target)


def nll(log_probability, target, reduction="mean"):
    """Minus the log-probability of the label; the mean is over samples.

    Parameters
    ----------
    log_probability : array (..., classes) of float32 or float64
    target : array (...) of integers
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    A number; for "none" an array of the shape of `target`.

    Raises
    ------
    ValueError
        for targets of another shape or kind, labels that are not there, or another `reduction`.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> float(dualad.nn.nll(np.log(np.array([[0.5, 0.5]])), [1]).round(6))
    0.693147
    """
    target = _target(target)
    if target.dtype.kind not in "iu":
        raise ValueError(f"nll: integer targets are wanted, found {target.dtype}")
    return _reduced(-_labels("nll", log_probability, target), reduction)


def cross_entropy(logits, target, reduction="mean"):
    """Cross-entropy of softmax(logits) along the last axis, through log_softmax; the mean is over samples.

    Parameters
    ----------
    logits : array (..., classes) of float32 or float64
    target : array (...) of integers, or array (..., classes) of probabilities
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    A number; for "none" an array of the shape of the logits without the last axis.

    Raises
    ------
    ValueError
        for targets of another shape, labels that are not there, or another `reduction`.

    Examples
    --------
    >>> import numpy as np, dualad, dualad.nn
    >>> dualad.grad(dualad.nn.cross_entropy)(np.zeros((1, 2)), [0])        # (softmax - onehot) / N
    array([[-0.5,  0.5]])
    """
    target = _target(target)
    scores = log_softmax(logits)
    if target.dtype.kind in "iu":
        return _reduced(-_labels("cross_entropy", scores, target), reduction)
    _same("cross_entropy", logits, target)
    return _reduced(-np.sum(target * scores, axis=-1), reduction)


def binary_cross_entropy_with_logits(logits, target, reduction="mean"):
    """Cross-entropy of sigmoid(logits), entry by entry; the mean is over all entries.

    Parameters
    ----------
    logits : array of float32 or float64
    target : array of the same shape: probabilities, or 0 and 1 of any dtype
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    A number; for "none" an array of the shape of the logits.

    Raises
    ------
    ValueError
        as for `mse`.

    Examples
    --------
    >>> import numpy as np, dualad, dualad.nn
    >>> dualad.grad(dualad.nn.binary_cross_entropy_with_logits)(np.zeros(2), np.array([0.0, 1.0]))   # (sigmoid - target) / N
    array([ 0.25, -0.25])
    """
    target = _target(target)
    _same("binary_cross_entropy_with_logits", logits, target)
    target = target if target.dtype.kind == "f" else target.astype(logits.dtype)
    # softplus(x) - x t, in two parts that are never both large: at x = 1e4, t = 1 nothing cancels
    return _reduced(target * np.logaddexp(-logits, 0.0) + (1.0 - target) * np.logaddexp(logits, 0.0), reduction)


def kl_div(log_q, p, reduction="mean"):
    """Kullback-Leibler divergence of q from p along the last axis; the mean is over samples.

    Parameters
    ----------
    log_q : array (..., classes) of float32 or float64
        Log-probabilities of the model.
    p : array of the same shape
        Probabilities; entries of 0 contribute 0.
    reduction : {"mean", "sum", "none"}

    Returns
    -------
    A number; for "none" an array of the shape without the last axis.

    Raises
    ------
    ValueError
        as for `mse`.

    Examples
    --------
    >>> import numpy as np, dualad.nn
    >>> p = np.array([[0.25, 0.75]])
    >>> float(dualad.nn.kl_div(np.log(p), p))
    0.0
    """
    _same("kl_div", log_q, p)
    there = p > 0
    return _reduced(np.sum(np.where(there, p * (np.log(np.where(there, p, 1.0)) - log_q), 0.0), axis=-1), reduction)
