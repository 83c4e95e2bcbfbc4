"""What a survey asks: a frozen profile of SurveyJS JSON, read whole or refused with a place for every flaw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, get_args

from pydantic import BaseModel, Field, ValidationError

from interlinker_shared.errors import FieldError, InvalidError
from interlinker_survey.definition.asked import Html
from interlinker_survey.definition.columns import COLUMNS
from interlinker_survey.definition.containers import (
    Element,
    Elements,
    Names,
    Page,
    Panel,
    Question,
    located,
    own_flaws,
    questions_in,
    size,
)
from interlinker_survey.definition.flaws import MAX_FLAWS, explain_errors
from interlinker_survey.definition.items import Choice
from interlinker_survey.definition.part import Part, within
from interlinker_survey.definition.reading import Refused, read_answer
from interlinker_survey.definition.scalars import (
    LOCALISED,
    MAX_PAGES,
    MAX_QUESTIONS,
    Condition,
    Localised,
    Name,
)
from interlinker_survey.definition.tables import TextItem
from interlinker_survey.definition.validators import VALIDATORS
from interlinker_survey.logic import Form, check_logic, compile_form

AWAITED = frozenset({"too_short", "bad_range"})  # flaws that more choices may mend
MAX_CALCULATED = 100
LEFT_OUT = frozenset({"isContainerReady", "isDisplayMode", "displayValue", "propertyValue", "getComment"})
"""Functions that ask what only a form on a screen knows."""


class CalculatedValue(Part):
    """A value that expressions can use; it is not kept with the answers."""

    name: Name
    expression: Condition


class Definition(Part):
    """A survey: either pages of elements, or elements alone."""

    title: Localised | None = None
    description: Localised | None = None
    pages: Annotated[list[Page], Field(min_length=1, max_length=MAX_PAGES)] | None = None
    elements: Elements | None = None
    calculated_values: Annotated[list[CalculatedValue], Field(max_length=MAX_CALCULATED)] = Field(default_factory=list)

    @cached_property
    def shown(self) -> list[Page]:
        """The pages; elements alone are one page."""
        return self.pages or [Page(elements=self.elements or [])]

    @cached_property
    def questions(self) -> dict[str, Question]:
        """All questions by name, in the order of asking; what is within tables and dynamic panels belongs to them."""
        return {question.name: question for page in self.shown for question in questions_in(page.elements)}

    @cached_property
    def page_names(self) -> list[str]:
        """The names of the pages, as the logic has them; no name of an author's begins with #."""
        return [page.name or f"#{number}" for number, page in enumerate(self.pages)] if self.pages else [""]

    def asked_on(self, page: int) -> Iterator[Question]:
        """What one page asks, in the order of asking."""
        return questions_in(self.shown[page].elements)

    @cached_property
    def form(self) -> Form:
        """Its conditions, compiled."""
        raw = self.model_dump(by_alias=True, exclude_unset=True)
        pages = raw.get("pages") or []
        return compile_form(
            raw | {"pages": [{**page, "name": name} for page, name in zip(pages, self.page_names, strict=False)]}
        )

    def located(self) -> Iterator[tuple[str, Element]]:
        """Each element with its pointer inside the definition."""
        for number, page in enumerate(self.pages or []):
            yield from located(page.elements, f"/pages/{number}/elements")
        yield from located(self.elements or [], "/elements")

    def flaws(self, awaits_choices: str | None) -> Iterator[FieldError]:
        """What is wrong between parts that are right by themselves."""
        if (self.pages is None) == (self.elements is None):
            yield FieldError("", "A definition has either pages or elements.", "pages_or_elements")
        yield from self._name_flaws()
        count = 0
        for place, element in self.located():
            if count <= MAX_QUESTIONS < (count := count + size(element)):
                yield FieldError(place, f"A survey has at most {MAX_QUESTIONS} questions.", "too_long")
            awaits = AWAITED if element.name == awaits_choices else frozenset[str]()
            yield from (flaw for flaw in own_flaws(place, element) if flaw.code not in awaits)
            yield from _default_flaws(place, element)

    def _name_flaws(self) -> Iterator[FieldError]:
        names = Names()
        for number, page in enumerate(self.pages or []):
            if page.name:
                yield from names.take(page.name, f"/pages/{number}/name", "page or question")
        for place, element in self.located():
            yield from names.flaws(place, element)
        for index, value in enumerate(self.calculated_values):
            yield from names.take(value.name, f"/calculatedValues/{index}/name", "question or value")


def _default_flaws(place: str, element: Element) -> Iterator[FieldError]:
    """A default that is no answer to its question."""
    default = getattr(element, "default_value", None)
    if isinstance(element, Panel | Html) or default is None:
        return
    try:
        read_answer(element, default)
    except Refused as refused:
        yield from within(f"{place}/defaultValue", refused.flaws)


def _question_models() -> dict[str, type[BaseModel]]:
    return {kind: model for model in get_args(Element) for kind in get_args(model.model_fields["type"].annotation)}


def _localised_keys() -> frozenset[str]:
    fields = (field for model in MODELS.values() for field in model.model_fields.items())
    return frozenset(field.alias or name for name, field in fields if field.annotation in LOCALISED)


MODELS: Mapping[str, type[BaseModel]] = {
    "": Definition,
    "pages": Page,
    "choices": Choice,
    "rateValues": Choice,
    "rows": Choice,
    "columns": Choice,
    "items": TextItem,
    "calculatedValues": CalculatedValue,
    **_question_models(),
    **COLUMNS,
    **VALIDATORS,
}


LOCALISED_KEYS = _localised_keys()


def untranslated(raw: Any, languages: Sequence[str], place: str = "") -> Iterator[FieldError]:
    """The texts that are not there in each language; `default` is in the first of them."""
    if not languages:
        return
    for key, value in raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ():
        at = f"{place}/{key}"
        if key in LOCALISED_KEYS and isinstance(value, dict):
            said = {languages[0] if tag == "default" else tag for tag in value}
            missing = [tag for tag in languages if tag not in said]
            if missing:
                yield FieldError(at, f"This is not there in {', '.join(missing)}.", "missing_translation")
        else:
            yield from untranslated(value, languages, at)


def read_definition(
    raw: object,
    *,
    awaits_choices: str | None = None,
    languages: Sequence[str] = (),
    at: str = "/config/definition",
) -> Definition:
    """Read a definition wholly; InvalidError has a pointer, a code and, where one is near, a suggestion per flaw.

    The question named by `awaits_choices` need not have enough of them yet. Every text has to be there in each of
    `languages`, where any are named: `default` is in the first of them.
    """
    try:
        definition = Definition.model_validate(raw)
    except ValidationError as error:
        raise InvalidError.many(explain_errors(error, raw, MODELS, at=at)) from None
    flaws = list(definition.flaws(awaits_choices))
    spelled = definition.model_dump(by_alias=True, exclude_unset=True)
    flaws = flaws or [*check_logic(spelled, left_out=LEFT_OUT), *untranslated(spelled, languages)]
    if flaws:
        raise InvalidError.many(list(within(at, flaws))[:MAX_FLAWS])
    return definition


def texts(localised: Mapping[str, str] | None, language: str, otherwise: str) -> dict[str, str]:
    """The text by language; `default` is in the survey's own `language`, as is `otherwise`, said where there is none."""
    if not localised:
        return {language: otherwise}
    own = {language: localised["default"]} if "default" in localised else {}
    return own | {tag: text for tag, text in localised.items() if tag != "default"}
