"""People as a page for owners: who has an account, who is invited, and what each may do."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from interlinker_shared.accounts import actions, store
from interlinker_shared.accounts.letters import Writer
from interlinker_shared.accounts.models import AccountPatch, AccountRole, InvitationCreate
from interlinker_shared.accounts.requests import NO_STORE, accounts_here, kit_of, same_origin, unrepeated
from interlinker_shared.errors import DomainError, FieldError, InvalidError
from interlinker_shared.http.dependencies import Database, Now, Owner, Paging
from interlinker_shared.http.paging import PageOf, listing
from interlinker_shared.pages import Form, Pages, read_form, rejected_form
from interlinker_shared.text import Key, Wire

HERE = [Depends(accounts_here)]
POSTED_HERE = [*HERE, Depends(same_origin)]

router = APIRouter(prefix="/people", tags=["pages"], default_response_class=HTMLResponse)


class RoleForm(Wire):
    """What somebody may do from now on."""

    role: AccountRole


@router.get("/view", dependencies=HERE)
async def view_people(request: Request, db: Database, _who: Owner, page: Paging, now: Now) -> Response:
    """Who has an account and who is invited."""
    return await _page(request, db, page, now)


@router.post("/view/invitations", dependencies=POSTED_HERE)
async def invite_form(request: Request, db: Database, who: Owner, now: Now) -> Response:
    """Invite somebody from the page. Without a mail server the link is in the answer itself: an address would keep it."""
    kit, language = kit_of(request), _pages(request).language(request)
    by_mail = kit.settings.mail_server is not None
    try:
        body = await read_form(request, InvitationCreate)
        sent = await unrepeated(request).write(
            actions.create_invitation,
            body,
            Writer.of(kit),
            by=who.known(),
            language=language,
            by_mail=by_mail,
            now=now,
        )
    except (InvalidError, actions.AccountKnownError) as error:
        return await _page(request, db, PageOf(), now, status=422, form=await _rejected(request, error))
    if sent.link is not None:
        return await _page(request, db, PageOf(), now, sent=sent)
    return _pages(request).see_other(request, "/people/view")


@router.post("/view/invitations/{invitation_id}/delete", dependencies=POSTED_HERE)
async def delete_invitation_form(invitation_id: UUID, request: Request, db: Database, _who: Owner) -> Response:
    """Take an invitation back from the page."""
    await db.write(actions.delete_invitation, invitation_id)
    return _pages(request).see_other(request, "/people/view")


@router.post("/view/accounts/{subject}", dependencies=POSTED_HERE)
async def change_account_form(subject: Key, request: Request, db: Database, _who: Owner) -> Response:
    """Give somebody another role from the page."""
    form = await read_form(request, RoleForm)
    await db.write(actions.change_account, subject, AccountPatch(role=form.role))
    return _pages(request).see_other(request, "/people/view")


async def _page(
    request: Request,
    db: Database,
    page: PageOf,
    now: datetime,
    *,
    status: int = 200,
    form: Form | None = None,
    sent: Any = None,
) -> Response:
    people, invited = await db.read(_people, page, now)
    shown = form or Form.filled({"role": "member"})
    response = _pages(request).render(
        request, "kit/account/people.html", status=status, people=people, invited=invited, form=shown, sent=sent
    )
    response.headers.update(NO_STORE)
    return response


async def _rejected(request: Request, error: DomainError) -> Form:
    if isinstance(error, InvalidError):
        return await rejected_form(request, error)
    known = FieldError("/email", error.message, error.kind_slug)
    return await rejected_form(request, InvalidError.many([known]))


def _people(session: Session, page: PageOf, now: datetime) -> tuple[Any, Any]:
    accounts = listing(store.page_of_accounts(session, page), page.limit, lambda account: [account.subject])
    return accounts, store.page_of_invitations(session, PageOf(), now)


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages
