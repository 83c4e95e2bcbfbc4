"""The matrix can fail: a service with one guard less, or a word too many, is found out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request
from sqlalchemy.orm import Session

from interlinker_shared.assets.store import AssetRow
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http import Anyone
from interlinker_shared.state import Kit
from tests.conformance.sabotage import Broken, Sabotage, turned
from tests.security.matrix.judge import Verdict, judge
from tests.security.matrix.scene import Scene, set_up
from tests.security.matrix.things import Realm
from tests.security.matrix.world import HOST, MARKER

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def template() -> AsyncIterator[Scene]:
    """The template, with a route that forgets who may know of an asset."""
    async with set_up("template", with_a_hole) as found:
        yield found


def with_a_hole(app: FastAPI) -> None:
    app.add_api_route("/pledges/{asset_id}/title", read_title, methods=["GET"])


async def read_title(asset_id: UUID, request: Request, _who: Anyone) -> str:
    """Past the gate, as nobody should."""
    kit: Kit = request.app.state.kit
    return await kit.db.read(_title, asset_id)


def _title(session: Session, asset_id: UUID) -> str:
    row = session.get(AssetRow, asset_id)
    if row is None:
        raise NotFoundError
    return row.title


async def test_a_new_route_without_a_guard_is_found(template: Scene) -> None:
    verdict = await judged(template, Sabotage(), "/title")
    assert verdict.accepted
    assert verdict.told
    assert verdict.leaked


async def test_a_lost_guard_of_a_role_is_found(template: Scene) -> None:
    owner = template.world.people["olga"]["Authorization"]
    let_in = Sabotage(request=lambda request: request.headers.update({"Authorization": owner}))
    assert (await judged(template, let_in, "/audit")).accepted


async def test_a_refusal_that_tells_what_is_there_is_found(template: Scene) -> None:
    hidden, other = template.world.named(Realm.HIDDEN), turned(403, 404)
    tell = Sabotage(
        lambda answer: other.answer(answer) if any(one in str(answer.request.url) for one in hidden) else answer
    )
    verdict = await judged(template, tell, "/entries")
    assert verdict.told
    assert not verdict.accepted


async def test_a_hidden_word_in_a_list_is_found(template: Scene) -> None:
    shown = Sabotage(lambda answer: httpx.Response(200, text=MARKER, request=answer.request))
    assert (await judged(template, shown, "/pledges")).leaked


async def test_a_refused_request_that_writes_is_found(template: Scene) -> None:
    world, case = template.world, next(case for case in template.tried() if not case.ask.reads)

    class Writing(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await world.client.post("/pledges", json={"title": "Written"}, headers=world.people["olga"])
            return httpx.Response(403, request=request)

    async with httpx.AsyncClient(transport=Writing(), base_url=HOST) as client:
        assert "rows of assets" in (await judge(world, [case], [], client)).changed


async def judged(scene: Scene, sabotage: Sabotage, end: str) -> Verdict:
    """What is found of a service that somebody broke on its way out; only addresses that end so are tried."""
    transport = Broken(httpx.ASGITransport(scene.world.app, raise_app_exceptions=False), sabotage)
    tried, read = ([one for one in some if one.ask.url.endswith(end)] for some in (scene.tried(), scene.read()))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        return await judge(scene.world, tried, read, client)
