"""Test calls of every selection, choice and structural composite: ``CASES[key] = [(args, kwargs), ...]``.

Same conventions as ``cases_contraction``: every floating array among the arguments may be made
active; masks, indices, lists of numbers and keywords are parameters.  Entries are distinct, so
that choices are differentiable here; ties have hand-computed tests in ``test_linear_laws``.
"""

import inspect
import operator

import numpy as np

RNG = np.random.default_rng(20261124)
SHAPES = [(), (1,), (7,), (3, 4), (2, 3, 4), (0,), (0, 3)]


def real(*shape, dtype=np.float64):
    """Distinct numbers at least 0.05 apart, in random order."""
    size = int(np.prod(shape, dtype=int))
    x = (RNG.permutation(size) - size / 2) * 0.1 + RNG.uniform(0, 0.05, size)
    return x.astype(dtype).reshape(shape)


def call(*args, **kwargs):
    return args, kwargs


def each(*arrays, **kwargs):
    return [call(a, **kwargs) for a in arrays]


V, W, M, N, T, E = real(7), real(7), real(3, 4), real(3, 4), real(2, 3, 4), real(0, 3)
S0, P = real(), real(4)
F, S, R = np.asfortranarray(real(3, 4)), real(6, 8)[::2, ::-2], real(7)[::-1]
M32, V32 = M.astype(np.float32), V.astype(np.float32)
Q, K = real(3, 3), real(2, 3, 3)
FROZEN = real(3, 4)
FROZEN.flags.writeable = False
MASK = RNG.uniform(size=(3, 4)) > 0.4
MASK7 = np.array([True, False, True, True, False, False, True])
HOLES = M.copy()
HOLES[0, 1] = HOLES[2, 2] = np.nan
PADDED = np.array([0.0, 0.0, 1.5, 0.0, -2.0, 0.0])
DEEP_TRIM = "axis" in inspect.signature(np.trim_zeros).parameters  # NumPy 2.2
I, J = np.array([[0, 2], [1, 1]]), np.array([[3, 0], [2, 2]])
ALL = [*each(*(real(*s) for s in SHAPES)), *each(F, S, R, M32, FROZEN)]
ARRAYS = [c for c in ALL if c[0][0].ndim]
ROWS = [call(real(*s), axis=a) for s in ((7,), (3, 4), (2, 3, 4)) for a in (0, -1)]

