"""One question of every type, a good answer to each, and values that somebody could forge."""

from __future__ import annotations

import math
from typing import Any, get_args

from interlinker_survey.definition import Element
from interlinker_survey.definition.asked import InputType

DOT = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CHOICES = ["a", "b", {"value": 3, "text": {"default": "Three", "es": "Tres"}}]
COLUMNS: list[dict[str, Any]] = [
    {"name": "what", "cellType": "text", "maxLength": 9, "isRequired": True},
    {"name": "count", "cellType": "text", "inputType": "number", "min": 0, "max": 99},
    {"name": "kind"},
    {"name": "marks", "cellType": "checkbox"},
    {"name": "twice", "cellType": "expression", "expression": "{row.count} * 2"},
]
PICTURES = [{"value": "x", "imageLink": DOT, "text": "A dot"}, {"value": "y", "imageLink": DOT, "text": "Another"}]
INPUTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "text": ("A bench", {"maxLength": 20}),
    "number": (12.5, {"min": 0, "max": 100, "step": 0.5}),
    "email": ("ana@example.org", {}),
    "date": ("2024-02-29", {"min": "2024-01-01", "max": "2024-12-31"}),
    "datetime-local": ("2024-02-29T18:30", {"min": "2024-01-01T00:00"}),
    "time": ("18:30", {"min": "08:00", "max": "20:00"}),
    "month": ("2024-02", {"min": "2024-01"}),
    "week": ("2024-W09", {"max": "2024-W52"}),
    "tel": ("+34 981 555 555", {}),
    "url": ("https://example.org/a?b#c", {}),
    "color": ("#1d70b8", {}),
    "range": (40, {"step": 10}),
}
ASKED: dict[str, tuple[dict[str, Any], Any]] = {
    **{f"input_{kind}".replace("-", "_"): ({"type": "text", "inputType": kind, **more}, good) for kind, (good, more) in INPUTS.items()},
    "comment": ({"type": "comment"}, "First line\nsecond"),
    "radiogroup": ({"type": "radiogroup", "choices": CHOICES, "showOtherItem": True}, 3),
    "dropdown": ({"type": "dropdown", "choices": CHOICES, "showNoneItem": True}, "none"),
    "checkbox": ({"type": "checkbox", "choices": CHOICES, "showNoneItem": True, "maxSelectedChoices": 2}, ["a", 3]),
    "tagbox": ({"type": "tagbox", "choices": CHOICES, "minSelectedChoices": 2}, ["b", "a"]),
    "rating": ({"type": "rating", "showCommentArea": True}, 5),
    "scale": ({"type": "rating", "rateValues": ["bad", {"value": "fair"}, "good"]}, "fair"),
    "boolean": ({"type": "boolean"}, False),
    "ranking": ({"type": "ranking", "choices": CHOICES}, ["b", 3, "a"]),
    "picked": ({"type": "ranking", "choices": CHOICES, "selectToRankEnabled": True, "maxSelectedChoices": 2}, ["b"]),
    "picture": ({"type": "imagepicker", "choices": PICTURES}, "y"),
    "pictures": ({"type": "imagepicker", "choices": PICTURES, "multiSelect": True}, ["y", "x"]),
    "matrix": ({"type": "matrix", "rows": ["r/1", "r 2"], "columns": CHOICES}, {"r/1": "a", "r 2": 3}),
    "table": (
        {"type": "matrixdropdown", "rows": ["apples", {"value": "pears"}], "columns": COLUMNS, "choices": CHOICES},
        {"apples": {"what": "red", "count": 2, "twice": 4}, "pears": {"what": "x", "count": 5, "kind": "a", "marks": ["a"], "twice": 10}},
    ),
    "rows": (
        {"type": "matrixdynamic", "columns": COLUMNS, "choices": CHOICES, "maxRowCount": 3, "keyName": "what"},
        [{"what": "red", "count": 1.5, "twice": 3}, {"what": "blue", "count": 0, "twice": 0}],
    ),
    "lines": (
        {"type": "multipletext", "items": [{"name": "first name", "isRequired": True}, {"name": "born", "inputType": "date"}]},
        {"first name": "Ana", "born": "2001-05-06"},
    ),
    "panels": (
        {
            "type": "paneldynamic",
            "maxPanelCount": 2,
            "templateElements": [
                {"type": "text", "name": "name", "isRequired": True},
                {"type": "panel", "name": "inner", "elements": [{"type": "rating", "name": "age", "visibleIf": "{panel.name} notempty"}]},
                {"type": "paneldynamic", "name": "pets", "templateElements": [{"type": "text", "name": "pet"}]},
            ],
        },
        [{"name": "Ana", "age": 4, "pets": [{"pet": "cat"}]}, {"name": "Ben"}],
    ),
    "sum": ({"type": "expression", "expression": "{rating} + {input_number}"}, 17.5),
}  # fmt: skip
ELEMENTS: list[dict[str, Any]] = [
    {"type": "html", "name": "intro", "html": "<p>Welcome, <b>all</b>.</p>"},
    {"type": "panel", "name": "around", "title": "Around", "elements": [{**ASKED["comment"][0], "name": "comment"}]},
    *({**question, "name": name} for name, (question, _) in ASKED.items() if name != "comment"),
]
EVERY: dict[str, Any] = {"elements": ELEMENTS}
GOOD: dict[str, Any] = {name: good for name, (_, good) in ASKED.items()}

