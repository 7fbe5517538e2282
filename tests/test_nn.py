"""dualad.nn against closed forms (mpmath), identities and, where it is installed, PyTorch."""

import warnings

import mpmath as mp
import numpy as np
import pytest

import dualad
from dualad import nn

X = np.array([-1e4, -800.0, -40.0, -3.0, -1.5, -0.3, 0.2, 0.7, 2.5, 30.0, 700.0, 1e4])
RNG = np.random.default_rng(7)
WIDTHS = pytest.mark.parametrize("dtype", [np.float32, np.float64])
LOGITS = np.array([[1e4, -1e4, 0.0], [0.3, -0.7, 2.0], [5.0, 5.0, -5.0], [-1e4, 1e4, 1e4]])
LABELS = np.array([1, 2, 0, 0])

mp.mp.dps = 40


def m_sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def m_gelu_tanh(x):
    return x * m_sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3))


# name: (ours, reference value by mpmath)
SCALARS = {
    "relu": (nn.relu, lambda x: max(x, mp.mpf(0))),
    "leaky_relu": (lambda x: nn.leaky_relu(x, 0.125), lambda x: x if x > 0 else x / 8),
    "elu": (lambda x: nn.elu(x, 0.5), lambda x: x if x > 0 else mp.expm1(x) / 2),
    "selu": (nn.selu, lambda x: mp.mpf(1.0507009873554805) * (x if x > 0 else mp.mpf(1.6732632423543772) * mp.expm1(x))),
    "gelu": (nn.gelu, lambda x: x * mp.ncdf(x)),
    "gelu_tanh": (lambda x: nn.gelu(x, "tanh"), m_gelu_tanh),
    "silu": (nn.silu, lambda x: x * m_sigmoid(x)),
    "sigmoid": (nn.sigmoid, m_sigmoid),
    "log_sigmoid": (nn.log_sigmoid, lambda x: -mp.log1p(mp.exp(-x))),
    "softplus": (nn.softplus, lambda x: mp.log1p(mp.exp(x))),
    "tanh": (nn.tanh, mp.tanh),
}


def close(found, wanted, dtype, scale=1.0):
    found, wanted = np.asarray(found), np.asarray(wanted, float)
    assert found.dtype == dtype
    assert np.isfinite(found).all()
    tolerance = 400 * np.finfo(dtype).eps
    np.testing.assert_allclose(found.astype(float), wanted, rtol=tolerance, atol=tolerance * scale)


@WIDTHS
@pytest.mark.parametrize("name", SCALARS)
def test_activations_have_exact_values_slopes_and_curvatures_in_all_modes(name, dtype):
    ours, reference = SCALARS[name]
    x = X.astype(dtype)
    wanted = [[float(mp.diff(reference, mp.mpf(float(v)), n)) for v in x] for n in range(3)]

    def total(x):
        return np.sum(ours(x))

    close(ours(x), wanted[0], dtype)
    close(dualad.grad(total)(x), wanted[1], dtype)
    close(dualad.jvp(ours, (x,), (np.ones_like(x),))[1], wanted[1], dtype)
    close(dualad.hessian_diag(total)(x), wanted[2], dtype)
    close(dualad.hvp(total)(x, np.ones_like(x)), wanted[2], dtype)
    close(dualad.grad(lambda x: np.sum(dualad.grad(total)(x)))(x), wanted[2], dtype)


@pytest.mark.parametrize(("f", "slope"), [(nn.relu, 0.5), (nn.leaky_relu, 0.505), (nn.elu, 1.0), (lambda x: nn.elu(x, 0.5), 0.75)])
def test_kinks_take_the_mean_of_both_slopes(f, slope):
    assert dualad.derivative(f)(0.0) == slope
    assert dualad.grad(lambda x: np.sum(f(x)))(np.zeros(1))[0] == slope


@WIDTHS
def test_cross_entropy_identities(dtype):
    logits, n = LOGITS.astype(dtype), len(LABELS)
    p, onehot = nn.softmax(logits), np.eye(3)[LABELS].astype(dtype)
    for target in (LABELS, onehot):
        close(dualad.grad(nn.cross_entropy)(logits, target), (p - onehot) / n, dtype)
        h = dualad.hessian(nn.cross_entropy)(logits, target)
        for i in range(n):
            close(h[i, :, i], (np.diag(p[i]) - np.outer(p[i], p[i])) / n, dtype)
            assert not np.delete(h[i], i, axis=1).any()
        assert np.isfinite(nn.cross_entropy(logits, target))
    close(nn.cross_entropy(logits, LABELS), nn.nll(nn.log_softmax(logits), LABELS), dtype)


