"""The programs in docs/embedding.md: each is taken from the page, run, and what it prints lets somebody in."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from shared.tests.boxes import SERVICE, Box, create_box_app
from shared.tests.portals import ORIGIN, Portal

from interlinker_shared.clock import utc_now
from interlinker_shared.testing import RunApp, TokenHeaders

PAGE = Path(__file__).parents[2] / "docs" / "embedding.md"
PROGRAMS = {"python": "python3", "php": "php", "js": "node"}
FENCE = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str, kind: str = "") -> list[str]:
    """The code blocks of the page with this language and mark."""
    return [text for found, mark, text in FENCE.findall(PAGE.read_text()) if (found, mark) == (language, kind)]


def program(name: str) -> str:
    """Where a program is; skipped, and said so, where it is not installed (never in CI, which must have it)."""
    path = shutil.which(name)
    if path is None:
        message = f"{name} is not installed"
        if os.environ.get("CI"):
            raise RuntimeError(message)
        pytest.skip(message)
    return path


async def output(*command: str, cwd: Path, **variables: str) -> str:
    """What a command prints."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, env=os.environ | variables, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return said.decode()


async def printed(language: str, portal: Portal, folder: Path, kind: str = "", **variables: str) -> str:
    """The token that the page's program in a language prints."""
    (text,) = blocks(language, kind)
    file = folder / f"program.{language}"
    file.write_text(text)
    told = {"EMBED_HOST": portal.id, "EMBED_SERVICE": SERVICE, "EMBED_ORIGIN": ORIGIN, "EMBED_ASSET": portal.asset}
    return (await output(program(PROGRAMS[language]), str(file), cwd=folder, **told, **variables)).strip()


@pytest.fixture
async def box(test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders) -> Box:
    return Box(await run_app(create_box_app(test_settings, clock=utc_now)), token)


@pytest.mark.parametrize("language", PROGRAMS)
async def test_a_program_with_the_secret_lets_a_resident_in(box: Box, tmp_path: Path, language: str) -> None:
    portal = Portal((await box.opened())["id"], box=box)
    await portal.trusted()
    token = await printed(language, portal, tmp_path, EMBED_SECRET=portal.secret)
    answer = await portal.exchange(token)
    assert (answer.status_code, answer.json().get("subject")) == (200, "town:resident-4711"), answer.text


@pytest.mark.parametrize("language", ["php", "js"])
async def test_a_program_with_a_key_of_its_own_lets_a_resident_in(box: Box, tmp_path: Path, language: str) -> None:
    (commands,) = blocks("sh", "keys")
    program("openssl")
    public, seed = (await output("sh", "-ec", commands, cwd=tmp_path)).split()
    portal = Portal((await box.opened())["id"], box=box, algorithm="Ed25519")
    assert (await portal.trusted(public_key=public)).status_code == 201
    own = {"EMBED_SEED": seed, "EMBED_KEY": str(tmp_path / "embed.pem")}
    answer = await portal.exchange(await printed(language, portal, tmp_path, "ed25519", **own))
    assert (answer.status_code, answer.json().get("subject")) == (200, "town:resident-4711"), answer.text
