"""Allocate plain arrays, then fill them"""

import numpy as np
from numpy import array, ones, sin, zeros


def zeros_filled(x):
    y = np.zeros(3)
    for k in range(3):
        y[k] = x[k] ** 2
    return y.sum()


def empty_filled(x):
    y = np.empty(len(x))
    for k, v in enumerate(x):
        y[k] = v * x[0]
    return np.prod(y)


def ones_partly_filled(x):
    y = np.ones(3)
    y[1] = x[1] * x[0]
    return y.sum() * x[2]


def eye_filled(x):
    a = np.eye(3)
    a[0, 1] = x[0]
    a[2] = x
    return np.sum(a @ a @ x)


def full_partly_filled(x):
    y = np.full((2, 3), 1.5)
    y[1, ::2] = x[:2]
    return np.sum(y ** 3)


def zeros_like_of_a_constant(x):
    a = np.arange(3.0)
    y = np.zeros_like(a)
    y[:] = x * a
    return np.sum(y ** 3)


def linspace_overwritten(x):
    t = np.linspace(0.0, 1.0, 5)
    t[2] = x[1]
    return np.sum(t ** 2 * x[0])


def copy_of_a_constant(x):
    a = np.array([1.0, 2.0, 3.0])
    b = a.copy()
    b[0] = x[0]
    return a @ b * x[1]


def result_of_an_operator(x):
    y = 2 * np.ones(3)
    y[0] = x[0] * x[1]
    return np.prod(y) * x[2]


def functions_imported_from_numpy(x):
    y = ones(3)
    y[0] = sin(x[0])
    return y.sum() * x[1]


def names_imported_from_numpy(x):
    y = zeros((2, 2))
    y[0] = array([x[0], 1.0])
    return (y ** 2).sum() * x[2]


def shape_of_the_argument(x):
    y = np.zeros(x.shape)
    y[...] = x
    return y.prod()


def dtype_of_the_argument(x):
    y = np.zeros(4, dtype=x.dtype)
    y[1:] = x
    return np.sum(np.cumsum(y) ** 2)


def view_filled(x):
    y = np.zeros(6)
    v = y[::2]
    v[:] = x
    return np.sum(np.cumsum(y) ** 2)


def reshaped_view_filled(x):
    y = np.zeros(4)
    m = y.reshape(2, 2)
    m[0, 1] = x[0] * x[1]
    return np.sum((y + x[2]) ** 2)


def transposed_view_filled(x):
    y = np.zeros((2, 3))
    y.T[:, 0] = x
    return np.sum(y[0] ** 2)


def mask_and_index_stores(x):
    y = np.zeros(4)
    y[np.array([True, False, True, True])] = x
    y[[1, 1]] = x[:2]
    return np.sum(y ** 2)


def tuple_targets(x):
    y = np.zeros(3)
    y[0], y[1] = x[1], x[0] ** 2
    (y[2],) = (x[2],)
    return np.sum(y ** 2)


def several_targets(x):
    y, z = np.zeros(2), np.zeros(2)
    y[0] = z[1] = x[0] * x[2]
    return y @ y + z.sum()


def lists_stored(x):
    y = np.zeros((2, 2))
    y[0] = [x[0], x[1]]
    y[:] = y + [[x[0], 1.0], [2.0, x[2]]]
    return np.sum(y ** 2)


def augmented_entries(x):
    y = np.zeros(2)
    for k in range(3):
        y[k % 2] += x[k] ** 2
    y[1] *= x[0]
    y[0] -= 1.0
    return y @ y


def augmented_arrays(x):
    s = np.zeros(2)
    s += x[:2]
    s *= x[2]
    s[1:] **= 2
    return s.sum()


def list_of_arrays(x):
    rows = [np.zeros(3) for _ in range(3)]
    for i in range(3):
        for j in range(3):
            rows[i][j] = x[i] * x[j] ** 2
    return np.sum(np.concatenate(rows) * np.arange(9.0))


def dict_of_arrays(x):
    w = {"a": np.zeros(3)}
    w["a"][:] = x
    w["b"] = np.zeros(3)
    w["b"][0] += w["a"][1] * x[0]
    return w["a"] @ w["b"] + w["b"].sum()


def split_then_filled(x):
    a, b = np.split(np.zeros(4), 2)
    a[0], b[1] = x[0], x[1]
    return (a * x[2]).sum() + b.sum() ** 2


def fill_method(x):
    y = np.zeros(3)
    y.fill(x[0])
    y[1] = x[1]
    return np.prod(y)


def copyto_and_place(x):
    y, z = np.zeros(3), np.zeros(3)
    np.copyto(y, x ** 2)
    np.place(z, x > 1, x[x > 1] ** 2)
    return y.sum() * z.sum()


def out_arguments(x):
    y = np.empty(3)
    np.multiply(x, x[::-1], out=y)
    np.add(y, 1.0, y)
    return np.sum(y ** 2)


def add_at_into_zeros(x):
    y = np.zeros(2)
    np.add.at(y, [0, 1, 0], x)
    return np.sum(y ** 2)


def constants_stay_plain(x):
    a = np.array([[2.0, 1, 0], [1, 3, 1], [0, 1, 4]])
    b = np.zeros(3)
    b[:] = x
    return np.sum(a @ b * np.linalg.eigvalsh(a))


def a_list_that_grows(x):
    def grow(parts, v):
        parts.append(np.array([v, v ** 2]))
        parts[0][1] = v

    parts = [np.zeros(2)]
    for v in x:
        grow(parts, v)
    return np.sum(np.concatenate(parts) ** 2)


def ndenumerate_and_flat(x):
    y = np.zeros((1, 3))
    for (_, j), v in np.ndenumerate(np.array([x])):
        y[0, j] = v ** 2
    return sum(y.flat) * y.ravel()[0]


def statements(x):
    y, k = np.zeros(4), 0
    while k < 3:
        try:
            if (v := float(x[k])) > 1.0:
                y[k] = v ** 2
                continue
            y[k] = -v
        finally:
            k += 1
    match k:
        case 3:
            y[3] = y[0] * y[1]
    with np.errstate(all="ignore"):
        y[0] /= x[2]
    return (y if len(y) else x).sum()


def bare_except(x):
    y = np.zeros(3)
    try:
        y[0] = x[0] ** 2
    except:  # noqa: E722
        return 0.0 * x[0]
    return y.sum() + x[1]
