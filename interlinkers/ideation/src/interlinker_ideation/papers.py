"""Wire models of what officials say about ideas, of their history, and of what somebody is told."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from interlinker_ideation.statuses import Feasibility, Status
from interlinker_ideation.wire import Money
from interlinker_shared.text import LanguageTag, Line, Prose, Wire


class IdeaRevision(Wire):
    """New words of an idea."""

    title: Line
    text: Prose = Field(description="CommonMark; headings and pictures are shown as text.")
    version: int = Field(ge=1, strict=True, description="The version that was changed: 409 when there is a newer one.")


class MergeInto(Wire):
    """Which idea another one is the same as."""

    into: UUID


class Following(Wire):
    """Whether the caller follows an idea."""

    idea: UUID
    following: bool


class AssessmentPut(Wire):
    """What an office found out about an idea."""

    feasibility: Feasibility = Feasibility.UNKNOWN
    cost: Money | None = Field(None, description="In whole units of the currency; null: not known. Fixed at the close.")
    department: Line | None = Field(None, description="Who is in charge of it.")
    note: Prose | None = Field(None, description="For colleagues: only moderators read it.")


class FullAssessment(AssessmentPut):
    """The same, and when it was written."""

    idea: UUID
    assessed_at: datetime


class AnswerPut(Wire):
    """A public answer."""

    office: Line = Field(description="Which office answers.")
    text: Prose = Field(description="CommonMark.")
    language: LanguageTag = "en"


class Answer(AnswerPut):
    """A public answer as everybody reads it."""

    idea: UUID
    html: str = Field(description="The text, rendered and sanitised.")
    answered_at: datetime


class StepTake(Wire):
    """The next step of an idea on its way through the offices."""

    status: Status
    reason: Line | None = Field(None, description="Why, for everybody to read.")


class Step(StepTake):
    """A step that was taken."""

    at: datetime


class Piece(Wire):
    """Words that a change kept, took out or put in."""

    kind: Literal["same", "out", "in"]
    words: str


class FormerVersion(Wire):
    """A version that was changed later; all versions are of who submitted the idea."""

    version: int
    title: str
    text: str
    until: datetime
    changes: list[Piece] = Field(description="What the following version changed in title and text.")


class MergedIdea(Wire):
    """An idea that was merged into this one."""

    id: UUID
    number: int
    title: str
    language: str


class History(Wire):
    """All that happened to an idea in public."""

    idea: UUID
    feasibility: Feasibility
    department: str | None
    answer: Answer | None
    steps: list[Step]
    versions: list[FormerVersion]
    merged: list[MergedIdea]


class ArchiveAsk(Wire):
    """Why ideas stay without an answer, where some do."""

    reason: Prose | None = None


class Archive(Wire):
    """A campaign that was put away."""

    campaign: UUID
    archived_at: datetime
    unanswered: int = Field(description="How many ideas stay without an answer.")
    reason: str | None


class News(Wire):
    """Something new about an idea that the caller submitted, supports or follows."""

    idea: UUID
    title: str
    language: str
    status: Status
    answered: bool
    at: datetime
