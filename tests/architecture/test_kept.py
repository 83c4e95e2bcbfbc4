"""Which public answers are kept in front of the services: every GET route that a guest may call is, or there is a reason."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from interlinker_shared.http import Anyone, Member
from interlinker_shared.http.cache import fixed, public
from interlinker_shared.testing_reads import routes

NOT_KEPT = {
    "/challenge": "is another one each time",
    "/health/live": "tells of this moment",
    "/health/startup": "tells of this moment",
    "/health/ready": "tells of this moment",
    "/metrics": "tells of this moment",
    "/instances": "shows when each lease ends, which moves with every renewal, and is waited on",
    "/instances/{instance_id}": "shows when the lease ends, which moves with every renewal",
    "/service-keys": "is waited on; who has it asks with its ETag",
    "/processes/{process_id}/view": "the gateway's engine writes to a process from many places; not kept yet",
    "/processes/view": "as above",
    "/processes": "as above",
    "/processes/{process_id}": "as above",
    "/processes/{process_id}/tasks": "as above",
    "/processes/{process_id}/provenance": "as above",
    "/grants": "for owners of the scope that is asked for, which its action finds out",
    "/grants/mine": "tells of who asks",
    "/organisations": "read by few; not kept yet",
    "/organisations/{organisation_id}": "as above",
    "/teams": "as above",
    "/teams/{team_id}": "as above",
    "/campaigns/{campaign_id}/result/bundle": "streamed; and read by few",
    "/campaigns/{campaign_id}/result/progress": "moves while ballots are counted",
    "/campaigns/{campaign_id}/result/verifier": "read by few",
    "/campaigns/{campaign_id}/view/vote": "is a form for one reader",
    "/notices/new/view": "a form for what may be gone the next moment",
    "/notices/{notice_id}": "told to who holds its secret",
    "/notices/{notice_id}/view": "as above",
    "/statements": "tells of who asks",
    "/statements/view": "as above",
    "/statements/{statement_id}": "as above",
    "/statements/{statement_id}/view": "as above",
    "/subjects/{subject}/erasure": "told to who holds its receipt",
    "/campaigns/{campaign_id}/phases": "tells of this moment",
    "/campaigns/{campaign_id}/ideas/similar": "asked while somebody types: seldom the same twice",
    "/templates": "read when a process begins, and by few",
    "/templates/schema": "as above",
    "/templates/{template_id}": "as above",
}
NOT_KEPT |= dict.fromkeys(
    (
        "/sign-in/view",
        "/sign-in/sent/view",
        "/sign-in/confirm/view",
        "/account/view",
        "/account/erased/view",
        "/sign-in/provider",
        "/sign-in/provider/back",
    ),
    "signing in is about one reader",
)
STREAMS = "/export"

Reads = dict[str, tuple[str | None, set[str]]]


def reads_of(app: FastAPI) -> Iterator[tuple[str, str | None, set[str]]]:
    """Pattern, how it is kept, and the roles that may call it, of each documented GET route."""
    documented: dict[str, Any] = app.openapi()["paths"]
    for method, path, kept in routes(app):
        described = documented.get(path.replace(":path}", "}"), {}).get("get")
        if method == "GET" and described is not None:
            yield path, kept, {name for scheme in described.get("security", []) for name in scheme}


def faults(app: FastAPI) -> list[str]:
    """Routes that keep what not everybody may read, and public ones that neither keep nor say why not."""
    found = []
    for path, kept, roles in reads_of(app):
        if kept and roles != {"public"}:
            found.append(f"{path} is kept, but takes {roles}")
        if not kept and roles == {"public"} and path not in NOT_KEPT and not path.endswith(STREAMS):
            found.append(f"{path} is public and not kept, and nobody says why")
        if kept and path.endswith(STREAMS):
            found.append(f"{path} is a stream")
    return found


@pytest.mark.parametrize("entry", entry_points(group="interlinkers.services"), ids=lambda entry: entry.name)
def test_what_is_kept_is_public(entry: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    app = entry.load()()
    kept = [path for path, kept, _ in reads_of(app) if kept]
    print(entry.name, *kept, sep="\n  ")
    assert "/.well-known/interlinker.json" in kept
    assert not faults(app)


async def read_secrets(who: Member) -> str:
    """A route for members."""
    return str(who.subject)


async def read_news(_who: Anyone) -> str:
    """A route for everybody."""
    return ""


@pytest.mark.parametrize("keep", [public, fixed])
def test_a_route_for_members_must_not_be_kept(keep: Any) -> None:
    app = FastAPI()
    app.add_api_route("/secrets", keep(read_secrets))
    assert faults(app) == ["/secrets is kept, but takes {'member'}"]


def test_a_public_route_must_say_why_it_is_not_kept() -> None:
    app = FastAPI()
    app.add_api_route("/news", read_news)
    assert faults(app) == ["/news is public and not kept, and nobody says why"]
