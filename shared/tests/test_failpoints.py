"""Failpoints: every one of them is on the way of a write, and none goes off where nobody asked for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel
from shared.tests.boxes import SERVICE, Box, create_box_app
from structlog.testing import capture_logs

from interlinker_shared.events import Handler, nats_subject, outbox
from interlinker_shared.failpoints import CONSENT, CONSENTED, VARIABLE, Point, arm, reach, said, watched
from interlinker_shared.state import Kit
from interlinker_shared.testing import RunApp, TokenHeaders, eventually

ANSWER = [Point.COMMITTING, Point.COMMITTED, Point.ANSWERING, Point.ANSWERED]
RELAY = [Point.COMMITTED, Point.PUBLISHING, Point.PUBLISHED, Point.MARKED]
SUBSCRIBER = [Point.PUBLISHING, Point.RECEIVED, Point.EFFECTED, Point.ACKNOWLEDGED]


class Nothing(BaseModel):
    """A reader of no field."""


@pytest.mark.nats
async def test_one_write_passes_every_failpoint_in_its_order(
    test_settings: dict[str, Any], nats_url: str, run_app: RunApp, token: TokenHeaders
) -> None:
    handler = Handler(nats_subject(SERVICE, "contribution.made.v1"), Nothing, lambda *_: None)
    app = create_box_app(test_settings | {"nats_url": nats_url}, handlers=[handler])
    box = Box(await run_app(app), token)
    asset = await box.opened()
    kit: Kit = app.state.kit
    await eventually(lambda: _nothing_waits(kit))
    reached: list[Point] = []
    with watched(reached.append):
        await box.ask("POST", f"/boxes/{asset['id']}/things", json={"name": "A lamp"})
        await eventually(lambda: _holds(reached))
    assert set(reached) == set(Point) - {Point.MAILED}
    for way in (ANSWER, RELAY, SUBSCRIBER):
        assert sorted(way, key=reached.index) == way


def test_the_ways_name_every_failpoint() -> None:
    assert {*ANSWER, *RELAY, *SUBSCRIBER, Point.MAILED} == set(Point)


def test_armed_process_dies_when_the_point_is_reached_for_the_nth_time() -> None:
    process = _reach_thrice({VARIABLE: "relay.published:2", CONSENT: CONSENTED})
    assert process.returncode == -signal.SIGKILL
    assert process.stdout == "1\n"
    assert said(Point.PUBLISHED) in process.stderr
    assert "FAILPOINT ARMED" in process.stderr


def test_failpoint_without_consent_is_ignored_and_said_so() -> None:
    process = _reach_thrice({VARIABLE: "relay.published:2", CONSENT: "yes"})
    assert process.returncode == 0
    assert "failpoint ignored" in process.stderr


def test_failpoint_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"relay\.lost"):
        arm({VARIABLE: "relay.lost", CONSENT: CONSENTED})


def test_nothing_is_armed_and_nothing_is_said_without_the_variable() -> None:
    with capture_logs() as logs:
        arm({CONSENT: CONSENTED})
        reach(Point.PUBLISHED)
    assert logs == []


def _reach_thrice(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = f"""
import os, sys, structlog
from interlinker_shared.failpoints import Point, arm, reach
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
arm(os.environ)
for time in "123":
    reach(Point.{Point.PUBLISHED.name})
    print(time, flush=True)
    reach(Point.{Point.MARKED.name})
"""
    environment = dict(os.environ) | environment
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, check=False, capture_output=True, text=True, timeout=30
    )


async def _nothing_waits(kit: Kit) -> bool:
    return (await kit.db.read(outbox.backlog))[0] == 0


async def _holds(reached: list[Point]) -> bool:
    return Point.ACKNOWLEDGED in reached and Point.MARKED in reached
