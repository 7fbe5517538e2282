"""Strong zeros of bilinear maps: a tangent or cotangent that is zero adds nothing, also beside infinity and NaN.

Decision: elementwise products select always; a matrix product cannot, so its plain result is looked at,
and only one that is not finite is taken apart.  May import: structural, numpy.
"""

from math import isfinite

import numpy as np

from .structural import carries

__all__ = ["strong"]


def strong(product, t, v, both=False):
    """product(t, v) where entries of the tangent `t` that are zero add zero, even beside infinity and NaN (`both`: of `v` too).

    The plain product says the same unless its result is not finite.  Blocks of an outer level keep the plain one.
    """
    with np.errstate(all="ignore"):
        y = product(t, v)
        # a sum is not finite where an entry is not, and costs half of asking every entry
        if carries(y) or isfinite(np.add.reduce(y, axis=None)) or np.isfinite(y).all():
            return y
        y = product(_calm(t) if both else t, _calm(v)) + _spread(product, t, v)
        return y + _spread(lambda v, t: product(t, v), v, t) if both else y


def _calm(x):
    """`x` with ones of the same sign for what is not finite."""
    return np.where(np.isfinite(x), x, np.where(np.isnan(x), 1.0, np.sign(x))).astype(x.dtype)


def _spread(product, t, v):
    """What infinities and NaNs of `v` add to the product with `t`: only where an entry of `t` that is not zero meets them."""
    def met(p, q):
        return product(p.astype(float), q.astype(float)) > 0

    up = met(t > 0, v == np.inf) | met(t < 0, v == -np.inf)
    down = met(t > 0, v == -np.inf) | met(t < 0, v == np.inf)
    return np.where(met(t != 0, np.isnan(v)) | up & down, np.nan, np.where(up, np.inf, np.where(down, -np.inf, 0.0)))
