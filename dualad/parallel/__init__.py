"""Derivatives at many points, in blocks, or summed over shards of data, spread over any `concurrent.futures.Executor`.

Threads, processes (the default), `dask.distributed` (`Client.get_executor()`), `mpi4py.futures`: the engine runs the tasks
and repeats them if it does that; what is computed does not depend on it.  Not imported by ``import dualad``: write
``from dualad import parallel``.  May import: dualad's API and the blocks of `jacobians` and `hessians`, numpy.
"""

from .blocks import hessian, jacobian
from .points import map
from .shards import total

__all__ = ["hessian", "jacobian", "map", "total"]
