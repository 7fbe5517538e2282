"""`check_rule`: one declaration against the laws of design.md section 11.

May import: core, rules, errors, numpy and its siblings.
"""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np

from ..core import interpret, protocol
from ..core.operands import jets_in, no_rule
from ..rules import kinds
from .elementwise import check_elementwise
from .modes import check_derivatives, compare_exact
from .report import DerivativeMismatch, Report

__all__ = ["check_rule", "temporarily"]


@contextmanager
def temporarily(rule):
    """Declare a rule for the length of a ``with`` block; the registry is as before afterwards.

    Parameters
    ----------
    rule : Rule

    Examples
    --------
    >>> import scipy.special as sp, dualad
    >>> from dualad.rules import Elementwise
    >>> from dualad.testing import temporarily
    >>> with temporarily(Elementwise(sp.expit, d1=lambda y, x: sp.expit(x) * sp.expit(-x))):
    ...     float(dualad.derivative(sp.expit)(0.0))
    0.25
    """
    before = kinds.lookup(rule.fn)
    if before is not rule:
        kinds.declare(rule, replace=True)
    try:
        yield rule
    finally:
        if before is None:
            del kinds.registry[rule.fn]
            protocol._compiled.pop(rule.fn, None)
        elif before is not rule:
            kinds.declare(before, replace=True)


def check_rule(primitive, *, args=None, kwargs=None, argnums=None, rng=None, samples=24, order=2):
    """Check one rule: value, derivatives, modes against each other, dtypes, shapes, memory layouts.

    Parameters
    ----------
    primitive : callable or Rule
        A declared function (a NumPy callable, or ``(ufunc, method)``), or a rule that need not be declared.
    args, kwargs : tuple and dict, optional
        The call to check. Needed for every kind but Elementwise, whose inputs are drawn from its domain and edges.
    argnums : int or tuple of int, optional
        Which of `args` to differentiate in; by default all that are floats, arrays of floats or lists of them (for linear and
        bilinear rules, those that their binders call operands).
    rng : numpy.random.Generator, optional
        Seeded by default.
    samples : int
        Points drawn from the domain of an elementwise function.
    order : {1, 2, 3}
        Highest derivative to check; 3 is included for elementwise rules from 2 on.

    Returns
    -------
    Report
        Which laws were checked and how well they hold; printing it gives a table.

    Raises
    ------
    DerivativeMismatch
        (AssertionError) saying which law fails, where and by how much.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.testing import check_rule
    >>> print(str(check_rule(np.tanh)).splitlines()[0])  # doctest: +ELLIPSIS
    numpy.tanh: ... comparisons agree
    >>> check_rule(np.cumsum, args=(np.array([1.0, 2.0, 3.0]),)).worst < 1e-12
    True
    """
    rule = primitive if isinstance(primitive, kinds.Rule) else kinds.lookup(primitive)
    if rule is None:
        raise no_rule(getattr(primitive, "__name__", str(primitive)))
    rng = np.random.default_rng(20261123) if rng is None else rng
    report = Report(rule.name)
    with temporarily(rule):
        if isinstance(rule, kinds.Elementwise) and args is None:
            check_elementwise(rule, report, rng, samples, order)
            return report
        if args is None:
            raise ValueError(f"check_rule({rule.name}) needs args=: a {rule.kind} has no domain to draw a call from")
        _check_call(rule, tuple(args), dict(kwargs or {}), argnums, report, rng, order)
    return report


def _check_call(rule, args, kwargs, argnums, report, rng, order):
    """A rule given by a binder or a body, at one call."""
    active = [k for k, a in enumerate(args) if _carries(a)]
    if argnums is not None:
        active = [argnums] if isinstance(argnums, int) else list(argnums)
    if not active:
        raise ValueError(f"check_rule({rule.name}): no argument is a float or an array of floats, so there is nothing to check")
    bound = rule.bind(*args, **kwargs) if isinstance(rule, (kinds.Selection, kinds.Mixing, kinds.Bilinear)) else None
    if isinstance(bound, kinds.Linear):
        _linear_laws(rule, bound, report, rng)
    elif isinstance(bound, kinds.Contraction):
        _bilinear_laws(rule, bound, report, rng)
    if argnums is None and isinstance(bound, (kinds.Linear, kinds.Contraction)):
        operands = {id(x) for x in bound.operands}
        known = [k for k in active if id(args[k]) in operands or any(id(v) in operands for v in _inside(args[k]))]
        active = known or active
    def f(*given):
        filled = list(args)
        for k, v in zip(active, given, strict=True):
            filled[k] = v
        if jets_in(list(given)):
            return interpret.call(rule, tuple(filled), kwargs)
        fn = getattr(*rule.fn) if isinstance(rule.fn, tuple) else rule.fn
        return fn(*filled, **kwargs)

    f.__name__ = rule.name
    found = check_derivatives(f, *(args[k] for k in active), order=min(order, 2), rng=rng)
    report.comparisons += found.comparisons
    report.inconclusive += found.inconclusive


def _carries(a):
    if isinstance(a, (list, tuple)):
        return bool(a) and all(_carries(v) for v in a)
    return isinstance(a, (float, np.floating)) or (isinstance(a, np.ndarray) and a.dtype.kind == "f")


