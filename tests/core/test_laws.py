"""Laws over the whole registry: values, modes, layouts, warnings, errors, SIMD tails, views, and both engines alike.

Nothing here names a primitive that the registry could name, except in the table of views.
"""

import importlib
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import dualad
from dualad import errors
from dualad.core import forward, jets
from dualad.core.protocol import second, tangents
from dualad.rules import declared, kinds
from dualad.rules.kinds import Elementwise
from dualad.rules.systems import Own
from dualad.testing.elementwise import component_block, draw_operands, edge_operands, nested, partials
from dualad.testing.modes import check_derivatives

# every table of calls that the tests of the rules keep
TABLES = [importlib.import_module(f"..rules.{path.stem}", __package__).CASES
          for path in sorted(Path(__file__).parents[1].glob("rules/cases_*.py"))]
kinds.load_all()
RULES = declared(Elementwise)
SHAPES = [(), (1,), (7,), (3, 4), (2, 3, 4), (0,), (0, 3)]
RULE = pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)


def active_of(rule):
    return rule.active


def operands(rule, n, seed=1):
    """n points of the domain for each operand; operands that must be integers are."""
    x = draw_operands(rule, np.random.default_rng(seed), n)
    return [v if _takes_float(rule, i) else np.rint(v).astype(np.int64) for i, v in enumerate(x)]


def _takes_float(rule, i):
    return not isinstance(rule.fn, np.ufunc) or any(t.split("->")[0][i] == "d" and t[-1] == "d" for t in rule.fn.types)


def same_bits(found, wanted, what=""):
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape, what
    assert found.dtype == wanted.dtype, what
    same = (found == wanted) & (np.signbit(found) == np.signbit(wanted)) | np.isnan(found) & np.isnan(wanted)
    assert same.all(), f"{what}: found {found[~same][:3]}, wanted {wanted[~same][:3]}"


def close(found, wanted, rtol, what=""):
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-300, err_msg=what)


def layouts(v):
    """The same numbers in every memory layout."""
    yield "contiguous", v.copy()
    frozen = v.copy()
    frozen.flags.writeable = False
    yield "read-only", frozen
    if v.ndim:
        yield "strided", np.repeat(v, 2, axis=-1)[..., ::2]
        yield "reversed", v[..., ::-1].copy()[..., ::-1]
        yield "fortran", np.asfortranarray(v)


def everything(rule, dtype):
    """(name, operands) over all shapes and layouts."""
    for shape in SHAPES:
        base = [np.reshape(v, shape) for v in operands(rule, int(np.prod(shape)))]
        base = [v.astype(dtype) if v.dtype.kind == "f" else v for v in base]
        for laid in zip(*(layouts(v) for v in base), strict=True):
            yield f"{laid[0][0]} {shape}", [v for _, v in laid]


# ---- elementwise: values, dtypes, inputs ----


@RULE
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_primal_dtype_shape_intact(rule, dtype):
    active = active_of(rule)
    for name, x in everything(rule, dtype):
        before = [v.copy() for v in x]
        y, first, curved = partials(rule, x, active)
        plain = rule.fn(*x)
        same_bits(y, plain, name)
        for part in [*first.values(), *curved.values()]:
            assert np.shape(part) == np.shape(plain)
            assert part.dtype == plain.dtype
        for v, old in zip(x, before, strict=True):
            assert v.tobytes() == old.tobytes()


@RULE
def test_partials_do_not_depend_on_layout_or_rank(rule):
    active = active_of(rule)
    for name, x in everything(rule, np.float64):
        flat = [np.array(v).reshape(-1) for v in x]
        _, first, curved = partials(rule, x, active)
        _, first_flat, curved_flat = partials(rule, flat, active)
        for i in active:
            close(np.ravel(first[i]), first_flat[i], 1e-14, name)
        for key in curved:
            close(np.ravel(curved[key]), curved_flat[key], 1e-13, name)


