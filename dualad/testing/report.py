"""What a check found: comparisons, places that could not be decided, and the error for a disagreement.

May import: errors, numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..errors import DualadError

__all__ = ["Comparison", "DerivativeMismatch", "Report"]


class DerivativeMismatch(DualadError, AssertionError):
    """Two ways to the same derivative disagree.

    Attributes
    ----------
    law : str
        What was compared (for example ``"order 1: local against forward"``).
    where : str
        Result leaf and index, argument, leaf and index.
    found, wanted : float
        The two values.
    error : float or None
        Estimated error of the oracle, None if both are exact.
    """

    def __init__(self, message, *, law="", where="", found=np.nan, wanted=np.nan, error=None):
        super().__init__(message)
        self.law, self.where, self.found, self.wanted, self.error = law, where, found, wanted, error


class Comparison(NamedTuple):
    """One comparison that was decided, as the worst relative difference over `count` numbers."""

    law: str
    worst: float
    count: int
    error: float | None = None


@dataclass
class Report:
    """What a check compared; printing it gives a table.

    Attributes
    ----------
    name : str
        The function or rule.
    comparisons : list of Comparison
        What agreed, and how well.
    inconclusive : list of str
        Places where the oracle could not decide, with the reason.
    """

    name: str
    comparisons: list[Comparison] = field(default_factory=list)
    inconclusive: list[str] = field(default_factory=list)

    @property
    def modes(self):
        """Names of what was compared."""
        return [c.law for c in self.comparisons]

    @property
    def worst(self):
        """Worst relative difference between exact modes (oracles with an estimated error excluded)."""
        return max((c.worst for c in self.comparisons if c.error is None), default=0.0)

    def add(self, law, worst, count, error=None):
        """Enter a decided comparison; equal laws are joined."""
        for k, c in enumerate(self.comparisons):
            if c.law == law:
                error = error if c.error is None else c.error if error is None else max(error, c.error)
                self.comparisons[k] = Comparison(law, max(worst, c.worst), count + c.count, error)
                return
        self.comparisons.append(Comparison(law, worst, count, error))

    def __str__(self):
        width = max([len(c.law) for c in self.comparisons], default=0)
        lines = [f"{self.name}: {len(self.comparisons)} comparisons agree"]
        for law, worst, count, error in self.comparisons:
            oracle = "" if error is None else f", estimated error of the differences {error:.1e}"
            lines.append(f"  {law:<{width}}  worst relative difference {worst:.1e} in {count} numbers{oracle}")
        lines += [f"  inconclusive: {text}" for text in self.inconclusive]
        return "\n".join(lines)
