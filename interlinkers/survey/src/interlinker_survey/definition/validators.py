"""Rules beyond its type that an answer has to meet: SurveyJS's validators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from interlinker_shared.errors import FieldError
from interlinker_survey.definition.part import Part, tag_by
from interlinker_survey.definition.scalars import SAFE_INTEGER, Condition, Count, Localised
from interlinker_survey.expressions import ExpressionError, compile_pattern

Limit = Annotated[float, Field(ge=-SAFE_INTEGER, le=SAFE_INTEGER)]


class _Validator(Part):
    """`text` is what people read where the rule is broken."""

    text: Localised | None = None

    def flaws(self) -> Iterator[FieldError]:
        """Nothing beyond its fields can be wrong."""
        yield from ()


class NumericValidator(_Validator):
    """A number between two."""

    type: Literal["numeric"]
    min_value: Limit | None = None
    max_value: Limit | None = None

    def flaws(self) -> Iterator[FieldError]:
        """Limits that leave nothing between them."""
        if self.min_value is not None and self.max_value is not None and self.min_value > self.max_value:
            yield FieldError("/maxValue", "maxValue is less than minValue.", "bad_range")


class TextValidator(_Validator):
    """A text of some length, with or without digits; in SurveyJS a length of 0 means no limit."""

    type: Literal["text"]
    min_length: Annotated[int, Field(ge=0)] = 0
    max_length: Annotated[int, Field(ge=0)] = 0
    allow_digits: bool = True

    def flaws(self) -> Iterator[FieldError]:
        """Limits that leave nothing between them."""
        if self.max_length and self.min_length > self.max_length:
            yield FieldError("/maxLength", "maxLength is less than minLength.", "bad_range")


class AnswerCountValidator(_Validator):
    """So many of the choices; in SurveyJS a count of 0 means no limit."""

    type: Literal["answercount"]
    min_count: Count = 0
    max_count: Count = 0

    def flaws(self) -> Iterator[FieldError]:
        """Limits that leave nothing between them."""
        if self.max_count and self.min_count > self.max_count:
            yield FieldError("/maxCount", "maxCount is less than minCount.", "bad_range")


class RegexValidator(_Validator):
    """A pattern that is found in the answer, in time linear to it."""

    type: Literal["regex"]
    regex: Annotated[str, Field(min_length=1, max_length=1000)]
    case_insensitive: bool = False

    def flaws(self) -> Iterator[FieldError]:
        """A pattern that cannot be read, or that needs backtracking."""
        try:
            compile_pattern(self.regex, any_case=self.case_insensitive)
        except ExpressionError as error:
            yield FieldError("/regex", str(error), error.code)


class EmailValidator(_Validator):
    """An e-mail address."""

    type: Literal["email"]


class ExpressionValidator(_Validator):
    """A condition that has to hold."""

    type: Literal["expression"]
    expression: Condition


Validator = (
    NumericValidator | TextValidator | AnswerCountValidator | RegexValidator | EmailValidator | ExpressionValidator
)
Validators = Annotated[
    list[
        Annotated[
            Annotated[NumericValidator, Tag("validator:numeric")]
            | Annotated[TextValidator, Tag("validator:text")]
            | Annotated[AnswerCountValidator, Tag("validator:answercount")]
            | Annotated[RegexValidator, Tag("validator:regex")]
            | Annotated[EmailValidator, Tag("validator:email")]
            | Annotated[ExpressionValidator, Tag("validator:expression")],
            Discriminator(tag_by("type", "validator")),
        ]
    ],
    Field(max_length=20),
]
VALIDATORS: Mapping[str, type[Part]] = {
    "validator:numeric": NumericValidator,
    "validator:text": TextValidator,
    "validator:answercount": AnswerCountValidator,
    "validator:regex": RegexValidator,
    "validator:email": EmailValidator,
    "validator:expression": ExpressionValidator,
}
