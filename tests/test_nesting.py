"""Nested derivatives (pitfalls.md, table 1.4): no perturbation confusion, no escaped values.

Every derivative call opens a level from a counter that never repeats; the tests named
`test_confusion_*` are the classic programs on which systems without such levels fail.
"""

import contextvars
import threading

import numpy as np
import pytest
from mpmath import mp

import dualad
from dualad import derivative, hessian, hessian_diag, jacobian, jvp, value_grad_hess
from dualad.errors import EscapedLevelError, StorageError


def first_by_jvp(f):
    return lambda x: jvp(f, (x,), (np.ones_like(x) if np.ndim(x) else 1.0,))[1]


def first_by_jacobian(f):
    return lambda x: jacobian(f)(x)


def first_by_forward(f):
    return lambda x: jacobian(f, mode="forward")(x)


def first_by_second(f):
    return lambda x: value_grad_hess(f)(x)[1]


D = {"derivative": derivative, "jvp": first_by_jvp, "jacobian": first_by_jacobian, "forward": first_by_forward,
     "value_grad_hess": first_by_second}
PAIRS = [(a, b) for a in D for b in D]


@pytest.fixture(params=PAIRS, ids=lambda p: f"{p[0]} over {p[1]}")
def two(request):
    """Outer and inner differentiation operators of every pair of modes."""
    return D[request.param[0]], D[request.param[1]]


# ---- perturbation confusion ----

def test_confusion_sum(two):
    """d/dx [x d/dy (x + y)] = 1 (Siskind and Pearlmutter); 2 under confusion."""
    outer, inner = two
    assert float(outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0)) == 1.0


def test_confusion_product(two):
    """d/dx [x d/dy (x y)] = 2 x."""
    outer, inner = two
    assert float(outer(lambda x: x * inner(lambda y: x * y)(2.0))(3.0)) == 6.0


def test_confusion_shadowed_name(two):
    outer, inner = two
    assert float(outer(lambda x: x * inner(lambda x: x * x)(x))(3.0)) == 12.0  # x 2x


def test_confusion_swapped_names(two):
    outer, inner = two
    f = lambda y: y * inner(lambda x: x * y * y)(2.0)
    assert float(outer(f)(3.0)) == 27.0  # y**3


def test_confusion_inner_at_the_outer_variable(two):
    outer, inner = two
    g = lambda y: y**3
    assert float(outer(lambda x: inner(g)(x))(2.0)) == 12.0
    assert float(outer(lambda x: inner(g)(1.0 * x))(2.0)) == 12.0
    assert float(outer(lambda x: x * inner(lambda y: x * y)(x))(2.0)) == 4.0


def test_confusion_three_levels(two):
    outer, inner = two
    f = lambda x: inner(lambda y: outer(lambda z: x * y**2 * z**3)(y))(x)
    # d/dz = 3 x y**2 z**2 at z = y: 3 x y**4; d/dy = 12 x y**3 at y = x: 12 x**4; d/dx = 48 x**3
    assert float(outer(f)(2.0)) == 384.0


def test_confusion_same_callable_type_at_both_levels(two):
    """ForwardDiff.jl #313: a tag made of the function's type confuses instances of one class."""
    outer, inner = two

    class Power:
        def __init__(self, n):
            self.n = n

        def __call__(self, x):
            return x**self.n if self.n < 3 else x * inner(Power(self.n - 1))(x)

    # Power(3) = 2 x**2, Power(4) = x * 4 x; its slope is 8 x
    assert float(outer(Power(4))(2.0)) == 16.0


def test_confusion_same_function_at_both_levels(two):
    outer, inner = two

    def f(x, depth=2):
        return x**3 if depth == 0 else (inner if depth == 1 else outer)(lambda v: f(v, depth - 1))(x)

    assert float(f(2.0)) == 12.0


def test_confusion_tangent_depends_on_the_outer_variable():
    """The direction of the inner derivative is itself differentiated."""
    f = lambda x: jvp(lambda y: y**2, (3.0,), (x,))[1]  # 6 x
    assert float(derivative(f)(2.0)) == 6.0
    g = lambda x: jvp(lambda y: x * y**2, (x,), (x * x,))[1]  # x 2x x**2 = 2 x**4
    assert float(derivative(g)(2.0)) == 64.0
    v = np.array([1.0, 2.0])
    h = lambda t: jvp(lambda y: np.sum(y**3), (v,), (t,))[1]
    np.testing.assert_array_equal(jacobian(h)(v), 3 * v**2)


