"""One fit: exact Jacobian to reach the solution, exact Hessian to finish and to judge it.

`scipy.optimize.least_squares` gets ``dualad.jacobian(residuals)``. Near the solution it stops where the
sum of squares no longer changes, which is about half of the digits a parameter could have; Newton steps
on the sum of squares with the exact Hessian find the zero of its gradient and so the other half.
"""

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import dualad

from .nist import Problem

__all__ = ["Fit", "digits", "fit"]

DIGITS_CERTIFIED = 11.0
TOLERANCE = 4e-16  # least_squares accepts nothing below the machine's epsilon
MAX_STEPS = 30


def digits(got, certified):
    """Return the number of decimal digits on which two values agree, at most the 11 that NIST certifies."""
    error = np.abs(np.asarray(got) - certified) / np.abs(certified)
    with np.errstate(divide="ignore"):
        agreed = -np.log10(error)
    return np.where(np.isfinite(error), np.clip(agreed, 0.0, DIGITS_CERTIFIED), 0.0)


@dataclass(frozen=True)
class Fit:
    """A solution of one problem from one of its starting points, with what is judged about it."""

    problem: Problem
    start: int                 # 1 or 2, as in NIST's file
    parameters: np.ndarray
    jacobian: np.ndarray       # of the residuals at the solution
    hessian: np.ndarray        # of the sum of squares at the solution
    rss: float
    iterations: int            # evaluations of the Jacobian by least_squares
    newton: int                # Newton steps after that
    seconds: float

    @property
    def variance(self):
        """Estimated variance of one observation."""
        return self.rss / self.problem.freedom

    @cached_property
    def covariance(self):
        """Covariance of the parameters from first derivatives, s^2 inv(J'J): the definition NIST certifies."""
        scale = np.linalg.norm(self.jacobian, axis=0)
        root = np.linalg.inv(np.linalg.qr(self.jacobian / scale, mode="r")) / scale[:, None]
        return self.variance * root @ root.T

    @cached_property
    def covariance_hessian(self):
        """Covariance of the parameters from the exact Hessian of the sum of squares, 2 s^2 inv(H)."""
        scale = np.sqrt(np.diag(self.hessian))
        return 2 * self.variance * np.linalg.inv(self.hessian / np.outer(scale, scale)) / np.outer(scale, scale)

    @property
    def deviations(self):
        """Standard deviations of the parameters in NIST's definition."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def deviations_hessian(self):
        """Standard deviations of the parameters from the exact Hessian."""
        return np.sqrt(np.diag(self.covariance_hessian))

    @property
    def digits(self):
        """Digits on which each parameter agrees with the certified value."""
        return digits(self.parameters, self.problem.parameters)


def newton(function, b):
    """Find the zero of the gradient near `b` by full Newton steps; stop when a step is no smaller than the last.

    Returns the best point, the Hessian there and the number of steps.
    """
    derivatives = dualad.value_grad_hess(function)
    last = np.inf
    for step in range(MAX_STEPS):  # noqa: B007 (returned)
        _, gradient, hessian = derivatives(b)
        scale = np.sqrt(np.abs(np.diag(hessian)))
        move = np.linalg.solve(hessian / np.outer(scale, scale), -gradient / scale) / scale
        size = np.max(np.abs(move / b))
        if not size < 0.5 * last:
            break
        b, last = b + move, size
    else:
        raise RuntimeError(f"Newton steps still shrink after {MAX_STEPS}: the last changed a parameter by {size:.1e}")
    return b, hessian, step


def fit(problem, start):
    """Fit one problem.

    Parameters
    ----------
    problem : Problem
        From `dualad.demo.nist.load`.
    start : int
        Which of NIST's starting points to begin at, 1 or 2.

    Returns
    -------
    Fit

    Examples
    --------
    >>> from dualad.demo.fit import fit
    >>> from dualad.demo.nist import load
    >>> fit(load("Misra1a"), start=1).parameters.round(4).tolist()
    [238.9421, 0.0006]
    """
    from scipy.optimize import least_squares  # 100 ms, and only needed here

    began = time.perf_counter()
    jacobian = dualad.jacobian(problem.residuals)
    with np.errstate(over="ignore"):  # trial steps from distant starts overflow exp; the solver rejects them
        found = least_squares(
            problem.residuals, problem.starts[start - 1], jac=jacobian, method="lm", x_scale="jac",
            xtol=TOLERANCE, ftol=TOLERANCE, gtol=TOLERANCE, max_nfev=2000,
        )
    b, hessian, steps = newton(lambda b: np.sum(problem.residuals(b) ** 2), found.x)
    return Fit(
        problem=problem, start=start, parameters=b, jacobian=jacobian(b), hessian=hessian,
        rss=float(np.sum(problem.residuals(b) ** 2)), iterations=found.njev, newton=steps,
        seconds=time.perf_counter() - began,
    )
