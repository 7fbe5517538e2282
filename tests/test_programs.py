"""Random programs of up to 30 primitives: all modes agree with each other and with oracles that know no rules."""

import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dualad
from dualad.rules import Elementwise
from dualad.testing import oracles, temporarily

from .programs import ALGEBRA, COMPLEX, ORDERS, PLAIN, SCIPY, STEPS, WRITING, Program, Seeded

LONGEST = 30
FIRST = ("forward", "local", "reverse", "labelled", "mixed")
EXACT = 1e-9  # between modes, relative to the size of the derivative; worse only where rounding itself is
NOTHING = 1e-12  # what may be left where terms of moderate size cancel
TRUST = 32.0


class Tally:
    """What a run of programs saw."""

    def __init__(self):
        self.programs = self.steps = self.first = self.second = self.complex = self.jumps = 0
        self.worst = self.worst_difference = 0.0

    def __str__(self):
        return (f"{self.programs} programs, {self.steps} steps, worst disagreement of modes {self.worst:.1e}; differences decided "
                f"{self.first} first and {self.second} second derivatives (worst {self.worst_difference:.1e}), complex step "
                f"{self.complex}, {self.jumps} undecided")


def size(a):
    return float(np.max(np.abs(a), initial=0.0))


def modes(f, x):
    """Value, Jacobians and Hessians by every mode."""
    return (dualad.jvp(f, (x,), (np.ones(len(x)),))[0],
            {mode: dualad.jacobian(f, mode=mode)(x) for mode in FIRST},
            {"hyperdual": dualad.hessian(f, mode="hyperdual")(x), "local": dualad.hessian(f, mode="local")(x),
             "nested": dualad.hessian(f, mode="forward")(x), "forward over reverse": dualad.jacfwd(dualad.jacrev(f))(x),
             "reverse over reverse": dualad.jacrev(dualad.jacrev(f))(x), "reverse over forward": dualad.jacrev(dualad.jacfwd(f))(x)})


def captured(f, x):
    """Hessians of the sum of the results, by gradients of functions that capture half of what they are differentiated in."""
    def slope(v):
        return dualad.grad(lambda z: np.sum(f(0.5 * z + 0.5 * v)))(x)

    return {"forward over captured gradient": 4.0 * dualad.jacfwd(slope)(x),
            "reverse over captured gradient": 4.0 * dualad.jacrev(slope)(x),
            "forward over gradient": dualad.jacfwd(dualad.grad(lambda x: np.sum(f(x))))(x)}


def fail(program, text):
    raise AssertionError(f"{text}\n{program.reproducer()}")


def agree(program, tally, f, found, wanted, name, order):
    """Equal to rounding: where they are not, the derivative must itself be as sensitive to rounding of the input."""
    gap, scale = size(found - wanted), size(wanted)
    if gap <= EXACT * scale or gap <= NOTHING:
        tally.worst = max(tally.worst, gap / max(scale, NOTHING / EXACT))
        return
    transform = dualad.jacobian if order == 1 else dualad.hessian
    noise = max(size(transform(f)(program.x * (1.0 + k * 2e-16)) - wanted) for k in (-3, -2, -1, 1, 2, 3))
    # where contributions cancel, modes that add them in another order differ by their rounding: 1e-15 of numbers of size one
    if not gap <= 100.0 * noise + 1e-15 * (1.0 + size(f(program.x.copy()))):
        index = np.unravel_index(np.argmax(np.abs(found - wanted)), np.shape(wanted))
        fail(program, f"order {order}: {name} gives {found[index]!r}, reference {wanted[index]!r} at {index}; sensitivity to "
                      f"rounding {noise:.1e}")


def directional(f, x, v):
    """t -> f(x + t v), NaN where the program takes another branch or leaves its domain."""
    shape = np.shape(f(x.copy()))

    def phi(t):
        with np.errstate(all="ignore"):
            try:
                y = f(x + t * v)
            except (ValueError, IndexError, np.linalg.LinAlgError):
                return np.full(shape, np.nan)
        return y if np.shape(y) == shape else np.full(shape, np.nan)

    return phi


def against_differences(program, tally, f, J, H, rng):
    """The derivative and the second derivative along one random direction."""
    x = program.x
    v = rng.uniform(0.5, 1.5, len(x)) * rng.choice([-1.0, 1.0], len(x))
    phi, y = directional(f, x, v), np.asarray(f(x.copy()))
    for order, exact in ((1, J @ v), (2, (H @ v) @ v)):
        kind = oracles.differences if order == 1 else lambda p, h: oracles.second_differences(p, h, y)
        decided = False
        for step in (0.02, 0.02 / 64):
            value, error = kind(phi, step)
            scale = np.maximum(np.abs(exact), np.abs(value))
            good = np.isfinite(value) & (error <= 1e-3 * scale + 1e-6 * (1.0 + np.abs(y)))
            gap = np.abs(exact - value)
            bad = good & ~(gap <= TRUST * error + 1e-9 * scale + 1e-11 * np.abs(y) + 1e-13 * (1.0 + size(J) + size(H))
                           + 1e-11 * program.largest)
            if bad.any() and not (oracles.unreliable(phi, step / 64, y, oracles.Estimate(value, error), kind) | ~bad).all():
                fail(program, f"order {order} along {v.tolist()}: exact {exact!r}, differences {value!r} +- {error!r}")
            if good.all() and not bad.any():
                decided = True
                tally.worst_difference = max(tally.worst_difference, float(np.max(gap / (scale + np.abs(y) + 1e-3))))
                break
        tally.first += decided and order == 1
        tally.second += decided and order == 2
        tally.jumps += not decided
    if program.analytic:
        against_complex_step(program, tally, phi, y, J @ v, v)


