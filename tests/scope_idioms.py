"""Ordinary code that NumPy's protocols do not catch: functions of x = [0.5, 1.2, 2.0], each a row of the table in test_scope.

Written as people write who never heard of dualad. Not a test module: pytest leaves its code as it is.
"""

import functools
import math
import operator
from dataclasses import dataclass
from math import sqrt
from types import SimpleNamespace

import numpy as np
from numpy import array, ones, sin, zeros

IDIOMS = {}
WORK = np.zeros(3)
TABLE = {"work": np.zeros(3)}
COUNT = 0


def idiom(f):
    IDIOMS[f.__name__] = f
    return f


# ---- allocate, then fill ----

@idiom
def zeros_filled(x):
    y = np.zeros(3)
    for k in range(3):
        y[k] = x[k] ** 2
    return y.sum()


@idiom
def empty_filled(x):
    y = np.empty(len(x))
    for k, v in enumerate(x):
        y[k] = v * x[0]
    return np.prod(y)


@idiom
def ones_partly_filled(x):
    y = np.ones(3)
    y[1] = x[1] * x[0]
    return y.sum() * x[2]


@idiom
def eye_filled(x):
    a = np.eye(3)
    a[0, 1] = x[0]
    a[2] = x
    return np.sum(a @ a @ x)


@idiom
def full_partly_filled(x):
    y = np.full((2, 3), 1.5)
    y[1, ::2] = x[:2]
    return np.sum(y ** 3)


@idiom
def zeros_like_of_a_constant(x):
    a = np.arange(3.0)
    y = np.zeros_like(a)
    y[:] = x * a
    return np.sum(y ** 3)


@idiom
def linspace_overwritten(x):
    t = np.linspace(0.0, 1.0, 5)
    t[2] = x[1]
    return np.sum(t ** 2 * x[0])


@idiom
def copy_of_a_constant(x):
    a = np.array([1.0, 2.0, 3.0])
    b = a.copy()
    b[0] = x[0]
    return a @ b * x[1]


@idiom
def result_of_an_operator(x):
    y = 2 * np.ones(3)
    y[0] = x[0] * x[1]
    return np.prod(y) * x[2]


@idiom
def names_imported_from_numpy_again(x):
    y = ones(3)
    y[0] = sin(x[0])
    return y.sum() * x[1]


@idiom
def names_imported_from_numpy(x):
    y = zeros((2, 2))
    y[0] = array([x[0], 1.0])
    return (y ** 2).sum() * x[2]


@idiom
def chained_comparison_of_shapes(x):
    y = np.zeros(x.shape)
    y[...] = x
    return y.prod()


@idiom
def dtype_of_the_argument(x):
    y = np.zeros(4, dtype=x.dtype)
    y[1:] = x
    return np.sum(np.cumsum(y) ** 2)


@idiom
def view_filled(x):
    y = np.zeros(6)
    v = y[::2]
    v[:] = x
    return np.sum(np.cumsum(y) ** 2)


@idiom
def reshaped_view_filled(x):
    y = np.zeros(4)
    m = y.reshape(2, 2)
    m[0, 1] = x[0] * x[1]
    return np.sum((y + x[2]) ** 2)


@idiom
def transposed_view_filled(x):
    y = np.zeros((2, 3))
    y.T[:, 0] = x
    return np.sum(y[0] ** 2)


@idiom
def mask_and_index_stores(x):
    y = np.zeros(4)
    y[np.array([True, False, True, True])] = x
    y[[1, 1]] = x[:2]
    return np.sum(y ** 2)


@idiom
def tuple_targets(x):
    y = np.zeros(3)
    y[0], y[1] = x[1], x[0] ** 2
    (y[2],) = (x[2],)
    return np.sum(y ** 2)


@idiom
def several_targets(x):
    y, z = np.zeros(2), np.zeros(2)
    y[0] = z[1] = x[0] * x[2]
    return y @ y + z.sum()


