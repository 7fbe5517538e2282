"""Elliptic integrals and functions.

Decision: derivatives in the parameter are Carlson's R_D, which does not cancel at m = 0 as (E - (1-m) K)/m does; R_D and
R_J themselves are differentiated through their duplication algorithm.  May import: tools, kinds, numpy, scipy.special.
"""

from __future__ import annotations

import numpy as np
import scipy.special as sp

from ..kinds import composite
from .tools import Primitive, find, partials

__all__: list[str] = []

STEPS = 20


# --- Carlson's symmetric integrals ---------------------------------------------------------------

def series(x, y, z, p, mean):
    """The sum that is left when the arguments have come together; R_D is the case p = z."""
    x, y, z = (mean - x) / mean, (mean - y) / mean, (mean - z) / mean
    p = -0.5 * (x + y + z) if p is None else p
    xyz = x * y * z
    e2 = x * y + x * z + y * z - 3.0 * p * p
    e3 = xyz + 2.0 * e2 * p + 4.0 * p * p * p
    e4 = (2.0 * xyz + e2 * p + 3.0 * p * p * p) * p
    e5 = xyz * p * p
    return (1.0 - 3.0 / 14.0 * e2 + e3 / 6.0 + 9.0 / 88.0 * e2 * e2 - 3.0 / 22.0 * e4 - 9.0 / 52.0 * e2 * e3 + 3.0 / 26.0 * e5
            ) / (mean * np.sqrt(mean))


@composite(sp.elliprd)
def _elliprd(x, y, z):
    total, factor = 0.0, 1.0
    for _ in range(STEPS):
        a, b, c = np.sqrt(x), np.sqrt(y), np.sqrt(z)
        step = a * b + a * c + b * c
        total = total + factor / (c * (z + step))
        factor = 0.25 * factor
        x, y, z = 0.25 * (x + step), 0.25 * (y + step), 0.25 * (z + step)
    return 3.0 * total + factor * series(x, y, z, None, 0.2 * (x + y + 3.0 * z))


@composite(sp.elliprj)
def _elliprj(x, y, z, p):
    total, factor = 0.0, 1.0
    delta = (p - x) * (p - y) * (p - z)
    for _ in range(STEPS):
        a, b, c, e = np.sqrt(x), np.sqrt(y), np.sqrt(z), np.sqrt(p)
        step = a * b + a * c + b * c
        d = (e + a) * (e + b) * (e + c)
        total = total + factor / d * sp.elliprc(1.0, 1.0 + factor ** 3 * delta / (d * d))
        factor = 0.25 * factor
        x, y, z, p = 0.25 * (x + step), 0.25 * (y + step), 0.25 * (z + step), 0.25 * (p + step)
    return 6.0 * total + factor * series(x, y, z, None, 0.2 * (x + y + z + 2.0 * p))


def slope_g(y, a, b, c):
    """Derivative of R_G(a, b, c) in a."""
    return 0.25 * (sp.elliprf(a, b, c) - a * sp.elliprd(b, c, a) / 3.0)


partials("elliprf", lambda y, a, b, c: -sp.elliprd(b, c, a) / 6.0, lambda y, a, b, c: -sp.elliprd(c, a, b) / 6.0,
         lambda y, a, b, c: -sp.elliprd(a, b, c) / 6.0)
partials("elliprc", lambda y, a, b: -sp.elliprd(b, b, a) / 6.0, lambda y, a, b: -sp.elliprd(a, b, b) / 3.0)
partials("elliprg", slope_g, lambda y, a, b, c: slope_g(y, b, c, a), lambda y, a, b, c: slope_g(y, c, a, b))


# --- complete integrals --------------------------------------------------------------------------

NEAR = 0.3  # where the equations that second derivatives solve divide by a small m


def bend_k(d, k, m, p):
    """K''(m), p = 1 - m."""
    near = np.abs(m) < NEAR
    w = np.where(near, 0.5, m)
    return np.where(near, 9.0 * np.pi / 64.0 * sp.hyp2f1(2.5, 2.5, 3.0, np.where(near, m, 0.0)), (0.25 * k - (p - m) * d) / (w * p))


def bend_e(d, e, m):
    near = np.abs(m) < NEAR
    w = np.where(near, 0.5, m)
    return np.where(near, -3.0 * np.pi / 64.0 * sp.hyp2f1(1.5, 2.5, 3.0, np.where(near, m, 0.0)), -(0.25 * e / (1.0 - m) + d) / w)


