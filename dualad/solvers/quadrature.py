"""Integrals of functions that carry derivatives, between limits that may carry them too (Leibniz's rule, to any order).

Each component of the integrand is integrated by SciPy's own function with its own error control, from shared evaluations. On a tape
the values that the integrand is known to hold become the arguments of a forward derivative, which is recorded as one linear step.
May import: calls, directional, functions, nest, core, errors, numpy, scipy.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import quad, quad_vec
from scipy.special import roots_legendre

from ..calls import Inputs, from_start
from ..core.operands import plain, primal
from ..directional import _push
from ..errors import ComplexError, SolverError
from . import nest
from .functions import Call, Composed, Function

__all__ = ["handle_dblquad", "handle_fixed_quad", "handle_quad", "handle_quad_vec", "handle_tplquad"]


def _integral(owner, function, a, b, solve, levels, value=None):
    """The integral of function(x) from a to b with derivatives; `solve(g, a, b, scale)` integrates plain functions.

    `value`: what SciPy found for the plain integral, if it is known.
    """
    low, high = float(plain(a)), float(plain(b))
    out = _lifted(owner, function, levels, lambda f: _components(owner, f, low, high, solve, levels, value))
    for limit, at, sign in ((b, high, 1.0), (a, low, -1.0)):
        by = nest.nest(limit)
        if by:
            everything = {**levels, **by, **nest.nest(out)}
            out = out + sign * _beyond(owner, function, at, limit - at, nest.order(everything))
    return out


def _beyond(owner, function, x, by, orders):
    """The integral from x to x + by, for `by` of value zero: Taylor's series."""
    if not math.isfinite(x):
        raise SolverError(f"{owner}: a limit that carries derivatives is {x}")
    out, factor = 0.0, by
    for k in range(orders):
        out = out + factor * _slope(owner, function, x, k)
        factor = factor * by / (k + 2)
    return out


def _slope(owner, function, x, k):
    if not k:
        return function(x)
    inputs = Inputs(lambda z: _slope(owner, function, z, k - 1), (x,), {}, 0, owner)
    inputs.asked = function.f
    return from_start(_push, function.f, inputs, [np.ones(1)], 1, False)[2][0][0]


def _components(owner, function, a, b, solve, levels, value):
    """The integral for forward levels only: one plain integral for each component."""
    held = nest.nest(function.jets())
    ladder = nest.forward({**{k: v for k, v in levels.items() if v is not None}, **held})
    known = {}

    def at(x):
        key = float(x)
        if key not in known:
            y = function(key)
            if any(level not in dict(ladder) for level in nest.nest(y)):
                raise SolverError(f"{owner}: in reverse mode the values that carry derivatives must be arguments (args=) of the "
                                  "integrand or in its closure; found others (attributes of objects?). Use forward mode "
                                  "(dualad.jacobian(f, mode='forward')), or hand them over")
            known[key] = nest.split(y, ladder)
        return known[key]

    found, largest = [], None
    for c in range(nest.count(ladder)):
        scale = 1.0 if largest is None or not largest[c] or not largest[0] else min(1.0, largest[c] / largest[0])
        result = solve(lambda x, c=c: at(x)[c], a, b, scale, c)
        if c == 0:
            largest = [max(np.max(np.abs(v[k]), initial=0.0) for v in known.values()) if known else 0.0
                       for k in range(nest.count(ladder))]
            result = result if value is None else value
        found.append(result)
    return nest.join(np.stack([np.asarray(v, dtype=float) for v in found]), ladder) if ladder else found[0]


def _lifted(owner, function, levels, compute):
    """compute(function), whose levels must not be tapes, for a function that holds values on one."""
    held = nest.nest(function.jets())
    tapes = sorted({level for level, layout in {**levels, **held}.items() if layout is None}, key=lambda level: level.id)
    if not tapes:
        return compute(function)
    if len(tapes) > 1:
        raise SolverError(f"{owner}: reverse mode over reverse mode has no rule here: use dualad.hessian or dualad.hvp")
    tape, handles = tapes[0], []
    if any(x.level is not tape and tape in nest.nest(x) for x in function.jets()):
        raise SolverError(f"{owner}: reverse mode over forward mode has no rule here: take the outer derivative forward too "
                          "(dualad.jacobian(f, mode='forward')), or the inner one by reverse mode")
    for x in function.jets():
        if x.level is tape and x.active:
            handles.append(x)
    if not handles:
        return compute(function)
    values = tuple(x.value.copy() if np.ndim(x) else x.value for x in handles)
    numbers = {id(x): k for k, x in enumerate(handles)}

    def explicit(*given):
        return compute(function.swapped(lambda x: given[numbers[id(x)]] if id(x) in numbers else x))

    inputs = Inputs(explicit, values, {}, tuple(range(len(values))), owner)
    inputs.asked = function.f
    seeds, total, start = [], inputs.n, 0
    for v in values:
        seed = np.zeros((total, int(np.size(v))))
        seed[start + np.arange(np.size(v)), np.arange(np.size(v))] = 1.0
        seeds.append(np.reshape(seed, (total, *np.shape(v))))
        start += int(np.size(v))
    _, (y,), (t,), _ = from_start(_push, function.f, inputs, seeds, total, False)
    moved = np.concatenate([np.reshape(x - v, -1) for x, v in zip(handles, values, strict=True)])
    return y + np.reshape(moved @ np.reshape(t, (total, -1)), np.shape(y))


