"""A 64-64-32-10 network learns scikit-learn's 1,797 handwritten digits, three ways: Adam, Newton-CG, K-FAC.

Run: python docs/examples/digits.py     (pip install scikit-learn)
"""

import time

import numpy as np

import dualad
from dualad import nn


def data(dtype=float):
    """Training and test images (a fifth of them) and labels."""
    from sklearn.datasets import load_digits
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    x, y = (x[order] / 16).astype(dtype), y[order]
    return x[360:], y[360:], x[:360], y[:360]


def network(sizes, dtype=float, seed=0):
    """A list of layers, each a dict of a weight (outputs, inputs) and a bias."""
    rng = np.random.default_rng(seed)
    return [{"w": (rng.normal(size=(n, m)) * np.sqrt(2 / m)).astype(dtype), "b": np.zeros(n, dtype)}
            for m, n in zip(sizes, sizes[1:], strict=False)]


def logits(p, x, activation=nn.relu):
    for layer in p[:-1]:
        x = activation(nn.linear(x, layer["w"], layer["b"]))
    return nn.linear(x, p[-1]["w"], p[-1]["b"])


def accuracy(p, x, y, activation=nn.relu):
    return float(np.mean(np.argmax(logits(p, x, activation), axis=1) == y))


def adam(epochs=40, batch=64, rate=3e-3, dtype=float):
    """Accuracy on the test images after some epochs of mini-batches."""
    x, y, x_test, y_test = data(dtype)
    rng, p, state = np.random.default_rng(1), network((64, 64, 32, 10), dtype), None
    gradient = dualad.grad(lambda p, x, y: nn.cross_entropy(logits(p, x), y))
    for epoch in range(epochs):
        order = rng.permutation(len(y))
        for rows in np.array_split(order, len(y) // batch):
            p, state = nn.optim.adam(p, gradient(p, x[rows], y[rows]), state, rate=nn.optim.cosine(epoch, epochs, rate))
    return accuracy(p, x_test, y_test)


def newton_cg(iterations=15):
    """The same task for a 64-16-10 network with SciPy's Newton-CG on exact Hessian-vector products."""
    from scipy.optimize import minimize
    x, y, x_test, y_test = data()
    start = network((64, 16, 10))
    shapes = [(k, name, a.shape) for k, layer in enumerate(start) for name, a in layer.items()]

    def unpack(flat):
        p, at = [{} for _ in start], 0
        for k, name, shape in shapes:
            size = int(np.prod(shape))
            p[k][name], at = flat[at:at + size].reshape(shape), at + size
        return p

    def loss(flat):
        return nn.cross_entropy(logits(unpack(flat), x, np.tanh), y) + 1e-3 * np.sum(flat ** 2)

    flat = np.concatenate([a.ravel() for layer in start for a in layer.values()])
    found = minimize(dualad.value_and_grad(loss), flat, jac=True, hessp=dualad.hvp(loss), method="Newton-CG",
                     options={"maxiter": iterations})
    return accuracy(unpack(found.x), x_test, y_test, np.tanh)


def kfac(steps=60, rate=0.5, damping=1e-2):
    """A 64-32-10 network by K-FAC: each layer's curvature is a product of second moments of its inputs and of its cotangents."""
    x, y, x_test, y_test = data()
    p, rng, moments = network((64, 32, 10)), np.random.default_rng(2), None
    for _ in range(steps):
        # Fisher's matrix: labels drawn from the model itself
        scores = logits(p, x, np.tanh)
        drawn = np.argmax(scores + rng.gumbel(size=scores.shape), axis=1)
        inputs, cotangents = curvature_samples(p, x, drawn)
        fresh = [(a.T @ a / len(x), g.T @ g * len(x)) for a, g in zip(inputs, cotangents, strict=True)]
        moments = fresh if moments is None else [(0.9 * a + 0.1 * b, 0.9 * c + 0.1 * d)
                                                 for (a, c), (b, d) in zip(moments, fresh, strict=True)]
        gradient = dualad.grad(lambda p: nn.cross_entropy(logits(p, x, np.tanh), y))(p)
        for layer, g, (a, c) in zip(p, gradient, moments, strict=True):
            whole = np.column_stack([g["w"], g["b"]])
            root = np.sqrt(damping)
            step = np.linalg.solve(c + root * np.eye(len(c)), np.linalg.solve(a + root * np.eye(len(a)), whole.T).T)
            layer["w"], layer["b"] = layer["w"] - rate * step[:, :-1], layer["b"] - rate * step[:, -1]
    return accuracy(p, x_test, y_test, np.tanh)


def curvature_samples(p, x, labels):
    """Inputs (with a column of ones for the bias) and cotangents of the linear part of every layer."""
    inputs, cotangents = {}, {}

    def loss(p):
        h = x
        for k, layer in enumerate(p):
            inputs[k] = np.column_stack([dualad.stop_gradient(h), np.ones(len(x))])

            def show(g, k=k):
                cotangents[k] = g
                return g

            z = dualad.gradient_hook(nn.linear(h, layer["w"], layer["b"]), show)
            h = np.tanh(z)
        return nn.cross_entropy(z, labels)

    dualad.grad(loss)(p)
    return [inputs[k] for k in range(len(p))], [cotangents[k] for k in range(len(p))]


if __name__ == "__main__":
    for run in (adam, newton_cg, kfac):
        start = time.perf_counter()
        print(f"{run.__name__}: {100 * run():.1f} % of the test images in {time.perf_counter() - start:.1f} s")
