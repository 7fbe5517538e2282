"""Set operations, whose results are entries of their arguments, and histograms, which add up weights.

Decision: which entries are equal is found out from the values; those of one array share their slope, as in np.unique.
May import: numpy, .kinds, .ordering, .reduction, .structural, dualad.errors.
"""

from __future__ import annotations

import numpy as np

from ..errors import NoRuleError
from .kinds import choice, composite
from .reduction import as_array, zeros
from .structural import carries, plain


def _flat(x):
    return np.ravel(as_array(x))


def _distinct(x, assume_unique=False):
    """Sorted distinct entries; `assume_unique`: all entries as they are."""
    return _flat(x) if assume_unique else np.unique(_flat(x))


@choice(np.union1d)
def _union1d(ar1, ar2):
    return np.unique(np.concatenate([_flat(ar1), _flat(ar2)]))


@choice(np.setdiff1d)
def _setdiff1d(ar1, ar2, assume_unique=False):
    x = _distinct(ar1, assume_unique)
    y = x[np.isin(plain(x), plain(_flat(ar2)), invert=True)]
    # the second argument only chooses: a constant that says so
    return y if carries(y) or y.dtype.kind != "f" else y + zeros(as_array(ar2), y.shape)


@choice(np.setxor1d)
def _setxor1d(ar1, ar2, assume_unique=False):
    both = np.concatenate([_distinct(ar1, assume_unique), _distinct(ar2, assume_unique)])
    both = np.sort(both)
    value = plain(both)
    once = np.concatenate([[True], value[1:] != value[:-1], [True]])
    return both[once[1:] & once[:-1]]


def _declare_unique():
    """The four functions of the array API, in its argument order; NaNs are all different there."""
    for name, options in (("unique_values", ()), ("unique_inverse", ("return_inverse",)), ("unique_counts", ("return_counts",)),
                          ("unique_all", ("return_index", "return_inverse", "return_counts"))):
        fn = getattr(np, name)

        def body(x, fn=fn, options=options):
            x = as_array(x)
            wanted = fn(plain(x))
            found = np.unique(x, equal_nan=False, **dict.fromkeys(options, True))
            if not options:
                # the order of unique_values is whatever NumPy's version finds fast
                return found[np.searchsorted(plain(found), wanted)] if not np.array_equal(plain(found), wanted, True) else found
            return type(wanted)(found[0], *wanted[1:])

        choice(fn)(body)


_declare_unique()


@composite(np.histogram)
def _histogram(a, bins=10, range=None, density=None, weights=None):  # noqa: A002 - NumPy's own name
    if carries(a) or carries(bins) or carries(range):
        raise NoRuleError("numpy.histogram has no derivative rule in a, bins and range: its counts do not change with the data, "
                          "only its edges do; its derivative in weights is covered. Use np.digitize with fixed edges and "
                          "np.bincount(weights=...)")
    weights = as_array(weights)
    values, edges = np.histogram(a, bins, range, density, plain(weights))
    place = np.searchsorted(edges, np.ravel(a), side="right") - 1
    place = np.where(np.ravel(a) == edges[-1], len(edges) - 2, place)
    inside = (place >= 0) & (place < len(edges) - 1)
    y = np.bincount(place[inside], np.ravel(weights)[inside], minlength=len(edges) - 1)
    if density:
        y = y / np.diff(edges) / np.sum(y)
    return y, edges
