"""Templates, processes and everything that happens to them."""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import JsonText, UtcDateTime, partial

revision = "gateway_0001"
down_revision = None

FORBIDS = "the audit trail can only grow"


def upgrade() -> None:
    """Create the tables, and let the database itself keep the audit trail as it is."""
    _processes()
    _waiting()
    _calls()
    _records()
    _audit()


def _text(name: str, *, key: bool = False, empty: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.String, primary_key=key, nullable=empty)


def _process(*, key: bool = False) -> "sa.Column[UUID]":
    return sa.Column("process_id", sa.Uuid, sa.ForeignKey("processes.id"), primary_key=key, nullable=False)


def _processes() -> None:
    op.create_table(
        "templates",
        _text("id", key=True),
        _text("version", key=True),
        _text("digest"),
        sa.Column("title", JsonText, nullable=False),
        sa.Column("document", JsonText, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        _text("created_by", empty=True),
    )
    op.create_table(
        "processes",
        sa.Column("id", sa.Uuid, primary_key=True),
        _text("template"),
        _text("template_version"),
        sa.Column("title", JsonText, nullable=False),
        _text("language"),
        sa.Column("inputs", JsonText, nullable=False),
        sa.Column("roles", JsonText, nullable=False),
        _text("state"),
        sa.Column("rev", sa.Integer, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        _text("started_by", empty=True),
        sa.Column("finished_at", UtcDateTime),
        sa.ForeignKeyConstraint(["template", "template_version"], ["templates.id", "templates.version"]),
    )
    op.create_table(
        "tasks",
        _process(key=True),
        _text("id", key=True),
        _text("state"),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("calling", sa.Boolean, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        *(_text(name, empty=True) for name in ("asset", "previous_asset", "option", "reason", "error")),
        sa.Column("started_at", UtcDateTime),
        sa.Column("finished_at", UtcDateTime),
    )
    op.create_index("ix_tasks_active", "tasks", ["state"], **partial("state = 'active'"))
    op.create_table(
        "task_assets",
        _text("asset", key=True),
        _process(),
        _text("task"),
        sa.Column("attempt", sa.Integer, nullable=False),
        _text("interlinker"),
        _text("path"),
        _text("view"),
        _text("hash", empty=True),
        sa.Column("items", sa.Integer),
        sa.Column("result", JsonText),
    )
    op.create_index("ix_task_assets_process", "task_assets", ["process_id"])


def _waiting() -> None:
    op.create_table(
        "votes",
        _process(key=True),
        _text("task", key=True),
        sa.Column("attempt", sa.Integer, primary_key=True),
        _text("subject", key=True),
        _text("option"),
        _text("reason"),
        sa.Column("made_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "timers",
        _process(key=True),
        _text("task", key=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_timers_due", "timers", ["due_at"])
    op.create_table(
        "waits", _process(key=True), _text("task", key=True), _text("event_type"), _text("match", empty=True)
    )
    op.create_index("ix_waits_type", "waits", ["event_type"])


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer, primary_key=True),
        _process(),
        _text("task"),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        _text("step"),
        sa.Column("key", sa.String, nullable=False, unique=True),
        _text("capability"),
        _text("asset", empty=True),
        sa.Column("body", JsonText, nullable=False),
        _text("status"),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("waiting_since", UtcDateTime),
        _text("waiting_for", empty=True),
        _text("answer_digest", empty=True),
    )
    op.create_index("ix_calls_due", "calls", ["next_at"], **partial("status = 'pending'"))
    op.create_index("ix_calls_task", "calls", ["process_id", "task"])
    op.create_table("feeds", _text("base_url", key=True), sa.Column("after", sa.Integer, nullable=False))


def _records() -> None:
    places = ("source_asset", "source_item", "target_asset", "target_item")
    op.create_table("handovers", _process(key=True), *(_text(name, key=True) for name in places))
    op.create_index("ix_handovers_target", "handovers", ["process_id", "target_asset", "target_item"])
    op.create_table(
        "contributions",
        sa.Column("event_id", sa.Uuid, primary_key=True),
        _process(),
        _text("asset"),
        _text("subject", empty=True),
        _text("action"),
        sa.Column("items", JsonText, nullable=False),
        _text("channel"),
        sa.Column("made_at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_contributions_process", "contributions", ["process_id", "subject"])
    op.create_table("withdrawals", _text("asset", key=True), _text("item", key=True))
    op.create_table(
        "feedback",
        _process(key=True),
        _text("subject", key=True),
        sa.Column("entries", JsonText, nullable=False),
        sa.Column("given_at", UtcDateTime, nullable=False),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        _process(key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        _text("at"),
        _text("action"),
        _text("actor", empty=True),
        sa.Column("detail", JsonText, nullable=False),
        _text("previous"),
        _text("hash"),
    )
    (_forbid_on_postgresql if op.get_bind().dialect.name == "postgresql" else _forbid_on_sqlite)()


def _forbid_on_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit BEGIN SELECT RAISE(ABORT, '{FORBIDS}'); END"
        )


def _forbid_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{FORBIDS}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
    )
