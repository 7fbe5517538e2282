"""Test calls of every reduction, contraction and composite rule: ``CASES[key] = [(args, kwargs), ...]``.

Keys are the registry's keys (a NumPy callable or ``(ufunc, method)``).  Every floating array
among the arguments may be made active; masks, indices and Python numbers are parameters.
"""

import numpy as np

RNG = np.random.default_rng(20261123)
SHAPES = [(), (1,), (7,), (3, 4), (2, 3, 4)]
INF = np.inf


def real(*shape, dtype=np.float64):
    return RNG.uniform(-2, 2, shape).astype(dtype) if shape else np.asarray(RNG.uniform(-2, 2), dtype)


def positive(*shape):
    return RNG.uniform(0.5, 2, shape)


def call(*args, **kwargs):
    return args, kwargs


V, W, M, T, E = real(7), real(7), real(3, 4), real(2, 3, 4), real(0, 3)
SQUARE = np.arange(9.0).reshape(3, 3) ** 1.5 - 4.0
F, S, R = np.asfortranarray(real(3, 4)), real(6, 8)[::2, ::-2], real(7)[::-1]
M32, T32 = M.astype(np.float32), T.astype(np.float32)
MASK, COLUMN = RNG.uniform(size=(3, 4)) > 0.3, np.array([True, False, True, True])
HOLES = M.copy()
HOLES[0, 1] = HOLES[2, 2] = np.nan
ZEROS = np.array([2.0, 0.0, 3.0, 0.0])

REDUCTION = [call(real(*s)) for s in SHAPES] + [
    call(M, axis=0),
    call(M, axis=-1),
    call(T, axis=(0, 2)),
    call(T, axis=1, keepdims=True),
    call(T, keepdims=True),
    call(F),
    call(F, axis=0),
    call(S, axis=1),
    call(S),
    call(R),
    call(M32, axis=0),
    call(T32),
]
WHERE = [
    call(M, where=MASK),
    call(M, axis=0, where=MASK),
    call(T, axis=2, where=MASK, keepdims=True),
    call(T, axis=(0, 1), where=COLUMN),
]
INITIAL = [
    call(M, initial=2.5),
    call(M, axis=0, initial=2.5, where=MASK),
    call(T, axis=1, keepdims=True, initial=-1.0),
    call(M32, axis=0, initial=2.0),
    call(V, initial=real()),
]
EMPTY = [call(E), call(E, axis=0), call(E, axis=1, keepdims=True), call(real(0))]
DTYPE = [call(M32, dtype=np.float64), call(M, axis=0, dtype=np.float32)]
NANS = [call(M), call(HOLES), call(HOLES, axis=0), call(HOLES, axis=1, keepdims=True), call(T, axis=(0, 1)), call(M32)]
UFUNC = [call(V), call(M), call(M, 1), call(T, axis=-1, keepdims=True), call(F), call(S, 1), call(M32)]
UFUNC_ANY = [call(T, axis=None), call(T, axis=(0, 2)), call(M, axis=0, where=MASK), call(M, axis=1, initial=1.5)]
SCAN = [call(real(*s)) for s in SHAPES] + [
    call(M, axis=0),
    call(T, axis=-2),
    call(F, axis=1),
    call(S, axis=0),
    call(S),
    call(M32, axis=1),
    call(E, axis=0),
    call(E),
]
UFUNC_SCAN = [call(V), call(M), call(M, 1), call(T, axis=-1), call(S, axis=0), call(M32), call(real(1)), call(E)]
ARRAY_API_SCAN = [
    call(V),
    call(M, axis=0),
    call(T, axis=-1, include_initial=True),
    call(V, include_initial=True),
    call(real(1)),
    call(M32, axis=1),
]
VARIANCE = [c for c in REDUCTION if c[0][0].size > 1 and c[0][0].dtype == np.float64] + [
    call(M, axis=0, ddof=1),
    call(M, axis=1, correction=1, keepdims=True),
    call(M32),
    call(M, axis=0, mean=np.mean(M, axis=0, keepdims=True)),
    call(M, axis=1, where=COLUMN),
    call(M, where=MASK, ddof=1),
]
NORM_ORDERS = [None, 2, 1, 3, 2.5, 4, 0.5, -1, INF, -INF, 0]
STRETCHED = [real(3, 1), real(1, 4)]

