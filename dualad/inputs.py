"""What may be differentiated: checks of inputs, tangents and outputs, and the constructors.

May import: core, errors, trees, numpy.
"""

from __future__ import annotations

import numpy as np

from .core import jets
from .core.jets import Jet, make
from .core.memory import following
from .errors import ComplexError, DtypeError, InputError, OutputError, TangentError
from .trees import flatten

__all__ = ["as_input", "as_output", "as_tangent", "dual", "hyperdual"]


def as_input(x, what="the input"):
    """`x` as a native floating-point array or scalar, or an error that says what to do.

    Integers are refused: they have no tangents, and promoting them silently hides wrong types.
    """
    if isinstance(x, Jet):
        jets.top((x,))
        return x
    if type(x) is float:
        return x
    if isinstance(x, (np.ma.MaskedArray, np.matrix)):
        raise InputError(f"{what} is a {type(x).__name__}, whose masks or meaning of * derivatives do not follow: "
                         "pass np.asarray(x), or the unmasked values")
    if not isinstance(x, (np.ndarray, np.generic, int, float, complex)):
        raise InputError(f"{what} is a {type(x).__name__}, which cannot be differentiated: pass a float, a floating-point array, "
                         "or a tuple, list or dict of them")
    dtype = np.asarray(x).dtype
    if dtype.kind == "c":
        raise ComplexError(f"{what} has dtype {dtype}: complex inputs are not supported yet; pass real and imaginary parts")
    if dtype.kind in "biu":
        raise DtypeError(f"{what} has dtype {dtype}, which has no derivatives: convert it, for example with float(x) or "
                         "x.astype(float)")
    if dtype.kind != "f":
        raise DtypeError(f"{what} has dtype {dtype}, which cannot be differentiated: only float16, float32 and float64 can")
    if dtype.itemsize > 8:
        raise DtypeError(f"{what} has dtype {dtype}, which would be rounded to float64: convert with .astype(float) if that is "
                         "meant")
    if np.ndim(x) == 0:
        return np.asarray(x, dtype=dtype.newbyteorder("="))[()]
    return np.asarray(x, dtype=dtype.newbyteorder("="))


def as_tangent(t, x, what="the tangent"):
    """`t` with exactly the shape of `x`, as floating point of x's dtype; broadcasting is never guessed."""
    if isinstance(t, Jet):
        if t.shape != np.shape(x):
            raise TangentError(f"{what} has shape {t.shape}, its input has {np.shape(x)}: give one entry for each input entry")
        return t
    if isinstance(t, np.ma.MaskedArray):
        raise TangentError(f"{what} is a MaskedArray: a mask has no meaning for a direction; pass plain numbers")
    array = np.asarray(t)
    if array.dtype.kind not in "biuf":
        raise TangentError(f"{what} has dtype {array.dtype}: tangents of real inputs are real numbers")
    if array.shape != np.shape(x):
        raise TangentError(f"{what} has shape {array.shape}, its input has {np.shape(x)}: give one entry for each input entry")
    return array.astype(getattr(x, "dtype", np.float64), copy=False)


def as_output(y, what="the function"):
    """A leaf of the result: a jet or a real number or array."""
    if isinstance(y, Jet):
        return y
    if isinstance(y, np.ma.MaskedArray):
        raise OutputError(f"{what} returned a MaskedArray, whose mask derivatives do not follow: return y.filled(...) or y.data")
    if isinstance(y, (float, int, np.ndarray, np.generic)):
        dtype = np.asarray(y).dtype
        if dtype.kind == "c":
            raise ComplexError(f"{what} returned dtype {dtype}: complex results are not supported yet; return real parts")
        if dtype.kind in "biuf":
            return y
        if dtype.kind == "O":
            raise OutputError(f"{what} returned an object array: build it with np.stack or np.concatenate instead of np.array")
        raise OutputError(f"{what} returned dtype {dtype}: only real numbers can be differentiated")
    raise OutputError(f"{what} returned {'None' if y is None else 'a ' + type(y).__name__}: it must return a number, an array, or "
                      "nested tuples, lists or dicts of them" + (" (is a return statement missing?)" if y is None else ""))