def test_confusion_constant_function_inside(two):
    outer, inner = two
    assert float(outer(lambda x: x * inner(lambda y: x)(x))(3.0)) == 0.0
    assert float(outer(lambda x: x + inner(lambda y: 2.0)(x))(3.0)) == 1.0


def test_confusion_value_of_inner_jvp_keeps_outer_derivative():
    f = lambda x: jvp(lambda y: x * y, (x,), (1.0,))[0]
    assert float(derivative(f)(3.0)) == 6.0


def test_confusion_curried_function_is_right_or_refused():
    """Manzyuk et al., "Confusion of tagged perturbations": a derivative whose result is a function."""
    def shift(u):
        return lambda f: lambda x: f(x + u)

    with pytest.raises(TypeError, match="function"):
        derivative(shift)(0.0)


# ---- modes inside modes, with arrays ----

A = np.array([[2.0, -1.0, 0.5], [0.3, 1.5, -2.0], [1.0, 0.0, 3.0]])
X = np.array([0.7, -1.2, 2.0])


def quartic(x):
    return np.sum((A @ x) ** 4)


def third_of_quartic(x):
    """T[i, j, k] = 24 sum_r (A x)_r A_ri A_rj A_rk."""
    return 24 * np.einsum("r,ri,rj,rk->ijk", A @ x, A, A, A)


def fourth_of_quartic():
    return 24 * np.einsum("ri,rj,rk,rl->ijkl", A, A, A, A)


HESSIANS = {mode: lambda f, mode=mode: hessian(f, mode=mode) for mode in ("auto", "hyperdual", "forward")}
JACOBIANS = {mode: lambda f, mode=mode: jacobian(f, mode=mode) for mode in ("auto", "forward")}


@pytest.mark.parametrize("j", JACOBIANS)
@pytest.mark.parametrize("h", HESSIANS)
def test_jacobian_of_hessian_and_hessian_of_jacobian(h, j):
    want = third_of_quartic(X)
    np.testing.assert_allclose(JACOBIANS[j](HESSIANS[h](quartic))(X), want, rtol=1e-12, atol=1e-10)
    np.testing.assert_allclose(HESSIANS[h](JACOBIANS[j](quartic))(X), want, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("inner", HESSIANS)
@pytest.mark.parametrize("outer", HESSIANS)
def test_hessian_of_hessian(outer, inner):
    got = HESSIANS[outer](HESSIANS[inner](quartic))(X)
    np.testing.assert_allclose(got, fourth_of_quartic(), rtol=1e-12, atol=1e-9)


def test_jacobian_of_a_local_hessian():
    """Enough inputs for local directions at both levels."""
    x = np.linspace(0.5, 2.0, 10)
    f = lambda v: np.sum(np.sin(v[1:]) * v[:-1] ** 3)
    got = jacobian(hessian(f))(x)
    want = jacobian(hessian(f, mode="forward"), mode="forward")(x)
    np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-13)
    assert got[0, 0, 0] == pytest.approx(6 * np.sin(x[1]))


def test_derivative_inside_jacobian_inside_hessian():
    def inner(x):
        """d/ds sum(sin(s x)) at s = x0."""
        return derivative(lambda s: np.sum(np.sin(s * x)))(x[0])

    def middle(x):
        return np.sum(jacobian(inner)(x) ** 2)

    got = hessian(middle)(X)
    want = hessian(lambda x: np.sum(jacobian(by_hand)(x) ** 2))(X)
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-11)


def by_hand(x):
    return np.sum(x * np.cos(x[0] * x))


def test_hessian_inside_derivative_inside_jvp():
    f = lambda x, s: np.sum(np.exp(s * x))
    g = lambda x: derivative(lambda s: np.sum(hessian(lambda v: f(v, s))(x)))(0.5)
    # sum over the diagonal s**2 exp(s x): d/ds = (2 s + s**2 x) exp(s x); its derivative in x
    s = 0.5
    want = np.sum((s * (2 * s + s**2 * X) + s**2) * np.exp(s * X))
    assert float(jvp(g, (X,), (np.ones(3),))[1]) == pytest.approx(want, rel=1e-13)