@WIDTHS
def test_other_losses_identities(dtype):
    y, t = RNG.normal(size=(4, 3)).astype(dtype), RNG.normal(size=(4, 3)).astype(dtype)
    close(dualad.grad(nn.mse)(y, t), 2 * (y - t) / 12, dtype)
    close(dualad.hessian(nn.mse)(y, t).reshape(12, 12), np.eye(12) / 6, dtype)
    close(dualad.grad(nn.mae)(y, t), np.sign(y - t) / 12, dtype)
    close(dualad.grad(nn.huber)(y, t), np.clip(y - t, -1, 1) / 12, dtype)
    close(dualad.hessian_diag(nn.huber)(y, t), (np.abs(y - t) < 1) / 12, dtype)
    x, b = X.astype(dtype), (np.arange(len(X)) % 2).astype(dtype)
    s = nn.sigmoid(x)
    close(dualad.grad(nn.binary_cross_entropy_with_logits)(x, b), (s - b) / len(x), dtype)
    close(dualad.hessian_diag(nn.binary_cross_entropy_with_logits)(x, b), s * nn.sigmoid(-x) / len(x), dtype)
    p = nn.softmax(y)
    close(dualad.grad(nn.kl_div)(nn.log_softmax(t), p), -p / 4, dtype)
    close(dualad.grad(lambda z: nn.kl_div(nn.log_softmax(z), p))(t), (nn.softmax(t) - p) / 4, dtype)


def test_huber_is_smooth_at_zero_and_has_its_slope_at_the_joint():
    assert dualad.derivative(dualad.derivative(lambda d: nn.huber(d, 0.0)))(0.0) == 1.0
    assert dualad.derivative(lambda d: nn.huber(d, 0.0))(1.0) == 1.0
    assert nn.huber(1e200, 0.0) == 1e200


@pytest.mark.parametrize("loss", [nn.mse, nn.mae, nn.huber, nn.cross_entropy, nn.binary_cross_entropy_with_logits, nn.kl_div])
def test_reductions(loss):
    a = RNG.normal(size=(4, 3))
    t = nn.softmax(RNG.normal(size=(4, 3)))
    each = loss(a, t, reduction="none")
    assert each.shape == ((4,) if loss in (nn.cross_entropy, nn.kl_div) else (4, 3))
    np.testing.assert_allclose([loss(a, t, reduction="sum"), loss(a, t)], [each.sum(), each.mean()], rtol=1e-14)
    with pytest.raises(ValueError, match='"none", "sum" or "mean", found \'average\''):
        loss(a, t, reduction="average")
    with pytest.raises(ValueError, match=r"one shape, found \(4, 3\) and \(4, 1\)"):
        loss(a, t[:, :1])


def test_wrong_labels_are_named():
    with pytest.raises(ValueError, match="labels 0 to 2 are wanted, found 0 to 3"):
        nn.cross_entropy(LOGITS, [0, 1, 2, 3])
    with pytest.raises(ValueError, match=r"targets of shape \(4,\) are wanted"):
        nn.cross_entropy(LOGITS, [0, 1])
    with pytest.raises(ValueError, match="integer targets are wanted"):
        nn.nll(LOGITS, [0.0, 1.0, 2.0, 0.0])


def softmax_like():
    return {"softmax": nn.softmax, "log_softmax": nn.log_softmax, "logsumexp": nn.logsumexp}


@WIDTHS
def test_softmax_jacobians(dtype):
    x = np.array([0.3, -1.0, 2.0], dtype)
    p = nn.softmax(x)
    close(dualad.jacobian(nn.softmax)(x), np.diag(p) - np.outer(p, p), dtype)
    close(dualad.jacobian(nn.log_softmax)(x), np.eye(3) - p, dtype)
    close(dualad.jacobian(nn.logsumexp)(x), p, dtype)
    close(dualad.hessian(nn.logsumexp)(x), np.diag(p) - np.outer(p, p), dtype)
    for f in softmax_like().values():
        assert np.isfinite(dualad.jacobian(f)(LOGITS.astype(dtype))).all()


