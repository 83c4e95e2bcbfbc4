"""The tree under test, and a way to plant a small tree in which a rule is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.house import House

PROJECT = """\
[project]
name = "{name}"
version = "0.1.0"
dependencies = ["interlinker-shared", "fastapi"]
"""
ENTRY = """
[project.entry-points."interlinkers.services"]
{id} = "{package}.app:create_app"
"""


@pytest.fixture(scope="session")
def house() -> House:
    """This repository."""
    return House(Path(__file__).resolve().parents[2])


@pytest.fixture
def plant(tmp_path: Path) -> Callable[[dict[str, str]], House]:
    """A tree of shared, a gateway, a forum and a survey, with the given files in it."""

    def planted(files: dict[str, str]) -> House:
        for folder in ("shared", "gateway", "interlinkers/forum", "interlinkers/survey"):
            name = folder.rpartition("/")[2]
            package = f"interlinker_{name}"
            text = PROJECT.format(name=package.replace("_", "-"))
            if name != "shared":
                text += ENTRY.format(id=name, package=package)
            write(tmp_path / folder / "pyproject.toml", text)
            write(tmp_path / folder / "src" / package / "__init__.py", "")
        for path, text in files.items():
            write(tmp_path / path, text)
        return House(tmp_path)

    return planted


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
