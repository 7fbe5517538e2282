"""The C headers as a library of array loops, built once with the compiler of this Python."""

import ctypes
import importlib.util
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np

import dualad

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "tools"
KINDS = {"dual": 2, "hyper": 4, "dual2": 3, "hess2": 6}  # doubles in each struct


def load_generator():
    """tools/make_headers.py as a module."""
    sys.path.insert(0, str(TOOLS))
    try:
        spec = importlib.util.spec_from_file_location("make_headers", TOOLS / "make_headers.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(TOOLS))
    return module


def compiler(language="c"):
    """Command of a C or C++ compiler, or None."""
    found = shlex.split(sysconfig.get_config_var("CC" if language == "c" else "CXX") or "")[:1]
    for name in [*found, *(("cc", "gcc", "clang") if language == "c" else ("c++", "g++", "clang++"))]:
        if shutil.which(name):
            return name
    return None


def build(source, target, *options, language="c"):
    """Compile one file, warnings are errors; returns the finished process."""
    line = [compiler(language), "-O2", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-I", dualad.get_include(),
            *options, str(source), "-o", str(target), "-lm"]
    return subprocess.run(line, capture_output=True, text=True, timeout=300)


def forms(functions):
    """(C name, function, active operands) of every form."""
    for f in functions:
        for suffix, active in f.forms if f.rule else (("", (0,)),):
            yield f.name + suffix, f, active


def loops(functions):
    """C source: for each form and type, a loop over arrays of raw doubles (n, size of the type)."""
    out = ['#include "dualad/dual.h"', '#include "dualad/hyper.h"', '#include "dualad/widths.h"', '#include "dualad/dualn.h"']
    for name, f, active in forms(functions):
        whole = "int" if f.name == "ldexp" else "double"
        for kind in KINDS:
            given = ", ".join(f"(({'const dualad_' + kind} *){x})[i]" if k in active else f"(({'const ' + whole} *){x})[i]"
                              for k, x in enumerate("ab"[: f.nin]))
            out.append(f"void {kind}_{name}(long n, const void *a, const void *b, void *r) {{ (void)b; for (long i = 0; i < n; i++) "
                       f"((dualad_{kind} *)r)[i] = dualad_{kind}_{name}({given}); }}")
        for kind, size in (("dualn", 3), ("hessn", 6)):
            given = ", ".join(f"(const double *){x} + {size} * i" if k in active else f"((const {whole} *){x})[i]"
                              for k, x in enumerate("ab"[: f.nin]))
            out.append(f"void {kind}_{name}(long n, const void *a, const void *b, void *r) {{ (void)b; for (long i = 0; i < n; i++) "
                       f"dualad_{kind}_{name}(2, (double *)r + {size} * i, {given}); }}")
    return "\n".join(out) + "\n"


class Library:
    """The compiled loops: ``run("hess2", "exp", [x])`` makes each active operand a variable with its own index."""

    def __init__(self, path):
        self.library = ctypes.CDLL(str(path))

    def run(self, kind, name, operands, active):
        size = {**KINDS, "dualn": 3, "hessn": 6}[kind]
        n = len(operands[0])
        given = []
        for k, x in enumerate(operands):
            if k in active:
                block = np.zeros((n, size))
                block[:, 0] = x
                seed(block, kind, k)
                given.append(block)
            else:
                given.append(np.ascontiguousarray(x, dtype=np.int32 if name.startswith("ldexp") else np.float64))
        return self.apply(kind, name, size, given)

    def apply(self, kind, name, size, given):
        """Call the loop on blocks of raw doubles."""
        n = len(given[0])
        result = np.empty((n, size))
        pointers = [g.ctypes.data_as(ctypes.c_void_p) for g in given] + [ctypes.c_void_p()] * (2 - len(given))
        getattr(self.library, f"{kind}_{name}")(ctypes.c_long(n), *pointers, result.ctypes.data_as(ctypes.c_void_p))
        return result


def seed(block, kind, k):
    """Tangent 1 in place k; hyper: both tangents of operand 0 (k = 0) or of operand 1."""
    if kind == "dual":
        block[:, 1] = 1.0
    elif kind == "hyper":
        block[:, 1:3] = 1.0
    else:
        block[:, 1 + k] = 1.0
