"""Dual and hyper-dual arrays and scalars.

One implementation, two names: a jet block has shape (C, *S) with the value first, then P
first-order directions, then one component for each pair of the layout (decision note 1).
A block may be shorter than its layout; what is missing is structurally zero.

May import: core.chain, core.pool, errors, numpy.  `core.interpret` installs the Python side (`_py`).
"""
from cpython.mem cimport PyMem_Malloc, PyMem_Free
from cpython.float cimport PyFloat_CheckExact, PyFloat_AS_DOUBLE
from cpython.long cimport PyLong_CheckExact
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.float cimport DBL_MIN
from libc.math cimport fabs, isfinite
from libc.string cimport memcpy
cimport cython
cimport numpy as cnp
from numpy cimport npy_intp

import itertools
import math
import numpy as np

from dualad.core cimport pool
from dualad.core.chain cimport Kernel, Operand, kernel_for, BLOCK, MAX_IN
from ..errors import ConversionError, EscapedLevelError

cnp.import_array()

_py = None                  # namespace of core.interpret, installed when it is imported
cdef dict _rules = {}                 # ufunc -> Primitive, kept in step with the registry by core.protocol
_ids = itertools.count(1)   # never reused: perturbation confusion is impossible by construction

cdef extern from "Python.h":
    ctypedef struct PyTupleObject:
        PyObject **ob_item
    ctypedef struct PyTypeObject:
        pass
    PyObject *PyDict_GetItem(object, object)
    Py_ssize_t Py_REFCNT(PyObject *)
    PyTypeObject *Py_TYPE(PyObject *)

cdef enum:
    GIL_FREE = 65536        # component elements above which the GIL is released
    KEPT = 1048576          # bytes of scratch that are kept between calls
    SPARE_SHAPES = 64       # spare blocks: at most 64 x 4 of 1,024 numbers, 2 MB
    SPARE_DEPTH = 4
    SPARE_SIZE = 1024

cdef char _scratch[KEPT]    # used only while the GIL is held, by code that calls no Python


def install(namespace, rules):
    """Give the compiled types the Python functions they call for everything but the fast path."""
    global _py, _rules
    _py, _rules = namespace, rules
    (<Level>MANUAL).interpreter = namespace["forward"]


def ask(name):
    """A Python function of core.protocol, for compiled modules that come after this one."""
    return _py[name]


cdef bint _watched = False  # anomaly mode: every elementwise call goes to `_look` first
cdef bint _through = False  # but for the next one, which `_look` makes itself
_look = None


def watch(look, functions):
    """Anomaly mode: `look(primitive, args)` takes elementwise calls, `functions` replace what was installed; (None, {}) ends it.

    Returns what was installed. Compiled loops stay as they are: the only cost of the mode when it is off is a test of one flag.
    """
    global _watched, _through, _look, _py, _installed
    _through = False
    if not _watched:
        _installed = _py
    _look, _watched = look, look is not None
    _py = {**_installed, **functions} if functions else _installed
    return _installed


_installed = None


cdef PyObject *compiled_rule(object ufunc) except? NULL:
    """The primitive of a ufunc that the compiled path takes, or NULL; borrowed."""
    return PyDict_GetItem(_rules, ufunc)


def compiled_rules():
    """Ufuncs that the compiled path takes."""
    return _rules


# Blocks of arrays that died, by shape, for the next result of that shape: NumPy's allocation and release of a small
# array cost more than the arithmetic on it (600 of 2,800 instructions of a product of ten elements).
cdef PyObject *_spare[SPARE_SHAPES][SPARE_DEPTH]
cdef int _held[SPARE_SHAPES]


cdef inline unsigned int shape_slot(int nd, npy_intp *dims) noexcept:
    cdef unsigned long long h = nd
    cdef int k
    for k in range(nd):
        h = h * 31 + <unsigned long long>dims[k]
    return h % SPARE_SHAPES


