"""dualad: exact first and second derivatives of ordinary NumPy code.

>>> import numpy as np, dualad
>>> float(dualad.derivative(np.sin)(0.0))
1.0
"""

try:
    from .core import protocol as _protocol  # noqa: F401  (the Python side of the compiled types)
except ImportError as error:
    if error.name is None or not error.name.startswith("dualad.core"):
        raise
    raise ImportError(
        "dualad was imported from its source folder, whose compiled core has not been built. Build it in place with "
        '"pip install -e ." here, or run python from another directory (or with python -P) to use the installed package'
    ) from None

from . import errors, rules
from .api import (
    capture,
    capturing,
    checkpoint,
    custom_jvp,
    custom_vjp,
    derivative,
    grad,
    gradient_hook,
    hessian,
    hessian_diag,
    hessian_operator,
    hvp,
    implicit_root,
    jacfwd,
    jacobian,
    jacobian_operator,
    jacrev,
    jvp,
    linearize,
    plan,
    stop_gradient,
    value_and_grad,
    value_grad_hess,
    vjp,
)
from .core.jets import DualArray, DualScalar, HyperDualArray, HyperDualScalar
from .core.pool import set_pool_size
from .embedding import get_include
from .inputs import dual, hyperdual

__version__ = "0.1.0"
__all__ = [
    "DualArray", "DualScalar", "HyperDualArray", "HyperDualScalar", "capture", "capturing", "checkpoint",
    "custom_jvp", "custom_vjp", "derivative", "dual", "errors", "get_include", "grad", "gradient_hook", "hessian",
    "hessian_diag", "hessian_operator", "hvp", "hyperdual", "implicit_root", "jacfwd", "jacobian", "jacobian_operator", "jacrev",
    "jvp", "linearize", "plan", "rules", "set_pool_size", "stop_gradient", "value_and_grad", "value_grad_hess", "vjp",
]

# What is loaded when it is first asked for: name -> module, and the name there (None: the module itself).
_LATER = {"check_gradients": ("testing", "check_gradients"), "curvature": ("curvature", None),
          "detect_anomaly": ("monitor", "anomalies"), "monitor": ("monitor", None), "nn": ("nn", None),
          "optimize": ("optimize", None), "parallel": ("parallel", None), "testing": ("testing", None)}


def __getattr__(name):
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _LATER[name]
    found = import_module(f"{__name__}.{module}")
    return found if attribute is None else getattr(found, attribute)


def __dir__():
    return sorted({*globals(), *_LATER})
