"""Commands about the events of a running service: dead letters, and publishing again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from interlinker_shared.cli.running import Data, Port, Running, Settings

ALL = "all"
LIMIT = 1000


def add_event_commands(program: typer.Typer, name: str, settings: Settings) -> None:
    """Add `dead-letters` and `replay` to the program of service `name`; both ask the running service, which owns its data."""

    @program.command("dead-letters")
    def dead_letters(
        retry: Annotated[str | None, typer.Option(help="Id of an event to try once more, or `all`.")] = None,
        port: Port = None,
        data: Data = None,
    ) -> None:
        """List the events that this service could not deal with, or try them once more."""
        running = Running(name, settings(port=port, data_dir=data))
        letters = running.ask("GET", "/dead-letters", params={"limit": LIMIT})["items"]
        if retry is None:
            for letter in letters:
                typer.echo(_line(letter))
            typer.echo(f"{len(letters)} dead letters", err=True)
            return
        ids = [letter["event_id"] for letter in letters] if retry == ALL else [retry]
        failed = [event_id for event_id in ids if not running.succeeds("POST", f"/dead-letters/{event_id}/retry")]
        typer.echo(f"{len(ids) - len(failed)} took effect, {len(failed)} failed again", err=True)
        raise typer.Exit(1 if failed else 0)

    @program.command()
    def replay(
        since: Annotated[
            datetime | None, typer.Option(help="Publish again what was recorded since then (UTC).")
        ] = None,
        after: Annotated[int | None, typer.Option(help="Publish again what comes after this place in /events.")] = None,
        port: Port = None,
        data: Data = None,
    ) -> None:
        """Publish recorded events of the last 30 days again; whoever knows them drops them."""
        if since is None and after is None:
            typer.echo("say which: --since 2026-11-24T08:00:00, or --after 0 for all", err=True)
            raise typer.Exit(2)
        body = {"since": f"{since.isoformat()}Z" if since else None, "after": after}
        count = Running(name, settings(port=port, data_dir=data)).ask("POST", "/events/replay", json=body)["count"]
        typer.echo(f"{count} events are published again", err=True)


def _line(letter: dict[str, Any]) -> str:
    event = letter["event"]
    state = f"tried again at {letter['retry_at']}" if letter["retry_at"] else "given up"
    return f"{letter['event_id']}  {event['type']}  {event['subject']}  {letter['tries']} tries, {state}: {letter['error']}"
