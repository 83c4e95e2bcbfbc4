"""What the templates show of the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from interlinker_survey.definition import Definition, Question
from interlinker_survey.wording import Texts, label, options

SHOWN_TEXTS = 50


@dataclass(frozen=True)
class Figure:
    """What one question brought: `rows` of label and count, a mean, or the first of its texts, each with its language and id."""

    name: str
    label: Texts
    responses: int
    rows: list[tuple[Texts | str | None, str, int]]
    mean: float | None
    texts: list[tuple[str, str | None, str]]
    more: int


def figures(definition: Definition, language: str, result: dict[str, Any]) -> list[Figure]:
    """The result of each question, in the order of asking."""
    said: dict[str, list[tuple[str, str | None, str]]] = {}
    for item in result["items"]:
        if "text" in item:  # neither an imported choice nor what was withheld
            said.setdefault(item["question"], []).append((item["text"], item.get("language"), item["id"]))
    counts = result["counts"]["questions"]
    return [
        _figure(question, language, counts[name], said.get(name, [])) for name, question in definition.questions.items()
    ]


def _figure(
    question: Question, language: str, counts: dict[str, Any], said: list[tuple[str, str | None, str]]
) -> Figure:
    choices = counts.get("choices", {})
    return Figure(
        name=question.name,
        label=label(question, language),
        responses=counts["responses"],
        rows=[(text, key, choices[key]) for key, text in options(question, language) if key in choices],
        mean=counts.get("mean"),
        texts=said[:SHOWN_TEXTS],
        more=len(said[SHOWN_TEXTS:]),
    )
