"""What is asked by itself: texts, numbers and dates, yes or no, ratings; and values that the form works out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from interlinker_shared.errors import FieldError
from interlinker_survey.definition.instants import INSTANTS
from interlinker_survey.definition.items import Choice, Choices, doubled
from interlinker_survey.definition.part import Part, within
from interlinker_survey.definition.scalars import Bound, Condition, Length, Localised, LocalisedMarkup, Name
from interlinker_survey.definition.validators import Validators

MAX_RATING_STEPS = 20
NUMBERS = frozenset({"number", "range"})
LONGEST = {"email": 254, "tel": 50, "url": 2000}

InputType = Literal[
    "text", "number", "email", "date", "datetime-local", "time", "month", "week", "tel", "url", "color", "range"
]


class Shown(Part):
    """Shown always, never, or while a condition holds."""

    name: Name
    visible: bool = True
    visible_if: Condition | None = None

    @property
    def comments(self) -> bool:
        """Whether there can be a comment beside its answer."""
        return False


class Open(Shown):
    """Can be answered always, never, or while a condition holds."""

    read_only: bool = False
    enable_if: Condition | None = None


class Answered(Open):
    """What every question and every cell of a table has."""

    title: Localised | None = None
    is_required: bool = False
    required_if: Condition | None = None
    required_error_text: Localised | None = None
    validators: Validators = Field(default_factory=list)

    def flaws(self) -> Iterator[FieldError]:
        """What is wrong between keys that are right by themselves."""
        for index, validator in enumerate(self.validators):
            yield from within(f"/validators/{index}", validator.flaws())


class Asked(Answered):
    """What every question has. `default_value` is what stands in the form before anybody answers."""

    description: Localised | None = None
    default_value: Any = None


class Commented(Part):
    """A field for a comment beside the answer; it is kept under the question's name with "-Comment" behind it."""

    show_comment_area: bool = False
    comment_text: Localised | None = None

    @property
    def comments(self) -> bool:
        """Whether there can be a comment."""
        return self.show_comment_area


class TextFields(Part):
    """One line, and what it may be."""

    input_type: InputType = "text"
    max_length: Length | None = None
    min: Bound | None = None
    max: Bound | None = None
    step: Annotated[float, Field(gt=0, le=10**9)] | None = None

    @property
    def longest(self) -> int:
        """The most characters that an answer may have."""
        return self.max_length or LONGEST.get(self.input_type, 500)

    @property
    def numeric(self) -> bool:
        """Whether the answer is a number."""
        return self.input_type in NUMBERS

    @property
    def bounds(self) -> tuple[float | str | None, float | str | None]:
        """The least and the greatest answer; a range has both, as HTML says."""
        if self.input_type != "range":
            return self.min, self.max
        return 0 if self.min is None else self.min, 100 if self.max is None else self.max

    def field_flaws(self) -> Iterator[FieldError]:
        """Limits that this input type has not, cannot read or that leave no value between them."""
        if self.max_length is not None and (self.numeric or self.input_type in {*INSTANTS, "color"}):
            yield FieldError("/maxLength", f"A {self.input_type} has no maxLength.", "not_applicable")
        if self.step is not None and not self.numeric:
            yield FieldError("/step", f"Only numbers have steps, not a {self.input_type}.", "not_applicable")
        given = [("/min", self.min), ("/max", self.max)]
        wrong = [_bound_flaw(self.input_type, *bound) for bound in given if bound[1] is not None]
        yield from filter(None, wrong)
        low, high = self.bounds
        if not any(wrong) and None not in (low, high) and low > high:  # type: ignore[operator] # same type by _bound_flaw
            yield FieldError("/max", "max is less than min.", "bad_range")


class TextQuestion(TextFields, Asked):
    """One line: free text, a number, an address, a date, a time."""

    type: Literal["text"]

    def flaws(self) -> Iterator[FieldError]:
        """Limits that cannot be, and what is wrong with its validators."""
        yield from self.field_flaws()
        yield from super().flaws()


