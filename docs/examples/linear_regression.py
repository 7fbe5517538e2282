"""Gradient descent: y = 2 x + 1 with noise, a thousand points, the mean squared error, parameters in a dict.

Run: python docs/examples/linear_regression.py [picture.png]
"""

import sys

import numpy as np

import dualad
from dualad import nn


def data(dtype=float):
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    return x.astype(dtype), (2 * x + 1 + 0.1 * rng.normal(size=1000)).astype(dtype)


def loss(p, x, y):
    return nn.mse(p["w"] * x + p["b"], y)


def descend(x, y, epochs=100, rate=0.1):
    """The parameters after some steps, and the loss and parameters before each of them."""
    p, path = {"w": x.dtype.type(0), "b": x.dtype.type(0)}, []
    step = dualad.value_and_grad(loss)
    for _ in range(epochs):
        value, gradient = step(p, x, y)
        path.append((float(value), float(p["w"]), float(p["b"])))
        p, _ = nn.optim.sgd(p, gradient, rate=rate)     # p - rate * gradient, leaf by leaf
    return p, path


def plot(path, name):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    values, w, b = zip(*path, strict=True)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
    left.semilogy(values)
    left.set(xlabel="epoch", ylabel="loss")
    right.plot(w, b, ".-")
    right.set(xlabel="w", ylabel="b")
    figure.savefig(name)
    plt.close(figure)


if __name__ == "__main__":
    x, y = data()
    p, path = descend(x, y)
    best = np.linalg.lstsq(np.stack([x, np.ones_like(x)], axis=1), y)[0]
    print(f"after 100 epochs w = {p['w']:.8f}, b = {p['b']:.8f}, loss {path[-1][0]:.6f}")
    print(f"least squares    w = {best[0]:.8f}, b = {best[1]:.8f}")
    if sys.argv[1:]:
        plot(path, sys.argv[1])
