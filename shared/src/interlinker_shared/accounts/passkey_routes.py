"""Routes of passkeys: what a page's script calls to register one and to sign in with it."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from interlinker_shared.accounts import passkeys, store
from interlinker_shared.accounts.models import Next, Passkey
from interlinker_shared.accounts.pages import signed_in
from interlinker_shared.accounts.passkeys import Party
from interlinker_shared.accounts.requests import NO_STORE, accounts_here, kit_of, same_origin, unrepeated
from interlinker_shared.http.dependencies import Anyone, Database, Now, Observer
from interlinker_shared.http.paging import Listing
from interlinker_shared.limits.rates import costly
from interlinker_shared.pages.language import best_language
from interlinker_shared.text import JsonObject, Key, Line, Wire

router = APIRouter(prefix="/passkeys", tags=["accounts"], dependencies=[Depends(accounts_here)])
IN_BROWSERS = [Depends(same_origin)]


class Registration(Wire):
    """A new passkey, as `PublicKeyCredential.toJSON()` writes it."""

    credential: JsonObject
    name: Line = "Passkey"


class PasskeySignIn(Wire):
    """The answer to a challenge, as `PublicKeyCredential.toJSON()` writes it."""

    credential: JsonObject
    next: Next | None = None


class WentOn(Wire):
    """Where to go on to, relative to this address."""

    next: str


class Options(Wire):
    """What the browser is asked: WebAuthn's options as JSON, for `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`."""

    options: dict[str, Any] = Field(description="PublicKeyCredentialCreationOptionsJSON or …RequestOptionsJSON.")


@router.get("")
async def list_passkeys(db: Database, who: Observer) -> Listing[Passkey]:
    """List one's own passkeys, oldest first."""
    return Listing[Passkey](items=await db.read(store.passkeys_of, who.known()), next=None)


@router.post("/registration")
async def begin_passkey(request: Request, who: Observer, now: Now, response: Response) -> Options:
    """Begin to register a passkey for one's own account; the challenge is good once, for five minutes."""
    db = unrepeated(request)
    held = await db.read(store.passkeys_of, who.known())
    options = passkeys.registration_options(_party(request), who.known(), held)
    await db.write(passkeys.keep_challenge, options, subject=who.known(), now=now)
    response.headers.update(NO_STORE)
    return Options(options=json.loads(options))


@router.post("", status_code=201)
async def create_passkey(body: Registration, request: Request, who: Observer, now: Now) -> Passkey:
    """Keep the public key of a passkey that was made for `POST /passkeys/registration`; 422 when it does not answer that."""
    db, party = unrepeated(request), _party(request)
    challenge, subject = await db.write(passkeys.take_challenge, body.credential, now)
    if subject != who.known():
        raise passkeys.refused()
    return await db.write(passkeys.add, subject, body.credential, challenge, party, name=body.name, now=now)


@router.delete("/{passkey_id}", status_code=204)
async def delete_passkey(passkey_id: Key, db: Database, who: Observer) -> None:
    """Forget one of one's own passkeys."""
    await db.write(passkeys.remove, who.known(), passkey_id)


@router.post("/challenge")
@costly
async def begin_passkey_sign_in(request: Request, _who: Anyone, now: Now, response: Response) -> Options:
    """Begin to sign in with a passkey; the challenge is good once, for five minutes."""
    options = passkeys.sign_in_options(_party(request))
    await unrepeated(request).write(passkeys.keep_challenge, options, subject=None, now=now)
    response.headers.update(NO_STORE)
    return Options(options=json.loads(options))


@router.post("/sign-in", dependencies=IN_BROWSERS)
async def sign_in_by_passkey(
    body: PasskeySignIn, request: Request, _who: Anyone, now: Now, response: Response
) -> WentOn:
    """Sign in with a passkey: the session goes into a cookie, which scripts cannot read. 422 for one that is not accepted."""
    db, party = unrepeated(request), _party(request)
    challenge, subject = await db.write(passkeys.take_challenge, body.credential, now)
    if subject is not None:  # a challenge for registering
        raise passkeys.refused()
    held = await db.read(passkeys.find, body.credential)
    count = passkeys.checked_count(held, body.credential, challenge, party)
    entered = await db.write(passkeys.enter, held, count, next_path=body.next, now=now)
    went_on = signed_in(request, entered)
    response.headers.append("Set-Cookie", went_on.headers["set-cookie"])
    response.headers.update(NO_STORE)
    return WentOn(next=went_on.headers["location"])


def _party(request: Request) -> Party:
    kit = kit_of(request)
    return Party.of(kit.settings, kit.manifest.name[best_language(kit.manifest.name, "en")])
