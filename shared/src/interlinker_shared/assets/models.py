"""Wire models of the asset contract."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from interlinker_shared.grants.domain import path_of
from interlinker_shared.text import JsonObject, Key, LanguageTag, Line, Prose, Translated, Wire, clean_json, stays_there

MAX_ITEMS = 1000
RETAIN_UNTIL = (
    "When all that people contributed is deleted for good; where it is null, that is the block's own period after the close, "
    "if it has one."
)
RETAIN_RESULT = (
    "Whether the counts of the final result stay after that, without anybody's words; else the asset is deleted."
)


class State(StrEnum):
    """The life of an asset: it only ever moves forward."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Visibility(StrEnum):
    """Who may know of an asset that is no draft: anybody, or whoever has at least the role observer there."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


class Context(Wire):
    """The process and task that an asset serves."""

    process: Key
    task: Key


class AssetCreate(Wire):
    """What it takes to create an asset. The shape of `config` is the manifest's `assets.config_schema`."""

    title: Line
    config: JsonObject = Field(default_factory=dict)
    language: LanguageTag = "en"
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    context: Context | None = None
    visibility: Visibility = Field(
        Visibility.PUBLIC, description="`restricted`: only those who are at least observers there know of it."
    )
    retain_until: AwareDatetime | None = Field(None, description=RETAIN_UNTIL)
    retain_result: bool = Field(default=False, description=RETAIN_RESULT)

    @model_validator(mode="after")
    def _dates_in_order(self) -> AssetCreate:
        if self.opens_at and self.closes_at and self.closes_at <= self.opens_at:
            message = "closes_at must be after opens_at"
            raise ValueError(message)
        if self.closes_at and self.retain_until and self.retain_until < self.closes_at:
            message = "retain_until must not be before closes_at"
            raise ValueError(message)
        return self


class AssetPatch(Wire):
    """What of an asset may change; a field that is absent stays as it is."""

    title: Line | None = None
    config: JsonObject | None = None
    language: LanguageTag | None = None
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    visibility: Visibility | None = None
    retain_until: AwareDatetime | None = Field(None, description=f"{RETAIN_UNTIL} For owners; also once it is closed.")
    retain_result: bool | None = Field(None, description=f"{RETAIN_RESULT} For owners; also once it is closed.")

    _kept = field_validator("title", "config", "language", "visibility", "retain_result")(stays_there)


class AssetClone(Wire):
    """What a copy has of its own; the rest is taken from the original."""

    title: Line | None = None
    closes_at: AwareDatetime | None = None
    context: Context | None = None


class Asset(Wire):
    """One instance of a building block. `version` is its ETag."""

    id: UUID
    title: str
    config: dict[str, Any]
    language: str
    state: State
    opens_at: datetime | None
    closes_at: datetime | None
    context: Context | None
    visibility: Visibility
    version: int
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    retain_until: datetime | None = Field(None, description=RETAIN_UNTIL)
    retain_result: bool = Field(default=False, description=RETAIN_RESULT)
    purged_at: datetime | None = Field(None, description="When that was done: only the counts are left since.")

    @property
    def path(self) -> tuple[str, ...]:
        """The scopes that it lies in, outermost first: where roles for it may be granted."""
        context = self.context
        return path_of(
            process=context.process if context else None, task=context.task if context else None, asset=self.id
        )


class Source(Wire):
    """Where an item comes from."""

    interlinker: Key
    asset: Key
    item: Key


class Item(BaseModel):
    """One thing that a step hands to the next, such as an answer or a proposal. Never names a person.

    A block may add fields of its own. `outcome` is a word for machines, `reason` the same for people.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Key
    title: Line | None = None
    text: Prose | None = None
    language: LanguageTag | None = None
    source: Source | None = None
    outcome: str | None = None
    reason: Translated | None = None

    @model_validator(mode="after")
    def _extra_is_clean_json(self) -> Item:
        clean_json(self.__pydantic_extra__ or {})
        return self


class ResultBody(BaseModel):
    """What a block computes: its items and its counts."""

    model_config = ConfigDict(frozen=True)

    items: list[Item] = Field(default_factory=list)
    counts: dict[str, Any] = Field(default_factory=dict)


class Result(BaseModel):
    """The result of an asset: immutable once `status` is final. `hash` is over items and counts as canonical JSON."""

    model_config = ConfigDict(frozen=True)

    asset: UUID
    status: Literal["provisional", "final"]
    version: int
    schema_id: str
    hash: str
    computed_at: datetime
    items: list[Item]
    counts: dict[str, Any]


def _distinct(items: list[Item]) -> list[Item]:
    if len({item.id for item in items}) != len(items):
        message = "must not name the same item twice"
        raise ValueError(message)
    return items


class Handover(Wire):
    """Items handed over from an earlier step; the pair (handover, item id) takes effect once."""

    handover: Key
    items: Annotated[list[Item], Field(max_length=MAX_ITEMS), AfterValidator(_distinct)]


class ImportedItem(Wire):
    """What became of one handed-over item: `item` is its id here."""

    id: str
    item: str
    status: Literal["created", "known"]


class Imported(Wire):
    """What became of a handover."""

    handover: str
    created: int
    known: int
    items: list[ImportedItem]


class Change(Wire):
    """The latest state of one thing; `body` is null once it is gone."""

    seq: int
    kind: str
    id: str
    body: dict[str, Any] | None
