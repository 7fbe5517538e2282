"""The record of a training run: one flat dict for each step, to the log, to a file, to a picture.

matplotlib and tqdm are imported where they are used: both are optional.
May import: trees, numpy, the other modules of monitor.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import logging
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .norms import EXPLODING, VANISHING, health
from .steps import SkipSteps, clip_by_global_norm, clip_by_value

__all__ = ["CsvWriter", "JsonLinesWriter", "Monitor", "Step", "plot_norms", "progress"]

LOGGER = "dualad.monitor"
logging.getLogger("dualad").addHandler(logging.NullHandler())


def _plain(v):
    """A value as files have it: numbers of Python's own types, NaN and infinity as words."""
    if isinstance(v, (np.generic, np.ndarray)):
        v = v.item() if np.ndim(v) == 0 else v.tolist()
    return str(v) if isinstance(v, float) and not math.isfinite(v) else v


class _Writer:
    """A text file that records are appended to, each at once on disk."""

    def __init__(self, path):
        self.path = Path(path)
        self.file = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Close the file; writing again opens it again."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def opened(self):
        if self.file is None:
            self.file = self.path.open("a", encoding="utf-8", newline="")
        return self.file


class JsonLinesWriter(_Writer):
    """Append records to a file, one JSON object on a line.

    Parameters
    ----------
    path : str or path

    Notes
    -----
    JSON has no NaN and no infinity: they are written as the strings "nan", "inf", "-inf".

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from dualad import monitor
    >>> path = pathlib.Path(tempfile.mkdtemp(), "run.jsonl")
    >>> with monitor.JsonLinesWriter(path) as writer:
    ...     writer.write({"step": 0, "norm": 1.5})
    >>> print(path.read_text().strip())
    {"step": 0, "norm": 1.5}
    """

    def write(self, record):
        """Append one record."""
        file = self.opened()
        file.write(json.dumps({k: _plain(v) for k, v in record.items()}, allow_nan=False) + "\n")
        file.flush()


class CsvWriter(_Writer):
    """Append records to a CSV file; the first one names the columns, unless the file has them already.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    ValueError
        From ``write``, for a record with a column that the file does not have.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from dualad import monitor
    >>> path = pathlib.Path(tempfile.mkdtemp(), "run.csv")
    >>> with monitor.CsvWriter(path) as writer:
    ...     writer.write({"step": 0, "norm": 1.5})
    >>> print(path.read_text().split())
    ['step,norm', '0,1.5']
    """

    columns = None

    def write(self, record):
        """Append one record; columns that it does not have stay empty."""
        if self.columns is None and self.path.exists() and self.path.stat().st_size:
            with self.path.open(encoding="utf-8", newline="") as file:
                self.columns = next(csv.reader(file))
        head, self.columns = self.columns is None, self.columns or list(record)
        unknown = [k for k in record if k not in self.columns]
        if unknown:
            raise ValueError(f"CsvWriter: {self.path.name} has no columns {unknown}: give the first record all of them, or use "
                             "JsonLinesWriter")
        file = self.opened()
        rows = csv.writer(file)
        if head:
            rows.writerow(self.columns)
        rows.writerow([_plain(record.get(k, "")) for k in self.columns])
        file.flush()


class Step(NamedTuple):
    """What `Monitor.step` gives back: gradients to step with, the reason to skip ("" to take it), the record."""

    gradients: Any
    skip: str
    record: dict


