"""The backward sweep: cotangents pulled through a program, from its last instruction to its first.

Iterative, deterministic, in place where a cotangent is owned.  Cotangents of parts of an array are
added straight into the cotangent of the whole.  With rows > 0 every cotangent has a leading axis
of that length: several rows of a Jacobian in one sweep.

May import: core.chain, core.jets, core.program, core.partials, errors, numpy.
"""
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.string cimport memset
cimport cython
cimport numpy as cnp
from numpy cimport npy_intp

import numpy as np

from dualad.core.chain cimport BLOCK, Cotangent, Kernel, MAX_IN, Operand
from dualad.core cimport pool
from dualad.core.jets cimport Jet, JetArray, Primitive, new_block
from dualad.core.program cimport (ARRAY, BoundStep, CALL, INPUT, NUMBER, READ, SLOT, VIEW, WRITE, Instruction, Program)
from ..errors import TapeError
from .partials import strong

cnp.import_array()

cdef object NUMBER64 = np.float64

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject *)

cdef extern from "combine.h" nogil:
    void dl_add_sc(npy_intp n, double *o, double p, const double *t)
    void dl_mul(npy_intp n, double *o, npy_intp so, const double *p, npy_intp sp, const double *t, npy_intp st, int set)

cdef enum State:
    ABSENT,     # zero
    SHARED,     # an array that others may hold: read only
    OWNED,      # memory of this sweep alone: added to in place
    PART        # memory inside the cotangent of the whole array

cdef enum:
    MAX_DIMS = 32
    PARTIES = 10    # 2 * MAX_IN + 2: operands, value, cotangent, cotangents of operands (no formula: Cython's overflow checks fail)
    GIL_FREE = 32768

if PARTIES != 2 * MAX_IN + 2:
    raise SystemError("core.sweep: PARTIES does not fit MAX_IN")

cdef double ONE = 1.0
_look = None        # anomaly mode: what is called after each step of a sweep


def watch(look):
    """Anomaly mode: `look(program, node, g, parts)` sees the cotangents of a step's operands; None ends it."""
    global _look
    _look = look


def watcher():
    """What `watch` was given last, for sweeps that are written in Python."""
    return _look


cdef struct Loop:
    int nd
    npy_intp dims[MAX_DIMS]
    npy_intp step[PARTIES][MAX_DIMS]


