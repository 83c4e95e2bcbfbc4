"""What comes out of a survey: counts and items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset, Item, ResultBody
from interlinker_survey import store
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import (
    History,
    Response,
    Tally,
    free_texts,
    item_id,
    steps_between,
)

RESULT_SCHEMA: dict[str, Any] = {
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "question": {"type": "string", "description": "Name of the question that was answered."},
                    "responses": {"type": "integer", "description": "How many chose it; of an imported choice only."},
                },
                "required": ["id", "question"],
            },
        },
        "counts": {
            "type": "object",
            "properties": {
                "responses": {"type": "integer"},
                "questions": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "properties": {
                            "responses": {"type": "integer"},
                            "skipped": {"type": "integer"},
                            "choices": {"type": "object", "additionalProperties": {"type": "integer"}},
                            "mean": {"type": ["number", "null"]},
                            "not_asked": {
                                "type": "integer",
                                "description": "Responses to versions that did not ask it; only where there are several.",
                            },
                        },
                        "required": ["responses", "skipped"],
                    },
                },
                "versions": {
                    "type": "array",
                    "description": "Where the questions were changed: how many answered each version, what changed in it, and "
                    "in `apart` the counts of those questions whose answers are not among the others.",
                    "items": {
                        "type": "object",
                        "properties": {
                            "number": {"type": "integer"},
                            "hash": {"type": "string"},
                            "responses": {"type": "integer"},
                            "changes": {"type": "array", "items": {"type": "object"}},
                            "apart": {"type": "object", "additionalProperties": {"type": "object"}},
                        },
                        "required": ["number", "hash", "responses", "changes", "apart"],
                    },
                },
            },
            "required": ["responses", "questions"],
        },
    }
}


def build_result(session: Session, survey: Asset) -> ResultBody:
    """Counts per question and the free texts as items, in one pass; imported choices are items, too."""
    definition = definition_of(survey)
    tally = Tally(definition)
    items: list[Item] = []
    versions = store.versions_of(session, survey.id)
    steps = steps_between(versions)
    history = History(versions, steps)
    for response in store.scan_responses(session, survey):
        tally.add(response.answers)
        history.add(response)
        items += (_text_item(response, name, text) for name, text in free_texts(definition, response.answers))
    for response in store.scan_apart(session, survey, steps):
        history.add_apart(response)
        asked = versions[(response.version or 1) - 1].definition
        items += (_text_item(response, name, text) for name, text in free_texts(asked, response.answers))
    counts = history.counts(tally.counts())
    return ResultBody(items=[*_choice_items(session, survey, counts), *items], counts=counts)


def aggregate(item: Item) -> Item | None:
    """How often an imported choice was chosen; nothing of what somebody wrote."""
    told = item.model_extra or {}
    if "responses" not in told:
        return None
    return Item.model_validate({"id": item.id, "question": told["question"], "responses": told["responses"]})


def is_hidden(survey: Asset) -> bool:
    """Nobody sees a result that is not final, unless the survey says otherwise."""
    return not survey.config["live_result"]


def _text_item(response: Response, question: str, text: str) -> Item:
    values = {"id": item_id(response.id, question), "question": question, "text": text, "language": response.language}
    return Item.model_validate(values)


def _choice_items(session: Session, survey: Asset, counts: dict[str, Any]) -> Iterator[Item]:
    for question, value, item in store.imported_choices(session, survey.id):
        chosen = counts["questions"][question]["choices"][value]
        yield item.model_copy(update={"id": value, "question": question, "responses": chosen})
