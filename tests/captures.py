"""Steps of random programs that NumPy's protocols do not catch, so that they run in the capturing scope; and linear algebra."""

import numpy as np

from .statements import MARGIN, attempt


def solving(p):
    """Linear algebra of small matrices that keep away from singular ones and from repeated values."""
    a = p.array()
    n = 3 if p.value(a).size >= 9 and p.pick(2) else 2
    if p.value(a).size < n * n:
        return False
    m = f"np.reshape(np.ravel({a})[:{n * n}], ({n}, {n}))"
    definite = f"({m} @ {m}.T + np.eye({n}))"
    matrix = eval(m, p.env)
    values = np.linalg.svd(matrix, compute_uv=False)
    apart = min(np.diff(np.linalg.eigvalsh(matrix + matrix.T)).min(), -np.diff(values).max(), values[-1]) > MARGIN
    order = p.choose(["2", "'nuc'", "'fro'", "-2"])
    text, anywhere, real_only = p.choose([
        (f"np.linalg.solve({definite}, {m}[0])", True, False), (f"np.linalg.solve({definite}, {m})", True, False),
        (f"np.linalg.solve({definite}, {m}.T)", True, False), (f"np.linalg.inv({definite})", True, False),
        (f"np.linalg.inv({definite}).T", True, False), (f"np.linalg.slogdet({definite})[1]", True, True),
        (f"np.linalg.det({definite}) * 0.1", True, False), (f"np.linalg.cholesky({definite})", True, True),
        (f"np.linalg.matrix_power({m} * 0.5, 3)", True, False), (f"np.linalg.inv(np.stack([{definite}, np.eye({n})]))", True, False),
        (f"np.linalg.lstsq(np.vstack([{m}, np.eye({n})]), np.ones({2 * n}), rcond=None)[0]", True, True),
        (f"np.linalg.multi_dot([{m}, {m}.T, {m}[0]]) * 0.1", True, False),
        (f"np.linalg.det({m})", False, False), (f"np.linalg.qr({m}, mode='r')", False, True),
        # not all eigenvalues: second derivatives of their sum are zero, where differences show no rounding and ours do
        (f"np.linalg.eigvalsh({m} + {m}.T)[1:]", False, True), (f"np.linalg.svd({m}, compute_uv=False)", False, True),
        (f"np.linalg.norm({m}, {order})", False, True), (f"np.linalg.eigh({m} + {m}.T)[1] ** 2", False, True),
        (f"np.linalg.pinv({m})", False, True), (f"np.linalg.inv({m})", False, False),
    ])
    return (anywhere or apart) and p.try_line(text, real_only)


def spectra(p):
    """Detours through complex numbers: the result is real again."""
    a = p.array()
    b = f"np.ravel({a})"
    z = p.choose([f"np.exp(1j * {a})", f"({a} + 1.5j)", f"np.fft.fft({a})", f"({a} * (0.5 - 0.25j) + 2j)", f"np.fft.ifft({a}, 4)",
                  f"np.fft.rfft({b})", f"(1j * {a} + 2.0) ** 2", f"np.sqrt({a} + 2j)", f"np.stack([{a} + 1j, 1j * {a} + 2.0])"])
    value = eval(z, p.env)
    far = np.abs(value).min() > MARGIN
    text, anywhere = p.choose([
        (f"np.abs({z}) ** 2 * 0.1", True), (f"({z}).real * {p.number()}", True), (f"({z}).imag", True), (f"np.abs({z})", False),
        (f"({z} * np.conj({z})).real * 0.2", True), (f"(1 / {z}).real", False), (f"np.angle({z}) * 0.5", False),
        (f"np.sum({z} * (1 + 2j), axis=-1).imag", True), (f"np.exp({z} * 0.2).real", True), (f"np.fft.irfft({z}, 5)", True),
        (f"np.fft.fft({z}).real[..., :3]", True), (f"np.tanh({z} * 0.3).imag", True), (f"np.linalg.norm({z})", False),
        (f"np.real(np.vdot({z}, {z} * 1j + 0.5)) * 0.1", True), (f"np.log({z} + 3).real", np.abs(value + 3).min() > MARGIN),
        (f"np.einsum('...i,...i', {z}, {z}).imag * 0.1", True), (f"np.where(({z}).imag > 100, 0, {z}).real", True),
        (f"np.abs(np.linalg.det(({z})[..., :2, None] * np.array([0.3, 0.1j]) + np.eye(2)[:{min(2, np.shape(value)[-1])}]))", False),
    ])
    return (anywhere or far and "angle" not in text or far and np.abs(value.imag).min() > MARGIN) and p.try_line(text, True)