def outputs(y, what):
    """Checked leaves of a result, with their paths."""
    if isinstance(y, Jet):
        return [y]
    leaves = flatten(y)
    if not leaves:
        raise OutputError(f"{what} returned an empty {type(y).__name__}: there is nothing to differentiate")
    return [as_output(leaf, what + (f" at {path}" if path else "")) for path, leaf in leaves]


def component(x):
    """`x` with a component axis of length one in front."""
    return x[None] if np.ndim(x) else np.reshape(x, (1,))


def _stack(x, parts, what):
    """(P, *shape) from a tangent or a stack of them."""
    if isinstance(parts, np.ma.MaskedArray):
        raise TangentError(f"{what} is a MaskedArray: a mask has no meaning for a direction; pass plain numbers")
    t = np.asarray(parts)
    if t.ndim == np.ndim(x):
        t = t[None]
    return np.stack([as_tangent(row, x, what) for row in t]) if len(t) else np.zeros((0, *np.shape(x)))


def dual(value, tangents=None):
    """An array (or scalar) with tangents, for use without a transform.

    Parameters
    ----------
    value : float or array of floats, any shape S
    tangents : array of shape S or (P, *S), optional
        One tangent or P of them; absent (exact zero, free of cost) by default.

    Returns
    -------
    DualArray or DualScalar
        Its `.value` and `.tangents` (shape (P, *S)) can be read back.

    Raises
    ------
    DtypeError, InputError
        (TypeError) for integers, objects, masked arrays and the like.
    TangentError
        (ValueError) if a tangent has another shape than the value.

    Examples
    --------
    >>> import numpy as np, dualad
    >>> y = np.sin(dualad.dual(0.0, 1.0))
    >>> float(y.value), float(y.tangents[0])
    (0.0, 1.0)
    """
    x = as_input(value, "the value")
    if isinstance(x, Jet):
        raise InputError("dual() makes values from plain numbers: use dualad.jvp or dualad.jacobian inside other derivatives")
    if tangents is None:
        return make(jets.MANUAL, jets.dual_layout(1), component(np.array(x)))
    t = _stack(x, tangents, "the tangent")
    return make(jets.MANUAL, jets.dual_layout(len(t)), following(np.concatenate([component(np.asarray(x)), t]), x))


def hyperdual(value, e1, e2=None, e12=None):
    """A hyper-dual array (or scalar): exact second derivatives without a transform.

    Parameters
    ----------
    value : float or array of floats, any shape S
    e1 : array of shape S or (P, *S)
        First set of directions.
    e2 : array of shape S or (Q, *S), optional
        Second set; the same as `e1` by default.
    e12 : array of shape S or (P, Q, *S), optional
        Second-order components; zero by default.

    Returns
    -------
    HyperDualArray or HyperDualScalar
        f(x).e12[p, q] is the second derivative of f along e1[p] and e2[q] (J. A. Fike and J. J. Alonso, "The Development of
        Hyper-Dual Numbers for Exact Second-Derivative Calculations", AIAA 2011-886).

    Raises
    ------
    DtypeError, InputError, TangentError
        As for `dual`.

    Examples
    --------
    >>> import dualad
    >>> y = dualad.hyperdual(2.0, 1.0) ** 3
    >>> float(y.e12[0, 0])
    12.0
    """
    x = as_input(value, "the value")
    if isinstance(x, Jet):
        raise InputError("hyperdual() makes values from plain numbers: use dualad.hessian inside other derivatives")
    a = _stack(x, e1, "e1")
    b = a if e2 is None else _stack(x, e2, "e2")
    parts = [component(np.asarray(x)), a, b]
    if e12 is not None:
        shape = (len(a), len(b), *np.shape(x))
        c = np.asarray(e12, dtype=np.float64)
        if c.shape != shape and not (c.shape == np.shape(x) and len(a) == len(b) == 1):
            raise TangentError(f"e12 has shape {c.shape}: {shape} is needed for {len(a)} x {len(b)} directions")
        parts.append(c.reshape((len(a) * len(b), *np.shape(x))).astype(a.dtype))
    return make(jets.MANUAL, jets.pair_layout(len(a), len(b)), following(np.concatenate(parts), x))
