"""Signing in at a provider of identities: there and back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse

from interlinker_shared.accounts import actions, links, store
from interlinker_shared.accounts.actions import Entered
from interlinker_shared.accounts.destination import MAX_NEXT
from interlinker_shared.accounts.models import Way
from interlinker_shared.accounts.pages import pages_of, signed_in
from interlinker_shared.accounts.provider import Identity, Provider, Trip, refused
from interlinker_shared.accounts.requests import NO_STORE, accounts_here, unrepeated
from interlinker_shared.accounts.secrets import hash_of
from interlinker_shared.auth import Role
from interlinker_shared.errors import ForbiddenError, NotFoundError
from interlinker_shared.http.dependencies import Anyone, Now
from interlinker_shared.http.sessions import keep_trip, trip_of

TRIP_LASTS = timedelta(minutes=10)

router = APIRouter(
    prefix="/sign-in/provider",
    tags=["pages"],
    default_response_class=HTMLResponse,
    dependencies=[Depends(accounts_here)],
)

GoOn = Annotated[str | None, Query(alias="next", max_length=MAX_NEXT, description="Where to go on afterwards.")]
Told = Annotated[str | None, Query(max_length=4000, description="As the provider sends it.")]


@router.get("")
async def leave_for_provider(request: Request, _who: Anyone, now: Now, go_on: GoOn = None) -> Response:
    """Send somebody to the provider of identities; 404 where there is none."""
    provider, trip = _provider(request), Trip.new()
    address = await provider.address(trip, pages_of(request).language(request))
    data = {"nonce": trip.nonce, "verifier": trip.verifier, "next": go_on}
    await unrepeated(request).write(links.put_aside, _key(trip.state), data, until=now + TRIP_LASTS)
    response = RedirectResponse(address, status_code=303, headers=NO_STORE)
    keep_trip(response, request, trip.state, seconds=int(TRIP_LASTS.total_seconds()))
    return response


@router.get("/back")
async def come_back_from_provider(
    request: Request, _who: Anyone, now: Now, code: Told = None, state: Told = None, iss: Told = None
) -> Response:
    """Where the provider sends people back to: the same browser, once, within ten minutes."""
    provider, db = _provider(request), unrepeated(request)
    # The cookie says that it is the browser which left: else anybody could have a reader signed in as himself.
    if state is None or code is None or trip_of(request) != state:
        raise refused()
    kept = await db.write(links.take_back, _key(state), now)
    if kept is None:
        raise refused()
    who = await provider.identity(code, Trip(state, kept["nonce"], kept["verifier"]), iss)
    language = pages_of(request).language(request)
    closed = request.app.state.settings.sign_up == "invited"
    entered = await db.write(_enter, who, closed=closed, language=language, next_path=kept["next"], now=now)
    response = signed_in(request, entered)
    keep_trip(response, request, "", seconds=0)
    return response


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise NotFoundError
    return provider


class NotInvitedError(ForbiddenError):
    """The provider knows her; that alone lets nobody in here."""

    slug = "not-invited"


def _enter(session: Session, who: Identity, *, closed: bool, language: str, next_path: Any, now: datetime) -> Entered:
    account = store.find_account(session, who.subject)
    if account is None and closed:
        message = "You have no account here yet. Ask the people who run this site to let you in."
        raise NotInvitedError(message)
    account = account or store.add_account(
        session, who.subject, email=None, role=Role.MEMBER, language=language, now=now
    )
    return actions.enter(session, account, way=Way.PROVIDER, assurance=who.assurance, next_path=next_path, now=now)


def _key(state: str) -> str:
    return hash_of(f"provider {state}")
