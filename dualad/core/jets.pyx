"""Dual and hyper-dual arrays and scalars.

One implementation, two names: a jet block has shape (C, *S) with the value first, then P
first-order directions, then one component for each pair of the layout (decision note 1).
A block may be shorter than its layout; what is missing is structurally zero.

May import: core.chain, errors, numpy.  `core.interpret` installs the Python side (`_py`).
"""
from cpython.mem cimport PyMem_Malloc, PyMem_Free
from cpython.float cimport PyFloat_CheckExact, PyFloat_AS_DOUBLE
from cpython.long cimport PyLong_CheckExact
from libc.string cimport memcpy
cimport cython
cimport numpy as cnp
from numpy cimport npy_intp

import itertools
import math
import numpy as np

from dualad.core.chain cimport Kernel, Operand, kernel_for, BLOCK, MAX_IN, MAX_SLOTS
from ..errors import ConversionError, EscapedLevelError, LayoutError

cnp.import_array()

_py = None                  # namespace of core.interpret, installed when it is imported
_rules = {}                 # ufunc -> Elementwise rule, a view of the registry kept by interpret
_ids = itertools.count(1)   # never reused: perturbation confusion is impossible by construction

cdef enum:
    GIL_FREE = 65536        # component elements above which the GIL is released
    KEPT = 131072           # bytes of scratch that are kept between calls

cdef char _scratch[KEPT]    # used only while the GIL is held, by code that calls no Python


def install(namespace, rules):
    """Give the compiled types the Python functions they call for everything but the fast path."""
    global _py, _rules
    _py, _rules = namespace, rules


cdef class Level:
    """One run of a transform. `closed` after it: its arrays are refused from then on."""

    def __init__(self, str owner="", id=None):
        self.id = next(_ids) if id is None else id
        self.owner = owner

    def close(self):
        """Refuse the level's arrays from now on."""
        self.closed = True

    def __repr__(self):
        return f"<Level {self.id} of {self.owner}>"

    def __reduce__(self):
        if self.id != 0:
            raise ConversionError(f"cannot pickle a value that belongs to a running {self.owner}(): "
                                  "return it from the function, or pickle its .value")
        return _manual_level, ()


MANUAL = Level("dual()", 0)


def _manual_level():
    return MANUAL


cdef class Layout:
    """Which directions and which pairs of directions a block has room for."""

    def __cinit__(self, int P, pairs, str kind):
        cdef cnp.ndarray table = np.ascontiguousarray(pairs, dtype=np.intc).reshape(2, -1)
        self.P, self.M, self.kind = P, table.shape[1], kind
        self.pairs = table
        self.pi = <int *>cnp.PyArray_DATA(table)
        self.pj = self.pi + self.M

    def __eq__(self, other):
        if self is other:
            return True
        return (isinstance(other, Layout) and self.P == (<Layout>other).P and self.M == (<Layout>other).M
                and np.array_equal(self.pairs, (<Layout>other).pairs))

    def __hash__(self):
        return hash((self.P, self.M))

    def __reduce__(self):
        return Layout, (self.P, np.array(self.pairs), self.kind)

    def __repr__(self):
        return f"<Layout {self.kind}: {self.P} directions, {self.M} pairs>"


_layouts = {}


def dual_layout(P):
    """P first-order directions."""
    found = _layouts.get(("dual", P))
    if found is None:
        found = Layout(P, np.zeros((2, 0)), "dual")
        _layouts["dual", P] = found
    return found


def symmetric_layout(P):
    """P directions and every pair i <= j."""
    found = _layouts.get(("symmetric", P))
    if found is None:
        found = Layout(P, np.array(np.triu_indices(P)), "symmetric")
        # large tables are cheap to make again and would stay for ever
        if P <= 128:
            _layouts["symmetric", P] = found
    return found


def diagonal_layout(P):
    """P directions and the pairs (i, i)."""
    k = np.arange(P)
    return Layout(P, np.array([k, k]), "diagonal")


