"""Norms and statistics of gradients, and what they say: vanishing, exploding, dead units.

May import: trees, numpy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..trees import flatten

__all__ = ["EXPLODING", "VANISHING", "Health", "Statistics", "dead_units", "describe", "global_norm", "health", "norms"]

VANISHING, EXPLODING = 1e-7, 1e3


def _norm(x):
    """Euclidean norm that neither overflows nor underflows on the way."""
    x = np.abs(np.asarray(x, dtype=np.float64))
    top = float(np.max(x, initial=0.0))
    if top == 0.0 or not math.isfinite(top):
        return top
    return top * float(np.sqrt(np.sum((x / top) ** 2)))


def norms(tree):
    """Euclidean norm of each array of a structure.

    Parameters
    ----------
    tree : array, or nested tuples, lists, dicts of arrays

    Returns
    -------
    dict
        From the path of each array (``"['w']"``, ``""`` for a single array) to its norm.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import monitor
    >>> monitor.norms({"w": np.array([3.0, 4.0]), "b": 1.0})
    {"['w']": 5.0, "['b']": 1.0}
    """
    return {path: _norm(x) for path, x in flatten(tree)}


def global_norm(tree):
    """Euclidean norm of all entries of a structure together.

    Parameters
    ----------
    tree : array, or nested tuples, lists, dicts of arrays

    Returns
    -------
    float

    Examples
    --------
    >>> from dualad import monitor
    >>> monitor.global_norm({"w": [3.0, 0.0], "b": 4.0})
    5.0
    """
    return _norm([_norm(x) for _, x in flatten(tree)])


class Statistics(NamedTuple):
    """What is said of an array; mean, std, min and max are of its finite entries, `zeros` and `nonfinite` are fractions."""

    size: int
    norm: float
    mean: float
    std: float
    min: float
    max: float
    zeros: float
    nonfinite: float


def describe(x):
    """Statistics of one array.

    Parameters
    ----------
    x : float or array

    Returns
    -------
    Statistics

    Examples
    --------
    >>> from dualad import monitor
    >>> s = monitor.describe([0.0, 1.0, float("nan"), 3.0])
    >>> s.zeros, s.nonfinite, s.max
    (0.25, 0.25, 3.0)
    """
    x = np.asarray(x, dtype=np.float64)
    if not x.size:
        return Statistics(0, 0.0, math.nan, math.nan, math.nan, math.nan, 0.0, 0.0)
    finite = x[np.isfinite(x)]
    some = (float(finite.mean()), float(finite.std()), float(finite.min()), float(finite.max())) if finite.size else (math.nan,) * 4
    return Statistics(x.size, _norm(x), *some, float(np.mean(x == 0)), float(1 - finite.size / x.size))


def dead_units(x):
    """Numbers of the entries of the last axis that are zero everywhere: units that no gradient (or no signal) reaches.

    Parameters
    ----------
    x : array
        Of rank two or more; others have no units.

    Returns
    -------
    list of int

    Examples
    --------
    >>> from dualad import monitor
    >>> monitor.dead_units([[0.0, 1.0], [0.0, 2.0]])
    [0]
    """
    x = np.asarray(x)
    return [] if x.ndim < 2 or not x.size else np.flatnonzero(~x.any(axis=tuple(range(x.ndim - 1)))).tolist()


@dataclass
class Health:
    """What a gradient looks like: `norm`, `statistics` of each array by its path, and `verdicts`, which is empty if all is well."""

    norm: float
    statistics: dict[str, Statistics]
    verdicts: list[str] = field(default_factory=list)

    @property
    def ok(self):
        """Whether nothing was found."""
        return not self.verdicts

    def __str__(self):
        lines = [f"norm {self.norm:.6g}, {'healthy' if self.ok else f'{len(self.verdicts)} findings'}"]
        for path, s in self.statistics.items():
            lines.append(f"  {path or 'gradient'}: norm {s.norm:.3g}, mean {s.mean:.3g}, std {s.std:.3g}, from {s.min:.3g} to "
                         f"{s.max:.3g}, {s.zeros:.0%} zero, {s.nonfinite:.0%} not finite")
        return "\n".join(lines + [f"  {v}" for v in self.verdicts])


def health(gradients, *, vanishing=VANISHING, exploding=EXPLODING):
    """Statistics of every gradient, and verdicts.

    Parameters
    ----------
    gradients : array, or nested tuples, lists, dicts of arrays
    vanishing, exploding : float
        Norms below and above which an array's gradient is called so.

    Returns
    -------
    Health

    Notes
    -----
    A unit is an entry of the last axis of a matrix (weights are (inputs, units)); it is dead where its whole gradient is
    exactly zero, in this batch.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import monitor
    >>> g = {"w": np.array([[0.0, 1.0], [0.0, 2.0]]), "b": np.array([1e-9])}
    >>> print("\\n".join(monitor.health(g).verdicts))
    ['w']: dead units: the gradients of 1 of 2 units are exactly zero: [0]
    ['b']: vanishing: norm 1e-09 < 1e-07
    """
    found = {path: describe(x) for path, x in flatten(gradients)}
    report = Health(global_norm(gradients), found)
    for (path, x), s in zip(flatten(gradients), found.values(), strict=True):
        name, dead = path or "gradient", dead_units(x)
        if s.nonfinite:
            report.verdicts.append(f"{name}: not finite in {s.nonfinite:.1%} of {s.size} entries: run once within "
                                   "dualad.monitor.anomalies() to see where that starts")
        elif s.size and s.norm == 0:
            report.verdicts.append(f"{name}: no gradient: it is exactly zero everywhere (cut off, or all units are dead)")
        elif s.size and s.norm < vanishing:
            report.verdicts.append(f"{name}: vanishing: norm {s.norm:.3g} < {vanishing:g}")
        elif s.norm > exploding:
            report.verdicts.append(f"{name}: exploding: norm {s.norm:.3g} > {exploding:g}: clip it (clip_by_global_norm), or look "
                                   "at what is multiplied again and again")
        if dead and s.norm:
            shown = f"{dead[:8]}" + (" ..." if len(dead) > 8 else "")
            report.verdicts.append(f"{name}: dead units: the gradients of {len(dead)} of {np.shape(x)[-1]} units are exactly zero: "
                                   f"{shown}")
    return report
