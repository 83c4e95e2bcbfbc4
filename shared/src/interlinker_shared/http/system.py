"""Routes that every service has for those who run it: health, metrics, manifest, events, dead letters."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import JSONResponse

from interlinker_shared import manifest as manifests
from interlinker_shared import metrics
from interlinker_shared.errors import UnavailableError
from interlinker_shared.events import held, outbox, replay
from interlinker_shared.http.cache import fixed
from interlinker_shared.http.dependencies import Anyone, Database, Now, Owner
from interlinker_shared.http.problems import problem_of_error, problem_response
from interlinker_shared.services.rights import ServiceRight, for_services
from interlinker_shared.state import Kit
from interlinker_shared.text import Wire
from interlinker_shared.webhooks import store as webhooks

router = APIRouter()


class Health(BaseModel):
    """`degraded` names parts that are away while the service goes on without them."""

    status: Literal["ok", "starting"]
    degraded: list[str] = Field(default_factory=list)


class EventFeed(BaseModel):
    """Recorded events as CloudEvents; pass `next` as `after` to go on."""

    items: list[dict[str, Any]]
    next: int


class Replay(Wire):
    """Which recorded events are published again; all that are kept when neither is given."""

    since: AwareDatetime | None = None
    after: int | None = Field(None, ge=0, le=2**53)


class Replayed(BaseModel):
    """How many events are published again."""

    count: int


class DeadLetter(BaseModel):
    """An event whose handler failed, and why."""

    event_id: UUID
    event: dict[str, Any]
    tries: int
    error: str
    failed_at: datetime
    retry_at: datetime | None = Field(description="When it is tried again by itself; null when it was given up.")


class DeadLetters(BaseModel):
    """Dead letters, oldest first."""

    items: list[DeadLetter]


def _kit(request: Request) -> Kit:
    kit: Kit = request.app.state.kit
    return kit


@router.get("/health/live", tags=["health"])
async def read_liveness(_who: Anyone) -> Health:
    """Answer as long as the event loop turns."""
    return Health(status="ok")


@router.get("/health/startup", tags=["health"], response_model=Health)
async def read_startup(request: Request, _who: Anyone) -> Response:
    """503 until migrations are done and the database is open."""
    started = _kit(request).started
    return JSONResponse(Health(status="ok" if started else "starting").model_dump(), 200 if started else 503)


@router.get("/health/ready", tags=["health"], response_model=Health)
async def read_readiness(request: Request, _who: Anyone) -> Response:
    """200 while the database can be written. NATS being away shows as degraded: writes do not need it."""
    kit = _kit(request)
    try:
        await kit.db.ping()
    except UnavailableError as error:
        return problem_response(problem_of_error(error), {"Retry-After": "1"})
    away = kit.broker is not None and not kit.broker.connected
    return JSONResponse(Health(status="ok", degraded=["nats"] if away else []).model_dump())


@router.get("/metrics", tags=["health"], response_class=Response)
async def read_metrics(request: Request, _who: Anyone) -> Response:
    """Prometheus metrics: numbers about the service, nothing about people."""
    kit = _kit(request)
    count, oldest = await kit.db.read(outbox.backlog)
    kit.metrics.outbox_waiting.set(count)
    kit.metrics.outbox_age.set((kit.clock() - oldest).total_seconds() if oldest else 0)
    parked, dead = await kit.db.read(held.count_held)
    kit.metrics.events.held.set(parked)
    kit.metrics.events.dead_letters.set(dead)

    for state, number in (await kit.db.read(webhooks.counts)).items():
        kit.metrics.webhooks.labels(state.value).set(number)
    kit.metrics.writes_queued.set(kit.db.queued)
    return Response(kit.metrics.render(), media_type=metrics.CONTENT_TYPE)


@router.get(manifests.WELL_KNOWN, tags=["discovery"], response_model=manifests.Manifest)
@fixed
async def read_manifest(request: Request, _who: Anyone) -> Response:
    """Read what this service is and can do."""
    document = _kit(request).manifest.render()
    return Response(document, headers={"ETag": f'"{manifests.digest_of(document)}"'}, media_type="application/json")


@router.get(manifests.API_CATALOG, tags=["discovery"], response_class=Response)
@fixed
async def read_api_catalog(_who: Anyone) -> Response:
    """Read where the descriptions of the API are (RFC 9727)."""
    return Response(manifests.api_catalog(), media_type="application/linkset+json")


@router.get("/asyncapi.json", tags=["discovery"], response_model=dict[str, Any])
@fixed
async def read_asyncapi(request: Request, _who: Anyone) -> JSONResponse:
    """Read the description of the events (AsyncAPI 3.0)."""
    return JSONResponse(request.app.state.asyncapi)


@router.get("/schemas/{name}.json", tags=["discovery"], response_model=dict[str, Any])
@fixed
async def read_schema(name: Literal["config", "result", "subject"], request: Request, _who: Anyone) -> JSONResponse:
    """Read the JSON Schema of an asset's config, of its result, or of what a person takes away."""
    return JSONResponse(request.app.state.schemas.get(name, {}))


@router.get("/events", tags=["events"], operation_id="list_events")
@for_services(ServiceRight.READ_EVENTS)
async def list_events(
    db: Database,
    _who: Owner,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    aggregate: Annotated[str | None, Query(max_length=200)] = None,
    after_aggseq: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> EventFeed:
    """Replay recorded events of the last 30 days, oldest first: a second source for those who missed some.

    With `aggregate` only those of one aggregate, by their `aggseq`: then `next` goes into `after_aggseq`.
    """
    if aggregate is None:
        found = await db.read(outbox.list_events, after, limit)
    else:
        found, after = await db.read(replay.list_aggregate, aggregate, after_aggseq, limit), after_aggseq
    return EventFeed.model_validate(
        {"items": [json.loads(text) for _, text in found], "next": found[-1][0] if found else after}
    )


@router.post("/events/replay", tags=["events"], operation_id="replay_events")
async def replay_events(body: Replay, db: Database, _who: Owner) -> Replayed:
    """Publish recorded events again, those since a moment or after a place in `GET /events`; who knows them drops them."""
    return Replayed(count=await db.write(replay.publish_again, since=body.since, after=body.after))


@router.get("/dead-letters", tags=["events"], operation_id="list_dead_letters")
async def list_dead_letters(
    db: Database, _who: Owner, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> DeadLetters:
    """List events that this service could not deal with."""
    return DeadLetters.model_validate({"items": await db.read(held.list_dead_letters, limit)})


@router.post("/dead-letters/{event_id}/retry", tags=["events"], operation_id="retry_dead_letter", status_code=204)
async def retry_dead_letter(event_id: UUID, request: Request, db: Database, _who: Owner, now: Now) -> None:
    """Try an event once more; it leaves the list when it succeeds."""
    await db.write(_kit(request).inbox.retry, event_id, now)