def naive_conv2d(x, w, stride, padding):
    x = np.pad(x, ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2))
    rows = (x.shape[2] - w.shape[2]) // stride + 1
    columns = (x.shape[3] - w.shape[3]) // stride + 1
    y = np.zeros((len(x), len(w), rows, columns))
    for i in range(rows):
        for j in range(columns):
            part = x[:, :, i * stride:i * stride + w.shape[2], j * stride:j * stride + w.shape[3]]
            y[:, :, i, j] = np.einsum("ncab,ocab->no", part, w)
    return y


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_convolution_is_the_sum_over_windows_and_its_gradient_the_adjoint(stride, padding):
    x, w = RNG.normal(size=(2, 3, 7, 6)), RNG.normal(size=(4, 3, 3, 2))
    wanted = naive_conv2d(x, w, stride, padding)
    np.testing.assert_allclose(nn.conv2d(x, w, None, stride, padding), wanted, rtol=1e-12, atol=1e-12)
    g, dx = RNG.normal(size=wanted.shape), RNG.normal(size=x.shape)
    _, pullback = dualad.vjp(lambda x: nn.conv2d(x, w, None, stride, padding), x)
    np.testing.assert_allclose(np.sum(pullback(g)[0] * dx), np.sum(g * naive_conv2d(dx, w, stride, padding)), rtol=1e-11)
    one = nn.conv1d(x[..., 0], w[..., 0], None, stride, padding)
    np.testing.assert_array_equal(one, nn.conv2d(x[..., :1], w[..., :1], None, (stride, 1), (padding, 0))[..., 0])


def test_layers_refuse_wrong_shapes():
    with pytest.raises(ValueError, match=r"linear: .* found \(2, 3\) and \(3, 4\)"):
        nn.linear(np.ones((2, 3)), np.ones((3, 4)))
    with pytest.raises(ValueError, match="conv2d: .* wanted, found"):
        nn.conv2d(np.ones((1, 2, 4, 4)), np.ones((1, 3, 2, 2)))
    with pytest.raises(ValueError, match="does not fit"):
        nn.max_pool1d(np.ones((1, 1, 2)), 3)
    with pytest.raises(IndexError, match="rows 0 to 1 are there, found -1 to 1"):
        nn.embedding(np.ones((2, 1)), [1, -1])
    with pytest.raises(ValueError, match="two or more values for each channel"):
        nn.batch_norm(np.ones((1, 2)), np.zeros(2), np.ones(2))
    with pytest.raises(ValueError, match=r"rate must be in \[0, 1\)"):
        nn.dropout(np.ones(3), 1.0, 0)


@WIDTHS
def test_dropout_keeps_the_mean_and_its_mask_is_the_slope(dtype):
    x = np.ones(20000, dtype)
    y = nn.dropout(x, 0.25, 3)
    assert y.dtype == dtype
    assert abs(y.mean() - 1) < 0.02
    assert np.array_equal(dualad.grad(lambda x: np.sum(nn.dropout(x, 0.25, 3)))(x), y)
    assert nn.dropout(x, 0.25, 3, training=False) is x


def layers(dtype):
    """(name, function of one dict of arrays, its arguments)."""
    def r(*shape):
        return np.random.default_rng(len(shape)).normal(size=shape).astype(dtype)

    stats = np.zeros(3, dtype), np.ones(3, dtype)
    return {
        "linear": (lambda p: nn.linear(p["x"], p["w"], p["b"]), {"x": r(4, 3), "w": r(2, 3), "b": r(2)}),
        "layer_norm": (lambda p: nn.layer_norm(p["x"], p["w"], p["b"]), {"x": r(4, 3), "w": r(3), "b": r(3)}),
        "batch_norm": (lambda p: nn.batch_norm(p["x"], *stats, p["w"], p["b"])[0], {"x": r(4, 3), "w": r(3), "b": r(3)}),
        "batch_norm, evaluation": (lambda p: nn.batch_norm(p["x"], *stats, p["w"], p["b"], training=False)[0],
                                   {"x": r(4, 3), "w": r(3), "b": r(3)}),
        "conv1d": (lambda p: nn.conv1d(p["x"], p["w"], p["b"], 2, 1), {"x": r(2, 2, 5), "w": r(2, 2, 3), "b": r(2)}),
        "conv2d": (lambda p: nn.conv2d(p["x"], p["w"], p["b"], 2, 1), {"x": r(1, 2, 4, 4), "w": r(2, 2, 3, 3), "b": r(2)}),
        "max_pool2d": (lambda p: nn.max_pool2d(p["x"], 2), {"x": r(2, 2, 4, 4)}),
        "avg_pool2d": (lambda p: nn.avg_pool2d(p["x"], 2, 1), {"x": r(2, 1, 4, 4)}),
        "max_pool1d": (lambda p: nn.max_pool1d(p["x"], 2), {"x": r(2, 2, 4)}),
        "avg_pool1d": (lambda p: nn.avg_pool1d(p["x"], 2), {"x": r(2, 2, 4)}),
        "embedding": (lambda p: nn.embedding(p["x"], [2, 0, 2]), {"x": r(4, 3)}),
    }


