"""Writing in place and through aliases: every program is right in all modes, or refused by all with an error that says why."""

import numpy as np
import pytest

import dualad
from dualad import errors

X = np.array([0.5, -1.2, 2.0, 0.3, 1.1, -0.7])
MODES = {
    "forward of forward": lambda f: dualad.jacfwd(dualad.jacfwd(f)),
    "forward over reverse": lambda f: dualad.jacfwd(dualad.jacrev(f)),
    "reverse over reverse": lambda f: dualad.jacrev(dualad.jacrev(f)),
    "reverse over forward": lambda f: dualad.jacrev(dualad.jacfwd(f)),
    "hyper-dual, local": dualad.hessian,
}


# ---- programs: plain NumPy that writes ----

def the_input(x):
    x[0] = 5.0 * x[1]
    x[2:] *= x[1]
    return x * x


def itself(x):
    a = x * 1.0
    a[1:] = a[:-1]
    a[::-1][:3] = a[:3]
    a[...] = a[::-1]
    a += a[::-1]
    a[...] = a
    a[:] = a * a
    return a


def views_of_views(x):
    a = x * 1.0
    v = a[1:4]
    w = v[::-1]
    before = np.sin(v)
    a[2] = 3.0 * x[0]
    v[0] *= 2.0
    w[0] = x[5]
    return np.stack([before, v, w, a[1:4]])


def views_of_other_functions(x):
    a = (x * 1.0).reshape(2, 3)
    d, t, r, e = np.diagonal(a), a.T, np.ravel(a), np.expand_dims(a, 0)
    windows = np.lib.stride_tricks.sliding_window_view(r, 3, writeable=True)
    wide = np.broadcast_to(a[0], (2, 3))
    a[0, 0] = x[5]
    t[1] = x[:2]
    windows[2] *= x[0]
    e[0, 1, -1] = x[1] * x[2]
    return np.sum(d) * r + np.ravel(wide) * windows[0, 0]


def unbuffered(x):
    a = x * 1.0
    np.add.at(a, [0, 0, 1], x[:3])
    np.subtract.at(a[2:], [1, 1], x[:2])
    np.add.at(a, (np.array([1]),), 2.0)
    np.add.at(a.reshape(2, 3), ([0, 0], [1, 1]), x[0])
    return a * a


def masks_and_indices(x):
    a = x * 1.0
    a[a > 0.4] = x[0]
    a[np.array([0, 0, 2])] = x[3:]
    v = a.reshape(2, 3)
    v[:, [0, 2]] *= x[1]
    v[v < 0] *= 2
    v.T[1] = x[:2]
    return a * x


def matrices(x):
    m = np.zeros_like(x, shape=(3, 6))
    m[0] = x
    m[:, 1] = x[:3]
    m[1, ...] = x * x
    m[..., 2:4][1:] = x[0]
    m.T[5] = x[1]
    m[2][2:] = x[:4]
    m[np.ix_([0, 2], [1, 3])] *= x[0]
    m[[0, 1], [2, 3]] += x[:2]
    m[-1, -1] = x[0] * m[0, 0]
    return m @ x


def functions_with_out(x):
    o = np.empty_like(x)
    np.multiply(x, x, out=o)
    np.sin(o[:3], out=o[3:])
    np.cumsum(o, out=o)
    np.add(o, x, out=o, where=x > 0)
    p = np.zeros_like(x, shape=(2, 2))
    np.matmul(x[:4].reshape(2, 2), x[2:].reshape(2, 2), out=p)
    np.dot(p, p, out=p)
    return o * p[0, 0]


def functions_that_fill(x):
    a = x * 1.0
    np.put(a, [1, 1], x[:2])
    np.copyto(a[2:], x[:4], where=x[:4] > 0)
    np.place(a, x > 1, x[:2])
    np.fill_diagonal(a[:4].reshape(2, 2), x[0])
    np.putmask(a, x < 0, x * x)
    np.put_along_axis(a, np.array([3]), x[:1] * 2, 0)
    return a * x


def methods(x):
    a = x * 1.0
    v = a[1:5]
    v.sort()
    b = a.copy()
    b.partition(2)
    a[::2].fill(0.25)
    a.put([0], x[2])
    return a * b


def copies_on_write(x):
    """Arrays that were overwritten as a whole show their source until one of them is written."""
    a, b, c = x * 1.0, np.zeros_like(x), np.zeros_like(x)
    seen = b[1:]
    b[...] = a
    a[0] = 9.0 * x[1]
    b[1] = x[2]
    b *= a
    c[...] = b[::-1]
    b[0] = 0.0
    d = b[:]
    d[...] = c
    a[...] = c
    c[-1] = x[0]
    return a * b * c * np.sum(seen)


