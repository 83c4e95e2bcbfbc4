"""The program of one service: `serve`, `token`, `contract`, `healthcheck`, and those about its accounts, events and audit trail."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.cli.accounts import add_account_commands
from interlinker_shared.cli.audit import add_audit_commands
from interlinker_shared.cli.events import add_event_commands
from interlinker_shared.cli.secret import add_secret_commands
from interlinker_shared.lean import starting
from interlinker_shared.settings import ServiceSettings

if TYPE_CHECKING:
    from fastapi import FastAPI


def service_cli(name: str, factory: str, settings_class: type[ServiceSettings]) -> typer.Typer:
    """The command-line program of service `name`.

    `factory` says where its application is made, such as `interlinker_forum.app:create_app`: it is loaded by the commands
    that need it, and as they need it.
    """
    program = typer.Typer(help=f"The {name} service.", no_args_is_help=True, add_completion=False)

    @program.command()
    def serve(
        port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
        host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
        data: Annotated[Path | None, typer.Option(help="Folder for the database.")] = None,
    ) -> None:
        """Run the service until it is stopped; data stays in the working folder unless told otherwise."""
        settings = _settings(settings_class, port=port, host=host, data_dir=data)
        run(name, factory, settings)

    @program.command()
    def token(
        subject: Annotated[str, typer.Argument(help="Pseudonymous id of the person.")] = "admin",
        role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.OWNER,
        ttl: Annotated[int, typer.Option(help="Seconds until it ends.", min=1, max=86_400)] = 3600,
        data: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
    ) -> None:
        """Print a bearer token for the API of this service."""
        settings = _settings(settings_class, data_dir=data)
        secret = settings.signing_secret(name)
        typer.echo(mint_token(secret, subject=subject, role=role, audience=name, ttl=ttl))

    @program.command()
    def contract(
        folder: Annotated[Path, typer.Argument(help="Where openapi.json and asyncapi.json go.")],
        check: Annotated[bool, typer.Option(help="Write nothing; fail when a file there is stale.")] = False,  # noqa: FBT002 - a flag of the command line
    ) -> None:
        """Write the contract of this service: its API and its events."""
        app = resolve_name(factory)(settings_class())
        documents = {"openapi.json": app.openapi(), "asyncapi.json": app.state.asyncapi}
        stale = [file for file, document in documents.items() if not _keep(folder / file, document, write=not check)]
        if stale:
            typer.echo(f"stale: {', '.join(str(folder / file) for file in stale)}; run `make contracts`", err=True)
            raise typer.Exit(1)

    @program.command()
    def healthcheck(port: Annotated[int | None, typer.Option(help="Port it listens on.")] = None) -> None:
        """End with 0 when the service on this machine is ready."""
        import httpx  # noqa: PLC0415 - only this command needs it

        settings = _settings(settings_class, port=port)
        try:
            answer = httpx.get(f"http://127.0.0.1:{settings.port}/health/ready", timeout=3)
        except httpx.HTTPError as error:
            typer.echo(f"not ready: {error}", err=True)
            raise typer.Exit(1) from error
        raise typer.Exit(0 if answer.status_code == httpx.codes.OK else 1)

    add_account_commands(program, name, partial(_settings, settings_class))
    add_event_commands(program, name, partial(_settings, settings_class))
    add_audit_commands(program, name, partial(_settings, settings_class))
    add_secret_commands(program, name, partial(_settings, settings_class))
    return program


def run(name: str, factory: str, settings: ServiceSettings) -> None:
    """Serve on one event loop until SIGTERM; requests in flight get 10 seconds."""
    gc.disable()  # what is loaded now stays: to look for garbage in it takes a tenth of the start; on again once it is up
    with starting():
        from interlinker_shared.cli.server import serve  # noqa: PLC0415 - after the two lines above

        create_app: Callable[[ServiceSettings], FastAPI] = resolve_name(factory)
    sys.exit(serve(name, create_app, settings))


def _settings(settings_class: type[ServiceSettings], **given: Any) -> ServiceSettings:
    return settings_class(**{key: value for key, value in given.items() if value is not None})


def _keep(path: Path, document: dict[str, Any], *, write: bool) -> bool:
    text = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return True
    return path.exists() and path.read_text() == text
