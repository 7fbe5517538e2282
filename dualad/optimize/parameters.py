"""Named parameters: a dict of numbers and arrays as one vector, with labels, bounds and a table.

May import: numpy, scipy, handed.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds

from ..errors import InputError
from .handed import Handed

__all__ = ["Parameters"]


class Parameters:
    """A dict of named numbers and arrays as one vector, in the order of the dict.

    Parameters
    ----------
    start : dict
        Name to starting value: a number or an array.
    bounds : dict, optional
        Name to (lower, upper); None, numbers or arrays of the parameter's shape. Names that are absent are free.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.optimize import Parameters
    >>> p = Parameters({"rate": 0.5, "place": np.array([1.0, 2.0])}, bounds={"rate": (0.0, None)})
    >>> p.vector, p.labels
    (array([0.5, 1. , 2. ]), ['rate', 'place[0]', 'place[1]'])
    >>> p.unpack(np.array([3.0, 4.0, 5.0]))
    {'rate': np.float64(3.0), 'place': array([4., 5.])}
    """

    def __init__(self, start, bounds=None):
        if not isinstance(start, dict) or not start:
            raise InputError(f"Parameters takes a dict of names and starting values, found {start!r}")
        self._shapes, self.labels, leaves = {}, [], []
        for name, value in start.items():
            value = np.asarray(value, dtype=np.float64)
            self._shapes[name] = value.shape
            leaves.append(value.ravel())
            self.labels += [name + (f"[{', '.join(map(str, k))}]" if k else "") for k in np.ndindex(value.shape)]
        self.vector = np.concatenate(leaves)
        self._limits = bounds or {}
        unknown = sorted(set(self._limits) - set(self._shapes))
        if unknown:
            raise InputError(f"bounds are given for {unknown}, which are not among the parameters {sorted(self._shapes)}")

    def unpack(self, x):
        """The dict of a vector; also of a vector that carries derivatives."""
        found, begin = {}, 0
        if len(x) != self.vector.size:
            raise InputError(f"a vector of {self.vector.size} entries is needed, found {len(x)}")
        for name, shape in self._shapes.items():
            size = int(np.prod(shape))
            found[name] = x[begin : begin + size].reshape(shape) if shape else x[begin]
            begin += size
        return found

    def pack(self, values):
        """The vector of a dict with the same names and shapes."""
        if set(values) != set(self._shapes):
            raise InputError(f"values for {sorted(self._shapes)} are needed, found {sorted(values)}")
        return np.concatenate([np.broadcast_to(np.asarray(values[name], dtype=np.float64), shape).ravel()
                               for name, shape in self._shapes.items()])

    @property
    def bounds(self):
        """Bounds for SciPy, or None where nothing is bounded."""
        if not self._limits:
            return None
        sides = []
        for side, free in ((0, -np.inf), (1, np.inf)):
            limit = {name: pair[side] for name, pair in self._limits.items()}
            sides.append(self.pack({name: free if limit.get(name) is None else limit[name] for name in self._shapes}))
        return Bounds(*sides)

    def table(self, x, covariance=None):
        """Lines of label, value and, with a covariance, standard deviation and correlations with the labels before.

        Examples
        --------
        >>> import numpy as np
        >>> from dualad.optimize import Parameters
        >>> print(Parameters({"a": 0.0, "b": 0.0}).table([1.0, 2.0], np.array([[4.0, 1.0], [1.0, 1.0]])))
        name         value     deviation  correlations
        a                1             2
        b                2             1  +0.500
        """
        width = max(4, *map(len, self.labels))
        lines = [f"{'name':{width}} {'value':>13}" + ("" if covariance is None else f" {'deviation':>13}  correlations")]
        deviations = None if covariance is None else np.sqrt(np.diag(covariance))
        for i, label in enumerate(self.labels):
            line = f"{label:{width}} {x[i]:13.7g}"
            if covariance is not None:
                shared = [covariance[i, j] / deviations[i] / deviations[j] for j in range(i)]
                line += f" {deviations[i]:13.7g}  " + " ".join(f"{c:+.3f}" for c in shared)
            lines.append(line.rstrip())
        return "\n".join(lines)


def named(fun, x0, bounds):
    """(function of a vector, starting vector, bounds, Parameters or None): dicts and Parameters are unpacked for `fun`."""
    if isinstance(x0, dict):
        x0, bounds = Parameters(x0, bounds), None
    if not isinstance(x0, Parameters):
        return fun, np.asarray(x0, dtype=np.float64), bounds, None
    if bounds is not None:
        raise InputError("bounds are given twice: with the Parameters and with this call")
    return Handed(fun, lambda run, x, *args: run(x0.unpack(x), *args)), x0.vector, x0.bounds, x0


def finish(result, parameters, objective):
    """An OptimizeResult with what the adapters add."""
    result.objective = objective
    if parameters is not None:
        result.parameters = parameters.unpack(result.x)
    return result
