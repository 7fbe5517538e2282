"""`check_gradients`: the gradient of a function of many parameters against central differences of a few entries of each.

The differences are what is trusted, as far as their own error allows: entries that disagree are looked at again by
extrapolation, which comes with an error estimate, and one-sided differences tell kinks from errors.
May import: api, errors, inputs, monitor, trees, numpy and its siblings.
"""

from __future__ import annotations

import functools
import math
import warnings
from dataclasses import dataclass, field

import numpy as np

from .. import api
from ..errors import InputError, OutputError
from ..inputs import as_input
from ..monitor.anomaly import BroadcastWarning, anomalies
from ..trees import flatten, unflatten
from .diagnosis import SAME, diagnose
from .oracles import differences, quiet
from .report import DerivativeMismatch

__all__ = ["GradientCheckWarning", "GradientMismatch", "GradientReport", "ParameterCheck", "check_gradients"]

ROUND64, ROUND32 = float(np.finfo(np.float64).eps), float(np.finfo(np.float32).eps)
# (excellent, acceptable), relative. Doubles: central differences are right to about u^(2/3) = 4e-11 of the function's own size,
# which leaves a margin of 10^3 for sums. A float32 gradient has rounding errors of its own, 6e-8 for each of some thousand
# terms; a function that computes in float32 limits the differences to u^(2/3) = 2e-5 of its size.
LIMITS = {"float64": (1e-7, 1e-5), "float32 gradient": (1e-4, 1e-2), "float32 function": (1e-3, 3e-2)}
FLOOR = 1e-8        # in the denominator of relative errors
TRUST = 8.0         # estimated errors of the differences that a disagreement may take
BLIND = 1e-3        # a relative error of the differences above which they decide nothing
ALL_ENTRIES = 4000  # parameters up to which a gradient without rules is found entry by entry, to name what is wrong


class GradientCheckWarning(UserWarning):
    """A gradient check could not look everywhere: a kink, a stochastic function, a suspicious broadcast."""


class GradientMismatch(DerivativeMismatch):
    """A gradient disagrees with differences of its function; `report` has all that was found."""

    def __init__(self, message, report, **facts):
        super().__init__(message, law="gradient against central differences", **facts)
        self.report = report


@dataclass
class ParameterCheck:
    """What was found for one parameter: its worst entry with both numbers, and a verdict.

    `verdict` is "excellent", "acceptable", "bug", "kink" (all that was wrong lies at kinks) or "undecided".
    """

    name: str
    shape: tuple
    checked: int = 0
    index: tuple | None = None
    analytic: float = math.nan
    numeric: float = math.nan
    error: float = 0.0
    verdict: str = "excellent"
    kinks: list = field(default_factory=list)
    undecided: int = 0
    diagnosis: str = ""

    def __str__(self):
        text = f"{self.name} {self.shape}: {self.verdict}"
        if self.index is not None:
            text += (f", worst entry {list(self.index)}: gradient {self.analytic:.10g}, differences {self.numeric:.10g}, "
                     f"relative error {self.error:.2e}")
        text += f" ({self.checked} entries checked)"
        return text + (f"\n    {self.diagnosis}" if self.diagnosis else "")


