"""`scipy.spatial` in the scope: rotations, trees, and the classes that are refused (distances have rules: `rules/scipy_spatial`).

May import: core, rules, errors, numpy, scipy.spatial, and its siblings.
"""

from __future__ import annotations

import types

import numpy as np
import scipy.spatial as ss
import scipy.spatial.transform as st

from ...core.operands import plain, primal
from ...rules.kinds import composite
from ...rules.scipy_spatial.distances import minkowski
from ...rules.systems import Own
from ..aware import AWARE, OPERANDS
from . import rotations
from .interpolants import given, involved, refuse
from .rotations import MADE, Path, Turn, turn

__all__ = ["CONSTANT", "HANDLED", "HINTS", "METHODS", "classes", "members"]

HINTS = {
    "ConvexHull": "facets are a choice: keep them as constants (hull.simplices of plain points), write volumes with np.linalg.det",
    "Delaunay": "triangles are a choice: make them of plain points", "Voronoi": "cells are a choice: make them of plain points",
    "KDTree": "points of a tree must be constants; its .query takes points that carry derivatives",
    "cKDTree": "points of a tree must be constants; its .query takes points that carry derivatives",
    "RotationSpline": "use Slerp, or a CubicSpline of rotation vectors",
    "RigidTransform": "use Rotation.apply and add the translation",
}
SMOOTH = "as_quat as_matrix as_rotvec as_mrp as_euler inv apply magnitude approx_equal __mul__ __pow__".split()
# They return numbers of points and of triangles.
CONSTANT = ("find_simplex", "query_ball_point", "count_neighbors")
METHODS = {st.Rotation: SMOOTH, st.Slerp: ["__call__"], ss.KDTree: ["query"], ss.cKDTree: ["query"]}
HANDLED = {**{f"Rotation.{name}": "" for name in (*MADE, *SMOOTH)}, "Slerp": "", "Slerp.__call__": "", "KDTree.query": "",
           "cKDTree.query": ""}


# `value`: the distances that the tree found, at numbers `i` of its points
near = Own("scipy.spatial.KDTree.query", lambda x, value, data, i, p: value)


@composite(near)
def _near_body(x, value, data, i, p):
    """Distances to constant neighbours; those that were not found stay infinite."""
    lost = i == data.shape[0]
    x = x if np.ndim(i) < np.ndim(x) else x[..., None, :]
    out = minkowski(x, data[np.where(lost, 0, i)], p=p)
    return np.where(lost, np.inf, out) if np.any(lost) else out


def query(tree, x, k=1, eps=0.0, p=2.0, distance_upper_bound=np.inf, workers=1):
    if involved((k, eps, p, distance_upper_bound)):
        raise refuse("scipy.spatial.KDTree.query", "only x may carry derivatives")
    x = given(x)
    if getattr(tree, "boxsize", None) is not None:
        raise refuse("scipy.spatial.KDTree.query of a tree with boxsize=")
    d, i = tree.query(primal(x), k, eps, p, distance_upper_bound, workers)
    return near(x, np.asarray(d), np.asarray(tree.data), np.asarray(i), p), i


def _asked(stand, own=None):
    """SciPy's own code where nothing carries derivatives."""
    def handler(scope, fn, args, kwargs):
        return stand(*args, **kwargs) if involved(args) or involved(kwargs) else (own or fn)(*args, **kwargs)

    return handler


def _method(name, member):
    def handler(r, *args, **kwargs):
        return getattr(turn(r), name)(*args, **kwargs)

    return _asked(handler, member)


def _refusing(name):
    def refused(*args, **kwargs):
        raise refuse(name, HINTS.get(name.rpartition(".")[2], ""))

    return refused


def _constant(member):
    """A function of plain numbers whose result changes by jumps only."""
    return _asked(lambda *args, **kwargs: member(*plain(args), **plain(kwargs)), member)


def _operate(scope, name, a, b):
    # a plain rotation to a power is not seen here: twins have no hook at `**`, and SciPy's operator raises
    return turn(a) * turn(b) if name == "mul" and involved((a, b)) else NotImplemented


def classes():
    """Public classes: (module, name, class)."""
    for module in (ss, st):
        for name, cls in sorted(vars(module).items()):
            if isinstance(cls, type) and not name.startswith("_") and not issubclass(cls, BaseException):
                yield module, name, cls


def members(cls):
    """(name, what a class holds that can be called)."""
    for name, member in vars(cls).items():
        fn = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if (not name.startswith("_") or name in ("__call__", "__mul__", "__pow__")) and callable(fn) and not isinstance(
                fn, (type, types.GenericAlias)):
            yield name, fn


def _enter():
    for module, name, cls in classes():
        AWARE[cls] = _asked(Path if cls is st.Slerp else _refusing(f"{module.__name__}.{name}"))
        for method, fn in members(cls):
            full = f"{module.__name__}.{name}.{method}"
            if cls is st.Rotation and method in MADE:
                AWARE[fn] = _asked(lambda *args, make=MADE[method], **kwargs: Turn(make(*args, **kwargs)))
            elif cls is st.Rotation and method in SMOOTH:
                AWARE[fn] = _method(method, fn)
            elif cls is st.Slerp:
                AWARE[fn] = _asked(lambda slerp, times: Path.of(slerp)(times))
            elif method in CONSTANT:
                AWARE[fn] = _constant(fn)
            elif method in METHODS.get(cls, ()):
                AWARE[fn] = _asked(query)
            else:
                AWARE[fn] = _asked(_refusing(full))
    AWARE[st.Rotation] = _asked(lambda quat, *args, **kwargs: rotations.refusing("Rotation (the class itself)")())
    AWARE[ss.tsearch] = _constant(ss.tsearch)
    OPERANDS[st.Rotation] = OPERANDS[Turn] = _operate


_enter()
