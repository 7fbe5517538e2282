"""Laws of elementwise rules: inputs from the declared domain and edges, all orders up to three.

May import: api, core, gradients, rules, numpy and its siblings.
"""

from __future__ import annotations

import itertools

import numpy as np

from .. import api
from ..core import jets
from ..core.protocol import second, tangents
from ..gradients import vjp
from .modes import compare_exact
from .oracles import complex_step, differences, second_differences, unreliable
from .report import DerivativeMismatch

__all__ = ["check_elementwise", "draw_operands"]

LAYOUTS = ("contiguous", "strided", "reversed", "fortran", "read-only", "zero size", "scalar")
TRUST = 16.0
SINGLE = float(np.finfo(np.float32).eps)


def draw_operands(rule, rng, samples):
    """`samples` points inside the declared domain of each operand, over a few orders of magnitude."""
    return [_points(domain, rng, samples) for domain in rule.domain]


def _points(domain, rng, n):
    lo, hi = domain.lo, domain.hi
    if domain.whole:
        return rng.integers(int(lo), int(hi) + 1, n)
    if np.isfinite(lo) and np.isfinite(hi):
        return rng.uniform(lo, hi, n)
    size = np.exp(rng.normal(0.0, 1.0, n))
    if np.isfinite(lo):
        return lo + size
    if np.isfinite(hi):
        return hi - size
    return size * rng.choice([-1.0, 1.0], n)


def edge_operands(rule):
    """The declared special points as one array for each operand."""
    points = [np.broadcast_to(np.asarray(e, dtype=np.float64), (rule.nin,)) for e in rule.edges]
    return [np.array([p[k] for p in points]) for k in range(rule.nin)]


def partials(rule, x, active=None):
    """Value, first partials and second partials at plain operands, through a hyper-dual block."""
    active = range(rule.nin) if active is None else active
    level = jets.Level("check_rule")
    layout = jets.symmetric_layout(len(active))
    operands = list(x)
    for p, i in enumerate(active):
        block = component_block(x[i], 1 + layout.P)
        block[0], block[1 + p] = x[i], 1.0
        operands[i] = jets.make(level, layout, block)
    out = jets.apply(rule, *operands)
    pairs = [(active[i], active[j]) for i, j in zip(*layout.pairs, strict=True)]
    found = out.block[0], dict(zip(active, tangents(out), strict=True)), dict(zip(pairs, second(out), strict=True))
    level.close()
    return found


def component_block(x, ncomp):
    """Zeros of shape (ncomp, *x.shape) whose components have the memory layout of `x`."""
    x = np.asarray(x)
    order = sorted(range(x.ndim), key=lambda k: -abs(x.strides[k]))
    gap = 1 if x.size == 0 or not x.ndim or min(map(abs, x.strides)) == x.itemsize else 3
    block = np.zeros((ncomp, *(x.shape[k] for k in order[:-1]), *(x.shape[k] * gap for k in order[-1:])), dtype=x.dtype)
    block = block[..., ::gap] if x.ndim else block
    block = np.transpose(block, (0, *(1 + order.index(k) for k in range(x.ndim))))
    return block[(slice(None), *(slice(None, None, -1 if s < 0 else 1) for s in x.strides))]


def nested(rule, x, directions):
    """Derivative along one operand after another: forward of forward (of forward)."""
    def once(f, i):
        def slope(*args):
            return api.jvp(lambda v: f(*args[:i], v, *args[i + 1:]), (args[i],), (np.ones(np.shape(x[i])),))[1]

        return slope

    f = lambda *args: jets.apply(rule, *args)
    for i in directions:
        f = once(f, i)
    return f(*x)


def check_elementwise(rule, report, rng, samples, order):
    """All laws of one rule."""
    active = rule.active
    inside = draw_operands(rule, rng, samples)
    edges = edge_operands(rule)
    inside = [np.asarray(v) if i in active else _constant(rule, i, v, edges) for i, v in enumerate(inside)]
    sets = [inside, *([edges] if rule.edges else [])]
    for x in sets:
        x = [v if i in active else _constant(rule, i, v, edges) for i, v in enumerate(x)]
        with np.errstate(all="ignore"):
            _primal(rule, report, x, active)
            _modes(rule, report, x, active, order)
            _reverse(rule, report, x, active, order)
            _batch(rule, report, x, active, rng)
    with np.errstate(all="ignore"):
        _oracle(rule, report, inside, active, order)
        _layouts(rule, report, inside, active)
        _float32(rule, report, inside, active)


