"""The capturing scope: unchanged code that fills plain arrays or asks for plain numbers.

What it makes of ordinary code is in `test_idioms`. This is about what a scope must not do: touch NumPy, other threads, the
function's globals, or keep anything alive; about functions that are not plain functions, and about where they come from.
"""

import contextvars
import dataclasses
import doctest
import functools
import gc
import importlib
import itertools
import linecache
import math
import struct
import subprocess
import sys
import textwrap
import threading
import weakref

import numpy as np
import pytest
from idioms import IDIOMS, filling, functions, gathering, objects, scalars, stepping
from idioms.objects import Child, Solver

import dualad
from dualad import errors, scope
from dualad.core import jets
from dualad.scope import hooks
from dualad.testing import check_derivatives

X = np.array([0.5, 1.2, 2.0])
COUNT = itertools.count()


def fresh(source, name="f", file=True, **names):
    """A function from a text, with a source that can be found (or not)."""
    source = textwrap.dedent(source)
    path = f"<{'seen' if file else 'unseen'} {next(COUNT)}>"
    if file:
        linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    space = {"np": np, "math": math, "__name__": "somebody", **names}
    exec(compile(source, path, "exec"), space)
    return space[name]


FILL = """
    calls = []

    def f(x):
        calls.append(type(x).__name__)
        y = np.zeros(3)
        for k in range(3):
            y[k] = x[k] ** 2
        return y.sum()
"""


# ---- functions and transforms ----

CALLABLES = {"method": Solver(2.0).run, "callable object": Solver(0.5), "method of a class above": Child(3.0).run,
             "partial of a lambda": functools.partial(lambda a, x: a * np.array([x[0] ** 2, x[1]]).sum(), 3.0),
             "lambda": lambda x: float(x[0]) ** 2 * math.exp(x[1]), "decorated function": functions._logged(filling.zeros_filled)}


@pytest.mark.parametrize("name", CALLABLES)
def test_callables_that_are_not_plain_functions(name):
    check_derivatives(CALLABLES[name], X)


@pytest.mark.parametrize("name", ["zeros_filled", "time_loop", "method", "nested_array"])
def test_idiom_in_every_transform(name):
    f = CALLABLES.get(name) or IDIOMS[name]
    g, h = dualad.grad(f)(X), dualad.hessian(f)(X)
    near = functools.partial(np.testing.assert_allclose, rtol=1e-12)
    near(dualad.value_and_grad(f)(X)[1], g)
    near(dualad.vjp(f, X)[1](1.0)[0], g)
    near(dualad.linearize(f, X)[1](X), g @ X)
    near(dualad.jvp(f, (X,), (X,))[1], g @ X)
    near(dualad.jacfwd(f)(X), g)
    near(dualad.jacrev(f)(X), g)
    near(dualad.hessian_diag(f)(X), np.diag(h))
    near(dualad.hvp(f)(X, X), h @ X)
    near(dualad.hessian_operator(f)(X) @ X, h @ X)
    near(dualad.jacobian_operator(f)(X) @ X, g @ X)
    near(dualad.value_grad_hess(f)(X)[2], h)
    near(dualad.derivative(lambda t: f(X * t))(1.0), g @ X)
    near(dualad.grad(dualad.checkpoint(f))(X), g)
    assert dualad.plan(f, X, want="gradient").inputs == 3


@pytest.mark.parametrize("transform", [dualad.grad, dualad.jacobian, dualad.hessian, dualad.jacfwd, dualad.hvp],
                         ids=lambda t: t.__name__)
def test_every_transform_finds_out_for_itself(transform):
    """Each meets a function that nothing is known of yet."""
    f = fresh(FILL)
    args = (X, X) if transform is dualad.hvp else (X,)
    want = {"grad": 2 * X, "jacobian": 2 * X, "jacfwd": 2 * X, "hessian": 2 * np.eye(3), "hvp": 2 * X}[transform.__name__]
    np.testing.assert_array_equal(transform(f)(*args), want)


@pytest.mark.parametrize("call", [
    lambda f: dualad.jvp(f, (X,), (np.eye(3)[1],))[1], lambda f: dualad.vjp(f, X)[1](1.0)[0][1],
    lambda f: dualad.linearize(f, X)[1](np.eye(3)[1]), lambda f: dualad.jacobian_operator(f)(X).matvec(np.eye(3)[1])[0],
    lambda f: dualad.plan(f, X, want="gradient").inputs * 0.8], ids=["jvp", "vjp", "linearize", "operator", "plan"])
