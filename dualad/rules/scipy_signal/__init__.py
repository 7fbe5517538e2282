"""Rules of `scipy.signal`, entered when one of its functions is first met."""

from . import convolution, filters, rates  # noqa: F401

__all__ = []
