"""The life of a survey: what happens when it opens and closes, and the choices that come from other steps and go again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset, Item, State
from interlinker_shared.assets.actions import withdraw
from interlinker_shared.errors import InvalidError
from interlinker_shared.ids import new_id
from interlinker_survey import store
from interlinker_survey.definition import read_definition
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import (
    ImportTooLateError,
    NewChoice,
    import_target,
    is_anonymous,
    new_key,
    with_choices,
    without_choice,
)

WITHDRAWN = {"default": "Withdrawn", "en": "Withdrawn", "es": "Retirada", "de": "Zurückgezogen"}


def begin_survey(session: Session, survey: Asset, now: datetime) -> None:
    """Freeze what it asks as its first version, and refuse one whose choices never came; an anonymous one gets its secret."""
    read_definition(survey.config["definition"])
    store.add_version(session, survey.id, survey.config, merges={}, now=now)
    if is_anonymous(survey.config):
        store.add_key(session, survey.id, new_key())


def end_survey(session: Session, survey: Asset, _now: datetime) -> None:
    """Let nothing tell any more whose anonymous responses might be."""
    if is_anonymous(survey.config) and survey.state is State.OPEN:
        store.seal_survey(session, survey.id)


def import_items(session: Session, survey: Asset, items: Sequence[Item], _now: datetime) -> list[str]:
    """Make items choices of the question that `config.imports_into` names; the ids are the choices' values."""
    if survey.state is not State.DRAFT:
        message = "Choices are fixed once people can answer. Import before opening."
        raise ImportTooLateError(message)
    target = import_target(definition_of(survey), survey.config["imports_into"])
    taken = {str(new_id()): item for item in items}
    choices = [NewChoice.of(value, _words(item), item.language) for value, item in taken.items()]
    definition = with_choices(survey.config["definition"], target.name, choices)
    store.change_config(session, survey, {**survey.config, "definition": definition})
    store.add_imported_choices(session, survey.id, target.name, taken)
    return list(taken)


def withdraw_item(session: Session, survey: Asset, value: str, now: datetime) -> None:
    """Let go of an imported choice: a draft loses it, an open or closed survey only its words, in all its versions."""
    question = store.take_imported_choice(session, survey.id, value)
    if question is None:
        return
    left = None if survey.state is State.DRAFT else WITHDRAWN
    blank = partial(without_choice, question=question, value=value, left=left)
    store.change_config(session, survey, {**survey.config, "definition": blank(survey.config["definition"])})
    store.rewrite_versions(session, survey.id, blank)
    withdraw(session, survey, value, now=now)


def _words(item: Item) -> str:
    words = item.title or item.text
    if words is None:
        message = f"The item {item.id} has neither a title nor a text, so it cannot become a choice."
        raise InvalidError(message, slug="item-without-words", pointer="/items")
    return words
