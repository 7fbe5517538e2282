"""scipy.spatial in plain user code: distances, rotations and trees against differences; kinks; the namespaces; a molecule."""

import numpy as np
import pytest
import scipy
import scipy.spatial as ss
import scipy.spatial.distance as sd
import scipy.spatial.transform as st
from mixtures import check, page, values
from scipy.spatial.transform import Rotation

import dualad
from dualad import errors
from dualad.rules import Constant, Refused, lookup, scipy_spatial
from dualad.rules.scipy_spatial.distances import METRICS
from dualad.scope.packages import spatial
from dualad.testing import check_derivatives

RNG = np.random.default_rng(20261204)
X, Z, W = RNG.random((5, 3)) + 0.1, RNG.random((4, 3)) + 0.2, np.array([0.5, 1.0, 2.0])
V, A, Q = np.array([0.3, -0.5, 0.8]), np.array([0.4, -0.7, 1.1]), np.array([0.3, -0.2, 0.5, 0.8])
VECTORS, TURN = RNG.normal(size=(4, 3)), Rotation.from_rotvec([0.2, 0.1, -0.4])
TREE, FEW = ss.KDTree(X), ss.cKDTree(X[:2])
WEIGHTED = ("braycurtis", "canberra", "chebyshev", "cityblock", "correlation", "cosine", "euclidean", "minkowski", "sqeuclidean")
KEYS = st.Slerp([0.0, 1.0, 2.5], Rotation.from_rotvec([V, A, -V]))

