"""What a namespace of SciPy's has, and how its functions fare: rules, constants, code that runs as it stands, refusals.

Decision: a module of rules has three tables by name (operands that may carry derivatives; constants; reasons of refusal), and
what is public and in none of them is refused, so that nothing is silently unknown. Documentation and tests read the same tables.
May import: .kinds.
"""

from __future__ import annotations

from dataclasses import dataclass

from .kinds import constant, refused, registry

__all__ = ["Namespace"]


@dataclass(frozen=True)
class Namespace:
    """A public module; `covered`: {name: operands}; `constants`: names; `refusals`: {why: names}."""

    module: object
    covered: dict
    constants: str
    refusals: dict

    def public(self):
        """(name, function) of everything public that is a function; objects that run tests are none."""
        found = [(name, getattr(self.module, name)) for name in sorted(dir(self.module), key=str.lower) if name[0] != "_"]
        return [(name, fn) for name, fn in found if callable(fn) and not isinstance(fn, type) and name != "test"]

    def settle(self):
        """Enter constants and refusals, also for what the tables do not know."""
        have = dict(self.public())
        constant(*self._new(self.constants.split()))
        for why, names in self.refusals.items():
            refused(why, *self._new(names.split()))
        refused("it is new to dualad: compose it from covered functions", *self._new(n for n in have if n not in self.covered))

    def _new(self, names):
        """Functions of these names that this SciPy has and that have no rule; some names stand for one function."""
        have = dict(self.public())
        return [f for f in dict.fromkeys(have[n] for n in names if n in have) if f not in registry]
