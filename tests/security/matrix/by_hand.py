"""What no schema can say: bodies whose parts must fit each other or the world, and things that no request can make."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.orm import Session

from interlinker_shared.accounts.store import PasskeyRow
from interlinker_shared.events.held import DeadLetterRow
from interlinker_shared.manifest import Manifest
from interlinker_shared.services.join import mint_join_token
from interlinker_shared.services.key import OwnKey, ServiceName, new_pem
from interlinker_shared.services.tokens import mint_service_token
from interlinker_shared.state import Kit
from interlinker_shared.verify.sample import sample_of
from tests.security.matrix.things import Realm

if TYPE_CHECKING:
    from tests.security.matrix.world import World

TEMPLATE = {
    "id": "matrix",
    "version": "1.0.0",
    "title": {"en": "Verify"},
    "phases": [
        {
            "id": "one",
            "tasks": [
                {"id": "choose", "decision": {"role": "coordinator", "options": ["yes", "no"]}},
                {"id": "rest", "wait": {"for": "P1D"}},
            ],
        }
    ],
}
_MANIFEST = Manifest(id="verify", name={"en": "Verify"}, description={"en": "Verify"}, version="1")

_BODIES: dict[str, Any] = {
    # To take something down needs a ground, a clause and facts.
    "decide_notice": {"outcome": "remove", "ground": "other-terms", "clause": "Verify", "facts": "Verify"},
    # An address for the answer, so that there is one to read.
    "file_notice": {"contact": "verify@example.org"},
    # Something that can be taken down: without a text nobody can report it.
    "submit_response": {"answers": {"suggestion": "Verify"}},
    "replace_own_response": {"answers": {"suggestion": "Verify"}},
    # Its own schema is another document.
    "upload_template": TEMPLATE,
    # A page of a site that the board is for, and a topic that asks something.
    "put_topic_of_page": {"url": "https://verify.example/page"},
    "open_topic": {"question": True},
    # An address that could be somebody's.
    "create_invitation": {"email": "verify@example.org"},
    # Of a template that there is, and one of its options.
    "start_process": {"template": "matrix"},
    "decide": {"option": "yes"},
    # The digest is that of the manifest.
    "register_instance": {
        "service": "verify",
        "base_url": "http://127.0.0.1:8002",
        "epoch": 1,
        "ttl": 60,
        "version": "1",
        "manifest": _MANIFEST.model_dump(mode="json", exclude_none=True),
        "manifest_digest": _MANIFEST.digest(),
    },
    "renew_instance": {"epoch": 1, "health": "passing", "manifest_digest": _MANIFEST.digest()},
}

_ASKED: dict[str, Any] = {
    "elements": [
        {"type": "checkbox", "name": "wish", "choices": ["shade", "benches"]},
        {"type": "comment", "name": "suggestion"},
        {"type": "radiogroup", "name": "place", "choices": ["park", "street"]},  # two that can be crossed
        {"type": "boolean", "name": "again"},
    ]
}
_CONFIGS: dict[str, Any] = {
    "board": {"origins": ["https://verify.example"]},
    # Else nothing in it can be reported before the close, and nothing published of a few.
    "survey": {"live_result": True, "smallest_count": 1, "definition": _ASKED},
}

_THEN = datetime(2026, 1, 1, tzinfo=UTC)
LETTER: dict[str, Any] = {
    "event_id": UUID("0197f000-0000-7000-8000-00000000dead"),
    "source": "/verify/main",
    "aggregate": "verify",
    "aggseq": 1,
    "envelope": json.dumps(
        {
            "specversion": "1.0",
            "id": "0197f000-0000-7000-8000-00000000dead",
            "source": "/verify/main",
            "type": "eu.interlinkers.verify.verify.verified.v1",
            "subject": "verify",
            "time": "2026-01-01T00:00:00Z",
            "aggseq": 1,
            "data": {},
        }
    ),
    "tries": 8,
    "error": "Verify",
    "failed_at": _THEN,
}
PASSKEY: dict[str, Any] = {
    "id": "cGFzc2tleSBvZiBhbm5h",
    "name": "Verify",
    "public_key": "Verify",
    "sign_count": 0,
    "created_at": _THEN,
}
REACTION = "up"
"""A word of the API, not the name of a thing: another word in its place is no request about nothing, but a wrong one."""
WORDS = {"tags": "verify", "reactions": REACTION, "versions": "1", "publications": "1"}
"""By the word before them in paths, names that are no ids and that no answer tells."""
DIRECTORY = json.dumps({"revision": 1, "items": []})
"""What the gateway has heard of a registry: without it no template can be looked through."""


def bodies_of(app: FastAPI) -> dict[str, Any]:
    """By operation, the part of its body that cannot be generated. What an asset is configured by has a schema of its own."""
    kind = app.state.kit.assets
    if kind is None:
        return _BODIES
    schema = kind.config.model_json_schema()
    return _BODIES | {
        f"create_{kind.singular}": {"config": sample_of(schema, schema) | _CONFIGS.get(kind.singular, {})}
    }


def words_of(app: FastAPI) -> dict[str, list[str]]:
    """By the names of fields and parameters, what can be said in them."""
    kind = app.state.kit.assets
    formats = ["csv", *(kind.exports if kind is not None else ())]
    pages = ["https://verify.example/page"]
    crossed = {"rows": ["place"], "columns": ["again"]}
    return {"page": pages, "kind": sorted(app.state.moderated), "format": formats, "epoch": ["1"], **crossed}


async def put_away(world: World, kind: str, asset: str) -> None:
    """Archive an asset of a kind (its path) that is closed, where that can be done."""
    if any(re.fullmatch(rf"{kind}/{{\w+}}/archive", path) for path in world.document["paths"]):
        body = {"reason": "Verify"}
        (await world.client.post(f"{kind}/{asset}/archive", json=body, headers=world.people["olga"])).raise_for_status()


async def plant(world: World) -> None:
    """Things that name themselves, or need others first; an event that failed; and a passkey, which takes an authenticator."""
    kit: Kit = world.app.state.kit
    paths, owner = world.document["paths"], world.people["olga"]
    if "/instances/{instance_id}" in paths:
        body = _BODIES["register_instance"]
        (await world.client.put("/instances/verify-main", json=body, headers=owner)).raise_for_status()
        await _join(world)
        for name in ("verify", "main"):  # both parts of the name of a key
            world.add(name, "service-keys", Realm.KNOWN)
    if "/processes" in paths:
        (await world.client.post("/templates", json=TEMPLATE, headers=owner)).raise_for_status()
        for realm in (Realm.OWN, Realm.KNOWN):
            started = await world.client.post("/processes", json=_BODIES["start_process"], headers=owner)
            name = started.raise_for_status().json()["id"]
            world.add(name, "processes", realm)
            world.roots[name] = f"process:{name}"
    if "/subjects/{subject}/erasure" in paths:
        (await world.client.delete("/subjects/verify-gone", headers=owner)).raise_for_status()
        world.add("verify-gone", "accounts", Realm.KNOWN)
    for heading, name in WORDS.items():
        if any(f"/{heading}/{{" in path for path in paths):
            world.add(name, heading, Realm.KNOWN)
    for name in world.app.state.schemas:
        world.add(name, "schemas", Realm.KNOWN)
    subject = await _subject_of(world, "anna")
    for heading, row, values in (("dead-letters", DeadLetterRow, LETTER), ("passkeys", PasskeyRow, PASSKEY)):
        own = {"consumer": kit.inbox.consumer} if row is DeadLetterRow else {"subject": subject}
        await kit.db.write(_insert, row, values | own)
        world.add(str(values.get("event_id") or values["id"]), heading, Realm.KNOWN)


async def refresh(world: World) -> None:
    """Begin the life anew of what ends by itself: the lease of an instance."""
    if "/instances/{instance_id}/renewals" in world.document["paths"]:
        path = "/instances/verify-main/renewals"
        body = _BODIES["renew_instance"]
        (await world.client.post(path, json=body, headers=world.people["olga"])).raise_for_status()


async def _join(world: World) -> None:
    """A service whose key is known."""
    key = OwnKey(ServiceName.of("verify/main"), new_pem())
    public = {"kty": "OKP", "crv": "Ed25519", "x": key.public.x}
    kit: Kit = world.app.state.kit
    token = mint_join_token(kit.secret, key.name.service)
    body = {"key": public, "proof": mint_service_token(key, kit.service), "token": token}
    (await world.client.post("/service-keys", json=body)).raise_for_status()


async def _subject_of(world: World, who: str) -> str:
    sessions = await world.client.get("/accounts", headers=world.people["olga"])
    return str(next(one["subject"] for one in sessions.json()["items"] if (one["email"] or "").startswith(who)))


def _insert(session: Session, row: Any, values: dict[str, Any]) -> None:
    session.execute(insert(row).values(values))
