"""SPSS files, read back by pyreadstat: values, labels, measures, texts of any length."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from interlinker_survey.exchange import Given, Words, read_book, write_spss
from interlinker_survey.exchange.sav import Column, tidy_names, write_sav

NOW = datetime(2026, 11, 24, 20, tzinfo=UTC)
ReadFile = Callable[..., Any]


def written(columns: list[Column], *rows: list[Any]) -> bytes:
    return b"".join(write_sav(columns, rows, cases=len(rows), title="Ö", now=NOW))


@pytest.fixture
def file(rich: Any, told: Any, read_file: ReadFile) -> Any:
    """The rich survey as pyreadstat reads it."""
    given = Given(read_book(rich), lambda: told, Words("de"), "Größe")
    return read_file("sav", b"".join(write_spss(given, now=NOW)))


def test_values_are_those_given(file: Any) -> None:
    first = {name: values[0] for name, values in file["columns"].items()}
    assert (first["place"], first["place_Comment"], first["who_young"], first["who_2"]) == (4, "At sea", 1, 0)
    assert (first["order_c"], first["mood"], first["again"], first["idea"], first["age"]) == (1, 4, 1, "=1+1", -2.5)
    assert (first["since"], first["rate_bus"], first["use_bus_often"], first["kids"]) == ("2001-05-06", 1, 3, 2)
    assert first["submitted_at"] == "2026-11-24T20:00:01"
    assert file["cases"] == 2


def test_what_is_missing_is_missing(file: Any) -> None:
    second = {name: values[1] for name, values in file["columns"].items()}
    assert {second[name] for name in ("place", "who_young", "age", "since", "submitted_at", "kids")} == {None}


def test_labels_are_in_the_language_asked_for(file: Any) -> None:
    assert file["labels"]["place"] == {"1.0": "park", "2.0": "In der Schule", "3.0": "3", "4.0": "Anderes"}
    assert file["labels"]["again"] == {"1.0": "Gladly", "0.0": "Nein"}
    assert (file["titles"]["place"], file["titles"]["who_2"], file["title"]) == ("Wo?", "Who? [Old]", "Größe")
    assert (file["measures"]["mood"], file["measures"]["age"], file["measures"]["place"]) == (
        "ordinal",
        "scale",
        "nominal",
    )


@pytest.mark.parametrize("length", [1, 7, 8, 9, 254, 255, 256, 257, 504, 505, 511, 512, 3000, 32_767])
def test_texts_of_any_length_come_back(length: int, read_file: ReadFile) -> None:
    text = ("abcdefghi " * (length // 10 + 1))[: length - 1] + "."
    columns = [Column("a", width=length), Column("n"), Column("b", width=3)]
    found = read_file("sav", written(columns, [text, 1.5, "xyz"], [None, -100, ""], ["", 152, "ü"]))
    assert found["columns"] == {"a": [text, "", ""], "n": [1.5, -100, 152], "b": ["xyz", "", "ü"]}


def test_a_text_is_cut_between_characters(read_file: ReadFile) -> None:
    found = read_file("sav", written([Column("a", width=5)], ["üüü"]))
    assert found["columns"]["a"] == ["üü"]


def test_names_are_such_as_spss_takes_each_once() -> None:
    names = ["wish[a b]", "Wish[a-b]", "and", "1st", "€", "x" * 70, "x" * 71]
    assert tidy_names(names) == ["wish_a_b", "Wish_a_b_2", "and_", "V_1st", "V", "x" * 64, "x" * 58 + "_2"]