def test_functions_that_call_at_once_find_out_for_themselves(call):
    assert float(call(fresh(FILL))) == pytest.approx(2 * X[1])


@pytest.mark.parametrize("name", sorted(set(vars(math)) - {"gamma", "lgamma", "erf", "erfc"}))
def test_function_of_math_is_right_or_a_constant_or_refused(name):
    """By differences at a point; never a number that lost its derivative."""
    fn = getattr(math, name)
    if not callable(fn):
        return
    for args in [(0.7,), (0.7, 1.3), (1.5,), ([0.7, 1.3],), ([0.7, 1.3], [0.2, 0.4]), (0.7, 1.3, 0.2)]:
        try:
            fn(*args)
        except (TypeError, ValueError):
            continue
        break
    else:
        return

    def f(t):
        moved = [[a * t for a in v] if isinstance(v, list) else v * t for v in args]
        y = fn(*moved)
        return y[0] + 0.0 if isinstance(y, tuple) else y + 0.0

    h = 1e-6
    want = (f(1.0 + h) - f(1.0 - h)) / (2 * h)
    try:
        got = dualad.derivative(f)(1.0)
    except TypeError:
        return
    assert got == pytest.approx(want, abs=1e-7)


@pytest.mark.parametrize(("f", "error"), [
    (lambda x: math.sqrt(x[0] - 9), ValueError), (lambda x: math.log(x[0] * 0), ValueError),
    (lambda x: math.exp(x[0] * 1e4), OverflowError), (lambda x: float(x), TypeError), (lambda x: float("1") / (0 * int(x[0])), ZeroDivisionError),
    (lambda x: np.array([x[0], [x[1], 1.0]]).sum(), ValueError), (lambda x: np.zeros(3)[7], IndexError)],
    ids=["sqrt(-1)", "log(0)", "exp overflows", "float(array)", "1 / 0", "ragged", "index"])
def test_errors_of_plain_code_stay_what_they_are(f, error):
    with pytest.raises(error):
        f(X)
    with pytest.raises(error), dualad.capturing():
        dualad.grad(f)(X)


