"""Jacobians: directions pushed forward, or rows pulled back through one recorded run.

Every call opens a level, seeds the inputs, runs the function and unpacks the result; the
level is closed however the call ends.  May import: calls, core, gradients, inputs, schedule, trees, errors.
"""

from __future__ import annotations

import math

import numpy as np

from .calls import Inputs, NonDeterministic, check_mode, not_escaped, open_level, transform, value_at
from .core import jets, local
from .core.jets import Jet
from .core.protocol import tangents as first_order
from .gradients import Recording
from .inputs import outputs
from .schedule.choice import choose
from .schedule.chunks import DEFAULT_MEMORY, slices
from .schedule.waist import product
from .schedule.ways import best_jacobian, best_product
from .trees import unflatten

__all__ = ["by_leaf", "columns", "first_order_run", "forward_block", "jacfwd", "jacobian", "jacrev", "reverse_block",
           "reverse_sweeps", "same_values"]

MODES = ("auto", "forward", "local", "reverse", "labelled", "mixed")


def jacobian(f, argnums=0, *, has_aux=False, plan=None, mode="auto", chunk=None, memory=DEFAULT_MEMORY):
    """Jacobian of `f`: result.shape + input.shape, for each leaf of result and input.

    Parameters
    ----------
    f : callable
        Takes and returns floats, arrays, or nested tuples, lists, dicts of them.
    argnums : int or tuple of int
        Positional arguments to differentiate in; a tuple gives a tuple of Jacobians.
    has_aux : bool
        `f` returns ``(result, aux)``; the transformed function returns ``(jacobian, aux)``.
    plan : Plan, optional
        What `dualad.plan` returned for arguments of these shapes: its mode, chunk and memory are used. `mode` overrules it.
    mode : {"auto", "forward", "local", "reverse", "labelled", "mixed"}
        "auto" takes what `dualad.plan` predicts to be cheapest. "forward" pushes dense directions, "local" ones that stay with
        the entries they reached as long as possible; "reverse" records one run and pulls dense rows back, "labelled" rows kept
        as scaled values as long as possible; "mixed" is a product over the narrow places of the recorded run.
    chunk : int, optional
        At most so many directions in one run of `f`; chosen from `memory` by default.
    memory : int
        Bytes that one block of components may take.

    Returns
    -------
    callable
        With the arguments of `f`. Gradients have their variable's shape.

    Raises
    ------
    InputError, DtypeError, OutputError
        (TypeError) for inputs or results that are not real floating-point numbers or structures of them.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.jacobian(lambda x: np.array([1.0, 2.0]) * x[0] * x[1])(np.array([3.0, 5.0]))
    array([[ 5.,  3.],
           [10.,  6.]])
    """
    check_mode(mode, MODES, "jacobian")
    if plan is not None:
        mode, chunk, memory = plan.settings(mode, MODES, "jacobian")
    ahead = {}  # shapes for which a forward mode was chosen, so that nothing needs recording to find that out again

    def run(args, kwargs):
        inputs = Inputs(f, args, kwargs, argnums, "jacobian")
        if plan is not None:
            plan.check(inputs.leaves)
        y, parts, _, aux = first_order_run(inputs, has_aux, mode, chunk, memory, ahead)
        out = unflatten(y, [inputs.spread(c) for c in parts])
        return (out, aux) if has_aux else out

    return transform(f, "jacobian", run, has_aux)


def first_order_run(inputs, has_aux, mode, chunk, memory, ahead=None):
    """Result, columns of every output leaf, values, aux, in the given mode; `ahead` remembers shapes that go forward."""
    way, tree = choose(inputs.n) if mode == "auto" else mode, None
    shapes = None if ahead is None or way != "record" else tuple(np.shape(x) for x in inputs.leaves)
    if shapes is not None and inputs.may_be_local():
        way = ahead.get(shapes, way)
    recording = None if way in ("forward", "local") else Recording(inputs, has_aux)
    if way == "record":
        way, tree = _best(recording, memory, chunk)
        if shapes is not None and way in ("forward", "local"):
            ahead[shapes] = way
    elif way == "mixed" and recording.plain:
        tree = best_product(recording.program, *recording.ends)
    if way in ("labelled", "mixed") and recording.plain and inputs.n and recording.size:
        ends = recording.ends
        whole = product(recording.program, ends[1], tree, ends[0], memory, chunk)
        return recording.tree, by_leaf(whole, recording.values), recording.values, recording.aux
    if way not in ("forward", "local"):
        return recording.tree, reverse_sweeps(recording, chunk, memory), recording.values, recording.aux
    return _first_sweeps(inputs, has_aux, way, chunk, memory)


def _best(recording, memory, chunk):
    """The predicted way and, for "mixed", the order of products."""
    if not (recording.plain and recording.size):
        return choose(recording.inputs.n, recording.size), None
    return best_jacobian(recording.program, *recording.ends, memory, chunk)


def by_leaf(whole, values):
    """Rows of all outputs as one array y.shape + (n,) for each."""
    out, start, n = [], 0, whole.shape[1]
    for v in values:
        size = math.prod(np.shape(v))
        out.append(np.reshape(whole[start:start + size], (*np.shape(v), n)))
        start += size
    return out


