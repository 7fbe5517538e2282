"""Writing in place"""

import numpy as np


def augmented_assignment(x):
    y = x * 1.0
    y += x
    y *= y
    y -= 1
    y /= 1 + x
    y **= 2
    return y.sum()


def slices_assigned(x):
    y = np.zeros_like(x)
    y[1:] = x[:-1] ** 2
    y[0] = x[-1] * y[1]
    y[::2] += x[0]
    return np.sum(y ** 2)


def views_written(x):
    y = np.empty_like(x)
    y[...] = x
    last = y[1:]
    last *= x[0]
    last[-1] = y[0]
    return np.prod(y)


def masks_assigned(x):
    y = x.copy()
    y[y > 1] = 1.0
    y[x < 1] *= 3
    return np.sum(y * x)


def swapped(x):
    y = x.copy()
    y[0], y[2] = y[2], y[0]
    y[[0, 1]] = y[[1, 0]]
    return y @ np.array([1.0, 4.0, 9.0]) * y[0]


def rows_in_a_loop(x):
    a = np.outer(x, x)
    for i in range(3):
        a[i] /= a[i].sum()
        a[:, i] -= x
    return np.sum(a ** 2)


def iterated_rows(x):
    a = np.outer(x, x)
    for row in a:
        row *= row[0]
    return a.sum()


def overlapping(x):
    y = np.concatenate([x, x])
    y[1:] = y[:-1] * 2
    y[:-1] += y[1:]
    return np.sum(y ** 2)


def with_out(x):
    y = np.zeros_like(x)
    np.multiply(x, x, out=y)
    np.sin(y, y)
    np.add(y, x, out=y, where=x > 1)
    return y.sum()


def sorted_in_place(x):
    y = x[::-1] * 1.0
    y.sort()
    return y @ np.array([1.0, 2.0, 3.0]) * y[0]


def accumulated_at(x):
    y = np.zeros_like(x)
    np.add.at(y, [0, 0, 2], x ** 2)
    return np.sum(y ** 2)


def filled_diagonal(x):
    a = np.outer(x, x)
    np.fill_diagonal(a, x ** 2)
    np.fill_diagonal(a[:2, :2], 1.0)
    return np.sum(a @ x)


def flat_assigned(x):
    a = np.outer(x, x)
    b = a.reshape(-1)
    b[::4] = 0.0
    return np.sum(a ** 2)
