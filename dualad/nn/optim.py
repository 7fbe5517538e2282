"""Steps of first-order optimisers as pure functions: parameters, gradient and state in, new parameters and state out.

May import: core.pool, trees.

>>> import numpy as np, dualad
>>> from dualad.nn import optim
>>> p, state = {"w": np.array([1.0])}, None
>>> for _ in range(200):
...     p, state = optim.adam(p, dualad.grad(lambda p: np.sum(p["w"] ** 2))(p), state, rate=0.05)
>>> bool(abs(p["w"][0]) < 1e-2)
True
"""

from __future__ import annotations

import math

import numpy as np

from ..core.pool import Recycling
from ..trees import flatten, unflatten

__all__ = ["adam", "cosine", "plateau", "sgd"]

BLOCK = 8192  # entries: seven blocks of them fit into the cache of a core


def _leaves(parameters, gradient):
    """Leaves of both, which must have the same shapes."""
    ps, gs = flatten(parameters), flatten(gradient)
    if [(path, np.shape(p)) for path, p in ps] != [(path, np.shape(g)) for path, g in gs]:
        raise ValueError("the gradient must have the structure and shapes of the parameters: a gradient has its variable's shape")
    return [p for _, p in ps], [g for _, g in gs]


def sgd(parameters, gradient, state=None, rate=0.01, momentum=0.0):
    """A step of gradient descent with heavy-ball momentum: v = momentum v + g, p - rate v.

    Parameters
    ----------
    parameters, gradient : the same nested structure of floats and arrays
    state : what the last step returned; None at first
    rate, momentum : float

    Returns
    -------
    (parameters, state)

    Raises
    ------
    ValueError
        if the gradient has another structure or shape.

    Examples
    --------
    >>> from dualad.nn import optim
    >>> optim.sgd({"w": 1.0}, {"w": 2.0}, rate=0.25)[0]
    {'w': 0.5}
    """
    ps, gs = _leaves(parameters, gradient)
    vs = gs if state is None else [momentum * v + g for v, g in zip(state, gs, strict=True)]
    return unflatten(parameters, [p - rate * v for p, v in zip(ps, vs, strict=True)]), vs


def adam(parameters, gradient, state=None, rate=1e-3, decay=(0.9, 0.999), eps=1e-8):
    """A step of Adam (Kingma and Ba 2015) with corrected moments.

    Parameters
    ----------
    parameters, gradient, state
        As for `sgd`.
    rate, eps : float
    decay : two floats
        Of the first and of the second moment.

    Returns
    -------
    (parameters, state)

    Raises
    ------
    ValueError
        if the gradient has another structure or shape.

    Examples
    --------
    >>> from dualad.nn import optim
    >>> p, _ = optim.adam({"w": 1.0}, {"w": 2.0}, rate=0.25)
    >>> round(p["w"], 6)
    0.75
    """
    ps, gs = _leaves(parameters, gradient)
    t, ms, vs = state if state is not None else (0, [0.0] * len(ps), [0.0] * len(ps))
    t, (b1, b2) = t + 1, decay
    factors = b1, b2, rate / (1 - b1**t), 1 / math.sqrt(1 - b2**t), eps
    done = [_adam_leaf(*leaf, factors) for leaf in zip(ps, gs, ms, vs, strict=True)]
    return unflatten(parameters, [p for p, _, _ in done]), (t, [m for _, m, _ in done], [v for _, _, v in done])


def _adam_leaf(p, g, m, v, factors):
    """New entries and moments of one leaf."""
    if type(p) is type(g) is type(m) is type(v) is np.ndarray and p.size > BLOCK and p.dtype == g.dtype:
        return _adam_in_blocks(p, g, m, v, factors)
    b1, b2, step, scale, eps = factors
    m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * (g * g)
    return p - step * m / (v**0.5 * scale + eps), m, v


def _adam_in_blocks(p, g, m, v, factors):
    """The same for a large array, a block that stays in the cache at a time: a third of the time, which is that of memory."""
    b1, b2, step, scale, eps = factors
    with Recycling():  # memory of the arrays of the step before last: fresh pages cost as much as the arithmetic
        new = [np.empty(p.shape, p.dtype) for _ in range(3)]
    flat = [a.reshape(-1) for a in (p, g, m, v, *new)]
    work = np.empty(BLOCK, p.dtype)
    for at in range(0, p.size, BLOCK):
        p0, g0, m0, v0, p1, m1, v1 = (a[at:at + BLOCK] for a in flat)
        t = work[:len(p0)]
        np.multiply(g0, 1 - b1, out=t)
        np.add(np.multiply(m0, b1, out=m1), t, out=m1)
        np.multiply(np.multiply(g0, g0, out=t), 1 - b2, out=t)
        np.add(np.multiply(v0, b2, out=v1), t, out=v1)
        np.add(np.multiply(np.sqrt(v1, out=t), scale, out=t), eps, out=t)
        np.divide(np.multiply(m1, step, out=p1), t, out=t)
        np.subtract(p0, t, out=p1)
    return tuple(new)


def cosine(step, steps, rate, last=0.0):
    """The rate at a step of a schedule that falls from `rate` to `last` along half a cosine.

    Examples
    --------
    >>> from dualad.nn import optim
    >>> [round(optim.cosine(k, 2, 1.0), 3) for k in range(4)]
    [1.0, 0.5, 0.0, 0.0]
    """
    return last + 0.5 * (rate - last) * (1 + math.cos(math.pi * min(step / steps, 1.0)))


def plateau(losses, rate, factor=0.5, patience=5):
    """The rate after a history of losses: multiplied by `factor` whenever `patience` of them brought nothing better.

    Examples
    --------
    >>> from dualad.nn import optim
    >>> optim.plateau([3.0, 2.0, 2.0, 2.5], 1.0, patience=2)
    0.5
    """
    best, waited = math.inf, 0
    for loss in losses:
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited == patience:
            rate, waited = rate * factor, 0
    return rate
