"""A plan: the ways to a derivative with predicted costs, the choice, its reason, and what it measures.

May import: schedule, errors, numpy; matplotlib only inside `plot`.
"""

from __future__ import annotations

import random
import statistics
import time
from html import escape

from ..errors import PlanError

__all__ = ["Plan"]

WANTS = ("gradient", "jacobian", "hessian", "hvp")


class Plan:
    """What `dualad.plan` returns: printed it explains itself, and `jacobian` and `hessian` accept it.

    Attributes
    ----------
    want, mode, reason : str
        The derivative, the chosen way and why.
    ways : list
        The alternatives, cheapest first by prediction: `.mode`, `.seconds`, `.note`, `.load` (`.operations`, `.bytes`, `.passes`).
    inputs, outputs, instructions, saved : int
        Entries in and out, steps of the recorded run, bytes that a backward sweep needs of it.
    measured : dict
        Seconds of each mode, once `measure()` was called.
    """

    def __init__(self, want, ways, run, *, mode, facts, shapes, chunk, memory):
        self.want, self.ways, self._run = want, ways, run
        self.mode = ways[0].mode if mode is None else mode
        self.inputs, self.outputs, self.instructions, self.saved, self.name = facts
        self.shapes, self.chunk, self.memory, self.measured = shapes, chunk, memory, {}
        self.reason = self._reason(mode)

    def _reason(self, asked):
        chosen = self.chosen
        if asked is not None:
            return f"mode={asked!r} was asked for" + (f"; {self.ways[0].mode} was predicted to be cheapest"
                                                     if asked != self.ways[0].mode else "")
        others = [w for w in self.ways if w is not chosen]
        if not others:
            return f"{chosen.note}; there is no other way"
        factor = others[0].seconds / max(chosen.seconds, 1e-12)
        compared = "as fast as" if factor < 1.05 else f"{factor:.1f} times as fast as"
        return f"{chosen.note}; predicted {compared} {others[0].mode}"

    def settings(self, mode, modes, want):
        """Mode, chunk and memory for a transform; a `mode` other than "auto" overrules the plan's."""
        mode = self.mode if mode == "auto" else mode
        if self.want != want or mode not in modes:
            raise PlanError(f"{want}(plan=...) was given a plan for a {self.want} by mode {self.mode!r}: make one with "
                            f"dualad.plan(f, *args, want={want!r})")
        return mode, self.chunk, self.memory

    def check(self, leaves):
        """Raise unless the arguments have the shapes that the plan was made for."""
        found = [tuple(getattr(x, "shape", ())) for x in leaves]
        if found != self.shapes:
            raise PlanError(f"the plan was made for arguments of shapes {self.shapes}, found {found}: make one with dualad.plan "
                            "for these arguments")

    @property
    def chosen(self):
        """The alternative that runs."""
        return next(w for w in self.ways if w.mode == self.mode)

    def measure(self, seconds=0.2):
        """Time the alternatives in turn, each for about `seconds` and at least twice; returns {mode: seconds}, medians.

        Alternatives predicted to take more than a hundred times as long as the best are left out.
        """
        limit = 100 * min(w.seconds for w in self.ways)
        modes = [w.mode for w in self.ways if w.seconds <= limit]
        taken = {mode: [_time(self._run, mode)] for mode in modes}
        until = time.perf_counter() + seconds * len(modes)
        rounds, order = 0, random.Random(len(modes))
        while time.perf_counter() < until and rounds < 25:
            # in turn, so that a busy machine treats all alike, in another order each time (memory that one frees serves the
            # next); the slow ones less often
            for mode in order.sample(modes, len(modes)):
                if rounds == 0 or sum(taken[mode][1:]) < seconds:
                    taken[mode].append(_time(self._run, mode))
            rounds += 1
        self.measured = {mode: statistics.median(t[1:] or t) for mode, t in taken.items()}
        return dict(self.measured)

    def regret(self):
        """Time of the chosen mode over that of the best measured one."""
        if not self.measured:
            self.measure()
        return self.measured[self.mode] / min(self.measured.values()) if self.mode in self.measured else float("inf")

    def _rows(self):
        for way in self.ways:
            taken = self.measured.get(way.mode)
            yield ("->" if way.mode == self.mode else "", way.mode, str(way.load.passes), _short(way.load.operations),
                   _bytes(way.load.bytes), _seconds(way.seconds), "" if taken is None else _seconds(taken), way.note)

    def __str__(self):
        head = (f"{self.want} of {self.name}: {self.inputs} in, {self.outputs} out; "
                f"{self.instructions} instructions, {_bytes(self.saved)} saved for a backward sweep")
        titles = ("", "mode", "passes", "operations", "bytes", "predicted", "measured" if self.measured else "", "")
        rows = [titles, *self._rows()]
        width = [max(len(r[k]) for r in rows) for k in range(8)]
        lines = []
        for r in rows:
            cells = [r[k].ljust(width[k]) if k < 2 else r[k].rjust(width[k]) for k in range(7) if width[k] or k == 0]
            lines.append("  ".join([*cells, r[7]]).rstrip())
        return "\n".join([head, *lines, f"{self.mode}: {self.reason}"])

    __repr__ = __str__

    def _repr_html_(self):
        rows = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in r) + "</tr>" for r in self._rows())
        titles = "".join(f"<th>{t}</th>" for t in ("", "mode", "passes", "operations", "bytes", "predicted", "measured", ""))
        return (f"<p><b>{escape(self.want)}</b> of {escape(self.name)}: {self.inputs} in, {self.outputs} out, "
                f"{self.instructions} instructions</p><table><tr>{titles}</tr>{rows}</table><p><b>{escape(self.mode)}</b>: "
                f"{escape(self.reason)}</p>")

    def plot(self, ax=None):
        """Bars of predicted (and measured) seconds, on matplotlib axes; returns the axes."""
        import matplotlib.pyplot as plt  # half a second to import, and optional

        if ax is None:
            ax = plt.subplots(layout="constrained")[1]
        places = range(len(self.ways))
        ax.barh(list(places), [w.seconds for w in self.ways], 0.4, label="predicted")
        taken = [(k + 0.4, self.measured[w.mode]) for k, w in zip(places, self.ways, strict=True) if w.mode in self.measured]
        if taken:
            ax.barh([k for k, _ in taken], [t for _, t in taken], 0.4, label="measured")
        ax.set_yticks(list(places), [w.mode + (" (chosen)" if w.mode == self.mode else "") for w in self.ways])
        ax.set(xscale="log", xlabel="seconds", title=f"{self.want} of {self.name}")
        # bars of a logarithmic axis have no zero to start from
        ax.set_xlim(left=0.3 * min([w.seconds for w in self.ways] + [t for _, t in taken]))
        ax.xaxis.set_minor_formatter("")
        ax.invert_yaxis()
        ax.legend()
        return ax


def _time(run, mode):
    start = time.perf_counter()
    run(mode)
    return time.perf_counter() - start


def _scaled(x, units, step):
    k = 0
    while abs(x) >= step and k < len(units) - 1:
        x, k = x / step, k + 1
    return f"{x:.0f} {units[k]}".rstrip() if x >= 100 or k == 0 else f"{x:.1f} {units[k]}"


def _short(x):
    return _scaled(x, ("", "k", "M", "G", "T"), 1000)


def _bytes(x):
    return _scaled(x, ("B", "kB", "MB", "GB", "TB"), 1000)


def _seconds(x):
    return _scaled(x * 1e6, ("us", "ms", "s"), 1000)