cdef object new_block(int nd, npy_intp *dims):
    """An uninitialised float64 block."""
    cdef unsigned int s = shape_slot(nd, dims)
    cdef PyObject *p
    cdef npy_intp *have
    cdef int k
    cdef npy_intp size = 8
    if _held[s]:
        p = _spare[s][_held[s] - 1]
        if cnp.PyArray_NDIM(<cnp.ndarray>p) == nd:
            have = cnp.PyArray_DIMS(<cnp.ndarray>p)
            for k in range(nd):
                if have[k] != dims[k]:
                    break
            else:
                _held[s] -= 1
                block = <object>p
                Py_DECREF(block)
                return block
    for k in range(nd):
        size *= dims[k]
    pool.wanted(size)
    return cnp.PyArray_EMPTY(nd, dims, cnp.NPY_DOUBLE, 0)


cdef void keep_block(PyObject *p) noexcept:
    """Keep a dying array's block if nothing else can see it."""
    cdef cnp.ndarray block
    cdef unsigned int s
    if Py_REFCNT(p) != 1 or Py_TYPE(p) != <PyTypeObject *>cnp.ndarray:
        return
    block = <cnp.ndarray>p
    if (cnp.PyArray_TYPE(block) != cnp.NPY_DOUBLE or cnp.PyArray_SIZE(block) > SPARE_SIZE
            or not cnp.PyArray_CHKFLAGS(block, cnp.NPY_ARRAY_CARRAY | cnp.NPY_ARRAY_OWNDATA)):
        return
    s = shape_slot(cnp.PyArray_NDIM(block), cnp.PyArray_DIMS(block))
    if _held[s] < SPARE_DEPTH:
        Py_INCREF(block)
        _spare[s][_held[s]] = p
        _held[s] += 1


