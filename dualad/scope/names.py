"""Functions without source: a view of their globals in which what would drop derivatives is dressed."""

__all__ = ["view_of"]


def view_of(fn, hooks):
    return None
