"""The counts of a result: a publication by question, as machines and the result page read it."""

from __future__ import annotations

from typing import Any

from interlinker_shared.assets import Asset
from interlinker_survey.definition import Definition
from interlinker_survey.publication import ANSWERED, ChoicesTable, Group, Tables, VariableTable
from interlinker_survey.variables import variables_of

PLACES = 6


def counts_of(told: Tables | None, definition: Definition, survey: Asset) -> dict[str, Any]:
    """{responses, smallest_count, questions: {name: …}}; without a publication all that could be told is null."""
    scores = {
        one.name: dict(zip(one.variable.keys, one.variable.scores, strict=False))
        for one in variables_of(definition, survey.language)
    }
    questions: dict[str, dict[str, Any]] = {name: {"responses": None, "skipped": None} for name in definition.questions}
    for table in told.variables if told else ():
        _put(questions, table.question, table.parts, _variable(table, scores.get(table.name, {})))
    for several in told.choices if told else ():
        _put(questions, several.question, several.parts, _choices(several))
    return {
        "responses": told.responses if told else None,
        "smallest_count": survey.config["smallest_count"],
        "questions": questions,
    }


def _put(questions: dict[str, dict[str, Any]], name: str, parts: list[str], counted: dict[str, Any]) -> None:
    if not parts:
        questions[name] = counted
        return
    whole = questions.setdefault(name, {"responses": None, "skipped": None})
    whole.setdefault("parts", {})[".".join(parts)] = counted


def _variable(table: VariableTable, scores: dict[str, float]) -> dict[str, Any]:
    silent = next((group.count for group in table.groups if group.no_answer and not group.answers), None)
    found: dict[str, Any] = {
        "of": table.of,
        "responses": None if silent is None else table.of - silent,
        "skipped": silent,
    }
    alone = {group.answers[0]: group.count for group in table.groups if len(group.answers) == 1 and not group.no_answer}
    together = [group for group in table.groups if len(group.answers) + group.no_answer > 1]
    every = [answer for group in table.groups for answer in group.answers]
    if every != [ANSWERED]:
        found["choices"] = {answer: alone.get(answer) for answer in every}
        if scores:
            found["mean"] = None if together else _mean(alone, scores)
    if together:
        found["together"] = [_together(group) for group in together]
    return found


def _mean(counts: dict[str, int], scores: dict[str, float]) -> float | None:
    size = sum(counts.values())
    return round(sum(scores[answer] * count for answer, count in counts.items()) / size, PLACES) if size else None


def _together(group: Group) -> dict[str, Any]:
    return {"answers": group.answers, "no_answer": group.no_answer, "count": group.count}


def _choices(several: ChoicesTable) -> dict[str, Any]:
    skipped = None if several.answered is None else several.of - several.answered
    return {"of": several.of, "responses": several.answered, "skipped": skipped, "choices": dict(several.counts)}