@RULE
def test_broadcasting(rule):
    """Operands of different ranks, jets and constants mixed: as if expanded by hand."""
    if rule.nin != 2:
        return
    p, q = operands(rule, 12)
    for a, b in [(p.reshape(3, 4), q[:4]), (p[:3].reshape(3, 1), q[:4]), (p[:1], q.reshape(3, 4)), (p.reshape(3, 4), q[0]),
                 (p[0], q[:4]), (p[:0].reshape(0, 1), q[:3])]:
        wide = np.broadcast_arrays(a, b)
        for i in active_of(rule):
            def run(x, y, i=i):
                return dualad.jvp(lambda v: jets.apply(rule, *((v, y) if i == 0 else (x, v))), ((x, y)[i],),
                                  (np.ones_like((x, y)[i]),))

            y, t = run(a, b)
            want, t_want = run(*(w.copy() for w in wide))
            same_bits(y, rule.fn(a, b))
            close(y, want, 1e-15)
            close(t, t_want, 1e-14)


# ---- elementwise: modes ----


@RULE
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_hyper_is_forward_of_forward(rule, shape):
    x = [np.reshape(v, shape) for v in operands(rule, int(np.prod(shape)), 2)]
    active = active_of(rule)
    _, first, curved = partials(rule, x, active)
    for i in active:
        close(nested(rule, x, (i,)), first[i], 1e-14)
    for i, j in curved:
        close(nested(rule, x, (i, j)), curved[i, j], 1e-12)
        close(nested(rule, x, (j, i)), curved[i, j], 1e-12)


@RULE
def test_batch(rule):
    """P tangents at once equal P single runs, first and second order."""
    rng = np.random.default_rng(3)
    x, active = operands(rule, 7), active_of(rule)
    T = rng.normal(size=(5, len(x), 7))

    def run(which):
        level, layout = jets.Level("test"), jets.symmetric_layout(len(which))
        seeded = []
        for i, v in enumerate(x):
            block = np.zeros((1 + layout.P, 7))
            block[0], block[1:] = v, T[which, i]
            seeded.append(jets.make(level, layout, block) if i in active else v)
        out = jets.apply(rule, *seeded)
        table = dict(zip(zip(*layout.pairs, strict=True), second(out), strict=True))
        return tangents(out), table

    together, pairs = run(range(5))
    for p in range(5):
        single, own = run([p])
        close(together[p], single[0], 1e-14)
        np.testing.assert_allclose(pairs[p, p], own[0, 0], rtol=1e-12, atol=1e-14 * np.abs(own[0, 0]).max())


@RULE
def test_both_engines_agree(rule):
    """The compiled path against the formulas run through NumPy, inside the domain and at its edges."""
    active = active_of(rule)
    for x in (operands(rule, 33), edge_operands(rule)):
        x = [v if _takes_float(rule, i) else np.clip(v, -1100, 1100).astype(np.int64) for i, v in enumerate(x)]
        if not x[0].size:
            continue
        level, layout = jets.Level("test"), jets.symmetric_layout(len(active))
        seeded = list(x)
        for p, i in enumerate(active):
            block = component_block(x[i], 1 + layout.P)
            block[0], block[1 + p] = x[i], 1.0
            seeded[i] = jets.make(level, layout, block)
        with np.errstate(all="ignore"):
            fast = jets.apply(rule, *seeded)
            slow = forward._elementwise_slow(rule, tuple(seeded), level)
            same_bits(fast.block[0], slow.block[0])
            close(tangents(fast), tangents(slow), 1e-14)
            close(second(fast), second(slow), 1e-13)


SCRIPT = """
import pickle, sys
import numpy as np
from dualad.rules import declared
from dualad.rules.kinds import Elementwise, load_all
from dualad.rules.systems import Own
from dualad.testing.elementwise import draw_operands, partials
load_all()
out = {}
for rule in declared(Elementwise):
    x = draw_operands(rule, np.random.default_rng(5), 19)
    if "d" not in {t[1] for t in getattr(rule.fn, "types", ["dd"]) if rule.nin == 2 and t[0] == "d"} and rule.nin == 2:
        x[1] = np.rint(x[1]).astype(np.int64)
    active = rule.active
    out[rule.name] = partials(rule, x, active)
sys.stdout.buffer.write(pickle.dumps(out))
"""


