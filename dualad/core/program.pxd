"""A recorded run: typed instructions in growable C vectors."""
from cpython.object cimport PyObject
from numpy cimport npy_intp

cdef enum Form:
    INPUT,      # a differentiated argument
    NUMBER,     # elementwise on numbers only: its partials are kept in `numbers`
    ARRAY,      # elementwise with arrays: what the partials read is kept in `objects`
    READ,       # one entry of an array
    WRITE,      # an array after one entry was written
    VIEW,       # part of an array that shares its memory
    CALL,       # anything else: a Python step object with pull and push
    SLOT        # further output of the CALL before it

cdef struct Instruction:
    int form, nin, nd, nobj
    bint generic            # its cotangent is an object with arithmetic of its own (not float64, or traced itself)
    npy_intp ops, dims      # first place in `ints`: operand nodes (-1: constant), output shape
    npy_intp obj, num       # first place in `objects` and `numbers`
    PyObject *what          # Kernel, key or step

cdef class Program:
    cdef Instruction *ins
    cdef npy_intp *ints
    cdef double *numbers
    cdef PyObject **objects
    cdef npy_intp count, nints, nnumbers, nobjects
    cdef npy_intp rooms[4]
    cdef readonly str owner
    cdef readonly bint traced   # some values carry derivatives of a lower level
    cdef unsigned long thread
    cdef dict watched       # id -> (constant array, fingerprint)
    cdef public dict notes  # anomaly mode: node -> where it was recorded
    cdef npy_intp add(self, Form form, int nin, npy_intp *ops, int nd, npy_intp *dims, int nobj, int nnum, object what) except -1
    cdef void save(self, npy_intp place, object x) noexcept
    cdef object constant(self, object array)
    cdef void release(self, npy_intp node) noexcept

cdef class BoundStep:
    cdef readonly int operands
    cdef object renewed(self, tuple args, object level)
    cdef tuple pulled(self, int lead, object g)
