"""`check_derivatives`: every mode against every other, and against oracles that know no rules.

May import: api, errors, numpy and its siblings.
"""

from __future__ import annotations

import numpy as np

from .oracles import complex_step, differences, safe_step, unreliable
from .problem import Problem, laid_like, steady
from .report import DerivativeMismatch, Report

__all__ = ["ALL_MODES", "check_derivatives", "compare_exact"]

FIRST = {
    "forward": lambda p: p.jacobian(mode="forward"),
    "local": lambda p: p.jacobian(mode="local"),
    "chunked": lambda p: p.jacobian(mode="forward", chunk=max(1, min(3, p.n - 1))),
    "reverse": lambda p: p.jacobian(mode="reverse", chunk=max(1, min(3, p.m - 1))),
    "labelled": lambda p: p.jacobian(mode="labelled"),
    "mixed": lambda p: p.jacobian(mode="mixed"),
}
SECOND = {
    "hyperdual": lambda p: p.hessian(mode="hyperdual"),
    "nested": lambda p: p.hessian(mode="forward"),
    "local": lambda p: p.hessian(mode="local"),
    "chunked": lambda p: p.hessian(mode="hyperdual", chunk=max(1, min(3, p.n - 1))),
    "forward-over-reverse": lambda p: p.hessian(mode="forward-over-reverse"),
    "reverse-over-reverse": lambda p: p.hessian(mode="reverse-over-reverse"),
}
ALL_MODES = ("forward", "hyperdual", "nested", "local", "chunked", "jvp", "diagonal", "reverse", "labelled", "mixed", "vjp",
             "forward-over-reverse", "reverse-over-reverse", "complex", "differences")
COLUMNS = {"order 1": 24, "order 2": 12}  # inputs whose own column is compared with differences; larger problems are sampled
TRUST = 16.0  # how many estimated errors of the differences a disagreement may take


def check_derivatives(f, *args, order=2, modes=ALL_MODES, rtol=None, argnums=None, rng=None):
    """Compare all ways to the derivatives of `f` with each other and with rule-free oracles.

    Parameters
    ----------
    f : callable
        Takes and returns floats, arrays, or nested tuples, lists, dicts of them.
    *args : arguments of `f`
    order : {1, 2}
        Highest derivative to check.
    modes : tuple of str
        What to compare: "forward" (dense directions), "local" (directions kept where they are), "chunked" (a few directions at
        a time), "jvp" (random directions), "reverse" (a few rows at a time), "labelled" (rows kept as
        scaled values), "mixed" (a product over narrow places), "vjp" (random cotangents, called twice), "hyperdual",
        "nested" (forward of forward), "forward-over-reverse", "reverse-over-reverse", "diagonal" (`hessian_diag`), and the
        oracles "complex" (complex step, where `f` takes complex numbers and is analytic) and "differences" (Richardson-
        extrapolated, with an error estimate).
    rtol : float, optional
        Relative tolerance between exact modes; 1e-9, or 1e-3 if an argument is float32.
    argnums : int or tuple of int, optional
        Arguments to differentiate in; all by default.
    rng : numpy.random.Generator, optional
        Draws directions; seeded by default.

    Returns
    -------
    Report
        What was compared, how well it agrees, and where differences are unreliable.

    Raises
    ------
    DerivativeMismatch
        (AssertionError) naming the two modes, the place, both values and the estimated error of the oracle.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.testing import check_derivatives
    >>> report = check_derivatives(lambda x: np.exp(x) * np.sin(x), np.array([0.3, 2.0]))
    >>> report.worst < 1e-12
    True
    """
    unknown = [m for m in modes if m not in ALL_MODES]
    if unknown:
        raise ValueError(f"modes {unknown} are not known: choose from {ALL_MODES}")
    rng = np.random.default_rng(20261123) if rng is None else rng
    before = [np.array(leaf) for leaf in Problem(f, args, argnums).leaves]
    problem = Problem(f, args, argnums)
    rtol = (1e-3 if problem.single else 1e-9) if rtol is None else rtol
    report = Report(problem.name)
    check = _Check(problem, modes, rtol, rng, report)
    check.first()
    if order > 1:
        check.second()
    _intact(problem, before)
    return report


