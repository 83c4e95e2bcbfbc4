"""What the result page shows: a chart for each question, from the counts that everybody may see, and what people wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from interlinker_shared.assets import Asset
from interlinker_survey.definition import Definition
from interlinker_survey.publication import ANSWERED, CrossTable, Group, Tables
from interlinker_survey.variables import Asked, Texts, published_variables

SHOWN_TEXTS = 50
NO_ANSWER: Texts = {"en": "no answer", "de": "keine Angabe", "es": "sin respuesta"}
ANSWER: Texts = {"en": "an answer", "de": "eine Angabe", "es": "una respuesta"}
YES_NO: Mapping[str, Texts] = {
    "true": {"en": "Yes", "de": "Ja", "es": "Sí"},
    "false": {"en": "No", "de": "Nein", "es": "No"},
}
Said = tuple[str, str | None, str]


@dataclass(frozen=True)
class Figure:
    """What one variable brought: `title` part after part, `rows` of label and count, labels whose count is `left_out`, a mean.

    Of a question that people wrote to also the first texts, each with its language and id, and how many `more` there are.
    `of` is how many `rows` are shares of, `known` whether that is how many answered.
    """

    name: str
    title: tuple[Texts, ...]
    of: int | None
    known: bool
    rows: list[tuple[Texts, int]]
    left_out: list[Texts]
    mean: float | None
    texts: list[Said] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True)
class Crossing:
    """Two variables: the titles of both, the labels of columns, and rows of a label and cells; None is left out."""

    rows_title: tuple[Texts, ...]
    columns_title: tuple[Texts, ...]
    columns: list[Texts]
    rows: list[tuple[Texts, list[int | None]]]


def figures_of(
    definition: Definition, survey: Asset, counts: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
) -> list[Figure]:
    """A figure for each variable, in the order of asking; `counts` and `items` are those of the result."""
    said: dict[str, list[Said]] = {}
    for item in items:
        if "text" in item:  # neither an imported choice nor what was withheld
            said.setdefault(item["question"], []).append((item["text"], item.get("language"), item["id"]))
    asked = published_variables(definition, survey)
    return [_figure(one, _counted(one, counts["questions"]), said.get(one.name, [])) for one in asked]


def crossings_of(definition: Definition, survey: Asset, told: Tables | None) -> list[Crossing]:
    """The published tables of two variables."""
    asked = {one.name: one for one in published_variables(definition, survey)}
    groups = {one.name: one.groups for one in told.variables} if told else {}
    crossed = told.crosstabs if told else []
    return [_crossing(asked, groups, one) for one in crossed if {one.rows, one.columns} <= asked.keys()]


def _crossing(asked: Mapping[str, Asked], groups: Mapping[str, Sequence[Group]], told: CrossTable) -> Crossing:
    row, column = asked[told.rows], asked[told.columns]
    labels = [_together(row, one.answers, no_answer=one.no_answer) for one in groups[told.rows]]
    return Crossing(
        rows_title=row.title,
        columns_title=column.title,
        columns=[_together(column, one.answers, no_answer=one.no_answer) for one in groups[told.columns]],
        rows=list(zip(labels, told.cells, strict=True)),
    )


def _counted(asked: Asked, questions: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the result says of a variable; nothing where it was asked otherwise then."""
    counted: Mapping[str, Any] = questions.get(asked.path[0], {})
    parts = asked.path[1:]
    return counted.get("parts", {}).get(".".join(parts), {}) if parts else counted


def _figure(asked: Asked, counted: Mapping[str, Any], said: list[Said]) -> Figure:
    choices: Mapping[str, int | None] = counted.get("choices", {})
    together = counted.get("together", [])
    joined = {answer for group in together for answer in group["answers"]}
    rows = [(_label(asked, key), held) for key, held in choices.items() if held is not None]
    rows += [
        (_together(asked, one["answers"], no_answer=one["no_answer"]), one["count"]) for one in together if choices
    ]
    answered = counted.get("responses")
    return Figure(
        name=asked.name,
        title=asked.title,
        of=counted.get("of") if answered is None else answered,
        known=answered is not None,
        rows=rows,
        left_out=[_label(asked, key) for key, held in choices.items() if held is None and key not in joined],
        mean=counted.get("mean"),
        texts=said[:SHOWN_TEXTS],
        more=len(said[SHOWN_TEXTS:]),
    )


def _label(asked: Asked, key: str) -> Texts:
    return asked.labels.get(key) or YES_NO.get(key) or {"en": key}


def _together(asked: Asked, answers: Sequence[str], *, no_answer: bool) -> Texts:
    """The labels of a group in every language that one of them has."""
    labels = [ANSWER if key == ANSWERED else _label(asked, key) for key in answers]
    labels += [NO_ANSWER] if no_answer else []
    tags = dict.fromkeys(tag for label in labels for tag in label)
    return {tag: " / ".join(label.get(tag) or next(iter(label.values())) for label in labels) for tag in tags}
