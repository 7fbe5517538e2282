"""Checks of derivatives, for dualad's own rules and for anyone's.

`check_rule` tests one declaration against the laws that every rule must obey;
`check_derivatives` compares all modes on a user's function; `check_gradients` compares a gradient, also one written by
hand, with differences of a few entries of each parameter. All raise `DerivativeMismatch`, saying what disagrees, where, and
by how much.
May import: api, inputs, core, monitor, rules, trees, errors, numpy.
"""

from .gradients import GradientCheckWarning, GradientMismatch, GradientReport, ParameterCheck, check_gradients
from .modes import ALL_MODES, check_derivatives
from .oracles import complex_step, differences, second_differences
from .report import DerivativeMismatch, Report
from .rules import check_rule, temporarily

__all__ = [
    "ALL_MODES", "DerivativeMismatch", "GradientCheckWarning", "GradientMismatch", "GradientReport", "ParameterCheck", "Report",
    "check_derivatives", "check_gradients", "check_rule", "complex_step", "differences", "second_differences", "temporarily",
]
