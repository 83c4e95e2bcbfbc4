"""What can be chosen: choices, rows and columns, each with its words and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import Field

from interlinker_shared.errors import FieldError
from interlinker_survey.definition.part import Part
from interlinker_survey.definition.scalars import (
    MAX_CHOICES,
    MAX_COLUMNS,
    MAX_ROWS,
    ChoiceNumber,
    ChoiceText,
    Condition,
    Localised,
    short,
)


class Choice(Part):
    """A choice, a row or a column: its value, and the words for it where they are others."""

    value: ChoiceText | ChoiceNumber
    text: Localised | None = None
    visible_if: Condition | None = None
    enable_if: Condition | None = None

    @property
    def key(self) -> str:
        """The value as it stands in forms, counts and exports."""
        return str(self.value)


_Written = Annotated[Choice, short("value", ChoiceText | ChoiceNumber | Choice)]
Choices = Annotated[list[_Written], Field(max_length=MAX_CHOICES)]
Rows = Annotated[list[_Written], Field(min_length=1, max_length=MAX_ROWS)]
Columns = Annotated[list[_Written], Field(min_length=1, max_length=MAX_COLUMNS)]


def doubled(items: Iterable[Choice], place: str, word: str) -> Iterator[FieldError]:
    """Those that cannot be told apart from one before."""
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item.key in seen:
            yield FieldError(f"{place}/{index}", f"There is already a {word} “{item.key}”.", "duplicate")
        seen.add(item.key)
