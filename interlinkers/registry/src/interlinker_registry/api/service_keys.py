"""`/service-keys`: whose keys are good. Services make theirs known, everybody reads the list."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response

from interlinker_registry import actions, store
from interlinker_registry.api.instances import LiveDirectory
from interlinker_registry.models import EPOCH_MAX, Joined, Joining, ServiceKeys
from interlinker_shared.auth import REFUSED
from interlinker_shared.errors import UnauthorisedError
from interlinker_shared.http import Anyone, Database, Now, Owner
from interlinker_shared.limits.rates import costly
from interlinker_shared.services.join import read_join_token
from interlinker_shared.services.key import PublicKey, ServiceName
from interlinker_shared.services.tokens import SERVICE_TYP, BadTokenError, issuer_of, read_token
from interlinker_shared.state import Kit

MAX_WAIT_SECONDS = 30

router = APIRouter(prefix="/service-keys", tags=["directory"])

Service = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
InstanceName = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$", description="As the service calls itself: main.")]


@router.post("", status_code=201, responses={200: {"model": Joined}})
@costly
async def join_family(
    body: Joining, request: Request, response: Response, db: Database, _who: Anyone, now: Now
) -> Joined:
    """Make the key of a service known (201), or hear that it is (200).

    401: the proof is none. 403 `join-token`: there is no token, or it is not good. 409 `key-known`: another key is, and there is
    no token; `key-taken`: another service has this key.
    """
    kit: Kit = request.app.state.kit
    key = PublicKey(body.key.x)
    name = _proven(body.proof, key, kit.service, now.timestamp())
    token = read_join_token(kit.secret, body.token, now=now) if body.token else None
    revision, new = await db.write(actions.join, name, key, token, now=now)
    response.status_code = 201 if new else 200
    return Joined(kid=key.kid, service=name.service, instance=name.instance, revision=revision)


@router.get("", response_model=ServiceKeys, responses={304: {"description": "Unchanged."}})
async def list_service_keys(
    db: Database,
    directory: LiveDirectory,
    _who: Anyone,
    response: Response,
    after: Annotated[int | None, Query(ge=0, le=EPOCH_MAX, description="The revision already known.")] = None,
    wait: Annotated[int, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for another one.")] = 0,
    if_none_match: Annotated[str | None, Header(max_length=500)] = None,
) -> Any:
    """List the keys of services that are in the directory, or were in the last 30 days. `after` and `wait` as for instances."""
    if after is not None and wait:
        await directory.wait_past(after, wait, revision=lambda: db.read(store.keys_revision))
    found = await db.read(store.keys)
    headers = {"ETag": f'"{found.revision}"', "Cache-Control": "no-cache"}
    if if_none_match is not None and headers["ETag"] in if_none_match.split(", "):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return found.document()


@router.delete("/{service}/{instance}", status_code=204)
async def remove_service_key(service: Service, instance: InstanceName, db: Database, _who: Owner) -> None:
    """Let a key be good no more: what it signed is refused everywhere at once. The instance comes back with a new join token."""
    await db.write(actions.remove_key, ServiceName(service, instance))


def _proven(proof: str, key: PublicKey, audience: str, now: float) -> ServiceName:
    """Whose key this is, as who has it says. Raises UnauthorisedError."""
    try:
        name = issuer_of(proof, SERVICE_TYP)
        read_token(proof, SERVICE_TYP, key, name, audience=audience, now=now)
    except BadTokenError as error:
        raise UnauthorisedError(REFUSED) from error
    return name