def recurrence(x):
    a = np.zeros_like(x)
    for i in range(6):
        a[i] = x[i] * (a[i - 1] if i else 1.0)
        if a[i] > 0:
            a[:i] += x[i]
    a[0] += a[5]
    a[2], a[3] = a[3], a[2]
    return a


def rows(x):
    m = np.outer(x, x)
    for i, row in enumerate(m):
        row[i] = x[0]
        row *= row[::-1]
    m[0], m[1] = m[1], m[0]
    return m


def names(x):
    """Augmented assignment of numbers makes new ones, of arrays it writes."""
    s = x[0]
    t = s
    s += x[1]
    a = x * 1.0
    b = a
    a += 1.0
    b *= x
    a **= 2
    a /= 2.0 + t
    a -= x
    return (a + b) * s * t


def mirrored(x):
    """An operand and a view of it in one operation."""
    m = np.outer(np.sin(x), x)
    m *= m[::-1]
    return m * m.T * m[::-1, ::-1]


def same_call_in_other_layouts(x):
    """np.reshape and np.ravel of the same shapes copy the first time and give views the second."""
    y = (x * 1.0).reshape(2, 3).T
    a, b = np.reshape(y, -1), np.ravel(y)
    z = (x * x).reshape(3, 2) * 1.0
    r, s = np.reshape(z, -1), np.ravel(z)
    z[0] = 7.0 * x[0]
    s[-1] = x[1]
    return r * a * b


def columns_first(x):
    """A reshape in column order of rows is a copy."""
    a = np.outer(x, x[:2])
    b = np.reshape(a, (4, 3), order="F")
    b[0] = 2.0 * x[0]
    return np.sum(a) * b


def constants(x):
    """Constants written over derivatives, and derivatives over constants."""
    a, b = x * 1.0, np.ones_like(x)
    a[...] = 2.0
    b[2:] = a[2:] * x[0]
    a[1] = x[1]
    b[-1] = 3.0
    return a * b


def nothing(x):
    a = x * 1.0
    a[2:2] = x[:0]
    a[[]] = 7.0
    a[np.zeros(6, dtype=bool)] = 7.0
    a[:0] += 1.0
    return a


def after_errors(x):
    """A refused write leaves the array as it was."""
    a = x * 1.0
    b = np.exp(a)
    for key, value in [(9, x[0]), ([0, 99], x[0]), (slice(0, 2), x), ((0, 0), x[0]), (slice(None), x[:5])]:
        with pytest.raises((IndexError, ValueError)):
            a[key] = value
    a[0] *= x[1]
    return a * b


def captured(x):
    """A gradient inside, of a function that writes to what it captured."""
    w = x * 2.0

    def inner(z):
        y = np.sin(z * w)
        w[0] = 5.0
        v = w @ z
        w[1] = 3 * w[0]
        return np.sum(y * y) * v

    return dualad.grad(inner)(np.ones(6)) * x


def captured_matrix(x):
    w = x.reshape(2, 3) * 2.0

    def inner(z):
        y = w @ z
        w[0] = 5.0
        return np.sum(y * y)

    return dualad.grad(inner)(np.ones(3)) * x[0] + np.sum(w)


def stored_in_an_upper_level(x):
    def inner(z):
        o = np.zeros_like(z)
        o[0] = x[0] * z[1]
        o[1:] = x[1:]
        o[2] += z[0]
        return np.sum(o * o * z)

    return dualad.grad(inner)(np.ones(6)) * x


def stored_in_a_lower_level(x):
    """Of what the outer function owns, inside the inner one."""
    out = np.zeros_like(x)

    def inner(z):
        out[0] = x[0]
        return np.sum(z * z * out)

    return dualad.grad(inner)(x) * x


PROGRAMS = [the_input, itself, views_of_views, views_of_other_functions, unbuffered, masks_and_indices, matrices, functions_with_out,
            functions_that_fill, methods, copies_on_write, recurrence, rows, names, mirrored, same_call_in_other_layouts, columns_first,
            constants, nothing, after_errors, captured, captured_matrix, stored_in_an_upper_level, stored_in_a_lower_level]
NESTED = (captured, captured_matrix, stored_in_an_upper_level, stored_in_a_lower_level)


def slopes(f):
    """The Jacobian by differences of the plain function."""
    h = 1e-4
    steps = h * np.eye(6)
    return np.stack([(8 * (f(X + s) - f(X - s)) - (f(X + 2 * s) - f(X - 2 * s))) / (12 * h) for s in steps], axis=-1)


