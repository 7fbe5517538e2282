"""Nested tuples, lists and dicts of arrays and numbers, as arguments and results; a complex array is two leaves.

May import: core.complexes.
"""

from __future__ import annotations

from .core.complexes import combined, is_complex, parts

__all__ = ["flatten", "is_tree", "unflatten"]


def is_tree(x):
    """Whether `x` is more than one leaf, or none."""
    return isinstance(x, (tuple, list, dict)) or is_complex(x)


def flatten(tree, path="", pairs=True):
    """Leaves of a nested tuple, list or dict with the path of each, in a fixed order (dicts by insertion).

    `pairs`: a complex array is a pair of leaves.
    """
    if isinstance(tree, dict):
        return [leaf for k, v in tree.items() for leaf in flatten(v, f"{path}[{k!r}]", pairs)]
    if isinstance(tree, (list, tuple)):
        return [leaf for k, v in enumerate(tree) for leaf in flatten(v, f"{path}[{k}]", pairs)]
    if pairs and is_complex(tree):
        re, im = parts(tree)
        return [(f"{path}.real", re), (f"{path}.imag", im)]
    return [(path, tree)]


def unflatten(tree, leaves):
    """A tree of the same structure as `tree` whose leaves are taken from the iterable `leaves` in order."""
    return _build(tree, iter(leaves))


def _joined(re, im):
    """re + i im, also of structures of arrays."""
    if isinstance(re, dict):
        return {k: _joined(v, im[k]) for k, v in re.items()}
    if isinstance(re, (list, tuple)):
        parts = [_joined(a, b) for a, b in zip(re, im, strict=True)]
        return type(re)(*parts) if hasattr(re, "_fields") else type(re)(parts)
    return combined(re, im)


def _build(node, leaves):
    # not a nested function: one that calls itself is a reference cycle that keeps the leaves alive
    if isinstance(node, dict):
        return {k: _build(v, leaves) for k, v in node.items()}
    if isinstance(node, tuple) and hasattr(node, "_fields"):
        return type(node)(*(_build(v, leaves) for v in node))
    if isinstance(node, (list, tuple)):
        return type(node)(_build(v, leaves) for v in node)
    if is_complex(node):
        re = next(leaves)
        return None if re is None else _joined(re, next(leaves))
    return next(leaves)
