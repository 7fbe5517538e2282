"""Looks at intermediate values: their statistics, those of their cotangents, dead units, growth along a recurrence.

May import: core, custom, numpy, monitor.norms.
"""

from __future__ import annotations

import math

import numpy as np

from ..core.operands import primal
from ..custom import gradient_hook
from .norms import EXPLODING, VANISHING, dead_units, describe

__all__ = ["Probe"]


class Probe:
    """Name intermediate values inside a differentiated function, and see what they and their cotangents look like.

    ``x = probe(x, "hidden 1")`` returns the same values; the derivative is that of the function without it.

    Attributes
    ----------
    values : dict
        Name to `Statistics` of the value, from the last run.
    cotangents : dict
        Name to `Statistics` of the cotangent, from the last backward sweep.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> probe = dualad.monitor.Probe()
    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> def loss(w):
    ...     return np.sum(probe(np.maximum(x @ w, 0.0), "hidden"))
    >>> g = dualad.grad(loss)(np.array([[1.0, -1.0], [1.0, -1.0]]))
    >>> probe.dead
    {'hidden': [1]}
    >>> print(probe.verdicts()[0])
    hidden: dead ReLU: 1 of 2 units are zero for all 2 samples: [1]; no gradient passes them
    """

    def __init__(self):
        self.values, self.cotangents, self._dead = {}, {}, {}

    def __call__(self, x, name):
        """`x` under a name."""
        value = np.asarray(primal(x))
        self.values.pop(name, None)  # the order is that of the last run
        self.values[name] = describe(value)
        samples = math.prod(value.shape[:-1])
        self._dead[name] = dead_units(value), value.shape[-1] if value.ndim else 1, samples

        def seen(g):
            self.cotangents[name] = describe(primal(g))

        return gradient_hook(x, seen)

    def clear(self):
        """Forget what was seen."""
        for seen in (self.values, self.cotangents, self._dead):
            seen.clear()

    @property
    def dead(self):
        """Name to units (entries of the last axis) that were zero for every sample of the last run, where there are any."""
        return {name: units for name, (units, _, _) in self._dead.items() if units}

    def growth(self):
        """Factor by which the norm of the cotangent grows for one value further back, over all that have one.

        The geometric mean from the value that was named last to the one named first; NaN for fewer than two.
        """
        found = [self.cotangents[name].norm for name in self.values if name in self.cotangents]
        if len(found) < 2 or not (found[0] > 0 and found[-1] > 0):
            return math.nan
        return (found[0] / found[-1]) ** (1 / (len(found) - 1))

    def verdicts(self, vanishing=VANISHING, exploding=EXPLODING):
        """What is wrong, one text for each finding."""
        found = []
        for name, (units, width, samples) in self._dead.items():
            if units:
                shown = f"{units[:8]}" + (" ..." if len(units) > 8 else "")
                found.append(f"{name}: dead ReLU: {len(units)} of {width} units are zero for all {samples} samples: {shown}; no "
                             "gradient passes them")
        found += [f"{name}: {s.nonfinite:.1%} of its values are not finite" for name, s in self.values.items() if s.nonfinite]
        for name, s in self.cotangents.items():
            if s.nonfinite:
                found.append(f"{name}: {s.nonfinite:.1%} of its cotangent is not finite")
            elif s.norm > exploding:
                found.append(f"{name}: exploding: its cotangent has norm {s.norm:.3g} > {exploding:g}" + self._along())
            elif 0 < s.norm < vanishing:
                found.append(f"{name}: vanishing: its cotangent has norm {s.norm:.3g} < {vanishing:g}" + self._along())
        return found

    def _along(self):
        factor = self.growth()
        names = [name for name in self.values if name in self.cotangents]
        if not factor == factor:
            return ""
        return f"; it is multiplied by {factor:.3g} for each step back from {names[-1]} to {names[0]}"
