"""Distances: one formula for each metric, over the last axis, for two vectors, all pairs of two sets, and the pairs of one.

Decision: values are SciPy's own; where two points meet, distances have the slope zero, as `numpy.linalg.norm` has. Ties of
`chebyshev` share equally, entries of zero in both vectors add nothing to `canberra`.
May import: numpy, scipy.spatial, scipy.special, scipy.linalg, ..kinds, ..reduction, ..structural, ..systems, dualad.errors.
"""

import numpy as np
import scipy.linalg as sl
import scipy.spatial as ss
import scipy.spatial.distance as sd
from scipy.special import rel_entr

from ...errors import DegenerateError, NoRuleError
from ..kinds import composite
from ..reduction import as_array
from ..structural import carries, operands, plain
from ..systems import asking

__all__ = ["METRICS"]


def root(x):
    """The square root of what is zero only with slope zero: a sum of squares."""
    zero = plain(x) == 0
    return np.where(zero, 0.0 * x, np.sqrt(np.where(zero, 1.0, x)))


def numbers(x):
    """Nested lists of numbers as an array."""
    return np.stack([numbers(v) for v in x]) if isinstance(x, (list, tuple)) and carries(x) else as_array(x)


def total(x, w):
    return np.sum(x if w is None else w * x, axis=-1)


def ratio(a, b):
    """a / b, and 0 where both are 0."""
    zero = (plain(b) == 0) & (plain(a) == 0)
    return np.where(zero, 0.0, a / np.where(zero, 1.0, b))


def minkowski(u, v, w=None, p=2):
    d = u - v
    if np.isinf(p):
        return chebyshev(u, v, w)
    if p == 2:
        return np.linalg.norm(d, axis=-1) if w is None else np.linalg.norm(np.sqrt(w) * d, axis=-1)
    if p == 1:
        return cityblock(u, v, w)
    return np.linalg.norm(d if w is None else w ** (1 / p) * d, ord=p, axis=-1)


def cityblock(u, v, w=None):
    return total(np.abs(u - v), w)


def chebyshev(u, v, w=None):
    d = np.abs(u - v)
    return np.max(d if w is None else np.where(plain(w) > 0, d, 0.0), axis=-1)


def sqeuclidean(u, v, w=None):
    return total((u - v) ** 2, w)


def cosine(u, v, w=None):
    return 1.0 - total(u * v, w) / np.sqrt(total(u * u, w) * total(v * v, w))


def correlation(u, v, w=None, centered=True):
    if not centered:
        return cosine(u, v, w)
    w = np.ones(np.shape(u)[-1]) if w is None else w
    share = w / np.sum(w)
    u, v = (x - np.sum(x * share, axis=-1, keepdims=True) for x in (u, v))
    return cosine(u, v, w)


def canberra(u, v, w=None):
    return total(ratio(np.abs(u - v), np.abs(u) + np.abs(v)), w)


def braycurtis(u, v, w=None):
    return total(np.abs(u - v), w) / total(np.abs(u + v), w)


def seuclidean(u, v, w=None, V=None):
    return np.linalg.norm((u - v) / np.sqrt(V), axis=-1)


def mahalanobis(u, v, w=None, VI=None):
    d = u - v
    return root(np.sum(np.matmul(d, VI) * d, axis=-1))


def jensenshannon(u, v, w=None, base=None):
    u, v = (x / np.sum(x, axis=-1, keepdims=True) for x in (u, v))
    m = (u + v) / 2
    js = np.sum(rel_entr(u, m) + rel_entr(v, m), axis=-1)
    return root((js if base is None else js / np.log(base)) / 2)


METRICS = {name: globals()[name] for name in ("braycurtis", "canberra", "chebyshev", "cityblock", "correlation", "cosine",
                                              "jensenshannon", "mahalanobis", "minkowski", "seuclidean", "sqeuclidean")}
METRICS["euclidean"] = minkowski


def metric_of(metric, who):
    """The name and the formula of a metric, by SciPy's names and functions."""
    found = metric if isinstance(metric, str) else getattr(metric, "__name__", "")
    known = isinstance(metric, str) or getattr(sd, found, None) is metric
    found = found.lower()
    info = getattr(sd, "_METRIC_ALIAS", {}).get(found)
    found = found if info is None else info.canonical_name
    if not known or found not in METRICS:
        raise NoRuleError(f"{who} with metric={metric!r} has no derivative rule: the metrics covered are "
                          f"{', '.join(sorted(METRICS))}; write other ones for whole arrays (x[:, None] - y[None])")
    return found, METRICS[found]


def defaults(name, options, *sets):
    """What SciPy computes of the data where it is not given."""
    lost = [k for k, v in options.items() if carries(v) and k not in ("w", "V", "VI")]
    if lost:
        raise NoRuleError(f"scipy.spatial.distance: {lost[0]}= of a metric carries derivatives where only a constant is covered; "
                          "pass its .value if it is meant to be one")
    options = {k: v for k, v in options.items() if v is not None}
    if name in ("seuclidean", "mahalanobis") and not {"V", "VI"} & set(options):
        x = np.concatenate(sets)
        if name == "seuclidean":
            options["V"] = np.var(x, axis=0, ddof=1)
        else:
            x = x - np.mean(x, axis=0)
            options["VI"] = np.linalg.inv(np.matmul(x.T, x) / (np.shape(x)[0] - 1))
    return options


