"""Incomplete gamma and beta functions, the distributions made of them, and their inverses: in the argument and in the parameters.

Decisions: parameter derivatives are averages of logarithms over the part of the distribution in question (`averages`), taken
over the tail that makes all their terms of one sign; they are covered to second order. An inverse has -F_i/F_x for its
partials.  May import: averages, gamma, tools, kinds, numpy, scipy.special.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sp

from ..kinds import composite, no_partial
from .averages import beta_moments, gamma_moments
from .errors import density
from .gamma import gap, psi, trigamma
from .tools import Primitive, elementwise, find, partials

__all__: list[str] = []

THIRD = no_partial("parameter derivatives of incomplete gamma and beta functions are covered to second order")
WHOLE = no_partial("it counts: only whole numbers mean something")


# --- incomplete gamma --------------------------------------------------------------------------

def _gamma_density(a, x):
    kernel = find("_igam_fac")
    return np.exp((a - 1.0) * np.log(x) - x - sp.gammaln(a)) if kernel is None else kernel(a, x) / x


gamma_density = Primitive(_gamma_density, 2)
partials(gamma_density, lambda y, a, x: y * (np.log(x) - psi(a)), lambda y, a, x: y * ((a - 1.0) / x - 1.0))

gamma_a, gamma_aa = Primitive(gamma_moments(1), 2, "dP/da"), Primitive(gamma_moments(2), 2, "d2P/da2")
partials(gamma_a, lambda y, a, x: gamma_aa(a, x), lambda y, a, x: gamma_density(a, x) * (np.log(x) - psi(a)))
partials(gamma_aa, THIRD, lambda y, a, x: gamma_density(a, x) * ((np.log(x) - psi(a)) ** 2 - trigamma(a)))


def forward(name, slopes, whole=()):
    """Declare a function by all its partials at once; it counts in the operands `whole`."""
    fn = find(name)
    if fn is not None:
        partials(fn, *(WHOLE if i in whole else lambda y, *xs, i=i: slopes(*xs)[i] for i in range(fn.nin)))


def inverse(name, place, slopes, whole=()):
    """Declare what solves F(x1, x2, ...) = p for operand `place`, p given in its place; `slopes(*xs)`: F's partials."""
    def partial(i):
        def formula(y, *xs):
            found = slopes(*xs[:place], y, *xs[place + 1:])
            return 1.0 / found[place] if i == place else -found[i] / found[place]

        return formula

    fn = find(name)
    if fn is not None:
        partials(fn, *(WHOLE if i in whole else partial(i) for i in range(fn.nin)))


def negative(slopes):
    return lambda *xs: tuple(f if f is None else -f for f in slopes(*xs))


def both(lower, upper, slopes, whole=()):
    """A distribution function and its complement."""
    forward(lower, slopes, whole)
    forward(upper, negative(slopes), whole)


def gammainc(a, x):
    return gamma_a(a, x), gamma_density(a, x)


def chdtr(v, x):
    return 0.5 * gamma_a(0.5 * v, 0.5 * x), 0.5 * gamma_density(0.5 * v, 0.5 * x)


def gdtr(a, b, x):
    p = gamma_density(b, a * x)
    return x * p, gamma_a(b, a * x), a * p


def pdtr(k, m):
    return None, -gamma_density(np.floor(k) + 1.0, m)


def pdtr_between(k, m):
    return -gamma_a(k + 1.0, m), -gamma_density(k + 1.0, m)


both("gammainc", "gammaincc", gammainc)
inverse("gammaincinv", 1, gammainc)
inverse("gammainccinv", 1, negative(gammainc))
both("chdtr", "chdtrc", chdtr)
inverse("chdtri", 1, negative(chdtr))
partials("chdtriv", lambda y, p, x: 1.0 / chdtr(y, x)[0], lambda y, p, x: -chdtr(y, x)[1] / chdtr(y, x)[0])
both("gdtr", "gdtrc", gdtr)
for _place, _name in enumerate(("gdtria", "gdtrib", "gdtrix")):
    inverse(_name, _place, gdtr)
both("pdtr", "pdtrc", pdtr, (0,))
inverse("pdtri", 1, pdtr, (0,))
inverse("pdtrik", 0, pdtr_between)


# --- incomplete beta: of x and 1 - x, so that neither loses its digits ---------------------------------

def _beta_density(a, b, x, c):
    kernel = find("_beta_pdf")
    if kernel is None:
        return np.exp(sp.xlogy(a - 1.0, x) + sp.xlogy(b - 1.0, c) - sp.betaln(a, b))
    swap = x > c
    return kernel(np.where(swap, c, x), np.where(swap, b, a), np.where(swap, a, b))


beta_density = Primitive(_beta_density, 4)
partials(beta_density, lambda y, a, b, x, c: y * left(a, b, x), lambda y, a, b, x, c: y * left(b, a, c),
         lambda y, a, b, x, c: y * (a - 1.0) / x, lambda y, a, b, x, c: y * (b - 1.0) / c)


