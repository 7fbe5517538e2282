"""scipy.special's functions in mpmath, with the windows in which test points are drawn.

Decision: an entry is the value alone; derivatives are taken of it by `mp.diff` at 50 digits, so that no formula of the
library can enter. One entry for each function that has derivatives: a test asks that none is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import mpmath
from mpmath import mp, mpf

DIGITS = 50


@dataclass(frozen=True)
class Known:
    """`f(*x)` on mpf numbers (several results: a list of functions); `windows`: one (lo, hi) for each operand; `points`: more."""

    f: object
    windows: tuple
    points: tuple = ()
    whole: tuple = ()   # operands that take whole numbers in tests


KNOWN: dict[str, Known] = {}


def known(names, f, *windows, points=(), whole=()):
    for name in names.split():
        KNOWN[name] = Known(f, windows, points, whole)


half = mpf(1) / 2


def ndtr(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def solve(f, guess):
    """x with f(x) = 0, from SciPy's own answer."""
    return mp.findroot(f, guess, tol=mpf(10) ** -90, solver="secant", verify=False)


# --- errors ---
known("erf", mp.erf, (-4, 4), points=(0.0, 20.0))
known("erfc", mp.erfc, (-3, 20))
known("erfcx", lambda x: mp.exp(x * x) * mp.erfc(x), (-3, 15), points=(2.0, 1e3))
known("erfi", mp.erfi, (-5, 5), points=(0.0,))
known("dawsn", lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x), (-12, 12), points=(0.0, 8.0, 1e2))
known("erfinv", mp.erfinv, (-0.99, 0.99), points=(0.0,))
known("erfcinv", lambda x: mp.erfinv(1 - x), (0.01, 1.9), points=(1e-8,))
known("ndtr", ndtr, (-8, 5), points=(0.0,))
known("log_ndtr", lambda x: mp.log(ndtr(x)), (-20, 6), points=(-1e3, -1e2, -2.9, -2.8))
known("ndtri", lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1), (0.001, 0.999), points=(1e-8,))
known("ndtri_exp", lambda y: mp.sqrt(2) * mp.erfinv(2 * mp.exp(y) - 1), (-6, -0.01))


def faddeeva(x, s, g):
    z = (x + 1j * g) / (s * mp.sqrt(2))
    return (mp.exp(-z * z) * mp.erfc(-1j * z)).real / (s * mp.sqrt(2 * mp.pi))


known("voigt_profile", faddeeva, (-4, 4), (0.5, 2), (0.1, 2), points=((30.0, 1.0, 0.5), (1e4, 1.0, 0.5), (12.0, 1.0, 0.01)))
known("expit", lambda x: 1 / (1 + mp.exp(-x)), (-40, 40), points=(0.0,))
known("log_expit", lambda x: -mp.log1p(mp.exp(-x)), (-40, 40), points=(0.0,))
known("logit", lambda x: mp.log(x / (1 - x)), (0.001, 0.999), points=(1e-10,))
known("exp2", lambda x: mpf(2) ** x, (-50, 50))
known("exp10", lambda x: mpf(10) ** x, (-50, 50))
known("expm1", mp.expm1, (-5, 5), points=(0.0,))
known("log1p", mp.log1p, (-0.9, 5), points=(0.0,))
known("cbrt", lambda x: mp.sign(x) * mp.cbrt(abs(x)), (0.1, 9), points=(-2.0,))
known("cosm1", lambda x: mp.cos(x) - 1, (-3, 3), points=(0.0, 1e-8))
known("sindg", lambda x: mp.sin(x * mp.pi / 180), (-400, 400))
known("cosdg", lambda x: mp.cos(x * mp.pi / 180), (-400, 400))
known("tandg", lambda x: mp.tan(x * mp.pi / 180), (-80, 80))
known("cotdg", lambda x: mp.cot(x * mp.pi / 180), (10, 170))
known("radian", lambda d, m, s: (d + m / 60 + s / 3600) * mp.pi / 180, (0, 90), (0, 60), (0, 60))
known("wrightomega", lambda x: mp.lambertw(mp.exp(x)).real, (-10, 10), points=(0.0, 1e3))

