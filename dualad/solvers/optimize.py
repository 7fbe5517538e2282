"""SciPy's solvers and minimisers in the capturing scope: solutions that carry the derivatives of what they solve.

SciPy's function runs on plain numbers and gives the values, bit for bit; `roots.solved` gives the derivatives. What a result holds
besides the solution and is no constant is withheld. May import: functions, nest, roots, core, scope, errors, numpy, scipy.
"""

from __future__ import annotations

import numpy as np
import scipy.optimize as so

from ..core.operands import no_rule, plain, stacked
from ..errors import SolverError
from ..scope.aware import AWARE
from .fits import curve_fit, least_squares, leastsq
from .functions import Call, Composed
from .results import withheld
from .roots import solved
from .stationary import at_solution, inside, limits, stationary

__all__ = ["CONSTANT", "REFUSED", "SUPPORTED", "TWINS"]


# ---- roots ----


def _bracketed(scope, fn, args, kwargs):
    """brentq, brenth, bisect, ridder, toms748."""
    call = Call(fn, args, kwargs)
    x, report = call.run(full_output=True)
    if call.levels:
        _converged(call, report.converged, report.flag)
        x = _root(call, x, call.function("f"))
    return _reported(call, x, report)


def _reported(call, x, report):
    if not call.get("full_output"):
        return x
    report.root = x
    return x, report


def _root(call, x, whole, entrywise=False):
    return solved(whole, whole.lean, x, whole.f, call.name, entrywise)


def _converged(call, good, message):
    if not good:
        raise SolverError(f"{call.name}: did not converge ({str(message).strip()}): a point that is no solution has no derivative")