def pair_layout(P, Q):
    """Directions e1 (P of them) and e2 (Q), and every pair of one of each."""
    i, j = np.indices((P, Q)).reshape(2, -1)
    return Layout(P + Q, np.array([i, P + j]), f"pair{P}")


cdef class Local:
    """Directions of an identity seed, as each element met them: row k names element's k-th direction."""

    def __init__(self, tuple rows, Layout full, long long limit):
        self.rows, self.full, self.limit = rows, full, limit


@cython.no_gc
cdef class Jet:
    """Base of everything that carries derivatives."""

    __array_priority__ = 1000

    def __init__(self):
        raise TypeError(f"make a {type(self).__name__} with dualad.dual(value, tangents) or dualad.hyperdual(...)")

    @property
    def layout(self):
        return self._layout

    @property
    def value(self):
        """The primal: NumPy's own result (an array of a lower level inside nested transforms)."""
        return self.block[0]

    @property
    def tangents(self):
        """First-order directions, shape (P, *shape); zeros where none ever arrived."""
        return _py["tangents"](self)

    @property
    def e1(self):
        """Hyper-dual e1 components, shape (P, *shape)."""
        return _py["part"](self, "e1")

    @property
    def e2(self):
        """Hyper-dual e2 components, shape (Q, *shape)."""
        return _py["part"](self, "e2")

    @property
    def e12(self):
        """Hyper-dual e1e2 components, shape (P, Q, *shape)."""
        return _py["part"](self, "e12")

    @property
    def T(self):
        return _py["method"](self, "transpose")()

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if not kwargs and method == "__call__":
            rule = _rules.get(ufunc)
            if rule is not None and len(inputs) == rule.nin:
                return elementwise(rule, inputs)
        return _py["array_ufunc"](ufunc, method, inputs, kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return _py["array_function"](func, args, kwargs)

    def __getattr__(self, name):
        return _py["method"](self, name)

    def __dir__(self):
        return _py["attributes"](type(self))

    # ---- everything that would drop derivatives raises ----
    def __array__(self, dtype=None, copy=None):
        raise ConversionError(_py["refusal"](self, "np.array/np.asarray, or storing it in a plain array,"))

    def __float__(self):
        raise ConversionError(_py["refusal"](self, "float() or a function of the math module"))

    def __complex__(self):
        raise ConversionError(_py["refusal"](self, "complex() or a function of the cmath module"))

    def item(self, *args):
        raise ConversionError(_py["refusal"](self, ".item()"))

    def __index__(self):
        raise TypeError(f"{type(self).__name__} cannot be used as an index: only integers can; use int(x) or x.value")

    # piecewise constant: plain numbers, derivative zero
    def __int__(self):
        return int(_py["primal"](self))

    def __trunc__(self):
        return math.trunc(_py["primal"](self))

    def __floor__(self):
        return math.floor(_py["primal"](self))

    def __ceil__(self):
        return math.ceil(_py["primal"](self))

    def __round__(self, ndigits=None):
        return round(_py["primal"](self)) if ndigits is None else round(_py["primal"](self), ndigits)

    def __bool__(self):
        return bool(_py["primal"](self))

    def __hash__(self):
        raise TypeError(f"unhashable type: {type(self).__name__!r} (a cache keyed by its value would drop derivatives)")

    def __richcmp__(self, other, int op):
        return _py["compare"](self, other, op)

    def __repr__(self):
        return _py["show"](self)

    def __str__(self):
        return _py["show"](self)

    def __format__(self, spec):
        return _py["show"](self) if not spec else format(_py["primal"](self), spec)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        return _rebuild, (self.level, self._layout_full(), self.block)

    def _layout_full(self):
        return self._layout

    # ---- operators ----
    def __add__(self, other):
        return elementwise(ADD, (self, other))

    def __radd__(self, other):
        return elementwise(ADD, (other, self))

    def __sub__(self, other):
        return elementwise(SUB, (self, other))

    def __rsub__(self, other):
        return elementwise(SUB, (other, self))

    def __mul__(self, other):
        return elementwise(MUL, (self, other))

    def __rmul__(self, other):
        return elementwise(MUL, (other, self))

    def __truediv__(self, other):
        return elementwise(DIV, (self, other))

    def __rtruediv__(self, other):
        return elementwise(DIV, (other, self))

    def __pow__(self, other, modulo):
        if modulo is not None:
            return NotImplemented
        if PyFloat_CheckExact(other) or PyLong_CheckExact(other):
            # NumPy's own shortcuts for arrays, so that values have the same bits
            if isinstance(self, JetArray):
                if other == 2:
                    return elementwise(SQUARE, (self,))
                if other == 1:
                    return elementwise(POSITIVE, (self,))
                if PyFloat_CheckExact(other):
                    if other == 0.5:
                        return elementwise(SQRT, (self,))
                if other == -1:
                    return elementwise(RECIPROCAL, (self,))
        return elementwise(POW, (self, other))

    def __rpow__(self, other, modulo):
        return elementwise(POW, (other, self))

    def __mod__(self, other):
        return elementwise(MOD, (self, other))

    def __rmod__(self, other):
        return elementwise(MOD, (other, self))

    def __neg__(self):
        return elementwise(NEG, (self,))

    def __pos__(self):
        return elementwise(POSITIVE, (self,))

    def __abs__(self):
        return elementwise(ABS, (self,))

    def __floordiv__(self, other):
        return np.floor_divide(self, other)

    def __rfloordiv__(self, other):
        return np.floor_divide(other, self)

    def __divmod__(self, other):
        return np.divmod(self, other)

    def __rdivmod__(self, other):
        return np.divmod(other, self)

    def __matmul__(self, other):
        return np.matmul(self, other)

    def __rmatmul__(self, other):
        return np.matmul(other, self)


def bind_operators(rules):
    """The rules behind the operators, by NumPy's ufuncs."""
    global ADD, SUB, MUL, DIV, POW, MOD, NEG, ABS, SQUARE, POSITIVE, SQRT, RECIPROCAL
    ADD, SUB, MUL, DIV = rules[np.add], rules[np.subtract], rules[np.multiply], rules[np.divide]
    POW, MOD, NEG, ABS = rules[np.power], rules[np.remainder], rules[np.negative], rules[np.absolute]
    SQUARE, POSITIVE, SQRT, RECIPROCAL = rules[np.square], rules[np.positive], rules[np.sqrt], rules[np.reciprocal]


cdef object ADD, SUB, MUL, DIV, POW, MOD, NEG, ABS, SQUARE, POSITIVE, SQRT, RECIPROCAL


@cython.no_gc
cdef class JetArray(Jet):
    """An array of rank one or more that carries derivatives."""

    cdef object blk(self):
        """The block; a view looks again when its parent's block was replaced."""
        cdef object now
        if self.parent is not None:
            now = (<JetArray>self.parent).blk()
            if now is not self.seen:
                self._block, self.seen = self.derive(now), now
                self._layout = (<JetArray>self.parent)._layout
                if (<JetArray>self.parent)._local is None:
                    self._local = None
        return self._block

    @property
    def block(self):
        return self.blk()

    @property
    def layout(self):
        self.blk()
        return self._layout

    @property
    def local(self):
        self.blk()
        return self._local

    @property
    def is_view(self):
        return self.parent is not None

    @property
    def root(self):
        return self if self.parent is None else self.parent.root

    def replace_block(self, block, Layout layout, Local local):
        """Give an owner another block (growth, densification, promotion); its views follow."""
        if self.parent is not None:
            raise RuntimeError("only an owner's block is replaced")
        self._block, self._layout, self._local = block, layout, local

    def _layout_full(self):
        return self.layout

    @property
    def shape(self):
        return self.blk().shape[1:]

    @property
    def ndim(self):
        return self.blk().ndim - 1

    @property
    def size(self):
        return math.prod(self.blk().shape[1:])

    @property
    def dtype(self):
        return self.blk().dtype

    @property
    def itemsize(self):
        return self.blk().dtype.itemsize

    @property
    def nbytes(self):
        return self.size * self.itemsize

    def __len__(self):
        return self.blk().shape[1]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key):
        return _py["getitem"](self, key)

    def __setitem__(self, key, value):
        _py["setitem"](self, key, value)

    def __contains__(self, item):
        return bool((self == item).any())

    def __iadd__(self, other):
        return _py["inplace"](self, elementwise(ADD, (self, other)))

    def __isub__(self, other):
        return _py["inplace"](self, elementwise(SUB, (self, other)))

    def __imul__(self, other):
        return _py["inplace"](self, elementwise(MUL, (self, other)))

    def __itruediv__(self, other):
        return _py["inplace"](self, elementwise(DIV, (self, other)))

    def __ipow__(self, other):
        return _py["inplace"](self, self ** other)

    def __imod__(self, other):
        return _py["inplace"](self, elementwise(MOD, (self, other)))

    def __ifloordiv__(self, other):
        return _py["inplace"](self, np.floor_divide(self, other))

    def __imatmul__(self, other):
        return _py["inplace"](self, np.matmul(self, other))