@cython.no_gc
cdef class Sweep:
    """One backward sweep. `pull` seeds it with cotangents of some nodes and returns those of others."""

    cdef Program program
    cdef int rows
    cdef bint loose             # cotangents are traced themselves: everything by NumPy calls
    cdef npy_intp count
    cdef PyObject **cot
    cdef double *num            # cotangents of numbers (rows = 0)
    cdef char *state

    def __cinit__(self, Program program, int rows=0, bint loose=False):
        self.program, self.rows, self.loose, self.count = program, rows, loose, program.count
        self.cot = <PyObject **>PyMem_Calloc(self.count + 1, sizeof(PyObject *))
        self.num = <double *>PyMem_Calloc(self.count + 1, sizeof(double))
        self.state = <char *>PyMem_Calloc(self.count + 1, 1)
        if self.cot == NULL or self.num == NULL or self.state == NULL:
            raise MemoryError("cotangents of a recorded run")

    def __dealloc__(self):
        cdef npy_intp k
        if self.cot != NULL:
            for k in range(self.count):
                if self.cot[k] != NULL:
                    Py_DECREF(<object>self.cot[k])
        PyMem_Free(self.cot)
        PyMem_Free(self.num)
        PyMem_Free(self.state)

    def pull(self, nodes, cotangents, wanted, bint free=False, bint stop=False):
        """Cotangents of the nodes `wanted` (None: zero) for given cotangents of `nodes`.

        `free` drops saved data on the way; with `stop`, what reaches a wanted node goes no further.
        """
        pool.begin()
        if self.rows > 1:  # large cotangents of a run without a large value
            pool.wanted(8 * self.rows * self.program.widest)
        try:
            return self.walk(nodes, cotangents, wanted, free, stop)
        finally:
            pool.end()

    cdef list walk(self, nodes, cotangents, wanted, bint free, bint stop):
        cdef npy_intp node, last = -1, first
        cdef int ticks = 0
        cdef bint inner = False      # whether a step follows below a wanted node
        cdef bint watched = _look is not None
        self.program.check_constants()
        for k, g in zip(nodes, cotangents, strict=True):
            if k >= 0:
                self.give(k, g, False)
                last = max(last, k)
        first, kept = self.count, {}
        for k in wanted:
            first = min(first, <npy_intp>k)
            inner = inner or self.program.ins[<npy_intp>k].form != INPUT
        keep = set(wanted) if inner else ()
        for node in range(last, first - 1, -1):
            if self.state[node] != ABSENT and self.program.ins[node].form != INPUT:
                if node in keep:
                    # what follows may take over its memory
                    found = self.result(node)
                    kept[node] = found.copy() if isinstance(found, cnp.ndarray) else found
                    if stop:
                        self.drop(node)
                        continue
                if watched:
                    self.look(node)
                else:
                    self.step(node)
                if self.program.ins[node].form != SLOT:
                    self.drop(node)
            if free:
                self.program.release(node)
            ticks += 1
            if ticks & 1023 == 0:
                PyErr_CheckSignals()
        return [kept[k] if k in kept else self.result(k) for k in wanted]

    cdef int look(self, npy_intp node) except -1:
        """Take a step, and show what its operands have got so far."""
        cdef npy_intp to
        parts, g = [], self.get(node)
        self.step(node)
        if self.program.ins[node].form != SLOT:
            for to in self.program.operands(node):
                parts.append(None if to < 0 or self.state[to] == ABSENT else self.get(to))
            _look(self.program, node, g, parts)
        return 0

    # ---- cotangents of nodes ----

    cdef bint unboxed(self, npy_intp node) noexcept:
        """Whether the node's cotangent is a plain double in `num`."""
        return self.rows == 0 and not self.loose and self.program.ins[node].nd == 0 and not self.program.ins[node].generic

    cdef bint plain(self, npy_intp node) noexcept:
        """Whether the node's cotangent is an array of doubles that may be added to in place."""
        return not self.loose and not self.program.ins[node].generic

    cdef void put(self, npy_intp node, object g, State state) noexcept:
        Py_INCREF(g)
        if self.cot[node] != NULL:
            Py_DECREF(<object>self.cot[node])
        self.cot[node] = <PyObject *>g
        self.state[node] = state

    cdef void drop(self, npy_intp node) noexcept:
        if self.cot[node] != NULL:
            Py_DECREF(<object>self.cot[node])
            self.cot[node] = NULL
        self.state[node] = ABSENT

    cdef object get(self, npy_intp node):
        """The cotangent as an object."""
        if self.unboxed(node):
            return NUMBER64(self.num[node])
        return <object>self.cot[node]

    cdef object result(self, npy_intp node):
        if self.state[node] == ABSENT:
            return None
        if self.state[node] != OWNED and self.cot[node] != NULL and type(<object>self.cot[node]) is cnp.ndarray:
            # never hand out an array that somebody else holds
            return np.array(<object>self.cot[node], order="C")
        return self.get(node)

    cdef object zeros(self, npy_intp node):
        """Zeros of the shape of the node's cotangent."""
        cdef Instruction *s = &self.program.ins[node]
        cdef npy_intp dims[MAX_DIMS + 33]
        cdef int k, lead = 1 if self.rows else 0
        dims[0] = self.rows
        for k in range(s.nd):
            dims[lead + k] = self.program.ints[s.dims + k]
        cdef cnp.ndarray out = new_block(s.nd + lead, dims)
        memset(cnp.PyArray_DATA(out), 0, cnp.PyArray_NBYTES(out))
        return out

    cdef int give(self, npy_intp node, object g, bint fresh) except -1:
        """Add a cotangent; `fresh`: nobody else holds this array."""
        cdef Instruction *s = &self.program.ins[node]
        if not self.loose and isinstance(g, Jet) and self.plain(node):
            self.loosen()
        if self.unboxed(node):
            self.num[node] += g
            self.state[node] = OWNED
            return 0
        if not self.plain(node):
            return self.give_traced(node, g, fresh)
        if type(g) is not cnp.ndarray or cnp.PyArray_TYPE(<cnp.ndarray>g) != cnp.NPY_DOUBLE:
            g = np.asarray(g, dtype=np.float64)
        if not self.fits(s, g):
            raise TapeError(f"the pullback of {self.program.what(node)!r} returned a cotangent of shape {g.shape} for a value of "
                            f"shape {self.program.shape(node)}: please report this")
        if s.form == VIEW or self.state[node] == OWNED or self.state[node] == PART:
            add(self.target(node), g)
        elif self.state[node] == ABSENT:
            fresh = fresh and cnp.PyArray_ISCARRAY(<cnp.ndarray>g) and cnp.PyArray_CHKFLAGS(g, cnp.NPY_ARRAY_OWNDATA)
            self.put(node, g, OWNED if fresh else SHARED)
        else:
            self.put(node, np.ascontiguousarray(<object>self.cot[node] + g), OWNED)
        return 0

    cdef int loosen(self) except -1:
        """From here on everything by NumPy calls: a traced cotangent reached a plain value (z -> z * x, x of an outer level)."""
        cdef npy_intp k
        for k in range(self.count):
            if self.state[k] == PART:
                # its share lies in the cotangent of the whole already
                self.drop(k)
            elif self.state[k] != ABSENT and self.unboxed(k):
                self.put(k, np.float64(self.num[k]), OWNED)
        self.loose = True
        return 0

    cdef int give_traced(self, npy_intp node, object g, bint fresh) except -1:
        """Cotangents that carry derivatives themselves."""
        if self.state[node] == ABSENT:
            self.put(node, g, OWNED if fresh else SHARED)
        elif not (self.state[node] == OWNED and added_in_place(<object>self.cot[node], None, g)):
            self.put(node, <object>self.cot[node] + g, OWNED)
        return 0

    cdef bint fits(self, Instruction *s, cnp.ndarray g) noexcept:
        cdef int k, lead = 1 if self.rows else 0
        if cnp.PyArray_NDIM(g) != s.nd + lead:
            return False
        for k in range(s.nd):
            if cnp.PyArray_DIMS(g)[lead + k] != self.program.ints[s.dims + k]:
                return False
        return True

    cdef cnp.ndarray target(self, npy_intp node):
        """Memory of a node's cotangent, to be added to."""
        cdef Instruction *s = &self.program.ins[node]
        if self.state[node] == OWNED or self.state[node] == PART:
            return <cnp.ndarray>self.cot[node]
        if s.form == VIEW:
            part = self.derived(s, self.target(self.program.ints[s.ops]))
            if self.state[node] == SHARED:
                add(part, <cnp.ndarray>self.cot[node])
            self.put(node, part, PART)
        elif self.state[node] == SHARED:
            self.put(node, np.array(<object>self.cot[node], order="C"), OWNED)
        else:
            self.put(node, self.zeros(node), OWNED)
        return <cnp.ndarray>self.cot[node]

    cdef object derived(self, Instruction *s, object whole):
        """The part of a cotangent that a view shows."""
        derive = <object>s.what
        if type(derive) is tuple:
            return whole[(slice(None), *derive)] if self.rows else whole[derive]
        return derive.apply(1 if self.rows else 0, whole)

    # ---- instructions ----

    cdef int step(self, npy_intp node) except -1:
        cdef Instruction *s = &self.program.ins[node]
        if s.form == SLOT:
            # its cotangent waits for the call, which is a node further back
            while self.program.ins[node].form == SLOT:
                node -= 1
            if self.state[node] == ABSENT:
                self.state[node] = SHARED
            return 0
        if s.form == NUMBER:
            return self.pull_number(node, s)
        if s.form == ARRAY:
            return self.pull_array(node, s) if self.plain(node) else self.pull_loose(node, s)
        if s.form == CALL:
            return self.pull_call(node, s)
        if s.form == READ:
            return self.pull_read(node, s)
        if s.form == WRITE:
            return self.pull_write(node, s)
        if s.form == VIEW and self.state[node] != PART:
            return self.pull_view(node, s)
        return 0

    cdef int pull_number(self, npy_intp node, Instruction *s) except -1:
        cdef int i
        cdef npy_intp to
        cdef double g, p
        for i in range(s.nin):
            to = self.program.ints[s.ops + i]
            if to < 0:
                continue
            p = self.program.numbers[s.num + i]
            if self.unboxed(node):
                g = self.num[node]
                if g != 0.0:
                    self.num[to] += p * g
                self.state[to] = OWNED
            else:
                self.give(to, strong(p, <object>self.cot[node]), True)
        return 0

    cdef int pull_read(self, npy_intp node, Instruction *s) except -1:
        cdef npy_intp to = self.program.ints[s.ops], flat = <npy_intp>self.program.numbers[s.num]
        cdef cnp.ndarray whole
        if not self.plain(to):
            g = <object>self.cot[node]
            shape = self.program.shape(to)
            out = np.zeros_like(g, shape=(*np.shape(g), *shape))
            out[(Ellipsis, *np.unravel_index(flat, shape))] = g
            return self.give(to, out, True)
        whole = self.target(to)
        if self.rows:
            at = whole[(slice(None), *np.unravel_index(flat, self.program.shape(to)))]
            at += <object>self.cot[node]
        else:
            entry(whole, flat)[0] += self.num[node]
        return 0

    cdef int pull_write(self, npy_intp node, Instruction *s) except -1:
        """The entry's cotangent goes to the number that was written, the others to the array as it was."""
        cdef npy_intp before = self.program.ints[s.ops], value = self.program.ints[s.ops + 1]
        cdef npy_intp flat = <npy_intp>self.program.numbers[s.num]
        cdef double *at
        cdef cnp.ndarray whole
        if self.rows == 0 and self.plain(node):
            whole = self.target(node)
            at = entry(whole, flat)
            if value >= 0:
                self.num[value] += at[0]
                self.state[value] = OWNED
            at[0] = 0.0
        else:
            whole_ = (<object>self.cot[node]).copy()
            key = np.unravel_index(flat, self.program.shape(node))
            key = (slice(None), *key) if self.rows else key
            if value >= 0:
                part = whole_[key]
                self.give(value, part.copy() if self.rows else part, True)
            whole_[key] = 0.0
            self.put(node, whole_, OWNED if self.plain(node) else SHARED)
        if before >= 0:
            self.hand_over(node, before)
        return 0

    cdef int hand_over(self, npy_intp node, npy_intp to) except -1:
        """A cotangent that changes its node, with its ownership."""
        if self.state[to] == ABSENT and self.program.ins[to].form != VIEW:
            self.put(to, <object>self.cot[node], <State>self.state[node])
            return 0
        return self.give(to, <object>self.cot[node], False)

    cdef int pull_view(self, npy_intp node, Instruction *s) except -1:
        cdef npy_intp to = self.program.ints[s.ops]
        g = self.get(node)
        if self.plain(to):
            add(self.derived(s, self.target(to)), g)
        else:
            lead = np.ndim(g) - s.nd
            derive = <object>s.what
            if type(derive) is not tuple:
                return self.give(to, derive.transpose(lead, g)[0], True)
            derive = (slice(None),) * lead + derive
            if not (self.state[to] == OWNED and added_in_place(<object>self.cot[to], derive, g)):
                whole = np.zeros_like(g, shape=np.shape(g)[:lead] + self.program.shape(to))
                whole[derive] = g
                self.give(to, whole, True)
        return 0

    cdef int pull_call(self, npy_intp node, Instruction *s) except -1:
        cdef npy_intp to, k
        cdef int i
        cdef object g
        step = <object>s.what
        if node + 1 < self.count and self.program.ins[node + 1].form == SLOT:
            gs, k = [], node
            while k == node or (k < self.count and self.program.ins[k].form == SLOT):
                gs.append(None if self.state[k] == ABSENT or (self.cot[k] == NULL and not self.unboxed(k)) else self.get(k))
                if k > node:
                    self.drop(k)
                k += 1
            g = tuple(gs)
        else:
            g = self.get(node)
        if isinstance(step, BoundStep):
            parts = (<BoundStep>step).pulled(1 if self.rows else 0, g)
        else:
            parts = step.pull(1 if self.rows else 0, g)
        for i in range(s.nin):
            to = self.program.ints[s.ops + i]
            if to >= 0 and parts[i] is not None:
                part = parts[i]
                self.give(to, part, part is not g and Py_REFCNT(<PyObject *>part) <= 3)
        return 0

    cdef int pull_loose(self, npy_intp node, Instruction *s) except -1:
        """Cotangents that are traced: partials as arrays, products by NumPy calls."""
        cdef int i
        cdef npy_intp to
        g = self.get(node)
        for i in range(s.nin):
            to = self.program.ints[s.ops + i]
            if to >= 0:
                t = strong(partial_array(self.program, node, i), g)
                self.give(to, unbroadcast(t, np.ndim(g) - s.nd, self.program.shape(to)), True)
        return 0

    cdef int pull_array(self, npy_intp node, Instruction *s) except -1:
        """Elementwise with arrays: one compiled pass for all operands of the value's shape and for those that broadcast."""
        cdef Kernel kernel = <Kernel>s.what
        cdef Cotangent out[MAX_IN]
        cdef npy_intp to[MAX_IN]
        cdef int i, takers = 0, left = 0
        cdef cnp.ndarray g = <cnp.ndarray>self.cot[node]
        for i in range(s.nin):
            to[i] = self.program.ints[s.ops + i]
            out[i].data = NULL
            if to[i] >= 0:
                takers += 1
        for i in range(s.nin):
            if to[i] < 0:
                continue
            if kernel.unit >> i & 1 and self.same_dims(s, to[i]):
                if takers == 1 and self.state[node] == OWNED:
                    self.hand_over(node, to[i])
                else:
                    self.give(to[i], g, False)
                to[i] = -1
            else:
                left += 1
        for i in range(s.nin):
            if to[i] >= 0:
                self.aim(to[i], s, i, &out[i], g if left == 1 and self.spent(node) else None)
        if left:
            self.run(node, s, kernel, g, out, to)
        return 0

    cdef bint spent(self, npy_intp node) noexcept:
        """Whether nobody will read a node's cotangent after its own step, so that what it becomes may overwrite it."""
        cdef PyObject *g = self.cot[node]
        # the sweep's reference and the caller's
        return self.state[node] == OWNED and Py_REFCNT(g) <= 2 and cnp.PyArray_ISCARRAY(<cnp.ndarray>g)

    cdef bint same_dims(self, Instruction *s, npy_intp node) noexcept:
        cdef Instruction *o = &self.program.ins[node]
        cdef int k
        if o.nd != s.nd:
            return False
        for k in range(s.nd):
            if self.program.ints[o.dims + k] != self.program.ints[s.dims + k]:
                return False
        return True

    cdef int aim(self, npy_intp node, Instruction *s, int i, Cotangent *out, object spent) except -1:
        """Where an operand's cotangent goes: into owned memory, or into memory that is overwritten, new or `spent`."""
        cdef Instruction *o = &self.program.ins[node]
        cdef npy_intp dims[MAX_DIMS + 33]
        cdef int k, lead = 1 if self.rows else 0
        out.fresh = False
        if self.unboxed(node):
            out.data, out.comp = <char *>&self.num[node], 0
            self.state[node] = OWNED
            return 0
        if self.state[node] == ABSENT and o.form != VIEW and self.same_dims(s, node) and not self.twice(s, node):
            dims[0] = self.rows
            for k in range(o.nd):
                dims[lead + k] = self.program.ints[o.dims + k]
            self.put(node, new_block(o.nd + lead, dims) if spent is None else spent, OWNED)
            out.fresh = True
        else:
            self.target(node)
        out.data = <char *>cnp.PyArray_DATA(<cnp.ndarray>self.cot[node])
        out.comp = cnp.PyArray_STRIDES(<cnp.ndarray>self.cot[node])[0] if lead else 0
        return 0

    cdef bint twice(self, Instruction *s, npy_intp node) noexcept:
        """Whether a node is an operand more than once, itself or as a view: x * x, x * x[::-1]."""
        cdef int i, n = 0
        cdef npy_intp k
        for i in range(s.nin):
            k = self.program.ints[s.ops + i]
            while k >= 0 and k != node and self.program.ins[k].form == VIEW:
                k = self.program.ints[self.program.ins[k].ops]
            n += k == node
        return n > 1

    cdef int run(self, npy_intp node, Instruction *s, Kernel kernel, cnp.ndarray g, Cotangent *out, npy_intp *to) except -1:
        cdef Operand x[MAX_IN + 1]
        cdef Operand og
        cdef Loop loop
        cdef cnp.ndarray block
        cdef int i, lead = 1 if self.rows else 0, k
        if s.nd > MAX_DIMS:
            raise TapeError(f"an array of {s.nd} dimensions: reverse mode handles up to {MAX_DIMS}")
        loop.nd = s.nd
        for k in range(s.nd):
            loop.dims[k] = self.program.ints[s.dims + k]
        for i in range(s.nin + 1):
            x[i].order, x[i].comp, x[i].data = 0, 0, NULL
            if self.program.objects[s.obj + i] != NULL:
                block = <cnp.ndarray>self.program.objects[s.obj + i]
                x[i].data = <char *>cnp.PyArray_DATA(block)
                strides(&loop, i, cnp.PyArray_NDIM(block), cnp.PyArray_DIMS(block), cnp.PyArray_STRIDES(block))
            else:
                x[i].data = <char *>&self.program.numbers[s.num + i] if i < s.nin else NULL
                strides(&loop, i, 0, NULL, NULL)
        og.data, og.order = <char *>cnp.PyArray_DATA(g), 0
        og.comp = cnp.PyArray_STRIDES(g)[0] if lead else 0
        strides(&loop, MAX_IN + 1, s.nd, loop.dims, cnp.PyArray_STRIDES(g) + lead)
        for i in range(s.nin):
            if out[i].data == NULL or self.unboxed(to[i]):
                strides(&loop, MAX_IN + 2 + i, 0, NULL, NULL)
            else:
                block = <cnp.ndarray>self.cot[to[i]]
                strides(&loop, MAX_IN + 2 + i, cnp.PyArray_NDIM(block) - lead, cnp.PyArray_DIMS(block) + lead,
                        cnp.PyArray_STRIDES(block) + lead)
        return pull_loop(kernel, &loop, x, &og, out, max(1, self.rows))