REFUSED = {
    "complex array": (lambda x: (lambda y: y.__setitem__(0, x[0]) or y)(np.zeros(2, complex)).real.sum(), errors.ConversionError),
    "complex sort": (lambda x: np.sort(x * 1j).real.sum(), errors.ComplexError),
    "struct": (lambda x: x[0] * struct.unpack("d", struct.pack("d", x[0]))[0], (TypeError, struct.error)),
    "rank 0": (lambda x: (lambda y: y.__setitem__((), x[0]) or y)(np.zeros(())), errors.ConversionError),
    "object array": (lambda x: np.array([x[0], 1.0], dtype=object).sum(), (errors.DtypeError, errors.ConversionError)),
    "__setitem__ by name": (lambda x: (lambda y: y.__setitem__(0, x[0]) or y.sum())(np.zeros(3)), errors.ConversionError),
    "modular pow": (lambda x: pow(x[0], 2, 3), TypeError),
    "hash": (lambda x: {x[0]: 1}, TypeError),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    f, error = REFUSED[name]
    with pytest.raises(error):
        dualad.grad(f)(X)


def test_store_of_an_integer_array_truncates_as_in_numpy():
    f = fresh("""
        def f(x):
            k = np.zeros(2, dtype=int)
            k[0] = x[2]
            y = np.zeros(2)
            y[k[0] - 2] = x[1]
            return y.sum() * k[0]
    """)
    np.testing.assert_array_equal(dualad.grad(f)(X), [0, 2, 0])


# ---- what it costs and remembers ----

def test_function_that_needs_nothing_runs_once_and_nothing_is_prepared(monkeypatch):
    monkeypatch.setattr(hooks, "hooked", lambda *a: pytest.fail("source was read"))
    calls = []

    def f(x):
        calls.append(1)
        y = np.zeros_like(x)
        y[0] = x[1]
        return np.sum(y * np.zeros(3))

    for k in range(1, 4):
        dualad.grad(f)(X)
        assert len(calls) == k


def test_what_was_learned_is_remembered():
    f = fresh(FILL)
    calls = f.__globals__["calls"]
    dualad.grad(f)(X)
    first = len(calls)
    assert first == 3  # plain; in the scope, where the array is found; with a traced array
    dualad.grad(f)(X)
    assert len(calls) == first + 1


def test_source_is_prepared_once(monkeypatch):
    prepared = []
    monkeypatch.setattr(hooks, "hooked", lambda *a, real=hooks.hooked: prepared.append(a[0].co_name) or real(*a))
    f = fresh(FILL)
    for _ in range(3):
        dualad.grad(f)(X)
        dualad.hessian(f)(X)
    assert prepared == ["f"]


def test_nothing_is_kept_of_a_function_that_is_gone():
    f = fresh(FILL)
    dualad.grad(f)(X)
    watch, code = weakref.ref(f), weakref.ref(f.__code__)
    f.__globals__.clear()
    del f
    gc.collect()
    assert watch() is None
    assert code() is None
    assert all(not isinstance(w, weakref.ref) or w() is not None for w in scope.known.values())


def test_no_cycle_holds_arrays_after_a_run():
    seen = []
    f = fresh("""
        def f(x):
            y = np.zeros(3)
            watch(y)
            y[:] = x
            return y.sum()
    """, watch=lambda y: None if hasattr(y, "level") else seen.append(weakref.ref(y)))
    dualad.grad(f)(X)
    gc.collect()
    assert len(seen) == 2
    assert not any(w() is not None for w in seen)
    gc.disable()
    try:
        seen.clear()
        dualad.grad(f)(X)
        big = np.ones(1000)
        watch = weakref.ref(big)
        dualad.grad(lambda x: float(np.sum(x)))(big)
        del big
        assert watch() is None
    finally:
        gc.enable()


# ---- what it must not touch ----

def test_numpy_and_other_code_are_untouched():
    before = {name: getattr(np, name) for name in dir(np)}
    inside = []
    f = fresh("""
        def f(x):
            inside.append((np.zeros, float, math.sin))
            y = np.zeros(3)
            y[:] = x
            return y.sum()
    """, inside=inside)
    dualad.grad(f)(X)
    assert {name: getattr(np, name) for name in dir(np)} == before
    assert len(inside) == 3
    assert set(inside) == {(np.zeros, float, math.sin)}
    assert type(f.__globals__["np"].zeros(2)) is np.ndarray


def test_namespace_of_the_function_is_untouched():
    f = fresh(FILL)
    before, code = dict(f.__globals__), f.__code__
    dualad.hessian(f)(X)
    assert f.__globals__ == before
    assert f.__code__ is code
    assert type(f(X)) is np.float64


def test_other_threads_see_plain_numpy():
    seen, inside, done = [], threading.Event(), threading.Event()

    def waiting():
        inside.set()
        assert done.wait(60)

    f = fresh("""
        def f(x):
            y = np.zeros(3)
            y[:] = x
            waiting()
            return y.sum()
    """, waiting=waiting)
    dualad.capture(f)

    def other():
        assert inside.wait(60)
        y = np.zeros(3)
        seen.append((type(y), filling.zeros_filled(X), hooks.running.scope))
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    np.testing.assert_array_equal(dualad.grad(f)(X), [1, 1, 1])
    thread.join()
    assert seen == [(np.ndarray, np.sum(X ** 2), None)]


def test_threads_side_by_side():
    found, f = [], fresh(FILL)

    def work(k):
        for _ in range(30):
            found.append(np.array_equal(dualad.grad(f)(X * k), 2 * X * k))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 9)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [True] * 240


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_an_exception_leaves_nothing_behind(error):
    work = np.arange(3.0)
    f = fresh("""
        def f(x):
            work[:] = x
            y = np.zeros(3)
            y[:] = work
            if stop:
                raise error
            return y.sum()
    """, error=error, work=work, stop=[])
    dualad.grad(f)(X)
    f.__globals__["stop"].append(1)
    with pytest.raises(error):
        dualad.grad(f)(X)
    assert hooks.running.scope is None
    assert hooks.running.kept == ()
    np.testing.assert_array_equal(work, X)
    f.__globals__["stop"].clear()
    np.testing.assert_array_equal(dualad.grad(f)(2 * X), [1, 1, 1])
    assert type(np.zeros(2)) is np.ndarray


def test_work_arrays_hold_what_a_plain_run_leaves():
    solver, plain = Solver(2.0), Solver(2.0)
    plain.run(X)
    dualad.hessian(solver.run)(X)
    np.testing.assert_array_equal(solver.work, plain.work)
    np.testing.assert_array_equal(solver.history, plain.history)
    assert type(solver.work) is np.ndarray


