"""Which way to a derivative, from the numbers of inputs and outputs. Imports nothing of dualad."""

from __future__ import annotations

__all__ = ["choose", "choose_second"]

# Up to so many inputs one forward run costs less than recording one.
FEW = 3
# Up to so many inputs the Hessian of one hyper-dual run costs less than the Jacobian of a gradient.
FEW_SECOND = 40


def choose(n_in, n_out=None):
    """Way to a Jacobian: "forward", "reverse", or, as long as the size of the result is not known, "record" to find out."""
    if n_in <= FEW:
        return "forward"
    if n_out is None:
        return "record"
    return "reverse" if 2 * n_out <= n_in else "forward"


def choose_second(n_in):
    """Way to a Hessian once local directions are no way: "hyperdual", or "record" to find out."""
    return "hyperdual" if n_in <= FEW_SECOND else "record"
