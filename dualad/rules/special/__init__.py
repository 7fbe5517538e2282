"""Rules of `scipy.special`, entered when one of its functions is first met (kinds.LATER)."""

from . import bessel, cdfs, elliptic, errors, gamma, hyper, information, orthogonal, sequences  # noqa: F401
from . import uncovered  # noqa: F401  (after the others: it looks at what is left)
