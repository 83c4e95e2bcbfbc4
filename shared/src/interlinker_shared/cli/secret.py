"""A service's own secret on the command line: where it is found on this machine, and how a new one takes its place."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from interlinker_shared.settings import ServiceSettings, kept_secret


def find_secret(service: str) -> str | None:
    """The secret of `service`: from `<SERVICE>_SECRET`, else the one it has made below `var` or here; None if nowhere."""
    variable = f"{service.upper()}_SECRET"
    if variable in os.environ:
        return os.environ[variable]
    places = (Path("var") / service / f"{service}.secret", Path(f"{service}.secret"))
    return next((path.read_text().strip() for path in places if path.is_file()), None)


def add_secret_commands(program: typer.Typer, name: str, settings: Callable[..., ServiceSettings]) -> None:
    """Add `rotate-secret` to the program of service `name`."""

    @program.command()
    def rotate_secret(data: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None) -> None:
        """Give the service a new secret, which it has from its next start on; the old one is put aside to open what it sealed."""
        found = settings(data_dir=data)
        if found.secret is not None:
            variable = f"{name.upper()}_SECRET"
            typer.echo(
                f"{variable} is set. Put its value into {name.upper()}_FORMER_SECRETS, a new one of 32 characters or more into "
                f"{variable}, and restart. {_LATER}",
                err=True,
            )
            raise typer.Exit(1)
        aside = put_aside(found.data_dir / f"{name}.secret")
        typer.echo(f"Restart the service now: it seals everything anew. {_LATER} Former secrets: {aside}")


_LATER = (
    "Once its log says so, the former secret is only needed for backups from before; people from portals come in anew."
)


def put_aside(path: Path) -> Path:
    """Write a new secret to `path`, and the one that was there to the file beside it, whose path comes back.

    A kill in between leaves the present secret in both files, which does no harm.
    """
    present, aside = kept_secret(path), path.with_name(f"{path.name}.former")
    before = aside.read_text().splitlines() if aside.exists() else []
    _replace(aside, "\n".join([present, *(one for one in before if one != present)]))
    _replace(path, secrets.token_urlsafe(48))
    return aside


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
