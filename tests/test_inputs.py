"""Inputs of every type, dtype and layout (pitfalls.md, tables 1.5 and 1.6), each with its defined outcome.

`INPUTS`, `TANGENTS` and `RESULTS` are tables of rows (what, how, outcome) from which the tests
are made and which documentation can render.  An outcome is the exact result or an error
class of `dualad.errors` with a part of its text; every such class is also a builtin error.
"""

import datetime
import decimal
import fractions
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import dualad
from dualad import errors


@dataclass(frozen=True)
class Row:
    """`what` is given to sum(x * x) or stands for itself; `outcome` is a value or (error, text)."""

    name: str
    what: Any
    outcome: Any

    @property
    def refused(self):
        return isinstance(self.outcome, tuple) and isinstance(self.outcome[0], type)


def ids(rows):
    return [r.name for r in rows]


def check(row, run):
    """The outcome of a row."""
    if not row.refused:
        got = run(row.what)
        want = np.asarray(row.outcome)
        np.testing.assert_array_equal(got, want)
        assert np.asarray(got).dtype == want.dtype
        return
    error, text = row.outcome
    with pytest.raises(error, match=text) as caught:
        run(row.what)
    assert isinstance(caught.value, errors.DualadError)
    assert isinstance(caught.value, (TypeError, ValueError))


# ---- inputs ----

def unaligned(values):
    raw = np.zeros(8 * len(values) + 1, dtype=np.uint8)
    out = raw[1:].view(np.float64)
    out[...] = values
    return out


def read_only(values):
    out = np.array(values)
    out.flags.writeable = False
    return out


class Subclass(np.ndarray):
    """A plain subclass, without another meaning of arithmetic."""


class Unit:
    """Something with __array__ that is not an array."""

    def __array__(self, dtype=None, copy=None):
        return np.ones(2)


