"""Writes of people without an account: each carries a proof of work, or of some patience, that is used once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from fastapi import Request
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column
from starlette.datastructures import FormData

from interlinker_shared.db.types import SharedBase, UtcDateTime
from interlinker_shared.errors import ForbiddenError
from interlinker_shared.limits import challenge
from interlinker_shared.limits.challenge import Proof
from interlinker_shared.state import Kit

P = ParamSpec("P")
T = TypeVar("T")
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

HEADER = "x-altcha-payload"
SOLUTION, TOKEN, TRAP = "altcha", "guest_token", "website"  # fields of a form; only programs fill in the last
OWN_FIELDS = frozenset({SOLUTION, TOKEN, TRAP})
POSTED = "interlinkers.posted_form"  # in the scope: the form, once it is read
REFUSALS = frozenset({"challenge-required", "challenge-failed"})

_chance = secrets.SystemRandom()


class SpentRow(SharedBase):
    """A proof that was used, until it expires by itself."""

    __tablename__ = "spent_proofs"

    id: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


def takes_guests(endpoint: Endpoint) -> Endpoint:
    """Declare that people without an account may write here: they prove that they are no flood (`GUEST_CHALLENGE`)."""
    endpoint.__dict__["takes_guests"] = True
    return endpoint


def proven(
    fn: Callable[Concatenate[Session, P], T], request: Request, now: datetime
) -> Callable[Concatenate[Session, P], T]:
    """`fn`, and after it, in its transaction, the proof that a guest needs is spent.

    After it, so that a guest hears first what stands against her request anyway. All others get `fn` itself.
    Raises ForbiddenError for a proof that is wrong; TooManyError for many forms without a solution.
    """
    if not _needs_proof(request):
        return fn
    proof = _proof_of(request, now)

    def run(session: Session, /, *args: P.args, **kwargs: P.kwargs) -> T:
        result = fn(session, *args, **kwargs)
        _spend(session, proof)
        return result

    return run


def guest_fields(request: Request, now: datetime) -> dict[str, Any]:
    """For the page that asks a guest to send her form once more: its fields, and a token that lets her do so in three seconds."""
    posted: FormData = request.scope[POSTED]
    kit: Kit = request.app.state.kit
    fields = [(name, value) for name, value in posted.multi_items() if name not in OWN_FIELDS]
    token = challenge.make_patience(_key(kit), now=now, rng=_chance)
    return {"fields": fields, "token": token, "first": TOKEN not in posted}


def forget_spent(session: Session, now: datetime) -> None:
    """Delete proofs that have expired: they would be refused for that."""
    session.execute(delete(SpentRow).where(SpentRow.expires_at < now))


def _needs_proof(request: Request) -> bool:
    endpoint = getattr(request.scope.get("route"), "endpoint", None)
    if not getattr(endpoint, "takes_guests", False) or request.scope["principal"].subject is not None:
        return False
    kit: Kit = request.app.state.kit
    return kit.settings.guest_challenge


def _proof_of(request: Request, now: datetime) -> Proof | None:
    kit: Kit = request.app.state.kit
    posted: FormData = request.scope.get(POSTED) or FormData()
    solution = request.headers.get(HEADER) or posted.get(SOLUTION)
    if solution:
        return challenge.check_solution(_key(kit), str(solution), now=now)
    token = posted.get(TOKEN)
    if not token or posted.get(TRAP):
        return None
    proof = challenge.check_patience(_key(kit), str(token), now=now)
    kit.limits.admit_unsolved(request.scope)
    return proof


def _spend(session: Session, proof: Proof | None) -> None:
    if proof is None:
        message = "Without an account, solve a challenge from GET /challenge and send the solution as X-Altcha-Payload."
        raise ForbiddenError(message, slug="challenge-required")
    try:
        session.execute(insert(SpentRow).values(id=proof.id, expires_at=proof.expires_at))
    except IntegrityError as error:
        message = "This solution was used before. Get another challenge from GET /challenge."
        raise ForbiddenError(message, slug="challenge-failed") from error


def _key(kit: Kit) -> bytes:
    return hmac.new(kit.secret.encode(), f"guests of {kit.service}".encode(), hashlib.sha256).digest()


def new_challenge(kit: Kit, now: datetime) -> challenge.Challenge:
    """A challenge of this service; every replica of it takes the solution."""
    return challenge.make_challenge(_key(kit), now=now, rng=_chance)
