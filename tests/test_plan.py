"""The scheduler: every way gives the derivative, the plan says what it will cost, and the choice can be overruled."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest
from benchmarks.losses import gmm, gmm_case, rosenbrock
from benchmarks.shapes import SCALARS, SHAPES, layers

import dualad
from dualad.errors import OutputError, PlanError
from dualad.schedule.estimate import Constants
from dualad.schedule.labels import Rows

MODES = ("auto", "forward", "local", "reverse", "labelled", "mixed")
SMALL = [name for name in SHAPES if "10^6" not in name]
rng = np.random.default_rng(20261123)
A, B = rng.normal(size=(150, 200)) / 14, rng.normal(size=(150, 200)) / 14


def point(n, seed=5):
    return np.random.default_rng(seed).uniform(0.2, 1.2, n)


def columns(f, x, which):
    """Columns of the Jacobian by complex step, which knows no rules."""
    out = []
    for k in which:
        z = x.astype(complex)
        z[k] += 1e-40j
        out.append(np.imag(f(z)) / 1e-40)
    return np.stack(out, axis=-1)


def close(found, wanted, rtol=1e-11):
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=rtol * max(1.0, float(np.max(np.abs(wanted), initial=0.0))))


# ---- every way is right ----

@pytest.mark.parametrize("name", SMALL)
def test_every_way_to_a_jacobian(name):
    f, n = SHAPES[name]
    x = point(n)
    which = np.unique(np.linspace(0, n - 1, 12).astype(int))
    want = columns(f, x, which)
    for mode in MODES:
        J = dualad.jacobian(f, mode=mode)(x)
        assert J.flags.c_contiguous
        close(J[..., which], want)
    plan = dualad.plan(f, x)
    close(dualad.jacobian(f, plan=plan)(x)[..., which], want)
    assert plan.mode in [w.mode for w in plan.ways]
    assert plan.ways[0].mode == plan.mode


@pytest.mark.parametrize("name", [k for k in SCALARS if SCALARS[k][1] <= 100])
def test_every_way_to_a_hessian(name):
    f, n = SCALARS[name]
    x = point(n)
    slope = dualad.grad(f)
    step = 1e-4
    which = np.unique(np.linspace(0, n - 1, 5).astype(int))

    def along(k, t):
        e = np.zeros(n)
        e[k] = t
        return slope(x + e)

    # central differences of the gradient, one Richardson step: error of order step^4
    want = np.stack([(8 * (along(k, step) - along(k, -step)) - along(k, 2 * step) + along(k, -2 * step)) / (12 * step)
                     for k in which], axis=-1)
    for mode in ("auto", *dict.fromkeys(w.mode for w in dualad.plan(f, x, want="hessian").ways)):
        H = dualad.hessian(f, mode=mode)(x)
        close(H[:, which], want, 1e-8)
        np.testing.assert_allclose(H, H.T, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize("memory", [10**4, 10**5])
def test_limits_of_memory_and_chunk_hold_in_every_way(memory):
    f, n = SHAPES["square 200 -> 200"]
    x = point(n)
    want = dualad.jacobian(f, mode="forward")(x)
    for mode in MODES:
        close(dualad.jacobian(f, mode=mode, memory=memory)(x), want)
        close(dualad.jacobian(f, mode=mode, chunk=7)(x), want)
    plan = dualad.plan(f, x, memory=memory, mode="reverse")
    assert plan.chosen.load.passes > 1
    assert dualad.plan(f, x, mode="reverse").chosen.load.passes == 1
    assert dualad.plan(f, x, mode="reverse", chunk=50).chosen.load.passes == 4


SPECIAL = {
    "no input reaches": (lambda x: np.ones(3), np.ones(12)),
    "one of two results": (lambda x: (np.sin(x), np.arange(3.0)), np.ones(12)),
    "structures": (lambda p: {"a": p["u"] * p["v"], "b": np.sum(p["u"]) * p["v"]}, {"u": np.arange(1.0, 13.0), "v": 2.0}),
    "the input itself": (lambda x: x, np.arange(12.0)),
    "its reverse": (lambda x: x[::-1], np.arange(12.0)),
    "the same entry twice": (lambda x: x[[0, 0, 3]], np.arange(12.0)),
    "a broadcast number": (lambda x: x[0] * np.ones((3, 4)) + x[:4], np.arange(1.0, 13.0)),
    "in place": (lambda x: _filled(x), np.arange(1.0, 13.0)),
    "no entries": (lambda x: x[:0] * 2.0, np.arange(12.0)),
    "two uses of a product": (lambda x: np.sin(A[:, :12] @ x) * (B[:, :12] @ x) + x[0], np.linspace(0.1, 1.0, 12)),
    "a matrix": (lambda x: np.outer(x, x).T @ np.exp(x), np.linspace(0.1, 1.0, 12)),
    "rank 0": (lambda x: np.sin(x) * np.linspace(0.0, 1.0, 9), 0.3),
    "cumulated": (lambda x: np.cumsum(np.exp(x)) * x, np.linspace(0.1, 1.0, 12)),
    "infinite slope beside": (lambda x: np.sqrt(x), np.array([0.0, 4.0] * 6)),
}


def _filled(x):
    y = 2.0 * x
    y[1:] += x[:-1] ** 2
    y[0] = np.sum(x)
    return y


def leaves(tree):
    return [np.asarray(v) for _, v in dualad.trees.flatten(tree)]


@pytest.mark.parametrize("name", SPECIAL)
def test_odd_shapes_in_every_way(name):
    f, x = SPECIAL[name]
    with np.errstate(all="ignore"):
        want = leaves(dualad.jacobian(f, mode="forward", chunk=1)(x))
        for mode in MODES:
            for a, b in zip(leaves(dualad.jacobian(f, mode=mode)(x)), want, strict=True):
                assert a.shape == b.shape
                np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)
        assert str(dualad.plan(f, x)).startswith("jacobian of ")


def test_every_way_in_float32_and_inside_another_derivative():
    x = np.linspace(0.1, 1.0, 12).astype(np.float32)
    f = SPECIAL["cumulated"][0]
    want = dualad.jacobian(f, mode="forward")(x)
    for mode in MODES:
        J = dualad.jacobian(f, mode=mode)(x)
        assert J.dtype == np.float32
        np.testing.assert_allclose(J, want, rtol=1e-5)
    x = np.linspace(0.1, 1.0, 12)
    second = dualad.hessian(f, mode="hyperdual")(x)
    for outer in ("forward", "reverse"):
        for mode in MODES:
            close(dualad.jacobian(dualad.jacobian(f, mode=mode), mode=outer)(x), second)


# ---- structure is seen ----

def test_an_elementwise_map_is_one_pass_whatever_its_size():
    plan = dualad.plan(lambda x: np.exp(np.sin(x)) * x, point(500))
    assert plan.chosen.load.passes == 1
    assert plan.chosen.load.operations < 500 * 100   # forward or reverse: 500 times the entries
    assert plan.mode in ("labelled", "local")


def rows_of(f, x):
    """Labelled rows of a recorded run."""
    from dualad.calls import Inputs
    from dualad.gradients import Recording

    recording = Recording(Inputs(f, (x,), {}, 0, "test"))
    ends = recording.ends
    return Rows(recording.program, ends[1].nodes, ends[1].sizes, ends[0].nodes)


def test_row_scaling_needs_no_product_with_an_identity():
    """J = diag(a) A + diag(b) B comes from scaled rows: no dense sweep is left."""
    def f(x):
        u, v = A @ x, B @ x
        return np.sin(u) * np.exp(v)

    x = point(200)
    u, v = A @ x, B @ x
    rows = rows_of(f, x)
    assert rows.passes == 0
    close(rows.blocks(2**28)[0], (np.cos(u) * np.exp(v))[:, None] * A + (np.sin(u) * np.exp(v))[:, None] * B)
    assert dualad.plan(f, x).mode == "labelled"


def test_a_waist_is_found_and_its_factors_are_multiplied():
    f, n = layers((300, 150, 4, 150, 300))
    x = point(n)
    plan = dualad.plan(f, x)
    assert plan.mode == "mixed"
    assert "narrow places of 4 and 150 entries" in plan.reason
    others = {w.mode: w.load.operations for w in plan.ways}
    assert 4 * others["mixed"] < others["forward"]
    assert 4 * others["mixed"] < others["reverse"]
    close(dualad.jacobian(f, plan=plan)(x)[:, :5], columns(f, x, range(5)))


@pytest.mark.parametrize(("shape", "modes"), [((3, 400), ("forward", "local")), ((400, 3), ("reverse", "labelled"))])
def test_tall_goes_forward_and_wide_goes_back(shape, modes):
    f, n = layers((shape[0], 50, 50, shape[1]))
    plan = dualad.plan(f, point(n))
    assert plan.mode in modes
    assert {w.mode for w in plan.ways} >= {"forward", "reverse", "labelled"}


def test_constants_can_be_replaced_and_turn_the_choice():
    f, n = SHAPES["wide 2000 -> 10"]
    x = point(n)
    assert dualad.plan(f, x).mode == "reverse"
    dear = Constants(pulls=1.0, moves=1.0)
    assert dualad.plan(f, x, constants=dear).mode in ("forward", "local")


# ---- the plan itself ----

def test_print_html_and_plot_say_the_same(tmp_path):
    f, n = SHAPES["wide 2000 -> 10"]
    plan = dualad.plan(f, point(n))
    text, html = str(plan), plan._repr_html_()
    assert text == repr(plan)
    lines = text.splitlines()
    assert lines[0].startswith("jacobian of <lambda>: 2000 in, 10 out; ")
    assert "saved for a backward sweep" in lines[0]
    assert lines[1].split() == ["mode", "passes", "operations", "bytes", "predicted"]
    assert lines[2].startswith("->  reverse")
    assert lines[-1].startswith("reverse: 10 rows, one sweep")
    for way in plan.ways:
        assert sum(f" {way.mode} " in line for line in lines) >= 1
        assert f"<td>{way.mode}</td>" in html
    assert "<lambda>" not in html
    assert "&lt;lambda&gt;" in html
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    plan.measure(0.01)
    axes = plan.plot()
    assert [t.get_text() for t in axes.get_yticklabels()][0] == "reverse (chosen)"
    assert axes.get_xscale() == "log"
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["predicted", "measured"]
    axes.figure.savefig(tmp_path / "plan.png")
    assert (tmp_path / "plan.png").stat().st_size > 1000


def test_measure_times_the_ways_and_regret_compares_them():
    f, n = SHAPES["tall 10 -> 10"]
    plan = dualad.plan(f, point(n))
    times = plan.measure(0.01)
    assert set(times) <= {w.mode for w in plan.ways}
    assert plan.mode in times
    assert all(t > 0 for t in times.values())
    assert plan.regret() == times[plan.mode] / min(times.values()) >= 1.0
    assert "measured" in str(plan).splitlines()[1]


def test_a_mode_overrules_the_plan_and_the_plan_says_so():
    f, n = SHAPES["wide 2000 -> 10"]
    plan = dualad.plan(f, point(n), mode="labelled")
    assert plan.mode == "labelled"
    assert plan.reason == "mode='labelled' was asked for; reverse was predicted to be cheapest"
    kinds = set()

    def seen(x):
        kinds.add(type(x).__name__)
        return f(x)

    dualad.jacobian(seen, plan=plan, mode="forward")(point(n))
    assert kinds == {"DualArray"}


@pytest.mark.parametrize("want", ["gradient", "hvp", "hessian", "jacobian"])
def test_every_want_has_ways_that_run(want):
    plan = dualad.plan(rosenbrock, point(6), want=want)
    assert plan.want == want
    assert plan.inputs == 6
    assert plan.outputs == 1
    assert plan.instructions > 5
    assert plan.saved > 0
    times = plan.measure(0.005)
    assert plan.mode in times
    assert str(plan).startswith(f"{want} of rosenbrock: 6 in, 1 out")


def test_plans_for_structures_and_several_arguments():
    f = lambda p, q: np.sum(p["a"] * q) ** 2
    args = ({"a": np.arange(3.0)}, np.arange(1.0, 4.0))
    for want in ("gradient", "hvp", "hessian", "jacobian"):
        for argnums in (0, 1, (0, 1)):
            plan = dualad.plan(f, *args, want=want, argnums=argnums)
            assert plan.inputs == 3 * (1 + isinstance(argnums, tuple))
            plan.measure(0.002)


WRONG = {
    "want": (lambda: dualad.plan(rosenbrock, point(4), want="inverse"), ValueError,
             r"want='inverse' is not a derivative: choose one of 'gradient', 'jacobian', 'hessian', 'hvp'"),
    "mode": (lambda: dualad.plan(rosenbrock, point(4), want="gradient", mode="sideways"), ValueError,
             r"mode='sideways' is not available for a gradient: choose one of 'reverse', 'forward'"),
    "gradient of three": (lambda: dualad.plan(lambda x: x, np.ones(3), want="gradient"), OutputError,
                          r"returned 3 numbers, a gradient is of one: use want='jacobian'"),
    "another derivative": (lambda: dualad.hessian(rosenbrock, plan=dualad.plan(rosenbrock, point(4)))(point(4)), PlanError,
                           r"hessian\(plan=...\) was given a plan for a jacobian .*want='hessian'"),
    "other shapes": (lambda: dualad.jacobian(rosenbrock, plan=dualad.plan(rosenbrock, point(4)))(point(5)), PlanError,
                     r"made for arguments of shapes \[\(4,\)\], found \[\(5,\)\]: make one"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_requests_say_what_to_do(name):
    call, kind, text = WRONG[name]
    with pytest.raises(kind, match=text):
        call()


def test_an_error_inside_f_leaves_nothing_behind():
    def broken(x):
        np.sin(x)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dualad.plan(broken, point(9))
    close(dualad.jacobian(np.sin)(point(9)), np.diag(np.cos(point(9))))


# ---- memory ----

def _chain(x):
    y = x[0]
    for _ in range(5000):
        y = y * 0.999 + x[1]
    return y


*PARAMETERS, DATA, GAMMA, M = gmm_case(n=300, d=5, k=8)
HEAVY = {"rosenbrock 10^5": (rosenbrock, point(10**5)), "chain of numbers": (_chain, np.array([0.5, 0.25])),
         "gmm": (lambda p: gmm(*p, DATA, GAMMA, M), tuple(PARAMETERS)),
         "layers": (SCALARS["layers 50"][0], point(50))}


@pytest.mark.parametrize("name", HEAVY)
def test_a_gradient_takes_no_more_memory_than_planned(name):
    f, x = HEAVY[name]
    gradient = dualad.grad(f)
    gradient(x)
    planned = dualad.plan(f, x, want="gradient").chosen.load.bytes
    tracemalloc.start()
    try:
        gradient(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 1.1 * planned


def test_the_memo_of_choices_holds_no_arrays():
    """A choice is remembered by the steps of the run; the arrays of the run go."""

    class Data(np.ndarray):
        pass

    data = np.ones(100).view(Data)
    gone = weakref.ref(data)
    plain = np.asarray(data)
    f = lambda x, c=plain: np.sin(x) * c
    dualad.jacobian(f)(point(100))
    del data, plain, f
    gc.collect()
    assert gone() is None
