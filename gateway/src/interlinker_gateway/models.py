"""Wire models of templates and processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, field_validator

from interlinker_gateway.domain.people import Stakeholder
from interlinker_shared.text import JsonObject, Key, LanguageTag, Line, Prose, Wire, stays_there


class TemplateSummary(Wire):
    """One version of a template."""

    id: str
    version: str
    title: dict[str, str]
    digest: str = Field(description="SHA-256 of the document as canonical JSON.")
    created_at: datetime


class Template(TemplateSummary):
    """A template with its document, as it was uploaded."""

    document: dict[str, Any]


class ProcessCreate(Wire):
    """What it takes to start a process. `roles` names the people (pseudonymous ids) who make a role's decisions."""

    template: Key
    version: Line | None = Field(None, description="Without it, the version uploaded last.")
    inputs: JsonObject = Field(
        default_factory=dict, description="Every input that the template declares, and no other."
    )
    roles: dict[Key, list[Key]] = Field(default_factory=dict, max_length=50)
    language: LanguageTag = "en"


class Process(Wire):
    """Where a process stands. `rev` counts its transitions."""

    id: UUID
    template: str
    template_version: str
    title: dict[str, str]
    language: str
    state: Literal["running", "finished", "cancelled"]
    rev: int
    inputs: dict[str, Any]
    started_at: datetime
    finished_at: datetime | None


class WaitingFor(Wire):
    """Why a task does not go on by itself: its block cannot answer. Nothing is lost meanwhile."""

    capability: str
    since: datetime
    reason: str
    text: str


class DecisionToMake(Wire):
    """Who decides, between what, how many must agree, and how many have chosen what so far."""

    role: str
    options: list[str]
    quorum: int
    votes: dict[str, int]


class Task(Wire):
    """Where one task stands. `address` and `view` lead to its asset through the front door, relative to the gateway."""

    id: str
    phase: str
    title: dict[str, str]
    kind: Literal["uses", "decision", "wait"]
    state: Literal["waiting", "starting", "active", "done", "skipped", "failed"]
    attempt: int
    needs: list[str]
    capability: str | None = None
    interlinker: str | None = None
    asset: str | None = None
    address: str | None = None
    view: str | None = None
    items: int | None = Field(None, description="Items in its result.")
    result_hash: str | None = None
    decision: DecisionToMake | None = None
    option: str | None = None
    reason: str | None = None
    due_at: datetime | None = None
    waiting_for: WaitingFor | None = None
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class Tasks(Wire):
    """Every task in the order of the template."""

    items: list[Task]


class DecisionCreate(Wire):
    """What somebody chooses, and why."""

    option: Key
    reason: Prose


class Cancellation(Wire):
    """Why a process ends early."""

    reason: Prose


class ItemPlace(Wire):
    """An item of an asset, and the task that the asset serves."""

    task: str
    asset: str
    item: str


class Handover(Wire):
    """One item handed over: `target` is what `source` became."""

    source: ItemPlace
    target: ItemPlace


class Became(Wire):
    """What became of one contribution. `outcome` is a word for machines, `reason` says it to people."""

    task: str
    action: str
    channel: str
    item: str | None
    title: str | None
    last_task: str
    outcome: str
    reason: dict[str, str]


class Feedback(Wire):
    """Everything one contributor is told."""

    subject: str
    entries: list[Became]
    given_at: datetime


class AuditEntry(Wire):
    """One entry; `hash` covers its other fields but the last two, `previous` is the hash of the entry before."""

    sequence: int
    at: str
    action: str
    actor: str | None = Field(description="An alias of who did it.")
    detail: dict[str, Any] = Field(description="Ids and words of ours; `words` is the id of what somebody wrote.")
    previous: str
    hash: str
    subject: str | None = Field(None, description="Who stands behind the alias; null once she was erased.")
    reason: str | None = Field(None, description="What she wrote; null once she was erased.")


class Audit(Wire):
    """The whole trail, and whether nobody has touched it; otherwise `broken_at` says from where on it cannot be believed."""

    items: list[AuditEntry]
    holds: bool
    broken_at: int | None


class OrganisationCreate(Wire):
    """A body that has teams: a municipality, an association, a company."""

    name: Line
    stakeholder: Stakeholder


class OrganisationPatch(Wire):
    """What of an organisation may change; a field that is absent stays as it is."""

    name: Line | None = None
    stakeholder: Stakeholder | None = None

    _kept = field_validator("name", "stakeholder")(stays_there)


class Organisation(OrganisationCreate):
    """An organisation. `version` is its ETag."""

    id: UUID
    version: int
    created_at: datetime


class TeamCreate(Wire):
    """People who take part together; one of four kinds of stakeholder."""

    name: Line
    stakeholder: Stakeholder
    organisation: UUID | None = None


class TeamPatch(Wire):
    """What of a team may change; a field that is absent stays as it is."""

    name: Line | None = None
    stakeholder: Stakeholder | None = None
    organisation: UUID | None = None

    _kept = field_validator("name", "stakeholder")(stays_there)


class Team(TeamCreate):
    """A team; as `team:<id>` it can hold roles. `version` is its ETag."""

    id: UUID
    version: int
    created_at: datetime


class TeamMemberPut(Wire):
    """Whether somebody leads the team: who does changes who belongs to it."""

    lead: bool = False


class TeamMember(TeamMemberPut):
    """Somebody of a team, by her pseudonymous id."""

    subject: str
    joined_at: datetime
