"""Values on tape, and the recorder: the compiled side of reverse mode.

A handle is a jet without components: a value and the node that made it.  Values are NumPy's own
results; what the backward sweep will read of them is kept, and memory that is kept is never
written (the next write copies first).  Views look again when their owner was written.

May import: core.chain, core.jets, core.program, errors, numpy.
"""
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.long cimport PyLong_CheckExact
from cpython.object cimport PyObject
from cpython.pythread cimport PyThread_get_thread_ident
cimport cython
cimport numpy as cnp
from numpy cimport npy_intp

import numpy as np

from dualad.core.chain cimport Kernel, MAX_IN, Operand
from dualad.core.jets cimport (Jet, JetArray, JetScalar, Level, NOTHING, Primitive, _escaped, compiled_rule, elementwise, execute,
                               general, keep_block, new_block, number_of, set_recorder)
from dualad.core.program cimport ARRAY, BoundStep, CALL, Form, INPUT, NUMBER, READ, SLOT, VIEW, WRITE, Program
from ..errors import TapeError
from . import jets

cnp.import_array()

cdef extern from "Python.h":
    ctypedef struct PyTupleObject:
        PyObject *ob_item[1]
    Py_ssize_t Py_REFCNT(PyObject *)
    PyObject *PyDict_GetItem(object, object)
    object PyObject_CallObject(object, object)
    object PyBytes_FromStringAndSize(const char *, Py_ssize_t)
    long long PyLong_AsLongLongAndOverflow(object, int *) except? -1
    const char *PyUnicode_AsUTF8AndSize(object, Py_ssize_t *) except NULL

cdef object FLOAT64 = np.dtype(np.float64), NUMBER64 = np.float64, ADD_REDUCE = np.add.reduce
cdef object PLAIN_SUM = getattr(np.sum, "_implementation", np.sum)


@cython.no_gc
cdef class TapeArray(JetArray):
    """An array that reverse mode records. Made inside transforms."""

    def __cinit__(self):
        self.records, self._layout, self.node = True, NOTHING, -1

    def __dealloc__(self):
        if self.owner is None:
            keep_block(<PyObject *>self._value)

    cdef object val(self):
        """The value; a view looks again when its owner was written."""
        if self.owner is not None and self.owner.version != self.version:
            self.renew()
        return self._value

    cdef object renew(self):
        cdef TapeArray parent = <TapeArray>self.parent
        value = parent.val()
        self._value = value[self.derive] if type(self.derive) is tuple else self.derive.apply(0, value)
        self.node = note_view(parent, self._value, self.derive)
        self.version = self.owner.version

    cdef object blk(self):
        return self.val()[None]

    @property
    def value(self):
        """The primal: NumPy's own result (an array of a lower level inside nested transforms)."""
        return self.val()

    @property
    def active(self):
        """False where the value does not depend on a differentiated input."""
        self.val()
        return self.node >= 0

    @property
    def local(self):
        return None

    @property
    def root(self):
        return self if self.owner is None else self.owner

    @property
    def shape(self):
        return self.val().shape

    @property
    def ndim(self):
        return self.val().ndim

    @property
    def size(self):
        return self.val().size

    @property
    def dtype(self):
        return self.val().dtype

    @property
    def itemsize(self):
        return self.val().dtype.itemsize

    def __len__(self):
        return self.val().shape[0]

    def __getitem__(self, key):
        cdef npy_intp index[64]
        cdef int n
        value = self.val()
        if type(value) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>value) == cnp.NPY_DOUBLE:
            if self.level.closed:
                _escaped(self.level)
            n = integers(key, index)
            if n == cnp.PyArray_NDIM(<cnp.ndarray>value):
                return read(self, <cnp.ndarray>value, n, index)
            if n >= 0 or basic(key):
                if type(key) is not tuple:
                    key = (key,)
                out = value[key]
                if type(out) is cnp.ndarray and cnp.PyArray_NDIM(<cnp.ndarray>out):
                    return new_view(self, out, key)
        return jets.ask("getitem")(self, key)

    @cython.binding(False)
    def __array_ufunc__(self, *args, **kwargs):
        cdef PyObject *found
        if not kwargs and args[1] == "__call__":
            found = compiled_rule(args[0])
            if found != NULL:
                if len(args) == 2 + (<Primitive>found).nin:
                    return elementwise(<Primitive>found, &(<PyTupleObject *>args).ob_item[2])
                return JetArray.__array_ufunc__(self, *args)
            return again(args[0], args[2:], kwargs, array_ufunc)
        return JetArray.__array_ufunc__(self, *args, **kwargs)

    def __array_function__(self, func, types, args, kwargs):
        return again(func, args, kwargs, array_function)

    def __matmul__(self, other):
        return again(np.matmul, (self, other), {}, array_ufunc)

    def __setitem__(self, key, value):
        cdef npy_intp index[64]
        mine = self._value
        if (self.owner is None and not self.held and type(mine) is cnp.ndarray and not self.level.closed
                and cnp.PyArray_TYPE(<cnp.ndarray>mine) == cnp.NPY_DOUBLE
                and integers(key, index) == cnp.PyArray_NDIM(<cnp.ndarray>mine) and write(self, <cnp.ndarray>mine, index, value)):
            return
        jets.ask("setitem")(self, key, value)


