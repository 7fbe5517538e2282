"""What is wrong with a hand-written gradient, by name: it is compared with the right one as a whole.

May import: numpy.
"""

from __future__ import annotations

import numpy as np

__all__ = ["diagnose"]

SAME = 1e-6     # relative difference up to which two gradients are taken for equal, where nothing finer is asked


def diagnose(a, g, w, tol=SAME, others=()):
    """A phrase for how the gradient `a` differs from the right one `g` of a parameter `w`; "" where nothing is recognised.

    `others` are (name, right gradient) of the other parameters.
    """
    a, g, w = np.asarray(a), np.asarray(g, dtype=np.float64), np.asarray(w)
    if a.dtype.kind not in "biuf":
        return f"it has dtype {a.dtype}, which is no real number"
    a = a.astype(np.float64)
    if a.size and not np.isfinite(a).all():
        return f"it is not finite in {int((~np.isfinite(a)).sum())} of {a.size} entries: run it within dualad.monitor.anomalies()"
    if a.shape != g.shape:
        return _shape(a, g, tol)
    if not a.any() and g.any():
        return "it is zero everywhere: the parameter is cut off (dead units, a constant copy, or a term that was left out)"
    return _transposed(a, g, tol) or _ratio(a, g, tol) or _added(a, g, w, tol) or _foreign(a, g, tol, others) or _part(a, g, tol)


def _same(a, g, tol):
    if a.shape != g.shape:
        return False
    scale = np.max(np.abs(g), initial=0.0)
    return bool(np.max(np.abs(a - g), initial=0.0) <= tol * scale) and scale > 0


def _shape(a, g, tol):
    """Words for a gradient of another shape than its parameter."""
    head = f"its shape is {a.shape}, the parameter has {g.shape}"
    if a.ndim == g.ndim == 2 and a.shape == g.shape[::-1]:
        right = "and its transpose is right" if _same(a.T, g, tol) else "and its transpose is not right either"
        if 1 in a.shape:
            return f"{head}: numerator layout (a row for a column), {right}: return the gradient in the parameter's own shape"
        return (f"{head}: a transposed product (delta.T @ x for x.T @ delta) or numerator layout, {right}: return it in the "
                "parameter's own shape")
    if a.size == g.size:
        right = "the numbers are right" if _same(a.reshape(g.shape), g, tol) else "the numbers are not right either"
        if a.ndim == g.ndim + 1 and a.shape[0] == 1:
            return f"{head}: numerator layout (a row vector, derivatives of one result side by side), {right}: use its [0]"
        return f"{head}: {right}, reshape it to the parameter's shape"
    extra = a.ndim - g.ndim
    if extra > 0 and a.shape[extra:] == g.shape:
        axes = tuple(range(extra))
        how = next((f"{n}(axis={axes if extra > 1 else 0})" for n in ("sum", "mean")
                    if _same(getattr(a, n)(axis=axes), g, tol)), "")
        found = f"its {how} is right" if how else "neither its sum nor its mean is right"
        return f"{head}: wrong broadcast, the axis along which the parameter was repeated (the batch) is not summed; {found}"
    if a.ndim == 2 and g.ndim == 1 and a.shape[1] == g.size:
        return f"{head}: numerator layout, one row for each of {a.shape[0]} results: multiply by their cotangents and sum"
    try:
        np.broadcast_shapes(a.shape, g.shape)
    except ValueError:
        return f"{head}: they do not fit, so factors of a product are missing or in another order"
    return f"{head}: wrong broadcast, NumPy would repeat it when it is added to the parameter"


def _transposed(a, g, tol):
    if a.ndim >= 2 and a.shape[-1] == a.shape[-2] and _same(np.swapaxes(a, -1, -2), g, tol):
        return ("it is the transpose of the right one: a transposed product (delta.T @ x for x.T @ delta) or numerator layout; "
                "square matrices hide this from shape checks")
    return ""


def _ratio(a, g, tol):
    """Words for a constant factor."""
    scale = np.max(np.abs(g), initial=0.0)
    large = np.abs(g) > 1e-3 * scale
    if not scale or not large.any():
        return ""
    c = float(np.median(a[large] / g[large]))
    if not _same(a, c * g, tol * max(abs(c), 1.0)) or abs(c - 1.0) <= tol:
        return ""
    head = f"it is {c:.10g} times the right one"
    if abs(c + 1) <= tol:
        return f"{head}: the sign is wrong"
    for factor, words in ((2.0, "a factor 2 too much (the 1/2 of the loss, or the derivative of a square)"),
                          (0.5, "a factor 2 is missing (the derivative of a square)")):
        if abs(c / factor - 1) <= tol:
            return f"{head}: {words}; or a mean over 2 entries"
    n = round(abs(c)) if abs(c) > 1 else round(1 / abs(c)) if c else 0
    if n > 1 and abs(abs(c) * (1 / n if abs(c) > 1 else n) - 1) <= tol:
        sign = " and the sign is wrong" if c < 0 else ""
        if abs(c) > 1:
            return f"{head}: a missing 1/N with N = {n} (the loss is a mean, the gradient was summed){sign}"
        return f"{head}: one 1/N too many with N = {n} (the mean was taken twice, or the loss is a sum){sign}"
    return f"{head}: a constant factor is wrong"


def _added(a, g, w, tol):
    """Words for a difference that is a multiple of the parameter."""
    if w.shape != g.shape or not w.any():
        return ""
    rest, w = a - g, w.astype(np.float64)
    c = float(np.vdot(rest, w) / np.vdot(w, w))
    if np.max(np.abs(rest), initial=0.0) > tol * np.max(np.abs(g), initial=0.0) and _same(rest, c * w, 1e-4):
        return f"it differs from the right one by {c:.6g} times the parameter: weight decay {'too much' if c > 0 else 'is missing'}"
    return ""


def _foreign(a, g, tol, others):
    for name, other in others:
        if _same(a, np.asarray(other, dtype=np.float64), tol):
            return f"it is the gradient of {name}"
    if a.ndim and a.shape[0] > 1 and _same(a[::-1], g, tol):
        return "it is the right one in reverse order along axis 0"
    return ""


def _part(a, g, tol):
    """Words for where they differ, when they agree elsewhere."""
    wrong = np.abs(a - g) > tol * np.max(np.abs(g), initial=0.0)
    if not a.ndim or wrong.all() or not wrong.any():
        return ""
    for axis in range(a.ndim):
        others = tuple(k for k in range(a.ndim) if k != axis)
        lines = wrong.any(axis=others)
        if lines.sum() <= max(1, len(lines) // 4) and len(lines) > 3:
            return f"it is right but for entries {np.flatnonzero(lines).tolist()[:6]} along axis {axis}"
    return f"it is right in {int((~wrong).sum())} of {wrong.size} entries"
