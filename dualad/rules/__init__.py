"""Declarations of every primitive. Importing this package fills the registry."""

# The modules declare when they are imported: `uncovered` after all others, because it looks at what is left, and `kinds`
# at the end, because its decorators `composite` and `constant` share the names of two of them.
from . import (  # noqa: F401
    composite, constant, contraction, decompositions, einsum, elementwise, fft, filling, indexing, joining, linalg, ordering,
    polynomials, sets, structural,
)
from . import uncovered  # noqa: F401
from .kinds import *  # noqa: F403
from .kinds import __all__  # noqa: F401