cdef class Level:
    """One run of a transform. `closed` after it: its arrays are refused from then on.

    `interpreter` is the module that reads the kinds for the level's values (forward by default);
    a recording level has a `program` that they are recorded in.
    """

    def __init__(self, str owner="", id=None, interpreter=None, program=None):
        self.id = next(_ids) if id is None else id
        self.owner = owner
        self.interpreter = _py["forward"] if interpreter is None and _py is not None else interpreter
        self.program = program
        self.counted = self.id != 0
        if self.counted:
            pool.begin()

    def close(self):
        """Refuse the level's arrays from now on; they no longer keep the recording alive."""
        self.closed = True
        self.program = None
        if self.counted:
            self.counted = False
            pool.end()

    def __dealloc__(self):
        if self.counted:
            pool.end()

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
NOTHING = Layout(0, np.zeros((2, 0)), "dual")


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

    def __init__(self, *args, **kwargs):
        raise TypeError(f"make a {type(self).__name__} with dualad.dual(value, tangents) or dualad.hyperdual(...)")

    @property
    def layout(self):
        return self._layout

    @property
    def value(self):
        """The primal: NumPy's own result (an array of a lower level inside nested transforms)."""
        return self.block[0]

    @property
    def active(self):
        """False where no derivative ever arrived."""
        return self.block.shape[0] > 1

    @property
    def on_tape(self):
        """True for values that reverse mode records."""
        return self.records

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

    # A plain method descriptor that reads its inputs in place: this runs on every np.sin(x), where slicing a tuple or
    # binding a method costs as much as a small operation.
    @cython.binding(False)
    def __array_ufunc__(self, *args, **kwargs):
        cdef PyObject *found
        if not kwargs and len(args) > 2 and args[1] == "__call__":
            found = PyDict_GetItem(_rules, args[0])
            if found != NULL and len(args) == 2 + (<Primitive>found).nin:
                return elementwise(<Primitive>found, &(<PyTupleObject *>args).ob_item[2])
        ufunc, method, *inputs = args
        return _py["array_ufunc"](ufunc, method, tuple(inputs), kwargs)

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
        raise ConversionError(_py["refusal"](self, "float(), a function of the math module, or storing it in a plain array,"))

    def __complex__(self):
        raise ConversionError(_py["refusal"](self, "complex() or a function of the cmath module"))

    def __index__(self):
        raise ConversionError(f"{type(self).__name__} cannot be used as an index: only integers can; use int(x) or x.value")

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
        raise ConversionError(f"unhashable type: {type(self).__name__!r} (a cache keyed by its value would drop derivatives)")

    def __richcmp__(self, other, int op):
        return _py["compare"](self, other, op)

    def __repr__(self):
        return _py["show"](self)

    def __str__(self):
        return _py["show"](self)

    def __format__(self, spec):
        return _py["show"](self) if not spec else format(_py["primal"](self), spec)

    def __copy__(self):
        return self.copy("K")

    def __deepcopy__(self, memo):
        return self.copy("K")

    def __reduce__(self):
        return _rebuild, (self.level, self._layout_full(), self.block)

    def _layout_full(self):
        return self._layout

    # ---- operators ----
    def __add__(self, other):
        cdef object out
        if type(self) is DualScalar:
            out = scalar_operator(PLUS, self, other)
            if out is not None:
                return out
        return binary(ADD, self, other)

    def __radd__(self, other):
        cdef object out
        if type(self) is DualScalar:
            out = scalar_operator(PLUS, other, self)
            if out is not None:
                return out
        return binary(ADD, other, self)

    def __sub__(self, other):
        cdef object out
        if type(self) is DualScalar:
            out = scalar_operator(MINUS, self, other)
            if out is not None:
                return out
        return binary(SUB, self, other)

    def __rsub__(self, other):
        cdef object out
        if type(self) is DualScalar:
            out = scalar_operator(MINUS, other, self)
            if out is not None:
                return out
        return binary(SUB, other, self)

    def __mul__(self, other):
        cdef object out
        if type(self) is DualScalar:
            out = scalar_operator(TIMES, self, other)
            if out is not None:
                return out
        return binary(MUL, self, other)

    def __rmul__(self, other):
        cdef object out
        if type(self) is DualScalar:
            out = scalar_operator(TIMES, other, self)
            if out is not None:
                return out
        return binary(MUL, other, self)

    def __truediv__(self, other):
        cdef object out
        if type(self) is DualScalar:
            out = scalar_operator(OVER, self, other)
            if out is not None:
                return out
        return binary(DIV, self, other)

    def __rtruediv__(self, other):
        cdef object out
        if type(self) is DualScalar:
            out = scalar_operator(OVER, other, self)
            if out is not None:
                return out
        return binary(DIV, other, self)

    def __pow__(self, other, modulo):
        if modulo is not None:
            return NotImplemented
        if PyFloat_CheckExact(other) or PyLong_CheckExact(other):
            # NumPy's own shortcuts for arrays, so that values have the same bits
            if (<Jet>self).ranked:
                if other == 2:
                    return unary(SQUARE, self)
                if other == 1:
                    return unary(POSITIVE, self)
                if PyFloat_CheckExact(other):
                    if other == 0.5:
                        return unary(SQRT, self)
                if other == -1:
                    return unary(RECIPROCAL, self)
            return binary(power_by(other), self, other)
        return binary(POW, self, other)

    def __rpow__(self, other, modulo):
        return binary(POW, other, self)

    def __mod__(self, other):
        return binary(MOD, self, other)

    def __rmod__(self, other):
        return binary(MOD, other, self)

    def __neg__(self):
        return unary(NEG, self)

    def __pos__(self):
        return unary(POSITIVE, self)

    def __abs__(self):
        return unary(ABS, self)

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
    """The primitives behind the operators, by NumPy's ufuncs."""
    global ADD, SUB, MUL, DIV, POW, MOD, NEG, ABS, SQUARE, POSITIVE, SQRT, RECIPROCAL
    _powers.clear()
    ADD, SUB, MUL, DIV = (primitive(rules[u]) for u in (np.add, np.subtract, np.multiply, np.divide))
    POW, MOD, NEG, ABS = (primitive(rules[u]) for u in (np.power, np.remainder, np.negative, np.absolute))
    SQUARE, POSITIVE, SQRT, RECIPROCAL = (primitive(rules[u]) for u in (np.square, np.positive, np.sqrt, np.reciprocal))


