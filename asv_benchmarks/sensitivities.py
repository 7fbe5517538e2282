"""Forward sensitivities against the accepted steps in reverse: cost in plain solves, for 4 to 100 parameters.

python asv_benchmarks/sensitivities.py
"""

import time

import numpy as np
from scipy.integrate import solve_ivp

import dualad


def problem(n, method):
    """n parameters: couplings of a ring of n / 2 oscillators, and their starts."""
    m = n // 2

    def loss(p):
        k, y0 = p[:m], p[m:]

        def rhs(t, y):
            x, v = y[:m], y[m:]
            return np.concatenate([v, -k * np.sin(x) - 0.1 * v + 0.2 * (np.roll(x, 1) - x)])

        found = solve_ivp(rhs, (0, 10), np.concatenate([y0, 0 * y0]), method=method, rtol=1e-7, atol=1e-9)
        return np.sum(found.y[:, -1] ** 2)

    return loss, np.linspace(1.0, 1.5, n)


def seconds(f, p):
    f(p)
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        f(p)
        best = min(best, time.perf_counter() - start)
    return best


def main():
    print(f"{'method':8} {'parameters':>10} {'plain':>9} {'forward':>9} {'reverse':>9} {'chosen':>9}   (multiples of plain)")
    for method, sizes in (("RK45", (4, 20, 100)), ("DOP853", (4, 20, 100)), ("Radau", (4, 20))):
        for n in sizes:
            loss, p = problem(n, method)
            plain = seconds(loss, p)
            ways = [seconds(dualad.jacobian(loss, mode=mode), p) / plain for mode in ("forward", "reverse", "auto")]
            print(f"{method:8} {n:10} {1e3 * plain:6.1f} ms " + " ".join(f"{w:9.1f}" for w in ways), flush=True)


if __name__ == "__main__":
    main()
