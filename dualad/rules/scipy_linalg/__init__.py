"""Rules of `scipy.linalg`, entered when one of its functions is first met; the last part is what has none, each with the reason.

Decision: nothing public is silently unknown. Functions of later versions that nobody declared are refused, and a test walks the
namespace. May import: scipy.linalg, ..kinds, and the modules that declare.
"""

import scipy.linalg as sl

from ..kinds import constant, refused, registry
from . import factors, matrices, solvers  # noqa: F401

__all__ = []

# Whole numbers, truth values, and matrices that sizes alone decide.
CONSTANT = """
    bandwidth ishermitian issymmetric dft hadamard helmert hilbert invhilbert invpascal pascal find_best_blas_type get_blas_funcs
    get_lapack_funcs
"""
REFUSED = {
    "its columns are any orthonormal basis of a subspace and may turn freely: use the projector A pinv(A), which has a derivative":
        "null_space orth",
    "Schur and Hessenberg forms and the like hold vectors that turn freely where values repeat: use eigh, eig, svd or qr":
        "schur rsf2csf qz ordqz hessenberg cossin cdf2rdf",
    "angles have no derivative where they are zero or repeat: use svdvals of the product of two orthonormal bases from qr":
        "subspace_angles",
    "its pivots of size 2 depend on the entries: use cho_factor, or solve(assume_a='sym')":
        "ldl",
    "factors that are updated have no rule: factorise the updated matrix with qr":
        "qr_delete qr_insert qr_update qr_multiply",
    "banded factors and eigenvalues of banded matrices are not covered: use solveh_banded for systems, and eigh or eigvalsh of the "
    "dense matrix":
        "cholesky_banded eig_banded eigvals_banded eigh_tridiagonal",
    "it is computed by an algorithm that has no derivative at matrices with repeated eigenvalues: use expm, logm, sqrtm, "
    "fractional_matrix_power, or eigh and a function of the values":
        "funm signm",
    "it is an estimate, not a differentiable number: use norm, expm_frechet or cond of what you need":
        "expm_cond matrix_balance",
    "discrete Riccati equations are not covered: solve_continuous_are is, and so are the Lyapunov equations":
        "solve_discrete_are",
    "its result is random: multiply by a matrix that you drew yourself":
        "clarkson_woodruff_transform",
    "its formula is not covered: use companion":
        "fiedler_companion",
    "it runs tests":
        "test",
}


def undeclared():
    """Public functions of scipy.linalg without a rule."""
    found = [getattr(sl, name) for name in dir(sl) if not name.startswith("_")]
    return [f for f in found if callable(f) and not isinstance(f, type) and f not in registry]


for _name in CONSTANT.split():
    if hasattr(sl, _name):
        constant(getattr(sl, _name))
for _why, _names in REFUSED.items():
    # the set differs between versions
    refused(_why, *(f for f in (getattr(sl, name, None) for name in _names.split()) if f is not None))
refused("it is new to dualad: compose it from covered functions", *dict.fromkeys(undeclared()))
