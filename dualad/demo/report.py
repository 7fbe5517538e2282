"""What the demo prints: a line for each fit as it ends, then two tables against NIST's certified values."""

import numpy as np

from .fit import digits

__all__ = ["REQUIRED_DIGITS", "fit_table", "parameter_table", "progress", "verdict"]

REQUIRED_DIGITS = 9.0
SD = "sd, J'J"


def progress(result, number, total):
    """Return the line shown when a fit has ended."""
    return (
        f"[{number:2d}/{total}] {result.problem.name:9s} start {result.start}: {result.iterations:4d} Jacobians, "
        f"{result.newton} Newton steps, {result.digits.min():4.1f} digits, {result.seconds:.2f} s"
    )


def fit_table(results):
    """Return the table with one row for each fit: fewest digits agreed with the certified values."""
    lines = [
        "Digits agreed with the certified values (fewest over the parameters; 11 are certified)",
        "",
        "data set   start  parameters  std dev  residual sum of squares",
        "---------  -----  ----------  -------  -----------------------",
    ]
    for r in results:
        deviations = digits(r.deviations, r.problem.deviations).min()
        squares = float(digits(r.rss, r.problem.rss))
        lines.append(f"{r.problem.name:9s}  {r.start:5d}  {r.digits.min():10.1f}  {deviations:7.1f}  {squares:23.1f}")
    return "\n".join(lines)


def parameter_table(results):
    """Return the table with one row for each parameter of each data set, the worse of its two starts."""
    lines = [
        "Parameters and standard deviations (sd). J'J: s^2 inv(J'J), the definition that NIST certifies.",
        "Hessian: 2 s^2 inv(H) with the exact Hessian H, which keeps the curvature of the model that J'J leaves out.",
        "",
        f"{'data set':9s}      {'parameter':>17s}  {'certified':>17s}  digits  {SD:>16s}  {'certified':>16s}"
        f"  digits  {'sd, Hessian':>16s}",
        "  ".join("-" * width for width in (9, 2, 17, 17, 6, 16, 16, 6, 16)),
    ]
    for name in dict.fromkeys(r.problem.name for r in results):
        lines += parameter_rows([r for r in results if r.problem.name == name])
    return "\n".join(lines)


def parameter_rows(results):
    """Return the rows of one data set: values of the fit with fewest digits, digits the fewest over its fits."""
    worst = min(results, key=lambda r: r.digits.min())
    problem = worst.problem
    agreed = np.min([r.digits for r in results], axis=0)
    agreed_deviations = np.min([digits(r.deviations, problem.deviations) for r in results], axis=0)
    return [
        f"{problem.name if i == 0 else '':9s}  b{i + 1}  {worst.parameters[i]:17.10e}  {problem.parameters[i]:17.10e}  "
        f"{agreed[i]:6.1f}  {worst.deviations[i]:16.10e}  {problem.deviations[i]:16.10e}  {agreed_deviations[i]:6.1f}  "
        f"{worst.deviations_hessian[i]:16.10e}"
        for i in range(problem.parameters.size)
    ]


def verdict(results):
    """Return the closing line and whether every fit agrees with the certified parameters to the digits required."""
    short = [f"{r.problem.name} start {r.start}" for r in results if not r.digits.min() >= REQUIRED_DIGITS]
    least = min(r.digits.min() for r in results)
    good = len(results) - len(short)
    text = f"{good} of {len(results)} fits agree to {REQUIRED_DIGITS:g} digits or more; fewest: {least:.1f}"
    return text + (f"; too few in {', '.join(short)}" if short else ""), not short