@idiom
def lists_stored(x):
    y = np.zeros((2, 2))
    y[0] = [x[0], x[1]]
    y[:] = y + [[x[0], 1.0], [2.0, x[2]]]
    return np.sum(y ** 2)


@idiom
def augmented_entries(x):
    y = np.zeros(2)
    for k in range(3):
        y[k % 2] += x[k] ** 2
    y[1] *= x[0]
    y[0] -= 1.0
    return y @ y


@idiom
def augmented_arrays(x):
    s = np.zeros(2)
    s += x[:2]
    s *= x[2]
    s[1:] **= 2
    return s.sum()


@idiom
def list_of_arrays(x):
    rows = [np.zeros(3) for _ in range(3)]
    for i in range(3):
        for j in range(3):
            rows[i][j] = x[i] * x[j] ** 2
    return np.sum(np.concatenate(rows) * np.arange(9.0))


@idiom
def dict_of_arrays(x):
    w = {"a": np.zeros(3)}
    w["a"][:] = x
    w["b"] = np.zeros(3)
    w["b"][0] += w["a"][1] * x[0]
    return w["a"] @ w["b"] + w["b"].sum()


@idiom
def split_then_filled(x):
    a, b = np.split(np.zeros(4), 2)
    a[0], b[1] = x[0], x[1]
    return (a * x[2]).sum() + b.sum() ** 2


@idiom
def fill_method(x):
    y = np.zeros(3)
    y.fill(x[0])
    y[1] = x[1]
    return np.prod(y)


@idiom
def copyto_and_place(x):
    y, z = np.zeros(3), np.zeros(3)
    np.copyto(y, x ** 2)
    np.place(z, x > 1, x[x > 1] ** 2)
    return y.sum() * z.sum()


@idiom
def out_arguments(x):
    y = np.empty(3)
    np.multiply(x, x[::-1], out=y)
    np.add(y, 1.0, y)
    return np.sum(y ** 2)


@idiom
def add_at_into_zeros(x):
    y = np.zeros(2)
    np.add.at(y, [0, 1, 0], x)
    return np.sum(y ** 2)


@idiom
def constants_stay_plain(x):
    a = np.array([[2.0, 1, 0], [1, 3, 1], [0, 1, 4]])
    b = np.zeros(3)
    b[:] = x
    return np.sum(a @ b * np.linalg.eigvalsh(a))


# ---- loops that fill ----

@idiom
def time_loop(x):
    u = np.zeros((6, 3))
    u[0] = x
    for k in range(5):
        u[k + 1] = u[k] + 0.1 * np.sin(u[k]) * u[k][::-1]
    return np.sum(u[-1] ** 2)


@idiom
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


@idiom
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


@idiom
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


@idiom
def bubble_sort(x):
    y = np.array([v for v in x])
    for i in range(3):
        for j in range(2 - i):
            if y[j] < y[j + 1]:
                y[j], y[j + 1] = float(y[j + 1]), float(y[j])
    return y @ np.array([1.0, 2.0, 4.0]) * y[0]


@idiom
def moving_average(x):
    out, window = np.zeros(3), np.ones(2)
    for k in range(3):
        window[k % 2] = x[k]
        out[k] = window.mean()
    return np.sum(out ** 2)


@idiom
def stencil(x):
    u = np.zeros((4, 4))
    u[1, 1], u[2, 2] = x[0], x[1]
    for _ in range(2):
        v = u.copy()
        v[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]) + x[2] * u[1:-1, 1:-1]
        u = v
    return np.sum(u ** 2)


# ---- arrays of scalars ----

@idiom
def array_of_scalars(x):
    return np.sum(np.array([x[0], 1.0, x[1] * x[2]]) ** 2)


@idiom
def nested_array(x):
    return np.sum(np.array([[[x[0], 1.0], [2, x[1] * x[2]]], [[1, 1], (x[0], x[1])]], dtype=float) ** 3)


