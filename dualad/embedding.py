"""Where the C headers of an installed dualad are.  May import: nothing of dualad."""

from __future__ import annotations

from pathlib import Path

__all__ = ["get_include"]


def get_include() -> str:
    """Folder to give to a C or Cython compiler, for ``#include "dualad/dual.h"`` and ``from dualad.scalar cimport dual``.

    Returns
    -------
    str
        Path of the folder that contains ``dualad/dual.h`` and the other headers.

    Raises
    ------
    FileNotFoundError
        If this copy of dualad has no headers (it was packed without its data files).

    Notes
    -----
    The headers are inline functions only: there is no library to link but ``libm``.  ``docs/embedding.md`` shows a
    package that uses them.

    Examples
    --------
    >>> import os, dualad
    >>> os.path.isfile(os.path.join(dualad.get_include(), "dualad", "dual.h"))
    True
    """
    folder = Path(__file__).resolve().parent / "include"
    if not (folder / "dualad" / "dual.h").is_file():
        raise FileNotFoundError(f"this copy of dualad has no headers: {folder / 'dualad'} is missing; install dualad from a wheel "
                                "or from source")
    return str(folder)
