"""Wire models of what a campaign asks: dated phases, categories, districts, fields of its own, a place."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from interlinker_ideation.details import FieldType, Use
from interlinker_ideation.phases import Deed, PhaseKind, Standing
from interlinker_shared.text import Line, Wire

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,49}$")]
Degrees = Annotated[float, Field(allow_inf_nan=False)]
MOST = 200


class Phase(Wire):
    """A span of time in which people may do what its kind says."""

    kind: PhaseKind
    opens_at: AwareDatetime = Field(description="The first second of the phase.")
    closes_at: AwareDatetime | None = Field(
        None, description="The first second after it; null: until the campaign closes."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes_at is not None and self.closes_at <= self.opens_at:
            raise ValueError("a phase must end after it begins")
        return self


class Choice(Wire):
    """Something to choose, in the campaign's language."""

    id: Slug
    title: Line


class OwnField(Wire):
    """A field that a campaign asks for; its answers are public as the idea is."""

    id: Slug
    title: Line
    type: FieldType = FieldType.TEXT
    required: bool = False
    choices: list[Choice] = Field(default_factory=list, max_length=MOST)

    @model_validator(mode="after")
    def _choices_for_a_choice(self) -> Self:
        if bool(self.choices) != (self.type is FieldType.CHOICE):
            raise ValueError("choices are for fields of type choice, which need some")
        require_distinct(self.choices)
        return self

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(choice.id for choice in self.choices)


class Place(Wire):
    """A point as GeoJSON has it (RFC 7946): longitude, then latitude, in degrees (WGS 84)."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[Annotated[Degrees, Field(ge=-180, le=180)], Annotated[Degrees, Field(ge=-90, le=90)]]


class Asked(Wire):
    """The part of a campaign's configuration that says when people may take part, and what an idea must tell."""

    phases: list[Phase] = Field(
        default_factory=list, max_length=20, description="Dated phases; they may overlap. None: the gates alone decide."
    )
    categories: list[Choice] = Field(
        default_factory=list, max_length=MOST, description="An idea belongs to one of them."
    )
    districts: list[Choice] = Field(default_factory=list, max_length=MOST, description="An idea is about one of them.")
    fields: list[OwnField] = Field(default_factory=list, max_length=30, description="What else an idea must tell.")
    location: Use = Field(Use.NONE, description="Whether an idea has a place.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for entries in (self.categories, self.districts, self.fields):
            require_distinct(entries)
        return self


def require_distinct(entries: list[Choice] | list[OwnField]) -> None:
    """Raise ValueError where an id is there twice."""
    ids = [entry.id for entry in entries]
    if len(set(ids)) < len(ids):
        raise ValueError("every id must be there once")


class PhaseNow(Wire):
    """A phase and where it is at this moment."""

    kind: PhaseKind
    opens_at: datetime
    closes_at: datetime | None
    standing: Standing


class PhasesNow(Wire):
    """The phases of a campaign, and what is possible at this moment."""

    at: datetime
    phases: list[PhaseNow]
    possible: list[Deed] = Field(description="What people may do now, as far as they have the right to.")