DTYPE, INPUT, COMPLEX = errors.DtypeError, errors.InputError, errors.ComplexError
V = np.array([1.0, 2.0, 3.0])
INPUTS = [
    Row("float", 3.0, 6.0),
    Row("np.float64", np.float64(3.0), 6.0),
    Row("np.float32", np.float32(3.0), np.float32(6.0)),
    Row("np.float16", np.float16(3.0), np.float16(6.0)),
    Row("array of rank 0", np.array(3.0), 6.0),
    Row("float64 array", V, 2 * V),
    Row("float32 array", V.astype(np.float32), 2 * V.astype(np.float32)),
    Row("float16 array", V.astype(np.float16), 2 * V.astype(np.float16)),
    Row("big-endian array", V.astype(">f8"), 2 * V),
    Row("big-endian float32 array", V.astype(">f4"), 2 * V.astype(np.float32)),
    Row("unaligned array", unaligned([1.0, 2.0, 3.0]), 2 * V),
    Row("read-only array", read_only([1.0, 2.0]), np.array([2.0, 4.0])),
    Row("every other entry", np.arange(6.0)[::2], np.array([0.0, 4.0, 8.0])),
    Row("reversed", np.arange(3.0)[::-1], np.array([4.0, 2.0, 0.0])),
    Row("Fortran order", np.asfortranarray(np.arange(6.0).reshape(2, 3)), 2 * np.arange(6.0).reshape(2, 3)),
    Row("broadcast view", np.broadcast_to(2.0, (2, 2)), np.full((2, 2), 4.0)),
    Row("transposed", np.arange(6.0).reshape(2, 3).T, 2 * np.arange(6.0).reshape(2, 3).T),
    Row("zero size", np.zeros(0), np.zeros(0)),
    Row("zero size, rank 2", np.zeros((3, 0)), np.zeros((3, 0))),
    Row("NaN", np.array([np.nan, 1.0]), np.array([np.nan, 2.0])),
    Row("infinities", np.array([np.inf, -np.inf]), np.array([np.inf, -np.inf])),
    Row("signed zero", np.array([-0.0]), np.array([-0.0])),
    Row("denormal", np.array([5e-324]), np.array([1e-323])),
    Row("memory map-like subclass", V.view(Subclass), 2 * V),
    Row("int", 3, (DTYPE, "int64.*no derivatives.*float")),
    Row("bool", True, (DTYPE, "bool.*no derivatives")),
    Row("np.int64", np.int64(3), (DTYPE, "int64")),
    Row("integer array", np.arange(3), (DTYPE, "int64.*no derivatives")),
    Row("uint8 array", np.array([200], dtype=np.uint8), (DTYPE, "uint8")),
    Row("bool array", np.array([True, False]), (DTYPE, "bool")),
    Row("complex", 1j, (COMPLEX, "complex.*real and imaginary parts")),
    Row("complex array", V + 0j, (COMPLEX, "complex.*real and imaginary parts")),
    Row("complex64 array", V.astype(np.complex64), (COMPLEX, "complex.*real and imaginary parts")),
    Row("longdouble array", V.astype(np.longdouble), (DTYPE, "rounded to float64")),
    Row("longdouble", np.longdouble(1.0), (DTYPE, "rounded to float64")),
    Row("object array", np.array([1.0, 2.0], dtype=object), (DTYPE, "dtype object")),
    Row("string array", np.array(["a"]), (DTYPE, "dtype <U1")),
    Row("bytes array", np.array([b"a"]), (DTYPE, "dtype .S1")),
    Row("datetime array", np.array(["2026-01-01"], dtype="datetime64[D]"), (DTYPE, "datetime64")),
    Row("timedelta array", np.array([1], dtype="timedelta64[s]"), (DTYPE, "timedelta64")),
    Row("structured array", np.zeros(2, dtype=[("a", "f8"), ("b", "f8")]), (DTYPE, "'a'")),
    Row("void array", np.zeros(2, dtype="V8"), (DTYPE, "V8")),
    Row("masked array", np.ma.array([1.0, 2.0], mask=[0, 1]), (INPUT, "MaskedArray.*unmasked values")),
    Row("None", None, (INPUT, "NoneType")),
    Row("str", "x", (INPUT, "str")),
    Row("set", {1.0}, (INPUT, "set")),
    Row("range", range(3), (INPUT, "range")),
    Row("generator", (v for v in (1.0,)), (INPUT, "generator")),
    Row("Fraction", fractions.Fraction(1, 2), (INPUT, "Fraction")),
    Row("Decimal", decimal.Decimal("0.5"), (INPUT, "Decimal")),
    Row("datetime", datetime.date(2026, 1, 1), (INPUT, "date")),
    Row("object with __array__", Unit(), (INPUT, "Unit")),
    Row("memoryview", memoryview(np.ones(2)), (INPUT, "memoryview")),
    Row("function", np.sin, (INPUT, "ufunc")),
    Row("empty list", [], (INPUT, "nothing to differentiate")),
    Row("list with None", [1.0, None], (INPUT, r"\[1\].*NoneType")),
    Row("dict with an integer array", {"a": 1.0, "b": np.arange(2)}, (DTYPE, r"\['b'\].*int64")),
    Row("nested string", (1.0, {"k": ["s"]}), (INPUT, r"\[1\]\['k'\]\[0\].*str")),
]
# tuples and lists (structures) and np.matrix (whose making warns) have tests of their own below
ACCEPTED = [r for r in INPUTS if not r.refused]
REFUSED = [r for r in INPUTS if r.refused]


def square_sum(x):
    return np.sum(x * x)


@pytest.mark.parametrize("mode", ["auto", "forward", "local", "reverse", "labelled", "mixed"])
@pytest.mark.parametrize("row", INPUTS, ids=ids(INPUTS))
def test_input_of_jacobian(row, mode):
    with np.errstate(invalid="ignore"):
        check(row, dualad.jacobian(square_sum, mode=mode))


