"""Rules of the user's own, and marks inside a function: stop_gradient, checkpoint, gradient_hook, custom_jvp, custom_vjp.

May import: calls, core, gradients, inputs, scope, trees, errors.
"""

from __future__ import annotations

import functools

import numpy as np

from . import scope
from .calls import Inputs, open_level
from .core import jets, tape
from .core.jets import Jet, make
from .core.memory import following
from .core.operands import jets_in, no_rule, plain, values_at
from .core.protocol import second as second_order
from .core.protocol import tangents as first_order
from .errors import RuleError, TangentError, TapeError
from .gradients import Recording
from .inputs import component, outputs
from .trees import flatten, unflatten

__all__ = ["checkpoint", "custom_jvp", "custom_vjp", "gradient_hook", "stop_gradient"]


def stop_gradient(x):
    """The plain values of `x`: a constant for every derivative, at all levels.

    Parameters
    ----------
    x : float, array, or nested tuples, lists, dicts of them

    Returns
    -------
    The same structure of plain numbers and arrays (copies).

    Raises
    ------
    EscapedLevelError
        (RuntimeError) for a value of a call that has finished.

    Examples
    --------
    >>> import dualad
    >>> float(dualad.grad(lambda x: x * dualad.stop_gradient(x))(3.0))
    3.0
    """
    jets.top(jets_in([x]))
    return unflatten(x, [np.array(plain(v))[()] if isinstance(v, Jet) else v for _, v in flatten(x)])


def _top(args):
    """The operand of the highest level in nested arguments, or None."""
    return jets.top(jets_in([list(args)]))


class _Step:
    """A recorded call of the user's: `back(gs, rows)` gives one cotangent (or None) for each operand."""

    saved = ()

    def __init__(self, name, shapes, back):
        self.name, self.shapes, self.back = name, shapes, back

    def pull(self, lead, g):
        gs = g if isinstance(g, tuple) else (g,)
        rows = next(np.shape(v)[0] for v in gs if v is not None) if lead else 0
        front = (rows,) if lead else ()
        full = [np.zeros(front + s, t)[()] if v is None else v for v, (s, t) in zip(gs, self.shapes, strict=True)]
        return self.back(full, rows)

    def __repr__(self):
        return self.name


def _row_by_row(back):
    """A rule of the user's takes one cotangent at a time; for rows of them it is called for each."""
    def pull(gs, rows):
        if not rows:
            return back(gs)
        single = [back([v[k] for v in gs]) for k in range(rows)]
        return tuple(None if parts[0] is None else np.stack([v if isinstance(v, Jet) else np.asarray(v) for v in parts])
                     for parts in zip(*single, strict=True))

    return pull


def _frozen(v):
    """An array that the user's function may read but not write: what it is a value of would not know."""
    if type(v) is not np.ndarray:
        return v
    v = v.view()
    v.flags.writeable = False
    return v


def _differentiable(v):
    """Whether an argument's leaf has derivatives (numbers of other kinds are constants)."""
    return isinstance(v, (Jet, float)) or getattr(getattr(v, "dtype", None), "kind", "") == "f"


def _zero(v):
    """A zero tangent."""
    return np.zeros(np.shape(v), v.dtype if _differentiable(v) and hasattr(v, "dtype") else np.float64)[()]


def _record(name, level, operands, y, back):
    """Handles of the results of a call, in y's structure; `back` takes one cotangent for each result leaf, and rows."""
    leaves = [v if isinstance(v, Jet) or not isinstance(v, (float, int)) else np.asarray(v, dtype=float)[()]
              for v in outputs(y, name)]
    if any(v.level is level for v in jets_in(leaves)):
        raise TapeError(f"{name} uses a value that {level.owner}() records and that is not one of its arguments, so its derivative "
                        "would be lost: pass it as an argument")
    step = _Step(name, [(np.shape(v), v.dtype) for v in leaves], back)
    if len(leaves) == 1:
        return unflatten(y, [tape.call(level, step, operands, leaves[0])])
    return unflatten(y, tape.call_many(level, step, operands, leaves))


