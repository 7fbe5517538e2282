"""Ten errors that people make in training code, planted one by one: each is caught, with a message that names its cause."""

import numpy as np
import pytest

import dualad
from dualad import monitor
from dualad.errors import AnomalyError, MutationError
from dualad.testing import GradientCheckWarning, GradientMismatch, check_gradients

SAMPLES, INPUTS, HIDDEN = 12, 4, 4


@pytest.fixture
def net(rng):
    """Data, parameters, loss and a right hand-written gradient of a network with one hidden layer."""
    x, y = rng.normal(size=(SAMPLES, INPUTS)), rng.normal(size=SAMPLES)
    params = {"w": rng.normal(size=(INPUTS, HIDDEN)), "b": 0.1 * rng.normal(size=HIDDEN), "v": rng.normal(size=HIDDEN)}

    def loss(p):
        return np.mean((np.tanh(x @ p["w"] + p["b"]) @ p["v"] - y) ** 2)

    def backward(p):
        h = np.tanh(x @ p["w"] + p["b"])
        error = 2 * (h @ p["v"] - y) / SAMPLES
        delta = error[:, None] * p["v"] * (1 - h ** 2)
        return {"w": x.T @ delta, "b": delta.sum(axis=0), "v": h.T @ error}

    return loss, params, backward, x, y


def changed(backward, **by):
    """A gradient function with some arrays changed."""
    def planted(p):
        g = backward(p)
        return {k: by[k](v) if k in by else v for k, v in g.items()}

    return planted


def test_the_right_gradient_passes(net):
    loss, params, backward, *_ = net
    report = check_gradients(loss, params, grad=backward)
    assert report.ok
    assert [p.verdict for p in report.parameters] == ["excellent"] * 3
    assert check_gradients(loss, params).ok


def test_1_transposed_product(net):
    """delta.T @ x for x.T @ delta; the matrix is square, so no shape tells."""
    loss, params, backward, *_ = net
    with pytest.raises(GradientMismatch, match=r"(?s)params\['w'\] \(4, 4\): bug.*the transpose of the right one: a transposed product "
                                               r"\(delta.T @ x for x.T @ delta\)") as caught:
        check_gradients(loss, params, grad=changed(backward, w=lambda g: g.T))
    assert [p.verdict for p in caught.value.report.parameters] == ["bug", "excellent", "excellent"]


def test_2_missing_mean(net):
    loss, params, backward, *_ = net
    with pytest.raises(GradientMismatch, match=r"(?s)params\['b'\].*12 times the right one: a missing 1/N with N = 12 \(the loss is a "
                                               "mean, the gradient was summed"):
        check_gradients(loss, params, grad=changed(backward, b=lambda g: g * SAMPLES))


def test_3_numerator_layout(net):
    loss, params, backward, *_ = net
    with pytest.raises(GradientMismatch, match=r"(?s)its shape is \(1, 4\), the parameter has \(4,\): numerator layout.*the numbers "
                                               "are right"):
        check_gradients(loss, params, grad=changed(backward, v=lambda g: g[None, :]))


def test_4_nan_from_the_logarithm_of_zero():
    def entropy(p):
        q = p / np.sum(p)
        return -np.sum(q * np.log(q))

    with monitor.anomalies(), pytest.raises(AnomalyError, match=r"(?s)^the logarithm of 0: the value of numpy.log is -inf.*"
                                                                r"test_planted_errors.py:\d+ in entropy: return -np.sum"):
        dualad.grad(entropy)(np.array([0.5, 0.0, 0.5]))


def test_5_division_by_zero():
    def normalised(x):
        centred = x - x.mean()
        return np.sum(centred / np.sqrt(np.sum(centred * centred)))

    with monitor.anomalies(), pytest.raises(AnomalyError, match=r"(?s)^division by zero: the value of numpy.divide is nan.*in normalised"):
        dualad.grad(normalised)(np.ones(5))


