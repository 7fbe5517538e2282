"""Uses of exact second derivatives: kinds of stationary points, Gauss-Newton products, the diagonal of the Hessian.

May import: the API. `import dualad` does not load it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .api import hvp, jvp, value_grad_hess, vjp

__all__ = ["StationaryPoint", "classify_stationary", "gauss_newton_product", "hutchinson_diagonal"]


class StationaryPoint(NamedTuple):
    """What `classify_stationary` found."""

    kind: str
    eigenvalues: np.ndarray
    gradient: np.ndarray
    tolerance: float


def classify_stationary(f, x, tolerance=None):
    """The kind of a stationary point, by the eigenvalues of the exact Hessian.

    Parameters
    ----------
    f : callable
        Function of one array that returns a number.
    x : array of float32 or float64, any shape
        A point where the gradient vanishes; the result holds the gradient there, which is for you to judge.
    tolerance : float, optional
        Eigenvalues up to this size count as zero. By default ``10 n eps`` times the largest: that is how far rounding in the
        entries of the Hessian and in `eigvalsh` (which is backward stable) moves them, whatever the scale of `f`.

    Returns
    -------
    StationaryPoint
        With `kind` one of "positive definite" (a strict minimum), "negative definite" (a strict maximum), "indefinite" (a
        saddle; also if other eigenvalues are zero) and "degenerate" (zero eigenvalues and no two signs: second derivatives do
        not decide), the ascending `eigenvalues`, the `gradient` (x's shape) and the `tolerance` used.

    Raises
    ------
    OutputError, InputError, DtypeError
        (TypeError) as for `hessian`.
    ValueError
        if the Hessian is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.curvature import classify_stationary
    >>> classify_stationary(lambda x: x[0] ** 2 + x[1] ** 2 + x[0] * x[1], np.zeros(2)).kind
    'positive definite'
    >>> classify_stationary(lambda x: x[0] ** 2 - x[1] ** 4, np.zeros(2)).kind
    'degenerate'
    """
    _, gradient, h = value_grad_hess(f)(x)
    n = np.size(x)
    h = np.asarray(h).reshape(n, n)
    if not np.isfinite(h).all():
        raise ValueError("classify_stationary: the Hessian has entries that are not finite")
    eigenvalues = np.linalg.eigvalsh(h)
    if tolerance is None:
        tolerance = 10 * n * float(np.finfo(h.dtype).eps) * float(np.abs(eigenvalues).max(initial=0.0))
    up, down = eigenvalues > tolerance, eigenvalues < -tolerance
    if up.any() and down.any():
        kind = "indefinite"
    elif n and up.all():
        kind = "positive definite"
    elif n and down.all():
        kind = "negative definite"
    else:
        kind = "degenerate"
    return StationaryPoint(kind, eigenvalues, gradient, tolerance)


def gauss_newton_product(model, loss):
    """Products with the generalised Gauss-Newton matrix J' H J of ``loss(model(x))``, without J and without H.

    J is the Jacobian of `model` at `x` and H the Hessian of `loss` at ``model(x)``. For the loss ``sum(z**2) / 2`` this is the
    Gauss-Newton matrix J' J. It has no negative eigenvalues where `loss` is convex.

    Parameters
    ----------
    model : callable
        Function of one argument (nested tuples, lists, dicts of floats and arrays) that returns an array of floats.
    loss : callable
        Function of what `model` returns that returns a number.

    Returns
    -------
    callable
        ``product(x, v)``: `v` and the result have the structure and shapes of `x`. The model runs twice (a forward run in
        direction `v` and a recorded run).

    Raises
    ------
    TangentError
        (ValueError) if `v` has another structure or shape than `x`.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.curvature import gauss_newton_product
    >>> A = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> gauss_newton_product(lambda x: A @ x, lambda z: np.sum(z ** 2) / 2)(np.zeros(2), np.array([1.0, 0.0]))
    array([10., 14.])
    """
    curve = hvp(loss)

    def product(x, v):
        z, tangent = jvp(model, (x,), (v,))
        _, pullback = vjp(model, x)
        return pullback(curve(z, tangent))[0]

    return product


def hutchinson_diagonal(f, x, rng, samples=100):
    """Estimate of the diagonal of the Hessian: the mean of v * (H v) over random signs v (Hutchinson; Bekas et al. 2007).

    Parameters
    ----------
    f : callable
        Function of one array that returns a number.
    x : array of float32 or float64
    rng : int or numpy.random.Generator
    samples : int
        Products with the Hessian; 2 or more.

    Returns
    -------
    (estimate, standard_error) : arrays of x's shape
        It is exact, with error 0, where the Hessian is diagonal. `dualad.hessian_diag` is exact everywhere.

    Raises
    ------
    ValueError
        for fewer than two samples.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.curvature import hutchinson_diagonal
    >>> hutchinson_diagonal(lambda x: np.sum(x ** 3), np.array([1.0, 2.0]), 0, samples=2)[0]
    array([ 6., 12.])
    """
    if samples < 2:
        raise ValueError(f"hutchinson_diagonal: two samples or more are needed for the error, found {samples}")
    rng, product = np.random.default_rng(rng), hvp(f)
    found = []
    for _ in range(samples):
        v = rng.choice([-1.0, 1.0], np.shape(x)).astype(x.dtype)
        found.append(v * product(x, v))
    return np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(samples).astype(x.dtype)
