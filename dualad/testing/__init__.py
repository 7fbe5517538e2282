"""Checks of derivatives, for dualad's own rules and for anyone's.

`check_rule` tests one declaration against the laws that every rule must obey;
`check_derivatives` compares all modes on a user's function; both raise
`DerivativeMismatch`, saying what disagrees, where, and by how much.
May import: api, inputs, core, rules, trees, errors, numpy.
"""

from .modes import ALL_MODES, check_derivatives
from .oracles import complex_step, differences, second_differences
from .report import DerivativeMismatch, Report
from .rules import check_rule, temporarily

__all__ = [
    "ALL_MODES", "DerivativeMismatch", "Report", "check_derivatives", "check_rule", "complex_step", "differences",
    "second_differences", "temporarily",
]
