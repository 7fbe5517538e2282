"""Test calls of the rules of scipy.special that are not Elementwise: ``CASES[function] = [(args, kwargs), ...]``.

Drawn from the windows of the oracles, so that there is one table; functions of whole arrays have calls of their own.
"""

import sys
from pathlib import Path

import numpy as np
import scipy.special as sp

from dualad.rules import Elementwise, Implicit, declared, kinds

from .cases_contraction import call

sys.path.append(str(Path(__file__).parents[1]))
from special.oracles import KNOWN  # noqa: E402

kinds.load_all()
RNG = np.random.default_rng(20261126)
V, M = RNG.normal(size=4), RNG.normal(size=(2, 3))
TIED, HIDDEN = np.array([1.0, 2.0, 2.0, -1.0]), np.array([0.5, -np.inf, 1.0])
UFUNC = sp._ufuncs
# with broadcasting and in float32, too: one of each way of writing rules
MORE = frozenset(["agm", "betainc", "ellipj", "ellipkinc", "gammaincinv", "inv_boxcox", "stdtr", "voigt_profile"])
# operands in which a function is refused: numbers
REFUSED = {"chndtr": (1,), "chndtrix": (1,), "chndtrinc": (1,), "wright_bessel": (0, 1), "log_wright_bessel": (0, 1), "pbdv": (0,),
           "pbvv": (0,), "pbwa": (0,)}


def drawn(entry, n):
    """Operands in their windows: numbers, vectors, and shapes that broadcast."""
    return [RNG.integers(lo, hi + 1) if i in entry.whole else RNG.uniform(lo + 0.05 * (hi - lo), hi - 0.05 * (hi - lo), n)
            for i, (lo, hi) in enumerate(entry.windows)]


def calls(name):
    entry = KNOWN[name]
    flat, wide = drawn(entry, 3), drawn(entry, (2, 1))
    for i in REFUSED.get(name, ()):
        flat[i] = wide[i] = float(flat[i][0])
    found = [call(*flat)]
    if name in MORE:
        found.append(call(*(w if i % 2 else f for i, (f, w) in enumerate(zip(flat, wide, strict=True)))))
        found.append(call(*(np.asarray(v, np.float32) if isinstance(v, np.ndarray) else v for v in flat)))
    return found


CASES = {}
for _rule in declared():
    if isinstance(_rule, Elementwise) or not isinstance(_rule.fn, np.ufunc) or not _rule.name.startswith("scipy."):
        continue
    if isinstance(_rule, (Implicit, kinds.Composite)) and _rule.fn.__name__ in KNOWN:
        CASES[_rule.fn] = calls(_rule.fn.__name__)
CASES |= {
    sp.itairy: [call(0.5)],  # SciPy has nine digits of its value: nothing that differences could confirm
    sp.logsumexp: [call(V), call(M), call(M, axis=1), call(M, axis=0, keepdims=True), call(TIED), call(HIDDEN), call(M, 0, np.abs(M)),
                   call(V, b=V), call(V, b=-np.abs(V), return_sign=True), call(M, axis=(0, 1)), call(M.astype(np.float32), 1)],
    sp.softmax: [call(V), call(M), call(M, axis=1), call(TIED), call(M, axis=(0, 1))],
    sp.log_softmax: [call(V), call(M), call(M, axis=1), call(TIED), call(1e3 * TIED)],
    sp.diric: [call(V, 5), call(np.array([0.0, 1e-9, np.pi]), 4)],
    sp.multigammaln: [call(np.array([3.0, 4.5]), 3)],
    sp.polygamma: [call(1, np.abs(V)), call(np.array([0, 1, 2, 3]), np.abs(V))],
    sp.zeta: [call(np.array([2.0, 3.5])), call(np.array([2.0, 3.5]), np.array([0.5, 4.0]))],
    UFUNC._zeta: [call(np.array([2.0, 3.5]), np.array([0.5, 4.0])), call(2.0, np.array([0.5, 4.0]))],
    UFUNC._riemann_zeta: [call(np.array([2.0, 3.5]))],
    sp.comb: [call(np.array([5.5, 7.0]), np.array([2.0, 2.5])), call(np.array([5.5, 7.0]), 2, repetition=True)],
    sp.perm: [call(np.array([5.5, 7.0]), np.array([2.0, 2.5]))],
    sp.factorial: [call(np.array([0.5, 3.0, 7.25]))],
    # complex numbers without imaginary part are real ones here: tests/special has its own tests of that
    sp.lambertw: [call(0.5)],
    UFUNC._lambertw: [call(0.5, 0, 1e-8)],
    sp.assoc_laguerre: [call(np.abs(V), 3, 0.5)],
    **{getattr(sp, f"spherical_{k}"): [call(2, V), call(3, np.abs(V) + 0.5, True)] for k in ("jn", "yn", "in")},
    sp.spherical_kn: [call(2, np.abs(V) + 0.5), call(3, np.abs(V) + 0.5, True)],
    **{getattr(sp, k): [call(0.5, np.abs(V) + 0.5), call(1.5, np.abs(V) + 0.5, 3), call(1.5, np.abs(V) + 0.5, 0)]
       for k in ("jvp", "yvp", "ivp", "kvp")},
    **{getattr(sp, k): [call(1, 0.5, 0.4 * np.tanh(V)), call(np.array([1, 2]), np.array([0.3, 0.6]), np.array([0.2, 0.5]))]
       for k in ("mathieu_cem", "mathieu_sem")},
    **{getattr(sp, k): [call(1, 0.5, np.abs(V) + 0.3)] for k in ("mathieu_modcem1", "mathieu_modcem2", "mathieu_modsem1", "mathieu_modsem2")},
}
for _name, _points in (("pro_ang1", 0.4 * np.tanh(V)), ("obl_ang1", 0.4 * np.tanh(V)), ("pro_rad1", 1.5 + np.abs(V)),
                       ("obl_rad1", 0.5 + np.abs(V))):
    CASES[getattr(sp, _name)] = [call(1, 2, 0.5, _points)]
    _cv = getattr(sp, _name[:3] + "_cv")(1, 2, 0.5)
    CASES[getattr(sp, _name + "_cv")] = [call(1, 2, 0.5, _cv, _points)]
for _name, _args in (("softplus", (V,)), ("legendre_p", (3, np.tanh(V))), ("assoc_legendre_p", (3, 1, np.tanh(V))),
                     ("sph_legendre_p", (3, 1, np.abs(V)))):
    if hasattr(sp, _name):
        CASES[getattr(sp, _name)] = [call(*_args)]
