"""Reading posted forms into models, and telling each field what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlencode

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.types import Message

from interlinker_shared.errors import (
    FieldError,
    InvalidError,
    MalformedError,
    TooLargeError,
    UnsupportedMediaError,
)
from interlinker_shared.pages import Form, errors_by_field, read_form, rejected_form
from interlinker_shared.pages.catalogues import load_translations
from interlinker_shared.pages.form_state import localised
from interlinker_shared.text import Line

URLENCODED = "application/x-www-form-urlencoded"


class Inner(BaseModel):
    needs: str


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Line
    text: Annotated[str, Field(max_length=5)] | None = None
    cost: Annotated[int, Field(le=500)] = 0
    choices: list[Literal["a", "b"]] = []
    answers: Inner

    @field_validator("cost")
    @classmethod
    def no_thirteen(cls, value: int) -> int:
        if value == 13:
            raise PydanticCustomError("unlucky", "Not thirteen")
        return value


def create_request(body: bytes, content_type: str = URLENCODED) -> Request:
    parts = [body[:40], body[40:]]

    async def receive() -> Message:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    headers = [(b"content-type", content_type.encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers, "app": None}
    return Request(scope, receive)


def posted(fields: Mapping[str, object]) -> Request:
    return create_request(urlencode({"title": "Shade", "answers/needs": "trees", **fields}, doseq=True).encode())


async def refused(fields: Mapping[str, object]) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidError) as error:
        await read_form(posted(fields), Answer, lists=("choices",))
    return [(wrong.pointer, wrong.code, wrong.message) for wrong in error.value.fields]


async def test_form_becomes_a_model_with_lists_and_inner_models() -> None:
    answer = await read_form(posted({"choices": ["a", "b"], "cost": "12", "text": ""}), Answer, lists=("choices",))
    assert answer == Answer(title="Shade", cost=12, choices=["a", "b"], answers=Inner(needs="trees"))


async def test_multipart_form_reads_the_same() -> None:
    lines = ["--x", 'Content-Disposition: form-data; name="title"', "", "Größe"]
    lines += ["--x", 'Content-Disposition: form-data; name="answers/needs"', "", "trees", "--x--", ""]
    request = create_request("\r\n".join(lines).encode(), "multipart/form-data; boundary=x")
    assert (await read_form(request, Answer)).title == "Größe"


async def test_line_ends_count_once_and_the_last_of_several_values_counts() -> None:
    answer = await read_form(posted({"text": "ab\r\ncd", "cost": ["1", "2"]}), Answer)
    assert (answer.text, answer.cost) == ("ab\ncd", 2)


async def test_blank_is_missing_and_inner_fields_are_named() -> None:
    wrong = await refused({"title": "  ", "answers/needs": ""})
    assert [(pointer, code) for pointer, code, _ in wrong] == [("/title", "missing"), ("/answers/needs", "missing")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cost": "x"}, ("/cost", "int_parsing", "Enter a whole number, such as 12.")),
        ({"cost": "9" * 30}, ("/cost", "less_than_equal", "Enter a number up to 500.")),
        ({"cost": "13"}, ("/cost", "unlucky", "Not thirteen")),
        ({"text": "abcdef"}, ("/text", "string_too_long", "This is too long. Shorten it to 5 characters.")),
        ({"title": "a\nb"}, ("/title", "value_error", "Write this on one line.")),
        ({"choices": ["a", "z"]}, ("/choices/1", "literal_error", "Choose one of the answers offered.")),
        ({"a~1b": "x"}, ("/a~1b", "extra_forbidden", "This form has no such field.")),
        ({"title/x": "x"}, ("/title/x", "extra_forbidden", "This form has no such field.")),
        ({"answers": "x"}, ("/answers", "extra_forbidden", "This form has no such field.")),
    ],
)
async def test_each_wrong_field_is_pointed_at(fields: dict[str, object], expected: tuple[str, str, str]) -> None:
    assert await refused(fields) == [expected]


@pytest.mark.parametrize(("body", "code"), [(b"title=a%00b", "nul"), (b"title=%ff%fe", "not_utf8")])
async def test_unstorable_characters_are_refused(body: bytes, code: str) -> None:
    with pytest.raises(InvalidError) as error:
        await read_form(create_request(body), Answer)
    assert [(wrong.pointer, wrong.code) for wrong in error.value.fields] == [("/title", code)]


async def test_too_many_fields_are_refused() -> None:
    with pytest.raises(MalformedError, match="Too many fields"):
        await read_form(posted({"choices": ["a"] * 30}), Answer, max_fields=20)


async def test_too_large_a_body_is_refused() -> None:
    with pytest.raises(TooLargeError, match="at most 100 bytes"):
        await read_form(posted({"text": "x" * 200}), Answer, max_size=100)


@pytest.mark.parametrize("inside_app", [True, False])
@pytest.mark.parametrize(
    "part", [b"no parts", b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nz']
)
async def test_broken_multipart_and_files_are_refused(part: bytes, *, inside_app: bool) -> None:
    request = create_request(part + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")
    if not inside_app:
        del request.scope["app"]
    with pytest.raises(MalformedError):
        await read_form(request, Answer)


@pytest.mark.parametrize("content_type", ["application/json", "", "text/plain"])
async def test_other_bodies_are_refused(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaError):
        await read_form(create_request(b"{}", content_type), Answer)


async def test_rejected_form_keeps_what_was_typed() -> None:
    request = posted({"cost": "900", "choices": ["a", "z"]})
    with pytest.raises(InvalidError) as error:
        await read_form(request, Answer, lists=("choices",))
    form = await rejected_form(request, error.value)
    assert (form.value("cost"), form.chosen("choices"), form.value("nothing")) == ("900", ("a", "z"), "")
    assert list(form.errors) == ["cost", "choices"]
    assert form.error("title") is None


def test_errors_about_one_choice_or_the_whole_find_their_field() -> None:
    error = InvalidError.many([FieldError("/who/3", "a"), FieldError("/who/4", "b"), FieldError("/rows/1", "c")])
    assert {name: wrong.message for name, wrong in errors_by_field(error, {"rows/1": ()}).items()} == {
        "who": "a",
        "rows/1": "c",
    }
    assert errors_by_field(InvalidError("Closed")) == {"": FieldError("", "Closed", "invalid")}


def test_errors_are_said_in_another_language_with_their_numbers() -> None:
    german = load_translations("interlinker_shared.pages", "de").gettext
    wrong = FieldError("/a", "Choose at most 2.", "too_long")
    assert localised(wrong, german) == "Wählen Sie höchstens 2 aus."
    assert (
        localised(FieldError("/a", "Please answer this.", "string_too_short"), german) == "Bitte beantworten Sie das."
    )
    assert localised(FieldError("/a", "Own words, 50 % off", "own"), german) == "Own words, 50 % off"


def test_form_starts_from_known_values() -> None:
    form = Form.filled({"mark": 4, "who": ["a", "b"], "due": None})
    assert (form.value("mark"), form.chosen("who"), form.value("due")) == ("4", ("a", "b"), "")
