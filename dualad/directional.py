"""Products with derivatives: along one direction, along several, and as a linear function of the direction.

May import: calls, core, gradients, inputs, trees, errors.
"""

from __future__ import annotations

import numpy as np

from .calls import Inputs, from_start, not_escaped, open_level, own, position, transform, value_at
from .core import jets
from .core.jets import Jet, make
from .core.memory import following
from .core.pointwise import pointwise
from .core.protocol import tangents as first_order
from .core.sweep import watcher
from .errors import InputError, TangentError
from .gradients import Recording, grad
from .inputs import as_input, as_tangent, component, outputs
from .trees import flatten, unflatten

__all__ = ["derivative", "hvp", "jvp", "linearize"]

LARGE = 8192  # entries from which steps that are taken block by block pay for finding them


def jvp(f, primals, tangents, *, has_aux=False):
    """Value of `f` and its directional derivative (Jacobian-vector product).

    Parameters
    ----------
    f : callable
        Function of ``len(primals)`` positional arguments.
    primals : tuple
        Arguments: floats, floating-point arrays, or nested tuples, lists, dicts of them.
    tangents : tuple
        The direction: the same structure and shapes as `primals`.
    has_aux : bool
        `f` returns ``(result, aux)``; aux is handed through.

    Returns
    -------
    y, ty : result and its tangent, of the same structure (and aux, if asked for)

    Raises
    ------
    TangentError
        (ValueError) if a tangent has another structure, shape or kind of dtype than its primal. Nothing is broadcast.
    InputError, DtypeError
        (TypeError) for inputs without derivatives, such as integers.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> y, ty = dualad.jvp(np.sin, (0.0,), (2.0,))
    >>> float(y), float(ty)
    (0.0, 2.0)
    """
    if not callable(f):
        raise InputError(f"jvp() takes a function, found {type(f).__name__}: write jvp(f, (x,), (t,))")
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise InputError("jvp(f, primals, tangents) takes tuples of arguments and of tangents: write jvp(f, (x,), (t,))")
    inputs = Inputs(f, tuple(primals), {}, tuple(range(len(primals))), "jvp")
    seeds = [component(t) for t in _tangents(inputs, tuple(tangents))]
    y, values, ts, aux = from_start(_push, f, inputs, seeds, 1, has_aux)
    value, tangent = unflatten(y, values), unflatten(y, [t[0] for t in ts])
    return (value, tangent, aux) if has_aux else (value, tangent)


def _push(inputs, stacks, P, has_aux, valued=True):
    """Result, values (if wanted) and tangents (P, *shape) of every output leaf, aux, for P tangents of each input leaf."""
    with open_level(inputs.owner) as level:
        layout = jets.dual_layout(P)
        seeded = [make(level, layout, following(np.concatenate([component(own(x)), t]), x))
                  for x, t in zip(inputs.leaves, stacks, strict=True)]
        y, aux = inputs.call(seeded, has_aux, level)
        leaves = outputs(y, inputs.name)
        return y, [value_at(v, level) for v in leaves] if valued else None, [_stack(v, level, P) for v in leaves], aux


def _stack(y, level, P):
    """The tangents of an output leaf."""
    if isinstance(y, Jet) and y.level is level:
        t = first_order(y)
        return t if isinstance(t, Jet) else t.copy()
    not_escaped(y)
    return np.zeros((P, *np.shape(y)))


def derivative(f, argnums=0, *, has_aux=False):
    """Derivative of a function of one real number, with a result of any shape or structure.

    Parameters
    ----------
    f : callable
        Its argument number `argnums` is a float; other arguments are constants.
    argnums : int
        Which positional argument to differentiate in.
    has_aux : bool
        `f` returns ``(result, aux)``; the transformed function returns ``(derivative, aux)``.

    Returns
    -------
    callable
        With the arguments of `f`, returning df/dx in the shape of f's result. Nest it for higher orders.

    Raises
    ------
    InputError
        (TypeError) if the argument is an array (use `jacobian`), or not a real floating-point number.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> df = dualad.derivative(lambda x: np.exp(2 * x))
    >>> float(df(0.0)), float(dualad.derivative(df)(0.0))
    (2.0, 4.0)
    """
    def run(args, kwargs):
        a = position(argnums, args, "derivative")
        x = as_input(args[a], f"derivative: argument {a}") if not isinstance(args[a], (tuple, list, dict)) else args[a]
        if isinstance(x, (tuple, list, dict)) or np.ndim(x):
            raise InputError(f"derivative: argument {a} must be one real number, found "
                             f"{'shape ' + str(np.shape(x)) if not isinstance(x, (tuple, list, dict)) else type(x).__name__}: "
                             "use dualad.jacobian")
        inputs = Inputs(f, args, kwargs, a, "derivative")
        y, _, ts, aux = _push(inputs, [np.ones(1, dtype=getattr(x, "dtype", np.float64))], 1, has_aux)
        out = unflatten(y, [t[0] for t in ts])
        return (out, aux) if has_aux else out

    return transform(f, "derivative", run, has_aux)


