"""Where in the user's code an operation was called, and what its operands were.

A frame belongs to the user unless it is one of dualad's own machinery: operations inside rules and transforms are parts of
an operation that the user called, and only that is named.
May import: core, numpy.
"""

from __future__ import annotations

import linecache
import sys
from typing import NamedTuple

import numpy as np

from ..core.jets import Jet
from ..core.operands import primal

__all__ = ["Label", "Sketch", "caller", "entry", "label", "sketch"]

# An operation called from one of these is part of another one, which was called further out.
MACHINERY = tuple(f"dualad.{name}" for name in (
    "core", "rules", "schedule", "gradients", "directional", "jacobians", "hessians", "operators", "planning", "custom", "calls",
    "inputs"))
# Frames that call on behalf of the one outside them: methods (x.sum() is np.sum(x)), and the hooks of the capturing scope.
BETWEEN = ("numpy", "dualad.core.protocol", "dualad.scope")
KEPT = 1024                         # entries up to which operands are kept whole, to be shown later


def _within(name, packages):
    return any(name == p or name.startswith(p + ".") for p in packages)


def caller():
    """The frame whose line called the operation; None: dualad's machinery did.

    Clients of the API inside dualad (layers of dualad.nn, say) count as the line of the user's that called them, if there is one.
    """
    frame, client = sys._getframe(2), None
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        if not _within(name, BETWEEN):
            if name.partition(".")[0] != "dualad":
                return frame
            if _within(name, MACHINERY):
                return client
            client = client or frame
        frame = frame.f_back
    return client


class Label(NamedTuple):
    """An operation and its place: small enough to be kept for every operation of a run."""

    operation: str
    filename: str | None
    line: int | None
    function: str | None
    shape: tuple

    def __str__(self):
        where = f" -> shape {self.shape}" if self.shape else ""
        if self.filename is None:
            return self.operation + where
        text = linecache.getline(self.filename, self.line).strip()
        return f"{self.operation}{where}, {self.filename}:{self.line} in {self.function}" + (f": {text}" if text else "")


def label(operation, frame, shape=()):
    """The label of an operation that the line of a frame called."""
    if frame is None:
        return Label(operation, None, None, None, shape)
    code = frame.f_code
    return Label(operation, code.co_filename, frame.f_lineno, code.co_name, shape)


class Sketch(NamedTuple):
    """What is remembered of an operand: everything while it is small, its range when it is not."""

    shape: tuple
    low: float
    high: float
    values: np.ndarray | None

    def __str__(self):
        shown = "" if self.values is None else np.array2string(
            self.values.reshape(-1) if self.shape else self.values, threshold=6, edgeitems=3, precision=6)
        if not self.shape:
            return shown
        return f"shape {self.shape}, from {self.low:.6g} to {self.high:.6g}" + (f": {shown}" if self.values is not None else "")


def sketch(x):
    """A few words' worth of an operand, or None for what is no number."""
    v = np.asarray(primal(x)) if isinstance(x, (Jet, np.ndarray, np.generic, float, int)) else None
    if v is None or v.dtype.kind not in "biuf":
        return None
    if not v.size:
        return Sketch(v.shape, np.nan, np.nan, v)
    with np.errstate(all="ignore"):
        return Sketch(v.shape, float(v.min()), float(v.max()), v.copy() if v.size <= KEPT else None)


def entry(x, shape, index):
    """The number of an operand that met entry `index` of a result of `shape`; None where that is not known."""
    values = x.values if isinstance(x, Sketch) else x
    if values is None:
        return None
    try:
        return float(np.broadcast_to(values, shape)[index])
    except (ValueError, IndexError, TypeError):
        return None
