"""What every part of a definition is: a frozen model that knows no key but its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from interlinker_shared.errors import FieldError


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel, allow_inf_nan=False)


def tag_by(key: str, kind: str) -> Callable[[Any], str | None]:
    """A discriminator: the tag is "kind:what stands under `key`", so that no tag can be taken for a key."""

    def tag(value: Any) -> str | None:
        said = value.get(key) if isinstance(value, dict) else getattr(value, _snake(key), None)
        return f"{kind}:{said}" if isinstance(said, str) else None

    return tag


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


def within(place: str, flaws: Iterable[FieldError]) -> Iterator[FieldError]:
    """The flaws of a part, as seen from what it is in."""
    yield from (FieldError(place + flaw.pointer, flaw.message, flaw.code) for flaw in flaws)
