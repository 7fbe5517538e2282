"""Forward against reverse: times over the function's own, and memory, measured on this machine.

Run: python docs/examples/modes.py
"""

import platform
import time
import tracemalloc

import numpy as np

import dualad


def best(f, rounds=15):
    """The best CPU time of some calls, which other work on the machine disturbs least."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        f()
        times.append(time.process_time() - start)
    return min(times)


def peak(f):
    """Bytes above those at the start."""
    tracemalloc.start()
    try:
        f()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def case(inputs, outputs, length=40000):
    """A function of some inputs and outputs with work of the same length between them, and a point."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(length, inputs)), rng.normal(size=(outputs, length)) / length
    return (lambda x: b @ (np.tanh(a @ x) * np.exp(-(a @ x) ** 2 / inputs))), rng.normal(size=inputs)


def chain(steps):
    """A number that goes through an array of 10,000 entries and some elementwise steps."""
    def f(x):
        for _ in range(steps):
            x = np.sin(x)
        return np.sum(x)
    return f, np.linspace(0.0, 1.0, 10000)


def main():
    print(f"{platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}")
    print("inputs  outputs   forward / f   reverse / f")
    for inputs, outputs in ((1, 16), (4, 4), (16, 1), (64, 1)):
        f, x = case(inputs, outputs)
        own = best(lambda f=f, x=x: f(x))
        times = [best(lambda f=f, x=x, m=m: dualad.jacobian(f, mode=m)(x), 5) / own for m in ("forward", "reverse")]
        print(f"{inputs:6d}  {outputs:7d}  {times[0]:12.1f}  {times[1]:12.1f}")
    print("steps   memory of f   one direction forward   gradient in reverse   (arrays of 80 kB)")
    for steps in (10, 100, 400):
        f, x = chain(steps)
        v = np.ones_like(x)
        sizes = peak(lambda f=f, x=x: f(x)), peak(lambda f=f, x=x, v=v: dualad.jvp(f, (x,), (v,))), peak(
            lambda f=f, x=x: dualad.grad(f)(x))
        print(f"{steps:5d}  {sizes[0] / 8e4:12.1f}  {sizes[1] / 8e4:22.1f}  {sizes[2] / 8e4:20.1f}")


if __name__ == "__main__":
    main()
