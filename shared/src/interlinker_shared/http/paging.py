"""Lists: keyset pages behind an opaque cursor, never an offset."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from interlinker_shared.errors import FieldError, InvalidError

T = TypeVar("T")
Cursor = list[Any]

_encode = msgspec.json.Encoder().encode

DEFAULT_LIMIT = 30
MAX_LIMIT = 100
MAX_CURSOR = 500


class Listing(BaseModel, Generic[T]):
    """One page of a list. `next` is the cursor of the following page, null on the last one."""

    model_config = ConfigDict(frozen=True)

    items: list[T]
    next: str | None = Field(None, description="Pass it as `cursor` to get the next page.")


@dataclass(frozen=True)
class PageOf:
    """Which page is asked for: up to `limit` items after `cursor` (the keyset of the last item seen)."""

    limit: int = DEFAULT_LIMIT
    cursor: Cursor | None = None


def encode_cursor(keys: Cursor) -> str:
    """An opaque cursor from the sort keys of the last item; every key must be JSON or know `str()`."""
    return base64.urlsafe_b64encode(json.dumps(keys, default=str, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """The keys back again; raises InvalidError for a cursor that is not ours."""
    try:
        keys = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        keys = None
    if not isinstance(keys, list) or not all(key is None or isinstance(key, str | int | float) for key in keys):
        raise bad_cursor()
    return keys


def id_of(cursor: Cursor) -> UUID:
    """The id that a cursor of one key holds; InvalidError for a cursor that is not ours."""
    try:
        return UUID(cursor[0])
    except (ValueError, TypeError, IndexError, AttributeError):
        raise bad_cursor() from None


def bad_cursor() -> InvalidError:
    """The error for a cursor that this list did not hand out."""
    message = "This cursor is not one that this list handed out. Begin again without it."
    return InvalidError(message, slug="bad-cursor", fields=(FieldError("/query/cursor", message, "bad-cursor"),))


def page_response(documents: Sequence[Any], limit: int, keys: Callable[[Any], Cursor]) -> Response:
    """The same from what `Hot.documents` gives, as a finished answer: no model is made or checked.

    A route that returns one declares `response_model=Listing[…]`; a test compares the two.
    """
    page = documents[:limit]
    more = len(documents) > limit
    following = encode_cursor(keys(page[-1])) if more and page else None
    return Response(_encode({"items": page, "next": following}), media_type="application/json")


def listing(items: Sequence[T], limit: int, keys: Callable[[T], Cursor]) -> Listing[T]:
    """A page from up to `limit + 1` items: one more than asked for means that there is a next page."""
    page = list(items[:limit])
    more = len(items) > limit
    return Listing[Any](items=page, next=encode_cursor(keys(page[-1])) if more and page else None)
