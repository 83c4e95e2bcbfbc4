"""What a service loads before it serves: each of these was a noticeable part of its start, and is needed later or never."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.architecture.house import SERVICES, House

NEVER = {"rich", "pygments", "prompt_toolkit", "pytest", "websockets", "asyncpg", "psycopg2"}
NOT_AT_ONCE = {
    *("alembic", "mako"),  # when there is something to migrate
    *("psycopg", "psycopg_pool"),  # where the database is a PostgreSQL
    *("jinja2", "babel"),  # with the first page
    *("pyromark", "nh3"),  # with the first text
    *("joserfc", "cryptography"),  # with the first token
    *("nats", "httpx", "certifi"),  # where there are a broker and a registry
    *("aiohttp", "cel", "jsonschema", "referencing", "attr", "yaml"),  # with the first use of the gateway
}
SPEAKS_TO_OTHERS = {"gateway": {"httpx", "certifi"}}

AS_SERVE_DOES = """
import sys
from pkgutil import resolve_name
from interlinker_shared.lean import FOR_TERMINALS, without
with without(FOR_TERMINALS):
    import interlinker_shared.cli.server
    resolve_name(sys.argv[1])()
print(*sys.modules)
"""


def applications(house: House) -> list[tuple[str, str]]:
    """The name of each service and where its application is made."""
    found = [one.project["entry-points"][SERVICES] for one in house.services]
    return [(name, factory) for entries in found for name, factory in entries.items()]


def loaded(program: str, folder: Path, *arguments: str) -> set[str]:
    """The packages that a fresh interpreter has loaded after `program`."""
    command = [sys.executable, "-c", program, *arguments]
    said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return {name.partition(".")[0] for name in said.split()}


def test_a_service_loads_nothing_that_its_start_does_not_need(house: House, tmp_path: Path) -> None:
    for name, factory in applications(house):
        heavy = (NEVER | NOT_AT_ONCE) - SPEAKS_TO_OTHERS.get(name, set())
        found = loaded(AS_SERVE_DOES, tmp_path, factory) & heavy
        assert not found, f"{name} loads {', '.join(sorted(found))} when it starts"


def test_the_broker_is_loaded_without_what_serves_another_transport(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom interlinker_shared.running import _broker\n_broker(sys.argv[1], 'x')\nprint(*sys.modules)"
    )
    assert "aiohttp" not in loaded(program, tmp_path, "nats://127.0.0.1:1")


def test_small_commands_do_not_load_the_application(house: House, tmp_path: Path) -> None:
    for name, factory in applications(house):
        program = (
            "import sys, atexit\nsys.argv[1:] = ['healthcheck', '--port', '1']\natexit.register(lambda: print(*sys.modules))\n"
            f"from {factory.partition('.')[0]}.cli import main\ntry: main()\nexcept SystemExit: pass"
        )
        found = loaded(program, tmp_path) & {"fastapi", "sqlalchemy", "uvicorn"}
        assert not found, f"the health check of {name} loads {', '.join(sorted(found))}"