@cython.no_gc
cdef class TapeScalar(JetScalar):
    """A rank-0 value that reverse mode records."""

    def __cinit__(self):
        self.records, self._layout, self.ncomp, self.c, self.node = True, NOTHING, 1, self.buf, -1

    @property
    def value(self):
        """The primal."""
        return np.float64(self.c[0]) if self._block is None else self._block[0]

    @property
    def active(self):
        """False where the value does not depend on a differentiated input."""
        return self.node >= 0


# ---- making handles ----

cdef object wrap(Level level, object value, npy_intp node):
    """The handle of a value: an array or a number, plain or traced at a lower level."""
    cdef TapeArray array
    cdef TapeScalar scalar
    if (type(value) is NUMBER64 or PyFloat_CheckExact(value)
            or (type(value) is cnp.ndarray and not value.ndim and value.dtype == FLOAT64)):
        return number(level, value, node)
    if value.ndim == 0:
        scalar = TapeScalar.__new__(TapeScalar)
        scalar.level, scalar.node = level, node
        scalar._block = np.reshape(value, (1,))
        return scalar
    array = TapeArray.__new__(TapeArray)
    array.level, array.node, array._value = level, node, value
    return array


cdef inline TapeScalar number(Level level, double value, npy_intp node):
    cdef TapeScalar scalar = TapeScalar.__new__(TapeScalar)
    scalar.level, scalar.node = level, node
    scalar.c[0] = value
    return scalar


cdef inline bint ordinary(object value):
    """Whether cotangents of this value are plain doubles."""
    return (PyFloat_CheckExact(value) or type(value) is NUMBER64
            or (type(value) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>value) == cnp.NPY_DOUBLE))


cdef Program program_of(Level level):
    """The program of a running level, in its own thread."""
    if level.closed:
        _escaped(level)
    cdef Program program = <Program>level.program
    if program.thread != PyThread_get_thread_ident():
        raise TapeError(f"a value that {level.owner}() records was used in another thread: a tape belongs to the thread that "
                        "started it; call the transform inside the thread instead")
    return program


def begin(str owner, interpreter):
    """A recording level."""
    return Level(owner, None, interpreter, Program(owner))


def take_input(Level level, x):
    """A handle of a differentiated argument; memory of its own, so that the user's array is never written."""
    if type(x) is cnp.ndarray:
        value = cnp.PyArray_NewCopy(<cnp.ndarray>x, cnp.NPY_KEEPORDER)
    else:
        value = x.copy("K") if isinstance(x, (cnp.ndarray, JetArray)) else x
    return wrap(level, value, note(program_of(level), INPUT, (), value, None))