def against_complex_step(program, tally, phi, y, exact, v):
    found = oracles.complex_step(phi, y)
    if found is not None and np.isfinite(found).all():
        tally.complex += 1
        if not np.allclose(found, exact, rtol=1e-9, atol=1e-9 * (size(exact) + size(y))):
            fail(program, f"along {v.tolist()}: exact {exact!r}, complex step {found!r}")


def check(program, tally, rng):
    """One program by all modes and oracles."""
    f, x = program.function(), program.x
    before = x.copy()
    plain = f(x)
    value, first, second = modes(f, x)
    if not np.array_equal(x, before):
        fail(program, "the input was changed")
    if not np.allclose(value, plain, rtol=1e-12, atol=1e-12):
        fail(program, f"value {value!r}, plain {plain!r}")
    J, H = first["forward"], second["hyperdual"]
    for name in FIRST[1:]:
        agree(program, tally, f, first[name], J, name, 1)
    for name in ("local", "nested", "forward over reverse", "reverse over reverse", "reverse over forward"):
        agree(program, tally, f, second[name], H, name, 2)
    agree(program, tally, f, np.swapaxes(H, -1, -2), H, "its transpose", 2)
    for name, found in captured(f, x).items():
        agree(program, tally, lambda x: np.sum(f(x)), found, np.sum(np.reshape(H, (-1, len(x), len(x))), axis=0), name, 2)
    if not (np.isfinite(J).all() and np.isfinite(H).all()):
        fail(program, f"a derivative is not finite: {J} {H}")
    against_differences(program, tally, f, J, H, rng)
    tally.programs += 1
    tally.steps += program.steps


def run(seeds, kinds=STEPS):
    tally, started = Tally(), time.perf_counter()
    for seed in seeds:
        rng = np.random.default_rng(seed)
        program = Program(Seeded(seed), int(rng.integers(2, 13)), int(rng.integers(3, LONGEST + 1)), kinds)
        try:
            check(program, tally, rng)
        except Exception as error:
            error.add_note(f"seed {seed}\n{program.reproducer()}")
            raise
    print(f"{tally}; {(time.perf_counter() - started) / max(1, tally.programs) * 1e3:.1f} ms each")
    return tally


@pytest.mark.parametrize("kinds", [STEPS, WRITING, ORDERS], ids=["pure", "writing", "orders"])
@pytest.mark.parametrize("chunk", range(6))
def test_programs(chunk, kinds):
    tally = run(range(50 * chunk, 50 * chunk + 50), kinds)
    assert tally.programs == 50
    assert tally.first + tally.second >= 60  # most comparisons with differences are decided


@pytest.mark.parametrize("kinds", [ALGEBRA, PLAIN, COMPLEX, SCIPY], ids=["algebra", "plain", "complex", "scipy"])
@pytest.mark.parametrize("chunk", range(2))
def test_programs_that_solve_and_that_need_the_scope(chunk, kinds):
    tally = run(range(50 * chunk, 50 * chunk + 50), kinds)
    assert tally.programs == 50
    assert tally.first + tally.second >= 60


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(42))
def test_programs_sweep(chunk):
    tally = run(range(1000 + 500 * chunk, 1500 + 500 * chunk), (STEPS, WRITING, ALGEBRA, PLAIN, ORDERS, COMPLEX, SCIPY)[chunk % 7])
    assert tally.programs == 500


@pytest.mark.parametrize("changes", [
    {"d1": lambda y, x: 1.0 - 0.999 * y * y, "d2": lambda y, x, d: -2.0 * y * d},
    {"d1": lambda y, x: 1.0 - y * y},
    {"d1": lambda y, x: 1.0 - y * y, "d2": lambda y, x, d: 2.0 * y * d},
], ids=["d1 wrong", "d2 missing", "d2 of the wrong sign"])
def test_programs_catch_a_wrong_rule(changes):
    """The programs see what the laws of the rule would see: otherwise their agreement would mean little."""
    with temporarily(Elementwise(np.tanh, **changes)), pytest.raises(AssertionError, match=r"order \d along .*differences"):
        run(range(200))


class Drawn:
    """Choices from hypothesis, so that a failing program shrinks."""

    def __init__(self, draw):
        self.draw = draw

    def pick(self, n):
        return self.draw(st.integers(0, n - 1))

    def real(self):
        return self.draw(st.integers(-2000, 2000)) / 1000


@settings(max_examples=40, derandomize=True, deadline=None, database=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example])
@given(st.data())
def test_programs_shrink(data):
    source = Drawn(data.draw)
    check(Program(source, 2 + source.pick(9), 1 + source.pick(10), WRITING), Tally(), np.random.default_rng(1))