# --- gamma ---
known("gamma", mp.gamma, (0.1, 30), points=(-0.5, -2.3, 1.4616321449683623))
known("gammaln loggamma", lambda x: mp.loggamma(x).real, (0.1, 50), points=(1e-5, 1e6))
known("rgamma", mp.rgamma, (-5, 20), points=(0.0, -1.0, -2.0))
known("psi digamma", mp.digamma, (0.1, 30), points=(1e-5, 1e6, -0.5))
known("zetac", lambda x: mp.zeta(x) - 1, (1.5, 20), points=(-0.5, -2.5, -6.5, 0.5))
known("zeta", mp.zeta, (1.2, 10), (0.5, 10))
known("polygamma", lambda n, x: mp.psi(int(n), x), (0, 4), (0.2, 20), whole=(0,))
known("multigammaln", lambda a, d: mp.log(mp.pi) * d * (d - 1) / 4 + sum(mp.loggamma(a - mpf(j) / 2) for j in range(int(d))),
      (2, 20), (3, 3), whole=(1,))
known("beta", mp.beta, (0.1, 20), (0.1, 20), points=((1e4, 2.0),))
known("betaln", lambda a, b: mp.log(mp.beta(a, b)), (0.1, 20), (0.1, 20), points=((1e4, 2.0), (2.0, 1e-5)))
known("poch", lambda z, m: mp.gamma(z + m) / mp.gamma(z), (0.1, 10), (0.1, 5), points=((1e3, 1e-3),))
known("binom", mp.binomial, (5, 20), (0.2, 4.5), points=((100.0, 50.0),))
known("comb", mp.binomial, (5, 20), (0.2, 4.5))
known("perm", lambda n, k: mp.gamma(n + 1) / mp.gamma(n - k + 1), (5, 20), (0.2, 4.5))
known("factorial", mp.factorial, (0, 20))

# --- information ---
known("xlogy", lambda a, b: a * mp.log(b), (-3, 3), (0.1, 5))
known("xlog1py", lambda a, b: a * mp.log1p(b), (-3, 3), (-0.9, 5))
known("entr", lambda x: -x * mp.log(x), (0.01, 5))
known("rel_entr", lambda a, b: a * mp.log(a / b), (0.1, 5), (0.1, 5))
known("kl_div", lambda a, b: a * mp.log(a / b) - a + b, (0.1, 5), (0.1, 5), points=((3.0, 3.0000001),))
known("huber", lambda d, r: r * r / 2 if abs(r) <= d else d * (abs(r) - d / 2), (0.5, 2), (-5, 5))
known("pseudo_huber", lambda d, r: d * d * (mp.sqrt(1 + (r / d) ** 2) - 1), (0.5, 2), (-5, 5), points=((1.0, 1e-6), (1.0, 1e6)))
known("exprel", lambda x: mp.expm1(x) / x, (-5, 5), points=(1e-8, 1.5, -30.0, 30.0))


def boxcox(log):
    return lambda x, p: mp.expm1(p * log(x)) / p


known("boxcox", boxcox(mp.log), (0.1, 10), (-2, 2), points=((2.0, 1e-9),))
known("boxcox1p", boxcox(mp.log1p), (-0.5, 10), (-2, 2), points=((2.0, 1e-9),))
known("inv_boxcox", lambda y, p: mp.exp(mp.log1p(p * y) / p), (0.1, 3), (0.05, 2), points=((2.0, 1e-9),))
known("inv_boxcox1p", lambda y, p: mp.expm1(mp.log1p(p * y) / p), (0.1, 3), (0.05, 2), points=((2.0, 1e-9),))
known("powm1", lambda x, p: x ** p - 1, (0.1, 5), (-3, 3))


def tukey(x, c):
    return solve(lambda p: (p ** c - (1 - p) ** c) / c - x, mpf("0.5") + x / 10)


known("tklmbda", tukey, (-0.8, 0.8), (0.2, 1.0))

# --- Bessel ---
X = (0.1, 30)
for _name, _f in (("j", mp.besselj), ("y", mp.bessely), ("i", mp.besseli), ("k", mp.besselk)):
    for _v in (0, 1):
        known(f"{_name}{_v}", lambda x, f=_f, v=_v: f(v, x), X)