cdef npy_intp note(Program program, int form, tuple nodes, object value, object what) except -2:
    """Append an instruction whose output is `value`."""
    cdef npy_intp dims[64]
    cdef npy_intp node, k
    cdef int nd = 0
    shape = () if PyFloat_CheckExact(value) else value.shape
    for n in shape:
        dims[nd] = n
        nd += 1
    node = program.add(<Form>form, len(nodes), NULL, nd, dims, 0, 0, what)
    for k in range(len(nodes)):
        program.ints[program.ins[node].ops + k] = nodes[k]
    program.ins[node].generic = not ordinary(value)
    # what reaches plain operands of such a step is traced as well
    program.traced = program.traced or isinstance(value, Jet)
    return node


def node_of(x, Level level):
    """The node of an operand at a level; -1 for constants."""
    if isinstance(x, TapeArray) and (<TapeArray>x).level is level:
        (<TapeArray>x).val()
        return (<TapeArray>x).node
    if isinstance(x, TapeScalar) and (<TapeScalar>x).level is level:
        return (<TapeScalar>x).node
    return -1


def own_doubles(g, x):
    """Whether both are arrays of doubles, and `g` a whole one that nobody else has."""
    return (type(g) is cnp.ndarray and type(x) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>x) == cnp.NPY_DOUBLE
            and cnp.PyArray_TYPE(<cnp.ndarray>g) == cnp.NPY_DOUBLE and cnp.PyArray_NDIM(<cnp.ndarray>g) > 0
            and cnp.PyArray_ISCARRAY(<cnp.ndarray>g) and cnp.PyArray_CHKFLAGS(<cnp.ndarray>g, cnp.NPY_ARRAY_OWNDATA))


def number_at(y, Level level):
    """Node and value of a result that is one plain number of this level; None for all others."""
    if type(y) is TapeScalar and (<TapeScalar>y).level is level and (<TapeScalar>y)._block is None:
        return (<TapeScalar>y).node, NUMBER64((<TapeScalar>y).c[0])
    return None


def constant(Level level, value):
    """A handle of this level that depends on no input: what np.zeros_like of a handle gives."""
    return wrap(level, value, -1)


def call(Level level, step, tuple operands, value):
    """Record a step written in Python: `step.pull(lead, g)` gives one cotangent (or None) for each operand."""
    cdef Program program = program_of(level)
    nodes = tuple([node_of(x, level) for x in operands])
    for node in nodes:
        if node >= 0:
            return wrap(level, value, note(program, CALL, nodes, value, step))
    return wrap(level, value, -1)


def call_many(Level level, step, tuple operands, values):
    """Record a step with several outputs; its `pull` is given a tuple of cotangents (None: zero)."""
    cdef Program program = program_of(level)
    nodes = tuple([node_of(x, level) for x in operands])
    if max(nodes, default=-1) < 0:
        return [wrap(level, v, -1) for v in values]
    out = [wrap(level, values[0], note(program, CALL, nodes, values[0], step))]
    for v in values[1:]:
        out.append(wrap(level, v, note(program, SLOT, (), v, None)))
    return out


def same_node(x, value):
    """A handle with another value for the same node (NumPy's own bits for what a body of rules computed)."""
    return wrap((<Jet>x).level, value, node_of(x, (<Jet>x).level))


def kept(x, Level level):
    """The value of an operand, to be read again in the backward sweep."""
    return kept_value(x, level)


cdef object kept_value(object x, Level level):
    if type(x) is cnp.ndarray:
        return program_of(level).constant(x)
    if isinstance(x, TapeArray) and (<TapeArray>x).level is level:
        return keep_value(<TapeArray>x)
    if isinstance(x, TapeScalar) and (<TapeScalar>x).level is level:
        return x.value
    if isinstance(x, TapeArray):
        return wrap((<TapeArray>x).level, keep_value(<TapeArray>x), (<TapeArray>x).node)
    # arrays of lower levels may be written later, like the user's own
    return x.copy("K") if isinstance(x, JetArray) else program_of(level).keep(x)


