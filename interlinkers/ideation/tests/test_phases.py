"""Dated phases: what runs at a moment, what people may do then, exactly at the second, and that everybody is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from interlinkers.ideation.tests.calling import Service, pointers, problem

from interlinker_ideation.asked import Phase
from interlinker_ideation.clockwork import Clockwork
from interlinker_ideation.phases import Deed, PhaseKind, Standing, edges, may, standing
from interlinker_shared.state import Kit

START = datetime(2027, 3, 1, 9, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
PHASES = [
    {"kind": "collect", "opens_at": START.isoformat(), "closes_at": (START + 2 * HOUR).isoformat()},
    {"kind": "discuss", "opens_at": (START + HOUR).isoformat(), "closes_at": (START + 3 * HOUR).isoformat()},
    {"kind": "vote", "opens_at": (START + 4 * HOUR).isoformat()},
]
IDEA = {"title": "A pond", "text": "With frogs.", "language": "en"}


def turn(service: Service, to: datetime) -> Kit:
    """Set the service's clock."""
    kit: Kit = service.app.state.kit
    kit.clock = lambda: to
    return kit


async def phased(service: Service, **config: Any) -> str:
    turn(service, START)
    return await service.create_campaign(phases=PHASES, **config)


def test_a_phase_runs_from_its_first_second_to_the_one_before_its_end() -> None:
    phase = Phase(kind=PhaseKind.VOTE, opens_at=START, closes_at=START + HOUR)
    at = {START - SECOND: "upcoming", START: "running", START + HOUR - SECOND: "running", START + HOUR: "over"}
    assert {moment: standing(phase, moment) for moment in at} == at
    assert standing(Phase(kind=PhaseKind.VOTE, opens_at=START), START + 1000 * HOUR) is Standing.RUNNING


def test_phases_that_overlap_allow_what_any_of_them_does() -> None:
    phases = [Phase.model_validate(phase) for phase in PHASES]
    possible = [{deed for deed in Deed if may(phases, deed, START + hours * HOUR)} for hours in range(5)]
    collecting = {Deed.SUBMIT, Deed.SUPPORT, Deed.REVISE}
    assert possible == [collecting, collecting, {Deed.SUPPORT}, set(), {Deed.VOTE}]
    assert all(may([], deed, START) for deed in Deed)


def test_edges_come_in_the_order_of_time() -> None:
    told = [(at - START, kind, begins) for at, kind, begins in edges([Phase.model_validate(one) for one in PHASES])]
    assert told == [
        (0 * HOUR, "collect", True),
        (1 * HOUR, "discuss", True),
        (2 * HOUR, "collect", False),
        (3 * HOUR, "discuss", False),
        (4 * HOUR, "vote", True),
    ]


async def test_ideas_are_taken_to_the_last_second_and_not_one_later(service: Service) -> None:
    campaign = await phased(service)
    path = f"/campaigns/{campaign}/ideas"
    turn(service, START - SECOND)
    assert problem(await service.call("POST", path, IDEA)) == (409, "phase-closed")
    for moment in (START, START + 2 * HOUR - SECOND):
        turn(service, moment)
        assert (await service.call("POST", path, IDEA)).status_code == 201
    turn(service, START + 2 * HOUR)
    assert problem(await service.call("POST", path, IDEA)) == (409, "phase-closed")


async def test_support_and_ballots_wait_for_their_phases(service: Service) -> None:
    campaign = await phased(service)
    idea = await service.create_idea(campaign)
    support = f"/campaigns/{campaign}/ideas/{idea}/support"
    assert problem(await service.vote(campaign, idea)) == (409, "phase-closed")
    assert (await service.call("PUT", support)).status_code == 200
    turn(service, START + 4 * HOUR)
    assert (await service.vote(campaign, idea)).status_code == 200
    for method in ("PUT", "DELETE"):
        assert problem(await service.call(method, support)) == (409, "phase-closed")


async def test_phases_never_open_a_gate_that_is_closed(service: Service) -> None:
    campaign = await phased(service, submissions="closed")
    assert problem(await service.call("POST", f"/campaigns/{campaign}/ideas", IDEA)) == (409, "submissions-closed")


async def test_everybody_reads_what_is_possible_now(service: Service) -> None:
    campaign = await phased(service)
    turn(service, START + HOUR)
    told = (await service.call("GET", f"/campaigns/{campaign}/phases", who=None)).json()
    assert [phase["standing"] for phase in told["phases"]] == ["running", "running", "upcoming"]
    assert told["possible"] == ["submit", "support", "revise"]
    await service.close(campaign)
    assert (await service.call("GET", f"/campaigns/{campaign}/phases", who=None)).json()["possible"] == []


async def test_phases_may_move_while_the_campaign_is_open(service: Service) -> None:
    campaign = await phased(service)
    read = await service.staff("GET", f"/campaigns/{campaign}")
    later = [PHASES[0] | {"closes_at": (START + 5 * HOUR).isoformat()}]
    config = read.json()["config"] | {"phases": later}
    match = {"If-Match": read.headers["etag"]}
    assert (await service.staff("PATCH", f"/campaigns/{campaign}", {"config": config}, match)).status_code == 200
    turn(service, START + 4 * HOUR)
    assert (await service.call("POST", f"/campaigns/{campaign}/ideas", IDEA)).status_code == 201


@pytest.mark.parametrize(
    ("phase", "pointer"),
    [
        ({"kind": "party", "opens_at": START.isoformat()}, "/config/phases/0/kind"),
        ({"kind": "vote", "opens_at": "2027-03-01T09:00:00"}, "/config/phases/0/opens_at"),
        ({"kind": "vote", "opens_at": START.isoformat(), "closes_at": START.isoformat()}, "/config/phases/0"),
    ],
    ids=["kind", "no zone", "no time"],
)
async def test_a_wrong_phase_is_named(service: Service, phase: dict[str, str], pointer: str) -> None:
    body = {"title": "A greener town", "config": {"phases": [phase]}}
    assert pointers(await service.staff("POST", "/campaigns", body)) == [pointer]


async def test_each_beginning_and_end_is_told_once_also_after_a_restart(service: Service) -> None:
    campaign = await phased(service)
    clockwork = Clockwork()
    for hours in (0, 1, 1, 4):
        await clockwork.tick(turn(service, START + hours * HOUR))
    await Clockwork().tick(turn(service, START + 5 * HOUR))
    began = [event["data"] for event in await service.events("phase.began.v1")]
    ended = [event["data"] for event in await service.events("phase.ended.v1")]
    assert began == [{"campaign": campaign, "phase": kind} for kind in ("collect", "discuss", "vote")]
    assert ended == [{"campaign": campaign, "phase": kind} for kind in ("collect", "discuss")]


async def test_a_phase_that_begins_renders_kept_pages_anew(service: Service) -> None:
    campaign = await phased(service)
    path, clockwork = f"/campaigns/{campaign}", Clockwork()
    await clockwork.tick(turn(service, START))
    for _ in range(2):
        kept = await service.call("GET", path, who=None)
    assert "traceparent" not in kept.headers
    await clockwork.tick(turn(service, START + HOUR))
    assert "traceparent" in (await service.call("GET", path, who=None)).headers
