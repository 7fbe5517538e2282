import numpy as np

from .program import Program

class Pointwise:
    """Products H v of one recorded run."""

    def product(self, v: np.ndarray) -> np.ndarray: ...

def pointwise(program: Program, source: int, result: int) -> Pointwise | None: ...