cdef object keep_value(TapeArray x):
    """The array's memory as it is now: a promise that nothing writes it."""
    value = x.val()
    if x.owner is None:
        x.held = True
    elif x.owner.version > 0:
        # a work array that is being filled: a copy of the part costs less than copying the whole at its next write
        return value.copy("K")
    else:
        x.owner.held = True
    return value


# ---- views and writing ----

cdef npy_intp note_view(TapeArray parent, object value, object derive) except -2:
    if parent.node < 0:
        return -1
    cdef Program program = program_of(parent.level)
    cdef TapeArray owner = parent if parent.owner is None else parent.owner
    # cotangents lie in C order: a reshaped view of a value that does not may be a copy of the cotangent
    if not ((shares_cotangent(value, parent._value) and (type(derive) is tuple or in_c_order(owner._value)))
            or (type(derive) is tuple and isinstance(value, JetArray))):
        step = jets.ask("view_step")(derive, parent._value, value)
        return note(program, CALL, (parent.node,), value, step)
    return note(program, VIEW, (parent.node,), value, derive)


cdef inline bint in_c_order(object value):
    return type(value) is cnp.ndarray and cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>value)


cdef bint shares_cotangent(object value, object whole):
    """Whether the cotangent of a view may be a view of the whole's: distinct entries of doubles."""
    return (type(value) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>value) == cnp.NPY_DOUBLE
            and cnp.PyArray_ISWRITEABLE(<cnp.ndarray>value)
            and cnp.PyArray_SIZE(<cnp.ndarray>value) <= cnp.PyArray_SIZE(<cnp.ndarray>whole))


cdef TapeArray new_view(TapeArray x, object value, object derive):
    cdef TapeArray out = TapeArray.__new__(TapeArray)
    out.level, out._value, out.parent, out.derive = x.level, value, x, derive
    out.owner = x if x.owner is None else x.owner
    out.version = out.owner.version
    out.node = note_view(x, value, derive)
    return out


def view(TapeArray x, value, derive):
    """A handle of `value`, which shares x's memory; `derive` is the key or the Linear that makes it."""
    return new_view(x, value, derive)


cdef inline bint basic(object key):
    if type(key) is slice or key is None or key is Ellipsis or PyLong_CheckExact(key):
        return True
    if type(key) is tuple:
        for k in <tuple>key:
            if not (type(k) is slice or k is None or k is Ellipsis or PyLong_CheckExact(k)):
                return False
        return True
    return False


cdef int integers(object key, npy_intp *index) except -2:
    """Number of integers that a key consists of; -1 for any other key."""
    cdef int n = 0
    if PyLong_CheckExact(key):
        index[0] = key
        return 1
    if type(key) is not tuple or len(<tuple>key) > 64:
        return -1
    for k in <tuple>key:
        if not PyLong_CheckExact(k):
            return -1
        index[n] = k
        n += 1
    return n


cdef npy_intp place_of(cnp.ndarray value, npy_intp *index, npy_intp *flat) except -1:
    """Byte offset and number of an entry; NumPy's error where there is none."""
    cdef npy_intp offset = 0, i, n
    cdef int k
    flat[0] = 0
    for k in range(cnp.PyArray_NDIM(value)):
        n = cnp.PyArray_DIMS(value)[k]
        i = index[k] + n if index[k] < 0 else index[k]
        if i < 0 or i >= n:
            raise IndexError(f"index {index[k]} is out of bounds for axis {k} with size {n}")
        offset += i * cnp.PyArray_STRIDES(value)[k]
        flat[0] = flat[0] * n + i
    return offset + 0 if offset >= 0 else -offset + (1 << 62)


cdef inline double *entry(cnp.ndarray value, npy_intp place):
    # strides may be negative: place_of keeps its error value apart from them
    cdef npy_intp offset = place if place < (1 << 62) else (1 << 62) - place
    return <double *>(<char *>cnp.PyArray_DATA(value) + offset)


