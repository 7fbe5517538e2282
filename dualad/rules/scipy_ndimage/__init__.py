"""Rules of `scipy.ndimage`, entered when one of its functions is first met."""

from . import filters, interpolation, picks  # noqa: F401

__all__ = []