@WIDTHS
@pytest.mark.parametrize("name", layers(float))
def test_layers_agree_between_modes_and_with_central_differences(name, dtype):
    f, p = layers(dtype)[name]

    def loss(p):
        return np.sum(np.sin(f(p)))

    gradient = dualad.grad(loss)(p)
    v = {k: np.random.default_rng(1).normal(size=a.shape).astype(dtype) for k, a in p.items()}
    wide = layers(float)[name][0]
    p64, v64 = ({k: a.astype(float) for k, a in q.items()} for q in (p, v))

    def along(h):
        return float(np.sum(np.sin(wide({k: p64[k] + h * v64[k] for k in p}))))

    h = 1e-3
    slope = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
    curve = (16 * (along(h) + along(-h)) - (along(2 * h) + along(-2 * h)) - 30 * along(0.0)) / (12 * h * h)
    tolerance = 2e-4 if dtype == np.float32 else 1e-7
    assert all(gradient[k].dtype == dtype and gradient[k].shape == p[k].shape for k in p)
    assert sum(np.sum(gradient[k] * v[k]) for k in p) == pytest.approx(slope, rel=tolerance, abs=tolerance * 10)
    assert dualad.jvp(loss, (p,), (v,))[1] == pytest.approx(slope, rel=tolerance, abs=tolerance * 10)
    second = dualad.hvp(loss)(p, v)
    assert sum(np.sum(second[k] * v[k]) for k in p) == pytest.approx(curve, rel=5 * tolerance, abs=tolerance * 50)


def test_import_of_dualad_does_not_load_it():
    import subprocess
    import sys
    line = "import sys, dualad; print([m for m in sys.modules if m.startswith(('dualad.nn', 'dualad.curvature'))])"
    assert subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@WIDTHS
@pytest.mark.parametrize("order", ["C", "F"])
def test_adam_takes_large_arrays_in_blocks_with_the_same_result(dtype, order):
    rng = np.random.default_rng(0)
    p, state = np.asarray(rng.normal(size=(130, 141)).astype(dtype), order=order), None
    parts, states = [row.copy() for row in p], None
    before = p.copy()
    for _ in range(3):
        g = rng.normal(size=p.shape).astype(dtype)
        p, state = nn.optim.adam(p, np.asarray(g, order=order), state)
        parts, states = nn.optim.adam(parts, list(g), states)
    assert p.dtype == dtype
    assert not np.array_equal(p, before)
    np.testing.assert_allclose(p, parts, rtol=0, atol=8 * np.finfo(dtype).eps)


def test_optimisers_are_differentiable_and_check_structure():
    def end(rate):
        p, state = {"w": np.array([1.0, -2.0])}, None
        for _ in range(3):
            p, state = nn.optim.adam(p, {"w": 2 * p["w"]}, state, rate=rate)
        return np.sum(p["w"] ** 2)

    h = 1e-4
    assert dualad.derivative(end)(0.1) == pytest.approx((end(0.1 + h) - end(0.1 - h)) / (2 * h), rel=1e-6)
    with pytest.raises(ValueError, match="a gradient has its variable's shape"):
        nn.optim.sgd({"w": np.ones(3)}, {"w": np.ones((3, 1))})
    velocity = nn.optim.sgd(1.0, 1.0, [2.0], rate=0.1, momentum=0.5)
    assert velocity == (0.8, [2.0])


