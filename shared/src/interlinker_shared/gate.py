"""What one request can reach: asked where things are loaded, so that no action has to think of it, and closed by default."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from interlinker_shared.auth import Principal, check_role
from interlinker_shared.errors import ForbiddenError, NotFoundError
from interlinker_shared.roles import Role

P = ParamSpec("P")
T = TypeVar("T")

_GATE = "gate"


@dataclass
class Gate:
    """Who asks. She has to come by what she is locked to, and by a scope in which she has the role that the route needs."""

    who: Principal
    unlocked: bool = False
    placed: bool = False

    def run(
        self, session: Session, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn(session, …)` behind the gate; ForbiddenError, with nothing of it stored, when it came by nothing that was asked for.

        So a route that nobody thought of is closed to whoever needs more than the block itself gives, not open.
        """
        session.info[_GATE] = self
        try:
            result = fn(session, *args, **kwargs)
        finally:
            del session.info[_GATE]
        self._require_passed()
        return result

    def _require_passed(self) -> None:
        if self.who.asset is not None and not self.unlocked:
            raise beyond()
        if not self.placed:
            check_role(self.who.on(()), self.who.needs)


def admits(session: Session, asset: UUID) -> bool:
    """Whether the token of who asks is good for this asset: asked before it is looked up."""
    gate: Gate | None = session.info.get(_GATE)
    if gate is None or gate.who.asset is None:
        return True
    gate.unlocked = gate.unlocked or gate.who.asset == asset
    return gate.unlocked and gate.who.asset == asset


def enter(session: Session, path: Sequence[str], *, known_to: Role = Role.PUBLIC) -> None:
    """Come by something that lies at the end of `path`, and that those with the role `known_to` there know of.

    Raises NotFoundError for others, UnauthorisedError or ForbiddenError for who has not the role there that the route needs.
    """
    gate: Gate | None = session.info.get(_GATE)
    if gate is None:
        return
    who = gate.who.on(path)
    if not who.may(known_to):
        raise NotFoundError
    check_role(who, gate.who.needs)
    gate.placed = True


def only_admitted(session: Session, column: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """What `admits` says, as a condition on a list."""
    gate: Gate | None = session.info.get(_GATE)
    if gate is None or gate.who.asset is None:
        return true()
    gate.unlocked = True
    return column == gate.who.asset


def open_for(session: Session, subject: str) -> None:
    """Let what follows reach everything that is about a person; the caller has been found to be her, or to run the block.

    ForbiddenError for somebody else whose token is good for one asset only.
    """
    gate: Gate | None = session.info.get(_GATE)
    if gate is not None:
        if gate.who.asset is not None and gate.who.subject != subject:
            raise beyond()
        gate.unlocked = gate.placed = True
        session.info[_GATE] = None


def refuse_locked(session: Session) -> None:
    """ForbiddenError where the token of who asks is good for one asset: what follows reaches beyond any one."""
    gate: Gate | None = session.info.get(_GATE)
    if gate is not None and gate.who.asset is not None:
        raise beyond()


def beyond() -> ForbiddenError:
    """What is said to a token that is good for one asset, of anything else than assets."""
    message = "This token is good for one thing here, and this is about others."
    return ForbiddenError(message, slug="token-locked")
