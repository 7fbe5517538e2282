"""The C headers of dualad/include against libm, the registry's formulas, the engine and 60-digit oracles.

Oracles: values are those of libm bit for bit (compiled apart from the headers, without builtins), partials are bit for
bit the traced formulas of the registry executed by NumPy on libm's values, so that printing C cannot change a formula.
"""

import ctypes
import itertools
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from headers import KINDS, ROOT, Library, build, compiler, forms, load_generator, loops
from mpmath import mp
from oracles import DIGITS, ORACLES, exact, forgiven, points, ulp_error

import dualad
from dualad.core.formula import trace
from dualad.rules import Elementwise, declared
from dualad.testing.elementwise import edge_operands, partials

pytestmark = pytest.mark.skipif(compiler() is None, reason="no C compiler")

GENERATOR = load_generator()
FUNCTIONS = GENERATOR.functions()
FORMS = list(forms(FUNCTIONS))
SMOOTH = [form for form in FORMS if form[1].rule]
NAMES = lambda form: form[0]
MANY = 10_000
SPECIAL = [0.0, -0.0, 5e-324, -5e-324, 2.0 ** -1022, 1e-300, 1e-160, 1e-8, -1e-8, 0.5, -0.5, 1.0, -1.0, 1 - 2.0 ** -53,
           1 + 2.0 ** -52, 1.5, 2.0, -2.0, 3.0, np.pi / 2, 10.0, 100.0, -100.0, 709.0, -745.0, 1e8, 1e15, 1e16, 1e22, 1e150,
           -1e154, 1e160, 1e300, -1e300, np.finfo(float).max, np.inf, -np.inf, np.nan]
LIBM = {"acos": 1, "acosh": 1, "asin": 1, "asinh": 1, "atan": 1, "atan2": 2, "atanh": 1, "cbrt": 1, "ceil": 1, "copysign": 2,
        "cos": 1, "cosh": 1, "exp": 1, "exp2": 1, "expm1": 1, "fabs": 1, "floor": 1, "fmax": 2, "fmin": 2, "fmod": 2, "hypot": 2,
        "ldexp": 2, "log": 1, "log10": 1, "log1p": 1, "log2": 1, "nextafter": 2, "pow": 2, "rint": 1, "sin": 1, "sinh": 1,
        "sqrt": 1, "tan": 1, "tanh": 1, "trunc": 1}
# libm by NumPy's names, for formulas
RENAMED = {"power": "pow", "absolute": "fabs"}


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("headers")
    (folder / "loops.c").write_text(loops(FUNCTIONS))
    done = build(folder / "loops.c", folder / "loops.so", "-std=c99", "-shared", "-fPIC")
    assert done.returncode == 0, done.stderr
    return Library(folder / "loops.so")


@pytest.fixture(scope="module")
def libm(tmp_path_factory):
    """name -> function of arrays, from a C file that knows nothing of dualad."""
    folder = tmp_path_factory.mktemp("libm")
    lines = ["#include <math.h>"]
    for name, nin in LIBM.items():
        given = "a[i]" if nin == 1 else "a[i], (int)b[i]" if name == "ldexp" else "a[i], b[i]"
        lines.append(f"void f_{name}(long n, const double *a, const double *b, double *r) "
                     f"{{ (void)b; for (long i = 0; i < n; i++) r[i] = {name}({given}); }}")
    (folder / "libm.c").write_text("\n".join(lines))
    assert build(folder / "libm.c", folder / "libm.so", "-fno-builtin", "-shared", "-fPIC").returncode == 0
    found = ctypes.CDLL(str(folder / "libm.so"))

    def looped(name):
        def call(*x):
            x = [np.ascontiguousarray(v, dtype=np.float64) for v in np.broadcast_arrays(*x)]
            result = np.empty(x[0].shape)
            pointers = [v.ctypes.data_as(ctypes.c_void_p) for v in (*x, result)]
            pointers[1:1] = [ctypes.c_void_p()] * (3 - len(pointers))
            getattr(found, "f_" + name)(ctypes.c_long(result.size), *pointers)
            return result
        return call

    return {name: looped(name) for name in LIBM}


