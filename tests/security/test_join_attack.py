"""After the close nothing that an operator has joins who took part with what was said, in a survey or a ballot."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog
from fastapi import FastAPI

from interlinker_ideation.app import create_app as create_ideation
from interlinker_ideation.settings import IdeationSettings
from interlinker_shared.events import outbox
from interlinker_shared.testing import SECRET, RunApp, TokenHeaders, eventually
from interlinker_survey.app import create_app as create_survey
from interlinker_survey.settings import SurveySettings
from tests.results import RESULTS, Figure, at_most, merge, show
from tests.security.join_attackers import ATTACKERS, Attack, attack_all, case_of, rows_of
from tests.security.join_control import joined
from tests.security.join_dump import Dump, dump_postgres, dump_sqlite, read_stream
from tests.security.join_filling import PEOPLE, Crowd, Filled

pytestmark = pytest.mark.nats

SEED = 4
SURE = 1e-9
"""An attacker who reaches this has found the trace she looks for."""
CHANCE = 1e-4
"""Ids are random, so chance must have its room: all attackers together fall below this once in some hundred runs."""


@dataclass
class Scene:
    """Both services at work, and their operator."""

    crowd: Crowd
    apps: dict[str, tuple[FastAPI, httpx.AsyncClient]]
    database_url: str | None
    nats_url: str
    folder: Path
    log: list[Any]

    @property
    def database(self) -> str:
        """Which one it is."""
        return "sqlite" if self.database_url is None else "postgresql"

    async def dump(self, service: str) -> Dump:
        """All that the operator has of a service now."""
        await eventually(lambda: self._all_sent(service), within=30)
        if self.database_url is None:
            copy = self.folder / "copy"
            copy.mkdir(exist_ok=True)
            found = dump_sqlite(self.folder / f"{service}.sqlite3", copy)
        else:
            found = dump_postgres(self.database_url, service)
        log = "\n".join(json.dumps(line, default=str) for line in self.log)
        return replace(found, log=log, stream=await read_stream(self.nats_url))

    async def _all_sent(self, service: str) -> bool:
        waiting, _ = await self.apps[service][0].state.kit.db.read(outbox.backlog)
        return bool(waiting == 0)


@pytest_asyncio.fixture
async def scene(
    database_url: str | None, nats_url: str, tmp_path: Path, run_app: RunApp, token: TokenHeaders
) -> AsyncIterator[Scene]:
    """Survey and ideation, on either database and with a broker."""
    settings: dict[str, Any] = {
        "data_dir": tmp_path,
        "database_url": database_url,
        "secret": SECRET,
        "nats_url": nats_url,
    }
    apps = {
        "survey": create_survey(SurveySettings(**settings, registry_url=None)),
        "ideation": create_ideation(IdeationSettings(**settings, registry_url=None)),
    }
    with structlog.testing.capture_logs() as log:
        running = {name: (app, await run_app(app)) for name, app in apps.items()}
        yield Scene(Crowd(running, token, seed=SEED), running, database_url, nats_url, tmp_path, log)


async def test_nobody_is_linked_better_than_by_chance(scene: Scene) -> None:
    secret, named = await scene.crowd.survey("anonymous"), await scene.crowd.survey("pseudonymous")
    campaign, ideas = await scene.crowd.campaign()
    await scene.crowd.answer([secret, named], campaign, ideas)
    before = {"survey": await attacked(scene, "survey", secret), "ballot": await attacked(scene, "ideation", campaign)}
    for service, asset in (("survey", secret), ("survey", named), ("ideation", campaign)):
        await scene.crowd.close(service, asset.asset)
    control = await attacked(scene, "survey", named)
    after = {"survey": await attacked(scene, "survey", secret), "ballot": await attacked(scene, "ideation", campaign)}
    keep(scene.database, after)
    linked = [(what, name) for what, tries in after.items() for name, one in tries.items() if one.odds < CHANCE]
    assert linked == []
    # The same attackers find people while a survey or a vote is open, which is why that must end, and in one that keeps names.
    assert {name for name, one in control.items() if one.odds < SURE} >= {
        "by_place",
        "by_time",
        "by_event",
        "by_value",
        "by_page",
    }
    assert any(one.odds < SURE for tries in before.values() for one in tries.values())


def test_every_attacker_finds_who_said_what_where_nothing_is_kept_apart() -> None:
    dump, case = joined(PEOPLE, seed=SEED)
    assert {name for name, one in attack_all(dump, case, chance=CHANCE).items() if one.odds < SURE} == {
        one.__name__ for one in ATTACKERS
    }


async def attacked(scene: Scene, service: str, asset: Filled) -> dict[str, Attack]:
    """What each attacker finds in an asset, of which all is there to be attacked."""
    dump = await scene.dump(service)
    case = case_of(dump, asset.asset, asset.said)
    assert (len(case.people), len(rows_of(dump, case)), len(dump.stream) > PEOPLE) == (PEOPLE, PEOPLE, True)
    return attack_all(dump, case, chance=CHANCE)


def keep(database: str, found: Mapping[str, dict[str, Attack]]) -> None:
    """Print what was found and keep it beside the other figures."""
    figures = [
        Figure(
            name=f"join.{database}.{what}.{name}",
            value=one.found,
            unit=f"of {PEOPLE} people",
            how="linked after the close, by an attacker with everything that an operator has; the goal is what chance links",
            goal=at_most(one.most),
        )
        for what, tries in found.items()
        for name, one in tries.items()
    ]
    merge(RESULTS / "security.json", figures)
    show(figures, title=f"Join attack on {database}")