def _newton(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    whole = call.function("func")
    if np.ndim(plain(call.get("x0"))):
        # arrays: many equations of one unknown each
        found = call.run(full_output=True)
        if call.levels:
            _converged(call, np.all(found.converged), "some entries have not converged")
            found = type(found)(_root(call, found.root, whole, True), *found[1:])
        elif not np.all(found.converged):
            return call.run()  # which warns
        return found if call.get("full_output") else found.root
    x, report = call.run(full_output=True)
    if call.levels:
        _converged(call, report.converged, report.flag)
        x = _root(call, x, whole)
    return _reported(call, x, report)


def _root_scalar(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    report = call.run()
    if call.levels:
        _converged(call, report.converged, report.flag)
        report.root = _root(call, report.root, _value_only(call, "f", call.get("fprime")))
    return report


def _first(function, x):
    y = function.raw(x)[0]
    return stacked(y) if isinstance(y, (list, tuple)) else y


def _value_only(call, name, companion):
    """The function without the derivatives that it returns along with its value (``fprime=True``, ``jac=True``)."""
    whole = call.function(name)
    if companion is True or companion is not None and not callable(companion) and companion in (1, np.True_):
        return Composed(whole, _first)
    return whole


def _fsolve(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    x, info, flag, message = call.run(full_output=True)
    if call.levels:
        _converged(call, flag == 1, message)
        x = _root(call, x, call.function("func"))
        info = withheld(call.name, info, ("nfev", "njev", "fvec"))
    elif not call.get("full_output") and flag != 1:
        return call.run()  # which warns
    return (x, info, flag, message) if call.get("full_output") else x


def _system(scope, fn, args, kwargs):
    """root."""
    call = Call(fn, args, kwargs)
    found = call.run()
    if call.levels:
        _converged(call, found.success, found.message)
        whole = _value_only(call, "fun", call.get("jac"))
        # equations that hold for all parameters: their residual is constant
        found = withheld(call.name, found, ("fun", "success", "status", "message", "nfev", "njev", "nit", "method"),
                         x=_root(call, found.x, whole))
    return found


def _nonlin(scope, fn, args, kwargs):
    """newton_krylov, broyden1, anderson and the like, which raise where they do not converge."""
    call = Call(fn, args, kwargs)
    x = call.run()
    if call.levels:
        whole = call.function("F", None)
        return np.reshape(_root(call, x, whole), np.shape(x))
    return x


def _fixed_point(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    x = call.run()
    if not call.levels:
        return x
    return _root(call, x, Composed(call.function("func"), lambda f, z: z - f(z)))


# ---- minima ----


def _unbounded(call, x, bounds):
    if bounds is not None:
        inside(call, x, *limits(bounds))


def _minimize(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    found = call.run()
    if not call.levels:
        return found
    constraints = call.get("constraints", ())
    if constraints is not None and not (isinstance(constraints, (tuple, list, dict)) and not constraints):
        raise SolverError(f"{call.name}: constraints= has no derivative rule: write the Karush-Kuhn-Tucker conditions of what is "
                          "active and give the solution to dualad.implicit_root")
    if not found.success and "precision loss" not in str(found.message):
        _converged(call, False, found.message)
    _unbounded(call, found.x, call.get("bounds"))
    whole = _value_only(call, "fun", call.get("jac"))
    x = stationary(call, whole, found.x)
    return withheld(call.name, found, KEPT, x=x, fun=at_solution(whole, x, found.fun))


KEPT = ("success", "status", "message", "nfev", "njev", "nhev", "nit", "execution_time")


def _minimize_scalar(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    found = call.run()
    if not call.levels:
        return found
    if not found.success:
        _converged(call, False, found.message)
    bounds = plain(call.get("bounds"))
    if bounds is not None:
        inside(call, found.x, *bounds)
    whole = call.function("fun")
    x = stationary(call, whole, found.x)
    return withheld(call.name, found, KEPT, x=x, fun=at_solution(whole, x, found.fun))


def _global(scope, fn, args, kwargs):
    """differential_evolution, dual_annealing, basinhopping, shgo, direct: a minimum inside the bounds."""
    call = Call(fn, args, kwargs)
    found = call.run()
    if not call.levels:
        return found
    if call.get("constraints"):
        raise SolverError(f"{call.name}: constraints= has no derivative rule: use dualad.implicit_root with the conditions of what "
                          "is active")
    if not found.success:
        _converged(call, False, found.message)
    _unbounded(call, found.x, call.get("bounds"))
    whole = call.function("func")
    x = stationary(call, whole, found.x)
    return withheld(call.name, found, KEPT, x=x, fun=at_solution(whole, x, found.fun))


# ---- what has no rule, and what is constant ----


def refuse(name, why):
    """A handler that runs SciPy's function where nothing carries derivatives, and says why not where something does."""
    def handler(scope, fn, args, kwargs):
        call = object.__new__(Call)
        call.levels = _Refusing(name, why)
        return fn(*(call.plain(a) for a in args), **{k: call.plain(v) for k, v in kwargs.items()})

    return handler


class _Refusing(dict):
    """Levels that are not to be met."""

    def __init__(self, name, why):
        super().__init__()
        self.name, self.why = name, why

    def setdefault(self, level, layout=None):
        raise no_rule(self.name, self.why)


def constant(scope, fn, args, kwargs):
    """A result that does not change with the values."""
    return fn(*plain(args), **plain(kwargs))


USE_MINIMIZE = "use scipy.optimize.minimize, whose solution is differentiated"
REFUSED = {
    **dict.fromkeys(("fmin", "fmin_bfgs", "fmin_cg", "fmin_cobyla", "fmin_l_bfgs_b", "fmin_ncg", "fmin_powell", "fmin_slsqp",
                     "fmin_tnc", "brute"), USE_MINIMIZE),
    **dict.fromkeys(("fminbound", "brent", "golden", "bracket"),
                    "use scipy.optimize.minimize_scalar, whose solution is differentiated"),
    **dict.fromkeys(("approx_fprime", "check_grad"), "it takes finite differences; use dualad.jacobian"),
    **dict.fromkeys(("linprog", "milp", "quadratic_assignment"),
                    "solutions jump with the data; write the value with the solution as a constant (x.value)"),
    **dict.fromkeys(("nnls", "lsq_linear", "isotonic_regression"),
                    "solve the normal equations of the free entries (np.linalg.solve), with the active set as a constant"),
    "line_search": "it returns a step that satisfies inequalities",
}
SUPPORTED = {
    **dict.fromkeys(("brentq", "brenth", "bisect", "ridder", "toms748"), _bracketed),
    "newton": _newton, "root_scalar": _root_scalar, "fsolve": _fsolve, "root": _system, "fixed_point": _fixed_point,
    **dict.fromkeys(("newton_krylov", "broyden1", "broyden2", "anderson", "linearmixing", "diagbroyden", "excitingmixing"),
                    _nonlin),
    "minimize": _minimize, "minimize_scalar": _minimize_scalar,
    **dict.fromkeys(("differential_evolution", "dual_annealing", "basinhopping", "shgo", "direct"), _global),
    "least_squares": least_squares, "leastsq": leastsq, "curve_fit": curve_fit,
}
CONSTANT = ("linear_sum_assignment",)
TWINS = ("rosen", "rosen_der", "rosen_hess", "rosen_hess_prod")

for _name, _handler in SUPPORTED.items():
    AWARE[getattr(so, _name)] = _handler
for _name, _why in REFUSED.items():
    AWARE[getattr(so, _name)] = refuse(f"scipy.optimize.{_name}", _why)
for _name in CONSTANT:
    AWARE[getattr(so, _name)] = constant
