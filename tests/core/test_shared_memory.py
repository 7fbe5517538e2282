"""What a write through a view, or after one was taken, changes is what NumPy changes, however the arrays lie."""

import copy
import itertools
import pickle

import numpy as np
import pytest

import dualad
from dualad.core.memory import axes_of
from dualad.core.operands import primal


def lying(v):
    """Axes in memory; those of nothing lie anywhere."""
    v = primal(v)
    return axes_of(v) if isinstance(v, np.ndarray) and v.size else None


A = np.arange(1.0, 7.0).reshape(2, 3)
B = np.arange(1.0, 25.0).reshape(2, 3, 4)
MAKE = {
    "2 * x.T": lambda x: 2 * x.T, "sin(x.T) + row": lambda x: np.sin(x.T) + np.arange(float(x.shape[0])),
    "x.T + constant": lambda x: x.T + np.ones(x.T.shape), "constant + x.T": lambda x: np.ones(x.T.shape) + x.T,
    "copy(x.T)": lambda x: np.copy(x.T), "x.T.copy()": lambda x: x.T.copy(), "x.T.copy('K')": lambda x: x.T.copy("K"),
    "x.copy('F')": lambda x: x.copy("F"), "copy.copy(x.T)": lambda x: copy.copy(x.T), "zeros_like(x.T)": lambda x: np.zeros_like(x.T) + x.T,
    "ones_like F": lambda x: np.ones_like(x, order="F") * x, "x[:, [0, 2]]": lambda x: x[:, [0, 2]], "x[[1, 0]]": lambda x: x[[1, 0]],
    "x.T[[0, 2]]": lambda x: x.T[[0, 2]], "x.T[::2] * 1": lambda x: x.T[::2] * 1.0, "x[:, ::-1] * 1": lambda x: x[:, ::-1] * 1.0,
    "where": lambda x: np.where(x.T > 2.5, x.T, 0.0), "clip": lambda x: np.clip(x.T, 1.5, 4.5), "cumsum": lambda x: np.cumsum(x.T, axis=0),
    "sort": lambda x: np.sort(x.T, axis=0), "concatenate": lambda x: np.concatenate([x.T, 2 * x.T]), "stack": lambda x: np.stack([x.T, x.T]),
    "sum": lambda x: np.sum(np.stack([x, x]).T, axis=0), "einsum": lambda x: np.einsum("ij,kj->ki", x, x) * 1.0,
    "matmul": lambda x: x.T @ x, "roll": lambda x: np.roll(x.T, 1, axis=0), "pad": lambda x: np.pad(x.T, 1), "repeat": lambda x: np.repeat(x.T, 2, 0),
    "in place": lambda x: _twice(x.T * 1.0), "out": lambda x: np.sin(x.T, out=np.empty_like(x.T)), "float32": lambda x: np.sin(x.astype(np.float32).T),
    "astype F": lambda x: x.astype(float, order="F"), "maximum": lambda x: np.maximum(x.T, 2.2) / x.T, "x itself": lambda x: x,
    "three": lambda x: np.sin(np.multiply.outer(x, np.arange(1.0, 3.0)).transpose(1, 2, 0)),
}
LOOK = {
    "ravel": lambda y: y.ravel(), "reshape": lambda y: y.reshape(-1), "T.ravel": lambda y: y.T.ravel(), "ravel F": lambda y: y.ravel("F"),
    "reshape 2": lambda y: y.reshape((y.shape[1], -1)), "flatten": lambda y: y.flatten(), "swapped": lambda y: np.swapaxes(y, 0, -1).reshape(-1),
    "part": lambda y: y[:1].reshape(-1), "np.reshape F": lambda y: np.reshape(y, (-1,), order="F"),
}


def _twice(y):
    y *= 2.0
    return y


def moved(x, by):
    """x + by in the memory order of x."""
    x = x.copy("K")
    x += by
    return x


def program(make, look, first):
    """Write through a look at an array (or into the array, looked at before): what changes shows what is shared."""
    def f(x):
        y = make(x) if make is not MAKE["x itself"] else 1.0 * make(x)
        z = look(y)
        if first:
            z[1] = x[0, 0] * 7.0
        else:
            y[0, 1] = x[1, 1] * 5.0
        return np.concatenate([y.reshape(-1) * 1.0, z.reshape(-1) * 3.0])

    return f


@pytest.mark.parametrize("look", LOOK)
@pytest.mark.parametrize("make", MAKE)
def test_writes_show_where_numpys_show(make, look):
    for x, first in itertools.product((A, np.asfortranarray(A), A[:, ::-1].copy()[:, ::-1]), (True, False)):
        f = program(MAKE[make], LOOK[look], first)
        want = f(x.copy("K"))  # differentiated arguments are such copies
        step = np.stack([(f(moved(x, e)) - f(moved(x, -e))) / 2e-3 for e in 1e-3 * np.eye(6).reshape(6, 2, 3)], axis=-1).reshape(-1, 2, 3)
        for mode in ("forward", "local", "reverse", "labelled"):
            values = []

            def g(x, f=f, values=values):
                y = f(x)
                values.append(primal(y))
                return y

            J = dualad.jacobian(g, mode=mode)(x)
            np.testing.assert_array_equal(values[-1], want, err_msg=mode)
            np.testing.assert_allclose(J, step, rtol=1e-2 if make == "float32" else 1e-4, atol=1e-2 if make == "float32" else 1e-5, err_msg=mode)
        v, slopes, _ = dualad.value_grad_hess(f)(x)
        np.testing.assert_array_equal(v, want)
        np.testing.assert_allclose(slopes, J, rtol=1e-5 if make == "float32" else 1e-12, atol=1e-12)


def test_arrays_made_by_hand_lie_as_they_were_given():
    for make in (lambda x: dualad.dual(x), lambda x: dualad.dual(x, np.ones_like(x)), lambda x: dualad.hyperdual(x, np.ones_like(x))):
        for x in (B, np.asfortranarray(B), B.transpose(1, 0, 2)):
            assert lying(make(x)) == axes_of(x)
            assert lying(2.0 * make(x)) == axes_of(2.0 * x)
            assert lying(copy.deepcopy(make(x))) == axes_of(copy.deepcopy(x))
            np.testing.assert_array_equal(pickle.loads(pickle.dumps(make(x))).value, x)
