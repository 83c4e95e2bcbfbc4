"""Surveys from elsewhere over HTTP and at the command line: looked at, or taken over as a draft."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from interlinker_shared.auth import Role
from interlinker_survey.cli import program

Client = httpx.AsyncClient
Headers = Callable[..., dict[str, str]]
Json = dict[str, Any]
PATHS = ["/surveys/imports/preview", "/surveys/imports"]
RAW: Json = {
    "title": {"default": "Town", "de": "Stadt"},
    "elements": [{"type": "text", "name": "a", "colour": "red"}, {"type": "telepathy", "name": "b"}],
}


def file(raw: Any = RAW, source: str = "surveyjs", **more: Any) -> Json:
    content = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return {"source": source, "content": base64.b64encode(content).decode(), **more}


@pytest.mark.parametrize("path", PATHS)
async def test_only_moderators_import(path: str, client: Client, as_: Headers) -> None:
    assert (await client.post(path, json=file())).status_code == 401
    assert (await client.post(path, json=file(), headers=as_("ana"))).status_code == 403
    assert (await client.post(path, json=file(), headers=as_("mo", Role.MODERATOR))).status_code < 300


async def test_a_preview_says_what_becomes_of_every_part_and_keeps_nothing(client: Client, owner: Json) -> None:
    found = (await client.post("/surveys/imports/preview", json=file(), headers=owner)).json()
    assert (found["title"], found["definition"]["elements"]) == ("Town", [{"type": "text", "name": "a"}])
    assert found["counts"] == {"taken": 0, "changed": 0, "lost": 2}
    assert {(one["place"], one["what"]) for one in found["findings"]} == {
        ("a", "colour"),
        ("/elements/1", "telepathy b"),
    }
    assert (await client.get("/surveys", headers=owner)).json()["items"] == []


@pytest.mark.parametrize(("title", "called"), [(None, "Town"), ("Our town", "Our town")])
async def test_an_import_is_a_draft_that_can_be_opened(
    title: str | None, called: str, client: Client, owner: Json
) -> None:
    created = await client.post("/surveys/imports", json=file(title=title), headers=owner)
    survey = created.json()["survey"]
    assert (created.status_code, survey["title"], survey["state"]) == (201, called, "draft")
    assert created.headers["location"] == f"surveys/{survey['id']}"
    assert (await client.post(f"/surveys/{survey['id']}/open", headers=owner)).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "slug"),
    [
        (file(b"no JSON"), "unreadable-file"),
        (file({"elements": []}), "unreadable-file"),
        (file({"elements": [{"type": "telepathy", "name": "b"}]}), "invalid"),
        (file(b"PK", "xlsform"), "unreadable-file"),
        (file(b"<a/>", "lss"), "unreadable-file"),
        (file(b"", "lss"), "unreadable-file"),
        (file() | {"source": "eus"}, "invalid"),
        (file() | {"content": "not base64!"}, "invalid"),
    ],
    ids=["text", "empty", "nothing", "zip", "xml", "void", "source", "base64"],
)
async def test_what_cannot_be_read_is_refused(path: str, body: Json, slug: str, client: Client, owner: Json) -> None:
    answer = await client.post(path, json=body, headers=owner)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (422, slug)


def test_the_command_prints_the_definition_and_what_was_lost(tmp_path: Path) -> None:
    (tmp_path / "town.json").write_text(json.dumps(RAW))
    done = CliRunner().invoke(program(), ["import", str(tmp_path / "town.json")])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["elements"] == [{"type": "text", "name": "a"}]
    assert "lost: a, colour" in done.stderr
    assert done.stderr.splitlines()[-1] == "0 taken, 0 changed, 2 lost"


@pytest.mark.parametrize(("name", "status"), [("town.docx", 2), ("town.lss", 1)])
def test_the_command_says_what_it_cannot_read(name: str, status: int, tmp_path: Path) -> None:
    (tmp_path / name).write_text("x")
    done = CliRunner().invoke(program(), ["import", str(tmp_path / name)])
    assert done.exit_code == status
    assert name in done.stderr
