"""Runs spread over executors: equal bit for bit to one process, complete when workers die, errors that name the point.

Oracles: the transforms themselves, one call after another in this process.
"""

import functools
import os
import sys
import threading
import warnings
from concurrent import futures
from multiprocessing import get_all_start_methods, get_context

import numpy as np
import pytest
import sent
from sent import DATA, POINTS, bits

import dualad
from dualad import parallel
from dualad.errors import InputError, OutputError, SendError, TapeError, WorkerError
from dualad.parallel import sending
from dualad.parallel.shards import tree_sum
from dualad.rules import registry


@pytest.fixture(scope="module")
def threads():
    with futures.ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def processes():
    with futures.ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture
def no_cloudpickle(monkeypatch):
    monkeypatch.setattr(sending, "has_cloudpickle", lambda: False)


# --- the same numbers everywhere --------------------------------------------------------------

def test_one_process_gives_what_the_transforms_give():
    x = POINTS[0]
    want = bits([
        [dualad.hessian(sent.rosenbrock)(x) for x in POINTS],
        [dualad.value_and_grad(sent.loss)(x, d) for d in DATA],
        dualad.jacobian(sent.tall, mode="forward", chunk=2)(x),
        dualad.jacobian(sent.tall, mode="reverse", chunk=4)(x),
        dualad.hessian(sent.rosenbrock, mode="hyperdual", chunk=2)(x),
        dualad.jacobian(dualad.jacobian(sent.rosenbrock, mode="reverse"), mode="forward", chunk=2)(x),
    ])
    assert sent.everything(0)[:-1] == want


def test_threads(threads):
    assert sent.everything(threads) == sent.everything(0)


def test_processes(processes):
    assert sent.everything(processes) == sent.everything(0)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_every_way_to_start_processes(method):
    if method not in get_all_start_methods():
        pytest.skip(f"this platform does not {method}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks beside threads (BLAS has some)
        with futures.ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
            found = parallel.map(dualad.hessian, sent.rosenbrock, POINTS[:4], executor=pool)
    assert bits(found) == bits(parallel.map(dualad.hessian, sent.rosenbrock, POINTS[:4], executor=0))


def test_processes_are_the_default():
    pids = parallel.map(None, sent.process, range(2), executor=None, chunk=1)
    assert os.getpid() not in pids
    assert len(parallel.map(None, sent.process, range(2), executor=1)) == 2


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100, None])
def test_chunks_change_nothing(threads, chunk):
    x = POINTS[0]
    assert bits(parallel.map(dualad.hessian, sent.rosenbrock, POINTS, executor=threads, chunk=chunk)) == sent.everything(0)[0]
    assert bits(parallel.total(dualad.value_and_grad, sent.loss, DATA, executor=threads, chunk=chunk)(x)) == sent.everything(0)[-1]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 11, 31, 64])
def test_sums_are_one_tree_however_they_are_cut(count):
    parts = np.random.default_rng(count).normal(size=count) * 10.0 ** np.random.default_rng(count).integers(-8, 8, size=count)

    def level(values):
        values = list(values)
        while len(values) > 1:
            values = [values[k] + values[k + 1] if k + 1 < len(values) else values[k] for k in range(0, len(values), 2)]
        return values[0]

    for size in (1, 2, 4, 16, 64):
        assert tree_sum(tree_sum(parts[a:a + size]) for a in range(0, count, size)) == level(parts)


def test_results_come_in_order_whoever_finishes_first(threads):
    gate = threading.Event()

    def f(x):
        if x == 0.0:
            gate.wait(20)
        if x == 1.0:
            gate.set()
        return x * x

    assert parallel.map(dualad.grad, f, np.arange(4.0), executor=threads, chunk=1) == [0.0, 2.0, 4.0, 6.0]


# --- points, blocks, shards -------------------------------------------------------------------

def test_structured_points_and_results(processes):
    points = [{"a": np.arange(3.0) + k, "b": 0.5 * k} for k in range(5)]
    for transform in (dualad.jacobian, functools.partial(dualad.hessian, mode="hyperdual"), None):
        want = [(transform or (lambda f: f))(sent.structured)(p, 2.0) for p in points]
        assert bits(parallel.map(transform, sent.structured, points, args=(2.0,), executor=processes)) == bits(want)
    x = points[3]
    for mode in ("forward", "reverse"):
        want = dualad.jacobian(sent.structured, mode=mode, chunk=3)(x, scale=3.0)
        assert bits(parallel.jacobian(sent.structured, executor=processes, mode=mode, chunk=3)(x, scale=3.0)) == bits(want)
    want = dualad.hessian(sent.structured, mode="hyperdual", chunk=3)(x)
    assert bits(parallel.hessian(sent.structured, executor=processes, chunk=3)(x)) == bits(want)
    found = parallel.hessian(sent.structured, executor=0, mode="forward-over-reverse")(x)
    np.testing.assert_allclose(found["rest"][0]["a"]["b"], want["rest"][0]["a"]["b"], atol=1e-12)


