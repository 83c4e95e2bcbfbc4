"""Items of an earlier step as further choices of one question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from interlinker_shared.errors import InvalidError
from interlinker_survey.definition import CheckboxQuestion, ChoiceQuestion, Definition, read_definition
from interlinker_survey.definition.scalars import FORBIDDEN, MAX_PHRASE

Raw = dict[str, Any]
RawChoices = list[Any]


@dataclass(frozen=True)
class NewChoice:
    """A choice whose value is the id that its item got here."""

    value: str
    text: str
    language: str | None = None

    @classmethod
    def of(cls, value: str, words: str, language: str | None) -> NewChoice:
        """A choice from the words of an item, which are made to fit: clean, and cut where they are too long."""
        text = FORBIDDEN.sub(" ", words).strip() or value
        return cls(value, text if len(text) <= MAX_PHRASE else text[: MAX_PHRASE - 1] + "…", language)

    def as_json(self) -> Raw:
        """As SurveyJS writes it."""
        return {
            "value": self.value,
            "text": {"default": self.text, **({self.language: self.text} if self.language else {})},
        }


def import_target(definition: Definition, name: str | None) -> ChoiceQuestion | CheckboxQuestion:
    """The question that takes the choices; InvalidError where there is none of that name that has choices."""
    question = definition.questions.get(name or "")
    if not isinstance(question, ChoiceQuestion | CheckboxQuestion):
        text = "Name a question with choices that takes the imported items."
        raise InvalidError(text, slug="nothing-to-import-into", pointer="/config/imports_into")
    return question


def with_choices(raw: Raw, question: str, new: Sequence[NewChoice]) -> Raw:
    """The definition with `new` behind the choices of `question`; an InvalidError says what would not be valid then."""
    changed = _with_changed(raw, question, lambda choices: choices + [choice.as_json() for choice in new])
    read_definition(changed, awaits_choices=question)
    return changed


def without_choice(raw: Raw, question: str, value: str, left: Mapping[str, str] | None) -> Raw:
    """The definition without the choice `value`; or it says `left` and stays, so that counts keep their meaning."""
    instead = [] if left is None else [{"value": value, "text": dict(left)}]

    def blank(choices: RawChoices) -> RawChoices:
        return [kept for choice in choices for kept in (instead if _value(choice) == value else [choice])]

    return _with_changed(raw, question, blank)


def _with_changed(raw: Raw, question: str, change: Callable[[RawChoices], RawChoices]) -> Raw:
    changed = deepcopy(raw)
    for page in changed.get("pages") or [changed]:
        for element in _elements(page):
            if element["name"] == question:
                element["choices"] = change(element["choices"])
    return changed


def _elements(container: Raw) -> Iterator[Raw]:
    for element in container["elements"]:
        yield element
        if element["type"] == "panel":
            yield from _elements(element)


def _value(choice: object) -> object:
    return choice["value"] if isinstance(choice, dict) else choice