def jacfwd(f, argnums=0, **options):
    """`jacobian` with ``mode="forward"``, which pushes directions forward: for few inputs.

    Parameters
    ----------
    f, argnums, **options
        As for `jacobian`.

    Returns
    -------
    callable
        With the arguments of `f`, returning result.shape + input.shape for each leaf of result and input.

    Raises
    ------
    InputError, DtypeError, OutputError
        (TypeError) as for `jacobian`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.jacfwd(lambda x: x ** 2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return jacobian(f, argnums, mode="forward", **options)


def jacrev(f, argnums=0, **options):
    """`jacobian` with ``mode="reverse"``, which records one run and pulls rows back: for few outputs.

    Parameters
    ----------
    f, argnums, **options
        As for `jacobian`.

    Returns
    -------
    callable
        With the arguments of `f`, returning result.shape + input.shape for each leaf of result and input.

    Raises
    ------
    InputError, DtypeError, OutputError
        (TypeError) as for `jacobian`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.jacrev(lambda x: x ** 2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return jacobian(f, argnums, mode="reverse", **options)


def columns(y, level, P):
    """First-order components of an output leaf, directions last: shape y.shape + (P,)."""
    if isinstance(y, Jet) and y.level is level:
        return np.moveaxis(first_order(y), 0, -1) if y.local is None else local.columns(y)
    not_escaped(y)
    return np.zeros(np.shape(y) + (P,))


def _first_sweeps(inputs, has_aux, mode, chunk, memory):
    """Result, first-order columns of every output leaf, values, aux: local if possible, else dense chunks."""
    if mode == "local" and chunk is None and inputs.n and inputs.may_be_local():
        try:
            with open_level(inputs.owner) as level:
                layout = jets.dual_layout(inputs.n)
                y, aux = inputs.call(inputs.local(level, layout, memory), has_aux, level)
                leaves = outputs(y, inputs.name)
                return y, [columns(v, level, inputs.n) for v in leaves], [value_at(v, level) for v in leaves], aux
        except local.Restart:
            pass
    found = values = None
    for which in slices(inputs.n, max(inputs.sizes), memory, chunk):
        y, blocks, now, aux = forward_block(inputs, has_aux, which)
        same_values(values, now, inputs.name)
        values = now
        found = [[c] for c in blocks] if found is None else [a + [c] for a, c in zip(found, blocks, strict=True)]
    return y, [c[0] if len(c) == 1 else np.concatenate(c, axis=-1) for c in found], values, aux


def forward_block(inputs, has_aux, which):
    """Result, columns `which` of every output leaf, values, aux: one run of dense directions."""
    with open_level(inputs.owner) as level:
        layout = jets.dual_layout(len(which))
        y, aux = inputs.call(inputs.dense(level, layout, which), has_aux, level)
        leaves = outputs(y, inputs.name)
        return y, [columns(v, level, len(which)) for v in leaves], [value_at(v, level) for v in leaves], aux


def same_values(before, now, name):
    """Several runs of f must be runs of the same function."""
    if before is None:
        return
    same = len(before) == len(now) and all(np.shape(a) == np.shape(b) for a, b in zip(before, now, strict=True))
    for a, b in zip(before, now, strict=True) if same else [(0.0, 1.0)]:
        if not isinstance(a, Jet) and not np.array_equal(a, b, equal_nan=True):
            raise NonDeterministic(f"{name} returned different values in two runs of one derivative (does it draw random numbers "
                                   "or change state?): fix the sample outside, or give memory= enough for one run")


def reverse_sweeps(recording, chunk, memory):
    """Jacobian columns of every output leaf, shape y.shape + (n,), from sweeps of several rows at a time."""
    n, widest = recording.inputs.n, max(recording.inputs.n, recording.program.widest)
    parts = [reverse_block(recording, r.start, r.stop) for r in slices(recording.size, widest, memory, chunk) if len(r)]
    if not parts:
        return [np.zeros((*np.shape(v), n)) for v in recording.values]
    return by_leaf(parts[0] if len(parts) == 1 else np.concatenate(parts), recording.values)


def reverse_block(recording, lo, hi):
    """Rows lo to hi of the Jacobian of all outputs in a row, as (hi - lo, n)."""
    seeds, start, rows = [], 0, hi - lo
    for v in recording.values:
        size = math.prod(np.shape(v))
        seed = np.zeros((rows, size), dtype=getattr(v, "dtype", np.float64))
        own = np.arange(max(lo, start), min(hi, start + size))
        seed[own - lo, own - start] = 1.0
        # one row needs no axis of its own
        seeds.append(seed.reshape(((rows,) if rows > 1 else ()) + np.shape(v))[()])
        start += size
    pieces = recording.pull(seeds, rows=rows if rows > 1 else 0)
    pieces = [np.reshape(g, (rows, -1 if math.prod(np.shape(x)) else 0))
              for g, x in zip(pieces, recording.inputs.leaves, strict=True)]
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)