for _v in (0, 1):
    known(f"i{_v}e", lambda x, v=_v: mp.besseli(v, x) * mp.exp(-abs(x)), X, points=(35.0, 1e3, -2.0))
    known(f"k{_v}e", lambda x, v=_v: mp.besselk(v, x) * mp.exp(x), X, points=(35.0, 1e3))
known("jv jn jve", mp.besselj, (0, 5), X)
known("yv yve", mp.bessely, (0, 5), X)
known("yn", lambda n, x: mp.bessely(n, x), (0, 5), X, whole=(0,))
known("kn", lambda n, x: mp.besselk(n, x), (0, 5), X, whole=(0,))
known("iv", mp.besseli, (0, 5), X)
known("ive", lambda v, x: mp.besseli(v, x) * mp.exp(-x), (0, 5), X, points=((0.5, 1e3),))
known("kv", mp.besselk, (0, 5), X, points=((0.0, 1.0), (-1.5, 2.0), (10.0, 1e-3)))
known("kve", lambda v, x: mp.besselk(v, x) * mp.exp(x), (0, 5), X, points=((0.5, 1e3),))
known("struve", mp.struveh, (0, 3), (0.1, 15), points=((1.5, 100.0), (0.3, 1e3)))
known("modstruve", mp.struvel, (0, 3), (0.1, 15))
known("itstruve0", lambda x: mp.quad(lambda t: mp.struveh(0, t), [0, x]), (0.1, 8))
known("itmodstruve0", lambda x: mp.quad(lambda t: mp.struvel(0, t), [0, x]), (0.1, 8))
known("it2struve0", lambda x: -mp.quad(lambda t: mp.struveh(0, t) / t, [1, x]), (0.5, 8))
for _name, _f in (("ber", mp.ber), ("bei", mp.bei), ("ker", mp.ker), ("kei", mp.kei)):
    known(_name, lambda x, f=_f: f(0, x), (0.5, 12))
    known(_name + "p", lambda x, f=_f: mp.diff(lambda t: f(0, t), x), (0.5, 12))


def spherical(f, s):
    return lambda n, x: mp.sqrt(s / x) * f(n + half, x)


known("spherical_jn", spherical(mp.besselj, mp.pi / 2), (0, 4), (0.3, 15), whole=(0,))
known("spherical_yn", spherical(mp.bessely, mp.pi / 2), (0, 4), (0.3, 15), whole=(0,))
known("spherical_in", spherical(mp.besseli, mp.pi / 2), (0, 4), (0.3, 15), whole=(0,))
known("spherical_kn", spherical(mp.besselk, mp.pi / 2), (0, 4), (0.3, 15), whole=(0,))
for _name, _f in (("jvp", mp.besselj), ("yvp", mp.bessely), ("ivp", mp.besseli), ("kvp", mp.besselk)):
    known(_name, lambda v, x, f=_f: mp.diff(lambda t: f(v, t), x), (0, 4), (0.3, 15))


def integral(f, start=0):
    return lambda x: mp.quad(f, [start, x])


known("itj0y0", [integral(mp.j0), integral(lambda t: mp.bessely(0, t), 1)], (0.5, 8))
known("iti0k0", [integral(lambda t: mp.besseli(0, t)), integral(lambda t: mp.besselk(0, t), 1)], (0.5, 8))
known("it2j0y0", [integral(lambda t: (1 - mp.j0(t)) / t, half), lambda x: -integral(lambda t: mp.bessely(0, t) / t, 1)(x)], (0.2, 8))
known("it2i0k0", [integral(lambda t: (mp.besseli(0, t) - 1) / t, half), lambda x: -integral(lambda t: mp.besselk(0, t) / t, 1)(x)], (0.2, 8))
AIRY = [mp.airyai, lambda x: mp.airyai(x, derivative=1), mp.airybi, lambda x: mp.airybi(x, derivative=1)]
known("airy", AIRY, (-8, 5))
SCALES = [1, 1, -1, -1]
known("airye", [lambda x, f=f, s=s: f(x) * mp.exp(s * 2 * x * mp.sqrt(x) / 3) for f, s in zip(AIRY, SCALES, strict=True)], (0.2, 8))
known("itairy", [integral(mp.airyai), integral(mp.airybi), integral(lambda t: mp.airyai(-t)), integral(lambda t: mp.airybi(-t))], (0.2, 2))

