"""The words and rules of moderation: grounds, outcomes, how long things are kept, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from interlinker_shared.errors import ConflictError, FieldError, ForbiddenError, InvalidError
from interlinker_shared.pages.form_state import MISSING

APPEAL_WINDOW = timedelta(days=184)
"""Six months of any length: how long an author may appeal, and what was taken down is kept (Art. 20(1) DSA asks for six)."""
CONTACT_KEPT = timedelta(days=184)
"""How long after the decision the address of who gave notice is kept."""
EXCERPT = 300
"""Characters of a text that a moderator sees of it in the queue."""


class Ground(StrEnum):
    """Why something should go or had to: because of the law, or of the house's own terms."""

    HATE = "hate"
    DEFAMATION = "defamation"
    PRIVACY = "privacy"
    VIOLENCE = "violence"
    FRAUD = "fraud"
    INTELLECTUAL_PROPERTY = "intellectual-property"
    OTHER_LAW = "other-law"
    INSULT = "insult"
    SPAM = "spam"
    OFF_SUBJECT = "off-subject"
    OTHER_TERMS = "other-terms"

    @property
    def legal(self) -> bool:
        """Whether it is the law that asks for it, and not the house's own terms."""
        return self in _LEGAL


_LEGAL = frozenset(
    {
        Ground.HATE,
        Ground.DEFAMATION,
        Ground.PRIVACY,
        Ground.VIOLENCE,
        Ground.FRAUD,
        Ground.INTELLECTUAL_PROPERTY,
        Ground.OTHER_LAW,
    }
)


class Outcome(StrEnum):
    """What was decided: it stays, it is out of sight until a day, or it goes."""

    KEEP = "keep"
    HIDE = "hide"
    REMOVE = "remove"

    @property
    def restricts(self) -> bool:
        """Whether its author has to be told why."""
        return self is not Outcome.KEEP


class AppealOutcome(StrEnum):
    """What became of an appeal: the decision stands, or what was taken down comes back."""

    UPHELD = "upheld"
    REVERSED = "reversed"


class Stage(StrEnum):
    """Whether somebody has decided yet."""

    OPEN = "open"
    DECIDED = "decided"


class ItemGoneError(ConflictError):
    """It was taken down before, by its author or a moderator."""

    slug = "item-gone"


class DecidedError(ConflictError):
    """Another moderator was faster."""

    slug = "decided-already"


class AppealedError(ConflictError):
    """A decision is appealed once."""

    slug = "appealed-already"


class AppealLateError(ConflictError):
    """The time to appeal is over."""

    slug = "appeal-too-late"


class OwnDecisionError(ForbiddenError):
    """Nobody judges an appeal against her own decision."""

    slug = "own-decision"


def check_decision(
    outcome: Outcome,
    *,
    ground: Ground | None,
    clause: str | None,
    facts: str | None,
    until: datetime | None,
    now: datetime,
) -> None:
    """Refuse a restriction without its reasons (Art. 17(3) DSA), and an end where there is none; InvalidError."""
    wrong = []
    if outcome.restricts:
        reasons = {"ground": ground, "clause": clause, "facts": facts}
        wrong = [_missing(name) for name, value in reasons.items() if value is None]
    if outcome is Outcome.HIDE and until is None:
        wrong.append(_missing("until"))
    if outcome is not Outcome.HIDE and until is not None:
        wrong.append(FieldError("/until", "Only what is hidden comes back on a day.", "no-end"))
    if until is not None and not now < until <= now + APPEAL_WINDOW:
        wrong.append(FieldError("/until", "Choose a time within the next six months.", "out-of-range"))
    if wrong:
        raise InvalidError.many(wrong)


def check_standing(*, standing: bool) -> None:
    """Refuse to deal with what is gone already."""
    if not standing:
        raise ItemGoneError("This was taken down before.")


def check_in_time(decided_at: datetime, now: datetime) -> None:
    """Refuse an appeal after six months."""
    if now > decided_at + APPEAL_WINDOW:
        raise AppealLateError("An appeal can be made within six months after the decision; that time is over.")


def check_other(decided_by: str | None, who: str | None, *, owner: bool) -> None:
    """Let somebody else judge; whoever runs the block may do it alone, as there may be nobody else."""
    if decided_by is not None and decided_by == who and not owner:
        raise OwnDecisionError("You decided this yourself. Another moderator has to judge the appeal.")


def _missing(name: str) -> FieldError:
    return FieldError(f"/{name}", MISSING, "missing")


def excerpt(text: str) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"
