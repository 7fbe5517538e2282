"""Functions of ours that interpolants of SciPy are composed of, with their rules (decision note 16).

Nothing here is keyed by a function of SciPy: its interpolants are classes, which the capturing scope stands in for
(`dualad/scope/packages/interpolate.py`). May import: its own modules.
"""
