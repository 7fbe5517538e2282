"""Gradients in production: norms and verdicts, clipping, skipping, accumulation, drift of inputs, anomaly mode, records.

Nothing here is needed for derivatives, and `import dualad` does not load it; `dualad.monitor` does, on first use.
May import: api, core, custom, rules, trees, errors, numpy.

>>> import numpy as np, dualad
>>> dualad.monitor.global_norm(dualad.grad(lambda x: np.sum(x ** 2))(np.array([3.0, 4.0])))
10.0
"""

from ..errors import AnomalyError
from .anomaly import BroadcastWarning, anomalies
from .drift import Drift, DriftReport, FeatureDrift
from .norms import EXPLODING, VANISHING, Health, Statistics, dead_units, describe, global_norm, health, norms
from .probes import Probe
from .records import CsvWriter, JsonLinesWriter, Monitor, Step, plot_norms, progress
from .steps import SkipSteps, accumulate, clip_by_global_norm, clip_by_value

__all__ = [
    "EXPLODING", "VANISHING", "AnomalyError", "BroadcastWarning", "CsvWriter", "Drift", "DriftReport", "FeatureDrift", "Health",
    "JsonLinesWriter", "Monitor", "Probe", "SkipSteps", "Statistics", "Step", "accumulate", "anomalies", "clip_by_global_norm",
    "clip_by_value", "dead_units", "describe", "global_norm", "health", "norms", "plot_norms", "progress",
]