SHAPE = {
    np.reshape: [
        call(T, (6, 4)), call(T, -1), call(T, (4, -1)), call(M, (2, 1, 6)), call(S0, (1, 1)), call(real(1), ()),
        call(E, (3, 0)), call(E, -1), call(F, (2, 6)), call(S, 12), call(M32, (12,)), call(M, (6, 2), "F"),
        call(T, (4, 6), order="F"), call(V, (7, 1), order="F"), call(M, 12, copy=True),
    ],
    np.ravel: [*ALL, call(M, "F"), call(T, order="F"), call(V, order="K")],
    np.transpose: [*ALL, call(T, (1, 2, 0)), call(T, (-1, 0, 1)), call(M, [1, 0])],
    np.matrix_transpose: each(M, T, F, S, M32, E),
    np.moveaxis: [call(T, 0, -1), call(T, [0, 1], [-1, -2]), call(T, (2, 0), (0, 1)), call(E, 0, 1), call(V, 0, 0)],
    np.swapaxes: [call(T, 0, 2), call(T, -1, 1), call(M32, 0, 1), call(E, 0, -1)],
    np.rollaxis: [call(T, 2), call(T, 0, 3), call(T, -1, 1), call(T, 1, 1)],
    np.squeeze: [call(real(1, 3, 1)), call(real(1, 3, 1), 0), call(real(1, 3, 1), axis=(0, -1)), call(S0),
                 call(real(1)), call(V)],
    np.expand_dims: [call(V, 0), call(M, -1), call(T, (0, 2)), call(S0, 0), call(E, 1), call(M, (-1, 0))],
    np.broadcast_to: [
        call(V, (3, 7)), call(M, (2, 3, 4)), call(real(3, 1), (3, 4)), call(S0, (2, 2)), call(S0, ()),
        call(real(1), 4),
        call(real(3, 1), (2, 3, 4)), call(real(1, 3), (0, 3)), call(M32, (1, 3, 4)), call(E, (2, 0, 3)),
        call(V, (0, 7)),
    ],
    np.atleast_1d: [call(S0), call(V), call(M), call(S0, V)],
    np.atleast_2d: [call(S0), call(V), call(M), call(S0, V, T)],
    np.atleast_3d: [call(S0), call(V), call(M), call(T), call(V, M)],
    np.flip: [*ALL, call(M, 0), call(T, (0, 2)), call(T, -2)],
    np.fliplr: each(M, T, F, S, M32),
    np.flipud: each(V, M, T, R, E),
    np.rot90: [call(M), call(M, 2), call(M, 3), call(M, 4), call(M, -1), call(T, 1, (1, 2)),
               call(T, k=3, axes=(2, 0)), call(E)],
    np.roll: [
        call(V, 2), call(V, -9), call(M, 1), call(M, 1, 0), call(M, (1, -1), (0, 1)), call(M, 1, axis=(0, 1)),
        call(T, 3, -1),
        call(S, 1), call(E, 1), call(M32, 2, axis=1), call(S0, 1), call(V, (1, 1), 0), call(T, (2, -1), 2),
    ],
    np.fft.fftshift: [call(V), call(M), call(M, 0), call(T, (0, 2)), call(E)],
    np.fft.ifftshift: [call(V), call(M), call(M, 1), call(T, (-1, 0))],
}
if hasattr(np, "permute_dims"):
    SHAPE[np.permute_dims] = SHAPE[np.transpose]

