"""The engine as data: where every process stands, what it waits for, what it has asked of blocks, and what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from interlinker_shared.db import JsonText, UtcDateTime, partial


class Base(DeclarativeBase):
    """Base of the gateway's tables."""


class TemplateRow(Base):
    """One version of a template; it never changes."""

    __tablename__ = "templates"

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    title: Mapped[dict[str, str]] = mapped_column(JsonText)
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None]


class ProcessRow(Base):
    """One process, pinned to its template's version for life. `rev` counts its transitions."""

    __tablename__ = "processes"
    __table_args__ = (ForeignKeyConstraint(["template", "template_version"], ["templates.id", "templates.version"]),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    template: Mapped[str]
    template_version: Mapped[str]
    title: Mapped[dict[str, str]] = mapped_column(JsonText)
    language: Mapped[str]
    inputs: Mapped[dict[str, Any]] = mapped_column(JsonText)
    roles: Mapped[dict[str, list[str]]] = mapped_column(JsonText)
    state: Mapped[str]
    rev: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str | None]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TaskRow(Base):
    """Where one task of a process stands; the columns of `domain.model.Progress` and when things happened."""

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_active", "state", **partial("state = 'active'")),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    attempt: Mapped[int]
    steps: Mapped[int]
    calling: Mapped[bool]
    closed: Mapped[bool]
    asset: Mapped[str | None]
    previous_asset: Mapped[str | None]
    option: Mapped[str | None]
    reason: Mapped[str | None]
    error: Mapped[str | None]
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AssetRow(Base):
    """Every asset that a process has had made, of every attempt, and the final result of it once there is one."""

    __tablename__ = "task_assets"
    __table_args__ = (Index("ix_task_assets_process", "process_id"),)

    asset: Mapped[str] = mapped_column(primary_key=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id))
    task: Mapped[str]
    attempt: Mapped[int]
    interlinker: Mapped[str]
    path: Mapped[str]
    view: Mapped[str]
    hash: Mapped[str | None]
    items: Mapped[int | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonText(none_as_null=True))


class VoteRow(Base):
    """What one person has chosen in one attempt at a decision."""

    __tablename__ = "votes"
    __table_args__ = (Index("ix_votes_subject", "subject"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id), primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    option: Mapped[str]
    reason: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TimerRow(Base):
    """A point in time that a task waits for."""

    __tablename__ = "timers"
    __table_args__ = (Index("ix_timers_due", "due_at"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id), primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WaitRow(Base):
    """A type of event that a task waits for; `match` is an expression that it has to satisfy."""

    __tablename__ = "waits"
    __table_args__ = (Index("ix_waits_type", "event_type"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id), primary_key=True)
    task: Mapped[str] = mapped_column(primary_key=True)
    event_type: Mapped[str]
    match: Mapped[str | None]


class CallRow(Base):
    """A call to a block: written in the transition that needs it, made after its commit, repeated until answered."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_due", "next_at", **partial("status = 'pending'")),
        Index("ix_calls_task", "process_id", "task"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id))
    task: Mapped[str]
    attempt: Mapped[int]
    number: Mapped[int]
    step: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    capability: Mapped[str]
    asset: Mapped[str | None]
    body: Mapped[dict[str, Any]] = mapped_column(JsonText)
    status: Mapped[str]
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waiting_for: Mapped[str | None]
    answer_digest: Mapped[str | None]


class HandoverRow(Base):
    """One item handed over: the provenance of `target_item`, and what became of `source_item`."""

    __tablename__ = "handovers"
    __table_args__ = (Index("ix_handovers_target", "process_id", "target_asset", "target_item"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id), primary_key=True)
    source_asset: Mapped[str] = mapped_column(primary_key=True)
    source_item: Mapped[str] = mapped_column(primary_key=True)
    target_asset: Mapped[str] = mapped_column(primary_key=True)
    target_item: Mapped[str] = mapped_column(primary_key=True)


class ContributionRow(Base):
    """Somebody took part; the event's own id makes it count once."""

    __tablename__ = "contributions"
    __table_args__ = (
        Index("ix_contributions_process", "process_id", "subject"),
        Index("ix_contributions_subject", "subject"),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id))
    asset: Mapped[str]
    subject: Mapped[str | None]
    action: Mapped[str]
    items: Mapped[list[str]] = mapped_column(JsonText)
    channel: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WithdrawalRow(Base):
    """An item that is gone."""

    __tablename__ = "withdrawals"

    asset: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True)


class FeedbackRow(Base):
    """What one contributor is told at the end."""

    __tablename__ = "feedback"
    __table_args__ = (Index("ix_feedback_subject", "subject"),)

    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    entries: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """What happened, the alias of who did it, and the hash of the entry before; the database refuses to change or delete one."""

    __tablename__ = "audit"

    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str]
    action: Mapped[str]
    actor: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JsonText)
    previous: Mapped[str]
    hash: Mapped[str]


class AuditWordsRow(Base):
    """What somebody wrote, where an entry of the audit trail names it by this id: the chain could not forget it."""

    __tablename__ = "audit_words"
    __table_args__ = (Index("ix_audit_words_process", "process_id"), Index("ix_audit_words_subject", "subject"))

    id: Mapped[str] = mapped_column(primary_key=True)
    process_id: Mapped[UUID] = mapped_column(ForeignKey(ProcessRow.id))
    subject: Mapped[str | None]
    text: Mapped[str]


class FeedRow(Base):
    """How far the recorded events of an instance have been read when the broker did not bring them."""

    __tablename__ = "feeds"

    base_url: Mapped[str] = mapped_column(primary_key=True)
    after: Mapped[int]