@composite(sd.cdist)
@operands("XA", "XB", "kwargs")
def _cdist(XA, XB, metric="euclidean", **kwargs):
    name, formula = metric_of(metric, "scipy.spatial.distance.cdist")
    a, b = numbers(XA), numbers(XB)
    return formula(a[:, None, :], b[None, :, :], **defaults(name, kwargs, a, b))


@composite(sd.pdist)
@operands("X", "kwargs")
def _pdist(X, metric="euclidean", **kwargs):
    name, formula = metric_of(metric, "scipy.spatial.distance.pdist")
    x = numbers(X)
    i, j = np.triu_indices(np.shape(x)[0], 1)
    return formula(x[i], x[j], **defaults(name, kwargs, x))


def _pair(name):
    """The function of two vectors."""
    formula = METRICS[name]

    if name == "jensenshannon":
        @operands("p", "q")
        def body(p, q, base=None, *, axis=0, keepdims=False):
            p, q = (np.moveaxis(numbers(x), axis, -1) for x in (p, q))
            found = formula(p, q, base=base)
            return np.expand_dims(found, axis) if keepdims else found
    elif name in ("seuclidean", "mahalanobis"):
        def body(u, v, V=None, VI=None):
            extra = {"V": numbers(V)} if name == "seuclidean" else {"VI": np.atleast_2d(numbers(V if VI is None else VI))}
            return formula(numbers(u), numbers(v), **extra)
    elif name == "minkowski":
        @operands("u", "v", "w")
        def body(u, v, p=2, w=None):
            return formula(numbers(u), numbers(v), w if w is None else numbers(w), p)
    elif name == "correlation":
        @operands("u", "v", "w")
        def body(u, v, w=None, centered=True):
            return formula(numbers(u), numbers(v), w if w is None else numbers(w), centered)
    else:
        @operands("u", "v", "w")
        def body(u, v, w=None):
            return formula(numbers(u), numbers(v), w if w is None else numbers(w))
    composite(getattr(sd, name))(body)


for _name in METRICS:
    _pair(_name)


@composite(sd.squareform)
@operands("X")
def _squareform(X, force="no", checks=True):
    x = numbers(X)
    if x.ndim == 2:
        return x[np.triu_indices(np.shape(x)[0], 1)]
    n = int(np.ceil(np.sqrt(2 * np.shape(x)[0]))) if np.shape(x)[0] else 1
    place = np.zeros((n, n), int)
    place[np.triu_indices(n, 1)] = np.arange(np.shape(x)[0])
    if n == 1:
        return np.zeros_like(x, shape=(1, 1))
    return np.where(np.eye(n, dtype=bool), 0.0, x[place + place.T])


@composite(sd.directed_hausdorff)
@operands("u", "v")
def _directed_hausdorff(u, v, rng=0, seed=None):
    u, v = numbers(u), numbers(v)
    _, i, j = sd.directed_hausdorff(plain(u), plain(v), rng if seed is None else seed)
    return np.linalg.norm(u[i] - v[j]), i, j


# ---- scipy.spatial ----


@composite(ss.minkowski_distance)
@operands("x", "y")
def _minkowski_distance(x, y, p=2.0):
    return minkowski(numbers(x), numbers(y), p=p)


@composite(ss.minkowski_distance_p)
@operands("x", "y")
def _minkowski_distance_p(x, y, p=2.0):
    d = np.abs(numbers(x) - numbers(y))
    return np.max(d, axis=-1) if np.isinf(p) else np.sum(d ** p, axis=-1)


@composite(ss.distance_matrix)
@operands("x", "y")
def _distance_matrix(x, y, p=2.0, threshold=1000000):
    return minkowski(numbers(x)[:, None, :], numbers(y)[None, :, :], p=p)


@composite(ss.procrustes)
@operands("data1", "data2")
def _procrustes(data1, data2):
    a, b = ((x - np.mean(x, axis=0)) for x in map(numbers, (data1, data2)))
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    r, s = asking(sl.orthogonal_procrustes)(a, b)
    b = np.matmul(b, r.T) * s
    return a, b, np.sum((a - b) ** 2)


@composite(ss.geometric_slerp)
@operands("start", "end", "t")
def _geometric_slerp(start, end, t, tol=1e-7):
    start, end, t = numbers(start), numbers(end), numbers(t)
    c = np.sum(start * end)
    s = np.linalg.norm(end - c * start)
    if plain(s) < 1e-7:
        raise DegenerateError("scipy.spatial.geometric_slerp between two points that are equal or opposite has no derivative")
    angle = np.arctan2(s, c)
    flat = np.reshape(t, (-1, 1))
    out = (np.sin((1 - flat) * angle) * start + np.sin(flat * angle) * end) / np.sin(angle)
    return np.reshape(out, (*np.shape(t), np.shape(start)[0]))
