"""The dated phases of a campaign: which of them run at a moment, and what people may do in each. Pure rules.

A phase begins at the second that it names and is over at the second that it ends. Phases may overlap. A campaign without any is
governed by its gates alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from interlinker_ideation.domain import N_
from interlinker_shared.errors import ConflictError


class PhaseKind(StrEnum):
    """What a phase is for."""

    COLLECT = "collect"
    DISCUSS = "discuss"
    REFINE = "refine"
    VOTE = "vote"
    RESULT = "result"


class Deed(StrEnum):
    """What people do in a campaign."""

    SUBMIT = "submit"
    SUPPORT = "support"
    REVISE = "revise"
    VOTE = "vote"


class Standing(StrEnum):
    """Where a phase is at a moment."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"


IN: dict[Deed, frozenset[PhaseKind]] = {
    Deed.SUBMIT: frozenset({PhaseKind.COLLECT}),
    Deed.SUPPORT: frozenset({PhaseKind.COLLECT, PhaseKind.DISCUSS}),
    Deed.REVISE: frozenset({PhaseKind.COLLECT, PhaseKind.REFINE}),
    Deed.VOTE: frozenset({PhaseKind.VOTE}),
}
"""The phases in which a deed is possible; one of them must run."""

_REFUSED = {
    Deed.SUBMIT: N_("Ideas are not collected at this time. See the phases of the campaign."),
    Deed.SUPPORT: N_("Ideas cannot be supported at this time. See the phases of the campaign."),
    Deed.REVISE: N_("Ideas cannot be changed at this time. See the phases of the campaign."),
    Deed.VOTE: N_("There is no voting at this time. See the phases of the campaign."),
}


class Phase(Protocol):
    """A span of time; `closes_at` is the first moment after it, None: until the campaign closes."""

    @property
    def kind(self) -> PhaseKind: ...
    @property
    def opens_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime | None: ...


class PhaseClosedError(ConflictError):
    """No phase runs in which this is possible."""

    slug = "phase-closed"


def standing(phase: Phase, now: datetime) -> Standing:
    """Where a phase is at `now`."""
    if now < phase.opens_at:
        return Standing.UPCOMING
    return Standing.OVER if phase.closes_at is not None and phase.closes_at <= now else Standing.RUNNING


def may(phases: Sequence[Phase], deed: Deed, now: datetime) -> bool:
    """Whether a deed is possible at `now`; always, where a campaign has no phases."""
    return not phases or any(phase.kind in IN[deed] and standing(phase, now) is Standing.RUNNING for phase in phases)


def require_phase(phases: Sequence[Phase], deed: Deed, now: datetime) -> None:
    """Raise PhaseClosedError when a deed is not possible at `now`."""
    if not may(phases, deed, now):
        raise PhaseClosedError(_REFUSED[deed])


def edges(phases: Sequence[Phase]) -> list[tuple[datetime, PhaseKind, bool]]:
    """Each moment at which a phase begins (True) or is over (False), the earliest first."""
    begins = [(phase.opens_at, phase.kind, True) for phase in phases]
    ends = [(phase.closes_at, phase.kind, False) for phase in phases if phase.closes_at is not None]
    return sorted([*begins, *ends])
