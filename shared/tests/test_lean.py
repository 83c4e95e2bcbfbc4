from __future__ import annotations

import sys
from importlib import import_module

import pytest
from pydantic import BaseModel

from interlinker_shared.lean import starting, without


def test_hidden_packages_look_as_if_they_were_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with without(("colorsys",)), pytest.raises(ImportError):
        import_module("colorsys")


def test_hidden_packages_can_be_loaded_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with without(("colorsys",)):
        pass
    assert import_module("colorsys").__name__ == "colorsys"


def test_what_is_loaded_already_stays() -> None:
    with without(("sys",)):
        assert import_module("sys") is sys


def test_an_error_within_leaves_nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with pytest.raises(RuntimeError), without(("colorsys",)):
        raise RuntimeError
    assert import_module("colorsys").__name__ == "colorsys"


def test_a_model_that_is_made_while_starting_is_built_when_it_is_first_used() -> None:
    with starting():

        class Late(BaseModel):
            number: int

    assert not Late.__pydantic_complete__
    assert Late.model_validate({"number": "1"}).number == 1
    assert Late.__pydantic_complete__


def test_models_made_afterwards_are_built_at_once() -> None:
    with starting():
        pass

    class Prompt(BaseModel):
        number: int

    assert Prompt.__pydantic_complete__
