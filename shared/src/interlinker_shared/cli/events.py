"""Commands about the events of a running service: dead letters, and publishing again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.settings import ServiceSettings

ALL = "all"
LIMIT = 1000

Settings = Callable[..., ServiceSettings]
Port = Annotated[int | None, typer.Option(help="Port that the running service listens on.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the database, where a block alone keeps its secret.")]


def add_event_commands(program: typer.Typer, name: str, settings: Settings) -> None:
    """Add `dead-letters` and `replay` to the program of service `name`; both ask the running service, which owns its data."""

    @program.command("dead-letters")
    def dead_letters(
        retry: Annotated[str | None, typer.Option(help="Id of an event to try once more, or `all`.")] = None,
        port: Port = None,
        data: Data = None,
    ) -> None:
        """List the events that this service could not deal with, or try them once more."""
        running = _Running(name, settings(port=port, data_dir=data))
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
        count = _Running(name, settings(port=port, data_dir=data)).ask("POST", "/events/replay", json=body)["count"]
        typer.echo(f"{count} events are published again", err=True)


class _Running:
    """The service that runs on this machine."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        secret = settings.signing_secret(name)
        token = mint_token(secret, subject="operator", role=Role.OWNER, audience=name, ttl=60)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._url = f"http://127.0.0.1:{settings.port}"

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Its answer; ends the program with a message when there is none."""
        answer = self._request(method, path, **more)
        if answer.is_error:
            typer.echo(f"{answer.status_code} {answer.text}", err=True)
            raise typer.Exit(1)
        return answer.json()

    def succeeds(self, method: str, path: str) -> bool:
        """Whether it did what was asked; says so when it did not."""
        answer = self._request(method, path)
        if answer.is_error:
            typer.echo(f"{path}: {answer.status_code} {answer.text}", err=True)
        return bool(answer.is_success)

    def _request(self, method: str, path: str, **more: Any) -> Any:
        import httpx  # noqa: PLC0415 - serving does not need it, and starts sooner without

        try:
            return httpx.request(method, f"{self._url}{path}", headers=self._headers, timeout=60, **more)
        except httpx.HTTPError as error:
            typer.echo(f"the service does not answer at {self._url}: {error}", err=True)
            raise typer.Exit(1) from error


def _line(letter: dict[str, Any]) -> str:
    event = letter["event"]
    state = f"tried again at {letter['retry_at']}" if letter["retry_at"] else "given up"
    return f"{letter['event_id']}  {event['type']}  {event['subject']}  {letter['tries']} tries, {state}: {letter['error']}"
