"""Migrations at start: alembic, one version table per package, so that shared's tables and a service's grow apart."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

REVISION = re.compile(r'^revision = "([^"]+)"', re.MULTILINE)
DOWN_REVISION = re.compile(r'^down_revision = "([^"]+)"', re.MULTILINE)


def upgrade(connection: Connection, package: str) -> None:
    """Bring the tables of `package` to its newest revision.

    Raises RuntimeError when the database was written by a newer release than this one.
    """
    versions = Path(str(files(package))) / "migrations" / "versions"
    if versions.is_dir() and _revisions_of(connection, package) != _heads(versions):
        _run(connection, package, versions)


def _run(connection: Connection, package: str, versions: Path) -> None:
    # Loaded only when there is something to do: a service whose tables are up to date starts sooner without.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.util.exc import CommandError  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions))
    config.attributes.update(connection=connection, version_table=_version_table(package))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        message = (
            f"The database was written by a newer release of {package} than this one ({error}). Start that release."
        )
        raise RuntimeError(message) from error


def _heads(versions: Path) -> set[str]:
    """The revisions in a folder that no other one follows."""
    texts = [path.read_text() for path in versions.glob("*.py")]
    known = {found for one in texts for found in REVISION.findall(one)}
    return known - {found for one in texts for found in DOWN_REVISION.findall(one)}


def _revisions_of(connection: Connection, package: str) -> set[str]:
    """The revisions that a database is at; none for a new one."""
    table = _version_table(package)
    try:
        if not inspect(connection).has_table(table):
            return set()
        return set(connection.execute(text(f"SELECT version_num FROM {table}")).scalars())  # noqa: S608 - our own name
    finally:
        connection.rollback()


def _version_table(package: str) -> str:
    return f"alembic_version_{package}"
