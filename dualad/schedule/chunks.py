"""Chunks of directions that keep one block of components within a memory limit. Imports nothing of dualad."""

from __future__ import annotations

import math

__all__ = ["DEFAULT_MEMORY", "pairs_of_chunks", "slices"]

# One block of components. A function holds a few at a time; 256 MB each leaves room on small machines.
DEFAULT_MEMORY = 256 * 2**20


def _width(n, size, memory, chunk, components):
    """Directions in one run: the caller's wish, or the most whose components fit `memory`."""
    if chunk is not None:
        if not isinstance(chunk, int) or chunk < 1:
            raise ValueError(f"chunk must be a positive number of directions, found {chunk!r}")
        return min(chunk, max(n, 1))
    return max(1, min(n, components(memory // (8 * max(size, 1)))))


def slices(n, size, memory, chunk):
    """Ranges of directions, together 0..n-1, for inputs of `size` elements (at least one range)."""
    width = _width(n, size, memory, chunk, lambda room: room - 1)
    return [range(a, min(a + width, n)) for a in range(0, n, width)] or [range(0)]


def pairs_of_chunks(n, size, memory, chunk):
    """Pairs (rows, columns) of ranges that cover the upper triangle of an n x n matrix."""
    # a pair of chunks of width w takes 1 + 2w + w^2 components
    ranges = slices(n, size, memory, chunk) if chunk is not None else slices(
        n, size, memory, _width(n, size, memory, None, lambda room: math.isqrt(max(room, 1)) - 1))
    return [(ranges[a], ranges[b]) for a in range(len(ranges)) for b in range(a, len(ranges))]
