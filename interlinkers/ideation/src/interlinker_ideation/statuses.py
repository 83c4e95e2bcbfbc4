"""How far an idea has come with the officials, and which step may follow which. Pure rules."""

from __future__ import annotations

from enum import StrEnum

from interlinker_ideation.domain import N_
from interlinker_shared.errors import ConflictError


class Status(StrEnum):
    """Where an idea stands with the officials."""

    SUBMITTED = "submitted"
    IN_REVIEW = "in-review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PLANNED = "planned"
    IN_PROGRESS = "in-progress"
    DONE = "done"


class Feasibility(StrEnum):
    """Whether an idea can be done."""

    UNKNOWN = "unknown"
    FEASIBLE = "feasible"
    WITH_CHANGES = "with-changes"
    NOT_FEASIBLE = "not-feasible"


NEXT: dict[Status, frozenset[Status]] = {
    Status.SUBMITTED: frozenset({Status.IN_REVIEW, Status.ACCEPTED, Status.REJECTED}),
    Status.IN_REVIEW: frozenset({Status.SUBMITTED, Status.ACCEPTED, Status.REJECTED}),
    Status.ACCEPTED: frozenset({Status.IN_REVIEW, Status.REJECTED, Status.PLANNED, Status.IN_PROGRESS}),
    Status.REJECTED: frozenset({Status.IN_REVIEW}),
    Status.PLANNED: frozenset({Status.ACCEPTED, Status.REJECTED, Status.IN_PROGRESS}),
    Status.IN_PROGRESS: frozenset({Status.PLANNED, Status.REJECTED, Status.DONE}),
    Status.DONE: frozenset({Status.IN_PROGRESS}),
}
"""What may follow each status; the way back is there for mistakes, and is part of the history."""


class StepRefusedError(ConflictError):
    """This status does not follow the one that the idea has."""

    slug = "step-refused"


class UnansweredError(ConflictError):
    """Ideas are left without an answer."""

    slug = "unanswered-ideas"


class ArchivedError(ConflictError):
    """The campaign was put away."""

    slug = "campaign-archived"


class NotArchivableError(ConflictError):
    """Only a closed campaign is put away."""

    slug = "not-archivable"


def require_step(before: Status, after: Status) -> None:
    """Raise StepRefusedError unless `after` may follow `before`."""
    if after not in NEXT[before]:
        allowed = ", ".join(sorted(NEXT[before]))
        raise StepRefusedError(f"After {before} comes {allowed}, not {after}.")


def require_archivable(*, closed: bool, unanswered: int, reason: str | None) -> None:
    """Raise NotArchivableError before the close, UnansweredError where ideas have no answer and nobody says why."""
    if not closed:
        raise NotArchivableError(N_("A campaign is archived once it is closed."))
    if unanswered and reason is None:
        raise UnansweredError(
            f"{unanswered} ideas have no answer. Answer them, or give a reason why they stay without one."
        )


def require_not_archived(*, archived: bool) -> None:
    """Raise ArchivedError where the campaign was put away."""
    if archived:
        raise ArchivedError(N_("This campaign is archived: nothing about its ideas changes any more."))
