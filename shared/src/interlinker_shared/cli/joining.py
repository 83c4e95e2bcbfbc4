"""`interlinkers join-tokens`: what each service needs to join a family that does not run yet."""

from __future__ import annotations

import os
import secrets
from typing import Annotated

import typer

from interlinker_shared.installed import installed
from interlinker_shared.services.join import HOURS, mint_join_token

SECRET = "REGISTRY_SECRET"  # noqa: S105 - the name of a variable


def join_tokens(
    hours: Annotated[int, typer.Option(help="How long they are good.", min=1, max=24 * 30)] = HOURS,
) -> None:
    """Print REGISTRY_SECRET and a join token for each installed service, a variable a line: for .env, or a secret of Kubernetes.

    A REGISTRY_SECRET in the environment is kept: so services join a family that runs already.
    """
    secret = os.environ.get(SECRET) or secrets.token_urlsafe(48)
    typer.echo(f"{SECRET}={secret}")
    for name in sorted(entry.name for entry in installed()):
        if name != "registry":  # lets itself in
            typer.echo(f"{variable_of(name)}={mint_join_token(secret, name, hours=hours)}")


def variable_of(service: str) -> str:
    """What the variable with a service's token is called where there are several."""
    return f"{service.upper().replace('-', '_')}_JOIN_TOKEN"