cdef Primitive ADD, SUB, MUL, DIV, POW, MOD, NEG, ABS, SQUARE, POSITIVE, SQRT, RECIPROCAL


@cython.no_gc
cdef class JetArray(Jet):
    """An array of rank one or more that carries derivatives."""

    @property
    def __class__(self):
        """ndarray: code that asks isinstance(x, np.ndarray) takes the way it takes for plain arrays."""
        return np.ndarray

    def __cinit__(self):
        self.ranked = True

    def __dealloc__(self):
        if self.parent is None:
            keep_block(<PyObject *>self._block)

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
    def made_from(self):
        """Of a view: the array it was taken from, and how (its key or Linear)."""
        return self.parent, self.derive

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

    def __delitem__(self, key):
        raise ValueError("cannot delete array elements")

    def __contains__(self, item):
        return bool((self == item).any())

    def __iadd__(self, other):
        return _py["inplace"](self, binary(ADD, self, other))

    def __isub__(self, other):
        return _py["inplace"](self, binary(SUB, self, other))

    def __imul__(self, other):
        return _py["inplace"](self, binary(MUL, self, other))

    def __itruediv__(self, other):
        return _py["inplace"](self, binary(DIV, self, other))

    def __ipow__(self, other):
        return _py["inplace"](self, self ** other)

    def __imod__(self, other):
        return _py["inplace"](self, binary(MOD, self, other))

    def __ifloordiv__(self, other):
        return _py["inplace"](self, np.floor_divide(self, other))

    def __imatmul__(self, other):
        return _py["inplace"](self, np.matmul(self, other))


@cython.no_gc
cdef class JetScalar(Jet):
    """A rank-0 result. Deliberately without __len__ and __getitem__ (design section 3)."""

    @property
    def __class__(self):
        """np.float64 and the like: code that asks isinstance(x, float) takes the way it takes for plain numbers."""
        return self.dtype.type

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
    if (parent is None and type(block) is cnp.ndarray and cnp.PyArray_NDIM(<cnp.ndarray>block) > 2
            and not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>block)):
        # owners lie in one piece, components slowest
        block = _py["settled"](block)
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


cdef inline bint in_rows(cnp.ndarray a, int skip):
    """True if the axes after `skip` lie from the slowest to the fastest, gaps or not: results of them are of C order."""
    cdef npy_intp step, least = 0
    cdef int k
    if cnp.PyArray_SIZE(a) == 0:
        return True
    for k in range(cnp.PyArray_NDIM(a) - 1, skip - 1, -1):
        if cnp.PyArray_DIMS(a)[k] != 1:
            step = cnp.PyArray_STRIDES(a)[k]
            step = -step if step < 0 else step
            if step < least:
                return False
            least = step
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


cdef class Primitive:
    """An elementwise rule with its kernels, one for each set of active operands and each order.

    `fixed` {position: number} makes kernels for these constant operands only.
    """

    def __init__(self, rule, fixed=None):
        self.rule, self.nin, self.curved, self.fixed = rule, rule.nin, bool(rule.d2), fixed
        self.kernels = [None] * (3 << rule.nin if rule.nin <= MAX_IN else 0)

    cdef Kernel kernel(self, int mask, int order):
        cdef int k = 3 * mask + order
        found = self.kernels[k]
        if found is None:
            if self.fixed is None:
                found = kernel_for(self.rule, mask, order)
            else:
                found = Kernel(self.rule, tuple([i for i in range(self.nin) if mask >> i & 1]), order, self.fixed)
            self.kernels[k] = found
        return <Kernel>found

    cdef bint bends(self, int mask) except -1:
        """Whether some pair of active operands has a second partial."""
        if self.nin == 1 or mask == (1 << self.nin) - 1:
            return True
        for i, j in self.rule.d2:
            if mask >> i & 1 and mask >> j & 1:
                return True
        return False


_primitives = {}


