"""Overhead of dualad against plain NumPy and its peers: ratios of medians from one interleaved run.

Run from a Python that has dualad and any of num-dual, fastdual, autograd, advect installed:
``python asv_benchmarks/overhead.py [--json FILE]``.  Every answer is checked before it is
timed; a peer that is missing is reported as such.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from benchmarks.common import interleaved  # noqa: E402
from benchmarks.problems import PROBLEMS, rosenbrock, scalar_chain, scalar_chain_first, scalar_chain_second  # noqa: E402

import dualad  # noqa: E402


def peer(name):
    """The module, or None where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError:
        return None


def agree(got, want, what):
    np.testing.assert_allclose(np.asarray(got, dtype=float), want, rtol=1e-9, err_msg=what)


def ratio(label, goal, ours, theirs, rounds=15, seconds=0.01):
    """One row: our time over theirs, and whether the goal is met."""
    t = interleaved({"ours": ours, "theirs": theirs}, rounds, seconds)
    value = t["ours"] / t["theirs"]
    met = value <= goal
    return {"what": label, "ours_us": t["ours"] * 1e6, "theirs_us": t["theirs"] * 1e6, "ratio": value, "goal": goal, "met": met}


def operators():
    """Dual operators and np.sin against the same on plain arrays."""
    for n in (1, 10, 100):
        x = np.linspace(1.0, 2.0, n)
        a, b, y = dualad.dual(x, np.ones(n)), dualad.dual(x + 1, np.ones(n)), x + 1
        yield ratio(f"dual a*b / NumPy x*y, {n} elements", 1.0, lambda a=a, b=b: a * b, lambda x=x, y=y: x * y)
        yield ratio(f"dual a+b / NumPy x+y, {n} elements", 1.0, lambda a=a, b=b: a + b, lambda x=x, y=y: x + y)
        yield ratio(f"dual a/b / NumPy x/y, {n} elements", 1.0, lambda a=a, b=b: a / b, lambda x=x, y=y: x / y)
    for n in (1, 10, 100, 1000):
        x = np.linspace(1.0, 2.0, n)
        a = dualad.dual(x, np.ones(n))
        yield ratio(f"np.sin(dual) / np.sin(plain), {n} elements", 2.0, lambda a=a: np.sin(a), lambda x=x: np.sin(x))


def traffic():
    """A dual product at 1e6 elements against NumPy's product of blocks of the same bytes.

    The bound reads the two (2, n) blocks and writes a fresh one, as the dual product must: 32 MB in, 16 MB out,
    page faults of the new array included.
    """
    n = 10**6
    rng = np.random.default_rng(0)
    a, b = (dualad.dual(rng.random(n) + 0.5, rng.random(n)) for _ in range(2))
    p, q = a.block.copy(), b.block.copy()
    yield ratio("dual product / memory traffic, 1e6 elements", 1.3, lambda: a * b, lambda: p * q, 41, 0.004)


def chains():
    """f' and f'' of exp(x)/sqrt(sin^3+cos^3) at a float against num-dual."""
    nd = peer("num_dual")
    if nd is None:
        yield {"what": "num-dual", "missing": True}
        return
    x = 0.7
    first, second = dualad.dual(x, 1.0), dualad.hyperdual(x, 1.0)
    agree(scalar_chain(first).tangents[0], scalar_chain_first(x), "dualad f'")
    agree(scalar_chain(second).e12[0, 0], scalar_chain_second(x), "dualad f''")

    def methods(v):
        return v.exp() / (v.sin() ** 3 + v.cos() ** 3).sqrt()

    for order, ours, theirs, want in ((1, first, nd.first_derivative, scalar_chain_first(x)),
                                      (2, second, nd.second_derivative, scalar_chain_second(x))):
        agree(theirs(methods, x)[order], want, "num-dual methods")
        agree(theirs(scalar_chain, x)[order], want, "num-dual NumPy")
        mark = "'" * order
        yield ratio(f"f{mark}: dualad / num-dual through NumPy calls", 1.0, lambda v=ours: scalar_chain(v),
                    lambda d=theirs: d(scalar_chain, x))
        yield ratio(f"f{mark}: dualad / num-dual's own methods", 3.0, lambda v=ours: scalar_chain(v), lambda d=theirs: d(methods, x))


def scalar_loop():
    """A loop of scalar arithmetic with 6 tangents against fastdual, and the Python float."""
    fd = peer("fastdual")
    if fd is None:
        yield {"what": "fastdual", "missing": True}
        return

    def loop(a, b):
        s = a
        for _ in range(100):
            s = (s * b + a - b) / a
        return s

    theirs = fd.DualArray([1.1, 1.2, 1.3, 1.4, 1.5, 1.6])
    ours = [dualad.dual(v, e) for v, e in zip((1.1, 1.2), np.eye(6), strict=False)]
    slope = dualad.jacobian(lambda v: loop(v[0], v[1]))(np.array([1.1, 1.2]))
    agree(loop(*ours).tangents[:2], slope, "dualad loop")
    agree([fd.der(loop(theirs[0], theirs[1]), theirs[k]) for k in (0, 1)], slope, "fastdual loop")
    yield ratio("scalar loop, 6 tangents: dualad / fastdual", 2.0, lambda: loop(*ours), lambda: loop(theirs[0], theirs[1]))


def hessians():
    """Dense Hessian of the 100-variable Rosenbrock function against eager tools."""
    problem = PROBLEMS["rosenbrock-100"]()
    x, want = problem.x, problem.second(problem.x)
    ours = dualad.hessian(rosenbrock)
    agree(ours(x), want, "dualad")
    rivals = {}
    if ag := peer("autograd"):
        anp = importlib.import_module("autograd.numpy")
        rivals["autograd"] = ag.hessian(lambda v: anp.sum(100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2))
    if nd := peer("num_dual"):
        rivals["num-dual"] = lambda v: nd.hessian(lambda w: rosenbrock(np.array(w)), list(v))[2]
    if ad := peer("advect"):
        rivals["advect"] = ad.hessian(rosenbrock)
    for name in ("autograd", "num-dual", "advect"):
        if name not in rivals:
            yield {"what": name, "missing": True}
            continue
        agree(rivals[name](x), want, name)
        yield ratio(f"Hessian of Rosenbrock-100: dualad / {name}", 0.1, lambda: ours(x), lambda f=rivals[name]: f(x), 7)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", type=Path, help="also write the rows to this file")
    args = options.parse_args()
    print(f"Python {platform.python_version()}, NumPy {np.__version__}; medians of one interleaved run\n")
    print(f"{'what':58} {'ours us':>10} {'theirs us':>10} {'ratio':>7} {'goal':>6}")
    rows = []
    for group in (operators, traffic, chains, scalar_loop, hessians):
        for row in group():
            rows.append(row)
            if row.get("missing"):
                print(f"{row['what']:58} not installed")
            else:
                print(f"{row['what']:58} {row['ours_us']:10.3f} {row['theirs_us']:10.3f} {row['ratio']:7.2f} {row['goal']:6.2f} "
                      f"{'met' if row['met'] else 'NOT MET'}", flush=True)
    if args.json:
        args.json.write_text(json.dumps([{k: (bool(v) if k == "met" else v) for k, v in r.items()} for r in rows], indent=1))


if __name__ == "__main__":
    main()
