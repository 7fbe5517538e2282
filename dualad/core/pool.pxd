cdef enum:
    LARGE = 131072          # bytes: from here on malloc asks the system for each block

cdef void begin() noexcept
cdef int end() except -1
cdef int install() except -1

cdef inline int wanted(Py_ssize_t size) except -1:
    """A block of `size` bytes is needed by a running transform, if one runs."""
    return install() if size >= LARGE else 0
