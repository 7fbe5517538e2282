"""What a binder makes keeps no operand, and depends on shapes, dtypes and parameters only.

Both are needed by reverse mode: a recorded step outlives the run, and calls of the same shapes share what was bound.
"""

import functools
import warnings

import numpy as np
import pytest

import dualad
from dualad.core.jets import Jet
from dualad.rules import kinds

from .cases_contraction import CASES as CONTRACTION
from .cases_fft import CASES as FOURIER
from .cases_structural import CASES as STRUCTURAL


def differentiable(v):
    return isinstance(v, np.ndarray) and v.dtype == np.float64


def traced(v):
    return dualad.dual(v.copy(), np.ones((1, *v.shape))) if differentiable(v) else v


def bound_calls():
    """(rule, arguments, keywords) of every case whose rule is bound to a linear or bilinear map."""
    for key, calls in {**STRUCTURAL, **CONTRACTION, **FOURIER}.items():
        rule = kinds.lookup(key)
        if isinstance(rule, (kinds.Selection, kinds.Mixing, kinds.Bilinear)):
            for i, (args, kwargs) in enumerate(calls):
                if any(differentiable(a) for a in args):
                    yield pytest.param(rule, args, kwargs, id=f"{rule.name}-{i}")


BOUND = list(bound_calls())


def held(x, seen):
    """Arrays that carry derivatives, in the cells and defaults that a function can reach."""
    if isinstance(x, Jet):
        return [x]
    if id(x) in seen:
        return []
    seen.add(id(x))
    parts = []
    if isinstance(x, functools.partial):
        parts = [x.func, *x.args, *x.keywords.values()]
    elif isinstance(x, (list, tuple)):
        parts = list(x)
    elif callable(x) and hasattr(x, "__closure__"):
        parts = [c.cell_contents for c in x.__closure__ or () if c != type(c)()] + list(x.__defaults__ or ())
    elif hasattr(x, "__dict__") and type(x).__module__.startswith("dualad.rules"):
        parts = list(vars(x).values())
    return [jet for part in parts for jet in held(part, seen)]


def bind(rule, args, kwargs):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return rule.bind(*args, **kwargs)


@pytest.mark.parametrize(("rule", "args", "kwargs"), BOUND)
def test_bound_maps_keep_no_operand(rule, args, kwargs):
    bound = bind(rule, [traced(a) for a in args], kwargs)
    if not isinstance(bound, (kinds.Linear, kinds.Contraction)):
        pytest.skip("answered by other functions")
    functions = [bound.apply, bound.value, *(bound.transposes if isinstance(bound, kinds.Contraction) else [bound.transpose])]
    assert held([fn for fn in functions if fn is not None], set()) == []


def action(bound, xs, gs):
    """What a bound map does with given operands and cotangent."""
    if isinstance(bound, kinds.Contraction):
        y = bound.value(*xs)
        return [y, bound.transposes[0](0, 0, gs(y), xs[1]), bound.transposes[1](0, 0, gs(y), xs[0])]
    y = bound.value(*xs) if bound.value else bound.apply(0, *xs)
    return [y, *(bound.transpose(0, gs(y)) if bound.transpose else ())]


@pytest.mark.parametrize(("rule", "args", "kwargs"), BOUND)
def test_binders_see_shapes_and_parameters_only(rule, args, kwargs):
    bound = bind(rule, args, kwargs)
    if not isinstance(bound, (kinds.Linear, kinds.Contraction)):
        pytest.skip("answered by other functions")
    owned = [a for a in args if differentiable(a) and any(x is a for x in bound.operands)]
    if len(owned) != len(bound.operands):
        pytest.skip("operands are not the arguments themselves: such calls are never shared")
    rng = np.random.default_rng(20261123)
    other = [rng.uniform(0.5, 2.0, a.shape) if any(a is x for x in owned) else a for a in args]
    again = bind(rule, other, kwargs)
    xs = [rng.normal(size=a.shape) for a in bound.operands]
    weights = {}

    def cotangent(y):
        shape = np.shape(y)
        if shape not in weights:
            weights[shape] = rng.normal(size=shape)
        return weights[shape]

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        pairs = list(zip(action(bound, xs, cotangent), action(again, xs, cotangent), strict=True))
    for got, want in pairs:
        np.testing.assert_array_equal(got, want)


def test_cases_cover_every_linear_rule():
    seen = {kinds.lookup(key) for key in {**STRUCTURAL, **CONTRACTION, **FOURIER}}
    # those of SciPy, if they were entered already, are called in tests/scipy
    wanted = {r for r in kinds.declared(kinds.Selection, kinds.Mixing, kinds.Bilinear) if not r.name.startswith("scipy")}
    assert {rule.name for rule in wanted - seen} <= {"_operator.getitem"}
