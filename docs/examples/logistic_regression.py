"""Logistic regression on scikit-learn's breast-cancer data by Newton's method with the exact Hessian.

Run: python docs/examples/logistic_regression.py     (pip install scikit-learn)
"""

import numpy as np

import dualad
from dualad import nn


def data():
    """Standardised features with a column of ones, and labels 0 and 1."""
    from sklearn.datasets import load_breast_cancer
    x, y = load_breast_cancer(return_X_y=True)
    return np.column_stack([(x - x.mean(0)) / x.std(0), np.ones(len(x))]), y.astype(float)


def loss(w, x, y):
    """The objective of sklearn.linear_model.LogisticRegression with C = 1: the intercept is not penalised."""
    return nn.binary_cross_entropy_with_logits(x @ w, y, reduction="sum") + 0.5 * np.sum(w[:-1] ** 2)


def newton(x, y, tolerance=1e-9):
    """(weights, steps): full steps, until the gradient vanishes."""
    w, everything = np.zeros(x.shape[1]), dualad.value_grad_hess(loss)
    for steps in range(50):
        _, gradient, hessian = everything(w, x, y)
        if np.max(np.abs(gradient)) < tolerance:
            return w, steps
        w = w - np.linalg.solve(hessian, gradient)
    raise RuntimeError("Newton's method has not converged")


if __name__ == "__main__":
    from sklearn.linear_model import LogisticRegression
    x, y = data()
    w, steps = newton(x, y)
    other = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12).fit(x[:, :-1], y)
    difference = np.max(np.abs(w - np.append(other.coef_[0], other.intercept_)))
    print(f"{steps} Newton steps; loss {loss(w, x, y):.9f}; largest difference from scikit-learn {difference:.1e}")
