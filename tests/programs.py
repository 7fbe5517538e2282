"""Random programs: NumPy source text built step by step from any source of choices.

The text is the reproducer.  A program is run on plain numbers while it grows, so that a step
which would leave the domain, overflow or jump is not taken.  Elementwise steps come from the
registry; there is no list of them here.
"""

import linecache
import math
import random

import numpy as np

from dualad.rules import declared
from dualad.rules.kinds import Elementwise

from . import captures, scipy_steps, statements
from .statements import LARGEST, MARGIN, attempt, moderate


class Seeded:
    """Choices from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, n):
        return self.random.randrange(n)

    def real(self):
        return self.random.randrange(-2000, 2001) / 1000


def ufunc_text(fn):
    return f"np.{fn.__name__}"


UNARY = [r for r in declared(Elementwise) if r.nin == 1 and getattr(np, r.fn.__name__, None) is r.fn]
BINARY = [r for r in declared(Elementwise) if r.nin == 2 and getattr(np, r.fn.__name__, None) is r.fn
          and r.fn not in (np.ldexp, np.nextafter)]
# Not analytic, or not so in NumPy's complex version: the complex step must stay away.
REAL_ONLY = {np.absolute, np.fabs, np.conjugate, np.maximum, np.minimum, np.fmax, np.fmin, np.remainder, np.fmod, np.copysign,
             np.hypot, np.arctan2, np.cbrt, np.logaddexp, np.logaddexp2, np.sinc, np.deg2rad, np.rad2deg, np.radians, np.degrees,
             np.float_power}


class Program:
    """Lines of source, the plain values they gave, and the function made of them."""

    def __init__(self, source, n, steps, kinds):
        self.source, self.steps = source, 0
        self.x = np.array([source.real() or 0.7 for _ in range(n)])
        self.env = {"np": np, "math": math, **scipy_steps.MODULES, "x": self.x}
        self.lines, self.names, self.analytic, self.made = [], [], True, 0
        self.ops = set()
        self.try_line("x * 1.0")
        attempts = 0
        while self.steps < steps and attempts < 3 * steps:
            attempts += 1
            self.steps += bool(self.choose(kinds)(self))
        self.finish()

    # ---- growing ----

    def try_line(self, expression, real_only=False, setup=()):
        """Run one assignment; keep it if its value is finite and of moderate size."""
        name = f"v{self.made}"
        env = self.env
        try:
            with np.errstate(all="ignore"):
                value = eval(expression, env)
        except (ValueError, IndexError, np.linalg.LinAlgError, ZeroDivisionError):
            return False
        array = np.asarray(value)
        if array.dtype.kind != "f" or not 0 < array.size <= 40 or array.ndim > 3:
            return False
        if not moderate(array):
            return False
        self.keep(name, expression, value, real_only)
        return True

    def keep(self, name, expression, value, real_only):
        self.made += 1
        self.env[name] = value
        self.names.append(name)
        self.lines.append(f"{name} = {expression}")
        self.analytic &= not real_only

    def var(self):
        """A variable; late ones more often."""
        k = len(self.names)
        back = min(self.source.pick(k), self.source.pick(k))
        return self.names[k - 1 - back]

    def array(self):
        """A variable with at least one axis."""
        for _ in range(4):
            name = self.var()
            if self.ndim(name):
                return name
        return self.names[0]

    def value(self, name):
        return np.asarray(self.env[name])

    def ndim(self, name):
        return np.ndim(self.env[name])

    def shape(self, name):
        return np.shape(self.env[name])

    def pick(self, n):
        return self.source.pick(n)

    def choose(self, items):
        return items[self.source.pick(len(items))]

    def number(self):
        return repr(self.source.real())

    def inside(self, name, domain):
        """Text of an argument in a domain: the variable itself if it keeps clear of the ends."""
        v = self.value(name)
        clear = (v > domain.lo + MARGIN).all() and (v < domain.hi - MARGIN).all()
        if clear and not (domain.nonzero and (np.abs(v) < MARGIN).any()):
            return name
        if np.isfinite(domain.hi):
            return f"({0.5 * (domain.lo + domain.hi)!r} + {0.4 * (domain.hi - domain.lo)!r} * np.tanh({name}))"
        if np.isfinite(domain.lo):
            return f"({domain.lo + 0.5!r} + {name} * {name})"
        return f"(0.75 + {name} * {name})" if domain.nonzero else name

    def mate(self, name):
        """A variable (or number) that broadcasts with `name`."""
        for _ in range(4):
            other = self.var()
            try:
                np.broadcast_shapes(self.shape(name), self.shape(other))
                return other
            except ValueError:
                continue
        return name if self.pick(2) else self.number()

    def finish(self):
        """A scalar or short vector made of the last values."""
        last = self.names[-3:]
        parts = [f"np.sum({v} * {1.0 + 0.25 * k!r})" if k % 2 == 0 else f"np.mean(np.sin({v}))" for k, v in enumerate(last)]
        self.lines.append(f"return np.stack([{', '.join(parts)}])" if self.pick(2) else f"return {' + '.join(parts)}")

    # ---- using ----

    @property
    def text(self):
        return "def f(x):\n" + "".join(f"    {line}\n" for line in self.lines)

    @property
    def largest(self):
        """The largest number on the way: its rounding is in the differences of what is computed from it."""
        return max(float(np.max(np.abs(self.env[name]), initial=0.0)) for name in self.names)

    def function(self):
        """The program as a function whose source shows in tracebacks."""
        name = f"<program {id(self)}>"
        space = {"np": np, "math": math, **scipy_steps.MODULES}
        exec(compile(self.text, name, "exec"), space)
        linecache.cache[name] = (len(self.text), None, self.text.splitlines(True), name)
        return space["f"]

    def reproducer(self):
        return f"x = np.array({self.x.tolist()})\n{self.text}"


# ---- steps: each returns True if it added something ----


def unary(p):
    rule = p.choose(UNARY)
    return p.try_line(f"{ufunc_text(rule.fn)}({p.inside(p.var(), rule.domain[0])})", rule.fn in REAL_ONLY)


def binary(p):
    rule = p.choose(BINARY)
    a = p.var()
    b = p.mate(a)
    text = [p.inside(v, d) if v.startswith("v") else v for v, d in zip((a, b), rule.domain, strict=True)]
    if not b.startswith("v") and rule.domain[1].nonzero and abs(float(b)) < MARGIN:
        return False
    if rule.fn in (np.remainder, np.fmod) and not _far_from_jump(p, text):
        return False
    if rule.fn in (np.arctan2, np.hypot) and (np.hypot(*(np.asarray(eval(t, p.env)) for t in text)) < MARGIN).any():
        return False  # not differentiable at the origin
    return p.try_line(f"{ufunc_text(rule.fn)}({text[0]}, {text[1]})", rule.fn in REAL_ONLY)


def _far_from_jump(p, text):
    with np.errstate(all="ignore"):
        q = eval(f"({text[0]}) / ({text[1]})", p.env)
    return bool((np.abs(q - np.rint(q)) > MARGIN).all())


def arithmetic(p):
    """Operators instead of functions, with numbers on either side."""
    a = p.var()
    b = p.mate(a)
    op = p.choose(["+", "-", "*", "/", "**"])
    if op == "/":
        b = p.inside(b, POSITIVE_LIKE) if b.startswith("v") else "1.75"
    if op == "**":
        b = p.choose(["2", "3", "2.0", "-1.0", "0.5", "1.5"])
        a = a if b in ("2", "3", "2.0") else p.inside(a, POSITIVE_LIKE)
    left, right = (a, b) if op == "**" or p.pick(2) or op == "/" else (b, a)
    return p.try_line(f"{left} {op} {right}")


POSITIVE_LIKE = next(r.domain[0] for r in UNARY if r.fn is np.log)


def slicing(p):
    # never "..., 0" of one axis, nor squeeze to rank 0: NumPy makes those views without axes, which scalars here are not
    a = p.array()
    n = p.shape(a)[0]
    last = ["..., 0"] if p.ndim(a) > 1 else []
    key = p.choose(["1:", ":-1", "::2", "::-1", "-1", "0", f"{p.pick(n)}", "..., None", "None", "1::-1", "..., ::-1", *last,
                    f"[{p.pick(n)}, {p.pick(n)}, 0]", f"np.arange({n}) % 2 == 0", f"np.array([{p.pick(n)}, -1])"])
    return p.try_line(f"{a}[{key}]")


def mask(p):
    a = p.array()
    c, clear = _threshold(p, a)
    return clear and p.try_line(f"{a}[{a} > {c!r}]", True)


def _threshold(p, a):
    """A number in a gap of the values, so that small steps do not cross it."""
    v = np.sort(p.value(a), axis=None)
    gaps = np.diff(v)
    if not len(gaps) or gaps.max() < 4 * MARGIN:
        return float(v.min() - 1.0), True
    k = int(np.argmax(gaps))
    return round(float(v[k] + v[k + 1]) / 2, 3), True


def where(p):
    a = p.var()
    c, clear = _threshold(p, a)
    b = p.mate(a)
    other = p.choose([p.number(), "0.0", b])
    return clear and p.try_line(f"np.where({a} > {c!r}, {p.choose([a, f'np.sin({a})'])}, {other})", True)


def reshaping(p):
    a = p.array()
    shape = p.shape(a)
    n = int(np.prod(shape))
    divisors = [d for d in range(1, n + 1) if n % d == 0]
    d = p.choose(divisors)
    axis = p.pick(len(shape))
    text = p.choose([
        f"{a}.reshape({d}, {n // d})", f"np.reshape({a}, (-1, {d}))", f"np.ravel({a})", f"{a}.T", f"np.transpose({a})",
        f"np.flip({a})", f"np.flip({a}, {axis})", f"np.roll({a}, {p.pick(5) - 2})", f"np.roll({a}, 1, axis={axis})",
        f"np.expand_dims({a}, {axis})", f"np.squeeze({a}{'' if n > 1 else '[None, ...], 0'})", f"np.swapaxes({a}, 0, -1)",
        f"np.moveaxis({a}, 0, -1)",
        f"np.repeat({a}, 2, axis={axis})", f"np.tile({a}, 2)", f"np.pad({a}, 1)", f"np.pad({a}, 1, mode='edge')",
        f"np.broadcast_to({a}, (2, *{shape}))", f"np.take({a}, [0, -1, 0], axis={axis})", f"np.atleast_2d({a})",
        f"{a}.flatten()", f"np.ravel({a}, order='F')", f"np.reshape({a}, ({n // d}, {d}), order='F')",
    ])
    return p.try_line(text)


def joining(p):
    a = p.array()
    same = [v for v in p.names if p.shape(v) == p.shape(a)]
    b = p.choose(same)
    return p.try_line(p.choose([
        f"np.concatenate([{a}, {b}])", f"np.stack([{a}, {b}])", f"np.stack([{b}, {a}], axis=-1)",
        f"np.concatenate([{a}, np.ones_like({b})], axis=-1)", f"np.hstack([{a}, {b}])", f"np.vstack([{a}, {b}])",
        f"np.append({a}, {b})", f"np.concatenate([{a}[1:], {b}[:1]])", f"np.split(np.concatenate([{a}, {b}]), 2)[1]",
    ]))


def reducing(p):
    a = p.array()
    axis = p.choose([None, 0, -1])
    text = p.choose([
        f"np.sum({a}, axis={axis})", f"{a}.mean(axis={axis})", f"np.prod({a}, axis={axis})", f"np.cumsum({a})",
        f"np.cumsum({a}, axis={axis or 0})", f"np.sum({a}, axis={axis}, keepdims=True)",
        f"np.add.reduce({a})", f"np.diff({a})", f"np.cumprod({a})", f"np.trace(np.atleast_2d({a}))", f"{a}.sum()",
        f"np.dot(np.ravel({a}), np.ravel({a})) * 0.1",
    ])
    # beside a zero the other factors may be of any size: cotangents of 1e18 swallow what is added to them (seed 2316)
    tame = "prod" not in text or np.prod(np.maximum(np.abs(p.value(a)), 1.0)) <= LARGEST
    return tame and p.try_line(text)


def extremes(p):
    """Functions that follow the order of the values."""
    a = p.array()
    v = np.sort(p.value(a), axis=None)
    if len(v) > 1 and np.diff(v).min() < MARGIN:
        return False
    axis = p.choose([None, 0, -1])
    return p.try_line(p.choose([
        f"np.max({a})", f"np.min({a}, axis=0)", f"np.sort({a})", f"np.median({a})", f"np.ptp({a})",
        f"np.take_along_axis({a}, np.argsort({a}, axis=-1), -1)", f"np.ravel({a})[np.argmax({a})]",
        f"np.std({a})", f"np.var({a}, axis={axis})", f"np.linalg.norm({a})",
        f"np.clip({a}, {float(v[0]) - 0.5!r}, {float(v[0]) + 0.02!r})",
    ]), True)


def contracting(p):
    a = p.array()
    shape = p.shape(a)
    b = p.choose([v for v in p.names if p.shape(v) == shape])
    if len(shape) == 1:
        text = p.choose([f"np.outer({a}, {b})", f"{a} @ {b}", f"np.dot({a}, {b})", f"np.einsum('i,i->i', {a}, {b})",
                         f"np.einsum('i,j->ij', {a}, {b})", f"np.inner({a}, {b})", f"np.multiply.outer({a}, {b}[:2])",
                         f"np.convolve({a}, {b}[:2])"])
    elif len(shape) == 2:
        text = p.choose([f"{a} @ {b}.T", f"np.matmul({a}.T, {b})", f"np.dot({a}, {b}[0])", f"np.einsum('ij,kj->ik', {a}, {b})",
                         f"np.einsum('ij,ij->j', {a}, {b})", f"np.einsum('ij->ji', {a})", f"np.tensordot({a}, {b}, 2)",
                         f"np.inner({a}, {b})", f"{a} @ {b}[0]"])
    else:
        text = p.choose([f"np.einsum('...ij,...kj->...ik', {a}, {b})", f"{a} @ np.swapaxes({b}, -1, -2)",
                         f"np.tensordot({a}, {b}, ([0, 2], [0, 2]))"])
    return p.try_line(f"0.25 * ({text})")


def storing(p):
    """Fill a new array, by slices."""
    a = p.array()
    b = p.mate(a)
    name = f"v{p.made}"
    if b.startswith("v") and np.broadcast_shapes(p.shape(a), p.shape(b)) != p.shape(a):
        b = p.number()
    lines = [f"{name} = np.{p.choose(['zeros_like', 'empty_like'])}({a})", f"{name}[...] = {b}",
             p.choose([f"{name}[0] = {a}[-1]", f"{name}[1:] = {a}[:-1]", f"{name}[::2] = 0.5 * {a}[::2]", f"{name}[-1] += {a}[0]",
                       f"{name}[[0, -1]] = {a}[[-1, 0]]", f"{name} += {a}", f"{name} *= {a}", f"{name}[{a} > 100.0] = 0.0"])]
    return attempt(p, lines, name=name)


def ordering(p):
    """Arrays whose axes lie in another order, and what NumPy makes of them."""
    a = p.array()
    n = int(np.prod(p.shape(a)))
    d = p.choose([d for d in range(1, n + 1) if n % d == 0])
    b = a if p.ndim(a) > 1 else f"{a}.reshape({d}, {n // d})"
    return p.try_line(p.choose([
        f"{b}.T * {p.number()}", f"np.sin({b}.T)", f"{b}.copy(order='F')", f"np.copy({b}.T)", f"{b}.T.copy()", f"{b} + {b}.copy('F')",
        f"np.swapaxes({b}, 0, -1) * {b}.T", f"np.add({b}, 0.5, order='F')", f"0.25 + np.zeros_like({b}, order='F')", f"{b}[:, [0, -1]]",
        f"{b}.T[[0, 0, -1]]", f"np.where({b}.T > 100.0, 0.0, {b}.T)", f"np.concatenate([{b}.T, {b}.T * 0.5], axis={p.pick(2)})",
        f"np.sum(np.stack([{b}.T, {b}.T]), axis=0)", f"np.stack([{b}.T, {b}.T], axis={p.pick(3)})", f"np.cumsum({b}.T, axis=0)",
        f"{b}.T @ np.ones({p.shape(b)[0] if b == a and p.ndim(a) == 2 else d if b != a else 1})", f"{b} @ {b}.T.copy('F')", f"np.einsum('...ij->...ji', {b}) * 0.5",
        f"{b}.astype(float, order='F')", f"np.full_like({b}.T, 0.5) * {b}.T", f"np.ravel({b}.T, order='K')", f"{b}.flatten('F')",
        f"np.moveaxis({b}[None], 0, -1) * 1.5", f"np.pad({b}.T, 1)", f"np.roll({b}.T, 1, axis=0)", f"np.repeat({b}.T, 2, axis=1)",
        f"np.flip({b}.T) * 1.25", f"-{b}.T", f"{b}.T ** 2", f"{b}.T[..., ::-1] * {b}.T", f"{b}.T[::-1] * 0.5", f"np.take({b}.T, [0, -1], axis=1)",
    ]))


STEPS = [unary, unary, unary, unary, binary, binary, binary, arithmetic, arithmetic, arithmetic, slicing, slicing, mask, where,
         reshaping, reshaping, reshaping, joining, reducing, reducing, extremes, contracting, contracting, storing]
WRITING = STEPS + statements.STEPS
ALGEBRA = [captures.solving] * 8 + STEPS
PLAIN = captures.STEPS + WRITING
SCIPY = scipy_steps.STEPS + STEPS
COMPLEX = [captures.spectra] * 10 + STEPS
ORDERS = [ordering] * 16 + [statements.through_view] * 12 + WRITING
