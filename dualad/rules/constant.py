"""Functions whose result is an integer, a truth value or piecewise constant: derivative zero.

Ufuncs are found by the types of their loops; functions by name, since nothing about a Python
function says that its result is an index.  May import: kinds, numpy.
"""

from __future__ import annotations

import numpy as np

from .kinds import constant, refused, registry

__all__ = ["discrete_ufuncs"]

# Floating-point results that do not change with the input, almost everywhere.
STEPS = (np.floor, np.ceil, np.trunc, np.rint, np.sign, np.floor_divide, np.heaviside, np.spacing)


def discrete_ufuncs():
    """Ufuncs of NumPy that take float64 and return integers or truth values only."""
    found = []
    for ufunc in {u for u in vars(np).values() if isinstance(u, np.ufunc)}:
        if ufunc.signature is not None:
            continue
        outputs = [t.split("->")[1] for t in ufunc.types if t.split("->")[0] == "d" * ufunc.nin]
        if outputs and all(c in "?bhilqBHILQp" for out in outputs for c in out):
            found.append(ufunc)
    return sorted(found, key=lambda u: u.__name__)


constant(*STEPS, *discrete_ufuncs())

FUNCTIONS = """
    all any allclose argmax argmin argpartition argsort argwhere array_equal array_equiv array2string array_repr array_str
    around can_cast common_type count_nonzero diag_indices_from digitize fix flatnonzero iscomplex iscomplexobj isclose isin
    isneginf isposinf isreal isrealobj lexsort may_share_memory min_scalar_type nanargmax nanargmin ndim nonzero
    ravel_multi_index result_type round searchsorted shape shares_memory size tril_indices_from triu_indices_from unravel_index
"""
for _name in FUNCTIONS.split():
    _fn = getattr(np, _name, None)
    # the set differs between NumPy 2.x versions; aliases are one object
    if _fn is not None and _fn not in registry:
        constant(_fn)

refused("counts do not change with the data, edges do: use np.searchsorted and np.add.at",
        np.histogram, np.histogram2d, np.histogramdd, np.histogram_bin_edges, np.bincount)
