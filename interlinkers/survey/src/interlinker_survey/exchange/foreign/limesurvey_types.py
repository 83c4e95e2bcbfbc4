"""What LimeSurvey's types and attributes of questions are here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from interlinker_survey.exchange.foreign.expressionscript import Shape


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of question: what it is here, where its choices or rows come from, and what is not quite the same."""

    said: str
    type: str
    content: str = ""
    shape: Shape = Shape.VALUE
    fixed: Mapping[str, Any] = field(default_factory=dict)
    inner: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """An attribute that means the same here, of questions of some types."""

    types: frozenset[str]
    set_to: Callable[[str], dict[str, Any]]


NUMBER: Final = {"inputType": "number"}
GENDERS: Final = [
    {"value": "F", "text": {"default": "Female", "de": "Weiblich", "es": "Mujer"}},
    {"value": "M", "text": {"default": "Male", "de": "Männlich", "es": "Hombre"}},
]
TYPES: Final[Mapping[str, Kind]] = {
    "S": Kind("short text", "text"),
    "T": Kind("long text", "comment"),
    "U": Kind("huge text", "comment"),
    "N": Kind("number", "text", fixed=NUMBER),
    "D": Kind("date", "text", fixed={"inputType": "date"}, why="It is a day without a time here."),
    "Q": Kind("several short texts", "multipletext", "items", Shape.PARTS),
    "K": Kind("several numbers", "multipletext", "items", Shape.PARTS, inner=NUMBER),
    "L": Kind("list", "radiogroup", "answers"),
    "!": Kind("drop-down list", "dropdown", "answers"),
    "O": Kind("list with comment", "radiogroup", "answers", fixed={"showCommentArea": True}),
    "M": Kind("several choices", "checkbox", "parts", Shape.SEVERAL),
    "P": Kind(
        "several choices with comments",
        "checkbox",
        "parts",
        Shape.SEVERAL,
        fixed={"showCommentArea": True},
        why="There is one comment here, not one for each choice.",
    ),
    "R": Kind("ranking", "ranking", "answers", Shape.ORDER),
    "5": Kind("five points", "rating", fixed={"rateMin": 1, "rateMax": 5}),
    "Y": Kind("yes or no", "boolean", shape=Shape.TRUTH),
    "G": Kind("gender", "radiogroup", fixed={"choices": GENDERS}),
    "X": Kind("text to read", "html"),
    "*": Kind("equation", "expression"),
    "|": Kind("files", "file"),
    "A": Kind("array of five points", "matrix", "rows", Shape.PARTS),
    "B": Kind("array of ten points", "matrix", "rows", Shape.PARTS),
    "C": Kind("array of yes, no, uncertain", "matrix", "rows", Shape.PARTS),
    "E": Kind("array of increase, same, decrease", "matrix", "rows", Shape.PARTS),
    "F": Kind("array", "matrix", "rows", Shape.PARTS),
    "H": Kind("array by column", "matrix", "rows", Shape.PARTS, why="It is shown by row here."),
    "1": Kind("array of two scales", "matrixdropdown", "scales", Shape.CELLS),
    ":": Kind("array of numbers", "matrixdropdown", "cells", Shape.CELLS, inner={"cellType": "text", **NUMBER}),
    ";": Kind("array of texts", "matrixdropdown", "cells", Shape.CELLS, inner={"cellType": "text"}),
}
COLUMNS: Final[Mapping[str, list[Any]]] = {
    "A": [str(number) for number in range(1, 6)],
    "B": [str(number) for number in range(1, 11)],
    "C": [
        {"value": "Y", "text": {"default": "Yes", "de": "Ja", "es": "Sí"}},
        {"value": "N", "text": {"default": "No", "de": "Nein", "es": "No"}},
        {"value": "U", "text": {"default": "Uncertain", "de": "Unsicher", "es": "No estoy seguro"}},
    ],
    "E": [
        {"value": "I", "text": {"default": "Increase", "de": "Mehr", "es": "Más"}},
        {"value": "S", "text": {"default": "Same", "de": "Gleich", "es": "Igual"}},
        {"value": "D", "text": {"default": "Decrease", "de": "Weniger", "es": "Menos"}},
    ],
}


def _whole(key: str) -> Callable[[str], dict[str, Any]]:
    return lambda value: {key: int(value)} if value.isdigit() else {}


def _decimal(key: str) -> Callable[[str], dict[str, Any]]:
    def set_to(value: str) -> dict[str, Any]:
        try:
            number = float(value)
        except ValueError:
            return {}
        return {key: int(number) if number.is_integer() else number}

    return set_to


_CHOICES: Final = frozenset({"checkbox"})
MEANING: Final[Mapping[str, Setting]] = {
    "min_answers": Setting(_CHOICES, _whole("minSelectedChoices")),
    "max_answers": Setting(_CHOICES, _whole("maxSelectedChoices")),
    "maximum_chars": Setting(frozenset({"text", "comment"}), _whole("maxLength")),
    "min_num_value_n": Setting(frozenset({"text"}), _decimal("min")),
    "max_num_value_n": Setting(frozenset({"text"}), _decimal("max")),
    "hidden": Setting(frozenset(kind.type for kind in TYPES.values()), lambda _value: {"visible": False}),
    "random_order": Setting(
        frozenset({"radiogroup", "dropdown", "checkbox", "ranking"}), lambda _value: {"choicesOrder": "random"}
    ),
}
LOOKS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(
        (
            *("statistics_showgraph", "statistics_graphtype", "public_statistics", "save_as_default", "clear_default"),
            *("scale_export", "assessment_value", "question_template", "hide_tip", "printable_help", "page_break"),
        ),
        False,
    ),
    **dict.fromkeys(
        (
            *(
                "cssclass",
                "display_columns",
                "display_rows",
                "input_size",
                "text_input_width",
                "answer_width",
                "prefix",
            ),
            *("suffix", "label_input_columns", "repeat_headings", "dropdown_size", "alphasort", "use_dropdown"),
        ),
        True,
    ),
}
"""Attributes of looks and statistics; those that are true change what people see, and are named when they are set."""
