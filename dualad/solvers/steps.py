"""The accepted steps of a plain solution, gone over again with values that carry derivatives (any levels, tapes among them).

Explicit Runge-Kutta methods: the same stages with the same step sizes, so that derivatives are those of the computed numbers with
the steps held. Implicit methods: Radau IIA (order 5) on the grid of a plain solution by SciPy's Radau, the output times added; the
stage equations are solved to rounding, and one step of Newton's method for each order carries the derivatives.
May import: nest, ode, core, errors, numpy, scipy.
"""

from __future__ import annotations

import bisect

import numpy as np
from scipy.integrate import DOP853, solve_ivp

from ..core.operands import primal
from ..errors import SolverError
from . import nest
from .ode import check

__all__ = ["explicit", "implicit"]

S6 = 6.0 ** 0.5
C = np.array([(4 - S6) / 10, (4 + S6) / 10, 1.0])
A = np.array([[(88 - 7 * S6) / 360, (296 - 169 * S6) / 1800, (-2 + 3 * S6) / 225],
              [(296 + 169 * S6) / 1800, (88 + 7 * S6) / 360, (-2 - 3 * S6) / 225],
              [(16 - S6) / 36, (16 + S6) / 36, 1.0 / 9]])
NEWTON = 10


# ---- explicit methods ----


def explicit(problem, method, grid, values):
    """The states at the times, for the accepted steps [(t_old, t, y_old)] of a Runge-Kutta method and its plain results."""
    out, y, f, wanted = [None] * len(problem.times), problem.y0, None, _order(problem.times, grid)
    for k in wanted.pop(-1, ()):
        out[k] = problem.y0
    for number, (t, new, state) in enumerate(grid):
        y = state + (y - primal(y))
        f = problem.whole(t, y) if f is None else f
        K, step = [f], new - t
        for a, c in zip(method.A[1:], method.C[1:], strict=True):
            K.append(problem.whole(t + c * step, y + step * _sum(a, K)))
        after = y + step * _sum(method.B, K)
        f = problem.whole(new, after)
        inside = [k for k in wanted.get(number, ()) if problem.times[k] != new]
        dense = _dense(problem, method, t, step, y, after, [*K, f]) if inside else None
        for k in wanted.get(number, ()):
            out[k] = dense((problem.times[k] - t) / step) if k in inside else after
        y = after
    found = np.stack(out)
    check(problem, found, values, 1e-6 * (np.abs(values) + np.max(np.abs(values), axis=0)) + 1e-300)
    return found


def _sum(weights, K):
    """The stages so far, weighted."""
    out = 0.0
    for a, k in zip(weights, K, strict=False):
        if a:
            out = out + a * k
    return out


def _order(times, grid):
    """{number of a step (-1: the start): numbers of the output times in it}."""
    sign = 1.0 if grid[-1][1] >= grid[0][0] else -1.0
    ends, found = [sign * new for _, new, _ in grid], {}
    for k, t in enumerate(times):
        number = -1 if t == grid[0][0] else bisect.bisect_left(ends, sign * t)
        found.setdefault(min(number, len(grid) - 1), []).append(k)
    return found


def _dense(problem, method, t, step, y, after, K):
    """The method's own interpolant within a step, as a function of the fraction of it."""
    if not issubclass(method, DOP853):
        return lambda x: y + step * _sum(method.P @ np.cumprod(np.full(method.P.shape[1], x)), K)
    K = list(K)
    for a, c in zip(method.A_EXTRA, method.C_EXTRA, strict=True):
        K.append(problem.whole(t + c * step, y + step * _sum(a, K)))
    change = after - y
    F = [change, step * K[0] - change, 2 * change - step * (K[method.n_stages] + K[0]), *(step * _sum(row, K) for row in method.D)]

    def at(x):
        out = 0.0
        for k, part in enumerate(reversed(F)):
            out = (out + part) * (x if k % 2 == 0 else 1 - x)
        return y + out

    return at


# ---- implicit methods ----


def implicit(problem, rtol, atol, **options):
    """The states at the times, for stiff systems."""
    times, lean = problem.times, problem.lean
    far = times[-1] if len(times) else problem.t0
    plain = solve_ivp(lambda t, y: primal(lean(t, y)), (problem.t0, far), primal(problem.y0), "Radau", dense_output=True,
                      rtol=max(float(np.min(rtol)), 3e-14), atol=atol, jac=problem.slope, **options) if far != problem.t0 else None
    if plain is not None and not plain.success:
        raise SolverError(f"{problem.call.name}: the plain solution by Radau, whose steps reverse mode goes over, failed: "
                          f"{plain.message}")
    sign = 1.0 if far >= problem.t0 else -1.0
    grid = np.unique(sign * np.concatenate([[problem.t0], times, plain.t if plain is not None else []])) * sign
    states, y = {float(grid[0]): problem.y0}, problem.y0
    for t, new in zip(grid[:-1], grid[1:], strict=True):
        y = _radau(problem, t, new - t, y, plain.sol)
        states[float(new)] = y
    found = np.stack([states[float(t)] for t in times])
    if plain is not None:
        # not against the values of BDF and LSODA, whose errors may be larger than those of Radau for the same tolerances
        size = np.max(np.abs(problem.values), axis=0, initial=0.0)
        check(problem, found, plain.sol(times).T, 1e3 * (np.asarray(atol) + np.asarray(rtol) * size) + 1e-3 * size)
    return found


def _radau(problem, t, h, y, guess):
    """The state after one step of Radau IIA."""
    n, whole, lean, start = problem.n, problem.whole, problem.lean, primal(y)
    Z = (guess(t + h * C) - guess(t)[:, None]).T

    def stages(rhs, z, y):
        f = np.stack([rhs(t + h * c, y + z[k]) for k, c in enumerate(C)])
        return z - h * (A @ f)

    smallest = np.inf
    for _ in range(NEWTON):
        J = np.stack([problem.slope(t + h * c, start + Z[k]) for k, c in enumerate(C)])
        M = np.eye(3 * n) - h * np.reshape(np.einsum("ij,jkl->ikjl", A, J), (3 * n, 3 * n))
        step = np.reshape(np.linalg.solve(M, np.ravel(primal(stages(lean, Z, start)))), (3, n))
        size = np.max(np.abs(step) / (np.abs(start) + np.abs(Z) + 1e-300), initial=0.0)
        if not size < 0.3 * smallest:
            break
        Z, smallest = Z - step, size
        if size < 1e-13:
            break
    if not smallest < 1e-5:
        raise SolverError(f"{problem.call.name}: the stage equations of a step at t = {t:.6g} could not be solved to rounding for "
                          "reverse mode: tighten rtol, or use forward mode (dualad.jacobian(f, mode='forward'))")
    for _ in range(nest.order(problem.levels)):
        r = stages(whole, Z, y)
        Z = Z - np.reshape(np.linalg.solve(M, np.reshape(r - primal(r), -1)), (3, n))
    return y + Z[2]