@idiom
def array_of_rows(x):
    return np.sum(np.array([x, 2 * x, [1, x[0], 3.0]]) @ x)


@idiom
def array_of_a_comprehension(x):
    return np.sum(np.array([v ** 2 for v in x]) * np.asarray([math.exp(v) for v in x]))


@idiom
def asarray_float(x):
    x = np.asarray(x, dtype=float)
    y = np.array(x)
    y[0] = 3 * y[1]
    return np.sum(y * x)


@idiom
def array_with_ndmin(x):
    return np.sum(np.array(x, ndmin=2) @ np.ascontiguousarray(x))


@idiom
def astype_float(x):
    return np.sum(np.array([x[0], x[1]]).astype(float) ** 2) * x.astype(np.float64)[2]


@idiom
def full_of_a_traced_number(x):
    return np.sum(np.full((2, 2), x[0]) ** 2) + np.full(3, x[1] * x[2], dtype=float)[1]


@idiom
def from_a_generator(x):
    def terms():
        for v in x:
            yield math.cos(v)

    return sum(terms()) + np.fromiter(terms(), float)[0] ** 2


@idiom
def append_and_array(x):
    out = []
    for v in x:
        out.append(float(v) ** 2)
    return np.sum(np.array(out)[::-1] * x)


# ---- numbers ----

@idiom
def floats(x):
    return float(x[0]) ** 2 * float(x[1]) + np.float64(x[2])


@idiom
def items(x):
    return x[0].item() ** 2 * x.item(1) + x[2:].item()


@idiom
def math_functions(x):
    return (math.sin(x[0]) + math.cos(x[1]) * math.tan(x[0]) + math.exp(x[0]) + math.log(x[2], 2) + math.sqrt(x[1]) + math.atan(x[0])
            + math.sinh(x[0]) + math.tanh(x[1]) + math.log10(x[2]) + math.degrees(x[0]) + math.asin(x[0]))


@idiom
def math_functions_of_two(x):
    return math.hypot(x[0], x[1]) + math.atan2(x[0], x[1]) + math.pow(x[0], x[1]) + math.fmod(x[2], 1.5) + math.copysign(x[0], -1.0)


@idiom
def math_functions_of_sequences(x):
    return math.fsum(x) + math.prod(x) + math.dist(x, [0, 0, 1]) + math.hypot(*x)


@idiom
def math_constants(x):
    return x[0] * math.floor(x[2] + 0.5) + x[1] * math.ceil(x[0]) + (x[2] if math.isfinite(x[2]) else 0.0) * math.pi


@idiom
def functions_imported_from_math(x):
    return sqrt(x[0] * x[1]) * sqrt(x[2])


@idiom
def builtins(x):
    return abs(x[0] - 1) * max(x) + min(x) + sum(x) + pow(x[0], 2) + round(x[1]) * x[2] + int(x[2] + 0.5) * x[0]


@idiom
def functions_of_functions(x):
    return sum(map(math.sin, x)) + functools.reduce(operator.mul, map(float, x)) + max(x, key=math.cos)


@idiom
def text_of_values(x):
    name = "%g and %s" % (x[0], x[1]) + f"{x[0]:.3f}"  # noqa: UP031
    return np.sum(x ** 2) * len(name[:1])


@idiom
def type_tests(x):
    if not isinstance(x, np.ndarray):
        raise ValueError("an array, please")
    return sum(v ** 3 if isinstance(v, float) else 0.0 for v in x)


@idiom
def handled_conversion(x):
    try:
        scale = float(x[0])
    except TypeError:
        scale = 1.0
    return scale * x[1]


# ---- functions, closures, objects ----

def filled(out, v):
    for k in range(len(out)):
        out[k] = v[k] * (k + 1)


@idiom
def helper_that_fills(x):
    out = np.empty(3)
    filled(out, x)
    return np.sum(out ** 2)


