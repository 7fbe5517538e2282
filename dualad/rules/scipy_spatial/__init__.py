"""Rules of `scipy.spatial` and `scipy.spatial.distance`, entered when one of their functions is first met.

Decision: nothing public is silently unknown: what is neither covered nor constant is refused by name, each with the reason.
May import: scipy.spatial, ..kinds, and the modules that declare.
"""

from types import FunctionType

import scipy.spatial as ss
import scipy.spatial.distance as sd

from ..kinds import constant, refused, registry
from . import distances  # noqa: F401

__all__ = ["public"]

# Numbers of coordinates that differ, sizes, truth values, indices.
CONSTANT = {sd: "hamming jaccard is_valid_dm is_valid_y num_obs_dm num_obs_y"}
REFUSED = {
    "it counts truth values: pass booleans, or write the formula of the numbers that you mean":
        (sd, "dice rogerstanimoto russellrao sokalsneath yule"),
    "it draws a picture: pass plain numbers": (ss, "convex_hull_plot_2d delaunay_plot_2d voronoi_plot_2d"),
}


def public(module):
    """Names and functions that a module offers as its own."""
    return [(n, f) for n, f in sorted(vars(module).items()) if not n.startswith("_") and type(f) is FunctionType
            and f.__module__.startswith("scipy.spatial")]


for _module, _names in CONSTANT.items():
    constant(*(f for n in _names.split() if (f := getattr(_module, n, None)) is not None and f not in registry))
for _why, (_module, _names) in REFUSED.items():
    refused(_why, *(f for f in (getattr(_module, n, None) for n in _names.split()) if f is not None))
refused("it is new to dualad: compose it from covered functions", *dict.fromkeys(
    f for m in (ss, sd) for _, f in public(m) if f not in registry))
