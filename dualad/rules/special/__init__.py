"""Rules of `scipy.special`, entered when one of its functions is first met (kinds.LATER)."""

# `uncovered` comes last: it looks at what is left
from . import bessel, cdfs, elliptic, errors, gamma, hyper, information, orthogonal, sequences, uncovered  # noqa: F401
