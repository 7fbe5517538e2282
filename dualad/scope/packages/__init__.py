"""Handlers for functions of other packages, one module each, imported when one of their functions is first met."""
