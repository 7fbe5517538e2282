"""Benchmark problems have the derivatives they claim, and every suite runs and is complete."""

import importlib
import inspect
import itertools
import pkgutil

import benchmarks
import numpy as np
import pytest
from benchmarks.problems import PROBLEMS

import dualad
from dualad.rules import Elementwise, declared

MODULES = [importlib.import_module(f"benchmarks.{m.name}") for m in pkgutil.iter_modules(benchmarks.__path__)]
SUITES = [c for m in MODULES for _, c in inspect.getmembers(m, inspect.isclass)
          if c.__module__ == m.__name__ and any(n.startswith(("time_", "track_", "peakmem_")) for n in dir(c))]


@pytest.mark.parametrize("name", PROBLEMS)
def test_problem_has_the_derivatives_it_claims(name):
    problem = PROBLEMS[name]()
    want = problem.first(problem.x)
    for mode in ("auto", "forward"):
        np.testing.assert_allclose(dualad.jacobian(problem.f, mode=mode)(problem.x), want, rtol=1e-11, atol=1e-11)
    if problem.second is not None:
        for mode in ("auto", "hyperdual", "forward"):
            np.testing.assert_allclose(dualad.hessian(problem.f, mode=mode)(problem.x), problem.second(problem.x),
                                       rtol=1e-11, atol=1e-10)


def test_primitives_suite_covers_the_registry():
    from benchmarks.primitives import RULES

    assert set(RULES) == {r.name for r in declared(Elementwise) if r.name.startswith("numpy.")}


def smallest(suite):
    """The first few parameter sets of a suite."""
    params = getattr(suite, "params", ())
    if params and not isinstance(params[0], (tuple, list)):
        params = (params,)
    return list(itertools.islice(itertools.product(*params), 3)) or [()]


@pytest.mark.parametrize("suite", [s for s in SUITES if s.__name__ != "Import"], ids=lambda s: s.__qualname__)
def test_suite_runs(suite):
    for params in smallest(suite):
        bench = suite()
        if hasattr(bench, "setup"):
            bench.setup(*params)
        for name in dir(bench):
            if name.startswith(("time_", "peakmem_")):
                getattr(bench, name)(*params)
            elif name.startswith("track_"):
                assert getattr(bench, name)(*params) >= 0
                assert getattr(bench, name).unit
        if hasattr(bench, "teardown"):
            bench.teardown(*params)
