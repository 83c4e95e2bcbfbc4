"""Signing in and one's own account as pages; nothing but passkeys needs JavaScript."""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse

from interlinker_shared.accounts import actions, admin_link, links, passkeys, store
from interlinker_shared.accounts.address import Email
from interlinker_shared.accounts.destination import MAX_NEXT, safe_next
from interlinker_shared.accounts.models import Next, SignIn, Token
from interlinker_shared.accounts.people_pages import router as people_router
from interlinker_shared.accounts.requests import (
    NO_STORE,
    accounts_here,
    asking,
    kit_of,
    same_origin,
    session_hash,
    unrepeated,
)
from interlinker_shared.accounts.secrets import hash_of
from interlinker_shared.errors import InvalidError, NotFoundError, UnauthorisedError
from interlinker_shared.http.dependencies import Anyone, Database, Now, Observer
from interlinker_shared.http.sessions import drop_session, keep_session
from interlinker_shared.limits.rates import costly
from interlinker_shared.pages import Form, Pages, read_form, rejected_form
from interlinker_shared.pages.links import Links
from interlinker_shared.personal import erase_subject
from interlinker_shared.personal.elsewhere import Elsewhere, Receipt, is_receipt, receipt_of
from interlinker_shared.text import Key, Wire

_PREFIX = re.compile(r"/i/[a-z0-9][a-z0-9-]{0,62}")
HERE = [Depends(accounts_here)]
POSTED_HERE = [*HERE, Depends(same_origin)]

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse)

GoOn = Annotated[str | None, Query(alias="next", max_length=MAX_NEXT, description="Where to go on afterwards.")]
LinkToken = Annotated[str, Query(max_length=2000, description="As it stands in the letter.")]


class SignInForm(Wire):
    """What the page asks of who signs in."""

    email: Email
    next: Next | None = None


class ConfirmForm(Wire):
    """The token of a link; with one from the command line, the address of the owner to be."""

    token: Token
    email: Email | None = None


class EraseForm(Wire):
    """Sent by who has ticked the box."""

    sure: bool


ROUTERS = (router, people_router)
"""The pages of accounts, and of people for owners."""


@router.get("/sign-in/view")
async def view_sign_in(request: Request, _who: Anyone, go_on: GoOn = None) -> Response:
    """Where people sign in; behind a gateway that is there."""
    if not kit_of(request).settings.accounts_here:
        return _at_the_gateway(request, "sign-in/view", next_path=go_on or "/")
    return _sign_in_page(request, Form.filled({"next": safe_next(go_on)}))


@router.post("/sign-in/view", dependencies=POSTED_HERE)
@costly
async def request_sign_in_form(request: Request, db: Database, _who: Anyone, now: Now) -> Response:
    """Ask for a link from the page."""
    try:
        form = await read_form(request, SignInForm)
    except InvalidError as error:
        return _sign_in_page(request, await rejected_form(request, error), status=422)
    body = SignIn(email=form.email, next=form.next)
    await db.write(actions.request_sign_in, body, asking(request, pages_of(request).language(request)), now=now)
    return pages_of(request).see_other(request, "/sign-in/sent/view")