@idiom
def default_arguments(x, make=np.zeros, power=math.pow):
    y = make(3)
    y[:] = x
    return power(y[0], 2) + y.sum()


@idiom
def closures(x):
    buffer = np.zeros(3)

    def put(k, v):
        buffer[k] = v

    for k in range(3):
        put(k, x[k] ** 2)
    return np.sum(buffer * x)


@idiom
def recursion(x):
    def f(n, v):
        if n == 0:
            return 1.0
        y = np.zeros(1)
        y[0] = v * f(n - 1, v)
        return y[0]

    return f(3, x[0]) * x[1]


@idiom
def lambdas(x):
    square = lambda v: float(v) ** 2  # noqa: E731
    return square(x[0]) + sum(square(v) for v in x)


@idiom
def functions_in_a_dict(x):
    table = {"sin": math.sin, "square": lambda v: np.array([v, v]) @ np.array([v, v])}
    return table["sin"](x[0]) * table["square"](x[1])


@idiom
def partials(x):
    make, power = functools.partial(np.zeros, 3), functools.partial(math.pow, 2.0)
    y = make()
    y[:] = x
    return y.prod() + power(x[0])


def logged(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        return fn(*args, **kwargs)

    return inner


@logged
def decorated_helper(v):
    w = np.zeros(2)
    w[0], w[1] = v, 1.0
    return w @ w


@idiom
def decorated(x):
    return decorated_helper(x[0]) * decorated_helper(v=x[1])


@functools.lru_cache
def cached_helper(v):
    z = np.zeros(1)
    z[0] = v
    return z[0] ** 2


@idiom
def cached(x):
    return cached_helper(x[0]) * cached_helper(x[1]) + cached_helper(3.0)


@idiom
def vectorized(x):
    return np.sum(np.vectorize(lambda v: math.sin(v) if v > 1 else v ** 2)(x))


@idiom
def star_arguments(x):
    def f(*args, scale, **more):
        y = np.zeros(len(args))
        for k, v in enumerate(args):
            y[k] = v * scale
        return y.sum() * more["power"]

    return f(*x, scale=float(x[0]), **{"power": x[2]})


@dataclass
class Point:
    a: float
    b: float

    def coordinates(self):
        return np.array([self.a, self.b, 1.0])


@idiom
def dataclasses(x):
    return np.sum(Point(x[0], x[1]).coordinates() ** 2) * x[2]


class Solver:
    """Work arrays on the object, a property that fills, private names, a class and a static method."""

    n = 3

    def __init__(self, gain):
        self.factor, self.work = gain, np.zeros(self.n)
        self.history = [np.zeros(3), np.zeros(3)]
        self.__last = np.zeros(2)

    @property
    def gain(self):
        g = np.zeros(1)
        g[0] = self.factor
        return g[0]

    @staticmethod
    def filled(x):
        z = np.zeros(3)
        z[:] = x
        return z

    @classmethod
    def twice(cls, x):
        z = np.zeros(cls.n)
        z[:] = x * 2
        return z

    def run(self, x):
        self.work[:] = 0.0
        for i in range(3):
            self.work[i] += x[i] * self.gain
        self.work *= 2.0
        w = self.work
        w[0] = w[0] * w[1]
        self.history[0][:] = w
        self.history[1][0] = x[0]
        self.__last[0] = x[1]
        for h in self.history:
            h[2] = h[0] * x[2]
        return np.sum(np.stack(self.history) ** 2) + self.__last.sum() + self.filled(x).sum() * self.twice(x)[0]

    def __call__(self, x):
        return self.run(x)


class Child(Solver):
    def run(self, x):
        return super().run(x) * x[0]


SOLVER = Solver(2.0)
IDIOMS |= {"method": Solver(2.0).run, "callable object": Solver(0.5), "super": Child(3.0).run,
           "partial of a lambda": functools.partial(lambda a, x: a * np.array([x[0] ** 2, x[1]]).sum(), 3.0),
           "lambda": lambda x: float(x[0]) ** 2 * math.exp(x[1]), "decorated function": logged(zeros_filled)}


@idiom
def object_made_inside(x):
    return Solver(x[0]).run(x)


@idiom
def method_of_a_global(x):
    return SOLVER.run(x) + SOLVER(x)


@idiom
def global_work_array(x):
    for k in range(3):
        WORK[k] = x[k] ** 2
    return np.sum(WORK * x)


@idiom
def work_array_in_a_dict(x):
    TABLE["work"][:] = x
    TABLE["work"][0] *= TABLE["work"][1]
    return np.sum(TABLE["work"] ** 2)


@idiom
def global_statement(x):
    global COUNT
    COUNT += 1
    y = np.zeros(3)
    y[:] = x
    return y.prod()


def with_closure_buffer():
    buffer, calls = np.zeros(3), 0

    def f(x):
        nonlocal calls
        calls += 1
        buffer[:] = x
        buffer[0] *= x[1]
        return np.sum(buffer ** 2)

    return f


IDIOMS["work array in a closure"] = with_closure_buffer()
STATE = SimpleNamespace(work=np.zeros(2))


@idiom
def augmented_attribute(x):
    STATE.work[:] = 0.0
    STATE.work += x[:2]
    STATE.work *= x[2]
    return STATE.work @ STATE.work


@idiom
def higher_order(x):
    def integrate(rhs, y0, n):
        y = np.empty((n + 1, len(y0)))
        y[0] = y0
        for k in range(n):
            y[k + 1] = y[k] + 0.1 * np.asarray(rhs(y[k]))
        return y

    return integrate(lambda u: [math.sin(u[0]), u[1] * u[2], float(u[0])], x, 4)[-1].sum()


@idiom
def statements(x):
    y, k = np.zeros(4), 0
    while k < 3:
        try:
            if (v := float(x[k])) > 1.0:
                y[k] = v ** 2
                continue
            y[k] = -v
        finally:
            k += 1
    match k:
        case 3:
            y[3] = y[0] * y[1]
    with np.errstate(all="ignore"):
        y[0] /= x[2]
    return (y if len(y) else x).sum()


@idiom
def default_work_array(x, work=np.zeros(3)):  # noqa: B008
    work[:] = x
    work[0] *= x[1]
    return work @ work


@idiom
def work_arrays_in_a_loop(x):
    out = 0.0
    for name, work in TABLE.items():
        work[:] = x * len(name)
    for k, work in enumerate(TABLE.values()):
        out = out + work.sum() * (k + 1)
    return out + sum(w[0] ** 2 for w in TABLE.values()) + TABLE.get("work")[1] * x[0]


@idiom
def bare_except(x):
    y = np.zeros(3)
    try:
        y[0] = x[0] ** 2
    except:  # noqa: E722
        return 0.0 * x[0]
    return y.sum() + x[1]


@functools.singledispatch
def dispatched(v):
    return 0.0 * v


@dispatched.register(np.ndarray)
def _(v):
    return np.array([v[0] ** 2, v[1]]).sum()


@dispatched.register(float)
def _(v):
    return math.exp(v)


@idiom
def single_dispatch(x):
    return dispatched(x) * dispatched(x[0])


@idiom
def ndenumerate_and_flat(x):
    y = np.zeros((1, 3))
    for (_, j), v in np.ndenumerate(np.array([x])):
        y[0, j] = v ** 2
    return sum(y.flat) * y.ravel()[0]


@idiom
def a_list_that_grows(x):
    def grow(parts, v):
        parts.append(np.array([v, v ** 2]))
        parts[0][1] = v

    parts = [np.zeros(2)]
    for v in x:
        grow(parts, v)
    return np.sum(np.concatenate(parts) ** 2)
