"""Polynomials as rows of coefficients: values, products, quotients, roots and fits.

Decision: a root is given by its implicit differential, also where it is zero or a coefficient that leads is.
May import: numpy, .kinds, .linalg, .reduction, .structural, dualad.errors.
"""

import numpy as np

from ..errors import ComplexError, DegenerateError, NoRuleError
from .kinds import Solved, composite, implicit
from .reduction import as_array, zeros
from .structural import plain


def _coefficients(name, *ps):
    if any(isinstance(p, np.poly1d) for p in ps):
        raise NoRuleError(f"{name} of a numpy.poly1d has no derivative rule: pass its coefficients, p.coeffs")
    return [p if p.ndim else p.reshape((1,)) for p in map(as_array, ps)]


@composite(np.polyval)
def _polyval(p, x):
    (p,), (_,) = _coefficients("polyval", p), _coefficients("polyval", x)
    x = as_array(x)
    y = zeros(x, x.shape)
    for i in range(p.shape[0]):
        y = y * x + p[i]
    return y


@composite(np.polyadd)
def _polyadd(a1, a2):
    a1, a2 = _coefficients("polyadd", a1, a2)
    n = max(a1.shape[0], a2.shape[0])
    return _left_padded(a1, n) + _left_padded(a2, n)


@composite(np.polysub)
def _polysub(a1, a2):
    return np.polyadd(a1, -as_array(a2))


def _left_padded(p, n):
    return np.concatenate([zeros(p, (n - p.shape[0],)), p]) if p.shape[0] < n else p


def _degree(p):
    """How many coefficients numpy.poly1d stores: none that lead with zero."""
    (there,) = np.nonzero(plain(p) != 0)
    return p.shape[0] - there[0] if there.size else 1


@composite(np.polymul)
def _polymul(a1, a2):
    # the empty polynomial is zero
    a1, a2 = (p if p.shape[0] else zeros(p, (1,)) for p in _coefficients("polymul", a1, a2))
    n = _degree(a1) + _degree(a2) - 1
    # coefficients that lead with zero are cut from the result, but move the others
    product = np.convolve(a1, a2)
    return product[product.shape[0] - n:]


@composite(np.polydiv)
def _polydiv(u, v):
    u, v = _coefficients("polydiv", u, v)
    n = v.shape[0]
    r, quotient = u + 0.0 * v[0], []
    for _ in range(u.shape[0] - n + 1):
        q = r[0] / v[0]
        quotient.append(q)
        r = np.concatenate([r[1:n] - q * v[1:], r[n:]])
    left = np.polydiv(plain(u), plain(v))[1].shape[0]
    if left > r.shape[0]:  # nothing left: NumPy keeps one zero
        r = np.concatenate([zeros(r, (left - r.shape[0],)), r])
    return (np.stack(quotient) if quotient else zeros(r, (1,))), r[r.shape[0] - left:]


@composite(np.poly)
def _poly(seq_of_zeros):
    x = as_array(seq_of_zeros)
    x = np.linalg.eigvals(x) if x.ndim == 2 and x.shape[0] == x.shape[1] != 0 else x if x.ndim else x.reshape((1,))
    if x.ndim != 1:
        np.poly(np.ones(x.shape))  # NumPy's own error
    y = zeros(x, (1,)) + 1.0
    for k in range(x.shape[0]):
        y = np.concatenate([y, zeros(y, (1,))]) - np.concatenate([zeros(y, (1,)), y * x[k]])
    return y if x.shape[0] else 1.0


@implicit(np.roots)
def _roots(p):
    (p,) = _coefficients("roots", p)
    if p.ndim != 1:
        np.roots(np.ones(p.shape))  # NumPy's own error
    powers = np.arange(p.shape[0])[::-1]

    def value(p):
        y = np.roots(p)
        if np.iscomplexobj(y):
            raise ComplexError(f"numpy.roots of {plain(p)} has complex results, {plain(y)}, which cannot carry derivatives: use a "
                               "real form of what you need (coefficients, or the modulus and angle of a quadratic factor)")
        return y

    def slope(p, y):
        d = np.polyval(np.polyder(p), y)
        x = plain(y)
        size = np.sum(np.abs(plain(p)) * powers * np.abs(x[:, None]) ** np.maximum(powers - 1, 0), axis=-1)
        close = np.abs(plain(d)) <= 1e-7 * size
        if close.any():
            raise DegenerateError(f"the derivative of numpy.roots: the root {x[np.argmax(close)]:.17g} is a multiple one, which "
                                  "has no derivative. Use functions of the coefficients, or move the point")
        return d

    def jvp(xs, ys, ts):
        # p(r) = 0, so that sum(t_k r^k) + p'(r) dr = 0
        powered = ys[0][:, None] ** powers
        return (-np.matmul(ts[0], np.swapaxes(powered, 0, 1)) / slope(xs[0], ys[0]),)

    def vjp(xs, ys, gs):
        return (-np.matmul(gs[0] / slope(xs[0], ys[0]), ys[0][:, None] ** powers),)

    return Solved((p,), value, jvp, vjp)


@composite(np.polyfit)
def _polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    x, y = as_array(x), as_array(y)
    if np.ndim(deg) or deg < 0 or x.ndim != 1 or not x.shape[0] or not 1 <= y.ndim <= 2 or x.shape[0] != y.shape[0] or (
            w is not None and np.shape(w) != x.shape):
        np.polyfit(np.ones(x.shape), np.ones(y.shape), deg, rcond, full, None if w is None else np.ones(np.shape(w)), cov)
    order, x = int(deg) + 1, x if x.dtype.kind == "f" else x + 0.0
    rcond = x.shape[0] * np.finfo(x.dtype).eps if rcond is None else rcond
    left, right = np.vander(x, order), y
    if w is not None:
        w = as_array(w)
        left, right = left * w[:, None], right * (w[:, None] if y.ndim == 2 else w)
    # columns of length one improve the condition, and decide with rcond about the rank
    scale = np.sqrt(np.sum(left * left, axis=0))
    left = left / scale
    c, residuals, rank, s = np.linalg.lstsq(left, right, rcond)
    c = c / (scale[:, None] if y.ndim == 2 else scale)
    if full:
        return c, residuals, rank, s, rcond
    if not cov:
        return c
    spread = np.linalg.inv(np.dot(left.T, left)) / np.outer(scale, scale)
    factor = 1.0 if isinstance(cov, str) and cov == "unscaled" else residuals / (x.shape[0] - order)
    return c, spread * factor if y.ndim == 1 else spread[:, :, None] * factor


@composite(np.polyder)
def _polyder(p, m=1):
    (p,) = _coefficients("polyder", p)
    for _ in range(m):
        p = p[:-1] * np.arange(p.shape[0] - 1, 0, -1).astype(p.dtype)
    return p


@composite(np.polyint)
def _polyint(p, m=1, k=None):
    (p,), m = _coefficients("polyint", p), int(m)
    (k,) = _coefficients("polyint", np.zeros(m) if k is None else k)
    for i in range(m):
        c = k[0:1] if k.shape[0] == 1 else k[i:i + 1]
        p = np.concatenate([p / np.arange(p.shape[0], 0, -1).astype(p.dtype), c])
    return p


@composite(np.vander)
def _vander(x, N=None, increasing=False):
    x = as_array(x)
    n = x.shape[0] if N is None else N
    powers = np.arange(n) if increasing else np.arange(n)[::-1]
    return x[:, None] ** powers
