"""What `dualad.optimize` gains over SciPy's own differences.  ``python asv_benchmarks/scipy_adapters.py [--quick]``.

trust-exact on Rosenbrock's function of 100 unknowns: evaluations and time (goal: 20 times as fast). NIST's fits: digits of
parameters and standard deviations (goal: 8). Stiff chemistry by BDF and Radau: calls of the right-hand side, largest relative
error at the end, time. Medians of interleaved runs; `--quick`: one run each, three iterations of trust-exact.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # read when NumPy is loaded

import numpy as np  # noqa: E402
import scipy.integrate  # noqa: E402
import scipy.optimize  # noqa: E402
from scipy.optimize._numdiff import approx_derivative  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))

from benchmarks.common import Counted  # noqa: E402
from benchmarks.losses import rosenbrock  # noqa: E402
from benchmarks.stiff import NEIGHBOURS, STIFF  # noqa: E402

from dualad import optimize  # noqa: E402
from dualad.demo.fit import digits  # noqa: E402
from dualad.demo.nist import MODELS, load  # noqa: E402

ROUNDS = 5


def by_differences(f, x, options):
    """trust-exact with the gradient by central differences of f, and the Hessian by differences of that."""
    gradient = lambda x: approx_derivative(f, x, method="3-point")

    def hessian(x):
        found = approx_derivative(gradient, x, method="2-point")
        return (found + found.T) / 2

    return scipy.optimize.minimize(f, x, method="trust-exact", jac=gradient, hess=hessian, options=options)


def trust_exact(rounds, quick):
    """Two rows and their ratio."""
    x, options, seconds = np.tile([-1.2, 1.0], 50), {"maxiter": 3} if quick else {}, {"ours": [], "differences": []}
    for _ in range(rounds):
        start = time.perf_counter()
        ours = optimize.minimize(rosenbrock, x, method="trust-exact", options=options)
        seconds["ours"].append(time.perf_counter() - start)
        f, start = Counted(rosenbrock), time.perf_counter()
        theirs = by_differences(f, x, options)
        seconds["differences"].append(time.perf_counter() - start)
    middle = {name: statistics.median(found) for name, found in seconds.items()}
    print(f"trust-exact, Rosenbrock 100: {ours.nit} and {theirs.nit} iterations, f = {ours.fun:.1e} and {theirs.fun:.1e}")
    print(f"  evaluations {dict(ours.objective.counts)}; {f.calls} calls by differences")
    print(f"  {middle['ours']:.3f} s and {middle['differences']:.3f} s: {middle['differences'] / middle['ours']:.0f} times as fast")


def nist():
    """The least digits of each data set, over both starts."""
    print("curve_fit, least digits of both starts (NIST certifies 11): parameters, standard deviations")
    for name in MODELS:
        problem, found = load(name), []
        for start in problem.starts:
            with np.errstate(all="ignore"):  # trial steps from distant starts overflow
                fit = optimize.curve_fit(lambda x, *b, p=problem: p.model(b, x), problem.x, problem.y, start, max_nfev=3000)
            found.append((digits(fit.popt, problem.parameters).min(), digits(fit.deviations, problem.deviations).min()))
        print(f"  {name:10} {min(a for a, _ in found):5.1f} {min(b for _, b in found):5.1f}")


def stiff(rounds):
    """A row for each system, method and way to the Jacobian."""
    print("solve_ivp                          Jacobian by            calls of f    error  seconds")
    for name, (f, span, start, rtol, atol) in STIFF.items():
        exact = scipy.integrate.solve_ivp(f, span, start, "LSODA", rtol=1e-12, atol=1e-15).y[:, -1]
        for method in ("BDF", "Radau"):
            rows = {}
            for _ in range(rounds):
                for way, found in runs(name, f, span, start, {"method": method, "rtol": rtol, "atol": atol}):
                    rows.setdefault(way, []).append(found)
            for way, found in rows.items():
                calls, last, _ = found[0]
                print(f"  {name:25} {method:5} {way:22} {calls:10} {np.max(np.abs(last / exact - 1)):8.1e} "
                      f"{statistics.median(s for *_, s in found):7.3f}")


def runs(name, f, span, start, options):
    """(way to the Jacobian, (calls, last state, seconds)); a call with derivatives counts as one."""
    ways = {"differences": {}} | ({"differences in groups": {"jac_sparsity": NEIGHBOURS}} if len(start) == len(NEIGHBOURS) else {})
    for way, more in ways.items():
        counted, began = Counted(f), time.perf_counter()
        found = scipy.integrate.solve_ivp(counted, span, start, **options, **more)
        yield way[:22], (counted.calls, found.y[:, -1], time.perf_counter() - began)
    began = time.perf_counter()
    found = optimize.solve_ivp(f, span, start, **options)
    yield "dualad", (found.runs["value"] + found.runs["jacobian"], found.y[:, -1], time.perf_counter() - began)


if __name__ == "__main__":
    quick = "--quick" in sys.argv[1:]
    trust_exact(1 if quick else ROUNDS, quick)
    nist()
    stiff(1 if quick else ROUNDS)