FORGED: dict[str, Any] = {
    "zero": 0,
    "negative": -1,
    "past the range": 101,
    "huge": 10**400,
    "fraction": 2.75,
    "not a number": math.nan,
    "infinite": math.inf,
    "true": True,
    "number as text": "5",
    "word": "surely-not-a-choice-or-date",
    "script": "javascript:alert(1)",
    "nul": "a\x00b",
    "escape": "a\x1b[31m",
    "surrogate": "\ud83d",
    "long": "x" * 20_001,
    "two lines": "a\nb",
    "arabic digits": "٢٠٢٤-٠٢-٠٣",
    "no such day": "2024-02-30",
    "no such time": "24:00",
    "object": {"value": "a"},
    "row that is not there": {"r3": "a"},
    "cell that is not there": {"apples": {"colour": "red"}},
    "cell of a wrong type": {"pears": {"what": "x", "count": "many"}},
    "cell that is worked out": {"apples": {"what": "x", "count": 1, "twice": 3}},
    "cell that is missing": {"apples": {"count": 1}},
    "column that is not there": {"r/1": "z"},
    "line that is missing": {"born": "2001-05-06"},
    "line of a wrong type": {"first name": ["Ana"]},
    "list of lists": [["a"], ["b"]],
    "list of objects": [{"stranger": 1}],
    "row without its key": [{"count": 1}],
    "rows with the same key": [{"what": "x"}, {"what": "x"}],
    "row of a wrong type": [{"what": "x", "count": -1}],
    "row that is worked out": [{"what": "x", "count": 2, "twice": 5}],
    "too many entries": [{"what": str(number), "name": "x"} for number in range(4)],
    "panel without its name": [{"age": 3}],
    "panel with a hidden answer alone": [{"name": "", "age": 3}],
    "panel within of a wrong type": [{"name": "x", "pets": [{"pet": 7}]}],
    "choice past the limit": ["a", "b", 3],
    "choice twice": ["a", "a"],
    "choice beside none": ["a", "none"],
    "stranger in the list": ["a", "z"],
    "choice as another type": ["a", "3"],
    "null in the list": ["a", None],
    "true in the list": ["a", True],
    "list of a thousand": ["a"] * 1000,
    "other without words": "other",
    "sum that is wrong": 17.25,
}
"""Of each kind something that no question of another kind takes, and much that none takes."""

# What of the above is a good answer after all, and to which questions.
LINES = {"input_text", "comment"}
ACCEPTED: dict[str, set[str]] = {
    "zero": {"input_number", "input_range"},
    "true": {"boolean"},
    "number as text": LINES,
    "word": {"comment"},
    "script": LINES,
    "two lines": {"comment"},
    "arabic digits": LINES,
    "no such day": LINES | {"input_tel"},
    "no such time": LINES,
    "other without words": LINES,
    "choice past the limit": {"tagbox", "ranking"},
    "sum that is wrong": set(),
}


def kinds() -> set[str]:
    """The types that the models have, by their name in SurveyJS; inputs of one line by their own."""
    types = {kind for model in get_args(Element) for kind in get_args(model.model_fields["type"].annotation)}
    return types | {f"input {kind}" for kind in get_args(InputType)}