def _intact(problem, before):
    for k, (leaf, old) in enumerate(zip(problem.leaves, before, strict=True)):
        if np.asarray(leaf).tobytes() != old.tobytes():
            raise DerivativeMismatch(f"{problem.name} changed its input {problem.inputs[k][0]}: derivatives are taken at another "
                                     "point than the value", law="inputs intact", where=problem.inputs[k][0])


def compare_exact(report, law, found, wanted, place, rtol, verdict=lambda index: "", error=None, value=0.0):
    """Enter the comparison of two results without estimated error (`error` says how exact they are), or raise.

    Differences below 1e-4 rtol of `value`, the size of the function, are rounding.
    """
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(found), np.abs(wanted))
        finite = np.isfinite(wanted)
        floor = rtol * 1e-3 * np.max(size, initial=0.1 * value, where=finite & np.isfinite(found))
        gap = np.where((found == wanted) | (np.isnan(found) & np.isnan(wanted)), 0.0, np.abs(found - wanted))
        gap = np.where(np.isnan(gap), np.inf, gap)
        bad = gap > rtol * np.where(finite, size, 0.0) + floor
        worst = np.where(gap > 0, gap / np.where(size > floor / rtol, size, floor / rtol + np.finfo(float).tiny), 0.0)
    if not bad.any():
        report.add(law, float(np.max(worst, initial=0.0)), found.size, error)
        return
    index = np.unravel_index(np.argmax(np.where(bad, worst, -1.0)), bad.shape)
    a, b = law.rsplit(": ", 1)[-1].split(" against ")
    where = place(*index)
    raise DerivativeMismatch(
        f"{report.name}: {law} at {where}: {a} gives {found[index]!s}, {b} gives {wanted[index]!s}; difference {gap[index]:.3g}, "
        f"relative {worst[index]:.3g} (tolerance {rtol:.1e}), {int(bad.sum())} of {bad.size} entries disagree{verdict(index)}",
        law=law, where=where, found=float(found[index]), wanted=float(wanted[index]))