DISTANCES = {
    **{f"pdist {m}": (lambda x, m=m: sd.pdist(x, m), X) for m in METRICS},
    **{f"cdist {m}": (lambda x, m=m: sd.cdist(x, Z, metric=m), X) for m in METRICS},
    **{f"cdist both {m}": (lambda x, m=m: sd.cdist(Z * x[0], x, getattr(sd, m)), X) for m in ("euclidean", "cosine")},
    **{f"pdist {m} w": (lambda x, m=m: sd.pdist(x, m, w=W * x[0, 0]), X) for m in ("minkowski", "euclidean", "cityblock")},
    "pdist minkowski p": (lambda x: sd.pdist(x, "minkowski", p=3.5), X), "cdist minkowski inf": (lambda x: sd.cdist(
        x, Z, "minkowski", p=np.inf), X), "cdist seuclidean V": (lambda x: sd.cdist(x, Z, "seuclidean", V=x[0] ** 2), X),
    "cdist mahalanobis VI": (lambda x: sd.cdist(x, Z, "mahalanobis", VI=np.eye(3) * x[0, 0] + 0.1), X),
    "cdist lists": (lambda x: sd.cdist([[x[0, 0], 1.0], [2.0, x[1, 1]]], [[0.0, x[2, 0]]]), X), "cdist function": (lambda x: sd.cdist(
        X, Z, lambda a, b: x[0, 0] * np.sum(np.abs(a - b)) ** x[1, 1]), X), "cdist alias": (lambda x: sd.cdist(x, Z, "cb"), X),
    **{name: (lambda x, name=name: getattr(sd, name)(x[0], x[1]), X) for name in METRICS if name not in ("seuclidean", "mahalanobis")},
    **{f"{name} w": (lambda x, name=name: getattr(sd, name)(x[0], Z[1], w=x[2] * W), X) for name in WEIGHTED if name != "minkowski"},
    "minkowski p": (lambda x: sd.minkowski(x[0], x[1], 3, w=W), X), "minkowski 1": (lambda x: sd.minkowski(x[0], x[1], p=1), X),
    "seuclidean": (lambda x: sd.seuclidean(x[0], x[1], x[2]), X), "mahalanobis": (lambda x: sd.mahalanobis(
        x[0], x[1], np.eye(3) + np.outer(x[2], x[2])), X), "correlation plain": (lambda x: sd.correlation(x[0], x[1], centered=False), X),
    "jensenshannon axis": (lambda x: sd.jensenshannon(x, 1 + x**2, base=2, axis=1, keepdims=True), X),
    "squareform": (lambda x: sd.squareform(sd.pdist(x)), X), "squareform back": (lambda x: sd.squareform(x @ x.T, checks=False), X),
    "directed_hausdorff": (lambda x: sd.directed_hausdorff(x, Z)[0], X), "distance_matrix": (lambda x: ss.distance_matrix(x, x[:2] + 0.3, p=3), X),
    "minkowski_distance": (lambda x: ss.minkowski_distance(x, x[::-1] + 0.1, 1.5), X), "minkowski_distance_p": (
        lambda x: ss.minkowski_distance_p(x, 0.1 + x[::-1], np.inf), X), "procrustes": (lambda x: ss.procrustes(x[:4], Z)[2], X),
    "procrustes shapes": (lambda x: np.concatenate(ss.procrustes(x[:4], Z)[:2]), X), "geometric_slerp": (lambda x: ss.geometric_slerp(
        x[0] / np.linalg.norm(x[0]), x[1] / np.linalg.norm(x[1]), np.array([0.2, 0.7]) * x[2, 0]), X),
    "KDTree.query": (lambda z: TREE.query(z)[0], Z), "KDTree.query k": (lambda z: TREE.query(z, k=3, p=1)[0], Z),
    "cKDTree.query missing": (lambda z: np.where(np.isinf(d := FEW.query(z, k=3)[0]), 1.0, d), Z),
}
TURNS = {
    "from_rotvec": (lambda v: Rotation.from_rotvec(v).apply(VECTORS), V), "from_rotvec stack": (lambda v: Rotation.from_rotvec(
        np.stack([v, 2 * v, 1e-4 * v])).as_matrix(), V), "from_rotvec degrees": (lambda v: Rotation.from_rotvec(
            50 * v, degrees=True).as_rotvec(degrees=True), V), "from_quat": (lambda q: Rotation.from_quat(q).as_matrix(), Q),
    "from_quat first": (lambda q: Rotation.from_quat(q, scalar_first=True).as_quat(canonical=True, scalar_first=True), -Q),
    "from_mrp": (lambda v: Rotation.from_mrp(v).as_mrp(), V), "from_matrix": (lambda v: Rotation.from_matrix(
        Rotation.from_rotvec(v).as_matrix()).as_quat(), V), "from_matrix near": (lambda v: Rotation.from_matrix(
            np.eye(3) + 0.05 * np.outer(v, A)).as_rotvec(), V), "from_matrix far": (lambda v: Rotation.from_matrix(
                Rotation.from_rotvec(3.1 * v).as_matrix()).as_rotvec(), V),
    **{f"from_euler {s}": (lambda a, s=s: Rotation.from_euler(s, a).as_matrix(), A) for s in ("xyz", "ZXZ", "zyx", "XYX")},
    "from_euler one": (lambda a: Rotation.from_euler("y", a[0], degrees=True).apply(V * a), A), "from_euler stack": (
        lambda a: Rotation.from_euler("xz", np.stack([a[:2], a[1:]])).as_quat(), A),
    **{f"as_euler {s}": (lambda v, s=s: Rotation.from_rotvec(v).as_euler(s), V) for s in ("xyz", "ZXZ", "zyx", "XYX", "YZX", "yzy")},
    "as_euler degrees": (lambda v: Rotation.from_rotvec(v).as_euler("xyz", degrees=True), V), "as_rotvec": (
        lambda q: Rotation.from_quat(q).as_rotvec(), np.array([0.01, 0.02, -0.015, 0.99])), "as_rotvec far": (
            lambda q: Rotation.from_quat(q).as_rotvec(), -Q), "inv": (lambda v: Rotation.from_rotvec(v).inv().as_quat(), V),
    "apply": (lambda v: TURN.apply(v), V), "apply inverse": (lambda v: TURN.apply(np.outer(A, v), inverse=True), V), "apply both": (
        lambda v: Rotation.from_rotvec(v).apply(v * A, inverse=True), V), "__mul__": (lambda v: (TURN * Rotation.from_rotvec(
            v)).as_rotvec(), V), "__mul__ left": (lambda v: (Rotation.from_rotvec(v) * TURN * Rotation.from_mrp(v)).magnitude(), V),
    "__pow__ 1": (lambda v: (Rotation.from_rotvec(v) ** 1).as_mrp(), V), "__pow__": (lambda v: (Rotation.from_rotvec(v) ** 0.3).as_quat(), V),
    "__pow__ -1": (lambda v: (Rotation.from_rotvec(v) ** -1).as_quat(), V), "magnitude": (lambda q: Rotation.from_quat(q).magnitude(), Q),
    "as_quat": (lambda q: Rotation.from_quat(q).as_quat(), Q), "as_matrix": (lambda q: Rotation.from_quat(q).as_matrix(), -Q), "as_mrp": (
        lambda q: Rotation.from_quat(q).as_mrp(), -Q), "concatenate": (lambda v: Rotation.concatenate(
            [TURN, Rotation.from_rotvec(v)]).as_matrix()[1:], V), "items": (lambda v: Rotation.from_rotvec(np.outer(A, v))[1:].as_quat(), V),
    "approx_equal": (lambda v: v * Rotation.from_rotvec(v).approx_equal(TURN), V),
    "Slerp": (lambda v: st.Slerp([0.0, 1.0, 2.0 + v[0]], Rotation.from_rotvec(np.stack([v, A, 0.3 * v])))([0.4, 1.7]).as_matrix(), V),
    "Slerp.__call__": (lambda t: KEYS(t).as_quat(), np.array([0.0, 0.4, 2.0])), "Slerp single": (lambda t: KEYS(t[0]).as_rotvec(),
                                                                                             np.array([1.3])),
}
CASES = DISTANCES | TURNS


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name):
    f, x = CASES[name]
    want = np.asarray(f(x))
    for y in values(f, x):
        assert y.shape == want.shape
        # rotations are right to rounding
        if name in DISTANCES and name not in ("KDTree.query k", "cdist function"):
            np.testing.assert_array_equal(y, want)
        else:
            np.testing.assert_allclose(y, want, rtol=1e-13, atol=1e-14)
    if name == "Slerp.__call__":
        x = x + np.array([0.01, 0.0, 0.0])  # off the end of the times
    check(f, x, 1e-8, (1e-3, -2e-3))


