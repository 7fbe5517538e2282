"""What tests of scipy.fft, scipy.signal and scipy.ndimage share: cases named "function operand [variant]", and laws over them.

A case is (f, x): f calls the function so that the operand depends on x. Every operand that a table of rules calls covered must have
one; all modes are compared with Richardson differences to second order.
"""

import warnings
from types import BuiltinFunctionType

import numpy as np
import pytest
import scipy

import dualad
from dualad.core.jets import Jet
from dualad.errors import DualadError
from dualad.rules import Constant, Refused, kinds, lookup
from dualad.testing import DerivativeMismatch

from .test_linalg import check

kinds.load_all()
NEW = not scipy.__version__.startswith(("1.13", "1.14", "1.15", "1.16"))


def parts(f):
    """Squares of real parts, and imaginary parts: nothing complex and nothing linear is left."""
    def g(*args):
        z = f(*args)
        return np.concatenate([np.ravel(np.real(z)) ** 2, np.ravel(np.imag(z))])

    return g


def flat(*arrays):
    """Arrays end to end, real parts."""
    return np.concatenate([np.ravel(np.real(a)) for a in arrays])


def differentiated(case):
    """All modes against differences. Python code of an older SciPy may end in an error, never in another number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            check(*case, True)
        except DerivativeMismatch:
            raise
        except Exception:
            if NEW:
                raise
            pytest.skip("not in this SciPy, or not as it stands there")


def oblique(cases, plain):
    """The cases with those that `plain` does not name marked as slow."""
    return [pytest.param(name, marks=() if plain(name) else pytest.mark.slow) for name in cases]


def untested(namespace, cases):
    """Covered operands without a case, and cases of what is not covered."""
    have = dict(namespace.public())
    wanted = {f"{name} {operand}" for name, operands in namespace.covered.items() if name in have for operand in operands.split()}
    tested = {" ".join(key.split()[:2]) for key in cases}
    return sorted(wanted - tested), sorted(name for name in tested - wanted if name.split()[0] in have)


def unsettled(namespace):
    """Public functions that are in no table, and refusals that do not say what to do instead."""
    found = []
    for name, fn in namespace.public():
        rule = lookup(fn)
        if name in namespace.covered:
            if isinstance(rule, (Constant, Refused)):
                found.append(name)
        elif not isinstance(rule, (Constant, Refused)) or isinstance(rule, Refused) and (NEW and "new to" in rule.why or len(rule.why) < 40):
            found.append(name)
    return found


def refuses(namespace, f_of):
    """Each refused function raises an error of ours, in both directions."""
    for _, fn in namespace.public():
        if not isinstance(lookup(fn), Refused) or type(fn) is BuiltinFunctionType:
            continue  # compiled functions refuse by asking for a plain array
        for mode in ("forward", "reverse"):
            with pytest.raises((DualadError, TypeError), match=r"no derivative rule in dualad|would drop"):
                dualad.jacobian(f_of(fn), mode=mode)(np.linspace(0.1, 0.9, 9).reshape(3, 3))


def values(f, x):
    """(plain value, values inside forward and reverse runs)."""
    found = []

    def g(a):
        y = f(a)
        found.append(y.value if isinstance(y, Jet) else y)
        return np.sum(y * y)

    for mode in ("forward", "reverse"):
        dualad.jacobian(g, mode=mode)(x)
    return np.asarray(f(x)), [np.asarray(v) for v in found]


def keeps_bits(f, x):
    """Whether shape, dtype and bits of the result are SciPy's."""
    want, found = values(f, x)
    for y in found:
        assert y.shape == want.shape
        assert y.dtype == want.dtype
        np.testing.assert_array_equal(y, want)
