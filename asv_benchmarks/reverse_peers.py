"""Reverse mode against plain NumPy, autograd and eager PyTorch: ratios of medians from one interleaved run.

Run from a Python that has dualad and any of autograd, torch installed: ``python asv_benchmarks/reverse_peers.py``.
Every gradient is compared with a peer's before it is timed; a peer that is missing is reported as such. One thread for
everybody: products on several threads make ratios depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import os
import platform
import sys
import warnings
from pathlib import Path

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # read when NumPy is loaded

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))

from benchmarks.common import interleaved  # noqa: E402
from benchmarks.losses import MAPS, gmm, gmm_case, mlp, mlp_case, read_gmm, rosenbrock, small_net  # noqa: E402

import dualad  # noqa: E402
from dualad.calls import Inputs  # noqa: E402
from dualad.gradients import Recording  # noqa: E402

ROWS = []
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "adbench"


def peer(name):
    """The module, or None where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError:
        return None


def row(label, times, base, goal, smaller=True):
    """One line: the ratio of two of the times, and the goal."""
    value = times["dualad"] / times[base] if smaller else times[base] / times["dualad"]
    met = value <= goal if smaller else value >= goal
    ROWS.append({"what": label, "dualad_us": times["dualad"] * 1e6, "other_us": times[base] * 1e6, "ratio": value, "goal": goal,
                 "met": bool(met)})
    print(f"{label:58s} {times['dualad'] * 1e6:10.1f} us {times[base] * 1e6:10.1f} us  {value:7.2f}  goal {'<=' if smaller else '>='} "
          f"{goal:<5} {'met' if met else 'NOT MET'}", flush=True)


def worst(a, b):
    """Largest difference of two gradients, relative to the largest entry."""
    return max(float(np.max(np.abs(np.asarray(p) - np.asarray(q))) / max(np.max(np.abs(q)), 1e-300)) for p, q in zip(a, b, strict=True))


def agree(what, ours, theirs, name="autograd"):
    """Print the worst relative difference of two lists of arrays, and stop if it is more than 1e-10."""
    error = worst(ours, theirs)
    print(f"{what}: against {name}, relative {error:.1e}", flush=True)
    if not error <= 1e-10:
        raise SystemExit(f"{what}: dualad and {name} differ by {error:.1e}")


def torch_gmm(torch, case):
    """The same objective in eager PyTorch."""
    xp = TorchNumpy(torch)
    alphas, means, icf = (torch.tensor(v, requires_grad=True) for v in case[:3])
    x = torch.tensor(case[3])

    def gradient():
        return torch.autograd.grad(gmm(alphas, means, icf, x, *case[4:], np=xp), (alphas, means, icf))

    return gradient


class TorchNumpy:
    """The few NumPy names the losses use, as PyTorch calls."""

    def __init__(self, torch):
        self.torch = torch
        self.exp, self.log, self.einsum, self.tanh, self.sin = torch.exp, torch.log, torch.einsum, torch.tanh, torch.sin
        self.concatenate = torch.cat

    def dot(self, a, b):
        return self.tensor(a) @ self.tensor(b)

    def tensor(self, v):
        return v if isinstance(v, self.torch.Tensor) else self.torch.from_numpy(v)

    def sum(self, x, axis=None, keepdims=False):
        return self.torch.sum(x, dim=tuple(range(x.ndim)) if axis is None else axis, keepdim=keepdims)

    def max(self, x, axis, keepdims=False):
        return self.torch.amax(x, dim=axis, keepdim=keepdims)

    def tensordot(self, a, b, axes):
        return self.torch.tensordot(a, self.tensor(b), axes)


def mixture(autograd, torch):
    case = read_gmm(DATA / "gmm_d2_K5.txt") if DATA.exists() else gmm_case(200, 2, 5)
    ours = dualad.grad(gmm, argnums=(0, 1, 2))
    if autograd:
        theirs = autograd.grad(lambda a, m, i, *rest: gmm(a, m, i, *rest, np=autograd.numpy), argnum=(0, 1, 2))
        agree("GMM of ADBench's file, gradient", ours(*case), theirs(*case))
    case = gmm_case()
    candidates = {"dualad": lambda: ours(*case), "numpy": lambda: gmm(*case)}
    if autograd:
        agree("GMM d=10 K=25 N=1000, gradient", ours(*case), theirs(*case))
        candidates["autograd"] = lambda: theirs(*case)
    if torch:
        eager = torch_gmm(torch, case)
        agree("GMM d=10 K=25 N=1000, gradient", ours(*case), [g.numpy() for g in eager()], "PyTorch")
        candidates["torch"] = eager
    t = interleaved(candidates, 9, 0.05)
    row("GMM gradient / NumPy primal", t, "numpy", 3.5)
    for name in ("autograd", "torch"):
        if name in t:
            row(f"GMM: {name} / dualad", t, name, 1.0, False)


def flat(gradient):
    """The arrays of a gradient in layers of (weights, bias)."""
    return [part for layer in gradient for part in layer]


