"""What is chosen: one or several of some choices, an order of them, pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from interlinker_shared.errors import FieldError
from interlinker_survey.definition.asked import Asked, Commented
from interlinker_survey.definition.items import Choice, Choices, doubled
from interlinker_survey.definition.scalars import MAX_CHOICES, Condition, Count, Localised

MAX_IMAGE = 200_000  # characters of a data: address
OTHER, NONE, REFUSED, DONT_KNOW = "other", "none", "refused", "dontknow"
EXCLUSIVE = frozenset({NONE, REFUSED, DONT_KNOW})
"""Chosen with nothing beside them."""

WORDS: dict[str, dict[str, str]] = {
    OTHER: {"en": "Other", "de": "Anderes", "es": "Otra cosa"},
    NONE: {"en": "None", "de": "Nichts davon", "es": "Nada de esto"},
    REFUSED: {"en": "No answer", "de": "Keine Angabe", "es": "Sin respuesta"},
    DONT_KNOW: {"en": "Don't know", "de": "Weiß nicht", "es": "No sabe"},
}
"""What the choices that a question can have beside its own say where the definition says nothing."""


class ChoosingFields(Commented):
    """Choices, and those beside them: something else, none, no answer, no idea."""

    choices: Choices
    choices_visible_if: Condition | None = None
    choices_enable_if: Condition | None = None
    show_other_item: bool = False
    show_none_item: bool = False
    show_refuse_item: bool = False
    show_dont_know_item: bool = False
    other_text: Localised | None = None
    none_text: Localised | None = None
    refuse_text: Localised | None = None
    dont_know_text: Localised | None = None
    other_error_text: Localised | None = None

    @property
    def comments(self) -> bool:
        """Whether there can be a comment: of its own, or what else it is."""
        return self.show_comment_area or self.show_other_item

    @property
    def special(self) -> list[Choice]:
        """The choices beside its own."""
        shown = (
            (NONE, self.show_none_item, self.none_text),
            (REFUSED, self.show_refuse_item, self.refuse_text),
            (DONT_KNOW, self.show_dont_know_item, self.dont_know_text),
            (OTHER, self.show_other_item, self.other_text),
        )
        return [Choice.model_construct(value=value, text=text or WORDS[value]) for value, on, text in shown if on]

    @property
    def offered(self) -> list[Choice]:
        """All that can be chosen."""
        return [*self.choices, *self.special]

    def field_flaws(self) -> Iterator[FieldError]:
        """No choices, or some that cannot be told apart."""
        if not self.choices:
            yield FieldError("/choices", "There must be at least one choice.", "too_short")
        yield from doubled(self.choices, "/choices", "choice")
        reserved = {choice.key for choice in self.special}
        for index, choice in enumerate(self.choices):
            if choice.key in reserved:
                text = f"“{choice.key}” is the value of the choice that the question has beside its own."
                yield FieldError(f"/choices/{index}", text, "duplicate")


class ChoiceQuestion(ChoosingFields, Asked):
    """Exactly one of the choices."""

    type: Literal["radiogroup", "dropdown"]

    def flaws(self) -> Iterator[FieldError]:
        """Choices that cannot be used."""
        yield from self.field_flaws()
        yield from super().flaws()


class SelectingFields(ChoosingFields):
    """Any of the choices; in SurveyJS a limit of 0 means none."""

    show_select_all_item: bool = False
    select_all_text: Localised | None = None
    min_selected_choices: Count = 0
    max_selected_choices: Count = 0

    @property
    def most(self) -> int:
        """How many may be chosen."""
        return self.max_selected_choices or len(self.offered)

    def field_flaws(self) -> Iterator[FieldError]:
        """Choices that cannot be used, and limits that no answer can meet."""
        yield from super().field_flaws()
        if self.max_selected_choices > len(self.offered):
            yield FieldError("/maxSelectedChoices", "There are fewer choices than that.", "bad_range")
        if self.min_selected_choices > self.most:
            yield FieldError("/minSelectedChoices", "Nobody can select that many.", "bad_range")


class CheckboxQuestion(SelectingFields, Asked):
    """Any of the choices, as boxes to tick or as tags."""

    type: Literal["checkbox", "tagbox"]

    def flaws(self) -> Iterator[FieldError]:
        """Choices that cannot be used, and limits that no answer can meet."""
        yield from self.field_flaws()
        yield from super().flaws()


class RankingQuestion(Asked):
    """The choices in an order: all of them, or with `select_to_rank_enabled` those that somebody cares for."""

    type: Literal["ranking"]
    choices: Choices
    choices_visible_if: Condition | None = None
    choices_enable_if: Condition | None = None
    select_to_rank_enabled: bool = False
    min_selected_choices: Count = 0
    max_selected_choices: Count = 0

    @property
    def offered(self) -> list[Choice]:
        """All that can be put in an order."""
        return self.choices

    @property
    def most(self) -> int:
        """How many may be ranked."""
        return self.max_selected_choices or len(self.choices)

    def flaws(self) -> Iterator[FieldError]:
        """Choices that cannot be used, and limits that no answer can meet."""
        if not self.choices:
            yield FieldError("/choices", "There must be at least one choice.", "too_short")
        yield from doubled(self.choices, "/choices", "choice")
        for place, limit in (("min", self.min_selected_choices), ("max", self.max_selected_choices)):
            if limit and not self.select_to_rank_enabled:
                text = "All choices are ranked unless selectToRankEnabled is set."
                yield FieldError(f"/{place}SelectedChoices", text, "not_applicable")
        if self.max_selected_choices > len(self.choices):
            yield FieldError("/maxSelectedChoices", "There are fewer choices than that.", "bad_range")
        if self.min_selected_choices > self.most:
            yield FieldError("/minSelectedChoices", "Nobody can select that many.", "bad_range")
        yield from super().flaws()


class ImageChoice(Choice):
    """A picture, within the definition itself, and the words for who does not see it."""

    image_link: Annotated[
        str,
        StringConstraints(
            max_length=MAX_IMAGE, pattern=r"^data:image/(png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/]+={0,2}$"
        ),
    ]
    text: Localised


class ImagePickerQuestion(Commented, Asked):
    """One of some pictures, or with `multi_select` any. Pictures come from nowhere else: nobody else learns who looks."""

    type: Literal["imagepicker"]
    choices: Annotated[list[ImageChoice], Field(max_length=MAX_CHOICES)]
    choices_visible_if: Condition | None = None
    choices_enable_if: Condition | None = None
    multi_select: bool = False
    show_label: bool = False

    @property
    def offered(self) -> list[Choice]:
        """All that can be chosen."""
        return list(self.choices)

    def flaws(self) -> Iterator[FieldError]:
        """No pictures, or some that cannot be told apart."""
        if not self.choices:
            yield FieldError("/choices", "There must be at least one choice.", "too_short")
        yield from doubled(self.choices, "/choices", "choice")
        yield from super().flaws()