@cython.no_gc
cdef class JetScalar(Jet):
    """A rank-0 result. Deliberately without __len__ and __getitem__ (design section 3)."""

    def __dealloc__(self):
        if self.c != NULL and self.c != self.buf:
            PyMem_Free(self.c)

    @property
    def block(self):
        cdef npy_intp n = self.ncomp
        if self._block is not None:
            return self._block
        out = cnp.PyArray_EMPTY(1, &n, cnp.NPY_DOUBLE, 0)
        memcpy(cnp.PyArray_DATA(out), self.c, n * sizeof(double))
        return out

    @property
    def local(self):
        return None

    @property
    def shape(self):
        return ()

    @property
    def ndim(self):
        return 0

    @property
    def size(self):
        return 1

    @property
    def dtype(self):
        return FLOAT64 if self._block is None else self._block.dtype

    @property
    def itemsize(self):
        return self.dtype.itemsize

    @property
    def nbytes(self):
        return self.dtype.itemsize

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


FLOAT64 = np.dtype(np.float64)


@cython.no_gc
cdef class DualArray(JetArray):
    """Array with first-order tangents. Made by `dualad.dual`, and inside transforms."""


@cython.no_gc
cdef class HyperDualArray(JetArray):
    """Array with first- and second-order components. Made by `dualad.hyperdual`, and inside transforms."""



