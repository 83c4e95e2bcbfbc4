"""`interlinkers verify`: guessing valid values from schemas, and the command against a real server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import typer
import uvicorn
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field
from shared.tests.boxes import SERVICE, create_box_app
from starlette.requests import Request
from starlette.responses import Response
from typer.testing import CliRunner

from interlinker_shared.assets.models import AssetClone, AssetCreate, Handover
from interlinker_shared.auth import Authenticator, Role, mint_token
from interlinker_shared.clock import utc_now
from interlinker_shared.manifest import Manifest
from interlinker_shared.testing import SECRET, eventually, free_port
from interlinker_shared.verify import CHECKS, Outcome, Verdict
from interlinker_shared.verify.command import publish_badge, report, verify
from interlinker_shared.verify.sample import sample_of


class Choosy(BaseModel):
    kind: str = Field(pattern="^[a-z]+$", min_length=3)
    count: int = Field(gt=4)
    parts: list[int] = Field(min_length=2)
    nested: AssetClone
    either: int | str


class Shown(BaseModel):
    model_config = {"json_schema_extra": {"examples": [{"secret": "xyzzy"}]}}

    secret: str = Field(pattern="^xyzzy$")


@pytest.mark.parametrize("model", [AssetCreate, AssetClone, Handover, Choosy, Shown, Manifest])
def test_a_sample_is_what_its_schema_allows(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    sample = sample_of(schema, schema)
    Draft202012Validator(schema).validate(sample)
    model.model_validate(sample)


def test_what_cannot_be_guessed_asks_for_an_example() -> None:
    with pytest.raises(ValueError, match="give the schema an example"):
        sample_of({"type": "string", "pattern": "^xyzzy$"}, {})


@contextlib.asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The application behind a real socket; its address comes back."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none"))
    task = asyncio.create_task(server.serve())
    await eventually(lambda: _started(server))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def _started(server: uvicorn.Server) -> bool:
    return server.started


async def ask_verify(*arguments: str) -> tuple[int, str]:
    """Exit code and output of the command; it runs in a thread, as it has a loop of its own."""
    program = typer.Typer()
    program.command()(verify)
    result = await asyncio.to_thread(CliRunner().invoke, program, arguments, env={"COLUMNS": "300"})
    return result.exit_code, result.output


async def test_the_command_prints_what_is_kept_what_is_not_and_what_it_could_not_ask(
    test_settings: dict[str, Any],
) -> None:
    owner = mint_token(SECRET, subject="olga", role=Role.OWNER, audience=SERVICE)
    async with serving(create_box_app(test_settings, clock=utc_now)) as url:
        code, output = await ask_verify(url, "--token", owner)
    # The small block has no page: only what asks for one fails.
    assert code == 1
    assert [line.split("(")[1].split(",")[0] for line in output.splitlines() if "FAIL" in line] == [
        "manifest-is-valid",
        "view-is-an-accessible-page",
        "view-speaks-the-readers-language",
        "view-runs-under-a-strict-policy",
    ]
    assert output.count("roles other than the owner's need --secret") == 2
    assert "4 failed, 2 not checked" in output


@pytest.mark.parametrize(("verdict", "conformance"), [(Verdict.FAILED, "failed"), (Verdict.SKIPPED, "passed")])
def test_the_report_fails_when_a_check_does(verdict: Verdict, conformance: str) -> None:
    outcomes = [Outcome(CHECKS[0], Verdict.PASSED), Outcome(CHECKS[1], verdict, "why")]
    found = report("http://there", outcomes)
    assert (found["conformance"], found["contract"]) == (conformance, "1")
    assert found["checks"][1]["why"] == "why"
    assert json.loads(json.dumps(found)) == found


async def test_the_registry_is_told_the_outcome_by_somebody_it_believes() -> None:
    told: list[object] = []

    async def put_badge(request: Request) -> Response:
        principal = await Authenticator(SECRET, "registry").read(request.headers["authorization"])
        told.append((request.path_params["service"], await request.json(), principal.role))
        return Response(status_code=200)

    registry = FastAPI()
    registry.add_route("/catalogue/{service}/badge", put_badge, ["PUT"])
    async with serving(registry) as url:
        await publish_badge(url, SERVICE, SECRET, {"conformance": "passed", "checks": []})
        with pytest.raises(typer.Exit):
            await publish_badge(url, SERVICE, None, {"conformance": "passed"})
    assert told == [(SERVICE, {"conformance": "passed"}, Role.OWNER)]


async def test_where_no_interlinker_answers_the_command_says_so() -> None:
    code, output = await ask_verify(f"http://127.0.0.1:{free_port()}")
    assert code == 1
    assert "no Interlinker answers at" in output
