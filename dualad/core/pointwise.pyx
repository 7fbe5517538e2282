"""Hessian-vector products of recorded runs that are sums of elementwise expressions, block by block.

Unfused, each step of such a run goes through memory several times for its value, tangent, cotangent and the cotangent's tangent.
Here a block of all tangents and cotangents stays in cache: memory is read for what was saved and for the vector, and written for
the product (docs/decisions/0019-pointwise.md).  May import: core.chain, core.pool, core.program, numpy.
"""
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from libc.string cimport memset
cimport numpy as cnp
from numpy cimport npy_intp

import numpy as np

from dualad.core cimport pool
from dualad.core.chain cimport BLOCK, MAX_IN, Cotangent, Kernel, Operand
from dualad.core.program cimport ARRAY, CALL, INPUT, NUMBER, VIEW, Instruction, Program

cnp.import_array()

cdef enum:
    CONSTANT = -1
    CACHE = 524288      # bytes that the blocks of all steps should stay within

cdef struct Part:       # one elementwise step on arrays
    PyObject *kernel                # first partials
    PyObject *bent                  # and second ones
    npy_intp length
    int nin
    bint reached                    # a cotangent has arrived
    bint again                      # its value is computed once more
    int source[MAX_IN]              # CONSTANT; the number of another part; -2 - k: leaf k
    char *value[MAX_IN + 1]         # what was saved of operands and result; NULL: not read
    npy_intp step[MAX_IN + 1]
    double seed                     # cotangent from the sums it goes into

cdef struct Leaf:       # the input, or a part of it in one piece
    char *tangent
    char *result


