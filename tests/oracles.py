"""High-precision oracles of elementwise functions: value, first and second partials.

Decision: the oracle is the textbook formula at 60 digits, where cancellation costs nothing,
and never one of the library's own rearrangements; that the textbook formulas are right is
tested by differentiating the value numerically (`mp.diff`).  Errors are counted in units in
the last place of the float64 next to the true result.  May import: mpmath, numpy, dualad.rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import mpmath
import numpy as np
from mpmath import mp, mpf

DIGITS = 60
SEED = 20261123
LARGEST = float(np.finfo(float).max)
NORMAL = float(np.finfo(float).tiny)


@dataclass(frozen=True)
class Oracle:
    """A function and its partials on mpf numbers; `windows` is where its moderate test points lie.

    `first` has one entry for each operand, `second` maps (i, j) to an entry.  An entry is a
    function of the operands or a number.  `terms` gives, for partials that are sums with zeros
    of their own, the size of the largest term: there, rounding is relative to that.
    `rounds` names partials formed from NumPy's value or from first partials, which inherit
    their rounding where those are subnormal, and an infinite value where it overflows.
    """

    f: Callable
    first: tuple
    second: dict
    windows: tuple
    terms: dict
    rounds: tuple = ()

    def partial(self, key, *x):
        """The exact partial: key is an int (first) or a pair (second)."""
        entry = self.second.get(key, 0) if isinstance(key, tuple) else self.first[key]
        return entry(*x) if callable(entry) else mpf(entry)


ORACLES: dict[Callable, Oracle] = {}
NUMERIC: list[Callable] = []  # smooth ones, whose formulas are checked by mp.diff


def oracle(*fns, f, d1, d2=None, windows=(-5.0, 5.0), terms=None, rounds=(), smooth=True):
    """Enter an oracle for functions with equal values on floats."""
    first = d1 if isinstance(d1, tuple) else (d1,)
    second = d2 if isinstance(d2, dict) else {} if d2 is None else {(0, 0): d2}
    windows = windows if isinstance(windows[0], tuple) else (windows,) * len(first)
    for fn in fns:
        ORACLES[fn] = Oracle(f, first, second, windows, terms or {}, rounds)
        if smooth:
            NUMERIC.append(fn)


# --- errors -----------------------------------------------------------------------------------

def spacing(want) -> mpf:
    """Distance of neighbouring float64 numbers at `want`."""
    if want == 0:
        return mpf(2) ** -1074
    exponent = mpmath.frexp(abs(want))[1]  # want = m 2**exponent with 1/2 <= m < 1
    return mpf(2) ** min(max(exponent - 53, -1074), 971)


def ulp_error(got: float, want, size=0, slack=0) -> float:
    """Error of `got` in units in the last place; inf where only one of them is infinite or NaN.

    An exact result beyond the largest float is what infinity stands for; close to that limit
    infinity counts as 2**1024.  `size`: count in units of this magnitude if it is larger
    than the result (see `Oracle.terms`).  `slack`: an absolute error that is forgiven.
    """
    got = float(got)
    if mpmath.isnan(want):
        return 0.0 if np.isnan(got) else np.inf
    if np.isnan(got):
        return np.inf
    limit = mpf(2) ** 1024
    if abs(want) >= limit:
        want = limit if want > 0 else -limit
    value = mpf(got) if np.isfinite(got) else (limit if got > 0 else -limit)
    return float(max(abs(value - want) - slack, 0) / spacing(max(abs(want), size)))


def forgiven(o: Oracle, key, x: tuple, want):
    """Absolute error that subnormal intermediate results excuse (see `Oracle.rounds`); inf: anything goes."""
    if key not in o.rounds or not mpmath.isfinite(want):
        return 0
    sources = [o.f(*x)] + ([o.partial(i, *x) for i in range(len(x))] if isinstance(key, tuple) else [])
    if abs(sources[0]) >= mpf(2) ** 1024:
        return mp.inf
    lost = [v for v in sources if 0 < abs(v) < NORMAL]
    return max((abs(want / v) * mpf(2) ** -1074 for v in lost), default=0)


# --- points -----------------------------------------------------------------------------------

def log_uniform(rng, n):
    """Positive numbers, uniform over the exponents of float64, subnormal ones included."""
    return np.ldexp(rng.uniform(0.5, 1.0, n), rng.integers(-1073, 1025, n))


def points_in(rng, n, domain, window):
    """n numbers of a domain: over all scales, close to its finite ends, and moderate ones."""
    lo, hi = domain.lo, domain.hi
    wide = log_uniform(rng, 4 * n) * rng.choice([-1.0, 1.0], 4 * n)
    near = 2.0 ** -rng.uniform(0.0, 60.0, n)
    near = np.concatenate([near + lo if np.isfinite(lo) else near[:0], hi - near if np.isfinite(hi) else near[:0]])
    moderate = rng.uniform(max(lo, window[0]), min(hi, window[1]), n)
    third = n // 3
    chosen = [rng.permutation(part[(part > lo) & (part < hi)])[:third] for part in (wide, near)]
    return rng.permutation(np.concatenate([*chosen, moderate])[:n])


def points(rule, n: int, seed: int = SEED, moderate: bool = False) -> list[tuple]:
    """Seeded test points of a rule as tuples of floats: the domain at all scales, then its edges."""
    o = ORACLES[rule.fn]
    rng = np.random.default_rng(seed)
    operands = list(zip(rule.domain, o.windows, strict=True))
    if moderate:
        columns = [rng.uniform(max(d.lo, w[0]), min(d.hi, w[1]), n) for d, w in operands]
    else:
        columns = [points_in(rng, n, d, w) for d, w in operands]
        if rule.nin == 2:
            # a quarter with operands of like size, where lengths, angles and cancellation live
            near = slice(0, n // 4)
            with np.errstate(over="ignore"):
                mate = columns[0][near] * rng.uniform(0.25, 4.0, n // 4)
            good = (mate > rule.domain[1].lo) & (mate < rule.domain[1].hi)
            columns[1][near] = np.where(good, mate, columns[1][near])
    if rule.fn is np.ldexp:
        columns[1] = rng.integers(-1074, 1024, n)
    drawn = [tuple(v.item() for v in p) for p in zip(*columns, strict=True)]
    return drawn if moderate else drawn + [e if isinstance(e, tuple) else (e,) for e in rule.edges]


def exact(x: tuple) -> tuple:
    """Operands as mpf: exactly the floats."""
    return tuple(mpf(v) for v in x)


# --- textbook formulas ------------------------------------------------------------------------

def sign(x):
    return mpf(0) if x == 0 else mpf(1) if x > 0 else mpf(-1)


def inf_at_zero(g, at_zero=mp.inf):
    """g(x), and `at_zero` at 0."""
    return lambda x: mpf(at_zero) if x == 0 else g(x)


def step_partials(pick):
    """Partials of maximum and friends: `pick(a, b)` says which operand is the value."""
    return lambda a, b: mpf(0.5) if a == b else mpf(1) if pick(a, b) else mpf(0)


def floor_ratio(a, b):
    # exact: a and b are integers times 2**-1074
    return mpf(int(mp.ldexp(a, 1074)) // int(mp.ldexp(b, 1074)))


def trunc_ratio(a, b):
    p, q = int(mp.ldexp(a, 1074)), int(mp.ldexp(b, 1074))
    return mpf((abs(p) // abs(q)) * (1 if (p < 0) == (q < 0) else -1))


for fns, k in (((np.positive, np.conjugate), mpf(1)), ((np.negative,), mpf(-1))):
    oracle(*fns, f=lambda x, k=k: k * x, d1=k)
oracle(np.deg2rad, np.radians, f=lambda x: x * mp.pi / 180, d1=lambda x: mp.pi / 180)
oracle(np.rad2deg, np.degrees, f=lambda x: x * 180 / mp.pi, d1=lambda x: 180 / mp.pi)
oracle(np.absolute, np.fabs, f=abs, d1=sign)
oracle(np.add, f=lambda a, b: a + b, d1=(1, 1))
oracle(np.subtract, f=lambda a, b: a - b, d1=(1, -1))
oracle(np.nextafter, f=lambda a, b: a, d1=(1, 0))
oracle(np.ldexp, f=lambda a, i: a * mpf(2) ** int(i), d1=(lambda a, i: mpf(2) ** int(i), 0), smooth=False)
oracle(np.maximum, np.fmax, f=max, d1=(step_partials(lambda a, b: a > b), step_partials(lambda a, b: b > a)))
oracle(np.minimum, np.fmin, f=min, d1=(step_partials(lambda a, b: a < b), step_partials(lambda a, b: b < a)))
oracle(np.remainder, f=lambda a, b: a - b * mp.floor(a / b), d1=(1, lambda a, b: -floor_ratio(a, b)))
oracle(np.fmod, f=lambda a, b: a - b * (mp.floor(abs(a / b)) * sign(a) * sign(b)),
       d1=(1, lambda a, b: -trunc_ratio(a, b)))

oracle(np.multiply, f=lambda a, b: a * b, d1=(lambda a, b: b, lambda a, b: a), d2={(0, 1): 1})
oracle(np.square, f=lambda x: x ** 2, d1=lambda x: 2 * x, d2=2)
oracle(np.reciprocal, f=lambda x: 1 / x, d1=inf_at_zero(lambda x: -1 / x ** 2, -mp.inf),
       d2=inf_at_zero(lambda x: 2 / x ** 3))
oracle(np.divide, f=lambda a, b: a / b, d1=(lambda a, b: 1 / b, lambda a, b: -a / b ** 2),
       d2={(0, 1): lambda a, b: -1 / b ** 2, (1, 1): lambda a, b: 2 * a / b ** 3}, rounds=(1, (1, 1)))
oracle(np.sqrt, f=mp.sqrt, d1=inf_at_zero(lambda x: 1 / (2 * mp.sqrt(x))),
       d2=inf_at_zero(lambda x: -1 / (4 * x * mp.sqrt(x)), -mp.inf), windows=(0.0, 10.0))
oracle(np.cbrt, f=lambda x: sign(x) * mp.cbrt(abs(x)), d1=inf_at_zero(lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2)),
       d2=inf_at_zero(lambda x: -2 * sign(x) / (9 * mp.cbrt(abs(x)) ** 5), -mp.inf))


def power(x, p):
    """x**p; integer exponents serve negative bases."""
    if mp.isint(p) and abs(p) < 2 ** 60:
        return mpf(1) if p == 0 else mp.inf if x == 0 and p < 0 else x ** int(p)
    if x == 0:
        return mpf(0) if p > 0 else mp.inf
    return mp.exp(p * mp.log(x)) if x > 0 else mp.nan


def falling(k):
    """k-th derivative in x: p (p-1) ... x**(p-k), and 0 where the factor is."""

    def partial(x, p):
        factor = p if k == 1 else p * (p - 1)
        return mpf(0) if factor == 0 else factor * power(x, p - k)

    return partial


def power_log(k):
    """k-th derivative in p; 0**p has slope 0 for p > 0, infinite otherwise; no derivative at negative bases."""

    def partial(x, p):
        if x < 0:
            return mp.nan
        if x == 0:
            return mpf(0) if p > 0 else (-1) ** k * mp.inf
        return power(x, p) * mp.log(x) ** k

    return partial


def power_mixed(x, p):
    if x < 0:
        return mp.nan
    if x == 0:
        return mpf(0) if p > 1 else mp.nan if p == 0 else -sign(p) * mp.inf
    return power(x, p - 1) * (1 + p * mp.log(x))


oracle(np.power, np.float_power, f=power, d1=(falling(1), power_log(1)),
       d2={(0, 0): falling(2), (0, 1): power_mixed, (1, 1): power_log(2)}, windows=((0.1, 10.0), (-4.0, 4.0)),
       terms={(0, 1): lambda x, p: abs(power(x, p - 1) * p * mp.log(x)) if x > 0 else 0},
       rounds=(1, (0, 0), (0, 1), (1, 1)))

oracle(np.exp, f=mp.exp, d1=mp.exp, d2=mp.exp, windows=(-745.0, 710.0))
oracle(np.exp2, f=lambda x: mpf(2) ** x, d1=lambda x: mp.ln2 * mpf(2) ** x, d2=lambda x: mp.ln2 ** 2 * mpf(2) ** x,
       windows=(-1075.0, 1024.0), rounds=(0, (0, 0)))
oracle(np.expm1, f=mp.expm1, d1=mp.exp, d2=mp.exp, windows=(-745.0, 710.0))
for fn, base in ((np.log, lambda: 1), (np.log2, lambda: mp.ln2), (np.log10, lambda: mp.ln10)):
    oracle(fn, f=lambda x, base=base: mp.log(x) / base(), d1=inf_at_zero(lambda x, base=base: 1 / (x * base())),
           d2=inf_at_zero(lambda x, base=base: -1 / (x ** 2 * base()), -mp.inf), windows=(0.0, 10.0))
oracle(np.log1p, f=mp.log1p, d1=lambda x: mp.inf if x == -1 else 1 / (1 + x),
       d2=lambda x: -mp.inf if x == -1 else -1 / (1 + x) ** 2, windows=(-1.0, 5.0))


def soft(base):
    """Partials of log_base(base**a + base**b)."""

    def log_sum(a, b):
        return mp.log(base ** a + base ** b) / mp.log(base)

    def left(a, b):
        if mp.isinf(a) or mp.isinf(b):
            return mp.nan if a == b else mpf(a > b)
        return 1 / (1 + mp.exp((b - a) * mp.log(base)))

    def cross(a, b):
        return left(a, b) * left(b, a) * mp.log(base)

    return {"f": log_sum, "d1": (left, lambda a, b: left(b, a)),
            "d2": {(0, 0): cross, (0, 1): lambda a, b: -cross(a, b), (1, 1): cross}}


oracle(np.logaddexp, **soft(mp.e), windows=(-400.0, 400.0))
oracle(np.logaddexp2, **soft(mpf(2)), windows=(-400.0, 400.0))

oracle(np.sin, f=mp.sin, d1=mp.cos, d2=lambda x: -mp.sin(x), windows=(-50.0, 50.0))
oracle(np.cos, f=mp.cos, d1=lambda x: -mp.sin(x), d2=lambda x: -mp.cos(x), windows=(-50.0, 50.0))
oracle(np.tan, f=mp.tan, d1=lambda x: 1 / mp.cos(x) ** 2, d2=lambda x: 2 * mp.sin(x) / mp.cos(x) ** 3,
       windows=(-50.0, 50.0))
oracle(np.sinh, f=mp.sinh, d1=mp.cosh, d2=mp.sinh, windows=(-711.0, 711.0))
oracle(np.cosh, f=mp.cosh, d1=mp.sinh, d2=mp.cosh, windows=(-711.0, 711.0))
oracle(np.tanh, f=mp.tanh, d1=lambda x: mp.sech(x) ** 2, d2=lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2,
       windows=(-375.0, 375.0))


def root(x):
    return mp.sqrt(1 - x ** 2)


oracle(np.arcsin, f=mp.asin, d1=lambda x: mp.inf if abs(x) == 1 else 1 / root(x),
       d2=lambda x: x * mp.inf if abs(x) == 1 else x / root(x) ** 3, windows=(-1.0, 1.0))
oracle(np.arccos, f=mp.acos, d1=lambda x: -mp.inf if abs(x) == 1 else -1 / root(x),
       d2=lambda x: -x * mp.inf if abs(x) == 1 else -x / root(x) ** 3, windows=(-1.0, 1.0))
oracle(np.arctanh, f=mp.atanh, d1=lambda x: mp.inf if abs(x) == 1 else 1 / (1 - x ** 2),
       d2=lambda x: x * mp.inf if abs(x) == 1 else 2 * x / (1 - x ** 2) ** 2, windows=(-1.0, 1.0))
oracle(np.arctan, f=mp.atan, d1=lambda x: 1 / (1 + x ** 2), d2=lambda x: -2 * x / (1 + x ** 2) ** 2,
       windows=(-10.0, 10.0))
oracle(np.arcsinh, f=mp.asinh, d1=lambda x: 1 / mp.sqrt(1 + x ** 2), d2=lambda x: -x / mp.sqrt(1 + x ** 2) ** 3,
       windows=(-10.0, 10.0))
oracle(np.arccosh, f=mp.acosh, d1=lambda x: mp.inf if x == 1 else 1 / mp.sqrt(x ** 2 - 1),
       d2=lambda x: -mp.inf if x == 1 else -x / mp.sqrt(x ** 2 - 1) ** 3, windows=(1.0, 10.0))


def off_origin(g, at_origin=mp.nan):
    """g(a, b, a*a + b*b), and `at_origin` at the origin."""
    return lambda a, b: mpf(at_origin) if a == b == 0 else g(a, b, a ** 2 + b ** 2)


oracle(np.hypot, f=lambda a, b: mp.sqrt(a ** 2 + b ** 2),
       d1=(off_origin(lambda a, b, q: a / mp.sqrt(q), 0), off_origin(lambda a, b, q: b / mp.sqrt(q), 0)),
       d2={(0, 0): off_origin(lambda a, b, q: b ** 2 / mp.sqrt(q) ** 3),
           (0, 1): off_origin(lambda a, b, q: -a * b / mp.sqrt(q) ** 3),
           (1, 1): off_origin(lambda a, b, q: a ** 2 / mp.sqrt(q) ** 3)})
oracle(np.arctan2, f=mp.atan2, d1=(off_origin(lambda a, b, q: b / q), off_origin(lambda a, b, q: -a / q)),
       d2={(0, 0): off_origin(lambda a, b, q: -2 * a * b / q ** 2),
           (0, 1): off_origin(lambda a, b, q: (a ** 2 - b ** 2) / q ** 2),
           (1, 1): off_origin(lambda a, b, q: 2 * a * b / q ** 2)})
oracle(np.copysign, f=lambda a, b: abs(a) * (1 if b >= 0 else -1), smooth=False,
       d1=(lambda a, b: sign(a) * (1 if b >= 0 else -1), 0))


def bessel(x):
    """j1(pi x), the spherical Bessel function; it keeps every digit close to 0."""
    t = mp.pi * x
    return mp.sqrt(mp.pi / (2 * abs(t))) * mp.besselj(1.5, abs(t)) * sign(t)


def sinc_first(x):
    """-pi j1(pi x); far out, where the Bessel series is slow, (cos(pi x) - sinc(x)) / x."""
    if x == 0:
        return mpf(0)
    return -mp.pi * bessel(x) if abs(x) < 3 else (mp.cospi(x) - mp.sincpi(x)) / x


def sinc_second(x):
    if x == 0:
        return -mp.pi ** 2 / 3
    return -mp.pi ** 2 * mp.sincpi(x) - 2 * sinc_first(x) / x


oracle(np.sinc, f=mp.sincpi, d1=sinc_first, d2=sinc_second, windows=(-10.0, 10.0),
       terms={0: lambda x: 1 / abs(x) if abs(x) > 1 else 0, (0, 0): lambda x: mp.pi / abs(x) if abs(x) > 0.5 else 0})