def primitive(rule):
    """The compiled side of an elementwise rule."""
    found = _primitives.get(rule)
    if found is None:
        found = _primitives[rule] = Primitive(rule)
    return found


cdef dict _powers = {}      # exponent -> Primitive of power with that exponent worked into the formula

cdef Primitive power_by(object exponent):
    """x ** n with a Python number n: a few instructions instead of the general formula."""
    cdef PyObject *found = PyDict_GetItem(_powers, exponent)
    if found != NULL:
        return <Primitive>found
    # exponents that are computed, not written, would fill the table
    if len(_powers) >= 64 or exponent != exponent:
        return POW
    primitive_ = Primitive(POW.rule, {1: float(exponent)})
    _powers[exponent] = primitive_
    return primitive_


cdef recorder_t _record = NULL

cdef void set_recorder(recorder_t recorder):
    """core.tape's side of `elementwise`: operators and ufuncs of values on tape go there."""
    global _record
    _record = recorder


cdef inline int kind_of(object a):
    """1 array jet, 2 scalar jet, 3 Python float, 4 plain array, 0 anything else; pointer comparisons only."""
    if type(a) is DualArray or type(a) is HyperDualArray:
        return 1
    if type(a) is DualScalar or type(a) is HyperDualScalar:
        return 2
    if PyFloat_CheckExact(a):
        return 3
    if type(a) is cnp.ndarray:
        return 4
    return 0


cdef inline int shape_operand(Operand *x, cnp.ndarray block, int skip, Shape *out):
    """Fill in an array operand that is one run of memory; 1 if its shape differs from the others'."""
    cdef int nd = cnp.PyArray_NDIM(block) - skip, k
    cdef npy_intp *dims = cnp.PyArray_DIMS(block) + skip
    x.data = <char *>cnp.PyArray_DATA(block)
    x.step = cnp.PyArray_STRIDES(block)[skip] if nd == 1 else 8 if nd else 0
    x.comp = cnp.PyArray_STRIDES(block)[0] if skip else 0
    if nd == 0:
        return 0
    if out.nd < 0:
        out.nd, out.dims, out.n = nd, dims, 1
        for k in range(nd):
            out.n *= dims[k]
        return 0
    if nd != out.nd:
        return 1
    for k in range(nd):
        if dims[k] != out.dims[k]:
            return 1
    return 0


cdef bint number_of(object a, double *out) except -1:
    """A Python or NumPy number as a double; False where its dtype could change the result's."""
    if PyLong_CheckExact(a) or type(a) is np.float64 or isinstance(a, (bool, np.bool_, np.integer, np.float32, np.float16)):
        out[0] = a
        return True
    return False


cdef inline object unary(Primitive p, object a):
    cdef PyObject *args = <PyObject *>a
    return elementwise(p, &args)


cdef inline object binary(Primitive p, object a, object b):
    cdef PyObject *args[2]
    args[0], args[1] = <PyObject *>a, <PyObject *>b
    return elementwise(p, args)


cdef enum:
    PLUS, MINUS, TIMES, OVER


