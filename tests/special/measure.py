"""Derivatives of a function of scipy.special beside those of mpmath: what the accuracy test and its table of bounds are made of."""

from __future__ import annotations

import numpy as np
import scipy.special as sp
from mpmath import mp, mpf

import dualad
from dualad.errors import NoRuleError

EPS = mpf(2) ** -53


def drawn(entry, n, seed):
    """n points of the windows and the points of an entry, as one array for each operand."""
    rng = np.random.default_rng(seed)
    columns = [rng.integers(lo, hi + 1, n) if i in entry.whole else rng.uniform(lo, hi, n) for i, (lo, hi) in enumerate(entry.windows)]
    extra = [p if isinstance(p, tuple) else (p,) for p in entry.points]
    return [np.concatenate([c, np.array([p[i] for p in extra], c.dtype)]) for i, c in enumerate(columns)]


def moved(f, xs, i):
    """f with its derivative in operand i along ones; several results in a list."""
    def slope(*xs):
        given = list(xs)

        def alone(v):
            given[i] = v
            return f(*given)

        return dualad.jvp(alone, (xs[i],), (np.ones_like(xs[i]),))[1]

    return slope


def ours(fn, xs, whole):
    """{(i,) or (i, j): array or tuple of arrays}, by nested forward mode; operands in which it is refused are left out."""
    found = {}
    active = [i for i in range(len(xs)) if i not in whole]
    with np.errstate(all="ignore"):
        for i in active:
            try:
                found[i,] = moved(fn, xs, i)(*xs)
            except NoRuleError:
                continue
            for j in active[: active.index(i) + 1]:
                if (j,) in found:
                    try:
                        found[j, i] = moved(moved(fn, xs, j), xs, i)(*xs)
                    except NoRuleError:
                        continue
    return found


def exact(f, x, key, whole):
    """The derivative of a value at mpf numbers."""
    order = [sum(k == i for k in key) for i in range(len(x))]
    free = [i for i in range(len(x)) if i not in whole]

    def g(*t):
        full = list(x)
        for i, v in zip(free, t, strict=True):
            full[i] = v
        return f(*full)

    return mp.diff(g, tuple(x[i] for i in free), tuple(order[i] for i in free))


def error(f, x, key, whole, got, enough):
    """Error in units of the last place, relative to the derivative's size and to what rounding of the operands does to it."""
    want = exact(f, x, key, whole)
    gap = abs(mpf(float(got)) - want) if np.isfinite(got) else mp.inf
    size = abs(want)
    if gap < mpf(10) ** -25 * abs(f(*x)):
        return 0.0  # what mp.diff leaves of zero
    if gap > enough * size * EPS:
        for i in range(len(x)):
            if i not in whole and x[i] != 0:
                other = [v * (1 + 1024 * EPS) if k == i else v for k, v in enumerate(x)]
                size += abs(exact(f, other, key, whole) - want) / (1024 * EPS)
    return float(gap / (size * EPS)) if gap else 0.0


def worst(name, entry, n, seed, enough=16):
    """{key: (largest error, where)} over points, results and derivatives."""
    fn = getattr(sp, name)
    xs = drawn(entry, n, seed)
    fs = entry.f if isinstance(entry.f, list) else [entry.f]
    table = {}
    # one whole number is given as a number: some functions take no arrays of them
    given = [int(c[0]) if i in entry.whole and len(set(c)) == 1 else c for i, c in enumerate(xs)]
    for key, columns in ours(fn, given, entry.whole).items():
        columns = columns if isinstance(columns, (tuple, list)) else [columns]
        for f, column in zip(fs, columns, strict=True):
            for k in range(len(xs[0])):
                x = [mpf(int(c[k])) if c.dtype.kind == "i" else mpf(float(c[k])) for c in xs]
                e = error(f, x, key, entry.whole, np.broadcast_to(column, xs[0].shape)[k], enough)
                if e >= table.get(key, (-1.0,))[0]:
                    table[key] = e, [float(v) for v in x], float(np.broadcast_to(column, xs[0].shape)[k])
    return table
