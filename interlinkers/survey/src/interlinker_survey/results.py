"""What comes out of a survey: counts and items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from interlinker_shared.assets import Asset, Item, ResultBody, State
from interlinker_survey import publishing, store
from interlinker_survey.definition.kept import definition_of
from interlinker_survey.domain import History, Response, free_texts, item_id, steps_between
from interlinker_survey.result_counts import counts_of

COUNTED: dict[str, Any] = {
    "type": "object",
    "description": "What one question brought; null stands for what would tell of too few people.",
    "properties": {
        "of": {"type": "integer", "description": "Of how many responses this tells."},
        "responses": {"type": ["integer", "null"]},
        "skipped": {"type": ["integer", "null"]},
        "choices": {
            "type": "object",
            "additionalProperties": {"type": ["integer", "null"]},
            "description": "How many chose each; of a ranking how many put it first.",
        },
        "together": {
            "type": "array",
            "description": "Answers that are counted together.",
            "items": {
                "type": "object",
                "properties": {
                    "answers": {"type": "array", "items": {"type": "string"}},
                    "no_answer": {"type": "boolean"},
                    "count": {"type": "integer"},
                },
                "required": ["answers", "no_answer", "count"],
            },
        },
        "mean": {"type": ["number", "null"], "description": "Of a scale whose steps are all told."},
        "not_asked": {
            "type": "integer",
            "description": "Responses to versions that did not ask it; where there are several and nothing is held back.",
        },
    },
    "required": ["responses", "skipped"],
}
PARTS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": COUNTED,
    "description": "Rows, cells or lines of a question, by their names with a dot between.",
}

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
                "responses": {"type": ["integer", "null"], "description": "null where there are too few to tell."},
                "smallest_count": {
                    "type": "integer",
                    "description": "Counts that are left out or put together cannot be told to less than this.",
                },
                "questions": {
                    "type": "object",
                    "additionalProperties": {**COUNTED, "properties": {**COUNTED["properties"], "parts": PARTS}},
                },
                "versions": {
                    "type": "array",
                    "description": "Where the questions were changed: how many answered each version, what changed in it, and "
                    "in `apart` the counts of those questions whose answers are not among the others, where nothing is held back.",
                    "items": {
                        "type": "object",
                        "properties": {
                            "number": {"type": "integer"},
                            "hash": {"type": "string"},
                            "responses": {"type": ["integer", "null"]},
                            "changes": {"type": "array", "items": {"type": "object"}},
                            "apart": {"type": "object", "additionalProperties": {"type": "object"}},
                        },
                        "required": ["number", "hash", "responses", "changes", "apart"],
                    },
                },
            },
            "required": ["responses", "questions"],
        },
    },
}


def build_result(session: Session, survey: Asset) -> ResultBody:
    """The counts that everybody may see and the free texts as items; imported choices are items, too."""
    definition = definition_of(survey)
    items: list[Item] = []
    versions = store.versions_of(session, survey.id)
    steps = steps_between(versions)
    history = History(versions, steps)
    for response in store.scan_responses(session, survey):
        history.add(response)
        items += (_text_item(response, name, text) for name, text in free_texts(definition, response.answers))
    for response in store.scan_apart(session, survey, steps):
        history.add_apart(response)
        asked = versions[(response.version or 1) - 1].definition
        items += (_text_item(response, name, text) for name, text in free_texts(asked, response.answers))
    counts = counts_of(publishing.told(session, survey), definition, survey)
    every = survey.config["smallest_count"] == 1
    counts = history.counts(counts) if every else history.told(counts, closed=survey.state is State.CLOSED)
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
        chosen = counts["questions"].get(question, {}).get("choices", {}).get(value)
        told = {} if chosen is None else {"responses": chosen}
        yield item.model_copy(update={"id": value, "question": question, **told})