def operands(f, seed=0):
    """MANY points of the domain over all scales, every pair of special numbers, and the declared edges."""
    rng = np.random.default_rng(seed)
    columns = []
    for domain in f.rule.domain:
        if np.isfinite(domain.lo) and np.isfinite(domain.hi):
            columns.append(rng.uniform(domain.lo, domain.hi, MANY))
            continue
        size = np.exp(rng.normal(0.0, np.where(np.arange(MANY) % 4, 1.0, 40.0)))
        columns.append(domain.lo + size if np.isfinite(domain.lo) else size * rng.choice([-1.0, 1.0], MANY))
    special = zip(*itertools.product(SPECIAL, repeat=f.nin), strict=True)
    edges = edge_operands(f.rule) if f.rule.edges else [[]] * f.nin
    found = [np.concatenate(parts) for parts in zip(columns, map(list, special), edges, strict=True)]
    if f.name == "ldexp":
        found[1] = np.clip(np.nan_to_num(found[1]), -1100, 1100).astype(np.int32)
    return found


def same(a, b):
    """Equal entries; NaN equals NaN; the signs of zeros and of NaN do not matter."""
    return (a == b) | (np.isnan(a) & np.isnan(b))


def say(x, wrong, got, want):
    return [(*(v[k] for v in x), got[k], want[k]) for k in np.flatnonzero(wrong)[:5]]


def executed(traced, x, y, libm):
    """A traced formula on arrays, transcendental steps by libm."""
    slots = [*x, y, *(np.float64(c) for c in traced.constants), *([None] * traced.scratch)]
    for op, sources, target in traced.code:
        given = [slots[s] for s in sources]
        if op == "where":
            slots[target] = np.where(*given)
        else:
            name = RENAMED.get(op.__name__, op.__name__)
            slots[target] = libm[name](*given) if name in LIBM else op(*given)
    return slots


def test_generated_files_are_up_to_date():
    stale = [path.name for path, render in GENERATOR.FILES.items() if path.read_text() != render()]
    assert stale == [], "run python tools/make_headers.py"


def test_every_elementwise_rule_of_numpy_is_in_the_header():
    covered = {f.fn.__name__ for f in FUNCTIONS} | set(GENERATOR.SAME)
    assert [r.name for r in declared(Elementwise) if r.name.startswith("numpy.") and r.name.split(".")[1] not in covered] == []


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_values_are_those_of_libm(form, library, libm):
    name, f, active = form
    x = operands(f) if f.rule else [np.concatenate([np.random.default_rng(0).normal(0, 10, MANY), SPECIAL])]
    got = library.run("hess2", name, x, active)[:, 0]
    if f.name in LIBM:
        want = libm[f.name](*x)
        wrong = ~same(got, want)
        if f.name not in ("fmax", "fmin"):  # the C standard leaves open which of two zeros
            wrong |= (np.signbit(got) != np.signbit(want)) & ~np.isnan(got)
    else:  # NumPy's definition; where it uses libm itself, its own vector loops may differ in the last place
        want = np.asarray(f.fn(*x), dtype=float)
        wrong = ~(same(got, want) | (np.abs(got - want) <= np.spacing(np.abs(want)) * (f.name in ("logaddexp", "logaddexp2", "sinc"))))
    assert say(x, wrong, got, want) == []