def test_old_numbers_of_a_work_array_are_never_read_as_constants():
    """A read that the hooks do not see gives an error, not the values of the run before."""
    keep = {"a": np.zeros(3)}
    f = fresh("""
        def f(x):
            keep["a"][:] = x
            hidden = next(iter(keep.values()))
            return np.sum(hidden * 2.0)
    """, keep=keep)
    for _ in range(2):
        try:
            got = dualad.grad(f)(X)
        except errors.ConversionError:
            continue
        np.testing.assert_array_equal(got, [2, 2, 2])


def test_view_of_a_work_array_made_outside_is_refused():
    whole = np.zeros(4)
    f = fresh("""
        def f(x):
            part[0] = x[0]
            whole[2] = x[1]
            return whole.sum() + part.sum()
    """, whole=whole, part=whole[:2])
    with pytest.raises(errors.ConversionError):
        dualad.grad(f)(X)
    assert not np.isnan(whole).any()


def test_globals_and_cells_that_the_function_writes_are_the_real_ones():
    before = objects.COUNT
    dualad.grad(objects.global_statement)(X)
    assert objects.COUNT > before

    count = 0

    def f(x):
        nonlocal count
        count += 1
        return float(x[0]) * count

    dualad.grad(f)(X)
    assert count == 2


# ---- saying so, and saying not so ----

def test_capture_goes_straight_to_the_scope():
    f = fresh(FILL)
    assert dualad.capture(f) is f
    dualad.grad(f)(X)
    assert len(f.__globals__["calls"]) == 2  # no plain run; one in which the array is found
    assert f(X) == np.sum(X ** 2)


@pytest.mark.parametrize("bad", [np.sin, 3.0, "f", math.gcd, struct.pack], ids=str)
def test_capture_refuses_what_is_not_python_code(bad):
    with pytest.raises(errors.InputError, match=r"capture\(\) takes"):
        dualad.capture(bad)


def test_capturing_switches_off_and_on():
    f = fresh(FILL)
    with dualad.capturing(False):
        with pytest.raises(errors.ConversionError, match="np.zeros_like"):
            dualad.grad(f)(X)
        with dualad.capturing():
            np.testing.assert_array_equal(dualad.grad(f)(X), 2 * X)
        with pytest.raises(errors.ConversionError):
            dualad.grad(f)(X)
    before = len(f.__globals__["calls"])
    np.testing.assert_array_equal(dualad.grad(f)(X), 2 * X)
    assert len(f.__globals__["calls"]) > before
    assert hooks.running.mode is None


def test_capturing_is_of_one_thread():
    modes = []
    with dualad.capturing():
        thread = threading.Thread(target=lambda: modes.append(hooks.running.mode))
        thread.start()
        thread.join()
    assert modes == [None]


def test_original_error_is_raised_with_a_note_where_the_scope_cannot_help():
    f = fresh("""
        def f(x):
            y = np.zeros(3)
            y[0] = x[0]
            return np.sum(y) + float(pack("d", x[1]))
    """, pack=lambda kind, v: memoryview(v))
    with pytest.raises((errors.ConversionError, TypeError)) as caught:
        dualad.grad(f)(X)
    assert any("capturing scope" in note for note in caught.value.__notes__)


def test_a_type_error_of_the_users_own_is_raised_as_it_is():
    def f(x):
        raise TypeError("my own")

    with pytest.raises(TypeError, match="^my own$") as caught:
        dualad.grad(f)(X)
    assert not hasattr(caught.value, "__notes__")


# ---- nesting ----

def test_nested_transforms_have_their_own_level():
    f = fresh("""
        def f(x):
            y = np.zeros(3)

            def inner(t):
                z = np.zeros(2)
                z[0], z[1] = t ** 2 * x[0], math.sin(t)
                return z[0] * z[1]

            for k in range(3):
                y[k] = dualad.derivative(inner)(x[k])
            return y.sum()
    """, dualad=dualad)
    check_derivatives(f, X)


def test_perturbations_are_not_confused():
    """d/dx [x d/dy (x + y)] = 1, with arrays that are filled at both levels."""
    f = fresh("""
        def f(x):
            a = np.zeros(2)

            def g(y):
                b = np.zeros(1)
                b[0] = x[0] + y
                return float(b[0])

            a[0] = x[0] * dualad.derivative(g)(x[0])
            return a[0]
    """, dualad=dualad)
    np.testing.assert_array_equal(dualad.grad(f)(X), [1, 0, 0])


