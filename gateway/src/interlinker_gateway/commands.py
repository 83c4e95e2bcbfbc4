"""`interlinkers template`: check a template file, and upload it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from interlinker_gateway.definition.reading import read_template
from interlinker_gateway.definition.source import read_json, read_yaml
from interlinker_shared.auth import Role, mint_token
from interlinker_shared.cli.secret import find_secret
from interlinker_shared.errors import DomainError, InvalidError

TOKEN_SECONDS = 60

program = typer.Typer(help="Templates of co-production processes.", no_args_is_help=True)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A template in YAML or JSON.")]


@program.command()
def validate(file: File) -> None:
    """Check a template without a gateway: everything but whether somebody offers its capabilities."""
    try:
        template = read_template(_document(file), capabilities=None)
    except DomainError as error:
        _explain(error)
        raise typer.Exit(1) from error
    tasks = sum(1 for _ in template.tasks())
    out.print(f"{template.id} {template.version} is valid: {len(template.phases)} phases, {tasks} tasks.", markup=False)


@program.command()
def upload(
    file: File,
    gateway: Annotated[str, typer.Option(help="Address of the gateway.")] = "http://127.0.0.1:8000",
    token: Annotated[
        str | None, typer.Option(help="An owner's token; made from the gateway's own secret without it.")
    ] = None,
) -> None:
    """Upload a template to a gateway."""
    headers = {"Authorization": f"Bearer {token or os.environ.get('GATEWAY_TOKEN') or _own_token()}"}
    kind = "application/json" if file.suffix == ".json" else "application/yaml"
    try:
        answer = httpx.post(
            f"{gateway.rstrip('/')}/templates", content=file.read_bytes(), headers=headers | {"Content-Type": kind}
        )
        body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        err.print(f"The gateway at {gateway} does not answer: {error}", markup=False)
        raise typer.Exit(1) from error
    if answer.is_error:
        _show_problem(body)
        raise typer.Exit(1)
    out.print(f"{body['id']} {body['version']} is uploaded.", markup=False)


def _document(file: Path) -> Any:
    read = read_json if file.suffix == ".json" else read_yaml
    return read(file.read_bytes())


def _own_token() -> str:
    secret = find_secret("gateway")
    if secret is None:
        err.print("Give --token, set GATEWAY_SECRET, or start from the folder that holds var/gateway.", markup=False)
        raise typer.Exit(1)
    return mint_token(secret, subject="admin", role=Role.OWNER, audience="gateway", ttl=TOKEN_SECONDS)


def _explain(error: DomainError) -> None:
    err.print(error.message, markup=False)
    for field in error.fields if isinstance(error, InvalidError) else ():
        err.print(f"  {field.pointer or '/'}: {field.message}", markup=False)


def _show_problem(problem: dict[str, Any]) -> None:
    err.print(problem.get("detail") or problem.get("title"), markup=False)
    for field in problem.get("errors", []):
        err.print(f"  {field['pointer'] or '/'}: {field['detail']}", markup=False)
