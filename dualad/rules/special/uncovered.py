"""Functions of scipy.special that are constant, and those that are refused, each with the reason and the way out.

Imported last: nothing public of the module is silently unknown (`undeclared`).  May import: kinds, tools, scipy.special.
"""

from __future__ import annotations

import scipy.special as sp

from ..kinds import constant, refused, registry
from .tools import find

__all__ = ["undeclared"]

# Whole numbers in, tables, zeros and sums of them out; or steps.
CONSTANT = """
    ai_zeros bei_zeros beip_zeros ber_zeros berp_zeros bi_zeros erf_zeros fresnel_zeros fresnelc_zeros fresnels_zeros jn_zeros
    jnjnp_zeros jnp_zeros jnyn_zeros kei_zeros keip_zeros kelvin_zeros ker_zeros kerp_zeros y0_zeros y1_zeros y1p_zeros yn_zeros
    ynp_zeros bernoulli euler gammasgn round stirling2 geterr seterr
    roots_legendre roots_chebyt roots_chebyu roots_chebyc roots_chebys roots_laguerre roots_hermite roots_hermitenorm
    roots_sh_legendre roots_sh_chebyt roots_sh_chebyu p_roots t_roots u_roots c_roots s_roots l_roots h_roots he_roots ps_roots
    ts_roots us_roots legendre chebyt chebyu chebyc chebys laguerre hermite hermitenorm sh_legendre sh_chebyt sh_chebyu
"""

REFUSED = {
    "its values are complex numbers, which cannot carry derivatives yet: use its real parts by name (jv and yv for hankel1 and "
    "hankel2, ber, bei, ker, kei for kelvin, voigt_profile for wofz, fresnel for modfresnel)":
        "hankel1 hankel1e hankel2 hankel2e h1vp h2vp kelvin modfresnelm modfresnelp wofz",
    "its values are complex numbers, which cannot carry derivatives yet: write real and imaginary part as "
    "sph_legendre_p(n, m, theta) times np.cos(m * phi) and np.sin(m * phi)":
        "sph_harm_y sph_harm_y_all sph_harm",
    "it returns all degrees at once, which has no rule: call the function of one degree (legendre_p, assoc_legendre_p, "
    "sph_legendre_p, spherical_jn, spherical_yn, jv, pbdv, pbvv) in a loop":
        "legendre_p_all assoc_legendre_p_all sph_legendre_p_all lqn lqmn lpn lpmn clpmn riccati_jn riccati_yn lmbda pbdv_seq "
        "pbvv_seq pbdn_seq",
    "its parameter moves the roots or the coefficients, for which there is no rule: for fixed parameters pass plain numbers, for "
    "values use eval_jacobi, eval_genlaguerre or eval_gegenbauer":
        "roots_jacobi roots_genlaguerre roots_gegenbauer roots_sh_jacobi j_roots la_roots cg_roots js_roots jacobi genlaguerre "
        "gegenbauer sh_jacobi",
    "characteristic values and coefficients have no formula for their derivatives: the functions themselves (mathieu_cem, "
    "pro_ang1, ...) are covered in their argument":
        "mathieu_a mathieu_b mathieu_even_coef mathieu_odd_coef obl_cv obl_cv_seq pro_cv pro_cv_seq",
    "it takes whole numbers only and has no continuous extension here: write the product with gamma or poch":
        "factorial2 factorialk",
    "no formula is known for its derivatives: compose it from covered functions (betainc, chndtr, gammainc), or differentiate the "
    "density":
        "ncfdtr ncfdtri ncfdtridfd ncfdtridfn ncfdtrinc nctdtr nctdtridf nctdtrinc nctdtrit chndtridf",
    "no formula is known for its derivatives: integrate jv by quadrature instead":
        "besselpoly",
    "the slope that SciPy returns beside its value is not the slope of that value, so that nothing can be built on it: solve the "
    "spheroidal equation instead":
        "pro_rad2 pro_rad2_cv obl_rad2 obl_rad2_cv",
    "ellipsoidal harmonics have no rule":
        "ellip_harm ellip_harm_2 ellip_normal",
}


def undeclared():
    """Public callables of scipy.special without a rule."""
    public = [getattr(sp, name) for name in sp.__all__]
    asks = [f for f in dict.fromkeys(public) if callable(f) and not isinstance(f, type)]
    return [f for f in asks if f not in registry]


def known(names):
    """Those that this SciPy has and nobody declared yet; some names stand for one function."""
    found = (find(name) for name in names.split())
    return [f for f in dict.fromkeys(found) if f is not None and f not in registry]


constant(*known(CONSTANT))
for _why, _names in REFUSED.items():
    refused(_why, *known(_names))
refused("this SciPy is newer than the rules: compose it from covered functions", *undeclared())