def test_third_derivatives():
    def f(t):
        y = np.zeros(2)
        y[0] = t ** 4
        return float(y[0])

    d = dualad.derivative
    assert d(d(d(f)))(2.0) == pytest.approx(48.0)
    assert dualad.grad(d(dualad.grad(f)))(2.0) == pytest.approx(48.0)


def test_work_array_of_both_levels():
    """The inner level's values go back to the outer one's shadow."""
    work = np.zeros(2)
    f = fresh("""
        def f(x):
            def inner(t):
                work[0] = t * x[0]
                work[1] = t
                return work[0] * work[1]
            d = dualad.derivative(inner)(x[1])
            return d + work[0]
    """, dualad=dualad, work=work)
    np.testing.assert_allclose(dualad.grad(f)(X), [3 * X[1], 3 * X[0], 0])
    np.testing.assert_allclose(work, [X[0] * X[1], X[1]])


def test_float32_keeps_its_dtype():
    def f(x):
        y = np.zeros(3, dtype=np.float32)
        y[:] = x * x
        return y.sum()

    g = dualad.grad(f)(X.astype(np.float32))
    assert g.dtype == np.float32
    np.testing.assert_array_equal(g, 2 * X.astype(np.float32))


def test_user_rules_and_marks_inside():
    rule = dualad.custom_jvp(lambda v: v ** 2)
    rule.defjvp(lambda primals, tangents: (rule(*primals), 7.0 * tangents[0]))
    f = fresh("""
        def f(x):
            y = np.zeros(3)
            y[0] = rule(x[0])
            y[1] = x[1] * dualad.stop_gradient(x[1])
            y[2] = dualad.checkpoint(lambda v: math.sin(v) * np.array([v, v])[1])(x[2])
            return y.sum()
    """, dualad=dualad, rule=rule)
    np.testing.assert_allclose(dualad.grad(f)(X), [7.0, X[1], np.cos(2.0) * 2 + np.sin(2.0)])


# ---- where functions come from ----

PACKAGE = """
from numpy import *
import math as _m
from .parts import scale
TABLE = zeros(4)

def area(x):
    out = empty(3)
    for i, v in enumerate(x):
        out[i] = _m.sqrt(float(v)) * scale(v)
    return out

def memo(x):
    TABLE[:3] = asarray(x, dtype=float) ** 2
    TABLE[3] = TABLE[0] * TABLE[1]
    return TABLE.sum()
"""
PARTS = """
import numpy as np

def scale(v):
    w = np.zeros(2)
    w[0], w[1] = v, 1.0
    return w @ w
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "smallpackage"
    folder.mkdir()
    (folder / "__init__.py").write_text(PACKAGE)
    (folder / "parts.py").write_text(PARTS)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("smallpackage")
    for name in [n for n in sys.modules if n.startswith("smallpackage")]:
        del sys.modules[name]


def test_functions_of_an_installed_package(package):
    check_derivatives(package.area, X)
    check_derivatives(package.memo, X)
    check_derivatives(lambda x: package.area(x)[0] * package.parts.scale(x[1]) + package.memo(x), X)


NAMED = """
    def factorial(n, v):
        work = np.zeros(1)
        work[0] = v
        return 1.0 if n in {"a", "b", 0, -1, "c"} else float(work[0]) * factorial(n - 1, v)

    class Ring:
        size = 3

        @staticmethod
        def turned(x):
            out = np.zeros(Ring.size)
            for k in range(Ring.size):
                out[k] = math.sin(x[k - 1])
            return out

        def total(self, x):
            return Ring.turned(x).sum() + type(self).size