# ---- SciPy's functions ----


def _simple(owner, options):
    """Plain integrals by scipy.integrate.quad; those of derivatives must converge."""
    def solve(g, a, b, scale, c):
        given = dict(options)
        given["epsabs"] = given.get("epsabs", 1.49e-8) * scale
        found = quad(g, a, b, full_output=1, **given)
        if c and len(found) > 3:
            raise SolverError(f"{owner}: the integral of the derivative did not converge ({' '.join(found[3].split())})")
        return found[0]

    return solve


def handle_quad(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    found = call.run()
    if not call.levels:
        return found
    if call.get("complex_func"):
        raise ComplexError(f"{call.name}: complex_func=True has no derivative rule: integrate real and imaginary parts")
    keep = ("epsabs", "epsrel", "limit", "points", "weight", "wvar", "wopts", "maxp1", "limlst")
    options = {k: plain(call.get(k)) for k in keep if k in call.given}
    a, b = call.get("a"), call.get("b")
    if options.get("weight") is not None and (nest.nest(a, b, call.get("wvar"))):
        raise SolverError(f"{call.name}: weight= with limits or wvar= that carry derivatives has no derivative rule: write the "
                          "weight into the integrand")
    y = _integral(call.name, call.function("func"), a, b, _simple(call.name, options), call.levels, found[0])
    return (found[0] + (y - primal(y)), *found[1:])


def handle_quad_vec(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    found = call.run()
    if not call.levels:
        return found
    keep = ("epsabs", "epsrel", "norm", "cache_size", "limit", "points", "quadrature")
    options = {k: plain(call.get(k)) for k in keep if k in call.given}

    def solve(g, a, b, scale, c):
        result, _, info = quad_vec(g, a, b, full_output=True, **options)
        if c and info.status != 0 and np.any(result):
            raise SolverError(f"{call.name}: the integral of the derivative did not converge ({info.message})")
        return result

    y = _integral(call.name, call.function("f"), call.get("a"), call.get("b"), solve, call.levels, found[0])
    return (found[0] + (y - primal(y)), *found[1:])


def _layer(call, f, pair, rest, given, options):
    """The integral over one variable and those inside it; `given`: the outer variables, `rest`: limits of the inner ones."""
    many = len(given)

    def form(f, v, *data):
        outer, limits = data[:many], data[many:]
        if not limits:
            return f(v, *reversed(outer))
        outer = (*outer, v)
        low, high, *more = limits
        low, high = (Function(g)(*outer) if callable(g) else g for g in (low, high))
        return _layer(call, f, (low, high), list(zip(more[::2], more[1::2], strict=True)), outer, options)

    whole = Composed(f, form, *given, *(g for limits in rest for g in limits))
    levels = {k: v for k, v in call.levels.items() if v is not None}
    return _integral(call.name, whole, *pair, _simple(call.name, options), {**levels, **nest.nest(whole.jets())})


def handle_dblquad(scope, fn, args, kwargs):
    return _nested(fn, args, kwargs, (("gfun", "hfun"),))


def handle_tplquad(scope, fn, args, kwargs):
    return _nested(fn, args, kwargs, (("gfun", "hfun"), ("qfun", "rfun")))


def handle_fixed_quad(scope, fn, args, kwargs):
    """Gauss-Legendre: a sum, differentiated as it is."""
    call = Call(fn, args, kwargs)
    a, b, n = call.get("a"), call.get("b"), call.get("n", 5)
    if not np.all(np.isfinite([plain(a), plain(b)])):
        return call.run()  # which raises
    nodes, weights = roots_legendre(n)
    y = call.function("func")((b - a) * (nodes + 1) / 2.0 + a)
    return (b - a) / 2.0 * np.sum(weights * y, axis=-1), None


def _nested(fn, args, kwargs, names):
    call = Call(fn, args, kwargs)
    found = call.run()
    if not call.levels:
        return found
    options = {k: plain(call.get(k)) for k in ("epsabs", "epsrel") if k in call.given}
    y = _layer(call, call.function("func"), (call.get("a"), call.get("b")), [tuple(map(call.get, pair)) for pair in names], (),
               options)
    return (found[0] + (y - primal(y)), *found[1:])
