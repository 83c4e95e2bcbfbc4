"""Requests made from what a service's OpenAPI says of an operation, and the same requests about something that is not there."""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from interlinker_shared.roles import Role
from interlinker_shared.verify.operations import PARAMETER, Operation
from interlinker_shared.verify.sample import properties_of, resolve, sample_of

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
SAFE = frozenset({"get"})

Choices = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Ask:
    """One request, without who asks. `body` is a text, so that whatever it names can be exchanged in it."""

    operation: Operation
    path: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    media: str = JSON
    version: int = 1

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.operation.method.upper()} {self.url} {self.body or ''}".rstrip()

    @cached_property
    def url(self) -> str:
        """Path and query."""
        values = iter(self.path)
        path = PARAMETER.sub(lambda _found: next(values), self.operation.path)
        return f"{path}?{urlencode(self.query)}" if self.query else path

    @cached_property
    def text(self) -> str:
        """All that it names."""
        return f"{self.url} {self.body or ''}"

    @cached_property
    def ids(self) -> list[str]:
        """The ids among that."""
        return _ID.findall(self.text)

    @cached_property
    def reads(self) -> bool:
        """Whether it changes nothing, as its method says."""
        return self.operation.method in SAFE

    def request(self) -> dict[str, Any]:
        """What httpx takes, but for who asks."""
        headers = {"If-Match": f'"{self.version}"', "Sec-Fetch-Site": "same-origin"}
        if self.body is None:
            return {"method": self.operation.method.upper(), "url": self.url, "headers": headers}
        headers["Content-Type"] = self.media
        return {"method": self.operation.method.upper(), "url": self.url, "headers": headers, "content": self.body}

    def about(self, others: Mapping[str, str]) -> Ask:
        """The same about other things."""

        def exchanged(text: str) -> str:
            for one, other in others.items():
                text = text.replace(one, other)
            return text

        query = tuple((name, exchanged(value)) for name, value in self.query)
        body = None if self.body is None else exchanged(self.body)
        return replace(self, path=tuple(map(exchanged, self.path)), query=query, body=body)


def is_id(name: str) -> bool:
    """Whether a name is an id, so that no other word can be it."""
    return _ID.fullmatch(name) is not None


def like(name: str) -> str:
    """The name of nothing, of the same shape."""
    if is_id(name):
        return str(uuid4())
    return "".join(secrets.choice(string.ascii_lowercase) if one.isalnum() else one for one in name)


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def role_of(operation: Operation) -> Role:
    """The role that an operation says it takes."""
    schemes = [Role(name) for entry in operation.description.get("security", ()) for name in entry]
    return max(schemes, key=lambda role: role.rank, default=Role.PUBLIC)


def queries(operation: Operation, document: Any, choices: Choices) -> Iterator[tuple[tuple[str, str], ...]]:
    """The parameters of its query: those that it must have, and each that could name something foreign."""
    found = [one for one in operation.description.get("parameters", ()) if one["in"] == "query"]
    named = {one["name"]: resolve(one["schema"], document) for one in found}
    required = {one["name"] for one in found if one.get("required")}
    must = {name: _values(name, named[name], document, choices) for name in required}
    base = [
        tuple(
            (name, one)
            for name, value in zip(must, values, strict=True)
            for one in _enough(value, must[name], named[name])
        )
        for values in product(*must.values())
    ]
    yield from base
    for name, schema in named.items():
        if name not in required and _kind(name, schema, document, choices) is not None:
            yield from ((*base[0], (name, value)) for value in _values(name, schema, document, choices))


def bodies(operation: Operation, document: Any, choices: Choices, by_hand: Mapping[str, Any]) -> Iterator[str | None]:
    """Bodies that its schema allows, one for everything that it could be about."""
    if operation.body is None:
        yield None
        return
    known = by_hand.get(str(operation.description.get("operationId")), {})
    schema = resolve(operation.body, document)
    lacking = [name for name in schema.get("required", ()) if name not in known]
    sample = {**sample_of({**schema, "required": lacking}, document), **known}
    schemas = properties_of(operation.body, document)
    free = {
        name: choices[kind]
        for name in sample.keys() - known.keys()
        if (kind := _kind(name, schemas.get(name, {}), document, choices)) is not None
    }
    several = {name for name in free if schemas[name].get("type") == "array"}
    for values in product(*free.values()):
        named = dict(zip(free, values, strict=True))
        yield json.dumps(sample | {name: [value] if name in several else value for name, value in named.items()})


def _enough(value: str, values: Sequence[str], schema: Mapping[str, Any]) -> Iterator[str]:
    """A value, and where a list needs more of them those that come after it: made one after the other, they stand in one place."""
    place = values.index(value)
    yield from (values[(place + more) % len(values)] for more in range(schema.get("minItems", 1)))


def _values(name: str, schema: Mapping[str, Any], document: Any, choices: Choices) -> Sequence[str]:
    kind = _kind(name, schema, document, choices)
    return [str(sample_of(schema, document))] if kind is None else choices[kind]


def _kind(name: str, schema: Mapping[str, Any], document: Any, choices: Choices) -> str | None:
    """Which choices there are for a field: an id, or one of the names that no schema can know."""
    formats = {schema.get("format"), *(resolve(one, document).get("format") for one in schema.get("anyOf", ()))}
    formats.add(schema.get("items", {}).get("format"))
    if "uuid" in formats:
        return "uuid"
    return name if name in choices else None
