"""`scipy.ndimage`: filters that choose an entry of each window, as a sparse selection found from the values.

Decision: extremes that tie share equally (box filters go along one axis after the other, as SciPy's do, and ties share within each
pass); of a rank, the entry that a stable sort puts there. Windows are looked at in pieces of bounded size.
May import: numpy, scipy.ndimage, scipy.sparse, ..kinds, ..maps, ..reduction and ..structural (helpers), .filters.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage as nd
import scipy.sparse as sp

from ..kinds import choice
from ..maps import Map, axes_last, mapped
from ..reduction import as_array
from ..structural import plain
from .filters import around, continued, each_axis, entered

__all__ = ["sparse_map"]

MOST = 2**22  # entries of windows that are looked at at once


def _windows(x, footprint, origins, modes, cval):
    """(rows of the result, values in their windows, their positions in x or -1) piece by piece."""
    widths = [around(k, o) for k, o in zip(footprint.shape, origins, strict=True)]
    values = continued(x, widths, modes, cval)
    places = continued(np.arange(x.size).reshape(x.shape), widths, modes, -1)
    inside = np.nonzero(footprint)
    step = max(1, MOST // max(1, len(inside[0]) * (x.size // max(1, x.shape[0]))))
    for start in range(0, x.shape[0], step):
        stop = min(start + step, x.shape[0])
        views = [np.lib.stride_tricks.sliding_window_view(a[start:stop + footprint.shape[0] - 1], footprint.shape)
                 for a in (values, places)]
        rows = np.arange(x.size).reshape(x.shape)[start:stop].ravel()
        yield rows, *(v[(..., *inside)].reshape((rows.size, -1)) for v in views)


def _extreme(values, structure, largest):
    """Equal shares of the extreme entries."""
    values = values if structure is None else values + structure if largest else values - structure
    best = (np.max if largest else np.min)(values, axis=1, keepdims=True)
    ties = values == best
    return ties / np.sum(ties, axis=1, keepdims=True)


def _ranked(values, rank):
    chosen = np.argsort(values, axis=1, kind="stable")[:, rank]
    weights = np.zeros(values.shape)
    weights[np.arange(len(values)), chosen] = 1.0
    return weights


def _chosen(x, footprint, origins, modes, cval, weigh):
    """x with each entry replaced by what `weigh(values)` takes of its window; fixed entries beyond the ends stay."""
    value = plain(x)
    found, beyond = [(np.zeros(0), np.zeros(0, int), np.zeros(0, int))], np.zeros(value.size)
    for rows, values, places in _windows(value, footprint, origins, modes, plain(cval)):
        weights = weigh(values)
        row, column = np.nonzero(weights)
        place = places[row, column]
        np.add.at(beyond, rows[row[place < 0]], weights[row, column][place < 0])
        keep = place >= 0
        found.append((weights[row, column][keep], rows[row[keep]], place[keep]))
    data, row, column = (np.concatenate(parts) for parts in zip(*found, strict=True))
    matrix = sp.csr_array((data.astype(value.dtype), (row, column)), shape=(value.size, value.size))
    y = mapped(x, sparse_map(matrix, x.shape, x.shape))
    return y + beyond.reshape(x.shape).astype(value.dtype) * cval if beyond.any() else y


def sparse_map(matrix, shape, out):
    """The map of a constant sparse matrix between arrays of these shapes."""
    def apply(m, taken, given):
        def product(x):
            lead = x.shape[:x.ndim - len(taken)]
            return np.ascontiguousarray((m @ x.reshape((-1, m.shape[1])).T).T).reshape(lead + given)

        return product

    return Map("choice", apply(matrix, tuple(shape), tuple(out)), apply(matrix.T, tuple(out), tuple(shape)))


# ---------------------------------------------------------------- extremes


def _box(x, sizes, axes, modes, cval, origins, largest):
    for axis, k, m, o in zip(axes, sizes, modes, origins, strict=True):
        if k > 1:
            shape, order, all_modes = [1] * x.ndim, [0] * x.ndim, ["reflect"] * x.ndim
            shape[axis], order[axis], all_modes[axis] = int(k), o, m
            x = _chosen(x, np.ones(shape, bool), order, all_modes, cval, lambda v: _extreme(v, None, largest))
    return x + 0.0


def _line(fn, largest):
    @entered(fn, choice)
    def body(input, size, axis=-1, mode="reflect", cval=0.0, origin=0):
        x = as_array(input)
        return _box(x, [size], axes_last(x, axis), [mode], cval, [origin], largest)


_line(nd.maximum_filter1d, True)
_line(nd.minimum_filter1d, False)


def _spread(x, footprint, origins, axes):
    """Footprint and origins of all axes from those of some."""
    shape, order = [1] * x.ndim, [0] * x.ndim
    for a, k, o in zip(sorted(a % x.ndim for a in axes), footprint.shape, origins, strict=True):
        shape[a], order[a] = k, o
    return footprint.reshape(shape), order


def extremes(x, size, footprint, structure, mode, cval, origin, largest, axes=None):
    x = as_array(x)
    axes = axes_last(x, axes)
    structure = None if structure is None else np.asarray(structure, dtype=float)
    footprint = np.ones(structure.shape, bool) if footprint is None and structure is not None else footprint
    footprint = None if footprint is None else np.asarray(footprint, dtype=bool)
    if structure is None and (footprint is None or footprint.all()):
        sizes = each_axis(size, len(axes)) if footprint is None else footprint.shape
        return _box(x, sizes, axes, each_axis(mode, len(axes)), cval, each_axis(origin, len(axes)), largest)
    offsets = None if structure is None else structure[footprint]
    footprint, origins = _spread(x, footprint, each_axis(origin, len(axes)), axes)
    y = _chosen(x, footprint, origins, [mode] * x.ndim, cval, lambda v: _extreme(v, offsets, largest))
    return y if structure is None else y + 0.0


def _window(fn, largest):
    @entered(fn, choice)
    def body(input, size=None, footprint=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
        return extremes(input, size, footprint, None, mode, cval, origin, largest, axes)


_window(nd.maximum_filter, True)
_window(nd.minimum_filter, False)


@entered(nd.grey_erosion, choice)
def _grey_erosion(input, size=None, footprint=None, structure=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    return extremes(input, size, footprint, structure, mode, cval, origin, False, axes)


@entered(nd.grey_dilation, choice)
def _grey_dilation(input, size=None, footprint=None, structure=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    """The largest entry of the window turned round."""
    x = as_array(input)
    count = x.ndim if axes is None else len(axes)
    structure = None if structure is None else np.flip(np.asarray(structure))
    footprint = None if footprint is None else np.flip(np.asarray(footprint))
    sizes = structure.shape if structure is not None else footprint.shape if footprint is not None else each_axis(size, count)
    origins = [-o - (k % 2 == 0) for o, k in zip(each_axis(origin, count), sizes, strict=True)]
    return extremes(x, size, footprint, structure, mode, cval, origins, True, axes)


# ---------------------------------------------------------------- ranks


def _rank(x, rank, size, footprint, mode, cval, origin, axes):
    x = as_array(x)
    axes = axes_last(x, axes)
    footprint = np.ones(each_axis(size, len(axes)), bool) if footprint is None else np.asarray(footprint, dtype=bool)
    footprint, origins = _spread(x, footprint, each_axis(origin, len(axes)), axes)
    modes = [mode] * x.ndim if isinstance(mode, str) else each_axis(mode, x.ndim)
    rank = int(rank(int(footprint.sum())))
    return _chosen(x, footprint, origins, modes, cval, lambda v: _ranked(v, rank))


@entered(nd.rank_filter, choice)
def _rank_filter(input, rank, size=None, footprint=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    return _rank(input, lambda n: rank, size, footprint, mode, cval, origin, axes)


@entered(nd.median_filter, choice)
def _median_filter(input, size=None, footprint=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    return _rank(input, lambda n: n // 2, size, footprint, mode, cval, origin, axes)


@entered(nd.percentile_filter, choice)
def _percentile_filter(input, percentile, size=None, footprint=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    share = percentile + 100.0 if percentile < 0 else percentile
    return _rank(input, lambda n: n - 1 if share == 100.0 else float(n) * share / 100.0, size, footprint, mode, cval, origin, axes)
