"""Many Hessians on one process and on two: `dualad.parallel.map` on pools that are there already."""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import dualad
from dualad import parallel

from .losses import rosenbrock

__all__ = ["ENTRIES", "POINTS", "coupled", "pool_of"]

POINTS, ENTRIES = 1000, 30


def coupled(x):
    """A number of which every two entries of x have a mixed derivative: about half a millisecond for its Hessian."""
    return rosenbrock(x) + np.sum(np.exp(-np.outer(x, x) ** 2))


def pool_of(workers):
    """Processes that have met the function."""
    folder = str(Path(__file__).parents[1])
    if folder not in sys.path:  # asv finds this package by other ways; processes get the path
        sys.path.append(folder)
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    points(pool, 64 * workers)
    return pool


def points(executor, count=POINTS):
    x = np.random.default_rng(1).normal(size=(count, ENTRIES))
    return parallel.map(dualad.hessian, coupled, x, executor=executor)


class Hessians:
    """0: this process without a pool, which is what the pools are compared with."""

    params = ((0, 1, 2),)
    param_names = ("processes",)
    number, repeat = 1, 5

    def setup(self, processes):
        self.pool = pool_of(processes) if processes else 0

    def teardown(self, processes):
        if processes:
            self.pool.shutdown()

    def time_thousand_hessians(self, processes):
        points(self.pool)