def hvp(f, argnums=0, *, has_aux=False):
    """Hessian-vector product of a function that returns one real number, without the Hessian: forward over reverse.

    Parameters
    ----------
    f, argnums, has_aux
        As for `grad`.

    Returns
    -------
    callable
        ``hvp(f)(*args, v)``: the arguments of `f`, then the vector, of the structure and shapes of the argument (a tuple for
        several `argnums`); returns the product in the same structure, or ``(product, aux)``. It costs a small multiple of
        `f`, however many entries there are. Several vectors at once: every leaf of `v` has one more axis in front, and so has
        the result.

    Raises
    ------
    OutputError, InputError, DtypeError
        (TypeError) as for `grad`.
    TangentError
        (ValueError) if `v` has another structure or shape than the argument.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> product = dualad.hvp(lambda x: np.sum(x ** 3))
    >>> product(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    >>> product(np.array([1.0, 2.0]), np.eye(2))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    gradient = grad(f, argnums, has_aux=has_aux)
    other = set()  # shapes for which `f` turned out not to be a sum of elementwise expressions

    def run(args, kwargs):
        if len(args) < 2:
            raise InputError("hvp(f)(*args, v) needs the arguments of f and then the vector")
        *args, v = args
        out = _by_blocks(Inputs(f, args, kwargs, argnums, "hvp"), v, has_aux, other)
        if out is not None:
            return out if has_aux else out[0]
        inputs = Inputs(gradient, args, kwargs, argnums, "hvp")
        vectors, count = _vectors(inputs, v)
        y, _, ts, aux = _push(inputs, vectors, 1 if count is None else count, has_aux, False)
        out = unflatten(y, [t[0] if count is None else t for t in ts])
        return (out, aux) if has_aux else out

    return transform(f, "hvp", run, has_aux)


def _by_blocks(inputs, v, has_aux, other):
    """(Product, aux) of a large sum of elementwise expressions, whose steps are taken together; None for all other functions."""
    x = inputs.leaves[0]
    if (not inputs.simple or type(x) is float or x.size < LARGE or x.shape in other or watcher() is not None
            or type(v) is not np.ndarray or v.dtype != np.float64 or x.shape not in (v.shape, v.shape[1:])):
        return None
    recording = Recording(inputs, has_aux)
    made = pointwise(recording.program, recording.input_nodes[0], recording.output_nodes[0]) if len(recording.values) == 1 else None
    if made is None:
        other.add(x.shape)
        return None
    out = made.product(v) if v.ndim == x.ndim else np.stack([made.product(row) for row in v]) if len(v) else np.zeros(v.shape)
    return out, recording.aux


def _vectors(inputs, v):
    """Stacks of tangents for every input leaf, and how many vectors they are (None: one, without an axis of its own)."""
    given = flatten(v)
    paths = [path for path, _ in flatten(inputs.structure(inputs.leaves))]
    if [path for path, _ in given] != paths:
        raise TangentError(f"hvp: the vector has the structure {[p for p, _ in given]}, the argument has {paths}")
    shapes = [(np.shape(t), np.shape(x)) for (_, t), x in zip(given, inputs.leaves, strict=True)]
    leads = {t[:1] for t, x in shapes if len(t) == len(x) + 1}
    several = len(leads) == 1 and all(t[1:] == x and len(t) > len(x) for t, x in shapes)
    if not several:
        return [component(as_tangent(t, x, f"hvp: vector {path}"))
                for (path, t), x in zip(given, inputs.leaves, strict=True)], None
    count = leads.pop()[0]
    like = [np.broadcast_to(np.zeros((), getattr(x, "dtype", np.float64)), (count, *np.shape(x))) for x in inputs.leaves]
    return [as_tangent(t, x, f"hvp: vectors {path}") for (path, t), x in zip(given, like, strict=True)], count


def linearize(f, *primals):
    """Value of `f` and its Jacobian as a linear function of tangents; `f` runs once.

    Parameters
    ----------
    f : callable
        Function of ``len(primals)`` positional arguments.
    *primals : floats, arrays, or nested tuples, lists, dicts of them
        Where to linearise.

    Returns
    -------
    y : the result of `f`
    push : callable
        Takes one tangent for each argument (same structures and shapes), returns the tangent of the result. It may be
        called any number of times and does not run `f` again.

    Raises
    ------
    TangentError
        (ValueError) if a tangent has another structure or shape than its argument.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> y, push = dualad.linearize(lambda x: x ** 2, np.array([1.0, 2.0]))
    >>> push(np.array([1.0, 10.0]))
    array([ 2., 40.])
    """
    if not callable(f):
        raise InputError(f"linearize() takes a function, found {type(f).__name__}: write linearize(f, x)")
    if not primals:
        raise InputError("linearize(f, *primals) needs the arguments to differentiate in")
    inputs = Inputs(f, primals, {}, tuple(range(len(primals))), "linearize")
    recording = from_start(Recording, f, inputs)
    y = recording.tree = unflatten(recording.tree, recording.values)

    def push(*tangents):
        """The tangent of the result."""
        return unflatten(y, recording.push(_tangents(inputs, tangents)))

    return y, push


def _tangents(inputs, tangents):
    """One tangent for each leaf of the arguments, checked."""
    given, wanted = flatten(tangents), flatten(tuple(inputs.trees))
    paths = [path for path, _ in wanted]
    if [path for path, _ in given] != paths:
        raise TangentError(f"{inputs.owner}: tangents have the structure {[p for p, _ in given]}, primals have {paths}")
    return [as_tangent(t, x, f"{inputs.owner}: tangent {path}") for (path, t), x in zip(given, inputs.leaves, strict=True)]
