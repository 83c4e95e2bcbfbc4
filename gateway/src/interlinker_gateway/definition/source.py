"""Bytes to plain JSON values: YAML 1.2's core types only, no aliases, no duplicate keys, bounded in size and depth."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from interlinker_shared.errors import InvalidError, MalformedError, TooLargeError
from interlinker_shared.text import clean_json

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32


class _Loader(yaml.SafeLoader):
    """YAML without what makes it surprising (`on` as true, dates) or dangerous (aliases that multiply)."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own protocol

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._depth += 1
        if self.check_event(yaml.AliasEvent):
            raise self._refusal("aliases (*name) are not allowed in a template")
        if self._depth > MAX_DEPTH:
            raise self._refusal(f"this is nested deeper than {MAX_DEPTH} levels")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _refusal(self, message: str) -> yaml.MarkedYAMLError:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it open
        return yaml.MarkedYAMLError(problem=message, problem_mark=mark)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str) or key in seen:
                wrong = "stands here twice" if isinstance(key, str) else "must be a text"
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} {wrong}", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_DIGITS = r"(?:0|[1-9][0-9]{0,17})"
for tag, pattern, first in (
    ("tag:yaml.org,2002:null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", ["t", "f"]),
    ("tag:yaml.org,2002:int", rf"^[-+]?{_DIGITS}$", list("-+0123456789")),
    ("tag:yaml.org,2002:float", rf"^[-+]?{_DIGITS}\.[0-9]{{1,17}}(?:[eE][-+]?[0-9]{{1,2}})?$", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(tag, re.compile(pattern), first)


def read_yaml(body: bytes) -> Any:
    """The one document in the body; raises MalformedError with line and column, TooLargeError, InvalidError."""
    text = _decoded(body)
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        raise MalformedError(f"This is not YAML as templates use it: {_where(error)}", slug="malformed-yaml") from error
    except yaml.YAMLError as error:
        raise MalformedError(f"This is not YAML: {error}", slug="malformed-yaml") from error
    except ValueError as error:
        raise MalformedError(f"A value cannot be read: {error}", slug="malformed-yaml") from error
    return _cleaned(value)


def read_json(body: bytes) -> Any:
    """The JSON value in the body; a name that stands twice in an object is refused, as are NaN and Infinity."""
    try:
        value = json.loads(_decoded(body), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"This is not JSON: {error}", slug="malformed-json") from error
    return _cleaned(value)


def _decoded(body: bytes) -> str:
    if len(body) > MAX_BYTES:
        raise TooLargeError(f"A template has at most {MAX_BYTES} bytes; this has {len(body)}.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise MalformedError(f"This is not UTF-8: {error.reason} at byte {error.start}.") from error


def _where(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark
    place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return f"{', '.join(filter(None, [error.context, error.problem]))}{place}."


def _cleaned(value: Any) -> Any:
    try:
        return clean_json(value)
    except ValueError as error:
        raise InvalidError(f"A value in the template {error}.", pointer="") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for position, (name, _) in enumerate(pairs) if name in dict(pairs[:position]))
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
