"""Functions whose result is an integer, a truth value or piecewise constant: derivative zero.

Ufuncs are found by the types of their loops; functions by name, since nothing about a Python
function says that its result is an index.  Functions of whole numbers and dates are here too: they
run on the value, so NumPy itself says that it does not take floats.  May import: kinds, numpy.
"""

from __future__ import annotations

import numpy as np

from .kinds import constant, registry

__all__ = ["discrete_ufuncs"]

# Floating-point results that do not change with the input, almost everywhere.
STEPS = (np.floor, np.ceil, np.trunc, np.rint, np.sign, np.floor_divide, np.heaviside, np.spacing)


def discrete_ufuncs():
    """Ufuncs of NumPy that map float64 to integers or truth values, or do not take it at all."""
    found = []
    for ufunc in {u for u in vars(np).values() if isinstance(u, np.ufunc)}:
        loops = [t.split("->") for t in ufunc.types]
        outputs = [out for given, out in loops if given == "d" * ufunc.nin]
        takes_float = any("d" in given for given, _ in loops)
        if ufunc.signature is None and (not takes_float or outputs and not any(set(out) - set("?bhilqBHILQp") for out in outputs)):
            found.append(ufunc)
    return sorted(found, key=lambda u: u.__name__)


constant(*STEPS, *discrete_ufuncs())

FUNCTIONS = """
    all allclose angle any argmax argmin argpartition argsort argwhere around array2string array_equal array_equiv array_repr
    array_str busday_count busday_offset can_cast common_type count_nonzero datetime_as_string diag_indices_from digitize fix
    flatnonzero is_busday iscomplex iscomplexobj isclose isin isneginf isposinf isreal isrealobj lexsort may_share_memory
    min_scalar_type nanargmax nanargmin ndim nonzero ravel_multi_index result_type round searchsorted shape shares_memory size
    tril_indices_from triu_indices_from unravel_index
"""
for _name in FUNCTIONS.split():
    _fn = getattr(np, _name, None)
    # the set differs between NumPy 2.x versions; aliases are one object
    if _fn is not None and _fn not in registry:
        constant(_fn)
