"""All rows of a Jacobian in one backward pass over a recorded run, without multiplying anything by an identity.

The cotangents of m outputs are not an m x m identity but one number for each output entry and a label, the row that it
belongs to.  Elementwise steps scale the numbers, copies and sums move numbers and labels, and a product A @ x turns them
into scaled rows of A.  An array holds several such terms where it is used in several ways.  Only what fits none of this is
spread out and pulled by the compiled sweep, many rows at a time.

The mirror of core.local, which keeps forward directions like this.  May import: core, rules, schedule.chunks, numpy.
"""

from __future__ import annotations

import heapq
from math import isfinite, prod
from typing import NamedTuple

import numpy as np

from ..core.steps import ContractionStep, LinearStep
from ..core.sweep import Sweep, partial_array, watcher
from .chunks import slices

__all__ = ["MOST_TERMS", "Rows"]

# More terms for one array than this, and dense rows are no worse.
MOST_TERMS = 16
FLOAT64 = np.dtype(np.float64)


class Term(NamedTuple):
    """Entry e of an array has the cotangent values[e] in row labels[e] and zero in all others; zero outside `mask`."""

    values: np.ndarray
    labels: np.ndarray
    mask: np.ndarray | None = None


class Rows:
    """Cotangents of the nodes `wanted` for unit cotangents of every entry of the nodes `outs`, stopping at `wanted`.

    `sizes` are the entries of `outs` (a node may be -1: a result that depends on no input).
    """

    def __init__(self, program, outs, sizes, wanted):
        self.program, self.wanted, self.m = program, list(wanted), sum(sizes)
        self.terms, self.queue, self.rest, start = {}, [], [], 0
        self.goals = set(self.wanted)
        program.check_constants()
        for node, size in zip(outs, sizes, strict=True):
            if node >= 0:
                shape = program.shape(node)
                self._add(node, Term(np.ones(shape), np.arange(start, start + size).reshape(shape)))
            start += size
        with np.errstate(all="ignore"):
            while self.queue:
                node = -heapq.heappop(self.queue)
                if node not in self.goals:
                    self._pull(node, self.terms.pop(node))

    @property
    def passes(self):
        """Dense sweeps that are left: 0 or 1 for each chunk of rows."""
        return int(any(node not in self.goals for node, _ in self.rest))

    def blocks(self, memory, chunk=None):
        """For each wanted node, its rows as (m, *shape)."""
        # the compiled sweep starts at the last node that is spread out, and goes no further than the first wanted one
        dense = [node for node, _ in self.rest]
        reach = range(min(self.wanted, default=0), max(dense, default=-1) + 1) if self.passes else ()
        widest = max((prod(self.program.shape(k)) for k in (*reach, *dense, *self.wanted)), default=1)
        with np.errstate(all="ignore"):
            parts = [self._block(r.start, r.stop) for r in slices(self.m, max(1, widest), memory, chunk)]
        return parts[0] if len(parts) == 1 else [np.concatenate(p) for p in zip(*parts, strict=True)]

    def _block(self, lo, hi):
        out = dict.fromkeys(self.wanted)
        seeds = [(node, rows(lo, hi)) for node, rows in self.rest]
        found = [(node, g) for node, g in seeds if node in out]
        found += [(node, _spread(term, self.program.shape(node), lo, hi))
                  for node in out for term in self.terms.get(node, ())]
        left = [(node, g) for node, g in seeds if node not in out]
        if left and hi > lo:
            nodes, dense = zip(*left, strict=True)
            pulled = Sweep(self.program, hi - lo).pull(nodes, dense, self.wanted, False, True)
            found += [(node, g) for node, g in zip(self.wanted, pulled, strict=True) if g is not None]
        for node, g in found:
            if out[node] is None:
                out[node] = g
            else:
                out[node] += g
        return [np.zeros((hi - lo, *self.program.shape(k))) if out[k] is None else out[k] for k in self.wanted]

    # ---- one instruction ----

    def _pull(self, node, terms):
        form = self.program.form(node)
        if form == "array":
            self._array(node, terms)
            return
        take = {"view": self._view, "call": self._call}.get(form)
        for term in terms:
            if take is None or not take(node, term):
                self._leave(node, term)

    def _leave(self, node, term):
        """The compiled sweep goes on from here."""
        shape = self.program.shape(node)
        self.rest.append((node, lambda lo, hi: _spread(term, shape, lo, hi)))

    def _add(self, node, term):
        """One more term of a node, joined with one that has the same labels."""
        known = self.terms.get(node)
        if known is None:
            self.terms[node] = [term]
            heapq.heappush(self.queue, -node)
            return
        for k, old in enumerate(known):
            joined = _join(old, term)
            if joined is not None:
                known[k] = joined
                return
        if len(known) < MOST_TERMS or node in self.goals:
            known.append(term)
        else:
            self._leave(node, term)

    def _array(self, node, terms):
        program, shape, kernel, look = self.program, self.program.shape(node), self.program.what(node), watcher()
        for i, to in enumerate(program.operands(node)):
            if to < 0:
                continue
            unit, same = kernel.unit >> i & 1, program.shape(to) == shape
            partial = None if unit else partial_array(program, node, i)
            for term in terms:
                values = term.values if unit else _times(partial, term.values)
                if look is not None:
                    look(program, node, term.values, [None] * i + [values])
                if same:
                    self._add(to, Term(values, term.labels, term.mask))
                else:
                    self.rest.append((to, _repeated(values, term.labels, program.shape(to))))

    def _view(self, node, term):
        to, derive = self.program.operands(node)[0], self.program.what(node)
        shape = self.program.shape(to)
        if type(derive) is not tuple:
            return self._copied(lambda g: derive.transpose(1, g), (to,), term)
        mask = np.zeros(shape, dtype=bool)
        mask[derive] = True if term.mask is None else term.mask
        values, labels = np.zeros(shape), np.zeros(shape, dtype=np.intp)
        values[derive], labels[derive] = term.values, term.labels
        self._add(to, Term(values, labels, mask))
        return True

    def _call(self, node, term):
        step = self.program.what(node)
        several = node + 1 < len(self.program) and self.program.form(node + 1) == "slot"
        if several or not isinstance(step, (LinearStep, ContractionStep)):
            return False
        if any(dtype is not None and dtype != FLOAT64 for dtype in step.dtypes):
            return False
        operands = self.program.operands(node)
        if isinstance(step, ContractionStep):
            return self._product(node, step, operands, term)
        if step.copies:
            return self._copied(lambda g: step.pull(1, g), operands, term)
        return self._summed(step, operands, term)

    def _copied(self, transpose, operands, term):
        """A selection moves numbers and labels, if no entry was copied twice."""
        mask = np.ones(term.values.shape) if term.mask is None else term.mask
        parts = transpose(np.stack([term.values, term.labels, mask]))
        if any(part is not None and part[2].size and part[2].max() > 1 for part in parts):
            return False
        for to, part in zip(operands, parts, strict=True):
            if to >= 0 and part is not None:
                some = part[2] > 0
                self._add(to, Term(part[0].copy(), part[1].astype(np.intp), None if some.all() else some))
        return True

    def _summed(self, step, operands, term):
        """A sum whose rule says to which entry of the result each operand entry goes."""
        if step.scatter is None or len(operands) != 1:
            return False
        target, weight = step.scatter()
        mask = None if term.mask is None else term.mask.reshape(-1)[target]
        values = _times(weight, term.values.reshape(-1)[target])
        self._add(operands[0], Term(values, term.labels.reshape(-1)[target], mask))
        return True

    def _product(self, node, step, operands, term):
        left = []
        for i, to in enumerate(operands):
            if to < 0:
                continue
            other, shape = step.saved[1 - i], self.program.shape(to)
            if other is None or other.dtype != FLOAT64:
                return False
            matrix = step.matrices[i] and step.matrices[i](other)
            if matrix is not None and _distinct(term):
                left.append((to, _scaled(term, matrix, shape)))
            elif prod(shape) == prod(self.program.shape(node)) * np.size(other):
                moved = self._once(step.transposes[i], other, shape, term)
                if moved is None:
                    return False
                left.append((to, moved))
            else:
                return False
        for to, found in left:
            if isinstance(found, Term):
                self._add(to, found)
            else:
                self.rest.append((to, found))
        return True

    @staticmethod
    def _once(transpose, other, shape, term):
        """Where every operand entry goes into one entry of the result alone: products of ones count that exactly."""
        ones = np.ones(np.shape(other))
        if (transpose(0, 0, np.ones(term.values.shape), ones) != 1).any():
            return None
        mask = None if term.mask is None else np.reshape(transpose(0, 0, term.mask.astype(float), ones), shape) > 0
        labels = np.reshape(transpose(0, 0, term.labels.astype(float), ones), shape).astype(np.intp)
        return Term(np.reshape(transpose(0, 0, term.values, other), shape), labels, mask)


