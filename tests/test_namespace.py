"""Every public callable of NumPy, called with arrays that carry derivatives: the right kind of result, or one of our errors.

Nothing is listed: modules are walked, and each callable is tried with a fixed set of argument patterns. Where plain
arguments work, ours must give (1) a result that carries derivatives, (2) a plain result that does not change when the
arguments do, or (3) an error of ours. Where NumPy refuses the pattern, ours may refuse it in any way but silently.
"""

import inspect
import re
import warnings

import numpy as np
import pytest

import dualad
from dualad.core.jets import Jet
from dualad.core.operands import jets_in, plain
from dualad.errors import DualadError

MODULES = ("numpy", "numpy.linalg", "numpy.fft", "numpy.polynomial.polynomial", "numpy.polynomial.chebyshev",
           "numpy.polynomial.legendre", "numpy.polynomial.hermite", "numpy.polynomial.hermite_e", "numpy.polynomial.laguerre",
           "numpy.polynomial.polyutils", "numpy.lib.scimath", "numpy.lib.stride_tricks", "numpy.lib.array_utils", "numpy.ma",
           "numpy.char", "numpy.strings", "numpy.rec", "numpy.random", "numpy.testing")
# What would end the test run, write files, or print and return nothing that a value could be lost in.
SKIPPED = {"numpy.test", "numpy.show_config", "numpy.show_runtime", "numpy.info", "numpy.save", "numpy.savez", "numpy.savez_compressed",
           "numpy.savetxt", "numpy.fromfile", "numpy.memmap", "numpy.load", "numpy.loadtxt", "numpy.genfromtxt", "numpy.from_dlpack",
           "numpy.setbufsize", "numpy.seterr", "numpy.seterrcall", "numpy.set_printoptions", "numpy.linalg.test", "numpy.fft.test",
           "numpy.ma.test", "numpy.random.test", "numpy.random.seed", "numpy.random.set_state", "numpy.testing.run_module_suite",
           "numpy.testing.rundocs", "numpy.testing.measure", "numpy.testing.runstring", "numpy.testing.tempdir",
           "numpy.testing.temppath", "numpy.random.set_bit_generator", "numpy.testing.break_cycles", "numpy.testing.memusage",
           "numpy.testing.jiffies", "numpy.errstate", "numpy.printoptions", "numpy.testing.suppress_warnings"}

# What asks C for an array of NumPy's own type, the bytes of one, or a key of a set: NumPy or Python itself refuses ours.
REFUSED_BY_NUMPY = {
    "frombuffer": "bytes-like", "byte_bounds": "__array_interface__", "nditer": "WRITEBACKIFCOPY", "mintypecode": "attribute 'any'",
    "find_duplicate": "unhashable", "clear_and_catch_warnings": "unhashable", "fromrecords": "not iterable|bytes-like",
    "MaskedArray": "Mask and data|not iterable", "masked_array": "Mask and data|not iterable",
    "fix_invalid": "Mask and data|not iterable",
}
V = np.array([0.31, 0.71, 0.21])
M = np.array([[2.03, 0.3, 0.1], [0.3, 1.53, 0.2], [0.1, 0.2, 1.13]])


def patterns():
    """(name, function that makes the arguments of three traced operands: a vector, a matrix and a number)."""
    return {
        "v": lambda v, m, s: (v,), "m": lambda v, m, s: (m,), "s": lambda v, m, s: (s,), "v v": lambda v, m, s: (v, v),
        "m m": lambda v, m, s: (m, m), "m v": lambda v, m, s: (m, v), "s s": lambda v, m, s: (s, s), "v 1": lambda v, m, s: (v, 1),
        "m 0": lambda v, m, s: (m, 0), "m 2": lambda v, m, s: (m, 2), "v plain": lambda v, m, s: (v, V + 0.1),
        "m m3": lambda v, m, s: (m, np.stack([m, m * m, m])), "v m": lambda v, m, s: (v, m), "v M": lambda v, m, s: (v, M.copy()),
        "plain v": lambda v, m, s: (V + 0.1, v), "plain m": lambda v, m, s: (M * 1.7, m), "[v v]": lambda v, m, s: ([v, v],),
        "[s s]": lambda v, m, s: ([s, s],), "1 v": lambda v, m, s: (1, v), "v v v": lambda v, m, s: (v, v * 1.1, v + 1.0),
        "v plain plain": lambda v, m, s: (v, V + 0.05, V + 0.2), "plain plain v": lambda v, m, s: (V.copy(), np.sort(V), v),
        "plain v s": lambda v, m, s: (V.copy(), [True, False, True], s), "s s 3": lambda v, m, s: (s, s + 1, 3),
        "f v": lambda v, m, s: (np.sum, 0, m), "cond": lambda v, m, s: ([V > 0.4], [v], 0.0), "ij": lambda v, m, s: ("ij,j", m, v),
        "v (3,1)": lambda v, m, s: (v, (3, 1)), "m key": lambda v, m, s: (m, np.array([[0, 1, 0]]), 0), "3 s": lambda v, m, s: (3, s),
        "v (1,1)": lambda v, m, s: (v, (1, 1)), "m 0 1": lambda v, m, s: (m, 0, 1), "v s": lambda v, m, s: (v, s), "() ": lambda v, m, s: (),
    }