@dataclass
class GradientReport:
    """What `check_gradients` found; printing it gives one line for each parameter.

    Attributes
    ----------
    name : str
        The function.
    parameters : list of ParameterCheck
        One for each array of the parameters, in order.
    problems : list of str
        What makes the check as a whole fail: a stochastic function, arguments overwritten in place.
    warnings : list of str
        Kinks and suspicious broadcasts.
    precision : str
        "float64", "float32 gradient" or "float32 function": which limits the verdicts take.
    """

    name: str
    parameters: list[ParameterCheck] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    precision: str = "float64"

    @property
    def ok(self):
        """Whether nothing is wrong and something was decided."""
        return not self.problems and all(p.verdict in ("excellent", "acceptable", "kink") for p in self.parameters)

    @property
    def worst(self):
        """The parameter with the largest relative error."""
        return max(self.parameters, key=lambda p: (p.verdict == "bug", p.error))

    def __getitem__(self, name):
        """The check of a parameter, by its path: ``report["['w']"]``, also ``report["w"]``."""
        for p in self.parameters:
            if p.name in (name, f"params{name}", f"params[{name!r}]"):
                return p
        raise KeyError(name)

    def __str__(self):
        excellent, acceptable = LIMITS[self.precision]
        lines = [f"gradient of {self.name}: {'ok' if self.ok else 'not ok'} ({self.precision}: excellent < {excellent:g}, "
                 f"acceptable < {acceptable:g}, bug above)"]
        lines += [f"  problem: {text}" for text in self.problems]
        lines += [f"  {p}" for p in self.parameters]
        lines += [f"  warning: {text}" for text in self.warnings]
        return "\n".join(lines)


def check_gradients(f, params, *, grad=None, samples=20, eps=None, rng=None, strict=True):
    """Check a gradient against central differences in random entries of each parameter.

    Parameters
    ----------
    f : callable
        ``f(params)`` returns one real number. It must give the same number for the same parameters.
    params : float, array, or nested tuples, lists, dicts of them
        Where to check, float64 or float32.
    grad : callable or structure like `params`, optional
        The gradient to check: ``grad(params)`` or its value; `dualad.grad` of `f` by default.
    samples : int
        Entries of each parameter that are checked (all of smaller ones).
    eps : float, optional
        Step, relative to ``max(1, abs(x))``; the cube root of the rounding unit by default, 6e-6 and 5e-3 (functions that
        compute in float32).
    rng : numpy.random.Generator, optional
        Draws the entries; seeded by default.
    strict : bool
        Raise where something is wrong; otherwise the report says so.

    Returns
    -------
    GradientReport
        For each parameter the worst entry, both numbers, the relative error ``|a - n| / (|a| + |n| + 1e-8)`` and a verdict.

    Raises
    ------
    GradientMismatch
        (AssertionError) if an entry disagrees beyond the error of the differences, the function is stochastic, or an argument
        is overwritten; what is wrong is named where it can be recognised.

    Warns
    -----
    GradientCheckWarning
        Where one-sided differences disagree (a kink), and for suspicious broadcasts.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.testing import check_gradients
    >>> x, y = np.linspace(-1, 1, 12).reshape(4, 3), np.array([1.0, 0.0, 2.0, 1.0])
    >>> def loss(p):
    ...     return np.mean((np.tanh(x @ p["w"]) + p["b"] - y) ** 2)
    >>> report = check_gradients(loss, {"w": np.array([0.3, -0.2, 0.5]), "b": 0.1})
    >>> [p.verdict for p in report.parameters]
    ['excellent', 'excellent']
    """
    check = _Check(f, params, samples, eps, np.random.default_rng(20261123) if rng is None else rng)
    report = check.report
    check.function()
    if not report.problems or not check.stochastic:
        check.gradient(grad)
        check.parameters()
    for text in report.warnings if strict else (*report.warnings, *report.problems):
        warnings.warn(text, GradientCheckWarning, stacklevel=2)
    if strict and not report.ok:
        p = report.worst if report.parameters else None
        facts = {} if p is None else {"where": f"{p.name} {p.index}", "found": p.analytic, "wanted": p.numeric}
        raise GradientMismatch(str(report), report, **facts)
    return report