def _times(partial, values):
    """Products in which a zero cotangent stays zero, beside infinity and NaN too."""
    out = partial * values
    # a sum is not finite where an entry is not
    return out if isfinite(np.add.reduce(out, axis=None)) else np.where(values == 0, 0.0, out)


def _join(a, b):
    """The sum of two terms as one, or None where an entry would need two labels."""
    if a.labels is b.labels and a.mask is b.mask:
        return Term(a.values + b.values, a.labels, a.mask)
    differ = a.labels != b.labels
    for term in (a, b):
        if term.mask is not None:
            differ &= term.mask
    if differ.any():
        return None
    if a.mask is None or b.mask is None:
        return Term(a.values + b.values, a.labels if a.mask is None else b.labels)
    mask = a.mask | b.mask
    return Term(a.values + b.values, np.where(a.mask, a.labels, b.labels), None if mask.all() else mask)


def _distinct(term):
    """Whether no two entries share a row."""
    labels = term.labels.reshape(-1) if term.mask is None else term.labels[term.mask]
    return labels.size < 2 or bool(np.bincount(labels).max() <= 1)


def _scaled(term, matrix, shape):
    """Rows of a matrix, each times a number: J = diag(a) A."""
    every, numbers = term.labels.reshape(-1), term.values.reshape(-1)
    counted = term.mask is None and every.size and bool((np.diff(every) == 1).all())

    def rows(lo, hi):
        if counted and every[0] == lo and every[-1] == hi - 1:
            return _times(matrix, numbers[:, None]).reshape((hi - lo, *shape))
        keep = (every >= lo) & (every < hi)
        at = np.flatnonzero(keep if term.mask is None else keep & term.mask.reshape(-1))
        out = np.zeros((hi - lo, matrix.shape[1]))
        out[every[at] - lo] = _times(matrix[at], numbers[at, None])
        return out.reshape((hi - lo, *shape))

    return rows


def _spread(term, shape, lo, hi):
    """A term as dense rows."""
    return _bincount(term.values, term.labels, np.arange(prod(shape)), shape, lo, hi)


def _repeated(values, labels, shape):
    """Rows of an operand that was broadcast: its entries gather what belongs to their repetitions."""
    index = np.broadcast_to(np.arange(prod(shape)).reshape(shape), values.shape).reshape(-1)
    return lambda lo, hi: _bincount(values, labels, index, shape, lo, hi)


def _bincount(values, labels, index, shape, lo, hi):
    values, labels, n = values.reshape(-1), labels.reshape(-1), prod(shape)
    keep = (labels >= lo) & (labels < hi)
    if not keep.all():
        values, labels, index = values[keep], labels[keep], index[keep]
    # of nothing, bincount makes integers
    out = np.bincount((labels - lo) * n + index, values, (hi - lo) * n) if values.size else np.zeros((hi - lo) * n)
    return out.reshape((hi - lo, *shape))
