"""Wire models of notices, decisions, statements of reasons, appeals and the public log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from interlinker_shared.moderation.domain import AppealOutcome, Ground, Outcome, Stage
from interlinker_shared.text import Clean, Key, LanguageTag, Line, Prose, Translated, Wire

Address = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"), Clean]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=100)]

REDRESS_OF_AUTHOR: Translated = {
    "en": "You can appeal here, free of charge, within six months of the decision. Somebody other than the moderator who "
    "decided looks at it. You can also turn to an out-of-court dispute settlement body or to a court.",
    "es": "Puedes recurrir aquí, gratis, durante los seis meses siguientes a la decisión. Lo revisa una persona distinta de "
    "quien decidió. También puedes acudir a un órgano de resolución extrajudicial de litigios o a un tribunal.",
    "de": "Sie können hier innerhalb von sechs Monaten nach der Entscheidung kostenlos Beschwerde einlegen. Geprüft wird sie "
    "von jemand anderem als der Person, die entschieden hat. Sie können sich auch an eine Stelle für außergerichtliche "
    "Streitbeilegung oder an ein Gericht wenden.",
}
REDRESS_OF_NOTIFIER: Translated = {
    "en": "If you do not agree with what was decided, you can give notice again with what was not known before, or turn to "
    "an out-of-court dispute settlement body or to a court.",
    "es": "Si no estás de acuerdo con la decisión, puedes avisar de nuevo aportando lo que no se sabía, o acudir a un órgano "
    "de resolución extrajudicial de litigios o a un tribunal.",
    "de": "Wenn Sie mit der Entscheidung nicht einverstanden sind, können Sie erneut melden, was bisher nicht bekannt war, "
    "oder sich an eine Stelle für außergerichtliche Streitbeilegung oder an ein Gericht wenden.",
}


class NoticeCreate(Wire):
    """What somebody reports, and why (Art. 16(2) DSA)."""

    kind: Key = Field(description="What it is, in the block's own word.")
    item: UUID
    ground: Ground
    reason: Prose = Field(description="Why it should go, in one's own words.")
    language: LanguageTag = Field("en", description="Of the reason.")
    contact: Address | None = Field(
        None, description="An e-mail address for the answer. Deleted six months after the decision."
    )
    good_faith: Literal[True] = Field(
        description="That the notice is accurate and complete, as far as its author knows."
    )


class NoticeReceipt(Wire):
    """That a notice has come in (Art. 16(4) DSA). `secret` is told this once: with it, one can see what became of it."""

    id: UUID
    secret: str
    created_at: datetime


class NoticeDecision(Wire):
    """What was decided, as far as whoever gave notice is told."""

    outcome: Outcome
    ground: Ground | None
    clause: str | None
    automated: bool
    decided_at: datetime


class NoticeAnswer(Wire):
    """A notice as its author sees it, with the decision once there is one (Art. 16(5) DSA)."""

    id: UUID
    kind: str
    item: UUID
    ground: Ground
    reason: str
    language: str
    state: Stage
    created_at: datetime
    decision: NoticeDecision | None
    redress: Translated = Field(description="What one can do who does not agree.")


class MatterShown(Wire):
    """What a notice is about, as it is now. `excerpt` is empty once it is gone."""

    excerpt: str
    language: str
    page: str = Field(description="Where it can be seen, from the root of this service.")
    standing: bool


class Notice(Wire):
    """A notice as moderators see it; who gave it they are not told."""

    id: UUID
    kind: str
    item: UUID
    asset: UUID
    ground: Ground
    reason: str
    language: str
    state: Stage
    created_at: datetime
    contact: bool = Field(description="Whether an address for the answer was left.")
    decision: UUID | None
    matter: MatterShown | None


class Contact(Wire):
    """Where whoever gave notice wants the answer."""

    contact: str


class DecisionCreate(Wire):
    """What a moderator decides. `hide` and `remove` need `ground`, `clause` and `facts`, and `hide` the day of its end."""

    outcome: Outcome
    ground: Ground | None = None
    clause: Line | None = Field(
        None, description="The law or the house rule, and why it applies; all readers see it in the place of the item."
    )
    facts: Prose | None = Field(None, description="What it was decided upon; the author of the item reads it.")
    automated: bool = Field(default=False, description="Whether a program found it or decided.")
    until: AwareDatetime | None = Field(None, description="For `hide`: when it comes back by itself.")


class Removal(Wire):
    """Why a moderator takes something down. All readers see the reason; its author can read the rest and appeal."""

    reason: Line = Field(description="The law or the house rule, and why it applies.")
    ground: Ground = Ground.OTHER_TERMS
    facts: Prose | None = Field(None, description="What it was decided upon; the reason by default.")

    @property
    def decision(self) -> DecisionCreate:
        """The same as a decision."""
        return DecisionCreate(
            outcome=Outcome.REMOVE, ground=self.ground, clause=self.reason, facts=self.facts or self.reason
        )


class Decision(Wire):
    """A decision about one item. `notices` are those that it answers."""

    id: UUID
    kind: str
    item: UUID
    asset: UUID
    outcome: Outcome
    ground: Ground | None
    clause: str | None
    facts: str | None
    automated: bool
    until: datetime | None
    decided_at: datetime
    in_force: bool = Field(description="Whether the item is out of sight by this decision.")
    notices: list[UUID]


class AppealCreate(Wire):
    """Why the author of an item thinks that a decision is wrong."""

    text: Prose


class Judgement(Wire):
    """What comes of an appeal, and why."""

    outcome: AppealOutcome
    explanation: Prose


class Appeal(Wire):
    """An appeal against the decision `statement`; `outcome` once somebody has looked at it."""

    id: UUID
    statement: UUID
    text: str
    created_at: datetime
    outcome: AppealOutcome | None
    explanation: str | None
    decided_at: datetime | None


class AppealToJudge(Appeal):
    """The same for moderators, with the decision."""

    decision: Decision


class Statement(Wire):
    """A statement of reasons (Art. 17(3) DSA) for the author of what was restricted, and what she can do about it."""

    id: UUID
    kind: str
    item: UUID
    asset: UUID
    restriction: Outcome
    until: datetime | None
    in_force: bool
    facts: str | None
    ground: Ground
    legal: bool = Field(description="Whether the ground is the law; otherwise the house's own terms.")
    clause: str
    automated: bool
    decided_at: datetime
    appeal_until: datetime
    appeal: Appeal | None
    words: dict[str, Any] | None = Field(description="What she wrote, as long as it is kept for an appeal.")
    redress: Translated


class LogEntry(Wire):
    """One decision, for everybody: no item, no text, no person."""

    day: date
    kind: str
    outcome: Outcome
    ground: Ground | None
    automated: bool
    appeal: AppealOutcome | Literal["open"] | None


class LogCount(Wire):
    """How many decisions of one sort there were in a month."""

    month: str = Field(description="Such as 2026-11.")
    kind: str
    outcome: Outcome
    ground: Ground | None
    decisions: int
    automated: int
    appeals: int
    reversed: int


class LogCounts(Wire):
    """All months, the latest first."""

    items: list[LogCount]
