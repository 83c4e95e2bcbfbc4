"""What a survey asks, the choices that came from elsewhere, and what goes when it is purged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from interlinker_shared import assets
from interlinker_shared.assets import Asset, Item
from interlinker_shared.assets import store as asset_store
from interlinker_shared.db import wipe_some
from interlinker_survey.store import tables


def add_imported_choices(session: Session, survey_id: UUID, question: str, items: Mapping[str, Item]) -> None:
    """Remember where choices come from; `items` is by the choice's value."""
    rows = [
        {"survey_id": survey_id, "value": value, "question": question, "item": item.model_dump(mode="json")}
        for value, item in items.items()
    ]
    session.execute(insert(tables.ImportedChoiceRow), rows)


def imported_choices(session: Session, survey_id: UUID) -> list[tuple[str, str, Item]]:
    """(question, value, item) of each imported choice, in the order in which they came."""
    query = (
        select(tables.imported_choices)
        .where(tables.imported_choices.c.survey_id == survey_id)
        .order_by(tables.imported_choices.c.value)
    )
    return [(row.question, row.value, Item.model_validate(row.item)) for row in session.execute(query)]


def take_imported_choice(session: Session, survey_id: UUID, value: str) -> str | None:
    """Forget where a choice comes from; its question, or None when there is no such choice."""
    gone = delete(tables.ImportedChoiceRow).where(
        tables.ImportedChoiceRow.survey_id == survey_id, tables.ImportedChoiceRow.value == value
    )
    return session.execute(gone.returning(tables.ImportedChoiceRow.question)).scalar()


def change_config(session: Session, survey: Asset, config: dict[str, Any]) -> None:
    """Change what a survey asks."""
    asset_store.change(session, survey, {"config": config})
    changed = assets.require(session, survey.id)
    assets.touch(session, "survey", survey.id, changed.model_dump(mode="json"))


def purge(session: Session, survey_id: UUID, limit: int) -> int:
    """Delete up to so many rows of what people answered in a survey for good; how many there were."""
    for rows in (
        tables.participations,
        tables.responses,
        tables.anonymous_responses,
        tables.answered,
        tables.survey_keys,
        tables.imported_choices,
        tables.versions,
        tables.publications,
    ):
        gone = wipe_some(session, rows, rows.c.survey_id == survey_id, limit)
        if gone:
            return len(gone)
    return 0
