"""What account routes and pages ask of a request: whether accounts are kept here, who calls from where, in which session."""

from __future__ import annotations

from fastapi import Request

from interlinker_shared.accounts.actions import Asking
from interlinker_shared.accounts.secrets import hash_of
from interlinker_shared.errors import NotFoundError
from interlinker_shared.http.idempotency import RequestDatabase
from interlinker_shared.http.sessions import check_origin, session_of
from interlinker_shared.pages.language import negotiated_language
from interlinker_shared.pages.letters import LANGUAGES
from interlinker_shared.state import Kit

NO_STORE = {"Cache-Control": "no-store"}


async def accounts_here(request: Request) -> None:
    """Raise NotFoundError where people sign in elsewhere."""
    if not kit_of(request).settings.accounts_here:
        raise NotFoundError


async def same_origin(request: Request) -> None:
    """Raise ForbiddenError for a post from elsewhere: it could sign a reader in as somebody else."""
    check_origin(request.scope["headers"], request.method, kit_of(request).settings)


def kit_of(request: Request) -> Kit:
    """The running service."""
    kit: Kit = request.app.state.kit
    return kit


def unrepeated(request: Request) -> RequestDatabase:
    """The database for answers that hold a secret: it keeps none of them for an Idempotency-Key."""
    return RequestDatabase(request, None)


def asking(request: Request, language: str | None = None) -> Asking:
    """Who asks for a link."""
    kit = kit_of(request)
    host = kit.limits.client_of(request.scope) or (request.client.host if request.client is not None else None)
    accepted = request.headers.get("accept-language", "")
    return Asking(host, language or negotiated_language(accepted, LANGUAGES), kit.secret)


def session_hash(request: Request) -> str | None:
    """The hash of the session token that this request was made with, if it was made with one."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else session_of(request.scope["headers"], kit_of(request).settings)
    return hash_of(token) if token else None