@cython.no_gc
cdef class DualScalar(JetScalar):
    """Rank-0 `DualArray`."""



@cython.no_gc
cdef class HyperDualScalar(JetScalar):
    """Rank-0 `HyperDualArray`."""


cdef JetScalar new_scalar(Level level, Layout layout, int ncomp):
    cdef JetScalar out
    if layout.M:
        out = HyperDualScalar.__new__(HyperDualScalar)
    else:
        out = DualScalar.__new__(DualScalar)
    out.level, out._layout, out.ncomp = level, layout, ncomp
    if ncomp <= 8:
        out.c = out.buf
    else:
        out.c = <double *>PyMem_Malloc(ncomp * sizeof(double))
        if out.c == NULL:
            raise MemoryError(f"{ncomp} components")
    return out


cdef JetArray new_array(Level level, Layout layout, object block):
    cdef JetArray out
    if layout.M:
        out = HyperDualArray.__new__(HyperDualArray)
    else:
        out = DualArray.__new__(DualArray)
    out.level, out._layout, out._block = level, layout, block
    return out


def make(Level level, Layout layout, block, Local local=None, parent=None, derive=None):
    """Wrap a block of shape (C, *S): a scalar for S = (), else an array (a view if `parent` is given)."""
    cdef JetArray array
    cdef JetScalar scalar
    cdef cnp.ndarray flat
    if block.ndim == 1:
        if type(block) is np.ndarray and block.dtype == FLOAT64:
            flat = np.ascontiguousarray(block)
            scalar = new_scalar(level, layout, block.shape[0])
            memcpy(scalar.c, cnp.PyArray_DATA(flat), flat.shape[0] * sizeof(double))
        else:
            scalar = new_scalar(level, layout, 0)
            # a scalar is a value: it never shares memory with the array it was read from
            scalar._block, scalar.ncomp = block.copy(), block.shape[0]
        return scalar
    array = new_array(level, layout, block)
    array._local = local
    if parent is not None:
        array.parent, array.derive, array.seen = parent, derive, (<JetArray>parent).blk()
    return array


