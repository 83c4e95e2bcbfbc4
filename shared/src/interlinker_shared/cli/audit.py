"""`audit verify`: whether the chain of administrative acts holds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from interlinker_shared.audit.chain import GENESIS, Entry, first_broken
from interlinker_shared.cli.running import Data, Port, Running, Settings

AT_ONCE = 1000

Noted = Annotated[
    str | None, typer.Option(help="A hash that an earlier run printed: it must still be part of the chain.")
]


def add_audit_commands(program: typer.Typer, name: str, settings: Settings) -> None:
    """Add `audit verify` to the program of service `name`; it asks the running service and computes every hash itself."""
    audit = typer.Typer(help="What moderators and owners did.", no_args_is_help=True)
    program.add_typer(audit, name="audit")
    audit.callback()(_no_options)

    @audit.command()
    def verify(noted: Noted = None, port: Port = None, data: Data = None) -> None:
        """Check that no act was changed, taken out or put in; note the hash that it prints, for the end could be cut off unseen."""
        running = Running(name, settings(port=port, data_dir=data))
        last, found = None, noted in {None, GENESIS}
        while entries := [_entry(item) for item in _part(running, last)]:
            broken_at = first_broken(entries, after=last)
            if broken_at is not None:
                typer.echo(f"the chain is broken at entry {broken_at}", err=True)
                raise typer.Exit(1)
            found = found or any(entry.hash == noted for entry in entries)
            last = entries[-1]
        if not found:
            typer.echo(f"the chain holds, but {noted} is no part of it: it was cut off or made anew", err=True)
            raise typer.Exit(1)
        typer.echo(f"{last.sequence if last else 0} entries, up to {last.hash if last else GENESIS}")


def _part(running: Running, last: Entry | None) -> list[dict[str, Any]]:
    params = {"after": last.sequence if last else 0, "limit": AT_ONCE}
    items: list[dict[str, Any]] = running.ask("GET", "/audit", params=params)["items"]
    return items


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(**{key: value for key, value in item.items() if key != "subject"})


def _no_options() -> None:
    """What moderators and owners did."""
