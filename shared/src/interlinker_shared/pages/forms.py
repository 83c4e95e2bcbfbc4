"""Reading a posted HTML form into a pydantic model, with errors that find their fields again."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from interlinker_shared.errors import (
    FieldError,
    InvalidError,
    MalformedError,
    TooLargeError,
    UnsupportedMediaError,
)
from interlinker_shared.limits.guests import OWN_FIELDS, POSTED
from interlinker_shared.pages.form_state import MISSING, NOT_VALID, PLAINER, WORDS, Form

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic_core import ErrorDetails
    from starlette.types import Message, Receive

MAX_FIELDS = 500
MAX_SIZE = 256 * 1024
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")

ModelT = TypeVar("ModelT", bound=BaseModel)


async def read_form(
    request: Request,
    model: type[ModelT],
    *,
    lists: Collection[str] = (),
    max_fields: int = MAX_FIELDS,
    max_size: int = MAX_SIZE,
) -> ModelT:
    """Read the posted form as `model`; fields named in `lists` may have several values.

    A name is a JSON pointer without its leading slash, so `answers/needs` fills `{"answers": {"needs": ...}}`.
    Blank fields count as not answered. Sizes are in bytes of the whole body.
    Raises InvalidError with a pointer per field, MalformedError, TooLargeError or UnsupportedMediaError.
    """
    posted = _texts(await _posted(request, max_fields=max_fields, max_size=max_size))
    try:
        return model.model_validate(_nested(posted, lists, model))
    except ValidationError as error:
        raise InvalidError.many([_field_error(detail) for detail in error.errors()]) from error


async def posted_form(request: Request) -> Form:
    """Give what was typed into the form that `read_form` has read, to show it again."""
    posted = await _posted(request, max_fields=MAX_FIELDS, max_size=MAX_SIZE)
    return Form({name: tuple(_texts_of(posted, name)) for name in posted})


async def rejected_form(request: Request, error: InvalidError) -> Form:
    """Build the form to show again after `error`: what was typed, and what is wrong with it."""
    values = (await posted_form(request)).values
    return Form(values, errors_by_field(error, known=values))


def errors_by_field(error: InvalidError, known: Mapping[str, object] | None = None) -> dict[str, FieldError]:
    """Give the first error of each field by the field's name; one that concerns no field has the name ``""``.

    An error about one of several choices (`/choices/3`) belongs to the field `choices`, unless `known` has it.
    """
    found: dict[str, FieldError] = {}
    for wrong in error.fields or (FieldError("", error.message, error.kind_slug),):
        found.setdefault(_field_name(wrong.pointer, known or {}), wrong)
    return found


def _field_name(pointer: str, known: Mapping[str, object]) -> str:
    name = pointer.removeprefix("/")
    while name not in known and name.rpartition("/")[2].isdecimal() and "/" in name:
        name = name.rpartition("/")[0]
    return name


async def _posted(request: Request, *, max_fields: int, max_size: int) -> FormData:
    """Parse the body once; the result stays with the request, for showing the form again."""
    if POSTED not in request.scope:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in FORM_TYPES:
            message = "Send this form as application/x-www-form-urlencoded or multipart/form-data."
            raise UnsupportedMediaError(message)
        limited = Request(request.scope, _limited(request.receive, max_size))
        request.scope[POSTED] = await _parsed(limited, max_fields=max_fields, max_size=max_size)
    return cast("FormData", request.scope[POSTED])


async def _parsed(request: Request, *, max_fields: int, max_size: int) -> FormData:
    try:
        return await request.form(max_files=0, max_fields=max_fields, max_part_size=max_size)
    except HTTPException as error:
        raise MalformedError(error.detail) from error
    except MultiPartException as error:
        raise MalformedError(error.message) from error


def _limited(receive: Receive, max_size: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > max_size:
            too_large = f"This form takes at most {max_size} bytes."
            raise TooLargeError(too_large)
        return message

    return counted


def _texts(posted: FormData) -> dict[str, list[str]]:
    texts = {name: _texts_of(posted, name) for name in posted if name not in OWN_FIELDS}
    wrong = [error for name, values in texts.items() for error in _unreadable(name, values)]
    if wrong:
        raise InvalidError.many(wrong)
    return texts


def _texts_of(posted: FormData, name: str) -> list[str]:
    """Browsers send line ends as CRLF: lengths are counted, and texts kept, with LF."""
    return [value.replace("\r\n", "\n") for value in posted.getlist(name) if isinstance(value, str)]


def _unreadable(name: str, values: list[str]) -> list[FieldError]:
    """NUL cannot be stored in PostgreSQL; U+FFFD is what the parser makes of bytes that are not UTF-8."""
    found = [code for sign, code in (("\0", "nul"), ("\ufffd", "not_utf8")) if sign in name or sign in "".join(values)]
    pointer = "/" + name.replace("\0", "").replace("\ufffd", "")
    return [FieldError(pointer, WORDS[code], code) for code in found[:1]]


def _nested(posted: Mapping[str, list[str]], lists: Collection[str], model: type[BaseModel]) -> dict[str, object]:
    tree = _branches(model)
    for name in dict.fromkeys((*posted, *lists)):
        values = [value for value in posted.get(name, []) if value.strip()]
        if name in lists:
            _place(tree, name, values)
        elif values:
            _place(tree, name, values[-1])
    return tree


def _branches(model: type[BaseModel]) -> dict[str, object]:
    """Required inner models, empty: then it is their fields that are missing, and these are on the page."""
    required = {
        field.alias or name: field.annotation for name, field in model.model_fields.items() if field.is_required()
    }
    return {
        name: _branches(inner)
        for name, inner in required.items()
        if isinstance(inner, type) and issubclass(inner, BaseModel)
    }


def _place(tree: dict[str, object], name: str, value: object) -> None:
    *parents, last = (part.replace("~1", "/").replace("~0", "~") for part in name.split("/"))
    for parent in parents:
        branch = tree.setdefault(parent, {})
        if not isinstance(branch, dict):
            raise InvalidError(WORDS["extra_forbidden"], slug="extra_forbidden", pointer=f"/{name}")
        tree = branch
    if isinstance(tree.get(last), dict):
        raise InvalidError(WORDS["extra_forbidden"], slug="extra_forbidden", pointer=f"/{name}")
    tree[last] = value


def _field_error(detail: ErrorDetails) -> FieldError:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in detail["loc"])
    pointer = "".join(f"/{part}" for part in parts)
    return FieldError(pointer, _message(detail), detail["type"])


def _message(detail: ErrorDetails) -> str:
    values = detail.get("ctx", {})
    if detail["type"] in {"string_too_short", "too_short"} and values.get("min_length") == 1:
        return MISSING
    if detail["type"] in {"value_error", "assertion_error"}:
        said = str(values.get("error", detail["msg"]))
        return PLAINER.get(said, said)
    template = WORDS.get(detail["type"], NOT_VALID if "url" in detail else None)  # only pydantic's own have a url
    return template % values if template else detail["msg"]
