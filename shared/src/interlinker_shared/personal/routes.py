"""`/subjects/{subject}`: a person's data, taken away or erased."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from interlinker_shared.audit.acts import administrative
from interlinker_shared.auth import Principal, Role, check_role
from interlinker_shared.errors import ForbiddenError, NotFoundError
from interlinker_shared.http.dependencies import Anyone, Database, Herself, Now
from interlinker_shared.limits.rates import costly
from interlinker_shared.personal.elsewhere import Elsewhere, Receipt, is_receipt, progress_path
from interlinker_shared.personal.models import Erasure, SubjectData
from interlinker_shared.personal.part import erase_subject, export_subject
from interlinker_shared.services.rights import ServiceRight, for_services
from interlinker_shared.state import Kit

SUBJECT = "/subjects/{subject}"


class SubjectRoutes:
    """A person's data in one service, and where it leads to others, in all of them."""

    def __init__(self, service: str, elsewhere: Elsewhere | None = None) -> None:
        """`service` is named in what a person takes away."""
        self._service = service
        self._elsewhere = elsewhere

    def router(self) -> APIRouter:
        """The routes."""
        router = APIRouter(tags=["subjects"])
        router.add_api_route(SUBJECT, self.read_subject, methods=["GET"])
        router.add_api_route(SUBJECT, self.erase_subject, methods=["DELETE"], status_code=204)
        if self._elsewhere is not None:
            router.add_api_route(f"{SUBJECT}/erasure", self.read_erasure, methods=["GET"])
        return router

    @costly
    @for_services(ServiceRight.LOOK_AFTER_PEOPLE)
    async def read_subject(
        self, subject: str, request: Request, response: Response, db: Database, who: Herself
    ) -> SubjectData:
        """Export everything held about a person; she herself may ask, and whoever runs the service."""
        _check_own(who, subject)
        kit: Kit = request.app.state.kit
        data = await db.read(export_subject, kit.subjects, subject)
        response.headers["Cache-Control"] = "no-store"
        if self._elsewhere is None:
            return SubjectData(subject=subject, service=self._service, data=data)
        services, missing = await self._elsewhere.collect(kit, subject)
        return SubjectData(subject=subject, service=self._service, data=data, services=services, missing=missing)

    @administrative
    @for_services(ServiceRight.LOOK_AFTER_PEOPLE)
    async def erase_subject(
        self, subject: str, request: Request, response: Response, *, db: Database, who: Herself, now: Now
    ) -> None:
        """Erase a person; counts and tallies stay as they are. Repeating it changes nothing.

        A service that leads to others asks them too; `Location` is then where to see which have done it.
        """
        _check_own(who, subject)
        kit: Kit = request.app.state.kit
        await db.write(erase_subject, kit.subjects, subject, now)
        if self._elsewhere is not None:
            response.headers["Location"] = progress_path(kit, subject)

    async def read_erasure(
        self, subject: str, request: Request, db: Database, who: Anyone, receipt: Receipt = None
    ) -> Erasure:
        """Read which services have erased a person. For her by her receipt, and for whoever runs the service."""
        kit: Kit = request.app.state.kit
        if receipt is None or not is_receipt(kit, subject, receipt):
            _check_own(check_role(who, Role.OBSERVER), subject)
        assert self._elsewhere is not None, "only then there is this route"  # noqa: S101 - narrows the type
        found = await db.read(self._elsewhere.progress, subject)
        if found is None:
            raise NotFoundError
        return found


def _check_own(who: Principal, subject: str) -> None:
    if who.subject != subject and not who.may(Role.OWNER):
        message = "You can only ask for your own data."
        raise ForbiddenError(message)
