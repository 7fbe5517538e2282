"""Results of solvers whose other parts are no constants: reading those raises.

May import: errors, scipy.
"""

from __future__ import annotations

from scipy.optimize import OptimizeResult

from ..errors import ConversionError

__all__ = ["withheld"]


class Result(OptimizeResult):
    """A solver's result without the parts that depend on the parameters and carry no derivatives."""

    def __missing__(self, name):
        raise self._refusal(name)

    def __getattr__(self, name):
        if name in self:
            return self[name]
        if name.startswith("__") or name not in object.__getattribute__(self, "__dict__").get("_absent", ()):
            raise AttributeError(name)
        raise self._refusal(name)

    def _refusal(self, name):
        if name not in self.__dict__.get("_absent", ()):
            return KeyError(name)
        return ConversionError(f"{self.__dict__['_owner']}: the entry {name!r} of its result would be without derivatives: compute "
                               "it from the solution, which carries them")

    def get(self, name, default=None):
        return self[name] if name in self or name in self.__dict__.get("_absent", ()) else default


def withheld(owner, found, kept, **traced):
    """The result of a solver with what is constant (`kept`) and what carries derivatives (`traced`)."""
    out = Result({k: v for k, v in found.items() if k in kept})
    out.update(traced)
    out.__dict__["_owner"], out.__dict__["_absent"] = owner, frozenset(found) - frozenset(out)
    return out