def _constant(rule, i, drawn, edges):
    """Operands without a partial may be integers (ldexp): take what the edges show."""
    if rule.domain[i].whole:
        return np.asarray(drawn).astype(np.int64)
    if rule.edges and any(isinstance(e, tuple) and isinstance(e[i], int) for e in rule.edges):
        return np.resize(edges[i].astype(np.int64) % 8, np.shape(drawn))
    return drawn


def _place(x, name=""):
    """Words for one entry: the operands there."""
    def words(*index):
        values = ", ".join(repr(float(np.broadcast_to(v, np.shape(x[0]))[index])) for v in x)
        return f"{name}x = ({values})" if len(x) > 1 else f"{name}x = {values}"

    return words


def _bits(report, law, found, wanted, words):
    """Equal shape, dtype and bits (any NaN equals any other)."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape or found.dtype != wanted.dtype:
        raise DerivativeMismatch(f"{report.name}: {law}: found {found.dtype} of shape {found.shape}, wanted {wanted.dtype} of "
                                 f"shape {wanted.shape}", law=law)
    same = (found == wanted) & (np.signbit(found) == np.signbit(wanted)) | np.isnan(found) & np.isnan(wanted)
    if not same.all():
        index = np.unravel_index(np.argmin(same), same.shape)
        where = words(*index)
        raise DerivativeMismatch(
            f"{report.name}: {law} at {where}: found {found[index]!s}, wanted {wanted[index]!s}, {int((~same).sum())} of "
            f"{same.size} entries differ", law=law, where=where, found=float(found[index]), wanted=float(wanted[index]))
    report.add(law, 0.0, found.size)


def _primal(rule, report, x, active):
    copies = [v.copy() for v in x]
    y, _, _ = partials(rule, x, active)
    _bits(report, "primal: value under derivatives against plain value", y, rule.fn(*x), _place(x))
    for v, old in zip(x, copies, strict=True):
        if v.tobytes() != old.tobytes():
            raise DerivativeMismatch(f"{report.name}: the rule changed its operands in place", law="inputs intact")


def _modes(rule, report, x, active, order):
    """Hyper-dual against dual, against forward of forward, and symmetry of mixed partials."""
    _, first, curved = partials(rule, x, active)
    for i in active:
        law = f"partial {i}: dual against hyperdual"
        compare_exact(report, law, nested(rule, x, (i,)), first[i], _place(x), 1e-14)
    if order < 2:
        return
    for i, j in curved:
        for k, l in {(i, j), (j, i)}:
            law = f"second partial ({k}, {l}): nested against hyperdual"
            compare_exact(report, law, nested(rule, x, (k, l)), curved[i, j], _place(x), 1e-12)


def _reverse(rule, report, x, active, order):
    """Pullbacks against partials, and both second orders over them."""
    y, first, curved = partials(rule, x, active)
    ones, xs = np.ones_like(y), tuple(x[i] for i in active)

    def f(*given):
        operands = list(x)
        for i, v in zip(active, given, strict=True):
            operands[i] = v
        return jets.apply(rule, *operands)

    def gradient(*given):
        return vjp(f, *given)[1](ones)

    value, pullback = vjp(f, *xs)
    _bits(report, "primal: value under reverse mode against plain value", value, y, _place(x))
    for i, g in zip(active, pullback(ones), strict=True):
        compare_exact(report, f"partial {i}: reverse against hyperdual", g, first[i], _place(x), 1e-14)
    if order < 2:
        return
    for a, i in enumerate(active):
        def slope(*given, a=a):
            return gradient(*given)[a]

        back = vjp(slope, *xs)[1](ones)
        for b, j in enumerate(active):
            want = curved[min(i, j), max(i, j)]
            over = api.jvp(slope, xs, tuple(np.ones_like(v) if k == b else np.zeros_like(v) for k, v in enumerate(xs)))[1]
            for name, found in (("forward-over-reverse", over), ("reverse-over-reverse", back[b])):
                compare_exact(report, f"second partial ({i}, {j}): {name} against hyperdual", found, want, _place(x), 1e-12)


def _batch(rule, report, x, active, rng):
    """Three random tangents at once against one at a time."""
    T = [rng.uniform(0.5, 2.0, (3, *v.shape)) * rng.choice([-1.0, 1.0], (3, *v.shape)) for v in x]

    def run(which):
        level = jets.Level("check_rule")
        layout = jets.dual_layout(len(which))
        operands = [jets.make(level, layout, np.concatenate([v[None], t[which]])) if i in active else v
                    for i, (v, t) in enumerate(zip(x, T, strict=True))]
        out = tangents(jets.apply(rule, *operands))
        level.close()
        return out

    together = run([0, 1, 2])
    for p in range(3):
        law = "batch: three tangents against one"
        compare_exact(report, law, together[p], run([p])[0], _place(x, f"tangent {p}, "), 1e-14)


def _steps(rule, x, i):
    """Largest steps in operand i that stay inside its domain, and small against the operand."""
    lo, hi, nonzero, _ = rule.domain[i]
    room = np.minimum(x[i] - lo, hi - x[i])
    room = np.minimum(room, np.abs(x[i])) if nonzero else room
    return np.minimum(0.125 * np.maximum(np.abs(x[i]), 0.5), 0.4 * room)


def _oracle(rule, report, x, active, order):
    """First, second and third partials against differences (and the complex step) at points of the domain."""
    y, first, curved = partials(rule, x, active)

    def moved(f, i):
        return lambda t: f(*(v + t if k == i else v for k, v in enumerate(x)))

    def compare(law, exact, phi, k, center, natural, method=differences):
        step = _steps(rule, x, k)
        found = method(phi, step)
        _inexact(report, law, exact, found, x, natural,
                 lambda: unreliable(phi, step / 64.0, center, found, method))
        return found

    def size(v, k):
        return np.abs(v) / np.maximum(np.abs(x[k]), 1.0)

    for i in active:
        value = moved(rule.fn, i)
        found = compare(f"d1[{i}]: d1 against differences", first[i], value, i, y, size(y, i))
        _analytic(report, i, value, y, first[i], found, x)
    for i in range(rule.nin):
        if rule.d1[i] is None and x[i].dtype.kind == "f":
            compare(f"d1[{i}]: declared zero against differences", np.zeros_like(y), moved(rule.fn, i), i, y, size(y, i))
    if order < 2:
        return
    for i, j in curved:
        slope = moved(lambda *a, i=i: partials(rule, a, active)[1][i], j)
        compare(f"d2[{i}, {j}]: d2 against differences of d1", curved[i, j], slope, j, first[i], size(first[i], j))
        if i == j:
            compare(f"d2[{i}, {j}]: d2 against second differences of the function", curved[i, j], moved(rule.fn, i), i, y,
                    size(size(y, i), i), lambda phi, step: second_differences(phi, step, y))
    for i, j, k in itertools.combinations_with_replacement(active, 3):
        bend = moved(lambda *a, i=i, j=j: partials(rule, a, active)[2][i, j], k)
        compare(f"third partial ({i}, {j}, {k}): nested against differences of d2", nested(rule, x, (i, j, k)), bend, k,
                curved[i, j], size(curved[i, j], k))


def _inexact(report, law, exact, estimate, x, natural, doubt):
    """Entry by entry within the estimated error of the differences; raise, or note where they are unreliable.

    `natural` is the size the derivative would have if the function changed at all: an error that is small against it is small.
    """
    value, error = estimate
    exact = np.broadcast_to(exact, np.shape(value))
    size = np.where(np.isfinite(exact), np.maximum(np.abs(exact), np.abs(value)), np.abs(value))
    usable = np.isfinite(value) & (error <= 1e-3 * size + 1e-5 * natural + 1e-300)
    gap = np.where(np.isfinite(exact), np.abs(exact - value), np.inf)
    bad = usable & (gap > TRUST * error + 1e-11 * size)
    if bad.any():
        bent = doubt()
        usable, bad = usable & ~bent, bad & ~bent
    if bad.any():
        _disagree(report, law, exact, estimate, x, np.where(bad, gap, np.nan))
    if not usable.all():
        k = int(np.argmin(usable))
        report.inconclusive.append(f"{law}: differences unreliable at {_place(x)(k)} and {int((~usable).sum()) - 1} more points")
    if usable.any():
        scale = np.maximum(size, natural) + 1e-300
        report.add(law, float(np.max((gap / scale)[usable])), int(usable.sum()), float(np.max((error / scale)[usable])))


def _disagree(report, law, exact, estimate, x, gap):
    value, error = estimate
    k = int(np.nanargmax(gap / (np.maximum(np.abs(exact), np.abs(value)) + 1e-300)))
    where = _place(x)(k)
    who = law.split(": ")[1].split(" against ")[0]
    raise DerivativeMismatch(
        f"{report.name}: {law} at {where}: {who} gives {exact[k]!s}, differences give {value[k]!s} with estimated error "
        f"{error[k]:.1e}; difference {gap[k]:.3g}, relative {gap[k] / max(abs(value[k]), 1e-300):.3g}, "
        f"{int(np.isfinite(gap).sum())} of {gap.size} points disagree",
        law=law, where=where, found=float(exact[k]), wanted=float(value[k]), error=float(error[k]))


def _analytic(report, i, value, y, exact, estimate, x):
    """d1 against the complex step, where the function takes complex numbers and differences confirm it."""
    found = complex_step(value, y)
    if found is None:
        return
    size = np.maximum(np.abs(found), np.abs(estimate.value))
    agrees = np.isfinite(found) & (np.abs(found - estimate.value) <= TRUST * estimate.error + 1e-9 * size)
    agrees &= estimate.error <= 1e-4 * size
    if agrees.any():
        compare_exact(report, f"d1[{i}]: d1 against complex step", np.broadcast_to(exact, y.shape)[agrees], found[agrees],
                      _place([np.broadcast_to(v, y.shape)[agrees] for v in x]), 1e-11)


def arrange(v, layout):
    """The numbers of a vector in another memory layout or shape."""
    n = len(v) // 2 * 2
    if layout == "strided":
        return np.repeat(v, 3)[::3]
    if layout == "reversed":
        return v[::-1].copy()[::-1]
    if layout == "fortran":
        return np.asfortranarray(v[:n].reshape(2, n // 2))
    if layout == "zero size":
        return v[:0].reshape(0, 3)
    if layout == "scalar":
        return v[0]
    v = v.copy()
    v.flags.writeable = layout != "read-only"
    return v


def _layouts(rule, report, x, active):
    """Value bits, and partials equal to those of the contiguous array, in every layout."""
    for layout in LAYOUTS:
        laid = [arrange(v, layout) for v in x]
        y, first, curved = partials(rule, laid, active)
        shape = np.shape(laid[0])
        _bits(report, f"primal, {layout}: value under derivatives against plain value", np.asarray(y), rule.fn(*laid), _place(laid))
        plain = [np.array(v, order="C") for v in laid]
        _, first_plain, curved_plain = partials(rule, plain, active)
        for i in active:
            if np.shape(first[i]) != shape:
                raise DerivativeMismatch(f"{report.name}: shape, {layout}: the tangent has shape {np.shape(first[i])}, its value "
                                         f"{shape}", law=f"shape, {layout}")
            compare_exact(report, f"layout, {layout}: this layout against contiguous", np.asarray(first[i]),
                          np.asarray(first_plain[i]), _place(laid), 1e-14)
        for key in curved:
            compare_exact(report, f"layout, {layout}: this layout against contiguous", np.asarray(curved[key]),
                          np.asarray(curved_plain[key]), _place(laid), 1e-13)


def _float32(rule, report, x, active):
    """float32 in, float32 out, the plain function's bits, and partials right to single precision."""
    low = [v.astype(np.float32) if v.dtype.kind == "f" else v for v in x]
    y, first, curved = partials(rule, low, active)
    want = rule.fn(*low)
    _bits(report, "primal, float32: value under derivatives against plain value", y, want, _place(low))
    high = [v.astype(np.float64) if v.dtype.kind == "f" else v for v in low]
    _, first64, curved64 = partials(rule, high, active)
    for i in active:
        if np.asarray(first[i]).dtype != want.dtype:
            raise DerivativeMismatch(f"{report.name}: dtype: tangents of {low[i].dtype} operands have dtype {first[i].dtype}, the "
                                     f"value has {want.dtype}", law="dtype")
        compare_exact(report, "dtype: float32 against float64", first[i].astype(float), first64[i], _place(low), 1e-3,
                      error=SINGLE)
    for key in curved:
        compare_exact(report, "dtype: float32 against float64", curved[key].astype(float), curved64[key], _place(low), 1e-2,
                      error=SINGLE)
