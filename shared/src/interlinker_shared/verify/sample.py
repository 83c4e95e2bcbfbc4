"""A small valid value for a JSON Schema: its example, its default, or the least that it allows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

Json = Any

TEXTS = ("Verify", "verify", "en", "a", "A", "1", "a1", "P1D", "#000000", "2030-01-01", "verify.verify.v1")
FORMATS = {
    "uuid": "0197f000-0000-7000-8000-000000000000",
    "date": "2030-01-01",
    "date-time": "2030-01-01T00:00:00Z",
    "email": "verify@example.org",
    "uri": "https://example.org/",
    "duration": "P1D",
}


def resolve(schema: Mapping[str, Json], document: Json) -> Mapping[str, Json]:
    """The schema that a local `$ref` leads to, with what stands beside it."""
    if "$ref" not in schema:
        return schema
    found = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return {**resolve(found, document), **{key: value for key, value in schema.items() if key != "$ref"}}


def sample_of(schema: Mapping[str, Json], document: Json) -> Json:
    """A value that `schema` (a part of `document`) allows; ValueError where it can neither be read nor guessed.

    A schema with `examples` gives its first one: that is how a model says what a useful value looks like.
    """
    schema = resolve(schema, document)
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return sample_of(schema[key][0], document)
    return _of_type(schema, document)


def properties_of(schema: Mapping[str, Json], document: Json) -> dict[str, Mapping[str, Json]]:
    """The properties of an object, each resolved; of an optional one (`anyOf` with null) the value it can have."""
    return {name: _present(part, document) for name, part in resolve(schema, document).get("properties", {}).items()}


def _present(schema: Mapping[str, Json], document: Json) -> Mapping[str, Json]:
    schema = resolve(schema, document)
    choices = [resolve(part, document) for part in schema.get("anyOf", ())]
    return next((part for part in choices if part.get("type") != "null"), schema)


def _of_type(schema: Mapping[str, Json], document: Json) -> Json:
    kind = schema.get("type", "object" if "properties" in schema else None)
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: sample_of(properties.get(name, {}), document) for name in schema.get("required", ())}
    if kind == "array":
        return [sample_of(schema.get("items", {}), document) for _ in range(schema.get("minItems", 0))]
    if kind in {"integer", "number"}:
        return _number(schema)
    return _text(schema) if kind == "string" else {"boolean": False}.get(str(kind))


def _number(schema: Mapping[str, Json]) -> Json:
    least = schema.get("minimum", min(0, schema.get("maximum", 0)))
    if "exclusiveMinimum" in schema:
        least = schema["exclusiveMinimum"] + 1
    return math.ceil(least) if schema["type"] == "integer" else least  # a bound may be written 0.0


def _text(schema: Mapping[str, Json]) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    least, most, pattern = schema.get("minLength", 0), schema.get("maxLength", 10**6), schema.get("pattern", "")
    for text in (text.ljust(least, text[-1]) for text in TEXTS):
        if len(text) <= most and re.search(pattern, text):
            return text
    message = f"no text comes to mind that matches {pattern!r}; give the schema an example"
    raise ValueError(message)
