"""The program of one service: `serve`, `token`, `contract`, `healthcheck`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI

from interlinker_shared import logs
from interlinker_shared.auth import Role, mint_token
from interlinker_shared.settings import ServiceSettings

KEEP_ALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 10


def service_cli(name: str, create_app: Callable[[Any], FastAPI], settings_class: type[ServiceSettings]) -> typer.Typer:
    """The command-line program of service `name`."""
    program = typer.Typer(help=f"The {name} service.", no_args_is_help=True, add_completion=False)

    @program.command()
    def serve(
        port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
        host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
        data: Annotated[Path | None, typer.Option(help="Folder for the database.")] = None,
    ) -> None:
        """Run the service until it is stopped; data stays in the working folder unless told otherwise."""
        settings = _settings(settings_class, port=port, host=host, data_dir=data)
        run(name, create_app, settings)

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
        app = create_app(settings_class())
        documents = {"openapi.json": app.openapi(), "asyncapi.json": app.state.asyncapi}
        stale = [file for file, document in documents.items() if not _keep(folder / file, document, write=not check)]
        if stale:
            typer.echo(f"stale: {', '.join(str(folder / file) for file in stale)}; run `make contracts`", err=True)
            raise typer.Exit(1)

    @program.command()
    def healthcheck(port: Annotated[int | None, typer.Option(help="Port it listens on.")] = None) -> None:
        """End with 0 when the service on this machine is ready."""
        import httpx  # noqa: PLC0415 - serving does not need it, and starts sooner without

        settings = _settings(settings_class, port=port)
        try:
            answer = httpx.get(f"http://127.0.0.1:{settings.port}/health/ready", timeout=3)
        except httpx.HTTPError as error:
            typer.echo(f"not ready: {error}", err=True)
            raise typer.Exit(1) from error
        raise typer.Exit(0 if answer.status_code == httpx.codes.OK else 1)

    return program


def run(name: str, create_app: Callable[[Any], FastAPI], settings: ServiceSettings) -> None:
    """Serve on one event loop until SIGTERM; requests in flight get 10 seconds."""
    logs.configure(name)
    app = create_app(settings)
    app.state.freeze_after_start = True
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = _Server(config)
    server.run()
    sys.exit(0 if server.started else 3)


class _Server(uvicorn.Server):
    """Tells open long polls and streams to end as soon as the signal comes; uvicorn would wait for them first."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        kit = getattr(self.config.app.state, "kit", None)  # type: ignore[union-attr]  # our app, not an import string
        if kit is not None:
            kit.stopping.set()
        super().handle_exit(sig, frame)


def _settings(settings_class: type[ServiceSettings], **given: Any) -> ServiceSettings:
    return settings_class(**{key: value for key, value in given.items() if value is not None})


def _keep(path: Path, document: dict[str, Any], *, write: bool) -> bool:
    text = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return True
    return path.exists() and path.read_text() == text