def test_fallback_build_agrees():
    """The whole table again with borrowed loops switched off, in another process."""
    def run(fallback):
        env = {**os.environ, "DUALAD_FALLBACK": fallback, "PYTHONPATH": str(Path(dualad.__file__).parents[1])}
        return pickle.loads(subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, env=env).stdout)

    with_loops, without = run("0"), run("1")
    assert set(with_loops) == set(without) == {r.name for r in RULES}
    for name, (y, first, curved) in with_loops.items():
        same_bits(without[name][0], y, name)
        for i in first:
            close(without[name][1][i], first[i], 1e-14, name)
        for key in curved:
            close(without[name][2][key], curved[key], 1e-13, name)


# ---- elementwise: special values ----

SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 5e-324, -1e-310, 1e308]


@RULE
def test_simd_tail(rule):
    """What comes out of an element does not depend on the length of the array or on its place there."""
    if rule.name.startswith("scipy."):
        return  # its loops are scalar, and some do not return from infinite arguments (hyp1f1)
    active = active_of(rule)
    filler = operands(rule, 17, 4)
    for special in SPECIAL:
        for i in active:
            want = None
            for n in range(1, 18):
                for place in range(n):
                    x = [v[:n].copy() for v in filler]
                    for k, v in enumerate(x):
                        v[place] = special if k == i else filler[k][0]
                    with np.errstate(all="ignore"):
                        _, first, curved = partials(rule, x, active)
                    got = np.array([float(v[place]) for v in (*first.values(), *curved.values())])
                    want = got if want is None else want
                    close(got, want, 1e-14, f"{special} at {place} of {n}")


def heard(f):
    """Warnings of a call, with NumPy's default error handling."""
    with warnings.catch_warnings(record=True) as log:
        warnings.simplefilter("always")
        f()
    return {(w.category, str(w.message)) for w in log}


@RULE
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_same_warnings(rule, dtype):
    """A derivative warns exactly when the plain function does, point by point."""
    active = active_of(rule)
    points = [np.concatenate([a, b]) for a, b in zip(edge_operands(rule), operands(rule, 5), strict=True)]
    points += [np.resize(SPECIAL, len(points[0]))] * (not rule.edges and rule.nin - len(points))
    for k in range(len(points[0])):
        with np.errstate(all="ignore"):
            x = [v[k:k + 1] if _takes_float(rule, i) else np.clip(v[k:k + 1], -1100, 1100).astype(np.int64)
                 for i, v in enumerate(points)]
            x = [v.astype(dtype) if v.dtype.kind == "f" else v for v in x]
        assert heard(lambda x=x: partials(rule, x, active)) == heard(lambda x=x: rule.fn(*x)), f"at {x}"


@RULE
def test_throws_when_numpy_throws(rule):
    good = operands(rule, 4)
    if active_of(rule)[:1] != [0]:
        return  # its first operand counts: it cannot be the jet
    jet = dualad.dual(good[0].astype(float), np.ones(4))
    bad = [(jet, *good[1:], 1.0, 2.0, 3.0)]
    if rule.nin == 2:
        bad += [(jet, good[1][:3]), (jet[:3], np.resize(good[1], (4, 4))), (jet, "text"), (jet,)]
    if isinstance(rule.fn, np.ufunc):
        for args in bad:
            plain = [v.value if isinstance(v, jets.Jet) else v for v in args]
            with pytest.raises((TypeError, ValueError)) as caught:
                rule.fn(*plain)
            kind = ValueError if isinstance(caught.value, ValueError) else TypeError
            with pytest.raises(kind, match=r"."):
                rule.fn(*args)
        fine = [v.astype(float) if v.dtype.kind == "f" else v for v in good]
        assert np.shape(rule.fn(jet, *fine[1:])) == (4,)


# ---- views: whatever NumPy gives as a view is one, and nothing else ----

