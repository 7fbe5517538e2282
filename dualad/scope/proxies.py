"""What stands in a twin for the target of brackets or of an augmented attribute, for the length of one statement.

May import: core, errors, numpy, and its siblings.
"""

from __future__ import annotations

import numpy as np

from ..errors import ConversionError, StorageError
from .aware import carries, joined

__all__ = ["Fields", "Joiner", "Store", "owner"]


def owner(array):
    """The array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


class Joiner:
    """np.r_ or np.c_ before its brackets."""

    __slots__ = ("plain",)

    def __init__(self, plain):
        self.plain = plain

    def __getitem__(self, key):
        parts = key if isinstance(key, tuple) else (key,)
        if not carries(*parts):
            return self.plain[key]
        if any(isinstance(p, str) for p in parts):
            raise ConversionError("np.r_ and np.c_ with text in brackets cannot carry derivatives: use np.concatenate or np.stack")
        parts = [self.plain[p] if isinstance(p, slice) else np.atleast_1d(joined(p)) for p in parts]
        if self.plain is np.c_:
            parts = [p[:, None] if np.ndim(p) == 1 else p for p in parts]
        return np.concatenate(parts, axis=self.plain.axis)


class Store:
    """A plain array as the target of `array[key] = value` in a twin."""

    __slots__ = ("array", "place", "scope")

    def __init__(self, scope, place, array):
        self.scope, self.place, self.array = scope, place, array

    def __getitem__(self, key):
        return self.array[key]

    def __setitem__(self, key, value):
        if self.scope.reads and id(owner(self.array)) in self.scope.shadows:
            raise StorageError("a work array from outside the function was reached in a way that the capturing scope does not see: "
                               "allocate it inside the function")
        try:
            self.array[key] = value
        except (ConversionError, TypeError, ValueError):
            if carries(value):
                self.scope.need(self.array)
            raise


class Fields:
    """An object as the target of `object.name += value` in a twin."""

    __slots__ = ("_object", "_hooks", "_scope")

    def __init__(self, target, hooks, scope):
        object.__setattr__(self, "_object", target)
        object.__setattr__(self, "_hooks", hooks)
        object.__setattr__(self, "_scope", scope)

    def __getattribute__(self, name):
        return object.__getattribute__(self, "_hooks").attribute(object.__getattribute__(self, "_object"), name)

    def __setattr__(self, name, value):
        target = object.__getattribute__(self, "_object")
        now = getattr(target, name, None)
        if type(now) is not np.ndarray or object.__getattribute__(self, "_scope").shadow(now) is not value:
            setattr(target, name, value)
