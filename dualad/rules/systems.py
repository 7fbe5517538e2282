"""Linear systems of any structure: one implicit rule for all solvers, and what a solver has to say for it.

Decision: a solver is a `System`: matrices given by data (a dense matrix, bands, a first column, stored entries), M(data) x as a
formula, and how to solve. x = M(data)^-1 b has the differential M^-1 (db - M(d data) x), the same solver's work with the same
structure, and its transpose; nothing else is differentiated, least of all the steps of a factorisation or an iteration.
May import: numpy, .kinds, .contraction, .structural (helpers).
"""

from __future__ import annotations

import numpy as np

from .contraction import unbroadcast
from .kinds import Solved, implicit
from .structural import carries

__all__ = ["Own", "System", "asking", "by_columns", "linear_solve", "solved"]


def asking(fn):
    """`fn` that looks for derivatives among its arguments, as NumPy's functions do by themselves."""
    def call(*args, **kwargs):
        for a in (*args, *kwargs.values()):
            if carries(a):
                while isinstance(a, (list, tuple)):
                    a = next(v for v in a if carries(v))
                return a.__array_function__(fn, (type(a),), args, kwargs)
        out = fn(*args, **kwargs)
        return tuple(out) if type(out) is list else out  # SciPy's for batches

    return call


class Own:
    """A function of ours that a rule is declared for; `plain` computes it for plain arrays."""

    def __init__(self, name, plain):
        self.__name__, self.__module__, self.plain = name, "", plain

    def __call__(self, *args):
        for a in args:
            if carries(a):
                return a.__array_function__(self, (type(a),), args, {})
        return self.plain(*args)


class System:
    """Matrices of one structure. `core`: how many axes of the data are not batch axes."""

    core = 2

    def times(self, data, x):
        """M(data) x for columns x; both may have batch axes in front."""
        raise NotImplementedError

    def sampled(self, g, x):
        """The cotangent of the data in <g, M(data) x>."""
        raise NotImplementedError

    def transposed(self):
        """(the structure of the transposed matrices, data -> their data)."""
        raise NotImplementedError

    def solve(self, data, b):
        """Solutions for plain arrays: columns b, batch axes in front of both."""
        raise NotImplementedError


def by_columns(solve, data, core, b):
    """solve(data, columns) for batches: those of `b` alone are more columns of one system, others are taken one by one."""
    batch = data.shape[:data.ndim - core]
    one = data.reshape(data.shape[data.ndim - core:]) if all(k == 1 for k in batch) else None
    n, k = b.shape[-2:]
    if one is not None:
        lead = np.broadcast_shapes(batch, b.shape[:-2])
        flat = np.moveaxis(np.broadcast_to(b, (*lead, n, k)), -2, 0).reshape(n, -1)
        return np.moveaxis(solve(one, flat).reshape((n, *lead, k)), 0, -2)
    lead = np.broadcast_shapes(batch, b.shape[:-2])
    data = np.broadcast_to(data, (*lead, *data.shape[data.ndim - core:])).reshape((-1, *data.shape[data.ndim - core:]))
    b = np.broadcast_to(b, (*lead, n, k)).reshape((-1, n, k))
    out = [solve(d, c) for d, c in zip(data, b, strict=True)]
    return np.stack(out).reshape((*lead, n, k)) if out else np.zeros((*lead, n, k), b.dtype)


def solved(system, data, b, value, vector=False):
    """The rule: `value(data, b)` solves M(data) x = b; `vector`: the last axis of `b` is one column."""
    given, right, core = tuple(data.shape), tuple(b.shape), system.core
    column = (*right, 1) if vector else right
    ndim = max(data.ndim - core, len(column) - 2)
    # axes of length one, so that a leading axis of tangents meets no batch axis
    shape_data = (1,) * (ndim - data.ndim + core) + given
    shape_b = (1,) * (ndim + 2 - len(column)) + column
    flipped, flip = system.transposed()
    traced = carries(data)

    def columns(y):
        y = y[..., None] if vector else y
        return y.reshape((1,) * (ndim + 2 - y.ndim) + tuple(y.shape)) if y.ndim < ndim + 2 else y

    def shaped(t, y):
        extra = t.ndim - ndim - 2
        return t.reshape(tuple(t.shape[:extra]) + tuple(y.shape))

    def jvp(xs, ys, ts):
        y = columns(ys[0])
        rest = -system.times(ts[0], y) if ts[0] is not None else 0.0
        rest = rest if ts[1] is None else rest + ts[1]
        return (shaped(linear_solve(xs[0], rest, system), ys[0]),)

    def vjp(xs, ys, gs):
        extra = gs[0].ndim - ys[0].ndim
        y = columns(ys[0])
        g = gs[0].reshape(tuple(gs[0].shape[:extra]) + tuple(y.shape))
        gb = linear_solve(flip(xs[0]), g, flipped)
        gdata = unbroadcast(-system.sampled(gb, y), shape_data, extra) if traced else None
        return gdata, unbroadcast(gb, shape_b, extra)

    return Solved((data.reshape(shape_data), b.reshape(shape_b)), lambda d, c: value(d.reshape(given), c.reshape(right)), jvp, vjp)


linear_solve = Own("linear_solve", lambda data, b, system: system.solve(data, b))


@implicit(linear_solve)
def _linear_solve(data, b, system):
    return solved(system, data, b, lambda data, b: linear_solve(data, b, system))
