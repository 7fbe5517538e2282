"""`differential_evolution` with a polish by exact gradients.  May import: numpy, scipy.optimize, handed, minimizing, parameters."""

from __future__ import annotations

from scipy import optimize

from .handed import Handed
from .minimizing import minimize
from .parameters import Parameters

__all__ = ["differential_evolution"]


def differential_evolution(fun, bounds, args=(), *, polish=True, **options):
    """`scipy.optimize.differential_evolution`, whose best point is then refined by L-BFGS-B with exact gradients.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, plain NumPy code that returns one real number.
    bounds : sequence, Bounds or Parameters
        As for SciPy, or Parameters with bounds for every name: `fun` then takes the dict.
    args : tuple
        Further arguments of `fun`.
    polish : bool
        Refine the best point; it is kept if that made it worse.
    options
        As for SciPy. With `constraints`, the polish is by trust-constr.

    Returns
    -------
    scipy.optimize.OptimizeResult
        With `polished`, the result of the refinement (None without one), and `parameters` with named parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import optimize
    >>> f = lambda x: np.sum(x ** 2 - np.cos(3 * x))
    >>> found = optimize.differential_evolution(f, [(-4, 5), (-5, 4)], rng=1)
    >>> bool(np.max(np.abs(found.x)) < 1e-7)
    True
    """
    parameters = bounds if isinstance(bounds, Parameters) else None
    if parameters is not None:
        bounds = parameters.bounds
        fun = Handed(fun, lambda run, x, *more: run(parameters.unpack(x), *more))
    result = optimize.differential_evolution(fun, bounds, args=args, polish=False, **options)
    result.polished = None
    if polish:
        constraints = options.get("constraints", ())
        method = "trust-constr" if constraints else "L-BFGS-B"
        result.polished = minimize(fun, result.x, args, method, bounds=bounds, constraints=constraints)
        better = result.polished.fun < result.fun
        if better and getattr(result.polished, "constr_violation", 0.0) <= 1e-8:
            result.x, result.fun = result.polished.x, result.polished.fun
    if parameters is not None:
        result.parameters = parameters.unpack(result.x)
    return result
