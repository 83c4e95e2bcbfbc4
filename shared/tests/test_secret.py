"""Commands find the secret of the services that run beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlinker_shared.cli.secret import find_secret


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOXES_SECRET", raising=False)


def test_nothing_is_found_and_nothing_is_made_where_nothing_runs(tmp_path: Path) -> None:
    assert find_secret("boxes") is None
    assert list(tmp_path.iterdir()) == []


def test_what_it_was_told_comes_before_the_family_and_that_before_a_block_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "boxes.secret").write_text("alone\n")
    assert find_secret("boxes") == "alone"
    (tmp_path / "var" / "boxes").mkdir(parents=True)
    (tmp_path / "var" / "boxes" / "boxes.secret").write_text("family\n")
    assert find_secret("boxes") == "family"
    monkeypatch.setenv("BOXES_SECRET", "given")
    assert find_secret("boxes") == "given"