# ---- where derivatives are a choice ----


def test_points_that_meet_have_slope_zero():
    x = np.array([[0.1, 0.2], [0.1, 0.2], [0.5, 0.1]])
    for metric in ("euclidean", "minkowski", "cityblock", "chebyshev", "sqeuclidean", "seuclidean", "canberra"):
        for mode in ("forward", "reverse"):
            J = dualad.jacobian(lambda x, m=metric: sd.pdist(x, m, **({"p": 3} if m == "minkowski" else {})), mode=mode)(x)
            assert np.array_equal(J[0], np.zeros((3, 2)))
            assert np.isfinite(J).all()
    VI = np.eye(2)
    assert np.array_equal(dualad.grad(lambda u: sd.mahalanobis(u, x[0], VI))(x[0]), [0, 0])
    assert np.array_equal(dualad.grad(lambda u: sd.jensenshannon(u, x[0]))(x[0]), [0, 0])
    assert np.isfinite(dualad.grad(lambda x: np.sum(sd.cdist(x, x)))(x)).all()
    assert np.array_equal(dualad.grad(lambda u: sd.chebyshev(u, [0.0, 0.0]))(np.array([1.0, -1.0])), [0.5, -0.5])


def test_numbers_of_points_and_triangles_are_constants():
    tri = ss.Delaunay(X[:, :2])

    def f(x):
        inside = tri.find_simplex(x) + ss.tsearch(tri, x)
        return x[:, 0] * inside + len(TREE.query_ball_point(x[0, 0] * np.ones(3), 1.0))

    at = np.mean(X[:, :2], axis=0) + np.array([[0.0, 0.0], [0.01, 0.02]])
    for mode in ("forward", "reverse"):
        np.testing.assert_array_equal(dualad.jacobian(f, mode=mode)(at)[[0, 1], [0, 1], 0], 2 * tri.find_simplex(at))


