"""What the rules of `scipy.special` are written with: functions of our own that have rules, and rules by first partials alone.

Decisions: commonly used functions of one kernel are Elementwise, as NumPy's are; the long tail is declared by smooth formulas
of its first partials (`partials`), which derivatives of every order follow from. A formula may call any function that has a
rule. Functions that this SciPy does not have are left out.  May import: kinds, contraction, numpy, scipy.special, dualad.errors.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sp

from ...errors import NoRuleError
from ..contraction import unbroadcast
from ..kinds import Elementwise, Implicit, NoPartial, Solved, declare, no_partial, registry
from ..structural import carries

__all__ = [
    "Family", "Primitive", "differentials", "dispatched", "elementwise", "find", "is_plain", "no_partial", "partials", "product",
    "refuse_operand",
]


def find(name):
    """A function of scipy.special, private ufuncs included; None where this SciPy has none of that name."""
    return getattr(sp._ufuncs if name.startswith("_") else sp, name, None)


def is_plain(*xs):
    """Whether nothing carries derivatives."""
    return not any(carries(x) for x in xs)


def dispatched(fn, plainly, xs, kwargs=None):
    """fn's rule where an operand carries derivatives (or stands for one that does), else plainly(*xs)."""
    for x in xs:
        if type(x) is not np.ndarray and hasattr(x, "__array_function__"):
            return x.__array_function__(fn, (type(x),), xs, kwargs or {})
    return plainly(*xs, **(kwargs or {}))


class Primitive:
    """A function of ours that has a rule: formulas may call it on plain numbers and on arrays that carry derivatives."""

    def __init__(self, value, nin, name=""):
        self.value, self.nin, self.__name__ = value, nin, name or value.__name__.strip("_")
        self.__qualname__, self.__module__ = self.__name__, "dualad.rules.special"

    def __call__(self, *xs):
        return dispatched(self, self.plainly, xs)

    def plainly(self, *xs):
        with np.errstate(all="ignore"):
            return self.value(*xs)

    def __repr__(self):
        return f"<{self.__name__}>"


class Family:
    """Functions of ours that are each other's derivatives, numbered by keys; made and given rules when they are asked for."""

    def __init__(self, name, nin, value, rule):
        self.name, self.nin, self.value, self.rule, self.made = name, nin, value, rule, {}

    def __call__(self, key, *xs):
        fn = self.made.get(key)
        if fn is None:
            fn = self.made[key] = Primitive(self.value(key), self.nin, f"{self.name} {key}")
        if fn not in registry:
            self.rule(self, key, fn)
        return fn(*xs)


def elementwise(name, **options):
    """Declare a ufunc of scipy.special, if there is one, as Elementwise."""
    fn = find(name) if isinstance(name, str) else name
    if fn is not None:
        declare(Elementwise(fn, **options))


def _strong(p, t):
    return np.where(np.equal(t, 0), 0.0, p * t)


# A zero tangent contributes nothing, even through infinity and NaN.
product = Primitive(_strong, 2, "product")
declare(Elementwise(product, d1=(lambda y, p, t: t, lambda y, p, t: p), d2={(0, 1): lambda y, p, t, d: 1.0}))


def refuse_operand(name, what, why):
    """Raise for an operand in which a function has no derivative."""
    raise NoRuleError(f"{name} has no derivative in {what}: {why}. Pass it without derivatives (x.value, or dualad.stop_gradient)")


def _raised(t, shape, lead, ndim):
    """A tangent with axes of length one, so that its leading axis meets no axis of the result."""
    return np.reshape(t, (*np.shape(t)[:lead], *(1,) * (ndim - len(shape)), *shape))


def partials(fn, *formulas, wide=False):
    """Declare an elementwise function by its first partials, given as smooth formulas in (y, x1, x2, ...).

    `formulas[i](y, *xs)`: the partial in operand i; None: zero; `no_partial(...)`: refused. A function with several results
    hands the formulas its tuple of results and takes a tuple of partials.
    """
    fn = find(fn) if isinstance(fn, str) else fn
    if fn is None:
        return
    name = fn.__name__ if isinstance(fn, Primitive) else f"scipy.special.{fn.__name__}"
    formulas = tuple(f.of(name, i) if isinstance(f, NoPartial) else f for i, f in enumerate(formulas))

    def bind(*xs):
        return Solved(xs, fn, *differentials(formulas, xs))

    bind.formulas = formulas  # for tables of what is covered
    declare(Implicit(fn, bind))


def differentials(formulas, operands):
    """(jvp, vjp) of a function with these first partials; raises where an operand without one carries derivatives."""
    carried = [i for i, x in enumerate(operands) if carries(x)]
    for i in carried:
        if isinstance(formulas[i], NoPartial) and getattr(operands[i], "active", True):
            formulas[i]()

    def slopes(i, xs, ys):
        found = formulas[i](ys[0] if len(ys) == 1 else ys, *xs)
        return found if isinstance(found, tuple) else (found,)

    def jvp(xs, ys, ts):
        totals = [None] * len(ys)
        for i, (x, t) in enumerate(zip(xs, ts, strict=True)):
            if t is None or formulas[i] is None:
                continue
            lead = np.ndim(t) - np.ndim(x)
            for k, p in enumerate(slopes(i, xs, ys)):
                term = product(p, _raised(t, np.shape(x), lead, np.ndim(ys[k])))
                totals[k] = term if totals[k] is None else totals[k] + term
        return tuple(totals)

    def vjp(xs, ys, gs):
        out = [None] * len(xs)
        for i in carried:
            if formulas[i] is None or isinstance(formulas[i], NoPartial):
                continue
            for p, y, g in zip(slopes(i, xs, ys), ys, gs, strict=True):
                if g is not None:
                    lead = np.ndim(g) - np.ndim(y)
                    term = unbroadcast(product(p, g), np.shape(xs[i]), lead)
                    out[i] = term if out[i] is None else out[i] + term
        return tuple(out)

    return jvp, vjp