def checkpoint(f):
    """`f`, whose intermediate values are not kept for the backward sweep but computed again in it.

    Parameters
    ----------
    f : callable
        Takes and returns floats, arrays, or nested tuples, lists, dicts of them. What it differentiates must be its
        positional arguments; it must give the same result when it is run again.

    Returns
    -------
    callable
        With the arguments of `f`. Memory of one backward sweep: the arguments instead of everything inside; time: one more
        run of `f`. Forward modes call `f` as it is.

    Raises
    ------
    TapeError
        (RuntimeError) if `f` uses a recorded value that is not one of its arguments.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> layer = dualad.checkpoint(lambda x: np.sin(np.exp(x)))
    >>> float(dualad.grad(lambda x: layer(layer(x)))(0.0)) == float(dualad.grad(lambda x: np.sin(np.exp(np.sin(np.exp(x)))))(0.0))
    True
    """
    @functools.wraps(f)
    def checkpointed(*args, **kwargs):
        given = args, kwargs
        x = _top(given)
        if x is None or not x.on_tape:
            return scope.call(f, args, kwargs)
        level, handles = x.level, [a for _, a in flatten(given)]
        traced = [isinstance(a, Jet) and a.level is level and a.active for a in handles]
        kept = [_frozen(tape.kept(a, level)) for a in handles]
        name = f"checkpoint({getattr(f, '__name__', 'f')})"

        def inner(*xs):
            moving = iter(xs)
            a, k = unflatten(given, [next(moving) if on else v for v, on in zip(kept, traced, strict=True)])
            return scope.call(f, a, k)

        def back(gs, rows):
            xs = tuple(v for v, on in zip(kept, traced, strict=True) if on)
            inputs = Inputs(inner, xs, {}, tuple(range(len(xs))), "checkpoint")
            inputs.asked = f
            return tuple(Recording(inputs).pull(gs, rows))

        y = inner(*(v for v, on in zip(kept, traced, strict=True) if on))
        # the step keeps plain values: of the handles only their structure
        given = unflatten(given, [None] * len(handles))
        operands = tuple(a for a, on in zip(handles, traced, strict=True) if on)
        return _record(name, level, operands, y, back)

    checkpointed.__checkpoint__ = f  # whose code decides whether it runs in the capturing scope
    return checkpointed


def gradient_hook(x, hook):
    """`x`, whose cotangent is shown to `hook` in every backward sweep.

    Parameters
    ----------
    x : array or scalar inside a differentiated function (anything else is returned as it is)
    hook : callable
        Called with the cotangent (of x's shape); what it returns replaces it, None leaves it.

    Returns
    -------
    The same values.

    Raises
    ------
    TangentError
        (ValueError) in the sweep, if the hook returns another shape.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> seen = []
    >>> dualad.grad(lambda x: np.sum(dualad.gradient_hook(2 * x, seen.append) ** 2))(np.array([1.0, 2.0]))
    array([ 8., 16.])
    >>> seen
    [array([4., 8.])]
    """
    if not (isinstance(x, Jet) and x.on_tape and x.active):
        return x

    def back(gs):
        g = gs[0] if np.ndim(gs[0]) == 0 else gs[0].copy()
        new = hook(g)
        if new is None:
            return (g,)
        if np.shape(new) != np.shape(g):
            raise TangentError(f"gradient_hook: the hook returned shape {np.shape(new)} for a cotangent of shape {np.shape(g)}: "
                               "return the same shape, or None")
        return (new,)

    value = x.value.copy("K") if np.ndim(x) else x.value
    return _record("gradient_hook", x.level, (x,), value, _row_by_row(back))


def _checked(name, got, wanted, what):
    """Leaves of what a user's rule returned, which must match `wanted` (path, value) exactly."""
    found = flatten(got)
    if [p for p, _ in found] != [p for p, _ in wanted]:
        raise TangentError(f"{name}: its rule returned {what} of structure {[p for p, _ in found]}, expected "
                           f"{[p for p, _ in wanted]}")
    for (path, g), (_, x) in zip(found, wanted, strict=True):
        if g is not None and np.shape(g) != np.shape(x):
            raise TangentError(f"{name}: its rule returned for {what[:-1]} {path} shape {np.shape(g)}, expected {np.shape(x)}: "
                               "give one entry for each entry of the operand (nothing is broadcast)")
    return [g for _, g in found]


