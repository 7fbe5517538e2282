"""The elementwise engine.

NumPy's typed inner loops are borrowed through the public ufunc struct and run in cache
blocks of BLOCK elements, so a declared formula costs tens of nanoseconds and no
temporaries.  `self_check` compares every borrowed loop with ``ufunc(x)`` before its
first use; where it fails, or a formula cannot be traced, the kernel is not `ready` and
`core.interpret` runs the formula through NumPy instead (tested fallback).

May import: core.formula, errors, numpy.
"""
from cpython.mem cimport PyMem_Calloc, PyMem_Free
cimport numpy as cnp
from numpy cimport npy_intp

import os
import numpy as np

from ..errors import refused
from .formula import Untraceable, trace

cnp.import_array()
cnp.import_ufunc()

cdef extern from "fenv.h" nogil:
    int FE_DIVBYZERO, FE_OVERFLOW, FE_UNDERFLOW, FE_INVALID
    int fetestexcept(int)
    int feclearexcept(int)

cdef extern from "combine.h" nogil:
    void dl_mul(npy_intp n, double *o, npy_intp so, const double *p, npy_intp sp, const double *t, npy_intp st, int set)
    void dl_two_cc(npy_intp n, double *o, const double *p, const double *t, const double *q, const double *u)
    void dl_two_ss(npy_intp n, double *o, double p, const double *t, double q, const double *u)
    void dl_quad(npy_intp n, double *o, npy_intp so, const double *p, npy_intp sp, const double *u, npy_intp su,
                 const double *v, npy_intp sv)
    void dl_gather(npy_intp n, double *o, const double *p, npy_intp sp, const double *t, npy_intp st)
    void dl_gather_quad(npy_intp n, double *o, const double *p, npy_intp sp, const double *u, npy_intp su,
                        const double *v, npy_intp sv)
    void dl_select(npy_intp n, char **args, npy_intp *steps)

cdef extern from "sincos.h" nogil:
    void dl_sin(char **args, const npy_intp *dims, const npy_intp *steps, void *data)
    void dl_cos(char **args, const npy_intp *dims, const npy_intp *steps, void *data)

# Loops of our own for formulas (never for values): sincos.h says why.
cdef dict OWN = {np.sin: <size_t>&dl_sin, np.cos: <size_t>&dl_cos}

cdef int FLAGS = FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INVALID

# Tests switch borrowed loops off to run the whole suite on the fallback.
_borrow = os.environ.get("DUALAD_FALLBACK", "") != "1"


cdef tuple find_loop(object ufunc, str chars):
    """Address of the typed inner loop and its data, or None; the result type char follows."""
    cdef cnp.ufunc u
    cdef int k
    if not isinstance(ufunc, np.ufunc) or ufunc.signature is not None or ufunc.nout != 1:
        return None
    u = <cnp.ufunc>ufunc
    # the Python list of types, in the order of the loops: NumPy 2.5 hides the C field
    for k, types in enumerate(getattr(ufunc, "types")):  # noqa: B009
        inputs, output = types.split("->")
        if inputs == chars:
            if u.functions[k] == NULL:
                return None
            data = <size_t>u.data[k] if u.data != NULL else 0
            return <size_t>u.functions[k], data, output
    return None


_CHECK = np.array([0.5, -0.5, 0.0, 1.0, 2.0, 1e-3, 30.0, -7.25, 0.9, 1e200])
_checked = {}


cdef object self_check(object ufunc, str chars):
    """The borrowed loop, once it has given the bits of the public call; None otherwise."""
    key = (ufunc, chars)
    if key in _checked:
        return _checked[key]
    found = find_loop(ufunc, chars) if _borrow else None
    if found is not None:
        with np.errstate(all="ignore"):
            args = [(_CHECK if c == "d" else _CHECK > 0)[::s].copy() for c, s in zip(chars, (1, -1, 1, 1))]
            want = ufunc(*args)
            got = np.empty_like(want)
            _call(found[0], found[1], args, got)
        if want.dtype.char != found[2] or want.tobytes() != got.tobytes():
            found = None
    _checked[key] = found
    return found


