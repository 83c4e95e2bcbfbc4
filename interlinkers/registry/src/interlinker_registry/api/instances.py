"""`/instances`: the directory. Services keep their leases here, everybody reads who is there."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import StringConstraints

from interlinker_registry import actions, domain, reads, store
from interlinker_registry.directory import Directory
from interlinker_registry.domain import Epoch, InstanceId, LeaseState, Renewal
from interlinker_registry.models import (
    EPOCH_MAX,
    Grant,
    Instance,
    InstanceList,
    Registration,
    RenewalRequest,
    Renewed,
)
from interlinker_shared.audit.acts import routine
from interlinker_shared.auth import Principal
from interlinker_shared.errors import ForbiddenError
from interlinker_shared.http import Anyone, Database, Now, Owner
from interlinker_shared.services.key import ServiceName
from interlinker_shared.services.rights import ServiceRight, for_services

MAX_WAIT_SECONDS = 30
RENEWALS_PER_TTL = 3

router = APIRouter(prefix="/instances", tags=["directory"])


async def _directory(request: Request) -> Directory:
    directory: Directory = request.app.state.directory
    return directory


LiveDirectory = Annotated[Directory, Depends(_directory)]
Id = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$", description="What the service calls this instance: forum-main.")
]
Word = Annotated[str, StringConstraints(max_length=200)]


@router.post("/{instance_id}/renewals")
@routine
@for_services(ServiceRight.KEEP_LEASE)
async def renew_instance(
    instance_id: Id, body: RenewalRequest, db: Database, directory: LiveDirectory, who: Owner, now: Now
) -> Renewed:
    """Keep a lease. 404: register (again). 409 `stale-epoch`: a newer run holds it; `manifest-changed`: register anew."""
    _check_own(who, instance_id)
    id, renewal = InstanceId(instance_id), Renewal(Epoch(body.epoch), body.health, body.manifest_digest)
    held, revision = await db.read(store.find_lease, id, directory.beats) or (None, 0)
    lease = domain.renew(held, renewal, now=now)
    if held is None or (lease.state, lease.health) != (held.state, held.health):
        lease, revision = await db.write(actions.renew_instance, id, renewal, directory.beats, now=now)
    directory.beats.beat(id, now)
    return Renewed(state=lease.state, revision=revision, ttl=int(lease.ttl.total_seconds()))


@router.get("", response_model=InstanceList)
async def list_instances(
    request: Request,
    response: Response,
    db: Database,
    directory: LiveDirectory,
    _who: Anyone,
    service: Annotated[Word | None, Query()] = None,
    capability: Annotated[Word | None, Query()] = None,
    state: Annotated[LeaseState | None, Query(description="Archived instances are listed only when asked for.")] = None,
    after: Annotated[int | None, Query(ge=0, le=EPOCH_MAX, description="The revision already known.")] = None,
    wait: Annotated[int, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for another one.")] = 0,
    if_none_match: Annotated[str | None, Header(max_length=500)] = None,
) -> Any:
    """List instances. With `after` and `wait` it answers once the directory has another revision, or after the wait."""
    if after is not None and wait:
        await directory.wait_past(after, wait, revision=lambda: db.read(store.revision))
    tag = f'W/"{await db.read(store.revision)}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if if_none_match is not None and tag in if_none_match.split(", "):
        return Response(status_code=304, headers=headers)
    found = await db.read(reads.list_instances, directory.beats, service=service, capability=capability, state=state)
    response.headers.update(headers | {"ETag": f'W/"{found.revision}"'})
    return found


@router.get("/{instance_id}")
async def read_instance(instance_id: Id, db: Database, directory: LiveDirectory, _who: Anyone) -> Instance:
    """Read one instance; archived ones are kept for 30 days."""
    return await db.read(reads.read_instance, InstanceId(instance_id), directory.beats)


@router.put("/{instance_id}", responses={201: {"model": Grant}})
@routine
@for_services(ServiceRight.KEEP_LEASE)
async def register_instance(
    instance_id: Id,
    body: Registration,
    response: Response,
    db: Database,
    directory: LiveDirectory,
    who: Owner,
    now: Now,
) -> Grant:
    """Take a lease (201), or take it anew (200). 409 `stale-epoch` while a newer run of this instance holds it."""
    _check_own(who, instance_id, body.service)
    id = InstanceId(instance_id)
    lease, revision, created = await db.write(actions.register_instance, id, body, directory.beats, now=now)
    directory.beats.beat(id, now)
    response.status_code = 201 if created else 200
    return Grant(
        id=instance_id,
        state=lease.state,
        revision=revision,
        epoch=lease.epoch,
        ttl=body.ttl,
        renew_after=body.ttl // RENEWALS_PER_TTL,
    )


@router.delete("/{instance_id}", status_code=204)
@routine
@for_services(ServiceRight.KEEP_LEASE)
async def deregister_instance(
    instance_id: Id,
    epoch: Annotated[int, Query(ge=0, le=EPOCH_MAX)],
    db: Database,
    directory: LiveDirectory,
    who: Owner,
    now: Now,
) -> None:
    """Give a lease back before it ends; 409 `stale-epoch` when a newer run holds it."""
    _check_own(who, instance_id)
    await db.write(actions.deregister_instance, InstanceId(instance_id), Epoch(epoch), directory.beats, now=now)


def _check_own(who: Principal, instance_id: str, service: str | None = None) -> None:
    """A service speaks for itself alone, whoever owns the registry for all."""
    if who.service is None:
        return
    own = ServiceName.of(who.service)
    if instance_id != f"{own.service}-{own.instance}" or service not in {None, own.service}:
        message = f"The lease of {instance_id} is not that of {own}."
        raise ForbiddenError(message)
