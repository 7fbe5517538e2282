"""A recorded run: typed instructions, and what the backward sweep needs of each.

Instruction k makes node k; operands are nodes of smaller number.  The same program is swept
backward (core.sweep), pushed forward, counted by the scheduler, and later replayed.

May import: core.pool, errors, numpy.
"""
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.pythread cimport PyThread_get_thread_ident
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.string cimport memset
cimport cython
cimport numpy as cnp
from numpy cimport npy_intp

import numpy as np

from dualad.core cimport pool
from ..errors import MutationError

cnp.import_array()

cdef extern from "fingerprint.h" nogil:
    unsigned long long dl_fingerprint(npy_intp n, const unsigned long long *a)

cdef enum:
    COPIED = 262144         # bytes up to which constants are copied; larger ones are watched

NAMES = ("input", "number", "array", "read", "write", "view", "call", "slot")


def fingerprint(array):
    """A number that changes when the content does (position-dependent sums of 64-bit words)."""
    cdef cnp.ndarray a = np.ascontiguousarray(array)
    cdef npy_intp nbytes = a.nbytes
    cdef unsigned long long h = dl_fingerprint(nbytes // 8, <unsigned long long *>cnp.PyArray_DATA(a))
    return h if nbytes % 8 == 0 else (h, a.reshape(-1).view(np.uint8)[nbytes // 8 * 8:].tobytes())


@cython.no_gc
cdef class Program:
    """Instructions of one run of a function."""

    def __cinit__(self, str owner="", *args):
        self.owner = owner
        self.thread = PyThread_get_thread_ident()
        self.watched = {}

    def __dealloc__(self):
        cdef npy_intp k
        for k in range(self.nobjects):
            if self.objects[k] != NULL:
                Py_DECREF(<object>self.objects[k])
        for k in range(self.count):
            if self.ins[k].what != NULL:
                Py_DECREF(<object>self.ins[k].what)
        PyMem_Free(self.ins)
        PyMem_Free(self.ints)
        PyMem_Free(self.numbers)
        PyMem_Free(self.objects)

    def __len__(self):
        return self.count

    cdef npy_intp add(self, Form form, int nin, npy_intp *ops, int nd, npy_intp *dims, int nobj, int nnum,
                      object what) except -1:
        """Append an instruction; returns its node. Saved objects are NULL until `save`; `ops` NULL: filled in by the caller."""
        cdef Instruction *s
        cdef npy_intp k, size = 8
        if self.count + 1 > self.rooms[0]:
            self.ins = <Instruction *>grow(self.ins, &self.rooms[0], self.count + 1, sizeof(Instruction))
        if self.nints + nin + nd > self.rooms[1]:
            self.ints = <npy_intp *>grow(self.ints, &self.rooms[1], self.nints + nin + nd, sizeof(npy_intp))
        if self.nnumbers + nnum > self.rooms[2]:
            self.numbers = <double *>grow(self.numbers, &self.rooms[2], self.nnumbers + nnum, sizeof(double))
        if self.nobjects + nobj > self.rooms[3]:
            self.objects = <PyObject **>grow(self.objects, &self.rooms[3], self.nobjects + nobj, sizeof(PyObject *))
        s = &self.ins[self.count]
        s.form, s.nin, s.nd, s.nobj, s.generic = form, nin, nd, nobj, False
        s.ops, s.dims, s.obj, s.num = self.nints, self.nints + nin, self.nobjects, self.nnumbers
        for k in range(nin if ops != NULL else 0):
            self.ints[self.nints + k] = ops[k]
        for k in range(nd):
            self.ints[self.nints + nin + k] = dims[k]
            size *= dims[k]
        pool.wanted(size)
        if nobj:
            memset(self.objects + self.nobjects, 0, nobj * sizeof(PyObject *))
        s.what = NULL
        if what is not None:
            Py_INCREF(what)
            s.what = <PyObject *>what
        self.nints += nin + nd
        self.nnumbers += nnum
        self.nobjects += nobj
        self.count += 1
        return self.count - 1

    cdef void save(self, npy_intp place, object x) noexcept:
        Py_INCREF(x)
        self.objects[place] = <PyObject *>x

    cdef object constant(self, object array):
        """A constant operand to be read again later: a copy, or for large ones the array itself, watched for changes."""
        cdef object known
        if cnp.PyArray_NBYTES(<cnp.ndarray>array) <= COPIED:
            return cnp.PyArray_NewCopy(<cnp.ndarray>array, cnp.NPY_KEEPORDER)
        known = self.watched.get(id(array))
        if known is None:
            self.watched[id(array)] = array, fingerprint(array)
        elif fingerprint(array) != known[1]:
            changed(array)
        return array

    def keep(self, array):
        """`constant` for steps written in Python."""
        return self.constant(array) if type(array) is np.ndarray else array

    def check_constants(self):
        """Raise if an array that the recorded steps read was changed since."""
        for array, known in self.watched.values():
            if fingerprint(array) != known:
                changed(array)

    cdef void release(self, npy_intp node) noexcept:
        """Forget what an instruction saved."""
        cdef Instruction *s = &self.ins[node]
        cdef npy_intp k
        for k in range(s.obj, s.obj + s.nobj):
            if self.objects[k] != NULL:
                Py_DECREF(<object>self.objects[k])
                self.objects[k] = NULL
        if s.what != NULL and s.form == CALL:
            Py_DECREF(<object>s.what)
            s.what = NULL

    # ---- what schedulers and tests ask ----

    @property
    def nbytes(self):
        """Bytes of all distinct arrays that the program keeps for the backward sweep."""
        cdef npy_intp k
        seen = {}
        for k in range(self.nobjects):
            if self.objects[k] != NULL:
                _count(<object>self.objects[k], seen)
        for k in range(self.count):
            if self.ins[k].form == CALL and self.ins[k].what != NULL:
                for x in getattr(<object>self.ins[k].what, "saved", ()):
                    _count(x, seen)
        return sum(seen.values())

    @property
    def overhead(self):
        """Bytes of the instructions themselves."""
        return (self.rooms[0] * sizeof(Instruction) + self.rooms[1] * sizeof(npy_intp)
                + self.rooms[2] * sizeof(double) + self.rooms[3] * sizeof(PyObject *))

    @property
    def widest(self):
        """Entries of the largest value."""
        cdef npy_intp node, n, most = 0
        cdef int k
        for node in range(self.count):
            n = 1
            for k in range(self.ins[node].nd):
                n *= self.ints[self.ins[node].dims + k]
            most = max(most, n)
        return most

    @property
    def signature(self):
        """The instructions as bytes: equal for runs that made the same steps on arrays of the same shapes."""
        cdef npy_intp k
        forms = bytearray(self.count)
        for k in range(self.count):
            forms[k] = self.ins[k].form
        return bytes(forms) + (<char *>self.ints)[:self.nints * sizeof(npy_intp)] if self.nints else bytes(forms)

    def shape(self, npy_intp node):
        """Shape of a node's value."""
        cdef Instruction *s = &self.ins[node]
        return tuple([self.ints[s.dims + k] for k in range(s.nd)])

    def operands(self, npy_intp node):
        """Operand nodes (-1: a constant)."""
        cdef Instruction *s = &self.ins[node]
        return tuple([self.ints[s.ops + k] for k in range(s.nin)])

    def form(self, npy_intp node):
        return NAMES[self.ins[node].form]

    def what(self, npy_intp node):
        """Kernel, key or step of an instruction."""
        return None if self.ins[node].what == NULL else <object>self.ins[node].what


cdef class BoundStep:
    """A recorded call that was bound to shapes and parameters, which other calls can share (core.steps)."""

    cdef object renewed(self, tuple args, object level):
        """The step for other operands of the same shapes."""
        raise NotImplementedError

    cdef tuple pulled(self, int lead, object g):
        raise NotImplementedError

    def pull(self, int lead, g):
        """One cotangent (None: zero) for each operand; `lead` leading axes of g are batches."""
        return self.pulled(lead, g)


def _count(x, seen):
    """Bytes of an array's owner, once."""
    while getattr(x, "base", None) is not None and not hasattr(x, "block"):
        x = x.base
    while hasattr(x, "block"):
        x = x.block
    if isinstance(x, cnp.ndarray):
        seen[id(x)] = x.nbytes


cdef changed(array):
    raise MutationError(f"a constant array of shape {array.shape} was changed in place after the recorded function had read it, so "
                        "its derivative can no longer be found: pass a copy, or fill it before it is used")


cdef void *grow(void *old, npy_intp *room, npy_intp need, size_t item) except NULL:
    cdef npy_intp n = room[0] * 2
    cdef void *new
    if n < need:
        n = need + 32
    new = PyMem_Realloc(old, n * item)
    if new == NULL:
        raise MemoryError(f"{n * item} bytes of instructions")
    room[0] = n
    return new
