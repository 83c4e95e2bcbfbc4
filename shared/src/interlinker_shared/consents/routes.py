"""`/consents`: what people have agreed to, for themselves, and in numbers for whoever runs the service."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from interlinker_shared.consents import actions, store
from interlinker_shared.consents.models import Consent, ConsentCounts, ConsentCreate
from interlinker_shared.http.dependencies import Database, Herself, Now, Owner, Paging
from interlinker_shared.http.paging import Listing, listing

router = APIRouter(prefix="/consents", tags=["consents"])


@router.post("", status_code=201)
async def give_consent(body: ConsentCreate, db: Database, who: Herself, now: Now) -> Consent:
    """Agree to a purpose under a version of its text. Repeating it changes nothing while the consent stands."""
    return await db.write(actions.give_consent, body, by=who, now=now)


@router.get("")
async def list_consents(db: Database, who: Herself, page: Paging) -> Listing[Consent]:
    """List one's own consents, oldest first, withdrawn ones too."""
    found = await db.read(actions.list_consents, page, by=who)
    return listing(found, page.limit, lambda consent: [str(consent.id)])


@router.get("/counts")
async def count_consents(db: Database, _who: Owner) -> ConsentCounts:
    """Count consents by purpose and text; whose they are, nobody but themselves can read."""
    return ConsentCounts(items=list(await db.read(store.counts)))


@router.post("/{consent_id}/withdraw")
async def withdraw_consent(consent_id: UUID, db: Database, who: Herself, now: Now) -> Consent:
    """Withdraw one's consent, as easily as it was given. Its record stays until one's data is erased."""
    return await db.write(actions.withdraw_consent, consent_id, by=who, now=now)
