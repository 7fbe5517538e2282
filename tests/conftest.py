"""What all tests share: the one place where randomness is seeded."""

import numpy as np
import pytest
from hypothesis import settings

SEED = 20261101

# derandomize: a failure in one run is a failure in every run. No deadline: shared machines are slow at times.
settings.register_profile("dualad", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("dualad")


@pytest.fixture
def rng():
    """Return a random generator in the same state for every test."""
    return np.random.default_rng(SEED)
