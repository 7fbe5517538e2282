"""How many times as fast are two processes as one, on a map of 1,000 Hessians?  ``python asv_benchmarks/parallel_ratio.py``.

Pools are made and warmed first, and run in turn. Wall time is what counts on a quiet machine; on a shared one the second figure
does: CPU seconds of all processes, of this one (which sends and gathers) and of the busiest worker, from which follows the
ratio that two free cores would give. Goal: at least 1.6.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # read when NumPy is loaded, here and in the workers

sys.path.insert(0, str(Path(__file__).parent))

from benchmarks.parallel import POINTS, points, pool_of  # noqa: E402

ROUNDS = 7


def cpu_seconds(k):
    """(process, its CPU seconds so far); asked of workers until each has answered."""
    time.sleep(0.05)
    return os.getpid(), time.process_time()


def measured(pool, workers):
    """Wall seconds of one run, CPU seconds of this process and of each worker in it."""
    def answers():
        found = {}
        while len(found) < workers:
            found |= dict(pool.map(cpu_seconds, range(2 * workers)))
        return found

    before, own, wall = answers(), time.process_time(), time.perf_counter()
    points(pool)
    wall, own = time.perf_counter() - wall, time.process_time() - own
    after = answers()
    return wall, own, [after[pid] - before[pid] for pid in before]


def main():
    """Print the table and the ratios."""
    pools, rows = {n: pool_of(n) for n in (1, 2)}, {1: [], 2: []}
    for _ in range(ROUNDS):
        for n, pool in pools.items():
            rows[n].append(measured(pool, n))
    for pool in pools.values():
        pool.shutdown()
    print(f"{POINTS} Hessians; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; medians of {ROUNDS}")
    print("processes  wall s  CPU s here  CPU s of workers")
    for n, found in rows.items():
        wall, own, each = (statistics.median(r[0] for r in found), statistics.median(r[1] for r in found),
                           sorted(found, key=lambda r: sum(r[2]))[ROUNDS // 2][2])
        print(f"{n:9} {wall:7.3f} {own:11.3f}  " + ", ".join(f"{c:.3f}" for c in each))
    walls = [statistics.median(r[0] for r in rows[n]) for n in (1, 2)]
    # the parent works beside the workers: it takes a core only where there are no more cores than workers
    busy = [statistics.median(r[1] + max(r[2]) for r in rows[n]) for n in (1, 2)]
    print(f"ratio of wall times {walls[0] / walls[1]:.2f}, best round {max(a[0] / b[0] for a, b in zip(*rows.values(), strict=True)):.2f}; "
          f"by CPU time (here + busiest worker) {busy[0] / busy[1]:.2f}")


if __name__ == "__main__":
    main()
