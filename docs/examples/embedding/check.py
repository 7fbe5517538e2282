"""Compare the compiled derivatives with those of the same functions in NumPy; prints the largest relative difference."""

import kinetics
import numpy as np

import dualad


def robertson(y):
    slow, fast, last = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
    return np.array([last - slow, slow - last - fast, fast])


def compare(got, want):
    return float(np.max(np.abs(got - want)) / np.max(np.abs(want)))


def main():
    errors = {}
    y, rates, jacobian = np.array([0.7, 1e-5, 0.3]), np.empty(3), np.empty((3, 3))
    kinetics.robertson(y, rates, jacobian)
    errors["rates"], errors["rates by y"] = compare(rates, robertson(y)), compare(jacobian, dualad.jacobian(robertson)(y))

    b, x = np.array([2.0, 0.4, 3.0]), np.linspace(-1.0, 2.0, 200)
    data, r, jacobian = np.cos(x), np.empty(200), np.empty((200, 3))
    residuals = lambda b: b[0] * np.exp(-b[2] * (x - b[1]) ** 2) - data
    kinetics.residuals(b, x, data, r, jacobian)
    errors["residuals"], errors["residuals by b"] = compare(r, residuals(b)), compare(jacobian, dualad.jacobian(residuals)(b))

    def potential(p):
        r = np.sqrt(p[0] ** 2 + 2 * p[1] ** 2) + p[0] * p[1] / 10
        return np.log(1.5 + r) + r ** -1.5

    gradient, hessian = np.empty(2), np.empty((2, 2))
    value = kinetics.potential(0.8, -0.3, gradient, hessian)
    for name, got, want in zip(("potential", "force", "curvature"), (value, gradient, hessian),
                               dualad.value_grad_hess(potential)(np.array([0.8, -0.3])), strict=True):
        errors[name] = compare(got, want)

    work = np.empty(12)
    value = kinetics.horner(np.array([1.0, -2.0, 0.5, 3.0, -1.0]), 1.3, work)
    errors["polynomial"] = compare(value, np.polyval([1.0, -2.0, 0.5, 3.0, -1.0], 1.3))
    errors["polynomial by coefficients"] = compare(work[1:6], 1.3 ** np.arange(4, -1, -1))

    for name, error in errors.items():
        print(f"{name:28} {error:.1e}")
    if max(errors.values()) > 1e-13:
        raise SystemExit("the compiled derivatives differ from those of NumPy code")


if __name__ == "__main__":
    main()