@pytest.mark.parametrize("row", REFUSED, ids=ids(REFUSED))
@pytest.mark.parametrize("transform", [dualad.hessian, dualad.hessian_diag, dualad.value_grad_hess,
                                       lambda f: lambda x: dualad.jvp(f, (x,), (x,)), dualad.grad, dualad.value_and_grad,
                                       lambda f: lambda x: dualad.vjp(f, x), lambda f: lambda x: dualad.linearize(f, x),
                                       lambda f: lambda x: dualad.hvp(f)(x, x), lambda f: lambda x: dualad.plan(f, x)],
                         ids=["hessian", "hessian_diag", "value_grad_hess", "jvp", "grad", "value_and_grad", "vjp", "linearize",
                              "hvp", "plan"])
def test_refused_input_of_the_other_transforms(row, transform):
    if np.iscomplexobj(row.what) and transform not in (dualad.hessian, dualad.hessian_diag, dualad.value_grad_hess):
        return  # complex arguments: tests/test_complex.py
    check(row, transform(square_sum))


@pytest.mark.parametrize("row", ACCEPTED, ids=ids(ACCEPTED))
def test_accepted_input_of_hessian(row):
    x = np.asarray(row.what)
    with np.errstate(invalid="ignore"):
        h = np.asarray(dualad.hessian(square_sum)(row.what))
        d = np.asarray(dualad.hessian_diag(square_sum)(row.what))
    want = 2 * np.eye(x.size, dtype=row_dtype(x)).reshape(2 * x.shape)
    np.testing.assert_array_equal(h, want)
    np.testing.assert_array_equal(d, np.full(x.shape, 2.0))
    assert h.dtype == d.dtype == row_dtype(x)


def row_dtype(x):
    return x.dtype.newbyteorder("=")


@pytest.mark.parametrize("container", [tuple, list])
def test_sequences_are_structures_not_arrays(container):
    got = dualad.jacobian(lambda p: p[0] * p[1])(container([2.0, 5.0]))
    assert type(got) is container
    assert [float(v) for v in got] == [5.0, 2.0]


def test_matrix_is_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        m = np.matrix([[1.0, 2.0]])
    with pytest.raises(errors.InputError, match=r"matrix.*meaning of \*"):
        dualad.jacobian(square_sum)(m)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        with pytest.raises(TypeError, match="matrix mixed with derivatives"):
            dualad.jacobian(lambda x: m * x)(np.ones((2, 1)))


@pytest.mark.parametrize("row", [r for r in ACCEPTED if isinstance(r.what, np.ndarray)], ids=lambda r: r.name)
def test_inputs_are_left_alone_and_results_own_their_memory(row):
    x = row.what
    before, flags = x.tobytes(), (x.flags.writeable, x.dtype, x.strides)

    def f(v):
        y = v * 1.0
        y += 1.0
        return y

    with np.errstate(invalid="ignore"):
        y, ty = dualad.jvp(f, (x,), (np.ones(x.shape, x.dtype),))
        same, _ = dualad.jvp(lambda v: v, (x,), (np.ones(x.shape, x.dtype),))
    assert x.tobytes() == before
    assert (x.flags.writeable, x.dtype, x.strides) == flags
    for out in (y, ty, same):
        assert not np.shares_memory(out, x)


def test_function_that_changes_its_argument_in_place_does_not_change_the_callers_array():
    x = np.array([1.0, 2.0])

    def f(v):
        v *= 3.0
        return np.sum(v**2)

    np.testing.assert_array_equal(dualad.jacobian(f)(x), 18.0 * x)
    np.testing.assert_array_equal(dualad.hessian(f)(x), 18.0 * np.eye(2))
    np.testing.assert_array_equal(x, [1.0, 2.0])


# ---- constants inside the function ----