def test_diagonal_of_hessian_nested():
    got = jacobian(hessian_diag(quartic))(X)
    np.testing.assert_allclose(got, np.einsum("iik->ik", third_of_quartic(X)), rtol=1e-12, atol=1e-10)


def test_value_grad_hess_nested():
    v, g, h = jacobian(lambda x: value_grad_hess(quartic)(x))(X)
    np.testing.assert_allclose(v, jacobian(quartic)(X), rtol=1e-13)
    np.testing.assert_allclose(g, hessian(quartic)(X), rtol=1e-12)
    np.testing.assert_allclose(h, third_of_quartic(X), rtol=1e-12, atol=1e-10)


def test_inner_derivative_with_respect_to_another_variable_is_constant():
    """An inner derivative that does not involve the outer variable has slope zero and is usable."""
    f = lambda x: x * derivative(np.sin)(0.5)
    assert float(derivative(f)(2.0)) == np.cos(0.5)
    assert float(derivative(lambda x: derivative(np.sin)(0.5))(2.0)) == 0.0


def test_newton_iteration_is_differentiable():
    """A loop that uses derivatives of its own: the fixed point of r**2 = a has slope 1/(2 sqrt(a))."""
    def root(a):
        r = a * 0.0 + 1.0
        g = lambda v: v * v - a
        for _ in range(8):
            r = r - g(r) / derivative(g)(r)
        return r

    assert float(derivative(root)(2.0)) == pytest.approx(0.5 / np.sqrt(2.0), rel=1e-14)
    assert float(derivative(derivative(root))(2.0)) == pytest.approx(-0.25 * 2.0**-1.5, rel=1e-13)


def test_nested_structures_and_aux():
    def f(p):
        g, aux = jacobian(lambda q: (q["a"] * q["b"], q["a"]), has_aux=True)(p)
        return g["a"] * aux

    out = jacobian(f)({"a": 2.0, "b": 5.0})
    assert float(out["a"]) == 5.0
    assert float(out["b"]) == 2.0


# ---- n-th derivatives by self-application ----

ANALYTIC = {
    "exp": (np.exp, mp.exp), "sin": (np.sin, mp.sin), "tanh": (np.tanh, mp.tanh), "1/x": (lambda x: 1 / x, lambda x: 1 / x),
    "log": (np.log, mp.log), "sqrt": (np.sqrt, mp.sqrt), "arctan": (np.arctan, mp.atan), "x**2.5": (lambda x: x**2.5,
    lambda x: x ** mp.mpf(2.5)), "exp(sin)": (lambda x: np.exp(np.sin(x)), lambda x: mp.exp(mp.sin(x))),
    "x**x": (lambda x: x**x, lambda x: x**x), "logaddexp": (lambda x: np.logaddexp(x, 0.3 * x), lambda x: mp.log(
        mp.exp(x) + mp.exp(mp.mpf(0.3) * x))), "hypot": (lambda x: np.hypot(x, 2.0), lambda x: mp.sqrt(x * x + 4)),
    "arctan2": (lambda x: np.arctan2(x, 2.0), lambda x: mp.atan(x / 2)), "cbrt": (np.cbrt, mp.cbrt),
    "sinc": (np.sinc, mp.sincpi), "arcsinh": (np.arcsinh, mp.asinh), "expm1": (np.expm1, mp.expm1),
    "log1p": (np.log1p, mp.log1p), "cosh": (np.cosh, mp.cosh), "tan": (np.tan, mp.tan), "log2": (np.log2, lambda x: mp.log(
        x, 2)), "exp2": (np.exp2, lambda x: mp.mpf(2) ** x), "arcsin": (lambda x: np.arcsin(x / 2), lambda x: mp.asin(x / 2)),
}


@pytest.mark.parametrize("name", ANALYTIC)
def test_nth_derivative_by_self_application(name):
    """Orders 0 to 5 against Taylor coefficients at 40 digits."""
    f, exact = ANALYTIC[name]
    x = 0.8125
    with mp.workdps(60):
        want = [float(mp.factorial(k) * c) for k, c in enumerate(mp.taylor(exact, x, 5))]
    for order in range(6):
        assert float(f(x)) == pytest.approx(want[order], rel=1e-12), f"order {order}"
        f = derivative(f)