cdef void _call(size_t loop, size_t data, list args, object out):
    """Run a borrowed loop once over contiguous arrays."""
    cdef char *ptr[MAX_IN + 1]
    cdef npy_intp step[MAX_IN + 1]
    cdef npy_intp n = out.shape[0]
    cdef int k = 0
    for a in args + [out]:
        ptr[k] = <char *>cnp.PyArray_DATA(a)
        step[k] = (<cnp.ndarray>a).itemsize
        k += 1
    (<loop_t>loop)(ptr, &n, step, <void *>data)


cdef bint counting(object ufunc):
    """Whether a ufunc has a loop of its own for whole numbers beside floats, which doubles would miss (eval_legendre)."""
    return any(["d" in given and set(given) & set("ilqp") for given in [t.split("->")[0] for t in getattr(ufunc, "types", ())]])


cdef class Kernel:
    """One primitive's value and partials in given active operands, up to a given order."""

    def __cinit__(self, rule, tuple active, int order, fixed=None):
        self.rule, self.nin, self.nactive, self.order = rule, rule.nin, len(active), order
        self.ready = False
        self.known = fixed
        self.code, self.constants = NULL, NULL
        if rule.nin > MAX_IN:
            return
        for k, i in enumerate(active):
            self.active[k] = i
        before = refused.count
        try:
            self.listing = trace(rule, active, order, fixed)
        except (Untraceable, TypeError, ValueError):
            refused.count = before  # a partial that is refused is so when it is asked for
            return
        self.ready = self._assemble(self.listing)

    def __dealloc__(self):
        PyMem_Free(self.code)
        PyMem_Free(self.constants)

    @property
    def reads(self):
        """Operands (and, as number nin, the value) that the partials are computed from."""
        return frozenset([k for k in range(self.nin + 1) if self.needs >> k & 1])

    cdef bint _assemble(self, listing) except -1:
        """Resolve every instruction to a borrowed loop; False where one is missing."""
        cdef int k
        if counting(self.rule.fn):
            return False
        found = self_check(self.rule.fn, "d" * self.nin)
        if found is None or found[2] != "d":
            return False
        self.value, self.value_data = <loop_t><size_t>found[0], <void *><size_t>found[1]
        self.base = self.nin + 1 + len(listing.constants)
        self.nscratch = listing.scratch
        self.nslots = self.base + self.nscratch
        if self.nslots > MAX_SLOTS:
            return False
        self.constants = <double *>PyMem_Calloc(max(1, len(listing.constants)), sizeof(double))
        self.code = <Instruction *>PyMem_Calloc(max(1, len(listing.code)), sizeof(Instruction))
        if self.constants == NULL or self.code == NULL:
            raise MemoryError()
        for k, c in enumerate(listing.constants):
            self.constants[k] = c
        return self._resolve(listing) and self._outputs(listing)

    cdef bint _resolve(self, listing) except -1:
        cdef int k, j
        kinds = ["d"] * self.nslots
        for k, (op, inputs, out) in enumerate(listing.code):
            self.code[k].nin = len(inputs)
            for j, s in enumerate(inputs):
                self.code[k].slot[j] = s
            self.code[k].slot[len(inputs)] = out
            if op == "where":
                if kinds[inputs[0]] != "?":
                    return False
                kinds[out] = "d"
                self.code[k].width = sizeof(double)
                continue
            found = self_check(op, "".join(kinds[s] for s in inputs)) if len(inputs) < 4 else None
            if found is None or found[2] not in "d?":
                return False
            self.code[k].loop, self.code[k].data = <loop_t><size_t>found[0], <void *><size_t>found[1]
            if op in OWN and kinds[inputs[0]] == "d":
                self.code[k].loop = <loop_t><size_t>OWN[op]
            kinds[out] = found[2]
            self.code[k].width = sizeof(double) if found[2] == "d" else 1
        self.ncode = len(listing.code)
        return True

    cdef bint _outputs(self, listing) except -1:
        """Where each partial is found after the instructions ran."""
        cdef int i, j
        for i in range(MAX_IN):
            self.first[i] = -1
            for j in range(MAX_IN):
                self.second[i][j] = -1
        for k, s in enumerate(listing.first):
            i = self.active[k]
            self.first[i] = -1 if s is None else s
        for (i, j), s in listing.second.items():
            self.second[i][j] = s
        read = {s for _, inputs, _ in listing.code for s in inputs} | set(listing.first) | set(listing.second.values())
        self.needs = sum([1 << s for s in read if s is not None and s <= self.nin])
        self.unit = 0
        for k, s in enumerate(listing.first):
            if s is not None and self.nin < s < self.base and self.constants[s - self.nin - 1] == 1.0:
                self.unit |= 1 << self.active[k]
        return True

    cdef int run(self, npy_intp n, Operand *x, Operand *y, int P, int M,
                 const int *pi, const int *pj, char *scratch) noexcept nogil:
        """Value and components of n elements; returns the floating-point flags of the value.

        `scratch` holds nscratch slots of min(n, BLOCK) doubles.
        """
        cdef char *slots[MAX_SLOTS]
        cdef npy_intp steps[MAX_SLOTS]
        cdef char *args[MAX_IN + 1]
        cdef npy_intp astep[MAX_IN + 1]
        cdef npy_intp start, m, width = n if n < BLOCK else BLOCK
        cdef int k, flags = 0
        if fetestexcept(FLAGS):
            feclearexcept(FLAGS)
        for k in range(self.nin):
            steps[k] = x[k].step
        steps[self.nin] = y.step
        self.start(slots, steps, width, scratch)
        start = 0
        while start < n:
            m = n - start if n - start < BLOCK else BLOCK
            for k in range(self.nin):
                slots[k] = args[k] = x[k].data + start * x[k].step
                astep[k] = x[k].step
            slots[self.nin] = args[self.nin] = y.data + start * y.step
            astep[self.nin] = y.step
            self.value(args, &m, astep, self.value_data)
            k = fetestexcept(FLAGS)
            if k:
                flags |= k
            self.block(m, x, y, slots, steps, P, M, pi, pj)
            if fetestexcept(FLAGS):
                feclearexcept(FLAGS)
            start += m
        return flags

    cdef int number(self, double *x, double *y, double *p) noexcept nogil:
        """Value and active partials at one point; returns the floating-point flags of the value."""
        cdef char *slots[MAX_SLOTS]
        cdef npy_intp steps[MAX_SLOTS]
        cdef char *args[MAX_IN + 1]  # loops may move what they are given: SciPy's do
        cdef double scratch[MAX_SLOTS]
        cdef npy_intp one = 1
        cdef int k, flags
        for k in range(self.nin):
            slots[k] = args[k] = <char *>&x[k]
            steps[k] = 0
        slots[self.nin] = args[self.nin] = <char *>y
        steps[self.nin] = 8
        if fetestexcept(FLAGS):
            feclearexcept(FLAGS)
        self.value(args, &one, steps, self.value_data)
        flags = fetestexcept(FLAGS)
        self.start(slots, steps, 1, <char *>scratch)
        self.partials(1, slots, steps)
        for k in range(self.nactive):
            p[self.active[k]] = 0.0 if self.first[self.active[k]] < 0 else (<double *>slots[self.first[self.active[k]]])[0]
        if flags or fetestexcept(FLAGS):
            feclearexcept(FLAGS)
        return flags

    cdef void start(self, char **slots, npy_intp *steps, npy_intp width, char *scratch) noexcept nogil:
        """Constants and scratch have their places for all blocks."""
        cdef int k
        for k in range(self.nin + 1, self.base):
            slots[k] = <char *>&self.constants[k - self.nin - 1]
            steps[k] = 0
        for k in range(self.nscratch):
            slots[self.base + k] = scratch + k * width * sizeof(double)

    cdef void block(self, npy_intp n, Operand *x, Operand *y, char **slots, npy_intp *steps,
                    int P, int M, const int *pi, const int *pj) noexcept nogil:
        """Partials of one block, then its components."""
        self.partials(n, slots, steps)
        first_order(self, n, x, y, slots, steps, P)
        if M and y.order > 1:
            second_order(self, n, x, y, slots, steps, P, M, pi, pj)

    cdef Kernel second_order(self):
        """The same partials and their derivatives."""
        if self.raised is None:
            self.raised = self if self.order > 1 else Kernel(
                self.rule, tuple([self.active[k] for k in range(self.nactive)]), 2, self.known)
        return <Kernel>self.raised

    cdef void values(self, npy_intp n, Operand *x, char *y) noexcept nogil:
        """The value once more, in NumPy's bits; its flags were reported when it was first computed."""
        cdef char *args[MAX_IN + 1]
        cdef npy_intp steps[MAX_IN + 1]
        cdef int k
        for k in range(self.nin):
            args[k], steps[k] = x[k].data, x[k].step
        args[self.nin], steps[self.nin] = y, 8
        self.value(args, &n, steps, self.value_data)
        if fetestexcept(FLAGS):
            feclearexcept(FLAGS)

    cdef void push(self, npy_intp n, Operand *x, Operand *y, char *scratch) noexcept nogil:
        """One tangent of a block of at most BLOCK elements whose value is known; what the partials do not read may be NULL."""
        cdef char *slots[MAX_SLOTS]
        cdef npy_intp steps[MAX_SLOTS]
        cdef int k
        for k in range(self.nin):
            slots[k], steps[k] = x[k].data, x[k].step
        slots[self.nin], steps[self.nin] = y.data, y.step
        self.start(slots, steps, n, scratch)
        self.partials(n, slots, steps)
        first_order(self, n, x, y, slots, steps, 1)
        if fetestexcept(FLAGS):
            feclearexcept(FLAGS)

    cdef void pull(self, npy_intp n, Operand *x, Operand *g, Cotangent *out, int rows, char *scratch) noexcept nogil:
        """Cotangents of the operands: out_i (+)= p_i g, for each of `rows` rows of g.

        x holds the operands and, at [nin], the value; what the partials do not read may be NULL.
        """
        cdef char *slots[MAX_SLOTS]
        cdef npy_intp steps[MAX_SLOTS]
        cdef npy_intp start = 0, m, width = n if n < BLOCK else BLOCK
        cdef int a, i, k, b, s
        cdef Cotangent *o
        for k in range(self.nin + 1):
            steps[k] = x[k].step
        self.start(slots, steps, width, scratch)
        while start < n:
            m = n - start if n - start < BLOCK else BLOCK
            for k in range(self.nin + 1):
                slots[k] = x[k].data + start * x[k].step
            self.partials(m, slots, steps)
            for a in range(self.nactive):
                i = self.active[a]
                o = &out[i]
                s = self.first[i]
                if o.data == NULL:
                    continue
                for b in range(rows):
                    product(m, o, b, start, NULL if s < 0 else slots[s], 0 if s < 0 else steps[s],
                            g.data + b * g.comp + start * g.step, g.step)
            start += m
        if fetestexcept(FLAGS):
            feclearexcept(FLAGS)

    cdef void pull_jet(self, npy_intp n, Operand *x, Operand *g, Cotangent *out, int P, char *scratch) noexcept nogil:
        """The same with P tangents on everything: out_i' (+)= p_i g' + (sum over j of p_ij x_j') g."""
        cdef char *slots[MAX_SLOTS]
        cdef npy_intp steps[MAX_SLOTS]
        cdef npy_intp start = 0, m, sp, width = n if n < BLOCK else BLOCK
        cdef int a, i, j, k, c, s
        cdef Cotangent *o
        cdef char *g0
        cdef char *p
        for k in range(self.nin + 1):
            steps[k] = x[k].step
        self.start(slots, steps, width, scratch)
        while start < n:
            m = n - start if n - start < BLOCK else BLOCK
            for k in range(self.nin + 1):
                slots[k] = x[k].data + start * x[k].step
            g0 = g.data + start * g.step
            self.partials(m, slots, steps)
            for a in range(self.nactive):
                i = self.active[a]
                o = &out[i]
                s = self.first[i]
                if o.data == NULL:
                    continue
                for c in range(P + 1):
                    # NULL: identically zero
                    p, sp = NULL, 0
                    if s >= 0:
                        sp = steps[s]
                        if c == 0 or g.order != 0:
                            p = slots[s]
                    product(m, o, c, start, p, sp, g0 + c * g.comp, g.step)
                for k in range(self.nactive):
                    j = self.active[k]
                    s = self.second[i if i < j else j][j if i < j else i]
                    if s < 0 or x[j].order == 0:
                        continue
                    for c in range(1, P + 1):
                        bend(m, o, c, start, slots[s], steps[s], slots[j] + c * x[j].comp, x[j].step, g0, g.step)
            start += m
        if fetestexcept(FLAGS):
            feclearexcept(FLAGS)

    cdef void partials(self, npy_intp n, char **slots, npy_intp *steps) noexcept nogil:
        """Run the instruction list over one block."""
        cdef char *args[5]
        cdef npy_intp astep[5]
        cdef Instruction *ins
        cdef int c, j
        for c in range(self.ncode):
            ins = &self.code[c]
            for j in range(ins.nin):
                args[j] = slots[ins.slot[j]]
                astep[j] = steps[ins.slot[j]]
            j = ins.slot[ins.nin]
            args[ins.nin] = slots[j]
            steps[j] = astep[ins.nin] = ins.width
            if ins.loop == NULL:
                dl_select(n, args, astep)
            else:
                ins.loop(args, &n, astep, ins.data)