cdef object read(TapeArray x, cnp.ndarray value, int n, npy_intp *index):
    """One entry, as a scalar."""
    cdef npy_intp flat, node = -1
    cdef double v = entry(value, place_of(value, index, &flat))[0]
    cdef Program program
    if x.node >= 0:
        program = program_of(x.level)
        node = program.add(READ, 1, &x.node, 0, NULL, 0, 1, None)
        program.numbers[program.ins[node].num] = flat
    return number(x.level, v, node)


cdef bint write(TapeArray x, cnp.ndarray mine, npy_intp *index, object value) except -1:
    """x[i, j, ...] = number, in place; False leaves it to the general path."""
    cdef npy_intp ops[2]
    cdef npy_intp flat, node, place
    cdef double v
    cdef Program program
    ops[0], ops[1] = x.node, -1
    if type(value) is TapeScalar:
        if (<TapeScalar>value).level is not x.level or (<TapeScalar>value)._block is not None:
            return False
        v, ops[1] = (<TapeScalar>value).c[0], (<TapeScalar>value).node
    elif PyFloat_CheckExact(value):
        v = PyFloat_AS_DOUBLE(value)
    else:
        return False
    place = place_of(mine, index, &flat)
    if ops[0] >= 0 or ops[1] >= 0:
        program = program_of(x.level)
        node = program.add(WRITE, 2, ops, cnp.PyArray_NDIM(mine), cnp.PyArray_DIMS(mine), 0, 1, None)
        program.numbers[program.ins[node].num] = flat
        x.node = node
    entry(mine, place)[0] = v
    x.version += 1
    return True


def writable(TapeArray x):
    """Make sure that nothing else needs the memory of x's owner as it is; returns the owner."""
    cdef TapeArray owner = x if x.owner is None else x.owner
    program_of(owner.level)
    if owner.held:
        owner._value, owner.held = owner._value.copy("K"), False
        owner.version += 1
    return owner


def replaced(TapeArray owner, value, npy_intp node):
    """The owner after a write: its views look again."""
    if value is not None:
        owner._value = value
    owner.node = node
    owner.version += 1


def overwritten(TapeArray x, TapeArray other):
    """x[...] = other, for an owner of the same shape and dtype: both show the same memory until one is written."""
    x._value, x.node = other.val(), other.node
    x.held = other.held = True
    if other.owner is not None:
        other.owner.held = True
    x.version += 1


def note_call(Level level, step, tuple nodes, value):
    """Record a step for given operand nodes; returns its node."""
    return note(program_of(level), CALL, nodes, value, step)


# ---- linear and bilinear calls that were seen before ----

cdef dict _seen = {}        # what a call depends on -> (function, the step that it recorded, what to call for the value)
MEMO_LIMIT = 4096

cdef enum:
    WORDS = 96              # of a call that is remembered

cdef struct Key:
    npy_intp word[WORDS]
    int n


def forget():
    """Bind every call anew: a rule was declared."""
    _seen.clear()


def array_ufunc(func, args, kwargs):
    return jets.ask("array_ufunc")(func, "__call__", args, kwargs)


def array_function(func, args, kwargs):
    return jets.ask("array_function")(func, args, kwargs)


