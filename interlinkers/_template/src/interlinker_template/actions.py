"""Writes: one plain function per thing that a participant can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset, Item, ResultBody
from interlinker_shared.auth import Principal
from interlinker_shared.events import record
from interlinker_shared.ids import new_id
from interlinker_shared.tabular import csv_line
from interlinker_template import store
from interlinker_template.domain import total
from interlinker_template.events import PledgeMade


def make_pledge(
    session: Session, asset_id: UUID, *, text: str, language: str, amount: int, by: Principal, now: datetime
) -> UUID:
    """Pledge something; AlreadyPledgedError the second time."""
    asset = assets.require_open(session, asset_id, now)
    row = _row(asset, text, language=language, amount=amount, subject=by.known(), now=now)
    store.add(session, [row])
    record(
        session,
        PledgeMade(asset=asset.id, pledge=row["id"], amount=amount),
        aggregate=asset.id,
        actor=by.subject,
        now=now,
    )
    assets.contribute(session, asset, by, action="pledge", items=[row["id"]], now=now)
    return UUID(str(row["id"]))


def import_items(session: Session, asset: Asset, items: Sequence[Item], now: datetime) -> list[str]:
    """Items become pledges of nobody, worth nothing yet."""
    rows = [
        _row(
            asset,
            item.text or item.title or item.id,
            language=item.language or asset.language,
            amount=0,
            subject=None,
            now=now,
        )
        for item in items
    ]
    store.add(session, rows)
    return [str(row["id"]) for row in rows]


def withdraw_item(session: Session, asset: Asset, item: str, now: datetime) -> None:
    """Let an imported pledge go, and say so to those who took it over from us."""
    store.remove(session, asset.id, UUID(item))
    assets.withdraw(session, asset, item, now=now)


def build_result(session: Session, asset: Asset) -> ResultBody:
    """All pledges, and what they come to."""
    rows = list(store.every(session, asset.id))
    items = [
        Item(id=str(row.id), text=row.text, language=row.language, amount=row.amount, outcome="pledged")  # type: ignore[call-arg]  # Item allows extra fields
        for row in rows
    ]
    return ResultBody(items=items, counts={"pledges": len(rows), "amount": total(row.amount for row in rows)})


def write_csv(session: Session, asset: Asset) -> Iterator[bytes]:
    """Yield the pledges as CSV."""
    yield csv_line(["id", "amount", "language", "text"])
    for row in store.every(session, asset.id):
        yield csv_line([row.id, row.amount, row.language, row.text])


def export_subject(session: Session, subject: str) -> dict[str, Any]:
    """Everything held about a person."""
    return {
        "pledges": [
            {"asset": str(row.asset_id), "text": row.text, "amount": row.amount, "made_at": row.made_at.isoformat()}
            for row in store.of_subject(session, subject)
        ]
    }


def erase_subject(session: Session, subject: str, now: datetime) -> None:
    """Forget who pledged; the sums stay."""
    store.anonymise(session, subject)


def _row(asset: Asset, text: str, *, language: str, amount: int, subject: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "asset_id": asset.id,
        "subject": subject,
        "text": text,
        "language": language,
        "amount": amount,
        "made_at": now,
    }
