"""How many answers to a form of fifty questions, each shown by the one before, are checked a second."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from interlinker_survey.definition import Definition, read_definition
from interlinker_survey.domain import check_answers

QUESTIONS, ROUNDS, TIMES = 50, 5, 200
NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)


def chained() -> tuple[Definition, dict[str, Any]]:
    """A form whose questions are shown one after the other, all required, and answers that show all of them."""
    first: dict[str, Any] = {"type": "text", "inputType": "number", "name": "q0"}
    chain = [
        first | {"name": f"q{n}", "isRequired": True, "visibleIf": f"{{q{n - 1}}} > {n - 1} and {{q0}} notempty"}
        for n in range(1, QUESTIONS)
    ]
    return read_definition({"elements": [first, *chain]}), {f"q{n}": n + 1 for n in range(QUESTIONS)}


def measure() -> dict[str, float]:
    """Checks a second of processor time, the best of some rounds."""
    definition, answers = chained()
    assert check_answers(definition, answers, now=NOW) == answers
    return {"forms.checks": max(_round(definition, answers) for _ in range(ROUNDS))}


def _round(definition: Definition, answers: dict[str, Any]) -> float:
    began = time.process_time()
    for _ in range(TIMES):
        check_answers(definition, answers, now=NOW)
    return TIMES / (time.process_time() - began)