def test_rotations_at_the_identity():
    zero = np.zeros(3)
    J = dualad.jacobian(lambda v: Rotation.from_rotvec(v).as_matrix())(zero)
    generators = np.stack([np.cross(np.eye(3)[k], np.eye(3)).T for k in range(3)], axis=-1)
    np.testing.assert_allclose(J, generators, atol=1e-15)
    there = lambda v: Rotation.from_rotvec(v).as_rotvec()  # noqa: E731
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dualad.jacobian(there, mode=mode)(zero), np.eye(3), atol=1e-15)
    np.testing.assert_allclose(dualad.hessian(lambda v: there(v)[0])(zero), 0, atol=1e-15)
    H = dualad.hessian(lambda v: Rotation.from_rotvec(v).as_matrix()[0, 0])(zero)
    np.testing.assert_allclose(H, np.diag([0.0, -1.0, -1.0]), atol=1e-15)       # the second term of the exponential
    for size in (0.3159, 0.3165, 1e-8):                                         # on both sides of the series
        v = size * V / np.linalg.norm(V)
        np.testing.assert_allclose(dualad.jacobian(there)(v), np.eye(3), atol=1e-14)
    assert np.array_equal(dualad.grad(lambda v: Rotation.from_rotvec(v).magnitude())(zero), zero)


def test_a_twist_through_operators_and_functions():
    """The derivative of a product of rotations about one axis is that of the sum of the angles."""
    def turned(t):
        r = Rotation.from_euler("z", t) * Rotation.from_euler("z", 2 * t)
        return (r.inv() * Rotation.identity() * r * r).apply([1.0, 0.0, 0.0])

    t = 0.3
    np.testing.assert_allclose(dualad.derivative(turned)(t), 3 * np.array([-np.sin(3 * t), np.cos(3 * t), 0]), atol=1e-14)


@pytest.mark.parametrize(("f", "x", "error", "match"), [
    (lambda x: sd.pdist(x, "hamming"), X, errors.NoRuleError, "metrics covered are"), (
        lambda x: sd.cdist(x, Z, lambda a, b: a @ b), X, errors.NoRuleError, "metrics covered are"),
    (lambda x: sd.cdist(X, Z, "minkowski", p=1 + x[0, 0]), X, errors.NoRuleError, "p= of a metric"),
    (lambda x: sd.pdist(X, "minkowski", p=1 + x[0, 0]), X, errors.NoRuleError, "p= of a metric"),
    (lambda x: sd.minkowski(X[0], X[1], p=1 + x[0, 0]), X, errors.NoRuleError, "p carries derivatives"),
    (lambda x: sd.dice(x[0], x[1]), X, errors.NoRuleError, "truth values"), (lambda x: ss.ConvexHull(x).volume, X, errors.NoRuleError,
                                                                          "ConvexHull.*facets"),
    (lambda x: ss.KDTree(x).query(Z)[0], X, errors.NoRuleError, "KDTree.*constants"), (
        lambda x: TREE.sparse_distance_matrix(TREE, x[0, 0]), X, errors.NoRuleError, "sparse_distance_matrix"),
    (lambda v: Rotation.align_vectors(v, VECTORS)[0].as_quat(), VECTORS, errors.NoRuleError, "align_vectors"),
    (lambda v: Rotation.from_rotvec(v).mean().as_quat(), V, errors.NoRuleError, "mean"), (
        lambda v: st.RotationSpline([0, 1], Rotation.from_rotvec(v))(0.5), np.outer([1, 2], V), errors.NoRuleError, "RotationSpline.*Slerp"),
    (lambda v: Rotation.from_euler("xyz", [v[0], np.pi / 2, 0.3]).as_euler("xyz"), V, errors.DegenerateError, "gimbal lock"), (
        lambda v: (TURN ** v[0]).as_matrix(), V, errors.ConversionError, "drop the derivatives"),
    (lambda v: ss.geometric_slerp(v, v, 0.5), V / np.linalg.norm(V), errors.DegenerateError, "equal or opposite"),
])
@pytest.mark.filterwarnings("ignore:Gimbal lock:UserWarning")
def test_what_is_refused_says_so(f, x, error, match):
    for mode in ("forward", "reverse"):
        with pytest.raises(error, match=match):
            dualad.jacobian(f, mode=mode)(x)


