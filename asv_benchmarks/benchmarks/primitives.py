"""Every elementwise primitive of the registry, with plain NumPy as a row."""

import numpy as np

import dualad
from dualad.core.chain import kernel
from dualad.rules import Elementwise, declared

RULES = {r.name: r for r in declared(Elementwise) if r.name.startswith("numpy.")}


def operands(rule, n):
    """Points inside the domain, away from its ends."""
    rng = np.random.default_rng(1)
    return [rng.uniform(1.2, 1.8, n) if np.isfinite(d.lo) and d.lo >= 1 else rng.uniform(0.2, 0.8, n) for d in rule.domain]


class Elementwises:
    """Value alone, value with one tangent, value with second order."""

    params = (sorted(RULES), ("numpy", "dual", "hyperdual"), (1, 10, 1000, 100000))
    param_names = ("primitive", "arrays", "size")

    def setup(self, name, arrays, size):
        rule = RULES[name]
        x = operands(rule, size)
        if name == "numpy.ldexp":
            x[1] = np.ones(size, dtype=int)
        if arrays == "dual":
            x = [dualad.dual(v, np.ones(size)) if v.dtype == float else v for v in x]
        elif arrays == "hyperdual":
            x = [dualad.hyperdual(v, np.ones(size)) if v.dtype == float else v for v in x]
        self.fn, self.x = rule.fn, x

    def time_call(self, name, arrays, size):
        self.fn(*self.x)


class Instructions:
    """How many borrowed loops one call runs: exact, so any change is a change of the formulas."""

    params = (sorted(RULES), (1, 2))
    param_names = ("primitive", "order")
    unit = "instructions"

    def track_length(self, name, order):
        listing = kernel(RULES[name], None, order).listing
        return len(listing.code)

    track_length.unit = "instructions"
