"""Loops that fill: time steps, recurrences, solvers written out"""

import math

import numpy as np


def time_loop(x):
    u = np.zeros((6, 3))
    u[0] = x
    for k in range(5):
        u[k + 1] = u[k] + 0.1 * np.sin(u[k]) * u[k][::-1]
    return np.sum(u[-1] ** 2)


def runge_kutta_with_work_arrays(x):
    def rhs(t, y, dy):
        dy[0] = y[1]
        dy[1] = -x[0] * math.sin(y[0]) - x[1] * y[1]

    y, k = np.zeros(2), np.zeros((2, 2))
    y[0] = x[2]
    for step in range(4):
        rhs(step, y, k[0])
        rhs(step, y + 0.1 * k[0], k[1])
        y += 0.05 * (k[0] + k[1])
    return y @ y


def higher_order(x):
    def integrate(rhs, y0, n):
        y = np.empty((n + 1, len(y0)))
        y[0] = y0
        for k in range(n):
            y[k + 1] = y[k] + 0.1 * np.asarray(rhs(y[k]))
        return y

    return integrate(lambda u: [math.sin(u[0]), u[1] * u[2], float(u[0])], x, 4)[-1].sum()


def tridiagonal_solve(x):
    n = 5
    c, d, u = np.zeros(n), np.zeros(n), np.zeros(n)
    c[0], d[0] = x[0] / 4.0, x[1] / 4.0
    for i in range(1, n):
        m = 4.0 - x[0] * c[i - 1]
        c[i], d[i] = x[0] / m, (x[1] * i - x[0] * d[i - 1]) / m
    u[-1] = d[-1]
    for i in range(n - 2, -1, -1):
        u[i] = d[i] - c[i] * u[i + 1]
    return np.sum(u ** 2) * x[2]


def elimination(x):
    a = np.array([[4.0, x[0], 0.0], [x[1], 5.0, 1.0], [0.0, x[2], 6.0]])
    b = np.array([1.0, 2.0, x[0]])
    for i in range(3):
        for j in range(i + 1, 3):
            f = a[j, i] / a[i, i]
            a[j] -= f * a[i]
            b[j] -= f * b[i]
    for i in reversed(range(3)):
        b[i] = (b[i] - a[i, i + 1:] @ b[i + 1:]) / a[i, i]
    return b @ b


def bubble_sort(x):
    y = np.array([v for v in x])
    for i in range(3):
        for j in range(2 - i):
            if y[j] < y[j + 1]:
                y[j], y[j + 1] = float(y[j + 1]), float(y[j])
    return y @ np.array([1.0, 2.0, 4.0]) * y[0]


def moving_average(x):
    out, window = np.zeros(3), np.ones(2)
    for k in range(3):
        window[k % 2] = x[k]
        out[k] = window.mean()
    return np.sum(out ** 2)


def stencil(x):
    u = np.zeros((4, 4))
    u[1, 1], u[2, 2] = x[0], x[1]
    for _ in range(2):
        v = u.copy()
        v[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]) + x[2] * u[1:-1, 1:-1]
        u = v
    return np.sum(u ** 2)


def euler(x):
    y = x[0]
    for _ in range(20):
        y = y + 0.05 * (x[1] * y * (1 - y / x[2]))
    return y


