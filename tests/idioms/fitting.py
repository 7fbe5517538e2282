"""Losses, likelihoods and models"""

import math

import numpy as np


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


def himmelblau(x):
    a, b = x[0], x[1]
    return (a ** 2 + b - 11) ** 2 + (a + b ** 2 - 7) ** 2 + x[2]


def ackley(x):
    a = -20 * math.exp(-0.2 * math.sqrt(sum(v ** 2 for v in x) / len(x)))
    return a - math.exp(sum(math.cos(2 * math.pi * v) for v in x) / len(x)) + 20 + math.e


def sum_of_squares(x):
    t = np.linspace(0, 2, 8)
    data = 2.5 * np.exp(-1.3 * t)
    return np.sum((x[0] * np.exp(-x[1] * t) + x[2] - data) ** 2)


def residuals_filled_in_a_loop(x):
    t, data = [0.0, 0.5, 1.0, 2.0], [1.0, 0.7, 0.4, 0.2]
    r = np.zeros(len(t))
    for i in range(len(t)):
        r[i] = x[0] * math.exp(-x[1] * t[i]) + x[2] * t[i] - data[i]
    return r


def logistic_regression(x):
    features = np.array([[1.0, 0.2, -1.0], [1.0, -0.5, 0.3], [1.0, 1.5, 0.8]])
    y = np.array([1, 0, 1])
    z = features @ x
    return np.mean(np.log(1 + np.exp(-np.where(y == 1, z, -z)))) + 0.1 * np.sum(x[1:] ** 2)


def cross_entropy(x):
    scores = np.outer(x, [1.0, -0.5, 0.2])
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(3), [0, 2, 1]]).mean()


def huber_loss(x):
    r = x - np.array([1.0, 1.1, 0.2])
    return np.sum(np.where(np.abs(r) < 1, 0.5 * r ** 2, np.abs(r) - 0.5))


def normal_log_likelihood(x):
    data = np.array([1.1, 0.4, 2.0, 1.6])
    mu, sigma = x[0], np.exp(x[1])
    return -0.5 * np.sum(((data - mu) / sigma) ** 2) - len(data) * math.log(sigma) - 0.5 * len(data) * math.log(2 * math.pi) * x[2]


def gaussian_process(x):
    t = np.array([0.0, 0.4, 1.0, 1.7])
    k = x[0] ** 2 * np.exp(-0.5 * (t[:, None] - t[None, :]) ** 2 / x[1] ** 2) + (0.1 + x[2] ** 2) * np.eye(4)
    c = np.linalg.cholesky(k)
    alpha = np.linalg.solve(c, np.sin(t))
    return 0.5 * alpha @ alpha + np.sum(np.log(np.diag(c)))


def mixture(x):
    data = np.array([-0.4, 0.3, 1.2, 2.5])
    w = 1 / (1 + math.exp(-x[0]))
    density = w * np.exp(-0.5 * (data - x[1]) ** 2) + (1 - w) * np.exp(-0.5 * (data - x[2]) ** 2)
    return -np.log(density / math.sqrt(2 * math.pi)).sum()


def parameters_in_a_dict(p):
    t = np.linspace(0, 1, 5)
    model = p["scale"] * np.exp(-p["rates"][0] * t) + p["rates"][1] * t
    return np.sum((model - np.cos(t)) ** 2) + float(p["scale"]) ** 2


def neural_network(p):
    data = np.array([[0.1, 0.5], [-0.3, 0.8], [0.9, -0.2]])
    hidden = np.tanh(data @ np.outer(p["rates"], [1.0, -1.0, 0.5]) + p["scale"])
    return np.mean((hidden.sum(axis=1) - np.array([0.2, 0.1, -0.4])) ** 2)


def parameters_unpacked_from_a_vector(x):
    names = ["mass", "stiffness", "damping"]
    p = dict(zip(names, x, strict=True))
    p["ratio"] = p["damping"] / (2 * math.sqrt(p["stiffness"] * p["mass"]))
    return p["ratio"] ** 2 + sum(p.values()) + p.pop("mass")


def penalised(x):
    penalty = 0.0
    for low, v, high in zip([0, 0, 0], x, [0.3, 1.0, 3.0], strict=True):
        penalty += max(0, v - high) ** 2 + max(0, low - v) ** 2
    return np.sum(x ** 2) + 10 * penalty


def equation_of_state(x):
    temperature, volume = 300 * x[0], x[1]
    a, b = 0.4 * x[2], 0.05
    alpha = (1 + 0.5 * (1 - math.sqrt(temperature / 400))) ** 2
    return 8.314e-3 * temperature / (volume - b) - a * alpha / (volume * (volume + b) + b * (volume - b))


def lens_maker(x):
    matrix = np.eye(2)
    for radius, index, gap in [(x[0] * 10, 1.5, 0.2), (-x[1] * 10, 1 / 1.5, x[2])]:
        refraction = np.array([[1, 0], [(1 - index) / (index * radius), 1 / index]])
        matrix = np.array([[1, gap], [0, 1]]) @ refraction @ matrix
    return -1 / matrix[1, 0]


def robot_arm(x):
    position, angle, points = np.zeros(2), 0.0, []
    for length, turn in zip([1.0, 0.8, 0.5], x, strict=True):
        angle += turn
        position = position + length * np.array([math.cos(angle), math.sin(angle)])
        points.append(position)
    return np.sum((points[-1] - np.array([1.0, 1.0])) ** 2) + np.array(points)[:, 1].mean()