cdef void strides(Loop *loop, int who, int nd, npy_intp *dims, npy_intp *step) noexcept nogil:
    """Strides of one party over the loop's dimensions: zero where it is repeated."""
    cdef int k, j
    for k in range(loop.nd):
        j = k - (loop.nd - nd)
        loop.step[who][k] = 0 if j < 0 or (dims[j] == 1 and loop.dims[k] != 1) else step[j]


cdef void coalesce(Loop *loop, bint *used) noexcept nogil:
    """Drop dimensions of one, join those that all parties walk through in one stride, put a long one last."""
    cdef int k, n = 0, p, best
    cdef bint joined
    cdef npy_intp t
    for k in range(loop.nd):
        if loop.dims[k] == 1:
            continue
        joined = n > 0
        for p in range(PARTIES):
            if used[p] and joined and loop.step[p][n - 1] != loop.step[p][k] * loop.dims[k]:
                joined = False
        if joined:
            loop.dims[n - 1] *= loop.dims[k]
        else:
            loop.dims[n] = loop.dims[k]
            n += 1
        for p in range(PARTIES):
            if used[p]:
                loop.step[p][n - 1] = loop.step[p][k]
    loop.nd = n
    # many short inner runs cost more than strided access
    if n > 1 and loop.dims[n - 1] < 32:
        best = n - 1
        for k in range(n):
            if loop.dims[k] > 4 * loop.dims[best]:
                best = k
        t, loop.dims[best], loop.dims[n - 1] = loop.dims[best], loop.dims[n - 1], loop.dims[best]
        for p in range(PARTIES):
            if used[p]:
                t, loop.step[p][best], loop.step[p][n - 1] = loop.step[p][best], loop.step[p][n - 1], loop.step[p][best]