cdef class Pointwise:
    """Products H v of one recorded run."""

    cdef Program program
    cdef list kernels, held, chains
    cdef Part *parts
    cdef int count, width
    cdef npy_intp node              # of the input
    cdef tuple shape

    def __dealloc__(self):
        PyMem_Free(self.parts)

    def product(self, cnp.ndarray v):
        """H v for an array of the input's shape."""
        cdef Leaf *leaves = <Leaf *>PyMem_Malloc((len(self.chains) + 1) * sizeof(Leaf))
        cdef npy_intp tile = self.tile()
        cdef char *room = <char *>PyMem_Calloc((3 * self.count + 2 + self.width) * tile, sizeof(double))
        cdef npy_intp start, length
        if leaves == NULL or room == NULL:
            PyMem_Free(leaves)
            PyMem_Free(room)
            raise MemoryError(f"{(3 * self.count + 2 + self.width) * tile * 8} bytes of blocks")
        pool.begin()
        try:
            self.program.check_constants()
            pool.wanted(cnp.PyArray_NBYTES(v))
            out = np.zeros(self.shape)
            views = self.aim(leaves, np.ascontiguousarray(v, dtype=np.float64), out)
            for length in sorted({self.parts[k].length for k in range(self.count)}):
                start = 0
                while start < length:
                    self.block(leaves, room, tile, start, min(tile, length - start), length)
                    start += tile
                    if start // tile % 64 == 0:
                        with nogil:     # other threads have their turn
                            pass
        finally:
            pool.end()
            PyMem_Free(leaves)
            PyMem_Free(room)
        del views       # until here they keep the memory that the leaves point into
        return out

    cdef npy_intp tile(self):
        """Elements of a block."""
        cdef npy_intp n = CACHE // (8 * (3 * self.count + 2 + self.width))
        return max(256, min(n // 64 * 64, <npy_intp>BLOCK))

    cdef list aim(self, Leaf *leaves, object v, object out):
        """Where the leaves find the vector and leave their shares of the product."""
        cdef int k = 0
        views = []
        for chain in self.chains:
            t, y = v, out
            for key in chain:
                t, y = t[key], y[key]
            leaves[k].tangent = <char *>cnp.PyArray_DATA(<cnp.ndarray>t)
            leaves[k].result = <char *>cnp.PyArray_DATA(<cnp.ndarray>y)
            views.append((t, y))
            k += 1
        return views

    cdef int block(self, Leaf *leaves, char *room, npy_intp tile, npy_intp start, npy_intp n, npy_intp length) except -1:
        """Tangents forward, then cotangents with their tangents backward, for one block of the parts of one length."""
        cdef Operand x[MAX_IN + 1]
        cdef Operand y
        cdef Cotangent out[MAX_IN]
        cdef npy_intp size = tile * sizeof(double)
        cdef char *dummy = room + 3 * self.count * size     # leaves have a cotangent too, which nobody asked for
        cdef char *value = dummy + size
        cdef char *scratch = value + size
        cdef Part *p
        cdef int k, i
        for k in range(self.count):
            p = &self.parts[k]
            if p.length != length:
                continue
            self.operands(p, x, leaves, room, size, start)
            y.data, y.step, y.order = x[p.nin].data, 8, 1
            y.comp = room + 3 * k * size - y.data
            (<Kernel>p.kernel).push(n, x, &y, scratch)
            p.reached = False         # nothing has arrived yet
        for k in range(self.count - 1, -1, -1):
            p = &self.parts[k]
            if p.length != length:
                continue
            if not seeded(p, room + (3 * k + 1) * size, size, n):
                continue
            self.operands(p, x, leaves, room, size, start)
            y.data, y.comp, y.step, y.order = room + (3 * k + 1) * size, size, 8, 1
            for i in range(p.nin):
                self.collect(&out[i], p.source[i], leaves, room, dummy, size, start)
            if p.again:
                (<Kernel>p.bent).values(n, x, value)
                x[p.nin].data = value
            (<Kernel>p.bent).pull_jet(n, x, &y, out, 1, scratch)
        return 0

    cdef void operands(self, Part *p, Operand *x, Leaf *leaves, char *room, npy_intp size, npy_intp start) noexcept:
        """Saved values and tangents of a part's operands, and its own value, at the beginning of a block."""
        cdef int i, s
        cdef char *t
        for i in range(p.nin + 1):
            s = p.source[i] if i < p.nin else CONSTANT
            x[i].step, x[i].comp, x[i].order = p.step[i], 0, 0
            x[i].data = NULL if p.value[i] == NULL else p.value[i] + start * p.step[i]
            if s != CONSTANT:
                t = room + 3 * s * size if s >= 0 else leaves[-2 - s].tangent + start * 8
                if x[i].data == NULL:
                    x[i].data = t
                x[i].comp, x[i].step, x[i].order = t - x[i].data, 8, 1

    cdef void collect(self, Cotangent *out, int source, Leaf *leaves, char *room, char *dummy, npy_intp size,
                      npy_intp start) noexcept:
        """Where an operand's cotangent and its tangent go."""
        out.data, out.step, out.fresh = NULL, 8, False
        if source >= 0:
            out.data, out.comp = room + (3 * source + 1) * size, size
            out.fresh = not self.parts[source].reached
            self.parts[source].reached = True
        elif source != CONSTANT:
            out.data, out.comp = dummy, leaves[-2 - source].result + start * 8 - dummy


cdef bint seeded(Part *p, char *g, npy_intp size, npy_intp n) noexcept:
    """Add what comes from sums to a part's cotangent; whether it has one at all."""
    cdef double *y = <double *>g
    cdef npy_intp k
    if not p.reached:
        if p.seed == 0.0:
            return False
        for k in range(n):
            y[k] = p.seed
        memset(g + size, 0, n * sizeof(double))
    elif p.seed != 0.0:
        for k in range(n):
            y[k] += p.seed
    return True


# ---- from a program to its parts ----

def pointwise(Program program, npy_intp source, npy_intp result):
    """The products of a run whose result is linear in sums of elementwise expressions of one input; None for all others."""
    cdef Pointwise made = Pointwise.__new__(Pointwise)
    cdef npy_intp node
    cdef Instruction *s
    if result < 0 or program.traced or program.ins[source].form != INPUT or program.ins[source].generic:
        return None
    weights = _weights(program, result)
    if weights is None:
        return None
    made.program, made.node, made.shape = program, source, program.shape(source)
    made.kernels, made.held, made.chains = [], [], []
    made.parts = <Part *>PyMem_Calloc(program.count + 1, sizeof(Part))
    if made.parts == NULL:
        raise MemoryError("the parts of a recorded run")
    places = {source: _leaf(made, ())}
    chains = {source: ()}
    for node in range(source + 1, result + 1):
        s = &program.ins[node]
        if s.form == VIEW:
            before = program.ints[s.ops]
            if before not in chains or type(<object>s.what) is not tuple:
                return None
            chains[node] = (*chains[before], <object>s.what)
            view = np.empty(made.shape)
            for key in chains[node]:
                view = view[key]
            if not view.flags.c_contiguous:
                return None
            places[node] = _leaf(made, chains[node])
        elif s.form == ARRAY:
            if not _part(made, node, places):
                return None
            made.parts[made.count].seed = weights.pop(node, 0.0)
            places[node] = made.count
            made.count += 1
        elif s.form != NUMBER and s.form != CALL:
            return None
    # what is linear in the input itself adds nothing
    return made if made.count and chains.keys() >= weights.keys() else None


cdef int _leaf(Pointwise made, tuple chain):
    made.chains.append(chain)
    return -1 - len(made.chains)


cdef object _weights(Program program, npy_intp result):
    """Cotangents of the arrays that are summed; None where the result is not linear in sums, or has other steps."""
    cdef npy_intp node, to
    cdef Instruction *s
    cdef int i
    g, arrays = {result: 1.0}, {}
    for node in range(result, -1, -1):
        s = &program.ins[node]
        if s.form == NUMBER or s.form == CALL:
            mine = g.pop(node, None)
            if mine is None:
                continue        # beside the way to the result
            if s.nd or s.generic:
                return None
            if s.form == CALL:
                share = getattr(<object>s.what, "share", None)
                if share is None or s.nin != 1 or program.ints[s.ops] < 0:
                    return None
                to = program.ints[s.ops]
                if share[1] != program.shape(to):
                    return None
                arrays[to] = arrays.get(to, 0.0) + mine / share[0]
                continue
            kernel = (<Kernel>s.what).second_order()
            if not kernel.ready or kernel.listing.second:
                return None
            for i in range(s.nin):
                to = program.ints[s.ops + i]
                if to >= 0:
                    g[to] = g.get(to, 0.0) + mine * program.numbers[s.num + i]
    return None if g else arrays


cdef bint _part(Pointwise made, npy_intp node, dict places) except -1:
    """Enter an elementwise step; False where it does not fit."""
    cdef Program program = made.program
    cdef Instruction *s = &program.ins[node]
    cdef Kernel kernel = (<Kernel>s.what).second_order()
    cdef Part *p = &made.parts[made.count]
    cdef npy_intp to, n = 1
    cdef int i, k
    cdef cnp.ndarray saved
    if not kernel.ready or s.generic:
        return False
    for k in range(s.nd):
        n *= program.ints[s.dims + k]
    p.length, p.nin, p.kernel, p.bent = n, s.nin, s.what, <PyObject *>kernel
    for i in range(s.nin + 1):
        p.value[i], p.step[i] = NULL, 8
        if i < s.nin:
            to, p.source[i] = program.ints[s.ops + i], CONSTANT
            if to >= 0:
                if to not in places or program.shape(to) != program.shape(node):
                    return False
                p.source[i] = places[to]
        if program.objects[s.obj + i] != NULL:
            saved = <cnp.ndarray>program.objects[s.obj + i]
            if not cnp.PyArray_ISCARRAY_RO(saved) or cnp.PyArray_SIZE(saved) != n or cnp.PyArray_NDIM(saved) != s.nd:
                return False
            p.value[i] = <char *>cnp.PyArray_DATA(saved)
            made.held.append(saved)
        elif i < s.nin and program.ints[s.ops + i] < 0 and (<Kernel>s.what).needs >> i & 1:
            p.value[i], p.step[i] = <char *>&program.numbers[s.num + i], 0
        elif kernel.needs >> i & 1:
            # second partials read what was not saved
            p.again = i == s.nin and all([p.value[k] != NULL for k in range(s.nin)])
            if not p.again:
                return False
    made.kernels.append(kernel)
    made.width = max(made.width, kernel.nscratch, (<Kernel>s.what).nscratch)
    return True
