"""Whether inputs still look like those that a model was made with.

Two numbers for each feature: the standardised mean shift, which says how far, and the population stability index, which sees
any change of distribution. The index of two samples of one distribution is not zero but close to (bins - 1) (1/n + 1/m)
times a chi-square over its degrees of freedom (B. Yurdakul, J. Naranjo, "Statistical properties of the population stability
index", J. Risk Model Validation 14 (2020)), so the usual limits 0.1 and 0.25 (N. Siddiqi, "Credit Risk Scorecards", 2006)
count only where the index also exceeds that: small batches raise no false alarms.
May import: numpy, scipy.special (on first use).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = ["Drift", "DriftReport", "FeatureDrift"]

MODERATE, LARGE = 0.1, 0.25     # population stability index
SHIFT = 0.5                     # standard deviations
ALARM = 1e-3                    # probability of a false alarm, for each feature


class FeatureDrift(NamedTuple):
    """One feature: shift of the mean in reference standard deviations, stability index, its critical value, verdict."""

    name: str
    shift: float
    spread: float
    psi: float
    critical: float
    nonfinite: float
    verdict: str

    def __str__(self):
        return (f"{self.name}: {self.verdict}, mean shifted by {self.shift:+.2f} standard deviations, spread times "
                f"{self.spread:.2f}, PSI {self.psi:.3f} (by chance up to {self.critical:.3f})"
                + (f", {self.nonfinite:.1%} not finite" if self.nonfinite else ""))


@dataclass
class DriftReport:
    """All features of a batch."""

    features: list[FeatureDrift]

    @property
    def drifted(self):
        """Names of the features whose verdict is "drift"."""
        return [f.name for f in self.features if f.verdict == "drift"]

    @property
    def ok(self):
        """Whether no feature drifted."""
        return not self.drifted

    def __str__(self):
        return "\n".join(map(str, self.features))


class Drift:
    """Statistics of reference inputs, to compare batches with.

    Parameters
    ----------
    reference : array, shape (samples, features) or (samples,)
        What the model was made with.
    names : list of str, optional
        Names of the features.
    bins : int
        Quantile bins of the stability index.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import monitor
    >>> rng = np.random.default_rng(0)
    >>> drift = monitor.Drift(rng.normal(size=(2000, 2)), names=["age", "income"])
    >>> batch = rng.normal(size=(500, 2)) + [0.0, 1.0]
    >>> drift.check(batch).drifted
    ['income']
    """

    def __init__(self, reference, names=None, bins=10):
        x = self._table(reference, None)
        if len(x) < 2:
            raise ValueError(f"Drift: a reference of {len(x)} samples has no distribution")
        self.names = list(names) if names is not None else [f"feature {k}" for k in range(x.shape[1])]
        if len(self.names) != x.shape[1]:
            raise ValueError(f"Drift: {len(self.names)} names for {x.shape[1]} features")
        self.columns = [_Column(v, bins) for v in x.T]

    @staticmethod
    def _table(x, features):
        x = np.asarray(x, dtype=np.float64)
        x = x.reshape(len(x), math.prod(x.shape[1:])) if x.ndim else x.reshape(1, 1)
        if features is not None and x.shape[1] != features:
            raise ValueError(f"Drift: the batch has {x.shape[1]} features, the reference has {features}")
        return x

    def check(self, batch):
        """Compare a batch with the reference; returns a `DriftReport`."""
        x = self._table(batch, len(self.columns))
        if not len(x):
            raise ValueError("Drift: the batch is empty")
        return DriftReport([column.compare(name, v) for name, column, v in zip(self.names, self.columns, x.T, strict=True)])


class _Column:
    """One feature of the reference: mean, spread, quantile bins and how many samples lie in each."""

    def __init__(self, v, bins):
        finite = v[np.isfinite(v)]
        self.missing = 1 - finite.size / v.size
        self.n, self.mean, self.std = finite.size, float(finite.mean()) if finite.size else math.nan, float(finite.std())
        # inner edges; equal quantiles (discrete features) make one bin
        self.edges = np.unique(np.quantile(finite, np.linspace(0, 1, bins + 1)[1:-1])) if finite.size else np.zeros(0)
        self.counts = self._count(finite)

    def _count(self, v):
        return np.bincount(np.searchsorted(self.edges, v, side="right"), minlength=self.edges.size + 1)

    def compare(self, name, v):
        """FeatureDrift of a batch's column."""
        from scipy.special import chdtri

        finite = v[np.isfinite(v)]
        missing = 1 - finite.size / v.size
        if not finite.size:
            return FeatureDrift(name, math.nan, math.nan, math.inf, 0.0, missing, "drift")
        mean, std = float(finite.mean()), float(finite.std())
        away = mean - self.mean
        shift = away / self.std if self.std else math.copysign(math.inf, away) if away else 0.0
        counts, bins = self._count(finite), self.counts.size
        # half a sample more in each bin: an empty one would make the index infinite
        p, q = (self.counts + 0.5) / (self.n + 0.5 * bins), (counts + 0.5) / (finite.size + 0.5 * bins)
        psi = float(np.sum((q - p) * np.log(q / p)))
        critical = float(chdtri(max(1, bins - 1), ALARM)) * (1 / self.n + 1 / finite.size)
        # the mean of a batch scatters too
        moved = abs(shift) > SHIFT + 4 / math.sqrt(finite.size)
        gone = missing > self.missing + 4 * math.sqrt((self.missing + 1 / v.size) / v.size)
        moderate = "moderate" if psi > max(MODERATE, critical) else "stable"
        verdict = "drift" if moved or gone or psi > max(LARGE, critical) else moderate
        return FeatureDrift(name, shift, std / self.std if self.std else math.nan, psi, critical, missing, verdict)
