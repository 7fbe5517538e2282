"""Write the C headers and the .pxd of scalar duals from the registry of rules.

Run ``python tools/make_headers.py``; a test fails when a written file is out of date.  The formulas are those of
dualad/rules/elementwise.py, traced by dualad/core/formula.py and printed as C: no derivative is written here.
What is written here: the name of each function in C, and its value where the C library has none.

dualad/include/dualad/partials.h     values and partials, on plain doubles
dualad/include/dualad/functions1.h   the functions of a first-order type (included once for each type)
dualad/include/dualad/functions2.h   the functions of a second-order type (the same)
dualad/include/dualad/functionsn.h   the functions of both run-time widths
dualad/scalar.pxd                    all of it for ``cimport``
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from printing import listing, number

from dualad.core.formula import trace
from dualad.rules import Constant, Elementwise, registry

HERE = Path(__file__).resolve().parents[1] / "dualad"
INCLUDE = HERE / "include" / "dualad"
NOTE = "/* Written by tools/make_headers.py from the registry of rules: do not edit. */\n"

# names of math.h where they are not NumPy's
C_NAMES = {
    "absolute": "fabs", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "power": "pow", "negative": "neg", "subtract": "sub", "multiply": "mul",
    "divide": "div", "remainder": "mod",  # C's remainder() is another function
}
# the same as another entry on real float64 numbers
SAME = {"conjugate": "positive", "fabs": "absolute", "float_power": "power", "radians": "deg2rad", "degrees": "rad2deg"}
# values that are not a function of math.h; helpers are in dualad/base.h
VALUES = {
    "positive": "a", "neg": "-a", "add": "a + b", "sub": "a - b", "mul": "a * b", "div": "a / b", "square": "a * a",
    "reciprocal": "1.0 / a", "deg2rad": f"a * {number(np.pi / 180.0)}", "rad2deg": f"a * {number(180.0 / np.pi)}",
    "mod": "dualad_mod(a, b)", "maximum": "dualad_maximum(a, b)", "minimum": "dualad_minimum(a, b)",
    "logaddexp": "dualad_logaddexp(a, b)", "logaddexp2": "dualad_logaddexp2(a, b)", "sinc": "dualad_sinc(a)",
    "sign": "dualad_sign(a)",
}
STEPS = ("floor", "ceil", "trunc", "rint", "sign")
INTEGER = {"ldexp"}  # the second operand is a C int
WIDTHS = (2, 3, 4, 8)
SQUARE_WIDTHS = (2, 3, 4)


class Function(NamedTuple):
    """One function of the header: NumPy's callable, its name in C, and its rule (None: piecewise constant)."""

    fn: Callable
    name: str
    rule: Elementwise | None

    @property
    def nin(self):
        return self.rule.nin if self.rule else 1

    @property
    def forms(self):
        """Suffix and active operands of each form: both duals, or one of them a plain number."""
        if self.nin == 1:
            return (("", (0,)),)
        if self.rule.d1[1] is None:
            return (("_dc", (0,)),)
        return (("", (0, 1)), ("_dc", (0,)), ("_cd", (1,)))


def functions():
    """Every elementwise rule of NumPy and the steps, by their names in C."""
    found = {}
    for fn, rule in registry.items():
        if isinstance(fn, np.ufunc) or fn is np.sinc:
            name = fn.__name__
            module_own = getattr(np, name, None) is fn
            if isinstance(rule, Elementwise) and module_own and name not in SAME:
                found[name] = Function(fn, C_NAMES.get(name, name), rule)
            elif isinstance(rule, Constant) and name in STEPS:
                found[name] = Function(fn, name, None)
    return [found[name] for name in sorted(found, key=lambda n: found[n].name)]


def value_of(f):
    """The C expression of the value."""
    return VALUES.get(f.name) or f"{f.name}({', '.join('ab'[: f.nin])})"


def operand_types(f):
    return ["double", "int" if f.name in INTEGER else "double"][: f.nin]


def pairs_of(f, active):
    """The second partials that are not identically zero."""
    return [] if f.rule is None else [(i, j) for i, j in sorted(f.rule.d2) if i in active and j in active]


def partials():
    """partials.h: for each form ``y = dualad_p1_f(a, &d)`` and ``y = dualad_p2_f(a, &d, &dd)``."""
    out = [NOTE, "#ifndef DUALAD_PARTIALS_H\n#define DUALAD_PARTIALS_H\n#include \"dualad/base.h\"\n"]
    for f in functions():
        if f.rule is None:
            continue
        for suffix, active in f.forms:
            out += [partial(f, suffix, active, order) for order in (1, 2)]
    return "\n".join([*out, "#endif\n"])


