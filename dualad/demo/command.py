"""The command ``python -m dualad demo``."""

import argparse
import time
from pathlib import Path

from .fit import fit
from .nist import MODELS, load
from .plot import draw
from .report import fit_table, parameter_table, progress, verdict

__all__ = ["add_arguments", "run"]

OUTPUT = "dualad-demo.png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the demo."""
    parser.add_argument("--sets", nargs="+", choices=list(MODELS), default=list(MODELS), metavar="NAME",
                        help=f"data sets to fit, of {', '.join(MODELS)} (default: all)")
    parser.add_argument("--output", type=Path, default=Path(OUTPUT), metavar="FILE",
                        help=f"where the plot goes (default: {OUTPUT} in the current directory)")
    parser.add_argument("--no-plot", action="store_true", help="print the tables only")


def run(options: argparse.Namespace) -> int:
    """Fit, report, draw; return the exit code: 0 when every fit has the digits required, 1 otherwise."""
    names = list(dict.fromkeys(options.sets))
    print(f"Fitting {len(names)} NIST reference data sets (StRD, nonlinear regression), each from both starts,")
    print("with exact Jacobians (dualad.jacobian) in scipy.optimize.least_squares, then exact Hessians.\n", flush=True)
    began = time.perf_counter()
    results = []
    for name in names:
        for start in (1, 2):
            results.append(fit(load(name), start))
            print(progress(results[-1], len(results), 2 * len(names)), flush=True)
    text, good = verdict(results)
    print(f"\n{fit_table(results)}\n\n{parameter_table(results)}\n")
    print(f"{text}. {time.perf_counter() - began:.1f} s.", flush=True)
    if not options.no_plot:
        good &= save_plot(results, options.output)
    return 0 if good else 1


def save_plot(results, path):
    """Draw the fits from the second start of each set; say where, or why not. False if the file cannot be written."""
    try:
        draw([r for r in results if r.start == 2], path)
    except ImportError as error:
        print(f'No plot: {error}. matplotlib is optional; "pip install matplotlib" adds it, --no-plot hides this line.')
    except OSError as error:
        print(f"No plot: cannot write {path}: {error.strerror or error}. Give another place with --output FILE.")
        return False
    else:
        print(f"Plot: {path.resolve()}")
    return True
