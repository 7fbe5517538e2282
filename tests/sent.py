"""Functions that tests of dualad.parallel send to other processes by name, and the runs that two kinds of cluster make."""

import math
import os
import signal
import sys
from functools import partial
from pathlib import Path

import numpy as np

import dualad
from dualad import parallel
from dualad.rules import Elementwise, declare

POINTS = np.random.default_rng(7).normal(size=(40, 5))
DATA = np.random.default_rng(8).normal(size=(33, 6, 5))


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def field(x):
    """As many results as inputs, every one of every input."""
    return np.sin(np.outer(np.arange(1.0, x.size + 1), np.linspace(0.3, 0.9, x.size)) @ x) * np.exp(-np.sum(x ** 2) / 9)


def tall(x):
    return np.concatenate([field(x), np.cos(field(x)) * x[0], x ** 3])


def loss(w, data):
    return np.sum(np.tanh(data @ w) ** 2)


def structured(p, scale=1.0):
    return {"sum": np.sum(p["a"] ** 3) * p["b"], "rest": (p["a"] * p["b"] * scale, p["b"] ** 2)}


def filled(x):
    """Runs in the capturing scope."""
    out = np.zeros(3)
    out[0], out[1] = math.sin(x[0]) * x[1], float(x[1]) ** 2
    out[2] = out[0] * out[1]
    return out


def filled_too(x):
    out = np.zeros(1)
    out[0] = float(x[0])
    return out


def sees_floats(x):
    """Tells the capturing scope from a plain run."""
    return 3.0 * x if type(x) is float else 2.0 * x


def captured(x):
    return 3.0 * x if type(x) is float else 2.0 * x


def fails_at_negative(x):
    if x[0] < 0:
        raise ValueError("found a negative entry")
    return np.sum(x ** 2)


class StubbornError(Exception):
    """Cannot be unpickled: pools of processes break when such an error comes back."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")


def fails_stubbornly(x):
    raise StubbornError(3, "no luck")


def failing_once(marker, x):
    """Raises the first time."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return rosenbrock(x)
    raise OSError("the disk was away")


def process(k):
    return os.getpid()


def drawing(x):
    return x * np.random.default_rng().normal()


def dying(marker, x):
    """The first process that comes here kills itself, as a machine that fails would."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return rosenbrock(x)
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def bits(tree):
    """A structure of arrays with their bytes in the place of the arrays."""
    if isinstance(tree, dict):
        return {k: bits(v) for k, v in tree.items()}
    if isinstance(tree, tuple | list):
        return [bits(v) for v in tree]
    array = np.asarray(tree)
    return array.dtype.str, array.shape, array.tobytes()


def everything(executor, sent=rosenbrock):
    """One of each kind of run."""
    x = POINTS[0]
    return bits([
        parallel.map(dualad.hessian, sent, POINTS, executor=executor),
        parallel.map(partial(dualad.value_and_grad, argnums=1), loss_first, list(DATA), args=(x,), executor=executor, chunk=5),
        parallel.jacobian(tall, executor=executor, mode="forward", chunk=2)(x),
        parallel.jacobian(tall, executor=executor, mode="reverse", chunk=4)(x),
        parallel.hessian(rosenbrock, executor=executor, mode="hyperdual", chunk=2)(x),
        parallel.hessian(rosenbrock, executor=executor, mode="forward-over-reverse", chunk=2)(x),
        parallel.total(dualad.value_and_grad, loss, DATA, executor=executor, chunk=3)(x),
    ])


def loss_first(data, w):
    return loss(w, data)


def declare_here():
    """A rule that only this process knows."""
    declare(Elementwise(rosenbrock_of_two, d1=(lambda y, a, b: 2 * a, lambda y, a, b: 0 * b)), replace=True)


def rosenbrock_of_two(a, b):
    return a * a


def main():
    """Run by mpirun: compare with this process alone, print what was found."""
    from mpi4py.futures import MPIPoolExecutor

    with MPIPoolExecutor() as pool:
        workers = {p for p in pool.map(_rank, range(200))}
        same = everything(pool) == everything(0)
        offset = 2.0
        same = same and bits(parallel.map(dualad.grad, lambda x: np.sum(x ** 3) * offset, POINTS, executor=pool)) == bits(
            [dualad.grad(lambda x: np.sum(x ** 3) * offset)(x) for x in POINTS])
        try:
            parallel.map(dualad.grad, fails_at_negative, [np.ones(2), -np.ones(2)], executor=pool)
        except ValueError as error:
            same = same and error.parallel_index == 1
    print(f"ranks {sorted(workers)}, equal: {same}")


def _rank(k):
    from mpi4py import MPI

    return MPI.COMM_WORLD.Get_rank()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