class custom_vjp:  # noqa: N801  (a decorator)
    """A function with a backward rule of the user's own.

    Parameters
    ----------
    f : callable
        Function of positional arguments.

    Notes
    -----
    ``f.defvjp(fwd, bwd)``: ``fwd(*args)`` returns ``(y, residuals)``; ``bwd(residuals, g)`` returns one cotangent for each
    argument (None: zero), with exactly its structure and shapes. Both are ordinary differentiable code, so second
    derivatives go through them. Forward modes have no rule and say so.

    Raises
    ------
    TangentError
        (ValueError) in the sweep, if `bwd` returns another structure or shape than the arguments.
    NoRuleError
        (TypeError) in forward modes.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> @dualad.custom_vjp
    ... def clipped(x):
    ...     return np.exp(x)
    >>> clipped.defvjp(lambda x: (np.exp(x), np.exp(x)), lambda y, g: (np.minimum(g * y, 1.0),))
    >>> float(dualad.grad(clipped)(5.0))
    1.0
    """

    def __init__(self, f):
        self.f, self.rule = f, None
        functools.update_wrapper(self, f)

    def defvjp(self, fwd, bwd):
        """Declare the rule."""
        self.rule = fwd, bwd

    def __call__(self, *args):
        x = _top(args)
        if x is None:
            return self.f(*args)
        name = getattr(self.f, "__name__", "custom_vjp")
        if self.rule is None:
            raise RuleError(f"{name} is a custom_vjp without a rule: call {name}.defvjp(fwd, bwd)")
        if not x.on_tape:
            raise no_rule(name, "it has a custom_vjp, which forward modes cannot use; use grad, vjp or mode='reverse', or "
                                "declare a custom_jvp")
        level = x.level
        fwd, bwd = self.rule
        leaves = flatten(args)
        values = unflatten(args, [_frozen(tape.kept(a, level)) for _, a in leaves])
        result = fwd(*values)
        if not (isinstance(result, tuple) and len(result) == 2):
            raise TangentError(f"{name}: its forward rule must return (y, residuals), found {type(result).__name__}")
        y, residuals = result
        wanted = flatten(values)

        def back(gs):
            found = bwd(residuals, unflatten(y, gs))
            if not isinstance(found, tuple) or len(found) != len(values):
                raise TangentError(f"{name}: its rule must return a tuple of {len(values)} cotangents, one for each argument, "
                                   f"found {f'{len(found)} of them' if isinstance(found, tuple) else type(found).__name__}")
            whole = tuple(unflatten(v, [None] * len(flatten(v))) if g is None else g for g, v in zip(found, values, strict=True))
            return tuple(_checked(name, whole, wanted, "cotangents"))

        return _record(name, level, tuple(a for _, a in leaves), y, _row_by_row(back))


