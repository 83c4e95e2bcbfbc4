"""What shared itself keeps about people: one entry for each of its tables that can lead to a person.

Embed tokens that were spent are kept by host and number, and say nothing about anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from interlinker_shared.accounts import actions as accounts
from interlinker_shared.assets import store as assets
from interlinker_shared.assets.kind import AssetKind
from interlinker_shared.audit import store as audit
from interlinker_shared.consents import store as consents
from interlinker_shared.grants import store as grants
from interlinker_shared.http import idempotency
from interlinker_shared.keys import store as keys
from interlinker_shared.moderation import reading as moderation
from interlinker_shared.moderation.store import forget_person
from interlinker_shared.personal import envelopes
from interlinker_shared.personal.part import SubjectPart


def parts_of(
    kind: AssetKind | None, own: Sequence[SubjectPart], *, secret: str, clock: Callable[[], datetime]
) -> tuple[SubjectPart, ...]:
    """All parts of a service: what people contributed to its assets, its `own` ones, and what every service keeps."""
    return (*_contributed(kind), *own, *_everywhere(secret, clock))


def _contributed(kind: AssetKind | None) -> Iterator[SubjectPart]:
    if kind is not None:
        yield SubjectPart("contributions", kind.export_subject, kind.erase_subject)


def _everywhere(secret: str, clock: Callable[[], datetime]) -> Iterator[SubjectPart]:
    yield SubjectPart("moderation", _moderated, _timeless(forget_person))
    yield SubjectPart("grants", _granted, _timeless(grants.forget))
    yield SubjectPart("assets", _when_any("made", assets.made_by), _timeless(assets.forget_maker))
    yield SubjectPart("consents", _when_any("consents", consents.everything_of), _timeless(consents.forget))
    yield SubjectPart("keys", _when_any("keys", keys.made_by), _timeless(keys.forget_maker))
    yield SubjectPart("audit", _when_any("acts", audit.acts_of), _timeless(audit.forget_actor))
    yield SubjectPart("answers", _when_any("answers", idempotency.kept_for), _timeless(idempotency.forget_asker))
    # Last: what the others have recorded on the way is rewritten with the rest.
    yield SubjectPart("events", lambda _session, _subject: {}, envelopes.forget_in_events)
    yield SubjectPart(
        "account",
        lambda session, subject: accounts.export_subject(session, subject, clock()),
        _timeless(partial(accounts.erase_subject, secret=secret)),
    )


def _granted(session: Session, subject: str) -> dict[str, Any]:
    return {name: found for name, found in grants.everything_of(session, subject).items() if found}


def _moderated(session: Session, subject: str) -> dict[str, Any]:
    found = moderation.export_subject(session, subject)
    return {"moderation": found} if any(found.values()) else {}


def _when_any(name: str, held: Callable[[Session, str], Any]) -> Callable[[Session, str], dict[str, Any]]:
    def export(session: Session, subject: str) -> dict[str, Any]:
        found = held(session, subject)
        return {name: found} if found else {}

    return export


def _timeless(erase: Callable[[Session, str], None]) -> Callable[[Session, str, datetime], None]:
    return lambda session, subject, _now: erase(session, subject)