def test_6_overwritten_in_place(net):
    """The parameters, an array that the sweep reads, and what a backward pass had kept."""
    loss, params, backward, x, _ = net

    def decaying(p):
        p["w"] *= 0.99
        return loss(p)

    with pytest.raises(GradientMismatch, match=r"the function overwrites params\['w'\] in place \(entry \[0, 0\] was"):
        check_gradients(decaying, params)

    table = np.ones((300, 200))
    value, pullback = dualad.vjp(lambda v: np.sum(table * v), np.ones(200))
    table *= 2
    with pytest.raises(MutationError, match=r"a constant array of shape \(300, 200\) was changed in place after the recorded function"):
        pullback(1.0)

    cache = {"h": np.tanh(x @ params["w"] + params["b"])}

    def forgetful(p):
        g = backward(p)
        g["v"] = cache["h"].T @ np.ones(SAMPLES)
        cache["h"] *= 1 - cache["h"] ** 2       # np.multiply(h, 1 - h ** 2, out=h)
        return g

    with pytest.raises(GradientMismatch, match=r"another gradient for params\['v'\] when it is called again: it overwrites something it "
                                               "keeps in place"):
        check_gradients(loss, params, grad=forgetful)


def test_7_dead_relu(net, rng):
    _, _, _, x, y = net
    probe = monitor.Probe()

    def loss(p):
        h = probe(np.maximum(x @ p["w"] + p["b"], 0.0), "hidden")
        return np.mean((h @ p["v"] - y) ** 2)

    params = {"w": rng.normal(size=(INPUTS, HIDDEN)), "b": np.array([0.0, -50.0, 0.0, -50.0]), "v": rng.normal(size=HIDDEN)}
    g = dualad.grad(loss)(params)
    assert probe.verdicts() == ["hidden: dead ReLU: 2 of 4 units are zero for all 12 samples: [1, 3]; no gradient passes them"]
    assert "['w']: dead units: the gradients of 2 of 4 units are exactly zero: [1, 3]" in monitor.health(g).verdicts


def test_8_exploding_recurrence(rng):
    w = 2.0 * np.linalg.qr(rng.normal(size=(5, 5)))[0]     # every singular value is 2
    probe = monitor.Probe()

    def loss(h):
        for t in range(20):
            h = probe(w @ h, f"step {t}")
        return np.sum(h)

    g = dualad.grad(loss)(rng.normal(size=5))
    assert any(v.startswith("gradient: exploding: norm ") and "> 1000: clip it (clip_by_global_norm)" in v
               for v in monitor.health(g).verdicts)
    assert probe.growth() == pytest.approx(2.0)
    assert any("step 0: exploding: its cotangent has norm" in v and "multiplied by 2 for each step back from step 19 to step 0" in v
               for v in probe.verdicts())


def test_9_stochastic_function(net, rng):
    _, params, _, x, y = net

    def dropout(p):
        h = np.tanh(x @ p["w"] + p["b"])
        return np.mean(((h * (rng.random(h.shape) < 0.5)) @ p["v"] - y) ** 2)

    with pytest.raises(GradientMismatch, match=r"dropout is stochastic: two evaluations at the same parameters gave "
                                               r".*draw noise and dropout masks once"):
        check_gradients(dropout, params)
    with pytest.warns(GradientCheckWarning, match="dropout is stochastic"):
        report = check_gradients(dropout, params, strict=False)
    assert not report.ok


def test_10_wrong_broadcast(net):
    """A column of predictions minus a vector of targets; and a bias gradient that is not summed over the batch."""
    loss, params, backward, x, y = net

    def column(p):
        prediction = np.tanh(x @ p["w"] + p["b"]) @ p["v"].reshape(-1, 1)
        return np.mean((prediction - y) ** 2)

    text = (r"(?s)wrong broadcast\? numpy.subtract of a column \(12, 1\) and a vector \(12,\) gave \(12, 12\).*"
            r"test_planted_errors.py:\d+ in column: return np.mean")
    with pytest.warns(GradientCheckWarning, match=text):
        assert check_gradients(column, params).ok       # the gradient is that of the function as it is written
    with monitor.anomalies(), pytest.warns(monitor.BroadcastWarning, match=text):
        dualad.grad(column)(params)
    with monitor.anomalies(broadcast="raise"), pytest.raises(AnomalyError, match=text):
        dualad.grad(column)(params)
    with pytest.raises(GradientMismatch, match=r"(?s)its shape is \(12, 4\), the parameter has \(4,\): wrong broadcast, .*\(the batch\) is "
                                               r"not summed; its sum\(axis=0\) is right"):
        check_gradients(loss, params, grad=changed(backward, b=lambda g: np.ones((SAMPLES, 1)) * g / SAMPLES))
