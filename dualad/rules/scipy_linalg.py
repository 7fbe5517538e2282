"""scipy.linalg."""
from . import scipy_solvers