# ---- the namespaces ----


@pytest.mark.parametrize(("module", "name"), [(m, n) for m in (ss, sd) for n, _ in scipy_spatial.public(m)])
def test_every_function_is_covered_constant_or_refused(module, name):
    rule = lookup(getattr(module, name))
    assert rule is not None
    tested = {n.split()[0] for n in CASES}
    if isinstance(rule, Refused):
        # pictures ask their argument for .points first
        with pytest.raises((errors.NoRuleError, AttributeError), match=f"{name}|points"):
            dualad.grad(lambda x: np.sum(getattr(module, name)(x)))(X)
    elif not isinstance(rule, Constant):
        assert name in tested


@pytest.mark.parametrize(("name", "cls"), [(n, c) for _, n, c in spatial.classes()])
def test_every_class_and_method_is_covered_or_refused(name, cls):
    tested = {n.split()[0] for n in CASES}
    if cls is not st.Slerp:
        with pytest.raises((errors.NoRuleError, errors.ConversionError), match=name):
            dualad.grad(lambda x: np.sum(cls(x)))(X)
    for method, fn in spatial.members(cls):
        full = f"{name}.{method}"
        if full in spatial.HANDLED:
            assert full in tested or method in tested
            continue
        if method in spatial.CONSTANT:
            continue
        assert fn in spatial.AWARE
        with pytest.raises(errors.NoRuleError, match=rf"{name}\.{method}"):
            spatial.AWARE[fn](None, fn, (dualad.dual(1.0, np.ones(1)),), {})


def test_the_page_is_what_the_generator_writes():
    made = page("make_spatial")
    if not scipy.__version__.startswith("1.17"):
        return  # the page is that of one SciPy
    assert made.PAGE.read_text() == made.render(), "run python docs/make_spatial.py"


# ---- in use ----


def test_the_energy_of_a_molecule():
    """Lennard-Jones: forces sum to zero, three atoms sit at the minimum 2^(1/6), where the Hessian has six zero modes."""
    def energy(x):
        r6 = sd.pdist(x.reshape(-1, 3)) ** -6
        return 4 * np.sum(r6 * (r6 - 1))

    r = 2 ** (1 / 6)
    x = r * np.array([[0, 0, 0], [1, 0, 0], [0.5, np.sqrt(0.75), 0]])
    np.testing.assert_allclose(dualad.grad(energy)(x.ravel()), 0, atol=1e-12)
    modes = np.linalg.eigvalsh(dualad.hessian(energy)(x.ravel()))
    np.testing.assert_allclose(modes[:6], 0, atol=1e-10)
    # the second derivative of one pair is 72 / r^2; an equilateral triangle of springs has modes of 3/2, 3/2 and 3 of it
    np.testing.assert_allclose(modes[6:], np.array([1.5, 1.5, 3.0]) * 72 / r**2, rtol=1e-10)
    check_derivatives(energy, (x + 0.05 * X[:3]).ravel())
    assert abs(np.sum(dualad.grad(energy)((x + 0.05 * X[:3]).ravel()).reshape(-1, 3), axis=0)).max() < 1e-11
