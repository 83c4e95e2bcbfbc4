"""`interlinkers`, the family's program: every distribution adds commands by the entry point `interlinkers.commands`."""

from __future__ import annotations

from importlib.metadata import entry_points

import typer


def build() -> typer.Typer:
    """The program with the commands of all installed distributions; an entry point names a Typer or a function."""
    program = typer.Typer(
        help="Building blocks for co-producing public services.", no_args_is_help=True, add_completion=False
    )
    for entry in sorted(entry_points(group="interlinkers.commands"), key=lambda found: found.name):
        command = entry.load()
        if isinstance(command, typer.Typer):
            program.add_typer(command, name=entry.name)
        else:
            program.command(entry.name)(command)
    return program


def main() -> None:
    """Run it."""
    build()()
