"""Statements for both databases, and what they must not load."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex

from interlinker_shared.db import partial, upsert
from interlinker_shared.db.postgres import indexes

ROWS = Table("rows", MetaData(), Column("id", Integer, primary_key=True), Column("number", Integer))
DIALECTS = (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_an_existing_row_is_left_alone_on_either_database(dialect: Dialect) -> None:
    statement = upsert(ROWS).on_conflict_do_nothing()
    assert str(statement.compile(dialect=dialect)).endswith(" ON CONFLICT DO NOTHING")


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_an_existing_row_is_changed_on_either_database(dialect: Dialect) -> None:
    new = upsert(ROWS)
    statement = new.on_conflict_do_update(index_elements=["id"], set_={"number": new.excluded.number})
    assert str(statement.compile(dialect=dialect)).endswith(" ON CONFLICT (id) DO UPDATE SET number = excluded.number")


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda one: one.name)
def test_a_partial_index_has_its_condition_on_either_database(dialect: Dialect) -> None:
    index = Index("ix_rows", ROWS.c.number, **partial("number IS NOT NULL"))
    assert indexes.create_index is not None, "the database module makes them partial"
    assert str(CreateIndex(index).compile(dialect=dialect)) == (
        "CREATE INDEX ix_rows ON rows (number) WHERE number IS NOT NULL"
    )


def test_tables_load_no_dialect_of_a_database_that_is_not_in_use() -> None:
    code = (
        "import sys, interlinker_shared.app, interlinker_shared.events.held;"
        "sys.exit('sqlalchemy.dialects.postgresql' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