# --- elliptic ---
known("ellipk", mp.ellipk, (-3, 0.99), points=(0.0, 1e-9, 0.3, -1e6, 1 - 2.0 ** -30))
known("ellipkm1", lambda p: mp.ellipk(1 - p), (0.01, 3), points=(1e-8, 1.0))
known("ellipe", mp.ellipe, (-3, 0.99), points=(0.0, 1e-9, -1e6, 1 - 2.0 ** -30))
known("ellipkinc", mp.ellipf, (-1.4, 1.4), (-2, 0.95), points=((5.0, 0.4), (1.0, 0.0), (-7.0, -1.0)))
known("ellipeinc", lambda phi, m: mp.ellipe(phi, m), (-1.4, 1.4), (-2, 0.95), points=((5.0, 0.4), (1.0, 0.0)))


def amplitude(u, m):
    return mp.atan2(mp.ellipfun("sn", u, m=m), mp.ellipfun("cn", u, m=m))


known("ellipj", [lambda u, m, k=k: mp.ellipfun(k, u, m=m).real for k in ("sn", "cn", "dn")] + [amplitude], (0.1, 1.2), (0.1, 0.9))
known("elliprc", mp.elliprc, (0.1, 3), (0.1, 3), points=((1.0, 1.0),))
known("elliprf", mp.elliprf, (0.1, 3), (0.1, 3), (0.1, 3), points=((1.0, 1.0, 2.0),))
known("elliprg", mp.elliprg, (0.1, 3), (0.1, 3), (0.1, 3), points=((1.0, 1.0, 2.0),))
known("elliprd", mp.elliprd, (0.1, 3), (0.1, 3), (0.1, 3), points=((1.0, 1.0, 1.0),))
known("elliprj", mp.elliprj, (0.1, 3), (0.1, 3), (0.1, 3), (0.1, 3))
known("agm", mp.agm, (0.1, 5), (0.1, 5), points=((1.0, 1.0), (1e-5, 1.0)))

# --- hypergeometric, integrals ---
known("hyp0f1", mp.hyp0f1, (0.5, 5), (-10, 10), points=((1.5, 0.0),))
known("hyp1f1", mp.hyp1f1, (0.5, 3), (0.5, 5), (-5, 5))
known("hyperu", mp.hyperu, (0.5, 3), (0.5, 3), (0.3, 8))
known("hyp2f1", mp.hyp2f1, (0.5, 2), (0.5, 2), (2, 5), (-0.9, 0.9))


def wright(a, b, x):
    return mp.nsum(lambda k: x ** k / mp.factorial(k) * mp.rgamma(a * k + b), [0, mp.inf])


known("wright_bessel", wright, (0.3, 2), (0.5, 3), (0.1, 3))
known("log_wright_bessel", lambda a, b, x: mp.log(wright(a, b, x)), (0.3, 2), (0.5, 3), (0.1, 3))
known("exp1", mp.e1, (0.1, 30))
known("expi", mp.ei, (0.1, 30), points=(-1.0,))
known("expn", lambda n, x: mp.expint(n, x), (0, 5), (0.1, 10), whole=(0,))
known("spence", lambda x: mp.polylog(2, 1 - x).real, (0.05, 5), points=(1.0000001,))
known("lambertw", lambda x: mp.lambertw(x).real, (-0.3, 10), points=(1e-8,))
known("sici", [mp.si, mp.ci], (0.1, 20))
known("shichi", [mp.shi, mp.chi], (0.1, 8))
known("fresnel", [mp.fresnels, mp.fresnelc], (-3, 3))
known("pbdv", [lambda v, x: mp.pcfd(v, x), lambda v, x: mp.diff(lambda t: mp.pcfd(v, t), x)], (0, 3), (-3, 3))
known("pbvv", [lambda v, x: mp.pcfv(-v - half, x), lambda v, x: mp.diff(lambda t: mp.pcfv(-v - half, t), x)], (0, 3), (0.2, 3))
known("pbwa", [lambda a, x: mp.pcfw(a, x).real, lambda a, x: mp.diff(lambda t: mp.pcfw(a, t).real, x)], (-2, 2), (0.2, 3))

