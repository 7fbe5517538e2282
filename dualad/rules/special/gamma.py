"""The gamma function and its family: beta, binomials, Pochhammer symbols, zeta.

Decisions: the differences psi(a + b) - psi(a) that the beta family needs are summed so that they keep their digits where
b is small beside a; derivatives of zeta in its exponent come from Euler and Maclaurin's sum, written in NumPy, where the
exponent carries derivatives.  May import: tools, kinds, elementwise, numpy, scipy.special.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sp

from ..elementwise import sin_pi
from ..kinds import POSITIVE, Domain, composite, no_partial
from .tools import Primitive, elementwise, find, is_plain, refuse_operand

__all__ = ["gap", "hurwitz", "psi", "trigamma"]

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330,
             854513 / 138, -236364091 / 2730)
hurwitz, psi = find("_zeta"), sp.psi
POLES = (0.5, 1.0, 2.0, 1e-300, 1e-8, 10.0, 100.0)
WHERE = Domain(0.0, 20.0)


def cos_pi(x):
    return sin_pi(0.5 - np.abs(x - 2.0 * np.rint(0.5 * x)))


def trigamma(x):
    """psi'(x); at negative x by reflection, where SciPy's zeta counts up from x one by one."""
    low = x < 0.0
    above = hurwitz(2.0, np.where(low, 1.0 - x, x))
    sine = sin_pi(np.where(low, x, 0.5)) / np.pi
    return np.where(low, 1.0 / (sine * sine) - above, above)


def tetragamma(x):
    """psi''(x)."""
    low = x < 0.0
    above = -2.0 * hurwitz(3.0, np.where(low, 1.0 - x, x))
    at = np.where(low, x, 0.5)
    sine = sin_pi(at) / np.pi
    return np.where(low, above - 2.0 * cos_pi(at) / (sine * sine * sine), above)


# --- one argument ----------------------------------------------------------------------------

elementwise("gamma", d1=lambda y, x: y * psi(x), d2=lambda y, x, d: d * psi(x) + y * trigamma(x), domain=WHERE,
            edges=(*POLES, -0.5, -2.5, 170.0))
for _name in ("gammaln", "loggamma"):
    elementwise(_name, d1=lambda y, x: psi(x), d2=lambda y, x, d: trigamma(x), domain=POSITIVE, edges=(*POLES, 1e10, 1e100))
elementwise("psi", d1=lambda y, x: trigamma(x), d2=lambda y, x, d: tetragamma(x), domain=POSITIVE,
            edges=(*POLES, 1e10, -0.5, -2.5))


def reciprocal_slope(y, x):
    """-psi(x) / gamma(x); below 1/2 by reflection, which has no poles."""
    low = x < 0.5
    z = np.where(low, 1.0 - x, 1.0)
    return np.where(low, sp.gamma(z) * (cos_pi(x) - psi(z) * sin_pi(x) / np.pi), -y * psi(np.where(low, 1.0, x)))


def reciprocal_bend(y, x, d):
    low = x < 0.5
    z, w = np.where(low, 1.0 - x, 1.0), np.where(low, 1.0, x)
    p = psi(z)
    left = sp.gamma(z) * (-2.0 * p * cos_pi(x) + ((p * p + trigamma(z)) / np.pi - np.pi) * sin_pi(x))
    return np.where(low, left, y * (psi(w) * psi(w) - trigamma(w)))


elementwise("rgamma", d1=reciprocal_slope, d2=reciprocal_bend, domain=Domain(-10.0, 20.0), edges=(0.0, -1.0, -2.0, 0.5, 1.0, 100.0))


# --- zeta --------------------------------------------------------------------------------------

def euler_maclaurin(s, q):
    """Hurwitz zeta for q > 0 in NumPy's functions: ten terms and twelve corrections."""
    n, total = 10, 0.0
    for k in range(n):
        total = total + (q + k) ** -s
    z = q + n
    power = z ** -s
    total = total + power * z / (s - 1.0) + 0.5 * power
    term = s / z * power
    for k, b in enumerate(BERNOULLI, 1):
        total = total + term * (b / float(sp.gamma(2 * k + 1)))
        term = term * (s + 2 * k - 1.0) * (s + 2 * k) / (z * z)
    return total