VIEWS = {
    name: (lambda a, name=name: eval(name, {"np": np, "a": a}))
    for name in """
np.flip(a) | np.flip(a, 0) | np.fliplr(a) | np.flipud(a) | np.rot90(a) | np.rot90(a, 2) | np.rot90(a, 4) | np.ravel(a) | a.ravel()
np.ravel(a, order='F') | np.ravel(a.T, order='F') | np.ravel(a[::-1]) | np.ravel(a[:, ::-1]) | a.T.ravel()
np.reshape(a, -1) | np.reshape(a, -1, order='F') | np.reshape(a.T, -1) | np.reshape(a.T, -1, order='F') | a[..., ::2].reshape(-1)
np.reshape(a, a.shape + (1,)) | np.reshape(a[::-1], -1) | a[..., None].reshape(-1) | np.reshape(a.T, a.shape, order='F')
np.squeeze(a[None]) | np.expand_dims(a, 0) | np.expand_dims(a, -1) | np.swapaxes(a, 0, -1) | np.moveaxis(a, 0, -1)
np.rollaxis(a, -1) | np.transpose(a) | a.T | np.matrix_transpose(a) | np.permute_dims(a)
np.atleast_1d(a) | np.atleast_2d(a) | np.atleast_3d(a)
np.split(a, [1])[0] | np.array_split(a, 2)[1] | np.vsplit(a, [1])[1] | np.dsplit(a, [1])[1] | np.unstack(a[None])[0]
a[...] | a[()]
a[1:] | a[::-1] | a[None] | a[..., 1:] | np.real(a) | a.real | np.copy(a) | a.copy() | a.flatten() | np.tile(a, 1)
np.repeat(a, 1) | np.roll(a, 1) | a + 0 | np.positive(a) | np.take(a, [0]) | a[[0]] | a[a > 2] | np.conjugate(a) | a.astype(float)
np.concatenate([a])
np.where(True, a, a) | np.sort(a) | np.pad(a, 0) | np.append(a, a) | np.clip(a, -100, 100) | np.resize(a, a.shape)
np.delete(a, []) | np.astype(a, float, copy=False)
""".replace("\n", "|").split("|") for name in [name.strip()] if name
}
ARRAYS = [np.arange(6.0) + 1, np.arange(6.0).reshape(2, 3) + 1, np.arange(24.0).reshape(2, 3, 4) + 1]


@pytest.mark.parametrize("name", VIEWS)
def test_views_are_numpys(name):
    """Writing to the result changes the array exactly where NumPy's would."""
    applied = 0
    for x in ARRAYS:
        def program(x):
            a = x * 1.0
            b = VIEWS[name](a)
            b[(0,) * np.ndim(b)] = -77.0
            return a, b

        try:
            want = program(x)
        except (ValueError, IndexError):
            continue  # NumPy refuses this call at this rank
        applied += 1
        got, slopes = dualad.jvp(program, (x,), (x,))
        for g, w, t in zip(got, want, slopes, strict=True):
            np.testing.assert_array_equal(g, w)
            np.testing.assert_array_equal(t, np.where(w == -77.0, 0.0, w))
    assert applied


# ---- the other kinds, through NumPy's own functions ----


def cases():
    for table in TABLES:
        for key, calls in table.items():
            rule = kinds.lookup(key)
            for k, (args, kwargs) in enumerate(calls if rule else ()):  # calls without a rule: test_every_rule_has_a_case
                yield pytest.param(rule, args, kwargs, id=f"{rule.name}-{k}")


def floating(a):
    return isinstance(a, np.ndarray) and a.dtype.kind == "f"


