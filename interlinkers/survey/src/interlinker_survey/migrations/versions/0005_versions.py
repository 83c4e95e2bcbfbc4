"""Versions of what is asked; three degrees of anonymity, fixed by the database itself with the first response."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from interlinker_shared.db import JsonText, UtcDateTime

revision = "survey_0005"
down_revision = "survey_0004"

ASSETS = sa.table(
    "assets",
    sa.column("id", sa.Uuid),
    sa.column("config", JsonText),
    sa.column("state", sa.String),
    sa.column("opened_at", UtcDateTime),
)
CHANGES = sa.table(
    "changes",
    sa.column("seq", sa.BigInteger),
    sa.column("kind", sa.String),
    sa.column("body", JsonText(none_as_null=True)),
)
FORMER: dict[str, tuple[str, dict[bool, str]]] = {
    "guests": ("access", {True: "open", False: "account"}),
    "anonymous": ("anonymity", {True: "anonymous", False: "pseudonymous"}),
}
FIXED = "the anonymity of a survey is fixed with its first response"
APART = "an anonymous survey keeps nobody beside a response"


def upgrade() -> None:
    """Create the table, give every survey that was opened its first version, and say its config in the present words."""
    op.add_column("responses", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    versions = op.create_table(
        "survey_versions",
        sa.Column("survey_id", sa.Uuid, sa.ForeignKey("assets.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("document", sa.String, nullable=False),
        sa.Column("merges", JsonText, nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("superseded_at", UtcDateTime),
    )
    connection = op.get_bind()
    for asset in connection.execute(sa.select(ASSETS)).all():
        if not asset.config:
            continue
        config = _in_present_words(asset.config)
        connection.execute(sa.update(ASSETS).where(ASSETS.c.id == asset.id).values(config=config))
        if asset.state != "draft":
            connection.execute(
                sa.insert(versions).values(_first(config), survey_id=asset.id, published_at=asset.opened_at)
            )
    for change in connection.execute(sa.select(CHANGES).where(CHANGES.c.kind == "survey")).all():
        if change.body and change.body.get("config"):
            body = change.body | {"config": _in_present_words(change.body["config"])}
            connection.execute(sa.update(CHANGES).where(CHANGES.c.seq == change.seq).values(body=body))
    (_guard_postgresql if connection.dialect.name == "postgresql" else _guard_sqlite)()


def _in_present_words(config: dict[str, Any]) -> dict[str, Any]:
    said = dict(config)
    for former, (present, meaning) in FORMER.items():
        said[present] = meaning[bool(said.pop(former, False))]
    anonymous = said["anonymity"] == "anonymous"
    return said | {"edits": "never" if anonymous else "until_close", "grace_hours": 24, "consent": None}


def _first(config: dict[str, Any]) -> dict[str, Any]:
    content = {"definition": config["definition"], "consent": None}
    document = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(document.encode()).hexdigest()
    return {"number": 1, "hash": f"sha256:{digest}", "document": document, "merges": {}}


def _guard_sqlite() -> None:
    op.execute(
        "CREATE TRIGGER anonymity_is_fixed BEFORE UPDATE OF config ON assets "  # noqa: S608 - constants of ours
        "WHEN json_extract(OLD.config, '$.anonymity') IS NOT json_extract(NEW.config, '$.anonymity') "
        "AND (EXISTS (SELECT 1 FROM responses WHERE survey_id = OLD.id) "
        "OR EXISTS (SELECT 1 FROM anonymous_responses WHERE survey_id = OLD.id)) "
        f"BEGIN SELECT RAISE(ABORT, '{FIXED}'); END"
    )
    for table in ("participations", "responses"):
        op.execute(
            f"CREATE TRIGGER {table}_stay_apart BEFORE INSERT ON {table} "  # noqa: S608 - as above
            "WHEN EXISTS (SELECT 1 FROM survey_keys WHERE survey_id = NEW.survey_id) "
            f"BEGIN SELECT RAISE(ABORT, '{APART}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION anonymity_is_fixed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN "  # noqa: S608 - as above
        "IF EXISTS (SELECT 1 FROM responses WHERE survey_id = OLD.id) "
        "OR EXISTS (SELECT 1 FROM anonymous_responses WHERE survey_id = OLD.id) "
        f"THEN RAISE EXCEPTION '{FIXED}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER anonymity_is_fixed BEFORE UPDATE OF config ON assets FOR EACH ROW "
        "WHEN (OLD.config ->> 'anonymity' IS DISTINCT FROM NEW.config ->> 'anonymity') "
        "EXECUTE FUNCTION anonymity_is_fixed()"
    )
    op.execute(
        "CREATE FUNCTION stay_apart() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN "  # noqa: S608 - as above
        "IF EXISTS (SELECT 1 FROM survey_keys WHERE survey_id = NEW.survey_id) "
        f"THEN RAISE EXCEPTION '{APART}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    for table in ("participations", "responses"):
        op.execute(
            f"CREATE TRIGGER {table}_stay_apart BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION stay_apart()"
        )
