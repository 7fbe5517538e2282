"""Exceptions. Each is also the matching builtin, and says what was asked, what was found, what to do.

Imports nothing of dualad.
"""

__all__ = [
    "ComplexError", "ConversionError", "DegenerateError", "DtypeError", "DualadError", "EscapedLevelError", "InputError",
    "LayoutError", "MutationError", "NoRuleError", "OutputError", "PlanError", "RuleError", "SolverError", "StorageError",
    "TangentError", "TapeError",
]


class DualadError(Exception):
    """Base of every error that dualad raises on purpose."""


class NoRuleError(DualadError, TypeError, NotImplementedError):
    """A function (or one of its options) has no derivative rule."""


class RuleError(DualadError, ValueError):
    """A declaration is inconsistent."""


class ConversionError(DualadError, TypeError):
    """Something would turn an array that carries derivatives into plain numbers and drop them."""


class StorageError(ConversionError):
    """A value that carries derivatives is stored where derivatives cannot be kept; `target` is the plain array, if known."""

    def __init__(self, *args, target=None):
        super().__init__(*args)
        self.target = target


class InputError(DualadError, TypeError):
    """An argument is of a type that cannot be differentiated."""


class DtypeError(InputError):
    """An argument has a dtype that cannot carry derivatives."""


class ComplexError(DualadError, TypeError, NotImplementedError):
    """Complex numbers are not supported at this place yet."""


class DegenerateError(DualadError, ValueError, ArithmeticError):
    """A derivative of eigenvectors or singular vectors is needed where values repeat, so that they may turn freely."""


class SolverError(DualadError, RuntimeError):
    """A solver's answer is not a point at which its derivative is defined: not converged, singular, or at a bound."""


class TangentError(DualadError, ValueError):
    """A tangent has the wrong shape or dtype."""


class LayoutError(DualadError, ValueError):
    """Two arrays carry different sets of directions."""


class EscapedLevelError(DualadError, RuntimeError):
    """A traced value outlived the call that made it."""


class OutputError(DualadError, TypeError):
    """The differentiated function returned something that is not numeric."""


class PlanError(DualadError, ValueError):
    """A plan is used for something that it was not made for."""


class MutationError(DualadError, RuntimeError):
    """An array that a recorded run had read was changed before the derivative was taken."""


class TapeError(DualadError, RuntimeError):
    """A recording is used in a way it cannot be: from another thread, or twice where it was freed."""