def test_several_arguments_and_argnums(processes):
    f = sent.loss_first
    want = [dualad.grad(f, argnums=(0, 1))(d, w) for d, w in zip(DATA, POINTS, strict=False)]
    found = parallel.map(functools.partial(dualad.grad, argnums=(0, 1)), f, DATA, POINTS[:33], executor=processes)
    assert bits(found) == bits(want)
    want = dualad.jacobian(f, argnums=(0, 1), mode="forward", chunk=7)(DATA[0], POINTS[0])
    assert bits(parallel.jacobian(f, (0, 1), executor=processes, mode="forward", chunk=7)(DATA[0], POINTS[0])) == bits(want)


@pytest.mark.parametrize("transform", [dualad.jacobian, dualad.hessian, dualad.value_grad_hess, dualad.hessian_diag, dualad.jacfwd,
                                       dualad.jacrev])
def test_every_transform(processes, transform):
    want = [transform(sent.field)(x) for x in POINTS[:6]]
    assert bits(parallel.map(transform, sent.field, POINTS[:6], executor=processes, chunk=2)) == bits(want)


def test_products_by_partial(processes):
    product = parallel.map(dualad.hvp, sent.rosenbrock, POINTS, POINTS[::-1], executor=processes)
    assert bits(product) == bits([dualad.hvp(sent.rosenbrock)(x, v) for x, v in zip(POINTS, POINTS[::-1], strict=True)])


@pytest.mark.parametrize(("f", "mode"), [(sent.rosenbrock, "reverse"), (sent.tall, "forward"), (sent.filled, "forward")])
def test_blocks_choose_columns_or_rows(processes, f, mode):
    x = POINTS[0]
    np.testing.assert_allclose(parallel.jacobian(f, executor=processes)(x), dualad.jacobian(f, mode=mode)(x), rtol=1e-13, atol=1e-13)


def test_hessians_of_many_unknowns_go_by_columns(threads):
    x = np.linspace(-1.0, 1.0, 60)
    np.testing.assert_allclose(parallel.hessian(sent.rosenbrock, executor=threads)(x), dualad.hessian(sent.rosenbrock)(x),
                               rtol=1e-12, atol=1e-10)
    vector = parallel.hessian(sent.field, executor=threads)(x)
    np.testing.assert_allclose(vector, dualad.hessian(sent.field)(x), rtol=1e-9, atol=1e-12)


def test_functions_that_need_the_capturing_scope(processes, threads):
    want = bits([dualad.jacobian(sent.filled)(x) for x in POINTS])
    for pool in (processes, threads):
        assert bits(parallel.map(dualad.jacobian, sent.filled, POINTS, executor=pool)) == want
    x = POINTS[0]
    for mode in ("forward", "reverse"):
        assert bits(parallel.jacobian(sent.filled, executor=processes, mode=mode, chunk=2)(x)) == bits(
            dualad.jacobian(sent.filled, mode=mode, chunk=2)(x))
    assert bits(parallel.hessian(sent.filled, executor=processes, chunk=2)(x)) == bits(
        dualad.hessian(sent.filled, mode="hyperdual", chunk=2)(x))


def test_float32_and_complex_results(processes):
    x = POINTS.astype(np.float32)
    found = parallel.map(dualad.grad, sent.rosenbrock, x, executor=processes)
    assert found[0].dtype == np.float32
    assert bits(found) == bits([dualad.grad(sent.rosenbrock)(p) for p in x])
    spectrum = np.fft.fft
    assert bits(parallel.jacobian(spectrum, executor=processes, mode="forward", chunk=2)(POINTS[0])) == bits(
        dualad.jacobian(spectrum, mode="forward", chunk=2)(POINTS[0]))