def callables():
    for path in MODULES:
        module = __import__(path, fromlist=["x"])
        names = getattr(module, "__all__", None) or [n for n in dir(module) if not n.startswith("_")]
        for name in sorted(names):
            fn, full = getattr(module, name, None), f"{path}.{name}"
            if callable(fn) and full not in SKIPPED and not (inspect.isclass(fn) and issubclass(fn, BaseException)):
                yield pytest.param(fn, id=full)


def floats(out, found=None):
    """Real and complex numbers in a result, in nested tuples, lists and dicts; object arrays are looked into."""
    found = [] if found is None else found
    if isinstance(out, (tuple, list)):
        for v in out:
            floats(v, found)
    elif isinstance(out, dict):
        floats(list(out.values()), found)
    elif isinstance(out, (np.ndarray, np.generic)) and not isinstance(out, Jet) and out.dtype.kind in "fc":
        found.append(np.array(out))
    elif isinstance(out, (float, complex)) and not isinstance(out, Jet):
        found.append(np.array(out))
    return found


def objects(out):
    """Whether a jet hides in an object array."""
    if isinstance(out, (tuple, list)):
        return any(map(objects, out))
    return isinstance(out, np.ndarray) and not isinstance(out, Jet) and out.dtype == object and any(isinstance(v, Jet) for v in out.flat)


def attempt(fn, args):
    """(result, error) of a call."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return fn(*args), None
        except Exception as error:  # noqa: BLE001  (NumPy's own errors are of every kind)
            return None, error


def changes(fn, make):
    """Whether NumPy's result changes with the arguments (so that a plain result would have lost something)."""
    seen = []
    for by in (0.0, 1e-3):
        first = [attempt(fn, make(V + by, M + by, 0.4 + by)) for _ in range(2)]
        if any(e is not None for _, e in first):
            return False
        twice = [floats(out) for out, _ in first]
        if len(twice[0]) != len(twice[1]) or any(a.shape != b.shape or not np.array_equal(a, b, equal_nan=True)
                                                 for a, b in zip(*twice, strict=True)):
            return False  # random, or memory that was never written
        seen.append(twice[0])
    return len(seen[0]) != len(seen[1]) or any(a.shape != b.shape or not np.array_equal(a, b, equal_nan=True)
                                               for a, b in zip(*seen, strict=True))


def random(fn, make):
    """Whether NumPy's own result differs from call to call."""
    first, again = (floats(attempt(fn, make(V.copy(), M.copy(), 0.4))[0]) for _ in range(2))
    return len(first) != len(again) or any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(first, again, strict=True))


def differs(out, wanted):
    """How our numbers differ from NumPy's."""
    if isinstance(out, np.lib.npyio.NpzFile) or not floats(wanted):
        return None
    got, wanted = floats(plain(list(out) if isinstance(out, tuple) else [out])), floats([wanted])
    if [np.shape(v) for v in got] != [np.shape(v) for v in wanted]:
        return f"shapes {[np.shape(v) for v in got]}, NumPy {[np.shape(v) for v in wanted]}"
    if not all(np.allclose(a, b, rtol=1e-12, atol=1e-14, equal_nan=True) for a, b in zip(got, wanted, strict=True)):
        return "other values than NumPy's"
    return None


def verdict(fn, name, make, v, m, s):
    """A fault in words, or None."""
    plain_out, plain_error = attempt(fn, make(V.copy(), M.copy(), 0.4))
    args = make(v, m, s)
    out, error = attempt(fn, args)
    if error is not None:
        known = REFUSED_BY_NUMPY.get(getattr(fn, "__name__", ""))
        if isinstance(error, DualadError) or plain_error is not None or known and re.search(known, str(error)):
            return None
        return f"{name}: NumPy takes it, we raise {type(error).__name__}: {str(error)[:120]}"
    if objects(out):
        return f"{name}: an object array of {type(out).__name__}"
    if plain_error is None and (fault := differs(out, plain_out)) and not random(fn, make):
        return f"{name}: {fault}"
    if jets_in_result(out) or plain_error is not None:
        return None
    if floats(out) and changes(fn, make):
        return f"{name}: returns plain {type(out).__name__}, the derivative is lost"
    return None


def jets_in_result(out):
    try:
        return bool(jets_in([out]))
    except DualadError:
        return False


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("fn", list(callables()))
def test_nothing_is_lost(fn, mode):
    faults = []

    def f(v, m, s):
        for name, make in patterns().items():
            if name.strip() == "()" or not jets_in(list(make(v, m, s))):
                continue
            fault = verdict(fn, name, make, v * 1.0, m * 1.0, s * 1.0)
            if fault:
                faults.append(fault)
        return np.sum(v) + np.sum(m) + s

    with dualad.capturing(False):  # what raises here is caught here
        if mode == "forward":
            dualad.jvp(f, (V, M, 0.4), (np.ones(3), np.ones((3, 3)), 1.0))
        else:
            dualad.vjp(f, V, M, 0.4)
    assert not faults, "\n".join(faults)
