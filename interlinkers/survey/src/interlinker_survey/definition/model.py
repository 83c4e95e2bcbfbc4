"""What a survey asks: a strict subset of SurveyJS JSON, as models that know their own sense."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from interlinker_shared.errors import FieldError, InvalidError
from interlinker_survey.definition.flaws import explain_errors

MAX_QUESTIONS = 200
MAX_CHOICES = 200
MAX_PAGES = 100
MAX_PHRASE = 2000
MAX_TEXT = 20_000
MAX_RATING_STEPS = 20
AWAITED = frozenset({"too_short", "bad_range"})  # flaws that more choices may mend
SAFE_INTEGER = 2**53 - 1

FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _clean(value: str) -> str:
    if FORBIDDEN.search(value):
        message = "must hold no control characters and be valid Unicode"
        raise ValueError(message)
    return value


def _as_bound(value: object) -> float | str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= SAFE_INTEGER:
        return value
    message = "must be a number or a date such as 2030-12-31"
    raise ValueError(message)


def _short(key: str, written: Any) -> BeforeValidator:
    """SurveyJS writes {key: value} short as value where nothing else is said; `written` is what may stand there."""
    return BeforeValidator(
        lambda value: {key: value} if isinstance(value, str | int) else value, json_schema_input_type=written
    )


Phrase = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PHRASE), AfterValidator(_clean)]
Language = Annotated[str, StringConstraints(pattern=r"^(default|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)$", max_length=35)]
Localised = Annotated[dict[Language, Phrase], Field(min_length=1), _short("default", Phrase | dict[Language, Phrase])]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
ChoiceText = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S([^\r\n]*\S)?$"), AfterValidator(_clean)
]
ChoiceNumber = Annotated[int, Field(ge=-SAFE_INTEGER, le=SAFE_INTEGER)]
Count = Annotated[int, Field(ge=0, le=MAX_CHOICES)]
Bound = Annotated[float | str, PlainValidator(_as_bound, json_schema_input_type=float | str)]
Length = Annotated[int, Field(ge=1, le=MAX_TEXT)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel, allow_inf_nan=False)


class _Asked(_Part):
    """What every question has."""

    name: Name
    title: Localised | None = None
    description: Localised | None = None
    is_required: bool = False


class TextQuestion(_Asked):
    """One line: free text, a number, an e-mail address or a date (YYYY-MM-DD)."""

    type: Literal["text"]
    input_type: Literal["text", "number", "email", "date"] = "text"
    max_length: Length | None = None
    min: Bound | None = None
    max: Bound | None = None

    @property
    def longest(self) -> int:
        """The most characters that an answer may have."""
        return self.max_length or (254 if self.input_type == "email" else 500)

    def flaws(self) -> Iterator[FieldError]:
        """Limits that this input type has not, cannot read or that leave no value between them."""
        if self.max_length is not None and self.input_type in {"number", "date"}:
            yield FieldError("/maxLength", f"A {self.input_type} has no maxLength.", "not_applicable")
        bounds = [("/min", self.min), ("/max", self.max)]
        wrong = [_bound_flaw(self.input_type, *bound) for bound in bounds if bound[1] is not None]
        yield from filter(None, wrong)
        if not any(wrong) and None not in (self.min, self.max) and self.min > self.max:  # type: ignore[operator] # same type by _bound_flaw
            yield FieldError("/max", "max is less than min.", "bad_range")


class CommentQuestion(_Asked):
    """Free text of several lines."""

    type: Literal["comment"]
    max_length: Length | None = None

    @property
    def longest(self) -> int:
        """The most characters that an answer may have."""
        return self.max_length or 5000

    def flaws(self) -> Iterator[FieldError]:
        """Nothing beyond its fields can be wrong."""
        yield from ()


class Choice(_Part):
    value: ChoiceText | ChoiceNumber
    text: Localised | None = None

    @property
    def key(self) -> str:
        """The value as it stands in forms, counts and exports."""
        return str(self.value)


Choices = Annotated[
    list[Annotated[Choice, _short("value", ChoiceText | ChoiceNumber | Choice)]], Field(max_length=MAX_CHOICES)
]


class ChoiceQuestion(_Asked):
    """Exactly one of the choices."""

    type: Literal["radiogroup", "dropdown"]
    choices: Choices

    def flaws(self) -> Iterator[FieldError]:
        """No choices, or some that cannot be told apart."""
        yield from _choice_flaws(self.choices)


class CheckboxQuestion(_Asked):
    """Any of the choices; in SurveyJS a limit of 0 means none."""

    type: Literal["checkbox"]
    choices: Choices
    min_selected_choices: Count = 0
    max_selected_choices: Count = 0

    @property
    def most(self) -> int:
        """How many may be chosen."""
        return self.max_selected_choices or len(self.choices)

    def flaws(self) -> Iterator[FieldError]:
        """No choices, some that cannot be told apart, and limits that no answer can meet."""
        yield from _choice_flaws(self.choices)
        if self.max_selected_choices > len(self.choices):
            yield FieldError("/maxSelectedChoices", "There are fewer choices than that.", "bad_range")
        if self.min_selected_choices > self.most:
            yield FieldError("/minSelectedChoices", "Nobody can select that many.", "bad_range")


class RatingQuestion(_Asked):
    """A whole number from rateMin to rateMax."""

    type: Literal["rating"]
    rate_min: Annotated[int, Field(ge=0, le=100)] = 1
    rate_max: Annotated[int, Field(ge=0, le=100)] = 5
    min_rate_description: Localised | None = None
    max_rate_description: Localised | None = None

    def flaws(self) -> Iterator[FieldError]:
        """A scale without steps, or with more than anyone can tell apart."""
        if not 1 <= self.rate_max - self.rate_min <= MAX_RATING_STEPS:
            text = f"rateMax must be 1 to {MAX_RATING_STEPS} more than rateMin."
            yield FieldError("/rateMax", text, "bad_range")


class BooleanQuestion(_Asked):
    type: Literal["boolean"]
    label_true: Localised | None = None
    label_false: Localised | None = None

    def flaws(self) -> Iterator[FieldError]:
        """Nothing beyond its fields can be wrong."""
        yield from ()


Question = TextQuestion | CommentQuestion | ChoiceQuestion | CheckboxQuestion | RatingQuestion | BooleanQuestion
Elements = Annotated[
    list[Annotated[Question, Field(discriminator="type")]], Field(min_length=1, max_length=MAX_QUESTIONS)
]


class Page(_Part):
    """Questions that are shown together."""

    name: Name | None = None
    title: Localised | None = None
    description: Localised | None = None
    elements: Elements


class Definition(_Part):
    """A survey: either pages of elements, or elements alone."""

    title: Localised | None = None
    description: Localised | None = None
    pages: Annotated[list[Page], Field(min_length=1, max_length=MAX_PAGES)] | None = None
    elements: Elements | None = None

    @cached_property
    def shown(self) -> list[Page]:
        """The pages; elements alone are one page."""
        return self.pages or [Page(elements=self.elements or [])]

    @cached_property
    def questions(self) -> dict[str, Question]:
        """All questions by name, in the order of asking."""
        return {question.name: question for page in self.shown for question in page.elements}

    def located(self) -> Iterator[tuple[str, Question]]:
        """Each question with its pointer inside the definition."""
        for number, page in enumerate(self.pages or []):
            yield from ((f"/pages/{number}/elements/{index}", entry) for index, entry in enumerate(page.elements))
        yield from ((f"/elements/{index}", entry) for index, entry in enumerate(self.elements or []))

    def flaws(self, awaits_choices: str | None) -> Iterator[FieldError]:
        """What is wrong between parts that are right by themselves."""
        if (self.pages is None) == (self.elements is None):
            yield FieldError("", "A definition has either pages or elements.", "pages_or_elements")
        seen: set[str] = set()
        for count, (pointer, question) in enumerate(self.located(), start=1):
            if count == MAX_QUESTIONS + 1:
                yield FieldError(pointer, f"A survey has at most {MAX_QUESTIONS} questions.", "too_long")
            if question.name in seen:
                yield FieldError(f"{pointer}/name", f"There is already a question “{question.name}”.", "duplicate")
            seen.add(question.name)
            awaits = AWAITED if question.name == awaits_choices else frozenset[str]()
            found = (flaw for flaw in question.flaws() if flaw.code not in awaits)
            yield from (FieldError(pointer + flaw.pointer, flaw.message, flaw.code) for flaw in found)


MODELS: Mapping[str, type[BaseModel]] = {
    "": Definition,
    "pages": Page,
    "choices": Choice,
    "text": TextQuestion,
    "comment": CommentQuestion,
    "radiogroup": ChoiceQuestion,
    "dropdown": ChoiceQuestion,
    "checkbox": CheckboxQuestion,
    "rating": RatingQuestion,
    "boolean": BooleanQuestion,
}


def read_definition(raw: object, *, awaits_choices: str | None = None, at: str = "/config/definition") -> Definition:
    """Read a definition wholly; InvalidError has a pointer, a code and, where one is near, a suggestion per flaw.

    The question named by `awaits_choices` need not have enough of them yet.
    """
    try:
        definition = Definition.model_validate(raw)
    except ValidationError as error:
        raise InvalidError.many(explain_errors(error, raw, MODELS, at=at)) from None
    flaws = [FieldError(at + flaw.pointer, flaw.message, flaw.code) for flaw in definition.flaws(awaits_choices)]
    if flaws:
        raise InvalidError.many(flaws)
    return definition


def texts(localised: Mapping[str, str] | None, language: str, otherwise: str) -> dict[str, str]:
    """The text by language; `default` is in the survey's own `language`, as is `otherwise`, said where there is none."""
    if not localised:
        return {language: otherwise}
    own = {language: localised["default"]} if "default" in localised else {}
    return own | {tag: text for tag, text in localised.items() if tag != "default"}


def _bound_flaw(input_type: str, pointer: str, bound: object) -> FieldError | None:
    if input_type not in {"number", "date"}:
        return FieldError(pointer, f"Only numbers and dates have limits, not a {input_type}.", "not_applicable")
    if input_type == "date":
        good, want = isinstance(bound, str) and is_date(bound), "a date such as 2030-12-31"
    else:
        good, want = isinstance(bound, int | float), "a number"
    return None if good else FieldError(pointer, f"This must be {want}.", "type_error")


def _choice_flaws(choices: list[Choice]) -> Iterator[FieldError]:
    if not choices:
        yield FieldError("/choices", "There must be at least one choice.", "too_short")
    seen: set[str] = set()
    for index, choice in enumerate(choices):
        if choice.key in seen:
            yield FieldError(f"/choices/{index}", f"There is already a choice “{choice.key}”.", "duplicate")
        seen.add(choice.key)


def is_date(text: str) -> bool:
    """Whether `text` is a day of the calendar as YYYY-MM-DD."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
