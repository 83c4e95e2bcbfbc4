"""The `Annotated` aliases that every route uses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import Depends, Header, Query, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.types import Scope

from interlinker_shared.audit.acts import REQUIRED, tell_refused
from interlinker_shared.auth import ANONYMOUS, Principal, Role, check_method, check_role
from interlinker_shared.errors import ForbiddenError
from interlinker_shared.gate import beyond
from interlinker_shared.grants.domain import BLOCK, Grant, effective_role, in_force
from interlinker_shared.http.idempotency import RequestDatabase
from interlinker_shared.http.paging import DEFAULT_LIMIT, MAX_CURSOR, MAX_LIMIT, PageOf, decode_cursor
from interlinker_shared.http.problems import is_page
from interlinker_shared.http.sessions import signed_in
from interlinker_shared.services.rights import right_for
from interlinker_shared.state import Kit


class RequiredRole(SecurityBase):
    """Lets through whoever has a role; shows in OpenAPI as a security scheme named after it."""

    _descriptions: ClassVar[dict[Role, str]] = {
        Role.PUBLIC: "Anybody; a token is read when there is one.",
        Role.OBSERVER: "Somebody who may look.",
        Role.MEMBER: "Somebody who takes part.",
        Role.MODERATOR: "Somebody who looks after the others.",
        Role.OWNER: "Whoever runs this.",
    }

    def __init__(self, role: Role, *, here: bool = False, herself: bool = False) -> None:
        """Require at least `role`: in the block as such, or (`here`) in the scope that the request turns out to be about.

        A token that is good for one asset has no role in the block as such, unless the request can be about `herself`.
        """
        self.role = role
        self._here = here
        self._of_block = not here and not herself and role is not Role.PUBLIC
        self.scheme_name = role.value
        self.model = HTTPBearer(bearerFormat="JWT", description=self._descriptions[role])

    async def __call__(self, request: Request) -> Principal:
        """The principal of the request; raises UnauthorisedError or ForbiddenError."""
        kit: Kit = request.app.state.kit
        authorization = request.headers.get("authorization")
        if authorization is None and "cookie" in request.headers:
            session = await signed_in(request.scope["headers"], request.method, kit)
            principal = session[1] if session is not None else ANONYMOUS
        else:
            principal = kit.auth.known(authorization) or await kit.auth.read(authorization)
        check_method(principal, request.method)
        if principal.service:
            return self.admitted(request, self._let_in(principal, request.scope))
        grants = await _grants(kit, principal)
        return self.admitted(request, self._placed(principal, grants) if grants else principal)

    def admitted(self, request: Request, principal: Principal) -> Principal:
        """Let a principal through who has the role, and has not asked too often; whatever becomes of it is accounted for."""
        kit: Kit = request.app.state.kit
        request.scope["principal"] = principal
        request.scope[REQUIRED] = self.role
        kit.limits.admit(request.scope, principal)
        if principal.needs is not Role.PUBLIC:
            return principal
        try:
            check_role(principal, self.role)
            if self._of_block and principal.asset is not None:
                raise beyond()
        except ForbiddenError:
            tell_refused(request, principal)
            raise
        return principal

    def _let_in(self, service: Principal, scope: Scope) -> Principal:
        """A service is an owner where it has the right that the route names, and in processes if it runs them; else it is nobody."""
        if right_for(getattr(scope.get("route"), "endpoint", None)) in service.rights:
            return replace(service, role=Role.OWNER)
        return replace(service, outer=Role.PUBLIC, needs=self.role if self._here else Role.PUBLIC)

    def _placed(self, principal: Principal, grants: tuple[Grant, ...]) -> Principal:
        """Who holds something in a scope has no role before it is known which scope this is about: `gate` finds out."""
        role = Role.PUBLIC if self._here else effective_role((BLOCK,), (Grant(BLOCK, principal.role), *grants))
        needs = self.role if self._here else Role.PUBLIC
        return replace(principal, role=role, outer=principal.role, grants=grants, needs=needs)


async def _grants(kit: Kit, principal: Principal) -> tuple[Grant, ...]:
    subject = principal.subject
    if subject is None:
        return ()
    known = kit.grants.known(subject)
    return in_force(known if known is not None else await kit.grants.read(subject), kit.clock())


async def _database(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            description="On a write: repeat the request with the same key and get the same answer; nothing happens twice.",
        ),
    ] = None,
) -> RequestDatabase:
    # A page's form answers with where to go on, which is not what its write gives: there is nothing to give again.
    return RequestDatabase(request, None if is_page(request.scope.get("route")) else idempotency_key)


async def _now(request: Request) -> datetime:
    kit: Kit = request.app.state.kit
    return kit.clock()


async def _paging(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items per page.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR, description="`next` of the previous page.")] = None,
) -> PageOf:
    return PageOf(limit, decode_cursor(cursor) if cursor is not None else None)


# The role in the block as such:
Anyone = Annotated[Principal, Depends(RequiredRole(Role.PUBLIC))]
Observer = Annotated[Principal, Depends(RequiredRole(Role.OBSERVER))]
Herself = Annotated[Principal, Depends(RequiredRole(Role.OBSERVER, herself=True))]
Member = Annotated[Principal, Depends(RequiredRole(Role.MEMBER))]
Moderator = Annotated[Principal, Depends(RequiredRole(Role.MODERATOR))]
Owner = Annotated[Principal, Depends(RequiredRole(Role.OWNER))]
# The role in the scope of what the request is about, which shows when that is loaded:
AnyoneHere = Annotated[Principal, Depends(RequiredRole(Role.PUBLIC, here=True))]
ObserverHere = Annotated[Principal, Depends(RequiredRole(Role.OBSERVER, here=True))]
MemberHere = Annotated[Principal, Depends(RequiredRole(Role.MEMBER, here=True))]
ModeratorHere = Annotated[Principal, Depends(RequiredRole(Role.MODERATOR, here=True))]
OwnerHere = Annotated[Principal, Depends(RequiredRole(Role.OWNER, here=True))]
Database = Annotated[RequestDatabase, Depends(_database)]
Now = Annotated[datetime, Depends(_now)]
Paging = Annotated[PageOf, Depends(_paging)]
