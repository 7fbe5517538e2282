"""Arrays and scalars that carry derivatives: one block, leading component axis."""
from cpython.object cimport PyObject
from numpy cimport npy_intp
from dualad.core.chain cimport Kernel, Operand

cdef class Level:
    cdef readonly long long id
    cdef readonly bint closed
    cdef bint counted                   # by the pool, as a run
    cdef readonly str owner
    cdef readonly object interpreter    # how kinds are read for the values of this level
    cdef readonly object program        # what a recording level writes to

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
    cdef bint records                   # a value on tape
    cdef bint ranked                    # an array (rank one or more)

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

ctypedef object (*recorder_t)(Primitive, PyObject **)
cdef void set_recorder(recorder_t recorder)

cdef struct Shape:
    int nd              # -1: no array operand yet
    npy_intp n
    npy_intp *dims

cdef Layout NOTHING
cdef object new_block(int nd, npy_intp *dims)
cdef void keep_block(PyObject *p) noexcept
cdef int execute(Kernel kernel, npy_intp n, Operand *x, Operand *y, Layout layout, npy_intp ncomp) except -1
cdef object general(str path, Primitive p, PyObject **args)
cdef object _escaped(Level level)
cdef bint number_of(object a, double *out) except -1
cdef PyObject *compiled_rule(object ufunc) except? NULL
cdef object elementwise(Primitive p, PyObject **args)
