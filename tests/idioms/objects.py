"""Objects, work arrays and state outside the function"""

import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

WORK = np.zeros(3)
TABLE = {"work": np.zeros(3)}
COUNT = 0
STATE = SimpleNamespace(work=np.zeros(2))


@dataclass
class _Point:
    a: float
    b: float

    def coordinates(self):
        return np.array([self.a, self.b, 1.0])


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
    """A method of the class above, by super()."""

    def run(self, x):
        return super().run(x) * x[0]


SOLVER, CHILD = Solver(2.0), Child(3.0)


def dataclasses(x):
    return np.sum(_Point(x[0], x[1]).coordinates() ** 2) * x[2]


def object_made_inside(x):
    return Solver(x[0]).run(x)


def method_of_a_global(x):
    return SOLVER.run(x) + SOLVER(x) + CHILD.run(x)


def global_work_array(x):
    for k in range(3):
        WORK[k] = x[k] ** 2
    return np.sum(WORK * x)


def work_array_in_a_dict(x):
    TABLE["work"][:] = x
    TABLE["work"][0] *= TABLE["work"][1]
    return np.sum(TABLE["work"] ** 2)


def global_statement(x):
    global COUNT
    COUNT += 1
    y = np.zeros(3)
    y[:] = x
    return y.prod()


def augmented_attribute(x):
    STATE.work[:] = 0.0
    STATE.work += x[:2]
    STATE.work *= x[2]
    return STATE.work @ STATE.work


def default_work_array(x, work=np.zeros(3)):  # noqa: B008
    work[:] = x
    work[0] *= x[1]
    return work @ work


def work_arrays_in_a_loop(x):
    out = 0.0
    for name, work in TABLE.items():
        work[:] = x * len(name)
    for k, work in enumerate(TABLE.values()):
        out = out + work.sum() * (k + 1)
    return out + sum(w[0] ** 2 for w in TABLE.values()) + TABLE.get("work")[1] * x[0]


def work_array_in_a_closure(x):
    return _BUFFERED(x)


def _with_buffer():
    buffer, calls = np.zeros(3), 0

    def f(x):
        nonlocal calls
        calls += 1
        buffer[:] = x
        buffer[0] *= x[1]
        return np.sum(buffer ** 2)

    return f


_BUFFERED = _with_buffer()


class _Oscillator:
    """State that is set and updated, one step after another."""

    def __init__(self, stiffness, damping):
        self.k, self.c = stiffness, damping
        self.reset(1.0, 0.0)

    def reset(self, position, velocity):
        self.state = np.array([position, velocity], dtype=float)
        self.path = []

    def step(self, dt):
        q, v = self.state
        self.state[1] += dt * (-self.k * q - self.c * v)
        self.state[0] += dt * self.state[1]
        self.path.append(self.state.copy())

    @property
    def energy(self):
        return 0.5 * (self.state[1] ** 2 + self.k * self.state[0] ** 2)


def simulation_object(x):
    model = _Oscillator(stiffness=x[0], damping=x[1])
    model.reset(x[2], 0.1)
    for _ in range(10):
        model.step(0.1)
    return model.energy + np.sum(np.array(model.path)[:, 0] ** 2)


class _Layer:
    def __init__(self, weights):
        self.weights = weights

    def __call__(self, v):
        return np.tanh(self.weights @ v)


def layers_of_a_network(x):
    layers = [_Layer(np.array([[x[0], 0.2], [0.1, x[1]]])), _Layer(np.outer(x[:2], [1.0, -1.0]))]
    v = np.array([1.0, -0.5])
    for layer in layers:
        v = layer(v)
    return v @ v


def settings_in_a_namespace(x):
    settings = SimpleNamespace(rate=x[0], steps=4, grid=np.linspace(0, 1, 4))
    settings.total = 0.0
    for k in range(settings.steps):
        settings.total += math.exp(-settings.rate * settings.grid[k]) * x[1]
    return settings.total * vars(settings)["rate"]
