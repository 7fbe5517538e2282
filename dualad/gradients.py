"""Reverse mode transforms: one recorded run, one backward sweep.

May import: calls, core, inputs, schedule, trees, errors.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from .calls import Inputs, finish, from_start, not_escaped, transform, value_at
from .core import reverse, tape
from .core.complexes import involved
from .core.jets import Jet
from .core.operands import shape_of
from .core.sweep import Sweep
from .errors import ComplexError, InputError, OutputError, TangentError
from .inputs import as_tangent, outputs
from .schedule.waist import Cut
from .trees import flatten, unflatten

__all__ = ["Recording", "grad", "value_and_grad", "vjp"]


FLOAT64 = np.dtype(np.float64)
ONE = np.float64(1.0)


class Recording:
    """One recorded run of a function: its program, the nodes of inputs and outputs, and the values of the result.

    The recording stays usable after the run; nothing refers to the handles the function saw.
    """

    def __init__(self, inputs, has_aux=False):
        self.inputs, self._transposed = inputs, None
        level = tape.begin(inputs.owner, reverse)
        try:
            self.program = level.program
            if inputs.simple:
                seeded, self.input_nodes = (tape.take_input(level, inputs.leaves[0]),), (0,)
            else:
                seeded = [tape.take_input(level, x) for x in inputs.leaves]
                self.input_nodes = [tape.node_of(x, level) for x in seeded]
            self.tree, self.aux = inputs.call(seeded, has_aux, level)
            number = tape.number_at(self.tree, level)
            if number is not None:
                self.output_nodes, self.values = [number[0]], [number[1]]
                return
            self.output_nodes, self.values = [], []
            for y in outputs(self.tree, inputs.name):
                not_escaped(y)
                self.output_nodes.append(tape.node_of(y, level))
                self.values.append(value_at(y, level))
        finally:
            level.close()

    @cached_property
    def size(self):
        """Entries of all outputs."""
        return sum(math.prod(np.shape(v)) for v in self.values)

    @property
    def ends(self):
        """Inputs and outputs as the scheduler sees them."""
        sizes = tuple(math.prod(np.shape(v)) for v in self.values)
        return Cut(tuple(self.input_nodes), tuple(self.inputs.sizes)), Cut(tuple(self.output_nodes), sizes)

    @property
    def plain(self):
        """Whether everything that goes in and out is float64 and carries no other derivatives."""
        return not self.program.traced and all(
            not isinstance(x, Jet) and getattr(x, "dtype", FLOAT64) == FLOAT64 for x in (*self.inputs.leaves, *self.values))

    def pull(self, cotangents, rows=0, free=False):
        """Cotangents of the inputs (zeros where nothing arrived), for those of the outputs."""
        loose = False
        for g in cotangents:
            loose = loose or isinstance(g, Jet)
        found = Sweep(self.program, rows, loose).pull(self.output_nodes, cotangents, self.input_nodes, free)
        return [self.arrived(k, g, rows) for k, g in enumerate(found)] if any(g is None for g in found) else found

    def arrived(self, k, g, rows=0):
        """The cotangent of an input: zeros where nothing came."""
        if g is not None:
            return g
        x = self.inputs.leaves[k]
        return np.zeros(((rows,) if rows else ()) + np.shape(x), getattr(x, "dtype", np.float64))

    def push(self, tangents, rows=0):
        """Tangents of the outputs, for those of the inputs: the pullback's own pullback, which is the Jacobian."""
        if self._transposed is None:
            zeros = tuple(np.zeros(np.shape(v), getattr(v, "dtype", np.float64))[()] for v in self.values)
            self._transposed = Recording(Inputs(lambda *gs: self.pull(gs), zeros, {}, tuple(range(len(zeros))), self.inputs.owner))
            # they lead back here: a cycle would keep the arrays until the collector runs
            self._transposed.inputs.f = self._transposed.inputs.asked = None
        return self._transposed.pull(tangents, rows)


def _scalar(recording):
    """The only output, which must be one real number; returns the seed of its gradient."""
    if len(recording.values) == 1 and type(recording.values[0]) is np.float64:
        return ONE
    if len(recording.values) != 1 or shape_of(recording.values[0]) != ():
        if involved(recording.tree):
            raise ComplexError(f"{recording.inputs.owner}: {recording.inputs.name} must return one real number, found a complex "
                               "one: take its real part, np.abs(...) or np.abs(...) ** 2, or use dualad.vjp")
        name, shapes = recording.inputs.name, [np.shape(v) for v in recording.values]
        raise OutputError(f"{recording.inputs.owner}: {name} must return one real number, found "
                          + (f"shape {shapes[0]}" if len(shapes) == 1 else f"{len(shapes)} results of shapes {shapes}")
                          + ": reduce it (np.sum(...)), or use dualad.jacobian or dualad.vjp")
    dtype = getattr(recording.values[0], "dtype", FLOAT64)
    return ONE if dtype is FLOAT64 else np.ones((), dtype=dtype)[()]