class Call:
    """A case as a function of its floating arrays (in lists, too)."""

    def __init__(self, rule, args, kwargs):
        self.rule, self.args, self.kwargs = rule, args, kwargs
        self.fn = getattr(*rule.fn) if isinstance(rule.fn, tuple) else rule.fn
        self.active = [a for arg in args for a in (arg if isinstance(arg, (list, tuple)) else [arg]) if floating(a)]
        self.__name__ = rule.name

    def __call__(self, *given):
        given = iter(given)

        def fill(arg):
            if isinstance(arg, (list, tuple)) and any(floating(a) for a in arg):
                return type(arg)(fill(a) for a in arg)
            return next(given) if floating(arg) else arg

        args = [fill(a) for a in self.args]
        args[0] = args[0] * 1.0 if self.in_place else args[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing, overflowing norms: NumPy's own
            out = self.fn(*args, **self.kwargs)
        out = args[0] if out is None else out
        return out if not isinstance(out, tuple) else tuple(out)

    @property
    def in_place(self):
        return self.fn in (np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal)


CASES = list(cases())


def covered(call, order=1):
    """False where the call is refused by one of our errors: loud is allowed, silent is not."""
    ones = tuple(np.ones_like(a) for a in call.active)
    try:
        with np.errstate(all="ignore"):
            if order == 1:
                dualad.jvp(call, tuple(call.active), ones)
            else:
                dualad.jvp(lambda *x: dualad.jvp(call, x, ones)[1], tuple(call.active), ones)
    except (errors.NoRuleError, errors.ConversionError):
        return False
    return True


def test_every_rule_covers_a_call():
    works = {}
    for case in CASES:
        rule, args, kwargs = case.values
        call = Call(rule, args, kwargs)
        if call.active and not isinstance(rule, (kinds.Constant, kinds.Refused)):
            works[rule.name] = works.get(rule.name, False) or covered(call)
    assert not [name for name, good in works.items() if not good]


def test_every_rule_has_a_case():
    known = {key for table in TABLES for key in table}
    # those of SciPy, and the parts that they are made of, are called in tests/scipy; what formulas alone call, by the functions they are of
    others = {r.fn for r in declared() if r.name.startswith("scipy") or isinstance(r.fn, Own)
              or getattr(r.fn, "__module__", "") == "dualad.rules.special"}
    missing = [r.name for r in declared() if not isinstance(r, (Elementwise, kinds.Constant, kinds.Refused))
               and r.fn not in known and r.fn not in others]
    assert not missing, f"declared without a call in tests/rules/cases_*.py: {missing}"
    idle = [key for key in known if kinds.lookup(key) is None]
    assert not idle, f"calls without a rule in tests/rules/cases_*.py: {idle}"


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_modes_agree_on_every_case(rule, args, kwargs):
    call = Call(rule, args, kwargs)
    if not call.active or isinstance(rule, (kinds.Constant, kinds.Refused)):
        return  # nothing to differentiate: tests of those kinds have their own file
    if not covered(call):
        return  # the rule refuses these options with an error of ours; test_every_rule_covers_a_call bounds that
    modes = ("forward", "local", "jvp", "reverse", "labelled", "mixed", "vjp", "differences")
    check_derivatives(call, *call.active, order=1, modes=modes)
    if sum(a.size for a in call.active) <= 24 and covered(call, 2):
        linear = isinstance(rule, (kinds.Selection, kinds.Mixing))
        modes = ("hyperdual", "local") if linear else ("hyperdual", "local", "nested", "forward-over-reverse", "reverse-over-reverse")
        check_derivatives(call, *call.active, modes=modes)


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_results_share_memory_only_as_numpys_do(rule, args, kwargs):
    """Changing an argument afterwards shows in the result exactly where it does for NumPy's function."""
    call = Call(rule, args, kwargs)
    if not call.active or call.in_place or isinstance(rule, (kinds.Constant, kinds.Refused)) or not covered(call):
        return

    def program(*given):
        mine = [np.copy(a, order="C") for a in given]  # results of Fortran order are of C order here
        out = call(*mine)
        for a in mine:
            if np.ndim(a):
                a[...] = 0.375
        return [v + 0.0 for v in (out if isinstance(out, (tuple, list)) else [out])]

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        want = program(*call.active)
        got = dualad.jvp(program, tuple(call.active), tuple(np.ones_like(a) for a in call.active))[0]
    for g, w in zip(got, want, strict=True):
        if np.ndim(w) == 0:
            continue  # NumPy has views of rank 0; scalars here are values, as NumPy's own scalars are
        np.testing.assert_allclose(g, w, rtol=1e-5 if np.asarray(w).dtype == np.float32 else 1e-11)