cdef object scalar_operator(int op, object a, object b):
    """a op b for dual scalars and Python floats in registers; None leaves it to the engine (same formulas, same bits).

    Loops of scalar code live here: the engine's set-up costs three times this whole function.
    """
    cdef DualScalar x = None, y = None, first, out
    cdef double va, vb, v, p = 1.0, q = 1.0
    cdef int k, n
    if type(a) is DualScalar:
        x = <DualScalar>a
        va = x.c[0]
    elif PyFloat_CheckExact(a):
        va = PyFloat_AS_DOUBLE(a)
    else:
        return None
    if type(b) is DualScalar:
        y = <DualScalar>b
        vb = y.c[0]
    elif PyFloat_CheckExact(b):
        vb = PyFloat_AS_DOUBLE(b)
    else:
        return None
    first = y if x is None else x
    n = first.ncomp
    if n == 1 or _watched or first._block is not None or first.level.closed:
        return None
    if x is not None and y is not None and (x.level is not y.level or x._layout is not y._layout or x.ncomp != y.ncomp
                                            or y._block is not None):
        return None
    if op == PLUS:
        v = va + vb
    elif op == MINUS:
        v, q = va - vb, -1.0
    elif op == TIMES:
        v, p, q = va * vb, vb, va
    else:
        if vb == 0.0:
            return None
        v, p = va / vb, 1.0 / vb
        q = -v / vb
    # infinities, NaNs and underflow have warnings and strong zeros to care for
    if not (isfinite(v) and isfinite(p) and isfinite(q)) or (fabs(v) < DBL_MIN and op >= TIMES):
        return None
    out = <DualScalar>new_scalar(first.level, first._layout, n)
    out.c[0] = v
    if y is None:
        for k in range(1, n):
            out.c[k] = p * x.c[k]
    elif x is None:
        for k in range(1, n):
            out.c[k] = q * y.c[k]
    else:
        for k in range(1, n):
            out.c[k] = p * x.c[k] + q * y.c[k]
    return out


cdef object general(str path, Primitive p, PyObject **args):
    """Hand a call to interpret."""
    return _py[path](p.rule, tuple([<object>args[k] for k in range(p.nin)]))


def unwatched(Primitive p, tuple args):
    """What `elementwise` does when nobody looks."""
    global _through
    _through = True
    return elementwise(p, (<PyTupleObject *>args).ob_item)


cdef object watched(Primitive p, PyObject **args):
    return _look(p, tuple([<object>args[k] for k in range(p.nin)]))


cdef object elementwise(Primitive p, PyObject **args):
    """Apply an elementwise rule: the compiled path, or interpret's for everything it does not take."""
    global _through
    cdef Operand x[MAX_IN]
    cdef double number[MAX_IN]
    cdef Level level = None
    cdef Layout layout = None
    cdef Local local = None
    cdef JetArray array
    cdef JetScalar scalar
    cdef cnp.ndarray block
    cdef Kernel kernel
    cdef Operand y
    cdef Shape shape
    cdef npy_intp outdims[64]
    cdef int nin = p.nin, i, mask = 0, order = 0, ncomp, k, kind
    cdef bint arrays = False, scalars = False
    cdef bint permuted = False    # some operand does not lie rows first: the result may not either
    cdef object hold = None       # copies of operands that are not one run of memory
    shape.nd, shape.n, shape.dims = -1, 1, NULL
    if _watched:
        if not _through:
            return watched(p, args)
        _through = False
    if nin > MAX_IN:
        return general("elementwise", p, args)
    for i in range(nin):
        a = <object>args[i]
        kind = kind_of(a)
        x[i].order = 0
        if kind == 3:
            number[i] = PyFloat_AS_DOUBLE(a)
            x[i].data, x[i].step, x[i].comp = <char *>&number[i], 0, 0
            continue
        if kind == 4:
            if not plain_double(a):
                return general("elementwise", p, args)
            block = <cnp.ndarray>a
            if not compact(block, 0):
                if in_rows(block, 0):
                    block = np.ascontiguousarray(block)
                    hold = (hold, block)
                else:
                    permuted = True
            if shape_operand(&x[i], block, 0, &shape):
                return general("broadcast", p, args)
            continue
        if kind == 0:
            if isinstance(a, Jet) and (<Jet>a).records:
                return _record(p, args)
            if not number_of(a, &number[i]):
                if getattr(a, "__array_ufunc__", _py) is None:
                    return NotImplemented       # NEP 13: the other operand takes over
                return general("elementwise", p, args)
            x[i].data, x[i].step, x[i].comp = <char *>&number[i], 0, 0
            continue
        if level is None:
            level = (<Jet>a).level
        elif (<Jet>a).level is not level:
            return general("elementwise", p, args)
        if kind == 2:
            scalar = <JetScalar>a
            if scalar._block is not None:
                return general("elementwise", p, args)
            scalars = True
            x[i].data, x[i].comp, x[i].step = <char *>scalar.c, sizeof(double), 0
            ncomp = scalar.ncomp
        else:
            array = <JetArray>a
            b = array.blk()
            if not plain_double(b):
                return general("elementwise", p, args)
            if arrays and array._local is not local:
                return general("elementwise", p, args)
            local, arrays = array._local, True
            block = <cnp.ndarray>b
            if not compact(block, 1):
                if in_rows(block, 1):
                    block = np.ascontiguousarray(block)
                    hold = (hold, block)
                else:
                    permuted = True
            if shape_operand(&x[i], block, 1, &shape):
                return general("broadcast", p, args)
            ncomp = cnp.PyArray_DIMS(block)[0]
        if layout is None:
            layout = (<Jet>a)._layout
        elif (<Jet>a)._layout is not layout and not (<Jet>a)._layout == layout:
            return general("elementwise", p, args)
        if ncomp > 1:
            x[i].order = 1 if ncomp == 1 + layout.P else 2
            mask |= 1 << i
            if x[i].order > order:
                order = x[i].order
    if level is None or (local is not None and scalars):
        return general("elementwise", p, args)
    if level.closed:
        _escaped(level)
    # second derivatives of the formula appear as soon as one operand has directions
    if order == 1 and layout.M and p.curved and p.bends(mask):
        order = 2
    kernel = p.kernel(mask, order)
    if not kernel.ready:
        return general("elementwise", p, args)
    if permuted:
        return general("permuted", p, args)
    y.order = order
    ncomp = 1 if order == 0 else 1 + layout.P if order == 1 else 1 + layout.P + layout.M
    y.step = 8
    if shape.nd < 0:
        scalar = new_scalar(level, layout, ncomp)
        y.data, y.comp = <char *>scalar.c, 8
        result = scalar
    else:
        outdims[0] = ncomp
        for k in range(shape.nd):
            outdims[k + 1] = shape.dims[k]
        block = new_block(shape.nd + 1, outdims)
        y.data, y.comp = <char *>cnp.PyArray_DATA(block), shape.n * 8
        array = new_array(level, layout, block)
        array._local = local
        result = array
    if execute(kernel, shape.n, x, &y, layout, ncomp):
        general("report", p, args)
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


