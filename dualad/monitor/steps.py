"""What is done to a gradient before a step: clipping, skipping, accumulating over micro-batches.

May import: api, trees, numpy, monitor.norms.
"""

from __future__ import annotations

import math
from collections import deque
from statistics import median

import numpy as np

from ..api import value_and_grad
from ..trees import flatten, unflatten
from .norms import global_norm

__all__ = ["SkipSteps", "accumulate", "clip_by_global_norm", "clip_by_value"]


def clip_by_global_norm(gradients, limit):
    """Scale all gradients together so that their norm is at most `limit`; the direction stays.

    Parameters
    ----------
    gradients : array, or nested tuples, lists, dicts of arrays
    limit : float
        Largest norm, positive.

    Returns
    -------
    clipped : the same structure
    norm : float
        Before clipping. NaN or infinity if some entry is: then nothing is scaled (skip such a step, see `SkipSteps`).

    Notes
    -----
    R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import monitor
    >>> monitor.clip_by_global_norm({"w": np.array([30.0, 40.0])}, 5.0)
    ({'w': array([3., 4.])}, 50.0)
    """
    if not limit > 0:
        raise ValueError(f"clip_by_global_norm: the limit must be positive, found {limit}")
    norm = global_norm(gradients)
    if not math.isfinite(norm) or norm <= limit:
        return gradients, norm
    return unflatten(gradients, [_scaled(x, limit / norm) for _, x in flatten(gradients)]), norm


def _scaled(x, factor):
    return x * factor if isinstance(x, float) else np.asarray(x) * np.asarray(x).dtype.type(factor)


def clip_by_value(gradients, low, high):
    """Clip each entry to [low, high]; this changes the direction.

    Parameters
    ----------
    gradients : array, or nested tuples, lists, dicts of arrays
    low, high : float

    Returns
    -------
    The same structure; NaN stays NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import monitor
    >>> monitor.clip_by_value(np.array([-3.0, 0.5, 3.0]), -1.0, 1.0)
    array([-1. ,  0.5,  1. ])
    """
    if not low <= high:
        raise ValueError(f"clip_by_value: low={low} is above high={high}")
    return unflatten(gradients, [np.clip(x, low, high) for _, x in flatten(gradients)])


class SkipSteps:
    """Decide from the norm of a gradient whether its step is left out.

    Parameters
    ----------
    above : float
        Skip where the norm is larger.
    times : float, optional
        Skip also where it is more than so many times the median of the last `window` steps that were taken.
    window : int
    patience : int
        Steps in a row that may be skipped; one more raises, since training stands still.

    Raises
    ------
    RuntimeError
        From a call, after `patience` skipped steps in a row.

    Examples
    --------
    >>> from dualad import monitor
    >>> skip = monitor.SkipSteps(above=100.0)
    >>> skip(3.0), skip(1e6), skip(float("nan"))
    ('', 'norm 1e+06 > 100', 'norm nan is not finite')
    """

    def __init__(self, above=math.inf, times=None, window=50, patience=20):
        self.above, self.times, self.patience = above, times, patience
        self.last, self.skipped, self.row = deque(maxlen=window), 0, 0

    def __call__(self, norm):
        """The reason to skip, or "" to take the step."""
        why = ""
        if not math.isfinite(norm):
            why = f"norm {norm} is not finite"
        elif norm > self.above:
            why = f"norm {norm:.6g} > {self.above:g}"
        elif self.times is not None and len(self.last) >= 5 and norm > self.times * median(self.last):
            why = f"norm {norm:.6g} is more than {self.times:g} times the usual {median(self.last):.3g}"
        if not why:
            self.last.append(norm)
            self.row = 0
            return ""
        self.skipped += 1
        self.row += 1
        if self.row > self.patience:
            raise RuntimeError(f"{self.row} steps in a row were skipped ({why}): lower the learning rate, look at the data, or run "
                               "once within dualad.monitor.anomalies()")
        return why


def accumulate(f, params, batches, *, reduction="mean"):
    """Value and gradient of a loss over a large batch, from micro-batches of it one at a time.

    Parameters
    ----------
    f : callable
        ``f(params, *batch)`` returns one real number, for a batch that is a tuple of arrays with one row for each sample.
    params : floats, arrays, or nested tuples, lists, dicts of them
    batches : iterable of tuples
        Micro-batches; they need not be equal in size.
    reduction : {"mean", "sum"}
        What `f` does over its samples. Means are weighted by the sizes of the micro-batches (a plain average is wrong as soon
        as one is smaller), sums are added.

    Returns
    -------
    value : float
    gradient : as `params`
        The same as from all samples at once, up to rounding; added up in double precision.

    Raises
    ------
    ValueError
        If there is no sample, or the arrays of a batch have different numbers of rows.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import monitor
    >>> x = np.arange(5.0)
    >>> value, g = monitor.accumulate(lambda p, x: np.mean((p * x) ** 2), 1.0, [(x[:3],), (x[3:],)])
    >>> value, float(g)
    (6.0, 12.0)
    """
    if reduction not in ("mean", "sum"):
        raise ValueError(f"accumulate: reduction={reduction!r} is not known: choose 'mean' or 'sum', as the loss does")
    run, total, samples, sums = value_and_grad(f), 0.0, 0, None
    for batch in batches:
        rows = {len(v) for v in batch}
        if len(rows) != 1:
            raise ValueError("accumulate: a batch must be a tuple of arrays with one row for each sample, found rows "
                             f"{sorted(rows)}")
        n = rows.pop()
        value, gradient = run(params, *batch)
        weight = n if reduction == "mean" else 1
        parts = [np.asarray(g, dtype=np.float64) * weight for _, g in flatten(gradient)]
        sums = parts if sums is None else [a + b for a, b in zip(sums, parts, strict=True)]
        total, samples = total + float(value) * weight, samples + n
    if not samples:
        raise ValueError("accumulate: there is no batch, or all are empty")
    over = samples if reduction == "mean" else 1
    kinds = [getattr(g, "dtype", np.float64) for _, g in flatten(gradient)]
    return total / over, unflatten(params, [(a / over).astype(t)[()] for a, t in zip(sums, kinds, strict=True)])