@pytest.mark.parametrize("f", PROGRAMS)
def test_first_order(f):
    x = X.copy()
    want = dualad.jacfwd(f)(x)
    np.testing.assert_allclose(dualad.jacrev(f)(x), want, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dualad.jacobian(f, mode="reverse", chunk=1)(x), want, rtol=1e-12, atol=1e-12)
    value, pullback = dualad.vjp(f, x)
    np.testing.assert_array_equal(value, f(X.copy()) if f not in NESTED else dualad.jvp(f, (X,), (X,))[0])
    v = np.cos(np.arange(value.size)).reshape(value.shape)
    for _ in range(2):
        np.testing.assert_allclose(pullback(v)[0], np.tensordot(v, want, v.ndim), rtol=1e-11, atol=1e-11)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_allclose(want, slopes(lambda x: f(x.copy())), rtol=1e-8, atol=1e-7)


@pytest.mark.parametrize("name", MODES)
@pytest.mark.parametrize("f", PROGRAMS)
def test_second_order(f, name):
    want = dualad.hessian(f, mode="hyperdual")(X)
    np.testing.assert_allclose(MODES[name](f)(X), want, rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize("n", [1000, 100_000])
def test_an_operand_and_its_mirror_image_beyond_one_block(n):
    x = np.random.default_rng(20261123).normal(size=n)
    got = dualad.grad(lambda x: np.sum(np.sin(x * x[::-1])))(x)
    np.testing.assert_allclose(got, 2.0 * np.cos(x * x[::-1]) * x[::-1], rtol=1e-12, atol=1e-12)


def test_single_precision():
    def f(x):
        a = x.astype(np.float32)
        a[0] = x[1]
        a *= x[2]
        a[1:] += x[1:]
        v = a[::-1]
        v[0] = a[0] * a[1]
        return a

    got = dualad.jacrev(f)(X)
    assert got.dtype == np.float32 or got.dtype == np.float64
    np.testing.assert_allclose(got, dualad.jacfwd(f)(X), rtol=1e-5, atol=1e-6)
    g = dualad.grad(lambda x: np.sum(f(x)))(X.astype(np.float32))
    assert g.dtype == np.float32


# ---- memory of the user's ----

def test_nothing_the_user_holds_is_read_again():
    """Arguments, results and cotangents may be changed between a run and its pullback."""
    for f in (np.exp, lambda x: x.reshape(2, 3), lambda x: (x * x).reshape(2, 3) * x[0], the_input, copies_on_write):
        x = X.copy()
        want = dualad.jacfwd(f)(X)
        y, pullback = dualad.vjp(f, x)
        x[...] = 0.0
        v = np.ones_like(y)
        y[...] = 0.0
        first = pullback(v)[0]
        np.testing.assert_array_equal(v, 1.0)
        kept = first.copy()
        v[...] = 5.0
        np.testing.assert_array_equal(first, kept)
        first[...] = 0.0
        np.testing.assert_allclose(pullback(np.ones_like(y))[0], np.tensordot(np.ones_like(y), want, y.ndim), rtol=1e-12, atol=1e-12)


# ---- refused ----

def integers(x):
    a = np.zeros(6)
    a[0] = x[0]
    return a * x


def plain_out(x):
    return np.sin(x, out=np.zeros(6))


def plain_at(x):
    np.add.at(np.zeros(6), [0], x[:1])
    return x


def read_only(x):
    np.broadcast_to(x, (2, 6))[0, 0] = 1.0
    return x


def inner_in_outer(x):
    out = np.zeros_like(x)

    def inner(z):
        out[0] = z[0]
        return np.sum(z * x)

    return dualad.grad(inner)(np.ones(6)) * x


def complex_numbers(x):
    a = x * 1.0
    a[0] = 1j
    return a


def through_flat(x):
    a = x * 1.0
    a.flat[0] = x[1]
    return a


def another_shape(x):
    a = x * 1.0
    a.shape = (2, 3)
    return a


REFUSED = [(integers, errors.ConversionError), (plain_out, errors.StorageError), (plain_at, errors.StorageError),
           (read_only, ValueError), (inner_in_outer, errors.StorageError), (complex_numbers, errors.StorageError),
           (through_flat, TypeError), (another_shape, AttributeError)]


@pytest.mark.parametrize(("f", "error"), REFUSED)
@pytest.mark.parametrize("transform", [dualad.jacfwd, dualad.jacrev, dualad.hessian, *list(MODES.values())[1:4]])
def test_refused(f, error, transform):
    with pytest.raises(error) as caught, dualad.capturing(False):
        transform(f)(X)
    assert len(str(caught.value)) > 20
