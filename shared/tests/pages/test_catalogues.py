"""Catalogues: complete, without leftovers, and kept so by one command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from interlinker_shared.pages import extract, i18n

KIT = "interlinker_shared.pages"


@pytest.mark.parametrize("package", [KIT, "kit_demo"])
def test_every_text_is_translated_and_none_is_left_over(package: str) -> None:
    assert i18n.missing(package) == {"es": [], "de": []}
    assert i18n.unused(package) == {"en": [], "es": [], "de": []}


def test_texts_come_from_templates_and_modules() -> None:
    found = {message.id for message in i18n.extract(KIT)}
    assert {"Skip to main content", "Page not found", "Please answer this."} <= found


@pytest.mark.parametrize("package", [KIT, "kit_demo"])
def test_no_template_trusts_a_variable_as_markup(package: str) -> None:
    assert i18n.unsafe_calls(package) == []


@pytest.fixture
def block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A package of its own with two texts of its own and one that the kit has."""
    name = f"block_{abs(hash(request.node.name))}"
    templates = tmp_path / name / "templates"
    templates.mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    (templates / "a.html").write_text(
        '{{ _("Draft") }} {{ _("Hello %(name)s", name=n) }} {% trans n=n %}{{ n }} tree{% pluralize %}{{ n }} trees{% endtrans %}'
    )
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_update_writes_catalogues_once_and_lists_what_is_left(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert extract.main([block]) == 1
    assert f"{block} de: Hello %(name)s\n" in capsys.readouterr().out
    assert i18n.missing(block) == {"es": ["Hello %(name)s", "%(n)s tree"], "de": ["Hello %(name)s", "%(n)s tree"]}
    assert i18n.update(block) == []


def test_translating_a_variable_in_a_template_is_found(block: str) -> None:
    (Path(sys.path[0]) / block / "templates" / "b.html").write_text('{{ _("fine") }}\n{{ _(detail) }}')
    assert i18n.unsafe_calls(block) == ["b.html:2"]


def test_command_is_content_with_complete_catalogues(capsys: pytest.CaptureFixture[str]) -> None:
    assert extract.main(["kit_demo"]) == 0
    assert capsys.readouterr().out == ""


def test_update_keeps_translations_and_drops_dead_ones(block: str) -> None:
    _, german = sorted(i18n.update(block, ["en", "de"]), key=lambda path: "de" in path.parts)
    text = german.read_text().replace('msgid "Draft"\nmsgstr ""', 'msgid "Draft"\nmsgstr "Skizze"')
    german.write_text(text + '\nmsgid "Gone"\nmsgstr "Weg"\n')
    assert i18n.unused(block, ["de"]) == {"de": ["Gone"]}
    i18n.update(block, ["de"])
    assert 'msgstr "Skizze"' in german.read_text()
    assert "Gone" not in german.read_text()


@pytest.mark.parametrize("broken", ["Hallo %(nam)s", "Hallo %(name)d %(x)s"])
def test_a_translation_with_other_placeholders_counts_as_missing(block: str, broken: str) -> None:
    i18n.update(block, ["de"])
    german = Path(sys.path[0]) / block / "locale" / "de" / "LC_MESSAGES" / "messages.po"
    german.write_text(german.read_text().replace('%(name)s"\nmsgstr ""', f'%(name)s"\nmsgstr "{broken}"'))
    assert "Hello %(name)s" in i18n.missing(block, ["de"])["de"]
