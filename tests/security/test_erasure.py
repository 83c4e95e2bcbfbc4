"""Twenty things that a person wrote, in every service: after her erasure no byte of them is left, and every count is as before."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog
from fastapi import FastAPI

from interlinker_forum.app import create_app as create_forum
from interlinker_forum.settings import ForumSettings
from interlinker_gateway.app import create_app as create_gateway
from interlinker_gateway.registry import Directory, Snapshot
from interlinker_gateway.settings import GatewaySettings
from interlinker_ideation.app import create_app as create_ideation
from interlinker_ideation.settings import IdeationSettings
from interlinker_shared.personal import envelopes
from interlinker_shared.personal.worker import Eraser
from interlinker_shared.services.keyring import KeySet
from interlinker_shared.testing import SECRET, RunApp, eventually, free_port, nats_server
from interlinker_survey.app import create_app as create_survey
from interlinker_survey.settings import SurveySettings
from interlinker_template.app import create_app as create_template
from interlinker_template.settings import TemplateSettings
from tests.results import RESULTS, Figure, at_least, at_most, merge, show
from tests.security.erasure_town import Town

pytestmark = pytest.mark.nats

BLOCKS = {
    "forum": ("/boards", "forum"),
    "survey": ("/surveys", "survey"),
    "ideation": ("/campaigns", "ideation"),
    "template": ("/pledges", "template"),
}
MARKERS = 20


def blocks_with(settings: dict[str, Any]) -> dict[str, FastAPI]:
    return {
        "forum": create_forum(ForumSettings(**settings)),
        "survey": create_survey(SurveySettings(**settings)),
        "ideation": create_ideation(IdeationSettings(**settings)),
        "template": create_template(TemplateSettings(**settings)),
    }


def gateway_with(settings: dict[str, Any], blocks: dict[str, FastAPI]) -> FastAPI:
    lines: dict[str, httpx.AsyncBaseTransport | None] = {
        f"http://{name}": httpx.ASGITransport(app) for name, app in blocks.items()
    }
    nowhere = {"smtp_url": f"smtp://127.0.0.1:{free_port()}", "mail_from": "town@example.org"}
    own = GatewaySettings.model_validate(settings | nowhere | {"public_url": "http://localhost"})
    app = create_gateway(own, client=httpx.AsyncClient(mounts=lines))
    listed = [
        {
            "id": f"{name}-main",
            "service": name,
            "base_url": f"http://{name}",
            "manifest": {"capabilities": [offers], "assets": {"path": path}},
        }
        for name, (path, offers) in BLOCKS.items()
    ]
    directory: Directory = app.state.directory
    directory.learn(Snapshot.model_validate({"revision": 1, "items": listed}))
    return app


@pytest_asyncio.fixture
async def town(tmp_path: Path, run_app: RunApp, database_url: str | None) -> AsyncIterator[Town]:
    """All services, on either database, with a broker whose folder can be read."""
    data, stream, port = tmp_path / "data", tmp_path / "nats", free_port()
    for folder in (data, stream):
        folder.mkdir()
    shared: dict[str, Any] = {"data_dir": data, "database_url": database_url, "secret": SECRET, "registry_url": None}
    with contextlib.ExitStack() as stack:
        stack.enter_context(nats_server(stream, port))
        settings = shared | {"nats_url": f"nats://127.0.0.1:{port}", "guest_challenge": False}
        blocks = blocks_with(settings)
        apps = blocks | {"gateway": gateway_with(settings, blocks)}
        running = {name: (app, await run_app(app)) for name, app in apps.items()}
        gateway = apps["gateway"].state.kit.services
        for block in blocks.values():
            block.state.kit.services.keyring.learn(KeySet.of([(gateway.name, gateway.key.public)]))
        yield Town(running, data, stream, database_url)


async def test_no_byte_of_her_is_left_and_every_count_stays(town: Town) -> None:
    with structlog.testing.capture_logs() as log:
        await town.sign_up()
        board, where, process = await town.plant_in_forum(), await town.plant_elsewhere(), await town.plant_in_process()
        await town.plant_in_events()
        before, planted = await town.tallies(board, where, process), town.found("")
        assert planted == town.markers.keys()
        assert len(planted) >= MARKERS
        await town.ask("gateway", "DELETE", f"/subjects/{town.subject}")
        with contextlib.suppress(AssertionError):  # what is left is shown below
            await eventually(lambda: forgotten(town, log), within=60)
    town.write_anew()
    assert (town.found(text_of(log)), town.names_her()) == (set(), [])
    after = await town.tallies(board, where, process)
    keep(town, len(planted), len(town.found(text_of(log))), sum(before[name] != after[name] for name in before))
    assert after == before
    # Her spent voting token says nothing since the close, when the secret that makes one was forgotten.
    assert await left(town) == {}


async def forgotten(town: Town, log: list[Any]) -> bool:
    """Whether all have done it; what waits for a quiet moment is done now."""
    progress = await town.ask("gateway", "GET", f"/subjects/{town.subject}/erasure")
    if progress["done_at"] is None:
        return False
    for service in town.apps:
        await Eraser(town.kit(service), quiet_seconds=0).round()
        if await town.kit(service).db.read(envelopes.under_way):
            return False
    return town.url is not None or not (town.found(text_of(log)) or town.names_her())


async def left(town: Town) -> dict[str, Any]:
    """What each service still says that it holds about her."""
    found = (await town.ask("gateway", "GET", f"/subjects/{town.subject}"))["services"]
    held = {name: {key: value for key, value in one["data"].items() if value} for name, one in found.items()}
    return {name: one for name, one in held.items() if one}


def text_of(log: list[Any]) -> str:
    return "\n".join(json.dumps(line, default=str) for line in log)


def keep(town: Town, planted: int, found: int, changed: int) -> None:
    """Print what was found and keep it beside the other figures."""
    database = "postgresql" if town.url else "sqlite"
    figures = [
        Figure(
            name=f"erasure.{database}.planted",
            value=planted,
            unit="markers",
            how="found before the erasure, in databases, other files, the stream's folder or the log",
            goal=at_least(MARKERS),
        ),
        Figure(
            name=f"erasure.{database}.found",
            value=found,
            unit="markers",
            how="found after it, once the database has written its files anew",
            goal=at_most(0),
        ),
        Figure(
            name=f"erasure.{database}.tallies", value=changed, unit="counts", how="that it has changed", goal=at_most(0)
        ),
    ]
    merge(RESULTS / "security.json", figures)
    show(figures, title=f"Erasure on {database}")