JOIN = {
    np.concatenate: [
        call((V, W)), call([M, N], 1), call([M, real(2, 4)], axis=0), call([T], axis=-1), call([M, V], axis=None),
        call([E, Q]),
        call([M32, M32], axis=-2), call([F, S], 0), call([V, [1.0, 2.0], W]), call([M, M]), call([S0, V], None),
        call([M32, M]), call([V, V32], dtype=np.float32),
    ],
    np.stack: [call([V, W]), call([M, N], 1), call([M, N, F], axis=-1), call([S0, S0]), call((E, E), axis=1),
               call([V, W], dtype=np.float32)],
    np.hstack: [call([V, W]), call([M, N]), call([S0, V]), call((T, T)), call([M32, M32])],
    np.vstack: [call([V, W]), call([M, P]), call([S0, S0]), call((T, T)), call([E, real(3)])],
    np.dstack: [call([V, W]), call([M, N]), call([T, T]), call([S0, S0])],
    np.column_stack: [call([V, W]), call([real(3), M]), call((M, real(3))), call([S0, S0])],
    np.block: [call([V, W]), call([[M, N], [N, M]]), call([[Q, real(3, 1)], [real(1, 4)]]), call(M), call([S0, V]),
               call([[V], [W]])],
    np.append: [call(V, W), call(V, [1.0, 2.0]), call(M, N), call(M, N, 0), call(M, N, axis=-1), call(V, S0),
                call(M, 3.0)],
    np.insert: [
        call(V, 2, S0), call(V, [1, 3], real(2)), call(V, [3, 1], real(2)), call(V, [1, 1], real(2)),
        call(V, -1, 2.0),
        call(V, slice(0, 4, 2), real(2)), call(M, 1, S0), call(M, 1, P, 0), call(M, 1, real(3), 1),
        call(M, [1, 2], real(3, 2), axis=1),
        call(M, [0, 2], P, axis=0), call(V, MASK7, S0), call(M, [0, 3], S0, axis=-1), call(T, 1, M, 0),
        call(real(0), 0, S0),
        call(M, [1], real(3, 1), 1), call(T, 1, real(2, 4), axis=1),
    ],
    np.delete: [
        call(V, 2), call(V, [1, -1]), call(V, slice(1, 5, 2)), call(V, MASK7), call(M, 1), call(M, 1, 0),
        call(M, [0, 2], axis=1),
        call(V, []), call(T, -1, axis=-1), call(M, slice(None, None, -1), 0), call(M32, 0, 1),
    ],
    np.resize: [call(V, (2, 5)), call(M, 5), call(M, (2, 12)), call(V, 0), call(S0, 3), call(V, ()),
                call(real(0), 3)],
    np.tile: [call(V, 2), call(V, (2, 2)), call(M, 2), call(M, (2, 1, 3)), call(S0, 3), call(E, (2, 2)), call(M, 0),
              call(T, (2, 1)),
              call(V, ()), call(M32, (1, 2))],
    np.repeat: [
        call(V, 2), call(M, 2), call(M, 2, 0), call(M, [1, 0, 2], 0), call(T, 3, axis=-1), call(V, np.arange(7)),
        call(S0, 3),
        call(E, 2, axis=1), call(M, 0, 1), call(M32, [2], 1), call(V, True),
    ],
    np.split: [call(V, 7), call(V, [2, 5]), call(M, 2, 1), call(M, [1], axis=0), call(T, 2, -1), call(V, [5, 2]),
               call(V, [2, 20]), call(V, [-2])],
    np.array_split: [call(V, 3), call(M, 3, 1), call(V, [2, 4]), call(V, 9), call(T, 2, axis=-1)],
    np.hsplit: [call(V, 7), call(M, 2), call(T, 3)],
    np.vsplit: [call(M, 3), call(T, [1])],
    np.dsplit: [call(T, 2), call(T, [1, 3])],
    np.unstack: [call(V), call(M), call(M, axis=1), call(T, axis=-1)],
    np.broadcast_arrays: [call(V, S0), call(M, P), call(real(3, 1), P), call(E, real(3)), call(V)],
    np.meshgrid: [
        call(V, P), call(V, P, indexing="ij"), call(V, P, sparse=True), call(real(2), real(3), real(4)), call(V),
        call(V, S0),
        call(real(2), real(3), P, indexing="ij", sparse=True), call(V, P, copy=False),
    ],
    np.pad: [
        call(V, 2), call(M, 1), call(M, (1, 2)), call(M, ((1, 2), (0, 3))), call(M, [(2,), (1,)]),
        call(T, ((0, 0), (1, 0), (2, 1))),
        call(M, 1, constant_values=3.0), call(M, 1, constant_values=((1, 2), (3, 4))), call(V, 3, "edge"),
        call(M, 2, "edge"),
        call(V, 3, "reflect"), call(M, 2, "symmetric"), call(M, 2, mode="wrap"), call(M, 5, "reflect"),
        call(V, 20, "wrap"),
        call(M, 2, "reflect", reflect_type="even"), call(M, {0: 1, -1: (0, 2)}), call(V, (8, 3), "reflect"),
        call(V, 2, "mean"),
        call(M, 2, "mean", stat_length=2), call(M, (1, 2), "maximum"), call(M, 1, "minimum", stat_length=2),
        call(V, 3, "linear_ramp"),
        call(M, 2, "linear_ramp", end_values=1.5), call(M, 1, "median"), call(M32, 1), call(M32, 2, "edge"),
        call(E, ((1, 0), (0, 0))),
        call(V, 0),
    ],
    np.trim_zeros: [call(PADDED), call(PADDED, "f"), call(PADDED, trim="b"), call(V), call(np.zeros(3)),
                    *((call(np.outer(PADDED, PADDED)), call(np.outer(PADDED, PADDED), "f", axis=-1)) if DEEP_TRIM else ())],
}

