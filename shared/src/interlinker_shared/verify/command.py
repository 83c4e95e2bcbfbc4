"""`interlinkers verify URL`: run the checks against a running service and print what they found."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.cli.secret import find_secret
from interlinker_shared.manifest import WELL_KNOWN, Manifest
from interlinker_shared.verify import Credentials, Outcome, Service, Verdict, verify_service
from interlinker_shared.verify.polite import PoliteTransport

TIMEOUT_SECONDS = 20
MARKS = {Verdict.PASSED: "[green]pass[/]", Verdict.FAILED: "[red]FAIL[/]", Verdict.SKIPPED: "[yellow]not checked[/]"}


def verify(
    url: Annotated[str, typer.Argument(help="Address of the running service.")],
    token: Annotated[str | None, typer.Option(help="A token of an owner (`interlinker-<name> token`).")] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            help="What the service signs with for itself: all roles can be checked. Default: what `make up` or `serve` keeps here.",
        ),
    ] = None,
    publish: Annotated[str | None, typer.Option(help="Registry that is told the outcome.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Check a running service against the Interlinker contract; ends with 1 when something fails."""
    outcomes = asyncio.run(_verify(url, token, secret, publish))
    if as_json:
        sys.stdout.write(json.dumps(report(url, outcomes), indent=2) + "\n")
    else:
        _print(url, outcomes)
    raise typer.Exit(1 if any(one.verdict is Verdict.FAILED for one in outcomes) else 0)


def report(url: str, outcomes: list[Outcome]) -> dict[str, Any]:
    """The outcomes as JSON."""
    failed = any(one.verdict is Verdict.FAILED for one in outcomes)
    return {
        "url": url,
        "contract": "1",
        "conformance": "failed" if failed else "passed",
        "checks": [
            {
                "id": one.check.id,
                "sentence": one.check.sentence,
                "section": one.check.section,
                "verdict": one.verdict.value,
                "why": one.why,
            }
            for one in outcomes
        ],
    }


async def _verify(url: str, token: str | None, secret: str | None, publish: str | None) -> list[Outcome]:
    line = PoliteTransport(httpx.AsyncHTTPTransport())
    async with httpx.AsyncClient(transport=line, base_url=url, timeout=TIMEOUT_SECONDS) as client:
        manifest = await _manifest(client)
        if token is None and secret is None:
            secret = find_secret(manifest.id)
        outcomes = [one async for one in verify_service(Service(client, Credentials(token, secret)))]
    if line.waited:
        typer.echo(f"waited {line.waited:.0f} s, for the service's limits", err=True)
    if publish is not None:
        await publish_badge(publish, manifest.id, find_secret("registry"), report(url, outcomes))
    return outcomes


async def _manifest(client: httpx.AsyncClient) -> Manifest:
    try:
        return Manifest.model_validate((await client.get(WELL_KNOWN)).raise_for_status().json())
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        typer.echo(f"no Interlinker answers at {client.base_url}: {error}", err=True)
        raise typer.Exit(1) from error


async def publish_badge(registry: str, service: str, secret: str | None, found: dict[str, Any]) -> None:
    """Tell the registry, whose secret it takes, the outcome of a report; ends the command with 1 when it is not told."""
    if secret is None:
        typer.echo("not published: that takes REGISTRY_SECRET, or the folder in which the registry runs", err=True)
        raise typer.Exit(1)
    token = mint_token(secret, subject="verify", role=Role.OWNER, audience="registry")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=registry, timeout=TIMEOUT_SECONDS, headers=headers) as client:
        body = {"conformance": found["conformance"]}
        answer = await client.put(f"/catalogue/{service}/badge", json=body)
    if answer.is_error:
        typer.echo(f"not published: the registry answered {answer.status_code} {answer.text[:200]}", err=True)
        raise typer.Exit(1)


def _print(url: str, outcomes: list[Outcome]) -> None:
    table = Table("check", "", "why", title=f"Interlinker contract 1: {url}", title_justify="left")
    for one in outcomes:
        table.add_row(
            f"{one.check.sentence} [dim]({one.check.id}, §{one.check.section})[/]", MARKS[one.verdict], escape(one.why)
        )
    Console().print(table)
    count = Counter(one.verdict for one in outcomes)
    Console().print(", ".join(f"{count[verdict]} {verdict.value}" for verdict in Verdict if count[verdict]))