@router.get("/sign-in/sent/view", dependencies=HERE)
async def view_sent(request: Request, _who: Anyone) -> Response:
    """What happens next; the same for every address."""
    return pages_of(request).render(request, "kit/account/sent.html", minutes=links.LINK_LASTS.seconds // 60)


@router.get("/sign-in/confirm/view", dependencies=HERE)
async def view_confirm(request: Request, db: Database, _who: Anyone, now: Now, token: LinkToken = "") -> Response:
    """Where a link leads. Looking at it uses nothing up: mail scanners do; the button does."""
    is_admin = _admin(request, token) is not None
    good = is_admin or await db.read(links.find_link, hash_of(token), now) is not None
    return _confirm_page(request, Form.filled({"token": token}), is_admin=is_admin, good=good)


@router.post("/sign-in/confirm/view", dependencies=POSTED_HERE)
async def confirm_sign_in_form(request: Request, _who: Anyone, now: Now) -> Response:
    """Sign in from the page, and go on."""
    try:
        form = await read_form(request, ConfirmForm)
        entered = await _enter(request, form, now)
    except actions.LinkUsedError:
        return _confirm_page(request, Form(), is_admin=False, good=False)
    except InvalidError as error:
        return _confirm_page(request, await rejected_form(request, error), is_admin=True, good=True)
    return signed_in(request, entered)


@router.get("/account/view")
async def view_account(request: Request, db: Database, who: Anyone, now: Now) -> Response:
    """One's own account: sessions, passkeys, data."""
    if not kit_of(request).settings.accounts_here:
        return _at_the_gateway(request, "account/view", next_path=None)
    if who.subject is None:
        return pages_of(request).see_other(request, "/sign-in/view", next="/account/view")
    shown = await db.read(_account, who.subject, now, session_hash(request))
    return _no_store(pages_of(request).render(request, "kit/account/account.html", who=who, form=Form(), **shown))


@router.post("/account/view/sign-out", dependencies=POSTED_HERE)
async def sign_out_form(request: Request, db: Database, _who: Anyone) -> Response:
    """End this session."""
    current = session_hash(request)
    if current is not None:
        await db.write(store.end_session_of_token, current)
    response = pages_of(request).see_other(request, "/sign-in/view")
    drop_session(response, request)
    return response


@router.post("/account/view/sessions/{session_id}/end", dependencies=POSTED_HERE)
async def end_session_form(session_id: UUID, request: Request, db: Database, who: Observer) -> Response:
    """End one of one's own sessions from the page."""
    await db.write(actions.end_session, who.known(), session_id)
    return pages_of(request).see_other(request, "/account/view")


@router.post("/account/view/erase", dependencies=POSTED_HERE)
async def erase_account_form(request: Request, db: Database, who: Observer, now: Now) -> Response:
    """Erase oneself here, as `DELETE /subjects/{subject}` does."""
    try:
        await read_form(request, EraseForm)
    except InvalidError as error:
        form = await rejected_form(request, error)
        shown = await db.read(_account, who.known(), now, session_hash(request))
        return _no_store(
            pages_of(request).render(request, "kit/account/account.html", status=422, who=who, form=form, **shown)
        )
    kit = kit_of(request)
    await db.write(erase_subject, kit.subjects, who.known(), now)
    if request.app.state.elsewhere is None:
        response = pages_of(request).see_other(request, "/sign-in/view")
    else:
        followed = {"subject": who.known(), "receipt": receipt_of(kit, who.known())}
        response = pages_of(request).see_other(request, "/account/erased/view", **followed)
    drop_session(response, request)
    return response


@router.get("/account/erased/view", dependencies=HERE)
async def view_erased(
    request: Request, db: Database, _who: Anyone, subject: Key = "-", receipt: Receipt = None
) -> Response:
    """How far the erasure of somebody has come who cannot sign in any more: her receipt stands in the address."""
    elsewhere: Elsewhere | None = request.app.state.elsewhere
    if elsewhere is None or receipt is None or not is_receipt(kit_of(request), subject, receipt):
        raise NotFoundError
    erasure = await db.read(elsewhere.progress, subject)
    if erasure is None:
        raise NotFoundError
    return _no_store(pages_of(request).render(request, "kit/account/erased.html", erasure=erasure))


@router.post("/account/view/passkeys/{passkey_id}/delete", dependencies=POSTED_HERE)
async def delete_passkey_form(passkey_id: Key, request: Request, db: Database, who: Observer) -> Response:
    """Forget one of one's own passkeys from the page."""
    await db.write(passkeys.remove, who.known(), passkey_id)
    return pages_of(request).see_other(request, "/account/view")


def pages_of(request: Request) -> Pages:
    """The pages of the service."""
    pages: Pages = request.app.state.pages
    return pages


def signed_in(request: Request, entered: actions.Entered) -> Response:
    """Send somebody on who has signed in, with her session in a cookie."""
    response = RedirectResponse(Links(request).relative(entered.next), status_code=303)
    keep_session(response, request, entered.token, seconds=int(store.SESSION_LASTS.total_seconds()))
    return response


async def _enter(request: Request, form: ConfirmForm, now: Any) -> actions.Entered:
    db, kit, language = unrepeated(request), kit_of(request), pages_of(request).language(request)
    admin = _admin(request, form.token)
    if admin is None:
        open_to_all = kit.settings.sign_up == "open"
        return await db.write(actions.confirm_link, form.token, language=language, sign_up=open_to_all, now=now)
    if form.email is None:
        message = "Please answer this."
        raise InvalidError(message, slug="missing", pointer="/email")
    return await db.write(
        actions.become_owner, form.email, jti=admin.jti, until=admin.until, language=language, now=now
    )


def _admin(request: Request, token: str) -> admin_link.AdminToken | None:
    kit = kit_of(request)
    return admin_link.read(kit.secret, kit.service, token) if "." in token else None


def _account(session: Session, subject: str, now: Any, current: str | None) -> dict[str, Any]:
    return {
        "account": store.find_account(session, subject),
        "sessions": store.sessions_of(session, subject, now, current),
        "passkeys": store.passkeys_of(session, subject),
    }


def _sign_in_page(request: Request, form: Form, *, status: int = 200) -> Response:
    provider = kit_of(request).settings.oidc_issuer is not None
    return _no_store(
        pages_of(request).render(request, "kit/account/sign_in.html", status=status, form=form, provider=provider)
    )


def _confirm_page(request: Request, form: Form, *, is_admin: bool, good: bool) -> Response:
    status = 200 if good and not form.errors else 422
    template = "kit/account/confirm.html"
    return _no_store(
        pages_of(request).render(request, template, status=status, form=form, is_admin=is_admin, good=good)
    )


def _no_store(response: Response) -> Response:
    response.headers.update(NO_STORE)
    return response


def _at_the_gateway(request: Request, page: str, *, next_path: str | None) -> Response:
    """The gateway's page, from where it leads back here: it says under which prefix this service is reached."""
    prefix = request.headers.get("x-forwarded-prefix", "")
    if not _PREFIX.fullmatch(prefix):
        if page == "sign-in/view":
            message = "Sign in at the site that led you here."
            raise UnauthorisedError(message)
        raise NotFoundError
    links_ = Links(request)
    climb = links_.relative("/") + "../" * prefix.count("/")
    query = {"next": prefix + next_path} if next_path is not None and next_path == safe_next(next_path) else {}
    target = Links(request).to("/" + page, **query).removeprefix(links_.relative("/"))
    return RedirectResponse(climb + target, status_code=303)
