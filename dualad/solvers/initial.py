"""solve_ivp and odeint in the capturing scope.

May import: functions, nest, ode, steps, core, errors, numpy, scipy.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import BDF, DOP853, LSODA, RK23, RK45, Radau, odeint, solve_ivp
from scipy.integrate._ivp.rk import RungeKutta

from ..core.operands import plain, primal, stacked
from ..errors import ComplexError, SolverError
from . import nest, steps
from .functions import Call
from .ode import Trajectory, blocks, moved, sensitivities, simple, start, tolerances, vector

__all__ = ["handle_odeint", "handle_solve_ivp"]

METHODS = {m.__name__: m for m in (RK23, RK45, DOP853, Radau, BDF, LSODA)}


# ---- solve_ivp ----


def handle_solve_ivp(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    found = call.run()
    if not call.levels or not len(found.t):
        return found
    _possible(call, found)
    problem = _problem(call, found)
    method = call.get("method", "RK45")
    method = METHODS.get(method, method)
    ladder = nest.forward(problem.levels)
    if np.all(problem.times == problem.t0):
        states = np.stack([problem.y0] * len(problem.times))
    elif ladder is not None and (simple(ladder) or method not in (Radau, BDF, LSODA)):
        states = sensitivities(problem, _integrator(call, problem, method))
    else:
        states = _gone_over(call, problem, method, found.nfev)
    times, rows = _at_times(call, problem, states, _traced_times(call, problem))
    found.y = found.y + (rows - primal(rows)).T
    if times is not None:
        found.t = times
    return found


def _possible(call, found):
    """Refuse what has no derivatives here."""
    if call.get("events") is not None:
        raise SolverError(f"{call.name}: events= has no derivative rule (the time of an event depends on the parameters): "
                          "integrate without events; find the time with dualad.implicit_root and pass it as the end of t_span")
    if call.get("dense_output"):
        raise SolverError(f"{call.name}: dense_output=True has no derivative rule: pass the times as t_eval=")
    if not found.success:
        raise SolverError(f"{call.name}: did not reach the end ({found.message}): there is no derivative")
    if found.y.dtype.kind == "c":
        raise ComplexError(f"{call.name}: complex states are not supported with derivatives: separate real and imaginary parts")


def _problem(call, found):
    function = call.function("fun")
    form = (lambda f, t, y: np.reshape(f(t, y[:, None]), -1)) if call.get("vectorized") else None
    (t0, _), y0 = call.get("t_span"), call.get("y0")
    problem = Trajectory(call, vector(function, form), float(plain(t0)), None, found.t, found.y.T)
    problem.y0 = start(problem, t0, _vector(y0))
    return problem


def _vector(y0):
    y0 = stacked(y0) if isinstance(y0, (list, tuple)) else y0
    return np.reshape(y0, -1) if nest.nest(y0) else np.asarray(plain(y0), dtype=np.float64).reshape(-1)


def _options(call):
    return {k: plain(v) for k, v in (call.get("options") or {}).items()}


def _integrator(call, problem, method):
    """SciPy's method on the system of all components."""
    options = _options(call)
    rtol, atol = options.pop("rtol", 1e-3), options.pop("atol", 1e-6)
    for name in ("jac", "jac_sparsity", "lband", "uband"):
        options.pop(name, None)
    span = problem.t0, float(plain(call.get("t_span")[1]))

    def integrate(rhs, y0, ladder, weights):
        more = dict(options)
        if method in (Radau, BDF, LSODA):
            more["jac"] = blocks(problem, ladder, dense=method is LSODA)
        r, a = tolerances(rtol, atol, weights)
        found = solve_ivp(rhs, span, y0, method, t_eval=problem.times, rtol=r, atol=a, **more)
        if not found.success:
            raise SolverError(f"{call.name}: the sensitivities did not reach the end ({found.message})")
        return found.y.T

    return integrate


def _gone_over(call, problem, method, effort):
    """The accepted steps of the method, or of one that is as accurate, with derivatives."""
    options = _options(call)
    rtol, atol = options.get("rtol", 1e-3), options.get("atol", 1e-6)
    keep = {k: options[k] for k in ("first_step", "max_step") if k in options}
    if method is LSODA:
        return _either(problem, rtol, atol, effort, **keep)
    if method in (Radau, BDF):
        return steps.implicit(problem, rtol, atol, **keep)
    if not issubclass(method, RungeKutta):
        raise SolverError(f"{call.name}: reverse mode knows the steps of SciPy's methods only, found {method.__name__}: use "
                          "forward mode (dualad.jacobian(f, mode='forward'))")
    dense = call.run(dense_output=True).sol
    return steps.explicit(problem, method, _grid(dense), problem.values)


