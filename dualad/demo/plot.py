"""The demo's picture: for each data set the data, the fit, its confidence band, and the residuals beneath.

matplotlib is imported inside `draw`: it is an optional dependency, and the caller says so when it is missing.
"""

import numpy as np

import dualad

__all__ = ["band", "draw"]

LEVEL = 0.95
COLUMNS = 4
BLUE, ORANGE, GREY = "#1f5fa8", "#d9730d", "#555555"


def band(result, x):
    """Return the fitted curve at `x` and the half width of its 95 % confidence band (delta method).

    Var f(x) is approximately g' C g, with g the exact gradient of the model in its parameters and C their covariance.
    """
    from scipy.special import stdtrit  # Student's t; scipy.stats takes a second to import

    model = result.problem.model
    gradient = dualad.jacobian(lambda b: model(b, x))(result.parameters)
    variance = np.einsum("ij,jk,ik->i", gradient, result.covariance, gradient)
    quantile = stdtrit(result.problem.freedom, (1 + LEVEL) / 2)
    return model(result.parameters, x), quantile * np.sqrt(np.maximum(variance, 0.0))


def draw_fit(axes, result):
    """Draw data, curve and band of one fit."""
    problem = result.problem
    x = np.linspace(problem.x.min(), problem.x.max(), 400)
    curve, half = band(result, x)
    size = 4 if problem.x.size < 60 else 2
    axes.fill_between(x, curve - half, curve + half, color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(x, curve, color=BLUE, linewidth=1.3)
    axes.plot(problem.x, problem.y, "o", color=ORANGE, markersize=size, markeredgewidth=0, alpha=0.85)
    axes.set_title(f"{problem.name}: {result.digits.min():.1f} digits", fontsize=10)
    axes.tick_params(labelbottom=False, labelsize=8)


def draw_residuals(axes, result):
    """Draw observed minus fitted, with the half width of the band around zero."""
    problem = result.problem
    x = np.linspace(problem.x.min(), problem.x.max(), 400)
    _, half = band(result, x)
    size = 3.5 if problem.x.size < 60 else 2
    axes.fill_between(x, -half, half, color=BLUE, alpha=0.25, linewidth=0)
    axes.axhline(0.0, color=BLUE, linewidth=0.8)
    observed = -problem.residuals(result.parameters)
    axes.plot(problem.x, observed, "o", color=GREY, markersize=size, markeredgewidth=0, alpha=0.85)
    axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    axes.yaxis.get_offset_text().set_fontsize(7)
    axes.tick_params(labelsize=8)


def draw(results, path):
    """Save one PNG with a panel pair for each result.

    Raises ImportError when matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # no pyplot: no display, no global state
    from matplotlib.figure import Figure

    columns = min(COLUMNS, len(results))
    rows = -(-len(results) // columns)
    figure = Figure(figsize=(3.9 * columns, 0.8 + 3.6 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(
        "NIST reference fits: data, fit with 95 % confidence band (delta method), and beneath observed minus fitted",
        fontsize=11 if columns > 2 else 7,
    )
    cells = figure.subfigures(rows, columns, squeeze=False)
    for cell, result in zip(cells.flat, results, strict=False):
        above, below = cell.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        draw_fit(above, result)
        draw_residuals(below, result)
    figure.savefig(path, dpi=110)