cdef int pull_loop(Kernel kernel, Loop *loop, Operand *x, Operand *g, Cotangent *out, int rows,
                   bint jets=False) except -1:
    """`Kernel.pull` (or `pull_jet`, with as many tangents as rows) over all dimensions but the last, which it walks itself."""
    cdef bint used[PARTIES]
    cdef npy_intp n = 1, need
    cdef int i, k
    cdef char *scratch
    for i in range(PARTIES):
        used[i] = (i <= kernel.nin or i == MAX_IN + 1
                   or (i > MAX_IN + 1 and i - MAX_IN - 2 < kernel.nin and out[i - MAX_IN - 2].data != NULL))
    for k in range(loop.nd):
        n *= loop.dims[k]
    if n == 0:
        return 0
    coalesce(loop, used)
    if loop.nd == 0:
        loop.nd, loop.dims[0] = 1, 1
        for i in range(PARTIES):
            # a cotangent that is overwritten must not look like one that gathers
            loop.step[i][0] = 8 if i > MAX_IN + 1 else 0
    need = kernel.nscratch * (loop.dims[loop.nd - 1] if loop.dims[loop.nd - 1] < BLOCK else BLOCK) * sizeof(double)
    cdef char stack[4096]
    scratch = stack
    if need > 4096:
        scratch = <char *>PyMem_Malloc(need)
        if scratch == NULL:
            raise MemoryError(f"{need} bytes of scratch")
    if n * rows >= GIL_FREE:
        with nogil:
            walk(kernel, loop, x, g, out, rows, jets, scratch)
    else:
        walk(kernel, loop, x, g, out, rows, jets, scratch)
    if scratch != stack:
        PyMem_Free(scratch)
    return 0


