"""What is asked as a table: one choice a row, questions in every cell, rows that people add, several lines at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from interlinker_shared.errors import FieldError
from interlinker_survey.definition.asked import Asked, Commented, InputType, TextQuestion
from interlinker_survey.definition.columns import (
    CellColumns,
    CellQuestion,
    CellType,
    cell_of,
    column_flaws,
    with_cell_types,
)
from interlinker_survey.definition.items import Choices, Columns, Rows, doubled
from interlinker_survey.definition.part import Part, within
from interlinker_survey.definition.scalars import (
    MAX_ENTRIES,
    MAX_ROWS,
    Condition,
    Entries,
    Length,
    Localised,
    Name,
)
from interlinker_survey.definition.validators import ExpressionValidator, Validators


class MatrixQuestion(Commented, Asked):
    """One column for each row: {row: column}."""

    type: Literal["matrix"]
    columns: Columns
    rows: Rows
    columns_visible_if: Condition | None = None
    rows_visible_if: Condition | None = None
    each_row_required: bool = False
    each_row_unique: bool = False

    def flaws(self) -> Iterator[FieldError]:
        """Rows or columns that cannot be told apart."""
        yield from doubled(self.columns, "/columns", "column")
        yield from doubled(self.rows, "/rows", "row")
        if self.each_row_required and self.each_row_unique and len(self.rows) > len(self.columns):
            yield FieldError("/eachRowUnique", "There are more rows than columns.", "bad_range")
        yield from super().flaws()


class _WithCells(Asked):
    """A table whose cells are questions. `choices` and `cell_type` are for columns that have none of their own."""

    columns: CellColumns
    choices: Choices = Field(default_factory=list)
    cell_type: CellType = "dropdown"
    key_duplication_error: Localised | None = None

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, raw: Any) -> Any:
        return with_cell_types(raw)

    @cached_property
    def cells(self) -> list[CellQuestion]:
        """The question in each column."""
        return [cell_of(column, self.choices) for column in self.columns]

    def flaws(self) -> Iterator[FieldError]:
        """What is wrong with its cells."""
        yield from column_flaws(list(self.columns), self.cells)
        yield from super().flaws()


class MatrixDropdownQuestion(_WithCells):
    """A table with rows of its own: {row: {column: answer}}."""

    type: Literal["matrixdropdown"]
    rows: Rows
    rows_visible_if: Condition | None = None

    def flaws(self) -> Iterator[FieldError]:
        """Rows that cannot be told apart, and what is wrong with its cells."""
        yield from doubled(self.rows, "/rows", "row")
        yield from super().flaws()


class MatrixDynamicQuestion(_WithCells):
    """A table whose rows people add: [{column: answer}, …]. `row_count` is how many there are to begin with."""

    type: Literal["matrixdynamic"]
    row_count: Entries = 2
    min_row_count: Entries = 0
    max_row_count: Annotated[int, Field(ge=1, le=MAX_ENTRIES)] = MAX_ENTRIES
    key_name: Name | None = None
    add_row_text: Localised | None = None
    remove_row_text: Localised | None = None

    @property
    def unique(self) -> list[str]:
        """The columns in which no two rows may say the same."""
        return [self.key_name] if self.key_name else []

    def flaws(self) -> Iterator[FieldError]:
        """Counts that cannot be, a key that is no column, and what is wrong with its cells."""
        yield from entry_flaws(self.min_row_count, self.max_row_count, "RowCount")
        if self.key_name and self.key_name not in {column.name for column in self.columns}:
            yield FieldError("/keyName", f"There is no column “{self.key_name}”.", "dangling")
        yield from super().flaws()


def entry_flaws(least: int, most: int, word: str) -> Iterator[FieldError]:
    """Counts of rows or panels that nothing can meet."""
    if least > most:
        yield FieldError(f"/max{word}", f"max{word} is less than min{word}.", "bad_range")


class TextItem(Part):
    """One of several lines."""

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s/.\[\]{}~][^/.\[\]{}~\r\n]*$")]
    title: Localised | None = None
    input_type: InputType = "text"
    max_length: Length | None = None
    is_required: bool = False
    required_error_text: Localised | None = None
    validators: Validators = Field(default_factory=list)

    def as_question(self) -> TextQuestion:
        """The question that this line asks."""
        return TextQuestion.model_construct(
            type="text", **{name: getattr(self, name) for name in type(self).model_fields}
        )


class MultipleTextQuestion(Asked):
    """Several lines at once: {item: text}."""

    type: Literal["multipletext"]
    items: Annotated[list[TextItem], Field(min_length=1, max_length=MAX_ROWS)]

    @cached_property
    def lines(self) -> list[TextQuestion]:
        """The question of each line."""
        return [item.as_question() for item in self.items]

    def flaws(self) -> Iterator[FieldError]:
        """Lines that cannot be told apart, or that are wrong by themselves."""
        seen: set[str] = set()
        for index, line in enumerate(self.lines):
            if line.name.lower() in seen:
                yield FieldError(f"/items/{index}/name", f"There is already a line “{line.name}”.", "duplicate")
            seen.add(line.name.lower())
            yield from within(f"/items/{index}", line.flaws())
            for number, validator in enumerate(line.validators):
                if isinstance(validator, ExpressionValidator):
                    text = "A condition belongs to the whole question, not to one of its lines."
                    yield FieldError(f"/items/{index}/validators/{number}/type", text, "not_in_profile")
        yield from super().flaws()
