"""Results lie in memory as NumPy's do, in every mode: what is a view, what is a copy, and what a later write changes."""

import warnings

import numpy as np
import pytest

import dualad
from dualad.rules import kinds

from .core.test_laws import CASES, RULE, Call, covered, operands

MODES = {
    "dual": lambda f, xs: dualad.jvp(f, xs, tuple(np.ones_like(x) for x in xs)),
    "local": lambda f, xs: dualad.jacobian(f, argnums=tuple(range(len(xs))))(*xs),
    "hyperdual": lambda f, xs: dualad.hessian(f, argnums=tuple(range(len(xs))))(*xs),
    "tape": lambda f, xs: dualad.vjp(f, *xs),
    "nested": lambda f, xs: dualad.jvp(lambda *y: dualad.jvp(f, y, tuple(np.ones_like(x) for x in xs))[1], xs,
                                       tuple(np.ones_like(x) for x in xs)),
    "forward over reverse": lambda f, xs: dualad.jvp(lambda *y: dualad.vjp(f, *y)[0], xs, tuple(np.ones_like(x) for x in xs)),
    "reverse over reverse": lambda f, xs: dualad.vjp(lambda *y: dualad.vjp(f, *y)[0], *xs),
}


def in_columns(a):
    return np.copy(a, order="F")


def swapped(a):
    """The last two axes lie the other way round: neither C nor Fortran order for three axes."""
    return np.swapaxes(np.swapaxes(a, -1, -2).copy(), -1, -2) if np.ndim(a) > 1 else np.copy(a)


LAYOUTS = {"rows": np.copy, "columns": in_columns, "swapped": swapped}


def steps(values):
    """Strides of the axes that reshape and ravel look at, in units of the smallest.

    The real eigenvalues that np.linalg.eig returns are every other number of a complex array; nothing of NumPy looks at that.
    """
    leaves = values if isinstance(values, (tuple, list)) else [values]
    found = [[s for s, n in zip(v.strides, v.shape, strict=True) if n > 1] if np.size(v) and np.ndim(v) else None for v in leaves]
    return [s if s is None else tuple(k / min(map(abs, s)) if 0 not in s else k for k in s) for s in found]


def lies_like(f, xs, mode):
    """The strides of NumPy's results and of ours."""
    seen = []

    def program(*given):
        out = f(*given)
        seen.append(steps(out))
        return np.sum(given[0] * 1.0)

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            plain = f(*(x.copy("K") for x in xs))
            if any(map(np.iscomplexobj, plain if isinstance(plain, (tuple, list)) else [plain])):
                return [], []  # a pair of real arrays lies as it likes (docs/decisions/0007-complex.md)
            wanted = steps(plain)
        except (ValueError, IndexError):
            return [], []  # a call that NumPy refuses in this order of memory
        MODES[mode](program, tuple(xs))
    # read-only results of NumPy's broadcasting cannot be written through
    return [w for w in wanted if w is None or 0 not in w], [s for s, w in zip(seen[0], wanted, strict=True) if w is None or 0 not in w]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("layout", LAYOUTS)
@RULE
def test_elementwise_results(rule, layout, mode):
    if rule.nin > 2 or len(rule.active) < rule.nin and not rule.name.startswith("numpy."):
        return  # all operands are differentiated here, one or two of them
    for shape in ((3, 4), (2, 3, 4)):
        xs = [np.reshape(v, shape).astype(float) for v in operands(rule, int(np.prod(shape)))]
        if any(not np.issubdtype(v.dtype, np.floating) for v in operands(rule, 1)):
            continue
        xs = [LAYOUTS[layout](v) for v in xs]
        pairs = [xs] if rule.nin == 1 else [xs, [xs[0], np.copy(xs[1])], [xs[0], np.copy(xs[1][0])], [xs[0][..., :1], xs[1]]]
        for given in pairs:
            wanted, found = lies_like(rule.fn, given, mode)
            assert found == wanted, (shape, [v.strides for v in given])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_results_of_every_rule(rule, args, kwargs, layout):
    call = Call(rule, args, kwargs)
    if not call.active or isinstance(rule, (kinds.Constant, kinds.Refused)) or not covered(call):
        return
    xs = [LAYOUTS[layout](a) for a in call.active]
    for mode in ("dual", "tape", "nested")[: 3 if covered(call, 2) else 2]:
        wanted, found = lies_like(call, xs, mode)
        assert found == wanted, mode
