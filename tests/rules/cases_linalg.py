"""Test calls of the rules of numpy.linalg that solve or factorise: ``CASES[key] = [(args, kwargs), ...]``."""

import numpy as np

from dualad.rules.decompositions import guard, share

from .cases_contraction import call

RNG = np.random.default_rng(20261124)


def real(*shape):
    return RNG.normal(size=shape)


def definite(*shape):
    a = real(*shape)
    return np.matmul(a, np.swapaxes(a, -1, -2)) / 2 + np.eye(shape[-1])


def apart(*shape):
    """Real eigenvalues that keep away from each other, no symmetry."""
    return 0.2 * real(*shape) + np.diag([1.0, 2.5, -2.0])


A, B, TALL, WIDE, V = real(3, 3), real(2, 3, 3), real(4, 3), real(3, 4), real(3)
ONE, NONE = np.array([[1.75]]), np.zeros((0, 0))
F32 = A.astype(np.float32)
SINGULAR = np.outer(real(3), real(3)) + np.outer(real(3), real(3))
SYMMETRIC = A + A.T
FORTRAN = np.asfortranarray(A)

CASES = {
    np.linalg.solve: [call(A, V), call(A, real(3, 2)), call(B, real(3, 2)), call(A, real(2, 3, 1)), call(B, V), call(ONE, real(1)),
                      call(NONE, np.zeros(0)), call(F32, V.astype(np.float32)), call(F32, V), call(FORTRAN, V),
                      call(real(3, 1, 2, 2), real(4, 2, 1))],
    np.linalg.inv: [call(A), call(B), call(ONE), call(NONE), call(F32), call(FORTRAN), call(real(0, 3, 3))],
    np.linalg.pinv: [call(TALL), call(WIDE), call(real(2, 4, 2)), call(A), call(SYMMETRIC, hermitian=True), call(ONE),
                     call(real(3, 0))],
    np.linalg.lstsq: [call(TALL, real(4)), call(TALL, real(4, 2)), call(WIDE, V), call(A, V), call(TALL, real(4), 1e-10)],
    np.linalg.det: [call(A), call(B), call(ONE), call(NONE), call(F32), call(SINGULAR), call(np.stack([A, SINGULAR])),
                    call(np.zeros((3, 3))), call(np.zeros((1, 1))), call(real(0, 3, 3)), call(real(2, 2, 2, 2))],
    np.linalg.slogdet: [call(A), call(B), call(ONE), call(NONE), call(-A)],
    np.linalg.cholesky: [call(definite(3, 3)), call(definite(2, 3, 3)), call(definite(3, 3), upper=True), call(ONE), call(NONE),
                         call(definite(3, 3).astype(np.float32))],
    np.linalg.cond: [call(A), call(B), call(TALL)] + [call(A, p) for p in (2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc")],
    np.linalg.tensorsolve: [call(real(2, 2, 4), real(2, 2)), call(real(2, 4, 2), real(2, 2), axes=(1,))],
    np.linalg.tensorinv: [call(real(4, 2, 2), ind=1), call(real(2, 2, 4))],
    np.linalg.eigh: [call(SYMMETRIC), call(A, "U"), call(B), call(ONE), call(NONE), call(F32)],
    np.linalg.eigvalsh: [call(SYMMETRIC), call(A, "U"), call(B), call(ONE), call(NONE), call(np.diag([1.0, 3.0, 2.0]))],
    np.linalg.eig: [call(apart(3, 3)), call(apart(2, 3, 3)), call(ONE)],
    np.linalg.eigvals: [call(apart(3, 3)), call(apart(2, 3, 3)), call(ONE), call(NONE), call(np.diag([1.0, 3.0, 2.0]))],
    np.linalg.svd: [call(A), call(TALL, full_matrices=False), call(WIDE, False), call(B), call(A, compute_uv=False),
                    call(SYMMETRIC, hermitian=True), call(ONE), call(real(2, 3, 2), full_matrices=False), call(real(3, 0), False)],
    np.linalg.svdvals: [call(A), call(TALL), call(real(2, 2, 3)), call(ONE), call(real(3, 0))],
    np.linalg.qr: [call(A), call(TALL), call(WIDE), call(B), call(TALL, "r"), call(A, "complete"), call(WIDE, mode="r"),
                   call(WIDE, "complete"), call(ONE), call(real(2, 3, 2)), call(real(3, 0))],
    np.linalg.norm: [call(a, p) for p in (2, -2, "nuc") for a in (A, TALL, WIDE)] + [call(B, "nuc", (0, 2)), call(B, 2, (2, 1), True)],
    np.linalg.matrix_norm: [call(B, ord=2), call(B, ord="nuc", keepdims=True)],
    np.linalg.matrix_power: [call(A, -1), call(B, -2)],
    guard: [call(A, np.zeros((3, 3), bool), np.arange(3), "a test")],
    share: [call(A, np.eye(3, dtype=int), np.arange(3)), call(V, np.eye(3, dtype=int), np.arange(3))],
}
