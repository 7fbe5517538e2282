"""Arrays made of computed numbers"""

import math

import numpy as np


def array_of_scalars(x):
    return np.sum(np.array([x[0], 1.0, x[1] * x[2]]) ** 2)


def nested_array(x):
    return np.sum(np.array([[[x[0], 1.0], [2, x[1] * x[2]]], [[1, 1], (x[0], x[1])]], dtype=float) ** 3)


def array_of_rows(x):
    return np.sum(np.array([x, 2 * x, [1, x[0], 3.0]]) @ x)


def array_of_a_comprehension(x):
    return np.sum(np.array([v ** 2 for v in x]) * np.asarray([math.exp(v) for v in x]))


def asarray_float(x):
    x = np.asarray(x, dtype=float)
    y = np.array(x)
    y[0] = 3 * y[1]
    return np.sum(y * x)


def array_with_ndmin(x):
    return np.sum(np.array(x, ndmin=2) @ np.ascontiguousarray(x))


def astype_float(x):
    return np.sum(np.array([x[0], x[1]]).astype(float) ** 2) * x.astype(np.float64)[2]


def full_of_a_traced_number(x):
    return np.sum(np.full((2, 2), x[0]) ** 2) + np.full(3, x[1] * x[2], dtype=float)[1]


def from_a_generator(x):
    def terms():
        for v in x:
            yield math.cos(v)

    return sum(terms()) + np.fromiter(terms(), float)[0] ** 2


def append_and_array(x):
    out = []
    for v in x:
        out.append(float(v) ** 2)
    return np.sum(np.array(out)[::-1] * x)


def matrix_of_scalars(x):
    c, s = np.cos(x[0]), np.sin(x[0])
    rotation = np.array([[c, -s], [s, c]])
    return rotation @ x[1:] @ np.array([1.0, 2.0])


def rotations_multiplied(x):
    def about(axis, angle):
        c, s = math.cos(angle), math.sin(angle)
        i, j = [k for k in range(3) if k != axis]
        r = np.eye(3)
        r[i, i] = r[j, j] = c
        r[i, j], r[j, i] = -s, s
        return r

    return (about(2, x[0]) @ about(0, x[1]) @ about(2, x[2]) @ np.array([1.0, 2.0, 3.0]))[1]


def tuple_of_tuples(x):
    return np.sum(np.asarray(((x[0], 1), (x[1] * x[2], x[0]))) ** 2)


def matrix_of_a_double_comprehension(x):
    kernel = np.array([[math.exp(-(a - b) ** 2) for b in x] for a in x])
    return kernel.sum() + kernel[0] @ x


def list_times_array(x):
    return np.sum([x[0], x[1]] * np.array([2.0, 3.0])) + np.dot([1.0, x[2], 2.0], x)


def functions_of_lists(x):
    return np.mean([x[0], x[1] ** 2]) + np.max([x[0], x[2]]) * np.prod([v + 1 for v in x]) + np.sum([[x[0]], [x[1]]])


def dict_of_results(x):
    out = {"mean": float(np.mean(x)), "parts": []}
    for v in x:
        out["parts"].append({"value": v, "square": v ** 2})
    return out["mean"] * sum(p["square"] for p in out["parts"]) + np.array([p["value"] for p in out["parts"]])[1]


def vstack_in_a_loop(x):
    a = np.empty((0, 3))
    for k in range(3):
        a = np.vstack([a, x * (k + 1)])
    return np.sum(a[2] * a[0])


def array_with_a_dtype(x):
    return np.array([x[0], x[1]], dtype=np.float64) @ np.asarray([1, x[2]], float)