def _gradient(f, args, kwargs, argnums, has_aux):
    """The recorded run and the gradient in the structure of the arguments."""
    inputs = Inputs(f, args, kwargs, argnums, "grad")
    recording = Recording(inputs, has_aux)
    seed = _scalar(recording)
    if inputs.simple and seed is ONE:
        # small problems are all overhead: the commonest case goes straight through
        g = Sweep(recording.program).pull(recording.output_nodes, (seed,), recording.input_nodes, True)[0]
        if tape.own_doubles(g, inputs.leaves[0]):
            return recording, g
        pieces = [recording.arrived(0, g)]
    else:
        pieces = recording.pull([seed], free=True)
    return recording, inputs.structure([finish(g, x) for g, x in zip(pieces, inputs.leaves, strict=True)])


def grad(f, argnums=0, *, has_aux=False):
    """Gradient of a function that returns one real number, by reverse mode.

    Parameters
    ----------
    f : callable
        Takes floats, floating-point arrays, or nested tuples, lists, dicts of them; returns one real number (shape ()).
    argnums : int or tuple of int
        Positional arguments to differentiate in; a tuple gives a tuple of gradients.
    has_aux : bool
        `f` returns ``(value, aux)``; the transformed function returns ``(gradient, aux)``.

    Returns
    -------
    callable
        With the arguments of `f`. A gradient has the structure, shapes and dtypes of its argument.

    Raises
    ------
    OutputError
        (TypeError) if `f` does not return one real number.
    InputError, DtypeError
        (TypeError) for inputs without derivatives, such as integers.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> dualad.grad(lambda x: np.sum(x ** 2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    def run(args, kwargs):
        recording, gradient = _gradient(f, args, kwargs, argnums, has_aux)
        return (gradient, recording.aux) if has_aux else gradient

    return transform(f, "grad", run, has_aux)


def value_and_grad(f, argnums=0, *, has_aux=False):
    """Value and gradient of a function that returns one real number, from one run.

    Parameters
    ----------
    f, argnums, has_aux
        As for `grad`.

    Returns
    -------
    callable
        Returning ``(value, gradient)``; with `has_aux`, ``((value, aux), gradient)``.

    Raises
    ------
    OutputError, InputError, DtypeError
        As for `grad`.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> v, g = dualad.value_and_grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0})
    >>> float(v), {k: float(x) for k, x in g.items()}
    (6.0, {'a': 3.0, 'b': 2.0})
    """
    def run(args, kwargs):
        recording, gradient = _gradient(f, args, kwargs, argnums, has_aux)
        value = recording.values[0]
        return ((value, recording.aux), gradient) if has_aux else (value, gradient)

    return transform(f, "value_and_grad", run, has_aux)


def vjp(f, *primals, has_aux=False):
    """Value of `f` and its pullback: cotangents of the result to cotangents of the arguments.

    Parameters
    ----------
    f : callable
        Function of ``len(primals)`` positional arguments.
    *primals : floats, arrays, or nested tuples, lists, dicts of them
        Where to linearise.
    has_aux : bool
        `f` returns ``(result, aux)``; aux is handed through as a third result.

    Returns
    -------
    y : the result of `f`
    pullback : callable
        Takes a cotangent of the structure and shapes of `y`; returns a tuple with one cotangent for each argument.
        It may be called any number of times.

    Raises
    ------
    TangentError
        (ValueError) if a cotangent has another structure or shape than the result. Nothing is broadcast.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> y, pullback = dualad.vjp(lambda x: x ** 2, np.array([1.0, 2.0]))
    >>> pullback(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    if not callable(f):
        raise InputError(f"vjp() takes a function, found {type(f).__name__}: write vjp(f, x)")
    if not primals:
        raise InputError("vjp(f, *primals) needs the arguments to differentiate in")
    inputs = Inputs(f, primals, {}, tuple(range(len(primals))), "vjp")
    recording = from_start(Recording, f, inputs, has_aux)
    value = unflatten(recording.tree, recording.values)
    # what the handles of the run were is of no use any more
    recording.tree = value

    def pullback(cotangent):
        """Cotangents of the arguments, for a cotangent of the result."""
        given, wanted = flatten(cotangent), flatten(value)
        if [path for path, _ in given] != [path for path, _ in wanted]:
            raise TangentError(f"vjp: the cotangent has the structure {[p for p, _ in given]}, the result has "
                               f"{[p for p, _ in wanted]}")
        gs = [as_tangent(g, y, f"vjp: cotangent {path}") for (path, g), (_, y) in zip(given, wanted, strict=True)]
        pieces = recording.pull(gs)
        return inputs.structure([finish(g, x) for g, x in zip(pieces, inputs.leaves, strict=True)])

    return (value, pullback, recording.aux) if has_aux else (value, pullback)
