"""A quick route answers every request as FastAPI would: the plain ones sooner, the odd ones by its way."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Query, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import AwareDatetime, BaseModel, Field
from shared.tests.boxes import SERVICE, create_box_app
from structlog.testing import capture_logs

from interlinker_shared.http import Anyone, Database, Member, Now, Paging
from interlinker_shared.http.quick import QuickRoute
from interlinker_shared.testing import RunApp, TokenHeaders
from interlinker_shared.text import Line, Wire

BOX = "01890000-0000-7000-8000-00000000000a"


class Order(StrEnum):
    """In which order."""

    UP = "up"
    DOWN = "down"


async def read_things(
    box_id: UUID,
    request: Request,
    db: Database,
    who: Anyone,
    page: Paging,
    order: Annotated[Order, Query(description="Which first.")] = Order.UP,
) -> Response:
    """What was understood of the request."""
    key = db._key
    return Response(f"{box_id} {request.url.path[:2]} {key} {who.subject} {who.role} {page} {order!r}")


async def stumble(box_id: UUID) -> Response:
    """A mistake of ours."""
    raise ZeroDivisionError(box_id)


@pytest.fixture
async def client(test_settings: dict[str, Any], run_app: RunApp) -> httpx.AsyncClient:
    """The same endpoint twice: below /q by a quick route, below /p by a plain one."""

    def both(router: APIRouter) -> None:
        for prefix, kind in (("/q", QuickRoute), ("/p", APIRoute)):
            path = prefix + "/{box_id}"
            router.add_api_route(path, read_things, route_class_override=kind)
            router.add_api_route(prefix + "/{box_id}/bug", stumble, route_class_override=kind)
            router.add_api_route(path, store_parcel, methods=["POST"], status_code=201, route_class_override=kind)

    return await run_app(create_box_app(test_settings, routes=both))


@pytest.mark.parametrize("way", ["q", "p"])
async def test_a_mistake_of_ours_is_answered_and_logged_once(client: httpx.AsyncClient, way: str) -> None:
    with capture_logs() as logs:
        answer = await client.get(f"/{way}/{BOX}/bug")
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:interlinkers:problem:internal")
    assert "content-security-policy" in answer.headers
    assert [log["path"] for log in logs if log["event"] == "unexpected error"] == [f"/{way}/{BOX}/bug"]


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text.replace("/q", "/p")


@pytest.mark.parametrize("id", [BOX, BOX.upper(), BOX.replace("-", ""), f"{{{BOX}}}", f"urn:uuid:{BOX}", "7", "x" * 36])
async def test_an_id_is_understood_alike(client: httpx.AsyncClient, id: str) -> None:
    assert told(await client.get(f"/q/{id}")) == told(await client.get(f"/p/{id}"))


@pytest.mark.parametrize(
    "query",
    [
        "limit=1",
        "limit=100",
        "limit=101",
        "limit=0",
        "limit=-1",
        "limit=007",
        "limit=1.0",
        "limit=+5",
        "limit=%205",
        "limit=ten",
        "limit=",
        "limit=%D9%A3",
        "limit=5&limit=6",
        "limit=x&limit=6",
        "cursor=WyJhIl0",
        "cursor=nonsense",
        "cursor=",
        "cursor=a&cursor=WyJhIl0",
        "cursor=" + "a" * 501,
        "order=up",
        "order=down&limit=7",
        "order=UP",
        "order=",
        "order=x",
        "order=up&order=down",
        "order=x&order=up",
        "unknown=1",
        "LIMIT=1",
        "limit=999999999999999999999999",
    ],
)
async def test_a_query_is_understood_alike(client: httpx.AsyncClient, query: str) -> None:
    assert told(await client.get(f"/q/{BOX}?{query}")) == told(await client.get(f"/p/{BOX}?{query}"))


@pytest.mark.parametrize("key", ["a", "", "k" * 200, "k" * 201])
async def test_a_key_is_understood_alike(client: httpx.AsyncClient, key: str) -> None:
    quick, plain = [await client.get(f"/{way}/{BOX}", headers={"Idempotency-Key": key}) for way in "qp"]
    assert told(quick) == told(plain)


@pytest.mark.parametrize("path", [BOX, "7"])
@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Basic x", "Bearer", ""])
async def test_a_wrong_token_is_refused_alike(client: httpx.AsyncClient, path: str, authorization: str) -> None:
    quick, plain = [await client.get(f"/{way}/{path}", headers={"Authorization": authorization}) for way in "qp"]
    assert told(quick) == told(plain)


async def test_a_person_is_known_alike(client: httpx.AsyncClient, token: TokenHeaders) -> None:
    headers = token(subject="ana", audience=SERVICE)
    quick, plain = [await client.get(f"/{way}/{BOX}", headers=headers) for way in "qp"]
    assert told(quick) == told(plain)
    assert "ana" in quick.text


class Parcel(Wire):
    """What is sent."""

    name: Line
    weight: int = Field(1, ge=0)
    sent_at: AwareDatetime | None = None


class Stored(BaseModel):
    """What came of it."""

    parcel: Parcel
    who: str | None
    now: datetime
    tag: str = Field(alias="etiquette")


async def store_parcel(box_id: UUID, body: Parcel, db: Database, who: Member, now: Now) -> Stored:
    """Tell what was understood."""
    return Stored(parcel=body, who=who.subject, now=now, etiquette=f"{box_id} {db._key}")


BODIES = [
    b'{"name": "A lamp", "weight": 3, "sent_at": "2026-11-24T09:00:00+01:00"}',
    b'{"name": "L\xc3\xa1mpara"}',
    b'{"name": "A lamp", "weight": "3"}',
    b'{"name": "A lamp", "weight": -1}',
    b'{"name": "A lamp", "weight": 1e400}',
    b'{"name": "A lamp", "weight": NaN}',
    b'{"name": "A lamp", "colour": "red"}',
    b'{"name": ""}',
    b"{}",
    b"",
    b"null",
    b"[]",
    b'{"name": ',
    b'{"name": "\xff"}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "text/plain", "application/vnd.x+json"]
)
async def test_a_body_is_understood_alike(
    client: httpx.AsyncClient, token: TokenHeaders, body: bytes, kind: str
) -> None:
    headers = token(subject="ana", audience=SERVICE) | {"Content-Type": kind}
    quick, plain = [await client.post(f"/{way}/{BOX}", content=body, headers=headers) for way in "qp"]
    assert (told(quick), quick.headers["content-type"]) == (told(plain), plain.headers["content-type"])


@pytest.mark.parametrize("body", BODIES[:1] + BODIES[-3:])
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nonsense"}, {"Idempotency-Key": "k"}, {"Idempotency-Key": ""}]
)
async def test_a_write_is_refused_alike(client: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> None:
    asked = headers | {"Content-Type": "application/json"}
    quick, plain = [await client.post(f"/{way}/{BOX}", content=body, headers=asked) for way in "qp"]
    assert told(quick) == told(plain)


async def read_with_option(box_id: UUID, colour: str = "red") -> Response:
    """One that may be left out."""
    return Response(f"{box_id} {colour}")


async def read_model(box_id: UUID) -> dict[str, str]:
    """An answer that is not finished."""
    return {"id": str(box_id)}


@pytest.mark.parametrize("endpoint", [read_model, read_with_option])
def test_other_endpoints_go_the_usual_way(endpoint: Any) -> None:
    router = APIRouter(route_class=QuickRoute)
    router.add_api_route("/x/{box_id}", endpoint)
    route = next(iter(iter_route_contexts(router.routes))).original_route
    assert isinstance(route, QuickRoute)
    assert route.get_route_handler().__qualname__ == APIRoute.get_route_handler(route).__qualname__


async def test_a_quick_route_does_not_take_what_another_one_before_it_gets(
    test_settings: dict[str, Any], run_app: RunApp
) -> None:
    def both(router: APIRouter) -> None:
        router.add_api_route("/q/{anything}", read_now, route_class_override=APIRoute)
        router.add_api_route("/q/{box_id}", read_things, route_class_override=QuickRoute)

    client = await run_app(create_box_app(test_settings, routes=both))
    assert (await client.get(f"/q/{BOX}")).text == "the first"


async def read_now(anything: str, who: Anyone) -> Response:
    """Anything."""
    return Response("the first")