INDEX = {
    operator.getitem: [
        call(V, 2), call(V, -1), call(V, slice(1, 6, 2)), call(V, slice(None, None, -1)), call(V, None),
        call(V, Ellipsis),
        call(M, 1), call(M, (1, 2)), call(M, (slice(None), 1)), call(M, (Ellipsis, 0)),
        call(M, (None, slice(1), None, 2)),
        call(V, [0, 0, 3]), call(V, np.array([[1, -1], [2, 2]])), call(V, MASK7), call(M, MASK), call(M, [2, 0]),
        call(M, (I, J)),
        call(M, (slice(None), [0, 0, 1])), call(M, ([0, 1, 1], slice(1, 3))),
        call(M, (np.array([0, 2])[:, None], [1, 3])),
        call(T, (0, slice(None), [1, 1, 3])), call(T, ([0, 1], slice(None), [1, 2])),
        call(T, (slice(None), [0, 2], 1)),
        call(T, (slice(None), I[0], J[0])), call(T, ([1, 0], None, [0, 2])), call(T, (Ellipsis, [0, 1], [2, 3])),
        call(T, (I % 2, Ellipsis, J)), call(T, (None, [0, 1], slice(None), [3, 0])),
        call(T, (0, [0, 1], slice(1, 2))),
        call(T, (slice(None), MASK)), call(T, (np.array([True, False]), slice(None), [0, 1])),
        call(T, np.array([True, True])),
        call(M, ()), call(M, True), call(M, False), call(M, (True, 1)), call(M, ([], slice(None))),
        call(M, np.array(1)), call(V, []),
        call(V, np.int64(3)), call(E, (slice(None), 1)), call(M, (np.array(True), [0, 1])), call(M32, [0, 0]),
        call(S, ([0, 1, 0], [3, 3, 3])), call(F, ([[0]], [[1, 2]])),
        call(M, (Ellipsis, MASK)),
        call(M, (np.uint8(2), [0, 1])), call(T, (1, None, [0, 2])), call(T, ([0, 1], Ellipsis, 2)),
        call(T, ([[0], [1]], 1, [0, 2])),
    ],
    np.take: [
        call(V, 2), call(V, [0, 0, -1]), call(M, [0, 5, 5]), call(M, [2, 0], 0), call(M, I, axis=1), call(T, 1, -1),
        call(T, I, axis=1),
        call(V, [9, -9], mode="wrap"), call(V, [9, -9], mode="clip"), call(M, np.array([], int), 0),
        call(S, [1, 1], 1),
        call(M32, [0]), call(S0, 0), call(M, -1, 0),
    ],
    np.take_along_axis: [call(M, np.array([[0, 2, 1, 1]]), 0), call(M, np.array([[0], [3], [3]]), 1),
                         call(M, np.argsort(M, axis=1), 1), call(V, np.array([1, 1, 0]), 0),
                         call(T, np.array([[[0]], [[2]]]), axis=1),
                         call(M, np.array([5, 5]), None), call(V, np.array([2, -1]), axis=-1)],
    np.compress: [call([True, False, True], V), call(MASK[0], M, 1), call([0, 1], M, axis=0), call([1, 0, 1], M),
                  call([True], T, -1)],
    np.extract: [call(MASK, M), call(MASK7, V), call(V > 0, V), call([1, 0, 2], V)],
    np.diagonal: [call(M), call(M, 1), call(M, -1), call(T, 0, 1, 2), call(T, offset=1, axis1=2, axis2=0),
                  call(M, 9), call(S), call(E)],
    np.diag: [call(V), call(V, 1), call(V, -2), call(M), call(M, 1), call(M, k=-1), call(real(0)), call(M32)],
    np.diagflat: [call(V), call(M), call(V, -1), call(S0), call(M, k=2)],
    np.tril: [call(M), call(M, 1), call(T, -1), call(Q, k=9), call(E), call(M32), call(P)],
    np.triu: [call(M), call(M, -1), call(T, 1), call(F), call(S, 2), call(P)],
    np.lib.stride_tricks.sliding_window_view: [call(V, 3), call(M, (2, 2)), call(M, 2, 0),
        call(T, (2, 3), axis=(-1, 1)), call(V, 7)],
    np.ix_: [call(V, P), call(P), call(real(2), [0, 1], real(3))],
    np.bincount: [call([0, 1, 1, 4, 0, 1, 2], V), call(np.array([2, 0, 2, 1]), P, minlength=6),
                  call(np.zeros(0, int), real(0))],
}

