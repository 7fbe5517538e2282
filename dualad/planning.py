"""`plan`: what a derivative will cost, which way is taken and why, before it is taken.

May import: calls, gradients, jacobians, hessians, directional, inputs, schedule, errors.
"""

from __future__ import annotations

import numpy as np

from .calls import Inputs, check_mode, from_start
from .directional import hvp
from .errors import OutputError
from .gradients import Recording, grad
from .hessians import hessian
from .jacobians import jacobian
from .schedule import ways
from .schedule.chunks import DEFAULT_MEMORY
from .schedule.estimate import CONSTANTS
from .schedule.plan import WANTS, Plan

__all__ = ["plan"]

FINDERS = {"gradient": ways.gradient_ways, "jacobian": ways.jacobian_ways, "hessian": ways.hessian_ways, "hvp": ways.hvp_ways}


def plan(f, *args, want="jacobian", argnums=0, mode=None, chunk=None, memory=DEFAULT_MEMORY, constants=CONSTANTS):
    """Ways to a derivative of `f` at these arguments: predicted operations, bytes and passes, the choice and its reason.

    Parameters
    ----------
    f : callable
        Takes and returns floats, arrays, or nested tuples, lists, dicts of them. It is run once, and recorded.
    *args
        Its arguments. Their shapes decide, and the steps that `f` takes at their values.
    want : {"gradient", "jacobian", "hessian", "hvp"}
        Which derivative.
    argnums : int or tuple of int
        Positional arguments to differentiate in.
    mode : str, optional
        Overrules the choice.
    chunk : int, optional
        At most so many directions or rows at a time.
    memory : int
        Bytes that one block of directions or rows may take.
    constants : Constants
        Seconds for one unit of each count; calibrate your machine's with `asv_benchmarks/calibrate.py`.

    Returns
    -------
    Plan
        Print it. ``jacobian(f, plan=p)`` and ``hessian(f, plan=p)`` follow it; ``p.measure()`` times the alternatives.

    Raises
    ------
    OutputError
        (TypeError) if a gradient or a Hessian-vector product of more than one number is wanted.
    ValueError
        For a `want` or a `mode` that does not exist.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> A = np.ones((3, 1000))
    >>> p = dualad.plan(lambda x: np.tanh(A @ x), np.zeros(1000))
    >>> p.mode, p.inputs, p.outputs
    ('reverse', 1000, 3)
    """
    if want not in WANTS:
        raise ValueError(f"plan: want={want!r} is not a derivative: choose one of {', '.join(map(repr, WANTS))}")
    inputs = Inputs(f, args, {}, argnums, "plan")
    recording = from_start(Recording, f, inputs)
    if want in ("gradient", "hvp") and recording.size != 1:
        raise OutputError(f"plan: {inputs.name} returned {recording.size} numbers, a {want} is of one: use want='jacobian' or "
                          "want='hessian'")
    found = FINDERS[want](recording.program, *recording.ends, recording.plain, memory, chunk, constants)
    if mode is not None:
        check_mode(mode, [w.mode for w in found], want)
    facts = (inputs.n, recording.size, len(recording.program), recording.program.nbytes + recording.program.overhead, inputs.name)
    shapes = [tuple(np.shape(x)) for x in inputs.leaves]
    return Plan(want, found, _runner(inputs, want, argnums, chunk, memory), mode=mode, facts=facts, shapes=shapes, chunk=chunk,
                memory=memory)


def _runner(inputs, want, argnums, chunk, memory):
    """What `measure` calls with a mode."""
    ones = inputs.structure([np.ones(np.shape(x), x.dtype if hasattr(x, "dtype") else float)[()] for x in inputs.leaves])
    f, args = inputs.f, inputs.args

    def run(mode):
        if want == "gradient" and mode == "reverse":
            return grad(f, argnums)(*args)
        if want in ("gradient", "jacobian"):
            return jacobian(f, argnums, mode=mode, chunk=chunk, memory=memory)(*args)
        if want == "hvp" and mode == "forward-over-reverse":
            return hvp(f, argnums)(*args, ones)
        return hessian(f, argnums, mode="auto" if mode == "hessian" else mode, chunk=chunk, memory=memory)(*args)

    return run
