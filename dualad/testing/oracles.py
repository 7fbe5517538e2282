"""Derivatives found without derivative rules: extrapolated differences and the complex step.

Both look at the plain function only, so they share no code with any mode.  Differences say
how far they can be trusted; where they cannot (a kink, a pole nearby), they say so.
May import: numpy.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

__all__ = ["Estimate", "complex_step", "differences", "second_differences", "unreliable"]

ROWS = 9
SHRINK = 2.0
EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)


class Estimate(NamedTuple):
    """A derivative and a bound on its error that is usually generous; NaN: unknown."""

    value: np.ndarray
    error: np.ndarray


def quiet(phi, t):
    """phi(t) as a float64 array, without a word about overflow and invalid values."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(phi(t), dtype=np.float64)


def differences(phi, step, eps=EPS):
    """First derivative at t = 0 of phi(t) by Ridders' extrapolation of central differences.

    Parameters
    ----------
    phi : callable
        From one real number (or an array of steps, entry by entry) to an array.
    step : float or array
        Largest step; it is halved eight times.
    eps : float
        Rounding unit of phi's values.

    Returns
    -------
    Estimate
        Entry by entry, from the best place in the extrapolation table.

    Notes
    -----
    C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Adv. Eng. Software 4 (1982) 75-76.
    """
    def quotient(h):
        hi, lo = quiet(phi, h), quiet(phi, -h)
        with np.errstate(all="ignore"):
            # halves first: a difference may overflow where the quotient does not
            return (0.5 * hi - 0.5 * lo) / h, np.maximum(np.abs(hi), np.abs(lo)) / h

    return _ridders(quotient, step, eps)


def second_differences(phi, step, center):
    """Second derivative at t = 0 of phi(t) by the same extrapolation of second central differences."""
    def quotient(h):
        hi, lo = quiet(phi, h), quiet(phi, -h)
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(hi), np.maximum(np.abs(lo), np.abs(center)))
            return ((hi - center) + (lo - center)) / h / h, 4.0 * size / h / h

    return _ridders(quotient, step, EPS)


def _ridders(quotient, step, eps):
    """The extrapolation table; quotient(h) returns an approximation even in h, and size/h for its rounding error."""
    above = []
    best = error = None
    h = np.asarray(step, dtype=np.float64)
    with np.errstate(all="ignore"):
        for row in range(ROWS):
            first, size = quotient(h)
            noise = 2.0 * eps * size
            entries, factor = [first], 1.0
            if best is None:
                best, error = first, np.full(np.shape(first), np.inf)
            for k in range(row):
                factor *= SHRINK * SHRINK
                new = entries[k] + (entries[k] - above[k]) / (factor - 1.0)
                guess = np.maximum(np.abs(new - entries[k]), np.abs(new - above[k])) + noise
                better = guess < error
                best, error = np.where(better, new, best), np.where(better, guess, error)
                entries.append(new)
            above, h = entries, h / SHRINK
        return Estimate(best, error)


def safe_step(phi, step, center):
    """`step`, made smaller until phi is finite around zero wherever it is finite at zero (best effort)."""
    finite = np.isfinite(center)
    for _ in range(12):
        with np.errstate(all="ignore"):
            if all(np.isfinite(quiet(phi, s * step)[finite]).all() for s in (1.0, -1.0, 0.5, -0.5)):
                return step
        step = step / 8.0
    return step


def kinked(phi, step, center):
    """Where one-sided slopes at zero differ for every step: the derivative does not exist there.

    The second difference over h falls with h for a smooth function and stays for a kink.
    """
    sizes = []
    for h in (step, step / 16.0, step / 256.0):
        with np.errstate(all="ignore"):
            hi, lo = quiet(phi, h), quiet(phi, -h)
            gap = np.abs((hi - center) + (lo - center)) / h
            noise = 8.0 * EPS * np.maximum(np.abs(hi), np.maximum(np.abs(lo), np.abs(center))) / h
            sizes.append((gap, noise))
    (wide, _), (middle, _), (narrow, noise) = sizes
    with np.errstate(all="ignore"):
        return ~(narrow <= noise) & ~((middle < 0.5 * wide) & (narrow < 0.5 * middle))


def complex_step(phi, center):
    """First derivative at t = 0 as Im phi(ih)/h, or None where the function does not take complex numbers.

    Right to rounding for analytic functions (W. Squire and G. Trapp, SIAM Rev. 40 (1998) 110-112);
    a function that is not analytic gives nonsense, so the result must be compared before it is used.
    """
    h = 1e-30
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            y = np.asarray(phi(complex(0.0, h)))
        except Exception:
            # any exception means that complex numbers are not taken: the plain call has succeeded before
            return None
        if y.dtype.kind != "c" or np.shape(y) != np.shape(center):
            return None
        same = np.abs(y.real - center) <= 1e-9 * np.abs(center) + TINY
        return np.where(same | ~np.isfinite(center), y.imag / h, np.nan)


def unreliable(phi, step, center, first, again=differences):
    """Where differences say nothing: a kink at zero, or other steps tell another story than `first`.

    `step` is 1/64 of the step of `first`.  An estimated error is small by accident once in many
    thousand times; three more looks at other steps find out.
    """
    other = kinked(phi, step, center)
    for look in (again(phi, factor * step) for factor in (64.0 / 3.0, 64.0 / 9.0, 1.0)):
        with np.errstate(all="ignore"):
            other |= ~(np.abs(look.value - first.value) <= 4.0 * (look.error + first.error))
    return other