# --- polynomials ---
N = (0, 5)
known("eval_legendre", lambda n, x: mp.legendre(n, x), N, (-1, 1), whole=(0,), points=((3, 1.0), (1, -1.0), (0, 0.5)))
known("eval_chebyt", lambda n, x: mp.chebyt(n, x), N, (-1, 1), whole=(0,))
known("eval_chebyu", lambda n, x: mp.chebyu(n, x), N, (-1, 1), whole=(0,))
known("eval_chebyc", lambda n, x: 2 * mp.chebyt(n, x / 2), N, (-2, 2), whole=(0,))
known("eval_chebys", lambda n, x: mp.chebyu(n, x / 2), N, (-2, 2), whole=(0,))
known("eval_sh_legendre", lambda n, x: mp.legendre(n, 2 * x - 1), N, (0, 1), whole=(0,))
known("eval_sh_chebyt", lambda n, x: mp.chebyt(n, 2 * x - 1), N, (0, 1), whole=(0,))
known("eval_sh_chebyu", lambda n, x: mp.chebyu(n, 2 * x - 1), N, (0, 1), whole=(0,))
known("eval_hermite", lambda n, x: mp.hermite(n, x), N, (-3, 3), whole=(0,))
known("eval_hermitenorm", lambda n, x: mp.hermite(n, x / mp.sqrt(2)) / mpf(2) ** (mpf(n) / 2), N, (-3, 3), whole=(0,))
known("eval_laguerre", lambda n, x: mp.laguerre(n, 0, x), N, (0, 5), whole=(0,))
known("eval_genlaguerre", lambda n, a, x: mp.laguerre(n, a, x), N, (0, 3), (0, 5), whole=(0,))
known("assoc_laguerre", lambda x, n, a: mp.laguerre(n, a, x), (0, 5), N, (0, 3), whole=(1,))
known("eval_gegenbauer", lambda n, a, x: mp.gegenbauer(n, a, x), N, (0.5, 3), (-1, 1), whole=(0,))
known("eval_jacobi", lambda n, a, b, x: mp.jacobi(n, a, b, x), N, (0, 3), (0, 3), (-1, 1), whole=(0,))
known("eval_sh_jacobi", lambda n, p, q, x: mp.jacobi(n, p - q, q - 1, 2 * x - 1) / mp.binomial(2 * n + p - 1, n),
      N, (2, 4), (0.5, 2), (0, 1), whole=(0,))
known("lpmv", lambda m, v, x: (mp.legenp(v, m, x)).real, (0, 2), (2, 5), (-0.9, 0.9), whole=(0, 1))

# --- distributions ---


