"""Why an operation gives NaN or infinity, in words: from its name and the numbers that met in one entry.

May import: numpy.
"""

from __future__ import annotations

import math

__all__ = ["reason"]


def _log(x, *_):
    return "the logarithm of 0" if x == 0 else "the logarithm of a negative number" if x < 0 else ""


def _divide(x, y=math.nan):
    return "division by zero" if y == 0 else ""


def _power(x, y=math.nan):
    if x == 0:
        return "0 to a negative power" if y < 0 else "a power of 0 whose slope is infinite" if 0 < y < 1 else ""
    return "a negative number to a fractional power" if x < 0 and y != round(y) else ""


def _sqrt(x, *_):
    return "the square root of a negative number" if x < 0 else "the slope of a root at 0 is infinite" if x == 0 else ""


def _unit(x, *_):
    return "an argument outside [-1, 1]" if abs(x) > 1 else "the slope at -1 and 1 is infinite" if abs(x) == 1 else ""


def _product(x, y=math.nan):
    return "0 times infinity" if {abs(x), abs(y)} == {0.0, math.inf} else ""


def _sum(x, y=math.nan):
    return "infinity minus infinity" if math.isinf(x) and math.isinf(y) else ""


def _large(x, *_):
    return "the argument is so large that the result overflows" if math.isfinite(x) and abs(x) > 85 else ""


REASONS = {
    "log": _log, "log2": _log, "log10": _log, "log1p": lambda x, *_: _log(x + 1), "divide": _divide, "true_divide": _divide,
    "reciprocal": lambda x, *_: _divide(1.0, x), "remainder": _divide, "fmod": _divide, "floor_divide": _divide, "power": _power,
    "float_power": _power, "sqrt": _sqrt, "cbrt": _sqrt, "arcsin": _unit, "arccos": _unit, "arctanh": _unit, "multiply": _product,
    "add": _sum, "subtract": _sum, "exp": _large, "exp2": _large, "expm1": _large, "sinh": _large, "cosh": _large,
}


def reason(operation, numbers, found):
    """A phrase for what went wrong where `operation` of these numbers gave `found`; "" where nothing is known."""
    numbers = [v for v in numbers if v is not None]
    spoiled = [k for k, v in enumerate(numbers) if v != v]
    if spoiled:
        return f"operand {spoiled[0]} was NaN already"
    known = REASONS.get(operation.rpartition(".")[2])
    text = known(*numbers) if known is not None and numbers else ""
    if not text and numbers and math.isinf(found) and all(map(math.isfinite, numbers)):
        return "overflow"
    return text
