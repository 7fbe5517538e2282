"""A function of nested arguments as a function of one flat vector, and its derivatives as matrices.

May import: api, gradients, inputs, trees, numpy.
"""

from __future__ import annotations

import math

import numpy as np

from .. import api
from ..gradients import vjp
from ..inputs import as_input
from ..trees import flatten, unflatten
from .oracles import quiet

__all__ = ["Problem"]


def laid_like(flat, leaf):
    """Entries in the shape of an argument, lying in memory as it does: views of it are views of this."""
    out = np.empty_like(leaf, dtype=flat.dtype)
    out[...] = np.reshape(flat, np.shape(leaf))
    return out


class Problem:
    """f at given arguments: n flat inputs, m flat results, and where each of them lives."""

    def __init__(self, f, args, argnums=None):
        self.f, self.args = f, tuple(args)
        self.name = getattr(f, "__name__", type(f).__name__)
        given = tuple(range(len(args))) if argnums is None else argnums
        self.argnums = tuple(a % len(args) for a in ((given,) if isinstance(given, int) else given))
        self.trees = [self.args[a] for a in self.argnums]
        found = [(f"argument {a}{path}", leaf) for a, tree in zip(self.argnums, self.trees, strict=True)
                 for path, leaf in flatten(tree)]
        self.leaves = [as_input(leaf, f"check_derivatives: {path}") for path, leaf in found]
        self.inputs = _places([path for path, _ in found], self.leaves)
        self.x = flat(self.leaves)
        self.n = self.x.size
        self.y = self.plain(self.leaves)
        results = flatten(self.y)
        self.outputs = _places([f"result{path}" for path, _ in results], [leaf for _, leaf in results])
        self.center = flat([leaf for _, leaf in results])
        self.m = self.center.size
        self.single = any(np.result_type(leaf).itemsize < 8 for leaf in [*self.leaves, *(leaf for _, leaf in results)])

    def plain(self, leaves):
        """f on plain leaves."""
        return self.f(*self._filled(leaves))

    def _filled(self, leaves):
        leaves, args = iter(leaves), list(self.args)
        for a, tree in zip(self.argnums, self.trees, strict=True):
            args[a] = unflatten(tree, leaves)
        return args

    def precision(self):
        """Rounding unit of the results when the inputs are double."""
        wide = [np.asarray(leaf, dtype=np.float64)[()] for leaf in self.leaves]
        kinds = [np.asarray(leaf).dtype for _, leaf in flatten(self.plain(wide))]
        return max((float(np.finfo(k).eps) for k in kinds if k.kind == "f"), default=float(np.finfo(np.float64).eps))

    def along(self, x):
        """f at a flat point (real or complex), as a flat vector; float32 leaves are widened."""
        leaves, start = [], 0
        for leaf in self.leaves:
            size = math.prod(np.shape(leaf))
            piece = laid_like(x[start:start + size], leaf)
            leaves.append(piece[()] if type(leaf) is not float or x.dtype.kind == "c" else float(piece))
            start += size
        results = flatten(self.plain(leaves), pairs=x.dtype.kind != "c")
        return np.concatenate([np.ravel(np.asarray(leaf)) for _, leaf in results] or [np.zeros(0)])

    def path(self, direction):
        """t -> f(x + t direction) as a flat vector."""
        return lambda t: self.along(self.x + t * direction)

    def shaped(self, direction):
        """A flat direction in the structure of the arguments."""
        leaves, start = [], 0
        for leaf in self.leaves:
            size = math.prod(np.shape(leaf))
            leaves.append(np.reshape(direction[start:start + size], np.shape(leaf)).astype(np.result_type(leaf)))
            start += size
        leaves = iter(leaves)
        return tuple(unflatten(tree, leaves) for tree in self.trees)

    # ---- derivatives from the transforms ----

    def jacobian(self, **options):
        """(m, n) from `dualad.jacobian`."""
        return self._first(api.jacobian(self.f, self.argnums, **options)(*self.args))

    def hessian(self, **options):
        """(m, n, n) from `dualad.hessian`."""
        return self._second(api.hessian(self.f, self.argnums, **options)(*self.args))

    def diagonal(self):
        """(m, n) from `dualad.hessian_diag`."""
        return self._first(api.hessian_diag(self.f, self.argnums)(*self.args))

    def jvp(self, direction):
        """(value, tangent), both flat, from `dualad.jvp`."""
        y, t = api.jvp(self._of_trees(), tuple(self.trees), self.shaped(direction))
        return flat([v for _, v in flatten(y)]), flat([v for _, v in flatten(t)])

    def vjp(self, cotangents):
        """Flat value, and the flat pullback of each flat cotangent, from one `dualad.vjp`."""
        y, pullback = vjp(self._of_trees(), *self.trees)
        shapes = [(np.shape(v), np.result_type(v)) for _, v in flatten(y)]
        found = []
        for g in cotangents:
            ends = np.cumsum([math.prod(s) for s, _ in shapes])[:-1]
            parts = [np.reshape(v, s).astype(t)[()] for v, (s, t) in zip(np.split(g, ends), shapes, strict=True)]
            found.append(flat([v for _, v in flatten(pullback(unflatten(y, parts)))]))
        return flat([v for _, v in flatten(y)]), found

    def _of_trees(self):
        """f as a function of the arguments that are differentiated."""
        def whole(*given):
            args = list(self.args)
            for a, v in zip(self.argnums, given, strict=True):
                args[a] = v
            return self.f(*args)

        whole.__code__ = whole.__code__.replace()  # what the scope learns of it says nothing about other functions
        return whole

    def _first(self, tree):
        pieces = iter(flat_pieces(tree))
        rows = []
        for _, shape in self.outputs:
            row = [np.reshape(next(pieces), (math.prod(shape), math.prod(np.shape(x)))) for x in self.leaves]
            rows.append(np.concatenate(row, axis=1))
        return np.concatenate(rows) if rows else np.zeros((0, self.n))

    def _second(self, tree):
        pieces = iter(flat_pieces(tree))
        blocks = []
        for _, shape in self.outputs:
            m = math.prod(shape)
            table = [[np.reshape(next(pieces), (m, math.prod(np.shape(a)), math.prod(np.shape(b)))) for b in self.leaves]
                     for a in self.leaves]
            blocks.append(np.concatenate([np.concatenate(row, axis=2) for row in table], axis=1))
        return np.concatenate(blocks) if blocks else np.zeros((0, self.n, self.n))

    # ---- names ----

    def place(self, *index):
        """Words for a (row, column, ...) of a derivative: result index (None: all of them), then input indices."""
        row, *columns = index
        words = ["result" if row is None else _word(self.outputs, row), *(_word(self.inputs, c) for c in columns)]
        return words[0] + "".join((" in " if k == 0 else " and ") + w for k, w in enumerate(words[1:]))


def _places(paths, leaves):
    return [(path, np.shape(leaf)) for path, leaf in zip(paths, leaves, strict=True)]


def _word(places, k):
    for path, shape in places:
        size = math.prod(shape)
        if k < size:
            return path + (f"[{', '.join(map(str, map(int, np.unravel_index(k, shape))))}]" if shape else "")
        k -= size
    raise IndexError(k)


def flat(leaves):
    """Leaves as one float64 vector."""
    return np.concatenate([np.ravel(np.asarray(leaf, dtype=np.float64)) for leaf in leaves] or [np.zeros(0)])


def flat_pieces(tree):
    """Leaves of a nested derivative, in order."""
    return [leaf for _, leaf in flatten(tree)]


def steady(phi, center):
    """phi(t) for the oracles: NaN where the function takes another branch, of another shape, or refuses the point."""
    def calm(t):
        if isinstance(t, complex):
            return phi(t)
        try:
            y = quiet(phi, t)
        except (ValueError, IndexError, ArithmeticError, np.linalg.LinAlgError):
            return np.full(center.shape, np.nan)
        return y if y.shape == center.shape else np.full(center.shape, np.nan)

    return calm
