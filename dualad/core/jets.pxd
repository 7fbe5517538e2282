"""Arrays and scalars that carry derivatives: one block, leading component axis."""
from dualad.core.chain cimport Kernel

cdef class Level:
    cdef readonly long long id
    cdef readonly bint closed
    cdef readonly str owner

cdef class Layout:
    cdef readonly int P, M
    cdef readonly object pairs          # (M, 2) int32, C-contiguous: row 0 i, row 1 j
    cdef readonly str kind
    cdef int *pi
    cdef int *pj

cdef class Local:
    cdef readonly tuple rows
    cdef readonly Layout full
    cdef readonly long long limit

cdef class Jet:
    cdef readonly Level level
    cdef Layout _layout

cdef class JetArray(Jet):
    cdef object _block
    cdef object parent, derive, seen
    cdef Local _local
    cdef object blk(self)

cdef class JetScalar(Jet):
    cdef int ncomp
    cdef double *c
    cdef double buf[8]
    cdef object _block                  # None: components are inline

cdef class Primitive:
    cdef readonly object rule
    cdef readonly int nin
    cdef bint curved                    # some second partial is not zero
    cdef list kernels
    cdef object fixed
    cdef Kernel kernel(self, int mask, int order)
    cdef bint bends(self, int mask) except -1
