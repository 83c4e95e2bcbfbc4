"""How a refused definition is explained: a JSON pointer, a stable code and a suggestion for each flaw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from interlinker_shared.errors import FieldError, plain, pointer

Models = Mapping[str, type[BaseModel]]

MAX_FLAWS = 50


def explain_errors(error: ValidationError, raw: object, models: Models, *, at: str) -> list[FieldError]:
    """One flaw per place, at most MAX_FLAWS; `at` is the pointer of `raw` inside the request.

    `models` has the model of the document under "", and those of its parts under the key or type that leads to them.
    """
    flaws: dict[str, FieldError] = {}
    for detail in error.errors(include_url=False, include_input=False):
        place = at + writable(pointer(*_path(raw, detail)))
        if place not in flaws:
            flaws[place] = FieldError(place, _sentence(detail, models), _code(detail))
        if len(flaws) == MAX_FLAWS:
            break
    return list(flaws.values())


def suggest(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known word, or nothing."""
    near = get_close_matches(word[:60], list(known), n=1)
    return f" Did you mean “{near[0]}”?" if near else ""


def shown(word: object) -> str:
    """A word of somebody else's, short and writable."""
    return writable(str(word)[:60])


def writable(text: str) -> str:
    """The text with escapes for what is not Unicode: an answer must always be writable."""
    return text.encode("utf-8", "backslashreplace").decode()


def _code(detail: ErrorDetails) -> str:
    """Pydantic's own word, as everywhere in the family; a question without a type lacks a field."""
    return "missing" if detail["type"] == "union_tag_not_found" else detail["type"]


def _path(raw: object, detail: ErrorDetails) -> list[str | int]:
    """The error's place in `raw`, without the names of types that pydantic's unions put between."""
    path: list[str | int] = []
    location = detail["loc"]
    node: Any = raw
    for index, part in enumerate(location):
        if _is_tag(location, index):
            continue
        children = dict(enumerate(node)) if isinstance(node, list) else node if isinstance(node, dict) else {}
        if part in children:
            path.append(part)
            node = children[part]
        elif detail["type"] == "missing":
            path.append(part)
    return [*path, "type"] if detail["type"].startswith("union_tag") else path


def _is_tag(location: Sequence[str | int], index: int) -> bool:
    return index > 1 and location[index - 2] == "elements" and isinstance(location[index - 1], int)


def _sentence(detail: ErrorDetails, models: Models) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            key = str(detail["loc"][-1])
            return f"“{shown(key)}” is not known here.{suggest(key, _known_keys(detail['loc'], models))}"
        case "union_tag_invalid":
            known = str(context["expected_tags"]).replace("'", "").split(", ")
            return f"“{shown(context['tag'])}” is not a type of question.{suggest(str(context['tag']), known)}"
        case "union_tag_not_found":
            return "A question needs a type."
        case _:
            return plain(detail["msg"]) + "."


def _known_keys(location: Sequence[str | int], models: Models) -> list[str]:
    owner = next((part for part in reversed(location[:-1]) if isinstance(part, str)), "")
    return [field.alias or name for name, field in models[owner].model_fields.items()]
