"""First and second derivatives of every covered function of scipy.special against mpmath at 50 digits.

Decision: an error is counted in units in the last place of the derivative, or of what rounding its operands does to it where
that is more (`measure.error`). Sixteen units are allowed; a function that needs more is in `bounds.BOUNDS`, with the reason.
"""

import warnings

import pytest
import scipy.special as sp
from mpmath import mp

from dualad.rules import kinds

from .bounds import BOUNDS, SLOW
from .measure import worst
from .oracles import DIGITS, KNOWN

kinds.load_all()
LIMIT = 16.0


def check(name, n, seed):
    first, second, _ = BOUNDS.get(name, (LIMIT, LIMIT, ""))
    with mp.workdps(DIGITS), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = worst(name, KNOWN[name], n, seed, LIMIT)
    assert found, "no derivative at all"
    bad = {key: v for key, v in found.items() if not v[0] <= (first if len(key) == 1 else second)}
    assert not bad, "\n".join(f"partial {key} at {x}: {got!r} is {e:.3g} ulp off" for key, (e, x, got) in bad.items())


@pytest.mark.parametrize("name", [n for n in KNOWN if hasattr(sp, n) and n not in SLOW])
def test_derivatives_are_right(name):
    check(name, 2, 11)


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in KNOWN if hasattr(sp, n)])
def test_derivatives_are_right_at_more_points(name):
    check(name, 2 if name in SLOW else 12, 12)


def test_bounds_have_reasons_and_functions():
    assert [n for n in {*BOUNDS, *SLOW} if n not in KNOWN] == []
    assert [n for n, (_, _, why) in BOUNDS.items() if len(why) < 20] == []
