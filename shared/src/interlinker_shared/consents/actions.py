"""What people do about consents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared.auth import Principal
from interlinker_shared.consents import store
from interlinker_shared.consents.models import Consent, ConsentCreate
from interlinker_shared.errors import ConflictError, NotFoundError
from interlinker_shared.gate import open_for
from interlinker_shared.http.paging import PageOf
from interlinker_shared.ids import new_id

MOST = 1000  # of one person, withdrawn ones too


class TooManyConsentsError(ConflictError):
    slug = "too-many-consents"


def give_consent(session: Session, body: ConsentCreate, *, by: Principal, now: datetime) -> Consent:
    """Agree to something; where the caller has, and it stands, nothing changes."""
    subject = by.known()
    open_for(session, subject)
    known = store.standing(session, subject, purpose=body.purpose, policy=body.policy)
    if known is not None:
        return known
    if store.count(session, subject) >= MOST:
        message = "You have given and withdrawn this many times. Ask who runs this service."
        raise TooManyConsentsError(message)
    consent_id, said = new_id(), body.model_dump()
    values = {"id": consent_id, "subject": subject, "channel": by.channel, "given_at": now, "withdrawn_at": None}
    store.add(session, values | said)
    found = store.standing(session, subject, purpose=body.purpose, policy=body.policy)
    assert found is not None, "it was given just now, by this request or by another"  # noqa: S101 - narrows the type
    return found


def withdraw_consent(session: Session, consent_id: UUID, *, by: Principal, now: datetime) -> Consent:
    """Withdraw one's consent; a second time changes nothing."""
    consent = _own(session, consent_id, by)
    if consent.withdrawn_at is None:
        store.withdraw(session, consent, now)
    return _own(session, consent_id, by)


def list_consents(session: Session, page: PageOf, *, by: Principal) -> list[Consent]:
    """The caller's own, up to one more than the page takes."""
    open_for(session, by.known())
    return store.page(session, by.known(), page)


def _own(session: Session, consent_id: UUID, by: Principal) -> Consent:
    open_for(session, by.known())
    found = store.find(session, by.known(), consent_id)
    if found is None:
        raise NotFoundError
    return found
