"""What is known to have no rule, each with the reason and the way out; imported last.

Nothing public of NumPy is silently unknown: what its modules dispatch and nobody declared is
refused for its module's reason, and a test asks that `undeclared` finds no more.  May import: kinds, numpy.
"""

from __future__ import annotations

import numpy as np

from .kinds import refused, registry

__all__ = ["undeclared"]

REFUSED = {
    "its counts do not change with the data, only its edges do: use np.digitize with fixed edges and np.bincount(weights=...)":
        "histogram2d histogramdd histogram_bin_edges",
    "an entry is in the result only while two entries are equal, so it cannot move: use np.isin on values and index with the mask":
        "intersect1d",
    "its derivative is the Bessel function i1, which NumPy does not have: use scipy.special.i0, which is covered":
        "i0",
    "files hold plain numbers, so the derivatives would be lost: save x.value, or pickle x, which keeps them":
        "save savetxt savez savez_compressed",
    "bits hold no derivatives: pack the mask or the whole numbers themselves":
        "packbits unpackbits",
}


def undeclared(module):
    """Public functions of a NumPy module that ask their arguments (NEP 18, NEP 13) and have no rule."""
    public = [getattr(module, name) for name in dir(module) if not name.startswith("_")]
    asks = [f for f in public if hasattr(f, "_implementation") or isinstance(f, np.ufunc)]
    return [f for f in dict.fromkeys(asks) if f not in registry]


for _why, _names in REFUSED.items():
    # the set differs between NumPy 2.x versions
    refused(_why, *(f for f in (getattr(np, name, None) for name in _names.split()) if f is not None))