CASES = {
    np.sum: REDUCTION + WHERE + INITIAL + EMPTY + DTYPE + [call(T, (0, 1), None, None, True)],
    np.mean: REDUCTION + WHERE + DTYPE + [call(E, axis=1)],
    np.nansum: NANS + WHERE + INITIAL[:3] + EMPTY,
    np.nanmean: NANS + WHERE[:2],
    (np.add, "reduce"): UFUNC + UFUNC_ANY + [call(E), call(E, 1)],
    (np.add, "accumulate"): UFUNC_SCAN,
    (np.add, "reduceat"): [
        call(V, [0, 2, 5]),
        call(V, [1, 4]),
        call(V, [3, 1, 5, 5]),
        call(M, [0, 2], 1),
        call(T, [0, 1, 2], axis=-2),
        call(S, [0, 1]),
    ],
    np.cumsum: [*SCAN, call(M32, axis=0, dtype=np.float64)],
    np.nancumsum: [call(HOLES), call(HOLES, axis=0), call(V)],
    np.cumulative_sum: ARRAY_API_SCAN,
    np.average: [
        call(T),
        call(T, axis=1),
        call(M, axis=0, weights=positive(3)),
        call(M, axis=1, weights=positive(3, 4)),
        call(T, axis=(0, 1), weights=positive(2, 3)),
        call(T, axis=(2, 0), weights=positive(4, 2)),
        call(V, weights=positive(7)),
        call(M, axis=1, weights=positive(4), returned=True, keepdims=True),
        call(M, axis=0, returned=True),
        call(M32, axis=0),
        call(V, weights=[1.0, 2, 3, 4, 5, 6, 7]),
    ],
    np.diff: [
        call(V),
        call(V, 2),
        call(M),
        call(M, axis=0),
        call(T, n=2, axis=1),
        call(M, n=5),
        call(real(1)),
        call(V, prepend=0.5),
        call(V, prepend=real(2), append=real(3)),
        call(M, axis=0, append=real(1, 4)),
        call(M, 2, 0, 1.0, 2.0),
        call(S),
        call(F, axis=0),
        call(M32),
        call(E, axis=0),
    ],
    np.ediff1d: [call(V), call(M), call(V, to_end=real(2)), call(V, 3.0, real(2)), call(real(1)), call(S)],
    np.trace: [
        call(real(4, 4)),
        call(M),
        call(M, 1),
        call(M, -2),
        call(T, 0, 1, 2),
        call(T, 1, 2, 0),
        call(T, offset=-1, axis1=-1, axis2=0),
        call(M, 9),
        call(S),
        call(M32),
        call(real(0, 0)),
    ],
    np.linalg.trace: [call(M), call(T, offset=1), call(S)],
    np.linalg.diagonal: [call(M), call(T, offset=-1), call(S)],
    np.linalg.matrix_transpose: [call(M), call(T)],
    (np.subtract, "reduce"): [*UFUNC, call(M, axis=1, initial=1.5)],
    (np.subtract, "accumulate"): UFUNC_SCAN[:-1],
    np.trapezoid: [
        call(V),
        call(V, np.cumsum(positive(7))),
        call(M, dx=0.5),
        call(M, axis=0),
        call(M, np.cumsum(positive(3)), axis=0),
        call(M, np.cumsum(positive(3, 4), 1)),
        call(T, axis=1, dx=real()),
        call(M32),
    ],
    np.gradient: [
        call(V),
        call(V, 0.5),
        call(V, np.cumsum(positive(7))),
        call(M),
        call(M, axis=1),
        call(M, 0.5, np.cumsum(positive(4))),
        call(M, 2.0, axis=(1, 0)),
        call(T[:, :, :], axis=2, edge_order=2),
        call(V, np.cumsum(positive(7)), edge_order=2),
        call(V, real(), edge_order=2),
        call(real(2)),
        call(M32),
    ],
    np.unwrap: [
        call(4 * V),
        call(4 * M),
        call(4 * M, axis=0),
        call(4 * V, period=2.5),
        call(4 * V, discont=4.0),
        call(4 * V, period=real() + 5),
    ],
    np.cov: [
        call(M),
        call(V),
        call(V, W),
        call(M, rowvar=False),
        call(M, M[::-1] * 2, bias=True),
        call(M, ddof=0),
        call(M, fweights=np.array([1, 2, 1, 3])),
        call(M, aweights=positive(4)),
        call(M, fweights=np.array([1, 2, 1, 3]), aweights=positive(4), ddof=1),
        call(M, aweights=positive(4), bias=True),
    ],
    np.corrcoef: [call(M), call(V, W), call(M, rowvar=False), call(V)],
    np.polyval: [call(V, 0.5), call(V, real()), call(V, M), call([1.0, 2.0, 3.0], M), call(V, [0.5, 1.0])],
    np.polyadd: [call(V, W), call(V, real(3)), call(real(3), V), call(V, 2.0)],
    np.polysub: [call(V, W), call(V, real(3)), call(real(3), V), call(V, [1.0])],
    np.polymul: [call(V, W), call(V, real(3)), call(np.array([0.0, 0.0, 1.5, 2.0]), V), call(np.zeros(2), V)],
    np.polyder: [call(V), call(V, 2), call(V, 0), call(real(1))],
    np.polyint: [call(V), call(V, 2), call(V, 2, [1.0, 2.0]), call(V, 2, 3.0), call(V, 0), call(V, 1, real(1))],
    np.vander: [call(V), call(V, 3), call(V, 4, True), call(V, 0), call(V, 1)],
    # products of arrays
    np.dot: [
        call(SQUARE, SQUARE[1]), call(SQUARE, SQUARE.T + 1), call(SQUARE[2], SQUARE),
        call(V, W),
        call(M, real(4)),
        call(real(3), M),
        call(M, real(4, 5)),
        call(T, real(4)),
        call(T, real(5, 4, 2)),
        call(M, 2.0),
        call(real(), M),
        call(real(), real()),
        call(S, F.T),
        call(M32, M32.T),
        call(E, real(3, 2)),
        call(real(2, 0), E),
        call([1.0, 2, 3], M),
        call(M, real(4, 1)),
        call(real(1, 3), M),
    ],
    np.inner: [call(V, W), call(M, T), call(T, real(4)), call(real(), M), call(S, F), call(M32, T32)],
    np.vdot: [call(V, W), call(M, real(4, 3)), call(S, F), call(real(), real()), call(E, E)],
    np.tensordot: [
        # square matrices, where a wrong axis has the right length
        call(SQUARE, SQUARE[1] + 1, 1), call(SQUARE, SQUARE[1], axes=([1], [0])), call(SQUARE, SQUARE.T * 2, 1),
        call(np.stack([SQUARE] * 3), SQUARE[2], 1),
        call(T, real(3, 4, 5)),
        call(T, M, ([1, 2], [0, 1])),
        call(T, M, ([2, 1], [1, 0])),
        call(T, real(2), (0, 0)),
        call(M, T, 0),
        call(M, real(5, 4, 3), axes=((-1, 0), (1, 2))),
        call(M32, T32.transpose(1, 2, 0), axes=2),
        call(V, W, 1),
    ],
    np.linalg.tensordot: [call(T, real(3, 4, 5)), call(T, M, axes=([2], [1]))],
    np.matmul: [
        call(SQUARE, SQUARE[1]), call(SQUARE, SQUARE.T + 1), call(SQUARE[2], SQUARE),
        call(V, W),
        call(M, real(4)),
        call(real(3), M),
        call(M, real(4, 5)),
        call(T, real(4)),
        call(T, real(4, 5)),
        call(M, real(2, 4, 5)),
        call(real(4), real(2, 4, 5)),
        call(T, real(2, 4, 5)),
        call(T, real(5, 1, 4, 2)),
        call(real(5, 1, 3, 4), real(2, 4, 1)),
        call(real(1, 3, 4), real(2, 4, 5)),
        call(real(2, 3, 4), real(1, 4, 5)),
        call(real(4), real(3, 2, 4, 1)),
        call(S, F.T),
        call(M32, T32.swapaxes(1, 2)),
        call(E, real(3, 2)),
        call(real(2, 0), E),
        call(real(0, 2, 3), real(0, 3, 2)),
        call(real(1, 1), real(1, 1)),
        call(T.swapaxes(1, 2), T),
        call(M, M32.T),
    ],
    np.linalg.matmul: [call(M, real(4, 5)), call(T, real(2, 4, 5))],
    np.vecdot: [call(V, W), call(M, real(4)), call(T, M), call(T, real(2, 3, 4), axis=1), call(M, M32)],
    np.linalg.vecdot: [call(V, W), call(T, M), call(M, real(3, 4), axis=0)],
    np.matvec: [call(M, real(4)), call(T, real(4)), call(M, real(5, 4)), call(T, real(2, 4))],
    np.vecmat: [call(real(3), M), call(real(3), T), call(real(5, 3), M), call(real(2, 3), T)],
    np.convolve: [call(V, real(3), mode) for mode in ("full", "same", "valid")]
    + [call(real(3), V, mode) for mode in ("full", "same", "valid")]
    + [
        call(V, real(4), "same"),
        call(real(4), V, mode="same"),
        call(V, W, "same"),
        call(V, real(2), "same"),
        call(V, 2.0),
        call(real(1), R),
        call(M32[0], M32[1]),
        call([1.0, 2.0], V),
    ],
    np.correlate: [call(V, real(3), mode) for mode in ("full", "same", "valid")]
    + [call(real(3), V, mode) for mode in ("full", "same", "valid")]
    + [
        call(V, real(4), "same"),
        call(real(4), V, mode="same"),
        call(V, W),
        call(real(2), V, "same"),
        call(V, real(2), "same"),
    ],
    np.outer: [call(V, W), call(M, V), call(real(), V), call(E, V), call(M32, V)],
    np.linalg.outer: [call(V, W)],
    np.kron: [call(V, W), call(M, real(2, 3)), call(T, M), call(V, M), call(2.0, M), call(M, real()), call(M32, M32)],
    np.cross: [
        call(real(3), real(3)),
        call(real(5, 3), real(3)),
        call(M, real(3, 4), axis=0),
        call(real(3, 5), real(5, 3), axisa=0, axisc=0),
        call(T, real(3, 4), axisa=1, axisb=0),
    ],
    np.linalg.cross: [call(real(3), real(3)), call(M, real(3, 4), axis=0)],
    np.linalg.multi_dot: [
        call([M, real(4, 5), real(5, 2)]),
        call([real(3), M, real(4)]),
        call([M, real(4)]),
        call([M, real(4, 5), real(5, 6), real(6)]),
    ],
    np.linalg.matrix_power: [call(real(3, 3), n) for n in (0, 1, 2, 3, 5)] + [call(real(2, 3, 3), 3)],
    np.einsum: [
        call("ij,jk->ik", M, real(4, 5)),
        call("ij,jk", M, real(4, 5)),
        call("ij, kj -> ki", M, real(2, 4)),
        call("i,i", V, W),
        call("i,j", V, W),
        call("i,i->i", V, W),
        call("ij,j->ij", M, real(4)),
        call("ij,ij->j", M, real(3, 4)),
        call("bij,bjk->bik", T, real(2, 4, 5)),
        call("...ij,...jk", T, real(4, 5)),
        call("...ij,...jk", M, real(2, 4, 5)),
        call("i...,i...->...", M, real(3, 4)),
        call("...,...", M, real(4)),
        call("ijk,kl->lij", T, real(4, 5)),
        call("ij,kl->", M, T[0]),
        call("ij,k->i", M, V),
        call("ii,i->i", real(3, 3), real(3)),
        call("iij,jk->ik", real(3, 3, 4), real(4, 2)),
        call("ii->i", real(4, 4)),
        call("ii", real(4, 4)),
        call("ij->ji", M),
        call("ba", M),
        call("ij->", T[0]),
        call("ij->j", M),
        call("...ii->...i", real(2, 3, 3)),
        call("iii->i", real(3, 3, 3)),
        call("ijij->ij", real(2, 3, 2, 3)),
        call("ijk->ki", T),
        call("...", M),
        call("i,i->", real(1), V),
        call("i,i->i", V, real(1)),
        call("ij,ij->ij", *STRETCHED),
        call(M, [0, 1], real(4, 5), [1, 2], [0, 2]),
        call(M, [0, 1], real(4, 5), [1, 2]),
        call(T, [Ellipsis, 0], [Ellipsis]),
        call("ij,jk,kl->il", M, real(4, 5), real(5, 2)),
        call("ij,jk,kl->il", M, real(4, 5), real(5, 2), optimize=True),
        call("i,ij,j", real(3), M, real(4)),
        call("i,i,i->i", V, W, R),
        call("ai,bi,ci,i->abc", *(real(2, 3) for _ in range(3)), real(3), optimize="optimal"),
        call("ab,bc,cd,de->ae", real(2, 3), real(3, 4), real(4, 2), real(2, 3)),
        call("ij,jk->ik", M32, M32.T),
        call("ij,jk", E, real(3, 2)),
        call("ij,jk", real(2, 0), E),
        call("ij,jk", S, F.T),
        call("ij,ij", M, M),
        call("i,i->i", M32[0], M32[1], dtype=np.float64),
        call(",ij", real(), M),
        call("...j,j...->j...", T, real(4)),
    ],
    np.einsum_path: [call("ij,jk,kl->il", M, real(4, 5), real(5, 2))],
    # products, variances, norms
    np.prod: REDUCTION + WHERE + INITIAL + EMPTY + DTYPE + [call(ZEROS), call(ZEROS[:3])],
    np.nanprod: NANS + WHERE[:2] + EMPTY,
    (np.multiply, "reduce"): UFUNC + UFUNC_ANY + [call(E), call(ZEROS)],
    (np.multiply, "accumulate"): [*UFUNC_SCAN, call(ZEROS)],
    (np.multiply, "reduceat"): [call(V, [0, 2, 5]), call(V, [3, 1, 5, 5]), call(M, [0, 2], 1)],
    np.cumprod: [*SCAN, call(ZEROS)],
    np.nancumprod: [call(HOLES), call(HOLES, axis=0), call(V)],
    np.cumulative_prod: ARRAY_API_SCAN,
    (np.divide, "reduce"): [call(V), call(M, 1), call(T, axis=-1, keepdims=True), call(M, 1, initial=2.0)],
    (np.divide, "accumulate"): [call(V), call(M), call(T, axis=-1), call(real(1))],
    (np.logaddexp, "reduce"): UFUNC
    + UFUNC_ANY[:3]
    + [call(np.array([0.0, -INF])), call(np.array([900.0, 1000.0])), call(E)],
    (np.logaddexp, "accumulate"): UFUNC_SCAN,
    (np.logaddexp2, "reduce"): [*UFUNC, call(M, axis=0, initial=1.5)],
    (np.logaddexp2, "accumulate"): UFUNC_SCAN,
    (np.hypot, "reduce"): UFUNC + UFUNC_ANY + [call(ZEROS), call(np.zeros(3)), call(V * 1e200), call(E)],
    (np.hypot, "accumulate"): [call(V), call(M), call(T, axis=1), call(ZEROS)],
    np.var: VARIANCE,
    np.std: [
        *VARIANCE,
        call(np.full(3, 0.1)),
        call(np.zeros((2, 3)), axis=1),
        call(np.array([[1.0, 1, 1], [1, 2, 3]]), axis=1),
    ],
    np.nanvar: [call(HOLES), call(HOLES, axis=0), call(HOLES, axis=1, ddof=1, keepdims=True), call(M)],
    np.nanstd: [
        call(HOLES),
        call(HOLES, axis=0),
        call(HOLES, axis=1, ddof=1, keepdims=True),
        call(M),
        call(np.array([2.0, np.nan, 2.0])),
    ],
    np.linalg.norm: [call(x) for x in (V, M, T, S, F, M32, np.zeros(3), V * 1e200, V * 1e-150, ZEROS)]
    + [call(V, o) for o in NORM_ORDERS]
    + [call(M, o, 1) for o in NORM_ORDERS]
    + [call(T, o, axis=0, keepdims=True) for o in NORM_ORDERS]
    + [call(M, o) for o in ("fro", 1, -1, INF, -INF)]
    + [call(T, o, (0, 2), True) for o in ("fro", 1, INF)]
    + [call(T, axis=(2, 1)), call(real(0)), call(T, keepdims=True)],
    np.linalg.vector_norm: [call(x) for x in (V, M, T, np.zeros(3))]
    + [call(T, axis=(0, 2), ord=o) for o in NORM_ORDERS[1:]]
    + [call(T, axis=1, keepdims=True), call(T, axis=(0, 1), keepdims=True), call(M, ord=1)],
    np.linalg.matrix_norm: [call(M), call(T), call(T, ord=1), call(T, keepdims=True, ord=INF)],
    np.divmod: [call(V, 0.75), call(V, W), call(M, positive(4)), call(7.5, V)],
    np.modf: [call(3 * V), call(M), call(np.array([0.0, -2.5, 2.0])), call(M32)],
    np.frexp: [
        call(3 * V),
        call(M),
        call(np.array([INF, 0.0, -2.5, 2.0, 1 - 2.0**-53, 1e300, 1e-300, 4.0, 5e-324])),
        call(M32),
    ],
}
REFUSED = [(f, m) for f in (np.power, np.float_power) for m in ("reduce", "accumulate", "reduceat")]
