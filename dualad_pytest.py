"""pytest plugin of dualad: the fixture `check_gradients`.

A module of its own, outside the package: pytest loads it in every run of every project, so it imports neither dualad nor NumPy
until a test asks for the fixture.
"""

import pytest


@pytest.fixture
def check_gradients():
    """`dualad.testing.check_gradients`, which raises where a gradient disagrees with differences of its function."""
    from dualad.testing import check_gradients

    return check_gradients
