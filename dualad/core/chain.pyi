from ..rules import Elementwise
from .formula import Listing

class Kernel:
    """One primitive's value and partials in given active operands, up to a given order."""

    rule: Elementwise
    listing: Listing
    ready: bool
    nin: int
    nactive: int
    order: int
    reads: frozenset[int]
    unit: int

def kernel(rule: Elementwise, mask: int | None = None, order: int = 2) -> Kernel:
    """The kernel of a rule, for inspection: `.ready`, `.listing`."""
