"""Indexing, slicing, sorting and joining"""

import numpy as np


def slices(x):
    return np.sum(x[1:] * x[:-1]) + x[::2].sum() * x[-1]


def differences_by_slices(x):
    u = np.concatenate([x, x ** 2])
    return np.sum((u[2:] - 2 * u[1:-1] + u[:-2]) ** 2)


def index_arrays(x):
    k = np.array([0, 2, 2, 1])
    return np.sum(x[k] * x[[1, 1, 0, 2]]) + np.take(x, [0, 0]).sum() ** 2


def boolean_masks(x):
    return np.sum(x[x > 1] ** 2) * x[~(x > 1)].sum()


def rows_and_columns(x):
    a = np.outer(x, x[::-1])
    return a[0, 1] + a[:, 2] @ a[1] + a[..., -1].sum() + a[[0, 1], [1, 2]].prod()


def unpacked(x):
    a, b, c = x
    (d, *rest) = x
    return a * b ** 2 + np.sin(c) * d + sum(rest)


def enumerated(x):
    total = 0.0
    for k, v in enumerate(x):
        total += v ** (k + 1)
    return total


def zipped(x):
    return sum(a * b for a, b in zip(x[1:], x[:-1], strict=True)) + sum(v for v in reversed(x))


def reshaped(x):
    a = np.tile(x, 4).reshape(3, 4)
    return np.sum(a.T @ a) + a.ravel()[5] ** 2 + np.squeeze(a[None, :1]).sum()


def joined(x):
    a = np.vstack([x, 2 * x])
    b = np.column_stack((x, x ** 2))
    return np.sum(np.hstack([a, b.T]) ** 2) + np.r_[0.0, np.append(x, 1.0)].sum() * np.stack([x, x])[1, 2]


def rolled_and_padded(x):
    return np.sum(np.roll(x, 1) * x) + np.sum(np.pad(x, 1, mode="edge")[2:] ** 2) + np.flip(x)[0] * np.repeat(x, 2)[3]


def sorted_entries(x):
    y = np.sort(-x)
    return y @ np.array([1.0, 2.0, 3.0]) + x[np.argsort(x)][0] ** 2 + sorted(x)[1]


def largest_entry(x):
    k = int(np.argmax(x))
    return x[k] ** 2 + x[np.argmin(np.abs(x - 1))] + np.partition(x, 1)[1]


def searched_in_a_table(x):
    t = np.array([0.0, 1.0, 1.5, 3.0])
    k = np.searchsorted(t, x) - 1
    return np.sum(t[k] * x + (x - t[k]) ** 2)


def nonzero_and_counted(x):
    (k,) = np.nonzero(x > 1)
    return x[k].sum() * np.count_nonzero(x > 0.6) + x[np.where(x < 1)[0][0]] ** 2


def split_in_parts(x):
    a, b = np.split(np.concatenate([x, x * x]), 2)
    return a @ b + np.array_split(x, 2)[1].sum()


def triangles_and_diagonals(x):
    a = np.outer(x, x) + np.diag(x)
    return np.trace(a) + np.diag(a, 1).sum() ** 2 + np.sum(np.tril(a) @ x)


def windows(x):
    u = np.concatenate([x, x])
    return np.sum(np.lib.stride_tricks.sliding_window_view(u, 3).mean(axis=1) ** 2)
