"""Migrations at start: alembic, one version table per package, so that shared's tables and a service's grow apart."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.engine import Connection


def upgrade(connection: Connection, package: str) -> None:
    """Bring the tables of `package` to its newest revision.

    Raises RuntimeError when the database was written by a newer release than this one.
    """
    versions = Path(str(files(package))) / "migrations" / "versions"
    if not versions.is_dir():
        return
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(versions))
    config.attributes.update(connection=connection, version_table=f"alembic_version_{package}")
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        message = (
            f"The database was written by a newer release of {package} than this one ({error}). Start that release."
        )
        raise RuntimeError(message) from error