def test_total_adds_values_and_derivatives(processes):
    x = POINTS[0]
    whole = lambda w: np.sum(np.tanh(DATA @ w) ** 2)
    value, gradient = parallel.total(dualad.value_and_grad, sent.loss, DATA, executor=processes)(x)
    np.testing.assert_allclose([value, *gradient], [whole(x), *dualad.grad(whole)(x)], rtol=1e-12)
    np.testing.assert_allclose(parallel.total(dualad.hessian, sent.loss, list(DATA), executor=0)(x), dualad.hessian(whole)(x), rtol=1e-11)
    np.testing.assert_allclose(parallel.total(None, sent.loss, DATA, executor=0)(x), whole(x), rtol=1e-13)
    tree = lambda s, x: {"z": (np.fft.fft(x) * s, 1j * s), "n": [3, np.float32(s)]}
    found = parallel.total(None, tree, POINTS, executor=0)(2.0)
    np.testing.assert_allclose(found["z"][0], 2 * np.sum(np.fft.fft(POINTS), axis=0), rtol=1e-13)
    assert (found["z"][1], found["n"]) == (80j, [120, 80.0])
    assert parallel.total(None, sent.loss, DATA, executor=0).__name__ == "total_of_loss"


def test_no_points_and_lists_of_numbers(threads):
    assert parallel.map(dualad.grad, np.sin, np.zeros((0,)), executor=threads) == []
    assert parallel.map(dualad.derivative, np.sin, [0.0, 0.0], executor=threads) == [1.0, 1.0]


def test_in_this_process_it_is_part_of_what_is_differentiated():
    def outer(a):
        return sum(parallel.map(dualad.derivative, lambda x: a ** 2 * x ** 3, [1.0, 2.0], executor=0))

    assert dualad.grad(outer)(2.0) == pytest.approx(2 * 2.0 * 3 * (1 + 4))
    assert dualad.derivative(dualad.derivative(outer))(2.0) == pytest.approx(2 * 3 * 5)
    total = lambda a: parallel.total(None, lambda s, x: s * s * x, [1.0, 2.0, 4.0], executor=0)(a)
    assert dualad.grad(total)(3.0) == pytest.approx(42.0)


def test_elsewhere_derivatives_are_never_dropped(threads, processes):
    def outer(a, pool):
        return sum(parallel.map(None, lambda x: a * x, [1.0, 2.0], executor=pool))

    for pool, kind in ((threads, TapeError), (processes, SendError)):
        with pytest.raises(kind):
            dualad.grad(outer)(2.0, pool)
    with pytest.raises(InputError, match="inside another derivative"):
        dualad.grad(lambda x: np.sum(parallel.jacobian(np.sin, executor=0)(x)))(POINTS[0])
    with pytest.raises(InputError, match="inside another derivative"):
        dualad.grad(lambda x: np.sum(parallel.hessian(np.sin, executor=0)(x)))(POINTS[0])


def test_settings_of_the_caller_hold_in_its_threads(threads):
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        parallel.map(None, np.log, np.zeros(3), executor=threads)


def test_the_scope_of_the_caller_holds_everywhere(threads, processes):
    for pool in (0, threads, processes):
        with dualad.capturing(False), pytest.raises(dualad.errors.ConversionError):
            parallel.map(dualad.jacobian, sent.filled_too, POINTS[:3], executor=pool)
        with dualad.capturing():
            assert parallel.map(dualad.derivative, sent.sees_floats, [1.0], executor=pool) == [3.0]
        assert parallel.map(dualad.derivative, sent.sees_floats, [1.0], executor=pool) == [2.0]
        assert parallel.map(dualad.derivative, dualad.capture(sent.captured), [1.0], executor=pool) == [3.0]


# --- what cannot be sent ----------------------------------------------------------------------

def test_lambdas_go_by_cloudpickle(processes):
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed: pip install 'dualad[parallel]'")
    offset = np.arange(5.0)
    f = lambda x: np.sum(np.sin(x) * offset)

    def filled(x):
        out = np.zeros(2)
        out[0], out[1] = f(x), 1.0
        return out

    assert bits(parallel.map(dualad.grad, f, POINTS, executor=processes)) == bits([dualad.grad(f)(x) for x in POINTS])
    assert bits(parallel.map(dualad.jacobian, filled, POINTS, executor=processes)) == bits([dualad.jacobian(filled)(x) for x in POINTS])
    assert bits(parallel.map(dualad.jacobian, dualad.grad(f), POINTS, executor=processes)) == bits(
        [dualad.jacobian(dualad.grad(f))(x) for x in POINTS])


def test_without_cloudpickle_a_lambda_is_named(processes, no_cloudpickle):
    with pytest.raises(SendError, match=r"f \(.*<lambda>\) cannot be sent to ProcessPoolExecutor: .*pip install cloudpickle"):
        parallel.map(dualad.grad, lambda x: np.sum(x), POINTS, executor=processes)


