"""Routes of embedding: the owner's list of hosts, and the exchange of a host's token for a bearer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

from fastapi import APIRouter, Header, Request, Response
from pydantic import StringConstraints

from interlinker_shared.auth import REFUSED, Role
from interlinker_shared.embed import actions, store
from interlinker_shared.embed.models import (
    Algorithm,
    EmbedExchange,
    EmbedHost,
    EmbedHostCreate,
    EmbedHostPatch,
    EmbedHostWithSecret,
    EmbedOrigins,
    EmbedSession,
)
from interlinker_shared.embed.tokens import (
    BEARER_SECONDS,
    LEEWAY,
    BadTokenError,
    Bearers,
    EmbedToken,
    issuer_of,
    read_embed_token,
)
from interlinker_shared.errors import UnauthorisedError
from interlinker_shared.http.cache import public
from interlinker_shared.http.conditions import IfMatch, required_version, version_of
from interlinker_shared.http.dependencies import Anyone, Database, Now, Owner, Paging
from interlinker_shared.http.paging import Listing, listing
from interlinker_shared.state import Kit

AnyHost = TypeVar("AnyHost", bound=EmbedHost)
HostPath = Annotated[str, StringConstraints(max_length=40)]

router = APIRouter(prefix="/embed", tags=["embedding"])


@router.post("/session")
async def open_embed_session(
    body: EmbedExchange,
    request: Request,
    _who: Anyone,
    now: Now,
    origin: Annotated[str | None, Header(max_length=255)] = None,
    sec_fetch_site: Annotated[str | None, Header(max_length=40)] = None,
) -> EmbedSession:
    """Exchange an embed token for a bearer, once. The browser's Origin must be the one that the token names."""
    kit: Kit = request.app.state.kit
    embedding = body.embedded_by if sec_fetch_site == "same-origin" else origin
    try:
        said, max_role = await _read(kit, body.token, embedding, now)
    except BadTokenError as error:
        raise UnauthorisedError(REFUSED) from error
    until = datetime.fromtimestamp(said.expires, UTC) + timedelta(seconds=2 * LEEWAY)
    # Past Idempotency-Key, which would keep the bearer for a day: a page that lost its answer asks its host for a new token.
    if not await kit.db.write(store.spend, said.host, said.jti, until):
        raise UnauthorisedError(REFUSED)
    return _session(kit, said, max_role)


@router.get("/origins")
@public
async def list_embed_origins(db: Database, _who: Anyone) -> EmbedOrigins:
    """List whose pages may embed this service: a page of ours takes a token from nobody else."""
    return EmbedOrigins(origins=await db.read(store.all_origins))


@router.get("/hosts")
async def list_embed_hosts(db: Database, _who: Owner, page: Paging) -> Listing[EmbedHost]:
    """List the portals that may vouch for people, by id."""
    return listing(await db.read(store.page, page), page.limit, lambda host: [host.id])


@router.post("/hosts", status_code=201)
async def create_embed_host(
    body: EmbedHostCreate, db: Database, _who: Owner, now: Now, response: Response
) -> EmbedHostWithSecret:
    """Trust a portal. With HS256 the answer holds the secret that it signs with, this once."""
    secret = actions.new_secret()
    host = await db.write(actions.create_host, body, secret=secret, now=now)
    response.headers["Location"] = f"/embed/hosts/{host.id}"
    shown = {"secret": secret} if host.algorithm is Algorithm.HS256 else {}
    return _tagged(host.model_copy(update=shown), response)


@router.get("/hosts/{host_id}")
async def read_embed_host(host_id: HostPath, db: Database, _who: Owner, response: Response) -> EmbedHost:
    """Read one. Its ETag is what a change needs as If-Match."""
    return _tagged(await db.read(actions.require, host_id), response)


@router.patch("/hosts/{host_id}")
async def change_embed_host(
    host_id: HostPath, body: EmbedHostPatch, db: Database, _who: Owner, response: Response, if_match: IfMatch = None
) -> EmbedHost:
    """Change name, origins, highest role or public key; holds at once, also for who is in. Needs If-Match."""
    version = required_version(if_match)
    return _tagged(await db.write(actions.change_host, host_id, body, version=version), response)


@router.delete("/hosts/{host_id}", status_code=204)
async def remove_embed_host(host_id: HostPath, db: Database, _who: Owner, if_match: IfMatch = None) -> None:
    """Trust a portal no more: nobody comes in from there, and who is in has to go within a second."""
    await db.write(actions.remove_host, host_id, version=version_of(if_match))


@router.post("/hosts/{host_id}/rotate-secret")
async def rotate_embed_secret(host_id: HostPath, db: Database, _who: Owner, response: Response) -> EmbedHostWithSecret:
    """Take only what is signed with a new secret, shown this once, from now on; who is in stays."""
    secret = actions.new_secret()
    host = await db.write(actions.rotate_secret, host_id, secret=secret)
    return _tagged(host.model_copy(update={"secret": secret}), response)


async def _read(kit: Kit, token: str, embedding: str | None, now: datetime) -> tuple[EmbedToken, Role]:
    """What a trusted host says, when it says it of the page that asks. Raises BadTokenError."""
    host = await kit.db.read(store.find_trusted, issuer_of(token))
    if host is None:
        raise BadTokenError
    said = read_embed_token(token, host, audience=kit.service, now=now.timestamp())
    if said.origin != embedding or said.origin not in host.origins:
        raise BadTokenError
    return said, host.max_role


def _session(kit: Kit, said: EmbedToken, max_role: Role) -> EmbedSession:
    token, role = Bearers(kit.secret, kit.service, kit.db).mint(said, max_role=max_role)
    subject = f"{said.host}:{said.subject}"
    return EmbedSession(
        token=token,
        expires_in=BEARER_SECONDS,
        subject=subject,
        role=role,
        asset=said.asset,
        name=said.name,
        lang=said.lang,
    )


def _tagged(host: AnyHost, response: Response) -> AnyHost:
    response.headers["ETag"] = f'"{host.version}"'
    return host
