"""Large blocks are kept while a transform runs, and only then."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import dualad
from dualad.core.pool import pool_state

N = 50_000  # 400 kB
handler = np._core.multiarray.get_handler_name


@pytest.fixture(autouse=True)
def pool():
    old = dualad.set_pool_size(0)
    dualad.set_pool_size(1 << 27)
    yield
    dualad.set_pool_size(0)
    dualad.set_pool_size(old)


def watched(seen):
    def f(x):
        y = np.sin(x) * x
        seen.append(handler())
        return np.sum(np.where(y > 0, y, 2 * y))

    return f


def transforms(f):
    x = np.linspace(0.1, 2.0, N)
    return {"grad": lambda: dualad.grad(f)(x), "jvp": lambda: dualad.jvp(f, (x,), (x,)), "hvp": lambda: dualad.hvp(f)(x, x),
            "vjp": lambda: dualad.vjp(f, x)[1](1.0), "jacobian": lambda: dualad.jacobian(f)(x)}


@pytest.mark.parametrize("name", transforms(None))
def test_handler_is_there_during_the_run_and_gone_after_it(name):
    seen = []
    transforms(watched(seen))[name]()
    assert set(seen) == {"dualad"}
    assert handler() == "default_allocator"


def test_small_problems_never_meet_it():
    seen = []
    dualad.hessian(watched(seen))(np.linspace(0.1, 2.0, 10))
    assert set(seen) == {"default_allocator"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_gone_after_an_exception(error):
    def f(x):
        np.sum(np.exp(x))
        assert handler() == "dualad"
        raise error

    for transform in (dualad.grad, dualad.jacfwd, lambda f: lambda x: dualad.jvp(f, (x,), (x,))):
        with pytest.raises(error):
            transform(f)(np.ones(N))
        assert handler() == "default_allocator"


def test_nested_runs_keep_it_until_the_outermost_ends():
    seen = []

    def outer(x):
        inner = dualad.grad(lambda z: np.sum(z**3))(x)
        seen.append(handler())
        return np.sum(inner * x)

    dualad.grad(outer)(np.ones(N))
    assert seen == ["dualad"]
    assert handler() == "default_allocator"


def test_other_threads_do_not_see_it():
    seen = []

    def f(x):
        y = np.exp(x)
        thread = threading.Thread(target=lambda: seen.append(handler()))
        thread.start()
        thread.join()
        return np.sum(y)

    dualad.grad(f)(np.ones(N))
    assert seen == ["default_allocator"]


def test_threads_side_by_side():
    wanted = dualad.grad(watched([]))(np.linspace(0.1, 2.0, N))
    found = [None] * 4

    def work(k):
        found[k] = [dualad.grad(watched([]))(np.linspace(0.1, 2.0, N)) for _ in range(10)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(np.array_equal(g, wanted) for some in found for g in some)


def test_blocks_come_back():
    g = dualad.grad(watched([]))
    x = np.linspace(0.1, 2.0, N)
    g(x)
    before = pool_state()
    for _ in range(10):
        g(x)
    after = pool_state()
    assert after["misses"] - before["misses"] == 0
    assert after["hits"] > before["hits"]
    assert after["held"] == before["held"] > 0


def test_results_that_live_on_are_nobody_elses():
    g = dualad.grad(lambda x: np.sum(np.sin(x) * x))
    x = np.linspace(0.1, 2.0, N)
    kept = [g(x + k) for k in range(6)]
    assert len({a.ctypes.data for a in kept}) == 6
    for k, a in enumerate(kept):
        np.testing.assert_allclose(a, np.cos(x + k) * (x + k) + np.sin(x + k), rtol=1e-11, atol=1e-14)


def test_old_contents_do_not_come_back():
    def f(x):
        for _ in range(5):
            assert not np.zeros(N).any()
            assert not np.zeros((N, 3)).any()
            np.full(N, np.nan) * x
        grown = np.ones(N // 8)
        grown.resize(N, refcheck=False)
        grown.resize(3, refcheck=False)
        assert np.array_equal(grown, np.ones(3))
        grown.resize(2 * N, refcheck=False)
        assert grown.sum() == 3
        return np.sum(x * x)

    with dualad.capturing(False):
        dualad.grad(f)(np.ones(N))
        dualad.grad(f)(np.ones(N))


def test_limit_is_kept_and_zero_gives_everything_back():
    g = dualad.grad(watched([]))
    for n in (N, 2 * N, 3 * N, 5 * N, 8 * N):
        g(np.linspace(0.1, 2.0, n))
    assert dualad.set_pool_size(5_000_000) == 1 << 27
    assert 0 < pool_state()["held"] <= 5_000_000
    for n in (N, 2 * N, 3 * N, 5 * N, 8 * N):
        g(np.linspace(0.1, 2.0, n))
        assert pool_state()["held"] <= 5_000_000
    dualad.set_pool_size(0)
    assert pool_state()["held"] == 0
    seen = []
    dualad.grad(watched(seen))(np.ones(N))
    assert seen == ["default_allocator"]


@pytest.mark.parametrize("size", [-1, 1.5, "1 MB", None, True])
def test_sizes_that_are_none(size):
    with pytest.raises(TypeError, match=r"set_pool_size takes a number of bytes, 0 or more, found "):
        dualad.set_pool_size(size)


def test_more_sizes_than_the_pool_has_places():
    g = dualad.grad(lambda x: np.sum(x * np.sin(x)))
    for n in range(20_000, 200_000, 1_500):
        g(np.ones(n))
    assert pool_state()["held"] <= 1 << 27


def test_arrays_outlive_the_interpreter_quietly():
    code = ("import numpy as np, dualad; kept = dualad.grad(lambda x: np.sum(x * x))(np.ones(100_000)); "
            "import atexit; atexit.register(lambda: print(kept.sum()))")
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr, done.returncode) == ("200000.0\n", "", 0)