class Holder:
    def __init__(self):
        self.inner = {"lock": threading.Lock()}

    def __call__(self, x):
        return np.sum(x)


def test_the_part_that_cannot_be_sent_is_named(processes):
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed: pip install 'dualad[parallel]'")
    lock = threading.Lock()

    def f(x):
        with lock:
            return np.sum(x)

    with pytest.raises(SendError, match=r"f, closure variable 'lock' \(a _thread.lock\) cannot be sent to ProcessPoolExecutor"):
        parallel.map(dualad.grad, f, POINTS, executor=processes)
    with pytest.raises(SendError, match=r"f, its function, attribute 'inner', entry 'lock'"):
        parallel.map(dualad.grad, functools.partial(Holder()), POINTS, executor=processes)
    with pytest.raises(SendError, match=r"args, entry 0 \(a _thread.lock\)"):
        parallel.map(dualad.grad, sent.structured, [{"a": 1.0}], args=(lock,), executor=processes)
    with pytest.raises(SendError, match=r"the chunk from point 0 on, entry 0, entry 0 \(a _thread.lock\)"):
        parallel.map(dualad.grad, sent.structured, [lock], executor=processes)
    assert len(parallel.map(dualad.grad, f, POINTS, executor=0)) == 40


def test_functions_of_the_script_go_by_name_only_where_it_is_run_again(monkeypatch):
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "f_of_main", f_of_main, raising=False)
    monkeypatch.setattr(f_of_main, "__module__", "__main__")
    monkeypatch.setattr(main, "__file__", "script.py", raising=False)
    monkeypatch.setattr(sending, "has_cloudpickle", lambda: False)
    with futures.ProcessPoolExecutor(1) as pool:
        assert b"f_of_main" in sending.packed(pool, f=f_of_main)[1]
    with pytest.raises(SendError, match="defined in the script or at the prompt"):
        sending.packed(None, f=f_of_main)


def f_of_main(x):
    return x


def test_a_rule_that_the_worker_does_not_know_is_refused(processes):
    before = dict(registry)
    try:
        sent.declare_here()
        assert "sent.rosenbrock_of_two" in sending.declared_by()
        with pytest.raises(SendError, match="does not know the rule for sent.rosenbrock_of_two"):
            parallel.map(dualad.grad, sent.rosenbrock, POINTS, executor=processes)
    finally:
        registry.clear()
        registry.update(before)
    assert not [module for module in sending.declared_by().values() if module.startswith("dualad")]


def test_another_version_in_the_worker_is_refused(monkeypatch):
    digest, blob = sending.packed(None, f=sent.rosenbrock)
    with pytest.raises(SendError, match="a worker has dualad"):
        sending.opened(digest, blob, ("0.0.1", {}))


def test_a_function_that_the_worker_cannot_find(monkeypatch):
    monkeypatch.setattr(sent, "gone", f_of_main, raising=False)
    monkeypatch.setattr(f_of_main, "__module__", "sent")
    monkeypatch.setattr(f_of_main, "__qualname__", "gone")
    digest, blob = sending.packed(None, f=f_of_main)
    monkeypatch.delattr(sent, "gone")
    with pytest.raises(SendError, match="a worker cannot find what it is to run"):
        sending.opened(digest, blob)


def test_what_was_unpacked_is_kept(processes):
    digest, blob = sending.packed(processes, f=sent.rosenbrock, data=POINTS)
    first = sending.opened(digest, blob, sending.world())
    assert sending.opened(digest, b"") is first
    for k in range(sending.KEPT):
        sending.opened(*sending.packed(processes, k=k), sending.world())
    assert digest not in sending._kept


# --- errors -----------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["here", "threads", "processes"])
def test_errors_say_at_which_point(kind, request):
    pool = 0 if kind == "here" else request.getfixturevalue(kind)
    points = np.ones((30, 2))
    points[[17, 23]] = -1.0
    with pytest.raises(ValueError, match="found a negative") as caught:
        parallel.map(dualad.grad, sent.fails_at_negative, points, executor=pool, chunk=4)
    assert caught.value.parallel_index == 17
    assert "raised at point 17, by grad_of_fails_at_negative" in caught.value.__notes__[0]
    with pytest.raises(ValueError, match="found a negative") as caught:
        parallel.total(dualad.grad, lambda s, x: sent.fails_at_negative(x) * s, points, executor=0)(1.0)
    assert "shard 17" in caught.value.__notes__[0]
    with pytest.raises(ValueError, match="found a negative") as caught:
        parallel.jacobian(sent.fails_at_negative, executor=pool, mode="forward", chunk=1)(points[17])
    assert "columns 0 to 0" in caught.value.__notes__[0]
    assert parallel.map(dualad.grad, sent.fails_at_negative, points[:3], executor=pool)[0].tolist() == [2.0, 2.0]


