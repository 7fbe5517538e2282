"""How much of a derivative is computed in one run of the function."""
