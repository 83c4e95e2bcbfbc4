"""Routes that write: acts of moderators and owners reach the audit trail, and those of guests carry a proof."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts

from interlinker_shared.audit.acts import ADMINISTRATIVE
from interlinker_shared.http import Anyone, Database, Owner

NOT_NOTED = {
    "ping_webhook": "sends a message that says nothing, and changes nothing",
    "preview_import": "says what a file would become, and keeps nothing",
}
ROUTINE = {
    "renew_instance": "a service's heartbeat",
    "register_instance": "what a service does at each start",
    "deregister_instance": "what a service does at each stop",
}
OF_SIGN_IN = "few for each client and each address: a letter, a link or a passkey is the proof"
UNPROVEN: dict[str, str] = {
    "join_family": "a token that the registry's operator gave out, once, and who has the key signs",
    "open_embed_session": "a portal vouches for the guest, once",
    "request_sign_in": OF_SIGN_IN,
    "request_sign_in_form": OF_SIGN_IN,
    "confirm_sign_in": OF_SIGN_IN,
    "confirm_sign_in_form": OF_SIGN_IN,
    "begin_passkey_sign_in": OF_SIGN_IN,
    "sign_in_by_passkey": OF_SIGN_IN,
    "sign_out_form": "ends the session that it came with, and nothing without one",
    "put_grant": "its action refuses everybody who owns no scope",
    "revoke_grant": "its action refuses everybody who owns no scope",
}


def writing(app: FastAPI) -> Iterator[tuple[RouteContext, set[str], bool]]:
    """Each documented route that is no GET, the roles it takes, and whether it writes through the request's database."""
    documented: dict[str, Any] = app.openapi()["paths"]
    for context in iter_route_contexts(app.routes):
        for method in (context.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            described = documented.get(context.path or "", {}).get(method.lower(), {})
            roles = {name for scheme in described.get("security", []) for name in scheme}
            yield context, roles, _takes_database(context.endpoint)


def _takes_database(endpoint: Any) -> bool:
    given = any("Database" in str(one.annotation) for one in signature(endpoint).parameters.values())
    return given or "unrepeated" in endpoint.__code__.co_names  # the same, without the answer being kept


def faults(app: FastAPI) -> list[str]:
    """Routes whose acts nobody would find in the trail, and routes on which a guest proves nothing."""
    found = []
    for context, roles, writes in writing(app):
        name, endpoint = context.name, context.endpoint
        if roles & ADMINISTRATIVE and not writes and name not in NOT_NOTED:
            found.append(f"{name} does not go through the request's database")
        if getattr(endpoint, "administrative", None) is False and name not in ROUTINE:
            found.append(f"{name} is called routine, and nobody says why")
        if roles == {"public"} and not getattr(endpoint, "takes_guests", False) and name not in UNPROVEN:
            found.append(f"{name} is for everybody and asks for no proof")
    return found


@pytest.mark.parametrize("entry", entry_points(group="interlinkers.services"), ids=lambda entry: entry.name)
def test_every_write_is_noted_or_proven(entry: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert faults(entry.load()()) == []


async def close_everything(_who: Owner) -> str:
    """A route for owners that writes past the request's database."""
    return ""


async def shout(_who: Anyone, db: Database) -> str:
    """A route for everybody."""
    return str(db)


def test_writes_that_escape_are_found() -> None:
    app = FastAPI()
    app.post("/close")(close_everything)
    app.post("/shout")(shout)
    assert faults(app) == [
        "close_everything does not go through the request's database",
        "shout is for everybody and asks for no proof",
    ]
