"""The service that runs on this machine, as commands ask it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.settings import ServiceSettings

Settings = Callable[..., ServiceSettings]
Port = Annotated[int | None, typer.Option(help="Port that the running service listens on.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the database, where a block alone keeps its secret.")]


class Running:
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
