"""What was found out about each part of a form for one set of answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from interlinker_survey.expressions import Value


class Part(NamedTuple):
    """Whether a page, panel, question or cell is shown (with all around it), can be answered, and must be."""

    visible: bool
    enabled: bool
    required: bool


@dataclass(slots=True)
class State:
    """Parts by their place: "age", "children[0].age" in a dynamic panel or matrix, "goods.apples.count" in a matrix with rows.

    `choices`, `rows` and `columns` hold what is left of those that have conditions, `closed` the choices that cannot be
    chosen; `values` what was calculated, `answers` all answers with the questions that calculate. `failed` are the numbers of
    the validators whose conditions do not hold.
    """

    parts: dict[str, Part] = field(default_factory=dict)
    choices: dict[str, list[Value]] = field(default_factory=dict)
    closed: dict[str, list[Value]] = field(default_factory=dict)
    rows: dict[str, list[Value]] = field(default_factory=dict)
    columns: dict[str, list[Value]] = field(default_factory=dict)
    failed: dict[str, list[int]] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    answers: Mapping[str, Value] = field(default_factory=dict)

    def visible(self, place: str) -> bool:
        """Whether this is shown; a place that does not exist is not."""
        return place in self.parts and self.parts[place].visible

    def required(self, place: str) -> bool:
        """Whether this is shown and has to be answered."""
        return place in self.parts and self.parts[place].visible and self.parts[place].required
