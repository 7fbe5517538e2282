"""numpy.einsum: two operands are one bilinear primitive, everything else is composed of products of pairs.

Decision: the value is NumPy's own; tangents and cotangents of a product are matrix products whatever NumPy's loop is.
May import: numpy, .contraction, .kinds, .reduction (helpers).
"""

from functools import lru_cache
from itertools import combinations
from math import prod

import numpy as np

from .contraction import cast_back
from .kinds import bilinear, constant
from .reduction import as_array

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
constant(np.einsum_path)


@bilinear(np.einsum)
def _einsum(*operands, out=None, optimize=False, dtype=None, **options):
    text, arrays = _subscripts(operands)
    arrays = [as_array(x) for x in arrays]
    terms, output = _labels(text, tuple(x.ndim for x in arrays))
    if dtype is None and not options and len(arrays) == 2 and _plain_product(*terms, output, *(x.shape for x in arrays)):
        return _product(text, optimize, *arrays, *terms, output)
    return _composed(arrays, terms, output, dtype)


@np.errstate(all="ignore")  # the value is NumPy's own call, which warns as NumPy does
def _composed(arrays, terms, output, dtype):
    """Products of pairs, the cheapest first."""
    size = {}
    for term, x in zip(terms, arrays, strict=True):
        for letter, n in zip(term, x.shape, strict=True):
            size[letter] = n if size.get(letter, 1) == 1 else size[letter]
    shared = {c for c in size if c in output or sum(c in term for term in terms) > 1}
    pool = [_single(x, term, shared, size) for x, term in zip(arrays, terms, strict=True)]
    while len(pool) > 1:
        i, j = min(combinations(range(len(pool)), 2), key=lambda ij: _pair_cost(pool, ij, output, size))
        y, x = pool.pop(j), pool.pop(i)
        pool.append(_pair(x, y, set(output).union(*(p[1] for p in pool))))
    y = _ordered(*_single(*pool[0], set(output), size), output)
    missing = [i for i, c in enumerate(output) if y.shape[i] != size[c]]
    y = np.broadcast_to(y, tuple(size[c] for c in output)) if missing else y
    return y if dtype is None else y.astype(dtype)


def _plain_product(s, t, output, shape_s, shape_t):
    """Whether each label is one axis of two of the operands and the result, at least, with one length: no sum is outside."""
    size = dict(zip(s, shape_s, strict=True))
    return (len(set(s)) == len(s) and len(set(t)) == len(t) and len(set(output)) == len(output)
            and set(s) <= set(t).union(output) and set(t) <= set(s).union(output)
            and all(size.get(c, n) == n for c, n in zip(t, shape_t, strict=True)))


def _product(text, optimize, a, b, s, t, output):
    """Two operands: each cotangent is a product of the same form, so that BLAS does them whoever computes the value."""
    lead = "\0"

    def through(x, term, y, other, wanted):
        """The product of leading axes too, where an operand has one more axis than its labels."""
        more = (x.ndim > len(term), y.ndim > len(other))
        term, other, wanted = lead * more[0] + term, lead * more[1] + other, lead * any(more) + wanted
        return _ordered(*_pair((x, term), (y, other), set(wanted)), wanted)

    def value(a, b):
        return np.einsum(text, a, b, optimize=optimize)

    def apply(la, lb, a, b):
        return through(a, s, b, t, output)

    def first(lg, lb, g, b):
        return through(g, output, b, t, s)

    def second(lg, la, g, a):
        return through(g, output, a, s, t)

    return cast_back(a, b, apply, first, second, value)


def _subscripts(operands):
    """Both call forms of einsum as (text with ellipses, arrays)."""
    if isinstance(operands[0], str):
        return operands[0].replace(" ", ""), operands[1:]

    def word(sub):
        return "".join("..." if i is Ellipsis else _LETTERS[i] for i in sub)

    n = len(operands) // 2
    text = ",".join(word(s) for s in operands[1:2 * n:2])
    return (text + "->" + word(operands[-1]) if len(operands) % 2 else text), operands[:2 * n:2]


@lru_cache(maxsize=512)
def _labels(text, ndims):
    """Axis labels of each operand and of the output; an ellipsis becomes private labels."""
    source, arrow, target = text.partition("->")
    words = source.split(",")
    extra = [nd - len(w.replace("...", "")) if "..." in w else 0 for w, nd in zip(words, ndims, strict=True)]
    widest = "".join(chr(0x4E00 + i) for i in range(max(extra)))
    terms = [w.replace("...", widest[len(widest) - n:]) for w, n in zip(words, extra, strict=True)]
    if not arrow:
        named = source.replace("...", "").replace(",", "")
        return terms, widest + "".join(sorted(c for c in set(named) if named.count(c) == 1))
    return terms, target.replace("...", widest)


def _single(x, term, keep, size):
    """`x` without broadcast axes, repeated labels (diagonals) and labels outside `keep` (sums)."""
    full = [i for i, c in enumerate(term) if x.shape[i] != 1 or size[c] == 1]
    if len(full) < len(term):
        x, term = x.reshape(tuple(x.shape[i] for i in full)), "".join(term[i] for i in full)
    for c in [c for c in dict.fromkeys(term) if term.count(c) > 1]:
        while term.count(c) > 1:
            i, j = term.index(c), term.rindex(c)
            x = np.diagonal(x, 0, i, j)
            term = term[:i] + term[i + 1:j] + term[j + 1:] + c
    gone = tuple(i for i, c in enumerate(term) if c not in keep)
    return (np.sum(x, axis=gone) if gone else x), "".join(c for c in term if c in keep)


def _pair_cost(pool, ij, output, size):
    """Size of a pair's product, then its work: contract the pair that leaves least."""
    a, b = (set(pool[k][1]) for k in ij)
    keep = set(output).union(*(p[1] for k, p in enumerate(pool) if k not in ij))
    return prod(size[c] for c in (a | b) & keep) - prod(size[c] for c in a) - prod(size[c] for c in b), prod(
        size[c] for c in a | b)


def _pair(x, y, keep):
    """Product of two labelled arrays, summed over the labels that nobody else needs."""
    (a, s), (b, t) = x, y
    batch = [c for c in s if c in t and c in keep]
    con = [c for c in s if c in t and c not in keep]
    fa, fb = [c for c in s if c not in t], [c for c in t if c not in s]
    a, b = _ordered(a, s, batch + fa + con), _ordered(b, t, batch + con + fb)
    nb, label = len(batch), "".join(batch + fa + fb)
    front, fas, fbs = a.shape[:nb], a.shape[nb:nb + len(fa)], b.shape[b.ndim - len(fb):]
    if not con:
        return a.reshape(a.shape + (1,) * len(fb)) * b.reshape(front + (1,) * len(fa) + fbs), label
    k = prod(a.shape[nb + len(fa):])
    y = np.matmul(a.reshape((*front, prod(fas), k)), b.reshape((*front, k, prod(fbs))))
    return y.reshape(front + fas + fbs), label


def _ordered(x, term, wanted):
    """Transpose labelled `x` to the order of those `wanted` labels it has (the others: length 1)."""
    order = tuple(term.index(c) for c in wanted if c in term)
    if order != tuple(range(len(order))):
        x = np.transpose(x, order)
    if len(order) == len(wanted):
        return x
    shape = iter(x.shape)
    return x.reshape(tuple(next(shape) if c in term else 1 for c in wanted))