def lower(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def upper(a, x):
    return mp.gammainc(a, x, mp.inf, regularized=True)


def ibeta(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


SHAPE, UNIT = (0.3, 8), (0.05, 0.95)
known("gammainc", lower, SHAPE, (0.2, 12), points=((0.01, 0.5), (50.0, 30.0), (50.0, 80.0)))
known("gammaincc", upper, SHAPE, (0.2, 12), points=((0.01, 0.5), (50.0, 80.0)))
known("gammaincinv", lambda a, p: solve(lambda x: lower(a, x) - p, sp_guess("gammaincinv", a, p)), SHAPE, UNIT)
known("gammainccinv", lambda a, p: solve(lambda x: upper(a, x) - p, sp_guess("gammainccinv", a, p)), SHAPE, UNIT)
known("chdtr", lambda v, x: lower(v / 2, x / 2), SHAPE, (0.2, 12))
known("chdtrc", lambda v, x: upper(v / 2, x / 2), SHAPE, (0.2, 12))
known("chdtri", lambda v, p: solve(lambda x: upper(v / 2, x / 2) - p, sp_guess("chdtri", v, p)), SHAPE, UNIT)
known("chdtriv", lambda p, x: solve(lambda v: lower(v / 2, x / 2) - p, sp_guess("chdtriv", p, x)), (0.2, 0.8), (1, 8))
known("gdtr", lambda a, b, x: lower(b, a * x), (0.5, 2), SHAPE, (0.2, 5))
known("gdtrc", lambda a, b, x: upper(b, a * x), (0.5, 2), SHAPE, (0.2, 5))
known("gdtria", lambda p, b, x: solve(lambda a: lower(b, a * x) - p, sp_guess("gdtria", p, b, x)), (0.2, 0.8), (1, 4), (1, 4))
known("gdtrib", lambda a, p, x: solve(lambda b: lower(b, a * x) - p, sp_guess("gdtrib", a, p, x)), (0.5, 2), (0.2, 0.8), (1, 4))
known("gdtrix", lambda a, b, p: solve(lambda x: lower(b, a * x) - p, sp_guess("gdtrix", a, b, p)), (0.5, 2), (1, 4), (0.2, 0.8))
known("pdtr", lambda k, m: upper(mp.floor(k) + 1, m), (0, 8), (0.5, 8), whole=(0,))
known("pdtrc", lambda k, m: lower(mp.floor(k) + 1, m), (0, 8), (0.5, 8), whole=(0,))
known("pdtri", lambda k, y: solve(lambda m: upper(k + 1, m) - y, sp_guess("pdtri", k, y)), (0, 8), (0.2, 0.8), whole=(0,))
known("pdtrik", lambda p, m: solve(lambda k: upper(k + 1, m) - p, sp_guess("pdtrik", p, m)), (0.4, 0.9), (2, 8))
known("betainc", ibeta, SHAPE, SHAPE, UNIT, points=((0.2, 0.3, 0.999), (40.0, 60.0, 0.4)))
known("betaincc", lambda a, b, x: 1 - ibeta(a, b, x), SHAPE, SHAPE, UNIT)
known("betaincinv", lambda a, b, p: solve(lambda x: ibeta(a, b, x) - p, sp_guess("betaincinv", a, b, p)), (0.5, 4), (0.5, 4), (0.2, 0.8))
known("betainccinv", lambda a, b, p: solve(lambda x: 1 - ibeta(a, b, x) - p, sp_guess("betainccinv", a, b, p)), (0.5, 4), (0.5, 4), (0.2, 0.8))
known("btdtria", lambda p, b, x: solve(lambda a: ibeta(a, b, x) - p, sp_guess("btdtria", p, b, x)), (0.2, 0.8), (1, 4), (0.2, 0.8))
known("btdtrib", lambda a, p, x: solve(lambda b: ibeta(a, b, x) - p, sp_guess("btdtrib", a, p, x)), (1, 4), (0.2, 0.8), (0.2, 0.8))


def fdtr(m, n, x):
    return ibeta(m / 2, n / 2, m * x / (n + m * x))


known("fdtr", fdtr, (1, 8), (1, 8), (0.2, 4))
known("fdtrc", lambda m, n, x: 1 - fdtr(m, n, x), (1, 8), (1, 8), (0.2, 4))
known("fdtri", lambda m, n, p: solve(lambda x: fdtr(m, n, x) - p, sp_guess("fdtri", m, n, p)), (1, 8), (1, 8), (0.2, 0.8))
known("fdtridfd", lambda m, p, x: solve(lambda n: fdtr(m, n, x) - p, sp_guess("fdtridfd", m, p, x)), (2, 3), (0.5, 0.6), (1.1, 1.2))


def bdtr(k, n, p):
    return ibeta(n - k, k + 1, 1 - p)


def nbdtr(k, n, p):
    return ibeta(n, k + 1, p)


known("bdtr", bdtr, (1, 4), (6, 9), UNIT, whole=(0, 1))
known("bdtrc", lambda k, n, p: 1 - bdtr(k, n, p), (1, 4), (6, 9), UNIT, whole=(0, 1))
known("bdtri", lambda k, n, y: solve(lambda p: bdtr(k, n, p) - y, sp_guess("bdtri", k, n, y)), (1, 4), (6, 9), (0.2, 0.8), whole=(0, 1))
known("bdtrik", lambda y, n, p: solve(lambda k: bdtr(k, n, p) - y, sp_guess("bdtrik", y, n, p)), (0.4, 0.8), (6, 9), (0.3, 0.7))
known("bdtrin", lambda k, y, p: solve(lambda n: bdtr(k, n, p) - y, sp_guess("bdtrin", k, y, p)), (1, 4), (0.3, 0.7), (0.3, 0.7))
known("nbdtr", nbdtr, (1, 4), (2, 6), UNIT, whole=(0, 1))
known("nbdtrc", lambda k, n, p: 1 - nbdtr(k, n, p), (1, 4), (2, 6), UNIT, whole=(0, 1))
known("nbdtri", lambda k, n, y: solve(lambda p: nbdtr(k, n, p) - y, sp_guess("nbdtri", k, n, y)), (1, 4), (2, 6), (0.2, 0.8), whole=(0, 1))
known("nbdtrik", lambda y, n, p: solve(lambda k: nbdtr(k, n, p) - y, sp_guess("nbdtrik", y, n, p)), (0.5, 0.8), (2, 6), (0.3, 0.7))
known("nbdtrin", lambda k, y, p: solve(lambda n: nbdtr(k, n, p) - y, sp_guess("nbdtrin", k, y, p)), (1, 4), (0.3, 0.7), (0.3, 0.7))


def stdtr(v, t):
    return half + mp.sign(t) / 2 * ibeta(half, v / 2, t * t / (v + t * t))


known("stdtr", stdtr, (0.5, 20), (-5, 5))
known("stdtrit", lambda v, p: solve(lambda t: stdtr(v, t) - p, sp_guess("stdtrit", v, p)), (1, 20), (0.05, 0.4))
known("stdtridf", lambda p, t: solve(lambda v: stdtr(v, t) - p, sp_guess("stdtridf", p, t)), (0.74, 0.78), (0.8, 0.85))
known("nrdtrimn", lambda p, s, x: x - s * mp.sqrt(2) * mp.erfinv(2 * p - 1), (0.1, 0.9), (0.5, 2), (-3, 3))
known("nrdtrisd", lambda m, p, x: (x - m) / (mp.sqrt(2) * mp.erfinv(2 * p - 1)), (-1, 0), (0.6, 0.9), (0.5, 3))
known("owens_t", lambda h, a: mp.quad(lambda t: mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * mp.pi), (-3, 3), (-3, 3),
      points=((0.0, 1.0),))


def chndtr(x, k, m):
    return mp.nsum(lambda j: mp.exp(-m / 2) * (m / 2) ** j / mp.factorial(j) * lower(k / 2 + j, x / 2), [0, 40])


known("chndtr", chndtr, (1, 8), (1, 5), (0.5, 4))
known("chndtrix", lambda p, k, m: solve(lambda x: chndtr(x, k, m) - p, sp_guess("chndtrix", p, k, m)), (0.3, 0.7), (1, 5), (0.5, 4))
known("chndtrinc", lambda x, k, p: solve(lambda m: chndtr(x, k, m) - p, sp_guess("chndtrinc", x, k, p)), (6, 8), (1, 3), (0.3, 0.6))



def kolmogorov_sum(x):
    return 2 * sum((-1) ** (k - 1) * mp.exp(-2 * k * k * x * x) for k in range(1, 40))


def smirnov(n, x):
    n = int(n)
    return sum(mp.binomial(n, j) * (x + mpf(j) / n) ** (j - 1) * (1 - x - mpf(j) / n) ** (n - j)
               for j in range(int(mp.floor(n * (1 - x))) + 1)) * x


known("kolmogorov", kolmogorov_sum, (0.4, 2.5))
known("kolmogi", lambda p: solve(lambda x: kolmogorov_sum(x) - p, sp_guess("kolmogi", p)), (0.05, 0.95))
known("smirnov", smirnov, (3, 8), (0.1, 0.9), whole=(0,))
known("smirnovi", lambda n, p: solve(lambda x: smirnov(n, x) - p, sp_guess("smirnovi", n, p)), (3, 8), (0.1, 0.6), whole=(0,))


def sp_guess(name, *x):
    """SciPy's own inverse, where Newton's method starts."""
    import scipy.special

    return mpf(float(getattr(scipy.special, name)(*(float(v) for v in x))))


# --- others ---
known("softplus", lambda x: mp.log1p(mp.exp(x)), (-40, 40))
known("diric", lambda x, n: mp.sin(n * x / 2) / (n * mp.sin(x / 2)), (0.3, 6), (2, 6), whole=(1,))
known("sinc", mp.sincpi, (-5, 5))
__all__ = ["DIGITS", "KNOWN", "Known", "mpmath"]