cdef object again(object func, tuple args, dict kwargs, object slow):
    """A call of NumPy's function: what its binder made of a call with the same shapes and parameters is used again.

    Binders of linear and bilinear rules see shapes, dtypes and parameters only (a law that is tested).
    """
    cdef Level level = None
    cdef Program program
    cdef Key words
    cdef npy_intp before
    for a in args:
        if type(a) is TapeArray:
            level = (<TapeArray>a).level
            break
    if level is None or level.closed or not describe(&words, func, args, kwargs, level):
        return slow(func, args, kwargs)
    key = PyBytes_FromStringAndSize(<char *>words.word, words.n * sizeof(npy_intp))
    known = PyDict_GetItem(_seen, key)
    if known != NULL:
        out = repeat(level, <BoundStep>(<tuple><object>known)[1], (<tuple><object>known)[2], args, kwargs)
        return slow(func, args, kwargs) if out is None else out
    program = program_of(level)
    before = program.count
    out = slow(func, args, kwargs)
    if (program.count == before + 1 and program.ins[before].form == CALL and type(out) in (TapeArray, TapeScalar)
            and not (type(out) is TapeArray and out.is_view) and node_of(out, level) == before
            and not program.ins[before].generic and len(_seen) < MEMO_LIMIT and program.ins[before].nin <= 8
            and isinstance(<object>program.ins[before].what, BoundStep) and jets.ask("bound_by_shape")(func)):
        if program.operands(before) == tuple([node_of(a, level) for a in args[:program.ins[before].nin]]):
            # NumPy's own function without the question whether operands have a say
            _seen[key] = func, <object>program.ins[before].what, getattr(func, "_implementation", func)
    return out


cdef bint describe(Key *key, object func, tuple args, dict kwargs, Level level) except -1:
    """What the bound form of a call depends on; False where that is not only shapes and plain parameters."""
    key.n = 0
    word(key, <npy_intp><PyObject *>func)
    for a in args:
        if type(a) is TapeArray:
            v = (<TapeArray>a).val()
            if (type(v) is not cnp.ndarray or cnp.PyArray_TYPE(<cnp.ndarray>v) != cnp.NPY_DOUBLE
                    or level is not (<TapeArray>a).level):
                return False
            word(key, -1 if (<TapeArray>a).node >= 0 else -2)
            numbers(key, cnp.PyArray_NDIM(<cnp.ndarray>v), cnp.PyArray_DIMS(<cnp.ndarray>v))
            # order="K" and "A" bind to it
            if not cnp.PyArray_IS_C_CONTIGUOUS(<cnp.ndarray>v):
                word(key, -3)
                numbers(key, cnp.PyArray_NDIM(<cnp.ndarray>v), cnp.PyArray_STRIDES(<cnp.ndarray>v))
        elif type(a) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>a) == cnp.NPY_DOUBLE:
            word(key, -2)
            numbers(key, cnp.PyArray_NDIM(<cnp.ndarray>a), cnp.PyArray_DIMS(<cnp.ndarray>a))
        elif not parameter(key, a):
            return False
    for name, a in kwargs.items():
        if name == "out" or not (parameter(key, name) and parameter(key, a)):
            return False
    return key.n < WORDS


cdef inline void word(Key *key, npy_intp value) noexcept:
    if key.n < WORDS:
        key.word[key.n] = value
        key.n += 1


cdef inline void numbers(Key *key, int n, npy_intp *values) noexcept:
    cdef int k
    word(key, n)
    for k in range(n):
        word(key, values[k])


cdef bint parameter(Key *key, object a) except -1:
    """Parameters that compare by value; True and 1 are told apart."""
    cdef const char *text
    cdef Py_ssize_t size, k
    cdef long long value
    cdef int over = 0
    if a is None:
        word(key, -4)
    elif type(a) is bool:
        word(key, -5 if a else -6)
    elif type(a) is int:
        value = PyLong_AsLongLongAndOverflow(a, &over)
        if over or value != <npy_intp>value:
            return False
        word(key, -7)
        word(key, <npy_intp>value)
    elif type(a) is str:
        text = PyUnicode_AsUTF8AndSize(a, &size)
        word(key, -8)
        word(key, size)
        for k in range(size):
            word(key, text[k])
    elif type(a) is tuple:
        word(key, -9)
        word(key, len(<tuple>a))
        for k in range(len(<tuple>a)):
            if type((<tuple>a)[k]) is not int or not parameter(key, (<tuple>a)[k]):
                return False
    else:
        return False
    return True