class _Check:
    """One run: the function on copies of its parameters, the gradient, and the comparison."""

    def __init__(self, f, params, samples, eps, rng):
        self.f, self.params, self.samples, self.eps, self.rng = f, params, samples, eps, rng
        found = flatten(params)
        if not found:
            raise InputError("check_gradients: there are no parameters")
        self.names = [f"params{path}" for path, _ in found]
        self.leaves = [as_input(leaf, f"check_gradients: {name}") for name, (_, leaf) in zip(self.names, found, strict=True)]
        self.report = GradientReport(getattr(f, "__name__", type(f).__name__))
        self.stochastic = False

    def copies(self, wide=False):
        return [np.array(v, dtype=np.float64 if wide else None)[()] if np.ndim(v) else (float(v) if wide else v)
                for v in self.leaves]

    def call(self, fn, leaves):
        return fn(unflatten(self.params, leaves))

    def value(self, leaves):
        """f as a float; NaN where it warns and gives none."""
        y = quiet(lambda _: self.call(self.f, leaves), 0.0)
        return float(y.reshape(()))

    # ---- the function itself ----

    def function(self):
        """Two evaluations: is it one number, the same, and are its parameters left alone?"""
        given = self.copies()
        with np.errstate(all="ignore"):
            y = self.call(self.f, given)
        if np.shape(y) != () or np.asarray(y).dtype.kind not in "biuf":
            raise OutputError(f"check_gradients: {self.report.name} must return one real number, found "
                              + (f"shape {np.shape(y)}" if np.shape(y) else f"{type(y).__name__}"))
        self.overwritten(given, "the function")
        again = self.value(self.copies())
        self.center = float(y)
        if again != self.center and not (math.isnan(again) and math.isnan(self.center)):
            self.stochastic = True
            self.report.problems.append(
                f"{self.report.name} is stochastic: two evaluations at the same parameters gave {self.center!r} and {again!r}. "
                "Differences mean nothing then: draw noise and dropout masks once, outside, or make the generator inside with a "
                "fixed seed; if nothing is drawn, it keeps state between calls")
        elif not math.isfinite(self.center):
            self.report.problems.append(f"{self.report.name} is {self.center} at these parameters: run it within "
                                        "dualad.monitor.anomalies() to see where")
        single = any(np.asarray(v).dtype.itemsize < 8 for v in self.leaves)
        self.wide = self.precise()
        self.report.precision = "float32 function" if not self.wide else "float32 gradient" if single else "float64"
        unit = ROUND64 if self.wide else ROUND32
        self.unit, self.eps = unit, self.eps or unit ** (1 / 3)

    def precise(self):
        """Whether the function computes in double precision when its parameters are doubles."""
        with np.errstate(all="ignore"):
            y = self.call(self.f, self.copies(wide=True))
        return np.result_type(y).itemsize >= 8

    def overwritten(self, given, who):
        """Whether a call changed what it was given."""
        for name, old, new in zip(self.names, self.leaves, given, strict=True):
            if np.asarray(old).tobytes() != np.asarray(new).tobytes():
                index = tuple(map(int, np.argwhere(np.asarray(old) != np.asarray(new))[0]))
                self.report.problems.append(
                    f"{who} overwrites {name} in place (entry {list(index)} was {np.asarray(old)[index]}, is "
                    f"{np.asarray(new)[index]}), so that what is computed later, derivatives too, is of other parameters: write "
                    "w = w - step for w -= step, or work on a copy")

    # ---- the gradient ----

    def gradient(self, grad):
        """Leaves of the gradient to check, and the right one as far as it is known otherwise."""
        self.mine = grad is None
        if self.mine:
            given = self.traced(self.copies())
        elif callable(grad):
            leaves = self.copies()
            given = self.call(grad, leaves)
            self.overwritten(leaves, "the gradient function")
            self.repeated(grad, given)
        else:
            given = grad
        if not self.mine:
            _ = self.exact  # its run notes broadcasts
        found, wanted = flatten(given), flatten(self.params)
        if [p for p, _ in found] != [p for p, _ in wanted]:
            raise GradientMismatch(f"gradient of {self.report.name}: its structure is {[p for p, _ in found]}, the parameters have "
                                   f"{[p for p, _ in wanted]}", self.report)
        self.found = [np.asarray(v) for _, v in found]
        # the errors of differences are judged against the largest entry, not against small ones
        self.size = max((float(np.max(np.abs(v), initial=0.0)) for v in self.found if v.dtype.kind in "biuf"), default=0.0)

    def traced(self, leaves):
        """dualad's own gradient; columns that meet vectors on the way are noted."""
        with warnings.catch_warnings(record=True) as caught, anomalies(nan=False, inf=False):
            warnings.simplefilter("always", BroadcastWarning)
            out = self.call(api.grad(self.f), leaves)
        for w in caught:
            if issubclass(w.category, BroadcastWarning):
                if str(w.message) not in self.report.warnings:
                    self.report.warnings.append(str(w.message))
            else:
                warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
        return out

    def repeated(self, grad, given):
        """A gradient function that changes what it keeps gives another gradient the second time."""
        again = self.call(grad, self.copies())
        for (path, a), (_, b) in zip(flatten(given), flatten(again), strict=False):
            if not np.array_equal(a, b, equal_nan=True):
                self.report.problems.append(
                    f"the gradient function gives another gradient for params{path} when it is called again: it overwrites "
                    "something it keeps in place (a cached activation, an accumulator that is not reset) or draws random numbers")
                return

    @functools.cached_property
    def exact(self):
        """dualad's gradient in double precision, if there is one."""
        try:
            return [np.asarray(v, dtype=np.float64) for _, v in flatten(self.traced(self.copies(wide=self.wide)))]
        except Exception:
            # the user's function need not be one that dualad can run: the check itself does not depend on it
            return None

    @functools.cached_property
    def right(self):
        """The right gradient as a whole, to name what is wrong with another one; None where it is not known."""
        if self.exact is not None:
            return self.exact
        if sum(np.size(v) for v in self.leaves) > ALL_ENTRIES:
            return None
        return [np.reshape([self.central(k, i)[0] for i in range(np.size(v))], np.shape(v)) for k, v in enumerate(self.leaves)]

    # ---- differences ----

    def phi(self, k, i):
        """t -> f with entry i of leaf k moved by t, and the size of a step there."""
        x = float(np.reshape(self.leaves[k], -1)[i])

        def moved(t):
            leaves = self.copies(wide=self.wide)
            if np.ndim(leaves[k]):
                leaves[k].reshape(-1)[i] = x + t
            else:
                leaves[k] = x + t if self.wide else np.asarray(leaves[k]).dtype.type(x + t)
            return self.value(leaves)

        return moved, self.eps * max(1.0, abs(x))

    def central(self, k, i):
        """Central difference, both one-sided ones and how much rounding is in them."""
        phi, h = self.phi(k, i)
        x = float(np.reshape(self.leaves[k], -1)[i])
        kind = np.float64 if self.wide else np.float32
        up, down = float(kind(x + h)) - x, x - float(kind(x - h))
        hi, lo = phi(h), phi(-h)
        return ((hi - lo) / (up + down), (hi - self.middle) / up, (self.middle - lo) / down,
                4 * self.unit * max(abs(hi), abs(lo)) / h)

    @functools.cached_property
    def middle(self):
        """The value that differences are taken from: in double precision, where the function computes in it."""
        return self.value(self.copies(wide=self.wide))

    def kink(self, k, i, plus, minus, noise):
        """Whether the slope jumps within the step: its jump falls in proportion to the step where the function is smooth."""
        gap = abs(plus - minus)
        if not gap > 16 * noise + 1e-6 * (abs(plus) + abs(minus)):
            return False
        phi, h = self.phi(k, i)
        c = self.middle
        small = abs((phi(h / 4) - c) / (h / 4) - (c - phi(-h / 4)) / (h / 4))
        return not 2.5 < gap / (small + 1e-300) < 6.0

    def parameters(self):
        """Compare parameter by parameter."""
        excellent, acceptable = LIMITS[self.report.precision]
        for k, (name, leaf, a) in enumerate(zip(self.names, self.leaves, self.found, strict=True)):
            p = ParameterCheck(name, np.shape(leaf))
            self.report.parameters.append(p)
            if a.shape != p.shape or a.dtype.kind not in "biuf":
                p.verdict, p.error = "bug", math.inf
            else:
                for i in self.entries(np.size(leaf)):
                    self.compare(p, k, int(i), float(a.reshape(-1)[i]), excellent)
                if p.undecided and p.undecided == p.checked:
                    p.verdict, p.diagnosis = "undecided", self.hidden()
                else:
                    self.doubt(p)
                    p.verdict = "excellent" if p.error < excellent else "acceptable" if p.error < acceptable else "bug"
            if p.verdict == "bug":
                p.diagnosis = self.diagnosis(k, a)
            if p.kinks:
                p.verdict = "kink" if p.index is None and not p.undecided else p.verdict
                self.bent(p)

    def hidden(self):
        """What to do where differences decide nothing."""
        return (f"the value {self.center:.3g} is so large against the gradient that rounding hides what differences could show, or "
                "it changes within the step: leave constant terms out, scale the function, give another eps")

    def doubt(self, p):
        """Say so where some entries were not decided."""
        if p.undecided:
            self.report.warnings.append(f"{p.undecided} of {p.checked} entries of {p.name} were not decided: {self.hidden()}")

    def bent(self, p):
        """Say where there are kinks."""
        near = list(map(int, np.unravel_index(p.kinks[0], p.shape)))
        self.report.warnings.append(
            f"{p.name}: one-sided differences disagree in {len(p.kinks)} of {p.checked} entries, the first {near}: the function "
            "has a kink within the step (abs, maximum, relu at 0), where a gradient is one of many; check at another point")

    def entries(self, size):
        return range(size) if size <= self.samples else np.sort(self.rng.choice(size, self.samples, replace=False))

    def compare(self, p, k, i, a, excellent):
        """Enter one entry."""
        n, plus, minus, noise = self.central(k, i)
        p.checked += 1
        error = _relative(a, n)
        kink = self.kink(k, i, plus, minus, noise)
        if kink:
            p.kinks.append(i)
            slack = 1e-4 * (abs(plus) + abs(minus)) + 16 * noise
            if min(plus, minus) - slack <= a <= max(plus, minus) + slack:
                return
        elif not error < excellent:
            n, error, blind = self.again(k, i, a, n)
            if blind:
                p.undecided += 1
                return
        if p.index is None or not error <= p.error:
            p.index, p.analytic, p.numeric = tuple(map(int, np.unravel_index(i, p.shape))), a, n
            p.error = error if error == error else math.inf

    def again(self, k, i, a, n):
        """(differences, relative error, whether they decide nothing) by extrapolation, where the simple ones disagree."""
        phi, h = self.phi(k, i)
        found = differences(phi, 256 * h if self.wide else 4 * h, self.unit)
        value, bound = float(found.value), TRUST * float(found.error)
        if not math.isfinite(value):
            return n, _relative(a, n), False
        error, floor = _relative(a, value), bound / (abs(a) + abs(value) + FLOOR)
        if error <= floor or not math.isfinite(bound):
            # what is left is the error of the differences themselves
            return value, 0.0, not bound <= BLIND * max(self.size, abs(value))
        return value, error, False

    def diagnosis(self, k, a):
        """What is wrong, by name."""
        if self.right is None:
            return ""
        tol = SAME if self.report.precision == "float64" else 1e-3
        others = [(n, g) for j, (n, g) in enumerate(zip(self.names, self.right, strict=True)) if j != k]
        with np.errstate(all="ignore"):
            return diagnose(a, self.right[k], self.leaves[k], tol, others)


def _relative(a, n):
    return abs(a - n) / (abs(a) + abs(n) + FLOOR)