def runge_kutta(x):
    def rhs(t, y):
        return np.array([y[1], -x[0] * np.sin(y[0]) - x[1] * y[1] + 0.1 * np.cos(t)])

    t, y, h = 0.0, np.array([x[2], 0.0]), 0.1
    for _ in range(10):
        k1 = rhs(t, y)
        k2 = rhs(t + h / 2, y + h / 2 * k1)
        k3 = rhs(t + h / 2, y + h / 2 * k2)
        k4 = rhs(t + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += h
    return y @ y


def leapfrog_orbit(x):
    n = 20
    q, v = np.zeros((n, 2)), np.zeros((n, 2))
    q[0], v[0] = (1.0, x[0]), [0.0, x[1]]
    for k in range(n - 1):
        a = -x[2] * q[k] / np.linalg.norm(q[k]) ** 3
        half = v[k] + 0.05 * a
        q[k + 1] = q[k] + 0.1 * half
        v[k + 1] = half - 0.05 * x[2] * q[k + 1] / math.hypot(*q[k + 1]) ** 3
    return np.sum(q[-1] ** 2) + v[:, 0].max()


def heat_equation(x):
    n = 12
    u, new = np.zeros(n), np.zeros(n)
    u[n // 2] = x[0]
    for _ in range(15):
        for i in range(1, n - 1):
            new[i] = u[i] + 0.2 * x[1] * (u[i + 1] - 2 * u[i] + u[i - 1])
        new[0], new[-1] = x[2], 0.0
        u, new = new, u
    return np.sum(u ** 2)


def implicit_euler(x):
    a = np.diag(np.full(4, -2.0)) + np.diag(np.ones(3), 1) + np.diag(np.ones(3), -1)
    u = np.zeros((6, 4))
    u[0] = np.append(x, 1.0)
    for k in range(5):
        u[k + 1] = np.linalg.solve(np.eye(4) - 0.1 * x[0] * a, u[k])
    return u[-1] @ u[-1]


def predator_and_prey_with_work_arrays(x):
    y, rate, path = np.array([1.0, 0.5]), np.empty(2), np.empty((15, 2))
    for k in range(15):
        rate[0] = x[0] * y[0] - x[1] * y[0] * y[1]
        rate[1] = 0.5 * y[0] * y[1] - x[2] * y[1]
        y = y + 0.05 * rate
        path[k] = y
    return path[:, 0].mean() + path[:, 1].max()


def random_walk_with_a_seed(x):
    rng = np.random.default_rng(7)
    s = np.empty(20)
    s[0] = x[0]
    for k in range(1, 20):
        s[k] = s[k - 1] * math.exp((x[1] - 0.5 * x[2] ** 2) * 0.01 + x[2] * 0.1 * rng.standard_normal())
    return np.maximum(s - 0.1, 0).sum()


def newton_iteration(x):
    y = 1.0
    for _ in range(30):
        step = (y ** 3 + x[0] * y - x[2]) / (3 * y ** 2 + x[0])
        y -= step
        if abs(step) < 1e-14:
            break
    return y * x[1]


def newton_iteration_with_a_matrix(x):
    z = np.array([1.0, 1.0])
    residual, jacobian = np.zeros(2), np.zeros((2, 2))
    while True:
        residual[0] = z[0] ** 2 + z[1] - x[2]
        residual[1] = x[0] * z[0] - z[1] * x[1]
        jacobian[0] = 2 * z[0], 1.0
        jacobian[1, 0], jacobian[1, 1] = x[0], -x[1]
        step = np.linalg.solve(jacobian, residual)
        z = z - step
        if np.max(np.abs(step)) < 1e-13:
            return z[0] * z[1]


def fixed_point_until_it_converges(x):
    y, last, count = x[0], math.inf, 0
    while abs(y - last) > 1e-14 and count < 200:
        y, last, count = math.cos(0.5 * y) * x[1] / 2, y, count + 1
    return y


def secant_and_bisection(x):
    def f(y):
        return math.exp(y) * x[0] - x[2]

    low, high = 0.0, 3.0
    for _ in range(5):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    a, b = low, high
    for _ in range(12):
        if f(b) == f(a):
            break
        a, b = b, b - f(b) * (b - a) / (f(b) - f(a))
    return b * x[1]


def gradient_descent(x):
    w = np.zeros(2)
    for _ in range(10):
        g = np.empty(2)
        g[0] = 2 * (w[0] - x[0]) + x[1] * w[1]
        g[1] = 2 * (w[1] - x[2]) + x[1] * w[0]
        w -= 0.1 * g
    return w @ w


def horner(x):
    y = 0.0
    for c in [3.0, x[1], -2.0, x[2]]:
        y = y * x[0] + c
    return y


def legendre_recurrence(x):
    p = np.empty(6)
    p[0], p[1] = 1.0, x[0]
    for n in range(1, 5):
        p[n + 1] = ((2 * n + 1) * x[0] * p[n] - n * p[n - 1]) / (n + 1)
    return p @ np.arange(6.0) * x[2]


def simpson(x):
    n, total = 10, 0.0
    h = x[1] / n
    for k in range(n + 1):
        weight = 1 if k in (0, n) else 4 if k % 2 else 2
        total += weight * math.exp(-x[0] * (k * h) ** 2)
    return total * h / 3


def cholesky_written_out(x):
    a = np.outer(x, x) + 3 * np.eye(3)
    c = np.zeros_like(np.eye(3))
    for i in range(3):
        for j in range(i + 1):
            s = sum(c[i, k] * c[j, k] for k in range(j))
            c[i, j] = math.sqrt(a[i, i] - s) if i == j else (a[i, j] - s) / c[j, j]
    return np.sum(c) * c[2, 2]


def option_tree(x):
    n, up = 8, math.exp(0.1 * x[1])
    values = np.zeros(n + 1)
    for k in range(n + 1):
        values[k] = max(x[2] * up ** (2 * k - n) - 1.9, 0.0)
    q = (math.exp(0.01 * x[0]) - 1 / up) / (up - 1 / up)
    for step in range(n, 0, -1):
        values[:step] = math.exp(-0.01 * x[0]) * (q * values[1:step + 1] + (1 - q) * values[:step])
    return values[0]


def kalman_filter(x):
    state, p, path = 0.0, 1.0, []
    for z in [0.9, 1.1, 1.3, 0.8]:
        p = p + x[0]
        gain = p / (p + x[1])
        state = state + gain * (z - state)
        p = (1 - gain) * p
        path.append(state)
    return np.array(path).std() + p * x[2]


def autoregression(x):
    noise = np.sin(np.arange(10.0))
    y = np.zeros(10)
    y[0] = x[2]
    for t in range(1, 10):
        y[t] = x[0] * y[t - 1] + noise[t] + (x[1] * noise[t - 1] if t > 1 else 0)
    return np.mean((y - y.mean()) ** 2)


def dynamic_programming(x):
    cost = np.full((4, 4), np.inf)
    cost[0, 0] = 0.0
    for i in range(4):
        for j in range(4):
            here = abs(x[i % 3] - 0.35 * j)
            if i or j:
                cost[i, j] = here + min(cost[i - 1, j] if i else np.inf, cost[i, j - 1] if j else np.inf)
    return cost[-1, -1]


def neighbours_on_a_ring(x):
    u = np.zeros((5, 6))
    u[0, :3] = x
    for k in range(4):
        for i in range(6):
            u[k + 1, i] = u[k, i] - 0.1 * x[0] * (u[k, i] - u[k, i - 1]) + 0.05 * u[k, (i + 1) % 6]
    return np.sum(u[-1] * np.arange(6))
