"""Routes of accounts: signing in, one's own sessions, and what owners do with people."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from interlinker_shared.accounts import actions, links, store
from interlinker_shared.accounts.letters import Writer
from interlinker_shared.accounts.models import (
    Account,
    AccountPatch,
    Confirmation,
    Invitation,
    InvitationCreate,
    InvitationSent,
    SessionEntry,
    SignedIn,
    SignIn,
    SignInRequested,
)
from interlinker_shared.accounts.requests import NO_STORE, accounts_here, asking, kit_of, session_hash, unrepeated
from interlinker_shared.http.dependencies import Anyone, Database, Now, Observer, Owner, Paging
from interlinker_shared.http.paging import Listing, listing
from interlinker_shared.limits.rates import costly
from interlinker_shared.text import Key

router = APIRouter(tags=["accounts"], dependencies=[Depends(accounts_here)])


@router.post("/sign-in", status_code=202)
@costly
async def request_sign_in(body: SignIn, request: Request, db: Database, _who: Anyone, now: Now) -> SignInRequested:
    """Ask for a link to sign in with. The answer is the same for every address, at the same price; a letter comes if there is an account.

    The link works once, within 15 minutes. 429 for who asks for many; letters to one address are limited silently.
    """
    await db.write(actions.request_sign_in, body, asking(request), now=now)
    return SignInRequested(expires_in=int(links.LINK_LASTS.total_seconds()))


@router.post("/sign-in/confirm")
async def confirm_sign_in(body: Confirmation, request: Request, _who: Anyone, now: Now, response: Response) -> SignedIn:
    """Sign in with the token of a link; 422 for one that is used, over, or of another kind. An Idempotency-Key does nothing here."""
    how, open_to_all = asking(request), kit_of(request).settings.sign_up == "open"
    entered = await unrepeated(request).write(
        actions.confirm_link, body.token, language=how.language, sign_up=open_to_all, now=now
    )
    response.headers.update(NO_STORE)
    return SignedIn(token=entered.token, expires_at=entered.expires_at, subject=entered.subject, role=entered.role)


@router.get("/sessions")
async def list_sessions(request: Request, db: Database, who: Observer, now: Now) -> Listing[SessionEntry]:
    """List one's own sessions, the newest first."""
    found = await db.read(store.sessions_of, who.known(), now, session_hash(request))
    return Listing[SessionEntry](items=found, next=None)


@router.delete("/sessions", status_code=204)
async def end_sessions(db: Database, who: Observer) -> None:
    """End all of one's own sessions, this one too."""
    await db.write(store.end_sessions, who.known())


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, db: Database, who: Observer) -> None:
    """End one of one's own sessions; 404 for anybody else's."""
    await db.write(actions.end_session, who.known(), session_id)


@router.get("/invitations")
async def list_invitations(db: Database, _who: Owner, page: Paging, now: Now) -> Listing[Invitation]:
    """List who is invited and has not come, oldest first."""
    return listing(await db.read(store.page_of_invitations, page, now), page.limit, lambda one: [str(one.id)])


@router.post("/invitations", status_code=201)
async def create_invitation(
    body: InvitationCreate, request: Request, who: Owner, now: Now, response: Response
) -> InvitationSent:
    """Invite somebody, or anew; 409 for who has an account. Where no mail server is set the answer holds the link, this once.

    An Idempotency-Key does nothing here: repeating it makes earlier links good for nothing.
    """
    kit, how = kit_of(request), asking(request)
    response.headers.update(NO_STORE)
    return await unrepeated(request).write(
        actions.create_invitation,
        body,
        Writer.of(kit),
        by=who.known(),
        language=how.language,
        by_mail=kit.settings.mail_server is not None,
        now=now,
    )


@router.delete("/invitations/{invitation_id}", status_code=204)
async def delete_invitation(invitation_id: UUID, db: Database, _who: Owner) -> None:
    """Take an invitation back; its link is good for nothing any more."""
    await db.write(actions.delete_invitation, invitation_id)


@router.get("/accounts")
async def list_accounts(db: Database, _who: Owner, page: Paging) -> Listing[Account]:
    """List who has an account, oldest first."""
    return listing(await db.read(store.page_of_accounts, page), page.limit, lambda account: [account.subject])


@router.patch("/accounts/{subject}")
async def change_account(subject: Key, body: AccountPatch, db: Database, _who: Owner) -> Account:
    """Give somebody another role, effective at once; 409 when nobody would be an owner any more."""
    return await db.write(actions.change_account, subject, body)