cdef void walk(Kernel kernel, Loop *loop, Operand *x, Operand *g, Cotangent *out, int rows, bint jets,
               char *scratch) noexcept nogil:
    cdef npy_intp at[MAX_DIMS]
    cdef int inner = loop.nd - 1, k, i, nin = kernel.nin
    for k in range(loop.nd):
        at[k] = 0
    for i in range(nin + 1):
        x[i].step = loop.step[i][inner]
    g.step = loop.step[MAX_IN + 1][inner]
    for i in range(nin):
        out[i].step = loop.step[MAX_IN + 2 + i][inner]
        # memory that is visited more than once was zeroed, never overwritten
    while True:
        if jets:
            kernel.pull_jet(loop.dims[inner], x, g, out, rows, scratch)
        else:
            kernel.pull(loop.dims[inner], x, g, out, rows, scratch)
        k = inner - 1
        while k >= 0:
            at[k] += 1
            shift(loop, x, g, out, nin, k, 1)
            if at[k] < loop.dims[k]:
                break
            shift(loop, x, g, out, nin, k, -loop.dims[k])
            at[k] = 0
            k -= 1
        if k < 0:
            return


cdef inline void shift(Loop *loop, Operand *x, Operand *g, Cotangent *out, int nin, int k, npy_intp by) noexcept nogil:
    cdef int i
    for i in range(nin + 1):
        if x[i].data != NULL:
            x[i].data += by * loop.step[i][k]
    g.data += by * loop.step[MAX_IN + 1][k]
    for i in range(nin):
        if out[i].data != NULL:
            out[i].data += by * loop.step[MAX_IN + 2 + i][k]