def _rebuild(level, layout, block):
    return make(level, layout, block)


cdef inline bint compact(cnp.ndarray a, int skip):
    """True if the axes after `skip` are one run with a single stride (or rank one)."""
    cdef int nd = cnp.PyArray_NDIM(a), k
    cdef npy_intp expected = 8
    if nd - skip <= 1:
        return True
    for k in range(nd - 1, skip - 1, -1):
        if a.shape[k] != 1:
            if a.strides[k] != expected:
                return False
            expected *= a.shape[k]
    return True


cdef inline bint plain_double(object a):
    return (type(a) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>a) == cnp.NPY_DOUBLE
            and cnp.PyArray_ISBEHAVED_RO(<cnp.ndarray>a))


cdef Jet top_of(tuple args):
    """The operand of the highest level (None: all plain)."""
    cdef Jet top = None
    for a in args:
        if isinstance(a, Jet) and (top is None or (<Jet>a).level.id > top.level.id):
            top = <Jet>a
    return top


cdef object elementwise(object rule, tuple args):
    """Apply an elementwise rule: the compiled path, or interpret's for everything it does not take."""
    cdef Operand x[MAX_IN]
    cdef double number[MAX_IN]
    cdef Jet top = top_of(args)
    cdef Layout layout
    cdef Local local = None
    cdef JetArray array
    cdef JetScalar scalar
    cdef cnp.ndarray block, shaped = None
    cdef Kernel kernel
    cdef Operand y
    cdef npy_intp n = 1
    cdef npy_intp *dims
    cdef npy_intp outdims[64]
    cdef int nin = len(args), i, nd = 0, mask = 0, order = 0, skip, off = 0, ncomp, first, k
    cdef bint known = False, scalars = False
    if top is None or nin > MAX_IN:
        return _py["elementwise"](rule, args)
    if top.level.closed:
        _escaped(top)
    hold = []
    layout = top._layout if isinstance(top, JetScalar) else None
    for i in range(nin):
        a = args[i]
        skip = 0
        x[i].order = 0
        x[i].comp = 0
        if isinstance(a, Jet):
            if (<Jet>a).level is not top.level:
                return _py["elementwise"](rule, args)
            if isinstance(a, JetScalar):
                scalar = <JetScalar>a
                if scalar._block is not None:
                    return _py["elementwise"](rule, args)
                if layout is None:
                    layout = scalar._layout
                elif scalar._layout is not layout and not scalar._layout == layout:
                    return _py["elementwise"](rule, args)
                x[i].data, x[i].comp, x[i].step = <char *>scalar.c, sizeof(double), 0
                ncomp = scalar.ncomp
                scalars = True
            else:
                array = <JetArray>a
                b = array.blk()
                if not plain_double(b):
                    return _py["elementwise"](rule, args)
                if layout is None:
                    layout = array._layout
                elif array._layout is not layout and not array._layout == layout:
                    return _py["elementwise"](rule, args)
                if known and array._local is not local:
                    return _py["elementwise"](rule, args)
                local = array._local
                known = True
                ncomp = b.shape[0]
                skip = 1
            x[i].order = 0 if ncomp == 1 else 1 if ncomp == 1 + layout.P and layout.P else 2
            if x[i].order:
                mask |= 1 << i
                order = max(order, x[i].order)
            if skip == 0:
                continue
        elif PyFloat_CheckExact(a):
            number[i] = PyFloat_AS_DOUBLE(a)
            x[i].data, x[i].step = <char *>&number[i], 0
            continue
        elif PyLong_CheckExact(a) or isinstance(a, (float, np.floating)):
            if isinstance(a, np.floating) and type(a) is not np.float64 and type(a) is not np.float32:
                return _py["elementwise"](rule, args)
            number[i] = a
            x[i].data, x[i].step = <char *>&number[i], 0
            continue
        elif plain_double(a):
            b = a
        else:
            return _py["elementwise"](rule, args)
        # an array operand: one run of memory, copied where it is not
        block = <cnp.ndarray>b
        if not compact(block, skip):
            block = np.ascontiguousarray(block)
            hold.append(block)
        if cnp.PyArray_NDIM(block) == skip:
            number[i] = (<double *>cnp.PyArray_DATA(block))[0]
            x[i].data, x[i].step = <char *>&number[i], 0
            continue
        if shaped is None:
            shaped, off = block, skip
            nd = cnp.PyArray_NDIM(block) - skip
            for k in range(nd):
                n *= block.shape[skip + k]
        else:
            if cnp.PyArray_NDIM(block) - skip != nd:
                return _py["broadcast"](rule, args)
            for k in range(nd):
                if block.shape[skip + k] != shaped.shape[off + k]:
                    return _py["broadcast"](rule, args)
        x[i].data = <char *>cnp.PyArray_DATA(block)
        x[i].step = block.strides[skip] if nd == 1 else 8
        if skip:
            x[i].comp = block.strides[0]
    if local is not None and scalars:
        return _py["elementwise"](rule, args)
    # second derivatives of the formula appear as soon as one operand has directions
    if order == 1 and layout.M:
        order = 2 if rule.d2 else 1
    kernel = kernel_for(rule, mask, order)
    if not kernel.ready:
        return _py["elementwise"](rule, args)
    y.order = order
    ncomp = 1 if order == 0 else 1 + layout.P if order == 1 else 1 + layout.P + layout.M
    y.step = 8
    if shaped is None:
        scalar = new_scalar(top.level, layout, ncomp)
        y.data, y.comp = <char *>scalar.c, 8
        result = scalar
    else:
        outdims[0] = ncomp
        for k in range(nd):
            outdims[k + 1] = shaped.shape[off + k]
        block = cnp.PyArray_EMPTY(nd + 1, outdims, cnp.NPY_DOUBLE, 0)
        y.data, y.comp = <char *>cnp.PyArray_DATA(block), n * 8
        result = new_array(top.level, layout, block)
        (<JetArray>result)._local = local
    if execute(kernel, n, x, &y, layout, ncomp):
        _py["report"](rule, args)
    return result


