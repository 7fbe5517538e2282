"""asv suites of dualad; `problems` is shared with the tests."""