CONSTANTS = [
    Row("int", 2, 2 * V),
    Row("bool", True, V),
    Row("np.int8", np.int8(2), 2 * V),
    Row("np.float32", np.float32(2), 2 * V),
    Row("integer array", np.array([1, 2, 3]), V * V),
    Row("bool array", np.array([True, False, True]), V * [1, 0, 1]),
    Row("uint8 array, no wrapping", np.array([200, 200, 200], dtype=np.uint8), 200 * V),
    Row("float32 array", V.astype(np.float32), V * V),
    Row("float16 array", V.astype(np.float16), V * V),
    Row("big-endian array", V.astype(">f8"), V * V),
    Row("unaligned array", unaligned([1.0, 2.0, 3.0]), V * V),
    Row("read-only array", read_only([1.0, 2.0, 3.0]), V * V),
    Row("strided array", np.repeat(V, 2)[::2], V * V),
    Row("complex", 2j, 2j * V),
    Row("complex array", V + 1j, V * (V + 1j)),
    Row("longdouble array", V.astype(np.longdouble), (DTYPE, "rounded to float64")),
    Row("np.longdouble", np.longdouble(2), (DTYPE, "rounded to float64")),
    Row("object array", np.array([1.0, 2.0, 3.0], dtype=object), (DTYPE, "object")),
    Row("string array", np.array(["a", "b", "c"]), (DTYPE, "<U1")),
    Row("datetime array", np.array(["2026-01-01"], dtype="datetime64[D]"), (DTYPE, "datetime64")),
    Row("structured array", np.zeros(3, dtype=[("a", "f8")]), (DTYPE, "'a'")),
    Row("masked array", np.ma.array(V, mask=[0, 1, 0]),
        (errors.DualadError, "MaskedArray mixed with derivatives|would drop the derivatives")),
]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("row", CONSTANTS, ids=ids(CONSTANTS))
def test_constant_operand(row, side):
    if side == "left" and isinstance(row.what, np.ma.MaskedArray):
        # numpy.ma's own operator asks us for a plain array before we see the mask
        with pytest.raises(errors.ConversionError, match="would drop the derivatives"):
            dualad.jvp(lambda x: row.what * x, (np.ones(3),), (V,))
        return

    def run(c):
        f = (lambda x: c * x) if side == "left" else (lambda x: x * c)
        return dualad.jvp(f, (np.ones(3),), (V,))[1]

    check(row, run)


REAL = [r for r in CONSTANTS if not r.refused and not np.iscomplexobj(r.what)]


