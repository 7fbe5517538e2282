"""Solutions of equations, differentiated by the implicit function theorem.

Newton's step on numbers that carry derivatives gives one more order of them, with the plain Jacobian: no operand has to be known,
so that values hidden in closures count, and every mode and every nesting is served by the same lines.
May import: core, functions, nest, errors, numpy.
"""

from __future__ import annotations

import numpy as np

from ..core.operands import plain, primal
from ..directional import jvp
from ..errors import ComplexError, InputError, SolverError
from .functions import Function, jacobian
from .nest import nest, order

__all__ = ["implicit_root", "solved"]

STEPS = 12
LARGEST = 5000      # unknowns: the Jacobian is dense
SINGULAR = 1e13     # condition number of the equilibrated Jacobian
NEAR = 1e-3         # how far, relatively, the solver may have stopped from the solution


def implicit_root(residual, solution, *params):
    """The solution x of ``residual(x, *params) = 0``, found by any means, with its derivatives in the parameters.

    Parameters
    ----------
    residual : callable
        ``residual(x, *params)``, as many numbers as `x` has. Values with derivatives may also be in its closure.
    solution : float or array
        A solution for the plain values of the parameters, as a solver gave it. Its own derivatives do not count.
    *params : float, array, or nested tuples, lists, dicts of them
        What the residual depends on besides.

    Returns
    -------
    float or array
        `solution`, bit for bit, carrying derivatives of every order that the running transforms ask for (exactly
        ``-inv(F_x) F_p`` in first order), in forward and reverse mode. They are taken at the solution that Newton's method
        finds from there, so that they do not depend on the solver's tolerance. Outside of transforms: `solution` as it is.

    Raises
    ------
    SolverError
        (RuntimeError) if `solution` is none (Newton's method leads elsewhere or nowhere), or the Jacobian is singular there.
    InputError
        (TypeError) if the residual has another number of entries than `solution`.

    Examples
    --------
    >>> import dualad
    >>> def cube_root(p):
    ...     x = float(dualad.stop_gradient(p)) ** (1 / 3)     # any solver, on plain numbers
    ...     return dualad.implicit_root(lambda x, p: x ** 3 - p, x, p)
    >>> round(float(dualad.grad(cube_root)(8.0)), 12), round(float(dualad.grad(dualad.grad(cube_root))(8.0)), 12)
    (0.083333333333, -0.006944444444)
    """
    if not callable(residual):
        raise InputError(f"implicit_root(residual, solution, *params) takes a function first, found {type(residual).__name__}")
    whole = Function(residual, params)
    return solved(whole, whole.lean, plain(solution), residual, "implicit_root")


def solved(whole, lean, x, asked, owner, entrywise=False):
    """`x` with the derivatives of the solution of whole(x) = 0; `lean`: the same function where only values count.

    `entrywise`: every entry of the residual depends on one entry of x.
    """
    if np.iscomplexobj(x):
        raise ComplexError(f"{owner}: complex solutions are not supported; separate real and imaginary parts")
    x = np.asarray(x, dtype=np.float64)[()]
    first = whole(x)
    _fits(first, x, owner)
    levels = nest(first)
    if not levels:
        return x
    z, matrix = (_entrywise if entrywise else _newton)(lean, x, asked, owner)
    for _ in range(order(levels)):
        r = whole(z)
        r = np.reshape(r, np.shape(x)) if np.shape(r) != np.shape(x) else r
        r = r - primal(r)
        z = z - (r / matrix if np.ndim(matrix) < 2 else _solve(matrix, r))
    return x + (z - primal(z))


def _solve(matrix, r):
    shape = np.shape(r)
    return np.reshape(np.linalg.solve(matrix, np.reshape(r, -1)), shape)


def _fits(r, x, owner):
    if np.size(r) != np.size(x):
        raise InputError(f"{owner}: the equations have {np.size(r)} entries for {np.size(x)} unknowns: a solution is defined "
                         "by as many equations as unknowns")
    if np.size(x) > LARGEST:
        raise SolverError(f"{owner}: {np.size(x)} unknowns; the Jacobian is made as a dense matrix, for at most {LARGEST}")


