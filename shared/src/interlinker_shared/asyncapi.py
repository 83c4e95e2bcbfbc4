"""The description of a service's events as AsyncAPI 3.0, made from its event models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from interlinker_shared.events import Event, Handler, event_type, nats_subject
from interlinker_shared.manifest import Manifest


def build_asyncapi(manifest: Manifest, events: Sequence[type[Event]], handlers: Sequence[Handler]) -> dict[str, Any]:
    """The document: what `manifest.id` sends, each with its payload's JSON Schema, and which subjects it receives."""
    document: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {
            "title": manifest.name.get("en", manifest.id),
            "version": manifest.version,
            "license": {"name": manifest.licence},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {},
        "operations": {},
        "components": {"messages": {}, "schemas": {}},
    }
    for event in sorted(events, key=lambda entry: entry.name):
        _add_sent(document, manifest.id, event)
    for handler in sorted(handlers, key=lambda entry: entry.subject):
        _add_received(document, handler)
    return document


def _add_sent(document: dict[str, Any], service: str, event: type[Event]) -> None:
    schema = event.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"].update(schema.pop("$defs", {}))
    document["components"]["schemas"][event.__name__] = schema
    document["components"]["messages"][event.__name__] = {
        "name": event_type(service, event.name),
        "summary": (event.__doc__ or "").strip(),
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
    }
    channel = event.name
    message = {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}}
    document["channels"][channel] = {"address": nats_subject(service, event.name), "messages": message}
    reference = {"$ref": f"#/channels/{_escape(channel)}"}
    document["operations"][f"send.{channel}"] = {"action": "send", "channel": reference}


def _add_received(document: dict[str, Any], handler: Handler) -> None:
    channel = f"from.{handler.subject}"
    schema = handler.reader.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"].update(schema.pop("$defs", {}))
    document["components"]["schemas"][handler.reader.__name__] = schema
    payload = {"payload": {"$ref": f"#/components/schemas/{handler.reader.__name__}"}}
    document["channels"][channel] = {"address": handler.subject, "messages": {handler.reader.__name__: payload}}
    document["operations"][f"receive.{channel}"] = {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{_escape(channel)}"},
    }


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