@pytest.mark.parametrize("row", REAL, ids=ids(REAL))
@pytest.mark.parametrize("fn", [np.add, np.maximum, np.arctan2, np.power, np.where, np.dot, np.outer])
def test_constant_operand_of_functions_is_right_or_refused(row, fn):
    """Every accepted constant gives what its float64 copy gives."""
    c = row.what
    call = (lambda x, k: np.where(k, x, 2 * x)) if fn is np.where else (lambda x, k: fn(x, k))
    as_float = np.asarray(c, dtype=float)[()]
    x, t = np.array([1.5, 2.5, 0.5]), np.array([1.0, -2.0, 3.0])
    y, ty = dualad.jvp(lambda v: call(v, c), (x,), (t,))
    _, want = dualad.jvp(lambda v: call(v, as_float), (x,), (t,))
    np.testing.assert_array_equal(y, call(x, c))
    np.testing.assert_allclose(ty, want, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_small_floats_are_kept_and_python_scalars_are_weak(dtype):
    x = np.array([1.0, 2.0], dtype=dtype)
    for f in (lambda v: v * 2.5, lambda v: 1 + v, lambda v: np.sin(v) ** 2, lambda v: np.sum(v), lambda v: v @ v,
              lambda v: np.concatenate([v, v]), lambda v: np.where(v > 1, v, 0.0), np.max, np.var, np.prod):
        y, t = dualad.jvp(f, (x,), (np.ones_like(x),))
        assert y.dtype == f(x).dtype == dtype
        assert t.dtype == dtype
        assert dualad.jacobian(f)(x).dtype == dtype


def test_float64_constant_promotes_the_value_and_the_jacobian_has_the_input_dtype():
    x = np.array([1.0, 2.0], dtype=np.float32)
    y, t = dualad.jvp(lambda v: v * np.array([0.1, 0.2]), (x,), (x,))
    assert y.dtype == t.dtype == np.float64
    assert dualad.jacobian(lambda v: v * np.array([0.1, 0.2]))(x).dtype == np.float32


# ---- tangents ----

TANGENT = errors.TangentError
TANGENTS = [
    Row("same shape", V, 2 * V * V),
    Row("integers are numbers", np.array([1, 2, 3]), 2 * V * [1, 2, 3]),
    Row("float32 tangent of float64 input", np.ones(3, np.float32), 2 * V),
    Row("list of the right length", [1.0, 0.0, 0.0], (TANGENT, "structure")),
    Row("strided", np.repeat(V, 2)[::2], 2 * V * V),
    Row("big-endian", V.astype(">f8"), 2 * V * V),
    Row("scalar", 1.0, (TANGENT, r"shape \(\).*\(3,\)")),
    Row("broadcastable", np.ones(1), (TANGENT, r"shape \(1,\).*\(3,\)")),
    Row("extra axis", np.ones((1, 3)), (TANGENT, r"shape \(1, 3\)")),
    Row("too long", np.ones(4), (TANGENT, r"shape \(4,\)")),
    Row("complex", V + 1j, (TANGENT, "real")),
    Row("object", V.astype(object), (TANGENT, "object")),
    Row("string", np.array(["a", "b", "c"]), (TANGENT, "<U1")),
    Row("None", None, (TANGENT, "object|None")),
    Row("masked", np.ma.array(V, mask=[0, 1, 0]), (TANGENT, "MaskedArray|mask")),
]


@pytest.mark.parametrize("row", TANGENTS, ids=ids(TANGENTS))
def test_tangent(row):
    check(row, lambda t: dualad.jvp(lambda x: x * x, (V,), (t,))[1])


@pytest.mark.parametrize("row", [r for r in TANGENTS if r.refused and r.name not in ("scalar", "extra axis", "None",
                                                                                      "list of the right length")],
                         ids=lambda r: r.name)
def test_tangent_of_the_constructors(row):
    for make in (lambda t: dualad.dual(V, t), lambda t: dualad.hyperdual(V, t), lambda t: dualad.hyperdual(V, V, t)):
        check(row, make)


def test_tangent_is_cast_to_the_input_dtype():
    x = np.ones(2, np.float32)
    _, t = dualad.jvp(lambda v: v * v, (x,), (np.array([1.0, 2.0]),))
    assert t.dtype == np.float32
    np.testing.assert_array_equal(t, [2.0, 4.0])


def test_tangents_and_inputs_are_copied():
    t, x = np.ones(3), V.copy()
    d = dualad.dual(x, t)
    t[:] = 7.0
    x[:] = 9.0
    np.testing.assert_array_equal(d.tangents, np.ones((1, 3)))
    np.testing.assert_array_equal(d.value, V)


def test_jvp_structure_mismatch():
    f = lambda p: p["a"]
    with pytest.raises(errors.TangentError, match="structure"):
        dualad.jvp(f, ({"a": 1.0},), ({"b": 1.0},))
    with pytest.raises(ValueError, match="structure"):
        dualad.jvp(f, ((1.0, 2.0),), ((1.0,),))
    with pytest.raises(TypeError, match=r"jvp\(f, \(x,\), \(t,\)\)"):
        dualad.jvp(f, 1.0, 1.0)


# ---- results ----

RESULTS = [
    Row("constant", lambda x: 3.0, np.zeros(3)),
    Row("constant integer", lambda x: 3, np.zeros(3)),
    Row("constant bool", lambda x: True, np.zeros(3)),
    Row("constant array", lambda x: np.ones(2), np.zeros((2, 3))),
    Row("comparison", lambda x: x > 0, np.zeros((3, 3))),
    Row("index", lambda x: np.argmax(x), np.zeros(3)),
    Row("the argument", lambda x: x, np.eye(3)),
    Row("zero size", lambda x: x[:0], np.zeros((0, 3))),
    Row("None", lambda x: None, (errors.OutputError, "None.*return statement")),
    Row("str", lambda x: "a", (errors.OutputError, "str")),
    Row("function", lambda x: (lambda y: y), (errors.OutputError, "function")),
    Row("object", lambda x: object(), (errors.OutputError, "object")),
    Row("empty tuple", lambda x: (), (errors.OutputError, "empty tuple")),
    Row("tuple with None", lambda x: (x, None), (errors.OutputError, r"\[1\].*None")),
    Row("complex", lambda x: 1j, np.zeros(3, complex)),
    Row("complex array", lambda x: np.ones(2) * 1j, np.zeros((2, 3), complex)),
    Row("string array", lambda x: np.array(["a"]), (errors.OutputError, "<U1")),
    Row("object array", lambda x: np.array([None, 1.0]), (errors.OutputError, "object array.*np.stack")),
    Row("set", lambda x: {1.0}, (errors.OutputError, "set")),
    Row("masked array", lambda x: np.ma.array([1.0], mask=[True]), (errors.OutputError, "MaskedArray|mask")),
]


@pytest.mark.parametrize("mode", ["auto", "forward", "local", "reverse", "labelled", "mixed"])
@pytest.mark.parametrize("row", RESULTS, ids=ids(RESULTS))
def test_result_of_the_function(row, mode):
    check(row, lambda f: dualad.jacobian(f, mode=mode)(V))


@pytest.mark.parametrize("row", [r for r in RESULTS if r.refused], ids=lambda r: r.name)
def test_refused_result_in_every_transform(row):
    for transform in (dualad.hessian, dualad.hessian_diag, dualad.value_grad_hess):
        check(row, lambda f, t=transform: t(f)(V))
    check(row, lambda f: dualad.jvp(f, (V,), (V,)))
    check(row, lambda f: dualad.derivative(f)(1.0))


# ---- zero size everywhere ----

EMPTY = {"sum": np.sum, "prod": np.prod, "sin": np.sin, "sort": np.sort, "cumsum": np.cumsum, "reshape": lambda x:
         np.reshape(x, (0, 4)), "concatenate": lambda x: np.concatenate([x, np.ones(2)]), "dot": lambda x: x @ x,
         "outer": lambda x: np.outer(x, x), "where": lambda x: np.where(x > 0, x, 1.0), "stack": lambda x: np.stack([x, x]),
         "exp of sum": lambda x: np.exp(np.sum(x * x)), "clip": lambda x: np.clip(x, 0, 1), "diff": np.diff}


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_zero_size_inputs(name, shape):
    f = EMPTY[name]
    x = np.zeros(shape)
    if name == "concatenate" and len(shape) > 1 or name == "dot" and shape == (0, 3) or name == "dot" and shape == (2, 0):
        with pytest.raises(ValueError, match="dimension"):
            dualad.jacobian(f)(x)
        return
    if name == "reshape":
        f = lambda x: np.reshape(x, (0, 4))
    want = f(x)
    for mode in ("auto", "forward"):
        assert dualad.jacobian(f, mode=mode)(x).shape == want.shape + shape
    for mode in ("auto", "hyperdual", "forward"):
        assert dualad.hessian(f, mode=mode)(x).shape == want.shape + shape + shape
    y, t = dualad.jvp(f, (x,), (x,))
    assert y.shape == t.shape == want.shape
    np.testing.assert_array_equal(y, want)


@pytest.mark.parametrize("fn", [np.max, np.min])
def test_reductions_without_identity_raise_as_numpy(fn):
    with pytest.raises(ValueError, match="zero-size array"):
        dualad.jacobian(fn)(np.zeros(0))