fixed = Primitive(hurwitz, 2, "zeta")
elementwise(fixed, d1=(no_partial("constant here"), lambda y, s, q: -s * hurwitz(s + 1.0, q)),
            d2={(1, 1): lambda y, s, q, d: s * (s + 1.0) * hurwitz(s + 2.0, q)}, domain=(Domain(1.5, 10.0), POSITIVE),
            edges=((2.0, 1.0), (3.0, 1e-3), (2.0, 1e3)))


@composite(hurwitz)
def _hurwitz(s, q):
    return fixed(s, q) if is_plain(s) else euler_maclaurin(s, q)


def riemann(s):
    """zeta(s): the sum; below -3/4 by reflection, where the sum would cancel."""
    low = s < -0.75
    t = np.where(low, 1.0 - s, 2.0)
    right = euler_maclaurin(np.where(low, 2.0, s), 1.0)
    left = 2.0 * (2.0 * np.pi) ** -t * np.sin(np.pi * 0.5 * (1.0 - t)) * sp.gamma(t) * euler_maclaurin(t, 1.0)
    return np.where(low, left, right)


@composite(find("_riemann_zeta"))
def _riemann(x):
    return riemann(x)


@composite(sp.zetac)
def _zetac(x):
    # the derivative of 2**-s alone is left of it far out: the constant 1 would take its digits, were it kept
    return riemann(x) - 1.0


@composite(sp.zeta)
def _zeta(x, q=None, out=None):
    return find("_riemann_zeta")(x) if q is None else hurwitz(x, q)


@composite(sp.polygamma)
def _polygamma(n, x):
    if not is_plain(n):
        refuse_operand("scipy.special.polygamma", "its order n", "it is a whole number")
    n = np.asarray(n)
    sign = np.where(n % 2 == 0, -1.0, 1.0)
    higher = sign * sp.gamma(n + 1.0) * hurwitz(np.maximum(n, 1) + 1.0, x)
    return higher if (n > 0).all() else psi(x) if (n == 0).all() else np.where(n == 0, psi(x), higher)


@composite(sp.multigammaln)
def _multigammaln(a, d):
    if not is_plain(d):
        refuse_operand("scipy.special.multigammaln", "d", "it is a whole number")
    total = d * (d - 1) * 0.25 * np.log(np.pi)
    for j in range(int(d)):
        total = total + sp.gammaln(a - 0.5 * j)
    return total


# --- differences of psi and its derivative ---------------------------------------------------

STEPS = 10


def gap(a, b, order=1):
    """psi(a + b) - psi(a), order 2: psi'(a + b) - psi'(a); for positive a and a + b every term has the factor b."""
    good = (a > 0.0) & (a + b > 0.0)
    p = np.where(good, a, 1.0)
    q = np.where(good, b, 1.0)
    total = 0.0
    for k in range(STEPS):
        u, v = 1.0 / (p + k), 1.0 / (p + q + k)
        difference = q * u * v  # u - v
        total = total + (difference if order == 1 else -difference * (u + v))
    u, v = 1.0 / (p + STEPS), 1.0 / (p + q + STEPS)
    difference = q * u * v
    # u**n - v**n over u - v is a sum of products
    uu, vv, even, v_power = u * u, v * v, u + v, v * v
    if order == 1:
        total = total + np.log1p(q * u) + 0.5 * difference
        for k, c in enumerate(BERNOULLI[:8], 1):
            total = total + difference * (c / (2 * k)) * even
            even, v_power = uu * even + v_power * (u + v), v_power * vv
    else:
        total = total - difference * (1.0 + 0.5 * (u + v))
        odd, v_even = uu + u * v + vv, v * v
        for c in BERNOULLI[:8]:
            total = total - difference * c * odd
            odd, v_even = uu * odd + v_even * v * (u + v), v_even * vv
    straight = psi(a + b) - psi(a) if order == 1 else trigamma(a + b) - trigamma(a)
    return np.where(good, total, straight)


PAIRS = ((1.0, 1.0), (0.5, 2.5), (1e-3, 1e3), (1e5, 2.0), (2.0, 1e-5), (30.0, 40.0))
elementwise("beta", d1=(lambda y, a, b: -y * gap(a, b), lambda y, a, b: -y * gap(b, a)),
            d2={(0, 0): lambda y, a, b, d: -d[0] * gap(a, b) - y * gap(a, b, 2),
                (0, 1): lambda y, a, b, d: y * (gap(a, b) * gap(b, a) - trigamma(a + b)),
                (1, 1): lambda y, a, b, d: -d[1] * gap(b, a) - y * gap(b, a, 2)}, domain=WHERE, edges=PAIRS)
