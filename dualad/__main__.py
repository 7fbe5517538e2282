"""Command line: ``python -m dualad demo``, or ``dualad demo`` once installed."""

import argparse
import sys

from . import __version__
from .demo import command


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="dualad", description="Exact derivatives of plain NumPy code.")
    parser.add_argument("--version", action="version", version=f"dualad {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    demo = commands.add_parser("demo", help="fit NIST reference data sets and compare with the certified values")
    command.add_arguments(demo)
    return command.run(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
