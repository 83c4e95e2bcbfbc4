"""Routes of the asset contract: the same operations under each block's own path and names."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from starlette.responses import StreamingResponse

from interlinker_shared.assets import actions, changes, store
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.assets.models import (
    Asset,
    AssetClone,
    AssetCreate,
    AssetPatch,
    Change,
    Handover,
    Imported,
    Result,
)
from interlinker_shared.auth import check_role
from interlinker_shared.errors import FieldError, InvalidError
from interlinker_shared.http.cache import public
from interlinker_shared.http.conditions import IfMatch, required_version, version_of
from interlinker_shared.http.dependencies import (
    Anyone,
    AnyoneHere,
    Database,
    ModeratorHere,
    Now,
    Owner,
    OwnerHere,
    Paging,
)
from interlinker_shared.http.paging import Listing, listing
from interlinker_shared.http.streams import as_file
from interlinker_shared.limits.rates import costly
from interlinker_shared.services.rights import ServiceRight, for_services

IfNoneMatch = Annotated[str | None, Header(max_length=1000, description="ETags that the caller has.")]
After = Annotated[int, Query(ge=0, le=2**53, description="Number of the last entry that the caller has.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Entries at most.")]


class AssetRoutes:
    """The operations of the contract for one kind of asset."""

    def __init__(self, kind: AssetKind) -> None:
        """Nothing is read but the kind."""
        self._kind = kind

    def router(self) -> APIRouter:
        """A router with every operation; operation ids carry the singular, such as `close_pledge`."""
        one, many = self._kind.singular, self._kind.path.strip("/")
        router = APIRouter(prefix=self._kind.path, tags=[many])
        operations: list[tuple[str, str, Any, int, str]] = [
            ("POST", "", self.create_asset, 201, f"create_{one}"),
            ("GET", "", self.list_assets, 200, f"list_{many}"),
            ("PATCH", "/{asset_id}", self.change_asset, 200, f"change_{one}"),
            ("DELETE", "/{asset_id}", self.delete_asset, 204, f"delete_{one}"),
            ("POST", "/{asset_id}/open", self.open_asset, 200, f"open_{one}"),
            ("POST", "/{asset_id}/close", self.close_asset, 200, f"close_{one}"),
            ("POST", "/{asset_id}/clone", self.clone_asset, 201, f"clone_{one}"),
            ("POST", "/{asset_id}/imports", self.import_items, 200, f"import_into_{one}"),
        ]
        for method, path, endpoint, status, name in operations:
            router.add_api_route(path, endpoint, methods=[method], status_code=status, operation_id=name, name=name)
        answers: list[tuple[str, Any, str, dict[str, Any]]] = [
            ("/{asset_id}", self.read_asset, f"read_{one}", {"response_model": Asset}),
            ("/{asset_id}/result", self.read_result, f"read_{one}_result", {"response_model": Result}),
            ("/{asset_id}/export", self.export_asset, f"export_{one}", self._streams()),
        ]
        for path, endpoint, name, what in answers:
            router.add_api_route(path, endpoint, methods=["GET"], operation_id=name, name=name, **what)
        return router

    def _streams(self) -> dict[str, Any]:
        content: dict[str, Any] = {export.media_type: {} for export in self._kind.exports.values()}
        return {"response_class": StreamingResponse, "responses": {200: {"content": content}}}

    async def create_asset(
        self, body: AssetCreate, db: Database, who: ModeratorHere, now: Now, response: Response
    ) -> Asset:
        """Create a draft. `config` must be what the manifest's `assets.config_schema` says."""
        asset = await db.write(actions.create_asset, self._kind, body, by=who.subject, now=now)
        response.headers["Location"] = self._kind.location(asset.id)
        return _tagged(asset, response)

    @public
    async def list_assets(self, db: Database, who: Anyone, page: Paging) -> Listing[Asset]:
        """List what the caller may know of, newest first: drafts are for moderators, `restricted` ones for observers."""
        found = await db.read(store.page, page, who)
        return listing(found, page.limit, lambda asset: [asset.created_at.isoformat(), str(asset.id)])

    @public
    async def read_asset(
        self, asset_id: UUID, db: Database, _who: AnyoneHere, response: Response, if_none_match: IfNoneMatch = None
    ) -> Any:
        """Read one. Its ETag is what a change needs as If-Match."""
        asset = await db.read(actions.require, asset_id)
        if if_none_match and f'"{asset.version}"' in if_none_match.split(", "):
            return Response(status_code=304, headers={"ETag": f'"{asset.version}"'})
        return _tagged(asset, response)

    async def change_asset(
        self,
        asset_id: UUID,
        body: AssetPatch,
        db: Database,
        who: ModeratorHere,
        now: Now,
        response: Response,
        if_match: IfMatch = None,
    ) -> Asset:
        """Change title, dates, language, or the config of a draft. Needs If-Match; 412 when somebody was faster.

        Until when contributions are kept, and whether figures stay, is for owners to say; also once it is closed.
        """
        version = required_version(if_match)
        changed = await db.write(actions.change_asset, self._kind, asset_id, body, version=version, by=who, now=now)
        return _tagged(changed, response)

    async def delete_asset(
        self, asset_id: UUID, db: Database, _who: OwnerHere, now: Now, if_match: IfMatch = None
    ) -> None:
        """Delete; a tombstone stays in the delta feed. What people contributed is gone for good after 30 days, or as the block is set."""
        await db.write(actions.delete_asset, self._kind, asset_id, version=version_of(if_match), now=now)

    async def open_asset(
        self, asset_id: UUID, db: Database, _who: ModeratorHere, now: Now, response: Response
    ) -> Asset:
        """Let people take part. Repeating it changes nothing; 409 once closed."""
        return _tagged(await db.write(actions.open_asset, self._kind, asset_id, now=now), response)

    async def close_asset(
        self, asset_id: UUID, db: Database, _who: ModeratorHere, now: Now, response: Response
    ) -> Asset:
        """End participation and publish the final result. Repeating it changes nothing; 409 for a draft."""
        return _tagged(await db.write(actions.close_asset, self._kind, asset_id, now=now), response)

    async def clone_asset(
        self,
        asset_id: UUID,
        db: Database,
        who: ModeratorHere,
        now: Now,
        response: Response,
        body: AssetClone | None = None,
    ) -> Asset:
        """Create a draft like this one, without what people contributed."""
        wanted = body or AssetClone()
        return _tagged(
            await db.write(actions.clone_asset, self._kind, asset_id, wanted, by=who.subject, now=now), response
        )

    async def import_items(
        self, asset_id: UUID, body: Handover, db: Database, _who: ModeratorHere, now: Now
    ) -> Imported:
        """Take over up to 1 000 items of an earlier step. Each pair of handover and item id takes effect once."""
        return await db.write(actions.import_items, self._kind, asset_id, body, now=now)

    @public
    async def read_result(self, asset_id: UUID, db: Database, _who: AnyoneHere, now: Now) -> Response:
        """Read the result: provisional while open (403 while it is hidden), then final and immutable."""
        document = await db.read(actions.read_result, self._kind, asset_id, now=now)
        return Response(document, media_type="application/json")

    @costly
    async def export_asset(
        self,
        asset_id: UUID,
        db: Database,
        who: AnyoneHere,
        format: Annotated[str, Query(max_length=20)],
    ) -> StreamingResponse:
        """Stream everything as open data in one of the block's formats; each format says who may have it."""
        export = self._kind.exports.get(format)
        if export is None:
            known = ", ".join(sorted(self._kind.exports)) or "none"
            message = f"There is no format {format!r} here. Known: {known}."
            raise InvalidError(message, fields=(FieldError("/query/format", message, "unknown-format"),))
        asset = await db.read(actions.require, asset_id)
        check_role(who.on(asset.path), export.role)
        name = f"{self._kind.singular}-{asset.id}.{format}"
        return await as_file(db.stream(export.write, asset), name, export.media_type)


changes_router = APIRouter(tags=["changes"])


@changes_router.get("/changes")
@for_services(ServiceRight.READ_EVENTS)
async def list_changes(db: Database, _who: Owner, after: After = 0, limit: Limit = 100) -> Listing[Change]:
    """List what changed after entry `after`, oldest first; a null `body` is a tombstone."""
    found = await db.read(changes.list_changes, after, limit)
    return Listing[Change](items=found, next=str(found[-1].seq) if len(found) == limit else None)


def _tagged(asset: Asset, response: Response) -> Asset:
    response.headers["ETag"] = f'"{asset.version}"'
    return asset