def torch_pairs(torch):
    """name: (ours, PyTorch's, argument)."""
    F = torch.nn.functional
    x = np.random.default_rng(5).normal(size=(4, 3)) * 3
    t = nn.softmax(np.random.default_rng(6).normal(size=(4, 3)))
    images, w = np.random.default_rng(8).normal(size=(2, 2, 6, 6)), np.random.default_rng(9).normal(size=(3, 2, 3, 3))
    pairs = {name: (getattr(nn, name), f, x) for name, f in {
        "relu": F.relu, "leaky_relu": F.leaky_relu, "elu": F.elu, "selu": F.selu, "silu": F.silu, "sigmoid": torch.sigmoid,
        "log_sigmoid": F.logsigmoid, "softplus": F.softplus, "tanh": torch.tanh, "gelu": F.gelu,
        "softmax": lambda x: torch.softmax(x, -1), "log_softmax": lambda x: torch.log_softmax(x, -1),
        "logsumexp": lambda x: torch.logsumexp(x, -1)}.items()}
    pairs["gelu tanh"] = lambda x: nn.gelu(x, "tanh"), lambda x: F.gelu(x, approximate="tanh"), x
    for name, f in {"mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss, "cross_entropy": F.cross_entropy,
                    "binary_cross_entropy_with_logits": F.binary_cross_entropy_with_logits}.items():
        own = getattr(nn, name)
        pairs[name] = (lambda x, g=own: g(x, t.astype(x.dtype)),
                       lambda x, g=f: g(x, torch.tensor(t).to(x.dtype)), x)
    pairs["kl_div"] = (lambda x: nn.kl_div(nn.log_softmax(x), t.astype(x.dtype)),
                       lambda x: F.kl_div(torch.log_softmax(x, -1), torch.tensor(t).to(x.dtype), reduction="batchmean"), x)
    pairs["cross_entropy labels"] = (lambda x: nn.cross_entropy(x, LABELS),
                                     lambda x: F.cross_entropy(x, torch.tensor(LABELS)), x)
    pairs["nll"] = lambda x: nn.nll(x, LABELS), lambda x: F.nll_loss(x, torch.tensor(LABELS)), x
    pairs["layer_norm"] = nn.layer_norm, lambda x: F.layer_norm(x, (3,)), x
    pairs["batch_norm"] = (lambda x: nn.batch_norm(x, np.zeros(3), np.ones(3))[0],
                           lambda x: F.batch_norm(x, torch.zeros(3).to(x.dtype), torch.ones(3).to(x.dtype), training=True), x)
    pairs["conv2d"] = (lambda x: nn.conv2d(x, w.astype(x.dtype), None, 2, 1),
                       lambda x: F.conv2d(x, torch.tensor(w).to(x.dtype), None, 2, 1), images)
    pairs["conv1d"] = (lambda x: nn.conv1d(x, w[..., 0].astype(x.dtype), None, 2, 1),
                       lambda x: F.conv1d(x, torch.tensor(w[..., 0]).to(x.dtype), None, 2, 1), images[..., 0])
    pairs["max_pool2d"] = lambda x: nn.max_pool2d(x, 2), lambda x: F.max_pool2d(x, 2), images
    pairs["avg_pool2d"] = lambda x: nn.avg_pool2d(x, 3, 1), lambda x: F.avg_pool2d(x, 3, 1), images
    pairs["max_pool1d"] = lambda x: nn.max_pool1d(x, 2), lambda x: F.max_pool1d(x, 2), images[..., 0]
    pairs["avg_pool1d"] = lambda x: nn.avg_pool1d(x, 2), lambda x: F.avg_pool1d(x, 2), images[..., 0]
    pairs["linear"] = (lambda x: nn.linear(x, w[0, 0].astype(x.dtype)),
                       lambda x: F.linear(x, torch.tensor(w[0, 0]).to(x.dtype)), x)
    pairs["embedding"] = (lambda x: nn.embedding(x, LABELS), lambda x: F.embedding(torch.tensor(LABELS), x), x)
    return pairs


@WIDTHS
def test_everything_agrees_with_pytorch_in_first_and_second_order(dtype):
    torch = pytest.importorskip("torch")
    worst = [0.0, 0.0, 0.0]
    for name, (ours, theirs, x) in torch_pairs(torch).items():
        x = x.astype(dtype)
        leaf = torch.tensor(x, requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            z = theirs(leaf)
            (g,) = torch.autograd.grad(torch.sin(z).sum(), leaf, create_graph=True)
            h = torch.autograd.grad((g * torch.tensor(np.cos(x))).sum(), leaf)[0]

        def loss(x, ours=ours):
            return np.sum(np.sin(ours(x)))

        found = ours(x), dualad.grad(loss)(x), dualad.hvp(loss)(x, np.cos(x))
        forward = dualad.jvp(loss, (x,), (np.cos(x),))[1]
        tolerance = 2e-4 if dtype == np.float32 else 1e-11
        for k, (a, b) in enumerate(zip(found, (z, g, h), strict=True)):
            b = b.detach().numpy()
            assert np.asarray(a).dtype == dtype, name
            error = np.max(np.abs(a - b)) / max(1.0, np.max(np.abs(b)))
            worst[k] = max(worst[k], float(error))
            assert error < tolerance, (name, k, error)
        assert abs(forward - np.sum(g.detach().numpy() * np.cos(x))) < 50 * tolerance, name
    print(np.dtype(dtype).name, "largest differences of value, gradient, Hessian-vector product:", worst)
