"""What checks look at in an answer, each with words for what was found instead."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import httpx

from interlinker_shared.http.problems import MEDIA_TYPE
from interlinker_shared.verify.checks import BrokenContractError

SHOWN = 160
IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNREMARKABLE = {"traceparent", "date", "ratelimit"}  # they differ from one request to the next, whatever is asked for


def expect(condition: object, why: str) -> None:
    """Go on if `condition` holds; say `why` the contract is broken otherwise."""
    if not condition:
        raise BrokenContractError(why)


def named(answer: httpx.Response) -> str:
    """The request that an answer belongs to, in words."""
    return f"{answer.request.method} {answer.request.url.raw_path.decode()[:SHOWN]}"


def expect_status(answer: httpx.Response, *wanted: int) -> httpx.Response:
    """The answer, if it has one of these statuses."""
    said = answer.text[:SHOWN]
    expect(
        answer.status_code in wanted,
        f"{named(answer)} answered {answer.status_code}, not {' or '.join(map(str, wanted))}: {said}",
    )
    return answer


def expect_json(answer: httpx.Response) -> Any:
    """The JSON of an answer."""
    kind = answer.headers.get("content-type", "")
    expect(kind.partition(";")[0].endswith("json"), f"{named(answer)} is {kind or 'of no type'}, not JSON")
    return answer.json()


def expect_problem(answer: httpx.Response, *wanted: int) -> dict[str, Any]:
    """The problem document of an answer with one of these statuses; of a 422 it names the fields."""
    expect_status(answer, *wanted)
    kind = answer.headers.get("content-type", "")
    expect(kind == MEDIA_TYPE, f"{named(answer)} answered {answer.status_code} as {kind!r}, not {MEDIA_TYPE}")
    problem: dict[str, Any] = answer.json()
    lacking = [key for key in ("type", "title", "status") if key not in problem]
    expect(not lacking, f"the problem of {named(answer)} lacks {', '.join(lacking)}")
    expect(problem["status"] == answer.status_code, f"the problem of {named(answer)} names status {problem['status']}")
    if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        fields = problem.get("errors", [])
        expect(fields, f"the 422 of {named(answer)} names no field")
        expect(
            all(entry["pointer"][:1] in {"", "/"} for entry in fields), f"{named(answer)} has a bad pointer: {fields}"
        )
    return problem


def expect_same(one: httpx.Response, other: httpx.Response, *, but: Collection[str] = ()) -> None:
    """Two answers that nobody can tell apart; each may repeat the ids that it was asked for."""
    apart = UNREMARKABLE | set(but)
    what = f"{named(one)} and {named(other)} can be told apart by"
    expect(one.status_code == other.status_code, f"{what} their status: {one.status_code} and {other.status_code}")
    expect(_said(one) == _said(other), f"{what} their bodies: {one.text[:SHOWN]} | {other.text[:SHOWN]}")
    first, second = (
        {name: value for name, value in answer.headers.multi_items() if name not in apart} for answer in (one, other)
    )
    expect(first == second, f"{what} their headers: {sorted(set(first.items()) ^ set(second.items()))}")


def _said(answer: httpx.Response) -> str:
    """The body; a page without the ids in its address, for its link to sign in leads back to where it was asked for."""
    body = answer.text
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return body
    for asked in IDS.findall(answer.request.url.path):
        body = body.replace(asked, "")
    return body