cdef void product(npy_intp n, Cotangent *o, int row, npy_intp start, char *p, npy_intp sp, char *g, npy_intp sg) noexcept nogil:
    """One row of o (+)= p g; p NULL: identically zero."""
    cdef double *to = <double *>(o.data + row * o.comp + start * o.step)
    if p == NULL:
        if o.fresh and o.step:
            zero(n, to, o.step // 8)
    elif o.step == 0:
        dl_gather(n, to, <double *>p, sp // 8, <double *>g, sg // 8)
    else:
        dl_mul(n, to, o.step // 8, <double *>p, sp // 8, <double *>g, sg // 8, o.fresh)


cdef void bend(npy_intp n, Cotangent *o, int row, npy_intp start, char *p, npy_intp sp, char *u, npy_intp su,
               char *v, npy_intp sv) noexcept nogil:
    """One row of o += p u v."""
    cdef double *to = <double *>(o.data + row * o.comp + start * o.step)
    if o.step == 0:
        dl_gather_quad(n, to, <double *>p, sp // 8, <double *>u, su // 8, <double *>v, sv // 8)
    else:
        dl_quad(n, to, o.step // 8, <double *>p, sp // 8, <double *>u, su // 8, <double *>v, sv // 8)


cdef inline double *at(Operand *x, char *origin, int component) noexcept nogil:
    return <double *>(origin + component * x.comp)


cdef void first_order(Kernel k, npy_intp n, Operand *x, Operand *y, char **slots, npy_intp *steps, int P) noexcept nogil:
    """Components 1..P: y_c = sum over operands of p * x_c."""
    cdef int a, c, i, j, used = 0
    cdef int who[MAX_IN]
    cdef npy_intp so = y.step // 8
    cdef char *yo = slots[k.nin]
    for a in range(k.nactive):
        i = k.active[a]
        if x[i].order > 0 and k.first[i] >= 0:
            who[used] = i
            used += 1
    if n == 1 and y.comp == 8:
        for a in range(used):
            i = who[a]
            dl_mul(P, at(y, yo, 1), 1, <double *>slots[k.first[i]], 0, at(&x[i], slots[i], 1), x[i].comp // 8, a == 0)
    else:
        if used == 2:
            i, j = who[0], who[1]
            if (so == 1 and x[i].step == 8 and x[j].step == 8 and steps[k.first[i]] == steps[k.first[j]]
                    and (steps[k.first[i]] == 8 or steps[k.first[i]] == 0)):
                for c in range(1, P + 1):
                    if steps[k.first[i]] == 8:
                        dl_two_cc(n, at(y, yo, c), <double *>slots[k.first[i]], at(&x[i], slots[i], c),
                                  <double *>slots[k.first[j]], at(&x[j], slots[j], c))
                    else:
                        dl_two_ss(n, at(y, yo, c), (<double *>slots[k.first[i]])[0], at(&x[i], slots[i], c),
                                  (<double *>slots[k.first[j]])[0], at(&x[j], slots[j], c))
                return
        for a in range(used):
            i = who[a]
            for c in range(1, P + 1):
                dl_mul(n, at(y, yo, c), so, <double *>slots[k.first[i]], steps[k.first[i]] // 8,
                       at(&x[i], slots[i], c), x[i].step // 8, a == 0)
    if used == 0:
        for c in range(1, P + 1):
            zero(n, at(y, yo, c), so)


cdef inline void zero(npy_intp n, double *o, npy_intp so) noexcept nogil:
    cdef npy_intp i
    for i in range(n):
        o[i * so] = 0.0


cdef void second_order(Kernel k, npy_intp n, Operand *x, Operand *y, char **slots, npy_intp *steps,
                       int P, int M, const int *pi, const int *pj) noexcept nogil:
    """Components of pairs (i, j): sum p x_ij + sum p_ab (a_i b_j + a_j b_i, once where a is b)."""
    cdef int a, b, m, ia, ib, s, c, d
    cdef bint fresh
    cdef npy_intp so = y.step // 8, sp
    cdef double *o
    cdef double *p
    cdef char *yo = slots[k.nin]
    for m in range(M):
        o = at(y, yo, 1 + P + m)
        c, d = 1 + pi[m], 1 + pj[m]
        fresh = True
        for a in range(k.nactive):
            ia = k.active[a]
            if x[ia].order > 1 and k.first[ia] >= 0:
                dl_mul(n, o, so, <double *>slots[k.first[ia]], steps[k.first[ia]] // 8,
                       at(&x[ia], slots[ia], 1 + P + m), x[ia].step // 8, fresh)
                fresh = False
        if fresh:
            zero(n, o, so)
        for a in range(k.nactive):
            ia = k.active[a]
            for b in range(a, k.nactive):
                ib = k.active[b]
                s = k.second[ia][ib]
                if s < 0 or x[ia].order == 0 or x[ib].order == 0:
                    continue
                p, sp = <double *>slots[s], steps[s] // 8
                dl_quad(n, o, so, p, sp, at(&x[ia], slots[ia], c), x[ia].step // 8, at(&x[ib], slots[ib], d), x[ib].step // 8)
                if ia != ib:
                    dl_quad(n, o, so, p, sp, at(&x[ia], slots[ia], d), x[ia].step // 8, at(&x[ib], slots[ib], c), x[ib].step // 8)


_kernels = {}


cdef Kernel kernel_for(object rule, int mask, int order):
    """The cached kernel of a rule for a bit mask of active operands."""
    cdef Kernel kernel
    key = (rule, mask, order)
    kernel = _kernels.get(key)
    if kernel is None:
        kernel = Kernel(rule, tuple(i for i in range(rule.nin) if mask >> i & 1), order)
        _kernels[key] = kernel
    return kernel


def kernel(rule, mask=None, order=2):
    """The kernel of a rule, for inspection: `.ready`, `.listing`."""
    return kernel_for(rule, (1 << rule.nin) - 1 if mask is None else mask, order)