def gathered(p):
    """Arrays of computed numbers, in any nesting."""
    a, b = p.array(), p.var()
    total, mean = f"np.sum({a})", f"np.mean({b})"
    return p.try_line(p.choose([
        f"np.array([{total}, {p.number()}, {mean}])", f"np.array([[{total}, 1], [{mean}, {p.number()}]])",
        f"np.array([v * {total} for v in np.ravel({a})[:4]])", f"np.array(({total}, np.ravel({a})[0]), dtype=float)",
        f"np.asarray([{a}, {a} * {p.number()}])", f"np.array({a})", f"np.array([list(np.ravel({a})[:2]), [1.0, {mean}]])",
        f"np.full(({1 + p.pick(3)}, 2), {mean})", f"np.full_like(np.ones(3), {total})", f"np.sum([{total}, {mean} ** 2])",
        f"np.r_[{total}, np.ravel({a})[:3], {p.number()}]", f"np.ones((2, {np.size(p.value(a))})).dot(np.ravel({a})) * 0.1",
        f"[{mean}, {total}] * np.array([1.0, {p.number()}])", f"np.max([{total}, 100.0]) * {b} * 0.01",
    ]))


def scalar(p):
    """float, math and the builtins."""
    a, b = p.array(), p.var()
    inside = f"0.5 * np.tanh(np.sum({a}))"
    return p.try_line(p.choose([
        f"float(np.sum({a})) * {b}", f"math.sin(np.mean({a})) + {b}", f"math.exp({inside}) * {b}", f"math.hypot({inside}, 1.5)",
        f"{b} * math.atan2({inside}, 1.25)", f"sum(v ** 2 for v in np.ravel({a}))", f"math.sqrt(1.0 + np.sum({a}) ** 2) * {b} * 0.5",
        f"np.array([math.cos(v) for v in np.ravel({a})])", f"{b} * np.ravel({a})[0].item()", f"math.log(1.5 + {inside}) - {b}",
        f"math.fsum(np.ravel({a})) * 0.5", f"{b} + float({p.number()}) * np.float64(np.sum({a}))", f"sum(map(math.tanh, np.ravel({a})))",
    ]), real_only=True)


def filled(p):
    """Allocate a plain array, then fill it."""
    a = p.array()
    shape, name = p.shape(a), f"v{p.made}"
    n, b = shape[0], p.mate(a)
    if b.startswith("v") and np.broadcast_shapes(shape, p.shape(b)) != shape:
        b = p.number()
    make = p.choose(["np.zeros", "np.ones", "np.empty"])
    every = f"for i in range({n}):"
    lines, real_only = p.choose([
        ([f"{name} = {make}({shape})", f"{name}[...] = {a}", f"{name}[0] *= {p.number()}"], False),
        ([f"{name} = np.zeros({shape})", f"{name} += {a}", f"{name}[-1] = {b if p.ndim(a) == 0 else p.number()}"], False),
        ([f"{name} = 2.0 * np.ones({shape})", f"{name} *= {b}", f"{name}[0] += {a}[-1]"], False),
        ([f"{name} = np.zeros({n})", f"{every} {name}[i] = math.cos(np.sum({a}[i])) + (0.5 * {name}[i - 1] if i else 0.0)"], True),
        ([f"{name} = np.zeros(({n}, 2))", f"{every} {name}[i] = [np.sum({a}[i]), 1.0]", f"{name}[0, 1] = float({name}[-1, 0]) ** 2 * 0.1"], True),
        ([f"{name} = np.ones({shape})", f"np.multiply({a}, {b}, out={name})"], False),
        ([f"{name} = np.zeros({n + 1})", f"{name}[1:][::-1] = np.sum({a}.reshape({n}, -1), axis=1)", f"{name}[0] = {name}[1] * 0.5"], False),
        ([f"{name} = []", f"{every} {name}.append(np.mean({a}[i]) * (i + 1))", f"{name} = np.array({name})"], False),
        ([f"{name} = np.eye({n})", f"{name}[:, 0] = np.sum({a}.reshape({n}, -1), axis=1)", f"{name} = {name} @ {name} * 0.25"], False),
        ([f"{name} = np.zeros({shape})", f"np.copyto({name}, {a})", f"np.add.at({name}, [0, 0], 0.5 * {a}[-1])"], False),
    ])
    return attempt(p, lines, name=name, real_only=real_only)


STEPS = [gathered] * 4 + [scalar] * 4 + [filled] * 8
