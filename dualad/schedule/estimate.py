"""What each way to a derivative will cost, read off a recorded run without running anything.

`Load` counts steps, entries and products; `Constants` turns them into seconds.  The constants were measured by
`asv_benchmarks/calibrate.py`; only their ratios decide anything.  May import: core, numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isqrt, prod

import numpy as np

from ..core.steps import ContractionStep, LinearStep

__all__ = ["CONSTANTS", "Constants", "Load", "forward_load", "reverse_load", "rows_load", "second_load", "size_of"]

MOST = 16


@dataclass(frozen=True)
class Constants:
    """Seconds for one unit of each count of a `Load`; measured on a 2-core x86-64 machine (NumPy 2.4, one BLAS thread).

    Parameters
    ----------
    runs, pushes, sweeps, pulls, moves, entries, flops, filled
        One of each. A move (a labelled step) is Python calling NumPy several times; a pull is compiled.
    """

    runs: float = 40e-6
    records: float = 28e-6
    pushes: float = 5.1e-6
    pulls: float = 2.5e-6
    moves: float = 23e-6
    entries: float = 1.1e-9
    flops: float = 0.013e-9
    filled: float = 0.2e-9


CONSTANTS = Constants()


@dataclass
class Load:
    """Counts of one way: calls of f, recordings, steps of three kinds, entries touched, products summed, entries written."""

    runs: float = 0
    records: float = 0
    pushes: float = 0
    pulls: float = 0
    moves: float = 0
    entries: float = 0
    flops: float = 0
    filled: float = 0
    bytes: float = 0
    passes: int = 0

    def seconds(self, constants=CONSTANTS):
        """Predicted time."""
        return sum(getattr(self, f.name) * getattr(constants, f.name) for f in fields(constants))

    @property
    def operations(self):
        """Entries touched and multiply-adds, the arithmetic of this way."""
        return int(self.entries + self.flops / 2)

    def plus(self, other):
        """Both, one after the other; bytes are those of the larger."""
        both = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        return Load(**{**both, "bytes": max(self.bytes, other.bytes)})


def size_of(program, node):
    return prod(program.shape(node))


def _product(program, node, step, to, other):
    """Multiply-adds of one cotangent pulled through a product: M N K, from the sizes MN, MK and KN."""
    return isqrt(size_of(program, node) * size_of(program, to) * max(1, np.size(other)))


def pull_load(program, node, m):
    """One step of the compiled sweep with m rows."""
    load, size, step = Load(pulls=1), size_of(program, node), program.what(node)
    for i, to in enumerate(program.operands(node)):
        if to >= 0:
            load.entries += m * (size if program.form(node) != "view" else size / 2)
            if isinstance(step, ContractionStep):
                load.flops += 2 * m * _product(program, node, step, to, step.saved[1 - i])
                load.pulls += 2
    form = program.form(node)
    if form == "call" or m > 1 and form in ("number", "read"):  # several rows of a number are an array, and Python adds them
        load.pulls += 3
    return load


class _Walk:
    """The course of `Rows` over a program, in counts: how many terms each node has, which nodes are dense."""

    def __init__(self, program, outs, wanted, m):
        self.program, self.goals, self.m = program, set(wanted), m
        self.terms, self.dense, self.load = {}, set(), Load()
        for node in outs:
            if node >= 0:
                self.terms[node] = 1
        for node in range(max(outs, default=-1), min(wanted, default=0) - 1, -1):
            if node not in self.goals:
                self.step(node)
        spots = {k for k in self.goals if k in self.terms or k in self.dense}
        self.load.filled += m * sum(size_of(program, k) for k in spots)
        self.load.passes = 1

    def step(self, node):
        k, dense = self.terms.get(node, 0), node in self.dense
        if k:
            self.load.moves += 0.5 + 0.5 * k
            self.load.entries += 3 * k * size_of(self.program, node)
            if not self.labelled(node, k):
                self.load.filled += self.m * size_of(self.program, node)
                dense = True
        if dense:
            self.load = self.load.plus(pull_load(self.program, node, self.m))
            self.dense.update(to for to in self.program.operands(node) if to >= 0)
            self.load.bytes += 8 * self.m * size_of(self.program, node)

    def give(self, to, k):
        have = self.terms.get(to, 0)
        self.terms[to] = min(MOST, max(have, k) if have else k)

    def labelled(self, node, k):
        """Whether labels pass this step."""
        program, shape = self.program, self.program.shape(node)
        form, operands = program.form(node), [to for to in program.operands(node) if to >= 0]
        if form not in ("array", "view", "call"):
            return False
        step = program.what(node)
        if form == "call" and not isinstance(step, (LinearStep, ContractionStep)):
            return False
        if isinstance(step, ContractionStep):
            return self.product(node, step, k)
        if isinstance(step, LinearStep) and (step.scatter is None and not step.copies
                                             or step.copies and sum(size_of(program, to) for to in operands) < prod(shape)):
            return False
        for to in operands:
            if form == "array" and program.shape(to) != shape:
                self.dense.add(to)
                self.load.filled += self.m * size_of(program, to) + 4 * prod(shape)
            elif form == "view" or (isinstance(step, LinearStep) and step.copies):
                self.terms[to] = min(MOST, self.terms.get(to, 0) + k)
            else:
                self.give(to, k)
        return True

    def product(self, node, step, k):
        program = self.program
        for i, to in enumerate(program.operands(node)):
            if to < 0:
                continue
            other = step.saved[1 - i]
            if step.matrices[i] is not None and step.matrices[i](other) is not None:
                self.dense.add(to)
                self.load.filled += 2 * k * self.m * size_of(program, to)
                self.load.moves += 2
            elif size_of(program, to) == size_of(program, node) * np.size(other):
                self.give(to, k)
            else:
                return False
        return True


def rows_load(program, outs, wanted, m):
    """Labelled rows of `outs` (together m entries) at `wanted`."""
    return _Walk(program, outs, wanted, m).load


def reverse_load(program, m, passes, n):
    """The compiled sweep, m rows in so many passes."""
    load = Load(records=1, passes=passes)
    for node in range(len(program)):
        if program.form(node) != "input":
            load = load.plus(pull_load(program, node, m))
    load.pulls *= passes
    load.filled += (m * n + m * m) if m > 1 else n
    return load


def forward_load(program, outs, inputs, n, passes, local):
    """Runs of f with n directions, kept local (one for each entry) as long as no step mixes entries."""
    load = Load(runs=passes, passes=passes)
    terms = dict.fromkeys(inputs, 1 if local else 0)
    for node in range(len(program)):
        if program.form(node) == "input":
            continue
        operands = [to for to in program.operands(node) if to >= 0]
        size, step = size_of(program, node), program.what(node)
        k = max((terms.get(to, 0) for to in operands), default=0) if all(terms.get(to, 0) for to in operands) else 0
        if k and _mixes(program, node, step, operands):
            load.filled += 2 * n * sum(size_of(program, to) for to in operands)
            k = 0
        terms[node] = k
        load.pushes += passes * (2 if k else 1)
        load.entries += (3 * k if k else 1.5 * n) * size * (1 if program.form(node) != "view" else 0.1)
        if isinstance(step, ContractionStep):
            load.flops += sum(2 * n * _product(program, node, step, to, step.saved[1 - i])
                              for i, to in enumerate(program.operands(node)) if to >= 0)
        load.bytes = max(load.bytes, 8 * (1 + (k or -(-n // max(passes, 1)))) * size)
    load.filled += n * sum(size_of(program, k) for k in outs if k >= 0)
    return load


def second_load(program, inputs, n, m, passes, local):
    """Hyper-dual runs of f, dense or with parts local to entries as long as no step mixes them."""
    load, full = Load(runs=passes, passes=passes), 1 + n + n * (n + 1) // 2
    terms = dict.fromkeys(inputs, 1 if local else 0)
    for node in range(len(program)):
        if program.form(node) == "input":
            continue
        operands = [to for to in program.operands(node) if to >= 0]
        size, step = size_of(program, node), program.what(node)
        k = max((terms.get(to, 0) for to in operands), default=0) if all(terms.get(to, 0) for to in operands) else 0
        if k and _mixes(program, node, step, operands):
            scattered = getattr(step, "scatter", None) is not None
            load.filled += 2 * full * (size if scattered else sum(size_of(program, to) for to in operands))
            load.bytes = max(load.bytes, 8 * full * (size if scattered else max(size_of(program, to) for to in operands)))
            k = 0
        terms[node] = min(MOST, k + (program.form(node) == "view" and k > 0))
        components = 1 + k + k * (k + 1) // 2 if k else full
        load.pushes += passes * (6 if k else 2)
        load.entries += 1.5 * components * size * (1 if program.form(node) != "view" else 0.1)
        if isinstance(step, ContractionStep):
            load.flops += sum(2 * full * _product(program, node, step, to, step.saved[1 - i])
                              for i, to in enumerate(program.operands(node)) if to >= 0)
        load.bytes = max(load.bytes, 8 * components * size // passes)
    load.filled += 2 * m * n * n
    return load


def _mixes(program, node, step, operands):
    """Whether local directions end here."""
    if program.form(node) == "array":
        return any(program.shape(to) != program.shape(node) for to in operands)
    return program.form(node) in ("call", "read", "write", "slot") and not (isinstance(step, LinearStep) and step.copies)
