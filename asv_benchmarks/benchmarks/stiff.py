"""Stiff systems of chemistry, for scipy_adapters.py and the tests: three equations, and many along a line."""

from __future__ import annotations

import numpy as np

__all__ = ["NEIGHBOURS", "STIFF", "brusselator", "robertson"]

CELLS = 60  # of the line; two substances in each
PLACES = np.arange(1, CELLS + 1) / (CELLS + 1)


def robertson(t, y):
    """Three reactions whose rates differ by nine orders of magnitude (Robertson 1966)."""
    slow, fast = 0.04 * y[0] - 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
    return np.stack([-slow, slow - fast, fast])


def brusselator(t, y):
    """Two substances that react and diffuse along a line, ends held (Hairer and Wanner, Solving ODEs II, problem BRUSS)."""
    u, v = y[0::2], y[1::2]
    rate = 0.02 * (CELLS + 1) ** 2
    out = np.zeros_like(y)
    reaction = u * u * v
    out[0::2] = 1.0 + reaction - 4.0 * u - 2.0 * rate * u
    out[1::2] = 3.0 * u - reaction - 2.0 * rate * v
    for place, w, end in ((0, u, 1.0), (1, v, 3.0)):
        out[place + 2::2] += rate * w[:-1]
        out[place:-2:2] += rate * w[1:]
        out[place] += rate * end
        out[place - 2] += rate * end
    return out


# name -> (right-hand side, span, start, relative tolerance, absolute tolerance)
STIFF = {
    "Robertson, 3 unknowns": (robertson, (0.0, 1e5), np.array([1.0, 0.0, 0.0]), 1e-6, 1e-10),
    "Brusselator, 120 unknowns": (brusselator, (0.0, 10.0), np.stack([1.0 + np.sin(2 * np.pi * PLACES), np.full(CELLS, 3.0)], 1).ravel(),
                                  1e-6, 1e-8),
}

_HALF = np.arange(2 * CELLS) // 2
# where the Jacobian of the Brusselator is not zero: both substances of a place, the same substance beside it
NEIGHBOURS = (_HALF[:, None] == _HALF) | (np.abs(np.subtract.outer(np.arange(2 * CELLS), np.arange(2 * CELLS))) == 2)
