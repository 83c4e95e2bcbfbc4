"""The commands that ask a running service: about its events, and its audit trail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from shared.tests.boxes import MOMENT, SERVICE, create_box_app, fill, run
from shared.tests.shelves import Consumer, create_history
from typer.testing import CliRunner

from interlinker_shared.audit.store import Act, note
from interlinker_shared.cli.service import service_cli
from interlinker_shared.clock import utc_now
from interlinker_shared.events import outbox
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.testing import SECRET, eventually, free_port


class Service:
    """A running service, and its command."""

    def __init__(self, app: FastAPI, port: int) -> None:
        self.kit = app.state.kit
        self._program = service_cli(SERVICE, "shared.tests.boxes:create_box_app", ServiceSettings)
        self._port = port

    async def command(self, *arguments: str) -> Any:
        """Run the program beside the service."""
        environment = {"INTERLINKER_SECRET": SECRET, "INTERLINKER_PORT": str(self._port)}
        return await asyncio.to_thread(CliRunner().invoke, self._program, arguments, env=environment)


@pytest.fixture
async def service(test_settings: dict[str, Any], consumer: Consumer) -> AsyncIterator[Service]:
    app, port = create_box_app(test_settings, handlers=consumer.handlers), free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none"))
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: _has_started(server), within=20)
    yield Service(app, port)
    server.should_exit = True
    await serving


async def _has_started(server: uvicorn.Server) -> bool:
    return server.started


async def test_dead_letters_are_listed_and_tried_once_more(service: Service, consumer: Consumer) -> None:
    first, second = create_history(2)
    for event in (first, second):
        await service.kit.db.write(service.kit.inbox.fail, event, "OSError: full", MOMENT)
    listed = await service.command("dead-letters")
    assert (str(first.id) in listed.stdout, "OSError: full" in listed.stdout) == (True, True)
    assert (await service.command("dead-letters", "--retry", str(first.id))).exit_code == 0
    consumer.broken = {2}
    assert (await service.command("dead-letters", "--retry", "all")).exit_code == 1
    consumer.broken = set()
    assert (await service.command("dead-letters", "--retry", "all")).exit_code == 0
    assert (await service.command("dead-letters")).stdout == ""
    assert consumer.numbers == [1, 2]


async def test_events_are_published_again_by_command(service: Service) -> None:
    for number in range(3):
        await service.kit.db.write(fill, create_history(1)[0].id, number)
    ids = [row.id for row in await service.kit.db.read(outbox.waiting, 10)]
    await service.kit.db.write(outbox.mark_published, ids, utc_now())
    assert "2 events" in (await service.command("replay", "--after", str(ids[0]))).stderr
    assert "1 events" in (await service.command("replay", "--since", "2020-01-01T00:00:00")).stderr
    assert (await service.command("replay")).exit_code == 2


async def test_a_service_that_does_not_run_is_said_to(service: Service) -> None:
    answer = await service.command("replay", "--after", "0", "--port", str(free_port()))
    assert (answer.exit_code, "does not answer" in answer.stderr) == (1, True)


async def _acts(service: Service, *numbers: int) -> str:
    """Note some acts; what `audit verify` says then."""
    for number in numbers:
        await service.kit.db.write(note, Act("close_box", "olga", {"box": number}, MOMENT))
    verified = await service.command("audit", "verify")
    assert verified.exit_code == 0, verified.output
    return str(verified.stdout)


async def test_the_trail_is_verified_and_its_end_can_be_noted(service: Service) -> None:
    noted = (await _acts(service, 1, 2)).split()
    assert noted[0] == "2"
    await _acts(service, 3)
    assert (await service.command("audit", "verify", "--noted", noted[-1])).exit_code == 0
    cut = await service.command("audit", "verify", "--noted", "f" * 64)
    assert (cut.exit_code, "no part of it" in cut.stderr) == (1, True)


@pytest.mark.sqlite
async def test_a_trail_that_somebody_rewrote_is_found_out(service: Service) -> None:
    await _acts(service, 1, 2, 3)
    await service.kit.db.write(run("DROP TRIGGER audit_entries_refuse_update"))
    await service.kit.db.write(run("UPDATE audit_entries SET action = 'open_box' WHERE sequence = 2"))
    verified = await service.command("audit", "verify")
    assert (verified.exit_code, "broken at entry 2" in verified.stderr) == (1, True)