cdef inline double *entry(cnp.ndarray a, npy_intp flat) noexcept:
    """Address of an entry, by its number in C order."""
    cdef npy_intp offset = 0
    cdef int k
    for k in range(cnp.PyArray_NDIM(a) - 1, -1, -1):
        offset += flat % cnp.PyArray_DIMS(a)[k] * cnp.PyArray_STRIDES(a)[k]
        flat //= cnp.PyArray_DIMS(a)[k]
    return <double *>(<char *>cnp.PyArray_DATA(a) + offset)


cdef bint added_in_place(object whole, object key, object g):
    """whole[key] += g on the blocks of arrays with the same directions; False where that cannot be."""
    if type(whole) is not type(g) or not isinstance(g, JetArray) or (<Jet>g).records or (<Jet>whole).level is not (<Jet>g).level:
        return False
    to, block = whole.block, g.block
    if (type(to) is not np.ndarray or type(block) is not np.ndarray or to.dtype != block.dtype or to.shape[0] < block.shape[0]
            or whole.local is not None or g.local is not None or whole.layout != g.layout or whole.is_view
            or not cnp.PyArray_ISCARRAY(to)):
        return False
    to = to[:block.shape[0]]
    if key is not None:
        to = to[(slice(None), *key)]
    if to.shape != block.shape:
        return False
    np.add(to, block, out=to)
    return True


