"""Values on tape."""
from numpy cimport npy_intp
from dualad.core.jets cimport JetArray, JetScalar, Level
from dualad.core.program cimport Program

cdef class TapeArray(JetArray):
    cdef object _value
    cdef npy_intp node          # -1: does not depend on an input
    cdef TapeArray owner        # whose memory a view shows; None for an owner
    cdef npy_intp version       # of an owner: counts writes; of a view: its owner's when it was last looked at
    cdef bint held              # the program or another handle keeps this memory as it is now
    cdef object val(self)
    cdef object renew(self)

cdef class TapeScalar(JetScalar):
    cdef npy_intp node

cdef object wrap(Level level, object value, npy_intp node)
cdef Program program_of(Level level)
cdef object kept_value(object x, Level level)