class _Stiff(Exception):
    """An explicit method takes too many evaluations."""


def _either(problem, rtol, atol, effort, **options):
    """Steps in place of those of LSODA: of DOP853, or of Radau where that takes far more evaluations than LSODA took."""
    left = [max(3000, 10 * int(effort))]

    def rhs(t, y):
        left[0] -= 1
        if left[0] < 0:
            raise _Stiff
        return primal(problem.lean(t, y))

    rtol_, far = max(float(np.min(rtol)), 3e-14), problem.times[-1]
    try:
        found = solve_ivp(rhs, (problem.t0, far), primal(problem.y0), "DOP853", dense_output=True, rtol=rtol_, atol=atol, **options)
    except _Stiff:
        return steps.implicit(problem, rtol, atol, **options)
    if not found.success or far == problem.t0:
        return steps.implicit(problem, rtol, atol, **options)
    return steps.explicit(problem, DOP853, _grid(found.sol), found.sol(problem.times).T)


def _grid(dense):
    return [(float(s.t_old), float(s.t), s.y_old) for s in dense.interpolants]


def _traced_times(call, problem):
    """The output times as the user gave them, or None where they are plain."""
    (t0, t1), given = call.get("t_span"), call.get("t_eval")
    if given is not None:
        return None if not nest.nest(given) else [given[k] for k in range(len(problem.times))]
    if not nest.nest(t0, t1):
        return None
    times = list(problem.times)
    times[0], times[-1] = t0, t1
    return times


def _at_times(call, problem, states, traced):
    """(times, states) where the times carry derivatives themselves."""
    if traced is None:
        return None, states
    rows = [states[k] for k in range(len(problem.times))]
    for k, t in enumerate(traced):
        if nest.nest(t):
            rows[k] = moved(problem, problem.times[k], rows[k], t - plain(t))
    return np.stack(traced), np.stack(rows)


# ---- odeint ----


def handle_odeint(scope, fn, args, kwargs):
    call = Call(fn, args, kwargs)
    y, info = call.run(full_output=True)
    if not call.levels:
        return (y, info) if call.get("full_output") else y if info["message"] == "Integration successful." else call.run()
    if info["message"] != "Integration successful.":
        raise SolverError(f"{call.name}: did not reach the end ({info['message']}): there is no derivative")
    function, first = call.function("func"), call.get("tfirst", False)
    given = call.get("t")
    times = np.asarray(plain(given), dtype=np.float64)
    problem = Trajectory(call, vector(function, None if first else lambda f, t, y: f(y, t)), float(times[0]), None, times, y)
    traced = [given[k] for k in range(len(times))] if nest.nest(given) else None
    problem.y0 = start(problem, given[0], _vector(call.get("y0")))
    rtol, atol = (1.49012e-8 if call.get(name) is None else plain(call.get(name)) for name in ("rtol", "atol"))
    ladder = nest.forward(problem.levels)
    if ladder is not None and simple(ladder):
        states = sensitivities(problem, _odeint(call, problem, rtol, atol))
    else:
        states = _either(problem, rtol, atol, info["nfe"][-1])
    _, rows = _at_times(call, problem, states, traced)
    y = y + (rows - primal(rows))
    return (y, info) if call.get("full_output") else y


KEPT = ("tcrit", "h0", "hmax", "hmin", "mxstep", "mxhnil", "mxordn", "mxords")


def _odeint(call, problem, rtol, atol):
    options = {k: plain(call.get(k)) for k in KEPT if k in call.given}

    def integrate(rhs, y0, ladder, weights):
        r, a = tolerances(rtol, atol, weights)
        found, info = odeint(rhs, y0, problem.times, Dfun=blocks(problem, ladder, dense=True), rtol=r, atol=a, tfirst=True,
                             full_output=True, **options)
        if info["message"] != "Integration successful.":
            raise SolverError(f"{call.name}: the sensitivities did not reach the end ({info['message']})")
        return found

    return integrate
