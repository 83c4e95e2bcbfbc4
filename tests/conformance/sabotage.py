"""Ways to break a service on its way out: one for each check, so that each is seen to fail."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

Answer = httpx.Response
Change = Callable[[Answer], Answer]


@dataclass(frozen=True)
class Sabotage:
    """`request` may change what comes in, `answer` what goes out."""

    answer: Change = lambda answer: answer
    request: Callable[[httpx.Request], None] = lambda _request: None


class Broken(httpx.AsyncBaseTransport):
    """An application behind somebody who breaks it."""

    def __init__(self, inner: httpx.AsyncBaseTransport, sabotage: Sabotage) -> None:
        """Everything passes `sabotage`."""
        self._inner = inner
        self._sabotage = sabotage

    async def handle_async_request(self, request: httpx.Request) -> Answer:
        """Handle one request, badly."""
        await request.aread()
        self._sabotage.request(request)
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        answer.request = request
        return self._sabotage.answer(answer)


def at(suffix: str, change: Change, method: str | None = None) -> Sabotage:
    """`change` answers of addresses that end so."""

    def break_it(answer: Answer) -> Answer:
        here = answer.request.url.path.endswith(suffix) and method in {None, answer.request.method}
        return change(answer) if here else answer

    return Sabotage(break_it)


def turned(into: int, *statuses: int) -> Sabotage:
    """Answers of these statuses have another one."""
    return Sabotage(lambda answer: _with(answer, status=into) if answer.status_code in statuses else answer)


def document(edit: Callable[[Any], object]) -> Change:
    """`edit` the JSON of a success in place."""

    def change(answer: Answer) -> Answer:
        if not answer.is_success or "json" not in answer.headers.get("content-type", ""):
            return answer
        value = answer.json()
        edit(value)
        return _with(answer, content=json.dumps(value).encode())

    return change


def headers(**values: str | None) -> Change:
    """Set headers, or take them away with None."""

    def change(answer: Answer) -> Answer:
        for name, value in values.items():
            answer.headers.pop(name.replace("_", "-"), None)
            if value is not None:
                answer.headers[name.replace("_", "-")] = value
        return answer

    return change


def text(old: bytes, new: bytes) -> Change:
    """Replace a text."""
    return lambda answer: _with(answer, content=answer.content.replace(old, new))


def _with(answer: Answer, *, status: int | None = None, content: bytes | None = None) -> Answer:
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return Answer(
        status or answer.status_code,
        headers=kept,
        content=answer.content if content is None else content,
        request=answer.request,
    )


def _forget_key(request: httpx.Request) -> None:
    request.headers.pop("Idempotency-Key", None)


def _events(edit: Callable[[dict[str, Any]], object]) -> Sabotage:
    return at("/events", document(lambda feed: [edit(event) for event in feed["items"]]))


def _without(key: str, value: str) -> Callable[[Any], None]:
    def edit(page: Any) -> None:
        page["items"] = [item for item in page["items"] if item[key] != value]

    return edit


def _first_operation(edit: Callable[[dict[str, Any]], object]) -> Sabotage:
    return at("/openapi.json", document(lambda api: edit(api["paths"]["/pledges/{asset_id}/entries"]["get"])))


MANIFEST, CATALOGUE = "/.well-known/interlinker.json", "/.well-known/api-catalog"
STATELESS = {"closed": "open", "open": "draft", "draft": "draft"}
EACH_TIME_ANOTHER = document(lambda value: value.update(version=random.randrange(2**40)))

SABOTAGE: dict[str, Sabotage] = {
    "manifest-is-valid": at(MANIFEST, document(lambda manifest: manifest.pop("version"))),
    "addresses-in-the-manifest-answer": at("/schemas/config.json", text(b'"object"', b'"no type"')),
    "api-catalogue-is-a-linkset": at(CATALOGUE, headers(content_type="application/json")),
    "health-and-readiness-answer": at("/health/ready", document(lambda health: health.update(status="starting"))),
    "operation-ids-are-unique": _first_operation(lambda one: one.update(operationId="create_pledge")),
    "operations-declare-who-may": _first_operation(lambda one: one.pop("security")),
    "operations-declare-their-problems": _first_operation(lambda one: one["responses"].pop("429")),
    "operations-declare-their-answers": _first_operation(
        lambda one: one["responses"]["200"]["content"]["application/json"].pop("schema")
    ),
    "asyncapi-describes-the-events": at("/asyncapi.json", document(lambda api: api["channels"].pop("asset.closed.v1"))),
    "creating-answers-where-it-is": at("/pledges", headers(location=None), "POST"),
    "lists-come-in-pages": at("/pledges", document(lambda page: page.update(next=None)), "GET"),
    "reading-answers-its-version": Sabotage(headers(etag=None)),
    "changing-needs-if-match": turned(200, 428),
    "changing-a-stale-version-fails": turned(200, 412),
    "changing-the-current-version-works": Sabotage(
        lambda answer: headers(etag=None)(answer) if answer.request.method == "PATCH" else answer
    ),
    "opening-twice-is-opening-once": at("/open", EACH_TIME_ANOTHER),
    "closing-twice-is-closing-once": at("/close", EACH_TIME_ANOTHER),
    "life-goes-forward-only": turned(200, 409),
    "closed-assets-take-nothing-over": turned(200, 409),
    "closed-assets-refuse-contributions": turned(201, 409),
    "cloning-makes-a-draft-like-it": at("/clone", document(lambda asset: asset.update(title="Another"))),
    "deleting-leaves-a-tombstone": at("/changes", document(lambda page: page.update(items=[]))),
    "drafts-look-missing-to-the-public": Sabotage(
        lambda answer: (
            _with(answer, content=answer.content + str(answer.request.url).encode())
            if answer.status_code == 404
            else answer
        )
    ),
    "closing-dates-fire-by-themselves": Sabotage(
        document(lambda asset: asset.update(state=STATELESS[asset["state"]]) if "state" in asset else None)
    ),
    "opening-dates-fire-by-themselves": Sabotage(
        document(lambda asset: asset.update(state=STATELESS[asset["state"]]) if "state" in asset else None)
    ),
    "same-key-has-one-effect": Sabotage(request=_forget_key),
    "a-key-belongs-to-one-request": Sabotage(request=_forget_key),
    "results-are-provisional-or-hidden-before-the-end": at(
        "/result", document(lambda result: result.update(status="final"))
    ),
    "results-are-final-after-the-end": at("/result", document(lambda result: result.update(status="provisional"))),
    "result-hashes-are-right": at("/result", document(lambda result: result["counts"].update(more=1))),
    "results-do-not-change": at("/result", EACH_TIME_ANOTHER),
    "imports-happen-once": at("/imports", document(lambda taken: taken.update(created=len(taken["items"])))),
    "imports-repeat-as-a-delta": at("/imports", document(lambda taken: taken.update(created=len(taken["items"])))),
    "result-items-can-be-handed-on": at("/imports", document(lambda taken: taken.update(created=0))),
    "exports-are-streamed": at("/export", headers(content_type="text/plain")),
    "view-is-an-accessible-page": at("/view", text(b"<main", b"<div")),
    "view-speaks-the-readers-language": at("/view", text(b'<html lang="es"', b'<html lang="en"')),
    "view-runs-under-a-strict-policy": at("/view", headers(content_security_policy=None)),
    "roles-are-asked-for": turned(403, 401),
    "bad-tokens-are-refused": turned(200, 401),
    "members-may-not-moderate": turned(200, 403),
    "people-see-their-own-data-only": turned(200, 403),
    "life-is-told-in-events": at("/events", document(_without("type", "eu.interlinkers.template.result.published.v1"))),
    "events-are-cloud-events": _events(lambda event: event.pop("time")),
    "events-are-counted-per-aggregate": _events(lambda event: event.update(aggseq=event["aggseq"] + 1)),
    "results-in-events-are-those-to-read": _events(lambda event: event["data"].update(hash="sha256:0")),
    "changes-show-the-latest-state": at(
        "/changes", document(lambda page: [change.update(body={"state": "open"}) for change in page["items"]])
    ),
    "malformed-json-is-refused": turned(500, 400),
    "other-content-types-are-refused": turned(200, 415),
    "missing-fields-are-named": turned(200, 422),
    "unknown-fields-are-named": turned(200, 422),
    "wrong-types-are-refused": turned(500, 422),
    "broken-text-is-refused": turned(500, 400),
    "nul-is-refused": Sabotage(
        lambda answer: _with(answer, status=500) if b"\\u0000" in answer.request.content else answer
    ),
    "large-bodies-are-refused": turned(200, 413),
    "huge-numbers-are-refused": turned(500, 400, 422),
    "deep-nesting-is-refused": turned(500, 400, 422),
    "unknown-ids-are-not-found": turned(500, 404),
    "pages-survive-bad-input": turned(500, 404),
    "bad-input-stores-nothing": at(
        "/changes", document(lambda page: page["items"].append({"seq": random.randrange(2**40)}))
    ),
}