cdef object value_of(object func, tuple args, dict kwargs):
    """NumPy's own call on the values."""
    cdef object one
    if len(args) == 1 and not kwargs:
        one = (<TapeArray>args[0]).val() if type(args[0]) is TapeArray else args[0]
        # what np.sum does with an array, but for asking around
        return ADD_REDUCE(one, None) if func is PLAIN_SUM and type(one) is cnp.ndarray else func(one)
    args = tuple([(<TapeArray>a).val() if type(a) is TapeArray else a for a in args])
    return func(*args, **kwargs) if kwargs else PyObject_CallObject(func, args)


cdef object repeat(Level level, BoundStep step, object func, tuple args, dict kwargs):
    """NumPy's own call on the values, recorded with a step that is known already; None: it may be a view this time."""
    cdef Program program = program_of(level)
    cdef npy_intp ops[8]
    cdef npy_intp dims[64]
    cdef npy_intp node
    cdef TapeArray array
    cdef int i, k, n = step.operands
    value = value_of(func, args, kwargs)
    for i in range(n):
        ops[i] = (<TapeArray>args[i]).node if type(args[i]) is TapeArray else -1
    if type(value) is not cnp.ndarray:
        return number(level, value, program.add(CALL, n, ops, 0, dims, 0, 0, step.renewed(args, level)))
    for a in args:
        if value is (<TapeArray>a).val() if type(a) is TapeArray else value is a:
            return None
    # view or copy depends on the layout of the operand, which the signature does not tell
    if cnp.PyArray_BASE(<cnp.ndarray>value) != NULL:
        for a in args:
            if type(a) is TapeArray and np.may_share_memory(value, (<TapeArray>a).val()):
                return None
    if not cnp.PyArray_ISCARRAY(<cnp.ndarray>value):
        value = jets.ask("dense")(value)
    for k in range(cnp.PyArray_NDIM(<cnp.ndarray>value)):
        dims[k] = cnp.PyArray_DIMS(<cnp.ndarray>value)[k]
    node = program.add(CALL, n, ops, cnp.PyArray_NDIM(<cnp.ndarray>value), dims, 0, 0, step.renewed(args, level))
    if not cnp.PyArray_NDIM(<cnp.ndarray>value):
        return wrap(level, value, node)
    array = TapeArray.__new__(TapeArray)
    array.level, array.node, array._value = level, node, value
    return array


# ---- elementwise ----

cdef object record(Primitive p, PyObject **args):
    """Apply an elementwise rule to values on tape; interpret's general path for everything but doubles of one level."""
    cdef Operand x[MAX_IN]
    cdef double value[MAX_IN]
    cdef npy_intp ops[MAX_IN]
    cdef Level level = None
    cdef cnp.ndarray block
    cdef cnp.ndarray like = None
    cdef int i, mask = 0, nin = p.nin
    cdef bint even = True
    cdef list arrays = [None] * nin
    if nin > MAX_IN:
        return general("elementwise", p, args)
    for i in range(nin):
        a = <object>args[i]
        ops[i] = -1
        x[i].order, x[i].comp, x[i].step, x[i].data = 0, 0, 0, <char *>&value[i]
        if PyFloat_CheckExact(a):
            value[i] = PyFloat_AS_DOUBLE(a)
            continue
        if type(a) is TapeScalar:
            if (<TapeScalar>a)._block is not None:
                return general("elementwise", p, args)
            value[i], ops[i] = (<TapeScalar>a).c[0], (<TapeScalar>a).node
        elif type(a) is TapeArray or type(a) is cnp.ndarray:
            v = a
            if type(a) is TapeArray:
                v = (<TapeArray>a).val()
                ops[i] = (<TapeArray>a).node
            if not (type(v) is cnp.ndarray and cnp.PyArray_TYPE(<cnp.ndarray>v) == cnp.NPY_DOUBLE
                    and cnp.PyArray_ISBEHAVED_RO(<cnp.ndarray>v)):
                return general("elementwise", p, args)
            block = <cnp.ndarray>v
            arrays[i] = block
            if cnp.PyArray_NDIM(block) == 0:
                value[i] = (<double *>cnp.PyArray_DATA(block))[0]
                arrays[i] = None
                continue
            x[i].data, x[i].step = <char *>cnp.PyArray_DATA(block), 8
            even = even and cnp.PyArray_ISCARRAY_RO(block) and (like is None or same_shape(like, block))
            if like is None:
                like = block
        elif not number_of(a, &value[i]) if not isinstance(a, Jet) else True:
            if not isinstance(a, Jet) and getattr(a, "__array_ufunc__", 0) is None:
                return NotImplemented       # NEP 13: the other operand takes over
            return general("elementwise", p, args)
        if isinstance(a, Jet):
            if level is None:
                level = (<Jet>a).level
            elif (<Jet>a).level is not level:
                return general("elementwise", p, args)
        if ops[i] >= 0:
            mask |= 1 << i
    if level.closed:
        _escaped(level)
    if not p.kernel(mask, 1).ready:
        return general("elementwise", p, args)
    if like is None:
        return record_number(p, args, level, mask, value, ops)
    return record_array(p, args, level, mask, x, value, ops, arrays, like if even else None)