def partial(f, suffix, active, order):
    traced = trace(f.rule, active, order)
    results = [f"d{'ab'[i]}" for i in active]
    slots = [traced.first[k] for k in range(len(active))]
    if order == 2:
        for pair in pairs_of(f, active):
            results.append("d" + "".join("ab"[i] for i in pair))
            slots.append(traced.second[pair])
    given = [f"{t} {n}" for t, n in zip(operand_types(f), "ab", strict=False)]
    head = ", ".join([*given, *(f"double *{r}" for r in results)])
    body, names = listing(traced, [*"ab"[: f.nin], "y"])
    lines = [f"    const double y = {value_of(f)};", *(f"    {line}" for line in body)]
    lines += [f"    *{r} = {names[s]};" for r, s in zip(results, slots, strict=True)]
    used = " ".join(lines[1:])
    unused = [n for n in "ab"[: f.nin] if n not in value_of(f)]
    assert not unused, (f, used)
    return f"static inline double dualad_p{order}_{f.name}{suffix}({head})\n{{\n" + "\n".join(lines) + "\n    return y;\n}\n"


def arguments(f, active, kind, by="{}"):
    """Parameters of a wrapper: active operands have the dual type."""
    types = operand_types(f)
    return ", ".join(f"{kind} {n}" if i in active else f"{types[i]} {n}" for i, n in enumerate("ab"[: f.nin]))


def call_partials(f, suffix, active, order, value="{}.v"):
    """Lines that declare the partials and work them out."""
    firsts = [f"p{'ab'[i]}" for i in active]
    seconds = ["p" + "ab"[i] + "ab"[j] for i, j in pairs_of(f, active)] if order == 2 else []
    given = [value.format(n) if i in active else n for i, n in enumerate("ab"[: f.nin])]
    called = ", ".join([*given, *(f"&{p}" for p in firsts + seconds)])
    return [f"    double {', '.join(firsts + seconds)};",
            f"    const double y = dualad_p{order}_{f.name}{suffix}({called});"]


def wrappers(order):
    """functions1.h, functions2.h: DUALAD_TYPE and DUALAD_FN(name) are set by the header that includes them."""
    out = [NOTE]
    for f in functions():
        if f.rule is None:
            value = value_of(f).replace("(a)", "(a.v)")
            out.append(f"static inline DUALAD_TYPE DUALAD_FN({f.name})(DUALAD_TYPE a) "
                       f"{{ return DUALAD_FN(constant)({value}); }}\n")
            continue
        for suffix, active in f.forms:
            lines = call_partials(f, suffix, active, order)
            names = ["ab"[i] for i in active]
            linear = ", ".join(["y", *(f"p{n}" for n in names), *names])
            bends = [pair for pair in pairs_of(f, active) if order == 2]
            kept = "DUALAD_TYPE r =" if bends else "return"
            lines.append(f"    {kept} DUALAD_FN(linear{len(names)})({linear});")
            for k, (i, j) in enumerate(bends):
                end = "return" if k == len(bends) - 1 else "r ="
                call = f"bend)(r, p{'ab'[i]}{'ab'[j]}, {'ab'[i]})" if i == j else "cross)(r, pab, a, b)"
                lines.append(f"    {end} DUALAD_FN({call};")
            head = f"static inline DUALAD_TYPE DUALAD_FN({f.name}{suffix})({arguments(f, active, 'DUALAD_TYPE')})"
            out.append(head + "\n{\n" + "\n".join(lines) + "\n}\n")
    return "\n".join(out + ["#include \"dualad/common.h\"\n", overloads()])


def overloads():
    """C++: the functions by their own names, for code that is templated over the number type."""
    out = ["#ifdef __cplusplus"]
    for f in functions():
        if f.name in ("add", "sub", "mul", "div", "neg"):
            continue
        for suffix, active in f.forms if f.rule else (("", (0,)),):
            given = ", ".join("ab"[: f.nin])
            out.append(f"static inline DUALAD_TYPE {f.name}({arguments(f, active, 'DUALAD_TYPE')}) "
                       f"{{ return DUALAD_FN({f.name}{suffix})({given}); }}")
    return "\n".join([*out, "#endif\n"])


def runtime():
    """functionsn.h: a number is an array, value first, then tangents (then second derivatives)."""
    out = [NOTE]
    for f in functions():
        for order, kind in ((1, "dualn"), (2, "hessn")):
            for suffix, active in f.forms if f.rule else (("", (0,)),):
                out.append(run_time(f, suffix, active, order, kind))
    return "\n".join(out)


