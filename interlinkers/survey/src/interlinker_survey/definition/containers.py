"""What questions stand in: pages, panels, and panels that people add; and how all of them are gone through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from interlinker_shared.errors import FieldError
from interlinker_survey.definition.asked import (
    Asked,
    BooleanQuestion,
    CommentQuestion,
    ExpressionQuestion,
    Html,
    Open,
    RatingQuestion,
    TextQuestion,
)
from interlinker_survey.definition.choosing import (
    CheckboxQuestion,
    ChoiceQuestion,
    ImagePickerQuestion,
    RankingQuestion,
)
from interlinker_survey.definition.part import Part, within
from interlinker_survey.definition.scalars import MAX_ENTRIES, MAX_QUESTIONS, Condition, Entries, Localised, Name
from interlinker_survey.definition.tables import (
    MatrixDropdownQuestion,
    MatrixDynamicQuestion,
    MatrixQuestion,
    MultipleTextQuestion,
    entry_flaws,
)

COMMENT = "-Comment"
"""Behind the name of a question: the name of the comment beside its answer, as SurveyJS has it."""


class Panel(Open):
    """Questions that belong together."""

    type: Literal["panel"]
    title: Localised | None = None
    description: Localised | None = None
    elements: Elements


class PanelDynamicQuestion(Asked):
    """Questions that are asked once for each panel that people add: [{question: answer}, …]."""

    type: Literal["paneldynamic"]
    template_elements: Elements
    template_title: Localised | None = None
    panel_count: Entries = 0
    min_panel_count: Entries = 0
    max_panel_count: Annotated[int, Field(ge=1, le=MAX_ENTRIES)] = MAX_ENTRIES
    key_name: Name | None = None
    key_duplication_error: Localised | None = None
    add_panel_text: Localised | None = None
    remove_panel_text: Localised | None = None
    no_entries_text: Localised | None = None

    @cached_property
    def questions(self) -> dict[str, Question]:
        """What each panel asks, by name."""
        return {question.name: question for question in questions_in(self.template_elements)}

    @property
    def unique(self) -> list[str]:
        """The questions to which no two panels may say the same."""
        return [self.key_name] if self.key_name else []

    def flaws(self) -> Iterator[FieldError]:
        """Counts that cannot be, a key that is no question, and what is wrong within."""
        yield from entry_flaws(self.min_panel_count, self.max_panel_count, "PanelCount")
        if self.key_name and self.key_name not in self.questions:
            yield FieldError("/keyName", f"There is no question “{self.key_name}” within.", "dangling")
        names = Names()
        for place, element in located(self.template_elements, "/templateElements"):
            yield from names.flaws(place, element)
            yield from own_flaws(place, element)
            if getattr(element, "default_value", None) is not None:
                text = "What somebody adds begins empty: only questions outside of dynamic panels have defaults."
                yield FieldError(f"{place}/defaultValue", text, "not_in_profile")
        yield from super().flaws()


Question = (
    TextQuestion
    | CommentQuestion
    | ChoiceQuestion
    | CheckboxQuestion
    | RatingQuestion
    | BooleanQuestion
    | RankingQuestion
    | ImagePickerQuestion
    | MatrixQuestion
    | MatrixDropdownQuestion
    | MatrixDynamicQuestion
    | MultipleTextQuestion
    | PanelDynamicQuestion
    | ExpressionQuestion
)
Element = Question | Panel | Html
Elements = Annotated[
    list[Annotated[Element, Field(discriminator="type")]], Field(min_length=1, max_length=MAX_QUESTIONS)
]


class Page(Part):
    """Questions that are shown together."""

    name: Name | None = None
    title: Localised | None = None
    description: Localised | None = None
    visible: bool = True
    visible_if: Condition | None = None
    read_only: bool = False
    enable_if: Condition | None = None
    elements: Elements


def located(elements: Sequence[Element], place: str) -> Iterator[tuple[str, Element]]:
    """Every element with its pointer, panels before what is in them; not what is within dynamic panels."""
    for index, element in enumerate(elements):
        yield f"{place}/{index}", element
        if isinstance(element, Panel):
            yield from located(element.elements, f"{place}/{index}/elements")


def questions_in(elements: Iterable[Element]) -> Iterator[Question]:
    """What is asked, panels looked into, in the order of asking."""
    for element in elements:
        if isinstance(element, Panel):
            yield from questions_in(element.elements)
        elif not isinstance(element, Html):
            yield element


def size(element: Element) -> int:
    """How many questions it counts as: those within tables and dynamic panels too, each once."""
    match element:
        case Panel() | Html():
            return 0
        case MatrixDropdownQuestion() | MatrixDynamicQuestion():
            return 1 + len(element.columns)
        case MultipleTextQuestion():
            return 1 + len(element.items)
        case PanelDynamicQuestion():
            return 1 + sum(size(inner) for _, inner in located(element.template_elements, ""))
        case _:
            return 1


def own_flaws(place: str, element: Element) -> Iterator[FieldError]:
    """What is wrong with an element by itself."""
    if not isinstance(element, Panel | Html):
        yield from within(place, element.flaws())


class Names:
    """The names of one place, which have to differ in more than their case: expressions do not see it."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def flaws(self, place: str, named: Element) -> Iterator[FieldError]:
        """A name that is taken, or the name of whose comment is."""
        yield from self.take(named.name, f"{place}/name", "question")
        if named.comments:
            yield from self.take(named.name + COMMENT, f"{place}/name", "question")

    def take(self, name: str, pointer: str, word: str) -> Iterator[FieldError]:
        """A flaw where the name is taken."""
        folded = name.lower()
        if folded in self._seen:
            yield FieldError(pointer, f"There is already a {word} “{self._seen[folded]}”.", "duplicate")
        self._seen.setdefault(folded, name)


Panel.model_rebuild()
PanelDynamicQuestion.model_rebuild()
Page.model_rebuild()