def test_errors_that_cannot_come_back_are_told(processes):
    with pytest.raises(WorkerError, match="StubbornError: 3: no luck") as caught:
        parallel.map(dualad.grad, sent.fails_stubbornly, POINTS, executor=processes)
    assert caught.value.parallel_index == 0
    assert "raised at point 0" in caught.value.__notes__[0]
    assert "in fails_stubbornly" in str(caught.value)
    assert len(parallel.map(None, sent.rosenbrock, POINTS, executor=processes)) == 40  # the pool still works


def test_a_killed_process_is_said(tmp_path):
    f = functools.partial(sent.dying, str(tmp_path / "killed"))
    with (futures.ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool,
          pytest.raises(futures.BrokenExecutor) as caught):
        parallel.map(dualad.grad, f, POINTS, executor=pool)
    assert "a worker died" in caught.value.__notes__[0]


def test_functions_that_draw_numbers_are_found_out(processes):
    with pytest.raises(dualad.api.NonDeterministic, match="different values"):
        parallel.jacobian(sent.drawing, executor=processes, mode="forward", chunk=2)(POINTS[0])


class Client:
    def get_executor(self):
        return None


@pytest.mark.parametrize(("call", "message"), [
    (lambda: parallel.map(dualad.grad, np.sin, [1.0], executor=Client()), r"client.get_executor\(\)"),
    (lambda: parallel.map(dualad.grad, np.sin, [1.0], executor=-1), "executor is a concurrent.futures.Executor"),
    (lambda: parallel.map(dualad.grad, np.sin, [1.0], executor=True), "executor is a concurrent.futures.Executor"),
    (lambda: parallel.map(dualad.grad, np.sin, [1.0], [1.0, 2.0], executor=0), "equal numbers, found 1 and 2"),
    (lambda: parallel.map(dualad.grad, np.sin, executor=0), "found none"),
    (lambda: parallel.map(dualad.grad, np.sum, np.ma.masked_array(np.eye(2), np.eye(2) == 1), executor=0), "MaskedArray"),
    (lambda: parallel.map(dualad.grad, np.sin, 3.0, executor=0), "a sequence"),
    (lambda: parallel.map(dualad.grad, np.sin, [1.0], executor=0, chunk=0), "chunk is a positive number"),
    (lambda: parallel.map(np.zeros(3), np.sin, [1.0], executor=0), "takes a transform"),
    (lambda: parallel.map(dualad.grad, [1.0], [1.0], executor=0), "takes the function after the transform"),
    (lambda: parallel.total(dualad.grad, np.sin, [], executor=0), "at least one shard"),
    (lambda: parallel.jacobian(np.sin, executor=0)(np.zeros((0,))), "nothing to spread"),
    (lambda: parallel.jacobian(np.sin, executor=0)(np.array([1, 2])), "has no derivatives"),
])
def test_wrong_calls_say_what_to_do(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_sums_never_broadcast_or_add_what_is_no_number():
    with pytest.raises(OutputError, match="differ in structure or shape"):
        parallel.total(None, lambda s, x: x, [np.ones(2), np.ones(1)], executor=0)(1.0)
    with pytest.raises(OutputError, match="a str, which cannot be added up"):
        parallel.total(None, lambda s, x: (1.0, "a"), [1.0, 2.0], executor=0)(1.0)
    with pytest.raises(ValueError, match="mode='sideways'"):
        parallel.jacobian(np.sin, mode="sideways")


def test_progress_is_told(threads):
    seen = []
    parallel.map(dualad.grad, sent.rosenbrock, POINTS, executor=threads, chunk=16, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(16, 40), (32, 40), (40, 40)]


def test_progress_bar(threads, capsys, monkeypatch):
    pytest.importorskip("tqdm", reason="tqdm is not installed: pip install 'dualad[parallel]'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm.auto says that there is no notebook here
        parallel.map(dualad.grad, sent.rosenbrock, POINTS, executor=threads, progress=True)
    assert "40/40" in capsys.readouterr().err


def test_progress_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(InputError, match="pip install tqdm"):
        parallel.map(dualad.grad, sent.rosenbrock, POINTS, executor=0, progress=True)
