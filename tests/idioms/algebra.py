"""Linear algebra"""

import numpy as np
from numpy.linalg import det, inv, norm, solve


def _matrix(x):
    return np.array([[4.0, x[0], 0.5], [x[1], 5.0, 1.0], [0.3, x[2], 6.0]])


def _symmetric(x):
    a = np.outer(x, x[::-1])
    return a + a.T + np.diag([4.0, 5.0, 7.0])


def quadratic_form(x):
    a = _symmetric(np.ones(3))
    return 0.5 * x @ a @ x - np.dot(x, [1.0, 2.0, 3.0])


def linear_solve(x):
    return np.sum(np.linalg.solve(_matrix(x), x) ** 2)


def inverse_and_determinant(x):
    a = _matrix(x)
    return np.trace(inv(a)) + det(a) / 100 + np.linalg.slogdet(a)[1]


def several_right_sides(x):
    b = np.column_stack([x, np.ones(3), x ** 2])
    return np.sum(solve(_matrix(x), b))


def least_squares(x):
    t = np.linspace(0, 1, 6)
    a = np.vander(t * x[0] + 0.1, 3)
    return np.linalg.lstsq(a, np.sin(x[1] * t), rcond=None)[0] @ x


def normal_equations(x):
    a = np.column_stack([np.ones(4), np.arange(4.0) * x[0]])
    beta = np.linalg.solve(a.T @ a, a.T @ np.append(x, 1.0))
    return beta @ beta


def cholesky_factor(x):
    c = np.linalg.cholesky(_symmetric(x))
    return np.sum(np.log(np.diag(c))) + np.sum(np.linalg.solve(c, x) ** 2)


def eigenvalues(x):
    w = np.linalg.eigvalsh(_symmetric(x))
    return w[-1] / w[0] + np.sum(w ** 3) / 100


def eigenvectors(x):
    w, v = np.linalg.eigh(_symmetric(x))
    return np.sum(v[:, 0] ** 4) + w[0] * (v[:, -1] @ x) ** 2


def singular_values(x):
    s = np.linalg.svd(_matrix(x), compute_uv=False)
    return s[0] / s[-1] + norm(_matrix(x), 2)


def orthogonal_factors(x):
    q, r = np.linalg.qr(_matrix(x))
    return np.sum((q.T @ x) ** 4) + r[0, 0] * r[1, 2]


def power_iteration(x):
    v = np.ones(3)
    for _ in range(8):
        v = _symmetric(x) @ v
        v /= norm(v)
    return v @ _symmetric(x) @ v


def gram_schmidt(x):
    a = _matrix(x)
    q = np.zeros((3, 3))
    for j in range(3):
        v = a[:, j].copy()
        for i in range(j):
            v -= (q[:, i] @ a[:, j]) * q[:, i]
        q[:, j] = v / np.sqrt(v @ v)
    return np.sum(q ** 3)


def assembled_stiffness(x):
    k = np.zeros((4, 4))
    for e, s in enumerate(x):
        k[e:e + 2, e:e + 2] += s * np.array([[1.0, -1.0], [-1.0, 1.0]])
    free = np.array([1, 2, 3])
    u = np.zeros(4)
    u[free] = np.linalg.solve(k[np.ix_(free, free)], np.array([0.0, 1.0, 2.0]))
    return u[-1] ** 2 + u @ k @ u


def matrix_power(x):
    return np.sum(np.linalg.matrix_power(_matrix(x) / 6, 3)) + np.sum(np.kron(x, [1.0, x[0]]))


def batch_of_matrices(x):
    a = np.stack([_matrix(x), _symmetric(x)])
    return np.sum(np.linalg.inv(a) @ x) + np.linalg.det(a).sum() / 100


def conjugate_gradients(x):
    a = _symmetric(x) @ _symmetric(x)
    b, u = np.ones(3), np.zeros(3)
    r = b - a @ u
    p = r.copy()
    for _ in range(2):
        step = (r @ r) / (p @ a @ p)
        u = u + step * p
        new = r - step * (a @ p)
        p = new + (new @ new) / (r @ r) * p
        r = new
    return u @ u
