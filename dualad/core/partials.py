"""First partials as functions of their own, so that formulas nest (decision note 1).

May import: core.jets, core.local, rules, numpy.
"""

from __future__ import annotations

from types import FunctionType

import numpy as np

from ..rules import kinds
from . import jets
from .jets import Jet, make
from .local import densify

__all__ = ["STRONG", "Partials", "partial", "strong", "strong_both", "value"]


def value(rule, x):
    """The function itself; a Python function does not ask operands that carry derivatives of other levels, so its rule does."""
    if type(rule.fn) is FunctionType and any(isinstance(v, Jet) for v in x):
        return jets.apply(rule, *x)
    y = rule.fn(*x)
    return np.float64(y) if type(y) is float else y


class Partials:
    """First partials at given operands, evaluated when asked for."""

    def __init__(self, rule, x):
        self.rule, self.x, self.done = rule, x, {}

    def __getitem__(self, i):
        if i not in self.done:
            self.done[i] = partial(self.rule, i)(*self.x)
        return self.done[i]


def _numbers(rule, x):
    """Python numbers as NumPy's, which divide by zero without an error; operands without a partial stay whole numbers."""
    return [np.float64(v) if type(v) in (int, float) and i in rule.active else v for i, v in enumerate(x)]


class Partial:
    """A first partial as a function of its own: value d1, derivative d2 (decision note 1)."""

    def __init__(self, rule, i):
        self.of, self.i = rule, i
        self.nin = rule.nin
        self.__name__ = f"partial {i} of {rule.name}"
        d1 = tuple(self._derivative(j) for j in range(rule.nin))
        d2 = {(j, k): self._second(d1[j], k) for j in range(rule.nin) for k in range(j, rule.nin)
              if d1[j] is not None}
        self.rule = kinds.Elementwise(self, d1=d1, d2=d2)

    def __call__(self, *x):
        if any(isinstance(v, Jet) for v in x):
            return jets.apply(self.rule, *x)
        with np.errstate(all="ignore"):
            y = self.of.fn(*x)
            p = np.asarray(self.of.d1[self.i](y, *_numbers(self.of, x)))
        # a partial may depend on fewer operands than the value: it still has the value's shape
        return np.broadcast_to(p.astype(np.result_type(y), copy=False), np.shape(y))[()]

    def _derivative(self, j):
        refused = next((self.of.d1[k] for k in (self.i, j) if isinstance(self.of.d1[k], kinds.NoPartial)), None)
        if refused is not None:
            return refused
        formula = self.of.d2.get((min(self.i, j), max(self.i, j)))
        if formula is None:
            return None

        def d1(y, *x):
            with np.errstate(all="ignore"):
                return formula(value(self.of, x), *_numbers(self.of, x), Partials(self.of, x))

        return d1

    @staticmethod
    def _second(d1, k):
        """Derivative of a d2 formula in operand k, by one fresh level of forward mode."""
        def d2(y, *rest):
            x = list(rest[:-1])
            level = jets.Level("a rule's formula")
            ones = np.ones_like(x[k]) if np.ndim(x[k]) else np.ones(())
            x[k] = make(level, jets.dual_layout(1), np.stack([x[k], ones]))
            out = d1(None, *x)
            level.close()
            if not (isinstance(out, Jet) and out.level is level) or out.block.shape[0] == 1:
                return 0.0
            return densify(out).block[1]

        return d2


_partials = {}


def partial(rule, i):
    """The partial of a rule in operand i, as a function that can itself be differentiated."""
    found = _partials.get((rule, i))
    if found is None:
        found = _partials[rule, i] = Partial(rule, i)
    return found


def strong(p, t):
    """p * t, but zero wherever t is: a zero tangent contributes nothing, even through inf or NaN."""
    if isinstance(p, Jet) or isinstance(t, Jet):
        return jets.apply(STRONG, p, t)
    with np.errstate(all="ignore"):
        out = p * t
        return np.where(np.equal(t, 0), np.zeros((), dtype=np.result_type(out)), out)


def strong_both(t, dp):
    """The tangent of a strong product in its partial: either factor being zero kills it."""
    with np.errstate(all="ignore"):
        return np.where(np.equal(t, 0) | np.equal(dp, 0), 0.0, t * dp)


STRONG = kinds.Elementwise(strong, d1=(lambda y, p, t: t, lambda y, p, t: p), d2={(0, 1): lambda y, p, t, d: 1.0})