def _inside(a):
    return [w for v in a for w in _inside(v)] if isinstance(a, (list, tuple)) else [a]


def _operands(bound):
    return [np.asarray(x) if np.asarray(x).dtype.kind == "f" else np.asarray(x, dtype=float) for x in bound.operands]


def _draw(rng, like, *lead):
    like = np.asarray(like)
    return rng.uniform(-2.0, 2.0, (*lead, *like.shape)).astype(like.dtype)


def _tolerance(*arrays):
    return 3e-5 if any(np.asarray(a).dtype == np.float32 for a in arrays) else 1e-12


def _where(index):
    return f"result[{', '.join(map(str, index))}]" if index else "result"


def _same(report, law, found, wanted, rtol):
    """Shapes, then numbers relative to the size of the largest."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape:
        a, b = law.rsplit(": ", 1)[-1].split(" against ")
        raise DerivativeMismatch(f"{report.name}: {law}: {a} has shape {found.shape}, {b} has {wanted.shape}", law=law)
    compare_exact(report, law, found, wanted, lambda *index: _where(tuple(map(int, index))), rtol)


def _value(rule, report, got, want):
    """The primal: NumPy's bits."""
    got, want = np.asarray(got), np.asarray(want)
    if got.dtype != want.dtype or got.shape != want.shape or not np.array_equal(got, want, equal_nan=got.dtype.kind == "f"):
        raise DerivativeMismatch(f"{report.name}: primal: the rule gives {got!r}, the function itself {want!r}", law="primal")
    report.add("primal", 0.0, want.size)


def _plain_call(rule, xs):
    fn = getattr(*rule.fn) if isinstance(rule.fn, tuple) else rule.fn
    return fn(*xs)


def _linear_laws(rule, bound, report, rng):
    xs = _operands(bound)
    value = bound.apply(0, *xs)
    rtol = _tolerance(*xs) * 10
    u, w = [_draw(rng, x) for x in xs], [_draw(rng, x) for x in xs]
    au, aw = bound.apply(0, *u), bound.apply(0, *w)
    both = bound.apply(0, *(2.0 * a - 3.0 * b for a, b in zip(u, w, strict=True)))
    _same(report, "linearity: apply of a sum against sum of applies", both, 2.0 * au - 3.0 * aw, rtol)
    stacks = [_draw(rng, x, 3) for x in xs]
    rows = np.stack([bound.apply(0, *(s[k] for s in stacks)) for k in range(3)])
    _same(report, "lead: apply of a stack against stacked applies", bound.apply(1, *stacks), rows, rtol)
    v = _draw(rng, value)
    back = bound.transpose(0, v)
    _adjoint(report, v, au, back, u, rtol)
    G = _draw(rng, value, 3)
    for k, got in enumerate(bound.transpose(1, G)):
        if got is not None:
            one = np.stack([bound.transpose(0, g)[k] for g in G])
            _same(report, "lead: transpose of a stack against stacked transposes", got, one, rtol)


def _adjoint(report, v, forward, back, u, rtol):
    """<v, J u> = <J' v, u>, relative to the sum of sizes."""
    pairs = [(np.asarray(b), x) for b, x in zip(back, u, strict=True) if b is not None]
    for b, x in pairs:
        if b.shape != x.shape:
            raise DerivativeMismatch(f"{report.name}: adjoint: transpose returned shape {b.shape} for an operand of shape "
                                     f"{x.shape}", law="adjoint")
    size = float(np.abs(v * forward).sum() + sum(np.abs(b * x).sum() for b, x in pairs))
    left, right = float((v * forward).sum()), float(sum((b * x).sum() for b, x in pairs))
    gap = abs(left - right)
    if not gap <= rtol * size:
        raise DerivativeMismatch(
            f"{report.name}: adjoint: <v, Ju> = {left!r} but <J'v, u> = {right!r} for random u, v: difference {gap:.3g}, relative "
            f"{gap / max(size, 1e-300):.3g} (tolerance {rtol:.1e}); the transpose and apply are not of the same map",
            law="adjoint", found=right, wanted=left)
    report.add("adjoint: <J'v, u> against <v, Ju>", gap / max(size, 1e-300), 1)


def _bilinear_laws(rule, bound, report, rng):
    a, b = _operands(bound)
    _value(rule, report, bound.apply(0, 0, a, b), bound.value(a, b)) if a.dtype == b.dtype else None
    rtol = _tolerance(a, b) * 10
    u, w = _draw(rng, a), _draw(rng, b)
    v = _draw(rng, bound.value(a, b))
    _adjoint(report, v, bound.apply(0, 0, u, b), [bound.transposes[0](0, 0, v, b)], [u], rtol)
    _adjoint(report, v, bound.apply(0, 0, a, w), [bound.transposes[1](0, 0, v, a)], [w], rtol)
    A, B = _draw(rng, a, 3), _draw(rng, b, 3)
    for la, lb in ((1, 0), (0, 1), (1, 1)):
        got = bound.apply(la, lb, A if la else a, B if lb else b)
        rows = np.stack([bound.apply(0, 0, A[k] if la else a, B[k] if lb else b) for k in range(3)])
        _same(report, "lead: apply of a stack against stacked applies", got, rows, rtol)