slope_k = Primitive(lambda m: sp.elliprd(0.0, 1.0, 1.0 - m) / 6.0, 1, "K'")
slope_km1 = Primitive(lambda p: -sp.elliprd(0.0, 1.0, p) / 6.0, 1, "K'(1 - p)")
slope_e = Primitive(lambda m: -sp.elliprd(0.0, 1.0 - m, 1.0) / 6.0, 1, "E'")
partials("ellipk", lambda y, m: slope_k(m))
partials("ellipkm1", lambda y, p: slope_km1(p))
partials("ellipe", lambda y, m: slope_e(m))
partials(slope_k, lambda d, m: bend_k(d, sp.ellipk(m), m, 1.0 - m))
partials(slope_km1, lambda d, p: bend_k(-d, sp.ellipkm1(p), 1.0 - p, p))
partials(slope_e, lambda d, m: bend_e(d, sp.ellipe(m), m))


# --- incomplete integrals --------------------------------------------------------------------------

GAUSS, WEIGHTS = np.polynomial.legendre.leggauss(24)


def root(phi, m):
    s = np.sin(phi)
    return np.sqrt(1.0 - m * s * s)


def folded(phi):
    """phi less the multiple of pi that makes it smallest, and that multiple."""
    n = np.rint(phi / np.pi)
    return phi - n * np.pi, n


def _slope_f(phi, m):
    r, n = folded(phi)
    s, c = np.sin(r), np.cos(r)
    return s * s * s / 6.0 * sp.elliprd(c * c, 1.0, 1.0 - m * s * s) + np.where(n == 0, 0.0, 2.0 * n * slope_k(m))


def _slope_ei(phi, m):
    r, n = folded(phi)
    s, c = np.sin(r), np.cos(r)
    return -s * s * s / 6.0 * sp.elliprd(c * c, 1.0 - m * s * s, 1.0) + np.where(n == 0, 0.0, 2.0 * n * slope_e(m))


def fourth_powers(phi, m, power):
    """Integral of sin**4 / root**power from 0 to phi, where m sin**2 stays away from 1."""
    half, total = 0.5 * phi, 0.0
    for t, w in zip(GAUSS, WEIGHTS, strict=True):
        angle = half * (1.0 + t)
        s = np.sin(angle)
        total = total + w * s * s * s * s * (1.0 - m * s * s) ** (-0.5 * power)
    return half * total


def bends(phi, m):
    """Second derivatives in m of F and E at phi up to a quarter of a turn, m sin**2 not small."""
    s, c, w = np.sin(phi), np.cos(phi), root(phi, m)
    f = sp.ellipkinc(phi, m)
    fm, em = slope_f(phi, m), slope_ei(phi, m)
    top = em + f - (1.0 - m) * fm - 2.0 * (1.0 - 2.0 * m) * fm - s * c / w - 0.5 * m * s * s * s * c / (w * w * w)
    return top / (2.0 * m * (1.0 - m)), -(em + fm) / (2.0 * m)


def bend_incomplete(which, phi, m):
    """Second derivative in m of F (0) or E (1)."""
    r, n = folded(phi)
    near = np.abs(m) * np.sin(r) ** 2 < 0.5
    small, large = np.where(near, m, 0.0), np.where(near, 0.5, m)
    close = 0.75 * fourth_powers(r, small, 5) if which == 0 else -0.25 * fourth_powers(r, small, 3)
    whole = bend_k(slope_k(m), sp.ellipk(m), m, 1.0 - m) if which == 0 else bend_e(slope_e(m), sp.ellipe(m), m)
    return np.where(near, close, bends(np.where(near, 1.0, r), large)[which]) + np.where(n == 0, 0.0, 2.0 * n * whole)


slope_f, slope_ei = Primitive(_slope_f, 2, "dF/dm"), Primitive(_slope_ei, 2, "dE/dm")
partials("ellipkinc", lambda y, phi, m: 1.0 / root(phi, m), lambda y, phi, m: slope_f(phi, m))
partials("ellipeinc", lambda y, phi, m: root(phi, m), lambda y, phi, m: slope_ei(phi, m))
partials(slope_f, lambda y, phi, m: 0.5 * np.sin(phi) ** 2 / root(phi, m) ** 3, lambda y, phi, m: bend_incomplete(0, phi, m))
partials(slope_ei, lambda y, phi, m: -0.5 * np.sin(phi) ** 2 / root(phi, m), lambda y, phi, m: bend_incomplete(1, phi, m))


# --- Jacobi's functions, and the mean of arithmetic and geometric means ---------------------------------

def jacobi_parameter(y, u, m):
    sn, cn, dn, phi = y
    phi_m = -dn * slope_f(phi, m)
    return cn * phi_m, -sn * phi_m, -sn * (0.5 * sn + m * cn * phi_m) / dn, phi_m


partials("ellipj", lambda y, u, m: (y[1] * y[2], -y[0] * y[2], -m * y[0] * y[1], y[2]), jacobi_parameter)


@composite(find("agm"))
def _agm(a, b):
    total = a + b
    return 0.25 * np.pi * total / sp.ellipkm1(4.0 * (a / total) * (b / total))