def left(a, b, x):
    """log(x) - psi(a) + psi(a + b)."""
    return np.log(x) + gap(a, b)


beta_a, beta_b, beta_aa, beta_ab, beta_bb = (
    Primitive(beta_moments(i, j), 4, f"d{i + j}I/da{i}db{j}") for i, j in ((1, 0), (0, 1), (2, 0), (1, 1), (0, 2)))


def of_density(factor):
    """Partial in x of a parameter derivative: the density times `factor`."""
    return lambda y, a, b, x, c: beta_density(a, b, x, c) * factor(a, b, x, c)


partials(beta_a, lambda y, *z: beta_aa(*z), lambda y, *z: beta_ab(*z), of_density(lambda a, b, x, c: left(a, b, x)), None)
partials(beta_b, lambda y, *z: beta_ab(*z), lambda y, *z: beta_bb(*z), of_density(lambda a, b, x, c: left(b, a, c)), None)
partials(beta_aa, THIRD, THIRD, of_density(lambda a, b, x, c: left(a, b, x) ** 2 + gap(a, b, 2)), None)
partials(beta_ab, THIRD, THIRD, of_density(lambda a, b, x, c: left(a, b, x) * left(b, a, c) + trigamma(a + b)), None)
partials(beta_bb, THIRD, THIRD, of_density(lambda a, b, x, c: left(b, a, c) ** 2 + gap(b, a, 2)), None)


def betainc(a, b, x):
    z = a, b, x, 1.0 - x
    return beta_a(*z), beta_b(*z), beta_density(*z)


def fdtr(m, n, x):
    w = n + m * x
    z = 0.5 * m, 0.5 * n, m * x / w, n / w
    p = beta_density(*z) / (w * w)
    return 0.5 * beta_a(*z) + p * x * n, 0.5 * beta_b(*z) - p * m * x, p * m * n


both("betainc", "betaincc", betainc)
inverse("betaincinv", 2, betainc)
inverse("betainccinv", 2, negative(betainc))
inverse("btdtria", 0, betainc)
inverse("btdtrib", 1, betainc)
both("fdtr", "fdtrc", fdtr)
inverse("fdtri", 2, fdtr)
inverse("fdtridfd", 1, fdtr)


def bdtr(k, n, p):
    """I(n-k, k+1) at 1-p, whole k and n."""
    k = np.floor(k)
    return None, None, -beta_density(n - k, k + 1.0, 1.0 - p, p)


def bdtr_between(k, n, p):
    z = n - k, k + 1.0, 1.0 - p, p
    return beta_b(*z) - beta_a(*z), beta_a(*z), -beta_density(*z)


def nbdtr(k, n, p):
    """I(n, k+1) at p, whole k and n."""
    return None, None, beta_density(np.floor(n), np.floor(k) + 1.0, p, 1.0 - p)


def nbdtr_between(k, n, p):
    z = n, k + 1.0, p, 1.0 - p
    return beta_b(*z), beta_a(*z), beta_density(*z)


both("bdtr", "bdtrc", bdtr, (0, 1))
inverse("bdtri", 2, bdtr, (0, 1))
inverse("bdtrik", 0, bdtr_between)
inverse("bdtrin", 1, bdtr_between)
both("nbdtr", "nbdtrc", nbdtr, (0, 1))
inverse("nbdtri", 2, nbdtr, (0, 1))
inverse("nbdtrik", 0, nbdtr_between)
inverse("nbdtrin", 1, nbdtr_between)


# --- Student's t: 1/2 + sign(t)/2 I(1/2, v/2) at t*t/(v + t*t) ---------------------------------------------

def parts(v, t):
    w = v + t * t
    return 0.5, 0.5 * v, t * t / w, v / w


def _student_density(v, t):
    return np.exp(-0.5 * (v + 1.0) * np.log1p(t * t / v) - sp.betaln(0.5, 0.5 * v) - 0.5 * np.log(v))


def log_density_v(v, t):
    """Derivative of the density's logarithm in v."""
    q = t * t / v
    return 0.5 * (gap(0.5 * v, 0.5) - 1.0 / v - np.log1p(q) + (v + 1.0) / v * q / (1.0 + q))


student_density = Primitive(_student_density, 2)
partials(student_density, lambda y, v, t: y * log_density_v(v, t), lambda y, v, t: -y * (v + 1.0) * t / (v + t * t))


def _student_v(v, t):
    """First derivative in v; w = t*t/(v + t*t) moves with v as well."""
    z = parts(v, t)
    w = v + t * t
    moved = np.where(t == 0, 0.0, beta_density(*z) * t * t / (w * w))
    return 0.5 * np.sign(t) * (0.5 * beta_b(*z) - moved)


