"""Every example in the docstrings of two packages: hundreds of functions that nobody picked.

All floats of a call are differentiated, forward and reverse, and compared with Richardson differences of the function.
"""

import ast
import doctest
import importlib
import inspect
import pkgutil
import warnings
from collections import Counter

import numpy as np
import pytest

import dualad
from dualad.testing import oracles

# Why differences see something else. At a branch or kink they take the mean of two sides, or step over a branch of one point.
NOT_SMOOTH_THERE = {
    "size_control_valve_l": "D1 == D2 is a branch", "diffuser_conical_staged": "kink at the first diameter",
    "V_from_h": "h is exactly where a head begins", "SA_from_h": "h is exactly where a head begins",
    "Rac_Nusselt_Rayleigh_disk": "kink", "temperature_effectiveness_plate": "R1 == 1 in an inner call is a branch",
    "NTU_from_P_plate": "R1 == 1 in an inner call is a branch", "time_v_terminal_Stokes": "the logarithm of a rounding error",
}
LEAST = {"fluids": 400, "ht": 180}  # of 425 and 194 at the releases in pyproject.toml


def modules(name):
    package = pytest.importorskip(name, reason=f"{name} is not installed: pip install -e '.[packages]'")
    for info in pkgutil.iter_modules(package.__path__, name + "."):
        if not any(part in info.name for part in ("numba", "vectorized", "units", "numpy")):
            yield importlib.import_module(info.name)


def call_in(example, name, namespace):
    """Arguments of the call of a function in one example, or None."""
    try:
        tree = ast.parse(example.source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            def value(part):
                return eval(compile(ast.Expression(part), "<example>", "eval"), dict(namespace))

            try:
                return {**{k: value(a) for k, a in enumerate(node.args)}, **{k.arg: value(k.value) for k in node.keywords}}
            except (NameError, TypeError):
                return None
    return None


def calls(module):
    """(name, function, arguments by position or name) of the first example of each function."""
    for name, f in list(vars(module).items()):
        if inspect.isfunction(f) and f.__module__ == module.__name__ and f.__doc__:
            try:
                examples = doctest.DocTestParser().get_examples(f.__doc__)
            except ValueError:
                continue
            found = next((g for g in (call_in(e, name, vars(module)) for e in examples) if g is not None), None)
            if found is not None and any(type(v) is float for v in found.values()):
                yield name, f, found


def outcome(f, given):
    """"right", "wrong", the name of an error, or None where the result is no number."""
    keys = [k for k, v in given.items() if type(v) is float]
    at = np.array([given[k] for k in keys])
    scale = np.where(at == 0, 1.0, np.abs(at))

    def g(s):
        now = {**given, **{k: a + s[i] * h for i, (k, a, h) in enumerate(zip(keys, at.tolist(), scale.tolist(), strict=True))}}
        positional = [now.pop(k) for k in sorted(k for k in now if isinstance(k, int))]
        return f(*positional, **now)

    zero = np.zeros(len(keys))
    try:
        y = g(zero)
    except Exception:
        return None
    if not isinstance(y, float) or not np.isfinite(y):
        return None
    try:
        forward, reverse = dualad.jacobian(g, mode="forward")(zero), dualad.grad(g)(zero)
    except Exception as error:
        return type(error).__name__

    def along(e):
        def phi(t):
            try:
                return np.asarray(g(t * e), dtype=float)
            except Exception:
                return np.asarray(np.nan)
        return oracles.differences(phi, 1e-3)

    looks = [along(e) for e in np.eye(len(keys))]
    value, error = np.array([v.value for v in looks]), np.array([v.error for v in looks])
    size = np.maximum(np.abs(value), np.abs(reverse))
    good = [np.abs(d - value) <= 1e-5 * size + 50 * error + 1e-12 * abs(y) for d in (forward, reverse)]
    return "right" if np.all(good | ~np.isfinite(value)) else "wrong"


@pytest.mark.slow
@pytest.mark.parametrize("package", LEAST)
def test_examples_of_docstrings(package):
    tally, wrong, errors = Counter(), [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in modules(package):
            for name, f, given in calls(module):
                found = outcome(f, given)
                tally[found] += 1
                wrong += [name] if found == "wrong" else []
                errors += [(name, found)] if found not in (None, "right", "wrong") else []
    print(package, dict(tally))
    assert set(wrong) <= set(NOT_SMOOTH_THERE)
    assert {e for _, e in errors} <= {"NoRuleError", "ConversionError"}, errors
    assert tally["right"] >= LEAST[package]