cdef object _escaped(Level level):
    raise EscapedLevelError(
        f"a value from inside {level.owner}() was used after that call had finished: its derivatives no longer "
        "mean anything. Return it from the function (has_aux=True for extra results) instead of keeping it")


def apply(rule, *args):
    """Apply an elementwise rule (what operators and ufuncs do), as a Python function."""
    if len(args) != rule.nin:
        raise TypeError(f"{rule.name} takes {rule.nin} operands, found {len(args)}")
    return elementwise(primitive(rule), (<PyTupleObject *>args).ob_item)


def is_ndarray(x):
    """Whether `x` is an array of NumPy's own type, or of a type derived from it; `isinstance` says so of ours too."""
    return isinstance(x, cnp.ndarray)


def is_array(x):
    """True for values of rank one or more that carry derivatives, in any mode."""
    return isinstance(x, Jet) and (<Jet>x).ranked


def rows_first(args):
    """Whether every array among operands, also in lists and tuples, lies in C order or has one axis."""
    for a in args:
        if isinstance(a, JetArray):
            b = (<JetArray>a).blk()
            if type(b) is not cnp.ndarray:
                if not _py["primal"](a).flags.c_contiguous:
                    return False
            elif not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>b) and not (
                    cnp.PyArray_ITEMSIZE(<cnp.ndarray>b) == 8 and compact(<cnp.ndarray>b, 1)):
                return False
        elif isinstance(a, cnp.ndarray):
            if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>a) and cnp.PyArray_NDIM(<cnp.ndarray>a) > 1:
                return False
        elif isinstance(a, (list, tuple)) and not rows_first(a):
            return False
    return True


def top(args):
    """The operand of the highest level, or None; refuses values of a finished level."""
    cdef Jet found = top_of(tuple(args))
    if found is not None and found.level.closed:
        _escaped(found.level)
    return found