class _Check:
    """One run: reference matrices, and the comparisons with them."""

    def __init__(self, problem, modes, rtol, rng, report):
        self.p, self.modes, self.rtol, self.rng, self.report = problem, modes, rtol, rng, report
        self.scale = np.maximum(np.where(np.isfinite(problem.x), np.abs(problem.x), 1.0), 1.0)
        self.eps = problem.precision()

    def method(self, phi, step):
        return differences(phi, step, self.eps)

    def exact(self, law, found, wanted, verdict=lambda index: ""):
        value = np.max(np.abs(self.p.center), initial=0.0, where=np.isfinite(self.p.center))
        compare_exact(self.report, law, found, wanted, self.p.place, self.rtol, verdict, value=value)

    def chosen(self, table):
        return [m for m in self.modes if m in table]

    # ---- first order ----

    def first(self):
        p = self.p
        names = self.chosen(FIRST) or ["forward"]
        self.reference, self.J = names[0], FIRST[names[0]](p)
        for name in names[1:]:
            self.exact(f"order 1: {name} against {names[0]}", FIRST[name](p), self.J, self.side(self.J))
        if "jvp" in self.modes:
            self.directions()
        if "vjp" in self.modes:
            self.cotangents()
        if p.n and p.m:
            self.oracles(p.center, self.J, lambda v: steady(p.path(v), p.center), "order 1", names[0])

    def directions(self):
        """Values and tangents along random directions."""
        p = self.p
        for _ in range(2):
            v = self.rng.uniform(0.5, 2.0, self.p.n) * self.rng.choice([-1.0, 1.0], self.p.n)
            v = v.astype(np.float32).astype(np.float64) if self.p.single else v
            y, t = self.p.jvp(v)
            self.exact("order 0: jvp against plain", y, self.p.center)
            self._sums("jvp", t, self.J, v, lambda row: p.place(row) + " along a random direction")

    def cotangents(self):
        """Values, and pullbacks of random cotangents: the second call of a pullback gives what the first gave."""
        p = self.p
        v, w = self.random(p.m), self.random(p.m)
        y, (first, other, again) = p.vjp([v, w, v])
        self.exact("order 0: vjp against plain", y, p.center)
        for g, direction in ((first, v), (other, w), (again, v)):
            self._sums("vjp", g, self.J.T, direction, lambda column: p.place(None, column) + " for a random cotangent")

    def random(self, n):
        """A direction whose entries are of moderate size, none of them zero."""
        v = self.rng.uniform(0.5, 2.0, n) * self.rng.choice([-1.0, 1.0], n)
        return v.astype(np.float32).astype(np.float64) if self.p.single else v

    def _sums(self, name, found, J, v, place):
        """Products with the reference Jacobian: rounding is relative to the sum of sizes."""
        with np.errstate(all="ignore"):
            # a zero partial contributes nothing, even beside infinity; all of v are nonzero
            terms = np.where(J == 0, 0.0, J * v)
            size = np.abs(terms).sum(axis=1)
            # where nothing is left the directions themselves were rounded
            size = np.where(np.isfinite(size), size, 0.0) + (1.0 if self.p.single else 1e-3) * np.abs(v).max(initial=0.0)
            # lifted by twice that: a sum whose terms are all negative would come to nothing
            compare_exact(self.report, f"order 1: {name} against {self.reference}", found + 2 * size, terms.sum(axis=1) + 2 * size,
                          place, self.rtol)

    def oracles(self, center, J, path, order, name):
        """Complex step (order 1) and differences, column by column; sampled if there are many."""
        columns = range(self.p.n)
        if self.p.n > COLUMNS[order]:
            columns = np.sort(self.rng.choice(self.p.n, COLUMNS[order], replace=False))
        size = np.where(np.isfinite(center), np.abs(center), 0.0)
        for c in columns:
            phi = path(np.eye(1, self.p.n, c)[0])
            if "differences" not in self.modes and not (order == "order 1" and "complex" in self.modes):
                return
            estimate, step = self.estimate(phi, center, self.scale[c])
            if "differences" in self.modes:
                self.inexact(f"{order}: {name} against differences", J[:, c], estimate, int(c), size / self.scale[c],
                             lambda first, phi=phi, step=step: unreliable(phi, step, center, first, self.method))
            if order == "order 1" and "complex" in self.modes:
                self.analytic(phi, center, J[:, c], estimate, int(c), name)

    def estimate(self, phi, center, scale):
        """Differences; where they are poor, once more with smaller steps."""
        step = safe_step(phi, scale / 16.0, center)
        found = self.method(phi, step)
        with np.errstate(all="ignore"):
            poor = ~(found.error <= 1e-7 * np.abs(found.value) + 1e-10 * np.max(np.abs(found.value), initial=0.0,
                                                                              where=np.isfinite(found.value)))
        if poor.any():
            again = self.method(phi, step / 64.0)
            better = again.error < found.error
            found = type(found)(np.where(better, again.value, found.value), np.where(better, again.error, found.error))
        return found, step / 64.0

    def inexact(self, law, exact, estimate, column, natural, doubt):
        """Compare one column with differences, within their estimated error (small against `natural`, value over input)."""
        value, error = estimate
        with np.errstate(all="ignore"):
            size = np.where(np.isfinite(exact), np.maximum(np.abs(exact), np.abs(value)), np.abs(value))
            usable = np.isfinite(value) & np.isfinite(error) & (error <= 1e-3 * size + 1e-8 * np.max(
                size, initial=0.0, where=np.isfinite(size)) + 1e-7 * natural + 1e-300)
            gap = np.where(np.isfinite(exact), np.abs(exact - value), np.inf)
            bad = usable & (gap > TRUST * error + self.rtol * size)
        if bad.any():
            bent = doubt(estimate)
            usable, bad = usable & ~bent, bad & ~bent
        if bad.any():
            row = int(np.argmax(np.where(bad, gap / (size + 1e-300), -1.0)))
            self._mismatch(law, row, column, exact[row], value[row], error[row])
        self._inconclusive(law, ~usable, column)
        if usable.any():
            scale = np.maximum(size, natural) + 1e-300
            gap, error, scale = gap[usable], error[usable], scale[usable]
            self.report.add(law, float(np.max(gap / scale)), len(gap), float(np.max(error / scale)))

    def _mismatch(self, law, row, column, exact, value, error):
        where = self.place(row, column)
        gap = abs(exact - value)
        raise DerivativeMismatch(
            f"{self.report.name}: {law} at {where}: {law.split(': ')[1].split(' against ')[0]} gives {exact!s}, differences give "
            f"{value!s} with estimated error {error:.1e}; difference {gap:.3g}, relative {gap / max(abs(value), 1e-300):.3g}",
            law=law, where=where, found=float(exact), wanted=float(value), error=float(error))

    def place(self, row, column):
        """Rows of the second order are (result, first input)."""
        if law_rows := getattr(self, "pairs", None):
            return self.p.place(row // law_rows, row % law_rows, column)
        return self.p.place(row, column)

    def _inconclusive(self, law, which, column):
        if which.any():
            row = int(np.argmax(which))
            more = f" and {int(which.sum()) - 1} more rows" if which.sum() > 1 else ""
            self.report.inconclusive.append(f"{law}: differences unreliable at {self.place(row, column)}{more}")

    def analytic(self, phi, center, exact, estimate, column, name):
        """Compare with the complex step where differences confirm that it applies."""
        found = complex_step(phi, center)
        law = f"order 1: {name} against complex step"
        if found is None:
            return
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(found), np.abs(estimate.value))
            agrees = np.abs(found - estimate.value) <= TRUST * estimate.error + 1e-9 * size
            agrees &= np.isfinite(found) & (estimate.error <= 1e-4 * size)
        if agrees.any():
            compare_exact(self.report, law, exact[agrees], found[agrees],
                          lambda row: self.p.place(int(np.flatnonzero(agrees)[row]), column), self.rtol)

    def side(self, J):
        """For a disagreement between modes: what the differences say at that place."""
        def verdict(index):
            row, column = index
            phi = steady(self.p.path(np.eye(1, self.p.n, column)[0]), self.p.center)
            value, error = self.estimate(phi, self.p.center, self.scale[column])[0]
            return f"; differences give {value[row]!s} with estimated error {error[row]:.1e}"

        return verdict

    # ---- second order ----

    def second(self):
        p = self.p
        names = self.chosen(SECOND)
        if not names:
            return
        H = SECOND[names[0]](p)
        self.exact(f"order 2: {names[0]} against its transpose", H, np.swapaxes(H, 1, 2))
        for name in names[1:]:
            self.exact(f"order 2: {name} against {names[0]}", SECOND[name](p), H)
        if "diagonal" in self.modes:
            self.exact(f"order 2: diagonal against {names[0]}", p.diagonal(), np.diagonal(H, axis1=1, axis2=2))
        if p.n and p.m and "differences" in self.modes:
            self.pairs = p.n
            center = self.J.reshape(-1)
            self.oracles(center, H.reshape(p.m * p.n, p.n), lambda v: steady(self.slopes(v), center), "order 2", names[0])

    def slopes(self, direction):
        """t -> the Jacobian at x + t direction, flat: its slope is a column of the Hessian."""
        p = self.p

        def phi(t):
            moved, x = [], p.x + t * direction
            start = 0
            for leaf in p.leaves:
                size = int(np.prod(np.shape(leaf)))
                moved.append(laid_like(x[start:start + size], leaf)[()])
                start += size
            return Problem(p.f, p._filled(moved), p.argnums).jacobian(mode="forward").reshape(-1)

        return phi
