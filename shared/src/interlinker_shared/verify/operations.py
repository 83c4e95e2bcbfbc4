"""The operations that a service's OpenAPI document describes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from interlinker_shared.auth import Role
from interlinker_shared.verify.sample import Json, sample_of
from interlinker_shared.verify.service import Service, unknown_id

METHODS = ("get", "put", "post", "patch", "delete")
JSON = "application/json"
PARAMETER = re.compile(r"\{(\w+)[^}]*\}")
OF_THE_CONTRACT = ("open", "close", "clone", "imports", "export", "result", "view")


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    description: dict[str, Any]

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.method.upper()} {self.path}"

    @property
    def parameters(self) -> list[str]:
        """The names in its path."""
        return PARAMETER.findall(self.path)

    @property
    def needs_role(self) -> bool:
        """Whether one must sign in for it."""
        security = self.description.get("security", [])
        return bool(security) and not any(not entry or Role.PUBLIC.value in entry for entry in security)

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of its JSON body, if it takes one."""
        content = self.description.get("requestBody", {}).get("content", {})
        schema: dict[str, Any] | None = content.get(JSON, {}).get("schema")
        return schema

    @property
    def needs_body(self) -> bool:
        """Whether it takes nothing but a JSON body."""
        return self.body is not None and self.description["requestBody"].get("required") is True

    @property
    def answers_html(self) -> bool:
        """Whether it is a page."""
        successes = [
            answer for status, answer in self.description["responses"].items() if status.startswith(("2", "3"))
        ]
        return any("text/html" in answer.get("content", {}) for answer in successes)

    def address(self, **known: object) -> str:
        """Its path with `known` values in it, and unknown ids for the rest."""
        return PARAMETER.sub(lambda match: str(known.get(match[1], unknown_id())), self.path)


async def operations(service: Service) -> list[Operation]:
    """All of them."""
    paths: dict[str, dict[str, Any]] = (await service.openapi())["paths"]
    return list(_read(paths))


def _read(paths: dict[str, dict[str, Any]]) -> Iterator[Operation]:
    for path, item in paths.items():
        yield from (Operation(method, path, item[method]) for method in METHODS if method in item)


async def of_an_asset(service: Service) -> list[Operation]:
    """Those below the path of one asset that need no other id."""
    prefix = f"{(await service.assets()).path}/{{"
    found = await operations(service)
    return [one for one in found if one.path.startswith(prefix) and len(one.parameters) == 1]


async def contributions(service: Service) -> list[tuple[Operation, Json]]:
    """Ways to take part in an asset, each with a body that its schema allows."""
    document = await service.openapi()
    return [
        (one, sample_of(one.body, document))
        for one in await of_an_asset(service)
        if one.method in {"post", "put"} and one.body is not None and not one.path.endswith(OF_THE_CONTRACT)
    ]
