"""The family under attack: requests through the front door or to a block itself, as whoever one pretends to be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from interlinker_shared.auth import Role, mint_token
from interlinker_shared.ids import new_id
from interlinker_shared.verify.operations import METHODS, PARAMETER, Operation
from interlinker_shared.verify.sample import sample_of
from tests.family import SERVICES, Family

ROOT = Path(__file__).resolve().parents[2]
REFUSED = {401, 403, 404}
OLGA = "olga"  # owns everything that is attacked
MALLORY = "mallory"  # has an account like any other


@dataclass
class Siege:
    """Keeps one connection pool; everything goes through the gateway unless `at` names a block to ask directly."""

    family: Family
    client: httpx.Client

    def token(self, role: Role, subject: str = MALLORY, audience: str = "gateway", ttl: int = 600) -> str:
        """What somebody shows who has signed in."""
        by = audience if audience in SERVICES else "gateway"
        return mint_token(self.family.secret_of(by), subject=subject, role=role, audience=audience, ttl=ttl)

    def ask(
        self,
        method: str,
        path: str,
        *,
        by: Role | str = Role.PUBLIC,
        subject: str = MALLORY,
        at: str = "gateway",
        **more: Any,
    ) -> httpx.Response:
        """One request in a role, or with a token as it is given."""
        headers = dict(more.pop("headers", {}))
        if by is not Role.PUBLIC:
            bearer = self.token(by, subject, at) if isinstance(by, Role) else by
            headers["Authorization"] = f"Bearer {bearer}"
        return self.client.request(method, self.family.url_of(at) + path, headers=headers, **more)

    def made(self, path: str, body: Any, **more: Any) -> dict[str, Any]:
        """Something that Olga creates."""
        answer = self.ask("POST", path, by=Role.OWNER, subject=OLGA, json=body, **more)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def board(self, *, opened: bool = True, **fields: Any) -> str:
        """A board of Olga's; its path behind the door."""
        body = {"title": "Our street", "language": "en", "config": {}} | fields
        path = f"/i/forum/boards/{self.made('/i/forum/boards', body)['id']}"
        if opened:
            self.made(f"{path}/open", None)
        return path

    def process(self) -> str:
        """A process of Olga's, in which only she decides; its path."""
        template = {
            "id": "walk",
            "version": "1.0.0",
            "title": {"en": "A walk"},
            "phases": [
                {"id": "go", "tasks": [{"id": "where", "decision": {"role": "guide", "options": ["here", "there"]}}]}
            ],
        }
        self.made("/templates", template)
        return f"/processes/{self.made('/processes', {'template': 'walk', 'roles': {'guide': [OLGA]}})['id']}"

    def operations(self, service: str) -> Iterator[tuple[Operation, dict[str, Any]]]:
        """Everything that a service says it does, with the document that says it."""
        document = self.client.get(self.family.url_of(service) + "/openapi.json").json()
        for path, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield Operation(method, path, item[method]), document


def role_of(operation: Operation) -> Role:
    """The role that an operation says it needs."""
    named = [role for entry in operation.description.get("security", []) for role in entry]
    return min((Role(role) for role in named), key=lambda role: role.rank, default=Role.PUBLIC)


def request_of(operation: Operation, document: dict[str, Any]) -> dict[str, Any]:
    """A body, where it takes one, that nothing is wrong with."""
    headers = {"If-Match": '"1"', "Sec-Fetch-Site": "same-origin"}
    body = {} if operation.body is None else {"json": sample_of(operation.body, document)}
    return {"headers": headers} | body


def unknown(operation: Operation) -> str:
    """Its path, about nothing that there is."""
    return PARAMETER.sub(lambda _match: str(new_id()), operation.path)


def kept_contract(service: str) -> dict[str, Any]:
    """The description of a service's API as it is committed."""
    folder = ROOT / ("gateway" if service == "gateway" else f"interlinkers/{service}")
    return dict(json.loads((folder / "contract" / "openapi.json").read_text()))


__all__ = ["MALLORY", "OLGA", "REFUSED", "SERVICES", "Siege", "kept_contract", "request_of", "role_of", "unknown"]
