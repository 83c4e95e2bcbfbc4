"""Every attack that the threat model and the two lists promise is a test that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODEL = (ROOT / "docs" / "threat-model.md").read_text()
HOLES = ("1a", "1b", "1c", "1d", "2a", "2b", "3a", "3b", "4", "5a", "5b", "6a", "6b", "6c", "7a", "7b", "7c", "8")


def names_below(*folders: Path) -> set[str]:
    """The names of all tests below these folders."""
    texts = (file.read_text() for folder in folders for file in folder.rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"def (test_\w+)\(", text)}


def everywhere() -> set[str]:
    return names_below(ROOT / "tests", ROOT / "shared" / "tests", ROOT / "gateway" / "tests", ROOT / "interlinkers")


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", MODEL))
    assert len(named) > 30
    assert named <= everywhere()
    assert all((ROOT / path).is_file() for path in re.findall(r"`(tests/[\w/]+\.py)`", MODEL))


@pytest.mark.parametrize("mark", [*(f"api{number}" for number in range(1, 11)), *(f"hole{which}" for which in HOLES)])
def test_each_entry_of_both_lists_has_an_attack(mark: str) -> None:
    found = {name for name in names_below(ROOT / "tests" / "security") if name.startswith(f"test_{mark}_")}
    assert found, mark
    assert found <= set(re.findall(r"`(test_\w+)`", MODEL)), "the threat model does not say what stops it"
