"""schemathesis asks every operation of every service as anonymous, member and owner: no server error, no answer that is not declared."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from interlinker_shared.auth import Role
from tests import results
from tests.conformance.conftest import GROUP
from tests.security.strange_requests import BRIEFLY, ROLES, THOROUGHLY, Asked, Outcome, ask, furnished

SERVICES = sorted({entry.name for entry in entry_points(group=GROUP)})
LEAST = 500  # requests to a service as one of the three, when it is asked thoroughly


def outcomes(service: str, folder: Path, how: Asked, database_url: str | None = None) -> dict[Role, Outcome]:
    with furnished(service, folder, database_url) as (app, url):
        return {role: ask(app, url, role, how) for role in ROLES}


def flaws(found: dict[Role, Outcome]) -> list[str]:
    """Everything that was not as it should be, with the request that shows it."""
    return [
        f"{role} {what}\n{shown}"
        for role, outcome in found.items()
        for what, shown in {**outcome.server_errors, **outcome.mismatches, **dict.fromkeys(outcome.broken, "")}.items()
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_of_chance_gets_an_answer_that_is_not_declared(service: str, tmp_path: Path) -> None:
    found = outcomes(service, tmp_path, BRIEFLY)
    assert not flaws(found), "\n\n".join(flaws(found))
    assert all(outcome.requests > 50 for outcome in found.values())


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("service", SERVICES)
def test_no_request_that_a_schema_suggests_does_on_postgresql(service: str, tmp_path: Path, postgres_url: str) -> None:
    found = outcomes(service, tmp_path, THOROUGHLY, postgres_url)
    report(service, found)
    assert not flaws(found), "\n\n".join(flaws(found))
    assert all(outcome.requests > LEAST for outcome in found.values())


def test_a_service_that_breaks_is_seen(tmp_path: Path) -> None:
    with furnished("template", tmp_path) as (app, url):
        app.state.schemas.clear()
        del app.state.asyncapi  # what GET /asyncapi.json answers with
        found = ask(app, url, Role.PUBLIC, BRIEFLY)
    assert "GET /asyncapi.json: not_a_server_error: 500" in found.server_errors


def report(service: str, found: dict[Role, Outcome]) -> None:
    """Keep the counts for `make security`."""
    how = f"schemathesis on {service} and PostgreSQL, as {', '.join(ROLES)}"
    counts = {
        "requests": (sum(one.requests for one in found.values()), results.at_least(LEAST * len(ROLES))),
        "server-errors": (sum(len(one.server_errors) for one in found.values()), results.at_most(0)),
        "mismatches": (sum(len(one.mismatches) for one in found.values()), results.at_most(0)),
    }
    figures = [
        results.Figure(name=f"strange-requests.{service}.{name}", value=value, unit=name, how=how, goal=goal)
        for name, (value, goal) in counts.items()
    ]
    results.merge(results.RESULTS / "security.json", figures)
    results.show(figures, title="strange requests")
