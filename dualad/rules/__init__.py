"""Declarations of every primitive. Importing this package fills the registry."""

# The modules declare when they are imported; `kinds` comes last, because its decorators
# `composite` and `constant` share the names of two of them.
from . import composite, constant, contraction, elementwise, ordering, structural  # noqa: F401
from .kinds import *  # noqa: F403
from .kinds import __all__  # noqa: F401
