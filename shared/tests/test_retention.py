"""What people contributed goes when its time is over: by whose word, in what steps, and what stays."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from shared.tests.boxes import MOMENT, Box, Boxes, Clock, create_box_app

from interlinker_shared.assets import Item
from interlinker_shared.assets.retention import retire
from interlinker_shared.auth import Role
from interlinker_shared.testing import RunApp, TokenHeaders, files_with, recorded

DAY = 86_400
WORDS = "words that nobody writes twice"
ITEMS = [{"id": str(number), "text": WORDS} for number in range(5)]
MakeBox = Callable[..., Any]


def on(day: int) -> str:
    return (MOMENT + timedelta(days=day)).isoformat()


@pytest.fixture
def make_box(test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders, clock: Clock) -> MakeBox:
    """A block of other settings or another kind."""

    async def make(kind: dict[str, Any] | None = None, **settings: Any) -> tuple[Box, FastAPI]:
        app = create_box_app(test_settings | settings, kind=Boxes().kind(**kind or {}), clock=clock)
        return Box(await run_app(app), token), app

    return make


async def handed_over(box: Box, **fields: Any) -> dict[str, Any]:
    """A closed box into which five items were handed over."""
    asset = await box.opened(**fields)
    body = {"handover": "h", "items": ITEMS}
    (await box.ask("POST", f"/boxes/{asset['id']}/imports", json=body)).raise_for_status()
    return await box.step(asset, "close")


async def is_there(box: Box, asset: dict[str, Any]) -> bool:
    return (await box.ask("GET", f"/boxes/{asset['id']}")).status_code == 200


async def test_an_asset_whose_time_is_over_is_deleted_and_purged(box: Box, app: FastAPI, clock: Clock) -> None:
    asset = await handed_over(box, retain_until=on(10))
    clock.go_on(10 * DAY - 1)
    await retire(app.state.kit)
    assert await is_there(box, asset)
    clock.go_on(1)
    await retire(app.state.kit)
    assert not await is_there(box, asset)
    (purged,) = await recorded(app, "asset.purged.v1")
    assert purged["data"] == {"asset": asset["id"], "context": None, "result_kept": False}
    assert len(await recorded(app, "asset.deleted.v1")) == 1


async def test_a_purge_happens_once(box: Box, app: FastAPI, clock: Clock) -> None:
    await handed_over(box, retain_until=on(1))
    clock.go_on(DAY)
    for _ in range(3):
        await retire(app.state.kit)
    assert len(await recorded(app, "asset.purged.v1")) == 1


async def test_what_is_still_open_closes_before_it_goes(box: Box, app: FastAPI, clock: Clock) -> None:
    await box.opened(retain_until=on(1))
    clock.go_on(DAY)
    await retire(app.state.kit)
    names = [event["type"].split(".", 3)[3] for event in await recorded(app)]
    assert names[-4:] == ["asset.closed.v1", "result.published.v1", "asset.deleted.v1", "asset.purged.v1"]


async def test_the_block_says_how_long_where_the_asset_does_not(make_box: MakeBox, clock: Clock) -> None:
    box, app = await make_box(retention="P30D")
    asset, own = await handed_over(box), await handed_over(box, retain_until=on(90))
    await retire(app.state.kit)
    assert (await box.ask("GET", f"/boxes/{asset['id']}")).json()["retain_until"][:10] == on(30)[:10]
    clock.go_on(30 * DAY)
    await retire(app.state.kit)
    assert (await is_there(box, asset), await is_there(box, own)) == (False, True)


async def test_without_any_word_about_it_nothing_is_ever_purged(box: Box, app: FastAPI, clock: Clock) -> None:
    asset = await handed_over(box)
    clock.go_on(36_500 * DAY)
    await retire(app.state.kit)
    assert await is_there(box, asset)


async def test_what_was_deleted_is_purged_after_thirty_days(box: Box, app: FastAPI, clock: Clock) -> None:
    asset = await handed_over(box)
    await box.ask("DELETE", f"/boxes/{asset['id']}")
    for days, purged in ((29, 0), (1, 1)):
        clock.go_on(days * DAY)
        await retire(app.state.kit)
        assert len(await recorded(app, "asset.purged.v1")) == purged


async def test_the_manifest_says_how_long_things_are_kept(make_box: MakeBox) -> None:
    box, _ = await make_box(retention="P1Y", deleted_retention="P7D")
    privacy = (await box.ask("GET", "/.well-known/interlinker.json")).json()["privacy"]
    assert (privacy["retention"], privacy["deleted"]) == ("P1Y", "P7D")


async def test_figures_stay_where_the_owner_says_so(make_box: MakeBox, clock: Clock) -> None:
    box, app = await make_box({"aggregate": lambda item: Item(id=item.id)})
    asset = await handed_over(box, retain_until=on(1), retain_result=True)
    before = (await box.ask("GET", f"/boxes/{asset['id']}/result")).json()
    clock.go_on(DAY)
    await retire(app.state.kit)
    after = (await box.ask("GET", f"/boxes/{asset['id']}/result")).json()
    assert (after["version"], after["counts"]) == (before["version"] + 1, before["counts"])
    assert after["hash"] == (await recorded(app, "result.published.v1"))[-1]["data"]["hash"]
    assert (await box.ask("GET", f"/boxes/{asset['id']}")).json()["purged_at"][:10] == on(1)[:10]


async def test_figures_go_when_the_asset_is_deleted_after_all(make_box: MakeBox, clock: Clock) -> None:
    box, app = await make_box()
    asset = await handed_over(box, retain_until=on(1), retain_result=True, title=WORDS)
    clock.go_on(DAY)
    await retire(app.state.kit)
    assert (await box.ask("DELETE", f"/boxes/{asset['id']}")).status_code == 204
    await retire(app.state.kit)
    assert [event["data"]["result_kept"] for event in await recorded(app, "asset.purged.v1")] == [True, False]


@pytest.mark.sqlite
async def test_nothing_of_it_is_left_in_any_file(box: Box, app: FastAPI, clock: Clock, tmp_path: Path) -> None:
    await handed_over(box, title=WORDS, retain_until=on(1))
    assert files_with(tmp_path, WORDS)
    clock.go_on(DAY)
    await retire(app.state.kit)
    assert files_with(tmp_path, WORDS) == []


async def test_only_an_owner_says_until_when_things_are_kept(box: Box) -> None:
    asset = await box.opened()
    assert (await box.change(asset, Role.MODERATOR, retain_until=on(5))).status_code == 403
    assert (await box.change(asset, Role.MODERATOR, retain_result=True)).status_code == 403
    assert (await box.change(asset, retain_until=on(5), retain_result=True)).json()["retain_result"] is True


async def test_the_date_of_a_closed_asset_may_change_and_nothing_else(box: Box) -> None:
    asset = await handed_over(box)
    assert (await box.change(asset, retain_until=on(5), title="Another")).status_code == 409
    changed = (await box.change(asset, retain_until=on(5))).json()
    assert changed["retain_until"][:10] == on(5)[:10]
    assert (await box.change(changed, retain_until=None)).json()["retain_until"] is None


@pytest.mark.parametrize(("day", "slug"), [(-1, "purged-in-the-past"), (1, "purged-before-it-closes")])
async def test_a_slip_of_the_date_deletes_nothing(box: Box, day: int, slug: str) -> None:
    asset = await box.opened(closes_at=on(3) if day > 0 else None)
    answer = await box.change(asset, retain_until=on(day))
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:interlinkers:problem:{slug}")
    new = {"title": "A box", "closes_at": asset["closes_at"], "retain_until": on(day)}
    assert (await box.ask("POST", "/boxes", json=new)).status_code == 422


@pytest.mark.sqlite
def test_a_purge_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    purge = (sys.executable, "-m", "shared.tests.purge_service", str(tmp_path))
    left = []
    for killed_at in ("db.committing:3", "db.committed:2", ""):
        ended = subprocess.run((*purge, killed_at), capture_output=True, check=False)
        assert ended.returncode == (-signal.SIGKILL if killed_at else 0), ended.stderr
        left.append(rows_of(tmp_path))
    assert left == [(7500, 1), (6500, 1), (0, 0)]  # of 8000: rows left, and whether they were still to go


def rows_of(folder: Path) -> tuple[int, int]:
    """How many imports there are, and how many assets that are to be purged."""
    with contextlib.closing(sqlite3.connect(folder / "boxes.sqlite3")) as database:
        (imports,) = database.execute("SELECT count(*) FROM imports").fetchone()
        (waiting,) = database.execute("SELECT count(*) FROM assets WHERE purged_at IS NULL").fetchone()
    return imports, waiting
