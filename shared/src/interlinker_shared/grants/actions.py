"""Granting and taking away roles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from interlinker_shared.assets import store as assets
from interlinker_shared.auth import Principal
from interlinker_shared.errors import ForbiddenError, InvalidError, NotFoundError
from interlinker_shared.events import record
from interlinker_shared.gate import refuse_locked
from interlinker_shared.grants import store
from interlinker_shared.grants.domain import BLOCK, Depth, depth_of, owned, path_of
from interlinker_shared.grants.events import RoleGranted, RoleRevoked
from interlinker_shared.grants.models import GrantCreate, Granted, RoleHere
from interlinker_shared.ids import new_id

Path = tuple[str, ...]


@dataclass(frozen=True)
class Rules:
    """Which scopes there are in a service, and whether others learn of what is granted in them.

    `path_to(session, scope)` gives the scopes around one and itself, outermost first; None where there is no such thing here.
    """

    path_to: Callable[[Session, str], Path | None]
    told: frozenset[Depth] = frozenset()


class GrantedElsewhereError(ForbiddenError):
    """The grant came from another service, and changes there only."""

    slug = "granted-elsewhere"


def put_grant(session: Session, rules: Rules, body: GrantCreate, *, by: Principal, now: datetime) -> Granted:
    """Grant a role in the place of the one that the holder has in this scope; whoever owns it or a scope around it may."""
    if _owned_path(session, rules, body.scope, by) is None:
        raise InvalidError("There is no such thing here.", slug="unknown-scope", pointer="/scope")
    return grant(session, rules, body, by=by, now=now)


def grant(session: Session, rules: Rules, body: GrantCreate, *, by: Principal, now: datetime) -> Granted:
    """The same for those of whom it has been found that they may."""
    known = store.in_place(session, body.scope, body.holder)
    _require_own(known)
    granted = {"granted_by": by.subject, "granted_at": now, "origin": store.HERE}
    store.put(session, {"id": known.id if known else new_id(), **body.model_dump(), **granted})
    _tell(session, rules, RoleGranted(**body.model_dump()), by=by, now=now)
    return _certain(store.in_place(session, body.scope, body.holder))


def revoke_grant(session: Session, rules: Rules, grant_id: UUID, *, by: Principal, now: datetime) -> None:
    """Take a role away. For those who do not own the scope, any id is that of no grant."""
    refuse_locked(session)
    known = store.find(session, grant_id)
    if known is None or not owned(rules.path_to(session, known.scope) or (BLOCK,), by.capped_grants):
        _require_owner(by, (BLOCK,))
        raise NotFoundError
    _require_own(known)
    store.remove(session, scope=known.scope, holder=known.holder)
    _tell(session, rules, RoleRevoked(scope=known.scope, holder=known.holder), by=by, now=now)


def list_grants(
    session: Session, rules: Rules, page: Any, scope: str, holder: str | None, *, who: Principal
) -> list[Granted]:
    """The grants of one scope; for whoever owns it or a scope around it."""
    _owned_path(session, rules, scope, who)
    return store.page(session, page, scope=scope, holder=holder)


def role_here(session: Session, rules: Rules, scope: str, *, who: Principal) -> RoleHere:
    """What the caller may do in a scope, and why."""
    subject = who.known()
    path = rules.path_to(session, scope)
    if path is None or (depth_of(scope) is Depth.ASSET and not assets.pass_by(session, _uuid(scope.partition(":")[2]))):
        raise NotFoundError
    holders = [subject, *store.teams_of(session, subject)]
    return RoleHere(scope=scope, role=who.role_at(path), grants=store.held_along(session, holders, path))


def path_in_block(session: Session, scope: str) -> Path | None:
    """The path of a scope in a block: processes and tasks are taken as they are named, assets are looked up."""
    depth, name = depth_of(scope), scope.partition(":")[2]
    if depth is Depth.ASSET:
        return assets.path_to(session, _uuid(name))
    return path_outside(scope)


def path_outside(scope: str) -> Path:
    """The path of the block itself, or of a process or task by its name."""
    depth, name = depth_of(scope), scope.partition(":")[2]
    if depth is Depth.BLOCK:
        return (BLOCK,)
    process, _, task = name.partition("/")
    return path_of(process=process, task=task or None)


BLOCK_RULES = Rules(path_in_block)


def _owned_path(session: Session, rules: Rules, scope: str, who: Principal) -> Path | None:
    """The path of a scope that the caller owns; None where there is none, which only a block's owner gets to hear."""
    refuse_locked(session)
    path = rules.path_to(session, scope)
    _require_owner(who, path or (BLOCK,))
    return path


def _require_owner(who: Principal, path: Path) -> None:
    if not owned(path, who.capped_grants):
        who.known()
        message = "Only an owner of this scope, or of one around it, can see and change who may do what there."
        raise ForbiddenError(message)


def _require_own(known: Granted | None) -> None:
    if known is not None and known.origin != store.HERE:
        message = f"This role was granted in {known.origin}, and can be changed only there."
        raise GrantedElsewhereError(message)


def tell_granted(session: Session, grant: Granted, *, now: datetime) -> None:
    """Tell others of a grant, or tell them again: whoever knows of it already takes the same in its place."""
    event = RoleGranted(scope=grant.scope, holder=grant.holder, role=grant.role, until=grant.until)
    _record(session, event, actor=grant.granted_by, now=now)


def _tell(session: Session, rules: Rules, event: RoleGranted | RoleRevoked, *, by: Principal, now: datetime) -> None:
    if depth_of(event.scope) in rules.told:
        _record(session, event, actor=by.subject, now=now)


def _record(session: Session, event: RoleGranted | RoleRevoked, *, actor: str | None, now: datetime) -> None:
    # One aggregate for each holder in each scope: what was granted last is what counts, wherever it is heard.
    record(session, event, aggregate=uuid5(NAMESPACE_URL, f"{event.scope} {event.holder}"), actor=actor, now=now)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _certain(found: Granted | None) -> Granted:
    if found is None:
        raise NotFoundError
    return found
