"""Columns of tables whose cells are questions: each is a question with `cellType` for its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from interlinker_shared.errors import FieldError
from interlinker_survey.definition.asked import (
    Answered,
    BooleanFields,
    BooleanQuestion,
    CommentFields,
    CommentQuestion,
    ExpressionFields,
    ExpressionQuestion,
    RatingFields,
    RatingQuestion,
    Shown,
    TextFields,
    TextQuestion,
)
from interlinker_survey.definition.choosing import CheckboxQuestion, ChoiceQuestion, ChoosingFields, SelectingFields
from interlinker_survey.definition.items import Choices
from interlinker_survey.definition.part import Part, tag_by, within
from interlinker_survey.definition.scalars import MAX_COLUMNS, Localised

CellType = Literal["dropdown", "radiogroup", "checkbox", "tagbox", "text", "comment", "boolean", "rating", "expression"]
CellQuestion = (
    TextQuestion
    | CommentQuestion
    | ChoiceQuestion
    | CheckboxQuestion
    | BooleanQuestion
    | RatingQuestion
    | ExpressionQuestion
)


class _Column(Answered):
    """`is_unique` where no two rows may say the same."""

    is_unique: bool = False


class TextColumn(TextFields, _Column):
    cell_type: Literal["text"]


class CommentColumn(CommentFields, _Column):
    cell_type: Literal["comment"]


class ChoiceColumn(ChoosingFields, _Column):
    """Takes the choices of its table where it has none."""

    cell_type: Literal["dropdown", "radiogroup"]
    choices: Choices = Field(default_factory=list)


class CheckboxColumn(SelectingFields, _Column):
    """Takes the choices of its table where it has none."""

    cell_type: Literal["checkbox", "tagbox"]
    choices: Choices = Field(default_factory=list)


class BooleanColumn(BooleanFields, _Column):
    cell_type: Literal["boolean"]


class RatingColumn(RatingFields, _Column):
    cell_type: Literal["rating"]


class ExpressionColumn(ExpressionFields, Shown):
    cell_type: Literal["expression"]
    title: Localised | None = None


Column = TextColumn | CommentColumn | ChoiceColumn | CheckboxColumn | BooleanColumn | RatingColumn | ExpressionColumn
_TAGGED = Annotated[
    Annotated[TextColumn, Tag("cell:text")]
    | Annotated[CommentColumn, Tag("cell:comment")]
    | Annotated[ChoiceColumn, Tag("cell:dropdown")]
    | Annotated[ChoiceColumn, Tag("cell:radiogroup")]
    | Annotated[CheckboxColumn, Tag("cell:checkbox")]
    | Annotated[CheckboxColumn, Tag("cell:tagbox")]
    | Annotated[BooleanColumn, Tag("cell:boolean")]
    | Annotated[RatingColumn, Tag("cell:rating")]
    | Annotated[ExpressionColumn, Tag("cell:expression")],
    Discriminator(tag_by("cellType", "cell")),
]
CellColumns = Annotated[list[_TAGGED], Field(min_length=1, max_length=MAX_COLUMNS)]
COLUMNS: Mapping[str, type[Part]] = {
    "cell:text": TextColumn,
    "cell:comment": CommentColumn,
    "cell:dropdown": ChoiceColumn,
    "cell:radiogroup": ChoiceColumn,
    "cell:checkbox": CheckboxColumn,
    "cell:tagbox": CheckboxColumn,
    "cell:boolean": BooleanColumn,
    "cell:rating": RatingColumn,
    "cell:expression": ExpressionColumn,
}


def with_cell_types(raw: Any) -> Any:
    """The table with a `cellType` in each column: the table's own, or SurveyJS's "dropdown", where a column has none."""
    columns = raw.get("columns") if isinstance(raw, Mapping) else None
    if not isinstance(columns, list):
        return raw
    usual = raw.get("cellType", "dropdown")
    return {**raw, "columns": [_typed(column, usual) for column in columns]}


def _typed(column: Any, usual: object) -> Any:
    return {"cellType": usual, **column} if isinstance(column, dict) else column


_QUESTIONS: Mapping[type[Part], type[CellQuestion]] = {
    TextColumn: TextQuestion,
    CommentColumn: CommentQuestion,
    ChoiceColumn: ChoiceQuestion,
    CheckboxColumn: CheckboxQuestion,
    BooleanColumn: BooleanQuestion,
    RatingColumn: RatingQuestion,
    ExpressionColumn: ExpressionQuestion,
}


def cell_of(column: Column, choices: Choices) -> CellQuestion:
    """The question that each cell of a column asks."""
    model = _QUESTIONS[type(column)]
    shared = model.model_fields.keys() & type(column).model_fields.keys()
    values = {name: getattr(column, name) for name in shared} | {"type": column.cell_type}
    if isinstance(column, ChoiceColumn | CheckboxColumn):
        values["choices"] = column.choices or choices
    return model.model_construct(**values)


def column_flaws(columns: list[Column], cells: list[CellQuestion]) -> Iterator[FieldError]:
    """What is wrong with each cell, and names that cannot be told apart."""
    seen: set[str] = set()
    for index, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        place = f"/columns/{index}"
        if column.name.lower() in seen:
            yield FieldError(f"{place}/name", f"There is already a column “{column.name}”.", "duplicate")
        seen.add(column.name.lower())
        yield from within(place, cell.flaws())
