"""Helpers, closures, decorators, generators"""

import functools
import math

import numpy as np


def _filled(out, v):
    for k in range(len(out)):
        out[k] = v[k] * (k + 1)


def _logged(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        return fn(*args, **kwargs)

    return inner


@_logged
def _decorated(v):
    w = np.zeros(2)
    w[0], w[1] = v, 1.0
    return w @ w


@functools.lru_cache
def _cached(v):
    z = np.zeros(1)
    z[0] = v
    return z[0] ** 2


@functools.singledispatch
def _dispatched(v):
    return 0.0 * v


@_dispatched.register(np.ndarray)
def _(v):
    return np.array([v[0] ** 2, v[1]]).sum()


@_dispatched.register(float)
def _(v):
    return math.exp(v)


def helper_that_fills(x):
    out = np.empty(3)
    _filled(out, x)
    return np.sum(out ** 2)


def default_arguments(x, make=np.zeros, power=math.pow):
    y = make(3)
    y[:] = x
    return power(y[0], 2) + y.sum()


def closures(x):
    buffer = np.zeros(3)

    def put(k, v):
        buffer[k] = v

    for k in range(3):
        put(k, x[k] ** 2)
    return np.sum(buffer * x)


def recursion(x):
    def f(n, v):
        if n == 0:
            return 1.0
        y = np.zeros(1)
        y[0] = v * f(n - 1, v)
        return y[0]

    return f(3, x[0]) * x[1]


def lambdas(x):
    square = lambda v: float(v) ** 2  # noqa: E731
    return square(x[0]) + sum(square(v) for v in x)


def functions_in_a_dict(x):
    table = {"sin": math.sin, "square": lambda v: np.array([v, v]) @ np.array([v, v])}
    return table["sin"](x[0]) * table["square"](x[1])


def partials(x):
    make, power = functools.partial(np.zeros, 3), functools.partial(math.pow, 2.0)
    y = make()
    y[:] = x
    return y.prod() + power(x[0])


def decorated(x):
    return _decorated(x[0]) * _decorated(v=x[1])


def cached(x):
    return _cached(x[0]) * _cached(x[1]) + _cached(3.0)


def vectorized(x):
    return np.sum(np.vectorize(lambda v: math.sin(v) if v > 1 else v ** 2)(x))


def star_arguments(x):
    def f(*args, scale, **more):
        y = np.zeros(len(args))
        for k, v in enumerate(args):
            y[k] = v * scale
        return y.sum() * more["power"]

    return f(*x, scale=float(x[0]), **{"power": x[2]})


def single_dispatch(x):
    return _dispatched(x) * _dispatched(x[0])


def recursion_with_memo(x):
    memo = {0: x[0], 1: x[1]}

    def fibonacci(n):
        if n not in memo:
            memo[n] = fibonacci(n - 1) + fibonacci(n - 2) * x[2]
        return memo[n]

    return fibonacci(9)


def divide_and_conquer(x):
    def total(v):
        if len(v) == 1:
            return v[0] ** 2
        half = len(v) // 2
        return total(v[:half]) + total(v[half:]) * v[0]

    return total(np.concatenate([x, x]))


def generators(x):
    def partial_sums():
        total = np.zeros(1)
        for v in x:
            total[0] += v ** 2
            yield float(total[0])

    return math.fsum(partial_sums()) + sum(v for v in partial_sums())


def generator_that_is_sent_values(x):
    def mean():
        total, count, answer = 0.0, 0, None
        while True:
            total += yield answer
            count += 1
            answer = total / count

    running = mean()
    next(running)
    return sum(running.send(v) ** 2 for v in x)


def composed(x):
    def compose(*fs):
        return functools.reduce(lambda f, g: lambda v: g(f(v)), fs)

    return compose(np.sin, lambda v: v ** 2, np.cumsum, np.sum)(x) + compose(math.exp, math.sqrt)(x[0])


def context_manager(x):
    with np.errstate(invalid="ignore"), _Scaled(2.0) as scale:
        return np.sum(scale(x) ** 2)


class _Scaled:
    def __init__(self, factor):
        self.factor = factor

    def __enter__(self):
        return lambda v: np.array([self.factor * float(u) for u in v])

    def __exit__(self, *exc):
        return False
