"""Anomaly mode: the first NaN or infinity in each mode, whose line it is, and that nothing is left behind."""

import inspect
import threading

import numpy as np
import pytest

import dualad
from dualad import monitor
from dualad.core import jets, sweep, tape
from dualad.errors import AnomalyError

X = np.array([1.0, 2.0, 3.0])


def slope(x):
    """The value is finite at 1, its derivative is not."""
    y = x * x - 1.0
    r = np.sqrt(y)
    return np.sum(r)


def each(x):
    return np.sqrt(x - 1.0)


def value(x):
    return np.sum(np.log(x - 1.0))


def line(f, text):
    """Number of the line of a function that has this text."""
    rows, first = inspect.getsourcelines(f)
    return next(first + k for k, row in enumerate(rows) if text in row)


MODES = {
    "grad": lambda f, x: dualad.grad(f)(x),
    "value_and_grad": lambda f, x: dualad.value_and_grad(f)(x),
    "jvp": lambda f, x: dualad.jvp(f, (x,), (np.ones(3),)),
    "vjp": lambda f, x: dualad.vjp(f, x)[1](1.0),
    "forward": lambda f, x: dualad.jacobian(f, mode="forward")(x),
    "local": lambda f, x: dualad.jacobian(f, mode="local")(x),
    "reverse": lambda f, x: dualad.jacobian(f, mode="reverse")(x),
    "jacobian": lambda f, x: dualad.jacobian(f)(x),
    "hessian": lambda f, x: dualad.hessian(f)(x),
    "forward-over-reverse": lambda f, x: dualad.hessian(f, mode="forward-over-reverse")(x),
    "reverse-over-reverse": lambda f, x: dualad.hessian(f, mode="reverse-over-reverse")(x),
    "diagonal": lambda f, x: dualad.hessian_diag(f)(x),
    "hvp": lambda f, x: dualad.hvp(f)(x, np.ones(3)),
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_stops_at_an_infinite_derivative(mode):
    with monitor.anomalies(), pytest.raises(AnomalyError, match="^the slope of a root at 0 is infinite: .*numpy.sqrt") as caught:
        MODES[mode](slope, X)
    error = caught.value
    assert error.operation == "numpy.sqrt"
    assert error.function == "slope"
    assert error.stage in ("tangent", "cotangent")
    assert error.line == line(slope, "np.sqrt")
    assert error.filename == __file__
    assert "operand 0: shape (3,), from 0 to 8: [0. 3. 8.]" in str(error)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_stops_at_an_infinite_value(mode):
    with monitor.anomalies(), pytest.raises(AnomalyError, match="^the logarithm of 0: the value of numpy.log is -inf") as caught:
        MODES[mode](value, X)
    assert caught.value.stage == "value"
    assert caught.value.index == (0,)
    assert "entry [0]: log(0), 1 of 3 entries are anomalous" in str(caught.value)


@pytest.mark.parametrize("mode", MODES)
def test_where_nothing_is_wrong_the_mode_changes_nothing(mode):
    for f in (slope, value):
        plain = MODES[mode](f, X + 1.0)
        with monitor.anomalies():
            watched = MODES[mode](f, X + 1.0)
        for a, b in zip(np.atleast_1d(plain) if not isinstance(plain, tuple) else plain,
                        np.atleast_1d(watched) if not isinstance(watched, tuple) else watched, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("mode", ["labelled", "mixed", "reverse", "local", "forward"])
def test_all_ways_to_a_jacobian_are_looked_at(mode):
    x = np.linspace(1.0, 2.0, 30)
    with monitor.anomalies(), pytest.raises(AnomalyError, match="the slope of a root at 0 is infinite"):
        dualad.jacobian(each, mode=mode)(x)


def test_the_chain_names_what_led_there_and_what_the_cotangent_came_through():
    def f(x):
        a = np.exp(x) - np.e
        b = np.sqrt(a)
        return np.sum(3 * b)

    with monitor.anomalies(), pytest.raises(AnomalyError, match="backward sweep") as caught:
        dualad.grad(f)(X)
    lines = str(caught.value).splitlines()
    before, after = lines.index("  what led there, newest last:"), lines.index("  the cotangent came from, newest last:")
    assert [w.split()[0].strip(",") for w in lines[before + 1:after]] == ["numpy.exp", "numpy.subtract"]
    assert [w.split()[0].strip(",") for w in lines[after + 1:]] == ["numpy.sum", "numpy.multiply"]
    assert [label.operation for label in caught.value.chain] == ["numpy.exp", "numpy.subtract", "numpy.sum", "numpy.multiply"]
    assert all("test_anomalies.py:" in w for w in lines[before + 1:after])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_chain_goes_through_lists_and_stores(mode):
    def stacked(x):
        y = np.stack([np.cos(x[0]), x[1] - 2.0])
        return 1.0 / y

    def stored(x):
        y = np.zeros_like(x)
        y[1:] = np.sin(x[1:]) * 0
        return 1.0 / y[1:]

    for f, operations in ((stacked, {"numpy.stack", "numpy.subtract"}), (stored, {"x[...] = ...", "numpy.sin", "numpy.multiply"})):
        with monitor.anomalies(), pytest.raises(AnomalyError, match="division by zero") as caught:
            dualad.jacobian(f, mode=mode)(X)
        assert operations & {label.operation for label in caught.value.chain}
        assert len(caught.value.chain) >= 2


CAUSES = [
    (lambda x: x / (x - 2), "division by zero"), (lambda x: 1 / (x - 2), "division by zero"),
    (lambda x: np.reciprocal(x - 2), "division by zero"), (lambda x: np.log(x - 2), "the logarithm of a negative number"),
    (lambda x: np.sqrt(x - 2), "the square root of a negative number"), (lambda x: (x - 2) ** 1.5, "a negative number to a fractional"),
    (lambda x: (x - 1) ** -1.0, "0 to a negative power|division by zero"), (lambda x: np.exp(x * 300), "so large that the result overflows"),
    (lambda x: np.arcsin(x), r"outside \[-1, 1\]"), (lambda x: x * np.array([1.0, np.nan, 1.0]), "operand 1 was NaN already"),
    (lambda x: x * 1e200 * 1e200, "overflow"), (lambda x: np.arctanh(x / 3), "the slope at -1 and 1|outside|arctanh"),
    (lambda x: np.linalg.norm(x * np.nan), "operand 1 was NaN already"), (lambda x: np.log1p(x - 2), "the logarithm of 0"),
    (lambda x: np.mean((x - 2) / (x - 2)), "division by zero"), (lambda x: (x * 1e308).sum(), "numpy.multiply|numpy.sum"),
]


@pytest.mark.parametrize(("f", "cause"), CAUSES)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_causes_are_named(f, cause, mode):
    with monitor.anomalies(), pytest.raises(AnomalyError, match=cause):
        dualad.jacobian(f, mode=mode)(X)


def test_operands_are_those_before_a_write():
    def f(x):
        y = x - 2.0
        np.divide(1.0, y, out=y)
        return np.sum(y)

    for mode in ("forward", "reverse"):
        with monitor.anomalies(), pytest.raises(AnomalyError, match=r"(?s)^division by zero: .*divide\(1, 0\).*from -1 to 1: \[-1.  0.  1.\]"):
            dualad.jacobian(f, mode=mode)(X)


def test_masks_of_infinity_and_branches_that_are_thrown_away_are_no_anomaly():
    def attention(s):
        masked = np.where(np.array([True, True, False]), s, -np.inf)
        e = np.exp(masked - masked.max())
        return np.sum(e / e.sum() * s)

    with monitor.anomalies():
        dualad.grad(attention)(X)
        dualad.hessian(attention)(X)
        dualad.grad(lambda x: np.sum(np.sinc(x - 1.0)))(X)      # 0/0 inside the rule
        dualad.grad(lambda x: np.linalg.norm(x - x))(X)
        dualad.grad(lambda x: np.sum(np.where(x > 1, np.sqrt(x - 1), 0.0)))(X)
        dualad.grad(lambda x: np.prod(x - 2))(X)


def test_switches():
    with monitor.anomalies(inf=False), pytest.warns(RuntimeWarning, match="divide by zero"):
        dualad.grad(value)(X)
    with monitor.anomalies(inf=False), np.errstate(all="ignore"), pytest.raises(AnomalyError, match="the logarithm of a negative"):
        dualad.grad(value)(X - 1)
    with monitor.anomalies(broadcast="ignore"):
        dualad.grad(lambda x: np.sum(x[:, None] - x))(X)
    with pytest.raises(ValueError, match="broadcast='no' is not known"):
        monitor.anomalies(broadcast="no")


def test_it_is_a_decorator_and_has_a_name_at_the_top():
    assert dualad.detect_anomaly is monitor.anomalies

    @dualad.detect_anomaly()
    def train():
        return dualad.grad(value)(X)

    for _ in range(2):
        with pytest.raises(AnomalyError, match="the logarithm of 0"):
            train()


def test_functions_in_the_capturing_scope_keep_their_lines():
    def fill(x):
        y = np.zeros(3)
        for k in range(3):
            y[k] = x[k] / (x[k] - 2.0)
        return np.sum(y)

    with monitor.anomalies(), pytest.raises(AnomalyError, match="^division by zero: the value of numpy.divide is inf") as caught:
        dualad.grad(fill)(X)
    assert caught.value.line == line(fill, "y[k] = x[k]")
    assert "divide(2, 0)" in str(caught.value)


def test_methods_items_and_numpy_functions_written_in_python_belong_to_the_user():
    def f(x):
        y = (x - 1.0).reshape(3, 1)[:, 0]
        return (1.0 / y).sum()

    with monitor.anomalies(), pytest.raises(AnomalyError, match="division by zero") as caught:
        dualad.grad(f)(X)
    assert caught.value.line == line(f, "1.0 / y")
    assert caught.value.function == "f"
    with monitor.anomalies(), pytest.raises(AnomalyError, match="NaN already") as caught:
        dualad.grad(lambda x: np.polynomial.polynomial.polyval(x, [1.0, np.nan]).sum())(X)
    assert caught.value.filename == __file__


def test_the_users_own_backward_rules_are_looked_at():
    @dualad.custom_vjp
    def bad(x):
        return x * 1.0

    bad.defvjp(lambda x: (x * 1.0, None), lambda _, g: (g * np.nan,))
    with monitor.anomalies(), pytest.raises(AnomalyError, match="the cotangent of operand 0 of bad is nan in the backward sweep"):
        dualad.grad(lambda x: np.sum(bad(x) ** 2))(X)
    layer = dualad.checkpoint(lambda x: np.sqrt(x - 1.0))
    with monitor.anomalies(), pytest.raises(AnomalyError, match="the slope of a root at 0 is infinite") as caught:
        dualad.grad(lambda x: np.sum(layer(x)))(X)
    assert caught.value.filename == __file__


def test_nothing_is_left_behind_and_other_threads_are_not_looked_at():
    before = jets.ask("array_function"), tape.MEMO_LIMIT
    found = []
    with monitor.anomalies():
        assert jets.ask("array_function") is not before[0]
        with monitor.anomalies(), pytest.raises(AnomalyError, match="logarithm"):
            dualad.grad(value)(X)

        def work():
            with np.errstate(all="ignore"):
                found.append(dualad.grad(value)(X))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        with pytest.raises(AnomalyError, match="logarithm"):
            dualad.grad(value)(X)
    assert len(found) == 1
    assert (jets.ask("array_function"), tape.MEMO_LIMIT) == before
    assert sweep.watcher() is None
    with np.errstate(all="ignore"):
        assert dualad.grad(value)(X)[0] == np.inf


def test_float32_and_scalars():
    with monitor.anomalies():
        with pytest.raises(AnomalyError, match="the logarithm of 0"):
            dualad.grad(value)(X.astype(np.float32))
        with pytest.raises(AnomalyError, match="the slope of a root at 0 is infinite"):
            dualad.derivative(lambda x: np.sqrt(x - 1.0))(1.0)
        with pytest.raises(AnomalyError, match="division by zero"):
            dualad.derivative(lambda x: x / (x - 1.0))(1.0)
        with pytest.raises(AnomalyError, match="overflow"):
            dualad.derivative(lambda x: (x * 1e-300) * 1e300 * 1e300 * 1e300)(1.0)


def test_large_arrays_are_kept_by_their_range():
    x = np.linspace(0.0, 1.0, 5000)
    with monitor.anomalies(), pytest.raises(AnomalyError, match=r"(?s)^the logarithm of 0: .*entry \[0\]: log\(0\), 1 of 5000 .*from 0 to 1$"):
        dualad.jacobian(lambda v: np.sum(np.log(v)), mode="reverse")(x)
