"""Large blocks of memory are kept for the next one, while a transform runs (pool.h, docs/decisions/0008-pool.md).

The handler of NEP 49 belongs to a context: NumPy calls of other threads, and of this one before and after the transform,
allocate as they always did.  May import: errors, numpy.
"""
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from cpython.ref cimport Py_DECREF, Py_INCREF
cimport numpy as cnp

from ..errors import InputError

cnp.import_array()

cdef extern from "pool.h":
    ctypedef struct PyDataMem_Handler:
        pass
    ctypedef struct dl_pool:
        size_t held, limit, hits, misses
        PyDataMem_Handler *below
    ctypedef struct dl_thread:
        int running
        PyObject *before
    dl_pool dl_blocks
    dl_thread dl_here
    PyDataMem_Handler dl_handler
    void dl_release(size_t limit)

cdef extern from "numpy/arrayobject.h":
    object PyDataMem_SetHandler(object)
    PyObject *PyDataMem_DefaultHandler

dl_blocks.below = <PyDataMem_Handler *>PyCapsule_GetPointer(<object>PyDataMem_DefaultHandler, "mem_handler")
cdef object _handler = PyCapsule_New(&dl_handler, "mem_handler", NULL)


cdef void begin() noexcept:
    """A transform, or a sweep of one, starts in this thread."""
    dl_here.running += 1


cdef int end() except -1:
    """It ends: NumPy allocates again as it did before."""
    if dl_here.running > 0:
        dl_here.running -= 1
    if dl_here.running == 0 and dl_here.before != NULL:
        before = <object>dl_here.before
        dl_here.before = NULL
        Py_DECREF(before)
        PyDataMem_SetHandler(before)
    return 0


cdef int install() except -1:
    """Let NumPy take large blocks from the pool until the outermost transform of this thread ends."""
    if dl_here.running == 0 or dl_here.before != NULL or dl_blocks.limit == 0:
        return 0
    before = PyDataMem_SetHandler(_handler)
    Py_INCREF(before)
    dl_here.before = <PyObject *>before
    return 0


class Recycling:
    """A context in which NumPy takes large blocks from the pool, for code outside transforms that makes the same arrays again."""

    def __enter__(self):
        begin()
        install()

    def __exit__(self, *error):
        end()


def set_pool_size(size):
    """Set how many bytes of large freed blocks are kept for the next calls; returns the old number.

    While a transform runs, blocks of 128 KiB and more that are freed are kept up to this limit (128 MiB unless set), because
    fresh pages from the system cost more than the arithmetic in them. Only arrays made by code that runs inside a transform take
    part; results that are handed out come back when they are freed.

    Parameters
    ----------
    size : int
        Bytes, 0 or more. What is held above is given back at once; 0 switches the pool off.

    Returns
    -------
    int
        The limit until now, in bytes.

    Raises
    ------
    InputError
        (a TypeError) if `size` is not a whole number of bytes that is 0 or more.

    Examples
    --------
    >>> import dualad
    >>> old = dualad.set_pool_size(0)       # give everything back
    >>> _ = dualad.set_pool_size(old)
    """
    if isinstance(size, bool) or not hasattr(size, "__index__") or size < 0:
        raise InputError(f"set_pool_size takes a number of bytes, 0 or more, found {size!r}")
    old = dl_blocks.limit
    dl_blocks.limit = size
    dl_release(size)
    return old


def pool_state():
    """Bytes held, and how many large blocks were found in the pool and were not."""
    return {"held": dl_blocks.held, "hits": dl_blocks.hits, "misses": dl_blocks.misses}
