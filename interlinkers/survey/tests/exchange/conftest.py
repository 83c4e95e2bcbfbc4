"""A survey with every type of question, answers to it, and readers of files that others wrote."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

ROOT = Path(__file__).parents[4]
ORACLE = ROOT / "var" / "oracle" / "bin" / "python"
READING = Path(__file__).parent / "oracle" / "reading.py"
NOT_THERE = 3

Definition = dict[str, Any]

RICH: Definition = {
    "pages": [
        {
            "elements": [
                {
                    "type": "radiogroup",
                    "name": "place",
                    "title": {"default": "Where?", "de": "Wo?", "es": "¿Dónde?"},
                    "showOtherItem": True,
                    "choices": [
                        "park",
                        {"value": "school", "text": {"default": "At school", "de": "In der Schule"}},
                        3,
                    ],
                },
                {
                    "type": "panel",
                    "name": "inner",
                    "elements": [
                        {
                            "type": "checkbox",
                            "name": "who",
                            "title": "Who?",
                            "choices": ["young", {"value": 2, "text": "Old"}],
                        }
                    ],
                },
                {"type": "html", "name": "hint", "html": "…"},
                {"type": "ranking", "name": "order", "choices": ["a", "b", "c"]},
                {"type": "rating", "name": "mood", "minRateDescription": "bad", "maxRateDescription": "good"},
                {"type": "boolean", "name": "again", "labelTrue": {"default": "Gladly", "es": "Con gusto"}},
            ]
        },
        {
            "elements": [
                {"type": "comment", "name": "idea"},
                {"type": "text", "name": "age", "inputType": "number"},
                {"type": "text", "name": "since", "inputType": "date"},
                {
                    "type": "matrix",
                    "name": "rate",
                    "rows": ["bus", {"value": "tram", "text": "Tram"}],
                    "columns": ["good", "bad"],
                },
                {
                    "type": "matrixdropdown",
                    "name": "use",
                    "rows": ["bus"],
                    "columns": [{"name": "often", "cellType": "text", "inputType": "number"}, {"name": "why"}],
                    "choices": ["work", "fun"],
                },
                {
                    "type": "multipletext",
                    "name": "contact",
                    "items": [{"name": "mail", "title": "E-mail"}, {"name": "phone"}],
                },
                {
                    "type": "paneldynamic",
                    "name": "kids",
                    "title": "Children",
                    "templateElements": [
                        {"type": "text", "name": "age", "inputType": "number"},
                        {"type": "checkbox", "name": "likes", "choices": ["swings", "sand"]},
                        {"type": "text", "name": "born", "inputType": "date"},
                    ],
                },
            ]
        },
    ],
    "calculatedValues": [
        {"name": "score", "expression": "{age} * 2", "includeIntoResult": True},
        {"name": "hidden", "expression": "1"},
    ],
}
ANSWERS: dict[str, Any] = {
    "place": "other",
    "place-Comment": "At sea",
    "who": ["young"],
    "order": ["c", "a", "b"],
    "mood": 4,
    "again": True,
    "idea": "=1+1",
    "age": -2.5,
    "since": "2001-05-06",
    "rate": {"bus": "good"},
    "use": {"bus": {"often": 3, "why": "work"}},
    "contact": {"mail": "ana@example.org"},
    "kids": [{"age": 5, "likes": ["sand"], "born": "2021-02-03"}, {"age": 7}],
    "score": -5,
}


@dataclass(frozen=True)
class Told:
    """A response, as far as files tell of it."""

    answers: Mapping[str, Any]
    number: int = 1
    language: str = "en"
    channel: str | None = "web"
    told_time: str | None = "2026-11-24T20:00:01+00:00"
    version: int | None = 1
    respondent: str | None = None

    @property
    def id(self) -> UUID:
        return UUID(int=self.number)


@pytest.fixture
def rich() -> Definition:
    """A definition with every type that has data."""
    return copy.deepcopy(RICH)


@pytest.fixture
def told() -> list[Told]:
    """A response to everything, and one to nothing."""
    return [Told(copy.deepcopy(ANSWERS)), Told({}, 2, "de", None, None)]


@pytest.fixture
def read_file(tmp_path: Path) -> Callable[..., Any]:
    """What a library that others wrote reads in a file."""

    def read(kind: str, content: bytes, ending: str = "") -> Any:
        if not ORACLE.exists():
            pytest.skip("no independent reader: `make oracle` installs it apart, for tests only")
        file = tmp_path / f"file.{ending or kind}"
        file.write_bytes(content)
        done = subprocess.run([ORACLE, READING, kind, file], capture_output=True, text=True, check=False)
        if done.returncode == NOT_THERE:
            pytest.skip(f"{done.stderr.strip()}: `make oracle` installs it apart, for tests only")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return read