def _student_vv(v, t):
    a, b, x, c = z = parts(v, t)
    w = v + t * t
    p, x1, x2 = beta_density(*z), -t * t / (w * w), 2.0 * t * t / (w * w * w)
    bend = 0.25 * beta_bb(*z) + p * (left(b, a, c) * x1 + ((a - 1.0) / x - (b - 1.0) / c) * x1 * x1 + x2)
    return np.where(t == 0, 0.0, 0.5 * np.sign(t) * bend)


student_v, student_vv = Primitive(_student_v, 2), Primitive(_student_vv, 2)
partials(student_v, lambda y, v, t: student_vv(v, t), lambda y, v, t: student_density(v, t) * log_density_v(v, t))


def log_density_vv(v, t):
    q = t * t / v
    r = 1.0 + q
    return 0.5 * (0.5 * gap(0.5 * v, 0.5, 2) + 1.0 / (v * v) + q / (v * r) - q / (v * v * r) - (v + 1.0) / v * q / (v * r * r))


partials(student_vv, THIRD, lambda y, v, t: student_density(v, t) * (log_density_v(v, t) ** 2 + log_density_vv(v, t)))


def stdtr(v, t):
    return student_v(v, t), student_density(v, t)


forward("stdtr", stdtr)
inverse("stdtrit", 1, stdtr)
inverse("stdtridf", 0, stdtr)


# --- other distributions --------------------------------------------------------------------------------

@composite(sp.nrdtrimn)
def _nrdtrimn(p, std, x):
    return x - std * sp.ndtri(p)


@composite(sp.nrdtrisd)
def _nrdtrisd(mn, p, x):
    return (x - mn) / sp.ndtri(p)


def half_erf(x):
    return 0.5 * sp.erf(x / np.sqrt(2.0))


elementwise("owens_t", d1=(lambda y, h, a: -density(h) * half_erf(a * h),
                           lambda y, h, a: np.exp(-0.5 * h * h * (1.0 + a * a)) / (2.0 * np.pi * (1.0 + a * a))),
            d2={(0, 0): lambda y, h, a, d: -h * d[0] - a * density(h) * density(a * h),
                (0, 1): lambda y, h, a, d: -h * (1.0 + a * a) * d[1],
                (1, 1): lambda y, h, a, d: -a * d[1] * (h * h + 2.0 / (1.0 + a * a))},
            edges=((0.0, 0.0), (1.0, 0.0), (0.0, 2.0), (-1.0, 3.0), (5.0, -0.5)))


def chi_square_density(x, k, m):
    """Noncentral, k degrees of freedom."""
    order = 0.5 * k - 1.0
    lead = np.exp(-0.5 * (np.sqrt(x) - np.sqrt(m)) ** 2 + 0.5 * order * np.log(x / m))
    return 0.5 * lead * sp.ive(order, np.sqrt(m * x))


FREEDOM = no_partial("no formula is known for the degrees of freedom of a noncentral distribution")
partials("chndtr", lambda y, x, k, m: chi_square_density(x, k, m), FREEDOM, lambda y, x, k, m: -chi_square_density(x, k + 2.0, m))
partials("chndtrix", lambda y, p, k, m: 1.0 / chi_square_density(y, k, m), FREEDOM,
         lambda y, p, k, m: chi_square_density(y, k + 2.0, m) / chi_square_density(y, k, m))
partials("chndtrinc", lambda y, x, k, p: chi_square_density(x, k, y) / chi_square_density(x, k + 2.0, y), FREEDOM,
         lambda y, x, k, p: -1.0 / chi_square_density(x, k + 2.0, y))


def kolmogorov_slope(x):
    """Derivative of Kolmogorov's survival function, by the series that converges faster."""
    low = x < 1.0
    s, t = np.where(low, x, 1.0), np.where(low, 1.0, x)
    right = sum((-1.0) ** k * 8.0 * k * k * t * np.exp(-2.0 * k * k * t * t) for k in range(1, 7))
    left = 0.0
    for k in range(1, 12, 2):
        g = (k * np.pi) ** 2 / 8.0
        left = left + np.exp(-g / (s * s)) * (2.0 * g / (s * s) - 1.0)
    return np.where(low, -np.sqrt(2.0 * np.pi) / (s * s) * left, right)


partials("kolmogorov", lambda y, x: kolmogorov_slope(x))
partials("kolmogi", lambda y, p: 1.0 / kolmogorov_slope(y))
SECOND = no_partial("Smirnov's distribution is covered to first order")
smirnov_slope = Primitive(lambda n, x: find("_smirnovp")(n, x), 2, "Smirnov slope")
partials(smirnov_slope, WHOLE, SECOND)
if find("_smirnovp") is not None:
    partials("smirnov", WHOLE, lambda y, n, x: smirnov_slope(n, x))
    partials("smirnovi", WHOLE, lambda y, n, p: 1.0 / smirnov_slope(n, y))
