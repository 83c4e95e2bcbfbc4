"""How a refused definition is explained: a JSON pointer, a stable code and a suggestion for each flaw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from interlinker_shared.errors import FieldError, plain, pointer
from interlinker_survey.definition.profile import LEFT_OUT, LEFT_OUT_TYPES, OLD_NAMES

Models = Mapping[str, type[BaseModel]]

MAX_FLAWS = 50
TAGGED = ("cell:", "validator:")
"""How the tags of `tag_by` begin: no key of a definition looks like one."""
ELEMENTS = frozenset({"elements", "templateElements"})


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
    """Pydantic's own word, as everywhere in the family; a question without a type lacks a field.

    What survey-core knows and this profile does not is no slip, so it has a word of its own.
    """
    match detail["type"]:
        case "union_tag_not_found":
            return "missing"
        case "extra_forbidden" if detail["loc"][-1] in LEFT_OUT:
            return "not_in_profile"
        case "union_tag_invalid" if _untagged(str(detail["ctx"]["tag"])) in LEFT_OUT_TYPES:
            return "not_in_profile"
    return detail["type"]


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
    return [*path, _tag_key(location)] if detail["type"].startswith("union_tag") else path


def _is_tag(location: Sequence[str | int], index: int) -> bool:
    part = location[index]
    if isinstance(part, str) and part.startswith(TAGGED):
        return True
    return index > 1 and location[index - 2] in ELEMENTS and isinstance(location[index - 1], int)


def _tag_key(location: Sequence[str | int]) -> str:
    return "cellType" if len(location) > 1 and location[-2] == "columns" else "type"


def _sentence(detail: ErrorDetails, models: Models) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_key(str(detail["loc"][-1]), _known_keys(detail["loc"], models))
        case "union_tag_invalid":
            known = [_untagged(tag) for tag in str(context["expected_tags"]).replace("'", "").split(", ")]
            tag = _untagged(str(context["tag"]))
            if tag in LEFT_OUT_TYPES:
                return f"“{tag}” is left out: {LEFT_OUT_TYPES[tag]}."
            return f"“{shown(tag)}” is not a type of {_kind(detail)}.{suggest(tag, known)}"
        case "union_tag_not_found":
            return f"A {_kind(detail)} needs a type."
        case _:
            return plain(detail["msg"]) + "."


def _unknown_key(key: str, known: list[str]) -> str:
    if key in LEFT_OUT:
        return f"“{key}” is left out: {LEFT_OUT[key]}."
    if OLD_NAMES.get(key) in known:
        return f"“{key}” is an old name. Did you mean “{OLD_NAMES[key]}”?"
    return f"“{shown(key)}” is not known here.{suggest(key, known)}"


def _kind(detail: ErrorDetails) -> str:
    owner = detail["loc"][-2] if len(detail["loc"]) > 1 else ""
    return {"columns": "cell", "validators": "validator"}.get(str(owner), "question")


def _untagged(tag: str) -> str:
    return tag.partition(":")[2] if tag.startswith(TAGGED) else tag


def _known_keys(location: Sequence[str | int], models: Models) -> list[str]:
    owner = next((part for part in reversed(location[:-1]) if isinstance(part, str)), "")
    model = models.get(owner)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []
