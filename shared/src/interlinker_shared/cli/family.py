"""`interlinkers`, the family's program: every distribution adds commands by the entry point `interlinkers.commands`."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer


def build(wanted: str | None = None) -> typer.Typer:
    """The program with the command `wanted`, or with all of them when there is no such one.

    An entry point names a Typer or a function. Only what is asked for is loaded: all commands together would load
    every service.
    """
    program = typer.Typer(
        help="Building blocks for co-producing public services.", no_args_is_help=True, add_completion=False
    )
    program.callback()(_no_options)
    found = sorted(entry_points(group="interlinkers.commands"), key=lambda entry: entry.name)
    for entry in [entry for entry in found if entry.name == wanted] or found:
        command = entry.load()
        if isinstance(command, typer.Typer):
            program.add_typer(command, name=entry.name)
        else:
            program.command(entry.name)(command)
    return program


def main() -> None:
    """Run it."""
    build(sys.argv[1] if len(sys.argv) > 1 else None)()


def _no_options() -> None:
    """Building blocks for co-producing public services."""
