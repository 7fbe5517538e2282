"""A traced formula as lines of C."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["listing", "number"]

INFIX = {np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/"}
TESTS = {np.less: "<", np.less_equal: "<=", np.greater: ">", np.greater_equal: ">=", np.equal: "==", np.not_equal: "!=",
         np.bitwise_and: "&", np.bitwise_or: "|"}
CALLS = {np.absolute: "fabs", np.sign: "dualad_sign", np.power: "pow", np.floor_divide: "dualad_floor_divide"}
LIBM = (np.sqrt, np.exp, np.exp2, np.log, np.sin, np.cos, np.sinh, np.cosh, np.hypot, np.rint, np.copysign, np.ldexp)


def number(value):
    """A C literal that gives exactly this double."""
    value = float(value)
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return repr(value)


def expression(op, given):
    """(C type, C expression) of one instruction."""
    if op == "where":
        return "double", f"{given[0]} ? {given[1]} : {given[2]}"
    if op in INFIX:
        return "double", f"{given[0]} {INFIX[op]} {given[1]}"
    if op in TESTS:
        return "int", f"{given[0]} {TESTS[op]} {given[1]}"
    if op is np.negative:
        return "double", f"-{given[0]}"
    if op in CALLS or op in LIBM:
        return "double", f"{CALLS.get(op, op.__name__)}({', '.join(given)})"
    raise NotImplementedError(f"{op.__name__} has no C expression: add it to tools/printing.py")


def listing(traced, operands):
    """Lines that compute every result of a `Listing`, and the name of each slot at the end.

    Scratch slots are reused there; here each instruction has its own name.
    """
    names = dict(enumerate(operands))
    for k, value in enumerate(traced.constants):
        text = number(value)
        names[len(operands) + k] = f"({text})" if text.startswith("-") else text
    lines = []
    for k, (op, sources, target) in enumerate(traced.code):
        kind, text = expression(op, [names[s] for s in sources])
        names[target] = f"t{k}"
        lines.append(f"const {kind} t{k} = {text};")
    return lines, names