class Monitor:
    """Watch the gradients of a training run: norms, verdicts, clipping, skipping, log and record.

    Parameters
    ----------
    clip_norm : float, optional
        Clip by global norm.
    clip_value : float, optional
        Clip entries to [-clip_value, clip_value], before that.
    skip : SkipSteps, optional
        When to leave a step out; by default where the norm is not finite.
    vanishing, exploding : float
        Limits of the verdicts, see `health`.
    writer : JsonLinesWriter, CsvWriter or any object with ``write(record)``, optional
    logger : str or logging.Logger
        Verdicts and skipped steps are warnings, every step is of level INFO.

    Attributes
    ----------
    history : list of dict
        One record for each step: step, value, norm (before clipping), clipped, skipped, verdicts, and ``norm[path]`` for each
        array.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> watch = dualad.monitor.Monitor(clip_norm=1.0)
    >>> w = np.array([3.0, 4.0])
    >>> for _ in range(3):
    ...     value, g = dualad.value_and_grad(lambda w: np.sum(w ** 2))(w)
    ...     g, skip, record = watch.step(g, value=value)
    ...     if not skip:
    ...         w = w - 0.5 * g
    >>> [round(r["norm"], 3) for r in watch.history], watch.history[0]["clipped"]
    ([10.0, 9.0, 8.0], True)
    """

    def __init__(self, *, clip_norm=None, clip_value=None, skip=None, vanishing=VANISHING, exploding=EXPLODING, writer=None,
                 logger=LOGGER):
        self.clip_norm, self.clip_value, self.skip = clip_norm, clip_value, SkipSteps() if skip is None else skip
        self.limits, self.writer = {"vanishing": vanishing, "exploding": exploding}, writer
        self.logger = logging.getLogger(logger) if isinstance(logger, str) else logger
        self.history = []

    def step(self, gradients, value=math.nan, **more):
        """Look at the gradients of one step; `more` goes into its record. Returns a `Step`."""
        found = health(gradients, **self.limits)
        if self.clip_value is not None:
            gradients = clip_by_value(gradients, -self.clip_value, self.clip_value)
        clipped = False
        if self.clip_norm is not None:
            gradients, norm = clip_by_global_norm(gradients, self.clip_norm)
            clipped = math.isfinite(norm) and norm > self.clip_norm
        why = self.skip(found.norm)
        record = {"step": len(self.history), "value": float(value), "norm": found.norm, "clipped": clipped, "skipped": why,
                  "verdicts": "; ".join(found.verdicts), **more,
                  **{f"norm{path}": s.norm for path, s in found.statistics.items() if path}}
        self.history.append(record)
        self._say(record, found.verdicts, why)
        if self.writer is not None:
            self.writer.write(record)
        return Step(gradients, why, record)

    def _say(self, record, verdicts, why):
        k = record["step"]
        for text in verdicts:
            self.logger.warning("step %d: %s", k, text)
        if why:
            self.logger.warning("step %d skipped: %s", k, why)
        self.logger.info("step %d: value %.6g, gradient norm %.3g%s", k, record["value"], record["norm"],
                         ", clipped" if record["clipped"] else "")


def plot_norms(history, path=None):
    """Draw the norms of the gradients over the steps (logarithmic), with skipped and clipped steps marked.

    Parameters
    ----------
    history : list of dict
        Records of a `Monitor`.
    path : str or path, optional
        Where to save the picture.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from dualad import monitor
    >>> figure = monitor.plot_norms([{"step": 0, "norm": 1.0}, {"step": 1, "norm": 0.5}])
    >>> figure.axes[0].get_yscale()
    'log'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # no pyplot: no display, no global state
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    keys = [k for k in (history[0] if history else {}) if k.startswith("norm")]
    steps = [r["step"] for r in history]
    for key in keys:
        # zero and what is not finite have no place on a logarithmic axis
        y = [r.get(key, math.nan) if 0 < r.get(key, math.nan) < math.inf else math.nan for r in history]
        axes.plot(steps, y, label="all" if key == "norm" else key[4:], linewidth=2 if key == "norm" else 1)
    for word, mark in (("skipped", "x"), ("clipped", ".")):
        marked = [r for r in history if r.get(word) and 0 < r["norm"] < math.inf]
        if marked:
            axes.plot([r["step"] for r in marked], [r["norm"] for r in marked], mark, color="black", label=word)
    axes.set_yscale("log")
    axes.set_xlabel("step")
    axes.set_ylabel("norm of the gradient")
    if keys:
        axes.legend(fontsize=8)
    if path is not None:
        figure.savefig(path, dpi=110)
    return figure


def progress(iterable, **options):
    """`iterable` with tqdm's progress bar where tqdm is installed, as it is where it is not.

    Parameters
    ----------
    iterable : iterable
    **options
        For ``tqdm.tqdm``: desc, total, disable, ...

    Returns
    -------
    iterable

    Examples
    --------
    >>> from dualad import monitor
    >>> sum(monitor.progress([1, 2, 3], disable=True))
    6
    """
    if importlib.util.find_spec("tqdm") is None:
        return iterable
    from tqdm import tqdm

    return tqdm(iterable, **options)