@pytest.mark.parametrize(("n", "orders"), [(5, 7), (7, 7), pytest.param(7, 9, marks=pytest.mark.slow)])
def test_nth_derivative_of_a_power_at_zero(n, orders):
    """The n-th derivative of x**n is n!, the next is 0 (each order of a power costs a multiple of the last)."""
    g = lambda x: x**n
    for order in range(orders):
        assert float(g(0.0)) == (float(mp.factorial(n)) if order == n else 0.0)
        g = derivative(g)


def test_nth_derivative_through_mixed_modes():
    """Order five of exp(2 x): derivative, jvp, jacobian, value_grad_hess and a Hessian in turn."""
    f = lambda x: np.exp(2 * x)
    g = derivative(first_by_jvp(first_by_jacobian(hessian(f))))
    assert float(g(0.25)) == pytest.approx(32 * np.exp(0.5), rel=1e-14)
    assert float(hessian(hessian(derivative(f)))(0.25)) == pytest.approx(32 * np.exp(0.5), rel=1e-14)


def test_nth_derivative_of_arrays():
    x = np.linspace(0.5, 1.5, 5)
    f, want = np.sin, [np.sin, np.cos, lambda v: -np.sin(v), lambda v: -np.cos(v)]
    for order in range(4):
        np.testing.assert_allclose(f(x), want[order](x), rtol=1e-14)
        f = first_by_jvp(f)


# ---- what outlives its level ----

def test_escaped_inner_value_is_refused():
    """ForwardDiff.jl #443: an inner value assigned to a variable of the outer function."""
    def f(x):
        kept = []
        derivative(lambda y: kept.append(x * y) or y)(1.0)
        return kept[0]

    with pytest.raises(EscapedLevelError, match=r"derivative\(\)|jvp\(\).*after that call had finished"):
        derivative(f)(1.0)


def test_escaped_inner_value_by_nonlocal_is_refused():
    def f(x):
        def inner(y):
            nonlocal x
            x = x * y
            return y

        return derivative(inner)(1.0) * x

    with pytest.raises(EscapedLevelError, match="after that call had finished"):
        derivative(f)(1.0)


USES = {
    "operator": lambda v, x: v * x,
    "reflected operator": lambda v, x: 2.0 - v,
    "ufunc": lambda v, x: np.sin(v),
    "ufunc with plain operand": lambda v, x: np.add(v, 1.0),
    "function": lambda v, x: np.sum(v),
    "concatenate with current": lambda v, x: np.concatenate([v, x]),
    "stored in current": lambda v, x: x.__setitem__(slice(None), v),
    "current stored in it": lambda v, x: v.__setitem__(slice(None), x),
    "in place": lambda v, x: v.__iadd__(1.0),
    "matmul": lambda v, x: v @ x,
    "where": lambda v, x: np.where(x > 0, v, x),
    "returned": lambda v, x: v,
    "index": lambda v, x: v[0] * 1.0,
    "ufunc method": lambda v, x: np.add.reduce(v),
    "einsum": lambda v, x: np.einsum("i,i->", v, x),
    "max": lambda v, x: np.max(v),
    "composite": lambda v, x: np.var(v),
    "constant function": lambda v, x: x[int(np.argmax(v))],
}


@pytest.mark.parametrize("n", [3, 9], ids=["dense", "local"])
@pytest.mark.parametrize("use", USES)
def test_value_kept_from_an_earlier_derivative_is_refused(use, n):
    kept = []
    x = np.linspace(1.0, 2.0, n)
    jacobian(lambda v: kept.append(v * 1.0) or np.sum(v))(x)

    def later(v):
        USES[use](kept[0], v)
        return v if use != "returned" else kept[0]

    with pytest.raises(EscapedLevelError, match="after that call had finished"):
        jacobian(later)(x)


@pytest.mark.parametrize("transform", [derivative, jacobian, hessian, hessian_diag, value_grad_hess,
                                       lambda f: lambda x: jvp(f, (x,), (1.0,))],
                         ids=["derivative", "jacobian", "hessian", "hessian_diag", "value_grad_hess", "jvp"])
