"""Checks of what a service says about itself: manifest, catalogue of its API, health, OpenAPI, AsyncAPI."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urljoin

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import ValidationError

from interlinker_shared.assets.events import COMMON_EVENTS
from interlinker_shared.auth import Role
from interlinker_shared.events import event_type, nats_subject
from interlinker_shared.manifest import API_CATALOG, WELL_KNOWN, Manifest
from interlinker_shared.verify.checks import BrokenContractError, check
from interlinker_shared.verify.expect import expect, expect_json, expect_status
from interlinker_shared.verify.operations import operations
from interlinker_shared.verify.sample import resolve
from interlinker_shared.verify.service import Service

DECLARED = ("400", "401", "403", "404", "409", "413", "415", "422", "429")
OK = 200
ERRORS_FROM = 400


@check("4 manifest")
async def manifest_is_valid(service: Service) -> None:
    """The manifest is what its schema says, and names assets."""
    answer = expect_status(await service.ask("GET", WELL_KNOWN, role=Role.PUBLIC), OK)
    try:
        manifest = Manifest.model_validate(expect_json(answer))
    except ValidationError as error:
        found = "; ".join(f"{'/'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors())
        raise BrokenContractError(found) from error
    expect(manifest.assets is not None, "the manifest names no assets")
    expect(manifest.view is not None and "{id}" in manifest.view, "the manifest's `view` holds no {id}")


@check("4 manifest")
async def addresses_in_the_manifest_answer(service: Service) -> None:
    """Every address in the manifest answers, and the schemas are JSON Schemas."""
    manifest, assets = await service.manifest(), await service.assets()
    expect(manifest.result_schema, "the manifest names no result schema")
    for path in (assets.config_schema, str(manifest.result_schema)):
        schema = expect_json(expect_status(await service.ask("GET", path, role=Role.PUBLIC), OK))
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            message = f"{path} is no JSON Schema: {error.message}"
            raise BrokenContractError(message) from error
    scripts = [manifest.widget.script] if manifest.widget else []
    for path in (manifest.openapi, manifest.asyncapi, *scripts):
        expect_status(await service.ask("GET", path, role=Role.PUBLIC), OK)


@check("4 manifest")
async def api_catalogue_is_a_linkset(service: Service) -> None:
    """The API catalogue is a linkset (RFC 9727) whose links answer."""
    answer = expect_status(await service.ask("GET", API_CATALOG, role=Role.PUBLIC), OK)
    kind = answer.headers.get("content-type", "")
    expect(kind.startswith("application/linkset+json"), f"it is {kind}, not application/linkset+json")
    sets: list[dict[str, Any]] = answer.json()["linkset"]
    expect(sets and all("anchor" in one for one in sets), "a link set has no anchor")
    expect(any("service-desc" in one for one in sets), "no link to the description of the API (service-desc)")
    for link in (link for one in sets for links in one.values() if isinstance(links, list) for link in links):
        address = urljoin(str(answer.request.url), link["href"])
        found = await service.client.get(address)
        expect(found.status_code < ERRORS_FROM, f"{address} answered {found.status_code}")


@check("4 manifest")
async def health_and_readiness_answer(service: Service) -> None:
    """It says that it lives, has started and is ready."""
    for path in ("/health/live", "/health/startup", "/health/ready"):
        health = expect_json(expect_status(await service.ask("GET", path, role=Role.PUBLIC), OK))
        expect(health["status"] == "ok", f"{path} says {health['status']}")


@check("4 everywhere")
async def operation_ids_are_unique(service: Service) -> None:
    """Every operation in OpenAPI has an id of its own."""
    ids = Counter(str(one.description.get("operationId")) for one in await operations(service))
    expect("None" not in ids, "an operation has no id")
    expect(ids.most_common(1)[0][1] == 1, f"used twice: {[name for name, times in ids.items() if times > 1]}")


@check("4 everywhere")
async def operations_declare_who_may(service: Service) -> None:
    """Every operation in OpenAPI names a security scheme that is defined."""
    schemes = (await service.openapi()).get("components", {}).get("securitySchemes", {})
    for one in await operations(service):
        security = one.description.get("security")
        expect(security, f"{one} declares no security")
        unknown = {name for entry in security or () for name in entry} - schemes.keys()
        expect(not unknown, f"{one} names {sorted(unknown)}, which is not defined")


@check("4 everywhere")
async def operations_declare_their_problems(service: Service) -> None:
    """Every operation in OpenAPI declares 400, 401, 403, 404, 409, 413, 415, 422 and 429."""
    for one in await operations(service):
        lacking = [status for status in DECLARED if status not in one.description["responses"]]
        expect(not lacking, f"{one} does not declare {', '.join(lacking)}")


@check("4 everywhere")
async def operations_declare_their_answers(service: Service) -> None:
    """Every operation in OpenAPI says what it answers: a model wherever that is JSON."""
    document = await service.openapi()
    for one in await operations(service):
        successes = {s: answer for s, answer in one.description["responses"].items() if s.startswith(("2", "3"))}
        expect(successes, f"{one} declares no success")
        for answer in successes.values():
            schema = answer.get("content", {}).get("application/json", {"schema": {"type": "object"}}).get("schema", {})
            says = resolve(schema, document).keys() - {"title", "description"}
            expect(says, f"{one} answers JSON without a model")


@check("4 events")
async def asyncapi_describes_the_events(service: Service) -> None:
    """AsyncAPI 3 describes the events of the contract and all that the manifest names."""
    manifest = await service.manifest()
    document = await service.document(manifest.asyncapi)
    expect(str(document.get("asyncapi", "")).startswith("3."), f"asyncapi is {document.get('asyncapi')!r}, not 3.x")
    expect(document["info"]["title"] and document["info"]["version"], "info lacks title or version")
    for operation in document["operations"].values():
        resolve(operation["channel"], document)
    addresses = {channel["address"] for channel in document["channels"].values()}
    lacking = {nats_subject(manifest.id, event.name) for event in COMMON_EVENTS} - addresses
    expect(not lacking, f"it lacks {sorted(lacking)}")
    messages = {message.get("name") for message in document["components"]["messages"].values()}
    named = {event_type(manifest.id, event.name) for event in COMMON_EVENTS}
    expect(named <= set(manifest.events.out), f"the manifest lacks {sorted(named - set(manifest.events.out))}")
    expect(set(manifest.events.out) <= messages, f"it lacks {sorted(set(manifest.events.out) - messages)}")
