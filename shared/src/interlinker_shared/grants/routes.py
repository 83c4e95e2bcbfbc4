"""Routes of grants, which every service has."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from interlinker_shared.audit.acts import administrative
from interlinker_shared.grants import actions
from interlinker_shared.grants.actions import Rules
from interlinker_shared.grants.models import GrantCreate, Granted, HolderId, RoleHere, Scope
from interlinker_shared.http.dependencies import Anyone, Database, Now, Paging
from interlinker_shared.http.paging import Listing, listing


class GrantRoutes:
    """Granting roles and taking them away. Whoever owns a scope, or one around it, may: so a route cannot tell, its action does."""

    def __init__(self, rules: Rules = actions.BLOCK_RULES) -> None:
        """`rules` say which scopes there are, and whom to tell."""
        self._rules = rules

    def router(self) -> APIRouter:
        """A router with every operation."""
        router = APIRouter(prefix="/grants", tags=["grants"])
        router.add_api_route("", self.put_grant, methods=["POST"], status_code=201)
        router.add_api_route("", self.list_grants, methods=["GET"])
        router.add_api_route("/mine", self.read_own_role, methods=["GET"])
        router.add_api_route("/{grant_id}", self.revoke_grant, methods=["DELETE"], status_code=204)
        return router

    @administrative
    async def put_grant(self, body: GrantCreate, db: Database, who: Anyone, now: Now, response: Response) -> Granted:
        """Grant a role in a scope, in the place of the one that the holder has there. For owners of it or of a scope around it.

        The innermost scope in which somebody holds anything decides: a grant can give less than an outer one as well as more.
        """
        granted = await db.write(actions.put_grant, self._rules, body, by=who, now=now)
        response.headers["Location"] = f"/grants/{granted.id}"
        return granted

    async def list_grants(
        self,
        db: Database,
        who: Anyone,
        page: Paging,
        scope: Annotated[Scope, Query()],
        holder: Annotated[HolderId | None, Query()] = None,
    ) -> Listing[Granted]:
        """List who holds what in a scope, oldest first. For owners of it or of a scope around it."""
        found = await db.read(actions.list_grants, self._rules, page, scope, holder, who=who)
        return listing(found, page.limit, lambda grant: [str(grant.id)])

    @administrative
    async def revoke_grant(self, grant_id: UUID, db: Database, who: Anyone, now: Now) -> None:
        """Take a role away. What outer scopes give counts again."""
        await db.write(actions.revoke_grant, self._rules, grant_id, by=who, now=now)

    async def read_own_role(self, db: Database, who: Anyone, scope: Annotated[Scope, Query()]) -> RoleHere:
        """Read what the caller may do in a scope, and which grants say so."""
        return await db.read(actions.role_here, self._rules, scope, who=who)
