"""Exceptions. Each is also the matching builtin, and says what was asked, what was found, what to do.

Imports nothing of dualad.
"""

import threading

__all__ = [
    "AnomalyError", "ComplexError", "ConvergenceError", "ConversionError", "DegenerateError", "DtypeError", "DualadError",
    "EscapedLevelError",
    "InputError", "LayoutError", "MutationError", "NoRuleError", "OutputError", "PlanError", "RuleError",
    "SendError", "SolverError", "StorageError",
    "TangentError", "TapeError", "WorkerError",
]


class _Refused(threading.local):
    """How often this thread was refused a derivative: a function that handles the error itself goes on without it."""

    count, last = 0, ""

    def note(self, text):
        self.count, self.last = self.count + 1, text


refused = _Refused()


class DualadError(Exception):
    """Base of every error that dualad raises on purpose."""


class _Refusal(DualadError):
    """An error without which derivatives would be lost."""

    def __init__(self, *args):
        super().__init__(*args)
        refused.note(f"{type(self).__name__}: {self}")


class NoRuleError(_Refusal, TypeError, NotImplementedError):
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
        refused.note(f"{type(self).__name__}: {self}")


class InputError(DualadError, TypeError):
    """An argument is of a type that cannot be differentiated."""


class DtypeError(InputError):
    """An argument has a dtype that cannot carry derivatives."""


class ComplexError(_Refusal, TypeError, NotImplementedError):
    """Complex numbers are not supported at this place yet."""


class DegenerateError(_Refusal, ValueError, ArithmeticError):
    """A derivative of eigenvectors or singular vectors is needed where values repeat, so that they may turn freely."""


class SolverError(DualadError, RuntimeError):
    """A solver's answer is not a point at which its derivative is defined: not converged, singular, or at a bound."""


class ConvergenceError(SolverError):
    """An iteration did not reach its tolerance, so that its result has no derivative worth the name."""


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


class SendError(DualadError, TypeError):
    """A function or argument cannot be sent to another process, or not be found there."""


class WorkerError(DualadError, RuntimeError):
    """An error in another process that cannot be sent back itself."""


class AnomalyError(DualadError, ArithmeticError, RuntimeError):
    """In anomaly mode: a value or derivative is NaN or infinite for the first time.

    `cause` is a phrase, `operation` NumPy's name, `stage` "value", "tangent" or "cotangent"; `filename`, `line` and `function`
    say where it was called (None: not known), `index` is the first such entry, `chain` what led there.
    """

    def __init__(self, message, *, cause="", operation="", stage="", filename=None, line=None, function=None, index=None, chain=()):
        super().__init__(message)
        self.cause, self.operation, self.stage, self.index, self.chain = cause, operation, stage, index, chain
        self.filename, self.line, self.function = filename, line, function
