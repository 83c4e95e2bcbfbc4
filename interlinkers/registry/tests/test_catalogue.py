"""The catalogue: entries made from manifests, search, paging, badges, the schema of a manifest."""

from __future__ import annotations

from typing import Any

import jsonschema
from interlinkers.registry.tests.calling import Registry, manifest_of, pointers, problem, registration

from interlinker_shared.auth import Role
from interlinker_shared.testing import TokenHeaders

SEARCHES: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["budget", "forum", "survey"]),
    ({"q": "FORUM"}, ["forum"]),
    ({"q": "ciudad el"}, ["forum", "survey"]),
    ({"q": "ciudad forum"}, ["forum"]),
    ({"q": "STRASSE"}, ["budget"]),
    ({"q": "über"}, ["budget"]),
    ({"q": "100%"}, ["budget"]),
    ({"q": "%"}, ["budget"]),
    ({"q": "_"}, []),
    ({"q": "ballot"}, ["budget"]),
    ({"capability": "ballot"}, ["budget"]),
    ({"language": "ES"}, ["budget", "forum", "survey"]),
    ({"language": "es-AR"}, ["budget"]),
    ({"language": "en", "capability": "survey"}, ["survey"]),
    ({"language": "fr"}, []),
]

WRONG_QUERIES = [
    ("limit=0", "/query/limit"),
    ("cursor=x", "/query/cursor"),
    ("cursor=WzFd", "/query/cursor"),
    ("language=%00", "/query/language"),
    (f"q={'a' * 201}", "/query/q"),
]


async def names(registry: Registry, **params: Any) -> list[str]:
    """The services of a page of the catalogue."""
    found = (await registry.client.get("/catalogue", params=params)).raise_for_status().json()
    return [entry["service"] for entry in found["items"]]


async def fill(registry: Registry) -> None:
    """Three services, one of which speaks German too."""
    await registry.register("forum-main")
    await registry.register("survey-main")
    texts = {"de": "Straße 100%", "es-AR": "Presupuesto"}
    budget = manifest_of("budget", name=texts, description={"de": "Über Geld"}, capabilities=["budget", "ballot"])
    answer = await registry.register("budget-main", **registration(manifest=budget))
    assert answer.status_code == 201, answer.text


async def test_a_registration_makes_an_entry_from_the_manifest(registry: Registry) -> None:
    await registry.register()
    entry = (await registry.client.get("/catalogue/forum")).json()
    assert entry.pop("manifest")["id"] == "forum"
    assert entry == {
        "service": "forum",
        "name": {"en": "Forum", "es": "El forum"},
        "description": {"en": "The forum of our town", "es": "El forum de nuestra ciudad"},
        "languages": ["en", "es"],
        "version": "1.2.3",
        "licence": "Apache-2.0",
        "capabilities": ["forum"],
        "problem_profiles": [],
        "badge": {"conformance": "unknown", "checked_at": None},
        "instances": [
            {"id": "forum-main", "base_url": "http://127.0.0.1:8002", "state": "passing", "health": "passing"}
        ],
        "registered_at": "2026-01-01T12:00:00Z",
        "updated_at": "2026-01-01T12:00:00Z",
    }


async def test_a_new_manifest_replaces_what_the_entry_says_and_keeps_its_badge(registry: Registry) -> None:
    await registry.register()
    await registry.client.put("/catalogue/forum/badge", json={"conformance": "passed"}, headers=registry.owner)
    await registry.pass_time(seconds=5)
    await registry.register(**registration(manifest=manifest_of(capabilities=["thread"], version="2.0.0")))
    entry = (await registry.client.get("/catalogue/forum")).json()
    assert (entry["version"], entry["capabilities"], entry["badge"]["conformance"]) == ("2.0.0", ["thread"], "passed")
    assert entry["registered_at"] < entry["updated_at"]
    assert await names(registry, capability="forum") == []


async def test_an_unknown_entry_is_not_found(registry: Registry) -> None:
    missing = await registry.client.get("/catalogue/forum")
    assert (missing.status_code, problem(missing)) == (404, "not-found")


async def test_entries_are_found_by_words_capability_and_language(registry: Registry) -> None:
    await fill(registry)
    assert [(query, await names(registry, **query)) for query, _ in SEARCHES] == SEARCHES


async def test_the_catalogue_comes_in_pages(registry: Registry) -> None:
    await fill(registry)
    first = (await registry.client.get("/catalogue?limit=2")).json()
    second = (await registry.client.get("/catalogue", params={"limit": 2, "cursor": first["next"]})).json()
    assert [entry["service"] for entry in first["items"] + second["items"]] == ["budget", "forum", "survey"]
    assert second["next"] is None


async def test_wrong_queries_name_the_parameter(registry: Registry) -> None:
    answers = [await registry.client.get(f"/catalogue?{query}") for query, _ in WRONG_QUERIES]
    assert [answer.status_code for answer in answers] == [422] * len(WRONG_QUERIES)
    assert [pointers(answer) for answer in answers] == [[pointer] for _, pointer in WRONG_QUERIES]


async def test_the_outcome_of_the_conformance_kit_is_kept_with_its_time(registry: Registry) -> None:
    await registry.register()
    put = registry.client.put
    dated = {"conformance": "failed", "checked_at": "2025-12-31T23:00:00+01:00"}
    answer = await put("/catalogue/forum/badge", json=dated, headers=registry.owner)
    assert answer.json() == {"conformance": "failed", "checked_at": "2025-12-31T22:00:00Z"}
    now = await put("/catalogue/forum/badge", json={"conformance": "passed"}, headers=registry.owner)
    assert now.json() == {"conformance": "passed", "checked_at": "2026-01-01T12:00:00Z"}
    assert (await registry.client.get("/catalogue/forum")).json()["badge"] == now.json()


async def test_a_badge_needs_an_owner_an_entry_and_an_outcome(registry: Registry, token: TokenHeaders) -> None:
    await registry.register()
    put, body = registry.client.put, {"conformance": "passed"}
    moderator = token(Role.MODERATOR, "mo", audience="registry")
    assert (await put("/catalogue/forum/badge", json=body)).status_code == 401
    assert (await put("/catalogue/forum/badge", json=body, headers=moderator)).status_code == 403
    assert (await put("/catalogue/survey/badge", json=body, headers=registry.owner)).status_code == 404
    wrong = {"conformance": "great", "checked_at": "2026-01-01T00:00:00"}
    refused = await put("/catalogue/forum/badge", json=wrong, headers=registry.owner)
    assert (refused.status_code, pointers(refused)) == (422, ["/conformance", "/checked_at"])
    before_time = body | {"checked_at": "0001-01-01T00:00:00+14:00"}
    assert (await put("/catalogue/forum/badge", json=before_time, headers=registry.owner)).status_code == 422


async def test_the_published_schema_is_valid_and_takes_our_own_manifest(registry: Registry) -> None:
    answer = await registry.client.get("/schemas/manifest.json")
    schema = answer.json()
    jsonschema.Draft202012Validator.check_schema(schema)
    own = (await registry.client.get("/.well-known/interlinker.json")).json()
    jsonschema.Draft202012Validator(schema).validate(own)
    assert answer.headers["content-type"] == "application/schema+json"
    assert not jsonschema.Draft202012Validator(schema).is_valid(own | {"id": "No Id"})