elementwise("betaln", d1=(lambda y, a, b: -gap(a, b), lambda y, a, b: -gap(b, a)),
            d2={(0, 0): lambda y, a, b, d: -gap(a, b, 2), (0, 1): lambda y, a, b, d: -trigamma(a + b),
                (1, 1): lambda y, a, b, d: -gap(b, a, 2)}, domain=WHERE, edges=PAIRS)
elementwise("poch", d1=(lambda y, z, m: y * gap(z, m), lambda y, z, m: y * psi(z + m)),
            d2={(0, 0): lambda y, z, m, d: d[0] * gap(z, m) + y * gap(z, m, 2),
                (0, 1): lambda y, z, m, d: d[0] * psi(z + m) + y * trigamma(z + m),
                (1, 1): lambda y, z, m, d: d[1] * psi(z + m) + y * trigamma(z + m)},
            domain=(Domain(0.0, 10.0), Domain(0.0, 5.0)), edges=((1.0, 1.0), (0.5, 2.5), (20.0, 3.0), (2.0, 1e-3)))


def binom_n(y, n, k):
    """y (psi(n+1) - psi(n-k+1)); where whole n-k+1 <= 0 makes y zero, what is left."""
    a = n - k + 1.0
    pole = (a <= 0.0) & (a == np.rint(a))
    left = sp.gamma(n + 1.0) * sp.rgamma(k + 1.0) * reciprocal_slope(0.0, np.where(pole, a, 0.0))
    return np.where(pole, left, y * gap(np.where(pole, 1.0, a), k))


def binom_k(y, n, k):
    a = n - k + 1.0
    pole = (a <= 0.0) & (a == np.rint(a))
    left = sp.gamma(n + 1.0) * sp.rgamma(k + 1.0) * reciprocal_slope(0.0, np.where(pole, a, 0.0))
    return np.where(pole, -left, y * gap(k + 1.0, np.where(pole, 1.0, n - 2.0 * k)))


elementwise("binom", d1=(binom_n, binom_k),
            d2={(0, 0): lambda y, n, k, d: d[0] * gap(n - k + 1.0, k) + y * gap(n - k + 1.0, k, 2),
                (0, 1): lambda y, n, k, d: d[0] * gap(k + 1.0, n - 2.0 * k) + y * trigamma(n - k + 1.0),
                (1, 1): lambda y, n, k, d: d[1] * gap(k + 1.0, n - 2.0 * k) - y * (trigamma(n - k + 1.0) + trigamma(k + 1.0))},
            domain=(Domain(5.0, 20.0), Domain(0.0, 5.0)), edges=((5.0, 2.0), (10.5, 3.2), (4.0, 4.0), (100.0, 50.0)))


# --- functions of whole numbers that take others too ------------------------------------------

def exact_is_whole(name, exact, *xs):
    if exact:
        refuse_operand(f"scipy.special.{name}(exact=True)", "any operand", "it takes whole numbers only; use exact=False")
    return not is_plain(*xs)


@composite(sp.comb)
def _comb(N, k, *, exact=False, repetition=False):
    exact_is_whole("comb", exact, N, k)
    if repetition:
        return np.where((k == 0) & (N >= 0), 1.0, sp.binom(N + k - 1.0, k))
    return np.where((k <= N) & (N >= 0) & (k >= 0), sp.binom(N, k), 0.0)


@composite(sp.perm)
def _perm(N, k, exact=False):
    exact_is_whole("perm", exact, N, k)
    return np.where((k <= N) & (N >= 0) & (k >= 0), sp.poch(N - k + 1.0, k), 0.0)


@composite(sp.factorial)
def _factorial(n, exact=False, extend="zero"):
    exact_is_whole("factorial", exact, n)
    if extend != "zero":
        refuse_operand("scipy.special.factorial(extend='complex')", "n", "write gamma(n + 1)")
    return np.where(n < 0, 0.0, sp.gamma(np.where(n < 0, 1.0, n + 1.0)))
