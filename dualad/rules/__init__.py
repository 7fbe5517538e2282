"""Declarations of every primitive. Importing this package fills the registry."""

from .kinds import *  # noqa: F403
from .kinds import __all__  # noqa: F401
from . import composite, constant, contraction, elementwise, ordering, structural  # noqa: F401  (they declare)