class CommentFields(Part):
    """Free text of several lines."""

    max_length: Length | None = None

    @property
    def longest(self) -> int:
        """The most characters that an answer may have."""
        return self.max_length or 5000


class CommentQuestion(CommentFields, Asked):
    """Free text of several lines."""

    type: Literal["comment"]


class RatingFields(Part):
    """A step of a scale: whole numbers from rateMin to rateMax, or rateValues."""

    rate_min: Annotated[int, Field(ge=0, le=100)] = 1
    rate_max: Annotated[int, Field(ge=0, le=100)] = 5
    rate_step: Annotated[int, Field(ge=1, le=100)] = 1
    rate_values: Choices = Field(default_factory=list)
    min_rate_description: Localised | None = None
    max_rate_description: Localised | None = None

    @property
    def steps(self) -> list[Choice]:
        """What can be chosen, from the lowest."""
        if self.rate_values:
            return self.rate_values
        return [Choice.model_construct(value=step) for step in range(self.rate_min, self.rate_max + 1, self.rate_step)]

    @property
    def numeric(self) -> bool:
        """Whether every step is a number."""
        return all(isinstance(step.value, int) for step in self.rate_values)

    def field_flaws(self) -> Iterator[FieldError]:
        """A scale without steps, or with more than anyone can tell apart."""
        if self.rate_values:
            yield from doubled(self.rate_values, "/rateValues", "step")
            if not 1 <= len(self.rate_values) - 1 <= MAX_RATING_STEPS:
                yield FieldError("/rateValues", f"There must be 2 to {MAX_RATING_STEPS + 1} steps.", "bad_range")
        elif not 1 <= (self.rate_max - self.rate_min) // self.rate_step <= MAX_RATING_STEPS:
            text = f"rateMax must be 1 to {MAX_RATING_STEPS} steps above rateMin."
            yield FieldError("/rateMax", text, "bad_range")


class RatingQuestion(RatingFields, Commented, Asked):
    """One step of a scale."""

    type: Literal["rating"]

    def flaws(self) -> Iterator[FieldError]:
        """A scale that nobody can use."""
        yield from self.field_flaws()
        yield from super().flaws()


class BooleanFields(Part):
    """Yes or no."""

    label_true: Localised | None = None
    label_false: Localised | None = None


class BooleanQuestion(BooleanFields, Commented, Asked):
    """Yes or no."""

    type: Literal["boolean"]


class ExpressionFields(Part):
    """A value that the form works out; `precision` digits behind the point, -1 as they come."""

    expression: Condition
    precision: Annotated[int, Field(ge=-1, le=20)] = -1


class ExpressionQuestion(ExpressionFields, Shown):
    """A value that the server works out, shown and kept as an answer."""

    type: Literal["expression"]
    title: Localised | None = None
    description: Localised | None = None
    is_required: ClassVar[bool] = False
    required_if: ClassVar[None] = None
    validators: ClassVar[tuple[()]] = ()
    default_value: ClassVar[None] = None

    def flaws(self) -> Iterator[FieldError]:
        """Nothing beyond its fields can be wrong."""
        yield from ()


class Html(Shown):
    """Words between questions: HTML, cleaned when it is shown. Nothing is asked."""

    type: Literal["html"]
    html: LocalisedMarkup


def _bound_flaw(input_type: str, pointer: str, bound: object) -> FieldError | None:
    if input_type in NUMBERS:
        good, want = isinstance(bound, int | float), "a number"
    elif input_type in INSTANTS:
        good, want = (
            isinstance(bound, str) and INSTANTS[input_type].reads(bound),
            f"such as {INSTANTS[input_type].example}",
        )
    else:
        return FieldError(pointer, f"Only numbers and dates have limits, not a {input_type}.", "not_applicable")
    return None if good else FieldError(pointer, f"This must be {want}.", "type_error")