@pytest.mark.parametrize("form", SMOOTH, ids=NAMES)
def test_partials_are_the_formulas_of_the_registry_bit_for_bit(form, library, libm):
    name, f, active = form
    x = operands(f)
    block = library.run("hess2", name, x, active)
    traced = trace(f.rule, active, 2)
    slots = executed(traced, x, block[:, 0].copy(), libm)
    for i, slot in zip(active, traced.first, strict=True):
        want = np.broadcast_to(slots[slot], block[:, 0].shape)
        assert say(x, ~same(block[:, 1 + i], want), block[:, 1 + i], want) == []
    for (i, j), slot in traced.second.items():
        got, want = block[:, 3 + j * (j + 1) // 2 + i], np.broadcast_to(slots[slot], block[:, 0].shape)
        assert say(x, ~same(got, want), got, want) == []


@pytest.mark.parametrize("form", SMOOTH, ids=NAMES)
def test_derivatives_agree_with_the_engine(form, library):
    """4 ulp for first, 8 for second derivatives: NumPy's own exp, pow, cbrt, tan are up to 4 ulp from libm's.

    Where a rule declares that a formula cancels, the ulp is that of the larger term.
    """
    name, f, active = form
    x = operands(f)
    block = library.run("hess2", name, x, active)
    _, first, second = partials(f.rule, x, active)
    for key, want in [*first.items(), *second.items()]:
        got = block[:, 1 + key] if isinstance(key, int) else block[:, 3 + key[1] * (key[1] + 1) // 2 + key[0]]
        unit = np.spacing(np.maximum(np.abs(want), larger_term(f, key, x)))
        wrong = ~(same(got, want) | (np.abs(got - want) <= (4 if isinstance(key, int) else 8) * unit))
        assert say(x, wrong, got, want) == []


def larger_term(f, key, x):
    """The size of the terms that cancel, for the rules that declare it."""
    if f.name == "pow" and key == (0, 1):
        power = x[0] ** (x[1] - 1)
        return np.nan_to_num(np.maximum(np.abs(power), np.abs(x[1] * power * np.log(x[0]))), posinf=0.0)
    if f.name == "sinc":
        return np.nan_to_num((1 if key == 0 else np.pi) / np.abs(x[0]), posinf=0.0)
    return 0.0


@pytest.mark.parametrize("f", [f for f in FUNCTIONS if f.rule], ids=lambda f: f.name)
def test_derivatives_are_right_to_rounding(f, library):
    """Against 60 digits, on a subset; bounds and exceptions are the registry's own."""
    active = f.forms[0][1]
    with mp.workdps(DIGITS):
        o = ORACLES[f.fn]
        cases = [p for p in points(f.rule, 40) + points(f.rule, 20, moderate=True) if np.isfinite(p).all()]
        cases = [p for p in cases if f.name != "copysign" or p[1] != 0]
        x = [np.array(c) for c in zip(*cases, strict=True)]
        block = library.run("hess2", f.name + f.forms[0][0], x, active)
        for key in [*active, *((i, j) for i in active for j in active if i <= j)]:
            got = block[:, 1 + key] if isinstance(key, int) else block[:, 3 + key[1] * (key[1] + 1) // 2 + key[0]]
            for point, number in zip(cases, got, strict=True):
                want = o.partial(key, *exact(point))
                size = o.terms[key](*exact(point)) if key in o.terms else 0
                assert ulp_error(number, want, size, forgiven(o, key, exact(point), want)) <= (4 if isinstance(key, int) else 16)


# --- types ------------------------------------------------------------------------------------

def smooth_points(f, n=200):
    """Points inside the domain, so that chains have finite terms."""
    return [v[:n] for v in operands(f, seed=3)]


def blocks(x, active, size, rng):
    """Operands with random derivatives of all orders."""
    found = []
    for k, v in enumerate(x):
        if k in active:
            block = rng.normal(size=(len(v), size))
            block[:, 0] = v
            found.append(block)
        else:
            found.append(np.ascontiguousarray(v))
    return found


def chained(library, form, x, given):
    """The chain rule by NumPy, with partials from unit tangents: value, gradient, packed Hessian."""
    name, f, active = form
    unit = library.run("hess2", name, x, active)
    want = np.zeros_like(unit)
    want[:, 0] = unit[:, 0]
    for i in active:
        want[:, 1:] += unit[:, 1 + i, None] * given[i][:, 1:]
    for i, j in itertools.product(active, repeat=2):
        p = unit[:, 3 + max(i, j) * (max(i, j) + 1) // 2 + min(i, j)]
        for slot, (r, c) in enumerate(((0, 0), (1, 0), (1, 1))):
            want[:, 3 + slot] += p * given[i][:, 1 + r] * given[j][:, 1 + c]
    return want


@pytest.mark.parametrize("form", SMOOTH, ids=NAMES)
def test_types_apply_one_chain_rule(form, library):
    name, f, active = form
    x = smooth_points(f)
    given = blocks(x, active, 6, np.random.default_rng(5))
    got = library.apply("hess2", name, 6, given)
    want = chained(library, form, x, given)
    scale = np.abs(want).max(axis=1, keepdims=True)
    fine = np.isfinite(scale[:, 0]) & (scale[:, 0] < 1e100)
    assert fine.sum() > 50
    np.testing.assert_allclose(got[fine] / scale[fine], want[fine] / scale[fine], rtol=0, atol=1e-13)
    np.testing.assert_array_equal(library.apply("hessn", name, 6, given), got)
    part = lambda columns: [np.ascontiguousarray(g[:, columns]) if i in active else g for i, g in enumerate(given)]
    for kind in ("dual2", "dualn"):
        np.testing.assert_array_equal(library.apply(kind, name, 3, part([0, 1, 2])), got[:, :3])
    np.testing.assert_array_equal(library.apply("dual", name, 2, part([0, 2])), got[:, [0, 2]])
    # a hyper-dual number with tangents u, v has the mixed derivative of hess2 between variables 0 and 1
    hyper = library.apply("hyper", name, 4, part([0, 1, 2, 4]))
    np.testing.assert_allclose(hyper[fine] / scale[fine], got[fine][:, [0, 1, 2, 4]] / scale[fine], rtol=0, atol=1e-15)


@pytest.mark.parametrize("kind", [*KINDS, "dualn", "hessn"])
def test_zero_tangents_contribute_zero(kind, library):
    size = {**KINDS, "dualn": 3, "hessn": 6}[kind]
    constant = np.zeros((1, size))
    assert library.apply(kind, "sqrt", size, [constant]).tolist() == [[0.0] * size]
    base, exponent = constant.copy(), constant.copy()
    base[0, 0], base[0, 1], exponent[0, 0] = -2.0, 1.0, 3.0  # log(-2) is NaN, and not asked for
    found = library.apply(kind, "pow", size, [base, exponent])
    assert found[0, :2].tolist() == [-8.0, 12.0]
    assert np.isfinite(found).all()


@pytest.mark.parametrize("kind", ["dualn", "hessn"])
def test_a_result_may_replace_an_operand(kind, library):
    size = {"dualn": 3, "hessn": 6}[kind]
    a, b = np.random.default_rng(0).uniform(0.5, 2.0, (2, 1, size))
    want = library.apply(kind, "pow", size, [a, b])
    call = getattr(library.library, f"{kind}_pow")
    for place in (0, 1):
        given = [a.copy(), b.copy()]
        call(ctypes.c_long(1), *(v.ctypes.data_as(ctypes.c_void_p) for v in (*given, given[place])))
        np.testing.assert_array_equal(given[place], want)


# --- compilers and ABI ------------------------------------------------------------------------

ALL = "".join(f'#include "dualad/{name}.h"\n' for name in ("dual", "hyper", "widths", "dualn"))
CPLUSPLUS = ALL + """
#define DUALAD_WIDTH 5
#include "dualad/width.h"
#include <cmath>
template <class T> T f(T x, T y) {
    using std::exp; using std::sin; using std::pow;
    T r = 2.0 * x; r += y; r *= 1.5;
    if (x < y && y > 0.0) r = r - exp(-x) / (y + 1.0);
    return r * sin(x * y) + pow(y, x);
}
int main() {
    dualad_dual x = dualad_dual_variable(0.3, 1.0), y = dualad_dual_constant(0.7);
    double slope = (f(0.3 + 1e-6, 0.7) - f(0.3 - 1e-6, 0.7)) / 2e-6;
    dualad_dual5 z = f(dualad_dual5_variable(0.3, 4), dualad_dual5_constant(0.7));
    dualad_hyper h = f(dualad_hyper_variable(0.3, 1.0, 1.0), dualad_hyper_constant(0.7));
    double bend = (f(0.3 + 1e-4, 0.7) + f(0.3 - 1e-4, 0.7) - 2 * f(0.3, 0.7)) / 1e-8;
    bool good = std::fabs(f(x, y).d - slope) < 1e-8 && f(x, y).v == f(0.3, 0.7) && z.d[4] == f(x, y).d && std::fabs(h.d12 - bend) < 1e-5;
    return !good;
}
"""


@pytest.mark.parametrize("standard", ["c99", "c11"])
def test_headers_are_plain_c(standard, tmp_path):
    (tmp_path / "a.c").write_text(ALL + "int main(void) { return 0; }\n")
    done = build(tmp_path / "a.c", tmp_path / "a", f"-std={standard}", "-pedantic")
    assert done.returncode == 0, done.stderr


def test_the_program_of_the_page_runs(tmp_path):
    """docs/embedding.md, word for word."""
    source, = re.findall(r"```c\n(.*?)```", (ROOT / "docs/embedding.md").read_text(), re.S)
    (tmp_path / "slope.c").write_text(source)
    done = build(tmp_path / "slope.c", tmp_path / "slope")
    assert done.returncode == 0, done.stderr
    shown = subprocess.run([tmp_path / "slope"], capture_output=True, text=True, check=True).stdout
    assert abs(float(shown) - 0.5 * np.exp(-0.5)) < 1e-14


@pytest.mark.skipif(compiler("c++") is None, reason="no C++ compiler")
@pytest.mark.parametrize("standard", ["c++11", "c++17"])
def test_c_plus_plus_has_operators_and_overloads(standard, tmp_path):
    (tmp_path / "a.cpp").write_text(CPLUSPLUS)
    line = [compiler("c++"), "-O2", "-Wall", "-Wextra", "-Werror", f"-std={standard}", "-I", dualad.get_include(),
            str(tmp_path / "a.cpp"), "-o", str(tmp_path / "a"), "-lm"]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "a"]).returncode == 0


@pytest.mark.parametrize("option", ["-ffast-math", "-ffinite-math-only"])
def test_options_that_would_change_results_are_refused(option, tmp_path):
    (tmp_path / "a.c").write_text(ALL)
    assert "compile this file without" in build(tmp_path / "a.c", tmp_path / "a.o", "-c", option).stderr


def test_nothing_is_called_but_libm(tmp_path):
    """No allocation, no Python, no state: the object file asks for mathematical functions only."""
    (tmp_path / "loops.c").write_text(loops(FUNCTIONS))
    assert build(tmp_path / "loops.c", tmp_path / "loops.o", "-c").returncode == 0
    try:
        shown = subprocess.run(["nm", "-u", tmp_path / "loops.o"], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("no nm")
    asked = {name.lstrip("_") for name in re.findall(r"U (\S+)", shown)}
    assert asked - set(LIBM) <= {"sincos", "GLOBAL_OFFSET_TABLE_", "memset", "memcpy", "stack_chk_fail"}


@pytest.mark.skipif(not (shutil.which("gcc") and shutil.which("valgrind")), reason="needs gcc and valgrind")
def test_a_loop_of_duals_costs_what_derivatives_by_hand_cost(tmp_path):
    """Gradient of Rosenbrock's function of 50 variables, -O2: instructions counted, at most 1.5 times those of the hand-made one."""
    source = ROOT / "docs/examples/embedding/rosenbrock.c"
    line = ["gcc", "-O2", "-I", dualad.get_include(), str(source), "-o", str(tmp_path / "a"), "-lm"]
    subprocess.run(line, check=True)
    assert subprocess.run([tmp_path / "a"], capture_output=True).returncode == 0

    def instructions(which, times):
        line = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={tmp_path / 'out'}", tmp_path / "a", which, str(times)]
        shown = subprocess.run(line, capture_output=True, text=True, check=True).stderr
        return int(re.search(r"Collected : (\d+)", shown)[1])

    dual, hand = (instructions(which, 2000) - instructions(which, 0) for which in ("dual", "hand"))
    assert hand < dual <= 1.5 * hand


LAYOUT = """#include <stdio.h>
int main(void) {
    printf("ABI %d\\n", DUALAD_ABI);
    printf("dual %zu v %zu d %zu\\n", sizeof(dualad_dual), offsetof(dualad_dual, v), offsetof(dualad_dual, d));
    printf("hyper %zu v %zu d1 %zu d2 %zu d12 %zu\\n", sizeof(dualad_hyper), offsetof(dualad_hyper, v),
           offsetof(dualad_hyper, d1), offsetof(dualad_hyper, d2), offsetof(dualad_hyper, d12));
    printf("dual2 %zu v %zu d %zu\\n", sizeof(dualad_dual2), offsetof(dualad_dual2, v), offsetof(dualad_dual2, d));
    printf("dual8 %zu v %zu d %zu\\n", sizeof(dualad_dual8), offsetof(dualad_dual8, v), offsetof(dualad_dual8, d));
    printf("hess3 %zu v %zu g %zu h %zu\\n", sizeof(dualad_hess3), offsetof(dualad_hess3, v), offsetof(dualad_hess3, g),
           offsetof(dualad_hess3, h));
    printf("dualn %td hessn %td\\n", dualad_dualn_size(3), dualad_hessn_size(3));
    return 0;
}
"""


def signatures(tmp_path):
    """Every inline function of the headers as the compiler sees it."""
    (tmp_path / "abi.c").write_text(ALL)
    line = [compiler(), "-E", "-P", "-I", dualad.get_include(), str(tmp_path / "abi.c")]
    text = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"static inline ([^;{}]*?\bdualad_\w+\([^)]*\))", text)
    found = {re.sub(r"\s+", " ", line).strip() for line in found}
    return sorted(found)


def test_declarations_for_cython_are_those_of_the_headers(tmp_path):
    text = (Path(dualad.__file__).parent / "scalar.pxd").read_text()
    found = re.findall(r'^    ([\w ]+) \w+ "(\w+)"\((.*)\)$', text, re.M)
    as_c = lambda line: re.sub(r"\b(dual\d?|hyper|hess\d)\b", r"dualad_\1", line.replace("bint", "int")).replace("* ", " *")
    declared_there = {f"{as_c(result)} {name}({as_c(given)})" for result, name, given in found}
    assert len(declared_there) == len(found) > 900
    assert declared_there - set(signatures(tmp_path)) == set()


def test_abi_is_the_pinned_one(tmp_path):
    """A change here breaks compiled code of others: raise DUALAD_ABI and write tests/abi.txt again, see docs/embedding.md."""
    (tmp_path / "layout.c").write_text(ALL + LAYOUT)
    assert build(tmp_path / "layout.c", tmp_path / "layout").returncode == 0
    shown = subprocess.run([tmp_path / "layout"], capture_output=True, text=True, check=True).stdout
    pinned = Path(__file__).with_name("abi.txt")
    # one width of each template stands for all
    seen = [line for line in signatures(tmp_path) if not re.search(r"dualad_(dual[348]|hess[34])_", line)]
    assert shown.splitlines() + seen == pinned.read_text().splitlines()
