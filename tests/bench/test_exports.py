"""The suite of exports: every figure has its name, and what misses its goal is told."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from interlinker_survey.definition import read_definition
from interlinker_survey.domain import check_answers
from interlinker_survey.exports import Format
from tests.bench.exporting import QUESTIONS, answers, definition
from tests.bench.exports import GOALS, figures_of

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)


def test_every_format_has_its_figures() -> None:
    assert {name.partition(".")[0] for name in GOALS} == set(Format)


def test_figures_are_held_against_their_goals() -> None:
    found = {figure.name: figure.reached for figure in figures_of(dict.fromkeys(GOALS, 45.0))}
    assert (found["exports.csv.cpu"], found["exports.csv.rss"], found["exports.csv.size"]) == (False, True, None)


def test_what_is_exported_could_have_been_answered() -> None:
    read = read_definition(definition())
    said = answers(random.Random(1), definition()["elements"])
    assert len(check_answers(read, said, now=NOW)) == QUESTIONS
