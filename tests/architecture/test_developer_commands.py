"""The scripts behind make: the scaffold, the cut of the lock, NOTICE, and finding what answers an address."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy.dev import locked, notice, scaffold, where
from tests.architecture.house import House

LOCK = """\
fastapi==1 \\
    --hash=sha256:aa
    # via -r requirements.in
colorama==4 ; sys_platform == 'win32' \\
    --hash=sha256:bb
    # via
    #   click
    #   pytest
click==3 \\
    --hash=sha256:cc
    # via fastapi
pytest==9 \\
    --hash=sha256:dd
"""


@pytest.fixture
def copy(house: House, tmp_path: Path) -> Path:
    """A tree that holds the template and one service on the first free port."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(house.root / "interlinkers/_template", tmp_path / "interlinkers/_template", ignore=ignored)
    settings = tmp_path / "interlinkers/forum/src/interlinker_forum/settings.py"
    settings.parent.mkdir(parents=True)
    settings.write_text("class ForumSettings:\n    port: int = Field(8005, ge=1)\n")
    return tmp_path


def test_a_new_interlinker_has_the_templates_files_under_its_own_name(copy: Path) -> None:
    scaffold.main("petition", copy)
    template = {
        path.relative_to(copy / "interlinkers/_template").as_posix()
        for path in (copy / "interlinkers/_template").rglob("*")
    }
    made = {
        path.relative_to(copy / "interlinkers/petition").as_posix()
        for path in (copy / "interlinkers/petition").rglob("*")
    }
    assert made == {scaffold.renamed(name, "petition") for name in template}
    assert "src/interlinker_petition/app.py" in made


def test_a_new_interlinker_takes_the_next_free_port(copy: Path) -> None:
    scaffold.main("petition", copy)
    assert "port: int = 8006" in (copy / "interlinkers/petition/src/interlinker_petition/settings.py").read_text()
    assert scaffold.next_port(copy) == 8007


def test_a_new_interlinker_keeps_no_name_of_the_template(copy: Path) -> None:
    scaffold.main("petition", copy)
    texts = [scaffold.readable(path) or "" for path in (copy / "interlinkers/petition").rglob("*") if path.is_file()]
    kept = ["interlinker_template", "interlinker-template", "TEMPLATE_", '"template"', "TemplateSettings"]
    assert [name for name in kept for text in texts if name in text] == []
    assert any("pledge" in text for text in texts)


@pytest.mark.parametrize("name", ["", "Petition", "2nd", "a-b", "../x", "a", "shared", "template", "forum", "x" * 32])
def test_a_bad_or_taken_name_is_refused(name: str, copy: Path) -> None:
    with pytest.raises(SystemExit, match=r"no name|taken"):
        scaffold.main(name, copy)


def test_the_lock_is_cut_to_what_is_needed_with_its_hashes() -> None:
    cut = locked.closure(LOCK, {"fastapi"})
    assert sorted(cut) == ["click", "colorama", "fastapi"]
    assert cut["click"].splitlines() == ["click==3 \\", "    --hash=sha256:cc", "    # via fastapi"]


def test_the_lock_holds_all_that_the_distributions_declare(house: House) -> None:
    lock = (house.root / "requirements.lock").read_text()
    asked = {
        name
        for one in house.distributions
        for name in locked.asked_for(str(one.folder))
        if not name.startswith("interlinker-")
    }
    assert asked - locked.closure(lock, asked).keys() == set()


@pytest.mark.parametrize("stated", ["GPL-3.0-only", "AGPL-3.0-or-later", "GNU General Public License v3 (GPLv3)", ""])
def test_a_licence_that_apache_cannot_stand_beside_is_refused(stated: str) -> None:
    assert notice.refused("package", stated)


@pytest.mark.parametrize("stated", ["MIT", "Mozilla Public License 2.0 (MPL 2.0)", "LGPL-3.0-only", "BSD-3-Clause"])
def test_a_permissive_licence_is_accepted(stated: str) -> None:
    assert notice.refused("package", stated) is None


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://127.0.0.1:8000/i/forum/boards/1?limit=2", ("forum", "/boards/1")),
        ("/i/forum", ("forum", "/")),
        ("forum:/boards", ("forum", "/boards")),
        ("/boards/", (None, "/boards")),
    ],
)
def test_an_address_is_understood_as_people_have_it(address: str, asked: tuple[str | None, str]) -> None:
    assert where.asked(address) == asked


def test_a_pattern_answers_whatever_stands_for_its_parameters() -> None:
    assert where.answers("/boards/{asset_id}/topics", "/boards/{id}/topics")
    assert where.answers("/schemas/{name}.json", "/schemas/result.json")
    assert where.answers("/static/{path:path}", "/static/kit/tokens.css")
    assert not where.answers("/boards/{asset_id}", "/boards/1/topics")