"""


def test_functions_that_name_themselves_and_their_class_have_twins(monkeypatch):
    """Compiled alone they would look these names up elsewhere, and not be taken for the same code."""
    monkeypatch.setattr(hooks, "view_of", lambda fn, _: pytest.fail(f"{fn} is taken for a function without source"))
    space = fresh(NAMED, "factorial").__globals__
    check_derivatives(lambda t: space["factorial"](3, t), 1.5)
    check_derivatives(lambda x: space["Ring"]().total(x), X)
    check_derivatives(space["Ring"].turned, X)


def test_error_of_another_function_about_a_list_stays_what_it_is():
    f = fresh("""
        def f(x):
            try:
                return pack("d", [x[0], [x[1], 1.0]])
            except error:
                return float(x[0]) ** 2
    """, pack=struct.pack, error=struct.error)
    np.testing.assert_array_equal(dualad.grad(f)(X), [1, 0, 0])


def test_names_of_joiners_are_only_names():
    """A container that is called r_ is no np.r_, and its work arrays are seen."""
    f = fresh("""
        def f(x):
            r_["work"][:] = x * np.r_[1.0, x[1:]][0]
            c_ = [0.0] * 2 + [x[0]]
            c_ += [x[1] * np.c_[x, x][1, 1]]
            del c_[0]
            return np.sum(r_["work"]) + sum(c_)
    """, r_={"work": np.zeros(3)})
    check_derivatives(f, X)


def test_deep_recursion_is_an_error_that_says_what_to_do():
    f = fresh("""
        def f(x):
            def down(n, v):
                return float(v) if n == 0 else 0.5 * down(n - 1, v) + v

            return down(depth, x[0])
    """)
    f.__globals__["depth"] = 100
    np.testing.assert_allclose(dualad.grad(f)(X), [2, 0, 0])
    f.__globals__["depth"] = sys.getrecursionlimit() - 400
    f(X)
    with pytest.raises(RecursionError) as caught:
        dualad.grad(f)(X)
    assert "setrecursionlimit" in caught.value.__notes__[0]
    assert hooks.running.scope is None


def test_changed_source_is_not_trusted(tmp_path):
    """The file on disk says something else than the code that runs."""
    path = tmp_path / "changed.py"
    path.write_text(textwrap.dedent(FILL))
    space = {"np": np, "__name__": "changed"}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text(path.read_text().replace("** 2", "** 3"))
    linecache.checkcache(str(path))
    np.testing.assert_array_equal(dualad.grad(space["f"])(X), 2 * X)


def test_lambdas_of_one_line():
    a, b = (lambda x: float(x[0]) ** 2, lambda x: float(x[0]) ** 3)
    assert dualad.grad(a)(X)[0] == 1.0
    assert dualad.grad(b)(X)[0] == 0.75


UNSEEN = ["zeros_filled", "empty_filled", "time_loop", "nested_array", "array_of_scalars", "floats", "math_functions", "elimination",
          "asarray_float", "tridiagonal_solve", "builtins", "closures", "recursion", "augmented_entries", "helper_that_fills"]


@pytest.mark.parametrize("name", UNSEEN)
def test_function_without_source(name):
    """Defined by exec: the names it uses are dressed."""
    module = next(m for m in (filling, stepping, gathering, scalars, functions) if name in vars(m))
    with open(module.__file__) as file:
        f = fresh(file.read(), name, file=False)
    check_derivatives(f, X)


def test_function_without_source_writes_real_globals():
    f = fresh("""
        count = 0
        def f(x):
            global count
            count += 1
            if count < 0 or not isinstance(x, np.ndarray):
                raise ValueError
            y = np.zeros(2)
            y[0] = float(x[1]) * count
            return np.asarray(y, dtype=float).sum()
    """, file=False)
    dualad.grad(f)(X)
    first = f.__globals__["count"]
    assert first >= 1
    np.testing.assert_array_equal(dualad.grad(f)(X), [0, first + 1, 0])
    assert type(f.__globals__) is dict
    assert f.__globals__["np"] is np


def test_function_of_a_command_line():
    code = ("import numpy as np, dualad\n"
            "def f(x):\n    y = np.zeros(2)\n    y[0] = x[0] ** 2\n    return y.sum()\n"
            "print(dualad.grad(f)(np.array([3.0, 1.0])))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("[6. 0.]\n", "")


def test_function_with_asserts_that_pytest_rewrote():
    def f(x):
        assert len(x) == 3
        y = np.zeros(3)
        y[0] = x[0] ** 2
        return y.sum()

    np.testing.assert_array_equal(dualad.grad(f)(X), [1, 0, 0])


def test_context_variables_and_generators():
    variable = contextvars.ContextVar("v", default=2.0)

    def terms(x):
        total = np.zeros(1)
        for v in x:
            total[0] += v * variable.get()
            yield float(total[0])

    np.testing.assert_allclose(dualad.grad(lambda x: math.fsum(terms(x)))(X), [6, 4, 2])


def test_generator_that_outlives_the_run_goes_on_plainly():
    kept = []

    def f(x):
        def numbers():
            while True:
                yield np.zeros(2)

        kept.append(numbers())
        y = next(kept[-1])
        y[0] = x[0]
        return float(y[0] if isinstance(y, np.ndarray) else y)

    np.testing.assert_array_equal(dualad.grad(f)(X), [1, 0, 0])
    assert type(next(kept[-1])) is np.ndarray


def test_a_question_about_types_is_answered_as_in_a_plain_run():
    """No error leads to the scope here: the names of the code do."""
    def f(x):
        return x ** 2 if isinstance(x, float) else 0.0 * x

    assert dualad.derivative(f)(3.0) == 6.0

    def g(x):
        return np.sum(x ** 2) if isinstance(x, np.ndarray) else 0.0

    np.testing.assert_array_equal(dualad.grad(g)(X), 2 * X)


def test_a_handled_refusal_is_noticed():
    """Without the scope this would be the derivative of the wrong branch, without a word."""
    def f(x):
        try:
            return float(x[0]) ** 2
        except TypeError:
            return 5.0 * x[0]

    np.testing.assert_array_equal(dualad.grad(f)(X), [1, 0, 0])


HANDLED = {
    "no rule": (lambda x: np.frompyfunc(math.erf, 1, 1)(x[0]), "NoRuleError: erf (vectorized)"),
    "storage": (lambda x: np.copyto(np.zeros(()), x[0]), "StorageError"),
    "degenerate": (lambda x: np.linalg.eigh(np.eye(2) + (x[0] - 0.5) * np.ones((2, 2)))[1][0, 1], "DegenerateError"),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", HANDLED)
def test_an_error_that_the_function_handles_is_raised_all_the_same(name, mode):
    """`try: ... except Exception: return 0.0` (as in fluids' cdf_lognormal) would be a derivative of zero."""
    inner, text = HANDLED[name]
    f = fresh("""
        def f(x):
            try:
                return inner(x) * 1.0
            except Exception:
                return 0.0 * x[0]
    """, inner=inner)
    with pytest.raises(errors.DualadError) as caught:
        dualad.jacobian(f, mode=mode)(X)
    # reverse mode finds out about degenerate places in the sweep
    assert text in f"{type(caught.value).__name__}: {caught.value}"


def test_errors_of_other_threads_are_not_this_ones():
    go, done, refused = threading.Event(), threading.Event(), []

    def other():
        assert go.wait(60)
        with pytest.raises(errors.ConversionError), dualad.capturing(False):
            dualad.grad(lambda x: float(x))(1.0)
        refused.append(1)
        done.set()

    def f(x):
        go.set()
        assert done.wait(60)
        return x ** 2

    thread = threading.Thread(target=other)
    thread.start()
    calls = []
    assert dualad.grad(lambda x: calls.append(1) or f(x))(3.0) == 6.0
    thread.join()
    assert refused == calls == [1]


def test_repr_of_inner_parts_does_not_matter():
    assert "hooks" in repr(hooks.HOOKS)
    assert isinstance(dualad.dual(1.0), jets.Jet)
    assert doctest.testmod(scope, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).failed == 0


class Shape:
    """A class that makes an object of another one, as scipy.signal.lti does."""

    def __new__(cls, *sizes):
        return super().__new__(Square if cls is Shape and len(sizes) == 1 else cls)

    def __init__(self, *sizes):
        self.sizes = np.array([float(s) for s in sizes])


class Square(Shape):
    def __init__(self, side):
        super().__init__(side, side)


@dataclasses.dataclass(frozen=True)
class Unhashable:
    factors: list

    def __call__(self, x):
        return sum(f * math.sin(x) for f in self.factors)


def test_classes_with_a_new_of_their_own():
    area = lambda x: np.prod(Shape(x).sizes)
    assert dualad.grad(area)(3.0) == 6.0
    assert dualad.derivative(lambda x: np.prod(Shape(x, 2.0, x).sizes))(3.0) == 12.0
    assert dualad.grad(lambda x: np.prod(Square(x).sizes))(3.0) == 6.0


def test_callable_objects_that_cannot_be_hashed():
    assert dualad.grad(Unhashable([1.0, 2.0]).__call__)(0.0) == 3.0
    assert dualad.grad(lambda x: Unhashable([1.0, 2.0])(x))(0.0) == 3.0
