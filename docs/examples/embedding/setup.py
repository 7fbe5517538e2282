"""The only line that dualad needs in a build is its include folder; Cython finds dualad/scalar.pxd by itself."""

from Cython.Build import cythonize
from setuptools import Extension, setup

import dualad

extension = Extension("kinetics", ["kinetics.pyx"], include_dirs=[dualad.get_include()])
setup(ext_modules=cythonize([extension], language_level=3))
