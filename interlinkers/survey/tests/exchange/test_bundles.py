"""Bundles for archives, read back by frictionless and an XML reader: data and description belong together."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from interlinker_survey.exchange import read_book
from interlinker_survey.exchange.bundle import MICRODATA, Study, tables_of, write_bundle

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
DDI = "{ddi:codebook:2_5}"


@pytest.fixture
def bundle(rich: Any, told: Any) -> bytes:
    """The rich survey."""
    study = Study("s1", "Stadt", MICRODATA, "de", "https://example.org/surveys/s1", NOW, NOW, None, public=False)
    return b"".join(write_bundle(study, tables_of(read_book(rich), lambda: told, "de")))


def member(bundle: bytes, name: str) -> bytes:
    return zipfile.ZipFile(BytesIO(bundle)).read(name)


def test_the_files_are_data_and_three_descriptions(bundle: bytes) -> None:
    assert zipfile.ZipFile(BytesIO(bundle)).namelist() == [
        *("README.txt", "datapackage.json", "dcat.jsonld", "ddi.xml"),
        *("data/responses.csv", "data/entries-kids.csv"),
    ]
    assert b"no open data" in member(bundle, "README.txt")


def test_the_data_package_is_valid_and_so_is_its_data(bundle: bytes, read_file: Callable[..., Any]) -> None:
    found = read_file("package", bundle, "zip")
    assert found["errors"] == []
    first, second = found["rows"]["responses"]
    assert (first["who[young]"], first["who[2]"], first["again"], first["since"]) == (1, 0, True, "2001-05-06")
    assert (first["age"], first["mood"], first["place"], second["place"]) == ("-2.5", 4, "other", None)
    assert [(row["entry"], row["age"]) for row in found["rows"]["entries-kids"]] == [(1, "5"), (2, "7")]


def test_the_codebook_has_every_variable_with_its_words_in_all_languages(bundle: bytes, rich: Any) -> None:
    root = fromstring(member(bundle, "ddi.xml"))  # noqa: S314 - our own file
    book = read_book(rich)
    variables = {one.get("name"): one for one in root.iter(f"{DDI}var") if one.get("files") == "F1"}
    assert list(variables) == [one.name for one in book.variables]
    place = variables["place"]
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    assert {text.get(lang): text.text for text in place.findall(f"{DDI}qstn/{DDI}qstnLit")} == {
        "de": "Wo?",
        "es": "¿Dónde?",
    }
    assert [one.findtext(f"{DDI}catValu") for one in place.findall(f"{DDI}catgry")] == ["park", "school", "3", "other"]
    assert root.findtext(f"{DDI}stdyDscr/{DDI}citation/{DDI}titlStmt/{DDI}titl") == "Stadt"


def test_portals_are_told_that_it_is_not_public(bundle: bytes) -> None:
    found = json.loads(member(bundle, "dcat.jsonld"))
    assert found["@type"] == "dcat:Dataset"
    assert found["dct:accessRights"]["@id"].endswith("/NON_PUBLIC")
    assert found["dct:title"] == {"@value": "Stadt", "@language": "de"}
    assert len(found["dcat:distribution"]) == 2
