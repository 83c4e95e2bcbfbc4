"""Partial indexes: PostgreSQL is told what a table says for SQLite.

An index that named PostgreSQL itself would load its dialect wherever the table is, also where nobody uses it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler


@compiles(CreateIndex, "postgresql")
def create_index(create: CreateIndex, compiler: DDLCompiler, **options: Any) -> str:
    """CREATE INDEX, with the condition of a partial one."""
    of = create.element.dialect_options
    of["postgresql"]["where"] = of["sqlite"]["where"]
    statement: str = compiler.visit_create_index(create, **options)  # type: ignore[no-untyped-call]  # SQLAlchemy's has no types
    return statement
