"""Recorded steps of the linear and bilinear kinds: what is bound once is shared by all calls of the same shapes.

May import: core.jets, core.tape, numpy.
"""
cimport cython
cimport numpy as cnp
from numpy cimport npy_intp

import numpy as np

from dualad.core.jets cimport Jet, new_block
from dualad.core.program cimport BoundStep
from dualad.core.tape cimport kept_value

cnp.import_array()

cdef object NUMBER64 = np.float64


cdef inline object like(object g, object dtype):
    """A cotangent in its operand's dtype."""
    if type(g) is cnp.ndarray and (<cnp.ndarray>g).dtype is dtype:
        return g
    if getattr(g, "dtype", dtype) == dtype:
        return g
    return np.astype(np.asarray(g) if isinstance(g, float) and not isinstance(g, Jet) else g, dtype)


cdef str MATRIX_VECTOR = "matrix vector", VECTORS = "vectors"

cdef enum:
    SMALL = 16384       # entries of a matrix up to which a plain loop costs less than a call of BLAS


cdef inline bint small(object g, object other):
    """Whether both are C-ordered doubles, and few of them."""
    return (type(g) is cnp.ndarray and type(other) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>g) == cnp.NPY_DOUBLE
            and cnp.PyArray_TYPE(<cnp.ndarray>other) == cnp.NPY_DOUBLE and cnp.PyArray_ISCARRAY_RO(<cnp.ndarray>g)
            and cnp.PyArray_ISCARRAY_RO(<cnp.ndarray>other) and cnp.PyArray_SIZE(<cnp.ndarray>other) <= SMALL)


cdef inline bint plain(object x):
    """Whether a factor is one piece of doubles, or not asked for."""
    return x is None or (type(x) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>x) == cnp.NPY_DOUBLE
                         and cnp.PyArray_ISCARRAY_RO(<cnp.ndarray>x))


cdef object filled(double g, double divisor, tuple shape):
    """An array of the given shape with g / divisor everywhere."""
    cdef npy_intp dims[64]
    cdef cnp.ndarray out
    cdef double *y
    cdef npy_intp k, n
    for k in range(len(shape)):
        dims[k] = shape[k]
    out = new_block(len(shape), dims)
    y, n = <double *>cnp.PyArray_DATA(out), cnp.PyArray_SIZE(out)
    g = g / divisor
    for k in range(n):
        y[k] = g
    return out


cdef object scaled(double g, cnp.ndarray b):
    """g * b of a vector; zero where `g` is, also beside infinity and NaN."""
    cdef npy_intp n = cnp.PyArray_SIZE(b), k
    cdef double *x = <double *>cnp.PyArray_DATA(b)
    cdef cnp.ndarray out = new_block(1, &n)
    cdef double *y = <double *>cnp.PyArray_DATA(out)
    for k in range(n):
        y[k] = 0.0 if g == 0.0 else g * x[k]
    return out


cdef object rows(cnp.ndarray g, cnp.ndarray a):
    """g @ a; a row whose cotangent is zero adds nothing, also beside infinity and NaN."""
    cdef npy_intp n = cnp.PyArray_DIMS(a)[0], k = cnp.PyArray_DIMS(a)[1], i, j
    cdef double *x = <double *>cnp.PyArray_DATA(a)
    cdef double *s = <double *>cnp.PyArray_DATA(g)
    cdef cnp.ndarray out = new_block(1, &k)
    cdef double *y = <double *>cnp.PyArray_DATA(out)
    cdef double t
    for j in range(k):
        y[j] = 0.0
    for i in range(n):
        t = s[i]
        if t != 0.0:
            for j in range(k):
                y[j] += t * x[i * k + j]
    return out


cdef object outer(cnp.ndarray g, cnp.ndarray b):
    """g[:, None] * b; rows whose cotangent is zero are zero."""
    cdef npy_intp dims[2]
    cdef npy_intp i, j, k
    cdef double *x = <double *>cnp.PyArray_DATA(b)
    cdef double *s = <double *>cnp.PyArray_DATA(g)
    cdef cnp.ndarray out
    cdef double *y
    cdef double t
    dims[0], dims[1] = cnp.PyArray_DIMS(g)[0], cnp.PyArray_DIMS(b)[0]
    out, k = new_block(2, dims), dims[1]
    y = <double *>cnp.PyArray_DATA(out)
    for i in range(dims[0]):
        t = s[i]
        for j in range(k):
            y[i * k + j] = 0.0 if t == 0.0 else t * x[j]
    return out


@cython.final
cdef class LinearStep(BoundStep):
    """The transpose that a rule declares; `dtypes` of the operands (None: constant).

    `copies`: each output entry copies at most one input entry; `scatter` as the rule states it (or None).
    """

    cdef readonly object transpose, scatter, share
    cdef readonly bint copies
    cdef readonly tuple dtypes
    cdef readonly tuple saved

    def __init__(self, lin, tuple dtypes, bint copies=False):
        self.scatter, self.copies, self.share = lin.scatter, copies, lin.share
        self.transpose, self.dtypes, self.operands, self.saved = lin.transpose, dtypes, len(dtypes), ()

    cdef object renewed(self, tuple args, object level):
        """Nothing of the operands is kept."""
        return self

    cdef tuple pulled(self, int lead, object g):
        cdef int i
        if self.share is not None and lead == 0 and isinstance(g, float) and not isinstance(g, Jet):
            return (filled(g, self.share[0], self.share[1]),)
        parts = self.transpose(lead, g)
        if self.operands == 1:
            return (like(parts[0], self.dtypes[0]),)
        return tuple([None if self.dtypes[i] is None or parts[i] is None else like(parts[i], self.dtypes[i])
                      for i in range(self.operands)])

    def __repr__(self):
        return getattr(self.transpose, "__qualname__", "linear").split(".")[0]


@cython.final
cdef class ContractionStep(BoundStep):
    """The transposes of a product; each needs the other factor. `matrices` as in `Contraction`."""

    cdef readonly tuple transposes, saved, dtypes, matrices
    cdef readonly str form

    def __init__(self, tuple transposes, tuple saved, tuple dtypes, tuple matrices=(None, None), str form=""):
        self.matrices, self.form = matrices, form
        self.transposes, self.saved, self.dtypes, self.operands = transposes, saved, dtypes, 2

    cdef object renewed(self, tuple args, object level):
        cdef ContractionStep step = ContractionStep.__new__(ContractionStep)
        left, right = self.dtypes
        step.transposes, step.dtypes, step.matrices, step.operands = self.transposes, self.dtypes, self.matrices, 2
        step.form = self.form
        step.saved = (None if right is None else kept_value(args[0], level), None if left is None else kept_value(args[1], level))
        return step

    cdef tuple pulled(self, int lead, object g):
        first, second = self.transposes
        a, b = self.saved
        left, right = self.dtypes
        if lead == 0 and self.form == VECTORS and type(g) is NUMBER64 and plain(a) and plain(b):
            return (None if left is None else scaled(g, <cnp.ndarray>b), None if right is None else scaled(g, <cnp.ndarray>a))
        if lead == 0 and self.form == MATRIX_VECTOR and small(g, b if a is None else a):
            return (None if left is None else outer(<cnp.ndarray>g, <cnp.ndarray>b) if small(b, b)
                    else like(first(0, 0, g, b), left),
                    None if right is None else rows(<cnp.ndarray>g, <cnp.ndarray>a))
        return (None if left is None else like(first(lead, 0, g, b), left),
                None if right is None else like(second(lead, 0, g, a), right))

    def __repr__(self):
        return getattr(self.transposes[0], "__qualname__", "product").split(".")[0]