def large(autograd):
    x, v = np.random.default_rng(1).normal(size=(2, 10**6))
    gradient, product = dualad.grad(rosenbrock), dualad.hvp(rosenbrock)
    if autograd:
        theirs = functools.partial(rosenbrock, np=autograd.numpy)
        agree("Rosenbrock 10^6, gradient", [gradient(x)], [autograd.grad(theirs)(x)])
        agree("Rosenbrock 10^6, HVP", [product(x, v)], [autograd.hessian_vector_product(theirs)(x, v)])
    t = interleaved({"dualad": lambda: gradient(x), "numpy": lambda: rosenbrock(x)}, 11, 0.05)
    row("Rosenbrock 10^6 gradient / NumPy primal", t, "numpy", 4.0)
    t = interleaved({"dualad": lambda: product(x, v), "numpy": lambda: rosenbrock(x)}, 11, 0.05)
    row("Rosenbrock 10^6 HVP / NumPy primal", t, "numpy", 8.0)
    case = mlp_case()
    gradient = dualad.grad(mlp)
    if autograd:
        theirs = autograd.grad(functools.partial(mlp, np=autograd.numpy))
        agree("MLP 784-256-128-10, gradient", flat(gradient(*case)), flat(theirs(*case)))
    t = interleaved({"dualad": lambda: gradient(*case), "numpy": lambda: mlp(*case)}, 15, 0.02)
    row("MLP 784-256-128-10, batch 64: gradient / NumPy primal", t, "numpy", 3.0)


def small(autograd, torch):
    w1, w2, x = small_net()

    def f(x, np=np):
        return np.sum(np.tanh(np.dot(w2, np.tanh(np.dot(w1, x)))))

    gradient = dualad.grad(f)
    candidates = {"dualad": lambda: gradient(x), "numpy": lambda: f(x)}
    if autograd:
        theirs = autograd.grad(lambda x: f(x, autograd.numpy))
        agree("small net, gradient", [gradient(x)], [theirs(x)])
        candidates["autograd"] = lambda: theirs(x)
    if torch:
        t1, t2, tx = torch.tensor(w1), torch.tensor(w2), torch.tensor(x, requires_grad=True)
        candidates["torch"] = lambda: torch.autograd.grad(torch.sum(torch.tanh(t2 @ torch.tanh(t1 @ tx))), tx)
    t = interleaved(candidates, 15, 0.02)
    row("small net gradient / NumPy primal", t, "numpy", 10.0)
    for name in ("autograd", "torch"):
        if name in t:
            row(f"small net: {name} / dualad", t, name, 3.0, False)


def operations(torch, n=1000):
    """Recording and sweeping a chain of products and sums of ten elements."""
    x = np.full(10, 0.9)

    def chain(x):
        y = x
        for _ in range(n // 2):
            y = y * x
            y = y + x
        return y

    def record():
        return Recording(Inputs(chain, (x,), {}, 0, "chain"))

    ones = np.ones(10)
    candidates = {"numpy": lambda: chain(x), "record": record, "both": lambda: record().pull([ones], free=True)}
    if torch:
        tx = torch.tensor(x, requires_grad=True)
        candidates["torch"] = lambda: torch.autograd.grad(torch.sum(chain(tx)), tx)
    t = interleaved(candidates, 11, 0.02)
    for name, goal in (("record", 0.5), ("both", 1.5)):
        ROWS.append({"what": f"{name}, us for one operation on 10 elements", "dualad_us": t[name] / n * 1e6, "goal": goal,
                     "met": bool(t[name] / n * 1e6 <= goal)})
    print("per operation on 10 elements: " + ", ".join(f"{k} {v / n * 1e6:.2f} us" for k, v in t.items())
          + "   (goals: record 0.5, record and sweep 1.5)")


def jacobians(autograd, torch):
    for name in ("tall 10 -> 2000", "wide 2000 -> 10", "square 200 -> 200"):
        f, n = MAPS[name]
        x = np.random.default_rng(2).normal(size=n)
        ours = dualad.jacobian(f)
        candidates = {"dualad": lambda ours=ours, x=x: ours(x)}
        if autograd:
            theirs = autograd.jacobian(lambda x, f=f: f(x, autograd.numpy))
            agree(f"{name}, Jacobian", [ours(x)], [theirs(x)])
            candidates["autograd"] = lambda theirs=theirs, x=x: theirs(x)
        if torch:
            tx, xp = torch.tensor(x), TorchNumpy(torch)
            candidates["torch"] = lambda f=f, tx=tx, xp=xp: torch.autograd.functional.jacobian(functools.partial(f, np=xp), tx)
            agree(f"{name}, Jacobian", [ours(x)], [candidates["torch"]().numpy()], "PyTorch")
        t = interleaved(candidates, 7, 0.03)
        for other in ("autograd", "torch"):
            if other in t:
                row(f"Jacobian {name}: {other} / dualad", t, other, 5.0, False)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", type=Path, help="also write the rows to this file")
    args = options.parse_args()
    autograd, torch = peer("autograd"), peer("torch")
    if autograd:
        importlib.import_module("autograd.numpy")
    if torch:
        torch.set_num_threads(1)
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, autograd {'yes' if autograd else 'missing'}, "
          f"torch {torch.__version__ if torch else 'missing'}\n{'':58s} {'dualad':>13s} {'other':>13s}    ratio")
    with np.errstate(all="ignore"):
        mixture(autograd, torch)
        large(autograd)
        small(autograd, torch)
        operations(torch)
        jacobians(autograd, torch)
    if args.json:
        args.json.write_text(json.dumps(ROWS, indent=1))


if __name__ == "__main__":
    main()