cdef int add(cnp.ndarray to, cnp.ndarray g) except -1:
    """to += g."""
    if (cnp.PyArray_ISCARRAY(to) and cnp.PyArray_ISCARRAY_RO(g) and cnp.PyArray_SIZE(to) == cnp.PyArray_SIZE(g)):
        dl_mul(cnp.PyArray_SIZE(to), <double *>cnp.PyArray_DATA(to), 1, &ONE, 0, <double *>cnp.PyArray_DATA(g), 1, 0)
    else:
        np.add(to, g, out=to)
    return 0


def pull_duals(Primitive p, list blocks, g, bint curved, tuple shape, list wanted, int P):
    """Cotangents with P tangents of an elementwise step: blocks (1 + P, *shape) for the `wanted` shapes (None: not needed).

    `blocks` are the operands' and the value's: (array with component axis, carries tangents); `g` the cotangent's.
    True: the cotangent itself.  None: the rule has no compiled kernel.
    """
    cdef Operand x[MAX_IN + 1]
    cdef Operand og
    cdef Cotangent out[MAX_IN]
    cdef Loop loop
    cdef cnp.ndarray block
    cdef int i, k, mask = 0, left = 0, nin = p.nin
    for i in range(nin):
        # second partials are wanted in every operand that has tangents, also where no cotangent is
        if wanted[i] is not None or blocks[i][1]:
            mask |= 1 << i
    cdef Kernel kernel = p.kernel(mask, 2 if curved else 1)
    if not kernel.ready or len(shape) > MAX_DIMS:
        return None
    loop.nd = len(shape)
    for k in range(loop.nd):
        loop.dims[k] = shape[k]
    for i in range(nin + 1):
        if blocks[i] is None:
            x[i].data, x[i].order, x[i].comp = NULL, 0, 0
            strides(&loop, i, 0, NULL, NULL)
        else:
            block = <cnp.ndarray>blocks[i][0]
            x[i].data, x[i].order = <char *>cnp.PyArray_DATA(block), blocks[i][1]
            x[i].comp = cnp.PyArray_STRIDES(block)[0]
            strides(&loop, i, cnp.PyArray_NDIM(block) - 1, cnp.PyArray_DIMS(block) + 1, cnp.PyArray_STRIDES(block) + 1)
    block = <cnp.ndarray>g[0]
    og.data, og.order, og.comp = <char *>cnp.PyArray_DATA(block), g[1], cnp.PyArray_STRIDES(block)[0]
    strides(&loop, MAX_IN + 1, cnp.PyArray_NDIM(block) - 1, cnp.PyArray_DIMS(block) + 1, cnp.PyArray_STRIDES(block) + 1)
    results = []
    for i in range(nin):
        out[i].data, out[i].fresh = NULL, False
        strides(&loop, MAX_IN + 2 + i, 0, NULL, NULL)
        if wanted[i] is None:
            results.append(None)
            continue
        if not curved and kernel.unit >> i & 1 and wanted[i] == shape:
            results.append(True)
            continue
        left += 1
        out[i].fresh = wanted[i] == shape and len(shape) > 0
        result = np.empty((P + 1, *wanted[i])) if out[i].fresh else np.zeros((P + 1, *wanted[i]))
        block = <cnp.ndarray>result
        out[i].data, out[i].comp = <char *>cnp.PyArray_DATA(block), cnp.PyArray_STRIDES(block)[0]
        strides(&loop, MAX_IN + 2 + i, cnp.PyArray_NDIM(block) - 1, cnp.PyArray_DIMS(block) + 1, cnp.PyArray_STRIDES(block) + 1)
        results.append(result)
    if left:
        pull_loop(kernel, &loop, x, &og, out, P, True)
    return results


