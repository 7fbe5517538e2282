"""Recorded steps of the linear and bilinear kinds: what is bound once is shared by all calls of the same shapes.

May import: core.tape, numpy.
"""
cimport cython
cimport numpy as cnp

import numpy as np

from . import tape

cnp.import_array()


cdef inline object like(object g, object dtype):
    """A cotangent in its operand's dtype."""
    if type(g) is cnp.ndarray and (<cnp.ndarray>g).dtype is dtype:
        return g
    if getattr(g, "dtype", dtype) == dtype:
        return g
    return np.astype(np.asarray(g) if isinstance(g, float) else g, dtype)


@cython.final
cdef class LinearStep:
    """The transpose that a rule declares; `dtypes` of the operands (None: constant).

    `copies`: each output entry copies at most one input entry; `scatter` as the rule states it (or None).
    """

    cdef readonly object transpose, scatter
    cdef readonly bint copies
    cdef readonly tuple dtypes
    cdef readonly tuple saved
    cdef readonly int operands

    def __init__(self, lin, tuple dtypes, bint copies=False):
        self.scatter, self.copies = lin.scatter, copies
        self.transpose, self.dtypes, self.operands, self.saved = lin.transpose, dtypes, len(dtypes), ()

    def renewed(self, args, level):
        """The step for other operands of the same shapes: nothing of them is kept."""
        return self

    def pull(self, int lead, g):
        cdef int i
        parts = self.transpose(lead, g)
        if self.operands == 1:
            return (like(parts[0], self.dtypes[0]),)
        return tuple([None if self.dtypes[i] is None or parts[i] is None else like(parts[i], self.dtypes[i])
                      for i in range(self.operands)])

    def __repr__(self):
        return getattr(self.transpose, "__qualname__", "linear").split(".")[0]


@cython.final
cdef class ContractionStep:
    """The transposes of a product; each needs the other factor. `matrices` as in `Contraction`."""

    cdef readonly tuple transposes, saved, dtypes, matrices
    cdef readonly int operands

    def __init__(self, tuple transposes, tuple saved, tuple dtypes, tuple matrices=(None, None)):
        self.matrices = matrices
        self.transposes, self.saved, self.dtypes, self.operands = transposes, saved, dtypes, 2

    def renewed(self, tuple args, level):
        """The step for other operands of the same shapes."""
        cdef ContractionStep step = ContractionStep.__new__(ContractionStep)
        left, right = self.dtypes
        step.transposes, step.dtypes, step.matrices, step.operands = self.transposes, self.dtypes, self.matrices, 2
        step.saved = (None if right is None else tape.kept(args[0], level), None if left is None else tape.kept(args[1], level))
        return step

    def pull(self, int lead, g):
        first, second = self.transposes
        a, b = self.saved
        left, right = self.dtypes
        return (None if left is None else like(first(lead, 0, g, b), left),
                None if right is None else like(second(lead, 0, g, a), right))

    def __repr__(self):
        return getattr(self.transposes[0], "__qualname__", "product").split(".")[0]
