"""NIST reference data sets for nonlinear regression: the files, and their models as plain NumPy code.

Source: NIST/ITL Statistical Reference Datasets (StRD), nonlinear regression,
https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml (US government work, public domain).
The files lie unchanged in ``dualad/data``. Imports numpy only: nothing here knows about derivatives.
"""

import re
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

__all__ = ["MODELS", "Problem", "load"]


def misra1a(b, x):
    """Dental research, monomolecular adsorption."""
    b1, b2 = b
    return b1 * (1 - np.exp(-b2 * x))


def gauss2(b, x):
    """Two slightly blended Gaussians on a decaying exponential baseline."""
    b1, b2, b3, b4, b5, b6, b7, b8 = b
    return b1 * np.exp(-b2 * x) + b3 * np.exp(-((x - b4) ** 2) / b5**2) + b6 * np.exp(-((x - b7) ** 2) / b8**2)


def lanczos3(b, x):
    """Sum of three exponentials, data rounded to five digits."""
    b1, b2, b3, b4, b5, b6 = b
    return b1 * np.exp(-b2 * x) + b3 * np.exp(-b4 * x) + b5 * np.exp(-b6 * x)


def cubic_over_cubic(b, x):
    """Rational function: thermal expansion of copper (Hahn1), electron mobility (Thurber)."""
    b1, b2, b3, b4, b5, b6, b7 = b
    return (b1 + b2 * x + b3 * x**2 + b4 * x**3) / (1 + b5 * x + b6 * x**2 + b7 * x**3)


def mgh09(b, x):
    """Rational function of Kowalik and Osborne, difficult for good algorithms."""
    b1, b2, b3, b4 = b
    return b1 * (x**2 + x * b2) / (x**2 + x * b3 + b4)


def eckerle4(b, x):
    """Circular interference transmittance."""
    b1, b2, b3 = b
    return (b1 / b2) * np.exp(-0.5 * ((x - b3) / b2) ** 2)


def rat43(b, x):
    """Sigmoidal growth of onion bulbs."""
    b1, b2, b3, b4 = b
    return b1 / (1 + np.exp(b2 - b3 * x)) ** (1 / b4)


# In the order of NIST's level of difficulty: lower, average, higher.
MODELS = {
    "Misra1a": misra1a, "Lanczos3": lanczos3, "Gauss2": gauss2, "Hahn1": cubic_over_cubic,
    "MGH09": mgh09, "Thurber": cubic_over_cubic, "Rat43": rat43, "Eckerle4": eckerle4,
}


@dataclass(frozen=True)
class Problem:
    """One data set: model, data, the two starting points and NIST's certified values."""

    name: str
    model: object
    x: np.ndarray
    y: np.ndarray
    starts: np.ndarray      # (2, number of parameters)
    parameters: np.ndarray  # certified, 11 digits
    deviations: np.ndarray  # certified standard deviations
    rss: float              # certified residual sum of squares

    @property
    def freedom(self):
        """Degrees of freedom: observations minus parameters."""
        return self.y.size - self.parameters.size

    def residuals(self, b):
        """Return the differences between model and data: what is minimised, in squares."""
        return self.model(b, self.x) - self.y


def load(name):
    """Read one data set.

    Parameters
    ----------
    name : str
        One of `MODELS`, for instance "Misra1a".

    Returns
    -------
    Problem

    Examples
    --------
    >>> from dualad.demo.nist import load
    >>> load("Misra1a").starts.tolist()
    [[500.0, 0.0001], [250.0, 0.0005]]
    """
    text = files("dualad").joinpath("data", f"{name}.dat").read_text(encoding="ascii")
    rows = re.findall(r"^ *b\d+ *= +(.*)$", text, flags=re.MULTILINE)
    table = np.array([row.split() for row in rows], dtype=float)
    rss = re.search(r"Residual Sum of Squares: +(\S+)", text).group(1)
    count = int(re.search(r"Number of Observations: +(\d+)", text).group(1))
    data = np.array([line.split() for line in text.rstrip().splitlines()[-count:]], dtype=float)
    return Problem(
        name=name, model=MODELS[name], x=data[:, 1], y=data[:, 0], starts=table[:, :2].T.copy(),
        parameters=table[:, 2], deviations=table[:, 3], rss=float(rss),
    )