def unbroadcast(g, lead, shape):
    """Sum a cotangent over the axes along which an operand of `shape` was repeated."""
    extra = np.ndim(g) - lead - len(shape)
    if extra > 0:
        g = np.sum(g, axis=tuple(range(lead, lead + extra)))
    axes = tuple([lead + k for k, n in enumerate(shape) if n == 1 and np.shape(g)[lead + k] != 1])
    return np.sum(g, axis=axes, keepdims=True) if axes else g


def partial_array(Program program, npy_intp node, int i):
    """The partial of an elementwise instruction in operand i, in the shape of its value."""
    cdef Instruction *s = &program.ins[node]
    cdef Kernel kernel = <Kernel>s.what
    cdef Operand x[MAX_IN + 1]
    cdef Operand g
    cdef Cotangent out[MAX_IN]
    cdef Loop loop
    cdef cnp.ndarray block
    cdef double one = 1.0
    cdef int k
    if s.form == NUMBER:
        return program.numbers[s.num + i]
    result = np.zeros(program.shape(node))
    loop.nd = s.nd
    for k in range(s.nd):
        loop.dims[k] = program.ints[s.dims + k]
    for k in range(s.nin + 1):
        x[k].order, x[k].comp = 0, 0
        if program.objects[s.obj + k] != NULL:
            block = <cnp.ndarray>program.objects[s.obj + k]
            x[k].data = <char *>cnp.PyArray_DATA(block)
            strides(&loop, k, cnp.PyArray_NDIM(block), cnp.PyArray_DIMS(block), cnp.PyArray_STRIDES(block))
        else:
            x[k].data = <char *>&program.numbers[s.num + k] if k < s.nin else NULL
            strides(&loop, k, 0, NULL, NULL)
    g.data, g.order, g.comp = <char *>&one, 0, 0
    strides(&loop, MAX_IN + 1, 0, NULL, NULL)
    for k in range(s.nin):
        out[k].data = NULL
        strides(&loop, MAX_IN + 2 + k, 0, NULL, NULL)
    out[i].data, out[i].comp, out[i].fresh = <char *>cnp.PyArray_DATA(<cnp.ndarray>result), 0, False
    strides(&loop, MAX_IN + 2 + i, s.nd, loop.dims, cnp.PyArray_STRIDES(<cnp.ndarray>result))
    pull_loop(kernel, &loop, x, &g, out, 1)
    return result