cdef inline bint same_shape(cnp.ndarray a, cnp.ndarray b):
    cdef int k
    if cnp.PyArray_NDIM(a) != cnp.PyArray_NDIM(b):
        return False
    for k in range(cnp.PyArray_NDIM(a)):
        if cnp.PyArray_DIMS(a)[k] != cnp.PyArray_DIMS(b)[k]:
            return False
    return True


cdef object record_number(Primitive p, PyObject **args, Level level, int mask, double *value, npy_intp *ops):
    cdef Kernel kernel = p.kernel(mask, 1)
    cdef double y
    cdef double partial[MAX_IN]
    cdef Program program
    cdef npy_intp node = -1
    cdef int i
    if kernel.number(value, &y, partial):
        general("report", p, args)
    if mask:
        program = program_of(level)
        node = program.add(NUMBER, p.nin, ops, 0, NULL, 0, p.nin, kernel)
        for i in range(p.nin):
            program.numbers[program.ins[node].num + i] = partial[i] if mask >> i & 1 else 0.0
    return number(level, y, node)


cdef object record_array(Primitive p, PyObject **args, Level level, int mask, Operand *x, double *value, npy_intp *ops,
                         list arrays, cnp.ndarray like):
    cdef Kernel kernel = p.kernel(mask, 1)
    cdef Operand y
    cdef TapeArray out
    cdef Program program
    cdef npy_intp node
    cdef int i
    if like is not None:
        result = new_block(cnp.PyArray_NDIM(like), cnp.PyArray_DIMS(like))
        y.data, y.step, y.comp, y.order = <char *>cnp.PyArray_DATA(<cnp.ndarray>result), 8, 0, 0
        if execute(p.kernel(0, 0), cnp.PyArray_SIZE(like), x, &y, NOTHING, 1):
            general("report", p, args)
    else:
        result = p.rule.fn(*[value[i] if arrays[i] is None else arrays[i] for i in range(p.nin)])
    out = TapeArray.__new__(TapeArray)
    out.level, out._value = level, result
    if not mask:
        return out
    program = program_of(level)
    node = program.add(ARRAY, p.nin, ops, cnp.PyArray_NDIM(<cnp.ndarray>result), cnp.PyArray_DIMS(<cnp.ndarray>result),
                       p.nin + 1, p.nin, kernel)
    for i in range(p.nin):
        if arrays[i] is None:
            program.numbers[program.ins[node].num + i] = value[i]
        elif kernel.needs >> i & 1:
            a = <object>args[i]
            saved = keep_value(<TapeArray>a) if type(a) is TapeArray else program.constant(a)
            program.save(program.ins[node].obj + i, saved)
    if kernel.needs >> p.nin & 1:
        program.save(program.ins[node].obj + p.nin, result)
        out.held = True
    out.node = node
    return out


set_recorder(record)