def _newton(lean, x, asked, owner):
    """The solution near x to rounding, and the plain Jacobian there (a number for one unknown)."""
    def at(z):
        value, matrix = map(primal, jacobian(lean, z, asked, owner))
        _regular(matrix, owner, z)
        return np.reshape(value, -1), matrix

    z, matrix = _iterate(at, x, lambda m, v: np.linalg.solve(m, v), owner,
                         lambda a, b: np.abs(np.linalg.solve(a, b - a)).sum(-1).max(initial=0.0))
    return z, matrix if np.ndim(x) else matrix[0, 0]


def _entrywise(lean, x, asked, owner):
    """The same for equations of one unknown each: the diagonal."""
    def at(z):
        value, slope = jvp(lean, (z,), (np.ones_like(z),))
        value, slope = (np.reshape(primal(v), -1) for v in (value, slope))
        if not np.all(np.isfinite(slope)) or not np.all(slope):
            raise _singular(owner, f"its derivative there is {slope}")
        return value, slope

    z, slope = _iterate(at, x, lambda m, v: v / m, owner, lambda a, b: np.abs((b - a) / a).max(initial=0.0))
    return z, np.reshape(slope, np.shape(x))


def _iterate(at, x, solve, owner, change):
    """Newton's method from a solver's solution: to rounding, or an error."""
    z, sizes, matrices = x, [], []
    for _ in range(STEPS):
        value, matrix = at(z)
        matrices.append(matrix)
        step = solve(matrix, value)
        size, scale = (float(np.max(np.abs(v), initial=0.0)) for v in (step, z))
        if not np.isfinite(size):
            raise SolverError(f"{owner}: the equations are not finite at the solution, or their Jacobian is not")
        small = np.abs(value) <= 1e-13 * (np.abs(matrix) @ np.abs(np.reshape(z, -1)) if matrix.ndim > 1
                                          else np.abs(matrix * np.reshape(z, -1)))
        done = size <= 1e-15 * scale or not size
        if done or sizes and size > 0.25 * sizes[-1]:
            done = done or bool(np.all(small)) or size <= 1e-8 * scale or size <= 1e-3 * sizes[0]
            break
        sizes.append(size)
        z = z - np.reshape(step, np.shape(z))
    moved = float(np.max(np.abs(z - x), initial=0.0))
    scale = float(np.max(np.abs(z), initial=0.0))
    if not done or moved > NEAR * scale + 1e-6:
        raise SolverError(f"{owner}: did not converge: the point that the solver returned is no solution to which Newton's method "
                          f"leads (the equations there ask for steps of {sizes[0] if sizes else size:.2g}, |x| is {scale:.2g}); "
                          "tighten its tolerances, or give it another start; where the Jacobian is singular at the solution "
                          "there is no derivative")
    if len(matrices) > 1 and moved <= NEAR * max(scale, 1e-3) and change(matrices[0], matrices[-1]) > 0.4 + 100 * moved:
        raise _singular(owner, "it changes as much as it is within the tolerance of the solver")
    return z, matrices[-1]


def _singular(owner, why):
    return SolverError(f"{owner}: the Jacobian of the equations is singular at the solution ({why}): the solution there is "
                       "not a differentiable function of the parameters (a multiple root, or more than one solution)")


def _regular(matrix, owner, z):
    """Raise for a matrix that is singular, however its rows and columns are scaled."""
    if not np.all(np.isfinite(matrix)):
        raise SolverError(f"{owner}: the Jacobian of the equations is not finite at the solution {z!s:.60}")
    scaled = matrix
    for axis in (1, 0):
        largest = np.max(np.abs(scaled), axis=axis, keepdims=True, initial=0.0)
        if not np.all(largest):
            raise _singular(owner, f"{'row' if axis else 'column'} {int(np.argmin(largest))} is zero")
        scaled = scaled / largest
    condition = np.linalg.cond(scaled) if scaled.size else 1.0
    if not condition < SINGULAR:
        raise _singular(owner, f"condition number {condition:.1e}")