cdef int execute(Kernel kernel, npy_intp n, Operand *x, Operand *y, Layout layout, npy_intp ncomp) except -1:
    """Run with the kept scratch while small, with its own and without the GIL when large."""
    cdef npy_intp width = n if n < BLOCK else BLOCK
    cdef npy_intp need = kernel.nscratch * width * sizeof(double)
    cdef char *scratch = _scratch
    cdef int P = layout.P if y.order else 0, M = layout.M if y.order > 1 else 0, flags
    if n == 0:
        return 0
    if n * ncomp < GIL_FREE and need <= KEPT:
        return kernel.run(n, x, y, P, M, layout.pi, layout.pj, scratch)
    scratch = <char *>PyMem_Malloc(need + 8)
    if scratch == NULL:
        raise MemoryError(f"{need} bytes of scratch")
    with nogil:
        flags = kernel.run(n, x, y, P, M, layout.pi, layout.pj, scratch)
    PyMem_Free(scratch)
    return flags


cdef object _escaped(Jet jet):
    raise EscapedLevelError(
        f"a value from inside {jet.level.owner}() was used after that call had finished: its derivatives no longer "
        "mean anything. Return it from the function (has_aux=True for extra results) instead of keeping it")


def apply(rule, *args):
    """Apply an elementwise rule (what operators and ufuncs do), as a Python function."""
    return elementwise(rule, args)


def top(args):
    """The operand of the highest level, or None; refuses values of a finished level."""
    cdef Jet found = top_of(tuple(args))
    if found is not None and found.level.closed:
        _escaped(found)
    return found