def run_time(f, suffix, active, order, kind):
    head = f"static inline void dualad_{kind}_{f.name}{suffix}(ptrdiff_t n, double *r, {arguments(f, active, 'const double *')})"
    head = head.replace("* ", "*")
    if f.rule is None:
        value = value_of(f).replace("(a)", "(a[0])")
        return f"{head} {{ dualad_{kind}_constant(n, r, {value}); }}\n"
    lines = call_partials(f, suffix, active, order, "{}[0]")
    names = ["ab"[i] for i in active]
    terms = [f"p{n}" for n in names]
    if order == 2:
        present = pairs_of(f, active)
        terms += [f"p{'ab'[i]}{'ab'[j]}" if (i, j) in present else "0.0" for i in active for j in active if i <= j]
    call = ", ".join(["n", "r", "y", *terms, *names])
    lines.append(f"    dualad_{kind}_chain{len(names)}({call});")
    return head + "\n{\n" + "\n".join(lines) + "\n}\n"


# --- scalar.pxd ------------------------------------------------------------------------------

def cython_type(kind, header, fields, order):
    """One extern block: the struct, its functions, comparisons."""
    out = [f'cdef extern from "{header}" nogil:', f'    ctypedef struct {kind} "dualad_{kind}":']
    out += [f"        {line}" for line in fields]
    say = lambda result, name, given: out.append(f'    {result} {kind}_{name} "dualad_{kind}_{name}"({given})')
    say(kind, "constant", "double v")
    if kind == "dual":
        say(kind, "variable", "double v, double d")
    elif kind == "hyper":
        say(kind, "variable", "double v, double d1, double d2")
    else:
        say(kind, "variable", "double v, int k")
    if kind.startswith("hess"):
        say("double", "second", f"{kind} a, int i, int j")
    say(kind, "select", f"bint c, {kind} a, {kind} b")
    for word in ("lt", "le", "gt", "ge", "eq", "ne"):
        say("bint", word, f"{kind} a, {kind} b")
        say("bint", word + "_dc", f"{kind} a, double b")
    for f in functions():
        for suffix, active in f.forms if f.rule else (("", (0,)),):
            say(kind, f.name + suffix, arguments(f, active, kind))
    return "\n".join(out) + "\n"


def cython_runtime():
    out = ['cdef extern from "dualad/dualn.h" nogil:']
    for kind, last in (("dualn", "ptrdiff_t k"), ("hessn", "ptrdiff_t k")):
        say = lambda name, given, result="void", kind=kind: out.append(
            f'    {result} {kind}_{name} "dualad_{kind}_{name}"({given})')
        say("size", "ptrdiff_t n", "ptrdiff_t")
        say("constant", "ptrdiff_t n, double* r, double v")
        say("variable", f"ptrdiff_t n, double* r, double v, {last}")
        say("copy", "ptrdiff_t n, double* r, const double* a")
        if kind == "hessn":
            say("second", "ptrdiff_t n, const double* a, ptrdiff_t i, ptrdiff_t j", "double")
        for f in functions():
            for suffix, active in f.forms if f.rule else (("", (0,)),):
                say(f.name + suffix, "ptrdiff_t n, double* r, " + arguments(f, active, "const double*"))
    return "\n".join(out) + "\n"


def pxd():
    """scalar.pxd: nothing is compiled into dualad, the declarations name inline functions of the headers."""
    blocks = [
        "# Written by tools/make_headers.py from the registry of rules: do not edit.\n"
        "# Dual numbers for nogil Cython code: structs and inline functions of dualad/include, see docs/embedding.md.\n",
        cython_type("dual", "dualad/dual.h", ["double v  # value", "double d  # tangent"], 1),
        cython_type("hyper", "dualad/hyper.h", ["double v  # value", "double d1  # first tangent", "double d2  # second tangent",
                                                "double d12  # derivative along both"], 2),
    ]
    for n in WIDTHS:
        blocks.append(cython_type(f"dual{n}", "dualad/widths.h", ["double v", f"double d[{n}]"], 1))
    for n in SQUARE_WIDTHS:
        packed = n * (n + 1) // 2
        blocks.append(cython_type(f"hess{n}", "dualad/widths.h", ["double v", f"double g[{n}]", f"double h[{packed}]"], 2))
    return "\n".join([*blocks, cython_runtime()])


FILES = {
    INCLUDE / "partials.h": partials,
    INCLUDE / "functions1.h": lambda: wrappers(1),
    INCLUDE / "functions2.h": lambda: wrappers(2),
    INCLUDE / "functionsn.h": runtime,
    HERE / "scalar.pxd": pxd,
}

if __name__ == "__main__":
    for path, render in FILES.items():
        path.write_text(render())