SELECT = {
    np.where: [
        call(MASK, M, N), call(MASK, M, 0.0), call(MASK, S0, N), call(MASK7, V, W), call(True, V, W),
        call([True, False, True], Q, S0),
        call(MASK[0], M, P), call(MASK[:, :1], P, real(3, 1)), call(MASK7, real(2, 7), 1), call(MASK, M32, 2.0),
        call(MASK, M32, N),
        call(np.zeros((0, 3), bool), E, real(3)), call(MASK.astype(float) * 2 > 1, M, 0),
        call(np.array(False), S0, V), call(MASK, F, S),
    ],
    np.select: [call([MASK, ~MASK], [M, N]), call([MASK], [M], 1.5), call([MASK7, V > 0], [V, W], S0),
                call([MASK[0], MASK], [M, P]),
                call([V > 9], [V]), call([MASK7, ~MASK7], [V, S0])],
    np.choose: [call(I[0] // 2, [real(2), real(2)]), call([0, 1, 0], [S0, real(3)]), call(MASK.astype(int), [M, N]),
                call([3, -1], [real(2), real(2)], mode="wrap"),
                call([7, -1], [real(2), real(2)], mode="clip"), call([0, 1, 1], real(2, 3)), call(1, [V, W])],
    np.piecewise: [
        call(V, [V < 0, V >= 0], [lambda v: 3 * v, np.square]), call(V, [V < 0], [lambda v: -v, 2.5]),
        call(M, [MASK], [lambda v: v * v]),
        call(S0, [True, False], [lambda v: 2 * v, 1.0]), call(V, V > 0, [np.square, lambda v: -v]),
        call(V, [V > 0, V > 0.2], [1.0, np.square, 7.0]),
        call(V, [MASK7], [lambda v, a, b=1: a * v + b], 3.0, b=2.0), call(S0, [S0 > 9, S0 < 9], [np.square, np.sin]),
    ],
    np.clip: [
        call(M, -0.33, 0.31), call(V, None, 0.12), call(V, 0.12, None), call(V, min=0.12), call(V, max=0.12),
        call(M, [-0.2] * 4, P), call(V, W, 9.0),
        call(S0, -1, 1), call(V, 2, 3), call(M32, -1, 1), call(V, -0.21, W + 3), call(E, 0, 1), call(V),
    ],
    np._core.umath.clip: [call(M, -0.33, 0.31), call(V, 0.12, W + 3), call(S0, -1, 1), call(E, 0, 1)],
    np.nan_to_num: [*each(V, HOLES, S0, M32, E), call(np.array([np.inf, -np.inf, np.nan, 1.0]), nan=3.0, posinf=7.0),
                    call(HOLES, nan=1.5)],
    np.interp: [
        call(V, [-0.5, 0.02, 0.17, 0.4], P), call(S0, [-1.0, 0.02, 1.5], real(3)), call(M, [-0.3, 0.07], real(2)),
        call(V, [-0.1, 0.02, 0.11], real(3), left=1.5, right=2.5),
        call(V, [0.02], real(1)), call(E, [0.0, 1.0], real(2)), call(V, np.sort(P), W[:4]),
        call(0.11, [0.0, 1.0], real(2)), call(V * 9, [0.3, 0.1, 0.77], real(3), period=0.9),
    ],
    np.trim_zeros: JOIN.pop(np.trim_zeros),
}

MAKE = {
    np.zeros_like: [*ALL, call(V, shape=(2, 3)), call(V, np.float32), call(M, dtype=float, shape=3),
                    call(V, shape=())],
    np.ones_like: [*ALL, call(V, shape=(2, 3)), call(M32, dtype=np.float64)],
    np.full_like: [call(V, 2.5), call(M, P), call(V, S0), call(V32, 1.5, dtype=float),
                   call(M, [1.0, 2.0], shape=(3, 2)), call(S0, 2.0), call(E, 1.0), call(S0, S0)],
    np.copy: [*ALL, call(F, "F")],
    np.real: ALL,
    np.imag: ALL,
    np.real_if_close: each(V, M, S0),
    np.astype: [call(V, np.float64), call(V, np.float32), call(M32, np.float64), call(S0, np.float32),
                call(V, np.float64, copy=False)],
    np.linspace: [
        call(S0, real()), call(S0, 3.0, 7), call(V, W, 5), call(V, 1.0, num=4, endpoint=False),
        call(S0, 2.0, 3, axis=0), call(M, P, 3, axis=-1),
        call(M, N, 3, axis=1), call(S0, 1.0, 1), call(S0, real(), 0), call(V, W, 2), call(S0, 1.0, 5, True, True),
        call(V32, W.astype(np.float32), 3),
    ],
    np.logspace: [call(S0, real(), 5), call(S0, 2.0, 3, base=np.abs(P) + 1), call(V, 1.0, 3, base=S0 + 3, axis=1),
                  call(V, 1.0, 4, False), call(S0, 2.0, num=3, base=2.0),
                  call(M, P, 3, axis=-1)],
    np.geomspace: [call(np.abs(S0) + 1, 9.0, 5), call(np.abs(V) + 1, np.abs(W) + 2, 4),
                   call(-1 - np.abs(V), -3.0, num=3), call(2.0, np.abs(P) + 1, 3, axis=-1),
                   call(np.abs(S0) + 1, 9.0, 4, endpoint=False)],
    np.apply_along_axis: [call(np.sum, 0, M), call(np.sort, 1, M), call(lambda v: v * v, -1, T),
                          call(np.outer, 0, M, real(2)), call(np.cumsum, 1, T),
                          call(np.sum, 0, V), call(lambda v: 2.0, 0, M)],
    np.apply_over_axes: [call(np.sum, T, [0, 2]), call(np.max, M, 0), call(np.mean, T, (1,))],
}
MAKE[np.empty_like] = [call(V, shape=0), call(E)]  # only what has no entries has a value to compare

PLACE = {
    np.copyto: [call(V, W), call(M, P), call(M, 2.0), call(M, N, where=MASK), call(V, S0),
                call(M, P, where=MASK[:, :1]), call(M32, M32 * 2)],
    np.put: [call(V, [1, 3], real(2)), call(M, [0, 5, -1], real(2)), call(V, 2, S0),
             call(V, [9, -9], 1.0, mode="clip"), call(M, [[1, 1], [2, 3]], real(4)),
             call(V, [9, 12], real(2), mode="wrap"), call(V, np.array([], int), real(2))],
    np.place: [call(V, MASK7, real(2)), call(M, MASK, real(3)), call(V, MASK7, [1.5]), call(V, MASK7, real(9)),
               call(V, V > 99, real(2))],
    np.putmask: [call(V, MASK7, W), call(M, MASK, real(3)), call(M, MASK, N), call(V, MASK7, 2.0)],
    np.put_along_axis: [call(M, np.array([[0, 2, 1, 1]]), real(1, 4), 0), call(M, np.array([[0], [3], [3]]), S0, 1),
                        call(V, np.array([1, 4]), real(2), 0),
                        call(M, np.array([5, 7]), real(2), None),
                        call(T, np.array([[[0]], [[2]]]), real(2, 1, 4), axis=1)],
    np.fill_diagonal: [call(M, S0), call(Q, real(3)), call(real(7, 3), 2.0, True), call(real(7, 3), real(2)),
                       call(real(3, 3, 3), real(3)), call(real(7, 3), real(9), wrap=True)],
}

EXTREME = [*each(S0, real(1), V, M, T, F, S, R, M32), call(M, axis=0), call(M, axis=-1), call(T, axis=(0, 2)),
           call(T, axis=1, keepdims=True),
           call(T, keepdims=True), call(M32, axis=1), call(real(3, 0), axis=0)]
LIMITS = [call(M, axis=0, where=MASK | (np.arange(3) == 1)[:, None], initial=-9.0), call(M, initial=0.02),
          call(M, axis=1, initial=0.02, keepdims=True), call(V, initial=9.0),
          call(V, where=MASK7, initial=0.0), call(T, axis=(1, 2), where=MASK, initial=-8.0), call(E, initial=1.5),
          call(E, axis=0, initial=1.5)]
UFUNC = [call(V), call(M), call(M, 1), call(T, axis=(0, -1)), call(T, axis=None), call(M, keepdims=True),
         call(M32, axis=-1), call(M, axis=0, initial=0.02),
         call(M, 1, None, None, False, 0.3, MASK)]
SCAN = [call(V), call(M), call(M, 1), call(T, axis=-1), call(S, axis=0), call(M32), call(real(1)), call(E)]
STATISTIC = [*EXTREME[:9], *EXTREME[9:14], call(M32, axis=1), call(real(4), axis=0),
             call(T, axis=(2, 0), keepdims=True)]
QS = [0.3, 0.0, 1.0, 0.5, [0.1, 0.77], [[0.2], [0.9]]]
METHODS = ("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
           "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest")
QUANTILE = [*(call(V, q) for q in QS), call(M, 0.3, 0), call(M, [0.3, 0.6], axis=-1),
            call(T, 0.4, axis=(0, 2), keepdims=True),
            call(T, [0.4, 0.45], axis=1, keepdims=True), call(M32, 0.3), call(S0, 0.7), call(HOLES, 0.3, axis=0),
            *(call(M, [0.31, 0.83], axis=1, method=m) for m in METHODS),
            *(call(V, q, method=m) for m in METHODS for q in (0.0, 1.0, 0.55))]


def percent(calls):
    return [((a, (np.asarray(q) * 100.0).tolist(), *rest), kw) for (a, q, *rest), kw in calls]


DOWN = [{"descending": True}, {"descending": False}] if "descending" in inspect.signature(np.sort).parameters else []  # NumPy 2.5
ORDER = {
    np.sort: [*ALL[1:], call(M, 0), call(T, axis=1), call(M, axis=None), call(HOLES), call(V, kind="stable"),
              call(V, stable=True), *(call(a, **k) for a in (V, M, HOLES, M32) for k in DOWN), *(call(M, None, **k) for k in DOWN)],
    np.partition: [call(V, 3), call(V, [1, 4]), call(M, 1, 0), call(T, -1), call(M, 2, axis=None), call(M32, 1)],
    np.max: [*EXTREME, *LIMITS],
    np.min: [*EXTREME, *LIMITS],
    np.nanmax: [*EXTREME, *LIMITS, call(HOLES, axis=0), call(HOLES), call(HOLES, axis=1, keepdims=True),
                call(HOLES, where=MASK, initial=-9.0)],
    np.nanmin: [*EXTREME, *LIMITS, call(HOLES, axis=0), call(HOLES), call(HOLES, axis=1, keepdims=True)],
    np.ptp: EXTREME[:-1],
    np.median: [*STATISTIC, call(HOLES, axis=0), call(real(6)), call(real(2, 3), axis=None)],
    np.nanmedian: [*STATISTIC, call(HOLES), call(HOLES, axis=0), call(HOLES, axis=1, keepdims=True)],
    np.quantile: QUANTILE,
    np.nanquantile: [c for c in QUANTILE if c[0][0] is not HOLES] + [call(HOLES, 0.3),
                     call(HOLES, [0.3, 0.6], axis=1), call(HOLES, 0.4, axis=0, keepdims=True)],
    np.percentile: percent(QUANTILE),
    np.nanpercentile: percent([c for c in QUANTILE if c[0][0] is not HOLES]) + [call(HOLES, 30.0),
    call(HOLES, [30, 60], axis=1)],
    np.unique: [call(V), call(M), call(S0), call(V, True), call(V, return_inverse=True, return_counts=True),
                call(M, True, True, True),
                call(M, axis=0), call(M, axis=1), call(real(0)), call(M32)],
    (np.maximum, "reduce"): UFUNC,
    (np.minimum, "reduce"): UFUNC,
    (np.fmax, "reduce"): [*UFUNC, call(HOLES), call(HOLES, axis=1)],
    (np.fmin, "reduce"): [*UFUNC, call(HOLES), call(HOLES, axis=1)],
    (np.maximum, "accumulate"): SCAN,
    (np.minimum, "accumulate"): SCAN,
    (np.fmax, "accumulate"): SCAN,
    (np.fmin, "accumulate"): SCAN,
}

# one function under two names, or two functions
ORDER |= {np.amax: ORDER[np.max], np.amin: ORDER[np.min]}

# Calls of constant functions: the result is NumPy's on the plain values (or NumPy's error).
WHOLE, DATE = np.array([3, 1, 2]), np.datetime64("2026-11-23")
CONSTANTS = {
    np.linalg.matrix_rank: [call(np.outer(np.arange(3.0), np.arange(4.0)))],
    **dict.fromkeys((np.all, np.any, np.argsort, np.argwhere, np.array2string, np.array_repr, np.around, np.round,
                     np.common_type, np.count_nonzero, np.fix, np.flatnonzero, np.iscomplex, np.iscomplexobj, np.isneginf,
                     np.isposinf, np.isreal, np.isrealobj, np.angle, np.ndim, np.nonzero, np.shape, np.size, np.datetime_as_string,
                     np.result_type, np.min_scalar_type, np.argmax, np.argmin, np.nanargmax, np.nanargmin), each(V, M, S0)),
    **dict.fromkeys((np.array_equal, np.array_equiv, np.allclose, np.isclose, np.isin),
                    [call(V, V), call(V, W), call(V, W.tolist())]),
    **dict.fromkeys((np.tril_indices_from, np.triu_indices_from), [call(M), call(M, 1)]),
    **dict.fromkeys((np.may_share_memory, np.shares_memory), [call(V, W)]),
    np.array_str: each(V, M),
    np.einsum_path: [call("ij,jk->ik", M, real(4, 2), optimize="greedy")],
    np.diag_indices_from: [call(Q), call(M)],
    np.argpartition: [call(V, 2), call(M, 1, 0)],
    np.digitize: [call(V, [-0.1, 0.1]), call(V, np.sort(P))],
    np.searchsorted: [call(np.sort(P), V), call([0.0, 0.1], S0, side="right")],
    np.lexsort: [call((V, W)), call((M,))],
    np.can_cast: [call(V, np.float32)],
    np.ravel_multi_index: [call((V, W), (3, 4))],
    np.unravel_index: [call(V, (3, 4))],
    np.busday_count: [call(V, DATE)],
    np.busday_offset: [call(DATE, V)],
    np.is_busday: [call(V)],
}

CASES = {**SHAPE, **JOIN, **INDEX, **SELECT, **MAKE, **PLACE, **ORDER}
