"""Build of the compiled core; everything else about the package is in pyproject.toml.

Every ``dualad/core/*.pyx`` is an extension module. Cython directives are set here and nowhere else.

DUALAD_DEBUG=1     all Cython checks on, C assertions on, little optimisation
DUALAD_COVERAGE=1  line tracing for coverage of .pyx files
DUALAD_SANITIZE=1  AddressSanitizer; the interpreter must be started with its library preloaded, see .ci/sanitize

Extensions are rebuilt when a .pyx, any .pxd or header, this file, or one of the switches changes.
"""

import os
import sys
from glob import glob
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup

DEBUG = os.environ.get("DUALAD_DEBUG", "0") == "1"
COVERAGE = os.environ.get("DUALAD_COVERAGE", "0") == "1"
SANITIZE = os.environ.get("DUALAD_SANITIZE", "0") == "1"

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": DEBUG,
    "initializedcheck": DEBUG,
    "nonecheck": DEBUG,
    "overflowcheck": DEBUG,
    "cdivision": True,  # also in the debug build: the sign of % must not depend on the build
    "embedsignature": True,
    "binding": True,
    "linetrace": COVERAGE,
}
MACROS = [
    ("NPY_NO_DEPRECATED_API", "NPY_2_0_API_VERSION"),
    ("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION"),  # built with any NumPy 2.x, runs with every NumPy 2.x
]
if COVERAGE:
    MACROS.append(("CYTHON_TRACE_NOGIL", "1"))  # nogil code too

# Never -ffast-math or -Ofast: they change results and flush denormals for the whole process. No -march=native: wheels
# must run elsewhere. No contraction to FMA: the AVX-512 clones of core/combine.h would round unlike the others.
# errno is not read anywhere, and without it sqrt is one instruction.
if sys.platform == "win32":
    FLAGS = ["/Od", "/Zi"] if DEBUG else ["/O2"]
else:
    FLAGS = ["-O1", "-g", "-UNDEBUG"] if DEBUG else ["-O3", "-fno-math-errno", "-ffp-contract=off"]
SANITIZER = ["-fsanitize=address", "-fno-omit-frame-pointer", "-g"] if SANITIZE else []


def configuration_stamp():
    """Return a file that is as old as the present choice of switches, to be depended upon."""
    path, text = Path("build/configuration"), f"debug={DEBUG} coverage={COVERAGE} sanitize={SANITIZE} {sys.version}\n"
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return str(path)


def extensions():
    """Return one cythonized extension for each .pyx; none while there is none."""
    headers = glob("dualad/**/*.pxd", recursive=True) + glob("dualad/**/*.h", recursive=True)
    depends = [*headers, "setup.py", configuration_stamp()]
    include = [numpy.get_include(), "dualad/core", "dualad/include"]
    found = [
        Extension(
            source[:-4].replace(os.sep, "."), [source], depends=depends, include_dirs=include,
            define_macros=MACROS, extra_compile_args=FLAGS + SANITIZER, extra_link_args=SANITIZER,
        )
        for source in sorted(glob(os.path.join("dualad", "core", "*.pyx")))
    ]
    kept = "debug" if DEBUG else "release"
    where = None if COVERAGE else f"build/cython-{kept}"  # coverage looks for the C file beside the .pyx
    return cythonize(found, compiler_directives=DIRECTIVES, build_dir=where) if found else []


setup(ext_modules=extensions(), license="BSD-3-Clause")