class custom_jvp:  # noqa: N801  (a decorator)
    """A function with a forward rule of the user's own; reverse mode transposes it.

    Parameters
    ----------
    f : callable
        Function of positional arguments.

    Notes
    -----
    ``f.defjvp(rule)``: ``rule(primals, tangents)`` takes two tuples and returns ``(y, ty)``, with `ty` linear in the tangents
    and of exactly y's structure and shapes (None: zero). It is ordinary differentiable code, so higher derivatives go through
    it. Integer arguments and the like are constants, with zero tangents.

    Raises
    ------
    TangentError
        (ValueError) if the rule returns another structure or shape than the result.
    RuleError
        (ValueError) if no rule was declared.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> @dualad.custom_jvp
    ... def root(x):
    ...     return np.sqrt(x)
    >>> root.defjvp(lambda primals, tangents: (root(*primals), tangents[0] / (2 * root(*primals))))
    >>> float(dualad.derivative(root)(4.0)), float(dualad.grad(root)(4.0))
    (0.25, 0.25)
    """

    def __init__(self, f):
        self.f, self.rule = f, None
        functools.update_wrapper(self, f)

    def defjvp(self, rule):
        """Declare the rule."""
        self.rule = rule

    def __call__(self, *args):
        x = _top(args)
        if x is None:
            return self.f(*args)
        name = getattr(self.f, "__name__", "custom_jvp")
        if self.rule is None:
            raise RuleError(f"{name} is a custom_jvp without a rule: call {name}.defjvp(rule)")
        return self._on_tape(name, x.level, args) if x.on_tape else self._forward(name, x, args)

    def _apply(self, name, values, tangents):
        """(y, leaves of ty) of the user's rule, checked."""
        result = self.rule(values, tangents)
        if not (isinstance(result, tuple) and len(result) == 2):
            raise TangentError(f"{name}: its rule must return (y, ty), found {type(result).__name__}")
        y, ty = result
        leaves = _checked(name, ty, flatten(y), "tangents")
        return y, [_zero(v) if t is None else t for t, (_, v) in zip(leaves, flatten(y), strict=True)]

    def _forward(self, name, x, args):
        """First-order components: the rule once for each direction."""
        level, layout = x.level, x.layout if x.local is None else x.local.full
        if layout.M:
            return self._second(name, level, layout, args)
        values = values_at(level, args)
        columns = []
        for p in range(layout.P):
            y, ty = self._apply(name, values, _along(level, args, lambda a, p=p: first_order(a)[p]))
            columns.append(ty)
        parts = [_block([component(np.asarray(v) if not isinstance(v, Jet) else v), *(_row(c[k], v) for c in columns)])
                 for k, (_, v) in enumerate(flatten(y))]
        return unflatten(y, [make(level, layout, b) for b in parts])

    def _second(self, name, level, layout, args):
        """Second-order components: for each direction the rule on numbers that carry all directions themselves."""
        P, (i, j) = layout.P, layout.pairs
        table = np.full((P, P), -1)
        table[i, j] = table[j, i] = np.arange(layout.M)
        with open_level(name) as inner:
            first = jets.dual_layout(P)

            def point(a):
                return make(inner, first, _block([component(a.value), first_order(a)]))

            def along(a, q):
                zero = np.zeros_like(a.value)
                bent = [component(second_order(a)[m] if m >= 0 else zero) for m in table[q]]
                return make(inner, first, following(_block([component(first_order(a)[q]), *bent]), a))

            values = _along(level, args, point, lambda v: v)
            columns = []
            for q in range(P):
                y, ty = self._apply(name, values, _along(level, args, lambda a, q=q: along(a, q)))
                columns.append([_components(t, inner, P) for t in ty])
            whole = [_components(v, inner, P) for _, v in flatten(y)]
        # pair (i, j): the j-th tangent of the result, moved along direction i
        blocks = [[v, *(columns[b][k][1 + a:2 + a] for a, b in zip(i, j, strict=True))] for k, v in enumerate(whole)]
        return unflatten(y, [make(level, layout, _block(b)) for b in blocks])

    def _on_tape(self, name, level, args):
        leaves = [a for _, a in flatten(args)]
        kept = [_frozen(tape.kept(a, level)) for a in leaves]
        values = unflatten(args, kept)
        y = self.f(*values)
        moving = [_differentiable(v) for v in kept]
        operands = tuple(a for a, on in zip(leaves, moving, strict=True) if on)

        def linear(*ts):
            given = iter(ts)
            t = [next(given) if on else _zero(v) for v, on in zip(kept, moving, strict=True)]
            return self._apply(name, values, unflatten(values, t))[1]

        def back(gs, rows):
            zeros = tuple(_zero(v) for v, on in zip(kept, moving, strict=True) if on)
            return tuple(Recording(Inputs(linear, zeros, {}, tuple(range(len(zeros))), name)).pull(gs, rows))

        return _record(name, level, operands, y, back)


def _block(parts):
    """Components of a result, which lie in memory as its value does."""
    return following(np.concatenate(parts), parts[0][0])


def _along(level, args, tangent, constant=_zero):
    """The arguments with `tangent` of what carries derivatives at a level and `constant` of everything else."""
    return unflatten(args, [tangent(a) if isinstance(a, Jet) and a.level is level else constant(a) for _, a in flatten(args)])


def _row(t, v):
    """A tangent as one component of v's shape and dtype."""
    return component(t if isinstance(t, Jet) else np.asarray(t, getattr(v, "dtype", np.float64)))


def _components(v, level, P):
    """Value and first-order components of a result, (1 + P, *shape)."""
    if isinstance(v, Jet) and v.level is level:
        return _block([component(v.value), first_order(v)])
    v = v if isinstance(v, Jet) else np.asarray(v, dtype=np.float64)
    return _block([component(v), np.zeros((P, *np.shape(v)))])
