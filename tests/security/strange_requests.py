"""What schemathesis makes of a service's own OpenAPI document: requests that nobody thought of, and how the answers fit."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import schemathesis
import uvicorn
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.testing import SECRET, eventually, free_port, wait_for_port
from interlinker_shared.verify import Credentials, Service
from tests.conformance.conftest import create

ROLES = (Role.OWNER, Role.MEMBER, Role.PUBLIC)  # who may create things comes first: others find them
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
SEED = 4
TOKEN_SECONDS = 3600
OF_THE_SERVER = b"Invalid HTTP request received."  # a head of more than 64 KiB reaches no application
TEMPLATE: dict[str, Any] = {
    "id": "walk",
    "version": "1.0.0",
    "title": {"en": "A walk"},
    "phases": [
        {"id": "go", "tasks": [{"id": "where", "decision": {"role": "coordinator", "options": ["here", "there"]}}]}
    ],
}
UNLIMITED: dict[str, Any] = dict.fromkeys(("limit_reads", "limit_writes", "limit_costly", "limit_address"), 0)


@dataclass
class Outcome:
    """How many requests were sent as whom, and what is wrong with which answer, each kind once."""

    requests: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    server_errors: dict[str, str] = field(default_factory=dict)
    mismatches: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)  # what schemathesis itself could not do

    def take(self, event: events.ScenarioFinished) -> None:
        """Add what was asked of one operation."""
        for case_id, interaction in event.recorder.interactions.items():
            self.requests += 1
            if interaction.response is None:
                self.broken.append(f"{event.recorder.label}: no answer")
                continue
            status = interaction.response.status_code
            if interaction.response.content == OF_THE_SERVER:
                continue
            self.statuses[status] = self.statuses.get(status, 0) + 1
            for check in event.recorder.checks.get(case_id, ()):
                if check.failure_info is not None:
                    into = self.server_errors if check.name == "not_a_server_error" else self.mismatches
                    asked = check.failure_info.code_sample
                    into.setdefault(
                        f"{event.recorder.label}: {check.name}: {status}", f"{check.failure_info.failure}\n{asked}"
                    )


@dataclass(frozen=True)
class Asked:
    """How thoroughly to ask: cases that chance makes of an operation, beside those of each phase of schemathesis."""

    examples: int
    phases: tuple[str, ...]


BRIEFLY = Asked(1, ("fuzzing",))
THOROUGHLY = Asked(
    8, ("examples", "coverage", "fuzzing")
)  # `coverage`: every bound of every value, each method, each header


@contextlib.contextmanager
def served(
    name: str, folder: Path, *, database_url: str | None = None, registry_url: str | None = None
) -> Iterator[tuple[FastAPI, str]]:
    """The service on a port of its own, in a thread of this process: no limits, no challenges, no broker."""
    around: dict[str, Any] = {"nats_url": None, "registry_url": registry_url, "database_url": database_url}
    app = create(name, data_dir=folder, secret=SECRET, guest_challenge=False, **around, **UNLIMITED)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for_port(port)
        yield app, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


async def _something_there(url: str) -> None:
    """An asset that is a draft and one that is open, where the service has any: who may create none finds some."""
    async with httpx.AsyncClient(base_url=url) as client:
        service = Service(client, Credentials(secret=SECRET))
        manifest = await service.manifest()
        if manifest.assets is not None:
            await service.draft()
            await service.opened()
        elif manifest.id == "gateway":

            async def taken() -> bool:
                return (await service.ask("POST", "/templates", json=TEMPLATE)).is_success  # once it knows the registry

            await eventually(taken, within=20)
            process = {"template": "walk", "roles": {"coordinator": ["a-owner"]}}
            (await service.ask("POST", "/processes", json=process)).raise_for_status()


@contextlib.contextmanager
def furnished(name: str, folder: Path, database_url: str | None = None) -> Iterator[tuple[FastAPI, str]]:
    """The service with something in it; the gateway beside a registry, without which it makes no process."""
    with contextlib.ExitStack() as stack:
        registry = stack.enter_context(served("registry", folder / "registry"))[1] if name == "gateway" else None
        app, url = stack.enter_context(served(name, folder, database_url=database_url, registry_url=registry))
        asyncio.run(_something_there(url))
        yield app, url


def ask(app: FastAPI, url: str, role: Role, how: Asked) -> Outcome:
    """Ask everything of the service that its document describes, as somebody in `role`."""
    outcome = Outcome()
    schema = schemathesis.openapi.from_dict(app.openapi(), config=_config(app, url, role, how))
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            outcome.take(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            outcome.broken.append(str(event.info if isinstance(event, events.NonFatalError) else event.exception))
    return outcome


def _config(app: FastAPI, url: str, role: Role, how: Asked) -> SchemathesisConfig:
    audience = app.state.manifest.id
    # As a page of the service itself would: what takes cookies wants to know where a request comes from.
    headers = {"Sec-Fetch-Site": "same-origin"}
    if role is not Role.PUBLIC:
        token = mint_token(SECRET, subject=f"a-{role}", role=role, audience=audience, ttl=TOKEN_SECONDS)
        headers["Authorization"] = f"Bearer {token}"
    return SchemathesisConfig.from_dict(
        {
            "base-url": url,
            "headers": headers,
            "seed": SEED,
            "continue-on-failure": True,
            "suppress-health-check": ["all"],
            "generation": {
                "max-examples": how.examples,
                "deterministic": True,
                "no-shrink": True,
                "with-security-parameters": False,
            },
            "checks": {"enabled": False} | {name: {"enabled": True} for name in CHECKS},
            "phases": {"enabled": False} | {name: {"enabled": True} for name in how.phases},
        }
    )