def test_scalar_kept_from_every_transform_is_refused(transform):
    kept = []
    transform(lambda v: kept.append(v * 1.0) or v * v)(2.0)
    with pytest.raises(EscapedLevelError, match="has_aux=True"):
        kept[0] + 1.0
    with pytest.raises(EscapedLevelError, match="after that call had finished"):
        transform(lambda v: v * kept[0])(1.0)


def test_value_kept_after_an_exception_is_refused():
    kept = []

    def fails(x):
        kept.append(x)
        raise ZeroDivisionError("on purpose")

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        derivative(fails)(1.0)
    with pytest.raises(EscapedLevelError, match="after that call had finished"):
        kept[0] * 2.0


def test_escaped_value_as_input_or_tangent_is_refused():
    kept = []
    derivative(lambda v: kept.append(v) or v)(2.0)
    with pytest.raises(EscapedLevelError, match="after that call had finished"):
        derivative(np.sin)(kept[0])
    with pytest.raises(EscapedLevelError, match="after that call had finished"):
        jvp(np.sin, (1.0,), (kept[0],))


def test_value_of_an_escaped_array_can_still_be_read():
    """Reading plain numbers drops no derivative in silence: .value is explicit, printing is for people."""
    kept = []
    jacobian(lambda v: kept.append(v) or v)(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(kept[0].value, [1.0, 2.0])
    assert "DualArray" in repr(kept[0])


def test_levels_are_never_reused():
    ids = []
    for _ in range(50):
        derivative(lambda v: ids.append(v.level.id) or v)(1.0)
        hessian(lambda v: ids.append(v.level.id) or v)(1.0)
    assert len(set(ids)) == 100
    assert ids == sorted(ids)


def test_inner_value_stored_in_an_outer_array_is_refused():
    """It would need the inner level's components in an array that outlives them."""
    def f(x):
        out = np.zeros_like(x)

        def inner(s):
            out[0] = s * x[1]
            return s

        derivative(inner)(1.0)
        return out

    with pytest.raises(StorageError, match=r"cannot store a value of .* in an array of jacobian\(\)"):
        jacobian(f)(X)


def test_outer_value_stored_in_an_inner_array_keeps_both_derivatives():
    def f(x):
        def inner(s):
            out = np.zeros_like(x * s)
            out[0] = x[0] * x[1]
            out[1:] = s * x[1:]
            return np.sum(out**2)

        return derivative(inner)(2.0)

    # d/ds of s**2 (x1**2 + x2**2) = 2 s (...)
    np.testing.assert_allclose(jacobian(f)(X), [0.0, 8 * X[1], 8 * X[2]], rtol=1e-14)


def test_outer_value_assigned_into_a_purely_inner_array_is_promoted():
    """The array of the inner level did not know the outer level when it was made."""
    def f(x):
        def inner(s):
            v = np.zeros_like(s * np.ones(3))
            v[1] = x[0]
            return np.sum(v * s)

        return derivative(inner)(2.0)

    np.testing.assert_array_equal(jacobian(f)(X), [1.0, 0.0, 0.0])


def test_nested_levels_in_threads_do_not_meet():
    """Two threads nest derivatives at the same time; levels come from one counter, values stay their own."""
    results = {}
    barrier = threading.Barrier(2)

    def work(k):
        def f(x):
            barrier.wait(timeout=30)
            return x * derivative(lambda y: barrier.wait(timeout=30) * 0 + k * x * y)(2.0)

        results[k] = float(derivative(f)(3.0))

    threads = [threading.Thread(target=contextvars.copy_context().run, args=(work, k)) for k in (1, 2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == {1: 6.0, 2: 12.0}


def test_manual_duals_inside_a_transform_are_another_level():
    """dual() values are of the lowest level: constants of a transform that keep their own tangents."""
    y, ty = jvp(lambda x: x * dualad.dual(2.0, 1.0), (3.0,), (1.0,))
    assert float(y.value) == 6.0
    assert float(y.tangents[0]) == 3.0
    assert float(ty.value) == 2.0
    assert float(ty.tangents[0]) == 1.0
